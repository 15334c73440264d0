"""Two checks that were kept, beside each other."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim import __version__
from pilotsim.judge.kept_checks import KeptCheck, KeptComparison
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.document import Block, Cell, Column, Document, Paragraph, Row, Section, Table
from pilotsim.output.views.compared_plans import (
    apart_blocks,
    apart_records,
    lead_blocks,
    target_blocks,
    told_blocks,
    verdict_records,
)
from pilotsim.output.views.parts import command_block, text_column

__all__ = ["document_of_kept"]


def document_of_kept(
    found: KeptComparison, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return two kept checks beside each other as people read it.

    Parameters
    ----------
    found : KeptComparison
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called; empty where it was called from Python.
    with_figures : bool
        Whether figures are part of it; a screen shows none.
    """
    first, second = (check.name.in_language(language) for check in (found.first, found.second))
    names = (first, second)
    parts: tuple[tuple[str, str, Iterator[Block]], ...] = (
        ("answer", "compare_answer", _answer(found, names, language)),
        ("inputs", "compare_inputs", _inputs(found, names, language)),
        ("targets", "compare_targets", target_blocks(found, names, language, with_figures)),
        ("apart", "compare_uncompared", apart_blocks(found.uncompared, names, language)),
        ("made", "compare_made", _made(found, names, command, language)),
    )
    sections = [Section(name, say(key, language), tuple(blocks)) for name, key, blocks in parts]
    return Document(
        "comparison",
        say("compare_title", language, first=first, second=second),
        language,
        tuple(section for section in sections if section.blocks),
        {
            "version": __version__,
            "first": _record(found.first),
            "second": _record(found.second),
            "replications": found.replications,
            "targets": verdict_records(found.verdicts),
            "uncompared": apart_records(found.uncompared),
        },
    )


def _record(check: KeptCheck) -> dict[str, object]:
    return {"name": check.name.in_language("en"), "flow": check.flow, "seed": check.seed}


def _answer(found: KeptComparison, names: tuple[str, str], language: str) -> Iterator[Block]:
    yield from lead_blocks(found.verdicts, language)
    if found.first.flow != found.second.flow:
        yield Paragraph.of(say("compare_other_flow", language), role="warning")
    yield from told_blocks(found.verdicts, names, language)
    if found.first.fixed != found.second.fixed:
        yield Paragraph.of(say("compare_fixed_differs", language), role="warning")


def _inputs(found: KeptComparison, names: tuple[str, str], language: str) -> Iterator[Block]:
    """Yield what was changed in each check from its file, where that differs."""
    first, second = (
        {change.path: change for change in check.changes} for check in (found.first, found.second)
    )
    rows = []
    for path in dict.fromkeys([*first, *second]):
        there = second.get(path) or first[path]
        in_file = there.before.in_language(language)
        sides = [
            own[path].after.in_language(language) if path in own else in_file
            for own in (first, second)
        ]
        if sides[0] != sides[1]:
            label = Cell.of_text(there.label.in_language(language))
            rows.append(Row((label, *map(Cell.of_text, sides), Cell.of_value(path))))
    columns = (
        Column("what", say("compare_what", language), wraps=True),
        Column("first", names[0]),
        Column("second", names[1]),
        text_column("path", language, is_shown=False),
    )
    if rows:
        yield Table.of_rows("inputs", say("compare_inputs", language), columns, rows)
    is_same_file = found.first.made_of == found.second.made_of
    key = "compare_kept_same_file" if is_same_file else "compare_kept_other_file"
    yield Paragraph.of(say(key, language), role="note" if is_same_file else "warning")


def _made(
    found: KeptComparison, names: tuple[str, str], command: str, language: str
) -> Iterator[Block]:
    for name, check in zip(names, (found.first, found.second), strict=True):
        runs = format_number(check.replications, language, 0)
        yield Paragraph.of(
            say("compare_kept_runs", language, name=name, runs=runs, seed=check.seed), role="note"
        )
    yield Paragraph.of(
        say("compare_kept_note", language, runs=format_number(found.replications, language, 0)),
        role="note",
    )
    yield from command_block(command)
