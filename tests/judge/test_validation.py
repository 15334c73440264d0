"""Published figures beside the simulation: tolerances, sums of outputs, several figures, what was fitted."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.scores import scores_of
from pilotsim.judge.validation import HIT, INSIDE, MISSED, validate
from pilotsim.judge.words import UNDEFINED
from pilotsim.model.published import Published
from pilotsim.output.figures.validation import alt_text, plot_validation
from pilotsim.output.labels import format_source
from pilotsim.output.reports import write_report
from pilotsim.output.views import document_of
from pilotsim.output.writers.json import write_json
from pilotsim.output.writers.terminal import terminal_text
from tests.cli.test_cli import run

FLOW = """
flow: small
title: {nb: Liten, en: Small}
starts: 2015-01-01
lasts: 12 months
groups: {g: {starts_in: on, stock: 100}}
risks: {job: {to: work, rate: {value: 5 % per month, low: 3, high: 8, assumption: guess}}}
stages:
  on: {risks: {job: 1}}
  course: {draws_from: on, opens: {on: [2015-02-01], admits: 40}, lasts: 1 month, next: {on: 100 %}}
  work: {counts_as: work}
observed:
  trained: {says: Trained, measure: {count: {reached: course}}, value: 40, tolerance: exact, source: r p. 1, fitted: true}
  work: {says: {nb: I arbeid, en: In work}, measure: {count: {state: work}}, value: 30, tolerance: about, source: r p. 2}
  rest: {says: Not in work, sum: groups.g.stock - simulated.work, value: 12, source: r p. 3}
  ratio: {says: Work per place, sum: simulated.work / simulated.trained, value: 1, tolerance: at_most, source: r p. 4}
  nobody: {says: Divided by nobody, sum: simulated.work / (simulated.trained - 40), value: 1, source: r p. 4}
  budget: {says: Budget, sum: 12442 + 200 + 570 - 50, value: 13162, tolerance: exact, source: r p. 5}
  miscount: {says: Budget, sum: 12442 + 200 + 570, value: 13162, tolerance: exact, source: r p. 5}
  total:
    says: In all
    measure: {count: {origin: stock}}
    figures: [{value: 105, source: r p. 6, tolerance: just_under}, {value: 400, source: r p. 7}]
    contradiction: {nb: Noen telles to ganger, en: Some are counted twice}
"""


OWN_SUM = 'value: 30, tolerance: about, source: "r p. 2: 20 + 10"'
SILENT = (
    FLOW
    + """  months: {says: {nb: Måneder, en: Months on assistance}, measure: {months_in: assistance, of: {origin: stock}}}
