"""Does an estimator find what is there? Draws with a known truth, and what may be said of them.

A case is drawn 300 times in tests and 2,000 times by `make verify` (`PILOTSIM_DRAWS`). The
false-alarm rates are stated with each judgement; seeds are those of `chance`, and were not chosen.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from pilotsim.base.errors import EstimationError
from pilotsim.base.randomness import code, uniforms

SEED = 20141128
DRAWS = int(os.environ.get("PILOTSIM_DRAWS", "300"))
FALSE_ALARM = 1e-4
# Intervals of 95 % must cover the truth in this share of all draws, had there been infinitely many.
COVERS = (0.93, 0.97)
LEVEL = 0.05


@dataclass(frozen=True)
class Drawn:
    """What an estimator said of one draw; a test says only `p`."""

    estimate: float
    error: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Case:
    """An estimator in a world whose truth is known.

    `claim` is what must be found: `unbiased` (and covers), `biased`, `size` (rejects nothing in 5 %
    of draws) or `oversized`; of what is only `shown` nothing is claimed.
    """

    name: str
    draw: Callable[[int], Drawn]
    truth: float
    claim: str = "unbiased"


@dataclass(frozen=True)
class Recovery:
    """What came of all draws of a case."""

    case: Case
    estimates: np.ndarray
    errors: np.ndarray
    covered: np.ndarray
    rejected: np.ndarray
    failed: int

    @property
    def draws(self) -> int:
        return len(self.rejected)

    @property
    def bias(self) -> float:
        return float(self.estimates.mean() - self.case.truth)

    @property
    def bias_error(self) -> float:
        """Monte Carlo error of the bias."""
        return float(self.estimates.std(ddof=1) / math.sqrt(self.draws))

    @property
    def coverage(self) -> float:
        return float(self.covered.mean())

    @property
    def rejections(self) -> float:
        return float(self.rejected.mean())

    @property
    def error_ratio(self) -> float:
        """Mean standard error over the standard deviation of the estimates."""
        return float(self.errors.mean() / self.estimates.std(ddof=1))

    def is_unbiased(self) -> bool:
        """Whether the bias is what chance allows; one false alarm in 10,000."""
        k = stats.t.ppf(1.0 - FALSE_ALARM / 2.0, self.draws - 1)
        return abs(self.bias) <= k * self.bias_error

    def covers(self) -> bool:
        """Whether coverage may be between 93 and 97 %.

        At most one false alarm in 10,000 for any coverage between.
        """
        hits = int(self.covered.sum())
        least = stats.binom.ppf(FALSE_ALARM / 2.0, self.draws, COVERS[0])
        most = stats.binom.ppf(1.0 - FALSE_ALARM / 2.0, self.draws, COVERS[1])
        return least <= hits <= most

    def has_size(self) -> bool:
        """Whether it rejects in 5 % of draws, as chance allows; one false alarm in 10,000."""
        hits = int(self.rejected.sum())
        ends = stats.binom.ppf([FALSE_ALARM / 2.0, 1.0 - FALSE_ALARM / 2.0], self.draws, LEVEL)
        return bool(ends[0] <= hits <= ends[1])

    def holds(self) -> bool:
        """Whether the claim of the case is what was found."""
        found = {
            "unbiased": self.is_unbiased() and self.covers(),
            "biased": not self.is_unbiased() and not self.covers(),
            "size": self.has_size(),
            "oversized": not self.has_size() and self.rejections > LEVEL,
            "shown": True,
        }
        return found[self.case.claim]

    def __str__(self) -> str:
        return (
            f"{self.case.name} ({self.case.claim}): bias {self.bias:.4f} ({self.bias_error:.4f}), coverage {self.coverage:.3f}, "
            f"rejects {self.rejections:.3f}, error ratio {self.error_ratio:.3f}, draws {self.draws}, failed {self.failed}"
        )


def recover(case: Case, draws: int = DRAWS) -> Recovery:
    """Return what came of the draws of a case.

    A draw on which the estimator cannot work is counted, not replaced.
    """
    found: list[Drawn] = []
    failed = 0
    for number in range(draws):
        try:
            found.append(case.draw(number))
        except EstimationError:
            failed += 1
    table = np.array([(one.estimate, one.error, one.low, one.high, one.p) for one in found])
    covered = (table[:, 2] <= case.truth) & (case.truth <= table[:, 3])
    return Recovery(case, table[:, 0], table[:, 1], covered, table[:, 4] < LEVEL, failed)


def write_table(recoveries: Iterable[Recovery]) -> str:
    """Return a Markdown table of what was found."""
    lines = [
        "| case | claim | truth | bias (Monte Carlo error) | error / spread | coverage of 95 % | rejects no effect | holds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in recoveries:
        bias = "" if math.isnan(one.bias) else f"{one.bias:+.4f} ({one.bias_error:.4f})"
        numbers = (
            ("", "", "")
            if math.isnan(one.bias)
            else (f"{one.case.truth:.4f}", f"{one.error_ratio:.2f}", f"{one.coverage:.1%}")
        )
        failed = f"; {one.failed} draws refused" if one.failed else ""
        lines.append(
            f"| {one.case.name} | {one.case.claim} | {numbers[0]} | {bias} | {numbers[1]} | {numbers[2]} | {one.rejections:.1%} | "
            f"{'yes' if one.holds() else 'NO'}{failed} |"
        )
    return "\n".join(lines)


# Chance: keyed by draw, purpose and client.


def uniform(draw: int, purpose: str, clients: int, columns: int = 1) -> np.ndarray:
    """Return uniform numbers, shape (clients, columns)."""
    numbers = np.arange(clients, dtype=np.uint64)
    blocks = [
        uniforms(SEED, draw, np.zeros_like(numbers), numbers, code(purpose), block)
        for block in range(-(-columns // 4))
    ]
    return np.hstack(blocks)[:, :columns]


def normal(draw: int, purpose: str, clients: int, columns: int = 1) -> np.ndarray:
    """Return standard normal numbers, shape (clients, columns)."""
    return stats.norm.ppf(uniform(draw, purpose, clients, columns))


def exponential(draw: int, purpose: str, clients: int) -> np.ndarray:
    """Return exponential numbers with mean 1, shape (clients,)."""
    return -np.log(uniform(draw, purpose, clients)[:, 0])
