"""What a reader of verdicts has to know: targets that test their own input, critical factors, plain numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.small_flows import small_flow


def flow(**parts: Any) -> dict[str, Any]:
    """Half of all go each way, which is what the target asks for."""
    share = {"value": "50 %", "low": "40 %", "high": "60 %", "label": "Share trained"}
    content = small_flow(
        "6 months",
        sources={"plan": "The plan"},
        groups={"all": {"stock": {"value": 60, "source": "plan p. 1"}, "starts_in": "met"}},
        stages={
            "met": {
                "lasts": {"value": "5 days", "source": "plan p. 2"},
                "next": {"trained": {**share, "assumption": "As planned"}, "home": "rest"},
            },
            "trained": {
                "lasts": {"value": "30 days", "source": "plan p. 2"},
                "next": {"home": "100 %"},
            },
            "home": {},
        },
        targets={
            "trained": {
                "says": "Half are trained",
                "source": "plan p. 3",
                "at_least": "30 %",
                "measure": {"share": {"reached": "trained"}, "of": {"groups": "all"}},
                "own_input": ["stages.met.next.trained"],
            }
        },
    )
    content["lasts"] = {"value": "6 months", "source": "plan p. 1"}
    content.update(parts)
    return content


FACTOR = {
    "places": {
        "says": "Enough places",
        "source": "plan p. 4",
        "answer": "They are enough.",
        "verdicts": "trained",
    }
}


def page(content: dict[str, Any], language: str = "en") -> str:
    check = check_targets(read_text(json.dumps(content)), replications=40)
    return write_markdown(document_of(check, language, with_figures=False))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nb", "prøver for det meste det filen selv legger inn"),
        ("en", "mostly test what the file itself puts in"),
        ("sv", "prövar mest det som filen själv lägger in"),
    ],
)
def test_a_target_that_tests_its_own_input_is_named(language, words):
    text = page(flow(), language)
    assert words in text
    assert "Share trained: 50" in text


def test_no_target_is_named_where_none_puts_in_its_own_answer():
    content = flow()
    del content["targets"]["trained"]["own_input"]
    assert "mostly test what the file itself puts in" not in page(content)


def test_a_critical_factor_stands_with_its_answer_and_the_verdict():
    text = page(flow(critical_factors=FACTOR))
    assert "Enough places" in text
    assert "They are enough." in text
    assert "Half are trained: likely" in text


def test_plain_numbers_are_counted():
    # `next.home: 1` of the training is the only one: no source, no reason, no range.
    assert "1 numbers of the file have neither source, reason nor range; all are" in page(flow())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"own_input": ["stages.met.next.traned"]}, "stands for no number of the flow"),
        ({"verdicts": "traned"}, "unknown target 'traned'; did you mean 'trained'?"),
        ({"choices": "length"}, "unknown choice 'length'"),
    ],
)
def test_names_that_lead_nowhere_are_named(change, message):
    content = flow(critical_factors={"places": {**FACTOR["places"], **change}})
    if "own_input" in change:
        content = flow()
        content["targets"]["trained"] |= change
    with pytest.raises(FlowError) as fault:
        read_text(json.dumps(content))
    assert message in str(fault.value)
