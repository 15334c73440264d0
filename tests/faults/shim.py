"""Every call of the system that writes, numbered, at each of which a process fails, tears or dies.

A command is run once, in a process of its own. At a call that is to go wrong that process forks:
the child takes the fault and goes on to its end, as the command would, while the parent waits,
looks at what the child left, puts the folder back as it was, and goes on. So a fault costs what
comes after it, and what came before it is run once for all of them.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import pickle
import shutil
import signal
import sys
import traceback
import weakref
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pilotsim.cli import main
from pilotsim.output.document import Figure
from pilotsim.output.figures.pictures import Picture
from pilotsim.output.writers import drawing
from pilotsim.runs import kept, store
from pilotsim.simulation.engines import compiled

KILLED = 137
# What a disk that is full refuses; to rename and to remove needs no room.
TAKES_ROOM = ("open", "write", "mkdir", "link")
REMOVES = ("unlink", "rmdir")
# Where compiled code is kept, for all commands alike: whatever goes wrong there, it is compiled anew.
COMPILED = str(Path(compiled.__file__).parent)
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
# Libraries whose loading is none of writing: Python's own, and what reads a table, where whatever
# fails is said of the table.
ELSEWHERE = {*sys.stdlib_module_names, "pyarrow"}
Tree = dict[str, bytes | None]  # The content of each file by its place; of a folder, None.

_real_open, _real_os_open, _real_write = io.open, os.open, os.write
_real_mkdir, _real_unlink, _real_rmdir, _real_link = os.mkdir, os.unlink, os.rmdir, os.link


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Parameters
    ----------
    kind : str
        `EIO` or `EACCES`: this call. `ENOSPC`: this one and all that take room after it. `torn`:
        half is written, then as `ENOSPC`. `killed`: half is written, if anything, and the process
        is gone.
    """

    kind: str

    @property
    def number(self) -> int:
        """The system's number of what it raises."""
        return errno.ENOSPC if self.kind == "torn" else int(getattr(errno, self.kind))

    def raised(self, place: str) -> OSError:
        """Return what the call raises."""
        return OSError(self.number, os.strerror(self.number), place)


@dataclass(frozen=True)
class Call:
    """A call that writes: its number, its kind, and the place that it is about."""

    number: int
    kind: str
    place: str


@dataclass(frozen=True)
class Outcome:
    """How a command ended that met a fault, and what it left."""

    call: Call
    fault: Fault
    code: int
    out: str
    err: str
    left: Tree

    @property
    def is_killed(self) -> bool:
        """Whether the process was gone at once."""
        return self.fault.kind == "killed"

    def __str__(self) -> str:
        return f"{self.fault.kind} at call {self.call.number}, {self.call.kind} {self.call.place}"


@dataclass
class Record:
    """One run of a command: its calls, what went wrong at some of them, and how it ended."""

    calls: list[Call] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    outside: set[str] = field(default_factory=set)
    code: int = 0
    out: str = ""
    err: str = ""


Chooser = Callable[[Call], Iterable[Fault]]


def tree_of(root: Path) -> Tree:
    """Return all files and folders below a folder."""
    found: Tree = {}
    for folder, folders, files in os.walk(root):
        here = Path(folder).relative_to(root)
        found |= dict.fromkeys(str(here / name) for name in folders)
        found |= {str(here / name): (root / here / name).read_bytes() for name in files}
    return found


