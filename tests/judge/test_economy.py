"""What a programme costs whom: held to closed forms, with the naive reading as a control."""

import math
from typing import get_args

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_text
from pilotsim.judge.check import check_targets, count_runs
from pilotsim.judge.economy import RunSpread, _cost_of
from pilotsim.language.catalogue import say
from pilotsim.model.fields import State
from pilotsim.output.document import Paragraph, Table
from pilotsim.output.live.glossary import glossary_lines
from pilotsim.output.live.spoken_html import SpokenHtml
from pilotsim.output.views import document_of
from pilotsim.output.views.economy import (
    _net_sentence,
    _prices,
    _saved_sentence,
    cost_sentences,
    say_of_money,
)
from pilotsim.output.views.parts import facts_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.terminal import terminal_text

# 100 recipients; ten are drawn on the first day into a course of exactly two months, after which they
# leave assistance. Nobody leaves otherwise. Months are of 365.25 / 12 days.
FLOW = """
flow: paid
title: {nb: Betalt, en: Paid}
starts: 2015-01-01
lasts: 24 months
groups:
  g: {stock: 100, starts_in: on}
resources:
  teacher: {units: 2, price_per_month: 40000, payer: district}
  hall: {units: 1, price_per_month: 9000, payer: district, always: true}
stages:
  on: {}
  course:
    draws_from: on
    opens: {on: [2015-01-01], admits: 10}
    lasts: 60 days
    next: {work: 100 %}
  work: {counts_as: work}
costs:
  start: {label: {nb: Oppstart, en: Start}, per_start: 5000, in: course, payer: state}
  rent: {per_month: 1000, payer: state, always: true}
  assistance: {per_month: 9000, state: assistance, payer: district}
payers: {district: {nb: Bydelen, en: The district}, state: {nb: Staten, en: The state}}
economy:
  participants: {started: course}
  results:
    job: {says: {nb: En til i arbeid, en: One more in work}, measure: {count: {state: work, at: end}}}
    listed: {says: {nb: En på listen, en: One on the list}, measure: {count: {reached: on}}}
targets:
  work: {says: a, assumption: b, at_least: 5, measure: {count: {state: work, at: end}}}
"""
MONTH = 365.25 / 12
MONTHS = 731 / MONTH  # 2015 and 2016, a leap year
SAVED = 10 * (731 - 60) / MONTH


@pytest.fixture(scope="module")
def check():
    return check_targets(read_text(FLOW), replications=6, what_if=False)


def line(check, name):
    return next(one for one in check.economy.lines if one.name == name)


def test_what_is_paid_either_way_costs_nothing_extra(check):
    teacher, hall, rent = (line(check, name) for name in ("teacher", "hall", "rent"))
    assert teacher.extra.mean == pytest.approx(2 * 40000 * MONTHS)
    assert teacher.absent.mean == 0
    assert hall.present.mean == pytest.approx(9000 * MONTHS)
    assert hall.extra.mean == rent.extra.mean == 0


def test_the_first_year_is_twelve_months(check):
    assert line(check, "teacher").first_year.mean == pytest.approx(2 * 40000 * 365 / MONTH)
    assert line(check, "start").first_year.mean == pytest.approx(50000)


def test_assistance_that_is_not_paid_any_more_is_saved(check):
    assistance = line(check, "assistance")
    assert assistance.kind_of_money == "saved"
    assert assistance.extra.mean == pytest.approx(-9000 * SAVED)
    # The control: what is paid with the programme says nothing of what is saved.
    assert abs(assistance.present.mean) > 5 * abs(assistance.extra.mean)


def test_payers_add_up(check):
    district, state, together = check.economy.payers
    spent = 2 * 40000 * MONTHS
    assert district.spent.mean == pytest.approx(spent)
    assert district.saved.mean == pytest.approx(9000 * SAVED)
    assert district.net.mean == pytest.approx(spent - 9000 * SAVED)
    assert (state.spent.mean, state.saved.mean) == (pytest.approx(50000), 0)
    assert together.net.mean == pytest.approx(district.net.mean + state.net.mean)
    # The district gets back more than it pays; the state pays and gets nothing.
    assert district.net.mean < 0
    assert (district.pays, state.pays) == (1, 0)


