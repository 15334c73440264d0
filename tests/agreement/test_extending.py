"""Code of one's own: a rule of the state, a family of lengths and an order, to the same bits in both engines."""

from __future__ import annotations

import math
import os
import re
from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotsim.base.errors import FlowError, RequestError, SimulationError
from pilotsim.base.plain_functions import quotient
from pilotsim.model.distributions import FAMILIES, Family, Parameter, register_family
from pilotsim.model.own_code import REGISTERED, register_function
from pilotsim.model.queue_disciplines import (
    QUEUE_DISCIPLINES,
    QueueDiscipline,
    register_queue_discipline,
)
from pilotsim.simulation.engines import KERNEL, PROCESS, run_replication
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests.agreement.test_agreement import assert_same
from tests.random_flows import flow_of, flows
from tests.small_flows import plan_of, small_flow, starts

# Pareto's distribution from 0 on (Lomax), whose density is shape / scale · (1 + x / scale)^-(shape + 1).


def scale_of(mean, shape):
    return mean * (shape - 1.0)


def pareto_quantile(mean, shape, u):
    return scale_of(mean, shape) * ((1.0 - u) ** (-1.0 / shape) - 1.0)


def longer_than(days, scale, shape):
    """The share of length-biased durations above one: (1 + shape · x) (1 + x)^-shape, by parts."""
    times = days / scale
    return (1.0 + shape * times) * (1.0 + times) ** (-shape)


def pareto_length_biased_quantile(mean, shape, u):
    scale = scale_of(mean, shape)
    low = 0.0
    high = scale
    while longer_than(high, scale, shape) > 1.0 - u:
        high *= 2.0
    for _ in range(200):
        middle = (low + high) / 2.0
        if longer_than(middle, scale, shape) > 1.0 - u:
            low = middle
        else:
            high = middle
    return high


def pareto_mean(mean, shape):
    return mean


PARETO = Family(
    name="pareto",
    parameters=(Parameter("mean", "duration"), Parameter("shape", "number", at_least=1.1)),
    quantile=pareto_quantile,
    length_biased_quantile=pareto_length_biased_quantile,
    mean=pareto_mean,
)


def nearest_to_three(trait, since, draw):
    return abs(trait - 3.0) + 0.0 * draw


NEAREST_TO_THREE = QueueDiscipline("nearest_to_three", nearest_to_three, asks_trait=True)


LIMIT = 2


def beyond(limit, day):
    return max(limit - day % 5, 1)


def crowded(waiting, free, day):
    """By how many the line for each free adviser is beyond what the day bears."""
    found = quotient(waiting, free, waiting) - beyond(LIMIT + 3, day)
    for k in range(3):
        if found > 4 * k:
            found -= 0.5
    return found // 1 if found > 0 else 0


def in_halves(count):
    return count / 2


def askew(count, least):
    """Every third counts twice, and few do not count."""
    found = count + count // 3
    return found if found >= least else 0


RULES = {"crowded": crowded, "in_halves": in_halves, "askew": askew}


@contextmanager
def known(registry, register, name, record):
    """A record that flow files may name for as long as the test lasts."""
    register(record)
    try:
        yield
    finally:
        del registry[name]
        del REGISTERED[name]


@pytest.fixture(scope="module", autouse=True)
def _compiled_once():
    """The engine is compiled with all of these at once, and not anew for each."""
    from pilotsim.simulation.engines.compiled import tables

    tables.numbers_of(PARETO)
    tables.DISCIPLINE_KEYS.number_of(NEAREST_TO_THREE.key)
    for function in RULES.values():
        tables.RULES.number_of(function)


@pytest.fixture
def rules():
    for name, function in RULES.items():
        register_function(name, function)
    yield
    for name in RULES:
        del REGISTERED[name]


@pytest.fixture
def pareto():
    with known(FAMILIES, register_family, "pareto", PARETO):
        yield


@pytest.fixture
def nearest():
    with known(
        QUEUE_DISCIPLINES, register_queue_discipline, NEAREST_TO_THREE.word, NEAREST_TO_THREE
    ):
        yield


def mid_stay(lasts, many=2000, arrivals=0):
    """A flow whose whole stock is in mid-stay at the start, in a steady state."""
    groups = {
        "g": {
            "stock": many,
            "starts_in": "in",
            "arrivals": f"{arrivals} per month",
            "stock_in": {"in": {"share": "100 %", "remaining": "equilibrium"}},
        }
    }
    stages = {"in": {"lasts": lasts, "next": {"out": "100 %"}}, "out": {}}
    code = {name: __name__ for name in lasts if name == "pareto"}
    return small_flow("20 years", groups=groups, stages=stages, code=code)


