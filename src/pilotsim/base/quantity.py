"""A value with its unit, its range, and where it comes from.

People write `30 %`, `2 % per month`, `6 weeks`, `10 working days` or `25`; a `Quantity` holds the
number in the base unit of its kind: a share of 1, a rate per day, a number of days. A value is
either plain, or written out with its source, or with the assumption that it is and the range in
which it may lie. In place of a number may stand a sum of other values, which it then follows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pilotsim.base.arithmetic import ArithmeticFault, parse
from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.counts import even_count, triangular_count
from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message, either
from pilotsim.base.mixture import Mixture, MixturePart
from pilotsim.base.text import Text
from pilotsim.base.units import (
    EXPECTED,
    QuantityFault,
    hint_for_key,
    kind_of,
    read_count,
    read_date,
    read_length,
    read_number,
    read_rate,
    read_real,
    read_share,
    show,
    unit_of,
)

__all__ = [
    "EXPECTED",
    "SHAPES",
    "Quantity",
    "QuantityFault",
    "in_unit_of",
    "is_worked_out",
    "is_written_out",
    "one_of_unit",
    "read_date",
    "read_scalar",
    "read_value",
    "round_in_unit",
    "show",
    "show_number",
]

KEYS = (
    "value",
    "sum",
    "steady",
    "low",
    "high",
    "source",
    "assumption",
    "label",
    "shape",
    "from",
    "during",
    "scaled_by",
    "raised_to",
    "mixture",
    "joint",
)
SHAPES = ("triangular", "uniform")
# A sign of arithmetic between two numbers, with space around it.
ARITHMETIC = re.compile(r"[\d)%]\s+(?:\([^)]*\)\s+)?[+×x*/·]\s+[(\d]")
SUBTRACTION = re.compile(r"[\d)%]\s+[-−]\s+[(\d]")
PART_KEYS = ("weight", "mean", "sd")
# The ends of what is shown of a mixture: nine draws in ten.
MIXTURE_ENDS = (0.05, 0.95)
NAMED = {
    "scaled_by": Message("the name of a shared value"),
    "raised_to": Message("the name of a shared value"),
    "joint": Message("the name of a part 'joint'"),
}


def read_words(raw: Any) -> Text:
    """Return the text given by a string (the same in all languages) or by a mapping of languages.

    Raises
    ------
    QuantityFault
        Neither, or a language that is not known.
    """
    if isinstance(raw, Text):
        return raw
    if isinstance(raw, str) and raw.strip():
        return Text(raw)
    if not isinstance(raw, Mapping) or not raw:
        raise QuantityFault(
            Message("expected words, or {{nb: ..., en: ...}}; found {found}", found=show(raw))
        )
    for language, words in raw.items():
        if language not in LANGUAGES:
            meant = did_you_mean(str(language), LANGUAGES)
            raise QuantityFault(
                Message("unknown language '{language}'{meant}", language=language, meant=meant),
                str(language),
            )
        if not isinstance(words, str) or not words.strip():
            raise QuantityFault(
                Message("expected words; found {found}", found=show(words)), str(language)
            )
    return Text(**raw)


@dataclass(frozen=True)
class SteadyStock:
    """A stock that an inflow holds steady without the programme.

    Parameters
    ----------
    groups : tuple of str
        Whose stock, beside that of the group that comes.
    state : str
        The state in which they are counted.
    over : Quantity or None
        How long after what is measured begins as many are to be there; None for until the end of
        the run.
    """

    groups: tuple[str, ...] = ()
    state: str = "assistance"
    over: Quantity | None = None


@dataclass(frozen=True)
class Quantity:
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
        How an assumption is spread over its range: `triangular` (most likely at its value) or
        `uniform`.
    source : str or None
        Where the value was read: the name of a source and a place in it.
    assumption : Text or None
        Why this value was assumed.
    label : Text or None
        What the value is, for people.
    changes : tuple of (date, Quantity)
        What the value becomes from a date on, in order; also at the ends of periods, once the flow
        is built.
    during : tuple of (str, Quantity)
        What the value is in named periods.
    scaled_by : str or None
        The shared value by which the number and those it becomes are multiplied.
    raised_to : str or None
        The shared value to whose power the number and those it becomes are raised: 0 makes them 1,
        1 leaves them as written, 2 squares them.
    mixture : Mixture or None
        How an assumption is spread, where that is a mixture of normals; `low` and `high` are then
        its 5 % and 95 % quantiles, and numbers beyond them are drawn as well.
    joint : str or None
        The part `joint` of the flow with whose other values it is drawn; when the flow is built
        its range becomes that of the rows, from the 5 % to the 95 % quantile.
    extremes : tuple of float or None
        The least and the greatest number that it is drawn as there.
    steady : SteadyStock or None
        The stock that it holds steady, for arrivals that are worked out from that.
    sum : str or None
        The sum of other values that it follows. Its number is not known (NaN), and its kind may be
        `any` or `speed`, until the flow is built.
    is_hazard : bool
        Whether it is a rate of a clock: how often each client leaves while at risk, not how many
        come.
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
    changes: tuple[tuple[date, Quantity], ...] = ()
    during: tuple[tuple[str, Quantity], ...] = ()
    scaled_by: str | None = None
    raised_to: str | None = None
    mixture: Mixture | None = None
    joint: str | None = None
    extremes: tuple[float, float] | None = None
    sum: str | None = None
    steady: SteadyStock | None = None
    is_hazard: bool = field(default=False, compare=False, repr=False)
    slot: int = field(default=-1, compare=False)

    @property
    def has_range(self) -> bool:
        """Whether this is an assumption that may take other values."""
        return self.low is not None and self.high is not None and self.low < self.high

    @property
    def least(self) -> float:
        """The least number that the value may be."""
        if self.extremes is not None:
            return self.extremes[0]
        return self.number if self.low is None else self.low

    @property
    def most(self) -> float:
        """The greatest number that the value may be."""
        if self.extremes is not None:
            return self.extremes[1]
        return self.number if self.high is None else self.high

    @property
    def follows(self) -> bool:
        """Whether its number is worked out from other values."""
        return self.sum is not None or self.steady is not None

    @property
    def is_stated(self) -> bool:
        """Whether a source prints this very number: no sum, and nothing worked out from several."""
        return self.source is not None and not self.is_own_sum

    @property
    def is_own_sum(self) -> bool:
        """Whether it was worked out from what a source states, so that no source prints it."""
        return self.source is not None and (self.follows or is_worked_out(self.source))

    def stays_at(self, number: float) -> bool:
        """Tell whether it is this number in every run and at every date.

        What follows other values, or is multiplied by one, may become another number.
        """
        if self.follows or (self.scaled_by and number != 0) or (self.raised_to and number != 1):
            return False
        stands = (self, *(later for _, later in self.changes))
        return all(value.least == number == value.most for value in stands)

    @property
    def is_plain(self) -> bool:
        """Whether neither a source nor an assumption is given."""
        return self.source is None and self.assumption is None

    def quantile(self, probability: float) -> float:
        """Return the number below which the assumption lies with this probability.

        Its value where it has no range.
        """
        if self.mixture is not None:
            return self.mixture.quantile(probability)
        if self.low is None or self.high is None or not self.low < self.high:
            return self.number
        if self.kind == "count":
            if self.shape == "uniform":
                return even_count(probability, self.low, self.high)
            return triangular_count(probability, self.low, self.number, self.high)
        if self.shape == "uniform":
            return self.low + (self.high - self.low) * probability
        width, rise = self.high - self.low, self.number - self.low
        if probability * width < rise:
            return self.low + math.sqrt(probability * width * rise)
        return self.high - math.sqrt((1 - probability) * width * (self.high - self.number))

    def show(self, number: float | None = None) -> str:
        """Return the value, or another number of the same kind, as people write it."""
        return (
            self.written
            if number is None and self.written
            else show_number(
                self.number if number is None else number, self.kind, working=self.working
            )
        )


def read_value(raw: Any, kind: str) -> Quantity:
    """Return the value given by a scalar or by a written-out mapping.

    Parameters
    ----------
    raw : object
        What the file says.
    kind : str
        What is expected there: `share`, `rate`, `duration`, `count`, `number`, `real`, `speed` (a
        rate, or a number of times) or `any`.

    Raises
    ------
    QuantityFault
        The value cannot be read, lacks a unit, or contradicts itself.
    """
    if isinstance(raw, Quantity):
        return raw
    if not isinstance(raw, Mapping):
        return read_scalar(raw, kind)
    _check_keys(raw)
    middle = _following(raw, kind) if _follows(raw) else _part(raw, "value", kind)
    low, high = (
        _part(_in_unit_of(raw, key), key, middle.kind) if key in raw else None
        for key in ("low", "high")
    )
    _check_range(middle, low, high)
    mixture = _mixture(raw, middle)
    ends = mixture.range_shown(MIXTURE_ENDS) if mixture else [None, None]
    return Quantity(
        number=middle.number,
        kind=middle.kind,
        written=middle.written,
        working=middle.working,
        low=low.number if low else ends[0],
        high=high.number if high else ends[1],
        shape=raw.get("shape", "triangular"),
        source=_source(raw),
        assumption=_words(raw, "assumption"),
        label=_words(raw, "label"),
        changes=_changes(raw.get("from", {}), middle),
        during=_during(raw.get("during", {}), middle),
        scaled_by=_name_of(raw, "scaled_by"),
        raised_to=_name_of(raw, "raised_to"),
        mixture=mixture,
        joint=_name_of(raw, "joint"),
        sum=middle.sum,
        steady=middle.steady,
    )


def is_written_out(raw: Any) -> bool:
    """Tell whether keys and values of a file are those of one value."""
    return isinstance(raw, Mapping) and ("value" in raw or _follows(raw))


def is_worked_out(source: str) -> bool:
    """Tell whether a source is given with arithmetic: its numbers are printed, their sum is ours.

    What counts are signs with space around them: `ch. 2.1: 330 + 170` is a sum, `pp. 12-14` and
    `2017-2020` are none. A minus counts after a colon alone, where no range of pages stands.

    Examples
    --------
    >>> is_worked_out("plan-2014 ch. 2.1: 330 + 170 - 215"), is_worked_out("plan-2014 pp. 12 - 14")
    (True, False)
    """
    return bool(ARITHMETIC.search(source) or SUBTRACTION.search(source.partition(":")[2]))


def _follows(raw: Mapping[str, Any]) -> bool:
    return "sum" in raw or "steady" in raw


def _steady(raw: Mapping[str, Any], kind: str) -> Quantity:
    """Return arrivals that hold a stock steady: worked out when the flow is built."""
    for key in ("value", "sum", "low", "high", "shape", "mixture", "joint", "raised_to", "from"):
        if key in raw:
            raise QuantityFault(
                Message("what holds a stock steady is worked out; leave '{key}' out", key=key), key
            )
    said = raw["steady"]
    if said is True:
        return Quantity(math.nan, kind, "steady", steady=SteadyStock())
    if isinstance(said, Mapping) and said.keys() <= {"groups", "state", "over"}:
        groups = said.get("groups", ())
        listed = (groups,) if isinstance(groups, str) else groups
        state = said.get("state", "assistance")
        are_names = isinstance(listed, list | tuple) and all(isinstance(k, str) for k in listed)
        if are_names and isinstance(state, str):
            over = _steady_over(said["over"]) if "over" in said else None
            return Quantity(
                math.nan, kind, "steady", steady=SteadyStock(tuple(listed), state, over)
            )
    raise QuantityFault(
        Message(
            "expected true, or groups whose stock is held steady as well, such as "
            "{{groups: [away]}}; found {found}",
            found=show(said),
        ),
        "steady",
    )


def _steady_over(raw: Any) -> Quantity:
    """Return over how long an inflow holds a stock steady."""
    over = read_value(raw, "duration")
    if over.working or over.has_range or over.changes or not over.number > 0:
        raise QuantityFault(
            Message(
                "expected one length of time in calendar days, such as '24 months'; found {found}",
                found=show(raw),
            ),
            "steady",
        )
    return over


def _following(raw: Mapping[str, Any], kind: str) -> Quantity:
    """Return the value that a sum comes to: its number is worked out when the flow is built."""
    if "steady" in raw:
        return _steady(raw, kind)
    text = raw["sum"]
    if isinstance(text, bool) or not isinstance(text, str | int | float):
        raise QuantityFault(
            Message("expected a sum of values; found {found}", found=show(text)), "sum"
        )
    for key in ("value", "low", "high", "shape", "mixture", "joint", "scaled_by", "raised_to"):
        if key in raw:
            raise QuantityFault(
                Message(
                    "a value that follows others is what its sum comes to; leave '{key}' out, or "
                    "let the sum name what has it",
                    key=key,
                ),
                key,
            )
    try:
        parse(str(text))
    except ArithmeticFault as fault:
        raise QuantityFault(message_of(fault), "sum") from fault
    return Quantity(math.nan, kind, str(text), sum=str(text))


def _in_unit_of(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return a plain number at the end of a range with the unit of the value beside it."""
    unit = unit_of(raw["value"]) if isinstance(raw.get("value"), str) else ""
    if isinstance(raw[key], bool) or not isinstance(raw[key], int | float) or not unit:
        return raw
    return {**raw, key: f"{raw[key]:.12g}{unit}"}


