"""A study is carried out, gone on with, extended and refused: in one process, with a flow so small that it takes no time."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import pilotsim
from pilotsim.base.errors import RunError, SimulationError
from pilotsim.base.files import read_checked_json, write_checked_json
from pilotsim.base.statistics import mean_interval
from pilotsim.experiments.study import (
    ExecutionOptions,
    Shard,
    blocks,
    execute,
    merge_runs,
    open_run,
    read_study,
    run_study,
)
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.runs import Local, Store
from pilotsim.runs.batches import run_block
from tests.experiments.study.small import STUDY, write_study

ALONE = ExecutionOptions(workers=Local(1))
UNTIL = "replications: {at_least: 10, at_most: 60, until: {jobs: {mean: 1.2}}}"


@pytest.fixture
def study(tmp_path):
    return read_study(write_study(tmp_path))


def tables(folder):
    """The bytes of every table."""
    return {
        file.name: file.read_bytes()
        for file in (folder / "results").iterdir()
        if file.name != "manifest.json"
    }


def test_results_are_those_of_the_flow_run_alone(study, tmp_path):
    found = run_study(study, tmp_path / "run", ALONE)
    for scenario in study.scenarios:
        for point in range(2):
            alone = run_block(
                study.variant(scenario, point), study.measures, study.seed, range(6)
            ).values
            for column, response in enumerate(study.responses):
                np.testing.assert_array_equal(
                    found.values(response.name, scenario.name)[point], alone[:, column]
                )


def test_tables_are_tidy(study, tmp_path):
    found = run_study(study, tmp_path / "run", ALONE)
    assert list(found.replications.columns) == [
        "scenario",
        "point",
        "response",
        "replication",
        "value",
        "beyond",
    ]
    assert not found.replications["beyond"].any()
    assert len(found.replications) == 2 * 2 * 2 * 6
    assert len(found.points) == 2 * 2 * 2
    row = found.points[(found.points["scenario"] == "double") & (found.points["point"] == 1)].iloc[
        1
    ]
    values = found.values("jobs", "double")[1]
    assert row["response"] == "jobs"
    assert row["stages.course.opens.admits"] == 4
    assert (row["mean"], row["standard_error"]) == pytest.approx(
        (values.mean(), values.std(ddof=1) / math.sqrt(6))
    )
    assert row["high"] - row["mean"] == pytest.approx(
        2.570582 * row["standard_error"], rel=1e-6
    )  # Student's t, 5 degrees
    assert row["probability"] == (values >= 4).mean()


def test_csv_says_the_same_as_parquet(study, tmp_path):
    import pandas as pd

    found = run_study(study, tmp_path / "run", ALONE)
    for name, frame in (("points", found.points), ("replications", found.replications)):
        other = pd.read_csv(tmp_path / "run" / "results" / f"{name}.csv")
        plain = frame.astype(
            {column: object for column in frame.columns if frame[column].dtype == "category"}
        )
        pd.testing.assert_frame_equal(other, plain, check_dtype=False, check_exact=True)


def test_manifest_says_what_was_run(study, tmp_path):
    run_study(study, tmp_path / "run", ALONE)
    manifest = json.loads((tmp_path / "run" / "results" / "manifest.json").read_text())
    assert manifest["identity"]["seed"] == "7"
    assert manifest["program"].startswith(pilotsim.__version__)
    assert set(manifest["libraries"]) > {"python", "numpy", "numba"}
    resolved = pilotsim.read_text(manifest["content"]["flows"]["double"])
    assert resolved.values["resources.place.units"].number == 10


def test_block_size_changes_no_bit(study, tmp_path, monkeypatch):
    run_study(study, tmp_path / "large", ALONE)
    monkeypatch.setattr(execute, "block_size", lambda *_: 1)
    run_study(study, tmp_path / "small", ALONE)
    assert len(Store(tmp_path / "small").block_files()) == 24
    assert tables(tmp_path / "small") == tables(tmp_path / "large")


def test_finished_run_is_not_run_again(study, tmp_path, monkeypatch):
    run_study(study, tmp_path / "run", ALONE)
    monkeypatch.setattr(blocks, "run_block", None)  # Nothing could be run.
    before = tables(tmp_path / "run")
    run_study(study, tmp_path / "run", ALONE)
    assert tables(tmp_path / "run") == before


def test_more_replications_and_points_keep_what_stands(study, tmp_path):
    run_study(study, tmp_path / "run", ALONE)
    stood = set(Store(tmp_path / "run").block_files())
    text = STUDY.replace("replications: 6", "replications: 9").replace("[2, 4]", "[2, 3, 4]")
    more = read_study(write_study(tmp_path / "more", text))
    with pytest.raises(
        RunError, match=r"2 points in scenarios are new; replications: 6 → 9. Give --extend"
    ):
        run_study(more, tmp_path / "run", ALONE)
    done = []
    run_study(more, tmp_path / "run", ExecutionOptions(workers=Local(1), extend=True), done.append)
    assert (done[0].before, done[-1].done) == (24, 6 * 9 - 24)
    assert stood < set(Store(tmp_path / "run").block_files())
    run_study(more, tmp_path / "anew", ALONE)
    assert tables(tmp_path / "run") == tables(tmp_path / "anew")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("seed: 7", "seed: 8", "seed: 7 → 8"),
        ("replications: 6", "replications: 5", "replications: 6 → 5"),
        ("[2, 4]", "[2, 5]", "2 of 4 points in scenarios are gone or have other values"),
        (
            "like: double",
            "set: {resources.place.units: 11}",
            "2 of 4 points in scenarios are gone or have other values; "
            "resources.place.units was 10, is 11. To go on",
        ),
        ("targets: [work]", "targets: [work, places.all]", "responses: "),
        ("seed: 7", "seed: 7\nassumptions: fixed", "assumptions: drawn → fixed"),
    ],
)
def test_changed_study_is_refused_with_the_way_out(before, after, message, study, tmp_path):
    run_study(study, tmp_path / "run", ALONE)
    stands = tables(tmp_path / "run")
    changed = read_study(write_study(tmp_path / "changed", STUDY.replace(before, after)))
    for options in (ALONE, ExecutionOptions(workers=Local(1), extend=True)):
        with pytest.raises(RunError) as refused:
            run_study(changed, tmp_path / "run", options)
        assert message in str(refused.value)
        assert "--new" in str(refused.value)
    assert tables(tmp_path / "run") == stands
    run_study(changed, tmp_path / "run", ExecutionOptions(workers=Local(1), new=True))
    assert tables(tmp_path / "run.before1") == stands


@pytest.mark.parametrize("new", [False, True])
def test_a_folder_without_a_run_keeps_its_name_and_what_is_in_it(study, tmp_path, new):
    letter = tmp_path / "papers" / "letter.txt"
    letter.parent.mkdir()
    letter.write_text("mine", encoding="utf-8")
    found = run_study(study, letter.parent, ExecutionOptions(workers=Local(1), new=new))
    assert found.folder == letter.parent
    assert letter.read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "papers.before1").exists()


@pytest.mark.parametrize("new", [False, True])
def test_results_of_somebody_else_are_not_replaced(study, tmp_path, new):
    own = tmp_path / "project" / "results" / "interviews.csv"
    own.parent.mkdir(parents=True)
    own.write_text("years of work", encoding="utf-8")
    folder = tmp_path / "project"
    with pytest.raises(RunError, match="results holds something else, which would be"):
        run_study(study, folder, ExecutionOptions(workers=Local(1), new=new))
    assert own.read_text(encoding="utf-8") == "years of work"
    own.unlink()
    assert run_study(study, folder, ExecutionOptions(workers=Local(1), new=new)) is not None


@pytest.mark.parametrize("content", [b"the key is under the mat", b"\xff\xfe\x00", b"processing"])
def test_a_file_of_somebody_else_named_as_the_lock_is_kept(study, tmp_path, content):
    own = tmp_path / "house" / "lock"
    own.parent.mkdir()
    own.write_bytes(content)
    with pytest.raises(RunError, match="lock holds something else, which would be"):
        run_study(study, own.parent, ALONE)
    assert own.read_bytes() == content


def test_what_somebody_put_among_the_results_is_there_after_more_runs(study, tmp_path):
    folder = tmp_path / "run"
    run_study(study, folder, ALONE)
    own = {"letter.txt": "mine", "drafts/one.txt": "mine as well"}
    for name, text in own.items():
        (folder / "results" / name).parent.mkdir(exist_ok=True)
        (folder / "results" / name).write_text(text, encoding="utf-8")
    more = write_study(tmp_path / "more", STUDY.replace("replications: 6", "replications: 8"))
    options = ExecutionOptions(workers=Local(1), extend=True)
    found = run_study(read_study(more), folder, options)
    assert set(found.points["replications"]) == {8}
    for name, text in own.items():
        assert (folder / "results" / name).read_text(encoding="utf-8") == text
    names = {file.name for file in (folder / "results").iterdir()}
    run_study(read_study(more), tmp_path / "anew", ALONE)
    anew = {file.name for file in (tmp_path / "anew" / "results").iterdir()}
    assert names == anew | {"letter.txt", "drafts"}


def test_a_lock_that_leads_elsewhere_is_not_followed(study, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("", encoding="utf-8")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "lock").symlink_to(letter)
    with pytest.raises(RunError, match="lock holds something else, which would be"):
        run_study(study, folder, ALONE)
    assert letter.read_text(encoding="utf-8") == ""


def test_a_folder_that_cannot_be_renamed_is_an_error_of_our_own(study, tmp_path, monkeypatch):
    """As where a file of it is open in another program on Windows."""
    run_study(study, tmp_path / "run", ALONE)

    def rename(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(RunError, match=r"cannot write .*run\.before1"):
        run_study(study, tmp_path / "run", ExecutionOptions(workers=Local(1), new=True))
    assert (tmp_path / "run" / "complete.json").exists()


def test_other_version_of_the_program_is_refused(study, tmp_path):
    run_study(study, tmp_path / "run", ALONE)
    file = tmp_path / "run" / "manifest.json"
    told = read_checked_json(file)
    write_checked_json(file, told | {"program": told["program"].replace("0.1.0", "0.0.9")})
    with pytest.raises(RunError, match=r"program: 0\.0\.9 .* → 0\.1\.0 .*--new"):
        run_study(study, tmp_path / "run", ALONE)


def test_replications_go_on_until_the_interval_is_narrow(tmp_path):
    study = read_study(write_study(tmp_path, STUDY.replace("replications: 6", UNTIL)))
    found = run_study(study, tmp_path / "run", ALONE)
    steps = (10, 15, 23, 35, 53, 60)  # Half as many again each time, at most 60.
    for scenario in study.scenarios:
        for point in range(2):
            values = found.values("jobs", scenario.name)[point]
            runs = int((~np.isnan(values)).sum())
            narrow = [n for n in steps if n <= runs and mean_interval(values[:n]).half_width <= 1.2]
            assert runs in steps
            assert (narrow == [runs]) if runs < 60 else (not narrow or narrow == [60])


def test_narrower_intervals_extend_a_run(tmp_path):
    wide = read_study(
        write_study(tmp_path, STUDY.replace("replications: 6", UNTIL.replace("1.2", "1.6")))
    )
    narrow = read_study(write_study(tmp_path / "narrow", STUDY.replace("replications: 6", UNTIL)))
    run_study(wide, tmp_path / "run", ALONE)
    run_study(narrow, tmp_path / "run", ExecutionOptions(workers=Local(1), extend=True))
    run_study(narrow, tmp_path / "anew", ALONE)
    assert tables(tmp_path / "run") == tables(tmp_path / "anew")


def test_failing_point_is_a_row_with_its_reason(study, tmp_path, monkeypatch):
    def fails_sometimes(variant, measures, seed, replications):
        if variant.flow.values["resources.place.units"].number == 10 and 3 in replications:
            raise SimulationError("a client goes round without time passing")
        return run_block(variant, measures, seed, replications)

    monkeypatch.setattr(blocks, "run_block", fails_sometimes)
    found = run_study(study, tmp_path / "run", ALONE)
    double = found.points["scenario"] == "double"
    assert found.points.loc[double, "failed"].tolist() == [1] * 4
    assert set(found.points.loc[double, "reason"]) == {"a client goes round without time passing"}
    assert found.points.loc[double, "mean"].isna().all()
    assert found.points.loc[~double, "mean"].notna().all()
    values = found.values("jobs", "double")
    assert np.isnan(values[:, 3]).all()
    assert not np.isnan(np.delete(values, 3, axis=1)).any()


def test_what_the_machine_does_is_no_result_of_a_point(study, tmp_path, monkeypatch):
    """Written down as a failure it would stand in the tables, and be run no more."""

    def fails_once(variant, measures, seed, replications):
        monkeypatch.setattr(blocks, "run_block", run_block)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(blocks, "run_block", fails_once)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        run_study(study, tmp_path / "run", ALONE)
    found = run_study(study, tmp_path / "run", ALONE)
    assert found.points["failed"].tolist() == [0] * len(found.points)


def test_damaged_block_is_found_and_made_again(study, tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "block_size", lambda *_: 5)
    run_study(study, tmp_path / "run", ALONE)
    stands = tables(tmp_path / "run")
    file = next(iter(Store(tmp_path / "run").block_files().values()))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    (tmp_path / "run" / "complete.json").unlink()
    done = []
    run_study(study, tmp_path / "run", ALONE, done.append)
    # Of 24 runs in blocks of 5, the last of 4: which comes first, depends on their keys.
    again = done[-1].done
    assert again in (4, 5)
    assert (done[0].damaged, done[0].before) == (1, 24 - again)
    assert tables(tmp_path / "run") == stands


def test_damaged_table_is_found_and_made_again(study, tmp_path):
    run_study(study, tmp_path / "run", ALONE)
    stands = tables(tmp_path / "run")
    file = tmp_path / "run" / "results" / "points.parquet"
    file.write_bytes(file.read_bytes()[:-7])
    with pytest.raises(RunError, match=r"points\.parquet is damaged"):
        _ = open_run(tmp_path / "run").points
    run_study(study, tmp_path / "run", ALONE)
    assert tables(tmp_path / "run") == stands


def test_unfinished_run_is_not_read(study, tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        open_run(tmp_path)
    run_study(study, tmp_path / "run", ALONE)
    (tmp_path / "run" / "complete.json").unlink()
    with pytest.raises(RunError, match="not finished"):
        open_run(tmp_path / "run")


def test_only_what_is_to_be_kept_is_kept(tmp_path):
    study = read_study(write_study(tmp_path, STUDY + "keep: []\n"))
    found = run_study(study, tmp_path / "run", ALONE)
    assert set(tables(tmp_path / "run")) == {"points.csv", "points.parquet"}
    assert not Store(tmp_path / "run").block_files()
    with pytest.raises(RunError, match="keeps no replications"):
        _ = found.replications
    done = []
    run_study(study, tmp_path / "run", ALONE, done.append)
    assert not done  # It is finished: nothing is run for want of blocks.


@pytest.mark.parametrize("replications", ["replications: 6", UNTIL])
def test_parts_merge_in_any_order(replications, tmp_path):
    study = read_study(write_study(tmp_path, STUDY.replace("replications: 6", replications)))
    run_study(study, tmp_path / "whole", ALONE)
    parts = [tmp_path / f"part{k}" for k in (1, 2, 3)]
    for number, part in enumerate(parts, 1):
        assert (
            run_study(study, part, ExecutionOptions(workers=Local(1), shard=Shard(number, 3)))
            is None
        )
    with pytest.raises(RunError, match=r"runs are still missing: is every part done, and named\?"):
        merge_runs(tmp_path / "merged", parts[:2])
    merge_runs(tmp_path / "merged", parts[:2] + parts[2:])
    merge_runs(tmp_path / "turned", parts[::-1])
    assert tables(tmp_path / "merged") == tables(tmp_path / "turned") == tables(tmp_path / "whole")


def test_parts_of_different_studies_do_not_merge(study, tmp_path):
    other = read_study(write_study(tmp_path / "other", STUDY.replace("seed: 7", "seed: 8")))
    run_study(study, tmp_path / "one", ExecutionOptions(workers=Local(1), shard=Shard(1, 2)))
    run_study(other, tmp_path / "two", ExecutionOptions(workers=Local(1), shard=Shard(2, 2)))
    with pytest.raises(RunError, match=r"two is a part of another run than .*one: seed: 7 → 8"):
        merge_runs(tmp_path / "merged", [tmp_path / "one", tmp_path / "two"])


@pytest.mark.parametrize("text", ["2", "0/4", "5/4", "a/b", "1/"])
def test_part_that_there_is_not_is_refused(text):
    with pytest.raises(pilotsim.RequestError, match="expected a part"):
        Shard.read(text)


def test_points_say_what_each_response_rests_on(study, tmp_path):
    """In each replication all clients of the group, and of the count no share; also on the page."""
    run = run_study(study, tmp_path / "run", ExecutionOptions(workers=Local(1)))
    flow = study.scenarios[0].flow
    variant = study.variant(study.scenarios[0], 0, None)
    alone = run_block(variant, study.measures, study.seed, range(6))
    rows = run.points[(run.points["point"] == 0) & (run.points["scenario"] == "as_written")]
    assert rows["base"].to_numpy() == pytest.approx(alone.support.base.mean(axis=0))
    assert (rows["base"] > flow.values["groups.g.stock"].number).all()
    assert not rows[["left_out", "waiting"]].to_numpy().any()
    assert f"of {rows['base'].iloc[0]:.0f}" in write_markdown(document_of(run, "en"))


def test_a_run_from_before_can_be_read_without(study, tmp_path):
    """Tables that were made before these columns stood in them are shown as they are."""
    run = run_study(study, tmp_path / "run", ExecutionOptions(workers=Local(1)))
    run.__dict__["points"] = run.points.drop(columns=["base", "left_out", "waiting"])
    del run.manifest.content["kinds"]
    shown = write_markdown(document_of(run, "en"))
    assert "of 4" not in shown
    assert "Below the mean" in shown


def test_tables_say_themselves_what_they_hold(study, tmp_path):
    run = run_study(study, tmp_path / "run", ALONE)
    for name in ("points", "replications"):
        schema = pq.read_schema(run.folder / "results" / f"{name}.parquet")
        codebook = json.loads(schema.metadata[b"pilotsim"])
        assert codebook["title"]["en"] == study.title.in_language("en")
        assert set(codebook["labels"]["factors"]) == set(codebook["units"]["factors"])
        assert set(codebook["units"]["responses"]) == {one.name for one in study.responses}
        assert codebook["units"]["responses"]["work"] == "share of 1"
