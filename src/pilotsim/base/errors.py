"""What can go wrong, as a tree.

PilotsimError
├── FlowError          a flow file or a change to it is faulty; carries every `Fault` found
├── RequestError       a question that cannot be answered: an unknown name, a number out of bounds
├── SimulationError    the flow is well formed but cannot be run on: time does not pass
├── RunError           a run or a file cannot be stored, or not be gone on with
├── RegisterError      a register or a plan of its analysis is faulty; says each row and column
└── EstimationError    an estimator cannot work on these data; says why, and what could
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class PilotsimError(Exception):
    """Anything that a user of pilotsim can cause and can mend."""

    @property
    def message(self) -> str:
        """What is said of it, a `Message` where it can be said in other languages."""
        return message_of(self)


def message_of(fault: BaseException) -> str:
    """Return what an exception was raised with; a `Message` remains one, which `str` undoes."""
    said = fault.args[0] if fault.args else ""
    return said if isinstance(said, str) else str(fault)


@dataclass(frozen=True, order=True)
class Fault:
    """One fault of a flow file, with its place.

    Parameters
    ----------
    file : str
        The file as the user named it, or a name for a text without a file.
    line, column : int
        Counted from 1; 0 where the fault belongs to no line.
    path : str
        The keys that lead there, joined by dots.
    message : str
        What was expected, what was found, and what was probably meant.
    """

    file: str
    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{place}  {self.path}: {self.message}" if self.path else f"{place}  {self.message}"


class FlowError(PilotsimError):
    """A flow file is faulty.

    Parameters
    ----------
    faults : sequence of Fault
        Every fault found, in the order of the file.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[FlowError], tuple[tuple[Fault, ...]]]:
        return FlowError, (self.faults,)


class RequestError(PilotsimError):
    """A question that cannot be answered as it was put."""


class SimulationError(PilotsimError):
    """A flow that is well formed but cannot be run on."""


class RunError(PilotsimError):
    """A run or a file that cannot be stored, or not be gone on with."""


class RegisterError(PilotsimError):
    """A register, or a plan of its analysis, that is faulty."""


class EstimationError(PilotsimError):
    """An estimator that cannot work on the data it was given."""


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the closest known name, the list of names if there are few, or nothing."""
    names = sorted(set(known))
    close = get_close_matches(found, names, n=1, cutoff=0.6)
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(names)}" if 0 < len(names) <= 12 else ""
