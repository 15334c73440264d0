"""Writing the page of a check: what is tried beside it, what is packed into it, and as what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.opening import open_page
from pilotsim.cli.shared import progress
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.judge.check import Check
    from pilotsim.output.live.prices import AskedPrices

__all__ = ["write_page"]

ZIP = ".zip"


def write_page(
    found: Check,
    file: Path,
    language: str,
    *,
    source: Path,
    what_if: bool,
    asked: AskedPrices,
    opens: bool = False,
) -> None:
    """Write the page of a check, and say where it is.

    Parameters
    ----------
    found : Check
        What was checked: it is not run again.
    file : Path
        The page; a zip file with it and a note on how it is opened where the name ends so.
    language : str
        The language that it opens in.
    source : Path
        The file that the flow stands in.
    asked : AskedPrices
        The prices that can be filled in; it is their flow that was checked.
    what_if : bool
        Whether options and ends of levers are tried beforehand.
    opens : bool
        Whether it is opened where somebody sits at a desktop.
    """
    from pilotsim.base.files import write_whole
    from pilotsim.judge.choices import runs_of_an_option
    from pilotsim.judge.settings_ahead import try_settings
    from pilotsim.output.live.built_in import BuiltInOptions
    from pilotsim.output.live.levers import levers_of, settings_to_try
    from pilotsim.output.live.page import LivePage

    built_in = BuiltInOptions(found.flow)
    tried = []
    if what_if:
        others = settings_to_try(found, levers_of(found), built_in.settings())
        runs = runs_of_an_option(found.replications)
        with progress(runs * len(others), language) as advance:
            tried = try_settings(found, others, replications=runs, jobs=-1, progress=advance)
    page = LivePage(found, tried=tried, source=source, built_in=built_in, asked=asked)
    if file.suffix.lower() == ZIP:
        write_whole(file, page.zipped(language))
    else:
        write_whole(file, page.html(language).encode())
    click.echo(say("live_place", language, file=file))
    if opens and file.suffix.lower() != ZIP and open_page(file):
        click.echo(say("live_opens", language))
