"""Each answer on a real register is worked out with a library too, and is given where both agree."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError
from pilotsim.base.languages import LANGUAGES
from pilotsim.effects.references.second_fit import Reference
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import (
    WITHOUT_REFERENCE,
    ask,
    find_estimator,
    known_estimators,
    make_strategy,
    registration,
)
from pilotsim.evaluation.reference import compare_with_reference, find_reference, judge_agreement
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.evaluation.strategy import Strategy, StrategySample
from pilotsim.language.catalogue import translate
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.fifteen_districts import BEFORE, districts_panel
from tests.evaluation.registers import panel_of, plan_of
from tests.evaluation.test_estimators import rows_of
from tests.recovery.lots import DESIGNS, Design, register

AT, SUM, EVER, WAIT = (
    Estimand(kind, 9, "in_work", kind) for kind in ("at", "cumulated", "reached", "months_until")
)
PAID = Estimand("paid", 9, "amount", "cumulated")
EVERYBODY = Estimand("all", 9, "in_work", "at", "everyone", world="programme")
COMPLY = Estimand("at", 9, "in_work", "at", "compliers")
LIMIT = Estimand("at", 9, "in_work", "at", "at_limit")
START = Estimand("since", 9, "in_work", "since_offer")
MONTH = Estimand("after", 9, "in_work", "after_offer")
LATER = (
    Design("named", {"districts": {"named": ["a", "b", "c"]}}),
    Design("limit", {"limit": {"trait": "age", "below": 0}}),
)
BY_NAME = {design.name: design for design in (*DESIGNS, *LATER)}
TRAITS = ("past", "age")

# Each estimator with the design, the question, the covariates and options that it is held under, to how many
# digits at least, and whether the standard error is compared as well.
CASES: tuple[tuple[str, str, Estimand, tuple[str, ...], dict[str, Any], int, bool], ...] = (
    ("difference", "clients", AT, (), {}, 8, True),
    ("difference", "clients", PAID, (), {"errors": "HC3"}, 8, True),
    ("difference", "clients in blocks", AT, (), {}, 8, True),
    ("difference", "pairs of clients", AT, (), {}, 8, True),
    ("difference", "4 of 8 districts", SUM, (), {}, 8, True),
    ("difference", "4 of 8 districts in strata", AT, (), {}, 8, True),
    ("difference", "4 pairs of districts", WAIT, (), {}, 8, True),
    ("difference", "4 of 8 districts", AT, (), {"errors": "wild"}, 8, False),
    ("difference", "4 of 8 districts", AT, (), {"errors": "CR1"}, 8, True),
    ("adjusted", "clients in blocks", AT, TRAITS, {}, 8, True),
    ("adjusted", "4 of 8 districts", AT, TRAITS, {}, 8, True),
    ("adjusted", "pairs of clients", AT, TRAITS, {}, 8, True),
    ("lin", "clients", AT, TRAITS, {}, 8, True),
    ("lin", "clients", AT, TRAITS, {"of": "population"}, 8, True),
    ("lin", "pairs of clients", AT, TRAITS, {}, 8, True),
    ("clustered", "4 of 8 districts", AT, (), {}, 8, True),
    ("cluster_means", "4 of 8 districts", AT, (), {}, 8, True),
    ("cluster_means", "4 of 8 districts", AT, (), {"weights": "equal"}, 8, True),
    ("blocked", "clients in blocks", AT, (), {}, 8, True),
    ("blocked", "clients in blocks", AT, (), {"weights": "precision"}, 8, True),
    ("randomisation", "clients in blocks", AT, (), {}, 8, False),
    ("randomisation", "4 of 8 districts in strata", AT, (), {}, 8, False),
    ("iv", "encouragement", COMPLY, (), {}, 8, True),
    ("iv", "encouragement", COMPLY, TRAITS, {"errors": "classical"}, 8, True),
    ("iv", "encouragement", COMPLY, TRAITS, {"errors": "HC2"}, 8, False),
    ("discontinuity", "limit", LIMIT, (), {}, 2, True),
    ("ipw", "clients", AT, TRAITS, {}, 4, True),
    ("ipw", "clients", EVERYBODY, TRAITS, {"target": "ATE", "link": "probit"}, 4, True),
    ("overlap", "clients", AT, TRAITS, {}, 5, False),
    ("regression", "clients", AT, TRAITS, {}, 4, True),
    ("doubly_robust", "clients", AT, TRAITS, {}, 5, False),
    ("aipw", "clients", EVERYBODY, TRAITS, {"target": "ATE"}, 4, True),
    ("before_after", "clients", AT, (), {}, 8, True),
    ("did", "clients", SUM, (), {}, 8, True),
    ("did", "4 of 8 districts", AT, (), {}, 8, True),
    ("did", "4 pairs of districts", AT, (), {}, 8, True),
    ("staggered", "waiting list", MONTH, (), {}, 8, True),
    ("staggered", "4 of 8 districts", AT, (), {}, 8, True),
    ("staggered", "clients", AT, TRAITS, {}, 2, True),
    ("event_study", "named", START, (), {}, 8, True),
    ("imputation", "waiting list", START, (), {}, 6, False),
    ("imputation", "clients", MONTH, (), {}, 6, False),
    ("sun_abraham", "clients", START, (), {}, 6, False),
    ("sun_abraham", "clients", MONTH, (), {}, 6, False),
    ("stepped_wedge", "steps", START, (), {}, 6, True),
    ("stepped_wedge", "steps in strata", MONTH, (), {}, 6, True),
    ("stepped_wedge", "steps", START, (), {"time": "constant"}, 6, True),
    ("stepped_wedge", "steps", START, (), {"method": "permutation", "draws": 99}, 6, False),
    ("interrupted", "named", SUM, (), {}, 4, True),
    ("interrupted", "named", AT, (), {"alone": True, "skip": 1}, 4, True),
    ("incidence", "clients", EVER, (), {}, 8, True),
    ("kaplan_meier", "clients", EVER, (), {}, 8, True),
    ("restricted_mean", "clients", WAIT, (), {}, 8, False),
    ("time_lost", "clients", WAIT, (), {}, 8, False),
    ("cox", "clients", EVER, TRAITS, {}, 5, True),
    ("discrete_hazard", "clients", EVER, TRAITS, {}, 4, True),
    ("discrete_hazard", "clients", EVER, TRAITS, {"link": "logit"}, 4, True),
    ("participation", "encouragement", replace(EVER, who="treated"), TRAITS, {}, 5, True),
    ("log_rank", "clients", EVER, (), {}, 5, False),
)


@cache
def sample_of(name: str) -> StrategySample:
    if name != "fifteen":
        return register(0, BY_NAME[name])
    panel = districts_panel(3, 0.1)
    return StrategySample(
        panel,
        (panel.district == 0).astype(float),
        np.full(len(panel), np.nan),
        BEFORE,
        Design("one", {"districts": {"named": ["d00"]}}).strategy,
    )


def case_of(case: tuple[Any, ...]) -> tuple[Strategy, StrategySample]:
    name, design, asked, covariates, options = case[:5]
    strategy = make_strategy("x", name, asked, covariates=covariates, options=options)
    return strategy, sample_of(design)


def name_of(case: tuple[Any, ...]) -> str:
    return "-".join([case[0], case[1], case[2].name, *map(str, case[4].values())])


def test_every_estimator_has_a_reference_or_a_reason():
    lacking = {name for name, own in known_estimators().items() if own.reference is None}
    assert lacking == set(WITHOUT_REFERENCE)
    assert {case[0] for case in CASES} == set(known_estimators()) - lacking


def test_the_documentation_says_what_each_is_held_against():
    rows = rows_of("### What each is held against")
    assert set(rows) == set(known_estimators())
    for name, reason in WITHOUT_REFERENCE.items():
        assert rows[name] == ["none", reason]
    for case in CASES:
        strategy, sample = case_of(case)
        reference = find_reference(strategy, sample)
        model = re.split(r"[,;.]", reference.call)[0]
        assert reference.package in rows[case[0]][0]
        assert f"`{model}`" in rows[case[0]][0]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_both_agree(case):
    strategy, sample = case_of(case)
    effect = ask(strategy, sample)
    reference, agreement = compare_with_reference(strategy, sample, effect)
    assert reference is not None, agreement.says
    assert agreement.agrees, (effect.estimate, reference.estimate, effect.error, reference.error)
    assert agreement.digits >= case[5]
    assert (math.isfinite(effect.error) and math.isfinite(reference.error)) or not case[6]
    assert reference.results is not None
    assert agreement.version == reference.version


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_a_number_that_is_a_little_wrong_is_found(case):
    """The control: a twentieth of its error away, or its error a twentieth larger, it is another answer."""
    strategy, sample = case_of(case)
    effect = ask(strategy, sample)
    reference, _ = compare_with_reference(strategy, sample, effect)
    if effect.scale == "test":
        wrong = [replace(effect, p=effect.p * 1.05)]
    else:
        error = effect.error if math.isfinite(effect.error) else abs(effect.estimate)
        wrong = [
            replace(effect, estimate=effect.estimate + 0.05 * max(error, abs(effect.estimate)))
        ]
        wrong += [replace(effect, error=effect.error * 1.05)] if case[6] else []
    assert [judge_agreement(one, reference).agrees for one in wrong] == [False] * len(wrong)


def test_a_sign_is_a_difference_and_rounding_is_none():
    strategy, sample = case_of(CASES[0])
    effect = ask(strategy, sample)
    reference, _ = compare_with_reference(strategy, sample, effect)
    flipped = replace(effect, estimate=-effect.estimate)
    assert judge_agreement(flipped, reference).agrees is False
    nothing = replace(effect, estimate=1e-17)
    zero = replace(reference, estimate=-3e-16)
    assert judge_agreement(nothing, zero).agrees


@pytest.mark.parametrize(
    ("name", "design", "asked", "options"),
    [
        ("aipw", "clients", AT, {"target": "ATT"}),
        ("entropy", "clients", AT, {}),
        ("cluster_means", "4 of 8 districts", AT, {"weights": "variance"}),
        ("interrupted", "named", AT, {"model": "hac"}),
        ("stepped_wedge", "steps", START, {"method": "gee"}),
    ],
)
def test_where_no_library_is_asked_it_is_said(name, design, asked, options):
    covariates = TRAITS if name in ("aipw", "entropy") else ()
    strategy = make_strategy("x", name, asked, covariates=covariates, options=options)
    found, agreement = compare_with_reference(
        strategy, sample_of(design), ask(strategy, sample_of(design))
    )
    assert found is None
    assert agreement.agrees is None
    assert agreement.digits is None
    assert agreement.says.startswith("worked out by the program alone: ")
    for language in LANGUAGES:
        assert language == "en" or translate(agreement.says, language) != agreement.says


def with_reference(monkeypatch, name: str, found: Any) -> None:
    """Let an estimator's reference be another, for a test."""

    def reference(sample: StrategySample, strategy: Strategy) -> Any:
        if isinstance(found, Exception):
            raise found
        return found

    changed = replace(find_estimator(name), reference=reference)
    monkeypatch.setitem(registration._REGISTERED, name, changed)


