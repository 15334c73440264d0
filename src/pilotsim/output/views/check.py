"""A check as people read it: the verdicts, what holds targets back, and what it all rests on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pilotsim import __version__
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import LEVEL, Interval
from pilotsim.judge.check import Check, Contradiction
from pilotsim.judge.kept_checks import kept_of_flow, kept_of_verdict
from pilotsim.judge.one_way_sensitivity import UNTOLD, OneWayChange
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.judge.verification import ModelVerification
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value, labels_of_values
from pilotsim.language.numbers import (
    MINUS,
    format_change,
    format_exact,
    format_level,
    format_number,
    format_probability_range,
    format_value,
    format_written,
    in_unit,
    join,
    unit_of_change,
    unit_of_kind,
)
from pilotsim.model.flow import Flow
from pilotsim.model.rules.consistency import needs_source
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Definition,
    Definitions,
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
from pilotsim.output.labels import (
    count_words,
    ends_to_show,
    format_bound,
    format_chance,
    format_driver_change,
    format_expected,
    format_expected_range,
    format_measured,
    format_moved_range,
    format_source,
    is_shown_rounded,
    label_of_driver,
    label_of_question,
    number_of_driver,
    source_of_question,
    word_of_verdict,
)
from pilotsim.output.live.decision import answers_of_targets, reason_of
from pilotsim.output.views.answer import answer_section
from pilotsim.output.views.caveats import (
    critical_factors_section,
    own_input_notes,
    plain_numbers_note,
)
from pilotsim.output.views.choices import (
    choices_section,
    decision_paragraphs,
    record_of_choices,
)
from pilotsim.output.views.decision import decision_sections
from pilotsim.output.views.economy import economy_record, economy_section
from pilotsim.output.views.effect_split import effect_record, effect_section
from pilotsim.output.views.joint import (
    drawn_with,
    joint_records,
    joint_section,
    range_cell,
    reading_records,
    readings_section,
)
from pilotsim.output.views.odd import odd_section
from pilotsim.output.views.parts import (
    assumed_of,
    change_cell,
    command_block,
    drawn_paragraph,
    facts_of,
    figure_of,
    founded_of,
    grounds_of,
    interval_record,
    number_cell,
    own_sums_of,
    own_unit_cells,
    plain_of,
    run_paragraph,
    source_spans,
    text_column,
    value_column,
)
from pilotsim.output.views.stress import stress_section
from pilotsim.output.views.support import (
    notes_of_verdicts,
    support_cells,
    support_columns,
    support_record,
)
from pilotsim.output.views.verdict_words import (
    borderline_notes,
    legend_notes,
    met_anyway_notes,
    verdict_cell,
)
from pilotsim.output.views.verification import verification_record, verification_section

__all__ = ["document_of_check", "open_verdicts", "target_table"]

STRONGEST = 2  # changes that the text names for each target; the figures show more
RANKED = 4  # assumptions that are named as those on which most hangs
MAX_ROWS = 14  # readings that one figure of targets has room for on a page
MAX_DRIVERS = 9  # rows of a tornado: two of them fill a page


def document_of_check(
    check: Check,
    language: str,
    *,
    command: str = "",
    with_figures: bool = True,
    verification: ModelVerification | None = None,
) -> Document:
    """Return a check as people read it.

    Parameters
    ----------
    check : Check
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How the check was called; empty where it was called from Python.
    with_figures : bool
        Whether figures are part of it; without them no drawing library is started.
    verification : ModelVerification, optional
        What came of the tests of the program on this flow, to stand in the annex.
    """
    annex = [stress_section(check, language), odd_section(check, language)]
    record = _record(check)
    if verification is not None:
        annex.append(verification_section(verification, language))
        record["verification"] = verification_record(verification)
    sections = [
        _head(check, language),
        answer_section(check, language, _ranked(check, language)),
        # What was run stands below what it says.
        _run(check, language),
        _verdicts(check, language, with_figures=with_figures),
        readings_section(check, language),
        choices_section(check, language),
        effect_section(check, language, with_figures=with_figures),
        critical_factors_section(check, language),
        _sums(check, language),
        _contradictions(check, language),
        economy_section(check, language),
        _drivers(check, language, with_figures=with_figures),
        _over_time(check, language, with_figures=with_figures),
        *_basis(check, language),
        _how_made(check, command, language),
    ]
    return Document(
        "check",
        check.flow.title.in_language(language),
        language,
        tuple(section for section in sections if section.blocks),
        record,
        decision=decision_sections(check, language),
        annex=tuple(annex),
    )


def open_verdicts(check: Check) -> list[Verdict]:
    """Return, for each target that may fail, the verdict on the reading that is least settled.

    Targets that arithmetic alone judges, and those that nothing moves, are left out. First comes
    the one whose chance is moved furthest beyond the error of few runs.
    """
    found: dict[str, Verdict] = {}
    for verdict in check.verdicts:
        target = verdict.question.target
        may_fail = verdict.question.name in check.values and verdict.grade.falls_short
        if may_fail and _unsettled(verdict) < _unsettled(found.get(target)):
            found[target] = verdict
    kept = [
        verdict
        for verdict in found.values()
        if _moves(check, verdict) or _untold_of(check, verdict.question)
    ]
    return sorted(kept, key=lambda verdict: _surely_moved(check, verdict), reverse=True)


def _surely_moved(check: Check, verdict: Verdict) -> tuple[float, bool]:
    """Return how far one change moves the chance of a target at least, by its interval.

    And whether one surely moves its measure.
    """
    name, drivers = verdict.question.name, check.drivers_of(verdict.question)
    changes = [driver.probability[name] for driver in drivers]
    least = [min(abs(one.low), abs(one.high)) for one in changes if one.is_clear]
    return max(least, default=0.0), any(driver.is_clear(name) for driver in drivers)


def _unsettled(verdict: Verdict | None) -> float:
    """Return how far a chance is from even; infinite for no verdict."""
    return math.inf if verdict is None else abs(verdict.probability - 0.5)


def _moves(check: Check, verdict: Verdict) -> bool:
    name = verdict.question.name
    return any(driver.value[name].mean for driver in check.drivers_of(verdict.question))


def _head(check: Check, language: str) -> Section:
    flow = check.flow
    blocks: list[Block] = []
    if flow.about is not None:
        blocks.append(Paragraph.of(flow.about.in_language(language), is_brief=False))
    blocks += decision_paragraphs(check, language)
    return Section("head", "", tuple(blocks))


def _run(check: Check, language: str) -> Section:
    blocks = [
        run_paragraph(check.flow, check.replications, language),
        drawn_paragraph(check.flow, language, fixed=check.fixed),
        *_summary(check, language),
    ]
    return Section("run", "", tuple(blocks))


def _summary(check: Check, language: str) -> Iterator[Paragraph]:
    """Yield how many targets are met, and how often each word was given."""
    if not check.verdicts:
        yield Paragraph.of(say("no_targets", language), role="lead")
        return
    if check.flow.has_programme:
        yield Paragraph.of(reason_of(answers_of_targets(check, language), language), role="lead")
    count = len(check.verdicts)
    targets = len({verdict.question.target for verdict in check.verdicts})
    if count == 1:
        word = word_of_verdict(check.verdicts[0], language)
        counted = say("summary_one", language, word=word)
    else:
        words = count_words(Counter(verdict.grade for verdict in check.verdicts), language)
        key = "summary" if count > targets else "summary_each"
        counted = say(key, language, count=count, targets=targets, words=words)
    yield Paragraph.of(counted, role="note" if check.flow.has_programme else "lead")


# --------------------------------------------------------------------------------------------------
# Verdicts


def _verdicts(check: Check, language: str, *, with_figures: bool) -> Section:
    blocks: list[Block] = []
    if check.verdicts:
        note = say("verdicts_note", language, runs=check.replications)
        note = f"{note} {say('support_note', language)}"
        if any(is_shown_rounded(verdict.question) for verdict in check.verdicts):
            note = f"{note} {say('bound_rounded_note', language)}"
        blocks.append(Paragraph.of(note, is_brief=False))
        blocks.append(target_table(check, language))
        blocks += legend_notes(check.verdicts, language)
        blocks += met_anyway_notes(check.verdicts, language)
        blocks += borderline_notes(check.verdicts, language)
        blocks += own_input_notes(check.flow, language)
        named = (("", verdict) for verdict in check.verdicts)
        blocks += notes_of_verdicts(named, language, check.found_in_runs)
        if with_figures:
            blocks += _target_figures(check, language)
    return Section("verdicts", say("verdicts", language), tuple(blocks))


def _target_figures(check: Check, language: str) -> Iterator[Figure]:
    """Yield the figure of the targets: one for each kind where one would not fit a page."""
    from pilotsim.output.figures.targets import kinds_of, plot_targets

    if len(check.verdicts) <= MAX_ROWS:
        yield figure_of(plot_targets, check, language)
        return
    for kind in kinds_of(check):
        yield figure_of(plot_targets, check, language, name=f"targets-{kind}", kind=kind)


def target_table(check: Check, language: str) -> Table:
    """Return each reading of each target with its verdict."""
    filed: dict[str, Any] = {"is_shown": False}
    shown: dict[str, Any] = {"is_filed": False}
    columns = (
        text_column("name", language, **filed),
        text_column("target", language, **filed),
        text_column("reading", language, wraps=True),
        text_column("kind", language, **filed),
        value_column("bound", language, **shown),
        text_column("direction", language, "bound", **filed),
        value_column("limit", language, **filed),
        text_column("unit", language, **filed),
        value_column("expected", language),
        value_column("range", language, **shown, is_essential=False, folds_into="expected"),
        value_column("low", language, "low_end", **filed),
        value_column("high", language, "high_end", **filed),
        value_column("counterfactual", language, "anyway"),
        *support_columns(language),
        value_column("chance", language, filed_heading=say("chance_percent", language)),
        value_column("chance_low", language, **filed),
        value_column("chance_high", language, **filed),
        value_column("chance_anyway", language, **filed),
        text_column("verdict", language),
        text_column("could_be", language, **filed),
        value_column("ceiling", language, **filed),
        text_column("sum", language, **filed),
        text_column("source", language, **filed),
        value_column("runs", language, **filed),
        value_column("undefined", language, **filed),
    )
    groups: list[RowGroup] = []
    own: list[Row] = []
    for number, verdict in enumerate(check.verdicts):
        own.append(_verdict_row(verdict, language))
        following = check.verdicts[number + 1 : number + 2]
        if not following or following[0].question.target != verdict.question.target:
            groups.append(RowGroup(tuple(own), _target_heading(verdict.question, language)))
            own = []
    return Table("targets", say("file_targets", language), columns, tuple(groups))


def _target_heading(question: TargetReading, language: str) -> tuple[Span, ...]:
    """Return the words of a target with its source; nothing where they stand in its only row."""
    if not question.reading:
        return ()
    source = (
        (Span(f" ({source_of_question(question, language)})", "soft"),) if question.source else ()
    )
    return (Span(question.says.in_language(language)), *source)


def _verdict_row(verdict: Verdict, language: str) -> Row:
    question, kind = verdict.question, verdict.question.bound.kind
    chance = Cell(
        format_chance(verdict, language),
        in_unit(verdict.probability, "share"),
        below=format_probability_range(*verdict.interval, language) if verdict.replications else "",
        kind="share",
    )
    ends = verdict.interval if verdict.replications else (math.nan, math.nan)
    ceiling = verdict.ceiling
    return Row(
        (
            Cell.of_value(question.name),
            Cell.of_value(question.says.in_language(language)),
            _reading_cell(question, language),
            Cell.of_value(say(question.kind, language)),
            Cell(format_bound(question, language)),
            Cell.of_value(say("at_least" if question.at_least else "at_most", language)),
            number_cell(question.bound.number, kind),
            Cell.of_value(unit_of_kind(kind, language)),
            Cell(format_expected(verdict, language), in_unit(verdict.expected, kind), kind=kind),
            Cell(format_expected_range(verdict, language)),
            number_cell(verdict.low, kind),
            number_cell(verdict.high, kind),
            Cell(
                format_measured(question, verdict.counterfactual, language, half=verdict.half),
                in_unit(verdict.counterfactual, kind),
                kind=kind,
            ),
            *support_cells(verdict.rests_on, language),
            chance,
            *(number_cell(end, "share") for end in ends),
            number_cell(verdict.chance_anyway.mean if verdict.chance_anyway else math.nan, "share"),
            verdict_cell(verdict, language),
            Cell.of_value(join([say(one.key, language) for one in verdict.could_be], language)),
            number_cell(ceiling.number if ceiling else math.nan, kind),
            Cell.of_value(format_written(ceiling.written, language) if ceiling else None),
            Cell.of_value(source_of_question(question, language) or None),
            Cell.of_value(verdict.replications),
            Cell.of_value(verdict.undefined),
        )
    )


def _reading_cell(question: TargetReading, language: str) -> Cell:
    """Return what a reading counts; the target itself where it is read in one way only."""
    if question.reads is None:
        says = question.says.in_language(language)
        return Cell(says, None, "strong", source_of_question(question, language))
    return Cell.of_text(question.reads.in_language(language))


def _sums(check: Check, language: str) -> Section:
    items = [
        Definition(
            label_of_question(verdict.question, language),
            Paragraph.of(_sum_line(verdict, language)),
        )
        for verdict in check.verdicts
        if verdict.ceiling is not None
    ]
    return Section("sums", say("sums", language), (Definitions(tuple(items)),) if items else ())


def _sum_line(verdict: Verdict, language: str) -> str:
    assert verdict.ceiling is not None
    return say(
        "sum_line",
        language,
        written=format_written(verdict.ceiling.written, language),
        number=format_exact(verdict.ceiling.number, verdict.question.bound.kind, language),
        bound=format_bound(verdict.question, language),
        says=verdict.ceiling.says.in_language(language).rstrip("."),
    )


def _contradictions(check: Check, language: str) -> Section:
    items = [_contradiction(one, language) for one in check.contradictions]
    blocks = (Definitions(tuple(items)),) if items else ()
    return Section("contradictions", say("contradictions", language), blocks)


def _contradiction(one: Contradiction, language: str) -> Definition:
    line = say(
        "conflict_line",
        language,
        written=format_written(one.sum.written, language),
        number=format_exact(one.sum.number, one.stated.kind, language),
        stated=format_value(one.stated, language),
    )
    source = source_spans(one.source, language)
    return Definition(one.sum.says.in_language(language), Paragraph.of(line, *source))


# --------------------------------------------------------------------------------------------------
# What moves the results


def _drivers(check: Check, language: str, *, with_figures: bool) -> Section:
    blocks: list[Block] = []
    moved = open_verdicts(check)
    if moved:
        blocks.append(Paragraph.of(say("drivers_note", language), is_brief=False))
        few = format_number(check.what_if_replications, language, 0)
        blocks.append(Paragraph.of(say("strongest_note", language, few=few), role="note"))
        blocks.append(_strongest(check, moved, language))
        if with_figures:
            blocks += _driver_figures(check, moved, language)
    blocks.append(_driver_table(check, language))
    heading = say("drivers", language) if moved else ""
    return Section("drivers", heading, tuple(blocks))


def _strongest(check: Check, moved: Sequence[Verdict], language: str) -> Table:
    """Return, for each target that may fail, what moves it most, and how far.

    How far is said in the target's unit, and as a change in the probability of meeting it.
    """
    columns = (
        text_column("changed", language, wraps=True),
        value_column("change", language),
        Column("change_interval", _interval_heading(language), is_number=True),
        value_column("chance_change", language, "chance_moves"),
    )
    groups = []
    for verdict in moved:
        drivers = check.drivers_of(verdict.question)
        clear = [driver for driver in drivers if _is_worth_saying(driver, verdict, language)]
        told = clear or _untold_of(check, verdict.question)
        rows = [_strong_row(check, one, verdict.question, language) for one in told[:STRONGEST]]
        if rows:
            heading = Span(label_of_question(verdict.question, language))
            groups.append(RowGroup(tuple(rows), (heading,)))
    title = say("strongest", language)
    return Table("strongest", title, columns, tuple(groups), is_filed=False)


def _interval_heading(language: str) -> str:
    return say("interval", language, level=format_level(LEVEL, language))


def _is_worth_saying(driver: OneWayChange, verdict: Verdict, language: str) -> bool:
    """Tell whether a change is clearly not 0, and not written as 0 either."""
    name, kind = verdict.question.name, verdict.question.bound.kind
    change = driver.value[name]
    written = format_change(change.mean, kind, language, half=change.half_width)
    return driver.is_clear(name) and written.startswith(("+", MINUS))


def _untold_of(check: Check, question: TargetReading) -> list[OneWayChange]:
    """Return the changes of which nobody can tell which way they move a question's measure."""
    return [one for one in check.drivers if one.bounded.get(question.name) == UNTOLD]


