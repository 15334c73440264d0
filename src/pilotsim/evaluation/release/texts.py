"""Sentences without counts of few clients, and without what such counts can be solved for from."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Any, overload

import numpy as np

from pilotsim.base.messages import Message
from pilotsim.evaluation.register.values import LEAST

# Where a sentence counts clients: a number, or a part that becomes one.
_COUNTED = (
    r"(?= (?:of (?:\{\w+\}|[0-9,]+) (?:clients|rows|spells)"
    r"|clients?|spells|have|lack|above|below)\b)"
)
# Where it counts them of others, of whom the rest would be told by it.
_OF = re.compile(r"\{(\w+)\} of \{(\w+)\} (?:clients|rows|spells)\b")
_NUMBER = re.compile(r"(?<![\w.,%])([0-9]+)" + _COUNTED)
_PART = re.compile(r"\{(\w+)\}" + _COUNTED)
SOME = Message("some")
ALL = Message("all")
# Words that count as a number would: one client; and nobody, or all.
_ONE = re.compile(r"\ba single client\b|(?<!more than )(?<!has )\bone client\b")
_ALL_OR_NOBODY = re.compile(
    r"\b(?:nobody|everybody|everyone|no client|does not vary|(?:is|are) alike|the same for every)"
)


def counts_in_words(text: str, *, with_all: bool = False) -> bool:
    """Return whether a sentence tells by a word that it is about exactly one client.

    An estimator that cannot work with one client says so; of two or three nothing is said, so that
    the word is the number.

    Parameters
    ----------
    text : str
        The sentence.
    with_all : bool
        Whether words for nobody and all count too: where few have an outcome, or lack it, they tell
        it of everybody.
    """
    template = text.template if isinstance(text, Message) else text
    if _ONE.search(template) or (with_all and _ALL_OR_NOBODY.search(template)):
        return True
    parts = text.parts.values() if isinstance(text, Message) else ()
    return any(counts_in_words(part, with_all=with_all) for part in parts if isinstance(part, str))


@overload
def hide_small_counts(text: Message, least: int = ...) -> Message: ...
@overload
def hide_small_counts(text: str, least: int = ...) -> str: ...
def hide_small_counts(text: str, least: int = LEAST) -> str:
    """Return a sentence without counts of few clients, which would give somebody away.

    A message stays one, with "fewer than" in place of such a part.
    """
    few = Message("fewer than {least}", least=least)
    if not isinstance(text, Message):
        return _NUMBER.sub(lambda found: few if 0 < int(found[1]) < least else found[1], text)
    counted = set(_PART.findall(text.template))
    nearly = {
        own for own, all_of in _OF.findall(text.template) if _is_nearly(text, own, all_of, least)
    }
    parts: dict[str, Any] = {}
    for name, part in text.parts.items():
        is_count = isinstance(part, int | np.integer) and name in counted
        if is_count and 0 < part < least:
            parts[name] = few
        elif name in nearly:
            parts[name] = Message("nearly all")
        else:
            parts[name] = hide_small_counts(part, least) if isinstance(part, str) else part
    return type(text)(text.template, **parts)


def _is_nearly(text: Message, own: str, all_of: str, least: int) -> bool:
    """Return whether a sentence counts all but a few of some clients."""
    part, whole = text.parts.get(own), text.parts.get(all_of)
    if not (isinstance(part, int | np.integer) and isinstance(whole, int | np.integer)):
        return False
    return 0 < whole - part < least


def hide_numbers(text: str, public: Container[int] = ()) -> str | None:
    """Return a sentence without any number that came from the data; None where nothing is left.

    Where few clients are lost or few have an outcome, any number beside them helps to work out how
    many. A count of clients becomes "some"; a sentence about an estimate or a share is not shown.

    Parameters
    ----------
    text : str
        The sentence.
    public : container of int
        Counts that anybody may know, such as all clients of both arms.
    """
    if not isinstance(text, Message):
        return None if re.search("[0-9]", text) else text
    counted = set(_PART.findall(text.template))
    wholes = {all_of for _, all_of in _OF.findall(text.template)}
    parts: dict[str, Any] = {}
    for name, part in text.parts.items():
        if isinstance(part, bool) or part is None:
            parts[name] = part
        elif isinstance(part, int | np.integer) and name in wholes:
            parts[name] = part if part in public else ALL
        elif isinstance(part, int | np.integer) and name not in counted:
            # Months, covariates, blocks.
            parts[name] = part
        elif isinstance(part, int | np.integer) and f"{{{name}}}" in text.template:
            parts[name] = part if part in public else SOME
        elif isinstance(part, str):
            inner = hide_numbers(part, public)
            if inner is None:
                return None
            parts[name] = inner
        else:
            return None
    return type(text)(text.template, **parts)


def verdict_alone(passed: bool | None) -> Message:
    """Return what may be said of a check whose numbers rest on few clients."""
    if passed is None:
        return Message("too few clients to show anything of it")
    if passed:
        return Message("No sign against it; the numbers rest on few clients and are not shown.")
    return Message("There are signs against it; the numbers rest on few clients and are not shown.")
