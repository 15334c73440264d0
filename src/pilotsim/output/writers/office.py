"""A document as files of office programs, each of which is passed on by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.language.catalogue import say
from pilotsim.output.document import Document
from pilotsim.output.imprint import Imprint
from pilotsim.output.writers.drawing import Draw
from pilotsim.output.writers.files import File

__all__ = ["FORMATS", "OfficeFiles", "formats_here", "office_files"]

PDF = "pdf"  # the one format whose library is not part of every installation


@dataclass(frozen=True)
class OfficeFiles:
    """Which files of office programs are asked for.

    Parameters
    ----------
    formats : sequence of str
        Of `FORMATS`.
    imprint : Imprint
        What each says of itself.
    template : bytes, optional
        A Word file whose styles, margins, header and footer are taken.
    name : str
        The name of the files, without their ends; the kind of the document unless given.
    """

    formats: Sequence[str]
    imprint: Imprint
    template: bytes | None = None
    name: str = ""


def _word(document: Document, asked: OfficeFiles, draw: Draw) -> bytes:
    from pilotsim.output.writers.word import write_word

    return write_word(document, asked.imprint, draw=draw, template=asked.template)


def _excel(document: Document, asked: OfficeFiles, _: Draw) -> bytes:
    from pilotsim.output.writers.excel import write_excel

    return write_excel(document, asked.imprint)


def _slides(document: Document, asked: OfficeFiles, draw: Draw) -> bytes:
    from pilotsim.output.writers.slides import write_slides

    return write_slides(document, asked.imprint, draw=draw)


def _pdf(document: Document, asked: OfficeFiles, draw: Draw) -> bytes:
    from pilotsim.output.writers.pdf import write_pdf

    return write_pdf(document, asked.imprint, draw=draw)


# The end of its files, and what writes one.
FORMATS: Mapping[str, tuple[str, Callable[[Document, OfficeFiles, Draw], bytes]]] = {
    "word": ("docx", _word),
    "excel": ("xlsx", _excel),
    "slides": ("pptx", _slides),
    "pdf": ("pdf", _pdf),
}


def formats_here(asked: Sequence[str] = ()) -> list[str]:
    """Return the formats that are asked for, or all that can be made here.

    Raises
    ------
    RequestError
        A format is asked for that there is not, or whose library is not installed.
    """
    unknown = [name for name in asked if name not in FORMATS]
    if unknown:
        raise RequestError(
            Message(
                "there is no format '{name}'; expected {formats}",
                name=unknown[0],
                formats=", ".join(FORMATS),
            )
        )
    from pilotsim.output.writers.pdf import can_write_pdf, check_pdf

    has_pdf = can_write_pdf()
    if PDF in asked:
        check_pdf()
    return [name for name in FORMATS if name in asked or (not asked and (name != PDF or has_pdf))]


def office_files(document: Document, asked: OfficeFiles, draw: Draw) -> Iterator[File]:
    """Yield the files that are asked for, each made whole.

    Parameters
    ----------
    document : Document
        What to write.
    asked : OfficeFiles
        Which files, and what they say of themselves.
    draw : callable
        Gives the picture of a figure.
    """
    for name, (end, write) in FORMATS.items():
        if name in asked.formats:
            title = say(f"office_{name}", document.language)
            yield File(f"{asked.name or document.kind}.{end}", title, write(document, asked, draw))