def run_both(plan):
    ours, theirs = (run_replication(plan, 1, 0, engine=engine) for engine in (KERNEL, PROCESS))
    assert ours == theirs
    return ours


def left_of_stays(journeys, many=2000):
    first = (journeys.visit == 0) & (journeys.client < many)
    return journeys.finished[first]


def test_both_engines_take_a_family_of_a_module_of_its_own(pareto):
    lasts = {"pareto": {"mean": "60 days", "shape": 4}}
    journeys = run_both(plan_of(mid_stay(lasts, many=0, arrivals=100)))
    of_interest = (journeys.stage == 0) & (journeys.joined < 18 * 365)
    stays = (journeys.finished - journeys.started)[of_interest]
    assert len(stays) > 20_000
    # Median of durations: 180 · (2^(1/4) - 1) = 34.06 days; its standard error with n stays is
    # 1 / (2 f √n), f the density there: 4 / 180 · 2^(-5/4).
    error = 1 / (2 * 4 / 180 * 2**-1.25 * math.sqrt(len(stays)))
    assert np.nanmedian(stays) == pytest.approx(180 * (2**0.25 - 1), abs=4 * error)


@pytest.mark.parametrize(
    ("lasts", "mean"),
    [
        # What is left in a steady state has the mean E[X²] / (2 E[X]). Pareto with shape a:
        # mean · (a - 1) / (a - 2).
        ({"pareto": {"mean": "60 days", "shape": 9}}, 60 * 8 / 7),
        # Log-logistic with shape 3: E[X²] / E[X]² = (2π/3) / sin(2π/3) · (sin(π/3) / (π/3))²,
        # which makes 49.6 days.
        (
            {"loglogistic": {"mean": "60 days", "shape": 3}},
            30
            * (2 * math.pi / 3)
            / math.sin(2 * math.pi / 3)
            * (math.sin(math.pi / 3) / (math.pi / 3)) ** 2,
        ),
    ],
    ids=["pareto", "loglogistic"],
)
def test_what_is_left_of_a_stay_is_what_renewal_theory_says(pareto, lasts, mean):
    journeys = run_both(plan_of(mid_stay(lasts)))
    left = left_of_stays(journeys)
    assert len(left) == 2000
    # A stay of more than twenty years, one in a million, would count as that long.
    left = np.nan_to_num(left, nan=7305.0)
    # The mean of 2,000 within four of its standard errors: a false alarm in 16,000.
    assert left.mean() == pytest.approx(mean, abs=4 * left.std() / math.sqrt(len(left)))
    assert left.max() > 60


def test_a_family_that_nobody_registered_raises():
    with pytest.raises(FlowError, match=f"'{__name__}' registers no 'pareto'"):
        plan_of(mid_stay({"pareto": {"mean": "60 days", "shape": 4}}))


@pytest.mark.parametrize("engine", [KERNEL, PROCESS])
def test_a_family_that_is_gone_raises_in_every_engine(engine):
    with known(FAMILIES, register_family, "pareto", PARETO):
        plan = plan_of(mid_stay({"pareto": {"mean": "60 days", "shape": 4}}, many=2))
    with pytest.raises(RequestError, match=f"'{__name__}' registers no 'pareto'"):
        run_replication(plan, 1, 0, engine=engine)


def one_place(order):
    """Eight clients of readiness 0 to 7 by category of group, who wait for one place."""
    groups = {f"g{k}": {"stock": 1, "starts_in": "in", "past": f"{k} days"} for k in range(8)}
    stages = {
        "in": {
            "needs": {"place": 1},
            "lasts": "1 day",
            "order": order,
            "next": {"out": "100 %"},
        },
        "out": {},
    }
    resources = {"place": {"units": 1}}
    code = {name: __name__ for name in order if name == NEAREST_TO_THREE.word}
    return small_flow("30 days", groups=groups, stages=stages, resources=resources, code=code)


def test_both_engines_take_a_queue_discipline_of_a_module_of_its_own(nearest):
    journeys = run_both(plan_of(one_place({"nearest_to_three": "past"})))
    # Distances from 3: 3 2 1 0 1 2 3 4; ties go to the lower number.
    assert sorted(starts(journeys, "in"), key=starts(journeys, "in").__getitem__) == [
        3,
        2,
        4,
        1,
        5,
        0,
        6,
        7,
    ]


@pytest.mark.parametrize("engine", [KERNEL, PROCESS])
def test_a_discipline_that_is_gone_raises_in_every_engine(engine):
    with known(
        QUEUE_DISCIPLINES, register_queue_discipline, NEAREST_TO_THREE.word, NEAREST_TO_THREE
    ):
        plan = plan_of(one_place({"nearest_to_three": "past"}))
    with pytest.raises(RequestError, match=f"'{__name__}' registers no 'nearest_to_three'"):
        run_replication(plan, 1, 0, engine=engine)


