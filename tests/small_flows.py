"""Small flows: written as plain values, run, and their journeys read back as words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from pilotsim.cohort import Cohort, make_cohort
from pilotsim.engines.process import ProcessEngine
from pilotsim.journeys import Journeys
from pilotsim.plan import Plan, make_plan
from pilotsim.read import read_text

RunPlan = Callable[[Plan, Cohort], Journeys]
# Client, stage, joined, started, finished, cause; None for what did not happen.
Visit = tuple[int, str, float, float | None, float | None, str]


def run_process(plan: Plan, cohort: Cohort) -> Journeys:
    """Return what the readable engine makes of a plan."""
    return ProcessEngine(plan, cohort).run()


# Every engine runs every small flow.
ENGINES: dict[str, RunPlan] = {"process": run_process}


def small_flow(lasts: str = "30 days", starts: str = "2015-01-01", **parts: Any) -> dict[str, Any]:
    """Return a flow as plain values, with a name and a title."""
    return {"flow": "small", "title": "Small", "starts": starts, "lasts": lasts, **parts}


def plan_of(flow: Mapping[str, Any]) -> Plan:
    """Return the plan of a flow written as plain values, read as the YAML text that its JSON is."""
    return make_plan(read_text(json.dumps(flow)))


def run(flow: Mapping[str, Any], *, seed: int = 1, engine: str = "process", offered: bool = True) -> Journeys:
    """Return the journeys of a flow written as plain values."""
    plan = plan_of(flow)
    return ENGINES[engine](plan, make_cohort(plan, seed, 0, offered=offered))


def visits(journeys: Journeys, *stages: str) -> list[Visit]:
    """Return each visit as a row of words and numbers, by client and time; only some stages, where named."""
    named = [stage.name for stage in journeys.plan.stages]
    columns = (journeys.client, journeys.stage, journeys.joined, journeys.started, journeys.finished, journeys.cause)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        (client, named[stage], joined, _known(started), _known(finished), journeys.cause_name(cause))
        for client, stage, joined, started, finished, cause in rows
        if not stages or named[stage] in stages
    ]


def _known(time: float) -> float | None:
    return None if np.isnan(time) else time


def starts(journeys: Journeys, stage: str) -> dict[int, float | None]:
    """Return when each client started a stage for the first time; None for who joined and did not start."""
    found: dict[int, float | None] = {}
    for client, _, _, started, _, _ in visits(journeys, stage):
        found.setdefault(client, started)
    return found


def one_each(names: Iterable[str], **same: Any) -> dict[str, Any]:
    """Return a group of one client for each name."""
    return {name: {"stock": 1, **same} for name in names}
