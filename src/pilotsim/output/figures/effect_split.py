"""What is "with minus without" made of?"""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.base.text import upper_first
from pilotsim.judge.check import Check
from pilotsim.judge.effect_split import EffectSplit
from pilotsim.judge.effect_totals import EffectFigure
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_range
from pilotsim.output.figures.rows import ChartRow, RowLayout, height_of, middles_of, write_label
from pilotsim.output.figures.scale import draw_scale
from pilotsim.output.figures.style import INK, LINE, STATES, new_page, write, write_lines
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.sentences.people import show_people

LAYOUT = RowLayout(label=6.4, left=7.0, right=13.4, row=0.56)
AXIS, GAP = 0.75, 0.35
SHOWN, MAIN = ("work", "assistance"), ("assistance", "work")
Parts = list[tuple[str, Floats]]


def plot_effect_split(check: Check, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw what each part of the effect adds to those in work and on assistance.

    Parameters
    ----------
    check : Check
        What to show: its split, among the first of those that are counted.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.

    Raises
    ------
    ValueError
        The check has no split.
    """
    split = _split_of(check)
    states = [state for state in SHOWN if state in split.states]
    panels = [(state, _rows(split, state, language)) for state in states]
    head = LINE + 0.15
    height = sum(head + height_of(rows) + AXIS + GAP for _, rows in panels)
    page, _, top = new_page(ax, height, title(check, language), _note(check, split, language))
    for state, rows in panels:
        write_lines(page, 0, top, upper_first(say(state, language)), weight="bold")
        top += head
        _draw(page, top, rows, state, language)
        top += height_of(rows) + AXIS + GAP
    return page


def title(check: Check, language: str = "nb") -> str:
    """Return which part makes most of the difference on assistance, or else in work."""
    split = _split_of(check)
    state = next((one for one in MAIN if one in split.states), split.states[0])
    *parts, (_, total) = _parts(split, state, language)
    mean = float(total.mean())
    words, numbers = max(parts, key=lambda part: float(part[1].mean()) * (-1 if mean < 0 else 1))
    return fit_title(
        "effect_split_title",
        language,
        ("part",),
        part=words,
        state=say(state, language),
        change=show_people(float(numbers.mean()), language, is_change=True),
        total=show_people(mean, language, is_change=True),
    )


def _split_of(check: Check) -> EffectSplit:
    if check.split is None:
        raise ValueError(
            "the check has no parts of an effect: its flow names none, or was not asked"
        )
    return check.split


def _parts(split: EffectSplit, state: str, language: str) -> Parts:
    """Return the words and the numbers of each part, and of them all, among the first counted."""
    assert split.flow.mechanisms is not None
    number = split.states.index(state)
    found = [
        (
            split.flow.mechanisms.parts[name].says.in_language(language),
            split.by_part[k, :, 0, number],
        )
        for k, name in enumerate(split.parts)
    ]
    found.append((say("split_left_short", language), split.left[:, 0, number]))
    found.append((say("split_total", language), split.total[:, 0, number]))
    return found


def _rows(split: EffectSplit, state: str, language: str) -> list[ChartRow[EffectFigure]]:
    return [
        LAYOUT.row_of(EffectFigure.of(numbers), words)
        for words, numbers in _parts(split, state, language)
    ]


def _draw(
    page: Axes, top: float, rows: list[ChartRow[EffectFigure]], state: str, language: str
) -> None:
    """Draw one state: a bar for the mean of each part, a line for nine runs in ten."""
    ends = [end for row in rows for end in (row.item.low, row.item.high, row.item.mean.mean, 0.0)]
    scale = LAYOUT.scale_of(float(np.min(ends)), float(np.max(ends)), "real")
    bottom = top + height_of(rows)
    draw_scale(page, scale, top, bottom, language)
    for row, y in middles_of(rows, top):
        write_label(page, row, y)
        mean = row.item.mean.mean
        is_sum = row is rows[-1]
        page.plot(
            [scale.at(0.0), scale.at(mean)],
            [y, y],
            color=STATES[state],
            linewidth=7.0,
            solid_capstyle="butt",
            alpha=1.0 if is_sum else 0.55,
        )
        page.plot(
            [scale.at(row.item.low), scale.at(row.item.high)],
            [y, y],
            color=INK,
            linewidth=0.9,
        )
        text = show_people(mean, language, is_change=True)
        write(page, LAYOUT.right + 0.3, y, text, weight="bold" if is_sum else "normal")


def _note(check: Check, split: EffectSplit, language: str) -> str:
    assert split.flow.mechanisms is not None
    who = split.flow.mechanisms.counted[split.counted[0]].says.in_language(language)
    return say("effect_split_note", language, who=who)


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    split = _split_of(check)
    said = [_note(check, split, language)]
    for state in (state for state in SHOWN if state in split.states):
        for words, numbers in _parts(split, state, language):
            figure = EffectFigure.of(numbers)
            said.append(
                say(
                    "effect_split_part",
                    language,
                    part=words,
                    state=say(state, language),
                    change=show_people(figure.mean.mean, language, is_change=True),
                    range=format_range(round(figure.low), round(figure.high), "real", language),
                )
            )
    return " ".join(said)
