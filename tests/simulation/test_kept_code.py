"""Compiled code that was kept is used only if it is whole, and this user's own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import numba
import pytest

from pilotsim.base.errors import RunError
from pilotsim.simulation.engines.compiled import jit, kept_code


def half(x):
    return 0.5 * x


def double(x):
    return 2.0 * x


def run(function, folder: Path, made_for: str = "") -> bool:
    """Run a function as a new process would; tell whether its code was found in the folder."""
    compiled = numba.njit(function)
    kept_code.keep(compiled, folder, lambda: made_for)
    assert compiled(3.0) == function(3.0)
    return bool(sum(compiled.stats.cache_hits.values()))


@pytest.fixture
def folder(tmp_path):
    """A folder with the code of one function."""
    assert not run(half, tmp_path / "kept")
    assert run(half, tmp_path / "kept")
    return tmp_path / "kept"


def only_file(folder: Path) -> Path:
    (file,) = folder.iterdir()
    return file


def test_what_is_kept_is_for_this_user_alone(folder):
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:20],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: content[:1000] + bytes([content[1000] ^ 1]) + content[1001:],
        lambda content: bytes([content[0] ^ 1]) + content[1:],
    ],
    ids=["empty", "no_digest", "cut_off", "too_long", "a_bit", "a_bit_of_the_digest"],
)
def test_damaged_code_is_thrown_away_and_made_again(folder, damage):
    file = only_file(folder)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert not run(half, folder)
    assert run(half, folder)


def test_code_of_another_function_or_of_another_state_is_none(folder):
    assert not run(double, folder)
    first, second = (next(folder.glob(f"{__name__}.{name}-*")) for name in ("half", "double"))
    first.write_bytes(second.read_bytes())
    assert not run(half, folder)
    assert run(half, folder)
    assert not run(half, folder, made_for="another list of families")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the system knows no users of files")
def test_code_of_another_user_is_not_trusted(folder, monkeypatch):
    own = os.geteuid()
    monkeypatch.setattr(kept_code.os, "geteuid", lambda: own + 1)
    assert not kept_code.is_usable(folder)
    assert not run(half, folder)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a file away"
)
@pytest.mark.parametrize("given", ["file", "folder"])
def test_what_was_given_to_another_user_is_not_trusted(folder, given):
    """Nobody's file is replaced by one's own; nobody's folder is left for another."""
    nobody = 65534
    os.chown(only_file(folder) if given == "file" else folder, nobody, nobody)
    assert kept_code.is_usable(folder) == kept_code.is_writable(folder) == (given == "file")
    if given == "file":
        assert not run(half, folder)
        assert only_file(folder).stat().st_uid == 0
        assert run(half, folder)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="the system knows no users of files")
@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_code_that_others_may_write_is_not_trusted(folder, mode):
    only_file(folder).chmod(mode)
    assert not run(half, folder)
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600


def test_a_folder_that_others_may_write_is_not_chosen(folder):
    assert kept_code.is_usable(folder)
    folder.chmod(0o777)
    assert not kept_code.is_usable(folder)


def test_where_nothing_can_be_written_it_is_compiled_each_time(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise RunError("the disk is full")

    (tmp_path / "a_file").write_text("no folder")
    assert not kept_code.is_usable(tmp_path / "a_file" / "kept")
    assert not run(half, tmp_path / "a_file" / "kept")
    monkeypatch.setattr(kept_code, "write_whole", full)
    assert not run(half, tmp_path / "kept")
    assert not run(half, tmp_path / "kept")


def test_without_rights_beside_the_program_code_is_kept_at_home(tmp_path, monkeypatch):
    """As when an administrator installed it, or left a folder of compiled code there."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "asked"))
    monkeypatch.setattr(Path, "home", lambda: home)
    assert jit.cache_folder().parent == tmp_path / "asked"
    monkeypatch.setattr(jit, "is_usable", lambda folder: home in folder.parents)
    assert jit.cache_folder().parent == home / ".cache" / "pilotsim"


def test_without_a_home_it_is_said_where_code_would_be_kept(tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("could not determine home directory")

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "asked"))
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr(jit, "is_usable", lambda folder: False)
    assert jit.cache_folder().parent == tmp_path / "asked"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_functions_are_numbered_anew_in_a_process_that_is_forked(folder):
    """Or two of one parent would keep code of two functions under one name."""
    if not hasattr(os, "fork"):
        pytest.skip("the system forks no processes")
    reads, writes = os.pipe()
    child = os.fork()
    if not child:
        os.write(writes, str(next(kept_code.FunctionIdentity._unique_ids)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writes)
    with os.fdopen(reads) as said:
        theirs = int(said.read())
    assert abs(theirs - next(kept_code.FunctionIdentity._unique_ids)) > 1_000_000
