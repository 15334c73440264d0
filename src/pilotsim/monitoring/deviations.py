"""How far monthly counts lie from those of simulated pilots, each deviation in its own measure.

Three are looked at for every count of every month: how far it lies from what was forecast before
the start (`level`), how far from what the counts so far led one to expect (`change`), and how far
those surprises have drifted to one side (`drift`). Each is divided by how far it reaches in
simulated pilots, first in its own month, then each kind of each count over the whole pilot: a count
that is nearly always 0 reaches far when it is not, and must not set the limit for all others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints

__all__ = ["KINDS", "Deviations"]

KINDS = ("level", "change", "drift")
# The share of simulated pilots beyond either unit of a deviation: 1 is as far as this leaves out.
TAIL = 0.025
# The share of simulated pilots in which a kind of deviation of a count goes beyond its unit at any
# time of the pilot.
RARE = 0.02
# No count is told apart by less than so many clients.
LEAST_REACH = 1.0
# Nor a surprise by less than this part of the chance in a count.
LEAST_SURPRISE = 0.25
# Nor any of them by less than this part of how far it reaches in its month.
LEAST_UNIT = 0.5
# How much the newest surprise counts in the drift.
NEWEST = 0.25
# Pulls the coefficients of the expectation to zero, as a share of each column's spread.
RIDGE = 0.02


@dataclass(frozen=True)
class Deviations:
    """The measure of deviations, learned from simulated pilots.

    Parameters
    ----------
    present : ndarray of bool, shape (months, counts)
        Which counts there are, or will be.
    order : ndarray of int, shape (counts,)
        The counts along the flow: whoever counts further on is expected by what stands before it.
    centre, above, below : ndarray of float, shape (months, counts)
        The forecast, and how far it reaches to either side.
    coefficients : dict of (int, int) to ndarray
        By month and count: what is expected from what was counted so far.
    change_reach, drift_reach : ndarray of float, shape (2, months, counts)
        How far surprises and drifts reach below and above.
    unit : ndarray of float, shape (2, kinds, counts)
        How far each kind of each count goes below and above over the whole pilot.
    """

    present: Bools
    order: Ints
    centre: Floats
    above: Floats
    below: Floats
    coefficients: dict[tuple[int, int], Floats]
    change_reach: Floats
    drift_reach: Floats
    unit: Floats

    @classmethod
    def learn(cls, counts: Floats, present: Bools, order: Ints) -> Deviations:
        """Return the measure that simulated pilots give.

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What is counted in each; nothing else is made of them than this measure.
        present : ndarray of bool, shape (months, counts)
            Which counts there are, or will be.
        order : ndarray of int, shape (counts,)
            The counts along the flow.
        """
        low, centre, high = np.quantile(counts, (TAIL, 0.5, 1.0 - TAIL), axis=0)
        surprises, coefficients = _learn_changes(counts, present, order)
        change_reach = _reach(surprises)
        drifts = _drifts(_in_reach(surprises, change_reach), present)
        own = cls(
            present=present,
            order=order,
            centre=centre,
            above=np.maximum(high - centre, LEAST_REACH),
            below=np.maximum(centre - low, LEAST_REACH),
            coefficients=coefficients,
            change_reach=change_reach,
            drift_reach=_reach(drifts),
            unit=np.ones((2, len(KINDS), counts.shape[2])),
        )
        return replace(own, unit=_units(own.of(counts)))

    def of(self, counts: Floats) -> Floats:
        """Return the deviations of pilots, shape (pilots, kinds, months, counts).

        Parameters
        ----------
        counts : ndarray of float, shape (pilots, months, counts)
            What was counted; what stands where nothing is `present` does not matter.

        Returns
        -------
        ndarray of float
            With the sign of the deviation; 0 where nothing is present. 1 and -1 are as far as one
            simulated pilot in fifty ever goes to that side with that kind of deviation of that
            count.
        """
        known = np.where(self.present, counts, 0.0)
        away = known - self.centre
        level = np.where(away >= 0.0, away / self.above, away / self.below)
        surprises = np.zeros_like(known)
        for month in range(known.shape[1]):
            columns = _columns(known, self.present, month)
            for place, count in enumerate(self.order):
                if self.present[month, count]:
                    before = _before(known, self.present, self.order, month, place)
                    terms = np.column_stack([*columns, *before])
                    surprises[:, month, count] = _scaled_miss(
                        known[:, month, count], terms @ self.coefficients[month, int(count)]
                    )
        change = _in_reach(surprises, self.change_reach)
        drift = _in_reach(_drifts(change, self.present), self.drift_reach)
        found = np.where(self.present, np.stack([level, change, drift], axis=1), 0.0)
        below, above = self.unit[:, :, None, :]
        return np.asarray(np.where(found < 0.0, found / below, found / above))


def _units(found: Floats) -> Floats:
    """Return how far each kind of each count goes to either side, shape (2, kinds, counts)."""
    sides = np.stack([(-found).max(axis=2), found.max(axis=2)])
    return np.asarray(np.maximum(np.quantile(sides, 1.0 - RARE, axis=1), LEAST_UNIT))


def _learn_changes(
    counts: Floats, present: Bools, order: Ints
) -> tuple[Floats, dict[tuple[int, int], Floats]]:
    """Return the surprises in simulated pilots, and what the expectation rests on."""
    known = np.where(present, counts, 0.0)
    surprises = np.zeros_like(known)
    coefficients = {}
    for month in range(known.shape[1]):
        columns = _columns(known, present, month)
        for place, count in enumerate(order):
            if present[month, count]:
                terms = np.column_stack([*columns, *_before(known, present, order, month, place)])
                own = _least_squares(terms, known[:, month, count])
                coefficients[month, int(count)] = own
                surprises[:, month, count] = _scaled_miss(known[:, month, count], terms @ own)
    return surprises, coefficients


def _columns(known: Floats, present: Bools, month: int) -> list[Floats]:
    """Return what the counts of earlier months say: of each the last, and the mean so far."""
    columns = [np.ones(len(known))]
    for count in range(known.shape[2]):
        earlier = np.flatnonzero(present[:month, count])
        if len(earlier):
            columns.append(known[:, earlier[-1], count])
        if len(earlier) > 1:
            columns.append(known[:, earlier, count].mean(axis=1))
    return columns


def _before(known: Floats, present: Bools, order: Ints, month: int, place: int) -> list[Floats]:
    """Return the month's counts that stand before one in the flow."""
    return [known[:, month, count] for count in order[:place] if present[month, count]]


