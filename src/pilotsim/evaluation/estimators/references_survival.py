"""References of waits: what statsmodels says of the same months until the outcome."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.effects.references import survival
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.estimators.arrays import (
    take_competing_spells,
    take_covariates,
    take_spells,
)
from pilotsim.evaluation.strategy import Strategy, StrategySample


def reference_incidence(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the difference in the share that has reached the outcome, other exits competing."""
    exits = strategy.options.get("exits", ())
    ends, causes = take_competing_spells(sample, strategy, exits)
    arm, at = strategy.treated(sample), float(strategy.estimand.months)
    if causes.max() < 2:
        # Without another exit it is what the curve of Kaplan and Meier leaves, its error as well.
        return survival.share_reached(ends, causes, arm, at)
    return survival.share_left_by_cause(ends, causes, arm, at)


def reference_kaplan_meier(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the difference in the share that has reached the outcome."""
    ends, causes = take_spells(sample, strategy)
    at = float(strategy.estimand.months)
    return survival.share_reached(ends, causes, strategy.treated(sample), at)


def reference_restricted_mean(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the difference in months until the outcome."""
    ends, causes = take_spells(sample, strategy)
    return _months_until(sample, strategy, ends, causes)


def reference_time_lost(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the difference in months until the outcome, other exits competing."""
    exits = strategy.options.get("exits", ())
    return _months_until(sample, strategy, *take_competing_spells(sample, strategy, exits))


def _months_until(
    sample: StrategySample, strategy: Strategy, ends: Floats, causes: Ints
) -> Reference:
    """Return the difference in the months before the first with the outcome.

    Who has it in the first month has waited for none; who has it in no month, for all of them.
    """
    months, arm = strategy.estimand.months, strategy.treated(sample)
    waits = np.where((causes == 0) & (ends >= months), ends, ends - 1.0)
    seen = waits >= 0.0
    waits, causes, arm = waits[seen], causes[seen], arm[seen]
    if causes.max() < 2:
        return survival.months_until(waits, causes, arm, float(months))
    return survival.months_lost(waits, causes, arm, float(months))


def reference_cox(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the log ratio of the hazards of reaching the outcome."""
    ends, causes = take_spells(sample, strategy)
    return survival.proportional_hazards(
        ends,
        causes,
        strategy.treated(sample),
        take_covariates(sample, strategy),
        is_clustered=strategy.options.get("cluster") == "district",
    )


def reference_discrete_hazard(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the log ratio of the hazards by whole months."""
    ends, causes = take_spells(sample, strategy)
    seen = ends > 0.0
    covariates = take_covariates(sample, strategy)
    return survival.hazard_by_month(
        ends[seen],
        causes[seen],
        strategy.treated(sample)[seen],
        None if covariates is None else covariates[seen],
        link=str(strategy.options.get("link", "cloglog")),
        is_clustered=strategy.options.get("cluster") == "district",
    )


def reference_participation(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the log hazard ratio of those who have started to those who have not yet.

    Each client's wait is cut where he starts.
    """
    ends, causes = take_spells(sample, strategy)
    since = np.maximum(sample.listed, sample.panel.entered)
    started = sample.starts() - since
    cut = (started > 0.0) & (started < ends)
    who = np.concatenate([np.arange(len(ends)), np.flatnonzero(cut)])
    before = np.arange(len(who)) < len(ends)
    is_first = before & cut[who]
    covariates = take_covariates(sample, strategy)
    return survival.proportional_hazards(
        np.where(is_first, started[who], ends[who]),
        np.where(is_first, 0, causes[who]),
        np.where(before, started[who] <= 0.0, True).astype(np.float64),
        None if covariates is None else covariates[who],
        entries=np.where(before, 0.0, started[who]),
        is_clustered=strategy.options.get("cluster") == "district",
    )


def reference_log_rank(sample: StrategySample, strategy: Strategy) -> Reference:
    """Return the test of whether the arms reach the outcome alike."""
    return survival.rank_test(*take_spells(sample, strategy), strategy.treated(sample))
