"""Looks along the way in null pilots: ``python -m tests.recovery.looks --pilots 1000``.

Lotteries among a cohort whose outcome is a state, month by month, so that looks are at outcomes of
different months; and such in which ever more clients have been seen, as the published tables have it.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.randomness import uniform_table
from pilotsim.effects.estimators.difference_in_means import (
    estimate_difference as difference_in_means,
)
from pilotsim.effects.inference.group_sequential import SPENDING, look_levels
from pilotsim.evaluation.looks import correlation_of

ROOT = Path(__file__).parent.parent.parent
SEED, ERROR, CLIENTS, REDRAWN = 64, 0.05, 156, 499
HEAD = """# Looks along the way: how often an effect is found that is not there

Made by `python -m tests.recovery.looks --pilots {pilots}`: lotteries of {clients} clients in which the programme does nothing, {pilots} for each row, with the looks that
the row has, evenly spread to the end. The limits of each pilot come from its own lots, drawn anew {redrawn} times. Promised: {error:.0%} over all
looks. The control takes every look for the only one. (Standard errors in brackets.)

| what is looked at | looks | O'Brien and Fleming, % | Pocock, % | control, % |
|---|---|---|---|---|
"""


def drawn(pilot: int, purpose: str, rows: int, columns: int) -> Floats:
    return uniform_table(SEED, f"looks/{purpose}", columns, rows, replication=pilot).T


def in_work(pilot: int, looks: int) -> Floats:
    """Who is in work at each look: found and lost by chance, month by month."""
    chance = drawn(pilot, "months", CLIENTS, 24)
    work = np.zeros((CLIENTS, 25), np.bool_)
    for month in range(24):
        stays = work[:, month] & (chance[:, month] > 0.08)
        work[:, month + 1] = stays | (~work[:, month] & (chance[:, month] < 0.06))
    return work[:, 24 * np.arange(1, looks + 1) // looks].astype(np.float64)


def months_in_work(pilot: int, looks: int) -> Floats:
    """The months in work until each look: nearly ever more of the same."""
    return drawn(pilot, "sums", CLIENTS, looks).cumsum(axis=1)


def statistics_of(outcomes: Floats, arms: Floats) -> Floats:
    """Estimate over error for many lots at once, shape (lots, looks)."""
    treated = arms.sum(axis=1)[:, None]
    others = arms.shape[1] - treated
    sums, squares = arms @ outcomes, arms @ outcomes**2
    rest, rest_squares = outcomes.sum(axis=0) - sums, (outcomes**2).sum(axis=0) - squares
    spread = (squares - sums**2 / treated) / (treated - 1) / treated
    spread = spread + (rest_squares - rest**2 / others) / (others - 1) / others
    return np.asarray((sums / treated - rest / others) / np.sqrt(spread))


def found_in(
    draw: Callable[[int, int], Floats], looks: int, pilots: int
) -> tuple[list[float], list[float]]:
    shares = np.arange(1, looks + 1) / looks
    found = dict.fromkeys((*SPENDING, "control"), 0)
    for pilot in range(pilots):
        outcomes = draw(pilot, looks)
        lots = drawn(pilot, "lots", REDRAWN + 1, CLIENTS).argsort(axis=1) < CLIENTS // 2
        arms = lots.astype(np.float64)
        p = np.array([difference_in_means(outcomes[:, look], arms[0]).p for look in range(looks)])
        together = correlation_of(statistics_of(outcomes, arms[1:]))
        for name in SPENDING:
            found[name] += bool((p < look_levels(shares, together, ERROR, name)).any())
        found["control"] += bool((p < ERROR).any())
    rates = [count / pilots for count in found.values()]
    return rates, [math.sqrt(rate * (1 - rate) / pilots) for rate in rates]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pilots", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=ROOT / "reports" / "evaluation" / "looks.md")
    options = parser.parse_args()
    text = HEAD.format(pilots=options.pilots, clients=CLIENTS, redrawn=REDRAWN, error=ERROR)
    for name, draw in (("in work in that month", in_work), ("a sum until then", months_in_work)):
        for looks in (2, 3, 4):
            rates, errors = found_in(draw, looks, options.pilots)
            cells = [
                f"{100 * rate:.1f} ({100 * error:.1f})"
                for rate, error in zip(rates, errors, strict=True)
            ]
            text += f"| {name} | {looks} | {' | '.join(cells)} |\n"
            print(text.splitlines()[-1], flush=True)
    options.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
