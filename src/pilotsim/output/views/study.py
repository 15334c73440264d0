"""What a study costs before it is run, and what it came to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pilotsim import __version__
from pilotsim.base.text import Text
from pilotsim.base.units import unit_of
from pilotsim.experiments.findings.find import factors_of, responses_of, scenarios_of
from pilotsim.experiments.findings.records import ResponseInfo
from pilotsim.experiments.study.cost import StudyCost
from pilotsim.experiments.study.results import StudyRun
from pilotsim.experiments.study.study import Study
from pilotsim.language.catalogue import say, translate
from pilotsim.language.numbers import (
    NONE,
    format_bytes,
    format_duration,
    format_measure,
    format_number,
    format_probability,
    format_range,
)
from pilotsim.measures.measures import RestsOn
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
from pilotsim.output.labels import as_known
from pilotsim.output.sentences.findings import show_factor
from pilotsim.output.views.support import SupportedNumber, show_count, support_notes

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["document_of_cost", "document_of_study"]

MAX_ROWS = 40
MAX_BRIEF_ROWS = 12  # points that a screen shows
MAX_FACTORS = 4  # of more, a point is named by its number


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


def document_of_study(run: StudyRun, language: str) -> Document:
    """Return what a study came to: the first scenarios and points, and what could not be run.

    Parameters
    ----------
    run : StudyRun
        What to show.
    language : str
        One of `LANGUAGES`.
    """
    cells = list(run.points.groupby(["scenario", "point"], sort=False, observed=True))
    leads = [Paragraph.of(says, role="lead") for says in _leads(run, language)]
    blocks: list[Block] = [*leads, _table(run, cells[:MAX_ROWS], language)]
    if len(cells) > MAX_ROWS:
        file = run.folder / "results" / "points.csv"
        count = format_number(len(cells) - MAX_ROWS, language, 0)
        blocks.append(Paragraph.of(say("study_more_rows", language, count=count, file=file)))
    blocks += support_notes(list(_supported(run, language)), language)
    note = f"{say('study_note', language)} {say('study_support', language)}"
    blocks.append(Paragraph.of(note, role="note"))
    is_drawn = run.manifest.identity["assumptions"] == "drawn"
    drawn = say("analysis_drawn" if is_drawn else "analysis_fixed", language)
    blocks.append(Paragraph.of(drawn, role="note"))
    blocks += _failures(run.points, language)
    return Document(
        kind="study",
        title=Text.from_plain(run.manifest.content["title"]).in_language(language),
        language=language,
        sections=[Section("results", "", blocks)],
        record={
            "study": run.manifest.name,
            "version": __version__,
            "seed": int(run.manifest.identity["seed"]),
            "runs": _runs_of(run.points),
            "points": _plain(run.points),
        },
    )


def _leads(run: StudyRun, language: str) -> Iterator[str]:
    """Yield of each response how far its mean goes over scenarios and points, and where."""
    runs = format_number(_runs_of(run.points), language, 0)
    for name, response in responses_of(run).items():
        rows = run.points[(run.points["response"] == name) & run.points["mean"].notna()]
        if len(rows) < 2:
            continue
        means = rows["mean"].to_numpy(dtype=float)
        ends = [rows.iloc[int(place)] for place in (means.argmin(), means.argmax())]
        low, high = (_mean(response, one, language) for one in ends)
        if low != high:
            yield say(
                "study_lead",
                language,
                response=response.says.in_language(language),
                low=low,
                low_at=_where(run, ends[0], language),
                high=high,
                high_at=_where(run, ends[1], language),
                runs=runs,
            )


def _where(run: StudyRun, row: Any, language: str) -> str:
    """Return at which scenario and numbers of factors a row of the points stands."""
    scenarios, numbers = scenarios_of(run), run.layout.numbers[int(row["point"])].tolist()
    parts = [scenarios[str(row["scenario"])].in_language(language)] if len(scenarios) > 1 else []
    if sum(not math.isnan(number) for number in numbers) > MAX_FACTORS:
        return "; ".join([*parts, say("study_point", language, point=int(row["point"]))])
    for factor, number in zip(factors_of(run).values(), numbers, strict=True):
        if not math.isnan(number):
            label = factor.says.in_language(language)
            parts.append(f"{label}: {show_factor(factor, number, language)}")
    return "; ".join(parts) or say("as_in_the_file", language)


def _table(run: StudyRun, cells: Sequence[tuple[Any, pd.DataFrame]], language: str) -> Table:
    """Return a row for each scenario and point: its factors, and each response."""
    scenarios, factors, responses = scenarios_of(run), factors_of(run), responses_of(run)
    columns = [
        Column("scenario", say("scenario", language), is_shown=len(scenarios) > 1, wraps=True),
        Column(
            "point",
            say("study_point_column", language),
            is_number=True,
            is_shown=len(factors) > MAX_FACTORS,
        ),
    ]
    for place, factor in enumerate(factors.values()):
        heading = factor.says.in_language(language)
        is_brief = place < MAX_FACTORS
        columns.append(
            Column(
                f"factor.{factor.name}",
                heading,
                is_number=True,
                is_brief=is_brief,
                wraps=True,
                unit=unit_of(factor.value.written).strip(),
            )
        )
    for response in responses.values():
        heading = response.says.in_language(language)
        columns.append(Column(f"response.{response.name}", heading, is_number=True, wraps=True))

    rows = []
    for (scenario, point), frame in cells:
        shown = [Cell(scenarios[str(scenario)].in_language(language), str(scenario))]
        shown.append(Cell(format_number(int(point), language, 0), int(point)))
        numbers = run.layout.numbers[int(point)].tolist()
        for factor, number in zip(factors.values(), numbers, strict=True):
            text = NONE if math.isnan(number) else show_factor(factor, number, language)
            shown.append(Cell(text, float(frame.iloc[0][factor.name])))
        for response, (_, row) in zip(responses.values(), frame.iterrows(), strict=True):
            shown.append(_cell(response, row, language))
        rows.append(Row(shown))
    title = say("study_results_table", language)
    return Table.of_rows(
        "results", title, columns, rows, is_filed=False, max_brief_rows=MAX_BRIEF_ROWS
    )


def _supported(run: StudyRun, language: str) -> Iterator[SupportedNumber]:
    """Yield what each response rests on over all points; nothing of runs that did not keep it."""
    kinds = run.manifest.content.get("kinds", {})
    if "base" not in run.points:
        return
    for response in responses_of(run).values():
        rows = run.points[run.points["response"] == response.name]
        means = (
            float(rows[part.name].astype(float).mean())
            for part in fields(RestsOn)
            if part.name in rows
        )
        label = response.says.in_language(language)
        if len(rows) > 1:
            label = say("over_all_points", language, label=label)
        yield SupportedNumber(
            label,
            kinds.get(response.name, ""),
            RestsOn(*means),
            int(rows["undefined"].sum()),
            int(rows["replications"].sum()),
        )


def _cell(response: ResponseInfo, row: Any, language: str) -> Cell:
    number, mean = float(row["mean"]), _mean(response, row, language)
    base = float(row["base"] if row.get("base") is not None else math.nan)
    below = "" if math.isnan(base) else say("of_so_many", language, base=show_count(base, language))
    if response.bound is None:
        ends = format_range(float(row["low"]), float(row["high"]), response.kind, language)
        return Cell(f"{mean} ({ends})", number, below=below)
    interval = (float(row["probability_low"]), float(row["probability_high"]))
    chance = format_probability(float(row["probability"]), language, interval)
    return Cell(f"{mean} · {chance}", number, below=below)


def _mean(response: ResponseInfo, row: Any, language: str) -> str:
    """Return the mean of a response, with what is known of it only from below said so."""
    bounded = float(row["bounded"] if row.get("bounded") is not None else 0.0)
    mean = format_measure(float(row["mean"]), response.kind, language)
    return as_known(mean, RestsOn(bounded=bounded), language)


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


def _runs_of(points: pd.DataFrame) -> int:
    """Return how many runs the points rest on: each has all responses."""
    return int(points.groupby(["scenario", "point"], observed=True)["replications"].first().sum())


def _plain(points: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the table of points as rows of plain values."""
    return [
        {str(key): None if _is_nothing(value) else value for key, value in row.items()}
        for row in points.to_dict("records")
    ]


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))
