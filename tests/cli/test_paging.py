"""The page of a check, in a zip file or alone, and whether it is opened."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from pilotsim import __version__
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import main, opening
from pilotsim.cli.opening import can_open, open_page
from pilotsim.cli.shared import FAULT
from pilotsim.language.catalogue import say
from tests.cli.test_share import SMALL


def run(*arguments: object, code: int = 0) -> None:
    try:
        main([*map(str, arguments)])
    except SystemExit as end:
        assert end.code == code
    else:
        assert code == 0


@pytest.fixture
def flow(tmp_path) -> Path:
    file = tmp_path / "course.yaml"
    file.write_text(SMALL)
    return file


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_zip_file_holds_the_page_and_how_it_is_opened(flow, tmp_path, language):
    alone, zipped = tmp_path / "page.html", tmp_path / "page.zip"
    for file in (alone, zipped):
        run("share", flow, "--out", file, "-n", 3, "--no-what-if", "--language", language)
    with ZipFile(zipped) as held:
        note = say("zip_note", language)
        assert held.namelist() == ["course.html", note]
        assert held.read("course.html") == alone.read_bytes()
        text = held.read(note).decode("utf-8-sig")
    assert "course.html" in text
    assert __version__ in text
    assert "{" not in text
    assert text.count("\r\n") == text.count("\n") > 6
    before = zipped.read_bytes()
    run("share", flow, "--out", zipped, "-n", 3, "--no-what-if", "--language", language)
    assert zipped.read_bytes() == before


def test_a_check_writes_the_page_of_its_own_runs(flow, tmp_path, capsys, monkeypatch):
    """The page is that of `share`, and what was checked is not run again for it."""
    from pilotsim.judge import check

    page, other, out = tmp_path / "pages" / "page.html", tmp_path / "other.html", tmp_path / "out"
    checks = []
    original = check.check_targets
    monkeypatch.setattr(
        check, "check_targets", lambda *a, **k: checks.append(1) or original(*a, **k)
    )
    asked = ("-n", 20, "--language", "en")
    run("check", flow, "--page", page, "--out", out, "--open", *asked)
    printed = capsys.readouterr().out
    assert len(checks) == 1
    assert say("page_place", "en", file=out / "index.html") in printed
    assert printed.endswith(say("live_place", "en", file=page) + "\n")
    run("share", flow, "--out", other, *asked)
    assert page.read_bytes() == other.read_bytes()


def test_a_page_that_cannot_be_is_refused_before_anything_is_run(flow, tmp_path, capsys):
    flow.write_text(SMALL.partition("targets:")[0])
    run("check", flow, "--page", tmp_path / "page.html", "--language", "en", code=FAULT)
    assert "the flow has no targets" in capsys.readouterr().err
    flow.write_text(SMALL)
    asked = ("--page", tmp_path / "page.html", "-n", 1001, "--language", "en")
    run("check", flow, *asked, code=FAULT)
    assert "a page judges 1000 runs at the most" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()


@pytest.mark.parametrize(
    ("environment", "system", "is_seen", "opens"),
    [
        ({"DISPLAY": ":0"}, "linux", True, True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True, True),
        ({}, "linux", True, False),
        ({"DISPLAY": ":0"}, "linux", False, False),
        ({"DISPLAY": ":0", "CI": "true"}, "linux", True, False),
        ({}, "win32", True, True),
        ({}, "darwin", True, True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", True, False),
        ({"GITHUB_ACTIONS": "true"}, "win32", True, False),
    ],
)
def test_a_page_is_opened_where_somebody_looks(environment, system, is_seen, opens):
    assert can_open(environment, system, is_seen=is_seen) is opens


def test_opening_waits_for_nothing_and_never_fails(tmp_path, monkeypatch):
    started = []
    monkeypatch.setattr(opening, "can_open", lambda *_, **__: True)
    monkeypatch.setattr(subprocess, "Popen", lambda *given, **_: started.append(given))
    assert open_page(tmp_path / "æ page.html")
    (command,) = started[0]
    assert command[0] == sys.executable
    assert command[-1].startswith("file://")

    def fails(*_: object, **__: object) -> None:
        raise OSError("no such program")

    monkeypatch.setattr(subprocess, "Popen", fails)
    assert not open_page(tmp_path / "page.html")
