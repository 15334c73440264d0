"""What a flow must be beyond its parts: names that exist, shares that add up, circles in which time passes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from pilotsim.errors import did_you_mean
from pilotsim.fields import Factors
from pilotsim.flow import GROUP, HOME, MOST_DAYS, PAST, Flow, Group, Resource, Risk, Stage, Trait
from pilotsim.questions import Conflict, Measure, Selection, Target
from pilotsim.sums import SumFault, names_in
from pilotsim.values import Value

Found = Iterator[tuple[tuple[str, ...], str]]
TRIVIAL = (0.0, 1.0)


class Names:
    """The names that a flow file gives, those of faulty parts included."""

    def __init__(self, flow: Flow, known: Mapping[str, Iterable[str]]) -> None:
        self.stages = {*flow.stages, *known.get("stages", ())}
        self.groups = {*flow.groups, *known.get("groups", ())}
        self.resources = {*flow.resources, *known.get("resources", ())}
        self.risks = {*flow.risks, *known.get("risks", ())}
        self.traits = {*flow.traits, *known.get("traits", ()), GROUP, PAST}
        self.targets = {*flow.targets, *known.get("targets", ())}
        self.sources = {*flow.sources, *known.get("sources", ())}


def faults_of(flow: Flow, known: Mapping[str, Iterable[str]], changed: Sequence[tuple[str, ...]] = ()) -> Found:
    """Yield each inconsistency of a flow with its path.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    known : mapping
        Names by kind that the file gives, also those of parts that could not be read.
    changed : sequence of paths
        What was changed for this run: below these a value needs no source.
    """
    names = Names(flow, known)
    yield from _horizon(flow)
    yield from _sources(flow, names, changed)
    for name, trait in flow.traits.items():
        yield from _trait(name, trait, names)
    for name, group in flow.groups.items():
        yield from _group(name, group, names)
    for name, risk in flow.risks.items():
        yield from _risk(name, risk, flow, names)
    for name, stage in flow.stages.items():
        yield from _stage(name, stage, flow, names)
    for name, resource in flow.resources.items():
        yield from _resource(name, resource)
    yield from _effects(flow, names)
    for name, target in flow.targets.items():
        yield from _target(("targets", name), target, flow, names)
    for number, conflict in enumerate(flow.conflicts):
        yield from _conflict(("conflicts", str(number)), conflict, names)
    yield from _circles(flow)


def _known(name: str, names: set[str], what: str, path: tuple[str, ...]) -> Found:
    if name not in names:
        yield path, f"unknown {what} '{name}'{did_you_mean(name, names)}"


def _known_stage(name: str, names: Names, path: tuple[str, ...]) -> Found:
    if name != HOME:
        yield from _known(name, names.stages, "stage", path)


def _horizon(flow: Flow) -> Found:
    days = (flow.end - flow.starts).days
    if not 1 <= days <= MOST_DAYS:
        yield ("lasts",), f"expected a length from 1 day to 100 years; found {flow.lasts.written}"
    if flow.lasts.has_range or flow.lasts.changes:
        yield ("lasts",), "the length of the pilot is one number: it can have no range and no later value"
    if flow.lasts.working:
        yield ("lasts",), "the length of the pilot is counted in calendar time, not in working days"


def _sources(flow: Flow, names: Names, changed: Sequence[tuple[str, ...]]) -> Found:
    for path, value in flow.values.items():
        keys = tuple(path.split("."))
        if value.source is not None and names.sources:
            yield from _known(value.source.split()[0].rstrip(",:;"), names.sources, "source", keys)
        if value.changes and (keys[0] == "targets" or not _may_change(keys)):
            yield keys, "a value cannot change at dates here; only arrivals, units, openings, speeds, lengths and shares can"
        if names.sources and value.is_plain and _needs_source(keys, value) and not any(keys[: len(p)] == p for p in changed):
            yield keys, (
                f"{value.written} has neither source nor assumption; write {{value: {value.written}, source: ...}} "
                f"or {{value: {value.written}, assumption: ...}}"
            )


def _may_change(keys: tuple[str, ...]) -> bool:
    dated = {"arrivals", "units", "fte", "admits", "pace", "times"}
    routes_or_risks = keys[0] == "stages" and len(keys) > 2 and keys[2] in ("next", "risks")
    return routes_or_risks or ("from" in keys) or (keys[-1] in dated and keys[0] in ("groups", "resources", "risks", "stages"))


def _needs_source(keys: tuple[str, ...], value: Value) -> bool:
    """Tell whether a plain number describes the world; 0, 1, units needed and what is asked do not."""
    if keys[0] in ("targets", "conflicts", "scenarios") or "needs" in keys or "one_of" in keys:
        return False
    if "normal" in keys or (keys[0] == "risks" and keys[-1] == "pace"):
        return False
    return value.number not in TRIVIAL


def _factors(factors: Factors, names: Names, path: tuple[str, ...]) -> Found:
    for name in factors:
        yield from _known(name, names.traits, "trait", (*path, name))
        if name == GROUP:
            for group in factors[name].categories:
                yield from _known(group, names.groups, "group", (*path, name, group))


def _trait(name: str, trait: Trait, names: Names) -> Found:
    if name in (GROUP, PAST):
        yield ("traits", name), f"'{name}' is a trait that every client has; choose another name"
    for group in trait.groups or {}:
        yield from _known(group, names.groups, "group", ("traits", name, "groups", group))


def _group(name: str, group: Group, names: Names) -> Found:
    yield from _known_stage(group.starts_in, names, ("groups", name, "starts_in"))


def _risk(name: str, risk: Risk, flow: Flow, names: Names) -> Found:
    yield from _known_stage(risk.to, names, ("risks", name, "to"))
    yield from _factors(risk.times, names, ("risks", name, "times"))
    if risk.used is not None:
        yield from _known(risk.used, names.traits, "trait", ("risks", name, "used"))
        trait = flow.traits.get(risk.used)
        if trait is not None and trait.days is None:
            yield ("risks", name, "used"), f"expected a trait in days; '{risk.used}' is none"


def _stage(name: str, stage: Stage, flow: Flow, names: Names) -> Found:
    path = ("stages", name)
    if name == HOME:
        yield path, f"a stage cannot be called '{HOME}': it stands for the stage a client's group starts in"
    for needs in stage.alternatives:
        for resource in needs:
            yield from _known(resource, names.resources, "resource", (*path, "one_of" if stage.one_of else "needs", resource))
    for resource in stage.keeps:
        yield from _known(resource, names.resources, "resource", (*path, "keeps"))
    if stage.limit is not None:
        yield from _known_stage(stage.limit.otherwise, names, (*path, "limit", "else"))
    if stage.order[1]:
        yield from _known(stage.order[1], names.traits, "trait", (*path, "order"))
    yield from _drawn(path, stage, flow, names)
    yield from _routes(path, stage, names)
    yield from _stage_risks(path, stage, flow, names)


def _drawn(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    if stage.draws_from is None:
        return
    for group in stage.draws_from.groups or ():
        yield from _known(group, names.groups, "group", (*path, "draws_from", "groups"))
    for trait in stage.draws_from.traits or {}:
        yield from _known(trait, names.traits, "trait", (*path, "draws_from", "traits", trait))
    for name in stage.draws_from.stages:
        yield from _known(name, names.stages, "stage", (*path, "draws_from"))
        source = flow.stages.get(name)
        if source is stage:
            yield (*path, "draws_from"), "a stage cannot draw from itself"
        elif source is not None and (source.lasts is not None or source.may_wait):
            yield (*path, "draws_from"), f"clients are drawn only from stages where they simply are; '{name}' has needs, opens or lasts"


def _routes(path: tuple[str, ...], stage: Stage, names: Names) -> Found:
    if stage.next is None:
        return
    for target, route in stage.next.items():
        yield from _known_stage(target, names, (*path, "next", target))
        yield from _factors(route.odds, names, (*path, "next", target, "odds"))
    given = [route.share for route in stage.next.values() if route.share is not None]
    rest = len(stage.next) - len(given)
    for moment in sorted({when for share in given for when, _ in share.changes} | {date.min}):
        total = 100 * sum(_at(share, moment) for share in given)
        if rest > 1:
            yield (*path, "next"), "only one way on can be the rest"
        elif (rest and total > 100.05) or (not rest and abs(total - 100) > 0.05):
            since = "" if moment == date.min else f" from {moment}"
            yield (*path, "next"), f"the shares add up to {total:.4g} %{since}; expected 100 %"


def _at(value: Value, moment: date) -> float:
    return [value.number, *(later.number for when, later in value.changes if when <= moment)][-1]


def _stage_risks(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    for name, here in stage.risks.items():
        yield from _known(name, names.risks, "risk", (*path, "risks", name))
        if here.to is not None:
            yield from _known_stage(here.to, names, (*path, "risks", name, "to"))
        risk = flow.risks.get(name)
        speeds = [speed for speed in (here.waiting, here.started) if speed is not None]
        if risk is not None and risk.rate is None and risk.after is None and any(s.kind == "number" for s in speeds):
            yield (*path, "risks", name), f"a number of times needs the risk's own rate; give 'risks.{name}.rate' or a rate here"
        if risk is not None and risk.after is not None and any(s.kind == "rate" for s in speeds):
            yield (*path, "risks", name), "a risk with a fixed limit runs at a number of times (1), not at a rate"


def _resource(name: str, resource: Resource) -> Found:
    for part in ("units", "fte", "caseload"):
        value: Value | None = getattr(resource, part)
        if part == "caseload" and value is not None and value.changes:
            yield ("resources", name, part), "the caseload cannot change at dates; let 'fte' change"


def _effects(flow: Flow, names: Names) -> Found:
    for number, effect in enumerate(flow.effects):
        path = ("effects", str(number))
        yield from _known(effect.after, names.stages, "stage", (*path, "after"))
        yield from _known(effect.on, names.risks, "risk", (*path, "on"))
        yield from _factors(effect.by, names, (*path, "by"))


def _target(path: tuple[str, ...], target: Target, flow: Flow, names: Names) -> Found:
    if target.source is None and target.assumption is None and names.sources:
        yield path, "says neither who set the target (source) nor why it was assumed (assumption)"
    if target.source is not None and names.sources:
        yield from _known(target.source.split()[0].rstrip(",:;"), names.sources, "source", (*path, "source"))
    for name, reading in target.all_readings().items():
        inner = (*path, "readings", name) if name else path
        if reading.measure is not None:
            yield from _measure((*inner, "measure"), reading.measure, names)
        if reading.ceiling is not None:
            yield from _sum((*inner, "ceiling", "sum"), reading.ceiling.sum, names)


def _measure(path: tuple[str, ...], measure: Measure, names: Names) -> Found:
    for name in ("share", "count", "of", "per"):
        selection: Selection | None = getattr(measure, name)
        if selection is not None:
            yield from _selection((*path, name), selection, names)
    stages = {"wait": measure.wait, "from": measure.time and measure.time.start, "to": measure.time and measure.time.end}
    for key, stage in stages.items():
        if stage:
            yield from _known(stage, names.stages, "stage", (*path, *(("time",) if key in ("from", "to") else ()), key))
    for resource in [measure.use] if measure.use else measure.cost or ():
        yield from _known(resource, names.resources, "resource", path)


def _selection(path: tuple[str, ...], selection: Selection, names: Names) -> Found:
    for key in ("reached", "started", "finished", "in_stage"):
        for stage in getattr(selection, key) or ():
            yield from _known(stage, names.stages, "stage", (*path, key))
    if selection.after is not None:
        yield from _known(selection.after, names.stages, "stage", (*path, "after"))
    if selection.left_by is not None:
        yield from _known(selection.left_by, names.risks, "risk", (*path, "left_by"))
    for group in selection.groups or ():
        yield from _known(group, names.groups, "group", (*path, "groups"))
    for trait in selection.traits or {}:
        yield from _known(trait, names.traits, "trait", (*path, "traits", trait))
    for key, inner in (("any", selection.any_of), ("none", selection.none_of)):
        for number, one in enumerate(inner or ()):
            yield from _selection((*path, key, str(number)), one, names)


def _conflict(path: tuple[str, ...], conflict: Conflict, names: Names) -> Found:
    for target in conflict.targets:
        yield from _known(target, names.targets, "target", (*path, "targets"))
    yield from _sum((*path, "sum"), conflict.sum, names)


def _sum(path: tuple[str, ...], text: str, names: Names) -> Found:
    kinds = {"groups": names.groups, "targets": names.targets, "resources": names.resources, "stages": names.stages}
    try:
        for name in names_in(text):
            kind, _, rest = name.partition(".")
            yield from _known(kind, set(kinds), "kind of name", path)
            if kind in kinds:
                yield from _known(rest.split(".")[0], kinds[kind], kind.removesuffix("s"), path)
    except SumFault as fault:
        yield path, str(fault)


def _circles(flow: Flow) -> Found:
    """Find circles of stages that a client can go round without time passing."""
    instant = {name for name, stage in flow.stages.items() if stage.lasts is not None and stage.lasts.is_zero}
    reported: set[frozenset[str]] = set()
    for start in flow.stages:
        circle = _circle_from(start, flow, instant) if start in instant else None
        if circle and frozenset(circle) not in reported:
            reported.add(frozenset(circle))
            yield ("stages", start, "next"), f"clients can go round without time passing: {' -> '.join([*circle, start])}"


def _circle_from(start: str, flow: Flow, instant: set[str]) -> list[str] | None:
    """Return the shortest way from a stage back to itself through stages that all last 0 days."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for after in flow.stages[way[-1]].next or {}:
            if after == start:
                return way
            if after in instant and after not in seen:
                seen.add(after)
                ways.append([*way, after])
    return None
