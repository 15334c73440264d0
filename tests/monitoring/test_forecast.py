"""The updated forecast is calibrated over simulated pilots, and plans from here leave the past."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.measures.monthly_counts import calendar_months
from pilotsim.monitoring.counts import MonthlyCounts
from pilotsim.monitoring.follow import follow
from pilotsim.monitoring.forecast import Forecaster, ranks_among
from pilotsim.monitoring.updated import asked_of, margins_of
from pilotsim.runs.batches import Variant, rows_of_numbers, run_variants
from tests.monitoring.small import COUNTS, simulated, small_pilot, with_places

PILOTS = 1000
TARGET, JOB, LATE = 0, 1, 2


@cache
def world(seed: int, pilots: int):
    """Counts of pilots, and what came: the target's margin, the speed into work, the last count."""
    flow = small_pilot()
    measures = [one.measure for one in asked_of(flow)]
    variant = Variant("a", flow, measures=measures, counts=COUNTS)
    found = run_variants([variant], (), seed=seed, replications={"a": pilots})["a"]
    numbers = rows_of_numbers(variant, seed, range(pilots))
    slot = flow.values["risks.job.rate"].slot
    margins, _ = margins_of(asked_of(flow), found)
    counts = found.counts.astype(np.float64)
    return counts, np.column_stack([margins[:, 0], numbers[:, slot], counts[:, -1, 4]])


def ranks(months: int, forecaster: Forecaster, outcomes):
    counts, came = world(2, 300)
    found = []
    for pilot, own in zip(counts, came, strict=True):
        likeness = forecaster.like(forecaster.locate(pilot))
        found.append(ranks_among(likeness, likeness.adjusted(outcomes[likeness.rows]), own))
    return np.array(found)


def learned(months: int):
    counts, outcomes = world(1, PILOTS)
    present = np.zeros(counts.shape[1:], np.bool_)
    present[:months] = True
    return Forecaster.learn(counts, present, outcomes), outcomes


@pytest.mark.parametrize("months", [3, 6, 11])
def test_what_comes_lies_anywhere_in_its_forecast(months):
    """Ranks are uniform: five classes, each as full; fails by chance in one case in a thousand."""
    forecaster, outcomes = learned(months)
    found = ranks(months, forecaster, outcomes)
    for column in (TARGET, JOB, LATE):
        counted, _ = np.histogram(found[:, column], bins=5, range=(0.0, 1.0))
        # chi-square with four degrees of freedom, and a fifth more for a likeness that is no identity.
        assert np.sum((counted - 60) ** 2 / 60) < 1.2 * 18.5 + 4
        inside = np.mean((found[:, column] >= 0.05) & (found[:, column] <= 0.95))
        assert 0.84 < inside < 0.96


def test_a_forecast_that_does_not_look_at_the_counts_is_told_from_one_that_does():
    """The control: what is still to come is told better, and the error shrinks, month by month."""
    counts, came = world(2, 300)
    errors = []
    for months in (3, 6, 11):
        forecaster, outcomes = learned(months)
        middle = []
        for pilot in counts:
            like = forecaster.like(forecaster.locate(pilot))
            middle.append(like.weights @ like.adjusted(outcomes[like.rows])[:, TARGET])
        errors.append(float(np.std(np.array(middle) - came[:, TARGET])))
    before = float(np.std(came[:, TARGET]))
    assert before > errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.6 * before


def counted(pilot, months: int) -> MonthlyCounts:
    numbers = pilot.copy()
    numbers[months:] = np.nan
    names = tuple(one.key for one in COUNTS)
    every, _ = calendar_months(small_pilot().make_calendar())
    return MonthlyCounts("counts.csv", names, COUNTS, tuple(every), numbers)


def test_the_forecast_follows_the_counts_and_names_the_assumption():
    many = simulated(small_pilot(risks__job__rate="9 % per month"), 1, seed=5)[0]
    found = follow(small_pilot(), counted(many, 8), replications=800).forecast
    assert found.refusal is None
    assert found.effective > 80
    assert found.assumptions[0].path == "risks.job.rate"
    assert found.assumptions[0].now > found.assumptions[0].before
    assert found.targets[0].now > found.targets[0].before
    assert 0.8 <= found.held <= 1.0


def test_a_pilot_like_no_simulated_one_gets_no_forecast():
    strange = simulated(small_pilot(), 1)[0]
    strange[:, 4] = 55.0
    found = follow(small_pilot(), counted(strange, 6), replications=400)
    assert found.alarm.is_raised
    assert "no simulated pilot is like this one" in str(found.forecast.refusal)
    assert found.forecast.targets == ()


def test_a_plan_from_here_leaves_the_past_and_no_change_changes_nothing():
    pilot = simulated(small_pilot(), 1, seed=6)[0]
    plans = {"none": with_places(10, "2015-07-01"), "none left": with_places(0, "2015-07-01")}
    found = follow(small_pilot(), counted(pilot, 6), replications=400, plans=plans)
    now = found.forecast.targets[0].now
    assert found.plans[0].chances[0] == pytest.approx(now, abs=1e-12)
    assert [plan.name for plan in found.plans] == ["none", "none left"]
    with pytest.raises(RequestError, match="changes what has already been counted"):
        follow(
            small_pilot(),
            counted(pilot, 6),
            replications=400,
            plans={"early": with_places(2, "2015-03-01")},
        )