@pytest.mark.parametrize(
    ("flow", "kind", "place"),
    [
        (mid_stay({"pareto": {"mean": "60 days", "shape": 4}}), "pareto", "stages.in.lasts"),
        (one_place({"nearest_to_three": "past"}), "nearest_to_three", "stages.in.order"),
    ],
    ids=["family", "order"],
)
def test_a_file_says_whose_code_it_uses(pareto, nearest, flow, kind, place):
    with pytest.raises(FlowError) as caught:
        plan_of({**flow, "code": {}})
    says = f"'{kind}' is code of one's own; say whose: 'code: {{{kind}: {__name__}}}'"
    assert f"{place}: {says}" in str(caught.value)


def crowding(when, **more):
    """Who comes is sent to a course, served faster or in another order when it is crowded."""
    ways = {"course": {"share": "10 %", "when": when}, "desk": "rest"}
    desk = {
        "needs": {"adviser": 1},
        "lasts": {"gamma": {"mean": "2 days", "cv": 0.8}},
        "next": {"course": "100 %"},
        **more,
    }
    return small_flow(
        "1 year",
        traits={"readiness": {"normal": [0, 1]}},
        groups={"g": {"stock": 20, "starts_in": "door", "arrivals": "60 per month"}},
        resources={"adviser": {"units": 3}},
        stages={
            "door": {
                "lasts": {"uniform": {"shortest": "0 days", "longest": "3 days"}},
                "next": ways,
            },
            "desk": desk,
            "course": {},
        },
        code=dict.fromkeys(RULES, __name__),
    )


ASKED = "crowded(waiting(desk), free(adviser), day)"


@pytest.mark.parametrize(
    "flow",
    [
        crowding({f"{ASKED} > 0": "80 %"}),
        crowding(
            {"day < 0": "0 %"},
            pace_when={"crowded(there(desk), 2, 3) + crowded(waiting(desk), 0, 4) > 1": 1.7},
        ),
        crowding({"day < 0": "0 %"}, order_when={f"{ASKED} > 1": {"highest": "readiness"}}),
        crowding({f"max({ASKED}, crowded(2 * {ASKED}, 1, 2)) == 3 or use(adviser) < 60 %": "50 %"}),
    ],
    ids=["way on", "pace", "order", "within each other"],
)
def test_both_engines_ask_a_function_of_ones_own(rules, flow):
    journeys = run_both(plan_of(flow))
    assert journeys.started.tolist() != run_both(plan_of(unconditional(flow))).started.tolist()


def unconditional(flow):
    """The same flow without conditions."""
    stages = {name: dict(stage) for name, stage in flow["stages"].items()}
    stages["door"]["next"] = {"course": "10 %", "desk": "rest"}
    for key in ("pace_when", "order_when"):
        stages["desk"].pop(key, None)
    return {**flow, "stages": stages, "code": {}}


@pytest.mark.parametrize("engine", [KERNEL, PROCESS])
def test_a_function_that_gives_no_whole_number_stops_every_engine(rules, engine):
    plan = plan_of(crowding({"in_halves(waiting(desk) + 4) > 2": "100 %"}))
    says = r"the function 'in_halves' gives no whole number from -1,000,000,000 to 1,000,000,000 for \((5|7)\)"
    with pytest.raises(SimulationError, match=says):
        run_replication(plan, 1, 0, engine=engine)


# Random flows whose conditions ask a function.

CONDITIONS = ("when", "pace_when", "order_when")
COUNT = re.compile(r"(?:there|started|waiting|free|held)\([\w-]+\)")


def asking(part):
    """A part of a flow with a function around each count in its conditions."""
    if not isinstance(part, dict):
        return part
    found = {key: asking(value) for key, value in part.items()}
    for name in CONDITIONS:
        if name in found:
            found[name] = {
                COUNT.sub(r"askew(\g<0>, 2)", text): value for text, value in found[name].items()
            }
    return found


def asks(plain):
    """Tell whether a flow has a condition that counts something."""
    return any("askew(" in str(stage) for stage in asking(plain)["stages"].values())


@settings(
    max_examples=12 * int(os.environ.get("PILOTSIM_TIMES", "1")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(plain=flows().filter(asks), seed=st.integers(0, 2**63 - 1))
def test_engines_agree_on_random_flows_that_ask_a_function(rules, plain, seed):
    flow = flow_of({**asking(plain), "code": {"askew": __name__}})
    assert_same(resolve_flow(flow, draw_numbers(flow, seed, 3)), seed, 3, True)
