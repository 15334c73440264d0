"""Solve files: each fault with its line, and what was probably meant."""

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.optimise.reading import read_problem
from tests.experiments.optimise.small import FLOW, SOLVE, problem_of, write

LEVER = "  places: {says: {nb: Plasser, en: Places}, sets: resources.place.units, low: 4, high: 24}"


def fault_of(folder, text, flow=FLOW):
    with pytest.raises(FlowError) as caught:
        read_problem(write(folder, text, flow))
    return [str(fault).partition("solve.yaml:")[2] or str(fault) for fault in caught.value.faults]


def test_levels_are_written_as_the_file_writes_them(tmp_path):
    lever = problem_of(
        tmp_path, places="  places: {sets: resources.place.units, low: 10, high: 20, step: 5}"
    ).levers[0]
    assert [(level.value.written, level.amount, level.numbers) for level in lever.levels] == [
        ("10", 10.0, {"resources.place.units": 10.0}),
        ("15", 15.0, {"resources.place.units": 15.0}),
        ("20", 20.0, {"resources.place.units": 20.0}),
    ]


def test_steps_take_the_unit_of_low(tmp_path):
    lever = problem_of(
        tmp_path, places="  months: {sets: lasts, low: 3 months, high: 12 months, step: 3}"
    ).levers[0]
    assert [level.value.written for level in lever.levels] == [
        "3 months",
        "6 months",
        "9 months",
        "12 months",
    ]
    assert lever.levels[0].changes == {
        "lasts": {"value": "3 months", "assumption": "a level of the search"}
    }


def test_prices_multiply_what_is_written(tmp_path):
    problem = problem_of(
        tmp_path, places="  months: {sets: lasts, levels: [3 months, 6 months], price: 1000}"
    )
    assert [design.cost for design in problem.designs] == [3000.0, 6000.0]


FAULTS = [
    (
        "probability: 75 %",
        "probabilty: 75 %",
        "6:1  probabilty: unknown key 'probabilty'; did you mean 'probability'?",
    ),
    (
        "probability: 75 %\n",
        "",
        "a search needs one of: probability (what must be reached), budget (what may be spent)",
    ),
    (
        "probability: 75 %",
        "probability: 100 %",
        "6:1  probability: no number of runs proves 0 % or 100 %",
    ),
    (
        "target: enough",
        "target: enugh",
        "5:1  target: the flow has no target 'enugh'; did you mean 'enough'?",
    ),
    ("target: enough", "target: sums", "5:1  target: 'sums' is judged by arithmetic alone"),
    (
        "resources.place.units",
        "resources.plase.units",
        "'resources.plase.units' stands for no number of the flow; did you mean 'resources.place.units'?",
    ),
    (
        "resources.place.units",
        "targets.enough.at_least",
        "'targets.enough.at_least' is not what a run goes by",
    ),
    ("flow: flow.yaml", "flow: flwo.yaml", "flwo.yaml; did you mean 'flow.yaml'?"),
    (
        "flow: flow.yaml",
        "flow: flow.yaml\nscenario: fever",
        "5:1  scenario: the flow has no scenario 'fever'; did you mean 'fewer'?",
    ),
    (
        "flow: flow.yaml",
        "flow: flow.yaml\nset: {resources.place.unis: 3}",
        "unknown key 'unis'; did you mean 'units'?",
    ),
    (
        "low: 4, high: 24",
        "low: 24, high: 4",
        "expected 'low' below 'high' and a step above 0; found 24, 4 and 1",
    ),
    ("low: 4, high: 24", "low: 4, high: 24 weeks", "expected a number; found 24 weeks"),
    (
        "low: 4, high: 24",
        "low: 4, high: 24, levels: [1, 2]",
        "a lever needs either levels ([10, 20, 40]) or low and high",
    ),
    ("low: 4, high: 24", "low: 4.5, high: 24", "expected"),
    ("low: 4, high: 24", "levels: [3]", "expected two levels or more"),
    (
        "low: 4, high: 24",
        "low: 1, high: 90000",
        "expected 2 to 1000 levels; low, high and step make 90000",
    ),
    ("monotone: true", "monotone: ja", "expected true or false; found 'ja'; did you mean true?"),
    (
        "monotone: true",
        "confidence: 40 %",
        "expected a confidence from 50 % to below 100 %; found 40 %",
    ),
    (
        "probability: 75 %",
        "budget: 100",
        "several levers, or a budget, need a price for each lever",
    ),
    (
        "sets: resources.place.units",
        "sets: [resources.place.units, lasts]",
        "the values are of several kinds",
    ),
    (
        LEVER,
        LEVER + "\n  more: {sets: resources.place.units, levels: [1, 2], price: 1}",
        "need a price for each lever",
    ),
    (LEVER, "  share: {sets: stages.first.next.course, levels: [20 %, 120 %]}", "120 %"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_fault_is_told_with_its_place(tmp_path, old, new, message):
    assert old in SOLVE
    assert any(message in fault for fault in fault_of(tmp_path, SOLVE.replace(old, new)))


def test_budget_that_buys_nothing_is_a_fault(tmp_path):
    text = SOLVE.replace("probability: 75 %", "budget: 3").replace(
        "low: 4, high: 24", "low: 4, high: 24, price: 1"
    )
    assert any(
        "every choice costs more: the cheapest 4" in fault for fault in fault_of(tmp_path, text)
    )


def test_two_levers_on_one_value_are_a_fault(tmp_path):
    text = SOLVE.replace(
        "high: 24}",
        "high: 24, price: 1}\n  more: {sets: resources.place.units, levels: [1, 2], price: 1}",
    )
    assert any(
        "'resources.place.units' is set by 'places' already" in fault
        for fault in fault_of(tmp_path, text)
    )


def test_faults_of_the_flow_carry_its_name(tmp_path):
    assert any(
        "flow.yaml:" in fault
        for fault in fault_of(
            tmp_path, SOLVE, FLOW.replace("needs: {place: 1}", "nedes: {place: 1}")
        )
    )


def test_no_such_file():
    with pytest.raises(FlowError, match="no such file"):
        read_problem("nowhere.yaml")
