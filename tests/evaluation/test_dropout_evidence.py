"""Beside a comparison of arms with missing outcomes: bounds that hold the truth, and weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotsim.effects import estimate_difference, weigh_for_loss
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.language.catalogue import translate
from tests.evaluation.fifteen_districts import districts_panel, plan_of


def lost_by_trait(seed, clients=4000):
    """An effect of 2 where the trait counts 3, and who has it is lost more often where treated."""
    draws = np.random.default_rng(seed)
    trait, arm = draws.integers(0, 2, clients), draws.integers(0, 2, clients)
    outcome = 2.0 * arm + 3.0 * trait + draws.normal(size=clients)
    lost = draws.uniform(size=clients) < np.where(arm == 1, 0.1 + 0.6 * trait, 0.1)
    return np.where(lost, np.nan, outcome), arm, trait[:, None].astype(float)


def test_weights_bring_back_what_a_trait_took_away():
    found = [weigh_for_loss(*lost_by_trait(seed)) for seed in range(20)]
    estimates = np.array([own.estimate for own in found])
    assert abs(estimates.mean() - 2.0) < 3 * estimates.std(ddof=1) / np.sqrt(20)
    plain = np.mean([estimate_difference(*lost_by_trait(seed)[:2]).estimate for seed in range(5)])
    assert plain < 1.5
    held = np.mean([own.low <= 2.0 <= own.high for own in found])
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 20)


def test_without_any_loss_weights_change_nothing():
    outcome, arm, trait = lost_by_trait(1)
    full = np.nan_to_num(outcome)
    assert weigh_for_loss(full, arm, trait).estimate == pytest.approx(
        estimate_difference(full, arm).estimate
    )


WORDS = {
    "nb": "av utfallene mangler",
    "en": "of the outcomes are missing",
    "sv": "av utfallen saknas",
}


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_the_result_tells_the_bounds_where_outcomes_are_missing(language):
    panel = districts_panel(1, 0.2, districts=4, treated=2, clients=200)
    trait = (np.arange(len(panel)) % 2).astype(float)
    own = plan_of(
        {"a": {"estimator": "difference", "inquiry": "late"}},
        {"late": {"at": "12 months"}},
        rule={"lottery": {}},
        balance=["past"],
    )
    arm = (panel.district < 2).astype(float)
    traits = {"past": trait, "assigned": arm}
    # Clients were drawn, in one district.
    panel = replace(panel, traits=traits, district=np.zeros_like(panel.district), districts=("a",))
    none = [str(note) for note in analyse(panel, own).findings[0].effect.notes]
    assert not any("missing" in note for note in none)
    work = panel.in_work.copy()
    work[::7, -1] = np.nan
    shown = analyse(replace(panel, in_work=work), own).findings[0]
    said = [translate(note, language) for note in shown.effect.notes]
    assert any(WORDS[language] in one for one in said), said
    assert any("(Lee)" in one for one in said)
    assert any("past" in one for one in said)