def small_register(seed: int = 1) -> Any:
    draws = np.random.default_rng(seed)
    arm = np.repeat([1.0, 0.0], 200)
    work = (draws.uniform(size=(400, 3)) < np.where(arm == 1.0, 0.5, 0.3)[:, None]).astype(float)
    return panel_of(arm, work)


PLAN = {"in_work": {"at": "3 months"}}


def test_the_result_says_with_what_each_answer_was_worked_out_too():
    found = analyse(small_register(), plan_of(PLAN))
    for language, said in (
        ("en", "estimate and standard error agree to"),
        ("nb", "estimat og standardfeil er like i"),
        ("sv", "skattning och standardfel är lika i"),
    ):
        text = write_markdown(document_of(found, language, with_figures=False))
        assert said in text
        assert "(OLS, HC2)" in text
    (entry,) = document_of(found, "en", with_figures=False).record["references"]
    assert entry["agrees"] is True
    assert entry["digits"] >= 8
    assert entry["library"] == "statsmodels"


def test_the_library_s_own_results_are_there_for_an_analyst_and_stay_behind_the_gate():
    panel, plan = small_register(), plan_of(PLAN)
    (raw,) = work_out(panel, plan).findings
    assert raw.reference.results.params[1] == pytest.approx(raw.effect.estimate)
    assert raw.reference.results.model.endog.shape == (400,)
    (released,) = analyse(panel, plan).findings
    assert released.reference is None
    assert released.agreement == raw.agreement


