"""What a figure found, in one sentence: its title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pilotsim.language.catalogue import say

__all__ = ["MAX_TITLE", "first_sentence", "fit_title", "shorten"]

# Where a sentence ends: before a capital, so that abbreviations and dates go on.
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-ZÆØÅÄÖ«“])")
MAX_TITLE = 150  # letters of a title, so that it is read at a glance and fills two lines


def first_sentence(words: str) -> str:
    """Return the first sentence of some words, without its full stop."""
    return _SENTENCE_END.split(words, maxsplit=1)[0].rstrip(".")


def shorten(words: str, room: int) -> str:
    """Return words cut after one of them, with dots, where they are longer than there is room.

    Parameters
    ----------
    words : str
        What is to be cut.
    room : int
        How many letters there is room for, the dots among them.
    """
    words = words.rstrip(".")
    if len(words) <= room:
        return words
    kept = words[: max(1, room - 1)]
    whole, space, _ = kept.rpartition(" ")
    return (whole if space else kept).rstrip(" ,;:–(«“") + "…"


def fit_title(key: str, language: str, long: Iterable[str] = (), **parts: Any) -> str:
    """Return a phrase that is no longer than a title may be.

    Parameters
    ----------
    key : str
        The phrase.
    language : str
        One of `LANGUAGES`.
    long : iterable of str
        Which of its parts are shortened, all to the same length, where they leave no room.
    **parts
        What goes into its braces.
    """
    names = list(long)
    room = MAX_TITLE
    while True:
        own = {name: shorten(str(parts[name]), room) for name in names}
        title = say(key, language, **{**parts, **own})
        if len(title) <= MAX_TITLE or room <= MAX_TITLE // 10 or not names:
            return title
        room -= 2
