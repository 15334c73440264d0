"""Sums in a flow file: numbers and names joined by + - * / and brackets, and nothing else.

A number may have a unit: `20 %`, `6 weeks`, `5 per month`. It counts in the base unit of its kind.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from keyword import kwlist
from typing import Any, Self

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.messages import Message
from pilotsim.base.units import DAYS_IN, WORKING_DAYS_IN

MAX_LENGTH = 500
MAX_NUMBER = 1e15
OPERATORS: dict[type[ast.operator], tuple[Callable[[float, float], float], str]] = {
    ast.Add: (operator.add, "+"),
    ast.Sub: (operator.sub, "−"),
    ast.Mult: (operator.mul, "×"),
    ast.Div: (operator.truediv, "/"),
}
EXPECTED = Message(
    "numbers and names joined by + - * / and brackets, such as 'groups.clients.stock * 0.9'"
)
HINTS = {
    "%": Message(" (it belongs to the number before it: 90 %)"),
    ",": Message(" (write a decimal point)"),
}
_LETTERS = re.compile(r"[\w\s.+\-*/()]*")
_NUMBER_AND_WORD = re.compile(r"(?<![\w.])[0-9][\w.]*")
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:[eE][0-9]{1,3})?")
_UNIT_OF_TIME = f"(?:{'|'.join(DAYS_IN)})"
_WITH_UNIT = re.compile(
    rf"(?<![\w.])([0-9]+(?:\.[0-9]+)?)\s*"
    rf"(?:(?P<percent>%\s*)?per\s+(?P<per>{_UNIT_OF_TIME})|(?P<share>%)"
    rf"|(?P<working>working\s+)?(?P<length>{_UNIT_OF_TIME})s?)(?![\w.])"
)
_STAND_IN = "number_with_unit_"
# Parts of names that are none for Python's parser, as in `effects.0.for`: items, and its own words.
_NO_NAME = re.compile(
    rf"(?<=[A-Za-z_])\.([0-9]{{1,4}})(?=\.[A-Za-z_])|(?<=\w)\.({'|'.join(kwlist)})\b"
)
_MADE_NAME = "part_of_a_name_"


class NumberWithUnit(float):
    """A number of a sum that has a unit, in the base unit of its kind.

    Parameters
    ----------
    number : float
        A share of 1, per day, or days.
    kind : str
        `share`, `rate` or `duration`.
    working : bool
        Whether a duration is in working days.
    written : str
        As it stands in the sum.
    """

    kind: str
    working: bool
    written: str

    def __new__(cls, number: float, kind: str, written: str, *, working: bool = False) -> Self:
        """Return the number with its unit."""
        found = super().__new__(cls, number)
        found.kind, found.working, found.written = kind, working, written
        return found


class ArithmeticFault(ValueError):  # noqa: N818  (a fault of a file is no error of the program)
    """A sum that cannot be read or worked out."""


@lru_cache(maxsize=4096)
def parse(text: str) -> ast.expr:
    """Return the tree of a sum.

    Numbers with a unit are constants that hold a `NumberWithUnit`.

    Raises
    ------
    ArithmeticFault
        The text is no sum, or uses anything but numbers, dotted names, + - * / and brackets.
    """
    if len(text) > MAX_LENGTH:
        raise ArithmeticFault(
            Message(
                "expected a sum of at most {most} characters; found {found:,}",
                most=MAX_LENGTH,
                found=len(text),
            )
        )
    numbers: list[NumberWithUnit] = []

    def stand_in(match: re.Match[str]) -> str:
        numbers.append(_number_with_unit(match))
        return f" {_STAND_IN}{len(numbers) - 1} "

    plain = _WITH_UNIT.sub(stand_in, text)
    _check_letters(plain)
    try:
        named = _NO_NAME.sub(rf".{_MADE_NAME}\1\2", " ".join(plain.split()))
        tree = ast.parse(named, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise ArithmeticFault(
            Message("expected {wanted}; found '{found}'", wanted=EXPECTED, found=text[:60])
        ) from fault
    for node in ast.walk(tree):
        _check_node(node, text)
    return _put_back(tree, {f"{_STAND_IN}{k}": number for k, number in enumerate(numbers)})


def _number_with_unit(match: re.Match[str]) -> NumberWithUnit:
    number = float(match[1])
    if not number <= MAX_NUMBER:
        raise ArithmeticFault(Message("the number {number} is too large", number=match[1][:40]))
    written = " ".join(match[0].split())
    if match["share"]:
        return NumberWithUnit(number / 100, "share", written)
    if match["per"]:
        per_day = number / (100 if match["percent"] else 1) / DAYS_IN[match["per"]]
        return NumberWithUnit(per_day, "rate", written)
    working = bool(match["working"])
    days_in = WORKING_DAYS_IN if working else DAYS_IN
    if match["length"] not in days_in:
        raise ArithmeticFault(Message("there is no working {unit}", unit=match["length"]))
    return NumberWithUnit(number * days_in[match["length"]], "duration", written, working=working)


def _put_back(tree: ast.expr, numbers: Mapping[str, NumberWithUnit]) -> ast.expr:
    """Put numbers with units in the place of what stood for them while the sum was parsed."""

    def number_for(node: object) -> ast.Constant | None:
        number = numbers.get(node.id) if isinstance(node, ast.Name) else None
        return None if number is None else ast.Constant(number)

    for node in ast.walk(tree):
        for field, child in ast.iter_fields(node):
            found = number_for(child)
            if found is not None:
                setattr(node, field, found)
    return number_for(tree) or tree


def _check_letters(text: str) -> None:
    """Refuse what no sum needs before Python's parser sees it."""
    allowed = _LETTERS.match(text)
    if allowed is None or allowed.end() < len(text):
        found = text[allowed.end() if allowed else 0]
        raise ArithmeticFault(
            Message(
                "the sign {found} cannot stand in a sum{meant}; expected {wanted}",
                found=found,
                meant=HINTS.get(found, ""),
                wanted=EXPECTED,
            )
        )
    for number in _NUMBER_AND_WORD.findall(text):
        if not _NUMBER.fullmatch(number):
            raise ArithmeticFault(
                Message("expected a number such as 0.9 or 155; found '{found}'", found=number[:40])
            )
        if not float(number) <= MAX_NUMBER:
            raise ArithmeticFault(Message("the number {number} is too large", number=number[:40]))


