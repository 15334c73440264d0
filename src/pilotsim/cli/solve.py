"""pilotsim solve: the least of something with which targets are met."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import ENGINE, JOBS, JSON, LANGUAGE, OUT, strict
from pilotsim.cli.shared import check_places, deliver_judged, make_ready, progress
from pilotsim.cli.spoken import InputPath, command, tell

if TYPE_CHECKING:
    from pilotsim.experiments.optimise.problem import Problem
    from pilotsim.experiments.optimise.solve import Solution


@command(needs=["pyarrow"])
@click.argument("solve_file", metavar="FILE", type=InputPath(path_type=Path))
@JOBS
@ENGINE
@JSON
@OUT
@click.option("--new", is_flag=True, help="Forget the runs of an earlier search that was stopped.")
@LANGUAGE
@strict("End with code 3 where nothing is proven to be enough.")
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

    FILE is a solve file: see pilotsim docs solving. A search that is stopped goes on where it was
    when it is started again.
    """
    check_places(json_file, out)
    from pilotsim.experiments.optimise.reading import read_problem

    problem = read_problem(solve_file)
    found = _solve(problem, jobs, engine, new, language)
    short = strict and found.best is None
    deliver_judged(found, language, falls_short=short, out=out, json_file=json_file)


def _solve(problem: Problem, jobs: int, engine: str | None, new: bool, language: str) -> Solution:
    from pilotsim.experiments.optimise.search_runs import open_search_runs
    from pilotsim.experiments.optimise.solve import count_most
    from pilotsim.experiments.optimise.solve import solve as find
    from pilotsim.language.catalogue import say
    from pilotsim.language.numbers import format_number

    make_ready(engine)
    with (
        open_search_runs(problem, new=new) as known,
        progress(count_most(problem), language) as advance,
    ):
        if known.count:
            runs = format_number(known.count, language, 0)
            tell(say("solve_goes_on", language, runs=runs), err=True)
        found = find(
            problem,
            jobs=jobs,
            engine=engine,
            progress=advance,
            recall=known.recall,
            note=known.note,
        )
        known.finish()
    return found
