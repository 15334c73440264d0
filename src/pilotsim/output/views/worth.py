"""What the effect on assistance comes to in kroner, less what the programme costs."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.evaluation.plan_worth import worth_of
from pilotsim.evaluation.release import RegisterAnalysis
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_number, format_probability
from pilotsim.output.document import Cell, Column, Paragraph, Row, Section, Table

__all__ = ["sections_of_worth"]

# Kroner are told in hundreds: the estimate behind them has no more digits.
STEP = 100


def sections_of_worth(found: RegisterAnalysis, language: str) -> Iterator[Section]:
    """Yield the section on kroner; none where the plan does not ask, or no effect was released."""
    worth = worth_of(found)
    if worth is None:
        return
    level = format_level(found.plan.level.number, language)
    columns = [
        Column("answer", say("answer", language), wraps=True),
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
            saved,
            cost,
            mean,
            Cell(f"{low.text} … {high.text}"),
            low,
            high,
            Cell(format_probability(net.gains, language), round(net.gains, 2)),
        ]
    )
    title = say("worth_title", language)
    yield Section(
        "worth",
        title,
        [
            Table.of_rows("worth", title, columns, [row]),
            Paragraph.of(say("worth_note", language), role="note"),
        ],
    )


def _kroner(number: float, language: str) -> Cell:
    rounded = float(STEP * round(number / STEP))
    return Cell(format_number(rounded, language, 0), rounded)
