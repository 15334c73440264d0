"""The inflow that holds a stock steady without the programme, and how a stock moves by itself.

Without the programme a client of a group moves between stages by clocks alone. Where every stage
that it can come into simply lasts until a clock fires, its way is a Markov chain in continuous
time: one for each combination of the traits that speed a clock up or down, mixed over how common
each is (and over the nodes of a Gauss-Hermite rule for a trait that is normal). How many of a stock
are in a state at the end then follows without simulation, by uniformisation of the chain; and with
it the number that has to come, at a constant rate, for as many to be in the state at the end as
were there at the start. The start is where anything begins to be measured, which is the end of a
warm-up; the end is that of the run, or as long after the start as was asked for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from pilotsim.base.arithmetic import ArithmeticFault
from pilotsim.base.arrays import Floats, sum_in_order
from pilotsim.base.elementary import exp, log, power
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.polynomials import NORMAL_RULE
from pilotsim.base.quantity import Quantity, SteadyStock
from pilotsim.model.clients import HOME, Group, Trait
from pilotsim.model.factors import Factor
from pilotsim.model.stages import Stage

if TYPE_CHECKING:
    from pilotsim.model.flow import Flow

ASSISTANCE = "assistance"
# A normal trait is taken at the points of `NORMAL_RULE`; with more than seven, no inflow changed in
# its fifth digit.
# What may be left out of the number of moves in a run.
LEFT_OUT = 1e-12
MAX_MOVES = 20_000
MAX_COMBINATIONS = 20_000


class NotMarkovFault(ArithmeticFault):
    """A world without the programme that is no Markov chain of stages."""


@dataclass(frozen=True)
class _Clock:
    """A clock that runs in a stage: between which states, how fast, and for whom."""

    start: int
    end: int
    slots: tuple[int, ...]
    factors: Mapping[str, Factor]


@dataclass(frozen=True)
class _Chain:
    """The chain of the clients of a home stage: its states, clocks and those that are counted."""

    states: tuple[str, ...]
    clocks: tuple[_Clock, ...]
    counted: Floats


@dataclass(frozen=True)
class StockModel:
    """The groups of a stock without the programme, as Markov chains.

    Parameters
    ----------
    flow : Flow
        Whose groups they are.
    groups : tuple of str
        Their names.
    state : str
        The state in which they are counted.

    Raises
    ------
    NotMarkovFault
        The world without the programme is no Markov chain for them.
    """

    flow: Flow
    groups: tuple[str, ...]
    state: str
    _chains: dict[str, _Chain] = field(default_factory=dict, init=False, compare=False)
    _traits: list[str] = field(default_factory=list, init=False, compare=False)

    def __post_init__(self) -> None:
        for name in self.groups:
            _check_group(self.flow.groups[name])
            home = self.flow.groups[name].starts_in
            self._chains[name] = _chain(self.flow, self.flow.groups[name], home, self.state)
        named = {
            trait
            for chain in self._chains.values()
            for clock in chain.clocks
            for trait in clock.factors
        }
        for trait in self.flow.traits:
            if trait in named:
                _check_trait(self.flow, trait)
                self._traits.append(trait)
        if "past" in named:
            raise NotMarkovFault(Message("a clock runs by the time clients have spent already"))

    def inputs(self) -> dict[str, Quantity]:
        """Return the values on which the stock hangs, by path."""
        flow = self.flow
        slots = {
            slot
            for chain in self._chains.values()
            for clock in chain.clocks
            for slot in clock.slots
        }
        wanted: list[Quantity | None] = []
        for chain in self._chains.values():
            for clock in chain.clocks:
                for factor in clock.factors.values():
                    wanted += factor.quantities
        for name in self.groups:
            group = flow.groups[name]
            wanted += [group.stock, group.arrivals]
            wanted += [place.share for place in (group.stock_in or {}).values()]
        for name in self._traits:
            wanted += list(_values_of(flow.traits[name], self.groups))
        slots |= {value.slot for value in wanted if value is not None}
        return {path: value for path, value in flow.values.items() if value.slot in slots}

    @property
    def is_counted(self) -> bool:
        """Whether the clients ever come into the state in which they are counted."""
        return any(bool(chain.counted.any()) for chain in self._chains.values())

    def to_plain(self) -> dict[str, Any]:
        """Return the chains as plain content, with paths of values: for who is not Python.

        Returns
        -------
        dict
            `groups`: by name the states and which of them are counted, the clocks between them
            with the paths whose product is their speed and the factors by trait, and where those
            are who are there at the start. `traits`: how common each point of a trait is.
        """
        names = {value.slot: path for path, value in self.flow.values.items()}
        return {
            "groups": {
                name: {
                    "home": chain.states.index(self.flow.groups[name].starts_in),
                    "counted": [float(one) for one in chain.counted],
                    "clocks": [
                        {
                            "from": clock.start,
                            "to": clock.end,
                            "rates": [names[slot] for slot in clock.slots],
                            "factors": _plain_factors(clock, name, names),
                        }
                        for clock in chain.clocks
                    ],
                    "places": _plain_places(self.flow.groups[name], chain, names),
                    "stock": names[self.flow.groups[name].stock.slot],
                    "arrivals": _path_of(self.flow.groups[name].arrivals, names),
                }
                for name, chain in self._chains.items()
            },
            "traits": {
                name: _plain_trait(self.flow.traits[name], self.groups, names)
                for name in self._traits
            },
            "nodes": [list(one) for one in NORMAL_RULE],
        }

    def parts(self, numbers: Floats, days: Floats) -> tuple[Floats, dict[str, Floats]]:
        """Return what a stock comes to so many days after the start of a run.

        Parameters
        ----------
        numbers : ndarray, shape (values,)
            The number of each value by slot.
        days : ndarray, shape (days,)
            When they are counted.

        Returns
        -------
        left : ndarray, shape (days,)
            How many of those who were there at the start, away or not, are counted.
        each : dict of str to ndarray, shape (days,)
            By group: how many are counted for each that comes per day.
        """
        left = np.zeros(len(days))
        each: dict[str, Floats] = {}
        solved: dict[str, tuple[Floats, Floats]] = {}
        for name in self.groups:
            group, chain = self.flow.groups[name], self._chains[name]
            key = repr((chain.states, _fixed_factors(chain, name, numbers)))
            if key not in solved:
                solved[key] = self._solve(chain, name, numbers, days)
            counted, stayed = solved[key]
            place = _places(group, chain, numbers)
            stock = float(numbers[group.stock.slot])
            weights = self._weights(name, "stock", numbers)
            here = sum_in_order(sum_in_order(counted * place, axis=2) * weights, axis=1)
            here = np.where(days == 0, float(sum_in_order(place * chain.counted)), here)
            left = left + stock * here
            home = chain.states.index(group.starts_in)
            weights = self._weights(name, "arrivals", numbers)
            each[name] = sum_in_order(stayed[:, :, home] * weights, axis=1)
        return left, each

    def course(self, numbers: Floats, days: Floats) -> Floats:
        """Return how many are counted on average so many days after the start, shape (days,).

        Parameters
        ----------
        numbers : ndarray, shape (values,)
            The number of each value by slot, settled.
        days : ndarray, shape (days,)
            When they are counted.
        """
        found, each = self.parts(numbers, days)
        for name, stayed in each.items():
            rate = self.flow.groups[name].arrivals
            found = found + (0.0 if rate is None else float(numbers[rate.slot])) * stayed
        return found

    def change(self, numbers: Floats) -> tuple[float, float]:
        """Return how many are counted at first, and how many more at the end on average.

        At first is where anything begins to be measured: the start, or the end of the warm-up.

        Parameters
        ----------
        numbers : ndarray, shape (values,)
            The number of each value by slot, settled.
        """
        first, last = self.course(numbers, np.array(measured_days(self.flow)))
        return float(first), float(last - first)

    def _weights(self, group: str, origin: str, numbers: Floats) -> Floats:
        """Return how common each combination of traits is in a group, shape (combinations,)."""
        shares = [
            _shares_of(self.flow.traits[name], group, origin, numbers) for name in self._traits
        ]
        found = np.ones(1)
        for one in shares:
            found = np.outer(found, one).ravel()
        return found

    def _solve(
        self, chain: _Chain, group: str, numbers: Floats, days: Floats
    ) -> tuple[Floats, Floats]:
        """Return by day, combination of traits and first state, what becomes of a client.

        Returns
        -------
        counted, stayed : ndarray, shape (days, combinations, states)
            How likely a client who is there at the start is counted on that day, and the integral
            of this over the days before: how many are counted for each that comes per day.
        """
        values = [_points_of(self.flow.traits[name], numbers) for name in self._traits]
        combinations = list(itertools.product(*values))
        size = len(chain.states)
        rates = np.zeros((len(combinations), size, size))
        for clock in chain.clocks:
            speed = math.prod(float(numbers[slot]) for slot in clock.slots)
            factor = np.ones(len(combinations))
            for trait, one in clock.factors.items():
                if trait == "group":
                    own = one.categories.get(group)
                    factor *= 1.0 if own is None else float(numbers[own.slot])
                    continue
                column = self._traits.index(trait)
                at = {point: _power(one, point, numbers) for point in values[column]}
                factor *= [at[row[column]] for row in combinations]
            rates[:, clock.start, clock.end] += speed * factor
        return _solution(rates.tobytes(), rates.shape, chain.counted.tobytes(), days.tobytes())


# Options of a choice seldom change a speed: their chains are those of the flow as it is.
@lru_cache(maxsize=32)
def _solution(
    rates: bytes, shape: tuple[int, ...], counted: bytes, days: bytes
) -> tuple[Floats, Floats]:
    """Return what `_uniformised` does of arrays of such content, not to be written to."""
    found = _uniformised(
        np.frombuffer(rates).reshape(shape), np.frombuffer(counted), np.frombuffer(days)
    )
    for one in found:
        one.flags.writeable = False
    return found


def _uniformised(rates: Floats, counted: Floats, days: Floats) -> tuple[Floats, Floats]:
    """Return the chance to be counted after so many days, and its integral over them.

    Parameters
    ----------
    rates : ndarray, shape (chains, states, states)
        Speeds from state to state per day; the diagonal counts for nothing.
    counted : ndarray, shape (states,)
        1 for a state that is counted, else 0.
    days : ndarray, shape (days,)
        The times.

    Returns
    -------
    ndarray, shape (days, chains, states), twice
        By the state at first.
    """
    size = rates.shape[1]
    rates = rates * (1 - np.eye(size))
    leaving = sum_in_order(rates, axis=2)
    fastest = max(float(leaving.max()), 1e-9)
    steps = rates / fastest + (1 - leaving / fastest)[:, :, None] * np.eye(size)
    here = np.broadcast_to(counted, (len(rates), size))
    moves = fastest * days
    furthest = float(moves.max())
    if furthest > MAX_MOVES:
        raise RequestError(
            Message("clocks run too fast to work out what holds the stock steady; count in days")
        )
    by_move = np.array([log(float(move)) for move in moves])
    reached, logarithm = np.zeros(len(days)), -moves
    at_end, over_time = np.zeros((2, len(days), len(rates), size))
    most = int(furthest + 12 * math.sqrt(furthest) + 40)
    for number in range(most):
        weight = np.array([exp(float(one)) for one in logarithm])
        reached = reached + weight
        at_end += weight[:, None, None] * here
        over_time += (np.maximum(0.0, 1 - reached) / fastest)[:, None, None] * here
        if number > furthest and (1 - reached < LEFT_OUT).all():
            break
        here = sum_in_order(steps * here[:, None, :], axis=2)
        logarithm = logarithm + by_move - log(number + 1.0)
    return at_end, over_time


def _chain(flow: Flow, group: Group, home: str, state: str) -> _Chain:
    """Return the chain of a group's clients; its states are what they can come into."""
    states = [home, *(name for name in group.stock_in or {} if name not in (HOME, home))]
    clocks: list[tuple[str, str, tuple[int, ...], Mapping[str, Factor]]] = []
    for name in states:
        stage = flow.stages[name]
        _check_stage(name, stage)
        for risk_name, here in stage.risks.items():
            risk, speed = flow.risks[risk_name], here.started
            if speed is None:
                continue
            if risk.after is not None:
                raise NotMarkovFault(Message("'{risk}' fires after a fixed time", risk=risk_name))
            own = () if speed.kind == "rate" or risk.rate is None else (risk.rate,)
            values = (speed, *own, risk.pace)
            if risk.season is not None or any(value.changes for value in values):
                raise NotMarkovFault(
                    Message("the speed of '{risk}' changes with time", risk=risk_name)
                )
            to = here.to or risk.to
            target = home if to == HOME else to
            if target not in states:
                states.append(target)
            clocks.append((name, target, tuple(value.slot for value in values), risk.times))
    for number, effect in enumerate(flow.effects):
        runs = any(effect.on in flow.stages[name].risks for name in states)
        if effect.after in states and runs:
            raise NotMarkovFault(
                Message(
                    "'effects.{number}' changes a speed after '{stage}', which clients come into "
                    "without the programme; a stage of its own for that time says the same",
                    number=number,
                    stage=effect.after,
                )
            )
    counted = np.array([float(flow.stages[name].counts_as == state) for name in states])
    place = {name: k for k, name in enumerate(states)}
    return _Chain(
        tuple(states),
        tuple(_Clock(place[a], place[b], slots, factors) for a, b, slots, factors in clocks),
        counted,
    )


