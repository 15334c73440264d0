"""The outcomes of a replication of Alna Aktiv on which both models must agree on average."""

from __future__ import annotations

from statistics import fmean

import numpy as np

from benchmarks.alna_simpy import Alna
from pilotsim.simulation.journeys import Journeys


def outcomes_of_journeys(journeys: Journeys) -> dict[str, float]:
    """Return what a replication of pilotsim came to."""
    numbers = {stage.name: k for k, stage in enumerate(journeys.plan.stages)}
    there, begun = np.isnan(journeys.finished), ~np.isnan(journeys.started)

    def heads(stage: str, rows: np.ndarray) -> float:
        return float(len(np.unique(journeys.client[rows & (journeys.stage == numbers[stage])])))

    waited = (journeys.stage == numbers["workbox"]) & begun
    everybody = np.ones(len(journeys), np.bool_)
    return {
        "clients": float(len(journeys.cohort)),
        "visits": float(len(journeys)),
        "referred": heads("referred", everybody),
        "mapped": heads("mapping", begun),
        "on a course": heads("course", begun),
        "in the work box": heads("workbox", begun),
        "in prolonged training": heads("more_training", begun),
        "looked for work": heads("job_search", begun),
        "in a state measure": heads("state_measure", begun),
        "wait for the work box": float((journeys.started - journeys.joined)[waited].mean()),
        "in work at the end": heads("work", there),
        "in lasting work at the end": heads("lasting_work", there),
        "paused from the pilot": heads("pilot_pause", everybody),
        "on other benefits at the end": heads("other_benefit", there),
        "back with the counsellor at the end": heads("with_counsellor", there),
        "off assistance at the end": heads("off_assistance", there),
    }


def outcomes_of_visits(model: Alna) -> dict[str, float]:
    """Return what a replication of the hand-written model came to."""

    def heads(stage: str, begun: bool = False, at_end: bool = False) -> float:
        chosen = (v for v in model.visits if v.stage == stage)
        chosen = (
            v
            for v in chosen
            if (v.started is not None or not begun) and (v.finished is None or not at_end)
        )
        return float(len({v.client for v in chosen}))

    waits = [
        v.started - v.joined for v in model.visits if v.stage == "workbox" and v.started is not None
    ]
    return {
        "clients": float(len(model.clients)),
        "visits": float(len(model.visits)),
        "referred": heads("referred"),
        "mapped": heads("mapping", begun=True),
        "on a course": heads("course", begun=True),
        "in the work box": heads("workbox", begun=True),
        "in prolonged training": heads("more_training", begun=True),
        "looked for work": heads("job_search", begun=True),
        "in a state measure": heads("state_measure", begun=True),
        "wait for the work box": fmean(waits),
        "in work at the end": heads("work", at_end=True),
        "in lasting work at the end": heads("lasting_work", at_end=True),
        "paused from the pilot": heads("pilot_pause"),
        "on other benefits at the end": heads("other_benefit", at_end=True),
        "back with the counsellor at the end": heads("with_counsellor", at_end=True),
        "off assistance at the end": heads("off_assistance", at_end=True),
    }