def _strong_row(check: Check, driver: OneWayChange, question: TargetReading, language: str) -> Row:
    change, chance = driver.value[question.name], driver.probability[question.name]
    label = label_of_driver(check.flow, driver, language)
    return Row(
        (
            Cell(f"{label}: {number_of_driver(check.flow, driver, language)}"),
            Cell(format_driver_change(driver, question, language)),
            Cell(
                format_moved_range(
                    question, *ends_to_show(change), language, half=change.half_width
                )
            ),
            Cell(format_change(chance.mean, "share", language, half=chance.half_width)),
        )
    )


def _driver_figures(check: Check, moved: Sequence[Verdict], language: str) -> Iterator[Figure]:
    from pilotsim.output.figures.tornado import plot_drivers

    taken: set[str] = set()
    for verdict in moved:
        question = verdict.question
        if not _moves(check, verdict):
            continue
        yield figure_of(
            plot_drivers,
            check,
            language,
            name=_file_name(question.name, taken),
            question=question.name,
            most=MAX_DRIVERS,
        )


def _file_name(question: str, taken: set[str]) -> str:
    """Return a name for a question's files that differs from all others even if case is ignored."""
    name = base = f"drivers-{question.replace('.', '-')}"
    number = 1
    while name.lower() in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name.lower())
    return name


