"""What makes a flow consistent: names that exist, shares that add up, circles that take time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from pilotsim.base.calendar import Calendar
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.public_holidays import public_holidays
from pilotsim.base.quantity import Quantity
from pilotsim.base.units import unit_of
from pilotsim.model.clients import EQUILIBRIUM, GROUP, HOME, PAST, Group, Trait
from pilotsim.model.distributions import Duration
from pilotsim.model.distributions.observed import LENGTHS_FROM
from pilotsim.model.flow import MAX_DAYS, Flow
from pilotsim.model.long_run import start_of
from pilotsim.model.periods import overlaps
from pilotsim.model.resources import Resource
from pilotsim.model.rules.code import faults_of_code
from pilotsim.model.rules.conditions import faults_of_conditions
from pilotsim.model.rules.decisions import faults_of_decisions
from pilotsim.model.rules.following import faults_of_followers, faults_of_words
from pilotsim.model.rules.joint import faults_of_rows
from pilotsim.model.rules.mechanisms import faults_of_mechanisms
from pilotsim.model.rules.names import (
    Found,
    Names,
    categories_of,
    faults_of_names,
    fitting_factors,
    fitting_traits,
    known_source,
)
from pilotsim.model.rules.names import known as known_name
from pilotsim.model.rules.targets import faults_of_asked, faults_of_measure, faults_of_questions
from pilotsim.model.stages import Risk, Stage, StageRisk
from pilotsim.model.targets import Measure
from pilotsim.model.week import spans_of, usual_hours

TRIVIAL = (0.0, 1.0)
# Measures of which the world without the programme can be taken away: how many there are.
COUNTED = ("count", "change_in", "mean_in")
ONE_WAY_ON = Message("only one way on can be the rest")
ONE_PLACE = Message("only one place can be the rest")
FIRST_YEAR, LAST_YEAR = 1950, 2100
# Units of time in which nobody counts the time that passes in shifts.
LONG = {f"{unit}{plural}" for unit in ("day", "week", "month", "year") for plural in ("", "s")}


def faults_of(
    flow: Flow, known: Mapping[str, Iterable[str]], changed: Sequence[tuple[str, ...]] = ()
) -> Found:
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
    yield from names.spelling()
    yield from _horizon(flow)
    yield from faults_of_code(flow, names)
    yield from _sources(flow, names, changed)
    yield from faults_of_rows(flow, names)
    yield from faults_of_followers(flow, names, changed)
    yield from faults_of_words(flow, names)
    for name, trait in flow.traits.items():
        yield from _trait(name, trait, flow, names)
    for name, group in flow.groups.items():
        yield from _group(name, group, flow, names)
    for name, resource in flow.resources.items():
        yield from _shifts(name, resource, flow)
    for name, risk in flow.risks.items():
        yield from _risk(name, risk, flow, names)
    for name, stage in flow.stages.items():
        yield from _stage(name, stage, flow, names)
    for name, resource in flow.resources.items():
        holders = [one for one in flow.stages.values() if name in _units_held(one, flow)]
        if resource.interrupts and not any(one.interrupted for one in holders):
            key = "falls_interrupt" if resource.falls_interrupt else "at_end_of_shift"
            yield (
                ("resources", name, key),
                Message(
                    "no stage that needs '{resource}' says what becomes of a stay that is "
                    "interrupted (interrupted)",
                    resource=name,
                ),
            )
    yield from _effects(flow, names)
    yield from _costs(flow, names)
    yield from _economy(flow, names)
    yield from faults_of_questions(flow, names)
    if not changed:
        # What is changed for a run may leave out what the file asks for.
        yield from faults_of_asked(flow)
    yield from faults_of_decisions(flow, names, is_changed=bool(changed))
    yield from faults_of_mechanisms(flow, names, changed)
    yield from _circles(flow)


def _horizon(flow: Flow) -> Found:
    if not FIRST_YEAR <= flow.starts.year <= LAST_YEAR:
        yield (
            ("starts",),
            Message(
                "expected a date from {first} to {last}; found {found}",
                first=FIRST_YEAR,
                last=LAST_YEAR,
                found=flow.starts,
            ),
        )
    elif flow.lasts.number > MAX_DAYS or not 1 <= (flow.end - flow.starts).days <= MAX_DAYS:
        yield (
            ("lasts",),
            Message(
                "expected a length from 1 day to 100 years; found {found}", found=flow.lasts.written
            ),
        )
    if flow.lasts.has_range or flow.lasts.changes:
        yield (
            ("lasts",),
            Message(
                "the length of the pilot is one number: it can have no range and no later value"
            ),
        )
    warm_up = flow.warm_up
    if warm_up is not None and (
        warm_up.has_range or warm_up.changes or not flow.starts <= flow.counts_from < flow.end
    ):
        yield (
            ("warm_up",),
            Message(
                "the warm-up is one length of time, shorter than the run; found {found}",
                found=warm_up.written,
            ),
        )
    yield from _long_run(flow)
    try:
        public_holidays(flow.calendar, ())
    except RequestError as fault:
        yield ("calendar",), fault.message
        return
    if FIRST_YEAR <= flow.starts.year <= LAST_YEAR and flow.lasts.number <= MAX_DAYS:
        calendar = flow.make_calendar()
        if not calendar.knows_working_days and _counts_working_days(flow):
            yield ("lasts",), calendar.unknown_working_days()
        elif flow.starts_from is not None and not any(_long_run(flow)):
            begins = start_of(flow.starts, flow.starts_from.long_run)
            calendar = Calendar(begins, flow.end, flow.calendar)
            if not calendar.knows_working_days and _counts_working_days(flow):
                yield ("starts_from", "long_run"), calendar.unknown_working_days()


def _long_run(flow: Flow) -> Found:
    """Yield a fault if a flow cannot start from a long run of itself."""
    if flow.starts_from is None:
        return
    long_run = flow.starts_from.long_run
    path = ("starts_from", "long_run")
    if long_run.has_range or long_run.changes or long_run.working:
        yield path, Message("the long run is one length in calendar time: it can have no range")
    try:
        begins = start_of(flow.starts, long_run)
    except (ValueError, OverflowError):
        begins = date.min
    if not (flow.starts - begins).days >= 1 or (flow.end - begins).days > MAX_DAYS:
        yield (
            path,
            Message(
                "the long run and the run together last from 1 day to 100 years; found {found}",
                found=long_run.written,
            ),
        )
    elif begins.year < FIRST_YEAR:
        yield (
            path,
            Message(
                "the long run would begin on {begins}; expected {first} or later",
                begins=begins,
                first=str(FIRST_YEAR),
            ),
        )
    for name, group in flow.groups.items():
        if group.arrivals is not None and group.arrivals.steady is not None:
            yield (
                ("groups", name, "arrivals"),
                Message(
                    "an inflow that holds the stock steady is worked out from a stock that is "
                    "given; with 'starts_from' the long run gives it. Write a rate"
                ),
            )


def _counts_working_days(flow: Flow) -> bool:
    """Tell whether anything in a flow depends on which days are working days."""
    intakes = [group.intake for group in flow.groups.values() if group.intake]
    openings = [stage.opens for stage in flow.stages.values() if stage.opens]
    supplies = [resource.supply for resource in flow.resources.values() if resource.supply]
    periods = [intake.every for intake in intakes]
    periods += [opens.every for opens in openings if opens.every]
    periods += [supply.every for supply in supplies]
    measures: list[Measure | None] = [target.measure for target in flow.targets.values()]
    measures += [figure.measure for figure in flow.observed.values()]
    return (
        any(value.working for value in flow.values.values())
        or any(intake.next_working_day for intake in intakes)
        or any(opens.next_working_day for opens in openings)
        or any(period.unit == "working days" for period in periods)
        or any(group.week is not None for group in flow.groups.values())
        or any(resource.shifts is not None for resource in flow.resources.values())
        or any(opens.week is not None for opens in openings)
        or any(cost.working_days for cost in flow.costs.values())
        or any(measure is not None and measure.hours is not None for measure in measures)
    )


def _sources(flow: Flow, names: Names, changed: Sequence[tuple[str, ...]]) -> Found:
    for path, length in flow.lengths_from_stays.items():
        source = length.observed_mean.source
        if source is not None:
            yield from known_source(source, names, (*path.split("."), LENGTHS_FROM, "source"))
    for path, value in flow.values.items():
        keys = tuple(path.split("."))
        if value.source is not None:
            yield from known_source(value.source, names, keys)
        if value.changes and (keys[0] in ("targets", "observed") or not _may_change(keys)):
            yield (
                keys,
                Message(
                    "a value cannot change at dates here; only arrivals, units, openings, speeds, "
                    "shares, and lengths (by 'times') can"
                ),
            )
        yield from _periods(keys, value, flow, names)
        if value.working and not _may_be_working(keys):
            yield (
                keys,
                Message(
                    "only the length of a stage and 'within' can be counted in working days; "
                    "found {found}",
                    found=value.written,
                ),
            )
        if (
            names.sources
            and value.is_plain
            and path not in flow.points_of_stays
            and needs_source(keys, value)
            and not any(keys[: len(p)] == p for p in changed)
        ):
            yield (
                keys,
                Message(
                    "{written} has neither source nor assumption; write {with_source} or "
                    "{with_assumption}",
                    written=value.written,
                    with_source=f"{{value: {value.written}, source: ...}}",
                    with_assumption=f"{{value: {value.written}, assumption: ...}}",
                ),
            )


def _periods(keys: tuple[str, ...], value: Quantity, flow: Flow, names: Names) -> Found:
    """Yield a fault where a value names a period or shared value that is missing or unsuitable."""
    for period, _ in value.during:
        yield from known_name(period, names.periods, "period", (*keys, "during", period))
    for one, other in overlaps(value, flow.periods):
        yield (
            (*keys, "during"),
            Message(
                "the periods '{one}' and '{other}' overlap: the value would be two things at once",
                one=one,
                other=other,
            ),
        )
    yield from _shared_by(keys, value, flow, names)


def _shared_by(keys: tuple[str, ...], value: Quantity, flow: Flow, names: Names) -> Found:
    """Yield a fault where a value names a shared value that is missing or does not suit it."""
    for key, name in (("scaled_by", value.scaled_by), ("raised_to", value.raised_to)):
        if name is None:
            continue
        yield from known_name(name, names.shared, "shared value", (*keys, key))
        if keys[0] in ("shared", "targets", "observed", "conflicts", "lasts"):
            yield (
                (*keys, key),
                Message(
                    "a shared value scales what describes the world, not other shared values or "
                    "what is asked"
                ),
            )
    if value.scaled_by is not None:
        yield from _scaled((*keys, "scaled_by"), value, value.scaled_by, flow)
    if value.raised_to is not None:
        yield from _raised((*keys, "raised_to"), value)


def _forms(value: Quantity) -> list[Quantity]:
    """Return a value with all that it becomes."""
    return [value, *(later for _, later in value.changes)]


def _scaled(path: tuple[str, ...], value: Quantity, name: str, flow: Flow) -> Found:
    factor = flow.shared.get(name)
    if factor is None:
        return
    if factor.least < 0 or factor.mixture is not None:
        yield path, Message("'{name}' may be below 0; only 0 and more can multiply", name=name)
    most = max(one.most for one in _forms(value))
    if value.kind == "share" and most * factor.most > 1 + 1e-9:
        yield (
            path,
            Message("the share may become more than 100 % where '{name}' is high", name=name),
        )


def _raised(path: tuple[str, ...], value: Quantity) -> Found:
    if value.kind != "number":
        yield path, Message("only a factor without a unit can be raised to a strength")
    elif any((one.number if one.low is None else one.low) <= 0 for one in _forms(value)):
        yield path, Message("only a factor above 0 can be raised to a strength")


def _may_change(keys: tuple[str, ...]) -> bool:
    dated = {"arrivals", "units", "fte", "admits", "pace", "times"}
    routes_or_risks = (
        keys[0] == "stages"
        and len(keys) > 2
        and keys[2] in ("next", "risks")
        and "odds" not in keys
    )
    return routes_or_risks or (
        keys[-1] in dated and keys[0] in ("groups", "resources", "risks", "stages")
    )


def _may_be_working(keys: tuple[str, ...]) -> bool:
    if keys[:1] == ("groups",) and "remaining" in keys:
        return True
    return (
        keys[-1] == "within"
        or (keys[0] == "stages" and "lasts" in (*keys[2:3], *keys[4:5]))
        or keys[:1] == ("targets",)
    )


def needs_source(keys: tuple[str, ...], value: Quantity) -> bool:
    """Tell whether a plain number describes the world, and so needs a source.

    0, 1, units needed and what is asked do not.

    Parameters
    ----------
    keys : tuple of str
        The keys that lead to it.
    value : Quantity
        The number.
    """
    if (
        keys[0] in ("targets", "conflicts", "observed", "scenarios", "choices")
        or "needs" in keys
        or "one_of" in keys
    ):
        return False
    if "normal" in keys or (keys[0] == "risks" and keys[-1] == "pace"):
        return False
    return value.number not in TRIVIAL


def _trait(name: str, trait: Trait, flow: Flow, names: Names) -> Found:
    if name in (GROUP, PAST):
        yield (
            ("traits", name),
            Message("'{name}' is a trait that every client has; choose another name", name=name),
        )
    yield from faults_of_names(trait, names, ("traits", name))
    yield from _plain_length(("traits", name, "days"), trait.days)
    before = list(flow.traits)[: list(flow.traits).index(name)]
    for other in trait.correlated or {}:
        if other in names.traits and other not in before:
            yield (
                ("traits", name, "correlated"),
                Message(
                    "expected a trait that stands before '{trait}'; '{other}' is none",
                    trait=name,
                    other=other,
                ),
            )


def _plain_length(path: tuple[str, ...], length: Duration | None) -> Found:
    """Yield a fault if a length that belongs to no stage says what only a stage's can."""
    if length is not None and length.times is not None:
        yield (*path, "times"), Message("only the length of a stage can be stretched by 'times'")
    if length is not None and length.by:
        yield (*path, "by"), Message("only the length of a stage can differ by trait")
    if length is not None and length.correlated:
        yield (*path, "correlated"), Message("only the length of a stage can be correlated")
    if length is not None and length.parts:
        yield (*path, "all_of"), Message("only a stage can last as long as the slowest of a list")


