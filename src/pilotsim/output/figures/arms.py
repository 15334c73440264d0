"""What does each of several arms do, against the one that it is compared with?"""

from __future__ import annotations

import math
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.evaluation.several_arms_analysis import ArmsContrast, SeveralArmsAnalysis
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_number
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import BLUE, INK, SOFT, new_page, write
from pilotsim.output.sentences.arms import answers_drawn, arms_of, together_of
from pilotsim.output.sentences.pooling import ShownUnit

LAYOUT = RowLayout(label=4.8, left=5.4, right=12.6, row=0.8)
AXIS = 0.75
MARKER = 5.0
# How each unit of an answer is written.
SHOWN_AS = {"points": "share", "months": "months", "kroner": "amount", "ratio": "log_ratio"}


@dataclass(frozen=True)
class ArmsRow:
    """Two arms, with the effect of the first against the second; NaN where nothing is shown."""

    name: str
    text: str
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    low_together: float = math.nan
    high_together: float = math.nan

    @property
    def is_shown(self) -> bool:
        """Whether there is anything to draw."""
        return not math.isnan(self.value)


def rows_of(found: SeveralArmsAnalysis, language: str) -> list[ArmsRow]:
    """Return each pair of arms with the first answer of the plan, which decides."""
    show = shown_in(found, language)
    return [_row(found, contrast, show) for contrast in found.contrasts]


def shown_in(found: SeveralArmsAnalysis, language: str) -> ShownUnit:
    """Return how the effects are written."""
    unit = next(one.finding.unit for one in answers_drawn(found))
    return ShownUnit(SHOWN_AS[str(unit)], language)


def _row(found: SeveralArmsAnalysis, contrast: ArmsContrast, show: ShownUnit) -> ArmsRow:
    answer = contrast.answers[0]
    name = arms_of(found, contrast, show.language)
    effect = answer.finding.effect
    if effect is None:
        return ArmsRow(name, say("not_shown", show.language))
    numbers = (effect.estimate, effect.low, effect.high, *together_of(answer))
    about = "" if answer.finding.precision == "exact" else "≈ "
    text = f"{about}{show.text(effect.estimate)}"
    return ArmsRow(name, text, *(show.number(number) for number in numbers))


def plot_arms(found: SeveralArmsAnalysis, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw the effect of each arm against the other, with its interval and that of all together.

    Parameters
    ----------
    found : SeveralArmsAnalysis
        What to show; its first answer, which decides.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    show = shown_in(found, language)
    rows = [LAYOUT.row_of(row, row.name) for row in rows_of(found, language)]
    height = height_of(rows)
    page, _, top = new_page(ax, height + AXIS, title(found, language), note(found, language))
    nothing = show.number(0.0)
    drawn = [row.item for row in rows if row.item.is_shown]
    ends = [end for row in drawn for end in (row.low_together, row.high_together)]
    scale = LAYOUT.scale_of(min([nothing, *ends]), max([nothing, *ends]), "real")
    draw_scale(
        page, scale, top, top + height, language, lambda tick: format_number(tick + 0.0, language)
    )
    line = scale.at(nothing)
    page.plot([line, line], [top, top + height], color=SOFT, linewidth=0.8, zorder=0)
    for row, middle in middles_of(rows, top):
        write_label(page, row, middle)
        _draw_row(page, middle, row.item, scale)
    return page


def _draw_row(page: Axes, y: float, row: ArmsRow, scale: Scale) -> None:
    if row.is_shown:
        wide = [scale.at(row.low_together), scale.at(row.high_together)]
        page.plot(wide, [y, y], color=BLUE, linewidth=0.9, solid_capstyle="butt")
        own = [scale.at(row.low), scale.at(row.high)]
        page.plot(own, [y, y], color=BLUE, linewidth=3.0, solid_capstyle="butt")
        page.plot([scale.at(row.value)], [y], marker="o", markersize=MARKER, color=INK)
    write(page, LAYOUT.right + 0.3, y, row.text, color=INK if row.is_shown else SOFT)


def title(found: SeveralArmsAnalysis, language: str = "nb") -> str:
    """Return how many of the comparisons differ, all answers of the plan taken into account."""
    nothing = shown_in(found, language).number(0.0)
    shown = [row for row in rows_of(found, language) if row.is_shown]
    apart = sum(row.low_together > nothing or row.high_together < nothing for row in shown)
    key = "arms_title" if apart else "arms_title_none"
    return say(key, language, count=apart, all=len(shown))


def note(found: SeveralArmsAnalysis, language: str) -> str:
    """Return how to read the figure."""
    level = format_level(found.plan.level.number, language)
    unit = shown_in(found, language).heading
    return say("arms_figure_note", language, unit=unit, level=level)


def alt_text(found: SeveralArmsAnalysis, language: str = "nb") -> str:
    """Return what the figure shows, in words with its numbers."""
    show = shown_in(found, language)
    parts = [note(found, language)]
    for row in rows_of(found, language):
        if not row.is_shown:
            parts.append(f"{row.name}: {row.text}.")
            continue
        ends = (row.low, row.high, row.low_together, row.high_together)
        low, high, least, most = (format_number(one, language, show.decimals) for one in ends)
        parts.append(f"{row.name}: {row.text} ({low} … {high}; {least} … {most}).")
    return " ".join(parts)
