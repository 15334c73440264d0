"""How precise our own elementary functions are: `python -m fitting.accuracy` writes the page.

Each function is held to mpmath at 50 digits over kinds of argument that together cover where it is
asked, its seams and its ends. From the worst of each kind a search goes on among its neighbours,
near and far, for a worse one. The library's function is held to the same arguments.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp
from scipy import special

from pilotsim.base import elementary, randomness
from pilotsim.base.student import student_reach
from pilotsim.model.distributions.beta_quantile import beta_odds
from pilotsim.model.distributions.gamma_quantile import gamma_quantile

Point = tuple[float, ...]
TARGET = Path(__file__).parent.parent / "docs" / "elementary.md"
DIGITS = 50
SEED = 14
ROUNDS = 8
NEIGHBOURS = 40
RIGHTLY_ROUNDED = 0.5

HEAD = """# Elementary functions: how precise they are

Made by `python -m fitting.accuracy --arguments {count}`. What stands here is found, not proved: the
worst error among arguments that the keyed generator draws, and then among the neighbours of the
worst, near and far. Errors are counted in units of the last digit (ulp) of the exact value, which
mpmath works out to 50 digits. A function rounded without any fault would be off by at most 0.5.
*Library* is what the engines called before: the C library's `log`, `exp` and `pow`, and SciPy's
special functions, on the same arguments, on the machine that made this page. Theirs differ from
machine to machine, ours do not.

| function | arguments | tried | worst, ours | at | rightly rounded | worst, library |
|---|---|--:|--:|---|--:|--:|
"""
FOOT = """
- `log_gamma` near its zeros at 1 and 2: SciPy's loses its digits there.
- A gamma quantile between the shapes 1 and 40 is found from the share below. Where nearly all are
  below, a last digit of that share is many of the quantile, and the error says so; as a share of
  the value it is {relative:.0e} at most.
- The quantile of a beta distribution is given as odds, x / (1 - x). SciPy gives x, whose distance
  from 1 is lost in the upper tail.
- Of a subnormal result the ulp is that of subnormal numbers.
"""


@dataclass(frozen=True)
class Kind:
    """A function over a kind of argument."""

    name: str
    says: str
    ours: Callable[..., float]
    exact: Callable[..., Any]
    before: Callable[..., float]
    draw: Callable[[Sequence[float]], Point]
    share: float = 1.0


@dataclass(frozen=True)
class Found:
    """What was found of a kind."""

    kind: Kind
    tried: int
    worst: float
    at: Point
    relative: float
    rounded: float
    before: float


def error_of(found: float, exact: Any) -> float:
    """Return how far a number is from the exact one, in units of its last digit."""
    size = abs(float(exact))
    if math.isinf(size):
        return 0.0 if math.isinf(found) else math.inf
    return float(abs(mp.mpf(found) - exact) / mp.mpf(math.ulp(size)))


def look(kind: Kind, count: int, purpose: int) -> Found:
    """Draw arguments of a kind, and search on from the worst."""
    many = max(50, int(count * kind.share))
    points = []
    for k in range(many):
        chances = [
            randomness.uniform(SEED, 0, randomness.code(kind.name), k, purpose, i) for i in (0, 1)
        ]
        points.append(kind.draw(chances))
    errors, rounded, library = [], 0, 0.0
    for point in points:
        exact = kind.exact(*map(mp.mpf, point))
        errors.append(error_of(kind.ours(*point), exact))
        rounded += errors[-1] <= RIGHTLY_ROUNDED
        library = max(library, error_of(library_of(kind, point), exact))
    worst = max(range(many), key=errors.__getitem__)
    at, most = points[worst], errors[worst]
    tried = many
    for turn in range(ROUNDS):
        for one in neighbours(at, turn, purpose):
            if not is_inside(kind, one):
                continue
            tried += 1
            error = error_of(kind.ours(*one), kind.exact(*map(mp.mpf, one)))
            if error > most:
                at, most = one, error
    exact = kind.exact(*map(mp.mpf, at))
    relative = float(abs((mp.mpf(kind.ours(*at)) - exact) / exact)) if exact != 0 else 0.0
    return Found(kind, tried, most, at, relative, rounded / many, library)


def library_of(kind: Kind, point: Point) -> float:
    """Return what the library gives; infinity where it refuses."""
    try:
        return float(kind.before(*point))
    except (OverflowError, ZeroDivisionError):
        return math.inf


def neighbours(at: Point, turn: int, purpose: int) -> list[Point]:
    """Return points about a point, in each turn nearer ones."""
    width = 10.0 ** (-2 * turn)
    found = []
    for k in range(NEIGHBOURS):
        moved = []
        for place, number in enumerate(at):
            u = randomness.uniform(SEED, 1 + turn, randomness.code("near"), k, purpose, place)
            new = number * (1.0 + 0.1 * width * (2.0 * u - 1.0))
            moved.append(new if new != number else math.nextafter(number, math.inf))
        found.append(tuple(moved))
    return found


def is_inside(kind: Kind, point: Point) -> bool:
    """Tell whether a neighbour is still of the kind: none of its numbers lies beyond the ends."""
    edges = [kind.draw((share, share)) for share in (0.0, 1.0)]
    return all(min(a, b) <= number <= max(a, b) for a, b, number in zip(*edges, point, strict=True))


# What is exact.


def exact_normal_quantile(u: Any) -> Any:
    """Solve for the normal quantile by Newton's steps from the double."""
    x = mp.mpf(elementary.normal_quantile(float(u)))
    upper = u > 0.5
    for _ in range(4):
        share = mp.ncdf(-x) - (1 - u) if upper else mp.ncdf(x) - u
        move = share / mp.npdf(x)
        x = x + move if upper else x - move
    return x


