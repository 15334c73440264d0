"""Whether anything stands at a place that somebody named, whatever the name."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pilotsim
from pilotsim.base.places import is_file, is_folder, is_there, names_in

# Too long for any system; with a character that no name has; under what is a file.
NO_PLACES = ("x" * 5000, "a\0b", "file.txt/below", "x" * 300 + "/below")
# What names its places itself, and wants to know of errors of the system.
OWN_PLACES = {"base", "runs", "simulation", "evaluation/release"}
ASKS = re.compile(r"\.(is_file|is_dir|exists)\(\)")


@pytest.mark.parametrize("name", NO_PLACES)
def test_nothing_stands_where_nothing_can(tmp_path, name):
    (tmp_path / "file.txt").write_text("x")
    place = tmp_path / name
    assert not is_file(place)
    assert not is_folder(place)
    assert not is_there(place)
    assert names_in(place, "*") == []


def test_what_stands_there_is_seen(tmp_path):
    (tmp_path / "b.csv").write_text("x")
    (tmp_path / "a.csv").write_text("x")
    assert is_file(tmp_path / "a.csv")
    assert is_there(tmp_path / "a.csv")
    assert not is_folder(tmp_path / "a.csv")
    assert is_folder(tmp_path)
    assert is_there(tmp_path)
    assert not is_file(tmp_path)
    assert names_in(tmp_path, "*.csv") == ["a.csv", "b.csv"]


def test_whatever_reads_what_somebody_named_asks_so():
    home = Path(pilotsim.__file__).parent
    asking = {
        file.relative_to(home).as_posix()
        for file in home.rglob("*.py")
        if ASKS.search(file.read_text(encoding="utf-8"))
    }
    assert {one for one in asking if not any(one.startswith(f"{own}/") for own in OWN_PLACES)} <= {
        "cli/unforeseen.py",
        "experiments/study/results.py",
    }
