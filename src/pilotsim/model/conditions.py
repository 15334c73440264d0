"""Conditions on the state of a run: how many wait, are there or are served, and what is in use.

A flow file writes them as `waiting(desk) > 20`. All that they count is whole, so that two engines
have the same answer to the last bit: clients, units, days, and the share of units that is in use,
in parts of `WHOLE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import BeforeValidator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, show
from pilotsim.model.own_code import MAX_GIVEN, call_registered

# What is counted: of a stage, of a resource, or of nothing.
OF_STAGES = ("waiting", "started", "there")
OF_RESOURCES = ("free", "held", "use")
DAY = "day"
COUNTS = (*OF_STAGES, *OF_RESOURCES, DAY)
# What is worked out from numbers, what compares them, and what joins comparisons.
SUMS = ("+", "-", "*", "min", "max")
COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
LOGIC = ("and", "or", "not")
NUMBER = "number"
# What a function of one's own gives.
FUNCTION = "function"
# All that a condition is made of: compiled code knows each by its number.
INSTRUCTIONS = (NUMBER, *COUNTS, *SUMS, *COMPARISONS, *LOGIC, FUNCTION)
# 100 % of units in use.
WHOLE = 10**9
MAX_NUMBER = 10**6
# No count comes near it; what is worked out of counts stays within 64 bits.
MOST_COUNTED = 10**9
MAX_TERMS = 100
# Marks in a schema that keys are conditions.
CONDITIONS = "x-conditions"

_EXAMPLE = "waiting(desk) > 20"
_TOKEN = re.compile(
    r"\s*(?:(?P<percent>[0-9]+)\s*%|(?P<name>(?=[\w-]*[^\W\d])\w[\w-]*)|(?P<number>[0-9]+)"
    r"|(?P<sign><=|>=|==|!=|[-+*/<>=(),]))"
)
_WORDS_OF_TYPES = {
    "count": Message("a number"),
    "share": Message("a share of units"),
    "truth": Message("a condition"),
}


@dataclass(frozen=True)
class Term:
    """A part of a condition.

    Parameters
    ----------
    what : str
        One of `COUNTS`, `SUMS`, `COMPARISONS` or `LOGIC`, `FUNCTION` or `NUMBER`.
    parts : tuple of Term
        What it is worked out from.
    number : int
        That of a `NUMBER`.
    of : str
        The stage or the resource of which something is counted; the name of a function.
    """

    what: str
    parts: tuple[Term, ...] = ()
    number: int = 0
    of: str = ""

    @property
    def type(self) -> str:
        """Whether it is a `count`, a `share` of units or a `truth`."""
        if self.what in COMPARISONS or self.what in LOGIC:
            return "truth"
        if self.what == "use":
            return "share"
        if self.what == NUMBER:
            return "share" if self.of == "%" else "count"
        if self.what == FUNCTION:
            return "count"
        return "share" if any(part.type == "share" for part in self.parts) else "count"

    @property
    def most(self) -> int:
        """A bound of its size."""
        if self.what == NUMBER:
            return self.number
        if self.what in COUNTS:
            return MOST_COUNTED
        if self.what == FUNCTION:
            return MAX_GIVEN
        sizes = [part.most for part in self.parts]
        if self.what == "*":
            return sizes[0] * sizes[1]
        return sum(sizes) if self.what in ("+", "-") else max(sizes)

    def below(self) -> Iterator[Term]:
        """Yield all its parts and theirs, in the order in which a stack works them out; then it."""
        for part in self.parts:
            yield from part.below()
        yield self

    @property
    def depth(self) -> int:
        """How many numbers stand on a stack at once while it is worked out."""
        return max([1, *(k + part.depth for k, part in enumerate(self.parts))])


@lru_cache(maxsize=1024)
def read_condition(text: str) -> Term:
    """Return what a condition says.

    Raises
    ------
    QuantityFault
        It is none; the fault says what was expected where.
    """
    return _Reader(text).read()


def number_of(term: Term, count: Callable[[Term], int]) -> int:
    """Return what a term comes to; a truth is 1 or 0.

    Parameters
    ----------
    term : Term
        A part of a condition.
    count : callable
        What there is of one of `COUNTS`.
    """
    if term.what == NUMBER:
        return term.number
    if term.what in COUNTS:
        return count(term)
    numbers = [number_of(part, count) for part in term.parts]
    if term.what == FUNCTION:
        return call_registered(term.of, numbers)
    return WORKED_OUT[term.what](*numbers)


# What is worked out from parts.
WORKED_OUT: dict[str, Callable[..., int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "min": lambda a, b: a if a < b else b,
    "max": lambda a, b: a if a > b else b,
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    ">": lambda a, b: int(a > b),
    ">=": lambda a, b: int(a >= b),
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "and": lambda a, b: int(a != 0 and b != 0),
    "or": lambda a, b: int(a != 0 or b != 0),
    "not": lambda a: int(a == 0),
}


def share_in_use(held: int, units: int) -> int:
    """Return the share of units that is in use, in parts of `WHOLE`.

    Where there are none and some are held all the same, all is in use.
    """
    if units > 0:
        return min(held * WHOLE // units, WHOLE)
    return WHOLE if held > 0 else 0


class _Reader:
    """Reads a condition from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0

    def read(self) -> Term:
        found = self._or()
        if self.at < len(self.tokens):
            raise self._unexpected()
        if found.type != "truth":
            raise _fault(
                self.text,
                Message("expected a condition such as {example}", example=_EXAMPLE),
            )
        terms = list(found.below())
        if len(terms) > MAX_TERMS or max(term.most for term in terms) >= 2**62:
            raise _fault(self.text, Message("too much is worked out here"))
        return found

    def _tokens(self) -> Iterator[tuple[str, str]]:
        at = 0
        text = self.text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                rest = text[at:].lstrip()
                raise _fault(self.text, Message("{found} is not known here", found=show(rest[0])))
            at = match.end()
            kind = str(match.lastgroup)
            yield kind, match[kind]

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def _take(self, *wanted: str) -> str:
        """Return the next sign or word if it is one of those wanted, and go on behind it."""
        kind, word = self._next()
        if kind in ("sign", "name") and word in wanted:
            self.at += 1
            return word
        return ""

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise self._unexpected(sign)

    def _unexpected(self, wanted: str = "") -> QuantityFault:
        kind, word = self._next()
        found: str | Message = show(word) if kind != "end" else Message("nothing more")
        if word == "=":
            return _fault(self.text, Message("equal is written =="))
        if word == "/":
            return _fault(
                self.text,
                Message(
                    "nothing is divided: all that is counted is whole; multiply the other side, as "
                    "in 2 * waiting(a) > 3 * waiting(b)"
                ),
            )
        if wanted:
            return _fault(
                self.text,
                Message("expected {wanted}; found {found}", wanted=wanted, found=found),
            )
        return _fault(
            self.text,
            Message(
                "expected a number, {names}; found {found}",
                names=", ".join(COUNTS),
                found=found,
            ),
        )

    def _or(self) -> Term:
        found = self._and()
        while self._take("or"):
            found = self._joined("or", found, self._and())
        return found

    def _and(self) -> Term:
        found = self._not()
        while self._take("and"):
            found = self._joined("and", found, self._not())
        return found

    def _not(self) -> Term:
        if self._take("not"):
            return self._joined("not", self._not())
        return self._comparison()

    def _comparison(self) -> Term:
        found = self._sum()
        sign = self._take(*COMPARISONS)
        return self._joined(sign, found, self._sum()) if sign else found

    def _sum(self) -> Term:
        found = self._product()
        while sign := self._take("+", "-"):
            found = self._joined(sign, found, self._product())
        return found

    def _product(self) -> Term:
        found = self._one()
        while self._take("*"):
            found = self._joined("*", found, self._one())
        return found

    def _one(self) -> Term:
        kind, word = self._next()
        if kind == "number":
            self.at += 1
            if int(word) > MAX_NUMBER:
                raise _fault(
                    self.text,
                    Message(
                        "expected a whole number from {least} to {most}; found {found}",
                        least=0,
                        most=MAX_NUMBER,
                        found=show(word),
                    ),
                )
            return Term(NUMBER, number=int(word))
        if kind == "percent":
            self.at += 1
            return Term(NUMBER, number=int(word) * (WHOLE // 100), of="%")
        if self._take("("):
            found = self._or()
            self._expect(")")
            return found
        if self._take(DAY):
            return Term(DAY)
        if name := self._take("min", "max"):
            self._expect("(")
            found = self._sum()
            while self._take(","):
                found = self._joined(name, found, self._sum())
            self._expect(")")
            return found
        if name := self._take(*OF_STAGES, *OF_RESOURCES):
            self._expect("(")
            kind, of = self._next()
            if kind not in ("name", "number"):
                raise self._unexpected(Message("a name"))
            self.at += 1
            self._expect(")")
            return Term(name, of=of)
        if kind == "name" and self._is_call():
            return self._function()
        raise self._unexpected()

    def _is_call(self) -> bool:
        """Tell whether numbers stand in brackets behind the next word, and no name by itself."""
        kinds = [*self.tokens[self.at + 1 : self.at + 4], *[("end", "")] * 3][:3]
        (_, opens), (kind, word), (_, behind) = kinds
        is_count = word in COUNTS or word in ("min", "max") or behind == "("
        return opens == "(" and (kind != "name" or is_count)

    def _function(self) -> Term:
        """Read a function of one's own, with what it is given."""
        _, name = self._next()
        self.at += 1
        self._expect("(")
        parts: list[Term] = []
        while not self._take(")"):
            if parts:
                self._expect(",")
            parts.append(self._sum())
        if any(part.type == "truth" for part in parts):
            raise _fault(self.text, Message("'{name}' takes numbers, and no conditions", name=name))
        return Term(FUNCTION, tuple(parts), of=name)

    def _joined(self, what: str, *parts: Term) -> Term:
        """Return a term of others, if these are of the types that it is worked out from."""
        types = [part.type for part in parts]
        if what in LOGIC:
            fits = all(one == "truth" for one in types)
        elif what == "*":
            fits = "truth" not in types and types.count("share") < 2
        else:
            fits = types[0] == types[1] != "truth"
        if not fits:
            names = [_WORDS_OF_TYPES[one] for one in types]
            raise _fault(
                self.text,
                Message(
                    "'{sign}' cannot join {one} and {other}",
                    sign=what,
                    one=names[0],
                    other=names[-1],
                ),
            )
        return Term(what, parts)


def _fault(text: str, why: Message) -> QuantityFault:
    return QuantityFault(Message("{found}: {why}", found=show(text), why=why))


def _read_conditions(raw: Any) -> Any:
    """Check that the keys of a mapping are conditions."""
    if not isinstance(raw, Mapping) or not raw:
        raise QuantityFault(
            Message(
                "expected {wanted}; found {found}", wanted=f"{{{_EXAMPLE}: …}}", found=show(raw)
            )
        )
    found = {str(key): value for key, value in raw.items()}
    for key in found:
        read_condition(key)
    return found


def conditions_schema(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of a mapping from conditions to values."""
    return {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": dict(value),
        CONDITIONS: True,
    }


# What a mapping from conditions to values is read by: the first that holds counts.
Conditions = BeforeValidator(_read_conditions)
