"""Estimands: what is asked of a programme's effect, worked out from the same clients in two worlds.

Each estimand is a sum over clients divided by another one, so that replications can be pooled and
their Monte Carlo error follows from the ratio (Cochran, *Sampling Techniques*, 1977, ch. 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError, did_you_mean, did_you_mean_one
from pilotsim.base.messages import Message
from pilotsim.evaluation.register import Panel

AT, CUMULATED, REACHED, MONTHS_UNTIL = "at", "cumulated", "reached", "months_until"
SINCE_OFFER, AFTER_OFFER = "since_offer", "after_offer"
DEADWEIGHT, THREAT, DISPLACEMENT = "deadweight", "threat", "displacement"
KINDS = (
    AT,
    CUMULATED,
    REACHED,
    MONTHS_UNTIL,
    SINCE_OFFER,
    AFTER_OFFER,
    DEADWEIGHT,
    THREAT,
    DISPLACEMENT,
)
# Those that count from the client's listing, and those that count from the client's own offer.
SINCE_LISTING = (AT, CUMULATED, REACHED, MONTHS_UNTIL)
FROM_OFFER = (SINCE_OFFER, AFTER_OFFER, THREAT)
# Those that ask whether a state was reached, which an amount never is.
OF_STATES = (REACHED, MONTHS_UNTIL, DEADWEIGHT)
OFFERED, TREATED, COMPLIERS, NOT_OFFERED, EVERYONE = (
    "offered",
    "treated",
    "compliers",
    "not_offered",
    "everyone",
)
# Whom a design or an estimator picks out: those drawn to be encouraged, at the limit of a trait, or
# with a chance of either arm.
ENCOURAGED, AT_LIMIT, EITHER_WAY = "encouraged", "at_limit", "either_way"
WHO = (
    OFFERED,
    TREATED,
    COMPLIERS,
    NOT_OFFERED,
    EVERYONE,
    ENCOURAGED,
    AT_LIMIT,
    EITHER_WAY,
)
AMOUNT = "amount"
# What an effect is counted in, for people.
Unit = Literal["points", "months", "kroner", "ratio"]
PILOT, PROGRAMME = "pilot", "programme"
WORLDS = (PILOT, PROGRAMME)


@dataclass(frozen=True)
class Estimand:
    """What is asked of the effect.

    Parameters
    ----------
    name : str
        What it is called in results.
    months : int
        How many months after the client's listing, or its coming if that is later.
    outcome : str
        See `Panel.outcome`.
    kind : str
        `at`: the outcome in that month; `cumulated`: its sum up to that month; `reached`: whether
        it was ever 1 by then; `months_until`: months until it first was 1, at most so many
        (restricted mean); `since_offer`: its mean over so many months from the client's own offer
        on; `after_offer`: the outcome in the month so long after the client's own offer;
        `deadweight`: of those for whom it is 1 with the programme, the share for whom it would
        have been anyway; `threat`: the share that leaves assistance after the offer and before
        starting; `displacement`: what the others lose, for each unit that the offered gain.
    who : str
        `offered` by then (intention to treat), `treated`, `compliers` (of the offered, those who
        start if offered, and only then), `not_offered`, `everyone` of the population, `encouraged`
        (what the encouragement does for those drawn, whether they are then offered it or not),
        `at_limit` (of the offered, those at the limit of the trait), or `either_way` (each counts
        by how far both arms were open to it).
    traits : mapping of str to (bool or str)
        A subgroup: with these traits only.
    world : str
        `pilot`: as the design offers it, against nobody; `programme`: everyone offered, against
        nobody.
    """

    name: str
    months: int
    outcome: str = "in_work"
    kind: str = AT
    who: str = OFFERED
    traits: Mapping[str, bool | str] = field(default_factory=dict)
    world: str = PILOT

    def __post_init__(self) -> None:
        for found, known in ((self.kind, KINDS), (self.who, WHO), (self.world, WORLDS)):
            if found not in known:
                raise RequestError(
                    Message(
                        "estimand '{name}': unknown word '{found}'{meant}",
                        name=self.name,
                        found=found,
                        meant=did_you_mean(found, known),
                    )
                )
        if self.outcome == AMOUNT and self.kind in OF_STATES:
            raise RequestError(
                Message(
                    "estimand '{name}': '{kind}' asks whether a state was reached, and an amount "
                    "is none; ask at or cumulated, or name a state",
                    name=self.name,
                    kind=self.kind,
                )
            )
        if self.months < 1:
            raise RequestError(
                Message(
                    "estimand '{name}': expected at least 1 month; found {found}",
                    name=self.name,
                    found=self.months,
                )
            )

    @property
    def is_share(self) -> bool:
        """Whether it is a difference of shares, to be shown in percentage points."""
        return (
            self.kind in (AT, REACHED, SINCE_OFFER, AFTER_OFFER) and self.outcome != AMOUNT
        ) or self.kind == THREAT

    @property
    def unit(self) -> Unit:
        """What an effect on it is counted in, for people; a share in percentage points."""
        if self.is_share:
            return "points"
        if self.outcome == AMOUNT:
            return "kroner"
        # A ratio of two changes in one outcome, or a share of clients that is asked for as such.
        return "months" if self.kind in (CUMULATED, MONTHS_UNTIL) else "ratio"


@dataclass(frozen=True)
class Pair:
    """The same clients as a register shows them in two worlds.

    Parameters
    ----------
    present, absent : Panel
        With the programme and without; the same clients in the same rows.
    population : ndarray of bool, shape (clients,)
        Whom the evaluation is about.
    responds : ndarray of bool, shape (clients,)
        Whose offer hangs on the design's choice: all of the population, unless some are offered the
        programme anyway.
    would_start : ndarray of bool, shape (clients,)
        Who starts if offered.
    listed : int
        The month from which time counts; that of coming for those who come later.
    arm : ndarray of float, shape (clients,), or None
        What the design decided of each: 1, 0, or NaN; None where no design did.
    below : ndarray of float, shape (clients,), or None
        How far below the limit of the design each lies; None where it has no limit.
    chance : ndarray of float, shape (clients,), or None
        With what chance each came into arm 1; None where it was the same for all.
    """

    present: Panel
    absent: Panel
    population: Bools
    responds: Bools
    would_start: Bools
    listed: int = 0
    arm: Floats | None = None
    below: Floats | None = None
    chance: Floats | None = None

    @property
    def since(self) -> Ints:
        """The month from which each client's time counts, shape (clients,)."""
        return np.maximum(self.listed, self.absent.entered)

    def since_of(self, estimand: Estimand) -> Ints:
        """Return the month from which an estimand counts, shape (clients,).

        Where it counts from the own offer, whenever that comes: of districts that begin one after
        the other all are in it whose months are seen, not those alone that began first.
        """
        offered = self.present.offered
        if estimand.kind not in FROM_OFFER:
            return self.since
        own = np.where(np.isfinite(offered), offered, 0.0).astype(np.int64)
        return np.maximum(self.since, own)

    def chosen(self, estimand: Estimand) -> Bools:
        """Return whom an estimand is about, shape (clients,)."""
        ends = self.since_of(estimand) + estimand.months
        offered = self.present.offered < ends
        nobody = np.zeros(len(self.present), np.bool_)
        who = {
            OFFERED: offered,
            TREATED: np.isfinite(self.present.started),
            # Whom the pilot passed by shows nothing of what it does.
            COMPLIERS: offered & self.responds & self.would_start,
            NOT_OFFERED: ~offered,
            EVERYONE: ~nobody,
            ENCOURAGED: nobody if self.arm is None else self.arm == 1.0,
            AT_LIMIT: nobody if self.below is None else offered,
            EITHER_WAY: offered,
        }[estimand.who]
        if estimand.kind in FROM_OFFER:
            who = who & np.isfinite(self.present.offered)
        chosen = who & self.population & (ends <= len(self.present.months))
        for name, wanted in estimand.traits.items():
            chosen = chosen & with_trait(self.present, name, wanted)
        return np.asarray(chosen)

    def effects(self, estimand: Estimand, chosen: Bools, difference: Floats) -> tuple[float, float]:
        """Return the sum of the effects on the chosen, each by its weight, and that of the weights.

        Parameters
        ----------
        estimand : Estimand
            Whose effect it is.
        chosen : ndarray of bool, shape (clients,)
            Who counts.
        difference : ndarray of float, shape (chosen,)
            Their outcomes with the programme less those without.
        """
        if estimand.who == ENCOURAGED:
            # Who is offered it in either arm has the same in both.
            difference = np.where(self.responds[chosen], difference, 0.0)
        weights = np.ones(len(difference))
        if estimand.who == AT_LIMIT and self.below is not None:
            weights = limit_weights(self.below[chosen])
        elif estimand.who == EITHER_WAY and self.chance is not None:
            # The offered are there by their chance, so that each counts by that of the other arm.
            weights = 1.0 - self.chance[chosen]
        if not np.isfinite(weights).all():
            return 0.0, 0.0
        return float((weights * difference).sum()), float(weights.sum())


