"""Settings that were tried when a page was made, beside the plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import paired_interval
from pilotsim.judge.check import Check
from pilotsim.judge.economy import NET
from pilotsim.judge.settings_ahead import SettingAhead, TriedSetting
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_change, format_value
from pilotsim.model.flow import Flow
from pilotsim.output.live.decision import YES, answer_of_grade
from pilotsim.output.views.economy import amount_in_words

__all__ = [
    "ComparedCell",
    "columns_of",
    "plan_cells",
    "runs_of",
    "setting_in_words",
    "subject_in_words",
    "tried_cells",
]

STATES = 3  # of what the pilot changes, so many states stand in the table


@dataclass(frozen=True)
class ComparedCell:
    """What a setting comes to, and how surely that differs from the plan.

    Parameters
    ----------
    text : str
        What it comes to.
    how : str
        `sure`, `chance`, or `same`; empty for the plan itself.
    """

    text: str
    how: str = ""


def runs_of(tried: Sequence[TriedSetting]) -> int:
    """Return how many runs each setting rests on."""
    measured = [verdict.replications for one in tried for verdict in one.verdicts]
    return max(measured, default=0)


def subject_in_words(flow: Flow, setting: SettingAhead, language: str) -> str:
    """Return what is changed: the question of a choice, or what a value is called."""
    if setting.words is not None:
        return setting.words.asks.in_language(language)
    if setting.option:
        return flow.choices[setting.subject].says.in_language(language)
    return label_of_value(flow, setting.subject, language)


def setting_in_words(flow: Flow, tried: TriedSetting, language: str) -> str:
    """Return what it is changed to: an option, or a number with its unit."""
    setting = tried.setting
    if setting.words is not None:
        return setting.words.says.in_language(language)
    if setting.option:
        return flow.choices[setting.subject].options[setting.option].says.in_language(language)
    return format_value(flow.values[setting.subject], language, setting.number)


def columns_of(check: Check, language: str) -> list[str]:
    """Return the headings of the columns behind the first."""
    states = [] if check.effect is None else list(check.effect.states[:STATES])
    names = [say(f"answer_{state}", language) for state in states]
    heads = [say("start_change_of", language, state=name[:1].upper() + name[1:]) for name in names]
    if check.economy is not None:
        heads.append(say("start_net" if check.economy.has_net else "start_spent", language))
    # Where nothing else can be told of a setting.
    return heads or [say("start_targets_met", language)]


def plan_cells(check: Check, plan: TriedSetting, language: str) -> list[ComparedCell]:
    """Return the cells of the plan: of all its runs, but for what is counted in the same runs."""
    cells = []
    if check.effect is not None:
        for k in range(min(STATES, len(check.effect.states))):
            mean = float(check.effect.total[:, 0, k].mean())
            cells.append(ComparedCell(format_change(float(round(mean)), "count", language)))
    if check.economy is not None:
        net = check.economy.payers[-1].net.mean
        cells.append(ComparedCell(amount_in_words(net, check.flow.currency, language)))
    return cells or [ComparedCell(_met(plan.verdicts, language))]


def tried_cells(
    check: Check, plan: TriedSetting, tried: TriedSetting, language: str
) -> list[ComparedCell]:
    """Return the cells of a setting.

    It is held against the plan in the same few runs. What these come to may differ from what all
    runs of the check come to, so the difference is told on top of that.

    Parameters
    ----------
    check : Check
        All runs of the plan.
    plan, tried : TriedSetting
        The plan and the setting, in the same runs.
    language : str
        One of `LANGUAGES`.
    """
    cells = []
    if check.effect is not None and plan.effect is not None and tried.effect is not None:
        for k in range(min(STATES, len(check.effect.states))):
            after, before = (one.effect.total[:, 0, k] for one in (tried, plan) if one.effect)
            mean = float(check.effect.total[:, 0, k].mean() + (after - before).mean())
            cells.append(
                ComparedCell(
                    format_change(float(round(mean)), "count", language), _how(after, before)
                )
            )
    if check.economy is not None and plan.economy is not None and tried.economy is not None:
        less, more, all_runs = (
            one.payers[-1].net.mean for one in (plan.economy, tried.economy, check.economy)
        )
        net = amount_in_words(all_runs + more - less, check.flow.currency, language)
        cells.append(ComparedCell(net, _how(tried.money[NET], plan.money[NET])))
    return cells or [ComparedCell(_met(tried.verdicts, language))]


def _how(after: Floats, before: Floats) -> str:
    if (after == before).all():
        return "same"
    return "sure" if paired_interval(after, before).is_clear else "chance"


def _met(verdicts: Sequence[Verdict], language: str) -> str:
    """Return how many targets are met in all their readings."""
    groups = [
        [answer_of_grade(one.grade) for one in group]
        for _, group in groupby(verdicts, lambda one: one.question.target)
    ]
    count = sum(set(group) == {YES} for group in groups)
    return say("start_so_many_of", language, count=count, all=len(groups))
