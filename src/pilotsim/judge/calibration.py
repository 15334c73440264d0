"""Calibration: named assumptions fitted to published figures, how sure that makes them, and what it cannot tell apart.

The simulator is run at points spread over the ranges of the assumptions, with the same clients at
each (common random numbers). A quadratic surrogate of the outputs' expected values gives the
posterior over the ranges, each number in a range equally likely beforehand. Where the posterior is
narrow, a next round puts its points there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base import randomness as chance
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.judge.posterior import SETTLED, Calibration, Direction, Parameter
from pilotsim.judge.surrogate import Surrogate, count_terms
from pilotsim.judge.validation import PublishedComparison, compare, outputs
from pilotsim.model.flow import Flow
from pilotsim.model.published import Observed
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Progress, Variant, run_variants
from pilotsim.simulation.parameters import numbers_of, round_count, scale

INTERVAL = (0.05, 0.95)
GRID = 2**13
ROUNDS = 3
MIN_BOX, EDGE, MASS = 0.02, 0.25, 0.9995


@dataclass(frozen=True)
class _Task:
    """What is fitted to what: slots and ranges of the parameters, and the figures with the variance of their tolerance."""

    flow: Flow
    paths: tuple[str, ...]
    names: tuple[str, ...]
    low: Floats
    high: Floats
    figures: Floats
    tolerance: Floats
    chance: bool

    def values(self) -> list[Quantity]:
        return [self.flow.values[path] for path in self.paths]

    def numbers(self, point: Floats) -> dict[int, float]:
        """Return what a point of the unit cube sets, by slot."""
        found = self.low + point * (self.high - self.low)
        return {
            value.slot: round_count(value, float(number))
            for value, number in zip(self.values(), found, strict=True)
        }


@dataclass(frozen=True)
class _Posterior:
    """Points of the unit cube with their weights, and what they rest on."""

    points: Floats
    weights: Floats
    squares: Floats
    surrogate: Surrogate
    covariance: Floats

    def mean(self) -> Floats:
        return np.asarray(self.weights @ self.points, np.float64)

    def quantile(self, column: int, probability: float) -> float:
        order = np.argsort(self.points[:, column], kind="stable")
        reached = np.cumsum(self.weights[order])
        return float(
            self.points[
                order[min(int(np.searchsorted(reached, probability)), len(order) - 1)], column
            ]
        )

    def spread(self) -> Floats:
        centred = self.points - self.mean()
        return np.asarray((self.weights[:, None] * centred).T @ centred, np.float64)


def calibrate(
    flow: Flow,
    fit: Sequence[str],
    to: Sequence[str] = (),
    *,
    replications: int = 100,
    seed: int = 1,
    rounds: int = ROUNDS,
    one_course: bool = True,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Return assumptions of a flow fitted to published figures.

    Parameters
    ----------
    flow : Flow
        What the file says.
    fit : sequence of str
        The paths of the assumptions; each needs a range, within which it is sought.
    to : sequence of str
        The observed outputs to fit them to; unless named those marked `fitted`, but for mere
        bounds. All others are held out.
    replications : int
        Runs at each point; the same at all points.
    seed : int
        The seed.
    rounds : int
        How many times at most points are put where the posterior lies.
    one_course : bool
        Whether a published figure is one course of events of the size of the flow, so that chance
        is in it; False where it comes from so many that chance hardly counts (a national table).
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of replications just done.

    Raises
    ------
    RequestError
        An assumption or output that is not there, has no range or no figure, or too few outputs.
    """
    task = _task(flow, fit, to, chance=one_course)
    low, high = np.zeros(len(task.paths)), np.ones(len(task.paths))
    runs = 0
    for number in range(rounds):
        points = low + _spread_points(
            _points_in(len(task.paths)), len(task.paths), seed, number
        ) * (high - low)
        means, covariance, cost = _simulate(
            task, points, replications, seed, jobs, engine, progress
        )
        runs += cost
        posterior = _posterior(task, points, means, covariance, replications, low, high)
        narrower = _box_of(posterior, low, high)
        if number == rounds - 1 or np.all(narrower[1] - narrower[0] > 0.7 * (high - low)):
            break
        low, high = narrower
    comparisons = _held_out(task, posterior, replications, seed, jobs, engine, progress)
    return _result(task, posterior, comparisons, seed, replications, runs + replications)


