"""Whose effect a number is: of the encouraged, of those whom that moves, at a limit, and either way."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.evaluation.estimands import Estimand, Pair, limit_weights, sums_of
from pilotsim.evaluation.estimators import ask, check_under, make_strategy
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.output.views.plan import document_of_plan
from pilotsim.output.views.register_analysis import document_of_register_analysis
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.planted import LISTED, RULES, half, plan_of, planted, register, uniforms

MONTHS = 36
RULE = {"encouragement": {"encouraged": "60 %", "otherwise": "10 %"}}
ITT, LATE = {"at": "12 months", "who": "encouraged"}, {"at": "12 months", "who": "compliers"}


def encouraged(draw, size=4000):
    """60 % of the encouraged are offered it and start, 10 % of the others; it lifts by 30 points."""
    lot, answer = half(draw, "lot", size), uniforms(draw, "answer", size)
    takes = answer < np.where(lot == 1.0, 0.6, 0.1)
    lots = uniforms(draw, "work", size * MONTHS).reshape(size, MONTHS)
    since = (np.arange(MONTHS) >= LISTED) & takes[:, None]
    # Who takes it whatever happens is also more often in work without it.
    chance = 0.3 + 0.2 * (answer < 0.1)[:, None] + 0.3 * since
    offered = np.where(takes, float(LISTED), np.inf)
    return register((lots < chance).astype(float), offered, traits={"assigned": lot})


def both_of(**more):
    answers = {
        "itt": {"estimator": "difference", "inquiry": "itt"},
        "late": {"estimator": "iv", "inquiry": "late"},
        "drawn": {"estimator": "randomisation", "inquiry": "itt"},
    }
    return plan_of(RULE, answers, {"itt": ITT, "late": LATE}, **more)


def test_the_encouragement_and_the_programme_are_two_questions_with_two_answers():
    """Half are moved: 30 points for each of them are 15 for each of the encouraged."""
    found = analyse(encouraged(7), both_of())
    itt, late, drawn = (one.effect for one in found.findings)
    assert abs(itt.estimate - 0.15) < 3.0 * itt.error
    assert abs(late.estimate - 0.30) < 3.0 * late.error
    assert drawn.estimate == pytest.approx(itt.estimate, abs=1e-3)
    # The control: neither is the other's.
    assert abs(itt.estimate - 0.30) > 5.0 * itt.error
    assert abs(late.estimate - 0.15) > 3.0 * late.error


def test_it_is_unbiased_for_the_truth_of_the_same_clients():
    misses = []
    for draw in range(40):
        world = planted("encouragement", draw, 600)
        asked = Estimand("asked", 6, "in_work", "at", "encouraged")
        strategy = make_strategy("a", "difference", asked)
        misses.append(ask(strategy, world.sample).estimate - world.truth(asked))
    assert abs(np.mean(misses)) < 3.0 * np.std(misses, ddof=1) / np.sqrt(len(misses))
    # The control: the effect on those whom it moves is larger than chance could make it.
    moved = planted("encouragement", 1, 600).truth(Estimand("x", 6, who="compliers"))
    assert moved > 1.5 * planted("encouragement", 1, 600).truth(Estimand("x", 6, who="encouraged"))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("those encouraged", "those who start when offered or encouraged")),
        (
            "nb",
            ("de som ble oppfordret", "de som begynner når de får tilbudet eller oppfordringen"),
        ),
        ("sv", ("de som uppmuntrades", "de som börjar när de får erbjudandet eller uppmuntran")),
    ],
)
def test_every_table_names_whose_effect_it_is(language, words):
    plan = both_of()
    found = analyse(encouraged(7, 600), plan)
    for document in (
        document_of_register_analysis(found, language, with_figures=False),
        document_of_plan(plan, language),
    ):
        text = write_markdown(document)
        for word in words:
            assert word in text


def test_who_is_encouraged_is_asked_of_encouragement_alone():
    with pytest.raises((FlowError, RequestError), match="ask who: encouraged"):
        plan_of(
            RULE,
            {"a": {"estimator": "difference", "inquiry": "q"}},
            {"q": {"at": "12 months"}},
        )
    with pytest.raises((FlowError, RequestError), match="nobody is encouraged in this design"):
        plan_of({"lottery": {}}, {"a": {"estimator": "difference", "inquiry": "q"}}, {"q": ITT})


def test_an_overlap_answers_for_those_who_could_have_gone_either_way():
    from pilotsim.evaluation.designs import DataStrategy

    chosen = DataStrategy.model_validate(RULES["chosen"])
    for who in ("offered", "either_way"):
        asked = make_strategy("a", "overlap", Estimand("x", 6, who=who), covariates=("record",))
        if who == "either_way":
            check_under(asked, chosen, is_plan=True)
            continue
        with pytest.raises(RequestError, match="ask who: either_way"):
            check_under(asked, chosen, is_plan=True)


def test_the_weights_at_a_limit_follow_a_straight_line_to_it():
    below = np.random.default_rng(3).uniform(0.0, 10.0, 500)
    weights = limit_weights(below)
    assert np.average(5.0 + 2.0 * below, weights=weights) == pytest.approx(5.0)
    assert weights.sum() == pytest.approx((below < np.median(below)).sum())
    assert limit_weights(np.zeros(0)).sum() == 0.0
    # The control: the plain mean of those below is another number.
    assert (5.0 + 2.0 * below).mean() > 10.0


@pytest.mark.parametrize(("kind", "truth"), [("after_offer", 0.5), ("since_offer", 1.0 / 3.0)])
def test_what_counts_from_the_own_offer_is_about_all_who_are_seen_so_long(kind, truth):
    """Three clients offered it in months 12, 24 and 31 of 36; the first two gain nothing and all.

    Of the six months from the offer the second is in work in the last two thirds; the third is seen
    for five months and does not count. By listing the second would not count either.
    """
    offered = np.array([12.0, 24.0, 31.0])
    with_it = np.zeros((3, MONTHS))
    with_it[1, 26:] = 1.0
    with_it[2, 31:] = 1.0
    present, absent = register(with_it, offered), register(np.zeros((3, MONTHS)), offered)
    everybody = np.ones(3, bool)
    pair = Pair(present, absent, everybody, everybody, everybody, LISTED)
    top, bottom = sums_of(Estimand("x", 6, kind=kind), pair)
    assert bottom == 2.0
    assert top / bottom == pytest.approx(truth)


def test_the_threat_is_about_all_who_are_seen_so_long_after_their_offer():
    """Offered it in months 12, 24 and 31 of 36, they start five months on, or never.

    With the programme the second leaves assistance in month 26, between the two. The third leaves
    at once, but is seen for five months of six and does not count; nor does the last, who is never
    offered it. By the months since the listing the second did not count, and nobody left.
    """
    offered = np.array([12.0, 24.0, 31.0, np.inf])
    started = np.array([17.0, 29.0, np.inf, np.inf])
    with_it = np.zeros((4, MONTHS))
    with_it[1, 26] = with_it[0, 17] = 1.0
    with_it[2, 31:] = with_it[3, 12:] = 1.0
    without = register(np.zeros((4, MONTHS)), offered, started=started)
    present = register(with_it, offered, started=started)
    everybody = np.ones(4, bool)
    pair = Pair(present, without, everybody, everybody, everybody, LISTED)
    for who in ("offered", "everyone"):
        assert sums_of(Estimand("x", 6, kind="threat", who=who), pair) == (1.0, 2.0)
    assert sums_of(Estimand("x", 6, kind="threat", who="not_offered"), pair) == (0.0, 0.0)
