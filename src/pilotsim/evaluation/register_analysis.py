"""The analysis of a real register by a plan: effects, checks, and what became of the clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError, RegisterError, RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.evidence import Evidence
from pilotsim.evaluation.checks import CheckRequest, run_check
from pilotsim.evaluation.disclosure_control import (
    TableSum,
    coarsen_evidence,
    hide_small_counts,
    suppress,
)
from pilotsim.evaluation.estimators import ask, find_estimator
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.redrawn_lots import null_statistics, redraw_differences
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.strategy import Strategy, StrategySample

ASSIGNED, BLOCK = "assigned", "block"
CELLS = (
    "extract",
    "not_listed",
    "listed",
    "in_no_arm",
    "offered",
    "compared",
    "offered_started",
    "offered_not_started",
    "compared_started",
    "compared_not_started",
    "offered_followed",
    "offered_lost",
    "compared_followed",
    "compared_lost",
)
SUMS = (
    TableSum(0, (1, 2)),
    TableSum(2, (3, 4, 5)),
    TableSum(4, (6, 7)),
    TableSum(5, (8, 9)),
    TableSum(4, (10, 11)),
    TableSum(5, (12, 13)),
)


@dataclass(frozen=True)
class ParticipantFlow:
    """What became of the clients of an extract, as CONSORT and STROBE ask for it.

    Parameters
    ----------
    counts : tuple of int or None
        Clients in each of `CELLS`; None where that is not shown, since it is small or would give a
        small one away.
    """

    counts: tuple[int | None, ...]

    def __getitem__(self, cell: str) -> int | None:
        return self.counts[CELLS.index(cell)]

    @property
    def hides(self) -> bool:
        """Whether any count is not shown."""
        return None in self.counts


@dataclass(frozen=True)
class PlanAnswer:
    """One answer of a plan.

    Parameters
    ----------
    strategy : Strategy
        How the effect was estimated.
    effect : Effect or None
        What came out; None where no answer can be given.
    refusal : str
        Why not.
    adjusted_p : float
        The p-value that holds for all answers of the plan together; NaN where there is none.
    path : tuple of Effect or None
        The same for 1, 2, ... months after listing; None where no answer can be given.
    evidence : EffectPath, IncidenceCurves or None
        What else can be drawn of it: effects by time since the start, or curves of both arms.
    """

    strategy: Strategy
    effect: Effect | None
    refusal: str
    adjusted_p: float
    path: tuple[Effect | None, ...]
    evidence: Evidence | None = None

    @property
    def is_in_points(self) -> bool:
        """Whether the effect is a difference of shares, to be shown in percentage points."""
        return self.strategy.estimand.is_share and (
            self.effect is None or self.effect.scale == "difference"
        )


@dataclass(frozen=True)
class RegisterAnalysis:
    """What a register says to the questions of a plan.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    unchanged : bool
        Whether it is the one that was written before the data came.
    chart : ParticipantFlow
        What became of the clients.
    findings : tuple of PlanAnswer
        The answers, in the order of the plan.
    checks : tuple of AssumptionCheck
        What speaks for and against them.
    redrawn : ndarray of float, shape (draws,)
        The difference in means had the lots fallen otherwise and the programme done nothing; empty
        where no lots were drawn.
    """

    plan: PreAnalysisPlan
    unchanged: bool
    chart: ParticipantFlow
    findings: tuple[PlanAnswer, ...]
    checks: tuple[AssumptionCheck, ...]
    redrawn: Floats


def analyse(panel: Panel, plan: PreAnalysisPlan, *, unchanged: bool = True) -> RegisterAnalysis:
    """Return what a register says to the questions of a plan.

    Parameters
    ----------
    panel : Panel
        A real extract, as `read_register` returns it.
    plan : PreAnalysisPlan
        What is asked, and how.
    unchanged : bool
        Whether the plan is the one that was written before.

    Raises
    ------
    RegisterError
        The extract does not hold the months that the plan is about, or an arm is too small to be
        shown.
    """
    listed, arm, sample = take_sample(panel, plan)
    least = int(plan.small_cells.number)
    for name, value in (("offered", 1.0), ("compared", 0.0)):
        size = int((sample.arm == value).sum())
        if 0 < size < least:
            raise RegisterError(
                Message(
                    "the arm '{arm}' has fewer than {least} clients: nothing about it may be shown",
                    arm=name,
                    least=least,
                )
            )
    strategies = plan.strategies()
    months = strategies[0].estimand.months
    findings = _adjust([_find(strategy, sample, least) for strategy in strategies], plan, sample)
    chart = _chart(panel, listed, arm, months, sample.listed, least)
    redrawn = redraw_differences(sample, strategies[0]) if plan.is_lottery else np.zeros(0)
    return RegisterAnalysis(
        plan, unchanged, chart, findings, tuple(_checks(sample, plan, strategies[0])), redrawn
    )


def take_sample(panel: Panel, plan: PreAnalysisPlan) -> tuple[Bools, Floats, StrategySample]:
    """Return who is listed when offers begin, everybody's arm, and the sample of those in an arm.

    The arm is NaN for those who are in none.

    Raises
    ------
    RegisterError
        The months of the extract and of the plan do not meet.
    """
    months = [month.isoformat()[:7] for month in panel.months]
    begins = plan.begins.isoformat()[:7]
    if begins not in months:
        raise RegisterError(
            Message(
                "the plan begins in {begins}; the extract holds {first} to {last}",
                begins=begins,
                first=months[0],
                last=months[-1],
            )
        )
    start = months.index(begins)
    longest = max(strategy.estimand.months for strategy in plan.strategies())
    if start + longest > len(months):
        raise RegisterError(
            Message(
                "the plan asks for {longest} months from {begins} on; the extract ends with {last}",
                longest=longest,
                begins=begins,
                last=months[-1],
            )
        )
    listed = panel.seen[:, start]
    arm = (
        panel.traits[ASSIGNED]
        if ASSIGNED in panel.traits
        else np.isfinite(panel.offered).astype(np.float64)
    )
    arm = np.where(listed, arm, np.nan)
    block = panel.traits.get(BLOCK, np.full(len(panel), np.nan))
    chosen = ~np.isnan(arm)
    sample = StrategySample(panel.select(chosen), arm[chosen], block[chosen], start, plan.rule)
    return listed, arm, sample


def _find(strategy: Strategy, sample: StrategySample, least: int) -> PlanAnswer:
    effect, refusal = _ask(strategy, sample, least)
    path = (
        tuple(
            _ask(replace(strategy, estimand=replace(strategy.estimand, months=k)), sample, least)[0]
            for k in range(1, strategy.estimand.months + 1)
        )
        if strategy.estimand.kind == "at" and effect is not None
        else ()
    )
    return PlanAnswer(strategy, effect, refusal, np.nan, path, _evidence(strategy, sample, least))


def _evidence(strategy: Strategy, sample: StrategySample, least: int) -> Evidence | None:
    draw = find_estimator(strategy.estimator).evidence
    if draw is None:
        return None
    try:
        return coarsen_evidence(draw(sample, strategy), least)
    except (EstimationError, RequestError):
        # What the answer itself says of it stands in its refusal.
        return None


def _ask(strategy: Strategy, sample: StrategySample, least: int) -> tuple[Effect | None, str]:
    try:
        effect = ask(strategy, sample)
    except (EstimationError, RequestError) as fault:
        return None, hide_small_counts(fault.message, least)
    return replace(effect, notes=tuple(hide_small_counts(note, least) for note in effect.notes)), ""


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
    return tuple(
        replace(one, adjusted_p=by_name.get(one.strategy.name, np.nan)) for one in findings
    )


def _chart(
    panel: Panel, listed: Bools, arm: Floats, months: int, start: int, least: int
) -> ParticipantFlow:
    started = panel.started < start + months
    followed = panel.seen[:, start + months - 1]
    arms = {"offered": arm == 1.0, "compared": arm == 0.0}
    members = {
        "extract": np.ones(len(panel), np.bool_),
        "not_listed": ~listed,
        "listed": listed,
        "in_no_arm": listed & np.isnan(arm),
    }
    for name, own in arms.items():
        members |= {
            name: own,
            f"{name}_started": own & started,
            f"{name}_not_started": own & ~started,
        }
        members |= {f"{name}_followed": own & followed, f"{name}_lost": own & ~followed}
    counts = [int(members[cell].sum()) for cell in CELLS]
    hidden = suppress(counts, SUMS, least)
    return ParticipantFlow(
        tuple(None if hide else count for count, hide in zip(counts, hidden, strict=True))
    )


def _checks(
    sample: StrategySample, plan: PreAnalysisPlan, first: Strategy
) -> Iterator[AssumptionCheck]:
    """Yield what each check of the plan found, with no small count in its text."""
    least = int(plan.small_cells.number)
    request = CheckRequest(sample, first, tuple(plan.balance), plan.is_lottery, plan.rule)
    for name, options in plan.checks.items():
        found = run_check(name, replace(request, options=options))
        yield replace(
            found,
            text=hide_small_counts(found.text, least),
            evidence=coarsen_evidence(found.evidence, least),
        )
