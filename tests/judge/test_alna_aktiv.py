"""Alna Aktiv as its report plans it: the sums of the plan come out of the run."""

import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.reading import build_flow, read_document
from pilotsim.judge.check import check_targets
from pilotsim.measures.selections import count_months, first_joined, in_stages, select
from pilotsim.model.targets import Selection
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.resolved import resolve_flow

CONFIG = Path(__file__).parent.parent.parent / "configs" / "alna_aktiv.yaml"
RUNS = 200

POSTS = ("posts_karea", "posts_moved", "posts_leading")


@pytest.fixture(scope="module")
def flow():
    return build_flow(read_document(CONFIG))


@pytest.fixture(scope="module")
def planned(flow):
    """The plan: every share at its target's value, no inflow, unlimited places."""
    return apply_changes(read_document(CONFIG), scenario_changes(flow, "as_planned")[1])


@pytest.fixture(scope="module")
def counts(planned):
    """How many of the 155 attend, are routed each way, and leave assistance, in each run, shape (runs, 6)."""
    plan = resolve_flow(planned)
    return np.array([_count(run_replication(plan, 1, replication)) for replication in range(RUNS)])


def _count(journeys):
    attended = select(journeys, Selection(reached="mapping"))
    first = first_joined(journeys, ("routing",))
    rows = np.flatnonzero(
        in_stages(journeys, ("routing",)) & (journeys.joined == first[journeys.client])
    )
    went = np.bincount(journeys.next[rows], minlength=len(journeys.plan.stages))
    names = [stage.name for stage in journeys.plan.stages]
    to = [went[names.index(name)] for name in journeys.plan.flow.stages["routing"].next]
    left = ~select(journeys, Selection(state="assistance", at="end"))
    return [attended.sum(), *to, left.sum()]


def within(found, expected, variance):
    """Three standard errors of a mean of binomial counts: a false alarm once in 370."""
    return abs(found.mean() - expected) < 3 * math.sqrt(variance / len(found))


def test_attenders_are_139_5(counts):
    assert within(counts[:, 0], 139.5, 155 * 0.9 * 0.1)


def test_routes_are_41_9_twice_and_27_9_twice(planned, counts):
    shares = [0.3, 0.3, 0.2, 0.2]
    assert len(planned.stages["routing"].next) == 4
    for column, share in enumerate(shares, start=1):
        p = 0.9 * share
        assert within(counts[:, column], 155 * p, 155 * p * (1 - p)), column


def test_reduction_is_99_2_of_155(counts):
    p = 0.1 + 0.9 * 0.6
    assert within(counts[:, -1], 99.2, 155 * p * (1 - p))


def test_control_a_share_of_35_percent_would_be_noticed(counts):
    p = 0.9 * 0.35
    assert not within(counts[:, 1], 155 * p, 155 * p * (1 - p))


def test_116_is_impossible_with_that_sum(flow):
    found = check_targets(flow, replications=2, what_if=False)
    verdict = found.verdict_of("fewer_clients.own_shares")
    assert verdict.word == "impossible"
    assert verdict.ceiling.number == pytest.approx(-99.2)
    assert verdict.ceiling.written == "0 − 155 × (90 % × (40 % + 20 %) + 1 − 90 %)"


def test_every_target_and_reading_gets_a_verdict(flow):
    found = check_targets(flow, replications=4, what_if=False)
    asked = {
        f"{name}.{reading}" if reading else name
        for name, target in flow.targets.items()
        for reading in target.all_readings()
    }
    assert {verdict.question.name for verdict in found.verdicts} == asked
    assert {verdict.word for verdict in found.verdicts} <= {
        "impossible",
        "nearly_impossible",
        "unlikely",
        "uncertain",
        "likely",
        "certain",
    }


