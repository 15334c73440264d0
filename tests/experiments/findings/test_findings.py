"""Findings of real studies: held to a flow whose expectation is known, and told in words, figures and tables."""

import csv
import json
import math
import re
import sys
from dataclasses import replace
from html import unescape

import numpy as np
import pyarrow.parquet as pq
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.cli import main
from pilotsim.experiments.findings.find import analyse
from pilotsim.experiments.study import read_study, run_study
from pilotsim.experiments.study.execute import ExecutionOptions
from pilotsim.output.figures.differences import plot_differences
from pilotsim.output.figures.interactions import labels_with_room, places_of, plot_interactions
from pilotsim.output.figures.sensitivity_indices import plot_sensitivity
from pilotsim.output.sentences.findings import lead, missed_in_words, round_shown
from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.runs import Local

# 200 clients; each goes on a course with the share p and finds work there at the speed r a month
# for six months of 365.25 / 12 days: E[jobs] = 200 p (1 - exp(-6 r)), and given p and r the number
# is binomial.
FLOW = """
flow: product
title: Product
starts: 2015-01-01
lasts: {value: 182.625 days, assumption: six months of a rate}
groups: {g: {starts_in: first, stock: 200}}
resources: {idle: {units: {value: 5, low: 2, high: 9, assumption: guess, label: Idle}}}
risks: {job: {to: work, rate: {value: 20 % per month, assumption: guess, label: {nb: Fart, en: Speed}}}}
stages:
  first: {lasts: 0 days, next: {course: {value: 50 %, assumption: guess, label: {nb: Andel, en: Share}}, home: rest}}
  course: {risks: {job: 1}}
  home: {}
  work: {counts_as: work}
targets:
  jobs:
    says: {nb: Førti jobber, en: Forty jobs}
    at_least: 40
    readings: {all: {says: {nb: Av alle, en: Of all}, measure: {count: {reached: work}}}}
scenarios:
  faster: {says: {nb: Raskere, en: Faster}, set: {risks.job.rate: 40 % per month}}
"""
HEAD = """
study: product
title: {nb: Et produkt, en: A product}
flow: product.yaml
responses: {targets: [jobs]}
"""
P, R = (0.2, 0.8), (0.05, 0.45)
OVER = "over: {stages.first.next.course: {low: 20 %, high: 80 %}, risks.job.rate: {low: 5 % per month, high: 45 % per month}, resources.idle.units: own_range}"


def moments():
    """Mean and variance of p, and of b = 1 - exp(-6 r), each uniform over its range."""
    mean_p, var_p = sum(P) / 2, (P[1] - P[0]) ** 2 / 12
    width = R[1] - R[0]
    first = (math.exp(-6 * R[0]) - math.exp(-6 * R[1])) / (6 * width)
    second = (math.exp(-12 * R[0]) - math.exp(-12 * R[1])) / (12 * width)
    return mean_p, var_p, 1 - first, second - first**2


def known():
    """The variance of 200 p b, the first and total indices of both factors, and the mean variance of a run given both."""
    mp, vp, mb, vb = moments()
    variance = (vp + mp**2) * (vb + mb**2) - (mp * mb) ** 2
    alone = np.array([vp * mb**2, vb * mp**2]) / variance
    mean_square = (vp + mp**2) * (vb + mb**2)
    return 200**2 * variance, alone, alone + vp * vb / variance, 200 * (mp * mb - mean_square)


def run(folder, rest, language="en"):
    (folder / "product.yaml").write_text(FLOW, encoding="utf-8")
    file = folder / "study.yaml"
    file.write_text(HEAD + rest, encoding="utf-8")
    return run_study(read_study(file), folder / "run", ExecutionOptions(Local(1)))


@pytest.fixture(scope="module")
def indices(tmp_path_factory):
    rest = f"design: {{method: sobol_indices, points: 128, {OVER}}}\nreplications: 3\nanalysis: {{spread: true, sobol: true}}"
    return analyse(run(tmp_path_factory.mktemp("sobol"), rest))


def test_indices_of_a_flow_agree_with_its_closed_form(indices):
    _, alone, total, _ = known()
    found = indices.hangs[0].indices
    assert [one.factor for one in found.factors] == [
        "stages.first.next.course",
        "risks.job.rate",
        "resources.idle.units",
    ]
    np.testing.assert_allclose([one.first for one in found.factors], [*alone, 0], atol=0.06)
    np.testing.assert_allclose([one.total for one in found.factors], [*total, 0], atol=0.06)
    for one, truth in zip(found.factors, [*total, 0], strict=True):
        assert one.total_low <= truth <= one.total_high


