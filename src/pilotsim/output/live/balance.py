"""What of a flow must balance: who is there with who comes and leaves, what is used with what is.

A reader's numbers are held against this while they are filled in. The script of a page works it out
from what stands here: paths of values, and how they belong together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pilotsim.base.arithmetic import ArithmeticFault
from pilotsim.base.quantity import Quantity
from pilotsim.model.clients import HOME, Group
from pilotsim.model.distributions import Duration
from pilotsim.model.factors import Factor
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Stage
from pilotsim.model.steady import ASSISTANCE, StockModel, measured_days
from pilotsim.model.targets import Measure

__all__ = ["balance_of"]

# What one of a weighted sum is: how much it counts, and the path of a value.
Weighted = list[tuple[float, str]]
POINTS, LIST = "quantiles", "all_of"


def balance_of(flow: Flow) -> dict[str, Any]:
    """Return what must balance, as plain content.

    Parameters
    ----------
    flow : Flow
        The plan.

    Returns
    -------
    dict
        `days`, from which day of the run to which anything is measured; `stocks`, groups of one
        home whose number without the programme follows from clocks alone (`StockModel.to_plain`);
        `stays`, groups that stay in their first stage for a length of time; `stages`, `entries`,
        `draws` and `resources`, from which it follows how much is used; and `targets` that are
        numbers of people, with the groups they are of.
    """
    names = {value.slot: path for path, value in flow.values.items()}
    stocks = list(_stocks(flow))
    clear = {name for one in stocks for name in one["groups"]}
    calendar = flow.make_calendar()
    days = (flow.end - flow.starts).days
    working = sum(calendar.is_working_day(day) for day in range(days))
    return {
        "days": list(measured_days(flow)),
        "run": days,
        "per_working_day": days / max(1, working),
        "stocks": stocks,
        "stays": list(_stays(flow, clear, names)),
        "stages": {
            name: _stage(flow, stage, names)
            for name, stage in flow.stages.items()
            if stage.lasts is not None or stage.risks or any(stage.alternatives)
        },
        "entries": list(_entries(flow, names)),
        "draws": list(_draws(flow, names)),
        "resources": _resources(flow, names),
        "targets": list(_targets(flow)),
    }


def _stocks(flow: Flow) -> Iterator[dict[str, Any]]:
    """Yield the groups of each home on assistance whose number without the programme is known."""
    homes: dict[str, list[str]] = {}
    for name, group in flow.groups.items():
        is_there = group.stock.number or group.has_arrivals
        if flow.stages[group.starts_in].counts_as == ASSISTANCE and is_there:
            homes.setdefault(group.starts_in, []).append(name)
    for home, groups in homes.items():
        if not any(flow.groups[name].arrivals is not None for name in groups):
            continue
        try:
            model = StockModel(flow, tuple(groups), ASSISTANCE)
        except ArithmeticFault:
            continue
        if model.is_counted:
            yield {"home": home, **model.to_plain()}


def _stays(flow: Flow, clear: set[str], names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Yield each group that is there, comes at one rate and stays for a length of time."""
    for name, group in flow.groups.items():
        stage = flow.stages[group.starts_in]
        if (
            name not in clear
            and group.arrivals is not None
            and not group.arrivals.changes
            and group.stock.number > 0
            and not group.stock_in
            and stage.lasts is not None
            and not stage.ways_with_lengths
            and group.season is None
            and group.week is None
        ):
            yield {
                "group": name,
                "stage": group.starts_in,
                "stock": names[group.stock.slot],
                "arrivals": names[group.arrivals.slot],
            }


def _stage(flow: Flow, stage: Stage, names: Mapping[int, str]) -> dict[str, Any]:
    lasts = stage.lasts
    parts = [] if lasts is None else list(lasts.parts or (lasts,))
    return {
        "parts": [{"mean": _mean(part, names), "working": part.working} for part in parts if part],
        "times": None if lasts is None or lasts.times is None else names[lasts.times.slot],
        "next": [
            [to, None if route.share is None else names[route.share.slot]]
            for to, route in (stage.next or {}).items()
        ],
        "clocks": list(_clocks(flow, stage, names)),
        "needs": list(_needs(stage, names)),
    }


def _mean(part: Duration, names: Mapping[int, str]) -> Weighted:
    """Return the mean of a length as a weighted sum of its parameters."""
    paths = [names[value.slot] for value in part.parameters]
    if part.family == POINTS:
        edges = [part.probabilities[0], *part.probabilities, part.probabilities[-1]]
        weights = [(edges[k + 2] - edges[k]) / 2 for k in range(len(paths))]
    elif part.family in ("uniform", "triangular"):
        weights = [1 / len(paths)] * len(paths)
    else:
        # The first parameter of every other family is its mean, or the length itself.
        weights = [1.0, *([0.0] * (len(paths) - 1))]
    return [(weight, path) for weight, path in zip(weights, paths, strict=True) if weight]


