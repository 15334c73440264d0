"""pilotsim pool: one question in several districts or pilots, put together."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import EVALUATION, LANGUAGE, OUT
from pilotsim.cli.shared import check_places, deliver
from pilotsim.cli.spoken import InputPath, Number, command


@command(
    "Put the results of several districts or pilots together: each RESULT is a folder, or an "
    "analysis.json, that pilotsim estimate wrote. They must answer the same question.",
    needs=EVALUATION,
)
@click.argument(
    "files", metavar="RESULT...", nargs=-1, required=True, type=InputPath(path_type=Path)
)
@click.option(
    "--answer",
    metavar="NAME",
    help="The answer that is pooled. [default: the first of each plan, which decides]",
)
@click.option(
    "--level",
    metavar="PERCENT",
    type=Number(50, 100, max_open=True),
    default=95.0,
    help="Of the intervals. [default: 95]",
)
@OUT
@LANGUAGE
def pool(
    files: tuple[Path, ...], answer: str | None, level: float, out: Path | None, language: str
) -> None:
    """Put the results of several districts or pilots together."""
    from pilotsim.evaluation.pooled_results import pool as put_together
    from pilotsim.evaluation.result_files import read_result

    check_places(None, out)
    results = [read_result(file) for file in files]
    found = put_together(results, answer=answer, level=level / 100.0)
    deliver(found, language, out=out)
