"""Files and folders that are written as a whole or not at all."""

import errno
import os
import threading
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pilotsim.base import files
from pilotsim.base.errors import RunError
from pilotsim.base.files import write_folder, write_text, write_whole

posix = pytest.mark.skipif(os.name == "nt", reason="links and devices are others on Windows")


def disk_is_full(_):
    raise OSError(errno.ENOSPC, "No space left on device")


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_full_disk_leaves_what_stood_there(tmp_path, monkeypatch):
    file = tmp_path / "result.json"
    write_text(file, "old")
    monkeypatch.setattr(files.os, "fsync", disk_is_full)
    with pytest.raises(RunError, match=r"the disk is full: .*result\.json was not written"):
        write_text(file, "new")
    assert file.read_text() == "old"
    assert names_in(tmp_path) == ["result.json"]


def test_writers_at_the_same_time_never_mix(tmp_path):
    """Each file read meanwhile is one that somebody wrote, from beginning to end."""
    file = tmp_path / "result"
    contents = [bytes([letter]) * 200_000 for letter in b"abcd"]
    write_whole(file, contents[0])

    def write_often(content):
        for _ in range(20):
            write_whole(file, content)

    writers = [threading.Thread(target=write_often, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert file.read_bytes() in contents
    assert names_in(tmp_path) == ["result"]


def test_somebody_elses_file_of_a_temporary_name_is_never_written_to(tmp_path, monkeypatch):
    class Taken:
        hex = "taken" * 4

    monkeypatch.setattr(files, "uuid4", Taken)
    other = tmp_path / ".result.takentakenta.part"
    other.write_text("theirs")
    with pytest.raises(RunError, match="cannot write"):
        write_text(tmp_path / "result", "mine")
    assert not (tmp_path / "result").exists()
    assert other.read_text() == "theirs"


def test_a_place_that_is_a_folder_is_refused(tmp_path):
    (tmp_path / "result").mkdir()
    with pytest.raises(RunError, match="cannot write"):
        write_text(tmp_path / "result", "text")
    assert names_in(tmp_path) == ["result"]


@posix
def test_a_link_stays_a_link_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "result", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert names_in(tmp_path / "there") == ["result"]


@posix
def test_a_device_stays_a_device():
    write_text(Path("/dev/null"), "nothing")
    assert Path("/dev/null").is_char_device()


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no folder of the memory's is here")
def test_a_file_in_the_memory_is_there_as_a_whole_or_not_at_all(monkeypatch):
    with TemporaryDirectory(dir="/dev/shm") as folder:
        file = Path(folder) / "result"
        write_text(file, "old")
        monkeypatch.setattr(files.os, "fsync", disk_is_full)
        with pytest.raises(RunError, match="the disk is full"):
            write_text(file, "new")
        assert file.read_text() == "old"
        assert names_in(Path(folder)) == ["result"]


@posix
def test_a_pipe_is_written_to(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    write_text(pipe, "through the pipe")
    reader.join(timeout=10)
    assert read == ["through the pipe"]
    assert pipe.is_fifo()


FILES = {"index": b"all are there", "a": b"1", "b": b"2"}


def test_a_new_folder_is_complete_or_absent(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "fsync", disk_is_full)
    with pytest.raises(RunError, match=r"the disk is full: .*report was not written"):
        write_folder(tmp_path / "report", FILES)
    assert names_in(tmp_path) == []


def test_what_does_not_fit_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    write_folder(tmp_path / "report", FILES)
    before = [(one, one.stat().st_mtime_ns) for one in sorted(tmp_path.rglob("*"))]
    monkeypatch.setattr(files, "free_disk", lambda folder: 10)
    for write in (
        lambda: write_whole(tmp_path / "one", b"x" * 11),
        lambda: write_folder(tmp_path / "report", {"index": b"x" * 6, "a": b"x" * 5}),
        lambda: write_folder(tmp_path / "new" / "report", {"index": b"x" * 11}),
    ):
        with pytest.raises(RunError, match=r"the disk is full: .* was not written"):
            write()
    assert [(one, one.stat().st_mtime_ns) for one in sorted(tmp_path.rglob("*"))] == before
    write_whole(tmp_path / "one", b"x" * 10)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="names of open files are not told")
def test_a_folder_is_on_the_disk_before_it_is_seen(tmp_path, monkeypatch):
    """Each file, then the folder that holds them; the one above once the folder has its name."""
    done = []
    sync, move = os.fsync, Path.replace

    def fsync(handle):
        done.append(("sync", Path(f"/proc/self/fd/{handle}").readlink().name))
        sync(handle)

    def replace(self, target):
        done.append(("move", Path(target).name))
        return move(self, target)

    monkeypatch.setattr(files.os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    above = tmp_path / "above"
    write_folder(above / "report", FILES)
    in_work = done[3][1]
    assert in_work.startswith(".report.")
    assert done == [
        *(("sync", name) for name in FILES),
        ("sync", in_work),
        ("move", "report"),
        ("sync", "above"),
    ]
    done.clear()
    write_folder(above / "report", FILES)
    moves = [one for one in done if one[0] == "move" or one[1] == "report"]
    assert moves == [
        *(("move", name) for name in ("index", "a", "b")),  # The earlier ones go.
        ("sync", "report"),
        *(("move", name) for name in ("b", "a")),  # What went last comes first.
        ("sync", "report"),
        ("move", "index"),
        ("sync", "report"),
    ]
    assert [one for one in done[:4] if one[0] == "sync"] == done[:4]


@pytest.mark.parametrize("moves", range(8))
def test_whoever_lists_the_files_is_there_as_long_as_they_are(tmp_path, monkeypatch, moves):
    """The process is killed after so many moves; else nobody could say whose files these are."""
    earlier = {"index": b"1", "old": b"1", "a": b"1", "list": b"old a"}
    write_folder(tmp_path, earlier)
    move, left = Path.replace, iter(range(moves))

    def replace(self, target):
        if next(left, None) is None:
            raise KeyboardInterrupt
        return move(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path, {"index": b"2", "a": b"2", "new": b"2", "list": b"a new"}, ["old"])
    there = {file.name for file in tmp_path.iterdir() if file.is_file()}
    said = (tmp_path / "list").read_text().split() if "list" in there else []
    assert there - {"index", "list"} <= set(said)
    assert "index" not in there or moves == 0


def test_somebody_elses_files_of_a_temporary_folder_stay(tmp_path, monkeypatch):
    class Taken:
        hex = "taken" * 4

    monkeypatch.setattr(files, "uuid4", Taken)
    other = tmp_path / ".report.takentakenta.partial"
    other.mkdir()
    (other / "index").write_text("theirs")
    with pytest.raises(RunError, match="cannot write"):
        write_folder(tmp_path / "report", FILES)
    assert (other / "index").read_text() == "theirs"


def test_files_of_a_folder_are_replaced_stale_ones_go_and_others_stay(tmp_path):
    place = tmp_path / "above" / "report"
    assert write_folder(place, FILES) == [place / "index", place / "a", place / "b"]
    (place / "mine").write_text("mine")
    write_folder(place, {"index": b"new", "b": b"3"}, stale={"a", "index", "never there"})
    assert names_in(place) == ["b", "index", "mine"]
    assert (place / "b").read_bytes() == b"3"


@pytest.mark.parametrize("locked", ["index", "a", "b", "gone"])
def test_a_folder_has_all_of_the_new_files_or_all_of_the_earlier(tmp_path, monkeypatch, locked):
    """Where one of them is open elsewhere, all stay as they were, and it is named."""
    place = tmp_path / "report"
    write_folder(place, FILES | {"gone": b"4"})
    move = Path.replace

    def is_open(self, target):
        if Path(target).name == locked:
            raise PermissionError(errno.EACCES, "The file is in use", str(target))
        return move(self, target)

    monkeypatch.setattr(Path, "replace", is_open)
    new = dict.fromkeys(FILES, b"new")
    with pytest.raises(RunError, match=rf"{place}/{locked}: The file is in use; is it open in"):
        write_folder(place, new, stale={"gone"})
    assert {name: (place / name).read_bytes() for name in names_in(place)} == FILES | {"gone": b"4"}
    assert names_in(tmp_path) == ["report"]
    monkeypatch.setattr(Path, "replace", move)
    write_folder(place, new, stale={"gone"})
    assert {name: (place / name).read_bytes() for name in names_in(place)} == new


def test_a_folder_that_has_the_name_of_a_file_is_named_and_kept(tmp_path):
    place = tmp_path / "report"
    write_folder(place, FILES)
    (place / "a").unlink()
    (place / "a").mkdir()
    (place / "a" / "mine").write_text("mine")
    with pytest.raises(RunError, match=rf"cannot write {place}/a: Is a directory"):
        write_folder(place, dict.fromkeys(FILES, b"new"))
    assert (place / "a" / "mine").read_text() == "mine"
    assert (place / "index").read_bytes() == FILES["index"]


def test_a_private_file_is_this_users_alone(tmp_path):
    write_whole(tmp_path / "one", b"mine", is_private=True)
    assert (tmp_path / "one").stat().st_mode & 0o777 == 0o600
    write_whole(tmp_path / "one", b"everybody's")
    assert (tmp_path / "one").stat().st_mode & 0o044
