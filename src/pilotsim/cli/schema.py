"""pilotsim schema: what editors complete and check files by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import LANGUAGE_OF_MESSAGES, OUTPUT_FILE
from pilotsim.cli.spoken import command, tell

if TYPE_CHECKING:
    from pilotsim.model.fields import Record


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
    default="flow",
    show_default=True,
    help="Kind of file.",
)
@LANGUAGE_OF_MESSAGES
def schema(out: Path | None, kind: str) -> None:
    """Print the JSON schema of a kind of file, by which editors complete and check it."""
    if out is None:
        tell(schema_text(kind), nl=False)
    else:
        from pilotsim.base.files import write_text

        write_text(out, schema_text(kind))


def schema_text(kind: str = "flow") -> str:
    """Return the JSON schema of a kind of file: as `--kind` names it."""
    return (
        json.dumps(
            _record_of(kind).model_json_schema(by_alias=True),
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        + "\n"
    )


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
