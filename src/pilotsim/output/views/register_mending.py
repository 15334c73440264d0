"""What was mended in a data owner's file; no cell of it is in the document."""

from __future__ import annotations

from pilotsim import __version__
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.extract import few_or
from pilotsim.evaluation.register.mending import MendedRegister
from pilotsim.evaluation.register.panel import ReadingNote
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
    parts = {"read": format_number(found.rows_read, language, 0)} if found.tells_rows_read else {}
    rows = say(
        "mending_rows" if found.tells_rows_read else "mending_rows_written",
        language,
        **parts,
        written=format_number(found.rows_written, language, 0),
        clients=format_number(len(found.panel), language, 0),
        first=f"{months[0]:%Y-%m}",
        last=f"{months[-1]:%Y-%m}",
    )
    notes = [
        Paragraph.of(translate(note.says(_few_of(found, note)), language), role="note")
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
            "rows_read": found.rows_read if found.tells_rows_read else None,
            "rows_written": found.rows_written,
            "version": __version__,
        },
    )


def _few_of(found: MendedRegister, note: ReadingNote) -> int | Message:
    return few_or(int(note.clients.sum()), of=len(found.panel))


def _count_cell(told: int | Message, language: str) -> Cell:
    """Return in how many rows, or in words where few clients have them: then without a number."""
    if isinstance(told, Message):
        return Cell(translate(told, language))
    return Cell(format_number(told, language, 0), told)


def _mends(found: MendedRegister, language: str) -> list[Block]:
    if not found.mends:
        return [Paragraph.of(say("mending_nothing", language))]
    columns = [
        Column("kind", say("mending_what", language), is_shown=False, is_key=True),
        Column("column", say("mending_column", language)),
        Column("says", say("mending_what", language), wraps=True),
        Column("rows", say("mending_count", language), is_number=True),
        Column("told", say("clients_told", language), is_shown=False),
    ]
    rows = [
        Row(
            [
                Cell.of_value(mend.kind),
                Cell(mend.column or say("mending_whole", language), mend.column),
                Cell.of_text(say(f"mend_{mend.kind}", language)),
                _count_cell(told, language),
                Cell.of_value(
                    translate(told, language)
                    if isinstance(told, Message)
                    else say("is_shown", language)
                ),
            ]
        )
        for mend, told in zip(found.mends, found.told, strict=True)
    ]
    table = Table.of_rows("mends", say("mending_done", language), columns, rows)
    return [table, Paragraph.of(say("mending_privacy", language), role="note")]
