"""Registers with a planted truth: districts that share unseen movements, one of them with a pilot."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np

from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.panel import ASSISTANCE, WORK
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse

BEFORE, AFTER = 24, 12


def districts_panel(
    seed: int,
    effect: float = 0.0,
    *,
    districts: int = 15,
    clients: int = 80,
    treated: int = 1,
    drift: float = 0.0,
) -> Panel:
    """Return a register of districts whose levels differ and whose shares in work move alike in parts.

    `effect` is added to the share in work of the treated from the first month after on, and `drift`
    a month throughout, before and after: what breaks parallel trends.
    """
    draws = np.random.default_rng(seed)
    months = BEFORE + AFTER
    movements = 0.02 * draws.normal(size=(2, months)).cumsum(axis=1)
    loads = draws.dirichlet(np.ones(2), districts)
    level = draws.uniform(0.2, 0.4, districts)
    share = level[:, None] + loads @ movements
    share[:treated, BEFORE:] += effect
    share[:treated] += drift * (np.arange(months) - BEFORE)
    share = np.clip(share, 0.02, 0.95)
    district = np.repeat(np.arange(districts), clients)
    # A client's own place in the queue to work is the same every month: months are not independent.
    place = draws.uniform(size=(len(district), 1))
    noise = draws.uniform(size=(len(district), months))
    own = np.where(draws.uniform(size=noise.shape) < 0.7, place, noise)
    in_work = (own < share[district]).astype(np.float64)
    offered = np.where(district < treated, float(BEFORE), np.inf)
    return Panel(
        months=tuple(date(2013 + k // 12, k % 12 + 1, 1) for k in range(months)),
        client=np.arange(len(district)),
        status=np.where(in_work == 1.0, WORK, ASSISTANCE).astype(np.int8),
        in_work=in_work,
        on_assistance=1.0 - in_work,
        amount=np.where(in_work == 1.0, 0.0, 10_000.0),
        offered=offered,
        started=offered,
        district=district,
        districts=tuple(f"d{k:02}" for k in range(districts)),
        traits={},
        categories={},
    )


def plan_of(answers: dict[str, Any], inquiries: dict[str, Any], **parts: Any) -> PreAnalysisPlan:
    """Return a plan of one district against the others."""
    content = {
        "format": 2,
        "plan": "few-districts",
        "title": "One district",
        "program": "0",
        "design": "districts",
        "says": "One district",
        "rule": {"districts": {"named": ["d00"]}},
        "begins": "2015-01-01",
        "inquiries": inquiries,
        "answers": answers,
        "checks": [],
        **parts,
    }
    text = json.dumps(content | {"hash": hash_of(content)})
    return build_record(parse(text, "plan.json", "plan"), PreAnalysisPlan)
