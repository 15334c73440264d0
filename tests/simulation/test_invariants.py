"""What is true of every run: over random flows, over every config, and of two runs that differ in one thing.

The last part breaks journeys on purpose: each invariant finds out what it is there to find out.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.journeys import COLUMNS, DRAWN, FINISHED, FIRST_RISK, TURNED_AWAY, Journeys
from pilotsim.simulation.resolved import resolve_flow
from tests import invariants
from tests.random_flows import Features, flow_of, flows
from tests.small_flows import FOR_LONG_RUNS, plan_of, run, small_flow

CONFIGS = sorted((Path(__file__).parent.parent.parent / "configs").glob("*.yaml"))
SEEDS = st.integers(0, 2**63 - 1)
# Whatever is drawn must be run: a flow may be large, and none is filtered out.
many = settings(max_examples=150, suppress_health_check=list(HealthCheck))
some = settings(max_examples=75, suppress_health_check=list(HealthCheck))
FREE = Features(capacity=False)
PLAIN_LENGTHS = Features(dated_lengths=False)
engines = pytest.mark.parametrize("engine", FOR_LONG_RUNS)


def run_flow(plain: dict[str, Any], seed: int, engine: str, *, offered: bool = True) -> Journeys:
    return run_replication(resolve_flow(flow_of(plain)), seed, 0, offered=offered, engine=engine)


# Every run.


@engines
@many
@given(plain=flows(), seed=SEEDS, offered=st.booleans())
def test_every_invariant_holds_for_random_flows(
    engine: str, plain: dict[str, Any], seed: int, offered: bool
):
    invariants.check_all(run_flow(plain, seed, engine, offered=offered))


@engines
@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_invariant_holds_for_the_configs(engine: str, file: Path):
    invariants.check_all(run_replication(resolve_flow(read_flow(file)), 1, 0, engine=engine))


# The same seed; another number of clients; another capacity; another world.


@engines
@some
@given(plain=flows(), seed=SEEDS)
def test_the_same_seed_gives_the_same_journeys(engine: str, plain: dict[str, Any], seed: int):
    assert run_flow(plain, seed, engine) == run_flow(copy.deepcopy(plain), seed, engine)


def ways(journeys: Journeys, but: int) -> dict[tuple[int, int, int], list[tuple[Any, ...]]]:
    """Return the visits of each client by who it is; those of one group left out."""
    found: dict[tuple[int, int, int], list[tuple[Any, ...]]] = {}
    cohort = journeys.cohort
    for row, client in enumerate(journeys.client.tolist()):
        who = int(cohort.group[client]), int(cohort.origin[client]), int(cohort.number[client])
        if who[0] != but:
            times = (journeys.joined[row], journeys.began[row], journeys.until[row])
            found.setdefault(who, []).append(
                (journeys.stage[row], *times, journeys.cause[row], journeys.next[row])
            )
    return found


def enlarged(plain: dict[str, Any], group: str) -> dict[str, Any]:
    """Return a flow in which a group has more stock and four times the arrivals."""
    larger = copy.deepcopy(plain)
    larger["groups"][group].pop("arrivals_from", None)
    larger["groups"][group] |= {
        "stock": 20,
        "arrivals": "40 per month",
        "intake": {"every": "3 days", "brings": 2},
    }
    return larger


@engines
@some
@given(plain=flows(FREE), seed=SEEDS, data=st.data())
def test_enlarging_a_group_changes_no_other_where_nothing_is_scarce(
    engine: str, plain: dict[str, Any], seed: int, data: st.DataObject
):
    k, group = data.draw(st.sampled_from(list(enumerate(plain["groups"]))))
    before, after = run_flow(plain, seed, engine), run_flow(enlarged(plain, group), seed, engine)
    assert ways(before, k) == ways(after, k)


@engines
@some
@given(plain=flows(), seed=SEEDS, data=st.data())
def test_enlarging_a_group_changes_nobody_else_s_traits_and_arrivals(
    engine: str, plain: dict[str, Any], seed: int, data: st.DataObject
):
    k, group = data.draw(st.sampled_from(list(enumerate(plain["groups"]))))
    before, after = (run_flow(one, seed, engine).cohort for one in (plain, enlarged(plain, group)))
    others, same = before.group != k, after.group != k
    for name in before.traits:
        assert np.array_equal(before.traits[name][others], after.traits[name][same])
    for name in ("number", "arrives", "past", "offered_from"):
        assert np.array_equal(getattr(before, name)[others], getattr(after, name)[same])


def lengths(journeys: Journeys) -> dict[tuple[int, int, int], float]:
    """Return how long each finished service lasted, by client, stage and how manieth visit there."""
    rows = np.flatnonzero(journeys.cause == FINISHED).tolist()
    numbers = invariants.times_there(journeys)
    who = [(int(journeys.client[row]), int(journeys.stage[row]), numbers[row]) for row in rows]
    days = (journeys.finished - journeys.started)[rows]
    return dict(zip(who, days.tolist(), strict=True))


def without_hindrance(plain: dict[str, Any]) -> dict[str, Any]:
    """A flow in which rows last as long as was drawn.

    Who is done leaves, who has started goes on, and neither paces nor ways, which may each have a
    length of their own, look at how full it is. No length goes with a risk: which of the client's
    times of the risk runs by then hangs on who came first.
    """
    here = copy.deepcopy(plain)
    for stage in here["stages"].values():
        for key in ("room", "interrupts", "interrupted", "pace_when"):
            stage.pop(key, None)
        for way in stage.get("next", {}).values():
            if isinstance(way, dict):
                way.pop("when", None)
        for lasts in (stage, *stage.get("next", {}).values()):
            if isinstance(lasts, dict) and isinstance(lasts.get("lasts"), dict):
                lasts["lasts"].pop("correlated", None)
        if isinstance(stage.get("batch"), dict):
            stage["batch"].pop("ends_together", None)
            if not stage["batch"]:
                del stage["batch"]
    for resource in here["resources"].values():
        for key in ("falls_interrupt", "shifts", "at_end_of_shift"):
            resource.pop(key, None)
    return here


@engines
@some
@given(plain=flows(PLAIN_LENGTHS), seed=SEEDS)
def test_lifting_capacities_changes_no_drawn_length(engine: str, plain: dict[str, Any], seed: int):
    plain = without_hindrance(plain)
    lifted = copy.deepcopy(plain)
    lifted["resources"] = {resource: {"units": 1_000_000} for resource in plain["resources"]}
    scarce, plenty = lengths(run_flow(plain, seed, engine)), lengths(run_flow(lifted, seed, engine))
    both = scarce.keys() & plenty.keys()
    assert [scarce[who] for who in both] == pytest.approx([plenty[who] for who in both], abs=1e-9)


@engines
@some
@given(plain=flows(), seed=SEEDS)
def test_nobody_is_drawn_in_the_world_without_the_programme(
    engine: str, plain: dict[str, Any], seed: int
):
    plain = copy.deepcopy(plain)
    for group in plain["groups"].values():
        group.pop("deterred", None)  # They stay away without being drawn.
    with_it, without = (run_flow(plain, seed, engine, offered=offered) for offered in (True, False))
    assert not np.any(without.cause == DRAWN)
    assert np.array_equal(with_it.cohort.arrives, without.cohort.arrives)
    draws = np.array(["draws_from" in stage for stage in plain["stages"].values()])
    if not np.any(with_it.cause == DRAWN) and not waits_in_line_with_the_drawn(with_it, draws):
        assert with_it == without


def waits_in_line_with_the_drawn(journeys: Journeys, draws: NDArray[np.bool_]) -> bool:
    """Whether anybody waits for a stage that draws others.

    They stand in one line: one who could be drawn, and whose needs cannot be met, holds back those
    who stand behind, which nobody does in the world without the programme.
    """
    waits = ~(journeys.started == journeys.joined)
    return bool(np.any(waits & draws[journeys.stage]))


# The control: broken journeys are found out.


def everything() -> dict[str, Any]:
    """Return a flow in which everything happens: queues, kept units, openings, draws, limits, risks, effects, working days."""
    mapping = {
        "draws_from": "assistance",
        "opens": {"every": "1 week", "admits": 3, "at_least": 2},
        "order": {"highest": "ready"},
        "needs": {"adviser": 1},
        "keeps": "adviser",
        "lasts": {"gamma": {"mean": "6 days", "cv": 0.5}},
        "next": {"training": "60 %", "course": "rest"},
    }
    course = {
        "needs": {"grant": 1},
        "limit": {"waiting": 2, "else": "assistance"},
        "lasts": "4 days",
        "risks": {"job": {"started": 1}},
        "next": {"work": "30 %", "assistance": "70 %"},
    }
    training = {
        "needs": {"adviser": 1, "place": 1},
        "lasts": "9 days",
        "next": {"course": "100 %"},
        "risks": {"job": {"waiting": 0.2}},
    }
    return small_flow(
        "120 days",
        traits={"ready": {"normal": [0, 1]}},
        risks={"job": {"to": "work", "rate": "60 % per month"}},
        groups={
            "old": {
                "stock": 15,
                "starts_in": "assistance",
                "past": {"exponential": {"mean": "30 days"}},
            },
            "new": {"starts_in": "desk", "arrivals": "10 per month"},
        },
        resources={
            "adviser": {"units": 6},
            "place": {"units": {"value": 3, "assumption": "x", "from": {"2015-01-20": 2}}},
            "grant": {"supply": {"every": "1 week", "units": 1}},
        },
        stages={
            "assistance": {"risks": {"job": 0.2}},
            "desk": {"lasts": "2 working days", "next": {"mapping": "100 %"}},
            "mapping": mapping,
            "training": training,
            "course": course,
            "work": {},
        },
        effects=[{"after": "training", "on": "job", "times": 3, "for": "20 days"}],
    )


@pytest.fixture(scope="module")
def whole() -> Journeys:
    return run(everything())


def broken(journeys: Journeys, row: int, **changes: float) -> Journeys:
    """Return journeys with some entries of a row changed."""
    columns = {}
    for name, value in changes.items():
        columns[name] = getattr(journeys, name).copy()
        columns[name][row] = value
    return dataclasses.replace(journeys, **columns)


def first(rows: np.ndarray) -> int:
    """Return the first row of which something is true."""
    assert rows.any(), "the run has no such row"
    return int(np.flatnonzero(rows)[0])


def without_rows(journeys: Journeys, rows: np.ndarray) -> Journeys:
    columns = {name: getattr(journeys, name)[~rows] for name in COLUMNS}
    return dataclasses.replace(journeys, **columns)


def stage(journeys: Journeys, name: str) -> np.ndarray:
    return journeys.stage == [one.name for one in journeys.plan.stages].index(name)


def waited(journeys: Journeys) -> np.ndarray:
    return (journeys.started > journeys.joined) & ~np.isnan(journeys.finished)


def shifted(journeys: Journeys, row: int, start: float) -> Journeys:
    """Return journeys in which a service starts at another time."""
    return broken(journeys, row, started=start)


def swapped(journeys: Journeys, a: int, b: int) -> Journeys:
    """Return journeys in which two clients start each at the other's time."""
    return broken(broken(journeys, a, started=journeys.started[b]), b, started=journeys.started[a])


