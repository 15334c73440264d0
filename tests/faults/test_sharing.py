"""Where no worker can be started a command says so in a line, leaves nothing, and goes on when asked again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pilotsim
from tests.faults.lines import SHARING
from tests.faults.sharing import NONE
from tests.faults.shim import Call, Fault, Outcome, make_tree, tree_of
from tests.faults.test_faults import faults_of, told, whole

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="workers are started in another way"
)

ROOT = Path(__file__).parent.parent.parent
WAITED_BY = Path("/dev/shm")


def carry_out(
    root: Path, line, kind: str = NONE, number: int = 0
) -> tuple[Outcome, int, list[str]]:
    """How a line ended, how many things it started, and by what its workers still wait."""
    counted = root.with_name("counted")
    counted.write_text("0", encoding="utf-8")
    paths = [str(Path(pilotsim.__file__).parent.parent), str(ROOT)]
    own = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONIOENCODING": "utf-8"}
    fault = [kind, str(number), str(counted)]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.sharing", *fault, *line.words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, **own},
    ) as process:
        out, err = process.communicate(timeout=400)
    until = time.monotonic() + 10
    while (left := left_by(root, process.pid)) and time.monotonic() < until:
        time.sleep(0.2)
    call = Call(number, "process", "--jobs")
    # A worker that finds nobody may say so in words of its own; the command itself says nothing.
    said = "" if kind == "killed" else err
    ended = Outcome(call, Fault(kind), process.returncode, out, said, tree_of(root))
    return ended, int(counted.read_text(encoding="utf-8")), left


def left_by(root: Path, number: int) -> list[str]:
    """Processes that are still at work in a folder, and what those of a process waited by."""
    found = [one.name for one in WAITED_BY.glob(f"sem.loky-{number}-*")]
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if (one / "cwd").readlink() == root:
                found.append((one / "cmdline").read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue
    return found


@pytest.fixture(params=SHARING, ids=str)
def undisturbed(request, tmp_path):
    line, root = request.param, tmp_path / "here"
    root.mkdir()
    line.make(root)
    before = tree_of(root)
    first, count, left = carry_out(root, line)
    assert not left
    assert first.code in (0, 3), first.err
    assert count > 3
    return line, root, before, first, count


def hold(undisturbed, chosen: list[tuple[str, int]]) -> None:
    line, root, before, first, _ = undisturbed
    after = told(first.left)
    for kind, number in chosen:
        make_tree(root, before)
        outcome, _, left = carry_out(root, line, kind, number)
        assert outcome.code != first.code, "the fault was not met"
        wrong = list(faults_of(line, outcome, told(before), after, first.code))
        assert not wrong, f"{outcome}: {wrong}\n{outcome.err}"
        assert not left, f"{outcome}: {left}"
        again, _, left = carry_out(root, line)
        assert again.code == first.code, again.err
        assert whole(told(again.left)) == after, f"after {outcome}"


def test_at_some_starts(undisturbed):
    last = undisturbed[-1] - 1
    hold(undisturbed, [("ENOSPC", 0), ("EAGAIN", last), ("killed", last)])


def test_at_every_start(undisturbed):
    kinds = ("EAGAIN", "ENOMEM", "ENOSPC", "killed")
    hold(undisturbed, [(kind, k) for k in range(undisturbed[-1]) for kind in kinds])