def _check_keys(raw: Mapping[str, Any]) -> None:
    for key in raw:
        if key not in KEYS:
            forgotten = str(key)[:1].isdigit() and raw[key] is None and "value" not in raw
            hint = (
                Message("; did you mean 'value: {key}'?", key=key)
                if forgotten
                else hint_for_key(str(key), KEYS)
            )
            raise QuantityFault(
                Message("unknown key {found} in a value{meant}", found=show(key), meant=hint),
                str(key),
            )
    if not is_written_out(raw):
        raise QuantityFault(Message("expected the key 'value'"))
    if not {"source", "assumption", "joint"} & raw.keys():
        raise QuantityFault(
            Message(
                "says neither where the value comes from (source) nor why it was assumed "
                "(assumption)"
            )
        )
    if raw.get("shape", "triangular") not in SHAPES:
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}",
                wanted=either(SHAPES),
                found=show(raw["shape"]),
            ),
            "shape",
        )
    if ("low" in raw) != ("high" in raw):
        raise QuantityFault(
            Message("a range needs both 'low' and 'high'"), "low" if "low" in raw else "high"
        )
    if "low" in raw and "assumption" not in raw:
        raise QuantityFault(
            Message("a range belongs to an assumption: say in one line why (assumption)"), "low"
        )
    if "mixture" in raw and "assumption" not in raw:
        raise QuantityFault(
            Message("a range belongs to an assumption: say in one line why (assumption)"), "mixture"
        )
    for key in ("low", "shape", "from", "during"):
        if "mixture" in raw and key in raw:
            raise QuantityFault(
                Message("a mixture is a range of its own; leave out '{key}'", key=key), key
            )


