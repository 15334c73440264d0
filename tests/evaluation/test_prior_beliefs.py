"""What a plan believes before the data, and what its result makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from unittest.mock import patch

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.cli import commands
from pilotsim.effects import posterior_of_effect
from pilotsim.evaluation import effect_size
from pilotsim.evaluation.effect_size import EFFECT_SCALES, EffectScaleCurve, curves_of
from pilotsim.evaluation.estimands import sums_of
from pilotsim.evaluation.pilot import make_worlds, make_worlds_by_scale, run_pilot
from pilotsim.evaluation.preanalysis_plan import FiledBelief, read_plan
from pilotsim.evaluation.prior_beliefs import posteriors_of, priors_of
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.evaluation.run import evaluate
from pilotsim.simulation.journeys import COLUMNS
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


def test_one_curve_is_made_for_programmes_and_for_designs():
    """Never falling; where nothing is to be divided by, what came before holds, and NaN before it."""

    def sums_in(worlds, draw):
        return [(0.5 * len(worlds), 2.0), next(rising)]

    scales = len(EFFECT_SCALES)
    tops = [0.0, 1.0, 3.0, 2.0, 0.0, *[4.0] * (scales - 5)]
    rising = iter([(top, float(top > 0.0)) for top in tops])
    one = SimpleNamespace()
    with patch.object(effect_size, "make_worlds_by_scale", lambda *_: [(1, 2)] * scales):
        even, steps = curves_of(one, sums_in, draws=1)
    assert even.effect_scales == EFFECT_SCALES
    np.testing.assert_array_equal(even.points, np.full(scales, 50.0))
    wanted = [np.nan, 100.0, 300.0, 300.0, 300.0, *[400.0] * (scales - 5)]
    np.testing.assert_array_equal(steps.points, wanted)


def test_a_belief_of_nobody_is_refused(filed):
    """Not filed as an effect of 0, which it once was."""
    _, cells, _ = filed
    nobody = (EffectScaleCurve(EFFECT_SCALES, np.full(len(EFFECT_SCALES), np.nan)),)
    with (
        patch("pilotsim.evaluation.prior_beliefs.design_curves", lambda *_: nobody),
        pytest.raises(RequestError, match="'in_work' is about nobody"),
    ):
        priors_of(cells[0], "lottery")


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


@pytest.mark.parametrize("last", [1e308, 2e9, float("inf"), float("nan")])
def test_a_belief_in_no_effect_of_this_world_is_refused_when_read(last):
    """Such numbers overflow later; what a program files is far within (the control)."""
    with pytest.raises((FlowError, ValueError), match="'q'"):
        FiledBelief.model_validate({"above": (), "priors": {"q": (0.0, last)}})
    kept = FiledBelief.model_validate({"above": (), "priors": {"q": (-50_000.0, 50_000.0)}})
    assert kept.priors["q"][1] == 50_000.0


def test_a_belief_needs_a_strength_that_is_believed(tmp_path):
    with pytest.raises(FlowError, match="a prior needs 'effects'"):
        build(tmp_path, bayes={})
    fixed = {"inquiry": "in_work", "at": [0, 5]}
    with pytest.raises(FlowError, match="a prior needs 'effects'"):
        build(tmp_path, believing_flow(), effects=fixed, bayes={})
    assert BELIEF


def test_worlds_by_scale_are_those_made_one_by_one(tmp_path):
    """Where the strength moves nobody who is not offered, the world without is run twice a draw."""
    (cell,) = build(tmp_path, believing_flow(), **PARTS)
    scales = (-3.0, 0.0, 1.0, 8.0)
    effects = set()
    for scale, worlds in zip(scales, make_worlds_by_scale(cell, 2, scales), strict=True):
        own = make_worlds(cell, 2, scale)
        assert [one.plan.numbers.tolist() for one in worlds] == [
            one.plan.numbers.tolist() for one in own
        ]
        for name in COLUMNS:
            made, wanted = getattr(worlds[0].without, name), getattr(own[0].without, name)
            assert np.array_equal(made, wanted, equal_nan=True)
        pilots = [run_pilot(cell, cell.designs[0], these, 2) for these in (worlds, own)]
        sums = [sums_of(cell.estimands["in_work"], pilot.pair) for pilot in pilots]
        assert sums[0] == sums[1]
        effects.add(sums[0])
    assert len(effects) > 1


def test_a_strength_that_moves_those_without_is_run_at_each_scale(tmp_path):
    """The control: here everybody finds work as fast as the strength says, offered or not."""
    flow = believing_flow()
    for_all = {"value": 1.5, "assumption": "of all", "raised_to": "strength"}
    flow["stages"]["assistance"] = {"risks": {"work": for_all}}
    (cell,) = build(tmp_path, flow, **PARTS)
    scales = (-3.0, 1.0, 8.0)
    without = []
    for scale, worlds in zip(scales, make_worlds_by_scale(cell, 0, scales), strict=True):
        own = make_worlds(cell, 0, scale)
        assert np.array_equal(worlds[0].without.finished, own[0].without.finished, equal_nan=True)
        without.append(np.nansum(worlds[0].without.finished))
    assert len(set(without)) == 3
