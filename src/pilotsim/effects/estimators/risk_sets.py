"""Who is at risk when somebody leaves: the tables and sums that all models of hazards share.

Whoever leaves or is censored at a time is at risk until then; whoever is seen late is at risk from
just after. Curves and rank tests need counts (`risk_table`, `risk_by_group`), partial likelihoods
sums over those at risk (`RiskSets`). `discrete_hazards` has no part in it: there a period is a row
of a regression, and periods in which all who are seen leave are left out, not refused.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.spells import SurvivalSpells
from pilotsim.effects.inference.influence import totals

THE_CLIENTS = Message("the clients")


def count_at_risk(spells: SurvivalSpells, times: Floats) -> Floats:
    """Return how many spells are seen just before each time, shape (times,)."""
    gone = np.searchsorted(np.sort(spells.exits), times, side="left")
    unseen = np.zeros(len(times), np.int64)
    if spells.delayed():
        begun = np.searchsorted(np.sort(spells.entries), times, side="left")
        unseen = spells.count - begun
    return np.asarray(spells.count - gone - unseen, np.float64)


@dataclass(frozen=True)
class RiskTable:
    """Who is at risk and what happens, at each time when something happens.

    Parameters
    ----------
    times : ndarray, shape (times,)
        Distinct times at which a spell ends by a cause, ascending.
    at_risk : ndarray, shape (times,)
        Spells seen just before each time.
    events : ndarray, shape (times, causes)
        Spells that end then, by cause; column 0 is cause 1.
    last : float
        The last time at which anybody is seen.
    """

    times: Floats
    at_risk: Floats
    events: Floats
    last: float

    @property
    def any_event(self) -> Floats:
        """Spells that end at each time by whatever cause."""
        total: Floats = self.events.sum(axis=1)
        return total


def risk_table(spells: SurvivalSpells, causes: int | None = None) -> RiskTable:
    """Return who is at risk and what happens at each time when something happens.

    Parameters
    ----------
    spells : SurvivalSpells
    causes : int, optional
        How many causes to count; the highest that occurs, unless given.
    """
    number = int(spells.causes.max(initial=0)) if causes is None else causes
    happened = spells.causes > 0
    times, place = np.unique(spells.exits[happened], return_inverse=True)
    events = np.zeros((len(times), number))
    np.add.at(events, (place, spells.causes[happened] - 1), 1.0)
    found = RiskTable(
        times, count_at_risk(spells, times), events, float(spells.exits.max(initial=0.0))
    )
    _refuse_gap(found)
    return found


def _refuse_gap(table: RiskTable) -> None:
    """Refuse late entry in which all who are seen leave at once, and others come after.

    The curve would stay at 0.
    """
    empty = np.flatnonzero(table.any_event >= table.at_risk)
    if len(empty) and empty[0] < len(table.times) - 1:
        time = table.times[empty[0]]
        left = table.at_risk[empty[0]]
        raise EstimationError(
            Message(
                "late entry: at {time} all {left} who are seen leave, and others are seen only "
                "later, so nothing joins the two; count time from when enough are seen",
                time=Amount(time),
                left=Amount(left),
            )
        )


def refuse_late(table: RiskTable, at: float, whose: str = THE_CLIENTS) -> None:
    """Refuse a time after which nobody of a group is seen, though some could still be there."""
    if not at > 0.0:
        raise RequestError(Message("time: expected more than 0, found {at}", at=Amount(at)))
    alive = (
        not len(table.times)
        or table.at_risk[-1] > table.any_event[-1]
        or table.times[-1] < table.last
    )
    if at > table.last and alive:
        raise EstimationError(
            Message(
                "nobody of {whose} is seen after {last}, so nothing is known of {at}; choose an "
                "earlier time",
                whose=whose,
                last=Amount(table.last),
                at=Amount(at),
            )
        )


@dataclass(frozen=True, eq=False)
class GroupRisk:
    """Who is at risk and what happens in each group, at given times.

    Parameters
    ----------
    at_risk : ndarray, shape (times, groups)
        Spells seen just before each time.
    events : ndarray, shape (times, groups, causes)
        Spells that end then, by cause; column 0 is cause 1.
    """

    at_risk: Floats
    events: Floats


def risk_by_group(spells: SurvivalSpells, codes: Ints, times: Floats, causes: int) -> GroupRisk:
    """Return who is at risk and what happens in each group.

    Parameters
    ----------
    spells : SurvivalSpells
    codes : ndarray of int, shape (spells,)
        The group of each, from 0.
    times : ndarray, shape (times,)
        All times at which a spell ends by a cause, ascending.
    causes : int
        How many causes there are.
    """
    groups = int(codes.max()) + 1
    at_risk = np.zeros((len(times), groups))
    for group in range(groups):
        at_risk[:, group] = count_at_risk(spells.among(codes == group), times)
    events = np.zeros((len(times), groups, causes))
    left = spells.causes > 0
    place = np.searchsorted(times, spells.exits[left])
    np.add.at(events, (place, codes[left], spells.causes[left] - 1), 1.0)
    return GroupRisk(at_risk, events)


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Moments at which somebody leaves, and who is at risk at each.

    A moment is a stratum and a time, in that order.

    Parameters
    ----------
    since, until : ndarray of int, shape (spells,)
        Spell i is at risk at moments `since[i]` to before `until[i]`.
    rows, moment : ndarray of int, shape (events,)
        The spells that leave, in the order of moments, and the moment of each.
    number : ndarray, shape (moments,)
        How many leave at each moment.
    times : ndarray, shape (moments,)
        When each moment is.
    """

    since: Ints
    until: Ints
    rows: Ints
    moment: Ints
    number: Floats
    times: Floats

    @property
    def count(self) -> int:
        """How many moments there are."""
        return len(self.times)

    def sums(self, table: Floats) -> Floats:
        """Return sums of rows over those at risk at each moment, shape (moments, columns)."""
        return self._above(self.until, table) - self._above(self.since, table)

    def sums_of_leavers(self, table: Floats) -> Floats:
        """Return sums of rows over those who leave at each moment, shape (moments, columns)."""
        return totals(self.moment, table[self.rows], self.count)

    def passed(self, each: Floats) -> Floats:
        """Return sums over the moments at which each spell is at risk, shape (spells, columns).

        Parameters
        ----------
        each : ndarray, shape (moments, columns)
            What is summed.
        """
        through = np.vstack([np.zeros((1, each.shape[1])), np.cumsum(each, axis=0)])
        found: Floats = through[self.until] - through[self.since]
        return found

    def _above(self, place: Ints, table: Floats) -> Floats:
        """Return, for each moment, sums of rows whose place lies above it.

        Summed from the end, so that small sums stay exact.
        """
        if not place.any():
            return np.zeros((self.count, table.shape[1]))
        sums = totals(place, table, self.count + 1)[1:]
        return np.asarray(np.cumsum(sums[::-1], axis=0)[::-1], np.float64)


