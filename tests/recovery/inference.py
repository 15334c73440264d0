"""False positives of every inference with few clusters: ``python -m tests.recovery.inference --draws 2000 --out FILE``.

Worlds without an effect: whole offices assigned by lot, clients in work or not, offices that
differ.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import stats
from scipy.special import ndtr

from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.clusters import estimate_cluster_means, estimate_clustered
from pilotsim.effects.estimators.difference_in_means import estimate_difference
from pilotsim.effects.estimators.randomised_lottery import estimate_randomised
from tests.recovery.worlds import Clients, Layout, offices

EVEN = tuple(Layout(clusters, clusters // 2, False) for clusters in (6, 15, 40))
UNEVEN = tuple(Layout(clusters, clusters // 3, True) for clusters in (6, 15, 40))
LAYOUTS = (*EVEN, *UNEVEN)
BETWEEN = 0.5
FALSE_ALARM = 1e-4


@dataclass(frozen=True)
class Inference:
    """A way to a p-value, and from how many clusters on it is recommended."""

    name: str
    p: Callable[[Clients], float]
    least: int | None
    """From how many clusters on it is recommended; None for never."""


def normal(estimate: Callable[[Clients], Effect]) -> Callable[[Clients], float]:
    """The same estimate and error, held to the normal distribution."""

    def p(world: Clients) -> float:
        effect = estimate(world)
        return float(2.0 * ndtr(-abs(effect.estimate / effect.error)))

    return p


def clustered(errors: str) -> Callable[[Clients], Effect]:
    return lambda w: estimate_clustered(w.outcome, w.treated, w.groups, errors=errors)


def randomised(statistic: str) -> Callable[[Clients], float]:
    return lambda w: (
        estimate_randomised(
            w.outcome, w.treated, clusters=w.groups, statistic=statistic, draws=999, interval=False
        ).p
    )


def wild(w: Clients) -> float:
    from pilotsim.effects.inference.bootstrap import bootstrap_wild

    design = np.column_stack([np.ones(len(w.outcome)), w.treated])
    return bootstrap_wild(w.outcome, design, w.groups, 1, interval=False).p


def means(weights: str) -> Callable[[Clients], float]:
    return lambda w: estimate_cluster_means(w.outcome, w.treated, w.groups, weights=weights).p


INFERENCES = (
    Inference(
        "clients as if independent, HC2",
        lambda w: estimate_difference(w.outcome, w.treated).p,
        None,
    ),
    Inference("CR0, normal", normal(clustered("CR0")), None),
    Inference("CR1, normal (statsmodels without `use_t`)", normal(clustered("CR1")), None),
    Inference("CR1, t(clusters - 1)", lambda w: clustered("CR1")(w).p, None),
    Inference("CR2, normal", normal(clustered("CR2")), None),
    Inference("CR2, degrees of freedom of Bell and McCaffrey", lambda w: clustered("CR2")(w).p, 6),
    Inference("CR3, t(clusters - 1)", lambda w: clustered("CR3")(w).p, None),
    Inference("cluster means, t(clusters - 2)", means("equal"), 6),
    Inference("cluster means weighted by size, HC2 and its degrees of freedom", means("size"), 6),
    Inference("cluster means weighted by precision, t(clusters - 2)", means("variance"), None),
    Inference("wild cluster bootstrap, null imposed", wild, 15),
    Inference("randomisation, difference of cluster means", randomised("difference"), 15),
    Inference("randomisation, studentised", randomised("studentised"), 15),
)


@dataclass(frozen=True)
class Rate:
    """How often no effect was rejected at 5 %."""

    rejected: int
    draws: int

    @property
    def share(self) -> float:
        return self.rejected / self.draws

    @property
    def error(self) -> float:
        return float(np.sqrt(max(self.share * (1 - self.share), 0.05 * 0.95) / self.draws))

    def fits(self, false_alarm: float = FALSE_ALARM) -> bool:
        """Whether a true rate of 5 % could have given this, but for so rare an accident."""
        return bool(stats.binomtest(self.rejected, self.draws, 0.05).pvalue > false_alarm)

    def is_too_high(self, false_alarm: float = FALSE_ALARM) -> bool:
        """Whether a true rate of 5 % or less could not."""
        return bool(
            stats.binomtest(self.rejected, self.draws, 0.05, alternative="greater").pvalue
            <= false_alarm
        )


def rates(layout: Layout, draws: int) -> list[Rate]:
    """Count rejections of all inferences, each world made once."""
    rejected = np.zeros(len(INFERENCES), int)
    for draw in range(draws):
        world = offices(draw, layout, between=BETWEEN)
        rejected += [inference.p(world) <= 0.05 for inference in INFERENCES]
    print(layout, (100 * rejected / draws).round(1), flush=True)
    return [Rate(int(number), draws) for number in rejected]


def mark(inference: Inference, layout: Layout, found: Rate) -> str:
    """One cell of the table: the rate in per cent, with a word where it is not 5 %."""
    word = "" if found.fits(0.001) else " **too often**" if found.share > 0.05 else " too seldom"
    star = "" if inference.least is None or layout.clusters < inference.least else " *"
    return f"{100 * found.share:.1f}{star}{word}"


HEAD = """# False positives with few clusters

Made by `python -m tests.recovery.inference --draws {draws} --out reports/evaluation/inference.md` (part of `make verify`).

In each world whole offices are assigned by lot and the programme has no effect. Clients are in work or not (about 30 %);
offices differ by a standard deviation of {between} on the logit scale. Each cell is the share of {draws:,} worlds, in per cent, in which
the inference found an effect at the 5 % level. Monte Carlo standard error at 5 %: {error:.2f}.
`*`: recommended for so many clusters. **too often**, too seldom: a true rate of 5 % would give this less than once in 1,000.

| inference | {columns} |
|---|{rule}
"""
TAIL = """
With 6 clusters the lottery has 20 (or 15) outcomes, so randomisation inference can never reject at 5 %, and the bootstrap has
32 p-values: neither errs, neither sees much; the t test on cluster means is what is left, and CR2 with its own degrees of
freedom, which errs on the safe side where two of six offices of unequal size are treated. There CR1, even with t, finds an
effect that is not there one time in five. From 15 clusters on CR2, the t test on cluster means, the wild bootstrap and
randomisation inference all hold. The t test on cluster means asks about the mean office, the others about the mean client.
"""


def make_table(draws: int) -> str:
    """Return the table as a page."""
    table = [rates(layout, draws) for layout in LAYOUTS]
    rows = []
    for number, inference in enumerate(INFERENCES):
        cells = [
            mark(inference, layout, found[number])
            for layout, found in zip(LAYOUTS, table, strict=True)
        ]
        rows.append(f"| {inference.name} | {' | '.join(cells)} |")
    columns = " | ".join(str(layout) for layout in LAYOUTS)
    error = 100 * np.sqrt(0.05 * 0.95 / draws)
    head = HEAD.format(
        draws=draws, between=BETWEEN, error=error, columns=columns, rule="---|" * len(LAYOUTS)
    )
    return head + "\n".join(rows) + "\n" + TAIL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(make_table(options.draws), encoding="utf-8")


if __name__ == "__main__":
    main()
