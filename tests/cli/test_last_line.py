"""What nobody foresaw is one line, a file that helps and names nobody, and a status of its own."""

import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from pilotsim.base.messages import Message
from pilotsim.cli import main, shared
from pilotsim.cli.shared import FAULT, UNFORESEEN, deliver
from pilotsim.cli.spoken import OutputPath
from pilotsim.cli.unforeseen import log_of
from pilotsim.files.reading import read_text
from pilotsim.files.settable import SettableValues
from pilotsim.runs.processes import in_processes
from tests.cli.test_cli import SMALL
from tests.cli.test_kept_inputs import commands_with_names, given, paths_of

COMMANDS = list(commands_with_names())
SAID = {
    "nb": "pilotsim gjorde selv en feil (ZeroDivisionError)",
    "en": "pilotsim made a mistake of its own (ZeroDivisionError)",
    "sv": "pilotsim gjorde själv ett fel (ZeroDivisionError)",
}
PERSON = "01010750160"


def fails(*_, **__):
    """Nobody foresaw this, and its words hold a person."""
    raise ZeroDivisionError(f"Ola {PERSON}")


def ends(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return ended.value.code, capsys.readouterr()


def line_of(words, command, folder):
    """A command line on which all stands that a command needs."""
    (folder / "register.csv").write_text("client\n1\n")
    (folder / "flow.yaml").write_text(SMALL, encoding="utf-8")
    line = [*words]
    for one in command.params:
        if one.required and one in paths_of(command):
            is_written = isinstance(one.type, OutputPath) or (words, one.name) == (("new",), "file")
            read = folder / ("register.csv" if one.type.file_okay else "")
            line += given(one, folder / "made" if is_written else read)
        elif one.required:
            line += given(one, "x")
    return line


@pytest.mark.parametrize(("words", "command"), COMMANDS, ids=["-".join(w) for w, _ in COMMANDS])
def test_every_command_ends_with_a_line_and_a_file(tmp_path, monkeypatch, capsys, words, command):
    monkeypatch.setattr(command, "callback", fails)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    code, told = ends(line_of(words, command, tmp_path), capsys)
    assert code == UNFORESEEN, told.err
    (line,) = told.err.splitlines()
    assert line.startswith(SAID["nb"])
    (log,) = tmp_path.glob("pilotsim-*.log")
    assert str(log) in line
    text = log.read_text(encoding="utf-8")
    assert f"command: {words[0]}" in text
    assert "in fails" in text
    assert "ZeroDivisionError" in text
    if "register.csv" in " ".join(line_of(words, command, tmp_path)):
        assert PERSON not in text


@pytest.mark.parametrize("language", SAID)
def test_it_is_said_in_the_language_of_the_run(tmp_path, monkeypatch, capsys, language):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pilotsim.cli.docs._pages", fails)
    code, told = ends(["docs", "--language", language], capsys)
    assert code == UNFORESEEN
    assert told.err.startswith(SAID[language])
    # No file of other people's on the line: what was said helps to mend it.
    (log,) = tmp_path.glob("pilotsim-*.log")
    assert f"ZeroDivisionError: Ola {PERSON}" in log.read_text()


def test_where_nothing_can_be_written_it_is_said_all_the_same(monkeypatch, capsys):
    def full(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkstemp", full)
    monkeypatch.setattr("pilotsim.cli.docs._pages", fails)
    code, told = ends(["docs", "--language", "en"], capsys)
    assert code == UNFORESEEN
    assert told.err.startswith(SAID["en"])


def test_options_are_named_and_what_they_are_set_to_is_not():
    text = log_of(ValueError("a"), ["check", "flow.yaml", "--set=a.b=Ola", "--json", "Ola.json"])
    assert "command: check --set --json" in text
    assert "Ola" not in text


def test_a_fault_of_a_worker_is_written_down_with_its_place(tmp_path):
    (tmp_path / "r.csv").write_text("a")
    with pytest.raises(ValueError, match=PERSON) as caught:
        list(in_processes(Fraction, [(f"Ola {PERSON}",)] * 2, 2, died=Message("died")))
    text = log_of(caught.value, ["estimate", str(tmp_path / "r.csv")])
    assert "fractions.py" in text
    assert "in __new__" in text
    assert PERSON not in text
    assert PERSON in log_of(caught.value, ["check", "flow.yaml"])


def test_too_little_memory_is_said(monkeypatch, capsys):
    def large(*_):
        raise MemoryError

    monkeypatch.setattr("pilotsim.cli.docs._pages", large)
    code, told = ends(["docs", "--language", "en"], capsys)
    assert code == FAULT
    assert told.err == (
        "there is not enough memory for this; fewer clients, runs or processes at once (--jobs) "
        "need less\n"
    )


def test_what_is_finished_is_written_first(tmp_path, monkeypatch, capsys):
    """A page that cannot be made keeps no numbers back."""
    monkeypatch.setattr("pilotsim.output.writers.folder.write_html", fails)
    result = SettableValues(read_text(SMALL))
    place = tmp_path / "found.json"
    with pytest.raises(ZeroDivisionError):
        deliver(result, "en", out=tmp_path / "out", json_file=place)
    assert place.exists()
    assert str(place) in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_whoever_stops_reading_stops_nothing_else():
    """As in `pilotsim check ... --json FILE | head`."""
    done = []

    def closed():
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        shared._each_in_turn(closed, lambda: done.append(1))
    assert done == [1]


@pytest.mark.skipif(os.name != "posix", reason="streams are closed by the shell")
@pytest.mark.parametrize(("shut", "code"), [(">&-", 0), ("| true", 0), (">/dev/full", FAULT)])
def test_without_an_output_there_is_no_traceback(shut, code):
    line = f"{sys.executable} -m pilotsim docs {shut}"
    done = subprocess.run(line, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


def test_a_name_that_is_no_text_is_no_traceback(tmp_path, capsys):
    file = tmp_path / os.fsdecode(b"fl\xffow.yaml")
    try:
        file.write_text("flow: [", encoding="utf-8")
    except OSError:
        pytest.skip("the file system has names of text alone")
    code, told = ends(["check", file, "--language", "en"], capsys)
    assert code == FAULT
    assert "flow.yaml:1:" in told.err


@pytest.mark.parametrize("option", ["--json", "--out", "--page"])
def test_a_place_that_is_nothing_is_refused_before_anything_is_run(
    tmp_path, monkeypatch, capsys, option
):
    """As `--json "$FILE"` leaves it where the variable is not set."""
    (tmp_path / "flow.yaml").write_text(SMALL, encoding="utf-8")
    monkeypatch.setattr("pilotsim.judge.check.check_targets", fails)
    code, told = ends(["check", tmp_path / "flow.yaml", option, "", "--language", "en"], capsys)
    assert code == FAULT
    assert "a place to write to is expected" in told.err


def test_what_a_file_says_steers_no_terminal(tmp_path, monkeypatch, capsys):
    """A key that is unknown is told; OSC 52, which would fill the clipboard, is not."""
    name = "\x1b]52;c;ZXZpbA==\x07evil.yaml"
    code, told = ends(["check", tmp_path / name, "--language", "en"], capsys)
    assert code == FAULT
    assert "evil.yaml" in told.err
    assert "\x1b" not in told.err
    assert "\x07" not in told.err


def test_a_file_of_other_words_is_not_quoted(tmp_path, capsys):
    """As a flow that names a file of passwords by mistake."""
    file = tmp_path / "passwords"
    file.write_text("root:secret-of-root:0:0\nola:secret-of-ola:1:1\nmore:secret:2:2\n")
    (tmp_path / "s.yaml").write_text(f"study: s\ntitle: S\nflow: {file}\n")
    for line in (["check", file], ["run", tmp_path / "s.yaml"], ["solve", file]):
        code, told = ends([*line, "--language", "en"], capsys)
        assert code == FAULT
        assert "secret" not in told.out + told.err


def test_nothing_prints_past_the_door():
    """Words reach a terminal by `tell` and by documents, which leave out what would steer it."""
    folder = Path(shared.__file__).parent
    for file in folder.glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert text.count("click.echo(") == (file.name == "spoken.py"), file.name
        assert not any(f" {one}(" in text for one in ("print", "sys.stdout.write")), file.name
