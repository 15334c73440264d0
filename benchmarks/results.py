"""What a benchmark finds: one record a question, with the bound that was set for it beforehand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from benchmarks.machine import cores, memory, processor, versions

TIMES = "times"


@dataclass(frozen=True)
class Bound:
    """What a number must be at least, or at most."""

    number: float
    at_least: bool

    def is_met_by(self, number: float) -> bool:
        """Tell whether a number lies on the right side."""
        return number >= self.number if self.at_least else number <= self.number

    def room_left(self, number: float) -> float:
        """Return by which factor a number is better than the bound; below 1 it falls short."""
        return number / self.number if self.at_least else self.number / number


def at_least(number: float) -> Bound:
    """Return a lower bound."""
    return Bound(number, at_least=True)


def at_most(number: float) -> Bound:
    """Return an upper bound."""
    return Bound(number, at_least=False)


@dataclass(frozen=True)
class Result:
    """One number, and how it came about.

    Parameters
    ----------
    name : str
        What was asked.
    ours, theirs : str
        What ours and the other program came to, with unit; `theirs` is empty where there is no
        other.
    ratio : float
        The number that the bound is on: a ratio, or ours alone.
    unit : str
        Of `ratio`; `TIMES` for a ratio.
    low, high : float
        Its lowest and highest value over the rounds.
    bound : Bound or None
        What it should be; None where it is only told.
    note : str
        How to read it.
    """

    name: str
    ours: str
    theirs: str
    ratio: float
    unit: str = TIMES
    low: float | None = None
    high: float | None = None
    bound: Bound | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bound is met; None without a bound."""
        return None if self.bound is None else self.bound.is_met_by(self.ratio)

    @property
    def verdict(self) -> str:
        """Met or not met, and by how much."""
        if self.bound is None:
            return ""
        room = self.bound.room_left(self.ratio)
        return (
            f"met, {room:.2f} times better" if self.met else f"not met, {1 / room:.2f} times short"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The result as a row: question, ours, theirs, number with spread, bound and verdict."""
        spread = (
            f" ({_plain(self.low)} to {_plain(self.high)})"
            if self.low is not None and self.high is not None
            else ""
        )
        bound = (
            ""
            if self.bound is None
            else f"{'at least' if self.bound.at_least else 'at most'} {_plain(self.bound.number)}"
        )
        number = "" if math.isnan(self.ratio) else f"{_plain(self.ratio)} {self.unit}{spread}"
        return self.name, self.ours, self.theirs, number, bound, self.verdict


@dataclass(frozen=True)
class Answer:
    """The results of one question, with when, how thoroughly and where they were found.

    Parameters
    ----------
    title : str
        Of the question.
    results : sequence of Result
        What was found.
    effort : str
        `quick`, `normal` or `full`.
    date : str
        The day, as `2026-11-30`.
    machine : str
        Its processor and memory.
    versions : str
        Of Python and of the libraries.
    """

    title: str
    results: Sequence[Result]
    effort: str
    date: str
    machine: str
    versions: str

    @classmethod
    def of(cls, title: str, results: Sequence[Result], effort: str) -> Answer:
        """Return what was found just now, on this machine."""
        return cls(
            title,
            results,
            effort,
            date.today().isoformat(),
            f"{processor()}, {cores()} cores, {in_bytes(memory())} of memory",
            ", ".join(f"{name} {number}" for name, number in versions().items()),
        )

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Answer:
        """Return what was kept of an answer."""
        results = [
            Result(**one | {"bound": one["bound"] and Bound(**one["bound"])})
            for one in kept["results"]
        ]
        return cls(**{**kept, "results": results})

    @property
    def circumstances(self) -> tuple[str, str, str]:
        """How thoroughly it was asked, when, and where."""
        return self.effort, self.date, self.machine


HEADINGS = ("question", "ours", "theirs", "number (lowest to highest)", "bound", "verdict")


def _plain(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"


def in_time(seconds: float) -> str:
    """Return a length of time in the unit in which it is easiest to read."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def in_bytes(count: float) -> str:
    """Return an amount of memory in the unit in which it is easiest to read."""
    for size, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count:.0f} bytes"
