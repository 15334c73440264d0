"""Which estimators there are, and how each gets its arrays from a panel.

The estimators themselves know nothing of registers; see ``docs/estimators.md``. Each entry also
says what the estimator rests on, for plans and for warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import EstimationError
from pilotsim.base.text import Text
from pilotsim.effects.effect import Effect, conclude
from pilotsim.evaluation.estimands import CUMULATED, MONTHS_UNTIL, REACHED
from pilotsim.evaluation.strategy import Strategy, StrategySample

HOME = "pilotsim.effects.estimators"


@dataclass(frozen=True)
class Method:
    """An estimator.

    Parameters
    ----------
    estimate : callable
        From a sample and a strategy to an effect.
    rests_on : Text
        What must be true for it to be right.
    """

    estimate: Callable[[StrategySample, Strategy], Effect]
    rests_on: Text


def _call(module: str, function: str) -> Callable[..., Effect]:
    found: Callable[..., Effect] = getattr(import_module(f"{HOME}.{module}"), function)
    return found


def _arms(sample: StrategySample, strategy: Strategy) -> tuple[Floats, Floats]:
    return sample.outcome(strategy.estimand), strategy.treated(sample)


def _required_covariates(sample: StrategySample, strategy: Strategy) -> Floats:
    found = sample.covariates(strategy.covariates)
    if found is None:
        raise EstimationError(
            f"{strategy.estimator} needs covariates; name observed traits in the answer's 'covariates'"
        )
    return found


def _filled(sample: StrategySample, strategy: Strategy) -> Floats:
    """Return covariates with a column for each that says where it was missing."""
    from pilotsim.effects.arms import fill_missing

    return fill_missing(_required_covariates(sample, strategy))


def plain(module: str, function: str, **fixed: Any) -> Callable[[StrategySample, Strategy], Effect]:
    """Return an adapter for an estimator of outcome and arm."""

    def estimate(sample: StrategySample, strategy: Strategy) -> Effect:
        return _call(module, function)(
            *_arms(sample, strategy), level=strategy.level, **fixed, **strategy.options
        )

    return estimate


def adjusted(
    module: str, function: str, **fixed: Any
) -> Callable[[StrategySample, Strategy], Effect]:
    """Return an adapter for an estimator of outcome, arm and covariates."""

    def estimate(sample: StrategySample, strategy: Strategy) -> Effect:
        arrays = (*_arms(sample, strategy), _filled(sample, strategy))
        return _call(module, function)(*arrays, level=strategy.level, **fixed, **strategy.options)

    return estimate


def blocked(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference within the blocks in which lots were drawn."""
    blocks = np.where(np.isnan(sample.block), -1.0, sample.block)
    return _call("blocks", "estimate_blocked")(
        *_arms(sample, strategy), blocks, level=strategy.level, **strategy.options
    )


def by_district(module: str, function: str) -> Callable[[StrategySample, Strategy], Effect]:
    """Return an adapter for an estimator with districts as clusters."""

    def estimate(sample: StrategySample, strategy: Strategy) -> Effect:
        arrays = (*_arms(sample, strategy), sample.panel.district)
        return _call(module, function)(*arrays, level=strategy.level, **strategy.options)

    return estimate