def risk_sets(spells: SurvivalSpells, left: Bools, strata: Ints | None = None) -> RiskSets:
    """Return the moments at which somebody leaves, and who is at risk at each.

    Parameters
    ----------
    spells : SurvivalSpells
    left : ndarray of bool, shape (spells,)
        Which of them end by what is counted; the others are at risk until they end.
    strata : ndarray of int, shape (spells,), optional
        Strata from 0: who leaves is held against those of the same stratum.
    """
    both = np.concatenate([spells.entries, spells.exits])
    ranks = np.unique(both, return_inverse=True)[1].astype(np.int64)
    base = np.zeros(spells.count, np.int64) if strata is None else strata * (ranks.max() + 1)
    begins = base + ranks[: spells.count]
    ends = base + ranks[spells.count :]
    events = np.flatnonzero(left)
    rows = events[np.argsort(ends[events], kind="stable")]
    keys, first, moment, number = np.unique(
        ends[rows], return_index=True, return_inverse=True, return_counts=True
    )
    return RiskSets(
        since=np.searchsorted(keys, begins, side="right"),
        until=np.searchsorted(keys, ends, side="right"),
        rows=rows,
        moment=moment.astype(np.int64),
        number=number.astype(np.float64),
        times=spells.exits[rows[first]],
    )


@dataclass(frozen=True, eq=False)
class RiskMoments:
    """What covariates are among those at risk, each weighted by its risk.

    Parameters
    ----------
    sums : ndarray, shape (sets,)
        Sum of the risks.
    means : ndarray, shape (sets, covariates)
    spreads : ndarray, shape (sets, covariates, covariates)
        Their covariance.
    """

    sums: Floats
    means: Floats
    spreads: Floats


def products(x: Floats, risk: Floats) -> Floats:
    """Return the rows whose sums make `risk_moments`: 1, covariates and their products, by risk."""
    squares = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    found: Floats = np.column_stack([np.ones(len(x)), x, squares]) * risk[:, None]
    return found


def risk_moments(sums: Floats, columns: int) -> RiskMoments:
    """Return sum, means and covariances from sums of `products` of so many covariates."""
    means = sums[:, 1 : columns + 1] / sums[:, :1]
    squares = (sums[:, columns + 1 :] / sums[:, :1]).reshape(-1, columns, columns)
    return RiskMoments(sums[:, 0], means, squares - means[:, :, None] * means[:, None, :])
