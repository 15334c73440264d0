"""An evaluation's diagnosis as one screen of a terminal: a row for each design and answer, with Monte Carlo errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text as Line

from pilotsim.evaluation.diagnosis import Figure
from pilotsim.evaluation.study import Evaluation
from pilotsim.evaluation.trial import Tried
from pilotsim.words import format_number, words

COLUMNS = ("truth", "bias", "spread", "coverage", "power", "type_s", "type_m", "false_positives")
SHARES = ("coverage", "power", "type_s", "false_positives")


def show_evaluation(evaluation: Evaluation, tried: Sequence[Tried], console: Console, language: str) -> None:
    """Print the diagnosis of every design and answer strategy, a table for each cell of the grid."""
    console.print(Line(evaluation.title.in_language(language), style="bold underline"))
    console.print(f"{evaluation.draws} {words('draws', language)}, {words('seed', language)} {evaluation.seed}\n")
    for cell, group in groupby(tried, key=lambda one: tuple(one.cell.items())):
        if cell:
            console.print(Line(", ".join(f"{name} = {level}" for name, level in cell), style="bold"))
        console.print(_table(list(group), language))
    for one in tried:
        name = f"{one.design.says.in_language(language)}, {one.strategy.name}"
        for reason, count in one.refusals.items():
            console.print(Line(f"{name}: {words('no_answer', language)} {count}×: {reason}", style="yellow"))


def _table(tried: Sequence[Tried], language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(words("design", language), ratio=2)
    table.add_column(words("answer", language), ratio=1)
    for name in COLUMNS:
        table.add_column(words(name, language), justify="right", no_wrap=True)
    for one in tried:
        table.add_row(one.design.says.in_language(language), one.strategy.name, *_cells(one, language))
    return table


def _cells(one: Tried, language: str) -> Iterator[Line]:
    for name in COLUMNS:
        figure: Figure = getattr(one.diagnosis, name)
        share = name in SHARES or (one.strategy.estimand.is_share and name != "type_m")
        style = "red" if name == "bias" and one.diagnosis.is_biased else ""
        yield Line(show_figure(figure, share, language), style=style)


def show_figure(figure: Figure, share: bool, language: str) -> str:
    """Return a figure with its Monte Carlo error, in per cent (points) for shares: `12.3 ±0.4`."""
    if math.isnan(figure.value):
        return "–"
    scale = 100.0 if share else 1.0
    error = "" if math.isnan(figure.error) else f" ±{format_number(scale * figure.error, language, decimals=1)}"
    return f"{format_number(scale * figure.value, language, decimals=1)}{error}"
