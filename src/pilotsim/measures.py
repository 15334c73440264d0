"""Measures of a run: selections of clients, shares, waits, occupancy, use of places, costs. Pure functions of journeys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from pilotsim.cohort import ORIGINS, category_name
from pilotsim.dates import DAYS_PER_MONTH, work_until
from pilotsim.journeys import FIRST_RISK, Journeys
from pilotsim.questions import Measure, Selection

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def measure(journeys: Journeys, what: Measure) -> float:
    """Return one number from a run; NaN where its base is empty."""
    return _MEASURES[what.kind](journeys, what, select(journeys, what.of))


def measure_anyway(journeys: Journeys, without: Journeys, what: Measure) -> float:
    """Return what the same clients would have come to without the programme; NaN where the question makes no sense.

    Parameters
    ----------
    journeys, without : Journeys
        The same cohort with and without the programme: who is counted, and since when, is decided by the first.
    what : Measure
        A share, a count, a change, an average or months; for waits, use and costs there is no world without.
    """
    if what.kind in ("wait", "time", "use", "cost"):
        return math.nan
    chosen = select(journeys, what.of) if what.of else np.ones(len(journeys.cohort), np.bool_)
    if what.kind in ("share", "count"):
        found = float((select(without, what.share or what.count, journeys) & chosen).sum())
        return found if what.kind == "count" else found / float(chosen.sum()) if chosen.any() else math.nan
    return _MEASURES[what.kind](without, what.model_copy(update={"of": None}), chosen)


def select(journeys: Journeys, selection: Selection | None, clocked_by: Journeys | None = None) -> Bools:
    """Return which clients are in a selection, shape (clients,); all for None.

    The moments that `after` stands for, in the selection and in those inside it, are those of `clocked_by`: the same
    clients in another world.
    """
    chosen = np.ones(len(journeys.cohort), np.bool_)
    if selection is None:
        return chosen
    if selection.groups is not None:
        chosen &= np.array([name in selection.groups for name in journeys.plan.flow.groups])[journeys.cohort.group]
    if selection.origin is not None:
        chosen &= (journeys.cohort.origin == 0) == (selection.origin == ORIGINS[0])
    for trait, wanted in (selection.traits or {}).items():
        chosen &= _with_trait(journeys, trait, wanted)
    chosen &= _moved(journeys, selection, journeys if clocked_by is None else clocked_by)
    if selection.state is not None or selection.in_stage is not None:
        chosen &= _is_at(journeys, selection)
    if selection.any_of is not None:
        chosen &= np.any([select(journeys, one, clocked_by) for one in selection.any_of], axis=0)
    for one in selection.none_of or ():
        chosen &= ~select(journeys, one, clocked_by)
    return chosen


def _with_trait(journeys: Journeys, trait: str, wanted: bool | str) -> Bools:
    found = journeys.cohort.traits[trait]
    if isinstance(wanted, bool):
        return found > 0.0 if wanted else found <= 0.0
    names = {number: category_name(journeys.plan, trait, number) for number in np.unique(found)}
    return np.isin(found, [number for number, name in names.items() if name == wanted])


def _moved(journeys: Journeys, selection: Selection, clocked_by: Journeys) -> Bools:
    """Return who did what a selection says happened: reached, started, finished a stage, or left by a risk."""
    clients = len(journeys.cohort)
    if selection.left_by is not None:
        risk = list(journeys.plan.flow.risks).index(selection.left_by)
        rows, moments = journeys.cause == FIRST_RISK + risk, journeys.finished
    elif selection.reached is not None:
        rows, moments = in_stages(journeys, selection.reached), journeys.joined
    elif selection.started is not None:
        rows, moments = in_stages(journeys, selection.started) & ~np.isnan(journeys.started), journeys.started
    elif selection.finished is not None:
        rows, moments = in_stages(journeys, selection.finished) & (journeys.cause == 0), journeys.finished
    else:
        return np.ones(clients, np.bool_)
    if selection.after is not None:
        since = first_joined(clocked_by, (selection.after,))
        rows = rows & (moments >= since[journeys.client])
        if selection.within is not None:
            latest = _later(journeys, since, selection.within.number, selection.within.working)
            rows = rows & (moments <= latest[journeys.client])
    return np.bincount(journeys.client[rows], minlength=clients) > 0


def _later(journeys: Journeys, since: Floats, days: float, working: bool) -> Floats:
    if not working:
        return since + days
    worked = journeys.plan.calendar.worked
    return np.array([work_until(worked, time, days) if time < math.inf else time for time in since.tolist()])


def _is_at(journeys: Journeys, selection: Selection) -> Bools:
    """Return who is in the stages or counts as the state of a selection at its moment."""
    wanted = [
        (selection.in_stage is None or name in selection.in_stage) and selection.state in (None, stage.counts_as)
        for name, stage in journeys.plan.flow.stages.items()
    ]
    if selection.at in (None, "end"):
        there = np.isnan(journeys.finished)
    else:
        time = 0.0 if selection.at == "start" else journeys.plan.calendar.day_of(selection.at)  # type: ignore[arg-type]
        there = (journeys.joined <= time) & (journeys.until > time)
    rows = there & np.array(wanted)[journeys.stage]
    return np.bincount(journeys.client[rows], minlength=len(journeys.cohort)) > 0


def in_stages(journeys: Journeys, names: Iterable[str]) -> Bools:
    """Return which visits are to the named stages, shape (visits,)."""
    wanted = frozenset(names)
    found = journeys.found.get(wanted)
    if found is None:
        chosen = np.array([name in wanted for name in journeys.plan.flow.stages])
        found = journeys.found[wanted] = chosen[journeys.stage]
    return found


def counts_as(journeys: Journeys, state: str) -> Bools:
    """Return which visits a register would show as a state, shape (visits,)."""
    return in_stages(journeys, (name for name, stage in journeys.plan.flow.stages.items() if stage.counts_as == state))


def first_joined(journeys: Journeys, names: Sequence[str], after: Floats | None = None) -> Floats:
    """Return when each client first joined one of the stages, at or after a time of its own; `inf` for never."""
    rows = in_stages(journeys, names)
    if after is not None:
        rows = rows & (journeys.joined >= after[journeys.client])
    first = np.full(len(journeys.cohort), math.inf)
    np.minimum.at(first, journeys.client[rows], journeys.joined[rows])
    return first


def _share(journeys: Journeys, what: Measure, base: Bools) -> float:
    return float((select(journeys, what.share) & base).sum() / base.sum()) if base.any() else math.nan


def _count(journeys: Journeys, what: Measure, base: Bools) -> float:
    return float((select(journeys, what.count) & base).sum())


def _change_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    rows = counts_as(journeys, str(what.change_in)) & base[journeys.client]
    at_end = rows & np.isnan(journeys.finished)
    at_start = rows & (journeys.joined == 0.0) & (journeys.until > 0.0)
    return float(at_end.sum()) - float(at_start.sum())


def _mean_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    rows = counts_as(journeys, str(what.mean_in)) & base[journeys.client]
    return float((journeys.until - journeys.joined)[rows].sum() / journeys.plan.horizon)


def _months_in(journeys: Journeys, what: Measure, base: Bools) -> float:
    rows = counts_as(journeys, str(what.months_in)) & base[journeys.client]
    days = float((journeys.until - journeys.joined)[rows].sum())
    return days / DAYS_PER_MONTH / float(base.sum()) if base.any() else math.nan


def _wait(journeys: Journeys, what: Measure, base: Bools) -> float:
    rows = in_stages(journeys, (str(what.wait),)) & ~np.isnan(journeys.started) & base[journeys.client]
    return _typical(journeys.started[rows] - journeys.joined[rows], what)


def _time(journeys: Journeys, what: Measure, base: Bools) -> float:
    assert what.time is not None
    start = first_joined(journeys, (what.time.start,))
    end = first_joined(journeys, (what.time.end,), start)
    both = base & np.isfinite(start) & np.isfinite(end)
    return _typical(end[both] - start[both], what)


def _typical(times: Floats, what: Measure) -> float:
    if not len(times):
        return math.nan
    return float(np.quantile(times, what.quantile.number)) if what.quantile else float(times.mean())


def _use(journeys: Journeys, what: Measure, base: Bools) -> float:
    number = list(journeys.plan.flow.resources).index(str(what.use))
    there = unit_days(journeys, number)
    return used_unit_days(journeys, number) / there if there > 0 else math.nan


def _cost(journeys: Journeys, what: Measure, base: Bools) -> float:
    total = 0.0
    for number, resource in enumerate(journeys.plan.resources):
        price = journeys.plan.flow.resources[resource.name].price_per_month
        if resource.name in (what.cost or ()) and price is not None:
            total += unit_days(journeys, number) / DAYS_PER_MONTH * journeys.plan.reader.number(price)
    if what.per is None:
        return total
    heads = float(select(journeys, what.per).sum())
    return total / heads if heads else math.nan


_MEASURES = {
    "share": _share, "count": _count, "change_in": _change_in, "mean_in": _mean_in, "months_in": _months_in, "wait": _wait,
    "time": _time, "use": _use, "cost": _cost,
}  # fmt: skip


def unit_days(journeys: Journeys, resource: int) -> float:
    """Return the unit-days of a resource over the pilot; for one that is used up, the units that came."""
    one = journeys.plan.resources[resource]
    if one.units is None:
        return float(len(one.supplies) * one.supplied)
    ends = (*one.units.times[1:], journeys.plan.horizon)
    spans = zip(one.units.numbers, one.units.times, ends, strict=True)
    return sum(units * max(0.0, min(end, journeys.plan.horizon) - start) for units, start, end in spans)


def units_in_service(journeys: Journeys, resource: int) -> Ints:
    """Return the units of a resource that each visit holds from start to finish, shape (visits,)."""
    tables = [[dict(needs).get(resource, 0) for needs in stage.needs] for stage in journeys.plan.stages]
    width = max(len(table) for table in tables)
    table = np.array([row + [0] * (width - len(row)) for row in tables])
    return np.where(journeys.took >= 0, table[journeys.stage, np.maximum(journeys.took, 0)], 0)


def units_while_waiting(journeys: Journeys, resource: int) -> Ints:
    """Return the units that each visit still holds from the stage before while it waits, shape (visits,)."""
    service = units_in_service(journeys, resource)
    stages = journeys.plan.stages
    most = np.array([max(dict(needs).get(resource, 0) for needs in stage.needs) for stage in stages])
    keeps = np.array([resource in stage.keeps for stage in stages])
    kept = np.zeros(len(journeys), np.int64)
    if not keeps.any():
        return kept
    follows = np.flatnonzero((journeys.visit[1:] > 0) & keeps[journeys.stage[:-1]]) + 1
    while True:
        at_end = np.where(journeys.took >= 0, service, kept)
        now = kept.copy()
        now[follows] = np.minimum(at_end[follows - 1], most[journeys.stage[follows]])
        if np.array_equal(now, kept):
            return kept
        kept = now


def used_unit_days(journeys: Journeys, resource: int) -> float:
    """Return the unit-days of a resource that clients held; for one that is used up, the units taken."""
    service = units_in_service(journeys, resource)
    if journeys.plan.resources[resource].units is None:
        return float(service.sum())
    waiting = units_while_waiting(journeys, resource)
    held = service * (journeys.until - journeys.began) + waiting * (journeys.began - journeys.joined)
    return float(held.sum())


def units_held_at(journeys: Journeys, resource: int, times: Floats) -> Ints:
    """Return how many units of a resource are held at each time, shape (times,)."""
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    times = _inside(journeys, times)
    return _present(journeys.began, journeys.until, service, times) + _present(journeys.joined, journeys.began, waiting, times)


def mean_units_held(journeys: Journeys, resource: int, marks: Floats) -> Floats:
    """Return how many units of a resource are held on average between one mark and the next, shape (marks - 1,)."""
    service, waiting = units_in_service(journeys, resource), units_while_waiting(journeys, resource)
    spans = ((journeys.began, journeys.until, service), (journeys.joined, journeys.began, waiting))
    unit_days = sum(_unit_days_until(begins, ends, weights, marks) for begins, ends, weights in spans)
    return np.asarray(np.diff(unit_days) / np.diff(marks), np.float64)


def _unit_days_until(begins: Floats, ends: Floats, weights: Ints, marks: Floats) -> Floats:
    """Return the weight times the length of all spans as far as each mark, shape (marks,)."""
    chosen = weights != 0
    lengths = np.clip(marks[:, None] - begins[chosen], 0.0, (ends - begins)[chosen])
    return np.asarray(lengths @ weights[chosen], np.float64)


def occupancy(journeys: Journeys, times: Floats, rows: Bools | None = None) -> Ints:
    """Return how many clients are in each stage at each time, shape (times, stages)."""
    counts = np.zeros((len(times), len(journeys.plan.stages)), np.int64)
    for stage in range(counts.shape[1]):
        weight = (journeys.stage == stage) & (True if rows is None else rows)
        counts[:, stage] = _present(journeys.joined, journeys.until, weight.astype(np.int64), _inside(journeys, times))
    return counts


def _present(begins: Floats, ends: Floats, weights: Ints, times: Floats) -> Ints:
    """Return the weight of the spans that a time lies in."""
    chosen = weights != 0
    begins, ends, weights = begins[chosen], ends[chosen], weights[chosen]
    begun, ended = np.argsort(begins, kind="stable"), np.argsort(ends, kind="stable")
    came = np.concatenate([[0], np.cumsum(weights[begun])])
    went = np.concatenate([[0], np.cumsum(weights[ended])])
    counts: Ints = (
        came[np.searchsorted(begins[begun], times, side="right")] - went[np.searchsorted(ends[ended], times, side="right")]
    )
    return counts


def _inside(journeys: Journeys, times: Floats) -> Floats:
    """Return times with the horizon moved to the last moment that was simulated."""
    return np.minimum(times, math.nextafter(journeys.plan.horizon, 0.0))


def moves(journeys: Journeys, rows: Bools | None = None) -> Ints:
    """Return how many visits led from each stage to each other one, shape (stages, stages)."""
    stages = len(journeys.plan.stages)
    went = (journeys.next >= 0) & (True if rows is None else rows)
    counts = np.bincount(journeys.stage[went] * stages + journeys.next[went], minlength=stages * stages)
    return counts.reshape(stages, stages)
