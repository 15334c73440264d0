"""The check and the estimate say the same: many small registers beside many plans."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import FlowError, RegisterError, RequestError
from pilotsim.evaluation.readiness import hold_to_plan
from pilotsim.evaluation.readiness.answers import TOO_FEW
from pilotsim.evaluation.register.panel import NO_ROW, ONE_DISTRICT
from pilotsim.evaluation.register_analysis import analyse, work_out
from tests.evaluation.planted import one_answer, register

MONTHS, LISTED = 24, 12
NAMES = tuple("abcdefgh")
AT, SINCE = {"at": "6 months"}, {"since_offer": "6 months"}
COMPLY = {**AT, "who": "compliers"}
LOTTERY = {"lottery": {}}
# A rule with an estimator that it allows, and what is asked.
PLANS = (
    (LOTTERY, "difference", AT, ()),
    (LOTTERY, "adjusted", {"cumulated": "6 months"}, ("age",)),
    (LOTTERY, "lin", {"reached": "6 months"}, ("age", "past")),
    (LOTTERY, "randomisation", AT, ()),
    (LOTTERY, "iv", COMPLY, ()),
    (LOTTERY, "kaplan_meier", {"reached": "6 months"}, ()),
    (LOTTERY, "did", AT, ()),
    (LOTTERY, "ipw", AT, ("age", "kind")),
    (LOTTERY, "difference", {**AT, "traits": {"past": True}}, ()),
    (LOTTERY, "difference", {**AT, "outcome": "amount"}, ()),
    ({"lottery": {"blocks": ["past"]}}, "blocked", AT, ()),
    ({"lottery": {"pairs": ["age"]}}, "difference", AT, ()),
    ({"lottery": {"then": "9 months"}}, "difference", AT, ()),
    ({"lottery": {}, "only": ["a"]}, "difference", AT, ()),
    ({"lottery": {}, "only": ["a", "zzz"]}, "difference", AT, ()),
    ({"waiting_list": {"per_week": 5, "pause": "8 months"}}, "difference", AT, ()),
    ({"encouragement": {"encouraged": "70 %", "otherwise": "10 %"}}, "iv", COMPLY, ()),
    ({"districts": {"drawn": 2}}, "clustered", AT, ()),
    ({"districts": {"drawn": 2}}, "cluster_means", AT, ()),
    ({"districts": {"drawn": 4}}, "randomisation", AT, ()),
    ({"districts": {"pairs": [["a", "b"], ["c", "d"]]}}, "difference", AT, ()),
    ({"districts": {"named": ["a"]}}, "synthetic_did", AT, ()),
    ({"districts": {"named": ["a", "b"]}}, "did", AT, ()),
    ({"districts": {"named": ["a", "b"]}, "only": ["a", "b", "c", "d"]}, "interrupted", AT, ()),
    ({"stepped_wedge": {"every": "3 months"}}, "stepped_wedge", SINCE, ()),
    ({"stepped_wedge": {"every": "3 months"}}, "stepped_wedge", {"after_offer": "3 months"}, ()),
    (
        {"stepped_wedge": {"every": "2 months", "districts": ["c", "b", "a"], "order": "named"}},
        "stepped_wedge",
        SINCE,
        (),
    ),
    (
        {"limit": {"trait": "age", "below": 40}},
        "discontinuity",
        {**AT, "who": "at_limit"},
        (),
    ),
    (
        {"encouragement": {"encouraged": "70 %", "otherwise": "10 %"}},
        "difference",
        {**AT, "who": "encouraged"},
        (),
    ),
    ({"caseworker": {"weights": {"past": 1}}}, "aipw", AT, ("past",)),
    ({"caseworker": {"weights": {"past": 1}}}, "matching", AT, ("age",)),
)


# What sets the arms apart where a register fits the rule.
FITS = {
    "districts": "district",
    "limit": "limit",
    "stepped_wedge": "wedge",
}


def some_register(seed, rule):
    """A small register that may fit a plan's rule, or lack or contradict something of it."""
    rng = np.random.default_rng(seed)
    own = next((FITS[name] for name in rule if name in FITS), "client")
    fits = rng.random() < 0.7
    clients, count = int(rng.integers(12, 160)), int(rng.choice([1, 2, 3, 4, 6, 8]))
    if fits:
        clients, count = max(clients, 60), 2 if own == "client" else 8
    district = rng.integers(0, count, clients)
    age, past = rng.uniform(20, 60, clients), (rng.random(clients) < 0.5).astype(float)
    by = own if fits else rng.choice(["client", "district", "limit", "wedge", "nobody"])
    arm = (rng.permutation(clients) < clients / 2).astype(float)
    if by in ("district", "wedge"):
        named = rule.get("districts", {}).get("named")
        drawn = len(named) if named else rule.get("districts", {}).get("drawn", count // 2)
        order = np.arange(count) if named else rng.permutation(count)
        arm = (order < max(1, drawn)).astype(float)[district]
    elif by == "limit":
        arm = (age < 40).astype(float)
    begins = LISTED + int(rng.choice([0, 0, 0, 0, 0, 0, 0, -6, 3, 9]))
    offered = np.where(arm == 1.0, float(begins), np.inf)
    if by == "wedge":
        every = int(rng.choice([2, 3, 3, 4]))
        order = rng.permutation(count)
        if "order" in rule.get("stepped_wedge", {}):
            every, order = (2, 2 - np.arange(count) % 3)
        offered = begins + every * order[district].astype(float)
    elif rng.random() < 0.3:
        others = (arm == 0.0) & (rng.random(clients) < rng.choice([0.1, 0.6, 1.0]))
        offered = np.where(others, begins + float(rng.choice([0, 2, 10])), offered)
    if by == "nobody":
        offered = np.full(clients, np.inf)
    started = np.where(rng.random(clients) < 0.7, offered, np.inf)
    if rng.random() < 0.2:
        started = np.full(clients, rng.choice([np.inf, np.nan]))
    work = (rng.random((clients, MONTHS)) < rng.choice([0.0, 0.3, 0.3, 0.3])).astype(float)
    traits = {"age": age, "past": past, "assigned": arm, "kind": np.floor(3 * rng.random(clients))}
    if rng.random() < 0.2:
        traits["block"] = rng.choice([past, arm, np.arange(clients) // 2 * 1.0, np.zeros(clients)])
    for name in ("age", "past", "assigned"):
        if rng.random() < 0.05:
            del traits[name]
    panel = register(
        work,
        offered,
        started=started,
        district=district,
        districts=(ONE_DISTRICT,)
        if count == 1 and rng.random() < 0.7
        else NAMES[-count:]
        if rng.random() < 0.1
        else NAMES[:count],
        traits=traits,
        categories={"kind": ("x", "y", "z")},
    )
    if rng.random() < 0.2:
        panel = replace(panel, amount=np.full_like(panel.amount, np.nan))
    if rng.random() < 0.15:
        panel = replace(panel, months=panel.months[:16], **by_month(panel, 16))
    if rng.random() < 0.3:
        gone = rng.random(clients) < 0.3
        gone = gone[:, None] & (np.arange(len(panel.months)) > LISTED + 2)
        lost = {name: np.where(gone, np.nan, own) for name, own in months_of(panel).items()}
        panel = replace(panel, status=np.where(gone, NO_ROW, panel.status).astype(np.int8), **lost)
    return panel


def months_of(panel):
    return {name: getattr(panel, name) for name in ("in_work", "on_assistance", "amount")}


def by_month(panel, months):
    own = {**months_of(panel), "status": panel.status}
    return {name: values[:, :months] for name, values in own.items()}


def plan_at(place):
    rule, estimator, inquiry, covariates = PLANS[place]
    return one_answer(rule, estimator, inquiry, covariates=covariates)


def released(panel, plan):
    """The effect that is shown of the first answer; None where none is."""
    try:
        return analyse(panel, plan).findings[0].effect
    except RegisterError:
        return None


def compared(seed, place):
    """What the check and the estimate say of one register and one plan."""
    panel, plan = some_register(seed, PLANS[place][0]), plan_at(place)
    found = hold_to_plan(panel, plan)
    wrong = [one for one in found if one.judged == "wrong"]
    about = f"register {seed}, plan {place}: {PLANS[place][:2]} {[str(one.says) for one in wrong]}"
    try:
        answer = work_out(panel, plan).findings[0]
    except RegisterError as fault:
        assert wrong, f"{about}: refused with {fault}"
        assert any(str(one.says) in str(fault) for one in wrong), about
        return "refused"
    if answer.effect is None:
        assert wrong, f"{about}: no number, {answer.refusal}"
        assert {one.topic for one in wrong} <= OWN, about
        return "no number"
    if wrong and {str(one.says).split(": ")[-1] for one in wrong} == {str(TOO_FEW)}:
        # Of few clients the estimator has a number, and nobody is shown it.
        assert released(panel, plan) is None, about
        return "few"
    assert not wrong, f"{about}: a number all the same"
    # The gate may hide or refuse few, but nothing breaks.
    try:
        analyse(panel, plan)
    except RegisterError as fault:
        assert "fewer than" in str(fault), about
    return "a number"


# What is wrong of one answer alone.
OWN = {"needs", "answers"}
SEEDS = 10


@pytest.mark.parametrize("place", range(len(PLANS)))
def test_the_check_says_yes_where_the_estimate_gives_a_number_and_nowhere_else(place):
    for seed in range(SEEDS):
        compared(1000 * place + seed, place)


def test_all_three_come_about():
    """The control: registers that serve, that serve but for the answer, and that do not."""
    found = Counter(compared(seed, place) for seed in range(12) for place in (0, 4, 9, 17, 24))
    assert min(found[one] for one in ("refused", "no number", "a number")) > 2, found


def test_what_is_no_plan_is_none_of_them():
    with pytest.raises((FlowError, RequestError)):
        one_answer(LOTTERY, "stepped_wedge", SINCE)
