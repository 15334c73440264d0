"""What the README shows of the program is what the program says, and what it counts is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.reading import read_text

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBERS = {"eight": 8, "nine": 9, "ten": 10}


def test_the_fault_shown_is_the_fault_told(monkeypatch):
    """The line moves with the file: a README that shows another was not read again."""
    monkeypatch.chdir(ROOT)
    flow = (ROOT / "configs" / "alna_aktiv.yaml").read_text(encoding="utf-8")
    head, mapping, rest = flow.partition("\n  mapping:\n")
    assert mapping
    typed = head + mapping + rest.replace("    needs:", "    nedes:", 1)
    with pytest.raises(FlowError) as caught:
        read_text(typed, "configs/alna_aktiv.yaml")
    assert str(caught.value) in README


def test_as_many_studies_stand_in_the_reports_as_it_says():
    found = re.search(r"(\w+) studies and a search, with their findings", README)
    assert found is not None
    names = {path.name.rsplit("_", 1)[0] for path in (ROOT / "reports" / "experiments").iterdir()}
    searches = {name for name in names if "solve:" in experiment(name)}
    assert (len(names - searches), len(searches)) == (NUMBERS[found[1].lower()], 1)


def experiment(name: str) -> str:
    return (ROOT / "experiments" / f"{name}.yaml").read_text(encoding="utf-8")
