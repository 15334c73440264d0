"""Measures that take time, against closed forms: who cannot be followed is no failure.

Each test has a control, the naive number (who could not be followed counts as no, who was never
served as no wait), which must meet its own closed form and differ from the true value. A mean over
replications may lie 4.5 standard errors off: a false alarm in 150,000 tests.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import standard_error
from pilotsim.effects.estimators.kaplan_meier import kaplan_meier
from pilotsim.judge.verdicts import as_met, questions_of
from pilotsim.measures.measures import MeasuredRuns, measure_counterfactual, measure_runs
from pilotsim.measures.survival import Durations, typical_waits
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.journeys import Journeys
from tests.small_flows import FOR_LONG_RUNS, plan_of, small_flow

MONTH = 365.25 / 12
REPLICATIONS = 100
YEAR = 12 * MONTH
ERRORS = 4.5


def run_many(flow: dict[str, Any], replications: int = REPLICATIONS) -> Journeys:
    plans = [plan_of(flow)] * replications
    return run_replications(plans, 1, range(replications), engine=FOR_LONG_RUNS[0])


def ask(journeys: Journeys, **what: Any) -> MeasuredRuns:
    return measure_runs(journeys, Measure.model_validate(what))


def is_near(values: Floats, expected: float) -> bool:
    found = values[~np.isnan(values)]
    return abs(float(found.mean()) - expected) < ERRORS * standard_error(found)


def pooled(tops: Floats, bottoms: Floats) -> Floats:
    """Return numbers whose mean is the ratio of two sums, one a replication."""
    return np.asarray(tops / bottoms.mean(), np.float64)


def clinic(*, other: str | None = None, **group: Any) -> dict[str, Any]:
    """Return clients who find work at 5 % a month, and may go elsewhere at some other rate."""
    risks: dict[str, Any] = {"job": {"to": "work", "rate": "5 % per month"}}
    if other is not None:
        risks["other"] = {"to": "gone", "rate": other}
    return small_flow(
        "36 months",
        groups={"g": {"starts_in": "a", **group}},
        risks=risks,
        stages={
            "a": {"risks": dict.fromkeys(risks, 1)},
            "work": {"counts_as": "work"},
            **({"gone": {"counts_as": "unknown"}} if other is not None else {}),
        },
    )


def by_a_year(hazard: float) -> float:
    return 1.0 - math.exp(-hazard * 12)


def naive_under_staggered_entry(hazard: float, horizon: float) -> float:
    """Return the share found within a year of an even entry, when the run's end cuts some off."""
    rate = hazard / MONTH
    cut_off = YEAR - (1.0 - math.exp(-rate * YEAR)) / rate
    return ((horizon - YEAR) * by_a_year(hazard) + cut_off) / horizon


WITHIN = {"reached": "work", "after": "a", "within": "12 months"}


def naive(journeys: Journeys) -> Floats:
    found = ask(journeys, count=WITHIN).values
    return pooled(found, ask(journeys, count={"groups": "g"}).values)


# 1 Constant hazard, entry spread over the whole run


@pytest.fixture(scope="module")
def staggered() -> Journeys:
    return run_many(clinic(arrivals="20 per month"))


@pytest.mark.parametrize(
    "what",
    [
        {"share": WITHIN},
        {"share": WITHIN, "followed": "survival"},
        {"share": {**WITHIN, "after": "entry"}},
        {"share": {"state": "work", "at": "12 months after entry"}},
        {"share": {"state": "work", "at": "12 months after a"}},
    ],
)
def test_constant_hazard_with_staggered_entry(staggered: Journeys, what: dict[str, Any]):
    expected = by_a_year(0.05)
    found = ask(staggered, **what, of={"groups": "g"})
    horizon = staggered.plan.horizon
    assert is_near(found.values, expected)
    arrived = ask(staggered, count={"groups": "g"}).values
    if what.get("followed") == "survival":
        assert np.array_equal(found.base, arrived)
        assert not found.left_out.any()
    else:
        # A third of the entries lies in the last year.
        assert np.array_equal(found.base + found.left_out, arrived)
        assert is_near(pooled(found.left_out, arrived), YEAR / horizon)
    assert is_near(naive(staggered), naive_under_staggered_entry(0.05, horizon))
    assert not is_near(naive(staggered), expected)


