"""Does the model give what was published? Each figure beside the runs, as per cent of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.judge.scores import scores_of
from pilotsim.judge.validation import HIT, PublishedComparison, Validation
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_measure, format_range, format_value
from pilotsim.model.evidence import EVIDENCE, TEST
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    SOFT,
    new_page,
    text_width,
    write,
)

# The page from left to right in cm: labels, the published figure, the scale, the word.
LAYOUT = RowLayout(label=5.4, left=7.6, right=12.9, row=0.62)
PUBLISHED, WORD = 7.2, 13.2
AXIS, KEY, HEAD = 0.75, 1.0, 0.5
WIDEST = 2.0  # twice the published figure: what lies further out is drawn at the edge


def plot_validation(
    validation: Validation, *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw what the runs come to beside each published figure, in per cent of it.

    Parameters
    ----------
    validation : Validation
        What to show; a published figure of 0 has no per cent and is left to the table.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    # The word of what is no test has the class of evidence below it.
    rows = [
        LAYOUT.row_of(
            one,
            one.observed.says.in_language(language),
            min_lines=1 if one.evidence.kind is TEST else 2,
        )
        for one in shown_in(validation)
    ]
    height = KEY + HEAD + height_of(rows) + AXIS
    page, _, top = new_page(ax, height, title(validation, language))
    _draw_key(page, top, language)
    top += KEY + HEAD
    scale = Scale(0.0, WIDEST, LAYOUT.left, LAYOUT.right, "share", (0.0, 0.5, 1.0, 1.5, 2.0))
    draw_scale(page, scale, top, top + height_of(rows), language)
    write(
        page,
        LAYOUT.middle,
        top - 0.2,
        say("of_published", language),
        color=SOFT,
        ha="center",
    )
    write(page, PUBLISHED, top - 0.2, say("published", language), color=SOFT, ha="right")
    for row, middle in middles_of(rows, top):
        above = [middle - row.height / 2] * 2
        page.plot([0, page.get_xlim()[1]], above, color="#E0E0E0", linewidth=0.5, zorder=0)
        write_label(page, row, middle)
        _draw_row(page, middle, row.item, scale, language)
    return page


def title(validation: Validation, language: str = "nb") -> str:
    """Return how many of the published figures are hit, and how many of the true tests."""
    scores = scores_of([validation.comparisons])
    rows = [row for score in scores for row in score.rows]
    tests = [row for row in rows if row.evidence.kind is TEST]
    parts = {"all": len(rows), "hits": sum(row.match.name == HIT for row in rows)}
    if not tests:
        return say("validation_title_untested", language, **parts)
    hits = sum(row.match.name == HIT for row in tests)
    return say("validation_title", language, tests=len(tests), test_hits=hits, **parts)


def shown_in(validation: Validation) -> list[PublishedComparison]:
    """Return the comparisons that the figure has a place for, true tests first."""
    return [
        one
        for kind in EVIDENCE
        for one in validation.comparisons
        if one.evidence.kind is kind and _has_place(one)
    ]


def _has_place(one: PublishedComparison) -> bool:
    return bool(one.published.value.number) and not math.isnan(one.expected)


def _draw_row(page: Axes, y: float, one: PublishedComparison, scale: Scale, language: str) -> None:
    figure = one.published.value.number
    write(page, PUBLISHED, y, format_value(one.published.value, language), ha="right")
    least, most = sorted(_place(end, figure, scale) for end in one.published.interval)
    page.add_patch(
        Rectangle(
            (least, y - 0.2), max(most - least, 0.03), 0.4, color=GREEN, alpha=0.25, linewidth=0
        )
    )
    page.plot([scale.at(1)] * 2, [y - 0.24, y + 0.24], color=INK, linewidth=1.0, zorder=2)
    _draw_runs(
        page, y, [_place(number, figure, scale) for number in (one.low, one.expected, one.high)]
    )
    if one.naive is not None:
        place = _place(one.naive.number, figure, scale)
        page.plot([place], [y], marker="x", markersize=5, color=INK, zorder=5)
    is_test = one.evidence.kind is TEST
    word = say(one.match.key, language)
    if not is_test:
        word += f",\n{say(one.evidence.kind.key, language)}"
    write(page, WORD, y, word, weight="bold" if is_test else "normal", color=INK)


def _place(number: float, figure: float, scale: Scale) -> float:
    ratio = number / figure
    return scale.at(min(max(ratio, scale.low), scale.high))


def _draw_runs(page: Axes, y: float, places: Sequence[float]) -> None:
    low, mean, high = places
    page.plot([low, high], [y, y], color=BLUE, linewidth=1.6, solid_capstyle="butt", zorder=3)
    page.plot([mean], [y], marker="o", markersize=4, color=BLUE, zorder=4)


def _draw_key(page: Axes, top: float, language: str) -> None:
    y = top + 0.2
    _draw_runs(page, y, [0.0, 0.4, 0.8])
    text = say("key_validation", language)
    write(page, 0.95, y, text, color=SOFT)
    x = 0.95 + text_width(text) + 0.5
    page.add_patch(Rectangle((x, y - 0.15), 0.55, 0.3, color=GREEN, alpha=0.25, linewidth=0))
    page.plot([x + 0.27] * 2, [y - 0.18, y + 0.18], color=INK, linewidth=1.0)
    write(page, x + 0.7, y, say("key_tolerance", language), color=SOFT)
    page.plot([0.4], [y + 0.45], marker="x", markersize=5, color=INK)
    write(page, 0.95, y + 0.45, say("key_naive", language), color=SOFT)


def alt_text(validation: Validation, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    return " ".join(_in_words(one, language) for one in shown_in(validation))


def _in_words(one: PublishedComparison, language: str) -> str:
    kind = one.published.value.kind
    return say(
        "validation_alt",
        language,
        label=one.observed.says.in_language(language),
        published=format_value(one.published.value, language),
        expected=format_measure(one.expected, kind, language),
        range=format_range(one.low, one.high, kind, language),
        word=say(one.match.key, language),
    )
