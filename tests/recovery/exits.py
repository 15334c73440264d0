"""Spells on assistance until work or another exit: worlds in which survival analysis should work, and where it must fail."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.at_risk_intervals import participation_stretches
from pilotsim.effects.estimators.competing_risks import cumulative_incidence, estimate_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.discrete_hazards import discrete_competing, discrete_hazard
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.hazard_fits import hazard_ratio
from pilotsim.effects.estimators.kaplan_meier import (
    SurvivalCurve,
    estimate_survival,
    kaplan_meier,
    log_rank,
)
from pilotsim.effects.estimators.restricted_mean import estimate_restricted_mean, estimate_time_lost
from tests.recovery.judge import Case, Drawn, exponential, normal, uniform

CLIENTS = 400
# Monthly rates of work and of other exits without the programme, and of being lost from sight.
WORK, OTHER, LOST = 0.06, 0.04, 0.02
END = 24.0
LIFT = float(np.log(1.5))
AT = 12.0


@dataclass(frozen=True)
class Spells:
    exits: np.ndarray
    causes: np.ndarray
    treated: np.ndarray
    trait: np.ndarray
    started: np.ndarray


def lottery(lift: float, draw: int) -> Spells:
    """Half are drawn by lot; work comes exp(lift) times as fast to them, and faster with a trait."""
    treated = (np.arange(CLIENTS) % 2).astype(float)
    trait = normal(draw, "trait", CLIENTS)[:, 0]
    work = exponential(draw, "work", CLIENTS) / (WORK * np.exp(lift * treated + 0.4 * trait))
    return _seen(draw, work, treated, trait, np.full(CLIENTS, np.inf))


def plain_lottery(lift: float, draw: int) -> Spells:
    """The same without a trait, so that rates and shares are known in closed form."""
    treated = (np.arange(CLIENTS) % 2).astype(float)
    work = exponential(draw, "work", CLIENTS) / (WORK * np.exp(lift * treated))
    return _seen(draw, work, treated, np.zeros(CLIENTS), np.full(CLIENTS, np.inf))


def threat(lift: float, draw: int) -> Spells:
    """Half are drawn by lot, and other exits come exp(lift) times as fast to them.

    Work comes as it came.
    """
    treated = (np.arange(CLIENTS) % 2).astype(float)
    work = exponential(draw, "work", CLIENTS) / WORK
    return _seen(
        draw, work, treated, np.zeros(CLIENTS), np.full(CLIENTS, np.inf), np.exp(lift * treated)
    )


def waiting_list(lift: float, draw: int) -> Spells:
    """Everybody waits for a place about four months, and work comes exp(lift) times as fast once it is there."""
    started = 4.0 * exponential(draw, "wait", CLIENTS)
    need, before = exponential(draw, "work", CLIENTS), WORK * started
    work = np.where(need < before, need / WORK, started + (need - before) / (WORK * np.exp(lift)))
    return _seen(draw, work, np.zeros(CLIENTS), np.zeros(CLIENTS), started)


def _seen(draw: int, work, treated, trait, started, pace=1.0) -> Spells:
    """What a register sees: the first of work, other exits (at a pace) and the end of sight."""
    other, lost = (
        exponential(draw, "other", CLIENTS) / (OTHER * pace),
        exponential(draw, "lost", CLIENTS) / LOST,
    )
    sight = np.minimum(lost, END)
    exits = np.minimum(np.minimum(work, other), sight)
    causes = np.where(exits == sight, 0, np.where(work < other, 1, 2))
    return Spells(exits, causes, treated, trait, np.where(started < exits, started, np.inf))


def subdistribution(lift: float, draw: int) -> Spells:
    """Fine and Gray's own world: F1(t; z) = 1 - (1 - p (1 - exp(-t / 8)))^exp(lift z), other exits exponential."""
    share = 0.5
    treated = (np.arange(CLIENTS) % 2).astype(float)
    ratio = np.exp(lift * treated)
    numbers = uniform(draw, "subdistribution", CLIENTS, 2)
    ever = 1.0 - (1.0 - share) ** ratio
    works = numbers[:, 0] < ever
    inside = (1.0 - (1.0 - numbers[:, 1] * ever) ** (1.0 / ratio)) / share
    when = np.where(
        works,
        -8.0 * np.log1p(-np.minimum(inside, 1.0 - 1e-15)),
        8.0 * exponential(draw, "other", CLIENTS),
    )
    sight = np.minimum(END, exponential(draw, "lost", CLIENTS) / 0.04)
    exits = np.minimum(when, sight)
    return Spells(
        exits,
        np.where(when < sight, np.where(works, 1, 2), 0),
        treated,
        np.zeros(CLIENTS),
        np.full(CLIENTS, np.inf),
    )


