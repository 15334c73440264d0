"""What numbers rest on: on how many, who was left out, who still waits, which runs have no number.

Beside each number stands on how many it rests; what else must be known of it, beneath its table.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pilotsim.base.errors import Notice
from pilotsim.base.text import upper_first
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_measure, format_number
from pilotsim.measures.measures import RestsOn
from pilotsim.model.targets import SURVIVAL
from pilotsim.output.document import Block, Cell, Column, Listing, Paragraph
from pilotsim.output.labels import label_of_question
from pilotsim.output.sentences.people import whole_people
from pilotsim.output.views.parts import value_column

__all__ = [
    "SupportedNumber",
    "notes_beneath_target",
    "notes_of_verdicts",
    "show_count",
    "support_cells",
    "support_columns",
    "support_notes",
    "support_record",
    "supported_number",
]

# What is said beneath a table: so many in a run on average, or such a share of all. The rest is in
# the table's file.
FEW, FEW_OF_ALL = 0.5, 0.01
# So many units are overbooked on average.
FEW_UNITS = 0.05
# What is said of those left out, and of those still under way, by how a number is measured.
LEFT_OUT = {"wait": "support_left", "count": "support_not_known"}
WAITING = {"time": "support_under_way", "spell": "support_going_on", SURVIVAL: "support_cut_off"}


@dataclass(frozen=True)
class SupportedNumber:
    """A number and what must be known of it.

    Parameters
    ----------
    label : str
        What it is of, in the reader's language.
    kind : str
        How it is counted, as `Measure.how_counted` says; empty for a sum.
    rests_on : RestsOn
        How many it rests on in a run.
    undefined, runs : int
        In how many of all runs it has no value.
    """

    label: str
    kind: str
    rests_on: RestsOn
    undefined: int
    runs: int


def support_columns(language: str) -> tuple[Column, ...]:
    """Return the columns of `support_cells`: on how many a number rests, and what is filed."""
    return (
        value_column("base", language, "base_heading", is_essential=False),
        value_column("left_out", language, "left_out_heading", is_shown=False),
        value_column("waiting", language, "waiting_heading", is_shown=False),
        value_column("bounded", language, "bounded_heading", is_shown=False),
    )


def support_cells(rests_on: RestsOn, language: str) -> tuple[Cell, ...]:
    """Return the cells of `support_columns`."""
    return (
        Cell(show_count(rests_on.base, language), _known(rests_on.base)),
        Cell.of_value(_known(rests_on.left_out)),
        Cell.of_value(_known(rests_on.waiting)),
        Cell.of_value(rests_on.bounded),
    )


def support_record(rests_on: RestsOn) -> dict[str, float]:
    """Return what a number rests on, for programs."""
    return {
        "base": rests_on.base,
        "left_out": rests_on.left_out,
        "waiting": rests_on.waiting,
        "bounded": rests_on.bounded,
    }


def supported_number(verdict: Verdict, language: str, where: str = "") -> SupportedNumber:
    """Return the number of a verdict with what must be known of it.

    Parameters
    ----------
    verdict : Verdict
        Whose number.
    language : str
        One of `LANGUAGES`.
    where : str
        Under which plan, option or reading of the sources it stands there, where there are several.
    """
    question = verdict.question
    label = label_of_question(question, language)
    return SupportedNumber(
        f"{where}, {label}" if where else label,
        question.measure.how_counted if question.measure is not None else "",
        verdict.rests_on,
        verdict.undefined,
        verdict.replications,
    )


def notes_of_verdicts(
    verdicts: Iterable[tuple[str, Verdict]], language: str, found: Sequence[Notice] = ()
) -> list[Block]:
    """Return what must be known of the numbers of verdicts, beneath any table that shows them.

    Parameters
    ----------
    verdicts : iterable of (str, Verdict)
        What the table shows, each with the plan, option or reading of the sources it stands under.
    language : str
        One of `LANGUAGES`.
    found : sequence of Notice
        What only runs show: which measures are not yet steady. It is told in full at the top.
    """
    shown = [(where, one) for where, one in verdicts if one.question.measure is not None]
    blocks = support_notes(
        [supported_number(one, language, where) for where, one in shown], language
    )
    moving = {one.path for one in found}
    notes = [
        f"{label_of_question(one.question, language)}: {say('support_not_steady', language)}"
        for _, one in shown
        if f"targets.{one.question.target}" in moving
    ]
    return [*blocks, Listing(tuple(Paragraph.of(note) for note in notes))] if notes else blocks


def notes_beneath_target(verdict: Verdict, language: str) -> list[str]:
    """Return what must be known of a verdict's number where it stands in the row of its target.

    The target is named there already; its readings are not.
    """
    if verdict.question.measure is None:
        return []
    reads = verdict.question.reads
    before = f"{reads.in_language(language)}: " if reads else ""
    notes = _notes(supported_number(verdict, language), language)
    return [upper_first(f"{before}{note}") for note in notes]


def support_notes(numbers: Sequence[SupportedNumber], language: str) -> list[Block]:
    """Return what must be known of numbers beneath their table; nothing where all is plain."""
    notes = [
        Paragraph.of(f"{one.label}: {note}") for one in numbers for note in _notes(one, language)
    ]
    return [Listing(tuple(notes))] if notes else []


def _notes(one: SupportedNumber, language: str) -> Iterator[str]:
    if one.rests_on.bounded:
        yield say(
            "support_bounded",
            language,
            share=format_measure(one.rests_on.bounded, "share", language),
        )
    if one.undefined:
        yield say(
            "support_undecided" if one.rests_on.bounded else "support_undefined",
            language,
            count=format_number(one.undefined, language, 0),
            runs=format_number(one.runs, language, 0),
        )
    if one.kind == "use":
        if one.rests_on.left_out >= FEW_UNITS:
            units = show_count(one.rests_on.left_out, language)
            yield say("support_overbooked", language, left_out=units)
    elif _is_worth_saying(one.rests_on.left_out, one.rests_on.base):
        yield _said(LEFT_OUT.get(one.kind, "support_left_out"), one, language)
    if _is_worth_saying(one.rests_on.waiting, one.rests_on.base):
        yield _said(WAITING.get(one.kind, "support_waiting"), one, language)


def _is_worth_saying(count: float, base: float) -> bool:
    return count >= FEW or (count > 0 and count >= FEW_OF_ALL * (count + base))


def _said(key: str, one: SupportedNumber, language: str) -> str:
    numbers = one.rests_on
    return say(
        key,
        language,
        left_out=whole_people(numbers.left_out, language),
        waiting=whole_people(numbers.waiting, language),
        base=whole_people(numbers.base, language),
    )


def show_count(number: float, language: str) -> str:
    """Return a mean count: whole from ten on, with a decimal below unless it is whole."""
    if math.isnan(number):
        return NONE
    is_whole = number >= 10 or abs(number - round(number)) < 0.05
    return format_number(number, language, 0 if is_whole else 1)


def _known(number: float) -> float | None:
    return None if math.isnan(number) else number
