"""Is a pilot that runs where it was forecast to be? Each count of each month on its forecast."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_month, format_number, format_range
from pilotsim.monitoring.follow import FollowedPilot
from pilotsim.output.figures.panels import add_sheet
from pilotsim.output.figures.style import BLUE, INK, RED
from pilotsim.output.figures.time import add_count_axis, add_months_axis
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.followed import counts_within, suspect_in_words

# At most so many months are named below a panel.
MOST_MONTHS = 3


def plot_counts(followed: FollowedPilot, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw each count of each month on the band of its forecast.

    Parameters
    ----------
    followed : FollowedPilot
        What to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    sheet = add_sheet(
        ax,
        followed.counted.headings,
        title(followed, language),
        say("counts_figure_note", language),
    )
    for count, panel in enumerate(sheet.panels):
        _draw_count(panel, followed, count, language)
    return sheet.page


def _draw_count(panel: Axes, followed: FollowedPilot, count: int, language: str) -> None:
    numbers = followed.counted.numbers[:, count]
    low, high = followed.low[:, count], followed.high[:, count]
    months = np.arange(len(numbers))
    panel.fill_between(months, low, high, color=BLUE, alpha=0.22, linewidth=0)
    middle = followed.middle[:, count]
    panel.plot(months, middle, color=BLUE, linewidth=1.1, linestyle=(0, (3, 2)))
    with np.errstate(invalid="ignore"):
        is_outside = (numbers < low) | (numbers > high)
    is_within = ~np.isnan(numbers) & ~is_outside
    add_months_axis(panel, list(followed.counted.months), language, MOST_MONTHS)
    add_count_axis(panel, max(float(high.max()), float(np.nanmax(numbers, initial=0.0))), language)
    panel.plot(
        months[is_within],
        numbers[is_within],
        linestyle="none",
        marker="o",
        markersize=3.2,
        color=INK,
        clip_on=False,
    )
    panel.plot(
        months[is_outside],
        numbers[is_outside],
        linestyle="none",
        marker="D",
        markersize=4.6,
        color=RED,
        markerfacecolor="white",
        clip_on=False,
    )


def title(followed: FollowedPilot, language: str = "nb") -> str:
    """Return whether the pilot is where it was forecast to be; if not, what it looks like."""
    alarm = followed.alarm
    if alarm.first is None:
        within, known = counts_within(followed)
        month = format_month(followed.last_month, language)
        return say("counts_figure_within", language, month=month, within=within, known=known)
    like = followed.looks_like
    return fit_title(
        "counts_figure_alarm",
        language,
        ("what",),
        month=format_month(followed.counted.months[alarm.first], language),
        what=like.says.in_language(language)
        if like is not None
        else suspect_in_words(followed, alarm.suspects[0], language),
    )


def alt_text(followed: FollowedPilot, language: str = "nb") -> str:
    """Return what the figure shows, in words: of each count the last number and its forecast."""
    parts = [say("counts_figure_note", language)]
    for count, heading in enumerate(followed.counted.headings):
        within, known = counts_within(followed, count)
        counted = np.flatnonzero(~np.isnan(followed.counted.numbers[:, count]))
        if not len(counted):
            continue
        last = int(counted[-1])
        low, high = followed.low[last, count], followed.high[last, count]
        parts.append(
            say(
                "counts_figure_one",
                language,
                count=heading,
                month=format_month(followed.counted.months[last], language),
                number=format_number(float(followed.counted.numbers[last, count]), language, 0),
                range=format_range(float(low), float(high), "count", language),
                within=within,
                known=known,
            )
        )
    return " ".join(parts)
