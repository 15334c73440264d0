"""One-way sensitivity: one thing changed at a time, with the same clients."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.statistics import Interval, mean_interval, paired_interval
from pilotsim.judge.validation import outputs
from pilotsim.model.flow import Flow
from pilotsim.model.joint import path_of_joint
from pilotsim.runs.batches import RunOptions, Variant, rows_of_numbers, run_variants
from pilotsim.simulation.parameters import UNLIMITED, round_count

CAPACITY, LOW, HIGH = "unlimited", "low", "high"
UNCHANGED = "as written"
# What a part `joint` as a whole stands at: the middle of the lowest and of the highest tenth of its
# rows along their first principal component.
ENDS = (0.05, 0.95)
# What is known of a difference to a wait of which only the least is: that it is at least so much
# less or more, or not even that.
LESS, MORE, UNTOLD = "at_least_less", "at_least_more", "untold"


@dataclass(frozen=True)
class ChangedInput:
    """A capacity to lift, or an assumption to put at one end of its range.

    Parameters
    ----------
    name : str
        The path of the value or of the part `joint`, or the name of the resource.
    kind : str
        `unlimited`, `low` or `high`.
    number : float
        What the value is put at; for a part `joint` the place of its rows, from 0 to 1.
    slots : mapping of int to float
        The numbers that change with it, by slot.
    """

    name: str
    kind: str
    number: float
    slots: Mapping[int, float]

    @property
    def label(self) -> str:
        """What tells it from all other changes of a flow."""
        return f"{self.kind} {self.name}"

    def as_variant(self, flow: Flow, *, fixed: bool, engine: str | None) -> Variant:
        """Return the flow with this changed, to be run.

        Parameters
        ----------
        flow : Flow
            The flow as it is written.
        fixed : bool
            Whether assumptions keep their written values rather than being drawn from their ranges.
        engine : str or None
            The engine that runs it; the default one for None.
        """
        return Variant(self.label, flow, self.slots, fixed, engine=engine)


@dataclass(frozen=True)
class OneWayChange:
    """What one change did: an end of a bar of a tornado.

    Parameters
    ----------
    name : str
        The path of the value or of the part `joint`, or the name of the resource.
    kind : str
        `unlimited`, `low` or `high`.
    number : float
        What the value stands at; for a part `joint` the place of its rows, from 0 to 1.
    level : mapping of str to float
        By output: its mean with the change.
    value : mapping of str to Interval
        By output: its paired difference, with the change less without.
    probability : mapping of str to Interval
        By output that has a bound: the same of the probability of meeting it.
    bounded : mapping of str to str
        By output whose difference is only bounded, since a wait of some run is: `at_least_less` or
        `at_least_more` where the mean of `value` is the least that the difference can be in that
        direction, without an interval; `untold` where the direction is not known, and no mean.
    """

    name: str
    kind: str
    number: float
    level: Mapping[str, float]
    value: Mapping[str, Interval]
    probability: Mapping[str, Interval]
    bounded: Mapping[str, str] = field(default_factory=dict)

    def is_clear(self, output: str) -> bool:
        """Whether it is known in which direction the output moves."""
        if output in self.bounded:
            return self.bounded[output] != UNTOLD
        return self.value[output].is_clear


def capacities_lifted(flow: Flow) -> Iterator[ChangedInput]:
    """Yield each scarce capacity of a flow without its limit, in the order of the file."""
    for name, resource in flow.resources.items():
        scarce = resource.units or resource.fte
        if scarce is None and resource.supply is not None:
            scarce = resource.supply.units
        if scarce is not None:
            slots = [scarce.slot, *(later.slot for _, later in scarce.changes)]
            shifts = (resource.shifts or {}).values()
            slots += [own.slot for hours in shifts for own in hours.values() if own is not None]
            yield ChangedInput(name, CAPACITY, UNLIMITED, dict.fromkeys(slots, UNLIMITED))


def assumptions_at_ends(flow: Flow) -> Iterator[ChangedInput]:
    """Yield each assumption of a flow at its low, then at its high end.

    A value that is drawn together with others stands at the end of its range too, which is that of
    the rows, and takes the others along: they stand at their mean over the rows in which it is
    lowest, or highest (a tenth of them, with the end of the range in their middle). Of values that
    one column gives, the first stands for all. Each part `joint` comes last as a whole, along the
    first principal component of its rows.
    """
    seen: set[tuple[str, str]] = set()
    for path, value in flow.assumptions.items():
        if value.joint is not None:
            column = (value.joint, flow.joint[value.joint].gives[path])
            if column not in seen:
                yield from _rows_at_ends(flow, value.joint, path)
            seen.add(column)
            continue
        for kind, end in ((LOW, value.low), (HIGH, value.high)):
            assert end is not None
            yield ChangedInput(path, kind, end, {value.slot: round_count(value, end)})
    for name, members in flow.drawn_together.items():
        if len(members) > 1:
            yield from _rows_at_ends(flow, name, None)


def _rows_at_ends(flow: Flow, name: str, path: str | None) -> Iterator[ChangedInput]:
    """Yield values that are drawn together where one of them is low or high, or all along."""
    rows = flow.posteriors[name]
    members = flow.drawn_together[name]
    for kind, place, row in zip((LOW, HIGH), ENDS, rows.ends_of(path), strict=True):
        found = dict(zip(rows.paths, row.tolist(), strict=True))
        if path is not None:
            value = members[path]
            end = value.low if kind == LOW else value.high
            assert end is not None
            given = flow.joint[name].gives
            found |= {own: end for own in members if given[own] == given[path]}
        slots = {value.slot: round_count(value, found[own]) for own, value in members.items()}
        if path is None:
            yield ChangedInput(path_of_joint(name), kind, place, slots)
        else:
            yield ChangedInput(path, kind, slots[members[path].slot], slots)


def compare(
    change: ChangedInput,
    after: Mapping[str, Floats],
    before: Mapping[str, Floats],
    met: Mapping[str, tuple[Floats, Floats]] | None = None,
    beyond: Mapping[str, tuple[Floats, Floats]] | None = None,
) -> OneWayChange:
    """Return what a change did to each output.

    Parameters
    ----------
    change : ChangedInput
        What was changed.
    after, before : mapping of str to ndarray, shape (replications,)
        Each output with the change and without, replication by replication the same clients.
        Further replications without the change are not used.
    met : mapping of str to (ndarray, ndarray), optional
        By output with a bound, with the change and without: 1 for values that meet it, 0 for
        others, NaN for those not defined, whose pairs are left out.
    beyond : mapping of str to (ndarray, ndarray), optional
        By output, with the change and without: how much more than its value it may be. Where that
        is more than nothing in any run, the difference is only bounded.
    """
    level = {}
    value = {}
    bounded = {}
    for name, values in after.items():
        level[name] = mean_interval(values).mean
        earlier = before[name][: len(values)]
        own, others = (beyond or {}).get(name, (np.zeros(1), np.zeros(1)))
        others = others[: len(values)]
        if own.any() or others.any():
            value[name], bounded[name] = _bounded_difference(values, own, earlier, others)
        else:
            value[name] = paired_interval(values, earlier)

    probability = {}
    for name, (with_change, without) in (met or {}).items():
        probability[name] = paired_interval(with_change, without[: len(with_change)])

    return OneWayChange(change.name, change.kind, change.number, level, value, probability, bounded)


def _bounded_difference(
    after: Floats, beyond_after: Floats, before: Floats, beyond_before: Floats
) -> tuple[Interval, str]:
    """Return the least that a mean difference can be in its direction, and which that is.

    The direction is known where the interval of the bound leaves 0 out. No interval stands with
    the result: it would be that of a bound, and read as that of the difference.
    """
    untold = Interval(math.nan, math.nan, math.nan, 0)
    if np.isinf(beyond_after).any() and np.isinf(beyond_before).any():
        return untold, UNTOLD

    most = after + beyond_after - before
    least = after - (before + beyond_before)
    for bound, sign, word in ((-most, -1, LESS), (least, 1, MORE)):
        if np.isinf(bound).any():
            continue
        found = mean_interval(bound)
        if found.low > 0:
            return Interval(sign * found.mean, math.nan, math.nan, found.n), word
    return untold, UNTOLD


@checks_arguments
def vary_assumptions(
    flow: Flow,
    *,
    replications: int,
    seed: int,
    jobs: int = 1,
    engine: str | None = None,
) -> tuple[OneWayChange, ...]:
    """Return what each assumption at either end does to the observed outputs, all others drawn.

    Parameters
    ----------
    flow : Flow
        The flow.
    replications : int
        Runs at each end; the same clients at all.
    seed : int
        The seed.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is by default.
    """
    options = RunOptions(seed, replications, jobs=jobs, engine=engine)
    changes = list(assumptions_at_ends(flow))
    variants = [Variant(UNCHANGED, flow, engine=engine)]
    variants += [change.as_variant(flow, fixed=False, engine=engine) for change in changes]
    before, *afters = run_outputs(variants, options)
    return tuple(
        compare(change, after, before) for change, after in zip(changes, afters, strict=True)
    )


def ends_by_swing(
    changes: Sequence[OneWayChange], output: str
) -> list[tuple[OneWayChange, OneWayChange]]:
    """Return the low and the high end of each assumption that moves an output.

    The widest swing from end to end comes first; what does not move the output is left out.
    """
    low = {change.name: change for change in changes if change.kind == LOW}
    high = {change.name: change for change in changes if change.kind == HIGH}

    def swing(name: str) -> float:
        return abs(high[name].level[output] - low[name].level[output])

    moving = [name for name in low if swing(name) > 0]
    return [(low[name], high[name]) for name in sorted(moving, key=swing, reverse=True)]


def run_outputs(variants: Sequence[Variant], options: RunOptions) -> list[Mapping[str, Floats]]:
    """Return every observed output of each variant, shape (replications,) each.

    Sums over values stand at the values as each replication has them.

    Parameters
    ----------
    variants : sequence of Variant
        What to run; all observe what the first one does.
    options : RunOptions
        How many runs of each, and the seed.
    """
    measures = {
        name: observed.measure
        for name, observed in variants[0].flow.observed.items()
        if observed.measure is not None
    }
    outcomes = run_variants(
        variants,
        list(measures.values()),
        seed=options.seed,
        replications={variant.name: options.replications for variant in variants},
        jobs=options.jobs,
    )

    found: list[Mapping[str, Floats]] = []
    for variant in variants:
        values = outcomes[variant.name].known
        columns = {name: values[:, k] for k, name in enumerate(measures)}
        numbers = list(rows_of_numbers(variant, options.seed, range(options.replications)))
        found.append(outputs(variant.flow, columns, numbers))
    return found
