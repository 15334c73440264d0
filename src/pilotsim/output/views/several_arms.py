"""What a register says of several arms: each pair of them, and what holds for all together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from pilotsim import __version__
from pilotsim.evaluation.result_files import file_answers
from pilotsim.evaluation.several_arms_analysis import (
    ArmsAnswer,
    ArmsContrast,
    SeveralArmsAnalysis,
)
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import NONE, format_level, format_number
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
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
from pilotsim.output.sentences.arms import answers_drawn, arm_of, arms_of, together_of
from pilotsim.output.views.parts import filed_p, p_cell
from pilotsim.output.views.register_analysis import (
    clients_cell,
    headline,
    name_of,
    notes_of_answers,
    notes_of_looks,
    opening_of,
    paragraph_of_check,
    references_of,
    release_paragraphs,
    size_cells,
    unit_cell,
)

__all__ = ["document_of_several_arms"]


def document_of_several_arms(
    found: SeveralArmsAnalysis, language: str, *, with_figures: bool = True
) -> Document:
    """Return an analysis of several arms: one table of all pairs, then each pair by itself.

    What is to be said of every pair in the same words is said once.

    Parameters
    ----------
    found : SeveralArmsAnalysis
        What to show.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether the figure is part of it; without it no drawing library is started.
    """
    said = [[*_said_of(found, one, language)] for one in found.contrasts]
    shared = _shared(said)
    sections = [_opening(found, language)]
    if with_figures and answers_drawn(found):
        sections.append(Section("arms", "", [_figure(found, language)]))
    if shared:
        sections.append(Section("all_pairs", say("arms_all", language), [Listing(shared)]))
    for contrast, paragraphs in zip(found.contrasts, said, strict=True):
        own = [one for one in paragraphs if one not in shared]
        name = f"pair_{'_'.join(contrast.pair)}"
        sections.append(Section(name, arms_of(found, contrast, language), [Listing(own)]))
    sections.append(_release(found, language))
    return Document(
        kind="analysis",
        title=found.plan.title.in_language(language),
        language=language,
        sections=sections,
        record=_record(found),
    )


def _said_of(
    found: SeveralArmsAnalysis, contrast: ArmsContrast, language: str
) -> Iterator[Paragraph]:
    """Yield what is said of two arms: notes of answers, checks, clients, how rows were read."""
    own = contrast.analysis
    yield from notes_of_answers(own, language)
    for reference in references_of(own, language):
        yield replace(reference, is_brief=False)
    for check in own.checks:
        yield replace(paragraph_of_check(check, language), is_brief=False)
    for cell, name in zip(("offered", "compared"), contrast.pair, strict=True):
        count = own.chart[cell]
        shown = say("not_shown", language)
        if count is not None:
            shown = format_number(count, language, 0)

        arm = arm_of(found, name, language)
        text = say("arms_clients", language, arm=arm, clients=shown)
        yield Paragraph.of(text, role="note", is_brief=False)
    for note in own.notes:
        yield Paragraph.of(translate(note, language), role="note")


def _shared(said: Sequence[Sequence[Paragraph]]) -> list[Paragraph]:
    """Return what is said of every pair, in the same words; nothing where there is one pair."""
    first, *others = said
    return [one for one in first if others and all(one in other for other in others)]


def _opening(found: SeveralArmsAnalysis, language: str) -> Section:
    looks = sum(len(one.answers) for one in found.contrasts)
    chance = format_level(round(1.0 - found.plan.level.number, 12), language)
    note = say("arms_together", language, looks=looks, chance=chance)
    if found.plan.correction == "none":
        note = say("arms_not_corrected", language, looks=looks)
    blocks: list[Block] = [
        *opening_of(
            found.plan,
            [_headline(found, one, language) for one in found.contrasts],
            language,
            unchanged=found.unchanged,
        ),
        *_beside(found, language),
        _table(found, language),
        Paragraph.of(note, role="note"),
        *notes_of_looks(
            (one.finding for pair in found.contrasts for one in pair.answers), language
        ),
    ]
    return Section("effects", "", blocks)


def _headline(found: SeveralArmsAnalysis, contrast: ArmsContrast, language: str) -> str:
    """Return what the first answer about two arms says, beside all answers about all of them."""
    first = contrast.answers[0]
    finding = replace(first.finding, adjusted_p=first.adjusted_p)
    said = headline(replace(contrast.analysis, findings=(finding,)), language)
    return f"{arms_of(found, contrast, language)}: {said}"


def _beside(found: SeveralArmsAnalysis, language: str) -> list[Paragraph]:
    """Return how the register fits the plan: what is so for all pairs, then of each what is not."""
    said = [
        [Paragraph.of(translate(one, language), role="warning") for one in contrast.analysis.beside]
        for contrast in found.contrasts
    ]
    shared = _shared(said)
    return [*shared, *_labelled(found, said, shared, language)]


def _labelled(
    found: SeveralArmsAnalysis,
    said: Sequence[Sequence[Paragraph]],
    shared: Sequence[Paragraph],
    language: str,
) -> Iterator[Paragraph]:
    """Yield what is said of some pairs alone, each with its two arms before it."""
    for contrast, paragraphs in zip(found.contrasts, said, strict=True):
        label = Span(f"{arms_of(found, contrast, language)}: ")
        for one in paragraphs:
            if one not in shared:
                yield replace(one, spans=(label, *one.spans))


def _table(found: SeveralArmsAnalysis, language: str) -> Table:
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("first", say("arms_first", language), is_shown=False),
        Column("second", say("arms_second", language), is_shown=False),
        Column("answer", say("answer", language), wraps=True),
        Column("unit", say("unit", language)),
        Column("effect", say("effect", language), is_number=True),
        Column("standard_error", say("standard_error", language), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("together", say("arms_interval", language), is_number=True, is_filed=False),
        Column("low_together", say("arms_interval_low", language), is_shown=False),
        Column("high_together", say("arms_interval_high", language), is_shown=False),
        Column("p", say("p_value", language), is_number=True),
        Column("p_together", say(f"p_corrected_{_correction(found)}", language), is_number=True),
        Column("clients", say("clients_about", language), is_number=True),
    ]
    groups = [
        RowGroup(
            [row for answer in one.answers for row in _rows(found, one, answer, language)],
            (Span(arms_of(found, one, language), "strong"),),
        )
        for one in found.contrasts
    ]
    return Table("effects", say("effects", language), columns, groups)


def _figure(found: SeveralArmsAnalysis, language: str) -> Figure:
    from pilotsim.output.figures import arms

    return Figure(
        "arms",
        arms.title(found, language),
        arms.alt_text(found, language),
        partial(arms.plot_arms, found, language=language),
    )


def _correction(found: SeveralArmsAnalysis) -> str:
    return "none" if found.plan.correction == "none" else "holm"


def _rows(
    found: SeveralArmsAnalysis, pair: ArmsContrast, answer: ArmsAnswer, language: str
) -> Iterator[Row]:
    """Yield the row of an answer, and that of a subgroup's effect less that on the others."""
    name = name_of(pair.analysis, answer.finding, language)
    yield _row(found, pair, answer, name, language)
    if answer.contrast is not None:
        named = say("subgroup_contrast", language, name=name)
        yield _row(found, pair, answer.contrast, named, language)