# 2 Competing exits


def test_competing_exits():
    journeys = run_many(clinic(other="4 % per month", arrivals="20 per month"))
    expected = 5 / 9 * by_a_year(0.09)
    for what in (
        {"share": WITHIN},
        {"share": WITHIN, "followed": "survival"},
        {"share": WITHIN, "followed": "survival", "competing": "gone"},
    ):
        assert is_near(ask(journeys, **what, of={"groups": "g"}).values, expected)
    # Two controls: who went elsewhere taken for lost from sight, and who came late for a failure.
    censored = 1.0 - kaplan_meier(*exits(journeys)).at(YEAR)
    assert censored == pytest.approx(by_a_year(0.05), abs=0.005)
    assert abs(censored - expected) > 0.08
    assert not is_near(naive(journeys), expected)


def exits(journeys: Journeys) -> tuple[Floats, Floats]:
    """Return how long each client was in its first stage, and whether it left for work."""
    first = journeys.visits_to(("a",))
    to_work = first.next == list(journeys.plan.flow.stages).index("work")
    return first.until - first.joined, to_work.astype(np.float64)


def test_what_competes_ends_the_chance_for_good():
    """Who may come back from elsewhere: back counts without `competing`, and not with it."""
    flow = clinic(other="4 % per month", arrivals="20 per month")
    flow["stages"]["gone"] |= {"lasts": "1 hour", "next": {"work": "100 %"}}
    journeys = run_many(flow)
    both = ask(journeys, share=WITHIN, of={"groups": "g"}, followed="survival")
    first = ask(journeys, share=WITHIN, of={"groups": "g"}, followed="survival", competing="gone")
    assert is_near(both.values, by_a_year(0.09))
    assert is_near(first.values, 5 / 9 * by_a_year(0.09))


# 3 Censoring at the horizon: a cohort at the start, and one half a year before the end


def test_censoring_at_the_horizon():
    late = {"stock": 200, "intake": {"every": "60 months", "first": "2017-07-01", "brings": 300}}
    journeys = run_many(clinic(**late))
    expected = by_a_year(0.05)
    fully = ask(journeys, share=WITHIN, of={"groups": "g"})
    survival = ask(journeys, share=WITHIN, of={"groups": "g"}, followed="survival")
    assert is_near(fully.values, expected)
    assert is_near(survival.values, expected)
    assert fully.base.tolist() == [200] * REPLICATIONS
    assert fully.left_out.tolist() == [300] * REPLICATIONS
    assert survival.base.tolist() == [500] * REPLICATIONS
    # Those followed for half a year tell something of the first half.
    assert survival.values.std() < 0.9 * fully.values.std()
    half = 1.0 - math.exp(-0.05 / MONTH * (journeys.plan.horizon - 912))
    assert is_near(naive(journeys), (200 * expected + 300 * half) / 500)
    assert not is_near(naive(journeys), expected)


def test_nobody_is_followed_beyond_the_end():
    """A share after three years and a half has no number, whatever has happened so far."""
    journeys = run_many(clinic(stock=100))
    beyond = {**WITHIN, "within": "42 months"}
    for followed in ("fully", "survival"):
        found = ask(journeys, share=beyond, of={"groups": "g"}, followed=followed)
        assert np.isnan(found.values).all()
    assert ask(journeys, count=beyond).values.min() > 60


def test_a_year_from_the_first_day_is_a_year_by_the_calendar():
    """365 days from the start to the end are twelve months, though twelve months are 365.25."""
    flow = clinic(stock=100)
    flow["lasts"] = "12 months"
    found = ask(run_many(flow), share=WITHIN, of={"groups": "g"})
    assert found.base.tolist() == [100] * REPLICATIONS
    assert is_near(found.values, 1.0 - math.exp(-0.05 / MONTH * 365))


# 4 Waits with most unserved


def service(lasts: str, served_for: str = "20 months") -> dict[str, Any]:
    return small_flow(
        lasts,
        groups={"g": {"starts_in": "s", "stock": 100}},
        resources={"unit": {"units": 5}},
        stages={
            "s": {"needs": {"unit": 1}, "lasts": served_for, "next": {"done": "100 %"}},
            "done": {},
        },
        targets={
            "wait": {
                "says": "Soon",
                "assumption": "x",
                "measure": {"wait": "s"},
                "at_most": "30 days",
            }
        },
    )


