"""Do two factors act together?"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from matplotlib.axes import Axes

from pilotsim.experiments.findings.records import Findings, Interaction
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_measure, unit_of_change
from pilotsim.output.figures.scale import round_scale
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    LINE,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    SOFT,
    add_panel,
    count_lines,
    halo,
    new_page,
    set_ticks,
    spread,
    text_width,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.findings import (
    factor_of,
    name_of,
    scenario_of,
    short_name_of,
    show_factor,
    together_in_words,
)

LEFT, RIGHT, HEIGHT, BELOW, ABOVE = 1.5, 4.9, 6.0, 1.4, 1.1
COLOURS = (BLUE, ORANGE, GREEN, RED, SKY, PURPLE)
# Of the axis: beside its ends, and between lines at the same level; and cm between labels.
MARGIN, APART, BETWEEN_LABELS = 0.05, 0.012, 0.25
MARKS = ("o", "s", "^", "D", "v", "P")


def plot_interactions(
    findings: Findings, together: Interaction, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw what one factor changes in a response, with a line for each level of another.

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
        note(findings, together, language),
    )
    panel = add_panel(page, LEFT, top + ABOVE, width - LEFT - RIGHT, HEIGHT)
    _add_axes(panel, findings, together, width - LEFT - RIGHT, language)
    first = findings.factors[together.first]
    unit = unit_of_change(findings.responses[together.response].kind, language)
    write(page, 0, top + ABOVE - 0.3, unit, color=SOFT)
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


def title(findings: Findings, together: Interaction, language: str = "nb") -> str:
    """Return whether two factors act together, and what the first does where it does most."""
    grid, kind = together.grid, findings.responses[together.response].kind
    steps = grid.changes[-1]
    most = max(range(len(steps)), key=lambda column: abs(steps[column].mean))
    parts = {
        "response": short_name_of(findings, together.response, language),
        "first": factor_of(findings, together.first, language),
        "second": factor_of(findings, together.second, language),
        "level": show_factor(findings.factors[together.second], grid.second[most], language),
        "change": format_change(steps[most].mean, kind, language, half=steps[most].half_width),
    }
    is_clear = grid.together.is_clear
    key = "together_title" if is_clear else "together_title_apart"
    if len(findings.scenarios) == 1:
        return fit_title(key, language, ("response", "first", "second"), **parts)
    parts["scenario"] = scenario_of(findings, together.scenario, language)
    long = ("response", "first", "second", "scenario")
    key = "together_title_in" if is_clear else "together_title_apart_in"
    return fit_title(key, language, long, **parts)


def note(findings: Findings, together: Interaction, language: str) -> str:
    """Return what is measured, and how to read the figure."""
    first = findings.factors[together.first]
    return say(
        "interactions_note",
        language,
        response=name_of(findings, together.response, language),
        first=first.says.in_language(language),
        low=show_factor(first, together.grid.first[0], language),
    )


def _add_axes(
    panel: Axes, findings: Findings, together: Interaction, panel_width: float, language: str
) -> None:
    grid, asked = together.grid, findings.responses[together.response]
    ends = [
        end
        for row in grid.changes
        for change in row
        for end in (change.mean, change.low, change.high)
        if not math.isnan(end)
    ]
    scale = round_scale(min([0.0, *ends]), max([0.0, *ends]), asked.kind, 0.0, 1.0)
    panel.set_ylim(scale.low, scale.high)
    ticks = [format_change(tick, asked.kind, language, with_unit=False) for tick in scale.ticks]
    set_ticks(panel, "y", scale.ticks, [re.sub(r"[.,]0$", "", tick) for tick in ticks])
    panel.axhline(0.0, color=INK, linewidth=0.9)
    places = places_of(grid.first)
    panel.set_xlim(-MARGIN, 1 + MARGIN)
    labels = [
        show_factor(findings.factors[together.first], level, language) for level in grid.first
    ]
    set_ticks(panel, "x", places, labels_with_room(places, labels, panel_width))


def places_of(levels: Sequence[float]) -> list[float]:
    """Return where the levels of a factor lie on its axis: as far apart as their numbers are.

    Parameters
    ----------
    levels : sequence of float
        In order.

    Returns
    -------
    list of float
        0 for the first, 1 for the last.
    """
    reach = levels[-1] - levels[0]
    return [(level - levels[0]) / reach for level in levels] if reach else [0.0] * len(levels)


def labels_with_room(places: Sequence[float], labels: Sequence[str], width: float) -> list[str]:
    """Return the labels of an axis of so many cm, empty where one would run into its neighbour.

    The first and the last stay.
    """
    if len(labels) < 2:
        return list(labels)
    scale = width / (1 + 2 * MARGIN)
    halves = [text_width(label) / 2 + BETWEEN_LABELS / 2 for label in labels]
    shown = [0]
    last = len(labels) - 1
    for number in range(1, last):
        free = all(
            abs(places[number] - places[other]) * scale >= halves[number] + halves[other]
            for other in (shown[-1], last)
        )
        if free:
            shown.append(number)
    shown.append(last)
    return [label if number in shown else "" for number, label in enumerate(labels)]


def _draw_line(panel: Axes, together: Interaction, column: int) -> None:
    colour, mark = COLOURS[column % len(COLOURS)], MARKS[column % len(MARKS)]
    changes = [row[column] for row in together.grid.changes]
    places = [
        place + APART * (column - (len(together.grid.second) - 1) / 2) * (place > 0)
        for place in places_of(together.grid.first)
    ]
    panel.plot(
        places,
        [change.mean for change in changes],
        color=colour,
        linewidth=1.6,
        marker=mark,
        markersize=4.5,
        clip_on=False,
    )
    for place, change in zip(places, changes, strict=True):
        panel.plot([place, place], [change.low, change.high], color=colour, linewidth=1.0)


def _name_lines(
    page: Axes,
    panel: Axes,
    findings: Findings,
    together: Interaction,
    width: float,
    top: float,
    language: str,
) -> None:
    """Write which level each line is of, joined to its right end, and where it begins."""
    second, grid = findings.factors[together.second], together.grid
    kind = findings.responses[together.response].kind
    low, high = panel.get_ylim()
    ends = [
        top + HEIGHT * (high - grid.changes[-1][column].mean) / (high - low)
        for column in range(len(grid.second))
    ]
    begin, left = width - RIGHT, width - RIGHT + 0.75
    heading = say("together_lines", language, second=second.says.in_language(language))
    lines = wrap(heading, RIGHT - 0.75)
    write_lines(page, left, top - 0.35 - LINE * (count_lines(lines) - 1), lines, color=SOFT)
    least = top + 0.35
    for column, y in enumerate(spread(ends, 0.4, least, top + HEIGHT)):
        colour, mark = COLOURS[column % len(COLOURS)], MARKS[column % len(MARKS)]
        page.plot([begin - 0.1, left - 0.2], [ends[column], y], color=colour, linewidth=0.7)
        page.plot([left - 0.05], [y], marker=mark, markersize=4.5, color=colour)
        level = show_factor(second, grid.second[column], language)
        from_here = format_measure(grid.cells[0][column].mean, kind, language)
        text = say("together_line", language, level=level, start=from_here)
        write(page, left + 0.2, y, text, path_effects=halo())


def alt_text(findings: Findings, together: Interaction, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    words = together_in_words(findings, together, language)
    return f"{note(findings, together, language)} {words}"
