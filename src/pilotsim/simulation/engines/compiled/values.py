"""The compiled engine's reading of values: changes at dates, factors by trait, lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pilotsim.base import elementary, ticks
from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.model.distributions import points
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.jit import compiled, inlined, shared
from pilotsim.simulation.engines.compiled.tables import (
    LENGTH_BIASED_QUANTILES,
    PREPARATIONS,
    QUANTILES,
    Tables,
)
from pilotsim.simulation.flow_columns import FAMILY, POINTS, UNIT

if TYPE_CHECKING:
    from pilotsim.simulation.engines.compiled.state import Clients

quantile_at_points = shared(points.quantile_at_points)
length_biased_quantile_at_points = shared(points.length_biased_quantile_at_points)
exp = shared(elementary.exp)
log = shared(elementary.log)
power = shared(elementary.power)
nearest_tick = shared(ticks.nearest_tick)
prepared_by = PREPARATIONS.call
quantile_by: Callable[..., float] = QUANTILES.call
length_biased_quantile_by: Callable[..., float] = LENGTH_BIASED_QUANTILES.call


@inlined
def to_ticks(days: float) -> float:
    """Return a time or a length in ticks: `ticks.to_ticks`."""
    return nearest_tick(days * TICKS_PER_DAY)


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
                exponent += trait * log(base)
    return product if exponent == 0.0 else product * exp(exponent)


@compiled
def draw_duration(flow: Tables, values: FloatColumn, which: int, u: float) -> float:
    """Return a client's duration from its uniform number: `population.draw_duration`."""
    if flow.length_slowest[which] >= 0:
        parts = values[flow.length_slowest[which]]
        u = power(u, 1.0 / parts) if parts > 0.0 else 0.5
    if flow.length_form[which] == POINTS:
        return quantile_at_points(
            flow.point_at, flow.point_slot, values, flow.length_from[which], u
        )
    at = flow.length_prepared[which]
    law = flow.law_quantile[flow.length_law[which]]
    return quantile_by(law, values[at], values[at + 1], values[at + 2], u)


@compiled
def draw_length_biased(flow: Tables, values: FloatColumn, which: int, u: float) -> float:
    """Return a duration drawn in proportion to its length: `population.draw_length_biased`."""
    if flow.length_form[which] == POINTS:
        first = flow.length_from[which]
        last = flow.length_from[which + 1]
        return length_biased_quantile_at_points(
            flow.point_at, flow.point_slot, values, first, last, u
        )
    at = flow.length_prepared[which]
    law = flow.law_length_biased_quantile[flow.length_law[which]]
    return length_biased_quantile_by(law, values[at], values[at + 1], values[at + 2], u)


@compiled
def prepare_lengths(flow: Tables, values: FloatColumn) -> None:
    """Work out, once for all clients, what the quantiles of families take."""
    for which in range(len(flow.length_form)):
        if flow.length_form[which] == FAMILY:
            at = flow.length_prepared[which]
            slot = flow.length_slots[which, 0]
            a = 1.0 if slot == UNIT else values[slot]
            b = 0.0
            c = 0.0
            if flow.length_slots[which, 1] >= 0:
                b = values[flow.length_slots[which, 1]]
            if flow.length_slots[which, 2] >= 0:
                c = values[flow.length_slots[which, 2]]
            prepare = flow.law_prepare[flow.length_law[which]]
            if prepare >= 0:
                a, b, c = prepared_by(prepare, a, b, c)
            values[at] = a
            values[at + 1] = b
            values[at + 2] = c
