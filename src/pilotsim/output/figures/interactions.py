"""Do two factors act together?"""

from __future__ import annotations

import math

from matplotlib.axes import Axes

from pilotsim.experiments.findings.records import Findings, Interaction
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure
from pilotsim.output.figures.scale import round_scale
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    spread,
    write,
)
from pilotsim.output.sentences.findings import (
    factor_of,
    name_of,
    scenario_of,
    show_factor,
    together_in_words,
)

LEFT, RIGHT, HEIGHT, BELOW, ABOVE = 1.9, 4.4, 6.0, 1.4, 0.7
COLOURS = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE)
MARKS = ("o", "s", "^", "D", "v", "P")


def plot_interactions(
    findings: Findings, together: Interaction, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw a response against one factor, with a line for each level of another.

    Parameters
    ----------
    findings : Findings
        To which it belongs.
    together : Interaction
        One of its `together`.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    page, width, top = new_page(
        ax,
        HEIGHT + BELOW + ABOVE,
        title(findings, together, language),
        say("interactions_note", language),
    )
    panel = add_panel(page, LEFT, top + ABOVE, width - LEFT - RIGHT, HEIGHT)
    _add_axes(panel, findings, together, language)
    first = findings.factors[together.first]
    write(
        page,
        LEFT + (width - LEFT - RIGHT) / 2,
        top + ABOVE + HEIGHT + 0.9,
        first.says.in_language(language),
        color=SOFT,
        ha="center",
    )
    for column in range(len(together.grid.second)):
        _draw_line(panel, together, column)
    _name_lines(page, panel, findings, together, width, top + ABOVE, language)
    return page


def title(findings: Findings, together: Interaction, language: str) -> str:
    """Return the title: which response by which factors."""
    parts = {
        "response": name_of(findings, together.response, language),
        "first": factor_of(findings, together.first, language),
        "second": factor_of(findings, together.second, language),
    }
    if len(findings.scenarios) == 1:
        return say("figure_interactions", language, **parts)
    scenario = scenario_of(findings, together.scenario, language)
    return say("figure_interactions_in", language, scenario=scenario, **parts)


def _add_axes(panel: Axes, findings: Findings, together: Interaction, language: str) -> None:
    grid, asked = together.grid, findings.responses[together.response]
    ends = [
        end
        for row in grid.cells
        for cell in row
        for end in (cell.mean, cell.low, cell.high)
        if not math.isnan(end)
    ]
    bounds = [asked.bound] if asked.bound is not None and _is_near(asked.bound, ends) else []
    scale = round_scale(min([*ends, *bounds]), max([*ends, *bounds]), asked.kind, 0.0, 1.0)
    panel.set_ylim(scale.low, scale.high)
    set_ticks(
        panel,
        "y",
        scale.ticks,
        [format_measure(tick, asked.kind, language) for tick in scale.ticks],
    )
    if bounds:
        panel.axhline(bounds[0], color=INK, linewidth=1.0, linestyle=(0, (4, 2)))
    places = _places(together)
    panel.set_xlim(-0.15, places[-1] + 0.15)
    set_ticks(
        panel,
        "x",
        places,
        [show_factor(findings.factors[together.first], level, language) for level in grid.first],
    )


def _is_near(bound: float, ends: list[float]) -> bool:
    """Whether a bound lies among the numbers, or not far beyond them."""
    return min(ends) - (max(ends) - min(ends)) <= bound <= max(ends) + (max(ends) - min(ends))


def _places(together: Interaction) -> list[float]:
    """Return where each level of the first factor lies: evenly, whatever the numbers."""
    return [float(number) for number in range(len(together.grid.first))]


def _draw_line(panel: Axes, together: Interaction, column: int) -> None:
    colour, mark = COLOURS[column % len(COLOURS)], MARKS[column % len(MARKS)]
    cells = [row[column] for row in together.grid.cells]
    places = [
        place + 0.03 * (column - len(together.grid.second) / 2) for place in _places(together)
    ]
    panel.plot(
        places,
        [cell.mean for cell in cells],
        color=colour,
        linewidth=1.6,
        marker=mark,
        markersize=4.5,
    )
    for place, cell in zip(places, cells, strict=True):
        panel.plot([place, place], [cell.low, cell.high], color=colour, linewidth=1.0)


def _name_lines(
    page: Axes,
    panel: Axes,
    findings: Findings,
    together: Interaction,
    width: float,
    top: float,
    language: str,
) -> None:
    """Write the level of each line at its right end."""
    second, grid = findings.factors[together.second], together.grid
    low, high = panel.get_ylim()
    ends = [
        top + HEIGHT * (high - grid.cells[-1][column].mean) / (high - low)
        for column in range(len(grid.second))
    ]
    write(page, width - RIGHT + 0.1, top - 0.35, second.says.in_language(language)[:38], color=SOFT)
    for column, y in enumerate(spread(ends, 0.38, top, top + HEIGHT)):
        text = show_factor(second, grid.second[column], language)
        colour = COLOURS[column % len(COLOURS)]
        page.plot(
            [width - RIGHT + 0.2],
            [y],
            marker=MARKS[column % len(MARKS)],
            markersize=4.5,
            color=colour,
        )
        write(page, width - RIGHT + 0.5, y, text, weight="bold", path_effects=halo())


def alt_text(findings: Findings, together: Interaction, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    return f"{say('interactions_note', language)} {together_in_words(findings, together, language)}"
