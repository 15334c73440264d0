"""How much of each resource is in use over time?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_month, format_range
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import GREEN, INK, set_ticks
from pilotsim.output.figures.time import Band, add_months_axis, dates_of

FULL, MAX_SHOWN = 0.95, 1.12


def use_of(check: Check, resource: int) -> Band:
    """Return the share of a resource's units that is in use in each month.

    NaN where there are none.
    """
    return Band.of(_shares(check, resource))


def _shares(check: Check, resource: int) -> Floats:
    """Return the share in use, shape (runs, months)."""
    held = np.array([path.held[:, resource] for path in check.paths])
    units = np.array([path.units[:, resource] for path in check.paths])
    shares: Floats = np.divide(held, units, out=np.full(held.shape, np.nan), where=units > 0)
    return shares


def _used(check: Check) -> list[int]:
    """Return the resources that have units of which a share can be in use."""
    return [
        number
        for number in range(len(check.flow.resources))
        if not np.isnan(_shares(check, number)).all()
    ]


@of_runs(followed_runs)
def plot_use(check: Check, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw the share of each resource that is in use over time.

    Parameters
    ----------
    check : Check
        What to show: its paths.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    used = _used(check)
    names = [
        check.flow.label_of("resources", list(check.flow.resources)[number], language)
        for number in used
    ]
    bands = [use_of(check, number) for number in used]
    sheet = add_sheet(
        ax,
        names,
        say("figure_use", language),
        say("use_note", language),
        _below(bands, language),
    )
    for panel, band in zip(sheet.panels, bands, strict=True):
        _draw(panel, band)
        add_months_axis(panel, dates_of(check), language, 3)
        set_ticks(
            panel,
            "y",
            [0, 0.5, 1],
            [format_measure(share, "share", language) for share in (0, 0.5, 1)],
        )
        panel.set_ylim(0, MAX_SHOWN)
    return sheet.page


def _below(bands: list[Band], language: str) -> str:
    if not bands:
        return say("use_none", language)
    return (
        say("use_over", language) if any(np.nanmax(band.high) > 1 + 1e-9 for band in bands) else ""
    )


def _draw(panel: Axes, band: Band) -> None:
    middles = np.arange(len(band.median)) + 0.5
    panel.axhline(1, color=INK, linewidth=1.4)
    panel.fill_between(middles, band.low, band.high, color=GREEN, alpha=0.25, linewidth=0)
    panel.plot(middles, band.median, color=GREEN, linewidth=1.6)


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    dates = dates_of(check)
    parts = []
    for number in _used(check):
        band = use_of(check, number)
        # Of months that differ in rounding alone, the first.
        worst = int(np.nanargmax(np.round(band.median, 9)))
        shown = {
            "resource": check.flow.label_of(
                "resources", list(check.flow.resources)[number], language
            ),
            "month": format_month(dates[worst], language),
            "share": format_measure(float(band.median[worst]), "share", language),
            "range": format_range(
                float(band.low[worst]), float(band.high[worst]), "share", language
            ),
            "mean": format_measure(float(np.nanmean(_shares(check, number))), "share", language),
            "full": int((band.median >= FULL).sum()),
            "months": len(dates) - 1,
        }
        parts.append(say("use_most", language, **shown))
    below = _below([use_of(check, number) for number in _used(check)], language)
    return " ".join([say("use_note", language), *parts, below]).strip()
