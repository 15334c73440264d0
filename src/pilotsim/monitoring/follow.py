"""A pilot that runs, held against its plan: forecast bands and an alarm over the whole pilot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.text import Text
from pilotsim.measures.monthly_counts import MonthlyCount
from pilotsim.model.flow import Flow
from pilotsim.monitoring.alarm import Alarm, Monitor
from pilotsim.monitoring.counts import MonthlyCounts
from pilotsim.monitoring.departures import FearedDeparture, flows_of_departures
from pilotsim.monitoring.updated import (
    PlanFromHere,
    UpdatedForecast,
    asked_of,
    try_plan,
    update_forecast,
)
from pilotsim.runs.batches import (
    Outcome,
    Progress,
    Variant,
    clients_of,
    rows_of_numbers,
    run_or_recall,
    run_variants,
)
from pilotsim.runs.budget import replications_at_once

__all__ = ["BAND", "FollowedPilot", "count_follow_runs", "flow_order", "follow"]

PLAN = "plan"
# What of the simulated pilots a band holds.
BAND = (0.05, 0.95)
# An alarm that most pilots raise that follow the plan tells nothing, and its limits may lie where
# pilots go against every departure.
HIGHEST_RATE = 0.5
# How many times as many clients as in any simulated pilot there can be at most, where some come by
# chance.
ROOM = 2.0


@dataclass(frozen=True)
class FollowedPilot(Shown):
    """What a pilot's counts say so far.

    Parameters
    ----------
    flow : Flow
        The plan.
    counted : MonthlyCounts
        What was counted.
    low, middle, high : ndarray of float, shape (months, counts)
        The forecast: its band and its median.
    alarm : Alarm
        Whether the pilot has left the plan.
    seed, replications : int
        How it was run.
    fixed : bool
        Whether all assumptions stood at their values.
    forecast : UpdatedForecast
        The forecast given the counts.
    plans : tuple of PlanFromHere
        What changes from now on would do.
    scenario : Text or None
        What the scenario is called that changed the flow.
    watched : tuple of FearedDeparture
        The departures that were watched for, in the order of the alarm's.
    """

    flow: Flow
    counted: MonthlyCounts
    low: Floats
    middle: Floats
    high: Floats
    alarm: Alarm
    seed: int
    replications: int
    fixed: bool
    forecast: UpdatedForecast
    plans: tuple[PlanFromHere, ...] = ()
    scenario: Text | None = None
    watched: tuple[FearedDeparture, ...] = ()

    @property
    def looks_like(self) -> FearedDeparture | None:
        """The departure that the counts look like; None for none that is watched for."""
        place = self.alarm.looks_like
        return None if place is None else self.watched[place]

    @property
    def months_counted(self) -> int:
        """How many months have been counted."""
        return self.counted.months_counted

    @property
    def last_month(self) -> date:
        """The last month that was counted, by its first day."""
        return self.counted.months[self.months_counted - 1]

    @property
    def outside(self) -> list[tuple[int, int]]:
        """The months and counts that lie outside their bands."""
        with np.errstate(invalid="ignore"):
            out = (self.counted.numbers < self.low) | (self.counted.numbers > self.high)
        return [(int(month), int(count)) for month, count in np.argwhere(out)]

    @property
    def falls_short(self) -> bool:
        """Whether the alarm is raised."""
        return self.alarm.is_raised

    def __repr__(self) -> str:
        known = int((~np.isnan(self.counted.numbers)).sum())
        word = "ALARM" if self.alarm.is_raised else "no alarm"
        return (
            f"FollowedPilot({self.flow.flow}: {self.months_counted} months, "
            f"{len(self.outside)} of {known} counts outside their bands, {word})"
        )


def flow_order(flow: Flow, counts: Sequence[MonthlyCount]) -> Ints:
    """Return the places of counts along the flow: states last, as all ways lead there.

    Parameters
    ----------
    flow : Flow
        The flow.
    counts : sequence of MonthlyCount
        What is counted.
    """
    stages = list(flow.stages)
    kinds = ("reached", "started", "waiting", "in", "served", "finished", "state")

    def place(number: int) -> tuple[bool, int, int]:
        count = counts[number]
        first = min(stages.index(name) for name in count.stages_of(flow))
        return count.kind == "state", first, kinds.index(count.kind)

    return np.array(sorted(range(len(counts)), key=place))


def part_of(flow: Flow, count: MonthlyCount) -> str:
    """Return which part of a flow a count is of: where somebody would look first.

    `intake` for who is let in, `turning_up` for who goes on, `capacity` for what is scarce, `stays`
    for how long a stage lasts, `ways_out` for the states that clients end in.

    Parameters
    ----------
    flow : Flow
        The flow.
    count : MonthlyCount
        What is counted.
    """
    if count.kind == "state":
        return "ways_out"
    stages = [flow.stages[name] for name in count.names]
    homes = {group.starts_in for group in flow.groups.values()}
    if count.over_the_month:
        is_first = count.kind != "finished" and not count.from_stages
        let_in = any(stage.draws_from is not None for stage in stages) or homes & {*count.names}
        return "intake" if is_first and let_in else "turning_up"
    return "capacity" if any(stage.may_wait for stage in stages) else "stays"


def count_follow_runs(replications: int, watched: int = 0) -> int:
    """Return how many runs `follow` makes, as `progress` counts them.

    Parameters
    ----------
    replications : int
        As for `follow`.
    watched : int
        How many departures are watched for.
    """
    return replications * (1 if watched == 0 else 2 + watched)


@checks_arguments
def follow(
    flow: Flow,
    counted: MonthlyCounts,
    *,
    rate: float = 0.05,
    replications: int = 1000,
    seed: int = 1,
    fixed: bool = False,
    plans: Mapping[str, Flow] | None = None,
    watch_for: Mapping[str, Flow] | None = None,
    jobs: int = 1,
    scenario: Text | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> FollowedPilot:
    """Return what the counts of a pilot that runs say of its plan.

    Parameters
    ----------
    flow : Flow
        The plan.
    counted : MonthlyCounts
        What was counted, as `read_counts` reads it.
    rate : float
        How many pilots that follow the plan may ever raise an alarm, as a share of at most 0.5.
    replications : int
        Simulated pilots: half of them give the measure of deviations, half the alarm's limit. Where
        departures are watched for, all of them give the measure, and as many others the limits.
    seed : int
        The seed.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication, and the alarm
        tells what the ranges do not hold.
    plans : mapping of str to Flow, optional
        Plans from here, by name: the flow with changes that begin after the last month counted.
    watch_for : mapping of str to Flow, optional
        Departures that somebody fears, by name: the flow with changes. They come beside those of
        the mapping that the counts were read by.
    jobs : int
        Processes at once; -1 for one a core.
    scenario : Text, optional
        What the scenario is called that changed the flow.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of `count_follow_runs` in all.

    Raises
    ------
    RequestError
        A rate above 0.5, a count that is larger than there are clients, too few replications for
        the rate, a plan that changes what has been counted already, or a departure that changes no
        count.
    FlowError
        The flow cannot be changed to a departure of the mapping: where, and what was meant.
    """
    if not 0.0 < rate <= HIGHEST_RATE:
        raise RequestError(
            Message(
                "rate: expected a share above 0 and at most {most:g}, of pilots that follow the "
                "plan and raise an alarm all the same; found {found}",
                most=HIGHEST_RATE,
                found=str(rate),
            )
        )
    given = (
        FearedDeparture(name, Text(name), flow=changed)
        for name, changed in (watch_for or {}).items()
    )
    watched = (*counted.watched, *given)
    departures = flows_of_departures(flow, watched, counted.counts, counted.months)
    known = known_of(counted.counts)
    variant = Variant(
        PLAN,
        flow,
        fixed=fixed,
        engine=engine,
        measures=[one.measure for one in asked_of(flow) if one.measure is not None],
        counts=(*counted.counts, *known),
    )
    outcome = run_variants(
        [variant], (), seed=seed, replications={PLAN: replications}, jobs=jobs, progress=progress
    )[PLAN]
    size = len(counted.counts)
    simulated = outcome.counts[:, :, :size].astype(np.float64)
    check_possible(flow, counted, known, outcome.counts[:, :, size:])
    order = flow_order(flow, counted.counts)
    if watched:
        alone = replace(variant, measures=(), counts=counted.counts)
        held, others = _run_beside(alone, departures, seed, replications, jobs, progress)
        _check_each_shows(watched, simulated, others, counted)
        monitor = Monitor.watching(simulated, held, others, counted.present, order, rate)
    else:
        monitor = Monitor.of(simulated, counted.present, order, rate)
    low, high = np.quantile(simulated, BAND, axis=0)
    numbers = rows_of_numbers(variant, seed, range(replications))
    forecast, basis = update_forecast(flow, counted, simulated, outcome, numbers)
    tried = []
    for name, changed in (plans or {}).items():
        if basis is None:
            break
        own = replace(variant, flow=changed, counts=counted.counts)
        tried.append(try_plan(name, own, basis, counted, outcome.counts[:, :, :size], seed))
    return FollowedPilot(
        flow=flow,
        counted=counted,
        low=np.floor(low),
        middle=np.median(simulated, axis=0),
        high=np.ceil(high),
        alarm=monitor.judge(counted.numbers, counted.months_counted),
        seed=seed,
        replications=replications,
        fixed=fixed,
        forecast=forecast,
        plans=tuple(tried),
        scenario=scenario,
        watched=watched,
    )


def _run_beside(
    plan: Variant,
    departures: Sequence[Flow],
    seed: int,
    replications: int,
    jobs: int,
    progress: Progress | None,
) -> tuple[Floats, list[Floats]]:
    """Return what is counted in other pilots of the plan, and in the first ones that leave it.

    Each departure has the clients and the chance of the plan in the same replication, so that what
    differs is the departure.
    """
    size = replications_at_once(clients_of([plan])[0])
    tasks = [
        (plan, (), seed, range(start, min(start + size, 2 * replications)))
        for start in range(replications, 2 * replications, size)
    ]
    parts = []
    for task, outcome in zip(tasks, run_or_recall(tasks, jobs), strict=True):
        parts.append(outcome)
        if progress is not None:
            progress(len(task[3]))
    names = [str(number) for number in range(len(departures))]
    left = run_variants(
        [replace(plan, name=name, flow=own) for name, own in zip(names, departures, strict=True)],
        (),
        seed=seed,
        replications=dict.fromkeys(names, replications),
        jobs=jobs,
        progress=progress,
    )
    held = Outcome.join(parts).counts.astype(np.float64)
    return held, [left[name].counts.astype(np.float64) for name in names]


def _check_each_shows(
    watched: Sequence[FearedDeparture],
    simulated: Floats,
    departures: Sequence[Floats],
    counted: MonthlyCounts,
) -> None:
    """Raise an error for a departure that no count can tell from the plan."""
    for one, own in zip(watched, departures, strict=True):
        if np.array_equal(own[:, counted.present], simulated[:, counted.present]):
            raise RequestError(
                Message(
                    "'{name}' cannot be watched for: it changes no count in any of {runs:,} "
                    "simulated pilots. Does the plan say the same, or is nothing counted there?",
                    name=one.name,
                    runs=len(own),
                )
            )


def known_of(counts: Sequence[MonthlyCount]) -> tuple[MonthlyCount, ...]:
    """Return what counts everybody that counts could be of: once for each set of groups."""
    groups = dict.fromkeys(count.groups for count in counts)
    return tuple(MonthlyCount("known", groups=own) for own in groups)


def check_possible(
    flow: Flow, counted: MonthlyCounts, known: Sequence[MonthlyCount], clients: Ints
) -> None:
    """Raise an error for a count that is larger than there can be clients.

    Parameters
    ----------
    flow : Flow
        The plan.
    counted : MonthlyCounts
        What was counted.
    known : sequence of MonthlyCount
        What `clients` counts.
    clients : ndarray of int, shape (replications, months, known)
        Who has come so far in each simulated pilot.

    Raises
    ------
    RequestError
        Which count, in which month, and how many there can be.
    """
    by_groups = {one.groups: clients[:, :, place].max(axis=0) for place, one in enumerate(known)}
    for place, count in enumerate(counted.counts):
        groups = count.groups or tuple(flow.groups)
        by_chance = any(flow.groups[name].arrivals is not None for name in groups)
        most = by_groups[count.groups] * (ROOM if by_chance else 1.0)
        for month, number in enumerate(counted.numbers[:, place]):
            if number > most[month]:
                raise RequestError(
                    Message(
                        "{file}, column '{column}', {month}: {number:,} is more than there can be; "
                        "in {runs:,} simulated pilots at most {most:,} clients had come by then. "
                        "Is it another column's number, or a total of several months?",
                        file=counted.file,
                        column=counted.headings[place],
                        month=f"{counted.months[month]:%Y-%m}",
                        number=int(number),
                        runs=len(clients),
                        most=int(by_groups[count.groups][month]),
                    )
                )
