"""Learn a flow from a register: which numbers of the sketch the register tells, and how surely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.learning.arrival_parts import learn_arrivals
from pilotsim.learning.ends import find_ends
from pilotsim.learning.events import read_stays
from pilotsim.learning.learned import LearnedFlow, LearnedPart, LeftOpen
from pilotsim.learning.length_parts import learn_length
from pilotsim.learning.mapping import EventMapping, read_event_mapping
from pilotsim.learning.share_parts import learn_shares, learn_traits
from pilotsim.learning.speed_parts import learn_speed
from pilotsim.learning.stays import Stays
from pilotsim.model.flow import Flow

__all__ = ["learn", "learn_from_stays"]


@checks_arguments
def learn(
    events: str | Path,
    flow: Flow,
    *,
    mapping: str | Path | EventMapping | None = None,
    seed: int = 1,
) -> LearnedFlow:
    """Return what an event log says of the numbers of a flow.

    Parameters
    ----------
    events : str or Path
        The log: ``.csv``, ``.parquet`` or ``.xes``; see ``docs/learning.md``.
    flow : Flow
        The sketch: which stages, ways and risks there are.
    mapping : str, Path or EventMapping, optional
        What columns and words of the log mean.
    seed : int
        Of the rows that say how sure the numbers are.

    Raises
    ------
    RegisterError
        The log cannot be read; says each row and column, never what stands there.
    FlowError
        The mapping is faulty.
    """
    said = read_event_mapping(mapping) if isinstance(mapping, str | Path) else mapping
    return learn_from_stays(read_stays(events, flow, said), flow, seed=seed)


def learn_from_stays(stays: Stays, flow: Flow, *, seed: int = 1) -> LearnedFlow:
    """Return what stays say of the numbers of a flow.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    flow : Flow
        The sketch.
    seed : int
        Of the rows that say how sure the numbers are.
    """
    ends = find_ends(stays, flow)
    parts: list[LearnedPart] = []
    left: list[LeftOpen] = []
    for found in _all(stays, flow, seed):
        if isinstance(found, LearnedPart):
            parts.append(found)
        elif found is not None:
            left.append(found)
    return LearnedFlow(flow, stays, tuple(parts), tuple(left), ends.notes, seed)


def _all(stays: Stays, flow: Flow, seed: int) -> Iterator[LearnedPart | LeftOpen | None]:
    ends = find_ends(stays, flow)
    for name, stage in flow.stages.items():
        if stage.lasts is not None:
            # A length of its own for a way on is not told apart here.
            if not stage.ways_with_lengths:
                yield learn_length(stays, ends, flow, name, seed)
            yield learn_shares(stays, ends, flow, name, seed)
    for name in flow.risks:
        part, left = learn_speed(stays, ends, flow, name, seed)
        yield part
        yield from left
    for name in flow.groups:
        yield learn_arrivals(stays, flow, name, seed)
    for name in flow.traits:
        yield learn_traits(stays, flow, name, seed)
