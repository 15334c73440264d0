"""Work out the numbers of `base/polynomials.py`: `python -m fitting.polynomials` writes it anew.

Each polynomial is Chebyshev's interpolation at 60 digits, its coefficients rounded to doubles; a
ratio of two polynomials is fixed by its values at Chebyshev's nodes. What is printed beside each,
and stands in its docstring, is the greatest error found on a grid with the rounded coefficients and
exact arithmetic, as a power of two and as a share of the function that it serves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mpmath as mp

Function = Callable[[Any], Any]

TARGET = Path(__file__).parent.parent / "src" / "pilotsim" / "base" / "polynomials.py"
DIGITS = 60
GRID = 400
TINY = mp.mpf(10) ** -20

HEAD = '''"""Polynomials of the elementary functions; made by `python -m fitting.polynomials`.

Each serves one function of `elementary`, says where it holds, and how far it is off there at most
as a share of that function, before rounding. Terms are added up in pairs and fours, or even and odd
powers apart, so that a processor can do several at once; a leading coefficient that decides the
last digit stands in two parts.
"""

'''


@dataclass(frozen=True)
class Fit:
    """A polynomial: coefficients from the constant on, and what the constant's rounding left."""

    name: str
    says: str
    coefficients: tuple[float, ...]
    rest: float
    error: Any
    shift: str = ""


def polynomial(
    name: str,
    says: str,
    function: Function,
    low: Any,
    high: Any,
    degree: int,
    weight: Function,
    *,
    is_lead_exact: bool = False,
    shift: str = "",
) -> Fit:
    """Fit a polynomial; `weight` makes an error of it one of the function that it serves."""
    exact = mp.chebyfit(function, [low, high], degree + 1, asc=True)
    rounded = [float(one) for one in exact]
    rest = float(exact[0] - mp.mpf(rounded[0])) if is_lead_exact else 0.0
    whole = [mp.mpf(one) for one in rounded]
    whole[0] += mp.mpf(rest)
    errors = [
        abs((mp.polyval(whole, x, asc=True) - function(x)) * weight(x)) for x in grid(low, high)
    ]
    return Fit(name, says, tuple(rounded), rest, max(errors), shift)


def ratio(
    name: str, says: str, function: Function, low: Any, high: Any, degrees: Any, weight: Function
) -> tuple[Fit, Fit]:
    """Fit a ratio of two polynomials, the lower one with the constant 1."""
    above, below = degrees
    many = above + below + 1
    middle, half = (low + high) / 2, (high - low) / 2
    nodes = [middle + half * mp.cos(mp.pi * (2 * k + 1) / (2 * many)) for k in range(many)]
    rows, right = mp.matrix(many, many), mp.matrix(many, 1)
    for row, x in enumerate(nodes):
        right[row] = function(x)
        for power in range(above + 1):
            rows[row, power] = x**power
        for power in range(1, below + 1):
            rows[row, above + power] = -right[row] * x**power
    solved = mp.lu_solve(rows, right)
    top = [float(solved[k]) for k in range(above + 1)]
    bottom = [1.0, *(float(solved[above + k]) for k in range(1, below + 1))]

    def off(x: Any) -> Any:
        found = mp.polyval(top, x, asc=True) / mp.polyval(bottom, x, asc=True)
        return abs((found - function(x)) * weight(x))

    error = max(off(x) for x in grid(low, high))
    return Fit(name, says, tuple(top), 0.0, error), Fit(name, says, tuple(bottom), 0.0, error)


def grid(low: Any, high: Any) -> list[Any]:
    """Return the places where an error is looked for."""
    return [low + (high - low) * mp.mpf(k) / GRID for k in range(1, GRID)]


# What is approximated, exactly.


def exponential_rest(r: Any) -> Any:
    """(e^r - 1 - r) / r²."""
    if abs(r) < mp.mpf(10) ** -12:
        return mp.mpf(1) / 2 + r / 6 + r * r / 24
    return (mp.expm1(r) - r) / r**2


def hyperbolic_rest(first: int) -> Function:
    """1 / first + z / (first + 2) + z² / (first + 4) + ...: what is left of an inverse tangent."""
    return lambda z: sum(z**k / mp.mpf(2 * k + first) for k in range(60))


