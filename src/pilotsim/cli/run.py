"""pilotsim run: a study carried out, or gone on with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.shared import (
    ENGINE,
    FAULT,
    INTERRUPTED,
    JOBS,
    LANGUAGE,
    check_places,
    deliver,
    make_ready,
)
from pilotsim.cli.spoken import command

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from pilotsim.experiments.study import RunOptions, Study, StudyProgress, StudyRun
    from pilotsim.runs import Workers


@command()
@click.argument("study_file", metavar="STUDY", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
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
    from pilotsim.experiments.study.execute import RunOptions, Shard
    from pilotsim.experiments.study.reading import read_study

    study = read_study(study_file)
    part = Shard.read(shard) if shard else None
    folder = out or Path("out") / (study.name + (f".part{part.number}of{part.of}" if part else ""))
    check_places(None, folder)
    make_ready(engine)
    options = RunOptions(_workers(jobs, cluster), engine, part, new=new, extend=extend)
    _carry_out(study, folder, options, language, dry_run=dry_run)


def _workers(jobs: int, cluster: str | None) -> Workers:
    from pilotsim.runs import Cluster, Local

    return Cluster(cluster) if cluster else Local(jobs if jobs > 0 else -1)


def _carry_out(
    study: Study, folder: Path, options: RunOptions, language: str, *, dry_run: bool
) -> None:
    from pilotsim.experiments.study.cost import cost_of
    from pilotsim.language.catalogue import say

    deliver(cost_of(study, options, folder), language, study=study)
    if dry_run:
        return
    try:
        found = _run(study, folder, options, language)
    except KeyboardInterrupt:
        click.echo("\n" + say("study_interrupted", language, folder=folder), err=True)
        raise SystemExit(INTERRUPTED) from None
    if found is None:
        click.echo(say("study_part_done", language, shard=options.shard, folder=folder))
        return
    deliver(found, language)
    click.echo(say("study_results", language, folder=found.folder / "results"))
    if study.analysis is not None:
        from pilotsim.cli.analyse import tell

        tell(folder, folder / "analysis", language)
    if (found.points["failed"] > 0).all():
        raise SystemExit(FAULT)


def _run(study: Study, folder: Path, options: RunOptions, language: str) -> StudyRun | None:
    from rich.console import Console

    from pilotsim.experiments.study.execute import run_study

    console = Console(stderr=True, highlight=False)
    with _Bar(console, language) as on_progress:
        return run_study(study, folder, options, _Speaker(console, folder, language, on_progress))


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

        if not self._spoken:
            self._spoken = True
            if progress.before:
                runs = format_number(progress.before, self._language, 0)
                self._console.print(
                    say("study_goes_on", self._language, runs=runs, folder=self._folder),
                    soft_wrap=True,
                )
            if progress.damaged:
                self._console.print(
                    say("study_damaged", self._language, count=progress.damaged), soft_wrap=True
                )
        self._then(progress)


class _Bar:
    """A progress bar with the time that is left, on the error stream where somebody looks at it."""

    def __init__(self, console: Console, language: str) -> None:
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
        )

        from pilotsim.language.catalogue import say

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(say("simulating", language), total=None)

    def __enter__(self) -> Callable[[StudyProgress], None]:
        self._bar.start()
        return lambda progress: self._bar.update(
            self._task, completed=progress.before + progress.done, total=progress.wanted
        )

    def __exit__(self, *_: object) -> None:
        self._bar.stop()
