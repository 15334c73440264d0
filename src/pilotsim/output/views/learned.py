"""What was learned from a register, as people read it: numbers, and what stays open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.base.calendar import add_months
from pilotsim.base.quantity import Quantity, round_in_unit
from pilotsim.language.catalogue import say, translate
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_date,
    format_number,
    format_value,
    format_value_range,
    in_unit,
    unit_of_kind,
)
from pilotsim.learning.hold_out import HeldOutSeries
from pilotsim.learning.learned import LearnedFlow, LearnedPart, LearnedValue
from pilotsim.learning.length_curves import length_curves
from pilotsim.learning.stays import date_of
from pilotsim.learning.written import quantity_of, says_of_part
from pilotsim.output.document import (
    Block,
    Cell,
    Document,
    Figure,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.views.parts import command_block, number_cell, text_column, value_column

__all__ = ["document_of_learned_flow"]

# Below so many, clients could be known again.
SMALL = 5
# Digits that are shown of a number and of the ends of its interval.
SHOWN = 3


def document_of_learned_flow(
    found: LearnedFlow, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return what was learned from a register as people read it.

    Parameters
    ----------
    found : LearnedFlow
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for; empty where it was called from Python.
    with_figures : bool
        Whether the figure is part of it; without it no drawing library is started.
    """
    sections = [
        _head(found, language),
        _values(found, language),
        *([_lengths(found, language)] if with_figures else []),
        _held_out(found, language),
        _open(found, language),
        _families(found, language),
        Section("how_made", say("how_made", language), tuple(_how_made(command, language))),
    ]
    return Document(
        "learning",
        say("learned_title", language, title=found.flow.title.in_language(language)),
        language,
        tuple(section for section in sections if section.blocks),
        _record(found),
    )


def _how_made(command: str, language: str) -> Iterator[Block]:
    yield Paragraph.of(say("learned_method", language), role="note", is_brief=False)
    yield from command_block(command)


def _head(found: LearnedFlow, language: str) -> Section:
    stays = found.stays
    line = say(
        "learned_head",
        language,
        file=stays.file,
        cases=format_number(stays.cases, language, 0),
        stays=format_number(len(stays), language, 0),
        open=format_number(int((~stays.has_left).sum()), language, 0),
        first=format_date(date_of(stays.begins), language),
        last=format_date(date_of(stays.ends - 1e-6), language),
        learned=format_number(len(found.values), language, 0),
        left=format_number(len(found.left_open), language, 0),
    )
    notes = [Paragraph.of(translate(note, language), role="warning") for note in found.notes]
    if _has_small_counts(found):
        said = say("learned_small_counts", language, least=SMALL)
        notes.append(Paragraph.of(said, role="note"))
    return Section("head", "", (Paragraph.of(line, role="lead"), *notes))


def _has_small_counts(found: LearnedFlow) -> bool:
    """Tell whether a page shows counts by which clients could be known again."""
    counts = [count for part in found.parts for count in (part.unfinished, part.late)]
    if found.held_out is not None:
        counts += [int(count) for one in found.held_out.series for count in one.counted]
    return any(0 < count < SMALL for count in counts)


