"""What conclusions hang on: each assumption at the ends of its range, with the same clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotsim.base.arrays import Floats
from pilotsim.base.quantity import Quantity
from pilotsim.judge.validation import outputs
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant, run_variants
from pilotsim.simulation.parameters import numbers_of, round_count

LOW, HIGH = "low", "high"


@dataclass(frozen=True)
class Hinge:
    """What an output comes to with one assumption at the ends of its range, all others at their values.

    Parameters
    ----------
    path : str
        The assumption's place in the flow file.
    value : Quantity
        The assumption.
    low, high : float
        The mean of the output with the assumption at its low and at its high end.
    """

    path: str
    value: Quantity
    low: float
    high: float

    @property
    def swing(self) -> float:
        """How far apart the ends are."""
        return abs(self.high - self.low)


def find_hinges(
    flow: Flow,
    names: Sequence[str],
    *,
    replications: int,
    seed: int,
    jobs: int = 1,
    engine: str | None = None,
) -> dict[str, list[Hinge]]:
    """Return for each observed output what it hangs on, the widest swing first.

    Parameters
    ----------
    flow : Flow
        The flow.
    names : sequence of str
        Names of observed outputs.
    replications : int
        Runs at each end; the same clients at all.
    seed : int
        The key of all chance.
    jobs : int
        Processes at once.
    engine : str, optional
        The fastest there is, unless said.
    """
    ends = {
        (path, end): _end(value, end)
        for path, value in flow.assumptions.items()
        for end in (LOW, HIGH)
    }
    variants = [
        Variant(" ".join(key), flow, numbers, fixed=True, engine=engine)
        for key, numbers in ends.items()
    ]
    means = dict(zip(ends, _means(variants, replications, seed, jobs), strict=True))
    hinges = {
        name: [
            Hinge(path, value, means[path, LOW][name], means[path, HIGH][name])
            for path, value in flow.assumptions.items()
        ]
        for name in names
    }
    return {
        name: sorted((one for one in found if one.swing > 0), key=lambda one: -one.swing)
        for name, found in hinges.items()
    }


def _end(value: Quantity, end: str) -> dict[int, float]:
    number = value.low if end == LOW else value.high
    assert number is not None
    return {value.slot: round_count(value, number)}


def _means(
    variants: Sequence[Variant], replications: int, seed: int, jobs: int
) -> list[dict[str, float]]:
    return [
        {name: float(values.mean()) for name, values in one.items()}
        for one in run_outputs(variants, replications, seed, jobs)
    ]


def run_outputs(
    variants: Sequence[Variant], replications: int, seed: int, jobs: int
) -> list[Mapping[str, Floats]]:
    """Return every observed output of each variant, shape (replications,) each.

    Sums over values stand at the values.
    """
    measured = [name for name, one in variants[0].flow.observed.items() if one.measure is not None]
    measures = [
        one.measure for one in variants[0].flow.observed.values() if one.measure is not None
    ]
    runs = {variant.name: replications for variant in variants}
    found = run_variants(variants, measures, seed=seed, replications=runs, jobs=jobs)
    columns = [
        {name: found[one.name].values[:, k] for k, name in enumerate(measured)} for one in variants
    ]
    return [
        outputs(one.flow, column, [numbers_of(one.flow)] * replications)
        for one, column in zip(variants, columns, strict=True)
    ]
