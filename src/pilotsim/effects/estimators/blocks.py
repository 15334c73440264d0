"""Effects in an experiment within blocks: a lottery in each district, week of referral, or pair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import EstimationError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import standard_error
from pilotsim.effects.effect import Effect, conclude
from pilotsim.effects.inference.least_squares import DesignPrecision, demean
from pilotsim.effects.inference.linear import Errors, Regression, Wording, conclude_coefficient
from pilotsim.effects.sample import Sample, checked_clusters, take_sample

BlockWeights = Literal["clients", "precision"]

# Beyond this many blocks a column for each costs more than it tells.
MAX_DUMMIES = 60


@dataclass(frozen=True, eq=False)
class Blocks:
    """Each block's arms.

    Parameters
    ----------
    sizes, means, variances : ndarray of float, shape (2, blocks)
        Clients, mean outcome and its variance in the comparison arm (row 0) and the treated arm
        (row 1) of each block; the variance is NaN where an arm has one client.
    """

    sizes: Floats
    means: Floats
    variances: Floats

    @property
    def effects(self) -> Floats:
        """The difference in means in each block."""
        found: Floats = self.means[1] - self.means[0]
        return found

    @property
    def shares(self) -> Floats:
        """Each block's share of the clients."""
        found: Floats = self.sizes.sum(axis=0) / self.sizes.sum()
        return found


def estimate_blocked(
    outcome: ArrayLike,
    treated: ArrayLike,
    blocks: ArrayLike,
    *,
    weights: BlockWeights = "clients",
    errors: Errors = "auto",
    clusters: ArrayLike | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the difference between the arms within blocks.

    Estimand: with weights `clients`, the mean effect over clients (ITT), whatever share of each
    block was treated; with `precision` (block fixed effects), a mean over blocks weighted by size
    times share treated times share not, which is another effect if effects and shares differ
    between blocks. Assumption: assignment by lot within each block. Standard error: `clients`:
    Neyman's in each block, with Satterthwaite's degrees of freedom; in matched pairs, where no
    block shows its own spread, that between pairs; `precision`: HC2 (CR2 with clusters), which must
    be within blocks. Source: Imbens and Rubin, Causal Inference (2015), ch. 9; Imai, Statistics in
    Medicine 27 (2008) 4857-4873, for pairs.

    Parameters
    ----------
    outcome, treated, level, seed
        As for `estimate_difference`.
    blocks : array, shape (clients,)
        Labels of the blocks.
    weights : {"clients", "precision"}
        What each block counts.
    errors : str
        The kind of standard error of `precision` (`conclude_coefficient`).
    clusters : array, shape (clients,), optional
        Labels of clusters assigned as a whole within blocks; only with `precision`.

    Raises
    ------
    EstimationError
        A block has one arm only; some blocks have an arm of one client while others have more.
    """
    sample = take_sample(outcome, treated, blocks=blocks, clusters=clusters)
    table = _tabulate(sample)
    if weights == "precision":
        return _fixed_effects(sample, errors, level, seed)
    if weights != "clients":
        raise EstimationError(
            Message(
                "weights: 'clients' or 'precision' was expected, found '{weights}'", weights=weights
            )
        )
    if sample.clusters is not None:
        raise EstimationError(
            Message("clusters within blocks need weights='precision' (block fixed effects)")
        )
    estimate = float(table.shares @ table.effects)
    precision = _pairs(table) if np.all(table.sizes == 1) else _neyman(table)
    return conclude(
        "blocked",
        "mean effect of the assignment (ITT) over clients",
        estimate,
        precision.error,
        freedom=precision.freedom,
        level=level,
        clients=sample.clients,
        notes=sample.notes,
    )


def _tabulate(sample: Sample) -> Blocks:
    assert sample.blocks is not None
    number = int(sample.blocks.max()) + 1
    cells = sample.blocks + number * sample.treated.astype(np.int64)
    sizes = np.bincount(cells, minlength=2 * number).astype(np.float64)
    if (sizes == 0).any():
        empty = np.unique(np.flatnonzero(sizes == 0) % number)
        raise EstimationError(
            Message(
                "{count} of {number} blocks have clients of one arm only (the first is block "
                "{empty}); join blocks, or leave these out and say so",
                count=len(empty),
                number=number,
                empty=empty[0],
            )
        )
    means = np.bincount(cells, sample.outcome, 2 * number) / sizes
    squares = np.bincount(cells, (sample.outcome - means[cells]) ** 2, 2 * number)
    variances = np.where(sizes > 1, squares / np.maximum(sizes - 1, 1), np.nan)
    return Blocks(sizes.reshape(2, -1), means.reshape(2, -1), variances.reshape(2, -1))


def _neyman(table: Blocks) -> DesignPrecision:
    if np.isnan(table.variances).any():
        raise EstimationError(
            Message(
                "{count} clients are alone in their arm of a block, so that its spread is not "
                "known; join blocks, or use weights='precision'",
                count=int((table.sizes == 1).sum()),
            )
        )
    parts = table.shares**2 * table.variances / table.sizes
    total = float(parts.sum())
    if total == 0.0:
        return DesignPrecision(0.0, 1.0)
    return DesignPrecision(
        float(np.sqrt(total)), float(total**2 / np.sum(parts**2 / (table.sizes - 1)))
    )


def _pairs(table: Blocks) -> DesignPrecision:
    number = len(table.effects)
    if number < 2:
        raise EstimationError(
            Message("there is one pair; a standard error between pairs needs at least two")
        )
    return DesignPrecision(standard_error(table.effects), float(number - 1))


def _fixed_effects(sample: Sample, errors: Errors, level: float, seed: int) -> Effect:
    assert sample.blocks is not None
    number = int(sample.blocks.max()) + 1
    notes = sample.notes
    if number <= MAX_DUMMIES:
        # Dummies, not demeaned columns: the leverages of HC2 and CR2 must count the blocks' own
        # means.
        design = np.column_stack(
            [sample.blocks[:, None] == np.arange(number), sample.treated]
        ).astype(np.float64)
        outcome = sample.outcome
    else:
        outcome = demean(sample.outcome, sample.blocks)
        design = demean(sample.treated.astype(np.float64), sample.blocks)[:, None]
        notes = (
            *notes,
            Message(
                "more than {most} blocks: their means are taken out first and not counted in the "
                "standard error",
                most=MAX_DUMMIES,
            ),
        )
    names = [*(f"block {block}" for block in range(design.shape[1] - 1)), "treated"]
    wording = Wording(
        "blocked", "mean effect over blocks, weighted by precision (block fixed effects)", notes
    )
    regression = Regression(outcome, design, names, checked_clusters(sample))
    return conclude_coefficient(
        wording, regression, design.shape[1] - 1, errors=errors, level=level, seed=seed
    )
