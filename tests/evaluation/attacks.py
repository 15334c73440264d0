"""Attacks on what was released: a reader who has all that is printed, and works counts out of it.

Nothing here knows the gate. The reader knows the arms' sizes, how a difference in means and its
error are worked out, and the words on the page; what is told about (≈) lies somewhere in an interval
that follows from the printed one and the printed error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
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


def fits(told: Printed, effect: np.ndarray, error: np.ndarray | None = None) -> np.ndarray:
    """Which effects, with their errors where the reader can work these out, are printed so."""
    if not told.about:
        fit = np.abs(effect - told.effect) <= 0.00051
        return fit if error is None else fit & (np.abs(error - told.error) <= 0.00051)
    reach = critical_value(0.95) * told.error
    fit = effect >= told.low + reach - 0.002
    fit &= effect <= told.high - reach + 0.002
    # The error is no larger than printed.
    return fit if error is None else fit & (error <= told.error + 0.0006)


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
    fit = fits(told, effect, error)
    alike = (have + other == 0) | (have + other == offered + compared)
    return np.column_stack([have, other])[fit & ~alike]


def few_left_out(
    sizes: tuple[int, int], few: int, whole: Printed | None, without: Printed | None, truth: int
) -> bool:
    """Whether the outcome of a few of the offered is solved from an effect with and one without them.

    A covariate that they alone have leaves them out; so does a subgroup of all but them, or an
    extract of the register before they came.
    """
    if whole is None or without is None:
        return False
    offered, compared = sizes
    tables = tables_that_fit(offered, compared, whole)
    possible, left = set(), set()
    for have in range(few + 1):
        rest = tables[:, 0] - have
        can_be = (rest >= 0) & (rest <= offered - few)
        effect = rest / (offered - few) - tables[:, 1] / compared
        possible |= {have} if can_be.any() else set()
        left |= {have} if (can_be & fits(without, effect)).any() else set()
    return len(possible) > 1 and left == {truth}


def split_by_trait(
    sizes: tuple[int, int],
    own: tuple[int, int],
    whole: Printed | None,
    adjusted: Printed | None,
    truth: tuple[int, int, int, int],
) -> int:
    """How many small counts of a trait's two groups are solved from an effect and the adjusted one.

    Parameters
    ----------
    sizes, own
        Clients of both arms, and those of them with the trait.
    whole, adjusted
        What is printed of both effects.
    truth
        Who is in work: all of each arm, and those with the trait.
    """
    if whole is None or adjusted is None:
        return 0
    rest = (sizes[0] - own[0], sizes[1] - own[1])
    weights = [m * n / max(m + n, 1) for m, n in (own, rest)]
    if min(*own, *rest) == 0:
        return 0
    sides: list[set[int]] = [set(), set(), set(), set()]
    before: list[set[int]] = [set(), set(), set(), set()]
    have, other = np.meshgrid(np.arange(own[0] + 1), np.arange(own[1] + 1))
    for first, second in tables_that_fit(*sizes, whole):
        one, two = first - have, second - other
        can_be = (one >= 0) & (one <= rest[0]) & (two >= 0) & (two <= rest[1])
        effect = weights[0] * (have / own[0] - other / own[1])
        effect = (effect + weights[1] * (one / rest[0] - two / rest[1])) / sum(weights)
        fit = can_be & fits(adjusted, effect)
        for k, side in enumerate((have, one, other, two)):
            sides[k] |= set(side[fit].tolist())
            before[k] |= set(side[can_be].tolist())
    counts = (truth[2], truth[0] - truth[2], truth[3], truth[1] - truth[3])
    return sum(
        0 < count < 5 and count in found and len(found) < min(5, len(known))
        for count, found, known in zip(counts, sides, before, strict=True)
    )


def few_unknown(
    sizes: tuple[tuple[int, int], ...], few: int, told: tuple[Printed | None, ...], truth: int
) -> bool:
    """Whether the outcome of a few offered of unknown trait is solved: all less both groups.

    Parameters
    ----------
    sizes
        Clients of both arms: all, those with the trait, those without it.
    few
        Of how many of the offered it is not known.
    told
        What is printed of the three effects.
    truth
        How many of these few are in work.
    """
    if None in told:
        return False
    whole, own, others = (
        {tuple(table) for table in tables_that_fit(*arms, one).tolist()}
        for arms, one in zip(sizes, told, strict=True)
    )
    if len(whole) * len(own) > 300_000:
        return False
    left = {
        rest
        for first, second in whole
        for have, other in own
        for rest in range(few + 1)
        if (first - have - rest, second - other) in others
    }
    return left == {truth}


def printed_clients(found: Any) -> list[float | None]:
    """How many clients each answer of the table rests on, as printed; None where it is bounded."""
    table = next(document_of(found, "en", with_figures=False).tables())
    keys = [column.key for column in table.columns]
    return [row.cells[keys.index("clients")].value for row in table.rows()]


def clients_told(found: Any) -> dict[str, int]:
    """The number of clients beside each answer and contrast, by its name, also where it says "at most"."""
    table = next(document_of(found, "en", with_figures=False).tables())
    place = [column.key for column in table.columns].index("clients")
    names = []
    for answer in found.findings:
        names.append(answer.strategy.name)
        names += [f"{answer.strategy.name} less the others"] if answer.contrast else []
    cells = [re.sub("[^0-9]", "", row.cells[place].text) for row in table.rows()]
    return {name: int(cell) for name, cell in zip(names, cells, strict=True) if cell}


def left_out_of(whole: int | None, parts: Sequence[int | None], truth: int) -> bool:
    """Whether a small count follows from how many clients a whole has and its parts have."""
    if whole is None or None in parts:
        return False
    return 0 < truth < 5 and whole - sum(part for part in parts if part is not None) == truth


def told_of_three(
    sizes: tuple[int, int, int], told: Sequence[Printed | None], truth: tuple[int, int, int]
) -> int:
    """How many small counts of three arms are solved from the effects of all three pairs together.

    Parameters
    ----------
    sizes
        Clients of the arms.
    told
        What is printed of the first against the third, the second against the third, and the first against the second.
    truth
        Who is in work in each.
    """
    fits = []
    for (one, other), printed in zip(((0, 2), (1, 2), (0, 1)), told, strict=True):
        fit = np.zeros((sizes[one] + 1, sizes[other] + 1), np.int64)
        tables = tables_that_fit(sizes[one], sizes[other], printed)
        fit[tables[:, 0], tables[:, 1]] = 1
        fits.append(fit)
    first, second, both = fits
    possible = first * (both @ second > 0)
    left = [possible.any(axis=1), (second * (both.T @ first > 0)).any(axis=1), possible.any(axis=0)]
    solved = 0
    for size, have, fit in zip(sizes, truth, left, strict=True):
        for count, candidates in ((have, fit), (size - have, fit[::-1])):
            solved += bool(0 < count < 5 and candidates[count] and candidates.sum() < 5)
    return solved


def counted_apart(first: Any, second: Any, least: int = 5) -> set[int]:
    """How few clients have come or gone between two releases: the counts that both pages tell.

    The same cells of both charts, and the largest number of clients beside an answer.
    """
    told = list(zip(first.chart.counts, second.chart.counts, strict=True))
    beside = [max(clients_told(one).values(), default=None) for one in (first, second)]
    told += [(beside[0], beside[1])]
    differ = {abs(one - other) for one, other in told if None not in (one, other)}
    return {count for count in differ if 0 < count < least}


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

    band_points = re.search(r'<defs>\s*<path id="[^"]+" d="([^"]+ z)" />', svg)
    down = re.search(r'<use [^>]*? y="([0-9.]+)" style="[^"]*fill-opacity', svg)
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
    # A mark on the axis, or a line across, and the number that stands at it.
    mark = (
        r'<use [^>]*? x="([0-9.]+)" y="[0-9.]+"[^>]*/>\s*</g>'
        if axis == "x"
        else r'<path d="M [0-9.]+ ([0-9.]+) L [^"]+"[^>]*/>\s*</g>\s*<g />'
    )
    ticks = re.findall(rf"{mark}[\s</g>]*<text [^>]*>(\u2212?[0-9.]+)</text>", svg)
    places = {float(says.replace("\u2212", "-")): float(at) for at, says in ticks}
    (first, start), (last, end) = min(places.items()), max(places.items())
    return lambda place: first + (place - start) * (last - first) / (end - start)
