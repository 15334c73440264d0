"""pilotsim values: what of a flow can be set, by its path."""

from __future__ import annotations

from pathlib import Path

import click

from pilotsim.cli.options import FLOW, LANGUAGE
from pilotsim.cli.shared import deliver
from pilotsim.cli.spoken import command


@command()
@FLOW
@click.argument("words", metavar="[WORD]...", nargs=-1)
@LANGUAGE
def values(flow_file: Path, words: tuple[str, ...], language: str) -> None:
    """List what of FLOW can be set: path, name and present value, those with every WORD."""
    from pilotsim.files.reading import read_flow
    from pilotsim.files.settable import SettableValues

    deliver(SettableValues(read_flow(flow_file), words), language)
