"""What makes a flow's questions answerable: known names, bounds in the unit, sums that work out."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, timedelta

from pilotsim.base.arithmetic import ArithmeticFault, names_in, work_out
from pilotsim.base.calendar import add_months, work_until_day
from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.units import whole_months
from pilotsim.model.choices import Choice
from pilotsim.model.critical_factors import CriticalFactor
from pilotsim.model.flow import Flow
from pilotsim.model.published import Observed
from pilotsim.model.rules.evidence import SIMULATED, faults_of_evidence, simulated_in
from pilotsim.model.rules.names import (
    Found,
    Names,
    Path_,
    faults_of_names,
    fitting_traits,
    known,
    known_source,
)
from pilotsim.model.targets import (
    ENTRY,
    Conflict,
    Measure,
    Reading,
    Selection,
    Since,
    Spell,
    Target,
)

# The parts of a flow whose numbers a sum may name, each with what its entries are.
# Effects are a list: each is named by its number.
EFFECTS = "effects"
KINDS_IN_SUMS = {
    "traits": "trait",
    "groups": "group",
    "resources": "resource",
    "risks": "risk",
    "stages": "stage",
    "shared": "shared value",
    "costs": "cost",
    "targets": "target",
    "observed": "observed output",
}
# What stands for all groups together where a page asks for their number.
ALL_GROUPS = "groups"
# How to say in which unit each kind of value is written.
EXPECTED = {
    "share": Message("a share such as '40 %'"),
    "duration": Message("a length of time such as '14 days'"),
    "real": Message("a number"),
}


def faults_of_questions(flow: Flow, names: Names) -> Found:
    """Yield each fault of a flow's targets, conflicts, choices and observed outputs."""
    for name, target in flow.targets.items():
        yield from _target(("targets", name), target, flow, names)
    for number, conflict in enumerate(flow.conflicts):
        yield from _conflict(("conflicts", str(number)), conflict, flow, names)
    for name, factor in flow.critical_factors.items():
        yield from _critical_factor(("critical_factors", name), factor, names)
    for name, choice in flow.choices.items():
        yield from _choice(("choices", name), choice, names)
    for name, observed in flow.observed.items():
        yield from _observed(("observed", name), observed, flow, names)
    yield from faults_of_evidence(flow, names)
    yield from _circles(flow)


def faults_of_asked(flow: Flow) -> Found:
    """Yield each question of a page that asks for no number of the flow, as its file has it."""
    for path in flow.questions:
        if path != ALL_GROUPS and path not in flow.values:
            yield (
                ("questions", path),
                Message(
                    "asks for '{path}', which is no number of the flow{meant}",
                    path=path,
                    meant=did_you_mean(path, [ALL_GROUPS, *flow.values]),
                ),
            )


def _target(path: Path_, target: Target, flow: Flow, names: Names) -> Found:
    if target.source is None and target.assumption is None and names.sources:
        yield (
            path,
            Message("says neither who set the target (source) nor why it was assumed (assumption)"),
        )
    if target.source is not None:
        yield from _source(target.source, names, path)
    for value in target.own_input:
        if value not in flow.values:
            yield (*path, "own_input"), no_value(value, flow)
    for name, reading in target.all_readings().items():
        inner = (*path, "readings", name) if name else path
        if reading.measure is not None:
            yield from faults_of_measure((*inner, "measure"), reading.measure, flow, names)
            yield from _bound(inner, target, reading, reading.measure)
        if reading.ceiling is not None:
            yield from _sum((*inner, "ceiling", "sum"), reading.ceiling.sum, flow, names)


def _source(source: str, names: Names, path: Path_) -> Found:
    if not source.strip():
        yield (
            (*path, "source"),
            Message(
                "the source is empty; name a source and a place in it, or write an assumption "
                "instead"
            ),
        )
    else:
        yield from known_source(source, names, (*path, "source"))


def _bound(path: Path_, target: Target, reading: Reading, measure: Measure) -> Found:
    bound, at_least = target.bound(reading)
    yield from faults_of_bound((*path, "at_least" if at_least else "at_most"), bound, measure)


def faults_of_bound(path: Path_, bound: Quantity, measure: Measure) -> Found:
    """Yield a fault if a bound does not fit its measure.

    Parameters
    ----------
    path : tuple of str
        Where the bound stands in the file.
    bound : Quantity
        The bound.
    measure : Measure
        What it bounds.
    """
    kind = measure.unit
    if bound.kind != kind:
        yield (
            path,
            Message(
                "the measure '{kind}' is bounded by {wanted}; found {found}{meant}",
                kind=measure.kind,
                wanted=EXPECTED[kind],
                found=bound.written,
                meant=meant_unit(bound, kind),
            ),
        )
    elif bound.working:
        yield (
            path,
            Message(
                "the measure '{kind}' counts calendar days, not working days; found {found}",
                kind=measure.kind,
                found=bound.written,
            ),
        )


