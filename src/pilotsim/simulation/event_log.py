"""Journeys as event logs with real dates, in the forms that others take as they are.

pm4py reads the names of the standard (IEEE 1849); bupaR an event a row, with its life cycle and its
activity instance; vidigi an event a row, with arrivals and departures, and times in numbers.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.simulation.journeys import FINISHED, STILL_THERE, Journeys

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FORMS", "to_event_log", "to_xes"]

FORMS = ("stays", "pm4py", "bupar", "vidigi")
MICROSECONDS = 86_400_000_000
# Columns of a table of stays that are of the stay; the others are of whose stay it is.
_OF_STAYS = ("stage", "joined", "start", "end", "cause", "to")
_XES = 'xes.version="1849-2016" xes.features="" xmlns="http://www.xes-standard.org/"'
_EXTENSIONS = tuple(
    f'<extension name="{name}" prefix="{prefix}" uri="http://www.xes-standard.org/{prefix}.xesext"/>'
    for name, prefix in (("Concept", "concept"), ("Time", "time"), ("Lifecycle", "lifecycle"))
)


@checks_arguments
def to_event_log(journeys: Journeys, form: str = "stays") -> pd.DataFrame:
    """Return journeys as an event log with real dates.

    Parameters
    ----------
    journeys : Journeys
        What a run gave.
    form : str
        `stays`: a row for each stay, as `pilotsim.learn` reads it: `case`, `group`, `stage`,
        `joined`, `start`, `end` (missing for those who were still there), `cause`, `to`, and the
        traits that a register would show. `pm4py`: a row for each event, under the names of the XES
        standard. `bupar`: the same under names that are syntactic in R, with activity instances.
        `vidigi`: a row for each event, times in days from the start and as dates.

    Returns
    -------
    DataFrame
        By case and time.

    Raises
    ------
    RequestError
        No such form.
    """
    if form not in FORMS:
        raise RequestError(
            Message("unknown form '{form}'{meant}", form=form, meant=did_you_mean(form, FORMS))
        )
    if form == "stays":
        return _stays(journeys)
    return _vidigi(journeys) if form == "vidigi" else _events(journeys, form)


def _dates(journeys: Journeys, days: np.ndarray) -> np.ndarray:
    """Return days of a run as dates with clocks; NaT for none."""
    start = np.datetime64(datetime.combine(journeys.plan.flow.starts, datetime.min.time()), "us")
    known = ~np.isnan(days)
    found = np.full(len(days), np.datetime64("NaT", "us"))
    found[known] = start + np.rint(days[known] * MICROSECONDS).astype("timedelta64[us]")
    return found


def _cases(journeys: Journeys) -> np.ndarray:
    return np.array([f"c{client + 1}" for client in journeys.client.tolist()], dtype=object)


def _stays(journeys: Journeys) -> pd.DataFrame:
    import pandas as pd

    flow = journeys.plan.flow
    names = np.array([stage.name for stage in journeys.plan.stages], dtype=object)
    groups = np.array([group.name for group in journeys.plan.groups], dtype=object)
    causes = {int(one): journeys.cause_name(int(one)) for one in np.unique(journeys.cause)}
    ended = journeys.cause != STILL_THERE
    columns: dict[str, Any] = {
        "case": _cases(journeys),
        "group": groups[journeys.cohort.group[journeys.client]],
        "stage": names[journeys.stage],
        "joined": _dates(journeys, journeys.joined),
        "start": _dates(journeys, journeys.started),
        "end": _dates(journeys, np.where(ended, journeys.finished, np.nan)),
        "cause": [causes[int(one)] if one != STILL_THERE else "" for one in journeys.cause],
        "to": np.where(journeys.next >= 0, names[np.maximum(journeys.next, 0)], ""),
    }
    for name, trait in flow.traits.items():
        if trait.observed:
            numbers = journeys.cohort.traits[name][journeys.client]
            if trait.categories is not None:
                kinds = np.array(list(trait.categories), dtype=object)
                columns[name] = kinds[numbers.astype(np.int64)]
            else:
                columns[name] = numbers
    return pd.DataFrame(columns)


def _events(journeys: Journeys, form: str) -> pd.DataFrame:
    """Return a row for each change: joined, started, ended."""
    import pandas as pd

    names = np.array([stage.name for stage in journeys.plan.stages], dtype=object)
    groups = np.array([group.name for group in journeys.plan.groups], dtype=object)
    waits = journeys.joined != journeys.started
    rows, changes, days = [], [], []
    for name, when, kept in (
        ("schedule", journeys.joined, waits),
        ("start", journeys.started, ~np.isnan(journeys.started)),
        ("complete", journeys.finished, (journeys.cause == FINISHED)),
        ("ate_abort", journeys.finished, ~np.isin(journeys.cause, (FINISHED, STILL_THERE))),
    ):
        there = np.flatnonzero(kept & ~np.isnan(when))
        rows.append(there)
        changes.append(np.full(len(there), name, dtype=object))
        days.append(when[there])
    row, change, day = np.concatenate(rows), np.concatenate(changes), np.concatenate(days)
    order = np.lexsort((np.arange(len(row)), journeys.visit[row], day, journeys.client[row]))
    row, change, day = row[order], change[order], day[order]
    case, stage = _cases(journeys)[row], names[journeys.stage[row]]
    group = groups[journeys.cohort.group[journeys.client]][row]
    instance = np.array([f"{one + 1}" for one in row.tolist()], dtype=object)
    if form == "pm4py":
        return pd.DataFrame(
            {
                "case:concept:name": case,
                "concept:name": stage,
                "time:timestamp": pd.DatetimeIndex(_dates(journeys, day), tz="UTC"),
                "lifecycle:transition": change,
                "concept:instance": instance,
                "case:group": group,
            }
        )
    return pd.DataFrame(
        {
            "case_id": case,
            "activity_id": stage,
            "activity_instance_id": instance,
            "lifecycle_id": change,
            "timestamp": _dates(journeys, day),
            "resource_id": group,
        }
    )


def _vidigi(journeys: Journeys) -> pd.DataFrame:
    """Return arrivals, waits, uses and departures; the unit that is used by a number of its own."""
    import pandas as pd

    names = [stage.name for stage in journeys.plan.stages]
    groups = [group.name for group in journeys.plan.groups]
    serves = [bool(any(stage.alternatives)) for stage in journeys.plan.flow.stages.values()]
    unit = _units(journeys)
    found: list[tuple[object, ...]] = []
    first = np.append(True, journeys.client[1:] != journeys.client[:-1])
    last = np.append(first[1:], True)
    for row in range(len(journeys)):
        client = int(journeys.client[row])
        pathway = groups[int(journeys.cohort.group[client])]
        stage, joined = names[int(journeys.stage[row])], float(journeys.joined[row])
        entity = client + 1
        if first[row]:
            found.append((entity, pathway, "arrival_departure", "arrival", joined, None))
        found.append((entity, pathway, "queue", stage, joined, None))
        if serves[int(journeys.stage[row])] and not np.isnan(journeys.started[row]):
            held, started = int(unit[row]), float(journeys.started[row])
            found.append((entity, pathway, "resource_use", f"{stage}_begins", started, held))
            if not np.isnan(journeys.finished[row]):
                ended = float(journeys.finished[row])
                found.append((entity, pathway, "resource_use_end", f"{stage}_ends", ended, held))
        if last[row] and not np.isnan(journeys.finished[row]):
            ended = float(journeys.finished[row])
            found.append((entity, pathway, "arrival_departure", "depart", ended, None))
    frame = pd.DataFrame(
        found, columns=["entity_id", "pathway", "event_type", "event", "time", "resource_id"]
    )
    frame["resource_id"] = frame["resource_id"].astype("Int64")
    frame["timestamp"] = _dates(journeys, frame["time"].to_numpy())
    return frame


def _units(journeys: Journeys) -> np.ndarray:
    """Return which unit of its stage each visit uses: the lowest number that is free."""
    unit = np.zeros(len(journeys), np.int64)
    until = np.where(np.isnan(journeys.finished), np.inf, journeys.finished)
    for stage in range(len(journeys.plan.stages)):
        rows = np.flatnonzero((journeys.stage == stage) & ~np.isnan(journeys.started))
        free_at: list[float] = []
        for row in rows[np.argsort(journeys.started[rows], kind="stable")].tolist():
            place = next(
                (k for k, when in enumerate(free_at) if when <= journeys.started[row]), None
            )
            if place is None:
                place = len(free_at)
                free_at.append(0.0)
            free_at[place] = float(until[row])
            unit[row] = place + 1
    return unit


@checks_arguments
def to_xes(journeys: Journeys) -> str:
    """Return journeys as an event log in XES (IEEE 1849), which programs for process mining read.

    Parameters
    ----------
    journeys : Journeys
        What a run gave.

    Returns
    -------
    str
        The log, with group and observed traits as attributes of each trace.

    Raises
    ------
    RequestError
        These are no journeys.
    """
    events, stays = _events(journeys, "pm4py"), _stays(journeys)
    first = stays.drop_duplicates("case").set_index("case")
    said = [one for one in first.columns if one not in _OF_STAYS]
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<log {_XES}>", *_EXTENSIONS]
    for case, rows in events.groupby("case:concept:name", sort=False):
        lines.append(f"<trace>{_entry('string', 'concept:name', case)}")
        lines += [_entry("string", name, first.at[case, name]) for name in said]
        for activity, time, change, instance in zip(
            rows["concept:name"],
            rows["time:timestamp"],
            rows["lifecycle:transition"],
            rows["concept:instance"],
            strict=True,
        ):
            lines.append(
                "<event>"
                + _entry("string", "concept:name", activity)
                + _entry("date", "time:timestamp", time.isoformat(timespec="microseconds"))
                + _entry("string", "lifecycle:transition", change)
                + _entry("string", "concept:instance", instance)
                + "</event>"
            )
        lines.append("</trace>")
    return "\n".join([*lines, "</log>"]) + "\n"


def _entry(kind: str, key: str, value: object) -> str:
    return f"<{kind} key={quoteattr(key)} value={quoteattr(str(value))}/>"
