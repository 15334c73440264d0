"""What each design of an evaluation can be trusted to find."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

from pilotsim import __version__
from pilotsim.base.statistics import MonteCarloFigure, wilson
from pilotsim.base.text import inside
from pilotsim.evaluation.diagnosis import SIGNIFICANCE
from pilotsim.evaluation.effect_size import BeliefInPoints, TruePath
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.ranking import MAX_FALSE, Ranked, rank
from pilotsim.evaluation.run import DesignResult, EvaluationResult
from pilotsim.language.catalogue import say, translate
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_level,
    format_number,
    format_points,
    format_probability,
    format_with_error,
    join,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
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
    Tone,
)
from pilotsim.output.sentences.evaluation import assessment, least_effect
from pilotsim.output.views.evaluation_conduct import conduct_sections
from pilotsim.output.views.evaluation_decision import decision_blocks
from pilotsim.output.views.evaluation_summary import (
    net_paragraphs,
    prior_paragraph,
    summary_of_designs,
)
from pilotsim.output.views.looks import sections_of_tried_looks
from pilotsim.output.views.parts import drawn_paragraph, value_column

__all__ = ["document_of_evaluation"]

SHOWN_FIGURES = ("truth", "bias", "spread", "coverage", "power", "false_positives")
WHERE_FOUND = ("type_s", "type_m")
FIGURES = (
    "truth",
    "bias",
    "spread",
    "rmse",
    "coverage",
    "power",
    "type_s",
    "type_m",
    "false_positives",
)
# What the true paths are of: a programme that does nothing, one as expected, one that does much.
PATHS = ("path_none", "path_expected", "path_strong")
# Shares of draws, shown in per cent whatever is asked.
PROBABILITIES = ("coverage", "power", "type_s", "false_positives")


def document_of_evaluation(
    result: EvaluationResult,
    language: str,
    command: str = "",
    paths: Sequence[TruePath] = (),
    *,
    with_figures: bool = True,
) -> Document:
    """Return an evaluation: what it means, and the diagnosis of every design and strategy.

    Parameters
    ----------
    result : EvaluationResult
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for.
    paths : sequence of TruePath
        The true effect month by month for programmes of some sizes.
    with_figures : bool
        Whether figures are part of it; without them no drawing library is started.
    """
    cells = result.cells
    groups = [list(group) for _, group in groupby(result.tried, key=lambda one: one.cell)]
    sections = []
    for number, (cell, group) in enumerate(zip(cells, groups, strict=True), 1):
        advice, others = assessment(cell, group, language)
        belief = next(iter(result.beliefs[number - 1 : number]), None)
        expected: list[Block] = []
        if belief is not None:
            expected.append(prior_paragraph(cell, belief, language))
        expected += net_paragraphs(cell, group, language)
        parts: list[tuple[str, list[Block]]] = [
            ("advice", [*_advice(advice), *summary_of_designs(cell, group, language)]),
            ("expected_before", expected),
            ("decision", [*decision_blocks(cell, group, language)]),
            ("each_design", [*map(Paragraph.of, others), *_about_arms(cell, language)]),
        ]
        if with_figures:
            end = "" if len(groups) == 1 else f"-{number}"
            parts.append(("pictures", [*_figures(cell, group, language, end)]))
        for name, blocks in parts:
            heading = say(f"evaluation_{name}", language)
            levels = _levels(cell.cell)
            heading = f"{levels}: {inside(heading)}" if levels else heading
            own = name if len(groups) == 1 else f"{name}-{number}"
            sections.append(Section(own, heading, blocks))
    for number, belief in enumerate(result.beliefs):
        if belief is not None:
            heading = say("belief_curve", language)
            sections.append(Section(f"belief{number + 1}", heading, [*_belief(belief, language)]))
    if with_figures:
        heading = say("evaluation_path", language)
        blocks = [*_effect_path(cells[0], paths, language)]
        sections.append(Section("effect_path", heading, blocks))
    sections += conduct_sections(cells[0], language)
    sections.append(_diagnosis(cells[0], groups, language))
    sections += sections_of_tried_looks(groups, language)
    sections.append(_how_made(cells[0], language, command))
    return Document(
        kind="evaluation",
        title=cells[0].title.in_language(language),
        language=language,
        sections=[section for section in sections if section.blocks],
        record=_record(cells[0]),
    )


def _about_arms(cell: Evaluation, language: str) -> Iterator[Paragraph]:
    """Yield what the flow cannot tell of several arms: those that are offered the same in it."""
    for design in cell.designs:
        alike = design.part.several.alike_in_flow if design.part.several else ()
        if alike:
            parts = {"design": design.says.in_language(language), "others": join(alike, language)}
            yield Paragraph.of(say("arms_alike_in_flow", language, **parts), role="warning")
    if cell.untried:
        pairs = join([says.in_language(language) for says in cell.untried], language)
        yield Paragraph.of(say("arms_untried", language, pairs=pairs), role="warning")


def _record(cell: Evaluation) -> dict[str, Any]:
    return {
        "evaluation": cell.name,
        "version": __version__,
        "seed": cell.seed,
        "draws": cell.draws,
        "fixed": cell.fixed,
        "level": cell.level,
        "power": cell.power,
    }


def _advice(sentences: Sequence[str]) -> Iterator[Paragraph]:
    for place, sentence in enumerate(sentences):
        yield Paragraph.of(sentence, role="body" if place else "lead")


def _belief(belief: BeliefInPoints, language: str) -> Iterator[Block]:
    """Yield what each strength comes to in points."""
    columns = (
        value_column("strength", language, "belief_strength"),
        value_column("points", language, "belief_points"),
    )
    curve = belief.curve
    rows = []
    for scale, point in zip(curve.effect_scales, curve.points.tolist(), strict=True):
        shown = Cell(format_number(point, language, 1), point)
        rows.append(Row((Cell(format_number(scale, language), scale), shown)))
    title = say("belief_curve", language)
    yield Table.of_rows("strength_in_points", title, columns, rows, is_brief=False)


def _levels(cell: Mapping[str, str]) -> str:
    """Return the levels of the grid that hold in a cell."""
    return ", ".join(f"{name} = {level}" for name, level in cell.items())


def _figures(
    cell: Evaluation, group: Sequence[DesignResult], language: str, end: str
) -> Iterator[Figure]:
    from pilotsim.output.figures import placebo, power, sampling

    questions = {name: cell.says_of(name, language) for name in cell.estimands}
    if any(one.detectable is not None for one in group):
        title = _of_levels(power.title_of(group, language), cell)
        yield Figure(
            f"power{end}",
            title,
            power.alt_text(group, language),
            partial(power.plot_power, group, questions=questions, language=language, title=title),
        )
    if any(one.is_in_points for one in group):
        yield Figure(
            f"sampling{end}",
            sampling.title(group, language),
            sampling.alt_text(group, language),
            partial(sampling.plot_sampling, group, questions=questions, language=language),
        )
    honest = [one.tried for one in rank(group) if one.is_randomised and not one.is_misleading]
    honest = [one for one in honest if one.is_in_points]
    # Of what the evaluation is for, if any of them answers that.
    main = next(iter(cell.estimands))
    honest.sort(key=lambda one: one.strategy.estimand.name != main)
    if honest:
        null, mean = honest[0].trials.null_estimate, honest[0].diagnosis.truth.value
        about = honest[0].design.says.in_language(language)
        yield Figure(
            f"placebo{end}",
            placebo.title(null, mean, language, about),
            placebo.alt_text(null, mean, language),
            partial(placebo.plot_placebo, null, mean, language=language, about=about),
        )


def _of_levels(title: str, cell: Evaluation) -> str:
    """Return a figure's title with the levels of the grid that it is about."""
    levels = _levels(cell.cell)
    return f"{title} ({levels})" if levels else title


