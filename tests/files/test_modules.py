"""Modules: a flow that takes them is the flow that is written out, to the bit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.evaluation.reading import identity_of
from pilotsim.files.changes import apply_changes
from pilotsim.files.modules import (
    flow_document,
    module_document,
    module_files,
    shipped_modules,
    written_out,
)
from pilotsim.files.reading import build_flow, read_document, read_flow, read_text
from pilotsim.files.rewriting import rewrite
from pilotsim.files.yaml import parse
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.fingerprint import fingerprints
from pilotsim.simulation.parameters import draw_numbers, settle
from pilotsim.simulation.resolved import ResolvedFlow

ROOT = Path(__file__).parent.parent.parent
DISTRICT = ROOT / "districts" / "any_district.yaml"
FLOW = """
flow: taken
title: A flow that takes a module
starts: 2026-01-05
lasts: 6 months
use:
  box:
    module: own.yaml
    with: {places: 3}
    joins: {done: home}
groups: {clients: {starts_in: box_training, stock: 20}}
risks: {job: {to: home, rate: 5 % per month}}
stages: {home: {}}
"""
MODULE = """
module: own
title: A box
about: Places
enters: this_training
joins:
  done: {kind: stages, says: Afterwards}
  job: {kind: risks, default: job, says: Finds work}
parameters:
  places: {says: Places, unit: places}
  stay: {says: Time there, unit: time, default: 2 months}
parts:
  resources: {this_place: {units: $places}}
  stages:
    this_training:
      needs: {this_place: 1}
      lasts: $stay
      next: {join_done: 100 %}
      risks: {join_job: 1}
  effects:
    - {after: this_training, on: join_job, times: 2, for: 3 months}
