"""The page of situations: every example is a whole flow, runs, and comes to what the page says.

``python -m tests.model.test_how_do_i_say`` writes what the examples come to into the page.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import pilotsim
from pilotsim.files.reading import read_text
from pilotsim.model.fields import Record
from pilotsim.model.flow import Flow
from tests.model.test_language_docs import EXAMPLES, NAMES, text_of

PAGE = Path(__file__).parent.parent.parent / "docs" / "how_do_i_say.md"
EXAMPLE = re.compile(r"```yaml\n(?P<flow>.*?)```(?P<comes>\n\n\*Comes to: .*?\*\n)?", re.DOTALL)
# A file that an example reads is named just before it.
BESIDE = re.compile(r"`(?P<name>[a-z]+\.csv)`:\n\n```text\n(?P<text>.*?)```", re.DOTALL)
TEXT = PAGE.read_text(encoding="utf-8")
FLOWS = [(match["flow"], (match["comes"] or "").strip()) for match in EXAMPLE.finditer(TEXT)]
HEADINGS = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)


def read(text: str) -> Flow:
    """The flow of an example, with the files of the page beside it."""
    with tempfile.TemporaryDirectory() as folder:
        for match in BESIDE.finditer(TEXT):
            Path(folder, match["name"]).write_text(match["text"], encoding="utf-8")
        return pilotsim.read_text(text, str(Path(folder, "flow.yaml")))


def written(value: float, unit: str) -> str:
    """A number as the page has it."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    return f"{value:.1f} days" if unit == "duration" else f"{value:g}"


def comes_to(flow: Flow) -> str:
    """What one run of a flow comes to, in the words of its targets."""
    journeys = pilotsim.simulate(flow)
    parts = [
        f"{target.says.in_language('en')}: {written(pilotsim.measure(journeys, target.measure), target.measure.unit)}"
        for target in flow.targets.values()
    ]
    return f"*Comes to: {'; '.join(parts)}.*"


@pytest.mark.parametrize(("text", "said"), FLOWS, ids=HEADINGS)
def test_an_example_comes_to_what_the_page_says(text, said):
    flow = read(text)
    assert [str(notice.message) for notice in flow.notices] == []
    assert comes_to(flow) == said


def test_each_situation_has_an_example_and_stands_in_the_list_at_the_top():
    assert len(HEADINGS) == len(FLOWS) >= 30
    top = TEXT[: TEXT.index("\n## ")]
    anchors = {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADINGS
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", top)) == anchors


def test_the_flows_are_told_apart_by_their_names():
    names = [read(text).flow for text, _ in FLOWS]
    assert len(set(names)) == len(names)


def keys_in(part: Any) -> Iterator[tuple[str, str]]:
    """The keys that are said in a part of a flow, each with the record that has it."""
    if isinstance(part, Record):
        for name, info in type(part).model_fields.items():
            if name in part.model_fields_set:
                yield type(part).__name__, info.alias or name
                yield from keys_in(getattr(part, name))
    elif isinstance(part, dict):
        for value in part.values():
            yield from keys_in(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from keys_in(value)


# What is told, decided or compared of a flow, and what draws from a file of rows; and a source of a
# count, which stands in a text.
APART = {
    *("Addition", "CriticalFactor", "Decision", "Economy", "Joint", "Mechanisms", "NaiveForecast"),
    *("Survey", ("Reading", "ceiling"), ("ArrivalsFrom", "source")),
    # What is put in its places before a flow is read.
    *("FlowFile", "Module", "ModuleJoin", "ModuleParameter", "Use"),
    # Code of one's own has an example of its own, which tests/simulation/test_own_code.py runs.
    *("NamedCode", ("Flow", "code")),
}


def test_every_key_of_what_runs_stands_in_an_example():
    flows = [read(text) for text, _ in FLOWS]
    flows += [read_text(text_of(path, text), str(PAGE)) for _, path, text in EXAMPLES]
    met = {key for flow in flows for key in keys_in(flow)}
    asked = {(record, key) for record, key in NAMES if not APART & {record, (record, key)}}
    assert asked - met == set()


if __name__ == "__main__":
    filled = EXAMPLE.sub(
        lambda match: f"```yaml\n{match['flow']}```\n\n{comes_to(read(match['flow']))}\n", TEXT
    )
    PAGE.write_text(re.sub(r"\n{3,}", "\n\n", filled), encoding="utf-8")
