"""Our own linear algebra held to statsmodels, and to the definitions written out with full matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.special import ndtri

from pilotsim.base.errors import EstimationError
from pilotsim.base.randomness import code, uniforms
from pilotsim.effects.inference.clustered import cluster_covariance, cluster_precision
from pilotsim.effects.inference.heteroskedastic import robust_covariance, robust_precision
from pilotsim.effects.inference.least_squares import demean, fit_least_squares, unit

N, G = 60, 8


def normals(purpose, rows, columns):
    groups = np.repeat(np.arange(columns, dtype=np.uint64), rows)
    numbers = np.tile(np.arange(rows, dtype=np.uint64), columns)
    return ndtri(uniforms(7, 0, groups, numbers, code(purpose), 0)[:, 0]).reshape(columns, rows).T


DESIGN = np.column_stack(
    [np.ones(N), (np.arange(N) % G < 3).astype(float), normals("design", N, 2)]
)
OUTCOME = normals("outcome", N, 1)[:, 0] * (1 + DESIGN[:, 1]) + DESIGN[:, 2]
WEIGHTS = 0.5 + np.arange(N) % 5
member = np.arange(N) % G


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_robust_errors_are_those_of_statsmodels(kind):
    import statsmodels.api as sm

    theirs = sm.OLS(OUTCOME, DESIGN).fit(cov_type=kind)
    fit = fit_least_squares(OUTCOME, DESIGN)
    assert np.allclose(fit.coefficients, theirs.params, rtol=1e-10)
    assert np.allclose(robust_covariance(fit, kind), theirs.cov_params(), rtol=1e-8)


def test_classical_and_weighted_errors_are_those_of_statsmodels():
    import statsmodels.api as sm

    theirs = sm.WLS(OUTCOME, DESIGN, weights=WEIGHTS).fit()
    fit = fit_least_squares(OUTCOME, DESIGN, weights=WEIGHTS)
    assert np.allclose(fit.coefficients, theirs.params, rtol=1e-10)
    assert np.allclose(robust_covariance(fit, "classical"), theirs.cov_params(), rtol=1e-8)


def test_cr1_is_statsmodels_clustered_error_with_t_of_clusters_less_one():
    import statsmodels.api as sm

    theirs = sm.OLS(OUTCOME, DESIGN).fit(
        cov_type="cluster", cov_kwds={"groups": member}, use_t=True
    )
    fit = fit_least_squares(OUTCOME, DESIGN)
    assert np.allclose(cluster_covariance(fit, member, "CR1"), theirs.cov_params(), rtol=1e-8)
    assert (
        cluster_precision(fit, unit(4, 1), member, "CR1").freedom
        == theirs.df_resid_inference
        == G - 1
    )


def test_statsmodels_uses_normal_critical_values_unless_told():
    """The trap that `cluster_precision` is there for: too narrow by a fifth at 8 clusters."""
    import statsmodels.api as sm

    plain = sm.OLS(OUTCOME, DESIGN).fit(cov_type="cluster", cov_kwds={"groups": member})
    told = sm.OLS(OUTCOME, DESIGN).fit(cov_type="cluster", cov_kwds={"groups": member}, use_t=True)
    ratio = np.diff(plain.conf_int()[1])[0] / np.diff(told.conf_int()[1])[0]
    assert ratio == pytest.approx(1.959964 / 2.364624, rel=1e-6)


def written_out(power):
    """CR2 (power -1/2) or CR3 (power -1) by its definition, all matrices formed.

    And the residual maker.
    """
    bread = np.linalg.inv(DESIGN.T @ DESIGN)
    maker = np.eye(N) - DESIGN @ bread @ DESIGN.T
    residuals = maker @ OUTCOME
    meat, reach = np.zeros((4, 4)), []
    for g in range(G):
        own = np.flatnonzero(g == member)
        block = maker[np.ix_(own, own)]
        adjust = np.linalg.inv(np.real(sqrtm(block)) if power == -0.5 else block)
        score = DESIGN[own].T @ adjust @ residuals[own]
        meat += np.outer(score, score)
        reach.append(maker[:, own] @ adjust @ DESIGN[own] @ bread)
    return bread @ meat @ bread, reach


@pytest.mark.parametrize(
    ("kind", "power", "scale"), [("CR2", -0.5, 1.0), ("CR3", -1.0, (G - 1) / G)]
)
def test_cr2_and_cr3_are_their_definitions(kind, power, scale):
    fit = fit_least_squares(OUTCOME, DESIGN)
    assert np.allclose(
        cluster_covariance(fit, member, kind), scale * written_out(power)[0], rtol=1e-8
    )


def test_cr3_is_the_jackknife_over_clusters():
    # (G - 1) / G times the sum of squares of the estimates without each cluster about the full
    # estimate.
    full = np.linalg.lstsq(DESIGN, OUTCOME)[0]
    spread = sum(
        np.outer(d := np.linalg.lstsq(DESIGN[g != member], OUTCOME[g != member])[0] - full, d)
        for g in range(G)
    )
    assert np.allclose(
        cluster_covariance(fit_least_squares(OUTCOME, DESIGN), member, "CR3"),
        spread * (G - 1) / G,
        rtol=1e-8,
    )


def test_degrees_of_freedom_of_cr2_are_those_of_bell_and_mccaffrey():
    vectors = np.column_stack([part[:, 1] for part in written_out(-0.5)[1]])
    eigen = np.linalg.eigvalsh(vectors.T @ vectors)
    expected = eigen.sum() ** 2 / (eigen**2).sum()
    assert cluster_precision(
        fit_least_squares(OUTCOME, DESIGN), unit(4, 1), member
    ).freedom == pytest.approx(expected, rel=1e-9)


def test_hc2_is_cr2_with_a_cluster_for_each_row():
    fit = fit_least_squares(OUTCOME, DESIGN, weights=WEIGHTS)
    one, other = (
        robust_precision(fit, unit(4, 1), "HC2"),
        cluster_precision(fit, unit(4, 1), np.arange(N)),
    )
    assert (one.error, one.freedom) == (
        pytest.approx(other.error, rel=1e-10),
        pytest.approx(other.freedom, rel=1e-10),
    )


def test_cr2_with_cluster_dummies_works_where_statsmodels_cr3_fails():
    import statsmodels.api as sm

    inside = (np.arange(N) // G % 2).astype(float)
    design = np.column_stack([inside, member[:, None] == np.arange(G)]).astype(float)
    found = cluster_precision(fit_least_squares(OUTCOME, design), unit(G + 1, 0), member)
    assert np.isfinite(found.error)
    assert 0 < found.freedom < G
    with pytest.raises(ValueError, match="rank-deficient"):
        sm.OLS(OUTCOME, design).fit(cov_type="cluster-crv3", cov_kwds={"groups": member})


def test_a_column_that_others_explain_is_named():
    with pytest.raises(EstimationError, match="treated is explained by the other columns"):
        fit_least_squares(
            OUTCOME,
            np.column_stack([DESIGN, DESIGN[:, 1]]),
            names=["constant", "a", "b", "c", "treated"],
        )


def test_an_effect_that_rests_on_one_cluster_has_no_error():
    fit = fit_least_squares(OUTCOME, np.column_stack([np.ones(N), member == 0]).astype(float))
    with pytest.raises(EstimationError, match="rests on a single cluster"):
        cluster_precision(fit, unit(2, 1), member)
    with pytest.raises(EstimationError, match="rests on a single cluster"):
        cluster_precision(fit, unit(2, 1), member, "CR3")


def test_cluster_dummies_are_counted_by_statsmodels_and_do_not_change_cr2():
    """The trap: a column for each cluster makes CR1 larger than taking cluster means out first.

    CR2 is the same both ways.
    """
    import statsmodels.api as sm

    inside = (np.arange(N) // G % 2).astype(float)
    dummies = np.column_stack([inside, member[:, None] == np.arange(G)]).astype(float)
    taken_out = demean(inside, member)[:, None]
    with_dummies, without = (
        sm.OLS(y, x).fit(cov_type="cluster", cov_kwds={"groups": member}, use_t=True).bse[0]
        for y, x in ((OUTCOME, dummies), (demean(OUTCOME, member), taken_out))
    )
    assert with_dummies / without == pytest.approx(np.sqrt((N - 1) / (N - G - 1)))
    ours = [
        cluster_precision(fit_least_squares(y, x), unit(x.shape[1], 0), member)
        for y, x in ((OUTCOME, dummies), (demean(OUTCOME, member), taken_out))
    ]
    assert ours[0].error == pytest.approx(ours[1].error, rel=1e-8)
    assert ours[0].freedom == pytest.approx(ours[1].freedom, rel=1e-8)
