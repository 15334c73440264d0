"""Times that not everybody's end is seen of: censored shares, waits and ways, by replication.

By Kaplan and Meier, and by Aalen and Johansen where other exits compete. A measure takes of each
replication one number, without an error: that is told by the replications. For data whose error
counts, see `pilotsim.effects.estimators.kaplan_meier`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pilotsim.base.arrays import AnyInts, Bools, Floats, sum_in_order
from pilotsim.base.elementary import log
from pilotsim.base.quantiles import quantile_of_sorted
from pilotsim.simulation.journeys import Journeys

# How far a share may lie off by rounding.
SLACK = 1e-12
# A typical wait is estimated where no more than this share still waits at the end, and the curve of
# those served comes down to as little as this. In a line that grows steadily, where who came last
# waits longest, the estimate is then at most half of the first too short.
FEW_WAIT, LITTLE_LEFT = 0.05, 0.01


@dataclass(frozen=True)
class Durations:
    """Times since a moment of each client's own, as far as they are seen.

    Parameters
    ----------
    client : ndarray of int, shape (durations,)
        Whose, in order.
    until : ndarray of float, shape (durations,)
        How long, or how long at least.
    has_ended : ndarray of bool, shape (durations,)
        Whether it ended by what is asked about; no: it was seen so far.
    """

    client: AnyInts
    until: Floats
    has_ended: Bools

    def by_replication(self, journeys: Journeys) -> Iterator[Durations]:
        """Yield the durations of each replication."""
        runs = np.arange(len(journeys.plans) + 1)
        bounds = np.searchsorted(journeys.run_of[self.client], runs)
        for first, last in pairwise(bounds):
            part = slice(first, last)
            yield Durations(self.client[part], self.until[part], self.has_ended[part])

    @property
    def is_whole(self) -> bool:
        """Whether each is seen to its end."""
        return bool(self.has_ended.all())

    def __len__(self) -> int:
        return len(self.client)


@dataclass(frozen=True)
class _Steps:
    """The times at which something ended: how many, of how many that were under way."""

    times: Floats
    ended: Floats
    under_way: Floats

    @classmethod
    def of(cls, seen: Durations, counts: Bools) -> _Steps:
        """Return the steps of all durations that end and count."""
        times, ended = np.unique(seen.until[counts], return_counts=True)
        gone = np.searchsorted(np.sort(seen.until), times)
        return cls(times, ended.astype(np.float64), (len(seen) - gone).astype(np.float64))

    @property
    def still_there(self) -> Floats:
        """The share that goes on after each step (Kaplan and Meier 1958)."""
        return np.asarray(np.cumprod(1.0 - self.ended / self.under_way), np.float64)


def shares_by(journeys: Journeys, seen: Durations, competes: Bools, length: Floats) -> Floats:
    """Return the share that has ended by a length, others competing, shape (replications,).

    The cumulative incidence of Aalen and Johansen (1978); one less the curve of Kaplan and Meier
    where nothing competes. NaN where nobody is seen for so long.

    Parameters
    ----------
    journeys : Journeys
        Whose replications they are of.
    seen : Durations
        Times until what is asked about, until something else made that impossible, or as far as
        they are seen.
    competes : ndarray of bool, shape (durations,)
        Which of those that did not end as asked ended otherwise.
    length : ndarray of float, shape (durations,)
        By when.
    """
    found = []
    first = 0
    for part in seen.by_replication(journeys):
        last = first + len(part)
        found.append(_share_by(part, competes[first:last], length[first:last]))
        first = last
    return np.array(found, np.float64)


def _share_by(seen: Durations, competes: Bools, length: Floats) -> float:
    if not len(seen):
        return math.nan
    # Each length is the same but for working days; what has ended by then is what counts.
    is_asked = seen.has_ended & (seen.until <= length)
    steps = _Steps.of(seen, is_asked | (competes & (seen.until <= length)))
    before = np.concatenate([[1.0], steps.still_there[:-1]])[: len(steps.times)]
    times, counts = np.unique(seen.until[is_asked], return_counts=True)
    places = np.searchsorted(steps.times, times)
    share = float(sum_in_order(before[places] * counts / steps.under_way[places]))
    all_over = len(steps.times) > 0 and steps.still_there[-1] <= SLACK
    is_seen = bool((seen.until >= length - SLACK).any())
    return share if is_seen or all_over else math.nan


@dataclass(frozen=True)
class BoundedTimes:
    """Typical times in each replication, as far as they are known.

    Parameters
    ----------
    least : ndarray of float, shape (replications,)
        The time, or the least that it can be.
    beyond : ndarray of float, shape (replications,)
        How much more it may be: 0 where the time is known, `inf` where nothing bounds it.
    """

    least: Floats
    beyond: Floats


def bounded_waits(
    journeys: Journeys, seen: Durations, goes_on: Bools, quantile: float | None
) -> BoundedTimes:
    """Return the mean, or a quantile, of waits, or between what it must lie.

    Who still waits at the end is often who came last to a line that has grown, and will wait longer
    than anybody before: how long a wait is, and whether its end is seen, then hang together, and no
    estimate for censored times holds. So it is estimated (`typical_waits`) only where few still
    wait and nearly all of the curve is seen (`FEW_WAIT`, `LITTLE_LEFT`); a quantile where the curve
    reaches it. Elsewhere it is told between what it lies whatever is still to come (Manski 1990):
    as if every open wait ended now, and as if none ever did.

    Parameters
    ----------
    journeys : Journeys
        Whose replications they are of.
    seen : Durations
        The waits.
    goes_on : ndarray of bool, shape (durations,)
        Which go on at the end; others that did not end in a start ended by leaving.
    quantile : float or None
        Which quantile; None for the mean.
    """
    longest = journeys.plan.horizon
    least, beyond = [], []
    first = 0
    for part in seen.by_replication(journeys):
        last = first + len(part)
        if _can_be_estimated(part, goes_on[first:last], quantile):
            low = high = _typical_wait(part, quantile, longest)
        else:
            low = _if_all_end_at(part.until, quantile)
            never = np.where(part.has_ended, part.until, math.inf)
            high = _if_all_end_at(never, quantile)
        least.append(low)
        beyond.append(0.0 if low == high or math.isnan(low) else high - low)
        first = last
    return BoundedTimes(np.array(least, np.float64), np.array(beyond, np.float64))


def _can_be_estimated(seen: Durations, goes_on: Bools, quantile: float | None) -> bool:
    if seen.is_whole:
        return len(seen) > 0
    if np.count_nonzero(goes_on) / len(seen) > FEW_WAIT or not seen.has_ended.any():
        return False
    left = float(_Steps.of(seen, seen.has_ended).still_there[-1])
    return left <= (LITTLE_LEFT if quantile is None else 1.0 - quantile) + SLACK


def _if_all_end_at(times: Floats, quantile: float | None) -> float:
    """Return the mean, or the quantile where a curve of the times reaches it; NaN for none."""
    if not len(times):
        return math.nan
    if quantile is None:
        return _plain(times, None)
    place = math.ceil(quantile * len(times) - SLACK) - 1
    return float(np.sort(times)[max(place, 0)])


def typical_waits(journeys: Journeys, seen: Durations, quantile: float | None) -> Floats:
    """Return the mean, or a quantile, of waits some of which go on, shape (replications,).

    By the curve of Kaplan and Meier. Where it ends before all have been served, the rest are taken
    to be served at the pace so far (the exponential tail of Brown, Hollander and Korwar 1974, the
    "extended mean"), but to wait no longer than one length of the run more: also where nobody has
    been served at all. Where everybody has, it is the plain mean or quantile. Holds where waits and
    when they are cut off do not hang together: see `bounded_waits`.

    Parameters
    ----------
    journeys : Journeys
        Whose replications they are of.
    seen : Durations
        The waits.
    quantile : float or None
        Which quantile; None for the mean.
    """
    longest = journeys.plan.horizon
    return np.array(
        [_typical_wait(part, quantile, longest) for part in seen.by_replication(journeys)],
        np.float64,
    )


def _typical_wait(seen: Durations, quantile: float | None, longest: float) -> float:
    if not len(seen):
        return math.nan
    if seen.is_whole:
        return _plain(seen.until, quantile)
    steps = _Steps.of(seen, seen.has_ended)
    waiting = steps.still_there
    last = float(seen.until.max())
    left = float(waiting[-1]) if len(waiting) else 1.0
    pace = -log(left) / last if 0.0 < left < 1.0 and last > 0.0 else 0.0
    if quantile is None:
        widths = np.diff(np.concatenate([[0.0], steps.times, [last]]))
        shares = np.concatenate([[1.0], waiting])
        more = min(1.0 / pace, longest) if pace else longest
        return float(sum_in_order(widths * shares)) + (left * more if left > SLACK else 0.0)
    reached = np.flatnonzero(waiting <= 1.0 - quantile + SLACK)
    if len(reached):
        return float(steps.times[reached[0]])
    further = log(left / max(1.0 - quantile, SLACK)) / pace if pace else longest
    return last + min(further, longest)


def typical_ways(journeys: Journeys, seen: Durations, quantile: float | None) -> Floats:
    """Return the mean, or a quantile, of the times of those who get there, shape (replications,).

    As if everybody had been followed for as long as the longest of them took: those who set out
    late and got there soon would otherwise count for too much. Each counts by the share of Kaplan
    and Meier that it stands for.

    Parameters
    ----------
    journeys : Journeys
        Whose replications they are of.
    seen : Durations
        The times of those who got there, and how long all others are followed.
    quantile : float or None
        Which quantile; None for the mean.
    """
    return np.array(
        [_typical_way(part, quantile) for part in seen.by_replication(journeys)], np.float64
    )


def _typical_way(seen: Durations, quantile: float | None) -> float:
    arrived = seen.until[seen.has_ended]
    if not len(arrived):
        return math.nan
    followed = seen.until[~seen.has_ended]
    if not len(followed) or followed.min() >= arrived.max():
        return _plain(arrived, quantile)
    steps = _Steps.of(seen, seen.has_ended)
    before = np.concatenate([[1.0], steps.still_there[:-1]])
    weights = before * steps.ended / steps.under_way
    weights /= sum_in_order(weights)
    if quantile is None:
        return float(sum_in_order(weights * steps.times))
    place = int(np.searchsorted(np.cumsum(weights), quantile - SLACK))
    return float(steps.times[min(place, len(weights) - 1)])


def _plain(times: Floats, quantile: float | None) -> float:
    if quantile is not None:
        return quantile_of(times, quantile)
    return float(sum_in_order(times)) / len(times)


def quantile_of(numbers: Floats, share: float) -> float:
    """Return a quantile of numbers in any order; NaN for none."""
    return float(quantile_of_sorted(np.sort(numbers), 0, len(numbers), share))
