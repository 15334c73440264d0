"""What verdicts hang on that somebody has to decide: each choice with its options side by side."""

from __future__ import annotations

import math
from collections.abc import Iterator

from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.judge.choices import JudgedChoice, JudgedOption
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import (
    format_number,
    in_unit,
    unit_of_kind,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
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
    format_measured,
    format_moved,
    label_of_question,
    word_of_verdict,
)
from pilotsim.output.views.parts import (
    grade_cell,
    number_cell,
    source_spans,
    text_column,
    value_column,
)
from pilotsim.output.views.support import notes_of_verdicts, support_record

__all__ = ["choices_section", "decision_paragraphs", "record_of_choices"]

NAMED = 1  # questions that turn which the short table names for each option
KINDS = ("assignment", "result", "activity")  # what is named first
TURNED = "◆ "  # what marks a word that an option turns, beside its tone


def decision_paragraphs(check: Check, language: str) -> Iterator[Paragraph]:
    """Yield what was decided differently from the file; nobody should take it for the plan."""
    for found in check.choices:
        taken = found.taken
        if taken is not None and taken.option != found.choice.as_written:
            written = found.choice.options[found.choice.as_written]
            yield Paragraph.of(
                say(
                    "choice_taken",
                    language,
                    choice=_plain(found.choice.says.in_language(language)),
                    option=_plain(taken.says.in_language(language)),
                    written=_plain(written.says.in_language(language)),
                ),
                role="warning",
            )


def choices_section(check: Check, language: str) -> Section:
    """Return what the verdicts hang on that somebody has to decide; empty where nothing is."""
    blocks: list[Block] = []
    if check.choices:
        blocks.append(Paragraph.of(_summary(check, language), role="lead"))
        blocks.append(_short(check, language))
        # Readings of a target rest on the runs of the verdicts; the options have runs of their own.
        tried = [
            option.replications
            for found in check.choices
            if found.choice.readings_of is None
            for option in found.options
            if not option.is_taken
        ]
        runs = max(tried, default=0)
        note = say("choices_note", language, runs=format_number(runs, language, 0))
        blocks.append(Paragraph.of(note, role="note", is_brief=False))
        for found in check.choices:
            if found.choice.readings_of is None and found.turned:
                blocks.append(_side_by_side(found, language))
                blocks += notes_of_verdicts(_shown(found, language), language)
        blocks += _steady(check, language)
        blocks.append(_filed(check, language))
    return Section("choices", say("choices", language), tuple(blocks))


def record_of_choices(check: Check) -> list[dict[str, object]]:
    """Return the choices for programs."""
    return [
        {
            "choice": found.name,
            "says": found.choice.says.in_language("en"),
            "readings_of": found.choice.readings_of,
            "options": [
                {
                    "option": option.option,
                    "says": option.says.in_language("en"),
                    "taken": option.is_taken,
                    "replications": option.replications,
                    "turned": sorted(option.turned),
                    "verdicts": [_record_of(verdict) for verdict in option.verdicts],
                }
                for option in found.options
            ],
        }
        for found in check.choices
    ]


def _record_of(verdict: Verdict) -> dict[str, object]:
    return {
        "question": verdict.question.name,
        "verdict": verdict.word,
        "bound": verdict.question.bound.number,
        "probability": verdict.probability,
        "interval": list(verdict.interval),
        "expected": verdict.expected,
        "low": verdict.low,
        "high": verdict.high,
        **support_record(verdict.rests_on),
        "anyway": verdict.counterfactual,
    }


def _options(check: Check) -> Iterator[JudgedOption]:
    for found in check.choices:
        yield from found.options


def _summary(check: Check, language: str) -> str:
    turned = {name for option in _options(check) for name in option.turned}
    return say(
        "choices_summary",
        language,
        choices=len(check.choices),
        turned=len(turned),
        count=len(check.verdicts),
    )


