"""Departures that are watched for are found sooner, at the same rate, and named."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.randomness import uniform_table
from pilotsim.cli import commands
from pilotsim.monitoring.alarm import Monitor, _shared_limits
from pilotsim.monitoring.counts import read_counts
from pilotsim.monitoring.follow import HIGHEST_RATE, count_follow_runs, flow_order, follow
from pilotsim.monitoring.mapping import read_counts_mapping
from tests.monitoring.small import COUNTS, TEXT, WATCHED, simulated, small_pilot, table_of, write

RATE = 0.1
PILOTS = 500
# What is feared, and what happens: never of the same size.
FEARED = {
    "half_turn_up": {"stages__referred__next__course": "55 %"},
    "places_close": {"resources__place__units": 6},
    "jobs_are_lost": {"risks__loses__rate": "12 % per month"},
}
HAPPENS = {
    "half_turn_up": {"stages__referred__next__course": "40 %"},
    "places_close": {"resources__place__units": 4},
    "jobs_are_lost": {"risks__loses__rate": "20 % per month"},
}


@cache
def both():
    """Pilots that give the measure, and others that give the limits."""
    counts = simulated(small_pilot(), 1000)
    return counts[:500], counts[500:]


@cache
def monitor(names=tuple(FEARED), every=None):
    plan, held = both()
    present = np.ones(plan.shape[1:], np.bool_)
    present.flat[slice(0, None, every) if every else slice(0)] = False
    departures = [simulated(small_pilot(**FEARED[name]), len(plan)) for name in names]
    order = flow_order(small_pilot(), COUNTS)
    return Monitor.watching(plan, held, departures, present, order, RATE)


@cache
def others():
    return simulated(small_pilot(), PILOTS, seed=2)


@pytest.mark.parametrize("every", [None, 10])
def test_pilots_that_follow_the_plan_raise_no_more_alarms_than_promised(every):
    """Fails by chance in one case in ten thousand."""
    alarms = np.isfinite(monitor(every=every).first_alarms(others())).mean()
    error = np.sqrt(RATE * (1 - RATE) * (1 / PILOTS + 1 / len(both()[1])))
    assert 0.02 < alarms <= RATE + 3.72 * error


def left_out(first, second, limits):
    """How many cross when each is held against limits that all others give."""
    crossed = 0
    for one in range(len(first)):
        rest = np.arange(len(first)) != one
        limit, other = limits(first[rest], second[rest])
        crossed += bool(first[one] > limit or second[one] > other)
    return crossed


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("together", [0.0, 0.7, 1.0])
def test_both_limits_together_are_crossed_by_no_more_than_promised(seed, together):
    """Exactly so, for statistics that go together or not; the control spends the rate twice."""
    uniform = uniform_table(seed, "shared limits", 2, 100)
    first, second = uniform[0], together * uniform[0] + (1 - together) * uniform[1]
    allowed = 10

    def shared(one, other):
        return _shared_limits(one, other, allowed)

    def twice(one, other):
        return np.sort(one)[-allowed], np.sort(other)[-allowed]

    assert 5 <= left_out(first, second, shared) <= allowed
    if together < 1.0:
        assert left_out(first, second, twice) > allowed


def test_the_alarm_is_raised_where_the_share_as_far_is_below_the_rate():
    found = monitor()
    alarms = [found.judge(one, 12) for one in others()]
    assert any(one.is_raised for one in alarms)
    assert all(one.is_raised == (one.p <= RATE) for one in alarms)


@pytest.mark.parametrize("name", HAPPENS)
def test_what_is_feared_is_found_sooner_and_named_in_another_size(name):
    plan, held = both()
    everyone = np.concatenate([plan, held])
    order = flow_order(small_pilot(), COUNTS)
    plain = Monitor.of(everyone, np.ones(plan.shape[1:], np.bool_), order, RATE)
    pilots = simulated(small_pilot(**HAPPENS[name]), 200, seed=3)
    first, without = monitor().first_alarms(pilots), plain.first_alarms(pilots)
    assert np.minimum(first, 12.0).mean() < np.minimum(without, 12.0).mean()
    named = [monitor().judge(one, 12).looks_like for one in pilots[np.isfinite(first)]]
    assert np.mean([one == list(FEARED).index(name) for one in named]) > 0.8


def counted(folder, watched=WATCHED, months=6, **changes):
    counts = simulated(small_pilot(**changes), 1, seed=7)[0]
    mapping = read_counts_mapping(write(folder, "mapping.yaml", watched))
    return read_counts(
        write(folder, "counts.csv", table_of(counts, months)), small_pilot(), mapping
    )


def test_a_mapping_and_python_watch_for_the_same(tmp_path):
    table = counted(tmp_path, resources__place__units=3)
    done = []
    found = follow(small_pilot(), table, replications=100, progress=done.append)
    assert sum(done) == count_follow_runs(100, 2)
    assert found.looks_like.name == "places_close"
    flows = {one.name: small_pilot().with_(one.changes) for one in table.watched}
    plain = counted(tmp_path, WATCHED.partition("watch_for")[0], resources__place__units=3)
    again = follow(small_pilot(), plain, replications=100, watch_for=flows)
    assert again.alarm == found.alarm
    without = follow(small_pilot(), plain, replications=100)
    assert without.alarm.watched == ()
    assert without.looks_like is None
    # What the counts say of the targets hangs on no fear.
    assert without.forecast == found.forecast


@pytest.mark.parametrize(
    ("said", "place", "says"),
    [
        ("{resources.plase.units: 5}", "resources.plase.units", "did you mean 'place'"),
        ("{resources.place.units: many}", "resources.place.units", "found 'many'"),
        ("{resources.place.untis: 5}", "resources.place.untis", "did you mean 'units'"),
        ("{starts: 2015-02-01}", "", "begins or ends in other months than the plan"),
    ],
)
def test_what_cannot_be_watched_for_is_told_with_its_place(tmp_path, said, place, says):
    text = WATCHED + f"  wrong:\n    says: Wrong\n    set: {said}\n"
    with pytest.raises(FlowError, match=says) as caught:
        follow(small_pilot(), counted(tmp_path, text), replications=40)
    (fault, *_) = caught.value.faults
    assert fault.file.endswith("mapping.yaml")
    assert fault.line == len(text.splitlines())
    assert fault.path == ".".join(filter(None, ("watch_for.wrong.set", place)))


def test_a_departure_without_words_or_with_other_keys_is_a_fault_of_the_mapping(tmp_path):
    text = WATCHED + "  wrong: {says: Wrong, sett: {resources.place.units: 5}}\n"
    with pytest.raises(FlowError, match="did you mean 'set'"):
        read_counts_mapping(write(tmp_path, "mapping.yaml", text))


def test_a_departure_that_changes_no_count_is_refused(tmp_path):
    text = WATCHED + "  nothing: {says: Nothing, set: {resources.place.units: 10}}\n"
    with pytest.raises(RequestError, match="'nothing' cannot be watched for"):
        follow(small_pilot(), counted(tmp_path, text), replications=40)


def test_too_few_pilots_for_two_limits_are_refused(tmp_path):
    with pytest.raises(RequestError, match="ask for 200 or more"):
        follow(small_pilot(), counted(tmp_path), replications=100, rate=0.01)


def test_the_command_names_what_the_counts_look_like(tmp_path):
    counted(tmp_path, resources__place__units=3)
    flow, kept = write(tmp_path, "small.yaml", TEXT), tmp_path / "found.json"
    words = ["follow", flow, "--counts", tmp_path / "counts.csv", "--as", tmp_path / "mapping.yaml"]
    words += ["-n", "100", "--language", "en", "--json", kept]
    found = CliRunner().invoke(commands, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    assert "The counts look like: Places close." in found.output
    alarm = json.loads(kept.read_text(encoding="utf-8"))["alarm"]
    assert alarm["looks_like"] == "places_close"
    assert alarm["watched"]["places_close"]["of_limit"] > 1.0


def few_counts(seed):
    """Pilots in which hardly anything happens, of the plan and of two departures: most are equal."""
    chance = np.random.default_rng(seed)
    months, columns = chance.integers(1, 6), chance.integers(1, 4)
    share = chance.choice([0.002, 0.005, 0.01])

    def pilots(share):
        drawn = chance.binomial(2, share, size=(200, months, columns))
        return drawn.cumsum(axis=1).astype(np.float64)

    present = np.ones((months, columns), np.bool_)
    plan, held = pilots(share), pilots(share)
    departures = [pilots(share * 0.1), pilots(share * 5)]
    return Monitor.watching(plan, held, departures, present, np.arange(columns), 0.05), held


@pytest.mark.parametrize("seed", range(60))
def test_of_many_equal_pilots_no_more_raise_an_alarm_than_promised(seed):
    watching, held = few_counts(seed)
    judged = [watching.judge(one, one.shape[0]) for one in held]
    raised = np.array([one.is_raised for one in judged])
    np.testing.assert_array_equal(raised, np.isfinite(watching.first_alarms(held)))
    assert raised.mean() <= 0.05
    assert all(one.p <= 0.05 for one in judged if one.is_raised)
    assert all(np.isfinite(own.farthest) for one in judged for own in one.watched)


@pytest.mark.parametrize("rate", [0.0, -0.1, 0.51, 0.99, 1.0, float("nan")])
def test_an_alarm_that_most_pilots_raise_is_refused(tmp_path, rate):
    with pytest.raises(RequestError, match=r"rate: expected a share above 0 and at most 0\.5, of"):
        follow(small_pilot(), counted(tmp_path), replications=100, rate=rate)


def test_limits_of_the_highest_rate_are_above_nothing_and_keep_it():
    """A limit below 0 is crossed by who goes against what is feared. Fails by chance once in 10,000."""
    plan, held = both()
    present = np.ones(plan.shape[1:], np.bool_)
    departures = [simulated(small_pilot(**FEARED["places_close"]), len(plan))]
    order = flow_order(small_pilot(), COUNTS)
    found = Monitor.watching(plan, held, departures, present, order, HIGHEST_RATE)
    assert min(found.limit, found.directed_limit) > 0.0
    raised = np.isfinite(found.first_alarms(others())).mean()
    assert raised == pytest.approx(HIGHEST_RATE, abs=3.9 * (2 * 0.25 / PILOTS) ** 0.5)
