"""Payoffs as smooth functions of what would be known: smoothing splines for any number of inputs.

A Gaussian process whose kernel is that of a cubic smoothing spline for each input, added up, or
multiplied so that inputs interact (Wahba, *Spline Models for Observational Data*, 1990, ch. 1 and
10; Gu, *Smoothing Spline ANOVA Models*, 2013). The kernel is of low rank: as many functions as
some of the rows span. How smooth, and whether lines, curves or interactions, is chosen by
restricted maximum likelihood.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats

__all__ = ["Smooth", "fit_smooth"]

# A curve may bend as much as slope: the spline's kernel is so much smaller than the line's.
BEND = 60.0
# Rows whose kernels span the functions, for one input and for more.
RANK, MOST_RANK = 25, 80
# Smoothing parameters that are tried, as parts of the mean square of the functions.
PENALTIES = np.logspace(-6.0, 6.0, 49)
# What an input weighs at least in a group of several, as a part of an even share.
LEAST_WEIGHT = 0.05
FLAT = 1e-10
LINES, CURVES, INTERACTIONS = "lines", "curves", "interactions"


@dataclass(frozen=True)
class Smooth:
    """Payoffs fitted as smooth functions of some inputs.

    Parameters
    ----------
    form : str
        `lines`, `curves` or `interactions`; empty where no input varies.
    fitted : ndarray, shape (rows, payoffs)
        The payoffs expected at each row.
    root : ndarray, shape (rows, functions)
        A root of what is not known of a fitted payoff of unit noise: the posterior covariance of
        the fitted rows is ``root @ root.T`` times that of the noise.
    noise : ndarray, shape (payoffs, payoffs)
        The covariance of what the inputs leave open.
    freedom : float
        Effective degrees of freedom, that of the mean counted.
    """

    form: str
    fitted: Floats
    root: Floats
    noise: Floats
    freedom: float
    _basis: _Basis | None
    _mean: Floats
    _coefficients: Floats

    def at(self, inputs: Floats) -> Floats:
        """Return the payoffs expected at other inputs, shape (rows, payoffs)."""
        if self._basis is None:
            return np.tile(self._mean, (len(inputs), 1))
        found: Floats = self._mean + self._basis.at(inputs) @ self._coefficients
        return found


@dataclass(frozen=True)
class _Basis:
    """Functions of inputs that a kernel of low rank spans, centred over the rows of the fit."""

    form: str
    low: Floats
    width: Floats
    weights: Floats
    knots: Floats
    inverse_root: Floats
    centre: Floats

    @classmethod
    def of(cls, inputs: Floats, weights: Floats, form: str) -> _Basis:
        low, high = inputs.min(axis=0), inputs.max(axis=0)
        width = np.where(high > low, high - low, 1.0)
        scaled = (inputs - low) / width
        count = len(scaled)
        rank = min(count, RANK if inputs.shape[1] == 1 else MOST_RANK)
        # From the lowest to the highest of one input; rows are in an order of chance otherwise.
        order = (
            np.argsort(scaled[:, 0], kind="stable") if inputs.shape[1] == 1 else np.arange(count)
        )
        knots = scaled[order[np.linspace(0, count - 1, rank).astype(np.int64)]]
        values, vectors = np.linalg.eigh(_kernel(knots, knots, weights, form))
        kept = values > FLAT * max(float(values.max()), FLAT)
        inverse_root = vectors[:, kept] / np.sqrt(values[kept])
        centre = (_kernel(scaled, knots, weights, form) @ inverse_root).mean(axis=0)
        return cls(form, low, width, weights, knots, inverse_root, centre)

    def at(self, inputs: Floats) -> Floats:
        scaled = (inputs - self.low) / self.width
        found: Floats = (
            _kernel(scaled, self.knots, self.weights, self.form) @ self.inverse_root - self.centre
        )
        return found


def _kernel(x: Floats, y: Floats, weights: Floats, form: str) -> Floats:
    """Return the kernel of points of the unit cube, shape (rows of x, rows of y)."""
    total = np.zeros((len(x), len(y)))
    product = np.ones((len(x), len(y)))
    for j, weight in enumerate(weights.tolist()):
        own = 12.0 * np.outer(x[:, j] - 0.5, y[:, j] - 0.5)
        if form != LINES:
            own += BEND * 12.0 * _cubic_spline(x[:, j], y[:, j])
        total += weight * own
        if form == INTERACTIONS:
            product *= 1.0 + weight * own
    return product - 1.0 if form == INTERACTIONS else total


def _cubic_spline(x: Floats, y: Floats) -> Floats:
    """Return the reproducing kernel of a cubic smoothing spline but for its line (Gu, ch. 2.3)."""
    apart = np.abs(x[:, None] - y[None, :])
    found: Floats = np.outer(_bernoulli2(x), _bernoulli2(y)) - _bernoulli4(apart)
    return found


def _bernoulli2(x: Floats) -> Floats:
    found: Floats = ((x - 0.5) ** 2 - 1.0 / 12.0) / 2.0
    return found


def _bernoulli4(x: Floats) -> Floats:
    found: Floats = ((x - 0.5) ** 4 - (x - 0.5) ** 2 / 2.0 + 7.0 / 240.0) / 24.0
    return found


def fit_smooth(inputs: Floats, payoffs: Floats) -> Smooth:
    """Return payoffs fitted as smooth functions of inputs.

    Parameters
    ----------
    inputs : ndarray, shape (rows, inputs)
        What would be known in each row.
    payoffs : ndarray, shape (rows, payoffs)
        What came of it in each row.
    """
    varying = inputs[:, np.ptp(inputs, axis=0) > 0.0]
    mean = payoffs.mean(axis=0)
    apart = payoffs - mean
    has_spread = apart.std(axis=0) > FLAT * max(float(np.abs(mean).max(initial=0.0)), FLAT)
    if not varying.shape[1] or not has_spread.any() or len(payoffs) < 4:
        return _without_inputs(payoffs, mean)
    kept = np.ptp(inputs, axis=0) > 0.0
    best: tuple[float, _Fit] | None = None
    for form, weights in _forms(varying, apart):
        fit = _Fit.of(_basis_of(inputs, kept, weights, form), inputs, apart)
        if best is None or fit.likelihood > best[0]:
            best = fit.likelihood, fit
    assert best is not None
    return best[1].as_smooth(payoffs, mean)


def _without_inputs(payoffs: Floats, mean: Floats) -> Smooth:
    count = len(payoffs)
    noise = (
        np.atleast_2d(np.cov(payoffs, rowvar=False)) if count > 1 else np.zeros((len(mean),) * 2)
    )
    root = np.full((count, 1), 1.0 / math.sqrt(count))
    return Smooth("", np.tile(mean, (count, 1)), root, noise, 1.0, None, mean, np.zeros((0, 0)))


def _basis_of(inputs: Floats, kept: Floats, weights: Floats, form: str) -> _Basis:
    """Return the functions of all inputs; those that do not vary weigh nothing."""
    whole = np.zeros(inputs.shape[1])
    whole[kept] = weights
    return _Basis.of(inputs, whole, form)


def _forms(inputs: Floats, apart: Floats) -> Iterator[tuple[str, Floats]]:
    """Yield the forms that are tried, with what each input weighs."""
    count = inputs.shape[1]
    even = np.full(count, 1.0 / count)
    yield LINES, even
    if count == 1:
        yield CURVES, even
        return
    # What each tells by itself says how much it may tell beside the others.
    told = np.array([_told_by(inputs[:, [j]], apart) for j in range(count)])
    weights = LEAST_WEIGHT / count + told / max(float(told.sum()), FLAT)
    yield LINES, weights
    yield CURVES, weights
    yield INTERACTIONS, weights


def _told_by(column: Floats, apart: Floats) -> float:
    """Return how much of the spread of the payoffs one input tells by itself."""
    fit = _Fit.of(_Basis.of(column, np.ones(1), CURVES), column, apart)
    return float((fit.fitted**2).sum() / max(float((apart**2).sum()), FLAT))


@dataclass(frozen=True)
class _Fit:
    """A fit with one form and the smoothing that is likeliest."""

    basis: _Basis
    fitted: Floats
    coefficients: Floats
    root: Floats
    shrunk: Floats
    likelihood: float

    @classmethod
    def of(cls, basis: _Basis, inputs: Floats, apart: Floats) -> _Fit:
        functions = basis.at(inputs)
        values, vectors = np.linalg.eigh(functions.T @ functions)
        kept = values > FLAT * max(float(values.max(initial=0.0)), FLAT)
        squares, sizes = values[kept], np.sqrt(values[kept])
        left = functions @ (vectors[:, kept] / sizes)
        along = left.T @ apart
        penalties = max(float(squares.mean()), FLAT) * PENALTIES
        scores = _likelihoods(squares, along, apart, penalties)
        penalty = float(penalties[int(np.argmax(scores))])
        shrunk = squares / (squares + penalty)
        coefficients = vectors[:, kept] @ ((sizes / (squares + penalty))[:, None] * along)
        return cls(
            basis,
            left @ (shrunk[:, None] * along),
            coefficients,
            left * np.sqrt(shrunk),
            shrunk,
            float(scores.max()),
        )

    def as_smooth(self, payoffs: Floats, mean: Floats) -> Smooth:
        count = len(payoffs)
        freedom = 1.0 + float(self.shrunk.sum())
        left_open = payoffs - mean - self.fitted
        noise = left_open.T @ left_open / max(count - freedom, 1.0)
        root = np.column_stack([np.full(count, 1.0 / math.sqrt(count)), self.root])
        return Smooth(
            self.basis.form,
            mean + self.fitted,
            root,
            noise,
            freedom,
            self.basis,
            mean,
            self.coefficients,
        )


def _likelihoods(squares: Floats, along: Floats, apart: Floats, penalties: Floats) -> Floats:
    """Return the logarithm of the restricted likelihood of each penalty, but for constants.

    All payoffs together, for they are smoothed alike.
    """
    total = (apart**2).sum(axis=0)
    has_spread = total > 0.0
    shrunk = squares / (squares + penalties[:, None])
    left_open = total - shrunk @ along**2
    logs = np.log(np.maximum(left_open, 1e-12 * total)[:, has_spread])
    spread = np.log1p(squares / penalties[:, None]).sum(axis=1)
    found: Floats = -0.5 * ((len(apart) - 1) * logs.sum(axis=1) + int(has_spread.sum()) * spread)
    return found
