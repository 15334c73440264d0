"""Every answer that a plan may ask for, on many planted registers: ``python -m tests.recovery.contract --draws 400``.

What `tests/evaluation/test_contract.py` holds with few draws, with the coverage of the intervals. An answer whose
intervals cover less or more often than they should is asked again on other registers, `--again` of them; what is found
there counts, so that chance picks nothing out.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pilotsim.base.errors import EstimationError
from pilotsim.evaluation.estimators import ask
from tests.evaluation.planted import planted
from tests.evaluation.test_contract import Cell, answered, has_size

FAR = 3.0
COVERED = (0.93, 0.97)


@dataclass(frozen=True)
class CellRecovery:
    """What came out for one answer."""

    cell: Cell
    draws: int
    bias: float
    error: float
    coverage: float
    is_again: bool = False

    kept: str = ""
    """Its line in a page that was made before; empty where it was worked out now."""

    @property
    def is_biased(self) -> bool:
        """Whether it is off by more than three Monte Carlo errors: once in 370 by chance."""
        if self.kept:
            return "**biased**" in self.kept
        return bool(self.draws) and abs(self.bias) > FAR * self.error

    @property
    def is_covered(self) -> bool:
        """Whether its intervals hold the truth in 93 to 97 %; so too where nothing has one."""
        if self.kept:
            return "covers too" not in self.kept
        low, high = COVERED
        return not self.draws or np.isnan(self.coverage) or low <= self.coverage <= high

    @property
    def coverage_error(self) -> float:
        """The Monte Carlo error of the coverage."""
        return float(np.sqrt(0.95 * 0.05 / self.draws)) if self.draws else np.nan

    @property
    def is_far(self) -> bool:
        """Whether its coverage is outside of the band by more than three Monte Carlo errors."""
        if self.kept:
            return "**covers too" in self.kept
        low, high = COVERED
        return max(low - self.coverage, self.coverage - high) > FAR * self.coverage_error

    @property
    def words(self) -> str:
        """What is off, for the table; how far outside of the band in Monte Carlo errors."""
        words = ["**biased**"] if self.is_biased else []
        if not self.is_covered:
            side = "covers too seldom" if self.coverage < COVERED[0] else "covers too often"
            words.append(f"**{side}**" if self.is_far else f"{side}, as chance may have it")
        return "; ".join(words)

    def row(self) -> str:
        """The line of the table."""
        if self.kept:
            return self.kept
        again = " again" if self.is_again else ""
        covered = "no interval" if np.isnan(self.coverage) else f"{100 * self.coverage:.1f}"
        numbers = f"{self.bias:.4f} | {self.error:.4f} | {covered} | {self.draws}{again}"
        return f"| {self.cell} | {numbers} | {self.words} |"


def try_draw(task: tuple[Sequence[Cell], int]) -> list[tuple[float, float]]:
    """Return miss and whether it was covered, for each answer of an assignment in one draw."""
    cells, draw = task
    world, found, truths = planted(cells[0].assignment, draw, 800), [], {}
    for cell in cells:
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


def read_page(page: str) -> dict[str, CellRecovery]:
    """Return what a page that was made before says of each answer that a plan may still ask for."""
    known = {str(cell): cell for cell in answered() if has_size(cell)}
    found = {}
    for line in page.splitlines():
        parts = [part.strip() for part in line[1:-1].split("|")]
        if parts[0] not in known:
            continue
        name, bias, error, covered, draws, _ = parts
        coverage = np.nan if covered == "no interval" else float(covered) / 100.0
        found[name] = CellRecovery(
            known[name],
            int(draws.split()[0]),
            float(bias),
            float(error),
            coverage,
            "again" in draws,
            line,
        )
    return found


def recover(
    cells: Sequence[Cell], draws: range, jobs: int, *, is_again: bool = False
) -> list[CellRecovery]:
    """Return what came out for each answer of an assignment."""
    if not cells:
        return []
    with ProcessPoolExecutor(jobs) as pool:
        rows = list(pool.map(try_draw, [(cells, draw) for draw in draws], chunksize=4))
    table = np.array(rows, np.float64).reshape(len(draws), len(cells), 2)
    results = []
    for number, cell in enumerate(cells):
        miss, covered = table[~np.isnan(table[:, number, 0]), number].T
        count = len(miss)
        results.append(
            CellRecovery(
                cell,
                count,
                float(miss.mean()) if count else np.nan,
                float(miss.std(ddof=1) / np.sqrt(count)) if count > 1 else np.nan,
                float(np.nanmean(covered)) if np.isfinite(covered).any() else np.nan,
                is_again,
            )
        )
    return results


def recover_all(
    draws: int, again: int, jobs: int, kept: Mapping[str, CellRecovery]
) -> list[CellRecovery]:
    """Return what came out for every answer; those off are asked again on other registers.

    What is kept of a page that was made before is not worked out anew.
    """
    results: list[CellRecovery] = []
    for assignment in dict.fromkeys(cell.assignment for cell in answered()):
        cells = cells_of(assignment)
        worked = recover([one for one in cells if str(one) not in kept], range(draws), jobs)
        by_name = {**kept, **{str(one.cell): one for one in worked}}
        found = [by_name[str(one)] for one in cells]
        off = [one.cell for one in worked if one.is_biased or not one.is_covered]
        others = range(draws, draws + again)
        second = {
            str(one.cell): one for one in recover(off if again else [], others, jobs, is_again=True)
        }
        results += [second.get(str(one.cell), one) for one in found]
        print(assignment, len(found), len(worked), len(off), flush=True)
    return results


HEAD = """# Every answer that a plan may ask for

