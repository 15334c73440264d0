"""Changes to a flow are checked like the flow."""

import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.changes import apply_changes, read_change, scenario_changes
from pilotsim.files.yaml import parse

FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: {value: 12 months, assumption: unclear}
sources: {plan: The plan}
groups: {g: {starts_in: on, stock: {value: 155, source: plan p. 1}}}
resources: {place: {units: {value: 20, low: 10, high: 30, assumption: never stated, label: Places}}}
stages:
  on: {needs: {place: 1}, lasts: {constant: {value: 3 weeks, source: plan p. 2}}, next: {work: 100 %}}
  work: {counts_as: work}
effects: []
scenarios:
  double: {says: twice the places, set: {resources.place.units: 40}}
"""


def changed(**changes):
    return apply_changes(
        parse(FLOW, "flow.yaml"),
        {path.replace("__", "."): value for path, value in changes.items()},
    )


def test_a_number_in_the_place_of_a_value_is_an_assumption_of_this_run():
    units = changed(resources__place__units=40).values["resources.place.units"]
    assert (
        units.number,
        units.has_range,
        units.label.in_language("en"),
        units.assumption.in_language("en"),
    ) == (
        40,
        False,
        "Places",
        "set for this run",
    )


def test_a_change_needs_no_source():
    flow = changed(
        stages__on__next={"work": "60 %", "home": "40 %"}, stages__home={"counts_as": "unknown"}
    )
    assert list(flow.stages) == ["on", "work", "home"]


def test_the_file_itself_is_not_changed():
    document = parse(FLOW, "flow.yaml")
    apply_changes(document, {"resources.place.units": 40})
    assert document.content["resources"]["place"]["units"]["value"] == 20


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("resources.plce.units", "resources.plce: resources has no 'plce'; did you mean 'place'?"),
        ("resources.place.unit", "resources.place.unit: unknown key 'unit'; did you mean 'units'?"),
        ("stages.on.lasts.constant.value.x", "holds no keys"),
        ("effects.3.times", "effects has no '3'"),
    ],
)
def test_a_path_that_leads_nowhere_says_what_was_meant(path, message):
    with pytest.raises(RequestError) as fault:
        apply_changes(parse(FLOW, "flow.yaml"), {path: 1})
    assert message in str(fault.value)


def test_a_changed_flow_is_checked():
    with pytest.raises(FlowError, match="expected a whole number"):
        changed(resources__place__units=-5)


def test_change_is_read_as_yaml():
    assert read_change("resources.place.units=40") == ("resources.place.units", 40)
    assert read_change("stages.on.next={work: 100 %}") == ("stages.on.next", {"work": "100 %"})


@pytest.mark.parametrize("text", ["resources.place.units", "=4", "a.b="])
def test_change_without_value_says_the_form(text):
    with pytest.raises(RequestError, match="expected path=value"):
        read_change(text)


def test_unknown_scenario_names_the_known_ones():
    flow = changed()
    assert scenario_changes(flow, "double")[1] == {"resources.place.units": 40}
    with pytest.raises(RequestError, match="did you mean 'double'"):
        scenario_changes(flow, "doubl")
