"""How much of each resource is in use over time?"""

from __future__ import annotations

import math

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
from pilotsim.output.figures.titles import fit_title

FULL = 0.95
STEPS = (0.5, 1.0, 2.0, 5.0, 10.0)  # from tick to tick
MOST_TICKS = 4
LEAST_SHOWN = 1.06  # where an axis may end at the earliest: full capacity is inside


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
    bands = [use_of(check, number) for number in used]
    sheet = add_sheet(
        ax,
        [_name(check, number, language) for number in used],
        title(check, language),
        say("use_note", language),
        _below(bands, language),
    )
    # One scale for all, on which nothing that lies above full capacity is cut.
    highest = max([LEAST_SHOWN, *(1.04 * float(np.nanmax(band.high)) for band in bands)])
    step = next((step for step in STEPS if highest / step <= MOST_TICKS), STEPS[-1])
    ticks = [step * number for number in range(math.floor(highest / step) + 1)]
    for panel, band in zip(sheet.panels, bands, strict=True):
        _draw(panel, band)
        add_months_axis(panel, dates_of(check), language, 3)
        set_ticks(panel, "y", ticks, [format_measure(tick, "share", language) for tick in ticks])
        panel.set_ylim(0, highest)
    return sheet.page


def title(check: Check, language: str = "nb") -> str:
    """Return which resource is in use most, and which least."""
    used = _used(check)
    if not used:
        return say("use_none", language)
    means = {number: float(np.nanmean(_shares(check, number))) for number in used}
    most, least = (pick(used, key=lambda number: means[number]) for pick in (max, min))
    parts = {
        "most": _name(check, most, language),
        "share": format_measure(means[most], "share", language),
        "least": _name(check, least, language),
        "least_share": format_measure(means[least], "share", language),
    }
    if most == least:
        return fit_title("use_title_alone", language, ("most",), **parts)
    return fit_title("use_title", language, ("most", "least"), **parts)


def _name(check: Check, number: int, language: str) -> str:
    return check.flow.label_of("resources", list(check.flow.resources)[number], language)


def _below(bands: list[Band], language: str) -> str:
    if not bands:
        return say("use_none", language)
    return (
        say("use_over", language) if any(np.nanmax(band.high) > 1 + 1e-9 for band in bands) else ""
    )


def _draw(panel: Axes, band: Band) -> None:
    middles = np.arange(len(band.mean)) + 0.5
    panel.fill_between(middles, band.low, band.high, color=GREEN, alpha=0.25, linewidth=0)
    panel.axhline(1, color=INK, linewidth=1.1)
    panel.plot(middles, band.mean, color=GREEN, linewidth=1.8)


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    dates = dates_of(check)
    parts = []
    for number in _used(check):
        band = use_of(check, number)
        # Of months that differ in rounding alone, the first.
        worst = int(np.nanargmax(np.round(band.mean, 9)))
        shown = {
            "resource": _name(check, number, language),
            "month": format_month(dates[worst], language),
            "share": format_measure(float(band.mean[worst]), "share", language),
            "range": format_range(
                float(band.low[worst]), float(band.high[worst]), "share", language
            ),
            "mean": format_measure(float(np.nanmean(_shares(check, number))), "share", language),
            "full": int((band.mean >= FULL).sum()),
            "months": len(dates) - 1,
        }
        parts.append(say("use_most", language, **shown))
    below = _below([use_of(check, number) for number in _used(check)], language)
    return " ".join([say("use_note", language), *parts, below]).strip()
