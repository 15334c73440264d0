"""How well does a surrogate tell what was simulated?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.experiments.findings.records import Findings, SurrogateQuality
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure
from pilotsim.output.figures.scale import round_scale
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    SOFT,
    add_panel,
    new_page,
    set_ticks,
    text_width,
    write,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.findings import (
    scenario_of,
    short_name_of,
    show_share,
    show_size,
    surrogate_in_words,
)

LEFT, RIGHT, HEIGHT, ABOVE, BELOW = 1.8, 0.4, 7.0, 1.2, 1.3


def plot_surrogate(
    findings: Findings, told: SurrogateQuality, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw what a surrogate told of each point that it had not seen, beside what was simulated.

    Parameters
    ----------
    findings : Findings
        To which it belongs.
    told : SurrogateQuality
        One of its `surrogates`, of a response that has one.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    page, width, top = new_page(
        ax,
        ABOVE + HEIGHT + BELOW,
        title(findings, told, language),
        say("surrogate_figure_note", language, points=len(told.points)),
    )
    panel = add_panel(page, LEFT, top + ABOVE, width - LEFT - RIGHT, HEIGHT)
    simulated = np.array([point.simulated for point in told.points])
    found = np.array([point.told for point in told.points])
    _add_axes(panel, findings, told, simulated, found, language)
    within = np.abs(found - simulated) <= told.half_width
    for own, marker, size, face in ((within, "o", 3.5, BLUE), (~within, "D", 4.5, "white")):
        panel.plot(
            simulated[own],
            found[own],
            linestyle="",
            marker=marker,
            markersize=size,
            color=face,
            markeredgecolor=BLUE if face == BLUE else ORANGE,
            markeredgewidth=0.5 if face == BLUE else 1.3,
            zorder=3,
        )
    write(page, 0, top + ABOVE - 0.3, say("surrogate_told", language), color=SOFT)
    middle = LEFT + (width - LEFT - RIGHT) / 2
    bottom = top + ABOVE + HEIGHT + 0.9
    write(page, middle, bottom, say("simulated", language), color=SOFT, ha="center")
    _write_key(page, top + 0.25, language)
    return page


def _add_axes(
    panel: Axes,
    findings: Findings,
    told: SurrogateQuality,
    simulated: Floats,
    found: Floats,
    language: str,
) -> None:
    """Give both directions the same scale, with the line of no error and the band of 95 %."""
    kind, half = findings.responses[told.response].kind, told.half_width
    low, high = (float(end) for end in (simulated.min(), simulated.max()))
    scale = round_scale(low, high, kind, 0.0, 1.0)
    panel.set_xlim(scale.low, scale.high)
    least, most = min(low - half, float(found.min())), max(high + half, float(found.max()))
    upright = round_scale(least, most, kind, 0.0, 1.0)
    panel.set_ylim(upright.low, upright.high)
    for axis, ticks in (("x", scale.ticks), ("y", upright.ticks)):
        set_ticks(panel, axis, ticks, [format_measure(tick, kind, language) for tick in ticks])
    ends = np.array([scale.low, scale.high])
    panel.fill_between(ends, ends - half, ends + half, color=FAINT, linewidth=0, zorder=1)
    panel.plot(ends, ends, color=INK, linewidth=0.9, zorder=2)


def _write_key(page: Axes, y: float, language: str) -> None:
    x = 0.1
    for key, marker, face, edge in (
        ("surrogate_key_within", "o", BLUE, BLUE),
        ("surrogate_key_beyond", "D", "white", ORANGE),
    ):
        page.plot([x], [y], marker=marker, markersize=4.5, color=face, markeredgecolor=edge)
        text = say(key, language)
        write(page, x + 0.25, y, text, color=SOFT)
        x += 0.25 + text_width(text) + 0.5


def title(findings: Findings, told: SurrogateQuality, language: str = "nb") -> str:
    """Return how much a surrogate tells, and how wrong it may be."""
    parts = {
        "response": short_name_of(findings, told.response, language),
        "share": show_share(told.explained, language),
        "half": show_size(findings.responses[told.response], told.half_width, language),
    }
    if len(findings.scenarios) == 1:
        return fit_title("surrogate_title", language, ("response",), **parts)
    parts["scenario"] = scenario_of(findings, told.scenario, language)
    return fit_title("surrogate_title_in", language, ("response", "scenario"), **parts)


def alt_text(findings: Findings, told: SurrogateQuality, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    note = say("surrogate_figure_note", language, points=len(told.points))
    return f"{note} {surrogate_in_words(findings, told, language)}"
