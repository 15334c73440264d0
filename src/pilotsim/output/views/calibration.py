"""A calibration as people read it: the values, what the figures leave open, what was held out."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim import __version__
from pilotsim.base.quantity import round_in_unit
from pilotsim.judge.posterior import Calibration, Direction, FittedParameter
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_measure,
    format_number,
    format_value,
    format_value_range,
    in_unit,
    join,
    unit_of_kind,
)
from pilotsim.output.document import Block, Cell, Document, Paragraph, Row, Section, Table
from pilotsim.output.views.comparisons import (
    comparison_notes,
    comparison_records,
    comparison_table,
)
from pilotsim.output.views.parts import (
    command_block,
    grade_cell,
    number_cell,
    text_column,
    value_column,
)

__all__ = ["document_of_calibration"]

RISES, FALLS = "↑", "↓"


def document_of_calibration(
    calibration: Calibration, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return a calibration as people read it.

    Parameters
    ----------
    calibration : Calibration
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for; empty where it was called from Python.
    with_figures : bool
        As for other views; a calibration has none.
    """
    del with_figures
    how_made: list[Block] = [*command_block(command)]
    sections = [
        _head(calibration, language),
        _values(calibration, language),
        _open(calibration, language),
        _held_out(calibration, language),
        Section("how_made", say("how_made", language), tuple(how_made)),
    ]
    return Document(
        "calibration",
        calibration.flow.title.in_language(language),
        language,
        tuple(section for section in sections if section.blocks),
        _record(calibration),
    )


def _head(found: Calibration, language: str) -> Section:
    line = say(
        "calibration_head",
        language,
        count=len(found.fitted_to),
        names=join(list(found.fitted_to), language),
        runs=format_number(found.runs, language, 0),
        replications=format_number(found.replications, language, 0),
        seed=found.seed,
    )
    return Section("head", "", (Paragraph.of(line),))


def _values(found: Calibration, language: str) -> Section:
    columns = (
        text_column("name", language, is_shown=False),
        text_column("value", language, wraps=True),
        text_column("unit", language, is_shown=False),
        value_column("before", language),
        value_column("fitted", language, "fitted_value"),
        value_column("range", language, "nine_in_ten", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        value_column("width", language, "width_left", is_shown=False),
        text_column("verdict", language),
    )
    rows = [_value_row(found, one, language) for one in found.parameters]
    table = Table.of_rows("parameters", say("fitted_values", language), columns, rows)
    return Section("values", say("fitted_values", language), (table,))


def _value_row(found: Calibration, one: FittedParameter, language: str) -> Row:
    kind = one.before.kind
    low, middle, high = (round_in_unit(one.before, end) for end in (one.low, one.number, one.high))
    label = label_of_value(found.flow, one.path, language)
    return Row(
        (
            Cell.of_value(one.path),
            Cell.of_text(label),
            Cell.of_value(unit_of_kind(kind, language)),
            Cell(format_value(one.before, language), in_unit(one.before.number, kind), kind=kind),
            Cell(format_value(one.before, language, middle), in_unit(one.number, kind), kind=kind),
            Cell(format_value_range(one.before, language, low, high)),
            number_cell(one.low, kind),
            number_cell(one.high, kind),
            Cell.of_value(one.width),
            grade_cell(one.grade, language),
        )
    )


def _open(found: Calibration, language: str) -> Section:
    blocks: list[Block] = [Paragraph.of(sentence) for sentence in _what_is_open(found, language)]
    blocks.append(Paragraph.of(_fit_of(found, language), role="note"))
    if found.fits_badly:
        blocks.append(Paragraph.of(say("calibration_poor", language), role="warning"))
    return Section("open", say("what_is_open", language), tuple(blocks))


def _what_is_open(found: Calibration, language: str) -> Iterator[str]:
    """Yield in words what the figures cannot tell apart."""
    for one, other, correlation in found.pairs:
        yield say(
            "calibration_apart",
            language,
            one=label_of_value(found.flow, one, language),
            other=label_of_value(found.flow, other, language),
            correlation=format_number(correlation, language, 2),
            way=say("less" if correlation < 0 else "more", language),
        )
    for direction in found.directions:
        yield _in_words(found, direction, language)
    if not found.pairs and not found.directions:
        yield say("calibration_nothing_open", language)


def _in_words(found: Calibration, direction: Direction, language: str) -> str:
    width = format_measure(min(1.0, direction.width), "share", language)
    labels = [label_of_value(found.flow, path, language) for path in direction.weights]
    if len(labels) == 1:
        # Nothing moves together with it.
        return say("calibration_direction_one", language, name=labels[0], width=width)
    moves = [
        f"{label} {RISES if weight > 0 else FALLS}"
        for label, weight in zip(labels, direction.weights.values(), strict=True)
    ]
    return say("calibration_direction", language, moves=join(moves, language), width=width)


def _fit_of(found: Calibration, language: str) -> str:
    """Return how well the model fits the figures, and how exact the fit is."""
    return say(
        "calibration_misfit",
        language,
        misfit=format_number(found.misfit, language),
        expected=max(0, len(found.fitted_to) - len(found.parameters)),
        error=format_measure(max(found.surrogate_error.values()), "share", language),
        effective=format_number(found.effective, language, 0),
    )


def _held_out(found: Calibration, language: str) -> Section:
    table = comparison_table(found.comparisons, language, replications=found.replications)
    notes = comparison_notes(found.comparisons, language, replications=found.replications)
    return Section("published", say("calibration_held_out", language), (table, *notes))


def _record(found: Calibration) -> dict[str, object]:
    return {
        "flow": found.flow.flow,
        "version": __version__,
        "seed": found.seed,
        "replications": found.replications,
        "runs": found.runs,
        "fitted_to": list(found.fitted_to),
        "misfit": found.misfit,
        "fits_badly": found.fits_badly,
        "effective": found.effective,
        "surrogate_error": dict(found.surrogate_error),
        "parameters": [
            {
                "path": one.path,
                "before": one.before.number,
                "number": one.number,
                "low": one.low,
                "high": one.high,
                "width": one.width,
                "word": one.word,
            }
            for one in found.parameters
        ],
        "correlations": found.correlations,
        "directions": [
            {"width": one.width, "weights": dict(one.weights)} for one in found.directions
        ],
        "comparisons": comparison_records(found.comparisons),
    }
