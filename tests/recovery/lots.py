"""False positives of every answer that a plan allows, under every kind of lots.

``python -m tests.recovery.lots --draws 2000 --out FILE``. Registers without an effect: clients go in and
out of work, districts lie apart, before the programme and again after it. Each draw draws the lots of its design anew,
and the answers see what a register and its plan would give them.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pilotsim.base import randomness
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.effects.estimators.difference_in_means import estimate_difference
from pilotsim.evaluation.designs import DataStrategy, Site
from pilotsim.evaluation.estimands import COMPLIERS, Estimand
from pilotsim.evaluation.estimators import ask, check_under, known_estimators, make_strategy
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.panel import ASSISTANCE, WORK
from pilotsim.evaluation.strategy import Strategy, StrategySample
from pilotsim.simulation.population import Cohort
from tests.recovery.inference import Rate
from tests.recovery.worlds import Floats, normals, uniforms

LISTED, MONTHS, ASKED = 12, 24, 9
NAMES = tuple("abcdefgh")
SIZES = (30, 34, 38, 42, 46, 50, 54, 58)
# How far districts lie apart, and how far they move apart when the programme begins: log standard deviations of the
# rate into work.
APART, MOVES = 0.5, 0.4
LEVEL = 0.05
TRAITS = ("past", "age")


@dataclass(frozen=True, eq=False)
class Design:
    """A kind of lots, and in which districts they are drawn."""

    name: str
    rule: dict[str, Any]
    districts: tuple[str, ...] = NAMES

    @property
    def strategy(self) -> DataStrategy:
        return DataStrategy.model_validate(self.rule)


ALIKE = {"small": list("abcd"), "large": list("efgh")}
DESIGNS = (
    Design("clients", {"lottery": {}}, ("a", "h")),
    Design("clients in blocks", {"lottery": {"blocks": ["past"]}}, ("a", "h")),
    Design("pairs of clients", {"lottery": {"pairs": ["past", "age"]}}, ("a", "h")),
    Design("waiting list", {"waiting_list": {"per_week": 20, "pause": "10 months"}}, ("a", "h")),
    Design(
        "encouragement", {"encouragement": {"encouraged": "80 %", "otherwise": "10 %"}}, ("a", "h")
    ),
    Design("4 of 8 districts", {"districts": {"drawn": 4}}),
    Design("4 of 8 districts in strata", {"districts": {"drawn": 4, "strata": ALIKE}}),
    Design(
        "4 pairs of districts",
        {"districts": {"pairs": [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]}},
    ),
    Design("steps", {"stepped_wedge": {"every": "1 month"}}),
    Design("steps in strata", {"stepped_wedge": {"every": "1 month", "strata": ALIKE}}),
)


def site(rule_districts: tuple[str, ...], name: str, draw: int, traits: dict[str, Floats]) -> Site:
    """A district before anybody is offered anything."""
    size = len(next(iter(traits.values())))
    keys = np.full(size, randomness.code(name), np.uint64)
    numbers = np.arange(size, dtype=np.uint64)
    zeros = np.zeros(size)
    cohort = Cohort(
        5,
        draw,
        zeros.astype(int),
        zeros.astype(int),
        numbers,
        keys,
        zeros,
        zeros,
        np.full(size, -math.inf),
        traits,
        randomness.Draws(5, draw, keys, numbers),
    )
    return Site(
        cohort, np.ones(size, bool), np.zeros(size, bool), 0.0, name, rule_districts, 5, draw
    )


def register(draw: int, design: Design) -> StrategySample:
    """What a register shows of clients whom the programme does nothing for."""
    names = design.districts
    sizes = [SIZES[NAMES.index(name)] for name in names]
    district = np.repeat(np.arange(len(names)), sizes)
    clients = len(district)
    past = (uniforms(draw, "past", clients) < 0.4).astype(float)
    age = normals(draw, "age", clients)
    level, move = (
        spread * normals(draw, word, len(NAMES))
        for spread, word in ((APART, "level"), (MOVES, "move"))
    )
    places = np.array([NAMES.index(name) for name in names])
    rate = 0.05 * np.exp(1.5 * past - 0.3 + 0.3 * age + level[places][district])
    lots = uniforms(draw, "months", clients * MONTHS).reshape(MONTHS, clients)
    work, now = np.zeros((clients, MONTHS)), uniforms(draw, "first", clients) < rate / (rate + 0.06)
    for month in range(MONTHS):
        into = rate * np.exp(move[places][district] * (month >= LISTED))
        now = np.where(now, lots[month] >= 0.06, lots[month] < into)
        work[:, month] = now
    rule = design.strategy
    assigned = [
        rule.rule.assign(
            site(names, name, draw, {"past": past[district == k], "age": age[district == k]})
        )
        for k, name in enumerate(names)
    ]
    arm, block, times = (
        np.concatenate([getattr(one, part) for one in assigned])
        for part in ("arm", "block", "offered_from")
    )
    offered = np.where(np.isfinite(times), LISTED + np.round(times / 30.4), np.inf)
    takes = uniforms(draw, "takes", clients) < 0.8
    panel = Panel(
        months=tuple(date(2014 + m // 12, m % 12 + 1, 1) for m in range(MONTHS)),
        client=np.arange(clients),
        status=np.where(work == 1.0, WORK, ASSISTANCE).astype(np.int8),
        in_work=work,
        on_assistance=1.0 - work,
        amount=9000.0 * (1.0 - work),
        offered=offered,
        started=np.where(takes, offered, np.inf),
        district=district,
        districts=names,
        traits={"past": past, "age": age},
        categories={},
    )
    chosen = ~np.isnan(arm)
    return StrategySample(
        panel.select(chosen), arm[chosen], (block * len(names) + district)[chosen], LISTED, rule
    )


def answers(design: Design, *, first_kind_only: bool = False) -> Iterator[Strategy]:
    """Yield every answer that a plan may ask for under a design: each estimator with each kind of inquiry it answers."""
    rule = design.strategy
    for name, own in known_estimators().items():
        takes = own.contract.who
        who = COMPLIERS if COMPLIERS in takes else takes[0]
        for kind in own.contract.kinds:
            covariates = (
                TRAITS
                if name not in ("difference", "clustered", "did", "staggered", "event_study")
                else ()
            )
            outcome = "in_work"
            try:
                one = make_strategy(
                    f"{name}, {kind}",
                    name,
                    Estimand(kind, ASKED, outcome, kind, who),
                    covariates=covariates,
                )
                check_under(one, rule, is_plan=True)
            except RequestError:
                continue
            yield one
            if first_kind_only:
                break
    if rule.stepped_wedge is not None:
        yield make_strategy(
            "stepped_wedge, order drawn anew",
            "stepped_wedge",
            Estimand("s", ASKED, kind="since_offer"),
            options={"method": "permutation", "draws": 199},
        )


@dataclass(frozen=True)
class Found:
    """How often an answer found an effect that was not there, and how often it could at most."""

    design: Design
    name: str
    rate: Rate
    nominal: float
    most: int = 0

    @property
    def p(self) -> float:
        """How probable it is that a true rate of the nominal one gives such a count."""
        return (
            float(stats.binomtest(self.rate.rejected, self.rate.draws, self.nominal).pvalue)
            if self.nominal and self.rate.draws
            else float(self.rate.rejected == 0)
        )


def nominal_of(strategy: Strategy, sample: StrategySample) -> float:
    """The largest rate not above 5 % that lots of so few ways can give: 2 of 70 for 4 of 8 districts."""
    lots = sample.lots
    assert lots is not None
    if strategy.estimator != "randomisation" or lots.number > 5000:
        return LEVEL
    # Lots and their opposites are as extreme as each other.
    return math.floor(LEVEL * lots.number / 2) * 2 / lots.number


def rates(design: Design, draws: int, *, first_kind_only: bool = False) -> list[Found]:
    """Count how often each allowed answer finds an effect, each register made once."""
    asked = list(answers(design, first_kind_only=first_kind_only))
    rejected, given = np.zeros(len(asked) + 1, int), np.zeros(len(asked) + 1, int)
    sample = register(0, design)
    nominal = [nominal_of(strategy, sample) for strategy in asked]
    for draw in range(draws):
        sample = register(draw, design)
        for k, strategy in enumerate(asked):
            try:
                p = ask(strategy, sample).p
            except EstimationError:
                continue
            rejected[k] += p <= LEVEL
            given[k] += 1
        if sample.lots is not None and np.ptp(sample.arm) > 0:
            values = sample.panel.in_work[:, LISTED + ASKED - 1]
            rejected[-1] += estimate_difference(values, sample.arm).p <= LEVEL
            given[-1] += 1
    found = [
        Found(design, one.name, Rate(int(rejected[k]), int(given[k])), nominal[k], draws)
        for k, one in enumerate(asked)
    ]
    if given[-1]:
        found.append(
            Found(design, CLIENT_ERROR, Rate(int(rejected[-1]), int(given[-1])), LEVEL, draws)
        )
    return found


# What every design is also held against: the difference with an error of clients, whatever was drawn.
CLIENT_ERROR = "difference with an error of clients, whatever was drawn"
SURPRISING = 0.001

HEAD = """# False positives under every kind of lots

