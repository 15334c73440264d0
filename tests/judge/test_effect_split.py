"""An effect in its parts: what is planted is found, and the parts add up in every run."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.decided import flow_changed
from pilotsim.files.reading import MADE_OF
from pilotsim.judge.check import check_targets
from pilotsim.judge.effect_split import (
    EffectSplit,
    count_split_runs,
    is_on_already,
    split_effect,
)
from pilotsim.judge.effect_totals import EffectFigure
from pilotsim.judge.strengths import (
    StrengthVerdicts,
    central_strengths,
    count_strengths,
    turns,
)
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow
from pilotsim.output.views.answer import _hangs
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.parameters import numbers_of
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import ENGINES, plan_of, small_flow

ASSUMED = "nobody knows"
RUNS = 40


def parted_flow(
    *,
    times: float = 2.5,
    strength: dict[str, Any] | None = None,
    after: str = "100 %",
    **parts: Any,
) -> Flow:
    """Return a flow whose programme locks in, helps afterwards, and deters at the door."""
    counted = {
        "stock": {"says": "Stock", "of": {"groups": "old"}},
        "all": {"says": "All", "of": {"groups": ["old", "new"]}},
    }
    usual = {
        "lock_in": {
            "says": "Lock-in",
            "rests_on": ASSUMED,
            "without": {"stages.training.risks.job": 1},
        },
        "help": {"says": "Help", "rests_on": ASSUMED, "without": {"effects.0.times": 1}},
        "threat": {
            "says": "Threat",
            "rests_on": ASSUMED,
            "without": {"groups.new.deterred.share": "0 %"},
        },
    }
    flow = small_flow(
        "12 months",
        shared={
            "strength": {
                "value": 1,
                "assumption": ASSUMED,
                **(strength or {"low": 0, "high": 2}),
            }
        },
        groups={
            "old": {"stock": 60, "starts_in": "on"},
            "new": {
                "starts_in": "elsewhere",
                "arrivals": "5 per month",
                "deterred": {
                    "share": {"value": "40 %", "low": "20 %", "high": "60 %", "assumption": "x"},
                    "to": "away",
                },
            },
        },
        risks={"job": {"to": "work", "rate": "6 % per month"}},
        stages={
            "on": {"risks": {"job": 1}},
            "elsewhere": {},
            "training": {
                "draws_from": "on",
                "opens": {"every": "1 month"},
                "lasts": "3 months",
                "next": {"after": after} if after == "100 %" else {"after": after, "away": "rest"},
                "risks": {"job": {"value": 0.2, "assumption": ASSUMED}},
            },
            "after": {"risks": {"job": 1}},
            "work": {"counts_as": "work"},
            "away": {"counts_as": "unknown"},
        },
        effects=[
            {
                "after": "training",
                "on": "job",
                "times": {"value": times, "assumption": ASSUMED, "raised_to": "strength"},
            }
        ],
        targets={"t": {"says": "x", "at_least": 25, "measure": {"count": {"state": "work"}}}},
        mechanisms={
            "counted": counted,
            "parts": parts or usual,
            "displacement": {
                "says": "Displaced",
                "share": {"value": "30 %", "low": "0 %", "high": "60 %", "assumption": ASSUMED},
            },
        },
    )
    return plan_of(flow).flow


def split_of(flow: Flow, **options: Any) -> EffectSplit:
    found = split_effect(flow, replications=RUNS, seed=5, **options)
    assert found is not None
    return found


def worth(split: EffectSplit, part: str, counted: str, state: str) -> np.ndarray:
    """What a part adds in each replication."""
    place = split.parts.index(part)
    numbers = split.by_part[place, :, split.counted.index(counted), split.states.index(state)]
    return np.asarray(numbers)


def in_work(flow: Flow, replication: int, **numbers: float) -> float:
    """Clients of the stock in work at the end, with some values at numbers of their own."""
    row = numbers_of(flow)
    for path, number in numbers.items():
        row[flow.values[path].slot] = number
    journeys = run_replication(resolve_flow(flow, row), 5, replication)
    work = list(flow.stages).index("work")
    return float(((journeys.stage == work) & (journeys.cohort.group[journeys.client] == 0)).sum())


@pytest.mark.parametrize("fixed", [True, False])
def test_the_parts_add_up_in_every_run(fixed: bool):
    split = split_of(parted_flow(), fixed=fixed)
    assert split.states == ("work", "assistance", "unknown")
    assert np.array_equal(split.left + split.by_part.sum(axis=0), split.total)
    assert (split.total != 0).any()
    # Everybody who counts is in some state, in each world.
    assert (split.without.sum(axis=2) == split.programme.sum(axis=2)).all()


def test_a_part_that_no_way_on_can_do_without_stays_on_and_is_named():
    # All who finish the training go the one way that the part is switched off by closing.
    def flow(share: str) -> Flow:
        content = {
            "says": "Way",
            "rests_on": ASSUMED,
            "without": {"stages.training.next.after": "0 %"},
        }
        help_ = {"says": "Help", "rests_on": ASSUMED, "without": {"effects.0.times": 1}}
        return parted_flow(after=share, way=content, help=help_)

    stuck = split_of(flow("100 %"))
    assert stuck.parts == ("help",)
    assert stuck.inseparable == ("way",)
    np.testing.assert_allclose(stuck.left + stuck.by_part.sum(axis=0), stuck.total)
    apart = split_of(flow("60 %"))
    assert apart.parts == ("way", "help")
    assert apart.inseparable == ()


def test_what_is_planted_is_found():
    """Lock-in takes jobs, help gives them, the threat moves new clients away and nobody else."""
    split = split_of(parted_flow(), fixed=True)
    lock_in, helps = (
        EffectFigure.of(worth(split, part, "stock", "work")) for part in ("lock_in", "help")
    )
    assert lock_in.mean.high < 0 < helps.mean.low
    threat = worth(split, "threat", "all", "unknown")
    assert (threat >= 0).all()
    assert threat.mean() == pytest.approx(0.4 * 5 * 12, rel=0.15)
    assert np.array_equal(worth(split, "threat", "all", "assistance"), -threat)
    assert not worth(split, "threat", "stock", "unknown").any()
    assert not worth(split, "help", "all", "unknown").any()
    # All off, the programme does nothing at all: to the last client.
    assert not split.left.any()


def test_a_part_is_worth_the_mean_of_what_it_adds_first_and_last():
    """Two parts have two orders: worked out again from four single runs."""
    flow = parted_flow()
    two = {name: part.model_dump() for name, part in flow.mechanisms.parts.items()}  # type: ignore[union-attr]
    del two["threat"]
    flow = parted_flow(
        **{name: {**part, "says": "x", "rests_on": "y"} for name, part in two.items()}
    )
    split = split_of(flow, fixed=True)
    helped, locked = "effects.0.times", "stages.training.risks.job"
    for replication in range(10):
        neither = in_work(flow, replication, **{helped: 1.0, locked: 1.0})
        only_help = in_work(flow, replication, **{locked: 1.0})
        only_lock = in_work(flow, replication, **{helped: 1.0})
        both = in_work(flow, replication)
        wanted = 0.5 * ((only_help - neither) + (both - only_lock))
        assert worth(split, "help", "stock", "work")[replication] == wanted


def test_a_part_that_is_off_already_is_worth_nothing():
    parts = {
        "help": {"says": "a", "rests_on": "b", "without": {"effects.0.times": 1}},
        "nothing": {"says": "a", "rests_on": "b", "without": {"stages.after.risks.job": 1}},
    }
    split = split_of(parted_flow(**parts))
    assert not worth(split, "nothing", "all", "work").any()
    assert worth(split, "help", "all", "work").any()


def test_both_engines_and_several_workers_split_alike():
    found = [split_effect(parted_flow(), replications=4, engine=engine) for engine in ENGINES]
    found.append(split_effect(parted_flow(), replications=4, jobs=2))
    for one in found:
        assert one is not None
        assert found[0] is not None
        assert np.array_equal(one.by_part, found[0].by_part)


def test_displacement_is_a_share_of_the_jobs_won_and_changes_no_client():
    split = split_of(parted_flow(), fixed=True)
    won = split.total[:, :, split.states.index("work")]
    assert (won.mean(axis=0) > 0).all()
    assert split.taken_from_others.mean(axis=0) == pytest.approx(0.3 * won.mean(axis=0))
    assert (split.taken_from_others >= 0).all()
    assert np.array_equal(split.net_of_displacement, won - split.taken_from_others)
    drawn = split_of(parted_flow()).displaced
    assert len(set(drawn)) == RUNS
    assert 0 <= drawn.min() < drawn.max() <= 0.6


def test_a_programme_that_loses_jobs_gives_others_none():
    """Without its help the programme only locks in; what it loses is nobody's gain."""
    parts = {
        "lock_in": {"says": "a", "rests_on": "b", "without": {"stages.training.risks.job": 1}},
    }
    split = split_of(parted_flow(times=1, **parts), fixed=True)
    won = split.total[:, :, split.states.index("work")]
    assert (won.mean(axis=0) < 0).all()
    assert not split.taken_from_others.any()
    assert np.array_equal(split.net_of_displacement, won)
    # The naive share of what is lost would have been a gain to others.
    assert (0.3 * won).mean() < 0


