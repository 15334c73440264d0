"""What a register says to the questions of a plan, as a folder: a page, tables, figures.

No row of the register is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import numpy as np

from pilotsim.evaluation.register_analysis import PlanAnswer, RegisterAnalysis
from pilotsim.language.catalogue import say
from pilotsim.output.figures.effect_path import Line, alt_text, plot_effect_path
from pilotsim.output.figures.placebo import alt_text as placebo_text
from pilotsim.output.figures.placebo import plot_placebo
from pilotsim.output.report.effects import (
    chart_lines,
    effect_cells,
    effect_headings,
    name_of,
    plan_line,
)
from pilotsim.output.report.folder import write_files
from pilotsim.output.report.images import Picture, save_picture
from pilotsim.output.report.parts import html_figure, html_table, report_files
from pilotsim.output.report.tables import Table


def write_analysis(found: RegisterAnalysis, folder: Path, language: str) -> list[Path]:
    """Write the report of an analysis into a folder, as a whole; return the files."""
    pictures = list(_pictures(found, language))
    title, body = found.plan.title.in_language(language), _body(found, pictures, language)
    more = {"clients.txt": "".join(f"{line}\n" for line in chart_lines(found, language))}
    return write_files(
        report_files(
            title,
            body,
            language,
            pictures=pictures,
            tables=[effects_table(found, language)],
            more=more,
        ),
        folder,
    )


def effects_table(found: RegisterAnalysis, language: str) -> Table:
    """Return the effects as they are shown: with more digits they would give small cells away."""
    rows = tuple(tuple(_row(found, finding, language)) for finding in found.findings)
    return Table("effects", tuple(effect_headings(found, language)), rows)


def _row(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> list[str]:
    return [name_of(found, finding, language), *effect_cells(found, finding, language)]


def _body(found: RegisterAnalysis, pictures: list[Picture], language: str) -> Iterator[str]:
    strong = "" if found.unchanged else " style='font-weight:600;color:#b00'"
    yield f"<p class='lead'{strong}>{escape(plan_line(found, language))}</p>"
    yield from html_table(
        effect_headings(found, language),
        [_row(found, finding, language) for finding in found.findings],
        range(1, 7),
    )
    for finding in found.findings:
        notes = finding.effect.notes if finding.effect else (finding.refusal,)
        yield from (
            f"<p class='soft'>{escape(name_of(found, finding, language))}: {escape(note)}</p>"
            for note in notes
        )
    yield from (html_figure(picture) for picture in pictures)
    yield f"<h2>{escape(say('checks', language))}</h2><ul>"
    yield from (
        f"<li>{'✓' if check.passed else '✗'} {escape(check.text)}</li>" for check in found.checks
    )
    yield f"</ul><h2>{escape(say('clients_chart', language))}</h2><pre>{escape(chr(10).join(chart_lines(found, language)))}</pre>"


def _pictures(found: RegisterAnalysis, language: str) -> Iterator[Picture]:
    lines = [
        line_of(found, finding, language)
        for finding in found.findings
        if finding.path and finding.is_in_points
    ][:1]
    if lines:
        axes = plot_effect_path(lines, language=language)
        yield Picture(
            "effect_path",
            "effects",
            say("figure_effect_path", language),
            alt_text(lines, language),
            *save_picture(axes),
        )
    yield from _redrawn(found, language)


def _redrawn(found: RegisterAnalysis, language: str) -> Iterator[Picture]:
    first = found.findings[0]
    if len(found.redrawn) and first.effect is not None and first.is_in_points:
        axes = plot_placebo(found.redrawn, first.effect.estimate, language=language)
        alt = placebo_text(found.redrawn, first.effect.estimate, language)
        yield Picture(
            "placebo", "effects", say("figure_placebo", language), alt, *save_picture(axes)
        )


def line_of(found: RegisterAnalysis, finding: PlanAnswer, language: str) -> Line:
    """Return an answer month by month, for a figure."""
    parts = [
        [np.nan] * 3 if effect is None else [effect.estimate, effect.low, effect.high]
        for effect in finding.path
    ]
    value, low, high = np.array(parts).T
    return Line(name_of(found, finding, language), value, low, high)
