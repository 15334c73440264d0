"""Rules that look at the state of a run: which way on, by how many wait, are there or are served."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.model.conditions import WHOLE, Term, number_of, read_condition, share_in_use
from pilotsim.simulation.engines.readable.capacity import Capacity
from pilotsim.simulation.engines.readable.process import ProcessEngine
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.population import make_cohort
from tests import invariants, small_flows
from tests.small_flows import ENGINES, one_each, plan_of, small_flow, starts, visits

Run = Callable[..., Journeys]


@pytest.fixture(params=ENGINES)
def run(request: pytest.FixtureRequest) -> Run:
    return partial(small_flows.run, engine=request.param)


def lasting(days: float, to: str = "done", **more: Any) -> dict[str, Any]:
    return {"lasts": f"{days:g} days", "next": {to: "100 %"}, **more}


def by_the_state(when: dict[str, str], usual: str = "0 %", **more: Any) -> dict[str, Any]:
    """Return a flow of ten who come to a desk at once; some are sent to a course instead."""
    ways = {"course": {"share": usual, "when": when}, "desk": "rest"}
    return small_flow(
        groups={"g": {"stock": 10, "starts_in": "door"}},
        resources={"adviser": {"units": 2}},
        stages={
            "door": {"lasts": "0 days", "next": ways},
            "desk": lasting(4, needs={"adviser": 1}, **more),
            "course": {},
            "done": {},
        },
    )


def sent(journeys: Journeys) -> list[int]:
    return [row[0] for row in visits(journeys, "course")]


def test_whoever_comes_sees_what_those_before_it_have_done(run: Run):
    # All come in the same instant, one after the other: the lowest number first. Nobody is served
    # before all have come.
    journeys = run(by_the_state({"waiting(desk) >= 6": "100 %"}))
    assert sent(journeys) == [6, 7, 8, 9]
    assert starts(journeys, "desk") == {0: 0, 1: 0, 2: 4, 3: 4, 4: 8, 5: 8}


def test_the_first_condition_that_holds_counts_and_else_the_usual_share(run: Run):
    when = {"waiting(desk) > 4": "0 %", "waiting(desk) > 2": "100 %"}
    # From three waiting on all are sent away: it never comes to five.
    assert sent(run(by_the_state(when))) == [3, 4, 5, 6, 7, 8, 9]
    backwards = dict(reversed(when.items()))
    assert sent(run(by_the_state(backwards))) == [3, 4, 5, 6, 7, 8, 9]
    assert sent(run(by_the_state({"waiting(desk) > 99": "0 %"}, "100 %"))) == list(range(10))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("waiting(desk) == 3", [3, 4, 5, 6, 7, 8, 9]),
        ("there(door) == 1", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        ("started(door) + there(course) < 4", [0, 1, 2]),
        ("started(desk) > 0", []),
        ("free(adviser) < 2", []),
        ("held(adviser) > 0 or day > 0", []),
        ("use(adviser) == 0 % and waiting(desk) >= 8", [8, 9]),
        ("min(waiting(desk), 5) * 2 >= 10", [5, 6, 7, 8, 9]),
        ("max(there(desk) - 2, 0) > there(course)", [3, 5, 7, 9]),
        ("not waiting(desk) <= 7", [8, 9]),
        ("not (waiting(desk) < 8 or there(door) > 3)", [8, 9]),
    ],
)
def test_all_that_is_counted_is_counted_now(run: Run, condition: str, expected: list[int]):
    assert sent(run(by_the_state({condition: "100 %"}))) == expected


def test_who_is_served_uses_units_and_days_pass(run: Run):
    # One comes on each of days 0 to 4; an adviser takes three days.
    def sent_on(condition: str) -> list[int]:
        flow = by_the_state({condition: "100 %"})
        flow["groups"] = {
            "g": {"starts_in": "door", "intake": {"every": "1 day", "brings": 1}},
        }
        flow["lasts"] = "5 days"
        flow["stages"]["desk"] = lasting(3, needs={"adviser": 1})
        return sent(run(flow))

    assert sent_on("held(adviser) == 2") == [2]
    assert sent_on("free(adviser) == 0") == [2]
    assert sent_on("use(adviser) >= 50 %") == [1, 2, 4]
    assert sent_on("use(adviser) > 50 %") == [2]
    assert sent_on("day >= 2 and day != 3") == [2, 4]
    assert sent_on("started(desk) >= 1") == [1, 2, 4]


def test_use_is_the_share_of_units_and_exact():
    assert share_in_use(0, 0) == 0
    assert share_in_use(1, 0) == WHOLE
    assert share_in_use(9, 7) == WHOLE
    term = read_condition("use(a) > 90 %")
    assert number_of(term, lambda _: share_in_use(900_000, 1_000_000)) == 0
    assert number_of(term, lambda _: share_in_use(900_001, 1_000_000)) == 1


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("waiting(dsk) > 3", "unknown stage 'dsk'; did you mean 'desk'?"),
        ("use(advisor) > 3 %", "unknown resource 'advisor'; did you mean 'adviser'?"),
        ("waiting(door) > 3", r"nobody waits in 'door'.*count 'there\(door\)'"),
        ("waiting(desk)", "expected a condition such as"),
        ("waiting(desk) = 3", "equal is written =="),
        ("waiting(desk) / 2 > 3", "nothing is divided"),
        ("use(adviser) > 3", "'>' cannot join a share of units and a number"),
        ("waiting(desk) > 3 and day", "'and' cannot join a condition and a number"),
        ("waiting(desk > 3", r"expected \); found '>'"),
        ("waiting desk > 3", r"expected \(; found 'desk'"),
        ("queue(desk) > 3", "expected a number, waiting, .*; found 'queue'"),
        ("waiting(desk) > 3 waiting", "expected a number, .*; found 'waiting'"),
        ("waiting(desk) >", "found nothing more"),
        ("waiting(desk) > -1", "expected a number, .*; found '-'"),
        ("waiting(desk) > 3 & day > 3", "'&' is not known here"),
        ("waiting(desk) > 3000000", "from 0 to 1000000; found '3000000'"),
        ("1000000 * (1000000 * (1000000 * day)) > 1", "too much is worked out here"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(condition: str, message: str):
    with pytest.raises(FlowError, match=message):
        plan_of(by_the_state({condition: "100 %"}))


def test_what_is_used_up_is_not_held():
    flow = by_the_state({"held(voucher) > 3": "100 %"})
    flow["resources"]["voucher"] = {"supply": {"units": 3, "every": "1 month"}}
    flow["stages"]["desk"]["needs"] = {"voucher": 1}
    with pytest.raises(FlowError, match=r"'voucher' is used up.*count free\(voucher\)"):
        plan_of(flow)


def test_shares_under_conditions_leave_one_way_the_rest():
    flow = by_the_state({"day > 3": "100 %"})
    flow["stages"]["door"]["next"]["desk"] = "100 %"
    with pytest.raises(FlowError, match="another way has to take the rest"):
        plan_of(flow)
    flow["stages"]["door"]["next"] |= {"desk": "rest", "done": "20 %"}
    with pytest.raises(FlowError, match=r"with the other shares this is 120 %"):
        plan_of(flow)
    flow["stages"]["door"]["next"] = {
        "course": {"when": {"day > 3": "100 %"}},
        "desk": "100 %",
    }
    with pytest.raises(FlowError, match="'when' needs a share for all other times"):
        plan_of(flow)


def test_no_condition_chooses_a_way_that_is_known_from_the_start():
    flow = by_the_state({"day > 3": "100 %"})
    flow["stages"]["door"] |= {"lasts": "2 days"}
    flow["stages"]["door"]["next"]["course"]["lasts"] = "1 day"
    with pytest.raises(FlowError, match="knows the way at its start"):
        plan_of(flow)


def test_no_condition_chooses_where_clients_wait_for_room():
    flow = by_the_state({"day > 3": "100 %"})
    flow["stages"]["course"] = {"room": 3}
    with pytest.raises(FlowError, match=r"count 'there\(course\)' instead of 'room'"):
        plan_of(flow)


def test_an_engine_that_counts_one_too_many_is_found_out():
    """The control of the invariant: who goes by a line that is longer than it is."""

    class OneTooMany(Capacity):
        def count(self, term: Term, now: float) -> int:
            return super().count(term, now) + int(term.what == "waiting")

    flow = by_the_state({"waiting(desk) >= 2": "100 %"})
    flow["groups"] = {"g": {"starts_in": "door", "arrivals": "1 per day"}}
    flow["stages"]["door"]["lasts"] = {"exponential": {"mean": "1 day"}}
    flow["lasts"] = "300 days"
    plan = plan_of(flow)
    engine = ProcessEngine(plan, make_cohort(plan, 1, 0))
    invariants.check_ways_by_state(engine.run())
    engine = ProcessEngine(plan, engine.cohort)
    engine.capacity = OneTooMany(plan.in_ticks, engine.cohort, engine._ask_for_starts)
    with pytest.raises(AssertionError, match="where the state did not lead"):
        invariants.check_ways_by_state(engine.run())


# Pace.


def paced(when: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a flow in which two come to the desk, on days 0 and 2, and need 4 days each."""
    return small_flow(
        groups={
            name: {
                "starts_in": "desk",
                "intake": {"every": "100 months", "brings": 1, "first": f"2015-01-0{day}"},
            }
            for name, day in (("g", 1), ("h", 3))
        },
        stages={"desk": lasting(4, pace_when=when, **more), "done": {}},
    )


