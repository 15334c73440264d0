"""The pages of systems: notes are held to the flow, numbers in them are the program's, hinges are the assumptions that move."""

from pathlib import Path

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow, read_text
from pilotsim.judge.notes import read_notes
from pilotsim.judge.one_way_sensitivity import ends_by_swing, vary_assumptions
from pilotsim.judge.system import study_system
from pilotsim.judge.validation import validate
from pilotsim.output.reports import write_pages

ROOT = Path(__file__).parent.parent.parent
NOTES = sorted((ROOT / "docs" / "systems" / "notes").glob("*.yaml"))
FLOW = """
flow: small
title: {nb: Liten, en: Small}
starts: 2015-01-01
lasts: {value: 12 months, source: r p. 1}
sources: {r: A report}
groups: {g: {label: {nb: Alle, en: All}, starts_in: on, stock: {value: 1000, source: r p. 1}}}
risks:
  job: {label: {nb: Jobb, en: Job}, to: work, rate: {value: 5 % per month, low: 3, high: 8, label: Speed to work, assumption: guess}}
  gone: {label: {nb: Borte, en: Gone}, to: away, rate: {value: 1 % per month, low: 0.9, high: 1.1, label: Speed away, assumption: guess}}
stages: {on: {label: On, risks: {job: 1, gone: 1}}, work: {label: Work, counts_as: work}, away: {label: Away, counts_as: unknown}}
scenarios: {slow: {says: {nb: Tregt, en: Slow}, set: {risks.job.rate: 1 % per month}}}
observed:
  work: {says: {nb: I arbeid, en: In work}, measure: {count: {state: work}}, value: 430, tolerance: about, source: r p. 2}
"""
SAID = 'outputs: [work]\nlearned: [{nb: "{work} i arbeid, {slow/work} når det går tregt", en: "{work} in work, {slow/work} when slow"}]\n'


@pytest.mark.parametrize("file", NOTES, ids=lambda file: file.stem)
def test_notes_speak_of_outputs_and_scenarios_that_there_are(file):
    flow = read_flow(ROOT / "configs" / file.name)
    notes = read_notes(file, flow)
    for language in LANGUAGES:
        assert not any("{" in line for line in notes.lines(language, lambda scenario, output: "1"))


@pytest.mark.parametrize("file", NOTES, ids=lambda file: file.stem)
def test_every_system_has_its_page_in_both_languages(file):
    for language in ("nb", "en"):
        page = (file.parent.parent / f"{file.stem}_{language}.md").read_text(encoding="utf-8")
        assert "pilotsim describe" in page
        assert (file.parent.parent / f"{file.stem}_{language}.png").stat().st_size > 10_000


def test_a_name_that_the_flow_does_not_have_is_a_fault(tmp_path):
    file = tmp_path / "notes.yaml"
    file.write_text(SAID.replace("slow/work}", "quick/work}"), encoding="utf-8")
    with pytest.raises(RequestError, match="quick/work"):
        read_notes(file, read_text(FLOW))


def test_the_assumption_with_the_widest_swing_comes_first():
    changes = vary_assumptions(read_text(FLOW), replications=4, seed=1)
    ends = ends_by_swing(changes, "work")
    assert [low.name for low, _ in ends] == ["risks.job.rate", "risks.gone.rate"]
    low, high = ends[0]
    # Of 1000, 1 - exp(-12 x 0.04) x 3/4 of those gone: 286 at 3 %, 587 at 8 %.
    assert low.level["work"] == pytest.approx(750 * (1 - 2.718281828 ** (-0.48)), abs=30)
    assert high.level["work"] == pytest.approx(1000 * 8 / 9 * (1 - 2.718281828 ** (-1.08)), abs=30)


def test_the_page_holds_the_numbers_of_the_runs(tmp_path):
    (tmp_path / "small.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "notes.yaml").write_text(SAID, encoding="utf-8")
    study = study_system(tmp_path / "small.yaml", tmp_path / "notes.yaml", replications=8, few=4)
    files = write_pages(study, tmp_path / "out", LANGUAGES, "pilotsim describe")
    page = (tmp_path / "out" / "small_en.md").read_text(encoding="utf-8")
    assert [file.name for file in files if file.suffix == ".md"] == [
        f"small_{language}.md" for language in LANGUAGES
    ]
    assert all(file.with_suffix(".png").stat().st_size > 10_000 for file in files)
    assert (
        f"- {study.mean('', 'work'):.0f} in work, {study.mean('slow', 'work'):.0f} when slow"
        in page
    )
    change = study.difference("slow", "work")
    assert change.mean < -250
    # Eight runs each: Student's t with seven degrees of freedom.
    assert change.n == 8
    assert 0 < change.half_width < 50
    assert "Speed to work" in page


def test_a_quantity_has_one_number_on_its_page(tmp_path):
    (tmp_path / "small.yaml").write_text(FLOW, encoding="utf-8")
    (tmp_path / "notes.yaml").write_text(SAID, encoding="utf-8")
    study = study_system(tmp_path / "small.yaml", tmp_path / "notes.yaml", replications=8, few=4)
    for one in study.validation.comparisons:
        assert study.mean("", one.output) == one.expected
    # The control: with all assumptions at their values it is another number.
    at_values = validate(study.flow, replications=8, fixed=True).comparisons
    assert any(one.expected != study.mean("", one.output) for one in at_values)