def normal_quantile(u: Any) -> Any:
    """The number that a standard normal variable stays below with probability u, up to a half."""
    u = mp.mpf(u)
    root = mp.sqrt(-2 * mp.log(u))
    x = -(mp.mpf(1) / 2 - u) * mp.sqrt(2 * mp.pi)
    if u < mp.mpf("0.2"):
        x = -root + (mp.log(2 * mp.pi) + mp.log(-2 * mp.log(u))) / (2 * root)
    for _ in range(60):
        away = (mp.erfc(-x / mp.sqrt(2)) / 2 - u) * mp.exp(x * x / 2) * mp.sqrt(2 * mp.pi)
        move = away / (1 + x * away / 2)
        x -= move
        if abs(move) < mp.mpf(10) ** -50:
            break
    return x


ROOT = mp.mpf(0)
EDGE = mp.mpf("0.180625")


def centre(v: Any) -> Any:
    """(z / q - √2π) / q² with q = u - 1/2 and q² = 0.425² - v."""
    w = EDGE - v
    q = mp.sqrt(w)
    z = -normal_quantile(mp.mpf(1) / 2 - q)
    return (z / q - mp.sqrt(2 * mp.pi)) / w


def shortfall(t: Any) -> Any:
    """By how much the normal quantile of e^(-t²/2) falls short of t."""
    return t + normal_quantile(mp.exp(-t * t / 2))


def gamma_rest(t: Any) -> Any:
    """(Γ(1 + t) - 1) / (t (t - 1))."""
    if t < TINY:
        return mp.euler
    return 1 - mp.euler if 1 - t < TINY else (mp.gamma(1 + t) - 1) / (t * (t - 1))


def log_gamma_rest(t: Any) -> Any:
    """Log Γ(1 + t) / (t (t - 1))."""
    if t < TINY:
        return mp.euler
    return 1 - mp.euler if 1 - t < TINY else mp.loggamma(1 + t) / (t * (t - 1))


def stirling_rest(w: Any) -> Any:
    """What Stirling's formula leaves of log Γ(x), times x, with w = 1 / x²."""
    if w < mp.mpf(10) ** -12:
        return mp.mpf(1) / 12 - w / 360
    x = 1 / mp.sqrt(w)
    whole = mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x - mp.log(2 * mp.pi) / 2
    return whole * x


def bell_rest(w: Any) -> Any:
    """(Φ(z) - 1/2) / z with w = z²."""
    if w < TINY:
        return 1 / mp.sqrt(2 * mp.pi)
    return mp.erf(mp.sqrt(w / 2)) / (2 * mp.sqrt(w))


def bell_tail(t: Any) -> Any:
    """(1 - Φ(z)) e^(z²/2) (z + 1) with t = (z - 4) / (z + 4)."""
    if 1 - t < TINY:
        return 1 / mp.sqrt(2 * mp.pi)
    z = 4 * (1 + t) / (1 - t)
    if z > 10**6:
        return (1 - 1 / z**2) * (z + 1) / z / mp.sqrt(2 * mp.pi)
    return mp.erfc(z / mp.sqrt(2)) / 2 * mp.exp(z * z / 2) * (z + 1)


def sine_rest(w: Any) -> Any:
    """sin(πt) / t with w = t²."""
    t = mp.sqrt(w)
    return mp.pi if w < TINY else mp.sin(mp.pi * t) / t


