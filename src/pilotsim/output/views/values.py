"""The values of a flow that can be set: where each stands, what it is called and what it is now."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.quantity import Quantity
from pilotsim.files.settable import SettableValues
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_date, format_value, format_value_range
from pilotsim.output.document import Cell, Document, Row, Section, Table
from pilotsim.output.views.parts import own_unit_cells, own_unit_columns, text_column

__all__ = ["document_of_values"]

# What is asked of a run, and what was published: nobody sets these to change the world.
ASKED = ("observed", "conflicts")


def document_of_values(settable: SettableValues, language: str) -> Document:
    """Return each value with its path, its name and its range, in the order of the file.

    Parameters
    ----------
    settable : SettableValues
        Which values.
    language : str
        One of `LANGUAGES`.
    """
    flow = settable.flow
    columns = (
        text_column("path", language),
        text_column("what", language, wraps=True),
        text_column("value", language, is_filed=False),
        text_column("range", language, "range_of", is_filed=False),
        *own_unit_columns(language),
    )
    rows = [
        Row(
            (
                Cell.of_text(path, "code"),
                *map(Cell.of_text, texts),
                *_own_unit(flow.values.get(path), language),
            )
        )
        for path, *texts in _all_values(settable, language)
        if _is_asked_for(settable, path, texts[0])
    ]
    title = say("values_that_can_be_set", language)
    table = Table.of_rows("values", title, columns, rows)
    record = {"flow": flow.flow, "asked_for": list(settable.words)}
    sections = (Section("values", title, (table,)),)
    return Document("values", flow.title.in_language(language), language, sections, record)


def _own_unit(value: Quantity | None, language: str) -> Iterator[Cell]:
    ends = (None,) * 3 if value is None else (value.number, value.low, value.high)
    return own_unit_cells(value, language, *ends)


def _all_values(settable: SettableValues, language: str) -> Iterator[tuple[str, str, str, str]]:
    flow = settable.flow
    yield "starts", say("start_date", language), format_date(flow.starts, language), ""
    for path, value in flow.values.items():
        if path.split(".")[0] not in ASKED and path not in flow.points_of_stays:
            label = label_of_value(flow, path, language)
            extent = format_value_range(value, language) if value.has_range else ""
            yield path, label, format_value(value, language), extent
    for name, stage in flow.stages.items():
        if stage.opens is not None and stage.opens.every is not None:
            label = flow.label_of("stages", name, language)
            first = stage.opens.first or flow.starts
            what = f"{label}: {say('first_opening', language)}"
            yield f"stages.{name}.opens.first", what, format_date(first, language), ""


def _is_asked_for(settable: SettableValues, path: str, label: str) -> bool:
    held = f"{path} {label}".lower()
    return all(word.lower() in held for word in settable.words)
