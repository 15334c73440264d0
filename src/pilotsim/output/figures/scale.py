"""Scales on a page: which number lies at which centimetre, and the ticks below."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.language.numbers import format_measure
from pilotsim.output.figures.style import FAINT, SOFT, text_width, write


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` at `left` to `right` cm of a page, with ticks at round ones."""

    low: float
    high: float
    left: float
    right: float
    kind: str
    ticks: tuple[float, ...]

    def at(self, number: float) -> float:
        """Return where a number lies, in cm; at the end of the scale if it lies beyond."""
        inside = min(max(number, self.low), self.high)
        return self.left + (self.right - self.left) * (inside - self.low) / (self.high - self.low)


def scale_for(
    numbers: Sequence[float], kind: str, left: float, right: float, *, ticks: int = 5
) -> Scale:
    """Return a scale on which all numbers find room; shares stand on 0 to 100 %.

    Parameters
    ----------
    numbers : sequence of float
        What must find room.
    kind : str
        `share`, `duration`, ...: a kind of value.
    left, right : float
        Where the scale lies, in cm.
    ticks : int
        About how many round numbers to mark.
    """
    if kind == "share" and all(0 <= number <= 1 for number in numbers):
        return Scale(0.0, 1.0, left, right, kind, (0.0, 0.25, 0.5, 0.75, 1.0))
    low, high = min([0.0, *numbers]), max([0.0, *numbers])
    return round_scale(low, high, kind, left, right, ticks)


def round_scale(
    low: float, high: float, kind: str, left: float, right: float, ticks: int = 5
) -> Scale:
    """Return a scale from `low` to `high`, a little wider, with round ticks."""
    high = high if high > low else low + 1
    step = round_step((high - low) / ticks, per_cent=kind == "share")
    slack = 0.03 * (high - low)
    first, last = math.ceil((low - slack) / step - 1e-9), math.floor((high + slack) / step + 1e-9)
    marks = tuple(step * k for k in range(first, last + 1))
    return Scale(low - slack, high + slack, left, right, kind, marks)


def round_step(least: float, *, per_cent: bool = False) -> float:
    """Return 1, 2 or 5 times a power of ten, at least as large; at least 1 % for shares."""
    power = 10.0 ** math.floor(math.log10(least))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return max(step, 0.01) if per_cent else step


def draw_scale(
    page: Axes,
    scale: Scale,
    top: float,
    bottom: float,
    language: str,
    show: Callable[[float], str] | None = None,
) -> None:
    """Draw the lines of a scale between two heights of a page, and its numbers below."""
    last = -math.inf
    for tick in scale.ticks:
        x = scale.at(tick)
        text = show(tick) if show else format_measure(tick, scale.kind, language)
        page.plot(
            [x, x],
            [top, bottom + 0.08],
            color=FAINT if tick else "#A0A0A0",
            linewidth=0.7,
            zorder=0,
        )
        if x - text_width(text) / 2 > last + 0.15:
            write(page, x, bottom + 0.28, text, color=SOFT, ha="center")
            last = x + text_width(text) / 2
