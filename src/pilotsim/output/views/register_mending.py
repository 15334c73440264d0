"""What was mended in a data owner's file; no cell of it is in the document."""

from __future__ import annotations

from pilotsim import __version__
from pilotsim.evaluation.register.extract import few_or
from pilotsim.evaluation.register.mending import MendedRegister
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import format_number
from pilotsim.output.document import Block, Cell, Column, Document, Paragraph, Row, Section, Table

__all__ = ["document_of_mended_register"]


def document_of_mended_register(found: MendedRegister, language: str) -> Document:
    """Return the log of every mend as a document.

    Parameters
    ----------
    found : MendedRegister
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    months = found.panel.months
    rows = say(
        "mending_rows",
        language,
        read=format_number(found.rows_read, language, 0),
        written=format_number(found.rows_written, language, 0),
        clients=format_number(len(found.panel), language, 0),
        first=f"{months[0]:%Y-%m}",
        last=f"{months[-1]:%Y-%m}",
    )
    notes = [
        Paragraph.of(translate(note.says(few_or(int(note.clients.sum()))), language), role="note")
        for note in found.panel.notes
    ]
    return Document(
        kind="mending",
        title=say("mending_title", language, file=found.file),
        language=language,
        sections=[
            Section("rows", "", [Paragraph.of(rows, role="lead"), *notes]),
            Section("mends", say("mending_done", language), _mends(found, language)),
        ],
        record={
            "file": found.file,
            "mapping": found.mapping,
            "rows_read": found.rows_read,
            "rows_written": found.rows_written,
            "version": __version__,
        },
    )


def _mends(found: MendedRegister, language: str) -> list[Block]:
    if not found.mends:
        return [Paragraph.of(say("mending_nothing", language))]
    columns = [
        Column("kind", "kind", is_shown=False),
        Column("column", say("mending_column", language)),
        Column("says", say("mending_what", language), wraps=True),
        Column("rows", say("mending_count", language), is_number=True),
    ]
    rows = [
        Row(
            [
                Cell.of_value(mend.kind),
                Cell(mend.column or say("mending_whole", language), mend.column),
                Cell.of_text(say(f"mend_{mend.kind}", language)),
                Cell(format_number(mend.count, language, 0), mend.count),
            ]
        )
        for mend in found.mends
    ]
    table = Table.of_rows("mends", say("mending_done", language), columns, rows)
    return [table, Paragraph.of(say("mending_privacy", language), role="note")]
