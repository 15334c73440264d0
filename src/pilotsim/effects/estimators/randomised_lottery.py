"""Effects judged by the lottery itself: randomisation inference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Floats
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

UnitWeights = Literal["equal", "size"]
# With so few orders a reader must know the least p-value that there can be.
FEW_ORDERS = 1000


def estimate_randomised(
    outcome: ArrayLike,
    treated: ArrayLike,
    *,
    blocks: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    weights: UnitWeights = "equal",
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
    weights : {"equal", "size"}
        What each cluster counts: the effect is over clusters, or by their clients over clients.
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
        units.outcome,
        drawn,
        inside,
        arrange(drawn, blocks=inside, draws=draws, seed=seed),
        _weights(sample, weights),
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
    arrangements = lottery.arrangements
    own = lottery.treated[None, :]
    look = _watch(lottery)

    def p(null: float) -> float:
        return arrangements.p(look(null, statistic), float(observe(null, statistic)[0]))

    def observe(null: float, of: Statistic) -> Floats:
        return lottery.statistics(own, null, of)

    estimate = float(observe(0.0, "difference")[0])
    spread = float(np.std(look(estimate, "difference")))
    low = high = float("nan")
    if interval and spread > 0.0:
        low, high = (search_end(p, estimate, side * spread, 1.0 - level) for side in (-1.0, 1.0))
    notes = (*sample.notes, _say_how(lottery))
    world = look(0.0, statistic)
    least = arrangements.p(world, float(np.abs(world).max())) if arrangements.exact else 0.0
    if least > 1.0 - level:
        notes = (
            *notes,
            Message(
                "no order of the lottery gives a p-value of {value} or less: it has too few units",
                value=Amount(1.0 - level),
            ),
        )
    elif arrangements.exact and len(world) <= FEW_ORDERS:
        notes = (
            *notes,
            Message(
                "the least p-value that these lots can give is {least:.3f}", least=Amount(least)
            ),
        )
    is_over_clusters = sample.clusters is not None and lottery.weights is None
    over = "clusters" if is_over_clusters else "clients"
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


def _watch(lottery: DrawnArrangements) -> Callable[[float, Statistic], Floats]:
    """Return the statistic in every arrangement, as a function of a supposed effect."""
    labels = lottery.arrangements.labels
    if lottery.weights is not None:
        return lambda null, of: lottery.statistics(labels, null, of)
    # Sums once, for all suppositions.
    moments = lottery.moments(labels)
    sizes = lottery.sizes
    return lambda null, of: difference_of(moments, sizes, null, of)


def _weights(sample: Sample, weights: UnitWeights) -> Floats | None:
    if weights not in get_args(UnitWeights):
        raise EstimationError(
            Message("weights: 'equal' or 'size' was expected, found '{kind}'", kind=weights)
        )
    if weights == "equal" or sample.clusters is None:
        return None
    return np.bincount(sample.clusters).astype(np.float64)


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
