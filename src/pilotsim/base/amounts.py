"""Numbers that say how they are to be written in a sentence.

>>> from pilotsim.base.messages import Message
>>> Message("{share} of {sum}", share=Share(0.996), sum=Amount(12345.678))
'> 99 % of 12,346'

A message in another language writes them with its own signs.
"""

from __future__ import annotations

import math

__all__ = ["Amount", "PValue", "Probability", "Share"]

SPACE, MINUS, NONE, UNBOUNDED = "\u00a0", "\u2212", "\u2013", "\u221e"
GROUPED_FROM = 1_000
DIGITS = 3


class Amount(float):
    """A number with as many digits as count: three, unless the braces ask for decimals.

    A whole number is written whole, however many decimals the braces ask for.

    Examples
    --------
    >>> f"{Amount(2.0):.1f}, {Amount(1.38):.1f}, {Amount(0.5):.2f}"
    '2, 1.4, 0.50'
    """

    def __format__(self, spec: str) -> str:
        """Return the number as English writes it."""
        number = float(self)
        if math.isnan(number):
            return NONE
        if math.isinf(number):
            return UNBOUNDED if number > 0 else MINUS + UNBOUNDED
        digits = format(abs(number), spec) if spec else _with_digits(abs(number))
        whole, point, rest = digits.partition(".")
        if number == round(number) and not rest.strip("0"):
            point = rest = ""
        if whole.isdigit() and int(whole) >= GROUPED_FROM:
            whole = f"{int(whole):,}"
        is_zero = not any(digit in "123456789" for digit in digits)
        return ("" if number >= 0 or is_zero else MINUS) + whole + point + rest


def _with_digits(size: float) -> str:
    if size == 0.0:
        return "0"
    before = math.floor(math.log10(size)) + 1
    digits = f"{size:.{min(max(0, DIGITS - before), 6)}f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


class PValue(float):
    r"""A p-value: what is smaller than the last decimal is written as such, never as 0.

    Examples
    --------
    >>> f"{PValue(0.0312)}, {PValue(1e-9)}"
    '0.031, <\xa00.001'
    """

    def __format__(self, spec: str) -> str:
        """Return the p-value as English writes it; `spec` such as `.2f` asks for decimals."""
        if math.isnan(self):
            return NONE
        decimals = int(spec[1:-1]) if spec else DIGITS
        least = 10.0**-decimals
        if self < least:
            return f"<{SPACE}{least:.{decimals}f}"
        return f"{float(self):.{decimals}f}"


class Share(float):
    """A share of 1, written in per cent; never as 0 or 100 where it only nearly is."""

    def __format__(self, spec: str) -> str:
        """Return the share as English writes it; `spec` such as `.1f` asks for decimals."""
        if math.isnan(self):
            return NONE
        decimals = int(spec[1:-1]) if spec else 0
        least, percent = 10.0**-decimals, 100.0 * float(self)
        if self._is_open and percent < least:
            return f"<{SPACE}{least:.{decimals}f}{SPACE}%"
        if self._is_open and percent > 100.0 - least:
            return f">{SPACE}{100.0 - least:.{decimals}f}{SPACE}%"
        return f"{percent:.{decimals}f}{SPACE}%"

    @property
    def _is_open(self) -> bool:
        return 0.0 < self < 1.0


class Probability(Share):
    """A probability, of which no data can show that it is 0 or 1."""

    @property
    def _is_open(self) -> bool:
        return True
