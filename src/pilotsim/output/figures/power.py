"""How large must an effect be for each design to see it?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from pilotsim.base.text import inside
from pilotsim.evaluation.diagnosis import SIGNIFICANCE
from pilotsim.evaluation.ranking import MAX_FALSE, is_misleading, minimum_detectable_effect
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_level,
    format_number,
    format_points,
    format_probability,
)
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import BLUE, ORANGE, SOFT, new_page, text_width, write
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.evaluation import least_effect

# What a row shows of its curve: from a chance of one half to one of 19 in 20.
LEAST_POWER, MOST_POWER = 0.5, 0.95
LAYOUT = RowLayout(label=5.4, left=5.9, right=12.3, row=0.86)
HEAD, AXIS, KEY = 0.7, 1.15, 0.75
FALSE = 13.3  # where the share of false findings begins


def shown(tried: Sequence[DesignResult]) -> list[DesignResult]:
    """Return what can be drawn: a power that was estimated, by a method that does not mislead."""
    return [
        one
        for one in tried
        if one.detectable is not None and one.detectable.slope > 0 and not is_misleading(one)
    ]


def by_question(tried: Sequence[DesignResult]) -> list[list[DesignResult]]:
    """Return what can be drawn by what it answers, in the order in which that was first asked."""
    found: dict[str, list[DesignResult]] = {}
    for one in shown(tried):
        found.setdefault(one.strategy.estimand.name, []).append(one)
    return list(found.values())


def plot_power(
    tried: Sequence[DesignResult],
    *,
    questions: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    language: str = "nb",
    title: str | None = None,
) -> Axes:
    """Draw from which true effect on each design and answer strategy sees it.

    Parameters
    ----------
    tried : sequence of DesignResult
        One cell of an evaluation; those for which the least effect was sought are drawn, those
        that answer one inquiry together, the one that sees the least effect first.
    questions : mapping of str to str, optional
        What each inquiry asks, in words; its name, unless given.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    title : str, optional
        Instead of the usual one.
    """
    groups = [sorted(group, key=_size) for group in by_question(tried)]
    rows = [
        [LAYOUT.row_of(one, _name(one, language), min_lines=2) for one in own] for own in groups
    ]
    height = KEY + sum(HEAD + height_of(own) + AXIS for own in rows)
    page, _, top = new_page(
        ax,
        height,
        title or title_of(tried, language),
        say(
            "power_note",
            language,
            level=format_level(SIGNIFICANCE, language),
            most=format_level(MAX_FALSE, language),
        ),
    )
    _draw_key(page, top + 0.2, language)
    top += KEY
    for own in rows:
        name = own[0].item.strategy.estimand.name
        write(page, 0.0, top + HEAD / 2, (questions or {}).get(name, name), weight="bold")
        _draw(page, own, top + HEAD, language)
        top += HEAD + height_of(own) + AXIS
    return page


def title_of(tried: Sequence[DesignResult], language: str = "nb") -> str:
    """Return which design sees the least effect, of those that answer the first question."""
    groups = by_question(tried)
    first = sorted(groups[0], key=_size) if groups else []
    if not first or not math.isfinite(minimum_detectable_effect(first[0])):
        return say("power_title_none", language)
    parts = {
        "design": first[0].design.says.in_language(language),
        "size": least_effect(first[0], language),
        "truth": format_points(first[0].diagnosis.truth.value, language),
    }
    return fit_title("power_title", language, ("design",), **parts)


def _size(one: DesignResult) -> float:
    size = minimum_detectable_effect(one)
    return math.inf if math.isnan(size) else size


def _factor(one: DesignResult) -> float:
    """Return by what an effect is multiplied to be shown: shares in percentage points."""
    return 100.0 if one.strategy.estimand.is_share else 1.0


def _name(one: DesignResult, language: str) -> str:
    return f"{one.design.says.in_language(language)}: {inside(one.strategy.says_in(language))}"


def _draw(page: Axes, rows: Sequence[ChartRow[DesignResult]], top: float, language: str) -> None:
    """Draw those that answer one question, on a scale of their own."""
    drawn = [row.item for row in rows]
    factor = _factor(drawn[0])
    most = max((one.detectable.most for one in drawn if one.detectable), default=0.3)
    truth = drawn[0].diagnosis.truth.value
    scale = LAYOUT.scale_of(min(0.0, factor * truth), factor * max(most, truth), "real")
    bottom = top + height_of(rows)
    draw_scale(page, scale, top, bottom, language, lambda tick: format_number(tick, language))
    write(
        page,
        LAYOUT.middle,
        bottom + 0.68,
        say("true_effect_points" if factor > 1 else "truth", language),
        color=SOFT,
        ha="center",
    )
    expected = scale.at(factor * truth)
    page.plot([expected] * 2, [top, bottom], color=ORANGE, linewidth=2.4, zorder=1)
    for row, middle in middles_of(rows, top):
        write_label(page, row, middle)
        _draw_row(page, middle, scale, row.item, language)


def _draw_row(page: Axes, y: float, scale: Scale, one: DesignResult, language: str) -> None:
    """Draw from which effect on a design sees it: in half of the pilots, in most, in nearly all."""
    found = one.detectable
    assert found is not None
    factor = _factor(one)
    low, high = (factor * found.effect_at(power) for power in (LEAST_POWER, MOST_POWER))
    ends = [scale.at(max(0.0, low)), scale.at(min(high, factor * found.most))]
    page.plot(ends, [y, y], color=BLUE, linewidth=2.4, solid_capstyle="butt", zorder=2)
    if math.isfinite(found.size):
        page.plot(
            [scale.at(factor * found.size)], [y], marker="o", markersize=6, color=BLUE, zorder=3
        )
    else:
        # Beyond what was tried: how far, nobody knows.
        arrow = {"arrowstyle": "->", "color": BLUE, "linewidth": 1.6, "shrinkA": 0, "shrinkB": 0}
        page.annotate("", xy=(LAYOUT.right + 0.3, y), xytext=(ends[1], y), arrowprops=arrow)
    write(page, LAYOUT.right + 0.35, y, least_effect(one, language), weight="bold")
    said = format_probability(one.diagnosis.false_positives.value, language)
    write(page, FALSE + 0.3, y, say("power_false", language, share=said), color=SOFT)


def _draw_key(page: Axes, y: float, language: str) -> None:
    """Draw what each mark stands for, in one line."""
    page.plot([0.0, 1.0], [y, y], color=BLUE, linewidth=2.4, solid_capstyle="butt")
    page.plot([0.55], [y], marker="o", markersize=6, color=BLUE)
    text = say("power_key", language)
    write(page, 1.15, y, text, color=SOFT)
    x = 1.15 + text_width(text) + 0.5
    page.plot([x] * 2, [y - 0.18, y + 0.18], color=ORANGE, linewidth=2.4)
    write(page, x + 0.2, y, say("power_key_expected", language), color=SOFT)


def alt_text(tried: Sequence[DesignResult], language: str) -> str:
    """Return what the figure shows, in words: the least effect of each design."""
    parts = [
        say(
            "power_alt",
            language,
            design=one.design.says.in_language(language),
            answer=one.strategy.says_in(language),
            size=least_effect(one, language),
        )
        for one in shown(tried)
    ]
    return " ".join(parts)
