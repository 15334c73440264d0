"""What clients differ in goes together as the flow says, and each by itself stays as it was.

A comparison raises a false alarm once in 10,000; each has a control that must fail.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import ndtr, ndtri

from pilotsim.simulation.copula import correlation_of_places, part_of_its_own
from pilotsim.simulation.journeys import FIRST_RISK, Journeys
from tests.small_flows import ENGINES, plan_of, run, small_flow
from tests.statistics import FALSE_ALARM

CLIENTS = 4000
TRAITS: dict[str, Any] = {
    "need": {"normal": [1, 2]},
    "spent": {"days": {"exponential": {"mean": "40 days"}}, "correlated": {"need": 0.6}},
    "children": {"share": "30 %", "correlated": {"need": -0.5}},
    "young": {"share": "45 %", "correlated": {"children": 0.4}},
    "town": {
        "categories": {"a": "20 %", "b": "30 %", "c": "50 %"},
        "correlated": {"spent": 1},
    },
}


def people(traits: dict[str, Any]) -> Journeys:
    flow = small_flow(
        "1 day",
        traits=traits,
        groups={"g": {"stock": CLIENTS, "starts_in": "there"}},
        stages={"there": {}},
    )
    return run(flow, engine=ENGINES[0])


@pytest.fixture(scope="module")
def journeys() -> Journeys:
    return people(TRAITS)


def off(found: float, expected: float) -> float:
    """Return how many standard errors a rank correlation lies off, by Fisher's transformation."""
    error = np.sqrt((1 + expected**2 / 2) / (CLIENTS - 3))
    return abs(np.arctanh(found) - np.arctanh(expected)) / error


MOST = stats.norm.isf(FALSE_ALARM / 2)


def test_a_rank_correlation_is_the_one_that_the_flow_says(journeys: Journeys):
    traits = journeys.cohort.traits
    found = float(stats.spearmanr(traits["need"], traits["spent"])[0])
    assert off(found, 0.6) < MOST
    # The controls: a correlation a tenth off, and that of the places where it is taken for ranks.
    assert off(found, 0.5) > MOST
    assert off(found, -0.6) > MOST


def both(p: float, q: float, rho: float) -> float:
    """Return the share who have two traits of which these shares have each: normal ranks."""
    law = stats.multivariate_normal(cov=[[1, rho], [rho, 1]])
    return float(law.cdf([ndtri(p), ndtri(q)]))


def test_two_traits_that_one_has_or_has_not_meet_as_often_as_normal_ranks_say(journeys: Journeys):
    traits = journeys.cohort.traits
    met = int(((traits["children"] > 0) & (traits["young"] > 0)).sum())

    def chance(rank: float) -> float:
        share = both(0.3, 0.45, 2 * np.sin(np.pi * rank / 6))
        return float(stats.binomtest(met, CLIENTS, share).pvalue)

    assert chance(0.4) > FALSE_ALARM
    assert chance(0.0) < FALSE_ALARM
    assert chance(-0.4) < FALSE_ALARM
    # Who needs more has children more seldom.
    assert traits["need"][traits["children"] > 0].mean() < traits["need"].mean() - 0.3


def test_what_goes_with_nothing_else_is_as_common_as_before(journeys: Journeys):
    traits = journeys.cohort.traits
    assert stats.kstest(traits["spent"], stats.expon(scale=40).cdf).pvalue > FALSE_ALARM
    for name, share in (("children", 0.3), ("young", 0.45)):
        many = int((traits[name] > 0).sum())
        assert stats.binomtest(many, CLIENTS, share).pvalue > FALSE_ALARM
    counts = np.bincount(traits["town"].astype(int), minlength=3)
    shares = np.array([0.2, 0.3, 0.5]) * CLIENTS
    assert stats.chisquare(counts, shares).pvalue > FALSE_ALARM


def test_with_a_correlation_of_one_the_ranks_are_the_same(journeys: Journeys):
    traits = journeys.cohort.traits
    limits = stats.expon(scale=40).ppf([0.2, 0.5])
    assert np.array_equal(traits["town"], np.searchsorted(limits, traits["spent"]))


