"""A scoreboard as people read it: totals by class of evidence, then every row, true tests first."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pilotsim import __version__
from pilotsim.judge.scoreboard import Scoreboard
from pilotsim.judge.scores import EvidenceScore
from pilotsim.judge.validation import HIT, INSIDE, MATCHES, MISSED, PublishedComparison, Validation
from pilotsim.judge.words import UNDEFINED
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_number
from pilotsim.model.evidence import EVIDENCE, TEST, EvidenceClass
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Definition,
    Definitions,
    Document,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.views.comparisons import (
    comparison_notes,
    comparison_records,
    comparison_table,
    match_paragraphs,
    score_records,
)
from pilotsim.output.views.parts import command_block, text_column, value_column

__all__ = ["document_of_scoreboard"]


def document_of_scoreboard(
    board: Scoreboard, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return a scoreboard as people read it.

    Parameters
    ----------
    board : Scoreboard
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for; empty where it was called from Python.
    with_figures : bool
        As for other views; a scoreboard has none.
    """
    del with_figures
    sections = [
        _head(board, language),
        *(_rows(board, kind, language) for kind in EVIDENCE),
        _sources(board, language),
        _how_made(board, command, language),
    ]
    return Document(
        "scoreboard",
        say("scoreboard", language),
        language,
        tuple(section for section in sections if section.blocks),
        _record(board),
    )


def _head(board: Scoreboard, language: str) -> Section:
    blocks: list[Block] = [
        *match_paragraphs(board.scores, language, "lead"),
        _totals(board, language),
        Paragraph.of(say("validation_rule", language), role="note"),
    ]
    return Section("head", "", tuple(blocks))


def _totals(board: Scoreboard, language: str) -> Table:
    """Return how many figures of each class were met, and what a naive forecast would have met."""
    columns = (
        text_column("evidence", language, wraps=True),
        value_column("rows", language, "published_outputs"),
        value_column("hit", language),
        value_column("inside", language),
        value_column("missed", language, MATCHES[MISSED].key),
        value_column("undefined", language, MATCHES[UNDEFINED].key),
        value_column("with_naive", language),
        value_column("naive_hits", language),
        value_column("model_error", language, "mean_error"),
        value_column("naive_error", language, "mean_naive_error"),
        value_column("skill", language),
    )
    rows = [_total(score, language) for score in board.scores]
    return Table.of_rows("totals", say("scoreboard_totals", language), columns, rows)


def _total(score: EvidenceScore, language: str) -> Row:
    counts = [score.words[MATCHES[word]] for word in (HIT, INSIDE, MISSED, UNDEFINED)]
    numbers = (len(score.rows), *counts, len(score.naive), score.naive_hits)
    return Row(
        (
            Cell.of_text(
                say(score.kind.key_of_many, language), "strong" if score.kind is TEST else "plain"
            ),
            *(Cell(format_number(number, language, 0), number) for number in numbers),
            _share_cell(score.error, language),
            _share_cell(score.naive_error, language),
            Cell("", None)
            if math.isnan(score.skill)
            else Cell(format_number(score.skill, language, 2), score.skill),
        )
    )


def _share_cell(share: float, language: str) -> Cell:
    if math.isnan(share):
        return Cell("", None)
    return Cell(format_measure(share, "share", language), 100 * share)


def _rows(board: Scoreboard, kind: EvidenceClass, language: str) -> Section:
    """Return every figure of a class of evidence, flow by flow."""
    by_flow = board.rows_of(kind)
    if not by_flow:
        return Section(kind.name, "", ())
    is_brief = kind is TEST
    blocks: list[Block] = [Paragraph.of(say(kind.key_of_meaning, language), is_brief=is_brief)]
    if is_brief:
        blocks.append(Definitions(tuple(_what_is_tested(by_flow, language)), is_brief=False))
    every = [row for _, rows in by_flow for row in rows]
    columns = comparison_table(every, language, replications=board.replications).columns
    groups = [_group(validation, rows, language) for validation, rows in by_flow]
    title = say(kind.key_of_many, language)
    filed = Column("flow", say("flow_column", language), is_shown=False)
    table = Table(kind.name, title, (filed, *columns), tuple(groups), is_brief=is_brief)
    notes = comparison_notes(every, language, replications=board.replications)
    return Section(kind.name, title, (*blocks, table, *notes))


def _what_is_tested(
    by_flow: list[tuple[Validation, tuple[PublishedComparison, ...]]], language: str
) -> Iterator[Definition]:
    """Yield of each flow with tests what it is, and so what a miss would say."""
    for validation, _ in by_flow:
        flow = validation.flow
        if flow.about is not None:
            words = Paragraph.of(flow.about.in_language(language))
            yield Definition(flow.title.in_language(language), words)


def _group(
    validation: Validation, rows: tuple[PublishedComparison, ...], language: str
) -> RowGroup:
    table = comparison_table(rows, language, replications=validation.replications)
    name = Cell.of_value(validation.flow.flow)
    own = [Row((name, *row.cells)) for group in table.groups for row in group.rows]
    return RowGroup(tuple(own), (Span(validation.flow.title.in_language(language)),))


def _sources(board: Scoreboard, language: str) -> Section:
    """Return the documents in which the figures were read, each once.

    Two flows may call two documents by one name; then both stand here.
    """
    pairs = {
        (name, words.in_language(language))
        for validation in board.validations
        for name, words in validation.flow.sources.items()
    }
    items = [Definition(name, Paragraph.of(words)) for name, words in sorted(pairs)]
    blocks = (Definitions(tuple(items), is_brief=False),) if items else ()
    return Section("sources", say("scoreboard_sources", language), blocks)


def _how_made(board: Scoreboard, command: str, language: str) -> Section:
    line = say(
        "scoreboard_made",
        language,
        flows=len(board.validations),
        runs=board.replications,
        seed=board.seed,
        version=__version__,
    )
    blocks: list[Block] = [Paragraph.of(line, is_brief=False), *command_block(command)]
    return Section("how_made", say("how_made", language), tuple(blocks))


def _record(board: Scoreboard) -> dict[str, object]:
    return {
        "version": __version__,
        "seed": board.seed,
        "replications": board.replications,
        "scores": score_records(board.scores),
        "flows": {one.flow.flow: comparison_records(one.comparisons) for one in board.validations},
    }
