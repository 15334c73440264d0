"""The numbers of a flow as columns: where each value may lie, and what follows from what.

From these and a seed the numbers of a run are drawn and worked out without the flow file, by
compiled code (`engines.compiled.numbers`) wherever it runs. `parameters` is the readable twin.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arithmetic import dotted, parse
from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.model.flow import Flow
from pilotsim.model.following import COUNT, SLACK, Follower
from pilotsim.simulation.columns import CodeColumn, Columns, FloatColumn, IntColumn, column
from pilotsim.simulation.parameters import numbers_of

# How a value comes by its number.
AS_WRITTEN, TRIANGULAR, UNIFORM, MIXTURE, JOINT = range(5)
# The steps of a sum: what is put on the stack, and what joins the upper two of it.
CONSTANT, VALUE, NEGATE, ADD, SUBTRACT, MULTIPLY, DIVIDE = range(7)
JOINS: dict[type[ast.operator], int] = {
    ast.Add: ADD,
    ast.Sub: SUBTRACT,
    ast.Mult: MULTIPLY,
    ast.Div: DIVIDE,
}
# How a step that joins numbers is written where steps are plain content.
SIGNS = {NEGATE: "neg", ADD: "+", SUBTRACT: "-", MULTIPLY: "*", DIVIDE: "/"}


class NumberColumns(Columns):
    """How the numbers of a flow are drawn, and what is worked out from them."""

    written: FloatColumn = column("The number in the file; NaN for what follows.", over="values")
    is_count: IntColumn = column("Whether a value is a whole number.", over="values")
    shape: IntColumn = column("`AS_WRITTEN`, `TRIANGULAR`, `UNIFORM`, ...", over="values")
    purpose: CodeColumn = column("What the random number of a value is for.", over="values")
    low: FloatColumn = column("Where its range begins.", over="values")
    high: FloatColumn = column("Where its range ends.", over="values")
    of: IntColumn = column("Which mixture, or which part that is drawn together.", over="values")
    place: IntColumn = column("Which column of the rows drawn together.", over="values")

    mixture_from: IntColumn = column("The normals of each mixture.")
    mixture_least: FloatColumn = column("What no draw is below.", over="mixtures")
    weight: FloatColumn = column("How likely a normal is, beside the others.", over="normals")
    mean: FloatColumn = column("Its mean.", over="normals")
    sd: FloatColumn = column("Its standard deviation.", over="normals")

    joint_purpose: CodeColumn = column("What the random numbers of a part are for.", over="joints")
    joint_rows: IntColumn = column("How many rows it has.", over="joints")
    joint_width: IntColumn = column("How many numbers a row has.", over="joints")
    joint_from: IntColumn = column("Where its rows begin in `joint_number`.")
    joint_number: FloatColumn = column("The rows, one after the other.")

    raised: IntColumn = column("A value that is raised to the power of a shared one.")
    power: IntColumn = column("That shared value.", over="raised")
    scaled: IntColumn = column("A value that is multiplied by a shared one.")
    scale: IntColumn = column("That shared value.", over="scaled")

    follower: IntColumn = column("A value that follows others, in the order of working out.")
    least: FloatColumn = column("What it may come to at least.", over="followers")
    most: FloatColumn = column("What it may come to at most.", over="followers")
    at_least: FloatColumn = column("The same, less what rounding may do.", over="followers")
    at_most: FloatColumn = column("The same, and what rounding may do.", over="followers")
    step_from: IntColumn = column("The steps of its sum.")
    step: IntColumn = column("`CONSTANT`, `VALUE`, `NEGATE`, `ADD`, ...")
    step_number: FloatColumn = column("The number of a constant.", over="steps")
    step_value: IntColumn = column("The slot of a value.", over="steps")


@dataclass
class SumSteps:
    """The steps of all sums, one after the other, and how high they pile up numbers.

    Parameters
    ----------
    begins : list of int
        The first step of each sum, and how many steps there are.
    steps : list of tuple
        What is done, the number of a constant and the slot of a value.
    depth : int
        How many numbers wait at once at most.
    """

    begins: list[int] = field(default_factory=lambda: [0])
    steps: list[tuple[int, float, int]] = field(default_factory=list)
    depth: int = 0

    @property
    def columns(self) -> dict[str, Sequence[float]]:
        """The steps as columns of `NumberColumns`."""
        steps, numbers, slots = zip(*self.steps, strict=True) if self.steps else ((), (), ())
        return {
            "step_from": self.begins,
            "step": steps,
            "step_number": numbers,
            "step_value": slots,
        }

    def plain(self, names: Mapping[int, str]) -> list[float | str]:
        """Return the steps as plain content: numbers, names of values, and what joins numbers.

        Parameters
        ----------
        names : mapping of int to str
            The name of the value in each slot.
        """
        return [
            number if step == CONSTANT else names[slot] if step == VALUE else SIGNS[step]
            for step, number, slot in self.steps
        ]

    def add(self, text: str, slots: Mapping[str, int]) -> None:
        """Add a sum.

        Parameters
        ----------
        text : str
            The sum.
        slots : mapping of str to int
            The slot of each value that it names.
        """
        self._put(parse(text), slots, 1)
        self.begins.append(len(self.steps))

    def _put(self, node: ast.expr, slots: Mapping[str, int], depth: int) -> None:
        self.depth = max(self.depth, depth)
        if isinstance(node, ast.Constant):
            self.steps.append((CONSTANT, float(node.value), 0))  # type: ignore[arg-type]
        elif isinstance(node, ast.UnaryOp):
            self._put(node.operand, slots, depth)
            self.steps.append((NEGATE, 0.0, 0))
        elif isinstance(node, ast.BinOp):
            self._put(node.left, slots, depth)
            self._put(node.right, slots, depth + 1)
            self.steps.append((JOINS[type(node.op)], 0.0, 0))
        else:
            self.steps.append((VALUE, 0.0, slots[dotted(node)]))


@dataclass(frozen=True)
class FlowNumbers:
    """The numbers of a flow as columns.

    Parameters
    ----------
    columns : NumberColumns
        The columns.
    sizes : mapping of str to int
        How many there are of everything that a column goes over.
    depth : int
        How much room its sums need.
    followers : tuple of str
        The paths of the values that follow others, in the order of working out.
    """

    columns: NumberColumns
    sizes: Mapping[str, int]
    depth: int
    followers: tuple[str, ...]


def can_be_compiled(flow: Flow) -> bool:
    """Tell whether columns can say how all numbers of a flow come about.

    They cannot say an inflow that is worked out so that it holds a stock steady.
    """
    return all(isinstance(one, Follower) for one in flow.followers)


def compile_numbers(flow: Flow) -> FlowNumbers:
    """Return the numbers of a flow as columns.

    Parameters
    ----------
    flow : Flow
        What the file says.

    Raises
    ------
    TypeError
        A value follows by more than a sum.
    """
    sums, followers = SumSteps(), []
    for one in flow.followers:
        if not isinstance(one, Follower):
            raise TypeError(f"{one.path} follows by more than a sum: ask `can_be_compiled`")
        followers.append(one)
        sums.add(one.sum, one.slots)
    ends = [one.ends for one in followers]
    columns = {
        **_values(flow),
        **_mixtures(flow),
        **_joints(flow),
        "raised": list(flow.raised),
        "power": list(flow.raised.values()),
        "scaled": list(flow.scaled),
        "scale": list(flow.scaled.values()),
        "follower": [one.slot for one in followers],
        "least": [low for low, _ in ends],
        "most": [high for _, high in ends],
        "at_least": [low - SLACK for low, _ in ends],
        "at_most": [high + SLACK for _, high in ends],
        **sums.columns,
    }
    sizes = {
        "values": len(flow.values),
        "mixtures": len(columns["mixture_least"]),
        "normals": len(columns["weight"]),
        "joints": len(columns["joint_rows"]),
        "raised": len(flow.raised),
        "scaled": len(flow.scaled),
        "followers": len(followers),
        "steps": len(sums.steps),
    }
    paths = tuple(one.path for one in followers)
    return FlowNumbers(NumberColumns(columns, sizes), sizes, sums.depth, paths)


def _drawn_apart(flow: Flow) -> dict[str, Quantity]:
    """Return the assumptions that have a range of their own, by path."""
    return {path: value for path, value in flow.assumptions.items() if value.joint is None}


def _values(flow: Flow) -> dict[str, list[float] | list[int]]:
    """Return what each value is drawn from."""
    count = len(flow.values)
    shape, of, place, purpose = [AS_WRITTEN] * count, [-1] * count, [-1] * count, [0] * count
    low, high = [math.nan] * count, [math.nan] * count
    mixtures = 0
    for path, value in _drawn_apart(flow).items():
        own = value.slot
        purpose[own] = randomness.code(path)
        low[own], high[own] = value.least, value.most
        shape[own] = UNIFORM if value.shape == "uniform" else TRIANGULAR
        if value.mixture is not None:
            shape[own], of[own] = MIXTURE, mixtures
            mixtures += 1
    for number, (name, members) in enumerate(flow.drawn_together.items()):
        for path, value in members.items():
            shape[value.slot], of[value.slot] = JOINT, number
            place[value.slot] = flow.posteriors[name].paths.index(path)
    return {
        "written": numbers_of(flow).tolist(),
        "is_count": [int(value.kind == COUNT) for value in flow.values.values()],
        "shape": shape,
        "purpose": purpose,
        "low": low,
        "high": high,
        "of": of,
        "place": place,
    }


def _mixtures(flow: Flow) -> dict[str, list[float] | list[int]]:
    """Return the parts of all mixtures, in the order of the values drawn from them."""
    found = [value.mixture for value in _drawn_apart(flow).values() if value.mixture is not None]
    parts = [part for mixture in found for part in mixture.parts]
    return {
        "mixture_from": list(accumulate((len(one.parts) for one in found), initial=0)),
        "mixture_least": [one.least for one in found],
        "weight": [part.weight for part in parts],
        "mean": [part.mean for part in parts],
        "sd": [part.sd for part in parts],
    }


def _joints(flow: Flow) -> dict[str, Floats | list[int]]:
    """Return the rows of all parts that are drawn together."""
    names = list(flow.drawn_together)
    rows = [flow.posteriors[name] for name in names]
    return {
        "joint_purpose": [randomness.code(name) for name in names],
        "joint_rows": [len(one) for one in rows],
        "joint_width": [len(one.paths) for one in rows],
        "joint_from": list(accumulate((one.numbers.size for one in rows), initial=0)),
        "joint_number": np.concatenate([one.numbers.ravel() for one in rows] or [np.empty(0)]),
    }
