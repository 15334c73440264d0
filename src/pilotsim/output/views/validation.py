"""A validation as people read it: each published figure beside what the simulation comes to."""

from __future__ import annotations

from pilotsim import __version__
from pilotsim.judge.scores import scores_of
from pilotsim.judge.validation import Validation
from pilotsim.language.catalogue import say
from pilotsim.output.document import Block, Document, Paragraph, Section
from pilotsim.output.views.comparisons import (
    comparison_notes,
    comparison_records,
    comparison_sections,
    comparison_table,
    match_paragraphs,
    score_records,
)
from pilotsim.output.views.joint import figure_reading_records, figures_by_reading
from pilotsim.output.views.parts import (
    command_block,
    drawn_paragraph,
    figure_of,
    run_paragraph,
)

__all__ = ["document_of_validation"]


def document_of_validation(
    validation: Validation, language: str, *, command: str = "", with_figures: bool = True
) -> Document:
    """Return a validation as people read it.

    Parameters
    ----------
    validation : Validation
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for; empty where it was called from Python.
    with_figures : bool
        Whether figures are part of it.
    """
    title = f"{validation.flow.title.in_language(language)}: {say('figure_validation', language)}"
    sections = (
        _head(validation, language),
        _figures_and_runs(validation, language, with_figures=with_figures),
        figures_by_reading(validation, language),
        *comparison_sections(validation, language),
        _how_made(validation, command, language),
    )
    return Document(
        "validation",
        title,
        language,
        tuple(section for section in sections if section.blocks),
        _record(validation),
    )


def _head(validation: Validation, language: str) -> Section:
    blocks: list[Block] = []
    blocks.append(run_paragraph(validation.flow, validation.replications, language))
    blocks.append(drawn_paragraph(validation.flow, language, fixed=validation.fixed))
    blocks += match_paragraphs(scores_of([validation.comparisons]), language, "lead")
    return Section("head", "", tuple(blocks))


def _figures_and_runs(validation: Validation, language: str, *, with_figures: bool) -> Section:
    if not validation.comparisons:
        return Section("published", "", ())
    table = comparison_table(validation.comparisons, language, replications=validation.replications)
    notes = comparison_notes(validation.comparisons, language, replications=validation.replications)
    rule = f"{say('validation_rule', language)} {say('support_note', language)}"
    blocks: list[Block] = [table, *notes, Paragraph.of(rule, role="note")]
    if with_figures:
        from pilotsim.output.figures.validation import plot_validation, shown_in

        if shown_in(validation):
            blocks.append(figure_of(plot_validation, validation, language))
    return Section("published", say("published_and_simulated", language), tuple(blocks))


def _how_made(validation: Validation, command: str, language: str) -> Section:
    line = say(
        "validation_made",
        language,
        flow=validation.flow.flow,
        runs=validation.replications,
        seed=validation.seed,
        version=__version__,
    )
    blocks: list[Block] = [Paragraph.of(line, is_brief=False), *command_block(command)]
    return Section("how_made", say("how_made", language), tuple(blocks))


def _record(validation: Validation) -> dict[str, object]:
    return {
        "flow": validation.flow.flow,
        "version": __version__,
        "seed": validation.seed,
        "replications": validation.replications,
        "fixed": validation.fixed,
        "readings": figure_reading_records(validation),
        "scenario": validation.scenario.in_language("en") if validation.scenario else None,
        "scores": score_records(scores_of([validation.comparisons])),
        "comparisons": comparison_records(validation.comparisons),
        "values": dict(validation.values),
    }
