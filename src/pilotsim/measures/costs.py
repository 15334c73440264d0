"""Money of a run: what resources, clients and the calendar cost.

Pure functions of journeys, one number per replication.
"""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.measures.occupancy import Window, overlap, unit_days
from pilotsim.measures.selections import stages_of
from pilotsim.model.costs import Cost
from pilotsim.simulation.journeys import Journeys


def resource_cost(journeys: Journeys, name: str, window: Window | None) -> Floats:
    """Return what the units of a resource cost, used or not, shape (replications,)."""
    flow = journeys.plan.flow
    number, price = list(flow.resources).index(name), flow.resources[name].price_per_month
    assert price is not None  # checked when read
    return np.array(
        [
            unit_days(plan, number, window) / DAYS_PER_MONTH * plan.reader.number(price)
            for plan in journeys.plans
        ]
    )


def client_cost(journeys: Journeys, cost: Cost, base: Bools, window: Window | None) -> Floats:
    """Return what a line of the budget comes to for the clients that count, shape (replications,).

    Parameters
    ----------
    journeys : Journeys
        What happened.
    cost : Cost
        The line.
    base : ndarray of bool, shape (clients,)
        Whose costs count; a sum each month hangs on nobody and counts whole.
    window : (float, float) or None
        From when to when, in days; None for the whole run.
    """
    prices = np.array([plan.reader.number(cost.price) for plan in journeys.plans])
    first, last = window or (0.0, journeys.plan.horizon)
    if not cost.is_of_clients:
        return prices * ((last - first) / DAYS_PER_MONTH)
    part = journeys.visits_to(
        stages_of(journeys, cost.state) if cost.state is not None else cost.in_stages or ()
    )
    rows = base[part.client]
    if cost.groups is not None:
        chosen = np.array([name in cost.groups for name in journeys.plan.flow.groups])
        rows &= chosen[journeys.cohort.group][part.client]
    if cost.per_start is not None:
        rows &= (part.started >= first) & (part.started < last)
        return prices * part.tally(part.client[rows])
    begins = part.joined if cost.state is not None else part.began
    days = _days(journeys, begins, part.until, (first, last), working=cost.working_days)
    return (
        prices
        * part.tally(part.client[rows], days[rows])
        / (1.0 if cost.per_day is not None else DAYS_PER_MONTH)
    )


def _days(
    journeys: Journeys, begins: Floats, ends: Floats, window: Window, *, working: bool
) -> Floats:
    """Return how many days, or working days, of each span lie in a window."""
    if not working:
        return overlap(begins, ends, window)
    worked = journeys.plan.calendar.worked
    moments = (
        np.interp(np.clip(times, *window), np.arange(len(worked)), worked)
        for times in (ends, begins)
    )
    last, first = moments
    return np.asarray(last - first, np.float64)
