"""History matching: which points of a design's ranges figures from outside rule out.

Surrogates tell what is expected at many points, spread as the design spreads its factors. A point
is ruled out where any figure lies further from that than all errors together allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.experiments.findings.surrogate import (
    IMPLAUSIBLE,
    StudySurrogate,
    fit_surrogate,
    sample_of,
)
from pilotsim.experiments.study.analysis_request import ObservedFigure
from pilotsim.experiments.study.designs import sobol_sequence

if TYPE_CHECKING:
    from pilotsim.experiments.study.results import StudyRun

# How many points are looked at: twice as many until so many remain, or there are so many.
POINTS, ENOUGH, MOST_POINTS = 2**14, 200, 2**16
# Into how many parts a factor's range is divided, unless the study has fewer values of it.
PARTS = 20
# How often a figure rules out the true point at most, whatever distribution of one peak its errors
# have (Pukelsheim): 4 / (9 * 3**2).
FALSE_ALARM = 4 / 81


@dataclass(frozen=True)
class RulingFigure:
    """A figure from outside, and what it rules out.

    Parameters
    ----------
    response : str
        Of which response.
    figure : ObservedFigure
        The figure with its standard error.
    surrogate_error, chance : float
        The standard errors of the surrogate, and of a single run by chance.
    alone : float
        The share of the points that it rules out by itself.
    only : float
        The share that it rules out and no other figure does.
    """

    response: str
    figure: ObservedFigure
    surrogate_error: float
    chance: float
    alone: float
    only: float


@dataclass(frozen=True)
class RangePart:
    """A part of a factor's range: what remains of its points, and the least implausibility there.

    Parameters
    ----------
    low, high : float
        Its ends; the same for a single value.
    kept : float
        The share of its points that are not ruled out.
    least : float
        The least implausibility of its points, of each the largest of all figures.
    """

    low: float
    high: float
    kept: float
    least: float


@dataclass(frozen=True)
class RemainingRange:
    """What remains of a factor's range.

    Parameters
    ----------
    factor : str
        Its name.
    low, high : float
        The range of the study.
    remaining_low, remaining_high : float
        The range of the points that are not ruled out; NaN where none is left.
    parts : tuple of RangePart
        The range part by part.
    """

    factor: str
    low: float
    high: float
    remaining_low: float
    remaining_high: float
    parts: tuple[RangePart, ...]

    @property
    def width(self) -> float:
        """How much of the range the remaining points span, as a share of its width.

        All of a single value; NaN where no point is left.
        """
        whole = self.high - self.low
        left = self.remaining_high - self.remaining_low
        if math.isnan(left):
            return math.nan
        return left / whole if whole > 0 else 1.0


@dataclass(frozen=True)
class RuledOut:
    """What figures from outside rule out of the ranges of a study.

    Parameters
    ----------
    scenario : str
        In which scenario they were observed.
    points, remaining : int
        How many points were looked at, and how many are not ruled out.
    figures : tuple of RulingFigure
        The figures, the one that rules out most by itself first.
    ranges : tuple of RemainingRange
        What remains of each factor's range.
    unused : tuple of str
        Responses with a figure and without a surrogate: these figures rule out nothing.
    refused : Message or None
        Why nothing could be looked at, where that has another reason.
    """

    scenario: str
    points: int
    remaining: int
    figures: tuple[RulingFigure, ...]
    ranges: tuple[RemainingRange, ...]
    unused: tuple[str, ...] = ()
    refused: Message | None = None

    @property
    def share(self) -> float:
        """The share of the points that is ruled out; NaN where no figure could be used."""
        return 1.0 - self.remaining / self.points if self.points else math.nan

    @property
    def false_alarm(self) -> float:
        """In which share of cases the true point is ruled out at most."""
        return min(1.0, FALSE_ALARM * len(self.figures))


def rule_out(
    run: StudyRun,
    figures: Mapping[str, ObservedFigure],
    scenario: str,
    surrogates: Mapping[str, StudySurrogate] | None = None,
) -> RuledOut:
    """Return what figures rule out of the ranges of a study; `StudyRun.rules_out` says how.

    Parameters
    ----------
    run : StudyRun
        The study.
    figures : mapping of str to ObservedFigure
        The figures, by response.
    scenario : str
        In which they were observed.
    surrogates : mapping of str to StudySurrogate, optional
        Those of the responses, where some have none; fitted here unless given.
    """
    if not figures:
        raise RequestError(Message("expected one or more figures, by response"))
    told = (
        {name: fit_surrogate(run, name, scenario) for name in figures}
        if surrogates is None
        else {name: surrogates[name] for name in figures if name in surrogates}
    )
    unused = tuple(name for name in figures if name not in told)
    if not told:
        return RuledOut(scenario, 0, 0, (), (), unused)
    space, far = _look(run, {name: (told[name], figures[name]) for name in told})
    out = far > IMPLAUSIBLE
    count = out.sum(axis=1)
    ruling = [
        RulingFigure(
            name,
            figures[name],
            told[name].error,
            told[name].chance,
            float(out[:, column].mean()),
            float((out[:, column] & (count == 1)).mean()),
        )
        for column, name in enumerate(told)
    ]
    largest, kept = far.max(axis=1), count == 0
    ranges = [
        _remaining(factor, space[:, column], kept, largest)
        for column, factor in enumerate(run.layout.factors)
    ]
    return RuledOut(
        scenario,
        len(space),
        int(kept.sum()),
        tuple(sorted(ruling, key=lambda one: -one.alone)),
        tuple(ranges),
        unused,
    )


def _look(
    run: StudyRun, told: Mapping[str, tuple[StudySurrogate, ObservedFigure]]
) -> tuple[Floats, Floats]:
    """Return points of the ranges, and how implausible each figure makes each of them.

    Shapes (points, factors) and (points, figures). More points begin with the same ones.
    """
    sample = _shared_points(run, [one for one, _ in told.values()])
    far = np.zeros((0, len(told)))
    count = POINTS
    while True:
        space = _spread(run, sample, count)
        for first in range(len(far), count, POINTS):
            some = space[first : first + POINTS]
            columns = [
                one.implausibility(some, figure.value, figure.error)
                for one, figure in told.values()
            ]
            far = np.vstack([far, np.column_stack(columns)])
        remaining = int((far <= IMPLAUSIBLE).all(axis=1).sum())
        if remaining >= ENOUGH or count >= MOST_POINTS:
            return space, far
        count *= 2


def _shared_points(run: StudyRun, surrogates: list[StudySurrogate]) -> Floats:
    """Return the points of the study that all surrogates were fitted to: within all their ranges.

    Shape (points, factors).
    """
    sample = sample_of(run)
    assert sample is not None  # or there were no surrogates
    for one in surrogates:
        sample = np.intersect1d(sample, one.numbers)
    if not len(sample):
        raise RequestError(
            Message("the responses have no point of the design in common at which all have a value")
        )
    return np.asarray(run.layout.numbers[sample], np.float64)


def _spread(run: StudyRun, sample: Floats, count: int) -> Floats:
    """Return points spread as the design spreads its factors, each by itself."""
    names = [f"{factor}/space" for factor in run.layout.factors]
    unit = sobol_sequence(names, count, int(run.manifest.identity["seed"]))
    units = run.manifest.content["units"]["factors"]
    columns = []
    for place, factor in enumerate(run.layout.factors):
        own = sample[:, place]
        column = np.quantile(own, unit[:, place])
        if units.get(factor, {}).get("kind") == "count":
            column = np.round(column)
        columns.append(np.clip(column, own.min(), own.max()))
    return np.column_stack(columns)


def _remaining(factor: str, column: Floats, kept: Floats, largest: Floats) -> RemainingRange:
    """Return what remains of a factor's range, whole and part by part."""
    left = column[kept]
    ends = (float(left.min()), float(left.max())) if len(left) else (math.nan, math.nan)
    values = np.unique(column)
    if len(values) <= PARTS:
        place = np.searchsorted(values, column)
        edges = [(float(value), float(value)) for value in values]
    else:
        cuts = np.linspace(column.min(), column.max(), PARTS + 1)
        place = np.clip(np.searchsorted(cuts, column, side="right") - 1, 0, PARTS - 1)
        edges = list(zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True))
    parts = []
    for number, (low, high) in enumerate(edges):
        own = place == number
        if own.any():
            kept_here, least = float(kept[own].mean()), float(largest[own].min())
            parts.append(RangePart(low, high, kept_here, least))
    return RemainingRange(factor, float(column.min()), float(column.max()), *ends, tuple(parts))
