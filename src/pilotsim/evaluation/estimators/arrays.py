"""The arrays that families of estimators take from a sample, and what they rest on in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message, either
from pilotsim.effects.arms import fill_missing
from pilotsim.effects.effect import Effect
from pilotsim.evaluation.lots import district_starts
from pilotsim.evaluation.register.panel import STATES
from pilotsim.evaluation.strategy import Strategy, StrategySample

RANDOMISED = Message("Assignment by lot; nobody takes anything from others")
OBSERVED = Message("All that sets the groups apart and matters for the outcome is observed")
CLUSTERS = ("client", "district")
PARALLEL_TRENDS = Message("The groups would have changed alike without the programme")
# What competes with the outcome where the model is about competing exits, unless the answer says.
COMPETING = ("other_benefit", "education")


def take_outcome(sample: StrategySample, strategy: Strategy) -> tuple[Floats, Floats]:
    """Return each client's outcome and arm."""
    return sample.outcome(strategy.estimand), strategy.treated(sample)


def take_outcome_and_covariates(
    sample: StrategySample, strategy: Strategy
) -> tuple[Floats, Floats, Floats]:
    """Return each client's outcome, arm and covariates.

    Raises
    ------
    EstimationError
        The answer names no covariates.
    """
    covariates = take_covariates(sample, strategy)
    if covariates is None:
        raise EstimationError(
            Message(
                "{estimator} needs covariates; name observed traits in the answer's 'covariates'",
                estimator=strategy.estimator,
            )
        )
    return *take_outcome(sample, strategy), covariates


def take_outcome_and_district(
    sample: StrategySample, strategy: Strategy
) -> tuple[Floats, Floats, Ints]:
    """Return each client's outcome, arm and district."""
    return *take_outcome(sample, strategy), sample.panel.district


def take_covariates(sample: StrategySample, strategy: Strategy) -> Floats | None:
    """Return covariates with a column for each that says where it was missing; None without any."""
    found = sample.covariates(strategy.covariates)
    return None if found is None else fill_missing(found)


def take_clusters(sample: StrategySample, cluster: str) -> Ints | None:
    """Return each client's cluster: None for `client`, the districts for `district`.

    Raises
    ------
    RequestError
        It is neither.
    """
    if cluster not in CLUSTERS:
        raise RequestError(
            Message(
                "cluster: expected {names}; found '{cluster}'{meant}",
                names=either(CLUSTERS),
                cluster=cluster,
                meant=did_you_mean(cluster, CLUSTERS),
            )
        )
    return sample.panel.district if cluster == "district" else None


def take_spells(sample: StrategySample, strategy: Strategy) -> tuple[Floats, Ints]:
    """Return months from listing to the first month with the outcome, and whether it was reached.

    The second is 1 where the outcome was reached, and 0 where it was not within the months asked
    for, or where the register ends before.
    """
    values = sample.panel.outcome(strategy.estimand.outcome)
    since = np.maximum(sample.listed, sample.panel.entered)
    window = since[:, None] + np.arange(strategy.estimand.months)
    inside = np.minimum(window, values.shape[1] - 1)
    own = np.where(window < values.shape[1], np.take_along_axis(values, inside, axis=1), np.nan)
    reached, gone = own == 1.0, np.isnan(own)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), strategy.estimand.months)
    lost = np.where(gone.any(axis=1), gone.argmax(axis=1), strategy.estimand.months)
    return np.minimum(first, lost) + 1.0 * (first < lost), (first < lost).astype(np.int64)


def take_competing_spells(
    sample: StrategySample, strategy: Strategy, exits: Sequence[str]
) -> tuple[Floats, Ints]:
    """Return months to the outcome (cause 1) or one of the exits (cause 2), and the causes.

    Raises
    ------
    RequestError
        There is no such state, or it is the outcome itself.
    """
    ends, causes = take_spells(sample, strategy)
    for state in exits:
        if state not in STATES:
            raise RequestError(
                Message(
                    "exits: no state '{state}'{meant}",
                    state=state,
                    meant=did_you_mean(state, STATES),
                )
            )
    others = [STATES.index(state) for state in exits if state != strategy.estimand.outcome]
    since = np.maximum(sample.listed, sample.panel.entered)
    window = since[:, None] + np.arange(strategy.estimand.months)
    inside = np.minimum(window, sample.panel.status.shape[1] - 1)
    status = np.take_along_axis(sample.panel.status, inside, axis=1)
    left = np.isin(status, others) & (window < sample.panel.status.shape[1])
    month = np.where(left.any(axis=1), left.argmax(axis=1) + 1.0, np.inf)
    earlier = month < ends
    # Lost from the register in the month of the exit: the exit was seen, the loss came after.
    return np.where(earlier, month, ends), np.where(earlier, 2, causes)


def take_starts(sample: StrategySample) -> Floats:
    """Return the month in which each client's unit begins; infinity for never, shape (clients,).

    In a design of districts all of a district's clients begin with it, also those who had left
    before and were never offered anything.
    """
    rule = sample.rule
    if rule is not None and rule.stepped_wedge is not None:
        starts = district_starts(sample.panel, rule.stepped_wedge, sample.listed)
        return starts[sample.panel.district]
    later = rule is not None and (
        (rule.waiting_list is not None and rule.offers_first_alone)
        or (rule.lottery is not None and rule.lottery.then is not None)
    )
    if later:
        return sample.panel.offered
    if rule is not None and rule.unit == "district":
        return np.where(sample.arm == 1.0, float(sample.listed), np.inf)
    return np.where(sample.arm == 0.0, np.inf, sample.panel.offered)


def scale_effect(effect: Effect, factor: float) -> Effect:
    """Return an effect in another unit: a sum of so many months from their mean."""
    return replace(
        effect,
        estimate=effect.estimate * factor,
        error=effect.error * factor,
        low=effect.low * factor,
        high=effect.high * factor,
    )
