"""pilotsim compare: how two plans are named, and what is said of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import main
from pilotsim.language.catalogue import say
from tests.cli.test_new import ends_with

FLOW = """
flow: one
title: {nb: Piloten, en: The pilot, sv: Piloten}
starts: 2015-01-01
lasts: 6 months
groups: {g: {starts_in: on, stock: 30}}
resources: {place: {label: {nb: Plasser, en: Places, sv: Platser}, units: {value: 2, assumption: {nb: x, en: x, sv: x}}}}
risks: {job: {to: work, rate: 3 % per month}}
stages:
  on: {risks: {job: 1}}
  help: {draws_from: on, opens: {every: 1 month}, needs: {place: 1}, lasts: 1 month, next: {on: 100 %}, risks: {job: 1}}
  work: {counts_as: work}
targets: {helped: {says: {nb: Ti får hjelp, en: Ten are helped, sv: Tio får hjälp}, at_least: 10, measure: {count: {started: help}}}}
scenarios: {many: {says: {nb: Ti plasser, en: Ten places, sv: Tio platser}, set: {resources.place.units: 10}}}
choices:
  places: {says: {nb: Plasser?, en: Places?, sv: Platser?}, options: {two: {says: {nb: To, en: Two, sv: Två}}, six: {says: {nb: Seks, en: Six, sv: Sex}, set: {resources.place.units: 6}}}}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PILOTSIM_LANGUAGE", raising=False)
    Path("one.yaml").write_text(FLOW, encoding="utf-8")
    Path("two.yaml").write_text(FLOW.replace("value: 2,", "value: 4,"), encoding="utf-8")
    saved = {"set": {"resources.place.units": 8}, "choose": {}}
    Path("kept.json").write_text(json.dumps(saved), encoding="utf-8")


def compared(capsys, *arguments):
    main(["compare", *arguments, "-n", "8", "--jobs", "1", "--json", "c.json"])
    return capsys.readouterr().out, json.loads(Path("c.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("arguments", "names", "places"),
    [
        (["one.yaml", "--scenario", "many"], ("The plan as it stands", "Ten places"), ("2", "10")),
        (["one.yaml", "one.yaml@many"], ("The plan as it stands", "Ten places"), ("2", "10")),
        (["one.yaml@many", "one.yaml"], ("Ten places", "The plan as it stands"), ("10", "2")),
        (
            ["one.yaml", "--set", "resources.place.units=+3"],
            ("The plan as it stands", "The plan with what was set"),
            ("2", "5"),
        ),
        (
            ["one.yaml", "--choose", "places=six"],
            ("The plan as it stands", "Places? Six"),
            ("2", "6"),
        ),
        (
            ["one.yaml", "kept.json"],
            ("The plan as it stands", "The plan with what was set"),
            ("2", "8"),
        ),
        (
            ["one.yaml", "--settings", "kept.json"],
            ("The plan as it stands", "The plan with what was set"),
            ("2", "8"),
        ),
        (
            ["one.yaml@many", "--set", "resources.place.units=3"],
            ("Ten places", "Ten places, with what was set"),
            ("10", "3"),
        ),
        (["one.yaml", "two.yaml"], ("one.yaml", "two.yaml"), ("2", "4")),
        (["one.yaml", "two.yaml@many"], ("The pilot", "The pilot: Ten places"), ("2", "10")),
        (
            ["one.yaml@many", "two.yaml", "--set", "resources.place.units=+1"],
            ("The pilot: Ten places", "The pilot, with what was set"),
            ("10", "5"),
        ),
    ],
)
def test_plans_are_named_in_every_way_and_the_difference_is_told(arguments, names, places, capsys):
    _, record = compared(capsys, *arguments)
    assert (record["first"]["name"], record["second"]["name"]) == names
    [entry] = record["inputs"]
    assert (entry["path"], entry["first"], entry["second"]) == ("resources.place.units", *places)
    [target] = record["targets"]
    more = int(places[1]) > int(places[0])
    assert (target["second"] > target["first"]) == more
    assert target["better"] is more


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_said_in_the_language_on_the_screen_and_on_a_page(language, capsys):
    said, _ = compared(
        capsys, "one.yaml", "--scenario", "many", "--language", language, "--out", "out"
    )
    for key in ("compare_answer", "compare_inputs", "compare_targets"):
        assert say(key, language) in said
    page = Path("out/index.html").read_text(encoding="utf-8")
    assert f'lang="{language}"' in page
    assert {"inputs.csv", "targets.csv", "comparison.json"} <= {
        one.name for one in Path("out").iterdir()
    }


def test_it_goes_into_files_of_office_programs(capsys):
    main(
        [
            "sammenlign",
            "one.yaml",
            "--scenario",
            "many",
            "-n",
            "4",
            "--out",
            "out",
            "--also",
            "word",
            "--also",
            "excel",
        ]
    )
    ends = {file.suffix for file in Path("out").iterdir()}
    assert {".docx", ".xlsx"} <= ends


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["one.yaml"], "oppgi en flyt til, eller det som skal være annerledes"),
        (["one.yaml", "none.yaml"], "filen finnes ikke"),
        (["one.yaml", "one.yaml@mny"], "flyten har ikke noe scenario 'mny'; mente du 'many'?"),
        (
            ["one.yaml", "kept.json", "--settings", "kept.json"],
            "innstillinger er oppgitt to ganger",
        ),
        (["one.yaml", "c.json"], "kan ikke lese c.json"),
        ([], "pilotsim new"),
    ],
)
def test_what_cannot_be_compared_is_said(arguments, said, capsys):
    code, told = ends_with(["compare", *arguments], capsys)
    assert code == 2
    assert said in told.err


