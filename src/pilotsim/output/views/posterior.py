"""What was believed of the effect before the data, and what is believed after them."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.effects.posterior import BeliefSummary
from pilotsim.evaluation.effect_units import UNIT_WORDS
from pilotsim.evaluation.prior_beliefs import PosteriorAnswer, posteriors_of
from pilotsim.evaluation.release import RegisterAnalysis
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import format_level, format_number, format_probability
from pilotsim.output.document import Block, Cell, Column, Listing, Paragraph, Row, Section, Table
from pilotsim.output.views.parts import probability_cell

__all__ = ["sections_of_posteriors"]


def sections_of_posteriors(found: RegisterAnalysis, language: str) -> Iterator[Section]:
    """Yield the section on what the data add to what was believed; none without a prior."""
    answers = list(posteriors_of(found))
    if not answers:
        return
    blocks: list[Block] = [
        Paragraph.of(say("posterior_opening", language), role="note"),
        _table(found, answers, language),
    ]
    notes = [*_notes(answers, language)]
    if notes:
        blocks.append(Listing(notes))
    yield Section("posterior", say("posterior_title", language), blocks)


def _table(found: RegisterAnalysis, answers: list[PosteriorAnswer], language: str) -> Table:
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("answer", say("answer", language), wraps=True),
        Column("unit", say("unit", language), is_shown=False),
        Column("belief", say("posterior_belief", language)),
        Column("mean", say("posterior_mean", language), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
    ]
    limits = answers[0].posterior.limits
    for place, limit in enumerate(limits):
        title = say("posterior_above", language, limit=format_number(limit, language))
        columns.append(Column(f"above_{place}", title, is_number=True))
    rows = []
    for answer in answers:
        name = answer.finding.strategy.says_in(language)
        own = answer.posterior
        for word, belief in (("before", own.before), ("after", own.after)):
            rows.append(_row(name, word, belief, language))
    return Table.of_rows("posterior", say("posterior_table", language), columns, rows)


def _row(name: str, word: str, belief: BeliefSummary, language: str) -> Row:
    mean, low, high = (
        Cell(format_number(number, language, 1), round(number, 1))
        for number in (belief.mean, belief.low, belief.high)
    )
    chances = [probability_cell(one, language) for one in belief.above]
    return Row(
        [
            Cell.of_text(name),
            Cell.of_text(translate(UNIT_WORDS["points"], language)),
            Cell(say(f"posterior_{word}", language), word),
            mean,
            Cell(f"{low.text} … {high.text}"),
            low,
            high,
            *chances,
        ]
    )


def _notes(answers: list[PosteriorAnswer], language: str) -> Iterator[Paragraph]:
    for answer in answers:
        own = answer.posterior
        narrowed = round(100.0 * own.narrowed)
        said = say(
            "posterior_narrowed" if narrowed > 0 else "posterior_not_narrowed",
            language,
            share=format_number(narrowed, language, 0),
            limit=format_number(own.limits[0], language),
            before=format_probability(own.before.above[0], language),
            after=format_probability(own.after.above[0], language),
        )
        name = answer.finding.strategy.says_in(language)
        yield Paragraph.of(f"{name}: ", said, role="note")
        if own.at_odds:
            yield Paragraph.of(f"{name}: ", say("posterior_at_odds", language), role="warning")
