"""A small pilot whose counts are quick to simulate, and what is counted of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.files.changes import apply_changes
from pilotsim.files.yaml import parse
from pilotsim.measures.monthly_counts import MonthlyCount
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant, run_variants

TEXT = """
flow: small
title: A small pilot
starts: 2015-01-01
lasts: 12 months
groups:
  clients: {starts_in: on, stock: 60, arrivals: 4 per month}
resources: {place: {label: {nb: Plasser, en: Places, sv: Platser}, units: 10}}
risks:
  job: {to: work, rate: {value: 6 % per month, low: 3 % per month, high: 9 % per month, assumption: a}}
  loses: {to: on, rate: {value: 5 % per month, low: 3 % per month, high: 8 % per month, assumption: a}}
stages:
  on: {label: {nb: Venter, en: On, sv: Väntar}, risks: {job: 1}}
  referred:
    label: {nb: Henvist, en: Referred, sv: Anvisad}
    draws_from: [on]
    opens: {every: 1 week, admits: 3}
    lasts: 5 working days
    next: {course: {value: 80 %, low: 70 %, high: 90 %, assumption: a}, on: rest}
  course:
    label: {nb: Kurs, en: Course, sv: Kurs}
    needs: {place: 1}
    lasts: {gamma: {mean: {value: 6 weeks, low: 5 weeks, high: 7 weeks, assumption: a}, cv: 0.5}}
    next: {on: 100 %}
    risks: {job: 1.5}
  work: {label: {nb: Arbeid, en: Work, sv: Arbete}, counts_as: work, risks: {loses: 1}}
targets:
  work:
    says: {nb: En tredel i arbeid, en: A third in work, sv: En tredjedel i arbete}
    at_least: 33 %
    measure: {share: {state: work, at: end}, of: {origin: stock}}
"""
COUNTS = (
    MonthlyCount("reached", ("referred",)),
    MonthlyCount("reached", ("course",)),
    MonthlyCount("served", ("course",)),
    MonthlyCount("waiting", ("course",)),
    MonthlyCount("state", ("work",)),
)


@cache
def small_pilot(**changes: object) -> Flow:
    """The flow, with entries changed: dots as two underscores."""
    document = parse(TEXT, "small.yaml")
    return apply_changes(document, {key.replace("__", "."): v for key, v in changes.items()})


def with_places(units: int, since: str) -> Flow:
    """The flow with another number of places from a day on."""
    later = {"value": units, "assumption": "a"}
    places = {"value": 10, "assumption": "a", "from": {since: later}}
    return apply_changes(parse(TEXT, "small.yaml"), {"resources.place.units": places})


def simulated(flow: Flow, pilots: int, *, seed: int = 1, fixed: bool = False) -> Floats:
    """What is counted in so many pilots, shape (pilots, months, counts)."""
    variant = Variant("pilot", flow, fixed=fixed, measures=(), counts=COUNTS)
    found = run_variants([variant], (), seed=seed, replications={"pilot": pilots})["pilot"]
    return found.counts.astype(np.float64)


def table_of(counts: Floats, months: int) -> str:
    """The first months of a pilot as a municipality writes them down."""
    names = [
        "jan.",
        "feb.",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "aug.",
        "sep.",
        "okt.",
        "nov.",
        "des.",
    ]
    rows = ["Måned;Nye i Henvist;Nye i Kurs;Kurs (i gang);Venter på Kurs;I arbeid"]
    rows += [
        ";".join([f"{names[k]} 2015", *(f"{number:.0f}" for number in counts[k])])
        for k in range(months)
    ]
    return "\n".join(rows) + "\n"


MAPPING = """
counts: small
columns:
  Kurs (i gang): {served: course}
"""
# The same, with departures that are watched for.
WATCHED = (
    MAPPING
    + """
watch_for:
  half_turn_up:
    says: {nb: Halvparten møter, en: Half turn up, sv: Hälften kommer}
    set: {stages.referred.next.course: 40 %}
  places_close:
    says: {nb: Plassene blir borte, en: Places close, sv: Platserna försvinner}
    set: {resources.place.units: 6}
"""
)


def write(folder: Path, name: str, text: str) -> Path:
    """A file with a text, in UTF-8."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file