def ends(journeys: Journeys) -> list[float | None]:
    return [row[4] for row in visits(journeys, "desk")]


def test_services_go_on_at_the_pace_of_the_moment(run: Run):
    # The first has done two of its four days when the second comes; then each does half a day a day.
    # On day 6 the first is done, and the second, with two days done, goes on alone.
    assert ends(run(paced({"there(desk) >= 2": 0.5}))) == [6, 8]
    assert ends(run(paced({"there(desk) >= 2": 0}))) == [None, None]


def test_the_usual_pace_holds_where_no_condition_does(run: Run):
    flow = paced({"there(desk) >= 2": 1}, pace=2)
    flow["groups"] = {"g": {"starts_in": "desk", "stock": 1}}
    assert ends(run(flow)) == [2]
    flow["groups"]["g"]["stock"] = 2
    assert ends(run(flow)) == [4, 4]


def test_a_pace_looks_at_others_stages_and_at_units(run: Run):
    # The adviser is taken from day 0 to day 3: meanwhile training goes on at a third of the pace.
    flow = small_flow(
        groups={
            "g": {"starts_in": "training", "stock": 1},
            "h": {"starts_in": "talk", "stock": 1},
        },
        resources={"adviser": {"units": 1}},
        stages={
            "training": lasting(3, pace_when={"use(adviser) == 100 %": 0.3333333333333333}),
            "talk": lasting(3, needs={"adviser": 1}),
            "done": {},
        },
    )
    assert [row[4] for row in visits(run(flow), "training")] == [5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"pace": {"value": 1, "assumption": "So", "from": {"2015-01-05": 2}}},
            "either at the state or at dates",
        ),
        ({"pace_when": {"day > 3": 2}}, "changes at dates is said by 'pace'"),
        ({"lasts": "4 working days"}, "needs a length in calendar days"),
        ({"interrupted": "starts_again", "needs": {"adviser": 1}}, "one pace all along"),
        ({"next": {"small": "100 %"}}, "where the next stage has 'room'"),
        ({"next": {"done": {"share": "100 %", "lasts": "3 days"}}}, "have lengths of their own"),
        ({"needs": {"clerk": 1}}, "stands still between the shifts of 'clerk'"),
    ],
)
def test_what_a_pace_by_the_state_is_not_worked_out_with(change: dict[str, Any], message: str):
    flow = paced({"there(desk) >= 2": 0.5})
    flow["resources"] = {
        "adviser": {"units": 1},
        "clerk": {"units": 1, "shifts": {"mon-fri": "08:00-15:30"}, "at_end_of_shift": "pause"},
    }
    flow["stages"]["small"] = {"room": 1}
    flow["stages"]["desk"] |= change
    with pytest.raises(FlowError, match=message):
        plan_of(flow)