def _driver_table(check: Check, language: str) -> Table:
    columns = (
        text_column("question", language),
        text_column("name", language),
        text_column("what", language),
        text_column("end", language),
        value_column("value", language),
        text_column("value_unit", language),
        value_column("change", language),
        value_column("low", language, "change_low"),
        value_column("high", language, "change_high"),
        text_column("unit", language, "unit_of_change"),
        text_column("bounded", language, "bounded_change"),
        value_column("chance_change", language),
        value_column("chance_low", language, "chance_change_low"),
        value_column("chance_high", language, "chance_change_high"),
    )
    asked = [
        (driver, verdict.question)
        for verdict in check.verdicts
        if verdict.question.name in check.values
        for driver in (
            *check.drivers_of(verdict.question),
            *_untold_of(check, verdict.question),
        )
    ]
    # The same few for each of many targets.
    labels = {
        _which(driver): label_of_driver(check.flow, driver, language)
        for driver in {_which(driver): driver for driver, _ in asked}.values()
    }
    rows = [
        _driver_row(check, driver, question, labels[_which(driver)], language)
        for driver, question in asked
    ]
    return Table.of_rows(
        "drivers", say("file_drivers", language), columns, rows, is_shown=False, is_brief=False
    )


def _which(driver: OneWayChange) -> tuple[str, str]:
    return driver.kind, driver.name


