"""An open network of three stages that Ciw can express too: ours against Ciw and plain SimPy."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean
from typing import Any

import ciw
import numpy as np
import simpy

from benchmarks.agreement import assert_agree
from benchmarks.effort import Effort
from benchmarks.results import Result, at_least
from benchmarks.timing import side_by_side
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.files.reading import read_text
from pilotsim.simulation import engines
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

SEED = 1
STAGES = ("intake", "training", "placement")
SERVERS = (40, 130, 75)
ARRIVALS_PER_MONTH = 1000.0
MONTHS, FEW_MONTHS = 20, 3
# Where those go who finish a stage; the others leave.
ROUTING = ((0.0, 0.7, 0.2), (0.0, 0.0, 0.5), (0.0, 0.0, 0.0))
INTAKE_MEAN, TRAINING_MEAN, TRAINING_CV, PLACEMENT_SHORTEST, PLACEMENT_LONGEST = (
    1.0,
    5.0,
    0.5,
    1.0,
    5.0,
)
SHAPE = 1 / TRAINING_CV**2

FLOW = f"""
flow: three_stages
title: Three stages
starts: 2015-01-01
lasts: MONTHS months
groups: {{clients: {{starts_in: intake, arrivals: {ARRIVALS_PER_MONTH:g} per month}}}}
resources:
  clerks: {{units: {SERVERS[0]}}}
  seats: {{units: {SERVERS[1]}}}
  places: {{units: {SERVERS[2]}}}
stages:
  intake:
    needs: {{clerks: 1}}
    lasts: {{exponential: {{mean: {INTAKE_MEAN:g} days}}}}
    next: {{training: {ROUTING[0][1]:.0%}, placement: {ROUTING[0][2]:.0%}, gone: rest}}
  training:
    needs: {{seats: 1}}
    lasts: {{gamma: {{mean: {TRAINING_MEAN:g} days, cv: {TRAINING_CV:g}}}}}
    next: {{placement: {ROUTING[1][2]:.0%}, gone: rest}}
  placement:
    needs: {{places: 1}}
    lasts:
      uniform: {{shortest: {PLACEMENT_SHORTEST:g} days, longest: {PLACEMENT_LONGEST:g} days}}
    next: {{gone: 100%}}
  gone: {{}}
"""


@cache
def plan_of(months: int) -> ResolvedFlow:
    """Return the network as our flow."""
    return resolve_flow(read_text(FLOW.replace("MONTHS", str(months))))


def run_ours(months: int, replication: int) -> Journeys:
    """Return the journeys of a replication."""
    return engines.run_replication(plan_of(months), SEED, replication, engine=engines.KERNEL)


def run_ciw(months: int, replication: int) -> list[Any]:
    """Return Ciw's records of a replication."""
    ciw.seed(replication)
    network = ciw.create_network(
        arrival_distributions=[
            ciw.dists.Exponential(ARRIVALS_PER_MONTH / DAYS_PER_MONTH),
            None,
            None,
        ],
        service_distributions=[
            ciw.dists.Exponential(1 / INTAKE_MEAN),
            ciw.dists.Gamma(SHAPE, TRAINING_MEAN / SHAPE),
            ciw.dists.Uniform(PLACEMENT_SHORTEST, PLACEMENT_LONGEST),
        ],
        routing=[list(row) for row in ROUTING],
        number_of_servers=list(SERVERS),
    )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(plan_of(months).horizon)
    return simulation.get_all_records()


@dataclass(slots=True)
class Visit:
    """A stay of a client in a stage of the hand-written model."""

    client: int
    stage: int
    joined: float
    started: float | None = None
    finished: float | None = None


