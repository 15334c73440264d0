"""What a turnover comes to in closed form: a Markov chain in continuous time, seen once a month.

A month counts where the client is on assistance on the 15th, so a course is looked at once a month.
Two kinds of clients, long and short, pass the same states; those of the short kind leave assistance
faster, whichever way they go. Clients are looked at in a steady state: as many come as leave for
good. Every array has one row a draw, so that an ensemble is worked out at once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

Floats = NDArray[np.float64]

# The states. Who is away may come back from any but the last; `LASTING` work and another benefit
# end so rarely that those who come back from them count as new.
ON, PAUSE, AWAY, WORK, LASTING, BENEFIT, GONE = range(7)
STATES = 7
EMPLOYED = [WORK, LASTING]
YEAR = 12
FOLLOWED = 48


@dataclass(frozen=True)
class Turnover:
    """Speeds a month and shares, each of shape (draws,).

    Attributes
    ----------
    pauses, job, benefit, leaves : ndarray
        How fast the long kind leaves assistance for a short pause, a job, another benefit, and
        for what nobody knows.
    short_times : ndarray
        How many times as fast the short kind leaves, whichever way.
    short_new : ndarray
        The share of the short kind among those who come.
    returns, comes_back, stays_away : ndarray
        Back from a pause; back from what nobody knows; turned from that into gone for good.
    job_loss, settles, lasting_loss, benefit_ends : ndarray
        A new job lost; a new job turned lasting; a lasting job lost; another benefit ended.
    """

    pauses: Floats
    job: Floats
    benefit: Floats
    leaves: Floats
    short_times: Floats
    short_new: Floats
    returns: Floats
    comes_back: Floats
    stays_away: Floats
    job_loss: Floats
    settles: Floats
    lasting_loss: Floats
    benefit_ends: Floats

    @property
    def exits(self) -> Floats:
        """How fast the long kind leaves assistance in all."""
        return self.pauses + self.job + self.benefit + self.leaves

    def take(self, rows: Any) -> Turnover:
        """Return the turnover of some draws only."""
        return Turnover(**{one.name: getattr(self, one.name)[rows] for one in fields(self)})


@dataclass(frozen=True)
class Away:
    """Those away who will count as returning, for each client on assistance in a steady state.

    Attributes
    ----------
    paused, absent, in_work : ndarray, shape (draws,)
        On a pause, where nobody knows, in a job that has not become a lasting one.
    new : ndarray, shape (draws,)
        How many come a month who were not there before.
    """

    paused: Floats
    absent: Floats
    in_work: Floats
    new: Floats


@dataclass(frozen=True)
class Expected:
    """What is expected of those on assistance in a year and of their spells.

    Attributes
    ----------
    months : ndarray, shape (draws, 12)
        Of those who receive in the year: the shares who do so in 1, 2, ..., 12 months.
    again, each_year, some_work : ndarray, shape (draws,)
        Of the same: who receive again in the four years after; in each of the five; who are in work
        on the 15th of some month of the five.
    over_12, from_12 : ndarray, shape (draws,)
        Of spells that begin: who last more than twelve counted months; at least twelve.
    back_in_3 : ndarray, shape (draws,)
        Of spells that end: after whom at most three months pass without.
    short_stock : ndarray, shape (draws,)
        The short kind among those on assistance on a day.
    for_good : ndarray, shape (draws,)
        How many leave a month who will not be back, for each client on assistance.
    recipients : ndarray, shape (draws,)
        How many receive in the year, for each client on assistance on a day.
    """

    months: Floats
    again: Floats
    each_year: Floats
    some_work: Floats
    over_12: Floats
    from_12: Floats
    back_in_3: Floats
    short_stock: Floats
    for_good: Floats
    recipients: Floats

    @property
    def mean_months(self) -> Floats:
        """Months of receipt in the year, on average."""
        return self.months @ np.arange(1.0, YEAR + 1)

    @property
    def at_least_six(self) -> Floats:
        """The share who receive in at least six months of the year."""
        return self.months[:, 5:].sum(axis=1)


def still_employed(turnover: Turnover, months: float) -> Floats:
    """Return the share of new jobs that are not lost within so many months."""
    ends = turnover.job_loss + turnover.settles
    new = np.exp(-ends * months)
    slow = np.exp(-turnover.lasting_loss * months)
    return new + turnover.settles * (slow - new) / (ends - turnover.lasting_loss)


def short_among_leavers(share: Floats, times: Floats) -> Floats:
    """Return the short kind among those who leave, and so among those away and those who come."""
    return share * times / (share * times + 1 - share)


def short_among_stock(share: Floats, times: Floats) -> Floats:
    """Return the short kind among those on assistance, from its share among those who come."""
    return short_among_leavers(share, 1 / times)


def away(turnover: Turnover, short: Floats) -> Away:
    """Return who is away and who comes, for each client of a steady stock.

    Parameters
    ----------
    turnover : Turnover
        The speeds.
    short : ndarray, shape (draws,)
        The share of the short kind in that stock.
    """
    faster = 1 - short + short * turnover.short_times
    known_end = turnover.comes_back + turnover.stays_away
    job_end = turnover.job_loss + turnover.settles
    left = turnover.leaves * faster
    found = turnover.job * faster
    lasting = found * turnover.settles / job_end + left * turnover.stays_away / known_end
    return Away(
        paused=turnover.pauses * faster / turnover.returns,
        absent=left / known_end,
        in_work=found / job_end,
        new=lasting + turnover.benefit * faster,
    )


def expected(turnover: Turnover) -> Expected:
    """Return what a steady state comes to."""
    long = _follow(turnover, 1 - turnover.short_new, np.ones_like(turnover.short_new))
    short = _follow(turnover, turnover.short_new, turnover.short_times)
    of_both = {name: long[name] + short[name] for name in long}
    on, recipients, begun = of_both["on"], of_both["recipients"], of_both["begun"]
    return Expected(
        months=of_both["months"] / recipients[:, None],
        again=1 - of_both["not_again"] / recipients,
        each_year=of_both["each_year"] / recipients,
        some_work=1 - of_both["never_in_work"] / recipients,
        over_12=of_both["over_12"] / begun,
        from_12=of_both["from_12"] / begun,
        back_in_3=of_both["back_in_3"] / of_both["ended"],
        short_stock=short["on"] / on,
        for_good=1 / on,
        recipients=recipients / on,
    )


def _follow(turnover: Turnover, new: Floats, faster: Floats) -> dict[str, Floats]:
    """Return the flows of one kind, of which `new` come a month."""
    month, comes = months_of_course(turnover, faster)
    comes = comes * new[:, None]
    present = _steady(turnover, new, faster)

    by_months = _count_months(present, month, comes)
    seen = by_months[:, 1:].sum(axis=1)
    unseen = _without(month, [ON])
    receives = np.linalg.matrix_power(month, YEAR) - np.linalg.matrix_power(unseen, YEAR)
    yearly = seen
    for _ in range(FOLLOWED // YEAR):
        yearly = _step(yearly, receives)

    idle = _without(month, EMPLOYED)
    idle_present, idle_comes = present.copy(), comes.copy()
    idle_present[:, EMPLOYED] = 0
    idle_comes[:, EMPLOYED] = 0
    idle_seen = _count_months(idle_present, idle, idle_comes)[:, 1:].sum(axis=1)

    begun = _step(np.where(np.arange(STATES) == ON, 0, present), month)[:, ON] + comes[:, ON]
    stays = month[:, ON, ON]
    gone = present[:, ON, None] * month[:, ON, :]
    gone[:, ON] = 0
    back, still_gone = np.zeros_like(new), gone
    for _ in range(3):
        still_gone = _step(still_gone, month)
        back = back + still_gone[:, ON]
        still_gone[:, ON] = 0

    return {
        "on": present[:, ON],
        "months": by_months[:, 1:].sum(axis=2),
        "recipients": seen.sum(axis=1),
        "not_again": _step(seen, np.linalg.matrix_power(unseen, FOLLOWED)).sum(axis=1),
        "each_year": yearly.sum(axis=1),
        "never_in_work": _step(idle_seen, np.linalg.matrix_power(idle, FOLLOWED)).sum(axis=1),
        "begun": begun,
        "over_12": begun * stays**YEAR,
        "from_12": begun * stays ** (YEAR - 1),
        "ended": gone.sum(axis=1),
        "back_in_3": back,
    }


def months_of_course(turnover: Turnover, faster: Floats) -> tuple[Floats, Floats]:
    """Return where a client is a month later, and where those are who came within the month.

    Returns
    -------
    month : ndarray, shape (draws, states, states)
        The chance of being in a state, by the state a month before.
    comes : ndarray, shape (draws, states)
        Where one who comes a month, at an even pace, is found at the end of its first month.
    """
    source = STATES
    speeds = np.zeros((len(faster), STATES + 1, STATES + 1))
    speeds[:, ON, PAUSE] = turnover.pauses * faster
    speeds[:, ON, WORK] = turnover.job * faster
    speeds[:, ON, BENEFIT] = turnover.benefit * faster
    speeds[:, ON, AWAY] = turnover.leaves * faster
    speeds[:, PAUSE, ON] = turnover.returns
    speeds[:, AWAY, ON] = turnover.comes_back
    speeds[:, AWAY, GONE] = turnover.stays_away
    speeds[:, WORK, ON] = turnover.job_loss
    speeds[:, WORK, LASTING] = turnover.settles
    speeds[:, LASTING, ON] = turnover.lasting_loss
    speeds[:, BENEFIT, ON] = turnover.benefit_ends
    every = np.arange(STATES + 1)
    speeds[:, every, every] = -speeds.sum(axis=2)
    speeds[:, source, ON] = 1.0  # one a month comes out of a source that never empties
    course = expm(speeds)
    return course[:, :STATES, :STATES], course[:, source, :STATES]


def _steady(turnover: Turnover, new: Floats, faster: Floats) -> Floats:
    """Return where those of a kind are in a steady state of whom `new` come a month."""
    long_only = away(turnover, np.zeros_like(new))
    present = np.zeros((len(new), STATES))
    present[:, ON] = new / (long_only.new * faster)
    present[:, PAUSE] = present[:, ON] * long_only.paused * faster
    present[:, AWAY] = present[:, ON] * long_only.absent * faster
    present[:, WORK] = present[:, ON] * long_only.in_work * faster
    return present


def _count_months(present: Floats, month: Floats, comes: Floats) -> Floats:
    """Return where clients are after a year by months counted, shape (draws, 13, states)."""
    counted = np.zeros((len(present), YEAR + 1, STATES))
    counted[:, 0] = present
    for number in range(YEAR):
        if number:
            counted = counted @ month
            counted[:, 0] += comes
        on = counted[:, :-1, ON].copy()
        counted[:, :, ON] = 0
        counted[:, 1:, ON] = on
    return counted


def _without(month: Floats, states: list[int]) -> Floats:
    """Return a month in which nobody is found in some states."""
    rest = month.copy()
    rest[:, :, states] = 0
    return rest


def _step(clients: Floats, month: Floats) -> Floats:
    return np.einsum("ni,nij->nj", clients, month)


def changed(turnover: Turnover, *, speed: Floats, short_new: Floats) -> Turnover:
    """Return the turnover where all leave at another speed, and other shares of the kinds come."""
    return replace(
        turnover,
        pauses=turnover.pauses * speed,
        job=turnover.job * speed,
        benefit=turnover.benefit * speed,
        leaves=turnover.leaves * speed,
        short_new=short_new,
    )
