"""The alarm keeps its promise over the whole pilot, finds who leaves the plan, and names the part."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.monitoring.alarm import Monitor
from pilotsim.monitoring.counts import read_counts
from pilotsim.monitoring.follow import flow_order, follow
from pilotsim.monitoring.mapping import read_counts_mapping
from tests.monitoring.small import COUNTS, MAPPING, simulated, small_pilot, table_of, write

RATE = 0.1
PILOTS = 500


@cache
def plan():
    return simulated(small_pilot(), 1000)


def monitor(present=None):
    counts = plan()
    present = np.ones(counts.shape[1:], np.bool_) if present is None else present
    return Monitor.of(counts, present, flow_order(small_pilot(), COUNTS), RATE)


@cache
def others():
    return simulated(small_pilot(), PILOTS, seed=2)


def most_alarms(rate: float, pilots: int) -> float:
    """A share that is crossed by chance in one case in ten thousand, the limit's own chance in it."""
    return rate + 3.72 * np.sqrt(rate * (1 - rate) * (1 / pilots + 1 / 500))


def test_pilots_that_follow_the_plan_raise_no_more_alarms_than_promised():
    """Fails by chance in one case in ten thousand."""
    alarms = np.isfinite(monitor().first_alarms(others())).mean()
    assert 0.02 < alarms <= most_alarms(RATE, PILOTS)


def test_so_they_do_where_every_tenth_count_is_missing():
    present = np.ones(plan().shape[1:], np.bool_)
    present.flat[::10] = False
    alarms = np.isfinite(monitor(present).first_alarms(others())).mean()
    assert alarms <= most_alarms(RATE, PILOTS)


def test_a_limit_for_each_month_by_itself_breaks_the_promise():
    """The control: whoever asks each month anew, at the same rate, is alarmed far too often."""
    low, high = np.quantile(plan(), [RATE / 2, 1 - RATE / 2], axis=0)
    outside = (others() < low) | (others() > high)
    assert outside.any(axis=2).mean() > RATE
    assert outside.any(axis=(1, 2)).mean() > 3 * most_alarms(RATE, PILOTS)


def test_the_rank_is_exact_among_the_pilots_that_gave_the_limit():
    found = monitor()
    assert (found.farthest > found.limit).sum() <= RATE * (len(found.farthest) + 1)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"stages__referred__opens__admits": 1}, {0}),
        ({"stages__referred__next__course": "40 %"}, {1}),
        ({"resources__place__units": 4}, {2, 3}),
        ({"risks__job__rate": "25 % per month"}, {4}),
    ],
)
def test_whoever_leaves_the_plan_is_found_and_the_right_count_is_named(changes, named):
    pilots = simulated(small_pilot(**changes), 50, seed=3)
    found = monitor()
    assert np.isfinite(found.first_alarms(pilots)).mean() > 0.9
    first = [found.judge(one, 12).suspects[0].count for one in pilots]
    assert np.isin(first, list(named)).mean() > 0.8


def test_too_few_pilots_for_the_rate_are_refused_with_how_many_are_needed():
    with pytest.raises(RequestError, match="ask for 40 or more"):
        Monitor.of(plan()[:20], np.ones((12, 5), np.bool_), np.arange(5), 0.05)


def test_a_count_larger_than_who_can_be_there_is_refused(tmp_path):
    text = table_of(plan()[0], 3).replace("feb. 2015;12", "feb. 2015;1200")
    mapping = read_counts_mapping(write(tmp_path, "mapping.yaml", MAPPING))
    counted = read_counts(write(tmp_path, "counts.csv", text), small_pilot(), mapping)
    with pytest.raises(RequestError, match=r"'Nye i Henvist', 2015-02: 1,200 is more than"):
        follow(small_pilot(), counted, replications=40)


def test_the_same_seed_gives_the_same_answer_and_another_another(tmp_path):
    mapping = read_counts_mapping(write(tmp_path, "mapping.yaml", MAPPING))
    counted = read_counts(
        write(tmp_path, "counts.csv", table_of(plan()[0], 4)), small_pilot(), mapping
    )
    one, two, other = (
        follow(small_pilot(), counted, replications=80, seed=seed) for seed in (1, 1, 2)
    )
    assert one.alarm == two.alarm != other.alarm
    assert np.array_equal(one.low, two.low)
    assert one.months_counted == 4
