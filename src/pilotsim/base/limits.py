"""What work may take before somebody is asked: hours, memory, room on a disk.

Whoever plans work says what it will need, before it begins. What is beyond a bound is refused with
one sentence, unless whoever started it has an answer of its own: a command line asks at a terminal,
a program goes on inside `pilotsim.without_limits`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message, join_messages
from pilotsim.base.places import is_there

__all__ = [
    "LONGEST",
    "Answer",
    "Needs",
    "answered_by",
    "check_needs",
    "free_disk",
    "free_memory",
]

# A night's work.
LONGEST = 12 * 3600.0
# What else is at work, or an estimate that is a little too low, must not fill all there is.
PART_OF_MEMORY, PART_OF_DISK = 0.8, 0.9
GIGABYTE, MEGABYTE = 1e9, 1e6
HOUR, DAY = 3600.0, 86400.0
# Told what is beyond a bound, as words for the middle of a sentence: returns to go on, or raises.
Answer = Callable[[Message], None]


@dataclass(frozen=True)
class Needs:
    """What work will need, as far as it can be told beforehand; 0 where it cannot.

    Parameters
    ----------
    seconds : float
        How long it takes here.
    memory : float
        The most bytes at once, of all processes together.
    disk : float
        Bytes that it writes.
    folder : Path or None
        Where to; it need not be there yet.
    """

    seconds: float = 0.0
    memory: float = 0.0
    disk: float = 0.0
    folder: Path | None = None


def _refuse(excess: Message) -> None:
    raise RequestError(
        Message(
            "this needs {excess}. Ask for less, or go on all the same with "
            "pilotsim.without_limits()",
            excess=excess,
        )
    )


_answer: ContextVar[Answer] = ContextVar("beyond limits", default=_refuse)


@contextmanager
def answered_by(answer: Answer) -> Iterator[None]:
    """Let a function say, while the body runs, whether work beyond the limits goes on.

    Parameters
    ----------
    answer : callable
        Told what the work needs; returns where it is to go on, and raises where it is not.
    """
    token = _answer.set(answer)
    try:
        yield
    finally:
        _answer.reset(token)


def check_needs(needs: Needs) -> None:
    """Make sure that work stays within what there is, or that somebody wants it all the same.

    Parameters
    ----------
    needs : Needs
        What it will need.

    Raises
    ------
    RequestError
        It needs more than a bound allows, and nobody said that it is to go on; says what.
    """
    beyond = list(_beyond(needs))
    if beyond:
        _answer.get()(join_messages(beyond, ", "))


def _beyond(needs: Needs) -> Iterator[Message]:
    if needs.seconds > LONGEST:
        yield _time(needs.seconds)
    memory = free_memory()
    if memory is not None and needs.memory > PART_OF_MEMORY * memory:
        yield Message(
            "about {needed:,.1f} GB of memory, where {there:,.1f} GB are free",
            needed=needs.memory / GIGABYTE,
            there=memory / GIGABYTE,
        )
    disk = None if needs.folder is None else free_disk(needs.folder)
    if disk is not None and needs.disk > PART_OF_DISK * disk:
        yield _room(needs, disk)


def _room(needs: Needs, disk: int) -> Message:
    if needs.disk >= GIGABYTE / 10:
        return Message(
            "about {needed:,.1f} GB on the disk of {folder}, where {there:,.1f} GB are free",
            needed=needs.disk / GIGABYTE,
            there=disk / GIGABYTE,
            folder=needs.folder,
        )
    return Message(
        "about {needed:,.0f} MB on the disk of {folder}, where {there:,.0f} MB are free",
        needed=needs.disk / MEGABYTE,
        there=disk / MEGABYTE,
        folder=needs.folder,
    )


def _time(seconds: float) -> Message:
    most = LONGEST / HOUR
    if seconds < 2 * DAY:
        return Message(
            "about {hours:,.0f} hours, where {most:,.0f} go without asking",
            hours=seconds / HOUR,
            most=most,
        )
    return Message(
        "about {days:,.0f} days, where {most:,.0f} hours go without asking",
        days=seconds / DAY,
        most=most,
    )


def free_disk(folder: Path) -> int | None:
    """Return how many bytes are free where a folder is or will be; None where nobody knows."""
    place = folder.absolute()
    while not is_there(place) and place != place.parent:
        place = place.parent
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None


def free_memory() -> int | None:
    """Return how many bytes of memory this process and its children can still have.

    The least of what the machine has free and what the control groups of this process leave it;
    None where nobody knows.
    """
    known = [one for one in (_free_on_machine(), _left_by_groups()) if one is not None]
    return min(known, default=None)


def _free_on_machine(file: Path = Path("/proc/meminfo")) -> int | None:
    try:
        for line in file.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    if sys.platform == "win32":
        return _free_on_windows()
    try:
        # All there is, where nobody says what of it is free.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (OSError, ValueError):
        return None


def _free_on_windows() -> int | None:
    import ctypes

    words = (ctypes.c_ulonglong * 8)()
    ctypes.cast(words, ctypes.POINTER(ctypes.c_ulong))[0] = ctypes.sizeof(words)
    status = ctypes.windll.kernel32.GlobalMemoryStatusEx  # type: ignore[attr-defined,unused-ignore]
    # Behind the length and the load of four bytes each: all memory there is, then what is free.
    return int(words[2]) if status(ctypes.byref(words)) else None


def _left_by_groups(
    groups: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")
) -> int | None:
    """Return what the control groups of this process leave of their limits; None without any."""
    try:
        lines = groups.read_text().splitlines()
    except OSError:
        return None
    left: list[int] = []
    for line in lines:
        number, _, rest = line.partition(":")
        kinds, _, path = rest.partition(":")
        if number == "0":
            top, names = root, ("memory.max", "memory.current", "inactive_file")
        elif "memory" in kinds.split(","):
            top = root / "memory"
            names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
        else:
            continue
        place = top / path.lstrip("/")
        # A limit above holds as well. In a container the path may be one that is seen from outside.
        while True:
            left += _left_in(place, *names)
            if place == top:
                break
            place = place.parent
    return min(left, default=None)


def _left_in(place: Path, limit: str, used: str, given_back: str) -> list[int]:
    """Return what a control group has left, in a list; an empty one where it has no limit."""
    try:
        most, now = int((place / limit).read_text()), int((place / used).read_text())
    except (OSError, ValueError):  # There is no such group, or the limit is "max".
        return []
    try:
        stat = dict(line.split() for line in (place / "memory.stat").read_text().splitlines())
        now -= int(stat.get(given_back, 0))
    except (OSError, ValueError):
        pass
    return [max(0, most - max(0, now))]
