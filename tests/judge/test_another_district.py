"""Alna's flow with another number of clients: targets, sums and words are about that number."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.changes import apply_changes
from pilotsim.files.reading import read_document, read_text
from pilotsim.judge.check import check_targets, contradictions_of
from pilotsim.judge.verdicts import ceiling_of, questions_of
from pilotsim.model.fields import words_below
from pilotsim.model.flow import Flow
from pilotsim.model.steady import StockModel
from pilotsim.output.labels import source_of_question
from pilotsim.output.views.check import document_of_check
from pilotsim.output.writers.markdown import write_markdown

FILE = Path(__file__).parent.parent.parent / "configs" / "alna_aktiv.yaml"
DOCUMENT = read_document(FILE)
OTHERS = 60 + 285
# A number with its thousands, "47 500" or "47,500", is one number and not two.
NUMBER = r"\d+(?:[ \u00a0,.]\d{3})*(?:[.,]\d+)?"
# What is about the report itself, or is not on the page of a check.
ABOUT_THE_REPORT = ("conflicts.", "observed.", "scenarios.", "sources.")


def by_set(stock: int) -> Flow:
    return apply_changes(DOCUMENT, {"groups.target_group.stock": stock})


def by_file(stock: int) -> Flow:
    text = FILE.read_text(encoding="utf-8")
    own = "  target_group:\n    label: {nb: Målgruppen, en: Target group, sv: Målgruppen}\n    stock: {value: 155,"
    assert own in text
    return read_text(text.replace(own, own.replace("155", str(stock))), str(FILE))


ways = pytest.mark.parametrize("way", [by_set, by_file])
stocks = pytest.mark.parametrize("stock", [15, 40, 60, 155, 230, 500])


@ways
@stocks
def test_bounds_and_ceilings_are_about_the_clients_there_are(way, stock):
    flow = way(stock)
    bounds = {question.name: question.bound.number for question in questions_of(flow)}
    everybody = stock + OTHERS
    assert bounds["fewer_clients.target_group_gross"] == pytest.approx(-116 / 500 * everybody)
    assert bounds["fewer_clients.twenty_percent"] == pytest.approx(-0.2 * everybody)
    (own,) = [q for q in questions_of(flow) if q.name == "fewer_clients.own_shares"]
    ceiling = ceiling_of(flow, own)
    assert ceiling is not None
    assert ceiling.number == pytest.approx(-stock * (0.9 * 0.6 + 0.1))
    if stock == 155:
        assert bounds["fewer_clients.target_group_gross"] == -116
        assert bounds["fewer_clients.twenty_percent"] == -100


@stocks
def test_contradictions_are_about_the_document_whatever_is_set(stock):
    found = [(one.sum.number, one.stated.number) for one in contradictions_of(by_set(stock))]
    assert found == [(one.sum.number, one.stated.number) for one in contradictions_of(by_set(155))]
    assert found[0] == (580, 500)
    assert contradictions_of(by_set(stock))[1].sum.says.in_language("en").endswith("is 116")
    # Another file is another document.
    other = contradictions_of(by_file(stock))[0]
    assert other.stated.number == stock + OTHERS
    assert other.sum.number == pytest.approx(1.16 * (stock + OTHERS))


@ways
@stocks
def test_no_word_names_a_number_of_clients_that_is_another(way, stock):
    flow = way(stock)
    everybody = stock + OTHERS
    theirs = {
        "155": stock,
        "500": everybody,
        "116": round(0.232 * everybody),
        "99": round(0.64 * stock),
    }
    wrong = {number for number, own in theirs.items() if str(own) != number} - {str(stock)}
    said: list[str] = []
    for path, text in words_below(flow):
        if not path.startswith(ABOUT_THE_REPORT):
            said += [f"{path}: {text.in_language(language)}" for language in LANGUAGES]
    stale = [
        one
        for one in said
        if wrong & set(re.findall(r"\d+(?:[ \u00a0]\d{3})*(?:[.,]\d+)?", one.split(": ", 1)[1]))
    ]
    stale = [one for one in said if wrong & set(re.findall(NUMBER, one.split(": ", 1)[1]))]
    assert not stale
    assert any(f" {stock} " in one for one in said)
    # The control: these words would be stale if they stood in the file as digits.
    if stock != 155:
        assert [one for one in said if f"de {stock} ved start" in one]


@ways
@stocks
def test_a_district_of_any_size_gets_its_verdicts(way, stock):
    check = check_targets(way(stock), replications=24, what_if=False)
    assert check.replications == 24
    assert len(check.verdicts) == len(list(questions_of(check.flow)))
    # One reading is arithmetic: no run measures it.
    run = [one for one in check.verdicts if one.question.name != "fewer_clients.own_shares"]
    assert len(run) == 31
    assert all(0 <= one.probability <= 1 for one in run)


@stocks
def test_the_spouses_are_a_share_of_the_cases_and_never_more_than_one_each(stock):
    flow = by_set(stock)
    most = apply_changes(
        DOCUMENT, {"groups.target_group.stock": stock, "shared.with_spouse": 0.387}
    )
    assert flow.groups["spouses"].stock.number == math.floor(0.129 * stock + 0.5)
    for one in (flow, most):
        without = one.values["traits.no_spouse.groups.target_group"].number
        assert without == pytest.approx(1 - one.groups["spouses"].stock.number / stock)
    if stock == 155:
        assert [one.groups["spouses"].stock.number for one in (flow, most)] == [20, 60]


@ways
def test_what_stays_as_in_the_file_with_another_number_of_clients_is_told(way):
    told = [one.message for one in way(40).notices if "does not follow it" in one.message]
    if way is by_file:  # another file is another document: nothing was set
        assert not told
        return
    (line,) = told
    for size in ("resources.adviser.fte (4)", "resources.place_technical.units (12)"):
        assert size in line
    assert "resources.place_other.units (0 → 6 → 12)" in line
    for size in ("stages.referred.opens.admits (8)", "groups.other_recipients.stock (285)"):
        assert size in line
    # The controls: what follows, what was set, what is no size, and what nobody has.
    for other in ("spouses", "groups.target_group", "caseload", "traits.", "place_private"):
        assert other not in line
    assert not any("does not follow it" in str(one) for one in by_set(155).notices)


def test_an_inflow_that_does_not_follow_is_told_of():
    smaller = {
        "groups.target_group.stock": 60,
        "groups.already_followed.stock": 20,
        "groups.other_recipients.stock": 100,
    }
    alnas = {
        f"groups.{group}.arrivals": f"{rate} per month"
        for group, rate in (("target_group", 6), ("already_followed", 2.3), ("newcomers", 44))
    }
    told = [str(one) for one in apply_changes(DOCUMENT, {**smaller, **alnas}).notices]
    assert any("some 180 clients on assistance become" in one for one in told)
    assert not any("clients on assistance become" in str(one) for one in by_set(155).notices)


@stocks
def test_alnas_stocks_stay_by_themselves_whatever_their_number(stock):
    flow = by_set(stock)
    numbers = np.array([value.number for value in flow.values.values()])
    own = ("target_group", "target_away")
    parts = [
        (stock, own),
        (60, ("already_followed", "followed_away")),
        (285, ("other_recipients", "newcomers", "others_away")),
    ]
    for size, groups in parts:
        start, change = StockModel(flow, groups, "assistance").change(numbers)
        assert start == size
        # The arrivals are sums that leave the traits out: good for 2 % in the two years.
        assert abs(change) < 0.02 * size
    # The control: the inflow of another number of clients.
    if stock != 155:
        numbers[flow.values["groups.target_group.arrivals"].slot] *= 155 / stock
        drift = StockModel(flow, own, "assistance").change(numbers)[1]
        assert abs(drift) > 0.05 * stock


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_another_district_is_about_its_clients(language):
    check = check_targets(by_set(60), replications=3, what_if=False, fixed=True)
    document = document_of_check(check, language, with_figures=False)
    asked = ("answer", "verdicts", "readings", "sums", "assumed")
    sections = tuple(section for section in document.sections if section.name in asked)
    page = write_markdown(replace(document, sections=sections))
    numbers = set(re.findall(r"\d+(?:[.,]\d+)?", page))
    assert "155" not in numbers
    assert not re.search(r"116 (kl|cl)", page)
    # 60 x 64 % by the project's own shares, 116 of 500 and 20 % of the 405 there are.
    assert numbers >= {"60", "94", "405", "81"}


def test_nobody_in_the_target_group_is_refused_with_what_is_0():
    with pytest.raises(FlowError) as caught:
        by_set(0)
    assert "comes to no number: 'groups.spouses.stock', 'groups.target_group.stock' is 0" in str(
        caught.value
    )


def test_a_choice_of_rows_tells_every_value_that_it_moves():
    flow = apply_changes(DOCUMENT, {"joint.turnover.only": "konigs"})
    told = {entry.path: entry for entry in flow.changes}
    moved = [
        path
        for path in flow.joint["turnover"].gives
        if flow.values[path].number != by_set(155).values[path].number
    ]
    assert len(moved) > 10
    assert all(told[path].follows for path in moved)
    assert told["risks.pauses.rate"].file_says != told["risks.pauses.rate"].run_says
    # The control: nothing is drawn from other rows.
    assert not [path for path in moved if path in {e.path for e in by_set(60).changes}]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_that_was_scaled_is_not_cited_as_the_document_prints_it(language):
    def told(flow: Flow) -> dict[str, bool]:
        return {
            source_of_question(one, language): one.is_scaled
            for one in questions_of(flow)
            if one.target == "fewer_clients"
        }

    written, scaled = told(apply_changes(DOCUMENT, {})), told(by_set(230))
    assert not any(written.values())
    assert any(scaled.values())
    assert not {text for text, moved in scaled.items() if moved} & set(written)
