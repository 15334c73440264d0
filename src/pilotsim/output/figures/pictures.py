"""A figure as it is stored: PNG for documents, SVG for print."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DPI", "Picture", "picture_of"]

DPI = 200
COLOURS = 256  # of a picture; figures have few, and shades where lines meet the ground
_SVG_LOCK = Lock()  # matplotlib takes the names inside an SVG from a setting that all threads share


@dataclass(frozen=True)
class Picture:
    """A figure as pictures; the same bytes for the same figure."""

    png: bytes
    svg: bytes


def picture_of(axes: Axes) -> Picture:
    """Return a figure as PNG and SVG, without dates or names that differ from run to run."""
    from matplotlib import rc_context

    figure = axes.get_figure(root=True)
    assert figure is not None
    png = _with_palette(_bytes(figure, "png", {"Software": None}))
    with _SVG_LOCK, rc_context({"svg.hashsalt": "pilotsim", "svg.fonttype": "path"}):
        return Picture(png, _bytes(figure, "svg", {"Date": None, "Creator": None}))


def _bytes(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    file = BytesIO()
    figure.savefig(file, format=kind, dpi=DPI, metadata=metadata)
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
