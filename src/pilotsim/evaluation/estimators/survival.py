"""Answers about the time until an outcome is first reached.

`exits` of an answer names the states that end the wait for the outcome; a client who goes to one of
them first has not reached it. Where nothing is named, other states do not end it: somebody on
another benefit may still find work.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.competing_risks import cumulative_incidence, estimate_incidence
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.hazard_effects import (
    estimate_cox,
    estimate_discrete_hazard,
    estimate_fine_gray,
    estimate_participation,
)
from pilotsim.effects.estimators.kaplan_meier import (
    IncidenceCurves,
    RankTest,
    conclude_rank_test,
    estimate_survival,
    log_rank,
)
from pilotsim.effects.estimators.restricted_mean import estimate_restricted_mean, estimate_time_lost
from pilotsim.evaluation.contract import EVER, TAKING_PART, WAIT
from pilotsim.evaluation.estimators.arrays import (
    COMPETING,
    RANDOMISED,
    take_clusters,
    take_competing_spells,
    take_covariates,
    take_spells,
)
from pilotsim.evaluation.estimators.references_survival import (
    reference_cox,
    reference_discrete_hazard,
    reference_incidence,
    reference_kaplan_meier,
    reference_log_rank,
    reference_participation,
    reference_restricted_mean,
    reference_time_lost,
)
from pilotsim.evaluation.estimators.registration import estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

PROPORTIONAL = Message("Assignment by lot; the ratio of the hazards is the same in every month")
PROPORTIONAL_SHARES = Message(
    "Assignment by lot; the ratio of the subdistribution hazards is the same in every month"
)
CHANCE_START = Message(
    "Who starts, and when, has nothing to do with what would have become of them; "
    "the ratio of the hazards is the same in every month"
)


def take_waits(exits: Floats, causes: Ints, months: int) -> tuple[Floats, float]:
    """Return exits and a horizon for a wait that is 0 for who has the outcome in the first month.

    A client who first has the outcome in month k, counted from 1, has waited k - 1 months, and one
    who has it in none of the months has waited through all. Spells end a month later than that, so
    the horizon lies a month later as well, and who was followed to the end is followed to it.
    """
    is_followed = (exits >= months) & (causes == 0)
    return np.where(is_followed, exits + 1.0, exits), months + 1.0


def incidence_curves(sample: StrategySample, strategy: Strategy) -> IncidenceCurves:
    """Return the share that has reached the outcome by each month, in either arm."""
    exits = strategy.options.get("exits", ())
    ends, causes = take_competing_spells(sample, strategy, exits)
    arm = strategy.treated(sample)
    return IncidenceCurves(
        *(
            cumulative_incidence(ends[arm == value], causes[arm == value], level=strategy.level)
            for value in (1.0, 0.0)
        )
    )


@estimator(
    "incidence",
    estimate_incidence,
    rests_on=RANDOMISED,
    contract=EVER,
    options=("exits",),
    sets=("at", "of"),
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_incidence,
)
def incidence(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in the share that has reached the outcome by the months asked for."""
    return estimate_incidence(
        *take_competing_spells(sample, strategy, strategy.options.get("exits", ())),
        strategy.treated(sample),
        at=float(strategy.estimand.months),
        of=1,
        level=strategy.level,
    )