def _driver_row(
    check: Check, driver: OneWayChange, question: TargetReading, label: str, language: str
) -> Row:
    kind = question.bound.kind
    return Row(
        (
            Cell.of_value(question.name),
            Cell.of_value(driver.name),
            Cell.of_value(label),
            # Where it is set to no number of its own, in words.
            Cell.of_value(
                say(driver.kind, language)
                if driver.name in check.flow.values
                else number_of_driver(check.flow, driver, language)
            ),
            *own_unit_cells(check.flow.values.get(driver.name), language, driver.number),
            *_change_cells(driver.value[question.name], kind),
            Cell.of_value(unit_of_change(kind, language)),
            Cell.of_value(_bounded_word(driver, question, language)),
            *_change_cells(driver.probability[question.name], "share"),
        )
    )


def _bounded_word(driver: OneWayChange, question: TargetReading, language: str) -> str | None:
    """Return what is known of a change that is only bounded; None for others."""
    word = driver.bounded.get(question.name)
    return None if word is None else say(f"bounded_{word}", language)


def _change_cells(change: Interval, kind: str) -> Iterator[Cell]:
    for number in (change.mean, *ends_to_show(change)):
        yield change_cell(number, kind)


# --------------------------------------------------------------------------------------------------
# Over time


def _over_time(check: Check, language: str, *, with_figures: bool) -> Section:
    blocks: list[Block] = []
    if with_figures:
        from pilotsim.output.figures.clients import plot_clients
        from pilotsim.output.figures.flow import plot_flow
        from pilotsim.output.figures.use import plot_use
        from pilotsim.output.figures.waits import plot_waits

        plots = (plot_clients, plot_flow, plot_waits, plot_use)
        blocks += [figure_of(plot, check, language) for plot in plots]
    blocks += [_stages(check, language), _all_moves(check, language)]
    heading = say("over_time", language) if with_figures else ""
    return Section("over_time", heading, tuple(blocks))


