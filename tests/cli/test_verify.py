"""`pilotsim verify` says whether runs come to what was committed, and if not, what differs."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from click.testing import CliRunner

from pilotsim.cli import commands
from pilotsim.cli.shared import FALLS_SHORT
from pilotsim.judge import golden
from tests.judge.golden import CONFIGS, hashes_of_file

(FILE,) = [file for file in CONFIGS if file.stem == "kvp_after"]


@pytest.fixture
def expected(monkeypatch):
    """What two runs come to counts as committed; it may be changed."""
    monkeypatch.setattr(golden, "REPLICATIONS", 2)
    known = dict([hashes_of_file(FILE)])
    monkeypatch.setattr(golden, "committed", lambda: known)
    return known


def verify(*arguments: str):
    return CliRunner().invoke(commands, ["verify", str(FILE), "--jobs", "1", *arguments])


def test_the_same_is_said_with_its_hashes(expected):
    done = verify("--language", "en")
    assert done.exit_code == 0
    ((name, hashes),) = expected.items()
    assert name in done.stdout
    assert hashes.journeys in done.stdout
    assert done.stdout.endswith("as expected\n")


@pytest.mark.parametrize("part", ["journeys", "measures", "verdicts"])
def test_what_differs_is_said_and_ends_with_a_code_of_its_own(expected, part):
    ((name, hashes),) = expected.items()
    expected[name] = replace(hashes, **{part: "0123"})
    done = verify("--language", "en")
    assert done.exit_code == FALLS_SHORT
    assert f"the {part} differ; expected 0123" in done.stdout
    for other in set(asdict(hashes)) - {part}:
        assert f"the {other} differ" not in done.stdout


def test_another_file_is_not_held_to_the_hashes(expected):
    ((name, hashes),) = expected.items()
    expected[name] = replace(hashes, file="0123", journeys="0123")
    done = verify("--language", "en")
    assert done.exit_code == FALLS_SHORT
    assert "the file is another" in done.stdout
    assert "differ" not in done.stdout


def test_a_flow_of_ones_own_has_nothing_to_be_held_to(expected):
    expected.clear()
    done = verify("--language", "nb")
    assert done.exit_code == FALLS_SHORT
    assert "ikke blant dem som følger med programmet" in done.stdout
