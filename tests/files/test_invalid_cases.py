"""Every file in cases/invalid is refused with exactly the words beside it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.files.reading import read_flow

CASES = Path(__file__).parent.parent / "cases"
NAMES = sorted(path.stem for path in (CASES / "invalid").glob("*.yaml"))


def faults_of(file):
    with pytest.raises(FlowError) as caught:
        read_flow(file)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_faulty_flow_is_refused_in_these_words(name, monkeypatch):
    monkeypatch.chdir(CASES / "invalid")
    assert faults_of(f"{name}.yaml") == Path(f"{name}.txt").read_text(encoding="utf-8").rstrip("\n")


def test_flow_that_the_faulty_ones_were_made_from_is_read():
    flow = read_flow(CASES / "valid" / "small.yaml")
    assert list(flow.stages) == ["on_assistance", "mapping", "job_search", "work"]


def test_every_case_has_its_words():
    words = sorted(path.stem for path in (CASES / "invalid").glob("*.txt"))
    assert words == NAMES
    assert len(NAMES) > 80


# What is too large to store.


def test_file_of_5_megabytes_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("large.yaml").write_bytes(b"# nothing but words\n" * 262_144)  # 20 bytes each
    assert (
        faults_of("large.yaml")
        == "large.yaml  holds 5,242,880 bytes; a flow file holds at most 524,288"
    )


def test_flow_of_10_000_stages_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    head = (CASES / "valid" / "small.yaml").read_text().split("stages:")[0]
    Path("wide.yaml").write_text(
        head + "stages:\n" + "".join(f"  stage_{k}: {{}}\n" for k in range(10_000))
    )
    assert (
        faults_of("wide.yaml") == "wide.yaml:32:1  stages: expected at most 500 stages; found more"
    )


# What is no file.


def test_missing_file_is_named_with_its_neighbours(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert faults_of("alna.yaml") == "alna.yaml  no such file"
    for name in ("alna_aktiv.yaml", "notes.txt", "vilkar.yml"):
        Path(name).write_text("")
    assert (
        faults_of("alna.yaml")
        == "alna.yaml  no such file; in that folder: alna_aktiv.yaml, vilkar.yml"
    )
    assert faults_of("no/such/folder.yaml") == "no/such/folder.yaml  no such file"


def test_folder_is_no_flow(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    assert faults_of("configs") == "configs  is a folder; expected a YAML file"
    assert faults_of("configs/\x00") == "configs/\x00  cannot be read: embedded null byte"


# What is made to take long.


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "is nested too deeply"),
        ("{a: " * 100_000, "is nested too deeply"),
        ("- " * 100_000, "is nested too deeply"),
        ("a: [" + "1," * 250_000 + "1]\n", "more than 40,000 values stand up to here"),
        (
            "a: {" + "".join(f"{k}: 1," for k in range(48_000)) + "}\n",
            "more than 40,000 values stand up to here",
        ),
        (
            "".join(f"k{k}:\n- 1\n" for k in range(40_000)),
            "more than 40,000 values stand up to here",
        ),
        ("a: '1" + " " * 500_000 + "x'\n", "the key 'flow' is missing"),
    ],
    ids=["brackets", "braces", "dashes", "commas", "keys", "lines", "spaces"],
)
def test_text_made_to_take_long_is_refused_within_seconds(text, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("flow.yaml").write_text(text)
    begun = time.process_time()
    assert message in faults_of("flow.yaml")
    assert time.process_time() - begun < 10


def test_flow_with_thousands_of_faults_is_refused_within_seconds(tmp_path, monkeypatch):
    # 499 stages, each with ways to 30 stages that do not exist: a guess at what was meant takes 500
    # comparisons.
    monkeypatch.chdir(tmp_path)
    head = (CASES / "valid" / "small.yaml").read_text().split("stages:")[0]
    ways = ", ".join(f"mappin_{k}: 1 %" for k in range(30))
    stages = "".join(f"  mapping_{k}: {{lasts: 1 day, next: {{{ways}}}}}\n" for k in range(499))
    Path("flow.yaml").write_text(head + "stages:\n" + stages)
    begun = time.process_time()
    faults = faults_of("flow.yaml").splitlines()
    assert time.process_time() - begun < 20
    assert faults[0] == "flow.yaml  more than 100 faults; these are the first"
    assert len(faults) == 101
