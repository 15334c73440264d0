"""What nobody foresaw: one line for the user, a file for whoever mends it, a status of its own."""

from __future__ import annotations

import os
import platform
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from pilotsim.base.messages import Message
from pilotsim.base.text import printable
from pilotsim.base.versions import library_versions, program_version

__all__ = ["log_of", "tell_unforeseen"]

# Files of one's own making. Any other may hold people, whose cells an error could quote.
OWN_ENDS = (".yaml", ".yml", ".json", ".md", ".toml", ".py")
_PACKAGE = Path(__file__).parent.parent


def tell_unforeseen(fault: BaseException, arguments: Sequence[str]) -> Message:
    """Return what to say of a fault that nobody foresaw, once it has been written down.

    Parameters
    ----------
    fault : BaseException
        What was raised.
    arguments : sequence of str
        The command line.
    """
    kind = type(fault).__name__
    try:
        handle, place = tempfile.mkstemp(prefix="pilotsim-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(log_of(fault, arguments))
    except OSError:
        return Message(
            "pilotsim made a mistake of its own ({kind}). It could not be written down: there is "
            "no room for it",
            kind=kind,
        )
    return Message(
        "pilotsim made a mistake of its own ({kind}). What helps to mend it is written down in "
        "{file}, which names no person; what was finished before stands",
        kind=kind,
        file=place,
    )


def log_of(fault: BaseException, arguments: Sequence[str]) -> str:
    """Return what helps to mend a fault: where it arose, with what, and none of anybody's data.

    Of the command line it has the command and the names of options, not what they are set to. The
    words of the fault are left out where a file on the command line may hold people.

    Parameters
    ----------
    fault : BaseException
        What was raised.
    arguments : sequence of str
        The command line.
    """
    options = [one.partition("=")[0] for one in arguments if one.startswith("-")]
    command = next((one for one in arguments if not one.startswith("-")), "")
    libraries = ", ".join(f"{name} {version}" for name, version in library_versions().items())
    lines = [
        f"pilotsim {program_version()}",
        f"Python {platform.python_version()}, {platform.platform()}",
        libraries,
        f"command: {command} {' '.join(options)}".rstrip(),
        "",
        *_told(fault, quotes=not _may_hold_people(arguments)),
    ]
    return printable("\n".join(lines)) + "\n"


def _may_hold_people(arguments: Sequence[str]) -> bool:
    places = (Path(one.rpartition("=")[2]) for one in arguments)
    return any(place.suffix not in OWN_ENDS and _is_file(place) for place in places)


def _is_file(place: Path) -> bool:
    try:
        return place.is_file()
    except (OSError, ValueError):
        return False


def _told(fault: BaseException, *, quotes: bool) -> Iterator[str]:
    """Yield where a fault arose and what led to it, the first cause first."""
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from _told(before, quotes=quotes)
        yield "then"
    if not fault.__traceback__ and "Traceback" in str(fault):
        # A worker's: its places are indented, its words are not.
        yield from (line for line in str(fault).splitlines() if line.startswith("  "))
        return
    for frame in traceback.extract_tb(fault.__traceback__):
        file = Path(frame.filename)
        place = file.relative_to(_PACKAGE.parent) if _PACKAGE in file.parents else file.name
        yield f"  {place}:{frame.lineno} in {frame.name}"
    words = f": {fault}" if quotes else " (its words are left out: they may quote a register)"
    yield f"{type(fault).__qualname__}{words}"
