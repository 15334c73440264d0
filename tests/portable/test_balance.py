"""What a reader's numbers must balance to, against closed forms and against the program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow
from pilotsim.model.flow import Flow
from pilotsim.model.steady import ASSISTANCE, StockModel
from pilotsim.output.live.balance import balance_of
from pilotsim.output.live.following_words import following_sums, sharing
from pilotsim.portable.description import describe_flow
from tests.portable.outside import in_node

HERE = Path(__file__).parent
CONFIGS = HERE.parents[1] / "configs"
MONTH = 365.25 / 12
FLOW = """
flow: office
title: Office
starts: 2015-01-01
lasts: 24 months
groups:
  clients: {stock: 100, starts_in: on, arrivals: 5 per month}
  trained: {starts_in: training, arrivals: 10 per month}
  few: {stock: 40, starts_in: course, arrivals: 10 per month}
resources:
  place: {units: 15}
  teacher: {fte: 2, caseload: 10}
  inside: {units: 3}
  outside: {units: 1}
risks:
  leaves: {to: off, rate: 5 % per month}
stages:
  on: {risks: {leaves: 1}}
  training: {counts_as: work, needs: {place: 1}, lasts: 2 months, next: {off: 100 %}}
  course: {counts_as: work, needs: {teacher: 1}, lasts: 3 months, next: {practice: 50 %, off: rest}}
  practice: {counts_as: work, one_of: [{inside: 1}, {outside: 1}], lasts: {uniform: {shortest: 1 month, longest: 3 months}}, next: {off: 100 %}}
  off: {counts_as: unknown}
targets:
  fewer: {says: Fewer, at_most: -60, measure: {change_in: assistance, of: {groups: clients}}}
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Flow:
    file = tmp_path_factory.mktemp("flows") / "office.yaml"
    file.write_text(FLOW)
    return read_flow(file)


def balanced(flow: Flow, sets: list[dict[str, float]], folder: Path) -> list[dict[str, Any]]:
    own = {
        "sums": following_sums(flow),
        "sharing": sharing(flow),
        "balance": balance_of(flow),
    }
    given = folder / "given.json"
    given.write_text(
        json.dumps({"values": describe_flow(flow, "en")["values"], "own": own, "sets": sets})
    )
    found: list[dict[str, Any]] = in_node(HERE / "balance.mjs", given)
    return found


def load_of(found: dict[str, Any], *of: str) -> dict[str, Any]:
    return next(one for one in found["loads"] if one["of"] == sorted(of))


def test_a_stock_is_its_inflow_times_the_mean_stay(office, tmp_path):
    """5 % a month is a stay of 20 months: 5 a month hold 100; 8 a month make it grow to 160."""
    sets = [{}, {"groups.clients.arrivals": 8 / MONTH}, {"risks.leaves.rate": 0.025 / MONTH}]
    as_is, more, longer = (
        next(one for one in found["drifts"] if one["groups"] == ["clients"])
        for found in balanced(office, sets, tmp_path)
    )
    assert as_is["before"] == 100
    assert as_is["after"] == pytest.approx(100, rel=1e-9)
    assert as_is["stays"] / MONTH == pytest.approx(20, rel=1e-9)
    days = (office.end - office.starts).days
    left = np.exp(-0.05 / MONTH * days)
    assert more["after"] == pytest.approx(100 * left + 160 * (1 - left), rel=1e-9)
    assert more["holds"] * MONTH == pytest.approx(5, rel=1e-9)
    assert more["stay"] / MONTH == pytest.approx(12.5, rel=1e-9)
    assert longer["stays"] / MONTH == pytest.approx(40, rel=1e-9)
    assert longer["holds"] * MONTH == pytest.approx(2.5, rel=1e-9)


def test_who_stays_for_a_length_balances_as_well(office, tmp_path):
    """10 a month for 3 months are 30, not the 40 that are there."""
    (found,) = balanced(office, [{}], tmp_path)
    (few,) = [one for one in found["drifts"] if one["groups"] == ["few"]]
    assert (few["before"], few["after"]) == (40, pytest.approx(30))
    assert few["holds"] * MONTH == pytest.approx(40 / 3)
    assert few["stay"] / MONTH == pytest.approx(4)


def within(months: float, there: float = 0.0, rate: float = 10.0, run: float = 24.0) -> float:
    """What is held on average over a run that begins with so many: the rate times the time held."""
    part = months / run * (1 - np.exp(-run / months))
    return float(rate * months * (1 - part) + there * part)


