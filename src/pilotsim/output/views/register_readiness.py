"""What is right and wrong in a register for a plan; no cell of it is in the document."""

from __future__ import annotations

from pilotsim import __version__
from pilotsim.evaluation.readiness import RegisterReadiness
from pilotsim.language.catalogue import say, translate
from pilotsim.output.document import Block, Cell, Column, Document, Paragraph, Row, Section, Table

__all__ = ["document_of_register_readiness"]

SIGNS = {"right": "✓", "wrong": "✗", "note": "–"}


def document_of_register_readiness(found: RegisterReadiness, language: str) -> Document:
    """Return what was found, obstacles first.

    Parameters
    ----------
    found : RegisterReadiness
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    wrong = sum(one.judged == "wrong" for one in found.found)
    verdict = say("ready_yes", language)
    if wrong:
        verdict = say("ready_no", language, count=wrong)
    blocks: list[Block] = [_table(found, language)]
    if found.traits:
        said = say("ready_traits", language, traits=", ".join(found.traits))
        blocks.append(Paragraph.of(said, role="note"))
    return Document(
        kind="readiness",
        title=say("ready_title", language, plan=found.plan.plan),
        language=language,
        sections=[
            Section("verdict", "", [Paragraph.of(verdict, role="warning" if wrong else "lead")]),
            Section("found", say("ready_found", language), blocks),
        ],
        record={
            "file": found.file,
            "plan": found.plan.plan,
            "hash": found.plan.hash,
            "ready": found.is_ready,
            "findings": [
                {"judged": one.judged, "topic": one.topic, "says": str(one.says)}
                for one in found.found
            ],
            "version": __version__,
        },
    )


def _table(found: RegisterReadiness, language: str) -> Table:
    columns = [
        Column("judged", "", is_key=True),
        Column("verdict", say("ready_judged", language), is_shown=False),
        Column("topic", say("ready_topic", language)),
        Column("says", say("ready_says", language), wraps=True),
    ]
    rows = [
        Row(
            [
                Cell(SIGNS[one.judged], one.judged, "bad" if one.judged == "wrong" else "plain"),
                Cell.of_value(say(f"ready_{one.judged}", language)),
                Cell(say(f"topic_{one.topic}", language), one.topic),
                Cell.of_text(translate(one.says, language)),
            ]
        )
        for one in sorted(found.found, key=lambda one: one.judged != "wrong")
    ]
    return Table.of_rows("found", say("ready_found", language), columns, rows)