def _stages(check: Check, language: str) -> Table:
    """Return the clients in each stage at the start and at the end of each month."""
    columns = (
        text_column("date", language),
        text_column("name", language),
        text_column("stage", language),
        text_column("state", language),
        value_column("mean_with", language),
        value_column("low", language, "low_end"),
        value_column("high", language, "high_end"),
        value_column("mean_waiting", language),
        value_column("mean_without", language),
    )
    clients = np.array([path.occupancy for path in check.paths], np.float64)
    waiting = np.array([path.waiting for path in check.paths], np.float64).mean(axis=0)
    without = np.array([path.occupancy for path in check.counterfactual_paths], np.float64).mean(
        axis=0
    )
    low, high = np.quantile(clients, [0.05, 0.95], axis=0)
    numbers = np.stack([clients.mean(axis=0), low, high, waiting, without], axis=-1)
    calendar = check.flow.make_calendar()
    rows = []
    for mark, day in enumerate(calendar.marks()):
        for number, (name, stage) in enumerate(check.flow.stages.items()):
            words = (
                name,
                check.flow.label_of("stages", name, language),
                say(stage.counts_as, language),
            )
            values = (calendar.date_of(day), *words, *numbers[mark, number].tolist())
            rows.append(Row(tuple(Cell.of_value(value) for value in values)))
    title = say("file_stages_over_time", language)
    return Table.of_rows("stages_over_time", title, columns, rows, is_shown=False, is_brief=False)