def test_what_is_asked_for_is_the_rate_times_the_time_it_is_held(office, tmp_path):
    """Ten a month for two months ask for 20 of 15 places in time: a load of 133 %."""
    more = {"resources.place.units": 25, "resources.teacher.caseload": 15}
    full = {"groups.trained.stock": 20}
    as_is, other, begun = balanced(office, [{}, more, full], tmp_path)
    assert load_of(begun, "place")["share"] == pytest.approx(20 / 15, rel=1e-3)
    assert load_of(begun, "place")["needed"] == pytest.approx(20, rel=1e-3)
    # A run that begins with nobody there asks for less on average.
    assert load_of(as_is, "place")["share"] == pytest.approx(within(2) / 15, rel=1e-3)
    assert load_of(as_is, "teacher")["share"] == pytest.approx(within(3, 40) / 20, rel=1e-3)
    assert load_of(as_is, "teacher")["needed"] == pytest.approx(within(3, 40) / 10, rel=1e-3)
    # Half of ten a month for two months, in whichever of the two: half of each client's time.
    of_each = within(1, 40)
    assert load_of(as_is, "inside", "outside")["share"] == pytest.approx(of_each / 4, rel=1e-3)
    assert load_of(other, "place")["share"] == pytest.approx(within(2) / 25, rel=1e-3)
    assert load_of(other, "teacher")["share"] == pytest.approx(within(3, 40) / 30, rel=1e-3)


def test_a_target_in_numbers_of_people_fits_how_many_there_are(office, tmp_path):
    sets = [{}, {"groups.clients.stock": 230}, {"groups.clients.stock": 50}]
    as_is, more, fewer = (found["misfits"] for found in balanced(office, sets, tmp_path))
    assert as_is == []
    assert (more[0]["planned"], more[0]["people"], more[0]["isPossible"]) == (100, 230, True)
    assert fewer[0]["isPossible"] is False


@pytest.mark.parametrize(
    "changes", [{}, {"groups.target_group.stock": 230}, {"risks.leaves.rate": "9 % per month"}]
)
def test_stocks_drift_as_the_program_says(changes, tmp_path):
    """With traits, pauses and returns: as the chain of `StockModel` in Python."""
    flow = apply_changes(read_document(CONFIGS / "alna_aktiv.yaml"), changes)
    plan = read_flow(CONFIGS / "alna_aktiv.yaml")
    set_here = {path: flow.values[path].number for path in changes}
    (found,) = balanced(plan, [set_here], tmp_path)
    numbers = np.array([value.number for value in flow.values.values()])
    assert found["written"] == pytest.approx(
        {
            path: value.number
            for path, value in flow.values.items()
            if path in found["written"] and np.isfinite(value.number)
        },
        rel=1e-9,
    )
    assert len(found["drifts"]) == 3
    for drift in found["drifts"]:
        before, change = StockModel(flow, tuple(drift["groups"]), ASSISTANCE).change(numbers)
        assert drift["before"] == pytest.approx(before, rel=1e-9)
        assert drift["after"] == pytest.approx(before + change, rel=1e-9)


def test_alna_as_planned_balances_and_does_not_ask_for_more_than_there_is(tmp_path):
    found, more = balanced(
        read_flow(CONFIGS / "alna_aktiv.yaml"),
        [{}, {"groups.target_group.stock": 400, "stages.referred.opens.admits": 20}],
        tmp_path,
    )
    assert all(abs(one["after"] / one["before"] - 1) < 0.1 for one in found["drifts"])
    assert all(one["share"] < 1 for one in found["loads"])
    assert found["misfits"] == []
    assert load_of(more, "adviser")["share"] > 1


def test_where_clocks_run_too_fast_nothing_is_told_of_a_stock(office, tmp_path):
    """It was an error, which the page took for a plan that cannot be run."""
    _, fast = balanced(office, [{}, {"risks.leaves.rate": 1000.0}], tmp_path)
    clients, few = fast["drifts"]
    assert clients["after"] is None
    assert few["after"] == pytest.approx(30)
    assert fast["loads"]


def test_clocks_are_followed_once_for_all_sizes(tmp_path):
    """Who sets how many there are waits for no clock again."""
    file = tmp_path / "given.json"
    flow = read_flow(CONFIGS / "alna_aktiv.yaml")
    own = {"sums": following_sums(flow), "sharing": sharing(flow), "balance": balance_of(flow)}
    sets = [{}, *({"groups.target_group.stock": size} for size in (71, 230, 900))]
    values = describe_flow(flow, "en")["values"]
    file.write_text(json.dumps({"values": values, "own": own, "sets": sets}))
    found = in_node(HERE / "balance.mjs", file)
    first, *others = [one["kept"] for one in found]
    assert first > 0
    assert others == [0, 0, 0]
