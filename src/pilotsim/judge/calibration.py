"""Calibration: assumptions fitted to published figures, how sure that is, and what stays open.

The simulator is run at points spread over the ranges of the assumptions, with the same clients at
each (common random numbers). A quadratic surrogate of the outputs' expected values gives the
posterior over the ranges, each number in a range equally likely beforehand. Where the posterior is
narrow, a next round puts its points there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.judge.posterior import SETTLED, Calibration, Direction, FittedParameter
from pilotsim.judge.surrogate import Surrogate, count_terms
from pilotsim.judge.validation import PublishedComparison, compare, outputs
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.model.joint import path_of_joint
from pilotsim.model.published import Observed, Published
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import (
    Outcome,
    Progress,
    RunOptions,
    Variant,
    check_variants,
    clients_of,
    run_variants,
)
from pilotsim.simulation.parameters import numbers_of, round_count, settle

INTERVAL = (0.05, 0.95)
GRID = 2**13
# Rows of equal weight that stand for the posterior where it is kept.
ROWS = 400
ROUNDS = 3
# The box of the next round: how much of the posterior it holds, the room left around that, and the
# least width, both as a share of the width before.
MASS = 0.9995
EDGE = 0.25
MIN_BOX = 0.02
# A round that would not narrow the box to less than this of its width is not worth its runs.
WORTH_A_ROUND = 0.7


@dataclass(frozen=True)
class _Task:
    """What is fitted to what: ranges of parameters, and figures with their tolerance."""

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
        numbers = self.low + point * (self.high - self.low)
        return {
            value.slot: round_count(value, float(number))
            for value, number in zip(self.values(), numbers, strict=True)
        }

    def own_numbers(self, point: Floats) -> Floats:
        """Return all numbers of the flow at a point of the unit cube, shape (values,)."""
        own = numbers_of(self.flow)
        for slot, number in self.numbers(point).items():
            own[slot] = number
        return settle(self.flow, own)


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
        place = min(int(np.searchsorted(reached, probability)), len(order) - 1)
        return float(self.points[order[place], column])

    def rows(self, count: int) -> Floats:
        """Return points of equal weight, shape (count, parameters): evenly along the weights."""
        reached = np.cumsum(self.weights)
        middles = (np.arange(count) + 0.5) / count
        places = np.minimum(np.searchsorted(reached, middles), len(reached) - 1)
        return np.asarray(self.points[places], np.float64)

    def spread(self) -> Floats:
        centred = self.points - self.mean()
        return np.asarray((self.weights[:, None] * centred).T @ centred, np.float64)


@checks_arguments
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
        Whether a published figure is one course of events of the size of the flow, and so varies at
        random; False where it comes from so many that this hardly counts (a national table).
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of replications just done.

    Raises
    ------
    RequestError
        An assumption or output that is not there, has no range or no figure, or too few outputs; or
        the runs need more time or memory than the limits allow.
    """
    task = _task(flow, fit, to, chance=one_course)
    options = RunOptions(seed, replications, fixed=True, jobs=jobs, engine=engine)
    parameters = len(task.paths)
    _check_budget(task, options, count_calibration_runs(parameters, replications, rounds))
    low = np.zeros(parameters)
    high = np.ones(parameters)
    runs = 0
    for number in range(rounds):
        spread = _spread_points(_points_in(parameters), parameters, seed, number)
        points = low + spread * (high - low)
        means, covariance = _simulate(task, points, options, progress)
        runs += len(points) * replications
        posterior = _posterior(task, points, means, covariance, replications, low, high)
        new_low, new_high = _box_of(posterior, low, high)
        is_last = number == rounds - 1
        if is_last or np.all(new_high - new_low > WORTH_A_ROUND * (high - low)):
            break
        low, high = new_low, new_high

    comparisons = _held_out(task, posterior, options, progress)
    return _result(task, posterior, comparisons, options, runs + replications)


def count_calibration_runs(parameters: int, replications: int, rounds: int = ROUNDS) -> int:
    """Return how many runs a calibration makes at most, as `progress` counts them.

    Parameters
    ----------
    parameters : int
        The number of values that are fitted.
    replications : int
        Replications at each point.
    rounds : int
        The most rounds of fitting.
    """
    return replications * (rounds * _points_in(parameters) + 1)


