"""Changes that go from what stands in the file: ten more, a month less, a fifth more.

``+10``, ``-1 month`` and ``+0.5 % per month`` are in the unit of what stands there. ``+20 %`` of
anything but a share is a fifth more. Of a share it could be 20 percentage points or a fifth of the
share, so it is refused with both: ``+20 points`` and ``*1.2``.

Where a number may be less than 0, ``-100`` could be a number or a step; there ``==`` says that it
is the number, ``+=`` and ``-=`` that it is a step.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_scalar, read_value
from pilotsim.base.units import in_english, kind_of, show, unit_of

__all__ = ["Exactly", "SignedFloat", "SignedInt", "StepChange", "begins_as_step", "read_step"]

MINUS = "\u2212"
_STEP = re.compile(r"(\+=|-=|\+|-|\u2212|\*)\s*([0-9].*)", re.DOTALL)
_SIGNED_FACTOR = re.compile(r"\*\s*[-+\u2212]\s*[0-9].*", re.DOTALL)
_POINTS = re.compile(
    r"(.*[0-9])\s*(?:points?|pp|percentage points?|prosentpoeng|procentenheter|procentenhet)"
)
_PER_CENT = re.compile(r"([0-9.]+)\s*%")
_TIME = re.compile(r"(?:working )?(?:minute|hour|day|week|month|year)s?")
DIGITS = ".12g"
MAX_EXACT = 2.0**53


class SignedInt(int):
    """A whole number that a file writes with a plus before it: a step where a step can be."""


class SignedFloat(float):
    """A number that a file writes with a plus before it: a step where a step can be."""


@dataclass(frozen=True)
class Exactly:
    """What is to stand at a path as it is, though it begins with a sign."""

    value: Any


@dataclass(frozen=True)
class StepChange:
    """A change from what stands in the file.

    Parameters
    ----------
    sign : str
        ``+``, ``-`` or ``*``.
    amount : str or number
        By how much, as a file would write it without the sign.
    is_sure : bool
        Whether it can be nothing but a step, also where a number below 0 could stand.
    """

    sign: str
    amount: str | float
    is_sure: bool

    @property
    def written(self) -> str:
        """The step as it was asked for."""
        return f"{self.sign}{self.amount}"

    def of(self, raw: Any, kind: str | None) -> Any:
        """Return what stands there after the step: plain, in the unit of what stood there.

        Parameters
        ----------
        raw : object
            What stands there: a value, plain or written out. What it becomes at dates and in
            periods takes the same step.
        kind : str or None
            The kind of the value, as in `Quantity`; as it is written, where nobody knows.

        Raises
        ------
        RequestError
            There is no number, or the step does not fit it.
        """
        if isinstance(raw, Mapping) and "value" in raw:
            later = {
                key: {when: self.of(then, kind) for when, then in raw[key].items()}
                for key in ("from", "during")
                if isinstance(raw.get(key), Mapping)
            }
            after = self.of(raw["value"], kind)
            return {"value": after, **later} if later else after
        return self._of_scalar(raw, kind)

    def _of_scalar(self, raw: Any, kind: str | None) -> Any:
        before = self._number(raw, kind)
        if self.sign == "*":
            return _in_unit(before, raw, before.number * self._factor())
        part = _PER_CENT.fullmatch(str(self.amount).strip())
        bare = _plain(self.amount)
        if before.kind == "share" and (part is not None or isinstance(bare, int | float)):
            per_cent = float(part[1]) if part is not None else float(bare)
            raise RequestError(self._two_meanings(before, raw, per_cent))
        if part is not None:
            change = before.number * float(part[1]) / 100
        else:
            change = self._amount(before).number
        return _in_unit(before, raw, before.number + (change if self.sign == "+" else -change))

    def _number(self, raw: Any, kind: str | None) -> Quantity:
        """Return the number that stands there."""
        if isinstance(raw, str):
            raw = _plain(raw)
        is_scalar = isinstance(raw, int | float | str) and not isinstance(raw, bool)
        if is_scalar:
            with suppress(QuantityFault):
                known = kind or (kind_of(raw) if isinstance(raw, str) else "real")
                return read_scalar(raw, known)
        raise RequestError(
            Message(
                "there is no number that could be changed by {step}; found {found}",
                step=self.written,
                found=show(raw),
            )
        )

    def _factor(self) -> float:
        try:
            return read_scalar(_plain(self.amount), "number").number
        except QuantityFault as fault:
            raise RequestError(message_of(fault)) from fault

    def _amount(self, before: Quantity) -> Quantity:
        """Return the step in the base unit of the value."""
        points = _POINTS.fullmatch(str(self.amount))
        if points is not None and before.kind == "share":
            return _read(f"{points[1]} %", before.kind)
        kind = "number" if before.kind in ("count", "real") else before.kind
        found = _read(_plain(self.amount), kind)
        if found.working != before.working:
            raise RequestError(Message("the value mixes calendar days and working days"))
        return found

    def _two_meanings(self, before: Quantity, raw: Any, per_cent: float) -> Message:
        sign = 1 if self.sign == "+" else -1
        points = _in_unit(before, raw, before.number + sign * per_cent / 100)
        factor = 1 + sign * per_cent / 100
        return Message(
            "{step} of a share can be percentage points or a part of it; write "
            "{points} for {before} to {after}, or {times} for {before} to {part}",
            step=self.written,
            points=f"'{self.sign}{per_cent:g} points'",
            before=before.written,
            after=points,
            times=f"'*{factor:g}'",
            part=_in_unit(before, raw, before.number * factor),
        )


def _read(amount: str | float, kind: str) -> Quantity:
    try:
        return read_scalar(amount, kind)
    except QuantityFault as fault:
        raise RequestError(message_of(fault)) from fault


def _plain(amount: str | float) -> str | float:
    """Return a number for digits alone, and words as they are.

    One that is too large for every digit to count keeps them, so that it can be said.
    """
    try:
        number = float(amount)
    except ValueError:
        return amount
    is_exact = abs(number) < MAX_EXACT or not str(amount).isdecimal() or len(str(amount)) > 40
    return number if is_exact else int(amount)


def _in_unit(before: Quantity, raw: Any, number: float) -> str | int | float:
    """Return a number in the unit in which a value is written, with all digits that count."""
    if before.kind == "count":
        return _whole(before, number)
    unit = unit_of(raw) if isinstance(raw, str) else ""
    if not unit.strip():
        plain = float(format(number, DIGITS))
        return int(plain) if plain.is_integer() else plain
    one = read_value(f"1{unit}", before.kind).number
    amount = f"{number / one:{DIGITS}}"
    return f"{amount}{_in_number(unit, is_one=amount == '1')}"


def _in_number(unit: str, *, is_one: bool) -> str:
    """Return a unit of time as it is written after one or after several: month, months."""
    if not _TIME.fullmatch(unit.strip()):
        return unit
    return unit.removesuffix("s") if is_one else f"{unit.removesuffix('s')}s"


def _whole(before: Quantity, number: float) -> int:
    nearest = round(number)
    if abs(number - nearest) > 1e-6:
        raise RequestError(
            Message(
                "{before} would become {number:.4g}; expected a whole number, such as {near}",
                before=before.written,
                number=number,
                near=nearest,
            )
        )
    return nearest


def read_step(raw: Any, *, may_be_negative: bool) -> StepChange | Exactly | None:
    """Return a change that goes from what stands there; None where it says what is to stand there.

    Parameters
    ----------
    raw : object
        What a file or a command gives as the new value.
    may_be_negative : bool
        Whether a number below 0 could stand there.

    Raises
    ------
    RequestError
        It could be a number or a step.
    """
    if isinstance(raw, Exactly | StepChange):
        return raw
    step = _step_in(raw)
    if not isinstance(step, StepChange) or step.is_sure or not may_be_negative:
        return step
    if not _is_number(step.written):  # a share of a number that is no share, a length
        return step
    raise RequestError(
        Message(
            "{step} can be the number itself or a step from what stands there; write {exactly} or "
            "{relative}",
            step=step.written,
            exactly=f"=={step.written.removeprefix('+')}",
            relative=f"{step.sign}={step.amount}",
        )
    )


def begins_as_step(text: str) -> bool:
    """Tell whether words begin with a sign and a number."""
    words = text.strip()
    return _STEP.fullmatch(words) is not None or _SIGNED_FACTOR.fullmatch(words) is not None


def _is_number(text: str) -> bool:
    """Tell whether words are a number that may be below 0."""
    with suppress(QuantityFault):
        read_scalar(_plain(text), "real")
        return True
    return False


def _step_in(raw: Any) -> StepChange | Exactly | None:
    if isinstance(raw, SignedInt | SignedFloat):
        return StepChange("+", f"{raw:{DIGITS}}", is_sure=False)
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    if not isinstance(raw, str):
        return StepChange("-", f"{-raw:{DIGITS}}", is_sure=False) if raw < 0 else None
    text = raw.strip()
    if text.startswith("="):
        return Exactly(_plain(text.lstrip("=").strip()))
    if _SIGNED_FACTOR.fullmatch(text):
        raise RequestError(
            Message(
                "a factor has no sign; found {found}; '*1.2' is a fifth more, '*0.8' a fifth less",
                found=show(text),
            )
        )
    match = _STEP.fullmatch(text)
    if match is None:
        return None
    sign = match[1][0].replace(MINUS, "-")
    return StepChange(sign, _spelled(match[2].strip()), match[1] in ("+=", "-=", "*"))


def _spelled(amount: str) -> str:
    """Return an amount that is spelled as a file wants it.

    Raises
    ------
    RequestError
        It is spelled as people write in Norwegian; says what was probably meant.
    """
    if _POINTS.fullmatch(amount):
        return amount.replace(",", ".")
    english = in_english(amount)
    if english == amount.lower():
        return amount
    raise RequestError(
        Message("found {found}; did you mean '{meant}'?", found=show(amount), meant=english)
    )