def test_what_is_paid_in_other_states_is_shifted():
    text = FLOW.replace(
        "  rent:", "  pension: {per_month: 4000, state: work, payer: state}\n  rent:", 1
    )
    check = check_targets(read_text(text), replications=6, what_if=False)
    district, state, together = check.economy.payers
    assert state.shifted.mean == pytest.approx(4000 * SAVED)
    assert (district.shifted.mean, state.saved.mean) == (0, 0)
    assert state.net.mean == pytest.approx(50000 + 4000 * SAVED)
    assert together.net.mean == pytest.approx(district.net.mean + state.net.mean)


def test_results_are_bought_only_where_there_are_more_of_them(check):
    participants, job, listed, months = check.economy.results
    spent = check.economy.payers[-1].spent.mean
    assert participants.count.mean == job.count.mean == 10
    assert job.each == pytest.approx(spent / 10)
    assert months.count.mean == pytest.approx(SAVED)
    # All 100 are on the list in both worlds: none of them was bought, at no price.
    assert listed.count.mean == 0
    assert math.isnan(listed.each)


def priced(count, spent):
    return _cost_of("job", None, np.array(count, float), np.array(spent, float))


def test_no_price_is_given_where_there_may_be_none_of_it():
    runs = np.arange(200)
    spent = np.full(200, 1000.0)
    # The mean is clearly above zero, but 3 runs in 20 buy nothing or less: what is one worth?
    open_one = np.where(runs % 20 < 3, -1.0, 12.0)
    found = priced(open_one, spent)
    assert found.certain.low > 0 > found.count.low
    assert math.isnan(found.each)
    # The control: the same mean where every run buys some, at a price between the two of the runs.
    sure = np.where(runs % 20 < 3, 5.0, 10.0)
    found = priced(sure, spent)
    assert found.each == pytest.approx(1000 / sure.mean())
    assert (found.each_low, found.each_high) == (100, 200)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_gives_no_price_for_what_may_not_be(check, language):
    (table,) = [
        one for one in document_of(check, language).tables() if one.name == "economy_results"
    ]
    place = [column.key for column in table.columns].index("each")
    participants, job, listed, _ = [row.cells[place] for row in table.rows()]
    assert listed.text == say("economy_no_price", language)
    assert listed.value is None
    for cell in (participants, job):
        assert cell.value is not None
        assert cell.below


def test_the_net_is_said_in_words_and_never_by_a_sign():
    cost, gain, open_one = (
        _net_sentence(RunSpread(*numbers), "NOK", "en").replace("\u00a0", " ")
        for numbers in ((7e6, 5e6, 9e6), (-7e6, -9e6, -5e6), (1e6, -2e6, 4e6))
    )
    assert cost == "All counted, its net cost is 7 million NOK (5–9 million NOK)."
    assert gain == "All counted, it saves 7 million NOK net (5–9 million NOK)."
    assert "2 million NOK saved to a cost of 4 million NOK" in open_one
    assert not any("\u2212" in one for one in (cost, gain, open_one))


def test_a_saving_that_may_be_none_is_said_with_its_range():
    surely, maybe, never = (
        _saved_sentence(read_text(FLOW), RunSpread(*numbers), "en").replace("\u00a0", " ")
        for numbers in ((2e6, 1e6, 3e6), (1e6, -3e6, 5e6), (-1e6, -2e6, -0.5e6))
    )
    assert "possible too that nothing is saved (−3 to 5 million NOK)" in maybe
    assert "(1–3 million NOK)" in surely
    assert "nothing" not in surely
    assert never.startswith("No assistance is saved: 1 million NOK more is paid")


WORDS_OF_ASSISTANCE = {
    "nb": ("sosialhjelp", "andre ytelser"),
    "en": ("assistance", "other benefits"),
    "sv": ("bistånd", "andra ersättningar"),
}


@pytest.fixture(scope="module")
def saving_in_work():
    """A subsidy to those in work is what may be saved; nobody is paid assistance."""
    flow = FLOW.replace("state: assistance, payer", "state: work, payer")
    flow = flow.replace("economy:\n", "economy:\n  saves: work\n")
    return check_targets(read_text(flow), replications=6, what_if=False)


