"""Is a measure steady over the run, and if not, how much of the run comes before it is?

Two rules of the trade: MSER-5 (White 1997; batches of five) cuts off what lets the rest vary least
about its mean, and Welch's moving average (1983) shows from when on the mean of many runs stays
level. Either proposes something for any series, also for one that is steady: what is proposed is
told only where what would be cut off differs from the rest by more than chance, run by run.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import mean_of_known, paired_interval
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.measures.measures import measure_runs
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.resolved import ResolvedFlow

__all__ = ["Steadiness", "mser5", "should_be_steady", "steadiness", "welch"]

# Kinds of measures that are taken over a window, so that a run can be cut into pieces.
OVER_TIME = ("mean_in", "wait", "use")
# Into so many pieces at most; five of them are a batch.
PIECES, BATCH = 200, 5
RUNS = 20
# A difference that chance alone makes so seldom, and that matters so much.
FALSE_ALARM, MATTERS = 0.001, 0.02
# Welch's window is so many pieces to each side; level is within so much of the later mean.
WINDOW, LEVEL = 10, 0.05


@dataclass(frozen=True)
class Steadiness:
    """A target's measure over the run.

    Parameters
    ----------
    target, reading : str
        Whose.
    unit : str
        What it is in: `share`, `duration` (days) or `real`.
    days : ndarray of float, shape (pieces,)
        When each piece of the run begins, in days from the start.
    means : ndarray of float, shape (pieces,)
        The measure in each, on average over the runs; in base units.
    mser, welch : float
        How many days come before it is steady by either rule, from where measuring begins; `inf`
        where it is not before the middle of the run (MSER-5), or never level (Welch).
    first, later : float
        Its mean over what MSER-5 would cut off, and over the rest.
    before_end, at_end : float
        Its mean over the third quarter of what is measured, and over the last.
    is_off_at_first : bool
        Whether the first two differ by more than chance.
    still_moves : bool
        Whether the last two do.
    """

    target: str
    reading: str
    unit: str
    days: Floats = field(repr=False)
    means: Floats = field(repr=False)
    mser: float
    welch: float
    first: float
    later: float
    before_end: float
    at_end: float
    is_off_at_first: bool
    still_moves: bool


def should_be_steady(flow: Flow) -> bool:
    """Tell whether a flow is about a system that has settled.

    It is where it has a warm-up or starts from a long run, and where it begins empty with nobody in
    a programme. A pilot that begins with a known stock changes over time, as it should.
    """
    if flow.warm_up is not None or flow.starts_from is not None:
        return True
    begins_empty = all(group.stock.stays_at(0) for group in flow.groups.values())
    return begins_empty and not flow.has_programme


@checks_arguments
def steadiness(
    flow: Flow,
    *,
    seed: int = 1,
    replications: int = RUNS,
    fixed: bool = True,
    engine: str | None = None,
) -> tuple[Steadiness, ...]:
    """Return how steady each target's measure is over the run; of those taken over time.

    Means, waits and use can be told; shares and counts belong to the whole run.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed.
    replications : int
        How many runs.
    fixed : bool
        All assumptions at their values; False draws each from its range.
    engine : str, optional
        As for `simulate`.

    Raises
    ------
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    asked = [
        (question, question.measure)
        for question in questions_of(flow)
        if question.measure is not None
        and question.measure.kind in OVER_TIME
        and question.measure.between is None
    ]
    whole = (flow.end - flow.counts_from).days
    step = max(1, math.ceil(whole / PIECES))
    pieces = whole // step
    if not asked or pieces < 4 * BATCH or replications < 2:
        return ()
    some = range(replications)
    numbers = numbers_of_replications(flow, seed, some, fixed=fixed, engine=engine)
    calendar = flow.make_calendar()
    plans = [ResolvedFlow(flow, row, calendar) for row in numbers]
    journeys = run_replications(plans, seed, some, engine=engine)
    begins = [flow.counts_from + timedelta(days=k * step) for k in range(pieces + 1)]
    days = np.array([calendar.day_of(when) for when in begins[:-1]])
    found = []
    for question, what in asked:
        windows = pairwise(begins)
        series = np.array(
            [measure_runs(journeys, _between(what, window)).values for window in windows]
        ).T
        one = _judge(question, what, days, series, step)
        if one is not None:
            found.append(one)
    return tuple(found)


