"""A check's numbers as tables that a spreadsheet opens."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO

import numpy as np

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.quantity import Quantity
from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import Verdict
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import SPACE, format_value, format_written
from pilotsim.output.figures.time import dates_of
from pilotsim.output.labels import label_of_driver, number_of_driver

Cell = str | float | int | date | None
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Table:
    """Rows with a heading.

    Parameters
    ----------
    name : str
        The name of its file, without its end.
    headings : tuple of str
        In the language of the table.
    rows : tuple of tuples
        Text, numbers, dates; None for nothing.
    """

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def to_csv(self, language: str) -> bytes:
        """Return the table as a spreadsheet of that language reads it: in Norwegian with semicolons and decimal commas."""
        text = StringIO()
        style = catalogue_of(language).numbers
        writer = csv.writer(text, delimiter=style.separator, lineterminator="\r\n")
        writer.writerow(self.headings)
        writer.writerows([_cell(cell, language) for cell in row] for row in self.rows)
        return text.getvalue().encode("utf-8-sig")


def _cell(cell: Cell, language: str) -> str:
    if cell is None or (isinstance(cell, float) and math.isnan(cell)):
        return ""
    if isinstance(cell, str):
        # A spreadsheet would work out what begins like a formula.
        return f"'{cell}" if cell.startswith(FORMULA) else cell.replace(SPACE, " ")
    if isinstance(cell, float):
        digits = f"{cell:.6f}".rstrip("0").rstrip(".")
        digits = "0" if digits == "-0" else digits
        return digits.replace(".", catalogue_of(language).numbers.decimal)
    return str(cell)


def tables_of(check: Check, language: str) -> list[Table]:
    """Return all tables of a check."""
    return [
        _targets(check, language),
        _drivers(check, language),
        _basis(check, language),
        _stages(check, language),
        _moves(check, language),
    ]


def in_unit(number: float, kind: str) -> float:
    """Return a number in the unit in which a table shows it: per cent, days, per month."""
    return number * {"share": 100, "rate": DAYS_PER_MONTH}.get(kind, 1)


def unit_of_kind(kind: str, language: str) -> str:
    """Return the unit in which a table shows numbers of a kind."""
    units = {
        "share": "%",
        "duration": say("days", language).lower(),
        "rate": say("per_month", language),
    }
    return units.get(kind, "")


def _head(language: str, *keys: str) -> tuple[str, ...]:
    return tuple(say(key, language) for key in keys)


def _targets(check: Check, language: str) -> Table:
    headings = _head(
        language,
        "name",
        "target",
        "reading",
        "kind",
        "bound",
        "limit",
        "unit",
        "expected",
        "low_end",
        "high_end",
        "anyway",
        "chance_percent",
        "chance_low",
        "chance_high",
        "verdict",
        "ceiling",
        "sum",
        "source",
        "runs",
        "undefined",
    )
    return Table(
        "targets", headings, tuple(_target(verdict, language) for verdict in check.verdicts)
    )


def _target(verdict: Verdict, language: str) -> tuple[Cell, ...]:
    question, kind = verdict.question, verdict.question.bound.kind
    numbers = (verdict.expected, verdict.low, verdict.high, verdict.counterfactual)
    chance = (
        verdict.probability,
        *(verdict.interval if verdict.replications else (math.nan, math.nan)),
    )
    ceiling = verdict.ceiling
    return (
        question.name,
        question.says.in_language(language),
        question.reads.in_language(language) if question.reads else None,
        say(question.kind, language),
        say("at_least" if question.at_least else "at_most", language),
        in_unit(question.bound.number, kind),
        unit_of_kind(kind, language),
        *(in_unit(number, kind) for number in numbers),
        *(100 * one for one in chance),
        say(verdict.word, language),
        in_unit(ceiling.number, kind) if ceiling else None,
        format_written(ceiling.written, language) if ceiling else None,
        question.source,
        verdict.replications,
        verdict.undefined,
    )


def _drivers(check: Check, language: str) -> Table:
    headings = _head(
        language,
        "question",
        "name",
        "what",
        "end",
        "value",
        "change",
        "low_end",
        "high_end",
        "unit",
        "chance_change",
        "chance_low",
        "chance_high",
    )
    return Table("drivers", headings, tuple(_driver_rows(check, language)))


def _driver_rows(check: Check, language: str) -> Iterator[tuple[Cell, ...]]:
    for verdict in check.verdicts:
        question = verdict.question
        if question.name not in check.values:
            continue
        for driver in check.drivers_of(question):
            change, chance, kind = (
                driver.value[question.name],
                driver.probability[question.name],
                question.bound.kind,
            )
            unit = say("points", language) if kind == "share" else unit_of_kind(kind, language)
            yield (
                question.name,
                driver.name,
                label_of_driver(check.flow, driver, language),
                say(driver.kind, language),
                number_of_driver(check.flow, driver, language),
                *(in_unit(n, kind) for n in (change.mean, change.low, change.high)),
                unit,
                *(100 * n for n in (chance.mean, chance.low, chance.high)),
            )


def _basis(check: Check, language: str) -> Table:
    headings = _head(
        language, "name", "what", "basis", "value", "low_end", "high_end", "source", "assumption"
    )
    rows = []
    for path, value in check.flow.values.items():
        if not value.is_plain:
            basis = say("assumption" if value.source is None else "source", language)
            reason = value.assumption.in_language(language) if value.assumption else None
            ends = [
                format_value(value, language, end) if end is not None else None
                for end in (value.low, value.high)
            ]
            label = label_of_value(check.flow, path, language)
            rows.append(
                (path, label, basis, format_value(value, language), *ends, value.source, reason)
            )
    return Table("assumptions", headings, tuple(rows))


def facts_of(check: Check) -> dict[str, Quantity]:
    """Return the values that a source states, by path."""
    return {path: value for path, value in check.flow.values.items() if value.source is not None}


def assumed_of(check: Check) -> dict[str, Quantity]:
    """Return the values that somebody assumed, by path."""
    return {
        path: value
        for path, value in check.flow.values.items()
        if value.source is None and value.assumption is not None
    }


def _stages(check: Check, language: str) -> Table:
    """Return the clients in each stage at the start and at the end of each month, with the pilot and without."""
    headings = _head(
        language,
        "date",
        "name",
        "stage",
        "state",
        "mean_with",
        "low_end",
        "high_end",
        "mean_waiting",
        "mean_without",
    )
    clients = np.array([path.occupancy for path in check.paths], np.float64)
    waiting = np.array([path.waiting for path in check.paths], np.float64).mean(axis=0)
    without = np.array([path.occupancy for path in check.counterfactual_paths], np.float64).mean(
        axis=0
    )
    low, high = np.quantile(clients, [0.05, 0.95], axis=0)
    mean = clients.mean(axis=0)
    rows: list[tuple[Cell, ...]] = []
    for mark, when in enumerate(dates_of(check)):
        for number, (name, stage) in enumerate(check.flow.stages.items()):
            numbers = [float(table[mark, number]) for table in (mean, low, high, waiting, without)]
            rows.append(
                (
                    when,
                    name,
                    check.flow.label_of("stages", name, language),
                    say(stage.counts_as, language),
                    *numbers,
                )
            )
    return Table("stages_over_time", headings, tuple(rows))


def _moves(check: Check, language: str) -> Table:
    """Return the mean number of moves from stage to stage over the whole run, with the pilot and without."""
    names = list(check.flow.stages)
    tables = [
        np.mean([path.moves for path in paths], axis=0)
        for paths in (check.paths, check.counterfactual_paths)
    ]
    rows: list[tuple[Cell, ...]] = []
    for a, b in zip(*np.nonzero(tables[0] + tables[1]), strict=True):
        ends: Sequence[str] = [names[a], names[b]]
        labels = [check.flow.label_of("stages", name, language) for name in ends]
        rows.append((*ends, *labels, float(tables[0][a, b]), float(tables[1][a, b])))
    return Table(
        "moves",
        _head(
            language, "name_from", "name_to", "from_stage", "to_stage", "mean_with", "mean_without"
        ),
        tuple(rows),
    )
