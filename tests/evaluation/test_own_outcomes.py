"""Outcomes of one's own: asked of simulated registers and of real ones by one plain function."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.preanalysis_plan import read_plan
from pilotsim.evaluation.reading import identity_of, read_evaluation
from pilotsim.evaluation.register import register_outcome
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.run import manifest_of
from pilotsim.evaluation.trial import try_draws
from pilotsim.language.catalogue import translate_error
from pilotsim.model.own_code import REGISTERED
from tests.evaluation.own_modules import allowed_module, forget, unregister
from tests.evaluation.pilots import build
from tests.evaluation.registers import panel_of, plan_of, two_arms
from tests.evaluation.test_own_estimators import plan_in

NAME = "office_outcomes"
MODULE = '''"""What the office counts as settled."""

from pilotsim.evaluation.register import register_outcome

ENOUGH = 1


def settled(work, other_benefit):
    """In work, or with another right."""
    return 1 if work + other_benefit >= ENOUGH else 0


register_outcome("settled", settled)
'''
OTHER = MODULE.replace("ENOUGH = 1", "ENOUGH = 2")
SETTLED = {"outcome": "settled", "at": "12 months"}
ALONE = {
    "begins": "2015-01-01",
    "code": {"settled": NAME},
    "inquiries": {"settled": SETTLED},
    "answers": {"settled": {"estimator": "difference", "inquiry": "settled"}},
    "designs": {"lottery": {"lottery": {}, "answers": "settled"}},
    "draws": 4,
}
STATES = ("settled", "work", "other_benefit")
BESIDE = ALONE | {
    "inquiries": {name: SETTLED | {"outcome": name} for name in STATES},
    "answers": {name: {"estimator": "difference", "inquiry": name} for name in STATES},
    "designs": {"lottery": {"lottery": {}, "answers": list(STATES)}},
}


@pytest.fixture
def allowed(tmp_path, monkeypatch):
    with allowed_module(NAME, MODULE, tmp_path, monkeypatch) as write:
        yield write


def test_it_is_asked_as_any_other(allowed, tmp_path):
    """Work and other benefits shut each other out: their effects add up to that of either."""
    found = try_draws(build(tmp_path, **BESIDE)[0], "prior", range(4), None)
    estimate = [found["estimate"][found["tried"] == k] for k in range(3)]
    truth = [found["truth"][found["tried"] == k] for k in range(3)]
    assert estimate[0] == pytest.approx(estimate[1] + estimate[2], abs=1e-12)
    assert truth[0] == pytest.approx(truth[1] + truth[2], abs=1e-12)
    assert abs(estimate[2]).max() > 0


def off(on_assistance):
    return 1 - on_assistance


def both(in_work, on_assistance):
    return in_work * on_assistance


@pytest.fixture
def registered():
    register_outcome("off", off)
    register_outcome("both", both)
    yield
    unregister(__name__)


def test_a_month_in_which_anything_is_missing_is_missing(registered):
    panel = panel_of([1, 1, 0, 0], [[1], [0], [1], [0]], lost=[[0], [1], [0], [0]])
    assert panel.outcome("off").ravel().tolist() == pytest.approx([1, np.nan, 1, 0], nan_ok=True)
    assert panel.outcome("both").ravel().tolist() == pytest.approx([0, np.nan, 0, 0], nan_ok=True)


def test_a_real_register_is_asked_by_the_same_function(registered):
    panel = panel_of(*two_arms(60, 50, 30, 20))
    code = {"off": {"module": off.__module__, "version": REGISTERED["off"].version}}
    own = analyse(panel, plan_of({"asked": {"outcome": "off", "reached": "1 month"}}, code=code))
    usual = analyse(panel, plan_of({"asked": {"reached": "1 month"}}))
    [found], [wanted] = own.findings, usual.findings
    assert found.effect.estimate == wanted.effect.estimate
    assert found.effect.estimate == pytest.approx(30 / 60 - 20 / 50, abs=0.01)


def mistyped(wrk):
    return wrk


def nothing():
    return 1


@pytest.mark.parametrize(
    ("name", "function", "says"),
    [
        ("odd", mistyped, "a month has no 'wrk'; did you mean 'work'?"),
        ("amount", off, "'amount' is an outcome of the register itself"),
        ("none", nothing, "asks for 0 things of a month; expected 1 to 4"),
    ],
)
def test_what_no_month_has_is_refused(name, function, says):
    with pytest.raises(RequestError) as caught:
        register_outcome(name, function)
    assert says in str(caught.value)
    assert translate_error(caught.value, "nb") != str(caught.value)


def twice(work):
    return 2 * work


def test_what_neither_counts_nor_does_not_is_named():
    register_outcome("twice", twice)
    try:
        with pytest.raises(RequestError, match="gives neither 1 nor 0 for work = 1"):
            panel_of([1, 0], [[1], [0]]).outcome("twice")
    finally:
        unregister(__name__)


def test_a_file_says_whose_outcomes_it_uses(allowed, tmp_path):
    build(tmp_path, **ALONE)
    with pytest.raises(FlowError, match="'settled' is code of one's own; say whose"):
        build(tmp_path, **ALONE | {"code": {}})


def test_a_plan_is_read_with_the_version_that_was_filed_alone(allowed, tmp_path):
    build(tmp_path, **ALONE)
    file = plan_in(tmp_path)
    plan, unchanged = read_plan(file)
    filed = REGISTERED["settled"].version
    assert unchanged
    assert {name: one.version for name, one in plan.code.items()} == {"settled": filed}
    allowed(OTHER)
    with pytest.raises(FlowError, match=f"the plan was filed with {filed}"):
        read_plan(file)


def test_a_plan_asks_for_no_other_outcome_beside_it(registered):
    """Those in work, those on assistance and those in neither tell how many are in both."""
    version = REGISTERED["off"].version
    asked = {"a": {"outcome": "off", "at": "1 month"}, "b": {"at": "1 month"}}
    with pytest.raises((FlowError, QuantityFault), match="ask for it alone"):
        plan_of(asked, code={"off": {"module": off.__module__, "version": version}})


def test_another_version_neither_goes_on_nor_answers_elsewhere(allowed, tmp_path):
    cells = build(tmp_path, **ALONE)
    sent = pickle.dumps(cells[0])
    here = try_draws(pickle.loads(sent), "prior", range(2), None)["estimate"]
    identity = identity_of(tmp_path / "evaluation.yaml")
    first = manifest_of(cells[0], identity).identity["code settled"]
    forget(NAME)
    there = try_draws(pickle.loads(sent), "prior", range(2), None)["estimate"]
    assert there.tolist() == here.tolist()
    allowed(OTHER)
    with pytest.raises(RequestError, match=r"is version [0-9a-f]{16} here"):
        try_draws(pickle.loads(sent), "prior", range(2), None)
    again = read_evaluation(tmp_path / "evaluation.yaml")
    assert manifest_of(again[0], identity).identity["code settled"] != first
