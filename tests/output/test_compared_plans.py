"""What differs between two plans is said in words, whichever two flows they are."""

from __future__ import annotations

from functools import cache
from itertools import permutations

import pytest

from pilotsim.base.text import Text
from pilotsim.files.differences import differences
from pilotsim.files.reading import read_flow
from pilotsim.files.shipped import templates
from pilotsim.judge.comparison import ComparedPlan, PlanComparison
from pilotsim.language.catalogue import say
from pilotsim.output.views import document_of
from tests.language.test_no_english import english_in

NAMES = [template.name for template in templates()]
# Pairs with much, little and nothing in common, either way about.
PAIRS = [
    *permutations(("ips_team", "qualification_programme"), 2),
    *permutations(("vilkar_today", "vilkar_proposed"), 2),
    ("assistance_stock", "assistance_stock_oslo"),
    ("stavanger_2017_2020", "stavanger_2013"),
    ("course_waiting_list", "traning_ger_fardighet"),
    ("alna_aktiv", "stavanger_2021"),
    ("traning_ger_fardighet", "alna_aktiv"),
]


@cache
def flow_of(name):
    return read_flow(next(one.file for one in templates() if one.name == name))


@cache
def rows_of(first, second, language):
    """Every row of what is put in otherwise, without a run."""
    plans = [ComparedPlan(Text(name), flow_of(name)) for name in (first, second)]
    found = PlanComparison(
        *plans, 1, 1, False, differences(*(one.flow for one in plans)), (), (), (), ()
    )
    document = document_of(found, language)
    [table] = [one for one in document.tables() if one.name == "inputs"]
    return [[cell.text or cell.value for cell in row.cells] for row in table.rows()]


def test_every_template_is_in_some_pair():
    assert {name for pair in PAIRS for name in pair} == set(NAMES)


@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@pytest.mark.parametrize("language", ["nb", "sv"])
def test_every_difference_has_words_of_the_language(pair, language):
    rows = rows_of(*pair, language)
    assert rows
    for label, first, second, path in rows:
        assert label
        assert english_in(f"{label} {first} {second}") == [], path
        assert not {key for key in path.split(".")[-1:] if "_" in key and key in label}, label
        assert first != second or first == say("compare_own_way", language), path


def test_swapped_plans_have_the_same_differences_the_other_way_about():
    forth, back = (rows_of(*pair, "nb") for pair in (PAIRS[2], PAIRS[3]))
    assert {(row[1], row[2], row[3]) for row in forth} == {(row[2], row[1], row[3]) for row in back}


def test_what_is_written_at_length_is_no_row_of_signs():
    """What a line has no room for is not cut off in the midst of a word."""
    for pair in PAIRS:
        for row in rows_of(*pair, "nb"):
            assert "{" not in row[1] + row[2], row
    assert say("compare_own_way", "nb") in {
        cell for pair in PAIRS for row in rows_of(*pair, "nb") for cell in row
    }
