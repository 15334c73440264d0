"""The analysis of a register by a plan with several arms: each pair of arms as a design of two.

Those drawn to two of several arms by one lot, clients or whole districts, are the same design with
these two arms, within the same blocks. So every pair that the plan compares
goes the whole way of a plan of two arms: estimators, checks and release gate. What was released of
the pairs before is held against the next, as any two releases of one register are. P-values and
intervals hold for all pairs together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pilotsim.base.from_above import Shown
from pilotsim.base.statistics import critical_value
from pilotsim.evaluation.designs import Contrast
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.readiness import require_ready
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.release import PlanAnswer, RegisterAnalysis, ReleaseRules, rules_of
from pilotsim.evaluation.release.digits import p_to_digits
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of
from pilotsim.evaluation.result_files import released_error


@dataclass(frozen=True)
class ArmsAnswer:
    """An answer about two arms, with what holds for all answers of the plan together.

    Parameters
    ----------
    finding : PlanAnswer
        The answer as it was released.
    adjusted_p : float
        Its p-value by Holm's method over all answers about all pairs; NaN where none was released.
    low, high : float
        An interval that holds together with those of all the others (Bonferroni); NaN without one.
    contrast : ArmsAnswer or None
        For a subgroup: its effect less that on the others, with what holds for all such contrasts
        of all pairs together; None where the pair's analysis has none.
    """

    finding: PlanAnswer
    adjusted_p: float
    low: float
    high: float
    contrast: ArmsAnswer | None = None


@dataclass(frozen=True)
class ArmsContrast:
    """Two arms compared.

    Parameters
    ----------
    pair : tuple of str
        The arm, and the arm that it is compared with.
    analysis : RegisterAnalysis
        What the register says of these two.
    answers : tuple of ArmsAnswer
        Its answers, in the order of the plan.
    """

    pair: Contrast
    analysis: RegisterAnalysis
    answers: tuple[ArmsAnswer, ...]


@dataclass(frozen=True)
class SeveralArmsAnalysis(Shown):
    """What a register says to a plan with several arms, and may be seen by anybody.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    unchanged : bool
        Whether it is the one that was written before the data came.
    contrasts : tuple of ArmsContrast
        Each pair of arms, in the order of the plan.
    """

    plan: PreAnalysisPlan
    unchanged: bool
    contrasts: tuple[ArmsContrast, ...]

    @property
    def has_answer(self) -> bool:
        """Whether the answer that decides is there, for any pair of arms."""
        return any(one.answers[0].finding.effect is not None for one in self.contrasts)


def analyse_arms(
    panel: Panel,
    plan: PreAnalysisPlan,
    content: Mapping[str, Any],
    *,
    unchanged: bool = True,
    rules: ReleaseRules | None = None,
    earlier: Sequence[LedgerEntry] = (),
) -> tuple[SeveralArmsAnalysis, tuple[LedgerEntry, ...]]:
    """Return what a register says of each pair of arms, and what the ledger must remember of it.

    Parameters
    ----------
    panel : Panel
        A real extract, read with the plan's words of arms.
    plan : PreAnalysisPlan
        A plan with several arms.
    content : mapping
        The plan as it stands in its file.
    unchanged, rules, earlier
        As in `pilotsim.evaluation.register_analysis.analyse`.

    Raises
    ------
    RegisterError
        The extract does not serve the plan, or an arm is too small to be shown.
    """
    require_ready(panel, plan)
    limits = rules or rules_of(int(plan.small_cells.number))
    digest = digest_of(panel)
    entries: list[LedgerEntry] = []
    found: list[tuple[Contrast, RegisterAnalysis]] = []
    for pair in plan.rule.pairs_of_arms:
        own = plan.model_copy(update={"rule": plan.rule.comparing(pair)})
        before = (*earlier, *entries)
        analysis = analyse(panel, own, unchanged=unchanged, rules=limits, earlier=before)
        written = deepcopy(dict(content))
        written["rule"][plan.rule.named_by]["between"] = list(pair)
        told = (analysis.told, analysis.about, analysis.answers)
        entries.append(LedgerEntry(digest, own, written, *told))
        found.append((pair, analysis))
    findings = [one for _, own in found for one in own.findings]
    of_groups = [replace(one, effect=one.contrast) for one in findings if one.contrast]
    answers = _hold_together(findings, plan)
    beside = _hold_together(of_groups, plan)
    held = (replace(one, contrast=next(beside)) if one.finding.contrast else one for one in answers)
    contrasts = tuple(
        ArmsContrast(pair, analysis, tuple(next(held) for _ in analysis.findings))
        for pair, analysis in found
    )
    return SeveralArmsAnalysis(plan, unchanged, contrasts), tuple(entries)


def _hold_together(findings: Sequence[PlanAnswer], plan: PreAnalysisPlan) -> Iterator[ArmsAnswer]:
    """Yield each answer with a p-value and an interval that hold for all of them.

    One that was not released counts as asked, and as nothing found.
    """
    from pilotsim.effects.inference.multiple_testing import adjust_holm

    if not findings:
        return
    level = plan.level.number
    together = 1.0 - (1.0 - level) / len(findings)
    raw = [
        1.0 if one.effect is None or math.isnan(one.effect.p) else one.effect.p for one in findings
    ]
    adjusted = np.array(raw) if plan.correction == "none" else adjust_holm(np.array(raw))
    for one, p in zip(findings, adjusted, strict=True):
        effect = one.effect
        if effect is None:
            yield ArmsAnswer(one, math.nan, math.nan, math.nan)
            continue
        freedom = effect.freedom if effect.freedom > 0.0 else math.inf
        reach = critical_value(together, freedom) * released_error(one, level)
        yield ArmsAnswer(
            one, p_to_digits(float(p)), effect.estimate - reach, effect.estimate + reach
        )