def _group(name: str, group: Group, flow: Flow, names: Names) -> Found:
    yield from faults_of_names(group, names, ("groups", name))
    yield from _plain_length(("groups", name, "past"), group.past)
    yield from _arrivals(("groups", name), group, flow)
    if group.week is not None:
        yield from _week(("groups", name, "week"), group)
    if group.deterred is not None:
        yield from _deterred(("groups", name, "deterred"), group, flow)
    if group.stock_in is not None:
        path = ("groups", name, "stock_in")
        yield from _add_up(path, [place.share for place in group.stock_in.values()], ONE_PLACE)
        for stage, place in group.stock_in.items():
            yield from _held(stage, (*path, stage), flow)
            if place.remaining is not None:
                yield from _remaining(
                    (*path, stage, "remaining"), stage, place.remaining, flow, names
                )


def _arrivals(path: tuple[str, ...], group: Group, flow: Flow) -> Found:
    """Yield a fault where gaps have no rate, or a file says already what something else does."""
    if group.gaps is not None and group.arrivals is None:
        yield (
            (*path, "gaps"),
            Message("a law of gaps says how evenly clients come: it needs 'arrivals'"),
        )
    if group.arrivals_from is None:
        return
    own = (*path, "arrivals_from")
    for key in ("arrivals", "season"):
        if getattr(group, key) is not None:
            yield (
                own,
                Message(
                    "the file says how many come, and when: it stands without '{key}'", key=key
                ),
            )
    if flow.starts_from is not None:
        yield (
            own,
            Message(
                "who came in the long run (starts_from) is not known from a file: write 'arrivals'"
            ),
        )