def count_calibration_runs(parameters: int, replications: int, rounds: int = ROUNDS) -> int:
    """Return how many runs a calibration makes at most, as `progress` counts them."""
    return replications * (rounds * _points_in(parameters) + 1)


def _points_in(parameters: int) -> int:
    return 2 * count_terms(parameters) + 4


def _task(flow: Flow, fit: Sequence[str], to: Sequence[str], *, chance: bool) -> _Task:
    if not fit or len(set(fit)) < len(fit):
        raise RequestError(Message("name the assumptions to fit, each once (--fit PATH)"))
    for path in fit:
        if path not in flow.values:
            raise RequestError(
                Message(
                    "the flow has no value '{path}'{meant}",
                    path=path,
                    meant=did_you_mean(path, flow.values),
                )
            )
        if not flow.values[path].has_range or path.startswith("observed."):
            raise RequestError(
                Message("'{path}' has no range (low, high) in which to seek it", path=path)
            )
    names = tuple(to) or tuple(
        name
        for name, observed in flow.observed.items()
        if observed.fitted and _has_two_ends(observed)
    )
    if not names:
        raise RequestError(
            Message(
                "name the observed outputs to fit to (--to OUTPUT), or mark them 'fitted: true'"
            )
        )
    for name in names:
        if name not in flow.observed:
            raise RequestError(
                Message(
                    "the flow has no observed output '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, flow.observed),
                )
            )
        if flow.observed[name].value is None or flow.observed[name].contradiction is not None:
            raise RequestError(
                Message(
                    "'{name}' has no figure to fit to: none was published, or several contradict "
                    "each other",
                    name=name,
                )
            )
    intervals = [_finite(*flow.observed[name].published[0].interval) for name in names]
    values = [flow.values[path] for path in fit]
    low, high = (
        np.array([getattr(value, end) for value in values], np.float64) for end in ("low", "high")
    )
    figures = np.array([(least + most) / 2 for least, most in intervals])
    tolerance = np.array([(most - least) / math.sqrt(12) for least, most in intervals])
    return _Task(
        flow,
        tuple(fit),
        names,
        low,
        high,
        figures,
        np.maximum(tolerance, 1e-6 * np.abs(figures) + 1e-12),
        chance,
    )


def _has_two_ends(observed: Observed) -> bool:
    """Tell whether an output's figure is more than a bound."""
    return all(not math.isinf(end) for end in observed.published[0].interval)


def _finite(least: float, most: float) -> tuple[float, float]:
    """Return an interval with two ends; a bound alone is nothing to fit to."""
    if math.isinf(least) or math.isinf(most):
        raise RequestError(
            Message(
                "a figure that is only a bound (at_least, at_most) is nothing to fit to; hold it "
                "out"
            )
        )
    return least, most


def _spread_points(count: int, parameters: int, seed: int, number: int) -> Floats:
    """Return points spread evenly over the unit cube: Sobol's, shifted by a keyed amount, and the middle."""
    keys = np.arange(parameters, dtype=np.uint64)
    shift = chance.uniforms(
        seed, 0, np.full_like(keys, chance.code("calibration")), keys, number, 0
    )[:, 0]
    return np.vstack([np.full(parameters, 0.5), (_sobol(count - 1, parameters) + shift) % 1.0])


def _sobol(count: int, parameters: int) -> Floats:
    from scipy.stats import qmc

    power = max(1, math.ceil(math.log2(count)))
    return np.asarray(qmc.Sobol(parameters, scramble=False).random_base2(power)[:count], np.float64)


