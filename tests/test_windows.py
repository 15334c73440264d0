"""What is otherwise on Windows, as far as it can be tried elsewhere: see `docs/windows.md`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path, PureWindowsPath

import numpy as np
import pytest

import pilotsim
from pilotsim.files.shipped import here_or_shipped
from tests.portable.pythons import SHIPPED

ROOT = Path(__file__).parent.parent
FLOW = ROOT / "configs" / "course_waiting_list.yaml"
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$|[<>:\"|?*\\]|[ .]$")
COUNTS = [("month", "waiting"), ("2026-01", "24"), ("2026-02", "17,5")]
SMALL = """
flow: course
title: Kurs på Økern
starts: 2026-01-05
lasts: 6 months
groups: {people: {starts_in: waiting, stock: 30}}
risks: {job: {to: work, rate: 5 % per month}}
stages: {waiting: {risks: {job: 1}}, work: {counts_as: work}}
targets:
  job: {says: I arbeid, measure: {share: {state: work, at: end}, of: {groups: people}}, at_least: 25 %}
"""


def shipped_files():
    for name in (*SHIPPED, "src/pilotsim"):
        for file in (ROOT / name, *(ROOT / name).rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(ROOT)


def test_norwegian_is_printed_where_the_terminal_has_code_page_1252():
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [sys.executable, "-m", "pilotsim", "docs", "glossary"]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode("utf-8") == (ROOT / "docs" / "glossary.md").read_text("utf-8")


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_saved_by_notepad_is_the_same_flow(tmp_path, mark):
    plain = FLOW.read_bytes()
    assert b"\r" not in plain
    file = tmp_path / "flyt på norsk.yaml"
    file.write_bytes(mark + plain.replace(b"\n", b"\r\n"))
    first, second = pilotsim.read_flow(FLOW), pilotsim.read_flow(file)
    assert first.values.keys() == second.values.keys()
    own, other = (pilotsim.simulate(flow, engine="process") for flow in (first, second))
    assert own == other
    file.write_bytes(mark + plain.replace(b"\nstarts:", b"\nstartz:").replace(b"\n", b"\r\n"))
    line = plain[: plain.index(b"\nstarts:")].count(b"\n") + 2
    with pytest.raises(pilotsim.FlowError, match=rf"norsk\.yaml:{line}:1  startz"):
        pilotsim.read_flow(file)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_counts_that_excel_saved_are_read(tmp_path, encoding):
    flow = pilotsim.read_text(SMALL)
    semicolons, commas = tmp_path / "tall.csv", tmp_path / "counts.csv"
    rows = [(month, count.replace("17,5", "17")) for month, count in COUNTS]
    semicolons.write_text("".join(f"{a};{b}\r\n" for a, b in rows), encoding=encoding, newline="")
    commas.write_text("".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    own, other = (pilotsim.read_counts(file, flow) for file in (semicolons, commas))
    assert own.counts == other.counts
    assert np.array_equal(own.numbers, other.numbers, equal_nan=True)
    assert own.numbers[:2, 0].tolist() == [24, 17]


def test_no_file_that_comes_along_has_a_name_that_windows_refuses():
    files = list(shipped_files())
    assert len(files) > 500
    for file in files:
        assert not any(RESERVED.search(part) for part in file.parts), file
        # Below `Lib\site-packages\pilotsim\shipped` of somebody with a long name.
        assert len(str(file)) <= 120, file
    folded = [str(file).lower() for file in files]
    assert len(folded) == len(set(folded))


@pytest.mark.parametrize("name", ["con", "aux.yaml", "a?.md", "ends.", "x" * 3 + " "])
def test_names_that_windows_refuses_are_known(name):
    assert RESERVED.search(name)


def test_a_place_with_backslashes_is_the_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    named = PureWindowsPath(r"configs\alna_aktiv.yaml")
    assert here_or_shipped(named.as_posix()) == here_or_shipped("alna_aktiv")


def unquoted(line):
    """What is left of a command outside of quotes and remarks."""
    return re.sub(r"\"[^\"]*\"|'[^']*'|\s#.*", "", line)


def test_what_powershell_reads_in_its_own_way_stands_in_quotes():
    lines = []
    pages = [ROOT / "README.md", ROOT / "README.nb.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for block in re.findall(
            r"```(?:powershell)?\n(.*?)```", page.read_text("utf-8"), re.DOTALL
        ):
            lines += re.findall(
                r"(?m)^(?:\.venv\\Scripts\\|pilot\\Scripts\\)?(?:pilotsim|python) .*", block
            )
    assert len(lines) > 60
    assert [line for line in lines if re.search(r"[;$(){}&|<`]|\[(?!WORD)", unquoted(line))] == []
    assert re.search(r"\[", unquoted("pip install pilotsim[all]"))