def _between(what: Measure, window: tuple[object, object]) -> Measure:
    return what.model_copy(update={"between": window})


def _judge(
    question: TargetReading, what: Measure, days: Floats, series: Floats, step: int
) -> Steadiness | None:
    """Return how steady a series is, shape (runs, pieces); None where most of it has no value."""
    means = mean_of_known(series, axis=0)
    is_told = ~np.isnan(means)
    if is_told.mean() < 0.5:
        return None
    means = np.interp(days, days[is_told], means[is_told])
    cut = mser5(means)
    level = welch(means)
    pieces = len(means)
    most = pieces // 2 if cut is None else max(cut, BATCH)
    quarter = pieces // 4
    first, later, is_off = _differ(series[:, :most], series[:, most:])
    before, end, still = _differ(series[:, -2 * quarter : -quarter], series[:, -quarter:])
    return Steadiness(
        target=question.target,
        reading=question.reading,
        unit=what.unit,
        days=days,
        means=means,
        mser=math.inf if cut is None else float(cut * step),
        welch=math.inf if level is None else float(level * step),
        first=first,
        later=later,
        before_end=before,
        at_end=end,
        is_off_at_first=is_off and cut != 0,
        still_moves=still,
    )


def mser5(series: Floats) -> int | None:
    """Return how many numbers of a series come before it is steady; None for more than half.

    Parameters
    ----------
    series : ndarray of float, shape (n,)
        In order of time.

    Notes
    -----
    Of batches of five, those after ``d`` are kept for which the variance about their mean, divided
    by how many they are, is least (White, Cobb and Spratt 2000).
    """
    count = len(series) // BATCH
    batches = series[: count * BATCH].reshape(count, BATCH).mean(axis=1)
    errors = [
        float(((batches[d:] - batches[d:].mean()) ** 2).sum()) / (count - d) ** 2
        for d in range(max(1, count - BATCH))
    ]
    least = int(np.argmin(errors))
    return least * BATCH if least <= count // 2 else None


def welch(series: Floats) -> int | None:
    """Return from which place on the moving average of a series stays level; None for never.

    Level is within 5 % of the mean of the second half.

    Parameters
    ----------
    series : ndarray of float, shape (n,)
        The mean of many runs, in order of time.
    """
    window = min(WINDOW, len(series) // 4)
    smooth = np.array(
        [
            series[k - w : k + w + 1].mean()
            for k in range(len(series) - window)
            for w in (min(k, window),)
        ]
    )
    mean = float(series[len(series) // 2 :].mean())
    off = np.flatnonzero(np.abs(smooth - mean) > LEVEL * abs(mean))
    if not len(off):
        return 0
    last = int(off[-1]) + 1
    return None if last >= len(smooth) else last


def _differ(one: Floats, other: Floats) -> tuple[float, float, bool]:
    """Return the means of two parts of a series, and whether they differ by more than chance."""
    parts = [mean_of_known(part, axis=1) for part in (one, other)]
    both = ~np.isnan(parts[0]) & ~np.isnan(parts[1])
    if both.sum() < 2:
        return math.nan, math.nan, False
    first, second = float(parts[0][both].mean()), float(parts[1][both].mean())
    apart = paired_interval(parts[1][both], parts[0][both], 1.0 - FALSE_ALARM)
    matters = abs(second - first) > MATTERS * max(abs(first), abs(second))
    return first, second, bool(matters and not apart.low <= 0.0 <= apart.high)
