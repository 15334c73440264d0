"""pilotsim scoreboard: every published figure of several flows, by what it proves."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import ENGINE, JOBS, JSON, LANGUAGE, OUT, OUTPUT_FILE, SEED, replications
from pilotsim.cli.shared import check_places, command_line, deliver, make_ready, progress
from pilotsim.cli.spoken import InputPath, command, tell


@command()
@click.argument(
    "flow_files", metavar="FLOW...", nargs=-1, required=True, type=InputPath(path_type=Path)
)
@replications(200, says="Runs of each flow.")
@click.option(
    "--markdown",
    type=OUTPUT_FILE,
    help="Write the scoreboard as a page in Markdown.",
)
@SEED
@JOBS
@ENGINE
@JSON
@OUT
@LANGUAGE
def scoreboard(
    flow_files: tuple[Path, ...],
    replications: int,
    markdown: Path | None,
    seed: int,
    jobs: int,
    engine: str | None,
    json_file: Path | None,
    out: Path | None,
    language: str,
) -> None:
    """Hold every FLOW to what was published about it; true tests first."""
    from pilotsim.files.reading import read_flow
    from pilotsim.judge.scoreboard import score_flows
    from pilotsim.output.reports import write_page

    check_places(json_file, out)
    flows = [read_flow(file) for file in flow_files]
    make_ready(engine)
    with progress(replications * len(flows), language) as advance:
        found = score_flows(
            flows,
            replications=replications,
            seed=seed,
            jobs=jobs,
            engine=engine,
            progress=advance,
        )
    deliver(found, language, out=out, json_file=json_file, command=command_line())
    if markdown is not None:
        write_page(found, markdown, language, command_line())
        tell(markdown)
