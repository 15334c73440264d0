"""Every function that Python programs call refuses wrong arguments with an error of our own."""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import pilotsim
from pilotsim.base.arguments import (
    _BY_NAME,
    _CLASSES,
    _KINDS,
    _OPEN,
    check_argument,
    checks_arguments,
)
from pilotsim.base.errors import PilotsimError, RequestError
from pilotsim.judge.calibration import calibrate
from pilotsim.judge.effect_split import split_effect
from pilotsim.judge.one_way_sensitivity import vary_assumptions
from pilotsim.judge.scoreboard import score_flows
from pilotsim.judge.system import study_system
from pilotsim.monitoring.counts import MonthlyCounts
from pilotsim.runs.workers import Local
from tests.small_flows import ENGINES
from tests.test_one_home import syntax_of_modules

FLOW = """
flow: a
title: A
starts: 2015-01-01
lasts: 3 months
groups: {g: {starts_in: on, stock: 5}}
risks: {job: {to: work, rate: 5 % per month}}
stages: {on: {risks: {job: 1}}, work: {counts_as: work}}
targets: {t: {says: t, at_least: 1 %, measure: {share: {state: work, at: end}, of: {groups: g}}}}
"""
DOORS: list[Callable[..., Any]] = [
    found
    for found in (getattr(pilotsim, name) for name in pilotsim._HOMES)
    if inspect.isfunction(found)
]
DOORS += [calibrate, split_effect, vary_assumptions, score_flows, study_system]
WRONG: dict[str, list[Any]] = {
    "seed": [-1, 2**63, 1.5, "1", None, True, float("nan")],
    "replications": [0, -3, 10.5, "ten", None, False],
    "what_if_replications": [0, 2.5, "few"],
    "replication": [-1, 0.5, None, 2**63, True],
    "jobs": [0, -2, 1.5, None, "all"],
    "fixed": ["yes", 1, None],
    "what_if": ["no", 0],
    "offered": ["all", 1],
    "engine": [1],
    "flow": ["flow.yaml", None, 3],
    "study": ["study.yaml", None],
    "journeys": [None],
    "what": ["share"],
    "text": [None, 3],
    "file": [None, 3],
    "folder": [None, 3],
    "language": [None, "xx"],
    "scenario": ["a name"],
    "counted": ["counts.csv", None],
    "rate": ["5 %", None, True, 0, 1.5, float("nan")],
    "plans": [3, ["a"], {"a": 3}],
    "events": [None, 3],
    "mapping": [3],
    "held_out": [-1, 1.5, "all", True],
    "decision": [3],
    "form": [3, None, "xes"],
    "problem": ["solve.yaml", None, 3],
    "portfolio": ["county.yaml", None],
    "evaluation": ["evaluation.yaml", None, 3, [], [3]],
    "results": ["oslo", None, [], ["oslo", "bergen"]],
    "first": ["flow.yaml", None],
    "second": ["flow.yaml", 3],
    "called": ["one", 3, ["one"], ["same", "same"]],
    "draws": [0, 1, 2.5, "many"],
    "rounds": [0, "all", 1.5],
    "fit": ["a.b", 3, None],
    "level": ["95 %", None],
    "data": [None, 3],
    "plan": [None, 3],
    "owner_allows": [0, "few", 1.5],
    "progress": [3, "yes"],
    "result": [None, 3, "check"],
}


def stand_in(name: str) -> Any:
    if name == "flow":
        return pilotsim.read_text(FLOW)
    if name in ("first", "second"):
        return pilotsim.read_text(FLOW)
    if name == "what":
        return pilotsim.read_text(FLOW).targets["t"].measure
    if name == "counted":
        return MonthlyCounts("counts.csv", (), (), (), np.zeros((0, 0)))
    if name == "journeys":
        return pilotsim.simulate(pilotsim.read_text(FLOW))
    return "nowhere" if name in ("file", "folder", "text", "data", "plan", "events") else ()


def cases() -> Iterator[Any]:
    for door in DOORS:
        for name in inspect.signature(door).parameters:
            for value in WRONG.get(name, ()):
                yield pytest.param(door, name, value, id=f"{door.__name__}-{name}-{value}")


@pytest.mark.parametrize(("door", "name", "value"), list(cases()))
def test_a_wrong_argument_is_an_error_of_our_own_that_names_what_was_found(door, name, value):
    parameters = inspect.signature(door).parameters.values()
    given = {
        one.name: stand_in(one.name)
        for one in parameters
        if one.default is inspect.Parameter.empty and one.kind is not one.VAR_KEYWORD
    }
    with pytest.raises(PilotsimError) as caught:
        door(**{**given, name: value})
    said = str(caught.value)
    assert "expected" in said or str(value) in said


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_an_argument_too_many_or_missing_is_an_error_of_our_own(door):
    parameters = inspect.signature(door).parameters.values()
    needed = [one.name for one in parameters if one.default is inspect.Parameter.empty]
    takes_any = any(one.kind is one.VAR_KEYWORD for one in parameters)
    if not takes_any:
        given = {name: stand_in(name) for name in needed}
        with pytest.raises(RequestError, match=f"{door.__name__} has no argument 'sede'"):
            door(**given, sede=1)
    if needed:
        with pytest.raises(RequestError, match=f"{door.__name__} is called as {door.__name__}"):
            door()


def test_who_gives_a_file_for_a_flow_is_told_how_it_is_read():
    with pytest.raises(
        RequestError, match=r"a Flow, as pilotsim\.read_flow returns it; found 'a\.yaml'"
    ):
        pilotsim.simulate("a.yaml")
    with pytest.raises(
        RequestError, match=r"no argument 'replicatons'; did you mean 'replications'\?"
    ):
        pilotsim.check_targets(pilotsim.read_text(FLOW), replicatons=3)


