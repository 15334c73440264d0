"""An answer says how many clients it rests on, whatever the rows of its arithmetic are."""

from __future__ import annotations

import numpy as np
import pytest

from pilotsim.evaluation.register_analysis import analyse, work_out
from tests.evaluation.planted import LISTED, MONTHS, OFFICES, half, one_answer, register, uniforms

CLIENTS = 400
WEDGE = {"stepped_wedge": {"every": "3 months"}}


def two_groups():
    arm = half(1, "lot", CLIENTS)
    work = uniforms(1, "work", CLIENTS * MONTHS).reshape(CLIENTS, MONTHS) < 0.3
    offered = np.where(arm == 1.0, float(LISTED), np.inf)
    return register(work.astype(float), offered, traits={"assigned": arm})


def wedge():
    """Eight offices, one after another; everybody starts in the month of the offer."""
    district = np.arange(CLIENTS) % 8
    offered = LISTED + 3.0 * np.argsort(np.argsort(uniforms(1, "order", 8)))[district]
    work = uniforms(2, "work", CLIENTS * MONTHS).reshape(CLIENTS, MONTHS) < 0.3
    return register(
        work.astype(float), offered, started=offered, district=district, districts=OFFICES
    )


CHOSEN = {"caseworker": {"weights": {"x": 1}}}


@pytest.mark.parametrize(
    ("rule", "estimator"),
    [({"lottery": {}}, "difference"), (CHOSEN, "did"), (CHOSEN, "interrupted")],
)
def test_clients_are_counted_once(rule, estimator):
    """Differences in differences have two rows a client, a series one a month: 800 and 36 stood here."""
    found = work_out(two_groups(), one_answer(rule, estimator, {"at": "12 months"})).findings[0]
    assert found.effect is not None, found.refusal
    assert found.effect.clients == CLIENTS


@pytest.mark.parametrize("months", ["12 months", "3 months"])
def test_clients_of_a_wedge_are_counted_once_whatever_its_periods(months):
    plan = one_answer(WEDGE, "stepped_wedge", {"since_offer": months})
    found = work_out(wedge(), plan).findings[0]
    assert found.effect is not None, found.refusal
    assert found.effect.clients == CLIENTS


def test_nobody_of_a_wedge_is_said_not_to_have_started_who_starts_later():
    """Within a year of the first offer half of them have not; all have by the end."""
    found = analyse(wedge(), one_answer(WEDGE, "stepped_wedge", {"since_offer": "12 months"}))
    assert found.chart["offered"] == CLIENTS
    assert found.chart["offered_started"] == CLIENTS
    assert found.chart["offered_not_started"] == 0
