"""The program's own words and numbers: both languages complete, nothing rounded into certainty."""

import math
from datetime import date
from pathlib import Path

import pytest

from pilotsim.base.languages import LANGUAGES
from pilotsim.base.quantity import read_value
from pilotsim.base.units import DAYS_PER_MONTH
from pilotsim.files.reading import read_text
from pilotsim.language.numbers import (
    DASH,
    format_change,
    format_change_and_range,
    format_change_range,
    format_date,
    format_difference,
    format_exact,
    format_measure,
    format_month,
    format_number,
    format_probability,
    format_range,
    format_value,
    format_value_range,
    format_written,
    join,
)

SOURCE = Path(__file__).parent.parent.parent / "src" / "pilotsim"
N = "\u00a0"


@pytest.mark.parametrize(
    ("number", "nb", "en"),
    [
        (0.0, "0", "0"),
        (1.25, "1,25", "1.25"),
        (41.93, "41,9", "41.9"),
        (-116.0, "−116", "−116"),
        (-0.0, "0", "0"),
        (999.4, "999", "999"),
        (1234.0, f"1{N}234", "1,234"),
        (9999.4, f"9{N}999", "9,999"),
        (13162.0, f"13{N}162", "13,162"),
        (1234567.8, f"1{N}234{N}568", "1,234,568"),
        (0.00004, "0,00004", "0.00004"),
        (math.nan, "–", "–"),
        (math.inf, "ubegrenset", "unlimited"),
    ],
)
def test_numbers_are_written_as_people_write_them(number, nb, en):
    assert [format_number(number, language) for language in ("nb", "en")] == [nb, en]


@pytest.mark.parametrize(
    ("number", "kind", "nb", "en"),
    [
        (0.419, "share", f"41,9{N}%", f"41.9{N}%"),
        (0.4, "share", f"40{N}%", f"40{N}%"),
        (0.9999, "share", f">{N}99,9{N}%", f">{N}99.9{N}%"),
        (0.0001, "share", f"<{N}0,1{N}%", f"<{N}0.1{N}%"),
        (1.0, "share", f"100{N}%", f"100{N}%"),
        (16.06, "duration", f"16,1{N}dager", f"16.1{N}days"),
        (34.2, "duration", f"34{N}dager", f"34{N}days"),
        (1.0, "duration", f"1{N}dag", f"1{N}day"),
        (0.046, "duration", f"0{N}dager", f"0{N}days"),
        (8 / 30.4375, "rate", f"8{N}per måned", f"8{N}per month"),
        (-112.4, "real", "−112", "−112"),
        (9.85, "real", "9,8", "9.8"),
        (math.nan, "share", "–", "–"),
    ],
)
def test_measures_carry_their_unit(number, kind, nb, en):
    assert [format_measure(number, kind, language) for language in ("nb", "en")] == [nb, en]


def test_ranges_write_their_unit_once():
    assert format_range(0.141, 0.224, "share", "nb") == f"14,1–22,4{N}%"
    assert format_range(-131.3, -98.9, "real", "nb") == "−131 til −99"
    assert format_range(-25.5, 68.9, "real", "en") == "−26 to 69"
    assert format_range(4.9, 34.1, "duration", "en") == f"5–34{N}days"
    assert format_range(0.3, 0.3, "share", "en") == f"30{N}%"
    assert format_range(math.nan, math.nan, "share", "en") == "–"


def test_changes_carry_a_sign_and_shares_change_by_points():
    assert format_change(0.0819, "share", "nb") == f"+8,2{N}prosentpoeng"
    assert format_change(-0.01, "share", "en") == f"−1.0{N}percentage points"
    assert format_change(-18.2, "real", "nb") == "−18,2"
    assert format_change(0.0, "real", "nb") == "0"


def test_no_number_of_runs_makes_certainty():
    assert format_probability(999 / 1000, "nb") == f">{N}99{N}%"
    assert format_probability(1 / 1000, "en") == f"<{N}1{N}%"
    assert format_probability(1.0, "en") == f">{N}99{N}%"
    assert format_probability(0.0, "en") == f"<{N}1{N}%"
    assert format_probability(0.424, "nb") == f"42{N}%"
    assert format_probability(math.nan, "nb") == "–"


def test_where_all_runs_agree_only_the_interval_can_be_said():
    assert format_probability(1.0, "nb", (0.8389, 1.0)) == f">{N}83{N}%"
    assert format_probability(0.0, "nb", (0.0, 0.1611)) == f"<{N}17{N}%"
    assert format_probability(1.0, "nb", (0.9999, 1.0)) == f">{N}99{N}%"
    assert format_probability(0.95, "nb", (0.76, 0.99)) == f"95{N}%"


