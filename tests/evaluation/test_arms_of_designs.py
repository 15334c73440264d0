"""Several arms of districts, of a waiting list and of invitations: from the file over the register to the page."""

from __future__ import annotations

import json
import re
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import FlowError, RegisterError, RequestError
from pilotsim.cli import commands
from pilotsim.effects import estimate_difference
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import ask, make_strategy
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.readiness import check_register
from pilotsim.evaluation.register import read_register
from pilotsim.evaluation.release.causes import name_release
from pilotsim.evaluation.several_arms_analysis import analyse_arms
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse
from tests.evaluation.pilots import build, pilot_flow
from tests.recovery.lots import (
    AMOUNT,
    ASKED,
    DESIGNS,
    DRAWN,
    LISTED,
    SAVED,
    Design,
    World,
    sample_of,
    world,
)

ARMED = {one.name: one for one in DESIGNS if "arms" in one.name}
DISTRICTS, MATCHED = ARMED["12 districts, 3 arms"], ARMED["12 matched districts, 3 arms"]
STRATA = ARMED["12 districts in strata, 3 arms"]
WAITING, INVITED = (
    Design(ARMED[name].name, ARMED[name].rule)
    for name in ("waiting list, 3 arms", "encouragement, 3 arms")
)
ALL = (DISTRICTS, STRATA, MATCHED, WAITING, INVITED)
WORDS = {"x": "Tilbud A", "y": "Tilbud B", "z": "Venter"}


def content_of(design, answers=None, inquiry=None, **parts):
    key, rule = next(iter(design.rule.items()))
    arms = {name: {**own, "words": [WORDS[name]]} for name, own in rule["arms"].items()}
    who = {"who": "encouraged"} if key == "encouragement" else {}
    content = {
        "format": 2,
        "plan": "arms",
        "title": "Arms",
        "program": "0",
        "design": "arms",
        "says": "arms",
        "rule": {key: {**rule, "arms": arms, **parts.pop("rule", {})}},
        "begins": "2015-01-01",
        "inquiries": {"at": inquiry or {"at": f"{ASKED} months", "outcome": "amount", **who}},
        "answers": answers or {"main": {"estimator": "difference", "inquiry": "at"}},
        "checks": {},
        **parts,
    }
    return content | {"hash": hash_of(content)}


def plan_of(content):
    return build_record(parse(json.dumps(content), "plan.json", "plan"), PreAnalysisPlan)


def write(found: World, file, place=None):
    table = found.panel.to_frame()
    drawn = found.place if place is None else place
    by_client = dict(zip(found.panel.client, drawn, strict=True))
    table["assigned"] = [list(WORDS.values())[int(by_client[one])] for one in table["client"]]
    # Also who is in work has something of it.
    table["on_assistance"] = 1
    table.to_csv(file, index=False)


@pytest.mark.parametrize("design", ALL, ids=lambda one: one.name)
def test_each_pair_is_what_these_two_arms_say_with_the_error_of_the_lots(tmp_path, design):
    """Read from a file, each pair is its two arms' own answer, clustered or matched as was drawn."""
    found = world(3, design, planted=True)
    write(found, tmp_path / "r.csv")
    content = content_of(design)
    plan = plan_of(content)
    checked = check_register(tmp_path / "r.csv", plan)
    assert checked.is_ready, [str(one.says) for one in checked.found if one.judged == "wrong"]
    panel = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    analysis, entries = analyse_arms(panel, plan, content)
    assert [one.pair for one in analysis.contrasts] == [("x", "z"), ("y", "z")]
    for one in analysis.contrasts:
        pair = Design(design.name, design.rule, design.districts, one.pair)
        own = world(3, pair, planted=True)
        strategy = make_strategy(
            "d", "difference", Estimand("a", ASKED, "amount", "at", plan.inquiries["at"].who)
        )
        wanted = ask(strategy, sample_of(own, pair.strategy))
        effect = one.answers[0].finding.effect
        assert effect.estimate == pytest.approx(wanted.estimate, abs=51)
        assert effect.error == pytest.approx(wanted.error, abs=51)
        assert abs(effect.estimate - own.truths[DRAWN]) < 4 * effect.error
        if design in (DISTRICTS, STRATA, MATCHED):
            sample = sample_of(own, pair.strategy)
            naive = estimate_difference(sample.outcome(strategy.estimand), sample.arm)
            assert effect.error > 1.2 * naive.error
    assert all(
        next(iter(one.content["rule"].values()))["between"] == [*contrast.pair]
        for one, contrast in zip(entries, analysis.contrasts, strict=True)
    )


