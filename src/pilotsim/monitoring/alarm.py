"""An alarm with a stated rate of false alarms over the whole pilot, and what it points to.

The statistic is the farthest of all deviations of all months so far. Its limit is that which, of so
many simulated pilots that follow the plan, only the share `rate` ever crosses from their first
month to their last: a rank among them and the pilot, hence no more than `rate` whatever the
distribution is, as long as the pilot is one of them.

Where departures are watched for, the pilot has a second statistic, how far it goes the way of any
of them (`directed`). The two limits are such that each is crossed by as many simulated pilots, and
both together by no more than the share `rate`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.monitoring.deviations import KINDS, Deviations
from pilotsim.monitoring.directed import Directed

__all__ = ["Alarm", "Monitor", "Suspect", "WatchedFor"]

# Pilots with the same counts come equally far. One alone and one among many are summed up in other
# orders, so what differs by less is the same: else a limit that many stand at is crossed by all.
SAME = 1e-9


@dataclass(frozen=True)
class Suspect:
    """A count that stands out.

    Parameters
    ----------
    count : int
        Its place among the counts.
    p : float
        The share of simulated pilots in which it stands out as much at some time of the pilot.
    months : tuple of int
        The months in which it crossed the limit.
    is_above : bool
        Whether it is more than expected where it stands out most.
    farthest : float
        How far it stands out most, in units of what one pilot in forty goes beyond.
    """

    count: int
    p: float
    months: tuple[int, ...]
    is_above: bool
    farthest: float


@dataclass(frozen=True)
class WatchedFor:
    """A departure that is watched for.

    Parameters
    ----------
    farthest : float
        How far the counts went its way at most, as a share of the limit.
    first : int or None
        The month in which the limit was first crossed its way, by its place; None for never.
    """

    farthest: float
    first: int | None


@dataclass(frozen=True)
class Alarm:
    """What the monitoring says after the months so far.

    Parameters
    ----------
    rate : float
        How many pilots that follow the plan would ever raise an alarm, at most.
    limit : float
        How far a deviation may go.
    statistic : float
        How far the farthest went so far.
    p : float
        The share of simulated pilots that come as far over all their months.
    first : int or None
        The month in which a limit was first crossed, by its place; None for no alarm.
    kind : str
        Of which kind the farthest deviation is: `level`, `change` or `drift`.
    suspects : tuple of Suspect
        The counts, the one that explains the alarm first.
    watched : tuple of WatchedFor
        The departures that are watched for, in their order.
    looks_like : int or None
        The one of them that the counts look like, by its place; None for none.
    """

    rate: float
    limit: float
    statistic: float
    p: float
    first: int | None
    kind: str
    suspects: tuple[Suspect, ...]
    watched: tuple[WatchedFor, ...] = ()
    looks_like: int | None = None

    @property
    def is_raised(self) -> bool:
        """Whether the pilot has left what was forecast."""
        return self.first is not None


@dataclass(frozen=True)
class Monitor:
    """The limit of an alarm, and the measure of deviations that it is a limit of.

    Parameters
    ----------
    deviations : Deviations
        The measure, learned from simulated pilots of its own.
    limit, rate : float
        What a deviation must cross, and the promised rate.
    farthest : ndarray of float, shape (pilots,)
        The farthest deviation of each of the other simulated pilots.
    by_count : ndarray of float, shape (pilots, counts)
        The farthest `change` or `drift` of each count in each of them.
    directed : Directed or None
        The scores of the departures that are watched for.
    directed_limit : float
        What a score must cross.
    directed_farthest : ndarray of float, shape (pilots,)
        The farthest score of each of those pilots.
    """

    deviations: Deviations
    limit: float
    rate: float
    farthest: Floats
    by_count: Floats
    directed: Directed | None = None
    directed_limit: float = math.inf
    directed_farthest: Floats = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, counts: Floats, present: Bools, order: Ints, rate: float) -> Monitor:
        """Return the monitor that simulated pilots give.

        Every other pilot gives the measure, the rest the limit.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What is counted in pilots that follow the plan.
        present : ndarray of bool, shape (months, counts)
            Which counts there are so far, and which will be.
        order : ndarray of int, shape (counts,)
            The counts along the flow.
        rate : float
            The promised rate of false alarms over the whole pilot.

        Raises
        ------
        RequestError
            So few pilots that no limit keeps the promise.
        """
        held = counts[1::2]
        allowed = _allowed(rate, len(held))
        if allowed < 1:
            raise _too_few(len(counts), rate)
        deviations = Deviations.learn(counts[::2], present, order)
        found = np.abs(deviations.of(held))
        farthest = found.max(axis=(1, 2, 3))
        limit = float(np.sort(farthest)[-allowed])
        return cls(deviations, limit, rate, farthest, found[:, 1:].max(axis=(1, 2)))

    @classmethod
    def watching(
        cls,
        counts: Floats,
        held: Floats,
        departures: Sequence[Floats],
        present: Bools,
        order: Ints,
        rate: float,
    ) -> Monitor:
        """Return the monitor that watches for departures as well.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What is counted in pilots that follow the plan, which give the measure.
        held : ndarray of float, shape (held, months, counts)
            The same in others, which give the limits.
        departures : sequence of ndarray of float, shape (pilots, months, counts)
            What is counted in the first pilots with each departure.
        present, order, rate
            As for `of`.

        Raises
        ------
        RequestError
            So few pilots that no limits keep the promise.
        """
        allowed = _allowed(rate, len(held))
        if allowed < 2:
            raise _too_few(len(counts), rate)
        deviations = Deviations.learn(counts, present, order)
        directed = Directed.learn(counts, departures, present)
        found = np.abs(deviations.of(held))
        farthest = found.max(axis=(1, 2, 3))
        scores = directed.of(held).max(axis=(1, 2))
        limit, directed_limit = _shared_limits(farthest, scores, allowed)
        by_count = found[:, 1:].max(axis=(1, 2))
        return cls(deviations, limit, rate, farthest, by_count, directed, directed_limit, scores)

    def first_alarms(self, counts: Floats) -> Floats:
        """Return in which month each pilot first crosses a limit, `inf` for never.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What was counted in each.
        """
        farthest = np.abs(self.deviations.of(counts)).max(axis=(1, 3))
        crossed = _beyond(farthest, self.limit)
        if self.directed is not None:
            scores = self.directed.of(counts).max(axis=2)
            crossed = crossed | _beyond(scores, self.directed_limit)
        return np.where(crossed.any(axis=1), crossed.argmax(axis=1).astype(np.float64), math.inf)

    def judge(self, counts: Floats, months: int) -> Alarm:
        """Return what is to be said of a pilot after its first months.

        Parameters
        ----------
        counts : ndarray of float, shape (months, counts)
            What was counted.
        months : int
            How many months have been counted so far.
        """
        found = self.deviations.of(counts[None])[0][:, :months]
        far = np.abs(found)
        statistic = float(far.max(initial=0.0))
        scores = self._scores(counts, months)
        is_over = _beyond(far.max(axis=(0, 2), initial=0.0), self.limit)
        crossed = np.flatnonzero(is_over | _beyond(scores, self.directed_limit).any(axis=1))
        kind = KINDS[int(np.unravel_index(far.argmax(), far.shape)[0])] if far.size else KINDS[0]
        # What comes first explains the rest: later, one departure draws all other counts along.
        until = int(crossed[0]) + 1 if len(crossed) else months
        suspects = sorted(
            (self._suspect(found[:, :until], count) for count in range(found.shape[2])),
            key=lambda one: (one.p, -one.farthest),
        )
        return Alarm(
            self.rate,
            self.limit,
            statistic,
            self._share_as_far(statistic, float(scores.max(initial=0.0))),
            int(crossed[0]) if len(crossed) else None,
            kind,
            tuple(suspects),
            tuple(self._watched(own) for own in scores.T),
            self._looks_like(scores),
        )

    def _scores(self, counts: Floats, months: int) -> Floats:
        """Return the directed scores of a pilot, shape (months, departures)."""
        if self.directed is None:
            return np.zeros((months, 0))
        return self.directed.of(counts[None])[0, :months]

    def _share_as_far(self, statistic: float, score: float) -> float:
        """Return the share of simulated pilots that come as far, this one counted in."""
        size = len(self.farthest) + 1
        as_far = ~_beyond(statistic, self.farthest)
        if self.directed is None:
            return float((1 + np.sum(as_far)) / size)
        # As far as the pilot's better rank, in the one or the other.
        is_above = ~_beyond(score, self.directed_farthest)
        ranks = 1 + int(as_far.sum()), 1 + int(is_above.sum())
        first, second = (min(ranks) - int(own == min(ranks)) for own in ranks)
        both = _rarest(self.farthest, first) | _rarest(self.directed_farthest, second)
        return float((1 + both.sum()) / size)

    def _watched(self, own: Floats) -> WatchedFor:
        crossed = np.flatnonzero(_beyond(own, self.directed_limit))
        # Where nothing tells of any departure, all scores and their limit are 0.
        farthest = max(float(own.max(initial=0.0)), 0.0) / max(self.directed_limit, SAME)
        return WatchedFor(farthest, int(crossed[0]) if len(crossed) else None)

    def _looks_like(self, scores: Floats) -> int | None:
        """Return what the counts looked like when a directed limit was first crossed."""
        crossed = np.flatnonzero(_beyond(scores, self.directed_limit).any(axis=1))
        if self.directed is None or not len(crossed):
            return None
        first = int(crossed[0])
        return int(self.directed.most_alike(scores[first], first)[0])

    def _suspect(self, found: Floats, count: int) -> Suspect:
        own = found[1:, :, count]
        place = np.unravel_index(np.abs(own).argmax(), own.shape)
        farthest = float(np.abs(own[place]))
        as_far = int(np.sum(~_beyond(farthest, self.by_count[:, count])))
        crossed = np.flatnonzero(_beyond(np.abs(found[:, :, count]), self.limit).any(axis=0))
        return Suspect(
            count,
            float((1 + as_far) / (len(self.by_count) + 1)),
            tuple(int(month) for month in crossed),
            bool(own[place] > 0.0),
            farthest / max(float(np.quantile(self.by_count[:, count], 1.0 - self.rate)), 1e-9),
        )


def _beyond(values: Floats | float, limit: Floats | float) -> Bools:
    """Return which values lie beyond a limit; one that differs by rounding alone does not."""
    return np.asarray(values > limit + SAME * np.maximum(1.0, np.abs(limit)))


def _allowed(rate: float, held: int) -> int:
    """Return how many of so many pilots and one more may cross a limit."""
    return math.floor(rate * (held + 1) + 1e-9)


def _too_few(count: int, rate: float) -> RequestError:
    return RequestError(
        Message(
            "with {count} replications no limit keeps false alarms below {rate:g} %; ask "
            "for {needed} or more (--replications)",
            count=count,
            rate=100.0 * rate,
            needed=2 * math.ceil(1.0 / rate),
        )
    )


def _rarest(values: Floats, count: int) -> Bools:
    """Return which pilots have the largest values, so many of them."""
    found = np.zeros(len(values), np.bool_)
    if count > 0:
        found[np.argsort(-values, kind="stable")[:count]] = True
    return found


def _shared_limits(first: Floats, second: Floats, allowed: int) -> tuple[float, float]:
    """Return limits of two statistics that the same number of pilots reach.

    One more pilot that is like these is among the rarest of all in the one or the other with a
    chance of no more than `allowed` in one more than there are: limits are the values of the rank
    to which, with that pilot, no more than `allowed` have as rare a one.

    Parameters
    ----------
    first, second : ndarray of float, shape (pilots,)
        The statistics of simulated pilots.
    allowed : int
        How many of these and one more may cross, at least 2.
    """
    rank = 1
    while rank < allowed and _with_one_more(first, second, rank + 1) <= allowed:
        rank += 1
    return float(np.sort(first)[-rank]), float(np.sort(second)[-rank])


def _with_one_more(first: Floats, second: Floats, rank: int) -> int:
    """Return how many have this rank or a rarer, where one more pilot takes it itself."""
    return 1 + max(
        int((_rarest(first, rank - 1) | _rarest(second, rank)).sum()),
        int((_rarest(first, rank) | _rarest(second, rank - 1)).sum()),
    )
