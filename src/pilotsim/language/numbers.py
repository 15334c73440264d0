"""Numbers, dates and lists as people of a language write them: the one place that does.

A figure, a page, a document and the terminal write the same number in the same way.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.quantity import Quantity, read_scalar
from pilotsim.base.text import Blank, fill_blanks_by
from pilotsim.base.units import DAYS_IN, WORKING_DAYS_IN, unit_of
from pilotsim.language.catalogue import catalogue_of, say

if TYPE_CHECKING:
    from pilotsim.model.published import Published

__all__ = [
    "format_blank",
    "format_bytes",
    "format_change",
    "format_change_range",
    "format_date",
    "format_difference",
    "format_duration",
    "format_exact",
    "format_level",
    "format_measure",
    "format_month",
    "format_number",
    "format_p_value",
    "format_points",
    "format_probability",
    "format_probability_range",
    "format_published",
    "format_range",
    "format_value",
    "format_value_range",
    "format_with_error",
    "format_written",
    "in_own_unit",
    "in_unit",
    "join",
    "unit_of_change",
    "unit_of_kind",
]

SPACE, MINUS, DASH, NONE = "\u00a0", "\u2212", "\u2013", "\u2013"
GROUPED_FROM = 1_000
# With how many digits that count a value is written that is worked out from others.
WORKED_OUT = 4
MOST_OF_HUNDRED = 0.995  # more than that is nearly all of them
# Half an interval from which percentage points have no decimal: the decimal would be chance.
WHOLE_POINTS_FROM = 0.01 - 1e-9
# What a comma does not part: what stands in quotes or brackets.
ENCLOSED = re.compile(r"«[^»]*»|“[^”]*”|”[^”]*”|\([^)]*\)")


def format_number(number: float, language: str, decimals: int | None = None) -> str:
    """Return a number as people write it in a language.

    It has a true minus, the decimal sign of the language, and thousands set apart.

    Parameters
    ----------
    number : float
        NaN becomes a dash.
    language : str
        One of `LANGUAGES`.
    decimals : int, optional
        How many to write; three digits that count, and no idle zeros, unless said.
    """
    if math.isnan(number):
        return NONE
    if math.isinf(number):
        return say("unlimited", language)
    style = catalogue_of(language).numbers
    digits = f"{number:.{decimals}f}" if decimals is not None else _three_digits(number)
    whole, _, rest = digits.lstrip("-").partition(".")
    if float(whole) >= GROUPED_FROM:
        whole = f"{int(whole):,}".replace(",", style.thousands)
    sign = MINUS if float(digits) < 0 else ""
    return sign + whole + (style.decimal + rest if rest else "")


def _three_digits(number: float) -> str:
    if number == 0:
        return "0"
    before = math.floor(math.log10(abs(number))) + 1
    digits = f"{number:.{min(max(0, 3 - before), 6)}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def format_measure(number: float, kind: str, language: str, *, half: float = math.nan) -> str:
    """Return a measured number with its unit.

    Parameters
    ----------
    number : float
        In the base unit of its kind: share of 1, days, per day, or as counted. NaN becomes a dash.
    kind : str
        The kind of the bound that it is held against: `share`, `duration`, `rate`, `count`,
        `number` or `real`.
    language : str
        One of `LANGUAGES`.
    half : float
        Half its interval, which says how exactly it is known; shares have no decimal where that is
        a percentage point or more.
    """
    if math.isnan(number):
        return NONE
    if kind == "share" and half >= WHOLE_POINTS_FROM and 0.01 <= number <= 0.99:
        return format_number(100 * number, language, 0) + SPACE + "%"
    digits = _measure_digits(number, kind, language, abs(number))
    return digits + _unit_after(kind, language, alone=digits == "1")


def _measure_digits(number: float, kind: str, language: str, size: float) -> str:
    """Return the digits of a measure.

    `size` is the largest number beside it, which sets the decimals of days and clients.
    """
    if kind == "share":
        return _percent(number, language)
    if kind == "rate":
        return format_number(number * DAYS_PER_MONTH, language)
    if size >= 19.5 or number == round(number):
        return format_number(number, language, 0)
    if kind == "duration" and abs(number) < 0.05:
        return "0"
    return format_number(number, language, 1 if size >= 1 or kind == "duration" else 2)


def format_exact(number: float, kind: str, language: str) -> str:
    """Return what a sum comes to, with at least one decimal where it is not whole.

    Parameters
    ----------
    number : float
        In the base unit of its kind.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    """
    if kind not in ("real", "count", "number"):
        return format_measure(number, kind, language)
    broken = 100 <= abs(number) < 10_000 and round(number, 1) != round(number)
    return format_number(number, language, 1 if broken else None)


def _percent(share: float, language: str) -> str:
    """Return a share in per cent: one decimal unless it is whole.

    Never 0 or 100 for what is only nearly so.
    """
    percent = 100 * share
    if abs(percent - round(percent)) < 1e-9:
        return format_number(percent, language, 0)
    if 0 < percent < 0.05:
        return "<" + SPACE + format_number(0.1, language, 1)
    if 99.95 <= percent < 100:
        return ">" + SPACE + format_number(99.9, language, 1)
    return format_number(percent, language, 1)


def _unit_after(kind: str, language: str, *, alone: bool = False) -> str:
    if kind == "share":
        return SPACE + "%"
    if kind == "duration":
        return SPACE + _unit("day", language, 1 if alone else 2)
    return SPACE + say("per_month", language) if kind == "rate" else ""


def _unit(name: str, language: str, number: float) -> str:
    return catalogue_of(language).units[name][0 if number == 1 else 1]


def format_range(low: float, high: float, kind: str, language: str) -> str:
    """Return a range with its unit once: `14,1–22,4 %`, `−131 til −99`.

    One number where both ends are written alike.

    Parameters
    ----------
    low, high : float
        In the base unit of their kind. A dash is written if either is NaN.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    """
    if math.isnan(low) or math.isnan(high):
        return NONE
    first, last = _alike_digits((low, high), kind, language)
    if first == last:
        return format_measure(low, kind, language)
    plain = low >= 0 and not any(sign in first + last for sign in "<>")
    joint = DASH if plain else f" {say('to', language)} "
    return first + joint + last + _unit_after(kind, language)


def _alike_digits(numbers: Sequence[float], kind: str, language: str) -> list[str]:
    """Return the digits of numbers that stand beside each other, with as many decimals each.

    None and all of a share stay 0 and 100: with a decimal they could be nearly so.
    """
    size = max(abs(number) for number in numbers)
    shown = [_measure_digits(number, kind, language, size) for number in numbers]
    most = max(_count_decimals(digits, language) for digits in shown)
    factor = 100 if kind == "share" else 1
    return [
        digits
        if number == 0 or (kind == "share" and number == 1) or digits[0] in "<>" or kind == "rate"
        else format_number(factor * number, language, most)
        for number, digits in zip(numbers, shown, strict=True)
    ]


def _count_decimals(digits: str, language: str) -> int:
    return len(digits.partition(catalogue_of(language).numbers.decimal)[2])


def format_open_range(low: float, high: float, kind: str, language: str) -> str:
    """Return a range whose upper end is the least that it can be: `0 to at least 43 days`.

    Parameters
    ----------
    low, high, kind, language
        As for `format_range`.
    """
    first = _measure_digits(low, kind, language, max(abs(low), abs(high)))
    last = say("at_least_so_much", language, number=format_measure(high, kind, language))
    return f"{first} {say('to', language)} {last}"


def format_change(
    number: float,
    kind: str,
    language: str,
    *,
    with_unit: bool = True,
    half: float = math.nan,
) -> str:
    """Return a difference with its sign and unit; differences of shares in percentage points.

    What is written as 0 has no sign.

    Parameters
    ----------
    number : float
        In the base unit of its kind. NaN becomes a dash.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    with_unit : bool
        Whether its unit follows, where it does not stand elsewhere.
    half : float
        Half its interval, which says how exactly it is known; percentage points, days and clients
        have no decimal where that is one or more.
    """
    if math.isnan(number):
        return NONE
    digits = _change_digits(number, kind, language, abs(number), half)
    if not with_unit:
        return digits
    return digits + _unit_of_change(kind, language, alone=digits.lstrip("+" + MINUS) == "1")


def _change_digits(
    number: float, kind: str, language: str, size: float, half: float = math.nan
) -> str:
    """Return a difference's digits with a sign; `size` sets the decimals of days and clients."""
    if number == 0:
        return "0"
    if kind == "share":
        digits = format_number(abs(100 * number), language, 0 if half >= WHOLE_POINTS_FROM else 1)
    elif kind != "rate" and half >= 1:
        digits = format_number(abs(number), language, 0)
    else:
        digits = _measure_digits(abs(number), kind, language, size)
    if not any(digit in digits for digit in "123456789"):
        return digits
    return (MINUS if number < 0 else "+") + digits


