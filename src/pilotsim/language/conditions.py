"""Conditions on the state of a run, in words: with the labels of the stages and resources."""

from __future__ import annotations

from pilotsim.base.text import inside
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.model.conditions import (
    COUNTS,
    FUNCTION,
    LOGIC,
    NUMBER,
    OF_STAGES,
    SUMS,
    WHOLE,
    Term,
    read_condition,
)
from pilotsim.model.flow import Flow

SIGNS = {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠", "-": "−", "*": "×"}


def condition_in_words(flow: Flow, text: str, language: str) -> str:
    """Return what a condition says: `waiting for Work box > 20`.

    Parameters
    ----------
    flow : Flow
        Whose it is.
    text : str
        The condition as the file has it.
    language : str
        One of `LANGUAGES`.
    """
    return _in_words(flow, read_condition(text), language)


def _in_words(flow: Flow, term: Term, language: str) -> str:
    if term.what == NUMBER and term.type == "share":
        return f"{format_number(100 * term.number // WHOLE, language, 0)}\u00a0%"
    if term.what == NUMBER:
        return format_number(term.number, language, 0)
    if term.what in COUNTS:
        kind = "stages" if term.what in OF_STAGES else "resources"
        name = inside(flow.label_of(kind, term.of, language)) if term.of else ""
        return say(f"state_{term.what}", language, name=name)
    parts = [_in_words(flow, part, language) for part in term.parts]
    if term.what == FUNCTION:
        return f"{term.of} ({'; '.join(parts)})"
    if term.what in ("min", "max"):
        return f"{say(f'state_{term.what}', language)} ({'; '.join(parts)})"
    parts = [
        f"({words})" if len(part.parts) > 1 and part.what in (*SUMS, *LOGIC) else words
        for words, part in zip(parts, term.parts, strict=True)
    ]
    sign = SIGNS.get(term.what, term.what)
    if term.what in LOGIC:
        sign = say(f"state_{term.what}", language)
    return f"{sign} {parts[0]}" if len(parts) == 1 else f" {sign} ".join(parts)
