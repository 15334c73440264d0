"""Names stand on a page where people of a language look for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pilotsim.base.languages import LANGUAGES
from tests.portable.outside import in_node

PROGRAM = Path(__file__).with_name("ordered.mjs")


def ordered(names: list[str], language: str) -> list[str]:
    found: list[str] = in_node(PROGRAM, json.dumps({"names": names, "language": language}))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_abbreviation_that_begins_with_two_a_stands_first(language):
    """Norwegian sorts `aa` as `å`: AAP stood after Ø, last of a hundred numbers."""
    names = ["Tid i KVP", "AAP etter KVP", "Andel ungdom", "AAP per måned"]
    assert ordered(names, language) == [names[1], names[3], names[2], names[0]]


def test_other_names_keep_the_order_of_their_language():
    names = ["Ålesund", "Øvrige", "Ærlig", "Zoo", "Aasen", "Bydel"]
    assert ordered(names, "nb")[:4] == ["Bydel", "Zoo", "Ærlig", "Øvrige"]
    assert set(ordered(names, "nb")[4:]) == {"Ålesund", "Aasen"}
