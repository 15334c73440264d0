"""Arguments that cover the elementary functions: all sizes, seams, ends; and the bits of what they give."""

from __future__ import annotations

import math
import struct
from functools import cache

from hypothesis import strategies as st

from pilotsim.base import elementary, randomness
from pilotsim.model.distributions.beta_quantile import beta_odds
from pilotsim.model.distributions.gamma_quantile import gamma_quantile, gamma_quantile_anywhere

FUNCTIONS = {
    "log": elementary.log,
    "exp": elementary.exp,
    "power": elementary.power,
    "normal_quantile": elementary.normal_quantile,
    "normal_probability": elementary.normal_probability,
    "gamma": elementary.gamma,
    "log_gamma": elementary.log_gamma,
    "sine_of_half_turns": elementary.sine_of_half_turns,
    "gamma_quantile": gamma_quantile,
    "gamma_quantile_anywhere": gamma_quantile_anywhere,
    "beta_odds": beta_odds,
}
# Any number above 0, subnormal ones too.
POSITIVE = st.floats(5e-324, 1.7e308) | st.floats(0.25, 4.0)
COUNT = 1000

LEAST = 5e-324
# Where a function goes on in another way, with the neighbours on both sides.
SEAMS = {
    "log": [2.0**-1022, LEAST, elementary.LEAST_FRACTION, 2 * elementary.LEAST_FRACTION, 1.0, 2.0],
    "exp": [-745.2, -745.1332, -708.3964, 709.7827, 709.8, 0.0, 0.34657359, -0.34657359],
    "normal_quantile": [0.075, 0.925, 0.5, 0.25, 2.28e-11, LEAST, 1 - 2.0**-53, 2.0**-53],
    "normal_probability": [-39.0, -1.0, 0.0, 1.0, 39.0, -38.48],
    "gamma": [1e-300, 1.0, 2.0, 12.0, 171.0, 171.624, 171.7, LEAST],
    "log_gamma": [0.5, 1.0, 2.0, 3.0, 8.0, 1e300, LEAST],
    "sine_of_half_turns": [0.25, 0.5, 0.75],
}
ENDS = [0.0, math.inf, math.nan, -1.0, -0.0]


def bits_of(number: float) -> bytes:
    """The bits of a number; every NaN is the same, since the standard leaves theirs open."""
    return struct.pack("<d", number) if not math.isnan(number) else b"not a number"


@cache
def uniforms_of(name: str, index: int) -> list[float]:
    """As many uniform numbers as there are arguments, by the keyed generator."""
    group = randomness.code(f"arguments of {name}")
    return [randomness.uniform(7, 0, group, k, index, 0) for k in range(COUNT)]


def by_size(u: float) -> float:
    """A number above 0 of any size, subnormal ones too."""
    return 2.0 ** (-1074.0 + 2097.0 * u) if u < 0.5 else 2.0 ** (-8.0 + 16.0 * (2 * u - 1))


@cache
def arguments_of(name: str) -> list[tuple[float, ...]]:
    """The arguments of a function: drawn, at its seams and next to them, at its ends."""
    first, second = uniforms_of(name, 0), uniforms_of(name, 1)
    if name == "power":
        drawn = [(by_size(u), 60.0 * v - 30.0) for u, v in zip(first, second, strict=True)]
        ends = [(a, b) for a in [*ENDS, 0.5, 1.0, 2.0] for b in [*ENDS, 1.0, 700.0, -700.0]]
        return drawn + [(u, 1.0 / (1 + k % 9)) for k, u in enumerate(first)] + ends
    if name == "beta_odds":
        return [(0.01 + 0.65 * u, v) for u, v in zip(first[:200], second, strict=False)]
    if name.startswith("gamma_quantile"):
        shapes = [0.02 + 0.98 * u if k % 3 == 0 else 1.0 + 45.0 * u for k, u in enumerate(first)]
        points = list(zip(shapes, second, strict=True))[:400]
        points += [(shape, u) for shape in (0.3, 2.0, 9.0, 40.0) for u in (1e-12, 1e-4, 1 - 1e-4)]
        if name == "gamma_quantile":
            return [(shape, elementary.gamma(shape), u) for shape, u in points]
        return points
    scale = {
        "exp": lambda u: 1500.0 * u - 750.0,
        "normal_quantile": lambda u: u,
        "normal_probability": lambda u: 80.0 * u - 40.0,
        "sine_of_half_turns": lambda u: u,
        "gamma": lambda u: 172.0 * u,
        "log_gamma": by_size,
        "log": by_size,
    }[name]
    near = [
        one
        for seam in SEAMS[name]
        for one in (math.nextafter(seam, -math.inf), seam, math.nextafter(seam, math.inf))
    ]
    ends = [] if name == "sine_of_half_turns" else ENDS
    small = [4.0 * v - 2.0 if name in ("exp", "normal_probability") else v for v in second]
    return [(one,) for one in [*map(scale, first), *small, *near, *ends]]