def _all_moves(check: Check, language: str) -> Table:
    """Return the mean number of moves from stage to stage over the whole run."""
    columns = (
        text_column("name_from", language),
        text_column("name_to", language),
        text_column("from_stage", language),
        text_column("to_stage", language),
        value_column("mean_with", language),
        value_column("mean_without", language),
    )
    names = list(check.flow.stages)
    with_pilot, without = (
        np.mean([path.moves for path in paths], axis=0)
        for paths in (check.paths, check.counterfactual_paths)
    )
    rows = []
    for first, last in zip(*np.nonzero(with_pilot + without), strict=True):
        ends = (names[first], names[last])
        labels = [check.flow.label_of("stages", name, language) for name in ends]
        means = (float(with_pilot[first, last]), float(without[first, last]))
        rows.append(Row(tuple(Cell.of_value(value) for value in (*ends, *labels, *means))))
    title = say("file_moves", language)
    return Table.of_rows("moves", title, columns, rows, is_shown=False, is_brief=False)


# --------------------------------------------------------------------------------------------------
# What it rests on


def _basis(check: Check, language: str) -> Iterator[Section]:
    flow = check.flow
    facts, assumed = facts_of(flow), assumed_of(flow)
    note = say(
        "rests_note",
        language,
        facts=len(facts),
        sums=len(own_sums_of(flow)),
        assumed=len(assumed),
        ranges=len(flow.assumptions),
    )
    blocks: list[Block] = [Paragraph.of(note), *_by_source(check, language)]
    plain = [path for path in plain_of(flow) if not path.startswith(("targets", "conflicts"))]
    # What a file with sources must say of its numbers, one without may leave out.
    unfounded = [path for path in plain if needs_source(tuple(path.split(".")), flow.values[path])]
    if unfounded and not flow.sources:
        blocks.append(Paragraph.of(say("plain", language, count=len(unfounded)), role="warning"))
    elif plain:
        blocks.append(plain_numbers_note(flow, language))
    blocks.append(_value_table(flow, language))
    yield Section("rests_on", say("rests_on", language), tuple(blocks))
    for name, values in (("facts", facts), ("own_sums", own_sums_of(flow))):
        if values:
            table = _sourced(name, values, flow, language)
            yield Section(name, say(name, language), (table,), level=2)
    yield Section("assumed", say("assumed", language), _assumed(flow, language), level=2)
    yield joint_section(check, language)
    items = [
        Definition(name, Paragraph.of(words.in_language(language)))
        for name, words in flow.sources.items()
    ]
    sources = (Definitions(tuple(items), is_brief=False),) if items else ()
    yield Section("sources", say("sources", language), sources, level=2)


