"""pilotsim verify: whether flows come to the same here as where the program was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pilotsim.cli.options import ENGINE, JOBS, LANGUAGE
from pilotsim.cli.shared import FALLS_SHORT, FAULT, make_ready, progress
from pilotsim.cli.spoken import InputPath, command, tell
from pilotsim.language.catalogue import say

if TYPE_CHECKING:
    from pilotsim.judge.golden import Hashes


# Codes from the best to the worst: of several files, the worst counts.
SAME = 0
PARTS = ("journeys", "measures", "verdicts", "published")


@command()
@click.argument(
    "flow_files", metavar="FLOW...", nargs=-1, required=True, type=InputPath(path_type=Path)
)
@JOBS
@ENGINE
@LANGUAGE
def verify(flow_files: tuple[Path, ...], jobs: int, engine: str | None, language: str) -> None:
    """Hold 100 runs of every FLOW to the hashes that were committed with the program.

    Journeys, measures and verdicts are held to the bit, published figures by their words. Ends
    with code 3 where any differs, and says which; with code 2 where none differs, but nothing is
    known of one.
    """
    from pilotsim.files.reading import read_flow
    from pilotsim.judge.golden import committed, count_runs, hashes_of

    expected = committed()
    flows = {file: read_flow(file) for file in flow_files}
    make_ready(engine)
    found = {}
    with progress(sum(map(count_runs, flows.values())), language) as advance:
        for file, flow in flows.items():
            found[file] = hashes_of(
                flow, file.read_bytes(), jobs=jobs, engine=engine, progress=advance
            )
    codes = {
        _tell(file, flows[file].flow, one, expected.get(flows[file].flow), language)
        for file, one in found.items()
    }
    if codes != {SAME}:
        raise SystemExit(max(codes))


def _tell(file: Path, name: str, found: Hashes, expected: Hashes | None, language: str) -> int:
    """Print what a file came to, and where that is not what was expected; return its code."""
    hashes = {part: getattr(found, part) for part in PARTS}
    tell(say("verified", language, file=file, flow=name, **hashes))
    if expected is None:
        tell(say("verify_unknown", language))
        return FAULT
    differ = found.differs_from(expected)
    for part in differ:
        said = say(f"verify_{part}", language, expected=getattr(expected, part))
        tell(said)
    if not differ:
        tell(say("verify_same", language))
    return FALLS_SHORT if differ else SAME
