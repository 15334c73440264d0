"""A value with its unit, its range, and where it comes from.

People write `30 %`, `2 % per month`, `6 weeks`, `10 working days` or `25`; a `Value` holds the number in the base unit
of its kind: a share of 1, a rate per day, a number of days. A value is either plain, or written out with its source,
or with the assumption that it is and the range in which it may lie.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilotsim.dates import DAYS_PER_MONTH, DAYS_PER_YEAR, HOURS_PER_WORKING_DAY
from pilotsim.errors import did_you_mean

LANGUAGES = ("nb", "en")
KEYS = ("value", "low", "high", "source", "assumption", "label", "shape", "from")
SHAPES = ("triangular", "uniform")
DAYS_IN = {
    "minute": 1 / 1440, "hour": 1 / 24, "day": 1.0, "week": 7.0, "month": DAYS_PER_MONTH, "year": DAYS_PER_YEAR,
}  # fmt: skip
WORKING_DAYS_IN = {"minute": 1 / (60 * HOURS_PER_WORKING_DAY), "hour": 1 / HOURS_PER_WORKING_DAY, "day": 1.0, "week": 5.0}

_NUMBER = r"([-+]?[0-9](?:[0-9 \u00a0]*[0-9])?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)"
_SHARE = re.compile(_NUMBER + r"\s*(%|per ?cent)")
_RATE = re.compile(_NUMBER + r"\s*(%)?\s*(?:[a-z]+\s+)?(?:per|a|/)\s*([a-z]+)")
_DURATION = re.compile(_NUMBER + r"\s*(working\s+)?([a-z]+)")


class ValueFault(ValueError):
    """A value that cannot be read; `key` is the key inside the value's mapping, if the fault lies at one."""

    def __init__(self, message: str, key: str | None = None) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Text:
    """Words for people, in Norwegian (bokmål) and English."""

    nb: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the words in `nb` or `en`."""
        return self.nb if language == "nb" else self.en

    @classmethod
    def read(cls, raw: Any) -> Text:
        """Return the text that a string (the same in both languages) or a mapping of languages stands for.

        Raises
        ------
        ValueFault
            Neither, or a language that is not known.
        """
        if isinstance(raw, Text):
            return raw
        if isinstance(raw, str) and raw.strip():
            return cls(raw, raw)
        if not isinstance(raw, Mapping) or not raw:
            raise ValueFault(f"expected words, or {{nb: ..., en: ...}}; found {show(raw)}")
        for language, words in raw.items():
            if language not in LANGUAGES:
                raise ValueFault(f"unknown language '{language}'{did_you_mean(str(language), LANGUAGES)}", str(language))
            if not isinstance(words, str) or not words.strip():
                raise ValueFault(f"expected words; found {show(words)}", str(language))
        fallback = next(iter(raw.values()))
        return cls(raw.get("nb", fallback), raw.get("en", fallback))


@dataclass(frozen=True)
class Value:
    """A number with its unit, and what it rests on.

    Parameters
    ----------
    number : float
        In the base unit of its kind: share of 1, per day, days, or as written.
    kind : str
        `share`, `rate`, `duration`, `count`, `number` or `real`.
    written : str
        The value as people write it, for display.
    working : bool
        A duration counted in working days.
    low, high : float or None
        The ends of the range of an assumption, in the base unit.
    shape : str
        How an assumption is spread over its range: `triangular` (most likely at its value) or `uniform`.
    source : str or None
        Where the value was read: the name of a source and a place in it.
    assumption : Text or None
        Why this value was assumed.
    label : Text or None
        What the value is, for people.
    changes : tuple of (date, Value)
        What the value becomes from a date on, in order.
    slot : int
        Its place among all values of the flow; set when the flow is built.
    """

    number: float
    kind: str
    written: str = ""
    working: bool = False
    low: float | None = None
    high: float | None = None
    shape: str = "triangular"
    source: str | None = None
    assumption: Text | None = None
    label: Text | None = None
    changes: tuple[tuple[date, Value], ...] = ()
    slot: int = field(default=-1, compare=False)

    @property
    def has_range(self) -> bool:
        """Whether this is an assumption that may take other values."""
        return self.low is not None and self.high is not None and self.low < self.high

    @property
    def is_plain(self) -> bool:
        """Whether neither a source nor an assumption is given."""
        return self.source is None and self.assumption is None

    def quantile(self, probability: float) -> float:
        """Return the number below which the assumption lies with this probability; its value where it has no range."""
        if self.low is None or self.high is None or not self.low < self.high:
            return self.number
        if self.shape == "uniform":
            return self.low + (self.high - self.low) * probability
        width, rise = self.high - self.low, self.number - self.low
        if probability * width < rise:
            return self.low + math.sqrt(probability * width * rise)
        return self.high - math.sqrt((1 - probability) * width * (self.high - self.number))

    def show(self, number: float | None = None) -> str:
        """Return the value, or another number of the same kind, as people write it."""
        return self.written if number is None and self.written else show_number(
            self.number if number is None else number, self.kind, working=self.working
        )


def read_value(raw: Any, kind: str) -> Value:
    """Return the value that a scalar or a written-out mapping stands for.

    Parameters
    ----------
    raw : object
        What the file says.
    kind : str
        What is expected there: `share`, `rate`, `duration`, `count`, `number`, `real`, `speed` (a rate, or a number
        of times) or `any`.

    Raises
    ------
    ValueFault
        The value cannot be read, lacks a unit, or contradicts itself.
    """
    if isinstance(raw, Value):
        return raw
    if not isinstance(raw, Mapping):
        return read_scalar(raw, kind)
    _check_keys(raw)
    middle = _part(raw, "value", kind)
    low, high = (_part(raw, key, middle.kind) if key in raw else None for key in ("low", "high"))
    _check_range(middle, low, high, raw)
    return Value(
        number=middle.number, kind=middle.kind, written=middle.written, working=middle.working,
        low=low.number if low else None, high=high.number if high else None, shape=raw.get("shape", "triangular"),
        source=_source(raw), assumption=_words(raw, "assumption"), label=_words(raw, "label"),
        changes=_changes(raw.get("from", {}), middle.kind),
    )  # fmt: skip


def _check_keys(raw: Mapping[str, Any]) -> None:
    for key in raw:
        if key not in KEYS:
            raise ValueFault(f"unknown key '{key}' in a value{did_you_mean(str(key), KEYS)}", str(key))
    if "value" not in raw:
        raise ValueFault("expected the key 'value'")
    if "source" not in raw and "assumption" not in raw:
        raise ValueFault("says neither where the value comes from (source) nor why it was assumed (assumption)")
    if raw.get("shape", "triangular") not in SHAPES:
        raise ValueFault(f"unknown shape '{raw['shape']}'{did_you_mean(str(raw['shape']), SHAPES)}", "shape")
    if ("low" in raw) != ("high" in raw):
        raise ValueFault("a range needs both 'low' and 'high'", "low" if "low" in raw else "high")
    if "low" in raw and "assumption" not in raw:
        raise ValueFault("a range belongs to an assumption: say in one line why (assumption)", "low")


def _check_range(middle: Value, low: Value | None, high: Value | None, raw: Mapping[str, Any]) -> None:
    if low is None or high is None:
        return
    if not low.number <= middle.number <= high.number:
        raise ValueFault(f"expected low <= value <= high; found {raw['low']}, {raw['value']}, {raw['high']}", "value")
    if not low.working == middle.working == high.working:
        raise ValueFault("value, low and high mix calendar days and working days", "value")


def _part(raw: Mapping[str, Any], key: str, kind: str) -> Value:
    try:
        return read_scalar(raw[key], kind)
    except ValueFault as fault:
        raise ValueFault(str(fault), key) from fault


def _source(raw: Mapping[str, Any]) -> str | None:
    source = raw.get("source")
    if source is not None and (not isinstance(source, str) or not source.strip()):
        raise ValueFault(f"expected a source and a place in it, such as 'alna-2014 ch. 2.1'; found {show(source)}", "source")
    return source if "source" in raw and source is not None else _no_source(raw)


def _no_source(raw: Mapping[str, Any]) -> None:
    if "source" in raw:
        raise ValueFault("the source is empty; name a source and a place in it, or write an assumption instead", "source")


def _words(raw: Mapping[str, Any], key: str) -> Text | None:
    try:
        return Text.read(raw[key]) if key in raw else None
    except ValueFault as fault:
        raise ValueFault(str(fault), key) from fault


def _changes(raw: Any, kind: str) -> tuple[tuple[date, Value], ...]:
    if not isinstance(raw, Mapping):
        raise ValueFault(f"expected dates and values, such as {{2015-07-01: 35}}; found {show(raw)}", "from")
    changes = []
    for when, later in raw.items():
        try:
            changes.append((read_date(when), read_value(later, kind)))
        except ValueFault as fault:
            raise ValueFault(f"from {when}: {fault}", "from") from fault
    return tuple(sorted(changes, key=lambda change: change[0]))


def read_date(raw: Any) -> date:
    """Return the date written as year-month-day.

    Raises
    ------
    ValueFault
        No such date.
    """
    if isinstance(raw, date):
        return raw
    try:
        return date.fromisoformat(str(raw))
    except ValueError as fault:
        raise ValueFault(f"expected a date such as 2015-07-01; found {show(raw)}") from fault


def read_scalar(raw: Any, kind: str) -> Value:
    """Return the plain value that a number or a string stands for; see `read_value`."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise ValueFault(f"expected {EXPECTED[kind]}; found {show(raw)}")
    return _READERS[kind](raw)


