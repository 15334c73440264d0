"""A surrogate of the simulator: expected outputs as quadratic functions of the parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats


@dataclass(frozen=True)
class Surrogate:
    """Quadratic functions fitted to a design of simulated points.

    Parameters
    ----------
    coefficients : ndarray, shape (terms, outputs)
        Of 1, each parameter, each product of two.
    error : ndarray, shape (outputs,)
        The standard deviation of what the function misses at a point that it was not fitted to
        (leave one out).
    """

    coefficients: Floats
    error: Floats

    @classmethod
    def fit(cls, points: Floats, outputs: Floats) -> Surrogate:
        """Return the functions nearest to simulated means.

        Parameters
        ----------
        points : ndarray, shape (points, parameters)
            In the unit cube.
        outputs : ndarray, shape (points, outputs)
            The mean of each output over the replications of each point.
        """
        terms = _terms(points)
        coefficients, *_ = np.linalg.lstsq(terms, outputs, rcond=None)
        leverage = np.einsum("ij,ji->i", terms, np.linalg.pinv(terms))
        # What a point is missed by when it is left out (Allen's PRESS, 1974), from a single fit.
        missed = (outputs - terms @ coefficients) / np.maximum(1.0 - leverage, 1e-3)[:, None]
        return cls(np.asarray(coefficients, np.float64), np.sqrt(np.mean(missed**2, axis=0)))

    def at(self, points: Floats) -> Floats:
        """Return the outputs expected at points of the unit cube, shape (points, outputs)."""
        return np.asarray(_terms(points) @ self.coefficients, np.float64)


def count_terms(parameters: int) -> int:
    """Return the number of coefficients of a quadratic function of some parameters."""
    return (parameters + 1) * (parameters + 2) // 2


def _terms(points: Floats) -> Floats:
    """Return 1, each parameter and each product at each point, shape (points, terms).

    Parameters counted from the middle.
    """
    x = 2.0 * points - 1.0
    products = [x[:, j] * x[:, k] for j in range(x.shape[1]) for k in range(j, x.shape[1])]
    return np.column_stack([np.ones(len(x)), x, *products])
