"""How many clients are in each state over time, with the pilot and without?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.judge.check import Check
from pilotsim.judge.effect_totals import EffectFigure, EffectTotals
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_month, format_number, format_range
from pilotsim.measures.monthly import MonthlyPaths
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import (
    INK,
    LINE,
    SOFT,
    STATES,
    add_panel,
    halo,
    new_page,
    spread,
    text_width,
    write,
)
from pilotsim.output.figures.time import Band, add_count_axis, add_months_axis, dates_of
from pilotsim.output.labels import with_client_note

COLUMNS, PANEL, GAP, TICKS = 2, 3.3, 2.0, 0.95


def states_of(check: Check) -> list[str]:
    """Return the states in which any client ever is, in the order of the file's language."""
    return [
        state
        for state in STATES
        if state != "not_counted"
        and max(_in_state(check, check.paths, state).max(initial=0), 0) > 0
    ]


def _in_state(check: Check, paths: Sequence[MonthlyPaths], state: str) -> Floats:
    """Return the clients in a state, shape (runs, marks)."""
    wanted = [stage.counts_as == state for stage in check.flow.stages.values()]
    return np.array([path.headline[:, wanted].sum(axis=1) for path in paths], np.float64).reshape(
        len(paths), -1
    )


@of_runs(followed_runs)
def plot_clients(check: Check, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw clients by state over time, with the pilot and without.

    Parameters
    ----------
    check : Check
        What to show: its paths.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    states = states_of(check)
    rows = max(1, -(-len(states) // COLUMNS))
    both = check.flow.has_programme
    title = say("figure_clients" if both else "figure_clients_alone", language)
    page, width, top = new_page(
        ax,
        rows * (PANEL + GAP),
        title,
        _note(check, language),
    )
    each, beside = width / COLUMNS, _label_width(check, states, language)
    for number, state in enumerate(states):
        row, column = divmod(number, COLUMNS)
        left, above = column * each, top + row * (PANEL + GAP) + 0.9
        _head(page, left, above - 0.78, check, state, language)
        panel = add_panel(page, left + TICKS, above, each - TICKS - beside, PANEL)
        _draw(panel, check, state, language)
    return page


def _note(check: Check, language: str) -> str:
    """Return how to read the figure, and who is counted: those of the answer, whatever became."""
    key = "clients_note" if check.flow.has_programme else "clients_note_alone"
    totals = np.array([path.headline.sum(axis=1) for path in check.paths], np.float64)
    first, last = totals[:, [0, -1]].mean(axis=0) if len(totals) else (0.0, 0.0)
    numbers = {
        "first": format_number(float(first), language, 0),
        "came": format_number(float(last - first), language, 0),
    }
    counted = say("clients_counted", language, **numbers)
    if check.effect is not None:
        counted = say("clients_counted_of", language, who=_who(check.effect, language), **numbers)
    return with_client_note(check.flow, f"{say(key, language)} {counted}", language)


def _who(effect: EffectTotals, language: str) -> str:
    assert effect.flow.mechanisms is not None
    return effect.flow.mechanisms.counted[effect.counted[0]].says.in_language(language)


def _head(page: Axes, left: float, y: float, check: Check, state: str, language: str) -> None:
    """Write which state a panel shows, and how far apart the two worlds end, run by run."""
    write(page, left, y, say(state, language).capitalize(), weight="bold")
    if not check.flow.has_programme:
        return
    difference = say("clients_difference", language, difference=_difference(check, state, language))
    write(page, left, y + LINE, difference, color=SOFT)


def _difference(check: Check, state: str, language: str) -> str:
    with_pilot, without = _at_the_end(check, state)
    apart = EffectFigure.of(with_pilot - without)
    change = format_change(round(apart.mean.mean), "count", language)
    interval = format_range(round(apart.low), round(apart.high), "count", language)
    return f"{change} ({interval})"


def _at_the_end(check: Check, state: str) -> tuple[Floats, Floats]:
    """Return the clients in a state at the end with the pilot and without, shape (runs,) each.

    They are those that the answer is made of, where there is one: figure and words say one number.
    """
    effect = check.effect
    if effect is not None and state in effect.states:
        number = effect.states.index(state)
        return effect.programme[:, 0, number], effect.without[:, 0, number]
    with_pilot, without = (
        _in_state(check, paths, state)[:, -1] for paths in (check.paths, check.counterfactual_paths)
    )
    return with_pilot, without


def _draw(panel: Axes, check: Check, state: str, language: str) -> None:
    with_pilot, without = (
        Band.of(_in_state(check, paths, state))
        for paths in (check.paths, check.counterfactual_paths)
    )
    months = np.arange(len(with_pilot.mean))
    colour = STATES[state]
    panel.fill_between(
        months, with_pilot.low, with_pilot.high, color=colour, alpha=0.25, linewidth=0
    )
    panel.plot(months, with_pilot.mean, color=colour, linewidth=1.8, solid_capstyle="round")
    if check.flow.has_programme:
        panel.fill_between(
            months,
            without.low,
            without.high,
            color="none",
            edgecolor=SOFT,
            linewidth=0.5,
            linestyle=(0, (1, 2)),
        )
        panel.plot(months, without.mean, color=INK, linewidth=1.2, linestyle=(0, (4, 2)))
    highest = float(max(with_pilot.high.max(), without.high.max()))
    add_months_axis(panel, dates_of(check), language, 5)
    add_count_axis(panel, highest, language)
    _write_labels(panel, _ends(check, state), language)


def _labels(ends: Sequence[float], language: str) -> list[str]:
    """Return what stands beside the ends of the two lines."""
    numbers = [format_number(end, language, 0) for end in ends]
    if len(ends) == 1:
        return numbers
    return [
        f"{say(key, language)} {number}"
        for key, number in zip(("with_short", "without_short"), numbers, strict=True)
    ]


def _ends(check: Check, state: str) -> list[float]:
    """Return where the lines end: with the pilot and, where there is one, without."""
    ends = [float(numbers.mean()) for numbers in _at_the_end(check, state)]
    return ends if check.flow.has_programme else ends[:1]


def _label_width(check: Check, states: Sequence[str], language: str) -> float:
    """Return the room that the longest label beside a line needs, in cm."""
    labels = [label for state in states for label in _labels(_ends(check, state), language)]
    return max((text_width(label, weight="bold") for label in labels), default=0.0) + 0.35


def _write_labels(panel: Axes, ends: Sequence[float], language: str) -> None:
    """Write what each line is and where it ends, beside its end."""
    high = panel.get_ylim()[1]
    places = spread(ends, high * LINE / PANEL, high * 0.05, high * 0.95)
    for text, place, weight in zip(
        _labels(ends, language), places, ("bold", "normal")[: len(ends)], strict=True
    ):
        write(
            panel,
            panel.get_xlim()[1] * 1.03,
            place,
            text,
            weight=weight,
            path_effects=halo(),
            clip_on=False,
        )


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    dates = dates_of(check)
    start, end = (format_month(when, language) for when in (dates[0], dates[-1]))
    both = check.flow.has_programme
    parts = [
        say("clients_intro" if both else "clients_intro_alone", language, start=start, end=end),
        _note(check, language),
    ]
    for state in states_of(check):
        with_pilot, without = (float(each.mean()) for each in _at_the_end(check, state))
        numbers = {
            "first": float(_in_state(check, check.paths, state)[:, 0].mean()),
            "with_pilot": with_pilot,
            "without": without,
        }
        shown = {name: format_number(number, language, 0) for name, number in numbers.items()}
        shown |= {
            "state": say(state, language).capitalize(),
            "difference": _difference(check, state, language),
        }
        parts.append(say("clients_state" if both else "clients_state_alone", language, **shown))
    return " ".join(parts)
