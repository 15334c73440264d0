"""The compiled engine's reading of values: changes at dates, factors by trait, lengths."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pilotsim.model.distributions import points
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.jit import call_address, compiled, inlined, shared
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.flow_columns import POINTS

if TYPE_CHECKING:
    from pilotsim.simulation.engines.compiled.state import Clients

quantile_at_points = shared(points.quantile_at_points)
length_biased_quantile_at_points = shared(points.length_biased_quantile_at_points)


@inlined
def timeline_at(flow: Tables, values: FloatColumn, line: int, time: float) -> float:
    """Return what a value is at a time."""
    k = flow.timeline_from[line + 1] - 1
    while k > flow.timeline_from[line] and flow.timeline_time[k] > time:
        k -= 1
    return values[flow.timeline_slot[k]]


@compiled
def factor_of(
    flow: Tables, values: FloatColumn, clients: Clients, client: int, factors: int
) -> float:
    """Return `population.client_factor` of a list of factors; 1 for no list."""
    product = 1.0
    exponent = 0.0
    if factors < 0:
        return product
    for k in range(flow.factors_from[factors], flow.factors_from[factors + 1]):
        trait = clients.traits[client, flow.factor_trait[k]]
        if flow.factor_slot[k] < 0:
            slot = flow.category_slot[flow.factor_category[k] + int(trait)]
            product *= values[slot] if slot >= 0 else 1.0
        else:
            base = values[flow.factor_slot[k]]
            if trait == 1.0 or (base == 0.0 and trait > 0.0):
                product *= base
            elif trait != 0.0 and base != 0.0:
                exponent += trait * math.log(base)
    return product if exponent == 0.0 else product * math.exp(exponent)


@compiled
def draw_duration(flow: Tables, values: FloatColumn, which: int, u: float) -> float:
    """Return a client's duration from its uniform number: `population.draw_duration`."""
    if flow.length_slowest[which] >= 0:
        parts = values[flow.length_slowest[which]]
        u = u ** (1.0 / parts) if parts > 0.0 else 0.5
    if flow.length_form[which] == POINTS:
        return quantile_at_points(
            flow.point_at, flow.point_slot, values, flow.length_from[which], u
        )
    return call_law(flow, values, which, flow.law_quantile[flow.length_law[which]], u)


@compiled
def draw_residual(flow: Tables, values: FloatColumn, which: int, u: float, v: float) -> float:
    """Return what is left of a length in mid-stay: `population.draw_residual`."""
    if flow.length_form[which] == POINTS:
        first = flow.length_from[which]
        last = flow.length_from[which + 1]
        return v * length_biased_quantile_at_points(
            flow.point_at, flow.point_slot, values, first, last, u
        )
    return v * call_law(
        flow, values, which, flow.law_length_biased_quantile[flow.length_law[which]], u
    )


@inlined
def call_law(flow: Tables, values: FloatColumn, which: int, function: int, u: float) -> float:
    """Call a function of a length's family by its address."""
    a = values[flow.length_slots[which, 0]]
    if flow.length_slots[which, 1] < 0:
        return call_address(function, (a, u))
    b = values[flow.length_slots[which, 1]]
    if flow.length_slots[which, 2] < 0:
        return call_address(function, (a, b, u))
    return call_address(function, (a, b, values[flow.length_slots[which, 2]], u))
