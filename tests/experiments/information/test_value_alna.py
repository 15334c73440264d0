"""The page about the value of information shows Alna's numbers as they were worked out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MADE = ROOT / "reports" / "value" / "alna_aktiv_en"
PAGE = (ROOT / "docs" / "value.md").read_text(encoding="utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """The rows of a table that was made, by what they are about."""
    with (MADE / f"{name}_start.csv").open(encoding="utf-8-sig") as file:
        return {row[0]: row[1:] for row in csv.reader(file)}


def shown(heading: str) -> list[list[str]]:
    """The rows of the table on the page whose first column has this heading."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].splitlines()[2:]
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace(" %", ""))


def alike(text: str, made: str) -> bool:
    """Three digits of what was made, or the thousand."""
    exact = float(made)
    return abs(number(text) - exact) <= max(0.005 * abs(exact), 50.0 if abs(exact) > 1000 else 5.0)


def test_what_options_pay():
    made = rows("options")
    table = shown("option")
    assert [row[0] for row in table] == [name for name in made if name != "Option"]
    for name, pays, best in table:
        assert alike(pays, made[name][0])
        assert number(best) == round(float(made[name][3]))


@pytest.mark.parametrize("place", range(5))
def test_what_would_be_known(place):
    name, worth, interval, verdict = shown("what would be known")[place]
    made = rows("inputs") | rows("groups")
    low, high = interval.split("–")
    assert alike(worth, made[name][0])
    assert alike(low, made[name][1])
    assert alike(high, made[name][2])
    assert verdict == made[name][4]


def test_what_surveys_are_worth():
    made = rows("surveys")
    table = shown("survey")
    assert [row[0] for row in table] == [name for name in made if name != "Survey"]
    for name, worth, costs, delay, net, verdict in table:
        own = made[name]
        for said, column in ((worth, 0), (costs, 4), (delay, 5), (net, 6)):
            assert alike(said, own[column])
        assert verdict == own[10]
