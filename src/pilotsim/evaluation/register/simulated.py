"""From journeys to the register that would show them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.panel import ASSISTANCE, NO_ROW, STATES, WORK, Panel
from pilotsim.model.clients import GROUP, PAST
from pilotsim.simulation.journeys import Journeys


@dataclass(frozen=True)
class RegisterView:
    """How a register looks at a flow.

    Parameters
    ----------
    treatment : tuple of str
        The stages whose start counts as starting the programme; those that clients are drawn into
        where none is named.
    per_month : float
        Assistance paid to a client who is on assistance for a month, in the flow's currency.
    district : str
        The district's name.
    """

    treatment: tuple[str, ...] = ()
    per_month: float = 0.0
    district: str = "district"


def observe_register(
    journeys: Journeys, look: RegisterView | None = None, clients: Bools | None = None
) -> Panel:
    """Return what a register shows of a run, at the end of each month.

    Parameters
    ----------
    journeys : Journeys
        A run.
    look : RegisterView, optional
        What counts as the programme, what a month on assistance costs, the district.
    clients : ndarray of bool, shape (clients,), optional
        Whom the register covers; all, unless said.

    Raises
    ------
    RequestError
        The flow has no such stage, or nobody is ever drawn into one.
    """
    look = look or RegisterView()
    chosen = np.arange(len(journeys.cohort)) if clients is None else np.flatnonzero(clients)
    marks = journeys.plan.calendar.marks()
    status = _status(journeys, np.nextafter(np.array(marks[1:]), 0.0))[chosen]
    seen = status != NO_ROW
    on_assistance = np.where(seen, status == ASSISTANCE, np.nan)
    flow = journeys.plan.flow
    shown = {name: trait for name, trait in flow.traits.items() if trait.observed}
    traits = {name: journeys.cohort.traits[name][chosen] for name in shown}
    if any(group.past for group in flow.groups.values()):
        traits[PAST] = journeys.cohort.past[chosen]
    if len(flow.groups) > 1:
        traits[GROUP] = journeys.cohort.traits[GROUP][chosen]
    categories = {
        name: tuple(trait.categories) for name, trait in shown.items() if trait.categories
    }
    return Panel(
        months=tuple(journeys.plan.calendar.date_of(mark) for mark in marks[:-1]),
        client=chosen,
        status=status,
        in_work=np.where(seen, status == WORK, np.nan),
        on_assistance=on_assistance,
        amount=look.per_month * on_assistance,
        offered=_month_of(np.maximum(journeys.cohort.offered_from, journeys.cohort.arrives), marks)[
            chosen
        ],
        started=_month_of(first_start(journeys, treatment_stages(journeys, look)), marks)[chosen],
        district=np.zeros(len(chosen), np.int64),
        districts=(look.district,),
        traits=traits,
        categories=categories | ({GROUP: tuple(flow.groups)} if GROUP in traits else {}),
    )


def _status(journeys: Journeys, times: Floats) -> NDArray[np.int8]:
    """Return what each client counts as at each time, shape (clients, times).

    `NO_ROW` before it comes.
    """
    states = np.array(
        [STATES.index(stage.counts_as) for stage in journeys.plan.flow.stages.values()], np.int8
    )
    first = np.searchsorted(times, journeys.joined, side="left")
    last = np.searchsorted(times, journeys.until, side="left")
    last[np.isnan(journeys.finished)] = len(times)
    lengths = last - first
    where = np.repeat(first - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    status = np.full((len(journeys.cohort), len(times)), NO_ROW, np.int8)
    status[np.repeat(journeys.client, lengths), where] = np.repeat(states[journeys.stage], lengths)
    return status


def treatment_stages(journeys: Journeys, look: RegisterView) -> tuple[int, ...]:
    """Return the numbers of the stages whose start counts as starting the programme."""
    names = list(journeys.plan.flow.stages)
    for name in look.treatment:
        if name not in names:
            raise RequestError(
                Message(
                    "the flow has no stage '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, names),
                )
            )
    if look.treatment:
        return tuple(names.index(name) for name in look.treatment)
    return tuple(number for number, stage in enumerate(journeys.plan.stages) if stage.draws_from)


def first_start(journeys: Journeys, stages: tuple[int, ...]) -> Floats:
    """Return when each client first started in one of the stages.

    Infinity for never, shape (clients,).
    """
    rows = np.isin(journeys.stage, stages) & ~np.isnan(journeys.started)
    first = np.full(len(journeys.cohort), np.inf)
    np.minimum.at(first, journeys.client[rows], journeys.started[rows])
    return first


def _month_of(times: Floats, marks: list[float]) -> Floats:
    """Return the month of each time: 0 if earlier than all, infinity if later than all or never."""
    month = np.searchsorted(np.array(marks), times, side="right") - 1.0
    return np.where(times >= marks[-1], np.inf, np.maximum(month, 0.0))
