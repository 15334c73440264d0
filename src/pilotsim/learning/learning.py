"""Learn a flow from a register: which numbers of the sketch the register tells, and how surely."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.errors import PilotsimError, RequestError
from pilotsim.base.messages import Message
from pilotsim.files.modules import read_written_out
from pilotsim.files.reading import read_flow
from pilotsim.learning.arrival_parts import learn_arrivals
from pilotsim.learning.ends import LearnedFrom, find_ends
from pilotsim.learning.events import read_stays
from pilotsim.learning.learned import LearnedFlow, LearnedPart, LeftOpen
from pilotsim.learning.length_parts import learn_length
from pilotsim.learning.mapping import EventMapping, read_event_mapping
from pilotsim.learning.share_parts import learn_shares, learn_traits
from pilotsim.learning.speed_parts import learn_speed
from pilotsim.learning.stays import Stays
from pilotsim.learning.unit_parts import learn_units
from pilotsim.model.flow import Flow

__all__ = ["learn", "learn_from_stays", "months_held_out"]


@checks_arguments
def learn(
    events: str | Path,
    flow: Flow | str | Path,
    *,
    mapping: str | Path | EventMapping | None = None,
    held_out: int | None = 0,
    seed: int = 1,
    progress: Callable[[int], object] | None = None,
) -> LearnedFlow:
    """Return what an event log says of the numbers of a flow.

    Parameters
    ----------
    events : str or Path
        The log: ``.csv``, ``.parquet`` or ``.xes``; see ``docs/learning.md``.
    flow : Flow, str or Path
        The sketch: which stages, ways and risks there are; or its file.
    mapping : str, Path or EventMapping, optional
        What columns and words of the log mean.
    held_out : int, optional
        So many months at the end of the log are forecast by a flow that is learned from the rest,
        before they are looked at; this needs the file of the sketch. None for as many as
        `months_held_out` says. The numbers themselves are learned from the whole log.
    seed : int
        Of the rows that say how sure the numbers are, and of the runs of the forecast.
    progress : callable, optional
        Is told how many more runs of the forecast are done.

    Raises
    ------
    RequestError
        Months are to be held out and there is no file, or the log is too short.
    RegisterError
        The log cannot be read; says each row and column, never what stands there.
    FlowError
        The mapping is faulty.
    """
    said = read_event_mapping(mapping) if isinstance(mapping, str | Path) else mapping
    sketch = flow if isinstance(flow, Flow) else read_flow(flow)
    stays = read_stays(events, sketch, said)
    found = learn_from_stays(stays, sketch, seed=seed)
    if held_out == 0:
        return found
    if isinstance(flow, Flow):
        raise RequestError(Message("to hold months out, give the file of the sketch"))
    return _with_forecast(found, read_written_out(flow), held_out, seed, progress)


def months_held_out(stays: Stays) -> int:
    """Return how many months at the end of a register are held out unless asked for others.

    A fifth of it, at most twelve; none where that is less than two.

    Parameters
    ----------
    stays : Stays
        What the register shows.
    """
    months = int((stays.ends - stays.begins) / DAYS_PER_MONTH / 5)
    return min(12, months) if months >= 2 else 0


def _with_forecast(
    found: LearnedFlow,
    text: str,
    asked: int | None,
    seed: int,
    progress: Callable[[int], object] | None,
) -> LearnedFlow:
    from pilotsim.learning.hold_out import hold_out

    months = months_held_out(found.stays) if asked is None else asked
    if not months:
        return found
    try:
        told = hold_out(found.stays, found.flow, text, months, seed=seed, progress=progress)
    except PilotsimError as fault:
        if asked is not None:
            raise
        why = Message(
            "the last part of the register could not be forecast: {why}", why=fault.message
        )
        return replace(found, notes=(*found.notes, why))
    return replace(found, held_out=told)


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
    given = LearnedFrom(stays, find_ends(stays, flow), flow, seed)
    parts: list[LearnedPart] = []
    left: list[LeftOpen] = []
    for found in _all(given):
        if isinstance(found, LearnedPart):
            parts.append(found)
        elif found is not None:
            left.append(found)
    return LearnedFlow(flow, stays, tuple(parts), tuple(left), given.ends.notes, seed)


def _all(given: LearnedFrom) -> Iterator[LearnedPart | LeftOpen | None]:
    flow = given.flow
    for name, stage in flow.stages.items():
        if stage.lasts is not None:
            # A length of its own for a way on is not told apart here.
            if not stage.ways_with_lengths:
                yield learn_length(given, name)
            yield learn_shares(given, name)
    for name in flow.risks:
        part, left = learn_speed(given, name)
        yield part
        yield from left
    for name in flow.groups:
        yield learn_arrivals(given, name)
    for name in flow.resources:
        yield learn_units(given, name)
    for name in flow.traits:
        yield learn_traits(given, name)