def meant_unit(bound: Quantity, kind: str) -> str:
    """Return what a number without a unit probably meant, for the end of a message."""
    if bound.kind != "real" or kind == "real":
        return ""
    if kind == "duration":
        return Message("; did you mean '{name}'?", name=f"{bound.written} days")
    share = bound.number * 100 if 0 < bound.number < 1 else bound.number
    return Message("; did you mean '{name}'?", name=f"{share:g} %") if 0 <= share <= 100 else ""


def knows_use(flow: Flow, name: str) -> bool:
    """Tell whether it is known of what the use of a resource is the share.

    Parameters
    ----------
    flow : Flow
        What the file says.
    name : str
        The resource.
    """
    resource = flow.resources.get(name)
    return flow.starts_from is None or resource is None or resource.supply is None


def unknown_use(name: str) -> str:
    """Return what to say where it is not.

    Parameters
    ----------
    name : str
        The resource.
    """
    return Message(
        "how much of '{name}' the long run (starts_from) has left over at the start is not known, "
        "so neither is its use",
        name=name,
    )


def _waited(path: Path_, name: str, flow: Flow) -> Found:
    """Yield a fault where one client waits for a stage several times in one stay."""
    stage = flow.stages.get(name)
    if stage is not None and stage.interrupted is not None:
        yield (
            path,
            Message(
                "stays in '{stage}' can be interrupted, and who goes on waits each time; "
                "measure the 'time' from joining it to a later stage",
                stage=name,
            ),
        )


def _hours_of_shifts(path: Path_, measure: Measure, flow: Flow) -> Found:
    resource = flow.resources.get(measure.hours or "")
    if resource is not None and resource.shifts is not None:
        yield path, Message("the hours of what has shifts are not counted; ask for its 'use'")


def faults_of_measure(path: Path_, measure: Measure, flow: Flow, names: Names) -> Found:
    """Yield each fault of a measure.

    Parameters
    ----------
    path : tuple of str
        Where the measure stands in the file.
    measure : Measure
        The measure.
    flow : Flow
        The flow it measures.
    names : Names
        The names of the flow.
    """
    for name in ("share", "count", "of", "per"):
        selection: Selection | None = getattr(measure, name)
        if selection is not None:
            yield from _selection((*path, name), selection, flow, names)
    yield from faults_of_names(measure, names, path)
    yield from _spare_keys(path, measure)
    if measure.wait is not None:
        yield from _waited((*path, "wait"), measure.wait, flow)
    if measure.use is not None and not knows_use(flow, measure.use):
        yield (*path, "use"), unknown_use(measure.use)
    yield from _hours_of_shifts((*path, "hours"), measure, flow)
    yield from _window((*path, "between"), measure.between, flow)
    if measure.spell is not None:
        yield from _spell((*path, "spell"), measure.spell, flow)
    for name in measure.cost or ():
        yield from _priced((*path, "cost"), name, measure, flow, names)


def _priced(path: Path_, name: str, measure: Measure, flow: Flow, names: Names) -> Found:
    """Yield a fault unless a name is that of something that has a price."""
    if name in names.costs:
        if measure.of is not None and name in flow.costs and not flow.costs[name].is_of_clients:
            yield (
                path,
                Message(
                    "'{name}' is a sum each month; it hangs on no client, so leave 'of' out",
                    name=name,
                ),
            )
        return
    found = flow.resources.get(name)
    if found is not None and found.price is None:
        key = "price_per_month" if found.shifts is None else "price_per_hour"
        yield path, Message("the resource '{name}' has no {key}", name=name, key=key)
    elif found is not None and found.supply is not None:
        yield (
            path,
            Message(
                "the units of '{name}' are used up; only units that stay cost something a month",
                name=name,
            ),
        )
    elif found is not None and measure.of is not None:
        yield (
            path,
            Message(
                "'{name}' is a resource: what it costs hangs on no client, so leave 'of' out",
                name=name,
            ),
        )