def _row(
    found: SeveralArmsAnalysis,
    contrast: ArmsContrast,
    answer: ArmsAnswer,
    named: str,
    language: str,
) -> Row:
    finding, effect = answer.finding, answer.finding.effect
    first = [Cell(arm_of(found, name, language), name) for name in contrast.pair]
    name = Cell.of_text(named)
    if effect is None:
        return Row([*first, name, *[Cell(NONE)] * 12])
    ends = together_of(answer)
    wide = replace(effect, low=ends[0], high=ends[1])
    estimate, error, low, high = size_cells(finding, effect, language)
    together = size_cells(finding, wide, language)[2:]
    return Row(
        [
            *first,
            name,
            unit_cell(finding, language),
            estimate,
            error,
            _range(low, high),
            low,
            high,
            _range(*together),
            *together,
            p_cell(effect.p, language),
            p_cell(answer.adjusted_p, language),
            clients_cell(finding, effect, language),
        ]
    )


def _range(low: Cell, high: Cell) -> Cell:
    return Cell(NONE) if low.value is None else Cell(f"{low.text} … {high.text}")


def _release(found: SeveralArmsAnalysis, language: str) -> Section:
    """Return what is guaranteed of each pair, then of all, and what is not."""
    said = [release_paragraphs(one.analysis, language) for one in found.contrasts]
    shared = _shared(said)
    items = [
        *(one for one in shared if one.role == "warning"),
        *_labelled(found, said, shared, language),
        *(one for one in shared if one.role != "warning"),
    ]
    return Section("release", say("release_title", language), [Listing(items, is_brief=False)])


def _record(found: SeveralArmsAnalysis) -> dict[str, Any]:
    return {
        "plan": found.plan.plan,
        "hash": found.plan.hash,
        "unchanged": found.unchanged,
        "version": __version__,
        "contrasts": [
            {
                "first": one.pair[0],
                "second": one.pair[1],
                "answers": [*file_answers(one.analysis)],
                "together": [
                    {"p": filed_p(own.adjusted_p), "low": own.low, "high": own.high}
                    for own in one.answers
                ],
                "release": asdict(one.analysis.certificate),
                "notes": [str(note) for note in one.analysis.notes],
            }
            for one in found.contrasts
        ],
    }