def _values(found: LearnedFlow, language: str) -> Section:
    columns = (
        text_column("name", language, is_shown=False),
        text_column("part", language, "learned_part", is_shown=False),
        text_column("value", language, wraps=True),
        text_column("unit", language, is_shown=False),
        value_column("before", language, "learned_before"),
        value_column("learned", language, "learned_value"),
        value_column("range", language, "learned_interval", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        value_column("events", language, "learned_events"),
        value_column("unfinished", language, "learned_unfinished", is_brief=False),
        value_column("late", language, "learned_late", is_brief=False),
    )
    groups = []
    for part in found.parts:
        rows = tuple(
            _row(found, part, value, language, is_first=k == 0)
            for k, value in enumerate(part.values)
        )
        groups.append(RowGroup(rows, (Span(_heading(found, part, language)),)))
    title = say("learned_values", language)
    if not groups:
        return Section("values", title, ())
    table = Table("learned", title, columns, tuple(groups))
    return Section("values", title, (table,))


def _lengths(found: LearnedFlow, language: str) -> Section:
    """Return each learned length on the curve that the register shows."""
    from pilotsim.output.figures import lengths

    curves = length_curves(found)
    heading = say("learned_lengths", language)
    if not curves:
        return Section("lengths", heading, ())
    figure = Figure(
        "lengths",
        lengths.title(found, curves, language),
        lengths.alt_text(found, curves, language),
        partial(lengths.plot_lengths, found, curves, language=language),
    )
    return Section("lengths", heading, (figure,))


def _heading(found: LearnedFlow, part: LearnedPart, language: str) -> str:
    says = says_of_part(part, found.flow, language)
    if part.family:
        says = say(
            "learned_with_family",
            language,
            says=says,
            family=say(f"family_{part.family}", language),
        )
    if part.kind == "arrivals" and "trend" in part.matters:
        says = say("learned_with_trend", language, says=says)
    return says


def _row(
    found: LearnedFlow, part: LearnedPart, value: LearnedValue, language: str, *, is_first: bool
) -> Row:
    kind, own = value.kind, quantity_of(part, value)
    low, middle, high = (
        round_in_unit(own, number, SHOWN) for number in (value.low, value.number, value.high)
    )
    return Row(
        (
            Cell.of_value(value.path),
            Cell.of_value(part.name),
            Cell.of_text(_label(found, value, language)),
            Cell.of_value(unit_of_kind(kind, language)),
            _before(found, value, language),
            Cell(format_value(own, language, middle), in_unit(value.number, kind), kind=kind),
            Cell(format_value_range(own, language, low, high)),
            number_cell(value.low, kind),
            number_cell(value.high, kind),
            _count(part.events, language, is_shown=is_first),
            _count(part.unfinished, language, is_shown=is_first),
            _count(part.late, language, is_shown=is_first),
        )
    )


def _count(count: int, language: str, *, is_shown: bool) -> Cell:
    """Return a count of the whole part, which people read once."""
    return Cell(format_number(count, language, 0) if is_shown else "", count)


def _label(found: LearnedFlow, value: LearnedValue, language: str) -> str:
    return label_of_value(found.flow, value.path, language)


def _before(found: LearnedFlow, value: LearnedValue, language: str) -> Cell:
    before: Quantity | None = value.before
    if before is None or before.follows:
        return Cell("–", None)
    return Cell(format_value(before, language), in_unit(before.number, before.kind))


def _open(found: LearnedFlow, language: str) -> Section:
    """Return what stays an assumption of the sketch, and why."""
    blocks: list[Block] = []
    if found.left_open:
        blocks.append(Paragraph.of(say("learned_open_note", language), role="note"))
        blocks.append(
            Listing(
                tuple(
                    Paragraph.of(
                        Span(label_of_value(found.flow, one.path, language), "strong"),
                        f": {translate(one.why, language)}",
                    )
                    for one in found.left_open
                )
            )
        )
    if found.flow.effects:
        blocks.append(Paragraph.of(say("learned_effects", language), role="note"))
    uneven = [part for part in found.parts if part.spread > 1.0]
    blocks += [
        Paragraph.of(
            say(
                "learned_uneven",
                language,
                says=says_of_part(part, found.flow, language),
                times=format_number(part.spread, language, 1),
            ),
            role="note",
        )
        for part in uneven
    ]
    return Section("open", say("learned_open", language), tuple(blocks))


def _held_out(found: LearnedFlow, language: str) -> Section:
    """Return how the forecast of the last months hit, with the naive one beside it."""
    held = found.held_out
    title = say("learned_held_out", language)
    if held is None:
        return Section("held_out", title, ())
    head = say(
        "learned_held_out_head",
        language,
        months=held.months,
        first=format_date(date_of(held.cut), language),
        hits=held.hits,
        counts=held.counts,
        missed=held.counts - held.hits,
    )
    entered = [one for one in held.series if one.kind == "entered"]
    naive = say(
        "learned_naive",
        language,
        hits=sum(one.naive_hits for one in entered),
        own=sum(one.hits for one in entered),
        counts=sum(len(one.counted) for one in entered),
    )
    columns = (
        text_column("stage", language, "learned_stage", is_shown=False, is_key=True),
        text_column("series", language, "learned_series", wraps=True),
        value_column("hits", language, "learned_hits"),
        value_column("misses", language, "learned_misses"),
        value_column("error", language, "learned_error"),
        value_column("naive_error", language, "learned_naive_error"),
    )
    rows = [
        Row(
            (
                Cell.of_value(one.stage),
                Cell.of_text(_series_label(found, one, language)),
                Cell(format_number(one.hits, language, 0), one.hits),
                Cell(
                    format_number(len(one.counted) - one.hits, language, 0),
                    len(one.counted) - one.hits,
                ),
                Cell(format_number(one.error, language, 1), one.error),
                Cell(format_number(one.naive_error, language, 1), one.naive_error),
            )
        )
        for one in held.series
    ]
    return Section(
        "held_out",
        title,
        (
            Paragraph.of(head),
            Paragraph.of(naive),
            Table.of_rows("held_out", title, columns, rows),
            _months(found, language),
            Paragraph.of(say("learned_held_out_note", language), role="note", is_brief=False),
        ),
    )


def _series_label(found: LearnedFlow, one: HeldOutSeries, language: str) -> str:
    label = found.flow.label_of("stages", one.stage, language)
    return say(f"learned_{one.kind}", language, label=label)


def _months(found: LearnedFlow, language: str) -> Table:
    """Return each month with its forecast, its band and what came."""
    held = found.held_out
    assert held is not None
    first = date_of(held.cut)
    columns = (
        text_column("series", language, "learned_series", wraps=True),
        text_column("month", language, "learned_month"),
        value_column("forecast", language, "learned_forecast"),
        value_column("band", language, "learned_band", is_filed=False),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        value_column("naive", language, "learned_naive_forecast"),
        value_column("counted", language, "learned_counted"),
        text_column("hit", language, "learned_inside"),
    )
    rows = []
    for one in held.series:
        for k in range(len(one.counted)):
            inside = bool(one.low[k] <= one.counted[k] <= one.high[k])
            rows.append(
                Row(
                    (
                        Cell.of_text(_series_label(found, one, language)),
                        Cell.of_text(f"{add_months(first, k):%Y-%m}"),
                        Cell(format_number(one.forecast[k], language, 1), float(one.forecast[k])),
                        Cell(
                            f"{format_number(one.low[k], language, 0)}–"
                            f"{format_number(one.high[k], language, 0)}"
                        ),
                        Cell.of_value(float(one.low[k])),
                        Cell.of_value(float(one.high[k])),
                        Cell(format_number(one.naive[k], language, 1), float(one.naive[k])),
                        Cell(format_number(one.counted[k], language, 0), float(one.counted[k])),
                        Cell(
                            say("learned_hit" if inside else "learned_missed", language),
                            inside,
                            "plain" if inside else "poor",
                        ),
                    )
                )
            )
    title = say("learned_by_month", language)
    return Table.of_rows("held_out_months", title, columns, rows, is_brief=False, has_title=True)


def _families(found: LearnedFlow, language: str) -> Section:
    """Return which families of lengths were compared, and by how much each fits worse."""
    columns = (
        text_column("stage", language, "learned_stage"),
        text_column("family", language, "learned_family"),
        value_column("bic", language, "learned_bic"),
    )
    rows = [
        Row(
            (
                Cell.of_text(found.flow.label_of("stages", part.about, language)),
                Cell(say(f"family_{one.name}", language), one.name),
                Cell(format_number(one.bic, language, 1), one.bic),
            )
        )
        for part in found.parts
        for one in part.compared
    ]
    title = say("learned_families", language)
    if not rows:
        return Section("families", title, ())
    table = Table.of_rows("families", title, columns, rows, is_brief=False)
    note = Paragraph.of(say("learned_families_note", language), role="note", is_brief=False)
    return Section("families", title, (table, note))


def _record(found: LearnedFlow) -> dict[str, Any]:
    stays = found.stays
    return {
        "flow": found.flow.flow,
        "file": stays.file,
        "cases": stays.cases,
        "stays": len(stays),
        "begins": date_of(stays.begins).isoformat(),
        "ends": date_of(stays.ends).isoformat(),
        "parts": [
            {
                "name": part.name,
                "kind": part.kind,
                "about": part.about,
                "family": part.family or None,
                "events": part.events,
                "unfinished": part.unfinished,
                "late": part.late,
                "matters": list(part.matters),
                "values": [
                    {
                        "path": value.path,
                        "kind": value.kind,
                        "number": value.number,
                        "low": value.low,
                        "high": value.high,
                    }
                    for value in part.values
                ],
            }
            for part in found.parts
        ],
        "held_out": _held_out_record(found),
        "left_open": [{"path": one.path, "why": str(one.why)} for one in found.left_open],
        "version": __version__,
    }


def _held_out_record(found: LearnedFlow) -> dict[str, Any] | None:
    held = found.held_out
    if held is None:
        return None
    return {
        "from": date_of(held.cut).isoformat(),
        "months": held.months,
        "replications": held.replications,
        "counts": held.counts,
        "hits": held.hits,
        "series": [
            {
                "stage": one.stage,
                "kind": one.kind,
                "hits": one.hits,
                "error": one.error,
                "naive_error": one.naive_error,
            }
            for one in held.series
        ],
    }
