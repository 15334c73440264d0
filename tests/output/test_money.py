"""Amounts of money are rounded, and never to nothing."""

import pytest

from pilotsim.judge.economy import RunSpread
from pilotsim.output.views.economy import _in_thousands, _net_sentence, _saved_sentence, money


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 NOK"),
        (0.4, "0.40 NOK"),
        (4.4, "4 NOK"),
        (43.2, "43 NOK"),
        (-43.2, "\u221243 NOK"),
        (432, "430 NOK"),
        (4321, "4300 NOK"),
        (43210, "43,200 NOK"),
        (432100, "432,000 NOK"),
    ],
)
def test_a_small_price_is_no_price_of_0(amount, shown):
    assert money(amount, "NOK", "en").replace("\xa0", " ").replace("\u202f", " ") == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0"), (40, "0.040"), (400, "0.4"), (4000, "4"), (400_000, "400")]
)
def test_a_small_line_of_a_budget_is_not_0_thousand(amount, shown):
    assert _in_thousands(amount, "en") == shown


@pytest.mark.parametrize(
    ("spread", "is_open"),
    [
        ((5000, 1000, 9000), False),
        ((5000, -1000, 9000), True),
        ((-5000, -9000, 1000), True),
        ((-5000, -9000, -1000), False),
    ],
)
def test_what_is_saved_is_no_surer_than_its_range_in_either_direction(spread, is_open):
    saved = _saved_sentence(RunSpread(*spread), "NOK", "en")
    assert ("it is possible too" in saved) == is_open
    assert ("more is paid" in saved) == (spread[0] < 0)
    assert ("it is open" in _net_sentence(RunSpread(*spread), "NOK", "en")) == is_open
