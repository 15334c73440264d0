"""What moves a result: each assumption at the ends of its range, each capacity lifted."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.base.statistics import Interval
from pilotsim.base.text import inside, upper_first
from pilotsim.judge.check import Check
from pilotsim.judge.one_way_sensitivity import OneWayChange
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_number, join, name_of_currency
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.runs import of_runs
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    LINE,
    ORANGE,
    SOFT,
    count_lines,
    halo,
    new_page,
    text_width,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.labels import (
    ends_to_show,
    format_bound,
    format_driver_change,
    format_expected,
    format_moved_range,
    is_reduction,
    label_of_driver,
    label_of_question,
    number_of_driver,
    short_number_of_driver,
    written_of_driver,
)

MAX_CHANGES = 12
NAMED = 4  # of what may be chance
LAYOUT = RowLayout(label=5.6, left=6.9, right=14.6, row=0.8)
AXIS, KEY = 1.1, 1.1
FOOT = 15.5  # how wide the words below are, in cm


# One thing that was changed, in one or two ways.
TornadoRow = ChartRow[tuple[OneWayChange, ...]]


def rows_of(
    check: Check, question: TargetReading, language: str, most: int = MAX_CHANGES
) -> list[TornadoRow]:
    """Return what moves a question's measure most, the strongest first.

    An assumption's two ends make one row. That of which either end may be chance is left out.
    """
    moving, _ = _moving(check, question)
    rows: list[list[list[OneWayChange]]] = []
    for own in moving:
        alike = next((row for row in rows if _is_same(check, row[0], own, question)), None)
        if alike is None:
            rows.append([own])
        else:
            alike.append(own)
    return [_row(check, own[0], [one[0] for one in own], language) for own in rows[:most]]


def _moving(
    check: Check, question: TargetReading
) -> tuple[list[list[OneWayChange]], list[list[OneWayChange]]]:
    """Return what surely moves a question's measure, and what may do so by chance."""
    found: dict[tuple[str, bool], list[OneWayChange]] = {}
    for driver in check.drivers_of(question):
        found.setdefault((driver.name, driver.kind == "unlimited"), []).append(driver)
    name = question.name
    own = [one for one in found.values() if any(driver.value[name].mean for driver in one)]
    clear = [one for one in own if any(driver.is_clear(name) for driver in one)]
    return clear, [one for one in own if one not in clear]


def _within_error(check: Check, question: TargetReading, language: str) -> str:
    """Return what else was changed, and did no more than chance may do; empty for nothing."""
    _, unclear = _moving(check, question)
    names = [inside(label_of_driver(check.flow, own[0], language)) for own in unclear]
    if len(names) > NAMED + 1:
        rest = say("tornado_more", language, count=format_number(len(names) - NAMED, language, 0))
        names = [*names[:NAMED], rest]
    return say("tornado_within", language, names=join(names, language)) if names else ""


def _is_same(
    check: Check,
    one: Sequence[OneWayChange],
    other: Sequence[OneWayChange],
    question: TargetReading,
) -> bool:
    """Tell whether two are one capacity: some stage takes either, and lifting either does the same.

    Where a stage takes any of several, one without a limit serves for all of them.
    """
    if one[0].kind != "unlimited" or other[0].kind != "unlimited":
        return False
    names = {one[0].name, other[0].name}
    found = [own[0].value[question.name] for own in (one, other)]
    first, second = ((change.mean, change.low, change.high) for change in found)
    return np.array_equal(first, second, equal_nan=True) and any(
        names <= {name for needs in stage.one_of or () for name in needs}
        for stage in check.flow.stages.values()
    )


def _row(
    check: Check, drivers: list[OneWayChange], alike: list[OneWayChange], language: str
) -> TornadoRow:
    first = drivers[0]
    label = label_of_driver(check.flow, first, language)
    note = say("key_unlimited", language)
    if len(alike) > 1:
        names = [inside(label_of_driver(check.flow, one, language)) for one in alike]
        label = say("tornado_pooled", language, names=upper_first(join(names, language)))
    if first.kind != "unlimited":
        note = written_of_driver(check.flow, first, language)
    low_first = tuple(sorted(drivers, key=lambda driver: driver.kind != "low"))
    return LAYOUT.row_of(low_first, label, note=note)


