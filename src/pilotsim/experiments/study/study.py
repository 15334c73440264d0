"""A study, ready to run: every flow built, every point worked out, every response checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.files import digest_of_content
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.experiments.study.study_file import AnalysisRequest
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Variant
from pilotsim.simulation.parameters import round_count


@dataclass(frozen=True)
class StudyScenario:
    """One of the worlds that a study compares.

    Parameters
    ----------
    name : str
        What it is called in results.
    says : Text
        What it is, for people.
    flow : Flow
        The flow with the scenario's changes.
    text : str
        That flow as a file would say it, in JSON.
    """

    name: str
    says: Text
    flow: Flow
    text: str

    @cached_property
    def digest(self) -> str:
        """What tells this flow from any other."""
        return digest_of_content([self.text, *self.flow.digests])


@dataclass(frozen=True)
class DesignFactor:
    """What a design varies; numbers in base units.

    Parameters
    ----------
    name : str
        A path of the flow, or a name of the study's own.
    says : Text
        What it is, for people.
    paths : tuple of str
        The values that it sets.
    scales : bool
        Whether the values are multiplied by it instead.
    kind : str
        The kind of the value, as in `Quantity`; `number` where it scales.
    levels : tuple of float
        The numbers it takes; empty for a range.
    low, high : float
        The ends of its range.
    own : Quantity or None
        The assumption whose own range it is.
    steps : int
        How many levels a range has in designs of levels.
    joint : str
        The part `joint` that it is as a whole: its numbers are then places among the rows, from 0
        to 1 along their first principal component. Empty for all other factors.
    """

    name: str
    says: Text
    paths: tuple[str, ...]
    scales: bool
    kind: str
    levels: tuple[float, ...]
    low: float
    high: float
    own: Quantity | None = None
    steps: int = 2
    joint: str = ""


@dataclass(frozen=True)
class Points:
    """Where a design sets its factors.

    Parameters
    ----------
    names : tuple of str
        The factors.
    numbers : ndarray of float, shape (points, factors)
        In base units; NaN where a factor stands as the flow has it.
    """

    names: tuple[str, ...]
    numbers: Floats

    def __len__(self) -> int:
        return len(self.numbers)

    @classmethod
    def one(cls) -> Points:
        """Return the single point of a study without a design."""
        return cls((), np.zeros((1, 0)))


@dataclass(frozen=True)
class Response:
    """What is measured in every run.

    Parameters
    ----------
    name : str
        Target and reading joined by a dot, or the study's own name for a measure.
    says : Text
        What it counts, for people.
    measure : Measure
        What is measured.
    bound : Quantity or None
        What must be reached.
    at_least : bool
        Whether the bound must be reached from below.
    """

    name: str
    says: Text
    measure: Measure
    bound: Quantity | None = None
    at_least: bool = True


@dataclass(frozen=True)
class PrecisionTarget:
    """How narrow an interval must be: half its width.

    Of the mean or, with `of_chance`, of the probability of meeting the bound.
    """

    response: str
    half_width: float
    of_chance: bool


@dataclass(frozen=True)
class Replications:
    """How many replications each point is run with.

    First `at_least`; then more until every interval in `until` is narrow enough, up to `at_most`.
    """

    at_least: int
    at_most: int
    until: tuple[PrecisionTarget, ...] = ()


@dataclass(frozen=True)
class Study:
    """A study, ready to run.

    Parameters
    ----------
    name : str
        Its short name.
    title : Text
        What it is called.
    file : str
        Where it was read.
    content : mapping
        What the file says.
    scenarios : tuple of StudyScenario
        What is compared.
    factors : tuple of DesignFactor
        What the design varies.
    points : Points
        Where the design sets them; the same in every scenario.
    responses : tuple of Response
        What is measured.
    replications : Replications
        How often each point is run.
    fixed : bool
        Whether assumptions outside the design stand at their values; they are drawn once a
        replication otherwise.
    seed : int
        The seed, of the design too.
    keep : tuple of str
        What stays beside the table of points.
    analysis : AnalysisRequest or None
        What is worked out from the results.
    inputs : mapping of str to str
        The hash (SHA-256) of each file that it was read from, by name: its own and the flow's. None
        where it was read from a text.
    """

    name: str
    title: Text
    file: str
    content: Mapping[str, Any]
    scenarios: tuple[StudyScenario, ...]
    factors: tuple[DesignFactor, ...]
    points: Points
    responses: tuple[Response, ...]
    replications: Replications
    fixed: bool
    seed: int
    keep: tuple[str, ...]
    analysis: AnalysisRequest | None
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many scenarios times points there are."""
        return len(self.scenarios) * len(self.points)

    @property
    def flows(self) -> tuple[Flow, ...]:
        """The flow of each scenario."""
        return tuple(scenario.flow for scenario in self.scenarios)

    @property
    def measures(self) -> tuple[Measure, ...]:
        """What is measured, in the order of the responses."""
        return tuple(response.measure for response in self.responses)

    def scenario(self, name: str) -> StudyScenario:
        """Return a scenario by its name."""
        return next(scenario for scenario in self.scenarios if scenario.name == name)

    def response(self, name: str) -> Response:
        """Return a response by its name."""
        return next(response for response in self.responses if response.name == name)

    def slots_at(self, scenario: StudyScenario, point: int) -> dict[int, float]:
        """Return the numbers that a point sets in a scenario's flow, by slot."""
        return slots_of(self.factors, scenario.flow, self.points.numbers[point])

    def variant(self, scenario: StudyScenario, point: int, engine: str | None = None) -> Variant:
        """Return the flow of a scenario at a point, as it is run."""
        name = f"{scenario.name}/{point}"
        return Variant(
            name, scenario.flow, self.slots_at(scenario, point), self.fixed, engine=engine
        )


def slots_of(factors: tuple[DesignFactor, ...], flow: Flow, numbers: Floats) -> dict[int, float]:
    """Return what stands at which slot of a flow where the factors are at these numbers."""
    slots: dict[int, float] = {}
    for factor, number in zip(factors, numbers.tolist(), strict=True):
        if factor.joint and not math.isnan(number):
            rows = flow.posteriors[factor.joint]
            row = dict(zip(rows.paths, rows.at(number).tolist(), strict=True))
            members = flow.drawn_together[factor.joint]
            slots |= {value.slot: row[path] for path, value in members.items()}
            continue
        for path in () if math.isnan(number) else factor.paths:
            value = flow.values[path]
            slots[value.slot] = (
                round_count(value, value.number * number) if factor.scales else number
            )
    return slots
