"""Choices by the state of the run: which of a choice's conditions holds first, on a stack."""

from __future__ import annotations

import math
from collections.abc import Callable

from pilotsim.base.ticks import TICKS_PER_DAY
from pilotsim.model import conditions
from pilotsim.model.conditions import INSTRUCTIONS
from pilotsim.model.own_code import MAX_GIVEN
from pilotsim.simulation.engines.compiled.jit import compiled, shared
from pilotsim.simulation.engines.compiled.state import CULPRIT, FINE, NO_NUMBER, STATUS, State
from pilotsim.simulation.engines.compiled.tables import RULES, Tables
from pilotsim.simulation.flow_columns import NONE

share_in_use = shared(conditions.share_in_use)

# One number for each instruction, as compiled code wants them.
(
    NUMBER,
    WAITING,
    STARTED,
    THERE,
    FREE,
    HELD,
    USE,
    DAY,
    PLUS,
    MINUS,
    TIMES,
    MIN,
    MAX,
    LESS,
    AT_MOST,
    MORE,
    AT_LEAST,
    EQUAL,
    UNEQUAL,
    AND,
    OR,
    NOT,
    FUNCTION,
) = range(len(INSTRUCTIONS))
LAST_COUNT = DAY
rule_by: Callable[..., float] = RULES.call
TICKS_IN_A_DAY = int(TICKS_PER_DAY)


@compiled
def choose_by_state(flow: Tables, state: State, choice: int, now: float) -> int:
    """Return what the first condition of a choice that holds takes; `NONE` where none does."""
    for k in range(flow.choice_from[choice], flow.choice_from[choice + 1]):
        if holds(flow, state, flow.choice_condition[k], now):
            return flow.choice_taken[k]
    return NONE


@compiled
def holds(flow: Tables, state: State, condition: int, now: float) -> bool:
    """Tell whether a condition holds: `model.conditions.number_of`."""
    top = -1
    for k in range(flow.condition_from[condition], flow.condition_from[condition + 1]):
        what = flow.condition_what[k]
        if what <= LAST_COUNT:
            top += 1
            state.stack[top] = counted(flow, state, what, flow.condition_of[k], now)
        elif what == NOT:
            state.stack[top] = int(state.stack[top] == 0)
        elif what == FUNCTION:
            which = flow.condition_of[k]
            top += 1 - flow.function_takes[which]
            state.stack[top] = given(flow, state, which, top)
        else:
            top -= 1
            state.stack[top] = worked_out(what, state.stack[top], state.stack[top + 1])
    return state.stack[0] != 0


@compiled
def given(flow: Tables, state: State, which: int, first: int) -> int:
    """Return what a function of one's own gives: `model.own_code.call_registered`."""
    if state.counts[STATUS] != FINE:
        return 0  # What was asked last is still to be told.
    asked = state.asked
    for k in range(flow.function_takes[which]):
        asked[k] = float(state.stack[first + k])
    found = rule_by(flow.function_called[which], asked[0], asked[1], asked[2], asked[3])
    if abs(found) <= MAX_GIVEN and found == math.floor(found):
        return int(found)
    state.counts[STATUS] = NO_NUMBER
    state.counts[CULPRIT] = which
    return 0


@compiled
def counted(flow: Tables, state: State, what: int, of: int, now: float) -> int:
    """Return what there is of one of the things that conditions count: `Capacity.count`."""
    if what == NUMBER:
        return of
    if what == DAY:
        return int(now) // TICKS_IN_A_DAY
    if what <= THERE:
        waiting = state.queue_count[of] if flow.stage_waits[of] else 0
        if what == WAITING:
            return waiting
        return state.inside[of] - waiting if what == STARTED else state.inside[of]
    free = state.free[of]
    if what == FREE:
        return max(0, free)
    held = state.units[of] - free
    return held if what == HELD else share_in_use(held, state.units[of])


@compiled
def worked_out(what: int, a: int, b: int) -> int:
    """Return what two numbers come to: `model.conditions.WORKED_OUT`."""
    if what == PLUS:
        return a + b
    if what == MINUS:
        return a - b
    if what == TIMES:
        return a * b
    if what == MIN:
        return min(a, b)
    if what == MAX:
        return max(a, b)
    if what == LESS:
        return int(a < b)
    if what == AT_MOST:
        return int(a <= b)
    if what == MORE:
        return int(a > b)
    if what == AT_LEAST:
        return int(a >= b)
    if what == EQUAL:
        return int(a == b)
    if what == UNEQUAL:
        return int(a != b)
    if what == AND:
        return int(a != 0 and b != 0)
    return int(a != 0 or b != 0)
