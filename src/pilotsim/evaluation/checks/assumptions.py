"""The checks that files and plans can ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pilotsim.base.amounts import Share
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.arms import fill_missing
from pilotsim.effects.checks.attrition import check_attrition
from pilotsim.effects.checks.balance import (
    check_balance,
    check_lottery,
    standardised_differences,
)
from pilotsim.effects.checks.density import check_density
from pilotsim.effects.checks.overlap import check_overlap
from pilotsim.effects.checks.placebo import check_placebos, run_placebos
from pilotsim.effects.checks.proportional_hazards import check_proportional
from pilotsim.effects.checks.sensitivity import check_sensitivity
from pilotsim.effects.checks.trends import check_group_trends
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.group_means import average_by_lag
from pilotsim.effects.estimators.group_time import estimate_group_time
from pilotsim.effects.estimators.two_way import decompose_two_way
from pilotsim.evaluation.checks.registration import CheckRequest, check
from pilotsim.evaluation.effect_units import give_unit
from pilotsim.evaluation.estimands import AT
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.estimators.arrays import take_spells, take_starts
from pilotsim.evaluation.estimators.survival import incidence_curves
from pilotsim.evaluation.strategy import StrategySample

# Placebo dates that are looked at, unless the file says.
PLACEBO_DATES = 3
# A two-way regression with a larger part of its weight on comparisons with those who already have
# the programme is not to be read as an effect.
MAX_FORBIDDEN = 0.05


@check(
    "balance",
    check_balance,
    asks=Message("Did the arms know the same before the programme?"),
    looks_at="traits",
    sets=("names",),
)
def balance(request: CheckRequest) -> AssumptionCheck:
    """Compare the arms' traits: as a lottery would set them apart, or held against a limit."""
    table, names = take_traits(request)
    arm = take_both_arms(request)
    lots = request.sample.lots
    if lots is None or not request.is_lottery:
        return check_balance(table, arm, names=names, **request.options)
    found = check_lottery(table, arm, blocks=lots.blocks, clusters=lots.clusters, **request.options)
    return replace(found, evidence=standardised_differences(table, arm, names=names))


@check(
    "attrition",
    check_attrition,
    asks=Message("Are as many outcomes missing in both arms?"),
    looks_at="lost",
)
def attrition(request: CheckRequest) -> AssumptionCheck:
    """Compare the shares of clients without an outcome."""
    outcome = request.sample.outcome(request.strategy.estimand)
    lots = request.sample.lots
    clusters = None if lots is None else lots.clusters
    return check_attrition(outcome, take_both_arms(request), clusters=clusters, **request.options)


@check(
    "overlap",
    check_overlap,
    asks=Message("Could each client have been in either arm?"),
    sets=("names",),
    looks_at="traits",
)
def overlap(request: CheckRequest) -> AssumptionCheck:
    """Look at what weights by the probability of treatment leave of each arm."""
    table, names = take_traits(request)
    treated = request.strategy.treated(request.sample)
    return check_overlap(treated, table, names=names, **request.options)


@check(
    "sensitivity",
    check_sensitivity,
    asks=Message("How strong would something unobserved have to be to explain the effect away?"),
    sets=("names",),
)
def sensitivity(request: CheckRequest) -> AssumptionCheck:
    """Hold the effect against a confounder as strong as the strongest observed trait."""
    table, names = take_traits(request)
    outcome = request.sample.outcome(request.strategy.estimand)
    treated = request.strategy.treated(request.sample)
    return check_sensitivity(outcome, treated, table, names=names, **request.options)


@check(
    "density",
    check_density,
    asks=Message("Do clients pile up on one side of the limit?"),
    options=("trait", "limit"),
    looks_at="traits",
)
def density(request: CheckRequest) -> AssumptionCheck:
    """Look at how densely clients lie on both sides of the limit of the rule."""
    options = dict(request.options)
    rule = request.rule.limit if request.rule else None
    trait = options.pop("trait", rule.trait if rule else None)
    limit = options.pop("limit", rule.below.number if rule else None)
    if trait is None or limit is None:
        raise RequestError(
            Message(
                "density: the design has no limit; name the trait and the limit in the check's "
                "options"
            )
        )
    running = request.sample.covariates((str(trait),))
    assert running is not None
    return check_density(running[:, 0], float(limit), **options)


@check(
    "trends",
    check_group_trends,
    asks=Message("Did the groups move alike before the programme?"),
    options=("horizon",),
    sets=("horizon",),
)
def trends(request: CheckRequest) -> AssumptionCheck:
    """Compare the groups' changes before their offers."""
    sample, estimand = request.sample, request.strategy.estimand
    options = {"horizon": estimand.months, **request.options}
    found = estimate_group_time(
        sample.panel.outcome(estimand.outcome), take_starts(sample), control="not_yet"
    )
    path = average_by_lag(found, earliest=-estimand.months, latest=estimand.months - 1)
    # Trends are of the outcome month by month, whatever is made of it in the answer.
    monthly = replace(request.strategy, estimand=replace(estimand, kind=AT))
    told = give_unit(check_group_trends(found, **options), monthly, ("slope", "bias"))
    return replace(told, evidence=path)


