"""Do stays last as long as was learned? Each length on what the register shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.text import inside
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_measure, format_number, format_points
from pilotsim.learning.learned import LEVEL, LearnedFlow
from pilotsim.learning.length_curves import LengthCurve
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.style import BLUE, INK, set_ticks
from pilotsim.output.figures.titles import fit_title

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
# About so many days are named below a panel.
MOST_DAYS = 4


def plot_lengths(
    found: LearnedFlow,
    curves: Sequence[LengthCurve],
    *,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw how many stays of each stage last how long, seen and learned.

    Parameters
    ----------
    found : LearnedFlow
        What was learned.
    curves : sequence of LengthCurve
        As `length_curves` gives them; at least one.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    names = [found.flow.label_of("stages", curve.stage, language) for curve in curves]
    sheet = add_sheet(ax, names, title(found, curves, language), note(language))
    for curve, panel in zip(curves, sheet.panels, strict=True):
        _draw(panel, curve, language)
    return sheet.page


def _draw(panel: Axes, curve: LengthCurve, language: str) -> None:
    panel.fill_between(
        curve.days, curve.low, curve.high, step="post", color=INK, alpha=0.14, linewidth=0
    )
    panel.step(curve.days, curve.seen, where="post", color=INK, linewidth=1.1)
    panel.plot(curve.days, curve.learned, color=BLUE, linewidth=1.3, linestyle=(0, (4, 2)))
    last = float(curve.days[-1])
    step = _step(last)
    places = [step * k for k in range(int(last // step) + 1)]
    set_ticks(panel, "x", places, [format_number(place, language, 0) for place in places])
    set_ticks(panel, "y", SHARES, [format_measure(share, "share", language) for share in SHARES])
    panel.set_xlim(0.0, last * 1.02)
    panel.set_ylim(0.0, 1.03)


def _step(last: float) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about `MOST_DAYS` of them reach the end."""
    power = 10.0 ** np.floor(np.log10(max(last / MOST_DAYS, 1.0)))
    return float(next(k * power for k in (1, 2, 5, 10) if k * power * MOST_DAYS >= last * 0.999))


def note(language: str = "nb") -> str:
    """Return how to read the figure."""
    return say("lengths_figure_note", language, level=format_level(LEVEL, language))


def title(found: LearnedFlow, curves: Sequence[LengthCurve], language: str = "nb") -> str:
    """Return how far the learned lengths lie from what was seen, and in which stage most."""
    furthest = max(curves, key=lambda curve: curve.gap)
    return fit_title(
        "lengths_figure_title",
        language,
        ("stage",),
        points=format_points(furthest.gap, language, 0),
        stage=inside(found.flow.label_of("stages", furthest.stage, language)),
    )


def alt_text(found: LearnedFlow, curves: Sequence[LengthCurve], language: str = "nb") -> str:
    """Return what the figure shows, in words: of each stage the shares at the middle length."""
    parts = [note(language)]
    for curve in curves:
        middle = int(np.abs(curve.learned - 0.5).argmin())
        parts.append(
            say(
                "lengths_figure_one",
                language,
                stage=found.flow.label_of("stages", curve.stage, language),
                days=format_number(float(curve.days[middle]), language, 0),
                seen=format_measure(float(curve.seen[middle]), "share", language),
                learned=format_measure(float(curve.learned[middle]), "share", language),
            )
        )
    return " ".join(parts)
