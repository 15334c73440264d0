"""Could this effect be chance alone? What was found, beside all lotteries or all placebos."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import wilson
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_points, format_probability
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    RED,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    write,
)
from pilotsim.output.figures.titles import fit_title

HEIGHT = 5.0


def plot_placebo(
    null: Floats, found: float, *, ax: Axes | None = None, language: str = "nb", about: str = ""
) -> Axes:
    """Draw effects found where there is none, with the effect that was found.

    Parameters
    ----------
    null : ndarray of float, shape (draws,)
        Effects over drawn lotteries, or placebos, as shares.
    found : float
        The effect itself.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    about : str
        Which design, for the title.
    """
    page, width, top = new_page(
        ax,
        HEIGHT + 1.1,
        title(null, found, language, about),
        say("placebo_note", language),
    )
    panel = add_panel(page, 0.6, top + 0.6, width - 1.2, HEIGHT - 0.4)
    known = null[~np.isnan(null)]
    reach = 1.1 * max(float(np.abs(known).max(initial=0.0)), abs(found), 1e-3)
    edges = np.linspace(-reach, reach, 42)
    counts, _ = np.histogram(known, edges)
    beyond = np.abs(edges[:-1] + edges[1:]) / 2 >= abs(found)
    # Beyond what was found the bars are hatched as well, for those who see no colour.
    for is_beyond, colour, hatch in ((False, BLUE, None), (True, RED, "////")):
        own = beyond == is_beyond
        panel.bar(
            edges[:-1][own],
            counts[own],
            np.diff(edges)[own],
            align="edge",
            facecolor=(*to_rgb(colour), 0.55),
            edgecolor="white",
            hatch=hatch,
            linewidth=0,
        )
    panel.axvline(found, color=RED, linewidth=2)
    panel.set_xlim(-reach, reach)
    step = next(
        step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5) if reach / step <= 6 or step == 0.5
    )
    ticks = step * np.arange(-(reach // step), reach // step + 1)
    set_ticks(
        panel,
        "x",
        ticks.tolist(),
        [format_points(float(tick), language, 0) for tick in ticks],
    )
    set_ticks(panel, "y", [], [])
    place = 0.6 + (width - 1.2) * (found + reach) / (2 * reach)
    label = say(
        "found_share_beyond",
        language,
        share=_show_share_beyond(null, found, language),
    )
    side = "right" if found > 0 else "left"
    write(
        page,
        place + (-0.15 if found > 0 else 0.15),
        top + 0.3,
        label,
        color=INK,
        ha=side,
        path_effects=halo(),
    )
    write(
        page,
        width / 2,
        top + HEIGHT + 0.95,
        say("difference_points", language),
        color=SOFT,
        ha="center",
    )
    panel.spines["bottom"].set_color(INK)
    return page


def title(null: Floats, found: float, language: str = "nb", about: str = "") -> str:
    """Return how often chance alone comes as far, with what it is about where there is more."""
    parts = {
        "share": _show_share_beyond(null, found, language),
        "found": format_points(found, language),
    }
    if not about:
        return say("placebo_title", language, **parts)
    return fit_title("placebo_title_of", language, ("about",), about=about, **parts)


def _show_share_beyond(null: Floats, found: float, language: str) -> str:
    share, draws = share_beyond(null, found), int((~np.isnan(null)).sum())
    if not draws:
        return format_probability(share, language)
    known = wilson(round(share * draws), draws)
    return format_probability(share, language, (known.low, known.high))


def share_beyond(null: Floats, found: float) -> float:
    """Return the share of draws at least as far from 0 as what was found."""
    known = null[~np.isnan(null)]
    return float((np.abs(known) >= abs(found) - 1e-12).mean()) if len(known) else float("nan")


def alt_text(null: Floats, found: float, language: str) -> str:
    """Return what the figure shows, in words."""
    shares = {
        "found": format_points(found, language),
        "share": _show_share_beyond(null, found, language),
    }
    return say("placebo_alt", language, **shares)