# What an option is called, wherever there is one of its kind.
OPTIONS = {
    "number_of_runs": ("replications", "runs", "n", "repetitions", "reps"),
    "processes": ("jobs", "n_jobs", "workers_count", "cores"),
    "chance": ("seed", "random_state", "rng"),
    "words": ("language", "lang", "locale"),
    "told": ("progress", "on_progress", "callback"),
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_options_are_called_the_same_everywhere(door):
    names = set(inspect.signature(door).parameters)
    for own, *others in OPTIONS.values():
        assert not names & set(others), own


def test_every_public_function_checks_its_arguments():
    assert len(DOORS) >= 40
    assert [door.__name__ for door in DOORS if not hasattr(door, "__wrapped__")] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", 0), ("seed", 2**63 - 1), ("seed", np.int64(3)), ("jobs", -1), ("replications", 1)],
)
def test_what_is_right_is_taken(name, value):
    check_argument(name, value)


def test_numbers_of_numpy_and_a_function_that_offers_run():
    flow = pilotsim.read_text(FLOW)
    plain = pilotsim.simulate(flow, seed=3, replication=1)
    other = pilotsim.simulate(
        flow,
        seed=np.int64(3),
        replication=np.int32(1),
        offered=lambda cohort: np.zeros(len(cohort)),
        fixed=np.True_,
    )
    asked = flow.targets["t"].measure
    assert pilotsim.measure(plain, asked) == pilotsim.measure(other, asked)
    with pytest.raises(RequestError, match="unknown engine 'fast'"):
        pilotsim.simulate(flow, engine="fast")


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint32, np.int64, np.uint64])
@pytest.mark.parametrize("engine", ENGINES)
def test_whole_numbers_of_numpy_are_taken_as_the_numbers_they_are(kind, engine):
    flow = pilotsim.read_text(FLOW)
    plain = pilotsim.simulate(flow, seed=120, replication=7, fixed=False, engine=engine)
    found = pilotsim.simulate(flow, seed=kind(120), replication=kind(7), fixed=False, engine=engine)
    assert found == plain
    assert [type(one) for one in (found.cohort.seed, found.cohort.replication)] == [int, int]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_largest_seed_and_replication_run(engine):
    flow = pilotsim.read_text(FLOW)
    pilotsim.simulate(flow, seed=2**63 - 1, replication=2**63 - 1, fixed=False, engine=engine)


def test_a_number_of_processes_is_checked_wherever_it_is_given():
    with pytest.raises(RequestError, match="jobs: expected a whole number, 1 or more, or -1"):
        Local(0)


def test_what_an_annotation_leaves_open_is_not_looked_at():
    @checks_arguments
    def asked(anything: object, some: list[int], seed: int = 1) -> tuple[object, list[int], int]:
        return anything, some, seed

    assert asked(None, [2], seed=5) == (None, [2], 5)


def annotations_of_checked_functions():
    """What the arguments of each function that checks them may be: a union by its members."""
    for tree in syntax_of_modules().values():
        for node in ast.walk(tree):
            # A figure is checked where it is fetched.
            if isinstance(node, ast.FunctionDef) and (
                node.name.startswith("plot_")
                or "checks_arguments" in map(ast.unparse, node.decorator_list)
            ):
                arguments = node.args
                named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
                named += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
                yield from (one.annotation for one in named if one.annotation is not None)


def members_of(annotation):
    if isinstance(annotation, ast.BinOp):
        return members_of(annotation.left) | members_of(annotation.right)
    if isinstance(annotation, ast.Subscript):
        return members_of(annotation.value)
    return {ast.unparse(annotation)}


def test_each_annotation_of_a_checked_function_is_checked_or_left_open_on_purpose():
    """A new kind of argument would otherwise go unchecked in silence."""
    used = set().union(*map(members_of, annotations_of_checked_functions()))
    assert used == {*_KINDS, *_CLASSES, *_OPEN, _BY_NAME}


def test_each_class_of_an_argument_is_one_of_ours_by_that_name():
    names = Counter(
        node.name
        for tree in syntax_of_modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    )
    assert {name: names[name] for name in _CLASSES} == dict.fromkeys(_CLASSES, 1)


@pytest.mark.parametrize(
    ("plot", "made_by"),
    [("plot_targets", "check_targets"), ("plot_validation", "validate"), ("plot_lengths", "learn")],
)
def test_a_figure_of_what_it_does_not_show_is_refused_with_what_makes_it(plot, made_by):
    flow = pilotsim.read_text(FLOW)
    others = [()] if plot == "plot_lengths" else []
    with pytest.raises(RequestError, match=f"as pilotsim.{made_by} returns it; found Flow"):
        getattr(pilotsim, plot)(flow, *others)
    with pytest.raises(RequestError, match=f"{plot} has no argument 'langauge'"):
        getattr(pilotsim, plot)(flow, *others, langauge="en")


def test_changes_given_as_arguments_are_refused_by_name():
    with pytest.raises(RequestError, match="with_ has no argument 'lasts'"):
        pilotsim.read_text(FLOW).with_(lasts="3 years")


def test_a_result_says_itself_in_a_line_unless_it_has_words_of_its_own():
    flow = pilotsim.read_text(FLOW)
    found = pilotsim.compare(flow, flow.with_({"groups.g.stock": 9}), replications=2)
    assert repr(found) == "PlanComparison(seed=1, replications=2, fixed=False)"
    assert repr(pilotsim.check_targets(flow, replications=2)).startswith("Check of a: 2")