# Order.


def test_the_order_is_another_once_many_wait(run: Run):
    # One place for a day each; the trait of those of `keen` is 1. Seven wait: the keen go first until
    # three are left, who go in the order in which they came.
    flow = small_flow(
        traits={"keen": {"share": "0 %", "groups": {"b": "100 %"}}},
        groups={"a": {"starts_in": "desk", "stock": 4}, "b": {"starts_in": "desk", "stock": 4}},
        resources={"place": {"units": 1}},
        stages={
            "desk": lasting(
                1, needs={"place": 1}, order_when={"waiting(desk) > 5": {"highest": "keen"}}
            ),
            "done": {},
        },
    )
    found = starts(run(flow), "desk")
    # 8, 7 and 6 wait when the first three start; then five.
    assert sorted(found, key=lambda client: found[client]) == [4, 5, 6, 0, 1, 2, 3, 7]


def test_an_order_by_the_state_names_a_trait_that_has_one():
    flow = by_the_state({"day > 3": "100 %"}, order_when={"waiting(desk) > 2": {"highest": "kin"}})
    with pytest.raises(FlowError, match="unknown trait 'kin'"):
        plan_of(flow)
    flow["stages"]["desk"]["order_when"] = {"waiting(desk) > 2": "somehow"}
    with pytest.raises(FlowError, match=r"expected .*longest_waiting.*; found 'somehow'"):
        plan_of(flow)


def test_a_fall_of_units_interrupts_nobody_whose_pace_looks_at_the_state(run: Run):
    # Two hold a unit each, of which there is one from day 1: only the stay that may be is interrupted.
    two = {"value": 2, "assumption": "So", "from": {"2015-01-02": 1}}
    flow = small_flow(
        groups={**one_each("a", starts_in="talk"), **one_each("b", starts_in="desk")},
        resources={"place": {"units": two, "falls_interrupt": True}},
        stages={
            "desk": lasting(4, needs={"place": 1}, pace_when={"there(desk) > 3": 2}),
            "talk": lasting(4, needs={"place": 1}, interrupted="goes_on"),
            "done": {},
        },
    )
    found = run(flow)
    assert [row[5] for row in visits(found, "desk")] == ["finished"]
    assert [row[4:] for row in visits(found, "talk")] == [(1, "interrupted"), (7, "finished")]