def _check_node(node: ast.AST, text: str) -> None:
    allowed = (
        ast.BinOp
        | ast.UnaryOp
        | ast.Attribute
        | ast.Name
        | ast.Constant
        | ast.operator
        | ast.unaryop
        | ast.Load
    )
    if not isinstance(node, allowed):
        raise ArithmeticFault(
            Message("expected {wanted}; found '{found}'", wanted=EXPECTED, found=text[:60])
        )
    wrong_join = isinstance(node, ast.BinOp) and type(node.op) not in OPERATORS
    if wrong_join or (isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.USub)):
        raise ArithmeticFault(Message("only + - * / can join the parts of a sum"))
    if isinstance(node, ast.Constant) and (
        isinstance(node.value, bool) or not isinstance(node.value, int | float)
    ):
        raise ArithmeticFault(Message("expected a number; found {found}", found=repr(node.value)))


def dotted(node: ast.expr) -> str:
    """Return the dotted name that a node of a sum stands for."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr.removeprefix(_MADE_NAME)}"
    if isinstance(node, ast.Name):
        return node.id
    raise ArithmeticFault(Message("a name is words joined by dots"))


def names_in(text: str) -> Iterator[str]:
    """Yield the dotted names of a sum."""
    inner = set()
    for node in ast.walk(parse(text)):
        if isinstance(node, ast.Attribute):
            inner.add(id(node.value))
        if isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            yield dotted(node)


def work_out(text: str, number_of: Callable[[str], float]) -> float:
    """Return what a sum comes to.

    Parameters
    ----------
    text : str
        The sum.
    number_of : callable
        What a dotted name stands for.

    Raises
    ------
    ArithmeticFault
        The sum cannot be read, divides by zero, or comes to no number.
    """
    number = _work_out(parse(text), number_of)
    if not math.isfinite(number):
        raise ArithmeticFault(Message("the sum comes to no number"))
    return number


def _work_out(node: ast.expr, number_of: Callable[[str], float]) -> float:
    if isinstance(node, ast.Constant):
        return float(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        return -_work_out(node.operand, number_of)
    if isinstance(node, ast.BinOp):
        try:
            return OPERATORS[type(node.op)][0](
                _work_out(node.left, number_of), _work_out(node.right, number_of)
            )
        except ZeroDivisionError as fault:
            raise ArithmeticFault(Message("the sum divides by zero")) from fault
    return number_of(dotted(node))


def work_out_rows(text: str, rows_of: Callable[[str], Floats]) -> Floats:
    """Return what a sum comes to in each of many rows; NaN or infinity where it divides by zero.

    Parameters
    ----------
    text : str
        The sum.
    rows_of : callable
        What a dotted name stands for in each row: arrays of one shape.

    Raises
    ------
    ArithmeticFault
        The sum cannot be read.
    """
    with np.errstate(all="ignore"):
        return np.asarray(_rows(parse(text), rows_of), np.float64)


def _rows(node: ast.expr, rows_of: Callable[[str], Floats]) -> Any:
    if isinstance(node, ast.Constant):
        return np.float64(node.value)  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        return -_rows(node.operand, rows_of)
    if isinstance(node, ast.BinOp):
        join = OPERATORS[type(node.op)][0]
        return join(_rows(node.left, rows_of), _rows(node.right, rows_of))
    return rows_of(dotted(node))


def write_out(text: str, show: Callable[[str], str]) -> str:
    """Return the sum with each name replaced by what `show` says it is: ``155 × 90 %``."""
    return _write_out(parse(text), show)


def _write_out(node: ast.expr, show: Callable[[str], str]) -> str:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, NumberWithUnit):
            return node.value.written
        return f"{float(node.value):.12g}"  # type: ignore[arg-type]
    if isinstance(node, ast.UnaryOp):
        is_compound = isinstance(node.operand, ast.BinOp | ast.UnaryOp)
        if not is_compound and _write_out(node.operand, show).startswith(("-", "−")):
            return _write_out(node.operand, show)[1:]
        return f"−{_in_brackets(node.operand, show, is_compound)}"
    if isinstance(node, ast.BinOp):
        adds = isinstance(node.op, ast.Add | ast.Sub)
        left = _in_brackets(node.left, show, not adds and _adds(node.left))
        right = _in_brackets(node.right, show, _needs_brackets(node.op, node.right))
        return f"{left} {OPERATORS[type(node.op)][1]} {right}"
    return show(dotted(node))


def _in_brackets(node: ast.expr, show: Callable[[str], str], needed: bool) -> str:
    written = _write_out(node, show)
    return f"({written})" if needed else written


def _adds(node: ast.expr) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _needs_brackets(before: ast.operator, node: ast.expr) -> bool:
    """Tell whether what follows an operator would mean something else without brackets."""
    if isinstance(before, ast.Add):
        return isinstance(node, ast.UnaryOp)
    if isinstance(before, ast.Div):
        return isinstance(node, ast.BinOp | ast.UnaryOp)
    return _adds(node) or isinstance(node, ast.UnaryOp)
