"""The first flow of somebody who has none: a dozen answers, and a flow file in their language.

The file is `first_flow.yaml` with its blanks filled in. Each number of it is an answer or a
proposal, and says that its source is missing.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from string import Template
from typing import Literal

from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.messages import Message
from pilotsim.base.units import QuantityFault, read_typed_date
from pilotsim.language.catalogue import catalogue_of, say

__all__ = [
    "QUESTIONS",
    "PilotAnswer",
    "PilotQuestion",
    "name_of_flow",
    "proposal",
    "read_answer",
    "write_first_flow",
]

Kind = Literal["words", "date", "count", "number", "of_100", "count_or_steady"]

SKELETON = Path(__file__).with_name("first_flow.yaml")
WIDTH = 96
MONTHS_OF_A_YEAR = 12
# About as many come as are gone for good: who leaves, and who keeps the job that was found. On
# average it was found when half of the time was left.
AS_MANY_AS_LEAVE = (
    "groups.target_group.stock * "
    "(risks.leaves.rate + risks.job.rate / (1 + risks.job_loss.rate * {half}))"
)
# A remark of the skeleton, which is put in the words of a language.
_REMARK = re.compile(r"#: (\w+)")
_RANGE = re.compile(r"(.*\d\s*%?)\s*(?:[-–]|\b(?:til|till|to)\b)\s*(\d.*)")
# A number with its thousands set apart by a space, by the sign of the language, or not at all.
_SPACES = "[ \u00a0\u202f]"


@dataclass(frozen=True)
class PilotQuestion:
    """A question about a pilot.

    Parameters
    ----------
    key : str
        Its name: in a file of answers, and on a command line with hyphens.
    asks : str
        The question, in English as the catalogue has it among the help.
    kind : str
        What the answer is: words, a date, a whole number, any number, a number of 100, or a whole
        number that may be left to be as many as leave.
    proposed : str
        What is proposed; empty where it follows from other answers (`proposal`).
    least, most : float
        Between which numbers the answer lies.
    margin : float
        How far to each side of a single number the truth may lie, as a part of it; 0 for what
        somebody decides.
    """

    key: str
    asks: str
    kind: Kind
    proposed: str
    least: float = 0
    most: float = math.inf
    margin: float = 0


QUESTIONS = (
    PilotQuestion("title", "What is the pilot called?", "words", ""),
    PilotQuestion("starts", "When does it begin?", "date", ""),
    PilotQuestion("months", "How many months does it last?", "count", "24", 1, 120),
    PilotQuestion(
        "clients",
        "How many in the target group are on social assistance when it begins?",
        "count",
        "100",
        1,
        100_000,
    ),
    PilotQuestion(
        "new_clients",
        "How many new clients join the target group each month?",
        "count_or_steady",
        "",
        0,
        10_000,
        0.25,
    ),
    PilotQuestion("referred", "How many are offered it each month?", "count", "", 1, 10_000),
    PilotQuestion(
        "attend", "Of 100 who are offered it: how many attend?", "of_100", "80", 1, 100, 0.15
    ),
    PilotQuestion("posts", "How many posts does the pilot have?", "number", "4", 0.1, 1000),
    PilotQuestion(
        "caseload",
        "How many participants does one post follow up at a time?",
        "count",
        "20",
        1,
        500,
    ),
    PilotQuestion(
        "stay", "For how many months does a participant take part?", "number", "4", 0.25, 60, 0.25
    ),
    PilotQuestion(
        "work_anyway",
        "Of 100 in the target group: how many find work within a year without the pilot?",
        "of_100",
        "20",
        0.5,
        95,
        0.3,
    ),
    PilotQuestion(
        "goal",
        "Of 100 participants: how many are to be in work when the pilot ends?",
        "of_100",
        "40",
        1,
        100,
    ),
)
_BY_KEY = {question.key: question for question in QUESTIONS}


@dataclass(frozen=True)
class PilotAnswer:
    """What was answered to a question, or proposed.

    Parameters
    ----------
    given : bool
        Whether somebody answered; otherwise it is what the program proposes.
    words : str
        The answer as words: a title, or a date as a file has it.
    number : float
        The answer as a number; NaN for words, and for as many as leave.
    low, high : float
        Between which numbers the truth may lie; both the number where it is decided.
    """

    given: bool
    words: str = ""
    number: float = math.nan
    low: float = math.nan
    high: float = math.nan


def proposal(question: PilotQuestion, answers: Mapping[str, PilotAnswer], language: str) -> str:
    """Return what is proposed as the answer to a question, as somebody would type it.

    Parameters
    ----------
    question : PilotQuestion
        The question.
    answers : mapping of str to PilotAnswer
        The answers so far.
    language : str
        One of `LANGUAGES`.
    """
    if question.proposed:
        return question.proposed
    if question.kind == "words":
        return say("first_title", language)
    if question.kind == "date":
        return _next_quarter(date.today()).isoformat()
    if question.kind == "count_or_steady":
        return say("first_steady", language)
    # All who are there are offered it within half a year.
    return str(max(1, math.ceil(answers["clients"].number / 6)))


def _next_quarter(today: date) -> date:
    """Return the first day of the quarter after the next, so that there is time to prepare."""
    quarter = (today.month - 1) // 3 + 2
    return date(today.year + quarter // 4, quarter % 4 * 3 + 1, 1)


def read_answer(
    question: PilotQuestion, text: str, language: str, *, given: bool = True
) -> PilotAnswer:
    """Return an answer as it was typed.

    Parameters
    ----------
    question : PilotQuestion
        What was asked.
    text : str
        The answer: `24`, `2027-01-01` or `1.1.2027`, `40 %` of 100; where the truth is not decided
        by anybody also a range, `10-20`.
    language : str
        One of `LANGUAGES`.
    given : bool
        Whether somebody typed it.

    Raises
    ------
    RequestError
        It is no answer to this question.
    """
    text = text.strip()
    if question.kind == "words":
        return PilotAnswer(given, words=_read_words(text))
    if question.kind == "date":
        return PilotAnswer(given, words=_read_date(text).isoformat())
    if question.kind == "count_or_steady" and text.casefold() in _words_for_steady(language):
        return PilotAnswer(given, words="steady")
    ends = _RANGE.fullmatch(text)
    if ends is None:
        number = _read_number(question, text, language)
        low, high = _around(question, number)
        return PilotAnswer(given, number=number, low=low, high=high)
    if not question.margin:
        raise RequestError(
            Message("this is decided, and so is one number; found '{found}'", found=text)
        )
    low, high = (_read_number(question, end.strip(), language) for end in ends.groups())
    if low > high:
        raise RequestError(
            Message("a range goes from the lower number; found '{found}'", found=text)
        )
    middle = (low + high) / 2
    return PilotAnswer(given, number=_whole(question, middle), low=low, high=high)


def _words_for_steady(language: str) -> set[str]:
    return {say("first_steady", language), "steady"}


def _read_words(text: str) -> str:
    if not text or any(sign in text for sign in "{}\n"):
        raise RequestError(
            Message("expected a few words, without curly brackets; found '{found}'", found=text)
        )
    return text


def _read_date(text: str) -> date:
    try:
        return read_typed_date(text)
    except QuantityFault as fault:
        raise RequestError(message_of(fault)) from fault


def _read_number(question: PilotQuestion, text: str, language: str) -> float:
    number = _number_typed(text, language, of_100=question.kind == "of_100")
    whole = question.kind in ("count", "count_or_steady")
    if not question.least <= number <= question.most or (whole and number != int(number)):
        raise RequestError(
            Message(
                "expected a whole number from {least:,g} to {most:,g}, or '{steady}'; "
                "found '{found}'"
                if question.kind == "count_or_steady"
                else "expected a whole number from {least:,g} to {most:,g}; found '{found}'"
                if whole
                else "expected a number from {least:,g} to {most:,g}; found '{found}'",
                least=question.least,
                most=question.most,
                found=text,
                steady=say("first_steady", language),
            )
        )
    return number


def _number_typed(text: str, language: str, *, of_100: bool) -> float:
    """Return a number as it was typed; NaN for what is none, or could be two.

    A sign that sets thousands apart stands before three digits, everywhere; a point that may do so
    is no decimal sign where the language writes a comma.
    """
    signs = catalogue_of(language).numbers
    thousands = signs.thousands if signs.thousands in ",." else _SPACES
    own = re.escape(signs.decimal)
    whole = rf"\d+|[1-9]\d{{0,2}}(?:(?:{_SPACES}|{thousands})\d{{3}})+"
    plain = re.sub(rf"{_SPACES}*%$", "", text) if of_100 else text
    found = re.fullmatch(rf"({whole})(?:{own}(\d+))?", plain, re.ASCII)
    if found is None and signs.decimal != ".":
        # Three digits after a point may be thousands, unless nothing stands before it.
        found = re.fullmatch(r"(\d+)\.(\d{1,2}|\d{4,})|(0)\.(\d{3})", plain, re.ASCII)
    if found is None:
        return math.nan
    before, *after = (part for part in found.groups() if part is not None)
    return float(".".join([re.sub(r"\D", "", before), *after]))


def _around(question: PilotQuestion, number: float) -> tuple[float, float]:
    """Return between which numbers the truth may lie, where one number was said."""
    if not question.margin:
        return number, number
    reach = number * question.margin
    ends = (max(question.least, number - reach), min(question.most, number + reach))
    low, high = (_whole(question, float(f"{end:.2g}")) for end in ends)
    return min(low, number), max(high, number)


def _whole(question: PilotQuestion, number: float) -> float:
    return float(round(number)) if question.kind in ("count", "count_or_steady") else number


def name_of_flow(title: str) -> str:
    """Return a name for a flow, and for its file, that is made of its title."""
    letters = title.casefold().replace("æ", "ae").replace("ø", "o").replace("å", "a")
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "pilot"


def write_first_flow(answers: Mapping[str, PilotAnswer], language: str) -> str:
    """Return the text of a flow file.

    Parameters
    ----------
    answers : mapping of str to PilotAnswer
        An answer to each of `QUESTIONS`, by its key.
    language : str
        One of `LANGUAGES`: that of titles and remarks.
    """
    blanks = {
        "name": name_of_flow(answers["title"].words),
        "title": _quoted(answers["title"].words),
        "starts": answers["starts"].words,
        "arrivals": _arrivals(answers, language),
        "work_anyway": _with_range(answers["work_anyway"], _as_rate),
        "half_referred": f"{max(1, round(answers['referred'].number / 2))}",
        "guess": _quoted(say("first_guess", language)),
    }
    for key, form in _FORMS.items():
        blanks[key] = _with_range(answers[key], form)
    for key in _BY_KEY:
        blanks[f"said_{key}"] = _said(answers[key], language)
    words = {
        key.removeprefix("first_w_"): phrase
        for key, phrase in catalogue_of(language).phrases.items()
        if key.startswith("first_w_")
    }
    blanks |= {f"w_{key}": _quoted(phrase) for key, phrase in words.items()}
    # What a label says of a bound stays true when the bound is changed.
    for key, part in (("in_work", "at_least"), ("short_wait", "at_most")):
        bound = f"{{targets.{key}.{part}}}"
        blanks[f"w_{key}"] = _quoted(say(f"first_w_{key}", language, bound=bound))
    lines = [_remarked(line, language) for line in SKELETON.read_text("utf-8").splitlines()]
    return Template("\n".join(lines) + "\n").substitute(blanks)


def _plain(number: float) -> str:
    return f"{number:.10g}"


def _months(number: float) -> str:
    return f"{_plain(number)} months"


def _share(number: float) -> str:
    return f"{_plain(number)} %"


def _as_rate(of_100: float) -> str:
    """Return how fast so many of 100 are gone in a year."""
    speed = -math.log(1 - of_100 / 100) / MONTHS_OF_A_YEAR
    return f"{float(f'{100 * speed:.3g}'):g} % per month"


def _as_inflow(number: float) -> str:
    return f"{_plain(number)} per month"


# How the number of an answer is written in a flow file.
_FORMS = {
    "months": _plain,
    "clients": _plain,
    "referred": _plain,
    "attend": _share,
    "posts": _plain,
    "caseload": _plain,
    "stay": _months,
    "goal": _share,
}


def _with_range(answer: PilotAnswer, form: Callable[[float], str]) -> str:
    value, low, high = (form(number) for number in (answer.number, answer.low, answer.high))
    return f"{value}" if low == high else f"{value}, low: {low}, high: {high}"


def _arrivals(answers: Mapping[str, PilotAnswer], language: str) -> str:
    answer = answers["new_clients"]
    label = _quoted(say("first_w_new_clients", language))
    if math.isnan(answer.number):
        why = _quoted(say("first_as_many", language))
        half = _months(answers["months"].number / 2)
        return f"{{sum: {AS_MANY_AS_LEAVE.format(half=half)}, label: {label}, assumption: {why}}}"
    written = _with_range(answer, _as_inflow)
    return f"{{value: {written}, label: {label}, assumption: {_said(answer, language)}}}"


def _said(answer: PilotAnswer, language: str) -> str:
    return _quoted(say("first_said" if answer.given else "first_proposed", language))


def _quoted(words: str) -> str:
    """Return words as YAML has them, whatever signs they hold."""
    return json.dumps(words, ensure_ascii=False)


def _remarked(line: str, language: str) -> str:
    """Return a line of the skeleton; a remark in words, in as many lines as it takes."""
    remark = _REMARK.fullmatch(line)
    if remark is None:
        return line
    said = say(f"first_remark_{remark[1]}", language).replace("$", "$$")
    return "\n".join(f"# {part}" for part in textwrap.wrap(said, WIDTH))
