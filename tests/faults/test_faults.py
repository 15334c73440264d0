"""What stands is whole, whatever goes wrong while a command writes, and the same command goes on."""

from __future__ import annotations

import os
import pkgutil
import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path

import pytest

import pilotsim
from pilotsim.cli.spoken import OutputPath
from tests.cli.test_kept_inputs import commands_with_names, paths_of
from tests.faults.lines import LINES, Line
from tests.faults.shim import (
    KILLED,
    REMOVES,
    Call,
    Fault,
    Outcome,
    Record,
    Tree,
    make_tree,
    run_with_faults,
    spread,
    tree_of,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process cannot go on in two")

FAULT = 2
FAILS = ("ENOSPC", "EIO", "EACCES")
# What a file is called until it is whole, and a folder until all of its files are.
HALF = re.compile(r"\..+\.[0-9a-f]{12}\.(part|partial)|results\.\d+\.part")
# In the ordinary suite so many calls of a line, and so many of the states that they leave.
MOST_CALLS, MOST_AGAIN = 8, 1
# Which lines it has both ways.
BOTH = ("validate", "calibrate")
# What the fast engine says of itself, once.
ASIDE = ("Compiling the fast", "Oversetter", "Kompilerer")


@pytest.fixture(scope="module", autouse=True)
def loaded():
    """Load what commands load, so that none has to do so in each process anew."""
    for name in ("docx", "statsmodels.api", "statsmodels.sandbox.regression.gmm", "xlsxwriter"):
        pytest.importorskip(name)
    for one in pkgutil.walk_packages(pilotsim.__path__, "pilotsim."):
        if not one.name.endswith("__main__"):
            import_module(one.name)


def test_every_place_to_write_to_is_in_a_line():
    """A command that writes cannot be forgotten, nor one of its options."""
    for words, command in commands_with_names():
        for one in paths_of(command):
            if not isinstance(one.type, OutputPath):
                continue
            lines = [line.words for line in LINES if line.words[: len(words)] == words]
            assert lines, words
            if one.param_type_name == "option":
                assert any(set(one.opts) & set(line) for line in lines), (words, one.opts)


def some(calls: list[Call]) -> dict[int, list[Fault]]:
    """What goes wrong at some calls: the first, the last, and others evenly between them."""
    written = [call for call in calls if call.kind != "import"]
    loaded = [call for call in calls if call.kind == "import"]
    chosen = [written[k] for k in spread(len(written), MOST_CALLS)]
    faults = {
        call.number: [Fault("torn" if call.kind == "write" else FAILS[k % 3]), Fault("killed")]
        for k, call in enumerate(chosen)
    }
    return faults | {loaded[k].number: [Fault("EIO")] for k in spread(len(loaded), 2)}


def all_of(calls: list[Call]) -> dict[int, list[Fault]]:
    """All that can go wrong, at every call."""
    kinds = {"write": (*FAILS, "torn", "killed"), "import": ("EIO", "killed")}
    return {
        call.number: [Fault(kind) for kind in kinds.get(call.kind, (*FAILS, "killed"))]
        for call in calls
    }


# Where nothing stands yet, and where the result of another run does.
BEDS = [(line, False) for line in LINES] + [(line, True) for line in LINES if line.earlier]
FEWER = [(line, over) for line, over in BEDS if over or not line.earlier or line.name in BOTH]


def each(beds):
    ids = [f"{line}-{'over' if over else 'new'}" for line, over in beds]
    return pytest.mark.parametrize(("line", "is_there"), beds, ids=ids)


@each(FEWER)
def test_at_some_calls(line, is_there, tmp_path):
    hold(line, tmp_path / "here", some, is_there=is_there, most_again=MOST_AGAIN)


@each(BEDS)
def test_at_every_call(line, is_there, tmp_path):
    hold(line, tmp_path / "here", all_of, is_there=is_there, most_again=10_000)


def hold(line: Line, root: Path, choose, *, is_there: bool, most_again: int) -> None:
    """Let a line meet its faults, and hold what it says and leaves to what is promised."""
    root.mkdir()
    line.make(root)
    if is_there:
        record = undisturbed(root, (*line.words, *line.earlier), keeps=line.keeps)
        assert record.code in (0, 3), record.err
    before = tree_of(root)
    first = undisturbed(root, line.words, keeps=line.keeps)
    assert "Traceback" not in first.err
    assert not first.outside
    after = told(tree_of(root))
    assert after != told(before)
    make_tree(root, before)
    faults = choose(first.calls)
    found = run_with_faults(
        root, line.words, lambda call: faults.get(call.number, ()), keeps=line.keeps
    )
    assert found.code == first.code, found.err
    assert told(tree_of(root)) == after
    assert len(found.outcomes) == sum(len(kinds) for kinds in faults.values())
    wrong = [
        f"{outcome}: {fault}\n{outcome.err}"
        for outcome in found.outcomes
        for fault in faults_of(line, outcome, told(before), after, first.code)
    ]
    assert not wrong, f"{len(wrong)} of {len(found.outcomes)}:\n" + "\n".join(wrong[:20])
    again = states_of(found.outcomes, told(before), after)
    if line.is_once:
        again = [one for one in again if not set(after) <= set(one.left)]
    for outcome in (again[k] for k in spread(len(again), most_again)):
        make_tree(root, outcome.left)
        record = undisturbed(root, line.words, keeps=line.keeps)
        assert record.code == first.code, f"after {outcome}: {record.err}"
        assert whole(told(tree_of(root))) == after, f"after {outcome}"


def undisturbed(root: Path, words: Iterable[str], *, keeps: bool) -> Record:
    """How a command fares with nothing in its way."""
    return run_with_faults(root, tuple(words), lambda call: (), keeps=keeps)


def told(tree: Tree) -> Tree:
    """Files without what differs from process to process: who holds a lock, and since when."""
    return {name: b"" if Path(name).name == "lock" else content for name, content in tree.items()}


def half(tree: Tree) -> set[str]:
    """Files and folders that bear a name of what is not whole, without what is in them."""
    found = set()
    for parts in (Path(name).parts for name in tree):
        marks = [k for k, part in enumerate(parts) if HALF.fullmatch(part)]
        if marks:
            found.add(str(Path(*parts[: marks[0] + 1])))
    return found


def whole(tree: Tree) -> Tree:
    """All else."""
    return {
        name: content
        for name, content in tree.items()
        if not any(HALF.fullmatch(part) for part in Path(name).parts)
    }


def within(name: str, folders: Iterable[str]) -> bool:
    return any(name.startswith(one) for one in folders)


def faults_of(line: Line, outcome: Outcome, before: Tree, after: Tree, code: int) -> Iterator[str]:
    """Yield what a command did that it promises not to do."""
    left = told(outcome.left)
    stands = {name: one for name, one in whole(left).items() if not within(name, line.kept)}
    yield from faults_of_words(outcome, code, [*after, *line.words])
    may_stay = line.kept if outcome.call.kind in REMOVES else ()
    differ = {one for one in differing(whole(left), after) if not within(one, may_stay)}
    if outcome.code == code and differ:
        yield f"all was well, but {sorted(differ)} differ"
    allowed = 1 if outcome.is_killed or outcome.call.kind in REMOVES else 0
    if len(half(left)) > allowed:
        yield f"left behind: {sorted(half(left))}"
    for name, content in stands.items():
        if content is not None and content not in (before.get(name), after.get(name)):
            yield f"{name} is neither what it was nor what it was to be"
    broken = list(faults_of_folders(line, outcome, before, after, stands))
    yield from broken
    interrupted = [one for one, mark in line.whole.items() if f"{one}/{mark}" not in stands]
    for name in sorted(set(before) & set(after) - set(stands)):
        if not (outcome.is_killed and within(name, interrupted)) and not within(name, line.kept):
            yield f"{name} is gone"


def faults_of_words(outcome: Outcome, code: int, places: list[str]) -> Iterator[str]:
    said = [one for one in outcome.err.splitlines() if not one.startswith(ASIDE)]
    if "Traceback" in outcome.err + outcome.out:
        yield "a traceback"
    if outcome.is_killed:
        if outcome.code != KILLED:
            yield f"it outlived its end, with code {outcome.code}"
        return
    if outcome.code == code:
        return
    if outcome.code != FAULT:
        yield f"it ended with code {outcome.code}"
    names = {part for place in places for part in Path(place).parts} | {outcome.call.place}
    if len(said) != 1 or not any(name in said[0] for name in names if len(name) > 2):
        yield "not one line that says what is wrong with which place"


def faults_of_folders(
    line: Line, outcome: Outcome, before: Tree, after: Tree, stands: Tree
) -> Iterator[str]:
    for folder, mark in line.whole.items():
        was, to_be, now = (
            {
                name: one
                for name, one in tree.items()
                if Path(name).parent == Path(folder) and one is not None
            }
            for tree in (before, after, stands)
        )
        if now not in (was, to_be) and not (outcome.is_killed and f"{folder}/{mark}" not in now):
            yield f"{folder} has {sorted(now)}: neither all as they were nor all as they were to be"


def differing(one: Tree, other: Tree) -> set[str]:
    return {name for name in {*one, *other} if one.get(name, 0) != other.get(name, 0)}


def states_of(outcomes: Iterable[Outcome], before: Tree, after: Tree) -> list[Outcome]:
    """One outcome for each way in which a folder was left, but as it was or as it was to be."""
    found: dict[frozenset[tuple[str, bool]], Outcome] = {}
    for outcome in outcomes:
        left = told(outcome.left)
        if left in (before, after):
            continue
        state = frozenset(
            (HALF.sub("half", Path(name).name), content == after.get(name))
            if HALF.search(name)
            else (name, content == after.get(name))
            for name, content in left.items()
        )
        found.setdefault(state, outcome)
    return list(found.values())
