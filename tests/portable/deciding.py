"""A small flow about which much can be decided: numbers, dates, lengths, structure, what follows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pilotsim.cli.shared import read_changed, read_settings
from pilotsim.judge.check import Check, check_targets

FLOW = """
flow: offer
title: {nb: Tilbudet, en: The offer, sv: Erbjudandet}
starts: 2015-01-01
lasts: 12 months
groups:
  there: {label: {nb: De som er der, en: Who is there, sv: De som är där}, stock: {value: 60, low: 40, high: 90, assumption: Counted roughly}, starts_in: home}
  more: {label: {nb: De som kommer, en: Who comes, sv: De som kommer}, starts_in: home, arrivals: {value: 6 per month, low: 3 per month, high: 9 per month, assumption: As last year}}
  young_ones: {label: {nb: Unge som kommer, en: Young people who come, sv: Unga som kommer}, starts_in: home, arrivals: {value: 2 per month, low: 1 per month, high: 3 per month, assumption: As last year}}
resources: {place: {label: {nb: Plasser, en: Places, sv: Platser}, units: {value: 12, low: 4, high: 20, assumption: Not settled}}}
traits: {young: {share: {value: 20 %, assumption: A guess}}}
risks: {job: {label: {nb: I arbeid, en: To work, sv: I arbete}, to: work, rate: {value: 4 % per month, low: 2 % per month, high: 6 % per month, assumption: A guess}, times: {young: 1.5}}}
stages:
  home: {label: {nb: Hjemme, en: At home, sv: Hemma}, risks: {job: 1}}
  offered: {label: {nb: Får tilbudet, en: Offered, sv: Får erbjudandet}, draws_from: home, opens: {every: 1 week, first: 2015-01-05, admits: 3}, lasts: 1 week, next: {course: {value: 80 %, low: 60 %, high: 95 %, assumption: A guess}, home: rest}}
  course: {label: {nb: Kurs, en: Course, sv: Kurs}, needs: {place: 1}, opens: {every: 1 month, first: 2015-02-02, next_working_day: true}, lasts: 2 months, next: {work: {value: 30 %, low: 10 %, high: 40 %, assumption: A guess}, home: rest}}
  clinic: {label: {nb: Avklaring, en: Clarified, sv: Utredning}, lasts: 1 month, next: {home: 100 %}}
  work: {label: {nb: Arbeid, en: Work, sv: Arbete}, counts_as: work}
mechanisms: {counted: {all: {says: {nb: Alle, en: All, sv: Alla}, of: {groups: [there, more, young_ones]}}}, parts: {door: {says: The course, rests_on: A guess, without: {stages.course.next.work: 0 %}}}}
targets:
  works: {says: {nb: Halvparten i arbeid, en: Half at work, sv: Hälften i arbete}, at_least: 50 %, measure: {share: {reached: work}, of: {groups: there}}}
  offered: {says: {nb: Femti får tilbudet, en: Fifty are offered it, sv: Femtio får erbjudandet}, at_least: 50, measure: {count: {reached: offered}}}
choices:
  staff:
    says: {nb: "Hvor mange plasser blir det?", en: "How many places are there?", sv: "Hur många platser blir det?"}
    options:
      planned: {says: {nb: Tolv, en: Twelve, sv: Tolv}}
      many: {says: {nb: Atten, en: Eighteen, sv: Arton}, set: {resources.place.units: 18}}
  youths:
    says: {nb: "Hvor mange er unge?", en: "How many are young?", sv: "Hur många är unga?"}
    options:
      guessed: {says: {nb: En femtedel, en: A fifth, sv: En femtedel}}
      counted: {says: {nb: Femten, en: Fifteen, sv: Femton}, set: {traits.young.share: {sum: 15 / groups.there.stock, assumption: A list}}}
  way:
    says: {nb: "Skal noen avklares?", en: "Are some clarified?", sv: "Ska några utredas?"}
    options:
      none: {says: {nb: Ingen, en: Nobody, sv: Ingen}}
      some: {says: {nb: Hver tredje, en: Every third, sv: Var tredje}, set: {stages.offered.next.course: 55 %, stages.offered.next.clinic: {value: 30 %, assumption: Tried}}}
"""
COUNT = 12


def written(folder: Path) -> Path:
    """The flow as a file."""
    file = folder / "offer.yaml"
    file.write_text(FLOW, encoding="utf-8")
    return file


def checked(
    file: Path,
    folder: Path,
    choose: Mapping[str, str],
    set_: Mapping[str, str],
    *,
    replications: int = COUNT,
    seed: int = 1,
) -> Check:
    """What `pilotsim check --settings` says of a plan as a page saves it."""
    saved = folder / "saved.json"
    saved.write_text(json.dumps({"choose": choose, "set": set_}), encoding="utf-8")
    changes, decisions = read_settings(file, saved, (), ())
    flow, _ = read_changed(file, changes, None, decisions)
    return check_targets(flow, replications=replications, seed=seed, what_if=False)
