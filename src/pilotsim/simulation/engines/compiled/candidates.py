"""The compiled engine's candidates: whom a stage may draw at this moment, as a heap.

What they are ordered by stands in the heap as well: the discipline's key, and waiting since. A
client may be a candidate of several stages, with another order in each.
"""

from __future__ import annotations

from pilotsim.simulation.engines.compiled.jit import compiled, inlined
from pilotsim.simulation.engines.compiled.state import State
from pilotsim.simulation.engines.compiled.tables import Tables


@inlined
def is_before(
    state: State, column: int, order: float, since: float, client: int, place: int
) -> bool:
    """Tell whether a candidate is before the one that stands at a place."""
    if order != state.candidate_order[column, place]:
        return order < state.candidate_order[column, place]
    if since != state.candidate_since[column, place]:
        return since < state.candidate_since[column, place]
    return client < state.candidate[column, place]


@inlined
def move_candidate(state: State, column: int, place: int, to: int) -> None:
    """Move a candidate from one place to another."""
    state.candidate[column, to] = state.candidate[column, place]
    state.candidate_order[column, to] = state.candidate_order[column, place]
    state.candidate_since[column, to] = state.candidate_since[column, place]


@inlined
def put_candidate(
    state: State, column: int, order: float, since: float, client: int, place: int
) -> None:
    """Put a candidate in a place, or above it where it belongs."""
    while place > 0:
        above = (place - 1) >> 1
        if not is_before(state, column, order, since, client, above):
            break
        move_candidate(state, column, above, place)
        place = above
    state.candidate[column, place] = client
    state.candidate_order[column, place] = order
    state.candidate_since[column, place] = since


@compiled
def push_candidate(
    flow: Tables, state: State, stage: int, client: int, order: float, since: float
) -> None:
    """Add a candidate to a stage's heap."""
    state.candidates[stage] += 1
    put_candidate(
        state, flow.stage_draw_column[stage], order, since, client, state.candidates[stage] - 1
    )


@compiled
def pop_candidate(flow: Tables, state: State, stage: int, place: int) -> None:
    """Take a candidate out of a stage's heap.

    The last one takes its place, and sinks or rises to where it belongs.
    """
    state.candidates[stage] -= 1
    column = flow.stage_draw_column[stage]
    size = state.candidates[stage]
    if place == size:
        return
    client = state.candidate[column, size]
    order = state.candidate_order[column, size]
    since = state.candidate_since[column, size]
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size:
            right = state.candidate[column, below + 1]
            right_order = state.candidate_order[column, below + 1]
            right_since = state.candidate_since[column, below + 1]
            below += int(is_before(state, column, right_order, right_since, right, below))
        if is_before(state, column, order, since, client, below):
            break
        move_candidate(state, column, below, place)
        place = below
    put_candidate(state, column, order, since, client, place)


@compiled
def remove_candidate(flow: Tables, state: State, client: int) -> None:
    """Take a client that was drawn off all lists of candidates."""
    for k in range(len(flow.drawing)):
        stage = flow.drawing[k]
        for place in range(state.candidates[stage]):
            if state.candidate[flow.stage_draw_column[stage], place] == client:
                pop_candidate(flow, state, stage, place)
                break
