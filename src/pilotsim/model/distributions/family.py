"""What a family of durations is: one record, found by its name in a flow file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault
from pilotsim.model.own_code import FAMILY, register_code

# The compiled engine has this many places for a family's parameters.
MAX_PARAMETERS = 3

FAMILIES: dict[str, Family] = {}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a family.

    Parameters
    ----------
    name : str
        As a flow file writes it.
    kind : str
        The kind of value expected: `duration`, `number` or `count`.
    at_least, at_most : float
        Its bounds, which hold over the whole range of an assumption.
    expected : str
        What a fault says was expected of a value out of bounds.
    convert : callable, optional
        Makes the number that the family's functions take of the value that the file gives.
    """

    name: str
    kind: str
    at_least: float = 0.0
    at_most: float = math.inf
    expected: str = ""
    convert: Callable[[Quantity], Quantity] | None = None

    def check(self, value: Quantity) -> None:
        """Raise `QuantityFault` if a value may lie out of bounds."""
        if value.least < self.at_least or value.most > self.at_most:
            raise QuantityFault(
                Message(
                    "expected {wanted}; found {found}", wanted=self.expected, found=value.written
                ),
                self.name,
            )


@dataclass(frozen=True)
class Family:
    """A family of distributions of durations, in days.

    The functions take plain numbers, and call nothing but arithmetic, `base.elementary` and plain
    functions of the same kind: the compiled engine compiles them as they stand.

    Parameters
    ----------
    name : str
        As a flow file writes it.
    parameters : tuple of Parameter
        In the order of the functions' arguments; at most three.
    quantile : callable
        The duration that a share `u` of clients stay below, `u` strictly between 0 and 1 being the
        last argument. Before it come the parameters, or what `prepare` makes of them.
    length_biased_quantile : callable
        The same of durations drawn in proportion to their length, see `residual_life`.
    mean : callable
        The mean of the parameters' distribution.
    parameters_rise : bool
        Whether each parameter must be no less than the one before.
    prepare : callable, optional
        What the quantiles need of the parameters alone, worked out once for many clients: at most
        three numbers, which they take in place of the parameters.

    Raises
    ------
    ValueError
        More parameters than the compiled engine has places for.
    """

    name: str
    parameters: tuple[Parameter, ...]
    quantile: Callable[..., float]
    length_biased_quantile: Callable[..., float]
    mean: Callable[..., float]
    parameters_rise: bool = False
    prepare: Callable[..., tuple[float, ...]] | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.parameters) <= MAX_PARAMETERS:
            raise ValueError(f"'{self.name}': expected 1 to {MAX_PARAMETERS} parameters")

    @property
    def functions(self) -> tuple[Callable[..., Any], ...]:
        """All functions that it is made of."""
        found = (self.quantile, self.length_biased_quantile, self.mean, self.prepare)
        converting = (parameter.convert for parameter in self.parameters)
        return tuple(function for function in (*found, *converting) if function is not None)

    @property
    def constants(self) -> tuple[Any, ...]:
        """The numbers and words that belong to it."""
        own = [(one.name, one.kind, one.at_least, one.at_most) for one in self.parameters]
        return (*own, self.parameters_rise)

    @property
    def example(self) -> str:
        """The parameters as a fault shows them: ``{mean: ..., cv: ...}``."""
        return f"{{{', '.join(f'{parameter.name}: ...' for parameter in self.parameters)}}}"

    def numbers_of(self, *parameters: float) -> tuple[float, ...]:
        """Return what the quantiles take before `u`, of the parameters as plain numbers."""
        return parameters if self.prepare is None else self.prepare(*parameters)

    def check(self, values: Sequence[Quantity]) -> None:
        """Raise `QuantityFault` unless the values may stand together as parameters."""
        if self.parameters_rise and not values_rise(values):
            raise QuantityFault(
                Message("expected the shortest first and the longest last, over their whole ranges")
            )
        for parameter, value in zip(self.parameters, values, strict=True):
            parameter.check(value)


def register_family(family: Family) -> Family:
    """Let flow files name a family; return it.

    Raises
    ------
    ValueError
        Another family of this name is there already.
    RequestError
        No versions can be told of a function of one's own.
    """
    if family.name in FAMILIES and FAMILIES[family.name] != family:
        raise ValueError(f"there is another family '{family.name}' already")
    register_code(family.name, FAMILY, family.functions, family.constants)
    FAMILIES[family.name] = family
    return family


def family_named(name: str) -> Family:
    """Return the family of a name.

    Raises
    ------
    LookupError
        There is none.
    """
    family = FAMILIES.get(name)
    if family is None:
        raise LookupError(f"unknown family of durations '{name}'{did_you_mean(name, FAMILIES)}")
    return family


def values_rise(values: Sequence[Quantity]) -> bool:
    """Tell whether each value is no less than the one before, wherever they lie in their ranges."""
    return not any(before.most > after.least for before, after in pairwise(values))
