"""Beside a target of a wait the page says who still waits, of what a reader tries as of the plan."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.reading import flow_as_written, read_document
from pilotsim.judge.check import check_targets
from pilotsim.judge.verdicts import Verdict
from pilotsim.judge.words import LIKELY_FROM, VERDICTS
from pilotsim.language.catalogue import say
from pilotsim.output.labels import label_of_question
from pilotsim.output.live.decision import answer_of_grade
from pilotsim.output.live.page import ALL_WORDS
from pilotsim.output.sentences.people import whole_people
from pilotsim.output.views.support import notes_of_verdicts
from pilotsim.portable import LAYOUT, MODULE
from pilotsim.portable.description import describe_flow
from pilotsim.portable.packing import pack
from tests.portable.outside import in_node

PROGRAM = Path(__file__).with_name("still_waiting.mjs")
COUNT = 20
QUEUE = """
flow: queue
title: Queue
starts: 2015-01-01
lasts: 12 months
groups:
  new: {starts_in: line, arrivals: {value: 6 per month, assumption: A guess}}
resources: {place: {units: {value: 1, assumption: A guess}}}
stages:
  line: {needs: {place: 1}, lasts: 1 month, next: {done: 100 %}}
  done: {}
targets:
  soon: {says: Soon, at_most: 14 days, measure: {wait: line}}
  many: {says: Many, at_least: 1, measure: {count: {reached: done}}}
  through: {says: Through, at_most: 60 days, measure: {time: {from: line, to: done}}}
  later: {says: Later, at_least: 10 %, measure: {share: {reached: done, after: line, within: 6 months}, of: {reached: line}}}
  used: {says: Used, at_least: 10 %, measure: {use: place}}
"""
# The plan; fewer wait; nobody does.
UNITS = (1, 5, 60)


def setup_of(flow: Any, language: str) -> dict[str, Any]:
    said = {
        "words": {key: say(key, language) for key in ALL_WORDS},
        "description": describe_flow(flow, language),
    }
    return {
        "language": language,
        "languages": {language: said},
        "likely_from": LIKELY_FROM,
        "answers": {grade.name: answer_of_grade(grade) for grade in VERDICTS},
    }


def people(verdict: Verdict, language: str) -> dict[str, str]:
    rests_on = verdict.rests_on
    return {
        "waiting": whole_people(rests_on.waiting, language),
        "base": whole_people(rests_on.base, language),
    }


def notes_in_python(verdicts: Sequence[Verdict], language: str) -> list[list[str]]:
    """What stands beneath the table of a check, by target and without its words."""
    found = []
    for verdict in verdicts:
        blocks = notes_of_verdicts([("", verdict)], language)
        label = label_of_question(verdict.question, language)
        notes = [item.text.removeprefix(f"{label}: ") for block in blocks for item in block.items]
        found.append([note[:1].upper() + note[1:] for note in notes])
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_still_waits_is_said_of_what_is_tried(tmp_path, language):
    """The number stood there as if all was known, as soon as a reader moved anything."""
    (tmp_path / "queue.yaml").write_text(QUEUE)
    document = read_document(tmp_path / "queue.yaml")
    flow = flow_as_written(document)
    path = "resources.place.units"
    given = {
        "setup": setup_of(flow, language),
        "replications": COUNT,
        "sets": [{path: units} if units != 1 else {} for units in UNITS],
    }
    (tmp_path / "given.json").write_text(json.dumps(given))
    (tmp_path / "packed").write_bytes(pack(flow))
    found = in_node(PROGRAM, MODULE, LAYOUT, tmp_path / "packed", tmp_path / "given.json")
    told = []
    for units, numbers in zip(UNITS, found["numbers"], strict=True):
        changed = apply_changes(document, dict([read_change(f"{path}={units}")]))
        verdicts = check_targets(changed, replications=COUNT, what_if=False).verdicts
        for verdict, own in zip(verdicts, numbers, strict=True):
            base = verdict.rests_on.base
            assert own["base"] == (None if math.isnan(base) else base)
            waiting = verdict.rests_on.waiting
            assert own["waiting"] == (None if math.isnan(waiting) else waiting)
        told.append(verdicts)
    first = [verdicts[0].rests_on for verdicts in told]
    assert first[0].waiting > first[1].waiting > 1
    assert first[2].waiting == 0
    words = [notes_in_python(one, language) for one in told]
    assert words[0] != words[1]
    assert any(
        note == say("support_waiting", language, **people(told[0][0], language))
        for note in words[0][0]
    )
    assert not words[2][0]
    assert found["beside"] == [list(column) for column in zip(*words, strict=True)]
    assert found["own"] == words
