"""Lines over time: the months of a pilot on an axis, and the middle and spread of many runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.judge.check import Check
from pilotsim.language.numbers import format_change, format_month, format_number
from pilotsim.output.figures.style import set_ticks

STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Band:
    """The middle and the mean of many runs, and the ends between which nine runs in ten lie.

    NaN where no run has a number.
    """

    median: Floats
    low: Floats
    high: Floats
    mean: Floats

    @classmethod
    def of(cls, runs: Floats) -> Band:
        """Return the band of runs over time, shape (runs, times)."""
        columns = [column[~np.isnan(column)] for column in runs.T]
        nothing = np.full(4, math.nan)
        found = np.array(
            [
                [*np.quantile(column, [0.5, 0.05, 0.95]), column.mean()] if len(column) else nothing
                for column in columns
            ]
        )
        return cls(*found.reshape(-1, 4).T)


def dates_of(check: Check) -> list[date]:
    """Return the date of each mark of a check's paths: the start and the end of each month."""
    calendar = check.flow.make_calendar()
    return [calendar.date_of(day) for day in calendar.marks()]


def add_months_axis(panel: Axes, dates: list[date], language: str, most: int) -> None:
    """Put at most so many months on the x axis; the marks are 0, 1, 2, ..."""
    step = next((step for step in STEPS if (len(dates) - 1) // step + 1 <= most), STEPS[-1])
    places = list(range(0, len(dates), step))
    labels, year = [], 0
    for place in places:
        when = dates[place]
        labels.append(
            format_month(when, language, year=False)
            + (f"\n{when.year}" if when.year != year else "\n")
        )
        year = when.year
    set_ticks(panel, "x", places, labels)
    panel.set_xlim(0, max(len(dates) - 1, 1))


def add_count_axis(panel: Axes, highest: float, language: str) -> None:
    """Put 0 and a few round numbers on the y axis, up to a little above the highest."""
    most = max(highest, 1.0) * 1.06
    step = _round_step(most / 4)
    places = [float(step * k) for k in range(int(most // step) + 1)]
    set_ticks(panel, "y", places, [format_number(place, language, 0) for place in places])
    panel.set_ylim(0, most)


def add_change_axis(panel: Axes, low: float, high: float, language: str) -> None:
    """Put 0 and a few round changes, with their signs, on the y axis, with a little room."""
    reach = max(high - low, 1.0)
    step = _round_step(reach / 4)
    low, high = low - 0.06 * reach, high + 0.06 * reach
    places = [float(step * k) for k in range(math.ceil(low / step), math.floor(high / step) + 1)]
    set_ticks(panel, "y", places, [format_change(place, "count", language) for place in places])
    panel.set_ylim(low, high)


def _round_step(least: float) -> int:
    """Return 1, 2, 2.5 or 5 times a power of ten, whole and at least as large."""
    power = int(10 ** max(0, math.floor(math.log10(least))))
    steps = (power, 2 * power, 25 * power // 10, 5 * power, 10 * power)
    return next((step for step in steps if step >= least), steps[-1])