@check(
    "two_way",
    decompose_two_way,
    asks=Message("Would a two-way regression compare with those who already have the programme?"),
    options=("most",),
)
def two_way(request: CheckRequest) -> AssumptionCheck:
    """Take a two-way fixed-effects estimate apart (Goodman-Bacon)."""
    most = float(request.options.get("most", MAX_FORBIDDEN))
    values = request.sample.panel.outcome(request.strategy.estimand.outcome)
    complete = np.isfinite(values).all(axis=1)
    if not complete.any():
        raise EstimationError(Message("two-way regression: nobody is seen in every month"))
    found = decompose_two_way(values[complete], take_starts(request.sample)[complete])
    text = Message(
        "A regression with effects of client and month would take {share} of its estimate from "
        "comparisons with those who already have the programme, held against {most}; "
        "group by group ('staggered', 'event_study') there are none.",
        share=Share(found.forbidden),
        most=Share(most),
    )
    return AssumptionCheck("two_way", found.forbidden <= most, found.forbidden, text)


@check(
    "placebo",
    check_placebos,
    asks=Message("Is there an effect where there should be none, before the programme began?"),
    options=("months", "dates"),
)
def placebo(request: CheckRequest) -> AssumptionCheck:
    """Ask the answer that decides as if the programme had begun earlier, in months without it."""
    options = dict(request.options)
    sample, strategy = request.sample, request.strategy
    months = int(options.pop("months", min(strategy.estimand.months, sample.listed)))
    dates = int(options.pop("dates", PLACEBO_DATES))
    if months < 1 or months > sample.listed:
        raise EstimationError(
            Message(
                "placebo: the register shows {seen} months before the programme, of which "
                "{months} are asked for; figures from further back are needed",
                seen=sample.listed,
                months=months,
            )
        )
    asked = replace(strategy, estimand=replace(strategy.estimand, months=months))
    shifts = range(months, min(sample.listed, months * dates) + 1, months)
    first = {str(sample.panel.months[sample.listed - shift])[:7]: shift for shift in shifts}

    def estimate(date: str) -> Effect:
        return ask(asked, before_programme(sample, first[date]))

    found = check_placebos(run_placebos(estimate, first), **options)
    return give_unit(found, strategy, ("estimate", "open_to"))


@check(
    "proportional_hazards",
    check_proportional,
    asks=Message("Does the ratio of the hazards hold in every month?"),
    sets=("names",),
)
def proportional_hazards(request: CheckRequest) -> AssumptionCheck:
    """Test whether the ratios of Cox's model change with time."""
    sample, strategy = request.sample, request.strategy
    exits, events = take_spells(sample, strategy)
    columns, names = [strategy.treated(sample)[:, None]], ["offered"]
    if strategy.covariates:
        table, labels = take_traits(replace(request, covariates=strategy.covariates))
        columns.append(table)
        names += labels
    found = check_proportional(
        cox(exits, events, np.hstack(columns)), names=names, **request.options
    )
    return replace(found, evidence=incidence_curves(sample, strategy))


def take_traits(request: CheckRequest) -> tuple[Floats, tuple[str, ...]]:
    """Return the traits that the arms are compared in as columns, and the columns' names.

    Raises
    ------
    RequestError
        None is named, or the register shows none of them.
    """
    panel = request.sample.panel
    known = tuple(name for name in request.covariates if name in panel.traits)
    names: list[str] = []
    missing: list[str] = []
    for name in known:
        categories = panel.categories.get(name, ())
        names += [f"{name}: {category}" for category in categories[1:]] or [name]
    table = request.sample.covariates(known)
    if table is None:
        raise RequestError(
            Message("no traits to compare; name observed traits in an answer's 'covariates'")
        )
    for name, column in zip(names, table.T, strict=True):
        missing += [f"{name} (?)"] if np.isnan(column).any() else []
    return fill_missing(table), (*names, *missing)


def take_both_arms(request: CheckRequest) -> Floats:
    """Return each client's arm.

    Raises
    ------
    EstimationError
        All are in one.
    """
    if np.ptp(request.sample.arm) == 0.0:
        raise EstimationError(Message("everyone is in one arm; a comparison needs both"))
    return request.sample.arm


def before_programme(sample: StrategySample, months: int) -> StrategySample:
    """Return the same clients as if the programme had begun so many months earlier.

    The panel ends before the programme truly began, so that nothing in it is an effect.
    """
    panel = sample.panel
    seen = slice(0, sample.listed)
    parts = {
        name: getattr(panel, name)[:, seen]
        for name in ("status", "in_work", "on_assistance", "amount")
    }
    earlier = replace(
        panel,
        months=panel.months[seen],
        offered=panel.offered - months,
        started=panel.started - months,
        **parts,
    )
    return replace(sample, panel=earlier, listed=sample.listed - months)