def test_a_check_has_the_split_and_each_verdict_by_strength():
    flow = parted_flow()
    runs: list[int] = []
    check = check_targets(flow, replications=80, seed=5, progress=runs.append)
    assert check.split is not None
    # As many as the verdicts rest on, so that a number told twice is one number.
    assert check.split.replications == 80
    assert count_split_runs(flow, 80) == 80 * 5
    assert [one.multiple for one in check.strengths] == [0.0, 0.5, 1.0, 2.0]
    expected = [one.verdicts[0].expected for one in check.strengths]
    assert expected == sorted(expected)
    assert expected[0] < expected[-1]
    plain = check_targets(flow, replications=20, seed=5, what_if=False)
    assert plain.split is None
    assert plain.strengths == ()


def test_multiples_are_of_the_strength_that_is_drawn_and_not_of_the_written_number():
    """The file writes 1 and draws between 0.9 and 2.7: double is twice 1.8."""
    flow = parted_flow(strength={"low": 0.9, "high": 2.7, "shape": "uniform"})
    check = check_targets(flow, replications=200, what_if_replications=2, seed=5)
    numbers = [one.strengths["strength"] for one in check.strengths]
    assert numbers == pytest.approx([0, 0.9, 1.8, 3.6], rel=1e-9)
    assert numbers[1] == numbers[2] / 2 == numbers[3] / 4
    # Of the belief, and of no run: fewer of them, or others, have the same.
    fewer = check_targets(flow, replications=20, what_if_replications=2, seed=6)
    assert [one.strengths["strength"] for one in fewer.strengths] == numbers
    held = check_targets(flow, replications=20, seed=5, fixed=True)
    assert [one.strengths["strength"] for one in held.strengths] == [0, 0.5, 1, 2]


