"""The flows of a stock without any programme are held to what was published, at the numbers that stand in them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fitting.chain import Turnover, expected, still_employed

from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge.validation import validate

CONFIGS = Path(__file__).parent.parent.parent / "configs"
RUNS = 150


def simulated(flow):
    """What the outputs come to on average at the numbers that stand in the flow, by name."""
    found = validate(flow, replications=RUNS, seed=22, fixed=True)
    return {one.output: one.expected for one in found.comparisons}


@pytest.fixture(scope="module")
def country():
    flow = read_flow(CONFIGS / "assistance_stock.yaml")
    return flow, simulated(flow)


def test_the_flow_comes_to_what_the_closed_form_does(country):
    """Within half a point for shares of all recipients: Monte Carlo error, and months of unequal length."""
    flow, found = country
    worked_out = expected(turnover_of(flow))
    for months in range(1, 13):
        assert abs(found[f"m2009_{months}"] - worked_out.months[0, months - 1]) < 0.005, months
    for name, value in {
        "again": worked_out.again,
        "each_year": worked_out.each_year,
        "longer_than_12": worked_out.over_12,
        "at_least_12": worked_out.from_12,
        "back_in_3": worked_out.back_in_3,
        "still_employed_3": still_employed(turnover_of(flow), 3),
        "still_employed_12": still_employed(turnover_of(flow), 12),
    }.items():
        assert abs(found[name] - value[0]) < 0.01, name
    slower = replace(turnover_of(flow), comes_back=0.8 * turnover_of(flow).comes_back)
    assert abs(found["again"] - expected(slower).again[0]) > 0.01


def turnover_of(flow):
    """The turnover that stands in the flow, per month."""
    numbers = {path: np.array([value.number]) for path, value in flow.values.items()}
    month = 365.25 / 12
    rates = {risk: month * numbers[f"risks.{risk}.rate"] for risk in flow.risks}
    return Turnover(
        pauses=rates["pauses"],
        job=rates["job"],
        benefit=rates["other_benefit"],
        leaves=rates["leaves"],
        short_times=numbers["risks.pauses.times.short"],
        short_new=numbers["traits.short.share"],
        returns=rates["returns"],
        comes_back=rates["comes_back"],
        stays_away=rates["stays_away"],
        job_loss=rates["job_loss"],
        settles=rates["settles"],
        lasting_loss=rates["job_loss"] * numbers["stages.lasting_work.risks.job_loss"],
        benefit_ends=rates["benefit_ends"],
    )


def test_the_months_of_2009_lie_within_a_point_and_a_half_in_every_cell(country):
    flow, found = country
    cells = [name for name in flow.observed if name.startswith("m2009_")]
    assert len(cells) == 12
    for name in cells:
        assert abs(found[name] - flow.observed[name].value.number) < 0.015, name


def test_the_follow_up_over_five_years_lies_within_four_points(country):
    _, found = country
    assert abs(found["again"] - 0.781) < 0.04
    assert abs(found["each_year"] - 0.265) < 0.04


def test_jobs_are_kept_as_long_as_was_found(country):
    _, found = country
    assert abs(found["still_employed_3"] - 0.74) < 0.10
    assert abs(found["still_employed_12"] - 0.50) < 0.10


def test_control_without_the_long_absence_the_follow_up_would_be_missed(country):
    """Nobody comes back but from a short pause: far fewer receive again, as before it was looked at."""
    document = read_document(CONFIGS / "assistance_stock.yaml")
    found = simulated(
        apply_changes(
            document,
            {
                "risks.comes_back.rate": "0.01 % per month",
                "risks.job_loss.rate": "0.01 % per month",
            },
        )
    )
    assert found["again"] < 0.70


def test_oslo_receives_at_least_six_months_as_often_as_oslo_does():
    found = simulated(read_flow(CONFIGS / "assistance_stock_oslo.yaml"))
    assert 0.485 <= found["at_least_six"] <= 0.520
    assert 0.485 <= found["still_the_same"] <= 0.520
    assert 6.0 <= found["mean_months"] <= 6.4


def test_control_the_country_does_not(country):
    _, found = country
    assert sum(found[f"m2009_{months}"] for months in range(6, 13)) < 0.45
