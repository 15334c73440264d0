"""The numbers of a run, drawn and worked out by compiled code, as by `parameters`, to the bit."""

from __future__ import annotations

import math

from pilotsim.base import counts, elementary, mixture
from pilotsim.base.arrays import Ints
from pilotsim.simulation.columns import (
    CodeColumn,
    Columns,
    FloatColumn,
    FloatRows,
    IntColumn,
    IntRows,
    column,
)
from pilotsim.simulation.engines.compiled.jit import compiled, entry, shared
from pilotsim.simulation.engines.compiled.random_numbers import uniform, word
from pilotsim.simulation.engines.compiled.structs import view_of
from pilotsim.simulation.number_columns import (
    ADD,
    AS_WRITTEN,
    CONSTANT,
    JOINT,
    MIXTURE,
    MULTIPLY,
    NEGATE,
    SUBTRACT,
    UNIFORM,
    VALUE,
    NumberColumns,
)
from pilotsim.simulation.parameters import ASSUMPTION, PLACE, STRATA, STRATUM

mixture_quantile = shared(mixture.mixture_quantile)
even_count = shared(counts.even_count)
triangular_count = shared(counts.triangular_count)
power = shared(elementary.power)
square_root = shared(elementary.square_root)
# Unsigned words, as the generator takes them.
OF_ASSUMPTION = word(ASSUMPTION)
OF_STRATUM = word(STRATUM)
OF_PLACE = word(PLACE)


class RunNumbers(Columns):
    """The numbers of some replications, and room to work them out."""

    replication: CodeColumn = column("Which replications these are.", over="replications")
    drawn: FloatRows = column(
        "By slot: drawn, or set for the run; NaN for what is to be worked out.",
        over="replications",
        width="values",
    )
    row: IntRows = column(
        "Which row of each part that is drawn together.", over="replications", width="joints"
    )
    settled: FloatRows = column(
        "By slot: what the run goes by.", over="replications", width="values"
    )
    faulty: IntColumn = column(
        "The follower whose sum comes to no number that it may be; -1 for none.",
        over="replications",
    )
    stack: FloatColumn = column("What a sum still has to join.", over="depth")


view_number_columns, pack_number_columns = view_of(NumberColumns, is_read_only=True)
view_run_numbers, pack_run_numbers = view_of(RunNumbers)


@compiled
def row_of(flow: NumberColumns, part: int, seed: int, replication: int) -> int:
    """Return the row that a replication takes: `parameters.draw_posterior_rows`."""
    purpose = flow.joint_purpose[part]
    block = replication // STRATA
    own = replication % STRATA
    mine = uniform(seed, block, OF_STRATUM, own, purpose, 0)
    stratum = 0
    for k in range(STRATA):
        chance = uniform(seed, block, OF_STRATUM, k, purpose, 0)
        if chance < mine or (chance == mine and k < own):
            stratum += 1
    within = uniform(seed, replication, OF_PLACE, 0, purpose, 0)
    count = flow.joint_rows[part]
    return min(count - 1, int((float(stratum) + within) / STRATA * count))


@compiled
def quantile_of(flow: NumberColumns, slot: int, u: float) -> float:
    """Return the quantile of an assumption with a range of its own."""
    if flow.shape[slot] == MIXTURE:
        which = flow.of[slot]
        first = flow.mixture_from[which]
        last = flow.mixture_from[which + 1]
        found = mixture_quantile(flow.weight, flow.mean, flow.sd, first, last, u)
        return max(flow.mixture_least[which], found)
    low = flow.low[slot]
    high = flow.high[slot]
    value = flow.written[slot]
    if flow.is_count[slot]:
        if flow.shape[slot] == UNIFORM:
            return even_count(u, low, high)
        return triangular_count(u, low, value, high)
    width = high - low
    if flow.shape[slot] == UNIFORM:
        return low + width * u
    rise = value - low
    if u * width < rise:
        return low + square_root(u * width * rise)
    return high - square_root((1 - u) * width * (high - value))


