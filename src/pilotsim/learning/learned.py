"""What was learned from a register: parts of a flow with how sure they are, and what stays open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.elementary import normal_quantile
from pilotsim.base.from_above import Shown
from pilotsim.base.quantity import Quantity
from pilotsim.base.randomness import uniform_table
from pilotsim.learning.stays import Stays
from pilotsim.model.flow import Flow

if TYPE_CHECKING:
    from pilotsim.learning.hold_out import HeldOut

__all__ = [
    "LEAST_EVENTS",
    "LEVEL",
    "ROWS",
    "FamilyCompared",
    "LearnedFlow",
    "LearnedPart",
    "LearnedValue",
    "LeftOpen",
    "antithetic_normals",
]

# How often an interval is to hold the truth.
LEVEL = 0.95
# Rows of a posterior: the point that was found, and as many pairs about it.
ROWS = 400
# Events for each number that is learned; with fewer an interval says more than the data do.
LEAST_EVENTS = 10


@dataclass(frozen=True)
class LearnedValue:
    """A number of a flow that was learned.

    Parameters
    ----------
    path : str
        Where it stands in the flow that is written.
    kind : str
        As of a `Quantity`.
    number, low, high : float
        In the base unit; the interval of `LEVEL`.
    before : Quantity or None
        What the sketch says there.
    """

    path: str
    kind: str
    number: float
    low: float
    high: float
    before: Quantity | None = None


@dataclass(frozen=True)
class FamilyCompared:
    """A family of lengths that was fitted.

    Parameters
    ----------
    name : str
        The family.
    bic : float
        By how much its BIC is more than the least.
    """

    name: str
    bic: float


@dataclass(frozen=True)
class LearnedPart:
    """Numbers of a flow that were learned together, from the same stays.

    Parameters
    ----------
    name : str
        Its name among the parts `joint` of the flow that is written.
    kind : str
        `length`, `shares`, `speed`, `arrivals`, `trait`, `units` or `stock`.
    about : str
        The name of the stage, risk, group, trait or resource.
    values : tuple of LearnedValue
        The numbers.
    rows : ndarray of float, shape (rows, values)
        Numbers that agree with the register, each row as likely as any other, in base units; none
        where a number is counted and not estimated.
    events : int
        How many events they rest on.
    unfinished, late : int
        Of the stays: how many had not ended, and how many were seen only after they had begun.
    family : str
        Of a length: the family that was taken.
    compared : tuple of FamilyCompared
        Of a length: all that were compared, the best first.
    matters : tuple of str
        Traits that were not in the sketch and were found to matter, by the least BIC.
    spread : float
        Of arrivals: by how much their variance is more than that of events by chance.
    """

    name: str
    kind: str
    about: str
    values: tuple[LearnedValue, ...]
    rows: Floats
    events: int
    unfinished: int = 0
    late: int = 0
    family: str = ""
    compared: tuple[FamilyCompared, ...] = ()
    matters: tuple[str, ...] = ()
    spread: float = 1.0

    @property
    def is_counted(self) -> bool:
        """Whether it was counted and not estimated: there are no rows that it is drawn from."""
        return not self.rows.size


@dataclass(frozen=True)
class LeftOpen:
    """A number that the register cannot tell, and that stays an assumption of the sketch.

    Parameters
    ----------
    path : str
        Where it stands in the sketch.
    why : str
        Why, a `Message`.
    """

    path: str
    why: str


@dataclass(frozen=True)
class LearnedFlow(Shown):
    """What a register says of a flow.

    Parameters
    ----------
    flow : Flow
        The flow whose numbers were asked for.
    stays : Stays
        What the register shows.
    parts : tuple of LearnedPart
        What was learned.
    left_open : tuple of LeftOpen
        What was not.
    notes : tuple of str
        What else a reader should know, as a `Message` each.
    seed : int
        Of the rows.
    held_out : HeldOut or None
        What a flow that was learned from the first part of the register said of the last.
    """

    flow: Flow
    stays: Stays
    parts: tuple[LearnedPart, ...]
    left_open: tuple[LeftOpen, ...]
    notes: tuple[str, ...] = ()
    seed: int = 1
    held_out: HeldOut | None = None

    @property
    def values(self) -> dict[str, LearnedValue]:
        """All numbers that were learned, by path."""
        return {value.path: value for part in self.parts for value in part.values}


def antithetic_normals(seed: int, purpose: str, size: int) -> Floats:
    """Return standard normal numbers in rows: the middle first, then pairs that mirror each other.

    So the point that was found is the central row of what is made of them.

    Parameters
    ----------
    seed : int
        The seed.
    purpose : str
        What they are for.
    size : int
        How many numbers a row has.
    """
    uniform = uniform_table(seed, f"learning/{purpose}", ROWS // 2, size)
    half = np.array([normal_quantile(one) for one in uniform.ravel().tolist()]).reshape(-1, size)
    return np.concatenate([np.zeros((1, size)), half, -half])
