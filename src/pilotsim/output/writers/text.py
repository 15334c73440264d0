"""What writers share about text."""

from __future__ import annotations

import re

from pilotsim.base.text import printable
from pilotsim.language.numbers import SPACE

__all__ = ["held", "in_tone", "on_one_line", "unbroken"]

_BEFORE_PER_CENT = re.compile(r"(?<=[0-9]) (?=%)")


def held(text: str) -> str:
    """Return a text in which no line breaks between a number and its per cent sign."""
    return _BEFORE_PER_CENT.sub(SPACE, text)


def unbroken(text: str) -> str:
    """Return a text whose line ends and tabs are spaces; those at its ends and hard ones stay."""
    return held(re.sub(r"[ \t\r\n]+", " ", printable(text)))


def in_tone(text: str, tone: str) -> str:
    """Return a text on one line; what is typed as it stands keeps the spaces that are typed."""
    if tone == "code":
        return re.sub(r"[ \t\r\n]+", " ", printable(text))
    return unbroken(text)


def on_one_line(text: str) -> str:
    """Return a text whose line ends and tabs are spaces; hard spaces stay."""
    return unbroken(text).strip(" ")
