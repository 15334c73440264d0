"""Where those drop out who do not do what a target asks: a pure function of journeys.

Each who counts is in one cell: who did it, who did it too late or otherwise than asked, and the
rest by the last of the programme's own stages that they were in and what became of them there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import AnyInts, Bools, Floats, Ints
from pilotsim.base.ticks import on_tick, on_ticks
from pilotsim.measures.selections import counted_from, first_joined, followed, select
from pilotsim.model.flow import Flow
from pilotsim.model.targets import SURVIVAL, Measure, Selection
from pilotsim.model.ways import own_stages
from pilotsim.simulation.journeys import Journeys

__all__ = [
    "DROP_OUT_KINDS",
    "DropOutCells",
    "at_the_end",
    "can_drop_out",
    "drop_outs",
    "name_of_cell",
    "otherwise",
]

# The measures that can be told so: all of them of a base of which each does it or does not.
DROP_OUT_KINDS = ("share", "wait", "time", "change_in")
# Cells that are of no stage.
MET, OTHERWISE, FIRST_OF_STAGES = 0, 1, 2
# What became of somebody in a stage; behind these why the visit ended, as journeys number it.
WAITING, THERE, NEVER, FIRST_CAUSE = 0, 1, 2, 3
# What cells are called, in this order; behind those of a stage stand the risks.
OF_NONE = ("met", "otherwise")
OF_STAGE = ("waiting", "there", "never", "finished", "drawn", "turned_away")


@dataclass(frozen=True)
class DropOutCells:
    """The cells of a flow, each with a number.

    Parameters
    ----------
    stages, causes : int
        How many stages there are, and how many reasons why a visit ends.
    """

    stages: int
    causes: int

    @classmethod
    def of(cls, flow: Flow) -> DropOutCells:
        """Return the cells of a flow."""
        return cls(len(flow.stages), 3 + len(flow.risks))

    @property
    def each(self) -> int:
        """How many cells a stage has."""
        return FIRST_CAUSE + self.causes

    @property
    def count(self) -> int:
        """How many cells there are."""
        return FIRST_OF_STAGES + self.stages * self.each


def name_of_cell(cell: int, flow: Flow) -> str:
    """Return what a cell is called: `met`, `waiting mapping`, `risk mapping leaves`.

    Parameters
    ----------
    cell : int
        Its number.
    flow : Flow
        Whose stages and risks it is about.
    """
    if cell < FIRST_OF_STAGES:
        return OF_NONE[cell]
    stage, how = divmod(cell - FIRST_OF_STAGES, DropOutCells.of(flow).each)
    name = list(flow.stages)[stage]
    if how < len(OF_STAGE):
        return f"{OF_STAGE[how]} {name}"
    return f"risk {name} {list(flow.risks)[how - len(OF_STAGE)]}"


def can_drop_out(what: Measure | None, *, at_least: bool) -> bool:
    """Tell whether it can be told of a target where clients drop out.

    Parameters
    ----------
    what : Measure or None
        What it measures.
    at_least : bool
        Whether more are asked for, or fewer; of a wait and a time, whether it is to be longer.
    """
    return (
        what is not None
        and what.kind in DROP_OUT_KINDS
        and what.each == "client"
        and what.followed != SURVIVAL
        and what.between is None
        and not (at_least and what.kind in ("wait", "time"))
    )


def otherwise(asked: Selection) -> Selection | None:
    """Return who did what is asked too late or otherwise than asked, with who did it; or None.

    Parameters
    ----------
    asked : Selection
        What is asked.
    """
    if not asked.moved or (asked.within is None and asked.none_of is None):
        return None
    # Made anew, and not copied: a selection remembers what tells it from others.
    given = {name: getattr(asked, name) for name in asked.model_fields_set}
    return Selection.model_construct(**(given | {"within": None, "none_of": None}))


def at_the_end(what: Measure) -> Selection:
    """Return who is in the state of a change at the end.

    Parameters
    ----------
    what : Measure
        The change.
    """
    return Selection(state=what.change_in)


def drop_outs(journeys: Journeys, what: Measure, bound: float, *, at_least: bool) -> Ints:
    """Return how many are in each cell, shape (replications, cells).

    Of a change it is asked who is in the state at the end. Where fewer are asked for, those do as
    asked who do not do it, or are not there.

    Parameters
    ----------
    journeys : Journeys
        What happened, with the programme.
    what : Measure
        One of which `can_drop_out` is true.
    bound : float
        Up to how many days a wait or a time is as asked.
    at_least : bool
        Whether more are asked for, or fewer.
    """
    flow = journeys.plan.flow
    cells = DropOutCells.of(flow)
    if what.kind == "wait":
        return _waits(journeys, what, bound, cells)
    base = select(journeys, what.of)
    if what.kind == "time":
        assert what.time is not None
        start = first_joined(journeys, (what.time.start,))
        end = first_joined(journeys, (what.time.end,), start)
        base = base & np.isfinite(start)
        took = on_ticks(np.where(base, end, math.inf) - np.where(base, start, 0.0))
        met = base & (took <= on_tick(bound))
        other = base & np.isfinite(end)
    elif what.kind == "change_in":
        is_there = select(journeys, at_the_end(what))
        met = other = base & (is_there if at_least else ~is_there)
    else:
        assert what.share is not None
        base = base & followed(journeys, what.of) & followed(journeys, what.share)
        met = base & select(journeys, what.share)
        more = otherwise(what.share) if at_least else None
        met = met if at_least else base & ~met
        other = met if more is None else base & select(journeys, more)
    cell = np.where(met, MET, np.where(other, OTHERWISE, _last(journeys, cells)))
    return _counted(journeys, np.flatnonzero(base), cell[base], cells)


def _counted(journeys: Journeys, clients: AnyInts, cell: Ints, cells: DropOutCells) -> Ints:
    runs = len(journeys.plans)
    place = journeys.run_of[clients] * cells.count + cell
    return np.bincount(place, minlength=runs * cells.count).reshape(runs, cells.count)


def _last(journeys: Journeys, cells: DropOutCells) -> Ints:
    """Return the cell of each client by the last own stage that it was in, shape (clients,)."""
    own = np.isin(list(journeys.plan.flow.stages), own_stages(journeys.plan.flow))
    cell = np.full(len(journeys.cohort), FIRST_OF_STAGES + NEVER)
    # Visits stand in order of time: what is written last stays.
    cell[journeys.client] = FIRST_OF_STAGES + journeys.stage * cells.each + NEVER
    rows = np.flatnonzero(own[journeys.stage])
    cell[journeys.client[rows]] = (
        FIRST_OF_STAGES + journeys.stage[rows] * cells.each + _how(journeys)[rows]
    )
    return cell


def _how(journeys: Journeys) -> Ints:
    """Return what became of the client in each visit, shape (visits,)."""
    is_there = np.isnan(journeys.finished)
    how = np.where(np.isnan(journeys.started), WAITING, THERE)
    return np.asarray(np.where(is_there, how, FIRST_CAUSE + journeys.cause), np.int64)


def _waits(journeys: Journeys, what: Measure, bound: float, cells: DropOutCells) -> Ints:
    base: Bools = select(journeys, what.of)
    stage = journeys.visits_to((str(what.wait),))
    part = stage.among(base[stage.client] & (stage.began >= counted_from(journeys)))
    has_started = ~np.isnan(part.started)
    waited: Floats = np.where(has_started, on_ticks(part.started - part.joined), math.inf)
    how = FIRST_OF_STAGES + part.stage * cells.each + _how(part)
    cell = np.where(waited <= on_tick(bound), MET, np.where(has_started, OTHERWISE, how))
    return _counted(part, part.client, cell, cells)