def test_waits_with_most_unserved():
    """Five are served at once, and nobody else before the end: no wait of 0 days."""
    journeys = run_many(service("18 months"))
    horizon = journeys.plan.horizon
    found = ask(journeys, wait="s")
    # 95 of 100 have waited the whole run, and who knows for how long still.
    assert found.values == pytest.approx(0.95 * horizon)
    assert np.isinf(found.beyond).all()
    assert found.base.tolist() == [100] * REPLICATIONS
    assert found.waiting.tolist() == [95] * REPLICATIONS
    (question,) = questions_of(journeys.plan.flow)
    assert (question.as_met(found.values, beyond=found.beyond) == 0).all()
    # The control: of those who started, the wait is none, and the target is met.
    part = journeys.visits_to(("s",))
    of_started = np.nanmean(part.started - part.joined)
    assert of_started == 0.0
    assert question.is_met(np.array([of_started])).all()


def test_waits_of_which_some_end():
    found = ask(run_many(service("36 months")), wait="s")
    second, horizon = 20 * MONTH, 1096.0
    seen = 0.95 * second + 0.9 * (horizon - second)
    assert found.values == pytest.approx(seen)
    assert np.isinf(found.beyond).all()
    assert ask(run_many(service("36 months")), wait="s", quantile="5 %").values == pytest.approx(
        0.0
    )
    assert ask(run_many(service("36 months")), wait="s", quantile="7 %").values == pytest.approx(
        second
    )


def test_a_wait_that_nobody_is_served_in_is_no_short_one():
    flow = service("18 months")
    flow["resources"]["unit"]["units"] = 0
    found = ask(run_many(flow), wait="s")
    assert found.values == pytest.approx(run_many(flow).plan.horizon)
    assert np.isinf(found.beyond).all()
    assert found.waiting.tolist() == [100] * REPLICATIONS


def test_who_leaves_the_line_has_not_been_served():
    """Sixty days of patience: those who left were not served at once like those who stayed."""
    flow = service("18 months")
    flow["risks"] = {"gives_up": {"to": "done", "after": "60 days"}}
    flow["stages"]["s"]["risks"] = {"gives_up": {"waiting": 1}}
    found = ask(run_many(flow), wait="s")
    assert found.left_out.tolist() == [95] * REPLICATIONS
    assert found.waiting.tolist() == [0] * REPLICATIONS
    assert found.values == pytest.approx(0.95 * 60)
    assert np.isinf(found.beyond).all()


def test_waits_at_a_constant_rate():
    """The extended mean of waits that end at a constant rate, three in five of them cut off."""
    draws = np.random.default_rng(3).exponential(100.0, size=(REPLICATIONS, 500))
    cut = 50.0
    client = np.arange(draws.size)
    seen = Durations(client, np.minimum(draws, cut).ravel(), (draws < cut).ravel())
    runs = SimpleNamespace(
        plans=range(REPLICATIONS),
        run_of=np.repeat(np.arange(REPLICATIONS), draws.shape[1]),
        plan=SimpleNamespace(horizon=365.0),
    )
    found = typical_waits(cast(Journeys, runs), seen, None)
    assert found.mean() == pytest.approx(100.0, rel=0.02)
    median = typical_waits(cast(Journeys, runs), seen, 0.5)
    assert median.mean() == pytest.approx(100.0 * math.log(2), rel=0.02)
    # The control, those served alone: 50 / (1 - e^0.5) + 100 days.
    served = np.where(draws < cut, draws, np.nan)
    assert np.nanmean(served) == pytest.approx(100.0 - cut / math.expm1(0.5), rel=0.02)


def overloaded() -> dict[str, Any]:
    """Return one unit that serves for two days, while somebody comes each day: D/D/1."""
    return small_flow(
        "100 days",
        groups={"g": {"starts_in": "s", "intake": {"every": "1 day", "brings": 1}}},
        resources={"unit": {"units": 1}},
        stages={
            "s": {"needs": {"unit": 1}, "lasts": "2 days", "next": {"done": "100 %"}},
            "done": {},
        },
    )