def _check_stage(name: str, stage: Stage) -> None:
    if stage.lasts is not None or stage.may_wait:
        raise NotMarkovFault(
            Message(
                "without the programme clients come into '{stage}', where more than clocks decides "
                "(needs, opens or lasts)",
                stage=name,
            )
        )


def _check_group(group: Group) -> None:
    rate = group.arrivals
    changes = rate is not None and bool(rate.changes)
    comes_by = (group.season, group.week, group.intake, group.arrivals_from)
    if changes or any(one is not None for one in comes_by):
        raise NotMarkovFault(
            Message(
                "clients come by a season, a week, an intake, as a file says or at a rate that "
                "changes at dates"
            )
        )


def _check_trait(flow: Flow, name: str) -> None:
    if flow.traits[name].days is not None:
        raise NotMarkovFault(Message("a clock runs by '{trait}', a length of time", trait=name))
    if any(
        name == one or name in trait.correlated
        for one, trait in flow.traits.items()
        if trait.correlated
    ):
        raise NotMarkovFault(
            Message("a clock runs by '{trait}', which is correlated with another", trait=name)
        )


def _fixed_factors(chain: _Chain, group: str, numbers: Floats) -> list[float]:
    """Return what distinguishes the clocks of a group from those of another with the same home."""
    own = [
        clock.factors["group"].categories.get(group)
        for clock in chain.clocks
        if "group" in clock.factors
    ]
    return [1.0 if value is None else float(numbers[value.slot]) for value in own]


