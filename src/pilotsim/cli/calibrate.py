"""pilotsim calibrate: named assumptions fitted to published figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.base.errors import RequestError
from pilotsim.base.kept_inputs import check_not_read
from pilotsim.base.messages import Message
from pilotsim.cli.options import (
    ALSO,
    ENGINE,
    FLOW,
    JOBS,
    JSON,
    LANGUAGE,
    OUTPUT_FILE,
    SEED,
    replications,
)
from pilotsim.cli.shared import (
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
    read_changed,
    report_beside,
)
from pilotsim.cli.spoken import WholeNumber, command, tell

if TYPE_CHECKING:
    from pilotsim.judge.posterior import Calibration
    from pilotsim.model.flow import Flow


@command(needs=["scipy"])
@FLOW
@click.option(
    "--fit",
    metavar="PATH",
    multiple=True,
    required=True,
    help="An assumption with a range; may be repeated.",
)
@click.option(
    "--to",
    metavar="OUTPUT",
    multiple=True,
    help="An observed output to fit to. [default: those marked fitted]",
)
@replications(100, least=2, most=100_000, says="Runs at each point.")
@click.option(
    "--rounds",
    type=WholeNumber(1, 10),
    default=3,
    show_default=True,
    help="Rounds of points, at most.",
)
@click.option(
    "--chance/--no-chance",
    "one_course",
    default=True,
    show_default=True,
    help="Whether a figure is one course of events of this size, or comes from so many that "
    "chance hardly counts.",
)
@SEED
@JOBS
@ENGINE
@click.option(
    "--out",
    type=OUTPUT_FILE,
    help="Write the fitted flow as a new file.",
)
@click.option(
    "--together",
    metavar="NAME",
    help="With --out: keep the fitted values as rows that are drawn together, in "
    "posteriors/NAME.csv beside the new file.",
)
@JSON
@ALSO
@LANGUAGE
def calibrate(
    flow_file: Path,
    fit: tuple[str, ...],
    to: tuple[str, ...],
    out: Path | None,
    together: str | None,
    json_file: Path | None,
    language: str,
    **options: Any,
) -> None:
    """Fit assumptions of FLOW to what was published about the system.

    Say what the figures leave open.
    """
    from pilotsim.judge.calibrated_file import posterior_file

    check_places(json_file, out)
    if together and out is None:
        raise RequestError(Message("--together goes with --out, the new flow that draws the rows"))
    if together and len(fit) < 2:
        raise RequestError(Message("one value alone cannot be drawn together with others"))
    flow, _ = read_changed(flow_file, (), None)
    if together and out is not None:
        # The new flow is read with its rows once these are written.
        check_not_read([out.parent / posterior_file(together)])
    found = _run(flow, fit, to, language, options)
    report = report_beside(out) if out is not None else None
    deliver(found, language, out=report, json_file=json_file, command=command_line())
    if out is not None:
        _write(found, flow_file, out, together or "", language)


def _write(found: Calibration, flow_file: Path, out: Path, together: str, language: str) -> None:
    """Write the fitted flow, and before it the rows that it draws from."""
    from pilotsim.base.files import write_text
    from pilotsim.files.modules import read_written_out
    from pilotsim.judge.calibrated_file import fitted_text, posterior_file, posterior_text
    from pilotsim.language.catalogue import say

    command = command_line()
    out.absolute().parent.mkdir(parents=True, exist_ok=True)
    if together:
        rows = out.parent / posterior_file(together)
        text = posterior_text(found, command, language=language)
        rows.parent.mkdir(exist_ok=True)
        write_text(rows, text)
        tell(say("posterior_place", language, file=rows))
    text = fitted_text(
        found,
        read_written_out(flow_file),
        command,
        folder=out.parent,
        together=together,
        language=language,
    )
    write_text(out, text)
    tell(say("fitted_place", language, file=out))


def _run(
    flow: Flow, fit: tuple[str, ...], to: tuple[str, ...], language: str, options: dict[str, Any]
) -> Calibration:
    from pilotsim.judge.calibration import calibrate as fit_to
    from pilotsim.judge.calibration import count_calibration_runs

    make_ready(options["engine"])
    with progress(
        count_calibration_runs(len(fit), options["replications"], options["rounds"]), language
    ) as advance:
        return fit_to(flow, fit, to, progress=advance, **options)
