"""What can happen in a run of a flow: where clients come, which stages start, which clocks fire.

Worked out from the file alone: a share of 0 %, a resource of which there is none, an opening after
the end of the run stop what comes after them, unless an assumption has a range that says otherwise.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pilotsim.base.calendar import Calendar
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.model.clients import HOME, Group
from pilotsim.model.flow import Flow
from pilotsim.model.stages import Stage
from pilotsim.model.week import spans_of

__all__ = ["Possible"]


@dataclass(frozen=True)
class Possible:
    """What can happen in a run of a flow, with the programme or without it.

    Parameters
    ----------
    flow : Flow
        A flow without faults.
    """

    flow: Flow

    @cached_property
    def calendar(self) -> Calendar:
        """The calendar of the run."""
        return self.flow.make_calendar()

    @cached_property
    def reached(self) -> frozenset[str]:
        """The stages that a client can come into."""
        flow = self.flow
        homes = {group.starts_in for group in flow.groups.values()}
        left = list(homes)
        left += [name for group in flow.groups.values() for name in group.stock_in or {}]
        left += [group.deterred.to for group in flow.groups.values() if group.deterred is not None]
        reached: set[str] = set()
        while True:
            while left:
                name = left.pop()
                if name == HOME:
                    left += homes - reached
                elif name in flow.stages and name not in reached:
                    reached.add(name)
                    left += self._ways_on(flow.stages[name])
            left = [
                name
                for name, stage in flow.stages.items()
                if name not in reached and self._draws(stage, reached)
            ]
            if not left:
                return frozenset(reached)

    @cached_property
    def started(self) -> frozenset[str]:
        """The stages that a client can start, and so can pass."""
        return frozenset(
            name for name in self.reached if self.never_starts(self.flow.stages[name]) is None
        )

    @cached_property
    def firing(self) -> frozenset[str]:
        """The risks whose clock can fire somewhere."""
        return frozenset(
            risk
            for name in self.reached
            for risk in self.flow.stages[name].risks
            if self.fires(risk, self.flow.stages[name])
        )

    def never_starts(self, stage: Stage) -> str | None:
        """Return why nobody can ever start in a stage; None where somebody can."""
        if stage.opens is not None:
            if not stage.opening_days(self.calendar):
                return Message(
                    "no opening lies in the run, from {start} up to {end}",
                    start=self.flow.starts,
                    end=self.flow.end,
                )
            if stage.opens.admits is not None and stage.opens.admits.stays_at(0):
                return Message("nobody is admitted (admits)")
        batch = stage.batch.at_least if stage.batch is not None else None
        many = 1.0 if batch is None or batch.follows else max(1.0, batch.least)
        missing = [self._missing(needs, many) for needs in stage.alternatives]
        if not all(missing):
            away = [self._always_away(needs, stage) for needs in stage.alternatives]
            if not all(away):
                return None
            return Message(
                "it opens only when '{resource}' has no shift; say 'at' what time it opens",
                resource=away[0],
            )
        resource = missing[0]
        if not self.is_there(resource):
            return Message("there is never any '{resource}'", resource=resource)
        return Message(
            "it needs {needed} of '{resource}', and there are never more than {most}",
            needed=f"{many * stage.alternatives[0][resource].least:g}",
            resource=resource,
            most=f"{self.most_units(resource):g}",
        )

    def _always_away(self, needs: dict[str, Quantity], stage: Stage) -> str:
        """Return a resource that is needed and has no shift whenever a stage opens; or nothing."""
        if stage.opens is None:
            return ""
        days = stage.opening_days(self.calendar)
        for resource, units in needs.items():
            shifts = self.flow.resources[resource].shifts
            if shifts is None or units.stays_at(0):
                continue
            spans = spans_of(shifts, self.calendar)
            ends = [span.end for span in spans]
            found = [(bisect_right(ends, day), day) for day in days]
            if not any(k < len(spans) and spans[k].begin <= day for k, day in found):
                return resource
        return ""

    def fires(self, risk_name: str, stage: Stage) -> bool:
        """Tell whether the clock of a risk can fire in a stage."""
        risk, here = self.flow.risks[risk_name], stage.risks[risk_name]
        if risk.pace.stays_at(0):
            return False
        if risk.after is not None and risk.used is None:
            lasts = (self.flow.end - self.flow.starts).days
            if risk.after.least > lasts and not risk.after.follows:
                return False
        speeds = [here.started] if self.never_starts(stage) is None else []
        if stage.may_wait:
            speeds.append(here.waiting)
        return any(self._runs(risk.rate, speed) for speed in speeds)

    def comes(self, group: Group) -> bool:
        """Tell whether anybody of a group can come after the start."""
        if group.arrivals is not None and not group.arrivals.stays_at(0):
            return True
        if group.arrivals_from is not None:
            return True
        intake = group.intake
        if intake is None or intake.brings.stays_at(0):
            return False
        first = intake.first or self.flow.starts
        moved = intake.next_working_day
        return bool(self.calendar.openings(intake.every, first, on_working_days=moved))

    def is_there(self, resource: str) -> bool:
        """Tell whether there can ever be any of a resource."""
        found = self.flow.resources[resource]
        if found.supply is not None:
            first = found.supply.first or self.flow.starts
            days = self.calendar.openings(found.supply.every, first)
            return bool(days) and not found.supply.units.stays_at(0)
        if found.has_numbers_by_shift:
            return True
        sizes = (found.units, found.fte, found.caseload)
        return not any(size is not None and size.stays_at(0) for size in sizes)

    def most_units(self, resource: str) -> float:
        """Return the most units of a resource that there can ever be at once; `inf` for no bound.

        Parameters
        ----------
        resource : str
            Its name.
        """
        found = self.flow.resources[resource]
        if not self.is_there(resource):
            return 0.0
        if found.supply is not None:
            return _most(found.supply.units) if found.supply.lapses else math.inf
        if found.units is not None:
            by_shift = [
                _most(own)
                for hours in (found.shifts or {}).values()
                for own in hours.values()
                if own is not None
            ]
            return max([_most(found.units), *by_shift])
        assert found.fte is not None, "a resource has units, staff or a supply"
        assert found.caseload is not None, "staff has a caseload"
        most = _most(found.fte) * _most(found.caseload)
        # What follows other values has no known end.
        return math.floor(most + 1e-9) if math.isfinite(most) else most

    @staticmethod
    def _runs(rate: Quantity | None, speed: Quantity | None) -> bool:
        if speed is None or speed.stays_at(0):
            return False
        return speed.kind == "rate" or rate is None or not rate.stays_at(0)

    def _missing(self, needs: dict[str, Quantity], many: float) -> str:
        """Return a resource of which so many who start need more than there ever is; or nothing."""
        for resource, units in needs.items():
            if units.follows or units.stays_at(0):
                continue
            if many * units.least > self.most_units(resource):
                return resource
        return ""

    def _ways_on(self, stage: Stage) -> Iterator[str]:
        if self.never_starts(stage) is None:
            yield from _routes(stage)
        if stage.limit is not None:
            yield stage.limit.otherwise
        if stage.put_off is not None:
            yield stage.put_off.otherwise
        for name, here in stage.risks.items():
            if self.fires(name, stage):
                yield here.to or self.flow.risks[name].to

    def _draws(self, stage: Stage, reached: set[str]) -> bool:
        """Tell whether a stage takes clients out of one that they come into."""
        drawn = stage.draws_from
        if drawn is None or not any(source in reached for source in drawn.stages):
            return False
        admits = None if stage.opens is None else stage.opens.admits
        is_open = bool(stage.opening_days(self.calendar))
        return is_open and not (admits is not None and admits.stays_at(0))


def _most(value: Quantity) -> float:
    """Return the most that a value can be, at any date; `inf` for one that others move."""
    forms = [value, *(later for _, later in value.changes)]
    if any(one.follows or one.scaled_by is not None or one.raised_to is not None for one in forms):
        return math.inf
    return max(max(one.number, one.most) for one in forms)


def _routes(stage: Stage) -> Iterator[str]:
    """Yield where those who finish a stage can go."""
    routes = stage.next or {}
    given = [route.share for route in routes.values() if route.share is not None]
    whole = sum(share.number for share in given)
    is_all_given = whole > 1 - 1e-9 and all(share.stays_at(share.number) for share in given)
    is_all_given &= not any(route.when for route in routes.values())
    for name, route in routes.items():
        shares = [route.share, *route.when.values()]
        if (
            is_all_given
            if route.share is None
            else all(share.stays_at(0) for share in shares if share is not None)
        ):
            continue
        yield name
