"""What do figures from outside leave of each factor's range?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from pilotsim.experiments.findings.history_matching import RangePart, RemainingRange, RuledOut
from pilotsim.experiments.findings.records import Findings
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    LINE,
    SKY,
    SOFT,
    count_lines,
    new_page,
    text_width,
    wrap,
    write,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.findings import (
    factor_of,
    is_narrowed,
    narrowed_ranges,
    remaining_in_words,
    round_shown,
    ruled_out_in_words,
    scenario_of,
    show_factor,
    show_factor_range,
    show_share,
)

LAYOUT = RowLayout(label=4.6, left=5.0, right=12.0, row=1.35)
KEY = 0.7
# Of a row, in cm: the height of the bars, where they stand on the line of the range, and the room
# between what is left and the end of the page.
BARS, BASE, ROOM = 0.62, 0.28, 3.5
SINGLE = 0.16  # cm that a part of a single value is wide
MAX_FACTORS_SHOWN = 12


def plot_ruled_out(
    findings: Findings,
    *,
    most: int = MAX_FACTORS_SHOWN,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw what is left of each factor's range, with the narrowest first.

    Parameters
    ----------
    findings : Findings
        Of a study that was held against figures from outside, with points that remain.
    most : int
        How many factors to show.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    found = _found(findings)
    ranges = sorted(found.ranges, key=lambda one: one.width)[:most]
    rows = [LAYOUT.row_of(one, factor_of(findings, one.factor, language)) for one in ranges]
    page, _, top = new_page(
        ax, KEY + height_of(rows), title(findings, language), note(findings, language)
    )
    _draw_key(page, top + 0.2, language)
    for row, middle in middles_of(rows, top + KEY):
        write_label(page, row, middle)
        _draw_row(page, middle, findings, row.item, language)
    return page


def _found(findings: Findings) -> RuledOut:
    assert findings.ruled_out is not None
    return findings.ruled_out


def _draw_row(
    page: Axes, middle: float, findings: Findings, one: RemainingRange, language: str
) -> None:
    """Draw the share of points that is left along the range, and what is left as a bar below."""
    base = middle + BASE
    width = one.high - one.low

    def at(number: float) -> float:
        share = (number - one.low) / width if width > 0 else 0.5
        return LAYOUT.left + (LAYOUT.right - LAYOUT.left) * share

    page.plot([LAYOUT.left, LAYOUT.right], [base, base], color=SOFT, linewidth=0.8, zorder=1)
    page.plot([LAYOUT.left, LAYOUT.right], [base - BARS] * 2, color=FAINT, linewidth=0.6, zorder=0)
    _draw_parts(page, base, one.parts, at)
    ends = [at(one.remaining_low), at(one.remaining_high)]
    if ends[0] == ends[1]:
        ends = [ends[0] - SINGLE / 2, ends[1] + SINGLE / 2]
    page.plot(ends, [base + 0.09] * 2, color=BLUE, linewidth=3.5, solid_capstyle="butt", zorder=3)
    varied = findings.factors[one.factor]
    for number, ha in ((one.low, "left"), (one.high, "right")):
        text = round_shown(show_factor(varied, number, language), language)
        write(page, at(number), base + 0.33, text, color=SOFT, ha=ha, size=7)
    shown = show_factor_range(varied, one.remaining_low, one.remaining_high, language)
    wrapped = wrap(shown, ROOM, weight="bold")
    above = base - BARS / 2 - LINE * count_lines(wrapped) / 2
    weight = "bold" if is_narrowed(one) else "normal"
    write_lines(page, LAYOUT.right + 0.3, above, wrapped, weight=weight)


def _draw_parts(
    page: Axes, base: float, parts: Sequence[RangePart], at: Callable[[float], float]
) -> None:
    """Draw how many points are kept along a range: neighbours as one shape, without seams."""
    for touching in _touching(parts):
        edges = [at(touching[0].low), *(at(part.high) for part in touching)]
        if edges[0] == edges[-1]:
            edges = [edges[0] - SINGLE / 2, edges[0] + SINGLE / 2]
        tops = [base - BARS * part.kept for part in touching]
        page.stairs(tops, edges, baseline=base, fill=True, color=SKY, linewidth=0)


def _touching(parts: Sequence[RangePart]) -> Iterator[list[RangePart]]:
    """Yield parts that lie side by side together."""
    own: list[RangePart] = []
    for part in parts:
        if own and own[-1].high != part.low:
            yield own
            own = []
        own.append(part)
    if own:
        yield own


def _draw_key(page: Axes, y: float, language: str) -> None:
    page.add_patch(Rectangle((0.0, y - 0.1), 0.35, 0.2, color=SKY, linewidth=0))
    text = say("ruled_out_key_kept", language)
    write(page, 0.5, y, text, color=SOFT)
    x = 0.5 + text_width(text) + 0.5
    page.plot([x, x + 0.5], [y, y], color=BLUE, linewidth=3.5, solid_capstyle="butt")
    write(page, x + 0.65, y, say("ruled_out_key_range", language), color=SOFT)


def title(findings: Findings, language: str = "nb") -> str:
    """Return how much is ruled out, and what is left of the range that is narrowed most."""
    found = _found(findings)
    parts = {"share": show_share(found.share, language)}
    narrowed = narrowed_ranges(found)
    key, long = "ruled_out_title", []
    if narrowed:
        parts["range"] = remaining_in_words(findings, narrowed[0], language)
        key, long = "ruled_out_title_range", ["range"]
    if len(findings.scenarios) == 1:
        return fit_title(key, language, long, **parts)
    parts["scenario"] = scenario_of(findings, found.scenario, language)
    return say(
        "in_scenario",
        language,
        scenario=parts["scenario"],
        sentence=fit_title(key, language, long, **parts),
    )


def note(findings: Findings, language: str) -> str:
    """Return how to read the figure."""
    points = format_number(_found(findings).points, language, 0)
    return say("ruled_out_figure_note", language, points=points)


def alt_text(findings: Findings, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    told = [*ruled_out_in_words(findings, language)]
    for one in sorted(_found(findings).ranges, key=lambda one: one.width):
        if not math.isnan(one.remaining_low):
            varied = findings.factors[one.factor]
            shown = show_factor_range(varied, one.remaining_low, one.remaining_high, language)
            told.append(f"{factor_of(findings, one.factor, language)}: {shown}.")
    return " ".join([note(findings, language), *told])