Made by `python -m tests.recovery.lots --draws {draws} --out reports/evaluation/lots.md` (part of `make verify`).

In each register the programme does nothing. Clients go in and out of work at rates that hang on a trait; districts lie apart by a log
standard deviation of {apart} in the rate into work, and move apart by another {moves} when the programme begins. Each draw draws the lots of
its design anew, and every answer that a plan may ask for under it is asked, for each kind of inquiry. Each cell is the share of
{draws:,} registers, in per cent, in which an effect was found at the 5 % level. Monte Carlo standard error at 5 %: {error:.2f}.
Where few lots are gone through exactly, the rate can only be the largest multiple of the least p-value up to 5 %, which then stands in
brackets. **too often**, too seldom: that rate would give this less than once in 1,000.

"""


def cell(found: Found) -> str:
    """One cell of the table."""
    if not found.rate.draws:
        return "no answer"
    bracket = "" if found.nominal == LEVEL else f" ({100 * found.nominal:.1f})"
    given = "" if found.rate.draws == found.most else f" of {found.rate.draws:,}"
    word = ""
    if found.p < SURPRISING:
        word = " **too often**" if found.rate.share > found.nominal else " too seldom"
    return f"{100 * found.rate.share:.1f}{bracket}{given}{word}"


def section(design: Design, draws: int) -> str:
    """Return the table of a design: a row for each estimator, a column for each kind of inquiry."""
    found = rates(design, draws)
    print(design.name, [one.name for one in found if one.p < SURPRISING], flush=True)
    names = [one.name.partition(", ") for one in found if one.name != CLIENT_ERROR]
    kinds = list(dict.fromkeys(kind for _, _, kind in names))
    by_place = {one.name: cell(one) for one in found}
    lines = [
        f"## {design.name[0].upper()}{design.name[1:]}",
        "",
        f"| answer | {' | '.join(kinds)} |",
        f"|---|{'---|' * len(kinds)}",
    ]
    for row in dict.fromkeys(name for name, _, _ in names):
        cells = [by_place.get(f"{row}, {kind}", "") for kind in kinds]
        lines.append(f"| `{row}` | {' | '.join(cells)} |")
    if CLIENT_ERROR in by_place:
        lines += ["", f"For comparison, the {CLIENT_ERROR}: {by_place[CLIENT_ERROR]}."]
    return "\n".join([*lines, ""])


def make_page(draws: int, jobs: int) -> str:
    """Return the page: a table for each design."""
    error = 100 * math.sqrt(LEVEL * (1 - LEVEL) / draws)
    head = HEAD.format(draws=draws, apart=APART, moves=MOVES, error=error)
    with ProcessPoolExecutor(jobs) as pool:
        parts = list(pool.map(partial(section, draws=draws), DESIGNS))
    return head + "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(make_page(options.draws, options.jobs), encoding="utf-8")


if __name__ == "__main__":
    main()