def test_spread_of_a_flow_agrees_with_its_closed_form(indices):
    variance, _, _, chance = known()
    spread = indices.spreads[0].spread
    assert spread.assumptions == pytest.approx(variance, rel=0.05)
    # Three replications share their clients at all points: their variance is known to within a
    # factor, and the interval says so.
    assert chance / 3 < spread.chance < 3 * chance
    assert spread.low <= variance / (variance + chance) <= spread.high


def test_elementary_effects_of_a_flow_agree_with_its_closed_form(tmp_path):
    rest = f"design: {{method: elementary_effects, points: 40, {OVER}}}\nreplications: 3\nanalysis: {{elementary_effects: true}}"
    found = analyse(run(tmp_path, rest))
    share, speed, idle = found.hangs[0].effects.factors
    # On the grid's levels b is 0.2592, 0.6671, 0.8504, 0.9328 and p 0.5 on average; a step of two
    # thirds goes from the first level to the third, or from the second to the fourth. Allowed are 4
    # standard errors.
    expected = {
        share: 200 * 0.6 * 0.6774,
        speed: 200 * 0.5 * ((0.8504 - 0.2592) + (0.9328 - 0.6671)) / 2 * 1.5,
    }
    for factor, mean in expected.items():
        assert abs(factor.mean - mean) < 4 * math.hypot(
            factor.spread / math.sqrt(40), factor.chance
        )
    assert idle.size == 0
    assert "depends most on" in lead(found, "en")[0]


@pytest.fixture(scope="module")
def shared_out(tmp_path_factory):
    rest = f"design: {{method: shapley_effects, points: 100, {OVER}}}\nreplications: 3\nanalysis: {{shapley: true, delta: true, pawn: true}}"
    return analyse(run(tmp_path_factory.mktemp("shapley"), rest))


def test_shapley_effects_of_a_flow_agree_with_its_closed_form(shared_out):
    """What share and speed do together is half each one's."""
    _, alone, total, _ = known()
    found = next(one.shapley for one in shared_out.hangs if one.shapley)
    assert found.walks == 100
    for one, truth in zip(found.factors, [*(alone + total) / 2, 0.0], strict=True):
        error = (one.high - one.low) / (2 * 1.96)
        assert abs(one.share - truth) <= 4 * error + 0.01
    assert sum(one.share for one in found.factors) == pytest.approx(1.0)


def test_a_distribution_moves_with_what_matters_and_not_with_what_is_idle(shared_out):
    """Of 100 walks both ends are points drawn apart, and no others are."""
    found = [one.distribution for one in shared_out.hangs if one.distribution]
    assert [one.method for one in found] == ["delta", "pawn"]
    for one in found:
        share, speed, idle = one.factors
        assert (one.points, one.left_out) == (200, 0)
        assert share.is_clear
        assert speed.is_clear
        assert idle.index < min(share.index, speed.index)
        # 200 p b is far wider spread than a binomial number of as many.
        assert 0.0 <= one.chance < 0.1
    told = lead(shared_out, "en")
    assert any(sentence.startswith("The distribution of") for sentence in told)


