"""Lots: what was drawn, within what, and that it is drawn anew as it was."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.effects.checks.balance import check_balance, check_lottery
from pilotsim.effects.estimators.pairs import estimate_pairs
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from pilotsim.evaluation.checks import CheckRequest, run_check
from pilotsim.evaluation.designs import DataStrategy, match_pairs, sites
from pilotsim.evaluation.designs.pair_matching import uncorrelated
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.estimators import ask, check_under, make_strategy
from pilotsim.evaluation.evaluation import Evaluation
from pilotsim.evaluation.pilot import make_worlds, run_pilot
from pilotsim.evaluation.redrawn_lots import null_statistics
from pilotsim.evaluation.strategy import StrategySample
from tests.evaluation.pilots import build
from tests.recovery.lots import ALIKE, DESIGNS, LISTED, register

BY_NAME = {design.name: design for design in DESIGNS}
IN_WORK = Estimand("in_work", 9)


def sample_of(name: str, draw: int = 0) -> StrategySample:
    return register(draw, BY_NAME[name])


def drawn_of(sample: StrategySample, labels: np.ndarray) -> set[str]:
    """The districts that are offered the programme by some labels."""
    return {sample.panel.districts[k] for k in np.unique(sample.panel.district[labels == 1.0])}


@pytest.mark.parametrize(
    ("name", "unit", "within", "number"),
    [
        ("4 of 8 districts", "district", None, math.comb(8, 4)),
        ("4 of 8 districts in strata", "district", "blocks", math.comb(4, 2) ** 2),
        ("4 pairs of districts", "district", "pairs", 2**4),
        ("steps", "district", None, math.factorial(8)),
        ("steps in strata", "district", "blocks", math.factorial(4) ** 2),
        ("pairs of clients", "client", "pairs", 2**44),
    ],
)
def test_lots_are_those_of_the_design(name, unit, within, number):
    lots = sample_of(name).lots
    assert (lots.unit, lots.within, lots.number) == (unit, within, number)
    assert (lots.clusters is None) == (unit == "client")


def test_named_districts_and_caseworkers_draw_no_lots():
    sample = sample_of("4 of 8 districts")
    for rule in ({"districts": {"named": ["a", "b"]}}, {"caseworker": {"weights": {"age": 1}}}):
        assert replace(sample, rule=DataStrategy.model_validate(rule)).lots is None


def test_all_lots_of_districts_are_gone_through_once_and_districts_stay_whole():
    sample = sample_of("4 of 8 districts")
    redrawn = list(sample.lots.redraw(999))
    sets = {frozenset(drawn_of(sample, labels)) for labels in redrawn}
    assert len(redrawn) == len(sets) == 70
    assert all(len(chosen) == 4 for chosen in sets)
    assert frozenset(drawn_of(sample, sample.arm)) in sets
    for labels in redrawn:
        by_district = [set(labels[sample.panel.district == k]) for k in range(8)]
        assert all(len(own) == 1 for own in by_district)


def test_lots_stay_in_their_strata_and_pairs():
    sample = sample_of("4 of 8 districts in strata")
    for labels in sample.lots.redraw(999):
        chosen = drawn_of(sample, labels)
        assert [len(chosen & set(own)) for own in ALIKE.values()] == [2, 2]
    sample = sample_of("pairs of clients")
    for labels in sample.lots.redraw(5):
        assert (np.bincount(sample.lots.blocks, labels) == 1.0).all()
    sample = sample_of("steps in strata")
    starts = [set(labels[sample.lots.blocks == 0]) for labels in sample.lots.redraw(20)]
    # The strata take turns, so that the first has every other step whatever the lots.
    assert all(own == {LISTED + step for step in (0, 2, 4, 6)} for own in starts)


def test_what_the_lots_draw_is_what_the_design_draws():
    """Drawn anew as often, each of the 16 ways of four pairs comes as often by the design's own lots."""
    design = BY_NAME["4 pairs of districts"]
    ways = {frozenset(drawn_of(s, s.arm)) for s in (register(draw, design) for draw in range(120))}
    sample = register(0, design)
    assert ways == {frozenset(drawn_of(sample, labels)) for labels in sample.lots.redraw(999)}


def test_a_p_value_from_drawn_districts_is_never_below_one_in_35():
    """All 70 ways, by hand: the p-value is the share of ways with a difference as large."""
    sample = sample_of("4 of 8 districts", 3)
    found = ask(
        make_strategy("r", "randomisation", IN_WORK, options={"statistic": "difference"}), sample
    )
    y = sample.outcome(IN_WORK)
    by_hand = []
    for labels in sample.lots.redraw(999):
        by_hand.append(y[labels == 1.0].mean() - y[labels == 0.0].mean())
    own = y[sample.arm == 1.0].mean() - y[sample.arm == 0.0].mean()
    assert found.estimate == pytest.approx(own)
    assert found.p == pytest.approx(np.mean(np.abs(by_hand) >= abs(own) - 1e-12))
    assert found.p >= 1 / 35
    assert any("0.029" in str(note) for note in found.notes)
    assert found.clusters == 8
    # Control: lots of clients, which nobody drew, see an effect in what districts are like.
    as_clients = replace(
        sample,
        rule=DataStrategy.model_validate({"lottery": {}}),
        block=np.zeros(len(sample.arm)),
    )
    assert ask(make_strategy("r", "randomisation", IN_WORK), as_clients).p < found.p / 2


