"""Words for people that a file gives in one language or in several.

Words may have blanks, such as `{groups.clients.stock}`: values of the flow in whose file they
stand. Which value is meant is known when the flow is built; how it is written, when the words are
put into a language, by whoever knows that language (`fill_blanks_by`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pilotsim.base.languages import LANGUAGES, READ_INSTEAD

__all__ = [
    "Blank",
    "Text",
    "fill_blanks_by",
    "inside",
    "is_whole_number",
    "no_sign_in",
    "printable",
    "upper_first",
]

# Everything that moves a terminal's cursor or a page's lines, and what is no sign at all, which XML
# does not hold; tabs and line ends apart.
_NO_SIGN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"
_NO_SIGNS = re.compile(f"[{_NO_SIGN}]")
# Those, marks that turn the direction of writing, and a line end that few programs know as one.
_UNPRINTABLE = re.compile(f"[{_NO_SIGN}\x85\u202a-\u202e\u2066-\u2069]")
_WHOLE_NUMBER = re.compile("[0-9]{1,15}")
_BLANK = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Blank:
    """What stands in a blank of some words.

    Parameters
    ----------
    value : object
        The value of the flow; it has words of its own, `written`, for where no language is known.
    decimals : int or None
        With how many decimals at most it is written; all it has for None.
    """

    value: Any
    decimals: int | None = None


def _as_written(blank: Blank, language: str) -> str:
    return str(blank.value.written)


_fill: list[Callable[[Blank, str], str]] = [_as_written]


def fill_blanks_by(write: Callable[[Blank, str], str]) -> None:
    """Let a function write what stands in blanks, in a language.

    `pilotsim.language` does so when it is imported. Until then a value stands as its file has it.
    """
    _fill[0] = write


@dataclass(frozen=True, init=False)
class Text:
    """Words for people, by language.

    Parameters
    ----------
    *plain : str
        Words in the order of `LANGUAGES`; a single one is for every language.
    **by_language : str
        Words by language.
    """

    words: tuple[tuple[str, str], ...]
    blanks: Mapping[str, Blank] = field(compare=False, repr=False)

    def __init__(self, *plain: str, **by_language: str) -> None:
        if len(plain) == 1 and not by_language:
            by_language = dict.fromkeys(LANGUAGES, plain[0])
        elif plain:
            by_language = {**dict(zip(LANGUAGES, plain, strict=False)), **by_language}
        object.__setattr__(self, "words", tuple(by_language.items()))
        object.__setattr__(self, "blanks", {})

    def names_of_blanks(self) -> Iterator[tuple[str, str]]:
        """Yield what each blank asks for, with the language of its words; none if all are alike."""
        are_alike = len({words for _, words in self.words}) == 1
        for language, words in self.words[:1] if are_alike else self.words:
            for name in _BLANK.findall(words):
                yield ("" if are_alike else language), name

    def fill(self, blanks: Mapping[str, Blank]) -> None:
        """Say what stands in the blanks, by what they ask for."""
        object.__setattr__(self, "blanks", dict(blanks))

    def _filled(self, words: str, language: str) -> str:
        """Return some of its words with their blanks filled in; others stay as they are."""
        if not self.blanks:
            return words

        def write(match: re.Match[str]) -> str:
            blank = self.blanks.get(match[1])
            return match[0] if blank is None else _fill[0](blank, language)

        return _BLANK.sub(write, words)

    def in_language(self, language: str) -> str:
        """Return the words in a language, else in a neighbouring one, else in the first given."""
        words = dict(self.words)
        for wanted in (language, READ_INSTEAD.get(language, "")):
            if wanted in words:
                return self._filled(words[wanted], wanted)
        return self._filled(self.words[0][1], self.words[0][0])

    def pieces_in(self, language: str) -> Iterator[tuple[str, str | None]]:
        """Yield the words in a language, piece by piece, each with what the blank after it asks.

        Blanks that nobody has filled are words.
        """
        words = dict(self.words)
        wanted = next(
            (one for one in (language, READ_INSTEAD.get(language, "")) if one in words), None
        )
        before = ""
        for number, piece in enumerate(_BLANK.split(words[wanted or self.words[0][0]])):
            if number % 2 == 0:
                before += piece
            elif piece in self.blanks:
                yield before, piece
                before = ""
            else:
                before += f"{{{piece}}}"
        if before:
            yield before, None

    def as_plain(self) -> dict[str, str]:
        """Return the words by language."""
        return {language: self._filled(words, language) for language, words in self.words}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Return the text that `as_plain` gave."""
        return cls(**{str(language): str(words) for language, words in plain.items()})

    def followed_by(self, other: Text, between: str) -> Text:
        """Return both as one sentence in each language: `These start: of the clients of 2014`."""
        return Text(
            **{
                language: self.in_language(language).rstrip(".")
                + between
                + inside(other.in_language(language))
                for language in LANGUAGES
            }
        )


def printable(text: str) -> str:
    """Return a text without signs that would steer a terminal or are not allowed on a page."""
    return _UNPRINTABLE.sub("", text)


def no_sign_in(text: str) -> str:
    """Return what stands in a text that no text has, by its code such as U+D800; else nothing."""
    found = _NO_SIGNS.search(text)
    return f"U+{ord(found[0]):04X}" if found else ""


def is_whole_number(text: str) -> bool:
    """Tell whether a text is a whole number in plain digits, and none that nobody counts to.

    `int` reads it. What `str.isdigit` takes for digits, such as a raised 2, it does not.
    """
    return _WHOLE_NUMBER.fullmatch(text) is not None


def inside(text: str) -> str:
    """Return words as they stand inside a sentence: small, unless an abbreviation begins them."""
    begins_with_abbreviation = re.match(r"\w*[A-ZÆØÅÄÖ0-9]\w*\b", text[1:])
    return text if begins_with_abbreviation else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Return words as they begin a sentence: the first letter large, all others as they are."""
    return text[:1].upper() + text[1:]
