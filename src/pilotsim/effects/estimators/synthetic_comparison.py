"""One unit, or few, against a comparison put together from others: synthetic controls.

What chance would make is shown by the others: each as if it had been the treated one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr

from pilotsim.base.amounts import Amount
from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import EstimationError, RequestError, did_you_mean
from pilotsim.base.messages import Message, either
from pilotsim.base.randomness import uniform_table
from pilotsim.base.statistics import critical_value
from pilotsim.effects.arms import as_arm
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.effect import Effect
from pilotsim.effects.panel_library import (
    SyntheticFit,
    fit_synthetic_control,
    fit_synthetic_did,
)

# Fewer others than this have no spread that says anything of chance.
FEWEST_OTHERS = 4
# Fewer periods before than this tell nothing of how alike units are.
FEWEST_BEFORE = 3

Fit = Callable[[Floats, Floats, int], SyntheticFit]
# What a p-value is made of: the place among the placebos, or their spread.
PlaceboInference = Literal["rank", "spread"]
WAYS = ("rank", "spread")


@dataclass(frozen=True, eq=False)
class _Units:
    """Units with an outcome in every period, checked."""

    outcomes: Floats
    treated: Bools
    first: int
    weights: Floats

    def pooled(self, chosen: Sequence[int]) -> Floats:
        """Return the mean of some units, each by its weight, shape (periods,)."""
        rows = list(chosen)
        return np.asarray(np.average(self.outcomes[rows], axis=0, weights=self.weights[rows]))


def estimate_synthetic_control(
    outcomes: ArrayLike,
    treated: ArrayLike,
    first: int,
    *,
    weights: ArrayLike | None = None,
    inference: PlaceboInference = "rank",
    placebos: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the effect on one unit, or few, against a weighted mean of others.

    Estimand: mean effect on the treated over the periods after. Assumption: the weighted mean of
    others that follows the treated before would have followed it after. Standard error: the root
    of the mean square of what is found for the others as if each had been the treated one
    (placebos in space), with as many degrees of freedom as there are placebos, less one. The
    p-value is the rank of the treated among them by how many times as far it is from its comparison
    after as before (root mean squares), so that it cannot be below one divided by the placebos and
    one; with ``inference="spread"`` it is that of Student's t, which takes the units for equally
    restless. Several treated units are one, their mean; placebos are then as many others together.
    Source: Abadie, Diamond and Hainmueller, Journal of the American Statistical Association 105
    (2010) 493-505.

    Parameters
    ----------
    outcomes : array, shape (units, periods)
        The mean outcome of each unit in each period.
    treated : array of 0 and 1, shape (units,)
        The units that get the programme.
    first : int
        The first period with it.
    weights : array, shape (units,), optional
        How much each treated unit counts, such as its clients; equally, unless given.
    inference : {"rank", "spread"}
        What the p-value is made of: the place among the placebos, or their spread.
    placebos : int
        At most so many groups of others are taken for treated.
    level : float
        Of the interval.
    seed : int
        Seed of the draw of the groups, where there are more of them.

    Raises
    ------
    EstimationError
        Fewer than 4 others, or 3 periods before; an outcome is missing; before, the others do not
        vary.
    """
    units = _take_units("synthetic_control", outcomes, treated, first, weights)
    return _conclude(
        "synthetic_control", fit_synthetic_control, _ratio, units, inference, placebos, level, seed
    )


