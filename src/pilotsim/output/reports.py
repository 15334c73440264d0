"""Results as folders: page, figures, tables and JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder

__all__ = ["write_report"]


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
