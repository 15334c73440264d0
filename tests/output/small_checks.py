"""Small checks, a validation, a calibration and a system: what their documents say is known."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from pilotsim.base.text import Text
from pilotsim.files.reading import read_text
from pilotsim.judge.check import Check, check_targets
from pilotsim.judge.comparison import ComparedPlan, PlanComparison, compare_plans
from pilotsim.judge.kept_checks import KeptComparison, compare_kept, read_kept_check
from pilotsim.judge.posterior import Calibration, Direction, FittedParameter
from pilotsim.judge.scoreboard import Scoreboard, score_flows
from pilotsim.judge.system import SystemStudy, study_system
from pilotsim.judge.validation import Validation, validate
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from tests.output.test_figures import PILOT

# Nobody draws clients into this flow: the world without a pilot is the same world.
NOBODY = """
flow: nobody
title: x
starts: 2015-01-01
lasts: 6 months
groups: {s: {stock: 20, starts_in: w}}
risks: {leaves: {to: work, rate: 5 % per month}}
stages: {w: {risks: {leaves: 1}}, work: {counts_as: work}}
targets: {fewer: {says: F, at_most: -3, measure: {change_in: assistance}}}
"""
SYSTEM = """
flow: small
title: {nb: Liten, en: Small}
starts: 2015-01-01
lasts: {value: 12 months, source: r p. 1}
sources: {r: A report}
groups: {g: {label: {nb: Alle, en: All}, starts_in: on, stock: {value: 100, source: r p. 1}}}
risks:
  job: {label: {nb: Jobb, en: Job}, to: work, rate: {value: 5 % per month, low: 3, high: 8, label: Speed to work, assumption: guess}}
  gone: {label: {nb: Borte, en: Gone}, to: away, rate: {value: 1 % per month, low: 0.9, high: 1.1, assumption: guess}}
stages: {on: {label: On, risks: {job: 1, gone: 1}}, work: {label: Work, counts_as: work}, away: {label: Away, counts_as: unknown}}
scenarios: {slow: {says: {nb: Tregt, en: Slow}, set: {risks.job.rate: 1 % per month}}}
observed:
  work: {says: {nb: I arbeid, en: In work}, measure: {count: {state: work}}, value: 43, tolerance: about, fitted: true, source: r p. 2}
  share: {says: {nb: Andel i arbeid, en: Share in work}, measure: {share: {reached: work}, of: {origin: stock}}, value: 20 %, tolerance: exact, source: r p. 3}
  days: {says: {nb: Ut i alt, en: Out in all}, measure: {count: {state: unknown}}}
  sure: {says: {nb: Regnet ut, en: Worked out}, sum: groups.g.stock * 0.5, value: 50, tolerance: exact, source: r p. 4}
  both:
    says: {nb: Sagt to ganger, en: Said twice}
    measure: {count: {state: work}}
    contradiction: {nb: Noen telles to ganger, en: Some are counted twice}
    figures: [{value: 40, tolerance: about, source: r p. 5}, {value: 90, tolerance: about, source: r p. 6}]
