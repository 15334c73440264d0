"""What the page of a flow says is to be done stands so at its levers too."""

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.judge.check import Check
from pilotsim.language.labels import label_of_value
from pilotsim.output.live.decision import _asked, answers_of_targets, what_to_do_first
from pilotsim.output.live.levers import levers_of
from tests.output.golden import all_results

DECIDED, COUNTED = "stages.training.lasts", "risks.job.rate"


@pytest.fixture(scope="module")
def check() -> Check:
    return all_results()["check"][0]


def test_what_is_to_be_settled_is_decided_and_what_is_to_be_counted_is_assumed(check, monkeypatch):
    path = next(one for one in check.flow.values if one.startswith(DECIDED))
    monkeypatch.setattr(Check, "strongest_assumptions", lambda *_: [path, COUNTED])
    count, settle = what_to_do_first(check, "nb")
    assert label_of_value(check.flow, path, "nb") in settle
    assert label_of_value(check.flow, COUNTED, "nb") in count
    levers = {one.path: one.is_decided for one in levers_of(check)}
    assert levers[path]
    assert not levers[COUNTED]
    assert list(levers).count(path) == 1


@pytest.mark.parametrize(
    ("says", "asked"),
    [
        ("Hvor lenge varer piloten?", "Hvor lenge varer piloten?"),
        ("Hvor hører de hjemme? «Målgruppen må få tilbud»", "Hvor hører de hjemme?"),
        ("Antall plasser.", "Antall plasser"),
    ],
)
def test_a_question_is_quoted_with_its_mark(says, asked):
    assert _asked(says) == asked


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_target_takes_is_whole_sentences(check, language):
    for answer in answers_of_targets(check, language):
        assert answer.takes.endswith(".")
        assert ": " not in answer.takes