def _by_source(check: Check, language: str) -> Iterator[Listing]:
    """Yield how many numbers each source gives, and the assumptions on which most hangs."""
    flow = check.flow
    counts = Counter(
        str(value.source).split()[0].rstrip(",:;") for value in facts_of(flow).values()
    )
    items = []
    for source, count in counts.most_common():
        words = flow.sources[source].in_language(language) if source in flow.sources else source
        items.append(Paragraph.of(say("from_source", language, count=count, source=words)))
    strongest = _ranked(check, language)
    if strongest:
        items.append(Paragraph.of(say("most_hangs_on", language, names=", ".join(strongest))))
    if items:
        yield Listing(tuple(items))


def _ranked(check: Check, language: str) -> list[str]:
    """Return the labels of the assumptions that are among the strongest for most targets."""
    names = check.strongest_assumptions(RANKED)
    return [label_of_value(check.flow, name, language) for name in names]


def _sourced(name: str, values: Mapping[str, Quantity], flow: Flow, language: str) -> Table:
    """Return values that have a source, each with it."""
    columns = (
        text_column("what", language),
        text_column("value", language),
        text_column("source", language),
    )
    labels = labels_of_values(flow, values, language)
    rows = [
        Row(
            (
                Cell(labels[path]),
                Cell(format_value(value, language)),
                Cell(grounds_of(flow, path, format_source(value.source or "", language), language)),
            )
        )
        for path, value in values.items()
    ]
    title = say(name, language)
    return Table.of_rows(name, title, columns, rows, is_filed=False, is_brief=False)


def _assumed(flow: Flow, language: str) -> tuple[Table, ...]:
    columns = (
        text_column("what", language),
        text_column("value", language),
        text_column("range", language, "range_of"),
        text_column("why", language),
    )
    values = assumed_of(flow)
    labels = labels_of_values(flow, values, language)
    rows = [
        Row(
            (
                Cell(labels[path]),
                Cell(format_value(value, language)),
                range_cell(flow, value, language),
                Cell(grounds_of(flow, path, _why(value, language), language)),
            )
        )
        for path, value in values.items()
    ]
    title = say("assumed", language)
    table = Table.of_rows("assumed", title, columns, rows, is_filed=False, is_brief=False)
    return (table,) if rows else ()


def _why(value: Quantity, language: str) -> str:
    """Return why a value is assumed; where only a part of its sum was, what the source gives."""
    return value.assumption.in_language(language) if value.assumption else value.source or ""


