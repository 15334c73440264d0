"""What writers share about text."""

from __future__ import annotations

import re

__all__ = ["on_one_line", "printable"]

# Everything that moves a terminal's cursor or a page's lines, and marks that turn the direction of
# writing; tabs and line ends apart.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return a text without signs that would steer a terminal or are not allowed on a page."""
    return _CONTROL.sub("", text)


def on_one_line(text: str) -> str:
    """Return a text whose line ends and tabs are spaces; hard spaces stay."""
    return re.sub(r"[ \t\r\n]+", " ", printable(text)).strip(" ")