def _check_budget(task: _Task, options: RunOptions, most: int) -> None:
    """Make sure that all rounds together stay within the limits, or are wanted all the same."""
    middle = task.numbers(np.full(len(task.paths), 0.5))
    variant = Variant("middle", task.flow, middle, options.fixed, engine=options.engine)
    check_variants(
        [variant],
        list(_measures_of(task.flow).values()),
        clients_of([variant]),
        seed=options.seed,
        replications={variant.name: most},
        jobs=options.jobs,
    )


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
        if flow.values[path].joint is not None:
            raise RequestError(
                Message(
                    "'{path}' is drawn together with others ({joint}): fitted by itself it would "
                    "leave them behind. Take the part out of the flow, give its values ranges, and "
                    "fit them together (--together)",
                    path=path,
                    joint=path_of_joint(str(flow.values[path].joint)),
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

    published = [_with_two_ends(flow.observed[name].published[0]) for name in names]
    figures = np.array([one.middle for one in published])
    tolerance = np.array([one.deviation for one in published])
    values = [flow.values[path] for path in fit]
    return _Task(
        flow=flow,
        paths=tuple(fit),
        names=names,
        low=np.array([value.low for value in values], np.float64),
        high=np.array([value.high for value in values], np.float64),
        figures=figures,
        tolerance=np.maximum(tolerance, 1e-6 * np.abs(figures) + 1e-12),
        chance=chance,
    )


def _has_two_ends(observed: Observed) -> bool:
    """Tell whether an output's figure is more than a bound."""
    return not math.isinf(observed.published[0].deviation)


def _with_two_ends(published: Published) -> Published:
    """Return a figure that is more than a bound; a bound alone is nothing to fit to."""
    if math.isinf(published.deviation):
        raise RequestError(
            Message(
                "a figure that is only a bound (at_least, at_most) is nothing to fit to; hold it "
                "out"
            )
        )
    return published


def _spread_points(count: int, parameters: int, seed: int, number: int) -> Floats:
    """Return points spread evenly over the unit cube, shape (count, parameters).

    The middle, and a Sobol sequence with a random shift.
    """
    columns = np.arange(parameters, dtype=np.uint64)
    group = np.full_like(columns, randomness.code("calibration"))
    shift = randomness.uniforms(seed, 0, group, columns, number, 0)[:, 0]
    middle = np.full(parameters, 0.5)
    return np.vstack([middle, (_sobol(count - 1, parameters) + shift) % 1.0])


def _sobol(count: int, parameters: int) -> Floats:
    from scipy.stats import qmc

    power = max(1, math.ceil(math.log2(count)))
    return np.asarray(qmc.Sobol(parameters, scramble=False).random_base2(power)[:count], np.float64)


def _simulate(
    task: _Task, points: Floats, options: RunOptions, progress: Progress | None
) -> tuple[Floats, Floats]:
    """Return each output's mean at each point, and the covariance of outputs between replications.

    Shapes (points, outputs) and (outputs, outputs).
    """
    found = _outputs(task, points, options, progress)
    means = np.array([values.mean(axis=0) for values in found])
    if np.isnan(means).any():
        name = task.names[int(np.argwhere(np.isnan(means))[0][1])]
        raise RequestError(
            Message(
                "'{name}' does not exist in every run: its base is empty in some; nothing can be "
                "fitted to it",
                name=name,
            )
        )
    outputs_fitted = len(task.names)
    within = [
        np.cov(values, rowvar=False).reshape(outputs_fitted, outputs_fitted) for values in found
    ]
    return means, np.asarray(np.mean(within, axis=0), np.float64)


def _outputs(
    task: _Task, points: Floats, options: RunOptions, progress: Progress | None
) -> list[Floats]:
    """Return the outputs that are fitted to at each point, shape (replications, outputs) each."""
    flow = task.flow
    variants = [
        Variant(str(k), flow, task.numbers(point), options.fixed, engine=options.engine)
        for k, point in enumerate(points)
    ]
    measures = _measures_of(flow)
    outcomes: dict[str, Outcome] = {}
    if measures:
        outcomes = run_variants(
            variants,
            list(measures.values()),
            seed=options.seed,
            replications={variant.name: options.replications for variant in variants},
            jobs=options.jobs,
            progress=progress,
        )

    found = []
    for variant, point in zip(variants, points, strict=True):
        values = {name: outcomes[variant.name].known[:, k] for k, name in enumerate(measures)}
        every = outputs(flow, values, [task.own_numbers(point)] * options.replications)
        found.append(np.column_stack([every[name] for name in task.names]))
    return found


def _measures_of(flow: Flow) -> dict[str, Measure]:
    """Return what is measured of a run, by observed output."""
    return {
        name: observed.measure
        for name, observed in flow.observed.items()
        if observed.measure is not None
    }


def _posterior(
    task: _Task,
    points: Floats,
    means: Floats,
    covariance: Floats,
    replications: int,
    low: Floats,
    high: Floats,
) -> _Posterior:
    """Return the posterior over a box: the surrogate's outputs against the figures.

    Each point of the box is equally likely beforehand.
    """
    surrogate = Surrogate.fit((points - low) / (high - low), means)
    courses = (1.0 if task.chance else 0.0) + 1.0 / replications
    variance = np.diag(task.tolerance**2 + surrogate.error**2) + covariance * courses
    grid = _sobol(GRID, len(task.paths))
    missed = surrogate.at(grid) - task.figures
    squares = np.einsum("ij,ij->i", missed, np.linalg.solve(variance, missed.T).T)
    weights = np.exp(-(squares - squares.min()) / 2)
    return _Posterior(
        low + grid * (high - low), weights / weights.sum(), squares, surrogate, variance
    )


def _box_of(posterior: _Posterior, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Return the box inside the last one that holds nearly all of the posterior, with some room."""
    columns = range(posterior.points.shape[1])
    least = np.array([posterior.quantile(k, 1 - MASS) for k in columns])
    most = np.array([posterior.quantile(k, MASS) for k in columns])
    room = np.maximum(EDGE * (most - least), MIN_BOX * (high - low) / 2)
    return np.maximum(low, least - room), np.minimum(high, most + room)


def _held_out(
    task: _Task, posterior: _Posterior, options: RunOptions, progress: Progress | None
) -> tuple[PublishedComparison, ...]:
    """Return every observed output beside what the fitted flow comes to.

    Each run has its values from the posterior.
    """
    points = posterior.rows(options.replications)
    measures = _measures_of(task.flow)
    outcomes = []
    for replication, point in enumerate(points):
        if measures:
            seed = options.seed + 1 + replication
            outcomes.append(_one_run(task, point, seed, options.engine, measures))
        if progress is not None:
            progress(1)

    values: dict[str, Floats] = {}
    rests_on: dict[str, RestsOn] = {}
    if outcomes:
        joined = Outcome.join(outcomes)
        values = {name: joined.known[:, k] for k, name in enumerate(measures)}
        rests_on = {name: joined.support.rests_on(k) for k, name in enumerate(measures)}
    every = outputs(task.flow, values, [task.own_numbers(point) for point in points])
    marked = _marked(task)
    comparisons: list[PublishedComparison] = []
    for name in marked.observed:
        comparisons += compare(marked, name, every[name], rests_on.get(name))
    return tuple(comparisons)


def _marked(task: _Task) -> Flow:
    """Return the flow with the outputs marked that were used in this fit, and no others."""
    observed = {
        name: one.model_copy(update={"fitted": name in task.names})
        for name, one in task.flow.observed.items()
    }
    return task.flow.model_copy(update={"observed": observed})


def _one_run(
    task: _Task, point: Floats, seed: int, engine: str | None, measures: Mapping[str, Measure]
) -> Outcome:
    """Return what one run at a point comes to."""
    variant = Variant("one", task.flow, task.numbers(point), fixed=True, engine=engine)
    outcomes = run_variants(
        [variant], list(measures.values()), seed=seed, replications={variant.name: 1}
    )
    return outcomes[variant.name]


def _result(
    task: _Task,
    posterior: _Posterior,
    comparisons: tuple[PublishedComparison, ...],
    options: RunOptions,
    runs: int,
) -> Calibration:
    covariance = posterior.spread()
    spans = task.high - task.low
    middles = task.low + posterior.mean() * spans
    # The width of a uniform distribution of the same standard deviation, as a share of the range.
    widths = np.sqrt(np.diag(covariance)) * math.sqrt(12)
    parameters = []
    for k, path in enumerate(task.paths):
        low, high = (float(task.low[k] + posterior.quantile(k, p) * spans[k]) for p in INTERVAL)
        value = task.flow.values[path]
        parameters.append(
            FittedParameter(path, value, float(middles[k]), low, high, float(widths[k]))
        )

    deviations = np.sqrt(np.maximum(np.diag(covariance), 1e-30))
    errors = posterior.surrogate.error / np.sqrt(np.diag(posterior.covariance))
    return Calibration(
        task.flow,
        tuple(parameters),
        task.names,
        covariance / np.outer(deviations, deviations),
        _directions(task.paths, covariance),
        float(posterior.squares.min()),
        dict(zip(task.names, errors.tolist(), strict=True)),
        float(1 / (posterior.weights**2).sum()),
        comparisons,
        options.seed,
        options.replications,
        runs,
        task.low + posterior.rows(ROWS) * spans,
    )


def _directions(paths: Sequence[str], covariance: Floats) -> tuple[Direction, ...]:
    """Return the directions that the figures leave open.

    In each, more is left of the ranges' spread than of a value that the figures settle.
    """
    spreads, vectors = np.linalg.eigh(covariance * 12)
    directions = []
    for k in np.argsort(-spreads):
        width = math.sqrt(max(0.0, float(spreads[k])))
        if width <= SETTLED:
            continue
        largest = vectors[np.argmax(np.abs(vectors[:, k])), k]
        weights = zip(paths, (vectors[:, k] / largest).tolist(), strict=True)
        directions.append(
            Direction(width, {path: weight for path, weight in weights if abs(weight) >= 0.2})
        )
    return tuple(directions)
