"""Red days of Norway and Sweden by law, of other countries by a library."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

import holidays
import pytest

from pilotsim.base import public_holidays as module
from pilotsim.base.calendar import Calendar
from pilotsim.base.errors import RequestError
from pilotsim.base.public_holidays import (
    OWN,
    easter_sunday,
    known_years,
    public_holidays,
    rests_on,
)


def test_norwegian_holidays_of_2015_are_twelve_days():
    # Easter Sunday was 5 April: Maundy Thursday and Good Friday before, Ascension on day 40,
    # Whitsun on day 50.
    expected = [
        "01-01",
        "04-02",
        "04-03",
        "04-05",
        "04-06",
        "05-01",
        "05-14",
        "05-17",
        "05-24",
        "05-25",
        "12-25",
        "12-26",
    ]
    assert sorted(one.isoformat() for one in public_holidays("NO", (2015,))) == [
        f"2015-{one}" for one in expected
    ]


def test_swedish_holidays_are_those_of_the_law_and_not_the_eves():
    """The library has had eves among them: Swedish flows then came to something else."""
    on_weekdays = [one for one in sorted(public_holidays("SE", (2015,))) if one.weekday() < 5]
    assert [one.isoformat()[5:] for one in on_weekdays] == [
        *("01-01", "01-06", "04-03", "04-06", "05-01", "05-14", "12-25"),
    ]


@pytest.mark.parametrize(
    ("country", "message"),
    [
        ("no", "no public holidays are known for 'no'; did you mean 'NO'?"),
        ("Norge", "no public holidays are known for 'Norge'; use a country code such as NO or SE"),
        (
            "HolidayBase",
            "no public holidays are known for 'HolidayBase'; use a country code such as NO or SE",
        ),
        ("", "no public holidays are known for ''; use a country code such as NO or SE"),
    ],
)
def test_unknown_country_says_what_was_meant(country, message):
    with pytest.raises(RequestError) as caught:
        public_holidays(country, (2015,))
    assert str(caught.value) == message


def test_other_countries_have_their_own_holidays():
    # 6 June, Sweden's national day, was a Saturday; Midsummer Eve is no public holiday by law.
    swedish = public_holidays("SE", (2015,))
    assert date(2015, 6, 6) in swedish
    assert date(2015, 5, 17) not in swedish


@pytest.mark.parametrize("country", OWN)
def test_the_law_has_the_days_of_the_library_in_all_years(country):
    """Sundays apart, on which nobody works: in 1953 Sweden moved the Annunciation to one."""
    first, last = known_years(country)
    years = tuple(range(first, last + 1))
    ours = public_holidays(country, years)
    theirs = holidays.country_holidays(country, years=years, categories=("public",))
    assert {day for day in ours if day.weekday() < 6} == {
        day for day in theirs if day.weekday() < 6
    }
    assert len(ours) > 11 * len(years)


@pytest.mark.parametrize(
    "easter",
    # The earliest and the latest there are, and years of which the moon's age is put right.
    ["1818-03-22", "1943-04-25", "2038-04-25", "1954-04-18", "1981-04-19", "2049-04-18"],
)
def test_easter(easter):
    assert easter_sunday(int(easter[:4])).isoformat() == easter


def test_no_library_decides_a_norwegian_or_swedish_day(monkeypatch):
    """So no version of it changes the journeys of an old flow."""

    def nothing(*arguments, **options):
        raise AssertionError("the library was asked")

    monkeypatch.setattr(holidays, "country_holidays", nothing)
    monkeypatch.setattr(holidays, "list_supported_countries", nothing)
    for cached in (module.public_holidays, module.known_years):
        cached.cache_clear()
    for country in OWN:
        assert Calendar(date(2015, 1, 1), date(2016, 1, 1), country).worked[365] > 250
    assert rests_on(OWN) == {}
    assert rests_on(["NO", "DK"]) == {"holidays": version("holidays")}


@pytest.mark.parametrize(("country", "first"), [("SE", 1953), ("FI", 1853), ("NO", 1950)])
def test_years_before_the_law_are_not_known(country, first):
    assert known_years(country) == (first, 2100)
    early = Calendar(date(first - 1, 7, 1), date(first, 7, 1), country)
    assert not early.knows_working_days
    with pytest.raises(
        RequestError, match=f"known only from {first} on; the run starts on {first - 1}-07-01"
    ):
        _ = early.worked
    assert Calendar(date(first, 1, 1), date(first, 7, 1), country).worked
