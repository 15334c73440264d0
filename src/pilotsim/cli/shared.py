"""What several commands share: reading a flow with its changes, places to write to, progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pilotsim.base.errors import PilotsimError, RequestError
from pilotsim.base.extras import ask_for
from pilotsim.base.kept_inputs import files_named, note_read
from pilotsim.base.limits import Needs, check_needs
from pilotsim.base.messages import Message
from pilotsim.base.places import is_folder, is_there
from pilotsim.cli.options import OfficeAsked, office_asked
from pilotsim.cli.spoken import INTERRUPTED, spoken_language, tell
from pilotsim.language.catalogue import say, translate

if TYPE_CHECKING:
    from rich.progress import Progress

    from pilotsim.base.text import Text
    from pilotsim.model.flow import Flow
    from pilotsim.output.document import Document
    from pilotsim.output.writers.office import OfficeFiles

__all__ = [
    "FALLS_SHORT",
    "FAULT",
    "INTERRUPTED",
    "UNFORESEEN",
    "check_places",
    "command_line",
    "deliver",
    "make_ready",
    "office_files_of",
    "progress",
    "progress_bar",
    "read_changed",
    "read_settings",
    "report_beside",
]

# Room for a page with figures and tables, which took 0.7 and 1.3 MB, and office files beside it.
ROOM_OF_A_REPORT = 5e6
FAULT, FALLS_SHORT, UNFORESEEN = 2, 3, 70
# What writes files of office programs; each is asked for before anything is run.
LIBRARIES = {"word": "docx", "excel": "xlsxwriter", "slides": "pptx"}


def check_places(json_file: Path | None, out: Path | None, *, has_figures: bool = True) -> None:
    """Raise an error for a place that cannot be written to, before anything is run."""
    if office_asked().formats and out is None:
        raise RequestError(Message("--also goes with --out; name one"))
    if out is not None and (has_figures or office_asked().formats):
        _ask_for_libraries()
    if "pdf" in office_asked().formats:
        from pilotsim.output.writers.pdf import check_pdf

        check_pdf()
    template = office_asked().template
    if template is not None:
        from pilotsim.output.writers.word import check_template

        note_read(template)
        check_template(template.read_bytes())
    for place in (json_file, out):
        if place is not None and not os.access(_nearest(place.absolute()), os.W_OK):
            raise PilotsimError(
                Message(
                    "cannot write to {place}: no such folder, or no right to write there",
                    place=place,
                )
            )
    if out is not None:
        check_needs(Needs(disk=ROOM_OF_A_REPORT, folder=out))
    if json_file is not None and not is_folder(json_file.absolute().parent):
        raise PilotsimError(
            Message(
                "cannot write {file}: there is no folder {folder}",
                file=json_file,
                folder=json_file.parent,
            )
        )


def _ask_for_libraries() -> None:
    """Raise an error where what is to be written needs a library that is not installed."""
    wanted = [LIBRARIES[one] for one in office_asked().formats if one in LIBRARIES]
    ask_for(*wanted, "matplotlib")


def _nearest(place: Path) -> Path:
    return place if is_there(place) or place == place.parent else _nearest(place.parent)


def read_changed(
    flow_file: Path,
    changes: tuple[str, ...],
    scenario: str | None,
    decisions: tuple[str, ...] = (),
) -> tuple[Flow, Text | None]:
    """Return a flow with the changes of a run, and what its scenario says.

    Parameters
    ----------
    flow_file : Path
        The flow file.
    changes : tuple of str
        Changes as the command line has them: ``path=value``.
    scenario : str or None
        The name of a scenario of the file; the changes come on top of it.
    decisions : tuple of str
        Options of the file's choices: ``choice=option``; on top of the scenario, below the changes.
    """
    from pilotsim.files.reading import read_document
    from pilotsim.language.changed_flow import changed_document

    document = read_document(flow_file)
    return changed_document(document, changes, scenario, decisions, spoken_language())


def read_settings(
    flow_file: Path, file: Path | None, changes: tuple[str, ...], decisions: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return changes and decisions with those of a file that a page has saved below them.

    Parameters
    ----------
    flow_file : Path
        The flow file that it is to change.
    file : Path or None
        The file; None for none.
    changes : tuple of str
        Changes as the command line has them; they win over those of the file.
    decisions : tuple of str
        Options of choices; they win as well.

    Raises
    ------
    RequestError
        The file cannot be read, is for another flow, or a page has saved no such thing.
    """
    if file is None:
        return changes, decisions
    from pilotsim.files.reading import flow_as_written, read_document
    from pilotsim.files.saved_settings import read_saved

    numbers, options = read_saved(file, flow_as_written(read_document(flow_file)).flow)
    set_again = {change.partition("=")[0].rstrip("+-") for change in changes}
    taken_again = {decision.partition("=")[0] for decision in decisions}
    own = [f"{path}={value}" for path, value in numbers.items() if path not in set_again]
    kept = [f"{name}={option}" for name, option in options.items() if name not in taken_again]
    return (*own, *changes), (*kept, *decisions)


