"""XES, the format of event logs by IEEE 1849: read as a table, written from stays."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, iterparse

import numpy as np

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.decoding import WordTable
from pilotsim.evaluation.register.tables import require_file

__all__ = ["read_xes"]

# What the extensions of the standard call what a log of stays calls otherwise.
CASE, ACTIVITY, TIME, LIFECYCLE = (
    "concept:name",
    "concept:name",
    "time:timestamp",
    "lifecycle:transition",
)


def read_xes(path: Path) -> WordTable:
    """Return the stays of a log, a row each, with the names of `mapping.COLUMNS`.

    An event of the transition `start` opens a stay and `complete` ends it; `schedule` says when it
    was joined. A stay without `complete` is not over. Other attributes of traces and events are
    columns of their own.

    Raises
    ------
    RegisterError
        The file is not there, is no XES, or declares entities.
    """
    require_file(path)
    head = path.read_bytes()[:100_000]
    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
        raise RegisterError(
            Message(
                "{file}: declares entities, which no event log needs; it is not read", file=path
            )
        )
    rows: list[dict[str, str]] = []
    try:
        for _, element in iterparse(path, events=("end",)):
            if _name(element) == "trace":
                rows += _stays_of(element)
                element.clear()
    except ParseError as fault:
        line, column = fault.position
        raise RegisterError(
            Message(
                "{file}: is no XES: a mark is wrong in line {line}, column {column}",
                file=path,
                line=line,
                column=column + 1,
            )
        ) from None
    if not rows:
        raise RegisterError(Message("{file}: holds no trace with an event", file=path))
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = tuple([row.get(name) for row in rows] for name in names)
    return WordTable(tuple(names), columns, np.arange(1, len(rows) + 1))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _attributes(element: Element) -> dict[str, str]:
    return {
        child.attrib["key"]: child.attrib.get("value", "")
        for child in element
        if "key" in child.attrib
    }


def _stays_of(trace: Element) -> list[dict[str, str]]:
    """Return the stays of a trace; one whose start is not told begins where it was joined."""
    own = _attributes(trace)
    case = own.pop(CASE, "")
    own = {key: value for key, value in own.items() if ":" not in key}
    found: list[dict[str, str]] = []
    is_open: dict[tuple[str, str], dict[str, str]] = {}
    for event in trace:
        if _name(event) != "event":
            continue
        said = _attributes(event)
        activity, time = said.pop(ACTIVITY, ""), said.pop(TIME, "")
        change = said.pop(LIFECYCLE, "complete").lower()
        key = (activity, said.pop("concept:instance", ""))
        stay = is_open.get(key)
        if stay is None:
            stay = is_open[key] = {"case": case, "stage": activity, **own}
            found.append(stay)
        stay.update({name: value for name, value in said.items() if ":" not in name})
        if change == "schedule":
            stay["joined"] = time
        elif change == "start":
            stay["start"] = time
        elif change in ("complete", "ate_abort", "pi_abort", "withdraw"):
            if "joined" not in stay:
                # Of an activity that is told by its end alone nothing else is known.
                stay.setdefault("start", time)
            stay["end"] = time
            del is_open[key]
    return [{"start": "", "end": "", **stay} for stay in found]