def _all_of_the_money(check, language):
    """Every sentence, heading and cell about the money, and what the page says of its words."""
    (section,) = [one for one in document_of(check, language).sections if one.name == "economy"]
    tables = [block for block in section.blocks if isinstance(block, Table)]
    return [
        *cost_sentences(check, language),
        *(block.text for block in section.blocks if isinstance(block, Paragraph)),
        *(column.heading for table in tables for column in table.columns),
        *(row.cells[0].text for table in tables[:2] for row in table.rows()),
        *glossary_lines(check, language, SpokenHtml()),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_saved_is_called_what_the_economy_names(check, saving_in_work, language):
    saved, others = WORDS_OF_ASSISTANCE[language]
    named = " ".join(_all_of_the_money(check, language))
    assert saved in named
    assert others in named
    other = " ".join(_all_of_the_money(saving_in_work, language))
    assert say("paid_work", language) in other
    # The flow's own line of the budget has no label here, so no word of assistance is left.
    assert saved not in other
    assert others not in other


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_state_that_may_be_saved_has_words_of_its_own(language):
    words = [say(f"paid_{state}", language) for state in get_args(State)]
    assert len(set(words)) == len(words)
    for state in get_args(State):
        flow = read_text(FLOW.replace("economy:\n", f"economy:\n  saves: {state}\n"))
        said = say_of_money(flow, "economy_saved", language)
        assert say(f"paid_{state}", language) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_answer_and_economy_say_the_same_of_the_money(check, language):
    sections = {one.name: one for one in document_of(check, language).sections}
    said = " ".join(cost_sentences(check, language))
    assert said in [
        block.text for block in sections["economy"].blocks if isinstance(block, Paragraph)
    ]
    assert said in [item.text for item in sections["answer"].blocks[0].items]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        # Two priced resources, a start, a rent, assistance; none of them says where it is from.
        ("", "", "The prices: 5 without a source or a reason."),
        (
            "per_start: 5000",
            "per_start: {value: 5000, source: paper}",
            "The prices: 1 from sources and 4 without a source or a reason.",
        ),
        (
            "rent: {per_month: 1000",
            "rent: {per_month: {sum: 2 * shared.post, assumption: paper}",
            "The prices: 1 assumed and 4 without a source or a reason.",
        ),
    ],
)
def test_prices_are_said_to_rest_on_what_they_rest_on(old, new, says):
    shared = "shared: {post: {value: 500, assumption: a}}\ncosts:"
    text = FLOW.replace("costs:", shared, 1).replace(old, new, 1)
    found = check_targets(read_text(text), replications=3, what_if=False)
    assert _prices(found.flow, found.economy, "en") == says
    # What a source's count makes of an assumed price is no fact of that source.
    assert "costs.rent.per_month" not in facts_of(found.flow)


def test_all_prices_of_the_same_kind_are_said_in_one_sentence():
    text = FLOW
    for price in ("price_per_month: 40000", "price_per_month: 9000", "per_start: 5000"):
        key, number = price.split(": ")
        text = text.replace(price, f"{key}: {{value: {number}, assumption: guessed}}", 1)
    for number in (1000, 9000):
        text = text.replace(
            f"{{per_month: {number}", f"{{per_month: {{value: {number}, assumption: guessed}}", 1
        )
    found = check_targets(read_text(text), replications=3, what_if=False)
    assert _prices(found.flow, found.economy, "nb") == "Alle 5 prisene er antatt."


def test_break_even_is_what_would_have_to_be_saved(check):
    assert check.economy.worth == pytest.approx(9000)
    assert check.economy.needed == pytest.approx(check.economy.payers[-1].spent.mean / 9000)


def test_what_is_shifted_must_be_saved_as_well():
    # A month of a pension costs what a month of assistance does: no number of months would pay.
    pension = "  pension: {per_month: 9000, state: work, payer: state}\n  rent:"
    check = check_targets(
        read_text(FLOW.replace("  rent:", pension, 1)), replications=6, what_if=False
    )
    total = check.economy.payers[-1]
    needed = (total.spent.mean + total.shifted.mean) / 9000
    assert check.economy.needed == pytest.approx(needed)
    # The control: without what is shifted it would seem to pay where it does not.
    assert total.pays == 0
    assert (check.economy.results[-1].count.mean >= check.economy.needed) == (total.pays == 1)


