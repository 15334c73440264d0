"""Placebos: dates on which nothing began, and outcomes that the programme cannot have moved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from pilotsim.base.amounts import Amount, PValue
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import AssumptionCheck, Effect
from pilotsim.effects.inference.multiple_testing import adjust_holm

T = TypeVar("T")


@dataclass(frozen=True)
class Placebos:
    """Effects where there should be none.

    Parameters
    ----------
    names : tuple of str
        The dates or outcomes.
    effects : tuple of Effect
        What was found at each.
    """

    names: tuple[str, ...]
    effects: tuple[Effect, ...]


def run_placebos(estimate: Callable[[T], Effect], where: Iterable[T]) -> Placebos:
    """Return what an estimator finds at dates, or for outcomes, where there should be nothing.

    Parameters
    ----------
    estimate : callable
        The effect as if the programme had begun at a date, or for an outcome.
    where : iterable
        Dates before the programme began, or outcomes fixed before it.

    Raises
    ------
    EstimationError
        The estimator cannot work at one of them; the message says at which.
    """
    places, effects = list(where), []
    for place in places:
        try:
            effects.append(estimate(place))
        except EstimationError as error:
            raise EstimationError(
                Message("placebo {place}: {why}", place=place, why=error.message)
            ) from error
    return Placebos(tuple(str(place) for place in places), tuple(effects))


def check_placebos(placebos: Placebos, *, level: float = 0.05) -> AssumptionCheck:
    """Return whether nothing was found where there should be nothing.

    The p-values allow for how often was looked (Holm 1979). The text says how large an effect the
    widest interval leaves open: a placebo test that sees little clears little.

    Raises
    ------
    EstimationError
        There are no placebos.
    """
    if not placebos.effects:
        raise EstimationError(
            Message(
                "placebos: there are none; more figures from before the programme, or another "
                "outcome, are needed"
            )
        )
    adjusted = adjust_holm([effect.p for effect in placebos.effects])
    worst = int(np.argmin(adjusted))
    open_to = max(max(abs(effect.low), abs(effect.high)) for effect in placebos.effects)
    text = Message(
        "Of {all} placebos {found} show an effect; the clearest is {name} with {estimate} "
        "(adjusted p {p:.2f}). Effects up to {open_to} are left open.",
        all=len(adjusted),
        found=sum(p < level for p in adjusted),
        name=placebos.names[worst],
        estimate=Amount(placebos.effects[worst].estimate),
        p=PValue(adjusted[worst]),
        open_to=Amount(open_to),
    )
    return AssumptionCheck("placebos", adjusted[worst] >= level, adjusted[worst], text, placebos)
