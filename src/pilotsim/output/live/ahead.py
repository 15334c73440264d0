"""Levers for a browser that runs nothing: they stop where an answer was worked out beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pilotsim.files.decided import taken_of
from pilotsim.judge.check import Check
from pilotsim.judge.settings_ahead import SettingAhead, TriedSetting
from pilotsim.language.numbers import format_number
from pilotsim.model.flow import Flow
from pilotsim.output.labels import label_of_question
from pilotsim.output.live.beforehand import (
    ComparedCell,
    columns_of,
    plan_cells,
    runs_of,
    subject_in_words,
    tried_cells,
)
from pilotsim.output.live.built_in import PLANNED
from pilotsim.output.live.decision import answer_in_words

__all__ = ["AHEAD_WORDS", "ahead_setup", "ahead_words"]

# What the script says of these levers, by its key in the catalogue.
AHEAD_WORDS = (
    "own_ahead_form",
    "own_ahead_instead",
    "own_ahead_note",
    "own_ahead_told",
    "start_ahead_note",
)


def ahead_setup(check: Check, tried: Sequence[TriedSetting]) -> dict[str, Any]:
    """Return where levers stop, and which options have an answer.

    Parameters
    ----------
    check : Check
        The plan.
    tried : sequence of TriedSetting
        What was tried, the plan first.

    Returns
    -------
    dict
        `levers`, by path the numbers that have an answer with its place in `tried`, the plan's own
        at place 0; and `choices`, by name and option the place.
    """
    levers: dict[str, list[tuple[float, int]]] = {}
    choices: dict[str, dict[str, int]] = {}
    for place, one in enumerate(tried):
        setting = one.setting
        if setting.option:
            choices.setdefault(setting.subject, {})[setting.option] = place
        elif not math.isnan(setting.number):
            planned = (check.flow.values[setting.subject].number, 0)
            levers.setdefault(setting.subject, [planned]).append((setting.number, place))
    taken = taken_of(check.flow)
    return {
        "levers": {path: sorted(stops) for path, stops in levers.items()},
        "choices": {
            name: _in_order(options, check.flow, name, taken.get(name, PLANNED))
            for name, options in choices.items()
        },
    }


def _in_order(options: Mapping[str, int], flow: Flow, choice: str, planned: str) -> dict[str, int]:
    """Return options with their places, that of the plan among them, as the file has them."""
    known = flow.choices[choice].options if choice in flow.choices else (planned,)
    places = {planned: 0, **options}
    return {option: places[option] for option in (*known, *options) if option in places}


def ahead_words(check: Check, tried: Sequence[TriedSetting], language: str) -> dict[str, Any]:
    """Return what was worked out beforehand, in a language.

    Returns
    -------
    dict
        `columns`, what is told of each setting; `cells`, this of each in the order of `tried`;
        `questions` and `targets`, the same of each target and reading; `choices` in words; and
        `runs`.
    """
    if not tried:
        names = ("columns", "cells", "questions", "targets")
        return {**{name: [] for name in names}, "choices": {}, "runs": ""}
    planned, *others = tried
    cells = [plan_cells(check, planned, language)]
    cells += [tried_cells(check, planned, one, language) for one in others]
    choices: dict[str, list[SettingAhead]] = {}
    for one in others:
        if one.setting.option:
            choices.setdefault(one.setting.subject, []).append(one.setting)
    return {
        "columns": columns_of(check, language),
        "cells": [[_plain(cell) for cell in row] for row in cells],
        "questions": [label_of_question(one.question, language) for one in planned.verdicts],
        "targets": [
            [answer_in_words(one, language) for one in setting.verdicts] for setting in tried
        ],
        "choices": {
            name: {
                "says": subject_in_words(check.flow, settings[0], language),
                "options": _options_in_words(check.flow, name, settings, language),
            }
            for name, settings in choices.items()
        },
        "runs": format_number(runs_of(tried), language, 0),
    }


def _options_in_words(
    flow: Flow, choice: str, settings: Sequence[SettingAhead], language: str
) -> dict[str, str]:
    """Return what the options of a choice are called, those that the file does not have as well."""
    words = {}
    if choice in flow.choices:
        words = {option: one.says for option, one in flow.choices[choice].options.items()}
    for one in settings:
        if one.words is not None:
            words.setdefault(PLANNED, one.words.planned)
            words[one.option] = one.words.says
    return {option: one.in_language(language) for option, one in words.items()}


def _plain(cell: ComparedCell) -> dict[str, str]:
    return {"text": cell.text, "how": cell.how}
