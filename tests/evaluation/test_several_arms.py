"""Several arms, from the file over plan and register to the page: each pair with its planted truth."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import t as student

from pilotsim.base.errors import FlowError, RegisterError, RequestError
from pilotsim.cli import commands
from pilotsim.effects import estimate_difference
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.estimands import reduce_outcome
from pilotsim.evaluation.estimators import ask
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.readiness import check_register
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.register.mapping import RegisterMapping
from pilotsim.evaluation.register.mending import prepare_register
from pilotsim.evaluation.register_analysis import take_sample
from pilotsim.evaluation.result_files import read_result
from pilotsim.evaluation.run import evaluate
from pilotsim.evaluation.several_arms_analysis import analyse_arms
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse
from pilotsim.language.catalogue import say
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.pilots import build
from tests.evaluation.planted import LISTED, register

ARMS = {
    "offer_a": {"words": ["A", "tilbud a"]},
    "offer_b": {"words": ["B"]},
    "usual": {"offered": False, "words": ["vanlig"]},
}
LOTTERY = {"arms": ARMS, "compared": "usual"}
ASKED = {"at": {"at": "12 months"}}
PAIRS = (("offer_a", "usual"), ("offer_b", "usual"))
# In work without, and what each offer adds, by block.
WITHOUT, ADDED = 0.3, {"offer_a": 0.2, "offer_b": 0.05, "usual": 0.0}


def content_of(lottery=None, answers=None, **parts):
    content = {
        "format": 2,
        "plan": "arms",
        "title": "Arms",
        "program": "0",
        "design": "lottery",
        "says": "lottery",
        "rule": {"lottery": lottery or LOTTERY},
        "begins": "2015-01-01",
        "inquiries": ASKED,
        "answers": answers or {"main": {"estimator": "difference", "inquiry": "at"}},
        "checks": {},
        **parts,
    }
    return content | {"hash": hash_of(content)}


def plan_of(content):
    return build_record(parse(json.dumps(content), "plan.json", "plan"), PreAnalysisPlan)


def clients(seed, size=900, blocks=False, added=ADDED):
    """A register with the arms drawn by the design's own rule; half of the blocks find work easily."""
    draws = np.random.default_rng(seed)
    past = (np.arange(size) % 2).astype(float)
    drawn = np.empty(size, np.int64)
    for one in (0.0, 1.0) if blocks else (None,):
        inside = np.flatnonzero(past == one) if blocks else np.arange(size)
        shuffled = draws.permutation(inside)
        # With blocks the second has far more of the first offer, so that arms differ in it.
        ends = ((0.6, 0.8) if one else (0.2, 0.6)) if blocks else (1 / 3, 2 / 3)
        bounds = np.round(np.array(ends) * len(inside)).astype(int)
        for place, own in enumerate(np.split(shuffled, bounds)):
            drawn[own] = place
    names = list(ADDED)
    chance = WITHOUT + np.array([added[name] for name in names])[drawn]
    chance = chance + (0.3 * past if blocks else 0.0)
    before = draws.uniform(size=(size, 12)) < 0.2
    after = np.repeat(draws.uniform(size=(size, 1)) < chance[:, None], 24, axis=1)
    offered = np.where(drawn < 2, float(LISTED), np.inf)
    panel = register(
        np.concatenate([before, after], axis=1).astype(float), offered, traits={"past": past}
    )
    return panel, drawn


def write(panel, drawn, file, words=("A", "b ", "Vanlig")):
    table = panel.to_frame()
    table["assigned"] = table["client"].map(dict(zip(panel.client, drawn, strict=True)))
    table["assigned"] = table["assigned"].map(dict(enumerate(words)))
    table.to_csv(file, index=False)


def analysed(folder, seed, content=None, **parts):
    panel, drawn = clients(seed, **parts)
    write(panel, drawn, folder / "r.csv")
    content = content or content_of()
    plan = plan_of(content)
    read = read_register(folder / "r.csv", plan.begins, plan.rule.words_of_arms)
    return analyse_arms(read, plan, content)