def _places(group: Group, chain: _Chain, numbers: Floats) -> Floats:
    """Return the share of a group's stock in each state at the start, shape (states,)."""
    found = np.zeros(len(chain.states))
    home = chain.states.index(group.starts_in)
    if not group.stock_in:
        found[home] = 1.0
        return found
    given, rest = 0.0, -1
    for name, place in group.stock_in.items():
        state = home if name == HOME else chain.states.index(name)
        if place.share is None:
            rest = state
            continue
        share = float(numbers[place.share.slot])
        given += share
        found[state] += share
    if rest >= 0:
        found[rest] += max(0.0, 1.0 - given)
    return np.asarray(found / sum_in_order(found), np.float64)


def _values_of(trait: Trait, groups: tuple[str, ...]) -> Iterator[Quantity]:
    """Yield the values that say how common a trait is."""
    yield from (trait.categories or {}).values()
    yield from trait.normal or ()
    shares = [
        trait.share,
        *(share for name, share in (trait.groups or {}).items() if name in groups),
    ]
    for share in shares:
        if share is not None:
            yield from (share.stock, share.arrivals)


def _shares_of(trait: Trait, group: str, origin: str, numbers: Floats) -> Floats:
    """Return how common each point of a trait is, in the order of `_points_of`."""
    if trait.normal is not None:
        return np.array([share for _, share in NORMAL_RULE])
    if trait.categories is not None:
        shares = np.array([numbers[value.slot] for value in trait.categories.values()])
        return np.asarray(shares / sum_in_order(shares), np.float64)
    shares_here = (trait.groups or {}).get(group, trait.share)
    assert shares_here is not None, "a trait without categories that is not normal has shares"
    value = shares_here.stock if origin == "stock" else shares_here.arrivals
    share = float(numbers[value.slot])
    return np.array([1.0 - share, share])