def by_month(lift: float, draw: int) -> Spells:
    """Each month one leaves for work, otherwise, or stays, by a multinomial logit; seen for a year."""
    treated = (np.arange(CLIENTS) % 2).astype(float)
    numbers = uniform(draw, "months", CLIENTS, 12)
    odds_work, odds_other = 0.08 * np.exp(lift * treated), np.full(CLIENTS, 0.05)
    whole = 1.0 + odds_work + odds_other
    exits, causes = np.full(CLIENTS, 12.0), np.zeros(CLIENTS, int)
    for month in range(12, 0, -1):
        u = numbers[:, month - 1] * whole
        exits = np.where(u < odds_work + odds_other, month, exits)
        causes = np.where(u < odds_work, 1, np.where(u < odds_work + odds_other, 2, causes))
    return Spells(exits, causes, treated, np.zeros(CLIENTS), np.full(CLIENTS, np.inf))


# Truths in closed form, of exponential spells with two exits.


def incidence(rate: float, at: float, other: float = OTHER) -> float:
    """Share that has left for work by a time, if other exits come at their own rate."""
    total = rate + other
    return rate / total * -np.expm1(-total * at)


def time_lost(rate: float, until: float) -> float:
    """Area under that share."""
    total = rate + OTHER
    return rate / total * (until + np.expm1(-total * until) / total)


def restricted(rate: float, until: float) -> float:
    """Area under the share still there."""
    return -np.expm1(-(rate + OTHER) * until) / (rate + OTHER)


FAST = WORK * np.exp(LIFT)


def drawn(effect: Effect) -> Drawn:
    return Drawn(effect.estimate, effect.error, effect.low, effect.high, effect.p)


def of_curve(curve: SurvivalCurve, truth: float) -> Drawn:
    """A curve at a time, with its own interval; `p` is whether the interval leaves the truth out."""
    place = int(np.searchsorted(curve.times, AT, side="right")) - 1
    low, high = float(curve.low[place]), float(curve.high[place])
    return Drawn(
        float(curve.estimate[place]),
        float(curve.error[place]),
        low,
        high,
        1.0 if low <= truth <= high else 0.0,
    )


def of_test(p: float) -> Drawn:
    return Drawn(np.nan, np.nan, np.nan, np.nan, p)


def run(world, lift: float, estimate, draw: int) -> Drawn:
    return estimate(world(lift, draw))


def cox_lottery(spells: Spells, **options) -> Drawn:
    fit = cox(
        spells.exits, spells.causes == 1, np.column_stack([spells.treated, spells.trait]), **options
    )
    return drawn(hazard_ratio(fit))


def cox_lottery_alone(spells: Spells) -> Drawn:
    return drawn(hazard_ratio(cox(spells.exits, spells.causes == 1, spells.treated)))


def cox_ever(spells: Spells) -> Drawn:
    """Who ever took part, counted so from the beginning: immortal time."""
    return drawn(
        hazard_ratio(
            cox(spells.exits, spells.causes == 1, np.isfinite(spells.started).astype(float))
        )
    )


def cox_cut(spells: Spells) -> Drawn:
    rows = participation_stretches(spells.exits, spells.causes, spells.started)
    return drawn(
        hazard_ratio(cox(rows.exits, rows.causes == 1, rows.participates, entries=rows.entries))
    )


def cloglog_months(spells: Spells) -> Drawn:
    """Months rounded up; who is lost from sight in a month is taken for seen to the end of the month before."""
    lost = spells.causes == 0
    months = np.where(lost, np.floor(spells.exits), np.ceil(spells.exits))
    seen = months >= 1
    covariates = np.column_stack([spells.treated, spells.trait])[seen]
    return drawn(hazard_ratio(discrete_hazard(months[seen], spells.causes[seen] == 1, covariates)))


def survival(spells: Spells) -> Drawn:
    return drawn(estimate_survival(spells.exits, spells.causes > 0, spells.treated, at=AT))


def incidence_difference(spells: Spells) -> Drawn:
    return drawn(estimate_incidence(spells.exits, spells.causes, spells.treated, at=AT))


def incidence_by_censoring(spells: Spells) -> Drawn:
    """Other exits taken for censoring, the curve turned upside down."""
    work = spells.causes == 1
    effect = estimate_survival(spells.exits, work, spells.treated, at=AT)
    return Drawn(-effect.estimate, effect.error, -effect.high, -effect.low, effect.p)


def share_by_censoring(spells: Spells) -> Drawn:
    curve = kaplan_meier(spells.exits[spells.treated == 0], spells.causes[spells.treated == 0] == 1)
    place = int(np.searchsorted(curve.times, AT, side="right")) - 1
    return Drawn(
        1 - curve.estimate[place],
        curve.error[place],
        1 - curve.high[place],
        1 - curve.low[place],
        1.0,
    )


def share_by_incidence(spells: Spells) -> Drawn:
    own = spells.treated == 0
    return of_curve(
        cumulative_incidence(spells.exits[own], spells.causes[own]), incidence(WORK, AT)
    )


def share_still_there(spells: Spells) -> Drawn:
    own = spells.treated == 0
    return of_curve(
        kaplan_meier(spells.exits[own], spells.causes[own] > 0), float(np.exp(-(WORK + OTHER) * AT))
    )