def _simulate(
    task: _Task,
    points: Floats,
    replications: int,
    seed: int,
    jobs: int,
    engine: str | None,
    progress: Progress | None,
) -> tuple[Floats, Floats, int]:
    """Return each output's mean at each point, the covariance of outputs between replications, and how many runs it took."""
    variants = [
        Variant(str(k), task.flow, task.numbers(point), fixed=True, engine=engine)
        for k, point in enumerate(points)
    ]
    found = _outputs(task.flow, variants, task.names, replications, seed, jobs, progress)
    means = np.array([own.mean(axis=0) for own in found])
    if np.isnan(means).any():
        name = task.names[int(np.argwhere(np.isnan(means))[0][1])]
        raise RequestError(
            Message(
                "'{name}' does not exist in every run: its base is empty in some; nothing can be "
                "fitted to it",
                name=name,
            )
        )
    within = np.mean(
        [np.cov(own, rowvar=False).reshape(len(task.names), len(task.names)) for own in found],
        axis=0,
    )
    return means, np.asarray(within, np.float64), len(points) * replications


def _outputs(
    flow: Flow,
    variants: Sequence[Variant],
    names: Sequence[str],
    replications: int,
    seed: int,
    jobs: int,
    progress: Progress | None,
) -> list[Floats]:
    """Return the named outputs of each variant in each replication, each of shape (replications, outputs)."""
    measured = [name for name, observed in flow.observed.items() if observed.measure is not None]
    measures: list[Measure] = [flow.observed[name].measure for name in measured]  # type: ignore[misc]
    if measures:
        runs = dict.fromkeys((variant.name for variant in variants), replications)
        found = run_variants(
            variants, measures, seed=seed, replications=runs, jobs=jobs, progress=progress
        )
    outcomes = []
    for variant in variants:
        own = numbers_of(flow)
        for slot, number in variant.numbers.items():
            own[slot] = number
        values = (
            {name: found[variant.name].values[:, k] for k, name in enumerate(measured)}
            if measures
            else {}
        )
        every = outputs(flow, values, [scale(flow, own)] * replications)
        outcomes.append(np.column_stack([every[name] for name in names]))
    return outcomes


def _posterior(
    task: _Task,
    points: Floats,
    means: Floats,
    covariance: Floats,
    replications: int,
    low: Floats,
    high: Floats,
) -> _Posterior:
    """Return the posterior over a box: the surrogate's outputs against the figures, each point of the box equally likely before."""
    surrogate = Surrogate.fit((points - low) / (high - low), means)
    variance = np.diag(task.tolerance**2 + surrogate.error**2) + covariance * (
        (1.0 if task.chance else 0.0) + 1.0 / replications
    )
    grid = _sobol(GRID, len(task.paths))
    missed = surrogate.at(grid) - task.figures
    squares = np.einsum("ij,ij->i", missed, np.linalg.solve(variance, missed.T).T)
    weights = np.exp(-(squares - squares.min()) / 2)
    return _Posterior(
        low + grid * (high - low), weights / weights.sum(), squares, surrogate, variance
    )