def _short(check: Check, language: str) -> Table:
    """Return each option with what it turns: for a screen, and for the top of the page."""
    columns = (
        Column("option", say("choice_option", language), wraps=True),
        Column("turns", say("choice_turns", language), is_number=True),
        text_column("then", language, "choice_then", wraps=True),
    )
    groups = []
    for found in check.choices:
        source = source_spans(found.choice.source, language)
        heading = (Span(found.choice.says.in_language(language)), *source)
        rows = [_short_row(found, option, language) for option in found.options]
        for one in found.out_of_reach:
            why = Cell(translate(one.why, language), None, "doubtful")
            rows.append(Row((Cell(one.says.in_language(language)), Cell(""), why)))
        groups.append(RowGroup(tuple(rows), heading))
    title = say("choices", language)
    return Table("choices_short", title, columns, tuple(groups), is_filed=False)


def _short_row(found: JudgedChoice, option: JudgedOption, language: str) -> Row:
    says = option.says.in_language(language)
    if found.choice.readings_of is not None:
        verdict = option.verdicts[0]
        then = f"{_word(verdict, language)}; {format_bound(verdict.question, language)}"
        return Row((Cell(says), Cell(""), Cell(then, None, verdict.grade.merit)))
    if option.is_taken:
        mark = "choice_as_decided" if option.option != found.choice.as_written else "choice_as_file"
        return Row((Cell(says, None, "strong"), Cell(""), Cell(say(mark, language), None, "soft")))
    turned = [one for one in option.verdicts if one.question.name in option.turned]
    turned.sort(key=lambda one: (not one.replications, KINDS.index(one.question.kind)))
    named = [
        f"{_name_under(found, one, language)}: {_word(one, language)}" for one in turned[:NAMED]
    ]
    more = len(turned) - len(named)
    if more:
        named.append(say("choice_more", language, count=more))
    then = "; ".join(named) or say("choice_turns_none", language)
    return Row((Cell(says), Cell(format_number(len(turned), language, 0)), Cell(then)))


def _name_under(found: JudgedChoice, verdict: Verdict, language: str) -> str:
    """Return what a question is called wherever it stands, and how it reads under an option.

    The words of a question may hold numbers that an option changes: `Of the 155` and `Of the 199`
    would be taken for two questions.
    """
    own = _brief_label(verdict, language)
    taken = found.taken
    usual = taken.verdict_of(verdict.question.name) if taken is not None else None
    if usual is None or _brief_label(usual, language) == own:
        return own
    return say("choice_reads_here", language, usual=_brief_label(usual, language), here=inside(own))


def _brief_label(verdict: Verdict, language: str) -> str:
    return _plain(verdict.question.own_words.in_language(language))


def _plain(words: str) -> str:
    return words.rstrip(".?")


def _word(verdict: Verdict, language: str) -> str:
    """Return a verdict's word with its chance where runs tell one: `sannsynlig (85 %)`."""
    word = word_of_verdict(verdict, language)
    return f"{word} ({format_chance(verdict, language)})" if verdict.replications else word


def _side_by_side(found: JudgedChoice, language: str) -> Table:
    """Return the questions that turn under some option of a choice, a column for each option."""
    columns = [text_column("target", language, wraps=True)]
    for option in found.options:
        says = option.says.in_language(language)
        heading = f"{says} ({say('choice_taken_mark', language)})" if option.is_taken else says
        columns.append(Column(f"option_{option.option}", heading))
    rows = []
    for name in found.turned:
        asked = next(filter(None, (option.verdict_of(name) for option in found.options)))
        cells = [Cell(label_of_question(asked.question, language))]
        cells += [_option_cell(found, option, name, language) for option in found.options]
        rows.append(Row(tuple(cells)))
    return Table.of_rows(
        f"choice_{found.name}",
        found.choice.says.in_language(language),
        columns,
        rows,
        is_filed=False,
        is_brief=False,
        has_title=True,
    )


def _shown(found: JudgedChoice, language: str) -> Iterator[tuple[str, Verdict]]:
    """Yield the verdicts that the table of a choice shows, each with its option."""
    for option in found.options:
        for name in found.turned:
            verdict = option.verdict_of(name)
            if verdict is not None:
                yield _plain(option.says.in_language(language)), verdict


