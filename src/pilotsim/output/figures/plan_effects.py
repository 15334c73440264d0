"""What does each of two plans change, and how surely do they differ in it?"""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes

from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text, upper_first
from pilotsim.judge.comparison import ComparedEffect, PlanComparison
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_change_and_range, format_number
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    LINE,
    SOFT,
    count_lines,
    new_page,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title

__all__ = ["alt_text", "note", "plot_plan_effects", "title"]

LAYOUT = RowLayout(label=5.4, left=6.0, right=11.4, row=0.82)
# Where the words to the right of a row end, in cm.
TEXT = 15.7
AXIS, BETWEEN, APART = 0.75, 0.19, 0.15
PALE = "#8FA6B8"


def plot_plan_effects(
    found: PlanComparison, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw how many more or fewer clients each plan brings into each state, with intervals.

    Parameters
    ----------
    found : PlanComparison
        What to show: its effects.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    parts = [(_head(says, language), _rows(found, says, language)) for says in _counted(found)]
    height = sum(_head_height(head) + height_of(rows) for head, rows in parts)
    page, _, top = new_page(ax, height + AXIS, title(found, language), note(found, language))
    ends = [
        end
        for one in found.effects
        for side in (one.first, one.second)
        for end in (side.mean, side.low, side.high)
        if not math.isnan(end)
    ]
    scale = LAYOUT.scale_of(min([0.0, *ends]), max([0.0, *ends]), "real")
    bottom = top + height
    draw_scale(page, scale, top, bottom, language, lambda tick: format_number(tick + 0.0, language))
    for head, rows in parts:
        write_lines(page, 0, top + 0.1, head, weight="bold")
        top += _head_height(head)
        for row, middle in middles_of(rows, top):
            write_label(page, row, middle)
            _draw_row(page, middle, row.item, scale, language)
        top += height_of(rows)
    return page


def _counted(found: PlanComparison) -> list[Text]:
    """Return those among whom clients are counted, each once."""
    return list(dict.fromkeys(one.says for one in found.effects))


def _head(says: Text, language: str) -> str:
    return wrap(says.in_language(language), LAYOUT.label, weight="bold")


def _head_height(head: str) -> float:
    return LINE * count_lines(head) + 0.2


def _rows(found: PlanComparison, says: Text, language: str) -> list[ChartRow[ComparedEffect]]:
    return [
        LAYOUT.row_of(one, upper_first(say(f"answer_{one.state}", language)), min_lines=2)
        for one in found.effects
        if one.says == says
    ]


def _draw_row(page: Axes, y: float, one: ComparedEffect, scale: Scale, language: str) -> None:
    """Draw what the first plan changes above what the second does, and write how they differ."""
    is_clear = one.difference.is_clear
    colour = BLUE if is_clear else PALE
    for side, place, fill, size in (
        (one.first, y - APART, "white", 5.2),
        (one.second, y + APART, colour, 4.6),
    ):
        if math.isnan(side.mean):
            continue
        if not math.isnan(side.low):
            ends = [scale.at(side.low), scale.at(side.high)]
            page.plot(ends, [place, place], color=colour, linewidth=1.6, solid_capstyle="butt")
        page.plot(
            [scale.at(side.mean)],
            [place],
            marker="o",
            markersize=size,
            color=colour,
            markerfacecolor=fill,
            markeredgewidth=1.2,
        )
    ink, weight = (INK, "bold") if is_clear else (SOFT, "normal")
    between = _difference(one.difference, language)
    write(page, TEXT, y - BETWEEN, _sides(one, language), ha="right", color=SOFT)
    write(page, TEXT, y + BETWEEN, between, ha="right", color=ink, weight=weight)


def _number(side: Interval, language: str) -> str:
    return format_change(side.mean, "real", language, half=side.half_width)


def _sides(one: ComparedEffect, language: str) -> str:
    return f"{_number(one.first, language)} → {_number(one.second, language)}"


def _difference(between: Interval, language: str) -> str:
    shown, ends = format_change_and_range(
        between.mean, between.low, between.high, "real", language, half=between.half_width
    )
    return f"{shown} ({ends})"


def title(found: PlanComparison, language: str = "nb") -> str:
    """Return in how much the plans clearly differ, and in what the most."""
    clear = [one for one in found.effects if one.difference.is_clear]
    names = _names(found, language)
    long = ("first", "second")
    if not clear:
        return fit_title("plan_effects_title_none", language, long, **names)
    surest = max(clear, key=_sureness)
    count = abs(surest.difference.mean)
    said = format_number(count, language, 0 if round(count) else 1)
    more = "more" if surest.difference.mean > 0 else "fewer"
    return fit_title(
        f"plan_effects_title_{more}",
        language,
        (*long, "counted"),
        count=said,
        state=say(f"answer_{surest.state}", language),
        counted=surest.says.in_language(language),
        **names,
    )


def _sureness(one: ComparedEffect) -> float:
    """Return how many half intervals a difference is wide."""
    half = one.difference.half_width
    return abs(one.difference.mean) / half if half > 0 else math.inf


def _names(found: PlanComparison, language: str) -> dict[str, str]:
    return {
        "first": found.first.name.in_language(language),
        "second": found.second.name.in_language(language),
    }


def note(found: PlanComparison, language: str = "nb") -> str:
    """Return how to read the figure."""
    return say("plan_effects_note", language, **_names(found, language))


def alt_text(found: PlanComparison, language: str = "nb") -> str:
    """Return what the figure shows, in words with its numbers."""
    return " ".join([note(found, language), *_sentences(found.effects, language)])


def _sentences(effects: Sequence[ComparedEffect], language: str) -> list[str]:
    return [
        f"{one.says.in_language(language)}, {say(f'answer_{one.state}', language)}: "
        f"{_sides(one, language)}, {_difference(one.difference, language)}."
        for one in effects
    ]