def _check_range(middle: Quantity, low: Quantity | None, high: Quantity | None) -> None:
    if low is None or high is None:
        return
    if not low.working == middle.working == high.working:
        raise QuantityFault(
            Message("value, low and high mix calendar days and working days"), "value"
        )
    if not low.number <= middle.number <= high.number:
        raise QuantityFault(
            Message(
                "expected the value to lie between low and high; "
                "found low {low}, value {value}, high {high}",
                low=low.written,
                value=middle.written,
                high=high.written,
            ),
            "value",
        )


def _mixture(raw: Mapping[str, Any], middle: Quantity) -> Mixture | None:
    """Return how a value is spread that is a mixture of normals; None for any other."""
    if "mixture" not in raw:
        return None
    parts = raw["mixture"]
    if middle.kind not in ("number", "real"):
        raise QuantityFault(
            Message("only a plain number without a unit can be a mixture"), "mixture"
        )
    if not isinstance(parts, list | tuple) or not parts:
        raise QuantityFault(
            Message(
                "expected parts with weight, mean and sd, such as "
                "[{{weight: 60 %, mean: 0, sd: 1}}, {{weight: 40 %, mean: 4, sd: 2}}]; "
                "found {found}",
                found=show(parts),
            ),
            "mixture",
        )
    found = []
    for number, part in enumerate(parts):
        try:
            found.append(_mixture_part(part))
        except QuantityFault as fault:
            raise fault.under("mixture", str(number)) from fault
    total = math.fsum(part.weight for part in found)
    if abs(total - 1.0) > 0.0015:
        raise QuantityFault(
            Message(
                "the weights of the mixture add up to {total:.4g} %; expected 100 %",
                total=100 * total,
            ),
            "mixture",
        )
    if middle.kind == "number" and any(part.mean - 2 * part.sd < 0 for part in found):
        raise QuantityFault(
            Message("the mixture reaches below 0, where this value cannot be"), "mixture"
        )
    return Mixture(tuple(found), 0.0 if middle.kind == "number" else -math.inf)