def test_a_warm_up_is_not_paid_for():
    late = FLOW.replace("[2015-01-01]", "[2016-04-01]").replace(
        "lasts: 24 months", "lasts: 24 months\nwarm_up: 12 months", 1
    )
    economy = check_targets(read_text(late), replications=6, what_if=False).economy
    assert economy.worth == pytest.approx(9000)
    # From the end of the course, 31 May 2016, to the end of the year: 215 days.
    assert economy.results[-1].count.mean == pytest.approx(10 * 215 / MONTH)
    support = next(one for one in economy.lines if one.name == "start")
    assert support.first_year.mean == pytest.approx(50000)


def test_a_month_is_worth_what_is_paid_to_those_it_is_paid_to():
    some = FLOW.replace("  g: {stock: 100", "  h: {stock: 50, starts_in: on}\n  g: {stock: 100", 1)
    only = some.replace("state: assistance, payer", "state: assistance, groups: g, payer", 1)
    narrow = some.replace("  results:", "  of: {groups: g}\n  results:", 1)
    for text in (some, only, narrow):
        economy = check_targets(read_text(text), replications=6, what_if=False).economy
        assert economy.worth == pytest.approx(9000)


@pytest.mark.parametrize("name", ["economy", "economy_results", "economy_lines"])
def test_each_row_of_a_file_says_what_it_is(check, name):
    (table,) = [one for one in document_of(check, "en").tables() if one.name == name]
    columns, *rows = write_csv(table, "en").decode("utf-8-sig").splitlines()
    assert len(set(columns.split(","))) == len(columns.split(","))
    assert all(row.split(",")[0] for row in rows)


def test_runs_are_counted_for_progress(check):
    flow = read_text(FLOW)
    done = []
    check_targets(flow, replications=6, what_if=False, progress=done.append)
    assert sum(done) == count_runs(flow, 6, what_if=False) == 6
    start, end = FLOW.index("economy:"), FLOW.index("targets:")
    other = read_text(FLOW[:start] + FLOW[end:])
    assert count_runs(other, 6, what_if=False) == 6
    assert check_targets(other, replications=6, what_if=False).economy is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_it_costs(check, language):
    words = terminal_text(document_of(check, language), 140)
    numbers = words.replace("\u00a0", " ").replace("\u202f", " ")
    assert f"{check.economy.needed:.0f}" in numbers.replace(" ", "")
    assert {"nb": "Bydelen", "en": "The district", "sv": "Bydelen"}[language] in words


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "payer: state, always",
            "payer: stat, always",
            "unknown payer 'stat'; did you mean 'state'?",
        ),
        (
            "state: assistance, payer",
            "state: assistance, always: true, payer",
            "depends on clients",
        ),
        (
            "measure: {count: {state: work, at: end}}}\n    listed",
            "measure: {wait: course}}\n    listed",
            "a result is how many there are",
        ),
        (
            "participants: {started: course}",
            "participants: {started: cours}",
            "did you mean 'course'?",
        ),
    ],
)
def test_faults_are_said_with_what_was_meant(old, new, says):
    assert old in FLOW
    with pytest.raises(FlowError) as found:
        read_text(FLOW.replace(old, new, 1))
    assert says in str(found.value)


def test_costs_without_the_programme_are_those_of_the_same_clients():
    text = FLOW.replace("on: {}", "on: {risks: {leaves: 3 % per month}}")
    text = text.replace(
        "stages:", "risks: {leaves: {to: gone}}\nstages:\n  gone: {counts_as: unknown}"
    )
    check = check_targets(read_text(text), replications=40, what_if=False)
    saved = -line(check, "assistance").extra.mean / 9000
    # Months that ten clients would have had anyway, at 3 % a month, less those of the course.
    expected = 10 * ((1 - math.exp(-0.03 * MONTHS)) / 0.03 - 60 / MONTH)
    # One client's months have a standard deviation of 12 at most; 4 errors over 400 clients fail
    # once in 15,000.
    error = 10 * 12 / math.sqrt(400)
    assert abs(saved - expected) < 4 * error
    # The control: as if nobody had left without the programme.
    assert abs(SAVED - expected) > 4 * error