@estimator(
    "kaplan_meier",
    estimate_survival,
    rests_on=RANDOMISED,
    contract=EVER,
    sets=("at",),
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_kaplan_meier,
)
def kaplan_meier(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in the share that has reached the outcome, by Kaplan and Meier."""
    waiting = estimate_survival(
        *take_spells(sample, strategy),
        strategy.treated(sample),
        at=float(strategy.estimand.months),
        level=strategy.level,
    )
    return replace(
        waiting,
        estimator="kaplan_meier",
        estimand="difference in the share that has reached the outcome",
        estimate=-waiting.estimate,
        low=-waiting.high,
        high=-waiting.low,
    )


@estimator(
    "restricted_mean",
    estimate_restricted_mean,
    rests_on=RANDOMISED,
    contract=WAIT,
    sets=("until",),
    follows_lots=True,
    reference=reference_restricted_mean,
)
def restricted_mean(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in months until the outcome is first reached, at most so many."""
    exits, causes = take_spells(sample, strategy)
    exits, until = take_waits(exits, causes, strategy.estimand.months)
    return estimate_restricted_mean(
        exits,
        (causes == 1).astype(np.float64),
        strategy.treated(sample),
        until=until,
        level=strategy.level,
        **strategy.options,
    )


@estimator(
    "time_lost",
    estimate_time_lost,
    rests_on=RANDOMISED,
    contract=WAIT,
    options=("exits",),
    sets=("until", "of"),
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_time_lost,
)
def time_lost(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in months until the outcome; exits that are named never reach it."""
    exits, causes = take_competing_spells(sample, strategy, strategy.options.get("exits", ()))
    exits, until = take_waits(exits, causes, strategy.estimand.months)
    since = estimate_time_lost(
        exits,
        causes,
        strategy.treated(sample),
        until=until,
        of=1,
        level=strategy.level,
    )
    # Months until are what is left of the horizon by the months since.
    return replace(
        since,
        estimand="difference in months until the outcome",
        estimate=-since.estimate,
        low=-since.high,
        high=-since.low,
    )


@estimator(
    "cox",
    estimate_cox,
    rests_on=PROPORTIONAL,
    contract=EVER,
    options=("cluster",),
    sets=("of",),
    scale="log_ratio",
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_cox,
)
def cox_ratio(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the log ratio of the hazards of reaching the outcome for the first time (Cox)."""
    return estimate_cox(
        *take_spells(sample, strategy),
        strategy.treated(sample),
        covariates=take_covariates(sample, strategy),
        clusters=take_clusters(sample, strategy.options.get("cluster", "client")),
        level=strategy.level,
    )


@estimator(
    "fine_gray",
    estimate_fine_gray,
    rests_on=PROPORTIONAL_SHARES,
    contract=EVER,
    options=("exits", "cluster"),
    sets=("of",),
    scale="log_ratio",
    evidence=incidence_curves,
    follows_lots=True,
)
def fine_gray_ratio(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the log subdistribution hazard ratio of reaching the outcome before another exit."""
    return estimate_fine_gray(
        *take_competing_spells(sample, strategy, strategy.options.get("exits", COMPETING)),
        strategy.treated(sample),
        covariates=take_covariates(sample, strategy),
        clusters=take_clusters(sample, strategy.options.get("cluster", "client")),
        level=strategy.level,
    )


@estimator(
    "discrete_hazard",
    estimate_discrete_hazard,
    rests_on=PROPORTIONAL,
    contract=EVER,
    options=("cluster",),
    sets=("of",),
    scale="log_ratio",
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_discrete_hazard,
)
def discrete_ratio(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the log ratio of the hazards by whole months (cloglog), or of the odds (logit)."""
    options = dict(strategy.options)
    clusters = take_clusters(sample, options.pop("cluster", "client"))
    covariates = take_covariates(sample, strategy)
    exits, causes = take_spells(sample, strategy)
    # Lost before the first month was over: at risk in no period.
    seen = exits > 0.0
    effect = estimate_discrete_hazard(
        exits[seen],
        causes[seen],
        strategy.treated(sample)[seen],
        covariates=None if covariates is None else covariates[seen],
        clusters=None if clusters is None else clusters[seen],
        level=strategy.level,
        **options,
    )
    if seen.all():
        return effect
    note = Message(
        "{unseen} of {clients} clients are seen in no month and are left out",
        unseen=int((~seen).sum()),
        clients=len(seen),
    )
    return replace(effect, notes=(note, *effect.notes))


@estimator(
    "participation",
    estimate_participation,
    rests_on=CHANCE_START,
    contract=TAKING_PART,
    options=("cluster",),
    sets=("of",),
    scale="log_ratio",
    compares_arms=False,
    reference=reference_participation,
)
def participation_ratio(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the log hazard ratio of those who have started to those who have not yet (Cox)."""
    exits, causes = take_spells(sample, strategy)
    since = np.maximum(sample.listed, sample.panel.entered)
    started = sample.starts() - since
    if not (started < exits).any():
        raise EstimationError(
            Message("participation: nobody started before the outcome was reached")
        )
    return estimate_participation(
        exits,
        causes,
        started,
        covariates=take_covariates(sample, strategy),
        clusters=take_clusters(sample, strategy.options.get("cluster", "client")),
        level=strategy.level,
    )


@estimator(
    "log_rank",
    log_rank,
    rests_on=RANDOMISED,
    contract=EVER,
    scale="test",
    evidence=incidence_curves,
    follows_lots=True,
    reference=reference_log_rank,
)
def log_rank_test(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the test of whether the arms reach the outcome alike (log-rank)."""
    found = log_rank(*take_spells(sample, strategy), strategy.treated(sample))
    return _conclude_test("log_rank", found, sample, strategy)


@estimator(
    "gray",
    gray_test,
    rests_on=RANDOMISED,
    contract=EVER,
    options=("exits",),
    sets=("of",),
    scale="test",
    evidence=incidence_curves,
    follows_lots=True,
)
def gray_ranks(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the test of whether the arms reach the outcome before another exit alike (Gray)."""
    exits = strategy.options.get("exits", COMPETING)
    found = gray_test(*take_competing_spells(sample, strategy, exits), strategy.treated(sample))
    return _conclude_test("gray", found, sample, strategy)


def _conclude_test(
    name: str, found: RankTest, sample: StrategySample, strategy: Strategy
) -> Effect:
    return conclude_rank_test(name, found, clients=len(sample.arm), level=strategy.level)
