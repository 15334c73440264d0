"""People in words: whole ones, with words no stronger than the range."""

from __future__ import annotations

import math

from pilotsim.base.arrays import Floats
from pilotsim.judge.effect_totals import EffectFigure
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import MINUS, NONE, format_number

__all__ = ["change_in_words", "change_parts", "range_in_words", "show_people", "whole_people"]

WHOLE_FROM = 10  # people in a table, from which on a decimal says nothing
FEW_RUNS = 30  # below which chance is said to be the small number of runs


def whole_people(number: float, language: str) -> str:
    """Return a mean number of people in whole ones; `under 1` where some are less than half one."""
    if math.isnan(number):
        return NONE
    if 0 < number < 0.5:
        return say("under_one", language)
    return format_number(float(round(number)), language, 0)


def show_people(number: float, language: str, *, is_change: bool = False) -> str:
    """Return a mean number of people as a table of parts that add up shows it.

    Parameters
    ----------
    number : float
        Whole from ten on; with one decimal below, where parts of a person add up.
    language : str
        One of `LANGUAGES`.
    is_change : bool
        Whether it is a change, which has a sign.
    """
    digits = format_number(abs(number), language, 0 if abs(number) >= WHOLE_FROM else 1)
    if not is_change or not any(digit in digits for digit in "123456789"):
        return digits
    return (MINUS if number < 0 else "+") + digits


def change_in_words(numbers: Floats, place: str, language: str) -> str:
    """Return how many more or fewer there are, with between what nine runs in ten lie.

    As many, only where it is less than half a person. What chance may explain is said beside the
    number. A range that lies on both sides says both: that it can as well be fewer.

    Parameters
    ----------
    numbers : ndarray, shape (replications,)
        With the programme minus without.
    place : str
        Where they are, in words: `in work`.
    language : str
        One of `LANGUAGES`.
    """
    change, notes, _ = change_parts(numbers, place, language)
    said = "; ".join(notes)
    return f"{change} ({said})" if said else change


def change_parts(numbers: Floats, place: str, language: str) -> tuple[str, tuple[str, ...], bool]:
    """Return the parts of `change_in_words`, which has the parameters.

    Returns
    -------
    tuple of (str, tuple of str, bool)
        How many more or fewer; between what that lies, and what chance may explain; and whether
        chance cannot explain it.
    """
    figure = EffectFigure.of(numbers)
    mean = figure.mean
    count = round(abs(mean.mean))
    is_clear = mean.low > 0 or mean.high < 0
    more = "more" if mean.mean > 0 else "fewer"
    if count == 0:
        change = say("answer_as_many", language, state=place)
    elif count == 1:
        change = say(f"answer_one_{more}", language, state=place)
    else:
        number = format_number(float(count), language, 0)
        change = say(f"answer_{more}", language, number=number, state=place)
    notes = [range_in_words(figure.low, figure.high, language)]
    if not is_clear and numbers.any():
        key = "answer_chance_few" if len(numbers) < FEW_RUNS else "answer_chance"
        notes.append(say(key, language, runs=len(numbers)))
    return change, tuple(note for note in notes if note), is_clear


def range_in_words(low: float, high: float, language: str, *, in_table: bool = False) -> str:
    """Return between what a change lies, in whole people; nothing where it is always the same.

    Parameters
    ----------
    low, high : float
        Its ends, more people being positive.
    language : str
        One of `LANGUAGES`.
    in_table : bool
        Whether it stands under a heading that says what it is, and not in a sentence.
    """
    least, most = round(low), round(high)
    if least == most:
        return ""
    ends = sorted((abs(least), abs(most)))
    shown = [format_number(float(end), language, 0) for end in ends]
    if least < 0 < most:
        fewer, more = (_counted(end, language) for end in (-least, most))
        key = "people_between" if in_table else "people_either"
        return say(key, language, fewer=fewer, more=more)
    more = "more" if most > 0 else "fewer"
    if ends[0] == 0:
        return say(f"people_up_to_{more}", language, most=_counted(ends[1], language))
    return say(f"people_{more}", language, least=shown[0], most=shown[1])


def _counted(people: int, language: str) -> str:
    """Return how many people there are, one of them as a word."""
    if people == 1:
        return say("people_one", language)
    return format_number(float(people), language, 0)
