"""The hashes that `pilotsim verify` holds runs to, made anew: `python -m tests.judge.golden [FLOW...]`."""

from __future__ import annotations

import sys
from pathlib import Path

from pilotsim.files.reading import read_flow
from pilotsim.judge.golden import COMMITTED, Hashes, commit, committed, hashes_of

CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").rglob("*.yaml"))


def hashes_of_file(file: Path, engine: str | None = None) -> tuple[str, Hashes]:
    """A flow's name, and what its runs come to."""
    flow = read_flow(file)
    return flow.flow, hashes_of(flow, file.read_bytes(), engine=engine)


def main(files: list[Path]) -> None:
    """Make those of some flows, or of all; the others stay."""
    found = committed() if files and COMMITTED.exists() else {}
    for file in files or CONFIGS:
        name, hashes = hashes_of_file(file)
        found[name] = hashes
        print(name, hashes, flush=True)
        commit(found)


if __name__ == "__main__":
    main([Path(one) for one in sys.argv[1:]])
