"""Who is alike: blocks of the same traits, and pairs of the nearest."""

from __future__ import annotations

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.evaluation.designs.sites import Site, trait_of

# A direction in which traits spread this little, against the widest, says nothing of its own.
REPEATED = 1e-12


def pair_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's pair by the named traits; NaN for who is left over.

    Those who are hardest to match are matched first: beginning with who lies farthest from the
    mean, each is paired with the nearest of those who are left, by Mahalanobis distance. Of an odd
    number the one nearest to the mean is left over, whom a pair would tell the least about.
    Source: Greevy, Lu, Silber and Rosenbaum, Biostatistics 5 (2004) 263-275; Bruhn and McKenzie,
    American Economic Journal: Applied Economics 1 (2009) 200-232.
    """
    table = np.column_stack([trait_of(site, name) for name in names])
    return match_pairs(table)


def match_pairs(table: Floats) -> Floats:
    """Return a pair for each row of a table of traits; NaN for the row left over of an odd number.

    Parameters
    ----------
    table : ndarray of float, shape (clients, traits)

    Returns
    -------
    ndarray of float, shape (clients,)
    """
    clients = len(table)
    centred = table - table.mean(axis=0)
    covariance = np.atleast_2d(np.cov(centred, rowvar=False)) if clients > 1 else np.zeros((1, 1))
    values, vectors = np.linalg.eigh(covariance)
    spread = values > REPEATED * max(values.max(), 1e-300)
    # Distances between these columns are those of Mahalanobis.
    columns = centred @ vectors[:, spread] / np.sqrt(values[spread])
    hardest = np.argsort(-(columns**2).sum(axis=1), kind="stable")
    pair = np.full(clients, np.nan)
    left = np.ones(clients, np.bool_)
    for one in hardest:
        if not left[one]:
            continue
        left[one] = False
        others = np.flatnonzero(left)
        if not len(others):
            break
        nearest = others[np.argmin(((columns[others] - columns[one]) ** 2).sum(axis=1))]
        left[nearest] = False
        pair[[one, nearest]] = float(min(one, nearest))
    return pair


def block_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's block: a number for each combination of the named traits."""
    if not names:
        return np.zeros(len(site.eligible))
    table = np.column_stack([trait_of(site, name) for name in names])
    return np.unique(table, axis=0, return_inverse=True)[1].astype(np.float64).ravel()