def test_an_answer_that_a_library_does_not_agree_with_is_refused_with_both_numbers_withheld(
    monkeypatch,
):
    panel, plan = small_register(), plan_of(PLAN)
    (right,) = analyse(panel, plan).findings
    wrong = Reference("statsmodels", "OLS, HC2", object(), 0.123456, right.effect.error)
    with_reference(monkeypatch, "difference", wrong)
    found = analyse(panel, plan)
    (refused,) = found.findings
    assert refused.effect is None
    assert refused.path == ()
    assert refused.evidence is None
    assert not len(found.redrawn)
    for language, said in (("en", "use neither"), ("nb", "bruk ingen"), ("sv", "använd inget")):
        document = document_of(found, language, with_figures=False)
        text = write_markdown(document) + write_json(document)
        assert said in text
        for number in (right.effect.estimate, wrong.estimate):
            points = f"{100 * number:.1f}"
            assert points not in text
            assert points.replace(".", ",") not in text
    (entry,) = document.record["references"]
    assert entry["agrees"] is False
    assert entry["digits"] is None


@pytest.mark.parametrize("fault", [ValueError("x"), np.linalg.LinAlgError("x"), RuntimeError("x")])
def test_a_library_that_cannot_work_on_the_data_refuses_nothing_but_is_named(monkeypatch, fault):
    with_reference(monkeypatch, "difference", fault)
    (found,) = analyse(small_register(), plan_of(PLAN)).findings
    assert found.effect is not None
    assert found.agreement.says == (
        "worked out by the program alone: the library could not work on these data"
    )


