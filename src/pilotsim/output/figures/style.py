"""How figures look: colours all can tell apart, sizes for an A4 column, text that is never cut.

A figure is drawn on a page: axes whose coordinates are centimetres, x from the left and y from the
top. Nothing here touches a global style, and nothing uses pyplot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

import matplotlib.patheffects as effects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

from pilotsim.base.text import printable
from pilotsim.language.numbers import SPACE

CM = 1 / 2.54
POINTS = 72 * CM
WIDTH = 16.0
EDGE = 0.15  # cm of white around a page
SMALL, TITLE = 8.0, 10.5
LINE = 0.36  # cm from one line of small text to the next
FONT = "DejaVu Sans"
ROOM = 1.04  # screens draw letters up to 4 % wider than the font says

# Okabe and Ito's palette (2008), which the colour-blind can tell apart; the order of luminance
# differs as well.
BLUE, GREEN, ORANGE, SKY, RED, PURPLE = (
    "#0072B2",
    "#009E73",
    "#E69F00",
    "#56B4E9",
    "#D55E00",
    "#CC79A7",
)
INK, SOFT, FAINT, PALE = "#1A1A1A", "#555555", "#D9D9D9", "#F2F2F2"
STATES = {
    "assistance": BLUE,
    "work": GREEN,
    "other_benefit": ORANGE,
    "education": SKY,
    "unknown": "#7A7A7A",
    "not_counted": "#A9A9A9",
}
# What every page says below its title while it is drawn; see `marked`.
_mark: ContextVar[str] = ContextVar("mark", default="")
# What the note of every page ends with while it is drawn.
_basis: ContextVar[str] = ContextVar("basis", default="")


@lru_cache(maxsize=1 << 14)
def text_width(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """Return how wide one line of text is, in cm."""
    width, _, _ = text_to_path.get_text_width_height_descent(
        printable(text), FontProperties(family=FONT, size=size, weight=weight), False
    )
    return float(width) / POINTS * ROOM


def wrap(text: str, width: float, size: float = SMALL, weight: str = "normal") -> str:
    """Return a text broken into lines no wider than `width` cm; a longer word is divided.

    A number stays with its per cent sign.
    """
    lines: list[str] = []
    for word in text.replace(" %", f"{SPACE}%").split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, weight) <= width:
            lines[-1] = longer
        else:
            lines += _divide(word, width, size, weight)
    return "\n".join(lines)


def _divide(word: str, width: float, size: float, weight: str) -> list[str]:
    if text_width(word, size, weight) <= width or len(word) < 5:
        return [word]
    cut = next(
        (
            n
            for n in range(len(word) - 3, 2, -1)
            if text_width(word[:n] + "-", size, weight) <= width
        ),
        3,
    )
    cut = word.rfind("-", 2, cut) + 1 or cut
    head = word[:cut] if word[cut - 1] in "-/" else word[:cut] + "-"
    return [head, *_divide(word[cut:], width, size, weight)]


def count_lines(text: str) -> int:
    """Return how many lines a wrapped text has."""
    return text.count("\n") + 1


def write(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = SMALL,
    weight: str = "normal",
    **options: Any,
) -> Text:
    """Write words on axes; they are never read as formulas."""
    options = {"color": INK, "ha": "left", "va": "center", "linespacing": 1.15, **options}
    return ax.text(
        x,
        y,
        printable(text),
        fontfamily=FONT,
        fontsize=size,
        fontweight=weight,
        parse_math=False,
        **options,
    )


def write_lines(
    ax: Axes, x: float, y: float, text: str, *, size: float = SMALL, **options: Any
) -> None:
    """Write lines from `y` cm downwards, evenly spaced whatever letters they hold."""
    for number, line in enumerate(text.split("\n")):
        write(
            ax,
            x,
            y + (0.034 + LINE / SMALL * number) * size,
            line,
            size=size,
            va="baseline",
            **options,
        )


def halo(width: float = 2.0) -> list[effects.AbstractPathEffect]:
    """Return a white edge that keeps text legible on lines and bands."""
    return [effects.withStroke(linewidth=width, foreground="white")]


@contextmanager
def marked(note: str, basis: str = "") -> Iterator[None]:
    """Write a line below the title of every page that is drawn meanwhile, and one after its note.

    So no figure of a changed flow can be taken for one of the file as it stands, and none of
    assumptions that stood still for one that drew them, whoever draws it.

    Parameters
    ----------
    note : str
        What was changed; nothing is written where it is empty.
    basis : str
        What runs it is of; nothing is written where it is empty.
    """
    mark, ending = _mark.set(note), _basis.set(basis)
    try:
        yield
    finally:
        _mark.reset(mark)
        _basis.reset(ending)


class PageAxes(Axes):
    """Axes that fill a figure of their own, which a notebook shows."""

    def _repr_png_(self) -> bytes:
        from pilotsim.output.figures.pictures import picture_of

        return picture_of(self).png

    def _repr_svg_(self) -> str:
        from pilotsim.output.figures.pictures import picture_of

        return picture_of(self).svg.decode()


def new_page(
    ax: Axes | None, height: float, title: str = "", note: str = ""
) -> tuple[Axes, float, float]:
    """Return a page with its title, its width, and where the rest may begin, in cm.

    Parameters
    ----------
    ax : Axes or None
        Where to draw; a figure of its own, 16 cm wide, unless given.
    height : float
        What the drawing needs below its title, in cm.
    title, note : str
        What the figure shows, and how to read it.
    """
    width = page_width(ax)
    note = " ".join(part for part in (note, _basis.get()) if part)
    title, note, mark = (
        wrap(title, width, TITLE, "bold") if title else "",
        wrap(note, width) if note else "",
        wrap(_mark.get(), width, weight="bold") if _mark.get() else "",
    )
    below_title = 0.48 * count_lines(title) + 0.1 if title else 0.0
    below_mark = below_title + (LINE * count_lines(mark) + 0.1 if mark else 0.0)
    top = below_mark + (LINE * count_lines(note) + 0.2 if note else 0.1 if mark else 0.0)
    size = ((width + 2 * EDGE) * CM, (height + top + 2 * EDGE) * CM)
    page = ax
    if page is None:
        figure = Figure(size, facecolor="white")
        page = figure.add_axes((0, 0, 1, 1), axes_class=PageAxes)
    page.set_xlim(-EDGE, width + EDGE)
    page.set_ylim(height + top + EDGE, -EDGE)
    page.set_axis_off()
    if title:
        write_lines(page, 0, 0.02, title, size=TITLE, weight="bold")
    if mark:
        write_lines(page, 0, below_title, mark, color=RED, weight="bold")
    if note:
        write_lines(page, 0, below_mark, note, color=SOFT)
    return page, width, top


def page_width(ax: Axes | None) -> float:
    """Return the width of axes in cm, less the edges."""
    if ax is None:
        return WIDTH - 2 * EDGE
    figure = ax.get_figure(root=True)
    assert figure is not None
    return float(ax.get_window_extent().width / figure.dpi / CM) - 2 * EDGE


def add_panel(page: Axes, left: float, top: float, width: float, height: float) -> Axes:
    """Return plain axes inside a page, placed in its centimetres."""
    (x0, x1), (y0, y1) = page.get_xlim(), page.get_ylim()
    bounds = (
        (left - x0) / (x1 - x0),
        (y0 - top - height) / (y0 - y1),
        width / (x1 - x0),
        height / (y0 - y1),
    )
    panel = page.inset_axes(bounds)
    panel.set_facecolor("none")
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(SOFT)
    panel.grid(axis="y", color=FAINT, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(
        labelsize=SMALL, labelcolor=SOFT, color=SOFT, labelfontfamily=FONT, length=2.5, pad=2
    )
    panel.tick_params(axis="y", length=0)
    return panel


def set_ticks(panel: Axes, axis: str, places: Sequence[float], labels: Sequence[str]) -> None:
    """Put ticks with plain labels on an axis."""
    side = panel.xaxis if axis == "x" else panel.yaxis
    side.set_ticks(list(places), list(labels))
    for label in side.get_ticklabels():
        label.set_parse_math(False)


def spread(places: Sequence[float], distance: float, low: float, high: float) -> list[float]:
    """Return places moved apart until each is at least `distance` from the next.

    They keep their order and lie between `low` and `high`.
    """
    order = sorted(range(len(places)), key=lambda k: places[k])
    moved = [0.0] * len(places)
    least = low
    for k in order:
        moved[k] = least = max(places[k], least)
        least += distance
    most = high
    for k in reversed(order):
        moved[k] = most = min(moved[k], most)
        most -= distance
    return moved
