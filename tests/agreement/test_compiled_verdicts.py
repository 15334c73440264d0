"""Verdicts as compiled code are the readable ones, to the bit."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotsim.files.reading import read_flow
from pilotsim.judge.compiled import kernel
from pilotsim.judge.compiled.columns import questions_at_hand
from pilotsim.judge.judging import judge_all, judge_readable
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.verdicts import ceiling_of, questions_of
from pilotsim.judge.words import VERDICTS
from pilotsim.runs.batches import Variant, run_block
from pilotsim.simulation.engines import KERNEL

CONFIGS = Path(__file__).parent.parent.parent / "configs"
# Whole numbers, so that values meet a bound exactly, and what is not known or has no end.
VALUE = st.sampled_from((math.nan, -2.0, -1.0, 0.0, 0.1, 0.5, 1.0, 1.0 + 1e-10, 2.0, 40.0))
MORE = st.sampled_from((0.0, 0.0, 0.0, 0.5, 3.0, math.inf))
COUNT = st.sampled_from((0.0, 1.0, 7.0, 155.0, math.nan))
BOUND = st.sampled_from((-1.0, 0.0, 0.5, 1.0, 40.0))
RUN = st.tuples(VALUE, COUNT, COUNT, COUNT, MORE, VALUE, BOUND)
RUNS = st.lists(RUN, min_size=1, max_size=60)
FLOW = read_flow(CONFIGS / "alna_aktiv.yaml")
QUESTIONS = list(questions_of(FLOW))
SCALED = [
    replace(question, bound=replace(question.bound, number=number), at_least=at_least)
    for question in QUESTIONS
    for number in (0.0, 0.5)
    for at_least in (True, False)
]


def assert_same(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert repr(one) == repr(other)


@pytest.mark.parametrize("name", ["alna_aktiv", "stavanger_2013", "traning_ger_fardighet"])
def test_verdicts_of_runs(name):
    flow = read_flow(CONFIGS / f"{name}.yaml")
    questions = list(questions_of(flow))
    asked = [question for question in questions if question.measure is not None]
    variant = Variant("main", flow, with_counterfactual=True)
    outcome = run_block(variant, [question.measure for question in asked], 5, range(12))
    runs = [
        None
        if question.measure is None
        else QuestionRuns.of_outcome(outcome, asked.index(question), question.bound)
        for question in questions
    ]
    assert_same(
        judge_all(flow, questions, runs, engine=KERNEL), judge_readable(flow, questions, runs)
    )


@settings(max_examples=150, deadline=None)
@given(RUNS, st.data())
def test_whatever_runs_may_come_to(rows, data):
    runs = QuestionRuns(*np.array(rows).T)
    chosen = data.draw(st.lists(st.sampled_from(SCALED), min_size=1, max_size=4))
    own = [None if question.measure is None else runs for question in chosen]
    expected = judge_readable(FLOW, chosen, own)
    assert_same(judge_all(FLOW, chosen, own, engine=KERNEL), expected)

    ceilings = [ceiling_of(FLOW, question) for question in chosen]
    plain = questions_at_hand(FLOW, chosen, ceilings, own)
    kernel.judge_all(
        plain.questions, plain.found.found, plain.bounds.bounds, plain.room, plain.verdicts
    )
    words = [VERDICTS.names[int(row[0])] for row in np.asarray(plain.verdicts.numbers)]
    assert words == [verdict.word for verdict in expected]


def test_every_word_is_met():
    """The control: what is drawn reaches each word that runs can lead to."""
    seen = set()
    for share in (0.0, 0.2, 0.5, 0.8, 1.0, math.nan):
        for count in (30, 2000):
            values = np.where(np.arange(count) < share * count, 1.0, 0.0)
            values = np.full(count, math.nan) if math.isnan(share) else values
            zeros = np.zeros(count)
            runs = QuestionRuns(values, zeros, zeros, zeros, zeros, zeros, zeros + 0.5)
            own = [runs if question.measure is not None else None for question in QUESTIONS]
            found = judge_all(FLOW, QUESTIONS, own, engine=KERNEL)
            assert_same(found, judge_readable(FLOW, QUESTIONS, own))
            seen |= {verdict.word for verdict in found}
    assert seen >= set(VERDICTS.names) - {"possible"}
