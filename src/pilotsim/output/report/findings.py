"""Findings as a folder: a page, figures, tables for a spreadsheet, everything as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.base.languages import check_language
from pilotsim.experiments.findings.records import Findings
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_measure, format_number
from pilotsim.output.figures import differences, interactions, sensitivity_indices
from pilotsim.output.findings_words import (
    hang_in_words,
    lead,
    limit_in_words,
    missed_in_words,
    name_of,
    scenario_of,
    show_change,
    show_share,
    spread_in_words,
    together_in_words,
)
from pilotsim.output.report.folder import write_files
from pilotsim.output.report.images import Picture, save_picture
from pilotsim.output.report.parts import html_figure, html_table, paragraphs, report_files
from pilotsim.output.report.tables import Cell, Table, in_unit

MAX_PICTURES = 24
ROWS_ON_A_PAGE = 15


def write_findings(
    findings: Findings, folder: str | Path, language: str = "nb", command: str = ""
) -> list[Path]:
    """Write findings as a page, figures, tables and JSON into a folder.

    Return the files, the page first.

    Parameters
    ----------
    findings : Findings
        What to report.
    folder : str or Path
        Where to; complete or absent, other files are left alone.
    language : str
        `nb` or `en`.
    command : str
        How the study was run, to be shown on the page.

    Raises
    ------
    PilotsimError
        The folder cannot be written to.
    """
    check_language(language)
    pictures = list(_pictures(findings, language))[:MAX_PICTURES]
    title = findings.title.in_language(language)
    body, tables = _body(findings, pictures, command, language), tables_of(findings, language)
    more = {"findings.json": findings_text(findings)}
    return write_files(
        report_files(title, body, language, pictures=pictures, tables=tables, more=more), folder
    )


def _pictures(findings: Findings, language: str) -> Iterator[Picture]:
    for number, responses in enumerate(_by_page(findings), 1):
        drawn = save_picture(
            differences.plot_differences(findings, responses=responses, language=language)
        )
        title, alt = (
            say("figure_differences", language),
            differences.alt_text(findings, language, responses=responses),
        )
        yield Picture(f"differences-{number}", "differences", title, alt, *drawn)
    for number, together in enumerate(findings.together, 1):
        drawn = save_picture(interactions.plot_interactions(findings, together, language=language))
        title, alt = (
            interactions.title(findings, together, language),
            interactions.alt_text(findings, together, language),
        )
        yield Picture(f"together-{number}", "together", title, alt, *drawn)
    for number, hangs in enumerate(findings.hangs, 1):
        if hang_in_words(findings, hangs, language):
            draw = partial(sensitivity_indices.plot_sensitivity, findings, hangs, language=language)
            title, alt = (
                sensitivity_indices.title(findings, hangs, language),
                sensitivity_indices.alt_text(findings, hangs, language),
            )
            yield Picture(f"sensitivity-{number}", "hangs", title, alt, *save_picture(draw()))


def _by_page(findings: Findings) -> Iterator[list[str]]:
    """Yield responses in groups of which the differences find room on a page."""
    names = list(dict.fromkeys(one.response for one in findings.compared))
    some = max(1, ROWS_ON_A_PAGE // max(1, len(findings.scenarios) - 1))
    yield from (names[k : k + some] for k in range(0, len(names), some))


def _body(
    findings: Findings, pictures: list[Picture], command: str, language: str
) -> Iterator[str]:
    if findings.about is not None:
        yield f"<p>{escape(findings.about.in_language(language))}</p>"
    yield f"<h2>{escape(say('findings', language))}</h2>"
    yield from (
        f'<p class="lead">{escape(sentence)}</p>'
        for sentence in lead(findings, language) or [say("analysis_nothing", language)]
    )
    yield from _compared(findings, pictures, language)
    yield from _together(findings, pictures, language)
    yield from _missed(findings, language)
    yield from _hangs(findings, pictures, language)
    yield from _spreads(findings, language)
    runs, drawn = (
        format_number(findings.runs, language, 0),
        say("analysis_drawn" if findings.drawn else "analysis_fixed", language),
    )
    made = say(
        "analysis_made",
        language,
        study=findings.name,
        runs=runs,
        seed=findings.seed,
        drawn=drawn,
        version=__version__,
    )
    yield f"<h2>{escape(say('how_made', language))}</h2>\n<p>{escape(made)}</p>"
    yield f"<p><code>{escape(command or f'pilotsim run {findings.file}')}</code></p>"


def _figures(pictures: list[Picture], part: str) -> Iterator[str]:
    yield from (html_figure(picture) for picture in pictures if picture.part == part)


def _compared(findings: Findings, pictures: list[Picture], language: str) -> Iterator[str]:
    if not findings.compared:
        return
    yield f"<h2>{escape(say('differences_heading', language))}</h2>"
    yield from _figures(pictures, "differences")
    keys = ("response", "scenario", "before", "after", "change", "interval_heading", "chance")
    yield from html_table(
        [say(key, language) for key in keys],
        _comparisons(findings, language),
        numbers=(2, 3, 4, 5, 6),
    )


def _comparisons(findings: Findings, language: str) -> Iterator[list[str]]:
    for one in findings.compared:
        asked, change = findings.responses[one.response], one.change
        ends = f"{show_change(asked, change.low, language)} … {show_change(asked, change.high, language)}"
        chance = format_change(one.chance.mean, "share", language) if one.chance else "–"
        yield [
            name_of(findings, one.response, language),
            scenario_of(findings, one.scenario, language),
            format_measure(one.before, asked.kind, language),
            format_measure(one.after, asked.kind, language),
            show_change(asked, change.mean, language),
            ends,
            chance,
        ]


def _together(findings: Findings, pictures: list[Picture], language: str) -> Iterator[str]:
    if findings.together:
        yield f"<h2>{escape(say('together_heading', language))}</h2>"
        yield from paragraphs(
            together_in_words(findings, one, language) for one in findings.together
        )
        yield from _figures(pictures, "together")


def _missed(findings: Findings, language: str) -> Iterator[str]:
    if findings.missed:
        yield f"<h2>{escape(say('missed_heading', language))}</h2>\n<p>{escape(say('missed_note', language))}</p>"
    keys = ("limit_range", "found_again", "luck")
    for one in findings.missed:
        yield f"<p>{escape(missed_in_words(findings, one, language))}</p>"
        rows = [
            [
                limit_in_words(findings, limit, language),
                show_share(limit.kept, language),
                _luck(limit.quasi_p, language),
            ]
            for limit in one.discovery.limits
        ]
        if rows:
            yield from html_table([say(key, language) for key in keys], rows, numbers=(1, 2))


def _luck(p: float, language: str) -> str:
    return (
        f"<\u00a0{format_number(0.001, language)}" if p < 0.001 else format_number(p, language, 3)
    )


def _hangs(findings: Findings, pictures: list[Picture], language: str) -> Iterator[str]:
    if findings.hangs:
        key = "indices_heading" if findings.hangs[0].indices is not None else "effects_heading"
        yield f"<h2>{escape(say(key, language))}</h2>"
        yield from paragraphs(
            sentence
            for one in findings.hangs
            if (sentence := hang_in_words(findings, one, language))
        )
        yield from _figures(pictures, "hangs")


def _spreads(findings: Findings, language: str) -> Iterator[str]:
    if findings.spreads:
        yield f"<h2>{escape(say('spread_heading', language))}</h2>\n<p>{escape(say('spread_note', language))}</p>"
        yield from paragraphs(spread_in_words(findings, one, language) for one in findings.spreads)


def tables_of(findings: Findings, language: str) -> list[Table]:
    """Return what was found as tables for a spreadsheet; those of which there is something."""
    tables = (
        _difference_table(findings, language),
        _index_table(findings, language),
        _grid_table(findings, language),
        _box_table(findings, language),
    )
    return [table for table in tables if table.rows]


def _headings(language: str, *keys: str) -> tuple[str, ...]:
    return tuple(say(key, language) for key in keys)


def _difference_table(findings: Findings, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in findings.compared:
        kind = findings.responses[one.response].kind
        numbers = (one.before, one.after, one.change.mean, one.change.low, one.change.high)
        chance = (
            (one.chance.mean, one.chance.low, one.chance.high) if one.chance else (math.nan,) * 3
        )
        rows.append(
            (
                one.response,
                one.scenario,
                *(in_unit(number, kind) for number in numbers),
                *(100 * part for part in chance),
            )
        )
    ends = ("low_end", "high_end", "chance_change", "chance_low", "chance_high")
    keys = ("response", "scenario", "before", "after", "change", *ends)
    return Table("differences", _headings(language, *keys), tuple(rows))


def _index_table(findings: Findings, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for hangs in findings.hangs:
        for index in hangs.indices.factors if hangs.indices else ():
            parts = (
                index.first,
                index.first_low,
                index.first_high,
                index.total,
                index.total_low,
                index.total_high,
            )
            rows.append((hangs.response, hangs.scenario, index.factor, *parts))
        for effect in hangs.effects.factors if hangs.effects else ():
            steps = (
                effect.mean,
                effect.size,
                effect.low,
                effect.high,
                effect.spread,
                effect.chance,
            )
            rows.append((hangs.response, hangs.scenario, effect.factor, *steps))
    sobol = ("first_order", "low_end", "high_end", "total_order", "low_end", "high_end")
    effects = ("effect_mean", "effect_size", "low_end", "high_end", "effect_spread", "chance_share")
    own = effects if findings.hangs and findings.hangs[0].effects is not None else sobol
    return Table(
        "sensitivity", _headings(language, "response", "scenario", "factor", *own), tuple(rows)
    )


def _grid_table(findings: Findings, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in findings.together:
        kind = findings.responses[one.response].kind
        for i, a in enumerate(one.grid.first):
            for j, b in enumerate(one.grid.second):
                cell = one.grid.cells[i][j]
                means = (in_unit(number, kind) for number in (cell.mean, cell.low, cell.high))
                rows.append((one.response, one.scenario, one.first, a, one.second, b, *means))
    keys = (
        "response",
        "scenario",
        "factor",
        "value",
        "factor",
        "value",
        "expected",
        "low_end",
        "high_end",
    )
    return Table("together", _headings(language, *keys), tuple(rows))


def _box_table(findings: Findings, language: str) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for one in findings.missed:
        for limit in one.discovery.limits:
            ends = (end if math.isfinite(end) else None for end in (limit.low, limit.high))
            rows.append(
                (one.response, one.scenario, limit.factor, *ends, 100 * limit.kept, limit.quasi_p)
            )
    keys = ("response", "scenario", "factor", "low_end", "high_end", "found_again", "luck")
    return Table("missed", _headings(language, *keys), tuple(rows))


def findings_text(findings: Findings) -> str:
    """Return findings as JSON; what does not exist is null."""
    return (
        json.dumps(_plain(asdict(findings)), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    )


def _plain(part: Any) -> Any:
    if isinstance(part, dict):
        return {str(key): _plain(value) for key, value in part.items()}
    if isinstance(part, list | tuple):
        return [_plain(one) for one in part]
    if isinstance(part, float):
        return part if math.isfinite(part) else None
    return (
        part
        if part is None or isinstance(part, str | int | bool) or is_dataclass(part)
        else str(part)
    )