def _mixture_part(raw: Any) -> MixturePart:
    if not isinstance(raw, Mapping) or set(raw) != set(PART_KEYS):
        raise QuantityFault(
            Message("expected weight, mean and sd of a part; found {found}", found=show(raw))
        )
    weight = _part(raw, "weight", "share").number
    if not weight > 0.0:
        raise QuantityFault(Message("a part of a mixture needs a weight above 0"), "weight")
    return MixturePart(weight, _part(raw, "mean", "real").number, _part(raw, "sd", "number").number)


def _part(raw: Mapping[str, Any], key: str, kind: str) -> Quantity:
    try:
        return read_scalar(raw[key], kind)
    except QuantityFault as fault:
        raise fault.under(key) from fault


def _source(raw: Mapping[str, Any]) -> str | None:
    if "source" not in raw:
        return None
    source = raw["source"]
    if source is None or (isinstance(source, str) and not source.strip()):
        raise QuantityFault(
            Message(
                "the source is empty; name a source and a place in it, or write an assumption "
                "instead"
            ),
            "source",
        )
    if not isinstance(source, str):
        raise QuantityFault(
            Message(
                "expected a source and a place in it, such as 'plan-2014 ch. 2.1'; found {found}",
                found=show(source),
            ),
            "source",
        )
    return source