def _share(raw: float | str) -> Value:
    if isinstance(raw, str) and (match := _SHARE.fullmatch(raw.strip())):
        number = _float(match[1]) / 100
        if not 0 <= number <= 1:
            raise ValueFault(f"a share lies between 0 % and 100 %; found {raw}")
        return Value(number, "share", raw.strip())
    if isinstance(raw, str):
        raise ValueFault(f"expected {EXPECTED['share']}; found {show(raw)}")
    meant = f"{raw * 100:g} %" if 0 < raw <= 1 else f"{raw:g} %"
    raise ValueFault(f"expected {EXPECTED['share']}; found {raw:g} without a unit; did you mean '{meant}'?")


def _rate(raw: float | str) -> Value:
    if isinstance(raw, str) and (match := _RATE.fullmatch(raw.strip())):
        number = _float(match[1]) / (100 if match[2] else 1) / _days_in(match[3], DAYS_IN)
        return Value(_not_negative(number, raw), "rate", raw.strip())
    if raw == 0:
        return Value(0.0, "rate", "0")
    hint = "" if isinstance(raw, str) else f"; did you mean '{raw:g} per month'?"
    raise ValueFault(f"expected {EXPECTED['rate']}; found {show(raw)}{hint}")


def _duration(raw: float | str) -> Value:
    if isinstance(raw, str) and (match := _DURATION.fullmatch(raw.strip())):
        days = _days_in(match[3], WORKING_DAYS_IN if match[2] else DAYS_IN)
        number = _not_negative(_float(match[1]) * days, raw)
        return Value(number, "duration", raw.strip(), working=bool(match[2]))
    hint = "" if isinstance(raw, str) else f"; did you mean '{raw:g} days' or '{raw:g} weeks'?"
    raise ValueFault(f"expected {EXPECTED['duration']}; found {show(raw)}{hint}")


