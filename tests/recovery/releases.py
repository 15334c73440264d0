"""Small random registers, released and attacked: ``python -m tests.recovery.releases --registers 500 --out FILE``.

Each register is released twice, through the gate and without it, and the same attacks are made on
what is printed of both. Without the gate they must succeed, else they would prove nothing.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.base.errors import RegisterError
from pilotsim.evaluation import register_analysis
from pilotsim.evaluation.register import Panel
from pilotsim.evaluation.register_analysis import analyse, work_out
from pilotsim.evaluation.release import RegisterAnalysis, ReleaseRules, release_analysis
from pilotsim.evaluation.release.ledger import LedgerEntry, digest_of
from tests.evaluation.attacks import (
    Printed,
    page_of,
    printed_of,
    recovered,
    shares_that_are_few,
    tables_that_fit,
)
from tests.evaluation.registers import panel_of, plan_of

GATE_OFF = ReleaseRules(least=1, dominance=2.0, closeness=-1.0, freedom=0)
MONTHS = 4
LAST = {"at": f"{MONTHS} months"}
EVERYBODY = {
    "work": LAST,
    "ever": {"reached": f"{MONTHS} months"},
    "paid": {"outcome": "amount", **LAST},
}
YOUNG = {"work_young": {**LAST, "traits": {"young": True}}}
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
}


def draw(seed: int) -> tuple[Panel, dict[str, Any]]:
    """A register of two small arms, few in work, few lost, few paid; and what the attacker is after."""
    chance = np.random.default_rng(seed)
    sizes = chance.integers(14, 140, 2)
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


def without_redrawn_lots() -> None:
    """Draw no lots anew: no attack here looks at them, and they take four fifths of the time."""
    register_analysis.redraw_differences = lambda *_: np.zeros(0)


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
        entry = LedgerEntry(digest_of(panel), everybody, {}, first.told, first.about)
        second = analyse(panel, young, earlier=[entry])
        told.update(one.precision for one in found.findings)
        with_gate = Counter(attack(panel, truth["sizes"], found, second))
    except RegisterError:
        told["refused"] += 1
        with_gate = Counter()
    found = release_analysis(raw, GATE_OFF)
    without = Counter(attack(panel, truth["sizes"], found, release_analysis(alone, GATE_OFF)))
    return with_gate, without, told


HEAD = """# What can be worked out of what is released

Made by `python -m tests.recovery.releases --registers {registers} --out reports/evaluation/release.md` (part of `make verify`).

{registers} random registers of two arms of 14 to 139 clients, with few in work, few lost and few paid, each released through the
gate and without it. The attacks are in `tests/evaluation/attacks.py` and `tests/recovery/releases.py`; they know nothing of the
gate but what is printed. Counts from 1 to 4 and payments that they recover:

| attack | through the gate | without it |
|---|---:|---:|
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--registers", type=int, default=500)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    without_redrawn_lots()
    closed: Counter[str] = Counter()
    opened: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for seed in range(asked.registers):
        one, other, how = both_ways(seed)
        if one:
            print(f"register {seed}: {dict(one)}")
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
