"""Several districts beside each other: what each comes to, their sum, and what scenarios change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pilotsim import __version__
from pilotsim.base.arrays import Floats
from pilotsim.experiments.portfolio.execute import PortfolioRun, ends_of_runs
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number, format_range
from pilotsim.output.document import Block, Cell, Column, Document, Paragraph, Row, Section, Table
from pilotsim.output.views.parts import (
    command_block,
    drawn_paragraph,
    figure_of,
    run_paragraph,
    text_column,
    value_column,
)

__all__ = ["document_of_portfolio"]

# More districts than these are looked up in a spreadsheet, and have no picture.
MOST_SHOWN = 24


def document_of_portfolio(
    found: PortfolioRun, language: str, command: str = "", *, with_figures: bool = True
) -> Document:
    """Return what a portfolio came to.

    Parameters
    ----------
    found : PortfolioRun
        What to show.
    language : str
        One of `LANGUAGES`.
    command : str
        How it was called for.
    with_figures : bool
        Whether figures are part of it; a screen shows none.
    """
    portfolio = found.portfolio
    blocks: list[Block] = [
        Paragraph.of(sentence, role="lead") for sentence in _leads(found, language)
    ]
    blocks += [_table(found, language)]
    if with_figures and len(portfolio.districts) <= MOST_SHOWN:
        from pilotsim.output.figures.portfolio import plot_portfolio

        blocks.append(figure_of(plot_portfolio, found, language, name="portfolio"))
    method: list[Block] = [
        run_paragraph(portfolio.flow, portfolio.replications, language),
        drawn_paragraph(portfolio.flow, language, fixed=False),
        Paragraph.of(
            say("portfolio_together" if portfolio.is_together else "portfolio_apart", language)
        ),
        *command_block(command),
    ]
    return Document(
        kind="portfolio",
        title=portfolio.title.in_language(language),
        language=language,
        sections=[
            Section("districts", say("portfolio_districts", language), tuple(blocks)),
            Section("how_made", say("how_made", language), tuple(method)),
        ],
        record=_record(found),
    )


def _leads(found: PortfolioRun, language: str) -> Iterator[str]:
    """Yield what all districts come to together, and how much of its uncertainty is common."""
    for number, outcome in enumerate(found.portfolio.outcomes):
        total = found.totals[0, number]
        yield say(
            "portfolio_lead",
            language,
            what=outcome.says.in_language(language),
            number=_whole(float(total.mean()), language),
            ends=_range(total, language),
            districts=format_number(len(found.portfolio.districts), language, 0),
            common=_percent(found.common_share(0, number), language),
        )


def _whole(number: float, language: str) -> str:
    return format_number(number, language, 0)


def _percent(share: float, language: str) -> str:
    return format_number(max(0.0, 100.0 * share), language, 0)


def _range(numbers: Floats, language: str) -> str:
    return format_range(*ends_of_runs(numbers), "count", language)


def _table(found: PortfolioRun, language: str) -> Table:
    columns = (
        text_column("district", language, "portfolio_district", wraps=True),
        text_column("outcome", language, "portfolio_outcome"),
        text_column("scenario", language, "scenario"),
        value_column("mean", language, "portfolio_mean"),
        text_column("interval", language, "portfolio_interval", is_filed=False),
        *(
            Column(key, say(f"portfolio_{key}", language), is_number=True, is_shown=False)
            for key in ("low", "high")
        ),
        value_column("change", language, "portfolio_change"),
        text_column("change_interval", language, "portfolio_change_interval", is_filed=False),
    )
    return Table.of_rows(
        "districts",
        say("portfolio_districts", language),
        columns,
        tuple(_rows(found, language)),
        max_brief_rows=MOST_SHOWN,
    )


def _rows(found: PortfolioRun, language: str) -> Iterator[Row]:
    portfolio = found.portfolio
    names = [one.says.in_language(language) for one in portfolio.districts]
    for k, outcome in enumerate(portfolio.outcomes):
        per_district = [(name, found.values[:, d, k]) for d, name in enumerate(names)]
        for name, numbers in [
            (say("portfolio_sum", language), found.totals[:, k]),
            *per_district,
        ]:
            for s, scenario in enumerate(portfolio.scenarios):
                says = (
                    scenario.says.in_language(language)
                    if s
                    else say("portfolio_as_written", language)
                )
                yield _row((name, outcome.says.in_language(language), says), numbers, s, language)


def _row(names: tuple[str, str, str], numbers: Floats, scenario: int, language: str) -> Row:
    own = numbers[scenario]
    low, high = ends_of_runs(own)
    mean = float(own.mean())
    change = own - numbers[0]
    moved = (
        [Cell("", None), Cell.of_text("")]
        if scenario == 0
        else [
            Cell(format_number(float(change.mean()), language, 1), round(float(change.mean()), 2)),
            Cell.of_text(_range(change, language)),
        ]
    )
    decimals = 0 if mean >= 100 else 1
    return Row(
        [
            *(Cell.of_text(name) for name in names),
            Cell(format_number(mean, language, decimals), round(mean, 2)),
            Cell.of_text(_range(own, language)),
            Cell.of_value(round(low, 2)),
            Cell.of_value(round(high, 2)),
            *moved,
        ]
    )


def _record(found: PortfolioRun) -> dict[str, Any]:
    portfolio = found.portfolio
    return {
        "portfolio": portfolio.name,
        "version": __version__,
        "seed": portfolio.seed,
        "replications": portfolio.replications,
        "together": portfolio.is_together,
        "scenarios": [one.name for one in portfolio.scenarios],
        "outcomes": [
            {
                "outcome": outcome.name,
                "common_share": found.common_share(0, k),
                "sum": [_numbers_record(found.totals[s, k]) for s in range(len(found.totals))],
                "districts": {
                    district.name: [
                        _numbers_record(found.values[s, d, k]) for s in range(len(found.values))
                    ]
                    for d, district in enumerate(portfolio.districts)
                },
            }
            for k, outcome in enumerate(portfolio.outcomes)
        ],
    }


def _numbers_record(numbers: Floats) -> list[float]:
    low, high = ends_of_runs(numbers)
    return [round(float(np.mean(numbers)), 4), round(low, 4), round(high, 4)]
