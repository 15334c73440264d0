"""Effects judged by the lottery itself: randomisation inference."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.effects.effect import Effect
from pilotsim.effects.estimators.clusters import average
from pilotsim.effects.inference.bootstrap import search_end
from pilotsim.effects.inference.randomisation import (
    DrawnArrangements,
    Statistic,
    arrange,
    check_statistic,
    difference_of,
)
from pilotsim.effects.sample import Sample, require_clusters, take_sample


def estimate_randomised(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    blocks: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    statistic: Statistic = "studentised",
    draws: int = 1999,
    level: float = 0.95,
    seed: int = 0,
    interval: bool = True,
) -> Effect:
    """Return the difference between the arms, judged by what the same lottery could have given.

    Estimand: mean effect of the assignment (ITT), over clients, or over clusters where these were
    assigned as a whole. Assumption: the lottery was as described: every order of the assignments
    within blocks as likely as the other. The p-value is exact for no effect on anybody;
    `studentised`, it holds in large samples for no mean effect as well. The interval holds the
    effects that, if the same for all, are not rejected. There is no standard error: `error` and
    `freedom` are NaN. Source: Fisher (1935); Imbens and Rubin, Causal Inference (2015), ch. 5; Wu
    and Ding, Journal of the American Statistical Association 116 (2021) 1898-1913.

    Parameters
    ----------
    outcome, treated, level
        As for `estimate_difference`.
    blocks : array, shape (clients,), optional
        Labels of the blocks within which there was a lottery each.
    clusters : array, shape (clients,), optional
        Labels of the clusters that were assigned as a whole; each belongs to one block.
    statistic : {"studentised", "difference"}
        What is compared; `difference` where an arm of a block has one unit.
    draws : int
        How many orders are drawn where there are more than 5,000; fewer are all gone through.
    seed : int
        Seed of the draws.
    interval : bool
        Whether to look for the interval; NaN without.

    Raises
    ------
    EstimationError
        A block has one arm only, or too few units for the statistic; a cluster has clients of both
        arms.
    """
    sample = take_sample(outcome, treated, blocks=blocks, clusters=clusters)
    units = sample if sample.clusters is None else _to_clusters(sample)
    drawn = units.treated.astype(np.float64)
    inside = np.zeros(units.clients, np.int64) if units.blocks is None else units.blocks
    lottery = DrawnArrangements(
        units.outcome, drawn, inside, arrange(drawn, blocks=inside, draws=draws, seed=seed)
    )
    sizes = lottery.sizes
    if sizes.min() == 0:
        raise EstimationError(
            Message(
                "some blocks have units of one arm only; join blocks, or leave these out and say so"
            )
        )
    check_statistic(statistic, sizes)
    return _judge(lottery, statistic, sample, level, interval)


def _judge(
    lottery: DrawnArrangements, statistic: Statistic, sample: Sample, level: float, interval: bool
) -> Effect:
    sizes, arrangements = lottery.sizes, lottery.arrangements
    world, own = lottery.moments(arrangements.labels), lottery.moments(lottery.treated[None, :])

    def p(null: float) -> float:
        observed = difference_of(own, sizes, null, statistic)
        return arrangements.p(difference_of(world, sizes, null, statistic), float(observed[0]))

    estimate = float(difference_of(own, sizes, 0.0, "difference")[0])
    spread = float(np.std(difference_of(world, sizes, estimate, "difference")))
    low = high = float("nan")
    if interval and spread > 0.0:
        low, high = (search_end(p, estimate, side * spread, 1.0 - level) for side in (-1.0, 1.0))
    notes = (*sample.notes, _say_how(lottery))
    largest = np.abs(difference_of(world, sizes, 0.0, statistic)).max()
    if (
        arrangements.exact
        and arrangements.p(difference_of(world, sizes, 0.0, statistic), float(largest))
        > 1.0 - level
    ):
        notes = (
            *notes,
            Message(
                "no order of the lottery gives a p-value of {value} or less: it has too few units",
                value=Amount(1.0 - level),
            ),
        )
    over = "clusters" if sample.clusters is not None else "clients"
    return Effect(
        estimator="randomised",
        estimand=f"mean effect of the assignment (ITT) over {over}",
        estimate=estimate,
        error=float("nan"),
        low=low,
        high=high,
        p=min(p(0.0), 1.0),
        freedom=float("nan"),
        clients=sample.clients,
        clusters=sample.cluster_count,
        notes=notes,
    )


def _say_how(lottery: DrawnArrangements) -> str:
    number = len(lottery.arrangements.labels)
    if lottery.arrangements.exact:
        return Message("p-value from all {number} orders of the lottery", number=number)
    return Message("p-value from {number} drawn orders", number=number)


def _to_clusters(sample: Sample) -> Sample:
    codes = require_clusters(sample)
    columns = [sample.outcome, sample.treated] + (
        [] if sample.blocks is None else [sample.blocks.astype(np.float64)]
    )
    means = average(np.column_stack(columns), codes)
    if np.any((means[:, 1] > 0.0) & (means[:, 1] < 1.0)):
        raise EstimationError(
            Message("some clusters have clients in both arms; they were not assigned as a whole")
        )
    if sample.blocks is not None and np.any(means[:, 2] != np.floor(means[:, 2])):
        raise EstimationError(
            Message(
                "some clusters have clients in several blocks; a lottery of clusters within blocks "
                "has each in one"
            )
        )
    blocks = None if sample.blocks is None else means[:, 2].astype(np.int64)
    return Sample(
        means[:, 0], means[:, 1] > 0.0, np.empty((len(means), 0)), None, blocks, sample.notes
    )
