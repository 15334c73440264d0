"""Searches on a flow with a closed form: what is found, what is proven, and what does not depend on how it is run."""

import os
from itertools import product

import numpy as np
import pytest
from scipy import stats

from pilotsim.base.errors import RunError
from pilotsim.experiments.optimise.confidence_sequences import CLOSE, MET, MISSED
from pilotsim.experiments.optimise.reading import build_problem
from pilotsim.experiments.optimise.search_runs import open_search_runs
from pilotsim.experiments.optimise.solve import BEST, CHEAPEST, LEAST, SUREST, count_most, solve
from pilotsim.files.yaml import parse
from pilotsim.output.views import document_of
from pilotsim.output.writers.terminal import terminal_text
from tests.experiments.optimise.small import FLOW, SOLVE, enough, problem_of, write
from tests.experiments.optimise.small import LEAST as FOURTEEN

# `make verify` asks more of the same.
SEEDS = 100 if os.environ.get("PILOTSIM_TIMES") else 4


def level_of(solution, choice):
    return solution.problem.levels_of(solution.problem.choices[choice])[0].amount


def test_known_least_number_of_places_is_found(tmp_path):
    """At a stated 90 %, 95 of 100 seeds must find it (`make verify`); here the first few.

    The cost is a part of the claim.
    """
    found = [
        solve(problem_of(tmp_path, frontier="frontier: 0", solve=f"solve: places\nseed: {seed}"))
        for seed in range(SEEDS)
    ]
    right = [
        one
        for one in found
        if one.is_proven
        and level_of(one, one.best) == FOURTEEN
        and level_of(one, one.below) == FOURTEEN - 1
    ]
    print(
        f"{len(right)} of {SEEDS} seeds right; runs {np.mean([one.runs for one in found]):.0f} on average, {max(one.runs for one in found)} at most"
    )
    assert len(right) >= 0.95 * SEEDS
    assert np.mean([one.runs for one in found]) < 4000


def test_too_few_runs_prove_too_little(tmp_path):
    """The control: with a hundred runs the answer is not proven, and says so."""
    found = solve(problem_of(tmp_path, most_runs="most_runs: 100", frontier="frontier: 0"))
    assert not found.is_proven
    assert found.runs <= 100
    assert FOURTEEN in {level_of(found, choice) for choice in found.rivals}


def test_intervals_hold_what_is_known(tmp_path):
    found = solve(problem_of(tmp_path))
    for row in found.rows:
        assert row.interval.low <= enough(int(level_of(found, row.choice))) <= row.interval.high
    shown = [point.tally.share for point in found.frontier]
    assert len(shown) == 21
    assert shown == sorted(
        shown
    )  # The same clients at every level: one more place never leaves one more without.
    assert found.frontier_runs == 210
    assert found.question == LEAST


def test_answer_does_not_depend_on_the_number_of_workers(tmp_path):
    one, two = (
        solve(problem_of(tmp_path, most_runs="most_runs: 1000", frontier="frontier: 0"), jobs=jobs)
        for jobs in (1, 2)
    )
    assert one.rows == two.rows
    assert one.frontier == two.frontier


def test_answer_does_not_depend_on_the_engine(tmp_path):
    one, two = (
        solve(
            problem_of(tmp_path, most_runs="most_runs: 200", frontier="frontier: 0"), engine=engine
        )
        for engine in ("kernel", "process")
    )
    assert one.rows == two.rows


def test_progress_counts_every_run(tmp_path):
    done = []
    problem = problem_of(tmp_path, most_runs="most_runs: 500")
    found = solve(problem, progress=done.append)
    assert sum(done) == found.runs + found.frontier_runs <= count_most(problem)


def test_length_of_the_flow_can_be_a_lever(tmp_path):
    """Three late ones come in mid-February, March and April: the least length that holds three intakes is four months."""
    lever = "  months: {sets: lasts, levels: [2 months, 3 months, 4 months, 5 months]}"
    found = solve(problem_of(tmp_path, target="target: late", places=lever))
    assert level_of(found, found.best) == 4
    assert level_of(found, found.below) == 3


def test_own_values_can_be_multiplied(tmp_path):
    lever = "  places: {times: [resources.place.units], levels: [1, 2, 3, 5]}"
    found = solve(problem_of(tmp_path, places=lever))
    assert level_of(found, found.best) == 3  # 15 places; 10 are too few.


def test_scenario_and_changes_are_the_ground_it_starts_from(tmp_path):
    """Ten clients: P(Bin(10, 0.3) <= 4) = 85 %, <= 3: 65 %."""
    found = solve(problem_of(tmp_path, flow="flow: flow.yaml\nscenario: fewer"))
    assert level_of(found, found.best) == 4
    assert found.below is None
    found = solve(problem_of(tmp_path, flow="flow: flow.yaml\nset: {groups.g.stock: 40}"))
    assert level_of(found, found.best) == FOURTEEN