@pytest.fixture
def kept(capsys):
    """Two checks of one flow as they were written, one with more places."""
    common = ["-n", "8", "--jobs", "1", "--no-what-if"]
    main(["check", "one.yaml", *common, "--out", "before"])
    main(["check", "one.yaml", *common, "--scenario", "many", "--out", "after"])
    capsys.readouterr()


def test_kept_results_say_what_the_runs_themselves_say(kept, capsys):
    main(["compare", "before", "after", "--json", "kept_too.json"])
    said = capsys.readouterr().out
    assert "Begge er av den samme flytfilen" in said
    record = json.loads(Path("kept_too.json").read_text(encoding="utf-8"))
    _, again = compared(capsys, "one.yaml", "--scenario", "many")
    [own], [other] = record["targets"], again["targets"]
    for key in ("first", "second", "difference", "first_verdict", "second_verdict", "better"):
        assert own[key] == other[key], key
    entry = record["tables"]["inputs"][0]
    assert (entry["first"], entry["second"], entry["path"]) == ("2", "10", "resources.place.units")
    main(["compare", "before/check.json", "after/check.json"])
    assert "Ti får hjelp" in capsys.readouterr().out


def test_kept_results_of_another_measure_are_not_paired(kept, capsys):
    other = FLOW.replace("count: {started: help}", "count: {reached: work}")
    Path("two.yaml").write_text(other, encoding="utf-8")
    main(["check", "two.yaml", "-n", "8", "--jobs", "1", "--no-what-if", "--out", "other"])
    capsys.readouterr()
    main(["compare", "before", "other"])
    said = capsys.readouterr().out
    assert "målt på ulik måte" in said
    assert "Flytfilene er ikke de samme" in said
    assert say("compare_no_common", "nb") in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["before", "after", "--set", "resources.place.units=3"], "ingenting kan settes i dem"),
        (["before", "empty"], "har ingen check.json"),
        (["before", "study"], "pilotsim analyse study"),
        (["before", "old.json"], "lag den på nytt med pilotsim check"),
        (["before", "few"], "lag dem med like mange"),
    ],
)
def test_what_was_not_kept_is_said(arguments, said, kept, capsys):
    main(["check", "one.yaml", "-n", "3", "--jobs", "1", "--no-what-if", "--out", "few"])
    capsys.readouterr()
    Path("empty").mkdir()
    Path("study").mkdir()
    Path("study/manifest.json").write_text("{}")
    Path("old.json").write_text('{"verdicts": []}')
    code, told = ends_with(["compare", *arguments], capsys)
    assert code == 2
    assert said in told.err
