"""The folder of a run: a manifest, a block for each task done, and the results once all are done.

::

    manifest.json                     what is run, by which version, since when; with its checksum
    blocks/KEY.CHECKSUM.parquet       what a task came to; the name has the checksum of its bytes
    results/                          the tables, there only when all of them are
    complete.json                     written last; the checksum of each result, and its own
    lock                              held by the process at work
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from pilotsim.base.errors import RunError
from pilotsim.base.files import (
    PART,
    Columns,
    cannot_write,
    columns_of,
    digest_of,
    parquet_bytes,
    read_checked_json,
    read_json,
    sync_folder,
    write_checked_json,
    write_whole,
)
from pilotsim.base.messages import Message, join_messages
from pilotsim.base.places import is_there, names_in
from pilotsim.base.public_holidays import rests_on
from pilotsim.base.versions import library_versions, machine, program_version
from pilotsim.files.differences import told_between
from pilotsim.model.flow import Flow
from pilotsim.runs.lock import only_one

FORMAT = 2
# Where a manifest holds what digests of its identity stand for, as plain content.
RESTS_ON = "rests_on"
AGAIN = Message("Give the command of the run again.")
MANIFEST, COMPLETE, RESULTS, BLOCKS = "manifest.json", "complete.json", "results", "blocks"
_BLOCK = re.compile(r"(?P<key>[A-Za-z0-9_-]+)\.(?P<digest>[0-9a-f]{16})\.parquet")


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


@dataclass(frozen=True)
class Manifest:
    """What a run is.

    Parameters
    ----------
    kind : str
        What wrote it: `study`, `evaluation`, `search`.
    name : str
        Its short name.
    identity : mapping of str to str
        What every block rests on, each under a name for people: a block is of no use where any of
        it differs.
    content : mapping
        All else that explains the results: the resolved flow, the design, the seed.
    program : str
        The version of the program; part of the identity.
    libraries, machine : mapping of str to str
        With what it was made.
    started : str
        When.
    """

    kind: str
    name: str
    identity: Mapping[str, str]
    content: Mapping[str, Any]
    program: str = field(default_factory=program_version)
    libraries: Mapping[str, str] = field(default_factory=library_versions)
    machine: Mapping[str, str] = field(default_factory=machine)
    started: str = field(default_factory=_now)
    format: int = FORMAT

    @classmethod
    def read(cls, file: Path) -> Manifest:
        """Return the manifest that a file holds.

        Raises
        ------
        RunError
            It is none of this version of the program, or is damaged.
        """
        content = read_json(file)
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise RunError(
                Message("{file} is no manifest that this version of pilotsim can read", file=file)
            )
        return cls(**read_checked_json(file))

    def changes_since(self, before: Manifest) -> list[Message]:
        """Return what makes the blocks of an earlier run useless for this one: before → now."""
        was = before.identity_and_kind
        now = self.identity_and_kind
        return [
            self._change(before, name)
            for name in dict.fromkeys([*was, *now])
            if was.get(name) != now.get(name)
        ]

    def _change(self, before: Manifest, name: str) -> Message:
        """Return how a part of the identity differs: by its places, where both hold its content."""
        was, now = (one.content.get(RESTS_ON, {}).get(name) for one in (before, self))
        places = told_between(was, now) if was is not None and now is not None else []
        if places:
            return Message(
                "{name}: {changes}", name=_spoken(name), changes=join_messages(places, "; ")
            )
        return Message(
            "{name}: {before} → {now}",
            name=_spoken(name),
            before=before.identity_and_kind.get(name, ABSENT),
            now=self.identity_and_kind.get(name, ABSENT),
        )

    @property
    def identity_and_kind(self) -> dict[str, str]:
        """All that a block of this run rests on, each under a name for people."""
        return {"kind": self.kind, "name": self.name, "program": self.program, **self.identity}


def _spoken(name: str) -> str:
    """Return what a run goes by, for people."""
    if name.startswith(CODE):
        return Message("the code '{name}'", name=name.removeprefix(CODE))
    return NAMES.get(name, name)


ABSENT = Message("not there")
# What a run goes by, for people; what else it goes by is named as the manifest names it.
NAMES = {
    "kind": Message("kind"),
    "name": Message("name"),
    "program": Message("program"),
    "seed": Message("seed"),
    "assumptions": Message("assumptions"),
    "replications": Message("replications"),
    "evaluation": Message("evaluation"),
    "flow": Message("flow"),
    "portfolio": Message("portfolio"),
    "districts": Message("districts"),
    "targets": Message("targets"),
    "responses": Message("responses"),
    "shard": Message("shard"),
}


def as_kept(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the contents of files as a manifest keeps them, each under its name in the identity.

    Parameters
    ----------
    parts : mapping of str to object
        Contents of files, with dates and tuples in them.
    """
    return {RESTS_ON: json.loads(json.dumps(parts, ensure_ascii=False, default=str))}


# What a manifest calls code of one's own, before its name.
CODE = "code "


