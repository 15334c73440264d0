"""Whether a library gives the same answer as the program, on the data of a real register.

Most estimators are our own, since they are asked for thousands of times. On a
register each answer is asked for once; so a well-kept library is asked as well, and an answer that
the two do not agree on is not given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.errors import OF_THE_MACHINE
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.references.second_fit import Reference, silent
from pilotsim.evaluation.estimators import WITHOUT_REFERENCE, find_estimator
from pilotsim.evaluation.strategy import Strategy, StrategySample

# Of more digits two floating-point results say nothing.
MOST_DIGITS = 12
# Two numbers this near are the same zero.
ROUNDING = 1e-11
FAILED = Message("the library could not work on these data")


@dataclass(frozen=True)
class Agreement:
    """What came of asking a library for the same answer.

    Parameters
    ----------
    says : Message
        For a reader.
    agrees : bool or None
        Whether both agree; None where no library was asked, or it could not answer.
    digits : int or None
        To how many digits they agree.
    package, version, call : str
        Which library and model was asked; empty where nothing was.
    """

    says: Message
    agrees: bool | None
    digits: int | None = None
    package: str = ""
    version: str = ""
    call: str = ""


def find_reference(strategy: Strategy, sample: StrategySample) -> Reference | Message:
    """Return what a library says of a sample, or why none is asked."""
    found = find_estimator(strategy.estimator).reference
    if found is None:
        return WITHOUT_REFERENCE[strategy.estimator]
    try:
        with silent():
            return found(sample.among(strategy.estimand.traits), strategy)
    except OF_THE_MACHINE:
        raise
    # What a library raises on data that it cannot take is its own affair: any error, of any kind.
    except Exception:
        return FAILED


def compare_with_reference(
    strategy: Strategy, sample: StrategySample, effect: Effect
) -> tuple[Reference | None, Agreement]:
    """Return what a library says of a sample, and whether our own answer agrees with it.

    Parameters
    ----------
    strategy : Strategy
        How the effect was estimated.
    sample : StrategySample
        What it was estimated from.
    effect : Effect
        Our own answer.
    """
    found = find_reference(strategy, sample)
    if isinstance(found, Message):
        return None, _alone(found)
    return found, judge_agreement(effect, found)


def _alone(why: Message) -> Agreement:
    return Agreement(Message("worked out by the program alone: {why}", why=why), None)


def judge_agreement(effect: Effect, reference: Reference) -> Agreement:
    """Return whether our own answer agrees with that of a library, and to how many digits."""
    gap = gap_between(effect, reference)
    if math.isnan(gap):
        return _alone(FAILED)
    package, version, call = reference.package, reference.version, reference.call
    if gap > reference.tolerance:
        says = Message(
            "not shown: {library} ({call}) gets another number than the program from the same "
            "data, so that one of the two is wrong; use neither, and report it with the plan",
            library=package,
            call=call,
        )
        return Agreement(says, False, None, package, version, call)
    digits = min(MOST_DIGITS, math.floor(-math.log10(gap))) if gap > 0.0 else MOST_DIGITS
    parts = {"library": package, "version": version, "call": call, "digits": digits}
    if effect.scale == "test":
        says = Message(
            "also worked out with {library} {version} ({call}): the p-values agree to {digits} "
            "digits",
            **parts,
        )
    elif math.isnan(reference.error) or math.isnan(effect.error):
        says = Message(
            "also worked out with {library} {version} ({call}): the estimates agree to {digits} "
            "digits; the standard error is worked out by the program alone",
            **parts,
        )
    else:
        says = Message(
            "also worked out with {library} {version} ({call}): estimate and standard error agree "
            "to {digits} digits",
            **parts,
        )
    return Agreement(says, True, digits, package, version, call)


def gap_between(effect: Effect, reference: Reference) -> float:
    """Return how far apart two answers are, relative to their size; NaN where nothing is compared.

    An estimate is held against its size or its error, whichever is larger: two zeros that differ in
    rounding are the same.
    """
    if effect.scale == "test":
        return abs(effect.p - reference.p) / max(effect.p, reference.p, 1e-12)
    sizes = (effect.estimate, reference.estimate, effect.error, reference.error)
    size = float(np.nan_to_num(np.abs(sizes)).max())
    apart = abs(effect.estimate - reference.estimate)
    gap = apart / size if apart > ROUNDING else apart
    if math.isnan(reference.error) or math.isnan(effect.error):
        return gap
    return max(gap, abs(effect.error - reference.error) / max(effect.error, reference.error))
