"""Charts of rows: a label to the left of each, a scale that all share, one below the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from matplotlib.axes import Axes

from pilotsim.output.figures.scale import Scale, round_scale
from pilotsim.output.figures.style import LINE, SOFT, count_lines, wrap, write_lines

__all__ = ["ChartRow", "RowLayout", "height_of", "middles_of", "write_label"]

T = TypeVar("T")
MARGIN = 0.2  # cm of white that a row leaves about its words


@dataclass(frozen=True)
class ChartRow(Generic[T]):
    """A row of a chart.

    Parameters
    ----------
    item : object
        What it shows.
    label : str
        Its words, broken into lines.
    note : str
        A line below the label, in a softer colour; empty for none.
    height : float
        The room that it takes, in cm.
    """

    item: T
    label: str
    note: str
    height: float


@dataclass(frozen=True)
class RowLayout:
    """Where a chart of rows has its parts, in cm from the left.

    Parameters
    ----------
    label : float
        How wide a label may be before it breaks.
    left, right : float
        Where the scale begins and ends.
    row : float
        The least height of a row.
    """

    label: float
    left: float
    right: float
    row: float

    def row_of(self, item: T, label: str, *, note: str = "", min_lines: int = 0) -> ChartRow[T]:
        """Return a row with room for its label and note, and for `min_lines` lines beside them."""
        wrapped = wrap(label, self.label)
        lines = max(count_lines(wrapped) + bool(note), min_lines)
        return ChartRow(item, wrapped, note, max(self.row, LINE * lines + MARGIN))

    def scale_of(self, low: float, high: float, kind: str) -> Scale:
        """Return a scale with round ticks between two numbers of a kind, as `round_scale`."""
        return round_scale(low, high, kind, self.left, self.right)

    @property
    def middle(self) -> float:
        """Where the middle of the scale is: the place of its caption."""
        return (self.left + self.right) / 2


def height_of(rows: Sequence[ChartRow[T]]) -> float:
    """Return the room that rows take one below the other, in cm."""
    return sum(row.height for row in rows)


def middles_of(rows: Sequence[ChartRow[T]], top: float) -> Iterator[tuple[ChartRow[T], float]]:
    """Yield each row with the height of its middle, the first beginning at `top`."""
    for row in rows:
        yield row, top + row.height / 2
        top += row.height


def write_label(page: Axes, row: ChartRow[T], middle: float) -> None:
    """Write a row's label with the note below it, about its middle."""
    lines = count_lines(row.label) + bool(row.note)
    above = middle - LINE * lines / 2
    write_lines(page, 0, above, row.label)
    if row.note:
        write_lines(page, 0, above + LINE * (lines - 1), row.note, color=SOFT)