def _unit_of_change(kind: str, language: str, *, alone: bool = False) -> str:
    if kind == "share":
        return SPACE + say("points", language)
    return _unit_after(kind, language, alone=alone)


def format_change_range(
    low: float, high: float, kind: str, language: str, *, half: float = math.nan
) -> str:
    """Return the ends of an interval of a difference, without its unit: `−1,2 … 3,4`.

    Parameters
    ----------
    low, high : float
        In the base unit of their kind. A dash is written if either is NaN.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    half : float
        As for `format_change`.
    """
    if math.isnan(low) or math.isnan(high):
        return NONE
    return " … ".join(_alike_changes((low, high), kind, language, half))


def format_change_and_range(
    mean: float,
    low: float,
    high: float,
    kind: str,
    language: str,
    *,
    with_unit: bool = True,
    half: float = math.nan,
) -> tuple[str, str]:
    """Return a difference and the ends of its interval, all three with as many decimals.

    Parameters
    ----------
    mean, low, high : float
        In the base unit of their kind. A dash is written for what is NaN.
    kind, language, with_unit, half
        As for `format_change`.
    """
    if any(math.isnan(number) for number in (mean, low, high)):
        return (
            format_change(mean, kind, language, with_unit=with_unit, half=half),
            format_change_range(low, high, kind, language, half=half),
        )
    digits, *ends = _alike_changes((mean, low, high), kind, language, half)
    unit = _unit_of_change(kind, language, alone=digits.lstrip("+" + MINUS) == "1")
    return digits + (unit if with_unit else ""), " … ".join(ends)


