"""Monthly counts are what the flow's own measures count, in every engine and any block."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pilotsim.base.calendar import add_months
from pilotsim.measures.measures import measure_runs
from pilotsim.measures.monthly_counts import MonthlyCount, calendar_months, count_months
from pilotsim.model.targets import Measure, Selection
from pilotsim.runs.batches import Variant, run_block
from pilotsim.simulation.engines import numbers_of_replications, run_replications
from pilotsim.simulation.resolved import ResolvedFlow
from tests.monitoring.small import COUNTS, simulated, small_pilot
from tests.small_flows import ENGINES


def journeys_of(runs: int = 6):
    flow = small_pilot()
    rows = numbers_of_replications(flow, 1, range(runs), fixed=False, numbers={}, own={})
    plans = [ResolvedFlow(flow, numbers, flow.make_calendar()) for numbers in rows]
    return run_replications(plans, 1, range(runs))


@pytest.mark.parametrize("kind", ["reached", "started"])
def test_what_happened_in_a_month_is_what_a_measure_between_its_days_counts(kind):
    journeys = journeys_of()
    found = count_months(journeys, [MonthlyCount(kind, ("referred",))])[:, :, 0]
    for month in range(12):
        first = add_months(date(2015, 1, 1), month)
        window = {"between": [first, add_months(first, 1)]}
        asked = Measure(count=Selection(**{kind: "referred"}, **window))
        assert np.array_equal(found[:, month], measure_runs(journeys, asked).values)


@pytest.mark.parametrize(
    ("count", "there"),
    [
        (MonthlyCount("in", ("course",)), {"in_stage": "course"}),
        (MonthlyCount("state", ("work",)), {"state": "work"}),
    ],
)
def test_who_is_there_at_a_months_end_is_what_a_measure_at_that_day_counts(count, there):
    journeys = journeys_of()
    found = count_months(journeys, [count])[:, :, 0]
    for month in range(11):
        day = journeys.plan.calendar.day_of(add_months(date(2015, 2, 1), month))
        at_once = (journeys.joined == day) | (journeys.finished == day)
        still = ~np.isin(np.arange(len(found)), journeys.run[at_once])
        asked = Measure(count=Selection(**there, at=add_months(date(2015, 2, 1), month)))
        values = measure_runs(journeys, asked).values
        assert np.array_equal(found[still, month], values[still])


def test_who_comes_as_a_month_begins_is_none_of_the_month_before():
    journeys = journeys_of()
    found = count_months(journeys, [MonthlyCount("in", ("referred",))])[:, :, 0]
    marks = calendar_months(journeys.plan.calendar)[1]
    referred = journeys.visits_to(["referred"])
    for month, mark in enumerate(marks[1:]):
        there = (referred.joined < mark) & (referred.until >= mark)
        assert np.array_equal(found[:, month], np.bincount(referred.run[there], minlength=6))
    assert (referred.joined == marks[9]).any()


def test_who_is_in_a_stage_waits_or_has_started():
    kinds = [MonthlyCount(kind, ("course",)) for kind in ("in", "waiting", "served")]
    found = count_months(journeys_of(), kinds)
    assert np.array_equal(found[:, :, 0], found[:, :, 1] + found[:, :, 2])
    assert found[:, :, 2].max() == 10
    assert found[:, :, 1].max() > 0


def test_who_came_from_all_stages_before_is_who_came():
    every = [
        MonthlyCount("reached", ("course",)),
        MonthlyCount("reached", ("course",), from_stages=("referred",)),
        MonthlyCount("reached", ("on",)),
        MonthlyCount("reached", ("on",), from_stages=("referred", "course", "work")),
    ]
    found = count_months(journeys_of(), every)
    assert np.array_equal(found[:, :, 0], found[:, :, 1])
    # Who was there at the start came from nowhere; who arrives later comes from outside.
    assert (found[:, :, 2] >= found[:, :, 3]).all()
    assert found[:, 0, 2].max() < 60


def test_everybody_who_has_come_is_known():
    found = count_months(journeys_of(), [MonthlyCount("known")])[:, :, 0]
    assert (found[:, 0] >= 60).all()
    assert (np.diff(found) >= 0).all()


def test_counts_are_the_same_in_every_engine_and_in_any_block():
    whole = simulated(small_pilot(), 30)
    for engine in ENGINES:
        variant = Variant("a", small_pilot(), engine=engine, counts=COUNTS)
        assert np.array_equal(run_block(variant, [], 1, range(20, 23)).counts, whole[20:23])


def test_months_are_those_of_the_calendar():
    flow = small_pilot(starts="2015-01-15", lasts="2 months")
    months, days = calendar_months(flow.make_calendar())
    assert months == [date(2015, 1, 1), date(2015, 2, 1), date(2015, 3, 1)]
    assert days.tolist() == [0.0, 17.0, 45.0, 59.0]
