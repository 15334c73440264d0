"""What a programme does in its parts, and how the verdicts hang on how well the help works."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.judge.check import Check
from pilotsim.judge.effect_split import EffectSplit, is_on_already
from pilotsim.judge.effect_totals import WORK, EffectFigure
from pilotsim.judge.strengths import MULTIPLES, StrengthVerdicts, strengths_of, turns
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import (
    format_measure,
    format_number,
    format_range,
    format_value,
    in_unit,
    join,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
)
from pilotsim.output.labels import format_chance, label_of_question, word_of_verdict
from pilotsim.output.sentences.people import show_people
from pilotsim.output.views.parts import figure_of, number_cell, text_column, value_column

__all__ = ["effect_record", "effect_section"]

# The phrase of each multiple of the drawn strength that the verdicts are shown at.
PHRASES = ("strength_none", "strength_half", "strength_one", "strength_two")
STRENGTH_PHRASES = dict(zip(MULTIPLES, PHRASES, strict=True))


def effect_section(check: Check, language: str, *, with_figures: bool) -> Section:
    """Return what the programme does in its parts, and what hangs on how well the help works.

    Parameters
    ----------
    check : Check
        What to show: its split and its strengths. Where it has neither, the section is empty.
    language : str
        One of `LANGUAGES`.
    with_figures : bool
        Whether the figure is part of it.
    """
    blocks: list[Block] = [
        Paragraph.of(_belief(check, name, language), role="warning")
        for name in strengths_of(check.flow)
        if check.strengths
    ]
    if check.split is not None:
        blocks += _split(check, check.split, language, with_figures=with_figures)
    if check.strengths:
        blocks += _strengths(check, language)
    heading = say("effect_split", language) if blocks else ""
    return Section("effect_split", heading, tuple(blocks))


def _belief(check: Check, name: str, language: str) -> str:
    """Return in words that the size of the effect is assumed, why, and how it is drawn."""
    path = f"shared.{name}"
    value = check.flow.values[path]
    why = value.assumption.in_language(language).rstrip(".") if value.assumption else ""
    return say(
        "effect_is_assumed",
        language,
        label=label_of_value(check.flow, path, language),
        why=why,
        drawn=_drawn(check, value, language),
    )


def _drawn(check: Check, value: Quantity, language: str) -> str:
    if check.fixed or not value.has_range:
        return say("strength_fixed", language, number=format_value(value, language))
    assert value.low is not None
    assert value.high is not None
    if value.mixture is None:
        low, high = (format_number(end, language) for end in (value.low, value.high))
        return say("strength_range", language, low=low, high=high)
    parts = [
        say(
            "mixture_part",
            language,
            weight=format_measure(part.weight, "share", language),
            mean=format_number(part.mean, language),
            sd=format_number(part.sd, language),
        )
        for part in value.mixture.parts
    ]
    return say("strength_mixture", language, parts=join(parts, language))


# --------------------------------------------------------------------------------------------------
# The parts


def _split(
    check: Check, split: EffectSplit, language: str, *, with_figures: bool
) -> Iterator[Block]:
    runs = format_number(split.replications, language, 0)
    yield Paragraph.of(say("split_note", language, runs=runs), role="note")
    yield Paragraph.of(say("split_below", language), role="note", is_brief=False)
    if split.inseparable and split.flow.mechanisms is not None:
        named = [split.flow.mechanisms.parts[name] for name in split.inseparable]
        parts = "; ".join(one.says.in_language(language) for one in named)
        yield Paragraph.of(say("split_inseparable", language, parts=parts), role="warning")
    yield _shown(split, language)
    yield _filed(split, language)
    if with_figures:
        from pilotsim.output.figures.effect_split import plot_effect_split

        yield figure_of(plot_effect_split, check, language)


def _lines(split: EffectSplit, language: str) -> Iterator[tuple[str, str, str, Floats, bool]]:
    """Yield each line: name, words, what it rests on, numbers, and whether they are a change.

    The numbers have the shape (replications, counted, states).
    """
    assert split.flow.mechanisms is not None
    yield "without", say("split_without", language), "", split.without, False
    for number, name in enumerate(split.parts):
        part = split.flow.mechanisms.parts[name]
        says = part.says.in_language(language)
        yield name, says, part.rests_on.in_language(language), split.by_part[number], True
    yield "left", say("split_left", language), "", split.left, True
    yield "programme", say("split_programme", language), "", split.programme, False
    yield "total", say("split_total", language), "", split.total, True
    displacement = split.flow.mechanisms.displacement
    if displacement is not None:
        taken = np.full(split.total.shape, np.nan)
        taken[:, :, split.states.index(WORK)] = 0.0 - split.taken_from_others
        rests_on = displacement.share.assumption or displacement.share.source or ""
        why = rests_on if isinstance(rests_on, str) else rests_on.in_language(language)
        yield "displacement", displacement.says.in_language(language), why, taken, True
        yield "net", say("split_net", language), "", split.total + taken, True
    for name, numbers in split.besides.items():
        one = split.flow.mechanisms.besides[name]
        is_on = not numbers.any() and is_on_already(split.flow, name)
        key = "split_besides_on" if is_on else "split_besides"
        says = say(key, language, says=one.says.in_language(language))
        yield name, says, one.rests_on.in_language(language), numbers, True


def _shown(split: EffectSplit, language: str) -> Table:
    assert split.flow.mechanisms is not None
    columns = (
        text_column("part", language, "split_part", wraps=True),
        *(value_column(state, language) for state in split.states),
        text_column("rests_on", language, "split_rests_on", is_brief=False, wraps=True),
    )
    groups = []
    for place, name in enumerate(split.counted):
        rows = [
            Row(
                (
                    Cell.of_text(says, "plain" if is_change else "strong"),
                    *_state_cells(numbers[:, place], language, is_change=is_change),
                    Cell.of_text(why, "soft"),
                )
            )
            for _, says, why, numbers, is_change in _lines(split, language)
        ]
        heading = Span(split.flow.mechanisms.counted[name].says.in_language(language))
        groups.append(RowGroup(tuple(rows), (heading,)))
    title = say("effect_split", language)
    return Table("effect_parts_shown", title, columns, tuple(groups), is_filed=False)


def _state_cells(numbers: Floats, language: str, *, is_change: bool) -> Iterator[Cell]:
    """Yield a cell for each state: the mean, and between what nine runs in ten lie."""
    for state in range(numbers.shape[1]):
        figure = EffectFigure.of(numbers[:, state])
        if np.isnan(figure.mean.mean):
            yield Cell("")
            continue
        reach = format_range(round(figure.low), round(figure.high), "real", language)
        shown = show_people(figure.mean.mean, language, is_change=is_change)
        yield Cell(shown, figure.mean.mean, below=reach)


def _filed(split: EffectSplit, language: str) -> Table:
    """Return every number of the split, a row each, for spreadsheets."""
    columns = (
        text_column("counted", language, "split_counted"),
        text_column("part", language, "split_part"),
        text_column("says", language, "what"),
        text_column("state", language, "split_state"),
        value_column("mean", language, "split_mean"),
        value_column("mean_low", language, "split_mean_low"),
        value_column("mean_high", language, "split_mean_high"),
        value_column("low", language, "low_end"),
        value_column("high", language, "high_end"),
        text_column("rests_on", language, "split_rests_on"),
    )
    rows = []
    for place, counted in enumerate(split.counted):
        for name, says, why, numbers, _ in _lines(split, language):
            for number, state in enumerate(split.states):
                figure = EffectFigure.of(numbers[:, place, number])
                mean = figure.mean
                found = [mean.mean, mean.low, mean.high, figure.low, figure.high]
                cells = [
                    *(Cell.of_value(word) for word in (counted, name, says, say(state, language))),
                    *(number_cell(one, "real") for one in found),
                    Cell.of_value(why),
                ]
                if not np.isnan(mean.mean):
                    rows.append(Row(tuple(cells)))
    title = say("effect_split", language)
    return Table.of_rows("effect_parts", title, columns, rows, is_shown=False, is_brief=False)


# --------------------------------------------------------------------------------------------------
# The strength


def _strengths(check: Check, language: str) -> Iterator[Block]:
    runs = check.strengths[0].verdicts[0].replications if check.verdicts else 0
    turn = [number for number, _ in enumerate(check.verdicts) if turns(check.strengths, number)]
    key = "strengths_turn" if turn else "strengths_same"
    (as_drawn,) = (one for one in check.strengths if one.multiple == 1)
    basis = say("strength_as_written" if check.fixed else "strength_as_drawn", language)
    worth = f"{basis} ({_numbers_of(as_drawn, language)})"
    said = say(key, language, count=len(turn), all=len(check.verdicts), runs=runs, worth=worth)
    yield Paragraph.of(said, role="note")
    every = range(len(check.verdicts))
    yield _strength_table(check, "strengths_that_turn", turn, language, is_brief=True)
    yield _strength_table(check, "strengths", every, language, is_brief=False)


def _strength_table(
    check: Check, name: str, numbers: Sequence[int], language: str, *, is_brief: bool
) -> Table:
    """Return the verdicts with the help at each strength: some on a screen, all on a page."""
    columns = [text_column("reading", language, wraps=True)]
    columns.append(Column("drawn", say("strength_drawn", language)))
    for one in check.strengths:
        columns.append(Column(_key_of(one), _heading_of(one, language)))
    for one in check.strengths:
        key = f"chance_{_key_of(one)}"
        heading = f"{say('chance_percent', language)}: {_heading_of(one, language)}"
        columns.append(Column(key, heading, is_number=True, is_shown=False))
    rows = []
    for number in numbers:
        verdict = check.verdicts[number]
        at_each = [one.verdicts[number] for one in check.strengths]
        cells = [
            Cell.of_text(label_of_question(verdict.question, language)),
            *(_strength_cell(one, language) for one in (verdict, *at_each)),
            *(Cell.of_value(in_unit(one.probability, "share"), "share") for one in at_each),
        ]
        rows.append(Row(tuple(cells)))
    return Table.of_rows(
        name,
        say("strengths", language),
        tuple(columns),
        rows,
        is_filed=not is_brief,
        is_brief=is_brief,
        is_shown=bool(rows),
        has_title=not is_brief,
    )


def _key_of(one: StrengthVerdicts) -> str:
    return STRENGTH_PHRASES[one.multiple]


def _heading_of(one: StrengthVerdicts, language: str) -> str:
    """Return what the help is worth, in words, with the number that it is held at."""
    return f"{say(_key_of(one), language)} ({_numbers_of(one, language)})"


def _numbers_of(one: StrengthVerdicts, language: str) -> str:
    shown = [format_number(round(number, 1), language) for number in one.strengths.values()]
    return join(list(dict.fromkeys(shown)), language)


def _strength_cell(verdict: Verdict, language: str) -> Cell:
    word = word_of_verdict(verdict, language)
    chance = format_chance(verdict, language)
    return Cell(f"{word} {chance}".strip(), verdict.word, verdict.grade.merit)


# --------------------------------------------------------------------------------------------------
# For programs


def effect_record(check: Check) -> dict[str, object]:
    """Return the split and the verdicts by strength for programs."""
    found: dict[str, object] = {"effect_parts": None, "by_strength": []}
    split = check.split
    if split is not None:
        found["effect_parts"] = {
            counted: {
                name: {
                    state: _figure_record(numbers[:, place, number])
                    for number, state in enumerate(split.states)
                }
                for name, _, _, numbers, _ in _lines(split, "en")
            }
            for place, counted in enumerate(split.counted)
        }
    found["by_strength"] = [
        {
            "multiple": one.multiple,
            "strength": dict(one.strengths),
            "verdicts": {
                verdict.question.name: {
                    "verdict": verdict.word,
                    "probability": verdict.probability,
                    "expected": verdict.expected,
                }
                for verdict in one.verdicts
            },
        }
        for one in check.strengths
    ]
    return found


def _figure_record(numbers: Floats) -> dict[str, float]:
    figure = EffectFigure.of(numbers)
    return {
        "mean": figure.mean.mean,
        "mean_low": figure.mean.low,
        "mean_high": figure.mean.high,
        "low": figure.low,
        "high": figure.high,
    }
