"""Twins, evaluations and validation draw together what was fitted together, by the same key."""

import json
from pathlib import Path

import numpy as np
import pytest

from pilotsim.evaluation import twins as twins_module
from pilotsim.evaluation.pilot import make_worlds
from pilotsim.evaluation.reading import identity_of
from pilotsim.files.reading import read_flow
from pilotsim.judge.validation import validate
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.simulation.parameters import draw_rows_of_numbers
from tests.evaluation.pilots import build, pilot_flow

WORK, LOSS = "risks.work.rate", "risks.job_loss.rate"
ROWS = [f"{2 + k / 20:.2f}, {2 - k / 25:.2f}" for k in range(41)]
JOINT = {
    "turnover": {
        "says": "Fitted together",
        "file": "rows.csv",
        "assumption": "Made up",
        "gives": {WORK: "work", LOSS: "loss"},
    }
}


def joint_flow():
    flow = pilot_flow(joint=JOINT)
    risks = flow["risks"]
    risks["work"]["rate"] = {"value": "3 % per month", "joint": "turnover"}
    risks["job_loss"]["rate"] = {"value": "1.2 % per month", "joint": "turnover"}
    rate = {"says": "Speed", "sum": WORK, "value": "3 % per month", "source": "r p. 1"}
    loss = {"says": "Loss", "sum": LOSS, "value": "1 % per month", "source": "r p. 1"}
    return flow | {"observed": {"speed": rate, "loss": loss}}


@pytest.fixture
def folder(tmp_path):
    head = (
        "# Made up: where more find work, fewer lose it.\nwork [% per month], loss [% per month]\n"
    )
    (tmp_path / "rows.csv").write_text(head + "\n".join(ROWS) + "\n")
    (tmp_path / "flow.yaml").write_text(json.dumps(joint_flow()))
    return tmp_path


def slots_of(flow):
    return [flow.values[path].slot for path in (WORK, LOSS)]


def test_evaluation_draws_one_row_for_each_draw(folder):
    (evaluation,) = build(folder, joint_flow())
    flow = evaluation.places[0].flow
    drawn = draw_rows_of_numbers(flow, evaluation.seed, range(6))[:, slots_of(flow)]
    found = [make_worlds(evaluation, draw)[0].plan.numbers[slots_of(flow)] for draw in range(6)]
    assert np.array_equal(found, drawn)
    assert np.corrcoef(np.array(found).T)[0, 1] < -0.99


def test_evaluation_with_other_rows_is_another_run(folder):
    build(folder, joint_flow())
    (file,) = [one for one in folder.glob("*.yaml") if one.name != "flow.yaml"]
    before = identity_of(file)
    rows = folder / "rows.csv"
    rows.write_text("# Again.\n" + rows.read_text())
    assert identity_of(file)["flow"] != before["flow"]
    assert identity_of(file)["evaluation"] == before["evaluation"]


def test_twins_draw_one_row_for_each_replication(folder, monkeypatch):
    flow = read_flow(folder / "flow.yaml")
    seen = []
    run = twins_module.run_replication

    def seeing(plan, *arguments, **options):
        seen.append(plan.numbers[slots_of(flow)])
        return run(plan, *arguments, **options)

    monkeypatch.setattr(twins_module, "run_replication", seeing)
    twins_module.twins(flow, replications=4, seed=9)
    drawn = draw_rows_of_numbers(flow, 9, range(4))[:, slots_of(flow)]
    # With the programme and without, in the same world.
    assert np.array_equal(seen, np.repeat(drawn, 2, axis=0))


def test_validation_draws_together(folder):
    flow = read_flow(folder / "flow.yaml")
    found = validate(flow, replications=40, seed=2)
    drawn = draw_rows_of_numbers(flow, 2, range(40))[:, slots_of(flow)]
    assert np.array_equal(found.values["speed"], drawn[:, 0])
    assert np.array_equal(found.values["loss"], drawn[:, 1])
    fixed = validate(flow, replications=4, seed=2, fixed=True)
    assert set(fixed.values["speed"]) == {flow.values[WORK].number}


def test_paths_of_the_flow_may_stand_in_a_folder_above(folder):
    below = folder / "below"
    below.mkdir()
    content = joint_flow()
    content["joint"] = {"turnover": {**JOINT["turnover"], "file": "../rows.csv"}}
    (below / "flow.yaml").write_text(json.dumps(content))
    assert Path(read_flow(below / "flow.yaml").posteriors["turnover"].file).name == "rows.csv"


def test_validation_says_each_reading(folder):
    """Rows of the reading `fast` have speeds above those of `slow`: each has its own range."""
    head = "# Made up.\nwork [% per month], loss [% per month], reading\n"
    rows = [f"{row}, {'slow' if number < 21 else 'fast'}" for number, row in enumerate(ROWS)]
    (folder / "rows.csv").write_text(head + "\n".join(rows) + "\n")
    content = joint_flow()
    readings = {"slow": {"says": "Few find work"}, "fast": {"says": "Many find work"}}
    content["joint"] = {"turnover": {**JOINT["turnover"], "readings": readings}}
    (folder / "flow.yaml").write_text(json.dumps(content))
    flow = read_flow(folder / "flow.yaml")
    found = validate(flow, replications=82, seed=2)
    slow, fast = found.by_reading
    assert slow.replications + fast.replications == 82
    assert abs(slow.replications - 42) <= 2
    speeds = [one.comparisons[0].expected * 3043.75 for one in (slow, fast)]
    assert speeds == pytest.approx([2.5, 3.525], abs=0.1)
    assert slow.comparisons[0].high < fast.comparisons[0].low
    # Both make up the whole.
    weighed = slow.replications * speeds[0] + fast.replications * speeds[1]
    assert weighed / 82 == pytest.approx(found.comparisons[0].expected * 3043.75)
    for language, words in (("nb", "Many find work"), ("en", "Many find work")):
        document = document_of(found, language, with_figures=False)
        assert words in write_markdown(document)
        assert document.record["readings"][1]["reading"] == "fast"
    assert validate(flow, replications=4, fixed=True).by_reading == ()
