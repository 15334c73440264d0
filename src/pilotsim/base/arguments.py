"""Arguments of the functions that Python programs call: of the right kind, within their bounds.

The command line and the files check what they read. What a program hands over is held to the
same here, in one place: a kind by the annotation, a bound by the name, which means the same in
every function.
"""

from __future__ import annotations

import functools
import inspect
import numbers
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.languages import check_language
from pilotsim.base.messages import Message

__all__ = ["check_argument", "checks_arguments", "refused"]

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
    "draws": (lambda number: number >= 2, Message("2 draws or more")),
    "rounds": (lambda number: number >= 1, Message("a whole number, 1 or more")),
    "owner_allows": (lambda number: number >= 1, Message("a whole number, 1 or more")),
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
    **dict.fromkeys(
        ("Callable", "Note", "OnProgress", "Progress", "Recall"), (callable, Message("a function"))
    ),
    # Words are a sequence of letters, which nobody means.
    "Sequence": (
        lambda value: isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping),
        Message("a list"),
    ),
    "None": (lambda value: value is None, Message("None")),
}
# The annotation of what holds others by name: `Mapping[str, Flow]` holds flows.
_BY_NAME = "Mapping"
# Annotations that are classes of the packages above this one.
_CLASSES = (
    "AskedPrices",
    "Balance",
    "BuiltInOptions",
    "Check",
    "ComparedPlan",
    "CountsMapping",
    "EffectPath",
    "EventMapping",
    "ExecutionOptions",
    "Findings",
    "Flow",
    "FollowedPilot",
    "InformationValue",
    "Interaction",
    "Journeys",
    "KeptComparison",
    "LearnedFlow",
    "Measure",
    "MonthlyCounts",
    "PlanComparison",
    "PooledAnswers",
    "Portfolio",
    "PortfolioRun",
    "Problem",
    "RegisterView",
    "Selection",
    "SensitivityResult",
    "SeveralArmsAnalysis",
    "Solution",
    "Study",
    "StudyRun",
    "SurrogateQuality",
    "Text",
    "Validation",
)
# Which public function returns what an argument of a class is to be.
_COME_FROM = {
    "Check": "check_targets",
    "Findings": "analyse",
    "Flow": "read_flow",
    "FollowedPilot": "follow",
    "InformationValue": "value",
    "Journeys": "simulate",
    "LearnedFlow": "learn",
    "MonthlyCounts": "read_counts",
    "PlanComparison": "compare",
    "PooledAnswers": "pool",
    "Portfolio": "read_portfolio",
    "PortfolioRun": "portfolio",
    "Problem": "read_problem",
    "Solution": "solve",
    "Study": "read_study",
    "StudyRun": "open_run",
    "Validation": "validate",
}
# Between the members of a union, not within one.
_BETWEEN = re.compile(r" \| (?![^\[]*\])")
# Annotations that leave open what a value must be: what it can do shows when it is used.
_OPEN = ("Any", "Axes", "Floats", "Workers", "object")


def checks_arguments(function: Callable[P, R]) -> Callable[P, R]:
    """Return a function that refuses arguments of the wrong kind or out of bounds.

    What an annotation leaves open (any object) is not looked at, nor what a list holds. Whole
    numbers of numpy, of whatever size, are handed on as Python's own.

    Raises
    ------
    RequestError
        By the new function, when it is called: which argument, what was expected, what was found;
        or which argument is missing, or is none of its.
    """
    signature = inspect.signature(function)
    annotations = {name: str(one.annotation) for name, one in signature.parameters.items()}

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        bound = _bound(function.__name__, signature, args, kwargs)
        for name, value in bound.arguments.items():
            _check_kind(name, value, annotations[name])
            if value is not None:
                check_argument(name, value)
            if name in _BOUNDS and value is not None:
                bound.arguments[name] = int(value)
        return function(*bound.args, **bound.kwargs)

    return checked