def _option_cell(found: JudgedChoice, option: JudgedOption, name: str, language: str) -> Cell:
    verdict = option.verdict_of(name)
    if verdict is None:
        return Cell(say("choice_not_asked", language), None, "soft")
    mark = TURNED if name in option.turned else ""
    below = [_comes_to(verdict, language)]
    own = _brief_label(verdict, language)
    if _name_under(found, verdict, language) != own:
        below.append(say("choice_here", language, here=inside(own)))
    return Cell(
        f"{mark}{_word(verdict, language)}",
        None,
        verdict.grade.merit,
        "; ".join(filter(None, below)),
    )


def _comes_to(verdict: Verdict, language: str) -> str:
    """Return what is expected, and what the same clients come to without the programme."""
    if not verdict.replications:
        return ""
    expected = format_expected(verdict, language)
    if math.isnan(verdict.counterfactual):
        return expected
    difference = verdict.expected - verdict.counterfactual
    return say(
        "choice_comes_to",
        language,
        expected=expected,
        anyway=format_measured(
            verdict.question, verdict.counterfactual, language, half=verdict.half
        ),
        difference=format_moved(verdict.question, difference, language, half=verdict.half),
    )


def _steady(check: Check, language: str) -> Iterator[Block]:
    """Yield the targets whose every reading keeps its word whatever is decided."""
    turned = {name for option in _options(check) for name in option.turned}
    steady: dict[str, str] = {}
    for verdict in check.verdicts:
        if verdict.question.name not in turned:
            label = label_of_question(verdict.question, language)
            steady[verdict.question.name] = f"{_plain(label)}: {_word(verdict, language)}"
    key = "choices_steady" if steady else "choices_none_steady"
    yield Paragraph.of(say(key, language, count=len(steady)), is_brief=False)
    if steady:
        items = tuple(Paragraph.of(one) for one in steady.values())
        yield Listing(items, is_brief=False)


def _filed(check: Check, language: str) -> Table:
    columns = (
        text_column("choice", language, "choice_name"),
        text_column("option", language, "choice_option"),
        text_column("says", language, "choice_says"),
        text_column("taken", language, "choice_taken_mark"),
        text_column("question", language),
        text_column("reading", language),
        value_column("limit", language),
        text_column("unit", language),
        value_column("expected", language),
        value_column("low", language, "low_end"),
        value_column("high", language, "high_end"),
        value_column("counterfactual", language, "anyway"),
        value_column("chance", language, filed_heading=say("chance_percent", language)),
        text_column("verdict", language),
        text_column("turned", language, "choice_turned"),
        value_column("runs", language),
    )
    rows = [
        _filed_row(found, option, verdict, language)
        for found in check.choices
        for option in found.options
        for verdict in option.verdicts
    ]
    title = say("file_choices", language)
    return Table.of_rows("choices", title, columns, rows, is_shown=False, is_brief=False)


def _filed_row(found: JudgedChoice, option: JudgedOption, verdict: Verdict, language: str) -> Row:
    question = verdict.question
    kind = question.bound.kind
    return Row(
        (
            Cell.of_value(found.name),
            Cell.of_value(option.option),
            Cell.of_value(option.says.in_language(language)),
            Cell.of_value(say("yes" if option.is_taken else "no", language)),
            Cell.of_value(question.name),
            Cell.of_value(question.own_words.in_language(language)),
            number_cell(question.bound.number, kind),
            Cell.of_value(unit_of_kind(kind, language)),
            number_cell(verdict.expected, kind),
            number_cell(verdict.low, kind),
            number_cell(verdict.high, kind),
            number_cell(verdict.counterfactual, kind),
            Cell.of_value(in_unit(verdict.probability, "share"), "share"),
            grade_cell(verdict.grade, language),
            Cell.of_value(say("yes" if question.name in option.turned else "no", language)),
            Cell.of_value(verdict.replications),
        )
    )