def _spare_keys(path: Path_, measure: Measure) -> Found:
    if measure.of is not None and measure.kind == "use":
        yield (
            (*path, "of"),
            Message("'use' is a measure of resources, not of clients; leave 'of' out"),
        )
    if (
        measure.per_month_in is not None or measure.per_month_in_stage is not None
    ) and measure.kind not in ("cost", "hours"):
        yield path, Message("only a cost, or hours, are per month of clients")
    if measure.per is not None and measure.kind not in ("cost", "hours"):
        yield (
            (*path, "per"),
            Message("only a cost, or hours, are per client; write 'of' for the clients that count"),
        )
    if measure.quantile is not None and (
        measure.kind not in ("wait", "time", "spell") or measure.unit != "duration"
    ):
        yield (
            (*path, "quantile"),
            Message("only 'wait', 'time' and the length of a 'spell' have quantiles"),
        )
    if measure.between is not None and measure.kind in ("share", "count", "spell"):
        yield (
            (*path, "between"),
            Message("say between which dates inside the spell")
            if measure.spell
            else Message("say between which dates inside the selection"),
        )
    if measure.each == "visit" and measure.kind not in ("share", "count"):
        yield (*path, "each"), Message("only 'share' and 'count' can count visits")
    if measure.in_stages is not None and measure.hours is None:
        yield (*path, "in_stages"), Message("only 'hours' are counted in certain stages")
    if measure.counted_on is not None and measure.calendar_months is None:
        yield (
            (*path, "counted_on"),
            Message("only 'calendar_months' are counted on a day of the month"),
        )


def _window(path: Path_, between: tuple[date, date] | None, flow: Flow) -> Found:
    """Yield a fault if a window does not lie within the run."""
    if between is not None and not flow.starts <= between[0] < between[1] <= flow.end:
        yield (
            path,
            Message(
                "the run lasts from {starts} up to {end}; found {first} to {last}",
                starts=flow.starts,
                end=flow.end,
                first=between[0],
                last=between[1],
            ),
        )
    elif between is not None and between[0] < flow.counts_from:
        yield (
            path,
            Message(
                "nothing before {first} counts (warm_up); found {found}",
                first=flow.counts_from,
                found=between[0],
            ),
        )


def _spell(path: Path_, spell: Spell, flow: Flow) -> Found:
    yield from _window((*path, "began"), spell.began, flow)
    yield from _window((*path, "ended"), spell.ended, flow)
    window = spell.began if spell.longer_than is not None else spell.ended
    later = [
        part.number
        for part in (spell.gap, spell.longer_than, spell.returns_within)
        if part is not None
    ]
    if window is not None and window[1] + timedelta(days=math.ceil(sum(later) - 1e-9)) > flow.end:
        key = "began" if spell.longer_than is not None else "ended"
        yield (
            (*path, key),
            Message(
                "what became of these spells is not known by {end}; close the window {later:.4g} "
                "days before",
                end=flow.end,
                later=sum(later),
            ),
        )


def _selection(path: Path_, selection: Selection, flow: Flow, names: Names) -> Found:
    for stage in selection.after or ():
        yield from _clock((*path, "after"), stage, names)
    if isinstance(selection.at, Since):
        yield from _clock((*path, "at"), selection.at.stage, names)
    for place, length in _follow_ups(path, selection):
        yield from _follow_up(place, length, flow)
    yield from _window((*path, "between"), selection.between, flow)
    yield from fitting_traits(selection.traits or {}, flow, names, (*path, "traits"))
    for key, inner in (("any", selection.any_of), ("none", selection.none_of)):
        for number, one in enumerate(inner or ()):
            yield from _selection((*path, key, str(number)), one, flow, names)


def _clock(path: Path_, name: str, names: Names) -> Found:
    """Yield a fault unless a name is a stage, or the word for a client's own start."""
    if name != ENTRY:
        yield from known(name, {*names.stages, ENTRY}, "stage", path)
    elif ENTRY in names.stages:
        yield (
            path,
            Message(
                "'{entry}' means the client's own start here, and is the name of a stage too; "
                "give the stage another name",
                entry=ENTRY,
            ),
        )


def _follow_ups(path: Path_, selection: Selection) -> Iterator[tuple[Path_, Quantity]]:
    """Yield the times that clients must be followed for a selection, without those inside it."""
    if selection.within is not None:
        yield (*path, "within"), selection.within
    if isinstance(selection.at, Since):
        yield (*path, "at"), selection.at.length


def _follow_up(path: Path_, length: Quantity, flow: Flow) -> Found:
    """Yield a fault if nobody can be followed for so long, not even from the first day on."""
    days = length.number
    if length.working:
        days = work_until_day(flow.make_calendar().worked, 0.0, length.number)
    months = whole_months(length.written)
    by_calendar = months is not None and add_months(flow.counts_from, months) <= flow.end
    if days > (flow.end - flow.counts_from).days and not by_calendar:
        yield (
            path,
            Message(
                "nobody can be followed for {length}: the run lasts from {starts} up to {end}",
                length=length.written,
                starts=flow.counts_from,
                end=flow.end,
            ),
        )


