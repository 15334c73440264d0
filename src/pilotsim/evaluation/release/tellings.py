"""What answers about the same outcome tell together, and which of them may not stand beside others.

An adjusted answer beside a plain one tells the few whom a covariate sets apart: where one client of
an arm has a trait, the adjusted effect is that of all others, so the two answers differ by this
client's own outcome. The same is true of blocks, of groups that differ by a few clients, and of two
releases. So each answer is held against those told before it: which clients it rests on, what it
holds apart, and what of it has changed since an earlier version of the register.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.effects.arms import fill_missing
from pilotsim.evaluation.estimands import AT, CUMULATED, MONTHS_UNTIL, SINCE_OFFER, Estimand
from pilotsim.evaluation.estimators import find_estimator
from pilotsim.evaluation.lots import Lots
from pilotsim.evaluation.strategy import Strategy, StrategySample

# So many parts of a group are put together to see whom they leave out.
TOGETHER = 3
# Kinds of inquiries that add up months: those with the outcome, or those without having reached it.
SUMS = (CUMULATED, SINCE_OFFER, MONTHS_UNTIL)
# Of the digest of an arm so much is kept: what it is made of stays with the register.
DIGITS = 16
# The months before that a difference in differences takes, unless its answer says.
MONTHS_BEFORE = 12


@dataclass(frozen=True, eq=False)
class Condition:
    """What an estimator holds apart besides the arms.

    Parameters
    ----------
    names : tuple of str
        What it is called: covariates, the blocks, the months before.
    columns : ndarray of float, shape (clients, columns)
        What it fits, without missing values.
    dropped : ndarray of bool, shape (clients,)
        Clients with a known outcome whom it leaves out.
    """

    names: tuple[str, ...]
    columns: Floats
    dropped: Bools


def works_within_blocks(strategy: Strategy, sample: StrategySample) -> bool:
    """Whether an answer compares clients within the blocks, strata or pairs of their lots."""
    if strategy.compare != "arms" or not find_estimator(strategy.estimator).contract.within:
        return False
    if sample.rule is None or sample.rule.stepped_wedge is not None:
        return False
    lots = sample.lots
    # Where no block has both arms, they are compared as if there were none.
    return (
        lots is not None
        and lots.has_blocks
        and bool(lots.compared(np.ones(len(sample.arm), np.bool_)).any())
    )


def is_plain_difference(strategy: Strategy, lots: Lots | None, known: Bools) -> bool:
    """Whether an answer judged by the lots has the very estimate of the plain difference.

    Both then tell one sum over the outcomes with the same weights, and the second adds nothing.
    The difference within blocks of clients counts each by its clients where all arms of all blocks
    have a spread, or none has; else by how well it tells, which is the same where the arms of all
    blocks are as large, as in pairs.
    """
    if not find_estimator(strategy.estimator).contract.by_lots or strategy.covariates:
        return False
    if lots is None or lots.clusters is not None:
        return lots is None
    own = lots.take(lots.compared(known))
    sizes = np.stack([np.bincount(own.blocks, own.drawn == arm) for arm in (0, 1)])
    if (sizes > 1).all() or (sizes == 1).all():
        return True
    shares = sizes[1] / sizes.sum(axis=0)
    return bool(np.ptp(shares * (1.0 - shares)) < 1e-12)


def leaves_out(strategy: Strategy, sample: StrategySample) -> str:
    """Return why an answer leaves out clients whose outcome is known, "" where it does not."""
    parts = []
    if works_within_blocks(strategy, sample):
        parts.append("within blocks")
    months = _months_before(strategy)
    if months is not None and "before" in find_estimator(strategy.estimator).options:
        parts.append(f"since {months} months before")
    return ", ".join(parts)


def _months_before(strategy: Strategy) -> int | None:
    if not find_estimator(strategy.estimator).rests_on_trends:
        return None
    return int(strategy.options.get("before", MONTHS_BEFORE))


def condition_of(strategy: Strategy, sample: StrategySample, outcome: Floats) -> Condition:
    """Return what an answer holds apart among those whom it asks about.

    Parameters
    ----------
    strategy : Strategy
        The answer.
    sample : StrategySample
        Whom it asks about.
    outcome : ndarray of float, shape (clients,)
        Their outcomes; NaN where it is not known.
    """
    known, estimator = ~np.isnan(outcome), find_estimator(strategy.estimator)
    names, columns = [*strategy.covariates], [np.empty((len(outcome), 0))]
    dropped = np.zeros(len(outcome), np.bool_)
    shown = tuple(name for name in strategy.covariates if name in sample.panel.traits)
    table = sample.covariates(shown)
    if table is not None:
        columns.append(fill_missing(table))
    lots = sample.lots if works_within_blocks(strategy, sample) else None
    kept = lots.compared(known) if lots is not None else known
    if lots is not None and kept.any():
        names.append("blocks")
        columns.append(lots.block_columns)
        dropped |= known & ~kept
    months = _months_before(strategy)
    if months is not None:
        before = sample.before(strategy.estimand.outcome, months)
        names.append(f"{months} months before")
        columns.append(np.nan_to_num(before)[:, None])
        if "before" in estimator.options:
            dropped |= known & np.isnan(before)
    if names and (
        strategy.covariates
        or not (estimator.follows_lots or is_plain_difference(strategy, lots, known))
        or "weights" in strategy.options
    ):
        # The same covariates weighted otherwise are another equation.
        names.insert(0, f"{estimator.name} {sorted(strategy.options.items())}")
    return Condition(tuple(names), np.hstack(columns), dropped)


@dataclass(frozen=True, eq=False)
class Telling:
    """What one answer tells, or told.

    Parameters
    ----------
    key : str
        The answer's name: what it asks, and what it holds apart.
    question : str
        What it asks alone.
    family : tuple
        What is the same for answers that can be held against each other: the outcome, and when.
    condition : tuple of str
        What it holds apart.
    arms : tuple of ndarray of bool, each of shape (clients of the extract,)
        Whose outcomes it rests on, in either arm.
    digests : tuple of str
        Of what it was worked out from, in either arm: the same where nothing of it has changed.
    months : frozenset of int
        The months whose outcomes it tells of, alone or summed up.
    is_sum : bool
        Whether these are summed up: the last of them follows from all others and the sum.
    has_few_months : bool
        Whether few have the outcome, or lack it, in an arm in one of them.
    columns : int
        How many coefficients it fits besides that of the arm.
    is_thin : bool
        Whether what it holds apart sets few clients of an arm apart from all others.
    splits_few : bool
        Whether few of those with the same trait have the outcome, or lack it.
    """

    key: str
    question: str
    family: tuple[str, ...]
    condition: tuple[str, ...]
    arms: tuple[Bools, Bools]
    digests: tuple[str, str]
    months: frozenset[int] = frozenset()
    is_sum: bool = False
    has_few_months: bool = False
    columns: int = 0
    is_thin: bool = False
    splits_few: bool = False

    @property
    def clients(self) -> Bools:
        """Whose outcomes it rests on, shape (clients of the extract,)."""
        return np.asarray(self.arms[0] | self.arms[1])


def _months_of(estimand: Estimand, listed: int) -> frozenset[int]:
    if estimand.kind in SUMS:
        return frozenset(range(listed, listed + estimand.months))
    return frozenset([listed + estimand.months - 1])


def digest_of_arm(outcome: Floats, columns: Floats) -> str:
    """Return a digest of what an answer takes of an arm, whoever the clients are."""
    rows = np.column_stack([outcome, columns])
    ordered = rows[np.lexsort(rows.T)]
    return hashlib.sha256(np.ascontiguousarray(ordered).tobytes()).hexdigest()[:DIGITS]


def is_thin(columns: Floats, least: int) -> bool:
    """Return whether a fit to columns sets few clients apart from all others.

    The clients of a group of k have leverages of 1/k in a fit that holds their group apart. So
    whoever has more than a client of a group of `least` is set apart with fewer than that: by a
    rare trait, by several together, or by a number far from all others.

    Parameters
    ----------
    columns : ndarray of float, shape (clients, columns)
        What is fitted besides a constant, for clients of one arm.
    least : int
        The smallest group that may be told of.
    """
    if not columns.shape[1] or not len(columns):
        return False
    table = np.column_stack([np.ones(len(columns)), columns])
    scale = np.abs(table).max(axis=0)
    table = table[:, scale > 0.0] / scale[scale > 0.0]
    left, sizes, _ = np.linalg.svd(table, full_matrices=False)
    kept = left[:, sizes > 1e-9 * sizes[0]]
    leverages = np.square(kept).sum(axis=1)
    return bool(leverages.max() > 1.0 / (least - 0.5))


def splits_few(outcome: Floats, columns: Floats, least: int) -> bool:
    """Return whether few of those with the same trait have the outcome, or lack it.

    Only columns of two values are looked at: of others no count follows.
    """
    for column in columns.T:
        values = np.unique(column)
        if len(values) != 2:
            continue
        for value in values:
            own = outcome[column == value]
            for count in (int((own != 0.0).sum()), int((own == 0.0).sum())):
                if 0 < count < least:
                    return True
    return False


def differ_by_few(one: Telling, other: Telling, least: int) -> bool:
    """Return whether an arm of one answer is an arm of another but for a few clients."""
    for own in one.arms:
        for beside in other.arms:
            if not (own & beside).any():
                continue
            extra = int((own & ~beside).sum()), int((beside & ~own).sum())
            if sum(extra) > 0 and max(extra) < least:
                return True
    return False


def telling_of(
    scope: str,
    key: str,
    strategy: Strategy,
    sample: StrategySample,
    chosen: Bools,
    asked: Bools,
    treated: Floats,
    outcome: Floats,
    least: int,
) -> Telling:
    """Return what an answer tells.

    Parameters
    ----------
    scope : str
        What the arms of its plan are called.
    key : str
        The name of its question.
    strategy : Strategy
        The answer.
    sample : StrategySample
        The clients in either arm.
    chosen : ndarray of bool, shape (clients of the extract,)
        Which of all clients these are.
    asked : ndarray of bool, shape (clients,)
        Whom it asks about.
    treated : ndarray of float, shape (clients,)
        Their arms.
    outcome : ndarray of float, shape (clients,)
        NaN where it is not known, or where the answer leaves a client out.
    least : int
        The smallest count that may be shown.
    """
    condition = condition_of(strategy, sample.take(asked), outcome[asked])
    estimand, treated = strategy.estimand, treated[asked]
    own, place = outcome[asked], np.flatnonzero(chosen)[asked]
    arms, digests, thin, splits = [], [], False, False
    for arm in (1.0, 0.0):
        inside = (treated == arm) & ~np.isnan(own)
        members = np.zeros(len(chosen), np.bool_)
        members[place[inside]] = True
        columns = condition.columns[inside]
        arms.append(members)
        digests.append(digest_of_arm(own[inside], columns))
        thin |= is_thin(columns, least)
        splits |= splits_few(own[inside], columns, least)
    when = (
        (sample.listed + estimand.months,)
        if estimand.kind == AT
        else (sample.listed, estimand.months)
    )
    months = _months_of(estimand, sample.listed)
    values = sample.panel.outcome(estimand.outcome)[asked][:, sorted(months)]
    return Telling(
        key="|".join([scope, key, *condition.names]),
        question=key,
        family=(estimand.outcome, estimand.kind, *map(str, when)),
        condition=condition.names,
        arms=(arms[0], arms[1]),
        digests=(digests[0], digests[1]),
        months=months,
        is_sum=estimand.kind in SUMS,
        has_few_months=any(
            ((found > 0) & (found <= least)).any()
            for arm in (1.0, 0.0)
            for found in (
                (values[treated == arm] > 0.0).sum(0),
                (values[treated == arm] == 0.0).sum(0),
            )
        ),
        columns=condition.columns.shape[1],
        is_thin=thin,
        splits_few=splits,
    )


def are_alike(one: Telling, other: Telling, least: int) -> bool:
    """Return whether answers rest on the same clients of an arm, but for a few."""
    same = any(
        (own & beside).any() and not (own ^ beside).any()
        for own in one.arms
        for beside in other.arms
    )
    return same or differ_by_few(one, other, least)


def clash(told: Sequence[Telling], least: int) -> bool:
    """Return whether answers of one family tell of few clients together, which none tells alone.

    Parameters
    ----------
    told : sequence of Telling
        All answers about the same outcome.
    least : int
        The smallest count that may be shown.
    """
    for place, one in enumerate(told):
        for other in told[place + 1 :]:
            if differ_by_few(one, other, least):
                return True
    if any(left > 0 for _, left in make_up(told, least)):
        return True
    for one in told:
        others = [
            own
            for own in told
            if own.condition != one.condition and (own.clients & one.clients).any()
        ]
        if one.is_thin and _cover(others, one, least):
            return True
        # Each answer gives two equations, and each group within an arm is one unknown more.
        if one.splits_few and one.columns <= len(others):
            return True
    return False


def make_up(told: Sequence[Telling], least: int) -> Iterator[tuple[tuple[Telling, ...], int]]:
    """Yield answers of which one rests on the others' clients together, and how many are left over.

    Parameters
    ----------
    told : sequence of Telling
        All answers about the same outcome.
    least : int
        So few, or fewer, may be left over but one.

    Yields
    ------
    tuple
        The whole and then its parts, and the clients of an arm of the whole who are in no part.
    """
    for one in told:
        for arm in one.arms:
            size = int(arm.sum())
            parts = [
                (own, part)
                for own in told
                for part in own.arms
                if own is not one and part.any() and int(part.sum()) < size
            ]
            parts = [(own, part) for own, part in parts if not (part & ~arm).any()]
            for number in range(2, TOGETHER + 1):
                for some in combinations(parts, number):
                    together = np.logical_or.reduce([part for _, part in some])
                    left = size - int(together.sum())
                    are_apart = sum(int(part.sum()) for _, part in some) == size - left
                    if are_apart and left < least:
                        yield (one, *(own for own, _ in some)), left


def is_told_of_change(
    one: Telling,
    told: Sequence[Telling],
    earlier: Sequence[Telling],
    changed: Sequence[Telling],
    least: int,
) -> bool:
    """Return whether an answer tells what few clients have changed since an earlier version.

    Parameters
    ----------
    one : Telling
        The answer.
    told : sequence of Telling
        What else is told of the register of now.
    earlier : sequence of Telling
        What was told of an earlier version.
    changed : sequence of Telling
        Those of them that rest on what has changed since, not surely by enough clients.
    least : int
        The smallest count that may be shown.
    """
    if any(are_alike(own, one, least) for own in changed):
        return True
    if not changed:
        return False
    beside = [own for own in (*told, *earlier) if own.family == one.family]
    return any(
        any(own is one for own in together)
        and any(own is old for own in together for old in changed)
        for together, _ in make_up([one, *beside], least)
    )


def is_left_by_sum(one: Telling, told: Sequence[Telling], least: int) -> bool:
    """Return whether the few of a month follow from a sum over months and from the other months.

    Parameters
    ----------
    one : Telling
        An answer.
    told : sequence of Telling
        What else is told.
    least : int
        So many months of a sum, in one of which there are few, must be told by nothing else.
    """
    beside = [own for own in told if own.family[0] == one.family[0] and are_alike(own, one, least)]
    for total in (one, *beside):
        if not (total.is_sum and total.has_few_months):
            continue
        parts = (own.months for own in (one, *beside) if own.months < total.months)
        if len(total.months - frozenset().union(*parts)) < least:
            return True
    return False


def _cover(others: Sequence[Telling], one: Telling, least: int) -> bool:
    """Return whether others tell, alone or together, of all whom an answer rests on but a few."""
    clients = one.clients
    if any(are_alike(own, one, least) for own in others):
        return True
    inside = [own.clients for own in others if not (own.clients & ~clients).any()]
    if not inside:
        return False
    return int((clients & ~np.logical_or.reduce(inside)).sum()) < least
