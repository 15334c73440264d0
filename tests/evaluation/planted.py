"""Registers with a planted effect: the same clients with the programme and without, under each assignment."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.randomness import uniform_table
from pilotsim.evaluation.designs import (
    ASSIGNMENTS,
    CHOSEN,
    DRAWN_DISTRICTS,
    ENCOURAGEMENT,
    LIMIT,
    LOTTERY,
    NAMED_DISTRICTS,
    NOBODY,
    STEPPED_WEDGE,
    WAITING_LIST,
    DataStrategy,
)
from pilotsim.evaluation.estimands import PROGRAMME, Estimand, Pair, sums_of
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.panel import ASSISTANCE, WORK
from pilotsim.evaluation.strategy import StrategySample
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse

Floats = NDArray[np.float64]
SEED, LISTED, MONTHS = 13, 12, 36
OFFICES = tuple("abcdefgh")
RULES = {
    LOTTERY: {"lottery": {}},
    WAITING_LIST: {"waiting_list": {"per_week": 20, "pause": "8 months"}},
    ENCOURAGEMENT: {"encouragement": {"encouraged": "70 %", "otherwise": "10 %"}},
    DRAWN_DISTRICTS: {"districts": {"drawn": 4}},
    NAMED_DISTRICTS: {"districts": {"named": list(OFFICES[4:])}},
    STEPPED_WEDGE: {"stepped_wedge": {"every": "3 months"}},
    LIMIT: {"limit": {"trait": "age", "below": 30}},
    CHOSEN: {"caseworker": {"weights": {"record": 1}}},
    NOBODY: {"everyone": {}},
}
assert tuple(RULES) == (
    LOTTERY,
    WAITING_LIST,
    ENCOURAGEMENT,
    DRAWN_DISTRICTS,
    NAMED_DISTRICTS,
    STEPPED_WEDGE,
    LIMIT,
    CHOSEN,
    NOBODY,
)
assert set(RULES) == set(ASSIGNMENTS)


def uniforms(draw: int, purpose: str, size: int) -> Floats:
    """Uniform numbers of one draw for a purpose."""
    return uniform_table(SEED, f"planted/{purpose}", 4, -(-size // 4), replication=draw).T.ravel()[
        :size
    ]


def half(draw: int, purpose: str, size: int) -> Floats:
    """Half of them by lot."""
    ranks = np.argsort(np.argsort(uniforms(draw, purpose, size)))
    return (ranks < size // 2).astype(np.float64)


def months_from(year: int, count: int = MONTHS) -> tuple[date, ...]:
    return tuple(date(year + k // 12, k % 12 + 1, 1) for k in range(count))


def register(
    in_work: Floats,
    offered: Floats,
    *,
    started: Floats | None = None,
    district: NDArray[np.int64] | None = None,
    districts: tuple[str, ...] = ("alna",),
    traits: dict[str, Floats] | None = None,
    categories: dict[str, tuple[str, ...]] | None = None,
    amount: Floats | None = None,
) -> Panel:
    """A register in which everybody is either in work or on assistance, from January 2014 on."""
    clients = len(in_work)
    return Panel(
        months=months_from(2014, in_work.shape[1]),
        client=np.arange(clients),
        status=np.where(in_work == 1.0, WORK, ASSISTANCE).astype(np.int8),
        in_work=in_work,
        on_assistance=1.0 - in_work,
        amount=9000.0 * (1.0 - in_work) if amount is None else amount,
        offered=offered,
        started=offered if started is None else started,
        district=np.zeros(clients, np.int64) if district is None else district,
        districts=districts,
        traits=traits or {},
        categories=categories or {},
    )


def plan_of(rule, answers, inquiries, **more) -> PreAnalysisPlan:
    """A plan as it is read from its file."""
    content = {
        "plan": "test",
        "title": "Test",
        "program": "0",
        "design": "d",
        "says": "d",
        "rule": rule,
        "begins": "2015-01-01",
        "inquiries": inquiries,
        "answers": answers,
        **more,
    }
    return build_record(parse(json.dumps(content), "plan.json", "plan"), PreAnalysisPlan)


def one_answer(rule, estimator, inquiry, *, covariates=(), **options) -> PreAnalysisPlan:
    """A plan of one answer."""
    answer = {
        "estimator": estimator,
        "inquiry": "asked",
        "covariates": list(covariates),
        "options": options,
    }
    return plan_of(rule, {"only": answer}, {"asked": inquiry})


@dataclass(frozen=True)
class Planted:
    """A register with the truth about it."""

    sample: StrategySample
    pair: Pair
    programme: Panel

    def truth(self, estimand: Estimand) -> float:
        """What an evaluation takes for the truth."""
        pair = self.pair
        if estimand.world == PROGRAMME:
            pair = replace(pair, present=self.programme)
        top, bottom = sums_of(estimand, pair)
        return top / bottom


def planted(assignment: str, draw: int, size: int = 400, rule=None) -> Planted:
    """Draw clients whose chance of work rises with each month since they started.

    It rises by 2 percentage points a month for a year, and by 3.5 for the young; without the
    programme it differs by district, by `record`, by whether somebody would start, and drifts with
    time, alike for all. Nothing is conditioned on the outcome. A rule of the same assignment stands
    in place of the usual one, with its own blocks, pairs, strata or districts.
    """
    own = DataStrategy.model_validate(RULES[assignment] if rule is None else rule)
    district = np.arange(size) % len(OFFICES)
    young = (uniforms(draw, "young", size) < 0.4).astype(np.float64)
    record = (uniforms(draw, "record", size) < 0.5).astype(np.float64)
    age = 20.0 + 20.0 * uniforms(draw, "age", size)
    would_start = uniforms(draw, "would start", size) < 0.7
    is_observed_only = assignment == CHOSEN
    month = np.arange(MONTHS)
    chance = 0.08 + 0.012 * district + 0.1 * record
    if not is_observed_only:
        chance = chance + 0.06 * would_start
    chance = chance[:, None] + 0.002 * month

    block = _blocks_of(own, record)
    arm, offered, responds = _assign(own, draw, district, record, young, age, block)
    started = np.where(would_start, offered, np.inf)
    lots = uniforms(draw, "work", size * MONTHS).reshape(size, MONTHS)

    def panel(offers: Floats, starts: Floats) -> Panel:
        since = np.clip(month - starts[:, None] + 1.0, 0.0, 12.0)
        rises = np.where(young == 1.0, 0.035, 0.02)[:, None] * since
        return register(
            (lots < chance + rises).astype(np.float64),
            offers,
            started=starts,
            district=district,
            districts=OFFICES,
            traits={"young": young, "record": record, "age": age},
        )

    present = panel(offered, started)
    never = np.full(size, np.inf)
    everyone = np.full(size, float(LISTED))
    programme = panel(everyone, np.where(would_start, everyone, np.inf))
    absent = panel(never, never)
    all_clients = np.ones(size, np.bool_)
    below = 30.0 - age if assignment == LIMIT else None
    chance = _chance(record, young) if assignment == CHOSEN else None
    pair = Pair(present, absent, all_clients, responds, would_start, LISTED, arm, below, chance)
    chosen = ~np.isnan(arm)
    sample = StrategySample(present.select(chosen), arm[chosen], block[chosen], LISTED, own)
    return Planted(sample, pair, programme)


def _blocks_of(rule: DataStrategy, record: Floats) -> Floats:
    """Within what lots of clients are drawn: pairs of neighbours in a trait, or its classes."""
    own = rule.lottery
    if own is not None and own.pairs:
        return np.argsort(np.argsort(record, kind="stable")) // 2.0
    return record if own is not None and own.blocks else np.zeros(len(record))


def _lot_within(draw: int, block: Floats) -> Floats:
    """Half of each block by lot."""
    lots, arm = uniforms(draw, "lot", len(block)), np.zeros(len(block))
    for one in np.unique(block):
        inside = np.flatnonzero(block == one)
        arm[inside[np.argsort(lots[inside])[: len(inside) // 2]]] = 1.0
    return arm


def _lot_of_districts(draw: int, rule) -> Floats:
    """What each office drew: so many of all, of each stratum, or one of each pair."""
    lots, arm = uniforms(draw, "districts", len(OFFICES)), np.full(len(OFFICES), np.nan)
    for names in rule.groups or (OFFICES,):
        places = np.array([OFFICES.index(name) for name in names])
        arm[places] = 0.0
        arm[places[np.argsort(lots[places])[: rule.counts_of(len(names))[0]]]] = 1.0
    return arm


def _chance(record: Floats, young: Floats) -> Floats:
    """With what chance a caseworker offers it to each."""
    return 1.0 / (1.0 + np.exp(0.8 - record - 0.8 * young))


def _office_arms(rule: DataStrategy, draw: int) -> Floats:
    own = rule.districts
    if own is None:
        return np.zeros(len(OFFICES))
    if own.named is None:
        return _lot_of_districts(draw, own)
    return np.array([float(name in own.named) for name in OFFICES])


def _assign(rule, draw, district, record, young, age, block):
    """Return the arms, the months of the offers, and whose offer hangs on the arm."""
    assignment = rule.assignment
    size, everybody = len(district), np.ones(len(district), np.bool_)
    lot = _lot_within(draw, block) if block.any() else half(draw, "lot", size)
    begins = float(LISTED)
    if assignment == WAITING_LIST:
        week = np.floor(3.0 * uniforms(draw, "week", size))
        return lot, begins + week + np.where(lot == 1.0, 0.0, 10.0), everybody
    if assignment == ENCOURAGEMENT:
        answer = uniforms(draw, "answer", size)
        own = rule.encouragement
        high, low = own.encouraged.number, own.otherwise.number
        taken = answer < np.where(lot == 1.0, high, low)
        return lot, np.where(taken, begins, np.inf), (answer >= low) & (answer < high)
    if assignment == STEPPED_WEDGE:
        order = np.argsort(np.argsort(uniforms(draw, "order", len(OFFICES))))
        return np.ones(size), begins + 3.0 * order[district], everybody
    arm = {
        LOTTERY: lot,
        DRAWN_DISTRICTS: _office_arms(rule, draw)[district],
        NAMED_DISTRICTS: _office_arms(rule, draw)[district],
        LIMIT: (age < 30.0).astype(np.float64),
        NOBODY: np.ones(size),
        CHOSEN: (uniforms(draw, "choice", size) < _chance(record, young)).astype(np.float64),
    }[assignment]
    return arm, np.where(arm == 1.0, begins, np.inf), everybody