def _alike_changes(numbers: Sequence[float], kind: str, language: str, half: float) -> list[str]:
    """Return the digits of differences that stand beside each other, with as many decimals each."""
    size = max(abs(number) for number in numbers)
    shown = [_change_digits(number, kind, language, size, half) for number in numbers]
    most = max(_count_decimals(digits, language) for digits in shown)
    if kind == "rate":
        return shown
    factor = 100 if kind == "share" else 1
    return [
        digits[0] + format_number(factor * abs(number), language, most)
        if digits[0] in "+" + MINUS and "<" not in digits
        else digits
        for number, digits in zip(numbers, shown, strict=True)
    ]


def format_difference(mean: float, half: float, kind: str, language: str) -> str:
    """Return a mean difference with half its interval and one unit: `+1,4 ± 0,2 prosentpoeng`.

    Parameters
    ----------
    mean, half : float
        In the base unit of its kind. A mean of NaN becomes a dash; a half that is not known is left
        out.
    kind : str
        As for `format_measure`.
    language : str
        One of `LANGUAGES`.
    """
    if math.isnan(mean):
        return NONE
    size = max(abs(mean), abs(half)) if math.isfinite(half) else abs(mean)
    digits = _change_digits(mean, kind, language, size)
    if not digits.startswith(("+", MINUS)):
        digits = "0"
    if math.isfinite(half):
        reach = _change_digits(half, kind, language, size).lstrip("+")
        shows_reach = any(digit in reach for digit in "123456789")
        digits += f" ± {reach}" if shows_reach else ""
    return "0" if digits == "0" else digits + _unit_of_change(kind, language)


def in_unit(number: float, kind: str) -> float:
    """Return a number in base units in the unit that tables use for its kind: %, per month."""
    return number * {"share": 100, "rate": DAYS_PER_MONTH}.get(kind, 1)


def unit_of_kind(kind: str, language: str) -> str:
    """Return the unit in which tables hold numbers of a kind; empty for those without one."""
    units = {
        "share": "%",
        "duration": _unit("day", language, 2),
        "rate": say("per_month", language),
    }
    return units.get(kind, "")


def unit_of_change(kind: str, language: str) -> str:
    """Return the unit in which tables hold differences of a kind: percentage points for shares."""
    return say("points", language) if kind == "share" else unit_of_kind(kind, language)


