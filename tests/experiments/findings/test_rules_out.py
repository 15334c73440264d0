"""Surrogates and history matching asked for in a study's file: the numbers of Python, in words, tables and figures."""

from __future__ import annotations

import csv
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.experiments.findings import history_matching
from pilotsim.experiments.findings.find import analyse
from pilotsim.experiments.findings.surrogate import IMPLAUSIBLE, fitted
from pilotsim.experiments.study import read_study, run_study
from pilotsim.experiments.study.execute import ExecutionOptions, Shard, merge_runs
from pilotsim.output.sentences.findings import lead
from pilotsim.output.views import document_of
from pilotsim.output.writers.folder import write_folder
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.terminal import terminal_text
from pilotsim.runs import Local
from tests.experiments.findings.test_findings import FLOW, OVER, STAYS
from tests.experiments.findings.test_surrogate import NAMES, curve
from tests.experiments.sensitivity.test_sobol import uniforms

OBSERVED = """
observed:
  reached: {says: Reached the course, measure: {share: {reached: course}, of: {groups: g}}, value: 35 %, tolerance: {within: 2 %}, source: A report}
  bound: {says: The same, measure: {share: {reached: course}, of: {groups: g}}, value: 35 %, tolerance: at_least, source: A report}
  blank: {says: The same, measure: {share: {reached: course}, of: {groups: g}}}
"""
HEAD = """
study: product
title: {nb: Et produkt, en: A product}
flow: product.yaml
responses:
  targets: [jobs]
  measures:
    course: {says: {nb: På kurs, en: On the course}, measure: {share: {reached: course}, of: {groups: g}}}
    everybody: {says: {nb: Alle, en: Everybody}, measure: {count: {reached: first}}}
"""
SHARE, SPEED, IDLE = "stages.first.next.course", "risks.job.rate", "resources.idle.units"
MONTH = 365.25 / 12
# Where the figures come from: half a year at 20 % a month, 35 % of 200 on the course.
P, R = 0.35, 0.2
JOBS = 200 * P * (1 - math.exp(-6 * R))


def written(folder, rest):
    (folder / "product.yaml").write_text(FLOW + OBSERVED, encoding="utf-8")
    file = folder / "study.yaml"
    file.write_text(HEAD + rest, encoding="utf-8")
    return file


def ran(folder, rest, name="run", **options):
    options = {"workers": Local(1), **options}
    return run_study(read_study(written(folder, rest)), folder / name, ExecutionOptions(**options))


def asked(figures, points=100, replications=6, more=""):
    design = f"design: {{method: latin_hypercube, points: {points}, {OVER}}}\nreplications: {replications}\n"
    held = f"  rules_out: {{figures: {{{figures}}}}}\n" if figures else ""
    return f"{design}analysis:\n  surrogate: true\n{held}{more}"


