"""Can the targets be met? Each target's results over many runs, against its bound."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.base.text import upper_first
from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import Verdict
from pilotsim.judge.words import CERTAIN, LIKELY
from pilotsim.language.catalogue import say
from pilotsim.output.figures.scale import Scale, draw_scale, scale_for
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    LINE,
    RED,
    SOFT,
    count_lines,
    halo,
    new_page,
    text_width,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.labels import (
    format_bound,
    format_chance,
    format_expected,
    format_expected_range,
    format_measured,
    label_of_question,
    word_of_verdict,
)

# The page from left to right in cm: labels, the scale, the chance, the verdict.
LABEL, LEFT, RIGHT, CHANCE, WORD = 5.6, 6.1, 11.6, 13.1, 13.35
ROW, HEAD, ABOVE, AXIS, KEY = 0.66, 0.1, 0.22, 0.75, 1.0
# How far words may stand out beyond the scale: a ceiling's chance is a dash far to the right.
BEYOND = 0.5


@dataclass(frozen=True)
class Block:
    """A target's readings on one scale, with the words and heights in which they are drawn."""

    head: str
    bound: str
    rows: tuple[tuple[Verdict, str], ...]

    @property
    def head_height(self) -> float:
        """How much room the target's words take, in cm."""
        return ABOVE + LINE * count_lines(self.head) + HEAD

    @property
    def height(self) -> float:
        """How much room the block takes, in cm."""
        return self.head_height + sum(row_height(label) for _, label in self.rows)


def row_height(label: str) -> float:
    """Return how much room a reading takes, in cm."""
    return max(ROW, LINE * count_lines(label) + 0.2)


def kinds_of(check: Check) -> list[str]:
    """Return the kinds of target that a check has, in the order activity, result, assignment."""
    found = {verdict.question.kind for verdict in check.verdicts}
    return [kind for kind in ("activity", "result", "assignment") if kind in found]


