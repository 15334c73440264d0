"""A plan's answer in kroner: from months saved, a price and a cost, each with its range."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.effects import Effect, PriceRange, StartShare, value_net
from pilotsim.evaluation.evaluation_file import EvaluationFile
from pilotsim.evaluation.plan_worth import worth_of
from pilotsim.evaluation.preanalysis_plan import write_plan
from pilotsim.evaluation.register.panel import ASSISTANCE, WORK
from pilotsim.evaluation.register_analysis import analyse
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import parse, read_file
from pilotsim.language.catalogue import say
from pilotsim.output.views import document_of
from pilotsim.output.writers.markdown import write_markdown
from tests.evaluation.fifteen_districts import BEFORE, districts_panel, plan_of
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
    found = shown({"answer": "months", "price": PRICE, "cost": COST, "per": "offered"})
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
        document_of(
            shown({"answer": "months", "price": PRICE, "cost": COST, "per": "offered"}), language
        )
    )
    assert say("worth_title", language) in page
    assert say("worth_gains", language) in page


def test_an_amount_is_in_kroner_already():
    amounts = {"months": {"outcome": "amount", "cumulated": "12 months"}}
    found = shown({"answer": "months", "cost": COST, "per": "offered"}, inquiries=amounts)
    own = worth_of(found)
    assert own.net.saved == pytest.approx(-found.findings[0].effect.estimate, rel=0.01)


def test_what_has_no_price_is_refused():
    with pytest.raises(FlowError, match="must ask for the sum"):
        plan_of(
            ANSWER,
            MONTHS,
            rule={"lottery": {}},
            worth={"answer": "months", "cost": COST, "per": "offered"},
        )
    with pytest.raises(FlowError, match="no answer 'month'; did you mean 'months'"):
        plan_of(
            ANSWER,
            MONTHS,
            rule={"lottery": {}},
            worth={"answer": "month", "price": PRICE, "cost": COST, "per": "offered"},
        )


def test_the_plan_takes_the_price_of_the_evaluation(tmp_path):
    build(
        tmp_path,
        begins="2015-01-01",
        per_month=PRICE,
        inquiries=MONTHS,
        answers=ANSWER,
        designs={"lottery": {"lottery": {}, "answers": "months"}},
        worth={"answer": "months", "cost": COST, "per": "offered"},
    )
    file = tmp_path / "evaluation.yaml"
    document = parse(read_file(file), str(file))
    text = write_plan(document, build_record(document, EvaluationFile), "lottery")
    assert json.loads(text)["worth"] == {
        "price": PRICE,
        "answer": "months",
        "cost": COST,
        "per": "offered",
    }


# Who starts: 40 % of those drawn. The cost of each who starts is then 40 % for each drawn.
SHARE = 0.4
PER_STARTED = {"answer": "months", "price": PRICE, "cost": COST, "per": "started"}


def started_panel(share=SHARE, others=0.0, effect=0.3, clients=1000):
    """Clients drawn in halves; of the drawn a share start, and the effect is on them alone."""
    panel = districts_panel(3, districts=2, treated=1, clients=clients)
    assigned = (panel.district == 0).astype(float)
    place = np.arange(len(assigned)) % clients
    starts = place < np.where(assigned == 1.0, share, others) * clients
    luck = np.random.default_rng(5).uniform(size=panel.in_work.shape)
    after = np.arange(len(panel.months)) >= BEFORE
    in_work = (luck < 0.3 + effect * starts[:, None] * after).astype(float)
    return replace(
        panel,
        in_work=in_work,
        on_assistance=1.0 - in_work,
        status=np.where(in_work == 1.0, WORK, ASSISTANCE).astype(np.int8),
        started=np.where(starts, float(BEFORE), np.inf),
        traits={"assigned": assigned},
        district=np.zeros_like(panel.district),
        districts=("one",),
    )


def net_of(worth, panel, first=None):
    inquiries = MONTHS | ({} if first is None else {"first": first})
    asked = {} if first is None else {"first": {"estimator": "difference", "inquiry": "first"}}
    plan = plan_of(asked | ANSWER, inquiries, rule={"lottery": {}}, worth=worth)
    return analyse(panel, plan)


def test_the_cost_of_each_who_starts_is_paid_for_those_who_start():
    """Planted: 0.3 x 12 months less for the 40 % who start; the old reading is the control."""
    panel = started_panel()
    saved = SHARE * 0.3 * 12 * 9000
    own = worth_of(net_of(PER_STARTED, panel)).net
    old = worth_of(net_of(PER_STARTED | {"per": "offered"}, panel)).net
    assert own.saved == pytest.approx(old.saved)
    assert own.saved - own.mean == pytest.approx(SHARE * 13000 / 3, rel=0.005)
    assert old.saved - old.mean == pytest.approx(13000 / 3, rel=0.005)
    assert own.low < saved - SHARE * 13000 / 3 < own.high
    assert own.gains >= old.gains


def test_who_starts_among_the_others_costs_as_much():
    own = worth_of(net_of(PER_STARTED, started_panel(others=0.1)))
    assert own.starts.share == pytest.approx(0.3)
    # Two shares of 1,000 clients each, by hand.
    error = np.sqrt((0.4 * 0.6 + 0.1 * 0.9) / 999)
    assert own.starts.error == pytest.approx(error)


def test_the_uncertain_share_is_carried_into_the_interval():
    effect = Effect("difference", "months", -1.0, 0.001, -1.1, -0.9, 0.0, 398.0, 400)
    sure, cost = PriceRange(9000.0, 9000.0, 9000.0), PriceRange(44000.0, 44000.0, 44000.0)
    known = value_net(effect, sure, cost, starts=StartShare(0.4, 0.0))
    unsure = value_net(effect, sure, cost, starts=StartShare(0.4, 0.05))
    assert known.mean == pytest.approx(9000 - 0.4 * 44000)
    assert unsure.mean == pytest.approx(known.mean, abs=1)
    assert unsure.high - unsure.low == pytest.approx(2 * 1.96 * 0.05 * 44000, rel=0.05)
    assert known.high - known.low < 100


def test_where_few_start_nothing_is_told_in_kroner():
    """3 of 1,000 did not start: a cost told in kroner would tell them."""
    found = net_of(PER_STARTED, started_panel(share=0.997))
    assert found.starts is None
    assert worth_of(found) is None
    assert say("worth_untold", "en") in write_markdown(document_of(found, "en"))
    told = net_of(PER_STARTED, started_panel(share=0.99))
    assert told.starts is not None


def test_few_who_start_between_two_limits_are_not_told_by_the_cost():
    """The chart tells who started within 6 months, the cost who did within 12: 3 clients more."""
    panel = started_panel()
    late = np.flatnonzero(np.isfinite(panel.started))[:3]
    started = panel.started.copy()
    started[late] = BEFORE + 8
    first = {"outcome": "in_work", "at": "6 months"}
    few = net_of(PER_STARTED, replace(panel, started=started), first)
    assert few.starts is None or few.chart["offered_started"] is None
    started[np.flatnonzero(np.isfinite(panel.started))[:30]] = BEFORE + 8
    many = net_of(PER_STARTED, replace(panel, started=started), first)
    assert many.starts is not None
    assert many.chart["offered_started"] == 370


def test_cost_and_effect_are_of_the_same_clients():
    """What those gain who start because of it is no gain for each offered."""
    iv = {"months": {"estimator": "iv", "inquiry": "months"}}
    of_starters = {"months": MONTHS["months"] | {"who": "compliers"}}
    for per in ("offered", "started"):
        with pytest.raises(FlowError, match="cost and effect must be of the same clients"):
            plan_of(iv, of_starters, rule={"lottery": {}}, worth=PER_STARTED | {"per": per})


def test_whose_cost_it_is_must_be_said():
    unsaid = {name: value for name, value in PER_STARTED.items() if name != "per"}
    with pytest.raises(FlowError, match="per"):
        plan_of(ANSWER, MONTHS, rule={"lottery": {}}, worth=unsaid)
