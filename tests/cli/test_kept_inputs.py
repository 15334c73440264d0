"""No command writes over what it reads, however the place is written."""

import os
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pilotsim.base.errors import RequestError
from pilotsim.base.files import write_text
from pilotsim.base.kept_inputs import inputs_kept, note_output, note_read
from pilotsim.cli import COMMANDS, commands
from pilotsim.cli.spoken import OutputPath
from pilotsim.files.yaml import read_file
from pilotsim.language.catalogue import translate_error
from tests.cli.test_cli import ALNA, SMALL

REFUSED = {
    "en": "is read here and stays as it is",
    "nb": "leses her og skal stå som den er",
    "sv": "läses här och ska stå som den är",
}


def commands_with_names():
    """Every command that does something, by the words that call it."""
    for name in COMMANDS:
        command = getattr(import_module(f"pilotsim.cli.{name}"), name)
        if isinstance(command, click.Group):
            yield from (((name, part), one) for part, one in command.commands.items())
        else:
            yield (name,), command


def paths_of(command):
    return [one for one in command.params if isinstance(one.type, click.Path)]


def _link(place):
    link = place.parent / "link"
    link.symlink_to(place)
    return link


KINDS = ("file_okay", "dir_okay")
PAIRS = [
    (words, command, read, written)
    for words, command in commands_with_names()
    for written in paths_of(command)
    for read in paths_of(command)
    if isinstance(written.type, OutputPath) and not isinstance(read.type, OutputPath)
    # Of other pairs, click refuses the one that is of the wrong kind.
    if any(getattr(read.type, kind) and getattr(written.type, kind) for kind in KINDS)
]
WAYS = {
    "the same": lambda place: place,
    "relative": lambda place: Path(os.path.relpath(place)),
    "roundabout": lambda place: place.parent / "aside" / ".." / place.name,
    "link": _link,
}


def given(parameter, place):
    """A parameter as a command line has it."""
    return [parameter.opts[0], str(place)] if isinstance(parameter, click.Option) else [str(place)]


# Their argument says where to write: `pilotsim new FILE`, `pilotsim merge FOLDER PARTS`.
ONE_PLACE = (("merge",), ("new",))


def test_every_path_that_says_where_to_write_is_one_to_write_to():
    """A new option `--out` cannot be forgotten."""
    writes = {"out", "page", "json_file", "markdown", "ledger", "write"}
    for words, command in commands_with_names():
        for one in paths_of(command):
            is_output = isinstance(one.type, OutputPath)
            called = {name.lstrip("-") for name in one.opts} | {one.name}
            assert is_output == bool(called & writes) or words in ONE_PLACE, (words, one.name)
    assert {words[0] for words, *_ in PAIRS} >= {
        *("check", "share", "run", "solve", "calibrate", "evaluate", "plan", "estimate", "pool"),
        *("register", "scoreboard", "describe", "validate", "analyse", "merge", "learn"),
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("words", "command", "read", "written"),
    PAIRS,
    ids=["-".join((*words, read.name, written.name)) for words, _, read, written in PAIRS],
)
def test_an_output_that_is_an_input_is_refused(
    tmp_path, monkeypatch, words, command, read, written, way
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "aside").mkdir()
    place = tmp_path / "mine"
    if written.type.file_okay:
        place.write_text(SMALL, encoding="utf-8")
        before = place.read_bytes()
    else:
        place.mkdir()
        (place / "index.html").write_text("mine", encoding="utf-8")
    line = [*words, *given(read, place)]
    wanted = [one for one in command.params if one.required or one.name == "mapping_file"]
    others = [one for one in wanted if one not in (read, written)]
    for other in others:
        line += given(other, tmp_path / "other" if other in paths_of(command) else "x")
    target = WAYS[way](place)
    if isinstance(written, click.Argument):
        line.insert(len(words), str(target))
    else:
        line += given(written, target)
    there = set(tmp_path.rglob("*"))
    if not written.type.file_okay and not read.type.dir_okay:
        pytest.skip("a file is read and a folder is written")
    done = CliRunner().invoke(
        commands, [*line, "--language", "en"] if words != ("schema",) else line
    )
    assert isinstance(done.exception, RequestError), (done.output, done.exception)
    assert REFUSED["en"] in str(done.exception)
    for language, said in REFUSED.items():
        assert said in translate_error(done.exception, language)
    assert set(tmp_path.rglob("*")) == there
    if place.is_file():
        assert place.read_bytes() == before
    else:
        assert (place / "index.html").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["check", "share", "calibrate"])
def test_what_a_file_refers_to_is_kept_as_well(tmp_path, command):
    """Rows of a posterior, which the flow names and the command line does not."""
    flow, rows = tmp_path / "alna.yaml", tmp_path / "posteriors" / "turnover.csv"
    rows.parent.mkdir()
    flow.write_bytes(ALNA.read_bytes())
    rows.write_bytes((ALNA.parent / "posteriors" / "turnover.csv").read_bytes())
    before = rows.read_bytes()
    new = str(tmp_path / "new.yaml")
    options = {
        "check": ["--json", str(rows)],
        "share": ["--out", str(rows)],
        # The rows of the fitted flow would stand beside it, by this name.
        "calibrate": [*("--fit", "a", "--fit", "b", "--out", new), "--together", "turnover"],
    }
    done = CliRunner().invoke(commands, [command, str(flow), *options[command]])
    assert isinstance(done.exception, RequestError), done.exception
    assert "is read here" in str(done.exception)
    assert rows.read_bytes() == before
    assert not Path(new).exists()


def test_a_file_of_a_folder_is_kept(tmp_path):
    """A folder is written as a whole: nothing of it where one of its files was read."""
    flow = tmp_path / "scoreboard.json"
    flow.write_text(SMALL, encoding="utf-8")
    line = ["scoreboard", str(flow), "-n", "2", "--jobs", "1", "--out", str(tmp_path)]
    done = CliRunner().invoke(commands, [*line, "--json", str(tmp_path / "other.json")])
    assert isinstance(done.exception, RequestError), done.exception
    assert flow.read_text(encoding="utf-8") == SMALL
    assert [one.name for one in tmp_path.iterdir()] == [flow.name]


def test_whichever_comes_second_is_refused(tmp_path):
    place = tmp_path / "a.yaml"
    place.write_text("a: 1", encoding="utf-8")
    with inputs_kept():
        read_file(place)
        with pytest.raises(RequestError, match="is read here"):
            note_output(place)
        with pytest.raises(RequestError, match="is read here"):
            write_text(place, "b")
    with inputs_kept():
        note_output(place)
        with pytest.raises(RequestError, match="is read here"):
            read_file(place)
    assert place.read_text(encoding="utf-8") == "a: 1"


def test_a_program_may_write_what_it_has_read(tmp_path):
    place = tmp_path / "a.yaml"
    place.write_text("a: 1", encoding="utf-8")
    with inputs_kept():
        note_read(place)
    read_file(place)
    write_text(place, "b: 2")
    assert place.read_text(encoding="utf-8") == "b: 2"