def test_the_mean_of_a_mixture_is_that_of_the_belief():
    parts = [
        {"weight": "60 %", "mean": 2, "sd": 0.5},
        {"weight": "20 %", "mean": 0, "sd": 0},
        {"weight": "20 %", "mean": 1, "sd": 1},
    ]
    flow = parted_flow(strength={"mixture": parts})
    assert central_strengths(flow, fixed=False)["strength"] == pytest.approx(1.4, abs=0.002)


def test_a_strength_that_is_set_to_0_has_no_multiples_and_the_answer_says_so():
    off = parted_flow(strength={"value": 0})
    check = check_targets(off, replications=20, what_if_replications=2, seed=5)
    assert check.strengths == ()
    assert count_strengths(off) == 0
    said = say("answer_strength_off", "en")
    assert said in list(_hangs(check, "en"))
    # The control.
    flow = parted_flow()
    assert count_strengths(flow) == 4
    assert said not in list(_hangs(check_targets(flow, replications=20, seed=5), "en"))


def test_no_strength_is_the_help_switched_off_to_the_bit():
    flow = parted_flow()
    check = check_targets(flow, replications=20, seed=5, fixed=True)
    none = check.strengths[0].verdicts[0]
    off = [in_work(flow, replication, **{"effects.0.times": 1.0}) for replication in range(20)]
    assert none.expected == np.mean(off)
    assert none.expected != check.verdicts[0].expected


@pytest.mark.parametrize(
    ("without", "message"),
    [
        ({"effects.0.time": 1}, "no value of the flow stands at 'effects.0.time'; did you mean"),
        ({"groups.new.deterred.share": 1}, "expected a share such as"),
        ({"targets.t.at_least": 1}, "no value of the flow stands at 'targets.t.at_least'"),
    ],
)
def test_a_switch_of_nothing_is_refused(without: dict[str, Any], message: str):
    with pytest.raises(FlowError, match=re.escape(message)):
        parted_flow(p={"says": "a", "rests_on": "b", "without": without})


def test_one_value_belongs_to_one_part():
    part = {"says": "a", "rests_on": "b", "without": {"effects.0.times": 1}}
    with pytest.raises(FlowError, match="'p' switches this value already"):
        parted_flow(p=part, q=part)


def test_what_is_not_planned_is_shown_on_top_and_in_no_sum():
    """An addition is the difference of two whole runs; it leaves the parts as they are."""
    flow = parted_flow()
    assert flow.mechanisms is not None
    document, _ = flow.memory[MADE_OF]
    added = {
        **document.content,
        "mechanisms": {
            **document.content["mechanisms"],
            "besides": {
                "twice": {"says": "a", "rests_on": "b", "set": {"effects.0.times": 6.25}},
                "same": {"says": "a", "rests_on": "b", "set": {"effects.0.times": 2.5}},
            },
        },
    }
    split = split_of(plan_of(added).flow, fixed=True)
    assert not split.besides["same"].any()
    on = flow_changed(split.flow, {"effects.0.times": 2.5})
    assert on is not None
    assert is_on_already(on, "same")
    assert not is_on_already(on, "twice")
    assert not is_on_already(split.flow, "twice")
    assert split.besides["twice"][:, 0, 0].mean() > 0
    for replication in range(5):
        more = in_work(flow, replication, **{"effects.0.times": 6.25})
        gained = more - in_work(flow, replication)
        assert split.besides["twice"][replication, 0, 0] == gained
    assert np.array_equal(split.by_part, split_of(flow, fixed=True).by_part)


def test_a_word_turns_only_where_the_chances_lie_apart():
    flow = parted_flow()
    check = check_targets(flow, replications=80, seed=5)
    one = check.strengths[0]
    verdict = one.verdicts[0]

    def at(word: str, low: float, high: float) -> StrengthVerdicts:
        changed = replace(verdict, word=word, interval=(low, high))
        return StrengthVerdicts(2.0, {"strength": 2.0}, (changed,))

    apart = (at("unlikely", 0.1, 0.2), at("likely", 0.7, 0.8))
    by_a_hair = (at("unlikely", 0.2, 0.4), at("uncertain", 0.3, 0.5))
    assert turns(apart, 0)
    assert not turns(by_a_hair, 0)
