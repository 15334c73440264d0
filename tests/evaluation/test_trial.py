"""Evaluations: draws of a pilot, and what each design with each answer is found to be worth."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from pilotsim.base import randomness
from pilotsim.base.errors import FlowError, RunError
from pilotsim.evaluation.detectable import find_detectable
from pilotsim.evaluation.diagnosis import Trials, diagnose
from pilotsim.evaluation.effect_size import EffectScaleCurve, belief_in_points
from pilotsim.evaluation.pilot import make_worlds
from pilotsim.evaluation.run import evaluate
from pilotsim.evaluation.trial import try_draws
from pilotsim.files.reading import read_flow
from pilotsim.language import translate
from pilotsim.runs import Store
from pilotsim.runs.batches import Variant, rows_of_numbers
from tests.evaluation.pilots import build, pilot_flow


def test_the_miss_of_a_lottery_without_displacement_is_the_luck_of_the_draw(tmp_path):
    """Estimate minus truth is then what the same lots find where the programme does nothing: an identity, not a tolerance."""
    found = try_draws(build(tmp_path)[0], "prior", range(10), None)
    truth, estimate, null = found["truth"], found["estimate"], found["null_estimate"]
    np.testing.assert_allclose(estimate - truth, null, atol=1e-12)
    assert np.abs(truth).min() > 0


def test_blocks_and_workers_change_nothing(tmp_path):
    evaluation = build(tmp_path, draws=12)[0]
    whole = try_draws(evaluation, "prior", range(12), None)["estimate"]
    parts = np.concatenate(
        [try_draws(evaluation, "prior", range(a, a + 3), None)["estimate"] for a in range(0, 12, 3)]
    )
    np.testing.assert_array_equal(whole, parts)
    one, two = (evaluate([evaluation], jobs=jobs).tried[0].trials for jobs in (1, 2))
    np.testing.assert_array_equal(one.estimate, two.estimate)


def test_diagnosis_of_four_draws():
    # Misses 1, -1, 1, 3: mean 1, root of mean square sqrt(3), sd sqrt(8/3). Intervals of ±1.5: the
    # last does not hold the truth.
    truth, estimate = np.full(4, 2.0), np.array([3.0, 1.0, 3.0, 5.0])
    p = np.array([0.01, 0.5, 0.2, 0.04])
    trials = Trials(
        truth,
        estimate,
        np.ones(4),
        estimate - 1.5,
        estimate + 1.5,
        p,
        np.zeros(4),
        np.array([0.01, 0.5, 0.5, np.nan]),
        np.zeros(4),
    )
    found = diagnose(trials)
    assert found.bias.value == 1.0
    assert found.spread.value == pytest.approx(np.sqrt(8 / 3))
    assert found.bias.error == pytest.approx(np.sqrt(8 / 3) / 2)
    assert found.rmse.value == pytest.approx(np.sqrt(3))
    assert (found.coverage.value, found.power.value, found.type_s.value) == (0.75, 0.5, 0.0)
    assert found.type_m.value == pytest.approx(4 / 2)
    assert found.false_positives.value == pytest.approx(1 / 3)


def wedge(null):
    """400 draws whose bias is the estimator's own, beside a null of some mean and much luck."""
    drawn = np.random.default_rng(1)
    luck = drawn.normal(0.0, 0.026, 400)
    luck += null - luck.mean()
    own = 0.002 + drawn.normal(0.0, 0.004, 400)
    truth, nothing = np.full(400, 0.13), np.full(400, np.nan)
    estimate = truth + luck + own
    zero = np.zeros(400)
    return diagnose(Trials(truth, estimate, nothing, nothing, nothing, zero, luck, zero, zero))


def test_a_reason_of_a_bias_is_larger_than_its_own_error():
    """The largest part of a bias may be luck: here 0.33 (0.13) points of 0.53, beside 0.18 (0.02)."""
    found = wedge(0.0033)
    assert found.is_biased
    assert found.null_bias.value > 1.5 * found.own_bias.value
    assert found.null_bias.value < 3.5 * found.null_bias.error
    assert found.own_bias.value > 8 * found.own_bias.error
    assert found.reason == "model"
    # With a null that is no luck it is the reason.
    assert wedge(0.008).reason == "anyway"


