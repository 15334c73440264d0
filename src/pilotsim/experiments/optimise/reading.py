"""Solve files to problems: every fault at once, before the first run, with its place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import FlowError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_scalar
from pilotsim.base.text import Text
from pilotsim.base.units import unit_of
from pilotsim.experiments.optimise.bisection import Rule
from pilotsim.experiments.optimise.problem import Lever, LeverLevel, Problem
from pilotsim.experiments.optimise.solve_file import LeverPart, SolveFile
from pilotsim.experiments.study.factors import number_of
from pilotsim.experiments.study.feasibility import faults_at_points
from pilotsim.experiments.study.responses import check_bounds_stand
from pilotsim.experiments.study.study import DesignFactor, Points
from pilotsim.experiments.study.study_file import ALL
from pilotsim.files.changes import apply_changes
from pilotsim.files.faults import FaultGatherer, build_record
from pilotsim.files.reading import build_flow, read_document
from pilotsim.files.relative import Exactly
from pilotsim.files.shipped import here_or_shipped
from pilotsim.files.yaml import YamlDocument, check_kind, parse, read_file
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.model.flow import NOT_VARIED, Flow
from pilotsim.simulation.parameters import round_count

Path_ = tuple[str, ...]
LENGTH = "lasts"
MAX_LEVELS, MAX_CHOICES = 1000, 2000
SLACK = 1e-9


@checks_arguments
def read_problem(file: str | Path) -> Problem:
    """Return the problem that a solve file describes, its flow checked at every level.

    Parameters
    ----------
    file : str or Path
        The solve file, or an example by its name.

    Raises
    ------
    FlowError
        With every fault of the file, of its flow, and of the flow at any level.
    """
    found = here_or_shipped(file)
    return build_problem(parse(read_file(found, "search"), str(found), "search"))


def build_problem(document: YamlDocument) -> Problem:
    """Return the problem that a document describes.

    Paths in it are as seen from the folder of its file.
    """
    check_kind(document, "search")
    return _Reading(document, build_record(document, SolveFile)).problem()


class _Reading:
    """One reading of a solve file, which gathers its faults."""

    def __init__(self, document: YamlDocument, said: SolveFile) -> None:
        self.document, self.said = document, said
        self.faults = FaultGatherer(document)

    def problem(self) -> Problem:
        said = self.said
        flow_document, layers, flow = self._flow()
        questions = tuple(self._questions(flow))
        levers = tuple(self._lever(name, part, flow) for name, part in said.levers.items())
        self.faults.stop()
        self._check_levers(levers, flow_document, layers, flow)
        levels = [level for lever in levers for level in lever.levels]
        check_bounds_stand(
            questions,
            {"": flow},
            {path for level in levels for path in (*level.numbers, *level.changes)},
            lambda message: self.faults.report(("target",), message),
            fixed=said.assumptions == "fixed",
        )
        self.faults.stop()
        probability = said.probability.number if said.probability else 0.5
        rule = Rule(
            probability, 1 - said.confidence.number, said.margin.number, int(said.most_runs.number)
        )
        problem = Problem(
            said.solve,
            said.title,
            self.document.file,
            flow_document,
            layers,
            flow,
            questions,
            levers,
            rule,
            said.budget.number if said.budget else None,
            said.monotone,
            int(said.frontier.number),
            said.assumptions == "fixed",
            said.seed,
        )
        self._check_budget(problem)
        self.faults.stop()
        return problem

    def _flow(self) -> tuple[YamlDocument, tuple[Mapping[str, Any], ...], Flow]:
        file = self.faults.file_at(("flow",), self.said.flow)
        document = read_document(file)
        flow = build_flow(document)
        name = self.said.scenario
        if name is not None and name not in flow.scenarios:
            self.faults.report(
                ("scenario",),
                Message(
                    "the flow has no scenario '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, flow.scenarios),
                ),
            )
            self.faults.stop()
        layers = (flow.scenarios[name].changes if name else {}, self.said.changes)
        changed = self._changed(document, layers, ("set",)) if any(layers) else flow
        return document, layers, changed

    def _changed(
        self, document: YamlDocument, layers: Iterable[Mapping[str, Any]], place: Path_
    ) -> Flow:
        try:
            return apply_changes(document, *layers)
        except (RequestError, FlowError) as error:
            self.faults.report_error(place, error)
        self.faults.stop()
        raise AssertionError("stopped above")

    def _questions(self, flow: Flow) -> Iterator[TargetReading]:
        questions = {question.name: question for question in questions_of(flow)}
        for number, name in enumerate(self.said.target):
            path = ("target", str(number)) if len(self.said.target) > 1 else ("target",)
            chosen = [q for q in questions.values() if name in (ALL, q.target, q.name)]
            if not chosen:
                self.faults.report(
                    path,
                    Message(
                        "the flow has no target '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, {*flow.targets, *questions}),
                    ),
                )
            elif not any(q.measure for q in chosen):
                self.faults.report(
                    path,
                    Message(
                        "'{name}' is judged by arithmetic alone; there is nothing to measure in a "
                        "run",
                        name=name,
                    ),
                )
            yield from (q for q in chosen if q.measure is not None)

    def _lever(self, name: str, part: LeverPart, flow: Flow) -> Lever:
        """Return a lever; an empty one, with its faults reported, if it cannot be."""
        place, paths = ("levers", name), part.times or part.sets or (name,)
        values = [flow.values.get(path) for path in paths]
        for path, value in zip(paths, values, strict=True):
            if value is None:
                self.faults.report(
                    place,
                    Message(
                        "'{path}' stands for no number of the flow{meant}",
                        path=path,
                        meant=did_you_mean(path, flow.values),
                    ),
                )
            elif path != LENGTH and path.split(".")[0] in NOT_VARIED:
                self.faults.report(
                    place,
                    Message(
                        "'{path}' is not what a run goes by; a lever changes the world, not what "
                        "is asked of it",
                        path=path,
                    ),
                )
        found = [value for value in values if value is not None]
        if len({(value.kind, value.working) for value in found}) > 1 and not part.times:
            self.faults.report(
                place,
                Message(
                    "the values are of several kinds: one number cannot stand for all; use "
                    "'times', or several levers"
                ),
            )
        says = (
            part.says
            or (found[0].label if found and found[0].label and not part.times else None)
            or Text(name, name)
        )
        price = part.price.number if part.price else None
        if self.faults:
            return Lever(name, says, (), price)
        return Lever(name, says, tuple(self._levels(place, part, paths, found)), price)

    def _levels(
        self, place: Path_, part: LeverPart, paths: tuple[str, ...], values: list[Quantity]
    ) -> Iterator[LeverLevel]:
        kind = "number" if part.times else values[0].kind
        raws = part.levels if part.levels is not None else self._steps(place, part, kind)
        for number, raw in enumerate(raws):
            try:
                value = read_scalar(raw, kind)
                number_of(raw, kind, values[0])
            except QuantityFault as fault:
                self.faults.report_error(
                    (*place, "levels", str(number)) if part.levels else place, fault
                )
                continue
            amount = float(value.written.removesuffix(unit_of(value.written)) or value.number)
            if paths == (LENGTH,):
                yield LeverLevel(
                    value,
                    amount,
                    {},
                    {LENGTH: {"value": value.written, "assumption": "a level of the search"}},
                )
            else:
                yield LeverLevel(
                    value,
                    amount,
                    dict(zip(paths, _numbers(value, values, scales=bool(part.times)), strict=True)),
                    {},
                )

    def _steps(self, place: Path_, part: LeverPart, kind: str) -> list[Any]:
        """Return the levels from low to high as a file would write them."""
        unit = unit_of(part.low) if isinstance(part.low, str) else ""
        numbers = [
            self._plain(place, key, raw, unit)
            for key, raw in (
                ("low", part.low),
                ("high", part.high),
                ("step", 1 if part.step is None else part.step),
            )
        ]
        if any(math.isnan(number) for number in numbers):
            return []
        low, high, step = numbers
        if not (low < high and step > 0):
            self.faults.report(
                place,
                Message(
                    "expected 'low' below 'high' and a step above 0; found {low}, {high} and "
                    "{step}",
                    low=part.low,
                    high=part.high,
                    step=1 if part.step is None else part.step,
                ),
            )
            return []
        count = math.floor((high - low) / step + SLACK) + 1
        if not 2 <= count <= MAX_LEVELS:
            self.faults.report(
                place,
                Message(
                    "expected 2 to {most} levels; low, high and step make {count}",
                    most=MAX_LEVELS,
                    count=count,
                ),
            )
            return []
        return [f"{low + step * k:.12g}{unit}" if unit else low + step * k for k in range(count)]

    def _plain(self, place: Path_, key: str, raw: Any, unit: str) -> float:
        """Return the number in a value, which has the unit of `low` or none."""
        found = unit_of(raw) if isinstance(raw, str) else unit
        try:
            number = float(str(raw).strip().removesuffix(found) if found else raw)
            if found.strip() == unit.strip() and math.isfinite(number):
                return number
        except (TypeError, ValueError, OverflowError):
            pass
        self.faults.report(
            (*place, key),
            Message(
                "expected a number in {unit}, as low is; found {found}",
                unit=unit.strip(),
                found=str(raw),
            )
            if unit
            else Message("expected a number; found {found}", found=str(raw)),
        )
        return math.nan

    def _check_levers(
        self,
        levers: tuple[Lever, ...],
        document: YamlDocument,
        layers: tuple[Mapping[str, Any], ...],
        flow: Flow,
    ) -> None:
        """Report levers that share a value, too many choices, and impossible levels."""
        setter: dict[str, str] = {}
        for lever in levers:
            for path in {
                path for level in lever.levels for path in (*level.numbers, *level.changes)
            }:
                if path in setter:
                    self.faults.report(
                        ("levers", lever.name),
                        Message(
                            "'{path}' is set by '{setter}' already", path=path, setter=setter[path]
                        ),
                    )
                setter[path] = lever.name
            for level in lever.levels if lever.levels[0].changes else ():
                exactly = {path: Exactly(raw) for path, raw in level.changes.items()}
                self._changed(document, (*layers, exactly), ("levers", lever.name))
        choices = math.prod(len(lever.levels) for lever in levers)
        if choices > MAX_CHOICES:
            self.faults.report(
                ("levers",),
                Message(
                    "the levers make {choices} choices; expected at most {most}: take larger steps",
                    choices=choices,
                    most=MAX_CHOICES,
                ),
            )
        for lever in levers:
            for message in faults_at_points(*_as_design(lever), flow):
                self.faults.report(("levers", lever.name), message)

    def _check_budget(self, problem: Problem) -> None:
        costs = [design.cost for design in problem.designs]
        if problem.budget is not None and min(costs) > problem.budget:
            self.faults.report(
                ("budget",),
                Message("every choice costs more: the cheapest {least:,.0f}", least=min(costs)),
            )


def _numbers(level: Quantity, values: list[Quantity], *, scales: bool) -> list[float]:
    if not scales:
        return [level.number] * len(values)
    return [round_count(value, value.number * level.number) for value in values]


def _as_design(lever: Lever) -> tuple[list[DesignFactor], Points]:
    """Return a lever's levels as the points of a design, one factor for each path."""
    paths = tuple(lever.levels[0].numbers)
    factors = [
        DesignFactor(path, lever.says, (path,), False, "", (), math.nan, math.nan) for path in paths
    ]
    return factors, Points(
        paths,
        np.array([[level.numbers[path] for path in paths] for level in lever.levels]).reshape(
            len(lever.levels), len(paths)
        ),
    )
