"""Elements of a page whose texts can be exchanged for those of another language."""

from __future__ import annotations

import re
from html import escape

from pilotsim.base.text import printable

__all__ = ["SpokenHtml"]

# A range, which a line does not end in.
RANGE = re.compile(r"(?<=\d)\u2013(?=\d)")
JOINER = "\u2060"


class SpokenHtml:
    """Makes elements, and keeps their texts in the order in which they are made.

    A page that is made once for each language has the same elements each time; so the script finds
    the text of an element by its number, and puts that of another language in its place.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []

    def text(self, tag: str, text: str, **attributes: str) -> str:
        """Return an element that holds a text and nothing else.

        Parameters
        ----------
        tag : str
            Its name.
        text : str
            What it says.
        **attributes : str
            Its attributes: `id`, `class_` for `class`, and `data_x` for `data-x`.
        """
        given = _attributes(attributes)
        return f'<{tag} data-said="{self._keep(text)}"{given}>{_safe(text)}</{tag}>'

    def label(self, text: str) -> str:
        """Return attributes that name the element in whose tag they stand for who cannot see it."""
        return f' aria-label="{_safe(text)}" data-said-label="{self._keep(text)}"'

    def cell(self, text: str) -> str:
        """Return attributes that say what a cell holds where there is no room for a heading."""
        label = text if text.endswith("?") else f"{text}:"
        return f' data-label="{_safe(label)}" data-said-cell="{self._keep(label)}"'

    def _keep(self, text: str) -> int:
        self.texts.append(_written(text))
        return len(self.texts) - 1


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{_safe(value)}"'
        for name, value in attributes.items()
        if value
    )


def _safe(text: str) -> str:
    return escape(_written(text))


def _written(text: str) -> str:
    """Return what a reader sees, with nothing that hides or ends a line within a range."""
    return RANGE.sub(lambda dash: dash[0] + JOINER, printable(text))
