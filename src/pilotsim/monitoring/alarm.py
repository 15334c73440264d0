"""An alarm with a stated rate of false alarms over the whole pilot, and what it points to.

The statistic is the farthest of all deviations of all months so far. Its limit is that which, of so
many simulated pilots that follow the plan, only the share `rate` ever crosses from their first
month to their last: a rank among them and the pilot, hence no more than `rate` whatever the
distribution is, as long as the pilot is one of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.monitoring.deviations import KINDS, Deviations

__all__ = ["Alarm", "Monitor", "Suspect"]


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
        The share of simulated pilots whose farthest deviation, over all their months, is as far.
    first : int or None
        The month in which the limit was first crossed, by its place; None for no alarm.
    kind : str
        Of which kind the farthest deviation is: `level`, `change` or `drift`.
    suspects : tuple of Suspect
        The counts, the one that explains the alarm first.
    """

    rate: float
    limit: float
    statistic: float
    p: float
    first: int | None
    kind: str
    suspects: tuple[Suspect, ...]

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
    """

    deviations: Deviations
    limit: float
    rate: float
    farthest: Floats
    by_count: Floats

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
        allowed = math.floor(rate * (len(held) + 1) + 1e-9)
        if allowed < 1:
            raise RequestError(
                Message(
                    "with {count} replications no limit keeps false alarms below {rate:g} %; ask "
                    "for {needed} or more (--replications)",
                    count=len(counts),
                    rate=100.0 * rate,
                    needed=2 * math.ceil(1.0 / rate),
                )
            )
        deviations = Deviations.learn(counts[::2], present, order)
        found = np.abs(deviations.of(held))
        farthest = found.max(axis=(1, 2, 3))
        limit = float(np.sort(farthest)[-allowed])
        return cls(deviations, limit, rate, farthest, found[:, 1:].max(axis=(1, 2)))

    def first_alarms(self, counts: Floats) -> Floats:
        """Return in which month each pilot first crosses the limit, `inf` for never.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What was counted in each.
        """
        farthest = np.abs(self.deviations.of(counts)).max(axis=(1, 3))
        crossed = np.asarray(farthest > self.limit)
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
        crossed = np.flatnonzero(far.max(axis=(0, 2), initial=0.0) > self.limit)
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
            float((1 + np.sum(self.farthest >= statistic)) / (len(self.farthest) + 1)),
            int(crossed[0]) if len(crossed) else None,
            kind,
            tuple(suspects),
        )

    def _suspect(self, found: Floats, count: int) -> Suspect:
        own = found[1:, :, count]
        place = np.unravel_index(np.abs(own).argmax(), own.shape)
        farthest = float(np.abs(own[place]))
        as_far = int(np.sum(self.by_count[:, count] >= farthest))
        crossed = np.flatnonzero((np.abs(found[:, :, count]) > self.limit).any(axis=0))
        return Suspect(
            count,
            float((1 + as_far) / (len(self.by_count) + 1)),
            tuple(int(month) for month in crossed),
            bool(own[place] > 0.0),
            farthest / max(float(np.quantile(self.by_count[:, count], 1.0 - self.rate)), 1e-9),
        )
