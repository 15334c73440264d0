"""A plan's answer in kroner: from months saved, a price and a cost, each with its range."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.effects import PriceRange, value_net
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.plan_worth import worth_of
from pilotsim.evaluation.preanalysis_plan import write_plan
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse, read_file
from pilotsim.language.catalogue import say
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.fifteen_districts import districts_panel, plan_of
from tests.evaluation.pilots import build

PRICE = {"value": 9000, "low": 7000, "high": 11000, "assumption": "a"}
COST = {"value": 4000, "low": 3000, "high": 6000, "assumption": "b"}
ANSWER = {"months": {"estimator": "difference", "inquiry": "months"}}
MONTHS = {"months": {"outcome": "on_assistance", "cumulated": "12 months"}}


def shown(worth, effect=0.2, inquiries=MONTHS):
    """A lottery between two like halves, of which one has 20 points more in work each month."""
    panel = districts_panel(1, effect, districts=2, treated=1, clients=600)
    assigned = (panel.district == 0).astype(float)
    # Clients were drawn, in one district.
    one = {"district": np.zeros_like(panel.district), "districts": ("one",)}
    panel = replace(panel, traits={"assigned": assigned}, **one)
    return analyse(panel, plan_of(ANSWER, inquiries, rule={"lottery": {}}, worth=worth))


def test_months_saved_are_told_in_kroner_less_the_cost():
    found = shown({"answer": "months", "price": PRICE, "cost": COST})
    effect = found.findings[0].effect
    own = worth_of(found)
    assert own.net == value_net(
        effect, PriceRange(9000.0, 7000.0, 11000.0), PriceRange(4000.0, 3000.0, 6000.0)
    )
    # The triangles' means.
    expected = -effect.estimate * 9000 - 13000 / 3
    assert own.net.mean == pytest.approx(expected, abs=60)
    assert own.net.low < own.net.mean < own.net.high
    without = shown(None)
    assert worth_of(without) is None


@pytest.mark.parametrize("language", ["nb", "en", "sv"])
def test_the_page_tells_it_in_hundreds(language):
    page = write_markdown(
        document_of(shown({"answer": "months", "price": PRICE, "cost": COST}), language)
    )
    assert say("worth_title", language) in page
    assert say("worth_gains", language) in page


def test_an_amount_is_in_kroner_already():
    amounts = {"months": {"outcome": "amount", "cumulated": "12 months"}}
    found = shown({"answer": "months", "cost": COST}, inquiries=amounts)
    own = worth_of(found)
    assert own.net.saved == pytest.approx(-found.findings[0].effect.estimate, rel=0.01)


def test_what_has_no_price_is_refused():
    with pytest.raises(FlowError, match="must ask for the sum"):
        plan_of(ANSWER, MONTHS, rule={"lottery": {}}, worth={"answer": "months", "cost": COST})
    with pytest.raises(FlowError, match="no answer 'month'; did you mean 'months'"):
        plan_of(
            ANSWER,
            MONTHS,
            rule={"lottery": {}},
            worth={"answer": "month", "price": PRICE, "cost": COST},
        )


def test_the_plan_takes_the_price_of_the_evaluation(tmp_path):
    build(
        tmp_path,
        begins="2015-01-01",
        per_month=PRICE,
        inquiries=MONTHS,
        answers=ANSWER,
        designs={"lottery": {"lottery": {}, "answers": "months"}},
        worth={"answer": "months", "cost": COST},
    )
    file = tmp_path / "evaluation.yaml"
    document = parse(read_file(file), str(file))
    text = write_plan(document, build_record(document, EvaluationFile), "lottery")
    assert json.loads(text)["worth"] == {"price": PRICE, "answer": "months", "cost": COST}
