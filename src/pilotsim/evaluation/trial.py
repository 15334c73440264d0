"""Running an evaluation: draws of the pilot under each design, with every answer strategy, and their diagnosis."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pilotsim.errors import EstimationError
from pilotsim.estimands import Estimand, reduce_outcome, sums_of
from pilotsim.evaluation.answers import Sample, Strategy
from pilotsim.evaluation.diagnosis import Diagnosis, Trials, diagnose
from pilotsim.evaluation.pilots import Pilot, make_worlds, run_pilot
from pilotsim.evaluation.sizes import Curve, make_curve
from pilotsim.evaluation.study import Design, Evaluation

Floats = NDArray[np.float64]
FIELDS = ("truth", "estimate", "error", "low", "high", "p", "null_estimate", "null_p", "spillover")


@dataclass(frozen=True)
class Tried:
    """A design with one answer strategy, tried on many drawn pilots.

    Parameters
    ----------
    cell : mapping of str to str
        The levels of the grid.
    design : Design
        Who was offered the programme when.
    strategy : Strategy
        How the effect was estimated.
    trials : Trials
        What came out in each draw.
    diagnosis : Diagnosis
        What follows.
    refusals : mapping of str to int
        Why it gave no answer, and how often.
    """

    cell: Mapping[str, str]
    design: Design
    strategy: Strategy
    trials: Trials
    diagnosis: Diagnosis
    refusals: Mapping[str, int]


@dataclass(frozen=True)
class Block:
    """Some draws of an evaluation.

    Parameters
    ----------
    rows : ndarray of float, shape (draws, tried, fields)
        For each design and strategy what `FIELDS` says.
    refusals : tuple of (int, str)
        Which of the designs and strategies gave no answer, and why.
    """

    rows: Floats
    refusals: tuple[tuple[int, str], ...]


def run_draws(evaluation: Evaluation, draws: Sequence[int], curve: Curve | None) -> Block:
    """Return what all designs and strategies say in some draws."""
    rows, refusals = [], []
    for draw in draws:
        row: list[list[float]] = []
        for answer, refusal in _one_draw(evaluation, draw, curve):
            refusals += [(len(row), refusal)] if refusal else []
            row.append(answer)
        rows.append(row)
    return Block(np.array(rows, np.float64), tuple(refusals))


def _one_draw(evaluation: Evaluation, draw: int, curve: Curve | None) -> Iterator[tuple[list[float], str]]:
    worlds = make_worlds(evaluation, draw, curve.dial_of(evaluation, draw) if curve else None)
    for design in evaluation.designs:
        pilot = run_pilot(evaluation, design, worlds, draw)
        for strategy in design.strategies:
            yield _ask(strategy, pilot)


def _ask(strategy: Strategy, pilot: Pilot) -> tuple[list[float], str]:
    top, bottom = sums_of(strategy.estimand, pilot.pair_of(strategy.estimand))
    truth = top / bottom if bottom else math.nan
    found, refusal = _try(strategy, pilot.sample)
    null, _ = _try(strategy, pilot.null)
    return [truth, *found, null[0], null[4], spillover_of(strategy.estimand, pilot)], refusal


def spillover_of(estimand: Estimand, pilot: Pilot) -> float:
    """Return the mean effect of a pilot on those whom the offered are compared with; NaN where there are none."""
    pair = pilot.pair
    compared = pilot.compared & (pair.since + estimand.months <= len(pair.present.months))
    change = reduce_outcome(pair.present, estimand, pair.since) - reduce_outcome(pair.absent, estimand, pair.since)
    return float(np.nanmean(change[compared])) if compared.any() else math.nan


def _try(strategy: Strategy, sample: Sample) -> tuple[list[float], str]:
    try:
        effect = strategy.ask(sample)
    except EstimationError as fault:
        return [math.nan] * 5, str(fault)
    return [effect.estimate, effect.error, effect.low, effect.high, effect.p], ""


def evaluate(cells: Sequence[Evaluation], *, jobs: int = 1, progress: Callable[[int], None] | None = None) -> tuple[Tried, ...]:
    """Return every design with every answer strategy, tried on the draws of each cell.

    Parameters
    ----------
    cells : sequence of Evaluation
        As `read_evaluation` returns them.
    jobs : int
        Processes at once; -1 for one a core.
    progress : callable, optional
        Called with the number of draws just done.
    """
    found: list[Tried] = []
    for evaluation in cells:
        curve = make_curve(evaluation) if evaluation.effects else None
        blocks = []
        for block in run_blocks(evaluation, curve, jobs):
            blocks.append(block)
            if progress is not None:
                progress(len(block.rows))
        found += _conclude(evaluation, blocks)
    return tuple(found)


def run_blocks(evaluation: Evaluation, curve: Curve | None, jobs: int) -> Iterator[Block]:
    """Yield the blocks of an evaluation's draws in order."""
    size = max(1, min(25, -(-evaluation.draws // 8)))
    ranges = [range(a, min(a + size, evaluation.draws)) for a in range(0, evaluation.draws, size)]
    if jobs == 1 or len(ranges) == 1:
        yield from (run_draws(evaluation, draws, curve) for draws in ranges)
        return
    from joblib import Parallel, delayed

    yield from Parallel(n_jobs=jobs, return_as="generator")(delayed(run_draws)(evaluation, draws, curve) for draws in ranges)


def _conclude(evaluation: Evaluation, blocks: Sequence[Block]) -> Iterator[Tried]:
    rows = np.concatenate([block.rows for block in blocks])
    pairs = [(design, strategy) for design in evaluation.designs for strategy in design.strategies]
    for number, (design, strategy) in enumerate(pairs):
        trials = Trials(**dict(zip(FIELDS, rows[:, number].T, strict=True)))
        reasons = [reason for block in blocks for tried, reason in block.refusals if tried == number]
        counts = {reason: reasons.count(reason) for reason in sorted(set(reasons))}
        yield Tried(evaluation.cell, design, strategy, trials, diagnose(trials, 1 - evaluation.level), counts)
