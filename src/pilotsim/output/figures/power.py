"""How large must an effect be for each design to see it?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from pilotsim.base.text import Text
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
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

COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY)
DASHES = ("-", "--", "-.", ":")
HEIGHT, RIGHT = 7.0, 5.4
NOTE = Text(
    "Sjansen for at en analyse utelukker null effekt, etter hvor stor den sanne effekten er. Den stiplede linjen er 80 %: der "
    "leses den minste effekten av. Metoder som finner noe også når det ikke er noe, er ikke med.",
    "The chance that an analysis rules out no effect, by how large the true effect is. The dashed line is 80 %: the least effect "
    "is read off there. Methods that find something where there is nothing are left out.",
)
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
        `nb` or `en`.
    """
    page, width, top = new_page(
        ax, HEIGHT + 1.2, say("figure_power", language), NOTE.in_language(language)
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
        [format_number(100 * step, language, decimals=0) for step in steps],
    )
    set_ticks(panel, "y", [0, 0.2, 0.4, 0.6, 0.8, 1], [f"{k} %" for k in (0, 20, 40, 60, 80, 100)])
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
    parts = []
    for one in shown(tried):
        assert one.detectable is not None
        size = (
            say("none_seen", language)
            if math.isnan(one.detectable.size)
            else format_number(100 * one.detectable.size, language, decimals=1)
        )
        parts.append(
            f"{one.design.says.in_language(language)}, {one.strategy.says_in(language)}: {size}"
        )
    return "; ".join(parts) + "."
