"""Money of a run: what resources, clients and the calendar cost.

Pure functions of journeys, one number per replication.
"""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.calendar import DAYS_PER_MONTH, HOURS_PER_DAY
from pilotsim.measures.occupancy import Window, overlap, unit_days, working_overlap
from pilotsim.measures.selections import stages_of
from pilotsim.model.costs import Cost
from pilotsim.simulation.journeys import Journeys


def resource_cost(journeys: Journeys, name: str, window: Window | None) -> Floats:
    """Return what the units of a resource cost, used or not, shape (replications,).

    Of what has shifts each hour of a shift is paid, and no other.

    Parameters
    ----------
    journeys : Journeys
        What happened.
    name : str
        The resource, which has a price.
    window : (float, float) or None
        From when to when, in days; None for the whole run.
    """
    flow = journeys.plan.flow
    number = list(flow.resources).index(name)
    price = flow.resources[name].price
    assert price is not None  # checked when read
    has_shifts = flow.resources[name].shifts is not None
    costs = []
    for plan in journeys.plans:
        days = unit_days(plan, number, window)
        paid_for = days * HOURS_PER_DAY if has_shifts else days / DAYS_PER_MONTH
        costs.append(paid_for * plan.reader.number(price))
    return np.array(costs)


def client_cost(journeys: Journeys, cost: Cost, base: Bools, window: Window | None) -> Floats:
    """Return what a line of the budget comes to for some clients, shape (replications,).

    Parameters
    ----------
    journeys : Journeys
        What happened.
    cost : Cost
        The line.
    base : ndarray of bool, shape (clients,)
        Whose costs count; a sum each month depends on nobody and counts whole.
    window : (float, float) or None
        From when to when, in days; None for the whole run.
    """
    prices = np.array([plan.reader.number(cost.price) for plan in journeys.plans])
    first, last = window or (0.0, journeys.plan.horizon)
    if not cost.is_of_clients:
        return prices * ((last - first) / DAYS_PER_MONTH)

    in_stages = cost.in_stages or ()
    stages = in_stages if cost.state is None else stages_of(journeys, cost.state)
    part = journeys.visits_to(stages)
    rows = base[part.client]
    if cost.groups is not None:
        chosen = np.array([name in cost.groups for name in journeys.plan.flow.groups])
        rows &= chosen[journeys.cohort.group][part.client]
    if cost.per_start is not None:
        rows &= (part.started >= first) & (part.started < last)
        return prices * part.tally(part.client[rows])

    begins = part.joined if cost.state is not None else part.began
    if cost.working_days:
        days = working_overlap(journeys.plan.calendar, begins, part.until, (first, last))
    else:
        days = overlap(begins, part.until, (first, last))
    days_paid_for = 1.0 if cost.per_day is not None else DAYS_PER_MONTH
    return prices * part.tally(part.client[rows], days[rows]) / days_paid_for
