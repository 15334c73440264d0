"""pilotsim solve: the least of something with which targets are met."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.shared import (
    ENGINE,
    FALLS_SHORT,
    JOBS,
    LANGUAGE,
    check_places,
    command_line,
    make_ready,
    progress,
)

if TYPE_CHECKING:
    from pilotsim.experiments.optimise.problem import Problem
    from pilotsim.experiments.optimise.solve import Solution


@click.command()
@click.argument("solve_file", metavar="FILE", type=click.Path(path_type=Path))
@JOBS
@ENGINE
@click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the answer as JSON.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write figure, table and a page into a folder.",
)
@click.option("--new", is_flag=True, help="Forget the runs of an earlier search that was stopped.")
@LANGUAGE
@click.option(
    "--strict", is_flag=True, help="End with code 3 where nothing is proven to be enough."
)
def solve(
    solve_file: Path,
    jobs: int,
    engine: str | None,
    json_file: Path | None,
    out: Path | None,
    new: bool,
    language: str,
    strict: bool,
) -> None:
    """Find the least places, posts or months with which the targets of FILE are met.

    FILE is a solve file: see docs/solving.md. A search that is stopped goes on where it was when it
    is started again.
    """
    check_places(json_file, out)
    from rich.console import Console

    from pilotsim.experiments.optimise.reading import read_problem
    from pilotsim.output.screen.solving import show_solution

    problem = read_problem(solve_file)
    found = _solve(problem, jobs, engine, new, language)
    show_solution(
        found, Console(highlight=False, width=None if sys.stdout.isatty() else 160), language
    )
    if json_file is not None:
        from pilotsim.output.report.solving import solution_text

        temporary = json_file.with_name(json_file.name + ".part")
        temporary.write_text(solution_text(found), encoding="utf-8")
        temporary.replace(json_file)
        click.echo(f"\nJSON: {json_file}")
    if out is not None:
        from pilotsim.output.report.solving import write_solution

        write_solution(found, out, language, command=command_line())
        click.echo(
            f"\n{'Side og figur' if language == 'nb' else 'Page and figure'}: {out / 'index.html'}"
        )
    if strict and found.best is None:
        raise SystemExit(FALLS_SHORT)


def _solve(problem: Problem, jobs: int, engine: str | None, new: bool, language: str) -> Solution:
    from pilotsim.experiments.optimise.journal import open_journal
    from pilotsim.experiments.optimise.solve import count_most
    from pilotsim.experiments.optimise.solve import solve as find

    make_ready(engine)
    with (
        open_journal(problem, new=new) as journal,
        progress(count_most(problem), language) as advance,
    ):
        if journal.runs:
            says = (
                "Går videre med {} kjøringer fra sist."
                if language == "nb"
                else "Going on with {} runs from last time."
            )
            click.echo(says.format(journal.runs), err=True)
        found = find(
            problem,
            jobs=jobs,
            engine=engine,
            progress=advance,
            recall=journal.recall,
            note=journal.note,
        )
        journal.finish()
    return found
