"""What a programme costs whom, as people read it: budget, what comes back, what a result costs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from pilotsim.base.statistics import wilson
from pilotsim.base.text import Text
from pilotsim.judge.check import Check
from pilotsim.judge.economy import (
    MONTHS_SAVED,
    PARTICIPANTS,
    CostOfResult,
    EconomyResultSet,
    PayerBalance,
    RunSpread,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    NONE,
    SPACE,
    format_number,
    format_probability,
    format_range,
)
from pilotsim.model.flow import Flow
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Section, Table
from pilotsim.output.views.parts import text_column, value_column

THOUSAND = 1000.0


def economy_section(check: Check, language: str) -> Section:
    """Return what the programme costs whom, and what comes of it; empty where it is not said."""
    economy = check.economy
    if economy is None:
        return Section("economy", "", ())
    currency = check.flow.currency
    blocks: list[Block] = [
        *_what_is_missing(check.flow, language),
        *(Paragraph.of(line) for line in _sentences(check, economy, language)),
        _payer_table(check.flow, economy, language),
        _result_table(check.flow, economy, language),
        _line_table(check.flow, economy, language),
        Paragraph.of(say("economy_note", language, currency=currency), role="note"),
    ]
    return Section("economy", say("economy", language), tuple(blocks))


def _what_is_missing(flow: Flow, language: str) -> Iterator[Block]:
    if flow.economy is not None and flow.economy.says is not None:
        yield Paragraph.of(flow.economy.says.in_language(language), role="warning")


def economy_record(economy: EconomyResultSet | None) -> Mapping[str, object] | None:
    """Return the economy for programs, in the flow's currency."""
    if economy is None:
        return None
    return {
        "payers": [
            {
                "payer": one.payer or None,
                "spent": _ends(one.spent),
                "saved": _ends(one.saved),
                "shifted": _ends(one.shifted),
                "net": _ends(one.net),
                "first_year": _ends(one.first_year),
                "pays": one.pays,
            }
            for one in economy.payers
        ],
        "results": [
            {
                "name": one.name,
                "count": _ends(one.count),
                "count_interval": [one.certain.low, one.certain.high],
                "each": one.each,
                "error": one.error,
            }
            for one in economy.results
        ],
        "lines": [
            {
                "name": one.name,
                "payer": one.payer or None,
                "with": _ends(one.present),
                "without": _ends(one.absent),
                "extra": _ends(one.extra),
                "first_year": _ends(one.first_year),
            }
            for one in economy.lines
        ],
        "month_is_paid_with": economy.worth,
        "months_to_break_even": economy.needed,
    }


def _ends(spread: RunSpread) -> list[float]:
    return [spread.mean, spread.low, spread.high]


def _sentences(check: Check, economy: EconomyResultSet, language: str) -> Iterator[str]:
    total = economy.payers[-1]
    currency = check.flow.currency
    yield say(
        "economy_total",
        language,
        spent=money(total.spent.mean, currency, language),
        spent_range=money_range(total.spent, currency, language),
        year=money(total.first_year.mean, currency, language),
        saved=money(total.saved.mean, currency, language),
        saved_range=money_range(total.saved, currency, language),
    )
    if total.shifted.low or total.shifted.high:
        yield say(
            "economy_shifted_line",
            language,
            shifted=money(total.shifted.mean, currency, language),
            shifted_range=money_range(total.shifted, currency, language),
        )
    certain = wilson(round(total.pays * check.replications), check.replications)
    ends = (certain.low, certain.high)
    share = format_probability(total.pays, language, ends)
    yield say("economy_pays", language, share=share)
    months = economy.results[-1]
    if not math.isnan(economy.needed):
        yield say(
            "economy_needed",
            language,
            needed=format_number(economy.needed, language, 0),
            worth=money(economy.worth, currency, language),
            months=format_number(months.count.mean, language, 0),
            months_range=_count_range(months.count, language),
        )
    for one in economy.results:
        if math.isnan(one.each) and one.name != PARTICIPANTS:
            yield say(
                "economy_nothing_bought",
                language,
                what=_result_label(one, language),
                count=format_number(one.count.mean, language, 1),
                low=format_number(one.certain.low, language, 1),
                high=format_number(one.certain.high, language, 1),
            )


def money(amount: float, currency: str, language: str) -> str:
    """Return an amount to the thousand, or to the hundred where it is small."""
    step = 100 if abs(amount) < 100 * THOUSAND else THOUSAND
    return format_number(step * round(amount / step), language, 0) + SPACE + currency


def money_range(spread: RunSpread, currency: str, language: str) -> str:
    """Return between what amounts nine runs in ten lie, to the thousand."""
    low, high = (THOUSAND * round(end / THOUSAND) for end in (spread.low, spread.high))
    return format_range(low, high, "real", language) + SPACE + currency