def _days_in(unit: str, known: Mapping[str, float]) -> float:
    name = unit.removesuffix("s")
    if name not in known:
        raise ValueFault(f"unknown unit '{unit}'{did_you_mean(name, known)}")
    return known[name]


def _count(raw: float | str) -> Value:
    number = _plain(raw, "count")
    if number < 0 or number != int(number):
        raise ValueFault(f"expected {EXPECTED['count']}; found {raw}")
    return Value(number, "count", f"{number:g}" if number < 1e6 else str(int(number)))


def _number(raw: float | str) -> Value:
    return Value(_not_negative(_plain(raw, "number"), raw), "number", f"{float(raw):g}")


def _real(raw: float | str) -> Value:
    return Value(_plain(raw, "real"), "real", f"{float(raw):g}")


def _speed(raw: float | str) -> Value:
    return _rate(raw) if isinstance(raw, str) else _number(raw)


def _any(raw: float | str) -> Value:
    if not isinstance(raw, str):
        return _real(raw)
    for reader in (_share, _duration, _rate):
        try:
            return reader(raw)
        except ValueFault:
            continue
    raise ValueFault(f"expected {EXPECTED['any']}; found {show(raw)}")


def _plain(raw: float | str, kind: str) -> float:
    if isinstance(raw, str):
        raise ValueFault(f"expected {EXPECTED[kind]}; found {show(raw)}")
    if not math.isfinite(raw):
        raise ValueFault(f"expected {EXPECTED[kind]}; found {raw}")
    return float(raw)


def _float(digits: str) -> float:
    number = float(digits.replace(" ", "").replace("\u00a0", ""))
    if not math.isfinite(number):
        raise ValueFault(f"the number {digits} is too large")
    return number


def _not_negative(number: float, raw: float | str) -> float:
    if number < 0:
        raise ValueFault(f"expected no less than 0; found {raw}")
    return number


EXPECTED = {
    "share": "a share such as '30 %'",
    "rate": "a rate such as '8 per month' or '2 % per month'",
    "duration": "a length of time such as '6 weeks' or '10 working days'",
    "count": "a whole number, 0 or more",
    "number": "a number, 0 or more",
    "real": "a number",
    "speed": "a rate such as '2 % per month', or a number of times the risk's own rate",
    "any": "a share ('90 %'), a length of time ('14 days'), a rate ('2 per month') or a number",
}
_READERS: dict[str, Callable[[float | str], Value]] = {
    "share": _share, "rate": _rate, "duration": _duration, "count": _count, "number": _number, "real": _real,
    "speed": _speed, "any": _any,
}  # fmt: skip


def show(raw: Any) -> str:
    """Return what a file says, short enough for a message."""
    if raw is None:
        return "nothing"
    words = f"'{raw}'" if isinstance(raw, str) else str(raw)
    return words if len(words) <= 60 else words[:57] + "..."


def show_number(number: float, kind: str, *, working: bool = False) -> str:
    """Return a number in its base unit as people write it."""
    if kind == "share":
        return f"{number * 100:.3g} %"
    if kind == "rate":
        return f"{number * DAYS_PER_MONTH:.3g} per month"
    if kind == "duration":
        return f"{number:.3g} {'working ' if working else ''}days"
    return f"{number:.4g}"
