"""Estimators of one's own: a file says whose they are, and a plan is answered by the version it was filed with."""

from __future__ import annotations

import json
import pickle
import sys

import pytest
from click.testing import CliRunner

from pilotsim.base.errors import FlowError, RequestError, RunError
from pilotsim.cli import commands
from pilotsim.evaluation.preanalysis_plan import hash_of, read_plan
from pilotsim.evaluation.reading import identity_of, read_evaluation
from pilotsim.evaluation.run import evaluate, manifest_of
from pilotsim.evaluation.trial import try_draws
from pilotsim.language.catalogue import translate_error
from pilotsim.model.own_code import ALLOWED, REGISTERED
from tests.evaluation.own_modules import allowed_module, forget
from tests.evaluation.pilots import build

NAME = "office_estimators"
MODULE = '''"""An estimator of the office."""

from pilotsim.effects import estimate_difference
from pilotsim.evaluation.contract import DRAWN
from pilotsim.evaluation.estimators import register_estimator
from pilotsim.evaluation.estimators.arrays import take_outcome
from pilotsim.base.messages import Message

SHARE = 0.5


def halved(outcome, arm, level=0.95):
    """Half of the difference: whoever is cautious says no more."""
    return estimate_difference(SHARE * outcome, arm, level=level)


register_estimator(
    "halved", halved, takes=take_outcome, rests_on=Message("Caution"), contract=DRAWN
)
'''
OTHER = MODULE.replace("SHARE = 0.5", "SHARE = 0.25")
PARTS = {
    "begins": "2015-01-01",
    "code": {"halved": NAME},
    "answers": {
        "plain": {"estimator": "difference", "inquiry": "in_work"},
        "cautious": {"estimator": "halved", "inquiry": "in_work"},
    },
    "designs": {"lottery": {"lottery": {}, "answers": ["cautious", "plain"]}},
    "draws": 4,
}


@pytest.fixture
def allowed(tmp_path, monkeypatch):
    with allowed_module(NAME, MODULE, tmp_path, monkeypatch) as write:
        yield write


def plan_in(folder):
    """File the plan of the evaluation in a folder, and return its file."""
    run = CliRunner().invoke(
        commands,
        [
            "plan",
            str(folder / "evaluation.yaml"),
            "--out",
            str(folder / "plan"),
            "--language",
            "en",
        ],
    )
    if run.exception and not isinstance(run.exception, SystemExit):
        raise run.exception
    assert run.exit_code == 0, run.output
    return folder / "plan" / "plan.json"


def test_an_estimator_of_ones_own_is_asked_as_any_other(allowed, tmp_path):
    cells = build(tmp_path, **PARTS)
    found = try_draws(cells[0], "prior", range(4), None)
    plain = found["estimate"][found["tried"] == 1]
    assert found["estimate"][found["tried"] == 0] == pytest.approx(plain / 2)
    assert abs(plain).min() > 0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": {}}, "code: 'halved' is code of one's own; say whose: 'code: {halved: office_estimators}'"),
        ({"code": {"halved": NAME, "quartered": NAME}}, "code.quartered: the module 'office_estimators' registers no 'quartered'"),
        ({"code": {"halved": {"module": NAME, "version": "0123456789abcdef"}}}, "0123456789abcdef"),
    ],
    ids=["not named", "not registered", "another version"],
)  # fmt: skip
def test_a_file_says_whose_estimators_it_uses(allowed, tmp_path, change, says):
    build(tmp_path, **PARTS)
    with pytest.raises(FlowError) as caught:
        build(tmp_path, **PARTS | change)
    assert says in str(caught.value)


def test_reading_an_evaluation_starts_no_code(allowed, tmp_path, monkeypatch):
    allowed(MODULE + "\nraise SystemExit('started')\n")
    monkeypatch.delenv(ALLOWED)
    with pytest.raises(FlowError, match="no file may start code by itself"):
        build(tmp_path, **PARTS)
    assert NAME not in sys.modules


def test_a_plan_is_read_with_the_version_that_was_filed_alone(allowed, tmp_path):
    build(tmp_path, **PARTS)
    file = plan_in(tmp_path)
    plan, unchanged = read_plan(file)
    filed = REGISTERED["halved"].version
    assert unchanged
    assert {name: one.version for name, one in plan.code.items()} == {"halved": filed}
    assert filed in (tmp_path / "plan" / "plan.md").read_text("utf-8")

    allowed(OTHER)
    with pytest.raises(FlowError) as caught:
        read_plan(file)
    here = REGISTERED["halved"].version
    says = f"'halved' of the module 'office_estimators' is version {here} here; the plan was filed with {filed}"
    assert says in str(caught.value)
    assert here != filed
    assert "planen ble arkivert med" in translate_error(caught.value, "nb")
    assert "planen arkiverades med" in translate_error(caught.value, "sv")


def test_a_plan_that_leaves_the_version_out_is_refused(allowed, tmp_path):
    build(tmp_path, **PARTS)
    file = plan_in(tmp_path)
    content = json.loads(file.read_text("utf-8"))
    del content["code"]
    file.write_text(json.dumps(content | {"hash": hash_of(content)}), "utf-8")
    with pytest.raises(FlowError, match="'halved' is code of one's own; say whose"):
        read_plan(file)


def test_a_plan_without_estimators_of_ones_own_says_nothing_of_code(tmp_path):
    answers = {"plain": PARTS["answers"]["plain"]}
    build(
        tmp_path,
        begins="2015-01-01",
        answers=answers,
        designs={"lottery": {"lottery": {}, "answers": "plain"}},
    )
    assert "code" not in json.loads(plan_in(tmp_path).read_text("utf-8"))


def test_draws_are_not_gone_on_with_by_another_version(allowed, tmp_path):
    cells = build(tmp_path, **PARTS)
    identity = identity_of(tmp_path / "evaluation.yaml")
    evaluate(cells, folder=tmp_path / "runs", identity=identity)
    first = manifest_of(cells[0], identity)
    assert first.identity["code halved"] == f"{NAME} {REGISTERED['halved'].version}"
    allowed(OTHER)
    again = read_evaluation(tmp_path / "evaluation.yaml")
    with pytest.raises(
        RunError, match=r"the code 'halved': office_estimators [0-9a-f]{16} → office_estimators"
    ):
        evaluate(again, folder=tmp_path / "runs", identity=identity)


def test_where_the_draws_go_the_module_is_started_or_another_version_refused(
    allowed, tmp_path, monkeypatch
):
    sent = pickle.dumps(build(tmp_path, **PARTS)[0])
    here = try_draws(pickle.loads(sent), "prior", range(2), None)["estimate"]
    # Whoever sends the draws had the module: where they go nothing else needs to allow it.
    monkeypatch.delenv(ALLOWED)
    forget(NAME)
    there = try_draws(pickle.loads(sent), "prior", range(2), None)["estimate"]
    assert there.tolist() == here.tolist()
    allowed(OTHER)
    with pytest.raises(RequestError, match=r"is version [0-9a-f]{16} here"):
        try_draws(pickle.loads(sent), "prior", range(2), None)