def test_the_run_that_is_broken_below_is_whole(whole: Journeys):
    invariants.check_all(whole)
    assert {FINISHED, DRAWN, TURNED_AWAY, FIRST_RISK} <= set(whole.cause.tolist())


def test_lost_clients_and_visits_are_found_out(whole: Journeys):
    for rows in (
        whole.client == 3,
        np.arange(len(whole)) == len(whole) - 1,
        (whole.client == 5) & (whole.visit == 1),
    ):
        with pytest.raises(AssertionError):
            invariants.check_nobody_is_lost(without_rows(whole, rows))


def test_doubled_visits_are_found_out(whole: Journeys):
    twice = np.repeat(np.arange(len(whole)), np.where(np.arange(len(whole)) == 7, 2, 1))
    columns = {name: getattr(whole, name)[twice] for name in COLUMNS}
    with pytest.raises(AssertionError):
        invariants.check_nobody_is_lost(dataclasses.replace(whole, **columns))


def test_one_bit_between_two_visits_is_found_out(whole: Journeys):
    row = first(whole.visit == 1)
    with pytest.raises(AssertionError, match="time passes between two visits"):
        invariants.check_nobody_is_lost(
            broken(whole, row, joined=np.nextafter(whole.joined[row], np.inf))
        )


def test_a_visit_that_leads_elsewhere_is_found_out(whole: Journeys):
    row = first((whole.next >= 0) & (whole.next != 0))
    with pytest.raises(AssertionError, match="a visit leads elsewhere"):
        invariants.check_nobody_is_lost(broken(whole, row, next=0))


