"""Effects put together, and told in money: held to published figures, closed forms and planted truths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.effects import PriceRange, conclude, pool_effects, value_net


def effect(estimate, error, freedom=np.inf):
    return conclude("a", "b", estimate, error, clients=100, freedom=freedom)


# Thirteen trials of BCG vaccine against tuberculosis (Colditz and others, JAMA 271, 1994): vaccinated
# with the disease and without, others with and without; the data set `dat.bcg` of R's metafor.
BCG = [
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
    (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
    (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]  # fmt: skip


def trials():
    found = []
    for a, b, c, d in BCG:
        ratio = np.log(a / (a + b)) - np.log(c / (c + d))
        error = np.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
        found.append(effect(ratio, error))
    return found


def vaccine():
    return pool_effects(trials())


def test_one_effect_everywhere_is_as_metafor_and_stata_print_it():
    """metafor's tests, `test_misc_metan_vs_rma.uni_with_dat.bcg.r`, held there to Stata's `metan`:

    `rma(yi, vi, method="EE")` gives -0.4303 (-0.5097 to -0.3509), z -10.6247, Q 152.2330.
    """
    found = vaccine()
    common = found.common
    printed = (common.estimate, common.low, common.high, common.estimate / common.error)
    assert [round(number, 4) for number in printed] == [-0.4303, -0.5097, -0.3509, -10.6247]
    assert found.share == pytest.approx(1.0 - 12.0 / 152.2330, abs=1e-6)
    assert found.p_same == pytest.approx(chi2.sf(152.2330, 12), rel=1e-4)


def knapp_and_hartung(between):
    """Mean and error of the trials at a spread, written out from the paper."""
    found = [(own.estimate, own.error) for own in trials()]
    estimates, errors = np.array(found).T
    weights = 1.0 / (errors**2 + between)
    mean = np.sum(weights * estimates) / np.sum(weights)
    scatter = np.sum(weights * (estimates - mean) ** 2) / 12
    return mean, np.sqrt(scatter / np.sum(weights)), scatter


def test_the_spread_solves_paule_and_mandels_equation():
    """The weighted squares are as many as the degrees of freedom, to rounding.

    metafor's tests, `test_misc_rma_uni.r`, print 0.3181 for these trials: of the iterated
    estimators DLIT and SJIT, whose fixed point is the same equation.
    """
    between = vaccine().spread ** 2
    assert round(between, 4) == 0.3181
    assert knapp_and_hartung(between)[2] == pytest.approx(1.0, abs=1e-5)
    # DerSimonian and Laird's spread, in closed form, does not solve it; metafor prints its mean.
    weights = np.array([own.error for own in trials()]) ** -2.0
    of_laird = (152.2330 - 12) / (weights.sum() - (weights**2).sum() / weights.sum())
    mean, _, scatter = knapp_and_hartung(of_laird)
    assert round(mean, 4) == -0.7141
    assert scatter > 1.01


def test_the_mean_over_places_has_the_error_of_hartung_and_knapp():
    found = vaccine()
    mean, error, _ = knapp_and_hartung(found.spread**2)
    assert found.overall.estimate == pytest.approx(mean, rel=1e-9)
    assert found.overall.error == pytest.approx(error, rel=1e-5)
    assert found.overall.freedom == 12
    # One place more may lie nearly anywhere; the mean may not.
    assert found.high > found.overall.high
    assert found.low < found.overall.low


def test_places_that_differ_by_chance_alone_are_one_effect():
    same = pool_effects([effect(1.0, 0.5), effect(1.2, 0.5), effect(0.8, 0.5)])
    assert same.spread == pytest.approx(0.0, abs=1e-6)
    assert same.overall.estimate == pytest.approx(1.0)
    # Never more sure than inverse variance.
    assert same.overall.error >= same.common.error - 1e-12
    assert same.share == 0.0


def test_the_mean_over_places_is_held_as_often_as_it_says():
    """Ten places whose true effects lie 2 apart about 3; control: the common effect's interval is too sure."""
    draws = np.random.default_rng(3)
    held, sure = [], []
    for _ in range(300):
        truths, errors = 3 + 2 * draws.normal(size=10), draws.uniform(0.5, 2.0, 10)
        estimates = truths + errors * draws.normal(size=10)
        found = pool_effects([effect(*pair) for pair in zip(estimates, errors, strict=True)])
        held.append(found.overall.low <= 3 <= found.overall.high)
        sure.append(found.common.low <= 3 <= found.common.high)
    tolerance = 3 * np.sqrt(0.95 * 0.05 / 300)
    assert 0.95 - tolerance <= np.mean(held) <= 1.0
    assert np.mean(sure) < 0.95 - tolerance


def test_what_cannot_be_pooled_is_refused():
    with pytest.raises(EstimationError, match="two effects or more"):
        pool_effects([effect(1.0, 0.5)])
    ratio = conclude("a", "b", 0.1, 0.2, clients=10, scale="log_ratio")
    with pytest.raises(EstimationError, match="different things"):
        pool_effects([effect(1.0, 0.5), ratio])


CERTAIN = PriceRange(9000.0, 9000.0, 9000.0)


def test_a_certain_price_gives_the_effect_s_own_interval():
    """1.5 months saved (0.5) at 9,000 less 8,000: 5,500, and P of a gain that of the normal distribution."""
    found = value_net(effect(-1.5, 0.5), CERTAIN, PriceRange(8000.0, 8000.0, 8000.0))
    assert found.mean == pytest.approx(5500.0, abs=1.0)
    assert found.saved == pytest.approx(13500.0, abs=1.0)
    assert found.low == pytest.approx(5500 - 1.96 * 4500, abs=80)
    assert found.high == pytest.approx(5500 + 1.96 * 4500, abs=80)
    assert found.gains == pytest.approx(norm.cdf(5500 / 4500), abs=0.005)


def test_a_range_of_prices_is_what_drawing_gives():
    draws = np.random.default_rng(1)
    price, cost = PriceRange(9000.0, 7000.0, 12000.0), PriceRange(8000.0, 5000.0, 9000.0)
    months = 1.5 + 0.5 * draws.standard_t(12, 400_000)
    net = months * draws.triangular(7000, 9000, 12000, 400_000) - draws.triangular(
        5000, 8000, 9000, 400_000
    )
    found = value_net(effect(-1.5, 0.5, 12.0), price, cost)
    assert found.mean == pytest.approx(net.mean(), abs=50)
    low, high = np.quantile(net, [0.025, 0.975])
    assert found.low == pytest.approx(low, abs=150)
    assert found.high == pytest.approx(high, abs=150)
    assert found.gains == pytest.approx((net > 0).mean(), abs=0.005)
    # The ranges count: with certain prices the interval is another.
    assert value_net(effect(-1.5, 0.5, 12.0), CERTAIN, cost).high != pytest.approx(high, abs=300)


def test_a_price_outside_its_range_is_refused():
    with pytest.raises(RequestError, match="a price lies within its range"):
        PriceRange(5.0, 6.0, 7.0)
