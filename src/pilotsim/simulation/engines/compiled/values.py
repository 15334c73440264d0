"""What the compiled engine reads of a flow's values: what changes at dates, factors by trait, drawn lengths."""

from __future__ import annotations

import math
from typing import Any

from pilotsim.model.distributions import points
from pilotsim.simulation.engines.compiled.jit import call_address, compiled, inlined, shared
from pilotsim.simulation.engines.compiled.tables import POINTS

quantile_at_points = shared(points.quantile_at_points)
length_biased_quantile_at_points = shared(points.length_biased_quantile_at_points)


@inlined
def line_at(t: Any, x: Any, line: int, time: float) -> float:
    """Return what a value is at a time."""
    k = t.line_from[line + 1] - 1
    while k > t.line_from[line] and t.line_time[k] > time:
        k -= 1
    return x[t.line_slot[k]]


@compiled
def factor_of(t: Any, x: Any, c: Any, client: int, factors: int) -> float:
    """Return `population.client_factor` of a list of factors; 1 for no list."""
    product = 1.0
    exponent = 0.0
    if factors < 0:
        return product
    for k in range(t.factors_from[factors], t.factors_from[factors + 1]):
        trait = c.traits[client, t.factor_trait[k]]
        if t.factor_slot[k] < 0:
            slot = t.category_slot[t.factor_category[k] + int(trait)]
            product *= x[slot] if slot >= 0 else 1.0
        else:
            base = x[t.factor_slot[k]]
            if trait == 1.0 or (base == 0.0 and trait > 0.0):
                product *= base
            elif trait != 0.0 and base != 0.0:
                exponent += trait * math.log(base)
    return product if exponent == 0.0 else product * math.exp(exponent)


@compiled
def draw_duration(t: Any, x: Any, which: int, u: float) -> float:
    """Return a client's duration from its uniform number: `population.draw_duration`."""
    if t.length_slowest[which] >= 0:
        parts = x[t.length_slowest[which]]
        u = u ** (1.0 / parts) if parts > 0.0 else 0.5
    if t.length_form[which] == POINTS:
        return quantile_at_points(t.point_at, t.point_slot, x, t.length_from[which], u)
    return call_law(t, x, which, t.length_quantile[which], u)


@compiled
def draw_residual(t: Any, x: Any, which: int, u: float, v: float) -> float:
    """Return what is left of a length in mid-stay: `population.draw_residual`."""
    if t.length_form[which] == POINTS:
        first = t.length_from[which]
        last = t.length_from[which + 1]
        return v * length_biased_quantile_at_points(t.point_at, t.point_slot, x, first, last, u)
    return v * call_law(t, x, which, t.length_biased_quantile[which], u)


@inlined
def call_law(t: Any, x: Any, which: int, function: int, u: float) -> float:
    """Call a function of a length's family, which lies at an address, with the parameters and `u`."""
    a = x[t.length_slots[which, 0]]
    if t.length_slots[which, 1] < 0:
        return call_address(function, (a, u))
    b = x[t.length_slots[which, 1]]
    if t.length_slots[which, 2] < 0:
        return call_address(function, (a, b, u))
    return call_address(function, (a, b, x[t.length_slots[which, 2]], u))