def test_times_in_the_wrong_order_are_found_out(whole: Journeys):
    row = first(waited(whole))
    for start in (whole.joined[row] - 1, whole.finished[row] + 1):
        with pytest.raises(AssertionError):
            invariants.check_order_of_times(shifted(whole, row, start))


def test_a_way_that_the_stage_does_not_give_is_found_out(whole: Journeys):
    row = first((whole.cause == FINISHED) & stage(whole, "desk"))
    with pytest.raises(AssertionError, match="leads where its stage does not"):
        invariants.check_causes(broken(whole, row, next=whole.stage[row]))


@pytest.mark.parametrize("ticks", [-1, 1])
def test_a_length_one_tick_off_is_found_out(whole: Journeys, ticks: int):
    row = first((whole.cause == FINISHED) & stage(whole, "mapping"))
    with pytest.raises(AssertionError, match="longer or shorter than its client drew"):
        invariants.check_lengths(
            broken(whole, row, finished=whole.finished[row] + ticks / TICKS_PER_DAY)
        )


def test_a_clock_that_fires_too_early_or_too_late_is_found_out(whole: Journeys):
    row = first((whole.cause == FIRST_RISK) & (whole.until > whole.began + 0.01))
    for days, words in ((-0.001, "before its time"), (0.001, "beyond its threshold")):
        with pytest.raises(AssertionError, match=words):
            invariants.check_hazards(broken(whole, row, finished=whole.finished[row] + days))


