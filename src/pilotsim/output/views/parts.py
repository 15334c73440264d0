"""Parts that several views are made of: cells, figures, what a run was and what it rests on."""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from pilotsim.base.grades import Grade
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import inside
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_date,
    format_measure,
    format_number,
    format_p_value,
    format_probability,
    format_value,
    format_value_range,
    in_unit,
    join,
)
from pilotsim.model.flow import Flow
from pilotsim.output.document import Bound, Cell, Code, Column, Figure, Paragraph, Span, Tone
from pilotsim.output.figures import basis_of
from pilotsim.output.labels import format_source

__all__ = [
    "assumed_of",
    "command_block",
    "count_words",
    "drawn_paragraph",
    "facts_of",
    "figure_of",
    "filed_p",
    "grade_cell",
    "measure_cell",
    "number_cell",
    "own_sums_of",
    "p_cell",
    "probability_cell",
    "range_of",
    "run_paragraph",
    "source_spans",
    "text_column",
    "value_column",
]

# Smaller p-values are written as smaller than this, and chances nearer to 0 or 1 as so near.
LEAST_P, LEAST_CHANCE = 0.001, 0.01


def text_column(key: str, language: str, heading: str = "", **options: Any) -> Column:
    """Return a column of words; `heading` is a key of the catalogue, the column's unless given."""
    return Column(key, say(heading or key, language), **options)


def value_column(key: str, language: str, heading: str = "", **options: Any) -> Column:
    """Return a column of numbers, as `text_column`."""
    return Column(key, say(heading or key, language), is_number=True, **options)


def measure_cell(number: float, kind: str, language: str, *, half: float = math.nan) -> Cell:
    """Return a measured number: with its unit for people, in its kind's unit for spreadsheets.

    Parameters
    ----------
    number : float
        In the base unit of its kind.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    half : float
        Half its interval, where it is known: people see no decimal that is chance alone.
    """
    return Cell(format_measure(number, kind, language, half=half), in_unit(number, kind))


def number_cell(number: float, kind: str) -> Cell:
    """Return a number that is filed and not shown, in the unit of its kind."""
    return Cell.of_value(in_unit(number, kind))


def p_cell(p: float, language: str) -> Cell:
    """Return a p-value: what is too small to be written is a bound, in files as on a page."""
    filed = filed_p(p)
    return Cell(format_p_value(p, language), round(filed, 3) if isinstance(filed, float) else filed)


def filed_p(p: float) -> float | Bound | None:
    """Return a p-value as a file holds it: a bound where it is too small, None for none."""
    if math.isnan(p):
        return None
    return Bound(LEAST_P) if p < LEAST_P else float(p)


def probability_cell(probability: float, language: str) -> Cell:
    """Return a probability, which no data can show to be 0 or 1, in files as on a page."""
    text = format_probability(probability, language)
    if math.isnan(probability):
        return Cell(text)
    if not LEAST_CHANCE <= probability <= 1.0 - LEAST_CHANCE:
        is_upper = probability < LEAST_CHANCE
        return Cell(text, Bound(LEAST_CHANCE if is_upper else 1.0 - LEAST_CHANCE, is_upper))
    return Cell(text, round(probability, 2))


def grade_cell(grade: Grade, language: str, tone: Tone | None = None) -> Cell:
    """Return the word of a verdict, with the tone of its merit."""
    return Cell.of_text(say(grade.key, language), tone or grade.merit)


def count_words(counts: Counter[Grade], language: str) -> str:
    """Return how often each word was given, in the order of their scale: `2 treff og 1 utenfor`."""
    in_order = sorted(counts, key=lambda grade: grade.rank)
    return join([f"{counts[grade]} {say(grade.key, language)}" for grade in in_order], language)


