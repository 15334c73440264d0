"""Effects of several districts or pilots put together: what they share, and how they differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.effects.effect import Effect, conclude

# Fewer effects than this tell nothing of how effects differ.
FEWEST = 2


@dataclass(frozen=True)
class PooledEffect:
    """Several effects put together.

    Parameters
    ----------
    overall : Effect
        The mean effect over places like these; random effects, by Hartung and Knapp.
    common : Effect
        The effect if it is the same everywhere: weighted by inverse variance.
    spread : float
        How far true effects lie apart between places, as a standard deviation.
    share : float
        The part of the differences between the estimates that is not chance (I squared).
    p_same : float
        How often estimates differ as much where the effect is the same everywhere.
    low, high : float
        Where the true effect of one more place like these lies, at the level of the interval; NaN
        with two places, which tell nothing of a third.
    weights, common_weights : tuple of float
        What part each effect has in `overall` and in `common`; each sums to 1.
    """

    overall: Effect
    common: Effect
    spread: float
    share: float
    p_same: float
    low: float
    high: float
    weights: tuple[float, ...] = ()
    common_weights: tuple[float, ...] = ()


def pool_effects(effects: Sequence[Effect], *, level: float = 0.95) -> PooledEffect:
    """Return several effects put together by random effects and by inverse variance.

    The effects are of the same inquiry, and of different clients. The spread between places is that
    of Paule and Mandel; the error that of Hartung and Knapp, Statistics in Medicine 20 (2001)
    3875-3889, with one degree of freedom less than there are places, never smaller than without
    it. The interval for one more place: Higgins, Thompson and Spiegelhalter, Journal of the Royal
    Statistical Society A 172 (2009) 137-159.

    Parameters
    ----------
    effects : sequence of Effect
        One for each place, each with an error.
    level : float
        Of the intervals.

    Raises
    ------
    EstimationError
        Fewer than two effects; one without an error; ratios and differences together.
    """
    if len(effects) < FEWEST:
        raise EstimationError(
            Message("pooling: two effects or more are needed, found {found}", found=len(effects))
        )
    if len({own.scale for own in effects}) > 1 or effects[0].scale == "test":
        raise EstimationError(
            Message("pooling: effects are counted in different things; pool differences or ratios")
        )
    errors = np.array([own.error for own in effects])
    if not (errors > 0.0).all():
        raise EstimationError(
            Message("pooling: an effect has no standard error, so its weight is not known")
        )
    from statsmodels.stats.meta_analysis import combine_effects

    estimates = np.array([own.estimate for own in effects])
    found = combine_effects(estimates, errors**2, method_re="iterated", use_t=True)
    places, between = len(effects), max(0.0, float(found.tau2))
    weights = 1.0 / (errors**2 + between)
    mean = float(weights @ estimates / weights.sum())
    plain = math.sqrt(1.0 / weights.sum())
    scatter = float(weights @ (estimates - mean) ** 2) / (places - 1)
    error = plain * max(1.0, math.sqrt(scatter))
    clients = sum(own.clients for own in effects)
    fixed = 1.0 / errors**2
    overall = conclude(
        "pooled",
        "mean effect over places",
        mean,
        error,
        clients=clients,
        clusters=places,
        freedom=places - 1.0,
        level=level,
        scale=effects[0].scale,
    )
    common = conclude(
        "pooled",
        "effect that is the same everywhere",
        float(fixed @ estimates / fixed.sum()),
        math.sqrt(1.0 / fixed.sum()),
        clients=clients,
        clusters=places,
        level=level,
        scale=effects[0].scale,
    )
    reach = math.nan
    if places > FEWEST:
        reach = critical_value(level, places - 2.0) * math.sqrt(between + error**2)
    homogeneity = float(found.q)
    return PooledEffect(
        overall,
        common,
        math.sqrt(between),
        max(0.0, 1.0 - (places - 1) / homogeneity) if homogeneity > 0.0 else 0.0,
        float(chdtrc(places - 1, homogeneity)),
        mean - reach,
        mean + reach,
        tuple((weights / weights.sum()).tolist()),
        tuple((fixed / fixed.sum()).tolist()),
    )
