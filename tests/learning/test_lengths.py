"""Lengths of stay: likelihoods against closed forms, a library, and the families of the program."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from pilotsim.learning.lengths import SeenLengths, fit_length, fit_lengths
from pilotsim.model.distributions import FAMILIES
from pilotsim.model.distributions.likelihood import LIKELIHOODS

SECOND = {"exponential": 1.0, "gamma": 0.7, "weibull": 1.6, "lognormal": 0.9, "loglogistic": 2.5}


def seen(length, has_ended, seen_from=0.0, grain=0.0):
    length = np.asarray(length, np.float64)
    return SeenLengths(
        length,
        np.broadcast_to(np.asarray(has_ended, np.bool_), length.shape),
        np.broadcast_to(np.asarray(seen_from, np.float64), length.shape),
        grain,
    )


def quantile(name, mean, second, u):
    family = FAMILIES[name]
    numbers = [mean, second][: len(family.parameters)]
    prepared = family.prepare(*numbers) if family.prepare else numbers
    return family.quantile(*prepared, u)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_survival_is_that_of_the_family_by_which_lengths_are_drawn(name):
    law = LIKELIHOODS[name]
    for u in (0.01, 0.3, 0.5, 0.9, 0.999):
        drawn = quantile(name, 1.0, SECOND[name], u)
        share = math.exp(law.log_survival(np.array([drawn]), SECOND[name])[0])
        assert share == pytest.approx(1.0 - u, rel=1e-8)


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_density_is_the_slope_of_survival(name):
    law = LIKELIHOODS[name]
    for t in (0.2, 0.9, 2.5):
        area, _ = quad(
            lambda x: math.exp(law.log_density(np.array([x]), SECOND[name])[0]), t, t + 1
        )
        survival = np.exp(law.log_survival(np.array([t, t + 1.0]), SECOND[name]))
        assert area == pytest.approx(survival[0] - survival[1], rel=1e-8)


def test_survival_of_a_gamma_goes_on_far_out_where_its_share_is_no_number():
    law = LIKELIHOODS["gamma"]
    t = np.array([800.0, 1000.0])
    assert law.log_survival(t, 1.0) == pytest.approx(-t, rel=1e-9)


def test_exponential_mean_is_time_by_ends_whatever_is_cut_off():
    """The closed form: all the time that was seen, divided by the stays that ended."""
    length = np.array([30.0, 80.0, 12.0, 200.0, 95.0])
    ended = np.array([True, True, True, False, True])
    since = np.array([0.0, 50.0, 0.0, 20.0, 90.0])
    fit = fit_length(seen(length, ended, since), "exponential")
    assert math.exp(fit.point[0]) == pytest.approx((length - since).sum() / 4, rel=1e-5)
    assert fit.covariance[0, 0] == pytest.approx(1 / 4, rel=1e-3)


def test_a_lognormal_that_is_seen_whole_has_the_mean_of_its_logarithms():
    length = np.exp(np.random.default_rng(1).normal(3.0, 0.6, 300))
    fit = fit_length(seen(length, True), "lognormal")
    variance = np.log(length).var()
    assert fit.point[0] == pytest.approx(np.log(length).mean() + variance / 2, abs=1e-4)
    assert math.log1p(math.exp(fit.point[1]) ** 2) == pytest.approx(variance, rel=1e-3)


def test_a_gamma_and_a_weibull_that_are_seen_whole_agree_with_a_library():
    length = np.random.default_rng(2).gamma(2.0, 30.0, 400)
    for name, law in (("gamma", stats.gamma), ("weibull", stats.weibull_min)):
        fit = fit_length(seen(length, True), name)
        free = law.fit(length, floc=0)
        assert math.exp(fit.point[0]) == pytest.approx(law(*free).mean(), rel=1e-3)
        assert fit.log_likelihood == pytest.approx(law(*free).logpdf(length).sum(), abs=1e-3)


def test_late_entry_divides_by_the_share_that_lasts_so_long():
    length = np.random.default_rng(3).gamma(2.0, 30.0, 400) + 1.0
    since = np.minimum(np.random.default_rng(4).uniform(0, 60, 400), length - 1.0)
    fit = fit_length(seen(length, True, since), "weibull")
    mean, shape = np.exp(fit.point)
    law = stats.weibull_min(shape, scale=mean / math.gamma(1 + 1 / shape))
    assert fit.log_likelihood == pytest.approx(
        (law.logpdf(length) - law.logsf(since)).sum(), rel=1e-9
    )


def test_dates_alone_leave_the_hours_open():
    """Stays of hours, told in dates: most last 0 days, and a fit of plain dates has no answer."""
    draw = np.random.default_rng(5)
    begins = draw.uniform(0, 1000, 4000)
    ends = begins + draw.exponential(0.7, 4000)
    days = np.floor(ends) - np.floor(begins)
    assert (days == 0).mean() > 0.4
    fit = fit_length(seen(days, True, grain=1.0), "exponential")
    half = 3.3 * math.sqrt(fit.covariance[0, 0])  # one in a thousand
    assert abs(fit.point[0] - math.log(0.7)) < half
    plain = fit_length(seen(np.maximum(days, 0.01), True), "gamma")
    assert abs(math.log(1.0) - plain.point[1]) > 0.3


def test_the_family_is_found_where_there_is_enough_of_it():
    """False alarms: a wrong family of less BIC comes in less than one of a hundred such draws."""
    length = np.random.default_rng(6).weibull(3.0, 3000) * 50
    assert fit_lengths(seen(length, True))[0].family == "weibull"


def test_nothing_that_ended_is_nothing_to_fit():
    assert fit_length(seen([10.0, 20.0], False), "gamma") is None
