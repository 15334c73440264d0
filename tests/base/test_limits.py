"""What may be taken without asking, and where it is read how much there is."""

import shutil
from pathlib import Path

import pytest

import pilotsim
from pilotsim.base import limits
from pilotsim.base.errors import RequestError
from pilotsim.base.limits import Needs, answered_by, check_needs, free_disk, free_memory

GIGABYTE = 10**9


@pytest.fixture
def small_machine(monkeypatch):
    """10 GB of memory and 100 GB of disk are free."""
    monkeypatch.setattr(limits, "free_memory", lambda: 10 * GIGABYTE)
    monkeypatch.setattr(limits, "free_disk", lambda folder: 100 * GIGABYTE)


@pytest.mark.parametrize(
    ("fits", "beyond", "said"),
    [
        (
            {"seconds": 12 * 3600},
            {"seconds": 13 * 3600},
            "about 13 hours, where 12 go without asking",
        ),
        ({"seconds": 1}, {"seconds": 5 * 86400}, "about 5 days, where 12 hours go without asking"),
        ({"memory": 7.9e9}, {"memory": 8.1e9}, "about 8.1 GB of memory, where 10.0 GB are free"),
        (
            {"disk": 89e9, "folder": Path("out")},
            {"disk": 91e9, "folder": Path("out")},
            "about 91.0 GB on the disk of out, where 100.0 GB are free",
        ),
    ],
)
def test_each_bound_lets_pass_what_fits_and_refuses_what_does_not(
    small_machine, fits, beyond, said
):
    check_needs(Needs(**fits))
    with pytest.raises(RequestError) as refused:
        check_needs(Needs(**beyond))
    assert str(refused.value) == (
        f"this needs {said}. Ask for less, or go on all the same with pilotsim.without_limits()"
    )


def test_all_that_is_beyond_is_said_in_one_sentence(small_machine):
    with pytest.raises(RequestError, match=r"20 hours, .* asking, about 50\.0 GB of memory"):
        check_needs(Needs(seconds=20 * 3600, memory=50e9))


def test_without_limits_lets_pass_inside_and_nothing_after(small_machine):
    with pilotsim.without_limits():
        check_needs(Needs(memory=1e15))
    with pytest.raises(RequestError):
        check_needs(Needs(memory=1e15))


def test_whoever_answers_is_told_only_of_what_is_beyond(small_machine):
    told = []
    with answered_by(told.append):
        check_needs(Needs(memory=1e9))
        check_needs(Needs(memory=9e9))
    assert [str(one) for one in told] == ["about 9.0 GB of memory, where 10.0 GB are free"]


def test_where_nobody_knows_what_is_free_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: None)
    check_needs(Needs(memory=1e18))


def test_the_disk_of_a_folder_that_is_not_there_is_that_of_the_one_above(tmp_path):
    free = free_disk(tmp_path / "a" / "b")
    assert free == pytest.approx(shutil.disk_usage(tmp_path).free, rel=0.05)


def test_this_machine_has_some_memory_and_not_without_end():
    found = free_memory()
    assert found is not None
    assert 1e7 < found < 1e15


def test_memory_that_is_free_is_what_the_system_calls_available(tmp_path):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal:  9000 kB\nMemFree:  100 kB\nMemAvailable:  4000 kB\n")
    assert limits._free_on_machine(file) == 4000 * 1024


def group(place, **files):
    place.mkdir(parents=True)
    for name, content in files.items():
        place.joinpath(name.replace("__", ".")).write_text(content)


def test_the_tightest_control_group_above_this_process_counts(tmp_path):
    groups = tmp_path / "cgroup"
    groups.write_text("0::/outer/inner\n")
    root = tmp_path / "fs"
    group(
        root / "outer",
        memory__max="5000",
        memory__current="4000",
        memory__stat="anon 1\ninactive_file 1500\n",
    )
    group(root / "outer" / "inner", memory__max="max", memory__current="3000")
    # 5000 less what is used and cannot be given back.
    assert limits._left_by_groups(groups, root) == 2500
    (root / "outer" / "inner" / "memory.max").write_text("3200")
    assert limits._left_by_groups(groups, root) == 200
    groups.write_text("0::/not/seen/from/here\n")
    assert limits._left_by_groups(groups, root) is None


def test_control_groups_of_the_first_version_count_too(tmp_path):
    groups = tmp_path / "cgroup"
    groups.write_text("5:cpu,memory:/own\n3:devices:/\n")
    group(
        tmp_path / "fs" / "memory" / "own",
        memory__limit_in_bytes="8000",
        memory__usage_in_bytes="6000",
    )
    assert limits._left_by_groups(groups, tmp_path / "fs") == 2000


def test_little_room_is_said_in_megabytes(monkeypatch):
    monkeypatch.setattr(limits, "free_disk", lambda folder: 3_000_000)
    with pytest.raises(RequestError, match="about 5 MB on the disk of out, where 3 MB are free"):
        check_needs(Needs(disk=5e6, folder=Path("out")))


def test_a_name_that_no_folder_can_have_is_no_fault_here(tmp_path):
    assert free_disk(tmp_path / ("x" * 5000)) is not None
