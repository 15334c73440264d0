"""pilotsim run: a study carried out or resumed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import ALSO, ENGINE, JOBS, LANGUAGE, OUTPUT_FOLDER
from pilotsim.cli.shared import (
    FAULT,
    INTERRUPTED,
    check_places,
    deliver,
    make_ready,
    progress_bar,
    report_beside,
)
from pilotsim.cli.spoken import InputPath, command, tell

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from pilotsim.experiments.study import ExecutionOptions, Study, StudyProgress, StudyRun
    from pilotsim.runs import Workers


@command()
@click.argument("study_file", metavar="STUDY", type=InputPath(path_type=Path))
@click.option(
    "--out",
    type=OUTPUT_FOLDER,
    help="Folder of the run. [default: out/NAME]",
)
@JOBS
@ENGINE
@click.option("--new", is_flag=True, help="Begin anew; what stands is kept under another name.")
@click.option(
    "--extend", is_flag=True, help="Go on with what stands though the study wants more by now."
)
@click.option(
    "--shard", metavar="I/N", help="Only part I of N, for one of several machines; see merge."
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run on the workers of a Dask scheduler, such as tcp://10.0.0.5:8786.",
)
@click.option("--dry-run", is_flag=True, help="Check the study and say what it costs; run nothing.")
@ALSO
@LANGUAGE
def run(
    study_file: Path,
    out: Path | None,
    jobs: int,
    engine: str | None,
    new: bool,
    extend: bool,
    shard: str | None,
    cluster: str | None,
    dry_run: bool,
    language: str,
) -> None:
    """Carry out the experiment in the file STUDY, or go on where it stopped."""
    from pilotsim.experiments.study.analysis_request import ask_for_libraries
    from pilotsim.experiments.study.execute import ExecutionOptions, Shard
    from pilotsim.experiments.study.reading import read_study

    study = read_study(study_file)
    part = Shard.read(shard) if shard else None
    folder = out or Path("out") / (study.name + (f".part{part.number}of{part.of}" if part else ""))
    if not dry_run:
        ask_for_libraries(study, *(["matplotlib"] if study.analysis is not None else []))
    check_places(None, folder, has_figures=False)
    make_ready(engine)
    options = ExecutionOptions(_workers(jobs, cluster), engine, part, new=new, extend=extend)
    _carry_out(study, folder, options, language, dry_run=dry_run)


def _workers(jobs: int, cluster: str | None) -> Workers:
    from pilotsim.runs import Cluster, Local

    return Cluster(cluster) if cluster else Local(jobs if jobs > 0 else -1)


def _carry_out(
    study: Study, folder: Path, options: ExecutionOptions, language: str, *, dry_run: bool
) -> None:
    from pilotsim.experiments.study.cost import cost_of
    from pilotsim.language.catalogue import say

    deliver(cost_of(study, options, folder), language, study=study)
    if dry_run:
        return
    try:
        found = _run(study, folder, options, language)
    except KeyboardInterrupt:
        tell("\n" + say("study_interrupted", language, folder=folder), err=True)
        raise SystemExit(INTERRUPTED) from None
    if found is None:
        tell(say("study_part_done", language, shard=options.shard, folder=folder))
        return
    try:
        # What was found before the rows that it was found in.
        if study.analysis is not None:
            from pilotsim.cli.analyse import tell_analysis

            tell_analysis(folder, folder / "analysis", language)
    finally:
        deliver(found, language, out=report_beside(folder))
        tell(say("study_results", language, folder=found.folder / "results"))
    if (found.points["failed"] > 0).all():
        raise SystemExit(FAULT)


def _run(study: Study, folder: Path, options: ExecutionOptions, language: str) -> StudyRun | None:
    from pilotsim.experiments.study.execute import run_study
    from pilotsim.language.catalogue import say

    with progress_bar() as bar:
        task = bar.add_task(say("simulating", language), total=None)

        def show(progress: StudyProgress) -> None:
            done = progress.before + progress.done
            bar.update(task, completed=done, total=progress.wanted)

        return run_study(study, folder, options, _Speaker(bar.console, folder, language, show))


class _Speaker:
    """Says once what stands already, then hands progress on."""

    def __init__(
        self, console: Console, folder: Path, language: str, then: Callable[[StudyProgress], None]
    ) -> None:
        self._console, self._folder, self._language, self._then = console, folder, language, then
        self._spoken = False

    def __call__(self, progress: StudyProgress) -> None:
        from pilotsim.language.catalogue import say
        from pilotsim.language.numbers import format_number

        language = self._language
        if not self._spoken and progress.before:
            runs = format_number(progress.before, language, 0)
            self._print(say("study_goes_on", language, runs=runs, folder=self._folder))
        if not self._spoken and progress.damaged:
            count = format_number(progress.damaged, language, 0)
            self._print(say("study_damaged", language, count=count))
        self._spoken = True
        self._then(progress)

    def _print(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, highlight=False, markup=False)
