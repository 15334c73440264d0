"""The ways from stage to stage that a flow names, and the stages that are the programme's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotsim.model.flow import Flow

__all__ = ["DRAWN", "ONWARD", "own_stages", "programme_stages", "stages_reached", "ways_of"]

# What a route or a risk may lead to instead of a stage: where the client's group starts.
STARTS_IN = "starts_in"
# What kinds of way there are: on by itself, and taken out by the programme.
ONWARD, DRAWN = "onward", "drawn"

Way = tuple[str, str]


def ways_of(flow: Flow) -> dict[Way, str]:
    """Return the ways from stage to stage that a flow names, with the kind of each.

    Parameters
    ----------
    flow : Flow
        What the file says.

    Returns
    -------
    dict of (str, str) to str
        `ONWARD` for those that clients go by themselves, `DRAWN` for those out of which the
        programme takes them.
    """
    found: dict[Way, str] = {}
    starts = list(dict.fromkeys(group.starts_in for group in flow.groups.values()))
    for name, stage in flow.stages.items():
        leads = [*(stage.next or {})]
        leads += [own.to or flow.risks[risk].to for risk, own in stage.risks.items()]
        leads += [stage.limit.otherwise] if stage.limit else []
        leads += [stage.put_off.otherwise] if stage.put_off else []
        for to in leads:
            for target in starts if to == STARTS_IN else [to]:
                found[name, target] = ONWARD
    for name, stage in flow.stages.items():
        for source in stage.draws_from.stages if stage.draws_from else ():
            found.setdefault((source, name), DRAWN)
    return {way: kind for way, kind in found.items() if way[0] != way[1]}


def stages_reached(flow: Flow, ways: Sequence[Way]) -> set[str]:
    """Return the stages that groups start in, and those that some ways lead to from these.

    Parameters
    ----------
    flow : Flow
        What the file says.
    ways : sequence of (str, str)
        The ways that count.
    """
    found: set[str] = set()
    left = list(_starts(flow))
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += [target for source, target in ways if source == name]
    return found


def _starts(flow: Flow) -> Iterable[str]:
    for group in flow.groups.values():
        yield group.starts_in
        yield from group.stock_in or {}
        if group.deterred is not None:
            yield group.deterred.to


def programme_stages(flow: Flow) -> list[str]:
    """Return the stages that clients come to by being drawn into a programme, and not without.

    In the order of the file; none where nobody is drawn.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """
    ways = ways_of(flow)
    onward = [way for way, kind in ways.items() if kind == ONWARD]
    own = stages_reached(flow, list(ways)) - stages_reached(flow, onward)
    return [name for name in flow.stages if name in own]


def own_stages(flow: Flow) -> list[str]:
    """Return the stages that are the programme's own, in the order of the file.

    Those of `programme_stages`; where there are none, those from which a way leads on.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """
    found = programme_stages(flow)
    if found:
        return found
    leading_on = {source for (source, _), kind in ways_of(flow).items() if kind == ONWARD}
    return [name for name in flow.stages if name in leading_on]
