"""A study file is checked as a whole before the first run: every fault with its place, in exactly these words."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.experiments.study import read_study
from pilotsim.experiments.study.designs import latin_hypercube, sobol_sequence
from tests.experiments.study.small import FLOW, STUDY, write_study

FAULTS = Path(__file__).parent / "faults"
NAMES = sorted(file.stem for file in FAULTS.glob("*.yaml"))
# What takes a second or more to load, and no file is read with.
LARGE = ("numba", "matplotlib", "scipy.stats", "statsmodels")
FOLDER = Path(__file__).parent.parent.parent.parent / "experiments"
EXPERIMENTS = [
    file for file in sorted(FOLDER.glob("*.yaml")) if "\nstudy:" in file.read_text(encoding="utf-8")
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The faulty studies beside the flow that they name."""
    there = tmp_path_factory.mktemp("faults")
    for file in [*FAULTS.glob("*.yaml"), *FAULTS.glob("*.flow")]:
        shutil.copy(file, there)
    (there / "small.yaml").write_text(FLOW.lstrip("\n"), encoding="utf-8")
    return there


def test_every_case_has_its_words():
    assert sorted(file.stem for file in FAULTS.glob("*.txt")) == NAMES
    assert len(NAMES) > 50


@pytest.mark.parametrize("name", NAMES)
def test_faulty_study_is_refused_in_these_words(name, folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(FlowError) as caught:
        read_study(f"{name}.yaml")
    assert str(caught.value) == (FAULTS / f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def test_study_that_the_faulty_ones_were_made_from_is_read(tmp_path):
    study = read_study(write_study(tmp_path))
    assert [scenario.name for scenario in study.scenarios] == ["as_written", "double"]
    assert study.scenario("double").flow.values["resources.place.units"].number == 10
    assert [response.name for response in study.responses] == ["work", "jobs"]
    assert study.points.numbers.tolist() == [[2.0], [4.0]]
    assert (study.replications.at_least, study.replications.at_most, study.seed, len(study)) == (
        6,
        6,
        7,
        4,
    )


@pytest.mark.parametrize("file", EXPERIMENTS, ids=lambda file: file.stem)
def test_committed_studies_are_read(file):
    assert len(read_study(file)) > 0


def test_typo_in_the_last_scenario_of_a_large_flow_is_found_before_anything_large_is_loaded(
    tmp_path,
):
    """Alna Aktiv in thirty scenarios; how long it takes, `benchmarks` say."""
    text = FOLDER / "alna_more_places.yaml"
    scenarios = "".join(
        f"  s{k}: {{set: {{groups.target_group.stock: {100 + k}}}}}\n" for k in range(30)
    )
    scenarios += "  last: {set: {resources.place_tecnical.units: 4}}\n"
    flow = FOLDER.parent / "configs" / "alna_aktiv.yaml"
    head, tail = text.read_text(encoding="utf-8").split("scenarios:\n")
    body = (
        head.replace("../configs/alna_aktiv.yaml", str(flow))
        + "scenarios:\n"
        + scenarios
        + tail[tail.index("\ndesign:") :]
    )
    (tmp_path / "typo.yaml").write_text(body, encoding="utf-8")
    code = (
        "import sys\n"
        "from pilotsim.experiments.study import read_study\n"
        "try:\n"
        "    read_study('typo.yaml')\n"
        "finally:\n"
        f"    print([name for name in {LARGE} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    found = done.stderr
    line = 1 + body[: body.index("  last:")].count("\n")
    assert f"typo.yaml:{line}:" in found
    assert "did you mean 'place_technical'?" in found
    assert done.stdout == "[]\n"


def test_levels_come_in_the_order_of_the_file(tmp_path):
    over = (
        "over: {stages.course.opens.admits: [4, 2], groups.g.stock: {low: 10, high: 20, steps: 3}}"
    )
    text = STUDY.replace("over: {stages.course.opens.admits: [2, 4]}", over)
    points = read_study(write_study(tmp_path, text)).points
    assert points.numbers.tolist() == [[4, 10], [4, 15], [4, 20], [2, 10], [2, 15], [2, 20]]


def test_one_at_a_time_begins_with_the_flow_as_written(tmp_path):
    text = STUDY.replace("full_factorial", "one_at_a_time").replace(
        "[2, 4]}", "[2, 4], groups.g.stock: [10, 20]}"
    )
    study = read_study(write_study(tmp_path, text))
    nan = np.nan
    np.testing.assert_array_equal(
        study.points.numbers, [[nan, nan], [2, nan], [4, nan], [nan, 10], [nan, 20]]
    )
    assert study.slots_at(study.scenarios[0], 0) == {}
    assert study.slots_at(study.scenarios[0], 4) == {
        study.scenarios[0].flow.values["groups.g.stock"].slot: 20
    }


def test_factors_that_multiply_keep_the_flow_of_each_scenario(tmp_path):
    text = STUDY.replace(
        "stages.course.opens.admits: [2, 4]",
        "places: {times: resources.place.units, levels: [0.5, 2]}",
    )
    study = read_study(write_study(tmp_path, text))
    found = [
        list(study.slots_at(scenario, point).values())
        for scenario in study.scenarios
        for point in range(2)
    ]
    assert found == [
        [3.0],
        [10.0],
        [5.0],
        [20.0],
    ]  # 5 and 10 places by a half, rounded up, and by two


def test_latin_hypercube_has_one_point_in_each_part_of_each_range():
    points = latin_hypercube(["a", "b", "c"], 50, seed=3)
    for column in points.T:
        assert sorted((column * 50).astype(int).tolist()) == list(range(50))
    assert not np.array_equal(points[:, 0], points[:, 1])
    assert not np.array_equal(points, latin_hypercube(["a", "b", "c"], 50, seed=4))


def test_another_factor_moves_no_factor_of_a_latin_hypercube():
    few, more = (
        latin_hypercube(["a", "b"], 20, seed=3),
        latin_hypercube(["x", "a", "b"], 20, seed=3),
    )
    np.testing.assert_array_equal(few, more[:, 1:])


def test_sobol_points_go_on_where_fewer_ended_and_stay_even():
    few, more = sobol_sequence(["a", "b"], 64, seed=5), sobol_sequence(["a", "b"], 128, seed=5)
    np.testing.assert_array_equal(few, more[:64])
    cells = {(int(8 * x), int(8 * y)) for x, y in few.tolist()}
    assert len(cells) == 64  # A net in base 2: each of 8 x 8 cells holds one of 64 points.


def test_assumptions_are_varied_over_their_own_ranges_where_no_scenario_sets_them(tmp_path):
    design = "design:\n  method: latin_hypercube\n  points: 200\n  assumptions: all\n"
    text = STUDY[: STUDY.index("design:")] + design + STUDY[STUDY.index("responses:") :]
    study = read_study(write_study(tmp_path, text))
    assert study.points.names == (
        "groups.g.arrivals",
        "risks.job.rate",
    )  # places are set by a scenario
    arrivals = study.scenarios[0].flow.values["groups.g.arrivals"]
    column = np.sort(study.points.numbers[:, 0])
    parts = [arrivals.quantile(k / 200) for k in range(201)]
    assert all(
        low <= number <= high
        for low, number, high in zip(parts[:-1], column.tolist(), parts[1:], strict=True)
    )


def test_listed_points_are_written_as_in_a_flow(tmp_path):
    text = STUDY.replace(
        "  method: full_factorial\n  over: {stages.course.opens.admits: [2, 4]}\n",
        "  method: list\n  file: p.csv\n",
    )
    file = write_study(tmp_path, text)
    (tmp_path / "p.csv").write_text(
        "risks.job.rate,groups.g.stock\n2 % per month,10\n,20\n", encoding="utf-8"
    )
    study = read_study(file)
    assert [factor.name for factor in study.factors] == ["risks.job.rate", "groups.g.stock"]
    np.testing.assert_allclose(study.points.numbers, [[0.02 / 30.4375, 10], [np.nan, 20]])


def test_faults_of_a_list_name_its_lines(tmp_path, monkeypatch):
    text = STUDY.replace(
        "  method: full_factorial\n  over: {stages.course.opens.admits: [2, 4]}\n",
        "  method: list\n  file: p.csv\n",
    )
    write_study(tmp_path, text)
    monkeypatch.chdir(tmp_path)
    Path("p.csv").write_text(
        "risks.job.rate,groups.g.stock\n2 % per month,10\n3,1.5\n1\n", encoding="utf-8"
    )
    with pytest.raises(FlowError) as caught:
        read_study("study.yaml")
    assert str(caught.value).splitlines() == [
        "p.csv:3:1  risks.job.rate: expected a rate such as '8 per month' or '2 % per month'; found 3 without a unit; "
        "did you mean '3 per month'?",
        "p.csv:3:2  groups.g.stock: expected a whole number, 0 or more; found 1.5",
        "p.csv:4:1  expected 2 cells; found 1",
    ]
    Path("p.csv").write_text("risks.job.rte\n1\n", encoding="utf-8")
    with pytest.raises(FlowError, match=r"did you mean 'risks\.job\.rate'"):
        read_study("study.yaml")
    Path("p.csv").write_text(f"risks.job.rate\n{'1' * 140_000}\n", encoding="utf-8")
    with pytest.raises(FlowError, match=r"p\.csv:1:1 .*its rows do not make a table"):
        read_study("study.yaml")


CHOICES = """
choices:
  places:
    says: How many places
    options:
      few: {says: As the file}
      many: {says: Ten, set: {resources.place.units: 10}}
"""


def test_a_scenario_may_take_an_option_of_a_choice(tmp_path):
    file = write_study(tmp_path)
    flow = tmp_path / "small.yaml"
    flow.write_text(flow.read_text(encoding="utf-8") + CHOICES, encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    assert "scenarios:\n" in text
    chosen = "scenarios:\n  chosen: {says: Chosen, choose: {places: many}}\n"
    file.write_text(text.replace("scenarios:\n", chosen), encoding="utf-8")
    study = read_study(file)
    assert study.scenario("chosen").flow.values["resources.place.units"].number == 10
    assert study.scenario("as_written").flow.values["resources.place.units"].number != 10
    wrong = chosen.replace("many}", "mony}")
    file.write_text(text.replace("scenarios:\n", wrong), encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_study(file)
    assert "has no option 'mony'; did you mean 'many'?" in str(caught.value)


@pytest.mark.parametrize(
    "method",
    [
        "one_at_a_time",
        "full_factorial",
        "latin_hypercube, points: 4",
        "sobol_sequence, points: 4",
        "sobol_indices, points: 4",
        "elementary_effects, points: 4",
        "shapley_effects, points: 4",
    ],
)
def test_all_assumptions_of_a_flow_without_any_are_refused(tmp_path, method):
    (tmp_path / "f.yaml").write_text(
        "flow: f\ntitle: f\nstarts: 2015-01-01\nlasts: 3 months\n"
        "groups: {g: {stock: 10, starts_in: a}}\nstages: {a: {}}\n"
        "targets: {t: {says: a, assumption: b, at_least: 1, measure: {count: {in_stage: a, at: end}}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "s.yaml").write_text(
        f"study: s\ntitle: s\nflow: f.yaml\ndesign: {{method: {method}, assumptions: all}}\n"
        "replications: 2\nresponses: {targets: all}\n",
        encoding="utf-8",
    )
    with pytest.raises(FlowError, match="no assumption with a range"):
        read_study(tmp_path / "s.yaml")
