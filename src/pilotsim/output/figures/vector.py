"""A figure as SVG whose letters are letters: they are found, read aloud, copied and restyled.

Matplotlib writes a picture by itself. Here it becomes one that stands among others in a page: no
name in it is another picture's, nothing in it tells all of the page how to look, and it says what
it is. Letters are those of the page; where they must look the same everywhere they are outlines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from pilotsim.output.figures.style import FONT

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["FONTS", "Said", "svg_of"]

# The letters of pages, then those that a figure is laid out with: they are wider, so that what fits
# with them fits with all.
FONTS = ("Segoe UI", "Helvetica Neue", "Arial", "Liberation Sans", FONT)
SVG, LINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_LOCK = Lock()  # matplotlib takes the names inside an SVG from a setting that all threads share
_ROOT_STYLE = "stroke-linejoin: round; stroke-linecap: butt"
_REFERENCE = re.compile(r"url\(#([^)]+)\)|^#(.+)$")
_FINE = re.compile(r"(\.\d\d)\d+")
_OWN_FONT = re.compile(rf"; font-family: '{re.escape(FONT)}'")
_ANCHORS = {"center": ("middle", 0.5), "right": ("end", 1.0)}


@dataclass(frozen=True)
class Said:
    """What a picture says of itself to those who do not see it.

    Parameters
    ----------
    name : str
        Its name, which those of its parts begin with; letters, digits, `-`, `_`.
    title : str
        What it shows, in a sentence.
    """

    name: str = ""
    title: str = ""


@dataclass(frozen=True)
class _Letters:
    """How words stand that matplotlib would write as shapes, or in the wrong place."""

    edge: tuple[str, float] | None  # the colour and width of a halo
    anchor: str
    widths: Mapping[str, float]  # of each line, in points


def svg_of(figure: Figure, said: Said = Said(), *, outlined: bool = False) -> bytes:
    """Return a figure as SVG; the same bytes for the same figure.

    Parameters
    ----------
    figure : Figure
        What is drawn.
    said : Said
        What it says of itself.
    outlined : bool
        Whether letters are shapes, which look the same everywhere and are no text.
    """
    from io import BytesIO

    from matplotlib import rc_context

    file = BytesIO()
    kind = "path" if outlined else "none"
    with _LOCK, rc_context({"svg.hashsalt": "pilotsim", "svg.fonttype": kind}):
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        if outlined:
            letters: Mapping[str, _Letters] = {}
            figure.savefig(file, format="svg", metadata=nothing)
        else:
            with _plain_letters(figure) as letters:
                figure.savefig(file, format="svg", metadata=nothing)
    root = ElementTree.fromstring(file.getvalue())
    _set_letters(root, letters)
    _tidy(root, said.name)
    _tell(root, said)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", LINK)
    content: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return content


@contextmanager
def _plain_letters(figure: Figure) -> Iterator[Mapping[str, _Letters]]:
    """Have words written as words: a halo would make shapes of them; give back how they stand."""
    from matplotlib.text import Text

    found: dict[str, _Letters] = {}
    changed = []
    for number, text in enumerate(figure.findobj(Text)):
        assert isinstance(text, Text)
        halo = text.get_path_effects()
        anchor = text.get_horizontalalignment() if "\n" in text.get_text() else ""
        if not halo and anchor not in _ANCHORS:
            continue
        name = f"letters-{number}"
        found[name] = _Letters(_edge_of(halo), anchor, _widths_of(text, anchor))
        changed.append((text, halo, text.get_gid()))
        text.set_path_effects([])
        text.set_gid(name)
    try:
        yield found
    finally:
        for text, halo, before in changed:
            text.set_path_effects(halo)
            text.set_gid(before)


def _edge_of(effects: Sequence[object]) -> tuple[str, float] | None:
    """Return the colour and the width of a halo."""
    for effect in effects:
        settings = getattr(effect, "_gc", None)
        if settings:
            return str(settings["foreground"]), float(settings["linewidth"])
    return None


def _widths_of(text: Text, anchor: str) -> dict[str, float]:
    """Return how wide each line of a text is laid out, in points."""
    from matplotlib.textpath import text_to_path

    if anchor not in _ANCHORS:
        return {}
    font = text.get_fontproperties()
    return {
        line: float(text_to_path.get_text_width_height_descent(line, font, False)[0])
        for line in text.get_text().split("\n")
    }


def _set_letters(root: ElementTree.Element, letters: Mapping[str, _Letters]) -> None:
    """Give words their halo, and lines below each other the place that they are set by."""
    for group in root.iter(f"{{{SVG}}}g"):
        own = letters.get(group.get("id", ""))
        if own is None:
            continue
        for text in group.iter(f"{{{SVG}}}text"):
            style = text.get("style", "")
            if own.edge is not None:
                colour, width = own.edge
                style += f"; paint-order: stroke; stroke: {colour}; stroke-width: {width:g}px"
            place = re.match(r"translate\(([-\d.]+) ([-\d.]+)\)", text.get("transform", ""))
            if own.anchor in _ANCHORS and place:
                anchor, share = _ANCHORS[own.anchor]
                x = float(place[1]) + share * own.widths.get(text.text or "", 0.0)
                text.set("transform", f"translate({x:.2f} {float(place[2]):.2f})")
                style += f"; text-anchor: {anchor}"
            text.set("style", style)


def _tidy(root: ElementTree.Element, name: str) -> None:
    """Leave what is drawn: without names that nobody asks for and digits that nobody sees."""
    for tag in ("metadata", "style", "defs"):
        _remove(root, f"{{{SVG}}}{tag}", only_empty=tag == "defs")
    asked = {
        found[1] or found[2]
        for element in root.iter()
        for value in element.attrib.values()
        for found in _REFERENCE.finditer(value)
    }
    before = f"{name}-" if name else ""
    for element in root.iter():
        for key, value in list(element.attrib.items()):
            if (key == "id" and value not in asked) or value.startswith("rotate(-0 "):
                del element.attrib[key]
            elif key == "id":
                element.set(key, f"{before}{value}")
            else:
                element.set(key, _named(_plain(key, value), before))


def _remove(root: ElementTree.Element, tag: str, *, only_empty: bool) -> None:
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == tag and not (only_empty and len(child)):
                parent.remove(child)


def _plain(key: str, value: str) -> str:
    """Return what an element says of itself, without the font that all have and idle digits."""
    if key == "d":
        return " ".join(_FINE.sub(r"\1", value).split())
    if key in ("x", "y"):
        return _FINE.sub(r"\1", value)
    return _OWN_FONT.sub("", value) if key == "style" else value


def _named(value: str, before: str) -> str:
    """Return a value in which the names of parts begin with that of their picture."""
    if value.startswith("#"):
        return f"#{before}{value[1:]}" if not re.fullmatch("#[0-9a-fA-F]{3,8}", value) else value
    return value.replace("url(#", f"url(#{before}")


def _tell(root: ElementTree.Element, said: Said) -> None:
    """Have a picture say what it shows."""
    fonts = ", ".join(f"'{font}'" for font in FONTS)
    root.set("style", f"{_ROOT_STYLE}; font-family: {fonts}, sans-serif")
    root.set("role", "img")
    if said.title:
        title = ElementTree.Element(f"{{{SVG}}}title")
        title.text = said.title
        if said.name:
            title.set("id", f"{said.name}-title")
            root.set("aria-labelledby", f"{said.name}-title")
        root.insert(0, title)
