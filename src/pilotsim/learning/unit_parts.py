"""How many units there are, from how many were in use at once while somebody waited for one."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.learning.ends import LearnedFrom
from pilotsim.learning.learned import LearnedPart, LearnedValue, LeftOpen
from pilotsim.learning.stays import Stays
from pilotsim.model.flow import Flow

__all__ = ["learn_units"]

# So many days somebody must have waited before what was in use then is all there was.
LEAST_WAIT = 20.0
# Of the time in which somebody waited: what was in use in the middle half of it, to either side.
MIDDLE, ENDS = 0.5, (0.025, 0.975)


def learn_units(given: LearnedFrom, name: str) -> LearnedPart | LeftOpen | None:
    """Return how many units of a resource there are, or why the register does not tell.

    While somebody waits, all units are in use: what was in use then is what there is. Where nobody
    waits there may be more. None for what is no plain number of units.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The resource.
    """
    stays, flow = given.stays, given.flow
    resource = flow.resources[name]
    path = f"resources.{name}.units"
    if resource.units is None or resource.shifts is not None or resource.units.follows:
        return None
    holders = [one for one, stage in flow.stages.items() if name in _named(stage.alternatives)]
    why = _obstacle(flow, holders, name)
    if why is not None:
        return LeftOpen(path, why)
    needs = {one: int(flow.stages[one].alternatives[0][name].number) for one in holders}
    in_use, waiting, length = _levels(stays, needs)
    if not len(in_use):
        return LeftOpen(path, Message("the register shows nobody who holds any"))
    most = int(in_use.max())
    waited = waiting > 0
    if not stays.tells_waits or float(length[waited].sum()) < LEAST_WAIT:
        return LeftOpen(
            path,
            Message(
                "at most {most:,} were in use at once, and nobody was seen waiting meanwhile: "
                "there may be more",
                most=most,
            ),
        )
    order = np.argsort(in_use[waited], kind="stable")
    levels, weights = in_use[waited][order], length[waited][order]
    place = (np.cumsum(weights) - weights / 2.0) / weights.sum()
    low, middle, high = np.interp([ENDS[0], MIDDLE, ENDS[1]], place, levels)
    value = LearnedValue(path, "count", round(middle), round(low), round(high), resource.units)
    return LearnedPart(
        f"learned_units_{name}", "units", name, (value,), np.zeros((0, 1)), int(waited.sum())
    )


def _named(alternatives: tuple[dict[str, Quantity], ...]) -> set[str]:
    return {name for one in alternatives for name in one}


def _obstacle(flow: Flow, holders: list[str], name: str) -> Message | None:
    if not holders:
        return Message("no stage needs it")
    for one in holders:
        stage = flow.stages[one]
        if len(stage.alternatives) > 1 or len(stage.alternatives[0]) > 1 or stage.opens:
            return Message(
                "who waits for '{stage}' may wait for something else: other units, or an opening",
                stage=one,
            )
        if name in stage.keeps:
            return Message("its units go along into the next stage, which the register hides")
    return None


def _levels(stays: Stays, needs: dict[str, int]) -> tuple[Floats, Floats, Floats]:
    """Return units in use and clients waiting between each two changes, and for how long."""
    days, uses, waits = [], [], []
    for one, units in needs.items():
        here = stays.where(stays.stage == stays.stages.index(one))
        started = here.started
        until = here.until
        began = ~np.isnan(started)
        for when, change in ((started[began], float(units)), (until[began], -float(units))):
            days.append(np.maximum(when, stays.begins))
            uses.append(np.full(len(when), change))
            waits.append(np.zeros(len(when)))
        joined = ~np.isnan(here.entered)
        stopped = np.where(began, started, until)
        for when, change in ((here.entered[joined], 1.0), (stopped[joined], -1.0)):
            days.append(np.maximum(when, stays.begins))
            uses.append(np.zeros(len(when)))
            waits.append(np.full(len(when), change))
    day = np.concatenate(days) if days else np.zeros(0)
    if not len(day):
        return np.zeros(0), np.zeros(0), np.zeros(0)
    order = np.argsort(day, kind="stable")
    day = day[order]
    in_use = np.cumsum(np.concatenate(uses)[order])[:-1]
    waiting = np.cumsum(np.concatenate(waits)[order])[:-1]
    length = np.diff(day)
    # Those who stay behind the end of the register leave nothing free.
    kept = (length > 0) & (day[:-1] < stays.ends)
    return in_use[kept], np.rint(waiting[kept]), length[kept]
