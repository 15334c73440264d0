"""A document's folder: complete or absent, and other people's files left alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.errors import RequestError
from pilotsim.base.files import write_folder as write_files
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file
from pilotsim.language.catalogue import say
from pilotsim.output.document import Document
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.drawing import Draw, draw_once
from pilotsim.output.writers.files import File
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.office import OfficeFiles, office_files

__all__ = [
    "BESIDE",
    "LIST",
    "PAGE",
    "FolderOptions",
    "files_of",
    "write_folder",
    "write_office_folder",
]

PAGE, LIST = "index.html", "files.txt"
# Ends of names that a report writes, so that a later one may take away an earlier one's.
OWN_ENDS = (
    ".html",
    ".png",
    ".svg",
    ".txt",
    ".csv",
    ".json",
    ".md",
    ".yaml",
    ".docx",
    ".xlsx",
    ".pptx",
    ".pdf",
)


@dataclass(frozen=True)
class FolderOptions:
    """How the files of a folder are written.

    Parameters
    ----------
    outlined : bool
        Whether the letters of drawings are shapes, which look the same everywhere and are no text.
    tables_for : str
        The language in which the spreadsheet is set up that is to open the tables, one of
        `LANGUAGES`; that of the document unless given.
    """

    outlined: bool = False
    tables_for: str = ""


def picture_files(document: Document, draw: Draw, _: FolderOptions) -> Iterator[File]:
    """Yield each figure as PNG and SVG, and in words."""
    for figure in document.figures():
        picture, words = draw(figure), f"{figure.title}\n\n{figure.alt}\n"
        contents = {"png": picture.png, "svg": picture.svg, "txt": words.encode("utf-8-sig")}
        for end, content in contents.items():
            title = f"{figure.title}: {say(f'file_{end}', document.language)}"
            yield File(f"{figure.name}.{end}", title, content, is_linked=end == "svg")


def table_files(document: Document, _: Draw, options: FolderOptions) -> Iterator[File]:
    """Yield each filed table for spreadsheets."""
    for table in document.tables():
        if table.is_filed:
            content = write_csv(
                table, document.language, document.changed, read_in=options.tables_for
            )
            yield File(f"{table.name}.csv", table.title, content)


def json_file(document: Document, _: Draw, __: FolderOptions) -> Iterator[File]:
    """Yield the result for programs."""
    title = say("file_json", document.language)
    yield File(f"{document.kind}.json", title, write_json(document).encode())


def attached_files(document: Document, _: Draw, __: FolderOptions) -> Iterator[File]:
    """Yield what else goes with the document."""
    for one in document.attachments:
        yield File(one.name, one.title, one.content)


# What a folder holds beside the page, in this order.
BESIDE: Mapping[str, Callable[[Document, Draw, FolderOptions], Iterator[File]]] = {
    "pictures": picture_files,
    "tables": table_files,
    "json": json_file,
    "attachments": attached_files,
}


def files_of(
    document: Document,
    office: OfficeFiles | None = None,
    options: FolderOptions = FolderOptions(),
) -> list[File]:
    """Return the files of a document's folder, the page first and the list of files last.

    The same bytes for the same document and imprint.

    Parameters
    ----------
    document : Document
        What to write.
    office : OfficeFiles, optional
        Which files of office programs are to go with them, and what all say of themselves.
    options : FolderOptions
        How they are written.
    """
    draw = draw_once(outlined=options.outlined)
    beside = list(office_files(document, office, draw)) if office else []
    beside += [file for make in BESIDE.values() for file in make(document, draw, options)]
    linked = [(file.name, file.title) for file in beside if file.is_linked]
    imprint = office.imprint if office else None
    page = write_html(document, draw=draw, beside=linked, imprint=imprint)
    first = File(PAGE, say("file_page", document.language), page.encode())
    return [first, *beside, _list_of((first, *beside), document.language)]


def write_folder(
    document: Document,
    folder: str | Path,
    office: OfficeFiles | None = None,
    options: FolderOptions = FolderOptions(),
) -> list[Path]:
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
    office : OfficeFiles, optional
        Which files of office programs are to go with it, and what all say of themselves.
    options : FolderOptions
        How they are written.

    Returns
    -------
    list of Path
        The files, the page first.

    Raises
    ------
    PilotsimError
        The folder cannot be written to, a file in it is open in another program, or somebody
        else's file has the name of one of these.
    """
    files = {file.name: file.content for file in files_of(document, office, options)}
    return _write_report(Path(folder), files)


def write_office_folder(document: Document, folder: str | Path, office: OfficeFiles) -> list[Path]:
    """Write a document as files of office programs alone into a folder, with a list of them.

    As `write_folder`, without page, pictures and tables beside them.

    Parameters
    ----------
    document : Document
        What to write.
    folder : str or Path
        Where to.
    office : OfficeFiles
        Which files.

    Returns
    -------
    list of Path
        The files, their list last.

    Raises
    ------
    PilotsimError
        The folder cannot be written to, a file in it is open in another program, or somebody
        else's file has the name of one of these.
    """
    files = list(office_files(document, office, draw_once()))
    files.append(_list_of(files, document.language))
    return _write_report(Path(folder), {file.name: file.content for file in files})


def _write_report(place: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Put a report's files in place of those of an earlier one, and of nobody else's."""
    own = _own_files(place)
    for name in files:
        if name not in own and os.path.lexists(place / name):
            raise RequestError(
                Message(
                    "{file}: there is such a file already, and no {list} beside it says that this "
                    "program made it; name another --out",
                    file=place / name,
                    list=LIST,
                )
            )
    return write_files(place, files, stale=own)


def _list_of(files: Sequence[File], language: str) -> File:
    """Return the list of a folder's files, itself the last of them."""
    title = say("file_list", language)
    lines = [f"{file.name}\t{file.title}\n" for file in files]
    lines.append(f"{LIST}\t{title}\n")
    return File(LIST, title, "".join(lines).encode("utf-8-sig"))


def _own_files(place: Path) -> set[str]:
    """Return the files of the report that a folder holds already, as its own list names them."""
    if not is_file(place / LIST):
        return set()
    lines = (place / LIST).read_text(encoding="utf-8-sig", errors="replace").splitlines()
    names = {line.partition("\t")[0] for line in lines if "\t" in line}
    return {name for name in names if name.endswith(OWN_ENDS) and not set(name) & set('/\\:<>|"?*')}
