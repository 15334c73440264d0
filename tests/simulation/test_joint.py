"""Values that are drawn together: each replication takes one row, whatever runs it.

The file `turnover.csv` was made with two readings of 200 rows each, in which `leaves` and `short` have a
correlation of -0.9.
"""

import pickle
from pathlib import Path

import numpy as np
import pytest

from pilotsim.files.changes import ChangeError, apply_changes, read_change
from pilotsim.files.reading import read_text
from pilotsim.files.yaml import parse
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.parameters import (
    STRATA,
    draw_numbers,
    draw_posterior_rows,
    draw_rows_of_numbers,
)
from pilotsim.simulation.resolved import resolve_flow
from tests.small_flows import ENGINES

FOLDER = Path(__file__).parent.parent / "files" / "data"
LEAVES, SHORT, BACK = (
    "risks.leave.rate",
    "traits.short.share",
    "stages.away.lasts.exponential.mean",
)
TEXT = """
flow: small
title: Small
starts: 2015-01-01
lasts: 12 months
joint:
  turnover:
    says: Speeds that were fitted together
    file: turnover.csv
    assumption: Made up
    gives:
      risks.leave.rate: leaves
      traits.short.share: short
      stages.away.lasts.exponential.mean: back
    readings: {register: {says: The register}, survey: {says: The survey}}
traits: {short: {share: 51.38 %}}
groups: {g: {stock: {value: 100, low: 80, high: 120, assumption: A guess}, starts_in: on}}
risks: {leave: {to: away, rate: 3.573 % per month, times: {short: 2}}}
stages:
  on: {risks: {leave: 1}}
  away: {lasts: {exponential: {mean: 27.95 days}}, next: {on: 100 %}}
targets:
  few:
    says: At most ninety
    measure: {count: {in_stage: on, at: end}}
    at_most: 90
"""
DOCUMENT = parse(TEXT, str(FOLDER / "flow.yaml"))
RUNS = 2000
DOCUMENT_LEAVES = 0.03573 / (365.25 / 12)


@pytest.fixture(scope="module")
def flow():
    return read_text(TEXT, str(FOLDER / "flow.yaml"))


def columns_of(numbers, flow, *paths):
    return [numbers[:, flow.values[path].slot] for path in paths]


def correlation(one, other):
    return float(np.corrcoef(one, other)[0, 1])


def test_each_replication_has_the_values_of_one_row(flow):
    rows = flow.posteriors["turnover"]
    numbers = draw_rows_of_numbers(flow, 5, range(60))
    drawn = np.column_stack(columns_of(numbers, flow, *rows.paths))
    taken = draw_posterior_rows(flow, "turnover", 5, range(60))
    assert np.array_equal(drawn, rows.numbers[taken])
    assert rows.paths == (LEAVES, SHORT, BACK)


def test_marginals_and_correlations_are_those_of_the_file(flow):
    """Within the error of so many rows drawn by chance: stratified, they are nearer still.

    With 2,000 draws of 400 rows a mean lies within 4 standard errors of the file's in all but one
    case in 15,000, a correlation of -0.88 within 0.03.
    """
    rows = flow.posteriors["turnover"]
    numbers = draw_rows_of_numbers(flow, 11, range(RUNS))
    drawn = np.column_stack(columns_of(numbers, flow, *rows.paths))
    error = rows.numbers.std(axis=0) / np.sqrt(RUNS)
    assert np.all(np.abs(drawn.mean(axis=0) - rows.numbers.mean(axis=0)) < 4 * error)
    quantiles = [0.05, 0.25, 0.5, 0.75, 0.95]
    width = rows.ranges[1] - rows.ranges[0]
    missed = np.quantile(drawn, quantiles, axis=0) - np.quantile(rows.numbers, quantiles, axis=0)
    assert np.all(np.abs(missed) < 0.06 * width)
    assert np.abs(np.corrcoef(drawn.T) - np.corrcoef(rows.numbers.T)).max() < 0.03


def test_control_members_drawn_apart_lose_their_correlation(flow):
    """The same marginals, each from a row of its own: what a joint draw is there to prevent."""
    rows = flow.posteriors["turnover"]
    own = correlation(rows.numbers[:, 0], rows.numbers[:, 1])
    assert own < -0.85
    apart = [
        rows.numbers[draw_posterior_rows(flow, "turnover", seed, range(RUNS)), column]
        for seed, column in ((1, 0), (2, 1))
    ]
    assert abs(correlation(*apart) - own) > 0.5


