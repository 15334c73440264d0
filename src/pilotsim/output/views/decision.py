"""What those read who decide: whether to start, which targets are met, and what that hangs on.

Each part has its message for a heading; a writer makes a slide of it, or a part of two pages. What
is said is what the page of a flow says (`pilotsim.output.live.decision`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotsim.judge.check import Check
from pilotsim.judge.effect_totals import EffectFigure
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_change, join
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
    Tone,
)
from pilotsim.output.live.decision import (
    TargetAnswer,
    answers_of_targets,
    changes_by_state,
    headline_of,
    reason_of,
    what_to_do_first,
)
from pilotsim.output.sentences.people import range_in_words, whole_people
from pilotsim.output.views.answer import basis_line, strength_lines
from pilotsim.output.views.economy import cost_sentences
from pilotsim.output.views.parts import text_column, value_column

__all__ = ["adds_up", "decision_sections"]

# What was asked for stands first, then what is to come of it, then what is to be done.
KINDS = ("assignment", "result", "activity")
# How the answers are meant; what is not listed is plain.
TONES: dict[str, Tone] = {"yes": "good", "even": "doubtful", "no": "bad", "depends": "doubtful"}


def decision_sections(check: Check, language: str) -> tuple[Section, ...]:
    """Return what those read who decide on a programme; nothing for a flow without one or targets.

    Parameters
    ----------
    check : Check
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    if not check.verdicts or not check.flow.has_programme:
        return ()
    answers = answers_of_targets(check, language)
    return (
        Section(
            "decision_start",
            say("decision_start", language, answer=headline_of(answers, language)),
            tuple(_start(check, language)),
        ),
        Section(
            "decision_targets",
            reason_of(answers, language),
            tuple(_targets(check, answers, language)),
        ),
        Section("decision_hangs", say("decision_hangs", language), tuple(_hangs(check, language))),
    )


def _start(check: Check, language: str) -> Iterator[Block]:
    """Yield what the programme changes, and what it costs."""
    if check.effect is None or check.effect.flow.mechanisms is None:
        yield Paragraph.of(say("start_no_effect", language))
    else:
        changes = _changes(check, language)
        yield changes
        if not all(map(adds_up, changes.rows())):
            yield Paragraph.of(say("decision_rounded", language), role="note")
    costs = cost_sentences(check, language) or [say("start_no_prices", language)]
    # What it costs, and what it costs all counted; by what ways stands in the section on it.
    told = [costs[0], costs[-1]] if len(costs) > 1 else costs
    yield Listing(tuple(map(Paragraph.of, told)))


def _changes(check: Check, language: str) -> Table:
    """Return the clients in each state without and with the programme, and the difference."""
    effect = check.effect
    assert effect is not None
    assert effect.flow.mechanisms is not None
    columns = (
        text_column("state", language, "decision_where"),
        value_column("without", language, "anyway"),
        value_column("with", language, "decision_with"),
        value_column("change", language, "decision_difference"),
        value_column("range", language),
    )
    rows = []
    for told in changes_by_state(check, language):
        place = effect.states.index(told.state)
        without, with_it = (
            float(world[:, 0, place].mean()) for world in (effect.without, effect.programme)
        )
        figure = EffectFigure.of(effect.total[:, 0, place])
        words = say(f"answer_{told.state}", language)
        change = format_change(float(round(figure.mean.mean)), "count", language)
        rows.append(
            Row(
                (
                    Cell.of_text(words[:1].upper() + words[1:]),
                    Cell(told.anyway, without),
                    Cell(whole_people(with_it, language), with_it),
                    Cell(change, figure.mean.mean, "strong" if told.is_clear else "soft"),
                    Cell(range_in_words(figure.low, figure.high, language, in_table=True) or NONE),
                )
            )
        )
    who = effect.flow.mechanisms.counted[effect.counted[0]].says.in_language(language)
    title = say("decision_effect_table", language, who=who)
    return Table.of_rows("decision_changes", title, columns, rows, is_filed=False, has_title=True)


def adds_up(row: Row) -> bool:
    """Tell whether the difference of a row is that of its whole numbers as they stand there."""
    without, with_it, change = (
        round(cell.value) for cell in row.cells[1:4] if isinstance(cell.value, float)
    )
    return with_it - without == change


def _targets(check: Check, answers: Sequence[TargetAnswer], language: str) -> Iterator[Block]:
    """Yield each target with what is answered to it: those of what is wanted, then of means."""
    kinds = {one.question.target: one.question.kind for one in check.verdicts}
    groups = {kind: [one for one in answers if kinds[one.target] == kind] for kind in KINDS}
    for part in (KINDS[:-1], KINDS[-1:]):
        own = [(kind, groups[kind]) for kind in part if groups[kind]]
        if own:
            yield _target_table(own, language)
    yield Paragraph.of(say("start_answers_note", language), role="note")


def _target_table(groups: list[tuple[str, list[TargetAnswer]]], language: str) -> Table:
    columns = (
        text_column("target", language, "start_target", wraps=True),
        text_column("met", language, "start_met"),
        text_column("takes", language, "start_takes", is_brief=False),
    )
    made = [
        RowGroup(
            tuple(_target_row(one, language) for one in answers),
            (Span(say(kind, language)),) if len(groups) > 1 else (),
        )
        for kind, answers in groups
    ]
    title = join([say(kind, language) for kind, _ in groups], language).capitalize()
    name = "_".join(["decision", *(kind for kind, _ in groups)])
    return Table(name, title, columns, tuple(made), is_filed=False, has_title=True)


def _target_row(answer: TargetAnswer, language: str) -> Row:
    count = len(answer.readings)
    readings = say("start_readings", language, count=count) if count else ""
    tone = TONES.get(answer.answer, "plain")
    return Row(
        (
            Cell.of_text(answer.says),
            Cell(answer.words, answer.words, tone, readings),
            Cell.of_text(answer.takes),
        )
    )


def _hangs(check: Check, language: str) -> Iterator[Block]:
    lines = [*strength_lines(check, language), basis_line(check, language)]
    yield Listing(tuple(map(Paragraph.of, lines)))
    first = what_to_do_first(check, language)
    if first:
        yield Paragraph.of(Span(say("start_first", language), "strong"))
        yield Listing(tuple(map(Paragraph.of, first)))