def all_fits() -> list[Fit | tuple[Fit, Fit]]:
    """Return every polynomial, and every ratio as a pair."""
    mp.mp.dps = DIGITS
    half, mpf = mp.mpf(1) / 2, mp.mpf
    reach = mpf("0.3475")
    short = mpf("0.02945")
    return [
        polynomial(
            "exponential_rest",
            "(e^r - 1 - r) / r² for r from -0.3475 to 0.3475",
            exponential_rest,
            -reach,
            reach,
            10,
            lambda r: r * r,
        ),
        polynomial(
            "logarithm_rest",
            "2/3 + 2z/5 + 2z²/7 + ... for z from 0 to 0.02945",
            lambda z: 2 * hyperbolic_rest(3)(z),
            mpf(0),
            short,
            7,
            lambda z: z,
        ),
        polynomial(
            "fine_logarithm_rest",
            "1/7 + z/9 + z²/11 + ... for z from 0 to 0.02945",
            hyperbolic_rest(7),
            mpf(0),
            short,
            8,
            lambda z: z**3,
        ),
        ratio(
            "quantile_centre",
            "what is left of the normal quantile in the middle, v from 0 to 0.180625",
            centre,
            mpf(0),
            EDGE - mpf("1e-9"),
            (8, 9),
            lambda v: (EDGE - v) * mp.sqrt(EDGE - v) / mpf("1.4"),
        ),
        ratio(
            "quantile_shoulder",
            "by how much the normal quantile falls short of 2 + v, less 0.625; v from 0.27 to 5.01",
            lambda v: shortfall(v + 2) - mpf("0.625"),
            mpf("0.27"),
            mpf("5.01"),
            (8, 9),
            lambda v: 1 / (v + 2),
        ),
        ratio(
            "quantile_tail",
            "by how much the normal quantile falls short of 7 + v, for v from 0 to 31.7",
            lambda v: shortfall(v + 7),
            mpf("-0.01"),
            mpf("31.7"),
            (10, 11),
            lambda v: 1 / (v + 7),
        ),
        polynomial(
            "gamma_rest",
            "(Γ(1 + t) - 1) / (t (t - 1)) for t from 0 to 1",
            lambda s: gamma_rest(s + half),
            -half,
            half,
            20,
            lambda s: (s + half) * (half - s) + mpf("1e-9"),
            is_lead_exact=True,
            shift="t - 0.5",
        ),
        polynomial(
            "log_gamma_below_one",
            "log Γ(1 + t) / t for t from -1/2 to 0",
            lambda s: (
                -mp.euler
                if abs(s - half / 2) < TINY
                else mp.loggamma(s + 3 * half / 2) / (s - half / 2)
            ),
            -half / 2,
            half / 2,
            21,
            lambda s: mpf(1),
            is_lead_exact=True,
            shift="t + 0.25",
        ),
        polynomial(
            "log_gamma_near_one",
            "log Γ(1 + t) / (t (t - 1)) for t from 0 to 1",
            lambda s: log_gamma_rest(s + half),
            -half,
            half,
            21,
            lambda s: mpf(1),
            is_lead_exact=True,
            shift="t - 0.5",
        ),
        polynomial(
            "log_gamma_near_two",
            "log Γ(2 + t) / t for t from 0 to 1",
            lambda s: 1 - mp.euler if s + half < TINY else mp.loggamma(2 + half + s) / (s + half),
            -half,
            half,
            17,
            lambda s: mpf(1),
            is_lead_exact=True,
            shift="t - 0.5",
        ),
        polynomial(
            "stirling_rest",
            "x times what Stirling's formula leaves of log Γ(x), with w = 1 / x², for x from 8 on",
            stirling_rest,
            mpf(0),
            mpf(1) / 64,
            7,
            mp.sqrt,
        ),
        polynomial(
            "bell_rest",
            "(Φ(z) - 1/2) / z with w = z², for z from 0 to 1",
            bell_rest,
            mpf(0),
            mpf(1),
            12,
            lambda w: mp.sqrt(w) / mpf("0.5"),
        ),
        polynomial(
            "bell_tail",
            "(1 - Φ(z)) e^(z²/2) (z + 1) with t = (z - 4) / (z + 4), for z from 1 on",
            bell_tail,
            mpf("-0.6"),
            mpf(1),
            24,
            lambda t: mpf(2),
        ),
        polynomial(
            "sine_rest",
            "sin(πt) / t with w = t², for t from 0 to 1/2",
            sine_rest,
            mpf(0),
            mpf(1) / 4,
            9,
            lambda w: mpf(1) / 2,
            is_lead_exact=True,
        ),
    ]


# Writing them down.


def horner(coefficients: Sequence[float], variable: str) -> str:
    """Return the source of a polynomial, one term a line."""
    written = repr(coefficients[-1])
    for one in reversed(coefficients[:-1]):
        written = f"{one!r} + {variable} * ({written})"
    return written


def halves(coefficients: Sequence[float], variable: str) -> str:
    """Return the source of a polynomial by even and odd powers."""
    even, odd = horner(coefficients[0::2], "square"), horner(coefficients[1::2], "square")
    return f"({even}) + {variable} * ({odd})"


def pairs(coefficients: Sequence[float], variable: str) -> str:
    """Return the source of a polynomial in pairs of terms, and fours of them (Estrin)."""
    twos = [
        f"({low!r} + {variable} * {high!r})"
        for low, high in zip(coefficients[0::2], [*coefficients[1::2], 0.0], strict=False)
    ]
    if len(coefficients) % 2:
        twos[-1] = repr(coefficients[-1])
    fours = [" + square * ".join(twos[k : k + 2]) for k in range(0, len(twos), 2)]
    written = f"({fours[-1]})"
    for one in reversed(fours[:-1]):
        written = f"({one} + fourth * {written})"
    return written