def test_each_pair_is_what_these_two_arms_say(tmp_path):
    """The estimate of each pair is the difference of the two arms' means, and of no other clients."""
    found, entries = analysed(tmp_path, 1)
    panel, drawn = clients(1)
    since = np.full(len(panel), LISTED)
    outcome = reduce_outcome(panel, plan_of(content_of()).strategies()[0].estimand, since)
    assert [one.pair for one in found.contrasts] == list(PAIRS)
    for place, one in enumerate(found.contrasts):
        inside = (drawn == place) | (drawn == 2)
        own = estimate_difference(outcome[inside], (drawn == place)[inside].astype(float))
        effect = one.answers[0].finding.effect
        assert effect.estimate == pytest.approx(own.estimate, abs=6e-4)
        assert effect.error == pytest.approx(own.error, abs=6e-4)
        assert effect.clients == inside.sum()
        truth = ADDED[one.pair[0]]
        assert abs(effect.estimate - truth) < 3 * effect.error
    assert [entry.content["rule"]["lottery"]["between"] for entry in entries] == [
        list(pair) for pair in PAIRS
    ]


def test_p_values_and_intervals_hold_for_all_pairs_together(tmp_path):
    content = content_of({**LOTTERY, "contrasts": [*map(list, PAIRS), ["offer_a", "offer_b"]]})
    found, _ = analysed(tmp_path, 2, content)
    answers = [one.answers[0] for one in found.contrasts]
    raw = np.array([one.finding.effect.p for one in answers])
    order, held = np.argsort(raw), 0.0
    for step, place in enumerate(order):
        held = min(1.0, max(held, (3 - step) * raw[place]))
        assert answers[place].adjusted_p == pytest.approx(held, abs=2e-4)
    for one in answers:
        effect = one.finding.effect
        reach = student(effect.freedom).ppf(1 - 0.05 / 6) * effect.error
        assert one.high - effect.estimate == pytest.approx(reach, abs=1e-6)
        assert one.high > effect.high
    third = found.contrasts[2].answers[0].finding.effect
    assert abs(third.estimate - 0.15) < 3 * third.error


def test_what_does_not_follow_blocks_is_refused():
    """Each pair is a lottery within the same blocks, and is held to it as a lottery of two is."""
    lottery = {**LOTTERY, "blocks": ["past"]}
    answers = {"main": {"estimator": "blocked", "inquiry": "at"}}
    plan_of(content_of(lottery, answers))
    with pytest.raises(FlowError, match="does not follow the lots"):
        plan_of(content_of(lottery, {"main": {"estimator": "ipw", "inquiry": "at"}}))


def test_pairs_within_blocks_find_the_planted_effects():
    """Arms with other shares in each block: within blocks the truth, across them far from it."""
    lottery = {**LOTTERY, "blocks": ["past"]}
    plan = plan_of(content_of(lottery, {"main": {"estimator": "blocked", "inquiry": "at"}}))
    within, across = {pair: [] for pair in PAIRS}, []
    for seed in range(100, 160):
        panel, drawn = clients(seed, 1200, blocks=True)
        panel.traits.update(assigned=drawn.astype(float), block=panel.traits["past"])
        panel.categories["assigned"] = tuple(ARMS)
        for pair in PAIRS:
            own = plan.model_copy(update={"rule": plan.rule.comparing(pair)})
            sample = take_sample(panel, own)[2]
            within[pair].append(ask(own.strategies()[0], sample).estimate)
        outcome = panel.in_work[:, LISTED + 11]
        across.append(outcome[drawn == 0].mean() - outcome[drawn == 2].mean())
    for pair, own in within.items():
        error = np.std(own, ddof=1) / math.sqrt(len(own))
        assert abs(np.mean(own) - ADDED[pair[0]]) < 3 * error
    assert np.mean(across) > ADDED["offer_a"] + 0.05


@pytest.mark.slow
def test_by_chance_alone_hardly_any_pair_is_found(tmp_path):
    """300 registers without any effect: some adjusted p below 5 % in at most 5 % of them.

    Control: by the plain p-values one of three pairs is found far more often.
    """
    content = content_of({**LOTTERY, "contrasts": [*map(list, PAIRS), ["offer_a", "offer_b"]]})
    plan = plan_of(content)
    nothing = dict.fromkeys(ADDED, 0.0)
    held, plain = [], []
    for seed in range(300):
        panel, drawn = clients(1000 + seed, 300, added=nothing)
        panel.traits["assigned"] = drawn.astype(float)
        panel.categories["assigned"] = tuple(ARMS)
        found, _ = analyse_arms(panel, plan, content)
        answers = [one.answers[0] for one in found.contrasts]
        held.append(min(one.adjusted_p for one in answers) < 0.05)
        plain.append(min(one.finding.effect.p for one in answers) < 0.05)
    assert np.mean(held) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)
    assert np.mean(plain) > np.mean(held) + 0.03


