"""The register of checks: what files, plans and documentation read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal

from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck
from pilotsim.evaluation.designs import DataStrategy
from pilotsim.evaluation.options import OptionType, check_options, options_of
from pilotsim.evaluation.strategy import Strategy, StrategySample


@dataclass(frozen=True)
class CheckRequest:
    """What a check may look at.

    Parameters
    ----------
    sample : StrategySample
        The clients in either arm.
    strategy : Strategy
        The answer that decides.
    covariates : tuple of str
        Traits that the arms are compared in.
    is_lottery : bool
        Whether the arms were drawn by lot.
    rule : DataStrategy or None
        Who is offered the programme when, as the plan has it.
    options : mapping
        The options of the check.
    """

    sample: StrategySample
    strategy: Strategy
    covariates: tuple[str, ...] = ()
    is_lottery: bool = False
    rule: DataStrategy | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


LooksAt = Literal["outcome", "lost", "traits"]
CheckAdapter = Callable[[CheckRequest], AssumptionCheck]
_REGISTERED: dict[str, RegisteredCheck] = {}


@dataclass(frozen=True)
class RegisteredCheck:
    """A check that files and plans can name.

    Parameters
    ----------
    name : str
        Its name in files.
    run : callable
        From a request to what it found.
    asks : Message
        The question it answers.
    uses : tuple of callable
        The functions of `pilotsim.effects` that do the work.
    options : mapping of str to OptionType
        What its options are, and what each may be.
    looks_at : {"outcome", "lost", "traits"}
        What its numbers tell of: who has the outcome, who is lost, or traits from before.
    """

    name: str
    run: CheckAdapter
    asks: Message
    uses: tuple[Callable[..., Any], ...]
    options: Mapping[str, OptionType]
    looks_at: LooksAt = "outcome"


def check(
    name: str,
    *uses: Callable[..., Any],
    asks: Message,
    options: tuple[str, ...] = (),
    sets: tuple[str, ...] = (),
    looks_at: LooksAt = "outcome",
) -> Callable[[CheckAdapter], CheckAdapter]:
    """Return a decorator that registers a check.

    Parameters
    ----------
    name, asks, looks_at
        As in `RegisteredCheck`.
    *uses : callable
        The functions of `pilotsim.effects` that it hands arrays to.
    options : tuple of str
        Options that the check itself reads, beside those of the functions.
    sets : tuple of str
        Options of the functions that the check sets, and a file cannot.
    """

    def register(adapter: CheckAdapter) -> CheckAdapter:
        if name in _REGISTERED:
            raise ValueError(f"check '{name}' is registered twice")
        _REGISTERED[name] = RegisteredCheck(
            name, adapter, asks, uses, options_of(uses, options, sets), looks_at
        )
        return adapter

    return register


@cache
def known_checks() -> Mapping[str, RegisteredCheck]:
    """Return all checks by name, in the order in which they are registered."""
    import_module(f"{__name__.rpartition('.')[0]}.assumptions")
    return MappingProxyType(_REGISTERED)


def check_names(checks: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse checks that are not known, and options that they have not or cannot take.

    Raises
    ------
    RequestError
        Names the first, and what was probably meant.
    """
    for name, options in checks.items():
        check_options(name, find_check(name).options, options)


def find_check(name: str) -> RegisteredCheck:
    """Return a check by its name.

    Raises
    ------
    RequestError
        There is none; the message names the nearest.
    """
    known = known_checks()
    if name not in known:
        raise RequestError(
            Message("no check '{name}'{meant}", name=name, meant=did_you_mean(name, known))
        )
    return known[name]


def run_check(name: str, request: CheckRequest) -> AssumptionCheck:
    """Return what a check found; one that could not be made has no verdict, and says why."""
    try:
        return find_check(name).run(request)
    except (EstimationError, RequestError) as fault:
        return AssumptionCheck(name, None, math.nan, fault.message)
