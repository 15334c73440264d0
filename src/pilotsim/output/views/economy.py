"""What a programme costs whom, as people read it: budget, what comes back, what a result costs."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping

from pilotsim.base.statistics import wilson
from pilotsim.base.text import Text
from pilotsim.judge.check import Check
from pilotsim.judge.economy import (
    MONTHS_SAVED,
    PARTICIPANTS,
    SAVED,
    CostOfResult,
    EconomyResultSet,
    PayerBalance,
    RunSpread,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    DASH,
    MINUS,
    NONE,
    SPACE,
    format_number,
    format_probability,
    format_range,
    join,
    name_of_currency,
)
from pilotsim.model.flow import Flow
from pilotsim.output.document import Block, Cell, Column, Paragraph, Row, Section, Table
from pilotsim.output.sentences.people import whole_people
from pilotsim.output.views.parts import (
    assumed_of,
    facts_of,
    hangs_on_assumptions,
    text_column,
    value_column,
)

THOUSAND = 1000.0
MILLION = 1e6
# Keys that hold a price.
PRICES = ("price_per_month", "price_per_hour", "per_month", "per_day", "per_start")


def economy_section(check: Check, language: str) -> Section:
    """Return what the programme costs whom, and what comes of it; empty where it is not said."""
    economy = check.economy
    if economy is None:
        return Section("economy", "", ())
    currency = check.flow.currency
    blocks: list[Block] = [
        *_what_is_missing(check.flow, language),
        Paragraph.of(_prices(check.flow, economy, language)),
        Paragraph.of(" ".join(cost_sentences(check, language))),
        *(Paragraph.of(line) for line in _sentences(check, economy, language)),
        _payer_table(check.flow, economy, language),
        _result_table(check.flow, economy, language),
        _line_table(check.flow, economy, language),
        Paragraph.of(
            say_of_money(
                check.flow, "economy_note", language, currency=name_of_currency(currency, language)
            ),
            role="note",
        ),
    ]
    return Section("economy", say("economy", language), tuple(blocks))


def say_of_money(flow: Flow, key: str, language: str, **given: object) -> str:
    """Return a phrase about money with what the flow's economy may save, and what it may not.

    Parameters
    ----------
    flow : Flow
        The flow, which has an economy.
    key : str
        The phrase; it may name what is saved, `paid`, and what else is paid, `others`.
    language : str
        One of `LANGUAGES`.
    **given : object
        What else the phrase names.
    """
    assert flow.economy is not None
    saves = flow.economy.saves
    others = "others_than_assistance" if saves == "assistance" else "others_than_another"
    return say(
        key,
        language,
        paid=say(f"paid_{saves}", language),
        others=say(others, language),
        **given,
    )


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
                "each_range": [one.each_low, one.each_high],
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


def cost_sentences(check: Check, language: str) -> list[str]:
    """Return what the programme costs, what comes back of it, and the net; nothing if not asked.

    Both the answer and the section on the economy say them, so that neither can say otherwise.
    """
    economy = check.economy
    if economy is None:
        return []
    total, currency = economy.payers[-1], check.flow.currency
    lines = [
        say(
            "economy_total",
            language,
            spent=amount_in_words(total.spent.mean, currency, language),
            spent_range=amounts_in_words(total.spent, currency, language),
            year=amount_in_words(total.first_year.mean, currency, language),
        )
    ]
    participants = economy.results[0]
    if not math.isnan(participants.each):
        each = amount_in_words(participants.each, currency, language)
        lines.append(say("economy_each_participant", language, each=each))
    # Where nothing is paid in the state that may be saved, nothing can come back.
    if any(line.kind_of_money == SAVED for line in economy.lines):
        lines.append(_saved_sentence(check.flow, total.saved, language))
    if total.shifted.low or total.shifted.high:
        lines.append(
            say_of_money(
                check.flow,
                "economy_shifted_line",
                language,
                shifted=amount_in_words(total.shifted.mean, currency, language),
                shifted_range=amounts_in_words(total.shifted, currency, language),
            )
        )
    if economy.has_net:
        lines.append(_net_sentence(total.net, currency, language))
    else:
        lines.append(say("economy_spent_alone", language))
    return lines


def _saved_sentence(flow: Flow, saved: RunSpread, language: str) -> str:
    currency = flow.currency
    if saved.mean < 0:
        paid = RunSpread(-saved.mean, -saved.high, -saved.low)
        return say_of_money(
            flow,
            "economy_not_saved" if saved.high <= 0 else "economy_maybe_not_saved",
            language,
            more=amount_in_words(paid.mean, currency, language),
            more_range=amounts_in_words(paid, currency, language),
        )
    return say_of_money(
        flow,
        "economy_is_saved" if saved.low > 0 else "economy_maybe_saved",
        language,
        saved=amount_in_words(saved.mean, currency, language),
        saved_range=amounts_in_words(saved, currency, language),
    )


def _net_sentence(net: RunSpread, currency: str, language: str) -> str:
    """Return the net cost in words, never by a sign: a cost, a saving, or open which."""
    if net.low < 0 < net.high:
        gain, cost = (
            amount_in_words(-net.low, currency, language),
            amount_in_words(net.high, currency, language),
        )
        return say("economy_net_open", language, gain=gain, cost=cost)
    is_gain = net.high <= 0
    shown = RunSpread(-net.mean, -net.high, -net.low) if is_gain else net
    return say(
        "economy_net_gain" if is_gain else "economy_net_cost",
        language,
        net=amount_in_words(shown.mean, currency, language),
        net_range=amounts_in_words(shown, currency, language),
    )


def _prices(flow: Flow, economy: EconomyResultSet, language: str) -> str:
    """Return how many prices have a source, how many are assumed and how many are neither."""
    facts, assumed = facts_of(flow), assumed_of(flow)
    kinds: Counter[str] = Counter()
    for line in economy.lines:
        start = f"{line.kind}.{line.name}."
        prices = [
            path
            for path in flow.values
            if path.startswith(start) and path.removeprefix(start) in PRICES
        ]
        # A sum without words of its own is as sure as what it is worked out from.
        for path in prices:
            is_assumed = path in assumed or hangs_on_assumptions(flow, flow.values[path])
            kinds["assumed" if is_assumed else "sourced" if path in facts else "plain"] += 1
    if len(kinds) == 1 and "plain" not in kinds:
        kind = next(iter(kinds))
        if kinds.total() == 1:
            return say(f"economy_only_price_{kind}", language)
        return say(f"economy_prices_{kind}", language, count=kinds.total())
    parts = [
        say(f"economy_price_{kind}", language, count=kinds[kind])
        for kind in ("sourced", "assumed", "plain")
        if kinds[kind]
    ]
    return say("economy_prices_mixed", language, parts=join(parts, language))


def _sentences(check: Check, economy: EconomyResultSet, language: str) -> Iterator[str]:
    total = economy.payers[-1]
    currency = check.flow.currency
    certain = wilson(round(total.pays * check.replications), check.replications)
    ends = (certain.low, certain.high)
    share = format_probability(total.pays, language, ends)
    yield say("economy_pays", language, share=share)
    months = economy.results[-1]
    if not math.isnan(economy.needed):
        yield say_of_money(
            check.flow,
            "economy_needed",
            language,
            needed=format_number(economy.needed, language, 0),
            worth=amount_in_words(economy.worth, currency, language),
            months=format_number(months.count.mean, language, 0),
            months_range=_count_range(months.count, language),
        )
    for one in economy.results:
        if math.isnan(one.each) and one.name != PARTICIPANTS:
            yield say(
                "economy_nothing_bought",
                language,
                what=_result_label(check.flow, one, language),
                count=whole_people(one.count.mean, language),
                range=_count_range(one.count, language),
            )


def money(amount: float, currency: str, language: str) -> str:
    """Return an amount to the thousand, or to two digits or the hundred where it is small."""
    shown = _rounded(amount)
    decimals = 2 if 0 < abs(shown) < 1 else 0
    return format_number(shown, language, decimals) + SPACE + name_of_currency(currency, language)


def amount_in_words(amount: float, currency: str, language: str) -> str:
    """Return an amount as people say it: `43 700 kroner`, `11,3 millioner kroner`."""
    shown = _rounded(amount)
    digits = _digits_in_words(shown, abs(shown), language)
    return digits + SPACE + _unit_in_words(digits, abs(shown), currency, language)


def amounts_in_words(spread: RunSpread, currency: str, language: str) -> str:
    """Return between what amounts nine runs in ten lie, both in the unit that the larger has."""
    low, high = (_rounded(end) for end in (spread.low, spread.high))
    size = max(abs(low), abs(high))
    first, last = (_digits_in_words(end, size, language) for end in (low, high))
    joint = f" {say('to', language)} " if low < 0 else DASH
    digits = first if first == last else first + joint + last
    return digits + SPACE + _unit_in_words(digits, size, currency, language)


def money_words(currency: str, language: str) -> dict[str, str]:
    """Return what `amount_in_words` calls a currency and millions of it, for who says the same."""
    return {
        "currency": name_of_currency(currency, language),
        "million": say("million", language),
        "millions": say("millions", language),
    }


def _digits_in_words(amount: float, size: float, language: str) -> str:
    """Return the digits of an amount; `size` is the largest beside it, which sets the unit."""
    if _is_in_millions(size):
        return format_number(amount / MILLION, language)
    return format_number(amount, language, 2 if 0 < abs(amount) < 1 else 0)


def _unit_in_words(digits: str, size: float, currency: str, language: str) -> str:
    name = name_of_currency(currency, language)
    if not _is_in_millions(size):
        return name
    key = "million" if digits.removeprefix(MINUS) == "1" else "millions"
    return say(key, language) + SPACE + name


def _is_in_millions(size: float) -> bool:
    return MILLION <= size < math.inf


def _rounded(amount: float) -> float:
    if math.isinf(amount):
        return amount
    size = abs(amount)
    steps = ((1, 0.01), (100, 1), (THOUSAND, 10), (100 * THOUSAND, 100))
    step = next((step for least, step in steps if size < least), THOUSAND)
    return step * round(amount / step)


def _in_thousands(amount: float, language: str) -> str:
    """Return an amount in thousands, with as many decimals as show that it is not 0."""
    size = abs(amount)
    decimals = 0 if size >= 500 or size == 0 else 1 if size >= 100 else 3
    return format_number(amount / THOUSAND, language, decimals)


def money_range(spread: RunSpread, currency: str, language: str) -> str:
    """Return between what amounts nine runs in ten lie, rounded as an amount is."""
    low, high = (_rounded(end) for end in (spread.low, spread.high))
    return format_range(low, high, "real", language) + SPACE + name_of_currency(currency, language)


def _count_range(spread: RunSpread, language: str) -> str:
    return format_range(round(spread.low), round(spread.high), "real", language)


def _spread_columns(name: str, title: str, language: str) -> Iterator[Column]:
    """Yield the columns of a mean and of its range: both in thousands, as the title says."""
    yield Column(name, title, is_number=True)
    yield text_column(f"{name}_range", language, "range_of", is_filed=False)
    for end in ("low_end", "high_end"):
        yield Column(f"{name}_{end}", f"{title}: {say(end, language).lower()}", is_shown=False)


def _thousands(spread: RunSpread, language: str) -> tuple[Cell, ...]:
    """Return the cells of `_spread_columns`."""
    low, high = round(spread.low / THOUSAND), round(spread.high / THOUSAND)
    return (
        Cell(_in_thousands(spread.mean, language), spread.mean / THOUSAND),
        Cell(format_range(low, high, "real", language)),
        Cell.of_value(spread.low / THOUSAND),
        Cell.of_value(spread.high / THOUSAND),
    )


def _payer_table(flow: Flow, economy: EconomyResultSet, language: str) -> Table:
    columns = (
        text_column("payer", language, "economy_payer", wraps=True),
        *_spread_columns("spent", say("economy_spent", language), language),
        *_spread_columns("saved", say_of_money(flow, "economy_saved", language), language),
        *_spread_columns("shifted", say_of_money(flow, "economy_shifted", language), language),
        *_spread_columns("net", say("economy_net", language), language),
        value_column("first_year", language, "economy_first_year"),
    )
    rows = [_payer_row(flow, one, language) for one in economy.payers]
    title = say("economy_payers", language, currency=name_of_currency(flow.currency, language))
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
        *_spread_columns("count", say("economy_count", language), language),
        value_column("each", language, "economy_each"),
        value_column("each_low", language, "low_end", is_shown=False),
        value_column("each_high", language, "high_end", is_shown=False),
        value_column("error", language, "economy_error", is_shown=False),
    )
    rows = [_result_row(flow, one, language) for one in economy.results]
    title = say("economy_results", language, currency=name_of_currency(flow.currency, language))
    return Table.of_rows("economy_results", title, columns, rows, has_title=True)


def _result_row(flow: Flow, one: CostOfResult, language: str) -> Row:
    return Row(
        (
            Cell.of_text(_result_label(flow, one, language)),
            Cell(format_number(one.count.mean, language, 1), one.count.mean),
            Cell(_count_range(one.count, language)),
            Cell.of_value(one.count.low),
            Cell.of_value(one.count.high),
            _price_cell(one, flow.currency, language),
            *(_filed_price(number) for number in (one.each_low, one.each_high, one.error)),
        )
    )


def _price_cell(one: CostOfResult, currency: str, language: str) -> Cell:
    if math.isnan(one.each):
        why = say("economy_no_price_why", language)
        return Cell(say("economy_no_price", language), None, "soft", why)
    spread = RunSpread(one.each, one.each_low, one.each_high)
    below = money_range(spread, currency, language)
    return Cell(money(one.each, currency, language), one.each, below=below)


def _filed_price(number: float) -> Cell:
    return Cell.of_value(number if math.isfinite(number) else None)


def _result_label(flow: Flow, one: CostOfResult, language: str) -> str:
    if one.says is not None:
        return one.says.in_language(language)
    key = "economy_month" if one.name == MONTHS_SAVED else "economy_participant"
    return say_of_money(flow, key, language)


def _line_table(flow: Flow, economy: EconomyResultSet, language: str) -> Table:
    columns = (
        text_column("line", language, "economy_line", wraps=True),
        text_column("payer", language, "economy_payer", wraps=True),
        value_column("with", language, "economy_with"),
        value_column("without", language, "economy_without"),
        *_spread_columns("extra", say("economy_extra", language), language),
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
    title = say("economy_lines", language, currency=name_of_currency(flow.currency, language))
    return Table.of_rows("economy_lines", title, columns, rows, has_title=True, is_brief=False)
