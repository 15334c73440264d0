"""What a reader is asked for numbers of their own, of any flow."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pilotsim.base.errors import FlowError
from pilotsim.base.languages import LANGUAGES
from pilotsim.files.reading import read_flow
from pilotsim.judge.check import Check
from pilotsim.language.labels import label_of_value
from pilotsim.output.live.own_numbers import own_setup, own_words
from pilotsim.output.live.own_questions import SECTIONS, own_questions
from pilotsim.output.live.prices import AskedPrices, with_prices_asked
from pilotsim.portable.bounds import paths_to_set

CONFIGS = Path(__file__).parents[2] / "configs"
FLOWS = sorted(CONFIGS.glob("*.yaml"))
ALNA = CONFIGS / "alna_aktiv.yaml"


@pytest.fixture(autouse=True)
def no_runs(monkeypatch):
    """What is strongest is told by runs; here nothing is run."""
    monkeypatch.setattr(Check, "strongest_assumptions", lambda *_: [])


class Unrun(Check):
    """A check of which nothing but the flow is known."""

    def __init__(self, file: Path) -> None:
        object.__setattr__(self, "flow", read_flow(file))


def words_of(check: Check) -> dict[str, Any]:
    return own_words(check, "en", AskedPrices(check.flow))


def setup_of(check: Check) -> dict[str, Any]:
    return own_setup(check, AskedPrices(check.flow))


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_any_flow_asks_what_can_be_set_each_once_and_in_words(file):
    check = Unrun(file)
    asked = own_questions(check)
    paths = [one.path for one in asked]
    assert len(paths) == len(set(paths)) > 1
    assert set(paths) <= set(paths_to_set(check.flow))
    order = [list(SECTIONS).index(one.section) for one in asked]
    assert order == sorted(order)
    assert 2 <= sum(one.is_first for one in asked) <= 28
    for language in LANGUAGES:
        asks = own_words(check, language, AskedPrices(check.flow))["asks"]
        assert len(set(asks.values())) == len(paths)
        for path, words in asks.items():
            assert words.endswith("?")
            assert path not in words
            assert "{" not in words


@pytest.mark.parametrize("file", FLOWS, ids=lambda file: file.stem)
def test_any_flow_says_what_must_balance_and_what_may_follow(file):
    check = Unrun(file)
    setup = setup_of(check)
    known = set(check.flow.values)
    sizes = setup["sizes"]
    for part in sizes.values():
        assert {one["path"] for one in part} <= known
    # Nothing follows twice, and what is a sum follows by itself.
    paths = [one["path"] for part in sizes.values() for one in part]
    assert len(paths) == len(set(paths))
    assert not set(paths) & {one.path for one in check.flow.followers}
    assert sum(one["weight"] * one["number"] for one in sizes["groups"]) > 0
    balance = setup["balance"]
    assert {one["group"] for one in balance["entries"]} == set(check.flow.groups)
    for stage in balance["stages"].values():
        assert {one for need in stage["needs"] for one in need["of"]} <= set(check.flow.resources)
    json.dumps(setup, allow_nan=False)


@pytest.mark.parametrize("name", ["vilkar_today", "stavanger_2021", "alna_aktiv"])
def test_prices_are_asked_for_where_the_file_says_nothing_of_costs(name):
    flow = read_flow(CONFIGS / f"{name}.yaml")
    asked = with_prices_asked(flow)
    if name == "alna_aktiv":
        assert asked.flow is flow
        return
    # Staff and places may be among the costs that a file has: they are not asked for twice.
    assert bool(asked.paths) is (name == "vilkar_today")
    assert {path.split(".")[1] for path in asked.paths} <= set(flow.resources)
    assert asked.flow.economy is not None
    # Nobody has changed anything, so the page does not say so.
    assert asked.flow.changes == flow.changes
    assert asked.flow.notices == flow.notices


def test_the_first_questions_are_a_managers():
    check = Unrun(ALNA)
    asked = [one.path for one in own_questions(check) if one.is_first]
    assert asked[:3] == [
        "groups.target_group.stock",
        "groups.already_followed.stock",
        "groups.other_recipients.stock",
    ]
    assert asked[-1] == "costs.other_benefits.per_month"
    assert 22 <= len(asked) <= 28
    words = own_words(check, "nb", AskedPrices(check.flow))
    assert words["asks"]["groups.target_group.arrivals"] == (
        "Hvor mange nye kommer i målgruppen hver måned?"
    )
    assert words["bases"]["groups.target_group.stock"] == "Planen: 155 (alna-2014 kap. 2.1, 2.1.1)."
    assert "antatt, 5–22" in words["bases"]["resources.place_technical.units"]


def test_unlike_things_that_come_are_not_added_up():
    """Decisions and claims: each is as many times as many, whatever its unit; a list is none."""
    sizes = setup_of(Unrun(CONFIGS / "vilkar_today.yaml"))["sizes"]["groups"]
    assert [one["weight"] * one["number"] for one in sizes] == pytest.approx([1, 1])
    assert {one["path"].split(".")[2] for one in sizes} == {"arrivals", "intake"}


def test_words_with_numbers_are_known_by_what_they_say_in_the_plan():
    check = Unrun(ALNA)
    flow = check.flow
    for language in LANGUAGES:
        following = own_words(check, language, AskedPrices(check.flow))["following"]
        reading = flow.targets["work"].all_readings()["at_the_start"].says
        assert reading is not None
        pieces = following[reading.in_language(language)]
        assert pieces[1]["steps"] == ["groups.target_group.stock"]
        label = label_of_value(flow, "groups.target_group.stock", language)
        assert label not in following


LITERAL = """
flow: few
title: Few
starts: 2015-01-01
lasts: 6 months
groups: {all: {stock: 155, starts_in: on}}
stages: {on: {}, off: {}}
targets:
  fewer:
    says: Fewer of the 155
    at_most: -116
    measure: {change_in: assistance, of: {groups: all}}
  soon: {says: Within 155 days, at_most: 30, measure: {count: {reached: off}}}
  few: {says: At most 30 come, at_most: 30, measure: {count: {reached: off}}}
  share: {says: 20 % of all, at_most: 30, measure: {count: {reached: off}}}
"""


def test_a_size_in_the_words_of_a_plan_is_found(tmp_path):
    file = tmp_path / "few.yaml"
    file.write_text(LITERAL)
    words = words_of(Unrun(file))["literal"]
    assert "Fewer of the 155" in words
    assert "Within 30 days" not in words
    assert "At most 30 come" in words
    assert "20 % of all" not in words


def test_a_question_for_what_the_flow_does_not_have_is_refused(tmp_path):
    file = tmp_path / "few.yaml"
    file.write_text(LITERAL + "questions: {groups.al.stock: How many?}\n")
    with pytest.raises(FlowError, match=r"no number of the flow; did you mean 'groups.all.stock'"):
        read_flow(file)


def test_a_flow_says_its_own_words(tmp_path):
    file = tmp_path / "few.yaml"
    file.write_text(
        LITERAL + "questions: {groups: How many in all?, groups.all.stock: How many there?}\n"
    )
    words = words_of(Unrun(file))
    assert words["total"] == "How many in all?"
    assert words["asks"]["groups.all.stock"] == "How many there?"
