"""Twins: every client with and without the programme under common random numbers.

The difference between the two is the true effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.statistics import ratio_of_sums
from pilotsim.evaluation.estimands import (
    AT,
    CUMULATED,
    DEADWEIGHT,
    DISPLACEMENT,
    THREAT,
    Estimand,
    Pair,
    effect_path,
    is_defined,
    sums_of,
)
from pilotsim.evaluation.register import RegisterView, observe_register
from pilotsim.measures.selections import select
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Selection
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.journeys import Journeys
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.population import Offers
from pilotsim.simulation.resolved import resolve_flow

if TYPE_CHECKING:
    import pandas as pd

USUAL = (
    Estimand("in_work_12", 12),
    Estimand("in_work_24", 24),
    Estimand("on_assistance_24", 24, "on_assistance"),
    Estimand("months_of_assistance_24", 24, "on_assistance", CUMULATED),
    Estimand("deadweight_24", 24, kind=DEADWEIGHT),
    Estimand("threat_6", 6, kind=THREAT),
    Estimand("displacement_24", 24, kind=DISPLACEMENT),
)


@dataclass(frozen=True)
class Truth:
    """A true effect, and how well so many replications tell it.

    Parameters
    ----------
    estimand : Estimand
        What was asked.
    value, error : float
        The effect and its Monte Carlo standard error, in the unit of the outcome; NaN where nobody
        counts.
    by_replication : ndarray of float, shape (replications, 2)
        The two sums of which the effect is the ratio.
    """

    estimand: Estimand
    value: float
    error: float
    by_replication: Floats


@dataclass(frozen=True)
class TrueEffectPath:
    """A true effect month by month.

    Parameters
    ----------
    estimand : Estimand
        What was asked, at the last month.
    value, error : ndarray of float, shape (months,)
        The effect 1, 2, ... months after listing, and its Monte Carlo standard error.
    """

    estimand: Estimand
    value: Floats
    error: Floats


@dataclass(frozen=True)
class Twins:
    """The true effects of a programme.

    Parameters
    ----------
    flow : Flow
        What was run.
    seed, replications : int
        How.
    truths : tuple of Truth
        One for each estimand.
    path : TrueEffectPath
        The first estimand month by month: lock-in first, gain later.
    """

    flow: Flow
    seed: int
    replications: int
    truths: tuple[Truth, ...]
    path: TrueEffectPath

    def __getitem__(self, name: str) -> Truth:
        return next(truth for truth in self.truths if truth.estimand.name == name)

    def to_frame(self) -> pd.DataFrame:
        """Return the effects as a table: one row for each estimand."""
        import pandas as pd

        frame = pd.DataFrame(
            {
                "estimand": t.estimand.name,
                "kind": t.estimand.kind,
                "outcome": t.estimand.outcome,
                "months": t.estimand.months,
                "who": t.estimand.who,
                "effect": t.value,
                "monte_carlo_error": t.error,
            }
            for t in self.truths
        )
        frame.attrs = {
            "units": dict.fromkeys(
                ("effect", "monte_carlo_error"),
                "of kind: share of 1, months, kroner, or a ratio",
            )
        }
        return frame

    def __repr__(self) -> str:
        lines = [f"Twins of {self.flow.flow}: {self.replications} replications, seed {self.seed}"]
        lines += [f"  {t.estimand.name:<28} {t.value:9.4f}  (± {t.error:.4f})" for t in self.truths]
        return "\n".join(lines)


@checks_arguments
def twins(
    flow: Flow,
    *,
    estimands: Sequence[Estimand] | None = None,
    population: Selection | None = None,
    offers: Offers | None = None,
    look: RegisterView | None = None,
    replications: int = 200,
    seed: int = 1,
    fixed: bool = False,
    engine: str | None = None,
) -> Twins:
    """Return the true effects of a flow's programme: the same clients with it and without.

    Parameters
    ----------
    flow : Flow
        What the file says; somebody must be drawn into the programme (`draws_from`).
    estimands : sequence of Estimand, optional
        What is asked; the usual ones that the flow's length allows, unless given.
    population : Selection, optional
        Whom it is about; the groups that the programme may draw from, unless given.
    offers : Offers, optional
        Who is offered the programme from when; everyone as the flow says, unless given.
    look : RegisterView, optional
        What counts as the programme in a register.
    replications, seed : int
        How many, and the seed.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.

    Raises
    ------
    RequestError
        Nobody is drawn into a programme, or no estimand fits into the flow's length.
    """
    length = len(flow.make_calendar().marks()) - 1
    asked = [
        one
        for one in (USUAL if estimands is None else estimands)
        if estimands is not None or one.months <= length
    ]
    if not asked or max(one.months for one in asked) > length:
        raise RequestError(
            Message(
                "the flow lasts {length} months; no effect can be seen beyond that", length=length
            )
        )
    pairs = (
        make_pair(flow, seed, r, population, offers or True, look, fixed=fixed, engine=engine)
        for r in range(replications)
    )
    sums, paths = [], []
    for pair in pairs:
        sums.append([sums_of(one, pair) for one in asked])
        paths.append(effect_path(pair, asked[0]))
    table, along = np.array(sums), np.array(paths)
    truths = []
    for k, one in enumerate(asked):
        value, error = _ratio(one, table[:, k, 0], table[:, k, 1])
        truths.append(Truth(one, value, error, by_replication=table[:, k]))

    path = [_ratio(asked[0], along[:, 0, k], along[:, 1, k]) for k in range(along.shape[2])]
    values = np.array([value for value, _ in path])
    errors = np.array([error for _, error in path])
    first = TrueEffectPath(asked[0], values, errors)
    return Twins(flow, seed, replications, tuple(truths), first)


def _ratio(estimand: Estimand, top: Floats, bottom: Floats) -> tuple[float, float]:
    """Return an effect with its Monte Carlo standard error; NaN where it says nothing."""
    if not is_defined(estimand, float(bottom.sum())):
        return math.nan, math.nan
    effect = ratio_of_sums(top, bottom)
    return effect.value, effect.error


def make_pair(
    flow: Flow,
    seed: int,
    replication: int,
    population: Selection | None = None,
    offered: bool | Offers = True,
    look: RegisterView | None = None,
    *,
    fixed: bool = False,
    engine: str | None = None,
) -> Pair:
    """Return one replication as a register shows it with the programme and without; see `twins`."""
    plan = resolve_flow(flow, None if fixed else draw_numbers(flow, seed, replication))
    without = run_replication(plan, seed, replication, offered=False, engine=engine)
    present = run_replication(plan, seed, replication, offered=offered, engine=engine)
    chosen = select(without, candidates(without) if population is None else population)
    panel = observe_register(present, look)
    return Pair(panel, observe_register(without, look), chosen, chosen, np.isfinite(panel.started))


def candidates(journeys: Journeys) -> Selection:
    """Return whom the programme may draw from.

    Raises
    ------
    RequestError
        No stage draws anybody.
    """
    stages = [stage for stage in journeys.plan.stages if stage.draws_from]
    if not stages:
        raise RequestError(
            Message(
                "no stage of the flow has 'draws_from': nobody is offered a programme, so the two "
                "worlds are the same"
            )
        )
    names = [group.name for group in journeys.plan.groups]
    if any(stage.draws_groups is None for stage in stages):
        return Selection()
    return Selection(
        groups=tuple(
            names[k] for k in sorted(set().union(*(stage.draws_groups or () for stage in stages)))
        )
    )


__all__ = ["AT", "USUAL", "TrueEffectPath", "Truth", "Twins", "candidates", "make_pair", "twins"]
