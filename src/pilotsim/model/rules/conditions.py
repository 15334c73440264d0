"""Conditions on the state of a run: whether what they count is there, and where they may stand."""

from __future__ import annotations

from pilotsim.base.messages import Message
from pilotsim.model.conditions import DAY, OF_RESOURCES, OF_STAGES, Term, read_condition
from pilotsim.model.flow import Flow
from pilotsim.model.rules.names import Found, Names, categories_of
from pilotsim.model.rules.names import known as known_name
from pilotsim.model.stages import Stage

# How much more than 100 % shares may add up to.
SLACK = 0.0005


def faults_of_conditions(name: str, stage: Stage, flow: Flow, names: Names) -> Found:
    """Yield each fault in what a stage makes depend on the state of the run.

    Parameters
    ----------
    name : str
        The name of the stage.
    stage : Stage
        The stage.
    flow : Flow
        The parts of the file that could be read.
    names : Names
        The names of the flow.
    """
    for keys, text in stage.conditions():
        for term in read_condition(text).below():
            yield from _counted(term, flow, names, ("stages", name, *keys, text))
    yield from _shares(("stages", name, "next"), stage, flow)
    yield from _pace(("stages", name, "pace_when"), stage, flow)
    yield from _orders(("stages", name, "order_when"), stage, flow, names)


def _counted(term: Term, flow: Flow, names: Names, path: tuple[str, ...]) -> Found:
    if term.what in OF_STAGES:
        yield from known_name(term.of, names.stages, "stage", path)
        counted = flow.stages.get(term.of)
        if term.what == "waiting" and counted is not None and not counted.may_wait:
            yield (
                path,
                Message(
                    "nobody waits in '{stage}': it needs nothing and is always open; count "
                    "'there({stage})'",
                    stage=term.of,
                ),
            )
    if term.what in OF_RESOURCES:
        yield from known_name(term.of, names.resources, "resource", path)
        resource = flow.resources.get(term.of)
        if term.what != "free" and resource is not None and resource.supply is not None:
            yield (
                path,
                Message(
                    "'{resource}' is used up: nobody holds any; count free({resource})",
                    resource=term.of,
                ),
            )


def _pace(path: tuple[str, ...], stage: Stage, flow: Flow) -> Found:
    """Yield a fault where a pace by the state meets what it is not worked out with."""
    if not stage.pace_when:
        return
    if stage.pace is not None and stage.pace.changes:
        yield path, Message("a pace looks either at the state or at dates")
    for text in stage.pace_when:
        if any(term.what == DAY for term in read_condition(text).below()):
            yield (*path, text), Message("a pace that changes at dates is said by 'pace'")
    if any(route.lasts is not None for route in (stage.next or {}).values()):
        yield path, Message("where ways on have lengths of their own, no pace looks at the state")
    if stage.interrupted is not None:
        yield path, Message("a stay that may be interrupted has one pace all along")
    if any(flow.stages[to].room is not None for to in stage.next or {} if to in flow.stages):
        yield path, Message("where the next stage has 'room', no pace looks at the state")
    needed = {name for needs in stage.alternatives for name in needs}
    for name in sorted(needed & set(flow.resources)):
        if flow.resources[name].pauses:
            yield (
                path,
                Message(
                    "service stands still between the shifts of '{resource}': no pace looks at the "
                    "state there",
                    resource=name,
                ),
            )


def _orders(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    if stage.order_when and not stage.may_wait:
        yield path, Message("nobody waits for a stage without needs, one_of, opens or batch")
    for text, (_, trait) in stage.order_when.items():
        if not trait:
            continue
        yield from known_name(trait, names.traits, "trait", (*path, text))
        if categories_of(trait, flow, names) is not None:
            yield (
                (*path, text),
                Message(
                    "expected a trait that has an order; '{trait}' has categories", trait=trait
                ),
            )


def _shares(path: tuple[str, ...], stage: Stage, flow: Flow) -> Found:
    """Yield a fault where shares under conditions leave nothing to the rest, or cannot be told."""
    routes = stage.next or {}
    if not any(route.when for route in routes.values()):
        return
    if all(route.share is not None for route in routes.values()):
        yield (
            path,
            Message("where a share has conditions, another way has to take the rest"),
        )
    if any(route.lasts is not None for route in routes.values()):
        yield (
            path,
            Message("a stay as long as its way on says knows the way at its start; no 'when' here"),
        )
    rooms = [to for to in routes if to in flow.stages and flow.stages[to].room is not None]
    if rooms:
        yield (
            path,
            Message(
                "whoever is done waits here for room in '{stage}', so that no condition may choose "
                "the way on; count 'there({stage})' instead of 'room'",
                stage=rooms[0],
            ),
        )
    for to, route in routes.items():
        others = sum(
            other.share.number
            for name, other in routes.items()
            if name != to and other.share is not None and not other.when
        )
        for text, share in route.when.items():
            if others + share.number > 1 + SLACK:
                yield (
                    (*path, to, "when", text),
                    Message(
                        "with the other shares this is {total:.4g} %; expected at most 100 %",
                        total=100 * (others + share.number),
                    ),
                )