def format_points(difference: float, language: str, decimals: int = 1) -> str:
    """Return a difference of shares in percentage points, without the unit: `−2,4`.

    Parameters
    ----------
    difference : float
        Of shares of 1.
    language : str
        One of `LANGUAGES`.
    decimals : int
        Decimals that are written.
    """
    return format_number(100 * difference, language, decimals)


def format_with_error(number: float, error: float, language: str) -> str:
    """Return a simulated number with its standard error: `12,3 ±0,4`.

    Parameters
    ----------
    number, error : float
        As they are to be written, with one decimal. A dash where the number is NaN; without an
        error where that is NaN.
    """
    written = format_number(number, language, 1)
    if math.isnan(number) or math.isnan(error):
        return written
    return f"{written} ±{format_number(error, language, 1)}"


def format_level(share: float, language: str) -> str:
    """Return a share that somebody chose, such as a level, in per cent with all its digits."""
    return _in_full(100 * share, language) + SPACE + "%"


def format_p_value(p: float, language: str) -> str:
    """Return a p-value with three decimals; what is smaller as such."""
    if p < 0.001:
        return f"<{SPACE}{format_number(0.001, language, 3)}"
    return format_number(p, language, 3)


def format_duration(minutes: float, language: str) -> str:
    """Return how long something takes on a clock: `under et minutt`, `12 minutter`, `3,5 timer`."""
    if minutes < 1:
        return say("under_a_minute", language)
    if minutes < 90:
        return say("minutes", language, count=format_number(math.ceil(minutes), language, 0))
    return say("hours", language, count=format_number(minutes / 60, language, 1))


def format_bytes(count: float, language: str) -> str:
    """Return room on a disk: `240 kB`, `3 GB`; never less than one of a unit."""
    size, unit = count / 1000, "kB"
    for larger in ("MB", "GB"):
        if size >= 1000:
            size, unit = size / 1000, larger
    return format_number(max(size, 1), language, 0) + SPACE + unit


def format_probability(
    probability: float, language: str, interval: Sequence[float] | None = None
) -> str:
    """Return a probability in whole per cent, never 0 or 100: no number of runs can show that.

    Parameters
    ----------
    probability : float
        NaN becomes a dash.
    language : str
        One of `LANGUAGES`.
    interval : (float, float), optional
        Its interval: where all runs agree, this is what can be said (`> 83 %` after 20 runs of 20).
    """
    if math.isnan(probability):
        return NONE
    lowest, highest = 0.01, 0.99
    if interval is not None:
        lowest, highest = (
            max(lowest, math.ceil(100 * interval[1]) / 100),
            min(highest, math.floor(100 * interval[0]) / 100),
        )
    if probability <= 0 or (probability < 0.01 and lowest == 0.01):
        return f"<{SPACE}{format_number(100 * lowest, language, 0)}{SPACE}%"
    if probability >= 1 or (probability > 0.99 and highest == 0.99):
        return f">{SPACE}{format_number(100 * highest, language, 0)}{SPACE}%"
    return format_number(min(99.0, max(1.0, 100 * probability)), language, 0) + SPACE + "%"


def format_probability_range(low: float, high: float, language: str) -> str:
    """Return the interval of a probability in whole per cent, rounded outwards.

    Parameters
    ----------
    low, high : float
        Its ends, from 0 to 1.
    language : str
        One of `LANGUAGES`.
    """
    down = math.floor(100 * low + 1e-9) / 100
    up = math.ceil(100 * high - 1e-9) / 100
    return format_range(down, up, "share", language)


def format_published(published: Published, language: str) -> str:
    """Return how exactly a published figure is meant: `avrundet`, `litt over`, `68,5–69,5`."""
    tolerance = published.tolerance
    if tolerance.value is None:
        return say(tolerance.rule, language)
    low, high = published.interval
    return format_range(low, high, published.value.kind, language)


