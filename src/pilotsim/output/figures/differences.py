"""What do the scenarios change?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from pilotsim.experiments.findings.records import Findings, ResponseInfo, ScenarioDifference
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    LINE,
    SOFT,
    count_lines,
    new_page,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.findings import (
    change_in_words,
    name_of,
    scenario_of,
    short_name_of,
    show_change_short,
    sureness,
)

LAYOUT = RowLayout(label=5.6, left=6.2, right=13.2, row=0.62)
AXIS, GAP = 0.75, 0.45
PALE = "#9FB8CC"


def plot_differences(
    findings: Findings,
    *,
    responses: Sequence[str] | None = None,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw the difference that each scenario makes to each response, with its interval.

    Parameters
    ----------
    findings : Findings
        What to show: its comparisons.
    responses : sequence of str, optional
        Which responses; all, unless said.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    names = [name for name in findings.responses if responses is None or name in responses]
    parts = [(name, [one for one in findings.compared if one.response == name]) for name in names]
    heights = [
        _head_height(findings, name, language)
        + height_of(_rows(findings, rows, language))
        + AXIS
        + GAP
        for name, rows in parts
    ]
    page, _, top = new_page(
        ax, sum(heights), title(findings, names, language), note(findings, language)
    )
    for (name, rows), height in zip(parts, heights, strict=True):
        _draw_part(page, top, findings, findings.responses[name], rows, language)
        top += height
    return page


def title(findings: Findings, responses: Sequence[str], language: str = "nb") -> str:
    """Return how many of the differences chance cannot explain, and where it can least."""
    shown = [one for one in findings.compared if one.response in responses]
    clear = [one for one in shown if one.change.is_clear]
    parts = {
        "clear": len(clear),
        "all": len(shown),
        "against": scenario_of(findings, findings.against or "", language),
    }
    if not clear:
        return fit_title("differences_title_none", language, ("against",), **parts)
    surest = max(clear, key=sureness)
    parts["response"] = short_name_of(findings, surest.response, language)
    return fit_title("differences_title", language, ("against", "response"), **parts)


def note(findings: Findings, language: str) -> str:
    """Return how to read the figure."""
    runs = max((one.change.n for one in findings.compared), default=0)
    against = scenario_of(findings, findings.against or "", language)
    return say("differences_note", language, against=against, runs=format_number(runs, language, 0))


def _rows(
    findings: Findings, compared: Sequence[ScenarioDifference], language: str
) -> list[ChartRow[ScenarioDifference]]:
    return [LAYOUT.row_of(one, scenario_of(findings, one.scenario, language)) for one in compared]


def _head(findings: Findings, name: str, language: str) -> str:
    unit = f" ({say('points', language)})" if findings.responses[name].kind == "share" else ""
    return wrap(name_of(findings, name, language) + unit, 15.5, weight="bold")


def _head_height(findings: Findings, name: str, language: str) -> float:
    return LINE * count_lines(_head(findings, name, language)) + 0.2


def _draw_part(
    page: Axes,
    top: float,
    findings: Findings,
    asked: ResponseInfo,
    rows: Sequence[ScenarioDifference],
    language: str,
) -> None:
    """Draw the rows of one response on a scale of their own."""
    write_lines(page, 0, top, _head(findings, asked.name, language), weight="bold")
    top += _head_height(findings, asked.name, language)
    ends = [
        end
        for one in rows
        for end in (one.change.mean, one.change.low, one.change.high)
        if not math.isnan(end)
    ]
    kind = "real" if asked.kind == "share" else asked.kind
    scale = LAYOUT.scale_of(min([0.0, *ends]), max([0.0, *ends]), kind)
    charted = _rows(findings, rows, language)
    bottom = top + height_of(charted)
    draw_scale(
        page,
        scale,
        top,
        bottom,
        language,
        lambda tick: show_change_short(asked, tick, language) if tick else "0",
    )
    for row, middle in middles_of(charted, top):
        write_label(page, row, middle)
        _draw_row(page, middle, row.item, asked, scale, language)


def _draw_row(
    page: Axes,
    y: float,
    one: ScenarioDifference,
    asked: ResponseInfo,
    scale: Scale,
    language: str,
) -> None:
    if math.isnan(one.change.mean):
        return
    colour = BLUE if one.change.is_clear else PALE
    if not math.isnan(one.change.low):
        page.plot(
            [scale.at(one.change.low), scale.at(one.change.high)],
            [y, y],
            color=colour,
            linewidth=1.6,
            solid_capstyle="butt",
        )
    page.plot([scale.at(one.change.mean)], [y], marker="o", markersize=4.5, color=colour)
    text = show_change_short(asked, one.change.mean, language)
    write(
        page,
        LAYOUT.right + 0.3,
        y,
        text,
        color="#1A1A1A" if one.change.is_clear else SOFT,
        weight="bold" if one.change.is_clear else "normal",
    )


def alt_text(
    findings: Findings, language: str = "nb", *, responses: Sequence[str] | None = None
) -> str:
    """Return what the figure shows, in words with its main numbers."""
    chosen = [one for one in findings.compared if responses is None or one.response in responses]
    shown = [one for one in chosen if not math.isnan(one.change.mean)]
    return " ".join(
        [note(findings, language), *(change_in_words(findings, one, language) for one in shown)]
    )