`python -m tests.recovery.contract --draws {draws} --again {again}`: {answers} answers on planted registers. Bias is estimate less truth, in the
answer's own unit; an answer with 0 draws says no on the register. An answer that is biased, or whose intervals hold the truth in less than 93
or more than 97 % of the registers, is asked again on {again} others, and what is found there stands here. On how many registers each was asked
stands in its row: after a change of some answers `--only` asks these anew and keeps the rest of the page.

- {biased} are off by more than three Monte Carlo errors; by chance alone that would be {expected:.0f} of {sized}.
- {covered} of {intervals} with an interval cover 93 to 97 %, {near} more lie outside by less than three Monte Carlo errors.
- {seldom} cover too seldom and {often} too often by more than that{off}
"""
TABLE = (
    "| answer | bias | its error | coverage, % | draws | |",
    "|---|---:|---:|---:|---:|---|",
)


def _off(found: Sequence[CellRecovery]) -> str:
    """Return the answers whose coverage is off, a line each; a full stop where there are none."""
    lines = [f"  - {one.cell}: {100 * one.coverage:.1f} %" for one in found]
    return "\n".join([":", "", *lines]) if lines else "."


def make_page(found: Sequence[CellRecovery], draws: int, again: int) -> str:
    """Return the page."""
    sized = [one for one in found if one.draws]
    told = [one for one in sized if not np.isnan(one.coverage)]
    off = [one for one in told if one.is_far]
    head = HEAD.format(
        draws=draws,
        again=again,
        answers=len(found),
        sized=len(sized),
        intervals=len(told),
        biased=sum(one.is_biased for one in sized),
        expected=len(sized) * 0.0027,
        covered=sum(one.is_covered for one in told),
        near=sum(not one.is_covered for one in told) - len(off),
        seldom=sum(one.coverage < COVERED[0] for one in off),
        often=sum(one.coverage > COVERED[1] for one in off),
        off=_off(off),
    )
    return "\n".join([head, *TABLE, *(one.row() for one in found)]) + "\n"


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--draws", type=int, default=400)
    options.add_argument("--again", type=int, default=2000)
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--out", type=Path)
    options.add_argument(
        "--only",
        nargs="+",
        metavar="WORDS",
        help="ask anew only answers whose names have all of these words ('limit discontinuity'), "
        "and those that the page --out does not have; the rest of it is kept",
    )
    asked = options.parse_args()
    kept: dict[str, CellRecovery] = {}
    draws, again = asked.draws, asked.again
    if asked.only:
        page = asked.out.read_text(encoding="utf-8")
        kept = {
            name: one
            for name, one in read_page(page).items()
            if not any(set(words.split()) <= set(name.split()) for words in asked.only)
        }
        # The page says by which command most of it was made.
        draws, again = map(int, re.findall(r"--(?:draws|again) (\d+)", page)[:2])
    found = recover_all(asked.draws, asked.again, asked.jobs, kept)
    text = make_page(found, draws, again)
    print(text[: text.index(TABLE[0])])
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
