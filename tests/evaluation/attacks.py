"""Attacks on what was released: a reader who has all that is printed, and works counts out of it.

Nothing here knows the gate. The reader knows the arms' sizes, how a difference in means and its
error are worked out, and the words on the page; what is told about (≈) lies somewhere in an interval
that follows from the printed one and the printed error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pilotsim.base.statistics import critical_value
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown


@dataclass(frozen=True)
class Printed:
    """What stands on the page of one answer, in shares, to the digits that are printed."""

    about: bool
    effect: float
    error: float
    low: float
    high: float


def page_of(found: Any, language: str = "en") -> str:
    """Everything that is written, as text."""
    return write_markdown(document_of(found, language))


def printed_effects(found: Any) -> list[Printed | None]:
    """The table of effects, read from the document that every file is made of."""
    table = next(document_of(found, "en", with_figures=False).tables())
    keys = [column.key for column in table.columns]
    printed = []
    for row in table.rows():
        cells = dict(zip(keys, row.cells, strict=True))
        values = [cells[key].value for key in ("effect", "standard_error", "low", "high")]
        if any(value is None for value in values):
            printed.append(None)
        else:
            about = cells["effect"].text.startswith("≈")
            printed.append(Printed(about, *(float(value) / 100.0 for value in values)))
    return printed


def printed_of(answer: Any, effect: Any = None) -> Printed | None:
    """What is printed of an answer, or of one month of its path; by its own numbers, as drawn."""
    own = effect or answer.effect
    if own is None:
        return None
    about = answer.precision != "exact" if effect is None else own.freedom == np.inf
    return Printed(about, own.estimate, own.error, own.low, own.high)


def tables_that_fit(offered: int, compared: int, told: Printed | None) -> np.ndarray:
    """All tables of two arms that agree with an answer; shape (tables, 2)."""
    have, other = (
        found.ravel() for found in np.meshgrid(np.arange(offered + 1), np.arange(compared + 1))
    )
    if told is None:
        return np.column_stack([have, other])
    share, rest = have / offered, other / compared
    effect = share - rest
    error = np.sqrt(share * (1 - share) / (offered - 1) + rest * (1 - rest) / (compared - 1))
    if not told.about:
        fit = np.abs(effect - told.effect) <= 0.00051
        fit &= np.abs(error - told.error) <= 0.00051
    else:
        reach = critical_value(0.95) * told.error
        fit = effect >= told.low + reach - 0.002
        fit &= effect <= told.high - reach + 0.002
        # The error is no larger than printed, and no smaller than half of it but for rounding.
        fit &= error <= told.error + 0.0006
    alike = (have + other == 0) | (have + other == offered + compared)
    return np.column_stack([have, other])[fit & ~alike]


def recovered(
    offered: int, compared: int, told: Printed | None, truth: tuple[int, int], least: int = 5
) -> list[int]:
    """Small counts of a table that are told to fewer than `least` numbers."""
    tables = tables_that_fit(offered, compared, told)
    sides = (tables[:, 0], offered - tables[:, 0], tables[:, 1], compared - tables[:, 1])
    counts = (truth[0], offered - truth[0], truth[1], compared - truth[1])
    return [
        count
        for count, side in zip(counts, sides, strict=True)
        if 0 < count < least and len(np.unique(side)) < least
    ]


def shares_that_are_few(text: str, sizes: tuple[int, ...], least: int = 5) -> list[int]:
    """Counts below the limit that a printed share of an arm gives, and counts of clients in words."""
    found = [int(n) for n in re.findall(r"(?<!to )\b([1-4]) (?:of [0-9,]+ )?clients?\b", text)]
    for share in re.findall(r"([0-9]+\.[0-9])\u00a0%", text):
        for size in sizes:
            count = float(share) / 100.0 * size
            if 0 < round(count) < least and abs(count - round(count)) <= 0.0005 * size:
                found.append(round(count))
    return found


def path_read_back(svg: str) -> dict[int, tuple[float, float, float]]:
    """The effect in each month with its band, in percentage points, read off a figure's coordinates."""
    scale = {axis: _scale_of(svg, axis) for axis in "xy"}

    def read(points: str, down: float = 0.0) -> list[tuple[int, float]]:
        pairs = re.findall(r"[ML] (-?[0-9.]+) (-?[0-9.]+)", points)
        return [(round(scale["x"](float(x))), scale["y"](float(y) + down)) for x, y in pairs]

    area = svg[svg.index("PolyCollection") :]
    band_points = re.search(r' d="([^"]+)"', area)
    down = re.search(r'<use [^>]*? y="([0-9.]+)"', area)
    assert band_points is not None
    assert down is not None
    band = read(band_points[1], float(down[1]))
    lines = re.findall(r'<path d="([^"]+)" clip-path="[^"]+" style="fill: none', svg)
    line = read(max(lines, key=lambda points: points.count("L")))
    read_back = {}
    for month, value in line:
        ends = [y for x, y in band if x == month]
        read_back[month] = (value, min(ends), max(ends))
    return read_back


def _scale_of(svg: str, axis: str) -> Callable[[float], float]:
    """How a coordinate of a figure is turned into what the axis says there."""
    places = {}
    for tick in re.split(rf'id="{axis}tick_', svg)[1:]:
        at = re.search(
            r'<use [^>]*? x="([0-9.]+)"' if axis == "x" else r'd="M [0-9.]+ ([0-9.]+)', tick
        )
        says = re.search(r"<!-- (.*?) -->", tick)
        assert at is not None
        assert says is not None
        places[float(says[1].replace("\u2212", "-"))] = float(at[1])
    (first, start), (last, end) = min(places.items()), max(places.items())
    return lambda place: first + (place - start) * (last - first) / (end - start)