def format_value(value: Quantity, language: str, number: float | None = None) -> str:
    """Return a value, or another number of its kind, in the unit in which the file writes it.

    Parameters
    ----------
    value : Quantity
        Its `written` gives the unit: `6 weeks`, `2 % per month`.
    language : str
        One of `LANGUAGES`.
    number : float, optional
        Another number in the base unit, such as an end of the value's range.
    """
    number = value.number if number is None else number
    if math.isinf(number):
        return say("unlimited", language)
    if value.follows and math.isfinite(number) and number != 0:
        # Nobody stated what is worked out: the digits that count will do.
        one = _one_of_unit(value)
        number = round(number / one, max(0, WORKED_OUT - _digits_before(number / one))) * one
    unit = unit_of(value.written).strip()
    if value.kind == "duration":
        return _format_length(number, unit, language, working=value.working)
    if value.is_hazard and "%" not in unit:
        return _format_hazard(number, number, unit, language)
    if value.kind == "rate":
        return _format_rate(number, unit, language)
    if value.kind == "share":
        return _in_full(100 * number, language) + SPACE + "%"
    return _in_full(number, language)


def in_own_unit(value: Quantity, language: str, number: float | None = None) -> tuple[float, str]:
    """Return a value in the unit in which the file writes it, and that unit in words.

    Parameters
    ----------
    value : Quantity
        Its `written` gives the unit: `6 weeks`, `2 % per month`.
    language : str
        One of `LANGUAGES`.
    number : float, optional
        Another number in the base unit, such as an end of the value's range.
    """
    number = value.number if number is None else number
    unit = unit_of(value.written).strip()
    if value.kind == "duration":
        size, counted, suffix = _length_in(number, unit, language, working=value.working)
        return size, _unit(counted, language, 2) + suffix
    if value.kind == "rate":
        size, name = _rate_in(number, unit)
        before = f"%{SPACE}" if "%" in unit else ""
        return size, f"{before}{say('per', language)} {_unit(name, language, 1)}"
    return (100 * number, "%") if value.kind == "share" else (number, "")


def format_blank(blank: Blank, language: str) -> str:
    """Return the value that stands in a blank of some words.

    Parameters
    ----------
    blank : Blank
        The value, and with how many decimals at most it is written, in its own unit.
    language : str
        One of `LANGUAGES`.
    """
    value: Quantity = blank.value
    number = value.number
    if blank.decimals is not None and math.isfinite(number):
        one = _one_of_unit(value)
        number = round(number / one, blank.decimals) * one
    return format_value(value, language, number)


fill_blanks_by(format_blank)


def _one_of_unit(value: Quantity) -> float:
    """Return one of the unit in which a value is written, in the base unit of its kind."""
    unit = unit_of(value.written)
    return read_scalar(f"1{unit}", value.kind).number if unit.strip() else 1.0


def _digits_before(number: float) -> int:
    """Return how many digits a number has before its decimal sign; below 1 for small ones."""
    return math.floor(math.log10(abs(number))) + 1


def format_value_range(
    value: Quantity, language: str, low: float | None = None, high: float | None = None
) -> str:
    """Return a range of a value with its unit once: `4–9 per month`, `14 700–20 000`.

    Parameters
    ----------
    value : Quantity
        Its `written` gives the unit.
    language : str
        One of `LANGUAGES`.
    low, high : float, optional
        The ends in the base unit; those of the value unless given. Nothing where it has none.
    """
    low = value.low if low is None else low
    high = value.high if high is None else high
    if low is None or high is None:
        return ""
    unit_written = unit_of(value.written).strip()
    if value.is_hazard and "%" not in unit_written:
        return _format_hazard(low, high, unit_written, language)
    first, last = (format_value(value, language, end) for end in (low, high))
    # The space that sets thousands apart stands between digits; that before a unit does not.
    unit = re.search(f"[{SPACE} ](?![0-9]).*$", first)
    digits = first[: unit.start()] if unit else first
    joint = f" {say('to', language)} " if low < 0 else DASH
    return digits + joint + last


def _in_full(number: float, language: str) -> str:
    """Return a number that somebody stated with all its digits."""
    digits = f"{number:.6g}"
    if "e" in digits:
        return format_number(number, language)
    return format_number(number, language, len(digits.partition(".")[2]))


def _length_in(days: float, unit: str, language: str, *, working: bool) -> tuple[float, str, str]:
    """Return a length in a unit, what is counted, and what follows the unit's name."""
    name = _unit_name(unit) or "day"
    number = days / (WORKING_DAYS_IN if working else DAYS_IN)[name]
    counted = "working day" if working and name == "day" else name
    suffix = f" ({say('working_time', language)})" if working and counted == name else ""
    return number, counted, suffix


