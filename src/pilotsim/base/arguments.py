"""Arguments of the functions that Python programs call: of the right kind, within their bounds.

The command line and the files check what they read. What a program hands over is held to the
same here, in one place: a kind by the annotation, a bound by the name, which means the same in
every function.
"""

from __future__ import annotations

import functools
import inspect
import numbers
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message

__all__ = ["check_argument", "checks_arguments"]

P = ParamSpec("P")
R = TypeVar("R")

LARGEST_SEED = 2**63 - 1
# By the name of an argument: which whole numbers it may be, and what to say of others.
_BOUNDS: dict[str, tuple[Callable[[int], bool], Message]] = {
    "seed": (
        lambda number: 0 <= number <= LARGEST_SEED,
        Message("a whole number from 0 to 9223372036854775807"),
    ),
    "replications": (lambda number: number >= 1, Message("1 replication or more")),
    "what_if_replications": (lambda number: number >= 2, Message("2 replications or more")),
    "replication": (
        lambda number: 0 <= number <= LARGEST_SEED,
        Message("a whole number from 0 to 9223372036854775807"),
    ),
    "held_out": (lambda number: number >= 0, Message("a whole number, 0 or more")),
    "jobs": (
        lambda number: number >= 1 or number == -1,
        Message("a whole number, 1 or more, or -1 for one process a core"),
    ),
}
# Annotations that can be told from a value.
_KINDS: dict[str, tuple[Callable[[Any], bool], Message]] = {
    "int": (
        lambda value: isinstance(value, numbers.Integral) and not isinstance(value, bool),
        Message("a whole number"),
    ),
    "float": (
        lambda value: isinstance(value, numbers.Real) and not isinstance(value, bool),
        Message("a number"),
    ),
    "bool": (lambda value: isinstance(value, bool | np.bool_), Message("True or False")),
    "str": (lambda value: isinstance(value, str), Message("words")),
    "bytes": (lambda value: isinstance(value, bytes), Message("the bytes of a file")),
    "date": (lambda value: isinstance(value, date), Message("a date")),
    "Path": (lambda value: isinstance(value, Path), Message("a path")),
    "Offers": (callable, Message("True, False or a function")),
    "None": (lambda value: value is None, Message("None")),
}
# The annotation of what holds others by name: `Mapping[str, Flow]` holds flows.
_BY_NAME = "Mapping"
# Annotations that are classes of the packages above this one.
_CLASSES = (
    "AskedPrices",
    "BuiltInOptions",
    "Check",
    "ComparedPlan",
    "CountsMapping",
    "EventMapping",
    "ExecutionOptions",
    "Flow",
    "Journeys",
    "Measure",
    "MonthlyCounts",
    "Portfolio",
    "RegisterView",
    "Selection",
    "Study",
    "Text",
)
# Annotations that leave open what a value must be: what it can do shows when it is used.
_OPEN = ("Any", "Callable", "OnProgress", "Progress", "Sequence", "Workers", "object")


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that refuses arguments of the wrong kind or out of bounds.

    What an annotation leaves open (a callable, a sequence, any object) is not looked at. Whole
    numbers of numpy, of whatever size, are handed on as Python's own.

    Raises
    ------
    RequestError
        By the new function, when it is called: which argument, what was expected, what was found.
    """
    signature = inspect.signature(function)
    annotations = {name: str(one.annotation) for name, one in signature.parameters.items()}

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            _check_kind(name, value, annotations[name])
            if value is not None:
                check_argument(name, value)
            if name in _BOUNDS and value is not None:
                bound.arguments[name] = int(value)
        return function(*bound.args, **bound.kwargs)

    return checked


def check_argument(name: str, value: Any) -> None:
    """Raise an error for a number that an argument of this name cannot be.

    Parameters
    ----------
    name : str
        Such as `seed`, `replications` or `jobs`; of other names nothing is known.
    value : object
        What was given.

    Raises
    ------
    RequestError
        It is no whole number within the bounds.
    """
    if name in _BOUNDS:
        is_within, wanted = _BOUNDS[name]
        is_whole = _KINDS["int"][0]
        if not (is_whole(value) and is_within(int(value))):
            raise _refused(name, wanted, value)


def _check_kind(name: str, value: Any, annotation: str) -> None:
    kinds = annotation.split(" | ")
    if kinds[0].startswith(f"{_BY_NAME}["):
        _check_each(name, value, kinds)
        return
    if any(kind not in _KINDS and kind not in _CLASSES for kind in kinds):
        return
    if any(_is_of(kind, value) for kind in kinds):
        return
    if name in _BOUNDS and isinstance(value, numbers.Number):
        raise _refused(name, _KINDS["int"][1], value)
    if name in _BOUNDS:
        raise _refused(name, _BOUNDS[name][1], value)
    first = kinds[0]
    wanted = _KINDS[first][1] if first in _KINDS else Message("a {kind}", kind=first)
    raise _refused(name, wanted, value)


def _check_each(name: str, value: Any, kinds: list[str]) -> None:
    """Check what is held by name, of `Mapping[str, Flow]` or None: each is a flow."""
    if value is None and "None" in kinds:
        return
    held = kinds[0].removesuffix("]").split(", ")[-1]
    if not isinstance(value, Mapping):
        raise _refused(name, Message("a {kind}", kind="dict"), value)
    for key, one in value.items():
        _check_kind(f"{name}[{key!r}]", one, held)


def _is_of(kind: str, value: Any) -> bool:
    if kind in _KINDS:
        return _KINDS[kind][0](value)
    # By name: this package stands below those whose classes they are.
    return any(one.__name__ == kind for one in type(value).__mro__)


def _refused(name: str, wanted: Message, value: Any) -> RequestError:
    found = repr(value)
    return RequestError(
        Message(
            "{name}: expected {wanted}; found {found}",
            name=name,
            wanted=wanted,
            found=found if len(found) <= 60 else type(value).__name__,
        )
    )
