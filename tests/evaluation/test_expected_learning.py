"""What a design is expected to add to a belief, and what is believed in kroner, before the data."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import EstimationError
from pilotsim.effects import PriceRange, value_net_of_draws
from pilotsim.evaluation.effect_size import EffectScaleCurve, belief_in_points
from pilotsim.evaluation.expected_learning import expected_net, narrowed_by
from pilotsim.evaluation.run import evaluate
from pilotsim.language.catalogue import say
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.pilots import build
from tests.evaluation.test_trial import believing_flow

PRICE = {"value": 9000, "low": 7000, "high": 11000, "assumption": "a"}
COST = {"value": 4000, "low": 3000, "high": 6000, "assumption": "b"}
PARTS = {
    "effects": {"strength": "strength", "inquiry": "in_work"},
    "bayes": {"above": [0, 5]},
    "per_month": PRICE,
    "worth": {"answer": "months", "cost": COST, "per": "offered"},
    "inquiries": {
        "in_work": {"at": "12 months"},
        "months": {"outcome": "on_assistance", "cumulated": "12 months"},
    },
    "answers": {
        "difference": {"estimator": "difference", "inquiry": "in_work"},
        "months": {"estimator": "difference", "inquiry": "months"},
    },
    "designs": {"lottery": {"lottery": {}, "answers": ["difference", "months"]}},
}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    cells = build(tmp_path_factory.mktemp("e"), believing_flow(), draws=40, **PARTS)
    return evaluate(cells)


def with_trials(tried, truth, error, seed=1):
    """The same design with other truths, each estimated with an error."""
    noise = np.random.default_rng(seed).normal(size=len(truth))
    trials = replace(
        tried.trials,
        truth=truth,
        estimate=truth + error * noise,
        error=np.full(len(truth), error),
    )
    return replace(tried, trials=trials)


def test_a_normal_belief_is_narrowed_as_the_textbook_says(evaluated):
    """Prior and likelihood normal with deviations 3 and 4: the posterior's is 2.4, a fifth less."""
    truth = 3.0 * np.random.default_rng(2).normal(size=600)
    tried = with_trials(evaluated.tried[0], truth, 4.0)
    assert narrowed_by(tried, 0.95) == pytest.approx(1 - 2.4 / 3, abs=0.04)
    assert narrowed_by(with_trials(tried, truth, 400.0), 0.95) == pytest.approx(0.0, abs=0.005)
    assert narrowed_by(with_trials(tried, truth, 0.04), 0.95) > 0.97
    assert math.isnan(narrowed_by(with_trials(tried, truth[:5], 4.0), 0.95))
    assert math.isnan(narrowed_by(with_trials(tried, np.ones(50), 4.0), 0.95))


def test_net_benefit_before_the_data_is_the_mean_over_draws_and_prices(evaluated):
    months = evaluated.tried[1].trials.truth
    net = expected_net(evaluated.cells[0], [*evaluated.tried])
    assert net.mean == pytest.approx(-months.mean() * 9000 - 13000 / 3, abs=30)
    assert net.saved == pytest.approx(-months.mean() * 9000, abs=30)
    sure = PriceRange(9000.0, 9000.0, 9000.0)
    free = PriceRange(0.0, 0.0, 0.0)
    assert value_net_of_draws([-1.0, 2.0, np.nan, -3.0], sure, free).gains == pytest.approx(2 / 3)
    with pytest.raises(EstimationError, match="no draw has an effect"):
        value_net_of_draws([np.nan], sure, free)
    unasked = replace(evaluated.cells[0], worth=None)
    assert expected_net(unasked, [*evaluated.tried]) is None


def test_a_cost_of_each_who_starts_is_that_of_the_share_who_do(evaluated):
    """In each drawn pilot by itself; the old reading, in which everybody costs it, is the control."""
    cell = evaluated.cells[0]
    by_starts = replace(cell, worth=cell.worth.model_copy(update={"per": "started"}))
    trials = evaluated.tried[1].trials
    assert ((trials.starts > 0.0) & (trials.starts <= 1.0)).all()
    trials = replace(trials, starts=np.linspace(0.2, 0.6, len(trials.truth)))
    tried = [replace(evaluated.tried[1], trials=trials)]
    own, old = expected_net(by_starts, tried), expected_net(cell, tried)
    assert own.saved == old.saved
    assert own.saved - own.mean == pytest.approx(0.4 * 13000 / 3, rel=0.01)
    assert old.saved - old.mean == pytest.approx(13000 / 3, rel=0.01)


def test_chances_of_limits_are_those_of_the_belief(evaluated):
    cell = evaluated.cells[0]
    curve = EffectScaleCurve((-1.0, 0.0, 1.0, 2.0), np.array([-4.0, 0.0, 4.0, 8.0]))
    belief = belief_in_points(cell, curve)
    assert belief.above[0] == pytest.approx(1 - belief.below_zero, abs=0.26)
    assert belief.above[1] < belief.above[0]
    assert belief_in_points(replace(cell, above=()), curve).above == ()


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_the_half_page_says_what_is_believed_and_what_is_learned(evaluated, language):
    page = write_markdown(document_of(evaluated, language, with_figures=False))
    assert say("summary_narrows", language) in page
    assert say("belief_chances", language, chances="|").split("|")[0] in page
    assert (
        say(
            "belief_net",
            language,
            **dict.fromkeys(("net", "low", "high", "saved", "level", "gains", "currency"), "|"),
        ).split("|")[0]
        in page
    )
    bare = replace(evaluated.cells[0], above=(), worth=None)
    bare = replace(evaluated, cells=(bare,), beliefs=(None,))
    without = write_markdown(document_of(bare, language, with_figures=False))
    assert say("summary_narrows", language) not in without
