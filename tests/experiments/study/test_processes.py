"""Studies in real processes: any number of workers, killed at any moment, two at once, a full disk, interrupted, a cluster."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base import files
from pilotsim.base.errors import RunError
from pilotsim.base.randomness import uniform
from pilotsim.experiments.study import ExecutionOptions, execute, open_run, read_study, run_study
from pilotsim.runs import Local, Store
from tests.experiments.study.small import STUDY, write_study
from tests.experiments.study.test_run import tables

ROOT = Path(__file__).parent.parent.parent.parent
PATIENCE = 300.0
EACH = 1000
TEXT = STUDY.replace("replications: 6", f"replications: {EACH}")
RUNS = 4 * EACH
posix_only = pytest.mark.skipif(os.name != "posix", reason="kills as POSIX does")


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_study(tmp_path_factory.mktemp("study"), TEXT)


@pytest.fixture
def long_file(tmp_path):
    """A study that is never done before it is stopped."""
    return write_study(tmp_path / "long", STUDY.replace("replications: 6", "replications: 100000"))


@pytest.fixture(scope="module")
def whole(file, tmp_path_factory):
    """The tables of the study run in this process, in one go."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    run_study(read_study(file), folder, ExecutionOptions(workers=Local(1)))
    return tables(folder)


def start(*arguments, **options):
    """Start a process that works at a study."""
    paths = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONWARNINGS": "default"}
    command = [sys.executable, "-m", *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment,
        preexec_fn=heeds_interrupts,  # noqa: PLW1509
        **options,
    )


def heeds_interrupts():
    """A process started in the background of a shell is deaf to interrupts, and so are those it starts."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def wait_for(condition, process=None):
    """Wait until something is so; a process that ends meanwhile, or too long a wait, is an error."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if process is not None and process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        if time.monotonic() > until:
            raise AssertionError("waited in vain")
        time.sleep(0.005)


def blocks_in(folder):
    return len(Store(folder).block_files())


