"""The words of verdicts: what makes each the word, and which stand so near a limit as to turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pilotsim.judge.verdicts import Verdict
from pilotsim.judge.words import POSSIBLE, UNDEFINED, VerdictGrade, verdict_grades
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import SPACE, format_number, format_probability, join
from pilotsim.output.document import Cell, Paragraph
from pilotsim.output.labels import label_of_question
from pilotsim.output.views.parts import grade_cell

__all__ = [
    "borderline_notes",
    "legend_notes",
    "met_anyway_notes",
    "verdict_cell",
    "verdict_legend",
]

MARK = "\u2020"  # a dagger; Markdown reads a star as a sign of its own


def legend_notes(verdicts: Sequence[Verdict], language: str) -> Iterator[Paragraph]:
    """Yield what the words mean that stand where verdicts do: it belongs below each such table.

    All words that runs lead to, since what stands nearby may have others than the table; what is
    not judged by runs, or cannot be judged at all, only where it stands there.
    """
    if not verdicts:
        return
    notes = [verdict_legend(language)]
    for word, key in ((UNDEFINED, "undefined_note"), (POSSIBLE, "possible_note")):
        if any(verdict.word == word for verdict in verdicts):
            notes.append(say(key, language))
    yield Paragraph.of(" ".join(notes), role="note", is_brief=False)


def verdict_legend(language: str) -> str:
    """Return in words what makes each verdict the word: written from the rule that gives it.

    What is not judged by runs, or cannot be judged at all, is left out.
    """
    judged = [grade for grade in verdict_grades() if grade.name not in (POSSIBLE, UNDEFINED)]
    return say("legend", language, words=join([_rule(one, language) for one in judged], language))


def _rule(grade: VerdictGrade, language: str) -> str:
    key = f"legend_{grade.rule}"
    if grade.rule == "chance" and not grade.low:
        key = f"{key}_below"
    elif grade.rule == "chance" and grade.high == 1.0:
        key = f"{key}_from"
    return say(
        key,
        language,
        word=say(grade.key, language),
        low=_percent(grade.low, language),
        high=_percent(grade.high, language),
    )


def _percent(share: float, language: str) -> str:
    """Return a limit in per cent with one decimal where it is no whole number."""
    is_whole = abs(100 * share - round(100 * share)) < 1e-6
    return format_number(100 * share, language, 0 if is_whole else 1) + SPACE + "%"


def verdict_cell(verdict: Verdict, language: str) -> Cell:
    """Return the word of a verdict, marked where other runs might have given another.

    The word alone is filed: what stands beside it where it is read has columns of its own.
    """
    mark = MARK if verdict.could_be else ""
    word = f"{say(verdict.grade.key, language)}{mark}"
    if verdict.is_met_anyway:
        word = say("met_anyway", language, word=word)
    return replace(grade_cell(verdict.grade, language), text=word, says_more=True)


def met_anyway_notes(verdicts: Sequence[Verdict], language: str) -> Iterator[Paragraph]:
    """Yield which targets are likely met without the programme too; nothing where none is."""
    names = [
        say(
            "met_anyway_one",
            language,
            target=label_of_question(verdict.question, language),
            chance=_chance_anyway(verdict, language),
        )
        for verdict in verdicts
        if verdict.is_met_anyway
    ]
    if names:
        yield Paragraph.of(say("met_anyway_note", language, names=join(names, language)))


def _chance_anyway(verdict: Verdict, language: str) -> str:
    chance = verdict.chance_anyway
    assert chance is not None
    return format_probability(chance.mean, language, (chance.low, chance.high))


def borderline_notes(verdicts: Sequence[Verdict], language: str) -> Iterator[Paragraph]:
    """Yield what the mark means, where any verdict bears it, with the words that might stand."""
    marked = [
        say(
            "borderline_one",
            language,
            target=label_of_question(verdict.question, language),
            word=say(verdict.grade.key, language),
            other=say(verdict.could_be[0].key, language),
        )
        for verdict in verdicts
        if verdict.could_be
    ]
    if marked:
        yield Paragraph.of(f"{MARK} {say('borderline_note', language)}", role="note")
        yield Paragraph.of("; ".join(marked) + ".", role="note", is_brief=False)
