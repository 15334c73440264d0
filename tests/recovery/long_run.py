"""Is a start from a long run that of the same flow after thirty years?

    python -m tests.recovery.long_run --runs 2000 --out reports/long_run.txt

Ten flows with queues and risks start from a long run (`starts_from`) on the one hand; on the other
they begin empty and are looked at after thirty years, with other random numbers. What is asked of
the half year after is compared by Welch's statistic. Where a closed form says how many are there in
a steady state, the start is held to it as well (`PRESENT`). All comparisons of a page together
raise a false alarm once in `FALSE_ALARM` pages (Bonferroni). As a control the same flows start from a long
run of thirty days: such a start must be told from the other.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import integrate, stats

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.elementary import normal_quantile
from pilotsim.files.reading import read_text
from pilotsim.measures.block import measure_block
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.resolved import resolve_flow
from tests.theory import closed_forms

Plain = dict[str, Any]
FALSE_ALARM = 10_000
LONG_RUN, TOO_SHORT = "20 years", "1 day"
CHUNK = 50
IN_THEORY = "there at the start, and by the closed form"


def _flow(arrivals: str, stages: Plain, **parts: Any) -> Plain:
    groups = {"g": {"starts_in": "on", "arrivals": arrivals}}
    return {"groups": groups, "stages": {**stages, "out": {"counts_as": "work"}}, **parts}


def _exponential(days: float) -> Plain:
    return {"exponential": {"mean": f"{days} days"}}


def _gamma(days: float, cv: float) -> Plain:
    return {"gamma": {"mean": f"{days} days", "cv": cv}}


OUT = {"out": "100 %"}
PLACE = {"place": 1}
JOB = {"job": {"to": "out", "rate": "4 % per month"}}

FLOWS: Mapping[str, Plain] = {
    "one place": _flow(
        "9 per month",
        {"on": {"needs": PLACE, "lasts": _exponential(2.4), "next": OUT}},
        resources={"place": {"units": 1}},
    ),
    "five places, some give up": _flow(
        "12 per month",
        {
            "on": {
                "needs": PLACE,
                "lasts": _exponential(15),
                "next": OUT,
                "risks": {"gives_up": {"waiting": 1, "started": 0}},
            }
        },
        resources={"place": {"units": 5}},
        risks={"gives_up": {"to": "out", "rate": "30 % per month"}},
    ),
    "long stays with a risk": _flow(
        "6 per month",
        {"on": {"lasts": _gamma(300, 0.4), "next": OUT, "risks": {"job": 1}}},
        risks=JOB,
    ),
    "a fixed limit": _flow(
        "6 per month",
        {"on": {"risks": {"job": 1, "limit": 1}}},
        risks={**JOB, "limit": {"to": "out", "after": "12 months"}},
    ),
    "places that go along": _flow(
        "8 per month",
        {
            "on": {
                "needs": PLACE,
                "keeps": "place",
                "lasts": _gamma(10, 0.5),
                "next": {"two": "100 %"},
            },
            "two": {
                "needs": {"place": 1, "desk": 1},
                "lasts": _gamma(8, 0.5),
                "next": OUT,
                "risks": {"job": 1},
            },
        },
        resources={"place": {"units": 9}, "desk": {"units": 3}},
        risks=JOB,
    ),
    "a door that opens each week": _flow(
        "8 per month",
        {
            "on": {
                "opens": {"every": "1 week", "admits": 2},
                "lasts": _gamma(40, 0.8),
                "next": OUT,
                "risks": {"job": 1},
            }
        },
        risks=JOB,
    ),
    "two queues for one place": _flow(
        "5 per month",
        {
            "on": {
                "needs": PLACE,
                "priority": 1,
                "lasts": _exponential(2),
                "next": {"two": "50 %", "out": "rest"},
            },
            "two": {"needs": PLACE, "lasts": _exponential(4), "next": OUT},
        },
        resources={"place": {"units": 1}},
    ),
    "a queue with an end": _flow(
        "12 per month",
        {
            "on": {
                "needs": PLACE,
                "limit": {"waiting": 3, "else": "away"},
                "lasts": _gamma(5, 1.2),
                "next": OUT,
            },
            "away": {"lasts": _exponential(20), "next": {"on": "50 %", "out": "rest"}},
        },
        resources={"place": {"units": 2}},
    ),
    "who differs": _flow(
        "8 per month",
        {
            "on": {
                "risks": {"job": 1},
                "lasts": _gamma(200, 0.5),
                "next": {"on": "20 %", "out": "rest"},
            }
        },
        risks={"job": {**JOB["job"], "times": {"young": 3}}},
        traits={"young": {"share": "40 %"}},
    ),
    "there and back, with an effect": _flow(
        "4 per month",
        {
            "on": {"risks": {"job": 1, "course": 1}},
            "course": {"needs": PLACE, "lasts": _gamma(30, 0.3), "next": {"on": "100 %"}},
        },
        resources={"place": {"units": 5}},
        risks={**JOB, "course": {"to": "course", "rate": "6 % per month"}},
        effects=[
            {"after": "course", "on": "job", "times": 2, "for": "6 months", "fades": "3 months"}
        ],
    ),
}


def _present_with_a_risk() -> float:
    """Return how many are there where each stays for a gamma length or until a risk fires."""
    a_day, hazard = 6 / DAYS_PER_MONTH, 0.04 / DAYS_PER_MONTH
    stays = stats.gamma(0.4**-2, scale=300 * 0.4**2)
    found, _ = integrate.quad(lambda t: stays.sf(t) * math.exp(-hazard * t), 0, math.inf)
    return a_day * float(found)


def _present_until_a_limit() -> float:
    """Return how many are there where each stays until a risk fires, at most twelve months."""
    return 6 / 0.04 * (1 - math.exp(-0.04 * 12))


# How many are in the first stage in a steady state, where a closed form says so: M/M/1, Erlang A,
# M/G/infinity with stays that a risk or a limit cuts short.
PRESENT: Mapping[str, float] = {
    "one place": closed_forms.mean_present(closed_forms.mmc_law(9 / DAYS_PER_MONTH, 2.4, 1)),
    "five places, some give up": closed_forms.mean_present(
        closed_forms.erlang_a_law(12 / DAYS_PER_MONTH, 15, 5, 0.3 / DAYS_PER_MONTH)
    ),
    "long stays with a risk": _present_with_a_risk(),
    "a fixed limit": _present_until_a_limit(),
}


def flows_of(name: str) -> tuple[Flow, Flow, Flow]:
    """Return a flow that starts from a long run, the same after thirty years, and the control."""
    plain = {"flow": "long", "title": "Long", **FLOWS[name]}
    own, short = (
        {**plain, "starts": "2031-01-01", "lasts": "6 months", "starts_from": {"long_run": length}}
        for length in (LONG_RUN, TOO_SHORT)
    )
    late = {**plain, "starts": "2001-01-01", "lasts": "366 months", "warm_up": "360 months"}
    if "opens" in late["stages"]["on"]:
        # The same weekday as from 2031 on.
        stages = json.loads(json.dumps(late["stages"]))
        stages["on"]["opens"]["first"] = "2001-01-03"
        late["stages"] = stages
    found = tuple(read_text(json.dumps(one)) for one in (own, late, short))
    return found[0], found[1], found[2]


def asked_of(flow: Flow) -> list[Measure]:
    """Return what is asked of the half year: who is there, who waits how long, what happens."""
    asked: list[Plain] = [
        {"count": {"state": "assistance", "at": "start"}},
        {"mean_in": "assistance"},
        {"count": {"reached": "out"}},
    ]
    asked += [{"use": name} for name in flow.resources]
    asked += [{"count": {"left_by": name}} for name in flow.risks]
    for name, stage in flow.stages.items():
        asked += [{"count": {"in_stage": name, "at": "start"}}] * (name != "out")
        asked += [{"wait": name}] * stage.may_wait
    return [Measure.model_validate(one) for one in asked]


@dataclass(frozen=True)
class Compared:
    """One number of both: its mean over runs in each, and how many standard errors lie between."""

    asked: str
    own: float
    late: float
    apart: float


def values_of(
    flow: Flow, seed: int, runs: int, asked: Sequence[Measure] | None = None
) -> np.ndarray:
    """Return what is asked in each run, shape (runs, measures)."""
    plan, asked = resolve_flow(flow), asked_of(flow) if asked is None else list(asked)
    found = []
    for first in range(0, runs, CHUNK):
        some = range(first, min(first + CHUNK, runs))
        journeys = run_replications([plan] * len(some), seed, some)
        found.append(measure_block(journeys, None, asked, engine=None).values)
    return np.concatenate(found)


def compare(flow: Flow, late: Flow, seed: int, runs: int) -> Iterator[Compared]:
    """Yield each number of a flow beside that of the same flow after thirty years."""
    values = values_of(flow, seed, runs), values_of(late, seed + 1, runs)
    for k, what in enumerate(asked_of(flow)):
        one, other = (column[:, k][~np.isnan(column[:, k])] for column in values)
        spread = math.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
        apart = (one.mean() - other.mean()) / spread if spread > 0 else 0.0
        told = json.dumps(
            what.model_dump(exclude_unset=True, mode="json", exclude={"slot"}), default=str
        )
        yield Compared(told if len(told) < 60 else what.kind, one.mean(), other.mean(), apart)


def compare_present(name: str, flow: Flow, seed: int, runs: int) -> Iterator[Compared]:
    """Yield how many are there at the start beside the closed form, where there is one."""
    if name in PRESENT:
        asked = [Measure.model_validate({"count": {"in_stage": "on", "at": "start"}})]
        there = values_of(flow, seed + 2, runs, asked)[:, 0]
        apart = (there.mean() - PRESENT[name]) / (there.std(ddof=1) / math.sqrt(runs))
        yield Compared(IN_THEORY, there.mean(), PRESENT[name], apart)


def critical(comparisons: int) -> float:
    """Return how many standard errors are too many, once in `FALSE_ALARM` pages of so many."""
    return normal_quantile(1.0 - 1.0 / (2.0 * FALSE_ALARM * comparisons))


def page(runs: int, seed: int, names: Sequence[str]) -> tuple[list[str], bool]:
    """Return the lines of the page, and whether all is as it should be."""
    found = {}
    control = {}
    theory = {}
    for name in names:
        own, late, short = flows_of(name)
        found[name] = [*compare(own, late, seed, runs), *compare_present(name, own, seed, runs)]
        control[name] = list(compare(short, late, seed, runs))
        theory[name] = list(compare_present(name, short, seed, runs))
    most = critical(sum(map(len, found.values())))
    lines = [
        f"Ten flows that start from a long run of {LONG_RUN}, and the same flows after thirty years: {runs} runs each.",
        f"Too far apart are {most:.2f} standard errors: chance does that on one page in {FALSE_ALARM:,}.",
        f"Control: a long run of {TOO_SHORT}, which is too short.",
        "",
    ]
    well = True
    for name in names:
        furthest = max(found[name], key=lambda one: abs(one.apart))
        told = max(abs(one.apart) for one in control[name])
        good = abs(furthest.apart) < most < told
        good &= all(abs(one.apart) > most for one in theory[name])
        well &= good
        lines.append(
            f"{'ok ' if good else 'NOT'} {name}: {len(found[name])} numbers, at most {abs(furthest.apart):.2f} "
            f"standard errors apart; the control {told:.1f}"
        )
        lines += [
            f"      {one.asked}: {one.own:.4f}, "
            f"{'' if one.asked == IN_THEORY else 'after thirty years '}{one.late:.4f} ({one.apart:+.2f})"
            for one in found[name]
        ]
        lines += [
            f"      control by the closed form: {one.own:.4f}, {one.late:.4f} ({one.apart:+.2f})"
            for one in theory[name]
        ]
    return lines, well


def main() -> None:
    """Compare all flows, and write the page."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    lines, well = page(asked.runs, asked.seed, list(FLOWS))
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.out is not None:
        asked.out.write_text(text, encoding="utf-8")
    if not well:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