def test_the_register_s_arms_are_counted_and_held_to_the_plan(tmp_path):
    panel, drawn = clients(3)
    write(panel, drawn, tmp_path / "r.csv")
    found = check_register(tmp_path / "r.csv", plan_of(content_of()))
    said = " ".join(str(one.says) for one in found.found)
    assert found.is_ready, said
    assert "the arm 'offer_a' has 300 clients, 33" in said
    assert "offer_a against usual: those who were to be offered the programme were" in said
    for share, judged in (("45 %", "note"), ("60 %", "wrong")):
        lopsided = {
            "offer_a": {**ARMS["offer_a"], "share": share},
            **{k: ARMS[k] for k in ARMS if k != "offer_a"},
        }
        other = plan_of(content_of({**LOTTERY, "arms": lopsided}))
        found = check_register(tmp_path / "r.csv", other)
        assert [one.judged for one in found.found if "offer_a' has" in str(one.says)] == [judged]


def test_a_word_that_is_no_arm_is_refused_with_its_row(tmp_path):
    panel, drawn = clients(4)
    write(panel, drawn, tmp_path / "r.csv", words=("A", "C", "vanlig"))
    plan = plan_of(content_of())
    with pytest.raises(RegisterError, match="the word of an arm of the plan") as fault:
        read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    assert "'C'" not in str(fault.value)
    # And without a plan's words they stay refused, since the sign hangs on them.
    with pytest.raises(RegisterError, match="what other words"):
        read_register(tmp_path / "r.csv", plan.begins)
    write(panel, np.minimum(drawn, 1), tmp_path / "r.csv", words=("A", "B", "vanlig"))
    found = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    with pytest.raises(RegisterError, match="the arm 'usual' has fewer than 5 clients"):
        analyse_arms(found, plan, content_of())


@pytest.mark.parametrize(
    ("lottery", "said"),
    [
        (
            {"arms": {k: ARMS[k] for k in ("offer_a", "usual")}, "compared": "usual"},
            "three or more",
        ),
        ({"arms": ARMS}, "name the arm that the others"),
        ({"arms": ARMS, "compared": "usuall"}, "no arm 'usuall'; did you mean 'usual'"),
        ({**LOTTERY, "contrasts": [["offer_a", "offer_a"]]}, "two different arms"),
        ({**LOTTERY, "share": "40 %"}, "'share' is for two arms"),
        ({**LOTTERY, "pairs": ["past"]}, "'pairs' is for two arms"),
        ({"compared": "usual"}, "expected the arms"),
        (
            {**LOTTERY, "arms": {k: {**own, "share": "50 %"} for k, own in ARMS.items()}},
            "come to 100 %",
        ),
        ({**LOTTERY, "arms": {**ARMS, "c": {"words": ["a"]}}}, "same word in the register"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(lottery, said):
    with pytest.raises(FlowError, match=said):
        plan_of(content_of(lottery))


def test_what_is_of_two_arms_is_refused_for_several():
    belief = {"above": [0], "priors": {"at": [0, 1]}}
    with pytest.raises(FlowError, match="no prior"):
        plan_of(content_of(bayes=belief))
    with pytest.raises(FlowError, match="no correction by romano_wolf"):
        plan_of(content_of(correction="romano_wolf"))
    lottery = {**LOTTERY, "contrasts": [["offer_a", "offer_b"]]}
    treated = {"inquiries": {"at": {"at": "12 months", "who": "compliers"}}}
    answers = {"main": {"estimator": "iv", "inquiry": "at"}}
    plan_of(content_of(None, answers, **treated))
    with pytest.raises(FlowError, match="it is not the first alone"):
        plan_of(content_of(lottery, answers, **treated))


P = ("p", "p_together")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "offer_a against usual"), ("nb", "offer_a mot usual"), ("sv", "offer_a mot usual")],
)
def test_from_the_file_to_the_page(tmp_path, language, words):
    """An evaluation file, its plan, a register of that design, and the result, by the commands."""
    build(
        tmp_path,
        begins="2015-01-01",
        designs={"lottery": {"lottery": LOTTERY, "answers": "difference"}},
    )
    run = CliRunner()
    made = run.invoke(
        commands,
        ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path), "--language", language],
    )
    assert made.exit_code == 0, made.output
    panel, drawn = clients(5)
    write(panel, drawn, tmp_path / "r.csv")
    arguments = ["--plan", str(tmp_path / "plan.json"), "--language", language]
    checked = run.invoke(commands, ["register", "check", str(tmp_path / "r.csv"), *arguments])
    assert checked.exit_code == 0, checked.output
    said = run.invoke(
        commands,
        ["estimate", str(tmp_path / "r.csv"), *arguments, "--out", str(tmp_path / "out")],
    )
    assert said.exit_code == 0, said.output
    assert words in said.output
    record = json.loads((tmp_path / "out" / "analysis.json").read_text(encoding="utf-8"))
    assert [one["first"] for one in record["contrasts"]] == ["offer_a", "offer_b"]
    rows = record["tables"]["effects"]
    assert [(row["first"], row["second"]) for row in rows] == list(PAIRS)
    # Each number bears its unit, and a small p is a bound, never 0.
    assert [row["unit"] for row in rows] == [say("points", language)] * 2
    assert all(row[name] == {"below": 0.001} or row[name] >= 0.001 for row in rows for name in P)
    # The two comparisons share clients, so they are no two results.
    with pytest.raises(RequestError, match="share clients"):
        read_result(tmp_path / "out")
    again = run.invoke(commands, ["estimate", str(tmp_path / "r.csv"), *arguments])
    assert again.exit_code == 0, again.output


