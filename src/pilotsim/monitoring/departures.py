"""Departures from a plan that somebody fears, as changes to its flow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.files.faults import FaultGatherer
from pilotsim.files.yaml import Path_, YamlDocument
from pilotsim.language.changed_flow import change_flow
from pilotsim.measures.monthly_counts import MonthlyCount, calendar_months
from pilotsim.model.flow import Flow
from pilotsim.monitoring.headings import check_count

__all__ = ["FearedDeparture", "flows_of_departures"]


@dataclass(frozen=True)
class FearedDeparture:
    """A departure from the plan that is watched for.

    Parameters
    ----------
    name : str
        Its short name.
    says : Text
        What it is called.
    changes : mapping of str to object
        Paths in the flow, and what they become.
    document : YamlDocument or None
        Where it is written; None where it was given as a flow.
    flow : Flow or None
        The changed flow, where that was given.
    """

    name: str
    says: Text
    changes: Mapping[str, Any] = field(default_factory=dict)
    document: YamlDocument | None = field(default=None, repr=False, compare=False)
    flow: Flow | None = field(default=None, repr=False, compare=False)


def flows_of_departures(
    plan: Flow,
    departures: Iterable[FearedDeparture],
    counts: Sequence[MonthlyCount],
    months: Sequence[date],
) -> list[Flow]:
    """Return what the plan becomes by each departure.

    Parameters
    ----------
    plan : Flow
        The plan, with what is decided.
    departures : iterable of FearedDeparture
        What is feared.
    counts : sequence of MonthlyCount
        What is counted.
    months : sequence of date
        The months of the pilot.

    Raises
    ------
    FlowError
        With every fault of what the mapping says, and its place.
    RequestError
        A flow that was given cannot be counted as the plan.
    """
    flows = []
    faults: list[FlowError] = []
    for departure in departures:
        try:
            flows.append(_flow_of(plan, departure, counts, months))
        except FlowError as error:
            faults.append(error)
    if faults:
        raise FlowError([fault for error in faults for fault in error.faults])
    return flows


def _flow_of(
    plan: Flow,
    departure: FearedDeparture,
    counts: Sequence[MonthlyCount],
    months: Sequence[date],
) -> Flow:
    if departure.document is None:
        flow = departure.flow or change_flow(plan, departure.changes)
        _check_counted(departure.name, flow, counts, months)
        return flow
    found = FaultGatherer(departure.document)
    place: Path_ = ("watch_for", departure.name, "set")
    try:
        flow = change_flow(plan, departure.changes)
        _check_counted(departure.name, flow, counts, months)
    except (RequestError, FlowError) as error:
        found.report_error((*place, *_faulty_path(plan, departure.changes)), error)
        found.stop()
        raise
    return flow


def _faulty_path(plan: Flow, changes: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the first path that cannot be changed by itself; none where only all of them fail."""
    for path, value in changes.items():
        try:
            change_flow(plan, {path: value})
        except (RequestError, FlowError):
            return (path,)
    return ()


def _check_counted(
    name: str, flow: Flow, counts: Sequence[MonthlyCount], months: Sequence[date]
) -> None:
    """Raise an error where a changed flow cannot be counted month by month as the plan is."""
    if tuple(calendar_months(flow.make_calendar())[0]) != tuple(months):
        raise RequestError(
            Message(
                "'{name}' begins or ends in other months than the plan, so its counts cannot be "
                "held against those of the plan",
                name=name,
            )
        )
    for count in counts:
        check_count(flow, count, name, count.key)
