"""Survival analysis against the plainest way to the same number, on spells that hypothesis makes up: ties, late entry, causes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pilotsim.base.errors import EstimationError
from pilotsim.effects.estimators.at_risk_intervals import participation_stretches
from pilotsim.effects.estimators.competing_risks import cumulative_incidence, estimate_incidence
from pilotsim.effects.estimators.cox import cox
from pilotsim.effects.estimators.fine_gray import fine_gray
from pilotsim.effects.estimators.gray import gray_test
from pilotsim.effects.estimators.kaplan_meier import kaplan_meier, log_rank
from pilotsim.effects.estimators.restricted_mean import restricted_mean, time_lost

SPELL = st.tuples(
    st.integers(0, 4),
    st.integers(1, 6),
    st.integers(0, 2),
    st.integers(0, 3),
    st.sampled_from((0.5, 1.0, 3.0)),
)
SPELLS = st.lists(SPELL, min_size=4, max_size=14)


def columns(spells):
    """Entry, exit, cause, trait and weight of each spell."""
    table = np.array(spells, float)
    return table[:, 0], table[:, 0] + table[:, 1], table[:, 2].astype(int), table[:, 3], table[:, 4]


@given(SPELLS)
def test_curves_are_those_of_a_plain_loop(spells):
    entries, exits, causes, _, _ = columns(spells)
    assume((causes == 1).any())
    times = np.unique(exits[causes > 0])
    there, left, shares, lost = 1.0, 0.0, [], []
    for time in times:
        at_risk = np.sum((entries < time) & (exits >= time))
        left += there * np.sum((exits == time) & (causes == 1)) / at_risk
        there *= 1.0 - np.sum((exits == time) & (causes > 0)) / at_risk
        shares.append(there)
        lost.append(left)
    try:
        curve = kaplan_meier(exits, causes > 0, entries=entries)
    except EstimationError:
        # Only where the curve reaches 0 with events to come.
        assert 0.0 in shares[:-1]
        return
    assert curve.times.tolist() == times.tolist()
    assert curve.estimate == pytest.approx(shares, abs=1e-12)
    assert cumulative_incidence(exits, causes, entries=entries).estimate == pytest.approx(
        lost, abs=1e-12
    )


@given(SPELLS, st.floats(0.5, 5.0))
def test_means_are_areas(spells, until):
    """By adding up a fine grid of rectangles between the times of the curve, where it is constant."""
    _, exits, causes, _, _ = columns(spells)
    assume((causes == 1).any() and until <= exits.max())
    marks = np.unique(np.concatenate([[0.0, until], exits[exits < until]]))
    there, gone = kaplan_meier(exits, causes > 0), cumulative_incidence(exits, causes)
    assert restricted_mean(exits, causes > 0, until=until).estimate == pytest.approx(
        sum(there.at(low) * (high - low) for low, high in itertools.pairwise(marks))
    )
    assert time_lost(exits, causes, until=until).estimate == pytest.approx(
        sum(gone.at(low) * (high - low) for low, high in itertools.pairwise(marks)), abs=1e-12
    )


def efron(beta, entries, exits, events, trait, weights):
    """Efron's log partial likelihood by the book: one factor for each death."""
    risk, value = weights * np.exp(beta * trait), 0.0
    for time in np.unique(exits[events]):
        tied = events & (exits == time)
        at_risk = risk[(entries < time) & (exits >= time)].sum()
        for number in range(tied.sum()):
            value -= weights[tied].mean() * np.log(at_risk - number / tied.sum() * risk[tied].sum())
        value += (weights * beta * trait)[tied].sum()
    return value


@given(SPELLS)
def test_cox_climbs_to_the_top_of_the_likelihood_by_the_book(spells):
    entries, exits, causes, trait, weights = columns(spells)
    events = causes == 1
    assume(events.any() and np.ptp(trait) > 0)
    try:
        found = cox(exits, events, trait, entries=entries, weights=weights)
    except EstimationError:
        # Only where the likelihood is flat, or rises for ever one way.
        far = [
            efron(beta, entries, exits, events, trait, weights)
            for beta in (-30.0, -20.0, -10.0, 10.0, 20.0, 30.0)
        ]
        assert max(far[0] - far[2], far[-1] - far[3], -abs(far[0] - far[-1])) > -1e-3
        return
    beta = found.coefficients[0]
    top = efron(beta, entries, exits, events, trait, weights)
    assert found.log_likelihood == pytest.approx(top, abs=1e-8)
    assert found.log_likelihood_null == pytest.approx(
        efron(0.0, entries, exits, events, trait, weights), abs=1e-8
    )
    step = 1e-3 * max(1.0, abs(beta))
    sides = [efron(beta + side, entries, exits, events, trait, weights) for side in (-step, step)]
    assert max(sides) <= top + 1e-9
    assert found.information[0, 0] == pytest.approx(
        -(sides[0] + sides[1] - 2 * top) / step**2, rel=1e-2, abs=1e-4
    )