def _count_range(spread: RunSpread, language: str) -> str:
    return format_range(round(spread.low), round(spread.high), "real", language)


def _spread_columns(name: str, heading: str, language: str) -> Iterator[Column]:
    """Yield the columns of a mean and of its range: in thousands shown, in full filed."""
    title = say(heading, language)
    yield Column(name, title, is_number=True)
    yield text_column(f"{name}_range", language, "range_of", is_filed=False)
    for end in ("low_end", "high_end"):
        yield Column(f"{name}_{end}", f"{title}: {say(end, language).lower()}", is_shown=False)


def _thousands(spread: RunSpread, language: str) -> tuple[Cell, ...]:
    """Return the cells of `_spread_columns`."""
    low, high = round(spread.low / THOUSAND), round(spread.high / THOUSAND)
    return (
        Cell(format_number(spread.mean / THOUSAND, language, 0), spread.mean),
        Cell(format_range(low, high, "real", language)),
        Cell.of_value(spread.low),
        Cell.of_value(spread.high),
    )


def _payer_table(flow: Flow, economy: EconomyResultSet, language: str) -> Table:
    columns = (
        text_column("payer", language, "economy_payer", wraps=True),
        *_spread_columns("spent", "economy_spent", language),
        *_spread_columns("saved", "economy_saved", language),
        *_spread_columns("shifted", "economy_shifted", language),
        *_spread_columns("net", "economy_net", language),
        value_column("first_year", language, "economy_first_year"),
    )
    rows = [_payer_row(flow, one, language) for one in economy.payers]
    title = say("economy_payers", language, currency=flow.currency)
    return Table.of_rows("economy", title, columns, rows, has_title=True)


def _payer_row(flow: Flow, one: PayerBalance, language: str) -> Row:
    return Row(
        (
            Cell.of_text(_payer_label(flow.payers, one.payer, language)),
            *_thousands(one.spent, language),
            *_thousands(one.saved, language),
            *_thousands(one.shifted, language),
            *_thousands(one.net, language),
            _thousands(one.first_year, language)[0],
        )
    )


def _payer_label(payers: Mapping[str, Text], payer: str, language: str) -> str:
    return payers[payer].in_language(language) if payer else say("economy_all", language)


def _result_table(flow: Flow, economy: EconomyResultSet, language: str) -> Table:
    columns = (
        text_column("result", language, "economy_result", wraps=True),
        *_spread_columns("count", "economy_count", language),
        value_column("each", language, "economy_each"),
        value_column("error", language, "economy_error", is_shown=False),
    )
    rows = [_result_row(flow, one, language) for one in economy.results]
    title = say("economy_results", language, currency=flow.currency)
    return Table.of_rows("economy_results", title, columns, rows, has_title=True)


def _result_row(flow: Flow, one: CostOfResult, language: str) -> Row:
    shown = NONE if math.isnan(one.each) else money(one.each, flow.currency, language)
    return Row(
        (
            Cell.of_text(_result_label(one, language)),
            Cell(format_number(one.count.mean, language, 1), one.count.mean),
            Cell(_count_range(one.count, language)),
            Cell.of_value(one.count.low),
            Cell.of_value(one.count.high),
            Cell(shown, None if math.isnan(one.each) else one.each),
            Cell.of_value(None if math.isnan(one.error) else one.error),
        )
    )


def _result_label(one: CostOfResult, language: str) -> str:
    if one.says is not None:
        return one.says.in_language(language)
    return say("economy_month" if one.name == MONTHS_SAVED else "economy_participant", language)


def _line_table(flow: Flow, economy: EconomyResultSet, language: str) -> Table:
    columns = (
        text_column("line", language, "economy_line", wraps=True),
        text_column("payer", language, "economy_payer", wraps=True),
        value_column("with", language, "economy_with"),
        value_column("without", language, "economy_without"),
        *_spread_columns("extra", "economy_extra", language),
        value_column("first_year", language, "economy_first_year"),
    )
    rows = []
    for one in economy.lines:
        cells = (
            Cell.of_text(flow.label_of(one.kind, one.name, language)),
            Cell.of_text(_payer_label(flow.payers, one.payer, language) if one.payer else NONE),
            _thousands(one.present, language)[0],
            _thousands(one.absent, language)[0],
            *_thousands(one.extra, language),
            _thousands(one.first_year, language)[0],
        )
        rows.append(Row(cells))
    title = say("economy_lines", language, currency=flow.currency)
    return Table.of_rows("economy_lines", title, columns, rows, has_title=True, is_brief=False)
