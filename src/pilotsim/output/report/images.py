"""A check's figures as pictures: PNG for documents, SVG for print, and what each shows in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from pilotsim.judge.check import Check
from pilotsim.judge.verdicts import CERTAIN, LIKELY, Verdict
from pilotsim.language.catalogue import say
from pilotsim.output.figures import clients, flow, targets, tornado, use, waits

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 200
MAX_ROWS = 14  # readings that one figure of targets has room for on a page
MAX_DRIVERS = 9  # two figures of drivers on a page
_SVG_LOCK = Lock()  # matplotlib takes the names inside an SVG from a setting that all threads share


@dataclass(frozen=True)
class Picture:
    """A figure as it is stored.

    Parameters
    ----------
    name : str
        The name of its files, without their ends.
    part : str
        Which part of the page it belongs to: `targets`, `drivers` or `clients`.
    title, alt : str
        What it is, and what it shows in words.
    png, svg : bytes
        The pictures.
    """

    name: str
    part: str
    title: str
    alt: str
    png: bytes
    svg: bytes


def draw_pictures(check: Check, language: str) -> list[Picture]:
    """Return all figures of a check; the same bytes for the same check."""
    return [
        Picture(name, part, title, alt, *save_picture(draw()))
        for name, part, title, draw, alt in _figures(check, language)
    ]


def _figures(
    check: Check, language: str
) -> Iterator[tuple[str, str, str, Callable[[], Axes], str]]:
    """Yield each figure's name, part and title, how it is drawn, and its words."""
    for kind in targets.kinds_of(check) if len(check.verdicts) > MAX_ROWS else [None]:
        title = say("figure_targets", language) + (f" {say(kind, language)}" if kind else "")
        draw = partial(targets.plot_targets, check, kind, language=language)
        yield (
            f"targets-{kind}" if kind else "targets",
            "targets",
            title,
            draw,
            targets.alt_text(check, kind, language),
        )
    taken: set[str] = set()
    for verdict in open_verdicts(check):
        name, question = _file_name(verdict.question.name, taken), verdict.question.name
        draw = partial(tornado.plot_drivers, check, question, most=MAX_DRIVERS, language=language)
        yield (
            name,
            "drivers",
            say("figure_drivers", language),
            draw,
            tornado.alt_text(check, question, language, most=MAX_DRIVERS),
        )
    for module, plot in (
        (clients, clients.plot_clients),
        (flow, flow.plot_flow),
        (waits, waits.plot_waits),
        (use, use.plot_use),
    ):
        name = module.__name__.rpartition(".")[2]
        yield (
            name,
            "clients",
            say(f"figure_{name}", language),
            partial(plot, check, language=language),
            module.alt_text(check, language),
        )


def open_verdicts(check: Check) -> list[Verdict]:
    """Return, for each target that may fail, the verdict on the reading that is least settled."""
    if not check.drivers:
        return []
    found: dict[str, Verdict] = {}
    for verdict in check.verdicts:
        target, measured = verdict.question.target, verdict.question.name in check.values
        if measured and verdict.word not in (LIKELY, CERTAIN):
            best = found.setdefault(target, verdict)
            found[target] = (
                verdict if abs(verdict.probability - 0.5) < abs(best.probability - 0.5) else best
            )
    return [verdict for verdict in found.values() if tornado.rows_of(check, verdict.question, "en")]


def _file_name(question: str, taken: set[str]) -> str:
    """Return a name for a question's files that differs from all others on systems that know no capitals."""
    name = base = f"drivers-{question.replace('.', '-')}"
    number = 1
    while name.lower() in taken:
        number += 1
        name = f"{base}-{number}"
    taken.add(name.lower())
    return name


def save_picture(axes: Axes) -> tuple[bytes, bytes]:
    """Return a figure as PNG and SVG, without dates or names that differ from run to run."""
    from matplotlib import rc_context

    figure = axes.get_figure(root=True)
    assert figure is not None
    png = _bytes(figure, "png", {"Software": None})
    with _SVG_LOCK, rc_context({"svg.hashsalt": "pilotsim", "svg.fonttype": "path"}):
        return png, _bytes(figure, "svg", {"Date": None, "Creator": None})


def _bytes(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    file = BytesIO()
    figure.savefig(file, format=kind, dpi=DPI, metadata=metadata)
    return file.getvalue()


def picture_files(pictures: Iterable[Picture]) -> dict[str, bytes]:
    """Return the files of figures: each as PNG and SVG, and what it shows in words."""
    files: dict[str, bytes] = {}
    for picture in pictures:
        files |= {f"{picture.name}.png": picture.png, f"{picture.name}.svg": picture.svg}
        files[f"{picture.name}.txt"] = f"{picture.title}\n\n{picture.alt}\n".encode("utf-8-sig")
    return files
