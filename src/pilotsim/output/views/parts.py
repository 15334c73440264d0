"""Parts that several views are made of: cells, figures, what a run was and what it rests on."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any

from pilotsim.base.grades import Grade
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval
from pilotsim.base.text import inside
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    SPACE,
    format_change,
    format_date,
    format_measure,
    format_number,
    format_p_value,
    format_probability,
    format_value,
    format_value_range,
    in_own_unit,
    in_unit,
    join,
)
from pilotsim.model.flow import Flow
from pilotsim.output.document import Bound, Cell, Code, Column, Figure, Paragraph, Span, Tone
from pilotsim.output.figures import basis_of
from pilotsim.output.labels import format_source

__all__ = [
    "assumed_of",
    "change_cell",
    "command_block",
    "drawn_paragraph",
    "facts_of",
    "figure_of",
    "filed_p",
    "founded_of",
    "grade_cell",
    "grounds_of",
    "kind_of_change",
    "margin_cell",
    "measure_cell",
    "number_cell",
    "own_sums_of",
    "own_unit_cells",
    "own_unit_columns",
    "p_cell",
    "plain_of",
    "probability_cell",
    "range_of",
    "run_paragraph",
    "source_spans",
    "text_column",
    "value_column",
]

# Smaller p-values are written as smaller than this, and chances nearer to 0 or 1 as so near.
LEAST_P, LEAST_CHANCE = 0.001, 0.01
NO_ERROR, LEAST_ERROR = 1e-9, 0.1


def text_column(key: str, language: str, heading: str = "", **options: Any) -> Column:
    """Return a column of words; `heading` is a key of the catalogue, the column's unless given."""
    return Column(key, say(heading or key, language), **options)


def value_column(key: str, language: str, heading: str = "", **options: Any) -> Column:
    """Return a column of numbers, as `text_column`."""
    return Column(key, say(heading or key, language), is_number=True, **options)


def interval_record(interval: Interval) -> list[float]:
    """Return an estimate and the ends of its interval, for programs."""
    return [interval.mean, interval.low, interval.high]


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
    text = format_measure(number, kind, language, half=half)
    return Cell(text, in_unit(number, kind), kind=kind)


def margin_cell(half: float, kind: str, language: str) -> Cell:
    """Return half an interval of a mean, as people read it after a plus and minus.

    Parameters
    ----------
    half : float
        In the base unit of its kind; a share's is shown in percentage points.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    """
    # What is the same in every run but for the last bits of a sum has no error.
    half = 0.0 if half < NO_ERROR else half
    digits = format_change(half, kind, language, with_unit=False).lstrip("+")
    if math.isnan(half) or half == 0.0:
        text = digits
    elif any(digit in digits for digit in "123456789"):
        text = f"±{SPACE}{digits}"
    else:
        text = f"<{SPACE}{format_number(LEAST_ERROR, language, 1)}"
    return Cell(text, in_unit(half, kind), kind=kind_of_change(kind))


def number_cell(number: float, kind: str) -> Cell:
    """Return a number that is filed and not shown, in the unit of its kind."""
    return Cell.of_value(in_unit(number, kind), kind)


def own_unit_cells(value: Quantity | None, language: str, *numbers: float | None) -> Iterator[Cell]:
    """Yield numbers of a value in the unit in which the file writes it, and then the unit.

    Nothing stands where there is no value, no number, or one without end.
    """
    unit = None
    for number in numbers:
        known = value is not None and number is not None and math.isfinite(number)
        if value is None or number is None or not known:
            yield Cell.of_value(None)
            continue
        size, unit = in_own_unit(value, language, number)
        yield Cell.of_value(float(f"{size:.6g}"))
    yield Cell.of_value(unit or None)


def own_unit_columns(language: str) -> tuple[Column, ...]:
    """Return filed columns of a value and its range in its own unit, as `own_unit_cells` fills."""
    return (
        value_column("value_number", language, "value", is_shown=False),
        value_column("value_low", language, "value_low", is_shown=False),
        value_column("value_high", language, "value_high", is_shown=False),
        text_column("value_unit", language, is_shown=False),
    )


def change_cell(number: float, kind: str) -> Cell:
    """Return a difference that is filed and not shown; of shares it is in percentage points."""
    return Cell.of_value(in_unit(number, kind), kind_of_change(kind))


def kind_of_change(kind: str) -> str:
    """Return what a difference of numbers of a kind is a number of."""
    return "points" if kind == "share" else kind


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


def run_paragraph(flow: Flow, replications: int, language: str) -> Paragraph:
    """Return the period that was simulated and measured, and how often."""
    line = say(
        "run_line",
        language,
        first=format_date(flow.starts, language),
        last=format_date(flow.end - timedelta(days=1), language),
        length=format_value(flow.lasts, language),
        runs=format_number(replications, language, 0),
    )
    if flow.starts_from is not None:
        length = format_value(flow.starts_from.long_run, language)
        line = f"{line}. {say('starts_from_long_run', language, length=length)}"
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
    return {path: value for path, value in founded_of(flow).items() if value.is_stated}


def founded_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values of a flow by path, a length that was made of stays as their mean."""
    found = {path: one for path, one in flow.values.items() if path not in flow.points_of_stays}
    means = {f"{path}.mean": one.observed_mean for path, one in flow.lengths_from_stays.items()}
    return {**found, **means}


def grounds_of(flow: Flow, path: str, words: str, language: str) -> str:
    """Return why a value is as it is; of a length that was made of stays, of how many as well.

    Parameters
    ----------
    flow : Flow
        Whose value it is.
    path : str
        As `founded_of` has it.
    words : str
        Its source or its assumption.
    language : str
        One of `LANGUAGES`.
    """
    length = flow.lengths_from_stays.get(path.removesuffix(".mean"))
    if length is None or length.lengths_from is None:
        return words
    stays = format_number(length.lengths_from.stays or 0, language, 0)
    file = length.lengths_from.file
    return say("grounds_observed", language, words=words, stays=stays, file=file)


def plain_of(flow: Flow) -> list[str]:
    """Return the paths of the values that rest on nothing that the file says."""
    return [path for path, value in founded_of(flow).items() if value.is_plain]


def own_sums_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values worked out from stated ones alone, which no source prints, by path."""
    return {
        path: value
        for path, value in founded_of(flow).items()
        if value.is_own_sum and not hangs_on_assumptions(flow, value)
    }


def assumed_of(flow: Flow) -> dict[str, Quantity]:
    """Return the values that somebody assumed, or that follow such a value, by path."""
    found = {}
    for path, value in founded_of(flow).items():
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
    **options: Any,
) -> Figure:
    """Return a figure of a result, in the words of its own module.

    Parameters
    ----------
    plot : callable
        `plot_x` of a module that has a `title` and an `alt_text` with the same parameters.
    result : object
        What it draws.
    language : str
        One of `LANGUAGES`.
    name : str, optional
        The name of its files; `x` of `plot_x` unless given.
    **options
        What `plot`, `title` and `alt_text` take beside.
    """
    own = plot.__name__.removeprefix("plot_")
    own_module = sys.modules[plot.__module__]
    return Figure(
        name or own,
        own_module.title(result, language=language, **options),
        own_module.alt_text(result, language=language, **options),
        partial(plot, result, language=language, **options),
        basis=basis_of(plot, result, language),
    )
