"""Who is alike: blocks of the same traits, and pairs of the nearest."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.evaluation.designs.sites import Site, trait_of

# A trait of whose squares this little is left once others are taken out says nothing of its own.
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
    columns = uncorrelated(table) or [np.zeros(clients)]
    hardest = np.argsort(-_squares(columns), kind="stable")
    pair = np.full(clients, np.nan)
    left = np.ones(clients, np.bool_)
    for one in hardest:
        if not left[one]:
            continue
        left[one] = False
        others = np.flatnonzero(left)
        if not len(others):
            break
        nearest = others[np.argmin(_squares([own[others] - own[one] for own in columns]))]
        left[nearest] = False
        pair[[one, nearest]] = float(min(one, nearest))
    return pair


def uncorrelated(table: Floats) -> list[Floats]:
    """Return columns of unit length, none of which says what another does.

    Distances between rows of these are those of Mahalanobis, but for a factor. Traits are taken in
    turn, the one that the others leave the most of first, and twice, so that nothing is lost of
    traits that are nearly alike (Björck, Numerical methods for least squares problems, SIAM 1996,
    section 2.4); one that follows from others is left out. All of it is plain arithmetic in a fixed
    order, so that pairs are the same on every machine.

    Parameters
    ----------
    table : ndarray of float, shape (clients, traits)

    Returns
    -------
    list of ndarray of float, shape (clients,)
        As many as traits that say something of their own.
    """
    left = [own - math.fsum(own) / max(1, len(own)) for own in table.T]
    whole = [_inner(own, own) for own in left]
    found: list[Floats] = []
    while left:
        parts = [
            _inner(own, own) / square if square > 0.0 else 0.0
            for own, square in zip(left, whole, strict=True)
        ]
        first = parts.index(max(parts))
        own = left.pop(first)
        whole.pop(first)
        if not parts[first] > REPEATED:
            break
        for one in found:
            own = own - _inner(one, own) * one
        column = own / math.sqrt(_inner(own, own))
        found.append(column)
        left = [other - _inner(column, other) * column for other in left]
    return found


def _inner(one: Floats, other: Floats) -> float:
    """Return the sum of products, rounded once."""
    return math.fsum(one * other)


def _squares(columns: Sequence[Floats]) -> Floats:
    """Return the sum of squares of each row, one column after the other."""
    return sum((own * own for own in columns[1:]), columns[0] * columns[0])


def block_numbers(site: Site, names: tuple[str, ...]) -> Floats:
    """Return each eligible client's block: a number for each combination of the named traits."""
    if not names:
        return np.zeros(len(site.eligible))
    table = np.column_stack([trait_of(site, name) for name in names])
    return np.unique(table, axis=0, return_inverse=True)[1].astype(np.float64).ravel()
