"""What does a result hang on?"""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.experiments.findings.records import (
    Findings,
    SensitivityResult,
    VarianceSplit,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_measure, format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    SKY,
    new_page,
    write,
)
from pilotsim.output.sentences.findings import (
    hang_in_words,
    name_of,
    scenario_of,
    show_change_short,
    show_share,
    spread_in_words,
)

LAYOUT = RowLayout(label=5.9, left=6.3, right=13.6, row=0.66)
AXIS = 1.0
MAX_FACTORS_SHOWN = 12


def plot_sensitivity(
    findings: Findings,
    hangs: SensitivityResult,
    *,
    most: int = MAX_FACTORS_SHOWN,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw a response's Sobol indices, or elementary effects, with the strongest factors first.

    Parameters
    ----------
    findings : Findings
        To which they belong.
    hangs : SensitivityResult
        One of its `hangs`.
    most : int
        How many factors to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    rows = _rows(findings, hangs, language)[:most]
    charted = [LAYOUT.row_of(row, row[0]) for row in rows]
    height = height_of(charted)
    page, _, top = new_page(
        ax, height + AXIS, title(findings, hangs, language), note(findings, hangs, language)
    )
    bottom = top + height
    scale = _scale(rows, findings, hangs)
    kind = findings.responses[hangs.response].kind
    draw_scale(page, scale, top, bottom, language, lambda tick: _tick(hangs, kind, tick, language))
    for row, middle in middles_of(charted, top):
        _, pale, dark, whiskers, shown = row.item
        write_label(page, row, middle)
        _draw_bar(page, middle, scale, pale, dark, whiskers)
        write(page, LAYOUT.right + 0.3, middle, shown, weight="bold")
    return page


def title(findings: Findings, hangs: SensitivityResult, language: str) -> str:
    """Return the title: of which response, and in which scenario where there are several."""
    response = name_of(findings, hangs.response, language)
    if len(findings.scenarios) == 1:
        return say("figure_sensitivity", language, response=response)
    scenario = scenario_of(findings, hangs.scenario, language)
    return say("figure_sensitivity_in", language, response=response, scenario=scenario)


def note(findings: Findings, hangs: SensitivityResult, language: str) -> str:
    """Return how to read the figure, and how much is chance."""
    if hangs.indices is None:
        is_share = findings.responses[hangs.response].kind == "share"
        return say("effects_note_points" if is_share else "effects_note", language)
    spread = VarianceSplit(hangs.response, hangs.scenario, hangs.indices.spread)
    return f"{say('indices_note', language)} {spread_in_words(findings, spread, language)}"


Row = tuple[str, float, float, tuple[float, float], str]


def _rows(findings: Findings, hangs: SensitivityResult, language: str) -> list[Row]:
    """Return each factor's label, pale bar, dark bar, whiskers of the pale bar, and text."""
    asked = findings.responses[hangs.response]
    if hangs.indices is not None:
        return [
            (
                findings.factors[one.factor].says.in_language(language),
                one.total,
                # Both are estimates; a part cannot be larger than the whole.
                min(one.first, max(0.0, one.total)),
                (one.total_low, one.total_high),
                show_share(max(0.0, one.total), language),
            )
            for one in hangs.indices.ranked()
            if not math.isnan(one.total)
        ]
    assert hangs.effects is not None
    return [
        (
            findings.factors[one.factor].says.in_language(language),
            one.size,
            abs(one.mean),
            (one.low, one.high),
            show_change_short(asked, one.mean, language),
        )
        for one in hangs.effects.ranked()
        if not math.isnan(one.size)
    ]


def _scale(rows: list[Row], findings: Findings, hangs: SensitivityResult) -> Scale:
    most = max(
        [0.0, *(end for _, pale, dark, whiskers, _ in rows for end in (pale, dark, *whiskers))]
    )
    if hangs.indices is not None:
        return LAYOUT.scale_of(0.0, min(1.2, max(0.1, most)), "number")
    kind = findings.responses[hangs.response].kind
    return LAYOUT.scale_of(0.0, most, "real" if kind == "share" else kind)


def _tick(hangs: SensitivityResult, kind: str, tick: float, language: str) -> str:
    if hangs.indices is not None:
        return format_level(tick, language)
    return (
        format_number(100 * tick, language)
        if kind == "share"
        else format_measure(tick, kind, language)
    )


def _draw_bar(
    page: Axes, y: float, scale: Scale, pale: float, dark: float, whiskers: tuple[float, float]
) -> None:
    for size, colour, height in ((pale, SKY, 0.36), (dark, BLUE, 0.2)):
        width = scale.at(max(0.0, size)) - scale.at(0.0)
        page.add_patch(
            Rectangle(
                (scale.at(0.0), y - height / 2),
                width,
                height,
                facecolor=colour,
                edgecolor="none",
                alpha=0.55 if colour == SKY else 1,
            )
        )
    low, high = (scale.at(max(0.0, end)) for end in whiskers)
    page.plot([low, high], [y, y], color=INK, linewidth=1.0)
    for end in (low, high):
        page.plot([end, end], [y - 0.08, y + 0.08], color=INK, linewidth=1.0)


def alt_text(findings: Findings, hangs: SensitivityResult, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    return f"{note(findings, hangs, language)} {hang_in_words(findings, hangs, language)}".strip()
