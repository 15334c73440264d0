"""A document's folder: complete or absent, and other people's files left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pilotsim.base.files import write_folder as write_files
from pilotsim.language.catalogue import say
from pilotsim.output.document import Document, Figure
from pilotsim.output.figures.pictures import Picture, picture_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.files import File
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json

__all__ = ["BESIDE", "LIST", "PAGE", "files_of", "write_folder"]

PAGE, LIST = "index.html", "files.txt"
# Ends of names that a report writes, so that a later one may take away an earlier one's.
OWN_ENDS = (".png", ".svg", ".txt", ".csv", ".json", ".md", ".yaml")


Pictures = Mapping[str, Picture]  # by the names of the figures


def picture_files(document: Document, pictures: Pictures) -> Iterator[File]:
    """Yield each figure as PNG and SVG, and in words."""
    for figure in document.figures():
        picture, words = pictures[figure.name], f"{figure.title}\n\n{figure.alt}\n"
        contents = {"png": picture.png, "svg": picture.svg, "txt": words.encode("utf-8-sig")}
        for end, content in contents.items():
            title = f"{figure.title}: {say(f'file_{end}', document.language)}"
            yield File(f"{figure.name}.{end}", title, content, is_linked=end == "svg")


def table_files(document: Document, _: Pictures) -> Iterator[File]:
    """Yield each filed table for spreadsheets."""
    for table in document.tables():
        if table.is_filed:
            content = write_csv(table, document.language, document.changed)
            yield File(f"{table.name}.csv", table.title, content)


def json_file(document: Document, _: Pictures) -> Iterator[File]:
    """Yield the result for programs."""
    title = say("file_json", document.language)
    yield File(f"{document.kind}.json", title, write_json(document).encode())


def attached_files(document: Document, _: Pictures) -> Iterator[File]:
    """Yield what else goes with the document."""
    for one in document.attachments:
        yield File(one.name, one.title, one.content)


# What a folder holds beside the page, in this order.
BESIDE: Mapping[str, Callable[[Document, Pictures], Iterator[File]]] = {
    "pictures": picture_files,
    "tables": table_files,
    "json": json_file,
    "attachments": attached_files,
}


def files_of(document: Document) -> list[File]:
    """Return the files of a document's folder, the page first and the list of files last.

    The same bytes for the same document.
    """
    pictures = {figure.name: picture_of(figure.draw()) for figure in document.figures()}
    beside = [file for make in BESIDE.values() for file in make(document, pictures)]
    linked = [(file.name, file.title) for file in beside if file.is_linked]

    def drawn(figure: Figure) -> Picture:
        return pictures[figure.name]

    page = write_html(document, draw=drawn, beside=linked)
    first = File(PAGE, say("file_page", document.language), page.encode())
    last = File(LIST, say("file_list", document.language), b"")
    lines = [f"{file.name}\t{file.title}\n" for file in (first, *beside, last)]
    return [first, *beside, File(LIST, last.title, "".join(lines).encode("utf-8-sig"))]


def write_folder(document: Document, folder: str | Path) -> list[Path]:
    """Write a document as a page, pictures, tables and JSON into a folder.

    Everything is made before anything is written. A folder that is not there comes into being
    complete; in a folder that is there, the files of an earlier report are replaced and all others
    left alone. The page goes first and comes last: where it is, the report is complete.

    Parameters
    ----------
    document : Document
        What to write.
    folder : str or Path
        Where to.

    Returns
    -------
    list of Path
        The files, the page first.

    Raises
    ------
    PilotsimError
        The folder cannot be written to, or a file in it is open in another program.
    """
    place = Path(folder)
    files = {file.name: file.content for file in files_of(document)}
    return write_files(place, files, stale=_own_files(place))


def _own_files(place: Path) -> set[str]:
    """Return the files of the report that a folder holds already, as its own list names them."""
    if not (place / LIST).is_file():
        return set()
    lines = (place / LIST).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    names = {line.partition("\t")[0] for line in lines if "\t" in line}
    return {name for name in names if name.endswith(OWN_ENDS) and not set(name) & set('/\\:<>|"?*')}
