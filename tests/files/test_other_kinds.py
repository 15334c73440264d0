"""A file of another kind is told as that: one fault, with the command that takes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.reading import read_flow
from pilotsim.files.yaml import ANSWERS
from pilotsim.language.first_flow import QUESTIONS

SAVED = {"flow": "offer", "file": "offer.yaml", "choose": {}, "set": {"a.b": "2"}}
CHECKED = {"flow": "offer", "version": "0.1.0", "seed": 1, "verdicts": []}


@pytest.mark.parametrize(
    ("text", "key", "found", "command"),
    [
        (
            json.dumps(SAVED),
            "choose",
            "a file of settings from a page",
            "pilotsim check offer.yaml --settings given.json",
        ),
        (
            '{"set": {}}',
            "set",
            "a file of settings from a page",
            "pilotsim check FLOW.yaml --settings given.json",
        ),
        (
            "title: x\nstarts: 2026-01-05\nmonths: 24\n",
            "months",
            "a file of answers for a first flow",
            "pilotsim new --answers given.json",
        ),
        (
            json.dumps(CHECKED),
            "verdicts",
            "the result of a check",
            "pilotsim compare given.json OTHER.json",
        ),
    ],
)
def test_one_fault_says_what_the_file_is_and_what_takes_it(
    tmp_path: Path, text: str, key: str, found: str, command: str
):
    """A fault for each key, missing or unknown, said nothing of what the file was."""
    file = tmp_path / "given.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    (fault,) = caught.value.faults
    assert fault.path == key
    assert fault.message == (
        f"this is {found}, and a flow file is needed here; it goes with: {command}"
    )


@pytest.mark.parametrize(
    "text", ["title: x\nstarts: 2026-01-05\n", "flow: x\nset: {}\nstages: {}\ngroups: {}\n"]
)
def test_a_flow_that_is_not_whole_is_told_what_it_lacks(tmp_path: Path, text: str):
    file = tmp_path / "given.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    assert not [one for one in caught.value.faults if "needed here" in one.message]
    assert len(caught.value.faults) > 1


def test_answers_are_those_that_are_asked_for():
    assert {question.key for question in QUESTIONS} == ANSWERS
