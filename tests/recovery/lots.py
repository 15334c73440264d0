"""False positives of every answer that a plan allows, under every kind of lots.

``python -m tests.recovery.lots --draws 2000 --out FILE``. Registers without an effect: clients go in and
out of work, districts lie apart, before the programme and again after it. Each draw draws the lots of its design anew,
and the answers see what a register and its plan would give them.
"""

from __future__ import annotations

import argparse
import math
from collections import Counter
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from pilotsim.base import randomness
from pilotsim.base.errors import EstimationError, RequestError
from pilotsim.effects.estimators.difference_in_means import estimate_difference
from pilotsim.evaluation.designs import DataStrategy, Site
from pilotsim.evaluation.estimands import COMPLIERS, EVERYONE, PILOT, PROGRAMME, Estimand
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
# Districts that are drawn to three arms: half as many more.
MORE_NAMES, MORE_SIZES = tuple("abcdefghijkl"), (*SIZES, 30, 38, 46, 54)
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

    between: tuple[str, str] = ("x", "z")
    """Of several arms the two that are compared."""

    @cached_property
    def strategy(self) -> DataStrategy:
        found = DataStrategy.model_validate(self.rule)
        return found if found.several is None else found.comparing(self.between)

    def compares(self, pair: tuple[str, str]) -> bool:
        """Whether anything can be asked of two of its arms."""
        return any(True for _ in answers(replace(self, between=pair), first_kind_only=True))

    @property
    def saved(self) -> tuple[float, float]:
        """How much less who has started needs a month, in both arms; invited or not, the same."""
        if self.strategy.encouragement is not None:
            return SAVED["x"], SAVED["x"]
        first, second = (SAVED[name] for name in self.between)
        return first, second


def _three(*arms: dict[str, Any]) -> dict[str, Any]:
    """Three arms, of which the first is compared with the last."""
    return {"arms": dict(zip("xyz", arms, strict=True)), "compared": "z"}


THREE = _three({}, {}, {"offered": False})
SIXES = {"first": list("abcdef"), "second": list("ghijkl")}
TRIPLES = {name: list(name) for name in ("abc", "def", "ghi", "jkl")}
# Assistance a month, what also those in work have of it, and how much less who has started needs,
# by arm.
DRAWN = "drawn"
AMOUNT, HOUSING, SAVED = 6000.0, 3000.0, {"x": 1800.0, "y": 600.0, "z": 0.0}
# So many that two arms of three have as many clients as the two of a lottery.
THREE_PLACES = ("a", "d", "h")
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
    Design("clients, 3 arms", {"lottery": THREE}, THREE_PLACES),
    Design("clients in blocks, 3 arms", {"lottery": {**THREE, "blocks": ["past"]}}, THREE_PLACES),
    Design(
        "waiting list, 3 arms",
        {"waiting_list": {"per_week": 20, "pause": "10 months", **_three({}, {}, {})}},
        THREE_PLACES,
    ),
    Design(
        "encouragement, 3 arms",
        {"encouragement": _three(*({"offered": share} for share in ("80 %", "50 %", "10 %")))},
        THREE_PLACES,
    ),
    Design(
        "12 districts, 3 arms",
        {"districts": _three({"drawn": 4}, {"drawn": 4}, {"offered": False})},
        MORE_NAMES,
    ),
    Design("12 districts in strata, 3 arms", {"districts": {**THREE, "strata": SIXES}}, MORE_NAMES),
    Design("12 matched districts, 3 arms", {"districts": {**THREE, "strata": TRIPLES}}, MORE_NAMES),
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


@dataclass(frozen=True, eq=False)
class World:
    """What a register shows of all clients, and what the design and the truth are.

    `place` is each one's arm of several, `truths` the effect on the amount at the month asked for: of
    being drawn to the first arm that is compared, on those in either, and of starting, on those
    whom the lot moves.
    """

    panel: Panel
    arm: Floats
    block: Floats
    place: Floats
    truths: dict[str, float]


