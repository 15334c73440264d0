"""`pilotsim verify` says whether runs come to what was committed, and if not, what differs."""

from __future__ import annotations

from dataclasses import asdict, replace
from shutil import copytree

import pytest
from click.testing import CliRunner

from pilotsim.cli import commands
from pilotsim.cli.shared import FALLS_SHORT, FAULT
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


def beside_its_rows(folder):
    """A place for a flow file from which the rows that it draws are found."""
    copytree(FILE.parent.parent / "posteriors", folder / "posteriors")
    (folder / "flows").mkdir()
    return folder / "flows" / "mine.yaml"


def verify(*arguments: str):
    return CliRunner().invoke(commands, ["verify", str(FILE), "--jobs", "1", *arguments])


def test_the_same_is_said_with_its_hashes(expected):
    done = verify("--language", "en")
    assert done.exit_code == 0
    ((name, hashes),) = expected.items()
    assert name in done.stdout
    assert hashes.journeys in done.stdout
    assert done.stdout.endswith("as expected\n")


@pytest.mark.parametrize("part", ["journeys", "measures", "verdicts", "published"])
def test_what_differs_is_said_and_ends_with_a_code_of_its_own(expected, part):
    ((name, hashes),) = expected.items()
    expected[name] = replace(hashes, **{part: "0123"})
    done = verify("--language", "en")
    assert done.exit_code == FALLS_SHORT
    named = {one: one for one in asdict(hashes)} | {"published": "words on published figures"}
    assert f"the {named.pop(part)} differ; expected 0123" in done.stdout
    for other in named.values():
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
    assert done.exit_code == FAULT
    assert "ingenting er kjent om denne filen" in done.stdout


def test_each_file_is_told_of_though_two_are_of_one_flow(expected, tmp_path):
    """An edited file is not hidden behind the genuine one of the same name, in any order."""
    edited = beside_its_rows(tmp_path)
    edited.write_bytes(FILE.read_bytes() + b"# edited\n")
    for files in ((edited, FILE), (FILE, edited)):
        done = CliRunner().invoke(
            commands, ["verify", *map(str, files), "--jobs", "1", "--language", "en"]
        )
        assert done.exit_code == FALLS_SHORT
        lines = done.stdout.splitlines()
        said = dict(zip(lines[::2], lines[1::2], strict=True))
        told = {head.partition(" (")[0]: word.strip() for head, word in said.items()}
        assert told == {
            str(edited): "the file is another than the one that comes with this version of the "
            "program",
            str(FILE): "as expected",
        }


def test_what_differs_counts_more_than_what_is_not_known(expected, tmp_path):
    ((_, hashes),) = expected.items()
    own = beside_its_rows(tmp_path)
    own.write_text(
        FILE.read_text(encoding="utf-8").replace("flow: kvp_after", "flow: own", 1),
        encoding="utf-8",
    )
    both = ["verify", str(FILE), str(own), "--jobs", "1", "--language", "en"]
    assert CliRunner().invoke(commands, both).exit_code == FAULT
    expected["kvp_after"] = replace(hashes, measures="0123")
    assert CliRunner().invoke(commands, both).exit_code == FALLS_SHORT