def _conflict(path: Path_, conflict: Conflict, flow: Flow, names: Names) -> Found:
    yield from faults_of_names(conflict, names, path)
    if conflict.source is not None:
        yield from _source(conflict.source, names, path)
    yield from _sum((*path, "sum"), conflict.sum, flow, names)


def no_value(name: str, flow: Flow) -> Message:
    """Return what to say of a path at which no value of a flow stands."""
    last = name.rsplit(".", 1)[-1]
    near = [path for path in flow.values if path.endswith(last)] or list(flow.values)
    return Message(
        "'{name}' stands for no number of the flow{meant}",
        name=name,
        meant=did_you_mean(name, near),
    )


def _critical_factor(path: Path_, factor: CriticalFactor, names: Names) -> Found:
    if factor.source is not None:
        yield from _source(factor.source, names, path)
    yield from faults_of_names(factor, names, path)


def _choice(path: Path_, choice: Choice, names: Names) -> Found:
    yield from faults_of_names(choice, names, path)
    if choice.source is not None:
        yield from _source(choice.source, names, path)


def _observed(path: Path_, observed: Observed, flow: Flow, names: Names) -> Found:
    several = observed.figures is not None
    for number, published in enumerate(observed.published):
        inner = (*path, "figures", str(number)) if several else path
        yield from _source(published.source, names, inner)
        if observed.measure is not None:
            yield from faults_of_bound((*inner, "value"), published.value, observed.measure)
    if observed.measure is not None:
        yield from faults_of_measure((*path, "measure"), observed.measure, flow, names)
    if observed.sum is not None:
        yield from _sum((*path, "sum"), observed.sum, flow, names, simulated=True)


def _circles(flow: Flow) -> Found:
    """Yield each output whose sum leads back to itself."""
    for start in flow.observed:
        seen, ways = {start}, [start]
        for name in ways:
            for after in outputs_in(flow, name):
                if after == start:
                    yield (
                        ("observed", start, "sum"),
                        Message("the sum leads back to itself: simulated.{start}", start=start),
                    )
                    break
                if after not in seen:
                    seen.add(after)
                    ways.append(after)


def outputs_in(flow: Flow, name: str) -> list[str]:
    """Return the outputs whose simulated values the sum of an output names.

    None for one that is measured.
    """
    return [row for row in simulated_in(flow.observed[name]) if row in flow.observed]


def _sum(path: Path_, text: str, flow: Flow, names: Names, *, simulated: bool = False) -> Found:
    try:
        faults = [
            fault
            for name in names_in(text)
            for fault in faults_of_name(name, path, flow, names, simulated=simulated)
        ]
        yield from faults
        numbers = {
            name: value.number for name in names_in(text) if (value := value_named(flow, name))
        }
        if not faults and len(numbers) == len(set(names_in(text))):
            work_out(text, numbers.__getitem__)
    except ArithmeticFault as fault:
        yield path, message_of(fault)


def faults_of_name(
    name: str, path: Path_, flow: Flow, names: Names, *, simulated: bool = False
) -> Found:
    """Yield a fault unless a dotted name is that of a value.

    Parameters
    ----------
    name : str
        As it stands in a sum.
    path : tuple of str
        Where the sum stands in the file.
    flow : Flow
        The parts of the file that could be read.
    names : Names
        The names of the flow.
    simulated : bool
        Whether simulated values may be named, as in the sums of observed outputs alone.
    """
    kinds = {kind: getattr(names, kind) for kind in KINDS_IN_SUMS}
    kind, _, rest = name.partition(".")
    if kind == SIMULATED and simulated:
        yield from known(rest, names.observed, "observed output", path)
        return
    if kind not in (*kinds, EFFECTS):
        yield from known(kind, kinds, "kind of name", path)
        return
    first = rest.split(".")[0]
    if kind != EFFECTS and first not in kinds[kind]:
        yield from known(first, kinds[kind], KINDS_IN_SUMS[kind], path)
    elif value_named(flow, name) is None and (kind == EFFECTS or first in getattr(flow, kind)):
        near = [path for path in flow.values if path.startswith(f"{kind}.{first}.")]
        yield (
            path,
            Message(
                "'{name}' stands for no number of the flow{meant}",
                name=name,
                meant=did_you_mean(name, near),
            ),
        )


def value_named(flow: Flow, name: str) -> Quantity | None:
    """Return the value at a dotted name, or None.

    A target's name stands for its bound, that of an observed output for its published figure.
    """
    return flow.value_named(name)