@pytest.mark.parametrize(
    ("raw", "kind", "nb", "en"),
    [
        ("6 weeks", "duration", f"6{N}uker", f"6{N}weeks"),
        ("1 month", "duration", f"1{N}måned", f"1{N}month"),
        ("10 working days", "duration", f"10{N}arbeidsdager", f"10{N}working days"),
        ("2 working weeks", "duration", f"2{N}uker (arbeidstid)", f"2{N}weeks (working time)"),
        ("2.5 % per month", "rate", f"2,5{N}% per måned", f"2.5{N}% per month"),
        ("8 per week", "rate", "8 per uke", "8 per week"),
        ("83.7 %", "share", f"83,7{N}%", f"83.7{N}%"),
        (1.6, "number", "1,6", "1.6"),
        (155, "count", "155", "155"),
    ],
)
def test_values_keep_the_unit_of_the_file(raw, kind, nb, en):
    value = read_value(raw, kind)
    assert [format_value(value, language) for language in ("nb", "en")] == [nb, en]


def test_the_ends_of_a_range_are_written_in_the_unit_of_the_value():
    value = read_value(
        {"value": "6 weeks", "low": 3, "high": 12, "assumption": "guess"}, "duration"
    )
    assert [format_value(value, "nb", end) for end in (value.low, value.high)] == [
        f"3{N}uker",
        f"12{N}uker",
    ]
    nothing = read_value(
        {"value": "0 % per month", "low": 0, "high": "1 % per month", "assumption": "guess"}, "rate"
    )
    assert format_value(nothing, "en", nothing.high) == f"1{N}% per month"
    assert format_value(value, "en", math.inf) == "unlimited"


def test_sums_keep_their_shape():
    assert format_written("155 × (90 % × 0.6)", "nb") == f"155 × (90{N}% × 0,6)"
    assert format_written("155 × (90 % × 0.6)", "en") == f"155 × (90{N}% × 0.6)"
    assert format_written("100 % - 40 %", "nb") == f"100{N}% − 40{N}%"
    assert format_written("330 + 170 - 215", "en") == "330 + 170 − 215"
    assert format_written("p. 5-7", "en") == "p. 5-7"


def test_dates_and_lists():
    assert (format_date(date(2015, 1, 5), "nb"), format_date(date(2015, 5, 17), "en")) == (
        "5. jan. 2015",
        "17 May 2015",
    )
    assert (
        format_month(date(2015, 12, 1), "nb"),
        format_month(date(2015, 7, 1), "en", year=False),
    ) == ("des. 2015", "July")
    assert [join(list("abc"), language) for language in LANGUAGES] == [
        "a, b og c",
        "a, b and c",
        "a, b och c",
    ]
    assert [join(parts, "nb") for parts in ([], ["a"], ["a", "b"])] == ["", "a", "a og b"]


def test_a_list_of_what_has_commas_of_its_own_is_parted_by_semicolons():
    """`leder, til driften, plan, med det som følger og rom` names three things, or five."""
    parts = ["leder, til driften", "rom", "plan, med det som følger"]
    assert join(parts, "nb") == "leder, til driften; rom; og plan, med det som følger"
    # The controls: a comma in quotes, in brackets, in a number or in the last of them parts nothing.
    assert join(["«a, b»", "c (d, e)", "0,5"], "nb") == "«a, b», c (d, e) og 0,5"
    assert join(["a", "b", "c, d"], "nb") == "a, b og c, d"


def test_sums_keep_a_decimal_where_they_have_one():
    assert [
        format_exact(number, "count", "nb") for number in (139.5, 140, 99.2, 41.85, 13162.4)
    ] == [
        "139,5",
        "140",
        "99,2",
        "41,9",
        f"13{N}162",
    ]


@pytest.mark.parametrize(
    ("mean", "half", "kind", "expected"),
    [
        (-0.002, 0.001, "number", "0"),
        (0.002, 0.4, "number", "0 ± 0.40"),
        (0.0, 0.0, "share", "0"),
        (0.0, 0.0, "duration", "0"),
        (-8.2, 0.1, "duration", "−8.2 ± 0.1 days"),
        (1.0, 0.0, "duration", "+1 days"),
        (0.014, 0.002, "share", "+1.4 ± 0.2 percentage points"),
        (0.0002, 0.002, "share", "0 ± 0.2 percentage points"),
        (-112.4, 33.3, "real", "−112 ± 33"),
        (0.014, math.nan, "share", "+1.4 percentage points"),
        (math.nan, math.nan, "share", "–"),
    ],
)
def test_a_difference_says_its_unit_once_and_what_is_nothing_has_no_sign(
    mean, half, kind, expected
):
    assert format_difference(mean, half, kind, "en").replace(N, " ") == expected


def test_a_difference_of_shares_is_never_written_as_per_cent():
    """It would be read as relative: 1.4 percentage points of 2 % is a great deal more than 1.4 %."""
    for language in LANGUAGES:
        for mean in (-0.5, -0.014, 0.0004, 0.014, 0.5):
            assert "%" not in format_difference(mean, 0.002, "share", language)
            assert "%" not in format_change(mean, "share", language)


def test_a_change_that_is_written_as_nothing_has_no_sign():
    assert format_change(-0.0004, "share", "nb") == f"0,0{N}prosentpoeng"
    assert format_change(0.04, "duration", "nb") == f"0{N}dager"
    assert format_change_range(-0.0004, 0.034, "share", "nb") == "0,0 … +3,4"
    assert format_change_range(math.nan, 0.034, "share", "nb") == "–"


