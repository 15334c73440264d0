"""What a programme changes in all: clients in each state at the end, with it and without it.

Taken from runs of both worlds with the same clients, so that a check can always say it; what it is
made of takes runs of its own (`effect_split`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval, mean_interval, quantile_range
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure, Selection
from pilotsim.runs.batches import Variant, rows_of_numbers

# The states that the effect is told in, as far as the flow has them.
STATES = ("work", "assistance", "other_benefit", "education", "unknown")
WORK = "work"


@dataclass(frozen=True)
class EffectTotals:
    """Clients in each state at the end in two worlds, replication by replication.

    Parameters
    ----------
    flow : Flow
        Whose effect it is.
    states : tuple of str
        The states that clients are counted in.
    counted : tuple of str
        Among whom they are counted, by name. The first are those of the headline.
    without, programme : ndarray, shape (replications, counted, states)
        Clients in the world without the programme, and in the world with it.
    displaced : ndarray, shape (replications,)
        The share of the jobs won that others would have had; NaN where the flow says none.
    """

    flow: Flow
    states: tuple[str, ...]
    counted: tuple[str, ...]
    without: Floats
    programme: Floats
    displaced: Floats

    @property
    def replications(self) -> int:
        """How many runs it rests on."""
        return len(self.without)

    @property
    def total(self) -> Floats:
        """With minus without, shape (replications, counted, states)."""
        return np.asarray(self.programme - self.without, np.float64)

    @property
    def taken_from_others(self) -> Floats:
        """The jobs won that others would have had, shape (replications, counted).

        A share of the jobs that the programme wins, and never a gain to others where it loses some.
        What chance wins in one run it loses in another, so that the share of the jobs won in single
        runs is scaled to that of the jobs won on average.
        """
        won = self.total[:, :, self.states.index(WORK)]
        share = self.displaced[:, np.newaxis]
        taken = np.maximum(won, 0.0) * share
        most = taken.mean(axis=0)
        on_average = np.maximum((won * share).mean(axis=0), 0.0)
        scale = np.divide(on_average, most, out=np.zeros_like(most), where=most != 0)
        return np.asarray(taken * scale, np.float64)

    @property
    def net_of_displacement(self) -> Floats:
        """With minus without in work, less what is taken from others.

        The shape is (replications, counted); NaN where the flow says nothing of displacement.
        """
        won = self.total[:, :, self.states.index(WORK)]
        return np.asarray(won - self.taken_from_others, np.float64)


@dataclass(frozen=True)
class EffectFigure:
    """An effect, or a part of it, as it is told: its mean, how sure that is, and nine runs in ten.

    Parameters
    ----------
    mean : Interval
        Over the replications, with its 95 % interval.
    low, high : float
        Between which nine replications in ten lie.
    """

    mean: Interval
    low: float
    high: float

    @classmethod
    def of(cls, numbers: Floats) -> EffectFigure:
        """Return the figure of a number in each replication, shape (replications,)."""
        return cls(mean_interval(numbers), *quantile_range(numbers))


def effect_measures(flow: Flow) -> list[Measure]:
    """Return what must be measured for the effect of a flow; nothing where it names nobody.

    Clients in each state at the end, for each of those whom the flow counts.
    """
    if flow.mechanisms is None:
        return []
    return [
        Measure(count=Selection(state=state, at="end"), of=counted.of)
        for counted in flow.mechanisms.counted.values()
        for state in _states_of(flow)
    ]


def effect_names(flow: Flow) -> list[str]:
    """Return what each of `effect_measures` is called: among whom, and in which state."""
    if flow.mechanisms is None:
        return []
    return [f"{name}.{state}" for name in flow.mechanisms.counted for state in _states_of(flow)]


def effect_totals(
    flow: Flow, values: Floats, counterfactual: Floats, variant: Variant, seed: int
) -> EffectTotals | None:
    """Return the effect from runs of `effect_measures`; None where the flow names nobody.

    Parameters
    ----------
    flow : Flow
        What was run.
    values, counterfactual : ndarray, shape (replications, measures)
        The measures with the programme and without, in the order of `effect_measures`.
    variant : Variant
        What was run, as it was: the share that is displaced is drawn with the rest.
    seed : int
        The seed of the runs.
    """
    if flow.mechanisms is None:
        return None
    states = _states_of(flow)
    shape = (len(values), len(flow.mechanisms.counted), len(states))
    return EffectTotals(
        flow,
        states,
        tuple(flow.mechanisms.counted),
        counterfactual.reshape(shape),
        values.reshape(shape),
        _displaced(flow, variant, seed, len(values)),
    )


def _states_of(flow: Flow) -> tuple[str, ...]:
    found = {stage.counts_as for stage in flow.stages.values()} | {WORK}
    return tuple(state for state in STATES if state in found)


def _displaced(flow: Flow, variant: Variant, seed: int, replications: int) -> Floats:
    assert flow.mechanisms is not None
    if flow.mechanisms.displacement is None:
        return np.full(replications, np.nan)
    rows = rows_of_numbers(variant, seed, range(replications))
    return rows[:, flow.mechanisms.displacement.share.slot]
