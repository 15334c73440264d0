"""Small cells: which counts to suppress so that nobody can be identified, even by subtraction.

Cells with at least 1 and fewer than `least` clients are suppressed. Then further cells are, until
none of the small ones can be pinned down from the sums that hold between cells: until, for each,
whole numbers over a span of at least `least` agree with everything shown. After Willenborg and de
Waal, *Elements of Statistical Disclosure Control* (2001), ch. 6.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import linprog

from pilotsim.base.arrays import Bools, Ints
from pilotsim.base.messages import Message
from pilotsim.effects.checks.balance import Balance
from pilotsim.effects.estimators.kaplan_meier import IncidenceCurves, SurvivalCurve
from pilotsim.effects.evidence import Evidence

MIN_CELL = 5
# Standardised differences are shown with so many digits: with more, counts could be worked out.
DIFFERENCE_DIGITS = 2
# Where a sentence counts clients: a number, or a part that becomes one.
_COUNTED = r"(?= (?:of|clients?|have|lack)\b)"
_NUMBER = re.compile(r"(?<![\w.,%])([0-9]+)" + _COUNTED)
_PART = re.compile(r"\{(\w+)\}" + _COUNTED)


@dataclass(frozen=True)
class TableSum:
    """A cell that is the sum of others: their numbers in the table."""

    total: int
    parts: tuple[int, ...]


def suppress(counts: Sequence[int], sums: Sequence[TableSum], least: int = MIN_CELL) -> Bools:
    """Return which cells may not be shown, shape (cells,).

    Parameters
    ----------
    counts : sequence of int
        Clients in each cell.
    sums : sequence of TableSum
        Which cells are sums of which.
    least : int
        The smallest count that may be shown, apart from 0.
    """
    found = np.asarray(counts, np.int64)
    small = (found > 0) & (found < least)
    hidden = small.copy()
    while True:
        open_cell = next(
            (
                cell
                for cell in np.flatnonzero(small)
                if not _is_safe(int(cell), found, hidden, sums, least)
            ),
            None,
        )
        if open_cell is None:
            return hidden
        more = _next_to_hide(int(open_cell), found, hidden, sums)
        if more is None:
            return np.ones(len(found), np.bool_) if small.any() else hidden
        hidden[more] = True


def _is_safe(cell: int, counts: Ints, hidden: Bools, sums: Sequence[TableSum], least: int) -> bool:
    low, high = bounds_of(cell, counts, hidden, sums)
    return high - low >= least


def bounds_of(
    cell: int, counts: Ints, hidden: Bools, sums: Sequence[TableSum]
) -> tuple[float, float]:
    """Return the bounds of a hidden cell that follow from the shown cells and the sums."""
    unknown = np.flatnonzero(hidden)
    place = {int(number): k for k, number in enumerate(unknown)}
    rows, right = [], []
    for one in sums:
        row, value = np.zeros(len(unknown)), 0.0
        for number, sign in ((one.total, -1.0), *((part, 1.0) for part in one.parts)):
            if number in place:
                row[place[number]] += sign
            else:
                value -= sign * float(counts[number])
        if row.any():
            rows.append(row)
            right.append(value)
    if not rows:
        return 0.0, np.inf
    aim = np.zeros(len(unknown))
    aim[place[cell]] = 1.0
    ends = [
        linprog(sign * aim, A_eq=np.array(rows), b_eq=np.array(right), bounds=(0, None))
        for sign in (1.0, -1.0)
    ]
    low, high = (
        float(end.fun) if end.status == 0 and end.fun is not None else -np.inf for end in ends
    )
    return low, -high


def _next_to_hide(cell: int, counts: Ints, hidden: Bools, sums: Sequence[TableSum]) -> int | None:
    """Return the smallest shown cell of a sum that pins a hidden one down; totals last."""
    near: list[tuple[bool, int, int]] = []
    seen, frontier = {cell}, [cell]
    while frontier and not near:
        wider: list[int] = []
        for one in sums:
            members = (one.total, *one.parts)
            if seen & set(members):
                near += [
                    (number == one.total, int(counts[number]), number)
                    for number in members
                    if not hidden[number]
                ]
                wider += [number for number in members if number not in seen]
        seen |= set(wider)
        frontier = wider
    # A cell with nobody in it hides nobody else's number unless nothing larger is left.
    candidates = sorted(near, key=lambda entry: (entry[1] == 0, entry[0], entry[1]))
    return candidates[0][2] if candidates else None


def hide_small_counts(text: str, least: int = MIN_CELL) -> str:
    """Return a sentence without counts of few clients, which would give somebody away.

    A message stays one, with "fewer than" in place of such a part.
    """
    few = Message("fewer than {least}", least=least)
    if not isinstance(text, Message):
        return _NUMBER.sub(lambda found: few if 0 < int(found[1]) < least else found[1], text)
    counted = set(_PART.findall(text.template))
    parts: dict[str, Any] = {}
    for name, part in text.parts.items():
        is_count = isinstance(part, int | np.integer) and name in counted
        if is_count and 0 < part < least:
            parts[name] = few
        else:
            parts[name] = hide_small_counts(part, least) if isinstance(part, str) else part
    return type(text)(text.template, **parts)


def coarsen_evidence(evidence: Evidence | None, least: int = MIN_CELL) -> Evidence | None:
    """Return evidence to draw that has no small counts in it; None where nothing is left.

    Curves step only when enough clients have left since the last step; differences are rounded.
    """
    if isinstance(evidence, IncidenceCurves):
        curves = [_coarsen(curve, least) for curve in (evidence.offered, evidence.compared)]
        return IncidenceCurves(*curves) if all(len(curve.times) for curve in curves) else None
    if isinstance(evidence, Balance):
        return replace(
            evidence,
            before=evidence.before.round(DIFFERENCE_DIGITS),
            after=evidence.after.round(DIFFERENCE_DIGITS),
        )
    return evidence


def _coarsen(curve: SurvivalCurve, least: int) -> SurvivalCurve:
    steps: list[int] = []
    since = 0.0
    for place, events in enumerate(curve.events):
        since += events
        if since >= least:
            steps.append(place)
            since = 0.0
    # Each step counts what has left since the one before.
    left = np.diff(np.cumsum(curve.events)[steps], prepend=0.0)
    return replace(
        curve,
        times=curve.times[steps],
        estimate=curve.estimate[steps],
        error=curve.error[steps],
        low=curve.low[steps],
        high=curve.high[steps],
        at_risk=curve.at_risk[steps],
        events=left,
    )
