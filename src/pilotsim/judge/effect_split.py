"""What "with minus without" is made of: the part of each way in which a programme works.

Each part is switched on and off in runs with the same clients. What a part adds depends on which
others are on already, so it is taken on average over the orders in which they can be switched on:
Shapley's value (L. S. Shapley, *Contributions to the Theory of Games* II, 1953, 307-317). Each
replication has an order of its own, drawn by chance, and the same order backwards, which halves
what the chance of orders adds (Mitchell et al., *JMLR* 23 (2022) 43:1-46). Along one order what the
parts add is a sum that telescopes, so that in every single replication the parts, what is left
when all are off, and the world without the programme add up to the world with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats, Ints
from pilotsim.files.decided import flow_changed
from pilotsim.judge.effect_totals import EffectTotals, effect_measures, effect_totals
from pilotsim.model.flow import Flow
from pilotsim.model.mechanisms import Mechanism, Mechanisms
from pilotsim.model.rules.mechanisms import inseparable_parts, switched_slots
from pilotsim.runs.batches import Outcome, Progress, Variant, run_variants

ALL_ON, ALL_OFF = "all parts on", "all parts off"
BESIDES = "besides"
FORWARDS, BACKWARDS = "forwards", "backwards"


@dataclass(frozen=True)
class EffectSplit(EffectTotals):
    """An effect in its parts: clients in each state at the end, replication by replication.

    Parameters
    ----------
    parts : tuple of str
        The parts, by name.
    left : ndarray, shape (replications, counted, states)
        What the programme changes where every part is switched off.
    by_part : ndarray, shape (parts, replications, counted, states)
        What each part adds.
    besides : mapping of str to ndarray, shape (replications, counted, states)
        What each thing that is not planned would change on top, by name.
    inseparable : tuple of str
        Parts that cannot be switched off for what was set, by name; they are in `left`.
    """

    parts: tuple[str, ...]
    left: Floats
    by_part: Floats
    besides: Mapping[str, Floats]
    inseparable: tuple[str, ...] = ()


@checks_arguments
def split_effect(
    flow: Flow,
    *,
    replications: int,
    seed: int = 1,
    fixed: bool = False,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> EffectSplit | None:
    """Return the effect of a flow's programme in its parts; None where the flow names no parts.

    Parameters
    ----------
    flow : Flow
        What the file says.
    replications : int
        Runs of every world: those that `count_split_runs` counts, and the flow as it is.
    seed : int
        The seed: the same clients in every world.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done.
    """
    split = SplitRuns.of(flow, replications=replications, seed=seed, fixed=fixed, engine=engine)
    if split is None:
        return None
    unchanged = Variant(ALL_ON, flow, fixed=fixed, with_counterfactual=True, engine=engine)
    variants = [unchanged, *split.variants]
    outcomes = run_variants(
        variants,
        effect_measures(flow),
        seed=seed,
        replications=dict.fromkeys((variant.name for variant in variants), replications),
        jobs=jobs,
        progress=progress,
    )
    totals = effect_totals(
        flow, outcomes[ALL_ON].values, outcomes[ALL_ON].counterfactual, unchanged, seed
    )
    assert totals is not None
    return split.work_out(outcomes, totals)


class SplitRuns:
    """The worlds that split an effect, to be run beside the flow as it is.

    Parameters
    ----------
    flow : Flow
        What the file says.
    replications : int
        Runs of every world.
    seed : int
        The seed of the run.
    fixed : bool
        Whether all assumptions stand at their values.
    engine : str or None
        The engine that runs them; the default one for None.

    Attributes
    ----------
    variants : list of Variant
        The worlds in which some part is off, and those with something besides. Their measures are
        `effect_measures`.
    """

    def __init__(
        self, flow: Flow, *, replications: int, seed: int, fixed: bool, engine: str | None
    ) -> None:
        assert flow.mechanisms is not None
        self._flow = flow
        self._switches = _Switches(flow, seed, replications)
        self._additions = _additions(flow, flow.mechanisms)
        measures = effect_measures(flow)
        self.variants = [
            Variant(
                name,
                flow,
                fixed=fixed,
                engine=engine,
                measures=measures,
                own=self._switches.own_numbers(is_on),
            )
            for name, is_on in self._switches.worlds()
        ]
        self.variants += [
            Variant(f"{BESIDES} {name}", changed, fixed=fixed, engine=engine, measures=measures)
            for name, changed in self._additions.items()
        ]

    @classmethod
    def of(
        cls, flow: Flow, *, replications: int, seed: int, fixed: bool, engine: str | None
    ) -> SplitRuns | None:
        """Return the worlds of a flow; None where it names no parts."""
        if flow.mechanisms is None:
            return None
        return cls(flow, replications=replications, seed=seed, fixed=fixed, engine=engine)

    def work_out(self, outcomes: Mapping[str, Outcome], totals: EffectTotals) -> EffectSplit:
        """Return the effect in its parts.

        Parameters
        ----------
        outcomes : mapping of str to Outcome
            What each of the variants came to, by its name.
        totals : EffectTotals
            The effect with every part on, in the same replications.
        """
        shape = totals.programme.shape
        found = {one.name: outcomes[one.name].values.reshape(shape) for one in self.variants}
        found[ALL_ON] = totals.programme
        return EffectSplit(
            flow=totals.flow,
            states=totals.states,
            counted=totals.counted,
            without=totals.without,
            programme=totals.programme,
            displaced=totals.displaced,
            parts=self._switches.parts,
            left=found[ALL_OFF] - totals.without,
            by_part=self._switches.contributions(found),
            besides={
                name: found[f"{BESIDES} {name}"] - totals.programme for name in self._additions
            },
            inseparable=inseparable_parts(self._flow),
        )


def count_split_runs(flow: Flow, replications: int) -> int:
    """Return how many runs `SplitRuns` makes of a flow, as `progress` counts them."""
    if flow.mechanisms is None:
        return 0
    worlds = 1 + 2 * max(0, len(_separable(flow)) - 1)
    return replications * (worlds + len(_additions(flow, flow.mechanisms)))


def _separable(flow: Flow) -> dict[str, Mechanism]:
    """Return the parts that can be switched off as a flow now stands, by name."""
    assert flow.mechanisms is not None
    left_on = inseparable_parts(flow)
    return {name: part for name, part in flow.mechanisms.parts.items() if name not in left_on}


def _additions(flow: Flow, mechanisms: Mechanisms) -> dict[str, Flow]:
    """Return the flow with each thing that is not planned; none for one made of no file."""
    found: dict[str, Flow] | None = flow.memory.get(_additions)
    if found is None:
        made = {name: flow_changed(flow, one.changes) for name, one in mechanisms.besides.items()}
        found = {name: one for name, one in made.items() if one is not None}
        flow.memory[_additions] = found
    return found


def is_on_already(flow: Flow, name: str) -> bool:
    """Tell whether a flow has what its plan leaves out, so that nothing can come on top of it."""
    assert flow.mechanisms is not None
    changed = _additions(flow, flow.mechanisms).get(name)
    return changed is not None and all(
        getattr(changed, part) == getattr(flow, part) for part in type(flow).model_fields
    )


class _Switches:
    """In which replication of which world which part is switched on."""

    def __init__(self, flow: Flow, seed: int, replications: int) -> None:
        separable = _separable(flow)
        self.parts = tuple(separable)
        self.slots = [switched_slots(flow, part) for part in separable.values()]
        self.many = len(self.slots)
        self.place = _places(self.parts, seed, replications)

    def worlds(self) -> Iterator[tuple[str, Floats]]:
        """Yield each world with a part off, and which are on, shape (parts, replications)."""
        yield ALL_OFF, np.zeros(self.place.shape)
        for way in (FORWARDS, BACKWARDS):
            for on in range(1, self.many):
                yield f"{way} {on}", np.asarray(self._place(way) < on, np.float64)

    def _place(self, way: str) -> Ints:
        """Return the place of each part in the order of each replication, from 0 on."""
        return self.place if way == FORWARDS else self.many - 1 - self.place

    def own_numbers(self, is_on: Floats) -> dict[int, Floats]:
        """Return the numbers of parts that are off, by slot; NaN where a part is on."""
        return {
            slot: np.where(is_on[part] > 0, np.nan, number)
            for part, slots in enumerate(self.slots)
            for slot, number in slots.items()
        }

    def contributions(self, found: dict[str, Floats]) -> Floats:
        """Return what each part adds, shape (parts, replications, counted, states)."""
        added = np.zeros((self.many, *found[ALL_ON].shape))
        runs = np.arange(self.place.shape[1])
        for way in (FORWARDS, BACKWARDS):
            between = [found[f"{way} {on}"] for on in range(1, self.many)]
            along = np.stack([found[ALL_OFF], *between, found[ALL_ON]])
            steps = np.diff(along, axis=0)
            added += 0.5 * steps[self._place(way), runs]
        return added


def _places(parts: tuple[str, ...], seed: int, replications: int) -> Ints:
    """Return the place of each part in an order drawn for each replication.

    The shape is (parts, replications). Each part has a number of its own for it, so that a further
    part changes nothing in the order of the others.
    """
    group = randomness.code("order of parts")
    drawn = [
        [
            randomness.uniform(seed, replication, group, 0, randomness.code(part), 0)
            for replication in range(replications)
        ]
        for part in parts
    ]
    return np.asarray(np.array(drawn).argsort(axis=0).argsort(axis=0), np.int64)
