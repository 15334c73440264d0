"""Each field of a plan's design is held against the register: one that changes nothing is a fault.

A register fits the first of two plans. The second says the field otherwise, and nothing else, and
must then be found out: by the check, or by another answer. What only a simulation can know says so.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import PilotsimError
from pilotsim.evaluation.designs import (
    Caseworker,
    DataStrategy,
    Districts,
    Encouragement,
    Everyone,
    Lottery,
    SteppedWedge,
    TraitLimit,
    WaitingList,
)
from pilotsim.evaluation.designs.clients import InvitedArm
from pilotsim.evaluation.designs.districts import DistrictArm
from pilotsim.evaluation.designs.several_arms import ClientArm, LotteryArm
from pilotsim.evaluation.plan_answers import ask_in_plan
from pilotsim.evaluation.readiness import hold_to_plan, take_sample
from tests.evaluation.planted import LISTED, register
from tests.evaluation.test_readiness import plan

CLIENTS, MONTHS = 480, 36
NAMES = tuple("abcdefghijkl")
# Of simulations alone, of people's words, or filled in by the program.
SAID = {"says", "between"}
LONG = {"at": "9 months"}


def registered(arm, offered, names=None, **traits):
    """A register of clients in twelve districts, of whom a third are in work by a trait."""
    lots = np.random.default_rng(3).uniform(size=(CLIENTS, MONTHS))
    past = np.arange(CLIENTS) % 2
    work = (lots < 0.2 + 0.3 * past[:, None]).astype(float)
    months = np.where(np.isfinite(offered), np.floor(offered), np.inf)
    panel = register(
        work,
        months,
        district=np.arange(CLIENTS) // 40,
        districts=NAMES,
        traits={
            "past": past.astype(float),
            "old": (np.arange(CLIENTS) // 2 % 2).astype(float),
            "age": np.arange(CLIENTS) % 40 + 20.0,
            "assigned": np.asarray(arm, float),
            **traits,
        },
    )
    if names:
        panel = replace(panel, categories={**panel.categories, "assigned": tuple(names)})
    return panel


def halves(words=2):
    """Arms of clients by lot, in equal parts."""
    return np.random.default_rng(4).permutation(np.arange(CLIENTS)) % words


def offers(arm, months):
    return LISTED + np.array([*months, np.inf])[np.nan_to_num(arm, nan=-1).astype(int)]


def by_district(places):
    return np.asarray(places, float)[np.arange(CLIENTS) // 40]


ONE = 1.0 - halves()
TWO_ARMS = registered(ONE, offers(1.0 - ONE, [0, np.inf]))
LATER = registered(ONE, offers(1.0 - ONE, [0, 9]))
THREE = halves(3).astype(float)
ARMS = {"x": {}, "y": {}, "z": {"offered": False}}
THREE_ARMS = registered(THREE, offers(THREE, [0, 0, np.inf]), "xyz")
AFTER = {**ARMS, "y": {"after": "6 months"}}
AFTER_ARMS = registered(THREE, offers(THREE, [0, 6, np.inf]), "xyz")
HALF = by_district([1, 0] * 6)
DISTRICTS = registered(HALF, offers(1.0 - HALF, [0, np.inf]))
THIRDS = by_district([0, 1, 2] * 4)
OF_DISTRICTS = registered(THIRDS, offers(THIRDS, [0, 0, np.inf]), "xyz")
LATE_DISTRICTS = registered(THIRDS, offers(THIRDS, [0, 6, np.inf]), "xyz")
OWN = {"x": {"drawn": 4}, "y": {"drawn": 4}, "z": {"offered": False}}
# 40 of a district in an order by lot, five a week: the first half within a month, the second later.
PLACE = np.random.default_rng(5).permuted(np.tile(np.arange(40), (12, 1)), axis=1).ravel()
WAITS = (PLACE < 20).astype(float)
WAITING = registered(WAITS, LISTED + np.floor((7 * (PLACE // 5) + 243 * (PLACE >= 20)) / 30.4))
QUEUE = np.select([PLACE < 13, PLACE < 26], [0.0, 1.0], 2.0)
QUEUED = registered(QUEUE, LISTED + np.floor((7 * (PLACE // 5) + 243 * (QUEUE == 2)) / 30.4), "xyz")
TAKES = np.random.default_rng(6).uniform(size=CLIENTS)
INVITED = registered(ONE, np.where(np.where(ONE, 0.7, 0.1) > TAKES, LISTED, np.inf))
KINDS = registered(
    THREE, np.where(np.array([0.8, 0.5, 0.1])[THREE.astype(int)] > TAKES, LISTED, np.inf), "xyz"
)
KIND = {name: {"offered": f"{share} %"} for name, share in zip("xyz", (80, 50, 10), strict=True)}
TURN = np.arange(CLIENTS) // 40
WEDGE = registered(np.ones(CLIENTS), LISTED + 2.0 * TURN)
NAMED = registered(
    by_district([1, 1] + [0] * 10), offers(by_district([0, 0] + [1] * 10), [0, np.inf])
)
UNDER = np.arange(CLIENTS) % 40 + 20.0 < 40.0
LIMIT = registered(UNDER.astype(float), np.where(UNDER, LISTED, np.inf))


def of(key, **rule):
    return {key: rule}


PAIRS = [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"], ["i", "j"], ["k", "l"]]
CROSSED = [["a", "c"], ["b", "d"], ["e", "f"], ["g", "h"], ["i", "j"], ["k", "l"]]
SIXES = {"s": list("abcdef"), "t": list("ghijkl")}
TURNED = {"s": list("acegik"), "t": list("bdfhjl")}
INVITE = {"encouraged": "70 %", "otherwise": "10 %"}
ITT = {"at": "9 months", "who": "encouraged"}
SINCE = {"since_offer": "2 months"}


def changed(register, key, fits, **otherwise):
    """A register, a rule that it fits, and the same rule with fields said otherwise (None: not said)."""
    said = {name: value for name, value in {**fits, **otherwise}.items() if value is not None}
    return register, {key: fits}, {key: said}


BY_LOT = {"arms": ARMS, "compared": "z"}
BY_DISTRICT = {"arms": OWN, "compared": "z"}
BY_QUEUE = {"per_week": 5, "pause": "8 months"}
BY_KIND = {"arms": KIND, "compared": "z"}
QUEUED_ARMS = {**BY_QUEUE, "arms": {name: {} for name in "xyz"}, "compared": "z"}
FIRST_TWO = [["x", "y"]]
# Of each field: the register, the rule that it fits, the same rule with the field said otherwise.
FIELDS = {
    (Lottery, "share"): changed(TWO_ARMS, "lottery", {}, share="25 %"),
    (Lottery, "blocks"): changed(TWO_ARMS, "lottery", {}, blocks=["past"]),
    (Lottery, "pairs"): changed(TWO_ARMS, "lottery", {}, pairs=["age"]),
    (Lottery, "then"): changed(LATER, "lottery", {"then": "9 months"}, then="14 months"),
    (Lottery, "arms"): changed(THREE_ARMS, "lottery", BY_LOT, arms=None, compared=None),
    (Lottery, "compared"): changed(THREE_ARMS, "lottery", BY_LOT, compared="y"),
    (Lottery, "contrasts"): changed(THREE_ARMS, "lottery", BY_LOT, contrasts=FIRST_TWO),
    (LotteryArm, "share"): changed(
        THREE_ARMS, "lottery", BY_LOT, arms={**ARMS, "x": {"share": "70 %"}}
    ),
    (LotteryArm, "offered"): changed(THREE_ARMS, "lottery", BY_LOT, arms={**ARMS, "z": {}}),
    (LotteryArm, "after"): changed(
        AFTER_ARMS,
        "lottery",
        {"arms": AFTER, "compared": "z"},
        arms={**ARMS, "y": {"after": "2 months"}},
    ),
    (Districts, "named"): changed(NAMED, "districts", {"named": ["a", "b"]}, named=["a", "c"]),
    (Districts, "drawn"): changed(DISTRICTS, "districts", {"drawn": 6}, drawn=5),
    (Districts, "pairs"): changed(DISTRICTS, "districts", {"pairs": PAIRS}, pairs=CROSSED),
    (Districts, "strata"): changed(
        DISTRICTS, "districts", {"drawn": 6, "strata": SIXES}, strata=TURNED
    ),
    (Districts, "arms"): changed(
        OF_DISTRICTS, "districts", BY_DISTRICT, arms=None, compared=None, drawn=4
    ),
    (Districts, "compared"): changed(OF_DISTRICTS, "districts", BY_DISTRICT, compared="y"),
    (Districts, "contrasts"): changed(OF_DISTRICTS, "districts", BY_DISTRICT, contrasts=FIRST_TWO),
    (DistrictArm, "drawn"): changed(
        OF_DISTRICTS, "districts", BY_DISTRICT, arms={**OWN, "x": {"drawn": 5}}
    ),
    (DistrictArm, "offered"): changed(
        OF_DISTRICTS, "districts", BY_DISTRICT, arms={**OWN, "z": {}}
    ),
    (DistrictArm, "after"): changed(
        LATE_DISTRICTS,
        "districts",
        {"arms": {**OWN, "y": {"drawn": 4, "after": "6 months"}}, "compared": "z"},
        arms={**OWN, "y": {"drawn": 4, "after": "2 months"}},
    ),
    (WaitingList, "per_week"): changed(WAITING, "waiting_list", BY_QUEUE, per_week=1),
    (WaitingList, "pause"): changed(WAITING, "waiting_list", BY_QUEUE, pause="12 months"),
    (WaitingList, "arms"): changed(QUEUED, "waiting_list", QUEUED_ARMS, arms=None, compared=None),
    (WaitingList, "compared"): changed(QUEUED, "waiting_list", QUEUED_ARMS, compared="y"),
    (WaitingList, "contrasts"): changed(QUEUED, "waiting_list", QUEUED_ARMS, contrasts=FIRST_TWO),
    (ClientArm, "share"): changed(
        QUEUED, "waiting_list", QUEUED_ARMS, arms={"x": {"share": "60 %"}, "y": {}, "z": {}}
    ),
    (Encouragement, "share"): changed(INVITED, "encouragement", INVITE, share="30 %"),
    (Encouragement, "encouraged"): changed(INVITED, "encouragement", INVITE, encouraged="30 %"),
    (Encouragement, "otherwise"): changed(INVITED, "encouragement", INVITE, otherwise="40 %"),
    (Encouragement, "arms"): changed(
        KINDS, "encouragement", BY_KIND, arms=None, compared=None, **INVITE
    ),
    (Encouragement, "compared"): changed(KINDS, "encouragement", BY_KIND, compared="y"),
    (Encouragement, "contrasts"): changed(KINDS, "encouragement", BY_KIND, contrasts=FIRST_TWO),
    (InvitedArm, "share"): changed(
        KINDS,
        "encouragement",
        BY_KIND,
        arms={**KIND, "x": {"offered": "80 %", "share": "70 %"}},
    ),
    (InvitedArm, "offered"): changed(
        KINDS, "encouragement", BY_KIND, arms={**KIND, "y": {"offered": "20 %"}}
    ),
    (SteppedWedge, "every"): changed(
        WEDGE, "stepped_wedge", {"every": "2 months"}, every="1 month"
    ),
    (SteppedWedge, "districts"): changed(
        WEDGE, "stepped_wedge", {"every": "2 months"}, districts=list("abcdef")
    ),
    (SteppedWedge, "order"): changed(
        WEDGE,
        "stepped_wedge",
        {"every": "2 months", "districts": list(NAMES)},
        districts=list(reversed(NAMES)),
        order="named",
    ),
    (SteppedWedge, "strata"): changed(
        WEDGE, "stepped_wedge", {"every": "2 months", "strata": TURNED}, strata=SIXES
    ),
    (TraitLimit, "trait"): changed(LIMIT, "limit", {"trait": "age", "below": 40}, trait="old"),
    (TraitLimit, "below"): changed(LIMIT, "limit", {"trait": "age", "below": 40}, below=45),
    (Caseworker, "share"): changed(TWO_ARMS, "caseworker", {"weights": {"past": 1}}, share="20 %"),
    (DataStrategy, "only"): (
        TWO_ARMS,
        of("lottery"),
        {**of("lottery"), "only": list("abcdef")},
    ),
    (DataStrategy, "against"): (
        TWO_ARMS,
        of("lottery"),
        {**of("lottery"), "against": {"traits": {"past": True}}},
    ),
}
RECORDS = (
    *dict.fromkeys(record for record, _ in FIELDS if record is not DataStrategy),
    Everyone,
)
ESTIMATORS = {
    "stepped_wedge": ("stepped_wedge", SINCE),
    "limit": ("discontinuity", {**LONG, "who": "at_limit"}),
    "encouragement": ("difference", ITT),
    "caseworker": ("ipw", LONG),
    "districts": ("did", LONG),
}


def outcome_of(panel, rule):
    """What is said of a register, and what is answered: an error, or findings and estimates."""
    key = next(name for name in rule if name not in ("only", "against"))
    estimator, inquiry = ESTIMATORS.get(key, ("difference", LONG))
    if "against" in rule:
        estimator = "ipw"
    covariates = ("past",) if estimator == "ipw" else ()
    try:
        asked = plan(rule, estimator=estimator, inquiry=inquiry, covariates=covariates)
        found = hold_to_plan(panel, asked)
        said = [str(one.says) for one in found if one.topic != "columns"]
        wrong = [str(one.says) for one in found if one.judged != "right"]
        if asked.rule.has_several_arms:
            return said, wrong
    except (PilotsimError, ValueError) as fault:
        return str(fault), [str(fault)]
    try:
        effect = ask_in_plan(asked.strategies()[0], take_sample(panel, asked)[2])
        answer = repr((effect.estimate, effect.error))
    except PilotsimError as fault:
        answer = str(fault)
    return (*said, answer), wrong


@pytest.mark.parametrize(
    ("record", "field"), FIELDS, ids=[f"{one.__name__}.{name}" for one, name in FIELDS]
)
def test_what_a_field_says_is_held_against_the_register_or_used(record, field):
    panel, fits, otherwise = FIELDS[record, field]
    fitting, stray = outcome_of(panel, fits), outcome_of(panel, otherwise)
    faults = [one for one in fitting[1] if "missing for" not in one]
    assert not [one for one in faults if "the plan offers" in one or "the plan says" in one]
    assert fitting[0] != stray[0]


def test_every_field_of_a_design_is_in_this_list_or_of_simulations_alone():
    for record in RECORDS:
        for name, info in record.model_fields.items():
            if name in SAID or name == "words" or (record, name) in FIELDS:
                continue
            assert str(info.description).startswith("In a simulation"), (record.__name__, name)
