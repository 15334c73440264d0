"""What a plan believes before the data, and what its result makes of it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import FlowError
from pilotsim.cli import commands
from pilotsim.effects import posterior_of_effect
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.preanalysis_plan import read_plan
from pilotsim.evaluation.prior_beliefs import posteriors_of, priors_of
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.run import evaluate
from tests.evaluation.pilots import build
from tests.evaluation.test_trial import BELIEF, believing_flow

PARTS = {
    "begins": "2015-01-01",
    "effects": {"strength": "strength", "inquiry": "in_work"},
    "bayes": {"above": [0, 5]},
}


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """A plan with its belief, written by the command line, and the evaluation it is of."""
    folder = tmp_path_factory.mktemp("plan")
    cells = build(folder, believing_flow(), draws=150, **PARTS)
    run = CliRunner().invoke(
        commands,
        ["plan", str(folder / "evaluation.yaml"), "--out", str(folder), "--language", "en"],
    )
    assert run.exit_code == 0, run.output
    return folder, cells, run.output


def test_the_plan_files_what_the_evaluation_draws(filed):
    """Mean and spread of the true effects of drawn pilots are those of the filed quantiles.

    Their own chance and the other assumptions make the drawn ones wider, never narrower.
    """
    folder, cells, _ = filed
    plan, unchanged = read_plan(folder / "plan.json")
    assert unchanged
    prior = np.array(plan.bayes.priors["in_work"])
    truths = 100 * evaluate(cells).tried[0].trials.truth
    error = truths.std(ddof=1) / np.sqrt(len(truths))
    assert abs(prior.mean() - truths.mean()) < 3 * error + 0.3
    assert prior.std() < truths.std() + 3 * error


def test_the_belief_is_under_the_design_and_not_of_a_programme_for_all(filed, tmp_path):
    """Twice as many on the same places gain less each: another design, another prior."""
    _, cells, _ = filed
    half = priors_of(cells[0], "lottery")["in_work"]
    more = build(
        tmp_path,
        believing_flow(),
        designs={"lottery": {"lottery": {"share": "95 %"}, "answers": "difference"}},
        **PARTS,
    )
    assert np.mean(half) > np.mean(priors_of(more[0], "lottery")["in_work"]) + 0.3


def test_the_result_says_what_the_data_add(filed):
    folder, cells, _ = filed
    assert "as the flow believes" in (folder / "plan.md").read_text(encoding="utf-8")
    sample = run_pilot(cells[0], cells[0].designs[0], make_worlds(cells[0], 0), 0).sample
    table = sample.panel.to_frame()
    lots = dict(zip(sample.panel.client, sample.arm, strict=True))
    table["assigned"] = table["client"].map(lots)
    table.to_csv(folder / "extract.csv", index=False)
    run = CliRunner().invoke(
        commands,
        [
            "estimate",
            str(folder / "extract.csv"),
            "--plan",
            str(folder / "plan.json"),
            "--language",
            "en",
        ],
    )
    assert run.exit_code == 0, run.output
    assert "What was believed before" in run.output
    assert "Above 5" in run.output
    for language, words in (("nb", "hva vi tror nå"), ("sv", "vad som antas nu")):
        said = CliRunner().invoke(
            commands,
            [
                "estimate",
                str(folder / "extract.csv"),
                "--plan",
                str(folder / "plan.json"),
                "--language",
                language,
            ],
        )
        assert words in said.output


def test_the_posterior_rests_on_what_is_released_alone(filed):
    folder, cells, _ = filed
    plan, _ = read_plan(folder / "plan.json")
    sample = run_pilot(cells[0], cells[0].designs[0], make_worlds(cells[0], 1), 1).sample
    panel = replace(sample.panel, traits={**sample.panel.traits, "assigned": sample.arm})
    shown = analyse(panel, plan)
    (answer,) = posteriors_of(shown)
    effect = shown.findings[0].effect
    assert shown.findings[0].precision == "exact"
    assert answer.posterior == posterior_of_effect(
        plan.bayes.priors["in_work"],
        100 * effect.estimate,
        100 * effect.error,
        freedom=effect.freedom,
        above=(0.0, 5.0),
    )
    without = plan.model_copy(update={"bayes": None})
    assert not list(posteriors_of(replace(shown, plan=without)))


def test_a_changed_belief_is_a_changed_plan(filed):
    folder, _, _ = filed
    content = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    content["bayes"]["priors"]["in_work"][-1] += 10.0
    (folder / "changed.json").write_text(json.dumps(content), encoding="utf-8")
    assert read_plan(folder / "changed.json")[1] is False
    content["bayes"]["priors"]["in_work"][-1] = -50.0
    (folder / "falls.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(FlowError, match="expected quantiles that rise"):
        read_plan(folder / "falls.json")


def test_a_belief_needs_a_strength_that_is_believed(tmp_path):
    with pytest.raises(FlowError, match="a prior needs 'effects'"):
        build(tmp_path, bayes={})
    fixed = {"inquiry": "in_work", "at": [0, 5]}
    with pytest.raises(FlowError, match="a prior needs 'effects'"):
        build(tmp_path, believing_flow(), effects=fixed, bayes={})
    assert BELIEF