def on_assistance_without_the_pilot(flow, days):
    """How many of the district's clients are on assistance on some days, on average over 40 runs."""
    plan = resolve_flow(flow)
    groups = Selection(
        groups=tuple(name for name in flow.groups if name not in ("spouses", "aap_kvp"))
    )
    assistance = [name for name, stage in flow.stages.items() if stage.counts_as == "assistance"]
    there = []
    for replication in range(40):
        journeys = run_replication(plan, 2, replication, offered=False)
        counted = in_stages(journeys, assistance) & select(journeys, groups)[journeys.client]
        there.append(
            [
                (counted & (journeys.joined <= day) & ~(journeys.finished <= day)).sum()
                for day in days
            ]
        )
    return np.mean(there, axis=0)


DAYS = (1, 90, 180, 365, 545, 730)


def test_without_the_pilot_the_stock_stands_still(flow):
    """Turnover balances: all through two years the stock stays within a fiftieth of 500."""
    assert np.all(np.abs(on_assistance_without_the_pilot(flow, DAYS) - 500) < 10)


def test_the_stock_of_another_district_and_another_turnover_stand_still():
    """Who is away and who comes follow from the stocks and the speeds, whatever is set."""
    smaller = {
        "groups.target_group.stock": 60,
        "groups.already_followed.stock": 20,
        "groups.other_recipients.stock": 100,
    }
    other = {"risks.returns.rate": "0.7 per month", "risks.leaves.rate": "3 % per month"}
    for changes, stock in ((smaller, 180), (other, 500)):
        flow = apply_changes(read_document(CONFIG), changes)
        there = on_assistance_without_the_pilot(flow, DAYS)
        assert np.all(np.abs(there / stock - 1) < 0.04), changes


def test_control_with_arrivals_of_its_own_the_smaller_district_would_grow():
    flow = apply_changes(
        read_document(CONFIG),
        {"groups.other_recipients.stock": 100, "groups.newcomers.arrivals": "13.1 per month"},
    )
    assert on_assistance_without_the_pilot(flow, DAYS)[-1] > 315 * 1.1


def test_clients_pause_in_the_pilot_and_come_back_to_it(flow):
    journeys = run_replication(resolve_flow(flow), 2, 0)
    names = list(flow.stages)
    paused = in_stages(journeys, ("pilot_pause",))
    ended = paused & ~np.isnan(journeys.finished)
    assert ended.sum() > 3
    assert {names[stage] for stage in journeys.next[ended]} == {"job_search"}
    without = run_replication(resolve_flow(flow), 2, 0, offered=False)
    assert not in_stages(without, ("pilot_pause",)).any()


def test_alna_s_clients_receive_as_long_within_a_year_as_oslo_s(flow):
    """Without the pilot: 48.5 to 52.0 % in at least six months, 6.0 to 6.4 on average; the country 40 % and 5.3."""
    plan = resolve_flow(flow)
    clients = Selection(
        groups=tuple(name for name in flow.groups if name not in ("spouses", "aap_kvp"))
    )
    assistance = [name for name, stage in flow.stages.items() if stage.counts_as == "assistance"]
    year = (date(2015, 1, 1), date(2016, 1, 1))
    at_least_six, months = [], []
    for replication in range(40):
        journeys = run_replication(plan, 2, replication, offered=False)
        counted = count_months(journeys, in_stages(journeys, assistance), year, 15)
        counted = counted[select(journeys, clients)]
        counted = counted[counted > 0]
        at_least_six.append((counted >= 6).mean())
        months.append(counted.mean())
    assert 0.485 < np.mean(at_least_six) < 0.520
    assert 6.0 < np.mean(months) < 6.4


def test_no_own_sum_is_counted_as_a_number_of_the_report(flow):
    stated = {path: value.number for path, value in flow.values.items() if value.is_stated}
    assert stated == {
        "traits.immigrant.share": 0.83,
        "groups.target_group.stock": 155,
        "groups.already_followed.stock": 60,
        "resources.leader.fte": 1,
        "resources.box_leader.fte": 1,
        "resources.talk_room.fte": 7,
        "resources.ab_place.units": 20,
        "stages.course.lasts": 28,
    }
    assert all(flow.values[f"costs.{name}.per_month"].assumption for name in POSTS)


def test_every_number_has_a_source_or_an_assumption_and_every_range_a_label(flow):
    for path, value in flow.assumptions.items():
        assert value.label is not None, path
        assert value.assumption is not None, path