def test_a_line_that_grows_is_told_by_bounds():
    """The k-th comes on day k, starts on day 2k and has waited k days: 49.5 on average of 100."""
    journeys = run_many(overloaded(), 1)
    comes = np.arange(100)
    waited = np.minimum(comes, 100 - comes)
    found = ask(journeys, wait="s")
    assert found.base == [100]
    assert found.waiting == [50]
    assert found.values == [waited.mean()]
    assert np.isinf(found.beyond)
    truth = comes.mean()
    assert found.values[0] < truth

    # Sharp for a quantile: half of those known to be served, so many wait no longer in any case.
    for quantile, most in ((20, 19), (45, 44), (80, math.inf)):
        part = ask(journeys, wait="s", quantile=f"{quantile} %")
        assert part.values == [np.sort(waited)[quantile - 1]]
        assert part.values + part.beyond == [most]
        assert part.values[0] <= comes[quantile - 1] <= most

    # The control, Kaplan and Meier's: as if who came last would wait as those before them.
    part = journeys.visits_to(("s",))
    has_started = ~np.isnan(part.started)
    until = np.where(has_started, part.started, 100.0) - part.joined
    naive_wait = typical_waits(journeys, Durations(part.client, until, has_started), None)
    assert naive_wait == pytest.approx(100 / 3, rel=0.1)
    assert naive_wait[0] < truth - 10


@pytest.mark.parametrize(("bound", "is_met"), [(20, 0.0), (40, math.nan), (60, math.nan)])
def test_a_target_in_a_line_that_grows_is_judged_where_it_is_certain(bound: float, is_met: float):
    """At most 20 days is missed whatever comes; of 40, which is missed, the run cannot tell."""
    found = ask(run_many(overloaded(), 1), wait="s")
    met = as_met(found.values, bound, at_least=False, beyond=found.beyond)
    assert met == pytest.approx([is_met], nan_ok=True)
    # The control: the estimate of 33 days taken at its word.
    assert as_met(np.array([100 / 3]), 40, at_least=False) == [1.0]


def test_a_line_that_stands_still_is_estimated():
    """M/M/1 with 7 of 10 units of time in use: the wait is 0.7 / 0.3 of a service."""
    flow = small_flow(
        "60 months",
        groups={"g": {"starts_in": "s", "arrivals": f"{0.7 * MONTH:.6f} per month"}},
        resources={"unit": {"units": 1}},
        stages={
            "s": {
                "needs": {"unit": 1},
                "lasts": {"exponential": {"mean": "1 day"}},
                "next": {"done": "100 %"},
            },
            "done": {},
        },
    )
    found = ask(run_many(flow), wait="s")
    assert (found.beyond == 0).mean() > 0.95
    known = np.where(found.beyond > 0, math.nan, found.values)
    assert is_near(known, 0.7 / 0.3)
    assert found.waiting.max() > 0
    # The control: the service left out of the wait, or put into it.
    assert not is_near(known, 1 / 0.3)


# 5 Empty bases


def test_empty_bases():
    """One client on average whom the run can follow, and in many runs none: no number there."""
    flow = clinic(arrivals="0.25 per month")
    flow["lasts"] = "16 months"
    journeys = run_many(flow, 400)
    found = ask(journeys, share=WITHIN, of={"groups": "g"})
    undefined = np.isnan(found.values)
    assert np.array_equal(undefined, found.base == 0)
    # Entries that can be followed come in the first four months: one on average.
    none = math.exp(-0.25 / MONTH * (journeys.plan.horizon - YEAR))
    assert is_near(undefined.astype(np.float64), none)
    assert is_near(found.values, by_a_year(0.05))
    # The control: runs without a base taken for runs of failures.
    assert not is_near(np.where(undefined, 0.0, found.values), by_a_year(0.05))
    assert is_near(np.where(undefined, 0.0, found.values), by_a_year(0.05) * (1 - none))


# 6 A threat at the door


def door() -> dict[str, Any]:
    """Return the clinic with a programme for one client: from the second year on one in four stays away."""
    flow = clinic(
        arrivals="60 per month",
        deterred={"share": "25 %", "to": "away", "from": "2016-01-01"},
    )
    flow["stages"]["away"] = {"counts_as": "unknown", "risks": {"job": 1}}
    flow["stages"]["course"] = {
        "draws_from": "a",
        "opens": {"on": ["2017-12-01"], "admits": 1},
        "lasts": "1 day",
        "next": {"a": "100 %"},
    }
    return flow


