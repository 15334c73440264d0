"""What only runs show of a flow: who stands still for ever, and what is not yet steady."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta

from pilotsim.base.errors import Notice
from pilotsim.base.messages import Message, join_messages
from pilotsim.judge.steadiness import Steadiness, should_be_steady, steadiness
from pilotsim.measures.standstill import Standstill, StuckClients, find_standstill
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines import simulate

__all__ = ["found_in_runs"]

# So many replications are looked at, and so many kinds of clients told of.
LOOKED_AT, TOLD = 10, 3


def found_in_runs(
    flow: Flow, *, seed: int, replications: int, fixed: bool, engine: str | None
) -> tuple[Notice, ...]:
    """Return what the first replications show that the file alone does not.

    Parameters
    ----------
    flow : Flow
        What the file says.
    seed : int
        The seed.
    replications : int
        How many replications the verdicts rest on.
    fixed : bool
        All assumptions at their values.
    engine : str or None
        As for `simulate`.
    """
    found = [*_standstills(flow, seed, min(replications, LOOKED_AT), fixed=fixed, engine=engine)]
    if should_be_steady(flow):
        for one in steadiness(flow, seed=seed, fixed=fixed, engine=engine):
            found += _not_steady(one)
    return tuple(Notice("", 0, 0, path, message) for path, message in found)


def _may_stand_still(flow: Flow) -> bool:
    """Tell whether somebody may hold something while waiting, or for ever."""
    return any(
        stage.keeps or stage.room is not None or (any(stage.alternatives) and stage.lasts is None)
        for stage in flow.stages.values()
    )


def _standstills(
    flow: Flow, seed: int, runs: int, *, fixed: bool, engine: str | None
) -> Iterator[tuple[str, Message]]:
    if not _may_stand_still(flow):
        return
    journeys = (
        simulate(flow, seed=seed, replication=k, fixed=fixed, engine=engine) for k in range(runs)
    )
    found = [one for one in map(find_standstill, journeys) if one is not None]
    if found:
        first = min(found, key=lambda one: one.since)
        yield (
            f"stages.{first.stuck[0].stage}",
            Message(
                "in {count} of {runs} simulations looked at, clients stand still for ever, in one "
                "from {when} on: {who}",
                count=len(found),
                runs=runs,
                when=flow.starts + timedelta(days=int(first.since)),
                who=_who(first),
            ),
        )


def _who(found: Standstill) -> str:
    # Those who hold something first: they lock the others out.
    rows = sorted(found.stuck, key=lambda one: (not one.holds, -one.clients))
    return join_messages([_told(one) for one in rows[:TOLD]], "; ")


def _told(one: StuckClients) -> Message:
    wants = join_messages([_amounts(wanted) for wanted in one.wants], " / ")
    if not one.holds:
        return Message(
            "{clients} in '{stage}' wait for {wants}",
            clients=one.clients,
            stage=one.stage,
            wants=wants,
        )
    return Message(
        "{clients} in '{stage}' hold {holds} and wait for {wants}",
        clients=one.clients,
        stage=one.stage,
        holds=_amounts(one.holds),
        wants=wants,
    )


def _amounts(amounts: Mapping[str, int]) -> str:
    room = "room in "
    return join_messages(
        [
            Message("room in '{stage}'", stage=name.removeprefix(room))
            if name.startswith(room)
            else f"{units} '{name}'"
            for name, units in amounts.items()
        ],
        " + ",
    )


def _not_steady(one: Steadiness) -> Iterator[tuple[str, Message]]:
    path = f"targets.{one.target}"
    if one.still_moves:
        yield (
            path,
            Message(
                "not yet steady: the measure still moves in the last quarter of the run, from "
                "{before} to {after}; let it run longer, or start from a longer run",
                before=_shown(one, one.before_end),
                after=_shown(one, one.at_end),
            ),
        )
    elif one.is_off_at_first:
        yield (
            path,
            Message(
                "not yet steady at first: {first} against {later} later. Leave out {days} (MSER-5; "
                "by Welch's moving average {welch}), by a warm-up that is so much longer",
                first=_shown(one, one.first),
                later=_shown(one, one.later),
                days=_days(one.mser),
                welch=_days(one.welch),
            ),
        )


def _shown(one: Steadiness, number: float) -> str:
    if one.unit == "share":
        return Message("{percent:.3g} %", percent=100.0 * number)
    return _days(number) if one.unit == "duration" else Message("{number:.3g}", number=number)


def _days(number: float) -> str:
    if math.isinf(number):
        return Message("more than the run has")
    return Message("{days:.3g} days", days=number)
