"""What would each design have said, pilot after pilot, and how far is that from the truth?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from pilotsim.base.arrays import Floats
from pilotsim.evaluation.run import DesignResult
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_change, format_points
from pilotsim.output.figures.style import (
    BLUE,
    INK,
    RED,
    SOFT,
    add_panel,
    halo,
    new_page,
    set_ticks,
    wrap,
    write,
)
from pilotsim.output.figures.titles import fit_title

ROW, LEFT = 0.95, 5.6
HEAD = 0.6  # the line of a question, in rows


def misses_of(tried: DesignResult) -> Floats:
    """Return estimate minus truth in each draw that gave an answer."""
    miss = tried.trials.estimate - tried.trials.truth
    return np.asarray(miss[~np.isnan(miss)])


def plot_sampling(
    tried: Sequence[DesignResult],
    *,
    questions: Mapping[str, str] | None = None,
    ax: Axes | None = None,
    language: str = "nb",
) -> Axes:
    """Draw the distribution of estimate minus truth for each design and answer strategy.

    Parameters
    ----------
    tried : sequence of DesignResult
        One cell of an evaluation; shares only, those that answer one inquiry together.
    questions : mapping of str to str, optional
        What each inquiry asks, in words; its name, unless given.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    drawn = [one for one in tried if one.is_in_points and len(misses_of(one))]
    asked = list(dict.fromkeys(one.strategy.estimand.name for one in drawn))
    drawn.sort(key=lambda one: asked.index(one.strategy.estimand.name))
    # Where a row stands, counted in rows: each question has a line of its own above its rows.
    heads = {name: _first(drawn, name) + HEAD * k for k, name in enumerate(asked)}
    rows = [k + HEAD * (asked.index(one.strategy.estimand.name) + 1) for k, one in enumerate(drawn)]
    count = max(1.0, len(drawn) + HEAD * len(asked))
    height = ROW * count
    page, width, top = new_page(
        ax, height + 1.2, title(tried, language), say("sampling_note", language)
    )
    panel = add_panel(page, LEFT, top + 0.1, width - LEFT - 0.2, height)
    panel.grid(visible=False)
    ends = [np.quantile(misses_of(one), (0.005, 0.995)) for one in drawn] or [np.array([-0.1, 0.1])]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    panel.set_xlim(min(low, -0.05) - 0.02, max(high, 0.05) + 0.02)
    panel.set_ylim(count, 0)
    panel.axvline(0.0, color=INK, linewidth=0.9)
    for name, place in heads.items():
        words = (questions or {}).get(name, name)
        write(page, 0.0, top + 0.1 + ROW * (place + HEAD / 2), words, color=INK, weight="bold")
    for row, one in zip(rows, drawn, strict=True):
        miss = misses_of(one)
        _ridge(panel, miss, row, is_biased=one.diagnosis.is_biased)
        label = f"{one.design.says.in_language(language)}: {one.strategy.says_in(language)}"
        middle = top + 0.1 + ROW * (row + 0.55)
        write(page, LEFT - 0.3, middle, wrap(label, LEFT - 0.4), ha="right", color=INK)
        if one.diagnosis.is_biased:
            # In words beside the colour, which not everybody sees.
            mean = float(miss.mean())
            side = "left" if mean < 0 else "right"
            away = 0.012 * float(np.diff(panel.get_xlim())[0])
            write(
                panel,
                mean + (away if mean < 0 else -away),
                row + 0.3,
                say("sampling_biased", language),
                color=INK,
                ha=side,
                path_effects=halo(),
            )
    step = 0.1 if panel.get_xlim()[1] - panel.get_xlim()[0] < 0.8 else 0.2
    ticks = np.arange(np.ceil(panel.get_xlim()[0] / step) * step, panel.get_xlim()[1], step)
    set_ticks(
        panel,
        "x",
        ticks.tolist(),
        [format_points(tick, language, 0) for tick in ticks],
    )
    set_ticks(panel, "y", [], [])
    write(
        page,
        LEFT + (width - LEFT - 0.2) / 2,
        top + height + 0.85,
        say("miss_points", language),
        color=SOFT,
        ha="center",
    )
    return page


def title(tried: Sequence[DesignResult], language: str = "nb") -> str:
    """Return how many strategies are wrong on average beyond chance, and which is most."""
    drawn = [one for one in tried if one.is_in_points and len(misses_of(one))]
    wrong = [one for one in drawn if one.diagnosis.is_biased]
    parts = {"count": len(wrong), "all": len(drawn)}
    if not wrong:
        return say("sampling_title_none", language, **parts)
    worst = max(wrong, key=lambda one: abs(float(misses_of(one).mean())))
    mean = format_change(float(misses_of(worst).mean()), "share", language)
    design = worst.design.says.in_language(language)
    return fit_title("sampling_title", language, ("design",), design=design, miss=mean, **parts)


def _first(drawn: Sequence[DesignResult], name: str) -> int:
    """Return the number of the first design that answers an inquiry."""
    return next(k for k, one in enumerate(drawn) if one.strategy.estimand.name == name)


def _ridge(panel: Axes, miss: Floats, row: float, *, is_biased: bool) -> None:
    """Draw a smoothed histogram that stands on its row, with its mean; hatched where biased."""
    colour = RED if is_biased else BLUE
    grid = np.linspace(*panel.get_xlim(), 241)
    # Silverman's rule (1986, eq. 3.31).
    width = (
        0.9
        * min(miss.std(), np.subtract(*np.quantile(miss, (0.75, 0.25))) / 1.34 or miss.std())
        * len(miss) ** -0.2
        + 1e-6
    )
    density = np.exp(-0.5 * ((grid[:, None] - miss) / width) ** 2).sum(axis=1)
    panel.fill_between(
        grid,
        row + 0.92,
        row + 0.92 - 0.8 * density / density.max(),
        facecolor=(*to_rgb(colour), 0.35),
        edgecolor="white",
        hatch="////" if is_biased else None,
        linewidth=0,
    )
    panel.plot([miss.mean()] * 2, [row + 0.92, row + 0.12], color=colour, linewidth=2)


def alt_text(tried: Sequence[DesignResult], language: str) -> str:
    """Return what the figure shows, in words: mean and spread of each."""
    parts = []
    for one in tried:
        miss = misses_of(one)
        if one.is_in_points and len(miss):
            mean, spread = (
                format_points(number, language)
                for number in (float(miss.mean()), float(miss.std()))
            )
            parts.append(
                say(
                    "sampling_alt",
                    language,
                    design=one.design.says.in_language(language),
                    answer=one.strategy.says_in(language),
                    mean=mean,
                    spread=spread,
                )
            )
    return " ".join(parts)
