"""A figure as it is stored: PNG for documents, SVG for pages and print."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from pilotsim.output.figures.vector import Said, svg_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DPI", "Picture", "font_folder", "picture_of"]

DPI = 200
COLOURS = 256  # of a picture; figures have few, and shades where lines meet the ground


@dataclass(frozen=True)
class Picture:
    """A figure as pictures; the same bytes for the same figure."""

    png: bytes
    svg: bytes


def picture_of(
    axes: Axes,
    said: Said = Said(),  # noqa: B008
    *,
    outlined: bool = False,
) -> Picture:
    """Return a figure as PNG and SVG, without dates or names that differ from run to run.

    Parameters
    ----------
    axes : Axes
        Of the figure.
    said : Said
        What the SVG says of itself.
    outlined : bool
        Whether the letters of the SVG are shapes.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    png = _with_palette(_png(figure))
    return Picture(png, svg_of(figure, said, outlined=outlined))


def font_folder() -> str:
    """Return the folder of the fonts that figures are drawn with."""
    from matplotlib import get_data_path

    return str(Path(get_data_path()) / "fonts" / "ttf")


def _png(figure: Figure) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()


def _with_palette(png: bytes) -> bytes:
    """Return a picture with a palette: a third of the bytes, and no eye sees the difference."""
    from PIL import Image

    with Image.open(BytesIO(png)) as picture:
        few = picture.convert("RGB").quantize(
            COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
        )
        file = BytesIO()
        few.save(file, format="PNG", optimize=True, dpi=(DPI, DPI))
    return file.getvalue()
