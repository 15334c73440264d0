"""What the README shows of the program is what the program says, and what it counts is there."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.cli import COMMANDS, commands
from pilotsim.cli.shared import read_changed
from pilotsim.files.reading import read_text
from pilotsim.language.catalogue import translate_error

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
IN_NORWEGIAN = (ROOT / "README.nb.md").read_text(encoding="utf-8")
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
    assert translate_error(caught.value, "nb") in IN_NORWEGIAN


def test_commands_of_the_norwegian_page_are_there_with_their_options():
    lines = re.findall(r"pilotsim(?: [^`\n#]+)?", IN_NORWEGIAN)
    called = {}
    for line in lines:
        words = line.split()
        if len(words) > 1 and words[1] in COMMANDS:
            called.setdefault(words[1], set()).update(re.findall(r"--[\w-]+", line))
    assert {"new", "check", "values", "share", "report", "docs", "evaluate"} <= set(called)
    context = click.Context(commands)
    for name, options in called.items():
        command = commands.get_command(context, name)
        known = {one for option in command.params for one in option.opts}
        assert options <= known, name


def test_changes_of_the_norwegian_page_can_be_made():
    """Its file is a copy of the template."""
    flow = ROOT / "configs" / "alna_aktiv.yaml"
    changes = re.findall(r"--set (\S+)", IN_NORWEGIAN)
    choices = re.findall(r"--choose (\S+)", IN_NORWEGIAN)
    assert len(changes) > 1
    assert choices
    for change in changes:
        assert read_changed(flow, (change,), None)[0].changes
    for choice in choices:
        assert read_changed(flow, (), None, (choice,))[0].changes


def test_pages_that_are_linked_are_there():
    for page in (README, IN_NORWEGIAN):
        for place in re.findall(r"\]\(([^)#:]+)\)", page):
            assert (ROOT / place).exists(), place


def test_as_many_studies_stand_in_the_reports_as_it_says():
    found = re.search(r"(\w+) studies and a search, with their findings", README)
    assert found is not None
    names = {path.name.rsplit("_", 1)[0] for path in (ROOT / "reports" / "experiments").iterdir()}
    searches = {name for name in names if "solve:" in experiment(name)}
    assert (len(names - searches), len(searches)) == (NUMBERS[found[1].lower()], 1)


def experiment(name: str) -> str:
    return (ROOT / "experiments" / f"{name}.yaml").read_text(encoding="utf-8")
