"""A figure as writers show it: drawn when it is asked for, and once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pilotsim.output.document import Figure
from pilotsim.output.writers.text import on_one_line

if TYPE_CHECKING:
    from pilotsim.output.figures.pictures import Picture

__all__ = ["PICTURE_CM", "Draw", "draw", "draw_once"]

# The width and the height on paper that no figure exceeds, in centimetres.
PICTURE_CM = (16.0, 21.0)

Draw = Callable[[Figure], "Picture"]


def draw(figure: Figure, *, outlined: bool = False) -> Picture:
    """Return the picture of a figure.

    Parameters
    ----------
    figure : Figure
        What to draw.
    outlined : bool
        Whether the letters of its SVG are shapes.
    """
    # What draws is asked for with the first figure: a text without any does without.
    from pilotsim.output.figures.pictures import picture_of
    from pilotsim.output.figures.vector import Said

    said = Said(figure.name, on_one_line(figure.says))
    return picture_of(figure.draw(), said, outlined=outlined)


def draw_once(*, outlined: bool = False) -> Draw:
    """Return what draws figures and keeps each picture, by its figure's name.

    Parameters
    ----------
    outlined : bool
        As for `draw`.
    """
    kept: dict[str, Picture] = {}

    def kept_or_drawn(figure: Figure) -> Picture:
        if figure.name not in kept:
            kept[figure.name] = draw(figure, outlined=outlined)
        return kept[figure.name]

    return kept_or_drawn