def _words(raw: Mapping[str, Any], key: str) -> Text | None:
    try:
        return read_words(raw[key]) if key in raw else None
    except QuantityFault as fault:
        raise fault.under(key) from fault


def _changes(raw: Any, middle: Quantity) -> tuple[tuple[date, Quantity], ...]:
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            Message(
                "expected dates and values, such as {{2015-07-01: 35}}; found {found}",
                found=show(raw),
            ),
            "from",
        )
    changes = []
    for when, later in raw.items():
        try:
            changes.append((read_date(when), _later(later, middle)))
        except QuantityFault as fault:
            raise fault.under("from", str(when)) from fault
    return tuple(sorted(changes, key=lambda change: change[0]))


def _during(raw: Any, middle: Quantity) -> tuple[tuple[str, Quantity], ...]:
    if not isinstance(raw, Mapping):
        raise QuantityFault(
            Message(
                "expected periods and values, such as {{closed: 0}}; found {found}", found=show(raw)
            ),
            "during",
        )
    periods = []
    for name, then in raw.items():
        try:
            periods.append((str(name), _later(then, middle)))
        except QuantityFault as fault:
            raise fault.under("during", str(name)) from fault
    return tuple(periods)


def _name_of(raw: Mapping[str, Any], key: str) -> str | None:
    if key in raw and not isinstance(raw[key], str):
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted=NAMED[key], found=show(raw[key])),
            key,
        )
    return raw.get(key)