@pytest.mark.parametrize(
    "estimator", ["difference", "adjusted", "lin", "blocked", "clustered", "did"]
)
def test_errors_cluster_by_the_districts_that_were_drawn(estimator):
    covariates = ("age",) if estimator in ("adjusted", "lin") else ()
    sample = sample_of("4 of 8 districts")
    found = ask(make_strategy("a", estimator, IN_WORK, covariates=covariates), sample)
    assert found.clusters == 8
    assert found.freedom < 7.0


@pytest.mark.parametrize("estimator", ["difference", "adjusted", "lin", "did"])
def test_a_plan_cannot_name_another_cluster_than_was_drawn(estimator):
    covariates = ("age",) if estimator in ("adjusted", "lin") else ()
    one = make_strategy(
        "a", estimator, IN_WORK, covariates=covariates, options={"cluster": "client"}
    )
    drawn = DataStrategy.model_validate({"districts": {"drawn": 4}})
    with pytest.raises(
        RequestError, match="'client' is not what was drawn; the design draws districts"
    ):
        check_under(one, drawn, is_plan=True)
    # An evaluation may try it, and sees how small the error is that counts clients.
    check_under(one, drawn, is_plan=False)
    sample = sample_of("4 of 8 districts")
    right = ask(make_strategy("b", estimator, IN_WORK, covariates=covariates), sample)
    naive = ask(one, sample)
    assert naive.high - naive.low < 0.9 * (right.high - right.low)


def test_a_plan_cannot_ask_for_errors_of_clients_under_drawn_districts():
    one = make_strategy("a", "difference", IN_WORK, options={"errors": "HC1"})
    with pytest.raises(RequestError, match="take every client for independent"):
        check_under(one, DataStrategy.model_validate({"districts": {"drawn": 4}}), is_plan=True)


def test_one_named_district_has_no_error_between_districts():
    one = make_strategy("a", "did", IN_WORK)
    named = DataStrategy.model_validate({"districts": {"named": "a"}})
    with pytest.raises(RequestError, match=r"one district.*synthetic_control"):
        check_under(one, named, is_plan=True)
    check_under(
        one, DataStrategy.model_validate({"districts": {"named": ["a", "b"]}}), is_plan=True
    )
    sample = sample_of("4 of 8 districts")
    alone = replace(sample, rule=named, arm=(sample.panel.district == 0).astype(float))
    found = ask(one, alone)
    assert any("one district" in str(note) for note in found.notes)


@pytest.mark.parametrize("rule", [{"blocks": ["past"]}, {"pairs": ["past"]}])
def test_what_does_not_follow_blocks_is_no_plan(rule):
    design = DataStrategy.model_validate({"lottery": rule})
    weighted = make_strategy("a", "aipw", IN_WORK, covariates=("past",))
    with pytest.raises(
        RequestError, match=r"does not follow the lots.*difference.* would answer it"
    ):
        check_under(weighted, design, is_plan=True)
    check_under(make_strategy("b", "difference", IN_WORK), design, is_plan=True)


def test_lots_that_can_give_no_small_p_value_are_no_plan():
    pairs = {"districts": {"pairs": [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]}}
    one = make_strategy("a", "randomisation", IN_WORK)
    with pytest.raises(RequestError, match=r"can find nothing.*below 0\.125"):
        check_under(one, DataStrategy.model_validate(pairs), is_plan=True)
    pairs["districts"]["pairs"] += [["i", "j"], ["k", "l"]]
    check_under(one, DataStrategy.model_validate(pairs), is_plan=True)


def test_a_fair_lottery_within_blocks_is_not_called_manipulated():
    """Half of those with work before are drawn, and three tenths of the others: chance within each."""
    rng = np.random.default_rng(4)
    past = (np.arange(400) < 200).astype(float)
    arm = np.concatenate([rng.permutation(200) < 140, rng.permutation(200) < 60]).astype(float)
    assert not check_lottery(past[:, None], arm).passed
    # Within blocks of the trait itself it cannot differ: that is no tick.
    within = check_lottery(past[:, None], arm, blocks=past)
    assert within.passed is None
    assert "Nothing is left to check" in within.text
    age = np.random.default_rng(5).normal(size=len(past))
    assert check_lottery(np.column_stack([past, age]), arm, blocks=past).passed