def test_evaluate_tries_each_arm_that_the_flow_can_simulate(tmp_path):
    """Offered at once and after half a year, against never: less is gained by who waits."""
    arms = {
        "now": {},
        "later": {"after": "6 months"},
        "never": {"offered": False},
    }
    lottery = {"arms": arms, "compared": "never"}
    cells = build(
        tmp_path,
        designs={"lottery": {"lottery": lottery, "answers": "difference"}},
        draws=60,
    )
    names = [design.name for design in cells[0].designs]
    assert names == ["lottery:now", "lottery:later"]
    pilots = [run_pilot(cells[0], d, make_worlds(cells[0], 0), 0) for d in cells[0].designs]
    sizes = [(pilot.sample.arm == 1.0).sum() for pilot in pilots]
    assert max(sizes) - min(sizes) <= 2
    assert np.isfinite(pilots[1].sample.panel.offered[pilots[1].sample.arm == 0.0]).sum() == 0
    now, later = (one.diagnosis for one in evaluate(cells).tried)
    assert now.truth.value > later.truth.value + 0.01
    for one in (now, later):
        assert abs(one.bias.value) < 4 * one.bias.error + 0.02


def test_arms_are_drawn_by_their_shares_within_blocks():
    rule = DataStrategy.model_validate(
        {"lottery": {**LOTTERY, "arms": {**ARMS, "usual": {"offered": False, "share": "50 %"}}}}
    )
    shares = [rule.comparing(pair).lottery.planned_share for pair in rule.pairs_of_arms]
    assert shares == pytest.approx([1 / 3, 1 / 3])


def test_a_norwegian_file_with_arms_goes_through_prepare_to_the_same_estimate(tmp_path):
    """latin-1, semicolons, other words for arms: to the names of the plan, or a person must decide."""
    panel, drawn = clients(6)
    write(panel, drawn, tmp_path / "r.csv")
    plan, content = plan_of(content_of()), content_of()
    straight = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    table = pd.read_csv(tmp_path / "r.csv", dtype=str, keep_default_na=False)
    table["assigned"] = (
        table["assigned"].str.strip().map({"A": "Første", "b": "Andre", "Vanlig": "Kø"})
    )
    table.to_csv(tmp_path / "n.csv", index=False, sep=";", encoding="cp1252")
    columns = {name: name for name in table.columns}
    said = {"mapping": "m", "columns": columns, "arms": [*ARMS], "encoding": "cp1252"}
    words = {"Første": "offer_a", "Andre": "offer_b", "Kø": "usual"}
    found = prepare_register(
        tmp_path / "n.csv", RegisterMapping(**said, values={"assigned": words})
    )
    (tmp_path / "clean.csv").write_bytes(found.content)
    clean = read_register(tmp_path / "clean.csv", plan.begins, plan.rule.words_of_arms)
    one, two = (analyse_arms(own, plan, content)[0] for own in (straight, clean))
    for before, after in zip(one.contrasts, two.contrasts, strict=True):
        assert before.answers[0].finding.effect == after.answers[0].finding.effect
    with pytest.raises(RegisterError):
        prepare_register(tmp_path / "n.csv", RegisterMapping(**said))


