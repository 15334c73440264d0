"""Work that was stopped at any point goes on where it was, with the same bits as if it never had been."""

import errno
import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import RequestError
from pilotsim.runs import batches, kept
from pilotsim.runs.batches import Outcome, Variant, run_variants
from pilotsim.runs.kept import keep_runs
from pilotsim.runs.store import Manifest, Store
from tests.evaluation.pilots import build
from tests.experiments.information.test_value import DECISION
from tests.experiments.information.test_value import FLOW as DECIDED
from tests.runs.test_budget import a_flow, measures_of

FLOW = """
flow: small
title: Small
starts: 2015-01-01
lasts: {value: 12 months, source: s}
sources: {s: S}
groups: {g: {starts_in: "on", stock: {value: 30, low: 20, high: 40, assumption: A guess}}}
risks:
  job: {to: work, rate: {value: 5 % per month, low: 2 % per month, high: 9 % per month, assumption: A guess}}
  back: {to: "on", rate: {value: 5 % per month, low: 1 % per month, high: 9 % per month, assumption: A guess}}
stages: {"on": {risks: {job: 1}}, work: {counts_as: work, risks: {back: 1}}}
targets:
  work: {says: Half in work, source: s, at_least: 50 %, measure: {share: {reached: work}, of: {groups: g}}}
observed:
  ever: {says: Ever in work, source: s, value: 40 %, tolerance: about, fitted: true, measure: {share: {reached: work}, of: {groups: g}}}
  now: {says: In work, source: s, value: 30 %, tolerance: about, fitted: true, measure: {share: {state: work, at: end}, of: {groups: g}}}
"""
# The program, killed as it is about to keep its Nth block, or just after, and keeping each at once.
SHIM = """
import os, signal, sys
from pilotsim.runs import kept, store
kept.FIRST_SECONDS = kept.EVERY_SECONDS = 0.0
point, left = sys.argv[1], int(sys.argv[2])
write = store.Store.write_block

def stop():
    if point == "interrupted":
        raise KeyboardInterrupt
    os.kill(os.getpid(), signal.SIGKILL)

def write_block(self, key, columns):
    global left
    left -= 1
    if left == 0 and point != "after":
        if point == "half":
            (self.folder / "blocks" / ".half.0123456789ab.part").write_bytes(b"half a block")
            (self.folder / "blocks" / "x.0123456789abcdef.parquet").write_bytes(b"no block")
        stop()
    write(self, key, columns)
    if left == 0:
        stop()

store.Store.write_block = write_block
import pilotsim.cli
pilotsim.cli.main(sys.argv[3:])
"""