def test_any_sample_will_do_for_delta(tmp_path):
    """Rows of a file; a column that a file leaves empty is refused."""
    rows = [f"{20 + 0.5 * k} %,{5 + (37 * k) % 40} % per month" for k in range(120)]
    head = "stages.first.next.course,risks.job.rate\n"
    (tmp_path / "rows.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    rest = "design: {method: list, file: rows.csv}\nreplications: 2\nanalysis: {delta: true}"
    (one,) = analyse(run(tmp_path, rest)).hangs
    assert one.distribution.points == 120
    assert all(factor.is_clear for factor in one.distribution.factors)
    rows[5] = f",{rows[5].split(',')[1]}"
    (tmp_path / "rows.csv").write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(FlowError, match="needs a value of every factor at each point"):
        read_study(tmp_path / "study.yaml")


def test_libraries_of_the_analysis_are_asked_for_before_anything_is_run(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "SALib", None)
    rest = f"design: {{method: sobol_sequence, points: 128, {OVER}}}\nreplications: 1\nanalysis: {{pawn: true}}"
    with pytest.raises(ModuleNotFoundError):
        run(tmp_path, rest)
    assert not (tmp_path / "run").exists()


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    rest = "scenarios: {as_written: {says: {nb: Som skrevet, en: As written}}, faster: {like: faster}}\nreplications: 40\nanalysis: {differences: {against: as_written}}"
    return analyse(run(tmp_path_factory.mktemp("differences"), rest))


def test_difference_between_scenarios_is_the_known_one(compared):
    """100 clients go on the course: 100 (exp(-1.2) - exp(-2.4)) = 21.05 more jobs."""
    one = compared.compared[0]
    truth = 100 * (math.exp(-1.2) - math.exp(-2.4))
    assert one.change.low <= truth <= one.change.high
    assert one.change.is_clear
    assert one.chance.mean == 0.0 or one.chance.low <= one.chance.mean <= one.chance.high
    assert one.after - one.before == pytest.approx(one.change.mean)
    assert lead(compared, "en")[0].startswith("Faster: 'Forty jobs: of all' goes from ")
    assert lead(compared, "nb")[0].startswith("Raskere: «Førti jobber: av alle» går fra ")


@pytest.fixture(scope="module")
def crossed(tmp_path_factory):
    over = "over: {stages.first.next.course: [20 %, 80 %], risks.job.rate: [5 % per month, 20 % per month, 45 % per month]}"
    rest = f"design: {{method: full_factorial, {over}}}\nreplications: 20\nanalysis: {{interactions: [[stages.first.next.course, risks.job.rate]]}}"
    return analyse(run(tmp_path_factory.mktemp("crossed"), rest))


def test_joint_effect_is_the_known_one(crossed):
    """The step of the share is 120 b.

    At the two ends of the speed it differs by 120 (exp(-0.3) - exp(-2.7)).
    """
    found = crossed.together[0].grid.together
    assert found.low <= 120 * (math.exp(-0.3) - math.exp(-2.7)) <= found.high
    assert found.is_clear


@pytest.fixture(scope="module")
def missed(tmp_path_factory):
    rest = f"design: {{method: sobol_sequence, points: 256, {OVER}}}\nreplications: 2\nanalysis: {{discovery: {{misses: jobs.all}}, spread: true}}"
    return analyse(run(tmp_path_factory.mktemp("missed"), rest))


def test_misses_are_found_where_they_are(missed):
    """200 p b < 40 where p or r is small: the box restricts these from above, and never the idle resource with certainty."""
    limits = {
        limit.factor: limit for limit in missed.missed[0].discovery.limits if limit.quasi_p < 0.001
    }
    assert limits
    assert set(limits) <= {"stages.first.next.course", "risks.job.rate"}
    assert all(limit.low == -math.inf for limit in limits.values())
    assert "is at most" in lead(missed, "en")[0]


ALL = ("indices", "compared", "crossed", "missed")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_folder_holds_page_figures_tables_and_json(name, language, request, tmp_path):
    found = request.getfixturevalue(name)
    document = document_of(found, language)
    files = {file.name for file in write_folder(document, tmp_path)}
    figures = {f"{one.name}.{end}" for one in document.figures() for end in ("png", "svg", "txt")}
    tables = {f"{one.name}.csv" for one in document.tables()}
    assert files == {"index.html", "findings.json", "files.txt"} | figures | tables
    page = unescape((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert all(sentence in page for sentence in lead(found, language))
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert content["name"] == "product"
    assert not re.search(r"\bnan\b", re.sub(r'base64,[^"]*', "", page))


@pytest.mark.parametrize("name", ALL)
def test_each_file_says_what_it_is(name, request, tmp_path):
    """A list of the same title nine times was no list."""
    document = document_of(request.getfixturevalue(name), "en")
    write_folder(document, tmp_path)
    lines = (tmp_path / "files.txt").read_text(encoding="utf-8-sig").splitlines()
    titles = [line.split("\t")[1] for line in lines]
    assert len(set(titles)) == len(titles)
    assert document.title not in titles


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_file_holds_a_template_that_was_not_filled(name, language, request, tmp_path):
    write_folder(document_of(request.getfixturevalue(name), language), tmp_path)
    for file in (*tmp_path.glob("*.csv"), *tmp_path.glob("*.txt")):
        assert "{" not in file.read_text(encoding="utf-8-sig"), file.name


def test_a_table_says_in_a_column_in_which_unit_each_number_stands(
    missed, crossed, compared, tmp_path
):
    def column(found, name, heading):
        write_folder(document_of(found, "en"), tmp_path / name)
        with (tmp_path / name / f"{name}.csv").open(encoding="utf-8-sig") as file:
            return [row[heading] for row in csv.DictReader(file)]

    assert column(missed, "missed", "Unit") == ["%", "% per month", ""]
    assert set(column(crossed, "together", "Unit of the value")) == {"%"}
    assert set(column(crossed, "together", "Unit of the second value")) == {"% per month"}
    # And the scenario is called what its file calls it.
    assert column(compared, "differences", "Scenario") == ["Faster"]


def test_factors_stand_in_the_unit_of_the_file(tmp_path):
    """An engine's 0.0066 a day is what a file calls 20 % per month."""
    (tmp_path / "product.yaml").write_text(FLOW, encoding="utf-8")
    rest = "design: {method: one_at_a_time, over: {stages.first.next.course: [20 %, 80 %], risks.job.rate: [5 % per month, 45 % per month], resources.idle.units: [2, 9]}}\nreplications: 2\n"
    (tmp_path / "study.yaml").write_text(HEAD + rest, encoding="utf-8")
    run = run_study(read_study(tmp_path / "study.yaml"), tmp_path / "run")
    places = ["stages.first.next.course", "risks.job.rate", "resources.idle.units"]
    found = [sorted(run.points[name].dropna().unique()) for name in places]
    assert found == [[20, 80], [5, 45], [2, 9]]
    schema = pq.read_schema(tmp_path / "run" / "results" / "points.parquet")
    units = json.loads(schema.metadata[b"pilotsim"])["units"]["factors"]
    assert [units[name] for name in places] == ["%", "% per month", "count"]
    # And on the screen, which tells the numbers with their unit.
    shown = " ".join(terminal_text(document_of(run, "en")).split())
    assert "45 % per month" in shown
    # What was found stands first: how far it goes, and where.
    ends = [
        found
        for found in document_of(run, "en").sections[0].blocks
        if getattr(found, "role", "") == "lead"
    ]
    assert len(ends) == 1
    assert shown.index("from ") < shown.index("Share ")
    assert "(Share: 80 %)" in shown
    frame = run.to_frame()
    assert sorted(frame[f"factor.{places[1]}"].dropna()) == [5, 45]
    assert frame.attrs["units"][f"factor.{places[1]}"] == "% per month"


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_terminal_says_what_the_page_says_first(name, language, request):
    found = request.getfixturevalue(name)
    document = document_of(found, language)
    shown = " ".join(terminal_text(document).split())
    page = unescape(write_html(document))
    for sentence in lead(found, language):
        assert " ".join(sentence.split()) in shown
        assert sentence in page


def test_tables_have_a_row_for_each_number(indices, compared, crossed, missed):
    def rows(found):
        tables = document_of(found, "en").tables()
        return {table.name: len(list(table.rows())) for table in tables}

    assert rows(indices) == {"sensitivity": 3}
    assert rows(compared) == {"differences": 1, "scenario_changes": 1}
    assert rows(crossed) == {"together": 6}
    assert rows(missed) == {"missed": len(missed.missed[0].discovery.limits)}


def test_figures_draw_on_a_column(indices, compared, crossed):
    pages = [
        plot_sensitivity(indices, indices.hangs[0]),
        plot_differences(compared),
        plot_interactions(crossed, crossed.together[0]),
    ]
    assert all(
        page.get_figure(root=True).get_size_inches()[0] == pytest.approx(16 / 2.54)
        for page in pages
    )


def test_levels_lie_as_far_apart_as_their_numbers_are():
    """They lay evenly: a curve that flattens between 24 and 40 seemed to do so at once."""
    assert places_of((15, 18, 24, 30, 40)) == [0.0, 0.12, 0.36, 0.6, 1.0]
    assert places_of((7,)) == [0.0]


def test_labels_of_levels_do_not_run_into_each_other():
    labels = ["1 uke", "2 uker", "3 uker", "20 uker"]
    close = places_of((1, 2, 3, 20))
    assert labels_with_room(close, labels, 9.6) == ["1 uke", "", "", "20 uker"]
    assert labels_with_room(places_of((0, 7, 14, 20)), labels, 9.6) == labels
    assert labels_with_room((0.0,), labels[:1], 9.6) == labels[:1]


def test_findings_are_the_same_twice(indices):
    one, two = (write_json(document_of(indices, "en")) for _ in range(2))
    assert one == two


def test_a_share_of_runs_is_never_told_as_all_or_none(missed):
    """0.996 was 100 %: no number of runs can show that."""
    region = missed.missed[0]
    nearly = replace(region, discovery=replace(region.discovery, missed=0.996))
    assert "is missed in >\u00a099\u00a0% of the runs" in missed_in_words(missed, nearly, "en")
    # All 256 points: Wilson's interval begins at 98.5 %.
    every = replace(region, discovery=replace(region.discovery, missed=1.0))
    assert "is missed in >\u00a098\u00a0% of the runs" in missed_in_words(missed, every, "en")


def test_quotation_marks_are_the_languages(compared):
    said = [lead(compared, language)[0] for language in ("nb", "en", "sv")]
    assert "«Førti jobber: av alle»" in said[0]
    assert "'Forty jobs: of all'" in said[1]
    assert "”Førti jobber: av alle”" in said[2]


def test_where_the_page_shows_nothing_the_file_has_nothing(missed):
    """A side of a range that is free is an empty cell, not infinity."""
    table = next(table for table in document_of(missed, "en").tables() if table.name == "missed")
    place = [column.key for column in table.columns].index("low")
    shown = {row.cells[place].value for row in table.rows()}
    assert None in shown
    assert all(value is None or math.isfinite(value) for value in shown)


@pytest.mark.parametrize(
    ("text", "language", "shown"),
    [
        ("1,54324\u00a0%", "nb", "1,54\u00a0%"),
        ("12,345.6 days", "en", "12,346 days"),
        ("30", "en", "30"),
        ("\u22120,864292", "nb", "\u22120,864"),
    ],
)
def test_limits_have_three_digits_that_count(text, language, shown):
    assert round_shown(text, language) == shown


def test_run_ends_with_the_analysis_and_analyse_says_it_again(tmp_path, capsys):
    (tmp_path / "product.yaml").write_text(FLOW, encoding="utf-8")
    file = tmp_path / "study.yaml"
    file.write_text(
        HEAD
        + "scenarios: {a: {}, faster: {like: faster}}\nreplications: 5\nanalysis: {differences: {against: a}}",
        encoding="utf-8",
    )
    out = tmp_path / "run"
    main(["run", str(file), "--out", str(out), "--jobs", "1"])
    assert "Side, figurer og tabeller:" in capsys.readouterr().out
    assert (out / "analysis" / "index.html").is_file()
    main(["analyse", str(out), "--out", str(tmp_path / "again"), "--language", "en"])
    assert "Faster: 'Forty jobs: of all' goes from" in capsys.readouterr().out


FAULTS = [
    (
        "replications: 5\nanalysis: {sobol: true}",
        "analysis.sobol: needs the design 'method: sobol_indices'; found no design",
    ),
    (
        "replications: 5\nanalysis: {elementary_effects: true}",
        "needs the design 'method: elementary_effects'",
    ),
    (
        "replications: 5\nanalysis: {delta: true}",
        "analysis.delta: needs a design that varies its factors together; found no design",
    ),
    (
        f"design: {{method: elementary_effects, points: 99, {OVER}}}\nreplications: 5\nanalysis: {{pawn: true}}",
        "analysis.pawn: needs a design that varies its factors together; found elementary_effects",
    ),
    (
        f"design: {{method: sobol_indices, points: 32, {OVER}}}\nreplications: 5\nanalysis: {{pawn: true}}",
        "needs 100 points that vary all factors together, ten in each of ten classes; found 64",
    ),
    (
        f"design: {{method: sobol_sequence, points: 64, {OVER}}}\nreplications: 5\nanalysis: {{shapley: true}}",
        "analysis.shapley: needs the design 'method: shapley_effects'; found sobol_sequence",
    ),
    (
        f"design: {{method: shapley_effects, points: 29, {OVER}}}\nreplications: 5\nanalysis: {{shapley: true}}",
        "needs 30 walks or more ('points' of the design), or its intervals say nothing; found 29",
    ),
    (
        "replications: 5\nanalysis: {spread: true}",
        "analysis.spread: needs a design, and 2 replications or more",
    ),
    ("replications: 5\nanalysis: {differences: {against: b}}", "the study has no scenario 'b'"),
    (
        "scenarios: {a: {}}\nreplications: 5\nanalysis: {differences: {against: a}}",
        "there is only one scenario",
    ),
    (
        "replications: 5\nanalysis: {discovery: {misses: jobs.al}}",
        "'jobs.al' is no response with a bound; did you mean 'jobs.all'?",
    ),
    (
        f"design: {{method: one_at_a_time, {OVER}}}\nreplications: 5\nanalysis: {{discovery: {{misses: jobs.all}}}}",
        "a design that varies its factors together",
    ),
    (
        f"design: {{method: full_factorial, {OVER}}}\nreplications: 5\nanalysis: {{interactions: [[risks.job.rat, resources.idle.units]]}}",
        "did you mean 'risks.job.rate'?",
    ),
    (
        f"design: {{method: sobol_sequence, points: 4, {OVER}}}\nreplications: 5\nanalysis: {{interactions: [[risks.job.rate, resources.idle.units]]}}",
        "needs the design 'method: full_factorial'",
    ),
    (
        f"design: {{method: sobol_indices, points: 12, {OVER}}}\nreplications: 5",
        "did you mean 8 or 16?",
    ),
    ("replications: 5\nanalysis: {sobbol: true}", "unknown key 'sobbol'; did you mean 'sobol'?"),
]


@pytest.mark.parametrize(("rest", "message"), FAULTS)
def test_what_cannot_be_worked_out_is_refused_with_its_place(tmp_path, rest, message):
    (tmp_path / "product.yaml").write_text(FLOW, encoding="utf-8")
    file = tmp_path / "study.yaml"
    file.write_text(HEAD + rest, encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_study(file)
    assert message in str(caught.value)
    assert "study.yaml:" in str(caught.value)


# Runs in which there is nobody to measure by


STAYS = """
flow: product
title: Product
starts: 2015-01-01
lasts: 31 days
groups: {g: {starts_in: a, stock: 60}}
risks: {job: {to: work, rate: {value: 100 % per month, assumption: guess, label: Speed}}}
stages:
  a: {lasts: {value: 20 days, assumption: guess, label: Stay}, next: {b: 100 %}}
  b: {risks: {job: 1}}
  work: {counts_as: work}
targets:
  jobs: {says: Some jobs, at_least: 20 %, measure: {share: {reached: work, after: b, within: 1 day}, of: {reached: b}}}
"""
BOTH_RANGES = """
responses: {targets: [jobs]}
design: {method: latin_hypercube, points: 200, over: {stages.a.lasts: {low: 5 days, high: 60 days}, risks.job.rate: {low: 100 % per month, high: 1500 % per month}}}
replications: 2
analysis: {discovery: {misses: [jobs]}}
"""


def test_what_does_not_exist_is_no_miss(tmp_path, monkeypatch):
    """A stay that outlasts the run leaves nobody to measure by; a slow way to work is what misses."""
    monkeypatch.setitem(globals(), "FLOW", STAYS)
    monkeypatch.setitem(globals(), "HEAD", "study: product\ntitle: A product\nflow: product.yaml\n")
    studied = run(tmp_path, BOTH_RANGES)
    (region,) = analyse(studied).missed
    stays = studied.layout.numbers[:, list(studied.layout.factors).index("stages.a.lasts")]
    # Who joins `b` on the last day cannot be followed for a day.
    outlasts = stays > 30.0
    assert region.undefined == 2 * outlasts.sum() > 150
    assert region.runs == 400
    assert region.discovery.points == (~outlasts).sum()
    first, *others = region.discovery.limits
    assert first.factor == "risks.job.rate"
    assert first.quasi_p < 1e-4
    assert all(limit.quasi_p > 0.01 for limit in others)
    # 20 % in a day.
    assert first.high == pytest.approx(-math.log(0.8), rel=0.15)
    assert region.discovery.density >= 0.8
    said = missed_in_words(analyse(studied), region, "en")
    assert "there is nobody to measure" in said
    # The control: taken for misses, they are most of all misses.
    values = studied.values("jobs")
    as_misses = np.where(np.isnan(values), 1.0, values < 0.2)
    assert as_misses[outlasts].sum() > 0.5 * as_misses.sum()
    # The table of points keeps the two apart as well.
    points = studied.points
    assert (points["undefined"] == np.where(outlasts, 2, 0)).all()
    assert points["probability"][outlasts].isna().all()
    assert (points["base"][~outlasts] == 60).all()
