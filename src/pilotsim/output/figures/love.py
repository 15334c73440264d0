"""How far apart were the arms before treatment, and how far with weights?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.effects.checks.balance import Balance
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale, round_scale
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    INK,
    PALE,
    SOFT,
    halo,
    new_page,
    text_width,
    write,
)
from pilotsim.output.figures.titles import fit_title

LAYOUT = RowLayout(label=5.0, left=5.6, right=15.2, row=0.5)
AXIS, KEY = 0.8, 0.75
LIMIT = 0.1
# Differences beyond this are drawn at the edge with an arrow: one of them must not press all others
# together.
MAX_DIFFERENCE = 2.0


def plot_love(
    balance: Balance, *, ax: Axes | None = None, language: str = "nb", limit: float = LIMIT
) -> Axes:
    """Draw standardised differences of each covariate, without and with weights.

    The largest at the top.

    Parameters
    ----------
    balance : Balance
        From `standardised_differences`.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    limit : float
        What is small, in standard deviations.
    """
    order = np.argsort(-np.abs(np.nan_to_num(balance.before, posinf=np.inf)))
    rows = [LAYOUT.row_of(int(number), balance.names[number]) for number in order]
    note = say("love_note", language, limit=format_number(limit, language, 1))
    height = height_of(rows)
    page, _, top = new_page(ax, KEY + height + AXIS, title(balance, language, limit), note)
    scale = _scale(balance, limit)
    _write_key(page, top, language)
    _draw_band(page, scale, top + KEY, height, limit, language)
    for row, middle in middles_of(rows, top + KEY):
        write_label(page, row, middle)
        _draw_row(page, scale, balance, row.item, middle, language)
    return page


def title(balance: Balance, language: str = "nb", limit: float = LIMIT) -> str:
    """Return how many covariates still differ by more than is small, and which does most."""
    after = np.abs(np.nan_to_num(balance.after, posinf=np.inf))
    parts = {
        "count": int((after > limit).sum()),
        "all": len(balance.names),
        "limit": format_number(limit, language, 1),
    }
    if not parts["count"]:
        return say("love_title_none", language, **parts)
    worst = balance.names[int(np.argmax(after))]
    return fit_title("love_title", language, ("worst",), worst=worst, **parts)


def _scale(balance: Balance, limit: float) -> Scale:
    """Return a scale on which all differences find room that are not out of all proportion."""
    both = np.concatenate([balance.before, balance.after])
    shown = np.clip(
        np.nan_to_num(both, posinf=MAX_DIFFERENCE, neginf=-MAX_DIFFERENCE),
        -MAX_DIFFERENCE,
        MAX_DIFFERENCE,
    )
    low, high = min(-1.5 * limit, *shown), max(1.5 * limit, *shown)
    return round_scale(low, high, "number", LAYOUT.left, LAYOUT.right, 6)


def _write_key(page: Axes, top: float, language: str) -> None:
    x = LAYOUT.left
    for key, filled in (("love_before", False), ("love_after", True)):
        text = say(key, language)
        _mark(page, x + 0.12, top + 0.22, filled)
        write(page, x + 0.35, top + 0.22, text)
        x += 0.35 + text_width(text) + 0.6


def _draw_band(
    page: Axes, scale: Scale, top: float, height: float, limit: float, language: str
) -> None:
    page.add_patch(
        Rectangle(
            (scale.at(-limit), top),
            scale.at(limit) - scale.at(-limit),
            height,
            color=PALE,
            linewidth=0,
            zorder=-1,
        )
    )
    decimals = 2 if max(abs(tick) for tick in scale.ticks) < 0.2 else 1
    draw_scale(
        page,
        scale,
        top,
        top + height,
        language,
        lambda tick: format_number(tick + 0.0, language, decimals),
    )


def _draw_row(
    page: Axes, scale: Scale, balance: Balance, row: int, y: float, language: str
) -> None:
    """Draw one covariate: hollow without weights, filled with."""
    before, after = float(balance.before[row]), float(balance.after[row])
    page.plot([scale.at(before), scale.at(after)], [y, y], color=FAINT, linewidth=1.2, zorder=1)
    for number, filled in ((before, False), (after, True)):
        _mark(page, scale.at(number), y, filled)
    for sign in (-1.0, 1.0):
        beyond = [number for number in (before, after) if sign * number > MAX_DIFFERENCE]
        if beyond:
            said = " → ".join(
                format_number(number, language, 1) if math.isfinite(number) else "∞"
                for number in beyond
            )
            x, side = scale.at(sign * math.inf) - 0.2 * sign, "right" if sign > 0 else "left"
            write(page, x, y, said, ha=side, color=SOFT, path_effects=halo(), zorder=4)


def _mark(page: Axes, x: float, y: float, filled: bool) -> None:
    colour = BLUE if filled else "white"
    page.plot(
        x,
        y,
        marker="o",
        markersize=5.5,
        markerfacecolor=colour,
        markeredgecolor=BLUE if filled else INK,
        zorder=3,
    )


def alt_text(balance: Balance, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    parts = [say("love_note", language, limit=format_number(LIMIT, language, 1))]
    for row in np.argsort(-np.abs(balance.before)):
        numbers = [
            format_number(float(number), language, 2)
            for number in (balance.before[row], balance.after[row])
        ]
        parts.append(
            say(
                "love_alt",
                language,
                name=balance.names[row],
                before=numbers[0],
                after=numbers[1],
            )
        )
    return " ".join(parts)
