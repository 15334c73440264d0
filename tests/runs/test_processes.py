"""Processes that work for this one compile nothing again, and say nothing that helps no user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pilotsim

ROOT = Path(__file__).parent.parent.parent


def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
    paths = [str(Path(pilotsim.__file__).parent.parent), str(ROOT)]
    return subprocess.run(
        [sys.executable, *options, "-m", "tests.runs.working", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        timeout=300,
        check=False,
    )


def test_code_is_made_once_for_all_flows_and_processes():
    """Where a process drew numbers before it knew the families, it made code that the first had made already."""
    done = run("compiled")
    assert done.returncode == 0, done.stderr
    first, *others = json.loads(done.stdout)
    assert len(first) == 10
    assert {name: sum(counts) for name, counts in first.items()} == dict.fromkeys(first, 1)
    for own in others:
        assert {"draw_numbers", "settle_numbers", "simulate_block", "measure_block"} <= {
            name for name, counts in own.items() if counts == [1, 0]
        }
        assert all(counts in ([1, 0], [0, 0]) for counts in own.values())


def test_a_process_that_has_grown_is_replaced_without_a_word():
    done = run("grown")
    assert json.loads(done.stdout) == [2 * k for k in range(8)]
    assert done.stderr == ""


def test_whoever_asks_python_for_warnings_sees_them():
    """The control: the process is replaced, and libraries do warn."""
    done = run("grown", "-W", "default")
    assert json.loads(done.stdout) == [2 * k for k in range(8)]
    assert "A worker stopped while" in done.stderr
    assert "said in a process" in done.stderr


def test_a_process_that_dies_is_a_fault():
    done = run("dead")
    assert done.returncode == 1
    assert "RunError: one died" in done.stderr


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="started in another way")
def test_a_process_that_cannot_be_started_is_a_fault_and_no_other_is_left():
    done = run("refused")
    said, again = json.loads(done.stdout)
    assert "cannot be started: the system has no room for more" in said
    assert again == [0, 1, 2, 3]
    assert done.stderr == ""
