"""What Python programs do as the command line does it: changes, measures of one's own, files."""

from __future__ import annotations

import doctest
import math
import re
from pathlib import Path

import numpy as np
import pytest

import pilotsim
from pilotsim.base.errors import FlowError, PilotsimError, RequestError
from pilotsim.cli import COMMANDS
from pilotsim.files.reading import read_document
from pilotsim.language.changed_flow import changed_document
from tests.evaluation.pilots import build

# Commands about files and the program itself, that a program has other ways for.
OF_THE_COMMAND_LINE = {
    "new",
    "scoreboard",
    "values",
    "describe",
    "analyse",
    "register",
    "verify",
    "docs",
    "schema",
}

FLOW = """
flow: small
title: Small
starts: 2015-01-01
lasts: 6 months
resources: {place: {units: 3}}
groups: {new: {starts_in: on, stock: 5, arrivals: 4 per month}}
stages:
  on: {needs: {place: 1}, lasts: {exponential: {mean: 2 months}}, next: {work: 100 %}}
  work: {counts_as: work}
risks: {}
targets:
  t: {says: t, at_least: 20 %, measure: {share: {state: work, at: end}, of: {groups: new}}}
  w: {says: w, at_most: 1 month, measure: {wait: on}}
scenarios:
  more: {says: More places, set: {resources.place.units: 6}}
choices:
  places:
    says: How many?
    options: {few: {says: Three}, many: {says: Nine, set: {resources.place.units: 9}}}
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("python") / "flow.yaml"
    place.write_text(FLOW, encoding="utf-8")
    return place


CHANGES = [
    {"resources.place.units": 4},
    {"resources.place.units": "+2"},
    {"groups.new.arrivals": "6 per month"},
    {"groups.new.stock": np.int64(7), "lasts": "3 months"},
    {"stages.on.lasts.exponential.mean": "*1.5"},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_a_flow_is_changed_as_the_command_line_changes_it(file, changes):
    texts = [f"{path}={value}" for path, value in changes.items()]
    wanted, _ = changed_document(read_document(file), texts, None)
    found = pilotsim.read_flow(file).with_(changes)
    assert found == wanted
    assert [str(one) for one in found.changes] == [str(one) for one in wanted.changes]
    assert pilotsim.simulate(found) == pilotsim.simulate(wanted)


def test_scenario_and_option_are_taken_as_on_the_command_line(file):
    flow = pilotsim.read_flow(file)
    assert flow.with_(scenario="more") == changed_document(read_document(file), (), "more")[0]
    many = changed_document(read_document(file), (), None, ["places=many"])[0]
    assert flow.with_(choices={"places": "many"}) == many
    assert flow == pilotsim.read_flow(file), "the flow itself stays as it is"


def test_changes_come_on_top_of_changes(file):
    flow = pilotsim.read_flow(file).with_({"resources.place.units": 4}).with_({"lasts": "3 months"})
    assert flow.values["resources.place.units"].number == 4
    assert [one.path for one in flow.changes] == ["resources.place.units", "lasts"]


REFUSED = [
    {"resources.plaec.units": 4},
    {"resources.place.units": "-4"},
    {"resources.place.units": "many"},
    {"groups.new.arrivals": "6 per fortnight"},
    {"lasts": -3},
]


@pytest.mark.parametrize("changes", REFUSED, ids=str)
def test_what_cannot_be_set_is_refused_in_the_same_words(file, changes):
    texts = [f"{path}={value}" for path, value in changes.items()]
    with pytest.raises(PilotsimError) as wanted:
        changed_document(read_document(file), texts, None)
    with pytest.raises(PilotsimError) as found:
        pilotsim.read_flow(file).with_(changes)
    assert str(found.value) == str(wanted.value)


def test_what_is_no_change_is_refused(file):
    flow = pilotsim.read_flow(file)
    for wrong in ({"lasts": None}, {"lasts": object()}, ["lasts=3"], "lasts=3"):
        with pytest.raises(RequestError):
            flow.with_(wrong)
    with pytest.raises(RequestError, match="the flow has no scenario 'mroe'; did you mean 'more'"):
        flow.with_(scenario="mroe")
    with pytest.raises(RequestError, match="the flow has no choice 'plaecs'"):
        flow.with_(choices={"plaecs": "many"})


def test_a_measure_from_a_mapping_is_that_of_the_file(file):
    flow = pilotsim.read_flow(file)
    journeys = pilotsim.simulate(flow, seed=7)
    for name, content in {
        "t": {"share": {"state": "work", "at": "end"}, "of": {"groups": "new"}},
        "w": {"wait": "on"},
    }.items():
        own = pilotsim.measure(journeys, content)
        assert own == pilotsim.measure(journeys, flow.targets[name].measure)
        assert math.isfinite(own)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"share": {"stat": "work"}}, "stat"),
        ({"share": {"state": "work", "at": "end"}, "of": {"groups": "nwe"}}, "did you mean 'new'"),
        ({"wait": "no"}, "no"),
        ({"use": "plaec"}, "did you mean 'place'"),
        ({}, "measure"),
        ({"count": {"state": "work", "at": "soon"}}, "soon"),
    ],
)
def test_a_faulty_measure_says_what_is_wrong(file, content, says):
    journeys = pilotsim.simulate(pilotsim.read_flow(file))
    with pytest.raises(FlowError, match=says):
        pilotsim.measure(journeys, content)


def test_two_flows_are_compared_by_their_names(file):
    flow = pilotsim.read_flow(file)
    more = flow.with_({"resources.place.units": 9})
    found = pilotsim.compare(flow, more, replications=20, called=["three", "nine"])
    assert found.first.name.in_language("en") == "three"
    named = pilotsim.compare(flow, more, replications=2)
    assert named.first.name != named.second.name
    assert pilotsim.compare(flow, flow, replications=2).first.name.in_language("en").endswith("(1)")


def test_an_evaluation_that_was_changed_since_it_was_read_is_not_kept(tmp_path):
    flow = tmp_path / "flow.yaml"
    evaluation = tmp_path / "evaluation.yaml"
    build(tmp_path, draws=2)
    read = pilotsim.read_evaluation(evaluation)
    flow.write_text(flow.read_text(encoding="utf-8") + "\n# later\n", encoding="utf-8")
    with pytest.raises(PilotsimError, match="was changed since it was read"):
        pilotsim.evaluate(read, folder=tmp_path / "runs")


def test_the_page_about_python_says_what_python_says(monkeypatch):
    monkeypatch.chdir(Path(__file__).parent.parent)
    failed, tried = doctest.testfile(
        "docs/python.md", module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert (failed, tried > 8) == (0, True)


def test_the_page_about_python_names_every_command():
    page = (Path(__file__).parent.parent / "docs" / "python.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(\w+)`", page))
    functions = {command for command in COMMANDS if hasattr(pilotsim, command)}
    assert functions <= named
    assert {*functions, "check", "run", "merge", "report"} | OF_THE_COMMAND_LINE == set(COMMANDS)


def test_frames_for_reckoning_say_their_units_and_hold_what_the_page_shows():
    flow = pilotsim.read_flow("course_waiting_list")
    check = pilotsim.check_targets(flow, replications=10, what_if=False)
    shown = pilotsim.tables(check, language="en")["targets"]
    table = check.to_frame()
    assert list(shown["chance"]) == pytest.approx(list(100 * table["probability"]))
    assert table.attrs["units"]["probability"] == "of 1"
    visits = pilotsim.simulate(flow).to_frame()
    assert visits.attrs["units"]["finished"] == "days from the start"
    true = pilotsim.twins(flow, replications=2).to_frame()
    assert true.attrs["units"]["effect"].startswith("of kind: share of 1")
