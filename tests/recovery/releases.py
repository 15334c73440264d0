"""Small random registers, released and attacked: ``python -m tests.recovery.releases --registers 500 --out FILE``.

Each register is released twice, through the gate and without it, and the same attacks are made on
what is printed of both. Without the gate they must succeed, else they would prove nothing.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation import register_analysis
from pilotsim.evaluation.preanalysis_plan import PreAnalysisPlan
from pilotsim.evaluation.readiness import hold_to_plan
from pilotsim.evaluation.reference import Agreement
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register.mending import Mend, MendedRegister
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.evaluation.release import (
    PlanAnswer,
    RegisterAnalysis,
    ReleaseRules,
    release_analysis,
)
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of
from pilotsim.evaluation.several_arms_analysis import analyse_arms
from pilotsim.output.views import document_of
from tests.evaluation.attacks import (
    Printed,
    clients_told,
    counted_apart,
    few_left_out,
    few_unknown,
    left_out_of,
    page_of,
    printed_clients,
    printed_of,
    recovered,
    shares_that_are_few,
    split_by_trait,
    tables_that_fit,
    told_of_three,
)
from tests.evaluation.registers import content_of, panel_of, plan_of

GATE_OFF = ReleaseRules(least=1, dominance=2.0, closeness=-1.0, freedom=0)
MONTHS = 4
LAST = {"at": f"{MONTHS} months"}
EVERYBODY = {
    "work": LAST,
    "ever": {"reached": f"{MONTHS} months"},
    "paid": {"outcome": "amount", **LAST},
}
YOUNG = {"work_young": {**LAST, "traits": {"young": True}}}
UNASKED = Agreement(Message("no library is asked here"), None)
ATTACKS = {
    "effect and error": "who is in work, or is not, in an arm: the only tables of both arms that give the printed effect and error",
    "month by month": "the same for each month of the figure's path",
    "ever in work": "the same for who was ever in work",
    "subgroup": "the same for the young",
    "subtraction": "who is in work among those who are not young: everybody less the young",
    "two releases": "the same, the young in a second release of the register",
    "lost, in words": "who is lost in an arm: shares and counts in sentences",
    "lost, solved": "who is lost in an arm: the only numbers of lost clients that fit every month's effect and error",
    "payment": "what one client was paid: the mean times the clients of the arm",
    "covariate": "the outcome of one or two clients who alone have a trait: the effect less that adjusted for it",
    "covariate, two releases": "the same, the adjusted effect in a second release of the register",
    "covariate, paid": "what such a client was paid",
    "split": "who is in work of those with a trait, or of those without it: the effect and that adjusted for it",
    "all but few": "the outcome of one to three clients: the effect on all and that on all but them",
    "unknown trait": "the same of those of whom a trait is not known: all less those with it and without it",
    "alone in a block": "how many are alone in a block: all clients less those that the answer rests on",
    "counted, a group": "how few clients lack a trait: both arms, less the clients of an answer about those who have it",
    "counted, a trait": "how few a trait is not known of: both arms, less the clients of the answers about those with it and without it",
    "counted, an outcome": "how few an outcome is not known of: the clients of the chart or of another answer, less those of an answer about it",
    "starters, by their cost": "how few started: the cost for each client offered, over the price of one who starts",
    "starters, by two effects": "how few started: the effect on all the offered over that on those whom the lot moved to start",
    "payment, for each offered": "what one client was paid: what is saved for each client offered, times these",
    "payment, for each who started": "what one client was paid: the effect on those who start, times these",
    "one added, counted": "that one or two clients are there in one of two extracts alone: the numbers of clients of both, under the same plan or another",
    "one alone, by a refusal": "that a group is one client of an arm: by what an estimator says of it, which it says of one alone",
    "third arm, by the check": "how few a third arm has: all clients of the check less those of the others, or a share of all beside a size",
    "few, by the log of mends": "how many clients have a mend: its rows over the months of each, or all other rows",
    "three arms": "who is in work, or is not, in an arm: the only tables of three arms that give the effects and errors of all pairs in a month",
    "one added": "the outcome of a client who came later: the effect before and after, in two extracts",
}


def draw_sizes(chance: np.random.Generator, arms: int) -> np.ndarray:
    """How many clients arms have; as unlike as a lot makes them that gives each as many."""
    first = int(chance.integers(14, 140))
    others = chance.integers(max(14, 3 * first // 4), min(139, 4 * first // 3) + 1, arms - 1)
    return np.array([first, *others])


def draw(seed: int) -> tuple[Panel, dict[str, Any]]:
    """A register of two small arms, few in work, few lost, few paid; and what the attacker is after."""
    chance = np.random.default_rng(seed)
    sizes = draw_sizes(chance, 2)
    arm = np.repeat([1.0, 0.0], sizes)
    clients = len(arm)
    young = (chance.random(clients) < chance.uniform(0.25, 0.6)).astype(np.float64)
    level = np.where(arm == 1.0, *chance.choice([0.02, 0.05, 0.1, 0.3, 0.9], 2))
    work = np.zeros((clients, MONTHS))
    state = chance.random(clients) < level
    for month in range(MONTHS):
        renewed = chance.random(clients) < 0.4
        state = np.where(renewed, chance.random(clients) < level, state)
        work[:, month] = state
    lost = np.zeros((clients, MONTHS), np.bool_)
    if chance.random() < 0.5:
        gone = chance.choice(clients, chance.integers(1, 9), replace=False)
        lost[gone, chance.integers(1, MONTHS) :] = True
    amount = np.zeros((clients, MONTHS))
    paid = [int(chance.choice([0, 1, 2, 12])), int(chance.choice([0, 0, 1, 12]))]
    for value, number in zip((1.0, 0.0), paid, strict=True):
        who = chance.choice(np.flatnonzero(arm == value), min(number, 12), replace=False)
        amount[who, -1] = np.round(chance.lognormal(9.2, 0.4, len(who)))
    panel = panel_of(arm, work, amount=amount, lost=lost, young=young)
    return panel, {"sizes": tuple(int(size) for size in sizes)}


def arms_of(
    panel: Panel, month: int, inside: np.ndarray | None = None
) -> list[tuple[int, int, int]]:
    """In each arm: clients, those with a known outcome, those in work."""
    arm, values = panel.traits["assigned"], panel.in_work[:, month]
    found = []
    for value in (1.0, 0.0):
        own = (arm == value) & (np.ones(len(arm), bool) if inside is None else inside)
        known = own & ~np.isnan(values)
        found.append((int(own.sum()), int(known.sum()), int((values[known] == 1.0).sum())))
    return found


def solved(told: Printed | None, arms: list[tuple[int, int, int]]) -> int:
    """How many small counts of both arms an answer gives, where the sizes of the arms are known."""
    if told is None or min(known for _, known, _ in arms) < 2:
        return 0
    (_, first, have), (_, second, other) = arms
    return len(recovered(first, second, told, (have, other)))


def only_table(told: Printed | None, arms: list[tuple[int, int, int]]) -> tuple[int, int] | None:
    """The one table that fits an answer, if there is only one."""
    if told is None:
        return None
    tables = tables_that_fit(arms[0][1], arms[1][1], told)
    return (int(tables[0, 0]), int(tables[0, 1])) if len(tables) == 1 else None


def attack(
    panel: Panel, sizes: tuple[int, int], found: RegisterAnalysis, young: RegisterAnalysis
) -> Iterator[str]:
    """Yield each attack that succeeds, by name, once for each count or payment it recovers."""
    answers = {one.strategy.name: one for one in found.findings}
    told = {name: printed_of(one) for name, one in answers.items()}
    last = arms_of(panel, MONTHS - 1)
    yield from ["effect and error"] * solved(told["work"], last)
    path = [
        printed_of(answers["work"], effect) if effect else None for effect in answers["work"].path
    ]
    for month, effect in enumerate(path):
        yield from ["month by month"] * solved(effect, arms_of(panel, month))
    yield from ["ever in work"] * solved(told["ever"], ever_of(panel))
    is_young = panel.traits["young"] == 1.0
    own = arms_of(panel, MONTHS - 1, is_young)
    both = {"subtraction": found, "two releases": young}
    for name, release in both.items():
        part = printed_of(
            next(one for one in release.findings if one.strategy.name == "work_young")
        )
        if name == "subtraction":
            yield from ["subgroup"] * solved(part, own)
        whole, narrow = only_table(told["work"], last), only_table(part, own)
        if whole and narrow:
            for k in (0, 1):
                rest = whole[k] - narrow[k]
                if 0 < rest < 5 and rest == last[k][2] - own[k][2]:
                    yield name
    lost = [size - known for size, known, _ in last]
    few = [count for count in lost if 0 < count < 5]
    said = shares_that_are_few(page_of(found), sizes)
    yield from ["lost, in words"] * len(set(few) & set(said))
    yield from ["lost, solved"] * lost_that_are_solved(panel, sizes, path, lost)
    yield from payments(panel, sizes, answers["paid"])


def ever_of(panel: Panel) -> list[tuple[int, int, int]]:
    """As `arms_of`, of who was ever in work."""
    values = panel.in_work[:, :MONTHS]
    ever = (values == 1.0).any(axis=1)
    known = ever | ~np.isnan(values).any(axis=1)
    found = []
    for value in (1.0, 0.0):
        own = panel.traits["assigned"] == value
        found.append((int(own.sum()), int((own & known).sum()), int((own & ever).sum())))
    return found


def lost_that_are_solved(
    panel: Panel, sizes: tuple[int, int], path: list[Printed | None], lost: list[int]
) -> int:
    """How many small numbers of the lost are the only ones that fit all months in which they are lost."""
    if not any(0 < count < 5 for count in lost):
        return 0
    months = [
        effect
        for month, effect in enumerate(path)
        if effect is not None and [s - k for s, k, _ in arms_of(panel, month)] == lost
    ]
    if not months:
        return 0
    fit = [
        pair
        for pair in itertools.product(range(9), repeat=2)
        if all(len(tables_that_fit(sizes[0] - pair[0], sizes[1] - pair[1], one)) for one in months)
    ]
    return sum(0 < lost[k] < 5 and {pair[k] for pair in fit} == {lost[k]} for k in (0, 1))


def payments(panel: Panel, sizes: tuple[int, int], answer: Any) -> Iterator[str]:
    """Yield a payment where one client of an arm is paid, nobody in the other, and a mean is told."""
    amount = panel.amount[:, MONTHS - 1]
    arm = panel.traits["assigned"]
    paid = [amount[(arm == value) & (amount > 0.0)] for value in (1.0, 0.0)]
    if answer.effect is None or sorted(len(own) for own in paid) != [0, 1]:
        return
    own = 0 if len(paid[0]) else 1
    known = int((~np.isnan(amount[arm == (1.0, 0.0)[own]])).sum())
    if abs(abs(answer.effect.estimate) * known / paid[own][0] - 1.0) < 0.05:
        yield "payment"


@dataclass(frozen=True)
class Split:
    """A register with traits that few have, few lack, or nobody knows of few."""

    panel: Panel
    sizes: tuple[int, int]
    rare: np.ndarray
    spared: np.ndarray
    unknown: np.ndarray
    unpaid: np.ndarray


def draw_split(seed: int) -> Split:
    """A register of two arms of whom one or two of the offered have a trait, and so on."""
    chance = np.random.default_rng([seed, 2])
    sizes = draw_sizes(chance, 2)
    arm = np.repeat([1.0, 0.0], sizes)
    clients = len(arm)
    level = np.where(arm == 1.0, *chance.choice([0.05, 0.1, 0.3, 0.5, 0.9], 2))
    work = (chance.random(clients) < level).astype(np.float64)
    picked = chance.permutation(sizes[0])
    rare = np.isin(np.arange(clients), picked[: chance.integers(1, 3)])
    spared = np.isin(np.arange(clients), picked[3 : 3 + chance.integers(1, 4)])
    unknown = np.isin(np.arange(clients), picked[6 : 6 + chance.integers(1, 4)])
    half = (chance.random(clients) < chance.uniform(0.2, 0.8)).astype(np.float64)
    young = np.where(unknown, np.nan, chance.random(clients) < 0.5)
    amount = np.zeros(clients)
    paid = np.concatenate([np.flatnonzero(rare), picked[9:]])
    amount[paid] = np.round(chance.lognormal(9.2, 0.4, len(paid)))
    unpaid = np.isin(np.arange(clients), picked[9 : 9 + chance.integers(1, 4)])
    amount[unpaid] = np.nan
    panel = panel_of(
        arm, work, amount=amount, rare=rare, most=~spared, half=half, young=young.astype(float)
    )
    return Split(panel, (int(sizes[0]), int(sizes[1])), rare, spared, unknown, unpaid)


def answer_of(inquiry: str, *covariates: str) -> dict[str, Any]:
    """The difference, or the one adjusted for covariates."""
    own: dict[str, Any] = {"estimator": "difference", "inquiry": inquiry}
    return own | {"estimator": "adjusted", "covariates": [*covariates]} if covariates else own


NOW = {"at": "1 month"}
SPLIT = plan_of(
    {
        "work": NOW,
        "most": {**NOW, "traits": {"most": True}},
        "paid": {"outcome": "amount", **NOW},
    },
    answers={
        "work": answer_of("work"),
        "rare": answer_of("work", "rare"),
        "half": answer_of("work", "half"),
        "most": answer_of("most"),
        "paid": answer_of("paid"),
        "paid_rare": answer_of("paid", "rare"),
    },
)
PARTS = plan_of(
    {
        "work": NOW,
        "young": {**NOW, "traits": {"young": True}},
        "old": {**NOW, "traits": {"young": False}},
    }
)
MOST = plan_of({"most": {**NOW, "traits": {"most": True}}})
YOUNG_OR_OLD = plan_of(
    {"young": {**NOW, "traits": {"young": True}}, "old": {**NOW, "traits": {"young": False}}}
)
PAID = plan_of({"paid": {"outcome": "amount", **NOW}, "work": NOW})
PAID_ALONE = plan_of({"paid": {"outcome": "amount", **NOW}})
# What one who starts costs, in kroner; so much that few of them are a round sum for each offered.
PRICE = 100_000.0
SAVED = {"paid": {"outcome": "amount", "cumulated": "1 month"}}
COST = {"value": PRICE, "low": PRICE, "high": PRICE, "assumption": "a price"}
WORTH = plan_of(SAVED, worth={"answer": "paid", "cost": COST, "per": "started"})
MOVED = plan_of(
    {**SAVED, "moved": {"outcome": "amount", "cumulated": "1 month", "who": "treated"}},
    answers={
        "paid": answer_of("paid"),
        "moved": {"estimator": "iv", "inquiry": "moved"},
    },
)
ADJUSTED = plan_of({"work": NOW}, answers={"rare": answer_of("work", "rare")})
BLOCKED = plan_of({"work": NOW}, answers={"work": {"estimator": "blocked", "inquiry": "work"}})


def releases_whole(
    plans: list[tuple[Panel, PreAnalysisPlan]], *, is_open: bool
) -> list[RegisterAnalysis | None]:
    """Releases one after the other, each held against those before it; None for one refused."""
    told: list[LedgerEntry] = []
    found: list[RegisterAnalysis | None] = []
    for panel, plan in plans:
        try:
            one = (
                release_analysis(work_out(panel, plan), GATE_OFF)
                if is_open
                else analyse(panel, plan, earlier=told)
            )
        except RegisterError:
            found.append(None)
            continue
        told.append(LedgerEntry(digest_of(panel), plan, {}, one.told, one.about, one.answers))
        found.append(one)
    return found


def releases(
    plans: list[tuple[Panel, PreAnalysisPlan]], *, is_open: bool
) -> list[dict[str, PlanAnswer]]:
    """The answers of releases one after the other, each held against those before it."""
    found = releases_whole(plans, is_open=is_open)
    return [
        {} if one is None else {answer.strategy.name: answer for answer in one.findings}
        for one in found
    ]


def of_answer(answers: dict[str, PlanAnswer], name: str) -> Printed | None:
    """What is printed of an answer, if it was released at all."""
    return printed_of(answers[name]) if name in answers else None


def attack_split(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield each attack on groups of few that succeeds, by name."""
    panel, sizes = own.panel, own.sizes
    arm, work = panel.traits["assigned"], panel.in_work[:, 0]
    arms = [arm == value for value in (1.0, 0.0)]
    (one,) = releases([(panel, SPLIT)], is_open=is_open)
    whole = of_answer(one, "work")

    def left_out(few: np.ndarray, whole: Printed | None, without: Printed | None) -> bool:
        return few_left_out(sizes, int(few.sum()), whole, without, int(work[few].sum()))

    yield from ["covariate"] * left_out(own.rare, whole, of_answer(one, "rare"))
    first, second = releases([(panel, SPLIT_FIRST), (panel, ADJUSTED)], is_open=is_open)
    told = of_answer(first, "work"), of_answer(second, "rare")
    yield from ["covariate, two releases"] * left_out(own.rare, *told)
    yield from ["all but few"] * left_out(own.spared, whole, of_answer(one, "most"))
    yield from ["covariate, paid"] * paid_by_covariate(own, one)
    has = panel.traits["half"] == 1.0
    size = [int((has & inside).sum()) for inside in arms]
    have = [int(work[inside].sum()) for inside in arms]
    split = [int(work[inside & has].sum()) for inside in arms]
    yield from ["split"] * split_by_trait(
        sizes, (size[0], size[1]), whole, of_answer(one, "half"), (*have, *split)
    )
    (parts,) = releases([(panel, PARTS)], is_open=is_open)
    young = panel.traits["young"]
    groups = [np.ones(len(arm), bool), young == 1.0, young == 0.0]
    counted = tuple(tuple(int((inside & group).sum()) for inside in arms) for group in groups)
    shown = tuple(of_answer(parts, name) for name in ("work", "young", "old"))
    few = int(own.unknown.sum())
    yield from ["unknown trait"] * few_unknown(counted, few, shown, int(work[own.unknown].sum()))
    yield from alone_in_block(own, is_open=is_open)
    yield from counted_out(own, is_open=is_open)
    yield from kroner(own, is_open=is_open)
    yield from counted_between(own, is_open=is_open)
    yield from told_before_analysis(own, is_open=is_open)
    later = int(np.flatnonzero(own.rare)[0])
    earlier = panel.select(np.arange(len(arm)) != later)
    before, after = releases([(earlier, SPLIT_FIRST), (panel, SPLIT_FIRST)], is_open=is_open)
    added = np.arange(len(arm)) == later
    told = of_answer(after, "work"), of_answer(before, "work")
    yield from ["one added"] * left_out(added, *told)


