"""Who comes, when, with which traits: the clients of one replication."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Floats, Ints, Uint64s, seal
from pilotsim.base.elementary import exp, log, normal_quantile, power
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.ticks import TICKS_PER_DAY, nearest_tick, on_ticks, to_days
from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.distributions.points import (
    length_biased_quantile_at_points,
    quantile_at_points,
)
from pilotsim.simulation.compile import ORIGINS
from pilotsim.simulation.copula import as_uniform, correlation_of_places, part_of_its_own
from pilotsim.simulation.flow_columns import CATEGORIES, NORMAL, SHARE
from pilotsim.simulation.resolved import (
    ResolvedCount,
    ResolvedFactor,
    ResolvedFlow,
    ResolvedGroup,
    ResolvedLength,
    ResolvedStartPlace,
)

MAX_CLIENTS = 5_000_000


@dataclass(frozen=True)
class Cohort:
    """The clients of one replication, in client order: by group, origin and number.

    Columns are read-only: other replications and what has been worked out may rest on them.

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
        Their random numbers.
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

    def __post_init__(self) -> None:
        seal(one for one in vars(self).values() if isinstance(one, np.ndarray))
        seal(self.traits.values())

    def __len__(self) -> int:
        return len(self.arrives)

    def trait(self, name: str, client: int) -> float:
        """Return a client's number for a trait."""
        return float(self.traits[name][client])

    @classmethod
    def join(cls, cohorts: Sequence[Cohort]) -> Cohort:
        """Return the clients of several replications one after the other.

        They have no random numbers: those stay with the single cohorts.
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
    """Return the draws of no client, for several replications in one: each has its own draws."""
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
            Message(
                "the flow brings {count:,} clients; at most {most:,} can be simulated at once",
                count=sum(counts),
                most=MAX_CLIENTS,
            )
        )
    group = np.repeat(np.arange(len(parts)), counts)
    origins = np.arange(len(ORIGINS))
    origin = np.concatenate([np.repeat(origins, [len(times) for times in part]) for part in parts])
    number = np.concatenate(
        [np.arange(len(times), dtype=np.uint64) for part in parts for times in part]
    )
    codes = np.array([one.codes for one in plan.groups], np.uint64)
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
        name: _trait(plan, number, group, origin, draws)
        for number, name in enumerate(plan.flow.traits)
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
    """Return the earliest time that each client may be offered the programme, shape (clients,).

    It is the time that the design says, but not before the client's group may be offered it; in
    days, `inf` for never.

    Raises
    ------
    RequestError
        The design does not say one time for each client.
    """
    designed = np.asarray(offers(cohort), np.float64)
    if designed.shape != (len(cohort),) or np.isnan(designed).any():
        raise RequestError(
            Message(
                "a design must say one time of offer for each of {count:,} clients; found shape "
                "{found}",
                count=len(cohort),
                found=str(designed.shape),
            )
        )
    return on_ticks(np.maximum(cohort.offered_from, designed))


def _members(
    plan: ResolvedFlow, k: int, seed: int, replication: int
) -> tuple[Floats, Floats, Floats]:
    """Return when the members of a group come, in days: its stock, its arrivals, its intake."""
    group = plan.groups[k]
    if group.stock > MAX_CLIENTS:
        raise RequestError(
            Message(
                "the group {group} has {stock:,} clients; at most {most:,} can be simulated at "
                "once",
                group=group.name,
                stock=group.stock,
                most=MAX_CLIENTS,
            )
        )
    return (
        np.zeros(group.stock),
        _arrivals(plan, k, seed, replication),
        np.repeat(np.array(group.intake), group.brings),
    )


def _arrivals(plan: ResolvedFlow, k: int, seed: int, replication: int) -> Floats:
    """Return arrival times: gaps in a clock of their own, each client with one of its own.

    They are those of a Poisson process, or of another law.

    A higher rate brings the same clients earlier. The rate is added up in ticks at 1 a day.
    """
    group = plan.in_ticks.groups[k]
    end = plan.in_ticks.horizon
    if group.counts:
        return _counted(group, end, seed, replication)
    if group.rate is None:
        return np.zeros(0)
    starts = (*group.rate.times, end)
    expected = to_days(
        math.fsum(
            rate * max(0.0, b - a)
            for rate, a, b in zip(group.rate.numbers, starts, starts[1:], strict=False)
        )
    )
    if expected > MAX_CLIENTS:
        raise RequestError(
            Message(
                "about {expected:,.0f} clients would arrive in {group}; at most {most:,} can be "
                "simulated",
                expected=expected,
                group=group.name,
                most=MAX_CLIENTS,
            )
        )
    times: list[float] = []
    reached = 0.0
    place = 0
    block = 0
    while True:
        for gap in _gaps(group, block, seed, replication):
            reached += gap
            time, left, at = arrival_time(reached, group.rate.times, group.rate.numbers, end, place)
            if group.by_week:
                # A week has many rates: the next client is looked for from here on.
                reached = left
                place = at
            if time >= end:
                return to_days(np.array(times))
            times.append(time)
        block += 1


def _counted(group: ResolvedGroup, horizon: float, seed: int, replication: int) -> Floats:
    """Return arrival times: in each period as many as were counted, in the order of time.

    Each client comes after so much of what the one before has left of the hours that is left to the
    first of as many as are left, had they come at any time independently of each other.
    """
    code = group.codes[ORIGINS.index("arrivals")]
    purpose = randomness.code("arrival")
    found: list[float] = []
    for one in group.counts:
        left = 1.0
        for others in range(one.clients, 0, -1):
            time = one.begin
            if one.end > one.begin:
                u = randomness.uniform(seed, replication, code, len(found), purpose, 0)
                left *= power(u, 1.0 / others)
                time = time_in_hours(one, 1.0 - left)
            if not time < horizon:
                return to_days(np.array(found))
            found.append(time)
    return to_days(np.array(found))


def time_in_hours(period: ResolvedCount, share: float) -> float:
    """Return when a share of a period's weighted hours is over: the nearest tick in them.

    Of hours without any weight, all count alike.

    Parameters
    ----------
    period : ResolvedCount
        In ticks.
    share : float
        Of its hours, by weight.
    """
    ends = (*period.times[1:], period.end)
    total = 0.0
    for begin, end, weight in zip(period.times, ends, period.weights, strict=True):
        total += weight * (end - begin)
    if total <= 0.0:
        return min(
            nearest_tick(period.begin + share * (period.end - period.begin)), period.end - 1.0
        )
    reached = share * total
    last = period.end
    for begin, end, weight in zip(period.times, ends, period.weights, strict=True):
        if weight > 0.0:
            last = end
            if reached <= weight * (end - begin):
                return min(nearest_tick(begin + reached / weight), end - 1.0)
            reached -= weight * (end - begin)
    return last - 1.0


def _gaps(group: ResolvedGroup, block: int, seed: int, replication: int) -> list[float]:
    """Return the gap before each of the next 64 arrivals of a group, in ticks at 1 a day.

    The first of all is what is left of one in equilibrium.
    """
    numbers = np.arange(64 * block, 64 * (block + 1), dtype=np.uint64)
    keys = np.full(64, group.codes[ORIGINS.index("arrivals")], np.uint64)
    purpose = randomness.code("arrival")
    drawn = randomness.uniforms(seed, replication, keys, numbers, purpose, 0).tolist()
    law = group.gaps
    if law is None:
        return [-log(u) * TICKS_PER_DAY for u, *_ in drawn]
    gaps = [draw_duration(law, u) * TICKS_PER_DAY for u, *_ in drawn]
    if block == 0:
        u, v, *_ = drawn[0]
        gaps[0] = v * draw_length_biased(law, u) * TICKS_PER_DAY
    return gaps


def arrival_time(
    reached: float,
    times: tuple[float, ...],
    rates: tuple[float, ...],
    horizon: float,
    place: int = 0,
) -> tuple[float, float, int]:
    """Return when the accumulated rate reaches an amount; `inf` if not before the horizon.

    It is the nearest tick, the later of two. Beside it what of the amount was reached at the last
    rate, and which one that is.

    Parameters
    ----------
    reached : float
        The amount since the rate at this place began, in ticks at a rate of 1 a day.
    times : tuple of float
        When each rate begins, in ticks.
    rates : tuple of float
        Arrivals per day.
    horizon : float
        In ticks.
    place : int
        The rate to begin with.
    """
    for k in range(place, len(rates)):
        rate = rates[k]
        end = times[k + 1] if k + 1 < len(times) else horizon
        if rate > 0.0 and reached <= rate * (end - times[k]):
            return nearest_tick(times[k] + reached / rate), reached, k
        reached -= rate * (end - times[k])
    return math.inf, reached, len(rates)


def _past(plan: ResolvedFlow, group: Ints, origin: Ints, draws: randomness.Draws) -> Floats:
    past = np.zeros(len(group))
    u = draws.block(randomness.code("past"))[:, 0] if any(g.past for g in plan.groups) else past
    for k, one in enumerate(plan.groups):
        if one.past is not None:
            for client in np.flatnonzero((group == k) & (origin == 0)):
                past[client] = draw_duration(one.past, float(u[client]))
    return past


def _trait(
    plan: ResolvedFlow, trait: int, group: Ints, origin: Ints, draws: randomness.Draws
) -> Floats:
    """Return a trait of every client, by the trait's number."""
    columns = plan.compiled.columns
    u = draws.block(columns.trait_code[trait])[:, 0]
    if columns.trait_with[trait] >= 0:
        sign = -1.0 if columns.trait_kind[trait] == SHARE else 1.0
        u = np.array(
            [as_uniform(sign * place_of_trait(plan, draws, k, trait)) for k in range(len(u))]
        )
    kind = columns.trait_kind[trait]
    slots = columns.trait_slots[trait][:]
    if kind == SHARE:
        # Of each group, the share among its stock and among those who come.
        shares = plan.numbers[slots].reshape(len(plan.groups), 2)
        return np.asarray(u < shares[group, np.minimum(origin, 1)], np.float64)
    if kind == CATEGORIES:
        own = slice(columns.trait_from[trait], columns.trait_from[trait + 1])
        limits = np.cumsum(plan.numbers[columns.category_slot[own]])
        return np.asarray(np.searchsorted(limits[:-1], u * limits[-1], side="right"), np.float64)
    if kind == NORMAL:
        middle, spread = plan.numbers[slots[:2]]
        places = np.array([normal_quantile(float(one)) for one in u], np.float64)
        return np.asarray(middle + spread * places, np.float64)
    days = plan.trait_days[plan.traits[trait]]
    return np.array([draw_duration(days, float(one)) for one in u])