def _points_of(trait: Trait, numbers: Floats) -> list[float | str]:
    """Return the numbers, or the names of categories, at which a trait is taken."""
    if trait.normal is not None:
        mean, deviation = (float(numbers[value.slot]) for value in trait.normal)
        return [mean + deviation * math.sqrt(2.0) * node for node, _ in NORMAL_RULE]
    if trait.categories is not None:
        return list(trait.categories)
    return [0.0, 1.0]


def _power(factor: Factor, point: float | str, numbers: Floats) -> float:
    """Return what a factor does to the speed of a client at a point of the trait."""
    if isinstance(point, str):
        value = factor.categories.get(point)
        return 1.0 if value is None else float(numbers[value.slot])
    if factor.value is None or point == 0.0:
        return 1.0
    return power(float(numbers[factor.value.slot]), point)


def _path_of(value: Quantity | None, names: Mapping[int, str]) -> str | None:
    return None if value is None else names[value.slot]


def _plain_factors(clock: _Clock, group: str, names: Mapping[int, str]) -> dict[str, Any]:
    """Return the factors of a clock by trait: a path, or one for each category."""
    found: dict[str, Any] = {}
    for trait, factor in clock.factors.items():
        by_category = {one: names[value.slot] for one, value in factor.categories.items()}
        if trait == "group":
            found[trait] = by_category.get(group)
        else:
            found[trait] = by_category or _path_of(factor.value, names)
    return found