def counted_between(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield that few clients are there in one of two extracts alone, where both pages count them."""
    fewer = own.panel.select(~own.rare)
    for plan in (SPLIT_FIRST, PAID_ALONE, OTHER_SHARE):
        one, other = releases_whole([(own.panel, SPLIT_FIRST), (fewer, plan)], is_open=is_open)
        if one and other and int(own.rare.sum()) in counted_apart(one, other):
            yield "one added, counted"


def told_before_analysis(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield small counts that follow from a refusal, from the check of a register, or from a log of mends."""
    few, (first, second) = int(own.rare.sum()), own.sizes
    rules = GATE_OFF if is_open else ReleaseRules()
    arm = own.panel.traits["assigned"]
    group = np.where(arm == 1.0, own.rare, 1.0).astype(np.float64)
    panel = replace(own.panel, traits={**own.panel.traits, "group": group})
    found = release_analysis(work_out(panel, GROUP), rules)
    yield from ["one alone, by a refusal"] * ("single client" in found.findings[0].refusal)
    place = np.concatenate([1.0 - arm, np.full(few, 2.0)])
    others = own.panel.select(np.append(np.arange(len(arm)), np.arange(few)))
    panel = replace(
        others,
        traits={"assigned": place},
        categories={"assigned": ("a", "usual", "b")},
        offered=np.where(place == 1.0, np.inf, 0.0),
    )
    plan = THREE_OPEN if is_open else THREE
    says = " ".join(str(one.says) for one in hold_to_plan(panel, plan))
    totals = {int(one.replace(",", "")) for one in re.findall(r"([0-9,]+) clients are", says)}
    shares = re.findall(r"([0-9,]+) clients, ([0-9]+) %", says)
    totals |= {round(100 * int(size.replace(",", "")) / int(share)) for size, share in shares}
    yield from ["third arm, by the check"] * (few in {one - first - second for one in totals})
    mend = Mend("month_named", "offered", 36 * few, few, len(arm) - few)
    rest = Mend("month_dotted", "offered", 36 * (len(arm) - few), len(arm) - few, few)
    rows = 36 * len(arm)
    log = MendedRegister("", "", own.panel, b"", rows, rows, (mend, rest))
    told = [one.count for one in log.mends] if is_open else log.told
    counts = {one for one in told if isinstance(one, int)}
    yield from ["few, by the log of mends"] * bool(counts & {36 * few, rows - 36 * few})


GROUP = plan_of({"group": {**NOW, "traits": {"group": True}}})
ARMS = {
    "a": {"says": "a", "words": ["a"]},
    "usual": {"says": "usual", "offered": False, "words": ["usual"]},
    "b": {"says": "b", "words": ["b"]},
}
BETWEEN_ARMS = {"lottery": {"arms": ARMS, "compared": "usual"}}
ARM_MONTHS = 6
ARMS_CONTENT = content_of(
    {"work": {"at": f"{ARM_MONTHS} months"}},
    rule={
        "lottery": {
            **BETWEEN_ARMS["lottery"],
            "contrasts": [["a", "usual"], ["b", "usual"], ["a", "b"]],
        }
    },
)
ARMS_PLAN = plan_of({"work": {"at": f"{ARM_MONTHS} months"}}, rule=ARMS_CONTENT["rule"])
THREE, THREE_OPEN = (
    plan_of({"work": NOW}, rule=BETWEEN_ARMS, small_cells=least) for least in (5, 1)
)
SPLIT_FIRST = plan_of({"work": NOW})
OTHER_SHARE = plan_of({"work": NOW}, rule={"lottery": {"share": "51 %"}})


def paid_by_covariate(own: Split, answers: dict[str, PlanAnswer]) -> bool:
    """Whether what the one client with a trait was paid is solved, where no other arm is paid."""
    paid, without = answers.get("paid"), answers.get("paid_rare")
    if paid is None or without is None or paid.effect is None or without.effect is None:
        return False
    if own.rare.sum() != 1:
        return False
    offered = own.sizes[0]
    rest = (offered - 1) * without.effect.estimate
    solved = (offered * paid.effect.estimate - rest) / own.panel.amount[own.rare, 0][0]
    return bool(abs(solved - 1.0) < 0.1)


def counted_out(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield the small counts that follow from how many clients the page tells of."""
    rules = GATE_OFF if is_open else ReleaseRules()
    told = {}
    for name, plan in (
        ("most", MOST),
        ("parts", YOUNG_OR_OLD),
        ("paid", PAID),
        ("one", PAID_ALONE),
    ):
        try:
            found = release_analysis(work_out(own.panel, plan), rules)
        except RegisterError:
            continue
        followed = [found.chart[f"{arm}_followed"] for arm in ("offered", "compared")]
        told[name] = clients_told(found) | {
            "chart": None if None in followed else sum(one for one in followed if one is not None)
        }
    arms = sum(own.sizes)

    def of(name: str, answer: str) -> int | None:
        return told.get(name, {}).get(answer)

    lack, unknown, unpaid = (int(few.sum()) for few in (own.spared, own.unknown, own.unpaid))
    if left_out_of(arms, [of("most", "most")], lack):
        yield "counted, a group"
    both = [of("parts", "young"), of("parts", "old")]
    contrast = [of("parts", "young less the others")]
    if left_out_of(arms, both, unknown) or left_out_of(arms, contrast, unknown):
        yield "counted, a trait"
    if any(
        left_out_of(of(name, whole), [of(name, "paid")], unpaid)
        for name, whole in (("paid", "work"), ("paid", "chart"), ("one", "chart"))
    ):
        yield "counted, an outcome"


def kroner(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield what follows of few who start, and of one who is paid, from numbers in kroner."""
    started = np.where(own.rare, 0.0, np.inf)
    one = np.arange(len(own.rare)) == int(np.flatnonzero(own.rare)[0])
    few = replace(own.panel, started=started, amount=np.where(own.unpaid[:, None], 9000.0, 7000.0))
    alone = replace(own.panel, started=started, amount=np.where(one, 8123.0, 0.0)[:, None])
    offered, starters = own.sizes[0], int(own.rare.sum())
    for panel, is_paid in ((few, False), (alone, True)):
        for plan in (WORTH, MOVED):
            (found,) = releases_whole([(panel, plan)], is_open=is_open)
            if found is None:
                continue
            told = worth_told(found) if plan is WORTH else {}
            answers = {answer.strategy.name: answer.effect for answer in found.findings}
            paid, moved = answers["paid"], answers.get("moved")
            if not is_paid and "cost" in told and round(told["cost"] / PRICE * offered) == starters:
                yield "starters, by their cost"
            if is_paid and "saved" in told and is_near(told["saved"] * offered, 8123.0):
                yield "payment, for each offered"
            if moved is None or not moved.estimate:
                continue
            if paid is not None and is_near(paid.estimate / moved.estimate * offered, starters):
                yield "starters, by two effects"
            if is_paid and is_near(moved.estimate * starters, 8123.0):
                yield "payment, for each who started"


def is_near(number: float, truth: float) -> bool:
    """Whether a number that was solved for is the true one, as far as printed digits tell."""
    return abs(abs(number) / truth - 1.0) < 0.05


def worth_told(found: RegisterAnalysis) -> dict[str, float]:
    """What the table in kroner tells, by its columns."""
    document = document_of(found, "en", with_figures=False)
    for table in document.tables():
        if table.name == "worth":
            keys = [column.key for column in table.columns]
            (row,) = table.rows()
            cells = zip(keys, row.cells, strict=True)
            return {key: float(cell.value) for key, cell in cells if is_number(cell.value)}
    return {}


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def alone_in_block(own: Split, *, is_open: bool) -> Iterator[str]:
    """Yield whether the page tells how few clients have a block of their own."""
    block = np.where(own.rare, 2.0, np.arange(len(own.rare)) % 2)
    panel = replace(own.panel, traits={**own.panel.traits, "block": block})
    rules = GATE_OFF if is_open else ReleaseRules()
    try:
        found = release_analysis(work_out(panel, BLOCKED), rules)
    except RegisterError:
        return
    (rests_on,) = printed_clients(found)
    if rests_on is not None and sum(own.sizes) - rests_on == int(own.rare.sum()):
        yield "alone in a block"


def draw_arms(seed: int) -> tuple[Panel, tuple[int, int, int]]:
    """A register of three small arms in which more and more find work and keep it."""
    chance = np.random.default_rng([seed, 3])
    sizes = draw_sizes(chance, 3)
    place = np.repeat([0.0, 2.0, 1.0], sizes)
    level = chance.choice([0.03, 0.08, 0.2, 0.4, 0.9], 3)[place.astype(int)]
    found = np.where(
        chance.random(len(place)) < level, chance.integers(0, ARM_MONTHS, len(place)), ARM_MONTHS
    )
    work = (np.arange(ARM_MONTHS) >= found[:, None]).astype(np.float64)
    panel = panel_of(np.where(place == 1.0, 0.0, 1.0), work)
    panel = replace(
        panel,
        traits={"assigned": place},
        categories={"assigned": ("a", "usual", "b")},
        offered=np.where(place == 1.0, np.inf, 0.0),
    )
    return panel, (int(sizes[0]), int(sizes[1]), int(sizes[2]))


def attack_arms(seed: int, *, is_open: bool) -> Iterator[str]:
    """Yield each small count of a month that the comparisons of three arms give together."""
    panel, sizes = draw_arms(seed)
    pairs = ARMS_PLAN.rule.pairs_of_arms
    if is_open:
        plans = [
            ARMS_PLAN.model_copy(update={"rule": ARMS_PLAN.rule.comparing(one)}) for one in pairs
        ]
        found = [release_analysis(work_out(panel, one), GATE_OFF) for one in plans]
    else:
        whole, _ = analyse_arms(panel, ARMS_PLAN, ARMS_CONTENT)
        found = [one.analysis for one in whole.contrasts]
    place, work = panel.traits["assigned"], panel.in_work
    answers = [one.findings[0] for one in found]
    for month in range(ARM_MONTHS):
        have = [int(work[place == arm, month].sum()) for arm in (0.0, 2.0, 1.0)]
        told = [
            printed_of(one, one.path[month]) if one.path and one.path[month] else None
            for one in answers
        ]
        yield from ["three arms"] * told_of_three(sizes, told, (have[0], have[1], have[2]))


def with_answers_alone() -> None:
    """Draw no lots anew and ask no library: no attack here looks at them, and they take the time."""
    register_analysis.redraw_differences = lambda *_: np.zeros(0)
    register_analysis.compare_with_reference = lambda *_: (None, UNASKED)


def both_ways(seed: int) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """What the attacks recover of one register with the gate and without it, and how it was told."""
    panel, truth = draw(seed)
    plan = plan_of({**EVERYBODY, **YOUNG}, checks=("attrition", "balance"), balance=["young"])
    everybody, young = plan_of(EVERYBODY), plan_of(YOUNG)
    raw = work_out(panel, plan)
    alone = work_out(panel, young)
    told: Counter[str] = Counter()
    try:
        found = release_analysis(raw, ReleaseRules())
        first = analyse(panel, everybody)
        entry = LedgerEntry(digest_of(panel), everybody, {}, first.told, first.about, first.answers)
        second = analyse(panel, young, earlier=[entry])
        told.update(one.precision for one in found.findings)
        with_gate = Counter(attack(panel, truth["sizes"], found, second))
    except RegisterError:
        told["refused"] += 1
        with_gate = Counter()
    found = release_analysis(raw, GATE_OFF)
    without = Counter(attack(panel, truth["sizes"], found, release_analysis(alone, GATE_OFF)))
    with_gate += Counter(attack_arms(seed, is_open=False))
    without += Counter(attack_arms(seed, is_open=True))
    split = draw_split(seed)
    with_gate += Counter(attack_split(split, is_open=False))
    without += Counter(attack_split(split, is_open=True))
    return with_gate, without, told


HEAD = """# What can be worked out of what is released

Made by `python -m tests.recovery.releases --registers {registers} --out reports/evaluation/release.md` (part of `make verify`).

{registers} random registers of two arms of 14 to 139 clients, with few in work, few lost and few paid, each released through the
gate and without it; and as many more with traits that one or two have, that one to three lack, or that are not known of these. The attacks are in `tests/evaluation/attacks.py` and `tests/recovery/releases.py`; they know nothing of the
gate but what is printed. Counts from 1 to 4 and payments that they recover:

| attack | through the gate | without it |
|---|---:|---:|
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--registers", type=int, default=500)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    asked = parser.parse_args()
    closed: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    told: Counter[str] = Counter()
    with ProcessPoolExecutor(asked.jobs, initializer=with_answers_alone) as workers:
        found = workers.map(both_ways, range(asked.registers), chunksize=5)
        for seed, (one, other, how) in enumerate(found):
            if one:
                print(f"register {seed}: {dict(one)}", flush=True)
            closed, opened, told = closed + one, opened + other, told + how
    rows = [
        f"| {name}: {says} | {closed[name]} | {opened[name]} |\n" for name, says in ATTACKS.items()
    ]
    ways = ", ".join(f"{number} {how}" for how, number in told.most_common())
    text = HEAD.format(registers=asked.registers) + "".join(rows)
    text += f"\nHow the gate told the {sum(told.values())} answers: {ways}.\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
