"""What was changed from a flow's file, and what a reader should know of it, in every language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Self

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_date, format_value, format_value_range
from pilotsim.model.changed_entries import CUT, ChangedEntry
from pilotsim.model.flow import Flow

__all__ = ["ToldChange", "shared_changes", "tell_changes"]

# What a file writes where there is nothing.
EMPTY = ("[]", "{}")
IS_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class ToldChange:
    """An entry that was changed from the file, as people read it.

    Parameters
    ----------
    path : str
        Where it stands in the file.
    label : Text
        What it is called.
    before, after : Text
        What the file says and what the run was made with.
    follows : bool
        Whether it was not set itself, but follows from what was.
    """

    path: str
    label: Text
    before: Text
    after: Text
    follows: bool = False

    def line(self, language: str) -> str:
        """Return it as one line: ``Places: 12 -> 22``, with an arrow."""
        return say(
            "changed_along" if self.follows else "changed_entry",
            language,
            label=self.label.in_language(language),
            before=self.before.in_language(language),
            after=self.after.in_language(language),
        )

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain content."""
        words = {"label": self.label, "before": self.before, "after": self.after}
        plain = {key: text.as_plain() for key, text in words.items()}
        return {"path": self.path, "follows": self.follows, **plain}

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Return the change that `as_plain` gave."""
        label, before, after = (Text.from_plain(plain[key]) for key in ("label", "before", "after"))
        return cls(plain["path"], label, before, after, plain["follows"])


def tell_changes(flow: Flow, entries: Iterable[ChangedEntry] | None = None) -> list[ToldChange]:
    """Return what stands otherwise in a flow than in its file, as people read it.

    Parameters
    ----------
    flow : Flow
        The flow as it was run.
    entries : iterable of ChangedEntry, optional
        Those to tell; all that the flow carries unless given.
    """
    return [
        ToldChange(
            entry.path,
            _in_every_language(partial(label_of_value, flow, entry.path)),
            _side(entry.before, entry.file_says, "as_in_the_file"),
            _side(entry.after, entry.run_says, "written_anew", entry.before),
            entry.follows,
        )
        for entry in (flow.changes if entries is None else entries)
    ]


def shared_changes(by_scenario: Mapping[str, Sequence[ToldChange]]) -> tuple[ToldChange, ...]:
    """Return the changes that every scenario has.

    Parameters
    ----------
    by_scenario : mapping of str to sequence of ToldChange
        What each scenario was changed in.
    """
    first, *others = list(by_scenario.values()) or [()]
    return tuple(change for change in first if all(change in own for own in others))


def _in_every_language(of: Callable[[str], str]) -> Text:
    return Text(**{code: of(code) for code in LANGUAGES})


def _side(value: Quantity | None, said: str, many: str, earlier: Quantity | None = None) -> Text:
    """Return one side of a change: a value with its range and later values, or what is written.

    Where that is more than a line of a file holds, the phrase for `many` says so. Of the number
    that an `earlier` value had as well, it is said that the range is gone: nothing else is.
    """
    if value is None:
        return _in_every_language(lambda code: _words(said, many, code))
    is_alone = earlier is not None and earlier.number == value.number
    lost = is_alone and earlier is not None and earlier.has_range and not value.has_range
    return _in_every_language(
        lambda code: (
            say("value_without_range", code, value=_value(value, code))
            if lost
            else _value(value, code)
        )
    )


def _words(said: str, many: str, language: str) -> str:
    if said.endswith(CUT):
        return say(many, language)
    if said in EMPTY:
        return say("nothing_left", language)
    if IS_DAY.fullmatch(said):
        return format_date(date.fromisoformat(said), language)
    return said or say("nothing_stated", language)


def _value(value: Quantity, language: str) -> str:
    text = format_value(value, language)
    if value.has_range:
        text += f" ({format_value_range(value, language)})"
    later = [
        say(
            "later_value",
            language,
            date=format_date(when, language),
            value=format_value(then, language),
        )
        for when, then in value.changes
    ]
    return ", ".join([text, *later])
