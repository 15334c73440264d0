"""The catalogue of what the program says: one file a language, read once.

`<code>.toml` holds the language's way to write numbers and dates, the names of units, phrases by
key, and the sentences of faults, help and notes by the English sentence that stands in the program.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from typing import Any

from pilotsim.base.errors import message_of
from pilotsim.base.languages import check_language
from pilotsim.base.messages import Message
from pilotsim.language.quotes import is_within_quotes, with_inner_quotes

__all__ = [
    "Catalogue",
    "NumberStyle",
    "catalogue_of",
    "say",
    "translate",
    "translate_error",
    "translate_help",
]

ENGLISH = "en"
IDENTIFIERS = ("seed", "line", "year")  # whole numbers in phrases that count nothing


@dataclass(frozen=True)
class NumberStyle:
    """How a language writes numbers and dates.

    Parameters
    ----------
    decimal, thousands : str
        The signs between whole and broken parts, and between groups of three digits.
    separator : str
        What stands between the columns of a text file that the language's Excel opens.
    day : str
        A date: its day and its month with the year, in braces.
    """

    decimal: str
    thousands: str
    separator: str
    day: str


@dataclass(frozen=True)
class Catalogue:
    """All that the program says in one language.

    Parameters
    ----------
    name : str
        What the language calls itself.
    locale : str
        The language with the country whose ways it has, as office programs name it.
    numbers : NumberStyle
        How it writes numbers and dates.
    units : mapping of str to (str, str)
        Singular and plural of each unit of time, by its English singular.
    phrases : mapping of str to str
        Words and sentences by key; what stands in braces is filled in.
    messages : mapping of str to str
        Sentences by the English sentence in the program; empty for English itself.
    help : mapping of str to str
        Help on the command line, and what click says, by the English text; empty for English.
    """

    name: str
    locale: str
    numbers: NumberStyle
    units: Mapping[str, Sequence[str]]
    phrases: Mapping[str, str]
    messages: Mapping[str, str]
    help: Mapping[str, str]


@cache
def catalogue_of(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises
    ------
    RequestError
        The program does not speak this language.
    """
    file = Path(__file__).parent / f"{check_language(language)}.toml"
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    phrases: dict[str, str] = {}
    for section, said in content["phrases"].items():
        twice = phrases.keys() & said.keys()
        if twice:
            raise ValueError(f"{file.name}: [phrases.{section}] says again: {', '.join(twice)}")
        phrases.update(said)
    numbers = NumberStyle(**content["numbers"])
    return Catalogue(
        content["name"],
        content["locale"],
        numbers,
        content["units"],
        phrases,
        content.get("messages", {}),
        content.get("help", {}),
    )


def say(key: str, language: str, **parts: object) -> str:
    """Return one of the program's own phrases.

    Parameters
    ----------
    key : str
        The phrase: a verdict's word, a heading, a sentence.
    language : str
        One of `LANGUAGES`.
    **parts
        What goes into the braces of the phrase; messages are said in the same language, and whole
        numbers have their thousands set apart, but for those that count nothing (`IDENTIFIERS`).

    Raises
    ------
    RequestError
        The program does not speak this language.
    """
    phrase = catalogue_of(language).phrases[key]
    return _Writer(language, groups=True).vformat(phrase, (), parts) if parts else phrase


def translate(text: str, language: str) -> str:
    """Return a message in a language; other text, and what is not translated, unchanged."""
    if not isinstance(text, Message):
        return text
    template = catalogue_of(language).messages.get(text.template, text.template)
    return _fill(template, text.parts, language)


def translate_error(error: BaseException, language: str) -> str:
    """Return what an error says in a language, each fault of a file with its place."""
    return translate(message_of(error), language)


def translate_help(text: str, language: str) -> str:
    """Return a text of the command line's help, or one of click's, in a language.

    English, and what nobody has translated, is as it is.
    """
    return catalogue_of(language).help.get(text, text)


class _Writer(string.Formatter):
    """Fills in a sentence, its numbers as the language writes them."""

    def __init__(self, language: str, *, groups: bool = False) -> None:
        self._language, self._groups = language, groups
        self._before = self._name = ""

    def parse(self, format_string: Any) -> Iterable[tuple[str, str | None, str | None, str | None]]:
        for piece in super().parse(format_string):
            self._before += piece[0]
            yield piece

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        self._name = field_name
        return super().get_field(field_name, args, kwargs)

    def format_field(self, value: Any, spec: str) -> str:
        written = self._written(value, spec)
        return with_inner_quotes(written) if is_within_quotes(self._before) else written

    def _written(self, value: Any, spec: str) -> str:
        if "|" in spec:
            # What is counted, in the singular and the plural: "{count} {count:run|runs}".
            one, several = spec.split("|")
            return one if str(value) == "1" else several
        if isinstance(value, Message):
            return format(translate(value, self._language), spec)
        if isinstance(value, date) and not spec and self._language != ENGLISH:
            # In English a sentence is the one that stands in the program.
            return self._date(value)
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        is_count = is_number and isinstance(value, Integral) and self._name not in IDENTIFIERS
        written = format(value, "," if self._groups and is_count and not spec else spec)
        return _with_signs_of(self._language, written) if is_number else written

    def _date(self, when: date) -> str:
        catalogue = catalogue_of(self._language)
        month = catalogue.phrases["months"].split()[when.month - 1]
        return catalogue.numbers.day.format(day=when.day, month=f"{month} {when.year}")


def _fill(template: str, parts: Mapping[str, object], language: str) -> str:
    return _Writer(language).vformat(template, (), parts)


def _with_signs_of(language: str, written: str) -> str:
    """Return a number that Python wrote with the signs of a language."""
    style = catalogue_of(language).numbers
    if language == ENGLISH:
        return written
    signs = {",": style.thousands, ".": style.decimal, "-": "\u2212"}
    return "".join(signs.get(sign, sign) for sign in written)