def _box_of(posterior: _Posterior, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return a box, inside the last one, that holds nearly all of the posterior with some room around it."""
    columns = range(posterior.points.shape[1])
    least = np.array([posterior.quantile(k, 1 - MASS) for k in columns])
    most = np.array([posterior.quantile(k, MASS) for k in columns])
    room = np.maximum(EDGE * (most - least), MIN_BOX * (high - low) / 2)
    return np.maximum(low, least - room), np.minimum(high, most + room)


def _held_out(
    task: _Task,
    posterior: _Posterior,
    replications: int,
    seed: int,
    jobs: int,
    engine: str | None,
    progress: Progress | None,
) -> tuple[PublishedComparison, ...]:
    """Return every observed output beside what the fitted flow comes to, with values from the posterior in each run."""
    reached = np.cumsum(posterior.weights)
    middles = (np.arange(replications) + 0.5) / replications
    points = posterior.points[np.minimum(np.searchsorted(reached, middles), len(reached) - 1)]
    flow = task.flow
    measured = [name for name, observed in flow.observed.items() if observed.measure is not None]
    found: dict[str, list[float]] = {name: [] for name in measured}
    numbers = []
    for replication, point in enumerate(points):
        own = numbers_of(flow)
        for slot, number in task.numbers(point).items():
            own[slot] = number
        numbers.append(scale(flow, own))
        if measured:
            values = _one_run(task, point, seed + 1 + replication, engine, measured)
            for name, number in zip(measured, values, strict=True):
                found[name].append(number)
        if progress is not None:
            progress(1)
    every = outputs(flow, {name: np.array(values) for name, values in found.items()}, numbers)
    return tuple(
        _marked(one, task.names)
        for name in flow.observed
        for one in compare(flow, name, every[name])
    )


def _marked(one: PublishedComparison, fitted_to: Sequence[str]) -> PublishedComparison:
    """Return a comparison that says whether its output was used in this fit."""
    return replace(
        one, observed=one.observed.model_copy(update={"fitted": one.output in fitted_to})
    )


def _one_run(
    task: _Task, point: Floats, seed: int, engine: str | None, measured: Sequence[str]
) -> list[float]:
    measures: list[Measure] = [task.flow.observed[name].measure for name in measured]  # type: ignore[misc]
    variant = Variant("one", task.flow, task.numbers(point), fixed=True, engine=engine)
    return [
        float(number)
        for number in run_variants([variant], measures, seed=seed, replications={"one": 1})[
            "one"
        ].values[0]
    ]


def _result(
    task: _Task,
    posterior: _Posterior,
    comparisons: tuple[PublishedComparison, ...],
    seed: int,
    replications: int,
    runs: int,
) -> Calibration:
    covariance, mean = posterior.spread(), posterior.mean()
    widths = np.sqrt(np.diag(covariance)) * math.sqrt(12)
    spans = task.high - task.low
    ends = [
        [float(task.low[k] + posterior.quantile(k, p) * spans[k]) for p in INTERVAL]
        for k in range(len(spans))
    ]
    middles = task.low + mean * spans
    parameters = tuple(
        Parameter(
            path,
            task.flow.values[path],
            float(middles[k]),
            ends[k][0],
            ends[k][1],
            float(widths[k]),
        )
        for k, path in enumerate(task.paths)
    )
    deviations = np.sqrt(np.maximum(np.diag(covariance), 1e-30))
    errors = posterior.surrogate.error / np.sqrt(np.diag(posterior.covariance))
    return Calibration(
        task.flow,
        parameters,
        task.names,
        covariance / np.outer(deviations, deviations),
        _directions(task.paths, covariance),
        float(posterior.squares.min()),
        dict(zip(task.names, errors.tolist(), strict=True)),
        float(1 / (posterior.weights**2).sum()),
        comparisons,
        seed,
        replications,
        runs,
    )


def _directions(paths: Sequence[str], covariance: Floats) -> tuple[Direction, ...]:
    """Return the directions in which more is left of the ranges' spread than of a value that the figures settle."""
    spreads, vectors = np.linalg.eigh(covariance * 12)
    found = []
    for k in np.argsort(-spreads):
        width = math.sqrt(max(0.0, float(spreads[k])))
        weights = vectors[:, k] / vectors[np.argmax(np.abs(vectors[:, k])), k]
        if width > SETTLED:
            found.append(
                Direction(
                    width,
                    {
                        path: float(w)
                        for path, w in zip(paths, weights, strict=True)
                        if abs(w) >= 0.2
                    },
                )
            )
    return tuple(found)