def test_where_no_part_of_a_bias_is_sure_no_reason_is_given():
    """What the null has by luck the estimator takes back: half of 0.6 each, with an error of 0.2."""
    luck = np.random.default_rng(2).normal(0.0, 2.0, 100)
    null = 0.3 + luck - luck.mean()
    zero = np.zeros(100)
    found = diagnose(Trials(zero, zero + 0.6, zero, zero, zero, zero, null, zero, zero))
    assert found.is_biased
    assert found.own_bias.value == pytest.approx(found.null_bias.value)
    assert found.null_bias.value < 2 * found.null_bias.error
    assert found.reason == "unclear"


def test_draws_without_an_answer_are_counted_and_left_out():
    nan = np.array([np.nan, 1.0, 1.0])
    found = diagnose(Trials(np.ones(3), nan, nan, nan, nan, nan, nan, nan, nan))
    assert (found.draws, found.worked) == (3, 2)


def test_a_worthless_programme_has_no_effect_and_few_false_positives(tmp_path):
    """With no effect at all 5 % of 120 draws are expected.

    More than 15 of them come once in 4,000 times.
    """
    evaluation = build(tmp_path, pilot_flow(effects=[]), draws=120)[0]
    found = evaluate([evaluation]).tried[0]
    assert found.trials.truth.tolist() == [0.0] * 120
    assert (found.trials.p < 0.05).sum() <= 15
    np.testing.assert_allclose(found.trials.estimate, found.trials.null_estimate, atol=1e-12)


def test_a_run_that_was_stopped_goes_on_and_comes_to_the_same(tmp_path):
    cells = build(tmp_path, draws=60)
    whole = evaluate(cells).tried[0].trials
    folder = tmp_path / "run"

    class Stop(Exception):
        pass

    def stop(done):
        raise Stop

    with pytest.raises(Stop):
        evaluate(cells, folder=folder, identity={"flow": "a"}, progress=stop)
    assert len(list((folder / "blocks").glob("*.parquet"))) == 1
    np.testing.assert_array_equal(
        evaluate(cells, folder=folder, identity={"flow": "a"}).tried[0].trials.estimate,
        whole.estimate,
    )
    # All 60 draws stand by now: nothing is drawn again, and more draws go on from there.
    drawn = []
    more = [replace(cell, draws=80) for cell in cells]
    again = (
        evaluate(more, folder=folder, identity={"flow": "a"}, progress=drawn.append).tried[0].trials
    )
    np.testing.assert_array_equal(again.estimate[:60], whole.estimate)
    with pytest.raises(RunError, match=r"holds another run: flow: a → b\. .*--runs"):
        evaluate(cells, folder=folder, identity={"flow": "b"})
    other = [replace(cell, seed=cell.seed + 1) for cell in cells]
    seeds = f"{cells[0].seed} → {other[0].seed}"
    with pytest.raises(RunError, match=rf"holds another run: seed: {seeds}\. To go on"):
        evaluate(other, folder=folder, identity={"flow": "a"})


def test_refusals_are_said_in_the_language_of_the_reader(tmp_path):
    # Of three clients one is alone in an arm: many draws have no standard error.
    few = {"clients": {"stock": 3, "starts_in": "assistance"}}
    cells = build(tmp_path, pilot_flow(groups=few), draws=8)
    found = [evaluate(cells).tried[0].refusals]
    found += [evaluate(cells, folder=tmp_path / "run").tried[0].refusals for _ in range(2)]
    reason = (
        "the estimate rests on a single client, so its spread is not known; fewer covariates or "
        "larger blocks"
    )
    assert found[0] == found[1] == found[2]
    assert found[0][reason] > 1
    for refusals in found:
        said = {translate(one, "nb") for one in refusals}
        assert any("på én klient, så spredningen er ukjent" in one for one in said)
        assert not said & set(refusals)


def test_refusals_that_were_stored_as_text_alone_are_shown_as_they_are(tmp_path):
    few = {"clients": {"stock": 3, "starts_in": "assistance"}}
    cells = build(tmp_path, pilot_flow(groups=few), draws=8)
    store = Store(tmp_path / "run")
    new = evaluate(cells, folder=store.folder).tried[0].refusals
    blocks = dict(store.sound_blocks())
    store.drop_blocks()
    for key, columns in blocks.items():
        del columns["refusal_message"]
        store.write_block(key, columns)
    old = evaluate(cells, folder=store.folder).tried[0].refusals
    assert old == new
    assert [translate(one, "nb") for one in old] == [str(one) for one in new]


