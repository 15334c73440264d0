"""What a condition costs that a function of one's own decides, against one that the file says.

`python -m benchmarks.own_code ROUNDS` is asked in a process of its own: where a function of one's
own is known, all compiled code is made anew, and none is kept.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from benchmarks.alna import SEED
from benchmarks.child import ask
from benchmarks.effort import Effort
from benchmarks.results import Result
from benchmarks.timing import Comparison, Run, side_by_side
from pilotsim.files.reading import read_text
from pilotsim.model.own_code import register_function
from pilotsim.simulation import engines
from pilotsim.simulation.fingerprint import fingerprints
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

LIMIT = 2
FLOW = """
flow: crowded
title: An office that sends people on when it is crowded
starts: 2024-01-01
lasts: 12 months
code: {CODE}
groups: {g: {starts_in: door, stock: 30, arrivals: 150 per month}}
resources: {adviser: {units: 5}}
stages:
  door:
    lasts: {uniform: {shortest: 0 days, longest: 3 days}}
    next:
      course: {share: 10 %, when: {"CONDITION": 60 %}}
      desk: rest
  desk:
    needs: {adviser: 1}
    lasts: {gamma: {mean: 1 day, cv: 0.8}}
    pace_when: {"PACE": 1.5}
    next: {out: 100 %}
  course: {lasts: 20 days, next: {out: 100 %}}
  out: {}
"""
SAID = "max(waiting(desk) - 2 * free(adviser), 0) > 2"
ASKED = "beyond(waiting(desk), free(adviser)) > 2"
NEVER = "waiting(desk) < 0"
WHERE = {
    "asked by each who chooses a way": NEVER,
    "asked by the pace too, at each instant": "CONDITION",
}


def beyond(waiting: float, free: float) -> float:
    """Return how far a line is beyond what the free can take."""
    return max(waiting - LIMIT * free, 0)


def own_code(effort: Effort) -> Iterator[Result]:
    """Yield the time of a flow that asks a function against that of the same flow without one."""
    for where, times in ask("own_code", effort.rounds).items():
        found = Comparison(tuple(times["ours"]), tuple(times["theirs"]))
        yield found.as_result(
            f"A condition by a function of one's own against one in the file, {where}",
            None,
            "Journeys of both are equal to the bit." if times["same"] else "Journeys differ!",
            cost=True,
        )


def main(rounds: int) -> None:
    """Print the times of both, in turns, as JSON."""
    register_function("beyond", beyond)
    found = {}
    for where, pace in WHERE.items():
        asked, said = (
            _plan(*own, pace) for own in ((f"{{beyond: {__name__}}}", ASKED), ("{}", SAID))
        )
        compared = side_by_side(_run(asked), _run(said), rounds=rounds)
        same = [fingerprints(run(7)) for run in (_run(asked), _run(said))]
        found[where] = {
            "ours": compared.ours,
            "theirs": compared.theirs,
            "same": same[0] == same[1],
        }
    print(json.dumps(found))


def _plan(code: str, condition: str, pace: str) -> ResolvedFlow:
    text = FLOW.replace("PACE", pace).replace("CONDITION", condition).replace("{CODE}", code)
    return resolve_flow(read_text(text))


def _run(plan: ResolvedFlow) -> Run:
    return lambda replication: engines.run_replication(
        plan, SEED, replication, engine=engines.KERNEL
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
