"""What do several places say of one question, each and together?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.evaluation.pooled_results import PooledAnswers
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import BLUE, INK, SOFT, new_page, write
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.pooling import ShownUnit, shown_of

LAYOUT = RowLayout(label=4.6, left=5.2, right=12.2, row=0.62)
AXIS = 0.75
SMALLEST, LARGEST = 2.0, 5.5


@dataclass(frozen=True)
class ForestRow:
    """A row: a place, all together, or one more place; numbers as they are shown."""

    name: str
    value: float
    low: float
    high: float
    weight: float = math.nan


def rows_of(found: PooledAnswers, language: str) -> list[ForestRow]:
    """Return the places in their order, then the mean, the common effect and one more place."""
    show, own = shown_of(found, language), found.pooled
    rows = [
        _row(show, place.result.name, place.effect.estimate, place.effect.low, place.effect.high, w)
        for place, w in zip(found.places, own.weights, strict=True)
        if place.effect is not None
    ]
    for key, effect in (("pooled_overall", own.overall), ("pooled_common", own.common)):
        rows.append(_row(show, say(key, language), effect.estimate, effect.low, effect.high))
    if not math.isnan(own.low):
        name = say("pooled_one_more", language)
        rows.append(_row(show, name, math.nan, own.low, own.high))
    return rows


def _row(
    show: ShownUnit, name: str, value: float, low: float, high: float, weight: float = math.nan
) -> ForestRow:
    shown = [show.number(number) for number in (value, low, high)]
    return ForestRow(name, shown[0], shown[1], shown[2], weight)


def plot_forest(found: PooledAnswers, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw each place's effect with its interval, and below what all come to.

    Parameters
    ----------
    found : PooledAnswers
        What to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    show = shown_of(found, language)
    rows = [LAYOUT.row_of(row, row.name) for row in rows_of(found, language)]
    height = height_of(rows)
    page, _, top = new_page(ax, height + AXIS, title(found, language), note(found, language))
    nothing = show.number(0.0)
    ends = [end for row in rows for end in (row.item.low, row.item.high)]
    scale = LAYOUT.scale_of(min([nothing, *ends]), max([nothing, *ends]), "real")
    draw_scale(page, scale, top, top + height, language, lambda tick: _tick(show, tick))
    line = scale.at(nothing)
    page.plot([line, line], [top, top + height], color=SOFT, linewidth=0.8, zorder=0)
    for row, middle in middles_of(rows, top):
        write_label(page, row, middle)
        _draw_row(page, middle, row.item, scale, show)
    return page


def _tick(show: ShownUnit, tick: float) -> str:
    return format_number(tick + 0.0, show.language)


def _draw_row(page: Axes, y: float, row: ForestRow, scale: Scale, show: ShownUnit) -> None:
    is_place = not math.isnan(row.weight)
    colour = BLUE if is_place else INK
    ends = [scale.at(row.low), scale.at(row.high)]
    width = 1.4 if is_place else 2.4
    style = "--" if math.isnan(row.value) else "-"
    page.plot(ends, [y, y], style, color=colour, linewidth=width, solid_capstyle="butt")
    if not math.isnan(row.value):
        size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(row.weight) if is_place else LARGEST
        marker = "s" if is_place else "D"
        page.plot([scale.at(row.value)], [y], marker=marker, markersize=size, color=colour)
    numbers = [row.low, row.high] if math.isnan(row.value) else [row.value]
    text = " … ".join(format_number(one, show.language, show.decimals) for one in numbers)
    weight = "normal" if is_place else "bold"
    write(page, LAYOUT.right + 0.3, y, text, color=INK, weight=weight)


def title(found: PooledAnswers, language: str = "nb") -> str:
    """Return what all places come to together."""
    show, overall = shown_of(found, language), found.pooled.overall
    return fit_title(
        "forest_title",
        language,
        ("unit",),
        effect=show.text(overall.estimate),
        unit=show.heading,
        range=show.range(overall.low, overall.high),
        places=len(found.places),
    )


def note(found: PooledAnswers, language: str) -> str:
    """Return how to read the figure."""
    level = format_level(found.level, language)
    return say("forest_note", language, unit=shown_of(found, language).heading, level=level)


def alt_text(found: PooledAnswers, language: str = "nb") -> str:
    """Return what the figure shows, in words with its numbers."""
    show = shown_of(found, language)
    parts = [note(found, language)]
    for row in rows_of(found, language):
        parts.append(f"{row.name}: {_range(show, row)}.")
    return " ".join(parts)


def _range(show: ShownUnit, row: ForestRow) -> str:
    value, low, high = (
        "" if math.isnan(one) else format_number(one, show.language, show.decimals)
        for one in (row.value, row.low, row.high)
    )
    return f"{value} ({low} … {high})".strip()