def estimate_synthetic_did(
    outcomes: ArrayLike,
    treated: ArrayLike,
    first: int,
    *,
    weights: ArrayLike | None = None,
    inference: PlaceboInference = "rank",
    placebos: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Effect:
    """Return the change of one unit, or few, less that of a weighted mean of others.

    Estimand: mean effect on the treated over the periods after. Assumption: the treated would have
    changed since the weighted periods before as the weighted others did; levels may differ.
    Standard error and p-value: placebos in space as in `estimate_synthetic_control`, ranked by the
    size of the effect. Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager, American Economic
    Review 111 (2021) 4088-4118.

    Parameters
    ----------
    outcomes, treated, first, weights, inference, placebos, level, seed
        As in `estimate_synthetic_control`.

    Raises
    ------
    EstimationError
        As `estimate_synthetic_control`.
    """
    units = _take_units("synthetic_did", outcomes, treated, first, weights)
    return _conclude(
        "synthetic_did", fit_synthetic_did, _size, units, inference, placebos, level, seed
    )


def synthetic_placebos(
    outcomes: ArrayLike,
    treated: ArrayLike,
    first: int,
    *,
    names: Sequence[str] = (),
    changes: bool = True,
    weights: ArrayLike | None = None,
    placebos: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Placebos:
    """Return what is found for each of the others as if it had been treated.

    Parameters
    ----------
    outcomes, treated, first, weights, placebos, level, seed
        As in `estimate_synthetic_control`.
    names : sequence of str
        Names of the units; their numbers, unless given.
    changes : bool
        Whether changes are compared (`estimate_synthetic_did`) and not levels
        (`estimate_synthetic_control`).
    """
    name = "synthetic_did" if changes else "synthetic_control"
    fit: Fit = fit_synthetic_did if changes else fit_synthetic_control
    units = _take_units(name, outcomes, treated, first, weights)
    groups = _groups(units, placebos, seed)
    called = list(names) or [str(k) for k in range(len(units.outcomes))]
    found = [_fit_group(units, group, fit) for group in groups]
    spread = _spread(np.array([own.estimate for own in found]))
    effects = tuple(
        _effect(name, own.estimate, spread, math.nan, len(units.outcomes), len(found), level, ())
        for own in found
    )
    return Placebos(tuple(" + ".join(called[k] for k in group) for group in groups), effects)


def _take_units(
    estimator: str, outcomes: ArrayLike, treated: ArrayLike, first: int, weights: ArrayLike | None
) -> _Units:
    table = np.asarray(outcomes, np.float64)
    arm = as_arm(treated, len(table)).astype(np.bool_)
    own = np.ones(len(table)) if weights is None else np.asarray(weights, np.float64)
    others = int((~arm).sum())
    if not arm.any():
        raise EstimationError(
            Message("{estimator}: no unit has the programme", estimator=estimator)
        )
    if others < FEWEST_OTHERS + int(arm.sum()) - 1:
        raise EstimationError(
            Message(
                "{estimator}: there are {others} units to compare with; chance is judged by taking "
                "each for treated, which needs at least {least}",
                estimator=estimator,
                others=others,
                least=FEWEST_OTHERS + int(arm.sum()) - 1,
            )
        )
    if not FEWEST_BEFORE <= first < table.shape[1]:
        raise EstimationError(
            Message(
                "{estimator}: there are {before} periods before the programme and {after} after; "
                "at least {least} before and 1 after are needed",
                estimator=estimator,
                before=max(0, min(first, table.shape[1])),
                after=max(0, table.shape[1] - first),
                least=FEWEST_BEFORE,
            )
        )
    if not np.isfinite(table).all():
        raise EstimationError(
            Message(
                "{estimator}: {missing} units have periods in which nobody is seen; leave them out",
                estimator=estimator,
                missing=int((~np.isfinite(table)).any(axis=1).sum()),
            )
        )
    if np.ptp(table[~arm, :first], axis=0).max() == 0.0:
        raise EstimationError(
            Message(
                "{estimator}: before the programme all units are alike in every period, so that "
                "none is closer than another",
                estimator=estimator,
            )
        )
    return _Units(table, arm, first, own)


def _groups(units: _Units, most: int, seed: int) -> list[tuple[int, ...]]:
    """Return the groups of others that are taken for treated, each as large as the treated."""
    others = np.flatnonzero(~units.treated)
    size = int(units.treated.sum())
    if math.comb(len(others), size) <= most:
        return [tuple(int(k) for k in group) for group in combinations(others, size)]
    lots = uniform_table(seed, "synthetic placebos", 4 * most, len(others))
    drawn = (tuple(sorted(int(k) for k in others[np.argsort(row)[:size]])) for row in lots)
    return list(islice(dict.fromkeys(drawn), most))


def _fit_group(units: _Units, group: Sequence[int], fit: Fit) -> SyntheticFit:
    others = [k for k in np.flatnonzero(~units.treated) if k not in group]
    return fit(units.pooled(group), units.outcomes[others], units.first)


def _ratio(found: SyntheticFit, first: int) -> float:
    """Return how many times as far a unit is from its comparison after as before."""
    before = math.sqrt(float(np.mean(found.gaps[:first] ** 2)))
    after = math.sqrt(float(np.mean(found.gaps[first:] ** 2)))
    return after / before if before > 0.0 else math.inf


def _size(found: SyntheticFit, first: int) -> float:
    del first
    return abs(found.estimate)


def _spread(placebos: Floats) -> float:
    return math.sqrt(float(np.mean(placebos**2)))


def _conclude(
    estimator: str,
    fit: Fit,
    statistic: Callable[[SyntheticFit, int], float],
    units: _Units,
    inference: str,
    most: int,
    level: float,
    seed: int,
) -> Effect:
    if inference not in WAYS:
        raise RequestError(
            Message(
                "inference: expected {names}; found '{found}'{meant}",
                names=either(WAYS),
                found=inference,
                meant=did_you_mean(inference, WAYS),
            )
        )
    own = fit(
        units.pooled(np.flatnonzero(units.treated).tolist()),
        units.outcomes[~units.treated],
        units.first,
    )
    groups = _groups(units, most, seed)
    found = [_fit_group(units, group, fit) for group in groups]
    asked = statistic(own, units.first)
    # As far or farther, up to rounding.
    as_far = sum(statistic(one, units.first) >= asked * (1.0 - 1e-9) for one in found)
    rank = (1 + as_far) / (1 + len(found))
    spread = _spread(np.array([one.estimate for one in found]))
    if not spread > 0.0:
        raise EstimationError(
            Message(
                "{estimator}: nothing differs between the units that are compared with, so that "
                "nothing can be said of chance",
                estimator=estimator,
            )
        )
    freedom = len(found) - 1.0
    p = rank if inference == "rank" else 2.0 * float(stdtr(freedom, -abs(own.estimate) / spread))
    notes = (
        _rank_note(as_far, len(found)),
        Message(
            "the comparison is made of {count} of {others} units, the largest part {most:.2f}",
            count=int((own.weights > 0.01).sum()),
            others=len(own.weights),
            most=Amount(own.weights.max()),
        ),
    )
    return _effect(
        estimator, own.estimate, spread, p, len(units.outcomes), len(found), level, notes
    )


def _rank_note(as_far: int, placebos: int) -> Message:
    rank = Amount((1 + as_far) / (1 + placebos))
    if not as_far:
        return Message(
            "{placebos} others were tried, each as if it had the programme, and none lies as far "
            "from its comparison: a p-value by rank of {rank:.3f}, the lowest that there can be",
            placebos=placebos,
            rank=rank,
        )
    return Message(
        "{as_far} of {placebos} others, each as if it had the programme, lie as far from their "
        "comparison: a p-value by rank of {rank:.3f}, which cannot be below {least:.3f}",
        as_far=as_far,
        placebos=placebos,
        rank=rank,
        least=Amount(1 / (1 + placebos)),
    )


def _effect(
    estimator: str,
    estimate: float,
    error: float,
    p: float,
    units: int,
    placebos: int,
    level: float,
    notes: tuple[str, ...],
) -> Effect:
    freedom = placebos - 1.0
    reach = critical_value(level, freedom) * error
    return Effect(
        estimator=estimator,
        estimand="mean effect on the treated (ATT) over the periods after",
        estimate=estimate,
        error=error,
        low=estimate - reach,
        high=estimate + reach,
        p=p,
        freedom=freedom,
        clients=units,
        clusters=units,
        notes=notes,
    )