def plot_targets(
    check: Check, kind: str | None = None, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw each target's results over the runs, its bound, and the verdict.

    Parameters
    ----------
    check : Check
        What to show: its verdicts and values.
    kind : str, optional
        Only targets of this kind: `activity`, `result` or `assignment`.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    sections = _sections([v for v in check.verdicts if kind in (None, v.question.kind)], language)
    height = KEY + sum(AXIS + sum(block.height for block in blocks) for blocks in sections)
    page, _, top = new_page(ax, height, title(check, kind, language))
    _draw_key(page, top, language, anyway=check.flow.has_programme)
    top += KEY
    for number, blocks in enumerate(sections):
        _draw_section(page, top, blocks, check, language, first=number == 0)
        top += AXIS + sum(block.height for block in blocks)
    return page


def title(check: Check, kind: str | None = None, language: str = "nb") -> str:
    """Return in how many readings the targets are likely to be met."""
    grades = [one.grade for one in check.verdicts if kind in (None, one.question.kind)]
    if not grades:
        return say("no_targets", language)
    met = sum(grade.name in (LIKELY, CERTAIN) for grade in grades)
    number = len(grades)
    said = say("targets_title_none" if not met else "targets_title", language, met=met, all=number)
    return f"{say(kind, language)}: {said}" if kind else upper_first(said)


def _sections(verdicts: Sequence[Verdict], language: str) -> list[list[Block]]:
    """Return the targets with their readings, those on the same scale together."""
    by_target: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in verdicts:
        by_target.setdefault((verdict.question.target, verdict.question.bound.kind), []).append(
            verdict
        )
    sections: dict[tuple[str, str], list[Block]] = {}
    for (_, kind), own in by_target.items():
        measured = [
            verdict.question.measure.kind for verdict in own if verdict.question.measure is not None
        ]
        scale = (
            ""
            if kind in ("share", "duration", "rate")
            else measured[0]
            if measured
            else own[0].question.target
        )
        sections.setdefault((kind, scale), []).append(_block(own, language))
    return list(sections.values())


def _block(verdicts: Sequence[Verdict], language: str) -> Block:
    question = verdicts[0].question
    bounds = {format_bound(verdict.question, language) for verdict in verdicts}
    head = wrap(question.says.in_language(language), CHANCE - 0.4, weight="bold")
    rows = []
    for verdict in verdicts:
        reads = (
            verdict.question.reads.in_language(language)
            if verdict.question.reads
            else say("as_written", language)
        )
        own = f"{reads} ({format_bound(verdict.question, language)})" if len(bounds) > 1 else reads
        rows.append((verdict, wrap(own, LABEL)))
    return Block(head, bounds.pop() if len(bounds) == 1 else "", tuple(rows))


def _draw_section(
    page: Axes, top: float, blocks: list[Block], check: Check, language: str, *, first: bool
) -> None:
    """Draw targets that share a scale, with the scale below them."""
    verdicts = [verdict for block in blocks for verdict, _ in block.rows]
    scale = _scale(verdicts, check)
    bottom = top + sum(block.height for block in blocks)
    draw_scale(page, scale, top + blocks[0].head_height, bottom, language)
    if first:
        for x, key, side in ((CHANCE, "chance", "right"), (WORD, "verdict", "left")):
            write_lines(page, x, top - LINE, say(key, language), color=SOFT, ha=side)
    for block in blocks:
        page.plot([0, page.get_xlim()[1]], [top + 0.08] * 2, color="#BFBFBF", linewidth=0.6)
        # The lines of the scale make way for its words, also between letters.
        blank = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        write_lines(page, 0, top + ABOVE, block.head, weight="bold", bbox=blank)
        write_lines(page, WORD, top + ABOVE, block.bound, color=SOFT)
        top += block.head_height
        for verdict, label in block.rows:
            _draw_row(page, top, verdict, label, scale, check, language)
            top += row_height(label)


def _scale(verdicts: Sequence[Verdict], check: Check) -> Scale:
    """Return the scale on which all of these verdicts find room."""
    numbers = [n for v in verdicts for n in (v.low, v.high, v.question.bound.number)]
    numbers += [v.counterfactual for v in verdicts if not math.isnan(v.counterfactual)]
    numbers += [v.ceiling.number for v in verdicts if v.ceiling is not None]
    return scale_for(
        [n for n in numbers if not math.isnan(n)], verdicts[0].question.bound.kind, LEFT, RIGHT
    )


def _draw_row(
    page: Axes, top: float, verdict: Verdict, label: str, scale: Scale, check: Check, language: str
) -> None:
    """Draw one reading: its words, the bound, the runs, what happens anyway, and the verdict."""
    middle = top + row_height(label) / 2
    write(page, 0.25, middle, label)
    write(page, CHANCE, middle, format_chance(verdict, language), ha="right")
    write(page, WORD, middle, say(verdict.grade.key, language), weight="bold")
    _draw_bound(page, middle, verdict, scale)
    values = check.values.get(verdict.question.name, np.zeros(0))
    values = values[~np.isnan(values)]
    if len(values):
        ends = np.quantile(values, [0.05, 0.25, 0.75, 0.95])
        # The mark is the mean, as what is written of it.
        marks = [*ends[:2], values.mean(), *ends[2:]]
        _draw_runs(page, middle, [scale.at(float(number)) for number in marks])
    if not math.isnan(verdict.counterfactual):
        _draw_anyway(page, scale.at(verdict.counterfactual), middle + 0.2)
    if verdict.ceiling is not None:
        _draw_ceiling(page, middle, verdict, scale, language)


def _draw_bound(page: Axes, y: float, verdict: Verdict, scale: Scale) -> None:
    """Draw the bound, and the side on which it is met."""
    x, end = scale.at(verdict.question.bound.number), RIGHT if verdict.question.at_least else LEFT
    page.add_patch(
        Rectangle((min(x, end), y - 0.22), abs(end - x), 0.44, color=GREEN, alpha=0.15, linewidth=0)
    )
    page.plot(
        [x, x], [y - 0.28, y + 0.28], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=2
    )


def _draw_runs(page: Axes, y: float, places: Sequence[float]) -> None:
    """Draw where nine runs in ten lie, where half of them lie, and their mean."""
    low, quarter, mean, three_quarters, high = places
    page.plot([low, high], [y, y], color=BLUE, linewidth=1.6, solid_capstyle="butt", zorder=3)
    page.plot(
        [quarter, max(three_quarters, quarter + 0.04)],
        [y, y],
        color=BLUE,
        linewidth=6,
        solid_capstyle="butt",
        zorder=3,
    )
    page.plot(
        [mean],
        [y],
        marker="o",
        markersize=4.6,
        color="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        zorder=4,
    )


def _draw_anyway(page: Axes, x: float, y: float) -> None:
    page.plot(
        [x],
        [y],
        marker="D",
        markersize=3.8,
        color="white",
        markeredgecolor=INK,
        markeredgewidth=0.9,
        zorder=4,
    )


def _draw_ceiling(page: Axes, y: float, verdict: Verdict, scale: Scale, language: str) -> None:
    """Mark the best that arithmetic allows, and write it beside the mark."""
    assert verdict.ceiling is not None
    x, number = (
        scale.at(verdict.ceiling.number),
        format_measured(verdict.question, verdict.ceiling.number, language),
    )
    page.plot([x, x], [y - 0.26, y + 0.26], color=RED, linewidth=1.6, linestyle=(0, (1.5, 1)))
    inward = -1 if verdict.question.at_least else 1
    text = f"{say('ceiling', language).lower()} {number}"
    bound = scale.at(verdict.question.bound.number)
    inward = _side_of_words(x, text_width(text) + 0.15, bound, inward)
    write(
        page,
        x + 0.12 * inward,
        y,
        text,
        color=RED,
        ha="left" if inward > 0 else "right",
        path_effects=halo(),
    )


def _side_of_words(x: float, width: float, bound: float, inward: int) -> int:
    """Return on which side of a mark its words stand: where there is room, and no bound is hidden.

    A mark at the bound itself hides it on neither side.
    """

    def hides(side: int) -> bool:
        return 0 < (bound - x) * side < width

    def fits(side: int) -> bool:
        return width < (x - LEFT if side < 0 else RIGHT + BEYOND - x)

    if fits(-inward) and (hides(inward) or not fits(inward)):
        return -inward
    return inward if fits(inward) else -inward


def _draw_key(page: Axes, top: float, language: str, *, anyway: bool) -> None:
    """Draw what each mark stands for, in one line."""
    y, x = top + 0.25, 0.0
    _draw_runs(page, y, [x, x + 0.35, x + 0.55, x + 0.75, x + 1.1])
    x = _explain(page, x + 1.25, y, say("key_runs", language))
    page.add_patch(Rectangle((x, y - 0.15), 0.55, 0.3, color=GREEN, alpha=0.15, linewidth=0))
    page.plot([x, x], [y - 0.18, y + 0.18], color=INK, linewidth=1.6, solid_capstyle="butt")
    x = _explain(page, x + 0.7, y, say("key_bound", language))
    if anyway:
        _draw_anyway(page, x + 0.1, y)
        _explain(page, x + 0.35, y, say("without_pilot", language))


def _explain(page: Axes, x: float, y: float, text: str) -> float:
    """Write what a mark stands for; return where the next may begin."""
    write(page, x, y, text, color=SOFT)
    return x + text_width(text) + 0.4


def alt_text(check: Check, kind: str | None = None, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    parts = [say("targets_intro", language, runs=check.replications)]
    parts += [
        _in_words(check, verdict, language)
        for verdict in check.verdicts
        if kind in (None, verdict.question.kind)
    ]
    return " ".join(parts)


def _in_words(check: Check, verdict: Verdict, language: str) -> str:
    question = verdict.question
    shown = {
        "label": label_of_question(question, language),
        "bound": format_bound(question, language),
    }
    shown |= {
        "word": word_of_verdict(verdict, language),
        "chance": format_chance(verdict, language),
    }
    if verdict.by_arithmetic and verdict.ceiling is not None:
        return say(
            "targets_alt_sum",
            language,
            ceiling=format_measured(question, verdict.ceiling.number, language),
            **shown,
        )
    shown |= {
        "expected": format_expected(verdict, language),
        "range": format_expected_range(verdict, language),
    }
    if math.isnan(verdict.counterfactual):
        return say("targets_alt", language, **shown)
    anyway = format_measured(question, verdict.counterfactual, language, half=verdict.half)
    return say("targets_alt_anyway", language, anyway=anyway, **shown)
