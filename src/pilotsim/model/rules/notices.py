"""What a flow says that has no effect: parts that nothing leads to and that nothing names.

None of these is a fault. A stage that nobody reaches may be meant for a scenario; but a reader who
is not told takes it for a part of the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import numpy as np

from pilotsim.base.arithmetic import ArithmeticFault, names_in
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.model.arrivals import TIME
from pilotsim.model.clients import HOME
from pilotsim.model.distributions.observed import LENGTHS_FROM
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow
from pilotsim.model.rules.names import Found
from pilotsim.model.rules.possible import Possible
from pilotsim.model.stages import Stage
from pilotsim.model.steady import ASSISTANCE, SteadyInflow, StockModel, measured_days
from pilotsim.model.targets import ENTRY, Measure, Selection

__all__ = ["notices_of"]

# How far a stock may drift by itself, as a share of what it is at the start.
MOST_DRIFT = 0.15
# How far a stock that is held steady may be from what it is at first, on the way.
MOST_SWING = 0.05
DAYS_BETWEEN_LOOKS = 15.0
# Of fewer a length may well be far from what others have.
FEW_STAYS = 20


def notices_of(flow: Flow) -> Found:
    """Yield what a flow says without effect, each with its path.

    Parameters
    ----------
    flow : Flow
        A flow without faults.

    Yields
    ------
    tuple of (path, Message)
    """
    meant_for_a_scenario = set(_words_of_scenarios(flow))
    answered: set[str] = set()
    told: set[str] = set()
    for path, message in _all_notices(flow):
        name = ".".join(path)
        if name in flow.set_aside:
            answered.add(name)
        elif path[-1] not in meant_for_a_scenario and name not in told:
            told.add(name)
            yield path, message
    # A scenario that changes the arrivals makes the drift of the flow as it stands no smaller.
    if flow.starts_from is None:
        yield from _drift(flow)
        yield from _swings(flow)
    for name in flow.set_aside:
        if name not in answered:
            yield ("set_aside", name), Message("'{name}' is in use: it is not set aside", name=name)


def _words_of_scenarios(flow: Flow) -> Iterator[str]:
    """Yield every name that a scenario or an option changes, or puts in place of something."""
    left: list[Any] = [scenario.changes for scenario in flow.scenarios.values()]
    left += [one.changes for choice in flow.choices.values() for one in choice.options.values()]
    left += [one.changes for asked in flow.decisions.values() for one in asked.options.values()]
    while left:
        one = left.pop()
        if isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str):
            yield from one.split(".")


def _all_notices(flow: Flow) -> Found:
    possible = Possible(flow)
    yield from _stages(flow, possible)
    yield from _unnamed(flow, possible)
    yield from _still(flow, possible)
    yield from _deadlock(flow, possible)
    yield from _sent_round(flow, possible)
    yield from _starved(flow, possible)
    yield from _effects(flow, possible)
    yield from _targets(flow, possible)
    yield from _left_of_joint(flow)
    yield from _counted(flow)
    yield from _few_stays(flow)


def _few_stays(flow: Flow) -> Found:
    """Yield each length that was made of few stays."""
    for path, length in flow.lengths_from_stays.items():
        stays = length.lengths_from.stays if length.lengths_from is not None else None
        if stays is not None and stays < FEW_STAYS:
            yield (
                (*path.split("."), LENGTHS_FROM),
                Message(
                    "made of {stays} stays: nobody stays longer than the longest of them did, and "
                    "their mean may be far from that of others",
                    stays=stays,
                ),
            )


def _counted(flow: Flow) -> Found:
    """Yield each file of arrivals that begins after the flow does, or ends before it."""
    for name, counted in flow.counted_arrivals.items():
        if counted.by == TIME or not counted.counts:
            continue
        path = ("groups", name, "arrivals_from")
        begins, ends = counted.counts[0].begins.date(), counted.counts[-1].ends.date()
        if begins > flow.starts:
            yield path, Message("the file begins on {begins}: nobody comes before", begins=begins)
        if ends < flow.end:
            yield path, Message("the file ends on {ends}: nobody comes after", ends=ends)


def _stages(flow: Flow, possible: Possible) -> Found:
    """Yield each stage that nobody is ever in, or that nobody ever starts."""
    for name, stage in flow.stages.items():
        if name in possible.started:
            continue
        why = possible.never_starts(stage)
        if why is not None:
            yield ("stages", name), Message("{why}: nobody ever starts here", why=why)
        else:
            yield ("stages", name), Message("nothing leads to this stage: nobody is ever in it")


# What a client may hold while it waits: room in a stage, or units of a resource.
_Held = tuple[str, str]


def _deadlock(flow: Flow, possible: Possible) -> Found:
    """Yield whether clients may wait for each other for ever: each holds what another waits for."""
    waits_for: dict[_Held, list[_Held]] = {}
    for name in possible.reached:
        for held, wanted in _held_and_wanted(name, flow):
            waits_for.setdefault(held, []).append(wanted)
    circles = [circle for one in waits_for if (circle := _circle(one, waits_for)) is not None]
    for circle in sorted(circles, key=len)[:1]:
        name = min(circle)[1]
        kind = min(circle)[0]
        ways = [
            Message("room in '{stage}'", stage=one) if what == "stages" else f"'{one}'"
            for what, one in circle
        ]
        yield (
            (kind, name),
            Message(
                "deadlock is possible: who holds {held} may wait for {wanted} in a circle, each "
                "for what another holds, to the end of the run",
                held=ways[0],
                wanted=" -> ".join([*ways[1:], ways[0]]),
            ),
        )


def _held_and_wanted(name: str, flow: Flow) -> Iterator[tuple[_Held, _Held]]:
    """Yield what may be held in a stage while something else is waited for there."""
    stage = flow.stages[name]
    needed = {
        resource
        for needs in stage.alternatives
        for resource, units in needs.items()
        if resource in flow.resources and flow.resources[resource].supply is None
    }
    inside: list[_Held] = [("stages", name)] if stage.room is not None else []
    for resource in sorted(needed):
        for held in inside:
            yield held, ("resources", resource)
    held_at_end = [*inside, *(("resources", resource) for resource in sorted(needed))]
    for other in stage.next or {}:
        after = flow.stages.get(other)
        if after is not None and after.room is not None:
            for held in held_at_end:
                yield held, ("stages", other)
        if after is None:
            continue
        for kept in stage.keeps:
            units = {resource for needs in after.alternatives for resource in needs}
            if kept not in units & needed:
                continue
            for resource in sorted(units):
                if resource != kept or _wants_more(stage, after, kept):
                    yield ("resources", kept), ("resources", resource)


def _wants_more(stage: Stage, after: Stage, resource: str) -> bool:
    """Tell whether more units may be needed in a stage than go along into it."""
    before = [needs[resource].least for needs in stage.alternatives if resource in needs]
    needed = [needs[resource].most for needs in after.alternatives if resource in needs]
    return max(needed) > min(before)


def _sent_round(flow: Flow, possible: Possible) -> Found:
    """Yield each line whose overflow may come back to it at the same instant."""
    for name in possible.reached:
        for key, stage in (
            ("limit", flow.stages[name].limit),
            ("put_off", flow.stages[name].put_off),
        ):
            way = None if stage is None else _way_back(name, stage.otherwise, flow)
            if way is not None:
                yield (
                    ("stages", name, key, "else"),
                    Message(
                        "who is sent on from here comes back at the same instant ({way}): the run "
                        "stops where that happens",
                        way=" -> ".join(way),
                    ),
                )


def _way_back(name: str, first: str, flow: Flow) -> list[str] | None:
    """Return the way back to a stage of those whom its line sends on, if no time passes on it."""
    homes = {group.starts_in for group in flow.groups.values()}
    ways = [[name, one] for one in (homes if first == HOME else [first])]
    seen: set[str] = set()
    for way in ways:
        stage = flow.stages.get(way[-1])
        if way[-1] == name:
            return way
        if stage is None or way[-1] in seen:
            continue
        seen.add(way[-1])
        after = [one.otherwise for one in (stage.limit, stage.put_off) if one is not None]
        if not stage.may_wait and stage.lasts is not None and stage.lasts.is_zero:
            after += stage.next or {}
        for one in after:
            ways += [[*way, to] for to in (homes if one == HOME else [one])]
    return None


def _starved(flow: Flow, possible: Possible) -> Found:
    """Yield each stage that can start only while another holds none of what both need."""
    for name, resource, needed in _needs(flow, possible):
        most = possible.most_units(resource)
        if not 1 < needed.least <= most < math.inf or needed.follows:
            continue
        own = flow.stages[name]
        for other, same, units in _needs(flow, possible):
            if own.reserves and flow.stages[other].priority <= own.priority:
                continue  # What comes free is put aside for it.
            is_other = other != name and same == resource and not units.follows
            if is_other and units.most > 0 and needed.least > most - units.least:
                yield (
                    ("stages", name),
                    Message(
                        "it needs {needed} of the {most} '{resource}' at once, and '{other}' takes "
                        "them {units} at a time: where these are busy it may never start, "
                        "whatever its priority",
                        needed=f"{needed.least:g}",
                        most=f"{most:g}",
                        resource=resource,
                        other=other,
                        units=f"{units.least:g}",
                    ),
                )
                break


def _needs(flow: Flow, possible: Possible) -> Iterator[tuple[str, str, Quantity]]:
    """Yield what each stage that somebody starts needs, if it needs one thing or another alone."""
    for name in flow.stages:
        if name in possible.started:
            for needs in flow.stages[name].alternatives[:1]:
                for resource, units in needs.items():
                    if flow.resources[resource].supply is None:
                        yield name, resource, units


def _circle(start: _Held, waits_for: Mapping[_Held, list[_Held]]) -> list[_Held] | None:
    """Return the shortest way from what is held back to itself; None for none."""
    ways = [[start]]
    seen: set[_Held] = set()
    for way in ways:
        for wanted in waits_for.get(way[-1], ()):
            if wanted == start:
                return way
            if wanted not in seen:
                seen.add(wanted)
                ways.append([*way, wanted])
    return None


def _left_of_joint(flow: Flow) -> Found:
    """Yield which values were set for this run while those fitted together with them are drawn."""
    for name, part in flow.joint.items():
        drawn = flow.drawn_together.get(name, {})
        apart = [path for path in part.gives if path in flow.values and path not in drawn]
        for path in apart if drawn else ():
            message = Message(
                "is set for this run; the {count} other values of joint.{name} are drawn together "
                "as if it were not",
                count=len(drawn),
                name=name,
            )
            yield ("joint", name, "gives", path), message


def _drift(flow: Flow) -> Found:
    """Yield a notice if clients on assistance become many more, or far fewer, by themselves.

    Only where that can be worked out without a run, and somebody comes.
    """
    on_assistance = tuple(
        name
        for name, group in flow.groups.items()
        if group.starts_in in flow.stages
        and flow.stages[group.starts_in].counts_as == ASSISTANCE
        and (group.stock.number or group.has_arrivals)
    )
    coming = [name for name in on_assistance if flow.groups[name].arrivals is not None]
    if not coming or not flow.has_programme:
        return
    numbers = np.array([value.number for value in flow.values.values()], np.float64)
    try:
        before, change = StockModel(flow, on_assistance, ASSISTANCE).change(numbers)
    except (ArithmeticFault, RequestError):
        return
    if not (before > 0 and abs(change) > MOST_DRIFT * before):
        return
    held = [name for name in coming if _is_held(flow, name)]
    if held:
        rate = flow.groups[held[0]].arrivals
        assert rate is not None, "it comes"
        yield (
            ("groups", held[0], "arrivals"),
            Message(
                "without the programme some {before:.0f} clients on assistance become "
                "{after:.0f} in the run, though {rate} are to hold a stock steady: others come, "
                "or would be back even if nobody came",
                before=before,
                after=before + change,
                rate=rate.written,
            ),
        )
    else:
        yield (
            ("groups", coming[0], "arrivals"),
            Message(
                "without the programme some {before:.0f} clients on assistance become "
                "{after:.0f} in the run: those who come and those who leave do not balance; "
                "'steady: true' works out arrivals that do",
                before=before,
                after=before + change,
            ),
        )


def _is_held(flow: Flow, group: str) -> bool:
    rate = flow.groups[group].arrivals
    return rate is not None and rate.steady is not None and rate.scaled_by is None


def _swings(flow: Flow) -> Found:
    """Yield each inflow that holds a stock steady at two moments, and far from it between them."""
    numbers = np.array([value.number for value in flow.values.values()], np.float64)
    for inflow in flow.followers:
        if not isinstance(inflow, SteadyInflow):
            continue
        first, last = measured_days(flow)
        days = np.append(np.arange(first, last, DAYS_BETWEEN_LOOKS), last)
        counted = inflow.course(numbers, days)
        furthest = int(np.argmax(np.abs(counted - counted[0])))
        if abs(counted[furthest] - counted[0]) > MOST_SWING * counted[0]:
            held = flow.starts + timedelta(days=inflow.days[1])
            yield (
                tuple(inflow.path.split(".")),
                Message(
                    "as many are there on {start} and on {end}, but not between: {before:.0f} "
                    "become {most:.0f} by {when}, more than {part:.0f} % off; clients who are away "
                    "at the start and come back (stock_in, in a group under 'steady') hold the "
                    "stock all the way",
                    start=flow.counts_from,
                    end=held,
                    before=float(counted[0]),
                    most=float(counted[furthest]),
                    when=flow.starts + timedelta(days=float(days[furthest])),
                    part=100 * MOST_SWING,
                ),
            )


# --------------------------------------------------------------------------------------------------
# Names that nothing uses


def _unnamed(flow: Flow, possible: Possible) -> Found:
    stages = flow.stages.values()
    needed = {name for stage in stages for needs in stage.alternatives for name in needs}
    held = needed | {name for stage in stages for name in stage.keeps}
    at_work = {name for stage in stages for name in stage.risks}
    shared = {name for value in flow.values.values() for name in (value.scaled_by, value.raised_to)}
    summed = {name for name in flow.shared if _in_a_sum(flow, f"shared.{name}")}
    in_sums = {name for name in flow.traits if _in_a_sum(flow, f"traits.{name}.share")}
    during = {period for value in flow.values.values() for period, _ in value.during}
    used: dict[str, tuple[set[Any], Message]] = {
        "resources": (held, Message("no stage needs this resource: it has no effect")),
        "risks": (at_work, Message("no stage names this risk: its clock never runs")),
        "traits": (
            set(_named_traits(flow)) | in_sums,
            Message("nothing names this trait: it has no effect"),
        ),
        "shared": (shared | summed, Message("no value is scaled by this one: it has no effect")),
        "periods": (during, Message("no value names this period: it has no effect")),
    }
    for kind, (named, message) in used.items():
        for name in getattr(flow, kind):
            if name not in named:
                yield (kind, name), message
    yield from _empty(flow, possible)
    yield from _sources(flow)


def _empty(flow: Flow, possible: Possible) -> Found:
    """Yield each group that nobody is ever in, and each cost that nobody ever causes."""
    for name, group in flow.groups.items():
        comes = possible.comes(group)
        if not comes and group.stock.stays_at(0):
            yield (
                ("groups", name),
                Message("nobody is in this group at the start, and nobody comes"),
            )
        elif group.intake is not None and not comes:
            yield ("groups", name, "intake"), Message("nobody ever comes by this intake")
        if group.deterred is not None and group.deterred.share.stays_at(0):
            yield ("groups", name, "deterred"), Message("the share is 0: nobody is deterred")
    for name, cost in flow.costs.items():
        if cost.in_stages and not possible.started.intersection(cost.in_stages):
            yield ("costs", name), Message("nobody is ever in its stages: the cost is always 0")
        elif cost.price.stays_at(0):
            yield ("costs", name), Message("the price is 0: the cost is always 0")


# --------------------------------------------------------------------------------------------------
# Parts that are named and do nothing


def _still(flow: Flow, possible: Possible) -> Found:
    """Yield what is named and nevertheless changes nothing in the run."""
    needed = {
        name
        for stage in flow.stages.values()
        for needs in stage.alternatives
        for name, units in needs.items()
        if not units.stays_at(0)
    }
    for name in flow.resources:
        if name in needed and not possible.is_there(name):
            yield (
                ("resources", name),
                Message("there is never any of it: nobody who needs it ever starts"),
            )
    at_work = {name for place in possible.reached for name in flow.stages[place].risks}
    for name in flow.risks:
        if name in at_work and name not in possible.firing:
            yield ("risks", name), Message("its clock never fires in the run: it has no effect")
    for name, found in flow.traits.items():
        shares = [found.share, *(found.groups or {}).values()]
        given = [one for share in shares if share for one in (share.stock, share.arrivals)]
        if given and all(share.stays_at(0) for share in given):
            yield ("traits", name), Message("nobody has this trait: it has no effect")
    for path, factors in _factors(flow):
        for trait, factor in factors.items():
            numbers = factor.quantities
            if numbers and all(number.stays_at(1) for number in numbers):
                yield (*path, trait), Message("the factor is 1: it has no effect")
    yield from _outside(flow)


def _factors(flow: Flow) -> Iterator[tuple[tuple[str, ...], Mapping[str, Factor]]]:
    """Yield the factors by trait of risks, lengths and ways on, each with its path."""
    for name, risk in flow.risks.items():
        yield ("risks", name, "times"), risk.times
    for name, stage in flow.stages.items():
        yield ("stages", name, "urgency"), stage.urgency
        for keys, length in stage.lengths:
            yield ("stages", name, *keys, "by"), length.by
        for to, route in (stage.next or {}).items():
            yield ("stages", name, "next", to, "odds"), route.odds


def _outside(flow: Flow) -> Found:
    """Yield each period and each later value that lies outside the run."""
    for name, period in flow.periods.items():
        if period.begins >= flow.end or period.ends <= flow.starts:
            yield (
                ("periods", name),
                Message(
                    "lies outside the run, from {start} up to {end}: it has no effect",
                    start=flow.starts,
                    end=flow.end,
                ),
            )
    for path, value in flow.values.items():
        for when, _ in () if value.during else value.changes:
            if when >= flow.end:
                yield (
                    (*path.split("."), "from", when.isoformat()),
                    Message("the run ends on {end}: this number never holds", end=flow.end),
                )


def _sources(flow: Flow) -> Found:
    """Yield each document that nothing is taken from."""
    cited = {source.split(maxsplit=1)[0].rstrip(",:;") for source in _all_sources(flow)}
    for name in flow.sources:
        if name not in cited:
            yield ("sources", name), Message("nothing is taken from this source")


def _all_sources(flow: Flow) -> Iterator[str]:
    given: list[str | None] = [value.source for value in flow.values.values()]
    given += [target.source for target in flow.targets.values()]
    given += [conflict.source for conflict in flow.conflicts]
    given += [choice.source for choice in flow.choices.values()]
    given += [part.source for part in flow.joint.values()]
    given += [one.observed_mean.source for one in flow.lengths_from_stays.values()]
    for one in flow.observed.values():
        given.append(one.source)
        given += [figure.source for figure in one.published]
        given.append(None if one.naive is None else one.naive.source)
    yield from (source for source in given if source and source.strip())


def _in_a_sum(flow: Flow, path: str) -> bool:
    """Tell whether a sum of the file names a value."""
    if any(path in follower.slots for follower in flow.followers):
        return True
    sums = [conflict.sum for conflict in flow.conflicts]
    sums += [one.sum for one in flow.observed.values() if one.sum is not None]
    for target in flow.targets.values():
        ceilings = [reading.ceiling for reading in target.all_readings().values()]
        sums += [ceiling.sum for ceiling in ceilings if ceiling is not None]
    return any(path in names_in(text) for text in sums)


def _named_traits(flow: Flow) -> Iterator[str]:
    for trait in flow.traits.values():
        yield from trait.correlated or {}
    for risk in flow.risks.values():
        yield from risk.times
        if risk.used is not None:
            yield risk.used
    for stage in flow.stages.values():
        for _, length in stage.lengths:
            yield from length.by
            yield from length.correlated
        yield stage.order[1]
        yield from stage.urgency
        yield from (trait for _, trait in stage.order_when.values())
        if stage.draws_from is not None:
            yield from (stage.draws_from.traits or {})
        for route in (stage.next or {}).values():
            yield from route.odds
    for group in flow.groups.values():
        for place in (group.stock_in or {}).values():
            yield from getattr(place.remaining, "by", {})
    for effect in flow.effects:
        yield from effect.by
    for measure in _measures(flow):
        for selection in _selections(measure):
            yield from (selection.traits or {})


def _measures(flow: Flow) -> Iterator[Measure]:
    for target in flow.targets.values():
        asked = [reading.measure for reading in target.all_readings().values()]
        yield from (measure for measure in asked if measure is not None)
    for one in flow.observed.values():
        if one.measure is not None:
            yield one.measure


def _selections(measure: Measure) -> Iterator[Selection]:
    left = [measure.share, measure.count, measure.of, measure.per]
    while left:
        selection = left.pop()
        if selection is not None:
            yield selection
            left += [*(selection.any_of or ()), *(selection.none_of or ())]


# --------------------------------------------------------------------------------------------------
# Effects and targets


def _effects(flow: Flow, possible: Possible) -> Found:
    """Yield each effect that never works, or that changes nothing."""
    for number, effect in enumerate(flow.effects):
        path = ("effects", str(number))
        passed = possible.reached if effect.counted_from == "joined" else possible.started
        factors = [effect.times]
        for factor in effect.by.values():
            factors += factor.quantities
        lengths = [length for length in (effect.lasts, effect.fades) if length is not None]
        days = (flow.end - flow.starts).days
        if effect.after not in passed:
            yield path, Message("nobody ever passes '{stage}': no effect", stage=effect.after)
        elif effect.on not in possible.firing:
            yield path, Message("the clock of '{risk}' never runs: no effect", risk=effect.on)
        elif effect.lasts is not None and all(length.stays_at(0) for length in lengths):
            yield path, Message("it holds for {length}: no effect", length=effect.lasts.written)
        elif all(factor.stays_at(1) for factor in factors):
            yield path, Message("the factor is 1: it has no effect")
        elif effect.starts is not None and effect.starts.least >= days:
            yield (
                path,
                Message(
                    "it begins {length} after '{stage}', and the run is over by then: no effect",
                    length=effect.starts.written,
                    stage=effect.after,
                ),
            )


def _targets(flow: Flow, possible: Possible) -> Found:
    """Yield each target whose measure can never be anything but 0."""
    for name, target in flow.targets.items():
        for reading, asked in target.all_readings().items():
            stage = None if asked.measure is None else _dead_stage(asked.measure, possible)
            if stage is not None:
                path = ("targets", name, *(("readings", reading) if reading else ()))
                yield (
                    path,
                    Message(
                        "nobody is ever in '{stage}': what is measured can be nothing else",
                        stage=stage,
                    ),
                )


def _dead_stage(measure: Measure, possible: Possible) -> str | None:
    """Return a stage without which nothing is measured and that nobody reaches; None if none is."""
    if measure.wait is not None:
        return measure.wait if measure.wait not in possible.reached else None
    for selection in (measure.share, measure.count, measure.of):
        dead = None if selection is None else _dead_part(selection, possible)
        if dead is not None:
            return dead
    return None


def _dead_part(selection: Selection, possible: Possible) -> str | None:
    parts = (
        (selection.reached, possible.reached),
        (selection.started, possible.started),
        (selection.finished, possible.started),
        (selection.left, possible.reached),
        (selection.in_stage, possible.reached),
        (selection.after, possible.reached),
    )
    for names, alive in parts:
        if names and not any(name in alive or name == ENTRY for name in names):
            return names[0]
    inner = [_dead_part(one, possible) for one in selection.any_of or ()]
    return inner[0] if inner and all(inner) else None
