"""Every committed flow: it loads, says all in every language, keeps invariants and what was published."""

from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.changes import apply_changes, scenario_changes
from pilotsim.files.reading import build_flow, read_document, read_flow
from pilotsim.files.yaml import YamlDocument, parse
from pilotsim.judge.check import check_targets
from pilotsim.judge.validation import MISSED, validate
from pilotsim.model.evidence import EVIDENCE
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow
from tests import invariants

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "configs"
CONFIGS = sorted(FOLDER.rglob("*.yaml"))
SYSTEMS = [file for file in CONFIGS if file.stem != "alna_aktiv"]
# Whatever speaks to a reader: flows, what is asked of them, and the notes of the pages of systems.
SPEAKING = [
    file
    for folder in ("configs", "experiments", "docs/systems/notes")
    for file in sorted((ROOT / folder).rglob("*.yaml"))
]
TEXTS = {"title", "about", "says", "label", "assumption", "contradiction"}
TEXTS |= {one.name for one in EVIDENCE}
RUNS = 60
# The invariants are checked in plain Python, visit by visit: the large systems in a smaller size.
OFFICE = {
    "groups.decisions.intake.brings": 20,
    "groups.claims.arrivals": "8 per month",
    "resources.officer.units": 1,
    "resources.counsellor.units": 1,
}
SMALLER = {
    "vilkar_today": OFFICE,
    "vilkar_proposed": OFFICE | {"groups.marking.stock": 20},
    "traning_ger_fardighet": {
        f"groups.job_{office}.stock": 40
        for office in ("stockholm", "huddinge", "sodertalje", "solna")
    }
    | {
        f"groups.job_{office}.arrivals": "4 per month"
        for office in ("stockholm", "huddinge", "sodertalje", "solna")
    },
}


@pytest.fixture(params=CONFIGS, ids=lambda file: file.stem, scope="module")
def flow(request):
    return read_flow(request.param)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_all_invariants_and_little_s_law_hold(file):
    flow = apply_changes(read_document(file), SMALLER.get(file.stem, {}))
    journeys = run_replication(resolve_flow(flow, draw_numbers(flow, 3, 0)), 3, 0)
    invariants.check_all(journeys)


def _half_said(document: YamlDocument) -> list[str]:
    """Return the line and path of each text that lacks a language."""
    found = []
    left: list[tuple[tuple[str, ...], object]] = [((), document.content)]
    while left:
        path, content = left.pop()
        if isinstance(content, str) and path[-1] in TEXTS:
            missing = "is in one language"
        elif isinstance(content, dict) and set(content) & set(LANGUAGES):
            missing = ", ".join(one for one in LANGUAGES if not content.get(one))
        else:
            missing = ""
        if missing:
            found.append(f"{document.values[path][0]} {'.'.join(path)}: {missing}")

        if isinstance(content, dict):
            left += [((*path, key), value) for key, value in content.items()]
        elif isinstance(content, list):
            left += [((*path, str(at)), value) for at, value in enumerate(content)]
    return sorted(found)


@pytest.mark.parametrize("file", SPEAKING, ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_every_text_is_given_in_every_language(file):
    document = parse(file.read_text(encoding="utf-8"), file.name)
    assert document.content
    assert _half_said(document) == []


def test_control_a_text_that_lacks_a_language_is_found_out():
    text = """
title: {nb: En, en: One, sv: En}
label: One
stages:
  - {says: {nb: To, en: Two}}
"""
    assert _half_said(parse(text, "some.yaml")) == [
        "3 label: is in one language",
        "5 stages.0.says: sv",
    ]


def test_every_range_has_a_label(flow):
    for path, value in flow.assumptions.items():
        assert value.label is not None, path


def test_every_part_has_a_label(flow):
    for kind in (flow.groups, flow.stages, flow.resources, flow.risks):
        for name, one in kind.items():
            assert one.label is not None, name


# What the models miss, by flow: known, shown, and counted against them.
MISSES = {
    "assistance_stock": {"longer_than_12", "back_in_3"},
    "education_benefit": {"footing", "all_second_year"},
    "stavanger_2021": {"total_2020", "workplace_2020"},
    "supported_employment": {"young_ips"},
    "traning_ger_fardighet": {"solna_need", "huddinge_need", "sodertalje_need", "stockholm_need"},
    "utility_jobs": {"ratio"},
    "work_programme": {"sick"},
}
# Rows at the edge: the end of what nine runs in ten come to lies so near the tolerance that the seed
# says on which side of it.
AT_THE_EDGE = {
    "job_guarantee": {"phase_3_2010"},
    "kvp_after": {"work_2010", "work_2015"},
    "supported_employment": {"control_18"},
    "work_programme": {"health"},
}


@pytest.mark.parametrize("file", SYSTEMS, ids=lambda file: file.stem)
def test_validation_holds(file):
    """No published figure lies outside what nine runs in ten come to but those that are known to.

    A figure that the model hits in truth has its tolerance missed by the 5 % and 95 % quantiles of
    60 runs with a chance far below one in a thousand: both would have to lie on the same side of
    it.
    """
    found = validate(read_flow(file), replications=RUNS, seed=11)
    missed = {one.output for one in found.comparisons if one.judged == MISSED}
    assert missed - AT_THE_EDGE.get(file.stem, set()) == MISSES.get(file.stem, set())
    assert all(np.isfinite(one.expected) for one in found.comparisons)


def test_control_a_system_with_another_inflow_is_found_out():
    document = read_document(FOLDER / "stavanger_2021.yaml")
    changed = apply_changes(document, {"groups.youth.arrivals": "12 per month"})
    found = validate(changed, replications=RUNS, seed=11)
    assert {"jv_2019", "total_2019"} <= {
        one.output for one in found.comparisons if one.judged == MISSED
    }


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_scenario_can_be_run(file):
    document = read_document(file)
    for name in build_flow(document).scenarios:
        changed = apply_changes(document, scenario_changes(build_flow(document), name)[1])
        assert len(run_replication(resolve_flow(changed), 1, 0)) > 0, name


def test_the_proposal_in_its_own_file_is_the_scenario_of_today_s():
    today = read_document(FOLDER / "vilkar_today.yaml")
    changed = apply_changes(today, scenario_changes(build_flow(today), "proposed")[1])
    proposed = read_flow(FOLDER / "vilkar_proposed.yaml")
    for replication in range(2):
        ours, theirs = (
            run_replication(resolve_flow(one), 5, replication) for one in (changed, proposed)
        )
        assert ours.to_frame().equals(theirs.to_frame())


def test_targets_of_the_systems_get_verdicts():
    for file in SYSTEMS:
        flow = read_flow(file)
        if flow.targets:
            assert check_targets(flow, replications=3, what_if=False).verdicts
