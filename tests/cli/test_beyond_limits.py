"""What is too large is asked about at a terminal, and refused elsewhere; --yes lets it begin."""

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from pilotsim.cli import COMMANDS, commands
from tests.cli.test_cli import SMALL, run

LARGE = SMALL.replace("stock: 20", "stock: 4000000")
# This many bytes are free on the machine that the tests pretend to have.
PRETEND = """
import sys
from pilotsim.base import limits
limits.free_memory = lambda: 1_000_000_000
import pilotsim.cli
pilotsim.cli.main(sys.argv[1:])
"""


@pytest.fixture
def large(tmp_path):
    file = tmp_path / "large.yaml"
    file.write_text(LARGE, encoding="utf-8")
    return file


def command_of(*arguments):
    return [sys.executable, "-c", PRETEND, *map(str, arguments)]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            "this needs about 8.0 GB of memory, where 1.0 GB are free. Ask for less, or give --yes "
            "to go on all the same",
        ),
        (
            "nb",
            "dette trenger om lag 8,0 GB minne, der 1,0 GB er ledig. Be om mindre, eller bruk --yes "
            "for å fortsette likevel",
        ),
    ],
)
def test_where_nobody_can_be_asked_one_sentence_refuses(large, language, said):
    done = subprocess.run(
        command_of("check", large, "-n", "400", "-j", "1", "--language", language),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    # On a new machine a line before says that the engine is compiled.
    assert (done.returncode, done.stdout, done.stderr.splitlines()[-1]) == (2, "", said)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize(
    ("typed", "goes_on"), [("n\n", False), ("\n", False), ("yes\n", True), ("ja\n", True)]
)
def test_at_a_terminal_somebody_is_asked(tmp_path, typed, goes_on):
    import pty

    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    ours, theirs = pty.openpty()
    tight = PRETEND.replace("1_000_000_000", "1000")
    started = subprocess.Popen(
        [
            sys.executable,
            "-c",
            tight,
            "check",
            str(file),
            "-n",
            "40",
            "-j",
            "1",
        ]
        + ["--no-what-if", "--language", "en"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    printed, _ = started.communicate(timeout=120)
    seen = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:
            break
        if not more:
            break
        seen += more
    os.close(ours)
    assert b"This needs about" in seen
    assert seen.count(b"Go on all the same?") == 1
    assert (b"all in work" in printed) == goes_on
    assert started.returncode == (0 if goes_on else 130)


def test_yes_lets_it_begin(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    tight = [one.replace("1_000_000_000", "1000") for one in command_of("check", file)]
    ordinary = ["-n", "40", "-j", "1", "--no-what-if", "--language", "en"]
    kept = {"capture_output": True, "encoding": "utf-8", "stdin": subprocess.DEVNULL}
    assert subprocess.run(tight + ordinary, check=False, **kept).returncode == 2
    done = subprocess.run([*tight, *ordinary, "--yes"], check=False, **kept)
    assert (done.returncode, "needs" in done.stderr) == (0, False)
    assert "all in work" in done.stdout


def test_a_study_of_a_billion_runs_is_not_begun_without_a_word(tmp_path):
    Path(tmp_path, "small.yaml").write_text(SMALL, encoding="utf-8")
    study = tmp_path / "study.yaml"
    study.write_text(
        "study: large\ntitle: Large\nflow: small.yaml\n"
        "responses: {targets: [work]}\nreplications: 1000000000\n"
    )
    done = run("run", study, "--out", tmp_path / "out", "-j", "1", "--language", "en")
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("this needs about ")
    assert "GB of memory" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_that_simulates_takes_yes(name):
    command = commands.get_command(click.Context(commands), name)
    options = {one for parameter in command.params for one in parameter.opts}
    simulates = bool(options & {"--jobs", "--engine"}) or name in ("share", "learn")
    assert ("--yes" in options) == simulates
