"""An evaluation's diagnosis as a folder: a page with the assessment, tables, figures, and the same as files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial
from html import escape
from itertools import groupby
from pathlib import Path

from pilotsim.base.statistics import MonteCarloFigure
from pilotsim.base.text import Text
from pilotsim.evaluation.effect_size import TruePath
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.ranking import Ranked, rank
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures import effect_path, placebo, power, sampling
from pilotsim.output.figures.effect_path import Line
from pilotsim.output.report.assessment import assessment, points
from pilotsim.output.report.folder import write_files
from pilotsim.output.report.images import Picture, save_picture
from pilotsim.output.report.parts import html_figure, html_table, paragraphs, report_files
from pilotsim.output.report.tables import Cell, Table

COLUMNS = (
    "truth",
    "bias",
    "spread",
    "rmse",
    "coverage",
    "power",
    "type_s",
    "type_m",
    "false_positives",
)
SHARES = ("coverage", "power", "type_s", "false_positives")
HOW = Text(
    "{draws} simulerte piloter, frø {seed}. Hvert tall står med sin egen usikkerhet fra simuleringen (± en standardfeil). Sann "
    "effekt, skjevhet og spredning er i prosentpoeng.",
    "{draws} simulated pilots, seed {seed}. Each figure stands with its own uncertainty from the simulation (± one standard "
    "error). True effect, bias and SD are in percentage points.",
)
AGAIN = Text("Laget med", "Made by")


def write_evaluation(
    cells: Sequence[Evaluation],
    tried: Sequence[DesignResult],
    folder: Path,
    language: str,
    command: str = "",
    paths: Sequence[TruePath] = (),
) -> list[Path]:
    """Write the report of an evaluation into a folder, as a whole; return the files.

    Parameters
    ----------
    cells : sequence of Evaluation
        What was evaluated.
    tried : sequence of DesignResult
        What came out.
    folder : Path
        Where to.
    language : str
        `nb` or `en`.
    command : str
        By which it was made.
    paths : sequence of TruePath
        The true effect month by month for programmes of some sizes; drawn in the first cell.
    """
    groups = [list(group) for _, group in groupby(tried, key=lambda one: tuple(one.cell.items()))]
    pictures = [
        picture
        for number, group in enumerate(groups)
        for picture in _pictures(group, language, number if len(groups) > 1 else None)
    ]
    pictures += list(_paths(paths, language))
    body = list(_body(cells, groups, pictures, language, command))
    title = cells[0].title.in_language(language)
    return write_files(
        report_files(title, body, language, pictures=pictures, tables=[diagnosis_table(tried)]),
        folder,
    )


def _body(
    cells: Sequence[Evaluation],
    groups: Sequence[list[DesignResult]],
    pictures: Sequence[Picture],
    language: str,
    command: str,
) -> Iterator[str]:
    for number, (cell, group) in enumerate(zip(cells, groups, strict=True)):
        if cell.cell:
            yield f"<h2>{escape(', '.join(f'{name} = {level}' for name, level in cell.cell.items()))}</h2>"
        yield from paragraphs(assessment(cell, group, language))
        yield from (html_figure(picture) for picture in pictures if picture.part == str(number))
        yield from html_table(*_table(group, language))
        yield f"<p class='soft'>{escape(HOW.in_language(language).format(draws=cell.draws, seed=cell.seed))}</p>"
    if command:
        yield f"<p class='soft'>{escape(AGAIN.in_language(language))} <code>{escape(command)}</code></p>"


def _pictures(group: Sequence[DesignResult], language: str, cell: int | None) -> Iterator[Picture]:
    end = "" if cell is None else f"-{cell + 1}"
    if any(one.detectable is not None for one in group):
        draw = partial(power.plot_power, group, language=language)
        yield Picture(
            f"power{end}",
            str(cell or 0),
            say("figure_power", language),
            power.alt_text(group, language),
            *save_picture(draw()),
        )
    if any(one.is_in_points for one in group):
        draw = partial(sampling.plot_sampling, group, language=language)
        title, alt = say("figure_sampling", language), sampling.alt_text(group, language)
        yield Picture(f"sampling{end}", str(cell or 0), title, alt, *save_picture(draw()))
    honest = [
        one.tried
        for one in rank(group)
        if one.by_lot and not one.misleads and one.tried.is_in_points
    ]
    if honest:
        null, mean = honest[0].trials.null_estimate, honest[0].diagnosis.truth.value
        drawn = placebo.plot_placebo(
            null, mean, language=language, about=honest[0].design.says.in_language(language)
        )
        alt = placebo.alt_text(null, mean, language)
        yield Picture(
            f"placebo{end}",
            str(cell or 0),
            say("figure_placebo", language),
            alt,
            *save_picture(drawn),
        )


def _paths(paths: Sequence[TruePath], language: str) -> Iterator[Picture]:
    lines = [
        Line(
            say("size_at_end", language, size=points(float(path.value[-1]), language)),
            path.value,
            path.low,
            path.high,
        )
        for path in paths
    ]
    if lines:
        picture = save_picture(effect_path.plot_effect_path(lines, language=language))
        yield Picture(
            "effect_path",
            "0",
            say("figure_effect_path", language),
            effect_path.alt_text(lines, language),
            *picture,
        )


def _table(
    group: Sequence[DesignResult], language: str
) -> tuple[list[str], list[list[str]], range]:
    keys = (
        "design",
        "answer",
        "detectable",
        "truth",
        "bias",
        "spread",
        "coverage",
        "power",
        "false_positives",
        "cost_of",
    )
    rows = []
    for one in rank(group):
        found = one.tried.diagnosis
        cost = "–" if math.isnan(one.cost) else format_number(one.cost, language, decimals=0)
        least = (
            "–"
            if math.isnan(one.sees_from)
            else "∞"
            if math.isinf(one.sees_from)
            else _least(one.tried, language)
        )
        figures = [
            show_figure(getattr(found, key), is_share(one.tried, key), language)
            for key in keys[3:9]
        ]
        rows.append(
            [
                one.tried.design.says.in_language(language),
                one.tried.strategy.says_in(language),
                least,
                *figures,
                cost,
            ]
        )
    return [say(key, language) for key in keys], rows, range(2, len(keys))


def _least(tried: DesignResult, language: str) -> str:
    assert tried.detectable is not None
    return f"{points(tried.detectable.size, language)} ±{points(tried.detectable.error, language)}"


def is_share(tried: DesignResult, name: str) -> bool:
    """Tell whether a figure of a diagnosis is shown in per cent or percentage points."""
    return name in SHARES or (tried.strategy.estimand.is_share and name != "type_m")


def show_figure(figure: MonteCarloFigure, share: bool, language: str) -> str:
    """Return a figure with its Monte Carlo error, in per cent (points) for shares: `12.3 ±0.4`."""
    if math.isnan(figure.value):
        return "–"
    scale = 100.0 if share else 1.0
    error = (
        ""
        if math.isnan(figure.error)
        else f" ±{format_number(scale * figure.error, language, decimals=1)}"
    )
    return f"{format_number(scale * figure.value, language, decimals=1)}{error}"


def diagnosis_table(tried: Sequence[DesignResult]) -> Table:
    """Return the diagnosis with a row for each cell, design and answer, and each figure's Monte Carlo error."""
    grid = list(tried[0].cell) if tried else []
    figures = [part for name in COLUMNS for part in (name, f"{name}_error")]
    ends = ("least_effect", "least_effect_error", "misleads", "reason", "cost")
    headings = (*grid, "design", "answer", "inquiry", "draws", "answered", *figures, *ends)
    return Table(
        "diagnosis", headings, tuple(tuple(_diagnosis_row(one, grid)) for one in rank(tried))
    )


def _diagnosis_row(one: Ranked, grid: Sequence[str]) -> Iterator[Cell]:
    tried, found, least = one.tried, one.tried.diagnosis, one.tried.detectable
    yield from (tried.cell[name] for name in grid)
    yield from (
        tried.design.name,
        tried.strategy.name,
        tried.strategy.estimand.name,
        found.draws,
        found.worked,
    )
    for name in COLUMNS:
        figure = getattr(found, name)
        yield from (float(figure.value), float(figure.error))
    yield from (float(least.size), float(least.error)) if least else (None, None)
    yield from (str(one.misleads).lower(), found.reason, one.cost)