def limit_weights(below: Floats) -> Floats:
    """Return weights by which a mean over those below a limit is that at the limit itself.

    A straight line through the nearer half, whose weights fall to nothing at the median distance,
    is followed to the limit. The weights add up to the number of those who count.

    Parameters
    ----------
    below : ndarray of float, shape (clients,)
        How far below the limit each lies.
    """
    if not len(below):
        return np.zeros(0)
    kernel = np.maximum(0.0, 1.0 - below / max(float(np.median(below)), 1e-300))
    sums = [float((kernel * below**power).sum()) for power in range(3)]
    spread = sums[0] * sums[2] - sums[1] ** 2
    if not spread > 0.0:
        return kernel
    return kernel * (sums[2] - sums[1] * below) / spread * float((kernel > 0.0).sum())


def with_trait(panel: Panel, name: str, wanted: bool | str) -> Bools:
    """Return which clients have a trait, or a category of it, shape (clients,).

    Raises
    ------
    RequestError
        The register shows no such trait, or it has no such category.
    """
    if name not in panel.traits:
        raise RequestError(
            Message(
                "the register shows no trait '{name}'{meant}",
                name=name,
                meant=did_you_mean(name, panel.traits),
            )
        )
    found = panel.traits[name]
    known = panel.categories.get(name, ())
    if isinstance(wanted, bool):
        if known:
            raise RequestError(
                Message(
                    "the trait '{name}' has categories; name one of them instead of true or false",
                    name=name,
                )
            )
        return np.asarray(found > 0.0 if wanted else found <= 0.0)
    if wanted not in known:
        raise RequestError(
            Message(
                "the trait '{name}' has no category '{wanted}'{meant}",
                name=name,
                wanted=wanted,
                # One that is near, never a list: a class of a real register may hold one client.
                meant=did_you_mean_one(wanted, known),
            )
        )
    return np.asarray(found == known.index(wanted))


