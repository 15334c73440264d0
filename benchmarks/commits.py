"""Whether the engine has become slower: two states of the program, in turns, on the same flows.

`python -m benchmarks.commits --against COMMIT` compares this folder, as it stands, with a commit;
`--commit OTHER` takes another commit in its place. Each state has a process of its own. They take
turns of a third of a second, in the order A B B A, so that what else the machine does slows both
alike, and start anew every few turns, since where things lie in memory makes some per cent. What
is compared is processor time outside of the system, of the same replications of the same file.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.child import ROOT
from benchmarks.effort import Effort
from benchmarks.results import Result, in_time

# The last state whose engine knew no shifts, interruptions, batches, conditions and the like.
BEFORE_OFFICE_TIME = "d44513d2"
FLOWS = ("alna_aktiv", "vilkar_today", "stavanger_2021", "ips_team", "course_waiting_list")
PAIRS = 24
# So many pairs by the same two processes.
TOGETHER = 4
# How surely the median of all pairs that there could be lies within the interval.
LEVEL = 0.95
HOW_TO_READ = (
    "Ours is this state, theirs the one before; above 1 this one is slower. In brackets: the "
    f"interval of {LEVEL:.0%} of the median of pairs."
)


@dataclass(frozen=True)
class Ratio:
    """How many times as long one state took as the other: the median of pairs, with interval."""

    middle: float
    low: float
    high: float

    @property
    def is_slower(self) -> bool:
        """Whether the whole interval lies above 1."""
        return self.low > 1


def ratio_of_pairs(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Return the median ratio of pairs, with an interval between two of them in order of size.

    These are chosen by the sign test: with no assumption on how times are spread, the median of
    all pairs that there could be lies between them with at least `LEVEL`.

    Parameters
    ----------
    ours, theirs : sequence of float
        Times, one of each in a pair.

    Raises
    ------
    ValueError
        There are too few pairs for any interval of that level.
    """
    ratios = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    count = len(ratios)
    outside, left_out = 2 / 2.0**count, 0
    if outside > 1 - LEVEL:
        raise ValueError(f"{count} pairs are too few for an interval of {LEVEL:.0%}")
    while outside + 2 * math.comb(count, left_out + 1) / 2.0**count <= 1 - LEVEL:
        left_out += 1
        outside += 2 * math.comb(count, left_out) / 2.0**count
    return Ratio(median(ratios), ratios[left_out], ratios[count - 1 - left_out])


class State:
    """A state of the program in a process of its own, which answers as `turn` does."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "benchmarks" / "turn.py")],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(folder / "src")},
        )
        program = self._answer()
        if not Path(program).is_relative_to(folder):
            raise RuntimeError(f"{program} runs, and not what stands in {folder}")

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def take_turn(self, file: str, runs: int) -> dict[str, float]:
        """Return what a turn of a flow took."""
        assert self._process.stdin is not None
        print(json.dumps([file, runs]), file=self._process.stdin, flush=True)
        return dict(self._answer())

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the process of a state has ended; what it said stands above")
        return json.loads(line)


def is_there(commit: str) -> bool:
    """Tell whether a commit is in this copy of the repository."""
    asked = ["git", "cat-file", "-e", f"{commit}^{{commit}}"]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode == 0


def take_out(commit: str, folder: Path) -> Path:
    """Put a commit's files into a folder, and return it."""
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit], cwd=ROOT, capture_output=True, check=True
    )
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def compare(ours: Path, theirs: Path, files: Sequence[str], pairs: int) -> Iterator[Result]:
    """Yield for each flow how many times as long it takes in our state as in theirs."""
    times: dict[str, tuple[list[float], list[float]]] = {file: ([], []) for file in files}
    visits: dict[str, list[float]] = {}
    runs: dict[str, int] = {}
    for first in range(0, pairs, TOGETHER):
        with State(ours) as one, State(theirs) as other:
            states = (one, other)
            for file in files:
                # The first turn may compile, and does not count.
                found = [state.take_turn(file, runs.get(file, 0)) for state in states]
                runs.setdefault(file, int(found[0]["runs"]))
                visits[file] = [turn["visits"] for turn in found]
                for pair in range(first, min(first + TOGETHER, pairs)):
                    for which in (0, 1) if pair % 2 == 0 else (1, 0):
                        turn = states[which].take_turn(file, runs[file])
                        times[file][which].append(turn["seconds"])
                        visits[file][which] = turn["visits"]
    for file in files:
        yield _as_result(Path(file).stem, times[file], visits[file], runs[file])


def _as_result(
    name: str, times: Sequence[Sequence[float]], visits: Sequence[float], runs: int
) -> Result:
    found = ratio_of_pairs(*times)
    same = (
        f"{visits[0]:,.0f} visits a run in both"
        if visits[0] == visits[1]
        else f"{visits[0]:,.1f} visits a run against {visits[1]:,.1f}"
    )
    word = "Slower" if found.is_slower else "No slower that could be told"
    return Result(
        name,
        in_time(median(times[0])),
        in_time(median(times[1])),
        found.middle,
        low=found.low,
        high=found.high,
        note=f"{word}; {len(times[0])} pairs of {runs} runs, {same}.",
    )


def no_slower(effort: Effort) -> Iterator[Result]:
    """Yield whether flows that use nothing new take longer than before.

    Nothing where the commit from before is not there, as in a copy without history.
    """
    if not is_there(BEFORE_OFFICE_TIME):
        return
    with TemporaryDirectory() as folder:
        before = take_out(BEFORE_OFFICE_TIME, Path(folder))
        files = [str(before / "configs" / f"{name}.yaml") for name in FLOWS]
        yield from compare(ROOT, before, files, max(PAIRS, effort.rounds))


def main() -> None:
    """Print the ratio of each flow."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.commits", description=__doc__)
    parser.add_argument("--against", required=True, metavar="COMMIT", help="what to compare with")
    parser.add_argument("--commit", help="in place of this folder as it stands")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"turns of each; {PAIRS}")
    parser.add_argument(
        "flows", nargs="*", help="flow files that both can read; some of the other commit's own"
    )
    options = parser.parse_args()
    with ExitStack() as folders:

        def folder() -> Path:
            return Path(folders.enter_context(TemporaryDirectory()))

        theirs = take_out(options.against, folder())
        ours = take_out(options.commit, folder()) if options.commit else ROOT
        files = [str(Path(flow).absolute()) for flow in options.flows]
        files = files or [str(theirs / "configs" / f"{name}.yaml") for name in FLOWS]
        print(HOW_TO_READ)
        for found in compare(ours, theirs, files, options.pairs):
            print(*found.columns[:4], found.note, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
