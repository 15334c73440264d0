"""The closed forms against each other, and against answers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from pilotsim.base.errors import RequestError
from tests.theory import closed_forms


def test_one_place_at_half_load_by_hand():
    # M/M/1, a = 1/2, s = 1: half must wait; mean wait a s / (1 - a) = 1; number geometric with p0 =
    # 1/2.
    assert closed_forms.erlang_b(0.5, 1) == pytest.approx(1 / 3)
    assert closed_forms.erlang_c(0.5, 1) == pytest.approx(1 / 2)
    assert closed_forms.mmc_mean_wait(0.5, 1.0, 1) == pytest.approx(1.0)
    assert closed_forms.mmc_law(0.5, 1.0, 1)[:4] == pytest.approx([1 / 2, 1 / 4, 1 / 8, 1 / 16])
    assert closed_forms.mmc_wait_beyond(0.5, 1.0, 1, [0.0, 2.0]) == pytest.approx(
        [0.5, 0.5 * np.exp(-1.0)]
    )


def test_erlang_tables():
    # Cooper 1981, tables: B(5, 10) and C(5, 10) to four places.
    assert round(closed_forms.erlang_b(5.0, 10), 4) == 0.0184
    assert round(closed_forms.erlang_c(5.0, 10), 4) == 0.0361


@pytest.mark.parametrize(("load", "places"), [(0.3, 1), (2.4, 3), (9.5, 10), (190.0, 200)])
def test_erlang_c_is_the_share_that_finds_all_places_taken(load: float, places: int):
    law = closed_forms.mmc_law(load, 1.0, places)
    assert law[places:].sum() == pytest.approx(closed_forms.erlang_c(load, places))
    assert closed_forms.mean_waiting(law, places) == pytest.approx(
        closed_forms.little(load, closed_forms.mmc_mean_wait(load, 1.0, places))
    )


def test_gm1_is_mm1_where_gaps_have_no_memory_and_dm1_where_they_are_even():
    # M/M/1 at half load: half wait, 1 on average. D/M/1 at half load: s = exp(-2 (1 - s)).
    mean, longer = closed_forms.gm1_wait(lambda t: 1 / (1 + 2 * t), 1.0, 2.0)
    assert (mean, longer) == pytest.approx((1.0, 0.5 * np.exp(-1.0)))
    assert closed_forms.gm1_sigma(lambda t: np.exp(-2 * t), 1.0) == pytest.approx(0.2031878700)


def test_overload_is_refused():
    with pytest.raises(RequestError, match="grows without end"):
        closed_forms.erlang_c(3.0, 3)


def test_no_room_to_wait_is_erlang_b():
    assert closed_forms.mmck_law(2.0, 1.5, 4, 0)[-1] == pytest.approx(closed_forms.erlang_b(3.0, 4))


def test_much_room_to_wait_is_erlang_c():
    assert closed_forms.mmck_mean_wait(2.0, 1.0, 3, 2000) == pytest.approx(
        closed_forms.mmc_mean_wait(2.0, 1.0, 3)
    )


def test_great_patience_is_erlang_c_and_none_is_erlang_b():
    assert closed_forms.erlang_a_mean_wait(2.0, 1.0, 3, 1e-9) == pytest.approx(
        closed_forms.mmc_mean_wait(2.0, 1.0, 3), rel=1e-6
    )
    assert closed_forms.erlang_a_abandonment(2.0, 1.0, 3, 1e9) == pytest.approx(
        closed_forms.erlang_b(2.0, 3), rel=1e-6
    )


def test_patience_equal_to_service_is_an_infinite_server():
    # Each client leaves at the same rate whether it waits or is served: Poisson.
    law = closed_forms.erlang_a_law(4.0, 1.0, 3, 1.0)
    assert law == pytest.approx(stats.poisson.pmf(np.arange(len(law)), 4.0), abs=1e-12)


def test_one_client_alone_is_away_its_share_of_time():
    # Away 1 day, back 4 days on average: away 1/5 of the time.
    assert closed_forms.finite_source_law(1, 1 / 4, 1.0, 1) == pytest.approx([0.8, 0.2])


def test_as_many_places_as_clients_makes_them_independent():
    law = closed_forms.finite_source_law(5, 1 / 4, 1.0, 5)
    assert law == pytest.approx(stats.binom.pmf(np.arange(6), 5, 0.2))


def test_exponential_service_makes_pollaczek_and_khinchine_an_mm1():
    assert closed_forms.mg1_mean_wait(0.6, 1.0, 1.0) == pytest.approx(
        closed_forms.mmc_mean_wait(0.6, 1.0, 1)
    )
    assert closed_forms.mg1_mean_wait(0.6, 1.0, 0.0) == pytest.approx(
        closed_forms.mmc_mean_wait(0.6, 1.0, 1) / 2
    )


def test_priorities_move_waits_and_leave_their_mean():
    # Kleinrock's conservation law: the mean wait over all clients is that of the queue without
    # priorities.
    arrivals = np.array([0.7, 0.8, 0.3])
    waits = closed_forms.cobham_mean_waits(arrivals, 1.0, 3)
    assert waits[0] < waits[1] < waits[2]
    assert arrivals @ waits / arrivals.sum() == pytest.approx(
        closed_forms.mmc_mean_wait(1.8, 1.0, 3)
    )


def test_filling_nears_rate_times_mean():
    assert closed_forms.mg_infinity_mean(3.0, lambda u: np.exp(-u / 2), 1.0) == pytest.approx(
        6.0 * (1 - np.exp(-0.5))
    )
    assert closed_forms.mg_infinity_mean(3.0, lambda u: float(u < 2), 30.0) == pytest.approx(
        6.0, rel=1e-3
    )


def test_traffic_by_hand():
    # Station 0 gets 1 a day and half of what station 1 serves; station 1 gets all of station 0: 2 a
    # day each.
    assert closed_forms.traffic([1.0, 0.0], [[0.0, 1.0], [0.5, 0.0]]) == pytest.approx([2.0, 2.0])
    means = closed_forms.jackson_means([1.0, 0.0], [[0.0, 1.0], [0.5, 0.0]], [0.25, 0.25], [1, 1])
    assert means == pytest.approx([1.0, 1.0])


def test_two_state_chain_by_hand():
    # Rates 3 and 1 a day: in state 1 at t with probability 3/4 (1 - exp(-4 t)).
    law = closed_forms.chain_occupancy([[0, 3], [1, 0]], [1, 0], 0.5)
    there = 0.75 * (1 - np.exp(-2.0))
    assert law == pytest.approx([1 - there, there])
    # Moves out of a state less moves into it are what it lost.
    moves = closed_forms.chain_moves([[0, 3], [1, 0]], [1, 0], 0.5)
    assert moves[0, 1] - moves[1, 0] == pytest.approx(there)


def test_competing_risks_are_a_chain_that_never_returns():
    rates = [[0.3, 0.1]]
    generator = [[0, 0.3, 0.1], [0, 0, 0], [0, 0, 0]]
    pulled_out = closed_forms.chain_occupancy(generator, [1, 0, 0], 2.0)[1:]
    assert closed_forms.cumulative_incidence(rates, [0.0], 2.0) == pytest.approx(pulled_out)


def test_competing_risks_by_periods_by_hand():
    # One day at 0.2 and 0, then nothing, then one day at 0 and 0.5.
    found = closed_forms.cumulative_incidence(
        [[0.2, 0.0], [0.0, 0.0], [0.0, 0.5]], [0.0, 1.0, 5.0], 6.0
    )
    assert found == pytest.approx([1 - np.exp(-0.2), np.exp(-0.2) * (1 - np.exp(-0.5))])