@pytest.mark.parametrize("design", ALL, ids=lambda one: one.name)
def test_a_release_of_two_arms_is_named_by_them(design):
    plan = plan_of(content_of(design))
    pair = plan.model_copy(update={"rule": plan.rule.comparing(("x", "z"))})
    assert str(name_release(pair)).endswith(", x against z")
    assert "against" not in str(name_release(plan))


def test_randomisation_redraws_the_districts_of_both_arms_and_no_others():
    """By hand: all 70 ways in which four of the eight districts of two arms could have been drawn."""
    found = world(4, DISTRICTS, planted=True)
    sample = sample_of(found, DISTRICTS.strategy)
    strategy = make_strategy("r", "randomisation", Estimand("a", ASKED, "amount", "at"))
    values, district = sample.outcome(strategy.estimand), sample.panel.district
    names = np.unique(district)
    assert len(names) == 8

    def difference(drawn):
        arm = np.isin(district, drawn)
        return abs(values[arm].mean() - values[~arm].mean())

    seen = difference(np.unique(district[sample.arm == 1.0]))
    ways = [difference(own) for own in combinations(names, 4)]
    by_hand = np.mean([one >= seen - 1e-9 for one in ways])
    options = {"statistic": "difference"}
    own = make_strategy("r", "randomisation", strategy.estimand, options=options)
    assert sample.lots.number == 70
    assert ask(own, sample).p == pytest.approx(by_hand, abs=1e-9)
    # Matched: one of each of four pairs, 16 ways, and no district ever leaves its triple.
    matched = sample_of(world(4, MATCHED), MATCHED.strategy)
    assert matched.lots.within == "pairs"
    assert matched.lots.number == 16
    for labels in matched.lots.redraw(99):
        for block in np.unique(matched.lots.blocks):
            inside = matched.lots.blocks == block
            assert {*labels[inside]} == {0.0, 1.0}


def test_who_waits_is_offered_it_last_and_the_others_in_one_order():
    found = world(5, WAITING)
    means = [float(found.panel.offered[found.place == arm].mean()) for arm in range(3)]
    assert abs(means[0] - means[1]) < 0.5
    assert min(found.panel.offered[found.place == 2]) >= LISTED + 10
    sizes = np.bincount(found.place.astype(int))
    assert max(sizes) - min(sizes) <= len(WAITING.districts)


def test_invitations_move_so_many_as_they_say_and_the_same_clients_first():
    found = world(6, INVITED)
    offered = np.isfinite(found.panel.offered)
    shares = [offered[found.place == arm].mean() for arm in range(3)]
    assert shares == pytest.approx([0.8, 0.5, 0.1], abs=0.12)


def test_instruments_answer_for_each_pair_of_invitations(tmp_path):
    """The effect on those whom one invitation moves and the other does not: the same for each pair."""
    asked = {"at": f"{ASKED} months", "outcome": "amount", "who": "compliers"}
    answers = {"main": {"estimator": "iv", "inquiry": "at"}}
    pairs = [["x", "z"], ["y", "z"], ["x", "y"]]
    content = content_of(INVITED, answers, asked, rule={"contrasts": pairs})
    plan = plan_of(content)
    found = world(7, INVITED, planted=True)
    write(found, tmp_path / "r.csv")
    panel = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    for one in analyse_arms(panel, plan, content)[0].contrasts:
        effect = one.answers[0].finding.effect
        assert abs(effect.estimate + SAVED["x"]) < 4 * effect.error
        assert effect.error < AMOUNT
    turned = content_of(INVITED, answers, asked, rule={"contrasts": [["y", "x"]]})
    with pytest.raises(FlowError, match="y moves no more than x; compare x with y"):
        plan_of(turned)
    treated = {**asked, "who": "treated"}
    with pytest.raises(FlowError, match="ask who: compliers"):
        plan_of(content_of(INVITED, answers, treated))