"""
NOTES = """
outputs: [work, share]
learned: [{nb: "{work} i arbeid, {slow/work} når det går tregt", en: "{work} in work, {slow/work} when slow"}]
"""


@cache
def checked() -> Check:
    return check_targets(read_text(PILOT), replications=6, what_if_replications=3, seed=3)


@cache
def checked_without_programme() -> Check:
    return check_targets(read_text(NOBODY), replications=40, what_if=False)


@cache
def validated() -> Validation:
    return validate(read_text(SYSTEM), replications=20)


@cache
def scored() -> Scoreboard:
    """Two flows: one that hits, one with naive forecasts, and what it is about."""
    other = SYSTEM.replace(
        "flow: small", "flow: other\nabout: {nb: Prøver farten, en: Tests speed}"
    )
    other = other.replace(
        "value: 20 %, tolerance: exact",
        "value: 20 %, tolerance: exact, naive: {value: 21 %, says: A guess}",
    )
    return score_flows([read_text(SYSTEM), read_text(other)], replications=10)


@cache
def calibrated() -> Calibration:
    """One value settled, one open that moves against it; a model that fits badly."""
    flow = read_text(SYSTEM)
    job, gone = "risks.job.rate", "risks.gone.rate"
    month = 30.4375
    parameters = (
        FittedParameter(job, flow.values[job], 0.052 / month, 0.045 / month, 0.061 / month, 0.2),
        FittedParameter(
            gone, flow.values[gone], 0.01 / month, 0.0092 / month, 0.0108 / month, 0.95
        ),
    )
    return Calibration(
        flow,
        parameters,
        ("work",),
        np.array([[1.0, -0.9], [-0.9, 1.0]]),
        (Direction(0.95, {gone: 1.0, job: -0.3}),),
        31.25,
        {"work": 0.04},
        87.6,
        validated().comparisons,
        seed=1,
        replications=20,
        runs=1234,
    )


# What another plan changes: numbers, the order of a queue, a stage and a target more, one target gone.
OTHER_PLAN = PILOT
for _old, _new in (
    ("fte: 1, caseload", "fte: 3, caseload"),
    ("needs: {adviser: 1}", "needs: {adviser: 1}\n    order: random"),
    (
        "  gone: {label",
        "  talk: {label: {nb: Samtale, en: Talk}, lasts: 1 week, next: {on: 100 %}}\n  gone: {label",
    ),
    ("next: {mapping: 80 %, on: rest}", "next: {mapping: 80 %, talk: 10 %, on: rest}"),
    (
        "  cost: {says",
        "  months: {says: {nb: Korte, en: Short}, at_most: 5, measure: {months_in: assistance, of: {groups: g}}}\n  price: {says",
    ),
    ("measure: {wait: mapping}", "measure: {wait: training}"),
):
    assert _old in OTHER_PLAN
    OTHER_PLAN = OTHER_PLAN.replace(_old, _new)


@cache
def compared() -> PlanComparison:
    """Two plans of one pilot: with one number apart, with structure apart, and targets of either."""
    return compare_plans(
        ComparedPlan(Text(nb="Planen", en="The plan", sv="Planen"), read_text(PILOT)),
        ComparedPlan(
            Text(nb="Flere veiledere", en="More advisers", sv="Fler handläggare"),
            read_text(OTHER_PLAN),
        ),
        replications=12,
        seed=3,
    )


@cache
def compared_as_kept() -> KeptComparison:
    """Two checks read again from what was written of them."""
    other = check_targets(read_text(OTHER_PLAN), replications=6, what_if=False, seed=3)
    with TemporaryDirectory() as folder:
        kept = []
        for name, check in (("before", checked()), ("after", other)):
            file = Path(folder) / f"{name}.json"
            file.write_text(
                write_json(document_of(check, "en", with_figures=False)), encoding="utf-8"
            )
            kept.append(read_kept_check(file, Text(name)))
    return compare_kept(*kept)


@cache
def system() -> SystemStudy:
    with TemporaryDirectory() as folder:
        flow, notes = Path(folder) / "small.yaml", Path(folder) / "notes.yaml"
        flow.write_text(SYSTEM, encoding="utf-8")
        notes.write_text(NOTES, encoding="utf-8")
        return study_system(flow, notes, replications=8, few=4)


def results() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Every result by the name of its golden document, with what its view takes beside."""
    return {
        "check": (checked(), {"command": "pilotsim check pilot.yaml"}),
        "check_nobody": (checked_without_programme(), {}),
        "comparison_kept": (compared_as_kept(), {}),
        "comparison": (compared(), {"command": "pilotsim compare pilot.yaml other.yaml"}),
        "validation": (validated(), {"command": "pilotsim validate small.yaml"}),
        "scoreboard": (scored(), {"command": "pilotsim scoreboard small.yaml"}),
        "calibration": (calibrated(), {"command": "pilotsim calibrate small.yaml"}),
        "system": (system(), {"command": "pilotsim describe small.yaml"}),
    }
