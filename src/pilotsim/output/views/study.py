"""What a study costs before it is run, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pilotsim import __version__
from pilotsim.experiments.study.cost import StudyCost
from pilotsim.experiments.study.results import StudyRun
from pilotsim.experiments.study.study import Response, Study
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import (
    format_bytes,
    format_duration,
    format_measure,
    format_number,
    format_probability,
    format_range,
)
from pilotsim.output.document import (
    Block,
    Cell,
    Column,
    Document,
    Paragraph,
    Row,
    Section,
    Span,
    Table,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["document_of_cost", "document_of_study"]

MAX_ROWS = 40
MAX_FACTORS = 4


def document_of_cost(cost: StudyCost, language: str, *, study: Study) -> Document:
    """Return what a study is and what it costs, before it is run.

    Parameters
    ----------
    cost : StudyCost
        What to show.
    language : str
        One of `LANGUAGES`.
    study : Study
        Whose cost it is.
    """
    return Document(
        kind="study_cost",
        title=study.title.in_language(language),
        language=language,
        sections=[
            Section(
                "cost",
                "",
                [
                    Paragraph.of(_size(study, cost, language)),
                    Paragraph.of(_time(cost, language)),
                ],
            )
        ],
        record={
            "study": study.name,
            "scenarios": len(study.scenarios),
            "points": len(study.points),
            "runs_least": cost.least,
            "runs_most": cost.most,
            "runs_left": cost.left,
            "minutes": cost.minutes,
            "bytes": cost.size,
        },
    )


def _size(study: Study, cost: StudyCost, language: str) -> str:
    """Return how many runs a study has: a number, or two where intervals decide."""
    rule = study.replications
    parts = {
        "scenarios": format_number(len(study.scenarios), language, 0),
        "points": format_number(len(study.points), language, 0),
        "replications": format_number(rule.at_most, language, 0),
        "runs": format_number(cost.most, language, 0),
    }
    if rule.at_least == rule.at_most:
        return say("study_size", language, **parts)
    return say(
        "study_size_between",
        language,
        **parts,
        least=format_number(rule.at_least, language, 0),
        least_runs=format_number(cost.least, language, 0),
    )


def _time(cost: StudyCost, language: str) -> str:
    """Return how long it takes and how much room, and how much of it is left."""
    parts = {
        "time": format_duration(cost.minutes, language),
        "workers": format_number(cost.workers, language, 0),
        "size": format_bytes(cost.size, language),
    }
    if cost.left >= cost.most:
        return say("study_cost", language, **parts)
    return say("study_cost_left", language, runs=format_number(cost.left, language, 0), **parts)


def document_of_study(run: StudyRun, language: str, *, study: Study) -> Document:
    """Return what a study came to: the first scenarios and points, and what could not be run.

    Parameters
    ----------
    run : StudyRun
        What to show.
    language : str
        One of `LANGUAGES`.
    study : Study
        What was run.
    """
    cells = list(run.points.groupby(["scenario", "point"], sort=False, observed=True))
    rows = [_row(study, str(name), frame, language) for (name, _), frame in cells[:MAX_ROWS]]
    blocks: list[Block] = [
        Table.of_rows(
            "results",
            say("study_results_table", language),
            _columns(study, language),
            rows,
            is_filed=False,
        )
    ]
    if len(cells) > MAX_ROWS:
        file = run.folder / "results" / "points.csv"
        count = format_number(len(cells) - MAX_ROWS, language, 0)
        blocks.append(Paragraph.of(say("study_more_rows", language, count=count, file=file)))
    blocks.append(Paragraph.of(say("study_note", language), role="note"))
    blocks += _failures(run.points, language)
    return Document(
        kind="study",
        title=study.title.in_language(language),
        language=language,
        sections=[Section("results", "", blocks)],
        record={"study": study.name, "version": __version__, "points": _plain(run.points)},
    )


def _columns(study: Study, language: str) -> list[Column]:
    """Return the columns: scenario, factors, and each response with its interval or chance."""
    factors = {factor.name: factor.says.in_language(language) for factor in study.factors}
    is_compared = len(study.scenarios) > 1
    columns = [Column("scenario", say("scenario", language), is_shown=is_compared)]
    columns += [
        Column(f"factor.{name}", factors[name], is_number=True, is_brief=number < MAX_FACTORS)
        for number, name in enumerate(study.points.names)
    ]
    columns += [
        Column(f"response.{one.name}", one.says.in_language(language), is_number=True)
        for one in study.responses
    ]
    return columns


def _row(study: Study, scenario: str, frame: pd.DataFrame, language: str) -> Row:
    first = frame.iloc[0]
    cells = [Cell(study.scenario(scenario).says.in_language(language), scenario)]
    for name in study.points.names:
        number = float(first[name])
        cells.append(Cell(format_number(number, language), number))
    for response, (_, row) in zip(study.responses, frame.iterrows(), strict=True):
        cells.append(_cell(response, row, language))
    return Row(cells)


def _cell(response: Response, row: Any, language: str) -> Cell:
    kind = response.measure.unit
    number = float(row["mean"])
    mean = format_measure(number, kind, language)
    if response.bound is None:
        ends = format_range(float(row["low"]), float(row["high"]), kind, language)
        return Cell(f"{mean} ({ends})", number)
    interval = (float(row["probability_low"]), float(row["probability_high"]))
    chance = format_probability(float(row["probability"]), language, interval)
    return Cell(f"{mean} · {chance}", number)


def _failures(points: pd.DataFrame, language: str) -> Iterator[Paragraph]:
    failed = points[points["failed"] > 0]
    if len(failed):
        count = len(failed[["scenario", "point"]].drop_duplicates())
        text = say(
            "study_failed",
            language,
            count=format_number(count, language, 0),
            reason=translate(failed.iloc[0]["reason"], language),
        )
        yield Paragraph.of(Span(text, "bad"), role="warning")


def _plain(points: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the table of points as rows of plain values."""
    return [
        {str(key): None if _is_nothing(value) else value for key, value in row.items()}
        for row in points.to_dict("records")
    ]


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