def reduce_outcome(panel: Panel, estimand: Estimand, since: Ints) -> Floats:
    """Return each client's outcome as an estimand counts it, shape (clients,).

    NaN where the register does not say.

    Parameters
    ----------
    panel : Panel
        What the register shows.
    estimand : Estimand
        Which outcome, of which kind, over how many months.
    since : ndarray of int, shape (clients,)
        The month from which each client's time counts.
    """
    values = panel.outcome(estimand.outcome)
    window = since[:, None] + np.arange(estimand.months)
    inside = np.minimum(window, values.shape[1] - 1)
    own = np.take_along_axis(values, inside, axis=1)
    own[window >= values.shape[1]] = np.nan
    if estimand.kind in (CUMULATED, SINCE_OFFER):
        return np.asarray(own.sum(axis=1) if estimand.kind == CUMULATED else own.mean(axis=1))
    if estimand.kind in (REACHED, MONTHS_UNTIL):
        ever = own == 1.0
        # Also where it was reached in another month: were only those who never reached it lost to
        # an unknown month, the outcome would choose who is seen.
        unknown = np.isnan(own).any(axis=1)
        until = np.where(ever.any(axis=1), ever.argmax(axis=1), estimand.months)
        found = (
            ever.any(axis=1).astype(np.float64)
            if estimand.kind == REACHED
            else until.astype(np.float64)
        )
        return np.where(unknown, np.nan, found)
    return np.asarray(own[:, -1])


