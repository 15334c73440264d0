"""A system as its page shows it: drawn, held to its sources, what it depends on, what it taught."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pilotsim import __version__
from pilotsim.base.quantity import Quantity
from pilotsim.judge.one_way_sensitivity import OneWayChange, ends_by_swing
from pilotsim.judge.scores import scores_of
from pilotsim.judge.system import WRITTEN, SystemStudy
from pilotsim.language.catalogue import say
from pilotsim.language.labels import labels_of_values
from pilotsim.language.numbers import (
    format_difference,
    format_measure,
    format_value,
    in_unit,
    unit_of_change,
    unit_of_kind,
)
from pilotsim.model.flow import Flow
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Definition,
    Definitions,
    Document,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.imprint import InputFile
from pilotsim.output.labels import label_of_driver, written_of_driver
from pilotsim.output.views.check import target_table
from pilotsim.output.views.comparisons import (
    comparison_notes,
    comparison_records,
    comparison_sections,
    comparison_table,
    match_paragraphs,
)
from pilotsim.output.views.joint import figures_by_reading, range_cell
from pilotsim.output.views.odd import odd_section
from pilotsim.output.views.parts import (
    assumed_of,
    change_cell,
    facts_of,
    figure_of,
    kind_of_change,
    measure_cell,
    number_cell,
    own_sums_of,
    own_unit_cells,
    own_unit_columns,
    range_of,
    text_column,
    value_column,
)
from pilotsim.output.views.stress import stress_section
from pilotsim.output.views.verdict_words import legend_notes

__all__ = ["document_of_system"]

TOP = 3  # assumptions shown for each output


def document_of_system(
    study: SystemStudy,
    language: str,
    *,
    command: str = "",
    inputs: Sequence[InputFile] = (),
    with_figures: bool = True,
) -> Document:
    """Return what is known of a system as people read it.

    Parameters
    ----------
    study : SystemStudy
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How the page is made again; empty where it was called from Python.
    inputs : sequence of InputFile
        The files it was made of, each with its hash.
    with_figures : bool
        Whether the drawing is part of it.
    """
    sections = [
        _head(study, command, inputs, language),
        _learned(study, language),
        _depends_on(study, language),
        _flow(study, language, with_figures=with_figures),
        _verdicts(study, language),
        *_validation(study, language),
        _scenarios(study, language),
        *_basis(study, language),
    ]
    return Document(
        "system",
        study.flow.title.in_language(language),
        language,
        tuple(section for section in sections if section.blocks),
        _record(study),
        annex=(stress_section(study.check, language), odd_section(study.check, language)),
    )


def _head(study: SystemStudy, command: str, inputs: Sequence[InputFile], language: str) -> Section:
    blocks: list[Block] = []
    if study.flow.about is not None:
        blocks.append(Paragraph.of(study.flow.about.in_language(language)))
    if command:
        made = say("system_made", language, runs=study.replications, seed=study.check.seed)
        blocks.append(Paragraph.of(made, role="note", is_brief=False))
        blocks.append(Code(command))
        blocks += [
            Paragraph.of(
                f"{say('imprint_input', language, file=one.name)}: ",
                Span(one.sha256, "code"),
                role="note",
                is_brief=False,
            )
            for one in inputs
        ]
    return Section("head", "", tuple(blocks))


def _learned(study: SystemStudy, language: str) -> Section:
    def number(scenario: str, output: str) -> str:
        return format_measure(study.mean(scenario, output), study.kind_of(output), language)

    lines = [Paragraph.of(line) for line in study.notes.lines(language, number)]
    blocks = (Listing(tuple(lines)),) if lines else ()
    return Section("learned", say("system_learned", language), blocks)


def _depends_on(study: SystemStudy, language: str) -> Section:
    """Return for each output of the notes the assumptions that move it most."""
    columns = (
        text_column("output", language, is_shown=False),
        text_column("name", language, is_shown=False),
        text_column("assumption", language, "system_assumption", wraps=True),
        text_column("value", language, is_filed=False),
        text_column("range", language, "range_of", is_filed=False),
        *own_unit_columns(language),
        text_column("unit", language, is_shown=False),
        value_column("written", language, "system_written", is_shown=False),
        value_column("low", language, "system_low"),
        value_column("high", language, "system_high"),
    )
    labels = labels_of_values(study.flow, study.flow.assumptions, language)
    groups = []
    for output in study.notes.outputs:
        written = study.mean(WRITTEN, output)
        words = format_measure(written, study.kind_of(output), language)
        heading = f"{study.flow.observed[output].says.in_language(language)}: {words}"
        ends = ends_by_swing(study.one_way, output)[:TOP]
        rows = [_ends_row(study, output, *pair, labels, language) for pair in ends]
        if rows:
            groups.append(RowGroup(tuple(rows), (Span(heading),)))
    title = say("system_hangs", language)
    note = Paragraph.of(say("system_ends", language), role="note", is_brief=False)
    table = Table("depends_on", title, columns, tuple(groups), is_brief=False)
    return Section("depends_on", title, (note, table) if groups else ())


def _ends_row(
    study: SystemStudy,
    output: str,
    low: OneWayChange,
    high: OneWayChange,
    labels: Mapping[str, str],
    language: str,
) -> Row:
    kind, value = study.kind_of(output), study.flow.values.get(low.name)
    label = Cell.of_text(label_of_driver(study.flow, low, language))
    if value is not None and value.joint is None and low.name in labels:
        label = _label_cell(low.name, value, labels)
    return Row(
        (
            Cell.of_value(output),
            Cell.of_value(low.name),
            label,
            Cell.of_text(
                written_of_driver(study.flow, low, language)
                if value is None
                else format_value(value, language)
            ),
            Cell.of_text("" if value is None else range_of(study.flow, value, language)),
            *_own_unit(value, language),
            Cell.of_value(unit_of_kind(kind, language)),
            number_cell(study.mean(WRITTEN, output), kind),
            measure_cell(study.at_end(low, output), kind, language),
            measure_cell(study.at_end(high, output), kind, language),
        )
    )


def _own_unit(value: Quantity | None, language: str) -> Iterator[Cell]:
    ends = (None,) * 3 if value is None else (value.number, value.low, value.high)
    return own_unit_cells(value, language, *ends)


def _label_cell(path: str, value: Quantity, labels: Mapping[str, str]) -> Cell:
    if value.label is None:
        return Cell.of_text(path, "code")
    return Cell.of_text(labels[path])


def _flow(study: SystemStudy, language: str, *, with_figures: bool) -> Section:
    blocks: list[Block] = []
    if with_figures:
        from pilotsim.output.figures.flow import plot_flow

        name = f"{study.flow.flow}_{language}"
        blocks.append(figure_of(plot_flow, study.check, language, name=name))
    return Section("flow", say("system_flow", language), tuple(blocks))


def _verdicts(study: SystemStudy, language: str) -> Section:
    """Return the verdicts on the targets, where no published figures say what the page is about."""
    check = study.check
    blocks: tuple[Block, ...] = ()
    if check.verdicts and not study.notes.outputs:
        note = say("verdicts_note", language, runs=check.replications)
        blocks = (
            Paragraph.of(note, is_brief=False),
            target_table(check, language),
            *legend_notes(check.verdicts, language),
        )
    return Section("verdicts", say("verdicts", language), blocks)


def _validation(study: SystemStudy, language: str) -> Iterator[Section]:
    validation = study.validation
    if validation is None:
        return
    blocks: list[Block] = [*match_paragraphs(scores_of([validation.comparisons]), language)]
    if validation.comparisons:
        runs = validation.replications
        blocks.append(comparison_table(validation.comparisons, language, replications=runs))
        blocks += comparison_notes(validation.comparisons, language, replications=runs)
    yield Section("published", say("figure_validation", language), tuple(blocks))
    yield figures_by_reading(validation, language)
    yield from comparison_sections(validation, language)


def _scenarios(study: SystemStudy, language: str) -> Section:
    """Return what each scenario changes: paired differences with the same clients."""
    names = [name for name in study.scenarios if name != WRITTEN]
    if not names or not study.notes.outputs:
        return Section("scenarios", "", ())
    title = say("system_scenarios", language)
    says = [
        Definition(name, Paragraph.of(study.flow.scenarios[name].says.in_language(language)))
        for name in names
    ]
    columns = [
        text_column("output", language, wraps=True),
        text_column("unit", language, is_shown=False),
        value_column("written", language, "system_written"),
        text_column("unit_of_change", language, is_shown=False),
    ]
    for name in names:
        columns += _scenario_columns(name, language)
    rows = [_difference_row(study, output, names, language) for output in study.notes.outputs]
    table = Table.of_rows("scenarios", title, columns, rows, is_brief=False)
    note = Paragraph.of(say("system_paired", language), role="note", is_brief=False)
    return Section("scenarios", title, (note, Definitions(tuple(says), is_brief=False), table))


def _scenario_columns(name: str, language: str) -> Iterator[Column]:
    yield Column(f"{name}_change", name, is_number=True)
    for end, words in (("low", say("low_end", language)), ("high", say("high_end", language))):
        heading = f"{name}, {words.lower()}"
        yield Column(f"{name}_{end}", heading, is_number=True, is_shown=False)


def _difference_row(study: SystemStudy, output: str, names: list[str], language: str) -> Row:
    kind = study.kind_of(output)
    cells = [
        Cell.of_text(study.flow.observed[output].says.in_language(language)),
        Cell.of_value(unit_of_kind(kind, language)),
        measure_cell(study.mean(WRITTEN, output), kind, language),
        Cell.of_value(unit_of_change(kind, language)),
    ]
    for name in names:
        change = study.difference(name, output)
        text = format_difference(change.mean, change.half_width, kind, language)
        cells.append(Cell(text, in_unit(change.mean, kind), kind=kind_of_change(kind)))
        cells += [change_cell(change.low, kind), change_cell(change.high, kind)]
    return Row(tuple(cells))


def _basis(study: SystemStudy, language: str) -> Iterator[Section]:
    """Yield what is sourced and what is assumed, and each assumption with a range."""
    flow = study.flow
    counts = say(
        "system_counts",
        language,
        sourced=len(facts_of(flow)),
        sums=len(own_sums_of(flow)),
        assumed=len(assumed_of(flow)),
        ranges=len(flow.assumptions),
    )
    sources = [
        Definition(name, Paragraph.of(words.in_language(language)))
        for name, words in flow.sources.items()
    ]
    blocks: list[Block] = [Paragraph.of(counts)]
    if sources:
        blocks.append(Definitions(tuple(sources), is_brief=False))
    columns = (
        text_column("name", language, is_shown=False),
        text_column("assumption", language, "system_assumption", wraps=True),
        text_column("value", language, is_filed=False),
        text_column("range", language, "range_of", is_filed=False),
        *own_unit_columns(language),
        text_column("why", language),
    )
    labels = labels_of_values(flow, flow.assumptions, language)
    rows = [_assumption_row(flow, path, labels, language) for path in flow.assumptions]
    if rows:
        title = say("file_assumptions", language)
        blocks.append(Table.of_rows("assumptions", title, columns, rows, is_brief=False))
    yield Section("rests_on", say("system_rests", language), tuple(blocks))


def _assumption_row(flow: Flow, path: str, labels: Mapping[str, str], language: str) -> Row:
    value = flow.values[path]
    why = value.assumption.in_language(language) if value.assumption is not None else ""
    return Row(
        (
            Cell.of_value(path),
            _label_cell(path, value, labels),
            Cell.of_text(format_value(value, language)),
            range_cell(flow, value, language),
            *_own_unit(value, language),
            Cell.of_text(why),
        )
    )


def _record(study: SystemStudy) -> dict[str, object]:
    return {
        "flow": study.flow.flow,
        "version": __version__,
        "seed": study.check.seed,
        "replications": study.replications,
        "outputs": list(study.notes.outputs),
        "scenarios": {
            name or "as_written": {output: study.mean(name, output) for output in found}
            for name, found in study.scenarios.items()
        },
        "comparisons": comparison_records(study.validation.comparisons if study.validation else ()),
    }