PLANTED = f"jobs.all: {{value: {JOBS:.1f}, error: 3, source: Somebody}}, course: {{published: reached}}, everybody: {{value: 200, error: 0}}"


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A study held against figures of a point that is known."""
    return ran(tmp_path_factory.mktemp("planted"), asked(PLANTED))


@pytest.fixture(scope="module")
def found(planted):
    return analyse(planted)


def test_the_file_and_python_give_the_same_numbers(planted, found):
    for one in found.surrogates:
        if one.refused is None:
            own = planted.surrogate(one.response)
            assert (one.explained, one.half_width, one.error, one.chance) == (
                own.explained,
                own.half_width,
                own.error,
                own.chance,
            )
            assert [point.told for point in one.points] == own.told.tolist()
            assert [point.simulated for point in one.points] == own.simulated.tolist()
    # A number that may lie anywhere within 2 points: the deviation of a uniform distribution.
    ours = found.ruled_out
    figures = {one.response: (one.figure.value, one.figure.error) for one in ours.figures}
    assert figures["jobs.all"] == (round(JOBS, 1), 3.0)
    assert figures["course"] == pytest.approx((0.35, 0.04 / math.sqrt(12)), rel=1e-6)
    again = planted.rules_out(figures)
    assert (again.points, again.remaining) == (ours.points, ours.remaining)
    assert again.ranges == ours.ranges
    for one, other in zip(again.figures, ours.figures, strict=True):
        assert (one.alone, one.only) == (other.alone, other.only)


def test_what_is_ruled_out_is_what_other_points_say(planted, found):
    """The share at points of chance, by the implausibility of each surrogate."""
    ours = found.ruled_out
    jobs, course = planted.surrogate("jobs.all"), planted.surrogate("course")
    unit = uniforms(3, 4000, 3)
    points = np.array([jobs.low, jobs.high])
    space = points[0] + unit * (points[1] - points[0])
    space[:, 2] = np.floor(2 + unit[:, 2] * 8)
    out = np.column_stack(
        [
            jobs.implausibility(space, round(JOBS, 1), 3.0) > IMPLAUSIBLE,
            course.implausibility(space, 0.35, 0.04 / math.sqrt(12)) > IMPLAUSIBLE,
        ]
    )
    # 4 000 points: three standard errors are 0.024.
    assert ours.share == pytest.approx(out.any(axis=1).mean(), abs=0.03)
    alone = {one.response: one.alone for one in ours.figures}
    assert alone["jobs.all"] == pytest.approx(out[:, 0].mean(), abs=0.03)
    assert alone["course"] == pytest.approx(out[:, 1].mean(), abs=0.03)
    # What either rules out is what both do together, less what only one of them does.
    only = sum(one.only for one in ours.figures)
    assert only <= ours.share <= sum(alone.values())


def test_the_planted_point_is_kept_and_a_wrong_region_is_ruled_out(planted, found):
    truth = {SHARE: P, SPEED: R / MONTH, IDLE: 5.0}
    for one in found.ruled_out.figures:
        figure = one.figure
        far = planted.surrogate(one.response).implausibility(truth, figure.value, figure.error)
        assert far[0] <= IMPLAUSIBLE
    share, speed, idle = found.ruled_out.ranges
    assert share.remaining_low < P < share.remaining_high
    assert speed.remaining_low < R / MONTH < speed.remaining_high
    # Four standard deviations of the share of 200 on the course reach 13.5 points from 35 %.
    assert share.remaining_high < 0.55
    assert [part.kept for part in share.parts if part.low > 0.6] == [0.0] * 6
    assert all(part.least > IMPLAUSIBLE for part in share.parts if part.low > 0.6)
    # What does nothing keeps its range: whole numbers, each with as much left.
    assert (idle.remaining_low, idle.remaining_high) == (2, 9)
    kept = [part.kept for part in idle.parts]
    assert len(kept) == 8
    assert max(kept) - min(kept) < 0.06


def test_figures_without_precision_rule_out_nothing(planted, found):
    """The control: the same figures, with errors as wide as the ranges."""
    loose = planted.rules_out({"jobs.all": (JOBS, 200.0), "course": (P, 1.0)})
    assert loose.share == 0.0
    told = replace(found, ruled_out=loose)
    assert "all 16,384 points that were looked at fit it" in lead(told, "en")[0]
    assert "ruled_out" not in {figure.name for figure in document_of(told, "en").figures()}
    assert all(one.remaining_low == one.low for one in loose.ranges)


def test_the_true_point_is_ruled_out_as_seldom_as_is_said():
    """Of 60 studies of 5 replications and 40 figures of each: at most 4 % (Student's t), and 2 % for chance in 60 studies.

    Replications are off together at all points, as clients that are the same make them, so chance
    is known from 5 numbers. The controls: without the chance of the figure's own world, and with
    2 replications that nobody refuses, more are ruled out.
    """
    truth = np.array([[0.5, 0.5]])
    out, without, seldom = [], [], []
    for seed in range(60):
        x = uniforms(seed, 40, 2)
        shared = 0.5 * ndtri(uniforms(seed, 5, 1, "shared"))[:, 0]
        y = curve(x)[:, None] + shared + 0.05 * ndtri(uniforms(seed, 40, 5, "own"))
        one = fitted("y", "plan", NAMES, x, y, seed)
        draws = ndtri(uniforms(seed, 40, 2, "observed"))
        figures = curve(truth)[0] + 0.5 * draws[:, 0] + 0.1 * draws[:, 1]
        far = np.array([one.implausibility(truth, figure, 0.1)[0] for figure in figures])
        out.append((far > IMPLAUSIBLE).mean())
        apart = np.abs(one.at(truth).value[0] - figures)
        without.append((apart / math.hypot(one.error, 0.1) > IMPLAUSIBLE).mean())
        few = fitted("y", "plan", NAMES, x, y[:, :2], seed)
        apart = np.abs(few.at(truth).value[0] - figures)
        whole = math.sqrt(few.error**2 + 1.5 * few.chance**2 + 0.1**2)
        seldom.append((apart / whole > IMPLAUSIBLE).mean())
    assert np.mean(out) <= 0.06
    assert np.mean(without) > 0.3
    assert np.mean(seldom) > 0.1


def test_other_findings_stand_where_a_surrogate_is_refused(found):
    """Everybody is in every run: nothing to be told, and the figure of it rules out nothing."""
    jobs, course, everybody = found.surrogates
    assert jobs.refused is None
    assert course.explained > 0.9
    assert "'everybody' hangs on the factors in no way" in everybody.refused
    assert found.ruled_out.unused == ("everybody",)
    assert 0.0 < found.ruled_out.share < 1.0
    told = " ".join(lead(found, "en"))
    assert "There is no surrogate of 'Everybody'" in told
    assert "The observed figure of 'Everybody' rules out nothing" in told
    assert "that of 'On the course' rules out most" in told


def test_figures_that_contradict_everything_leave_nothing(planted, monkeypatch):
    """190 jobs of 200 when hardly more than 140 can be: no range remains, and it is said."""
    monkeypatch.setattr(history_matching, "MOST_POINTS", 2 * history_matching.POINTS)
    found = replace(analyse(planted), ruled_out=planted.rules_out({"jobs.all": (190.0, 1.0)}))
    assert found.ruled_out.remaining == 0
    # Twice as many are looked at before it is said.
    assert found.ruled_out.points == 2 * history_matching.POINTS
    assert math.isnan(found.ruled_out.ranges[0].remaining_low)
    assert lead(found, "en")[0].startswith("No point of the ranges fits what was observed")
    names = {table.name for table in document_of(found, "en").tables()}
    assert "remaining" not in names
    assert {"observed_figures", "implausibility"} <= names


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_tables_and_figures_are_there_in_each_language(found, language, tmp_path):
    document = document_of(found, language)
    write_folder(document, tmp_path)
    names = {file.name for file in tmp_path.iterdir()}
    tables = ("remaining", "observed_figures", "implausibility", "surrogates", "surrogate_points")
    assert {f"{name}.csv" for name in tables} <= names
    assert {"ruled_out.png", "surrogate-1.svg", "surrogate-2.png"} <= names
    assert "surrogate-3.png" not in names
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    shown = " ".join(terminal_text(document).split())
    for sentence in lead(found, language)[:2]:
        assert sentence.split("«")[0].split("'")[0].split("”")[0].strip() in page
        assert " ".join(sentence.split()) in shown


def test_tables_hold_the_numbers_in_the_units_of_the_file(found, tmp_path):
    write_folder(document_of(found, "en"), tmp_path)

    def rows(name):
        with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig") as file:
            return list(csv.DictReader(file))

    share, speed, idle = rows("remaining")
    assert [row["Unit"] for row in (share, speed, idle)] == ["%", "% per month", ""]
    assert float(share["Range, lower"]) == pytest.approx(20, abs=1)
    assert float(speed["Range, upper"]) == pytest.approx(45, abs=1)
    assert float(share["What remains, lower"]) < 35 < float(share["What remains, upper"])
    course, jobs = rows("observed_figures")
    assert (course["Observed"], course["Source"]) == ("35", "A report")
    assert float(course["Its standard error"]) == pytest.approx(
        100 * 0.04 / math.sqrt(12), rel=1e-3
    )
    assert jobs["Source"] == "Somebody"
    points = rows("surrogate_points")
    assert len(points) == 200
    content = json.loads((tmp_path / "findings.json").read_text(encoding="utf-8"))
    assert content["ruled_out"]["remaining"] == found.ruled_out.remaining
    assert set(content["surrogates"][2]["refused"]) == set(LANGUAGES)


def test_a_figure_is_given_by_its_interval_as_well(tmp_path):
    """Half a 95 % interval is 1.96 standard errors; and it is looked at in the scenario that is named."""
    half = 1.959964 * 3
    more = "scenarios: {a: {}, fewer: {set: {groups.g.stock: 100}}}\n"
    rest = asked(
        "",
        points=50,
        replications=5,
        more=f"  rules_out: {{scenario: fewer, figures: {{jobs.all: {{low: {30 - half}, high: {30 + half}}}}}}}\n",
    )
    studied = ran(tmp_path, more + rest.replace("surrogate: true", "surrogate: course"))
    found = analyse(studied)
    (one,) = found.ruled_out.figures
    assert one.figure.value == pytest.approx(30)
    assert one.figure.error == pytest.approx(3, rel=1e-6)
    assert found.ruled_out.scenario == "fewer"
    again = studied.rules_out({"jobs.all": (30.0, 3.0)}, "fewer")
    assert again.share == pytest.approx(found.ruled_out.share, abs=1e-3)
    # What a figure is held against is told of, beside what was asked for.
    told = [(one.response, one.scenario) for one in found.surrogates]
    assert told == [("jobs.all", "fewer"), ("course", "a"), ("course", "fewer")]


def test_points_that_were_run_more_often_leave_out_none(tmp_path):
    """All points count with the replications that all have; the few with the most were too few."""
    until = "{at_least: 6, at_most: 40, until: {jobs.all: {mean: 3}}}"
    studied = ran(tmp_path, asked("", points=60, replications=until))
    counts = studied.points["replications"]
    assert 6 <= counts.min() < counts.max()
    one = studied.surrogate("jobs.all")
    least = counts.min()
    assert (one.points, one.replications) == (60, least)
    means = studied.values("jobs.all")[:, :least].mean(axis=1)
    assert one.simulated.tolist() == means.tolist()


WAITS = """
study: product
title: A product
flow: product.yaml
responses: {targets: [jobs]}
design: {method: latin_hypercube, points: 100, over: {stages.a.lasts: {low: 5 days, high: 60 days}, risks.job.rate: {low: 100 % per month, high: 1500 % per month}}}
replications: 5
analysis: {surrogate: jobs, rules_out: {figures: {jobs: {value: 30 %, error: 1 %}}}}
"""


def test_points_without_a_value_are_left_out_counted_and_told_of(tmp_path):
    """Of stays of more than 30 days nobody can be followed for a day: 55 points of 100."""
    (tmp_path / "product.yaml").write_text(STAYS, encoding="utf-8")
    (tmp_path / "study.yaml").write_text(WAITS, encoding="utf-8")
    studied = run_study(read_study(tmp_path / "study.yaml"), tmp_path / "run", jobs=1)
    found = analyse(studied)
    stays = studied.layout.numbers[:, list(studied.layout.factors).index("stages.a.lasts")]
    (one,) = found.surrogates
    assert {point.point for point in one.points} == set(np.flatnonzero(stays <= 30.0).tolist())
    assert one.unknown == (stays > 30.0).sum() > 50
    assert f"At {one.unknown} points more it has no known value" in " ".join(lead(found, "en"))
    # The space is where something is known.
    ranges = {remaining.factor: remaining for remaining in found.ruled_out.ranges}
    assert ranges["stages.a.lasts"].high <= 30.0


def test_a_value_that_is_only_the_least_is_none(planted, monkeypatch):
    """The control: without that all 100 points have one."""
    assert planted.surrogate("jobs.all").points == 100
    beyond = planted.beyond("jobs.all")
    beyond[:7, 2] = math.inf
    monkeypatch.setattr(planted, "beyond", lambda *_: beyond)
    one = planted.surrogate("jobs.all")
    assert one.numbers.tolist() == list(range(7, 100))


def test_a_factor_of_one_value_keeps_all_of_it():
    column, kept = np.full(4, 3.0), np.array([True, False, True, False])
    one = history_matching._remaining("a", column, kept, np.array([1.0, 4.0, 2.0, 5.0]))
    assert one.width == 1.0
    assert one.parts == (history_matching.RangePart(3.0, 3.0, 0.5, 1.0),)
    none = history_matching._remaining("a", column, ~kept & kept, np.full(4, 9.0))
    assert math.isnan(none.width)


def test_workers_and_parts_come_to_the_same_bits(tmp_path, planted, found):
    whole = write_json(document_of(found, "en"))
    rest = asked(PLANTED)
    for number in (1, 2):
        ran(tmp_path, rest, name=f"part{number}", shard=Shard(number, 2))
    merge_runs(tmp_path / "merged", [tmp_path / "part1", tmp_path / "part2"])
    merged = analyse(run_study(read_study(tmp_path / "study.yaml"), tmp_path / "merged"))
    # The study stands in another folder here.
    assert write_json(document_of(replace(merged, file=found.file), "en")) == whole


def test_what_is_asked_of_finished_runs_may_change(tmp_path):
    """Figures are no part of what was run: nothing is run again, and the new ones are used."""
    rest = asked("jobs.all: {value: 40, error: 1}", points=50, replications=5)
    before = ran(tmp_path, rest)
    again = ran(tmp_path, rest.replace("value: 40", "value: 60"))
    assert analyse(again).ruled_out.figures[0].figure.value == 60
    np.testing.assert_array_equal(before.values("jobs.all"), again.values("jobs.all"))


def test_published_outputs_are_measured_by_name(tmp_path, planted, found):
    """Under their own name they are what a measure written anew is, and so is what they rule out."""
    rest = asked("course: {published: reached}, reached: published")
    measured = HEAD.replace("  targets: [jobs]\n", "  targets: [jobs]\n  observed: reached\n")
    file = written(tmp_path, rest)
    file.write_text(measured + rest, encoding="utf-8")
    studied = run_study(read_study(file), tmp_path / "run", jobs=1)
    names = [response.name for response in studied.layout.responses]
    assert names == ["jobs.all", "reached", "course", "everybody"]
    np.testing.assert_array_equal(studied.values("reached"), studied.values("course"))
    one, two = analyse(studied).ruled_out.figures
    assert {one.response, two.response} == {"reached", "course"}
    assert one.figure == two.figure
    assert one.alone == two.alone
    assert one.only == two.only == 0.0
    assert analyse(studied).responses["reached"].says.in_language("en") == "Reached the course"


@pytest.mark.parametrize(
    ("observed", "message"),
    [
        (
            "[reachd]",
            "responses.observed.0: the flow has no observed output 'reachd'; did you mean 'reached'?",
        ),
        ("[added]", "responses.observed.0: 'added' is a sum; there is nothing to measure in a run"),
    ],
)
def test_what_is_no_measured_output_is_refused(tmp_path, observed, message):
    file = written(tmp_path, "replications: 1\n")
    flow = tmp_path / "product.yaml"
    summed = "  added: {says: Added up, sum: 1 + 1}\n"
    flow.write_text(flow.read_text(encoding="utf-8") + summed, encoding="utf-8")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("  targets: [jobs]", f"  observed: {observed}"), encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        read_study(file)
    assert message in str(caught.value)


def test_all_published_outputs_are_those_that_are_measured(tmp_path):
    file = written(tmp_path, "replications: 1\n")
    text = file.read_text(encoding="utf-8").replace("  targets: [jobs]", "  observed: all")
    file.write_text(text, encoding="utf-8")
    names = [response.name for response in read_study(file).responses]
    assert names == ["reached", "bound", "blank", "course", "everybody"]
    (tmp_path / "product.yaml").write_text(FLOW, encoding="utf-8")
    with pytest.raises(FlowError, match="the flow has no observed outputs; write 'measures'"):
        read_study(file)


def one_figure(figure):
    return asked(f"course: {figure}", points=40, replications=5)


FAULTS = [
    (
        asked("", points=39),
        "analysis.surrogate: a surrogate of 3 factors needs 40 points that vary all factors together; found 39",
    ),
    (
        f"design: {{method: one_at_a_time, {OVER}}}\nreplications: 5\nanalysis: {{surrogate: true}}",
        "analysis.surrogate: needs a design that varies its factors together; found one_at_a_time",
    ),
    (
        "replications: 5\nanalysis: {rules_out: {figures: {jobs.all: {value: 4, error: 1}}}}",
        "analysis.rules_out: needs a design that varies its factors together; found no design",
    ),
    (
        asked("", points=40).replace("surrogate: true", "surrogate: [job.all]"),
        "analysis.surrogate.0: the study has no response 'job.all'; did you mean 'jobs.all'?",
    ),
    (
        asked("course: {value: 35 %, error: 1 %}", points=40, replications=4),
        "analysis.rules_out: needs 5 replications or more",
    ),
    (
        "scenarios: {a: {}, b: {}}\n" + one_figure("{value: 35 %, error: 1 %}"),
        "says not in which scenario the figures were observed; add 'scenario', one of a, b",
    ),
    (
        asked(
            "",
            points=40,
            replications=5,
            more="  rules_out: {scenario: as_writen, figures: {course: {published: reached}}}",
        ),
        "analysis.rules_out.scenario: the study has no scenario 'as_writen'; did you mean 'as_written'?",
    ),
    (
        asked("cours: {value: 35 %, error: 1 %}", points=40, replications=5),
        "analysis.rules_out.figures.cours: the study has no response 'cours'; did you mean 'course'?",
    ),
    (
        one_figure("{value: 0.35, error: 1 %}"),
        "course.value: the measure 'share' is given as a share such as '40 %'; found 0.35; did you mean '35 %'?",
    ),
    (
        one_figure("{value: 35 %, error: 1}"),
        "analysis.rules_out.figures.course.error: the measure 'share' is given as",
    ),
    (one_figure("{value: 35 %, error: -1 %}"), "error"),
    (
        one_figure("{value: 35 %}"),
        "a figure is given by value and error, by low and high, or by published",
    ),
    (one_figure("{low: 35 %, high: 30 %}"), "expected a number above 35 %"),
    (
        one_figure("{published: reched}"),
        "the flow has no observed output 'reched'; did you mean 'reached'?",
    ),
    (one_figure("{published: bound}"), "the figure of 'bound' is only a bound"),
    (one_figure("{published: blank}"), "'blank' has no figure that could rule out anything"),
    (
        asked("jobs.all: {published: reached}", points=40, replications=5),
        "'jobs.all' does not measure what was published as 'reached'",
    ),
    (
        asked("", points=40, more="  rules_out: {figures: {}}"),
        "expected one or more figures, by response",
    ),
]


@pytest.mark.parametrize(("rest", "message"), FAULTS)
def test_what_cannot_be_told_or_ruled_out_is_refused_with_its_place(tmp_path, rest, message):
    with pytest.raises(FlowError) as caught:
        read_study(written(tmp_path, rest))
    assert message in str(caught.value)
    assert "study.yaml:" in str(caught.value)


def test_python_refuses_what_the_file_does(planted):
    with pytest.raises(RequestError, match="expected one or more figures"):
        planted.rules_out({})
    with pytest.raises(RequestError, match=r"no 'job.all'; did you mean 'jobs.all'"):
        planted.rules_out({"job.all": (1.0, 1.0)})
    with pytest.raises(RequestError, match="in no way that a surrogate could tell"):
        planted.rules_out({"everybody": (1.0, 1.0)})


@pytest.mark.parametrize(
    "figure",
    [
        (math.nan, 1.0),
        (30.0, math.nan),
        (30.0, math.inf),
        (30.0, -5.0),
        (True, 1.0),
        ([1], 1),
        (None, 1),
        (30.0,),
        None,
        3,
        "30",
    ],
)
def test_a_figure_is_two_finite_numbers_in_python_too(planted, figure):
    with pytest.raises(RequestError, match=r"figures\['jobs.all'\]: expected a figure and its"):
        planted.rules_out({"jobs.all": figure}, "as_written")
    if isinstance(figure, tuple) and len(figure) == 2:
        point = planted.layout.numbers[:1]
        with pytest.raises(RequestError, match=r"observed, error: expected|expected a number"):
            planted.surrogate("jobs.all", "as_written").implausibility(point, *figure)


@pytest.mark.parametrize("figures", [None, 3, "x", []])
def test_figures_are_by_response(planted, figures):
    with pytest.raises(RequestError, match="figures: expected a dict"):
        planted.rules_out(figures, "as_written")


@pytest.mark.parametrize("scenario", ["", "nope", [], 3])
def test_a_scenario_is_one_of_the_study(planted, scenario):
    with pytest.raises(RequestError, match=r"the study has no|scenario: exp"):
        planted.surrogate("jobs.all", scenario)


@pytest.mark.parametrize("points", ["py.py", None, [], [["a", "b"]], object(), {"x": 1}])
def test_points_are_numbers(planted, points):
    with pytest.raises(RequestError):
        planted.surrogate("jobs.all", "as_written").at(points)