@given(SPELLS)
def test_fine_gray_without_censoring_is_cox_with_those_gone_otherwise_kept(spells):
    """Nobody is lost from sight: who left otherwise stays at risk for ever, with weight 1 (Fine and Gray 1999)."""
    _, exits, causes, trait, _ = columns(spells)
    causes = np.where(causes == 0, 2, causes)
    assume((causes == 1).any() and np.ptp(trait) > 0)
    kept = np.where(causes == 2, exits.max() + 1.0, exits)
    try:
        by_cox = cox(kept, causes == 1, trait, ties="breslow", robust=True)
    except EstimationError:
        with pytest.raises(EstimationError):
            fine_gray(exits, causes, trait)
        return
    found = fine_gray(exits, causes, trait)
    assert found.coefficients == pytest.approx(by_cox.coefficients, rel=1e-6, abs=1e-8)
    assert found.covariance == pytest.approx(by_cox.covariance, rel=1e-6, abs=1e-10)


@given(SPELLS)
def test_groups_may_be_named_in_any_order(spells):
    _, exits, causes, _, _ = columns(spells)
    assume((causes == 1).any())
    arm = np.arange(len(exits)) % 2
    names = np.where(arm == 1, "a", "b")
    for test in (
        lambda groups: gray_test(exits, causes, groups),
        lambda groups: log_rank(exits, causes > 0, groups),
    ):
        try:
            one, other = test(arm), test(names)
        except np.linalg.LinAlgError:
            pytest.fail("a test without spread must be refused in words")
        except EstimationError:
            continue
        assert one.statistic == pytest.approx(other.statistic, abs=1e-9)
        assert one.observed.sum() == pytest.approx(one.expected.sum())


@given(SPELLS)
def test_cutting_at_the_start_keeps_time_and_events(spells):
    started, exits, causes, _, _ = columns(spells)
    assume((causes > 0).any())
    rows = participation_stretches(exits, causes, np.where(started == 0, np.nan, started))
    assert (rows.exits - rows.entries).sum() == pytest.approx(exits.sum())
    assert np.sum(rows.causes > 0) == np.sum(causes > 0)
    assert np.all(rows.entries < rows.exits)
    # Time as a participant is what is left after the start.
    part = ((rows.exits - rows.entries) * rows.participates).sum()
    assert part == pytest.approx(np.clip(exits - started, 0.0, None)[started > 0].sum())


def test_who_finds_work_while_waiting_waited():
    """Starts at 5, work at 3: never took part. Starts at 5, work at 5: found it as the wait ended."""
    rows = participation_stretches([3.0, 5.0, 8.0], [1, 1, 1], [5.0, 5.0, 5.0])
    assert rows.entries.tolist() == [0.0, 0.0, 0.0, 5.0]
    assert rows.exits.tolist() == [3.0, 5.0, 5.0, 8.0]
    assert rows.causes.tolist() == [1, 1, 0, 1]
    assert rows.participates.tolist() == [0.0, 0.0, 0.0, 1.0]
    assert rows.clients.tolist() == [0, 1, 2, 2]


def test_difference_in_incidence_by_hand():
    """Treated leave for work at 1, 2 of four, one otherwise at 2.

    Others one at 3 of four: shares .5 and .25 at 3.
    """
    exits, causes, arm = (
        [1, 2, 2, 4, 3, 4, 4, 4],
        [1, 1, 2, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 0, 0, 0, 0],
    )
    found = estimate_incidence(exits, causes, arm, at=3.0)
    assert found.estimate == pytest.approx(0.25)
    # Without censoring it is a share: variances .5 * .5 / 4 and .25 * .75 / 4.
    assert found.error == pytest.approx(np.sqrt(0.25 / 4 + 0.1875 / 4))