def is_running(process):
    """Whether a process is still there and not only its remains."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def children_of(process):
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)],
        capture_output=True,
        text=True,
        check=False,
    )
    return [int(child) for child in found.stdout.split()]


def arguments_of(process):
    return subprocess.run(
        ["ps", "-ww", "-o", "args=", "-p", str(process)],
        capture_output=True,
        text=True,
        check=False,
    ).stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_any_number_of_workers_gives_the_same_bits(jobs, file, whole, tmp_path):
    done = start(
        "pilotsim", "run", file, "--out", tmp_path / "run", "--jobs", jobs, "--language", "en"
    )
    out, fault = done.communicate(timeout=PATIENCE)
    assert done.returncode == 0, fault
    assert "2 scenarios × 2 points × 1,000 replications: 4,000 runs" in out
    assert tables(tmp_path / "run") == whole


@posix_only
def test_run_killed_at_ten_random_moments_and_resumed_gives_the_same_bits(file, whole, tmp_path):
    folder = tmp_path / "run"
    stood = 0
    for kill in range(10):
        more = 1 + int(
            3 * uniform(2026, kill, 0, 0, 0, 0)
        )  # So many blocks later, and then some milliseconds.
        process = start(
            "tests.experiments.study.working", file, folder, 2 if kill % 4 == 0 else 1, 10
        )
        wait_for(lambda: blocks_in(folder) >= stood + more, process)  # noqa: B023
        time.sleep(0.05 * uniform(2026, kill, 0, 0, 0, 1))
        process.kill()
        process.communicate()
        sound = dict(Store(folder).sound_blocks())
        assert (
            len(sound) == blocks_in(folder) >= stood + more
        )  # No block is half written, none is lost.
        assert not (folder / "results").exists()
        stood = len(sound)
    last = start("tests.experiments.study.working", file, folder, 1, 10)
    out, fault = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, fault
    done = int(out.splitlines()[-1])
    assert done <= RUNS - 10 * stood + 20  # What stood was not run again.
    assert tables(folder) == whole


@posix_only
@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
def test_workers_end_soon_after_the_process_that_was_killed(long_file, tmp_path):
    process = start("tests.experiments.study.working", long_file, tmp_path / "run", 2, 50)
    wait_for(lambda: blocks_in(tmp_path / "run") >= 2, process)
    children = children_of(process)
    assert len(children) >= 2
    process.kill()
    process.communicate()
    wait_for(lambda: not any(is_running(child) for child in children))


@posix_only
def test_loss_of_a_process_of_this_machine_is_said(long_file, tmp_path):
    process = start("tests.experiments.study.working", long_file, tmp_path / "run", 2, 50)
    wait_for(lambda: blocks_in(tmp_path / "run") >= 2, process)
    workers = [child for child in children_of(process) if "LokyProcess" in arguments_of(child)]
    os.kill(workers[0], signal.SIGKILL)
    _, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert (
        "a process of the run died, perhaps for want of memory. What stands is kept: give the same command again"
        in fault
    )


@posix_only
def test_interrupted_study_says_where_it_goes_on(long_file, tmp_path):
    folder = tmp_path / "run"
    process = start(
        "pilotsim",
        "run",
        long_file,
        "--out",
        folder,
        "--jobs",
        2,
        "--language",
        "en",
        start_new_session=True,
    )
    wait_for(lambda: blocks_in(folder) >= 1, process)
    os.killpg(process.pid, signal.SIGINT)
    _, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert (
        f"Interrupted. What is done is in {folder}; the same command continues there."
        in fault.replace("\n", " ")
    )
    assert "Traceback" not in fault
    left = start(
        "pilotsim", "run", long_file, "--out", folder, "--dry-run", "--language", "en"
    ).communicate(timeout=PATIENCE)[0]
    assert " runs are left)" in left


def test_second_process_is_told_who_is_at_work_and_does_no_harm(file, whole, tmp_path):
    folder, study = tmp_path / "run", read_study(file)
    first = start("tests.experiments.study.working", file, folder, 1, 10)
    wait_for(lambda: blocks_in(folder) >= 1, first)
    with pytest.raises(RunError) as refused:
        run_study(study, folder, ExecutionOptions(workers=Local(1)))
    assert f"is being worked at by process {first.pid} on " in str(refused.value)
    assert first.wait(timeout=PATIENCE) == 0
    assert tables(folder) == whole
    run_study(
        read_study(file), folder, ExecutionOptions(workers=Local(1))
    )  # The lock went with the process.
    first.communicate()


def test_two_processes_without_locks_do_no_harm(file, whole, tmp_path):
    """On a file system without locks both work; each block is written as a whole, whoever made it."""
    folder = tmp_path / "run"
    both = [
        start("tests.experiments.study.working", file, folder, 1, size, "none") for size in (20, 30)
    ]
    faults = [process.communicate(timeout=PATIENCE)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], faults
    assert tables(folder) == whole
    assert len(open_run(folder).replications) == RUNS * 2


def test_full_disk_loses_the_block_in_work_and_says_so(file, whole, tmp_path, monkeypatch):
    folder = tmp_path / "run"
    monkeypatch.setattr(execute, "block_size", lambda *_: 50)
    real, room = os.fsync, [0]

    def fsync(handle):
        room[0] += 1
        if room[0] > 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(files.os, "fsync", fsync)
    with pytest.raises(
        RunError, match=r"the disk is full: .* was not written\. What stands is kept; make room"
    ):
        run_study(read_study(file), folder, ExecutionOptions(workers=Local(1)))
    monkeypatch.setattr(files.os, "fsync", real)
    stood = dict(Store(folder).sound_blocks())
    assert stood
    assert not list((folder / "blocks").glob("*.part"))
    done = []
    run_study(read_study(file), folder, ExecutionOptions(workers=Local(1)), done.append)
    assert done[0].before == 50 * len(stood)
    assert tables(folder) == whole


def test_disk_that_fills_up_while_tables_are_written_leaves_none(
    file, whole, tmp_path, monkeypatch
):
    folder = tmp_path / "run"
    study = read_study(file)

    def full(path, tables):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("pilotsim.experiments.study.results._write_csv", full)
        with pytest.raises(RunError, match="the disk is full"):
            run_study(study, folder, ExecutionOptions(workers=Local(1)))
    assert not (folder / "results").exists()
    assert not list(folder.glob("*.part"))
    run_study(study, folder, ExecutionOptions(workers=Local(1)))
    assert tables(folder) == whole


@dataclass(frozen=True)
class Started:
    """The processes of a cluster."""

    scheduler: subprocess.Popen
    workers: list


@pytest.fixture
def cluster(tmp_path):
    """Start a scheduler and workers of one thread each, as separate processes; end them afterwards."""
    pytest.importorskip("distributed")
    processes = []

    def begin(workers):
        address = tmp_path / "scheduler.json"
        own = {"cwd": tmp_path}
        processes.append(
            start(
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                "0",
                "--no-dashboard",
                "--scheduler-file",
                address,
                **own,
            )
        )
        wait_for(address.exists, processes[0])
        for number in range(workers):
            processes.append(
                start(
                    "distributed.cli.dask_worker",
                    "--scheduler-file",
                    address,
                    "--nthreads",
                    "1",
                    "--no-nanny",
                    "--no-dashboard",
                    "--name",
                    f"worker{number}",
                    "--local-directory",
                    tmp_path / f"worker{number}",
                    **own,
                )
            )
        return json.loads(address.read_text())["address"], Started(processes[0], processes[1:])

    yield begin
    for process in processes:
        process.kill()
        process.communicate()


@posix_only
@pytest.mark.parametrize("workers", [1, 3])
def test_cluster_gives_the_same_bits_and_outlives_the_loss_of_a_worker(
    workers, cluster, file, whole, tmp_path
):
    address, started = cluster(workers)
    folder = tmp_path / "run"
    process = start("tests.experiments.study.on_cluster", file, folder, address, 10, workers)
    if workers > 1:
        wait_for(lambda: blocks_in(folder) >= 5, process)
        started.workers[0].kill()
    out, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, fault
    assert (started.workers[0].poll() is not None) == (workers > 1)
    assert int(out.splitlines()[-1]) == RUNS
    assert tables(folder) == whole


def test_nobody_at_the_address_is_said(file, tmp_path):
    pytest.importorskip("distributed")
    process = start(
        "tests.experiments.study.on_cluster", file, tmp_path / "run", "tcp://127.0.0.1:9", 10, 1
    )
    _, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert "no scheduler answers at tcp://127.0.0.1:9" in fault


@posix_only
def test_loss_of_the_scheduler_is_said_and_the_run_goes_on_without_it(
    cluster, file, whole, tmp_path
):
    address, started = cluster(1)
    folder = tmp_path / "run"
    process = start("tests.experiments.study.on_cluster", file, folder, address, 10, 1)
    wait_for(lambda: blocks_in(folder) >= 2, process)
    started.scheduler.kill()
    _, fault = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2
    assert f"the scheduler at {address} is gone. What stands is kept" in fault
    run_study(read_study(file), folder, ExecutionOptions(workers=Local(1)))
    assert tables(folder) == whole


def test_random_moments_of_the_kills_differ():
    moments = [uniform(2026, kill, 0, 0, 0, index) for kill in range(10) for index in range(2)]
    assert np.ptp(moments) > 0.8