def place_of_trait(plan: ResolvedFlow, draws: randomness.Draws, client: int, trait: int) -> float:
    """Return the place of a client by a trait: the standard normal number of its rank.

    It is that of the client's own number, and of the traits that it is correlated with, each with
    its own weight. Those who have a trait that one has or has not rank above those who have not.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    draws : Draws
        The random numbers of all clients.
    client : int
        The client's place among them.
    trait : int
        The number of the trait.
    """
    columns = plan.compiled.as_lists
    place = 0.0
    weight = 1.0
    while True:
        own = normal_quantile(draws.of(client, columns.trait_code[trait], 0))
        if columns.trait_kind[trait] == SHARE:
            own = -own
        if columns.trait_with[trait] < 0:
            return place + weight * own
        correlation = correlation_of_places(float(plan.numbers[columns.trait_rank[trait]]))
        place += weight * part_of_its_own(correlation) * own
        weight *= correlation
        trait = columns.trait_with[trait]


def draw_duration(length: ResolvedLength, u: float) -> float:
    """Return a client's duration, in days or working days, from its uniform number."""
    if length.slowest_of is not None:
        u = power(u, 1.0 / length.slowest_of) if length.slowest_of > 0 else 0.5
    if length.law is None:
        slots = range(len(length.numbers))
        return quantile_at_points(length.shares, slots, length.numbers, 0, u)
    return length.law.quantile(*length.numbers, u)


