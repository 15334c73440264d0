"""Options and arguments that several commands have, each said once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pilotsim.base.languages import LANGUAGES
from pilotsim.cli.spoken import spoken_language

__all__ = [
    "CHANGES",
    "DECISIONS",
    "ENGINE",
    "FIXED",
    "FLOW",
    "JOBS",
    "JSON",
    "LANGUAGE",
    "LANGUAGE_OF_MESSAGES",
    "OUT",
    "SCENARIO",
    "SEED",
    "flow_options",
    "replications",
    "strict",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

FLOW = click.argument("flow_file", metavar="FLOW", type=click.Path(path_type=Path))


def _language(*, exposed: bool) -> Decorator:
    """Return the option of the language, which `find_language` has found before click begins."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default=spoken_language,
        expose_value=exposed,
        help="Language of everything that is said. [default: PILOTSIM_LANGUAGE, else nb]",
    )


LANGUAGE = _language(exposed=True)
# For what says nothing in a language but its faults and its help.
LANGUAGE_OF_MESSAGES = _language(exposed=False)
JOBS = click.option(
    "--jobs",
    "-j",
    type=click.IntRange(-1),
    default=-1,
    show_default=True,
    help="Processes at once; -1: one a core.",
)
SEED = click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
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
SCENARIO = click.option("--scenario", metavar="NAME", help="Run a scenario of the flow file.")
FIXED = click.option(
    "--fixed",
    is_flag=True,
    help="All assumptions at their values; otherwise each is drawn once per run.",
)
JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JSON.",
)
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write figures, tables and a page into a folder.",
)


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
        type=click.IntRange(least, most),
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
