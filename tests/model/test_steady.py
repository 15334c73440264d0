"""Inflows that hold a stock steady: against closed forms, against integration, and in runs."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from pilotsim.base.errors import FlowError
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.model.steady import StockModel
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.parameters import draw_rows_of_numbers, numbers_of, settle
from tests.small_flows import FOR_LONG_RUNS, small_flow

MONTH = 365.25 / 12


def value(number: Any, **more: Any) -> dict[str, Any]:
    return {"value": number, "assumption": "x", **more}


def alone(**more: Any) -> dict[str, Any]:
    """One stage that clients leave for good."""
    arrivals = {"steady": True, "assumption": "x", **more}
    return small_flow(
        "24 months",
        shared={"inflow": value(1, low=0.5, high=1.5)},
        groups={"g": {"stock": value(200, low=100, high=300), "starts_in": "on", "arrivals": arrivals}},
        risks={"gone": {"to": "away", "rate": value("3 % per month", low=2, high=5)}},
        stages={"on": {"risks": {"gone": 1}}, "away": {"counts_as": "unknown"}},
    )  # fmt: skip


def turnover() -> dict[str, Any]:
    """Pauses, jobs that may be lost, two kinds of clients, a latent trait; some away at the start."""
    kinds = {"short": value(6), "ready": value(1.4), "office": {"north": value(0.5)}}
    return small_flow(
        "24 months",
        traits={
            "short": {
                "share": value("10 %"),
                "groups": {"g": {"stock": value("20 %"), "arrivals": value("60 %")}},
            },
            "ready": {"normal": [0.1, 1.2]},
            "office": {"categories": {"north": "30 %", "south": "70 %"}},
        },
        groups={
            "g": {
                "stock": 3000,
                "starts_in": "on",
                "arrivals": {"steady": {"groups": "away"}, "assumption": "x"},
            },
            "away": {"stock": 400, "starts_in": "on", "stock_in": {"pause": "75 %", "work": "rest"}},
            "others": {"stock": 50, "starts_in": "elsewhere", "arrivals": "9 per month"},
        },
        risks={
            "job": {"to": "work", "rate": "3 % per month", "times": kinds},
            "pauses": {"to": "pause", "rate": "5 % per month", "times": {"short": 6}},
            "returns": {"to": "starts_in", "rate": "1 per month"},
            "loses": {"to": "starts_in", "rate": "8 % per month", "times": {"group": {"away": 0.5}}},
            "settles": {"to": "gone", "rate": "6 % per month"},
        },
        stages={
            "on": {"risks": {"job": 1, "pauses": 1}},
            "elsewhere": {"risks": {"job": 1}},
            "pause": {"counts_as": "unknown", "risks": {"returns": 1}},
            "work": {"counts_as": "work", "risks": {"loses": 1, "settles": 1}},
            "gone": {"counts_as": "work"},
        },
    )  # fmt: skip


def flow_of(flow: dict[str, Any]) -> Any:
    return read_text(json.dumps(flow))


@pytest.mark.parametrize("stock", [60, 155, 230, 500])
def test_where_nobody_comes_back_as_many_come_as_leave(stock):
    # dS/dt = a - m S stays at S where a = m S: 3 % of the stock a month.
    document = parse(json.dumps(alone()), "flow.yaml")
    found = apply_changes(document, {"groups.g.stock": stock}).values["groups.g.arrivals"]
    assert found.number * MONTH == pytest.approx(0.03 * stock, rel=1e-9)
    assert (found.kind, found.follows, found.has_range) == ("rate", True, False)


def test_each_draw_has_the_inflow_of_its_own_stock_and_speed():
    flow = flow_of(alone(scaled_by="inflow"))
    slot = {path: one.slot for path, one in flow.values.items()}
    rows = settle(flow, draw_rows_of_numbers(flow, 1, range(30)))
    stock, speed, times = (
        rows[:, slot[path]] for path in ("groups.g.stock", "risks.gone.rate", "shared.inflow")
    )
    assert len(set(stock)) > 15
    np.testing.assert_allclose(rows[:, slot["groups.g.arrivals"]], times * stock * speed, rtol=1e-9)
    numbers = numbers_of(flow)
    numbers[slot["groups.g.arrivals"]] = 0.5
    assert settle(flow, numbers)[slot["groups.g.arrivals"]] == 0.5


def integral(matrix: Any, coming: Any, first: Any, days: float) -> Any:
    """The forward equations after so many days."""

    def change(_: float, here: Any) -> Any:
        return matrix @ here + coming

    return solve_ivp(change, (0, days), first, rtol=1e-8, atol=1e-8).y[:, -1]


def integrated(flow: Any, arrivals: float) -> tuple[float, float]:
    """The stock at the start and at the end, by integration of the forward equations."""
    start = end = 0.0
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    days = (flow.end - flow.starts).days
    for group, stock, places in (("g", 3000, [1, 0, 0, 0]), ("away", 400, [0, 0.75, 0.25, 0])):
        for short in (0, 1):
            share = {"g": (0.2, 0.6), "away": (0.1, 0.1)}[group]
            for north, office in ((1, 0.3), (0, 0.7)):
                for node, weight in zip(nodes, weights / weights.sum(), strict=True):
                    own = [one if short else 1 - one for one in share]
                    job = 0.03 * 6**short * 1.4 ** (0.1 + 1.2 * node) * 0.5**north / MONTH
                    pause, back = 0.05 * 6**short / MONTH, 1 / MONTH
                    lost, settled = 0.08 * (0.5 if group == "away" else 1) / MONTH, 0.06 / MONTH
                    coming = arrivals * own[1] if group == "g" else 0.0

                    matrix = np.array(
                        [
                            [-job - pause, back, lost, 0],
                            [pause, -back, 0, 0],
                            [job, 0, -lost - settled, 0],
                            [0, 0, settled, 0],
                        ]
                    )
                    # The chain is linear: what comes is as common as its kind, like what is there.
                    first = np.array([stock * own[0] * place for place in places])
                    ends = integral(matrix, np.array([coming, 0, 0, 0]), first, days)
                    start += office * weight * first[0]
                    end += office * weight * ends[0]
    return start, end


def test_pauses_jobs_kinds_and_a_latent_trait_are_as_integrated():
    flow = flow_of(turnover())
    arrivals = flow.values["groups.g.arrivals"].number
    assert arrivals * MONTH > 50
    start, end = integrated(flow, arrivals)
    assert start == pytest.approx(3000)
    assert end == pytest.approx(start, rel=2e-5)
    # The control: another inflow does not.
    assert integrated(flow, 0.7 * arrivals)[1] < 0.97 * start


@pytest.mark.parametrize("engine", FOR_LONG_RUNS)
def test_the_stock_stays_in_runs_and_drifts_with_another_inflow(engine):
    document = parse(json.dumps(turnover()), "flow.yaml")
    steady = apply_changes(document, {})
    slot = steady.values["groups.g.arrivals"].slot
    rate = steady.values["groups.g.arrivals"].number
    measure = Measure.model_validate({"change_in": "assistance", "of": {"groups": ["g", "away"]}})
    runs = 60
    variants = [
        Variant("steady", steady, fixed=True, engine=engine),
        Variant("more", steady, {slot: 1.1 * rate}, fixed=True, engine=engine),
    ]
    found = run_variants(variants, [measure], seed=5, replications={"steady": runs, "more": runs})
    means = {name: one.values[:, 0].mean() for name, one in found.items()}
    errors = {name: one.values[:, 0].std() / np.sqrt(runs) for name, one in found.items()}
    # Four standard errors: a false alarm once in 16 000.
    assert abs(means["steady"]) < 4 * errors["steady"]
    assert means["more"] > 10 * errors["more"]
    model = StockModel(steady, ("g", "away"), "assistance")
    numbers = settle(steady, numbers_of(steady))
    assert model.change(numbers)[1] == pytest.approx(0, abs=1e-6)
    numbers[slot] *= 1.1
    assert abs(model.change(numbers)[1] - means["more"]) < 4 * errors["more"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups.g.season": [1] * 12}, "clients come by a season, a week, an intake, as a file says or at a rate that changes"),
        ({"stages.on.lasts": "6 weeks", "stages.on.next": {"away": "100 %"}}, "come into 'on', where more than clocks decides"),
        ({"risks.gone": {"to": "away", "after": "6 weeks"}}, "'gone' fires after a fixed time"),
        ({"risks.gone": {"to": "away", "rate": "3 % per month", "season": [1] * 12}}, "the speed of 'gone' changes with time"),
        ({"risks.gone": {"to": "away", "rate": "3 % per month", "times": {"past": 1.1}}}, "by the time clients have spent already"),
        ({"effects": [{"after": "on", "counted_from": "joined", "on": "gone", "times": 2}]}, "'effects.0' changes a speed after 'on'"),
        ({"groups.g.arrivals": {"steady": {"groups": "h"}, "assumption": "x"}}, "unknown group 'h'"),
        ({"groups.g.arrivals": {"steady": {"state": "work"}, "assumption": "x"}}, "no client of these groups ever counts as this"),
        ({"risks.gone.rate": {"steady": True, "assumption": "x"}}, "only the arrivals of a group can hold a stock steady"),
        ({"groups.g.arrivals": {"steady": "yes", "assumption": "x"}}, "expected true, or groups whose stock is held steady as well"),
        ({"groups.g.arrivals": {"steady": True, "low": 2, "high": 3, "assumption": "x"}}, "what holds a stock steady is worked out; leave 'low' out"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused_with_its_place(changes, message):
    flow = alone()
    for path, one in changes.items():
        here: Any = flow
        *above, last = path.split(".")
        for key in above:
            here = here[key]
        here[last] = one
    with pytest.raises(FlowError) as caught:
        flow_of(flow)
    assert any(message in fault.message for fault in caught.value.faults), caught.value


def test_a_stock_that_drifts_by_itself_is_told_of():
    flow = alone(scaled_by="inflow")
    flow["stages"]["help"] = {
        "draws_from": "on",
        "opens": {"every": "1 month"},
        "lasts": "1 month",
        "next": {"on": "100 %"},
    }
    assert not flow_of(flow).notices
    document = parse(json.dumps(flow), "flow.yaml")
    drifting = apply_changes(document, {"groups.g.arrivals": "12 per month"})
    notice = next(one for one in drifting.notices if one.path == "groups.g.arrivals")
    # dS/dt = 12 - 3 % of S a month, from 200: 400 - 200 exp(-0.72) = 303 after 24 months.
    assert "some 200 clients on assistance become 303" in notice.message


def dipping(**head: Any) -> dict[str, Any]:
    """Nobody is away at the start, and who finds work comes back: the stock dips and recovers."""
    flow = small_flow(
        "24 months",
        groups={"g": {"stock": 1000, "starts_in": "on", "arrivals": {"steady": True, "assumption": "x"}}},
        risks={
            "job": {"to": "work", "rate": "20 % per month"},
            "back": {"to": "starts_in", "rate": "3 % per month"},
        },
        stages={"on": {"risks": {"job": 1}}, "work": {"counts_as": "work", "risks": {"back": 1}}},
    )  # fmt: skip
    return {**flow, **head}


def notice_of(flow: Any) -> str:
    return next((one.message for one in flow.notices if one.path == "groups.g.arrivals"), "")


def dipped_to(rate: float, days: float, stock: float = 1000.0) -> float:
    """How many of `dipping` are on assistance after so many days, by another solver."""
    job, back = 0.2 / MONTH, 0.03 / MONTH
    way = solve_ivp(
        lambda _, s: [rate - job * s[0] + back * s[1], job * s[0] - back * s[1]],
        (0, days),
        [stock, 0.0],
        rtol=1e-10,
        atol=1e-8,
    )
    return float(way.y[0, -1])


def test_a_stock_that_is_level_at_both_ends_and_dips_between_is_told_of():
    flow = flow_of(dipping())
    rate = flow.values["groups.g.arrivals"].number
    assert dipped_to(rate, 731) == pytest.approx(1000, abs=0.01)
    lowest = min(dipped_to(rate, days) for days in range(15, 731, 15))
    assert f"1000 become {lowest:.0f} by 2015-08-14" in notice_of(flow)
    # The control: with as many away as stay away in the long run nothing moves.
    level = dipping()
    level["groups"]["away"] = {
        "stock": 6667,
        "starts_in": "on",
        "stock_in": {"work": "rest"},
    }
    level["groups"]["g"]["arrivals"]["steady"] = {"groups": ["away"]}
    level = flow_of(level)
    assert level.values["groups.g.arrivals"].number == pytest.approx(0, abs=1e-3)
    assert not notice_of(level)


def test_a_small_swing_is_not_told_of():
    slow = dipping()
    slow["risks"]["job"]["rate"] = "1 % per month"
    assert not notice_of(flow_of(slow))


def test_with_a_warm_up_as_many_are_there_at_its_end_as_at_the_end():
    flow = flow_of(dipping(warm_up="6 months"))
    rate = flow.values["groups.g.arrivals"].number
    measured = dipped_to(rate, 731) - dipped_to(rate, 181)
    assert measured == pytest.approx(0, abs=0.01)
    # The control: solved from the start of the run it would not be.
    other = flow_of(dipping()).values["groups.g.arrivals"].number
    assert dipped_to(other, 731) - dipped_to(other, 181) > 50
    assert "2015-07-01" in notice_of(flow)


def test_the_inflow_over_a_stated_time_is_the_same_in_a_run_of_any_length():
    def rate(lasts: str, steady: Any) -> float:
        flow = dipping(lasts=lasts)
        flow["groups"]["g"]["arrivals"]["steady"] = steady
        return float(flow_of(flow).values["groups.g.arrivals"].number)

    own = rate("24 months", True)
    over = {"over": "24 months"}
    assert rate("12 months", over) == rate("36 months", over) == own
    # The control: to the end of the run, the inflow is the run's.
    assert rate("36 months", True) < 0.9 * own


@pytest.mark.parametrize(
    "over", ["10 working days", "0 days", "often", {"value": "2 months", "low": 1}]
)
def test_over_is_one_length_in_calendar_time(over):
    flow = dipping()
    flow["groups"]["g"]["arrivals"]["steady"] = {"over": over}
    with pytest.raises(FlowError) as caught:
        flow_of(flow)
    assert caught.value.faults[0].path.startswith("groups.g.arrivals")


def test_an_inflow_that_cannot_hold_the_stock_is_told_without_asking_for_a_steady_one():
    flow = dipping()
    flow["groups"]["g"].update(stock=20, arrivals={"steady": {"groups": "away"}, "assumption": "x"})
    flow["groups"]["away"] = {"stock": 900, "starts_in": "on", "stock_in": {"work": "rest"}}
    flow["stages"]["help"] = {
        "draws_from": "on",
        "opens": {"every": "1 month"},
        "lasts": "1 month",
        "next": {"on": "100 %"},
    }
    told = [one.message for one in flow_of(flow).notices if "in the run" in one.message]
    assert any("are to hold a stock steady" in one for one in told)
    assert not any("'steady: true' works out" in one for one in told)
