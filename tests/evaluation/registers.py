"""Small real registers, with what is asked of them, as plain numbers; for attacks on what is released."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan, hash_of
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.panel import NO_ROW
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse

BEGINS = "2015-01-01"
AT_ONCE = {"in_work": {"reached": "1 month"}}


def content_of(
    inquiries: Mapping[str, Any] = AT_ONCE, checks: Sequence[str] = (), **parts: Any
) -> dict[str, Any]:
    """What stands in a plan that asks for the difference in each inquiry."""
    answers = {name: {"estimator": "difference", "inquiry": name} for name in inquiries}
    return {
        "format": 2,
        "plan": "attacked",
        "title": "Attacked",
        "program": "0",
        "design": "lottery",
        "says": "lottery",
        "rule": {"lottery": {}},
        "begins": BEGINS,
        "inquiries": dict(inquiries),
        "answers": answers,
        "checks": {name: {} for name in checks},
        **parts,
    }


def plan_of(
    inquiries: Mapping[str, Any] = AT_ONCE, checks: Sequence[str] = (), **parts: Any
) -> PreAnalysisPlan:
    """A plan that asks for the difference in each inquiry."""
    content = content_of(inquiries, checks, **parts)
    content["hash"] = hash_of(content)
    return build_record(parse(json.dumps(content), "plan.json"), PreAnalysisPlan)


def panel_of(
    arm: Sequence[float],
    in_work: Any,
    *,
    amount: Any = None,
    lost: Any = None,
    **traits: Sequence[float],
) -> Panel:
    """A register of clients with an arm and whether they are in work, by month."""
    work = np.asarray(in_work, np.float64)
    work = work[:, None] if work.ndim == 1 else work
    gone = np.zeros(work.shape, np.bool_) if lost is None else np.asarray(lost, np.bool_)
    gone = gone[:, None] if gone.ndim == 1 else gone
    paid = np.zeros(work.shape) if amount is None else np.asarray(amount, np.float64)
    paid = paid[:, None] if paid.ndim == 1 else paid
    arms = np.asarray(arm, np.float64)
    status = np.where(work == 1.0, 1, 0).astype(np.int8)
    clients, months = work.shape
    return Panel(
        months=tuple(date(2015 + k // 12, 1 + k % 12, 1) for k in range(months)),
        client=np.arange(clients),
        status=np.where(gone, NO_ROW, status).astype(np.int8),
        in_work=np.where(gone, np.nan, work),
        on_assistance=np.where(gone, np.nan, 1.0 - work),
        amount=np.where(gone, np.nan, paid),
        offered=np.where(arms == 1.0, 0.0, np.inf),
        started=np.where(arms == 1.0, 0.0, np.inf),
        district=np.zeros(clients, np.int64),
        districts=("one",),
        traits={
            "assigned": arms,
            **{name: np.asarray(values, np.float64) for name, values in traits.items()},
        },
        categories={},
    )


def two_arms(offered: int, compared: int, have: int, have_other: int) -> tuple[Any, Any]:
    """Arms and outcomes of a table: the first of each arm have the outcome."""
    arm = np.repeat([1.0, 0.0], [offered, compared])
    work = np.concatenate([np.arange(offered) < have, np.arange(compared) < have_other]).astype(
        np.float64
    )
    return arm, work
