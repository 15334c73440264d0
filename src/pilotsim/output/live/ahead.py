"""Levers for a browser that runs nothing: they stop where an answer was worked out beforehand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from pilotsim.files.decided import taken_of
from pilotsim.judge.check import Check
from pilotsim.judge.settings_ahead import TriedSetting
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.labels import format_chance, label_of_question
from pilotsim.output.live.beforehand import (
    ComparedCell,
    columns_of,
    plan_cells,
    runs_of,
    subject_in_words,
    tried_cells,
)
from pilotsim.output.live.decision import ANSWERS, answer_of_grade

__all__ = ["AHEAD_WORDS", "ahead_setup", "ahead_words"]

# What the script says of these levers, by its key in the catalogue.
AHEAD_WORDS = ("own_ahead_note", "own_ahead_told", "start_ahead_note")


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
            name: {
                option: 0 if option == taken[name] else options[option]
                for option in check.flow.choices[name].options
                if option == taken[name] or option in options
            }
            for name, options in choices.items()
        },
    }


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
    choices = dict.fromkeys(one.setting.subject for one in others if one.setting.option)
    return {
        "columns": columns_of(check, language),
        "cells": [[_plain(cell) for cell in row] for row in cells],
        "questions": [label_of_question(one.question, language) for one in planned.verdicts],
        "targets": [[_answer(one, language) for one in setting.verdicts] for setting in tried],
        "choices": {
            name: {
                "says": subject_in_words(check.flow, name, language),
                "options": {
                    option: words.says.in_language(language)
                    for option, words in check.flow.choices[name].options.items()
                },
            }
            for name in choices
        },
        "runs": format_number(runs_of(tried), language, 0),
    }


def _plain(cell: ComparedCell) -> dict[str, str]:
    return {"text": cell.text, "how": cell.how}


def _answer(verdict: Verdict, language: str) -> str:
    word = say(ANSWERS[answer_of_grade(verdict.grade)], language)
    if not verdict.replications:
        return word
    return say("start_chance", language, answer=word, chance=format_chance(verdict, language))
