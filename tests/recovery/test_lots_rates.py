"""Without an effect, every answer that a plan allows finds one in 5 % of registers, under every kind of lots.

Tolerance: exact binomial, a false alarm once in 10,000 for each. With 2,000 draws, and for each kind of inquiry:
`make verify`, whose table is `reports/evaluation/lots.md`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from tests.recovery.inference import FALSE_ALARM, Rate
from tests.recovery.lots import (
    CLIENT_ERROR,
    DESIGNS,
    DISTRICTS_LEFT_OUT,
    TIES,
    TOO_OFTEN,
    TOO_SELDOM,
    Design,
    Found,
    count_marks,
    rates,
    recovers,
)

DRAWS = 200
# Which designs draw whole districts, so that an error of clients must be found out.
OF_DISTRICTS = [d for d in DESIGNS if "districts" in d.name]


@cache
def all_rates(design: Design) -> tuple[Found, ...]:
    return tuple(rates(design, DRAWS, first_kind_only=True))


@pytest.mark.parametrize("design", DESIGNS, ids=lambda design: design.name)
def test_what_a_plan_allows_is_wrong_one_time_in_twenty(design):
    found = [one for one in all_rates(design) if one.name != CLIENT_ERROR]
    assert len(found) > 0
    wrong = [(one.name, one.rate.share, one.nominal) for one in found if one.p <= FALSE_ALARM]
    assert not wrong


@pytest.mark.parametrize("design", OF_DISTRICTS, ids=lambda design: design.name)
def test_an_error_of_clients_is_found_out_where_districts_were_drawn(design):
    (naive,) = [one for one in all_rates(design) if one.name == CLIENT_ERROR]
    assert naive.rate.is_too_high(), f"{100 * naive.rate.share:.1f} %"


# Of designs with several arms: what each arm does is found, by the arms and no others.
PLANTED_DRAWS = 100
ARMED = [design for design in DESIGNS if design.strategy.several is not None]
ASKED_OF_ARMS = ("difference", "adjusted", "clustered", "did", "iv")


@pytest.mark.parametrize("design", ARMED, ids=lambda design: design.name)
@pytest.mark.parametrize("pair", [("x", "z"), ("x", "y")], ids="-".join)
def test_what_each_of_several_arms_does_is_found(design, pair):
    """Within 4 Monte Carlo errors (a false alarm once in 16,000), and covered by the intervals.

    Control: held against what another arm does, every answer is off.
    """
    own, names = replace(design, between=pair), ASKED_OF_ARMS
    found = recovers(own, PLANTED_DRAWS, estimators=names)
    assert {"difference"} <= {one.name.partition(",")[0] for one in found}
    assert not [one.name for one in found if abs(one.bias) > 4 * one.bias_error]
    assert not [(one.name, one.covered.share) for one in found if one.p_covered <= FALSE_ALARM]
    if design.strategy.encouragement is None:
        other = replace(design, between=("y", "z"))
        wrong = recovers(own, PLANTED_DRAWS, estimators=("did",), against=other)
        wrong += recovers(own, PLANTED_DRAWS, estimators=("difference",), against=other)
        # The second arm does 600 kroner; x against z 1,800, x against y 1,200.
        assert all(one.is_biased for one in wrong)


@pytest.mark.parametrize(
    "design", [d for d in ARMED if d.strategy.unit == "district"], ids=lambda design: design.name
)
def test_an_error_of_clients_covers_too_seldom_where_districts_were_drawn_to_arms(design):
    (naive,) = recovers(design, PLANTED_DRAWS, estimators=("difference",), cluster="client")
    assert naive.p_covered <= FALSE_ALARM, naive.covered.share


def test_marks_tell_what_misleads_from_what_loses_power():
    """A rate is marked by its side, and by its reason where the design makes it conservative."""
    clients = next(one for one in DESIGNS if one.name == "clients")
    districts = next(one for one in DESIGNS if one.name == "4 of 8 districts")

    def mark(design, name, share):
        return Found(design, f"{name}, at", Rate(int(2000 * share), 2000), 0.05, 2000).mark

    assert mark(clients, "cox", 0.05) == ""
    assert mark(clients, "cox", 0.02) == f"{TOO_SELDOM} ({DISTRICTS_LEFT_OUT})"
    assert mark(clients, "randomisation", 0.02) == f"{TOO_SELDOM} ({TIES})"
    assert mark(clients, "difference", 0.02) == f"**{TOO_SELDOM}**"
    assert mark(districts, "difference", 0.02) == f"**{TOO_SELDOM}**"
    assert mark(clients, "cox", 0.09) == mark(districts, "difference", 0.09) == TOO_OFTEN
    said = count_marks(Counter({"": 5, TOO_OFTEN: 2, f"{TOO_SELDOM} ({TIES})": 3}))
    assert said.startswith("Of 10 cells 2 are too often (anticonservative), 3 too seldom by const")
