"""What does a result hang on?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.base.statistics import Interval
from pilotsim.experiments.findings.records import (
    Findings,
    SensitivityResult,
    VarianceSplit,
)
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_measure, format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    SOFT,
    new_page,
    text_width,
    write,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.findings import (
    hang_in_words,
    measure_of,
    scenario_of,
    short_name_of,
    show_change,
    show_change_short,
    show_index,
    show_share,
    spread_in_words,
)

LAYOUT = RowLayout(label=5.9, left=6.3, right=13.6, row=0.66)
AXIS, KEY = 1.0, 0.6
MAX_FACTORS_SHOWN = 12


def plot_sensitivity(
    findings: Findings,
    hangs: SensitivityResult,
    *,
    most: int = MAX_FACTORS_SHOWN,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw a response's indices, shares or effects, with the strongest factors first.

    Parameters
    ----------
    findings : Findings
        To which they belong.
    hangs : SensitivityResult
        One of its `hangs`.
    most : int
        How many factors to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    rows = _rows(findings, hangs, language)[:most]
    charted = [LAYOUT.row_of(row, row.label) for row in rows]
    height = height_of(charted)
    page, _, top = new_page(
        ax, KEY + height + AXIS, title(findings, hangs, language), note(findings, hangs, language)
    )
    _draw_key(page, top + 0.2, hangs, language)
    top += KEY
    bottom = top + height
    scale = _scale(rows, findings, hangs)
    kind = findings.responses[hangs.response].kind
    draw_scale(page, scale, top, bottom, language, lambda tick: _tick(hangs, kind, tick, language))
    if hangs.distribution is not None:
        limit = scale.at(hangs.distribution.limit)
        page.plot([limit, limit], [top, bottom], color=INK, linewidth=1.0, linestyle=(0, (4, 3)))
    for row, middle in middles_of(charted, top):
        write_label(page, row, middle)
        _draw_row(page, middle, scale, row.item)
        write(page, LAYOUT.right + 0.3, middle, row.item.shown, weight="bold")
    return page


def is_drawn(findings: Findings, hangs: SensitivityResult, language: str = "nb") -> bool:
    """Tell whether there is something to draw; where there is not, a sentence says so."""
    if hangs.distribution is not None:
        return any(one.is_clear for one in hangs.distribution.factors)
    return bool(hang_in_words(findings, hangs, language))


def title(findings: Findings, hangs: SensitivityResult, language: str = "nb") -> str:
    """Return what a response hangs on most; in which scenario, where there are several."""
    rows = _rows(findings, hangs, language)
    parts = {"response": short_name_of(findings, hangs.response, language)}
    if not rows:
        return fit_title("sensitivity_title_none", language, ("response",), **parts)
    key, key_in = TITLES.get(hangs.method, ("sensitivity_title", "sensitivity_title_in"))
    parts |= {"factor": rows[0].label, "shown": rows[0].shown_in_full}
    if hangs.distribution is not None:
        parts["measure"] = measure_of(hangs, language)
    if len(findings.scenarios) == 1:
        return fit_title(key, language, parts, **parts)
    parts["scenario"] = scenario_of(findings, hangs.scenario, language)
    return fit_title(key_in, language, ("response", "factor", "scenario"), **parts)


TITLES = {
    "elementary_effects": ("effects_title", "effects_title_in"),
    **dict.fromkeys(("delta", "pawn"), ("distribution_title", "distribution_title_in")),
}


def note(findings: Findings, hangs: SensitivityResult, language: str) -> str:
    """Return how to read the figure, and how much is chance."""
    if hangs.effects is not None:
        is_share = findings.responses[hangs.response].kind == "share"
        return say("effects_note_points" if is_share else "effects_note", language)
    if hangs.distribution is not None:
        found = hangs.distribution
        points = format_number(found.points, language, 0)
        how = say("delta_note" if found.method == "delta" else "pawn_note", language, points=points)
        if math.isnan(found.chance):
            return f"{how} {say('distribution_once', language)}"
        share = show_share(found.chance, language)
        return f"{how} {say('distribution_chance', language, share=share)}"
    own = hangs.shapley or hangs.indices
    assert own is not None
    spread = VarianceSplit(hangs.response, hangs.scenario, own.spread)
    how = say("indices_note" if hangs.shapley is None else "shapley_note", language)
    return f"{how} {spread_in_words(findings, spread, language)}"


@dataclass(frozen=True)
class _Row:
    """A factor: what it does in all and alone, each with its interval, and in words."""

    label: str
    whole: Interval
    alone: Interval
    shown: str
    shown_in_full: str
    is_clear: bool = True


def _rows(findings: Findings, hangs: SensitivityResult, language: str) -> list[_Row]:
    """Return each factor with its numbers, the strongest first."""
    asked = findings.responses[hangs.response]
    if hangs.shapley is not None:
        shares = [one for one in hangs.shapley.ranked() if not math.isnan(one.share)]
        return [
            _row_of_one(
                findings,
                one.factor,
                (one.share, one.low, one.high),
                show_share(max(0.0, one.share), language),
                language,
            )
            for one in shares
        ]
    if hangs.distribution is not None:
        indices = [one for one in hangs.distribution.ranked() if not math.isnan(one.index)]
        return [
            _row_of_one(
                findings,
                one.factor,
                (one.index, one.low, one.high),
                show_index(one.index, language),
                language,
                is_clear=one.is_clear,
            )
            for one in indices
        ]
    if hangs.indices is not None:
        found = []
        for index in hangs.indices.ranked():
            if not math.isnan(index.total):
                shown = show_share(max(0.0, index.total), language)
                found.append(
                    _Row(
                        findings.factors[index.factor].says.in_language(language),
                        Interval(index.total, index.total_low, index.total_high, 0),
                        Interval(index.first, index.first_low, index.first_high, 0),
                        shown,
                        shown,
                    )
                )
        return found
    assert hangs.effects is not None
    return [
        _Row(
            findings.factors[effect.factor].says.in_language(language),
            Interval(effect.size, effect.low, effect.high, 0),
            Interval(math.nan, math.nan, math.nan, 0),
            show_change_short(asked, effect.mean, language),
            show_change(asked, effect.mean, language),
        )
        for effect in hangs.effects.ranked()
        if not math.isnan(effect.size)
    ]


def _row_of_one(
    findings: Findings,
    factor: str,
    numbers: tuple[float, float, float],
    shown: str,
    language: str,
    *,
    is_clear: bool = True,
) -> _Row:
    """Return a factor with a single number and its ends."""
    label = findings.factors[factor].says.in_language(language)
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    return _Row(label, Interval(*numbers, 0), nothing, shown, shown, is_clear)


def _scale(rows: Sequence[_Row], findings: Findings, hangs: SensitivityResult) -> Scale:
    ends = [end for row in rows for one in (row.whole, row.alone) for end in (one.mean, one.high)]
    most = max([0.0, *(end for end in ends if not math.isnan(end))])
    if hangs.distribution is not None:
        return LAYOUT.scale_of(0.0, min(1.0, max(most, 1.2 * hangs.distribution.limit)), "number")
    if hangs.effects is None:
        # An estimate may lie above the whole; no share does, and the scale says so.
        return LAYOUT.scale_of(0.0, min(1.2, max(0.1, most)), "number")
    kind = findings.responses[hangs.response].kind
    return LAYOUT.scale_of(0.0, most, "real" if kind == "share" else kind)


def _tick(hangs: SensitivityResult, kind: str, tick: float, language: str) -> str:
    if hangs.distribution is not None:
        return format_number(tick, language)
    if hangs.effects is None:
        return format_level(tick, language)
    return (
        format_number(100 * tick, language)
        if kind == "share"
        else format_measure(tick, kind, language)
    )


def _draw_row(page: Axes, y: float, scale: Scale, row: _Row) -> None:
    """Draw two estimates with their intervals, neither of which is a part of the other's mark."""
    is_alone = not math.isnan(row.alone.mean)
    _draw_estimate(page, y - 0.11 * is_alone, scale, row.whole, filled=True, is_clear=row.is_clear)
    if is_alone:
        _draw_estimate(page, y + 0.13, scale, row.alone, filled=False)