@compiled
def draw(
    flow: NumberColumns, seed: int, replication: int, drawn: FloatColumn, rows: IntColumn
) -> None:
    """Draw the numbers of a run, and note which rows it took: `parameters.draw_numbers`."""
    for slot in range(len(flow.written)):
        if flow.shape[slot] == AS_WRITTEN:
            drawn[slot] = flow.written[slot]
        elif flow.shape[slot] != JOINT:
            u = uniform(seed, replication, OF_ASSUMPTION, 0, flow.purpose[slot], 0)
            found = quantile_of(flow, slot, u)
            drawn[slot] = math.floor(found + 0.5) if flow.is_count[slot] else found
    for part in range(len(flow.joint_rows)):
        rows[part] = row_of(flow, part, seed, replication)
        begins = flow.joint_from[part] + rows[part] * flow.joint_width[part]
        for slot in range(len(flow.written)):
            if flow.shape[slot] == JOINT and flow.of[slot] == part:
                drawn[slot] = flow.joint_number[begins + flow.place[slot]]


@compiled
def sum_of(flow: NumberColumns, which: int, numbers: FloatColumn, stack: FloatColumn) -> float:
    """Return what the sum of a follower comes to."""
    top = -1
    for k in range(flow.step_from[which], flow.step_from[which + 1]):
        step = flow.step[k]
        if step == CONSTANT:
            top += 1
            stack[top] = flow.step_number[k]
        elif step == VALUE:
            top += 1
            stack[top] = numbers[flow.step_value[k]]
        elif step == NEGATE:
            stack[top] = -stack[top]
        else:
            top -= 1
            left = stack[top]
            right = stack[top + 1]
            if step == ADD:
                stack[top] = left + right
            elif step == SUBTRACT:
                stack[top] = left - right
            elif step == MULTIPLY:
                stack[top] = left * right
            else:
                stack[top] = left / right
    return stack[0]


@compiled
def settle(
    flow: NumberColumns, drawn: FloatColumn, settled: FloatColumn, stack: FloatColumn
) -> int:
    """Work out what a run goes by: `parameters.settle`; return the follower at fault, or -1."""
    for slot in range(len(flow.written)):
        settled[slot] = drawn[slot]
    for k in range(len(flow.raised)):
        exponent = drawn[flow.power[k]]
        if exponent != 1.0:
            settled[flow.raised[k]] = power(drawn[flow.raised[k]], exponent)
    for k in range(len(flow.scaled)):
        slot = flow.scaled[k]
        found = settled[slot] * drawn[flow.scale[k]]
        settled[slot] = math.floor(found + 0.5) if flow.is_count[slot] else found
    for k in range(len(flow.follower)):
        slot = flow.follower[k]
        if not math.isnan(settled[slot]):
            continue
        found = sum_of(flow, k, settled, stack)
        if not (math.isfinite(found) and flow.at_least[k] <= found <= flow.at_most[k]):
            return k
        found = min(max(found, flow.least[k]), flow.most[k])
        settled[slot] = math.floor(found + 0.5) if flow.is_count[slot] else found
    return -1


# What Python calls. The arguments are rows of addresses of records of columns, see `structs`.


@entry
def draw_numbers(flow: Ints, numbers: Ints, seed: int) -> None:
    """Draw the numbers of each replication."""
    columns = view_number_columns(flow)
    own = view_run_numbers(numbers)
    for k in range(len(own.replication)):
        draw(columns, seed, own.replication[k], own.drawn[k], own.row[k])


@entry
def settle_numbers(flow: Ints, numbers: Ints) -> None:
    """Work out what each replication goes by from what was drawn and set."""
    columns = view_number_columns(flow)
    own = view_run_numbers(numbers)
    for k in range(len(own.replication)):
        own.faulty[k] = settle(columns, own.drawn[k], own.settled[k], own.stack)
