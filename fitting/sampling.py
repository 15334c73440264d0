"""Drawing from the posterior by emcee, and whether the draws can be trusted.

emcee (Foreman-Mackey, Hogg, Lang and Goodman 2013) moves an ensemble of walkers by differences of
others, so that no scale needs tuning. Several ensembles start apart from each other: what they
disagree on has not been found yet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import emcee
import numpy as np

from fitting.chain import Floats
from fitting.prior import MIDDLE, NAMES, SD
from pilotsim.base.randomness import code, words


@dataclass(frozen=True)
class Effort:
    """How long is drawn.

    Attributes
    ----------
    ensembles, walkers : int
        So many ensembles, each of so many walkers.
    burn_in, steps : int
        Steps thrown away, and steps kept, of every walker.
    """

    ensembles: int = 4
    walkers: int = 64
    burn_in: int = 1000
    steps: int = 1500


@dataclass(frozen=True)
class Draws:
    """What was drawn under one reading.

    Attributes
    ----------
    positions : ndarray, shape (ensembles, steps, walkers, parameters)
        On the sampler's scale.
    acceptance : float
        The share of proposals accepted.
    autocorrelation : ndarray, shape (parameters,)
        How many steps make one independent draw (emcee's integrated autocorrelation time).
    r_hat : ndarray, shape (parameters,)
        Split R-hat: the spread between halves of ensembles against that within them.
    effective : ndarray, shape (parameters,)
        How many independent draws all of them are worth.
    """

    positions: Floats
    acceptance: float
    autocorrelation: Floats
    r_hat: Floats
    effective: Floats

    def thinned(self, rows: int) -> Floats:
        """Return so many positions, evenly over ensembles, steps and walkers."""
        ensembles, steps, walkers, parameters = self.positions.shape
        every = self.positions.transpose(0, 2, 1, 3).reshape(-1, parameters)
        chosen = (np.arange(rows) + 0.5) * (ensembles * steps * walkers / rows)
        return every[chosen.astype(int)]


def draw(log_density: Callable[[Floats], Floats], seed: int, effort: Effort) -> Draws:
    """Draw from a density, each ensemble by random numbers of its own.

    Parameters
    ----------
    log_density : callable
        From positions of shape (n, parameters) to log densities of shape (n,).
    seed : int
        Of all random numbers.
    effort : Effort
        How long.
    """
    found = [_ensemble(log_density, seed, number, effort) for number in range(effort.ensembles)]
    positions = np.stack([chain for chain, _, _ in found])
    acceptance = float(np.mean([accepted for _, accepted, _ in found]))
    autocorrelation = np.mean([tau for _, _, tau in found], axis=0)
    total = effort.ensembles * effort.walkers * effort.steps
    return Draws(
        positions, acceptance, autocorrelation, split_r_hat(positions), total / autocorrelation
    )


def _ensemble(
    log_density: Callable[[Floats], Floats], seed: int, number: int, effort: Effort
) -> tuple[Floats, float, Floats]:
    chance = np.random.RandomState(
        [word >> 32 for word in words((seed, number), (0, code("fitting/ensemble"), 0, 0))]
    )
    start = MIDDLE + 0.5 * SD * chance.standard_normal((effort.walkers, len(NAMES)))
    moves = [(emcee.moves.DEMove(), 0.8), (emcee.moves.DESnookerMove(), 0.2)]
    sampler = emcee.EnsembleSampler(
        effort.walkers, len(NAMES), log_density, moves=moves, vectorize=True
    )
    settled = sampler.run_mcmc(
        emcee.State(start, random_state=chance.get_state()), effort.burn_in, progress=False
    )
    sampler.reset()
    sampler.run_mcmc(settled, effort.steps, progress=False)
    tau = sampler.get_autocorr_time(tol=0)
    return sampler.get_chain(), float(np.mean(sampler.acceptance_fraction)), tau


def split_r_hat(positions: Floats) -> Floats:
    """Return split R-hat of each parameter: 1 where halves of all ensembles agree.

    Parameters
    ----------
    positions : ndarray, shape (ensembles, steps, walkers, parameters)
        The draws.
    """
    ensembles, steps, walkers, parameters = positions.shape
    half = steps // 2
    split = positions[:, : 2 * half].reshape(2 * ensembles, half * walkers, parameters)
    within = split.var(axis=1, ddof=1).mean(axis=0)
    between = split.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt(1 + between / within)
