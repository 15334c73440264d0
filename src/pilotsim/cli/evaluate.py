"""pilotsim evaluate: try evaluation designs on simulated pilots before the real one starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import EVALUATION, JOBS, LANGUAGE, OUT
from pilotsim.cli.shared import (
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
)
from pilotsim.cli.spoken import InputPath, WholeNumber, command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pilotsim.evaluation.effect_size import TruePath
    from pilotsim.evaluation.evaluation import Evaluation
    from pilotsim.evaluation.run import EvaluationResult


@command(needs=EVALUATION)
@click.argument("file", metavar="FILE", type=InputPath(path_type=Path))
@click.option(
    "--draws",
    "-n",
    type=WholeNumber(2, 1_000_000),
    help="Pilots to draw. [default: as the file says]",
)
@click.option(
    "--seed",
    type=WholeNumber(0, 2**63 - 1),
    help="The same seed, the same results. [default: as the file says]",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep draws here; a run that was stopped goes on.",
)
@OUT
@JOBS
@LANGUAGE
def evaluate(
    file: Path,
    draws: int | None,
    seed: int | None,
    runs: Path | None,
    out: Path | None,
    jobs: int,
    language: str,
) -> None:
    """Say what each design of the evaluation FILE can be trusted to find."""
    from pilotsim.evaluation.reading import read_evaluation
    from pilotsim.evaluation.run import count_draws, with_draws
    from pilotsim.evaluation.run import evaluate as try_out

    cells = with_draws(read_evaluation(file), draws, seed)
    for place in (runs, out):
        check_places(None, place, has_figures=place is out)
    make_ready(None)
    with progress(count_draws(cells), language) as advance:
        found = try_out(cells, folder=runs or _kept(cells), jobs=jobs, progress=advance)
    paths = _paths(found) if out is not None else ()
    deliver(found, language, out=out, command=command_line(), paths=paths)


def _kept(cells: Sequence[Evaluation]) -> Path | None:
    """Return where draws are kept until the command has ended well; None where nothing is."""
    from pilotsim.evaluation.reading import identity_of_source
    from pilotsim.evaluation.run import manifest_of
    from pilotsim.runs.kept import runs_kept

    kept, source = runs_kept(), cells[0].source
    if kept is None or source is None:
        return None
    return kept.place_for(manifest_of(cells[0], identity_of_source(source)).identity_and_kind)


def _paths(found: EvaluationResult) -> tuple[TruePath, ...]:
    """Return true effects over time that end at none, at the expected one and at a large one."""
    from pilotsim.evaluation.effect_size import true_paths

    belief = found.beliefs[0]
    if belief is None:
        return ()
    return true_paths(found.cells[0], belief.curve, (0.0, belief.mean, 12.0))
