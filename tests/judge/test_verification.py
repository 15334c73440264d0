"""The tests of the program on a flow: what is right passes, and each test finds what it is there to find."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge import verification
from pilotsim.judge.verification import verify_model
from pilotsim.output.views.verification import verification_record, verification_section
from pilotsim.simulation.engines import compiler_is_there, run_replication
from pilotsim.simulation.resolved import resolve_flow
from tests.output.test_figures import PILOT

QUEUE = """
flow: queue
title: {nb: Kø, en: Queue}
starts: 2015-01-01
lasts: {value: 24 months, source: r p. 1}
sources: {r: A report}
groups:
  g: {label: {nb: Alle, en: All}, starts_in: line, arrivals: {value: 60 per month, source: r p. 1}}
resources: {place: {label: {nb: Plass, en: Place}, units: {value: 12, source: r p. 1}}}
risks: {job: {label: {nb: Jobb, en: Job}, to: work, rate: {value: 5 % per month, source: r p. 1}}}
stages:
  line:
    label: {nb: Kurs, en: Course}
    needs: {place: 1}
    lasts: {value: 6 days, source: r p. 1}
    limit: {waiting: {value: 4, source: r p. 1}, else: out}
    next: {on: {value: 60 %, source: r p. 1}, out: rest}
    risks: {job: {waiting: 1}}
  on: {label: {nb: På, en: On}, risks: {job: 1}}
  work: {label: {nb: Arbeid, en: Work}, counts_as: work}
  out: {label: {nb: Ute, en: Out}, counts_as: unknown}
"""


@pytest.fixture(scope="module")
def flow():
    return read_text(QUEUE)


@pytest.fixture(scope="module")
def found(flow):
    return verify_model(flow, replications=6)


def test_a_right_program_passes_and_each_test_has_something_to_hold(found):
    assert found.passes
    tests = {one.name: one for one in found.tests}
    applied = {name for name, one in tests.items() if one.applies}
    wanted = {
        "nobody_lost",
        "times_in_order",
        "ways",
        "time_adds_up",
        "units",
        "limits",
        "arrivals",
        "shares",
        "clocks",
        "repeated",
    }
    assert applied == wanted | ({"engines"} if compiler_is_there() else set())
    # Sixty a month for two years, six times over.
    assert tests["arrivals"].expected == pytest.approx(60 * 24 * 6, rel=2e-3)
    assert tests["arrivals"].about == "groups.g"
    assert abs(tests["arrivals"].furthest) < tests["arrivals"].limit
    assert found.digest == verify_model(found.flow, replications=6).digest


def broken(flow, **columns):
    """A run of which some columns were changed: `name=(rows, number)`."""
    j = run_replication(resolve_flow(flow), 1, 0)
    made = {}
    for name, change in columns.items():
        column = np.array(getattr(j, name))
        change(column, j)
        made[name] = column
    return dataclasses.replace(j, **made)


def shift(column, j):
    column[np.flatnonzero(j.visit == 1)[0]] += 1.0


def first_way_elsewhere(column, j):
    column[np.flatnonzero(j.cause == 0)[0]] = 2


def back_in_time(column, j):
    column[np.flatnonzero(~np.isnan(j.started))[5]] = -1.0


@pytest.mark.parametrize(
    ("check", "columns"),
    [
        ("_nobody_is_lost", {"joined": shift}),
        ("_times_in_order", {"started": back_in_time}),
        ("_ways", {"next": first_way_elsewhere}),
        ("_time_adds_up", {"joined": shift}),
    ],
)
def test_each_invariant_finds_what_it_is_there_to_find(flow, check, columns):
    held = getattr(verification, check)
    cases, wrong = held(run_replication(resolve_flow(flow), 1, 0))
    assert (cases > 0, wrong) == (True, 0)
    assert held(broken(flow, **columns))[1] > 0


def other(flow_text: str):
    """A run of another flow that is said to be of the first."""
    return lambda flow, seed=1: [
        dataclasses.replace(
            run_replication(resolve_flow(read_text(flow_text)), seed, k), plan=resolve_flow(flow)
        )
        for k in range(6)
    ]


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (("units: {value: 12,", "units: {value: 24,"), "_units"),
        (("waiting: {value: 4,", "waiting: {value: 9,"), "_limits"),
    ],
)
def test_more_than_there_is_is_found(flow, change, test):
    (run, *_) = other(QUEUE.replace(*change))(flow)
    assert getattr(verification, test)(run)[1] > 0


@pytest.mark.parametrize(
    ("change", "name"),
    [
        (("60 per month", "66 per month"), "arrivals"),
        (("60 %, source", "68 %, source"), "shares"),
        (("5 % per month", "6 % per month"), "clocks"),
    ],
)
def test_a_closed_form_finds_a_tenth_too_much(flow, change, name):
    runs = other(QUEUE.replace(*change))(flow)
    doubled = [one for run in runs for one in (run, run)]
    tests = {one.name: one for one in verification._closed_forms(flow, doubled)}
    assert not tests[name].passes


def test_another_hash_is_told_and_no_hash_is_looked_for_of_a_changed_file(flow, monkeypatch):
    own = verification.digest_of(QUEUE.encode())
    wanted = verification.hashes_of(flow, QUEUE.encode())
    monkeypatch.setattr(verification, "committed", lambda: {"queue": wanted})
    same = verification._hashes(flow, QUEUE.encode(), 1)
    assert (same.applies, same.passes) == (True, True)
    wrong = dataclasses.replace(wanted, journeys=own)
    monkeypatch.setattr(verification, "committed", lambda: {"queue": wrong})
    assert not verification._hashes(flow, QUEUE.encode(), 1).passes
    assert not verification._hashes(flow, (QUEUE + "# another\n").encode(), 1).applies


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_came_out_is_told_test_by_test(found, language):
    section = verification_section(found, language)
    (table,) = [block for block in section.blocks if hasattr(block, "groups")]
    assert len([*table.rows()]) == len(found.tests)
    assert section.blocks[0].role == "lead"
    bad = dataclasses.replace(found.tests[0], deviations=1)
    told = verification_section(dataclasses.replace(found, tests=(bad, *found.tests[1:])), language)
    assert told.blocks[0].role == "warning"
    assert len(verification_record(found)["tests"]) == len(found.tests)


def test_the_pilot_of_the_figures_passes():
    assert verify_model(read_text(PILOT), replications=3).passes
