"""What an evaluation found of a design goes with the plan, and stands beside the result."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from pilotsim.base.errors import RunError
from pilotsim.cli import commands
from pilotsim.evaluation.filed_evaluation import FiledEvaluation
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.preanalysis_plan import hash_of, read_plan
from pilotsim.evaluation.reading import identity_of, read_evaluation
from pilotsim.evaluation.run import WAY_OUT, evaluate, manifest_of, read_stored
from pilotsim.runs import Store
from tests.evaluation.pilots import build

CHOSEN = {"caseworker": {"weights": {"readiness": 3}}}
PARTS = {
    "begins": "2015-01-01",
    "answers": {
        "difference": {"estimator": "difference", "inquiry": "in_work"},
        "weighed": {"estimator": "ipw", "inquiry": "in_work", "covariates": ["young", "record"]},
    },
    "designs": {
        "lottery": {"lottery": {}, "answers": "difference"},
        "chosen": {**CHOSEN, "answers": "weighed"},
    },
    "draws": 40,
    # As large as a year: no small number.
    "seed": 2015,
}


def command(*arguments):
    return CliRunner().invoke(commands, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def tried(tmp_path_factory):
    """The folder of a file that was evaluated; its draws are in `runs`."""
    folder = tmp_path_factory.mktemp("evaluated")
    cells = build(folder, **PARTS)
    identity = identity_of(folder / "evaluation.yaml")
    return folder, evaluate(cells, folder=folder / "runs", identity=identity)


def planned(folder, design, out, *more):
    run = command(
        "plan",
        folder / "evaluation.yaml",
        "--design",
        design,
        "--out",
        out,
        "--language",
        "en",
        *more,
    )
    if run.exception and not isinstance(run.exception, SystemExit):
        raise run.exception
    return run.output


def test_what_was_found_is_in_the_plan_and_under_its_hash(tried, tmp_path):
    folder, result = tried
    planned(folder, "chosen", tmp_path, "--evaluated", folder / "runs")
    plan, unchanged = read_plan(tmp_path / "plan.json")
    assert unchanged
    assert plan.evaluated is not None
    own = next(one for one in result.tried if one.design.name == "chosen")
    (filed,) = plan.evaluated.found
    assert (plan.evaluated.draws, plan.evaluated.seed) == (40, 2015)
    assert filed.misleads
    assert filed.reason == own.diagnosis.reason == "anyway"
    assert filed.bias.value == pytest.approx(own.diagnosis.bias.value, rel=1e-5)
    assert filed.bias.error == pytest.approx(own.diagnosis.bias.error, rel=1e-5)
    assert filed.power.value == pytest.approx(own.diagnosis.power.value, rel=1e-5)
    assert filed.coverage.value == pytest.approx(own.diagnosis.coverage.value, rel=1e-5)
    content = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    content["evaluated"]["found"][0]["misleads"] = False
    assert hash_of(content) != content["hash"]


def test_what_misleads_is_marked_in_the_plan_and_beside_the_result(tried, tmp_path):
    folder, _ = tried
    marked = "✗ chosen (weighed) is wrong by"
    said = planned(folder, "chosen", tmp_path / "chosen", "--evaluated", folder / "runs")
    assert marked in " ".join(said.split())
    assert marked in (tmp_path / "chosen" / "plan.md").read_text(encoding="utf-8")
    evaluation = read_evaluation(folder / "evaluation.yaml")[0]
    for place, name in enumerate(("lottery", "chosen")):
        planned(folder, name, tmp_path / name, "--evaluated", folder / "runs")
        sample = run_pilot(
            evaluation, evaluation.designs[place], make_worlds(evaluation, 0), 0
        ).sample
        traits = {**sample.panel.traits, "assigned": sample.arm}
        panel = replace(sample.panel, traits=traits)
        panel.to_frame().to_csv(tmp_path / f"{name}.csv", index=False)
        run = command(
            "estimate",
            tmp_path / f"{name}.csv",
            "--plan",
            tmp_path / name / "plan.json",
            "--out",
            tmp_path / f"{name}-result",
            "--language",
            "en",
        )
        assert run.exit_code == 0, run.output
        page = (tmp_path / f"{name}-result" / "index.html").read_text(encoding="utf-8")
        assert ("is wrong by" in page) is (name == "chosen")
        assert ("its interval held the true effect in" in page) is (name == "lottery")
        assert ("✗ chosen (weighed)" in " ".join(run.output.split())) is (name == "chosen")


def test_a_design_that_nobody_tried_is_said_to_be_so(tried, tmp_path):
    folder, _ = tried
    planned(folder, "lottery", tmp_path)
    assert read_plan(tmp_path / "plan.json")[0].evaluated is None
    assert "was not tried out" in (tmp_path / "plan.md").read_text(encoding="utf-8")


def test_the_draws_must_be_of_this_file_and_complete(tried, tmp_path):
    folder, _ = tried
    with pytest.raises(RunError, match="holds no evaluation"):
        planned(folder, "lottery", tmp_path / "plan", "--evaluated", tmp_path)
    build(tmp_path, **{**PARTS, "level": "90 %"})
    with pytest.raises(
        RunError,
        match=r"evaluation: level was not there, is 90 %\..*evaluate the file as it is now",
    ):
        planned(tmp_path, "lottery", tmp_path / "plan", "--evaluated", folder / "runs")
    cells = build(tmp_path, **PARTS)
    identity = identity_of(tmp_path / "evaluation.yaml")
    evaluate(cells, folder=tmp_path / "runs", identity=identity)
    (block,) = (tmp_path / "runs" / "blocks").glob("0-prior-0-20.*")
    block.write_bytes(block.read_bytes()[:-9])
    with pytest.raises(RunError, match=re.escape("(1 blocks of draws are missing)")):
        planned(tmp_path, "lottery", tmp_path / "plan", "--evaluated", tmp_path / "runs")
    assert not (tmp_path / "plan").exists()


def test_as_many_draws_and_seeds_as_evaluate_allows_can_be_filed():
    content = {"hash": "0" * 64, "draws": 1_000_000, "seed": 2**63 - 1, "found": []}
    assert FiledEvaluation.model_validate(content).seed == 2**63 - 1
    with pytest.raises(ValidationError, match="from 1 to 1000000"):
        FiledEvaluation.model_validate({**content, "draws": 0})


def test_a_folder_in_which_nothing_was_drawn_says_so(tried, tmp_path):
    folder, found = tried
    identity = identity_of(folder / "evaluation.yaml")
    store = Store(tmp_path / "runs")
    with store.lock():
        store.begin(manifest_of(found.cells[0], identity), WAY_OUT)
    with pytest.raises(RunError, match="stopped before anything was drawn"):
        read_stored(found.cells, tmp_path / "runs", identity)
