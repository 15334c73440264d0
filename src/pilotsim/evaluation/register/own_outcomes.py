"""Outcomes of one's own: whether a month of a client counts, by a plain function of what it was.

A function gets what the register holds of a month, each 1 or 0, by the names of its arguments, and
gives 1 or 0. It is asked once for each combination, so that a register of any size takes no longer;
simulated registers and real ones are asked alike.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import get_args

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.plain_functions import check_plain
from pilotsim.model.fields import State
from pilotsim.model.own_code import MAX_ARGUMENTS, OUTCOME, REGISTERED, Registered, register_code

__all__ = ["MONTH", "own_outcome", "register_outcome", "work_out"]

# What a month of a client may be asked for: flags of the register, and each state.
MONTH: tuple[str, ...] = ("in_work", "on_assistance", *get_args(State))
TAKEN = (*MONTH, "amount")


def register_outcome(name: str, function: Callable[..., float]) -> Callable[..., float]:
    """Let inquiries of evaluations ask for an outcome of one's own; return its function.

    Parameters
    ----------
    name : str
        As an inquiry writes it after `outcome`.
    function : callable
        Of one to four of `in_work`, `on_assistance` and the states of the register, by their names:
        each 1 or 0 in a month. It gives 1 where the month counts, else 0. Plain Python, see
        `base.plain_functions`.

    Raises
    ------
    RequestError
        The function is not plain, asks for what no month has, or has the name of something else.
    """
    takes = check_plain(function)
    asked = tuple(inspect.signature(function).parameters)
    if name in TAKEN:
        raise RequestError(Message("'{name}' is an outcome of the register itself", name=name))
    if not 1 <= takes <= MAX_ARGUMENTS:
        raise RequestError(
            Message(
                "the outcome '{name}' asks for {count} things of a month; expected 1 to {most}",
                name=name,
                count=takes,
                most=MAX_ARGUMENTS,
            )
        )
    for one in asked:
        if one not in MONTH:
            raise RequestError(
                Message(
                    "the outcome '{name}': a month has no '{found}'{meant}; it has {known}",
                    name=name,
                    found=one,
                    meant=did_you_mean(one, MONTH),
                    known=", ".join(MONTH),
                )
            )
    register_code(name, OUTCOME, (function,), asked, takes=takes)
    return function


def own_outcome(name: str) -> Registered | None:
    """Return what is registered as an outcome under a name; None for none.

    Parameters
    ----------
    name : str
        As an inquiry writes it.
    """
    found = REGISTERED.get(name)
    return found if found is not None and found.kind == OUTCOME else None


def work_out(own: Registered, months: Sequence[Floats]) -> Floats:
    """Return an outcome of one's own, of the shape of what it asks for; NaN where any is missing.

    Parameters
    ----------
    own : Registered
        The outcome.
    months : sequence of ndarray of float
        What it asks for, in this order: 1, 0 or NaN.

    Raises
    ------
    RequestError
        Its function gives something else than 1 or 0.
    """
    which = np.zeros(months[0].shape, np.int64)
    is_known = np.ones(months[0].shape, np.bool_)
    for k, values in enumerate(months):
        is_known &= ~np.isnan(values)
        which += (values == 1.0).astype(np.int64) << k
    counts = np.full(1 << len(months), np.nan)
    for combination in np.unique(which[is_known]).tolist():
        counts[combination] = _of_month(own, [combination >> k & 1 for k in range(len(months))])
    return np.where(is_known, counts[which], np.nan)


def _of_month(own: Registered, given: Sequence[int]) -> float:
    try:
        found = float(own.functions[0](*given))
    except (ArithmeticError, ValueError):
        found = np.nan
    if found not in (0.0, 1.0):
        said = [f"{name} = {number}" for name, number in zip(own.constants, given, strict=True)]
        raise RequestError(
            Message(
                "the outcome '{name}' gives neither 1 nor 0 for {month}",
                name=own.name,
                month=", ".join(said),
            )
        )
    return found
