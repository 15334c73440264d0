"""An evaluation's diagnosis as one screen of a terminal: a row for each design and answer, with Monte Carlo errors."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text as Line

from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.ranking import Ranked, rank
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.report.assessment import assessment
from pilotsim.output.report.evaluation import is_share, show_figure

COLUMNS = ("truth", "bias", "spread", "coverage", "power", "type_s", "type_m", "false_positives")


def show_evaluation(
    evaluation: Evaluation, tried: Sequence[DesignResult], console: Console, language: str
) -> None:
    """Print the diagnosis of every design and answer strategy, a table for each cell of the grid."""
    console.print(Line(evaluation.title.in_language(language), style="bold underline"))
    console.print(
        f"{evaluation.draws} {say('draws', language)}, {say('seed', language)} {evaluation.seed}\n"
    )
    for cell, group in groupby(tried, key=lambda one: tuple(one.cell.items())):
        if cell:
            console.print(
                Line(", ".join(f"{name} = {level}" for name, level in cell), style="bold")
            )
        own = list(group)
        console.print(_table(own, language))
        console.print()
        for sentence in assessment(evaluation, own, language):
            console.print(Padding(sentence, (0, 0, 0, 2)))
    for one in tried:
        name = f"{one.design.says.in_language(language)}, {one.strategy.name}"
        for reason, count in one.refusals.items():
            console.print(
                Line(f"{name}: {say('no_answer', language)} {count}×: {reason}", style="yellow")
            )


def _table(tried: Sequence[DesignResult], language: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column(say("design", language), ratio=2)
    table.add_column(say("answer", language), ratio=2)
    for name in ("detectable", *COLUMNS):
        table.add_column(say(name, language), justify="right", no_wrap=True)
    for one in rank(tried):
        names = one.tried.design.says.in_language(language), one.tried.strategy.says_in(language)
        table.add_row(*names, _least(one, language), *_cells(one.tried, language))
    return table


def _least(one: Ranked, language: str) -> str:
    if one.tried.detectable is None or math.isnan(one.sees_from):
        return "–"
    if math.isinf(one.sees_from):
        return f"> {format_number(100 * one.tried.detectable.most, language, decimals=0)}"
    size, error = (
        format_number(100 * number, language, decimals=1)
        for number in (one.sees_from, one.tried.detectable.error)
    )
    return f"{size} ±{error}"


def _cells(one: DesignResult, language: str) -> Iterator[Line]:
    for name in COLUMNS:
        style = "red" if name == "bias" and one.diagnosis.is_biased else ""
        yield Line(
            show_figure(getattr(one.diagnosis, name), is_share(one, name), language), style=style
        )
