"""Small flows: written as plain values, run, and their journeys read back as words."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from pilotsim.files.reading import read_text
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

# Client, stage, joined, started, finished, cause; None for what did not happen.
Visit = tuple[int, str, float, float | None, float | None, str]


# Every engine runs every small flow; the compiled one where its compiler is there.
ENGINES = tuple(
    name for name in engines.ENGINES if name != engines.KERNEL or engines.compiler_is_there()
)
# Long runs are held to theory and to invariants in the fastest engine: `tests/agreement` holds the
# others to it, to the bit. `make verify` runs them in every engine.
FOR_LONG_RUNS = ENGINES if os.environ.get("PILOTSIM_ENGINES") == "all" else ENGINES[:1]


def small_flow(lasts: str = "30 days", starts: str = "2015-01-01", **parts: Any) -> dict[str, Any]:
    """Return a flow as plain values, with a name and a title."""
    return {"flow": "small", "title": "Small", "starts": starts, "lasts": lasts, **parts}


def plan_of(flow: Mapping[str, Any]) -> ResolvedFlow:
    """Return the plan of a flow written as plain values, read as the YAML text that its JSON is."""
    return resolve_flow(read_text(json.dumps(flow)))


def run(
    flow: Mapping[str, Any], *, seed: int = 1, engine: str = "process", offered: bool = True
) -> Journeys:
    """Return the journeys of a flow written as plain values."""
    return engines.run_replication(plan_of(flow), seed, 0, offered=offered, engine=engine)


def visits(journeys: Journeys, *stages: str) -> list[Visit]:
    """Return each visit as a row of words and numbers, by client and time.

    Only some stages, where named.
    """
    named = [stage.name for stage in journeys.plan.stages]
    columns = (
        journeys.client,
        journeys.stage,
        journeys.joined,
        journeys.started,
        journeys.finished,
        journeys.cause,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        (
            client,
            named[stage],
            joined,
            _known(started),
            _known(finished),
            journeys.cause_name(cause),
        )
        for client, stage, joined, started, finished, cause in rows
        if not stages or named[stage] in stages
    ]


def _known(time: float) -> float | None:
    return None if np.isnan(time) else time


def starts(journeys: Journeys, stage: str) -> dict[int, float | None]:
    """Return when each client started a stage for the first time.

    None for who joined and did not start.
    """
    found: dict[int, float | None] = {}
    for client, _, _, started, _, _ in visits(journeys, stage):
        found.setdefault(client, started)
    return found


def one_each(names: Iterable[str], **same: Any) -> dict[str, Any]:
    """Return a group of one client for each name."""
    return {name: {"stock": 1, **same} for name in names}
