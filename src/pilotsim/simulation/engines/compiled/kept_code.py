"""Compiled code that is kept from one process to the next, and may be trusted.

The code of a function is a file of its own, written as a whole and read as a whole. A digest stands
before it, of the code and of what it was made for; a file that is damaged, cut off or another's is
as good as none, and the function is compiled again. Several processes may compile into one folder
at once: whoever is last replaces a file by one that does the same. So nobody waits for a lock,
which a process that is killed would leave behind and which shared folders of a network do not keep;
and no folder is filled in private and then put in place, since functions are compiled when they are
first called, and a folder is never known to be complete.

Code is linked by names. The compiler tells functions of one name apart by a number that it counts
in each process from 1: code of two processes could meet under one name, and one function be called
in place of another. So the numbers of each process begin where no other's do.
"""

from __future__ import annotations

import itertools
import os
import pickle
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from numba.core.bytecode import FunctionIdentity
from numba.core.caching import NullCache, _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from pilotsim.base.errors import RunError
from pilotsim.base.files import write_whole

SUFFIX = ".code"
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


def keep(function: Any, folder: Path, made_for: Callable[[], Any]) -> None:
    """Keep the code of a compiled function in a folder, and look for it there.

    Parameters
    ----------
    function : Dispatcher
        What `numba.njit` returned.
    folder : Path
        Where code of just these sources is kept.
    made_for : callable
        Returns what else the code depends on, at the time it is compiled or looked for.
    """
    function._cache = KeptCode(function.py_func, folder, made_for)


def keep_no_more(function: Any) -> None:
    """Neither keep the code of a compiled function from now on, nor look for it."""
    function._cache = NullCache()


def is_kept(function: Any) -> bool:
    """Tell whether an earlier process left the code of a compiled function on the disk."""
    return isinstance(function._cache, KeptCode) and function._cache.is_there()


def forget(function: Any) -> None:
    """Let a function be compiled anew when it is next called."""
    function._make_finalizer()()
    function._reset_overloads()
    function._can_compile = True


def is_usable(folder: Path) -> bool:
    """Tell whether one's own code can be kept in a folder, or is kept there already."""
    if is_writable(folder):
        return True
    return folder.is_dir() and _is_own(folder.stat()) and any(folder.glob(f"*{SUFFIX}"))


def is_writable(folder: Path) -> bool:
    """Tell whether one's own code can be kept in a folder, be it there already or not."""
    if folder.is_dir():
        return _is_own(folder.stat()) and os.access(folder, os.W_OK | os.X_OK)
    above = next(parent for parent in folder.parents if parent.exists())
    return above.is_dir() and os.access(above, os.W_OK | os.X_OK)


class KeptCode(_Cache):  # type: ignore[misc]
    """The code of a compiled function on the disk, as the compiler asks for it.

    Parameters
    ----------
    function : FunctionType
        The plain function.
    folder : Path
        Where code of just these sources is kept.
    made_for : callable
        Returns what else the code depends on, at the time it is compiled or looked for.
    """

    def __init__(self, function: Any, folder: Path, made_for: Callable[[], Any]) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._folder = folder
        self._made_for = made_for

    @property
    def cache_path(self) -> str:
        """The folder."""
        return str(self._folder)

    def is_there(self) -> bool:
        """Tell whether any code of this function is kept."""
        return any(self._folder.glob(f"{self._name}-*{SUFFIX}"))

    def load_overload(self, signature: Any, context: Any) -> Any:
        """Return the compiled function for a signature; None where none is kept or to be trusted.

        Parameters
        ----------
        signature : tuple of numba types
            Of the arguments.
        context : object
            The compiler's, for the processor at hand.
        """
        context.refresh()
        key = self._key(signature, context.codegen())
        content = _read_own(self._file(key))
        code = _undamaged(key, content) if content else None
        return None if code is None else CompileResult._rebuild(context, *pickle.loads(code))

    def save_overload(self, signature: Any, found: Any) -> None:
        """Keep the compiled function for a signature, if the disk takes it.

        Parameters
        ----------
        signature : tuple of numba types
            Of the arguments.
        found : CompileResult
            What was compiled.
        """
        if found._asdict()["library"].has_dynamic_globals:
            return  # It holds addresses of this process.
        key = self._key(signature, found.codegen)
        code = dumps(found._reduce())
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_whole(self._file(key), _digest(key, code) + code, is_private=True)
        except (OSError, RunError):
            return  # It is there for this process, and will be compiled again by the next.

    def enable(self) -> None:
        """Do nothing: whoever keeps no more has no such record."""

    def disable(self) -> None:
        """Do nothing, see `enable`."""

    def flush(self) -> None:
        """Throw away what is kept of this function."""
        for file in self._folder.glob(f"{self._name}-*{SUFFIX}"):
            file.unlink(missing_ok=True)

    def _key(self, signature: Any, codegen: Any) -> bytes:
        return repr((self._name, signature, codegen.magic_tuple(), self._made_for())).encode()

    def _file(self, key: bytes) -> Path:
        return self._folder / f"{self._name}-{sha256(key).hexdigest()[:16]}{SUFFIX}"


def _digest(key: bytes, code: bytes) -> bytes:
    return sha256(sha256(key).digest() + code).digest()


def _undamaged(key: bytes, content: bytes) -> bytes | None:
    """Return the code in a file's content; None where it is not what was once written for a key."""
    size = sha256().digest_size
    code = content[size:]
    return code if content[:size] == _digest(key, code) else None


def _read_own(file: Path) -> bytes | None:
    """Return what is in a file that nobody else can have written; None for no such file."""
    try:
        with file.open("rb") as stream:
            status = os.fstat(stream.fileno())
            return stream.read() if _is_own(status) and stat.S_ISREG(status.st_mode) else None
    except OSError:
        return None


def _is_own(status: os.stat_result) -> bool:
    """Tell whether a file is this user's, and only this user may write it."""
    if not hasattr(os, "geteuid"):  # Windows, where rights are those of the user's folder.
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & OTHERS_MAY_WRITE


def number_functions_from(first: int) -> None:
    """Let the compiler number the functions that it compiles from now on.

    Parameters
    ----------
    first : int
        The number of the next one.
    """
    FunctionIdentity._unique_ids = itertools.count(first)


def _begin_where_no_other_does() -> None:
    number_functions_from(uuid4().int >> 66)


_begin_where_no_other_does()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_where_no_other_does)