@pytest.mark.parametrize("fault", [OSError(5, "x"), ImportError("x"), MemoryError()])
def test_what_the_machine_does_is_no_answer_of_a_library(monkeypatch, fault):
    """An analysis would say that a library cannot work on the data, where nobody asked it."""
    with_reference(monkeypatch, "difference", fault)
    with pytest.raises(type(fault)):
        analyse(small_register(), plan_of(PLAN))


def test_what_scores_designs_asks_no_library(monkeypatch):
    """Nor loads one: `ask` answers with statsmodels and diff-diff unseen."""
    with_reference(monkeypatch, "difference", AssertionError("asked"))
    strategy, sample = case_of(CASES[0])
    ask(strategy, sample)
    says = (
        "import sys\n"
        "from pilotsim.evaluation.estimators import ask, make_strategy\n"
        "from pilotsim.evaluation.estimands import Estimand\n"
        "from tests.recovery.lots import DESIGNS, register\n"
        "ask(make_strategy('x', 'difference', Estimand('a', 9)), register(0, DESIGNS[0]))\n"
        "print({'statsmodels', 'diff_diff'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_month_in_which_nobody_is_seen_is_a_gap_and_no_zero():
    """A series that falls to 0 for want of clients would look like an effect."""
    strategy, sample = case_of(("interrupted", "named", SUM, (), {}))
    assert math.isfinite(ask(strategy, sample).estimate)
    unseen = sample.panel.in_work.copy()
    unseen[sample.arm == 0.0, 3] = np.nan
    with pytest.raises(EstimationError, match="month 3 is missing"):
        ask(strategy, replace(sample, panel=replace(sample.panel, in_work=unseen)))