def _least_squares(terms: Floats, values: Floats) -> Floats:
    """Return the coefficients of a line through points, pulled a little to the mean."""
    centred = terms[:, 1:] - terms[:, 1:].mean(axis=0)
    spread = centred.std(axis=0)
    usable = spread > 0.0
    own = np.zeros(terms.shape[1])
    if usable.any():
        scaled = centred[:, usable] / spread[usable]
        size = len(scaled)
        square = scaled.T @ scaled + RIDGE * size * np.eye(scaled.shape[1])
        slopes = np.linalg.solve(square, scaled.T @ (values - values.mean()))
        own[1:][usable] = slopes / spread[usable]
    own[0] = values.mean() - terms[:, 1:].mean(axis=0) @ own[1:]
    return own


def _scaled_miss(values: Floats, expected: Floats) -> Floats:
    """Return how far counts miss what was expected, beside the chance in a count of that size."""
    return np.asarray((values - expected) / np.sqrt(np.maximum(expected, 0.0) + 1.0))


def _reach(values: Floats) -> Floats:
    """Return how far deviations reach below and above zero, shape (2, months, counts)."""
    low, high = np.quantile(values, (TAIL, 1.0 - TAIL), axis=0)
    return np.asarray(np.maximum(np.stack([-low, high]), LEAST_SURPRISE), np.float64)


def _in_reach(values: Floats, reach: Floats) -> Floats:
    return np.asarray(np.where(values < 0.0, values / reach[0], values / reach[1]), np.float64)


def _drifts(change: Floats, present: Bools) -> Floats:
    """Return how far surprises have drifted: an exponentially weighted mean of each count."""
    found = np.zeros_like(change)
    now = np.zeros((change.shape[0], change.shape[2]))
    for month in range(change.shape[1]):
        newer = (1.0 - NEWEST) * now + NEWEST * change[:, month]
        now = np.where(present[month], newer, now)
        found[:, month] = now
    return found