def test_all_targets_must_be_met_in_the_same_run(tmp_path):
    """Beds are 5 for Bin(28, 15 %) and more or less: no number of places makes both sure."""
    both = solve(
        problem_of(tmp_path, target="target: [enough, beds]", probability="probability: 90 %")
    )
    assert both.best is None
    assert both.is_proven


TWO = SOLVE.replace("target: enough", "target: [enough, beds]").replace(
    "  places: {says: {nb: Plasser, en: Places}, sets: resources.place.units, low: 4, high: 24}",
    "  places: {sets: resources.place.units, levels: [12, 14, 16, 18], price: 3}\n"
    "  beds: {sets: resources.bed.units, levels: [4, 6, 8, 10], price: 1}",
)


def both_enough(places, beds):
    """Who needs no place needs a bed with 15 %: the numbers are parts of a multinomial law."""
    total = 0.0
    for course in range(places + 1):
        total += stats.binom.pmf(course, 40, 0.3) * stats.binom.cdf(beds, 40 - course, 0.15)
    return total


def test_cheapest_of_two_levers_is_found(tmp_path):
    found = solve(problem_of(tmp_path, TWO, solve="solve: two\nmargin: 2 %"))
    costs = {
        (a, b): 3 * a + b
        for a, b in product((12, 14, 16, 18), (4, 6, 8, 10))
        if both_enough(a, b) >= 0.75
    }
    cheapest = min(costs, key=costs.get)
    assert (
        tuple(level.amount for level in found.problem.levels_of(found.problem.choices[found.best]))
        == cheapest
    )
    assert found.question == CHEAPEST
    assert {row.verdict for row in found.rows if row.implied} <= {MET, MISSED}


def test_surest_of_two_levers_within_a_budget_is_found(tmp_path):
    found = solve(problem_of(tmp_path, TWO, probability="budget: 56", monotone="margin: 2 %"))
    affordable = {
        (a, b): both_enough(a, b)
        for a, b in product((12, 14, 16, 18), (4, 6, 8, 10))
        if 3 * a + b <= 56
    }
    best = tuple(
        level.amount for level in found.problem.levels_of(found.problem.choices[found.best])
    )
    assert affordable[best] >= max(affordable.values()) - 0.02
    assert found.question == SUREST
    assert found.row_of(found.best).verdict == BEST


def test_a_lever_without_order_is_searched_all_the_same(tmp_path):
    lever = "  places: {sets: resources.place.units, levels: [10, 12, 16, 18]}"
    found = solve(problem_of(tmp_path, places=lever, monotone="monotone: false"))
    assert found.question == CHEAPEST
    assert level_of(found, found.best) == 16


def test_an_order_that_does_not_hold_is_found_out(tmp_path):
    """Listed from the most to the least, more of the lever means fewer places."""
    lever = "  places: {sets: resources.place.units, levels: [20, 18, 15, 13, 12, 11, 10, 8, 4]}"
    found = solve(problem_of(tmp_path, places=lever, frontier="frontier: 100"))
    assert found.breaks
    assert not found.is_proven


def test_probability_at_the_bound_is_called_close(tmp_path):
    """14 places make 80.7 %: within two points of 80 %."""
    found = solve(
        problem_of(tmp_path, probability="probability: 80 %\nmargin: 2.5 %", frontier="frontier: 0")
    )
    assert [level_of(found, row.choice) for row in found.rows if row.verdict == CLOSE] == [14]
    assert level_of(found, found.best) == 15
    assert not found.is_proven


class Stopped(Exception):
    """Somebody pulled the plug."""


def stop_after(blocks):
    """A progress that ends the search after so many blocks of runs."""
    left = [blocks]

    def progress(done):
        left[0] -= 1
        if not left[0]:
            raise Stopped

    return progress


def resumed(problem, progress=None):
    with open_search_runs(problem) as known_runs:
        before = known_runs.count
        found = solve(problem, progress=progress, recall=known_runs.recall, note=known_runs.note)
        known_runs.finish()
    return before, found


def test_search_that_was_stopped_goes_on_and_finds_the_same(tmp_path):
    problem = problem_of(tmp_path, most_runs="most_runs: 3000")
    whole = solve(problem)
    known = 0
    for blocks in (2, 6, 9):
        with pytest.raises(Stopped):
            resumed(problem_of(tmp_path, most_runs="most_runs: 3000"), stop_after(blocks))
        with open_search_runs(problem) as known_runs:
            assert known_runs.count > known
            known = known_runs.count
    before, found = resumed(problem)
    assert before == known
    assert found.rows == whole.rows
    assert found.frontier == whole.frontier
    assert not list(tmp_path.glob(".*"))


