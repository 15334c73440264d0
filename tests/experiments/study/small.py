"""A small flow and studies of it, written as text."""

from __future__ import annotations

from pathlib import Path

FLOW = """
flow: small
title: {nb: Liten, en: Small}
starts: 2015-01-01
lasts: 6 months
traits: {young: {share: 30 %}}
groups: {g: {starts_in: on, stock: 30, arrivals: {value: 4 per month, low: 2, high: 8, assumption: guess, label: Arrivals}}}
resources: {place: {units: {value: 5, low: 2, high: 9, assumption: guess, label: Places}, price_per_month: 100}}
risks: {job: {to: work, rate: {value: 3 % per month, low: 1, high: 6, assumption: guess, label: Job}, times: {young: 2}}}
stages:
  on: {risks: {job: 1}}
  course:
    draws_from: on
    opens: {every: 2 weeks, admits: 4}
    needs: {place: 1}
    lasts: {triangular: {shortest: 1 week, usual: 8 weeks, longest: 20 weeks}}
    next: {on: 80 %, home: 20 %}
  home: {counts_as: unknown}
  work: {counts_as: work}
targets:
  work: {says: forty, at_least: 40 %, measure: {share: {reached: work}, of: {groups: g}}}
  places:
    says: places are used
    at_least: 60 %
    readings:
      all: {says: all of them, measure: {use: place}}
      sum: {says: by arithmetic, ceiling: {sum: 1 / 2, says: half}}
scenarios:
  double: {says: twice the places, set: {resources.place.units: 10}}
"""

STUDY = """
study: small
title: Small
flow: small.yaml
scenarios:
  as_written: {}
  double: {like: double}
design:
  method: full_factorial
  over: {stages.course.opens.admits: [2, 4]}
responses:
  targets: [work]
  measures:
    jobs: {says: jobs, measure: {count: {reached: work}}, at_least: 4}
replications: 6
seed: 7
"""


def write_study(folder: Path, text: str = STUDY, name: str = "study.yaml") -> Path:
    """Write a study and the flow it names into a folder; return the study's file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small.yaml").write_text(FLOW, encoding="utf-8")
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name
