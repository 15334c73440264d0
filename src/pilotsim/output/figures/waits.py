"""How long do clients wait for each stage, and when?"""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes

from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_month, format_range, join, unit_of_kind
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import BLUE, halo, write
from pilotsim.output.figures.time import Band, add_count_axis, add_months_axis, dates_of
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.labels import client_key, with_client_note

# Days: a wait that nobody would draw; the lowest that an axis may end at.
SHORT, MIN_SHOWN = 7.0, 30.0


def waits_of(check: Check, stage: int) -> Band:
    """Return the mean wait for a stage in each month, in days."""
    return Band.of(np.array([path.waits[:, stage] for path in check.paths]))


def _sorted_stages(check: Check) -> tuple[list[int], list[int]]:
    """Return the stages whose wait is worth drawing, and those that hardly have one."""
    long: list[int] = []
    short: list[int] = []
    for number, stage in enumerate(check.flow.stages.values()):
        high = waits_of(check, number).high
        if stage.may_wait and stage.draws_from is None and not np.isnan(high).all():
            (long if np.nanmax(high) >= SHORT else short).append(number)
    return long, short


@of_runs(followed_runs)
def plot_waits(check: Check, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw the mean wait for each stage, by the month in which clients start.

    Parameters
    ----------
    check : Check
        What to show: its paths.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    long, _ = _sorted_stages(check)
    days = unit_of_kind("duration", language)
    sheet = add_sheet(
        ax,
        [f"{_name(check, number, language)}, {days}" for number in long],
        title(check, language),
        _note(check, language),
        _below(check, language),
    )
    bands = [waits_of(check, number) for number in long]
    # One scale for all, so that a low hill is a short wait.
    highest = max([MIN_SHOWN, *(float(np.nanmax(band.high)) for band in bands)])
    for panel, band in zip(sheet.panels, bands, strict=True):
        add_months_axis(panel, dates_of(check), language, 3)
        add_count_axis(panel, highest, language)
        _draw(panel, band, language)
    return sheet.page


def title(check: Check, language: str = "nb") -> str:
    """Return for which stage the wait is longest, and when."""
    long, short = _sorted_stages(check)
    if not long:
        return say("waits_title_short" if short else "waits_none", language)
    peaks = {number: _peak(waits_of(check, number)) for number in long}
    worst = max(long, key=lambda number: peaks[number][1])
    month, days = peaks[worst]
    return fit_title(
        "waits_title",
        language,
        ("stage",),
        stage=_name(check, worst, language),
        days=format_measure(days, "duration", language),
        month=format_month(dates_of(check)[month], language),
    )


def _name(check: Check, number: int, language: str) -> str:
    return check.flow.label_of("stages", list(check.flow.stages)[number], language)


def _peak(band: Band) -> tuple[int, float]:
    """Return in which month the mean wait is longest, and how long it is."""
    worst = int(np.nanargmax(np.round(band.mean, 9)))
    return worst, float(band.mean[worst])


def _draw(panel: Axes, band: Band, language: str) -> None:
    """Draw one stage's wait, and write its peak."""
    months = np.arange(len(band.mean)) + 0.5
    panel.fill_between(months, band.low, band.high, color=BLUE, alpha=0.25, linewidth=0)
    panel.plot(months, band.mean, color=BLUE, linewidth=1.6, marker=".", markersize=3)
    worst, peak = _peak(band)
    if peak < 1:
        return
    low, high = panel.get_xlim()
    side = (
        "left"
        if months[worst] < 0.25 * high
        else "right"
        if months[worst] > 0.75 * high
        else "center"
    )
    top = panel.get_ylim()[1]
    write(
        panel,
        min(max(months[worst], low), high),
        peak + 0.05 * top if peak < 0.8 * top else peak - 0.18 * top,
        format_measure(peak, "duration", language),
        ha=side,
        va="bottom",
        weight="bold",
        path_effects=halo(),
    )


def _below(check: Check, language: str) -> str:
    long, short = _sorted_stages(check)
    if not short:
        return "" if long else say("waits_none", language)
    labels = [_name(check, number, language) for number in short]
    return say("waits_short", language, stages=join(labels, language))


def _note(check: Check, language: str) -> str:
    key = client_key(check.flow, "waits_note", "waits_note_things")
    return with_client_note(check.flow, say(key, language), language)


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    dates = dates_of(check)
    parts = []
    for number in _sorted_stages(check)[0]:
        band = waits_of(check, number)
        worst, peak = _peak(band)
        last = next((float(wait) for wait in band.mean[::-1] if not math.isnan(wait)), math.nan)
        shown = {
            "stage": _name(check, number, language),
            "month": format_month(dates[worst], language),
            "last": format_measure(last, "duration", language),
            "days": format_measure(peak, "duration", language),
            "range": format_range(
                float(band.low[worst]), float(band.high[worst]), "duration", language
            ),
        }
        parts.append(say("waits_longest", language, **shown))
    return " ".join([_note(check, language), *parts, _below(check, language)]).strip()