def make_tree(root: Path, tree: Tree) -> None:
    """Make a folder hold what a tree says, and nothing else."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for name, content in sorted(tree.items()):
        if content is None:
            (root / name).mkdir()
        else:
            (root / name).write_bytes(content)


def run_with_faults(
    root: Path,
    words: Sequence[str],
    faults: Chooser,
    *,
    keeps: bool = False,
) -> Record:
    """Return how a command fares in a folder, undisturbed and with each of the faults.

    Parameters
    ----------
    root : Path
        The folder that it is given in. Only the undisturbed run leaves anything there.
    words : sequence of str
        The command line.
    faults : callable
        For a call, what is to go wrong there, one after another.
    keeps : bool
        Whether runs are kept from the first on, as those of work that takes long.
    """
    aside = root.with_name(f"{root.name}.aside")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    _flush()
    child = os.fork()
    if child == 0:
        # What is kept otherwise would hang on how long the faults take.
        kept.FIRST_SECONDS, kept.EVERY_SECONDS = (0.0, 0.0) if keeps else (1e9, 3.0)
        _Process(root, aside, faults).carry_out(words)
    _, status = os.waitpid(child, 0)
    record: Record
    if (aside / "record").exists():
        record = pickle.loads((aside / "record").read_bytes())
    else:
        record = Record()
    record.code = os.waitstatus_to_exitcode(status)
    record.out = (aside / "out").read_text(encoding="utf-8", errors="replace")
    record.err = (aside / "err").read_text(encoding="utf-8", errors="replace")
    shutil.rmtree(aside)
    return record


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.flush()


class _Process:
    """The process that runs a command, and each that takes a fault in its place."""

    def __init__(self, root: Path, aside: Path, faults: Chooser) -> None:
        self.root, self.aside, self.faults = root, aside, faults
        self.record = Record()
        self.count = 0
        self.met: Fault | None = None
        self.is_child = False
        self.is_looking = False
        self.owner = os.getpid()
        self.streams: weakref.WeakSet[_Raw] = weakref.WeakSet()
        self.imported: set[str] = set()

    def carry_out(self, words: Sequence[str]) -> None:
        """Run the command, and end this process with its code."""
        code = 99
        try:
            signal.alarm(300)
            self._redirect("out", "err")
            os.chdir(self.root)
            sys.argv = ["pilotsim", *words]
            self._install()
            try:
                main(list(words))
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            if not self.is_child:
                (self.aside / "record").write_bytes(pickle.dumps(self.record))
        except BaseException:
            traceback.print_exc()
        finally:
            _flush()
            os._exit(code)

    def _redirect(self, out: str, err: str) -> None:
        for number, name in ((1, out), (2, err)):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            handle = _real_os_open(self.aside / name, flags, 0o600)
            os.dup2(handle, number)
            os.close(handle)
        sys.stdout = _real_open(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = _real_open(2, "w", encoding="utf-8", closefd=False)

    # Calls.

    def call(
        self, kind: str, place: str | int | os.PathLike[str], tear: Callable[[], object] = int
    ) -> None:
        """Note a call; raise, or end the process, where it is to go wrong."""
        if self.is_looking or os.getpid() != self.owner:
            return
        where = self._named(place)
        if where is None:
            return
        if self.met is not None:
            if self.met.number == errno.ENOSPC and kind in TAKES_ROOM:
                raise self.met.raised(where)
            return
        call = Call(self.count, kind, os.path.relpath(where, self.root))
        self.count += 1
        self.record.calls.append(call)
        for fault in self.faults(call):
            if self._fork(call, fault):
                self._meet(fault, where, tear)

    def _named(self, place: str | int | os.PathLike[str]) -> str | None:
        """Return the place in full; None for what is no file of the command's."""
        if isinstance(place, int):
            place = Path(f"/proc/self/fd/{place}").readlink()
        where = str(Path(place).absolute())
        if where == str(self.root) or where.startswith(str(self.root) + os.sep):
            return where
        elsewhere = ("/dev/", "/proc/", str(self.aside), COMPILED, "pipe:", "socket:")
        if not where.startswith(elsewhere):
            self.record.outside.add(where)
        return None

    def _meet(self, fault: Fault, where: str, tear: Callable[[], object]) -> None:
        if fault.kind == "killed":
            tear()
            os._exit(KILLED)
        self.met = fault
        if fault.kind == "torn":
            tear()
        raise fault.raised(where)

    def _fork(self, call: Call, fault: Fault) -> bool:
        """Let a child take a fault, and note what came of it; true in the child."""
        self.is_looking = True
        try:
            _flush()
            before = _Snapshot(self.root, self.aside, list(self.streams))
            child = os.fork()
            if child == 0:
                self.owner = os.getpid()
                self.is_child = True
                signal.alarm(60)
                self._redirect("out.child", "err.child")
                return True
            _, status = os.waitpid(child, 0)
            self.record.outcomes.append(
                Outcome(
                    call,
                    fault,
                    os.waitstatus_to_exitcode(status),
                    self._said("out.child"),
                    self._said("err.child"),
                    tree_of(self.root),
                )
            )
            before.put_back()
            return False
        finally:
            self.is_looking = False

    def _said(self, name: str) -> str:
        with _real_open(self.aside / name, encoding="utf-8", errors="replace") as stream:
            return stream.read()

    # What is put in place of the system's.

    def _install(self) -> None:
        store.datetime = StandingClock  # type: ignore[misc,assignment]
        # How a figure looks is none of this, and drawing takes half of the time.
        drawing.draw = _draw
        io.open = builtins.open = self._open  # type: ignore[assignment]
        for name in ("_USE_CP_SENDFILE", "_USE_CP_COPY_FILE_RANGE", "_use_fd_functions"):
            if hasattr(shutil, name):
                setattr(shutil, name, False)
        self._install_os()
        self._install_arrow()
        self._install_imports()

    def _install_os(self) -> None:
        def os_open(place: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self.call("open", place)
            return _real_os_open(place, flags, mode, dir_fd=dir_fd)

        def write(handle: int, content: bytes) -> int:
            half = content[: len(content) // 2]
            self.call("write", handle, lambda: _real_write(handle, half))
            return _real_write(handle, content)

        os.open, os.write = os_open, write
        one_place = {"mkdir": "mkdir", "unlink": "unlink", "remove": "unlink", "rmdir": "rmdir"}
        for name, kind in {**one_place, "fsync": "fsync", "truncate": "truncate"}.items():
            self._wrap(name, kind, 0)
        for name in ("replace", "rename", "link", "symlink"):
            self._wrap(name, "link" if "link" in name else "rename", 1)

    def _wrap(self, name: str, kind: str, argument: int) -> None:
        real = getattr(os, name)

        def wrapped(*arguments: Any, **named: Any) -> Any:
            self.call(kind, arguments[argument])
            return real(*arguments, **named)

        setattr(os, name, wrapped)

    def _open(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Any = None,
    ) -> Any:
        if not set(mode) & set("wax+"):
            return _real_open(file, mode, buffering, encoding, errors, newline, closefd, opener)
        if not isinstance(file, int):
            self.call("open", file)
        raw = _Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.process = self
        self.streams.add(raw)
        if buffering == 0:
            return raw
        held = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        if "b" in mode:
            return held
        return io.TextIOWrapper(held, encoding, errors, newline)

    def _install_arrow(self) -> None:
        """Let files that Arrow writes by itself go through streams that are watched."""
        from pyarrow import csv, parquet

        opened = self._open

        class Parquet(parquet.ParquetWriter):  # type: ignore[misc]
            def __init__(self, where: Any, *arguments: Any, **named: Any) -> None:
                self.own = opened(where, "wb") if isinstance(where, str | Path) else None
                super().__init__(self.own or where, *arguments, **named)

            def close(self) -> None:
                super().close()
                if self.own is not None:
                    self.own.close()

        class Csv:
            def __init__(self, where: Any, *arguments: Any, **named: Any) -> None:
                self.own = opened(where, "wb") if isinstance(where, str | Path) else None
                self.writer = _csv_writer(self.own or where, *arguments, **named)

            def __enter__(self) -> Any:
                return self.writer

            def __exit__(self, *fault: object) -> None:
                self.writer.close()
                if self.own is not None:
                    self.own.close()

        _csv_writer = csv.CSVWriter
        parquet.ParquetWriter, csv.CSVWriter = Parquet, Csv

    def _install_imports(self) -> None:
        """Let modules that are loaded while a command runs be among what fails."""
        real = builtins.__import__

        def imported(name: str, *arguments: Any, **named: Any) -> Any:
            caller = sys._getframe(1)
            own = caller.f_globals.get("__name__", "").startswith("pilotsim.")
            late = caller.f_code.co_name != "<module>" and name not in self.imported
            if own and late and name.partition(".")[0] not in ELSEWHERE:
                self.imported.add(name)
                self.call("import", self.root / f"{name}.py")
            return real(name, *arguments, **named)

        builtins.__import__ = imported


def _draw(figure: Figure, *, outlined: bool = False) -> Picture:
    return Picture(PNG, f"<svg viewBox='0 0 1 1'><title>{figure.name}</title></svg>".encode())


class StandingClock(datetime):
    """Always the same time: what is written twice is the same."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        """Return that time."""
        return datetime(2026, 3, 9, 12, tzinfo=tz)


class _Raw(io.FileIO):
    """A file whose every write is a call."""

    process: _Process

    def write(self, content: Any) -> int:
        """Write some bytes."""
        held = bytes(content)
        half = held[: len(held) // 2]
        self.process.call("write", self.fileno(), lambda: super(_Raw, self).write(half))
        return super().write(held)

    def truncate(self, size: int | None = None) -> int:
        """Cut the file off."""
        self.process.call("truncate", self.fileno())
        return super().truncate(size)


class _Snapshot:
    """A folder as it is, to be put back with the same files under open streams."""

    def __init__(self, root: Path, aside: Path, streams: list[_Raw]) -> None:
        self.root, self.aside = root, aside
        self.tree = tree_of(root)
        self.held = {name: self._hold(name) for name, one in self.tree.items() if one is not None}
        self.places = [
            (one.fileno(), os.lseek(one.fileno(), 0, os.SEEK_CUR))
            for one in streams
            if not one.closed
        ]

    def _hold(self, name: str) -> Path:
        """Keep a file under a name of its own as well."""
        place = self.root / name
        held = self.aside / f"held{place.stat().st_ino}"
        if not held.exists():
            _real_link(place, held)
        return held

    def put_back(self) -> None:
        """Make the folder what it was."""
        for name, content in sorted(tree_of(self.root).items(), reverse=True):
            if name not in self.tree:
                (_real_rmdir if content is None else _real_unlink)(self.root / name)
        for name, content in sorted(self.tree.items()):
            place = self.root / name
            if content is None:
                if not place.is_dir():
                    _real_mkdir(place)
                continue
            if not place.exists() or not place.samefile(self.held[name]):
                if place.exists():
                    _real_unlink(place)
                _real_link(self.held[name], place)
            if place.read_bytes() != content:
                with _real_open(place, "r+b") as stream:
                    stream.truncate(0)
                    stream.write(content)
        for handle, where in self.places:
            os.lseek(handle, where, os.SEEK_SET)


def spread(count: int, most: int) -> Iterator[int]:
    """Yield the first and the last of some numbers, and others evenly between them."""
    if count <= most:
        yield from range(count)
        return
    if most == 1:
        yield count // 2
        return
    yield from sorted({round(k * (count - 1) / (most - 1)) for k in range(most)})
