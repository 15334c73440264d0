"""Ways on whose shares differ by trait: odds that the sketch names, or that lower the BIC."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.statistics import critical_value
from pilotsim.learning.ends import LearnedFrom
from pilotsim.learning.learned import (
    LEAST_EVENTS,
    LEVEL,
    LearnedPart,
    LearnedValue,
    antithetic_normals,
)
from pilotsim.learning.multinomial import ShareFit, fit_shares
from pilotsim.learning.seen_traits import TraitColumn, candidates, columns_of, stack

__all__ = ["Forks", "learn_odds"]


@dataclass(frozen=True)
class Forks:
    """Who went which way on from a stage.

    Parameters
    ----------
    stage : str
        The stage.
    ways : tuple of str
        The ways on.
    rest : int
        The way that takes the rest, against which the odds of the others count.
    rows : ndarray of int, shape (clients,)
        Stays that ended there.
    way : ndarray of int, shape (clients,)
        The way that each took.
    """

    stage: str
    ways: tuple[str, ...]
    rest: int
    rows: Ints
    way: Ints


# The odds of a way by what is known of a client.
_Term = tuple[int, TraitColumn]


def learn_odds(given: LearnedFrom, forks: Forks) -> LearnedPart | None:
    """Return shares with odds by trait; None where none is named and none matters, or none fits.

    The shares are those of a client whose traits are all 0.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    forks : Forks
        Who went which way.
    """
    routes = given.flow.stages[forks.stage].next or {}
    named = [
        (k, column)
        for k, way in enumerate(forks.ways)
        for column in columns_of(routes[way].odds, given.stays)
    ]
    terms = [*named, *_that_matter(given, forks, named)]
    if not terms or len(forks.rows) < LEAST_EVENTS * (len(forks.ways) - 1 + len(terms)):
        return None
    fit = _fit(forks, terms, terms)
    return None if fit is None else _part(given, forks, fit, terms, len(named))


def _that_matter(given: LearnedFrom, forks: Forks, named: list[_Term]) -> list[_Term]:
    """Return the odds by other traits that lower the BIC, the best trait first."""
    routes = given.flow.stages[forks.stage].next or {}
    own = {name: factor for way in forks.ways for name, factor in routes[way].odds.items()}
    left = [
        [(k, column) for column in columns for k in range(len(forks.ways)) if k != forks.rest]
        for columns in candidates(given.flow, given.stays, own)
    ]
    taken: list[_Term] = []
    while left:
        gains = []
        for more in left:
            terms = [*named, *taken, *more]
            enough = len(forks.rows) >= LEAST_EVENTS * (len(forks.ways) - 1 + len(terms))
            with_it = _fit(forks, terms, terms) if enough else None
            without = _fit(forks, [*named, *taken], terms)
            gain = -1.0
            if with_it is not None and without is not None:
                gain = without.bic - with_it.bic
            gains.append(gain)
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        taken += left.pop(best)
    return taken


def _fit(forks: Forks, terms: list[_Term], known_of: list[_Term]) -> ShareFit | None:
    """Return the weights of ways, of the clients of whom all traits of some terms are known."""
    columns = [column for _, column in known_of]
    kept = stack(columns, len(columns[0].numbers))[1][forks.rows]
    traits = np.zeros((int(kept.sum()), len(terms)))
    for place, (_, column) in enumerate(terms):
        traits[:, place] = column.numbers[forks.rows][kept]
    # Clients alike in everything are one cell.
    cells, cell = np.unique(traits, axis=0, return_inverse=True)
    counts = np.zeros((len(cells), len(forks.ways)))
    np.add.at(counts, (cell.reshape(-1), forks.way[kept]), 1.0)
    others = [k for k in range(len(forks.ways)) if k != forks.rest]
    design = np.zeros((len(cells), len(forks.ways), len(others) + len(terms)))
    for place, k in enumerate(others):
        design[:, k, place] = 1.0
    for place, (k, _) in enumerate(terms):
        design[:, k, len(others) + place] = cells[:, place]
    return fit_shares(counts, design)


def _part(
    given: LearnedFrom, forks: Forks, fit: ShareFit, terms: list[_Term], named: int
) -> LearnedPart:
    path = f"stages.{forks.stage}.next"
    others = [way for k, way in enumerate(forks.ways) if k != forks.rest]
    size, z = len(others), critical_value(LEVEL)
    normals = antithetic_normals(given.seed, path, len(fit.point))
    points = fit.point + normals @ np.linalg.cholesky(fit.covariance).T
    rows = np.concatenate([_shares(points[:, :size]), np.exp(points[:, size:])], axis=1)
    values = []
    for k, way in enumerate(others):
        middle = float(rows[0, k])
        half = z * _error_of_logit(rows[0, :size], k, fit.covariance[:size, :size])
        logit = math.log(middle / (1.0 - middle))
        low, high = (1.0 / (1.0 + math.exp(-logit - move)) for move in (-half, half))
        own = f"{path}.{way}"
        values.append(LearnedValue(own, "share", middle, low, high, given.flow.values.get(own)))
    for place, (k, column) in enumerate(terms, start=size):
        half = z * math.sqrt(fit.covariance[place, place])
        low, middle, high = (math.exp(fit.point[place] + move) for move in (-half, 0.0, half))
        own = f"{path}.{forks.ways[k]}.odds.{column.path}"
        values.append(LearnedValue(own, "number", middle, low, high, given.flow.values.get(own)))
    return LearnedPart(
        f"learned_ways_{forks.stage}",
        "shares",
        forks.stage,
        tuple(values),
        rows,
        int(fit.clients),
        matters=tuple(dict.fromkeys(column.path for _, column in terms[named:])),
    )


def _shares(points: Floats) -> Floats:
    """Return the shares of all ways but the rest, of a client whose traits are all 0."""
    weights = np.exp(points)
    return np.asarray(weights / (1.0 + weights.sum(axis=1, keepdims=True)))


def _error_of_logit(shares: Floats, k: int, covariance: Floats) -> float:
    """Return the standard error of the logarithm of a share's odds (delta method)."""
    slope = -shares / (1.0 - shares[k])
    slope[k] = 1.0
    return math.sqrt(float(slope @ covariance @ slope))