def draw_length_biased(length: ResolvedLength, u: float) -> float:
    """Return a duration drawn in proportion to its length, from its uniform number.

    Parameters
    ----------
    length : ResolvedLength
        One of a family, or a table of quantiles.
    u : float
        A uniform number; see `residual_life`.
    """
    if length.law is None:
        many = len(length.numbers)
        return length_biased_quantile_at_points(
            length.shares, range(many), length.numbers, 0, many, u
        )
    return length.law.length_biased_quantile(*length.numbers, u)


def place_of(places: Sequence[ResolvedStartPlace], u: float) -> ResolvedStartPlace:
    """Return where a client of the stock is at the start, from its uniform number.

    Shares are divided by their sum.
    """
    given = 0.0
    for place in places:
        given += 0.0 if place.share is None else place.share
    rest = max(0.0, 1.0 - given)
    weights = [rest if place.share is None else place.share for place in places]
    total = 0.0
    reached = 0.0
    for weight in weights:
        total += weight
    for place, weight in zip(places, weights, strict=True):
        reached += weight
        if u * total < reached:
            return place
    return places[-1]


def client_factor(
    plan: ResolvedFlow, cohort: Cohort, factors: Sequence[ResolvedFactor], client: int
) -> float:
    """Return the product of the factors that a client's traits put on a speed or a share.

    A factor counts to the power of the trait's number: all but those of 0 and 1 by one exponential
    of a sum of logarithms.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    cohort : Cohort
        The clients and their traits.
    factors : sequence of ResolvedFactor
        The factors of the traits.
    client : int
        The client's place in the cohort.
    """
    product = 1.0
    exponent = 0.0
    for factor in factors:
        trait = cohort.trait(plan.traits[factor.trait], client)
        if factor.base is None:
            product *= factor.of_category[int(trait)]
        elif trait == 1.0 or (factor.base == 0.0 and trait > 0.0):
            product *= factor.base
        elif trait != 0.0 and factor.base != 0.0:
            exponent += trait * log(factor.base)
    return product if exponent == 0.0 else product * exp(exponent)


def category_name(plan: ResolvedFlow, trait: str, number: float) -> str:
    """Return the name of the category that a trait's number stands for.

    Parameters
    ----------
    plan : ResolvedFlow
        The flow with its numbers.
    trait : str
        The name of a trait with categories.
    number : float
        The place of the category in the file, from 0 on.
    """
    if trait == GROUP:
        return plan.groups[int(number)].name
    return list(plan.flow.traits[trait].categories or ())[int(number)]
