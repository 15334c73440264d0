"""Who comes, when, with which traits: the clients of one replication."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints, Uint64s
from pilotsim.base.errors import RequestError
from pilotsim.model.clients import GROUP, PAST, Trait
from pilotsim.model.distributions import Duration
from pilotsim.model.distributions.duration import POINTS
from pilotsim.model.distributions.points import (
    length_biased_quantile_at_points,
    quantile_at_points,
)
from pilotsim.model.distributions.special_functions import normal_quantiles
from pilotsim.model.factors import Factor
from pilotsim.simulation.parameters import Reader
from pilotsim.simulation.resolved import ResolvedFlow, ResolvedGroup, ResolvedStartPlace

ORIGINS = ("stock", "arrivals", "intake")
MAX_CLIENTS = 5_000_000


@dataclass(frozen=True)
class Cohort:
    """The clients of one replication, in client order: by group, origin and number.

    Parameters
    ----------
    seed, replication : int
        The seed.
    group, origin : ndarray of int, shape (clients,)
        Which group, and which of `ORIGINS`.
    number : ndarray of uint64, shape (clients,)
        The client's number within group and origin: with `key`, who the client is in every
        scenario.
    key : ndarray of uint64, shape (clients,)
        The code of group and origin.
    arrives : ndarray of float, shape (clients,)
        In days from the start; 0 for the stock.
    past : ndarray of float, shape (clients,)
        Days already spent on assistance.
    offered_from : ndarray of float, shape (clients,)
        From when the programme may be offered; `inf`: never.
    traits : mapping of str to ndarray of float, shape (clients,)
        1 or 0 for a share, the category's number, or the number itself.
    draws : Draws
        Their chance.
    """

    seed: int
    replication: int
    group: Ints
    origin: Ints
    number: Uint64s
    key: Uint64s
    arrives: Floats
    past: Floats
    offered_from: Floats
    traits: Mapping[str, Floats]
    draws: randomness.Draws

    def __len__(self) -> int:
        return len(self.arrives)

    @classmethod
    def join(cls, cohorts: Sequence[Cohort]) -> Cohort:
        """Return the clients of several replications one after the other.

        Chance stays with the single ones.
        """
        first = cohorts[0]
        columns: dict[str, Any] = {
            one.name: np.concatenate([getattr(cohort, one.name) for cohort in cohorts])
            for one in fields(cls)
            if isinstance(getattr(first, one.name), np.ndarray)
        }
        traits = {
            name: np.concatenate([cohort.traits[name] for cohort in cohorts])
            for name in first.traits
        }
        return replace(first, **columns, traits=traits, draws=no_draws(first.seed))


def no_draws(seed: int) -> randomness.Draws:
    """Return the chance of nobody: what several replications have in one, for each has its own."""
    return randomness.Draws(seed, -1, np.zeros(0, np.uint64), np.zeros(0, np.uint64))


# From when each client may be offered the programme, in days, shape (clients,); `inf`: never. See
# `evaluation.designs`.
Offers = Callable[[Cohort], Floats]


def make_cohort(
    plan: ResolvedFlow, seed: int, replication: int, *, offered: bool | Offers = True
) -> Cohort:
    """Return the clients of a replication.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    seed, replication : int
        The seed.
    offered : bool or Offers
        Whether anyone may be offered the programme, or who from when, but never before the date of
        the client's group; False is the world without it.

    Raises
    ------
    RequestError
        More clients than fit.
    """
    parts = [_members(plan, k, seed, replication) for k in range(len(plan.groups))]
    counts = [sum(len(times) for times in part) for part in parts]
    if sum(counts) > MAX_CLIENTS:
        raise RequestError(
            f"the flow brings {sum(counts):,} clients; at most {MAX_CLIENTS:,} can be simulated at once"
        )
    group = np.repeat(np.arange(len(parts)), counts)
    origin = np.concatenate(
        [np.repeat(np.arange(3), [len(times) for times in part]) for part in parts]
    )
    number = np.concatenate(
        [np.arange(len(times), dtype=np.uint64) for part in parts for times in part]
    )
    codes = np.array([[_key(g.name, o) for o in ORIGINS] for g in plan.groups], np.uint64)
    key = codes[group, origin]
    arrives = np.concatenate([times for part in parts for times in part])
    draws = randomness.Draws(seed, replication, key, number)
    past = _past(plan, group, origin, draws)
    since = (
        np.full(len(group), math.inf)
        if offered is False
        else np.array([g.offered_from for g in plan.groups])[group]
    )
    traits = {
        name: _trait(plan, name, trait, group, origin, draws)
        for name, trait in plan.flow.traits.items()
    }
    traits |= {GROUP: group.astype(np.float64), PAST: past}
    cohort = Cohort(
        seed, replication, group, origin, number, key, arrives, past, since, traits, draws
    )
    return (
        cohort
        if isinstance(offered, bool)
        else replace(cohort, offered_from=offer_times(cohort, offered))
    )


def offer_times(cohort: Cohort, offers: Offers) -> Floats:
    """Return from when each client may be offered the programme: as designed, but not before its group may.

    Raises
    ------
    RequestError
        The design does not say one time for each client.
    """
    designed = np.asarray(offers(cohort), np.float64)
    if designed.shape != (len(cohort),) or np.isnan(designed).any():
        raise RequestError(
            f"a design must say one time of offer for each of {len(cohort):,} clients; found shape {designed.shape}"
        )
    return np.maximum(cohort.offered_from, designed)


def _key(group: str, origin: str) -> int:
    return randomness.code(f"{group}/{origin}")


def _members(
    plan: ResolvedFlow, k: int, seed: int, replication: int
) -> tuple[Floats, Floats, Floats]:
    """Return when the members of a group come: its stock, its arrivals, its intake."""
    group = plan.groups[k]
    if group.stock > MAX_CLIENTS:
        raise RequestError(
            f"the group {group.name} has {group.stock:,} clients; at most {MAX_CLIENTS:,} can be simulated at once"
        )
    return (
        np.zeros(group.stock),
        _arrivals(plan, group, seed, replication),
        np.repeat(np.array(group.intake), group.brings),
    )


def _arrivals(plan: ResolvedFlow, group: ResolvedGroup, seed: int, replication: int) -> Floats:
    """Return arrival times: a Poisson process in its own clock, each client with a gap of its own.

    A higher rate brings the same clients earlier.
    """
    if group.rate is None:
        return np.zeros(0)
    starts = (*group.rate.times, plan.horizon)
    expected = sum(
        rate * max(0.0, b - a)
        for rate, a, b in zip(group.rate.numbers, starts, starts[1:], strict=False)
    )
    if expected > MAX_CLIENTS:
        raise RequestError(
            f"about {expected:,.0f} clients would arrive in {group.name}; at most {MAX_CLIENTS:,} can be simulated"
        )
    times: list[float] = []
    reached, block = 0.0, 0
    while True:
        for gap in _gaps(group.name, block, seed, replication):
            reached -= math.log(gap)
            time = arrival_time(reached, group.rate.times, group.rate.numbers, plan.horizon)
            if time >= plan.horizon:
                return np.array(times)
            times.append(time)
        block += 1


def _gaps(group: str, block: int, seed: int, replication: int) -> list[float]:
    """Return a uniform number for each of the next 64 arrivals of a group."""
    numbers = np.arange(64 * block, 64 * (block + 1), dtype=np.uint64)
    keys = np.full(64, _key(group, "arrivals"), np.uint64)
    return [
        float(u)
        for u in randomness.uniforms(
            seed, replication, keys, numbers, randomness.code("arrival"), 0
        )[:, 0]
    ]


def arrival_time(
    reached: float, times: tuple[float, ...], rates: tuple[float, ...], horizon: float
) -> float:
    """Return when the accumulated arrival rate reaches an amount; `inf` if not before the horizon."""
    for k, rate in enumerate(rates):
        end = times[k + 1] if k + 1 < len(times) else horizon
        if rate > 0.0 and reached <= rate * (end - times[k]):
            return times[k] + reached / rate
        reached -= rate * (end - times[k])
    return math.inf


def _past(plan: ResolvedFlow, group: Ints, origin: Ints, draws: randomness.Draws) -> Floats:
    past = np.zeros(len(group))
    u = draws.block(randomness.code("past"))[:, 0] if any(g.past for g in plan.groups) else past
    for k, one in enumerate(plan.groups):
        if one.past is not None:
            for client in np.flatnonzero((group == k) & (origin == 0)):
                past[client] = draw_duration(one.past, plan.reader, float(u[client]))
    return past


def _trait(
    plan: ResolvedFlow,
    name: str,
    trait: Trait,
    group: Ints,
    origin: Ints,
    draws: randomness.Draws,
) -> Floats:
    u = draws.block(randomness.code(f"trait/{name}"))[:, 0]
    number = plan.reader.number
    if trait.share is not None:
        own = [(trait.groups or {}).get(g.name, trait.share) for g in plan.groups]
        shares = np.array([[number(share.stock), number(share.arrivals)] for share in own])
        return (u < shares[group, (origin > 0).astype(np.int64)]).astype(np.float64)
    if trait.categories is not None:
        limits = np.cumsum([number(share) for share in trait.categories.values()])
        return np.asarray(np.searchsorted(limits[:-1], u * limits[-1], side="right"), np.float64)
    if trait.normal is not None:
        middle, spread = trait.normal
        return number(middle) + number(spread) * normal_quantiles(u)
    assert trait.days is not None
    return np.array([draw_duration(trait.days, plan.reader, float(one)) for one in u])


def draw_duration(duration: Duration, reader: Reader, u: float) -> float:
    """Return a client's duration, in days or working days, from its uniform number."""
    if duration.slowest_of is not None:
        parts = reader.number(duration.slowest_of)
        u = u ** (1.0 / parts) if parts > 0 else 0.5
    numbers = [reader.number(value) for value in duration.parameters]
    if duration.family == POINTS:
        slots = range(len(numbers))
        return quantile_at_points(duration.probabilities, slots, numbers, 0, u)
    return duration.law.quantile(*numbers, u)