def judged_by(journeys: Journeys, change: Callable[[dict[str, Any]], object]) -> Journeys:
    """Return the same journeys as if another flow had led to them."""
    flow = everything()
    change(flow)
    return dataclasses.replace(journeys, plan=plan_of(flow))


def test_a_forgotten_effect_is_found_out(whole: Journeys):
    with pytest.raises(AssertionError):
        invariants.check_hazards(judged_by(whole, lambda flow: flow["effects"].clear()))


def neighbours(journeys: Journeys, name: str) -> tuple[int, int]:
    """Return two visits to a stage of which both waited and the first started before the second, who was there."""
    rows = np.flatnonzero(stage(journeys, name) & waited(journeys)).tolist()
    pairs = [
        (a, b)
        for a in rows
        for b in rows
        if journeys.joined[b] < journeys.started[a] < journeys.started[b]
    ]
    return pairs[0]


@pytest.mark.parametrize("name", ["training", "mapping", "course"])
def test_a_client_that_goes_first_out_of_turn_is_found_out(whole: Journeys, name: str):
    with pytest.raises(AssertionError, match="before one with a better place"):
        invariants.check_lines(swapped(whole, *neighbours(whole, name)))


@pytest.mark.parametrize("priority", [0, 1])
def test_a_line_served_before_its_turn_is_found_out(priority: int):
    # One place for two stages. By waiting time: 0, 1, 2 of `a` and then 3, 4, 5 of `b`; by
    # priority: those of `b` first.
    served = {"needs": {"place": 1}, "lasts": "3 days", "next": {"done": "100 %"}}
    groups = {group: {"stock": 3, "starts_in": group} for group in "ab"}
    stages = {"a": served, "b": {**served, "priority": priority}, "done": {}}
    journeys = run(small_flow(groups=groups, resources={"place": {"units": 1}}, stages=stages))
    invariants.check_between_lines(journeys)
    rows = np.flatnonzero(waited(journeys))
    last, early = rows[np.argmax(journeys.started[rows])], rows[np.argmin(journeys.started[rows])]
    with pytest.raises(AssertionError, match="waits for"):
        invariants.check_between_lines(swapped(journeys, last, early))


def test_a_client_drawn_out_of_turn_is_found_out(whole: Journeys):
    # The best of those who could be drawn and were not turns out to have been the best of all.
    row = first(whole.cause == DRAWN)
    time, to = whole.finished[row], int(whole.next[row])
    left = int(whole.client[invariants.stock_at(whole, to, time, those_drawn=False)[0]])
    ready = whole.cohort.traits["ready"].copy()
    ready[left] = 100.0
    cohort = dataclasses.replace(whole.cohort, traits={**whole.cohort.traits, "ready": ready})
    with pytest.raises(AssertionError, match="drawn before a better one"):
        invariants.check_lines(dataclasses.replace(whole, cohort=cohort))


def test_a_start_at_a_closed_gate_is_found_out(whole: Journeys):
    row = first(stage(whole, "mapping") & waited(whole))
    with pytest.raises(AssertionError, match="while the gate was closed"):
        invariants.check_openings(shifted(whole, row, whole.started[row] - 0.5))


def test_one_too_many_through_the_gate_is_found_out(whole: Journeys):
    with pytest.raises(AssertionError, match="more started than were admitted"):
        invariants.check_openings(
            judged_by(whole, lambda flow: flow["stages"]["mapping"]["opens"].update(admits=1))
        )


def test_a_gate_that_opens_for_too_few_is_found_out(whole: Journeys):
    with pytest.raises(AssertionError, match="for too few"):
        invariants.check_openings(
            judged_by(whole, lambda flow: flow["stages"]["mapping"]["opens"].update(at_least=30))
        )