def exact_gamma_quantile(shape: Any, u: Any) -> Any:
    """Solve for the gamma quantile by Newton's steps from the double."""
    x = mp.mpf(ours_gamma_quantile(float(shape), float(u)))
    for _ in range(6):
        if u < 0.5:
            away = mp.gammainc(shape, 0, x, regularized=True) - u
        else:
            away = (1 - u) - mp.gammainc(shape, x, mp.inf, regularized=True)
        move = away * mp.gamma(shape) * mp.exp(x - (shape - 1) * mp.log(x))
        bend = 1 - move * ((shape - 1) / x - 1) / 2
        move = move / bend if abs(bend - 1) < 0.5 else move
        x -= move
        if abs(move) < x * mp.mpf(10) ** -35:
            break
    return x


def exact_beta_odds(t: Any, u: Any) -> Any:
    """Solve for the odds of a beta quantile by Newton's steps for its logarithm."""
    y = mp.log(mp.mpf(beta_odds(float(t), float(u))))
    for _ in range(6):
        x = 1 / (1 + mp.exp(-y))
        if u < 0.5:
            away = mp.betainc(1 + t, 1 - t, 0, x, regularized=True) - u
        else:
            away = (1 - u) - mp.betainc(1 - t, 1 + t, 0, 1 / (1 + mp.exp(y)), regularized=True)
        slope = x ** (1 + t) * (1 - x) ** (1 - t) / mp.beta(1 + t, 1 - t)
        move = away / slope
        y -= move
        if abs(move) < mp.mpf(10) ** -35:
            break
    return mp.exp(y)


def exact_student_reach(freedom: Any, level: Any) -> Any:
    """Solve for the critical value of Student's t by Newton's steps from the double."""
    t = mp.mpf(ours_student_reach(float(freedom), float(level)))
    scale = 2 / (mp.sqrt(freedom) * mp.beta(freedom / 2, mp.mpf(1) / 2))
    for _ in range(6):
        beyond = freedom / (freedom + t * t)
        share = mp.betainc(freedom / 2, mp.mpf(1) / 2, 0, beyond, regularized=True)
        move = (share - (1 - level)) / (scale * beyond ** ((freedom + 1) / 2))
        t += move
        if abs(move) < t * mp.mpf(10) ** -35:
            break
    return t


def ours_gamma_quantile(shape: float, u: float) -> float:
    """Return the gamma quantile with the gamma function worked out for it."""
    return gamma_quantile(shape, elementary.gamma(shape), u)


def library_beta_odds(t: float, u: float) -> float:
    """Return the odds by SciPy's quantile."""
    x = float(special.betaincinv(1.0 + t, 1.0 - t, u))
    return x / (1.0 - x) if x < 1.0 else math.inf


def ours_student_reach(freedom: float, level: float) -> float:
    """Return the critical value, with freedom first as SciPy has it."""
    return student_reach(level, freedom)


def library_student_reach(freedom: float, level: float) -> float:
    """Return the critical value by SciPy's quantile."""
    return float(special.stdtrit(freedom, 0.5 + level / 2.0))


# What is asked.


def between(low: float, high: float) -> Callable[[Sequence[float]], Point]:
    """Draw evenly between two numbers."""
    return lambda u: (low + (high - low) * u[0],)


def by_size(low: float, high: float, about: float = 0.0) -> Callable[[Sequence[float]], Point]:
    """Draw two to a power between two powers, from a number on."""
    return lambda u: (about + 2.0 ** (low + (high - low) * u[0]),)


def two(
    first: Callable[[Sequence[float]], Point], second: Callable[[Sequence[float]], Point]
) -> Callable[[Sequence[float]], Point]:
    """Draw two numbers."""
    return lambda u: (*first(u[:1]), *second(u[1:]))