def run(folder, point, number, *arguments):
    return subprocess.run(
        [sys.executable, "-c", SHIM, point, str(number), *map(str, arguments), "--language", "en"],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def hidden(folder):
    return sorted(one.name for one in folder.iterdir() if one.name.startswith(".pilotsim_"))


@pytest.fixture
def noted(monkeypatch):
    """Keep each block at once, and count those that are run."""
    monkeypatch.setattr(kept, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(kept, "EVERY_SECONDS", 0.0)
    ran = []
    own = batches.run_block

    def run_block(variant, measures, seed, replications):
        ran.append((variant.name, replications.start))
        return own(variant, measures, seed, replications)

    monkeypatch.setattr(batches, "run_block", run_block)
    return ran


def outcome_of(flow, name="a", **more):
    variant = Variant(name, flow, with_counterfactual=True, with_paths=True, **more)
    return run_variants([variant], measures_of(flow), seed=1, replications={name: 60})[name]


def bits(outcome: Outcome):
    arrays = outcome.as_arrays()
    return {name: (one.dtype.str, one.shape, one.tobytes()) for name, one in arrays.items()}


def test_what_was_kept_is_not_run_again_and_has_the_same_bits(tmp_path, noted):
    whole = bits(outcome_of(a_flow()))
    noted.clear()
    with keep_runs(tmp_path / "kept"):
        assert bits(outcome_of(a_flow())) == whole
    assert noted == [("a", 0), ("a", 25), ("a", 50)]
    noted.clear()
    with keep_runs(tmp_path / "kept") as there:
        # What it is called and what runs it decides nothing.
        assert bits(outcome_of(a_flow(), "b", engine="process")) == whole
        assert there.count == 3
    assert noted == []


def test_whatever_decides_runs_has_them_run_anew(tmp_path, noted):
    flow = a_flow()
    stock = flow.values["groups.g.stock"].slot
    with keep_runs(tmp_path / "kept"):
        outcome_of(flow)
        for changed in (
            {"numbers": {stock: 51.0}},
            {"own": {stock: np.full(60, 51.0)}},
            {"fixed": True},
        ):
            noted.clear()
            outcome_of(flow, **changed)
            assert len(noted) == 3, changed
        for other in (a_flow(stock=51), a_flow(lasts="91 days"), a_flow(arrivals="5 per month")):
            noted.clear()
            outcome_of(other)
            assert len(noted) == 3
        noted.clear()
        run_variants([Variant("a", flow)], measures_of(flow), seed=2, replications={"a": 25})
        run_variants([Variant("a", flow)], [], seed=2, replications={"a": 25})
        assert len(noted) == 2


def test_runs_of_another_version_are_of_no_use(tmp_path, noted, monkeypatch):
    with keep_runs(tmp_path / "kept"):
        outcome_of(a_flow())
    manifest = tmp_path / "kept" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"program": "', '"program": "0.0.1 of '))
    noted.clear()
    with keep_runs(tmp_path / "kept") as there:
        outcome_of(a_flow())
        assert there.count == 0
    assert len(noted) == 3


def test_nothing_else_that_stands_in_the_folder_is_removed(tmp_path, noted):
    study = Store(tmp_path / "study")
    with study.lock():
        study.write_manifest(Manifest("study", "mine", {}, {}))
        study.write_block("from-0", {"square": np.arange(3)})
    (tmp_path / "store_of_mine").mkdir()
    there = sorted(tmp_path.rglob("*"))
    said = "holds something else, which would be lost"
    with pytest.raises(RequestError, match=said), keep_runs(study.folder):
        pass
    # Nor where its manifest is damaged, and it has results.
    (study.folder / "manifest.json").write_text("{")
    (study.folder / "results").mkdir()
    with pytest.raises(RequestError, match=said), keep_runs(study.folder):
        pass
    with keep_runs(tmp_path) as kept_there:
        outcome_of(a_flow())
        assert kept_there.is_there
    assert {*there} <= {*tmp_path.rglob("*")}


def test_a_name_that_no_folder_has_keeps_nothing(noted):
    with keep_runs("kept\0") as there:
        outcome_of(a_flow())
        assert not there.is_there


@pytest.mark.parametrize("is_there", [False, True])
def test_a_folder_that_cannot_be_filled_is_left_as_it_was(tmp_path, noted, monkeypatch, is_there):
    folder = tmp_path / "kept"
    make = os.mkdir

    def mkdir(place, *arguments, **named):
        if Path(place).name == "blocks" and folder.exists():
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
        make(place, *arguments, **named)

    if is_there:
        folder.mkdir()
    monkeypatch.setattr(os, "mkdir", mkdir)
    with keep_runs(folder):
        outcome_of(a_flow())
    assert sorted(tmp_path.rglob("*")) == [folder] * is_there


def test_work_of_its_own_store_is_kept_only_where_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "free_disk", lambda folder: 4096)
    with keep_runs(tmp_path / "kept") as there:
        assert there.place_for({"seed": "1"}) is None
    assert not (tmp_path / "kept").exists()
    monkeypatch.setattr(kept, "free_disk", lambda folder: 10**9)
    with keep_runs(tmp_path / "kept") as there:
        assert there.place_for({"seed": "1"}).parent == tmp_path / "kept"


def test_without_the_library_of_tables_work_is_done_and_nothing_kept(tmp_path, noted, monkeypatch):
    """A check asks for no more than the core: what it keeps by the way must not either."""
    folder = tmp_path / "kept"
    with keep_runs(folder):
        wanted = bits(outcome_of(a_flow()))
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with keep_runs(tmp_path / "other"):
        assert bits(outcome_of(a_flow())) == wanted
    assert not (tmp_path / "other").exists()
    before = sorted(folder.rglob("*"))
    with keep_runs(folder):
        assert bits(outcome_of(a_flow())) == wanted
    assert sorted(folder.rglob("*")) == before


def test_short_work_writes_nothing(tmp_path):
    with keep_runs(tmp_path / "kept"):
        outcome_of(a_flow())
    assert not (tmp_path / "kept").exists()


def test_two_at_once_do_not_hinder_each_other(tmp_path, noted):
    with keep_runs(tmp_path / "kept"):
        one = bits(outcome_of(a_flow()))
        with keep_runs(tmp_path / "kept") as second:
            assert bits(outcome_of(a_flow())) == one
            assert not second.is_there
        assert len(noted) == 6


COMMANDS = {
    "calibrate": ("calibrate", "flow.yaml", "--fit", "risks.job.rate", "-n", "30", "--rounds", "2"),
    "check": ("check", "flow.yaml", "-n", "60"),
    "value": ("value", "decision.yaml", "-n", "60"),
    "evaluate": ("evaluate", "evaluation.yaml", "-n", "50"),
}
STOPPED = [("calibrate", point, 2) for point in ("before", "half", "interrupted")]
STOPPED += [("calibrate", "after", 1), ("check", "before", 3), ("value", "after", 2)]
STOPPED += [("evaluate", "before", 3), ("evaluate", "interrupted", 2)]


def asked(folder, name, out, point="never", number=10**9):
    """Carry out a command; return how it ended and what it came to, for programs."""
    (folder / "flow.yaml").write_text(FLOW, encoding="utf-8")
    (folder / "decision.yaml").write_text(DECIDED + DECISION, encoding="utf-8")
    if name == "evaluate":
        build(folder)
    file = folder / f"{out}.json"
    place = ("--out", out) if name == "evaluate" else ("--json", file.name)
    done = run(folder, point, number, *COMMANDS[name], "-j", "1", *place)
    if name == "evaluate":
        file = folder / out / "evaluation.json"
    found = json.loads(file.read_text().replace(out, "OUT")) if file.exists() else None
    return done, found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What each command comes to that nobody stops; nothing is left of it."""

    @cache
    def of(name):
        folder = tmp_path_factory.mktemp(name)
        done, found = asked(folder, name, "whole")
        assert (done.returncode, found is None, hidden(folder)) == (0, False, []), done.stderr
        return found

    return of


@pytest.mark.parametrize(("name", "point", "number"), STOPPED)
def test_a_command_that_was_killed_goes_on_to_the_same_bits(
    tmp_path, undisturbed, name, point, number
):
    stopped, found = asked(tmp_path, name, "again", point, number)
    assert stopped.returncode == (130 if point == "interrupted" else -signal.SIGKILL)
    assert found is None
    (folder,) = hidden(tmp_path)
    if point == "interrupted":
        assert f"What is done is in {folder}; the same command continues there." in stopped.stderr

    resumed, found = asked(tmp_path, name, "again")
    assert resumed.returncode == 0, resumed.stderr
    assert f"Continuing with what {folder} holds from last time." in resumed.stderr
    assert found == undisturbed(name)
    assert hidden(tmp_path) == []