def _clocks(flow: Flow, stage: Stage, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for name, here in stage.risks.items():
        risk, speed = flow.risks[name], here.started
        if speed is None or risk.after is not None:
            continue
        own = () if speed.kind == "rate" or risk.rate is None else (risk.rate,)
        to = here.to or risk.to
        yield {
            "rates": [names[value.slot] for value in (speed, *own, risk.pace)],
            "factor": _usual_factor(flow, risk.times),
            "to": to,
        }


def _usual_factor(flow: Flow, factors: Mapping[str, Factor]) -> float:
    """Return how much traits change a speed on average, as the file has them."""
    found = 1.0
    for name, factor in factors.items():
        trait = flow.traits.get(name)
        if trait is None or factor.value is None or trait.share is None:
            continue
        share = trait.share.stock.number
        found *= 1 - share + share * factor.value.number
    return found


def _needs(stage: Stage, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Yield what a stay holds: of what all alternatives need, and of what one of them is enough."""
    alternatives = [one for one in stage.alternatives if one]
    if not alternatives:
        return
    shared = [name for name in alternatives[0] if all(name in one for one in alternatives)]
    for name in shared:
        yield {"of": [name], "units": names[alternatives[0][name].slot]}
    others = [{name: one[name] for name in one if name not in shared} for one in alternatives]
    if all(len(one) == 1 for one in others):
        pool = sorted({name for one in others for name in one})
        units = next(iter(others[0].values()))
        yield {"of": pool, "units": names[units.slot]}


def _entries(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Yield who comes into which stage, at how many a day on average over the run."""
    days = (flow.end - flow.starts).days
    calendar = flow.make_calendar()
    for name, group in flow.groups.items():
        rates: Weighted = []
        if group.arrivals is not None:
            rates = _over_time(flow, group.arrivals, names)
        if group.intake is not None:
            first = group.intake.first or flow.starts
            openings = calendar.openings(
                group.intake.every, first, on_working_days=group.intake.next_working_day
            )
            times = sum(1 for day in openings if 0 <= day < calendar.horizon)
            rates = [(times / days, names[group.intake.brings.slot])]
        yield {
            "group": name,
            "stage": group.starts_in,
            "stock": names[group.stock.slot],
            "is_at_home": not group.stock_in,
            "rates": rates,
        }


def _draws(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    """Yield what takes clients in: how often it opens in the run, and for whom."""
    calendar = flow.make_calendar()
    for name, stage in flow.stages.items():
        if stage.draws_from is None or stage.opens is None:
            continue
        taken = stage.draws_from.stages
        groups = [
            group
            for group, one in flow.groups.items()
            if (stage.draws_from.groups is None or group in stage.draws_from.groups)
            and _is_below(flow, one, taken)
        ]
        admits = stage.opens.admits
        yield {
            "stage": name,
            "from": list(taken),
            "groups": groups,
            "openings": len(stage.opening_days(calendar)),
            "admits": None if admits is None else names[admits.slot],
        }


def _is_below(flow: Flow, group: Group, stages: Sequence[str]) -> bool:
    return group.starts_in in stages or bool(set(group.stock_in or {}) & set(stages))


def _resources(flow: Flow, names: Mapping[int, str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    # Nor does it weigh lengths that go by the way on.
    by_way = [stage for stage in flow.stages.values() if stage.ways_with_lengths]
    uncounted = {name for stage in by_way for needs in stage.alternatives for name in needs}
    for name, resource in flow.resources.items():
        if resource.shifts is not None or name in uncounted or flow.looks_at_state:
            # What it can cope with depends on hours or on the state, which a form does not count.
            continue
        if resource.units is not None:
            found[name] = {"units": _over_time(flow, resource.units, names), "each": None}
        elif resource.fte is not None and resource.caseload is not None:
            each = names[resource.caseload.slot]
            found[name] = {"units": _over_time(flow, resource.fte, names), "each": each}
    return found


def _over_time(flow: Flow, value: Quantity, names: Mapping[int, str]) -> Weighted:
    """Return the mean of a value over the run, as a weighted sum of what it becomes."""
    marks: list[tuple[date, Quantity]] = [(flow.starts, value), *value.changes]
    found: dict[str, float] = {}
    days = (flow.end - flow.starts).days
    for (begins, one), (ends, _) in zip(marks, [*marks[1:], (flow.end, value)], strict=True):
        first, last = max(begins, flow.starts), min(ends, flow.end)
        held = max(0, (last - first).days)
        path = names[one.slot]
        found[path] = found.get(path, 0.0) + held / days
    return [(weight, path) for path, weight in found.items() if weight > 0]


def _targets(flow: Flow) -> Iterator[dict[str, Any]]:
    """Yield the bounds that are numbers of people, with the groups that they are of."""
    for name, target in flow.targets.items():
        for reading, asked in target.all_readings().items():
            measure = asked.measure
            if measure is None or (measure.change_in is None and measure.count is None):
                continue
            for bound in ("at_least", "at_most"):
                own = f"targets.{name}.readings.{reading}.{bound}"
                path = own if own in flow.values else f"targets.{name}.{bound}"
                if path in flow.values:
                    yield {
                        "target": name,
                        "reading": reading or None,
                        "path": path,
                        "is_change": measure.change_in is not None,
                        "groups": _groups_of(flow, measure),
                    }


def _groups_of(flow: Flow, measure: Measure) -> list[str]:
    asked = measure.count or measure.of
    if asked is None or asked.groups is None:
        return [
            name
            for name, group in flow.groups.items()
            if flow.stages[group.starts_in].counts_as != "not_counted"
        ]
    return [name for name in asked.groups if name != HOME]
