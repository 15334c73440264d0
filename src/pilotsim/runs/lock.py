"""One process at a time on a run.

The lock is the operating system's, on an open file: it goes with the process that holds it, however
that ends, so it never has to be judged stale. On a file system without locks two processes may both
work: they do no harm, since each block is written as a whole, and the same block holds the same
rows whoever made it.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pilotsim.base.errors import RunError
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file, is_there

HOLDER = "process "  # how a lock begins to say who holds it


@contextmanager
def only_one(file: Path) -> Iterator[bool]:
    """Hold a lock while the body runs; the value is whether the file system has locks.

    Raises
    ------
    RunError
        Another process holds it; says which. Or a file of that name stands there that is no lock.
    """
    if file.is_symlink() or (is_there(file) and not is_file(file)):
        raise _is_taken(file)
    stream = file.open("a+", encoding="utf-8", errors="replace")
    try:
        taken = _take(stream)
        if taken is False:
            stream.seek(0)
            raise RunError(
                Message(
                    "{folder} is being worked at by {process}. Wait until it is done, or end that "
                    "process; the same command then goes on where it stopped",
                    folder=file.parent,
                    process=stream.read().strip() or Message("another process"),
                )
            )
        stream.seek(0)
        # Also its beginning alone, where a process ended while it wrote that.
        if not HOLDER.startswith(stream.read(len(HOLDER))):
            raise _is_taken(file)
        stream.seek(0)
        stream.truncate()
        since = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        stream.write(f"{HOLDER}{os.getpid()} on {socket.gethostname()} since {since}")
        stream.flush()
        yield taken is True
    finally:
        stream.close()


def _is_taken(file: Path) -> RunError:
    return RunError(
        Message(
            "{folder} holds something else, which would be lost. Name a folder that is "
            "not there yet",
            folder=file,
        )
    )


def _take(stream: IO[str]) -> bool | None:
    """Take the system's lock on an open file.

    Tell whether it could be had, or nothing where there are no locks.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return _take_on_windows(stream)
    try:
        fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _take_on_windows(stream: IO[str]) -> bool:
    import msvcrt

    stream.seek(1 << 20)  # A byte far behind what is read.
    try:
        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        return False
    return True