def sums_of(estimand: Estimand, pair: Pair) -> tuple[float, float]:
    """Return the two sums of which an estimand is the ratio, in one replication."""
    if estimand.kind == DISPLACEMENT:
        return _displacement(estimand, pair)
    chosen = pair.chosen(estimand)
    if estimand.kind == THREAT:
        left = [_left_before_start(pair, panel, estimand) for panel in (pair.present, pair.absent)]
        return float((left[0] - left[1])[chosen].sum()), float(chosen.sum())
    since = pair.since_of(estimand)
    present, absent = (
        reduce_outcome(panel, estimand, since)[chosen] for panel in (pair.present, pair.absent)
    )
    if estimand.kind == DEADWEIGHT:
        return float(np.nansum((present == 1.0) & (absent == 1.0))), float(
            np.nansum(present == 1.0)
        )
    gone = np.isnan(present) | np.isnan(absent)
    known = chosen.copy()
    known[chosen] = ~gone
    return pair.effects(estimand, known, (present - absent)[~gone])


def is_defined(estimand: Estimand, bottom: float) -> bool:
    """Tell whether a ratio of the sums of `sums_of` says anything.

    Displacement is a share of what is won: where the offered win nothing, there is nothing to take
    from others, and a loss on both sides would else look like a gain.

    Parameters
    ----------
    estimand : Estimand
        What was asked.
    bottom : float
        The lower sum, over all that is put together.
    """
    return bottom > 0 if estimand.kind == DISPLACEMENT else bottom != 0


def _displacement(estimand: Estimand, pair: Pair) -> tuple[float, float]:
    """Return what all others lose and what the offered gain, in clients.

    The others count whether or not they are in the population.
    """
    known = pair.since + estimand.months <= len(pair.present.months)
    change = reduce_outcome(pair.present, estimand, pair.since) - reduce_outcome(
        pair.absent, estimand, pair.since
    )
    change = np.where(known, np.nan_to_num(change), 0.0)
    gaining = pair.population & np.isfinite(pair.present.offered)
    return -float(change[~gaining].sum()), float(change[gaining].sum())


def _left_before_start(pair: Pair, panel: Panel, estimand: Estimand) -> Floats:
    """Return 1 for each client off assistance in some month between offer and start, else 0.

    Only the months that the estimand asks for count, from the offer on; who has none has some
    number, and is not among the chosen.
    """
    months = np.arange(len(panel.months))
    first = pair.since_of(estimand)
    ends = np.minimum(pair.present.started, first + estimand.months)
    window = (months >= first[:, None]) & (months < ends[:, None])
    return np.asarray((window & (panel.on_assistance == 0.0)).any(axis=1), np.float64)


def effect_path(pair: Pair, estimand: Estimand) -> tuple[Floats, Floats]:
    """Return an estimand's sums for each number of months from 1 on, each of shape (months,)."""
    months = range(1, len(pair.present.months) - pair.listed + 1)
    sums = np.array([sums_of(replace(estimand, months=k), pair) for k in months])
    return sums[:, 0], sums[:, 1]
