"""What is drawn together, and the verdicts in each reading of the sources."""

from __future__ import annotations

from pilotsim.base.quantity import Quantity, round_in_unit
from pilotsim.judge.check import Check
from pilotsim.judge.readings import ReadingVerdicts
from pilotsim.judge.validation import ReadingComparisons, Validation
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_measure,
    format_number,
    format_probability_range,
    format_range,
    format_value,
    format_value_range,
    in_unit,
)
from pilotsim.model.beliefs import mean_of_belief
from pilotsim.model.flow import RANGE_DIGITS, Flow
from pilotsim.output.document import (
    Block,
    Cell,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.labels import (
    format_bound,
    format_chance,
    format_expected,
    format_expected_range,
    format_measured,
    label_of_question,
    word_of_verdict,
)
from pilotsim.output.views.parts import (
    grade_cell,
    measure_cell,
    number_cell,
    range_of,
    text_column,
    value_column,
)
from pilotsim.output.views.support import notes_of_verdicts
from pilotsim.output.views.verdict_words import verdict_cell

__all__ = [
    "drawn_mean",
    "drawn_with",
    "figure_reading_records",
    "figures_by_reading",
    "joint_records",
    "joint_section",
    "range_cell",
    "reading_records",
    "readings_section",
]

NEAR = 0.02  # of a range: a mean that is no further from the value is not said


def range_cell(flow: Flow, value: Quantity, language: str) -> Cell:
    """Return the range of a value, and below it what is drawn on average, and with what."""
    below = "; ".join(
        filter(None, (drawn_mean(flow, value, language), drawn_with(flow, value, language)))
    )
    return Cell.of_text(range_of(flow, value, language), below=below)


def drawn_mean(flow: Flow, value: Quantity, language: str) -> str:
    """Return what a value is drawn as on average; nothing where that is the value as written.

    A range that reaches further to one side is drawn further to that side: results that name an
    average over the runs have this one, not the value.
    """
    if not value.has_range or value.follows:
        return ""
    mean = round_in_unit(value, mean_of_belief(flow, value), RANGE_DIGITS)
    assert value.low is not None
    assert value.high is not None
    if abs(mean - value.number) < NEAR * (value.high - value.low):
        return ""
    return say("drawn_mean", language, mean=format_value(value, language, mean))


def drawn_with(flow: Flow, value: Quantity, language: str) -> str:
    """Return with what a value is drawn together, as words; nothing where it is drawn by itself."""
    if value.joint not in flow.drawn_together:
        return ""
    says = flow.joint[value.joint].says.in_language(language)
    return say("drawn_together_with", language, joint=says)


# --------------------------------------------------------------------------------------------------
# What is drawn together


def joint_section(check: Check, language: str) -> Section:
    """Return each part `joint`: its values as written, their ranges, and where both ends lie."""
    flow = check.flow
    blocks: list[Block] = []
    groups = []
    for name, members in flow.drawn_together.items():
        rows = flow.posteriors[name]
        part = flow.joint[name]
        low, high = (dict(zip(rows.paths, row.tolist(), strict=True)) for row in rows.ends_of())
        own = [
            Row(
                (
                    Cell.of_value(path),
                    Cell.of_text(label_of_value(flow, path, language)),
                    Cell.of_text(format_value(value, language)),
                    Cell.of_text(format_value_range(value, language)),
                    Cell.of_text(
                        format_value(value, language, round_in_unit(value, low[path], RANGE_DIGITS))
                    ),
                    Cell.of_text(
                        format_value(
                            value, language, round_in_unit(value, high[path], RANGE_DIGITS)
                        )
                    ),
                )
            )
            for path, value in members.items()
        ]
        heading = say("joint_rows", language, joint=part.says.in_language(language), rows=len(rows))
        groups.append(RowGroup(tuple(own), (Span(heading),)))
        made = rows.made_in(language)
        line = say("joint_made", language, file=part.file, made=made)
        blocks.append(Paragraph.of(line, role="note", is_brief=False))
    if not groups:
        return Section("joint", "", ())
    columns = (
        text_column("name", language, is_shown=False),
        text_column("what", language, wraps=True),
        text_column("value", language, "joint_written"),
        text_column("range", language, "range_of"),
        text_column("low_end_row", language, "joint_low_end"),
        text_column("high_end_row", language, "joint_high_end"),
    )
    title = say("joint_title", language)
    table = Table("joint", title, columns, tuple(groups), is_brief=False)
    note = Paragraph.of(say("joint_note", language), is_brief=False)
    return Section("joint", title, (note, table, *blocks), level=2)


# --------------------------------------------------------------------------------------------------
# Readings


def readings_section(check: Check, language: str) -> Section:
    """Return each verdict in each reading of the sources; empty where there is but one reading."""
    if not check.by_reading:
        return Section("readings", "", ())
    whole = {verdict.question.name: verdict for verdict in check.verdicts}
    names = [verdict.question.name for verdict in check.by_reading[0].verdicts]
    groups = [_question_rows(check, whole[name], language) for name in names]
    turned = [name for name in names if len(_words(check, name)) > 1]
    note = say("readings_note", language, turned=len(turned), count=len(names))
    columns = (
        text_column("name", language, is_shown=False),
        text_column("target", language, is_shown=False),
        text_column("joint", language, "joint_title", is_shown=False),
        text_column("source_reading", language, wraps=True),
        text_column("reading_name", language, is_shown=False),
        value_column("runs", language, is_essential=False),
        value_column("expected", language),
        value_column("range", language, is_filed=False, is_essential=False, folds_into="expected"),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        value_column("counterfactual", language, "anyway"),
        value_column("chance", language, filed_heading=say("chance_percent", language)),
        value_column("chance_low", language, is_shown=False),
        value_column("chance_high", language, is_shown=False),
        text_column("verdict", language),
    )
    title = say("readings_title", language)
    blocks: list[Block] = [Paragraph.of(note)]
    if turned:
        lines = [Paragraph.of(_turned_line(check, whole[name], language)) for name in turned]
        blocks.append(Listing(tuple(lines)))
    # On a screen what depends on the reading is enough; the page has all verdicts.
    blocks.append(Table("readings", title, columns, tuple(groups), is_brief=False))
    named = (
        (one.says.in_language(language), own) for one in check.by_reading for own in one.verdicts
    )
    blocks += notes_of_verdicts(named, language)
    return Section("readings", title, tuple(blocks))


def _turned_line(check: Check, whole: Verdict, language: str) -> str:
    """Return a target with its verdict in each reading, as one line."""
    question = whole.question
    parts = [
        say(
            "readings_verdict",
            language,
            reading=one.says.in_language(language),
            verdict=word_of_verdict(verdict, language),
            chance=format_chance(verdict, language),
        )
        for one in check.by_reading
        for verdict in one.verdicts
        if verdict.question.name == question.name
    ]
    return say(
        "readings_line",
        language,
        label=label_of_question(question, language),
        bound=format_bound(question, language),
        readings="; ".join(parts),
    )


def _words(check: Check, name: str) -> set[str]:
    """Return the words of the verdicts on a question in all readings."""
    found = [verdict for one in check.by_reading for verdict in one.verdicts]
    return {verdict.word for verdict in found if verdict.question.name == name}


def _question_rows(check: Check, whole: Verdict, language: str) -> RowGroup:
    question = whole.question
    rows = [
        _reading_row(check, one, verdict, language)
        for one in check.by_reading
        for verdict in one.verdicts
        if verdict.question.name == question.name
    ]
    label = label_of_question(question, language)
    together = say(
        "readings_together",
        language,
        label=label,
        bound=format_bound(question, language),
        chance=format_chance(whole, language),
        verdict=word_of_verdict(whole, language),
    )
    return RowGroup(tuple(rows), (Span(together),))


def _reading_row(check: Check, one: ReadingVerdicts, verdict: Verdict, language: str) -> Row:
    question, kind = verdict.question, verdict.question.bound.kind
    chance = Cell(
        format_chance(verdict, language),
        in_unit(verdict.probability, "share"),
        below=format_probability_range(*verdict.interval, language),
        kind="share",
    )
    return Row(
        (
            Cell.of_value(question.name),
            Cell.of_value(label_of_question(question, language)),
            Cell.of_value(check.flow.joint[one.joint].says.in_language(language)),
            Cell.of_text(one.says.in_language(language)),
            Cell.of_value(one.reading),
            Cell(format_number(verdict.replications, language, 0), verdict.replications),
            Cell(format_expected(verdict, language), in_unit(verdict.expected, kind), kind=kind),
            Cell(format_expected_range(verdict, language)),
            number_cell(verdict.low, kind),
            number_cell(verdict.high, kind),
            Cell(
                format_measured(question, verdict.counterfactual, language, half=verdict.half),
                in_unit(verdict.counterfactual, kind),
                kind=kind,
            ),
            chance,
            *(number_cell(end, "share") for end in verdict.interval),
            verdict_cell(verdict, language),
        )
    )


def figures_by_reading(validation: Validation, language: str) -> Section:
    """Return each published figure in each reading of the sources; empty where there is but one."""
    by_reading = validation.by_reading
    if not by_reading:
        return Section("readings", "", ())
    groups = []
    turned = 0
    for number, whole in enumerate(validation.comparisons):
        own = [one.comparisons[number] for one in by_reading]
        turned += len({one.word for one in own}) > 1
        rows = [_figure_row(validation, one, language, number) for one in by_reading]
        heading = say(
            "readings_figure",
            language,
            says=whole.observed.says.in_language(language),
            published=format_value(whole.published.value, language),
            simulated=format_measure(whole.expected, whole.published.value.kind, language),
            word=say(whole.match.key, language),
        )
        groups.append(RowGroup(tuple(rows), (Span(heading),)))
    note = say("readings_figures_note", language, turned=turned, count=len(validation.comparisons))
    columns = (
        text_column("name", language, is_shown=False),
        text_column("joint", language, "joint_title", is_shown=False),
        text_column("source_reading", language, wraps=True),
        text_column("reading_name", language, is_shown=False),
        value_column("runs", language, is_essential=False),
        value_column("expected", language, "simulated"),
        value_column("range", language, is_filed=False, is_essential=False, folds_into="expected"),
        value_column("low", language, "low_end", is_shown=False),
        value_column("high", language, "high_end", is_shown=False),
        text_column("verdict", language),
    )
    title = say("readings_figures_title", language)
    table = Table("readings", title, columns, tuple(groups), is_brief=False)
    return Section("readings", title, (Paragraph.of(note, is_brief=False), table))


def _figure_row(validation: Validation, one: ReadingComparisons, language: str, number: int) -> Row:
    found = one.comparisons[number]
    kind = found.published.value.kind
    return Row(
        (
            Cell.of_value(found.output),
            Cell.of_value(validation.flow.joint[one.joint].says.in_language(language)),
            Cell.of_text(one.says.in_language(language)),
            Cell.of_value(one.reading),
            Cell(format_number(one.replications, language, 0), one.replications),
            measure_cell(found.expected, kind, language),
            Cell(format_range(found.low, found.high, kind, language)),
            number_cell(found.low, kind),
            number_cell(found.high, kind),
            grade_cell(found.match, language),
        )
    )


# --------------------------------------------------------------------------------------------------
# For programs


def joint_records(flow: Flow) -> list[dict[str, object]]:
    """Return each part `joint` as plain content."""
    return [
        {
            "name": name,
            "says": flow.joint[name].says.in_language("en"),
            "file": flow.joint[name].file,
            "made": list(flow.posteriors[name].made),
            "rows": len(flow.posteriors[name]),
            "readings": list(flow.posteriors[name].readings),
            "values": {
                path: {"value": value.number, "low": value.low, "high": value.high}
                for path, value in members.items()
            },
        }
        for name, members in flow.drawn_together.items()
    ]


def reading_records(check: Check) -> list[dict[str, object]]:
    """Return the verdicts in each reading of the sources as plain content."""
    return [
        {
            "joint": one.joint,
            "reading": one.reading,
            "says": one.says.in_language("en"),
            "replications": one.replications,
            "verdicts": [
                {
                    "name": verdict.question.name,
                    "verdict": verdict.word,
                    "probability": verdict.probability,
                    "interval": list(verdict.interval),
                    "expected": verdict.expected,
                    "low": verdict.low,
                    "high": verdict.high,
                    "anyway": verdict.counterfactual,
                }
                for verdict in one.verdicts
            ],
        }
        for one in check.by_reading
    ]


def figure_reading_records(validation: Validation) -> list[dict[str, object]]:
    """Return the published figures in each reading of the sources as plain content."""
    return [
        {
            "joint": one.joint,
            "reading": one.reading,
            "says": one.says.in_language("en"),
            "replications": one.replications,
            "comparisons": [
                {
                    "output": found.output,
                    "published": found.published.value.number,
                    "expected": found.expected,
                    "low": found.low,
                    "high": found.high,
                    "word": found.word,
                }
                for found in one.comparisons
            ],
        }
        for one in validation.by_reading
    ]