def _plain_places(
    group: Group, chain: _Chain, names: Mapping[int, str]
) -> list[tuple[int, str | None]]:
    """Return the states in which a group is at the start, with the path of each share."""
    home = chain.states.index(group.starts_in)
    if not group.stock_in:
        return [(home, None)]
    return [
        (home if name == HOME else chain.states.index(name), _path_of(place.share, names))
        for name, place in group.stock_in.items()
    ]


def _plain_trait(trait: Trait, groups: tuple[str, ...], names: Mapping[int, str]) -> dict[str, Any]:
    if trait.normal is not None:
        return {"normal": [names[value.slot] for value in trait.normal]}
    if trait.categories is not None:
        return {"categories": {one: names[value.slot] for one, value in trait.categories.items()}}
    shares = {}
    for group in groups:
        own = (trait.groups or {}).get(group, trait.share)
        assert own is not None, "a trait without categories that is not normal has shares"
        shares[group] = {"stock": names[own.stock.slot], "arrivals": names[own.arrivals.slot]}
    return {"shares": shares}


@dataclass(frozen=True)
class SteadyInflow:
    """An inflow that holds a stock steady without the programme.

    Parameters
    ----------
    path : str
        Its path in the flow.
    slot : int
        Its place among the flow's values.
    slots : mapping of str to int
        The slot of each value on which it hangs.
    group : str
        The group that comes.
    model : StockModel
        The stock.
    scaled_by : int or None
        The slot of the shared value that multiplies it.
    days : tuple of float
        The two days of the run on which as many are counted.
    """

    path: str
    slot: int
    slots: Mapping[str, int]
    group: str
    model: StockModel
    scaled_by: int | None
    days: tuple[float, float]
    kind: str = "rate"
    _known: dict[bytes, float] = field(default_factory=dict, compare=False, repr=False)

    def work_out(self, numbers: Floats) -> Floats:
        """Return the inflow per day, shape as `numbers` without its last axis.

        0 where the stock would grow even if nobody came.
        """
        rows = numbers.reshape(-1, numbers.shape[-1])
        found = np.array([self._one(row) for row in rows])
        return found.reshape(numbers.shape[:-1])

    def _one(self, numbers: Floats) -> float:
        factor = 1.0 if self.scaled_by is None else float(numbers[self.scaled_by])
        return factor * self.balance(numbers)

    def balance(self, numbers: Floats) -> float:
        """Return how many have to come per day, before a shared value multiplies them."""
        key = numbers[list(self.slots.values())].tobytes()
        if key not in self._known:
            left, each = self.model.parts(numbers, np.array(self.days))
            for name, stayed in each.items():
                rate = self.model.flow.groups[name].arrivals
                if rate and name != self.group:
                    left = left + stayed * float(numbers[rate.slot])
            needed, stayed = left[0] - left[1], each[self.group]
            gained = stayed[1] - stayed[0]
            self._known[key] = max(0.0, float(needed / gained)) if gained > 0 else 0.0
        return self._known[key]

    def course(self, numbers: Floats, days: Floats) -> Floats:
        """Return how many are counted after so many days if so many come, shape (days,)."""
        balanced = numbers.copy()
        balanced[self.slot] = self.balance(numbers)
        return self.model.course(balanced, days)


