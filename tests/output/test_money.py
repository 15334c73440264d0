"""Amounts of money are rounded, and never to nothing."""

import json
import re
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow, read_text
from pilotsim.judge.check import check_targets
from pilotsim.judge.economy import RunSpread
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_written
from pilotsim.output.labels import format_source
from pilotsim.output.live.beforehand import columns_of
from pilotsim.output.views import document_of
from pilotsim.output.views.economy import (
    _in_thousands,
    _net_sentence,
    _saved_sentence,
    amount_in_words,
    amounts_in_words,
    cost_sentences,
    money,
)
from pilotsim.output.writers.markdown import write_markdown
from tests.output.golden import all_results, written
from tests.small_flows import small_flow

ECONOMY = json.dumps(
    small_flow(
        groups={"clients": {"stock": 10, "starts_in": "on"}},
        stages={"on": {}},
        costs={"assistance": {"per_month": 9000, "state": "assistance"}},
        economy={"participants": {"groups": "clients"}},
    )
)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (0, "0 NOK"),
        (0.4, "0.40 NOK"),
        (4.4, "4 NOK"),
        (43.2, "43 NOK"),
        (-43.2, "\u221243 NOK"),
        (432, "430 NOK"),
        (4321, "4,300 NOK"),
        (43210, "43,200 NOK"),
        (432100, "432,000 NOK"),
    ],
)
def test_a_small_price_is_no_price_of_0(amount, shown):
    assert money(amount, "NOK", "en").replace("\xa0", " ").replace("\u202f", " ") == shown


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        (11_328_000, "NOK", "nb", "11,3 millioner kroner"),
        (-11_328_000, "NOK", "nb", "−11,3 millioner kroner"),
        (999_600, "NOK", "nb", "1 million kroner"),
        (999_400, "NOK", "nb", "999 000 kroner"),
        (43_710, "NOK", "nb", "43 700 kroner"),
        (0.4, "NOK", "nb", "0,40 kroner"),
        (1_250_000, "SEK", "sv", "1,25 miljoner kronor"),
        (1_250_000, "SEK", "nb", "1,25 millioner svenske kroner"),
        (125_400_000, "CHF", "en", "125 million CHF"),
    ],
)
def test_a_large_amount_is_said_in_millions(amount, currency, language, shown):
    assert amount_in_words(amount, currency, language).replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (9_336_000, 13_396_000, "9,34–13,4 millioner kroner"),
        # Both ends have the unit of the larger one.
        (665_000, 6_794_000, "0,665–6,79 millioner kroner"),
        (-3_748_000, 4_886_000, "−3,75 til 4,89 millioner kroner"),
        (0, 2_000_000, "0–2 millioner kroner"),
        (1_000_000, 1_000_400, "1 million kroner"),
        (34_300, 57_100, "34 300–57 100 kroner"),
    ],
)
def test_a_range_has_one_unit(low, high, shown):
    said = amounts_in_words(RunSpread((low + high) / 2, low, high), "NOK", "nb")
    assert said.replace("\xa0", " ") == shown


@pytest.mark.parametrize(
    ("amount", "shown"), [(0, "0"), (40, "0.040"), (400, "0.4"), (4000, "4"), (400_000, "400")]
)
def test_a_small_line_of_a_budget_is_not_0_thousand(amount, shown):
    assert _in_thousands(amount, "en") == shown


@pytest.mark.parametrize(
    ("spread", "is_open"),
    [
        ((5000, 1000, 9000), False),
        ((5000, -1000, 9000), True),
        ((-5000, -9000, 1000), True),
        ((-5000, -9000, -1000), False),
    ],
)
def test_what_is_saved_is_no_surer_than_its_range_in_either_direction(spread, is_open):
    saved = _saved_sentence(read_text(ECONOMY), RunSpread(*spread), "en")
    assert ("it is possible too" in saved) == is_open
    assert ("more is paid" in saved) == (spread[0] < 0)
    assert ("it is open" in _net_sentence(RunSpread(*spread), "NOK", "en")) == is_open


@pytest.mark.parametrize("is_paid", [True, False])
def test_a_net_cost_is_told_where_more_is_counted_than_what_is_spent(is_paid):
    """All counted, it was said, where the benefits had no price."""
    costs = {"course": {"per_month": 10_000}}
    if is_paid:
        costs["assistance"] = {"per_month": 9000, "state": "assistance"}
    flow = small_flow(
        groups={"clients": {"stock": 10, "starts_in": "on"}},
        stages={"on": {}},
        targets={"all": {"says": "All", "at_least": 1, "measure": {"count": {"reached": "on"}}}},
        costs=costs,
        economy={"participants": {"groups": "clients"}},
    )
    check = check_targets(read_text(json.dumps(flow)), replications=5, what_if=False)
    assert check.economy is not None
    assert check.economy.has_net is is_paid
    alone = say("economy_spent_alone", "nb")
    assert (cost_sentences(check, "nb")[-1] == alone) is not is_paid
    assert columns_of(check, "nb")[-1] == say("start_net" if is_paid else "start_spent", "nb")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "The price is assumed."), ("nb", "Prisen er antatt."), ("sv", "Priset är antaget.")],
)
def test_a_single_price_is_not_told_as_several(language, said):
    """`Alle 1 prisene er antatt` stood in the paper of a flow with one price."""
    file = Path(__file__).parent.parent.parent / "configs" / "ips_team.yaml"
    check = check_targets(read_flow(file), replications=4, what_if=False)
    assert said in write_markdown(document_of(check, language))


@pytest.mark.parametrize(
    ("language", "name", "code"),
    [("nb", "kroner", "NOK"), ("sv", "norska kronor", "NOK"), ("en", "NOK", "kroner")],
)
def test_a_page_calls_its_currency_one_thing(language, name, code):
    """Tables had `43 400 NOK` beside sentences with `43 400 kroner`."""
    found = 0
    priced = check_targets(read_text(ECONOMY), replications=4, what_if=False)
    for result, context in [*all_results().values(), (priced, {"with_figures": False})]:
        text = written(document_of(result, language, **context))
        assert not re.search(rf"\b{code}\b", text)
        found += len(re.findall(rf"\b{name}\b", text))
    assert found > 5


def test_thousands_are_set_apart_in_sums_as_elsewhere():
    assert format_source("ssb-2005: 26945 / 128964", "nb") == "ssb-2005: 26\u00a0945 / 128\u00a0964"
    assert format_written("12442 + 200.5", "en") == "12,442 + 200.5"
    # The control: a day is no number.
    assert format_written("from.2015-09-01", "nb") == "from.2015-09-01"
