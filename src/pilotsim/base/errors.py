"""What can go wrong, as a tree.

PilotsimError
├── FlowError          a flow file or a change to it is faulty; carries every `Fault` found
├── RequestError       a question that cannot be answered: an unknown name, a number out of bounds
├── SimulationError    the flow is well formed but cannot be run on: time does not pass
├── RunError           a run or a file cannot be stored or resumed
├── RegisterError      a register or a plan of its analysis is faulty; says each row and column
└── EstimationError    an estimator cannot work on these data; says why, and what could

What each says is English for those who catch it, and a `Message` that can be said in any language:
`pilotsim.language.translate_error`.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from pilotsim.base.messages import Message, join_messages

MAX_LISTED = 12


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
        return str(self.with_place())

    def with_place(self) -> Message:
        """Return the message behind its place: ``flow.yaml:31:5  stages.mapping: unknown key``."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        head = f"{place}  {self.path}: " if self.path else f"{place}  "
        return join_messages([head, self.message], "")


@dataclass(frozen=True, order=True)
class Notice(Fault):
    """Something in a flow file that has no effect, or that a reader should know: no fault.

    Those of the same text are equal whatever its file is called.
    """

    file: str = field(compare=False)


class FlowError(PilotsimError):
    """A flow file is faulty.

    Parameters
    ----------
    faults : sequence of Fault
        Every fault found, in the order of the file.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults))
        super().__init__(join_messages([fault.with_place() for fault in self.faults], "\n"))

    def __reduce__(self) -> tuple[type[FlowError], tuple[tuple[Fault, ...]]]:
        return FlowError, (self.faults,)


class RequestError(PilotsimError):
    """A question that cannot be answered as it was put."""


class SimulationError(PilotsimError):
    """A flow that is well formed but cannot be run on."""


class RunError(PilotsimError):
    """A run or a file that cannot be stored or resumed."""


class RegisterError(PilotsimError):
    """A register, or a plan of its analysis, that is faulty."""


class EstimationError(PilotsimError):
    """An estimator that cannot work on the data it was given."""


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return what was probably meant, for the end of a message.

    The closest known name: ``"; did you mean 'x'?"``; the names if there are few; else nothing.
    """
    names = sorted(set(known))
    closest = did_you_mean_one(found, names)
    if closest or not 0 < len(names) <= MAX_LISTED:
        return closest
    return Message("; known: {names}", names=", ".join(names))


def did_you_mean_one(found: str, known: Iterable[str]) -> str:
    """Return the closest known name as a question, where all that are known were listed already."""
    close = get_close_matches(found, sorted(set(known)), n=1, cutoff=0.6)
    return Message("; did you mean '{name}'?", name=close[0]) if close else ""


# What a system says of a file that cannot be read or written, by its number for it.
_REASONS = {
    errno.ENOENT: Message("there is no such file or folder"),
    errno.EACCES: Message("no right to do so"),
    errno.EPERM: Message("no right to do so"),
    errno.EROFS: Message("the disk can only be read"),
    errno.EISDIR: Message("it is a folder"),
    errno.ENOTDIR: Message("it stands below a file, not in a folder"),
    errno.EEXIST: Message("something of that name stands there already"),
    errno.ENOSPC: Message("the disk is full"),
    errno.EDQUOT: Message("the disk is full"),
    errno.ENAMETOOLONG: Message("the name is too long"),
    errno.EIO: Message("the disk or the network does not answer as it should"),
    errno.EMFILE: Message("too many files are open"),
    errno.ENFILE: Message("too many files are open"),
    errno.ENOMEM: Message("there is no memory left"),
    errno.EAGAIN: Message("the system has no room for more"),
}


# What a machine does: no answer of a library that was asked, and no result of a run.
OF_THE_MACHINE = (OSError, ImportError, MemoryError)


def reason_of(fault: Exception) -> str:
    """Return why a file could not be read or written: as a message where the reason is known."""
    if isinstance(fault, OSError) and fault.errno in _REASONS:
        return _REASONS[fault.errno]
    return getattr(fault, "strerror", None) or str(fault)


def message_of_fault(fault: OSError) -> Message:
    """Return what to say of a file where nobody knows what was to be done with it."""
    if not fault.filename:
        return Message("the system refused what it was asked for: {why}", why=reason_of(fault))
    return Message("{file}: {why}", file=fault.filename or "", why=reason_of(fault))
