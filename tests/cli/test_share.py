"""`pilotsim share`: what it writes, and what it says where it cannot."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from gzip import decompress
from pathlib import Path

import pytest

from pilotsim.base.files import digest_of
from pilotsim.cli import main
from pilotsim.cli.shared import FAULT
from pilotsim.files.reading import read_flow
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value

ALNA = Path(__file__).parents[2] / "configs" / "alna_aktiv.yaml"
FEW = ("-n", 2, "--no-what-if")
NOBODY = """
flow: nobody
title: Nobody
starts: 2015-01-01
lasts: 6 months
groups: {s: {stock: 20, starts_in: on}}
stages: {on: {}}
"""
STEADY = """
flow: steady
title: Steady
starts: 2015-01-01
lasts: 6 months
groups:
  old: {stock: 20, starts_in: on}
  new: {starts_in: on, arrivals: {steady: {groups: [old], state: assistance}, assumption: So}}
risks: {leaves: {to: off, rate: 5 % per month}}
stages: {on: {counts_as: assistance, risks: {leaves: 1}}, off: {counts_as: work}}
targets: {few: {says: Few, at_most: 100, measure: {count: {in_stage: on, at: 2015-06-01}}}}
"""


def share(*arguments: object, code: int = 0) -> None:
    try:
        main(["share", *map(str, arguments), "--language", "en"])
    except SystemExit as end:
        assert end.code == code
    else:
        assert code == 0


def setup_of(file: Path) -> dict:
    text = file.read_text(encoding="utf-8")
    found = re.search(r'<script type="text/plain" id="setup">(.*?)</script>', text)
    assert found is not None
    return json.loads(decompress(b64decode(found[1])))


def test_a_page_stands_for_a_file_a_version_and_a_seed(tmp_path, capsys):
    file = tmp_path / "alna.html"
    share(ALNA, "--out", file, "--seed", 7, "-n", 5, "--no-what-if")
    assert capsys.readouterr().out == f"The page: {file}\n"
    text = file.read_text(encoding="utf-8")
    assert f"alna_aktiv.yaml (file {digest_of(ALNA.read_bytes())}" in text
    assert "seed 7" in text
    setup = setup_of(file)
    assert (setup["seed"], setup["replications"]) == ("7", 5)
    assert say("changed_heading", "en") not in text


def test_what_is_set_for_a_page_is_said_on_it(tmp_path):
    file = tmp_path / "alna.html"
    share(ALNA, "--out", file, "--set", "resources.place_technical.units=24", *FEW)
    text = file.read_text(encoding="utf-8")
    label = label_of_value(read_flow(ALNA), "resources.place_technical.units", "en")
    assert f">{label}: 12 (5–\u206022) → 24</li>" in text
    (change,) = setup_of(file)["of"]["changes"]
    assert change["path"] == "resources.place_technical.units"
    values = {
        value["path"]: value for value in setup_of(file)["languages"]["en"]["description"]["values"]
    }
    assert values["resources.place_technical.units"]["number"] == 24


def test_a_scenario_is_said(tmp_path):
    file = tmp_path / "alna.html"
    share(ALNA, "--out", file, "--scenario", "as_planned", *FEW)
    of = setup_of(file)["of"]
    assert of["scenario"]
    assert f"Scenario: {of['scenario'].rstrip('.')}." in file.read_text(encoding="utf-8")


SMALL = """
flow: course
title: Course
starts: 2015-01-01
lasts: 6 months
groups: {all: {stock: 40, starts_in: waits}}
resources: {place: {units: 5}}
stages:
  waits: {next: {course: 100 %}, lasts: 1 day}
  course: {needs: {place: 1}, lasts: 1 month, next: {done: 100 %}}
  done: {}
targets:
  all_done: {says: All are done, at_least: 90 %, measure: {share: {reached: done}, of: {groups: all}}}
"""


def test_a_flow_without_effect_and_prices_is_shared_too(tmp_path):
    """It is said that they are missing, and other plans are told by the targets that they meet."""
    (tmp_path / "course.yaml").write_text(SMALL)
    file = tmp_path / "page.html"
    share(tmp_path / "course.yaml", "--out", file, "-n", 20)
    text = file.read_text(encoding="utf-8")
    assert say("start_not_so", "en") in text
    assert say("start_no_effect", "en") in text
    assert say("start_no_prices", "en") in text
    assert f">{say('start_targets_met', 'en')}</th>" in text
    assert [one["path"] for one in setup_of(file)["levers"]] == ["resources.place.units"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([ALNA], "Missing option '--out'"),
        ([ALNA, "--out", "none/page.html"], "there is no folder none"),
        ([ALNA, "--out", "page.html", "-n", "0"], "0 is not in the range"),
        ([ALNA, "--out", "page.html", "--set", "resources.place_tecnical.units=1"], "did you mean"),
        (["none.yaml", "--out", "page.html"], "none.yaml"),
        ([ALNA, "--out", "page.html", "--settings", "none.json"], "cannot read none.json"),
        ([ALNA, "--out", "page.html", "--settings", "nobody.yaml"], "holds no settings"),
        (["nobody.yaml", "--out", "page.html"], "the flow has no targets"),
        (["steady.yaml", "--out", "page.html"], "holds a stock steady: groups.new.arrivals"),
    ],
    ids=lambda part: part if isinstance(part, str) else "",
)
def test_what_cannot_be_a_page_is_said_in_words(tmp_path, monkeypatch, capsys, arguments, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nobody.yaml").write_text(NOBODY)
    (tmp_path / "steady.yaml").write_text(STEADY)
    share(*arguments, code=FAULT)
    assert says in capsys.readouterr().err
    assert not list(tmp_path.glob("*.html"))