def source_of(fit: Fit | tuple[Fit, Fit]) -> str:
    """Return the source of a function."""
    first = fit if isinstance(fit, Fit) else fit[0]
    error = f"2^{float(mp.log(first.error, 2)):.1f}"
    variable = first.says.split("with ")[1][0] if "with " in first.says else ""
    variable = variable or ("r" if "r²" in first.says else "t" if first.shift else "")
    variable = variable or ("v" if isinstance(fit, tuple) else "z")
    lines = [
        f"def {first.name}({variable}: float) -> float:",
        f'    """Return {first.says}.',
        "",
        f"    It is off by {error} at most.",
        '    """',
    ]
    if isinstance(fit, tuple):
        lines += [
            f"    square = {variable} * {variable}",
            f"    above = {halves(fit[0].coefficients, variable)}",
            f"    below = {halves(fit[1].coefficients, variable)}",
            "    return above / below",
        ]
    elif fit.rest:
        numbers = fit.coefficients
        about = "s" if fit.shift else variable
        lines += [
            *([f"    s = {fit.shift}"] if fit.shift else []),
            f"    square = {about} * {about}",
            f"    odd = {fit.rest!r} + {about} * ({horner(numbers[1::2], 'square')})",
            f"    even = square * ({horner(numbers[2::2], 'square')})",
            f"    return {numbers[0]!r} + (odd + even)",
        ]
    else:
        lines += [
            f"    square = {variable} * {variable}",
            "    fourth = square * square",
            f"    return {pairs(fit.coefficients, variable)}",
        ]
    return "\n".join(lines) + "\n"


def in_two(name: str, says: str, number: Any) -> str:
    """Return the source of a number as a sum of two doubles."""
    high = float(number)
    return f"# {says}\n{name} = {high!r}\n{name}_LOW = {float(number - mp.mpf(high))!r}\n"


def constants() -> str:
    """Return the source of the numbers that are no coefficients."""
    log_two = mp.log(2)
    high = float(mp.floor(log_two * 2**40) / 2**40)
    low = float(log_two - mp.mpf(high))
    rest = float(log_two - mp.mpf(high) - mp.mpf(low))
    parts = [
        f"# log 2 in three parts, the first of 40 bits: times a whole number it is exact.\n"
        f"LN2_HIGH = {high!r}\nLN2_LOW = {low!r}\nLN2_REST = {rest!r}\n"
        f"INVERSE_LN2 = {float(1 / log_two)!r}\nPI = {float(mp.pi)!r}\n",
        in_two("ROOT_TWO_PI", "√2π", mp.sqrt(2 * mp.pi)),
        in_two("HALF_LOG_TWO_PI", "log √2π", mp.log(2 * mp.pi) / 2),
        in_two("THIRD", "1/3", mp.mpf(1) / 3),
        in_two("FIFTH", "1/5", mp.mpf(1) / 5),
    ]
    nodes = sorted(
        mp.polyroots(mp.taylor(lambda x: mp.hermite(7, x), 0, 7), maxsteps=200, asc=True)
    )
    weights = [2**6 * mp.factorial(7) / (49 * mp.hermite(6, x) ** 2) for x in nodes]
    rows = [f"    ({float(x)!r}, {float(w)!r}),\n" for x, w in zip(nodes, weights, strict=True)]
    rule = "".join(rows).replace(f"({float(nodes[3])!r},", "(0.0,")
    parts.append(
        "# Gauss and Hermite's rule of seven nodes for a standard normal variable over √2: node, "
        f"share.\nNORMAL_RULE = (\n{rule})\n"
    )
    return "".join(parts)


def source() -> str:
    """Return the source of `base/polynomials.py`, before the formatter."""
    fits = all_fits()
    body = "\n\n".join(source_of(fit) for fit in fits)
    return f"{HEAD}from __future__ import annotations\n\n{constants()}\n\n{body}"


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
    for one in all_fits():
        fit = one if isinstance(one, Fit) else one[0]
        print(f"{fit.name:22} 2^{float(mp.log(fit.error, 2)):.1f}")
    print(f"now: ruff format {TARGET}")
