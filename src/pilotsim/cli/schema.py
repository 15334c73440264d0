"""pilotsim schema: what editors complete and check files by."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.options import LANGUAGE, OUTPUT_FILE
from pilotsim.cli.spoken import InputPath, command, tell
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.model.fields import Record

# What the kinds of files are called by that have another name where files are told apart.
KINDS_OF_MARKS = {"search": "solve", "event_mapping": "event-mapping"}
# How a file says to an editor which schema it is completed by.
MODELINE = "# yaml-language-server: $schema="


@command()
@click.option(
    "--out",
    type=OUTPUT_FILE,
    help="Write to a file instead of the screen.",
)
@click.option(
    "--kind",
    type=click.Choice(
        [
            *("flow", "module", "study", "solve", "evaluation", "mapping", "event-mapping"),
            *("counts", "portfolio"),
        ]
    ),
    help="Kind of file. [default: flow, or that of the file that --for names]",
)
@click.option(
    "--for",
    "named_in",
    metavar="FILE",
    type=InputPath(path_type=Path),
    help="With the names of a flow in it, so that editors offer them and see unknown ones: the "
    "flow, or a file that says which flow it is about.",
)
@LANGUAGE
def schema(out: Path | None, kind: str | None, named_in: Path | None, language: str) -> None:
    """Print the JSON schema of a kind of file, by which editors complete and check it."""
    text = (
        schema_text(kind or "flow")
        if named_in is None
        else schema_text_for(named_in, kind, language)
    )
    if out is None:
        tell(text, nl=False)
        return
    from pilotsim.base.files import write_text

    write_text(out, text)
    if named_in is not None:
        line = f"{MODELINE}{Path(os.path.relpath(out, named_in.parent)).as_posix()}"
        if line not in named_in.read_text(encoding="utf-8"):
            tell(say("schema_line", language, file=named_in, line=line))


def schema_text(kind: str = "flow") -> str:
    """Return the JSON schema of a kind of file: as `--kind` names it."""
    from pilotsim.files.editor_schema import for_all

    return _text_of(for_all(_schema_of(kind)))


def schema_text_for(file: Path, kind: str | None = None, language: str = "en") -> str:
    """Return the JSON schema of a kind of file, with the names that a file may use.

    Parameters
    ----------
    file : Path
        A flow, or a file that says which flow it is about.
    kind : str, optional
        As `--kind` names it; that of the file, unless given.
    language : str
        In which names are told.
    """
    from pilotsim.files.editor_schema import for_flow
    from pilotsim.files.names import names_for

    own, names = names_for(file, language)
    return _text_of(for_flow(_schema_of(kind or KINDS_OF_MARKS.get(own, own)), names))


@cache
def _schema_of(kind: str) -> dict[str, Any]:
    from pilotsim.files.editor_schema import share_parts

    return share_parts(_record_of(kind).model_json_schema(by_alias=True))


def _text_of(schema: dict[str, Any]) -> str:
    from pilotsim.files.editor_schema import share_parts

    shared = share_parts(schema)
    return json.dumps(shared, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _record_of(kind: str) -> type[Record]:
    """Return the record that a kind of file holds.

    Read when asked for, since each kind brings its part of the program.
    """
    if kind == "study":
        from pilotsim.experiments.study.study_file import StudyFile

        return StudyFile
    if kind == "solve":
        from pilotsim.experiments.optimise.solve_file import SolveFile

        return SolveFile
    if kind == "evaluation":
        from pilotsim.evaluation.evaluation_file import EvaluationFile

        return EvaluationFile
    if kind == "event-mapping":
        from pilotsim.learning.mapping import EventMapping

        return EventMapping
    if kind == "mapping":
        from pilotsim.evaluation.register.mapping import RegisterMapping

        return RegisterMapping
    if kind == "counts":
        from pilotsim.monitoring.mapping import CountsMapping

        return CountsMapping
    if kind == "portfolio":
        from pilotsim.experiments.portfolio.portfolio_file import PortfolioFile

        return PortfolioFile
    if kind == "module":
        from pilotsim.model.modules import Module

        return Module
    from pilotsim.model.modules import FlowFile

    return FlowFile
