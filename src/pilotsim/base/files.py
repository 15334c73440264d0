"""Files that are complete or absent, and say so themselves."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.errors import RunError

if TYPE_CHECKING:
    import pyarrow as pa

Columns = Mapping[str, "NDArray[Any] | Sequence[Any]"]
PART = ".part"


def write_whole(file: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all, also after a power cut.

    Raises
    ------
    RunError
        The disk is full, or cannot be written to.
    """
    temporary = file.with_name(f"{file.name}.{os.getpid()}{PART}")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
        _sync_folder(file.parent)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise cannot_write(file, fault) from fault


def cannot_write(file: Path, fault: OSError) -> RunError:
    """Return what to say where a file cannot be written."""
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        way_out = "make room, then give the same command again: it goes on where it stopped"
        return RunError(f"the disk is full: {file} was not written. What stands is kept; {way_out}")
    return RunError(f"cannot write {file}: {fault.strerror or fault}")


def _sync_folder(folder: Path) -> None:
    """Make a rename lasting; where folders cannot be opened, the system does so in its own time."""
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
    """Return 16 hexadecimal digits that stand for bytes."""
    return blake2b(content, digest_size=8).hexdigest()


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
    except (OSError, ValueError) as fault:
        raise RunError(
            f"cannot read {file}: {getattr(fault, 'strerror', None) or fault}"
        ) from fault


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
