"""What does a programme change over time, in each state that clients may be in?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.arrays import Floats
from pilotsim.base.text import upper_first
from pilotsim.judge.check import Check
from pilotsim.judge.effect_totals import EffectFigure, EffectTotals
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_change,
    format_month,
    format_number,
    format_range,
    join,
)
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
from pilotsim.output.figures.time import (
    Band,
    add_change_axis,
    add_count_axis,
    add_months_axis,
    dates_of,
)
from pilotsim.output.labels import with_client_note
from pilotsim.output.sentences.people import change_parts

# In cm: how high a panel is, what stands above it and below, and what stands left of it.
PANEL, HEAD, BELOW, TICKS = 2.5, 0.95, 1.05, 1.05
LEVELS, BETWEEN = 4.3, 0.5  # how wide the panel of the levels is, and how far from the other
TOLD = ("assistance", "work")  # the states that the title is about, where there are these
MAX_TOLD = 2


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
    """Draw what the pilot changes in each state over time, beside how many there are.

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
    both = check.flow.has_programme
    high = HEAD + PANEL + BELOW
    page, width, top = new_page(
        ax, len(states) * high, title(check, language), _note(check, language)
    )
    beside = _label_width(check, states, language)
    for number, state in enumerate(states):
        above = top + number * high + HEAD
        _head(page, above - HEAD + 0.25, check, state, language)
        left = width - LEVELS if both else TICKS
        levels = add_panel(page, left, above, width - left - beside, PANEL)
        _draw_levels(levels, check, state, language, most=3 if both else 7)
        if both:
            write(page, left - 0.6, above - HEAD + 0.25, say("clients_level", language), color=SOFT)
            room = width - LEVELS - BETWEEN - TICKS - 0.9
            _draw_difference(add_panel(page, TICKS, above, room, PANEL), check, state, language)
    return page


def title(check: Check, language: str = "nb") -> str:
    """Return what the programme changes beyond chance; how many there are where there is none."""
    states = states_of(check)
    if not states:
        return say("flow_title_empty", language)
    if not check.flow.has_programme:
        first, last = (
            format_number(
                float(_in_state(check, check.paths, states[0])[:, end].mean()), language, 0
            )
            for end in (0, -1)
        )
        said = {"state": say(states[0], language), "first": first, "last": last}
        return upper_first(say("clients_title_alone", language, **said))
    changes = []
    for state in [one for one in TOLD if one in states] or states:
        with_pilot, without = _at_the_end(check, state)
        place = say(f"answer_{state}", language)
        change, _, is_clear = change_parts(with_pilot - without, place, language)
        if is_clear:
            changes.append(change)
    if not changes:
        return say("clients_title_chance", language)
    return say("clients_title", language, changes=join(changes[:MAX_TOLD], language))


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


def _head(page: Axes, y: float, check: Check, state: str, language: str) -> None:
    """Write which state panels show, and how far apart the two worlds end, run by run."""
    name = upper_first(say(state, language))
    write(page, 0, y, name, weight="bold")
    if check.flow.has_programme:
        said = say("clients_difference", language, difference=_difference(check, state, language))
        write(page, 0, y + LINE, said, color=INK)
        x = text_width(said) + 0.6
        for who, one in _own_groups(check, state, language):
            page.plot([x], [y + LINE], marker="D", markersize=4, color=INK)
            words = say("clients_own", language, who=who, difference=_in_words(one, language))
            write(page, x + 0.2, y + LINE, words)
            x += text_width(words) + 0.8


def _difference(check: Check, state: str, language: str) -> str:
    with_pilot, without = _at_the_end(check, state)
    return _in_words(EffectFigure.of(with_pilot - without), language)


def _in_words(apart: EffectFigure, language: str) -> str:
    """Return a difference in people with the range of nine runs in ten."""
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


def _draw_difference(panel: Axes, check: Check, state: str, language: str) -> None:
    """Draw with the programme minus without, over time: its mean, and nine runs in ten.

    Beside the end stand the same of each group that the flow counts on its own.
    """
    apart = Band.of(
        _in_state(check, check.paths, state) - _in_state(check, check.counterfactual_paths, state)
    )
    months = np.arange(len(apart.mean))
    colour, end = STATES[state], len(apart.mean) - 1
    panel.axhline(0, color=INK, linewidth=0.9)
    panel.fill_between(months, apart.low, apart.high, color=colour, alpha=0.25, linewidth=0)
    panel.plot(months, apart.mean, color=colour, linewidth=2.0, solid_capstyle="round")
    add_months_axis(panel, dates_of(check), language, 5)
    low, high = min(0.0, float(apart.low.min())), max(0.0, float(apart.high.max()))
    own = _own_groups(check, state, language)
    for _, one in own:
        low, high = min(low, one.low), max(high, one.high)
    add_change_axis(panel, low, high, language)
    for number, (_, one) in enumerate(own, 1):
        place = end * (1 + 0.035 * number)
        panel.plot([place] * 2, [one.low, one.high], color=INK, linewidth=1.2, clip_on=False)
        panel.plot(
            [place], [one.mean.mean], marker="D", markersize=4, color=INK, clip_on=False, zorder=4
        )


def _own_groups(check: Check, state: str, language: str) -> list[tuple[str, EffectFigure]]:
    """Return the difference at the end among each group that is counted beside the first."""
    effect = check.effect
    if effect is None or effect.flow.mechanisms is None or state not in effect.states:
        return []
    place = effect.states.index(state)
    return [
        (
            effect.flow.mechanisms.counted[name].says.in_language(language),
            EffectFigure.of(effect.total[:, number, place]),
        )
        for number, name in enumerate(effect.counted)
        if number
    ]


def _draw_levels(panel: Axes, check: Check, state: str, language: str, most: int) -> None:
    """Draw how many are in a state over time, with the programme and without."""
    with_pilot, without = (
        Band.of(_in_state(check, paths, state))
        for paths in (check.paths, check.counterfactual_paths)
    )
    months = np.arange(len(with_pilot.mean))
    colour = STATES[state]
    panel.fill_between(
        months, with_pilot.low, with_pilot.high, color=colour, alpha=0.25, linewidth=0
    )
    panel.plot(months, with_pilot.mean, color=colour, linewidth=1.6, solid_capstyle="round")
    if check.flow.has_programme:
        panel.plot(months, without.mean, color=INK, linewidth=1.1, linestyle=(0, (3, 2)))
    add_months_axis(panel, dates_of(check), language, most)
    add_count_axis(panel, float(max(with_pilot.high.max(), without.mean.max())), language)
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
            "state": upper_first(say(state, language)),
            "difference": _difference(check, state, language),
        }
        parts.append(say("clients_state" if both else "clients_state_alone", language, **shown))
        parts += [
            f"{say('clients_own', language, who=who, difference=_in_words(one, language))}."
            for who, one in _own_groups(check, state, language)
        ]
    return " ".join(parts)
