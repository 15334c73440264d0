"""How many have left, and by which way, with the programme and without?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.effects.estimators.kaplan_meier import SurvivalCurve
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_measure, format_number
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    LINE,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    spread,
    text_width,
    write,
)
from pilotsim.output.figures.time import STEPS
from pilotsim.output.figures.titles import fit_title

COLUMNS, PANEL, HEAD, BELOW, TICKS = 2, 4.2, 0.85, 1.35, 1.05


@dataclass(frozen=True, eq=False)
class Worlds:
    """One way out, with the programme and without.

    Parameters
    ----------
    name : str
        What it is: work, another benefit.
    with_it, without : SurvivalCurve
        From `cumulative_incidence`, times in months.
    """

    name: str
    with_it: SurvivalCurve
    without: SurvivalCurve

    @property
    def end(self) -> float:
        """Last time at which both are seen."""
        return min(self.with_it.last, self.without.last)


def plot_incidence(
    worlds: Sequence[Worlds],
    *,
    ax: Axes | None = None,
    language: str = "nb",
    colours: Sequence[str] = (),
    level: float = 0.95,
) -> Axes:
    """Draw the cumulative incidence of each way out, in a panel of its own, on the same scale.

    Parameters
    ----------
    worlds : sequence of Worlds
        The ways out.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    colours : sequence of str
        One for each; blue unless given.
    level : float
        Level of the curves' intervals, for the note.

    Raises
    ------
    RequestError
        There is nothing to draw.
    """
    if not worlds:
        raise RequestError(Message("incidence: expected one way out or more, found none"))
    columns = min(COLUMNS, len(worlds))
    rows = -(-len(worlds) // columns)
    note = say("incidence_note", language, level=format_level(level, language))
    page, width, top = new_page(ax, rows * (HEAD + PANEL + BELOW), title(worlds, language), note)
    each, beside = width / columns, _beside(worlds, language)
    highest = max(
        float(np.nanmax(np.append(curve.high, curve.estimate)))
        for world in worlds
        for curve in _curves(world)
    )
    for number, world in enumerate(worlds):
        row, column = divmod(number, columns)
        left, above = column * each, top + row * (HEAD + PANEL + BELOW)
        write(page, left, above + 0.3, world.name, weight="bold")
        panel = add_panel(page, left + TICKS, above + HEAD, each - TICKS - beside, PANEL)
        _add_axes(panel, world.end, min(1.0, 1.05 * highest), language)
        _draw(panel, world, colours[number] if colours else BLUE, language)
    return page


def title(worlds: Sequence[Worlds], language: str = "nb") -> str:
    """Return how many have left by the first way, with the programme and without."""
    world = worlds[0]
    with_it, without = (
        format_measure(curve.at(world.end), "share", language) for curve in _curves(world)
    )
    return fit_title(
        "incidence_title",
        language,
        ("name",),
        name=world.name,
        months=format_number(world.end, language, 0),
        with_it=with_it,
        without=without,
    )


def _curves(world: Worlds) -> tuple[SurvivalCurve, SurvivalCurve]:
    return world.with_it, world.without


def _add_axes(panel: Axes, end: float, highest: float, language: str) -> None:
    """Put months and shares on the axes."""
    step = next((step for step in STEPS if end / step <= 6), STEPS[-1])
    months = np.arange(0, int(end) + 1, step)
    set_ticks(
        panel, "x", months.tolist(), [format_number(float(month), language, 0) for month in months]
    )
    panel.set_xlim(0, end)
    part = next(part for part in (0.02, 0.05, 0.1, 0.2, 0.25) if highest / part <= 6)
    shares = np.arange(0.0, highest + 1e-9, part)
    set_ticks(
        panel,
        "y",
        shares.tolist(),
        [format_measure(float(share), "share", language) for share in shares],
    )
    panel.set_ylim(0, highest)
    write(
        panel,
        end,
        -0.24 * highest,
        say("incidence_months", language),
        color=SOFT,
        ha="right",
        clip_on=False,
    )


def _draw(panel: Axes, world: Worlds, colour: str, language: str) -> None:
    """Draw both curves with their bands, and what each has come to."""
    for curve, ink, style, shade in (
        (world.with_it, colour, "-", 0.25),
        (world.without, INK, (0, (4, 2)), 0.0),
    ):
        times, share, low, high = _steps(curve, world.end)
        if shade:
            panel.fill_between(times, low, high, step="post", color=ink, alpha=shade, linewidth=0)
        else:
            panel.fill_between(
                times,
                low,
                high,
                step="post",
                color="none",
                edgecolor=SOFT,
                linewidth=0.5,
                linestyle=(0, (1, 2)),
            )
        panel.step(
            times, share, where="post", color=ink, linewidth=1.6 if shade else 1.2, linestyle=style
        )
    top = panel.get_ylim()[1]
    ends = [curve.at(world.end) for curve in _curves(world)]
    places = spread(ends, top * LINE / PANEL, top * 0.05, top * 0.97)
    for text, place, weight in zip(
        _labels(world, language), places, ("bold", "normal"), strict=True
    ):
        write(
            panel, world.end * 1.03, place, text, weight=weight, path_effects=halo(), clip_on=False
        )


def _steps(curve: SurvivalCurve, end: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Return a curve from 0 to the end of what is drawn.

    The band has no width where nothing is known of it.
    """
    known = curve.times <= end
    times = np.concatenate([[0.0], curve.times[known], [end]])

    def drawn(values: Floats) -> Floats:
        kept = np.where(np.isnan(values[known]), curve.estimate[known], values[known])
        last = kept[-1] if len(kept) else curve.start
        return np.concatenate([[curve.start], kept, [last]])

    return times, drawn(curve.estimate), drawn(curve.low), drawn(curve.high)


def _labels(world: Worlds, language: str) -> list[str]:
    """Return what stands beside the ends of the two lines."""
    keys = ("with_short", "without_short")
    return [
        f"{say(key, language)} {format_measure(curve.at(world.end), 'share', language)}"
        for key, curve in zip(keys, _curves(world), strict=True)
    ]


def _beside(worlds: Sequence[Worlds], language: str) -> float:
    return (
        max(
            text_width(label, weight="bold")
            for world in worlds
            for label in _labels(world, language)
        )
        + 0.35
    )


def alt_text(worlds: Sequence[Worlds], language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    parts = []
    for world in worlds:
        shares = [
            format_measure(curve.at(world.end), "share", language) for curve in _curves(world)
        ]
        shown = {
            "name": world.name,
            "months": format_number(world.end, language, 0),
            "with_it": shares[0],
            "without": shares[1],
        }
        parts.append(say("incidence_alt", language, **shown))
    return " ".join(parts)
