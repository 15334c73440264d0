"""pilotsim evaluate: try evaluation designs on simulated pilots before the real one starts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click

from pilotsim.cli.shared import JOBS, LANGUAGE, make_ready, progress


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--draws", "-n", type=click.IntRange(2, 1_000_000), help="Pilots to draw. [default: as the file says]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="The key of all chance. [default: as the file says]")
@JOBS
@LANGUAGE
def evaluate(file: Path, draws: int | None, seed: int | None, jobs: int, language: str) -> None:
    """Say what each design of the evaluation FILE can be trusted to find."""
    from rich.console import Console

    from pilotsim.evaluation.read import read_evaluation
    from pilotsim.evaluation.trial import evaluate as try_out
    from pilotsim.screen.evaluate import show_evaluation

    cells = read_evaluation(file)
    cells = tuple(replace(cell, draws=draws or cell.draws, seed=cell.seed if seed is None else seed) for cell in cells)
    make_ready(None)
    with progress(sum(cell.draws for cell in cells), language) as advance:
        found = try_out(cells, jobs=jobs, progress=advance)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    show_evaluation(cells[0], found, console, language)