def _rate_in(per_day: float, unit: str) -> tuple[float, str]:
    """Return a rate in a unit, and the name of the time that it is per."""
    name = _unit_name(unit) or "month"
    return per_day * DAYS_IN[name] * (100 if "%" in unit else 1), name


def _format_length(days: float, unit: str, language: str, *, working: bool) -> str:
    number, counted, suffix = _length_in(days, unit, language, working=working)
    return _in_full(number, language) + SPACE + _unit(counted, language, round(number, 6)) + suffix


def _format_rate(per_day: float, unit: str, language: str) -> str:
    number, name = _rate_in(per_day, unit)
    return (
        _in_full(number, language)
        + (SPACE + "%" if "%" in unit else "")
        + f" {say('per', language)} {_unit(name, language, 1)}"
    )


def _format_hazard(low: float, high: float, unit: str, language: str) -> str:
    """Return of how many of a hundred a clock of a speed fires in a unit of time.

    `1.4 per month` is no number of people, and more than all cannot leave: of a hundred who stay at
    risk, some 75 leave within a month.

    Parameters
    ----------
    low, high : float
        Rates per day: the ends of a range, or the same twice.
    unit : str
        The unit in which the file writes it.
    language : str
        One of `LANGUAGES`.
    """
    name = _unit_name(unit) or "month"
    within = say(f"within_a_{name}", language)
    shares = [-math.expm1(-per_day * DAYS_IN[name]) for per_day in (low, high)]
    counts = [format_number(100 * share, language, 0) for share in shares]
    if shares[0] > MOST_OF_HUNDRED:
        return say("hazard_above", language, within=within)
    count = counts[0] if counts[0] == counts[1] else DASH.join(counts)
    return say("hazard_of_hundred", language, count=count, within=within)


def _unit_name(unit: str) -> str | None:
    """Return the unit of time that ends a value: `week` of `6 weeks`."""
    found = re.search(r"([a-z]+)$", unit)
    name = found[1].removesuffix("s") if found else ""
    return name if name in DAYS_IN else None


def name_of_currency(currency: str, language: str) -> str:
    """Return what a language calls a currency: `kroner` for `NOK` in Norwegian; else its code."""
    return catalogue_of(language).phrases.get(f"currency_{currency}", currency)


def format_written(text: str, language: str) -> str:
    """Return a sum from a file with the decimal sign of a language, and thousands set apart.

    What is taken away has a true minus. No line can break between a number and its per cent sign.
    """
    text = re.sub(r"(?<=[0-9%)]) - (?=[0-9(])", f" {MINUS} ", text)
    text = re.sub(r"(?<=[0-9]) %", SPACE + "%", text)
    text = re.sub(
        r"(?<![\w.-])[0-9]{4,}(?![\w-])", lambda one: format_number(int(one[0]), language, 0), text
    )
    return re.sub(r"(?<=[0-9])\.(?=[0-9])", catalogue_of(language).numbers.decimal, text)


def format_date(when: date, language: str) -> str:
    """Return a date: `1. jan. 2015`, `1 Jan 2015`."""
    day = catalogue_of(language).numbers.day
    return day.format(day=when.day, month=format_month(when, language))


def format_month(when: date, language: str, *, year: bool = True) -> str:
    """Return a month: `jan. 2015`, `Jan 2015`.

    Parameters
    ----------
    when : date
        A day of the month.
    language : str
        One of `LANGUAGES`.
    year : bool
        Whether the year follows.
    """
    month = say("months", language).split()[when.month - 1]
    return f"{month} {when.year}" if year else month


def join(parts: Sequence[str], language: str) -> str:
    """Return parts as one list: `a, b og c`; of parts with commas of their own `a, d; b; og c`."""
    if len(parts) < 2:
        return "".join(parts)
    first, last, word = parts[:-1], parts[-1], say("and", language)
    if len(parts) > 2 and any(_has_comma(part) for part in first):
        return f"{'; '.join(first)}; {word} {last}"
    return f"{', '.join(first)} {word} {last}"


def _has_comma(part: str) -> bool:
    """Tell whether a comma parts what stands in no quotes and no brackets."""
    return ", " in ENCLOSED.sub("", part)