def _later(raw: Any, before: Quantity) -> Quantity:
    """Return what a value becomes from a date on: of the same kind, without dates of its own."""
    value = read_value(raw, before.kind)
    if value.changes or value.during:
        raise QuantityFault(
            Message("a later value cannot itself change; write all dates under one 'from'"), "from"
        )
    if value.working != before.working and not value.follows and not before.follows:
        raise QuantityFault(Message("the value mixes calendar days and working days"))
    return value


def read_scalar(raw: Any, kind: str) -> Quantity:
    """Return the plain value given by a number or a string; see `read_value`.

    Raises
    ------
    QuantityFault
        It is neither number nor string, is too large, or cannot be read as its kind.
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise QuantityFault(
            Message("expected {wanted}; found {found}", wanted=EXPECTED[kind], found=show(raw))
        )
    if not isinstance(raw, str) and not abs(raw) <= MAX_NUMBER:
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}, which is too large",
                wanted=EXPECTED[kind],
                found=show(raw),
            )
        )
    if kind == "any":
        kind = kind_of(raw)
    elif kind == "speed":
        kind = "rate" if isinstance(raw, str) else "number"
    if kind == "duration":
        days, working = read_length(raw)
        return Quantity(days, kind, str(raw).strip(), working=working)
    written = raw.strip() if isinstance(raw, str) else f"{raw:.12g}"
    return Quantity(_READERS[kind](raw), kind, written)


MAX_NUMBER = 1e15
_READERS: dict[str, Callable[[float | str], float]] = {
    "share": read_share,
    "rate": read_rate,
    "count": read_count,
    "number": read_number,
    "real": read_real,
}


def show_number(number: float, kind: str, *, working: bool = False) -> str:
    """Return a number in its base unit as people write it.

    Parameters
    ----------
    number : float
        In the base unit of its kind: share of 1, per day, days, or as counted.
    kind : str
        As for `read_value`.
    working : bool
        Whether a duration is in working days.
    """
    if kind == "share":
        return f"{number * 100:.3g} %"
    if kind == "rate":
        return f"{number * DAYS_PER_MONTH:.3g} per month"
    if kind == "duration":
        return f"{number:.3g} {'working ' if working else ''}days"
    return f"{number:.4g}"


def in_unit_of(value: Quantity, number: float, digits: int = 4) -> str | float:
    """Return a number in the unit in which a file writes a value, with so many digits that count.

    Parameters
    ----------
    value : Quantity
        Its `written` gives the unit.
    number : float
        In the base unit.
    digits : int
        How many count.
    """
    unit = unit_of(value.written)
    if value.kind == "count":
        return int(number + 0.5)
    shown = f"{number / one_of_unit(value.kind, value.written):.{digits}g}"
    return f"{shown}{unit}" if unit.strip() else float(shown)


def one_of_unit(kind: str, written: str) -> float:
    """Return what one of the unit in which a value is written is in the base unit.

    Parameters
    ----------
    kind : str
        The kind of the value.
    written : str
        The value as a file has it; 1 where it has no unit.
    """
    unit = unit_of(written)
    return read_value(f"1{unit}", kind).number if unit.strip() else 1.0


def round_in_unit(value: Quantity, number: float, digits: int = 4) -> float:
    """Return a number as exactly as a file would write it; parameters as of `in_unit_of`."""
    return read_value(in_unit_of(value, number, digits), value.kind).number
