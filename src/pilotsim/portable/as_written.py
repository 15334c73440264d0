"""The numbers of a flow as its file has them, and what its ceilings come to, as columns.

Verdicts hold ceilings and bounds to the numbers of the file, with what was set for a run, whatever
was drawn. These are worked out like the numbers of a run, by the same compiled code: behind the
values of the flow stand all values once more, that no shared value scales, then the ceilings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arithmetic import names_in
from pilotsim.base.quantity import Quantity
from pilotsim.judge.verdicts import TargetReading, value_named
from pilotsim.model.flow import Flow
from pilotsim.model.following import Follower
from pilotsim.simulation.number_columns import (
    AS_WRITTEN,
    FlowNumbers,
    NumberColumns,
    SumSteps,
    compile_numbers,
)


@dataclass(frozen=True)
class NumbersAsWritten:
    """What verdicts are held to, as columns.

    Parameters
    ----------
    numbers : FlowNumbers
        All of it.
    bounds : tuple of int
        The slot of each question's bound.
    ceilings : tuple of int or None
        The slot of each question's ceiling.
    """

    numbers: FlowNumbers
    bounds: tuple[int, ...]
    ceilings: tuple[int | None, ...]


def numbers_as_written(
    flow: Flow, questions: Sequence[TargetReading], sums: Sequence[str | None]
) -> NumbersAsWritten:
    """Return the numbers of a flow as written with the ceilings of some questions.

    Parameters
    ----------
    flow : Flow
        What the file says.
    questions : sequence of TargetReading
        What is asked.
    sums : sequence of str or None
        The sum of each question's ceiling.

    Raises
    ------
    TypeError
        A value follows by more than a sum.
    """
    own = compile_numbers(flow).columns
    values, following = len(flow.values), {one.slot for one in flow.followers}

    def slot_of(value: Quantity) -> int:
        return value.slot if value.slot in following else values + value.slot

    steps, slots = SumSteps(), iter(range(2 * values, 2 * values + len(sums)))
    for follower in flow.followers:
        assert isinstance(follower, Follower)
        steps.add(follower.sum, follower.slots)
    ceilings: list[int | None] = []
    for text in sums:
        ceilings.append(None if text is None else next(slots))
        if text is not None:
            steps.add(text, {name: slot_of(value_named(flow, name)) for name in names_in(text)})
    asked = [slot for slot in ceilings if slot is not None]
    count = 2 * values + len(asked)
    ends = {"least": -math.inf, "most": math.inf, "at_least": -math.inf, "at_most": math.inf}
    columns = {
        **{name: getattr(own, name) for name in NumberColumns.declared},
        **{
            name: np.concatenate([getattr(own, name), [end] * len(asked)])
            for name, end in ends.items()
        },
        "written": np.concatenate([own.written, own.written, [math.nan] * len(asked)]),
        "is_count": np.concatenate([own.is_count, own.is_count, [0] * len(asked)]),
        "follower": np.concatenate([own.follower, asked]),
        "shape": [AS_WRITTEN] * count,
        "purpose": [0] * count,
        "low": [math.nan] * count,
        "high": [math.nan] * count,
        "of": [-1] * count,
        "place": [-1] * count,
        # Nothing is drawn.
        **dict.fromkeys(("mixture_least", "weight", "mean", "sd"), ()),
        **dict.fromkeys(("joint_purpose", "joint_rows", "joint_width", "joint_number"), ()),
        "mixture_from": [0],
        "joint_from": [0],
        **steps.columns,
    }
    sizes = {
        "values": count,
        "mixtures": 0,
        "normals": 0,
        "joints": 0,
        "raised": len(flow.raised),
        "scaled": len(flow.scaled),
        "followers": len(flow.followers) + len(asked),
        "steps": len(steps.steps),
    }
    paths = tuple(one.path for one in flow.followers)
    numbers = FlowNumbers(NumberColumns(columns, sizes), sizes, max(1, steps.depth), paths)
    return NumbersAsWritten(
        numbers, tuple(slot_of(question.bound) for question in questions), tuple(ceilings)
    )