def _draw_estimate(
    page: Axes, y: float, scale: Scale, one: Interval, *, filled: bool, is_clear: bool = True
) -> None:
    ends = [scale.at(max(0.0, end)) for end in (one.low, one.high)]
    page.plot(ends, [y, y], color=BLUE if filled else INK, linewidth=1.3, solid_capstyle="butt")
    page.plot(
        [scale.at(max(0.0, one.mean))],
        [y],
        marker="o" if filled else "D",
        markersize=5.5 if filled else 4,
        color=BLUE if filled and is_clear else "white",
        markeredgecolor=BLUE if filled else INK,
        zorder=3,
    )


def _draw_key(page: Axes, y: float, hangs: SensitivityResult, language: str) -> None:
    x = 0.1
    keys = {
        "sobol": [("indices_key_whole", "o", True), ("indices_key_alone", "D", False)],
        "elementary_effects": [("effects_key", "o", True)],
        "shapley": [("shapley_key", "o", True)],
    }
    moved = [("distribution_key_clear", "o", True), ("distribution_key_unclear", "o", False)]
    for key, marker, filled in keys.get(hangs.method, moved):
        page.plot(
            [x],
            [y],
            marker=marker,
            markersize=5.5 if marker == "o" else 4,
            color=BLUE if filled else "white",
            markeredgecolor=BLUE if marker == "o" else INK,
        )
        text = say(key, language)
        write(page, x + 0.25, y, text, color=SOFT)
        x += 0.25 + text_width(text) + 0.5


def alt_text(findings: Findings, hangs: SensitivityResult, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    return f"{note(findings, hangs, language)} {hang_in_words(findings, hangs, language)}".strip()
