"""What a command reads is not written over by what it writes.

A command line names both, and a slip of the hand may name one file twice. While a command runs,
what it reads and what it is to write are noted here; whichever comes second and is the same file
is refused. Nothing is noted outside of a command: a program may write what it has read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message

__all__ = ["check_not_read", "files_named", "inputs_kept", "note_output", "note_read"]

_read: ContextVar[list[Path] | None] = ContextVar("read", default=None)
_tables: ContextVar[set[Path]] = ContextVar("tables")
_written: ContextVar[list[Path] | None] = ContextVar("written", default=None)


@contextmanager
def inputs_kept() -> Iterator[None]:
    """Keep what is read from here on from being written over, until left."""
    read, written, tables = _read.set([]), _written.set([]), _tables.set(set())
    try:
        yield
    finally:
        _read.reset(read)
        _written.reset(written)
        _tables.reset(tables)


def note_read(place: Path, *, is_of_flow: bool = False) -> None:
    """Note a file or folder that is read.

    Parameters
    ----------
    place : Path
        The file or folder.
    is_of_flow : bool
        Whether it is a table of numbers of a flow, which is about nobody.

    Raises
    ------
    RequestError
        It is to be written.
    """
    read, written = _read.get(), _written.get()
    if read is None or written is None or _is_stream(place):
        return
    for other in written:
        if _are_same(other, place):
            raise _refusal(other)
    read.append(place)
    if is_of_flow:
        _tables.get().add(place)


def note_output(place: Path) -> None:
    """Note a file or folder that is to be written, before anything is run.

    Raises
    ------
    RequestError
        It was read.
    """
    written = _written.get()
    check_not_read([place])
    if written is not None:
        written.append(place)


def check_not_read(places: Iterable[Path]) -> None:
    """Raise an error unless a command may write or remove files: none of them was read by it.

    Raises
    ------
    RequestError
        One of them was read.
    """
    read = _read.get() or ()
    for place in places if read else ():
        if not _is_stream(place) and any(_are_same(one, place) for one in read):
            raise _refusal(place)


def files_named() -> list[Path]:
    """Return the files read so far that a result names with their hashes, in order.

    Those are YAML files and tables of numbers of a flow, and nothing outside of a command. No
    register: see `output.imprint.Imprint`.
    """
    places = [
        one for one in _read.get() or () if one.suffix in (".yaml", ".yml") or one in _tables.get()
    ]
    found = {Path(os.path.realpath(one)): one for one in reversed(places)}
    return [one for one in reversed(found.values()) if one.is_file()]


def _refusal(place: Path) -> RequestError:
    return RequestError(
        Message(
            "{file} is read here and stays as it is; name another place to write to", file=place
        )
    )


def _is_stream(place: Path) -> bool:
    """Tell whether a path is a pipe or a device, which may be read from and written to at once."""
    return place.exists() and not place.is_file() and not place.is_dir()


def _are_same(one: Path, other: Path) -> bool:
    """Tell whether two paths lead to one place, through links and however they are written."""
    if os.path.realpath(one) == os.path.realpath(other):
        return True
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False
