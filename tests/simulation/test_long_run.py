"""A start that is taken from a long run is the flow as it stood after all that time."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotsim.base.calendar import Calendar
from pilotsim.base.errors import FlowError, PilotsimError, RequestError, SimulationError
from pilotsim.files.reading import read_text
from pilotsim.judge.verification import verify_model
from pilotsim.measures.block import measure_block
from pilotsim.measures.measures import measure, measure_runs
from pilotsim.measures.monthly import observe
from pilotsim.model.long_run import anchored
from pilotsim.model.rules.targets import knows_use
from pilotsim.model.targets import Measure
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import KERNEL, run_replications, simulate
from pilotsim.simulation.fingerprint import fingerprints
from pilotsim.simulation.long_run import long_flow
from pilotsim.simulation.resolved import resolve_flow
from tests.asked_of_flows import asked_flows, measures_of
from tests.random_flows import flow_of
from tests.small_flows import ENGINES, small_flow


def read(plain):
    return read_text(json.dumps(plain))


def office(**changes):
    """An office with an inflow, a queue with places that go along, openings, risks and a limit."""
    plain = small_flow(
        "24 months",
        groups={
            "new": {"starts_in": "on", "arrivals": "8 per month"},
            "monthly": {"starts_in": "on", "intake": {"every": "1 month", "brings": 2}},
        },
        resources={"room": {"units": 9}, "voucher": {"supply": {"every": "2 weeks", "units": 5}}},
        risks={
            "job": {"to": "work", "rate": "3 % per month"},
            "limit": {"to": "out", "after": "10 months"},
        },
        stages={
            "on": {
                "risks": {"job": 1, "limit": 1},
                "lasts": {"gamma": {"mean": "40 days", "cv": 0.6}},
                "next": {"talk": "100 %"},
            },
            "talk": {
                "needs": {"room": 1},
                "keeps": "room",
                "lasts": {"gamma": {"mean": "30 days", "cv": 0.6}},
                "risks": {"job": 1, "limit": 1},
                "next": {"on": "30 %", "call": "rest"},
            },
            "call": {
                "opens": {"every": "1 week"},
                "needs": {"room": 1, "voucher": 1},
                "lasts": "2 days",
                "risks": {"job": 1},
                "next": {"on": "50 %", "out": "rest"},
            },
            "work": {"counts_as": "work"},
            "out": {"counts_as": "other_benefit"},
        },
    )
    return {**plain, **changes}


ASKED = (
    {"mean_in": "assistance"},
    {"months_in": "assistance"},
    {"wait": "talk"},
    {"wait": "call", "quantile": "90 %"},
    {"use": "room"},
    {"count": {"reached": "talk", "origin": "stock"}},
    {"count": {"left_by": "limit"}},
    {"hours": "room"},
    {"time": {"from": "on", "to": "call"}},
    {"spell": {"state": "assistance", "ended": ["2015-01-01", "2016-01-01"]}},
)


def warmed_up():
    """The same office from ten years before, in a run whose first ten years are not measured."""
    plain = office(starts="2005-01-01", lasts="144 months", warm_up="120 months")
    plain = copy.deepcopy(plain)
    # Both run from a Thursday on, two weeks apart.
    plain["stages"]["call"]["opens"]["first"] = "2005-01-06"
    plain["resources"]["voucher"]["supply"]["first"] = "2005-01-13"
    return plain


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_measured_is_what_a_run_with_a_warm_up_comes_to(engine):
    """Neither engine knows of it: times are the same up to the digits that a start of ten years before takes."""
    own = simulate(read(office(starts_from={"long_run": "10 years"})), engine=engine)
    other = simulate(read(warmed_up()), engine=engine)
    for plain in ASKED:
        what = Measure.model_validate(plain)
        if what.kind in ("count", "use", "wait", "mean_in", "hours"):
            assert measure(own, what) == pytest.approx(measure(other, what), rel=1e-9), plain
    # Who had left for good before the start is not there, and would be in the run with a warm-up.
    states = Measure.model_validate({"mean_in": "work"})
    assert measure(own, states) < measure(other, states) - 20


def test_the_start_has_queues_with_their_waits_and_stays_half_over():
    journeys = simulate(read(office(starts_from={"long_run": "10 years"})))
    there = (journeys.joined < 0) & (journeys.until > 0)
    waiting = there & (np.isnan(journeys.started) | (journeys.started > 0))
    assert (there & ~waiting).sum() > 10
    assert waiting.sum() > 10
    assert (journeys.until[there] - journeys.joined[there]).max() > 60
    assert journeys.cohort.past.max() > 100
    assert (journeys.cohort.arrives[journeys.cohort.origin == 0] == 0).all()
    stock = journeys.cohort.origin == 0
    by_state = measure(
        journeys, Measure.model_validate({"count": {"state": "assistance", "at": "start"}})
    )
    # Two more come on the first day.
    assert stock.sum() + 2 == by_state


def test_both_engines_blocks_and_single_runs_are_equal_to_the_bit():
    flow = read(office(starts_from={"long_run": "3 years"}))
    plans = [resolve_flow(flow)] * 3
    by_engine = [run_replications(plans, 5, range(3), engine=engine) for engine in ENGINES]
    alone = [simulate(flow, seed=5, replication=k) for k in range(3)]
    for joined in by_engine:
        assert fingerprints(joined) == [fingerprints(one)[0] for one in alone]
        assert np.array_equal(
            joined.cohort.past, np.concatenate([one.cohort.past for one in alone])
        )


def test_a_longer_run_and_another_seed_are_other_starts():
    flows = [read(office(starts_from={"long_run": length})) for length in ("3 years", "4 years")]
    starts = [simulate(flow, seed=seed).joined.min() for flow in flows for seed in (1, 2)]
    assert len(set(starts)) == len(starts)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(plain=asked_flows(), seed=st.integers(0, 2**32), days=st.integers(1, 90))
def test_whatever_can_be_asked_of_a_long_run_is_the_same_in_compiled_code(plain, seed, days):
    try:
        flow = flow_of({**plain, "starts_from": {"long_run": f"{days} days"}})
        plans = [resolve_flow(flow)] * 2
        journeys, without = (
            run_replications(plans, seed, range(2), offered=offered) for offered in (True, False)
        )
    except (FlowError, SimulationError):
        return
    # The same clients in both worlds: nobody is offered anything before the start.
    assert np.array_equal(journeys.cohort.number, without.cohort.number)
    before = [one.joined[one.joined < 0] for one in (journeys, without)]
    assert np.array_equal(*before)
    measures = [one for one in measures_of(flow, seed) if knows_use(flow, str(one.use))]
    found = measure_block(journeys, without, measures, engine=KERNEL)
    expected = measure_block(journeys, without, measures, engine="process")
    for name in ("values", "base", "left_out", "waiting", "beyond", "counterfactual"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_nothing_that_is_measured_lies_before_the_start():
    """A place that is held through the whole run is used wholly, not more."""
    plain = small_flow(
        groups={"g": {"stock": 3, "starts_in": "s"}},
        resources={"r": {"units": 3}},
        stages={"s": {"needs": {"r": 1}, "lasts": "1000 days", "next": {"d": "100 %"}}, "d": {}},
    )
    journeys = simulate(read({**plain, "starts_from": {"long_run": "100 days"}}))
    assert (journeys.joined == -100).all()
    assert measure(journeys, Measure.model_validate({"use": "r"})) == 1.0
    assert measure_runs(journeys, Measure.model_validate({"wait": "s"})).base[0] == 0
    paths = observe(journeys)[0]
    assert paths.occupancy[:, 0].tolist() == [3] * len(paths.occupancy)
    assert (paths.used + paths.overbooked == 3).all()


@pytest.mark.parametrize(
    ("every", "starts", "long", "first"),
    [
        ("1 month", "2015-01-01", "2010-01-01", "2010-01-01"),
        ("7 months", "2015-01-01", "2010-01-01", "2010-05-01"),
        # The 31st goes on from a 31st.
        ("1 month", "2015-03-31", "2015-01-15", "2015-01-31"),
        ("1 month", "2015-03-31", "2015-02-15", "2015-03-31"),
        ("2 weeks", "2015-01-01", "2014-12-01", "2014-12-04"),
        ("3 days", "2015-01-01", "2014-12-30", "2015-01-01"),
    ],
)
def test_schedules_go_back_so_that_they_meet_the_start(every, starts, long, first):
    plain = small_flow(
        starts=starts,
        groups={"g": {"starts_in": "s", "intake": {"every": every, "brings": 1}}},
        stages={"s": {}},
    )
    flow = read(plain)
    begins = flow.starts.fromisoformat(long)
    calendar = Calendar(begins, flow.end)
    found = anchored(flow.groups["g"].intake.every, flow.starts, calendar)
    assert found.isoformat() == first


@pytest.mark.parametrize(
    "every", ["1 month", "3 weeks", "5 working days", "2 working days", "4 days"]
)
def test_from_the_start_on_a_schedule_is_that_of_the_flow(every):
    plain = small_flow(
        "200 days",
        starts="2015-01-05",
        groups={"g": {"starts_in": "s", "intake": {"every": every, "brings": 1}}},
        stages={"s": {"lasts": "1 day", "next": {"s": "100 %"}}},
    )
    own = simulate(read(plain)).cohort.arrives
    long = simulate(read({**plain, "starts_from": {"long_run": "2 years"}}))
    new = long.cohort.arrives[long.cohort.origin != 0]
    assert new.tolist() == own.tolist()
    assert (long.cohort.origin == 0).sum() > 20


def test_nobody_is_offered_the_programme_before_the_start():
    plain = small_flow(
        "12 months",
        groups={"g": {"starts_in": "on", "arrivals": "10 per month"}},
        risks={"job": {"to": "work", "rate": "10 % per month"}},
        stages={
            "on": {"risks": {"job": 1}},
            "course": {
                "draws_from": "on",
                "opens": {"every": "1 month", "admits": 3},
                "lasts": "2 months",
                "next": {"on": "100 %"},
            },
            "work": {"counts_as": "work"},
        },
        starts_from={"long_run": "5 years"},
    )
    flow = read(plain)
    journeys, without = simulate(flow), simulate(flow, offered=False)
    in_course = journeys.stage == 1
    assert journeys.joined[in_course].min() == 0.0
    assert (without.stage != 1).all()
    assert (journeys.cohort.origin == 0).sum() > 50
    with pytest.raises(RequestError, match="design"):
        simulate(flow, offered=lambda cohort: np.zeros(len(cohort)))


def test_use_of_what_was_left_over_is_refused():
    flow = read(office(starts_from={"long_run": "1 year"}))
    with pytest.raises(RequestError, match="left over"):
        measure(simulate(flow), Measure.model_validate({"use": "voucher"}))
    asked = {"says": "x", "measure": {"use": "voucher"}, "at_least": "10 %"}
    with pytest.raises(FlowError, match="left over"):
        read(office(starts_from={"long_run": "1 year"}, targets={"x": asked}))


def test_a_page_and_other_programs_refuse_it_by_name():
    with pytest.raises(RequestError, match="starts_from"):
        pack(read(office(starts_from={"long_run": "1 year"})))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_from": {"long_run": "0 days"}}, "from 1 day to 100 years"),
        ({"starts_from": {"long_run": "99 years"}}, "from 1 day to 100 years"),
        ({"starts_from": {"long_run": "98 years"}}, "would begin on 1917-01-01"),
        (
            {
                "starts_from": {
                    "long_run": {
                        "value": "2 years",
                        "low": "1 year",
                        "high": "3 years",
                        "assumption": "x",
                    }
                }
            },
            "no range",
        ),
        ({"starts_from": {"long_runs": "2 years"}}, "long_run"),
        (
            {
                "starts_from": {"long_run": "1 year"},
                "groups": {
                    "g": {
                        "starts_in": "on",
                        "stock": 5,
                        "arrivals": {"steady": True, "assumption": "x"},
                    }
                },
            },
            "Write a rate",
        ),
    ],
)
def test_a_long_run_that_cannot_be_is_refused(changes, words):
    with pytest.raises(PilotsimError, match=words):
        read(office(**changes))


def test_the_long_flow_is_worked_out_once_and_has_the_same_values():
    flow = read(office(starts_from={"long_run": "2 years"}))
    long = long_flow(flow)
    assert long_flow(flow) is long
    assert list(long.values) == list(flow.values)
    assert long.end == flow.end
    assert long.starts.isoformat() == "2013-01-01"
    assert long.memory is not flow.memory


def test_the_program_tests_itself_on_the_whole_run():
    found = verify_model(read(office(starts_from={"long_run": "2 years"})), replications=4)
    assert {one.name: one.deviations for one in found.tests if one.deviations} == {}
    assert sum(one.cases for one in found.tests) > 1000
