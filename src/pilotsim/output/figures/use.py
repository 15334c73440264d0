"""How much of each resource is in use over time, and how long is none of it free?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_month, format_number, format_range
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import GREEN, INK, set_ticks
from pilotsim.output.figures.time import Band, add_months_axis, dates_of
from pilotsim.output.figures.titles import fit_title

FEW_UNITS = 0.05  # overbooked on average: fewer are not worth a word
TICKS = (0.0, 0.5, 1.0)
HIGHEST = 1.06  # full capacity is inside


def use_of(check: Check, resource: int) -> Band:
    """Return the share of a resource's units that is in use in each month.

    At most all: what is held beyond them is overbooked. NaN where there are none.
    """
    return Band.of(np.array([path.use[:, resource] for path in check.paths]))


def full_of(check: Check, resource: int) -> Floats:
    """Return the share of the time in which all units are held, by month, the mean of the runs.

    NaN where there are none.
    """
    return Band.of(np.array([path.full[:, resource] for path in check.paths])).mean


def overbooked_of(check: Check, resource: int) -> float:
    """Return how many units are held beyond those that there are, on average over all the time."""
    days = np.diff(check.flow.make_calendar().marks())
    beyond = np.array([path.overbooked[:, resource] for path in check.paths])
    return float(np.average(beyond.mean(axis=0), weights=days))


def _used(check: Check) -> list[int]:
    """Return the resources that have units of which a share can be in use."""
    return [
        number
        for number in range(len(check.flow.resources))
        if not all(np.isnan(path.use[:, number]).all() for path in check.paths)
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
    sheet = add_sheet(
        ax,
        [_name(check, number, language) for number in used],
        title(check, language),
        say("use_note", language),
        _below(check, language),
    )
    for panel, number in zip(sheet.panels, used, strict=True):
        _draw(panel, use_of(check, number).mean, full_of(check, number))
        add_months_axis(panel, dates_of(check), language, 3)
        set_ticks(panel, "y", TICKS, [format_measure(tick, "share", language) for tick in TICKS])
        panel.set_ylim(0, HIGHEST)
    return sheet.page


def title(check: Check, language: str = "nb") -> str:
    """Return which resource is in use most, and which least."""
    used = _used(check)
    if not used:
        return say("use_none", language)
    means = {number: _mean_of(check, number) for number in used}
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


def _mean_of(check: Check, number: int) -> float:
    return float(np.nanmean(use_of(check, number).mean))


def _below(check: Check, language: str) -> str:
    used = _used(check)
    if not used:
        return say("use_none", language)
    beyond = {number: overbooked_of(check, number) for number in used}
    return " ".join(
        f"{_name(check, number, language)}: "
        + say("support_overbooked", language, left_out=format_number(count, language, 1))
        for number, count in beyond.items()
        if count >= FEW_UNITS
    )


def _draw(panel: Axes, mean: Floats, full: Floats) -> None:
    middles = np.arange(len(mean)) + 0.5
    # All are held no longer than what is in use on average: the field lies below the line.
    panel.fill_between(middles, 0, full, color=GREEN, alpha=0.3, linewidth=0)
    panel.axhline(1, color=INK, linewidth=1.1)
    panel.plot(middles, mean, color=GREEN, linewidth=1.8)


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
            "mean": format_measure(_mean_of(check, number), "share", language),
            "full": format_measure(float(np.nanmean(full_of(check, number))), "share", language),
        }
        parts.append(say("use_most", language, **shown))
    return " ".join([say("use_note", language), *parts, _below(check, language)]).strip()
