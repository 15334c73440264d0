"""Small panels of the same kind side by side, each with its name above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from pilotsim.output.figures.style import (
    LINE,
    SOFT,
    add_panel,
    count_lines,
    new_page,
    page_width,
    wrap,
    write_lines,
)

COLUMNS, HEIGHT, BELOW, AXIS, BETWEEN = 3, 2.3, 1.15, 0.95, 0.35


@dataclass(frozen=True)
class Sheet:
    """A page of panels.

    Parameters
    ----------
    page : Axes
        The page.
    panels : list of Axes
        One for each name, in order.
    """

    page: Axes
    panels: list[Axes]


def columns_of(count: int) -> int:
    """Return how many panels stand beside each other: three, two where the last would be alone."""
    if count == COLUMNS + 1:
        return COLUMNS - 1
    return min(COLUMNS, max(1, count))


def add_sheet(
    ax: Axes | None, names: Sequence[str], title: str, note: str, below: str = ""
) -> Sheet:
    """Return a page with a panel for each name, three in a row or, of four, two.

    Parameters
    ----------
    ax : Axes or None
        Where to draw; a new figure, unless given.
    names : sequence of str
        What each panel shows.
    title, note, below : str
        Above all panels, and below them.
    """
    columns = columns_of(len(names))
    share = page_width(ax) / max(columns, 2)
    wrapped = [wrap(name, share - 0.4, weight="bold") for name in names]
    rows = [wrapped[k : k + columns] for k in range(0, len(wrapped), columns)]
    heads = [LINE * max(count_lines(name) for name in row) + 0.25 for row in rows]
    foot = wrap(below, 15.5) if below else ""
    foot_height = LINE * count_lines(foot) + 0.2 if foot else 0.0
    page, width, top = new_page(
        ax, sum(heads) + len(rows) * (HEIGHT + BELOW) + foot_height, title, note
    )
    panels = []
    for row, head in zip(rows, heads, strict=True):
        for column, name in enumerate(row):
            left = column * width / max(columns, 2)
            write_lines(page, left, top, name, weight="bold")
            panels.append(
                add_panel(
                    page, left + AXIS, top + head, width / max(columns, 2) - AXIS - BETWEEN, HEIGHT
                )
            )
        top += head + HEIGHT + BELOW
    if foot:
        write_lines(page, 0, top + 0.1, foot, color=SOFT)
    return Sheet(page, panels)