def _week(path: tuple[str, ...], group: Group) -> Found:
    """Yield a fault where a week spreads nobody, or spreads somebody over no time."""
    weights = [weight for _, weight in usual_hours(group.week or {})]
    if not group.has_arrivals:
        yield path, Message("a week says at which hours clients come: it needs 'arrivals'")
    if not weights or all(weight is not None and weight.stays_at(0) for weight in weights):
        yield path, Message("nobody would come at any hour of the week")


def _deterred(path: tuple[str, ...], group: Group, flow: Flow) -> Found:
    """Yield a fault where nobody can be deterred, or nobody deters."""
    if not group.has_arrivals and group.intake is None:
        yield path, Message("nobody comes to this group: only new clients can be deterred")
    if not flow.has_programme:
        yield path, Message("no stage draws clients (draws_from): there is nothing that deters")


def _held(name: str, path: tuple[str, ...], flow: Flow) -> Found:
    """Yield a fault if clients in mid-stay would hold what is used up at the start of a stay."""
    needs = flow.stages[name].alternatives[:1] if name in flow.stages else ()
    for resource in needs[0] if needs else ():
        if resource in flow.resources and flow.resources[resource].supply is not None:
            yield (
                path,
                Message(
                    "nobody can be in mid-stay in '{name}': '{resource}' is used up when a stay "
                    "begins",
                    name=name,
                    resource=resource,
                ),
            )


