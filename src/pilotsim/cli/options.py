"""Options and arguments that several commands have, each said once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from pilotsim.cli.spoken import (
    BEYOND,
    Day,
    InputPath,
    Language,
    OutputPath,
    WholeNumber,
    spoken_language,
)

__all__ = [
    "ALSO",
    "CHANGES",
    "DECISIONS",
    "ENGINE",
    "EVALUATION",
    "FIXED",
    "FLOW",
    "JOBS",
    "JSON",
    "LANGUAGE",
    "LANGUAGE_OF_MESSAGES",
    "OUT",
    "OUTPUT_FILE",
    "OUTPUT_FOLDER",
    "SCENARIO",
    "SEED",
    "TABLES",
    "YES",
    "OfficeAsked",
    "flow_options",
    "office_asked",
    "office_look",
    "replications",
    "strict",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# What commands cannot do without that read and write tables, and those of evaluations.
TABLES = ("pandas", "pyarrow", "scipy")
EVALUATION = (*TABLES, "statsmodels", "diff_diff")
# Of `pilotsim.output.writers.office`, without importing it before it is asked for.
FORMATS = ("word", "excel", "slides", "pdf")
# Where to write: a command refuses one that it reads.
OUTPUT_FILE = OutputPath(path_type=Path, dir_okay=False)
OUTPUT_FOLDER = OutputPath(path_type=Path, file_okay=False)
FLOW = click.argument("flow_file", metavar="FLOW", type=InputPath(path_type=Path))


def _language(*, exposed: bool) -> Decorator:
    """Return the option of the language, which `find_language` has found before click begins."""
    return click.option(
        "--language",
        type=Language(),
        default=spoken_language,
        expose_value=exposed,
        help="Language of everything that is said. [default: PILOTSIM_LANGUAGE, else nb]",
    )


LANGUAGE = _language(exposed=True)
# For what says nothing in a language but its faults and its help.
LANGUAGE_OF_MESSAGES = _language(exposed=False)
_JOBS = click.option(
    "--jobs",
    "-j",
    type=WholeNumber(-1),
    default=-1,
    show_default=True,
    help="Processes at once; -1: one a core.",
)


def _note_beyond(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.meta[BEYOND] = True


YES = click.option(
    "--yes",
    is_flag=True,
    expose_value=False,
    callback=_note_beyond,
    help="Go on without asking where it takes more time, memory or disk than the limits allow.",
)


def JOBS(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802
    """Give a command that simulates how many processes work at once, and that it may go far."""
    return _JOBS(YES(command))


SEED = click.option(
    "--seed",
    type=WholeNumber(0, 2**63 - 1),
    default=1,
    show_default=True,
    help="The same seed, the same results.",
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(["kernel", "process"]),
    help="Compiled or readable. [default: the fastest there is]",
)
CHANGES = click.option(
    "--set",
    "changes",
    metavar="PATH=VALUE",
    multiple=True,
    help="Change an entry for this run; may be repeated.",
)
DECISIONS = click.option(
    "--choose",
    "decisions",
    metavar="CHOICE=OPTION",
    multiple=True,
    help="Take an option of a choice of the flow file; may be repeated.",
)
SETTINGS = click.option(
    "--settings",
    type=InputPath(path_type=Path),
    help="What the page of the flow has saved: numbers and options; --set and --choose win.",
)
SCENARIO = click.option("--scenario", metavar="NAME", help="Run a scenario of the flow file.")
FIXED = click.option(
    "--fixed",
    is_flag=True,
    help="All assumptions at their values; otherwise each is drawn once per run.",
)
JSON = click.option(
    "--json",
    "json_file",
    type=OUTPUT_FILE,
    help="Write the results as JSON.",
)
LEDGER = click.option(
    "--ledger",
    type=OUTPUT_FILE,
    help="Where releases of the register are written down. [default: beside DATA]",
)
_OUT = click.option(
    "--out",
    type=OUTPUT_FOLDER,
    help="Write figures, tables and a page into a folder.",
)
# What is asked for of office programs, under this name among what click keeps of a command line.
_OFFICE = "pilotsim.office"


@dataclass(frozen=True)
class OfficeAsked:
    """What a command line asks for of office programs.

    Parameters
    ----------
    formats : tuple of str
        Of `FORMATS`.
    template : Path, optional
        The Word file whose styles are taken.
    date : date, optional
        The date that the files bear; that of today unless given.
    outlines : bool
        Whether the letters of drawings are shapes.
    tables_for : str
        In which language the spreadsheet is set up that is to open the tables; that of the report
        unless given.
    """

    formats: tuple[str, ...] = ()
    template: Path | None = None
    date: date | None = None
    outlines: bool = False
    tables_for: str = ""


def office_asked() -> OfficeAsked:
    """Return what the command line that is being carried out asks for of office programs."""
    context = click.get_current_context(silent=True)
    return OfficeAsked(**context.meta.get(_OFFICE, {})) if context else OfficeAsked()


def _note_office(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value:
        context.meta.setdefault(_OFFICE, {})[parameter.name] = value


_also = click.option(
    "--also",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    expose_value=False,
    callback=_note_office,
    help="Write a file of an office program too; may be repeated.",
)
_template = click.option(
    "--template",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    expose_value=False,
    callback=_note_office,
    help="A Word file or template (.docx, .dotx) whose styles the Word file takes.",
)
_date = click.option(
    "--date",
    type=Day(),
    expose_value=False,
    callback=_note_office,
    help="The date that page and office files bear. [default: today]",
)
_outlines = click.option(
    "--outlines",
    is_flag=True,
    expose_value=False,
    callback=_note_office,
    help="Letters of drawings (.svg) as shapes: alike everywhere, but no text.",
)


_tables_for = click.option(
    "--tables-for",
    type=Language(),
    expose_value=False,
    callback=_note_office,
    help="Language of the Excel that is to open the tables (.csv). [default: --language]",
)


def office_look(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what its office files look like: their template and their date."""
    return _template(_date(command))


def ALSO(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802
    """Give a command what is to stand beside what it writes: files of office programs."""
    return _also(_outlines(_tables_for(office_look(command))))


def OUT(command: Callable[..., Any]) -> Callable[..., Any]:  # noqa: N802
    """Give a command the folder that it writes to, and what else is to go there."""
    return _OUT(ALSO(command))


def replications(
    default: int, least: int = 1, most: int = 1_000_000, says: str = "Runs."
) -> Decorator:
    """Return the option of how many runs a command makes.

    Parameters
    ----------
    default : int
        The number of runs unless asked for another.
    least, most : int
        The numbers that may be asked for.
    says : str
        The option's help, in English.
    """
    return click.option(
        "--replications",
        "-n",
        type=WholeNumber(least, most),
        default=default,
        show_default=True,
        help=says,
    )


def strict(says: str) -> Decorator:
    """Return the option by which a command that found something wanting ends with code 3."""
    return click.option("--strict", is_flag=True, help=says)


def flow_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what all have that run one flow: which, with which changes, and how."""
    for option in (LANGUAGE, OUT, JSON, ENGINE, JOBS, FIXED, SCENARIO, CHANGES, SEED, FLOW):
        command = option(command)
    return command
