"""Inputs as small as they can be that once ended in a traceback, a wrong answer or lost work."""

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.cli import main
from pilotsim.runs import Cluster
from pilotsim.runs.workers import Task
from tests.cli.test_cli import SMALL, run
from tests.evaluation.pilots import build
from tests.experiments.optimise.small import SOLVE, write
from tests.experiments.study.small import STUDY, write_study

RAISED_TWO = "\u00b2"


def ends(arguments, capsys):
    """How a command ends, and what it says in English."""
    with pytest.raises(SystemExit) as ended:
        sys.exit(main([*map(str, arguments), "--language", "en"]))
    told = capsys.readouterr()
    return ended.value.code or 0, told.out, told.err


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("flow.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A study that was carried out once; each test damages its own copy."""
    place = tmp_path_factory.mktemp("finished")
    file = write_study(place, STUDY.replace("replications: 6", "replications: 2"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        main(["run", str(file), "--jobs", "1"])
    return place


@pytest.fixture
def study(finished, tmp_path, monkeypatch):
    shutil.copytree(finished, tmp_path / "study")
    monkeypatch.chdir(tmp_path / "study")
    return tmp_path / "study" / "out" / "small"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("groups.g.stock=0301", "starts with 0"),
        ("groups.g.stock={value: 3, value: 4}", "stands twice"),
        ("groups.g.stock=!!python/object/apply:os.system 3 weeks", "tags are not allowed"),
        (f"effects.{RAISED_TWO}.times=1", "the flow has no 'effects'"),
        (f"targets.{RAISED_TWO}=1", f"targets.{RAISED_TWO}"),
        ('targets.work.says="\\ud800"', "holds U+D800, which is no sign"),
        ('targets.work.says="\\e]52;c;a"', "holds U+001B, which is no sign"),
        ("risks.job.label=\udcff", "a character that YAML does not allow"),
        ("lasts=15e9 months", "from 1 day to 100 years"),
        ("groups.g.stock=" + "9" * 5000, "groups.g.stock"),
    ],
)
def test_a_change_that_is_none_is_refused(folder, capsys, change, said):
    code, _, err = ends(["check", "flow.yaml", "--set", change], capsys)
    assert code == 2
    assert said in err


BRACKETS = """
flow: small
title: Small [draft] and [/b]
starts: 2015-01-01
lasts: {value: 6 months, source: "r [p. 1]"}
sources: {r: "A report [/x] [2nd ed.]"}
groups: {g: {starts_in: on, stock: {value: 20, source: "r [p. 3]"}}}
risks: {job: {to: work, rate: {value: 5 % per month, low: 1, high: 9, assumption: "guess [mine]", label: "Speed [/speed]"}}}
stages: {on: {risks: {job: 1}}, work: {counts_as: work}}
targets:
  met: {says: "40 % [of those who turn up] in work", source: "r [p. 4]", at_least: 40 %, measure: {share: {reached: work}, of: {groups: g}}}
  all: {says: "all in [/work] [bold red]", source: "r [/p]", at_least: 90 %, measure: {share: {reached: work}, of: {groups: g}}}
observed:
  work: {says: "In work [/x] [all]", measure: {count: {state: work}}, value: 5, tolerance: about, source: "r [p. 1]"}
"""


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ["check", "-n", "10", "--json", "found.json", "--out", "page"],
            [
                "Small [draft] and [/b]",
                "40 % [of those who turn up] in work",
                "all in [/work] [bold red]",
                "from A report [/x] [2nd ed.]",
                "Speed [/speed]",
            ],
        ),
        (["validate", "-n", "10", "--json", "found.json"], ["In work [/x] [all]"]),
        (
            ["values"],
            ["Speed [/speed]", "40 % [of those who turn up] in work: at least"],
        ),
    ],
    ids=["check", "validate", "values"],
)
def test_brackets_in_what_a_file_says_are_brackets(folder, capsys, command, told):
    """None is a mark of the terminal's that is swallowed, or ends the command before its files."""
    Path("flow.yaml").write_text(BRACKETS, encoding="utf-8")
    code, out, err = ends([command[0], "flow.yaml", *command[1:]], capsys)
    assert code == 0, err
    out = out.replace("\u00a0", " ")
    assert [words for words in told if words not in out] == []
    # What is written after the page on the terminal is there.
    assert "--json" not in command or json.loads(Path("found.json").read_text(encoding="utf-8"))
    assert "--out" not in command or Path("page/index.html").exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--scenario", "[/x]"], "the flow has no scenario '[/x]'"),
        (["--set", "[/x]=3"], "unknown key '[/x]'"),
        (["--set", "stages.on.labl=x"], "(On [/x] In work: job: 1)"),
    ],
)
def test_brackets_in_a_refusal_are_brackets(folder, capsys, more, said):
    text = BRACKETS.replace("on: {risks", 'on: {label: "On [/x] In work", risks')
    Path("flow.yaml").write_text(text, encoding="utf-8")
    code, _, err = ends(["check", "flow.yaml", *more], capsys)
    assert code == 2
    assert said in err


def test_a_length_beyond_all_bounds_hides_no_other_fault(folder, capsys):
    text = SMALL.replace("lasts: 6 months", "lasts: 15e9 months").replace("stock: 20", "stok: 20")
    Path("flow.yaml").write_text(text, encoding="utf-8")
    code, _, err = ends(["check", "flow.yaml"], capsys)
    assert code == 2
    assert "unknown key 'stok'" in err


