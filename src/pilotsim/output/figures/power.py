"""How large must an effect be for each design to see it?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

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

COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":")
HEIGHT, RIGHT = 7.0, 5.4
POWERS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
# A method that finds an effect in more than one in eight of the pilots without any has no power
# worth the name.
MAX_FALSE = 0.125


def shown(tried: Sequence[DesignResult]) -> list[DesignResult]:
    """Return what can be drawn: a power that was estimated, by a method that seldom cries wolf."""
    return [
        one
        for one in tried
        if one.detectable is not None
        and one.detectable.slope > 0
        and not one.diagnosis.false_positives.value > MAX_FALSE
    ]


def plot_power(
    tried: Sequence[DesignResult], *, ax: Axes | None = None, language: str = "nb"
) -> Axes:
    """Draw the power of each design and answer strategy against the true effect.

    Parameters
    ----------
    tried : sequence of DesignResult
        One cell of an evaluation; those for which the least effect was sought are drawn.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    page, width, top = new_page(
        ax, HEIGHT + 1.2, say("figure_power", language), say("power_note", language)
    )
    drawn = shown(tried)
    panel = add_panel(page, 1.0, top + 0.2, width - RIGHT - 1.0, HEIGHT)
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
            linestyle=DASHES[number // 6 % 4],
            linewidth=1.6,
        )
        ends.append(float(power[inside][-1]))
    panel.set_xlim(0, most)
    panel.set_ylim(0, 1.02)
    steps = np.arange(0, most + 1e-9, 0.05 if most > 0.12 else 0.02)
    set_ticks(
        panel,
        "x",
        steps.tolist(),
        [format_points(step, language, 0) for step in steps],
    )
    set_ticks(panel, "y", POWERS, [format_level(k, language) for k in POWERS])
    places = spread(
        [top + 0.2 + HEIGHT * (1 - end / 1.02) for end in ends], 0.62, top + 0.4, top + HEIGHT + 0.6
    )
    for number, (one, place) in enumerate(zip(drawn, places, strict=True)):
        label = f"{one.design.says.in_language(language)}\n{one.strategy.says_in(language)}"
        write(
            page,
            width - RIGHT + 0.2,
            place,
            label,
            size=7.2,
            color=COLOURS[number % 6],
            path_effects=halo(),
        )
    write(
        page,
        1.0 + (width - RIGHT - 1.0) / 2,
        top + HEIGHT + 0.95,
        say("true_effect_points", language),
        color=INK,
        ha="center",
    )
    return page


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
