"""Every answer that a plan may ask for, on many planted registers: ``python -m tests.recovery.contract --draws 400``.

What `tests/evaluation/test_contract.py` holds with few draws, with the coverage of the intervals.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pilotsim.base.errors import EstimationError
from pilotsim.evaluation.estimators import ask
from tests.evaluation.planted import planted
from tests.evaluation.test_contract import Cell, answered, has_size

FAR = 4.0
COVERED = (0.93, 0.97)


@dataclass(frozen=True)
class CellRecovery:
    """What came out for one answer."""

    cell: Cell
    draws: int
    bias: float
    error: float
    coverage: float

    @property
    def is_right(self) -> bool:
        """Unbiased, and covered as often as its interval says, each within Monte Carlo error."""
        if not self.draws:
            return True
        reach = 3.0 * np.sqrt(0.95 * 0.05 / self.draws)
        low, high = COVERED[0] - reach, COVERED[1] + reach
        return abs(self.bias) <= FAR * self.error and (
            np.isnan(self.coverage) or low <= self.coverage <= high
        )

    def row(self) -> str:
        """The line of the table."""
        mark = "" if self.is_right else "**off**"
        numbers = f"{self.bias:.4f} | {self.error:.4f} | {100 * self.coverage:.1f} | {self.draws}"
        return f"| {self.cell} | {numbers} | {mark} |"


def try_draw(task: tuple[str, int]) -> list[tuple[float, float]]:
    """Return miss and whether it was covered, for each answer of an assignment in one draw."""
    assignment, draw = task
    world, found, truths = planted(assignment, draw, 800), [], {}
    for cell in cells_of(assignment):
        strategy = cell.strategy()
        try:
            effect = ask(strategy, world.sample)
        except EstimationError:
            found.append((np.nan, np.nan))
            continue
        key = str(strategy.estimand)
        if key not in truths:
            truths[key] = world.truth(strategy.estimand)
        covered = float(effect.low <= truths[key] <= effect.high)
        found.append(
            (effect.estimate - truths[key], covered if effect.low == effect.low else np.nan)
        )
    return found


def cells_of(assignment: str) -> list[Cell]:
    """Return the answers that have a size under an assignment."""
    return [cell for cell in answered() if cell.assignment == assignment and has_size(cell)]


def recover_all(draws: int) -> list[CellRecovery]:
    """Return what came out for every answer."""
    results = []
    with ProcessPoolExecutor() as pool:
        for assignment in dict.fromkeys(cell.assignment for cell in answered()):
            rows = list(pool.map(try_draw, [(assignment, draw) for draw in range(draws)]))
            table = np.array(rows, np.float64).reshape(draws, -1, 2)
            for number, cell in enumerate(cells_of(assignment)):
                miss = table[:, number, 0]
                known = ~np.isnan(miss)
                count = int(known.sum())
                covered = table[known, number, 1]
                results.append(
                    CellRecovery(
                        cell,
                        count,
                        float(miss[known].mean()) if count else np.nan,
                        float(miss[known].std(ddof=1) / np.sqrt(count)) if count > 1 else np.nan,
                        float(np.nanmean(covered)) if np.isfinite(covered).any() else np.nan,
                    )
                )
    return results


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--draws", type=int, default=400)
    options.add_argument("--out", type=Path)
    asked = options.parse_args()
    found = recover_all(asked.draws)
    off = [one for one in found if not one.is_right]
    head = [
        "# Every answer that a plan may ask for",
        "",
        f"`python -m tests.recovery.contract --draws {asked.draws}`: {len(found)} answers on planted "
        f"registers, of which {len(off)} are off. Bias is estimate less truth; an answer with 0 draws "
        "says no on the register.",
        "",
        "| answer | bias | its error | coverage, % | draws | |",
        "|---|---:|---:|---:|---:|---|",
    ]
    text = "\n".join([*head, *(one.row() for one in found)]) + "\n"
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    print("\n".join([*head, *(one.row() for one in off)]))


if __name__ == "__main__":
    main()
