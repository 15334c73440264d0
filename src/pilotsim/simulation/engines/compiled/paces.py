"""The compiled engine's paces that look at the state: services go on faster or slower by it."""

from __future__ import annotations

from pilotsim.simulation import clocks
from pilotsim.simulation.columns import FloatColumn
from pilotsim.simulation.engines.compiled.clocks import let_run, wind
from pilotsim.simulation.engines.compiled.conditions import choose_by_state
from pilotsim.simulation.engines.compiled.jit import compiled, shared
from pilotsim.simulation.engines.compiled.state import ENDS, LEFT, SINCE, Clients, State
from pilotsim.simulation.engines.compiled.tables import Tables
from pilotsim.simulation.engines.compiled.values import timeline_at
from pilotsim.simulation.engines.compiled.visits import end_at_steady_pace

work_left = shared(clocks.work_left)


@compiled
def change_paces(
    flow: Tables, values: FloatColumn, clients: Clients, state: State, now: float
) -> bool:
    """Let services go on at the pace of this state; tell whether any end is another by that."""
    changed = False
    for k in range(len(flow.paced)):
        stage = flow.paced[k]
        pace = pace_by_state(flow, values, state, stage, now)
        before = state.pace[stage]
        if pace == before:
            continue
        state.pace[stage] = pace
        client = state.queue_first[2 * len(flow.stage_length) + stage]
        while client >= 0:
            left = work_left(state.stay[client, LEFT], before, now - state.stay[client, SINCE])
            state.stay[client, LEFT] = left
            state.stay[client, SINCE] = now
            state.stay[client, ENDS] = end_at_steady_pace(now, left, pace)
            wind(flow, values, clients, state, client, now, -1)
            let_run(flow, values, clients, state, client, now, state.stay[client, ENDS])
            changed = True
            client = state.behind_in_queue[client]
    return changed


@compiled
def pace_by_state(flow: Tables, values: FloatColumn, state: State, stage: int, now: float) -> float:
    """Return how fast service goes on in a stage as things stand."""
    chosen = choose_by_state(flow, state, flow.stage_pace_choice[stage], now)
    if chosen >= 0:
        return timeline_at(flow, values, chosen, now)
    usual = flow.stage_usual_pace[stage]
    return values[usual] if usual >= 0 else 1.0
