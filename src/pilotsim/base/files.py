"""Files that are complete or absent, and say so themselves."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Collection, Mapping, Sequence
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.errors import RunError, reason_of
from pilotsim.base.kept_inputs import check_not_read
from pilotsim.base.limits import free_disk
from pilotsim.base.messages import Message

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, "NDArray[Any] | Sequence[Any]"]
PART = ".part"
PUT_BACK = Message("Put a copy of it back, or begin anew: with --new, or in another folder.")
FULL = (errno.ENOSPC, errno.EDQUOT)  # what the system says where a disk has no room
CHECKSUM = "checksum"  # the key under which a file holds that of its other keys


def write_whole(file: Path, content: bytes, *, is_private: bool = False) -> None:
    """Write a file so that it is there as a whole or not at all, also after a power cut.

    What stood there before stays until the new file is complete. A link stays a link, and what it
    leads to is written. A device or a pipe, such as `/dev/stdout`, is written to as it is.

    Parameters
    ----------
    file : Path
        Where to, in a folder that is there.
    content : bytes
        What it is to hold.
    is_private : bool
        Whether nobody but this user may read or write it.

    Raises
    ------
    RunError
        The disk is full, or cannot be written to.
    RequestError
        The command that writes it has read it.
    """
    check_not_read([file])
    try:
        if _is_stream(file):
            with file.open("wb") as stream:
                stream.write(content)
            return
        place = Path(os.path.realpath(file))
        temporary = place.with_name(f".{place.name}.{uuid4().hex[:12]}{PART}")
        _check_room(place.parent, len(content))
        # Of one's own: another process may be writing the same file.
        temporary.touch(mode=0o600 if is_private else 0o666, exist_ok=False)
        try:
            _write_lasting(temporary, content)
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(place.parent)
    except OSError as fault:
        raise cannot_write(file, fault) from fault


def _write_lasting(file: Path, content: bytes) -> None:
    """Write a file, and wait until it is on the disk."""
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _check_room(folder: Path, size: int) -> None:
    """Raise what the system would say of a full disk, before anything is written to it."""
    free = free_disk(folder)
    if free is not None and size > free:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))


def _is_stream(file: Path) -> bool:
    """Tell whether a path takes what is written to it but keeps no file that could be replaced."""
    _, *above = file.absolute().parts
    if above[:1] == ["dev"] and above[:2] != ["dev", "shm"]:  # `shm` is a folder as any other.
        return True
    return file.exists() and not file.is_file() and not file.is_dir()


def write_text(file: Path, text: str) -> None:
    """Write a text in UTF-8, as a whole or not at all; see `write_whole`."""
    write_whole(file, text.encode())


def write_folder(
    folder: Path, files: Mapping[str, bytes], stale: Collection[str] = ()
) -> list[Path]:
    """Write files into a folder, the first of which tells a reader that all are there.

    A folder that is not there comes into being complete. In one that is there, files of the same
    names are replaced and all others left alone; the first file goes first and comes last. The last
    one, which may say whose the others are, goes last and comes first. All are on the disk before
    the first of them is seen, and stay also after a power cut.

    Parameters
    ----------
    folder : Path
        Where to; it is made, and the folders above it.
    files : mapping of str to bytes
        The content of each file by name.
    stale : collection of str
        Names of earlier files that are to go.

    Returns
    -------
    list of Path
        The files, in the order given.

    Raises
    ------
    RunError
        A file of it cannot be written; what stood in the folder before stands there still.
    RequestError
        The command that writes it has read one of them.
    """
    check_not_read(folder / name for name in (*files, *stale))
    place = Path(os.path.realpath(folder))
    partial = place.parent / f".{place.name}.{uuid4().hex[:12]}.partial"
    try:
        _check_room(place.parent, sum(map(len, files.values())))
        partial.mkdir(parents=True)
        try:
            for name, content in files.items():
                _write_lasting(partial / name, content)
            sync_folder(partial)
            if place.is_dir():
                _swap(partial, place, list(files), stale)
            else:
                partial.replace(place)
                sync_folder(place.parent)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as fault:
        raise _cannot_replace(_as_asked(fault, partial, place), fault) from fault
    return [folder.absolute() / name for name in files]


def _swap(partial: Path, place: Path, names: list[str], stale: Collection[str]) -> None:
    """Put new files where earlier ones stand: all of them, or none.

    The first goes first and comes last: where a power cut stops this half-way, it is not there. The
    last goes last and comes first: it is there as long as any of those that it names.
    """
    first, *others = names
    kept = partial / ".earlier"
    kept.mkdir()
    came: list[str] = []
    gone: list[str] = []
    try:
        for name in (first, *sorted(set(stale) - set(names)), *others):
            earlier = place / name
            if earlier.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(earlier))
            if os.path.lexists(earlier):
                earlier.replace(kept / name)
                gone.append(name)
        sync_folder(place)
        for name in (*reversed(others), first):
            if name == first:
                sync_folder(place)
            (partial / name).replace(place / name)
            came.append(name)
        sync_folder(place)
    except OSError:
        for name in came:
            (place / name).unlink(missing_ok=True)
        for name in reversed(gone):
            (kept / name).replace(place / name)
        raise


def _as_asked(fault: OSError, partial: Path, place: Path) -> Path:
    """Return the file that a fault is about, by the place where it was to stand."""
    named = Path(fault.filename2 or fault.filename or place)
    if named == partial:
        return place
    return place / named.name if partial in named.parents else named


def _cannot_replace(file: Path, fault: OSError) -> RunError:
    """Return what to say where a file of a folder cannot be written."""
    if fault.errno in FULL:
        return cannot_write(file, fault)
    why = fault.strerror
    if isinstance(fault, PermissionError):
        return RunError(
            Message(
                "cannot write {file}: {why}; is it open in another program?", file=file, why=why
            )
        )
    return RunError(Message("cannot write {file}: {why}", file=file, why=why))


def cannot_write(file: Path, fault: OSError) -> RunError:
    """Return what to say where a file cannot be written."""
    if fault.errno in FULL:
        return RunError(
            Message(
                "the disk is full: {file} was not written. What stands is kept; make room, "
                "then give the same command again: it goes on where it stopped",
                file=file,
            )
        )
    return RunError(Message("cannot write {file}: {why}", file=file, why=reason_of(fault)))


def sync_folder(folder: Path) -> None:
    """Make what a folder holds lasting; where it cannot be opened, the system takes its own time.

    Parameters
    ----------
    folder : Path
        In which files came, went or got another name.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def digest_of(content: bytes) -> str:
    """Return the digest of some bytes as 16 hexadecimal digits."""
    return blake2b(content, digest_size=8).hexdigest()