def kinds() -> list[Kind]:
    """Return all functions over all kinds of argument."""
    e, s = elementary, special
    log = ("log", e.log, mp.log, math.log)
    exp = ("exp", e.exp, mp.exp, math.exp)
    power = ("power", e.power, mp.power, math.pow)
    normal = ("normal_quantile", e.normal_quantile, exact_normal_quantile, s.ndtri)
    below = ("normal_probability", e.normal_probability, mp.ncdf, s.ndtr)
    gamma = ("gamma", e.gamma, mp.gamma, s.gamma)
    log_gamma = ("log_gamma", e.log_gamma, mp.loggamma, s.gammaln)
    sine = (
        "sine_of_half_turns",
        e.sine_of_half_turns,
        lambda t: mp.sin(mp.pi * t),
        lambda t: math.sin(math.pi * t),
    )
    quantile = ("gamma_quantile", ours_gamma_quantile, exact_gamma_quantile, s.gammaincinv)
    odds = ("beta_odds", beta_odds, exact_beta_odds, library_beta_odds)
    reach = ("student_reach", ours_student_reach, exact_student_reach, library_student_reach)
    asked = [
        (log, "0.5 to 2", between(0.5, 2.0), 1.0),
        (log, "1 + 2^-50 to 1 + 2^-2", by_size(-50.0, -2.0, 1.0), 1.0),
        (log, "all sizes", by_size(-1022.0, 1023.0), 1.0),
        (log, "subnormal numbers", by_size(-1074.0, -1022.0), 0.2),
        (exp, "-1 to 1", between(-1.0, 1.0), 1.0),
        (exp, "-708 to 709", between(-708.0, 709.0), 1.0),
        (exp, "-745 to -708, subnormal results", between(-745.0, -708.0), 0.2),
        (power, "0 to 1 to a power of -20 to 20", two(between(1e-300, 1.0), between(-20, 20)), 1.0),
        (
            power,
            "near 1, to a power up to 10⁶",
            two(between(0.9999, 1.0001), between(-1e6, 1e6)),
            1,
        ),
        (power, "all sizes, to a power of -1 to 1", two(by_size(-1074, 1023), between(-1, 1)), 1.0),
        (normal, "0 to 1", between(2.0**-53, 1 - 2.0**-53), 0.2),
        (normal, "0.07 to 0.08, a seam", between(0.07, 0.08), 0.2),
        (normal, "2^-1074 to 2^-3", by_size(-1074.0, -3.0), 0.2),
        (below, "-1 to 1", between(-1.0, 1.0), 1.0),
        (below, "-37 to -1", between(-37.0, -1.0), 1.0),
        (below, "1 to 9", between(1.0, 9.0), 1.0),
        (gamma, "0 to 1", between(2.0**-60, 1.0), 0.5),
        (gamma, "1 to 12", between(1.0, 12.0), 0.5),
        (gamma, "12 to 171", between(12.0, 171.0), 0.5),
        (log_gamma, "0 to 3", between(2.0**-60, 3.0), 0.5),
        (log_gamma, "3 to 100", between(3.0, 100.0), 0.5),
        (log_gamma, "100 to 2^1000", by_size(7.0, 1000.0), 0.2),
        (sine, "0 to 1", between(2.0**-60, 1.0), 0.5),
        (quantile, "shape 1 to 40, u 0.0001 to 0.5", two(between(1, 40), between(1e-4, 0.5)), 0.01),
        (quantile, "shape 1 to 40, u 0.5 to 0.9", two(between(1, 40), between(0.5, 0.9)), 0.01),
        (
            quantile,
            "shape 1 to 40, u 0.9 to 0.9999",
            two(between(1, 40), between(0.9, 0.9999)),
            0.01,
        ),
        (quantile, "shape 1 to 40, lower end", two(between(1, 40), by_size(-45, -13.3)), 0.01),
        (quantile, "shape 0.1 to 1", two(between(0.1, 1), between(1e-6, 1 - 1e-6)), 0.01),
        (quantile, "shape 40 to 1000", two(between(40, 1000), between(1e-6, 1 - 1e-6)), 0.01),
        (odds, "t 0.01 to 2/3", two(between(0.01, 2 / 3), between(1e-9, 1 - 1e-9)), 0.01),
        (
            reach,
            "freedom 1 to 30, level 0.01 to 0.999",
            two(between(1, 30), between(0.01, 0.999)),
            0.01,
        ),
        (
            reach,
            "freedom 30 to 4096, level 0.01 to 0.999",
            two(between(30, 4096), between(0.01, 0.999)),
            0.01,
        ),
    ]
    return [
        Kind(name, says, ours, exact, before, draw, share)
        for (name, ours, exact, before), says, draw, share in asked
    ]


def row(found: Found) -> str:
    """Return a row of the table."""
    at = ", ".join(f"{number:.6g}" for number in found.at)
    library = "no digit" if found.before > 1e9 else f"{found.before:.2f}"
    return (
        f"| `{found.kind.name}` | {found.kind.says} | {found.tried:,} | **{found.worst:.2f}** | "
        f"{at} | {found.rounded:.1%} | {library} |\n"
    )


def main(arguments: Sequence[str]) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arguments", type=int, default=20_000, help="how many of each kind")
    parser.add_argument("--out", type=Path, default=TARGET)
    asked = parser.parse_args(arguments)
    mp.mp.dps = DIGITS
    page, relative = HEAD.format(count=asked.arguments), 0.0
    for purpose, kind in enumerate(kinds()):
        found = look(kind, asked.arguments, purpose)
        if kind.name == "gamma_quantile":
            relative = max(relative, found.relative)
        page += row(found)
        print(row(found), end="", flush=True)
    asked.out.write_text(page + FOOT.format(relative=relative), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
