"""A run that starts from a long run: the flow so long before, and what is kept of it.

The engines know nothing of it. They run the flow from so long before; those who are still on their
way at the start are its stock, in mid-stay, in queues and with their clocks half run. What they did
before the start stands in the journeys at negative times, and no measure counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.calendar import Calendar
from pilotsim.base.messages import Message
from pilotsim.base.ticks import on_ticks
from pilotsim.model.clients import PAST, Group
from pilotsim.model.flow import Flow, Memory
from pilotsim.model.long_run import anchored, length_in_days, start_of
from pilotsim.model.resources import Resource
from pilotsim.model.stages import Stage
from pilotsim.model.steady import ASSISTANCE
from pilotsim.simulation.journeys import COLUMNS, TIMES, Journeys, Runs
from pilotsim.simulation.population import Cohort
from pilotsim.simulation.resolved import ResolvedFlow


def designs_need_a_stock() -> str:
    """Return what to say where somebody is to be chosen among clients who are not known yet."""
    return Message(
        "a design chooses among the clients of the start; with 'starts_from' they are known only "
        "when the long run is over. Give the groups a stock"
    )


def long_flow(flow: Flow) -> Flow:
    """Return a flow as it runs from so long before its start; worked out once.

    Its values have the same slots. Schedules without a first date go back as far as it does, those
    of stages that draw do not: nobody may be offered the programme before the start.
    """
    found: Flow | None = flow.memory.get(long_flow)
    if found is None:
        found = flow.memory[long_flow] = _extend(flow)
    return found


def long_plans(plans: Sequence[ResolvedFlow]) -> list[ResolvedFlow]:
    """Return plans as they run from so long before the start, with the same numbers."""
    flow = long_flow(plans[0].flow)
    calendar = flow.memory.setdefault(Calendar, flow.make_calendar())
    return [ResolvedFlow(flow, plan.numbers, calendar) for plan in plans]


def _extend(flow: Flow) -> Flow:
    assert flow.starts_from is not None, "it starts from a long run"
    begins = start_of(flow.starts, flow.starts_from.long_run)
    calendar = Calendar(begins, flow.end, flow.calendar)
    lasts = length_in_days((flow.end - begins).days, flow.lasts.slot)
    longer = flow.model_copy(
        update={
            "starts": begins,
            "lasts": lasts,
            "warm_up": None,
            "starts_from": None,
            "groups": {k: _group(one, flow.starts, calendar) for k, one in flow.groups.items()},
            "resources": {
                k: _resource(one, flow.starts, calendar) for k, one in flow.resources.items()
            },
            "stages": {k: _stage(one, flow.starts, calendar) for k, one in flow.stages.items()},
        }
    )
    # A copy shares what is private: what is worked out from it is its own.
    longer._memory = Memory()
    return longer


def _group(group: Group, starts: date, calendar: Calendar) -> Group:
    offered = starts if group.offered_from is None else max(starts, group.offered_from)
    changes: dict[str, Any] = {"offered_from": offered}
    intake = group.intake
    if intake is not None and intake.first is None:
        first = anchored(intake.every, starts, calendar)
        changes["intake"] = intake.model_copy(update={"first": first})
    return group.model_copy(update=changes)


def _resource(resource: Resource, starts: date, calendar: Calendar) -> Resource:
    supply = resource.supply
    if supply is None or supply.first is not None:
        return resource
    first = anchored(supply.every, starts, calendar)
    return resource.model_copy(update={"supply": supply.model_copy(update={"first": first})})


def _stage(stage: Stage, starts: date, calendar: Calendar) -> Stage:
    opens = stage.opens
    if opens is None or opens.every is None or opens.first is not None:
        return stage
    draws = stage.draws_from is not None
    first = starts if draws else anchored(opens.every, starts, calendar)
    return stage.model_copy(update={"opens": opens.model_copy(update={"first": first})})


def start_from(journeys: Journeys, plans: Sequence[ResolvedFlow]) -> Journeys:
    """Return the journeys of a long run as those of the flow that starts where it ends.

    Who had come before and is still on the way is the stock; who had ended up where nobody ever
    leaves again is left out. Times count from the flow's start.

    Parameters
    ----------
    journeys : Journeys
        Of the long run, in one replication or in several.
    plans : sequence of ResolvedFlow
        The flow itself with the numbers of each replication.
    """
    plan = plans[0]
    before = float((plan.flow.starts - journeys.plan.flow.starts).days)
    is_kept = _still_there(journeys, before)
    numbered = np.cumsum(is_kept) - 1
    rows = is_kept[journeys.client]
    columns = {name: getattr(journeys, name)[rows] for name in COLUMNS}
    columns["client"] = numbered[columns["client"]].astype(np.int32)
    for name in TIMES:
        columns[name] = on_ticks(columns[name] - before)
    cohort = _cohort(journeys, is_kept, before)
    runs = None
    if journeys.runs is not None:
        counts = np.concatenate([[0], np.cumsum(is_kept)])
        runs = Runs(tuple(plans), counts[journeys.runs.first])
    return Journeys(plan, cohort, **columns, runs=runs)


def _still_there(journeys: Journeys, before: float) -> Bools:
    """Return who comes later, or is then where somebody may still leave, shape (clients,)."""
    flow = journeys.plan.flow
    drawn = {name for stage in flow.stages.values() for name in _drawn_from(stage)}
    ends = np.array(
        [
            stage.lasts is None and not stage.may_wait and not stage.risks and name not in drawn
            for name, stage in flow.stages.items()
        ]
    )
    there = (journeys.joined < before) & ~(journeys.finished < before)
    gone = np.zeros(len(journeys.cohort), np.bool_)
    gone[journeys.client[there & ends[journeys.stage]]] = True
    return ~gone


def _drawn_from(stage: Stage) -> Sequence[str]:
    return () if stage.draws_from is None else stage.draws_from.stages


def _cohort(journeys: Journeys, is_kept: Bools, before: float) -> Cohort:
    """Return the clients that are kept: who had come before is the stock, with a past."""
    old = journeys.cohort
    arrives = on_ticks(old.arrives - before)
    had_come = arrives < 0.0
    past = np.where(had_come, _on_assistance(journeys, before), 0.0)
    traits = {name: column[is_kept] for name, column in old.traits.items()}
    key, number = old.key[is_kept], old.number[is_kept]
    draws = old.draws
    if journeys.runs is None:
        draws = randomness.Draws(old.seed, old.replication, key, number)
    return replace(
        old,
        group=old.group[is_kept],
        origin=np.where(had_come, 0, old.origin)[is_kept].astype(old.origin.dtype),
        number=number,
        key=key,
        arrives=np.maximum(arrives, 0.0)[is_kept],
        past=past[is_kept],
        offered_from=(old.offered_from - before)[is_kept],
        traits={**traits, PAST: past[is_kept]},
        draws=draws,
    )


def _on_assistance(journeys: Journeys, before: float) -> Floats:
    """Return how long each client has then been on assistance without a break, shape (clients,)."""
    flow = journeys.plan.flow
    counts = np.array([stage.counts_as == ASSISTANCE for stage in flow.stages.values()])
    on = counts[journeys.stage]
    had_begun = journeys.joined < before
    first_of_spell = on & had_begun
    same = journeys.client[1:] == journeys.client[:-1]
    first_of_spell[1:] &= ~(same & on[:-1])
    since = np.full(len(journeys.cohort), before)
    # The last that began before: later ones of a client overwrite earlier ones.
    since[journeys.client[first_of_spell]] = journeys.joined[first_of_spell]
    there = had_begun & ~(journeys.finished < before) & on
    is_on = np.zeros(len(journeys.cohort), np.bool_)
    is_on[journeys.client[there]] = True
    stays = np.where(is_on, before - since, 0.0)
    at_home = is_on & (since == 0.0) & (journeys.cohort.origin == 0)
    found: Floats = np.where(at_home, stays + journeys.cohort.past, stays)
    return found
