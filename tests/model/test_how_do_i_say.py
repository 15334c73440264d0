"""The page of situations: every example is a whole flow, runs, and comes to what the page says.

``python -m tests.model.test_how_do_i_say`` writes what the examples come to into the page.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pilotsim
from pilotsim.model.flow import Flow

PAGE = Path(__file__).parent.parent.parent / "docs" / "how_do_i_say.md"
EXAMPLE = re.compile(r"```yaml\n(?P<flow>.*?)```(?P<comes>\n\n\*Comes to: .*?\*\n)?", re.DOTALL)
TEXT = PAGE.read_text(encoding="utf-8")
FLOWS = [(match["flow"], (match["comes"] or "").strip()) for match in EXAMPLE.finditer(TEXT)]
HEADINGS = re.findall(r"^### (.+)$", TEXT, re.MULTILINE)


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
    flow = pilotsim.read_text(text)
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
    names = [pilotsim.read_text(text).flow for text, _ in FLOWS]
    assert len(set(names)) == len(names)


if __name__ == "__main__":
    filled = EXAMPLE.sub(
        lambda match: (
            f"```yaml\n{match['flow']}```\n\n{comes_to(pilotsim.read_text(match['flow']))}\n"
        ),
        TEXT,
    )
    PAGE.write_text(re.sub(r"\n{3,}", "\n\n", filled), encoding="utf-8")
