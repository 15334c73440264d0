"""A planned look at a register: the deciding answer along the way, and what the plan says of it.

A look is an analysis of its own, of one answer about fewer months, and goes through the same gate.
Its level is the look's own, so that its interval holds together with those of all other looks
(repeated confidence intervals: Jennison and Turnbull, Journal of the Royal Statistical Society B 51
(1989) 305-361).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message, either
from pilotsim.base.text import Text
from pilotsim.evaluation.looks import Decision, LookSchedule, correlation_of
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.readiness import require_ready, take_sample
from pilotsim.evaluation.redrawn_lots import null_statistics
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.release import RegisterAnalysis, ReleaseRules
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of
from pilotsim.evaluation.result_files import released_error
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse
from pilotsim.language.catalogue import say

__all__ = ["LookAnalysis", "analyse_look", "look_of"]

# What a plan holds that is said of its end alone.
OF_THE_END = ("looks", "bayes", "worth", "evaluated")
# Levels are written with so many decimals of a per cent, rounded up.
DECIMALS = 6


@dataclass(frozen=True)
class LookAnalysis(Shown):
    """What a planned look at a register says, and may be seen by anybody.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan as it was filed.
    schedule : LookSchedule
        All its looks.
    look : int
        Which this is, from 0.
    levels : tuple of float
        The p-value below which this and each look before it finds an effect.
    decision : {"go_on", "success", "harm", "futility", "not_found", "silent"}
        What the plan says of it.
    analysis : RegisterAnalysis
        What was found, at the look's own level.
    """

    plan: PreAnalysisPlan
    schedule: LookSchedule
    look: int
    levels: tuple[float, ...]
    decision: Decision
    analysis: RegisterAnalysis

    @property
    def has_answer(self) -> bool:
        """Whether the plan says anything of it."""
        return self.decision != "silent"

    @property
    def is_end(self) -> bool:
        """Whether it is the analysis for which the plan was made."""
        return self.look == len(self.schedule.months) - 1


def look_of(plan: PreAnalysisPlan, months: int | None) -> int | None:
    """Return which look of a plan comes after so many months; None where it plans none.

    Parameters
    ----------
    plan : PreAnalysisPlan
        The plan.
    months : int or None
        After how many months from its beginning; None for the end.

    Raises
    ------
    RequestError
        It was not planned: an effect that is looked at whenever somebody likes is found too often.
    """
    schedule = plan.schedule
    if schedule is None:
        if months is None:
            return None
        raise RequestError(
            Message(
                "--look: the plan '{plan}' has no look along the way; it is answered at its end "
                "alone",
                plan=plan.plan,
            )
        )
    if months is None or months == schedule.months[-1]:
        return len(schedule.months) - 1
    if months not in schedule.months:
        raise RequestError(
            Message(
                "--look: the plan '{plan}' has no look after {months} months, but after {planned}. "
                "Looks that were not planned find effects that are not there",
                plan=plan.plan,
                months=months,
                planned=either(map(str, schedule.months)),
            )
        )
    return schedule.months.index(months)


def analyse_look(
    panel: Panel,
    plan: PreAnalysisPlan,
    content: Mapping[str, Any],
    look: int,
    *,
    unchanged: bool = True,
    rules: ReleaseRules | None = None,
    earlier: Sequence[LedgerEntry] = (),
) -> tuple[LookAnalysis, LedgerEntry]:
    """Return what a look says of a register, and what the ledger must remember of it.

    Parameters
    ----------
    panel : Panel
        A real extract.
    plan : PreAnalysisPlan
        A plan with looks.
    content : mapping
        The plan as it stands in its file.
    look : int
        Which look, from 0 (`look_of`).
    unchanged, rules, earlier
        As in `pilotsim.evaluation.register_analysis.analyse`.

    Raises
    ------
    RegisterError
        The extract does not hold the months until then, or an arm is too small to be shown.
    RequestError
        The plan has no looks.
    """
    schedule = plan.schedule
    if schedule is None:
        raise RequestError(Message("the plan '{plan}' has no looks", plan=plan.plan))
    asked = _content_at(plan, content, schedule, look)
    require_ready(panel, _plan_of(asked))
    levels = _levels(panel, _plan_of(asked), plan, schedule, look)
    asked["level"] = _written(1.0 - levels[-1])
    own = _plan_of(asked)
    found = analyse(panel, own, unchanged=unchanged, rules=rules, earlier=earlier)
    entry = LedgerEntry(digest_of(panel), own, asked, found.told, found.about, found.answers)
    answer = found.findings[0]
    effect = answer.effect
    decision: Decision = "silent"
    if effect is not None:
        decision = schedule.judge(
            look,
            low=effect.low,
            high=effect.high,
            estimate=effect.estimate,
            error=released_error(answer, own.level.number),
        )
        if decision in ("success", "harm") and answer.adjusted_p >= levels[-1]:
            # By itself it is found, among all answers of the plan it may be chance.
            decision = "not_found"
    return LookAnalysis(plan, schedule, look, levels, decision, found), entry


def _levels(
    panel: Panel,
    own: PreAnalysisPlan,
    plan: PreAnalysisPlan,
    schedule: LookSchedule,
    look: int,
) -> tuple[float, ...]:
    """Return the level of each look so far, by what they find when the lots are drawn anew."""
    sample = take_sample(panel, own)[2]
    first = plan.strategies()[0]
    asked = [schedule.strategy_at(number, first) for number in range(look + 1)]
    found = null_statistics(sample.among(first.estimand.traits), asked)
    return schedule.levels(correlation_of(found))


def _content_at(
    plan: PreAnalysisPlan, content: Mapping[str, Any], schedule: LookSchedule, look: int
) -> dict[str, Any]:
    """Return the plan of a look: the deciding answer alone, of the months until then."""
    asked = deepcopy(dict(content))
    if look == len(schedule.months) - 1:
        asked.pop("looks", None)
        return asked
    for part in OF_THE_END:
        asked.pop(part, None)
    name = next(iter(plan.answers))
    answer = plan.answers[name]
    inquiry, months = plan.inquiries[answer.inquiry], schedule.months[look]
    own = dict(asked["inquiries"][answer.inquiry])
    own[inquiry.kind] = f"{months} months"
    says = inquiry.says or Text(*(answer.inquiry for _ in LANGUAGES))
    own["says"] = {
        language: say("look_asked", language, asked=says.in_language(language), months=months)
        for language in LANGUAGES
    }
    asked["answers"] = {name: asked["answers"][name]}
    asked["inquiries"] = {answer.inquiry: own}
    return asked


def _plan_of(content: Mapping[str, Any]) -> PreAnalysisPlan:
    return build_record(parse(json.dumps(content), "plan.json", "plan"), PreAnalysisPlan)


def _written(level: float) -> str:
    """Return a level as a plan has it, rounded up and below 1."""
    unit = 10**DECIMALS
    percent = min(math.ceil(100.0 * level * unit) / unit, 100.0 - 1.0 / unit)
    return f"{percent:.{DECIMALS}f} %"