"""


@pytest.fixture
def flow_file(tmp_path: Path) -> Path:
    (tmp_path / "own.yaml").write_text(MODULE, encoding="utf-8")
    file = tmp_path / "flow.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return file


def faults_of(file: Path) -> list[str]:
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    return [
        f"{Path(fault.file).name}:{fault.line} {fault.path}: {fault.message}"
        for fault in caught.value.faults
    ]


def journeys_of(flow: Flow, replications: int = 1) -> list[str]:
    calendar = flow.make_calendar()
    plans = [
        ResolvedFlow(flow, settle(flow, draw_numbers(flow, 1, one)), calendar)
        for one in range(replications)
    ]
    return fingerprints(run_replications(plans, 1, range(replications)))


@pytest.mark.parametrize("of", ["district", "own"])
def test_a_flow_that_takes_modules_is_the_flow_written_out(of: str, flow_file: Path):
    file = DISTRICT if of == "district" else flow_file
    text = file.read_text(encoding="utf-8")
    taken = read_document(file)
    whole = written_out(text, str(file))
    assert "use" not in taken.content
    assert re.search("^use:", whole, re.MULTILINE) is None
    written = parse(whole, str(file))
    assert written.content == taken.content
    assert list(written.content["stages"]) == list(taken.content["stages"])
    assert journeys_of(build_flow(written)) == journeys_of(build_flow(taken))
    assert written_out(whole, str(file)) == whole


def test_every_module_of_the_program_stands_in_the_district():
    names = {module_document(file)[1].module for file in module_files(read_document(DISTRICT))}
    assert names == set(shipped_modules())
    assert len(names) == 8


def test_numbers_of_the_flow_stand_where_the_module_has_a_parameter(flow_file: Path):
    flow = read_flow(flow_file)
    assert flow.values["resources.box_place.units"].number == 3
    assert flow.values["stages.box_training.lasts"].written == "2 months"
    assert flow.effects[0].after == "box_training"
    assert list(flow.stages) == ["home", "box_training"]


def test_a_label_of_the_default_goes_along(tmp_path: Path):
    label = "{value: 2, label: How many places, assumption: A guess}"
    (tmp_path / "own.yaml").write_text(
        MODULE.replace("unit: places}", f"unit: places, default: {label}}}"), encoding="utf-8"
    )
    file = tmp_path / "flow.yaml"
    own = "{value: 3, assumption: Counted}"
    file.write_text(FLOW.replace("places: 3", f"places: {own}"), encoding="utf-8")
    assert read_flow(file).values["resources.box_place.units"].label.in_language("en") == (
        "How many places"
    )


def test_the_same_module_twice_has_other_names_and_labels(flow_file: Path):
    text = FLOW.replace(
        "groups:",
        "  two: {module: own.yaml, says: the other, with: {places: 1}, joins: {done: home}}\ngroups:",
    ).replace("{home: {}}", "{home: {}, box: {}}")
    flow_file.write_text(text, encoding="utf-8")
    flow = read_flow(flow_file)
    assert set(flow.stages) == {"home", "box", "box_training", "two_training"}
    assert len(flow.effects) == 2


def test_changes_reach_what_a_module_brought(flow_file: Path):
    changed = apply_changes(read_document(flow_file), {"resources.box_place.units": 7})
    assert changed.values["resources.box_place.units"].number == 7


def test_a_flow_that_is_saved_is_an_ordinary_one(flow_file: Path):
    text = written_out(FLOW, str(flow_file))
    saved = rewrite(text, {}, {"resources.box_place.units": 5}, ["Saved"])
    assert read_text(saved).values["resources.box_place.units"].number == 5


def test_what_a_module_says_is_in_the_hash_of_the_flow(flow_file: Path):
    evaluation = flow_file.parent / "evaluation.yaml"
    evaluation.write_text("evaluation: one\nflow: flow.yaml\n", encoding="utf-8")
    before = identity_of(evaluation)
    module = flow_file.parent / "own.yaml"
    module.write_text(MODULE.replace("2 months", "3 months"), encoding="utf-8")
    after = identity_of(evaluation)
    assert before["flow"] != after["flow"]
    assert before["evaluation"] == after["evaluation"]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("module: own.yaml", "module: work_boks", "there is no module 'work_boks'; did you mean"),
        ("module: own.yaml", "module: onw.yaml", "no such file"),
        ("places: 3", "plases: 3", "has no parameter 'plases'; did you mean 'places'?"),
        ("    with: {places: 3}\n", "", "has no number of its own for 'places'"),
        ("done: home", "don: home", "has no joint 'don'; did you mean 'done'?"),
        ("    joins: {done: home}\n", "", "must be told what 'done' is joined to"),
        (
            "done: home",
            "done: hom",
            "which is none of the stages of the flow; did you mean 'home'?",
        ),
        ("{home: {}}", "{home: {}, box_training: {}}", "brings 'stages.box_training'"),
        ("    with:", "    wiht:", "unknown key 'wiht'; did you mean 'with'?"),
        ("  box:\n", "  1box:\n", "expected a name of letters, digits and _, a letter first"),
    ],
)
def test_a_fault_of_use_says_where_it_stands_and_what_was_meant(
    flow_file: Path, old: str, new: str, told: str
):
    flow_file.write_text(FLOW.replace(old, new), encoding="utf-8")
    faults = faults_of(flow_file)
    assert any(told in fault for fault in faults), faults
    assert all(re.match(r"flow\.yaml:[1-9][0-9]* use", fault) for fault in faults), faults


def test_a_fault_in_a_module_says_its_file_its_line_and_who_takes_it(flow_file: Path):
    module = flow_file.parent / "own.yaml"
    module.write_text(MODULE.replace("join_job: 1}", "join_job: -1}"), encoding="utf-8")
    (fault,) = faults_of(flow_file)
    line = MODULE.split("\n").index("      risks: {join_job: 1}") + 1
    assert fault.startswith(f"own.yaml:{line} stages.box_training.risks.job: ")
    assert fault.endswith("(of the module own, which flow.yaml takes as 'box' in line 7)")


def test_a_fault_of_a_number_that_the_flow_gives_stands_in_the_flow(flow_file: Path):
    flow_file.write_text(FLOW.replace("places: 3", "places: three"), encoding="utf-8")
    (fault,) = faults_of(flow_file)
    assert fault.startswith("flow.yaml:9 resources.box_place.units: ")
    assert "of the module" not in fault


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("units: $places", "units: $plases", "there is no parameter 'plases'; did you mean"),
        ("  effects:", "  efects:", "a module cannot have the part 'efects'; did you mean"),
        ("about: Places\n", "", "the key 'about' is missing"),
    ],
)
def test_a_fault_of_a_module_file_stands_there(flow_file: Path, old: str, new: str, told: str):
    (flow_file.parent / "own.yaml").write_text(MODULE.replace(old, new), encoding="utf-8")
    (fault,) = faults_of(flow_file)
    assert told in fault
    assert fault.startswith("own.yaml:")


def test_a_text_without_modules_is_left_as_it_is():
    text = (ROOT / "configs" / "ips_team.yaml").read_text(encoding="utf-8")
    assert written_out(text, "ips_team.yaml") == text
    assert flow_document(text, "ips_team.yaml").content == parse(text, "ips_team.yaml").content


TABLE = """# Sizes are made up.
district,says,places,places.low,places.high,assumption
north,North,3,2,5,Counted
south,South,,,,
west,,4,3,6,Guessed
"""
STAY = "{value: 2 months, low: 1 month, high: 4 months, label: Time there, assumption: A guess}"
TIMES = "{value: 2, low: 1, high: 3, label: Times, assumption: A guess}"
MANY = "{value: 9, low: 8, high: 11, assumption: Elsewhere}"


@pytest.fixture
def districts_file(flow_file: Path) -> Path:
    module = MODULE.replace("default: 2 months", f"default: {STAY}").replace(
        "times: 2", f"times: {TIMES}"
    )
    (flow_file.parent / "own.yaml").write_text(module, encoding="utf-8")
    (flow_file.parent / "districts.csv").write_text(TABLE, encoding="utf-8")
    text = FLOW.replace("places: 3", f"places: {MANY}").replace(
        "    joins:", "    each: districts.csv\n    joins:"
    )
    flow_file.write_text(text.replace("box_training", "north_training"), encoding="utf-8")
    return flow_file


def test_a_table_of_districts_places_the_module_for_each_row(districts_file: Path):
    flow = read_flow(districts_file)
    assert set(flow.stages) == {"home", "north_training", "south_training", "west_training"}
    places = [flow.values[f"resources.{one}_place.units"].number for one in ("north", "west")]
    assert places == [3, 4]
    assert flow.values["resources.south_place.units"].number == 9
    label = flow.values["resources.north_place.units"].label
    assert label is not None
    assert label.in_language("en") == "Places, North"


def test_what_districts_have_in_common_is_drawn_once(districts_file: Path):
    flow = read_flow(districts_file)
    rows = [settle(flow, draw_numbers(flow, 1, one)) for one in range(5)]
    slots = {path: value.slot for path, value in flow.values.items()}

    def drawn(path: str) -> list[float]:
        return [float(row[slots[path]]) for row in rows]

    first = drawn("stages.north_training.lasts")
    assert len(set(first)) == 5
    assert drawn("stages.south_training.lasts") == drawn("stages.west_training.lasts") == first
    assert drawn("effects.2.times") == drawn("effects.0.times")
    own = [path for path in flow.assumptions if path.startswith("resources.")]
    assert own == [f"resources.{one}_place.units" for one in ("north", "south", "west")]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("says,places,", "says,plases,", "goes with a column 'places', which is not there"),
        ("district,says", "distrikt,says", "expected a column 'district'; did you mean"),
        ("south,South", "north,South", "the district 'north' stands twice; first on line 3"),
        ("west,,4", "we st,,4", "a letter first; found 'we st'"),
        ("west,,4,", "west,,4,4,", "expected 6 cells; found 7"),
        ("west,,4,", "west,,four,", "expected"),
        ("west,,4,", "west,,04,", "'04' starts with 0; put a code in quotes"),
        (",assumption", ",stays", "no module that is placed for each district has a parameter"),
    ],
)
def test_a_fault_of_a_table_of_districts_says_its_line(
    districts_file: Path, old: str, new: str, told: str
):
    table = districts_file.parent / "districts.csv"
    table.write_text(TABLE.replace(old, new), encoding="utf-8")
    faults = faults_of(districts_file)
    assert any(told in fault and fault.startswith("districts.csv:") for fault in faults), faults


def test_districts_that_share_a_leader_are_the_flow_written_out():
    file = DISTRICT.with_name("four_districts.yaml")
    text = file.read_text(encoding="utf-8")
    written = parse(written_out(text, str(file)), str(file))
    assert written.content == read_document(file).content