def _effect_path(cell: Evaluation, paths: Sequence[TruePath], language: str) -> Iterator[Figure]:
    from pilotsim.output.figures import effect_path

    lines = [
        effect_path.Line(
            say(key, language, size=format_points(float(path.value[-1]), language)),
            path.value,
            path.low,
            path.high,
        )
        for key, path in zip(PATHS, paths, strict=False)
    ]
    if lines and cell.effects is not None:
        asked = cell.says_of(cell.effects.inquiry, language)
        # Of the strength that is expected, where there is more than one.
        line = lines[len(lines) // 2]
        about = _of_levels(asked, cell)
        title = effect_path.title_of(line, language, about, is_expected=True)
        yield Figure(
            "effect_path",
            title,
            effect_path.alt_text(lines, language),
            partial(effect_path.plot_effect_path, lines, language=language, title=title),
        )


def _diagnosis(
    evaluation: Evaluation, groups: Sequence[Sequence[DesignResult]], language: str
) -> Section:
    """Return the tables of all cells, how to read them, and where no answer was given."""
    note = say(
        "diagnosis_note",
        language,
        draws=format_number(evaluation.draws, language, 0),
        seed=evaluation.seed,
        power=format_level(evaluation.power, language),
        level=format_level(SIGNIFICANCE, language),
        most=format_level(MAX_FALSE, language),
    )
    grid = list(groups[0][0].cell)
    rows = [*_grouped(evaluation, groups, language)]
    # One table for programs; for people one for each question, whose numbers nobody should compare.
    tables = [
        table
        for number, own in enumerate(rows, 1)
        for table in (
            _table_of_question(number, own, grid, language),
            _table_of_findings(number, own, language),
        )
    ]
    filed = replace(_table_of_figures(rows, grid, language), is_shown=False)
    blocks: list[Block] = [*tables, filed, Paragraph.of(note, role="note")]
    silent = [*_silent(groups, language)]
    if silent:
        blocks.append(Listing(silent))
    return Section("diagnosis", say("diagnosis", language), blocks)


def _grouped(
    evaluation: Evaluation, groups: Sequence[Sequence[DesignResult]], language: str
) -> Iterator[tuple[str, list[Ranked]]]:
    """Yield the designs that answer one question in one cell, from the best to the worst.

    Answers to different questions are no rivals: what is hard to see in one may be easy in another.
    """
    for group in groups:
        levels = _levels(group[0].cell)
        ranked = rank(group)
        for inquiry in evaluation.estimands:
            own = [one for one in ranked if one.tried.strategy.estimand.name == inquiry]
            if own:
                says = evaluation.says_of(inquiry, language)
                yield (f"{levels}: {says}" if levels else says), own


Grouped = Sequence[tuple[str, list[Ranked]]]


def _table_of_question(
    number: int, own: tuple[str, list[Ranked]], grid: Sequence[str], language: str
) -> Table:
    """Return the figures of those that answer one question in one cell, for people."""
    table = _table_of_figures([own], grid, language)
    groups = [replace(group, heading=()) for group in table.groups]
    return replace(
        table,
        name=f"diagnosis_{number}",
        title=own[0],
        groups=groups,
        is_filed=False,
        has_title=True,
    )


def _table_of_figures(grouped: Grouped, grid: Sequence[str], language: str) -> Table:
    filed = partial(Column, is_shown=False)
    columns = [
        *(filed(f"grid.{name}", name) for name in grid),
        Column("design_says", say("design", language), wraps=True),
        Column("answer_says", say("answer", language), wraps=True),
        filed("inquiry_says", say("inquiry", language)),
        filed("design", say("design", language), is_key=True),
        filed("answer", say("answer", language), is_key=True),
        filed("inquiry", say("inquiry", language), is_key=True),
        filed("draws", say("draws", language)),
        filed("answered", say("draws_answered", language)),
        Column("least_effect", say("detectable", language), is_number=True),
        filed("least_effect_error", _error_heading("detectable", language)),
    ]
    for name in FIGURES:
        is_shown = name in SHOWN_FIGURES
        columns.append(Column(name, say(name, language), is_number=True, is_shown=is_shown))
        columns.append(filed(f"{name}_error", _error_heading(name, language)))
    columns += [
        Column("cost", say("cost_of", language), is_number=True),
        filed("misleads", say("misleads", language)),
        filed("reason", say("reason", language)),
        filed("dominated_by", say("dominated_by", language)),
    ]
    groups = [
        RowGroup([_row(one, heading, grid, language) for one in ranked], (Span(heading),))
        for heading, ranked in grouped
    ]
    return Table("diagnosis", say("diagnosis", language), columns, groups)


def _error_heading(name: str, language: str) -> str:
    return say("error_of", language, figure=say(name, language))


def _row(one: Ranked, says: str, grid: Sequence[str], language: str) -> Row:
    tried, found = one.tried, one.tried.diagnosis
    size, error = _least_effect(tried, language)
    cells = [
        *(Cell.of_value(tried.cell[name]) for name in grid),
        Cell.of_text(tried.design.says.in_language(language)),
        Cell.of_text(tried.strategy.says_in(language)),
        Cell.of_value(says),
        Cell.of_value(tried.design.name),
        Cell.of_value(tried.strategy.name),
        Cell.of_value(tried.strategy.estimand.name),
        Cell.of_value(found.draws),
        Cell.of_value(found.worked),
        size,
        error,
    ]
    for name in FIGURES:
        cells += _figure_cells(tried, name, language)
    cells += [
        Cell(format_number(one.cost, language, 0), one.cost),
        Cell.of_value(one.is_misleading),
        Cell.of_value(say(f"reason_{found.reason}", language) if found.reason else None),
        Cell(
            one.dominated_by.design.says.in_language(language) if one.dominated_by else "",
            one.dominated_by.design.name if one.dominated_by else None,
        ),
    ]
    return Row(cells)


def _least_effect(tried: DesignResult, language: str) -> tuple[Cell, Cell]:
    """Return the cells of the least effect and of its error."""
    text = least_effect(tried, language)
    found = tried.detectable
    if found is None or math.isnan(found.size):
        return Cell(text), Cell.of_value(None)
    scale = _scale(tried, "detectable")
    size, error = scale * found.size, scale * found.error
    return Cell(format_with_error(size, error, language), size), Cell.of_value(error)


def _scale(tried: DesignResult, name: str) -> float:
    """Return by what a figure is multiplied to be shown: in per cent or percentage points."""
    is_share = name in PROBABILITIES or (tried.strategy.estimand.is_share and name != "type_m")
    return 100.0 if is_share else 1.0


def _figure_cells(tried: DesignResult, name: str, language: str) -> tuple[Cell, Cell]:
    """Return the cells of a figure of a diagnosis and of its Monte Carlo error."""
    figure: MonteCarloFigure = getattr(tried.diagnosis, name)
    scale = _scale(tried, name)
    value, error = scale * figure.value, scale * figure.error
    tone: Tone = "bad" if name == "bias" and tried.diagnosis.is_biased else "plain"
    text = format_with_error(value, error, language)
    if name in PROBABILITIES:
        text = _probability(figure, language)
    return Cell(text, value, tone), Cell.of_value(error)


def _probability(figure: MonteCarloFigure, language: str) -> str:
    """Return a share of draws with its error, in per cent.

    Never 0 or 100, which no number of draws can show.
    """
    if figure.value in (0.0, 1.0):
        found = wilson(round(figure.value * figure.n), figure.n)
        return format_probability(figure.value, language, (found.low, found.high))
    number = min(max(100 * figure.value, 0.1), 99.9)
    return format_with_error(number, 100 * figure.error, language)


def _table_of_findings(number: int, own: tuple[str, list[Ranked]], language: str) -> Table:
    """Return what is wrong with what is found: its sign, its size."""
    columns = [
        Column("design", say("design", language), wraps=True),
        Column("answer", say("answer", language), wraps=True),
        *(Column(name, say(name, language), is_number=True) for name in WHERE_FOUND),
    ]
    asked, ranked = own
    rows = []
    for one in ranked:
        cells = [
            Cell(one.tried.design.says.in_language(language)),
            Cell(one.tried.strategy.says_in(language)),
            *(_figure_cells(one.tried, name, language)[0] for name in WHERE_FOUND),
        ]
        rows.append(Row(cells))
    title = f"{say('where_found', language)}: {asked}"
    name = f"where_found_{number}"
    return Table.of_rows(name, title, columns, rows, is_filed=False, has_title=True)


def _silent(groups: Sequence[Sequence[DesignResult]], language: str) -> Iterator[Paragraph]:
    """Yield why strategies gave no answer in some draws, and how often."""
    for tried in (one for group in groups for one in group):
        for reason, count in tried.refusals.items():
            said = say(
                "gave_no_answer",
                language,
                design=tried.design.says.in_language(language),
                answer=tried.strategy.says_in(language),
                count=format_number(count, language, 0),
                draws=format_number(tried.diagnosis.draws, language, 0),
                reason=translate(reason, language),
            )
            yield Paragraph.of(said, role="warning")


def _how_made(cell: Evaluation, language: str, command: str) -> Section:
    blocks: list[Block] = [drawn_paragraph(cell.places[0].flow, language, fixed=cell.fixed)]
    if cell.fixed and cell.effects is not None:
        label = label_of_value(cell.flow, f"shared.{cell.effects.strength}", language)
        blocks = [Paragraph.of(say("held_but_strength", language, label=label))]
    blocks += [Code(command)] if command else []
    return Section("how_made", say("how_made", language), blocks)