def randomised(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference with a p-value from the lottery itself."""
    blocks = (
        None
        if np.isnan(sample.block).all() or np.ptp(sample.block[~np.isnan(sample.block)]) == 0
        else sample.block
    )
    return _call("randomised_lottery", "estimate_randomised")(
        *_arms(sample, strategy),
        blocks=blocks,
        level=strategy.level,
        **{"draws": 499, "interval": False, **strategy.options},
    )


def before_after(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change since listing among the offered, as pilots are often judged: no comparison at all.

    Estimand: effect on the offered. Assumption: without the programme nothing would have changed.
    Standard error: of the mean change, t(clients - 1).
    """
    if strategy.estimand.kind in (CUMULATED, MONTHS_UNTIL):
        raise EstimationError(
            "before and after: a sum over months has no value before; ask for an outcome at a month"
        )
    arm = strategy.treated(sample) == 1.0
    after = sample.outcome(strategy.estimand)[arm]
    before = (
        0.0
        if strategy.estimand.kind == REACHED
        else sample.panel.outcome(strategy.estimand.outcome)[arm, sample.listed]
    )
    change = (after - before)[~np.isnan(after - before)]
    if len(change) < 2:
        raise EstimationError(
            "before and after: fewer than two clients have both an outcome before and one after"
        )
    error = float(change.std(ddof=1)) / np.sqrt(len(change))
    return conclude(
        "before_after",
        "change since listing among the offered",
        float(change.mean()),
        error,
        freedom=len(change) - 1,
        level=strategy.level,
        clients=len(change),
    )


def did(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change against the months before listing, less the same change of those compared with."""
    options = dict(strategy.options)
    months, by = int(options.pop("before", 12)), options.pop("cluster", "client")
    y, arm = _arms(sample, strategy)
    before = sample.before(strategy.estimand.outcome, months)
    if np.isnan(before).all():
        raise EstimationError(
            "no client has a month before listing; a difference in differences needs months before the pilot"
        )
    known = ~np.isnan(y) & ~np.isnan(before)
    units = sample.panel.district if by == "district" else np.arange(len(y))
    stack = [
        np.concatenate([a[known], b[known]]) for a, b in ((before, y), (arm, arm), (units, units))
    ]
    after = np.repeat([0.0, 1.0], int(known.sum()))
    return _call("difference_in_differences", "estimate_did")(
        stack[0], stack[1], after, clusters=stack[2], level=strategy.level, **options
    )


def stepped(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect in a stepped wedge, from the outcome of each client and month between first and last step."""
    options = {"horizon": strategy.estimand.months, **strategy.options}
    every = int(options.pop("every", 3))
    values = sample.panel.outcome(strategy.estimand.outcome)[:, sample.listed :]
    columns = np.arange(every - 1, values.shape[1], every)
    starts = np.array(
        [
            sample.panel.offered[sample.panel.district == d].min()
            for d in range(len(sample.panel.districts))
        ]
    )
    own = starts[sample.panel.district]
    period = np.where(np.isfinite(own), np.floor((own - sample.listed) / every), np.inf)
    clients, periods = values.shape[0], len(columns)
    options["horizon"] = max(1, int(options["horizon"]) // every)
    return _call("stepped_wedge", "estimate_stepped")(
        values[:, columns].ravel(),
        np.repeat(sample.panel.district, periods),
        np.tile(np.arange(periods), clients),
        np.repeat(period, periods),
        level=strategy.level,
        **options,
    )


def instrument(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect on those who start because they were offered or encouraged: the arm as an instrument."""
    y = sample.outcome(strategy.estimand)
    started = (sample.panel.started < sample.listed + strategy.estimand.months).astype(np.float64)
    covariates = _filled(sample, strategy) if strategy.covariates else None
    return _call("instrumental_variables", "estimate_late")(
        y, started, sample.arm, covariates=covariates, level=strategy.level, **strategy.options
    )


def discontinuity(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the effect at a limit of a trait, such as an age, below which clients were offered the programme."""
    options = dict(strategy.options)
    running = sample.covariates((str(options.pop("trait", "age")),))
    assert running is not None
    return _call("regression_discontinuity", "estimate_discontinuity")(
        sample.outcome(strategy.estimand),
        running[:, 0],
        float(options.pop("limit", 30.0)),
        treated_below=True,
        level=strategy.level,
        **options,
    )


def interrupted(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the change of a monthly series at the beginning: the mean outcome of the offered, month by month."""
    values = sample.panel.outcome(strategy.estimand.outcome)
    with np.errstate(invalid="ignore"):
        own, others = (_series(values[sample.arm == arm]) for arm in (1.0, 0.0))
    comparison = None if others is None or strategy.options.get("alone") else others
    options = {
        "horizon": strategy.estimand.months,
        **{k: v for k, v in strategy.options.items() if k != "alone"},
    }
    if own is None:
        raise EstimationError(
            "interrupted time series: nobody is in the arm that was offered the programme"
        )
    return _call("interrupted_series", "estimate_interrupted")(
        own, sample.listed, comparison=comparison, level=strategy.level, **options
    )


def _series(values: Floats) -> Floats | None:
    """Return the mean over clients seen in each month; None for nobody."""
    if not len(values):
        return None
    known = ~np.isnan(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def staggered(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the mean effect over groups that began in different months, each compared with those not yet offered."""
    from pilotsim.effects.estimators.group_means import average_all
    from pilotsim.effects.estimators.group_time import estimate_group_time

    options = {"control": "not_yet", "by": "client", **strategy.options}
    clusters = sample.panel.district if options.pop("by") == "district" else None
    values = sample.panel.outcome(strategy.estimand.outcome)
    starts = np.where(sample.arm == 0.0, np.inf, sample.panel.offered)
    covariates = _filled(sample, strategy) if strategy.covariates else None
    found = estimate_group_time(values, starts, covariates=covariates, clusters=clusters, **options)
    return average_all(found, level=strategy.level)


def incidence(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in the share that has reached the outcome by the months asked for, with competing exits."""
    exits, causes = spells_of(sample, strategy)
    return _call("competing_risks", "estimate_incidence")(
        exits,
        causes,
        strategy.treated(sample),
        at=float(strategy.estimand.months),
        of=1,
        level=strategy.level,
        **strategy.options,
    )


def restricted_mean(sample: StrategySample, strategy: Strategy) -> Effect:
    """Return the difference in months until the outcome is first reached, at most so many.

    Other exits end the watch.
    """
    exits, causes = spells_of(sample, strategy)
    return _call("restricted_mean", "estimate_restricted_mean")(
        exits,
        (causes == 1).astype(np.float64),
        strategy.treated(sample),
        until=float(strategy.estimand.months),
        level=strategy.level,
        **strategy.options,
    )


def spells_of(sample: StrategySample, strategy: Strategy) -> tuple[Floats, Ints]:
    """Return months from listing to the first month with the outcome (cause 1), or to where the register ends (0)."""
    values = sample.panel.outcome(strategy.estimand.outcome)
    since = np.maximum(sample.listed, sample.panel.entered)
    window = since[:, None] + np.arange(strategy.estimand.months)
    inside = np.minimum(window, values.shape[1] - 1)
    own = np.where(window < values.shape[1], np.take_along_axis(values, inside, axis=1), np.nan)
    reached, gone = own == 1.0, np.isnan(own)
    first = np.where(reached.any(axis=1), reached.argmax(axis=1), strategy.estimand.months)
    lost = np.where(gone.any(axis=1), gone.argmax(axis=1), strategy.estimand.months)
    return np.minimum(first, lost) + 1.0 * (first < lost), (first < lost).astype(np.int64)


BY_LOT = Text(
    "Tildeling ved loddtrekning; ingen tar noe fra andre",
    "Assignment by lot; nobody takes anything from others",
)
OBSERVED = Text(
    "Alt som skiller gruppene og betyr noe for utfallet, er observert",
    "All that sets the groups apart and matters for the outcome is observed",
)
NOTHING_CHANGES = Text(
    "Uten tiltaket ville ingenting ha endret seg",
    "Without the programme nothing would have changed",
)
ALIKE = Text(
    "Gruppene ville ha endret seg likt uten tiltaket",
    "The groups would have changed alike without the programme",
)
IN_STEPS = Text(
    "Bydelene begynner i tilfeldig rekkefølge; felles tidsforløp",
    "Districts begin in random order; time is common to all",
)
THROUGH = Text("Loddet virker bare gjennom deltakelsen", "The lot works through participation only")
RUNS_ON = Text(
    "Uten tiltaket ville utviklingen ha fortsatt som før",
    "Without the programme the series would have run on",
)
AT_LIMIT = Text("Ingen annen ordning har samme grense", "No other rule has the same limit")
METHODS: Mapping[str, Method] = {
    "difference": Method(plain("difference_in_means", "estimate_difference"), BY_LOT),
    "adjusted": Method(adjusted("difference_in_means", "estimate_adjusted"), BY_LOT),
    "lin": Method(adjusted("difference_in_means", "estimate_lin"), BY_LOT),
    "blocked": Method(blocked, BY_LOT),
    "randomisation": Method(randomised, BY_LOT),
    "clustered": Method(by_district("clusters", "estimate_clustered"), BY_LOT),
    "cluster_means": Method(by_district("clusters", "estimate_cluster_means"), BY_LOT),
    "ipw": Method(adjusted("propensity_weighting", "estimate_ipw", target="ATT"), OBSERVED),
    "overlap": Method(adjusted("propensity_weighting", "estimate_overlap"), OBSERVED),
    "regression": Method(adjusted("doubly_robust", "estimate_regression", target="ATT"), OBSERVED),
    "doubly_robust": Method(
        adjusted("doubly_robust", "estimate_ipwra", target="ATT", mean="identity", link="logit"),
        OBSERVED,
    ),
    "entropy": Method(adjusted("entropy_balancing", "estimate_entropy_balanced"), OBSERVED),
    "matching": Method(adjusted("matching", "estimate_matched"), OBSERVED),
    "before_after": Method(before_after, NOTHING_CHANGES),
    "did": Method(did, ALIKE),
    "stepped_wedge": Method(stepped, IN_STEPS),
    "staggered": Method(staggered, ALIKE),
    "interrupted": Method(interrupted, RUNS_ON),
    "iv": Method(instrument, THROUGH),
    "discontinuity": Method(discontinuity, AT_LIMIT),
    "incidence": Method(incidence, BY_LOT),
    "restricted_mean": Method(restricted_mean, BY_LOT),
}
