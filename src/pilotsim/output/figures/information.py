"""What is worth finding out before deciding, and what is each survey worth?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.experiments.information.expected_value import ExpectedValue
from pilotsim.experiments.information.value import DecisionValue, InformationValue
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, name_of_currency
from pilotsim.output.figures.rows import RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import Scale, draw_scale
from pilotsim.output.figures.style import BLUE, INK, ORANGE, new_page, write
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.information import name_of_input, show_worth
from pilotsim.output.views.economy import amount_in_words

LAYOUT = RowLayout(label=5.8, left=6.3, right=13.4, row=0.7)
AXIS = 0.75
# More assumptions than these are looked up in the table.
MOST_ROWS = 10
LEVEL = 0.95


@dataclass(frozen=True)
class WorthRow:
    """A row: an assumption, or a survey with what it costs."""

    name: str
    value: ExpectedValue
    is_survey: bool = False
    costs: float = 0.0


def rows_of(found: InformationValue, decision: DecisionValue, language: str) -> Iterator[WorthRow]:
    """Yield the assumptions that may be worth something, then the surveys."""
    known = [one for one in decision.inputs if one.value.high > 0.0][:MOST_ROWS]
    for one in known or decision.inputs[:1]:
        yield WorthRow(name_of_input(found, one, language), one.value)
    for survey in decision.surveys:
        says = survey.survey.says.in_language(language)
        yield WorthRow(says, survey.value, is_survey=True, costs=survey.survey.costs)


def plot_information(
    found: InformationValue,
    *,
    decision: str | None = None,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw what it is worth to know each assumption before a decision, and each survey.

    Parameters
    ----------
    found : InformationValue
        What to show.
    decision : str, optional
        The decision; the first of the flow, unless given.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    own = _decision(found, decision)
    rows = [
        LAYOUT.row_of(row, row.name, note=_note_of(found, row, language))
        for row in rows_of(found, own, language)
    ]
    height = height_of(rows)
    page, _, top = new_page(
        ax, height + AXIS, title(found, language, own.name), note(found, language)
    )
    most = max(row.item.value.high for row in rows)
    scale = LAYOUT.scale_of(0.0, most, "real")
    draw_scale(
        page,
        scale,
        top,
        top + height,
        language,
        show=lambda worth: show_worth(found, worth, language),
    )
    for row, middle in middles_of(rows, top):
        write_label(page, row, middle)
        _draw_row(page, middle, row.item, scale)
        shown = show_worth(found, row.item.value.value, language)
        write(page, LAYOUT.right + 0.3, middle, shown, color=INK)
    return page


def _decision(found: InformationValue, name: str | None) -> DecisionValue:
    return found.decisions[0] if name is None else found.decision(name)


def _note_of(found: InformationValue, row: WorthRow, language: str) -> str:
    if not row.is_survey:
        return ""
    costs = amount_in_words(row.costs, found.flow.currency, language)
    return say("information_figure_costs", language, costs=costs)


def _draw_row(page: Axes, y: float, row: WorthRow, scale: Scale) -> None:
    colour = ORANGE if row.is_survey else BLUE
    ends = [scale.at(end) for end in (row.value.low, row.value.high)]
    page.plot(ends, [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
    place = scale.at(row.value.value)
    marker = "D" if row.is_survey else "o"
    filled = colour if row.value.is_clear else "white"
    page.plot([place], [y], marker=marker, markersize=5.5, color=colour, markerfacecolor=filled)


def title(found: InformationValue, language: str = "nb", decision: str | None = None) -> str:
    """Return what is worth most to know."""
    own = _decision(found, decision)
    if not own.clear:
        return say("information_figure_none", language)
    first = own.clear[0]
    return fit_title(
        "information_figure_title",
        language,
        ("what",),
        what=name_of_input(found, first, language),
        worth=amount_in_words(first.value.value, found.flow.currency, language),
    )


def note(found: InformationValue, language: str) -> str:
    """Return how to read the figure."""
    level = format_level(LEVEL, language)
    return say(
        "information_figure_note",
        language,
        level=level,
        currency=name_of_currency(found.flow.currency, language),
    )


def alt_text(found: InformationValue, language: str = "nb", decision: str | None = None) -> str:
    """Return what the figure shows, in words with its numbers."""
    parts = [note(found, language)]
    for row in rows_of(found, _decision(found, decision), language):
        value, low, high = (
            show_worth(found, one, language)
            for one in (row.value.value, row.value.low, row.value.high)
        )
        parts.append(f"{row.name}: {value} ({low} … {high}).")
    return " ".join(parts)