def test_the_least_effect_is_where_the_power_is_80_percent():
    """A probit of known level and slope is found again from 4,000 draws, within 3.5 of its own errors."""
    truth = np.linspace(0.0, 0.3, 4000)
    u = randomness.uniforms(
        1, 0, np.zeros(4000, np.uint64), np.arange(4000, dtype=np.uint64), 7, 0
    )[:, 0]
    found = u < ndtr(-1.96 + 20.0 * truth)
    nothing = np.zeros(4000)
    trials = Trials(
        truth,
        np.ones(4000),
        nothing,
        nothing,
        nothing,
        np.where(found, 0.01, 0.5),
        nothing,
        nothing,
        nothing,
    )
    least = find_detectable(trials)
    assert abs(least.size - (0.8416 + 1.96) / 20.0) < 3.5 * least.error
    assert 0 < least.error < 0.01


def test_a_design_that_never_sees_anything_has_no_least_effect():
    truth, nothing = np.linspace(0.0, 0.3, 100), np.zeros(100)
    found = find_detectable(
        Trials(
            truth, nothing, nothing, nothing, nothing, np.full(100, 0.5), nothing, nothing, nothing
        )
    )
    assert np.isnan(found.size)


BELIEF = {
    "value": 1,
    "assumption": "nobody knows",
    "mixture": [
        {"weight": "60 %", "mean": 0, "sd": 0.3},
        {"weight": "40 %", "mean": 1.5, "sd": 0.8},
    ],
}


def believing_flow(strength=BELIEF):
    """The usual pilot, its help raised to a strength that is believed and not known."""
    times = {"value": 2.5, "assumption": "if it works", "raised_to": "strength"}
    return pilot_flow(
        shared={"strength": strength},
        effects=[{"after": "training", "on": "work", "times": times}],
    )


def test_an_evaluation_and_a_check_draw_the_same_strength(tmp_path):
    """For the same seed and replication, through the one door; fixed assumptions leave it drawn."""
    for assumptions in ("drawn", "fixed"):
        (cell,) = build(
            tmp_path,
            believing_flow(),
            effects={"inquiry": "in_work"},
            assumptions=assumptions,
            seed=11,
        )
        flow = read_flow(tmp_path / "flow.yaml")
        slot = flow.values["shared.strength"].slot
        checked = rows_of_numbers(Variant("check", flow), 11, range(8))[:, slot]
        curve = EffectScaleCurve((0.0, 1.0), np.array([0.0, 10.0]))
        for draw in range(8):
            strength = curve.effect_scale_of(cell, draw)
            assert strength == checked[draw]
            (world,) = make_worlds(cell, draw, strength)
            own = world.place.flow.values["shared.strength"].slot
            assert world.plan.numbers[own] == checked[draw]
            factor = world.place.flow.values["effects.0.times"].slot
            assert world.plan.numbers[factor] == pytest.approx(2.5 ** checked[draw])
        assert len(set(checked)) == 8


def test_sizes_of_an_evaluation_are_said_in_points_of_the_same_strength(tmp_path):
    (cell,) = build(tmp_path, believing_flow(), effects={"inquiry": "in_work", "at": [0, 5]})
    curve = EffectScaleCurve((-1.0, 0.0, 1.0, 2.0), np.array([-4.0, 0.0, 10.0, 18.0]))
    assert [curve.effect_scale_of(cell, draw) for draw in range(4)] == [0.0, 0.5, 0.0, 0.5]


def test_a_belief_is_told_in_points(tmp_path):
    """On a straight curve the points are ten times the strength: mean, ends, and chance below 0."""
    (cell,) = build(tmp_path, believing_flow(), effects={"inquiry": "in_work"})
    curve = EffectScaleCurve((-9.0, 9.0), np.array([-90.0, 90.0]))
    belief = belief_in_points(cell, curve)
    value = cell.flow.values["shared.strength"]
    assert belief.mean == pytest.approx(10 * 0.4 * 1.5, abs=0.02)
    assert belief.low == pytest.approx(10 * value.quantile(0.05), abs=0.05)
    assert belief.high == pytest.approx(10 * value.quantile(0.95), abs=0.05)
    assert belief.below_zero == pytest.approx(0.6 * 0.5 + 0.4 * ndtr(-1.5 / 0.8), abs=0.002)


def test_a_prior_of_the_evaluation_alone_is_refused(tmp_path):
    for old in ({"prior": "default"}, {"dial": ["effects.0.times"]}):
        with pytest.raises(FlowError, match="what is believed of the effect stands in the flow"):
            build(tmp_path, believing_flow(), effects={"inquiry": "in_work", **old})
    with pytest.raises(FlowError, match="did you mean 'strength'"):
        build(tmp_path, believing_flow(), effects={"inquiry": "in_work", "strength": "strenght"})
    flow = pilot_flow(shared={"strength": 1})
    with pytest.raises(FlowError, match="no factor of the flow is raised to 'strength'"):
        build(tmp_path, flow, effects={"inquiry": "in_work"})


