"""Small portfolios: four districts with one leader, and six municipalities apart."""

from __future__ import annotations

from pathlib import Path

MODULE = """
module: own
title: A district
about: People and places
parameters:
  people: {says: People, unit: persons}
  places: {says: Places, unit: places, default: {value: 5, low: 3, high: 8, assumption: A guess}}
joins: {leader: {kind: resources, says: The leader}}
parts:
  groups: {this_people: {starts_in: this_plan, stock: $people}}
  resources: {this_place: {units: $places}}
  risks: {this_job: {to: this_work, rate: {value: 5 % per month, low: 2, high: 8, assumption: A guess}}}
  stages:
    this_plan: {needs: {join_leader: 1}, lasts: 5 days, next: {this_training: 100 %}}
    this_training: {needs: {this_place: 1}, lasts: 2 months, next: {this_home: 100 %}, risks: {this_job: 1}}
    this_home: {risks: {this_job: 1}}
    this_work: {counts_as: work}
"""
FLOW = """
flow: together
title: Four districts and one leader
starts: 2026-01-05
lasts: {value: 12 months, assumption: Made up}
use: {district: {module: own.yaml, each: districts.csv, joins: {leader: leader}}}
resources: {leader: {units: {value: 1, assumption: Made up}}}
scenarios: {two: {says: Two leaders, set: {resources.leader.units: 2}}}
"""
TABLE = """district,says,people,people.low,people.high,assumption
north,North,20,15,25,Made up
south,South,12,10,15,Made up
east,East,9,7,12,Made up
west,West,6,5,8,Made up
"""
PORTFOLIO = """
portfolio: four
title: Four districts
flow: flow.yaml
outcomes:
  in_work: {says: In work, measure: {count: {in_stage: this_work, at: end}}}
scenarios:
  two_leaders: {says: Two leaders, like: two}
  faster: {says: Faster in the west, only: west, set: {risks.this_job.rate: 20 % per month}}
replications: 200
"""
MUNICIPALITY = """
flow: one
title: A municipality
starts: 2026-01-05
lasts: {value: 12 months, assumption: Made up}
groups: {people: {starts_in: home, stock: {value: 30, assumption: Made up}}}
risks: {job: {to: work, rate: {value: 5 % per month, low: 2, high: 8, assumption: A guess}}}
stages: {home: {risks: {job: 1}}, work: {counts_as: work}}
"""
SIZES = """# Sizes are made up.
district,groups.people.stock,groups.people.stock.low,groups.people.stock.high,assumption
a,40,37,44,Made up
b,40,37,44,Made up
c,10,8,12,Made up
"""
APART = """
portfolio: apart
title: Municipalities apart
flow: municipality.yaml
districts: sizes.csv
outcomes:
  in_work: {says: In work, measure: {count: {state: work, at: end}}}
scenarios:
  twice: {says: Twice as fast, set: {risks.job.rate: 10 % per month}}
replications: 200
"""
FILES = {
    "own.yaml": MODULE,
    "flow.yaml": FLOW,
    "districts.csv": TABLE,
    "four.yaml": PORTFOLIO,
    "municipality.yaml": MUNICIPALITY,
    "sizes.csv": SIZES,
    "apart.yaml": APART,
}


def write_portfolios(folder: Path) -> Path:
    """Write all files into a folder, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
