"""A problem to be solved: what may be chosen, what is to be met, and the flow at each choice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from operator import itemgetter
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.files import digest_of_content
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.experiments.optimise.bisection import Rule
from pilotsim.experiments.optimise.ranking_and_selection import Alternative
from pilotsim.files.changes import apply_changes
from pilotsim.files.differences import content_of
from pilotsim.files.relative import Exactly
from pilotsim.files.yaml import YamlDocument
from pilotsim.judge.verdicts import TargetReading
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant
from pilotsim.runs.store import what_flows_rest_on

# How a run stands to what is asked.
IS_MISSED, IS_MET, IS_UNDEFINED = 0, 1, 2


@dataclass(frozen=True)
class LeverLevel:
    """One value of a lever.

    Parameters
    ----------
    value : Quantity
        As the file writes it.
    amount : float
        The number in it, in the unit in which it is written: what its price multiplies.
    numbers : mapping of str to float
        What stands at which path of the flow, in base units.
    changes : mapping
        What changes the flow file itself: its length.
    """

    value: Quantity
    amount: float
    numbers: Mapping[str, float]
    changes: Mapping[str, Any]


@dataclass(frozen=True)
class Lever:
    """Something that may be chosen.

    Parameters
    ----------
    name : str
        What the file calls it.
    says : Text
        What it is, for people.
    levels : tuple of LeverLevel
        From the least to the most.
    price : float or None
        What one unit costs.
    """

    name: str
    says: Text
    levels: tuple[LeverLevel, ...]
    price: float | None


@dataclass(frozen=True)
class Problem:
    """What a solve file asks.

    Parameters
    ----------
    name, title : str, Text
        What it is called.
    file : str
        Where it was read.
    document : YamlDocument
        The flow file.
    layers : tuple of mapping
        What the scenario and the file change, one on top of the other.
    flow : Flow
        The flow with these changes.
    questions : tuple of TargetReading
        What is to be met, all in the same run.
    levers : tuple of Lever
        What may be chosen.
    rule : Rule
        How likely and how sure.
    budget : float or None
        What may be spent, where the most likely choice is sought.
    monotone : bool
        Whether more of any lever is said never to make it less likely.
    frontier : int
        Runs of each level for the figure.
    fixed : bool
        Whether assumptions stand at their values; they are drawn once a run otherwise.
    seed : int
        The seed.
    """

    name: str
    title: Text
    file: str
    document: YamlDocument
    layers: tuple[Mapping[str, Any], ...]
    flow: Flow
    questions: tuple[TargetReading, ...]
    levers: tuple[Lever, ...]
    rule: Rule
    budget: float | None
    monotone: bool
    frontier: int
    fixed: bool
    seed: int

    @cached_property
    def choices(self) -> tuple[tuple[int, ...], ...]:
        """The number of each lever's level in each choice; the last lever changes fastest."""
        return tuple(product(*(range(len(lever.levels)) for lever in self.levers)))

    @cached_property
    def designs(self) -> tuple[Alternative, ...]:
        """The choices as the search sees them: how much of each lever, and the cost."""
        return tuple(
            Alternative(tuple(map(float, choice)), self.cost_of(choice)) for choice in self.choices
        )

    @property
    def has_costs(self) -> bool:
        """Whether the levers have prices."""
        return all(lever.price is not None for lever in self.levers)

    def levels_of(self, choice: tuple[int, ...]) -> tuple[LeverLevel, ...]:
        """Return the level of each lever."""
        return tuple(
            lever.levels[number] for lever, number in zip(self.levers, choice, strict=True)
        )

    def cost_of(self, choice: tuple[int, ...]) -> float:
        """Return what a choice costs; without prices, how far up its one lever is."""
        if not self.has_costs:
            return float(sum(choice))
        return sum(
            (lever.price or 0.0) * level.amount
            for lever, level in zip(self.levers, self.levels_of(choice), strict=True)
        )

    def variant(self, choice: tuple[int, ...], engine: str | None = None) -> Variant:
        """Return the flow at a choice, as it is run."""
        levels = self.levels_of(choice)
        changes = {path: Exactly(raw) for level in levels for path, raw in level.changes.items()}
        flow = apply_changes(self.document, *self.layers, changes) if changes else self.flow
        numbers = {
            flow.values[path].slot: number
            for level in levels
            for path, number in level.numbers.items()
        }
        return Variant(self.world_of(choice), flow, numbers, self.fixed, engine=engine)

    def world_of(self, choice: tuple[int, ...]) -> str:
        """Return what a choice changes in the flow, as one line: the same for equal worlds."""
        levels = self.levels_of(choice)
        numbers = {path: number for level in levels for path, number in level.numbers.items()}
        changes = {path: raw for level in levels for path, raw in level.changes.items()}
        told = [sorted(numbers.items()), sorted(changes.items(), key=itemgetter(0))]
        return json.dumps(told, ensure_ascii=False)

    def is_met(self, values: Floats, beyond: Floats | None = None) -> Bools:
        """Return which runs meet all that is asked, shape (runs,).

        `values` has a column for each question, and so has `beyond`, how much more each may be.
        """
        return np.asarray(self.standing_of(values, beyond) == IS_MET)

    def standing_of(self, values: Floats, beyond: Floats | None = None) -> Ints:
        """Return how each run stands to all that is asked, shape (runs,).

        `IS_MET`; `IS_MISSED` where something is missed; `IS_UNDEFINED` where nothing is missed and
        something cannot be told, because there is nobody to measure it by, or too many still wait.
        """
        more = np.zeros(values.shape) if beyond is None else beyond
        columns = enumerate(self.questions)
        met = np.array(
            [
                question.as_met(values[:, column], beyond=more[:, column])
                for column, question in columns
            ]
        )
        is_missed = (met == 0.0).any(axis=0)
        is_met = (met == 1.0).all(axis=0)
        return np.where(is_missed, IS_MISSED, np.where(is_met, IS_MET, IS_UNDEFINED))

    @property
    def rests_on(self) -> dict[str, Any]:
        """What digests of the identity stand for: the flow as it is run, and what is asked."""
        asked = {
            question.name: {
                "at_least" if question.at_least else "at_most": question.bound.written,
                "measure": question.measure
                and question.measure.model_dump(mode="json", exclude_defaults=True),
            }
            for question in self.questions
        }
        return {"flow": content_of(self.flow), "targets": asked}

    @cached_property
    def identity(self) -> dict[str, str]:
        """What the runs of this problem rest on, each part under a name for people.

        The search is no part of it: which choices there are, how likely, how sure.
        """
        merged = [[path, value] for layer in self.layers for path, value in layer.items()]
        asked = [(q.name, q.bound.number, q.at_least, repr(q.measure)) for q in self.questions]
        return {
            "flow": digest_of_content([self.document.content, merged, *self.flow.digests]),
            "targets": digest_of_content(asked),
            "assumptions": "fixed" if self.fixed else "drawn",
            "seed": str(self.seed),
            **what_flows_rest_on([self.flow]),
        }
