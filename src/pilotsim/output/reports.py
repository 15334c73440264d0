"""Results as files: a folder with page, figures, tables and JSON, or pages in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.files import write_whole
from pilotsim.judge.system import SystemStudy
from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder
from pilotsim.output.writers.markdown import markdown_files, write_markdown

__all__ = ["write_page", "write_pages", "write_report"]


@checks_arguments
def write_report(
    result: object, folder: str | Path, language: str = "nb", command: str = "", **context: Any
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
    **context
        What else its view takes.

    Raises
    ------
    RequestError
        The program does not speak this language.
    PilotsimError
        The folder cannot be written to, or a file in it is open in another program.
    """
    return write_folder(document_of(result, language, command=command, **context), folder)


def write_pages(
    study: SystemStudy, folder: str | Path, languages: Sequence[str], command: str = ""
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

    Raises
    ------
    RunError
        A file cannot be written.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    written = []
    for language in languages:
        document = document_of(study, language, command=command)
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