def mean_there(spells: Spells) -> Drawn:
    return drawn(
        estimate_restricted_mean(spells.exits, spells.causes > 0, spells.treated, until=AT)
    )


def months_since_work(spells: Spells) -> Drawn:
    return drawn(estimate_time_lost(spells.exits, spells.causes, spells.treated, until=AT))


def shared_fate(spells: Spells) -> Drawn:
    return drawn(hazard_ratio(fine_gray(spells.exits, spells.causes, spells.treated)))


def multinomial(spells: Spells) -> Drawn:
    return drawn(hazard_ratio(discrete_competing(spells.exits, spells.causes, spells.treated)[0]))


def gray_p(spells: Spells) -> Drawn:
    return of_test(gray_test(spells.exits, spells.causes, spells.treated).p)


def log_rank_p(spells: Spells) -> Drawn:
    return of_test(log_rank(spells.exits, spells.causes > 0, spells.treated).p)


def case(name: str, world, lift: float, estimate, truth: float, claim: str = "unbiased") -> Case:
    return Case(name, partial(run, world, lift, estimate), float(truth), claim)


SHARE_THERE = np.exp(-(FAST + OTHER) * AT) - np.exp(-(WORK + OTHER) * AT)
SHARE_WORK = incidence(FAST, AT) - incidence(WORK, AT)
THREAT = float(np.log(3.0))
LESS_WORK = incidence(WORK, AT, 3.0 * OTHER) - incidence(WORK, AT)

SHOULD_WORK = (
    case(
        "Kaplan-Meier, share still there at 12 months",
        plain_lottery,
        LIFT,
        share_still_there,
        np.exp(-(WORK + OTHER) * AT),
    ),
    case("difference in that share", plain_lottery, LIFT, survival, SHARE_THERE),
    case(
        "cumulative incidence of work at 12 months",
        plain_lottery,
        LIFT,
        share_by_incidence,
        incidence(WORK, AT),
    ),
    case("difference in that incidence", plain_lottery, LIFT, incidence_difference, SHARE_WORK),
    case(
        "restricted mean to 12 months, difference",
        plain_lottery,
        LIFT,
        mean_there,
        restricted(FAST, AT) - restricted(WORK, AT),
    ),
    case(
        "months since work to 12 months, difference",
        plain_lottery,
        LIFT,
        months_since_work,
        time_lost(FAST, AT) - time_lost(WORK, AT),
    ),
    case("Cox, log hazard ratio of work", lottery, LIFT, cox_lottery, LIFT),
    case("Cox, robust error", lottery, LIFT, partial(cox_lottery, robust=True), LIFT),
    case("complementary log-log by the month", lottery, LIFT, cloglog_months, LIFT),
    case("Cox, participation from its start on", waiting_list, LIFT, cox_cut, LIFT),
    case(
        "difference in incidence where others leave faster",
        threat,
        THREAT,
        incidence_difference,
        LESS_WORK,
    ),
    case("Cox, rates of work where others leave faster", threat, THREAT, cox_lottery_alone, 0.0),
    case("Fine and Gray in their own world", subdistribution, LIFT, shared_fate, LIFT),
    case("multinomial logit by the month", by_month, LIFT, multinomial, LIFT),
)
NO_EFFECT = (
    case("difference in share still there: no effect", plain_lottery, 0.0, survival, 0.0, "size"),
    case(
        "difference in incidence: no effect", plain_lottery, 0.0, incidence_difference, 0.0, "size"
    ),
    case("restricted mean: no effect", plain_lottery, 0.0, mean_there, 0.0, "size"),
    case("months since work: no effect", plain_lottery, 0.0, months_since_work, 0.0, "size"),
    case("Cox: no effect", lottery, 0.0, cox_lottery, 0.0, "size"),
    case("Cox from the start on: no effect", waiting_list, 0.0, cox_cut, 0.0, "size"),
    case("Fine and Gray: no effect", subdistribution, 0.0, shared_fate, 0.0, "size"),
    case("multinomial logit: no effect", by_month, 0.0, multinomial, 0.0, "size"),
    case("Gray's test: no effect", plain_lottery, 0.0, gray_p, np.nan, "size"),
    case("log-rank test: no effect", plain_lottery, 0.0, log_rank_p, np.nan, "size"),
)
SHOULD_FAIL = (
    case(
        "naive Cox: the wait taken for treatment, no effect",
        waiting_list,
        0.0,
        cox_ever,
        0.0,
        "biased",
    ),
    case("the same, rejections", waiting_list, 0.0, cox_ever, 0.0, "oversized"),
    case(
        "share in work with other exits taken for censoring",
        plain_lottery,
        LIFT,
        share_by_censoring,
        incidence(WORK, AT),
        "biased",
    ),
    case(
        "difference in incidence, other exits as censoring",
        threat,
        THREAT,
        incidence_by_censoring,
        LESS_WORK,
        "biased",
    ),
    case(
        "Fine and Gray's ratio taken for that of rates", threat, THREAT, shared_fate, 0.0, "biased"
    ),
)
