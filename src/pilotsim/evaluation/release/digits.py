"""Effects with the digits that are shown, so that tables, files and figures hold no others."""

from __future__ import annotations

import math
from dataclasses import replace

from pilotsim.effects.effect import Effect

# Shares are shown to a tenth of a percentage point, p-values to four digits.
SHARE_STEP, P_STEP = 0.001, 0.0001
MOST_DECIMALS = 6


def step_of(effect: Effect, *, is_share: bool) -> float:
    """Return the unit of the last digit with which an effect, and what stands beside it, is shown.

    Two digits of the error, and as many decimals of the estimate.
    """
    if is_share or effect.scale != "difference":
        return SHARE_STEP
    size = abs(effect.error) if effect.error > 0.0 else abs(effect.estimate)
    return 10.0 ** (math.floor(math.log10(size)) - 1) if size > 0.0 else 0.01


def to_digits(effect: Effect, *, is_share: bool) -> Effect:
    """Return an effect with the digits that are shown, so that a figure holds no others."""
    step = step_of(effect, is_share=is_share)
    return replace(
        effect,
        estimate=to_step(effect.estimate, step),
        error=to_step(effect.error, step),
        low=to_step(effect.low, step),
        high=to_step(effect.high, step),
        p=p_to_digits(effect.p),
    )


def decimals_of(value: float) -> int:
    """Return with how many decimals a number that was rounded to a step is written in full.

    Examples
    --------
    >>> decimals_of(-1400.0), decimals_of(-9.7), decimals_of(0.25)
    (0, 1, 2)
    """
    if not math.isfinite(value):
        return 0
    return next((k for k in range(MOST_DECIMALS) if round(value, k) == value), MOST_DECIMALS)


def to_step(value: float, step: float) -> float:
    """Return a number rounded to a step; what is not finite as it is."""
    if not math.isfinite(value):
        return value
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return round(round(value / step) * step, digits)


def p_to_digits(p: float) -> float:
    """Return a p-value with the digits that are shown, never 0."""
    return p if math.isnan(p) else max(round(p, 4), P_STEP)
