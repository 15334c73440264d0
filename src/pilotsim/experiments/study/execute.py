"""A study carried out: what stands is read, what is missing is run, then tables are written."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.errors import PilotsimError, RequestError, RunError
from pilotsim.base.messages import Message, join_messages
from pilotsim.base.text import is_whole_number
from pilotsim.experiments.study.accumulated import AccumulatedRuns
from pilotsim.experiments.study.analysis_request import ask_for_libraries
from pilotsim.experiments.study.blocks import Cutter, block_size, seconds_per_replication
from pilotsim.experiments.study.layout import StudyLayout, manifest_of
from pilotsim.experiments.study.results import StudyRun, open_run, tables_of
from pilotsim.experiments.study.study import Study
from pilotsim.files.differences import differences, tell_first, was_and_is
from pilotsim.files.reading import read_text
from pilotsim.model.changed_entries import ChangedEntry
from pilotsim.runs import Columns, Local, Manifest, Store, Task, Workers, work

Missing = Mapping[str, Sequence[tuple[int, int]]]
WAY_OUT = Message(
    "To begin anew, give --new (what stands is kept under another name), or name another folder "
    "with --out."
)


@dataclass(frozen=True)
class Shard:
    """A part of a study for one of several machines: part `number` (from 1) of `of`."""

    number: int
    of: int

    def __post_init__(self) -> None:
        """Refuse a part that there is not."""
        if not 1 <= self.number <= self.of:
            raise RequestError(
                Message(
                    "expected a part from 1/{of} to {of}/{of}; found {found}",
                    of=self.of,
                    found=str(self),
                )
            )

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    @classmethod
    def read(cls, text: str) -> Shard:
        """Return the part that `2/8` stands for.

        Raises
        ------
        RequestError
            There is no such part.
        """
        number, _, of = text.partition("/")
        if not (is_whole_number(number.strip()) and is_whole_number(of.strip())):
            raise RequestError(Message("expected a part such as 2/8; found '{found}'", found=text))
        return cls(int(number), int(of))

    def share(self, missing: Missing, layout: StudyLayout) -> dict[str, list[tuple[int, int]]]:
        """Return this part of what is missing.

        A range of each cell's replications, or whole cells where their number varies.
        """
        if layout.replications.until:
            mine = {
                cell.key
                for number, cell in enumerate(layout.cells)
                if number % self.of == self.number - 1
            }
            return {key: list(ranges) for key, ranges in missing.items() if key in mine}
        low, high = (
            (layout.replications.at_least * k) // self.of for k in (self.number - 1, self.number)
        )
        cut = {
            key: [(max(a, low), min(b, high)) for a, b in ranges] for key, ranges in missing.items()
        }
        return {
            key: kept
            for key, ranges in cut.items()
            if (kept := [(a, b) for a, b in ranges if a < b])
        }


@dataclass(frozen=True)
class ExecutionOptions:
    """How a study is carried out; nothing of this changes a result.

    Parameters
    ----------
    workers : Workers
        Who does it.
    engine : str or None
        `kernel` or `process`; the fastest there is for None.
    shard : Shard or None
        Only this part.
    new : bool
        Set aside what stands, and begin anew.
    extend : bool
        Go on with a run whose study has since been given more replications, points or scenarios.
    """

    workers: Workers = field(default_factory=Local)
    engine: str | None = None
    shard: Shard | None = None
    new: bool = False
    extend: bool = False


@dataclass(frozen=True)
class StudyProgress:
    """How far a study is: replications done before, done now, and wanted as far as is known.

    How many blocks were damaged.
    """

    before: int
    done: int
    wanted: int
    damaged: int = 0


OnProgress = Callable[[StudyProgress], None]


@checks_arguments
def run_study(
    study: Study,
    folder: str | Path,
    options: ExecutionOptions | None = None,
    progress: OnProgress | None = None,
    *,
    jobs: int = -1,
    engine: str | None = None,
    new: bool = False,
    extend: bool = False,
) -> StudyRun | None:
    """Carry out a study, or go on with it, and return its results.

    None for a part of it, whose results come by merging.

    Parameters
    ----------
    study : Study
        What to run.
    folder : str or Path
        Where its run is kept.
    options : ExecutionOptions, optional
        How, where it is done by others than processes of this machine, or in part; in place of all
        that follow but `progress`.
    progress : callable, optional
        Told how far it is, as a `StudyProgress`: at the beginning, and at each block.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    new : bool
        Set aside what stands in the folder, and begin anew.
    extend : bool
        Go on with a run whose study has since been given more replications, points or scenarios.

    Raises
    ------
    RequestError
        How is said twice, by `options` and beside them; or the study needs more time, memory or
        room on the disk than the limits allow.
    RunError
        The folder holds a run of another study or another version, another process is at work
        there, or the disk is full.
    """
    if options is None:
        options = ExecutionOptions(Local(jobs), engine, new=new, extend=extend)
    elif (jobs, engine, new, extend) != (-1, None, False, False):
        raise RequestError(
            Message("options: expected them alone, without jobs, engine, new and extend")
        )
    from pilotsim.experiments.study.cost import check_study

    ask_for_libraries(study)
    check_study(study, options, Path(folder))
    store = Store(Path(folder))
    if options.new and store.holds_run:
        with store.lock():
            pass
        store.set_aside()
    layout = StudyLayout.of(study)
    with store.lock():
        begin(
            store,
            manifest_of(study, layout, str(options.shard or "")),
            layout,
            extend=options.extend,
        )
        _Execution(study, layout, store, options, progress or (lambda _: None)).run()
        if options.shard is not None:
            return None
    return open_run(store.folder)


def begin(store: Store, manifest: Manifest, layout: StudyLayout, *, extend: bool) -> None:
    """Begin a run, or make sure that the one that stands is of this study; see `check_folder`."""
    there = check_folder(store, manifest, layout, extend=extend)
    if there is None:
        store.write_manifest(manifest)
    elif there.content != _as_stored(manifest):
        store.write_manifest(replace(manifest, started=there.started))
        store.unfinish()


def check_folder(
    store: Store, manifest: Manifest, layout: StudyLayout, *, extend: bool
) -> Manifest | None:
    """Make sure that a folder is empty, or holds a run that this study can go on with.

    Parameters
    ----------
    store : Store
        The folder.
    manifest : Manifest
        What is to be run.
    layout : StudyLayout
        Its points, scenarios and replications.
    extend : bool
        Whether the study may have been given more of these since the run began.

    Returns
    -------
    Manifest or None
        What stands there.

    Raises
    ------
    RunError
        It holds another run; says what differs and the way out. Or it holds results of somebody
        else.
    """
    store.check_results()
    there = store.check(manifest, WAY_OUT)
    if there is None:
        return None
    changed = changes_between(StudyLayout.read(there.content["layout"]), layout)
    if changed.lost:
        raise RunError(
            Message(
                "{folder} holds a run of this study as it was: {changes}. To go on with it, put "
                "that back. {way_out}",
                folder=store.folder,
                changes=join_messages([*changed.lost, *_values_between(there, manifest)], "; "),
                way_out=WAY_OUT,
            )
        )
    if changed.added and not extend:
        raise RunError(
            Message(
                "{folder} holds a run of this study as it was: {changes}. Give --extend to go on "
                "with what stands and run only what is new. {way_out}",
                folder=store.folder,
                changes=join_messages(changed.added, "; "),
                way_out=WAY_OUT,
            )
        )
    return there


def _values_between(there: Manifest, now: Manifest) -> list[Message]:
    """Return which values of the flows are others than when a run began: was, and is.

    Each once, though several scenarios have it; the first `MAX_LISTED` of them.
    """
    told: dict[str, Message] = {}
    for scenario, text in there.content.get("flows", {}).items():
        new = now.content["flows"].get(scenario, text)
        if new == text:
            continue
        # Read as they were kept; one that this version cannot read tells nothing.
        with suppress(PilotsimError):
            for entry in differences(read_text(text), read_text(new)).entries:
                if not entry.follows and entry.file_says != entry.run_says:
                    told.setdefault(entry.path, _was(entry))
    return tell_first(list(told.values()))


def _was(entry: ChangedEntry) -> Message:
    return was_and_is(
        entry.path,
        entry.before.written if entry.before else entry.file_says,
        entry.after.written if entry.after else entry.run_says,
    )


def _as_stored(manifest: Manifest) -> Mapping[str, object]:
    import json

    content: Mapping[str, object] = json.loads(json.dumps(manifest.content))
    return content


@dataclass(frozen=True)
class LayoutChange:
    """What a study wants since its run began: what is added, and what is no longer wanted."""

    added: tuple[str, ...]
    lost: tuple[str, ...]


def changes_between(before: StudyLayout, now: StudyLayout) -> LayoutChange:
    """Return what differs between what a run was to be and what it is to be now, in words."""
    old, new = {cell.key for cell in before.cells}, {cell.key for cell in now.cells}
    added, lost = [], []
    if old - new:
        lost.append(
            Message(
                "{count} of {all} points in scenarios are gone or have other values",
                count=len(old - new),
                all=len(old),
            )
        )
    if new - old:
        added.append(Message("{count} points in scenarios are new", count=len(new - old)))
    fewer = (
        now.replications.at_most < before.replications.at_most
        or now.replications.at_least < before.replications.at_least
    )
    times = Message("replications: {before} → {now}", before=_times(before), now=_times(now))
    if fewer:
        lost.append(times)
    elif now.replications != before.replications:
        added.append(times)
    bounds = [
        Message(
            "the bound of '{name}': {before} → {now}",
            name=mine.name,
            before=str(theirs.bound),
            now=str(mine.bound),
        )
        for mine, theirs in zip(now.responses, before.responses, strict=True)
        if mine != theirs
    ]
    return LayoutChange((*added, *bounds), tuple(lost))


def _times(layout: StudyLayout) -> str:
    rule = layout.replications
    if not rule.until:
        return str(rule.at_least)
    until = ", ".join(f"{one.response} ± {one.half_width:g}" for one in rule.until)
    return Message(
        "{least} to {most} until {until}",
        least=rule.at_least,
        most=rule.at_most,
        until=until,
    )


class _Execution:
    """One go at a study in its folder."""

    def __init__(
        self,
        study: Study,
        layout: StudyLayout,
        store: Store,
        options: ExecutionOptions,
        on_progress: OnProgress,
    ) -> None:
        self.study, self.layout, self.store, self.options, self.on_progress = (
            study,
            layout,
            store,
            options,
            on_progress,
        )
        self.gathered = AccumulatedRuns(layout)
        self.damaged = 0
        places = {
            cell.key: (number // len(study.points), number % len(study.points))
            for number, cell in enumerate(layout.cells)
        }
        self.cutter = Cutter(study, places, options.engine)

    def run(self) -> None:
        if self.store.is_complete() and self.store.results_are_sound():
            return
        for _, columns in self.store.sound_blocks(self._on_damage):
            self.gathered.add(columns)
        self.before = len(self.gathered)
        self._tell()
        seconds = math.nan
        while missing := self._missing():
            self.store.unfinish()
            seconds = (
                seconds_per_replication(self.study, self.options.engine)
                if math.isnan(seconds)
                else seconds
            )
            count = sum(stop - start for ranges in missing.values() for start, stop in ranges)
            tasks = self.cutter.tasks(
                missing, block_size(count, seconds, self.options.workers.count)
            )
            work(self.store, tasks, self.options.workers, self._on_block)
        if self.options.shard is None:
            finish(self.store, self.layout, self.gathered)

    def _missing(self) -> Missing:
        missing = self.gathered.missing()
        return self.options.shard.share(missing, self.layout) if self.options.shard else missing

    def _on_damage(self, file: Path) -> None:
        self.damaged += 1

    def _on_block(self, task: Task, columns: Columns) -> None:
        self.gathered.add(columns)
        self._tell()

    def _tell(self) -> None:
        done = len(self.gathered)
        self.on_progress(
            StudyProgress(self.before, done - self.before, self._wanted(), self.damaged)
        )

    def _wanted(self) -> int:
        """Return how many replications are wanted of all cells.

        The most there may be where intervals decide.
        """
        rule, shard = self.layout.replications, self.options.shard
        if shard is None:
            return len(self.layout.cells) * rule.at_most
        whole = {cell.key: [(0, rule.at_most)] for cell in self.layout.cells}
        return sum(b - a for ranges in shard.share(whole, self.layout).values() for a, b in ranges)


def finish(store: Store, layout: StudyLayout, gathered: AccumulatedRuns) -> None:
    """Write the tables of a study whose runs are all there."""
    manifest = store.read_manifest()
    assert manifest is not None, "it was written when the run began"
    store.finish(tables_of(layout, gathered, manifest.content))
    if "blocks" not in layout.keep:
        store.drop_blocks()


@checks_arguments
def merge_runs(folder: str | Path, parts: Sequence[str | Path]) -> StudyRun:
    """Put the parts of a study together into a folder, and return its results.

    Parameters
    ----------
    folder : str or Path
        Where the whole is to be kept.
    parts : sequence of str or Path
        The folders of the parts.

    Raises
    ------
    RunError
        The parts are of different studies or versions, a block is damaged, or runs are still
        missing.
    """
    stores = [Store(Path(part)) for part in parts]
    manifests = [_manifest_of_part(store) for store in stores]
    for store, manifest in zip(stores, manifests, strict=True):
        same = all(
            manifest.content[part] == manifests[0].content[part] for part in ("layout", "flows")
        )
        differing = [
            *manifest.changes_since(manifests[0]),
            *([] if same else [Message("the study")]),
        ]
        if differing:
            raise RunError(
                Message(
                    "{folder} is a part of another run than {first}: {changes}",
                    folder=store.folder,
                    first=stores[0].folder,
                    changes=join_messages(differing, "; "),
                )
            )
    whole, layout = Store(Path(folder)), StudyLayout.read(manifests[0].content["layout"])
    with whole.lock():
        begin(whole, manifests[0], layout, extend=True)
        for store in stores:
            for file in store.block_files().values():
                whole.take_block(file)
        gathered = AccumulatedRuns(layout)
        for _, columns in whole.sound_blocks():
            gathered.add(columns)
        missing = gathered.missing()
        if missing:
            count = sum(stop - start for ranges in missing.values() for start, stop in ranges)
            raise RunError(
                Message(
                    "{count:,} runs are still missing: is every part done, and named? What was "
                    "merged is kept in {folder}",
                    count=count,
                    folder=folder,
                )
            )
        whole.unfinish()
        finish(whole, layout, gathered)
    return open_run(whole.folder)


def _manifest_of_part(store: Store) -> Manifest:
    manifest = store.read_manifest()
    if manifest is None or manifest.kind != "study":
        raise RunError(Message("{folder} holds no part of a study", folder=store.folder))
    return replace(manifest, identity={**manifest.identity, "shard": "all"})
