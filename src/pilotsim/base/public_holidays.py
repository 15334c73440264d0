"""Which days are public holidays.

Those of Norway and Sweden are worked out here by what the laws say, in whole numbers: the same for
ever and everywhere. Those of other countries are a library's, and a run of them rests on its
version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache
from importlib.metadata import version

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message

LIBRARY = "holidays"
# From 2005 on Sweden keeps its national day, and works on Whit Monday.
NATIONAL_DAY_SINCE = 2005
MAX_YEAR = 2100
SATURDAY = 5


def easter_sunday(year: int) -> date:
    """Return the Sunday after the first full moon from 21 March on, by the church's reckoning.

    Its moon is full again after 19 years on the same day, but for the leap days that three of four
    centuries leave out, and for a day in 312 years that the moon is too early.

    Parameters
    ----------
    year : int
        Of the Gregorian calendar.
    """
    century, golden = year // 100, year % 19
    left_out = (3 * century + 3) // 4
    too_early = (8 * century + 13) // 25
    age = (19 * golden + 15 + left_out - too_early) % 30
    # So that no two years of the 19 have the same, and none is later than 18 April.
    age -= (age + golden // 11) // 29
    full_moon = date(year, 3, 21) + timedelta(age)
    return full_moon + timedelta(7 - full_moon.isoweekday() % 7)


def _saturday_from(first: date) -> date:
    return first + timedelta((SATURDAY - first.weekday()) % 7)


def _norwegian(year: int) -> list[date]:
    """Return those of the acts on holidays (1995), and on 1 and 17 May (1947)."""
    easter = easter_sunday(year)
    # Maundy Thursday to Easter Monday, Ascension, Whitsun.
    moving = [easter + timedelta(days) for days in (-3, -2, 0, 1, 39, 49, 50)]
    fixed = [date(year, *day) for day in ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))]
    return fixed + moving


def _swedish(year: int) -> list[date]:
    """Return those of the act on public holidays (1989) and of the rules of 1953 before it."""
    easter = easter_sunday(year)
    # Good Friday to Easter Monday, Ascension, Whit Sunday.
    moving = [easter + timedelta(days) for days in (-2, 0, 1, 39, 49)]
    fixed = [date(year, *day) for day in ((1, 1), (1, 6), (5, 1), (12, 25), (12, 26))]
    # Midsummer and All Saints.
    saturdays = [_saturday_from(date(year, 6, 20)), _saturday_from(date(year, 10, 31))]
    is_new = year >= NATIONAL_DAY_SINCE
    return [*fixed, *moving, *saturdays, date(year, 6, 6) if is_new else easter + timedelta(50)]


# By country: the first year for which these are the rules, and the days of a year.
OWN: dict[str, tuple[int, Callable[[int], list[date]]]] = {
    "NO": (1950, _norwegian),
    "SE": (1953, _swedish),
}


@lru_cache(maxsize=64)
def public_holidays(country: str, years: tuple[int, ...]) -> frozenset[date]:
    """Return the public holidays of a country (ISO 3166 code) in the given years.

    Sundays that are no holiday left out.

    Raises
    ------
    RequestError
        The country is not known.
    """
    if country in OWN:
        return frozenset(day for year in years for day in OWN[country][1](year))
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    if country not in known:
        meant = (
            Message("; did you mean '{name}'?", name=country.upper())
            if country.upper() in known
            else Message("; use a country code such as NO or SE")
        )
        raise RequestError(
            Message(
                "no public holidays are known for '{country}'{meant}", country=country, meant=meant
            )
        )
    return frozenset(holidays.country_holidays(country, years=years, categories=("public",)))


@lru_cache(maxsize=64)
def known_years(country: str) -> tuple[int, int]:
    """Return the first and the last year whose public holidays are known for a country."""
    if country in OWN:
        return OWN[country][0], MAX_YEAR
    import holidays

    found = holidays.country_holidays(country)
    return int(found.start_year), int(found.end_year)


def rests_on(countries: Iterable[str]) -> dict[str, str]:
    """Return what decides the working days of countries beside the program, by name.

    Parameters
    ----------
    countries : iterable of str
        ISO 3166 codes.
    """
    return {LIBRARY: version(LIBRARY)} if set(countries) - set(OWN) else {}
