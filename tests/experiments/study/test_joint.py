"""Studies and searches over values that are drawn together: one factor, the same draws."""

import json
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.optimise.reading import read_problem
from pilotsim.experiments.study import read_study
from pilotsim.experiments.study.layout import StudyLayout
from pilotsim.runs.batches import rows_of_numbers
from pilotsim.simulation.parameters import draw_rows_of_numbers

DATA = Path(__file__).parent.parent.parent / "files" / "data"
LEAVES, SHORT, BACK = (
    "risks.leave.rate",
    "traits.short.share",
    "stages.away.lasts.exponential.mean",
)
STUDY = """
study: small
title: Small
flow: together.yaml
design: {method: latin_hypercube, points: 12, assumptions: all}
responses: {targets: [few]}
replications: 2
seed: 7
"""


@pytest.fixture
def folder(tmp_path):
    for name in ("together.yaml", "turnover.csv"):
        (tmp_path / name).write_text((DATA / name).read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


def study_of(folder, text=STUDY):
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return read_study(folder / "study.yaml")


def faults_of(folder, text):
    with pytest.raises(FlowError) as caught:
        study_of(folder, text)
    return str(caught.value)


def test_part_is_one_factor_of_a_design_over_all_assumptions(folder):
    study = study_of(folder)
    names = [factor.name for factor in study.factors]
    assert names == ["joint.turnover", "groups.g.stock", "stages.called.next.work"]
    assert study.factors[0].says.in_language("en") == "How fast recipients leave and return"
    assert study.points.numbers[:, 0].min() >= 0
    assert study.points.numbers[:, 0].max() <= 1


def test_point_sets_all_values_to_those_of_one_row(folder):
    study = study_of(folder)
    scenario = study.scenarios[0]
    rows = scenario.flow.posteriors["turnover"]
    order = []
    for point in range(len(study.points)):
        slots = study.slots_at(scenario, point)
        row = [slots[scenario.flow.values[path].slot] for path in rows.paths]
        (place,) = np.flatnonzero((rows.numbers == row).all(axis=1))
        order.append(place)
    # Twelve points, one in each twelfth of the rows: all different.
    assert len(set(order)) == 12


def test_rows_of_a_factor_rise_along_the_first_principal_component(folder):
    study = study_of(folder)
    rows = study.scenarios[0].flow.posteriors["turnover"]
    along = np.array([rows.at(place) for place in np.linspace(0, 0.999, 400)])
    assert abs(np.corrcoef(along[:, 0], np.arange(400))[0, 1]) > 0.8
    assert np.sign(np.corrcoef(along[:, 1], np.arange(400))[0, 1]) == -np.sign(
        np.corrcoef(along[:, 0], np.arange(400))[0, 1]
    )


def test_value_that_is_varied_by_itself_needs_levels(folder):
    own = STUDY.replace("assumptions: all", f"assumptions: [{LEAVES}]")
    assert "is drawn together with others; vary 'joint.turnover' as a whole" in faults_of(
        folder, own
    )
    levels = STUDY.replace(
        "method: latin_hypercube, points: 12, assumptions: all",
        f"method: full_factorial, over: {{{LEAVES}: [2 % per month, 5 % per month]}}",
    )
    study = study_of(folder, levels)
    scenario = study.scenarios[0]
    variant = study.variant(scenario, 0)
    numbers = rows_of_numbers(variant, 5, range(30))
    flow = scenario.flow
    assert len(set(numbers[:, flow.values[LEAVES].slot])) == 1
    drawn = draw_rows_of_numbers(flow, 5, range(30))
    for path in (SHORT, BACK):
        slot = flow.values[path].slot
        assert np.array_equal(numbers[:, slot], drawn[:, slot])


def test_part_and_one_of_its_values_are_not_varied_both(folder):
    both = STUDY.replace(
        "assumptions: all",
        f"assumptions: [joint.turnover], over: {{{LEAVES}: {{low: 2 % per month, high: 5 % per month}}}}",
    )
    assert "is varied by" in faults_of(folder, both)


def test_name_of_no_part_is_refused_with_what_was_meant(folder):
    wrong = STUDY.replace("assumptions: all", "assumptions: [joint.turnovr]")
    assert "draws nothing together as 'turnovr'; did you mean 'turnover'?" in faults_of(
        folder, wrong
    )


def test_scenario_that_sets_a_value_leaves_the_rest_together(folder):
    text = STUDY.replace(
        "design:",
        f"scenarios: {{as_written: {{}}, fast: {{says: Fast, set: {{{LEAVES}: 9 % per month}}}}}}\ndesign:",
    )
    study = study_of(folder, text)
    slots = study.slots_at(study.scenario("fast"), 3)
    flow = study.scenario("fast").flow
    assert flow.values[LEAVES].slot not in slots
    assert flow.values[SHORT].slot in slots


def test_other_rows_are_another_run(folder):
    before = StudyLayout.of(study_of(folder))
    text = (folder / "turnover.csv").read_text(encoding="utf-8")
    first, *rest = text.splitlines()
    (folder / "turnover.csv").write_text("\n".join([first + " Again.", *rest]), encoding="utf-8")
    after = StudyLayout.of(study_of(folder))
    assert {cell.key for cell in before.cells}.isdisjoint({cell.key for cell in after.cells})


def test_search_draws_together_and_knows_its_rows(folder):
    (folder / "solve.yaml").write_text(
        json.dumps(
            {
                "solve": "small",
                "title": "Small",
                "flow": "together.yaml",
                "target": "few",
                "probability": "50 %",
                "levers": {"resources.adviser.units": {"levels": [2, 4, 6]}},
            }
        ),
        encoding="utf-8",
    )
    problem = read_problem(folder / "solve.yaml")
    variant = problem.variant((1,))
    numbers = rows_of_numbers(variant, problem.seed, range(30))
    drawn = draw_rows_of_numbers(problem.flow, problem.seed, range(30))
    slots = [problem.flow.values[path].slot for path in (LEAVES, SHORT, BACK)]
    assert np.array_equal(numbers[:, slots], drawn[:, slots])
    before = problem.identity["flow"]
    text = (folder / "turnover.csv").read_text(encoding="utf-8")
    (folder / "turnover.csv").write_text("# More.\n" + text, encoding="utf-8")
    assert read_problem(folder / "solve.yaml").identity["flow"] != before