def test_runs_are_not_those_of_ways_on_in_another_order(tmp_path):
    with pytest.raises(Stopped):
        resumed(problem_of(tmp_path), stop_after(3))
    turned = FLOW.replace("{course: 30 %, second: rest}", "{second: rest, course: 30 %}")
    assert turned != FLOW
    write(tmp_path, flow=turned)
    other = build_problem(parse(SOLVE, str(tmp_path / "solve.yaml"), "search"))
    with (
        pytest.raises(
            RunError,
            match=r"run: flow: stages\.first\.next was course, second, is second, course\.",
        ),
        open_search_runs(other),
    ):
        pytest.fail("not reached")


def test_block_that_is_damaged_is_run_again(tmp_path):
    problem = problem_of(tmp_path, most_runs="most_runs: 3000")
    with pytest.raises(Stopped):
        resumed(problem, stop_after(5))
    with open_search_runs(problem) as known_runs:
        before = known_runs.count
    block = next(tmp_path.glob(".*.search/blocks/*.parquet"))
    block.write_bytes(block.read_bytes()[:-9])
    with open_search_runs(problem) as known_runs:
        assert 0 < known_runs.count < before
    assert resumed(problem)[1].rows == solve(problem).rows


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"target": "target: beds"}, "targets: enough was .*; beds was not there, is "),
        ({"solve": "solve: places\nseed: 7"}, "seed: 1 → 7"),
        ({"solve": "solve: places\nassumptions: fixed"}, "assumptions: drawn → fixed"),
        (
            {"flow": "flow: flow.yaml\nset: {groups.g.stock: 39}"},
            r"flow: groups\.g\.stock was 40, is 39\.",
        ),
        (
            {"flow": "flow: flow.yaml\nset: {stages.first.next: {second: 70 %, course: rest}}"},
            "flow: ",
        ),
    ],
)
def test_runs_of_another_problem_are_refused_and_kept(tmp_path, changed, says):
    with pytest.raises(Stopped):
        resumed(problem_of(tmp_path, most_runs="most_runs: 3000"), stop_after(3))
    other = problem_of(tmp_path, **changed)
    with (
        pytest.raises(RunError, match=f"holds another run: {says}.*--new"),
        open_search_runs(other),
    ):
        pass
    with open_search_runs(problem_of(tmp_path, most_runs="most_runs: 3000")) as known_runs:
        assert known_runs.count > 0
    with open_search_runs(other, new=True) as known_runs:
        assert known_runs.count == 0


def test_more_runs_may_be_asked_for_after_a_stop(tmp_path):
    with pytest.raises(Stopped):
        resumed(problem_of(tmp_path, most_runs="most_runs: 3000"), stop_after(3))
    with open_search_runs(problem_of(tmp_path, most_runs="most_runs: 4000")) as known_runs:
        assert known_runs.count > 0


def test_two_searches_of_one_problem_do_not_meet(tmp_path):
    problem = problem_of(tmp_path)
    with (
        open_search_runs(problem),
        pytest.raises(RunError, match="is being worked at"),
        open_search_runs(problem),
    ):
        pass


def test_share_of_the_answer_is_of_runs_fixed_beforehand(tmp_path):
    problem = problem_of(tmp_path, SOLVE.replace("frontier: 10", "frontier: 50"))
    found = solve(problem)
    estimate = found.estimate_of(found.best)
    assert estimate.tally.runs == 50
    assert found.row_of(found.best).tally.runs != 50
    assert found.frontier_runs == sum(point.tally.runs for point in found.estimates)


def test_runs_in_which_nobody_needs_what_is_asked_are_counted(tmp_path):
    """Three late ones need a place with 30 % each: in 34 % of the runs nobody does."""
    flow = FLOW.replace("of: {reached: course, groups: g}", "of: {reached: course, groups: late}")
    text = SOLVE.replace("probability: 75 %", "probability: 50 %").replace("60000", "600")
    file = write(tmp_path, text, flow)
    problem = build_problem(parse(text, str(file), "search"))
    found = solve(problem)
    runs = found.runs + found.frontier_runs
    expected = 0.7**3
    assert abs(found.undefined / runs - expected) < 4 * (expected * (1 - expected) / runs) ** 0.5
    # What is asked of all is met in every run that has somebody; counted as not met, the rest.
    assert found.estimates[-1].tally.share < 1 - expected + 0.5
    with pytest.raises(Stopped):
        resumed(problem, stop_after(2))
    assert resumed(problem)[1].undefined == found.undefined
    shown = terminal_text(document_of(found, "en"))
    assert f"In {found.undefined} of {runs} runs (" in shown.replace(",", "")
    assert "there is nobody to measure by" in " ".join(shown.split())
