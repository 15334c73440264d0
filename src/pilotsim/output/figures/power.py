"""How large must an effect be for each design to see it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes

from pilotsim.evaluation.ranking import is_misleading
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_level, format_points
from pilotsim.output.figures.style import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    spread,
    write,
)
from pilotsim.output.sentences.evaluation import least_effect

# Below which p-value no effect is ruled out, unless the evaluation file says otherwise.
SIGNIFICANCE = 0.05
COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":")
HEIGHT, RIGHT = 7.0, 5.4
MIN_HEIGHT, ROW, HEAD, BELOW = 3.6, 0.85, 0.8, 1.3
POWERS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


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
    """Draw the power of each design and answer strategy against the true effect.

    Parameters
    ----------
    tried : sequence of DesignResult
        One cell of an evaluation; those for which the least effect was sought are drawn, a panel
        for each inquiry.
    questions : mapping of str to str, optional
        What each inquiry asks, in words; its name, unless given.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    title : str, optional
        Instead of the usual one.
    """
    groups = by_question(tried)
    heights = [_height(group, alone=len(groups) == 1) for group in groups]
    level = format_level(SIGNIFICANCE, language)
    page, width, top = new_page(
        ax,
        sum(heights) + (HEAD + BELOW) * len(groups),
        title or say("figure_power", language),
        say("power_note", language, level=level),
    )
    for group, height in zip(groups, heights, strict=True):
        name = group[0].strategy.estimand.name
        asked = (questions or {}).get(name, name)
        write(page, 0.0, top + HEAD / 2, asked, weight="bold")
        _draw(page, group, top + HEAD, width, height, language)
        top += HEAD + height + BELOW
    return page


def _height(group: Sequence[DesignResult], *, alone: bool) -> float:
    """Return how high a panel is, in cm: with room for its labels."""
    return HEIGHT if alone else min(HEIGHT, max(MIN_HEIGHT, ROW * len(group)))


def _draw(
    page: Axes,
    drawn: Sequence[DesignResult],
    top: float,
    width: float,
    height: float,
    language: str,
) -> None:
    """Draw the curves of one question, each with its label at its end."""
    panel = add_panel(page, 1.0, top, width - RIGHT - 1.0, height)
    most = max((one.detectable.most for one in drawn if one.detectable), default=0.3)
    effects = np.linspace(0.0, most, 121)
    panel.axhline(0.8, color=SOFT, linewidth=0.9, linestyle=(0, (4, 3)))
    ends = []
    for number, one in enumerate(drawn):
        assert one.detectable is not None
        power = one.detectable.power_at(effects)
        # A design is drawn no further than the effects that it was tried on.
        inside = effects <= one.detectable.most
        panel.plot(
            effects[inside],
            power[inside],
            color=COLOURS[number % 6],
            linestyle=DASHES[number % 4],
            linewidth=1.6,
        )
        ends.append(float(power[inside][-1]))
    panel.set_xlim(0, most)
    panel.set_ylim(0, 1.02)
    steps = np.arange(0, most + 1e-9, 0.05 if most > 0.12 else 0.02)
    set_ticks(panel, "x", steps.tolist(), [format_points(step, language, 0) for step in steps])
    set_ticks(panel, "y", POWERS, [format_level(k, language) for k in POWERS])

    wanted = [top + height * (1 - end / 1.02) for end in ends]
    places = spread(wanted, ROW, top + 0.2, top + height - 0.2)
    for number, (one, place) in enumerate(zip(drawn, places, strict=True)):
        colour = COLOURS[number % 6]
        label = f"{one.design.says.in_language(language)}\n{one.strategy.says_in(language)}"
        # The stroke of the curve beside its name, for those who see no colour.
        page.plot(
            [width - RIGHT + 0.15, width - RIGHT + 0.85],
            [place, place],
            color=colour,
            linestyle=DASHES[number % 4],
            linewidth=1.6,
        )
        x = width - RIGHT + 1.0
        write(page, x, place, label, size=7.2, color=colour, path_effects=halo())
    middle = 1.0 + (width - RIGHT - 1.0) / 2
    true_effect = say("true_effect_points", language)
    write(page, middle, top + height + 0.75, true_effect, color=INK, ha="center")


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
