"""What becomes of the verdicts if the help is worth nothing, half, as drawn, or twice as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pilotsim.judge.verdicts import Verdict
from pilotsim.model.beliefs import mean_of_belief
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant, rows_of_numbers

# None, half, as drawn on average, double, on the log scale of the factors.
MULTIPLES = (0.0, 0.5, 1.0, 2.0)
RUNS = 4000  # of the mean of a strength that is worked out from others


@dataclass(frozen=True)
class StrengthVerdicts:
    """The verdicts with every strength held at one number.

    Parameters
    ----------
    multiple : float
        0 for no help, 1 for help as it is drawn on average, 2 for twice as much.
    strengths : mapping of str to float
        The number that each strength is held at, by its name.
    verdicts : tuple of Verdict
        One for each target and reading, in the order of the file.
    """

    multiple: float
    strengths: Mapping[str, float]
    verdicts: tuple[Verdict, ...]


def turns(strengths: Sequence[StrengthVerdicts], number: int) -> bool:
    """Tell whether a verdict gets another word as the help is worth less or more.

    By `Verdict.turns_to`, of two of the strengths.

    Parameters
    ----------
    strengths : sequence of StrengthVerdicts
        The verdicts at each strength.
    number : int
        Which of them, in the order of the file.
    """
    verdicts = [one.verdicts[number] for one in strengths]
    return any(one.turns_to(other) for one, other in combinations(verdicts, 2))


def strengths_of(flow: Flow) -> dict[str, int]:
    """Return the slot of each shared value that says how well the help works, by its name.

    The one that the flow's mechanisms name; else all to whose power factors are raised.
    """
    if flow.mechanisms is not None and flow.mechanisms.strength is not None:
        name = flow.mechanisms.strength
        return {name: flow.shared[name].slot}
    raised = set(flow.raised.values())
    return {name: value.slot for name, value in flow.shared.items() if value.slot in raised}


def are_off(flow: Flow) -> bool:
    """Tell whether every strength is set to 0, so that no multiple of it is another world."""
    names = strengths_of(flow)
    return bool(names) and all(flow.shared[name].stays_at(0.0) for name in names)


def central_strengths(flow: Flow, *, fixed: bool) -> dict[str, float]:
    """Return what each strength is believed to be on average, by its name.

    The number that a file writes is no such centre where the drawn ones lie mostly above it. It is
    the mean of the belief, whichever runs are made: few runs of chance would have another.

    Parameters
    ----------
    flow : Flow
        What the file says.
    fixed : bool
        Whether all assumptions stand at their values; then it is the written one.
    """
    return {name: _mean_of(flow, name, fixed=fixed) for name in strengths_of(flow)}


def _mean_of(flow: Flow, name: str, *, fixed: bool) -> float:
    value = flow.shared[name]
    stands_alone = value.has_range and not (value.scaled_by or value.raised_to)
    if not fixed and (value.joint is not None or stands_alone):
        return mean_of_belief(flow, value)
    rows_drawn = rows_of_numbers(Variant("", flow, fixed=fixed), 0, range(1 if fixed else RUNS))
    return float(rows_drawn[:, value.slot].mean())


def variants_by_strength(
    flow: Flow, central: Mapping[str, float], *, fixed: bool, engine: str | None
) -> list[tuple[float, Variant]]:
    """Return the flow with all its strengths at each of `MULTIPLES`.

    None where it has no strength, and none where all are set to 0: each would be the same world.

    Parameters
    ----------
    flow : Flow
        What the file says.
    central : mapping of str to float
        What is multiplied: the strength that is drawn on average, by name (`central_strengths`).
    fixed : bool
        Whether all other assumptions stand at their values.
    engine : str or None
        The engine that runs it; the default one for None.
    """
    slots = strengths_of(flow)
    if not slots or are_off(flow):
        return []
    return [
        (
            multiple,
            Variant(
                f"strength times {multiple:g}",
                flow,
                {slot: multiple * central[name] for name, slot in slots.items()},
                fixed,
                engine=engine,
            ),
        )
        for multiple in MULTIPLES
    ]


def count_strengths(flow: Flow) -> int:
    """Return how many variants `variants_by_strength` makes."""
    return len(MULTIPLES) if strengths_of(flow) and not are_off(flow) else 0
