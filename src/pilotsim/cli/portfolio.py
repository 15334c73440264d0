"""pilotsim portfolio: several districts run together, and their sum."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ALSO, ENGINE, JOBS, JSON, LANGUAGE, OUTPUT_FOLDER
from pilotsim.cli.shared import check_places, command_line, deliver, make_ready, progress
from pilotsim.cli.spoken import InputPath, command


@command(needs=["matplotlib", "pandas", "pyarrow"])
@click.argument("portfolio_file", metavar="FILE", type=InputPath(path_type=Path))
@click.option("--out", type=OUTPUT_FOLDER, help="Folder of the run. [default: out/NAME]")
@JOBS
@ENGINE
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="Run on the workers of a Dask scheduler, such as tcp://10.0.0.5:8786.",
)
@JSON
@ALSO
@LANGUAGE
def portfolio(
    portfolio_file: Path,
    out: Path | None,
    jobs: int,
    engine: str | None,
    cluster: str | None,
    json_file: Path | None,
    language: str,
) -> None:
    """Run the districts of FILE together, or go on where it stopped."""
    from pilotsim.experiments.portfolio import count_portfolio_runs, read_portfolio
    from pilotsim.experiments.portfolio import portfolio as run_together
    from pilotsim.runs import Cluster

    check_places(json_file, out)
    found = read_portfolio(portfolio_file)
    folder = out or Path("out") / found.name
    check_places(json_file, folder)
    make_ready(engine)
    workers = Cluster(cluster) if cluster else None
    with progress(count_portfolio_runs(found), language) as advance:
        run = run_together(
            found, folder, jobs=jobs or -1, engine=engine, progress=advance, workers=workers
        )
    deliver(run, language, out=folder / "report", json_file=json_file, command=command_line())