def test_each_reading_has_its_share_of_every_block_of_replications(flow):
    rows = flow.posteriors["turnover"]
    assert rows.readings == ("register", "survey")
    taken = draw_posterior_rows(flow, "turnover", 3, range(10 * STRATA))
    readings = rows.reading_of[taken].reshape(10, STRATA)
    assert np.array_equal(readings.sum(axis=1), np.full(10, STRATA // 2))
    # In an order of chance: no reading comes first in all blocks.
    assert 0 < readings[:, 0].sum() < 10


def test_control_draws_without_strata_do_not_give_each_reading_its_share(flow):
    rows = flow.posteriors["turnover"]
    chance = np.random.default_rng(1).integers(0, len(rows), (10, STRATA))
    assert not np.array_equal(rows.reading_of[chance].sum(axis=1), np.full(10, STRATA // 2))


def test_every_row_is_as_likely_as_any_other(flow):
    """400 rows, 20,000 draws, 50 expected of each.

    Chi-squared of strata is below that of 399 degrees of freedom, of which 520 is exceeded once in
    20,000.
    """
    taken = draw_posterior_rows(flow, "turnover", 8, range(20_000))
    counts = np.bincount(taken, minlength=400)
    assert ((counts - 50) ** 2 / 50).sum() < 520


def test_draw_of_a_replication_is_the_same_whatever_is_drawn_beside_it(flow):
    whole = draw_rows_of_numbers(flow, 4, range(70))
    for block in (range(7), range(7, 33), range(33, 70)):
        assert np.array_equal(draw_rows_of_numbers(flow, 4, block), whole[block.start : block.stop])
    assert np.array_equal(draw_rows_of_numbers(flow, 4, [69, 3, 41]), whole[[69, 3, 41]])
    assert np.array_equal(draw_numbers(flow, 4, 12), whole[12])
    assert not np.array_equal(draw_rows_of_numbers(flow, 5, range(70)), whole)


def test_other_assumptions_are_drawn_as_without_a_joint_draw(flow):
    content = {key: part for key, part in DOCUMENT.content.items() if key != "joint"}
    plain = read_text(str(content).replace("'", '"'), "plain")
    for replication in range(5):
        assert (
            draw_numbers(plain, 4, replication)[plain.values["groups.g.stock"].slot]
            == draw_numbers(flow, 4, replication)[flow.values["groups.g.stock"].slot]
        )


def test_value_that_is_set_stays_and_the_rest_is_drawn_together(flow):
    changed = apply_changes(DOCUMENT, {LEAVES: "9 % per month"})
    numbers = draw_rows_of_numbers(changed, 4, range(50))
    leaves, short, back = columns_of(numbers, changed, LEAVES, SHORT, BACK)
    before = columns_of(draw_rows_of_numbers(flow, 4, range(50)), flow, SHORT, BACK)
    assert set(leaves) == {changed.values[LEAVES].number}
    assert np.array_equal([short, back], before)
    assert changed.values[LEAVES].joint is None
    assert not changed.values[LEAVES].has_range
    assert list(changed.drawn_together["turnover"]) == [SHORT, BACK]


def test_value_that_is_set_with_a_range_is_drawn_by_itself():
    own = {"value": "9 % per month", "low": 8, "high": 10, "assumption": "Another"}
    changed = apply_changes(DOCUMENT, {LEAVES: own})
    (leaves,) = columns_of(draw_rows_of_numbers(changed, 4, range(50)), changed, LEAVES)
    value = changed.values[LEAVES]
    assert len(set(leaves)) == 50
    assert value.low <= leaves.min() <= leaves.max() <= value.high


def test_one_reading_alone_has_its_own_rows_and_central_row(flow):
    changed = apply_changes(DOCUMENT, {"joint.turnover.only": "survey"})
    rows, both = changed.posteriors["turnover"], flow.posteriors["turnover"]
    assert len(rows) == 200
    assert rows.readings == ()
    (leaves,) = columns_of(draw_rows_of_numbers(changed, 4, range(400)), changed, LEAVES)
    survey = both.numbers[both.reading_of == 1, 0]
    assert set(leaves) <= set(survey)
    assert changed.values[LEAVES].number == rows.central[0] != flow.values[LEAVES].number
    assert "per month" in changed.values[LEAVES].written


@pytest.mark.parametrize("engine", ENGINES)
def test_both_engines_run_the_same_draws(flow, engine):
    plans = [resolve_flow(flow, draw_numbers(flow, 7, r)) for r in range(3)]
    for replication, plan in enumerate(plans):
        found = run_replication(plan, 7, replication, engine=engine).to_frame()
        reference = run_replication(plan, 7, replication, engine=ENGINES[-1]).to_frame()
        assert found.equals(reference)


def test_results_are_the_same_for_any_number_of_workers(flow):
    measures = [flow.targets["few"].measure]
    runs = {"one": 60}
    alone, together = (
        run_variants([Variant("one", flow)], measures, seed=2, replications=runs, jobs=jobs)
        for jobs in (1, 2)
    )
    assert np.array_equal(alone["one"].values, together["one"].values)
    fixed = run_variants(
        [Variant("one", flow, fixed=True)], measures, seed=2, replications=runs, jobs=1
    )
    assert not np.array_equal(alone["one"].values, fixed["one"].values)


def test_flow_draws_the_same_once_it_was_sent_to_another_process(flow):
    sent = pickle.loads(pickle.dumps(flow))
    assert np.array_equal(
        draw_rows_of_numbers(sent, 3, range(30)), draw_rows_of_numbers(flow, 3, range(30))
    )
    assert sent.digests == flow.digests


def test_step_from_the_central_row_of_other_rows_is_refused():
    only = {"joint.turnover.only": "survey"}
    step = read_change(f"{LEAVES}=*1.2")
    with pytest.raises(ChangeError, match="other rows of 'turnover'"):
        apply_changes(DOCUMENT, only, dict([step]))
    # A number is taken, and a step where all rows are drawn from.
    assert apply_changes(DOCUMENT, only, {LEAVES: "5 % per month"}).values[LEAVES].written
    whole = apply_changes(DOCUMENT, dict([step]))
    assert whole.values[LEAVES].number == pytest.approx(1.2 * DOCUMENT_LEAVES)
