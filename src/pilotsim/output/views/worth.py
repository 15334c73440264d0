"""What the effect on assistance comes to in kroner, less what the programme costs."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.evaluation.effect_units import UNIT_WORDS
from pilotsim.evaluation.plan_worth import worth_of
from pilotsim.evaluation.release import RegisterAnalysis
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import format_level, format_number, format_points
from pilotsim.output.document import Cell, Column, Paragraph, Row, Section, Table
from pilotsim.output.views.parts import probability_cell

__all__ = ["sections_of_worth"]

# Kroner are told in hundreds: the estimate behind them has no more digits.
STEP = 100


def sections_of_worth(found: RegisterAnalysis, language: str) -> Iterator[Section]:
    """Yield the section on kroner; none where the plan does not ask, or no effect was released."""
    worth = worth_of(found)
    title = say("worth_title", language)
    if worth is None:
        asked = found.plan.worth
        if asked is not None and asked.per == "started" and found.starts is None:
            untold = Paragraph.of(say("worth_untold", language), role="note")
            yield Section("worth", title, [untold])
        return
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("answer", say("answer", language), wraps=True),
        Column("unit", say("unit", language), is_shown=False),
        Column("saved", say("worth_saved", language), is_number=True),
        Column("cost", say("worth_cost", language), is_number=True),
        Column("net", say("worth_net", language), is_number=True),
        Column("interval", say("interval", language, level=level), is_number=True, is_filed=False),
        Column("low", say("low_end", language), is_shown=False),
        Column("high", say("high_end", language), is_shown=False),
        Column("gains", say("worth_gains", language), is_number=True),
    ]
    net = worth.net
    saved, cost, mean, low, high = (
        _kroner(number, language)
        for number in (net.saved, net.saved - net.mean, net.mean, net.low, net.high)
    )
    row = Row(
        [
            Cell.of_text(worth.finding.strategy.says_in(language)),
            Cell.of_text(translate(UNIT_WORDS["kroner"], language)),
            saved,
            cost,
            mean,
            Cell(f"{low.text} … {high.text}"),
            low,
            high,
            probability_cell(net.gains, language),
        ]
    )
    says = [Paragraph.of(say("worth_note", language), role="note")]
    if worth.starts is not None:
        starts = say(
            "worth_per_started",
            language,
            cost=_kroner(worth.cost.value, language).text,
            share=format_points(worth.starts.share, language),
        )
        says.insert(0, Paragraph.of(starts))
    yield Section("worth", title, [Table.of_rows("worth", title, columns, [row]), *says])


def _kroner(number: float, language: str) -> Cell:
    rounded = STEP * round(number / STEP)
    return Cell(format_number(rounded, language, 0), rounded)
