"""Variants run with the same clients, whatever runs beside them."""

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets, count_runs
from pilotsim.judge.verdicts import questions_of
from pilotsim.runs import batches, budget
from pilotsim.runs.batches import Variant, run_variants

FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: 12 months
traits: {young: {share: 30 %}}
groups: {g: {starts_in: on, stock: 60, arrivals: {value: 4 per month, low: 2, high: 8, assumption: guess, label: Arrivals}}}
resources: {place: {units: {value: 5, low: 2, high: 9, assumption: guess, label: Places}}}
risks: {job: {to: work, rate: {value: 3 % per month, low: 1, high: 6, assumption: guess, label: Job}, times: {young: 2}}}
stages:
  on: {risks: {job: 1}}
  course: {draws_from: on, opens: {every: 2 weeks, admits: 4}, needs: {place: 1}, lasts: {gamma: {mean: 8 weeks, cv: 0.5}}, next: {on: 100 %}}
  work: {counts_as: work}
targets:
  work: {says: forty, at_least: 40 %, measure: {share: {reached: work}, of: {groups: g}}}
  trained: {says: trained, at_least: 50 %, measure: {share: {finished: course}, of: {groups: g, origin: stock}}}
  wait: {says: soon, at_most: 30 days, measure: {time: {from: on, to: course}}}
"""


@pytest.fixture(scope="module")
def flow():
    return read_text(FLOW)


def outcome(flow, monkeypatch=None, jobs=1, block=20, **options):
    if monkeypatch:
        monkeypatch.setattr(budget, "BLOCK", block)
    measures = [question.measure for question in questions_of(flow)]
    variants = [
        Variant("main", flow, with_counterfactual=True, with_paths=True, **options),
        Variant("few", flow, {flow.values["resources.place.units"].slot: 1.0}),
    ]
    return run_variants(variants, measures, seed=3, replications={"main": 24, "few": 12}, jobs=jobs)


def assert_same(one, other):
    for name in one:
        np.testing.assert_array_equal(one[name].values, other[name].values)
        np.testing.assert_array_equal(one[name].counterfactual, other[name].counterfactual)
        for mine, theirs in zip(one[name].paths, other[name].paths, strict=True):
            np.testing.assert_array_equal(mine.occupancy, theirs.occupancy)
            np.testing.assert_array_equal(mine.waits, theirs.waits)


def test_results_do_not_depend_on_the_block(flow, monkeypatch):
    assert_same(outcome(flow), outcome(flow, monkeypatch, block=7))


def test_results_do_not_depend_on_the_number_of_workers(flow):
    assert_same(outcome(flow), outcome(flow, jobs=2))


def test_results_do_not_depend_on_the_engine(flow):
    assert_same(outcome(flow, engine="kernel"), outcome(flow, engine="process"))


def test_a_variant_has_the_same_clients(flow):
    """With as many places as there are clients, fewer places change nothing: the runs are equal to the bit."""
    places = flow.values["resources.place.units"].slot
    measures = [question.measure for question in questions_of(flow)]
    variants = [Variant("many", flow, {places: 1000.0}), Variant("more", flow, {places: 2000.0})]
    found = run_variants(variants, measures, seed=3, replications={"many": 10, "more": 10})
    np.testing.assert_array_equal(found["many"].values, found["more"].values)


def test_progress_counts_every_run(flow):
    done = []
    check_targets(flow, replications=20, what_if_replications=5, progress=done.append)
    # 20 runs, and 5 of each change: one capacity lifted, three assumptions at two ends.
    assert sum(done) == count_runs(flow, 20, 5) == 20 + 5 * 7


def test_no_replications_are_refused(flow):
    with pytest.raises(RequestError, match="1 replication or more"):
        check_targets(flow, replications=0)


def test_unknown_engine_is_refused(flow):
    with pytest.raises(RequestError, match="did you mean 'kernel'"):
        check_targets(flow, replications=1, what_if=False, engine="kernal")


def test_more_places_never_shorten_the_list_of_the_trained(flow):
    found = check_targets(flow, replications=40, what_if_replications=40)
    unlimited = next(driver for driver in found.drivers if driver.kind == "unlimited")
    assert unlimited.value["trained"].mean > 0
    assert unlimited.value["trained"].is_clear


def test_drivers_come_strongest_first(flow):
    found = check_targets(flow, replications=20, what_if_replications=20)
    question = found.verdict_of("work").question
    sizes = [abs(driver.value["work"].mean) for driver in found.drivers_of(question)]
    assert sizes == sorted(sizes, reverse=True)


def test_fixed_assumptions_stand_still(flow):
    drawn = check_targets(flow, replications=30, what_if=False)
    fixed = check_targets(flow, replications=30, what_if=False, fixed=True)
    assert fixed.values["work"].std() < drawn.values["work"].std()


def test_without_the_programme_the_same_clients_find_work_later_or_as_often(flow):
    """The course only keeps clients off the market here, so without it no fewer find work."""
    verdict = check_targets(flow, replications=60, what_if=False).verdict_of("work")
    assert verdict.counterfactual > verdict.expected


def test_paths_are_kept_of_the_first_runs_only(flow, monkeypatch):
    monkeypatch.setattr(batches, "MAX_PATHS", 30)
    found = check_targets(flow, replications=60, what_if=False)
    assert len(found.paths) == len(found.counterfactual_paths) == 30
    assert len(found.values["work"]) == 60