def world(draw: int, design: Design, *, planted: bool = False) -> World:
    """Return a register of clients, whom the arms do something for where effects are planted."""
    names = design.districts
    sizes = [MORE_SIZES[MORE_NAMES.index(name)] for name in names]
    district = np.repeat(np.arange(len(names)), sizes)
    clients = len(district)
    past = (uniforms(draw, "past", clients) < 0.4).astype(float)
    age = normals(draw, "age", clients)
    level, move = (
        spread * normals(draw, word, max(len(NAMES), len(names)))
        for spread, word in ((APART, "level"), (MOVES, "move"))
    )
    places = np.array([MORE_NAMES.index(name) for name in names])
    rate = 0.05 * np.exp(1.5 * past - 0.3 + 0.3 * age + level[places][district])
    lots = uniforms(draw, "months", clients * MONTHS).reshape(MONTHS, clients)
    work, now = np.zeros((clients, MONTHS)), uniforms(draw, "first", clients) < rate / (rate + 0.06)
    for month in range(MONTHS):
        into = rate * np.exp(move[places][district] * (month >= LISTED))
        now = np.where(now, lots[month] >= 0.06, lots[month] < into)
        work[:, month] = now
    traits = {"past": past, "age": age}
    sites = [
        site(names, name, draw, {key: own[district == k] for key, own in traits.items()})
        for k, name in enumerate(names)
    ]
    rule = design.strategy
    assigned = [rule.rule.assign(one) for one in sites]
    arm, block, times = (
        np.concatenate([getattr(one, part) for one in assigned])
        for part in ("arm", "block", "offered_from")
    )
    offered = np.where(np.isfinite(times), LISTED + np.round(times / 30.4), np.inf)
    takes = uniforms(draw, "takes", clients) < 0.8
    started = np.where(takes, offered, np.inf)
    since = np.arange(MONTHS) >= started[:, None]
    place = _places(rule, sites)
    saved = np.array([*SAVED.values(), 0.0])[np.where(np.isnan(place), -1, place).astype(int)]
    if rule.encouragement is not None:
        saved = np.full(clients, SAVED["x"])
    panel = Panel(
        months=tuple(date(2014 + m // 12, m % 12 + 1, 1) for m in range(MONTHS)),
        client=np.arange(clients),
        status=np.where(work == 1.0, WORK, ASSISTANCE).astype(np.int8),
        in_work=work,
        on_assistance=1.0 - work,
        amount=HOUSING + AMOUNT * (1.0 - work) - planted * saved[:, None] * since,
        offered=offered,
        started=started,
        district=district,
        districts=names,
        traits=traits,
        categories={},
    )
    first, second = design.saved
    chosen = ~np.isnan(arm)
    moved = np.concatenate([one.responds for one in assigned])
    starts = takes & moved if rule.encouragement is not None else takes
    by_start = first if rule.encouragement is not None else first - second
    truths = {DRAWN: -by_start * float(starts[chosen].mean()), COMPLIERS: -first}
    return World(panel, arm, block * len(names) + district, place, truths)


def _places(rule: DataStrategy, sites: list[Site]) -> Floats:
    """Each one's arm of several; NaN where there are two."""
    clients = sum(len(one.eligible) for one in sites)
    place = np.full(clients, np.nan)
    if rule.several is None:
        return place
    # The arm that others are compared with is the second of a pair, and never the first.
    *others, last = rule.several.arms
    for number, name in enumerate((*others, last)):
        own = rule.comparing((name, last) if name != last else (others[0], last)).rule
        arm = np.concatenate([own.assign(one).arm for one in sites])
        place[arm == float(name != last)] = number
    return place


def sample_of(found: World, rule: DataStrategy) -> StrategySample:
    """What a plan takes of a register: those in either arm."""
    chosen = ~np.isnan(found.arm)
    panel = found.panel.select(chosen)
    return StrategySample(panel, found.arm[chosen], found.block[chosen], LISTED, rule)


def register(draw: int, design: Design) -> StrategySample:
    """What a register shows of clients whom the programme does nothing for."""
    return sample_of(world(draw, design), design.strategy)


def answers(design: Design, *, first_kind_only: bool = False) -> Iterator[Strategy]:
    """Yield every answer that a plan may ask for under a design: each estimator with each kind of inquiry it answers."""
    rule = design.strategy
    for name, own in known_estimators().items():
        asked: set[str] = set()
        # Whom the lot moves, where an estimator tells that; else whom the design is about.
        takes = sorted(own.contract.who, key=(COMPLIERS, *own.contract.who, COMPLIERS).index)
        for kind, who in product(own.contract.kinds, takes):
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
                    Estimand(
                        kind,
                        ASKED,
                        outcome,
                        kind,
                        who,
                        world=PROGRAMME if who == EVERYONE else PILOT,
                    ),
                    covariates=covariates,
                )
                check_under(one, rule, is_plan=True, districts=design.districts)
            except RequestError:
                continue
            if kind in asked:
                continue
            asked.add(kind)
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
    def mark(self) -> str:
        """What stands beside the rate where chance does not explain it; empty where it may."""
        if self.p >= SURPRISING:
            return ""
        if self.rate.share > self.nominal:
            return TOO_OFTEN
        return f"{TOO_SELDOM} ({self.why})" if self.why else f"**{TOO_SELDOM}**"

    @property
    def why(self) -> str:
        """Why an answer is conservative by construction under its design; empty where it is not."""
        known = known_estimators().get(self.name.partition(", ")[0])
        if known is None:
            return ""
        if known.contract.by_lots:
            return TIES
        is_by_district = self.design.strategy.unit == "client" and len(self.design.districts) > 1
        return DISTRICTS_LEFT_OUT if is_by_district and not known.contract.within else ""

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


@dataclass(frozen=True)
class Planted:
    """How far an answer was from a planted effect, and how often its interval held that."""

    name: str
    errors: Floats
    covered: Rate

    @property
    def bias(self) -> float:
        return float(self.errors.mean())

    @property
    def bias_error(self) -> float:
        return float(self.errors.std(ddof=1) / math.sqrt(len(self.errors)))

    @property
    def is_biased(self) -> bool:
        """Whether it is off by more than three Monte Carlo errors: once in 370 by chance."""
        return abs(self.bias) > 3 * self.bias_error

    @property
    def cells(self) -> str:
        """Its two cells of a table."""
        biased = " **biased**" if self.is_biased else ""
        seldom = " **too seldom**" if self.covers_too_seldom else ""
        covered = f"{100 * self.covered.share:.1f}{seldom}" if self.covered.draws else "no interval"
        return f"{self.bias:.0f} ({self.bias_error:.0f}){biased} | {covered}"

    @property
    def covers_too_seldom(self) -> bool:
        """Whether 95 % coverage would give so few once in 1,000."""
        return self.p_covered < SURPRISING

    @property
    def p_covered(self) -> float:
        """How probable it is that 95 % coverage gives so few; 1 where there are no intervals."""
        if not self.covered.draws:
            return 1.0
        held = (self.covered.rejected, self.covered.draws)
        return float(stats.binomtest(*held, 1 - LEVEL, alternative="less").pvalue)


def recovers(
    design: Design,
    draws: int,
    *,
    estimators: Collection[str] = (),
    against: Design | None = None,
    cluster: str | None = None,
) -> list[Planted]:
    """Return how well each answer with a size finds what each arm does to the amount at a month.

    Parameters
    ----------
    design : Design
        One with several arms.
    draws : int
        How many registers.
    estimators : collection of str, optional
        Those that are asked; all, unless given.
    against : Design, optional
        Whose true effect they are held against; their own, unless given: a control.
    cluster : str, optional
        By which errors are clustered, whatever was drawn: a control.
    """
    asked = [
        replace(one, estimand=replace(one.estimand, outcome="amount"))
        for one in answers(design)
        if one.estimand.kind == "at"
        and known_estimators()[one.estimator].scale == "difference"
        and (not estimators or one.estimator in estimators)
    ]
    if cluster is not None:
        asked = [replace(one, options={"cluster": cluster}) for one in asked]
    errors: list[list[float]] = [[] for _ in asked]
    covered, held = np.zeros(len(asked), int), np.zeros(len(asked), int)
    for draw in range(draws):
        found = world(draw, design, planted=True)
        sample, truths = sample_of(found, design.strategy), found.truths
        if against is not None:
            truths = world(draw, against, planted=True).truths
        for k, strategy in enumerate(asked):
            try:
                effect = ask(strategy, sample)
            except EstimationError:
                continue
            truth = truths.get(strategy.estimand.who, truths[DRAWN])
            errors[k].append(effect.estimate - truth)
            # Of drawn lots there is a p-value and no interval.
            if not math.isnan(effect.low):
                held[k] += 1
                covered[k] += effect.low <= truth <= effect.high
    return [
        Planted(one.name, np.array(own), Rate(int(covered[k]), int(held[k])))
        for k, (one, own) in enumerate(zip(asked, errors, strict=True))
        if len(own) > 1
    ]


# What every design is also held against: the difference with an error of clients, whatever was drawn.
CLIENT_ERROR = "difference with an error of clients, whatever was drawn"
SURPRISING = 0.001
TOO_OFTEN, TOO_SELDOM = "**too often**", "too seldom"
TIES, DISTRICTS_LEFT_OUT = "ties", "districts"

HEAD = """# False positives under every kind of lots

Made by `python -m tests.recovery.lots --draws {draws} --out reports/evaluation/lots.md` (part of `make verify`).

In each register the programme does nothing. Clients go in and out of work at rates that hang on a trait; districts lie apart by a log
standard deviation of {apart} in the rate into work, and move apart by another {moves} when the programme begins. Each draw draws the lots of
its design anew, and every answer that a plan may ask for under it is asked, for each kind of inquiry. Each cell is the share of
{draws:,} registers, in per cent, in which an effect was found at the 5 % level. Monte Carlo standard error at 5 %: {error:.2f}.
Where few lots are gone through exactly, the rate can only be the largest multiple of the least p-value up to 5 %, which then stands in
brackets. **too often**, too seldom: that rate would give this less than once in 1,000. Too often misleads; too seldom loses power, and is
no fault where the answer is conservative by construction:

- `{ties}`: p-values of lots gone through or drawn anew come in steps, and where clients' outcomes tie (worked or not) many lots are as
  extreme as the one that was drawn, and all of them count.
- `{districts}`: clients are drawn in each district by itself, and the answer is not told of districts (hazards, weights): its error counts how far
  districts lie apart, which the lots cannot have made. `difference`, `adjusted`, `lin` and `blocked` compare within districts.

{counts}

"""


def cell(found: Found) -> str:
    """One cell of the table."""
    if not found.rate.draws:
        return "no answer"
    bracket = "" if found.nominal == LEVEL else f" ({100 * found.nominal:.1f})"
    given = "" if found.rate.draws == found.most else f" of {found.rate.draws:,}"
    return f"{100 * found.rate.share:.1f}{bracket}{given} {found.mark}".rstrip()


def section(design: Design, draws: int) -> tuple[str, Counter[str]]:
    """Return the table of a design, and its marks: a row for each estimator, a column for each kind of inquiry."""
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
    if design.strategy.several is not None:
        lines += ["", *planted_table(design, draws)]
    marks = Counter(one.mark for one in found if one.name != CLIENT_ERROR and one.rate.draws)
    return "\n".join([*lines, ""]), marks


def planted_table(design: Design, draws: int) -> Iterator[str]:
    """Yield a table of how well each answer finds what was planted, for each two of the arms."""
    pairs = [pair for pair in (("x", "z"), ("x", "y")) if design.compares(pair)]
    found = {
        pair: {one.name: one for one in recovers(replace(design, between=pair), draws)}
        for pair in pairs
    }
    heads = [f"{first} against {second}: bias | covered" for first, second in pairs]
    yield (
        "With an effect: kroner a month less for who has started, another by each arm. Bias with its "
        "Monte Carlo error (**biased** beyond 3 of them), and how often the 95 % interval holds the truth."
    )
    yield ""
    yield f"| answer | {' | '.join(heads)} |"
    yield f"|---|{'---|---|' * len(pairs)}"
    for name in dict.fromkeys(name for own in found.values() for name in own):
        cells = [found[pair][name].cells if name in found[pair] else "|" for pair in pairs]
        yield f"| `{name.partition(', ')[0]}` | {' | '.join(cells)} |"


def make_page(draws: int, jobs: int) -> str:
    """Return the page: a table for each design."""
    error = 100 * math.sqrt(LEVEL * (1 - LEVEL) / draws)
    with ProcessPoolExecutor(jobs) as pool:
        parts = list(pool.map(partial(section, draws=draws), DESIGNS))
    marks = sum((own for _, own in parts), Counter[str]())
    head = HEAD.format(
        draws=draws,
        apart=APART,
        moves=MOVES,
        error=error,
        ties=TIES,
        districts=DISTRICTS_LEFT_OUT,
        counts=count_marks(marks),
    )
    return head + "\n".join(text for text, _ in parts)


def count_marks(marks: Counter[str]) -> str:
    """Return how many cells are beyond chance, those that mislead apart from those that lose power."""
    explained = sum(marks[f"{TOO_SELDOM} ({why})"] for why in (TIES, DISTRICTS_LEFT_OUT))
    return (
        f"Of {sum(marks.values())} cells {marks[TOO_OFTEN]} are too often (anticonservative), "
        f"{explained} too seldom by construction, and {marks[f'**{TOO_SELDOM}**']} too seldom for no "
        f"such reason (conservative)."
    )


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
