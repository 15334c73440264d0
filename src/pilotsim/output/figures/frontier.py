"""How surely is the target met, from little to much?"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from pilotsim.experiments.optimise.confidence_sequences import MET, MISSED
from pilotsim.experiments.optimise.solve import LEAST, FrontierPoint, Solution
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import (
    format_level,
    format_number,
    format_probability,
    format_value,
    name_of_currency,
)
from pilotsim.output.figures.scale import round_scale
from pilotsim.output.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    text_width,
    write,
)
from pilotsim.output.figures.titles import MAX_TITLE, first_sentence
from pilotsim.output.sentences.solution import answer_in_words, show_choice

LEFT, HEIGHT, BELOW, ABOVE = 1.3, 6.0, 1.5, 0.55
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def plot_frontier(solution: Solution, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw the probability of meeting what is asked against what is chosen, or what it costs.

    Parameters
    ----------
    solution : Solution
        What to show: its frontier.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    page, width, top = new_page(
        ax, HEIGHT + BELOW + ABOVE, title(solution, language), _note(solution, language)
    )
    panel = add_panel(page, LEFT, top + ABOVE, width - LEFT - 0.3, HEIGHT)
    panel.set_ylim(-0.02, 1.04)
    set_ticks(panel, "y", TICKS, [format_level(tick, language) for tick in TICKS])
    places = _places(solution)
    _add_axis(page, panel, solution, places, top + ABOVE + HEIGHT, width, language)
    if solution.question != "surest":
        panel.axhline(
            solution.problem.rule.probability, color=ORANGE, linewidth=1.4, linestyle=(0, (4, 2))
        )
        probability = format_level(solution.problem.rule.probability, language)
        wanted = say("frontier_wanted", language, probability=probability)
        write(page, width - 0.3, top + 0.25, wanted, color=INK, ha="right")
        page.plot(
            [width - 0.9 - text_width(wanted), width - 0.45 - text_width(wanted)],
            [top + 0.25] * 2,
            color=ORANGE,
            linewidth=1.4,
            linestyle=(0, (4, 2)),
        )
    if solution.question == LEAST:
        _shade(panel, solution)
    for point, place in zip(solution.frontier, places, strict=True):
        _draw(panel, solution, point, place)
    _name_best(panel, solution, places, language)
    return page


def title(solution: Solution, language: str = "nb") -> str:
    """Return what was found: the first sentence of the answer, where it fits."""
    first = first_sentence(answer_in_words(solution, language)[0])
    return first if len(first) <= MAX_TITLE else say("figure_frontier", language)


def _note(solution: Solution, language: str) -> str:
    if solution.question != LEAST:
        return say("frontier_note_costs", language)
    runs = format_number(solution.problem.frontier, language, 0)
    note = say(
        "frontier_note", language, runs=runs, search=format_number(solution.runs, language, 0)
    )
    if not solution.rivals:
        return note
    return f"{note} {say('frontier_note_open', language)}"


def _places(solution: Solution) -> list[float]:
    """Return each point's place on the x axis: the amount of a single lever, otherwise the cost."""
    if solution.question != LEAST:
        return [point.cost for point in solution.frontier]
    return [_place(solution, point.choice) for point in solution.frontier]


def _place(solution: Solution, choice: int) -> float:
    return solution.problem.levels_of(solution.problem.choices[choice])[0].amount


def _add_axis(
    page: Axes,
    panel: Axes,
    solution: Solution,
    places: Sequence[float],
    bottom: float,
    width: float,
    language: str,
) -> None:
    low, high = (min(places), max(places)) if places else (0.0, 1.0)
    scale = round_scale(low, high, "real", 0.0, 1.0, 9)
    panel.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
    ticks = [tick for tick in scale.ticks if panel.get_xlim()[0] <= tick <= panel.get_xlim()[1]]
    set_ticks(panel, "x", ticks, [format_number(tick, language) for tick in ticks])
    if solution.question == LEAST:
        lever = solution.problem.levers[0]
        unit = format_value(lever.levels[0].value, language).split("\u00a0", 1)
        label = lever.says.in_language(language) + (f" ({unit[1]})" if len(unit) > 1 else "")
    else:
        currency = name_of_currency(solution.problem.flow.currency, language)
        label = f"{say('cost_heading', language)} ({currency})"
    write(page, LEFT + (width - LEFT - 0.3) / 2, bottom + 0.85, label, color=SOFT, ha="center")


def _shade(panel: Axes, solution: Solution) -> None:
    """Shade what lies between the proven levels."""
    if solution.rivals:
        ends = [_place(solution, choice) for choice in solution.rivals]
        step = abs(_place(solution, 1) - _place(solution, 0)) / 2
        panel.axvspan(min(ends) - step, max(ends) + step, color=FAINT, alpha=0.6, linewidth=0)


def _verdict(solution: Solution, point: FrontierPoint) -> str:
    """Return what is proven of a point: of its own runs, or by the order of a single lever."""
    if solution.question != LEAST:
        row = solution.row_of(point.choice)
        return row.verdict if row else ""
    if solution.best is not None and point.choice >= solution.best:
        return MET
    return MISSED if solution.below is not None and point.choice <= solution.below else ""


def _draw(panel: Axes, solution: Solution, point: FrontierPoint, place: float) -> None:
    verdict = _verdict(solution, point)
    colour = BLUE if verdict in (MET, MISSED) else "#9FB8CC"
    panel.plot(
        [place, place],
        [point.interval.low, point.interval.high],
        color=colour,
        linewidth=1.0,
        solid_capstyle="butt",
    )
    face = "white" if verdict == MISSED else colour
    panel.plot(
        [place],
        [point.tally.share],
        marker="o",
        markersize=4.2,
        color=colour,
        markerfacecolor=face,
        markeredgewidth=1.1,
    )


def _name_best(panel: Axes, solution: Solution, places: Sequence[float], language: str) -> None:
    """Ring the best choice, and write what it is."""
    if solution.best is None:
        return
    row = solution.row_of(solution.best)
    shares = {point.choice: point.tally.share for point in solution.frontier}
    place = (
        _place(solution, solution.best)
        if solution.question == LEAST
        else solution.problem.designs[solution.best].cost
    )
    share = shares.get(solution.best, row.tally.share if row else 1.0)
    panel.plot(
        [place],
        [share],
        marker="o",
        markersize=10,
        color="none",
        markeredgecolor=INK,
        markeredgewidth=1.3,
    )
    panel.plot(
        [place, place],
        [-0.02, share - 0.035],
        color=INK,
        linewidth=0.8,
        linestyle=(0, (1, 2)),
        zorder=1,
    )
    text = show_choice(solution.problem, solution.best, language)
    low, high = panel.get_xlim()
    left = place < low + 0.6 * (high - low)
    away = 0.01 * (high - low) * (1 if left else -1)
    write(
        panel,
        place + away,
        0.045,
        text,
        ha="left" if left else "right",
        weight="bold",
        path_effects=halo(2.5),
    )


def alt_text(solution: Solution, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    shown = solution.frontier[:: max(1, len(solution.frontier) // 8)]
    parts = [
        say(
            "frontier_point",
            language,
            choice=show_choice(solution.problem, point.choice, language),
            share=format_probability(
                point.tally.share, language, (point.interval.low, point.interval.high)
            ),
        )
        for point in shown
    ]
    return " ".join(
        [_note(solution, language), "; ".join(parts) + ".", answer_in_words(solution, language)[0]]
    )