def what_flows_rest_on(flows: Iterable[Flow]) -> dict[str, str]:
    """Return what decides the runs of flows beside their files and the program, by name.

    Parameters
    ----------
    flows : iterable of Flow
        What is run.
    """
    own = list(flows)
    code = {
        f"{CODE}{name}": f"{one.module} {one.read_version}"
        for flow in own
        for name, one in flow.code.items()
    }
    return {**rests_on(flow.calendar for flow in own), **code}


class Store:
    """The folder of a run.

    Parameters
    ----------
    folder : Path
        Where it is or will be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._alone = False

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Let no other process work at this run meanwhile.

        Raises
        ------
        RunError
            Another one does.
        """
        self._make(self.folder / BLOCKS)
        with only_one(self.folder / "lock") as alone:
            self._alone = alone
            try:
                yield
            finally:
                self._alone = False

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise cannot_write(folder, fault) from fault

    # What is run.

    def read_manifest(self) -> Manifest | None:
        """Return the manifest of the run stored here, or None without one.

        Raises
        ------
        RunError
            It is no run of this program, or of another version of it, or the manifest is damaged.
        """
        file = self.folder / MANIFEST
        return Manifest.read(file) if file.exists() else None

    def write_manifest(self, manifest: Manifest) -> None:
        """Say what is run here.

        Blocks that stand here without a manifest are removed: they may be of any other run, which
        was stopped while it was being removed.
        """
        self._make(self.folder / BLOCKS)
        if not (self.folder / MANIFEST).exists():
            self.drop_blocks()
        write_checked_json(self.folder / MANIFEST, asdict(manifest))

    def check(self, manifest: Manifest, way_out: Message) -> Manifest | None:
        """Make sure that no run is stored here, or one that this one can resume.

        Parameters
        ----------
        manifest : Manifest
            What is to be run.
        way_out : Message
            What else can be done, as a sentence.

        Returns
        -------
        Manifest or None
            Of the run that is stored here; None without one.

        Raises
        ------
        RunError
            Another run is stored here; says what differs: what is stored, then what is to be run.
        """
        there = self.read_manifest()
        differing = manifest.changes_since(there) if there is not None else []
        if differing:
            raise RunError(
                Message(
                    "{folder} holds another run: {changes}. To go on with it, put that back. "
                    "{way_out}",
                    folder=self.folder,
                    changes=join_messages(differing, "; "),
                    way_out=way_out,
                )
            )
        return there

    def check_results(self) -> None:
        """Make sure that the results of a run that begins here will replace nobody else's.

        Raises
        ------
        RunError
            They would.
        """
        results = self.folder / RESULTS
        is_own = is_there(self.folder / MANIFEST) or is_there(results / MANIFEST)
        if names_in(results, "*") and not is_own:
            raise RunError(
                Message(
                    "{folder} holds something else, which would be lost. Name a folder that is "
                    "not there yet",
                    folder=results,
                )
            )

    def begin(self, manifest: Manifest, way_out: Message) -> Manifest | None:
        """Write the manifest of what is run here, unless it has one already; see `check`."""
        there = self.check(manifest, way_out)
        if there is None:
            self.write_manifest(manifest)
        return there

    def forget(self) -> None:
        """Remove what is run here, and all its blocks."""
        self.drop_blocks()
        (self.folder / MANIFEST).unlink(missing_ok=True)

    @property
    def holds_run(self) -> bool:
        """Whether a run stands here, be it whole or damaged."""
        parts = (MANIFEST, COMPLETE, f"{RESULTS}/{MANIFEST}")
        return any(is_there(self.folder / name) for name in parts) or bool(self.block_files())

    def set_aside(self) -> Path:
        """Give the folder's content another name, so that a new run can begin; return that name.

        Raises
        ------
        RunError
            The system does not allow it: a file of it is open in another program.
        """
        number = 1
        while (aside := self.folder.with_name(f"{self.folder.name}.before{number}")).exists():
            number += 1
        try:
            self.folder.rename(aside)
        except OSError as fault:
            raise cannot_write(aside, fault) from fault
        return aside

    # Blocks.

    def write_block(self, key: str, columns: Columns) -> None:
        """Keep what a task came to; it is there as a whole or not at all."""
        content = parquet_bytes(columns)
        write_whole(self.folder / BLOCKS / f"{key}.{digest_of(content)}.parquet", content)

    def block_files(self) -> dict[str, Path]:
        """Return the file of each stored block by its key, in order of keys.

        Whether it is sound is not asked.
        """
        found = (
            (_BLOCK.fullmatch(file.name), file)
            for file in sorted((self.folder / BLOCKS).glob("*.parquet"))
        )
        return {match["key"]: file for match, file in found if match}

    def read_block(self, key: str) -> dict[str, NDArray[Any]]:
        """Return the columns of a block.

        Raises
        ------
        RunError
            There is none, or its checksum is not that of its name.
        """
        file = self.block_files().get(key)
        columns = _sound(file) if file else None
        if columns is None:
            raise RunError(
                Message(
                    "{folder}: the block '{key}' is damaged; run the same command again",
                    folder=self.folder,
                    key=key,
                )
                if file
                else Message(
                    "{folder}: the block '{key}' is not there; run the same command again",
                    folder=self.folder,
                    key=key,
                )
            )
        return columns

    def sound_blocks(
        self, on_damage: Callable[[Path], None] = lambda file: None
    ) -> Iterator[tuple[str, dict[str, NDArray[Any]]]]:
        """Yield each sound block with its key.

        A damaged one is removed, to be made again, and `on_damage` is told.
        """
        for temporary in (self.folder / BLOCKS).glob(f"*{PART}") if self._alone else ():
            temporary.unlink(missing_ok=True)
        for key, file in self.block_files().items():
            columns = _sound(file)
            if columns is None:
                file.unlink(missing_ok=True)
                on_damage(file)
            else:
                yield key, columns

    def take_block(self, file: Path) -> None:
        """Copy a block of another run into this one.

        Raises
        ------
        RunError
            It is damaged.
        """
        content = file.read_bytes()
        match = _BLOCK.fullmatch(file.name)
        if match is None or match["digest"] != digest_of(content):
            raise RunError(
                Message(
                    "{file} is damaged: its checksum is not that of its name. Run its shard "
                    "again, then merge",
                    file=file,
                )
            )
        write_whole(self.folder / BLOCKS / file.name, content)

    def drop_blocks(self) -> None:
        """Remove all blocks."""
        for file in self.block_files().values():
            file.unlink(missing_ok=True)

    # Results.

    def finish(self, tables: Mapping[str, Callable[[Path], None]]) -> None:
        """Write the results, all or none, and mark the run as complete.

        Parameters
        ----------
        tables : mapping of str to callable
            By file name: what writes the file it is given.

        Raises
        ------
        RunError
            The results cannot be written.
        """
        part, results = self.folder / f"{RESULTS}.{os.getpid()}{PART}", self.folder / RESULTS
        try:
            self._sweep(part)
            part.mkdir()
            for name, write in tables.items():
                write(part / name)
            shutil.copyfile(self.folder / MANIFEST, part / MANIFEST)
            sums = {file.name: _keep(file) for file in sorted(part.iterdir())}
            self._carry(part, {*sums, *self._finished()})
            sync_folder(part)
            self.unfinish()
            shutil.rmtree(results, ignore_errors=True)
            _move(part, results)
            sync_folder(self.folder)
        except OSError as fault:
            raise cannot_write(results, fault) from fault
        finally:
            shutil.rmtree(part, ignore_errors=True)
        write_checked_json(self.folder / COMPLETE, {"finished": _now(), "files": sums})

    def _finished(self) -> Iterable[str]:
        """Return the names of the files that stand as results; none where nobody knows."""
        with suppress(RunError):
            return self.checksums() if is_there(self.folder / COMPLETE) else ()
        return ()

    def _carry(self, part: Path, own: Collection[str]) -> None:
        """Copy what somebody put among the results to those that take their place."""
        for name in names_in(self.folder / RESULTS, "*"):
            place = self.folder / RESULTS / name
            if name not in own and place.is_dir() and not place.is_symlink():
                shutil.copytree(place, part / name, symlinks=True)
            elif name not in own:
                shutil.copy2(place, part / name, follow_symlinks=False)

    def _sweep(self, part: Path) -> None:
        """Remove half-written results: its own, and any where no other process is at work."""
        for left in self.folder.glob(f"{RESULTS}.*{PART}") if self._alone else [part]:
            shutil.rmtree(left, ignore_errors=True)

    def is_complete(self) -> bool:
        """Tell whether the results are complete."""
        return (self.folder / COMPLETE).exists()

    def results_are_sound(self) -> bool:
        """Tell whether each result is what it was when the run was marked as complete.

        Where the mark itself is damaged nobody knows.
        """
        try:
            sums = self.checksums()
        except RunError:
            return False
        files = {name: self.folder / RESULTS / name for name in sums}
        return all(
            file.exists() and digest_of(file.read_bytes()) == sums[name]
            for name, file in files.items()
        )

    def checksums(self) -> dict[str, str]:
        """Return the checksum of each result by its name.

        Raises
        ------
        RunError
            The mark of completeness, which holds them, is not there or is damaged.
        """
        return dict(read_checked_json(self.folder / COMPLETE, AGAIN)["files"])

    def unfinish(self) -> None:
        """Take the mark of completeness away, since more is to come."""
        (self.folder / COMPLETE).unlink(missing_ok=True)


def _keep(file: Path) -> str:
    """Make sure that a file outlives a power cut; return its checksum."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
        return digest_of(stream.read())


def _move(part: Path, results: Path) -> None:
    """Put finished results in their place.

    Where another process was quicker, its results are the same.
    """
    try:
        part.replace(results)
    except OSError as fault:
        if fault.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        shutil.rmtree(part, ignore_errors=True)


def _sound(file: Path) -> dict[str, NDArray[Any]] | None:
    """Return the columns of a block, or None where its bytes are not those its name tells of."""
    match = _BLOCK.fullmatch(file.name)
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return columns_of(content) if match and match["digest"] == digest_of(content) else None
