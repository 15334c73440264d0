"""Numbers in the sentences of checks, as people of a language write them."""

from __future__ import annotations

import math

from pilotsim.base.text import Text

SPACE, MINUS = "\u00a0", "\u2212"


def say(text: Text, language: str, **parts: object) -> str:
    """Return a sentence in a language, its parts filled in.

    Parts that are `Text` are put into the language too.
    """
    filled = {
        name: part.in_language(language) if isinstance(part, Text) else part
        for name, part in parts.items()
    }
    return text.in_language(language).format(**filled)


def number(value: float, language: str, decimals: int | None = None) -> str:
    """Return a number with a comma in Norwegian.

    Two digits that count unless decimals are asked for.
    """
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞"
    written = f"{value:.2g}" if decimals is None else f"{value:.{decimals}f}"
    written = f"{float(written):.0f}" if "e+" in written else written
    return (written.replace(".", ",") if language == "nb" else written).replace("-", MINUS)


def percent(share: float, language: str, decimals: int = 0) -> str:
    """Return a share in per cent."""
    return f"{number(100.0 * share, language, decimals)}{SPACE}%"