def _remaining(
    path: tuple[str, ...], name: str, remaining: Duration | str, flow: Flow, names: Names
) -> Found:
    """Yield a fault if what is left of a stay cannot be told."""
    stage = flow.stages.get(name)
    if isinstance(remaining, Duration):
        if stage is not None:
            yield from _in_shifts(path, remaining, stage, flow)
        yield from fitting_factors(remaining.by, flow, names, (*path, "by"))
        if remaining.times is not None:
            yield (
                (*path, "times"),
                Message("only the length of a stage can be stretched by 'times'"),
            )
        if remaining.correlated:
            yield (*path, "correlated"), Message("only the length of a stage can be correlated")
    if name == HOME:
        yield (
            path,
            Message(
                "those in '{stage}' begin afresh; name the stage to say what is left of their stay",
                stage=HOME,
            ),
        )
    elif stage is not None and stage.lasts is None:
        yield (
            path,
            Message("a stay in '{name}' has no length: nothing is left of it, or all", name=name),
        )
    elif stage is not None and stage.lasts is not None and remaining == EQUILIBRIUM:
        if stage.lasts.correlated or stage.ways_with_lengths:
            yield (
                path,
                Message(
                    "what is left in a steady state is not known for a length that is correlated, "
                    "or that goes by the way on; give a length"
                ),
            )
        if stage.lasts.parts or stage.lasts.slowest_of:
            yield (
                path,
                Message(
                    "what is left in a steady state is not known for the slowest of several "
                    "lengths; give a length"
                ),
            )
        for risk in stage.risks:
            why = _why_age_is_unknown(name, stage, risk, flow)
            if why is not None:
                yield (
                    path,
                    Message(
                        "what is left in a steady state is not known where '{risk}' takes clients "
                        "out as well, and {why}; give a length",
                        risk=risk,
                        why=why,
                    ),
                )
    elif (
        stage is not None
        and isinstance(remaining, Duration)
        and (stage.pace is not None or stage.pace_when)
        and remaining.working
    ):
        yield (
            path,
            Message("'{name}' goes on at a pace; expected a length in calendar days", name=name),
        )


