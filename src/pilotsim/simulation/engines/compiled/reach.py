"""Which stages the clients of a group can come to."""

from __future__ import annotations

from pilotsim.simulation.flow_columns import FlowColumns


def stages_by_itself(flow: FlowColumns, group: int) -> set[int]:
    """Return every stage that a client of a group can come to without being drawn."""
    home = int(flow.group_home[group])
    places = flow.place_stage[flow.group_places_from[group] : flow.group_places_from[group + 1]]
    instead = int(flow.group_deterred_to[group])
    return _with_all_after(flow, home, {home, instead, *(int(stage) for stage in places)} - {-1})


def stages_of(flow: FlowColumns, group: int) -> set[int]:
    """Return every stage that a client of a group can come to."""
    found = stages_by_itself(flow, group)
    while True:
        drawn = {
            stage for stage in range(len(flow.stage_waits)) if draws(flow, stage, found, group)
        }
        if drawn <= found:
            return found
        found = _with_all_after(flow, int(flow.group_home[group]), found | drawn)


def draws(flow: FlowColumns, stage: int, others: set[int], group: int) -> bool:
    """Tell whether a stage draws clients of a group out of any of some others."""
    return bool(flow.draws_group[stage, group]) and any(
        flow.draws_from[stage, other] for other in others
    )


def _with_all_after(flow: FlowColumns, home: int, stages: set[int]) -> set[int]:
    """Return stages with all that clients of a home come to from there."""
    found = set[int]()
    new = set(stages)
    while new:
        stage = new.pop()
        found.add(stage)
        new |= {home if to < 0 else to for to in _ways_on(flow, stage)} - found
    return found


def _ways_on(flow: FlowColumns, stage: int) -> set[int]:
    """Return where clients go from a stage, by routes, clocks, or because its queue is full.

    -1 for home.
    """
    routes = flow.route_to[flow.stage_routes_from[stage] : flow.stage_routes_from[stage + 1]]
    clocks = flow.clock_to[flow.clock_from[2 * stage] : flow.clock_from[2 * stage + 2]]
    turned_away = [flow.stage_else[stage]] if flow.stage_limit[stage] >= 0 else []
    put_off = [flow.stage_put_off_to[stage]] if flow.stage_puts_off[stage] else []
    return {int(to) for to in (*routes, *clocks, *turned_away, *put_off)}
