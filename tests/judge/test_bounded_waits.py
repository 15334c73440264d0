"""A line that grows, where nobody knows the wait: checks, studies and searches say the same of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.experiments.optimise.problem import IS_MET, IS_MISSED, IS_UNDEFINED
from pilotsim.experiments.optimise.reading import build_problem
from pilotsim.experiments.study import ExecutionOptions, read_study, run_study
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.judge.check import check_targets
from pilotsim.judge.one_way_sensitivity import LESS, MORE, UNTOLD, ChangedInput, compare
from pilotsim.judge.verdicts import chance_of, judge
from pilotsim.output.figures.tornado import alt_text
from pilotsim.output.labels import format_expected_range
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.runs import Local
from pilotsim.runs.batches import run_block

# One comes a day and one is served in two: the k-th waits k days, 49.5 on average of a hundred. Of
# these it is seen that they wait 25 days at least.
FLOW = """
flow: line
title: {nb: Kø, en: Line}
starts: 2015-01-01
lasts: 100 days
groups: {g: {starts_in: s, intake: {every: 1 day, brings: 1}}}
resources: {unit: {units: 1, price_per_month: 10}}
stages:
  s: {needs: {unit: 1}, lasts: 2 days, next: {done: 100 %}}
  done: {}
targets:
  soon: {says: Within 20 days, at_most: 20 days, measure: {wait: s}}
  late: {says: Within 40 days, at_most: 40 days, measure: {wait: s}}
  long: {says: 20 days at least, at_least: 20 days, measure: {wait: s}}
  tenth: {says: One in ten within 9 days, at_most: 9 days, measure: {wait: s, quantile: 10 %}}
"""
STUDY = """
study: line
title: Line
flow: line.yaml
design: {method: full_factorial, over: {resources.unit.units: [1, 2]}}
responses: {targets: [soon, late, long]}
replications: 4
"""
SOLVE = """
solve: line
title: {nb: Hvor mange?, en: How many?}
flow: line.yaml
target: TARGET
probability: 75 %
most_runs: 2000
levers:
  units: {says: {nb: Plasser, en: Places}, sets: resources.unit.units, low: 1, high: 2}
