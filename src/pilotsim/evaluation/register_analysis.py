"""The analysis of a real register by a plan: effects, checks, and what became of the clients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from pilotsim.base.errors import EstimationError, RegisterError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck, Effect, conclude
from pilotsim.effects.evidence import Evidence
from pilotsim.effects.net_benefit import StartShare
from pilotsim.evaluation.checks import CheckRequest, run_check
from pilotsim.evaluation.designs import DRAWN_CLIENTS
from pilotsim.evaluation.dropout_evidence import dropout_notes
from pilotsim.evaluation.estimators import ask, find_estimator
from pilotsim.evaluation.plan_answers import ask_in_plan
from pilotsim.evaluation.plan_worth import share_who_start
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.readiness import require_ready, take_sample
from pilotsim.evaluation.redrawn_lots import null_statistics, redraw_differences
from pilotsim.evaluation.reference import compare_with_reference
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.release import (
    EarlierRelease,
    PlanAnswer,
    RegisterAnalysis,
    ReleaseRules,
    Unreleased,
    release_analysis,
    rules_of,
)
from pilotsim.evaluation.release.causes import name_release
from pilotsim.evaluation.release.digits import step_of
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of
from pilotsim.evaluation.release.questions import has_small_month
from pilotsim.evaluation.strategy import Strategy, StrategySample
from pilotsim.evaluation.trend_evidence import TrendEvidence, look_at_trends, trend_notes


def analyse(
    panel: Panel,
    plan: PreAnalysisPlan,
    *,
    unchanged: bool = True,
    rules: ReleaseRules | None = None,
    earlier: Sequence[LedgerEntry] = (),
) -> RegisterAnalysis:
    """Return what a register says to the questions of a plan, as far as it may be seen.

    Parameters
    ----------
    panel : Panel
        A real extract, as `read_register` returns it.
    plan : PreAnalysisPlan
        What is asked, and how.
    unchanged : bool
        Whether the plan is the one that was written before.
    rules : ReleaseRules, optional
        The limits of what may be shown; those of the plan, unless given.
    earlier : sequence of LedgerEntry
        What was released of the register before.

    Raises
    ------
    RegisterError
        The extract does not hold the months that the plan is about, or an arm is too small to be
        shown.
    """
    limits = rules or rules_of(int(plan.small_cells.number))
    raw = work_out(panel, plan, unchanged=unchanged)
    register = digest_of(panel) if earlier else ""
    before = tuple(
        _earlier_release(panel, entry, same=entry.register == register) for entry in earlier
    )
    return release_analysis(replace(raw, earlier=before), limits)


def _earlier_release(panel: Panel, entry: LedgerEntry, *, same: bool) -> EarlierRelease:
    said = (entry.plan, entry.told, entry.about, same)
    try:
        taken = take_sample(panel, entry.plan)
    except RegisterError as fault:
        if same:
            raise RegisterError(
                Message(
                    "the ledger of releases holds one of this register with the plan {release}, "
                    "which cannot be carried out in it: {why}; put ledger and register back as "
                    "they were",
                    release=name_release(entry.plan),
                    why=fault.message,
                )
            ) from fault
        return EarlierRelease(*said, answers=entry.answers)
    return EarlierRelease(*said, *taken, entry.answers)


def work_out(panel: Panel, plan: PreAnalysisPlan, *, unchanged: bool = True) -> Unreleased:
    """Return what a register says to the questions of a plan, before anybody may see it.

    Raises
    ------
    RegisterError
        The extract does not hold the months, arms or districts that the plan is about.
    """
    beside = require_ready(panel, plan)
    listed, arm, sample = take_sample(panel, plan)
    strategies = plan.strategies()
    asked_of = sample.among(strategies[0].estimand.traits)
    return Unreleased(
        plan=plan,
        unchanged=unchanged,
        panel=panel,
        listed=listed,
        arm=arm,
        sample=sample,
        findings=_adjust([_find(strategy, sample, plan) for strategy in strategies], plan, sample),
        checks=tuple(_checks(sample, plan, strategies[0])),
        beside=beside,
        redrawn=redraw_differences(asked_of, strategies[0])
        if plan.rule.assignment in DRAWN_CLIENTS
        else np.zeros(0),
        starts=_starts(plan, sample),
    )


def _starts(plan: PreAnalysisPlan, sample: StrategySample) -> StartShare | None:
    priced = plan.priced_by_starts
    return None if priced is None else share_who_start(sample, priced.estimand.months)


def _find(strategy: Strategy, sample: StrategySample, plan: PreAnalysisPlan) -> PlanAnswer:
    effect, refusal = _ask(strategy, sample)
    reference, agreement, trends = None, None, None
    if effect is not None:
        reference, agreement = compare_with_reference(strategy, sample, effect)
        if agreement.agrees is False:
            # Which of the two is right nobody can tell from here, so neither is shown.
            return PlanAnswer(strategy, None, agreement.says, np.nan, (), agreement=agreement)
        # Looked at once: what is said of them and what is drawn of them are of the same.
        if find_estimator(strategy.estimator).rests_on_trends:
            trends = look_at_trends(sample, strategy)
        step = step_of(effect, is_share=strategy.estimand.is_share)
        beside = _beside(strategy, sample, plan, trends, step)
        effect = replace(effect, notes=(*effect.notes, *beside))
    path = (
        tuple(
            _ask(replace(strategy, estimand=replace(strategy.estimand, months=k)), sample)[0]
            for k in range(1, strategy.estimand.months + 1)
        )
        if strategy.estimand.kind == "at" and effect is not None
        else ()
    )
    evidence = None if effect is None else _evidence(strategy, sample, trends)
    contrast = None if effect is None else contrast_groups(strategy, effect, sample)
    return PlanAnswer(
        strategy,
        effect,
        refusal,
        np.nan,
        path,
        evidence,
        contrast=contrast,
        reference=reference,
        agreement=agreement,
    )


def contrast_groups(strategy: Strategy, effect: Effect, sample: StrategySample) -> Effect | None:
    """Return the effect on a subgroup less that on the others.

    None where all are asked about, where nothing can be said of the others, or where districts
    were drawn as a whole: both groups then share their districts' luck and are not independent.

    Parameters
    ----------
    strategy : Strategy
        The answer about the subgroup.
    effect : Effect
        What it says.
    sample : StrategySample
        All clients.
    """
    estimand = strategy.estimand
    is_whole = sample.rule is not None and sample.rule.unit == "district"
    if not estimand.traits or is_whole or effect.scale == "test" or math.isnan(effect.error):
        return None
    others = sample.beside(estimand.traits)
    try:
        other = ask(replace(strategy, estimand=replace(estimand, traits={})), others)
        return conclude(
            effect.estimator,
            "effect on a subgroup less that on the others",
            effect.estimate - other.estimate,
            math.hypot(effect.error, other.error),
            clients=effect.clients + other.clients,
            level=strategy.level,
            scale=effect.scale,
        )
    except EstimationError:
        return None


def _beside(
    strategy: Strategy,
    sample: StrategySample,
    plan: PreAnalysisPlan,
    trends: TrendEvidence | Message | None,
    step: float,
) -> Iterator[Message]:
    """Yield what stands beside an answer: of its trends, and of outcomes that are missing."""
    known = find_estimator(strategy.estimator)
    if trends is not None:
        yield from _trends(strategy, sample, int(plan.small_cells.number), trends)
    if known.follows_lots and known.scale == "difference":
        yield from dropout_notes(sample, strategy, tuple(plan.balance), step)


def _trends(
    strategy: Strategy, sample: StrategySample, least: int, found: TrendEvidence | Message
) -> tuple[Message, ...]:
    """Return what is to be said of the trends before: no number where few are in a month."""
    own = sample.among(strategy.estimand.traits)
    if has_small_month(own, strategy.estimand.outcome, least):
        return (
            Message(
                "how alike the groups moved before is not told: in some month few clients have the "
                "outcome or lack it"
            ),
        )
    return trend_notes(found)


def _evidence(
    strategy: Strategy, sample: StrategySample, trends: TrendEvidence | Message | None
) -> Evidence | None:
    draw = find_estimator(strategy.estimator).evidence
    if draw is None:
        return trends.path if isinstance(trends, TrendEvidence) else None
    try:
        return draw(sample.among(strategy.estimand.traits), strategy)
    except (EstimationError, RequestError):
        # What the answer itself says of it stands in its refusal.
        return None


def _ask(strategy: Strategy, sample: StrategySample) -> tuple[Effect | None, str]:
    try:
        return ask_in_plan(strategy, sample), ""
    except (EstimationError, RequestError) as fault:
        return None, fault.message


def _adjust(
    findings: list[PlanAnswer], plan: PreAnalysisPlan, sample: StrategySample
) -> tuple[PlanAnswer, ...]:
    """Return the answers with p-values that hold for all of them together."""
    from pilotsim.effects.inference.multiple_testing import adjust_holm, adjust_romano_wolf

    answered = [one for one in findings if one.effect is not None]
    effects = [one.effect for one in answered if one.effect is not None]
    adjusted = np.array([effect.p for effect in effects])
    if effects and plan.correction == "holm":
        adjusted = adjust_holm(adjusted)
    elif effects and plan.correction == "romano_wolf":
        null = null_statistics(sample, [one.strategy for one in answered])
        statistics = [effect.estimate / effect.error for effect in effects]
        adjusted = adjust_romano_wolf(statistics, null)
    by_name = {one.strategy.name: float(p) for one, p in zip(answered, adjusted, strict=True)}
    contrasts = {one.strategy.name: one.contrast.p for one in findings if one.contrast}
    held = adjust_holm(np.array([*contrasts.values()])) if contrasts else np.zeros(0)
    of_groups = {name: float(p) for name, p in zip(contrasts, held, strict=True)}
    return tuple(
        replace(
            one,
            adjusted_p=by_name.get(one.strategy.name, np.nan),
            adjusted_contrast_p=of_groups.get(one.strategy.name, np.nan),
        )
        for one in findings
    )


def _checks(
    sample: StrategySample, plan: PreAnalysisPlan, first: Strategy
) -> Iterator[AssumptionCheck]:
    """Yield what each check of the plan found."""
    sample = sample.among(first.estimand.traits)
    request = CheckRequest(sample, first, tuple(plan.balance), plan.is_lottery, plan.rule)
    for name, options in plan.checks.items():
        yield run_check(name, replace(request, options=options))
