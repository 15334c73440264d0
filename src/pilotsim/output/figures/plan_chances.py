"""Which of two plans makes each target likelier, and how surely?"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from pilotsim.base.text import upper_first
from pilotsim.judge.comparison import ComparedVerdict, PlanComparison
from pilotsim.judge.kept_checks import KeptComparison
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_change_range
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale, scale_for
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    INK,
    LINE,
    SOFT,
    count_lines,
    new_page,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.labels import format_chance, label_of_question

__all__ = ["alt_text", "judged_by_runs", "note", "plot_plan_chances", "title"]

LAYOUT = RowLayout(label=5.4, left=6.0, right=11.9, row=0.82)
# Where the words to the right of a row end, in cm.
TEXT = 15.7
AXIS, BETWEEN = 0.75, 0.19
PALE = "#8FA6B8"
BOLD = "bold"


def judged_by_runs(found: PlanComparison | KeptComparison) -> list[ComparedVerdict]:
    """Return what there are chances of: arithmetic alone judges the rest."""
    return [one for one in found.verdicts if one.first.replications and one.second.replications]


def _drawn(found: PlanComparison | KeptComparison) -> list[ComparedVerdict]:
    """Return those whose chance differs; all where none does."""
    judged = judged_by_runs(found)
    return [one for one in judged if one.first.probability != one.second.probability] or judged


def _blocks(
    found: PlanComparison | KeptComparison, language: str
) -> list[tuple[str, list[ChartRow[ComparedVerdict]]]]:
    """Return the rows of each target, below its words where it has several."""
    by_target: dict[str, list[ComparedVerdict]] = {}
    for one in _drawn(found):
        by_target.setdefault(one.question.target, []).append(one)
    blocks = []
    for own in by_target.values():
        is_one = len(own) == 1
        head = "" if is_one else wrap(own[0].question.says.in_language(language), TEXT, weight=BOLD)
        labels = [
            label_of_question(one.question, language)
            if is_one or one.question.reads is None
            else upper_first(one.question.reads.in_language(language))
            for one in own
        ]
        rows = [
            LAYOUT.row_of(one, label, min_lines=2) for one, label in zip(own, labels, strict=True)
        ]
        blocks.append((head, rows))
    return blocks


def _head_height(head: str) -> float:
    return LINE * count_lines(head) + 0.2 if head else 0.0


def plot_plan_chances(
    found: PlanComparison | KeptComparison, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw the chance of meeting each target under two plans.

    Parameters
    ----------
    found : PlanComparison or KeptComparison
        What to show: its verdicts.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    blocks = _blocks(found, language)
    height = sum(_head_height(head) + height_of(rows) for head, rows in blocks)
    page, _, top = new_page(ax, height + AXIS, title(found, language), note(found, language))
    scale = scale_for((0.0, 1.0), "share", LAYOUT.left, LAYOUT.right)
    bottom = top + height
    for head, rows in blocks:
        if head:
            write_lines(page, 0, top + 0.1, head, weight=BOLD)
            top += _head_height(head)
        end = top + height_of(rows)
        _draw_lines(page, scale, top, end)
        for row, middle in middles_of(rows, top):
            write_label(page, row, middle)
            _draw_row(page, middle, row, scale, language)
        top = end
    draw_scale(page, scale, bottom, bottom, language)
    return page


def _draw_lines(page: Axes, scale: Scale, top: float, bottom: float) -> None:
    """Draw the lines of the scale beside some rows; the words of a target stand between."""
    for tick in scale.ticks:
        x = scale.at(tick)
        page.plot([x, x], [top, bottom], color=FAINT, linewidth=0.7, zorder=0)


def _draw_row(
    page: Axes, y: float, row: ChartRow[ComparedVerdict], scale: Scale, language: str
) -> None:
    """Draw both chances with what lies between them, and write them with their difference."""
    one = row.item
    places = [scale.at(one.first.probability), scale.at(one.second.probability)]
    is_clear = _is_clear(one)
    colour = BLUE if is_clear else PALE
    page.plot(places, [y, y], color=colour, linewidth=1.8 if is_clear else 1.0, zorder=1)
    for place, fill, size, order in ((places[0], "white", 6.0, 2), (places[1], colour, 4.6, 3)):
        page.plot(
            [place],
            [y],
            marker="o",
            markersize=size,
            color=colour,
            markerfacecolor=fill,
            markeredgewidth=1.3,
            zorder=order,
        )
    ink, weight = (INK, BOLD) if is_clear else (SOFT, "normal")
    write(page, TEXT, y - BETWEEN, _sides(one, language), ha="right", color=ink, weight=weight)
    write(page, TEXT, y + BETWEEN, _change(one, language), color=SOFT, ha="right")


def _sides(one: ComparedVerdict, language: str) -> str:
    first, second = (format_chance(side, language) for side in (one.first, one.second))
    return f"{first} → {second}"


def _change(one: ComparedVerdict, language: str) -> str:
    """Return how many percentage points likelier the second makes it, with an interval if known."""
    chance = one.chance
    if not chance.n:
        between = one.second.probability - one.first.probability
        return format_change(between, "share", language, with_unit=False)
    half = chance.half_width
    change = format_change(chance.mean, "share", language, with_unit=False, half=half)
    if chance.low == chance.high:
        return change
    return (
        f"{change} ({format_change_range(chance.low, chance.high, 'share', language, half=half)})"
    )


def _is_clear(one: ComparedVerdict) -> bool:
    """Whether chance cannot explain that one plan makes it likelier."""
    if one.chance.n:
        return one.chance.is_clear
    (low, high), (other_low, other_high) = one.first.interval, one.second.interval
    return other_low > high or low > other_high


def _count(found: PlanComparison | KeptComparison) -> tuple[int, int, int]:
    """Return how many verdicts are clearly likelier, clearly less likely, and shown."""
    shown = judged_by_runs(found)
    clear = [one.second.probability - one.first.probability for one in shown if _is_clear(one)]
    return sum(one > 0 for one in clear), sum(one < 0 for one in clear), len(shown)


def _names(found: PlanComparison | KeptComparison, language: str) -> dict[str, str]:
    return {
        "first": found.first.name.in_language(language),
        "second": found.second.name.in_language(language),
    }


def title(found: PlanComparison | KeptComparison, language: str = "nb") -> str:
    """Return how many targets the second plan clearly makes likelier, and how many less likely."""
    better, worse, count = _count(found)
    key = "plan_chances_title" if better or worse else "plan_chances_title_none"
    return fit_title(
        key,
        language,
        ("second",),
        better=better,
        worse=worse,
        all=count,
        second=found.second.name.in_language(language),
    )


def note(found: PlanComparison | KeptComparison, language: str = "nb") -> str:
    """Return how to read the figure."""
    said = say("plan_chances_note", language, **_names(found, language))
    alike = len(judged_by_runs(found)) - len(_drawn(found))
    return f"{said} {say('plan_chances_alike', language, count=alike)}" if alike else said


def alt_text(found: PlanComparison | KeptComparison, language: str = "nb") -> str:
    """Return what the figure shows, in words with its numbers."""
    return " ".join([note(found, language), *_sentences(_drawn(found), language)])


def _sentences(shown: Sequence[ComparedVerdict], language: str) -> list[str]:
    return [
        f"{label_of_question(one.question, language).rstrip('.')}: {_sides(one, language)}, "
        f"{_change(one, language)}."
        for one in shown
    ]