# Of each change that is drawn, which are fewer than the check's.
@of_runs(lambda check: int(check.what_if_replications))
def plot_drivers(
    check: Check,
    question: str,
    *,
    most: int = MAX_CHANGES,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw what moves a target's measure most: the tornado of its assumptions and capacities.

    Parameters
    ----------
    check : Check
        What to show: its drivers.
    question : str
        The name of a question with a measure, such as `work.attenders`.
    most : int
        How many things that move it to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    verdict = check.verdict_of(question)
    rows = rows_of(check, verdict.question, language, most)
    note = _note(check, verdict, language)
    if any(not one.is_clear(question) for row in rows for one in row.item):
        note = f"{note} {say('tornado_pale', language)}"
    below = _within_error(check, verdict.question, language)
    if not rows:
        below = below or say("tornado_nothing", language)
    foot = wrap(below, FOOT) if below else ""
    foot_height = LINE * count_lines(foot) if foot else 0.0
    height = (KEY + height_of(rows) + AXIS if rows else 0.0) + foot_height
    page, _, top = new_page(ax, height, title(check, question, language, most=most), note)
    if not rows:
        write_lines(page, 0, top, foot)
        return page
    _draw_key(page, top + 0.2, rows, language)
    top += KEY
    scale, bottom = _scale(rows, verdict), top + height_of(rows)
    draw_scale(
        page, scale, top, bottom, language, lambda tick: _tick(tick, verdict.question, language)
    )
    write(
        page,
        LAYOUT.middle,
        bottom + 0.72,
        _unit(verdict.question, check, language),
        color=SOFT,
        ha="center",
    )
    bound = _draw_bound(page, top, bottom, scale, verdict, language)
    for row, middle in middles_of(rows, top):
        write_label(page, row, middle)
        _draw_row(page, middle, row, scale, check, verdict.question, bound, language)
    if foot:
        write_lines(page, 0, bottom + AXIS, foot, color=SOFT)
    return page


def title(check: Check, question: str, language: str = "nb", *, most: int = MAX_CHANGES) -> str:
    """Return what moves a target's measure most, and how far."""
    asked = check.verdict_of(question).question
    rows = rows_of(check, asked, language, most)
    target = inside(asked.reads.in_language(language)) if asked.reads else ""
    target = target or asked.says.in_language(language)
    if not rows:
        key = "tornado_title_unclear" if _moving(check, asked)[1] else "tornado_title_none"
        return fit_title(key, language, ("target",), target=target)
    first = rows[0]
    changes = [driver.value[asked.name].mean for driver in first.item]
    kind = asked.bound.kind
    ends = sorted(changes)
    change = format_driver_change(first.item[0], asked, language)
    if len(changes) > 1 and not any(asked.name in one.bounded for one in first.item):
        half = max(driver.value[asked.name].half_width for driver in first.item)
        if is_reduction(asked):
            change = format_moved_range(asked, ends[0], ends[-1], language, half=half)
        else:
            low = format_change(ends[0], kind, language, half=half, with_unit=False)
            high = format_change(ends[-1], kind, language, half=half)
            change = say("change_between", language, low=low, high=high)
    what = label_of_driver(check.flow, first.item[0], language)
    is_capacity = first.item[0].kind == "unlimited"
    key = "tornado_title_capacity" if is_capacity else "tornado_title"
    return fit_title(key, language, ("what", "target"), what=what, target=target, change=change)


def _needed(verdict: Verdict) -> float:
    """Return how far the bound lies from what is expected; positive where more is needed.

    NaN where of what is expected only the least is known: so is the distance.
    """
    if verdict.rests_on.bounded:
        return math.nan
    return verdict.question.bound.number - verdict.expected


def _note(check: Check, verdict: Verdict, language: str) -> str:
    question, kind, needed = verdict.question, verdict.question.bound.kind, _needed(verdict)
    shown = {
        "label": label_of_question(question, language).rstrip("."),
        "expected": format_expected(verdict, language),
        "bound": format_bound(question, language),
        "runs": format_number(check.what_if_replications, language, 0),
    }
    if math.isnan(needed):
        return say("tornado_note", language, **shown)
    is_met = needed <= 0 if question.at_least else needed >= 0
    change = format_change(abs(needed), kind, language, half=verdict.half).lstrip("+")
    key = "tornado_note_spare" if is_met else "tornado_note_missing"
    return say(key, language, change=change, **shown)


def _scale(rows: Sequence[TornadoRow], verdict: Verdict) -> Scale:
    """Return a scale with room for all changes, and for the bound unless it is far beyond them."""
    changes = [driver.value[verdict.question.name] for row in rows for driver in row.item]
    ends = [
        end
        for change in changes
        for end in (change.mean, change.low, change.high)
        if not math.isnan(end)
    ]
    low, high = min(0.0, *ends), max(0.0, *ends)
    needed = _needed(verdict)
    if not math.isnan(needed) and abs(needed) <= 2.2 * max(high, -low):
        low, high = min(low, needed), max(high, needed)
    return LAYOUT.scale_of(low, high, verdict.question.bound.kind)


def _tick(tick: float, question: TargetReading, language: str) -> str:
    """Return a tick's change without an idle decimal: `+5`, not `+5,0`."""
    digits = format_change(tick, question.bound.kind, language, with_unit=False)
    return re.sub(r"[.,]0$", "", digits)


def _unit(question: TargetReading, check: Check, language: str) -> str:
    """Return what the scale counts."""
    kind = question.bound.kind
    measure = question.measure.kind if question.measure else ""
    if kind in ("share", "duration"):
        return say("change_in_points" if kind == "share" else "change_in_days", language)
    if measure in ("count", "change_in", "mean_in"):
        return say("change_in_clients", language)
    if measure == "months_in":
        return say("change_in_months", language)
    return (
        f"{say('change', language)}, {name_of_currency(check.flow.currency, language)}"
        if measure == "cost"
        else say("change", language)
    )


def _draw_bound(
    page: Axes, top: float, bottom: float, scale: Scale, verdict: Verdict, language: str
) -> float:
    """Draw the bound and the side on which it is met; return its place, NaN if it is not there."""
    needed = _needed(verdict)
    if math.isnan(needed) or not scale.low <= needed <= scale.high:
        return math.nan
    x, end = (
        scale.at(needed),
        LAYOUT.right + 1.0 if verdict.question.at_least else LAYOUT.left - 1.0,
    )
    page.add_patch(
        Rectangle(
            (min(x, end), top),
            abs(end - x),
            bottom - top,
            color=GREEN,
            alpha=0.12,
            linewidth=0,
            zorder=0,
        )
    )
    page.plot([x, x], [top, bottom], color=INK, linewidth=1.6)
    write(page, x, top - 0.2, format_bound(verdict.question, language), weight="bold", ha="center")
    return x


def _draw_row(
    page: Axes,
    middle: float,
    row: TornadoRow,
    scale: Scale,
    check: Check,
    question: TargetReading,
    bound: float,
    language: str,
) -> None:
    """Draw what one assumption or capacity does at each of its ends."""
    for driver in row.item:
        change = driver.value[question.name]
        y = middle if len(row.item) == 1 else middle + (-0.16 if driver.kind == "low" else 0.16)
        _draw_change(page, y, change, scale, driver.kind, is_clear=driver.is_clear(question.name))
        if question.name in driver.bounded:
            _draw_open_end(page, y, change, scale)
        number = short_number_of_driver(check.flow, driver, language)
        if driver.kind != "unlimited" and number:
            _draw_end(page, y, change, scale, number, bound)


def _draw_change(
    page: Axes, y: float, change: Interval, scale: Scale, kind: str, *, is_clear: bool
) -> None:
    zero, x, alpha = scale.at(0.0), scale.at(change.mean), 1.0 if is_clear else 0.35
    if kind == "unlimited":
        page.plot([zero, x], [y, y], color=GREEN, linewidth=1.2, alpha=alpha)
        page.plot(
            [x],
            [y],
            marker="o",
            markersize=6,
            color="white",
            markeredgecolor=GREEN,
            markeredgewidth=1.6,
            alpha=alpha,
        )
    else:
        colour = ORANGE if kind == "low" else BLUE
        page.add_patch(
            Rectangle(
                (min(zero, x), y - 0.13),
                abs(x - zero),
                0.26,
                color=colour,
                alpha=alpha,
                linewidth=0,
            )
        )
    if not math.isnan(change.low):
        page.plot(
            [scale.at(change.low), scale.at(change.high)],
            [y, y],
            color=INK,
            linewidth=0.9,
            alpha=max(alpha, 0.5),
        )


def _draw_open_end(page: Axes, y: float, change: Interval, scale: Scale) -> None:
    """Draw an arrow where a change is at least so large and nobody knows how much larger."""
    x, step = scale.at(change.mean), -0.42 if change.mean < 0 else 0.42
    arrow = {"arrowstyle": "->", "color": INK, "linewidth": 1.0, "shrinkA": 5, "shrinkB": 0}
    page.annotate("", xy=(x + step, y), xytext=(x, y), arrowprops=arrow, annotation_clip=False)


def _draw_end(
    page: Axes, y: float, change: Interval, scale: Scale, text: str, bound: float
) -> None:
    """Write what the value was set to beyond the end of its bar, and beside the bound's line."""
    ends = [
        scale.at(end) for end in (0.0, change.mean, change.low, change.high) if not math.isnan(end)
    ]
    wide = text_width(text)
    side = -1 if change.mean < 0 else 1
    x = min(ends) - 0.08 if side < 0 else max(ends) + 0.08
    # The lines that a number could stand on: the bound, and where nothing changes.
    for line in (bound, scale.at(0.0)):
        low, high = (x - wide, x) if side < 0 else (x, x + wide)
        if low - 0.06 < line < high + 0.06 and side * (x - line) < 0.1 - 1e-9:
            x = line + 0.1 * side
    write(page, x, y, text, ha="right" if side < 0 else "left", path_effects=halo(), zorder=4)


def _draw_key(page: Axes, y: float, rows: Sequence[TornadoRow], language: str) -> None:
    """Draw what each mark that is there stands for, in one line."""
    kinds = {driver.kind for row in rows for driver in row.item}
    x = 0.0
    for colour, key in ((ORANGE, "low"), (BLUE, "high")):
        if key not in kinds:
            continue
        page.add_patch(Rectangle((x, y - 0.13), 0.5, 0.26, color=colour, linewidth=0))
        text = say(f"key_{key}", language)
        write(page, x + 0.62, y, text, color=SOFT)
        x += 0.62 + text_width(text) + 0.4
    if "unlimited" in kinds:
        page.plot(
            [x + 0.1],
            [y],
            marker="o",
            markersize=6,
            color="white",
            markeredgecolor=GREEN,
            markeredgewidth=1.6,
        )
        write(page, x + 0.35, y, say("key_unlimited", language), color=SOFT)


def alt_text(check: Check, question: str, language: str = "nb", *, most: int = MAX_CHANGES) -> str:
    """Return what the figure shows, in words with its main numbers."""
    verdict = check.verdict_of(question)
    parts = [_note(check, verdict, language)]
    for row in rows_of(check, verdict.question, language, most):
        parts += [_in_words(check, driver, verdict.question, language) for driver in row.item]
    within = _within_error(check, verdict.question, language)
    if len(parts) == 1 and not within:
        return " ".join([*parts, say("tornado_nothing", language)])
    return " ".join([*parts, within]).strip()


def _in_words(check: Check, driver: OneWayChange, question: TargetReading, language: str) -> str:
    change, kind = driver.value[question.name], question.bound.kind
    ends = ends_to_show(change)
    words = {
        "label": label_of_driver(check.flow, driver, language),
        "number": number_of_driver(check.flow, driver, language),
        "change": format_driver_change(driver, question, language),
    }
    if math.isnan(ends[0]):
        return say("tornado_alt_plain", language, **words)
    if is_reduction(question):
        span = format_moved_range(question, *ends, language, half=change.half_width)
        return say("tornado_alt_range", language, range=span, **words)
    low, high = (
        format_change(end, kind, language, with_unit=False, half=change.half_width) for end in ends
    )
    return say("tornado_alt", language, low=low, high=high, **words)
