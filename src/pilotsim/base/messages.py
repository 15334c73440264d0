"""Sentences that can be said in any language the program speaks.

A fault, a note or a help text is written in English where it arises, with its parts named, and is
an ordinary string there. What a reader of another language sees is looked up by the English
sentence when it is shown; see `pilotsim.language`.

>>> fault = Message("expected {wanted:,} rows; found {found:,}", wanted=1200, found=7)
>>> str(fault)
'expected 1,200 rows; found 7'
>>> fault.template
'expected {wanted:,} rows; found {found:,}'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Self

__all__ = ["Message", "either", "join_messages", "restore_message"]


class Message(str):
    """An English sentence that remembers what it was made of.

    Parameters
    ----------
    template : str
        The sentence in English, its parts in braces; the same for every case, since other languages
        find it by this.
    **parts
        What goes into the braces: names as they stand, numbers as numbers (each language writes
        them in its own way), and other messages.
    """

    __slots__ = ("parts", "template")

    template: str
    parts: Mapping[str, Any]

    def __new__(cls, template: str, /, **parts: Any) -> Self:
        """Return the sentence in English."""
        sentence = super().__new__(cls, template.format(**parts))
        sentence.template = template
        sentence.parts = MappingProxyType(parts)
        return sentence

    def __reduce__(self) -> tuple[Any, ...]:
        return restore_message, (type(self), self.template, dict(self.parts))


def restore_message(kind: type[Message], template: str, parts: Mapping[str, Any]) -> Message:
    """Return a message from what was kept of it."""
    return kind(template, **parts)


class _Sequence(Message):
    """Messages one after the other, each in whatever language is asked for."""

    __slots__ = ()


def join_messages(messages: Iterable[str], between: str = " ") -> Message:
    """Return messages as one, with a fixed text between them."""
    listed = list(messages)
    template = between.join(f"{{part{number}}}" for number in range(len(listed)))
    return _Sequence(template, **{f"part{number}": one for number, one in enumerate(listed)})


def either(choices: Iterable[str]) -> str:
    """Return what may be chosen from as a list with "or" before the last: ``a, b or c``."""
    *first, last = choices
    if not first:
        return last
    return Message("{first} or {last}", first=join_messages(first, ", "), last=last)