def _value_table(flow: Flow, language: str) -> Table:
    """Return every sourced or assumed value, for spreadsheets."""
    columns = (
        text_column("name", language),
        text_column("what", language),
        text_column("basis", language),
        value_column("value", language),
        value_column("low", language, "low_end"),
        value_column("high", language, "high_end"),
        text_column("unit", language),
        text_column("source", language),
        text_column("assumption", language),
        text_column("drawn_with", language),
    )
    rows = []
    told = {path: value for path, value in founded_of(flow).items() if not value.is_plain}
    labels = labels_of_values(flow, told, language)
    for path, value in told.items():
        what = (path, labels[path], say(_basis_of(value), language))
        why = (
            format_source(value.source or "", language) or None,
            value.assumption.in_language(language) if value.assumption else None,
            drawn_with(flow, value, language) or None,
        )
        rows.append(
            Row(
                (
                    *map(Cell.of_value, what),
                    *own_unit_cells(value, language, value.number, value.low, value.high),
                    *map(Cell.of_value, why),
                )
            )
        )
    title = say("file_assumptions", language)
    return Table.of_rows("assumptions", title, columns, rows, is_shown=False, is_brief=False)


def _basis_of(value: Quantity) -> str:
    """Return the phrase for what a value rests on."""
    if value.is_own_sum:
        return "own_sum"
    if value.follows:
        return "follows_others"
    return "assumption" if value.source is None else "source"


def _how_made(check: Check, command: str, language: str) -> Section:
    line = say(
        "how_line" if command else "how_short",
        language,
        flow=check.flow.flow,
        runs=check.replications,
        seed=check.seed,
        version=__version__,
        few=check.what_if_replications,
    )
    blocks: list[Block] = [Paragraph.of(line, is_brief=False), *command_block(command)]
    return Section("how_made", say("how_made", language), tuple(blocks))


# --------------------------------------------------------------------------------------------------
# For programs


def _record(check: Check) -> dict[str, object]:
    return {
        "flow": check.flow.flow,
        "version": __version__,
        "seed": check.seed,
        "replications": check.replications,
        "what_if_replications": check.what_if_replications,
        "fixed": check.fixed,
        "scenario": check.scenario.in_language("en") if check.scenario else None,
        "verdicts": [_verdict_record(verdict) for verdict in check.verdicts],
        "values": dict(check.values),
        **effect_record(check),
        "drivers": [
            {
                "name": driver.name,
                "kind": driver.kind,
                "number": driver.number,
                "value": _change_records(driver.value),
                "bounded": dict(driver.bounded),
                "probability": _change_records(driver.probability),
            }
            for driver in check.drivers
        ],
        "joint": joint_records(check.flow),
        "readings": reading_records(check),
        "economy": economy_record(check.economy),
        "contradictions": [
            {
                "says": one.sum.says.in_language("en"),
                "sum": one.sum.written,
                "comes_to": one.sum.number,
                "stated": one.stated.written,
            }
            for one in check.contradictions
        ],
        "choices": record_of_choices(check),
        "kept": kept_of_flow(check.flow),
    }


def _verdict_record(verdict: Verdict) -> dict[str, object]:
    question, ceiling = verdict.question, verdict.ceiling
    return {
        "target": question.target,
        "reading": question.reading or None,
        "says": question.says.in_language("en"),
        "verdict": verdict.word,
        "bound": question.bound.number,
        "at_least": question.at_least,
        "probability": verdict.probability,
        "interval": list(verdict.interval),
        "expected": verdict.expected,
        "low": verdict.low,
        "high": verdict.high,
        "undefined": verdict.undefined,
        **support_record(verdict.rests_on),
        "anyway": verdict.counterfactual,
        "probability_anyway": verdict.chance_anyway.mean if verdict.chance_anyway else math.nan,
        "ceiling": {"sum": ceiling.written, "comes_to": ceiling.number} if ceiling else None,
        "kept": kept_of_verdict(verdict),
    }


def _change_records(changes: Mapping[str, Interval]) -> dict[str, list[float]]:
    return {name: interval_record(change) for name, change in changes.items()}
