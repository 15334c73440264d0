"""Values that follow others: what their sums come to, in which order and in which unit.

A value written as a sum of other values is worked out when the flow is built, and again for every
run whose numbers differ: after assumptions have been drawn, whatever was set has been set, and
shared values have scaled what they scale. What it names moves it; it never has a range of its own.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arithmetic import (
    ArithmeticFault,
    NumberWithUnit,
    dotted,
    names_in,
    parse,
    work_out,
    work_out_rows,
)
from pilotsim.base.arrays import Floats
from pilotsim.base.elementary import power
from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import EXPECTED, Quantity, read_scalar, show_number
from pilotsim.base.text import Blank
from pilotsim.base.units import unit_of
from pilotsim.model.fields import words_below
from pilotsim.model.steady import SteadyInflow, steady_inflow

if TYPE_CHECKING:
    from pilotsim.model.flow import Flow

# What rounding in a sum may add to a number at the end of what its kind allows.
SLACK = 1e-9
HIGHEST = {"share": 1.0}
LOWEST = {"share": 0.0, "rate": 0.0, "duration": 0.0, "count": 0.0, "number": 0.0}
SHARE, COUNT = "share", "count"


@dataclass(frozen=True)
class Unit:
    """The unit of a sum or of one of its parts.

    Parameters
    ----------
    days : int
        The power of time: 1 for a length, -1 for a rate.
    working : bool
        Whether that time is counted in working days.
    counts : str
        What a number without time is: `share`, `count`, or empty for a plain number.
    """

    days: int = 0
    working: bool = False
    counts: str = ""

    @property
    def words(self) -> Message:
        """What has this unit, for people."""
        if self.days == 0:
            return _WORDS[self.counts]
        if abs(self.days) > 1:
            return Message("a length of time to the power of {power}", power=self.days)
        if self.days == -1:
            return Message("a rate")
        return Message("working time") if self.working else Message("a length of time")


_WORDS = {SHARE: Message("a share"), COUNT: Message("a count"), "": Message("a number")}


@dataclass(frozen=True)
class Follower:
    """A value that follows others.

    Parameters
    ----------
    path : str
        Its path in the flow.
    slot : int
        Its place among the flow's values.
    kind : str
        Its kind, which says which numbers it may be.
    sum : str
        What it comes to.
    slots : mapping of str to int
        The slot of each value that the sum names.
    """

    path: str
    slot: int
    kind: str
    sum: str
    slots: Mapping[str, int]

    @property
    def ends(self) -> tuple[float, float]:
        """The least and the most that the value may be."""
        return LOWEST.get(self.kind, -math.inf), HIGHEST.get(self.kind, math.inf)

    def work_out(self, numbers: Floats) -> Floats:
        """Return what the sum comes to, shape as `numbers` without its last axis.

        Raises
        ------
        RequestError
            The sum comes to no number that the value may be.
        """
        found = work_out_rows(self.sum, lambda name: numbers[..., self.slots[name]])
        found = np.broadcast_to(found, numbers.shape[:-1])
        low, high = self.ends
        ends = (low - SLACK, high + SLACK)
        wrong = ~(np.isfinite(found) & (found >= ends[0]) & (found <= ends[1]))
        if wrong.any():
            row = numbers[wrong][0]
            zeros = [name for name, slot in self.slots.items() if row[slot] == 0]
            if zeros and not np.isfinite(found[wrong].flat[0]):
                raise RequestError(
                    Message(
                        "'{path}' follows other values and comes to no number: {zeros} is 0",
                        path=self.path,
                        zeros=", ".join(f"'{name}'" for name in zeros),
                    )
                )
            raise RequestError(
                Message(
                    "'{path}' follows other values and comes to {found}; expected {wanted}",
                    path=self.path,
                    found=_shown(float(found[wrong].flat[0]), self.kind),
                    wanted=EXPECTED[self.kind],
                )
            )
        found = np.clip(found, low, high)
        return np.floor(found + 0.5) if self.kind == COUNT else found


def _shown(number: float, kind: str) -> str:
    return show_number(number, kind) if math.isfinite(number) else Message("no number")


def follow(flow: Flow) -> tuple[tuple[Follower | SteadyInflow, ...], dict[str, str]]:
    """Give each value of a flow that follows others its kind, its number and its unit.

    Returns
    -------
    tuple of Follower or SteadyInflow
        In the order in which they can be worked out.
    dict of str to str
        By path: why a value cannot be worked out. One whose sum names what the flow does not have
        is in neither.
    """
    waiting = {path: value for path, value in flow.values.items() if value.follows}
    if not waiting:
        return (), {}
    faults: dict[str, str] = {}
    inflows = _steady_inflows(flow, waiting, faults)
    waiting = {path: value for path, value in waiting.items() if path not in faults}
    named = {path: _named(flow, value) for path, value in waiting.items() if value.sum is not None}
    for path, inflow in inflows.items():
        named[path] = {name: flow.values[name] for name in inflow.slots}
    numbers = np.array([value.number for value in flow.values.values()], np.float64)
    _let_shared_values_act(flow, numbers)
    found: list[Follower | SteadyInflow] = []
    follower: Follower | SteadyInflow | None
    for path in _in_order(waiting, named, faults):
        value = waiting[path]
        try:
            follower, working = inflows.get(path), False
            if follower is None:
                follower, working = _follower(flow, path, value, named[path])
            numbers[value.slot] = follower.work_out(numbers)
        except (ArithmeticFault, RequestError) as fault:
            faults[path] = message_of(fault)
            continue
        number = float(numbers[value.slot])
        units = {} if path in inflows else named[path]
        written = _written(number, follower.kind, working, units, coming=path.endswith(".arrivals"))
        for key, known in (
            ("number", number),
            ("kind", follower.kind),
            ("working", working),
            ("written", written),
        ):
            object.__setattr__(value, key, known)
        found.append(follower)
    return tuple(found), faults


def _let_shared_values_act(flow: Flow, numbers: Floats) -> None:
    """Raise and multiply what shared values raise and multiply, as every run does."""
    as_written = numbers.copy()
    for own, strength in flow.raised.items():
        if as_written[strength] != 1.0:
            numbers[own] = power(float(as_written[own]), float(as_written[strength]))
    is_count = [value.kind == COUNT for value in flow.values.values()]
    for own, shared in flow.scaled.items():
        product = numbers[own] * as_written[shared]
        numbers[own] = math.floor(product + 0.5) if is_count[own] else product


def _follower(
    flow: Flow, path: str, value: Quantity, named: Mapping[str, Quantity]
) -> tuple[Follower, bool]:
    """Return a value that follows by a sum, and whether it is working time."""
    units = {name: unit_of_value(one) for name, one in named.items()}
    unit = unit_of_sum(str(value.sum), units)
    kind = _kind(value.kind, unit, _measured(flow, path))
    slots = {name: one.slot for name, one in named.items()}
    return Follower(path, value.slot, kind, str(value.sum), slots), unit.working


def _steady_inflows(
    flow: Flow, waiting: Mapping[str, Quantity], faults: dict[str, str]
) -> dict[str, SteadyInflow]:
    """Return the inflows that hold a stock steady; note as faults those that cannot be told."""
    found = {}
    for path, value in waiting.items():
        if value.steady is None:
            continue
        keys = path.split(".")
        if keys[0] != "groups" or keys[2:] != ["arrivals"]:
            faults[path] = Message("only the arrivals of a group can hold a stock steady")
            continue
        try:
            found[path] = steady_inflow(flow, path, value.steady, value.slot)
        except ArithmeticFault as fault:
            faults[path] = message_of(fault)
        except KeyError:
            # It names what the flow does not have, which is a fault of its own.
            faults[path] = ""
    return found


def fill_words(flow: Flow) -> dict[tuple[str, str], tuple[str, str]]:
    """Let the words of a flow hold the values that their blanks ask for.

    A blank asks for a value by its path, or for a sum of values; after a colon may stand with how
    many decimals at most it is written: `{groups.clients.stock * 40 %:0}`.

    Returns
    -------
    dict of (str, str) to (str, str)
        By path and language of words whose blank cannot be filled: the blank, and why it cannot;
        nothing is said of why where it names what the flow does not have.
    """
    faults: dict[tuple[str, str], tuple[str, str]] = {}
    for path, text in words_below(flow):
        blanks: dict[str, Blank] = {}
        for language, asked in text.names_of_blanks():
            try:
                blank = _blank(flow, asked)
            except ArithmeticFault as fault:
                faults[path, language] = (asked, message_of(fault))
                continue
            if blank is None:
                faults[path, language] = (asked, "")
            else:
                blanks[asked] = blank
        if blanks:
            text.fill(blanks)
    return faults


def split_blank(asked: str) -> tuple[str, int | None]:
    """Return the sum that a blank asks for, and its decimals; None where it does not say them."""
    text, colon, decimals = asked.partition(":")
    if colon and not re.fullmatch(r"[0-6]", decimals.strip()):
        raise ArithmeticFault(
            Message("expected decimals from 0 to 6 after ':'; found '{found}'", found=decimals)
        )
    return text, int(decimals) if colon else None


def _blank(flow: Flow, asked: str) -> Blank | None:
    """Return what stands in a blank; None where the flow has no value that it names."""
    text, decimals = split_blank(asked)
    names = list(names_in(text))
    named = {name: one for name in names if (one := flow.value_named(name)) is not None}
    if len(named) < len(set(names)):
        return None
    if [text.strip()] == names:
        return Blank(named[text.strip()], decimals)
    unit = unit_of_sum(text, {name: unit_of_value(one) for name, one in named.items()})
    kind = _kind("any", unit, "")
    number = work_out(text, lambda name: named[name].number)
    written = _written(number, kind, unit.working, named)
    return Blank(Quantity(number, kind, written, unit.working), decimals)


def _named(flow: Flow, value: Quantity) -> dict[str, Quantity]:
    """Return the values that a sum names, as far as the flow has them."""
    found = {name: flow.value_named(name) for name in names_in(str(value.sum))}
    return {name: one for name, one in found.items() if one is not None}


def _in_order(
    waiting: Mapping[str, Quantity],
    named: Mapping[str, Mapping[str, Quantity]],
    faults: dict[str, str],
) -> Iterator[str]:
    """Yield each path that can be worked out after those it follows; note circles as faults."""
    path_of = {value.slot: path for path, value in waiting.items()}
    done: dict[str, bool] = {}

    def visit(path: str, way: tuple[str, ...]) -> Iterator[str]:
        if path in way:
            circle = (*way[way.index(path) :], path)
            faults[path] = Message("the value follows itself: {way}", way=" -> ".join(circle))
            done.update(dict.fromkeys(circle, False))
            return
        if path in done:
            return
        for one in named[path].values():
            if one.slot in path_of:
                yield from visit(path_of[one.slot], (*way, path))
        if path in done:
            return
        names = set(named[path] if waiting[path].sum is None else names_in(str(waiting[path].sum)))
        before = [path_of.get(one.slot, "") for one in named[path].values() if one.follows]
        done[path] = len(names) == len(named[path]) and all(
            done.get(one, False) and one not in faults for one in before
        )
        if done[path]:
            yield path

    for path in waiting:
        yield from visit(path, ())


def _kind(asked: str, unit: Unit, measured: str) -> str:
    """Return the kind of a value that is asked for as `asked` and whose sum has a unit.

    Raises
    ------
    ArithmeticFault
        The sum has another unit.
    """
    of_time = {1: "duration", -1: "rate"}.get(unit.days, "")
    plain = unit.days == 0
    if asked == "speed":
        asked = of_time if of_time == "rate" else "number"
    elif asked == "any":
        asked = of_time or (SHARE if SHARE in (unit.counts, measured) else "real")
    fits = {
        SHARE: plain and unit.counts != COUNT,
        COUNT: plain and unit.counts != SHARE,
    }
    if fits.get(asked, asked == of_time if asked in ("rate", "duration") else plain):
        return asked
    raise ArithmeticFault(
        Message(
            "expected {wanted}; the sum gives {found}", wanted=EXPECTED[asked], found=unit.words
        )
    )


def _measured(flow: Flow, path: str) -> str:
    """Return the unit of the measure that a value bounds; empty for one that bounds none."""
    kind, _, rest = path.partition(".")
    target = flow.targets.get(rest.split(".")[0]) if kind == "targets" else None
    if target is None:
        return ""
    name = rest.split(".")[2] if ".readings." in path else None
    readings = target.all_readings()
    chosen = [readings[name]] if name in readings else list(readings.values())
    units = [reading.measure.unit for reading in chosen if reading.measure is not None]
    return units[0] if units else ""


def unit_of_value(value: Quantity) -> Unit:
    """Return the unit of a value by its kind."""
    if value.kind == "rate":
        return Unit(-1)
    if value.kind == "duration":
        return Unit(1, value.working)
    return Unit(counts=value.kind if value.kind in (SHARE, COUNT) else "")


def unit_of_sum(text: str, units: Mapping[str, Unit]) -> Unit:
    """Return the unit of what a sum comes to.

    Parameters
    ----------
    text : str
        The sum.
    units : mapping of str to Unit
        The unit of each value that it names.

    Raises
    ------
    ArithmeticFault
        It adds what has different units.
    """
    return _unit(parse(text), units)


def _unit(node: ast.expr, units: Mapping[str, Unit]) -> Unit:
    if isinstance(node, ast.Constant):
        number = node.value
        return _unit_of_literal(number) if isinstance(number, NumberWithUnit) else Unit()
    if isinstance(node, ast.UnaryOp):
        return _unit(node.operand, units)
    if isinstance(node, ast.BinOp):
        left, right = _unit(node.left, units), _unit(node.right, units)
        if isinstance(node.op, ast.Add | ast.Sub):
            return _added(left, right)
        return _multiplied(left, right, -1 if isinstance(node.op, ast.Div) else 1)
    return units[dotted(node)]


def _unit_of_literal(number: NumberWithUnit) -> Unit:
    if number.kind == "share":
        return Unit(counts=SHARE)
    return Unit(-1) if number.kind == "rate" else Unit(1, number.working)


def _added(left: Unit, right: Unit) -> Unit:
    same_time = (left.days, left.working) == (right.days, right.working)
    if not same_time or (left.counts and right.counts and left.counts != right.counts):
        raise ArithmeticFault(
            Message(
                "the sum adds or subtracts {left} and {right}", left=left.words, right=right.words
            )
        )
    return left if left.counts else right


def _multiplied(left: Unit, right: Unit, power: int) -> Unit:
    if left.days and right.days and left.working != right.working:
        raise ArithmeticFault(Message("the sum mixes calendar time and working time"))
    days = left.days + power * right.days
    if days:
        return Unit(days, left.working or right.working)
    if left.days:
        return Unit()
    return Unit(counts=(_TIMES if power == 1 else _OVER).get((left.counts, right.counts), ""))


# What the product and the quotient of two numbers without time count; plain numbers where nothing
# is said. A count divided by a plain number may be a share as well as a count, so it is plain.
_TIMES = {
    (SHARE, SHARE): SHARE,
    (SHARE, ""): SHARE,
    ("", SHARE): SHARE,
    (COUNT, ""): COUNT,
    ("", COUNT): COUNT,
    (COUNT, SHARE): COUNT,
    (SHARE, COUNT): COUNT,
}
_OVER = {(SHARE, ""): SHARE, (COUNT, SHARE): COUNT}


def _written(
    number: float, kind: str, working: bool, named: Mapping[str, Quantity], *, coming: bool = False
) -> str:
    """Return a number as a file would write it, in the unit of what it follows where it can.

    Clients who are `coming`, and what is more than all, are not in per cent.
    """
    if kind == "share":
        return f"{100 * number:.6g} %"
    if kind not in ("rate", "duration"):
        return f"{number:.6g}"
    units = [
        unit_of(one.written)
        for one in named.values()
        if one.kind == kind and one.working == working and unit_of(one.written).strip()
    ]
    default = " per month" if kind == "rate" else " working days" if working else " days"
    unit = units[0] if units else default
    if "%" in unit and (coming or number / read_scalar(f"1{unit}", kind).number > 100):
        unit = unit.replace("%", "").replace("  ", " ")
    return f"{number / read_scalar(f'1{unit}', kind).number:.6g}{unit}"


def settle_followers(flow: Flow, numbers: Floats) -> Floats:
    """Return the numbers of a flow with those that follow others worked out.

    Parameters
    ----------
    flow : Flow
        What the file says.
    numbers : ndarray, shape (..., values)
        By slot, in base units, after shared values have scaled them. A value that follows others
        is NaN, and is worked out; a number in its place was set for the run, and stays.

    Returns
    -------
    ndarray, shape (..., values)
        The same array where nothing follows.

    Raises
    ------
    RequestError
        A sum comes to no number that its value may be.
    """
    if not flow.followers:
        return numbers
    found = numbers.copy()
    for follower in flow.followers:
        own = found[..., follower.slot]
        unset = np.isnan(own)
        if unset.any():
            found[..., follower.slot] = np.where(unset, follower.work_out(found), own)
    return found