@pytest.mark.parametrize(
    ("design", "rule", "said"),
    [
        (DISTRICTS, {"drawn": 4}, "'drawn' is for two arms"),
        (DISTRICTS, {"pairs": [["a", "b"], ["c", "d"]]}, "'pairs' is for two arms"),
        (DISTRICTS, {"named": ["a"]}, "'named' is for two arms"),
        (DISTRICTS, {"contrasts": [["x", "z"], ["z", "x"]]}, "compared twice"),
        (WAITING, {"contrasts": [["z", "x"]]}, "'z' is the arm that waits"),
        (INVITED, {"encouraged": "50 %"}, "'encouraged' is for two arms"),
    ],
)
def test_arms_that_cannot_be_drawn_or_compared_are_refused(design, rule, said):
    with pytest.raises(FlowError, match=said):
        plan_of(content_of(design, rule=rule))


@pytest.mark.parametrize(
    ("arms", "strata", "said"),
    [
        ({}, None, "say how many districts are drawn to each arm but one"),
        ({}, {"s": ["a", "b", "c", "d"], "t": ["e", "f", "g"]}, "cannot be drawn to 3 arms"),
        ({}, {"s": ["a", "b", "c"]}, "two groups of matched districts"),
        (
            {"x": {"drawn": 3}, "y": {"drawn": 2}},
            {"s": ["a", "b", "c", "d"], "t": ["e", "f", "g", "h"]},
            "no whole number of districts",
        ),
    ],
)
def test_numbers_of_districts_that_do_not_come_out_are_refused(arms, strata, said):
    own = {"x": {}, "y": {}, "z": {"offered": False}} | arms
    rule = {"arms": own, "compared": "z", **({"strata": strata} if strata else {})}
    with pytest.raises(FlowError, match=said):
        plan_of(content_of(Design("d", {"districts": rule})))


def test_an_arm_of_one_district_and_too_few_lots_are_refused():
    one = {"x": {"drawn": 1}, "y": {"drawn": 4}, "z": {"offered": False}}
    with pytest.raises(FlowError, match=r"x against z: .*an arm is one district"):
        plan_of(content_of(Design("d", {"districts": {"arms": one, "compared": "z"}})))
    few = {"x": {"drawn": 4}, "y": {"drawn": 4}, "z": {"drawn": 4, "offered": False}}
    answers = {"main": {"estimator": "randomisation", "inquiry": "at"}}
    rule = {"arms": few, "compared": "z"}
    # 1/35 over two comparisons is above 5 %; over one it is not.
    with pytest.raises(FlowError, match="with so few lots nothing can be found"):
        plan_of(content_of(Design("d", {"districts": rule}), answers))
    plan_of(content_of(Design("d", {"districts": {**rule, "contrasts": [["x", "z"]]}}), answers))
    naive = {"main": {"estimator": "did", "inquiry": "at", "options": {"cluster": "client"}}}
    with pytest.raises(FlowError, match=r"x against z: .*is not what was drawn"):
        plan_of(content_of(DISTRICTS, naive))


def test_a_district_in_two_arms_or_too_many_in_one_is_found_in_the_register(tmp_path):
    found = world(8, DISTRICTS)
    place = found.place.copy()
    place[0] = (place[0] + 1) % 3
    write(found, tmp_path / "r.csv", place)
    plan = plan_of(content_of(DISTRICTS))
    said = " ".join(str(one.says) for one in check_register(tmp_path / "r.csv", plan).found)
    assert "is in several arms" in said
    first = int(found.panel.district[found.place == 0.0][0])
    place = np.where(found.panel.district == first, 1.0, found.place)
    write(found, tmp_path / "r.csv", place)
    wrong = check_register(tmp_path / "r.csv", plan)
    said = " ".join(str(one.says) for one in wrong.found if one.judged == "wrong")
    assert "3 districts are in the arm 'x'; the plan draws 4" in said
    read = read_register(tmp_path / "r.csv", plan.begins, plan.rule.words_of_arms)
    with pytest.raises(RegisterError, match="the plan draws 4"):
        analyse_arms(read, plan, content_of(DISTRICTS))


