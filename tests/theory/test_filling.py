"""Systems with room for everyone that fill from empty: M/G/infinity with every family of durations, and arrivals alone."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.special import gamma

from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.population import make_cohort
from tests.counting import occupancy
from tests.small_flows import plan_of, small_flow
from tests.statistics import FALSE_ALARM, SEED, Floats, compare_counts, poisson_fit
from tests.theory import closed_forms
from tests.theory.conftest import Replicate, RunPlan

pytestmark = pytest.mark.slow

RATE, TIMES = 12.0, np.array([4.0, 12.0, 40.0])
CV = 0.8
SIGMA = math.sqrt(math.log(1 + CV**2))

# Each family with a mean of 10 days, as a flow writes it and as the distribution that scipy calls
# by its name.
FAMILIES: dict[str, tuple[Any, Any]] = {
    "constant": ("10 days", stats.uniform(10, 1e-9)),
    "uniform": ({"uniform": {"shortest": "2 days", "longest": "18 days"}}, stats.uniform(2, 16)),
    "triangular": (
        {"triangular": {"shortest": "0 days", "usual": "6 days", "longest": "24 days"}},
        stats.triang(0.25, 0, 24),
    ),
    "exponential": ({"exponential": {"mean": "10 days"}}, stats.expon(0, 10)),
    "gamma": ({"gamma": {"mean": "10 days", "cv": CV}}, stats.gamma(1 / CV**2, scale=10 * CV**2)),
    "erlang": ({"erlang": {"mean": "10 days", "phases": 3}}, stats.erlang(3, scale=10 / 3)),
    "weibull": (
        {"weibull": {"mean": "10 days", "shape": 1.7}},
        stats.weibull_min(1.7, scale=10 / gamma(1 + 1 / 1.7)),
    ),
    "lognormal": (
        {"lognormal": {"mean": "10 days", "cv": CV}},
        stats.lognorm(SIGMA, scale=10 * math.exp(-(SIGMA**2) / 2)),
    ),
    "quantiles": ({"quantiles": {"0 %": "0 days", "50 %": "8 days", "100 %": "24 days"}}, None),
    "slowest": ({"exponential": {"mean": "10 days"}, "slowest_of": 3}, None),
}


def quantiles_survival(u: float) -> float:
    """Half of the clients spread evenly over 0 to 8 days, half over 8 to 24."""
    return 1 - u / 16 if u < 8 else max(0.0, 0.5 - (u - 8) / 32)


def slowest_survival(u: float) -> float:
    """The longest of three: it is over when all are."""
    return 1 - (1 - math.exp(-u / 10)) ** 3


def survival(family: str) -> Callable[[float], float]:
    return {"quantiles": quantiles_survival, "slowest": slowest_survival}.get(family) or FAMILIES[
        family
    ][1].sf


def filling() -> dict[str, Any]:
    stages = {
        family: {"lasts": law, "next": {"gone": "100 %"}} for family, (law, _) in FAMILIES.items()
    }
    groups = {
        f"to_{family}": {"starts_in": family, "arrivals": f"{RATE} per day"} for family in FAMILIES
    }
    return small_flow("41 days", stages={**stages, "gone": {}}, groups=groups)


def observe(journeys: Journeys) -> list[float]:
    return occupancy(journeys, TIMES)[:, : len(FAMILIES)].T.ravel().tolist()


def filled(slower: float = 1.0, runs: int = 1) -> dict[str, float]:
    """Return the mean number there, by family and time, added over so many runs."""
    return {
        f"{family} after {t:.0f} days": runs
        * closed_forms.mg_infinity_mean(RATE, lambda u, f=family: survival(f)(u / slower), t)
        for family in FAMILIES
        for t in TIMES.tolist()
    }


@pytest.fixture(scope="module")
def numbers(replicate: Replicate) -> Floats:
    """Numbers of independent runs are independent and Poisson, and so is their sum, of which the standard error is known."""
    return replicate(filling(), observe, 40)


def test_every_family_fills_as_theory_says(numbers: Floats):
    comparison = compare_counts(numbers.sum(axis=0), filled(runs=len(numbers)))
    assert comparison.agrees, str(comparison)


def test_filling_with_slower_service_is_detected(numbers: Floats):
    comparison = compare_counts(numbers.sum(axis=0), filled(1.1, len(numbers)))
    assert not comparison.agrees, str(comparison)
    # Most families are found out one by one, when they have filled.
    assert np.count_nonzero(comparison.distances > comparison.k) >= 5


# The law: a small system, many times.

DAY = 10.0
SMALL = small_flow(
    "11 days",
    groups={"clients": {"starts_in": "there", "arrivals": "1 per day"}},
    stages={
        "there": {"lasts": {"gamma": {"mean": "6 days", "cv": 0.5}}, "next": {"gone": "100 %"}},
        "gone": {},
    },
)


def observe_small(journeys: Journeys) -> list[float]:
    return [float(occupancy(journeys, np.array([DAY]))[0, 0])]


def small_mean() -> float:
    return closed_forms.mg_infinity_mean(1.0, stats.gamma(4, scale=1.5).sf, DAY)


@pytest.fixture(scope="module")
def law(replicate: Replicate) -> Floats:
    return replicate(SMALL, observe_small, 3000)[:, 0].astype(np.int64)


def test_number_there_is_poisson(law: Floats):
    assert poisson_fit(law, small_mean()) > FALSE_ALARM


def test_a_tenth_more_than_poisson_says_is_detected(law: Floats):
    assert poisson_fit(law, 1.1 * small_mean()) < FALSE_ALARM


def test_clients_who_come_in_pairs_are_detected(law: Floats):
    # The same mean, twice the variance.
    pairs = 2 * law[: len(law) // 2]
    assert poisson_fit(pairs, 2 * small_mean()) < FALSE_ALARM


# Arrivals alone: rates that follow the months and change at dates.

SEASON = [1.3, 1.0, 1.0, 0.9, 0.8, 0.6, 0.4, 0.9, 1.2, 1.1, 1.0, 1.0]
RATES = {"value": "2 per day", "assumption": "two regimes", "from": {"2015-09-01": "5 per day"}}


def months(fall: float = 1.0) -> dict[str, float]:
    """Return the mean number of arrivals in each month of 2015.

    `fall` changes the rate from September.
    """
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    rates = [2.0] * 8 + [5.0 * fall] * 4
    return {
        f"month {k + 1}": n * r * s
        for k, (n, r, s) in enumerate(zip(days, rates, SEASON, strict=True))
    }


@pytest.fixture(scope="module")
def arrivals() -> np.ndarray:
    """How many come in each month, shape (replications, months)."""
    groups = {"g": {"starts_in": "s", "arrivals": RATES, "season": SEASON}}
    plan = plan_of(small_flow("12 months", groups=groups, stages={"s": {}}))
    starts = np.array([*plan.calendar.month_starts(), plan.horizon])
    return np.array(
        [np.histogram(make_cohort(plan, SEED, r).arrives, starts)[0] for r in range(60)]
    )


def test_arrivals_follow_season_and_dates(arrivals: np.ndarray):
    expected = {name: 60 * mean for name, mean in months().items()}
    comparison = compare_counts(arrivals.sum(axis=0), expected)
    assert comparison.agrees, str(comparison)


def test_arrivals_at_a_rate_a_tenth_lower_in_autumn_are_detected(arrivals: np.ndarray):
    comparison = compare_counts(
        arrivals.sum(axis=0), {name: 60 * mean for name, mean in months(0.9).items()}
    )
    assert set(np.flatnonzero(comparison.distances > comparison.k)) == {8, 9, 10, 11}


def dispersion(counts: np.ndarray) -> float:
    """Return the p-value of the index of dispersion over runs and months, two-sided."""
    means = np.array([*months().values()])
    statistic, freedom = float(((counts - means) ** 2 / means).sum()), counts.size
    return 2 * min(stats.chi2.sf(statistic, freedom), stats.chi2.cdf(statistic, freedom))


def test_arrivals_vary_as_poisson_counts_do(arrivals: np.ndarray):
    assert dispersion(arrivals) > FALSE_ALARM


def test_arrivals_that_vary_too_much_are_detected(arrivals: np.ndarray):
    means = np.array([*months().values()])
    assert dispersion(means + 1.2 * (arrivals - means)) < FALSE_ALARM


def test_higher_rate_brings_the_same_clients_earlier(run_plan: RunPlan):
    groups = [{"g": {"starts_in": "s", "arrivals": f"{rate} per day"}} for rate in (2, 3)]
    plans = [plan_of(small_flow("60 days", groups=group, stages={"s": {}})) for group in groups]
    few, many = (run_plan(plan, SEED, 0).joined for plan in plans)
    assert len(many) > len(few)
    assert many[: len(few)] * 3 == pytest.approx(few * 2)


# Arrivals by weekday and hour, from a Monday on, over Easter.

WEEK = {"mon-fri": {"08:00-12:00": 3, "12:00-15:30": 1}, "thu": {"08:00-18:00": 2}, "sat": 0.25}
WEEKS, RUNS, PER_WEEK = 6, 80, 150.0
# Days off in the six weeks from 9 March 2015: Maundy Thursday, Good Friday, Easter Monday.
OFF = {(3, 3), (3, 4), (4, 0)}


def by_half_hour(*, busier: float = 1.0, off: set[tuple[int, int]] = OFF) -> dict[str, float]:
    """Return the mean number who come in each half hour of the week, over all weeks and runs."""
    weights = {(day, k): 3.0 if k < 24 else 1.0 for day in (0, 1, 2, 4) for k in range(16, 31)}
    weights |= {(3, k): 2.0 for k in range(16, 36)} | {(5, k): 0.25 for k in range(48)}
    total = sum(weights.values())
    weights[0, 16] *= busier
    return {
        f"weekday {day}, half hour {k}": RUNS
        * (WEEKS - sum(d == day for _, d in off))
        * PER_WEEK
        * weight
        / total
        for (day, k), weight in weights.items()
    }


@pytest.fixture(scope="module")
def half_hours() -> np.ndarray:
    """How many come in each half hour of the week in which somebody may."""
    groups = {"g": {"starts_in": "s", "arrivals": f"{PER_WEEK} per week", "week": WEEK}}
    plan = plan_of(small_flow("42 days", "2015-03-09", groups=groups, stages={"s": {}}))
    found = np.zeros((7, 48), np.int64)
    for r in range(RUNS):
        arrives = make_cohort(plan, SEED, r).arrives
        np.add.at(found, ((arrives // 1 % 7).astype(int), (arrives % 1 * 48).astype(int)), 1)
    places = [
        (int(words[1].strip(",")), int(words[-1])) for words in map(str.split, by_half_hour())
    ]
    chosen = np.array([found[place] for place in places])
    assert chosen.sum() == found.sum(), "nobody comes at any other hour"
    return chosen


def test_arrivals_follow_weekday_and_hour(half_hours: np.ndarray):
    comparison = compare_counts(half_hours, by_half_hour())
    assert comparison.agrees, str(comparison)


def test_a_half_hour_that_is_a_third_busier_is_detected(half_hours: np.ndarray):
    comparison = compare_counts(half_hours, by_half_hour(busier=1.33))
    assert np.flatnonzero(comparison.distances > comparison.k).tolist() == [0]


def test_holidays_like_other_days_are_detected(half_hours: np.ndarray):
    assert not compare_counts(half_hours, by_half_hour(off=set())).agrees
