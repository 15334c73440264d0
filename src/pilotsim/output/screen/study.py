"""What a study costs and what it came to, on the screen."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pilotsim.experiments.study.cost import StudyCost
from pilotsim.experiments.study.results import StudyRun
from pilotsim.experiments.study.study import Response, Study
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_number, format_probability

if TYPE_CHECKING:
    import pandas as pd

MAX_ROWS = 40
MAX_FACTORS = 4


def show_cost(study: Study, cost: StudyCost, console: Console, language: str) -> None:
    """Say what a study is and what it costs, before it is run."""
    rule = study.replications
    low, high = (format_number(number, language, 0) for number in (rule.at_least, rule.at_most))
    runs = [format_number(number, language, 0) for number in (cost.least, cost.most)]
    console.print(f"[bold]{study.title.in_language(language)}[/bold]", soft_wrap=True)
    console.print(
        say(
            "study_size",
            language,
            scenarios=len(study.scenarios),
            points=len(study.points),
            replications=low if low == high else say("study_up_to", language, low=low, high=high),
            runs=runs[0]
            if low == high
            else say("study_up_to", language, low=runs[0], high=runs[1]),
        ),
        soft_wrap=True,
    )
    line = say(
        "study_cost",
        language,
        time=_duration(cost.minutes, language),
        workers=cost.workers,
        size=_size(cost.size, language),
    )
    if cost.left < cost.most:
        line += say("study_cost_of_missing", language, runs=format_number(cost.left, language, 0))
    console.print(line, soft_wrap=True)


def _duration(minutes: float, language: str) -> str:
    if minutes < 1:
        return say("under_a_minute", language)
    if minutes < 90:
        return say("minutes", language, count=format_number(math.ceil(minutes), language, 0))
    return say("hours", language, count=format_number(minutes / 60, language, 1))


def _size(size: float, language: str) -> str:
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 1000 or unit == "GB":
            return f"{format_number(max(size, 1), language, 0)} {unit}"
    raise AssertionError("the last unit is returned")


def show_results(study: Study, run: StudyRun, console: Console, language: str) -> None:
    """Show a row for each scenario and point: the mean of each response with its interval, and the chance of its bound."""
    frame = run.points
    table = Table(box=None, pad_edge=False)
    many = len(study.scenarios) > 1
    factors = study.points.names[:MAX_FACTORS]
    for head in ([say("scenario", language)] if many else []) + [
        _factor_head(study, name, language) for name in factors
    ]:
        table.add_column(head)
    for response in study.responses:
        table.add_column(response.says.in_language(language), justify="right")
    cells = list(frame.groupby(["scenario", "point"], sort=False, observed=True))
    for (scenario, _), rows in cells[:MAX_ROWS]:
        names = [study.scenario(str(scenario)).says.in_language(language)] if many else []
        table.add_row(*names, *_settings(rows, factors, language), *_cells(study, rows, language))
    console.print(table)
    if len(cells) > MAX_ROWS:
        file = run.folder / "results" / "points.csv"
        console.print(
            say("study_more_rows", language, count=len(cells) - MAX_ROWS, file=file),
            soft_wrap=True,
        )
    _show_failures(frame, console, language)


def _factor_head(study: Study, name: str, language: str) -> str:
    return next(
        factor.says.in_language(language) for factor in study.factors if factor.name == name
    )


def _settings(rows: pd.DataFrame, factors: tuple[str, ...], language: str) -> Iterator[str]:
    for factor in factors:
        yield format_number(float(rows.iloc[0][factor]), language)


def _cells(study: Study, rows: pd.DataFrame, language: str) -> Iterator[str]:
    for response, (_, row) in zip(study.responses, rows.iterrows(), strict=True):
        yield _cell(response, row, language)


def _cell(response: Response, row: Any, language: str) -> str:
    kind = response.measure.unit
    mean = format_measure(row["mean"], kind, language)
    if response.bound is None:
        low, high = (format_measure(row[end], kind, language) for end in ("low", "high"))
        return f"{mean} ({low}\u2013{high})"
    return f"{mean} · {format_probability(row['probability'], language)}"


def _show_failures(frame: pd.DataFrame, console: Console, language: str) -> None:
    failed = frame[frame["failed"] > 0]
    if len(failed):
        count = len(failed[["scenario", "point"]].drop_duplicates())
        console.print(
            say("study_failed", language, count=count, reason=failed.iloc[0]["reason"]),
            soft_wrap=True,
            style="red",
        )


def show_place(run: StudyRun, console: Console, language: str) -> None:
    """Say where the results are."""
    console.print(
        say("study_results", language, folder=Path(run.folder) / "results"), soft_wrap=True
    )