def test_points_have_no_decimal_that_chance_alone_would_write():
    """Of twenty runs a chance moves by five points at a time; its decimal says nothing."""
    assert format_change(-0.35, "share", "nb", half=0.2) == f"−35{N}prosentpoeng"
    assert format_change(-0.021, "share", "nb", half=0.0115) == f"−2{N}prosentpoeng"
    assert format_change(-0.021, "share", "nb", half=0.004) == f"−2,1{N}prosentpoeng"
    assert format_change(0.002, "share", "nb", half=0.2) == f"0{N}prosentpoeng"
    assert format_change_range(-0.033, -0.01, "share", "nb", half=0.0115) == "−3 … −1"
    assert format_change(-11.9, "real", "nb", half=4.8) == "−12"
    assert format_change(-1.9, "duration", "nb", half=1.5) == f"−2{N}dager"
    assert format_change(-11.9, "real", "nb", half=0.3) == "−11,9"


def test_a_share_has_no_decimal_that_chance_alone_would_write():
    assert format_measure(0.269, "share", "nb", half=0.02) == f"27{N}%"
    assert format_measure(0.269, "share", "nb", half=0.004) == f"26,9{N}%"
    # Near its ends a share is not rounded to them.
    assert format_measure(0.996, "share", "nb", half=0.02) == f"99,6{N}%"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_change_at_all_is_a_plain_0(language):
    said = format_change(0.0, "share", language, half=0.0)
    assert said.startswith("0\u00a0"), said
    assert format_change(0.0, "count", language) == "0"
    # The control: what is only nearly 0 keeps its decimal.
    assert format_change(0.0004, "share", language)[:3] in ("0,0", "0.0")


RETURN = """
flow: small
title: x
starts: 2015-01-01
lasts: 3 months
groups: {g: {starts_in: away, stock: 10, arrivals: 4 per month}}
risks:
  back: {to: home, rate: {value: 1.373 per month, low: 0.604, high: 2.4, assumption: a}}
  job: {to: home, rate: 2 % per month}
stages: {away: {risks: {back: 1, job: 3 per week}}, home: {}}
"""


def test_a_speed_beyond_all_is_told_as_how_many_of_a_hundred():
    """`1.373 per month` is no chance that anybody knows: 1 - exp(-1.373) = 74.7 %."""
    values = read_text(RETURN).values
    back = values["risks.back.rate"]
    assert format_value(back, "nb") == "om lag 75 av 100 i løpet av en måned"
    assert format_value(back, "sv") == "omkring 75 av 100 inom en månad"
    # 1 - exp(-0.604) = 45.3 %, 1 - exp(-2.4) = 90.9 %
    assert format_value_range(back, "en") == "about 45\u201391 in 100 within a month".replace(
        "\u2013", DASH
    )
    assert format_value(back, "en", 30 / DAYS_PER_MONTH) == "over 99 in 100 within a month"
    # 1 - exp(-3) = 95.0 %
    weekly = next(
        value for path, value in values.items() if path.startswith("stages.away.risks.job")
    )
    assert format_value(weekly, "nb") == "om lag 95 av 100 i løpet av en uke"
    # The controls: a share a month is one already, and who come are counted.
    assert format_value(values["risks.job.rate"], "nb").replace("\u00a0", " ") == "2 % per måned"
    assert format_value(values["groups.g.arrivals"], "nb").replace("\u00a0", " ") == "4 per måned"


@pytest.mark.parametrize(
    ("numbers", "kind", "shown"),
    [
        ((16.0, 2.1, 30.2), "real", ("+16", "+2 … +30")),
        ((-5.0, -6.5, -3.5), "real", ("−5.0", "−6.5 … −3.5")),
        ((0.9, 0.5, 1.3), "real", ("+0.9", "+0.5 … +1.3")),
        ((0.016, -0.01, 0.042), "share", ("+1.6", "−1.0 … +4.2")),
        ((-717.0, -774.2, -660.4), "count", ("−717", "−774 … −660")),
        ((0.0, 0.0, 0.0), "count", ("0", "0 … 0")),
    ],
)
def test_a_difference_and_its_bounds_have_as_many_decimals(numbers, kind, shown):
    assert format_change_and_range(*numbers, kind, "en", with_unit=False) == shown
    decimals = {len(one.partition(".")[2]) for one in (shown[0], *shown[1].split(" … "))}
    assert len(decimals) == 1


@pytest.mark.parametrize(
    ("ends", "kind", "shown"),
    [
        ((3.0, 7.5), "real", "3.0–7.5"),
        ((0.1, 0.396), "share", "10.0–39.6 %"),
        ((0.829, 1.0), "share", "82.9–100 %"),
        ((0.0, 0.027), "share", "0–2.7 %"),
        ((0.0004, 0.27), "share", "< 0.1 to 27.0 %"),
        ((3.0, 30.5), "real", "3–30"),
        ((2.0, 7.0), "real", "2–7"),
    ],
)
def test_both_ends_of_a_range_have_as_many_decimals(ends, kind, shown):
    found = format_range(*ends, kind, "en")
    assert found.replace(DASH, "–").replace("\u00a0", " ") == shown
