"""What a run rests on: the version of the program, blocks that are whole, workers of the same version."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from pilotsim.base import versions
from pilotsim.base.errors import RunError
from pilotsim.base.messages import Message
from pilotsim.runs import Local, Manifest, Store, Task, work
from pilotsim.runs.cluster import check_versions
from tests.test_layers import ORDER


def squares(start: int, stop: int):
    """Return a table: what a task of these tests makes."""
    return {
        "number": np.arange(start, stop),
        "square": np.arange(start, stop) ** 2,
        "word": ["even", "odd"] * ((stop - start) // 2),
    }


TASKS = [Task(f"from-{start}", squares, (start, start + 10)) for start in range(0, 50, 10)]


def test_nothing_that_a_run_goes_through_is_taken_to_be_without_effect():
    parts = "pilotsim.runs.batches, pilotsim.files.reading, pilotsim.simulation.engines.compiled.engine, pilotsim.simulation.engines.readable.process, pilotsim.evaluation.trial, pilotsim.experiments.optimise.solve, pilotsim.experiments.portfolio.execute, pilotsim.language.changed_flow"
    code = f"import sys, json, {parts}\nprint(json.dumps(list(sys.modules)))"
    loaded = json.loads(
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
    )
    used = {name.split(".")[1] for name in loaded if name.startswith("pilotsim.")}
    assert {"base", "files", "measures", "model", "runs", "simulation"} <= used
    assert {"effects", "evaluation", "experiments", "language"} <= used
    assert not used & versions.WITHOUT_EFFECT


def test_all_that_is_without_effect_is_there():
    assert {*ORDER, "__init__", "__main__"} >= versions.WITHOUT_EFFECT


def test_version_tells_other_sources_apart(monkeypatch):
    before = versions.program_version.__wrapped__()
    assert versions.program_version.__wrapped__() == before
    monkeypatch.setattr(versions, "WITHOUT_EFFECT", versions.WITHOUT_EFFECT | {"base"})
    assert versions.program_version.__wrapped__() != before


def test_any_table_is_kept_and_read_back(tmp_path):
    store = Store(tmp_path)
    with store.lock():
        work(store, TASKS, Local(1))
    columns = store.read_block("from-20")
    np.testing.assert_array_equal(columns["square"], np.arange(20, 30) ** 2)
    assert columns["word"].tolist() == ["even", "odd"] * 5
    assert sorted(store.block_files()) == [task.key for task in TASKS]


def test_only_tasks_without_a_block_are_run(tmp_path):
    store = Store(tmp_path)
    with store.lock():
        work(store, TASKS[:2], Local(1))
        done = []
        work(store, TASKS, Local(2), lambda task, columns: done.append(task.key))
    assert sorted(done) == [task.key for task in TASKS[2:]]


def test_block_that_was_cut_short_is_not_read(tmp_path):
    store = Store(tmp_path)
    with store.lock():
        work(store, TASKS[:1], Local(1))
    file = store.block_files()["from-0"]
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(RunError, match="'from-0' is damaged"):
        store.read_block("from-0")
    with pytest.raises(RunError, match="'other' is not there"):
        store.read_block("other")


def test_same_table_gives_the_same_bytes(tmp_path):
    names = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        store = Store(folder)
        with store.lock():
            work(store, TASKS, Local(1))
        names.append([file.name for file in store.block_files().values()])
    assert names[0] == names[1]


def test_tables_are_all_there_or_none(tmp_path):
    store = Store(tmp_path)
    store.write_manifest(Manifest("test", "test", {}, {}))

    def fails(file):
        raise RunError("no")

    with pytest.raises(RunError, match="no"):
        store.finish({"one.csv": lambda file: file.write_text("1"), "two.csv": fails})
    assert not store.is_complete()
    assert not list(tmp_path.glob("results*"))
    store.finish(
        {"one.csv": lambda file: file.write_text("1"), "two.csv": lambda file: file.write_text("2")}
    )
    assert store.is_complete()
    assert store.results_are_sound()
    (tmp_path / "results" / "two.csv").write_text("3")
    assert not store.results_are_sound()


def test_manifests_tell_what_differs():
    one = Manifest("study", "a", {"seed": "1", "responses": "x"}, {})
    other = Manifest("study", "a", {"seed": "2", "responses": "x"}, {})
    assert one.changes_since(one) == []
    assert other.changes_since(one) == ["seed: 1 → 2"]


def test_folder_of_another_format_is_refused(tmp_path):
    (tmp_path / "manifest.json").write_text('{"format": 99}')
    with pytest.raises(RunError, match="no manifest that this version of pilotsim can read"):
        Store(tmp_path).read_manifest()
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(RunError, match="cannot read"):
        Store(tmp_path).read_manifest()


class Workers:
    """A cluster whose workers say which version they have."""

    def __init__(self, found: str) -> None:
        self.found = found

    def run(self, function):
        return {"tcp://10.0.0.7:4000": self.found}


def test_workers_of_another_version_are_refused():
    check_versions(Workers(versions.program_version()))
    with pytest.raises(
        RunError, match=r"the worker tcp://10\.0\.0\.7:4000 has pilotsim 0\.0\.9; this is"
    ):
        check_versions(Workers("0.0.9"))


WAY_OUT = Message("Or take another folder.")


def test_another_run_is_refused_with_what_stands_and_what_is_to_be_run(tmp_path):
    """What stands comes first: the direction in which somebody changed it."""
    store = Store(tmp_path)
    assert store.begin(Manifest("study", "a", {"seed": "1"}, {}), WAY_OUT) is None
    there = store.begin(Manifest("study", "a", {"seed": "1"}, {"more": "of it"}), WAY_OUT)
    assert there is not None
    assert there.content == {}
    with pytest.raises(RunError) as fault:
        store.begin(Manifest("study", "b", {"seed": "2", "shard": "all"}, {}), WAY_OUT)
    assert str(fault.value) == (
        f"{tmp_path} holds another run: name: a → b; seed: 1 → 2; shard: not there → all. "
        "To go on with it, put that back. Or take another folder."
    )


def test_a_folder_that_is_asked_about_stays_as_it_is(tmp_path):
    store = Store(tmp_path / "new")
    assert store.check(Manifest("study", "a", {}, {}), WAY_OUT) is None
    assert not (tmp_path / "new").exists()


def test_what_is_forgotten_is_not_there_any_more(tmp_path):
    store = Store(tmp_path)
    with store.lock():
        store.begin(Manifest("search", "a", {"seed": "1"}, {}), WAY_OUT)
        work(store, TASKS, Local(1))
        store.forget()
        assert store.begin(Manifest("search", "a", {"seed": "2"}, {}), WAY_OUT) is None
    assert not store.block_files()


def test_blocks_of_a_run_that_nobody_knows_are_not_taken(tmp_path):
    """Removing a run was stopped half-way: another one that begins there made none of these."""
    store = Store(tmp_path)
    one = Manifest("study", "one", {"seed": "1"}, {})
    with store.lock():
        store.begin(one, Message("Begin anew."))
        work(store, TASKS[:2], Local(1))
        (tmp_path / "manifest.json").unlink()
        store.begin(Manifest("study", "two", {"seed": "2"}, {}), Message("Begin anew."))
        assert not store.block_files()
        work(store, TASKS[:1], Local(1))
        store.begin(Manifest("study", "two", {"seed": "2"}, {}), Message("Begin anew."))
        assert [*store.block_files()] == ["from-0"]
