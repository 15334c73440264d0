"""The pages of systems: notes are held to the flow, numbers in them are the program's, hinges are the assumptions that move."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.statistics import mean_interval
from pilotsim.experiments.findings.find import analyse
from pilotsim.experiments.study import read_study, run_study
from pilotsim.files.reading import read_flow, read_text
from pilotsim.files.yaml import read_file
from pilotsim.judge.notes import read_notes
from pilotsim.judge.one_way_sensitivity import ends_by_swing, vary_assumptions
from pilotsim.judge.system import study_system
from pilotsim.judge.validation import validate
from pilotsim.output.imprint import input_files
from pilotsim.output.reports import write_pages
from pilotsim.output.views import document_of
from pilotsim.output.views.parts import margin_cell

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


def test_a_study_and_a_page_with_the_same_seed_and_runs_tell_one_number(tmp_path):
    (tmp_path / "small.yaml").write_text(FLOW, encoding="utf-8")
    page = study_system(tmp_path / "small.yaml", replications=8, few=4)

    def before(seed):
        (tmp_path / "study.yaml").write_text(STUDY.format(seed=seed), encoding="utf-8")
        run = run_study(read_study(tmp_path / "study.yaml"), tmp_path / f"runs{seed}")
        return analyse(run).compared[0]

    same, other = before(1), before(2)
    assert (same.before, same.after) == (page.mean("", "work"), page.mean("slow", "work"))
    assert same.change == page.difference("slow", "work")
    assert same.before_half == mean_interval(page.scenarios[""]["work"]).half_width > 0
    # The control: of another seed they are other numbers, and each within the other's error.
    assert other.before != same.before
    assert abs(other.before - same.before) < 2 * (other.before_half + same.before_half)


STUDY = """
study: one
title: One
flow: small.yaml
scenarios: {{now: {{}}, slow: {{like: slow}}}}
responses: {{measures: {{work: {{says: In work, measure: {{count: {{state: work}}}}}}}}}}
replications: 8
seed: {seed}
analysis: {{differences: {{against: now}}}}
"""


def test_studies_of_a_system_rest_on_the_runs_of_its_page():
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    runs = int(re.search(r"pilotsim describe .* -n (\d+) ", made)[1])
    held = []
    for file in sorted((ROOT / "experiments").glob("*.yaml")):
        said = read_file(file)
        flow = Path(str(re.search(r"^flow: (\S+)$", said, re.MULTILINE)[1])).stem
        if not said.startswith("#") or "\nstudy:" not in said or flow == "alna_aktiv":
            continue  # Alna Aktiv's page is its report, of far more runs
        study = read_study(file)
        held.append(flow)
        assert (study.replications.at_least, study.replications.at_most) == (runs, runs), file
        assert study.seed == 1, file
    assert {"vilkar_today", "stavanger_2021", "traning_ger_fardighet"} <= set(held)


def test_a_page_says_seed_runs_and_how_far_its_means_may_be_off(tmp_path):
    (tmp_path / "small.yaml").write_text(FLOW, encoding="utf-8")
    study = study_system(tmp_path / "small.yaml", replications=8, few=4, seed=5)
    made_of = [tmp_path / "small.yaml"]
    write_pages(study, tmp_path / "out", LANGUAGES, "pilotsim describe", made_of)
    half = mean_interval(study.scenarios[""]["work"]).half_width
    assert study.validation.comparisons[0].half_width == half
    digest = sha256((tmp_path / "small.yaml").read_bytes()).hexdigest()
    for language, seed in (("nb", "frø 5"), ("en", "seed 5"), ("sv", "slumpfrö 5")):
        page = (tmp_path / "out" / f"small_{language}.md").read_text(encoding="utf-8")
        assert seed in page
        assert digest in page
        assert f"±\u00a0{half:.0f} |" in page


TWICE = FLOW.replace(
    "stages: {on: {label: On, risks: {job: 1, gone: 1}}",
    "stages: {on: {label: On, risks: {job: {value: 1, low: 0.5, high: 2, assumption: a, label: Times}, gone: 1}}, "
    "late: {label: Late, risks: {job: {value: 1, low: 0.5, high: 2, assumption: a, label: Times}}}",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_assumptions_with_one_label_are_told_apart_by_their_stage(tmp_path, language):
    (tmp_path / "small.yaml").write_text(TWICE, encoding="utf-8")
    study = study_system(tmp_path / "small.yaml", replications=8, few=4)
    document = document_of(study, language, with_figures=False)
    table = next(one for one in document.tables() if one.name == "assumptions")
    labels = [row.cells[1].text for row in table.rows()]
    assert len(set(labels)) == len(labels) == 4
    assert any("On" in label or "on" in label for label in labels if label.startswith("Times"))


def test_an_error_of_simulation_is_never_written_as_none():
    assert margin_cell(0.012, "share", "en").text == "±\u00a01.2"
    assert margin_cell(0.0002, "share", "en").text == "<\u00a00.1"
    assert margin_cell(1e-15, "real", "en").text == "0"
    assert margin_cell(float("nan"), "real", "en").text == "–"


def test_two_files_of_one_name_are_told_apart(tmp_path):
    files = [tmp_path / "a.yaml", tmp_path / "notes" / "a.yaml", tmp_path / "b.yaml"]
    (tmp_path / "notes").mkdir()
    for file in files:
        file.write_text(str(file), encoding="utf-8")
    names = [one.name for one in input_files(files)]
    assert names == [f"{tmp_path.name}/a.yaml", "notes/a.yaml", "b.yaml"]