@pytest.mark.parametrize("design", [MATCHED, WAITING, INVITED], ids=lambda one: one.name)
def test_from_the_file_to_the_page(tmp_path, design):
    """An evaluation file with such arms, its plan, a register of that design, and the result."""
    key = next(iter(design.rule))
    rule = content_of(design)["rule"]
    who = {"who": "encouraged"} if key == "encouragement" else {}
    build(
        tmp_path,
        begins="2015-01-01",
        districts={name: {} for name in design.districts} if key == "districts" else {},
        inquiries={"in_work": {"at": f"{ASKED} months", **who}},
        designs={"arms": {**rule, "answers": "difference"}},
    )
    run = CliRunner()
    made = run.invoke(commands, ["plan", str(tmp_path / "evaluation.yaml"), "--out", str(tmp_path)])
    assert made.exit_code == 0, made.output
    # What was given, as a file has it: read back it is the same.
    (filed,) = re.findall(
        r"^arms: `(.*)`$", (tmp_path / "plan.md").read_text("utf-8"), re.MULTILINE
    )
    assert parse(f"{{{filed}}}", "plan.md").content == rule
    write(world(9, design, planted=True), tmp_path / "r.csv")
    arguments = ["--plan", str(tmp_path / "plan.json"), "--language", "nb"]
    checked = run.invoke(commands, ["register", "check", str(tmp_path / "r.csv"), *arguments])
    assert checked.exit_code == 0, checked.output
    out = ["--out", str(tmp_path / "out")]
    said = run.invoke(commands, ["estimate", str(tmp_path / "r.csv"), *arguments, *out])
    assert said.exit_code == 0, said.output
    assert "x mot z" in said.output
    figure = (tmp_path / "out" / "arms.txt").read_text(encoding="utf-8")
    record = json.loads((tmp_path / "out" / "analysis.json").read_text(encoding="utf-8"))
    assert [one["first"] for one in record["contrasts"]] == ["x", "y"]
    assert all(f"{one} mot z" in figure for one in "xy")


def test_evaluate_tries_each_kind_of_invitation(tmp_path):
    """By the draws of a pilot: more is done by the invitation that moves more, and truth is met."""
    from pilotsim.evaluation.run import evaluate

    cells = build(
        tmp_path,
        flow=pilot_flow(),
        inquiries={"in_work": {"at": "12 months", "who": "encouraged"}},
        designs={"arms": {**INVITED.rule, "answers": "difference"}},
        draws=40,
    )
    assert [design.name for design in cells[0].designs] == ["arms:x", "arms:y"]
    first, second = (one.diagnosis for one in evaluate(cells).tried)
    assert first.truth.value > second.truth.value
    for one in (first, second):
        assert abs(one.bias.value) < 4 * one.bias.error + 0.02


def test_arms_that_are_both_offered_it_are_said_not_to_be_tried(tmp_path):
    """One programme in the flow: x against y no draw can tell, and where that is all, nothing runs."""
    pairs = [["x", "z"], ["x", "y"]]

    def designs(contrasts):
        rule = {**content_of(DISTRICTS)["rule"]["districts"], "contrasts": contrasts}
        return {"arms": {"districts": rule, "answers": "difference"}}

    own = {"districts": {name: {} for name in DISTRICTS.districts}, "draws": 2}
    build(tmp_path, begins="2015-01-01", designs=designs(pairs), **own)
    run = CliRunner()
    asked = ["evaluate", str(tmp_path / "evaluation.yaml"), "--language", "en"]
    said = run.invoke(commands, asked)
    assert said.exit_code == 0, said.output
    assert "Not tried here: arms: x against y." in " ".join(said.output.split())
    build(tmp_path, begins="2015-01-01", designs=designs(pairs[1:]), **own)
    refused = run.invoke(commands, asked).exception
    assert isinstance(refused, RequestError)
    assert "nothing can be tried: both arms" in str(refused)
