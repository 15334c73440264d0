"""What stands before any result: what was changed from the file, and what has no effect in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pilotsim.base.errors import Notice
from pilotsim.language.catalogue import say
from pilotsim.output.document import (
    Block,
    Document,
    Figure,
    Listing,
    Paragraph,
    Section,
)
from pilotsim.output.sentences.changes import (
    change_lines,
    changed_note,
    changes_of,
    flows_of,
    notice_line,
    notices_of,
    runs_note,
    scenario_told,
)

__all__ = ["with_preface"]


def with_preface(document: Document, result: object) -> Document:
    """Return a result's document with what must be read first, and every figure told as well.

    Parameters
    ----------
    document : Document
        The result as its view shows it.
    result : object
        The result, which carries what was changed (`changes_of`).
    """
    language = document.language
    changes = Section("preface", "", tuple(_changes(result, language)))
    notices = Section("notices", "", tuple(_notices(result, language)))
    note = changed_note(result, language)
    sections = tuple(document.sections)
    runs = runs_note(result, language)
    sections = tuple(_told(section, note, runs) for section in sections)
    # What was changed stands first; remarks on the file leave the first place to the answer.
    answer = next((k + 1 for k, one in enumerate(sections) if one.name == "answer"), 0)
    if notices.blocks:
        sections = (*sections[:answer], notices, *sections[answer:])
    if changes.blocks:
        sections = (changes, *sections)
    return replace(
        document,
        sections=sections,
        record={**document.record, **_record(result)} if _has_flow(result) else document.record,
        changed=note,
    )


def _has_flow(result: object) -> bool:
    return bool(flows_of(result)) or hasattr(result, "changes")


def _changes(result: object, language: str) -> Iterator[Block]:
    scenario, lines = scenario_told(result), change_lines(result, language)
    if scenario is not None:
        words = scenario.in_language(language).rstrip(".")
        yield Paragraph.of(say("scenario_sentence", language, scenario=words), role="warning")
    if lines:
        yield Paragraph.of(say("changed_heading", language), role="warning")
        yield Listing(tuple(Paragraph.of(line) for line in lines))


def _notices(result: object, language: str) -> Iterator[Block]:
    notices = notices_of(result)
    if notices:
        yield Paragraph.of(say("notices_heading", language), role="warning")
        yield Listing(tuple(Paragraph.of(notice_line(one, language)) for one in notices))


def _told(section: Section, note: str, runs: str) -> Section:
    """Return a section whose figures say what was changed and what runs they are of."""
    blocks = [
        _told_figure(block, note, block.basis or runs) if isinstance(block, Figure) else block
        for block in section.blocks
    ]
    return replace(section, blocks=tuple(blocks))


def _told_figure(figure: Figure, note: str, runs: str) -> Figure:
    """Return a figure that says both, drawn and in words: it may be shown by itself."""

    def draw() -> Any:
        from pilotsim.output.figures.style import marked

        with marked(note, runs):
            return figure.draw()

    parts = (f"{note}." if note else "", figure.alt, runs)
    return replace(figure, alt=" ".join(part for part in parts if part), draw=draw)


def _record(result: object) -> dict[str, Any]:
    """Return for programs what was changed, in English as everything else there."""
    return {
        "changes": [
            {
                "path": change.path,
                "label": change.label.in_language("en"),
                "before": change.before.in_language("en"),
                "after": change.after.in_language("en"),
                "follows": change.follows,
            }
            for change in changes_of(result)
        ],
        "notices": [_notice_record(notice) for notice in notices_of(result)],
    }


def _notice_record(notice: Notice) -> dict[str, Any]:
    return {
        "path": notice.path,
        "line": notice.line,
        "column": notice.column,
        "message": str(notice.message),
    }