def test_a_client_drawn_twice_is_found_out(whole: Journeys):
    # Someone who was drawn, is back on assistance and stays there, is drawn again.
    drawn_before = np.isin(whole.client, whole.client[whole.cause == DRAWN]) & (whole.visit > 0)
    back = first(drawn_before & stage(whole, "assistance") & (whole.cause != DRAWN))
    again = broken(whole, back, cause=DRAWN, next=2, finished=whole.until[back])
    with pytest.raises(AssertionError, match="drawn that could not be"):
        invariants.check_openings(again)


def test_a_unit_used_twice_is_found_out(whole: Journeys):
    # Whoever waited longest for a place starts a little earlier, while all are taken.
    row = first(stage(whole, "training") & waited(whole))
    with pytest.raises(AssertionError, match="used twice"):
        invariants.check_moments(shifted(whole, row, whole.started[row] - 0.01))


def test_more_used_than_came_is_found_out(whole: Journeys):
    row = first(stage(whole, "course") & waited(whole))
    with pytest.raises(AssertionError, match="more units were used than came"):
        invariants.check_supplies(shifted(whole, row, whole.started[row] - 0.01))


def test_a_client_that_waits_and_could_start_is_found_out(whole: Journeys):
    row = first(stage(whole, "training") & waited(whole))
    with pytest.raises(AssertionError, match="and could start"):
        invariants.check_moments(shifted(whole, row, whole.started[row] + 0.01))


def test_a_line_that_grows_too_long_is_found_out(whole: Journeys):
    row = first(whole.cause == TURNED_AWAY)
    with pytest.raises(AssertionError, match="more wait than may"):
        invariants.check_moments(broken(whole, row, finished=whole.finished[row] + 0.01))


def test_units_not_kept_that_should_be_are_found_out(whole: Journeys):
    with pytest.raises(AssertionError):
        invariants.check_moments(
            judged_by(whole, lambda flow: flow["stages"]["mapping"].pop("keeps"))
        )


def batches(at_most: int = 4) -> dict[str, Any]:
    """Return a flow of groups that start and end together."""
    return small_flow(
        "60 days",
        groups={"g": {"starts_in": "course", "arrivals": "1 per day"}},
        resources={"place": {"units": 8}},
        stages={
            "course": {
                "needs": {"place": 1},
                "batch": {"at_least": 3, "at_most": at_most, "ends_together": True},
                "lasts": {"exponential": {"mean": "4 days"}},
                "next": {"done": "100 %"},
            },
            "done": {},
        },
    )


@pytest.fixture(scope="module")
def groups() -> Journeys:
    journeys = run(batches())
    invariants.check_all(journeys)
    return journeys


def one_group(journeys: Journeys) -> np.ndarray:
    """Return the rows of those who started with the first to be done."""
    rows = stage(journeys, "course")
    first_done = first(rows & (journeys.cause == FINISHED))
    return np.flatnonzero(rows & (journeys.started == journeys.started[first_done]))


def test_a_group_that_starts_with_too_few_is_found_out(groups: Journeys):
    row = one_group(groups)[-1]
    with pytest.raises(AssertionError, match="fewer started than a batch is"):
        invariants.check_batches(shifted(groups, row, groups.started[row] + 0.01))


def test_a_group_that_starts_with_too_many_is_found_out(groups: Journeys):
    several = dataclasses.replace(groups, plan=plan_of(batches(at_most=3)))
    one = one_group(groups)
    # A fourth who came later starts with them.
    row = first(stage(groups, "course") & (groups.started > groups.started[one[0]]))
    with pytest.raises(AssertionError, match="more started together than may"):
        invariants.check_batches(shifted(several, row, groups.started[one[0]]))


def test_one_of_a_group_that_ends_by_itself_is_found_out(groups: Journeys):
    row = one_group(groups)[-1]
    with pytest.raises(AssertionError, match=r"nobody of it did|did not end together"):
        invariants.check_batches(broken(groups, row, finished=groups.finished[row] - 0.01))


def test_a_group_that_waits_and_could_start_is_found_out(groups: Journeys):
    late = groups
    for row in one_group(groups).tolist():
        late = shifted(late, row, groups.started[row] + 0.01)
    with pytest.raises(AssertionError, match="a batch waits"):
        invariants.check_moments(late)


def test_stays_that_do_not_add_up_are_found_out(whole: Journeys, monkeypatch: pytest.MonkeyPatch):
    count = invariants.occupancy
    monkeypatch.setattr(
        invariants, "occupancy", lambda journeys, times: count(journeys, times - 1.0)
    )
    with pytest.raises(AssertionError):
        invariants.check_littles_law(whole)
