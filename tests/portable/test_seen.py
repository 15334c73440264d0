"""What a reader of a page sees of its runs is what the program's own journeys say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pilotsim.files.changes import apply_changes, read_change
from pilotsim.files.reading import read_document, read_flow
from pilotsim.judge.verdicts import questions_of
from pilotsim.measures.drop_out import DropOutCells, can_drop_out, drop_outs, name_of_cell
from pilotsim.measures.measures import measure_runs
from pilotsim.measures.monthly import observe
from pilotsim.model.flow import Flow
from pilotsim.output.live import stage_map
from pilotsim.portable import HERE, LAYOUT, MODULE
from pilotsim.portable.description import describe_flow
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import simulate
from pilotsim.simulation.journeys import Journeys
from tests.portable.outside import ALL, FEW, in_node

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).with_name("seen.mjs")
PAGE = Path(stage_map.__file__).parent
SEED, RUNS = 7, 2
OF_USE = ("full", "overbooked")
DAYS = [0, 0.5, 4, 7, 31, 100, 200.25, 365, 450]
WITH_TARGETS = ("traning_ger_fardighet.yaml", "vilkar_today.yaml", "stavanger_2017_2020.yaml")
FLOWS = [FEW[0], *(FEW[0].with_name(name) for name in WITH_TARGETS)]
CHANGE = "resources.place_technical.units"


def seen(flow: Flow, folder: Path, numbers: dict[str, float] | None = None) -> dict[str, Any]:
    question = {"seed": SEED, "replications": RUNS, "days": DAYS, "set": numbers or {}}
    content = {
        "packed": pack(flow, answer=True),
        "description": json.dumps(describe_flow(flow, "en")).encode(),
        "question": json.dumps(question).encode(),
    }
    for name, held in content.items():
        (folder / name).write_bytes(held)
    files = [folder / name for name in content]
    found: dict[str, Any] = in_node(PROGRAM, HERE, MODULE, LAYOUT, *files, PAGE)
    return found


def journeys_of(flow: Flow, *, offered: bool = True) -> list[Journeys]:
    return [
        simulate(flow, seed=SEED, replication=one, offered=offered, fixed=False)
        for one in range(RUNS)
    ]


def there(journeys: Journeys, day: float) -> tuple[list[int], list[int]]:
    """How many are in each stage at a moment, and how many of these wait to start."""
    stages = journeys.plan.flow.stages
    present = (journeys.joined <= day) & (np.isnan(journeys.finished) | (journeys.finished > day))
    may_wait = np.array([stage.may_wait for stage in stages.values()])[journeys.stage]
    waits = present & may_wait & (np.isnan(journeys.started) | (journeys.started > day))
    here, waiting = (
        np.bincount(journeys.stage[rows], minlength=len(stages)).tolist()
        for rows in (present, waits)
    )
    return here, waiting


@pytest.fixture(scope="module", params=FLOWS, ids=lambda file: file.stem)
def flow(request) -> Flow:
    return read_flow(request.param)


@pytest.fixture(scope="module")
def found(flow, tmp_path_factory) -> dict[str, Any]:
    return seen(flow, tmp_path_factory.mktemp("seen"))


def check_courses(flow: Flow, courses: list[dict[str, Any]]) -> None:
    assert len(courses) == 2 * RUNS
    for course in courses:
        journeys = journeys_of(flow, offered=course["offered"])[course["replication"]]
        for place, day in enumerate(DAYS):
            here, waiting = there(journeys, day)
            assert course["onward"][place] == {"here": here, "waiting": waiting}, day
            # Everybody has a place, and nobody that of another.
            assert course["taken"][place] == [sum(here), sum(here)]
            assert course["present"] >= sum(here)
        assert course["back"] == course["onward"]


def test_who_is_where_is_what_the_journeys_say(flow, found):
    check_courses(flow, found["courses"])


def test_a_setting_is_seen_as_it_is_set(tmp_path):
    flow = apply_changes(read_document(FEW[0]), dict([read_change(f"{CHANGE}=20")]))
    plan = read_flow(FEW[0])
    check_courses(flow, seen(plan, tmp_path, {CHANGE: 20})["courses"])


def test_waits_and_use_are_those_of_the_report(flow, found):
    paths = [observe(journeys)[0] for journeys in journeys_of(flow)]
    for stage, band in enumerate(found["bands"]["waits"]):
        runs = np.array([path.waits[:, stage] for path in paths])
        check_band(band, runs)
    assert len(found["bands"]["use"]) == len(flow.resources)
    for resource, band in enumerate(found["bands"]["use"]):
        for name, of in (("use", band), *((one, found["bands"][one][resource]) for one in OF_USE)):
            check_band(of, np.array([getattr(path, name)[:, resource] for path in paths]))


def check_band(band: dict[str, list[float | None]], runs: np.ndarray) -> None:
    for month, column in enumerate(runs.T):
        known = column[~np.isnan(column)]
        shown = [band[name][month] for name in ("mean", "low", "high")]
        if not len(known):
            assert shown == [None] * 3
            continue
        ours = [known.mean(), *np.quantile(known, [0.05, 0.95])]
        assert shown == pytest.approx(ours, rel=1e-9, abs=1e-9)


def test_drop_outs_are_told_as_in_python(flow, found):
    told = [one for one in questions_of(flow) if can_drop_out(one.measure, at_least=one.at_least)]
    assert list(found["dropOuts"]) == [one.name for one in told]
    for question in told:
        ours = sum(
            drop_outs(
                journeys, question.measure, question.bound.number, at_least=question.at_least
            )[0]
            for journeys in journeys_of(flow)
        )
        named = {name_of_cell(cell, flow): count for cell, count in enumerate(ours) if count}
        assert found["dropOuts"][question.name] == named, question.name


def test_drop_outs_add_up_to_all_who_count(flow):
    """And those who do as asked are those that the measure counts."""
    for question in questions_of(flow):
        if not can_drop_out(question.measure, at_least=question.at_least):
            continue
        for journeys in journeys_of(flow):
            (counts,) = drop_outs(
                journeys, question.measure, question.bound.number, at_least=question.at_least
            )
            measured = measure_runs(journeys, question.measure)
            assert len(counts) == DropOutCells.of(flow).count
            if question.measure.kind == "share":
                assert counts.sum() == measured.base[0]
                does = measured.values[0] * measured.base[0]
                met = does if question.at_least else measured.base[0] - does
                assert counts[0] == pytest.approx(met)
            elif question.measure.kind == "wait":
                assert counts.sum() == measured.base[0]


@pytest.mark.parametrize("file", ALL, ids=lambda file: file.stem)
def test_each_stage_that_somebody_comes_to_stands_on_the_map_once(file):
    flow = read_flow(file)
    rows = stage_map.rows_of_stages(flow)
    placed = [name for row in rows for name in row]
    assert len(placed) == len(set(placed))
    visited = set()
    for offered in (True, False):
        journeys = simulate(flow, offered=offered)
        visited |= {list(flow.stages)[stage] for stage in np.unique(journeys.stage)}
    assert visited <= set(placed)
    # Whoever is drawn into the programme comes from above.
    row_of = {name: place for place, row in enumerate(rows) for name in row}
    for name, stage in flow.stages.items():
        if stage.draws_from is not None and name in row_of:
            assert min(row_of.get(one, 0) for one in stage.draws_from.stages) < row_of[name]