def digest_of_content(content: Any) -> str:
    """Return the digest of plain content as 16 hexadecimal digits.

    The order of its entries is part of it: ways on are drawn in it, and blocks are counted by it.
    """
    return digest_of(json.dumps(content, ensure_ascii=False, default=str).encode())


def write_json(file: Path, content: Any) -> None:
    """Write plain content as JSON; the file is complete or absent."""
    write_whole(file, (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def read_json(file: Path) -> Any:
    """Return the plain content of a JSON file.

    Raises
    ------
    RunError
        It cannot be read.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except RecursionError as fault:
        raise _damaged(file) from fault
    except (OSError, ValueError) as fault:
        raise RunError(
            Message("cannot read {file}: {why}", file=file, why=reason_of(fault))
        ) from fault


def write_checked_json(file: Path, content: Mapping[str, Any]) -> None:
    """Write plain content as JSON with its checksum; the file is complete or absent."""
    plain = json.loads(json.dumps(content))
    write_json(file, {**plain, CHECKSUM: _checksum(plain)})


def read_checked_json(file: Path, way_out: Message = PUT_BACK) -> dict[str, Any]:
    """Return the content of a file that `write_checked_json` wrote.

    Parameters
    ----------
    file : Path
        The file.
    way_out : Message
        What can be done where it is damaged, as a sentence.

    Raises
    ------
    RunError
        It cannot be read, or is not what was written.
    """
    content = read_json(file)
    told = content.pop(CHECKSUM, None) if isinstance(content, dict) else None
    if told is None or told != _checksum(content):
        raise _damaged(file, way_out)
    return dict(content)


def _checksum(plain: Any) -> str:
    return digest_of(json.dumps(plain, sort_keys=True).encode())


def _damaged(file: Path, way_out: Message = PUT_BACK) -> RunError:
    return RunError(
        Message(
            "{file} is damaged: it is not what was written there. {way_out}",
            file=file,
            way_out=way_out,
        )
    )


def as_arrow(columns: Columns) -> pa.Table:
    """Return columns as an Arrow table; words become dictionaries."""
    import pyarrow as pa

    arrays = {name: pa.array(column) for name, column in columns.items()}
    words = {
        name: array.dictionary_encode()
        for name, array in arrays.items()
        if pa.types.is_string(array.type)
    }
    return pa.table({**arrays, **words})


def parquet_bytes(columns: Columns) -> bytes:
    """Return columns as the bytes of a Parquet file; the same columns give the same bytes."""
    import pyarrow.parquet as pq

    buffer = BytesIO()
    pq.write_table(as_arrow(columns), buffer, compression="zstd")
    return buffer.getvalue()


def columns_of(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the columns of a Parquet file's bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(content))
    return {name: np.asarray(table.column(name).to_numpy()) for name in table.column_names}
