"""Shares of ways on, and of traits, learned: counts with a beta or Dirichlet posterior.

With half a client added to each way (Jeffreys' prior), whose intervals hold the truth as often as
they say also where shares are small.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.special import betaincinv, gammaincinv

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.messages import Message
from pilotsim.base.randomness import uniform_table
from pilotsim.learning.ends import FINISH, LearnedFrom
from pilotsim.learning.learned import (
    LEAST_EVENTS,
    LEVEL,
    ROWS,
    LearnedPart,
    LearnedValue,
    LeftOpen,
)
from pilotsim.learning.odds_parts import Forks, learn_odds
from pilotsim.learning.seen_traits import unseen
from pilotsim.model.clients import HOME
from pilotsim.model.flow import Flow

__all__ = ["learn_shares", "learn_traits", "share_interval", "share_rows"]

PRIOR = 0.5


def share_interval(count: float, total: float, ways: int = 2) -> tuple[float, float]:
    """Return the interval of a share by a beta posterior.

    Parameters
    ----------
    count, total : float
        How many of how many.
    ways : int
        Among how many ways they are shared out.
    """
    own, others = count + PRIOR, total - count + PRIOR * (ways - 1)
    ends = (0.5 - LEVEL / 2.0, 0.5 + LEVEL / 2.0)
    low, high = (float(betaincinv(own, others, end)) for end in ends)
    return (0.0 if count == 0 else low, 1.0 if count == total else high)


def share_rows(counts: Floats, seed: int, purpose: str) -> Floats:
    """Return shares that agree with counts, shape (rows, ways): the expected ones first.

    Parameters
    ----------
    counts : ndarray of float, shape (ways,)
        How many took each way.
    seed : int
        The seed.
    purpose : str
        What the rows are for.
    """
    weights = counts + PRIOR
    uniform = uniform_table(seed, f"learning/{purpose}", ROWS, len(counts))
    parts = gammaincinv(weights, uniform)
    drawn = parts / parts.sum(axis=1, keepdims=True)
    return np.concatenate([(weights / weights.sum())[None, :], drawn])


def learn_shares(given: LearnedFrom, name: str) -> LearnedPart | LeftOpen | None:
    """Return the shares of the ways on from a stage; None where there is one way alone.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The stage.
    """
    stays, ends, flow = given.stays, given.ends, given.flow
    routes = flow.stages[name].next or {}
    if len(routes) < 2:
        return None
    path = f"stages.{name}.next"
    hidden = [name for route in routes.values() for name in unseen(route.odds, stays)]
    if hidden:
        return LeftOpen(
            path, Message("differs by '{trait}', which the register does not show", trait=hidden[0])
        )
    if FINISH in ends.doubtful.get(name, ()):
        return LeftOpen(
            path,
            Message(
                "may have ended in two ways that lead to the same stage; a column 'cause' would "
                "tell"
            ),
        )
    finished = np.flatnonzero((stays.stage == stays.stages.index(name)) & ends.are(FINISH))
    way = _way_taken(stays.following_names()[finished], flow, tuple(routes))
    finished, way = finished[way >= 0], way[way >= 0]
    counts = np.bincount(way, minlength=len(routes)).astype(np.float64)
    total = float(counts.sum())
    if total < LEAST_EVENTS * (len(routes) - 1):
        return LeftOpen(
            path,
            Message(
                "{count:,} stays ended, and {least:,} are needed",
                count=int(total),
                least=LEAST_EVENTS * (len(routes) - 1),
            ),
        )
    ways = list(routes)
    rest = next(
        (way for way, route in routes.items() if route.share is None), ways[int(counts.argmax())]
    )
    forks = Forks(name, tuple(ways), ways.index(rest), finished, way)
    by_trait = learn_odds(given, forks)
    if by_trait is not None:
        return by_trait
    if any(route.odds for route in routes.values()):
        return LeftOpen(path, Message("its odds by trait cannot be told apart"))
    told = [k for k, one in enumerate(ways) if one != rest]
    rows = share_rows(counts, given.seed, path)
    values = []
    for k in told:
        low, high = share_interval(counts[k], total, len(ways))
        before = flow.values.get(f"{path}.{ways[k]}")
        values.append(
            LearnedValue(f"{path}.{ways[k]}", "share", float(rows[0, k]), low, high, before)
        )
    return LearnedPart(
        f"learned_ways_{name}", "shares", name, tuple(values), rows[:, told], int(total)
    )


def _way_taken(after: np.ndarray, flow: Flow, ways: tuple[str, ...]) -> Ints:
    """Return which way each took by the stage that followed; -1 for none of them."""
    homes = sorted({one.starts_in for one in flow.groups.values()})
    found = np.full(len(after), -1, np.int64)
    for k, way in enumerate(ways):
        found[np.isin(after.astype(str), homes if way == HOME else [way])] = k
    return found


def learn_traits(given: LearnedFrom, name: str) -> LearnedPart | LeftOpen | None:
    """Return the share of clients that have a trait; None where the register does not show it.

    Of those who come: the clients whose first stay begins while the register looks. A trait whose
    share differs between groups, or between stock and arrivals, is left as it is.

    Parameters
    ----------
    given : LearnedFrom
        The register and the sketch.
    name : str
        The trait.
    """
    stays, flow = given.stays, given.flow
    trait = flow.traits[name]
    path = f"traits.{name}"
    if name not in stays.traits:
        return None
    if trait.groups or (trait.share is not None and trait.share.stock is not trait.share.arrivals):
        return LeftOpen(path, Message("differs between groups, or between stock and arrivals"))
    coming = stays.is_first & (stays.entered > max(stays.begins, -math.inf))
    column = stays.traits[name][coming]
    if trait.share is not None:
        known = column[~np.isnan(column)]
        counts = np.array([float((known == 1).sum()), float((known != 1).sum())])
        keys, told = ["share"], [0]
    elif trait.categories is not None:
        names = list(trait.categories)
        counts = np.array([float((column == one).sum()) for one in names])
        keys, told = [f"categories.{one}" for one in names], list(range(len(names)))
    else:
        return LeftOpen(path, Message("is a number, of which the register shows no shares"))
    total = float(counts.sum())
    if total < LEAST_EVENTS * max(1, len(counts) - 1):
        return LeftOpen(
            path,
            Message(
                "{count:,} clients came, and {least:,} are needed",
                count=int(total),
                least=LEAST_EVENTS * max(1, len(counts) - 1),
            ),
        )
    if trait.categories is not None:
        # Shares of categories have no rest: they are held at what was found, which adds up.
        shares = counts / total
        values = tuple(
            LearnedValue(
                f"{path}.{keys[k]}",
                "share",
                float(shares[k]),
                *share_interval(counts[k], total, len(counts)),
                flow.values.get(f"{path}.{keys[k]}"),
            )
            for k in told
        )
        return LearnedPart(
            f"learned_trait_{name}", "trait", name, values, np.zeros((0, len(told))), int(total)
        )
    rows = share_rows(counts, given.seed, path)[:, told]
    low, high = share_interval(counts[0], total)
    value = LearnedValue(
        f"{path}.share", "share", float(rows[0, 0]), low, high, flow.values.get(f"{path}.share")
    )
    return LearnedPart(f"learned_trait_{name}", "trait", name, (value,), rows, int(total))
