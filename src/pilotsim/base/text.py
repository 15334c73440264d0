"""Words for people that a file gives in one language or in several."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pilotsim.base.languages import LANGUAGES, READ_INSTEAD

__all__ = ["Text", "inside"]


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

    def __init__(self, *plain: str, **by_language: str) -> None:
        if len(plain) == 1 and not by_language:
            by_language = dict.fromkeys(LANGUAGES, plain[0])
        elif plain:
            by_language = {**dict(zip(LANGUAGES, plain, strict=False)), **by_language}
        object.__setattr__(self, "words", tuple(by_language.items()))

    def in_language(self, language: str) -> str:
        """Return the words in a language, else in a neighbouring one, else in the first given."""
        words = dict(self.words)
        for wanted in (language, READ_INSTEAD.get(language, "")):
            if wanted in words:
                return words[wanted]
        return self.words[0][1]

    def as_plain(self) -> dict[str, str]:
        """Return the words by language."""
        return dict(self.words)

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


def inside(text: str) -> str:
    """Return words as they stand inside a sentence: small, unless an abbreviation begins them."""
    begins_with_abbreviation = re.match(r"\w*[A-ZÆØÅÄÖ0-9]\w*\b", text[1:])
    return text if begins_with_abbreviation else text[:1].lower() + text[1:]
