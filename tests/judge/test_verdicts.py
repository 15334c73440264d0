"""Verdicts: probability, interval, arithmetic before simulation."""

import math

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.files.reading import read_text
from pilotsim.judge.check import contradictions_of
from pilotsim.judge.verdicts import ceiling_of, judge, questions_of, value_named
from pilotsim.judge.words import RULES, Evidence, holds, verdict_grades

FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 155}}
risks: {job: {to: work, rate: 3 % per month}}
stages: {on: {risks: {job: 1}}, work: {counts_as: work}}
targets:
  attend: {says: ninety attend, at_least: 90 %, measure: {share: {reached: work}, of: {groups: g}}}
  work: {says: forty work, at_least: 40 %, measure: {share: {reached: work}, of: {groups: g}}}
  rights: {says: twenty claim, at_least: 20 %, measure: {share: {reached: work}, of: {groups: g}}}
  fewer:
    says: 116 fewer
    at_most: -116
    readings:
      own: {says: own shares, ceiling: {says: best, sum: 0 - groups.g.stock * (targets.attend * (targets.work + targets.rights) + 1 - targets.attend)}}
      net: {says: net, measure: {change_in: assistance}}
conflicts:
  - {says: 116 is twenty per cent, sum: 116 / 0.2, stated: 500, targets: fewer}
"""


def question(name):
    flow = read_text(FLOW)
    return flow, next(question for question in questions_of(flow) if question.name == name)


def test_every_target_and_reading_is_a_question():
    assert [one.name for one in questions_of(read_text(FLOW))] == [
        "attend",
        "work",
        "rights",
        "fewer.own",
        "fewer.net",
    ]


def test_ceiling_is_worked_out_and_written_out():
    flow, own = question("fewer.own")
    ceiling = ceiling_of(flow, own)
    # 155 x (0.9 x 0.6 + 0.1) = 155 x 0.64 = 99.2
    assert ceiling.number == pytest.approx(-99.2)
    assert ceiling.written == "0 − 155 × (90 % × (40 % + 20 %) + 1 − 90 %)"


def test_what_arithmetic_rules_out_is_impossible_without_a_run():
    flow, own = question("fewer.own")
    verdict = judge(flow, own, np.zeros(0), np.zeros(0))
    assert (verdict.word, verdict.by_arithmetic) == ("impossible", True)
    assert math.isnan(verdict.probability)


def test_what_arithmetic_alone_allows_has_a_word_of_its_own():
    flow = read_text(FLOW.replace("at_most: -116", "at_most: -90"))
    own, net = (one for one in questions_of(flow) if one.target == "fewer")
    verdict = judge(flow, own, np.zeros(0), np.zeros(0))
    assert (verdict.word, verdict.grade.falls_short) == ("possible", False)
    # Control: what is simulated and was not run stays uncertain.
    assert judge(flow, net, np.zeros(0), np.zeros(0)).word == "uncertain"


def test_contradiction_comes_with_its_sum():
    (one,) = contradictions_of(read_text(FLOW))
    assert (one.sum.number, one.sum.written, one.stated.number, one.targets) == (
        580,
        "116 / 0.2",
        500,
        ("fewer",),
    )


@pytest.mark.parametrize(
    ("met", "runs", "word"),
    [
        (0, 1000, "nearly_impossible"),
        (2, 1000, "nearly_impossible"),
        (4, 1000, "unlikely"),  # the control: its interval reaches beyond one in a hundred
        (0, 400, "nearly_impossible"),
        (0, 20, "unlikely"),
        (260, 1000, "unlikely"),
        (30, 100, "unlikely"),
        (50, 100, "uncertain"),
        (67, 100, "likely"),
        (20, 20, "likely"),
        (999, 1000, "likely"),
        (1000, 1000, "certain"),
    ],
)
def test_words_follow_the_probability_and_what_the_runs_can_tell(met, runs, word):
    flow, work = question("work")
    values = np.array([0.5] * met + [0.3] * (runs - met))
    assert judge(flow, work, values, np.full(runs, math.nan)).word == word


@pytest.mark.parametrize("runs", [1, 7, 20, 100, 401, 1000])
def test_the_words_leave_no_gap_and_the_legend_s_limits_are_where_they_turn(runs):
    """Each word that runs give is the one whose rule holds, and no two rules of a kind do."""
    flow, work = question("work")
    chances = [grade for grade in verdict_grades() if grade.rule == "chance"]
    for met in range(runs + 1):
        values = np.array([0.5] * met + [0.3] * (runs - met))
        found = judge(flow, work, values, np.full(runs, math.nan))
        evidence = Evidence(False, True, runs, 0, met / runs, *found.interval)
        for grades in ([found.grade], chances):
            held = [
                holds(RULES.index(grade.rule), grade.low, grade.high, evidence) for grade in grades
            ]
            assert sum(held) == 1


@pytest.mark.parametrize(
    ("met", "runs", "words"),
    [
        (660, 1000, ("likely",)),
        (680, 1000, ("uncertain",)),
        (340, 1000, ("unlikely",)),
        (500, 1000, ()),
        (200, 1000, ()),
        (900, 1000, ()),
        (5, 10, ("unlikely", "likely")),
        (0, 1000, ()),
        (1000, 1000, ()),
    ],
)
def test_a_word_whose_interval_reaches_into_another_says_which(met, runs, words):
    flow, work = question("work")
    values = np.array([0.5] * met + [0.3] * (runs - met))
    found = judge(flow, work, values, np.full(runs, math.nan))
    assert tuple(grade.name for grade in found.could_be) == words


def test_a_value_that_meets_the_bound_exactly_meets_it():
    flow, work = question("work")
    # 62 of 155 are 40 %, which no binary number is.
    assert judge(flow, work, np.array([62 / 155]), np.zeros(1)).probability == 1


def test_an_empty_base_is_neither_met_nor_missed_and_is_counted():
    flow, work = question("work")
    verdict = judge(flow, work, np.array([math.nan, 0.5, 0.3]), np.zeros(3))
    assert (verdict.probability, verdict.undefined, verdict.expected) == (0.5, 1, 0.4)
    assert verdict.word == "uncertain"


@pytest.mark.parametrize(
    ("undefined", "word"),
    [(0, "certain"), (400, "certain"), (401, "undefined"), (800, "undefined")],
)
def test_where_most_runs_have_no_value_the_word_says_so(undefined, word):
    flow, work = question("work")
    values = np.array([0.5] * (800 - undefined) + [math.nan] * undefined)
    verdict = judge(flow, work, values, np.zeros(800))
    assert (verdict.word, verdict.undefined) == (word, undefined)
    assert verdict.grade.falls_short == (word == "undefined")


def test_at_most_counts_from_above():
    flow, net = question("fewer.net")
    assert judge(flow, net, np.array([-120.0, -116.0, -100.0, 5.0]), np.zeros(4)).probability == 0.5


def test_target_stands_for_its_bound_in_a_sum():
    flow = read_text(FLOW)
    assert value_named(flow, "targets.work").number == 0.4
    with pytest.raises(RequestError, match="stands for no value"):
        value_named(flow, "groups.g.season")


def test_a_ceiling_cannot_name_what_is_not_there():
    with pytest.raises(FlowError):
        read_text(FLOW.replace("groups.g.stock *", "groups.h.stock *"))
