"""Every flow that comes with the program gives what was committed of it, on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

from pilotsim.base.files import digest_of
from pilotsim.files.reading import read_flow
from pilotsim.judge import golden
from tests.judge.golden import CONFIGS, hashes_of_file

FEW = [file for file in CONFIGS if file.stem in ("alna_aktiv", "kvp_after")]
# A few flows, or all with PILOTSIM_FLOWS=all.
FLOWS = CONFIGS if os.environ.get("PILOTSIM_FLOWS") == "all" else FEW


@pytest.mark.slow
@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_runs_give_what_was_committed(file):
    name, found = hashes_of_file(file)
    assert found == golden.committed()[name]


def test_every_flow_has_its_hashes():
    expected = golden.committed()
    digests = {
        read_flow(file).flow: digest_of(file.read_bytes().replace(b"\r\n", b"\n"))
        for file in CONFIGS
    }
    assert {name: one.file for name, one in expected.items()} == digests


@pytest.fixture
def few_runs(monkeypatch):
    monkeypatch.setattr(golden, "REPLICATIONS", 2)


def test_both_engines_give_the_same_hashes(few_runs):
    assert hashes_of_file(FEW[0], engine="kernel") == hashes_of_file(FEW[0], engine="process")


def test_hashes_do_not_depend_on_how_runs_are_shared_out(few_runs, monkeypatch):
    whole = hashes_of_file(FEW[0])
    monkeypatch.setattr(golden, "BLOCK", 1)
    assert hashes_of_file(FEW[0]) == whole


def test_another_flow_and_another_seed_have_other_hashes(few_runs, monkeypatch):
    (_, one), (_, other) = (hashes_of_file(file) for file in FEW)
    monkeypatch.setattr(golden, "SEED", 2)
    _, later = hashes_of_file(FEW[0])
    assert one.differs_from(other) == ["file"]
    assert one.differs_from(later) == ["journeys", "measures", "verdicts"]


def test_only_what_differs_is_said():
    one = golden.Hashes("a", "b", "c", "d", "e")
    assert one.differs_from(one) == []
    for part in fields(one):
        assert one.differs_from(replace(one, **{part.name: "x"})) == [part.name]


HASHES = """
import sys
from pathlib import Path
from pilotsim.judge import golden
golden.REPLICATIONS = 2
from tests.judge.golden import hashes_of_file
print(hashes_of_file(Path(sys.argv[1])))
"""


@pytest.mark.slow
def test_compiled_for_no_processor_in_particular_it_is_the_same(few_runs):
    """Without the instructions that only this machine's processor has."""
    done = subprocess.run(
        [sys.executable, "-c", HASHES, str(FEW[0])],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""},
        cwd=Path(__file__).parent.parent.parent,
    )
    assert done.stdout.strip() == str(hashes_of_file(FEW[0]))