def test_the_balance_of_a_register_is_that_of_its_own_lots():
    for name in ("clients in blocks", "4 of 8 districts", "pairs of clients"):
        sample = sample_of(name)
        request = CheckRequest(
            sample, make_strategy("d", "difference", IN_WORK), ("past", "age"), True, sample.rule
        )
        found = run_check("balance", request)
        assert found.passed is not None
        assert ("70 lotteries" in str(found.text)) == (name == "4 of 8 districts")


def test_whole_clusters_differ_by_lot_as_often_as_they_say():
    """Of 70 lots the check fails the three most extreme: a rate below 5 %, and it sees a chosen arm."""
    failed = 0
    for draw in range(200):
        sample = sample_of("4 of 8 districts", draw)
        failed += not check_lottery(
            sample.panel.traits["age"][:, None], sample.arm, clusters=sample.panel.district
        ).passed
    assert failed / 200 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 200)
    means = np.bincount(sample.panel.district, sample.panel.traits["age"]) / np.bincount(
        sample.panel.district
    )
    chosen = np.isin(sample.panel.district, np.argsort(means)[4:]).astype(float)
    assert not check_lottery(
        sample.panel.traits["age"][:, None], chosen, clusters=sample.panel.district
    ).passed


def test_a_check_of_whole_districts_passes_nothing_that_it_could_not_fail():
    """Of four districts two are drawn: no lot of six is rarer than one in three, whatever its means."""
    districts = np.repeat(np.arange(4), 30)
    arm = np.isin(districts, [2, 3]).astype(float)
    apart = np.where(arm == 1.0, 50.0, 20.0) + np.arange(120) % 3
    few = check_lottery(apart[:, None], arm, clusters=districts)
    assert few.passed is None
    assert "could have fallen in 6 ways" in str(few.text)
    eight = np.repeat(np.arange(8), 30)
    chosen = (eight >= 4).astype(float)
    other = np.where(chosen == 1.0, 50.0, 20.0) + np.arange(240) % 3
    assert check_lottery(other[:, None], chosen, clusters=eight).passed is False
    alike = check_lottery((np.arange(240.0) % 30)[:, None], chosen, clusters=eight)
    assert (alike.passed, "the same for all the clusters" in str(alike.text)) == (None, True)
    one_way = check_lottery(other[:, None], chosen, clusters=eight, blocks=chosen)
    assert one_way.passed is None
    assert "in one way alone" in str(one_way.text)


def test_a_balance_of_what_is_the_same_for_all_is_no_balance():
    arm = np.repeat([1.0, 0.0], 20)
    assert check_balance(np.ones((40, 2)), arm).passed is None
    assert check_balance(np.column_stack([np.ones(40), np.arange(40) % 2]), arm).passed
    assert check_balance(arm[:, None], arm).passed is False


def test_romano_wolf_redraws_districts():
    sample = sample_of("4 of 8 districts")
    found = null_statistics(sample, [make_strategy("d", "difference", IN_WORK)])
    assert found.shape == (70, 1)
    # Lots and their opposites give the same difference with the other sign.
    assert np.sort(found[:, 0]) == pytest.approx(np.sort(-found[:, 0]), abs=1e-9)


def test_pairs_are_the_paired_t():
    """The textbook's differences: mean and standard error of the six differences."""
    first, second = (
        np.array([5.1, 4.0, 6.2, 7.7, 3.3, 5.0]),
        np.array([4.0, 4.1, 5.0, 6.1, 3.0, 4.2]),
    )
    gap = first - second
    found = estimate_pairs(
        np.concatenate([first, second]), np.repeat([1.0, 0.0], 6), np.tile(np.arange(6), 2)
    )
    assert found.estimate == pytest.approx(gap.mean())
    assert found.error == pytest.approx(gap.std(ddof=1) / math.sqrt(6))
    assert found.freedom == pytest.approx(5.0)


def test_clusters_of_different_size_count_by_their_clients():
    y = np.array([1.0, 0, 1, 1, 0, 0, 1, 0, 0, 1, 0, 1])
    cluster = np.array([0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 3, 3])
    arm = np.isin(cluster, (0, 3)).astype(float)
    found = estimate_randomised(y, arm, clusters=cluster, weights="size", statistic="difference")
    assert found.estimate == pytest.approx(y[arm == 1].mean() - y[arm == 0].mean())
    even = estimate_randomised(y, arm, clusters=cluster, statistic="difference")
    assert even.estimate == pytest.approx((0.6 + 0.5 - 0.5 - 1 / 3) / 2)


def test_pairs_are_of_those_who_are_alike():
    table = np.array([[1.0, 10], [1, 11], [9, 10], [9, 12], [5, 30], [5, 31], [5, 18]])
    pair = match_pairs(table)
    assert pair[0] == pair[1]
    assert pair[2] == pair[3]
    assert pair[4] == pair[5]
    assert np.isnan(pair[6])