def _bound(
    called: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Return the arguments of a call by name; refuse one that does not fit the function."""
    known = signature.parameters
    takes_any = any(one.kind is one.VAR_KEYWORD for one in known.values())
    for name in kwargs:
        if name not in known and not takes_any:
            raise RequestError(
                Message(
                    "{function} has no argument '{name}'{meant}",
                    function=called,
                    name=name,
                    meant=did_you_mean(name, known),
                )
            )
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:
        raise RequestError(
            Message(
                "{function} is called as {function}{signature}",
                function=called,
                signature=f"({', '.join(_as_called(known.values()))})",
            )
        ) from None


def _as_called(parameters: Iterable[inspect.Parameter]) -> Iterator[str]:
    """Yield the arguments of a function as they are given: those by name alone behind a star."""
    has_star = False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not has_star:
            has_star = True
            yield "*"
        stars = "**" if one.kind is one.VAR_KEYWORD else ""
        stars = "*" if one.kind is one.VAR_POSITIONAL else stars
        has_star = has_star or one.kind is one.VAR_POSITIONAL
        default = "..." if callable(one.default) else repr(one.default)
        yield f"{stars}{one.name}" + ("" if one.default is one.empty else f"={default}")


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
            raise refused(name, wanted, value)
    if name == "language" and isinstance(value, str):
        check_language(value)


def _check_kind(name: str, value: Any, annotation: str) -> None:
    kinds = [_without_members(kind) for kind in _BETWEEN.split(annotation)]
    if kinds[0].startswith(f"{_BY_NAME}["):
        _check_each(name, value, kinds)
        return
    if not all(kind in _KINDS or kind in _CLASSES or _is_by_name(kind) for kind in kinds):
        return
    if any(_is_of(kind, value) for kind in kinds):
        return
    if name in _BOUNDS and isinstance(value, numbers.Number):
        raise refused(name, _KINDS["int"][1], value)
    if name in _BOUNDS:
        raise refused(name, _BOUNDS[name][1], value)
    raise refused(name, _wanted(kinds[0]), value)


def _without_members(kind: str) -> str:
    """Return an annotation without what is said of its members, but of those held by name."""
    return kind if _is_by_name(kind) else kind.partition("[")[0]


def _wanted(kind: str) -> Message:
    if kind in _KINDS:
        return _KINDS[kind][1]
    if kind in _COME_FROM:
        made_by = _COME_FROM[kind]
        return Message("a {kind}, as pilotsim.{function} returns it", kind=kind, function=made_by)
    return Message("a {kind}", kind=kind)


def _check_each(name: str, value: Any, kinds: list[str]) -> None:
    """Check what is held by name, of `Mapping[str, Flow]` or None: each is a flow."""
    if value is None and "None" in kinds:
        return
    held = kinds[0].removesuffix("]").split(", ")[-1]
    if not isinstance(value, Mapping):
        raise refused(name, Message("a {kind}", kind="dict"), value)
    for key, one in value.items():
        _check_kind(f"{name}[{key!r}]", one, held)


def _is_by_name(kind: str) -> bool:
    return kind.startswith(_BY_NAME)


def _is_of(kind: str, value: Any) -> bool:
    if kind in _KINDS:
        return _KINDS[kind][0](value)
    if _is_by_name(kind):
        return isinstance(value, Mapping)
    # By name: this package stands below those whose classes they are.
    return any(one.__name__ == kind for one in type(value).__mro__)


def refused(name: str, wanted: Message, value: Any) -> RequestError:
    """Return the refusal of an argument: what was expected, and what was found.

    Parameters
    ----------
    name : str
        Of the argument.
    wanted : Message
        What it may be.
    value : object
        What was given.
    """
    found = repr(value)
    return RequestError(
        Message(
            "{name}: expected {wanted}; found {found}",
            name=name,
            wanted=wanted,
            found=found if len(found) <= 60 else type(value).__name__,
        )
    )
