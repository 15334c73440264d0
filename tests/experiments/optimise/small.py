"""A flow with a closed form: each of 40 clients needs a place with 30 %.

Target met where there are places for all who do.

With c places that is P(Bin(40, 0.3) <= c): 70.3 % for 13 and 80.7 % for 14, so for 75 % the least
number is 14.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scipy import stats

from pilotsim.experiments.optimise.problem import Problem
from pilotsim.experiments.optimise.reading import build_problem
from pilotsim.files.yaml import parse

LEAST = 14
FLOW = """
flow: places
title: {nb: Plasser, en: Places}
starts: 2015-01-01
lasts: 3 months
groups:
  g: {stock: 40, starts_in: first}
  late: {starts_in: first, intake: {every: 1 month, brings: 1, first: 2015-02-15}}
resources:
  place: {units: 5, price_per_month: 10}
  bed: {units: 5}
stages:
  first: {lasts: 0 days, next: {course: 30 %, second: rest}}
  second: {lasts: 0 days, next: {stay: 15 %, home: rest}}
  course: {needs: {place: 1}, lasts: 1 year, next: {home: 100 %}}
  stay: {needs: {bed: 1}, lasts: 1 year, next: {home: 100 %}}
  home: {}
targets:
  enough:
    says: {nb: Plass til alle, en: Room for all}
    at_least: 100 %
    measure: {share: {started: course}, of: {reached: course, groups: g}}
  beds:
    says: {nb: Seng til alle, en: A bed for all}
    at_least: 100 %
    measure: {share: {started: stay}, of: {reached: stay, groups: g}}
  late: {says: {nb: Tre sene, en: Three late ones}, at_least: 3, measure: {count: {groups: late, reached: first}}}
  sums: {says: a, at_least: 10, ceiling: {sum: 2 * 2, says: b}}
scenarios:
  fewer: {says: Fewer, set: {groups.g.stock: 10}}
"""
SOLVE = """
solve: places
title: {nb: Hvor mange plasser?, en: How many places?}
flow: flow.yaml
target: enough
probability: 75 %
monotone: true
most_runs: 60000
frontier: 10
levers:
  places: {says: {nb: Plasser, en: Places}, sets: resources.place.units, low: 4, high: 24}
"""


def enough(places: int) -> float:
    """The probability that so many places are enough."""
    return float(stats.binom.cdf(places, 40, 0.3))


def write(folder: Path, text: str = SOLVE, flow: str = FLOW) -> Path:
    """Write a flow and a solve file; return the latter."""
    (folder / "flow.yaml").write_text(flow, encoding="utf-8")
    file = folder / "solve.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problem_of(folder: Path, text: str = SOLVE, **replaced: Any) -> Problem:
    """Return the problem of a solve file of which some lines are replaced."""
    for key, line in replaced.items():
        old = next(one for one in text.splitlines() if one.strip().startswith(f"{key}:"))
        text = text.replace(old, line)
    file = write(folder, text)
    return build_problem(parse(text, str(file), "search"))
