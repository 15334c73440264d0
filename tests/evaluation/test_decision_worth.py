"""What it is worth to evaluate first and then decide: closed forms, the test as a rule, pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from pilotsim.base.quantity import read_value
from pilotsim.evaluation.decision_worth import worth_of_evaluating
from pilotsim.evaluation.diagnosis import diagnose
from pilotsim.evaluation.evaluation_file import DecidesPart
from pilotsim.evaluation.run import evaluate
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.pilots import build
from tests.evaluation.test_expected_learning import PARTS
from tests.evaluation.test_trial import believing_flow

DECIDES = {"clients": 300, "lasts": "48 months"}
# An estimate lies within so many of its standard errors but for 1 time in 15,000 (normal).
SURE = 4.0


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    parts = PARTS | {"worth": PARTS["worth"] | {"decides": DECIDES}}
    parts["designs"] = {
        "lottery": PARTS["designs"]["lottery"] | {"cost": {"value": 50000, "assumption": "a"}}
    }
    return evaluate(build(tmp_path_factory.mktemp("e"), believing_flow(), draws=20, **parts))


def believed(evaluated, spread, error, mean, pilots=3000):
    """A normal belief of what a month saved is worth, and an estimate with a normal error.

    Prices are plain, so that a client offered pays minus the effect in units of a krone.
    """
    cell = evaluated.cells[0]
    plain = {"price": read_value(1.0, "real"), "cost": read_value(0.0, "real")}
    decides = DecidesPart.model_validate({"clients": 1, "lasts": "48 months"})
    cell = replace(cell, worth=cell.worth.model_copy(update=plain | {"decides": decides}))
    truth, noise = np.random.default_rng(3).normal(size=(2, pilots))
    truth = -(mean + spread * truth)
    estimate = truth + error * noise
    p = 2.0 * norm.sf(np.abs(estimate) / error)
    trials = evaluated.tried[1].trials
    own = {"truth": truth, "estimate": estimate, "error": np.full(pilots, error), "p": p}
    own |= {"low": estimate - 1.96 * error, "high": estimate + 1.96 * error}
    null = {"null_estimate": error * noise, "null_p": 2.0 * norm.sf(np.abs(noise))}
    trials = replace(trials, **own, **null, spillover=np.zeros(pilots), starts=np.ones(pilots))
    return cell, replace(evaluated.tried[1], trials=trials, diagnosis=diagnose(trials))


def linear_value(mean, spread):
    """Raiffa and Schlaifer (1961), ch. 5A: two options, one of which pays 0."""
    return spread * norm.pdf(mean / spread) + mean * norm.cdf(mean / spread) - max(mean, 0.0)


@pytest.mark.parametrize(("error", "mean"), [(0.5, 0.3), (2.0, 0.3), (1.0, -0.5)])
def test_an_evaluation_is_worth_what_the_closed_form_says(evaluated, error, mean):
    """Belief and error normal: the estimate moves the belief by spread² / sqrt(spread² + error²)."""
    cell, tried = believed(evaluated, 1.0, error, mean)
    found = worth_of_evaluating(cell, [tried])
    own = found.designs[0]
    truth = linear_value(mean, 1.0 / np.hypot(1.0, error))
    assert own.value.value == pytest.approx(truth, abs=SURE * own.value.error)
    most = linear_value(mean, 1.0)
    assert found.at_most.value == pytest.approx(most, abs=SURE * found.at_most.error)
    # A quarter of the 48 months is lost to who waits for the 12 of the answer.
    best = max(0.0, tried.trials.truth.mean() * -1.0)
    assert own.delay == pytest.approx(0.25 * (best + own.value.value))
    assert own.net == pytest.approx(own.value.value - own.delay - 50000.0)


def test_a_test_as_a_rule_is_worth_what_its_power_makes_of_it(evaluated):
    """Starting only if z > 1.96: exact by the same normal laws; it can be worse than choosing now."""
    mean, error = 0.8, 1.0
    cell, tried = believed(evaluated, 1.0, error, mean)
    own = worth_of_evaluating(cell, [tried]).designs[0]
    total = np.hypot(1.0, error)
    z = (norm.ppf(0.975) * error - mean) / total
    truth = mean * norm.sf(z) + norm.pdf(z) / total - mean
    half = own.by_test.half_width / 1.96
    assert own.by_test.mean == pytest.approx(truth, abs=SURE * half)
    assert truth < 0.0 < own.value.low


def test_postponing_loses_nothing_and_no_decision_tells_nothing(evaluated):
    cell, tried = believed(evaluated, 1.0, 1.0, 0.3, pilots=200)
    decides = cell.worth.decides.model_copy(update={"delay": "postpones"})
    later = replace(cell, worth=cell.worth.model_copy(update={"decides": decides}))
    assert worth_of_evaluating(later, [tried]).designs[0].delay == 0.0
    asked_nothing = replace(cell, worth=cell.worth.model_copy(update={"decides": None}))
    assert worth_of_evaluating(asked_nothing, [tried]) is None
    few = replace(tried, trials=replace(tried.trials, truth=np.full(200, np.nan)))
    assert worth_of_evaluating(cell, [few]) is None


def test_an_answer_that_never_comes_is_left_out(evaluated):
    cell, tried = believed(evaluated, 1.0, 1.0, 0.3, pilots=200)
    silent = replace(tried.trials, estimate=np.full(200, np.nan))
    assert worth_of_evaluating(cell, [tried, replace(tried, trials=silent)]).designs[1:] == ()
    half = np.where(np.arange(200) % 2 == 0, tried.trials.estimate, np.nan)
    partly = replace(tried, trials=replace(tried.trials, estimate=half))
    whole, part = (worth_of_evaluating(cell, [one]).designs[0] for one in (tried, partly))
    assert 0.0 <= part.value.value < whole.value.high


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_the_page_says_whether_to_evaluate_first(evaluated, language):
    page = document_of(evaluated, language, with_figures=False)
    section = next(one for one in page.sections if one.name == "decision")
    table = next(one for one in section.blocks if getattr(one, "name", "") == "worth_of_evaluating")
    assert len(list(table.rows())) == 2
    # The file says which design a row is about, as the page does.
    for row in table.rows():
        assert [cell.filed for cell in row.cells[:2]] == [cell.text for cell in row.cells[:2]]
        assert row.cells[0].filed
    assert section.heading in write_markdown(page)
    bare = replace(evaluated.cells[0], worth=None)
    without = document_of(replace(evaluated, cells=(bare,)), language, with_figures=False)
    assert all(one.name != "decision" for one in without.sections)