class ByHand:
    """The network as a SimPy user would write it."""

    def __init__(self, months: int, seed: int) -> None:
        self.env, self.random = simpy.Environment(), random.Random(seed)
        self.servers = [simpy.Resource(self.env, capacity) for capacity in SERVERS]
        self.visits: list[Visit] = []
        self.env.process(self.arrivals())
        self.env.run(until=plan_of(months).horizon)

    def arrivals(self) -> Iterator[simpy.Event]:
        """Let clients arrive one by one."""
        number = 0
        while True:
            yield self.env.timeout(self.random.expovariate(ARRIVALS_PER_MONTH / DAYS_PER_MONTH))
            self.env.process(self.client(number))
            number += 1

    def client(self, number: int) -> Iterator[simpy.Event]:
        """Lead a client through the stages."""
        stage: int | None = 0
        while stage is not None:
            visit = Visit(number, stage, self.env.now)
            self.visits.append(visit)
            with self.servers[stage].request() as request:
                yield request
                visit.started = self.env.now
                yield self.env.timeout(self.service(stage))
            visit.finished = self.env.now
            stage = self.random.choices(
                (0, 1, 2, None), (*ROUTING[stage], 1 - sum(ROUTING[stage]))
            )[0]

    def service(self, stage: int) -> float:
        """Return a time in a stage."""
        if stage == 0:
            return self.random.expovariate(1 / INTAKE_MEAN)
        if stage == 1:
            return self.random.gammavariate(SHAPE, TRAINING_MEAN / SHAPE)
        return self.random.uniform(PLACEMENT_SHORTEST, PLACEMENT_LONGEST)


def our_outcomes(journeys: Journeys) -> dict[str, float]:
    """Return how many finished each stage, and how long they had waited."""
    rows = [(journeys.stage == k) & ~np.isnan(journeys.finished) for k in range(3)]
    waits = journeys.started - journeys.joined
    return _named([int(row.sum()) for row in rows], [float(waits[row].mean()) for row in rows])


def ciw_outcomes(records: Sequence[Any]) -> dict[str, float]:
    """Return the same of Ciw's records."""
    waits = [[record.waiting_time for record in records if record.node == k + 1] for k in range(3)]
    return _named([len(one) for one in waits], [fmean(one) for one in waits])


def simpy_outcomes(model: ByHand) -> dict[str, float]:
    """Return the same of the hand-written model."""
    done = [
        visit for visit in model.visits if visit.finished is not None and visit.started is not None
    ]
    waits = [[visit.started - visit.joined for visit in done if visit.stage == k] for k in range(3)]
    return _named([len(one) for one in waits], [fmean(one) for one in waits])


def _named(counts: Sequence[int], waits: Sequence[float]) -> dict[str, float]:
    finished = {f"finished {stage}": float(n) for stage, n in zip(STAGES, counts, strict=True)}
    return finished | {f"wait for {stage}": wait for stage, wait in zip(STAGES, waits, strict=True)}


def three_stages(effort: Effort) -> Iterator[Result]:
    """Yield the compiled engine against Ciw and against SimPy on some 20,000 clients."""
    few = max(10, effort.agreement // 4)
    ours = [our_outcomes(run_ours(FEW_MONTHS, replication)) for replication in range(20 * few)]
    by_ciw = [ciw_outcomes(run_ciw(FEW_MONTHS, replication)) for replication in range(few)]
    by_hand = [simpy_outcomes(ByHand(FEW_MONTHS, replication)) for replication in range(2 * few)]
    clients = f"{len(run_ours(MONTHS, 0).cohort):,} clients"
    found = side_by_side(
        lambda k: run_ours(MONTHS, k), lambda k: run_ciw(MONTHS, k), rounds=min(5, effort.rounds)
    )
    yield found.as_result(
        f"Three stages, {clients}: kernel against Ciw",
        at_least(100),
        assert_agree(ours, by_ciw, "Ciw"),
    )
    found = side_by_side(
        lambda k: run_ours(MONTHS, k), lambda k: ByHand(MONTHS, k), rounds=effort.rounds
    )
    note = assert_agree(ours, by_hand, "The hand-written model")
    yield found.as_result(f"Three stages, {clients}: kernel against hand-written SimPy", None, note)
