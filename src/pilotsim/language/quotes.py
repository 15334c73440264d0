"""Quotation marks within quotation marks: what is quoted has inner ones of its own."""

from __future__ import annotations

__all__ = ["is_within_quotes", "with_inner_quotes"]

# Norwegian, English, and Swedish, where one sign both opens and closes.
OPENING = {"«": "‘", "“": "‘"}
CLOSING = "»”"
INNER = "’"


def is_within_quotes(text: str) -> bool:
    """Return whether a quotation that begins in a text is still open where the text ends."""
    return _followed(text)[1]


def with_inner_quotes(text: str) -> str:
    """Return a text with the quotation marks that it has within another one's.

    `Kurset «Klart jeg kan»` becomes `Kurset ‘Klart jeg kan’`.
    """
    return _followed(text)[0]


def _followed(text: str) -> tuple[str, bool]:
    """Return a text with inner marks in place of its outer ones, and whether one is left open."""
    signs = []
    is_open = False
    for sign in text:
        if sign in OPENING:
            signs.append(OPENING[sign])
            is_open = True
        elif sign in CLOSING:
            signs.append(INNER)
            # Where nothing is open, a closing sign opens in Swedish.
            is_open = sign == "”" and not is_open
        else:
            signs.append(sign)
    return "".join(signs), is_open
