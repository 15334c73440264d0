"""How long services last: by trait, all of a list, at a pace; and who is in mid-stay at the start."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from pilotsim.base.errors import FlowError
from pilotsim.base.ticks import TICKS_PER_DAY, to_days, to_ticks
from pilotsim.measures.selections import select
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.clocks import end_at_pace
from pilotsim.simulation.journeys import FINISHED, Journeys
from pilotsim.simulation.population import draw_duration, draw_length_biased
from tests.small_flows import ENGINES, plan_of, run, small_flow, visits

engines = pytest.mark.parametrize("engine", ENGINES)


def one_stage(
    lasts: Any, *, stock: int = 1, group: dict[str, Any] | None = None, **stage: Any
) -> dict[str, Any]:
    return small_flow(
        "60 days",
        traits={"young": {"share": {"stock": "100 %", "arrivals": "0 %"}}},
        groups={
            "g": {
                "stock": stock,
                "starts_in": "in",
                "intake": {"every": "9 months", "first": "2015-01-05", "brings": 1},
                **(group or {}),
            }
        },
        resources={"place": {"units": 2}},
        stages={
            "in": {"lasts": lasts, "next": {"out": "100 %"}, **stage},
            "out": {"counts_as": "work"},
        },
    )


def ends(flow: dict[str, Any], engine: str) -> list[float | None]:
    return [row[4] for row in visits(run(flow, engine=engine), "in")]


# Client 0 is the stock and young; client 1 comes on day 4 and is not.


@engines
@pytest.mark.parametrize(
    ("lasts", "expected"),
    [
        ({"constant": "10 days", "by": {"young": 1.5}}, [15, 14]),
        (
            {
                "constant": "10 days",
                "by": {"young": 1.5},
                "times": {"value": 1, "assumption": "x", "from": {"2015-01-03": 2}},
            },
            [15, 24],
        ),
        ({"constant": "10 days", "by": {"group": {"g": 0.5}}}, [5, 9]),
        ({"all_of": ["3 days", "10 days", "7 days"]}, [10, 14]),
        # Five working days from 1 January, a holiday: 2, 5, 6, 7, 8 January; from Monday 5 January:
        # to Friday 9 January.
        ({"all_of": ["3 days", "5 working days"]}, [8, 9]),
        ({"all_of": ["3 days", "2 days"], "by": {"young": 4}, "times": 2}, [24, 10]),
    ],
)
def test_lengths_by_trait_and_of_a_list(engine: str, lasts: Any, expected: list[float]):
    assert ends(one_stage(lasts), engine) == expected


@engines
@pytest.mark.parametrize(
    ("pace", "expected"),
    [
        # Closed from day 6 to day 20: client 0 has 4 of its 10 days left, client 1 has 8 left.
        ({"value": 1, "assumption": "x", "from": {"2015-01-07": 0, "2015-01-21": 1}}, [24, 28]),
        ({"value": 1, "assumption": "x", "from": {"2015-01-07": 0.5}}, [14, 22]),
        ({"value": 2, "assumption": "x"}, [5, 9]),
        ({"value": 0, "assumption": "x"}, [None, None]),
        ({"value": 1, "assumption": "x", "from": {"2015-01-07": 0}}, [None, None]),
        (
            {"value": 1, "assumption": "x", "from": {"2015-01-11": 0}},
            [10, None],
        ),  # over just as it closes
    ],
)
def test_service_stands_still_while_its_stage_is_closed(
    engine: str, pace: Any, expected: list[float | None]
):
    assert ends(one_stage("10 days", pace=pace), engine) == expected


@given(
    st.floats(0, 50),
    st.floats(0.01, 50),
    st.lists(st.floats(1, 60), unique=True, max_size=3).map(sorted),
    st.lists(st.sampled_from((0.0, 0.3, 1.0, 2.0)), min_size=4, max_size=4),
)
def test_pace_added_up_until_the_end_is_the_length(
    start: float, length: float, later: list[float], paces: list[float]
):
    times, paces = [0.0, *later], paces[: len(later) + 1]
    in_ticks = [time * TICKS_PER_DAY for time in times]
    end = to_days(end_at_pace(to_ticks(start), to_ticks(length), in_ticks, paces))
    until = min(end, 1e6)
    spans = zip(paces, times, [*later, np.inf], strict=True)
    done = sum(
        pace * max(0.0, min(until, stop) - max(start, begin))
        for pace, begin, stop in spans
        if pace > 0
    )
    assert done == pytest.approx(length, abs=1e-7) if end < 1e6 else done <= length + 1e-7


# Who is in mid-stay at the start.

FAMILIES: list[tuple[Any, float, float]] = [
    # A family, its mean and its standard deviation divided by the mean.
    ("10 days", 10, 0),
    ({"uniform": {"shortest": "2 days", "longest": "8 days"}}, 5, 12**-0.5 * 6 / 5),
    (
        {"triangular": {"shortest": "1 day", "usual": "3 days", "longest": "11 days"}},
        5,
        ((1 + 9 + 121 - 3 - 11 - 33) / 18) ** 0.5 / 5,
    ),
    (
        {"triangular": {"shortest": "0 days", "usual": "0 days", "longest": "9 days"}},
        3,
        18**-0.5 * 9 / 3,
    ),
    ({"exponential": {"mean": "10 days"}}, 10, 1),
    ({"gamma": {"mean": "10 days", "cv": 0.5}}, 10, 0.5),
    ({"gamma": {"mean": "10 days", "cv": 0}}, 10, 0),
    ({"erlang": {"mean": "10 days", "phases": 4}}, 10, 0.5),
    ({"weibull": {"mean": "10 days", "shape": 1}}, 10, 1),
    ({"weibull": {"mean": "10 days", "shape": 2}}, 10, (4 / np.pi - 1) ** 0.5),
    ({"lognormal": {"mean": "10 days", "cv": 0.6}}, 10, 0.6),
    # With a shape of 4, E[X²] / E[X]² is (π/2) / sin(π/2) · (sin(π/4) / (π/4))² = 4 / π.
    ({"loglogistic": {"mean": "10 days", "shape": 4}}, 10, (4 / np.pi - 1) ** 0.5),
    # A half lasts 0 to 4 days, a half 4 to 12: mean 5, mean square (16/3 + (64 + 16*... )) by
    # thirds of cubes.
    (
        {"quantiles": {"0 %": "0 days", "50 %": "4 days", "100 %": "12 days"}},
        5,
        ((64 / 12 + (1728 - 64) / 24) / 2 / 25 - 1) ** 0.5,
    ),
]
GRID = (np.arange(20_000) + 0.5) / 20_000


@pytest.mark.parametrize(("raw", "mean", "cv"), FAMILIES, ids=range(len(FAMILIES)))
def test_what_is_left_in_a_steady_state_has_the_mean_of_renewal_theory(
    raw: Any, mean: float, cv: float
):
    """The mean residual life is (1 + cv^2) / 2 times the mean (Cox, Renewal Theory, sec. 5.1), by the rule of midpoints."""
    length = next(stage.lasts for stage in plan_of(one_stage(raw)).stages if stage.name == "in")
    assert length is not None
    assert np.mean([draw_duration(length, u) for u in GRID]) == pytest.approx(mean, rel=1e-3)
    left = np.array([0.5 * draw_length_biased(length, u) for u in GRID])
    assert left.mean() == pytest.approx(mean * (1 + cv * cv) / 2, rel=3e-3)
    assert np.all(np.diff(left) >= 0)


@engines
def test_who_is_in_mid_stay_holds_units_and_waits_for_no_opening(engine: str):
    flow = one_stage(
        "10 days",
        stock=3,
        group={"starts_in": "home", "stock_in": {"in": {"share": "100 %", "remaining": "4 days"}}},
        needs={"place": 1},
        opens={"every": "1 week", "first": "2015-01-06"},
    )
    flow["stages"]["home"] = {"lasts": "1 day", "next": {"in": "100 %"}}
    # Three are in two places until day 4. The fourth joins on day 5, when the stage opens.
    assert [row[1:5] for row in visits(run(flow, engine=engine)) if row[1] != "out"] == [
        ("in", 0, 0, 4),
        ("in", 0, 0, 4),
        ("in", 0, 0, 4),
        ("home", 4, 4, 5),
        ("in", 5, 5, 15),
    ]


@engines
def test_stays_after_the_first_are_whole(engine: str):
    flow = one_stage(
        "10 days",
        group={"starts_in": "in", "stock_in": {"in": {"share": "100 %", "remaining": "4 days"}}},
    )
    flow["stages"]["in"]["next"] = {"in": "100 %"}
    assert [row[4] for row in visits(run(flow, engine=engine), "in") if row[0] == 0] == [
        4,
        14,
        24,
        34,
        44,
        54,
        None,
    ]


@engines
def test_shares_of_a_trait_differ_by_origin(engine: str):
    journeys = run(one_stage("10 days", stock=5), engine=engine)
    assert select(
        journeys, Measure.model_validate({"count": {"traits": {"young": True}}}).count
    ).tolist() == [True] * 5 + [False]


def filled(remaining: str | None, share: str = "80 %") -> dict[str, Any]:
    """Return 100 clients, of whom 80 are in a stage of 40 days (cv 0.3) from which they would go home for good; 2 a day come."""
    place = {"share": share, "remaining": remaining} if remaining else share
    return small_flow(
        "40 days",
        groups={
            "old": {
                "stock": 100,
                "starts_in": "home",
                "stock_in": {"in": place, "starts_in": "rest"},
            },
            "new": {"starts_in": "in", "arrivals": f"{2 * 30.4375} per month"},
        },
        stages={
            "in": {"lasts": {"gamma": {"mean": "40 days", "cv": 0.3}}, "next": {"home": "100 %"}},
            "home": {"counts_as": "unknown"},
        },
    )


@pytest.mark.parametrize(("remaining", "steady"), [("equilibrium", True), (None, False)])
def test_stage_in_a_steady_state_stays_as_full_as_it_was(remaining: str | None, steady: bool):
    """Two a day for 40 days are 80 (Little).

    Those who begin afresh (the control) keep it fuller at half time.

    False-alarm rate: 4.5 standard errors, below 1 in 100,000.
    """
    measures = [Measure.model_validate({"count": {"in_stage": "in", "at": "2015-01-21"}})]
    flow = plan_of(filled(remaining)).flow
    counts = run_variants(
        [Variant("x", flow, fixed=True)], measures, seed=11, replications={"x": 200}
    )["x"].values[:, 0]
    error = counts.std(ddof=1) / len(counts) ** 0.5
    assert (abs(counts.mean() - 80) < 4.5 * error) == steady


HAZARD = 0.1 / 30.4375
YEAR_LONG = 12 * 30.4375


def at_risk(lasts: Any, remaining: str | None = "equilibrium", **parts: Any) -> dict[str, Any]:
    """A stock of 20,000 in mid-stay, whom a risk of 10 % a month takes out as well."""
    groups = {
        "g": {
            "stock": 20_000,
            "starts_in": "in",
            "stock_in": {"in": {"share": "100 %", "remaining": remaining}},
        }
    }
    stages = {
        "in": {"lasts": lasts, "risks": {"job": 1}, "next": {"out": "100 %"}},
        "work": {},
        "out": {},
    }
    risks = {"job": {"to": "work", "rate": "10 % per month", **parts.pop("risk", {})}}
    return small_flow("24 months", groups=groups, stages=stages, risks=risks, **parts)


def finished_within(journeys: Journeys, days: float, clients: Any = True) -> tuple[float, float]:
    """Return the share who finish the stage within some days, and its standard error."""
    first = (journeys.stage == 0) & np.broadcast_to(clients, len(journeys.cohort))[journeys.client]
    done = (journeys.cause == FINISHED) & (journeys.finished <= days)
    share = done[first].mean()
    return share, (share * (1 - share) / first.sum()) ** 0.5


def share_who_finish(law: Any, hazard: float, days: float) -> float:
    """The share of those found in a stage who finish it within some days, by integration.

    Of a whole s, r days are left with the weight exp(-h (s - r)), and they pass without the risk
    with the chance exp(-h r): together exp(-h s), for every r up to the lesser of s and `days`.
    """
    met = integrate.quad(lambda s: law.pdf(s) * math.exp(-hazard * s) * min(s, days), 0, 4000)[0]
    there = integrate.quad(lambda a: math.exp(-hazard * a) * law.sf(a), 0, 4000)[0]
    return met / there


@engines
def test_what_is_left_where_a_risk_runs_is_what_one_finds_after_long_use(engine: str):
    """Of a stay of 12 months with a risk of 10 % a month, 6 e^-1.2 / ((1 - e^-1.2) / 0.1) = 25.86 %
    finish within six months; with an age that is evenly spread (the control) 37.6 % would.

    False-alarm rate: 4.5 standard errors, below 1 in 100,000.
    """
    found, error = finished_within(run(at_risk("12 months"), engine=engine), YEAR_LONG / 2)
    exact = 6 * math.exp(-1.2) / ((1 - math.exp(-1.2)) / 0.1)
    assert exact == pytest.approx(0.2586, abs=1e-4)
    assert abs(found - exact) < 4.5 * error
    evenly = (1 - math.exp(-0.6)) / 1.2
    assert abs(found - evenly) > 20 * error


def test_the_same_flow_after_a_long_run_says_the_same():
    """Whom one finds after ten years of arrivals, against the closed form above; 4.5 standard errors."""
    flow = at_risk("12 months")
    flow["groups"] = {"g": {"starts_in": "in", "arrivals": "500 per month"}}
    flow["lasts"] = "180 months"
    journeys = run(flow, engine=ENGINES[0])
    day = 120 * 30.4375
    there = (journeys.stage == 0) & (journeys.joined < day) & ~(journeys.finished <= day)
    done = (journeys.cause == FINISHED) & (journeys.finished <= day + YEAR_LONG / 2)
    found = done[there].mean()
    assert there.sum() > 3000
    assert abs(found - 0.25859) < 4.5 * (found * (1 - found) / there.sum()) ** 0.5


@pytest.mark.parametrize(
    ("lasts", "law"),
    [
        ({"gamma": {"mean": "200 days", "cv": 0.5}}, stats.gamma(4, scale=50)),
        ({"exponential": {"mean": "200 days"}}, stats.expon(scale=200)),
        ({"uniform": {"shortest": "0 days", "longest": "400 days"}}, stats.uniform(0, 400)),
        ({"quantiles": {"0 %": "0 days", "100 %": "400 days"}}, stats.uniform(0, 400)),
    ],
    ids=["gamma", "exponential", "uniform", "quantiles"],
)
@pytest.mark.parametrize("times", [1, 8])
def test_what_is_left_of_any_length_where_a_risk_runs(lasts: Any, law: Any, times: float):
    """Against the integral, at a small and at a large hazard; 4.5 standard errors."""
    flow = at_risk(lasts, risk={"rate": f"{10 * times} % per month"})
    found, error = finished_within(run(flow, engine=ENGINES[0]), 60)
    assert abs(found - share_who_finish(law, times * HAZARD, 60)) < 4.5 * error


@engines
def test_each_client_has_the_hazard_of_its_own_traits(engine: str):
    """The young are at five times the risk, and stay twice as long if it lets them."""
    lasts = {"constant": "6 months", "by": {"young": 2}}
    flow = at_risk(lasts, risk={"times": {"young": 5}}, traits={"young": {"share": "50 %"}})
    journeys = run(flow, engine=engine)
    young = journeys.cohort.traits["young"] == 1
    for clients, times, length in ((young, 5, 2), (~young, 1, 1)):
        found, error = finished_within(journeys, 60, clients)
        hazard, whole = times * HAZARD, length * YEAR_LONG / 2
        exact = 60 * math.exp(-hazard * whole) / ((1 - math.exp(-hazard * whole)) / hazard)
        assert abs(found - exact) < 4.5 * error


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"risk": {"rate": None, "after": "5 months"}}, "it is a fixed limit"),
        ({"risk": {"season": [2, *11 * [1]]}}, "it has seasons"),
        ({"lasts": "30 working days"}, "the length counts working days"),
        ({"stage": {"pace": 2}}, "the stage has a pace"),
        (
            {"effects": [{"after": "in", "on": "job", "times": 2, "counted_from": "joined"}]},
            "an effect of the stage itself changes it",
        ),
    ],
)
def test_what_is_left_is_refused_where_the_hazard_is_not_the_same_all_along(
    change: dict[str, Any], why: str
):
    flow = at_risk(change.get("lasts", "12 months"), effects=change.get("effects", []))
    of_risk = {**flow["risks"]["job"], **change.get("risk", {})}
    flow["risks"]["job"] = {key: one for key, one in of_risk.items() if one is not None}
    flow["stages"]["in"] |= change.get("stage", {})
    with pytest.raises(FlowError) as caught:
        plan_of(flow)
    assert (
        "what is left in a steady state is not known where 'job' takes clients out as well, and "
        f"{why}; give a length"
    ) in str(caught.value)
    # Where the risk does not run, nothing is refused.
    flow["stages"]["in"]["risks"] = {"job": {"started": 0}}
    plan_of(flow)


def test_shares_of_the_stock_are_met():
    """Each client is in the stage with a chance of 80 %: of 100 on average 80, with a standard deviation of 4."""
    measures = [
        Measure.model_validate(
            {"count": {"in_stage": "in", "at": "start"}, "of": {"groups": "old"}}
        )
    ]
    counts = run_variants(
        [Variant("x", plan_of(filled(None)).flow, fixed=True)],
        measures,
        seed=5,
        replications={"x": 200},
    )["x"].values
    assert abs(counts.mean() - 80) < 4.5 * 4 / 200**0.5
    assert 3 < counts.std() < 5


FAULTS = [
    (
        {"group": {"stock_in": {"in": "60 %"}}},
        "groups.g.stock_in: the shares add up to 60 %; expected 100 %",
    ),
    ({"group": {"stock_in": {"in": "rest", "out": "rest"}}}, "only one place can be the rest"),
    (
        {"group": {"stock_in": {"inn": "100 %"}}},
        "groups.g.stock_in.inn: unknown stage 'inn'; did you mean 'in'?",
    ),
    (
        {"group": {"stock_in": {"out": {"remaining": "equilibrium"}}}},
        "a stay in 'out' has no length",
    ),
    (
        {"group": {"stock_in": {"starts_in": {"remaining": "equilibrium"}}}},
        "those in 'starts_in' begin afresh",
    ),
    (
        {
            "lasts": {"constant": "1 day", "slowest_of": 2},
            "group": {"stock_in": {"in": {"remaining": "equilibrium"}}},
        },
        "not known for the slowest of several lengths",
    ),
    (
        {"group": {"past": {"constant": "1 day", "by": {"young": 2}}}},
        "groups.g.past.by: only the length of a stage can differ by trait",
    ),
    (
        {"group": {"past": {"all_of": ["1 day", "2 days"]}}},
        "groups.g.past.all_of: only a stage can last as long as",
    ),
    (
        {"lasts": {"all_of": ["1 day"]}},
        "stages.in.lasts.all_of: expected a list of two lengths of time or more",
    ),
    ({"lasts": {"all_of": ["1 day", "2 dys"]}}, "stages.in.lasts.all_of.1:"),
    (
        {"lasts": {"all_of": ["1 day", {"constant": "1 day", "times": 2}]}},
        "'times' and 'by' stand beside all_of",
    ),
    (
        {"lasts": {"constant": "1 day", "by": {"yong": 2}}},
        "stages.in.lasts.by.yong: unknown trait 'yong'; did you mean 'young'?",
    ),
    (
        {"lasts": "3 working days", "pace": 2},
        "stages.in: 'pace' needs a length in calendar days (lasts)",
    ),
    (
        {"lasts": {"all_of": ["1 day", "3 working days"]}, "pace": 2},
        "'pace' needs a length in calendar days (lasts)",
    ),
]


@pytest.mark.parametrize(("what", "message"), FAULTS, ids=range(len(FAULTS)))
def test_fault_of_a_length_or_a_place_is_named(what: dict[str, Any], message: str):
    with pytest.raises(FlowError) as caught:
        plan_of(one_stage(**{"lasts": "10 days", **what}))
    assert message in str(caught.value)


def test_nobody_is_in_mid_stay_where_units_are_used_up_at_its_beginning():
    flow = one_stage("10 days", needs={"voucher": 1}, group={"stock_in": {"in": "100 %"}})
    flow["resources"]["voucher"] = {"supply": {"every": "1 week", "units": 2}}
    with pytest.raises(FlowError, match="'voucher' is used up when a stay begins"):
        plan_of(flow)