def progress_bar() -> Progress:
    """Return a progress bar on the error stream, shown while entered and only on a terminal."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


@contextmanager
def progress(total: int, language: str) -> Iterator[Callable[[int], None]]:
    """Show how many runs of all are done; what it gives is told how many more."""
    with progress_bar() as bar:
        task = bar.add_task(say("simulating", language), total=total)
        yield lambda done: bar.advance(task, done)


def deliver(
    result: object,
    language: str,
    *,
    out: Path | None = None,
    json_file: Path | None = None,
    inputs: Mapping[str, str] = MappingProxyType({}),
    **context: object,
) -> None:
    """Print the brief part of a result's document; write all of it where that is asked for.

    Parameters
    ----------
    result : object
        Anything that `pilotsim.output.views` shows.
    language : str
        One of `LANGUAGES`.
    out : Path, optional
        The folder for page, figures and tables.
    json_file : Path, optional
        The file for programs.
    inputs : mapping of str to str
        The hashes of the files that it was made of, by name, where this command has not read them.
    **context
        What the view takes beside the result.
    """
    from inspect import signature

    from pilotsim.output.views import document_of, view_of
    from pilotsim.output.writers.terminal import open_terminal, write_terminal

    # A screen and a file for programs show no figure, and do without what draws them.
    if "with_figures" in signature(view_of(result)).parameters:
        context["with_figures"] = out is not None
    document = document_of(result, language, **context)
    command = str(context.get("command") or command_line())
    # The folder before the file for programs: it is written as a whole or refused, and then nothing
    # else is written either. What fails without anybody having foreseen it keeps nothing else back.
    _each_in_turn(
        lambda: write_terminal(document, open_terminal()),
        lambda: None if out is None else _write_folder(document, out, command, inputs),
        lambda: None if json_file is None else _write_json(document, json_file),
    )


def _each_in_turn(*steps: Callable[[], None]) -> None:
    """Take all steps; what failed is raised after the last, but a refusal at once."""
    failed: Exception | None = None
    for step in steps:
        try:
            step()
        except PilotsimError:
            raise
        except Exception as fault:
            failed = failed or fault
    if failed is not None:
        raise failed


def _write_folder(document: Document, out: Path, command: str, inputs: Mapping[str, str]) -> None:
    from pilotsim.output.writers.folder import FolderOptions, write_folder

    asked = office_asked()
    office = office_files_of(asked, command=command, inputs=inputs)
    options = FolderOptions(asked.outlines, asked.tables_for)
    files = write_folder(document, out, office, options)
    tell(say("page_place", document.language, file=files[0]))


def _write_json(document: Document, file: Path) -> None:
    from pilotsim.base.files import write_whole
    from pilotsim.output.writers.json import write_json

    write_whole(file, write_json(document).encode())
    tell(say("json_place", document.language, file=file))


def deliver_judged(
    result: object,
    language: str,
    *,
    falls_short: bool,
    out: Path | None,
    json_file: Path | None,
) -> None:
    """Deliver a result with its command and figures; end with `FALLS_SHORT` where it does.

    Parameters
    ----------
    result : object
        As for `deliver`.
    language : str
        One of `LANGUAGES`.
    falls_short : bool
        Whether what was asked for does not hold, and the caller wants to hear it.
    out : Path or None
        The folder for page, figures and tables.
    json_file : Path or None
        The file for programs.
    """
    deliver(
        result,
        language,
        out=out,
        json_file=json_file,
        command=command_line(),
    )
    if falls_short:
        raise SystemExit(FALLS_SHORT)


def office_files_of(
    asked: OfficeAsked,
    *,
    formats: Sequence[str] = (),
    command: str = "",
    name: str = "",
    inputs: Mapping[str, str] = MappingProxyType({}),
) -> OfficeFiles:
    """Return which files of office programs are to be written, and what they say of themselves.

    Parameters
    ----------
    asked : OfficeAsked
        What the command line asks for.
    formats : sequence of str
        Which formats, where it is not those of the command line.
    command : str
        How the result was called for.
    name : str
        The name of the files, without their ends.
    inputs : mapping of str to str
        The hashes of the files that the result was made of, by name, the flow first, where it was
        made by another command.
    """
    from datetime import date

    from pilotsim.output.imprint import Imprint, InputFile, input_files
    from pilotsim.output.writers.office import OfficeFiles

    read = input_files(files_named())
    kept = [InputFile(file, digest) for file, digest in inputs.items()]
    read = [*kept, *(one for one in read if one not in kept)]
    made = asked.date or date.today()
    return OfficeFiles(
        formats or asked.formats,
        Imprint(made, read, command),
        asked.template.read_bytes() if asked.template else None,
        name,
    )


def report_beside(place: Path) -> Path | None:
    """Return the folder of a report beside what a command writes; None unless one is asked for.

    In a folder that is written it is `report`; beside a file its name ends with that.

    Parameters
    ----------
    place : Path
        The folder or the file.
    """
    if not office_asked().formats:
        return None
    return place.with_name(f"{place.stem}_report") if place.suffix else place / "report"


def command_line() -> str:
    """Return the command as it was typed."""
    import shlex

    return "pilotsim " + shlex.join(sys.argv[1:])


def make_ready(engine: str | None) -> None:
    """Make an engine ready, and say on the error stream what a user should know about it."""
    from pilotsim.judge.judging import prepare

    for line in prepare(engine):
        tell(translate(line, spoken_language()), err=True)