def test_distances_between_clients_are_those_of_mahalanobis():
    """By the inverse of the covariance; one trait in other units, one that follows from others."""
    random = np.random.default_rng(5)
    table = random.normal(size=(40, 3)) @ random.normal(size=(3, 3)) * [1.0, 1000.0, 0.01]
    inverse = np.linalg.inv(np.cov(table, rowvar=False))
    apart = table[:, None] - table[None]
    wanted = np.einsum("ijk,kl,ijl->ij", apart, inverse, apart)
    follows = np.column_stack([table, table[:, 0] - 3.0 * table[:, 1], np.full(40, 7.0)])
    for own in (table, follows):
        columns = np.column_stack(uncorrelated(own))
        assert columns.shape == (40, 3)
        found = ((columns[:, None] - columns[None]) ** 2).sum(axis=2) * (len(own) - 1)
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert np.isnan(match_pairs(np.ones((1, 2)))).all()
    assert match_pairs(np.ones((4, 2))).tolist() == [0.0, 0.0, 2.0, 2.0]


def test_who_is_offered_what_asks_no_library_whose_last_digits_are_a_machine_s():
    folder = Path(sites.__file__).parent
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        for word in ("scipy", "linalg", ".mean(", ".std(", "@", "np.exp", "np.log", "np.cov"):
            lines = [line for line in text.splitlines() if word in line]
            # Decorators are no products of matrices.
            assert not [one for one in lines if not one.strip().startswith("@")], (file.name, word)


EIGHT = {name: {} for name in "abcdefgh"}


@pytest.mark.parametrize(
    ("design", "said"),
    [
        ({"lottery": {"pairs": ["young"], "blocks": ["young"]}}, "blocks or pairs, not both"),
        ({"lottery": {"pairs": ["young"], "share": "30 %"}}, "a share of 50 %"),
        ({"districts": {"pairs": [["a", "b", "c"], ["d", "e"]]}}, "two districts in each"),
        ({"districts": {"pairs": [["a", "b"]]}}, "two pairs or more"),
        ({"districts": {"pairs": [["a", "b"], ["b", "c"]]}}, "'b' is named twice"),
        (
            {"districts": {"drawn": 3, "strata": {"x": ["a", "b"], "y": ["c", "d"]}}},
            "no whole number",
        ),
        (
            {"districts": {"drawn": 2, "strata": {"x": ["a"], "y": ["c", "d", "e"]}}},
            "2 districts or more in 'x'",
        ),
        ({"districts": {"named": ["a"], "strata": {"x": ["a", "b"]}}}, "say how many"),
        ({"districts": {"named": ["a"], "pairs": [["a", "b"], ["c", "d"]]}}, "exactly one of"),
        (
            {"stepped_wedge": {"every": "1 month", "order": "named", "strata": {"x": ["a", "b"]}}},
            "say one",
        ),
    ],
)
def test_a_lottery_that_cannot_be_drawn_is_refused_with_its_place(tmp_path, design, said):
    with pytest.raises(FlowError, match=rf"designs\.tried.*{said}"):
        build(tmp_path, districts=EIGHT, designs={"tried": {**design, "answers": "difference"}})


def pilot_of(tmp_path, design: dict, draw: int = 0) -> StrategySample:
    (cell,) = build(
        tmp_path, districts=EIGHT, designs={"tried": {**design, "answers": "difference"}}
    )
    assert isinstance(cell, Evaluation)
    return run_pilot(cell, cell.designs[0], make_worlds(cell, draw), draw).sample


def test_a_simulated_pilot_draws_one_of_each_pair(tmp_path):
    pairs = [["a", "h"], ["b", "g"]]
    sample = pilot_of(tmp_path, {"districts": {"pairs": pairs}})
    chosen = drawn_of(sample, sample.arm)
    assert [len(chosen & set(pair)) for pair in pairs] == [1, 1]
    # Those in no pair are in neither arm.
    assert {sample.panel.districts[k] for k in np.unique(sample.panel.district)} == set("abgh")
    assert sample.lots.number == 4


def test_a_simulated_pilot_pairs_clients_of_a_district(tmp_path):
    sample = pilot_of(tmp_path, {"lottery": {"pairs": ["record", "young"]}})
    sizes = np.bincount(sample.lots.blocks)
    assert (sizes == 2).all()
    for pair in range(0, len(sizes), 40):
        inside = sample.lots.blocks == pair
        assert sample.arm[inside].sum() == 1.0
        assert len(set(sample.panel.district[inside])) == 1
    gaps = [
        abs(np.diff(sample.panel.traits["record"][sample.lots.blocks == k])[0]) for k in range(100)
    ]
    assert np.median(gaps) < 0.1
