"""What options of answers and checks may be: their types and bounds, held when a file is read.

The type of an option is that of the parameter it is handed to; what only an adapter reads, and all
bounds, stand here by name. So a file with an option that nothing can be made of is refused before
there are any data, and never gives a number.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message, either
from pilotsim.effects.checks.proportional_hazards import CLOCKS
from pilotsim.evaluation.register.panel import STATES

Kind = Literal["flag", "whole", "number", "word", "words", "text"]
# With fewer draws no p-value is below 5 %, whatever the data.
FEWEST_DRAWS = 19
# The least positive number, for what must be more than 0.
_ABOVE_0 = math.ulp(0.0)


@dataclass(frozen=True)
class OptionType:
    """What an option may be.

    Parameters
    ----------
    kind : {"flag", "whole", "number", "word", "words", "text"}
        True or false, a whole number, a number, one of `words`, a list of them, or any text.
    words : tuple of str
        What a word may be.
    least, most : float
        Between which a number must lie.
    may_be_none : bool
        Whether it may be left to the estimator (null).
    """

    kind: Kind
    words: tuple[str, ...] = ()
    least: float = -math.inf
    most: float = math.inf
    may_be_none: bool = False

    def check(self, owner: str, name: str, value: Any) -> None:
        """Refuse a value that the option cannot take.

        Parameters
        ----------
        owner, name : str
            Whose option it is, and what it is called; for the message.
        value : object
            As a file holds it.

        Raises
        ------
        RequestError
            Says what was expected, and what was probably meant.
        """
        if self._fits(value) or (value is None and self.may_be_none):
            return
        found = [value] if not isinstance(value, list | tuple) else value
        strange = next((one for one in found if one not in self.words), value)
        raise RequestError(
            Message(
                "{owner}: the option '{name}': expected {expected}; found '{found}'{meant}",
                owner=owner,
                name=name,
                expected=self._expected(),
                found=strange,
                meant=did_you_mean(str(strange), self.words) if self.words else "",
            )
        )

    def _fits(self, value: Any) -> bool:
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "text":
            return isinstance(value, str)
        if self.kind == "word":
            return isinstance(value, str) and value in self.words
        if self.kind == "words":
            return isinstance(value, list | tuple) and all(one in self.words for one in value)
        allowed = int if self.kind == "whole" else int | float
        is_number = isinstance(value, allowed) and not isinstance(value, bool)
        return is_number and math.isfinite(value) and self.least <= value <= self.most

    def _expected(self) -> Message:
        if self.kind == "flag":
            return Message("true or false")
        if self.kind == "text":
            return Message("a name")
        if self.kind == "word":
            return Message("one of {names}", names=either(self.words))
        if self.kind == "words":
            return Message("a list of {names}", names=either(self.words))
        least = f"{self.least:g}"
        if self.most < math.inf:
            return Message("a number from {least} to {most}", least=least, most=f"{self.most:g}")
        if self.least == _ABOVE_0:
            return Message("a number above 0")
        if self.kind == "whole":
            return Message("a whole number, {least} or more", least=least)
        return Message("a number")


_DISTRICT_OR_CLIENT = OptionType("word", ("client", "district"))
_MONTHS = OptionType("whole", least=1)
# What adapters read themselves, and where a parameter's own type is wider than what a file can say.
OWN: Mapping[str, OptionType] = {
    "adjust": OptionType("flag"),
    "alone": OptionType("flag"),
    "before": _MONTHS,
    "by": _DISTRICT_OR_CLIENT,
    "clock": OptionType("word", tuple(CLOCKS)),
    "cluster": _DISTRICT_OR_CLIENT,
    "dates": _MONTHS,
    "exits": OptionType("words", STATES),
    "horizon": _MONTHS,
    "months": _MONTHS,
    "most": OptionType("number", least=0.0, most=1.0),
    "trait": OptionType("text"),
}
# The least and the most of parameters that are numbers.
BOUNDS: Mapping[str, tuple[float, float]] = {
    "anticipation": (0, math.inf),
    "bias_width": (_ABOVE_0, math.inf),
    "draws": (FEWEST_DRAWS, math.inf),
    "least": (0.0, 1.0),
    "level": (_ABOVE_0, 1.0),
    "limit": (-math.inf, math.inf),
    "matches": (1, math.inf),
    "placebos": (1, math.inf),
    "power": (_ABOVE_0, 1.0),
    "season": (0, math.inf),
    "seed": (0, math.inf),
    "skip": (0, math.inf),
    "times": (_ABOVE_0, math.inf),
    "width": (_ABOVE_0, math.inf),
}


def _own_option(name: str) -> OptionType:
    """Return what an option may be that an adapter reads itself.

    Raises
    ------
    ValueError
        Nothing says what it may be.
    """
    if name in OWN:
        return OWN[name]
    if name in BOUNDS:
        return _bounded(name, OptionType("number"))
    raise ValueError(f"option '{name}': say in {__name__} what it may be")


def options_of(
    functions: Sequence[Callable[..., Any]],
    own: Sequence[str] = (),
    sets: Sequence[str] = (),
) -> Mapping[str, OptionType]:
    """Return which options a file can give, and what each may be.

    Of the functions those that are neither arrays nor functions, nor the level, which is the
    file's own.

    Parameters
    ----------
    functions : sequence of callable
        What does the work.
    own : sequence of str
        Options that their caller reads itself, beside theirs.
    sets : sequence of str
        Options of theirs that the caller sets, and a file cannot.
    """
    found = {name: _own_option(name) for name in own}
    for function in functions:
        for one in inspect.signature(function).parameters.values():
            is_array = str(one.annotation).startswith(("ArrayLike", "Callable"))
            if one.kind is not one.KEYWORD_ONLY or is_array or one.name in ("level", *sets, *found):
                continue
            typed = OWN.get(one.name) or _bounded(one.name, _typed(function, one.name))
            found[one.name] = typed
    return found


def _bounded(name: str, option: OptionType) -> OptionType:
    if option.kind not in ("whole", "number"):
        return option
    if name not in BOUNDS:
        raise ValueError(f"option '{name}': say in {__name__} between what it may lie")
    least, most = BOUNDS[name]
    return replace(option, least=least, most=most)


@cache
def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    return get_type_hints(function)


def _typed(function: Callable[..., Any], name: str) -> OptionType:
    """Return what a parameter may be by its declared type."""
    hint = _hints(function)[name]
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    may_be_none = NoneType in parts
    hint = next(part for part in parts if part is not NoneType)
    kinds: Mapping[Any, Kind] = {bool: "flag", int: "whole", float: "number"}
    if get_origin(hint) is Literal:
        return OptionType("word", get_args(hint), may_be_none=may_be_none)
    if hint not in kinds:
        raise ValueError(f"option '{name}' of {function.__qualname__}: {hint} tells no file what")
    return OptionType(kinds[hint], may_be_none=may_be_none)


def check_options(owner: str, known: Mapping[str, OptionType], given: Mapping[str, Any]) -> None:
    """Refuse options that are not known, and values that they cannot take.

    Parameters
    ----------
    owner : str
        The estimator or the check, for messages.
    known : mapping of str to OptionType
        What it takes.
    given : mapping
        What a file says.

    Raises
    ------
    RequestError
        Names the first, and what was probably meant.
    """
    for name, value in given.items():
        if name not in known:
            raise RequestError(
                Message(
                    "{name}: no option '{option}'{meant}",
                    name=owner,
                    option=name,
                    meant=did_you_mean(name, known),
                )
            )
        known[name].check(owner, name, value)
