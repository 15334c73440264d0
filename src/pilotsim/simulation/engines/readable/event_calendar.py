"""The event calendar of the readable engine: SimPy's, with events at absolute times."""

from __future__ import annotations

import math
from heapq import heappush

import simpy

# What happens at one instant: first the calendar (units change, stages open), then the clients,
# then the starts, and once nobody can start any more, the paces. SimPy's own events, such as that a
# process begins, are in between.
CALENDAR, CLIENTS, STARTS, PACES = -1, 1, 2, 3


class EventCalendar(simpy.Environment):
    """SimPy's environment, with events at absolute times: sums of delays have other bits."""

    def at(self, time: float, priority: float = CLIENTS) -> simpy.Event:
        """Return an event that happens at a time; never for infinity.

        SimPy schedules by delays alone, so its queue is written here, and nowhere else:
        `tests/simulation/test_dependencies.py` says so if a new version keeps it differently.
        """
        event = simpy.Event(self)
        if time < math.inf:
            event._ok = True
            event._value = None
            heappush(self._queue, (time, priority, next(self._eid), event))
        return event
