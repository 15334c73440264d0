"""What the page of a flow says is to be done stands so at its levers too."""

from html import escape

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.check import Check, check_targets
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.output.live.content import Content
from pilotsim.output.live.decision import YES, _asked, answers_of_targets, what_to_do_first
from pilotsim.output.live.levers import levers_of
from pilotsim.output.views.verdict_words import verdict_legend
from tests.output.golden import all_results

# Nearly all find work, whatever is done.
MET_ANYWAY = """
flow: anyway
title: x
starts: 2015-01-05
lasts: 12 months
groups: {all: {stock: 40, starts_in: home}}
risks: {job: {to: work, rate: 50 % per month}}
stages:
  home: {risks: {job: 1}}
  offered: {draws_from: home, opens: {every: 1 week, first: 2015-02-02, admits: 1}, lasts: 1 week, next: {home: 100 %}}
  work: {counts_as: work}
targets:
  one: {says: Half at work, at_least: 50 %, measure: {share: {reached: work}, of: {groups: all}}}
  two:
    says: Some at work
    at_least: 10 %
    readings:
      ever: {says: Ever, measure: {share: {reached: work}, of: {groups: all}}}
      end: {says: At the end, measure: {share: {state: work, at: end}, of: {groups: all}}}
"""
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
def test_a_target_that_is_met_anyway_is_told_so_however_many_readings_it_has(language):
    found = check_targets(read_text(MET_ANYWAY), replications=20, what_if=False)
    met = answers_of_targets(found, language)
    assert {one.answer for one in met} == {YES}
    assert [len(one.readings) for one in met] == [0, 2]
    mark = say("met_anyway", language, word="")
    for answer in met:
        assert answer.words.endswith(mark)
        assert answer.takes == say("start_takes_nothing_anyway", language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_target_takes_is_whole_sentences(check, language):
    for answer in answers_of_targets(check, language):
        assert answer.takes.endswith(".")
        assert ": " not in answer.takes


@pytest.mark.parametrize("language", LANGUAGES)
def test_below_the_table_of_all_readings_stands_what_its_words_mean(check, language):
    lines = list(Content(check, language, ("flow.yaml", "0" * 16)).lines())
    table = next(
        place
        for place, line in enumerate(lines)
        if line == "</tbody></table>" and "data-question" in lines[place - 1]
    )
    assert escape(verdict_legend(language)) in lines[table + 1]


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
"""


def test_who_still_waits_and_what_is_not_steady_stands_beside_its_target():
    """It stood above everything, or not at all, while the number stood there as if all was known."""
    check = check_targets(read_text(QUEUE), replications=20, what_if=False)
    verdict = check.verdicts[0]
    assert verdict.rests_on.waiting > 10
    assert len(check.found_in_runs) == 1
    content = Content(check, "en", ("queue.yaml", "0"))
    lines = "".join(content.lines())
    row = next(one for one in lines.split("<tr>") if "Soon" in one)
    other = next(one for one in lines.split("<tr>") if "Many" in one)
    for told in ("still wait when the simulation ends", "not yet steady"):
        assert told in row
        assert told not in other
        assert lines.count(told) == row.count(told)
