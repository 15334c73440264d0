"""Ranking and selection: the best of several designs, by sequential elimination.

The same clients in each, and a stated guarantee.

Two questions. `select_cheapest`: which is the cheapest design that reaches a probability?
`select_surest`: which has the highest probability, among those that are affordable? Every design is
tried in the same replications. A design leaves as soon as it is proven to be out: below the
probability, dearer than one that is proven to reach it, or less sure than another. The error is
shared out over all designs (all pairs) beforehand, so it does not matter that they share clients.

Two designs are compared by the replications in which just one of them meets what is asked: if they
are equally sure, it is the one or the other with a probability of one half. Shared clients make
such replications few, and the comparison sharp.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pilotsim.base.arrays import Bools
from pilotsim.base.statistics import Interval
from pilotsim.experiments.optimise.bisection import FIRST, GROWTH, Rule, order_breaks
from pilotsim.experiments.optimise.confidence_sequences import (
    CLOSE,
    MET,
    MISSED,
    OPEN,
    Successes,
    interval_of,
    judge,
)

# Runs of several designs at once: which of the numbered replications of each met what was asked,
# (designs, replications).
TryAll = Callable[[Sequence[int], range], Bools]
BEATEN, DEARER = "beaten", "dearer"


@dataclass(frozen=True)
class Alternative:
    """One of those to choose from.

    Parameters
    ----------
    levels : tuple of float
        The level of each lever.
    cost : float
        What it costs.
    """

    levels: tuple[float, ...]
    cost: float


@dataclass(frozen=True)
class AlternativeStatus:
    """How a design stands.

    Parameters
    ----------
    design : int
        Its number.
    tally : Successes
        Its runs; none where it never had to be tried.
    interval : Interval
        Where its probability lies; the intervals of all designs hold together, but for the rule's
        error.
    verdict : str
        `met`, `missed`, `close` or `open`; `beaten` by a surer one; `dearer` than one that is
        proven.
    by : int or None
        The design that settles this one: it beats it, is cheaper, or (for `met` and `missed`) has
        no more, or no less, of anything.
    """

    design: int
    tally: Successes
    interval: Interval
    verdict: str
    by: int | None = None


@dataclass(frozen=True)
class SelectionResult:
    """What a selection found.

    Parameters
    ----------
    rule : Rule
        What was asked.
    designs : tuple of Alternative
        Those to choose from.
    standings : tuple of AlternativeStatus
        One for each design, in their order.
    best : int or None
        The design that is chosen; None where none is proven.
    rivals : tuple of int
        Designs that may be better still: not proven either way.
    breaks : tuple of (int, int)
        Pairs of designs of which the second has no less of anything, and is proven to have the
        lower probability.
    """

    rule: Rule
    designs: tuple[Alternative, ...]
    standings: tuple[AlternativeStatus, ...]
    best: int | None
    rivals: tuple[int, ...]
    breaks: tuple[tuple[int, int], ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether the answer is proven, and nothing that was tried speaks against the order."""
        return not self.rivals and not self.breaks

    @property
    def runs(self) -> int:
        """All runs that were made."""
        return sum(standing.tally.runs for standing in self.standings)


class _Field:
    """All designs with their runs so far."""

    def __init__(self, designs: Sequence[Alternative], run: TryAll, rule: Rule) -> None:
        self.designs, self.run, self.rule = designs, run, rule
        self.met: list[Bools] = [np.zeros(0, np.bool_) for _ in designs]

    def next_block(self, design: int) -> int:
        """Return how many runs a design gets next: the same whatever runs them."""
        return max(FIRST, int(GROWTH * len(self.met[design])))

    def try_next(self, active: Sequence[int]) -> bool:
        """Run the next block of replications of designs that had as many so far.

        False where the runs are used up.
        """
        done = len(self.met[active[0]])
        left = (self.rule.most_runs - sum(len(met) for met in self.met)) // len(active)
        size = min(self.next_block(active[0]), left)
        if size < 1:
            return False
        found = self.run(active, range(done, done + size))
        for design, met in zip(active, found, strict=True):
            self.met[design] = np.concatenate([self.met[design], met])
        return True

    def tally(self, design: int) -> Successes:
        return Successes(int(self.met[design].sum()), len(self.met[design]))

    def interval(self, design: int, error: float) -> Interval:
        return interval_of(self.tally(design), error)


