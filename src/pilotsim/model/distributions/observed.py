"""Lengths as they were observed: stays of a file, and the table of quantiles that holds them.

Each length that was observed is a step of the table as high as the share of stays that had it. The
steps are joined within `JOIN` of their ends, since a table rises by straight lines. Of more
different lengths than `MOST_STEPS`, neighbours make one step together, which slopes so that it has
their mean, and as much of their spread as fits between the least and the greatest of them.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import EXPECTED, QuantityFault, read_words, show
from pilotsim.base.text import Text

__all__ = ["LENGTHS_FROM", "LengthsFrom", "quantiles_of", "read_lengths_from"]

LENGTHS_FROM = "lengths_from"
FILE, COLUMN, UNIT, STAYS = "file", "column", "unit", "stays"
RESTS_ON = ("source", "assumption")
KEYS = (FILE, COLUMN, UNIT, STAYS, *RESTS_ON)
LEAST_STAYS = 2
# How many steps a table has, the share of stays from which one length has a step of its own, and
# the largest that several have together.
MOST_STEPS, OWN_STEP, WIDEST_STEP = 100, 1 / 40, 1 / 25
# Half the share of clients over which two steps are joined.
JOIN = 1e-9


@dataclass(frozen=True)
class LengthsFrom:
    """From which stays a length was taken.

    Parameters
    ----------
    file : str
        The file of stays, as the flow file names it.
    column : str
        The column that holds how long they were.
    unit : str
        The unit of its numbers; empty where each has its own.
    stays : int or None
        How many there were; None as long as the file was not read.
    source : str or None
        Where they were found: the name of a source and a place in it.
    assumption : Text or None
        Why lengths are assumed to be as theirs.
    """

    file: str
    column: str
    unit: str = ""
    stays: int | None = None
    source: str | None = None
    assumption: Text | None = None


def read_lengths_from(raw: Any) -> LengthsFrom:
    """Return from which stays a flow file takes a length.

    Raises
    ------
    QuantityFault
        A key is unknown or missing, or holds something else.
    """
    example = "{file: stays.csv, column: days, unit: days, source: ...}"
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted=example, found=show(raw))
        )
    for key in raw:
        if key not in KEYS:
            meant = did_you_mean(str(key), KEYS)
            raise QuantityFault(
                Message("unknown key '{key}'{meant}", key=key, meant=meant), str(key)
            )
    for key in (FILE, COLUMN):
        if key not in raw:
            raise QuantityFault(
                Message("expected {wanted}; found no '{key}'", wanted=example, key=key)
            )
    words = {key: _words(raw, key) for key in (FILE, COLUMN, UNIT, "source") if key in raw}
    stays = raw.get(STAYS)
    if stays is not None and (type(stays) is not int or stays < LEAST_STAYS):
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}", wanted=EXPECTED["count"], found=show(stays)
            ),
            STAYS,
        )
    if not any(raw.get(key) is not None for key in RESTS_ON):
        raise QuantityFault(
            Message(
                "says neither where the stays come from (source) nor why lengths are assumed to be "
                "as theirs (assumption)"
            )
        )
    try:
        why = read_words(raw["assumption"]) if raw.get("assumption") is not None else None
    except QuantityFault as fault:
        raise fault.under("assumption") from fault
    return LengthsFrom(**words, stays=stays, assumption=why)


def _words(raw: Mapping[str, Any], key: str) -> str:
    found = raw[key]
    if not isinstance(found, str) or not found.strip():
        raise QuantityFault(Message("expected words; found {found}", found=show(found)), key)
    return found.strip()


@dataclass(frozen=True)
class _Step:
    """Stays of neighbouring lengths, from place `first` of all lengths up to `last`, without it."""

    first: int
    last: int


def quantiles_of(stays: Sequence[float]) -> list[tuple[float, float]]:
    """Return the points of a table of quantiles with the distribution of stays.

    Its mean is theirs, but for rounding. Up to `MOST_STEPS` different lengths so is everything
    else; of more, its standard deviation is theirs or less, by less than a thousandth wherever that
    was tried.

    Parameters
    ----------
    stays : sequence of float
        How long each was; two or more.

    Returns
    -------
    list of (float, float)
        A share from 0 to 1 and the length that it stays below; both rise.
    """
    lengths, counts = np.unique(np.asarray(stays, np.float64), return_counts=True)
    steps = _steps(lengths, counts)
    total = len(stays)
    ends = np.concatenate([[0], np.cumsum(counts)])
    points: list[tuple[float, float]] = []
    for step in steps:
        begins, finishes = (float(ends[k]) / total for k in (step.first, step.last))
        least, greatest = float(lengths[step.first]), float(lengths[step.last - 1])
        mean, half = _slope(lengths[step.first : step.last], counts[step.first : step.last])
        first = begins + JOIN if points else 0.0
        last = finishes - JOIN if step is not steps[-1] else 1.0
        for share in (first, last):
            # On the line that reaches both ends of the step.
            length = mean + half * (2 * (share - begins) / (finishes - begins) - 1)
            points.append((share, min(max(length, least), greatest)))
    return points


def _slope(lengths: Floats, counts: np.ndarray) -> tuple[float, float]:
    """Return the mean of some stays, and how far to both sides of it their step goes.

    Evenly spread over a width, the standard deviation is the half of it divided by the root of 3.
    """
    mean, many = _mean(lengths, counts)
    about = lengths - mean
    spread = math.sqrt(math.fsum((counts * about * about).tolist()) / many)
    return mean, min(math.sqrt(3.0) * spread, mean - float(lengths[0]), float(lengths[-1]) - mean)


def _mean(lengths: Floats, counts: np.ndarray) -> tuple[float, int]:
    """Return the mean of some stays, to the same bit on every machine, and how many they are."""
    many = int(np.cumsum(counts)[-1])
    return math.fsum((lengths * counts).tolist()) / many, many


def _steps(lengths: Floats, counts: np.ndarray) -> list[_Step]:
    """Return the steps of a table, in order: few enough, with as little spread in each as can be.

    Lengths that many stays have stay by themselves. Steps of too many stays are halved; then the
    one with the most spread is parted where least of it is left, until there are enough.
    """
    if len(lengths) <= MOST_STEPS:
        return [_Step(k, k + 1) for k in range(len(lengths))]
    # Sums of squares are about the middle, so that nothing is lost to rounding.
    mean, total = _mean(lengths, counts)
    about = lengths - mean
    powers = (counts, counts * about, counts * about * about)
    sums = [np.concatenate([[0.0], np.cumsum(one)]) for one in powers]

    def spread(first: Any, last: Any) -> Any:
        weight, once, twice = (one[last] - one[first] for one in sums)
        return np.maximum(twice - once * once / weight, 0.0)

    def placed(first: int, last: int) -> tuple[bool, float, int, int]:
        """Return a step with its place: one that is too wide first, then by its spread."""
        is_wide = last - first > 1 and sums[0][last] - sums[0][first] > WIDEST_STEP * total
        return not is_wide, -float(spread(first, last)) if last - first > 1 else 1.0, first, last

    own = np.flatnonzero(counts >= OWN_STEP * total)
    edges = sorted({0, len(lengths), *own.tolist(), *(own + 1).tolist()})
    heap = [placed(first, last) for first, last in pairwise(edges)]
    heapq.heapify(heap)
    while len(heap) < MOST_STEPS:
        is_narrow, _, first, last = heapq.heappop(heap)
        cuts = np.arange(first + 1, last)
        if is_narrow:
            cut = int(cuts[np.argmin(spread(first, cuts) + spread(cuts, last))])
        else:
            middle = (sums[0][first] + sums[0][last]) / 2
            cut = int(cuts[np.argmin(np.abs(sums[0][cuts] - middle))])
        for one in (placed(first, cut), placed(cut, last)):
            heapq.heappush(heap, one)
    return [_Step(first, last) for _, _, first, last in sorted(heap, key=lambda one: one[2])]
