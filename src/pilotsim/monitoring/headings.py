"""What a column counts, from its heading: a label of the flow or a state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import get_args

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.language.catalogue import say
from pilotsim.measures.monthly_counts import MonthlyCount
from pilotsim.model.fields import State
from pilotsim.model.flow import Flow

__all__ = ["check_count", "counts_by_heading", "plain"]

# The phrase by which a column of a stage is headed, by what it counts of it.
HEADED = {"in": "counted_in", "waiting": "counted_waiting", "reached": "counted_reached"}


def plain(heading: str) -> str:
    """Return a heading as it is compared: small letters, without marks between the words."""
    return " ".join(re.findall(r"\w+", heading.casefold()))


def counts_by_heading(flow: Flow) -> dict[str, MonthlyCount]:
    """Return what each heading that needs no mapping counts, by the heading as `plain` makes it.

    A heading that could mean two things means none.
    """
    found: dict[str, MonthlyCount] = {}
    doubtful = set()
    for heading, count in _headings(flow):
        if found.setdefault(heading, count) != count:
            doubtful.add(heading)
    return {heading: count for heading, count in found.items() if heading not in doubtful}


def _headings(flow: Flow) -> Iterator[tuple[str, MonthlyCount]]:
    for name in flow.stages:
        yield plain(name), MonthlyCount("in", (name,))
        for language in LANGUAGES:
            label = flow.label_of("stages", name, language)
            for kind, key in HEADED.items():
                yield (
                    plain(say(key, language, stage=label)),
                    MonthlyCount(kind, (name,)),  # type: ignore[arg-type]
                )
    for state in get_args(State):
        if state not in ("unknown", "not_counted"):
            for language in LANGUAGES:
                yield plain(say(state, language)), MonthlyCount("state", (state,))


def check_count(flow: Flow, count: MonthlyCount, file: str, heading: str) -> None:
    """Raise an error for a count of stages or groups that the flow does not have.

    Parameters
    ----------
    flow : Flow
        The flow.
    count : MonthlyCount
        What the column counts.
    file, heading : str
        The mapping, and the column's heading, for the message.

    Raises
    ------
    RequestError
        Which name is not there, and which was probably meant.
    """
    stages = (*(count.names if count.kind != "state" else ()), *count.from_stages)
    faults = [
        Message(
            "the flow has no stage '{name}'{meant}",
            name=name,
            meant=did_you_mean(name, flow.stages),
        )
        for name in stages
        if name not in flow.stages
    ]
    faults += [
        Message(
            "the flow has no group '{name}'{meant}",
            name=name,
            meant=did_you_mean(name, flow.groups),
        )
        for name in count.groups
        if name not in flow.groups
    ]
    if not faults and not count.stages_of(flow):
        faults = [
            Message("no stage of the flow counts as '{state}'", state=count.names[0]),
        ]
    if faults:
        raise RequestError(
            Message(
                "{file}, column '{heading}': {fault}", file=file, heading=heading, fault=faults[0]
            )
        )