def select_cheapest(
    designs: Sequence[Alternative], run: TryAll, rule: Rule, *, monotone: bool = False
) -> SelectionResult:
    """Return the cheapest design that reaches a probability, as far as the runs can prove it.

    Parameters
    ----------
    designs : sequence of Alternative
        Those to choose from, one or more.
    run : callable
        Takes the numbers of designs and of replications; returns which met what was asked, shape
        (designs, replications).
    rule : Rule
        What is asked, and how surely.
    monotone : bool
        Whether more of anything never makes the probability smaller: then a design that falls short
        settles all that have no more of anything, and one that suffices all that have no less.
    """
    field, error = _Field(designs, run, rule), rule.error / len(designs)
    standings = {number: _try_out(field, number, error) for number in range(len(designs))}
    while active := _in_question(designs, standings):
        active = [_most_telling(field, active)] if monotone else active
        if not field.try_next(active):
            break
        for number in active:
            standings[number] = _try_out(field, number, error)
        if monotone:
            _imply(designs, standings)
    proven = [number for number in standings if standings[number].verdict == MET]
    best = min(proven, key=lambda number: (designs[number].cost, number), default=None)
    rivals = tuple(
        n
        for n, one in standings.items()
        if one.verdict in (CLOSE, OPEN) and _is_cheaper(designs, n, best)
    )
    shown = tuple(_against(designs, standings[number], best) for number in standings)
    return SelectionResult(
        rule, tuple(designs), shown, best, rivals, _breaks(designs, shown) if monotone else ()
    )


def _try_out(field: _Field, number: int, error: float) -> AlternativeStatus:
    interval = field.interval(number, error)
    return AlternativeStatus(
        number,
        field.tally(number),
        interval,
        judge(interval, field.rule.probability, field.rule.margin),
    )


def _in_question(
    designs: Sequence[Alternative], standings: dict[int, AlternativeStatus]
) -> list[int]:
    """Return the open designs that are cheaper than all that are proven to be enough."""
    least = min(
        (designs[n].cost for n, one in standings.items() if one.verdict == MET), default=np.inf
    )
    return [
        number
        for number, one in standings.items()
        if one.verdict == OPEN and designs[number].cost < least
    ]


def _most_telling(field: _Field, active: Sequence[int]) -> int:
    """Return the design whose next runs are likely to settle most.

    It has many of the others above it, and many below.
    """
    levels = np.array([field.designs[number].levels for number in active])
    no_more = np.all(levels[:, None] <= levels[None, :], axis=2)
    settles = np.minimum(no_more.sum(axis=0), no_more.sum(axis=1))
    blocks = np.array([field.next_block(number) for number in active])
    return active[int(np.argmax(settles / blocks))]


def _is_cheaper(designs: Sequence[Alternative], number: int, best: int | None) -> bool:
    return best is None or designs[number].cost < designs[best].cost


def _against(
    designs: Sequence[Alternative], standing: AlternativeStatus, best: int | None
) -> AlternativeStatus:
    """Return a standing with its last word.

    An undecided design that is no cheaper than the best does not matter.
    """
    if (
        best is None
        or standing.verdict not in (CLOSE, OPEN)
        or _is_cheaper(designs, standing.design, best)
    ):
        return standing
    return AlternativeStatus(standing.design, standing.tally, standing.interval, DEARER, best)


def has_no_more(one: Alternative, other: Alternative) -> bool:
    """Whether a design has no more of any lever than another."""
    return all(a <= b for a, b in zip(one.levels, other.levels, strict=True))


def _imply(designs: Sequence[Alternative], standings: dict[int, AlternativeStatus]) -> None:
    """Settle the designs on which the proven ones decide, by the order of the levers."""
    proven = [one for one in standings.values() if one.by is None and one.verdict in (MET, MISSED)]
    for number, standing in standings.items():
        if standing.verdict != OPEN:
            continue
        for one in proven:
            pair = (
                (designs[number], designs[one.design])
                if one.verdict == MISSED
                else (designs[one.design], designs[number])
            )
            if has_no_more(*pair):
                standings[number] = AlternativeStatus(
                    number, standing.tally, standing.interval, one.verdict, one.design
                )
                break


