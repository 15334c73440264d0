"""Did those who started move alike with the others before, and what came after?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    INK,
    PALE,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    write,
)

HEIGHT, LEFT, FOOT = 6.0, 1.2, 1.1


def plot_event_study(
    path: EffectPath,
    *,
    ax: Axes | None = None,
    language: str = "nb",
    share: bool = True,
    unit: str = "",
) -> Axes:
    """Draw an event study: effects by time since the start, with intervals and a joint band.

    Parameters
    ----------
    path : EffectPath
        From `average_by_lag`.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    share : bool
        Whether the outcome is a share, shown in percentage points.
    unit : str
        In the reader's words, what other outcomes are counted in.
    """
    page, width, top = new_page(
        ax, HEIGHT + FOOT + 0.2, title(path, language), _note(language, share, unit)
    )
    panel = add_panel(page, LEFT, top + 0.2, width - LEFT - 0.3, HEIGHT)
    factor = 100.0 if share else 1.0
    at = np.array(path.at)
    panel.axvspan(at.min() - 0.6, -0.5, color=PALE, linewidth=0, zorder=-2)
    panel.axhline(0.0, color=INK, linewidth=0.9, zorder=0)
    panel.axvline(-0.5, color=SOFT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=0)
    for lag, effect, low, high in zip(path.at, path.effects, path.low, path.high, strict=True):
        colour = BLUE if lag >= 0 else SOFT
        panel.plot(
            [lag, lag],
            [factor * low, factor * high],
            color=colour,
            linewidth=0.9,
            solid_capstyle="butt",
        )
        panel.plot(
            [lag, lag],
            [factor * effect.low, factor * effect.high],
            color=colour,
            linewidth=2.6,
            solid_capstyle="butt",
        )
        panel.plot(
            lag,
            factor * effect.estimate,
            marker="o",
            markersize=5.5,
            color=colour,
            markeredgecolor="white",
            zorder=3,
        )
    panel.set_xlim(at.min() - 0.6, at.max() + 0.6)
    _mark_axes(panel, path, factor, language)
    panel_left = LEFT + (width - LEFT - 0.3) * (-0.5 - at.min() + 0.6) / (at.max() - at.min() + 1.2)
    write(
        page,
        panel_left + 0.12,
        top + 0.42,
        say("event_study_start", language),
        color=SOFT,
        path_effects=halo(),
        zorder=4,
    )
    write(
        page,
        width - 0.3,
        top + HEIGHT + 1.0,
        say("event_study_time", language),
        ha="right",
        color=SOFT,
    )
    return page


def title(path: EffectPath, language: str = "nb") -> str:
    """Return how many points before the start differ from none beyond chance."""
    before = [one for at, one in zip(path.at, path.effects, strict=True) if at < 0]
    apart = sum(one.low > 0 or one.high < 0 for one in before)
    if not before:
        return say("event_study_title_after", language)
    key = "event_study_title" if apart else "event_study_title_none"
    return say(key, language, count=apart, all=len(before))


def _note(language: str, share: bool, unit: str) -> str:
    known = say("points", language) if share else unit
    return say("event_study_note", language, unit=known or say("event_study_unit", language))


def _mark_axes(panel: Axes, path: EffectPath, factor: float, language: str) -> None:
    """Put round numbers on the axes, with room above and below the band."""
    ends = factor * np.array([*path.low, *path.high, 0.0])
    low, high = float(ends.min()), float(ends.max())
    step = _round_step((high - low) / 6)
    low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    panel.set_ylim(low, high)
    ticks = np.arange(low, high + step / 2, step)
    decimals = max(0, -math.floor(math.log10(step)))
    set_ticks(
        panel,
        "y",
        ticks.tolist(),
        [format_number(float(tick) + 0.0, language, decimals=decimals) for tick in ticks],
    )
    for tick in ticks:
        panel.axhline(float(tick), color=FAINT, linewidth=0.5, zorder=-1)
    every = max(1, math.ceil(len(path.at) / 20))
    marks = [lag for lag in path.at if lag % every == 0]
    set_ticks(panel, "x", marks, [format_number(lag, language, decimals=0) for lag in marks])


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(max(rough, 1e-12)))
    return float(next(size * part for part in (1, 2, 5, 10) if size * part >= rough))


def alt_text(path: EffectPath, language: str = "nb", share: bool = True, unit: str = "") -> str:
    """Return what the figure shows, in words with its main numbers."""
    factor, decimals = (100.0, 1) if share else (1.0, None)
    parts = [_note(language, share, unit)]
    for lag, effect in zip(path.at, path.effects, strict=True):
        value, low, high = (
            format_number(factor * number, language, decimals)
            for number in (effect.estimate, effect.low, effect.high)
        )
        parts.append(
            say(
                "event_study_alt",
                language,
                at=format_number(lag, language, 0),
                value=value,
                low=low,
                high=high,
            )
        )
    return " ".join(parts)
