"""What becomes of the verdicts if the help is worth nothing, half, as drawn, or twice as much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pilotsim.judge.verdicts import Verdict
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Variant, rows_of_numbers

# None, half, as drawn on average, double, on the log scale of the factors.
MULTIPLES = (0.0, 0.5, 1.0, 2.0)


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

    A word that changes because a chance crosses a bound by a hair turns nothing: the 95 % intervals
    of two of the chances must lie apart.

    Parameters
    ----------
    strengths : sequence of StrengthVerdicts
        The verdicts at each strength.
    number : int
        Which of them, in the order of the file.
    """
    verdicts = [one.verdicts[number] for one in strengths]
    return any(
        one.word != other.word and one.interval[1] < other.interval[0]
        for one in verdicts
        for other in verdicts
    )


def strengths_of(flow: Flow) -> dict[str, int]:
    """Return the slot of each shared value that says how well the help works, by its name.

    The one that the flow's mechanisms name; else all to whose power factors are raised.
    """
    if flow.mechanisms is not None and flow.mechanisms.strength is not None:
        name = flow.mechanisms.strength
        return {name: flow.shared[name].slot}
    raised = set(flow.raised.values())
    return {name: value.slot for name, value in flow.shared.items() if value.slot in raised}


def central_strengths(flow: Flow, *, fixed: bool, seed: int, replications: int) -> dict[str, float]:
    """Return what each strength is on average in the runs of the verdicts, by its name.

    The number that a file writes is no such centre where the drawn ones lie mostly above it.

    Parameters
    ----------
    flow : Flow
        What the file says.
    fixed : bool
        Whether all assumptions stand at their values; then it is the written one.
    seed, replications : int
        The runs of the verdicts.
    """
    slots = strengths_of(flow)
    if not slots:
        return {}
    rows = rows_of_numbers(Variant("", flow, fixed=fixed), seed, range(replications))
    return {name: float(rows[:, slot].mean()) for name, slot in slots.items()}


def variants_by_strength(
    flow: Flow, central: Mapping[str, float], *, fixed: bool, engine: str | None
) -> list[tuple[float, Variant]]:
    """Return the flow with all its strengths at each of `MULTIPLES`; none where it has none.

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
    if not slots:
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
    return len(MULTIPLES) if strengths_of(flow) else 0
