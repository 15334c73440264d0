"""Two plans beside each other: what is paired, what is not, and how surely they differ."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.base.text import Text
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets
from pilotsim.judge.comparison import (
    ASKED_OTHERWISE,
    COUNTED_OTHERWISE,
    MEASURED_OTHERWISE,
    ONLY_FIRST,
    ONLY_SECOND,
    OTHER_CLIENTS,
    OTHER_CURRENCY,
    ComparedPlan,
    compare_plans,
)

FLOW = """
flow: one
title: One
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 60}}
resources: {place: {units: 4, price_per_month: 1000}}
risks: {job: {to: work, rate: {value: 3 % per month, low: 1, high: 6, assumption: guess}}}
stages:
  on: {risks: {job: 1}}
  help: {draws_from: on, opens: {every: 1 month}, needs: {place: 1}, lasts: 2 months, next: {after: 100 %}, risks: {job: 1}}
  after: {risks: {job: 3}}
  work: {counts_as: work}
mechanisms: {counted: {all: {says: All, of: {groups: g}}}, parts: {help: {says: Help, rests_on: guess, without: {stages.after.risks.job: 1}}}}
economy: {participants: {started: help}}
targets:
  work: {says: Work, at_least: 40 %, measure: {share: {state: work, at: end}, of: {groups: g}}}
  helped: {says: Helped, at_least: 20, measure: {count: {started: help}}}
"""
RUNS = 40


def compared(first, second, **options):
    plans = [
        ComparedPlan(Text(name), read_text(text)) for name, text in (("A", first), ("B", second))
    ]
    return compare_plans(*plans, replications=options.pop("replications", RUNS), seed=4, **options)


def replaced(*pairs):
    text = FLOW
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.fixture(scope="module")
def more_places():
    return compared(FLOW, replaced(("units: 4", "units: 20")))


def test_each_side_is_what_a_check_of_it_says(more_places):
    for text, side in ((FLOW, "first"), (replaced(("units: 4", "units: 20")), "second")):
        check = check_targets(read_text(text), replications=RUNS, seed=4, what_if=False)
        for own, one in zip(check.verdicts, more_places.verdicts, strict=True):
            there = getattr(one, side)
            assert (there.word, there.expected, there.probability) == (
                own.word,
                own.expected,
                own.probability,
            )


def test_differences_are_those_of_the_pairs(more_places):
    checks = [
        check_targets(read_text(text), replications=RUNS, seed=4, what_if=False)
        for text in (FLOW, replaced(("units: 4", "units: 20")))
    ]
    for one in more_places.verdicts:
        before, after = (check.values[one.question.name] for check in checks)
        differences = after - before
        assert one.difference.mean == pytest.approx(differences.mean())
        half = (one.difference.high - one.difference.low) / 2
        assert half == pytest.approx(2.0227 * differences.std(ddof=1) / np.sqrt(RUNS), rel=1e-3)
    [work] = [one for one in more_places.effects if one.state == "work"]
    totals = [check.effect.total[:, 0, check.effect.states.index("work")] for check in checks]
    assert work.difference.mean == pytest.approx((totals[1] - totals[0]).mean())


def test_more_places_help_more_and_cost_more(more_places):
    helped = next(one for one in more_places.verdicts if one.question.name == "helped")
    assert helped.is_better
    assert helped.is_turned == (helped.first.word != helped.second.word)
    spent = next(one for one in more_places.money if one.kind == "spent")
    # 16 places more at 1000 a month for a year, the same in every run.
    assert spent.difference.mean == pytest.approx(16 * 12 * 1000, rel=0.01)
    assert more_places.have_same_clients
    assert more_places.last_as_long


def test_a_plan_beside_itself_differs_in_nothing():
    found = compared(FLOW, FLOW)
    assert found.differences.is_nothing
    assert all(one.difference.mean == 0 and not one.is_turned for one in found.verdicts)
    assert [one.is_better for one in found.verdicts] == [None, None]
    assert not found.uncompared


def test_what_is_better_is_what_the_target_wants():
    fewer = replaced(("units: 4", "units: 20"), ("at_least: 20,", "at_most: 20,"))
    also = replaced(("at_least: 20,", "at_most: 20,"))
    helped = next(one for one in compared(also, fewer).verdicts if one.question.name == "helped")
    assert helped.difference.mean > 0
    assert helped.is_better is False


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ([("state: work, at: end", "state: work, at: start")], {("Work", MEASURED_OTHERWISE)}),
        ([("at_least: 20,", "at_most: 20,")], {("Helped", ASKED_OTHERWISE)}),
        ([("  helped:", "  came:")], {("Helped", ONLY_FIRST), ("Helped", ONLY_SECOND)}),
        ([("of: {groups: g}}},", "of: {origin: stock}}},")], {("All", COUNTED_OTHERWISE)}),
        ([("title: One", "title: One\nclient_is: A decision")], {(None, OTHER_CLIENTS)}),
        ([("title: One", "title: One\ncurrency: SEK")], {(None, OTHER_CURRENCY)}),
    ],
)
def test_nothing_is_paired_that_is_not_the_same(pairs, why):
    found = compared(FLOW, replaced(*pairs), replications=3)
    said = {(one.says.in_language("en") if one.says else None, one.why) for one in found.uncompared}
    assert said == why
    left_out = {words for words, _ in why}
    assert not left_out & {one.question.says.in_language("en") for one in found.verdicts}
    if (None, OTHER_CLIENTS) in why:
        assert not found.verdicts + found.effects + found.money
    if (None, OTHER_CURRENCY) in why:
        assert not found.money
        assert len(found.verdicts) == 2


def test_flows_with_nothing_in_common_are_told_and_not_compared():
    other = """
flow: other
title: Other
starts: 2016-01-01
lasts: 6 months
groups: {k: {starts_in: here, stock: 10}}
risks: {off: {to: gone, rate: 5 % per month}}
stages: {here: {risks: {off: 1}}, gone: {counts_as: unknown}}
targets: {few: {says: Few, at_most: 5, measure: {count: {in_stage: here, at: end}}}}
"""
    found = compared(FLOW, other, replications=3)
    assert not found.verdicts
    assert not found.effects
    assert not found.have_same_clients
    assert not found.last_as_long


def test_a_word_that_turns_by_chance_alone_is_not_marked():
    """One place more changes little: with few runs no verdict may be said to turn."""
    found = compared(
        FLOW, replaced(("value: 3 % per month", "value: 3.01 % per month")), replications=6
    )
    assert not found.turned


def test_both_engines_and_any_number_of_processes_say_the_same():
    other = replaced(("units: 4", "units: 6"))
    ones = [
        compared(FLOW, other, replications=4, **options)
        for options in ({"engine": "kernel"}, {"engine": "process"}, {"jobs": 2})
    ]
    numbers = [
        [(v.first.expected, v.second.expected, v.difference) for v in one.verdicts] for one in ones
    ]
    assert numbers[0] == numbers[1] == numbers[2]