"""
)


@pytest.fixture(scope="module")
def found():
    return validate(read_text(FLOW), replications=60, engine="process")


def interval(value, tolerance="rounded"):
    return Published(value=value, source="r", tolerance=tolerance).interval


@pytest.mark.parametrize(
    ("value", "tolerance", "low", "high"),
    [
        (69, "exact", 69, 69),
        (69, "rounded", 68.5, 69.5),
        (15.6, "rounded", 15.55, 15.65),
        ("35 %", "rounded", 0.345, 0.355),
        ("99.1 %", "rounded", 0.9905, 0.9915),
        ("14 days", "rounded", 13.5, 14.5),
        ("6 weeks", "rounded", 5.5 * 7, 6.5 * 7),
        (-116, "rounded", -116.5, -115.5),
        (600, {"rounded_to": 100}, 550, 650),
        ("20 %", {"rounded_to": "5 %"}, 0.175, 0.225),
        (7, {"up_to": 10}, 7, 10),
        (-100, {"up_to": -95}, -100, -95),
        (400, "about", 360, 440),
        (-100, "about", -110, -90),
        (400, "just_over", 400, 440),
        (500, "just_under", 450, 500),
        (400, "at_least", 400, math.inf),
        (400, "at_most", -math.inf, 400),
    ],
)
def test_tolerance_is_this_interval(value, tolerance, low, high):
    assert interval(value, tolerance) == pytest.approx((low, high), abs=1e-6)


@given(st.decimals(min_value=-9999, max_value=9999, places=2))
def test_what_rounds_to_a_figure_lies_within_it(exact):
    rounded = round(float(exact), 1)
    low, high = interval(rounded)
    digits = len(f"{rounded:.12g}".partition(".")[2])
    assert (low <= float(exact) <= high) == (
        abs(float(exact) - rounded) <= 0.5 * 10.0**-digits + 1e-6
    )


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("trained", HIT),
        # 100 clients at 3 to 8 % a month, 5.3 % on average, 40 of them off for a month: about 45 in
        # work, 9 in 10 from 33 to 58.
        ("work", INSIDE),
        ("rest", MISSED),
        ("ratio", INSIDE),
        ("budget", HIT),
        ("miscount", MISSED),
        ("nobody", UNDEFINED),
    ],
)
def test_figure_is_judged_by_mean_and_range(found, output, word):
    assert next(one.judged for one in found.comparisons if one.output == output) == word


def test_sum_of_outputs_is_worked_out_in_each_run(found):
    np.testing.assert_allclose(found.values["rest"], 100 - found.values["work"])
    np.testing.assert_allclose(found.values["ratio"], found.values["work"] / 40)
    assert np.isnan(found.values["nobody"]).all()
    assert next(one.undefined for one in found.comparisons if one.output == "nobody") == 60


def test_values_in_a_sum_stand_as_they_were_drawn():
    flow = FLOW.replace("sum: groups.g.stock - simulated.work", "sum: risks.job.rate * 30.4375")
    values = validate(read_text(flow), replications=40, engine="process").values["rest"]
    assert 0.03 <= values.min() < values.max() <= 0.08
    fixed = validate(read_text(flow), replications=3, fixed=True, engine="process")
    np.testing.assert_allclose(fixed.values["rest"], 0.05)


def test_a_row_with_several_figures_counts_by_the_nearest(found):
    both = [one for one in found.comparisons if one.output == "total"]
    assert [(one.word, one.judged) for one in both] == [(HIT, HIT), (MISSED, HIT)]


def test_figures_that_contradict_each_other_excuse_no_miss():
    flow = read_text(FLOW.replace("{value: 105, source", "{value: 205, source"))
    missed = validate(flow, replications=10, engine="process")
    both = [one for one in missed.comparisons if one.output == "total"]
    assert [(one.word, one.judged) for one in both] == [(MISSED, MISSED)] * 2
    only = validate(
        read_text(FLOW.split("observed:")[0] + "observed:" + total_alone(flow_text=FLOW)),
        replications=3,
    )
    assert not only.falls_short
    alone = FLOW.replace("{value: 105, source", "{value: 205, source")
    control = FLOW.split("observed:")[0] + "observed:" + total_alone(flow_text=alone)
    assert validate(read_text(control), replications=3).falls_short


def total_alone(flow_text):
    """The row of several figures, without any other."""
    return "\n  total:" + flow_text.split("  total:")[1]


def test_rows_are_counted_by_class_of_evidence(found):
    counts = {
        score.kind.name: {grade.name: count for grade, count in score.words.items()}
        for score in scores_of([found.comparisons])
    }
    assert counts == {
        "test": {HIT: 1, INSIDE: 1, MISSED: 1, UNDEFINED: 1},
        "by_construction": {INSIDE: 1},
        "fitted": {HIT: 1},
        "identity": {HIT: 1, MISSED: 1},
    }
    assert found.falls_short


def test_a_class_says_where_it_shows_more_figures_than_rows(found):
    text = " ".join(terminal_text(document_of(found, "nb", with_figures=False), 150).split())
    assert "Ekte prøver: 4, med 5 tall (" in text
    assert "Tilpasset: 1 (" in text


def test_a_figure_worked_out_is_not_shown_as_printed():
    flow = FLOW.replace("value: 30, tolerance: about, source: r p. 2", OWN_SUM)
    shown = terminal_text(
        document_of(validate(read_text(flow), replications=3), "nb", with_figures=False), 170
    )
    rows = [line for line in shown.splitlines() if "utregnet, omtrent" in line]
    assert len(rows) == 1
    assert "I arbeid" in rows[0]


def test_arithmetic_is_written_out(found):
    budget = next(one for one in found.comparisons if one.output == "budget")
    assert budget.by_arithmetic
    assert budget.written == "12442 + 200 + 570 − 50"


def test_figures_alone_do_not_need_a_run():
    head, observed = FLOW.split("observed:")
    budget = next(line for line in observed.splitlines() if "budget" in line)
    only = validate(read_text(f"{head}observed:\n{budget}\n"), replications=5)
    assert not only.falls_short


def test_flow_without_observed_cannot_be_validated():
    with pytest.raises(RequestError, match="says not what was observed"):
        validate(read_text(FLOW.split("observed:")[0]))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (
            "value: 40, tolerance: exact",
            "value: 40 %",
            "observed.trained.value: the measure 'count' is bounded by a number; found 40 %",
        ),
        ("tolerance: about", "tolerance: abut", "did you mean 'about'?"),
        ("tolerance: about", "tolerance: {up_to: 20}", "expected a number above 30"),
        ("tolerance: about", "tolerance: {up_to: 40 %}", "expected the unit of 30; found 40 %"),
        (
            "simulated.work, value: 12",
            "simulated.wrk, value: 12",
            "unknown observed output 'wrk'; did you mean 'work'?",
        ),
        (
            "simulated.work / simulated.trained",
            "simulated.ratio",
            "the sum leads back to itself: simulated.ratio",
        ),
        (", source: r p. 2", "", "says not where the figure was published (source)"),
        (
            "    contradiction: {nb: Noen telles to ganger, en: Some are counted twice}\n",
            "",
            "say why (contradiction)",
        ),
        (
            "source: r p. 1, fitted: true",
            "source: r p. 1, fitted: true, contradiction: x",
            "nothing can be fitted",
        ),
        ("sum: 12442 + 200 + 570 - 50", "sum: 1 / 0", "divides by zero"),
        ("sum: 12442 + 200 + 570 - 50", "sum: nothing.at.all", "unknown kind of name 'nothing'"),
        ("sum: 12442 + 200 + 570 - 50, ", "", "either a measure or a sum"),
    ],
)
def test_fault_of_an_observed_output_is_named(before, after, message):
    assert before in FLOW
    with pytest.raises(FlowError) as caught:
        read_text(FLOW.replace(before, after, 1))
    assert message in str(caught.value)


@pytest.mark.parametrize("language", ["nb", "en"])
def test_screen_names_every_figure(found, language):
    text = terminal_text(document_of(found, language, with_figures=False), 150)
    assert max(len(line) for line in text.splitlines()) <= 150
    for one in found.comparisons:
        assert one.observed.says.in_language(language) in text
        source = format_source(one.published.source, language)
        assert source in text or one.contradiction is None
    tests = {"nb": "Ekte prøver: 4", "en": "True tests: 4"}
    assert tests[language] in text
    assert ("Some are counted twice" if language == "en" else "Noen telles to ganger") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_figure_shows_every_figure_within_its_page(found, language):
    page = plot_validation(found, language=language)
    figure = page.get_figure(root=True)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    shown = [text for text in page.texts if text.get_text()]
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in shown]
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.width and box.y0 >= 0 for box in boxes)
    for one in found.comparisons:
        if not math.isnan(one.expected):
            assert one.observed.says.in_language(language) in alt_text(found, language)


def test_report_is_complete_in_both_languages(found, tmp_path):
    for language in LANGUAGES:
        files = write_report(
            found, tmp_path / language, language, command="pilotsim validate small.yaml"
        )
        assert sorted(file.name for file in files) == sorted(
            file.name for file in (tmp_path / language).iterdir()
        )
        page = (tmp_path / language / "index.html").read_text()
        assert "pilotsim validate small.yaml" in page
        # The page of a document is named in the reader's language.
        assert {"nb": "r s. 7", "en": "r p. 7", "sv": "r s. 7"}[language] in page
    assert (tmp_path / "nb" / "validation.csv").read_text("utf-8-sig").count("\n") == 1 + len(
        found.comparisons
    )


def test_json_holds_every_run(found):
    plain = json.loads(write_json(document_of(found, "nb", with_figures=False)))
    assert len(plain["comparisons"]) == len(found.comparisons)
    assert len(plain["values"]["work"]) == 60
    assert plain["values"]["nobody"] == [None] * 60


def test_command_ends_with_3_only_where_asked_to_be_strict(tmp_path):
    file = tmp_path / "small.yaml"
    file.write_text(FLOW, encoding="utf-8")
    arguments = ("validate", file, "-n", "5", "--engine", "process", "--language", "en", "-j", "1")
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert "True tests: 4" in done.stdout
    assert run(*arguments, "--strict").returncode == 3


def test_what_was_not_published_is_shown_and_held_to_nothing(tmp_path, found):
    silent = validate(read_text(SILENT), replications=20, engine="process")
    assert [one.output for one in silent.blanks] == ["months"]
    assert silent.blanks[0].low <= silent.blanks[0].expected <= silent.blanks[0].high
    assert [one.output for one in silent.comparisons] == [one.output for one in found.comparisons]
    assert found.blanks == ()
    assert "Months on assistance" in terminal_text(document_of(silent, "en", with_figures=False))
    page = write_report(silent, tmp_path / "out", "nb")[0].read_text(encoding="utf-8")
    assert "Ikke publisert" in page


@pytest.mark.parametrize(
    "extra", ["source: r p. 1", "tolerance: exact", "fitted: true", "contradiction: None can"]
)
def test_nothing_can_be_said_of_a_figure_that_was_not_published(extra):
    with pytest.raises(FlowError, match="expected the published figure"):
        read_text(SILENT.replace("of: {origin: stock}}}", f"of: {{origin: stock}}}}, {extra}}}"))
