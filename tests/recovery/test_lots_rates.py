"""Without an effect, every answer that a plan allows finds one in 5 % of registers, under every kind of lots.

Tolerance: exact binomial, a false alarm once in 10,000 for each. With 2,000 draws, and for each kind of inquiry:
`make verify`, whose table is `reports/evaluation/lots.md`.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.recovery.inference import FALSE_ALARM
from tests.recovery.lots import CLIENT_ERROR, DESIGNS, Design, Found, rates

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