def run_paragraph(flow: Flow, replications: int, seed: int, language: str) -> Paragraph:
    """Return the period that was simulated and measured, how often, and with which seed."""
    line = say(
        "run_line",
        language,
        first=format_date(flow.starts, language),
        last=format_date(flow.end - timedelta(days=1), language),
        length=format_value(flow.lasts, language),
        runs=format_number(replications, language, 0),
        seed=seed,
    )
    if flow.warm_up is not None:
        first = format_date(flow.counts_from, language)
        line = f"{line}. {say('measured_from', language, first=first)}"
    return Paragraph.of(line, role="note")


def drawn_paragraph(flow: Flow, language: str, *, fixed: bool) -> Paragraph:
    """Return whether the numbers are of the flow as written, or of one whose assumptions are drawn.

    Parameters
    ----------
    flow : Flow
        What was run.
    language : str
        One of `LANGUAGES`.
    fixed : bool
        Whether all assumptions stood at their values.
    """
    sentences = [say("held" if fixed else "drawn", language)]
    together = sum(len(members) for members in flow.drawn_together.values())
    if together:
        key = "held_together" if fixed else "drawn_together"
        sentences.append(say(key, language, count=together))
    return Paragraph.of(" ".join(sentences), role="note")


def source_spans(source: str | None, language: str) -> list[Span]:
    """Return where something was read, softly in brackets; nothing where nobody says."""
    return [Span(f" ({format_source(source, language)})", "soft")] if source else []


def command_block(command: str) -> list[Code]:
    """Return how a result was called for, to be copied; nothing where it was called from Python."""
    return [Code(command)] if command else []


def facts_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values that a source states as they stand, by path."""
    return {path: value for path, value in flow.values.items() if value.is_stated}


def own_sums_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values worked out from stated ones alone, which no source prints, by path."""
    return {
        path: value
        for path, value in flow.values.items()
        if value.is_own_sum and not hangs_on_assumptions(flow, value)
    }


def assumed_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values that somebody assumed, or that follow such a value, by path."""
    found = {}
    for path, value in flow.values.items():
        is_own = value.source is None and value.assumption is not None
        if is_own or (value.source is not None and hangs_on_assumptions(flow, value)):
            found[path] = value
    return found


def hangs_on_assumptions(flow: Flow, value: Quantity) -> bool:
    """Tell whether a value is worked out from others of which one at least was assumed."""
    if not value.follows:
        return False
    values = list(flow.values.values())
    behind = [values[slot] for slot in flow.moves(value) if slot != value.slot]
    return any(one.source is None and one.assumption is not None for one in behind)


def range_of(flow: Flow, value: Quantity, language: str) -> str:
    """Return the range of a value, or which values it follows; nothing where it has neither.

    Parameters
    ----------
    flow : Flow
        Whose value it is.
    value : Quantity
        The value.
    language : str
        One of `LANGUAGES`.
    """
    followed = [follower for follower in flow.followers if follower.slot == value.slot]
    if not followed:
        return format_value_range(value, language)
    if value.steady is not None:
        return say("keeps_steady", language)
    paths = list(flow.values)
    names = [label_of_value(flow, paths[slot], language) for slot in followed[0].slots.values()]
    return say("follows", language, names=join([inside(name) for name in names], language))


def figure_of(
    plot: Callable[..., Any],
    result: object,
    language: str,
    *,
    name: str = "",
    title: str = "",
    **options: Any,
) -> Figure:
    """Return a figure of a result, in the words of its own module.

    Parameters
    ----------
    plot : callable
        `plot_x` of a module that has an `alt_text` with the same parameters.
    result : object
        What it draws.
    language : str
        One of `LANGUAGES`.
    name : str, optional
        The name of its files; `x` of `plot_x` unless given.
    title : str, optional
        What it is; the phrase `figure_x` of the catalogue unless given.
    **options
        What `plot` and `alt_text` take beside.
    """
    own = plot.__name__.removeprefix("plot_")
    describe = sys.modules[plot.__module__].alt_text
    return Figure(
        name or own,
        title or say(f"figure_{own}", language),
        describe(result, language=language, **options),
        partial(plot, result, language=language, **options),
        basis=basis_of(plot, result, language),
    )