@pytest.fixture(scope="module")
def worlds() -> tuple[Journeys, Journeys]:
    plans = [plan_of(door())] * REPLICATIONS
    engine = FOR_LONG_RUNS[0]
    runs = range(REPLICATIONS)
    return (
        run_replications(plans, 1, runs, engine=engine),
        run_replications(plans, 1, runs, offered=False, engine=engine),
    )


HALF_A_YEAR = {"reached": "work", "after": "a", "within": "6 months"}
AFTER_A_STAGE: list[dict[str, Any]] = [
    {"share": HALF_A_YEAR},
    {"share": HALF_A_YEAR, "followed": "survival"},
    {"share": {"state": "work", "at": "6 months after a"}},
    {"share": {"any": [HALF_A_YEAR]}},
]


@pytest.mark.parametrize("what", AFTER_A_STAGE)
def test_who_was_deterred_is_no_failure_after_a_stage(
    worlds: tuple[Journeys, Journeys], what: dict[str, Any]
):
    with_it, without = worlds
    expected = 1.0 - math.exp(-0.05 * 6)
    found = ask(with_it, **what, of={"groups": "g"})
    assert is_near(found.values, expected)
    asked = Measure.model_validate({**what, "of": {"groups": "g"}})
    assert is_near(measure_counterfactual(with_it, without, asked), expected)

    # The control: those who stay away counted as noes, as a quarter of 18 of the 30 months' entries.
    known = ask(with_it, share=HALF_A_YEAR, of={"groups": "g"})
    everyone = ask(with_it, share={**HALF_A_YEAR, "after": "entry"}, of={"groups": "g"}).base
    with_noes = pooled(known.values * known.base, everyone)
    assert is_near(with_noes, expected * (1 - 0.25 * 18 / 30))
    assert not is_near(with_noes, expected)


@pytest.mark.parametrize("what", AFTER_A_STAGE)
def test_who_was_deterred_is_not_said_to_be_cut_off(
    worlds: tuple[Journeys, Journeys], what: dict[str, Any]
):
    """Of those who came, base and left out are all; with those who never came they would be more."""
    with_it, _ = worlds
    found = ask(with_it, **what, of={"groups": "g"})
    came = ask(with_it, count={"reached": "a"}).values
    assert np.array_equal(found.base + found.left_out, came)
    assert (ask(with_it, count={"groups": "g"}).values > came).all()


def test_who_was_deterred_counts_from_their_own_start(worlds: tuple[Journeys, Journeys]):
    """After `entry` the question is of everybody: they find work too, where they are instead."""
    with_it, without = worlds
    what = {"share": {**HALF_A_YEAR, "after": "entry"}, "of": {"groups": "g"}}
    found = ask(with_it, **what)
    everyone = ask(with_it, count={"groups": "g"}).values
    assert np.array_equal(found.base + found.left_out, everyone)
    assert is_near(found.values, 1.0 - math.exp(-0.05 * 6))
    asked = Measure.model_validate(what)
    assert np.array_equal(measure_counterfactual(with_it, without, asked), found.values)


@pytest.mark.parametrize("each", ["client", "visit"])
def test_who_was_deterred_is_in_no_share_after_a_stage_at_any_time_either(
    worlds: tuple[Journeys, Journeys], each: str
):
    with_it, without = worlds
    asked = {"share": {"reached": "work", "after": "a"}, "each": each}
    found = ask(with_it, **asked, of={"groups": "g"})
    came = ask(with_it, **asked, of={"groups": "g", "none": [{"reached": "away"}]})
    assert np.array_equal(found.values, came.values)
    assert np.array_equal(found.base, came.base)
    # The control: with those who stayed away.
    ever = ask(with_it, share={"reached": "work"}, of={"groups": "g"})
    assert (ever.base > ask(with_it, count={"reached": "a"}).values).all()
    if each == "client":
        measure = Measure.model_validate({**asked, "of": {"groups": "g"}})
        assert np.array_equal(measure_counterfactual(with_it, without, measure), found.values)