def measured_days(flow: Flow) -> tuple[float, float]:
    """Return from which day of a run to which anything is measured."""
    return float((flow.counts_from - flow.starts).days), float((flow.end - flow.starts).days)


def steady_inflow(flow: Flow, path: str, steady: SteadyStock, slot: int) -> SteadyInflow:
    """Return the inflow of a group that holds a stock steady.

    Parameters
    ----------
    flow : Flow
        The flow.
    path : str
        Of the arrivals: `groups.recipients.arrivals`.
    steady : SteadyStock
        Whose stock, and in which state.
    slot : int
        The slot of the arrivals.

    Raises
    ------
    ArithmeticFault
        The world without the programme is no Markov chain of stages for these groups, or another
        of them holds the same stock steady.
    """
    group = path.split(".")[1]
    groups = tuple(dict.fromkeys((group, *steady.groups)))
    for name in groups[1:]:
        if name not in flow.groups:
            raise ArithmeticFault(Message("unknown group '{name}'", name=name))
        other = flow.groups[name].arrivals
        if other is not None and other.steady is not None:
            raise ArithmeticFault(
                Message("'{name}' holds a stock steady itself: one inflow can do so", name=name)
            )
    try:
        model = StockModel(flow, groups, steady.state)
    except NotMarkovFault as fault:
        raise ArithmeticFault(
            Message(
                "what holds the stock steady cannot be worked out: {why}; write the arrivals",
                why=fault.args[0],
            )
        ) from fault
    if not model.is_counted:
        raise ArithmeticFault(Message("no client of these groups ever counts as this"))
    scaled = flow.scaled.get(slot)
    slots = {name: value.slot for name, value in model.inputs().items() if value.slot != slot}
    days = measured_days(flow)
    if steady.over is not None:
        last = flow.later(flow.counts_from, steady.over)
        days = days[0], float((last - flow.starts).days)
    return SteadyInflow(path, slot, slots, group, model, scaled, days)
