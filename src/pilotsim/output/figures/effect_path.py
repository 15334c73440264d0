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
    LINE,
    RED,
    SOFT,
    add_panel,
    count_lines,
    halo,
    new_page,
    set_ticks,
    spread,
    wrap,
    write,
)
from pilotsim.output.figures.titles import fit_title

COLOURS, DASHES = (BLUE, RED, GREEN), ("-", "--", "-.")
HEIGHT, RIGHT = 6.0, 3.9


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
    lines: Sequence[Line],
    *,
    ax: Axes | None = None,
    language: str = "nb",
    title: str | None = None,
    note: str | None = None,
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
    title, note : str, optional
        Instead of the usual ones, which are of true effects of programmes of three strengths.
    """
    page, width, top = new_page(
        ax,
        HEIGHT + 1.1,
        title or title_of(lines[len(lines) // 2], language),
        note or say("effect_path_note", language),
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
        panel.plot(
            time,
            100 * line.value,
            color=COLOURS[number % 3],
            linestyle=DASHES[number % 3],
            linewidth=1.8,
        )
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
    labels = [wrap(line.label, RIGHT - 1.0) for line in lines]
    room = LINE * max((count_lines(label) for label in labels), default=1) + 0.1
    places = spread(ends, room, top + 0.2 + room / 2, top + HEIGHT)
    for number, (label, end, place) in enumerate(zip(labels, ends, places, strict=True)):
        left, colour = width - RIGHT, COLOURS[number % 3]
        page.plot([left + 0.08, left + 0.75], [end, place], color=colour, linewidth=0.8)
        write(page, left + 0.85, place, label, color=INK, path_effects=halo())
    write(
        page,
        1.1 + (width - RIGHT - 1.1) / 2,
        top + HEIGHT + 0.9,
        say("months_after_start", language),
        color=SOFT,
        ha="center",
    )
    return page


def title_of(line: Line, language: str, about: str = "", *, is_expected: bool = False) -> str:
    """Return what an effect comes to at the end, and how low it is before.

    Parameters
    ----------
    line : Line
        The effect that the figure is about.
    language : str
        One of `LANGUAGES`.
    about : str
        What the effect is on, in words; the line's own, unless given.
    is_expected : bool
        Whether it is what is expected beforehand, and not what was found.
    """
    known = np.flatnonzero(~np.isnan(line.value))
    if not len(known):
        return fit_title("path_title_none", language, ("about",), about=about or line.label)
    last, lowest = int(known[-1]), int(np.nanargmin(line.value))
    parts = {
        "about": about or line.label,
        "months": last + 1,
        "last": format_points(float(line.value[last]), language),
        "low": format_points(float(line.value[lowest]), language),
        "month": lowest + 1,
    }
    falls = line.high[lowest] < 0 and lowest < last
    key = "path_title_falls" if falls else "path_title"
    if is_expected:
        key = "path_title_expected_falls" if falls else "path_title_expected"
    return fit_title(key, language, ("about",), **parts)


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
