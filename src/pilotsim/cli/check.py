"""pilotsim check: which targets can be met, and what holds each back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pilotsim.cli.options import (
    DECISIONS,
    OUTPUT_FILE,
    SETTINGS,
    flow_options,
    replications,
    strict,
)
from pilotsim.cli.paging import write_page
from pilotsim.cli.shared import (
    FALLS_SHORT,
    check_places,
    command_line,
    deliver,
    make_ready,
    progress,
    read_changed,
    read_settings,
)
from pilotsim.cli.spoken import WholeNumber, command

if TYPE_CHECKING:
    from pilotsim.base.text import Text
    from pilotsim.judge.check import Check
    from pilotsim.model.flow import Flow
    from pilotsim.output.live.prices import AskedPrices


@command()
@replications(400, says="Runs per verdict.")
@click.option(
    "--what-if-replications",
    type=WholeNumber(2, 1_000_000),
    help="Runs per change. [default: a fortieth, 20 at least]",
)
@click.option(
    "--what-if/--no-what-if", default=True, help="Whether to ask what holds the targets back."
)
@click.option(
    "--page",
    type=OUTPUT_FILE,
    help="Write a page that decides and runs FLOW, of this check; see pilotsim share.",
)
@click.option(
    "--open", "opens", is_flag=True, help="Open the page where somebody sits at a desktop."
)
@SETTINGS
@DECISIONS
@flow_options
@strict("End with code 3 where a target falls short.")
def check(
    flow_file: Path,
    changes: tuple[str, ...],
    decisions: tuple[str, ...],
    scenario: str | None,
    settings: Path | None,
    json_file: Path | None,
    out: Path | None,
    page: Path | None,
    opens: bool,
    language: str,
    strict: bool,
    what_if: bool,
    **options: Any,
) -> None:
    """Say which targets of FLOW can be met, and what holds each back."""
    check_places(json_file, out)
    changes, decisions = read_settings(flow_file, settings, changes, decisions)
    flow, says = read_changed(flow_file, changes, scenario, decisions)
    asked = None if page is None else _asked_at(page, flow, options["replications"])
    found = told = checked(
        flow if asked is None else asked.flow,
        says,
        what_if=what_if,
        language=language,
        options=options,
    )
    if asked is not None and asked.added:
        # A price that the page asks for is none of the flow.
        told = replace(found, flow=flow, economy=None)
    deliver(
        told,
        language,
        out=out,
        json_file=json_file,
        command=command_line(),
    )
    if page is not None and asked is not None:
        page.parent.mkdir(parents=True, exist_ok=True)
        write_page(found, page, language, what_if=what_if, asked=asked, opens=opens)
    if strict and found.falls_short:
        raise SystemExit(FALLS_SHORT)


def _asked_at(page: Path, flow: Flow, replications: int) -> AskedPrices:
    """Return the flow with the prices that a page asks for.

    A page that cannot be made or written is refused, before anything is run.
    """
    from pilotsim.output.live.page import check_sharing
    from pilotsim.output.live.prices import with_prices_asked

    check_places(None, page.parent, has_figures=False)
    check_sharing(flow, replications)
    return with_prices_asked(flow)


def checked(
    flow: Flow, says: Text | None, *, what_if: bool, language: str, options: dict[str, Any]
) -> Check:
    """Return a check of a flow, with its progress shown.

    Parameters
    ----------
    flow : Flow
        What is checked.
    says : Text or None
        What the scenario is called that changed it.
    what_if : bool
        Whether to ask what holds the targets back.
    language : str
        One of `LANGUAGES`.
    options : dict
        What else `check_targets` takes.
    """
    from pilotsim.judge.check import check_targets, count_runs

    few = options["what_if_replications"]
    make_ready(options["engine"])
    with progress(
        count_runs(flow, options["replications"], few, what_if=what_if), language
    ) as advance:
        return check_targets(flow, what_if=what_if, scenario=says, progress=advance, **options)