"""


def test_a_check_judges_what_is_certain():
    check = check_targets(read_text(FLOW), replications=10)
    found = {verdict.question.name: verdict for verdict in check.verdicts}
    assert found["late"].word == "undefined"
    assert (found["late"].undefined, found["late"].replications) == (10, 10)
    assert math.isnan(found["late"].probability)
    assert found["soon"].probability == 0
    assert found["long"].probability == 1
    # The k-th of ten waits k days, whatever is still to come.
    assert found["tenth"].probability == 1
    assert found["soon"].expected == 25
    assert found["soon"].rests_on.bounded == 1

    # What lifts the limit: nobody waits, and the other two are met for certain.
    (lifted,) = [change for change in check.drivers if change.name == "unit"]
    assert lifted.probability["soon"].mean == 1
    assert lifted.value["soon"].mean == -25
    # That is the least by which it is shorter: no interval claims to hold the difference itself.
    assert lifted.bounded["soon"] == LESS
    assert math.isnan(lifted.value["soon"].low)
    assert math.isnan(lifted.value["soon"].high)
    assert lifted.is_clear("soon")


def test_a_difference_to_a_bounded_wait_is_bounded_too():
    change = ChangedInput("unit", "unlimited", math.inf, {})
    known, open_ended = np.array([5.0, 6.0, 7.0]), np.array([40.0, 44.0, 48.0])
    nothing, endless = np.zeros(3), np.array([0.0, math.inf, 0.0])

    def of(after, more_after, before, more_before):
        more = {"wait": (more_after, more_before)}
        found = compare(change, {"wait": after}, {"wait": before}, beyond=more)
        return found.value["wait"].mean, found.bounded.get("wait")

    # One run without an end leaves the whole mean without one.
    assert of(known, nothing, open_ended, endless) == (-38, LESS)
    assert of(open_ended, endless, known, nothing) == (38, MORE)
    # The other way about it may be more or less, and of two open ends nothing is known.
    assert of(open_ended, nothing, known, endless)[1] == UNTOLD
    mean, word = of(known, endless, open_ended, endless)
    assert math.isnan(mean)
    assert word == UNTOLD
    # An end that is known counts: at most 10 more on the one side leave 28 less.
    assert of(known, np.full(3, 10.0), open_ended, nothing) == (-28, LESS)
    # The control: two waits that are known have a difference with an interval.
    found = compare(change, {"wait": known}, {"wait": open_ended})
    assert found.value["wait"].low < -38 < found.value["wait"].high
    assert not found.bounded


def test_a_bounded_difference_is_told_as_one_everywhere():
    check = check_targets(read_text(FLOW), replications=4, what_if_replications=3)
    document = document_of(check, "en")
    (moved,) = [table for table in document.tables() if table.name == "strongest"]
    (rows,) = [group.rows for group in moved.groups if group.heading[0].text == "Within 20 days"]
    cells = [cell.text.replace("\u00a0", " ") for cell in rows[0].cells]
    assert cells[1:3] == ["at least 25 days less", "–"]

    (filed,) = [table for table in document.tables() if table.name == "drivers"]
    names = [column.key for column in filed.columns]
    row = dict(zip(names, filed.groups[0].rows[0].cells, strict=True))
    assert row["bounded"].value == "at least so much less"
    assert math.isnan(row["low"].value)
    assert math.isnan(row["high"].value)
    frame = check.drivers_frame()
    assert (frame["bounded"] == LESS).all()
    assert frame["value_low"].isna().all()
    words = alt_text(check, "soon", "en").replace("\u00a0", " ")
    assert "unlimited: at least 25 days less." in words


@pytest.mark.parametrize(
    ("language", "least", "note"),
    [
        ("en", "at least 25", "of the runs so many still wait"),
        ("nb", "minst 25", "av simuleringene venter så mange fortsatt"),
        ("sv", "minst 25", "av simuleringarna väntar så många fortfarande"),
    ],
)
def test_a_check_says_that_it_is_at_least_so_long(language: str, least: str, note: str):
    check = check_targets(read_text(FLOW), replications=4, what_if=False)
    text = write_markdown(document_of(check, language)).replace("\u00a0", " ")
    assert least in text
    assert note in text
    # The control: with two units nobody waits, and nothing is left to be said.
    flow = read_text(FLOW.replace("units: 1", "units: 3"))
    text = write_markdown(document_of(check_targets(flow, replications=4), language))
    assert note not in text


def test_a_study_judges_by_both_ends(tmp_path):
    (tmp_path / "line.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    study = read_study(tmp_path / "study.yaml")
    run = run_study(study, tmp_path / "run", ExecutionOptions(workers=Local(1)))
    points = run.points.set_index(["point", "response"])
    one, two = points.loc[0], points.loc[1]
    assert one.loc["soon", "probability"] == 0
    assert np.isnan(one.loc["late", "probability"])
    assert one.loc["long", "probability"] == 1
    assert (one["bounded"] == 1).all()
    assert (one["mean"] == 25).all()
    assert np.isinf(run.beyond("late")[0]).all()
    # The control: two units serve all at once.
    assert two.loc["late", "probability"] == 1
    assert (two["bounded"] == 0).all()
    assert not run.beyond("late")[1].any()


def test_a_search_takes_for_enough_what_is_known_to_be(tmp_path):
    (tmp_path / "line.yaml").write_text(FLOW, encoding="utf-8")
    file = tmp_path / "solve.yaml"
    for target, standing in (("late", IS_UNDEFINED), ("soon", IS_MISSED), ("long", IS_MET)):
        text = SOLVE.replace("TARGET", target)
        problem = build_problem(parse(text, str(file), "search"))
        measures = [question.measure for question in problem.questions]
        variant = problem.variant(problem.choices[0], None)
        outcome = run_block(variant, measures, 1, range(3))
        assert (problem.standing_of(outcome.values, outcome.support.beyond) == standing).all()
    # The control: the least taken for the wait, 25 days, would be within 40.
    text = SOLVE.replace("TARGET", "late")
    problem = build_problem(parse(text, str(file), "search"))
    assert (problem.standing_of(outcome.values) == IS_MET).all()


def test_the_interval_of_a_chance_covers_both_ways_in_which_the_rest_may_go():
    met = np.array([1.0] * 40 + [0.0] * 40 + [math.nan] * 20)
    told = chance_of(met, np.where(np.isnan(met), math.nan, 1.0))
    both = chance_of(met, np.ones(100))
    assert told.mean == both.mean == 0.5
    assert both.low == chance_of(np.nan_to_num(met)).low < told.low
    assert both.high == chance_of(np.nan_to_num(met, nan=1.0)).high > told.high


def test_a_check_refuses_the_numbers_of_runs_that_the_command_refuses():
    flow = read_text(FLOW)
    with pytest.raises(RequestError, match="what_if_replications: expected 2 replications or more"):
        check_targets(flow, replications=4, what_if_replications=1)
    with pytest.raises(RequestError, match=r"replications: expected a whole number; found 10\.5"):
        check_targets(flow, replications=10.5)


def test_each_end_of_a_range_is_known_or_the_least_that_it_can_be():
    check = check_targets(read_text(FLOW, "line.yaml"), replications=20, what_if=False)
    soon = next(one for one in check.verdicts if one.question.target == "soon")
    question = soon.question
    values = np.linspace(1.0, 20.0, 20)
    beyond = np.zeros(20)

    known = judge(check.flow, question, values, values, beyond=beyond)
    assert known.ends_known == (True, True)
    # One run of twenty without an end moves the upper quantile, and the lower not.
    beyond[-1] = np.inf
    above = judge(check.flow, question, values, values, beyond=beyond)
    assert above.ends_known == (True, False)
    # Where the open run lies in the middle and ends below the highest, both ends are known.
    beyond = np.where(values == 10.0, 1.0, 0.0)
    assert judge(check.flow, question, values, values, beyond=beyond).ends_known == (True, True)
    assert judge(check.flow, question, values, values, beyond=np.inf).ends_known == (False, False)
    assert format_expected_range(above, "nb") == "2,0 til minst 19,1\u00a0dager"
    assert "minst" not in format_expected_range(known, "nb")