def _breaks(
    designs: Sequence[Alternative], standings: Sequence[AlternativeStatus]
) -> tuple[tuple[int, int], ...]:
    tried = [one for one in standings if one.tally.runs]
    ordered = [
        (a, b)
        for a in tried
        for b in tried
        if a is not b and has_no_more(designs[a.design], designs[b.design])
    ]
    return tuple(
        (a.design, b.design) for a, b in ordered if order_breaks([(0, a.interval), (1, b.interval)])
    )


def select_surest(
    designs: Sequence[Alternative], run: TryAll, rule: Rule, *, budget: float = np.inf
) -> SelectionResult:
    """Return the affordable design with the highest probability, as far as runs can prove it.

    Half of the error goes to the comparisons, half to the intervals of the single designs. The
    search ends when every other design is proven to be less sure, or surer by no more than the
    margin.

    Parameters
    ----------
    designs : sequence of Alternative
        Those to choose from; one or more that cost no more than the budget.
    run : callable
        As for `select_cheapest`.
    rule : Rule
        The margin and the error; its probability is not used.
    budget : float
        What a design may cost.
    """
    affordable = [number for number, design in enumerate(designs) if design.cost <= budget]
    if not affordable:
        raise ValueError("no design costs so little")
    field, pairs = _Field(designs, run, rule), max(1, len(affordable) * (len(affordable) - 1) // 2)
    beaten: dict[int, int] = {}
    active = affordable
    while len(active) > 1 and _rivals(field, active, pairs) and field.try_next(active):
        for one, other in combinations(active, 2):
            _compare(field, one, other, rule.error / 4 / pairs, beaten)
        active = [number for number in active if number not in beaten]
    if not len(field.met[active[0]]):
        field.try_next(active)
    best = _surest(field, active)
    shown = tuple(
        _stand(field, number, len(affordable), beaten, budget) for number in range(len(designs))
    )
    return SelectionResult(rule, tuple(designs), shown, best, tuple(_rivals(field, active, pairs)))


def _surest(field: _Field, active: Sequence[int]) -> int:
    """Return the design with the largest share of runs; the cheapest of several."""
    return max(
        active, key=lambda number: (field.tally(number).share, -field.designs[number].cost, -number)
    )


def _compare(field: _Field, one: int, other: int, error: float, beaten: dict[int, int]) -> None:
    """Note which of two designs is proven to be less sure, if any."""
    if one in beaten or other in beaten:
        return
    first, second = field.met[one], field.met[other]
    wins, losses = int((first & ~second).sum()), int((second & ~first).sum())
    interval = interval_of(Successes(wins, wins + losses), error)
    if interval.low > 0.5:
        beaten[other] = one
    elif interval.high < 0.5:
        beaten[one] = other


def _rivals(field: _Field, active: Sequence[int], pairs: int) -> list[int]:
    """Return the designs that may yet be surer than the one that leads, by more than the margin."""
    if not len(field.met[active[0]]):
        return list(active)
    best = _surest(field, active)
    return [
        number
        for number in active
        if number != best and _lead(field, number, best, pairs) > field.rule.margin
    ]


def _lead(field: _Field, number: int, best: int, pairs: int) -> float:
    """Return by how much a design may at most be surer than another.

    The most that it wins, less the least that it loses.
    """
    own, other, error = field.met[number], field.met[best], field.rule.error / 8 / pairs
    wins = Successes(int((own & ~other).sum()), len(own))
    losses = Successes(int((other & ~own).sum()), len(own))
    return interval_of(wins, error).high - interval_of(losses, error).low


def _stand(
    field: _Field, number: int, affordable: int, beaten: dict[int, int], budget: float
) -> AlternativeStatus:
    tally, interval = field.tally(number), field.interval(number, field.rule.error / 2 / affordable)
    if field.designs[number].cost > budget:
        return AlternativeStatus(number, tally, interval, DEARER)
    if number in beaten:
        return AlternativeStatus(number, tally, interval, BEATEN, beaten[number])
    return AlternativeStatus(number, tally, interval, OPEN)