@pytest.mark.parametrize("part", [f"{RAISED_TWO}/2", "1/\u0662", "1", "/", "1/" + "9" * 5000])
def test_a_part_that_is_none_is_refused(study, capsys, part):
    code, _, err = ends(["run", "study.yaml", "--shard", part], capsys)
    assert code == 2
    assert "expected a part" in err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "  method: full_factorial\n  over: {stages.course.opens.admits: [2, 4]}",
            "  method: latin_hypercube\n  points: 1000000000\n  assumptions: all",
            "at most 200,000 can be run",
        ),
        ("[2, 4]", "{low: 1, high: 9, levels: 1000000000}", "study.yaml"),
        (
            "over: {stages.course.opens.admits: [2, 4]}",
            "over: {" + "stages.course.opens.admits: {own_range: 2, levels: 99999999}}",
            "study.yaml",
        ),
    ],
)
def test_a_design_of_too_many_points_is_refused_before_it_is_made(folder, capsys, old, new, said):
    assert old in STUDY
    write_study(folder, STUDY.replace(old, new))
    began = time.monotonic()
    code, _, err = ends(["run", "study.yaml", "--dry-run"], capsys)
    assert code == 2
    assert said in err
    assert time.monotonic() - began < 60


@pytest.mark.parametrize("step", ["0", "-1"])
def test_a_search_by_steps_of_nothing_is_refused(folder, capsys, step):
    write(folder, SOLVE.replace("high: 24", f"high: 24, step: {step}"))
    code, _, err = ends(["solve", "solve.yaml"], capsys)
    assert code == 2
    assert f"a step above 0; found 4, 24 and {step}" in err


@pytest.mark.parametrize(
    "parts",
    [
        {"draws": 0},
        {"designs": {"lottery": {"lottery": {"share": "0 %"}, "answers": "difference"}}},
        {"designs": {"lottery": {"lottery": {"share": "100 %"}, "answers": "difference"}}},
    ],
)
def test_an_evaluation_that_can_find_nothing_is_refused(tmp_path, parts):
    with pytest.raises(FlowError, match=r"draws|share"):
        build(tmp_path, **parts)


# --------------------------------------------------------------------------------------------------
# What stands in a study's folder, damaged


def manifests(text: str) -> dict[str, str]:
    """A manifest damaged in ways that a disk, a copy or an editor has."""
    plain = json.loads(text)
    return {
        "one bit": text.replace("responses", "rfsponses", 1),
        "one digit": text.replace('"seed": "7"', '"seed": "8"', 1),
        "one key more": json.dumps({**plain, "more": 1}),
        "no key": "{}",
        "a list": "[]",
        "nothing in it": json.dumps({**dict.fromkeys(plain), "format": plain.get("format")}),
        "cut off": text[: len(text) // 2],
        "empty": "",
        "zeros": "\x00" * 512,
        "deep": "[" * 100_000,
    }


KINDS = sorted(manifests('{"format": 1}'))


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_manifest_is_said_and_nothing_is_taken_for_it(study, capsys, kind):
    file = study / "manifest.json"
    damaged = manifests(file.read_text())[kind]
    assert damaged != file.read_text()
    file.write_text(damaged)
    for line in (["run", "study.yaml"], ["merge", "together", study]):
        code, _, err = ends(line, capsys)
        assert code == 2
        assert "manifest.json" in err
        said = [line for line in err.splitlines() if not line.startswith("Compiling the fast")]
        assert len(said) == 1
    assert file.read_text() == damaged
    code, out, err = ends(["run", "study.yaml", "--jobs", "1", "--new"], capsys)
    assert code == 0, err
    assert "Results: " in out


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_mark_of_completeness_is_made_again(study, capsys, kind):
    file = study / "complete.json"
    points = (study / "results" / "points.csv").read_bytes()
    damaged = manifests(file.read_text())[kind]
    file.write_text(damaged if not kind.startswith("one ") else '{"files": {}}')
    code, _, err = ends(["analyse", study], capsys)
    assert code == 2
    assert "complete.json" in err
    code, _, err = ends(["run", "study.yaml", "--jobs", "1"], capsys)
    assert code == 0, err
    assert (study / "results" / "points.csv").read_bytes() == points
    assert ends(["analyse", study], capsys)[0] == 0


def test_a_damaged_copy_of_the_manifest_is_found_by_its_checksum(study, capsys):
    file = study / "results" / "manifest.json"
    file.write_text(file.read_text().replace("Small", "Smell"))
    code, _, err = ends(["analyse", study], capsys)
    assert code == 2
    assert "is damaged" in err


# --------------------------------------------------------------------------------------------------
# Where it runs


def test_nobody_at_an_address_is_said_at_once():
    """It took a minute, and left a traceback of a library behind."""
    began = time.monotonic()
    with pytest.raises(Exception, match="no scheduler answers at zzz"):
        list(Cluster("zzz").run([Task("a", dict, ())]))
    assert time.monotonic() - began < 30


def test_without_compiling_the_readable_engine_takes_over(tmp_path):
    (tmp_path / "flow.yaml").write_text(SMALL, encoding="utf-8")
    few = ["-n", "3", "--jobs", "1", "--no-what-if", "--language", "en"]
    done = run(
        *("check", tmp_path / "flow.yaml", *few),
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert "all in work" in done.stdout
