"""Results as files: a folder with page, figures, tables and JSON, or pages in Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.files import write_whole
from pilotsim.base.languages import check_language
from pilotsim.base.messages import Message
from pilotsim.judge.system import SystemStudy
from pilotsim.output.imprint import Imprint, input_file, input_files
from pilotsim.output.views import context_of, document_of
from pilotsim.output.writers.folder import FolderOptions, write_folder
from pilotsim.output.writers.markdown import markdown_files, write_markdown
from pilotsim.output.writers.office import OfficeFiles, formats_here

__all__ = ["write_page", "write_pages", "write_report"]


@checks_arguments
def write_report(
    result: object,
    folder: str | Path,
    language: str = "nb",
    command: str = "",
    *,
    also: Sequence[str] = (),
    template: str | Path | None = None,
    made: date | None = None,
    made_of: Sequence[str | Path] = (),
    outlines: bool = False,
    tables_for: str = "",
    **context: Any,
) -> list[Path]:
    """Write a result as a page, pictures, tables and JSON into a folder.

    Return the files, the page first.

    A folder that is not there comes into being complete; in a folder that is there, the files of an
    earlier report are replaced and all others left alone.

    Parameters
    ----------
    result : Check, Validation, Calibration, ...
        What to report: anything that `pilotsim.output.views` shows.
    folder : str or Path
        Where to.
    language : str
        One of `LANGUAGES`.
    command : str
        How the result was called for, to be shown on the page.
    also : sequence of str
        Files of office programs that go with it: `word`, `excel`, `slides`, `pdf`.
    template : str or Path, optional
        A Word file or template whose styles the Word file takes.
    made : date, optional
        The date that all of them bear; that of today unless given.
    made_of : sequence of str or Path
        The files that the result was made of, such as the flow file: each is known again by its
        hash. No register: by the hash of a small one, who knows all but one client could try out
        the last.
    outlines : bool
        Whether the letters of drawings (SVG) are shapes: alike everywhere, but no text.
    tables_for : str
        In which language, one of `LANGUAGES`, the spreadsheet is set up that is to open the tables
        (CSV); that of the report unless given. An English report for a Norwegian Excel: `nb`.
    **context
        What else its view takes.

    Raises
    ------
    RequestError
        The program does not speak this language, knows no such format or cannot write it here, the
        template is no Word file, or the view takes nothing of such a name.
    PilotsimError
        The folder cannot be written to, or a file in it is open in another program.
    """
    known = (*inspect.signature(write_report).parameters, *context_of(result))
    for name in context:
        if name not in known:
            raise RequestError(
                Message(
                    "{function} has no argument '{name}'{meant}",
                    function="write_report",
                    name=name,
                    meant=did_you_mean(name, known),
                )
            )
    office = OfficeFiles(
        formats_here(also) if also else (),
        Imprint(made or date.today(), [input_file(Path(file)) for file in made_of], command),
        Path(template).read_bytes() if template is not None else None,
    )
    document = document_of(result, language, command=command, **context)
    if tables_for:
        check_language(tables_for)
    return write_folder(document, folder, office, FolderOptions(outlines, tables_for))


def write_pages(
    study: SystemStudy,
    folder: str | Path,
    languages: Sequence[str],
    command: str = "",
    made_of: Sequence[str | Path] = (),
) -> list[Path]:
    """Write a system's page in each language, in Markdown with its drawing; return the files.

    Parameters
    ----------
    study : SystemStudy
        What to show.
    folder : str or Path
        Where to; other files there are left alone.
    languages : sequence of str
        Of `LANGUAGES`.
    command : str
        How the pages are made again.
    made_of : sequence of str or Path
        The files that it was made of: each is known again by its hash.

    Raises
    ------
    RunError
        A file cannot be written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for language in languages:
        inputs = input_files([Path(file) for file in made_of])
        document = document_of(study, language, command=command, inputs=inputs)
        for file in markdown_files(document, f"{study.flow.flow}_{language}"):
            write_whole(place / file.name, file.content)
            written.append(place / file.name)
    return written


def write_page(result: object, file: str | Path, language: str, command: str = "") -> None:
    """Write a result as one page in Markdown, without figures.

    Parameters
    ----------
    result : Scoreboard, Validation, ...
        What to show: anything that `pilotsim.output.views` shows.
    file : str or Path
        Where to.
    language : str
        One of `LANGUAGES`.
    command : str
        How the page is made again.

    Raises
    ------
    RunError
        The file cannot be written.
    """
    document = document_of(result, language, command=command, with_figures=False)
    write_whole(Path(file), write_markdown(document).encode())