@pytest.mark.parametrize("spelled", [str, str.lower, str.upper], ids=["same", "small", "large"])
def test_arms_with_capitals_in_their_names_go_through_prepare(tmp_path, spelled):
    names = ("Offer_A", "Offer_B", "Usual")
    panel, drawn = clients(6, 300)
    write(panel, drawn, tmp_path / "r.csv")
    table = pd.read_csv(tmp_path / "r.csv", dtype=str, keep_default_na=False)
    words = dict(zip(("A", "b", "Vanlig"), map(spelled, names), strict=True))
    table["assigned"] = table["assigned"].str.strip().map(words)
    table.to_csv(tmp_path / "n.csv", index=False, sep=";")
    columns = {name: name for name in table.columns}
    found = prepare_register(
        tmp_path / "n.csv", RegisterMapping(mapping="m", columns=columns, arms=names)
    )
    clean = pd.read_csv(io.BytesIO(found.content), dtype=str)
    assert clean["assigned"].value_counts().to_dict() == {
        name: int((drawn == place).sum()) * len(panel.months) for place, name in enumerate(names)
    }


def test_few_in_one_arm_are_kept_in_every_pair_that_has_it():
    """Three in work in the arm that two pairs share: no pair tells it, nor all together.

    Control: with many in work there the same pairs are told to their digits.
    """
    lottery = {**LOTTERY, "contrasts": [*map(list, PAIRS), ["offer_a", "offer_b"]]}
    content = content_of(lottery)
    plan = plan_of(content)

    def precisions(in_work):
        panel, drawn = clients(7, 300)
        usual = np.flatnonzero(drawn == 2)
        panel.in_work[usual, LISTED + 11] = 0.0
        panel.in_work[usual[:in_work], LISTED + 11] = 1.0
        panel.traits["assigned"] = drawn.astype(float)
        panel.categories["assigned"] = tuple(ARMS)
        found, _ = analyse_arms(panel, plan, content)
        return [one.answers[0].finding.precision for one in found.contrasts]

    few, many = precisions(3), precisions(40)
    assert "exact" not in few[:2]
    # The third would tell what the first two leave open, so it is not told to its digits either.
    assert few[2] != "exact"
    assert many == ["exact"] * 3


def test_arms_of_whole_districts_are_refused():
    with pytest.raises(FlowError, match="arms"):
        plan_of({**content_of(), "rule": {"districts": {"drawn": 2, "arms": ARMS}}})


def test_a_subgroup_of_several_arms_is_held_against_the_others(tmp_path):
    """The first offer helps the young alone: the contrast finds that, and of the second nothing.

    Control: without subgroups there is neither such a row nor the note on many looks.
    """
    panel, drawn = clients(8, 1800)
    young = (np.random.default_rng(8).uniform(size=len(panel)) < 0.5).astype(float)
    idle = (young == 0.0) & (drawn == 0)
    helped = np.random.default_rng(9).uniform(size=len(panel)) < ADDED["offer_a"] / 0.5
    panel.in_work[idle & helped, LISTED:] = 0.0
    panel.traits["assigned"] = drawn.astype(float)
    panel.categories["assigned"] = tuple(ARMS)
    panel.traits["young"] = young
    answers = {
        "main": {"estimator": "difference", "inquiry": "at"},
        "young": {"estimator": "difference", "inquiry": "young"},
    }
    asked = {**ASKED, "young": {"at": "12 months", "traits": {"young": True}}}
    content = content_of(None, answers, inquiries=asked)
    found, _ = analyse_arms(panel, plan_of(content), content)
    outcome = panel.in_work[:, LISTED + 11]

    def effect(place, trait):
        inside = young == trait
        return outcome[inside & (drawn == place)].mean() - outcome[inside & (drawn == 2)].mean()

    raw = []
    for place, pair in enumerate(found.contrasts):
        main, group = pair.answers
        assert main.contrast is None
        assert group.contrast is not None
        own = group.contrast.finding.effect
        assert own.estimate == pytest.approx(effect(place, 1.0) - effect(place, 0.0), abs=1e-3)
        # With two contrasts each interval is one of 97.5 %.
        assert group.contrast.low < own.low < own.high < group.contrast.high
        raw.append(own.p)
    held = [pair.answers[1].contrast.adjusted_p for pair in found.contrasts]
    assert held[0] == pytest.approx(2 * raw[0], abs=2e-4)
    assert held[0] < 0.05 < held[1]
    said = write_markdown(document_of(found, "en"))
    assert said.count("less the effect on the others |") == len(PAIRS)
    assert "Groups that are looked at by themselves: 2." in said
    plain = content_of()
    bare = write_markdown(document_of(analyse_arms(panel, plan_of(plain), plain)[0], "en"))
    assert "less the effect" not in bare
    assert "looked at by themselves" not in bare
