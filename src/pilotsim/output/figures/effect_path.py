"""When does an effect come: lock-in first, gain later?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number, format_points
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    RED,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    spread,
    wrap,
    write,
)

COLOURS = (BLUE, RED, GREEN)
HEIGHT, RIGHT = 6.0, 3.4


@dataclass(frozen=True)
class Line:
    """An effect month by month.

    Parameters
    ----------
    label : str
        What it is.
    value, low, high : ndarray of float, shape (months,)
        The effect after 1, 2, ... months and its interval, as shares.
    """

    label: str
    value: Floats
    low: Floats
    high: Floats


def plot_effect_path(
    lines: Sequence[Line], *, ax: Axes | None = None, language: str = "nb", title: str | None = None
) -> Axes:
    """Draw effects month by month.

    Parameters
    ----------
    lines : sequence of Line
        At most three.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    title : str, optional
        Instead of the usual one.
    """
    page, width, top = new_page(
        ax,
        HEIGHT + 1.1,
        title or say("figure_effect_path", language),
        say("effect_path_note", language),
    )
    panel = add_panel(page, 1.1, top + 0.2, width - RIGHT - 1.1, HEIGHT)
    months = max((len(line.value) for line in lines), default=1)
    panel.axhline(0.0, color=INK, linewidth=0.9)
    for number, line in enumerate(lines):
        time = np.arange(1, len(line.value) + 1)
        panel.fill_between(
            time,
            100 * line.low,
            100 * line.high,
            color=COLOURS[number % 3],
            alpha=0.18,
            linewidth=0,
        )
        panel.plot(time, 100 * line.value, color=COLOURS[number % 3], linewidth=1.8)
    panel.set_xlim(1, months)
    low, high = panel.get_ylim()
    panel.set_ylim(low, high)
    step = next(step for step in (1, 2, 5, 10, 20, 50) if (high - low) / step <= 8)
    ticks = np.arange(np.ceil(low / step) * step, high + 1e-9, step)
    set_ticks(
        panel,
        "y",
        ticks.tolist(),
        [format_number(float(tick), language, decimals=0) for tick in ticks],
    )
    marks = list(range(3, months + 1, 3)) or [months]
    set_ticks(panel, "x", marks, [str(mark) for mark in marks])
    ends = [top + 0.2 + HEIGHT * (high - 100 * line.value[-1]) / (high - low) for line in lines]
    for number, (line, place) in enumerate(
        zip(lines, spread(ends, 1.0, top + 0.3, top + HEIGHT), strict=True)
    ):
        write(
            page,
            width - RIGHT + 0.2,
            place,
            wrap(line.label, RIGHT - 0.3),
            color=COLOURS[number % 3],
            path_effects=halo(),
        )
    write(
        page,
        1.1 + (width - RIGHT - 1.1) / 2,
        top + HEIGHT + 0.9,
        say("months_after_start", language),
        color=SOFT,
        ha="center",
    )
    return page


def alt_text(lines: Sequence[Line], language: str) -> str:
    """Return what the figure shows, in words: the lowest point, and the end."""
    parts = []
    for line in lines:
        known = ~np.isnan(line.value)
        if known.any():
            worst = int(np.nanargmin(line.value))
            low, last = (
                format_points(float(line.value[k]), language)
                for k in (worst, int(np.flatnonzero(known)[-1]))
            )
            parts.append(
                say("path_alt", language, label=line.label, low=low, month=worst + 1, last=last)
            )
    return " ".join(parts)