def _why_age_is_unknown(name: str, stage: Stage, risk_name: str, flow: Flow) -> str | None:
    """Return why one cannot tell how long those in a stage have been exposed to a risk there.

    None where its hazard is the same all along, so that one can.
    """
    risk = flow.risks.get(risk_name)
    speed = stage.risks[risk_name].started
    if risk is None or speed is None or speed.stays_at(0):
        return None
    own_effects = (
        effect
        for effect in flow.effects
        if (effect.after, effect.on) == (name, risk_name) and effect.counted_from != "finished"
    )
    reasons = {
        Message("it is a fixed limit"): risk.after is not None,
        Message("it has seasons"): risk.season is not None,
        Message("the length counts working days"): stage.lasts is not None and stage.lasts.working,
        Message("the stage has a pace"): stage.pace is not None or bool(stage.pace_when),
        Message("service stands still between shifts"): any(_pausing(stage, flow)),
        Message("an effect of the stage itself changes it"): any(own_effects),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _pausing(stage: Stage, flow: Flow, *, pauses: bool = True) -> Iterator[str]:
    """Yield the resources with shifts that a stage may need: those that pause, or that finish."""
    needed = {name for needs in stage.alternatives for name in needs}
    for name in flow.resources:
        resource = flow.resources[name]
        if name in needed and resource.shifts is not None and resource.pauses == pauses:
            yield name


def _shifts(name: str, resource: Resource, flow: Flow) -> Found:
    if resource.shifts is None or not FIRST_YEAR <= flow.starts.year <= LAST_YEAR:
        return
    try:
        is_ever = flow.lasts.number > MAX_DAYS or spans_of(resource.shifts, flow.make_calendar())
    except RequestError:
        return
    if not is_ever:
        yield ("resources", name, "shifts"), Message("no shift lies in the run")


def _in_shifts(path: tuple[str, ...], length: Duration, stage: Stage, flow: Flow) -> Found:
    """Yield a fault where a length would not pass by the clock in a stage whose staff have shifts.

    Where service pauses between shifts, time passes in them alone: 3 weeks would be 504 hours of
    shifts. Where staff finish what they have begun, a working day would pass from midnight to
    midnight.
    """
    parts = (length, *length.parts)
    for resource in _pausing(stage, flow):
        long = [
            value
            for part in parts
            for value in part.parameters
            if unit_of(value.written).strip() in LONG and not value.stays_at(0)
        ]
        if stage.pace is not None:
            yield (
                path,
                Message(
                    "service stands still between the shifts of '{resource}': a pace besides is "
                    "not for it",
                    resource=resource,
                ),
            )
        if stage.interrupted == "goes_on":
            yield (
                path,
                Message(
                    "what is left of a stay is told in calendar days, but service stands still "
                    "between the shifts of '{resource}'; say 'interrupted: starts_again'",
                    resource=resource,
                ),
            )
        if long:
            yield (
                path,
                Message(
                    "{found} would pass in the shifts of '{resource}' alone; write hours, minutes "
                    "or working days",
                    found=long[0].written,
                    resource=resource,
                ),
            )
    for resource in _pausing(stage, flow, pauses=False):
        if flow.resources[resource].interrupts and stage.interrupted is None:
            yield (
                path,
                Message(
                    "'{resource}' is handed over at the end of a shift: say whether a stay here "
                    "then goes on ('interrupted: goes_on') or starts again",
                    resource=resource,
                ),
            )
        if any(part.working for part in parts):
            yield (
                path,
                Message(
                    "working time passes from midnight to midnight, but '{resource}' has shifts by "
                    "the clock; write hours or minutes, or 'at_end_of_shift: pause'",
                    resource=resource,
                ),
            )


def _risk(name: str, risk: Risk, flow: Flow, names: Names) -> Found:
    yield from faults_of_names(risk, names, ("risks", name))
    yield from fitting_factors(risk.times, flow, names, ("risks", name, "times"))
    if risk.used is not None:
        trait = flow.traits.get(risk.used)
        if risk.used == GROUP or (trait is not None and trait.days is None):
            yield (
                ("risks", name, "used"),
                Message("expected a trait in days; '{used}' is none", used=risk.used),
            )


def _stage(name: str, stage: Stage, flow: Flow, names: Names) -> Found:
    path = ("stages", name)
    if name == HOME:
        yield (
            path,
            Message(
                "a stage cannot be called '{stage}': it stands for the stage a client's group "
                "starts in",
                stage=HOME,
            ),
        )
    yield from faults_of_names(stage, names, path)
    for keys, length in stage.lengths:
        yield from fitting_factors(length.by, flow, names, (*path, *keys, "by"))
        yield from _correlated((*path, *keys, "correlated"), length, flow)
        yield from _in_shifts((*path, *keys), length, stage, flow)
    yield from _line(path, stage, flow, names)
    yield from _drawn(path, stage, flow, names)
    yield from _routes(path, stage, flow, names)
    yield from faults_of_conditions(name, stage, flow, names)
    for risk, here in stage.risks.items():
        yield from _stage_risk((*path, "risks", risk), here, flow.risks.get(risk))


def _correlated(path: tuple[str, ...], lasts: Duration, flow: Flow) -> Found:
    """Yield a fault where a length goes with something that is not drawn for a client."""
    for name in lasts.correlated:
        if (name in flow.traits) == (name in flow.risks):
            yield (
                path,
                Message("expected the name of a trait or of a risk; '{name}' is none", name=name),
            )
        elif name in flow.risks and flow.risks[name].after is not None:
            yield (
                path,
                Message("the limit '{risk}' is the same for all: nothing goes with it", risk=name),
            )


def _line(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    if stage.limit is not None and not stage.may_wait:
        yield (
            (*path, "limit"),
            Message("nobody waits for a stage without needs, one_of, opens or batch"),
        )
    if stage.put_off is not None:
        if not stage.may_wait:
            yield (
                (*path, "put_off"),
                Message("nobody waits for a stage without needs, one_of, opens or batch"),
            )
        if stage.put_off.otherwise == path[1]:
            yield (*path, "put_off", "else"), Message("expected another stage than this one")
    if stage.room is not None:
        yield from _room(path, stage, flow)
    yield from _interruptions(path, stage, flow, names)
    yield from fitting_factors(stage.urgency, flow, names, (*path, "urgency"))
    if stage.urgency and not stage.may_wait:
        yield (
            (*path, "urgency"),
            Message("nobody waits for a stage without needs, one_of, opens or batch"),
        )
    yield from _batch((*path, "batch"), stage)
    if stage.reserves and not any(stage.alternatives):
        yield (*path, "reserves"), Message("nothing is needed here that could be put aside")
    if stage.order[1]:
        yield from known_name(stage.order[1], names.traits, "trait", (*path, "order"))
        if categories_of(stage.order[1], flow, names) is not None:
            yield (
                (*path, "order"),
                Message(
                    "expected a trait that has an order; '{trait}' has categories",
                    trait=stage.order[1],
                ),
            )


def _batch(path: tuple[str, ...], stage: Stage) -> Found:
    """Yield a fault where no batch can ever be together."""
    batch = stage.batch
    if batch is None or batch.at_least is None:
        return
    least = batch.at_least
    if (
        batch.at_most is not None
        and batch.at_most is not least
        and batch.at_most.least < least.most
    ):
        yield (
            (*path, "at_most"),
            Message(
                "expected at least as many as must wait ({least}); found {found}",
                least=f"{least.most:g}",
                found=f"{batch.at_most.least:g}",
            ),
        )
    if stage.limit is not None and stage.limit.waiting.least < least.most:
        yield (
            path,
            Message(
                "at most {most} may wait (limit), and {least} must wait for a batch to start",
                most=f"{stage.limit.waiting.least:g}",
                least=f"{least.most:g}",
            ),
        )


def _units_held(stage: Stage, flow: Flow) -> set[str]:
    """Return the resources of which clients hold units while they are in a stage."""
    return {
        name
        for needs in stage.alternatives
        for name in needs
        if name in flow.resources and flow.resources[name].supply is None
    }


def _interruptions(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    """Yield a fault where nobody can be interrupted, or it is not said what becomes of it."""
    for name in stage.interrupts:
        place = (*path, "interrupts")
        other = flow.stages.get(name)
        if other is None:
            continue
        if other.priority >= stage.priority:
            yield (
                place,
                Message(
                    "only stages with a lower 'priority' than {own} can be interrupted; '{stage}' "
                    "has {other}",
                    own=stage.priority,
                    stage=name,
                    other=other.priority,
                ),
            )
        if not _units_held(stage, flow) & _units_held(other, flow):
            yield place, Message("'{stage}' holds nothing that is needed here", stage=name)
        if other.interrupted is None:
            yield (
                place,
                Message(
                    "say what becomes of a stay there that is interrupted: 'interrupted: goes_on' "
                    "or 'interrupted: starts_again' in '{stage}'",
                    stage=name,
                ),
            )
    if stage.interrupted is None:
        return
    place = (*path, "interrupted")
    if not _units_held(stage, flow):
        yield place, Message("a stay that holds no units stands in nobody's way")
    lengths = [one for _, length in stage.lengths for one in (length, *length.parts)]
    if stage.interrupted == "goes_on" and (
        stage.pace is not None or any(length.working for length in lengths)
    ):
        yield (
            place,
            Message(
                "what is left of a stay is told in calendar days at one pace; say 'starts_again', "
                "or give the length so"
            ),
        )


def _room(path: tuple[str, ...], stage: Stage, flow: Flow) -> Found:
    """Yield a fault where clients would come into a stage that holds only so many, room or not."""
    path = (*path, "room")
    name = path[1]
    if stage.room is not None and stage.room.least < 1:
        yield path, Message("expected room for at least 1; found {found}", found=stage.room.written)
    if stage.draws_from is not None:
        yield path, Message("a stage that draws clients lets in by 'admits', not by room")
    why = next(_ways_that_cannot_wait(name, flow), None)
    if why is not None:
        yield (
            path,
            Message(
                "{why}, and such clients have nowhere to wait for room; let only 'next' of other "
                "stages lead here",
                why=why,
            ),
        )


def _ways_that_cannot_wait(name: str, flow: Flow) -> Iterator[Message]:
    """Yield each way into a stage by which clients come who have not finished another one."""
    for group, one in flow.groups.items():
        if one.starts_in == name:
            yield Message("the clients of '{group}' start in it", group=group)
        if one.deterred is not None and one.deterred.to == name:
            yield Message("the clients of '{group}' start in it", group=group)
    for other, stage in flow.stages.items():
        for risk, here in stage.risks.items():
            if (here.to or (flow.risks[risk].to if risk in flow.risks else None)) == name:
                yield Message("the risk '{risk}' leads to it", risk=risk)
        instead = [part.otherwise for part in (stage.limit, stage.put_off) if part is not None]
        if name in instead:
            yield Message("those go there who find the line of '{stage}' too long", stage=other)


def _drawn(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    if stage.draws_from is None:
        return
    yield from fitting_traits(
        stage.draws_from.traits or {}, flow, names, (*path, "draws_from", "traits")
    )
    for name in stage.draws_from.stages:
        source = flow.stages.get(name)
        if source is stage:
            yield (*path, "draws_from"), Message("a stage cannot draw from itself")
        elif source is not None and (source.lasts is not None or source.may_wait):
            message = Message(
                "clients are drawn only from stages where they simply are; '{name}' has needs, "
                "opens or lasts",
                name=name,
            )
            yield (*path, "draws_from"), message


def _routes(path: tuple[str, ...], stage: Stage, flow: Flow, names: Names) -> Found:
    if stage.next is None:
        return
    for target, route in stage.next.items():
        yield from fitting_factors(route.odds, flow, names, (*path, "next", target, "odds"))
    yield from _add_up((*path, "next"), [route.share for route in stage.next.values()], ONE_WAY_ON)


def _add_up(path: tuple[str, ...], shares: Sequence[Quantity | None], only_one_rest: str) -> Found:
    """Yield a fault if shares, with or without a rest, do not add up to 100 % at any time."""
    given = [share for share in shares if share is not None]
    rest = len(shares) - len(given)
    for moment in sorted({when for share in given for when, _ in share.changes} | {date.min}):
        total = 100 * sum(_at(share, moment) for share in given)
        if rest > 1:
            yield path, only_one_rest
        elif (rest and total > 100.05) or (not rest and abs(total - 100) > 0.05):
            yield path, _wrong_total(total, moment)


def _wrong_total(total: float, moment: date) -> Message:
    if moment == date.min:
        return Message("the shares add up to {total:.4g} %; expected 100 %", total=total)
    return Message(
        "the shares add up to {total:.4g} % from {moment}; expected 100 %",
        total=total,
        moment=moment,
    )


def _at(value: Quantity, moment: date) -> float:
    return [value.number, *(later.number for when, later in value.changes if when <= moment)][-1]


def _stage_risk(path: tuple[str, ...], here: StageRisk, risk: Risk | None) -> Found:
    name = path[-1]
    speeds = [
        speed
        for speed in (here.waiting, here.started)
        if speed is not None and (speed.number != 0 or speed.has_range)
    ]
    if (
        risk is not None
        and risk.rate is None
        and risk.after is None
        and any(speed.kind == "number" for speed in speeds)
    ):
        yield (
            path,
            Message(
                "a number of times needs the risk's own rate; give 'risks.{name}.rate', or a rate "
                "here",
                name=name,
            ),
        )
    if (
        risk is not None
        and risk.after is not None
        and any(speed.kind == "rate" for speed in speeds)
    ):
        yield (
            path,
            Message("a risk with a fixed limit runs at a number of times (1), not at a rate"),
        )


def _effects(flow: Flow, names: Names) -> Found:
    for number, effect in enumerate(flow.effects):
        path = ("effects", str(number))
        yield from faults_of_names(effect, names, path)
        yield from fitting_factors(effect.by, flow, names, (*path, "by"))


def _costs(flow: Flow, names: Names) -> Found:
    for kind, lines in (("costs", flow.costs), ("resources", flow.resources)):
        for name, line in lines.items():
            yield from faults_of_names(line, names, (kind, name))
    for name, cost in flow.costs.items():
        if name in names.resources:
            yield (
                ("costs", name),
                Message("'{name}' is a resource; give the cost a name of its own", name=name),
            )
        for stage in cost.in_stages or ():
            if cost.per_start is not None and _is_interrupted(stage, flow):
                yield (
                    ("costs", name, "per_start"),
                    Message(
                        "stays in '{stage}' can be interrupted, and each time that one goes on "
                        "would be a start",
                        stage=stage,
                    ),
                )


def _is_interrupted(stage: str, flow: Flow) -> bool:
    return stage in flow.stages and flow.stages[stage].interrupted is not None


def _economy(flow: Flow, names: Names) -> Found:
    economy = flow.economy
    if economy is None:
        return
    taking_part = Measure(count=economy.participants)
    for path, message in faults_of_measure(("economy",), taking_part, flow, names):
        yield ("economy", "participants", *path[2:]), message
    staying = Measure(mean_in=economy.saves, of=economy.of)
    yield from faults_of_measure(("economy",), staying, flow, names)
    for name, result in economy.results.items():
        path = ("economy", "results", name, "measure")
        yield from faults_of_measure(path, result.measure, flow, names)
        if result.measure.kind not in COUNTED or result.measure.each == "visit":
            yield (
                path,
                Message(
                    "a result is how many there are: {kinds}; found '{kind}'",
                    kinds=", ".join(COUNTED),
                    kind=result.measure.kind,
                ),
            )


def _circles(flow: Flow) -> Found:
    """Find circles of stages that a client can go round without time passing."""
    instant = {
        name
        for name, stage in flow.stages.items()
        if stage.lasts is not None and stage.lasts.is_zero
    }
    reported: set[frozenset[str]] = set()
    for start in flow.stages:
        circle = _circle_from(start, flow, instant) if start in instant else None
        if circle and frozenset(circle) not in reported:
            reported.add(frozenset(circle))
            yield (
                ("stages", start, "next"),
                Message(
                    "clients can go round without time passing: {way}",
                    way=" -> ".join([*circle, start]),
                ),
            )


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