def draw_residual(duration: Duration, reader: Reader, u: float, v: float) -> float:
    """Return what is left of a duration that a client is in the midst of, in a steady state.

    Parameters
    ----------
    duration : Duration
        One of a family, or a table of quantiles.
    reader : Reader
        The numbers of its parameters.
    u, v : float
        Uniform numbers: which duration, and how much of it is left; see `residual_life`.
    """
    numbers = [reader.number(value) for value in duration.parameters]
    if duration.family == POINTS:
        slots = range(len(numbers))
        return v * length_biased_quantile_at_points(
            duration.probabilities, slots, numbers, 0, len(numbers), u
        )
    return v * duration.law.length_biased_quantile(*numbers, u)


def place_of(places: Sequence[ResolvedStartPlace], u: float) -> ResolvedStartPlace:
    """Return where a client of the stock is at the start, from its uniform number.

    Shares are divided by their sum.
    """
    given = 0.0
    for place in places:
        given += 0.0 if place.share is None else place.share
    rest = max(0.0, 1.0 - given)
    weights = [rest if place.share is None else place.share for place in places]
    total, reached = 0.0, 0.0
    for weight in weights:
        total += weight
    for place, weight in zip(places, weights, strict=True):
        reached += weight
        if u * total < reached:
            return place
    return places[-1]


def client_factor(
    plan: ResolvedFlow, cohort: Cohort, factors: Mapping[str, Factor], client: int
) -> float:
    """Return the product of the factors that a client's traits put on a speed or a share.

    A factor counts to the power of the trait's number: all but those of 0 and 1 by one exponential
    of a sum of logarithms.
    """
    product, exponent = 1.0, 0.0
    for name, factor in factors.items():
        found = float(cohort.traits[name][client])
        if factor.value is None:
            category = category_name(plan, name, found)
            product *= (
                plan.reader.number(factor.categories[category])
                if category in factor.categories
                else 1.0
            )
            continue
        base = plan.reader.number(factor.value)
        if found == 1.0 or (base == 0.0 and found > 0.0):
            product *= base
        elif found != 0.0 and base != 0.0:
            exponent += found * math.log(base)
    return product if exponent == 0.0 else product * math.exp(exponent)


def category_name(plan: ResolvedFlow, trait: str, found: float) -> str:
    """Return the name of the category that a trait's number stands for."""
    if trait == GROUP:
        return plan.groups[int(found)].name
    return list(plan.flow.traits[trait].categories or ())[int(found)]