def test_faults_of_an_evaluation_file_are_named_with_their_place(tmp_path):
    with pytest.raises(FlowError) as fault:
        build(tmp_path, answers={"difference": {"estimator": "diference", "inquiry": "in_wrk"}})
    assert "did you mean 'in_work'" in str(fault.value)
    with pytest.raises(FlowError) as fault:
        build(tmp_path, answers={"difference": {"estimator": "diference", "inquiry": "in_work"}})
    assert "answers.difference: no estimator 'diference'; did you mean 'difference'" in str(
        fault.value
    )
    with pytest.raises(FlowError, match="unknown key 'lotteri'"):
        build(tmp_path, designs={"lottery": {"lotteri": {}, "answers": "difference"}})
    with pytest.raises(FlowError, match="asks beyond the flow's end"):
        build(tmp_path, inquiries={"in_work": {"at": "48 months"}})


def test_a_grid_has_a_cell_for_each_combination(tmp_path):
    grid = {
        "clients": {"sets": "groups.clients.stock", "levels": [50, 100]},
        "share": {"sets": "designs.lottery.lottery.share", "levels": ["30 %", "50 %"]},
    }
    cells = build(tmp_path, grid=grid)
    assert [dict(cell.cell) for cell in cells] == [
        {"clients": c, "share": s} for c in ("50", "100") for s in ("30 %", "50 %")
    ]
    assert [int(cell.flow.groups["clients"].stock.number) for cell in cells] == [50, 50, 100, 100]
    assert [cell.designs[0].part.lottery.share.number for cell in cells] == [0.3, 0.5, 0.3, 0.5]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"draws": 0}, "draws: expected 1 or more; found 0"),
        ({"detectable": {"draws": 0}}, "detectable.draws: expected 1 or more; found 0"),
        ({"detectable": {"most": 0}}, "most: expected more than 0; found 0"),
        *(
            (
                {"designs": {"all": {"lottery": {"share": share}, "answers": "difference"}}},
                "share: expected more than 0 % and less than 100 %",
            )
            for share in ("0 %", "100 %")
        ),
    ],
)
def test_what_could_find_nothing_is_refused_when_it_is_read(tmp_path, parts, message):
    """They ended with "None of the designs can detect an effect" and exit code 0."""
    with pytest.raises(FlowError, match=message):
        build(tmp_path, **parts)


@pytest.mark.parametrize("part", ["designs", "answers"])
def test_draws_are_not_those_of_designs_or_answers_in_another_order(tmp_path, part):
    """Blocks tell designs and answers by their place: read in another order, each has another's."""
    answers = {
        "early": {"estimator": "difference", "inquiry": "in_work"},
        "late": {"estimator": "randomisation", "inquiry": "in_work"},
    }
    designs = {
        "half": {"lottery": {}, "answers": ["early", "late"]},
        "quarter": {"lottery": {"share": "25 %"}, "answers": "early"},
    }
    parts = {"designs": designs, "answers": answers}
    evaluate(build(tmp_path, **parts), folder=tmp_path / "run")
    turned = build(tmp_path, **parts | {part: dict(reversed(parts[part].items()))})
    names = list(parts[part])
    says = f"evaluation: {part} was {', '.join(names)}, is {', '.join(reversed(names))}."
    with pytest.raises(RunError, match=re.escape(f"holds another run: {says}")):
        evaluate(turned, folder=tmp_path / "run")


def test_a_refusal_names_the_values_that_changed_in_evaluation_and_flow(tmp_path):
    flow = pilot_flow()
    evaluate(build(tmp_path, flow), folder=tmp_path / "run")
    flow["resources"]["place"]["units"] = 50
    flow["stages"]["training"]["lasts"] = {
        "value": "4 months",
        "low": "2 months",
        "high": "5 months",
        "assumption": "a",
    }
    designs = {"lottery": {"lottery": {"share": "40 %"}, "answers": "difference"}}
    says = (
        "holds another run: evaluation: designs.lottery.lottery.share was not there, is 40 %; "
        "flow: resources.place.units was 40, is 50; stages.training.lasts was 3 months, is 4 months."
    )
    with pytest.raises(RunError, match=re.escape(says)):
        evaluate(build(tmp_path, flow, designs=designs), folder=tmp_path / "run")
