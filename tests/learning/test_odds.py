"""Ways on whose shares differ by trait: against closed forms, found where they are, and written."""

import numpy as np
import pytest

import pilotsim
from pilotsim.learning.multinomial import fit_shares
from pilotsim.learning.written import flow_text, rows_file, rows_text

# Ways on by trait: who has it goes to work half as often again; how many go to a course is the same.
TALKS = """
flow: talks
title: Talks
starts: 2012-01-01
lasts: 60 months
traits: {young: {share: 40 %}, north: {share: 50 %}}
groups: {recipients: {starts_in: talk, arrivals: 40 per month}}
stages:
  talk: {lasts: {exponential: {mean: 20 days}}, next: {work: {share: 20 %, odds: {young: 3}}, course: 30 %, away: rest}}
  work: {}
  course: {}
  away: {}
"""
PLAIN = TALKS.replace("{share: 20 %, odds: {young: 3}}", "9 %")
NAMED = TALKS.replace("{share: 20 %, odds: {young: 3}}", "{share: 9 %, odds: {young: 1.1}}")


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    file = tmp_path_factory.mktemp("log") / "log.csv"
    run = pilotsim.simulate(pilotsim.read_text(TALKS), seed=3)
    pilotsim.to_event_log(run).to_csv(file, index=False)
    return file


def test_odds_of_two_ways_are_those_of_their_table():
    counts = np.array([[30.0, 70.0], [45.0, 25.0]])
    design = np.zeros((2, 2, 2))
    design[:, 0, 0] = 1.0
    design[1, 0, 1] = 1.0
    fit = fit_shares(counts, design)
    assert fit.point == pytest.approx([np.log(30 / 70), np.log(45 * 70 / 25 / 30)])
    assert fit.covariance[1, 1] == pytest.approx((1 / counts).sum())


def test_a_way_that_nobody_takes_has_no_odds():
    assert fit_shares(np.array([[0.0, 70.0], [0.0, 25.0]]), np.eye(2)[None].repeat(2, 0)) is None


@pytest.mark.parametrize("text", [PLAIN, NAMED])
def test_odds_are_found_where_they_are_and_written(log, text, tmp_path):
    """Of five intervals that hold the truth 95 times in 100, three miss once in a thousand."""
    flow = pilotsim.read_text(text)
    found = pilotsim.learn(log, flow)
    (part,) = (one for one in found.parts if one.kind == "shares")
    own = {value.path.removeprefix("stages.talk.next."): value for value in part.values}
    truth = {"work": 0.2, "course": 0.3, "work.odds.young": 3.0, "course.odds.young": 1.0}
    told = {path: own[path] for path in truth if path in own}
    assert {"work", "course", "work.odds.young"} <= set(told)
    assert sum(not one.low <= truth[path] <= one.high for path, one in told.items()) < 3
    # The control: where somebody lives moves nothing.
    assert not any("north" in path for path in own)
    (tmp_path / "posteriors").mkdir()
    (tmp_path / rows_file(flow)).write_text(rows_text(found), encoding="utf-8")
    file = tmp_path / "learned.yaml"
    file.write_text(flow_text(found, text), encoding="utf-8")
    new = pilotsim.read_flow(file)
    for path, value in found.values.items():
        assert new.values[path].number == pytest.approx(value.number, rel=0.1)
        assert new.values[path].joint is not None
    assert pilotsim.simulate(new, fixed=False, replication=2) is not None


def test_odds_by_what_the_register_does_not_show_are_left(log, tmp_path):
    hidden = tmp_path / "hidden.csv"
    hidden.write_text(log.read_text().replace("young", "somebody", 1))
    left = {
        one.path: str(one.why)
        for one in pilotsim.learn(hidden, pilotsim.read_text(NAMED)).left_open
    }
    assert left["stages.talk.next"] == "differs by 'young', which the register does not show"