def test_who_is_correlated_with_nothing_keeps_its_traits_to_the_bit(journeys: Journeys):
    plain = {
        name: {key: value for key, value in trait.items() if key != "correlated"}
        for name, trait in TRAITS.items()
    }
    alone = people(plain).cohort.traits
    assert np.array_equal(alone["need"], journeys.cohort.traits["need"])
    assert not np.array_equal(alone["spent"], journeys.cohort.traits["spent"])


@pytest.mark.parametrize("rank", [-1.0, -0.5, 0.0, 0.25, 1.0])
def test_ranks_and_places_are_as_pearson_says(rank: float):
    rho = correlation_of_places(rank)
    assert rho == pytest.approx(2 * np.sin(np.pi * rank / 6), abs=1e-15)
    assert rho**2 + part_of_its_own(rho) ** 2 == pytest.approx(1)


# A stay that goes with the patience of who leaves it.


def left_early(rank: float) -> tuple[int, int]:
    """Return how many gave up a service that is half as fast as they lose patience, of how many."""
    flow = small_flow(
        "400 days",
        risks={"gives_up": {"to": "gone", "rate": "6.0875 per month"}},
        groups={"g": {"stock": CLIENTS, "starts_in": "there"}},
        stages={
            "there": {
                "lasts": {"exponential": {"mean": "10 days"}, "correlated": {"gives_up": rank}},
                "next": {"gone": "100 %"},
                "risks": {"gives_up": 1},
            },
            "gone": {},
        },
    )
    journeys = run(flow, engine=ENGINES[0])
    return int((journeys.cause == FIRST_RISK).sum()), CLIENTS


def share_left(rank: float) -> float:
    """Return the share of those whose patience (mean 5) ends before their service (mean 10)."""
    rho = 2 * np.sin(np.pi * rank / 6)

    def given(z: float) -> float:
        # A service longer than twice the place's: its place is above that of the patience over 10.
        patience = -5 * np.log(ndtr(-z))
        place = ndtri(-np.expm1(-patience / 10))
        return float(stats.norm.pdf(z) * ndtr((rho * z - place) / np.sqrt(1 - rho**2)))

    return integrate.quad(given, -8, 8)[0]


@pytest.mark.parametrize(("rank", "wrong"), [(-0.7, -0.1), (0.0, 0.3), (0.5, 0.3)])
def test_a_stay_goes_with_patience_as_the_flow_says(rank: float, wrong: float):
    assert share_left(0.0) == pytest.approx(2 / 3)
    gone, of = left_early(rank)
    assert stats.binomtest(gone, of, share_left(rank)).pvalue > FALSE_ALARM
    assert stats.binomtest(gone, of, share_left(wrong)).pvalue < FALSE_ALARM


def test_with_a_correlation_of_one_the_slower_never_ends_first():
    assert left_early(1.0) == (CLIENTS, CLIENTS)


def test_a_stay_goes_with_a_trait():
    flow = small_flow(
        "400 days",
        traits={"need": {"normal": [0, 1]}},
        groups={"g": {"stock": CLIENTS, "starts_in": "there"}},
        stages={
            "there": {
                "lasts": {"exponential": {"mean": "10 days"}, "correlated": {"need": -0.4}},
                "next": {"gone": "100 %"},
            },
            "gone": {},
        },
    )
    journeys = run(flow, engine=ENGINES[0])
    stays = journeys.finished[journeys.stage == 0]
    found = float(stats.spearmanr(journeys.cohort.traits["need"], stays)[0])
    assert off(found, -0.4) < MOST
    assert off(found, -0.3) > MOST
    assert off(found, 0.0) > MOST


def test_a_flow_that_holds_a_stock_steady_by_such_a_trait_is_refused():
    flow = small_flow(
        traits={"a": {"share": "50 %"}, "b": {"share": "50 %", "correlated": {"a": 0.5}}},
        groups={
            "g": {
                "stock": 10,
                "starts_in": "there",
                "arrivals": {"steady": True, "assumption": "As before"},
            }
        },
        risks={"out": {"to": "gone", "rate": "5 % per month", "times": {"a": 2}}},
        stages={"there": {"risks": {"out": 1}}, "gone": {"counts_as": "unknown"}},
    )
    with pytest.raises(Exception, match="correlated with another"):
        plan_of(flow).groups  # noqa: B018
