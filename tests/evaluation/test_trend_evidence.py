"""Beside each difference in differences: the trends before, and what the effect bears of them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects import EffectPath
from pilotsim.evaluation import trend_evidence as trend_evidence_module
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.register_analysis import analyse, take_sample
from pilotsim.evaluation.trend_evidence import look_at_trends, trend_evidence
from pilotsim.language.catalogue import translate
from tests.evaluation.fifteen_districts import districts_panel, plan_of

AT_12 = {"late": {"at": "12 months"}}
DID = {"did": {"estimator": "did", "inquiry": "late"}}


def plan(**parts):
    rule = {"districts": {"named": ["d00", "d01", "d02", "d03"]}}
    return plan_of(DID, AT_12, rule=rule, **parts)


def evidence(seed, **parts):
    own = plan()
    panel = districts_panel(seed, districts=8, treated=4, clients=150, **parts)
    return trend_evidence(take_sample(panel, own)[2], own.strategies()[0])


def test_a_drift_is_seen_and_allowed_for():
    """1.5 points a month: the test of the trends sees it, and the bounds hold the planted effect."""
    drifting = [evidence(seed, effect=0.1, drift=0.015) for seed in range(8)]
    even = [evidence(seed, effect=0.1) for seed in range(8)]
    assert all(found.months == 3 for found in even)
    assert np.median([found.before.p for found in drifting]) < 0.01
    assert np.median([found.before.p for found in even]) > 0.01
    assert np.mean([own.bounds.lows[0] <= 0.1 <= own.bounds.highs[0] for own in drifting]) > 0.8
    assert np.mean([own.bounds.low <= 0.1 <= own.bounds.high for own in drifting]) < 0.5
    # Twelve months of drift stand in the plain estimate.
    assert np.mean([own.bounds.estimate for own in drifting]) > 0.2


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_it_stands_in_the_released_result_with_its_figure(language):
    shown = analyse(districts_panel(1, 0.2, districts=8, treated=4, clients=150), plan())
    finding = shown.findings[0]
    said = [translate(note, language) for note in finding.effect.notes]
    words = {
        "nb": "i blokker på 3 måneder",
        "en": "in blocks of 3 months",
        "sv": "i block om 3 månader",
    }
    assert any(words[language] in one for one in said), said
    assert isinstance(finding.evidence, EffectPath)
    assert finding.evidence.at[0] < -1


def test_the_trends_are_looked_at_once_for_an_answer(monkeypatch):
    """What is said of them and what is drawn of them come from the same look."""
    seen = []

    def watched(sample, strategy):
        seen.append(strategy.name)
        return trend_evidence(sample, strategy)

    monkeypatch.setattr("pilotsim.evaluation.trend_evidence.trend_evidence", watched)
    shown = analyse(districts_panel(1, 0.2, districts=8, treated=4, clients=150), plan())
    assert isinstance(shown.findings[0].evidence, EffectPath)
    assert seen == ["did"]


def test_where_few_are_in_a_month_nothing_with_a_number_is_said():
    panel = districts_panel(1, 0.2, districts=8, treated=4, clients=150)
    few = panel.in_work.copy()
    few[:600, 3] = 0.0
    few[:2, 3] = 1.0
    shown = analyse(replace(panel, in_work=few), plan())
    said = [str(note) for note in shown.findings[0].effect.notes]
    assert any("is not told" in one for one in said)
    assert not any("blocks" in one for one in said)
    assert shown.findings[0].evidence is None


@pytest.mark.parametrize("estimator", ["imputation", "sun_abraham"])
@pytest.mark.parametrize(("inquiry", "truth"), [("since_offer", 0.15), ("after_offer", 0.15)])
def test_imputation_and_interactions_find_a_planted_effect(estimator, inquiry, truth):
    """15 points from the first month on, among clients whom somebody chose."""
    own = plan_of(
        {"a": {"estimator": estimator, "inquiry": "asked"}},
        {"asked": {inquiry: "6 months"}},
        rule={"caseworker": {"weights": {"past": 1}}},
    )
    found = []
    for seed in range(4):
        panel = districts_panel(seed, 0.15, districts=4, treated=2, clients=60)
        sample = take_sample(panel, own)[2]
        found.append(ask(own.strategies()[0], sample).estimate)
    assert abs(np.mean(found) - truth) < 3 * np.std(found, ddof=1) / 2 + 0.03
    assert np.mean(found) > 0.05


def test_why_trends_could_not_be_looked_at_names_the_answer_s_own_estimator(monkeypatch):
    """The reason named `group_time`, a function that no plan knows."""

    def refuse(*_):
        raise EstimationError(Message("{estimator}: nothing varies", estimator="group_time"))

    monkeypatch.setattr(trend_evidence_module, "trend_evidence", refuse)
    strategy = SimpleNamespace(estimator="did", estimand=SimpleNamespace(traits={}))
    found = look_at_trends(SimpleNamespace(among=lambda _: None), strategy)
    assert str(found) == "trends before could not be looked at: did: nothing varies"
