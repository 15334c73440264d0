"""What it is worth to evaluate first and then decide: the best design, and a table of all."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from pilotsim.base.statistics import Interval
from pilotsim.base.text import inside
from pilotsim.evaluation.decision_worth import (
    DecisionWorth,
    EvaluationWorth,
    worth_of_evaluating,
)
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.run import DesignResult
from pilotsim.experiments.information.expected_value import ExpectedValue
from pilotsim.judge.economy import RunSpread
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_level, format_number, name_of_currency
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Table
from pilotsim.output.views.economy import (
    amount_in_words,
    amounts_in_words,
    money,
    money_range,
)

__all__ = ["decision_blocks"]


def decision_blocks(
    cell: Evaluation, group: Sequence[DesignResult], language: str
) -> Iterator[Block]:
    """Yield what each design is worth before the decision of the file; nothing without one.

    Parameters
    ----------
    cell : Evaluation
        What was evaluated.
    group : sequence of DesignResult
        What was tried in this cell.
    language : str
        One of `LANGUAGES`.
    """
    found = worth_of_evaluating(cell, group)
    if found is None:
        return
    for place, sentence in enumerate(_sentences(cell, found, language)):
        yield Paragraph.of(sentence, role="body" if place else "lead")
    if found.designs:
        yield _table(cell, found, language)
        level = format_level(0.95, language)
        yield Paragraph.of(say("decision_note", language, level=level), role="note")


def _sentences(cell: Evaluation, found: DecisionWorth, language: str) -> Iterator[str]:
    """Yield whether to evaluate first, what starting now pays, and what could be won at most."""
    assert cell.worth is not None
    assert cell.worth.decides is not None
    currency = cell.flow.currency
    trusted = [one for one in found.designs if not one.misleads]
    if trusted:
        first = trusted[0]
        waits = first.tried.strategy.estimand.months
        yield say(
            "decision_pays" if first.pays else "decision_nearest",
            language,
            design=inside(first.tried.design.says.in_language(language)),
            answer=inside(first.tried.strategy.says_in(language)),
            months=format_number(waits, language),
            worth=amount_in_words(first.value.value, currency, language),
            costs=amount_in_words(
                0.0 if math.isnan(first.cost) else first.cost, currency, language
            ),
            delay=amount_in_words(first.delay, currency, language),
        )
    now = found.now
    side = "start" if now.low > 0.0 else "not" if now.high < 0.0 else "open"
    yield say(
        f"decision_now_{side}",
        language,
        clients=format_number(cell.worth.decides.clients.number, language),
        range=amounts_in_words(RunSpread(now.mean, now.low, now.high), currency, language),
    )
    most = found.at_most
    yield say(
        "decision_at_most",
        language,
        worth=amount_in_words(most.value, currency, language),
        range=amounts_in_words(RunSpread(most.value, most.low, most.high), currency, language),
    )


def _table(cell: Evaluation, found: DecisionWorth, language: str) -> Table:
    currency = name_of_currency(cell.flow.currency, language)
    columns = [
        Column("design", say("design", language), wraps=True),
        Column("answer", say("answer", language), wraps=True),
        *_amount_columns("worth", "information_worth", currency, language),
        Column("costs", say("information_costs", language), is_number=True),
        Column("delay", say("information_delay", language), is_number=True),
        *_amount_columns("net", "information_net", currency, language),
        *_amount_columns("by_test", "decision_by_test", currency, language),
    ]
    rows = [_row(one, language) for one in found.designs]
    title = say("decision_table", language, currency=currency)
    return Table.of_rows("worth_of_evaluating", title, columns, rows, has_title=True)


def _amount_columns(name: str, key: str, currency: str, language: str) -> Iterator[Column]:
    what = say(key, language)
    filed = say("information_in", language, what=what, currency=currency)
    yield Column(name, what, is_number=True, filed_heading=filed)
    for end, said in (("low", "low_end"), ("high", "high_end")):
        of_what = say("information_end", language, what=what, end=say(said, language))
        yield Column(f"{name}_{end}", of_what, is_number=True, is_shown=False)


def _row(one: EvaluationWorth, language: str) -> Row:
    value: ExpectedValue = one.value
    tested: Interval = one.by_test
    return Row(
        [
            Cell.of_text(one.tried.design.says.in_language(language)),
            Cell.of_text(one.tried.strategy.says_in(language)),
            # What would be chosen by an answer that misleads is of no interest.
            *_amount_cells(value.value, value.low, value.high, one.misleads, language),
            Cell(NONE) if math.isnan(one.cost) else _amount(one.cost, language),
            _amount(one.delay, language),
            *_amount_cells(one.net, *one.net_interval, one.misleads, language),
            *_amount_cells(tested.mean, tested.low, tested.high, one.misleads, language),
        ]
    )


def _amount(amount: float, language: str) -> Cell:
    return Cell(money(amount, "", language).strip(), round(amount))


def _amount_cells(
    mean: float, low: float, high: float, misleads: bool, language: str
) -> Iterator[Cell]:
    if misleads:
        yield Cell(NONE)
        yield from (Cell.of_value(None), Cell.of_value(None))
        return
    below = money_range(RunSpread(mean, low, high), "", language).strip()
    yield Cell(money(mean, "", language).strip(), round(mean), below=below)
    yield Cell.of_value(round(low))
    yield Cell.of_value(round(high))
