"""Arrivals from a file: as many in each period as were counted, and what is wrong with a file."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from pilotsim.base.errors import FlowError
from pilotsim.files.posteriors import digests_of
from pilotsim.files.reading import read_document, read_flow
from pilotsim.simulation.engines import ENGINES, run_replication
from pilotsim.simulation.population import make_cohort
from pilotsim.simulation.resolved import resolve_flow

# From Monday 5 January 2015.
OFFICE = {"mon-fri": {"08:00-12:00": 3, "12:00-15:30": 1}}
# With a right program the test of times fails once in a thousand runs of another seed.
ALARM = 0.001


@pytest.fixture
def flow_with(tmp_path):
    """Make the flow of a file of arrivals."""

    def make(text, lasts="60 days", **group):
        (tmp_path / "counts.csv").write_text(text, encoding="utf-8")
        asked = {"file": "counts.csv", "assumption": "As counted", **group.pop("asked", {})}
        flow = {
            "flow": "counted",
            "title": "Counted",
            "starts": "2015-01-05",
            "lasts": lasts,
            "groups": {"g": {"starts_in": "s", "arrivals_from": asked, **group}},
            "stages": {"s": {}},
        }
        file = tmp_path / "flow.yaml"
        file.write_text(json.dumps(flow), encoding="utf-8")
        return file

    return make


def times_of(file, seed=1, replication=0):
    return make_cohort(resolve_flow(read_flow(file)), seed, replication).arrives


def test_in_each_day_come_as_many_as_were_counted(flow_with):
    file = flow_with("day,clients\n2015-01-05,14\n2015-01-09,3\n2015-01-06,0\n", week=OFFICE)
    times = times_of(file)
    assert np.bincount(times.astype(int)).tolist() == [14, 0, 0, 0, 3]
    hours = 24 * (times % 1)
    assert ((hours >= 8) & (hours < 15.5)).all()
    assert (np.diff(times) >= 0).all()


def test_a_week_and_a_month_may_go_on_after_the_run(flow_with):
    weeks = times_of(flow_with("week;clients\n2015-W02;70\n2015-W03;0\n2015-W04;400\n", "18 days"))
    assert np.bincount((weeks // 7).astype(int))[:2].tolist() == [70, 0]
    # Four of the seven days of the last week: 229 of 400, give or take five standard errors.
    assert abs((weeks > 14).sum() - 400 * 4 / 7) < 5 * np.sqrt(400 * 4 / 7 * 3 / 7)
    months = times_of(flow_with("month,clients\n2015-02,28\n2015-03,0\n", "90 days"))
    assert len(months) == 28
    assert ((months >= 27) & (months < 55)).all()


def test_times_are_those_of_the_file_from_the_start_on(flow_with):
    file = flow_with("# A log.\ntime\n2015-01-05 08:12\n2015-01-04\n2015-01-05T00:00:00.250\n")
    assert (86_400 * times_of(file)).tolist() == pytest.approx([0.25, 8.2 * 3600])


def test_one_of_several_columns_is_chosen(flow_with):
    table = "day;Alna;Bjerke\n2015-01-05;1;5\n"
    assert len(times_of(flow_with(table, asked={"column": "Bjerke"}))) == 5


def sample_of_times(flow_with):
    """The hours of the week, by their weights from 0 to 1, of the clients of 200 runs of a week."""
    plan = resolve_flow(read_flow(flow_with("week,clients\n2015-W02,6\n", week=OFFICE)))
    times = np.concatenate([make_cohort(plan, 1, r).arrives for r in range(200)])
    hours = 24 * (times % 1) - 8
    weighted = np.where(hours < 4, 3 * hours, 12 + (hours - 4))
    return (times // 1 + weighted / 15.5) / 5


def test_times_in_a_period_are_as_likely_as_the_hours_are_heavy(flow_with):
    sample = sample_of_times(flow_with)
    assert len(sample) == 1200
    assert stats.kstest(sample, "uniform").pvalue > ALARM


def test_times_by_another_weight_are_noticed(flow_with):
    """The control: as if the hours of the morning weighed no more than others."""
    sample = sample_of_times(flow_with)
    days, rest = np.divmod(5 * sample, 1)
    hours = np.where(15.5 * rest < 12, 15.5 * rest / 3, 15.5 * rest - 8)
    assert stats.kstest((days + hours / 7.5) / 5, "uniform").pvalue < ALARM


@pytest.mark.parametrize("lasts", ["2 days", "60 days"])
def test_both_engines_have_the_same_clients(flow_with, lasts):
    plan = resolve_flow(
        read_flow(flow_with("day,clients\n2015-01-05,40\n2015-01-07,3\n", lasts, week=OFFICE))
    )
    runs = [run_replication(plan, 7, 3, engine=engine) for engine in ENGINES]
    assert all(run == runs[0] for run in runs)
    assert len(runs[0].cohort) == (40 if lasts == "2 days" else 43)


def test_the_file_is_a_part_of_what_tells_the_flow_from_others(flow_with):
    found = []
    for text in ("day,clients\n2015-01-05,4\n", "day,clients\n2015-01-05,5\n"):
        file = flow_with(text)
        flow = read_flow(file)
        assert flow.digests == digests_of(read_document(file))
        found += flow.digests
    assert len({*found}) == 2


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "found nothing"),
        ("dag,clients\n", 1, "did you mean 'day'?"),
        ("day,client\n2015-01-05,2\n", 1, "did you mean 'client'?"),
        ("day\n2015-01-05\n", 1, "no column 'clients'"),
        ("day,clients\n05.01.2015,2\n", 2, "expected a day such as 2015-01-31"),
        ("week,clients\n2015-01-06,2\n", 2, "expected a week such as 2015-W05"),
        ("month,clients\n2015-13,2\n", 2, "expected a month such as 2015-01"),
        ("time\n2015-01-05 25:00\n", 2, "expected a time such as 2015-01-31 09:30"),
        ("time\n2015-01-05T09:00+01:00\n", 2, "expected a time"),
        ("day,clients\n2015-01-05,many\n", 2, "a whole number from 0"),
        ("day,clients\n2015-01-05,2.5\n", 2, "a whole number from 0"),
        ("day,clients\n2015-01-05,-1\n", 2, "a whole number from 0"),
        ("day,clients\n2015-01-05,1,200\n", 2, "expected 2 cells; found 3"),
        ("day,clients\n2015-01-05,1\n2015-01-05,1\n", 3, "stands on line 2 already"),
        ("week,clients\n2015-W02,1\n2015-W04,1\n", 3, "week 2015-W03 is missing"),
        ("month,clients\n2015-01,4\n2015-02,4\n", 2, "begins before the flow"),
        ("day,clients\n2014-01-05,1\n", 1, "nobody comes from 2015-01-05"),
        ("day,clients\n2015-01-10,2\n", 2, "has no hours in 'week'"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(flow_with, text, line, words):
    with pytest.raises(FlowError) as caught:
        read_flow(flow_with(text, week=OFFICE))
    fault = caught.value.faults[0]
    assert (fault.file.endswith("counts.csv"), fault.line) == (True, line)
    assert words in str(fault.message)


@pytest.mark.parametrize(
    ("group", "words"),
    [
        ({"arrivals": "2 per week"}, "it stands without 'arrivals'"),
        ({"season": [1] * 12}, "it stands without 'season'"),
        ({"gaps": "even"}, "it needs 'arrivals'"),
        ({"asked": {"file": "count.csv"}}, "did you mean 'counts.csv'?"),
        ({"asked": {"assumption": None}}, "neither where the counts come from"),
    ],
)
def test_what_does_not_go_with_a_file_is_refused(flow_with, group, words):
    with pytest.raises(FlowError) as caught:
        read_flow(flow_with("day,clients\n2015-01-05,1\n", **group))
    assert words in str(caught.value)
