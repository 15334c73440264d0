"""What the compiled engine is built of: the compiler, SciPy's functions, chance, values that change, durations, clocks.

The arithmetic is that of `chance`, `plan`, `durations`, `dates` and `clocks`, in the same order, so
that it gives the same bits; where a function of those modules is plain arithmetic on numbers, it is
compiled from there.
"""

from __future__ import annotations

import math
import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import get_cython_function_address, intrinsic

from pilotsim.base import calendar, randomness
from pilotsim.model import distributions, residual_life
from pilotsim.model import gamma_quantile as quantiles
from pilotsim.model.distributions import (
    CONSTANT,
    EXPONENTIAL,
    GAMMA,
    LOGNORMAL,
    QUANTILES,
    TRIANGULAR,
    UNIFORM,
    WEIBULL,
)
from pilotsim.model.gamma_quantile import HIGHEST_SHAPE, LOWEST_SHAPE, MAX_STEPS, NEAR, TAIL
from pilotsim.simulation import clocks

SHARED = (randomness, clocks, calendar, distributions, quantiles, residual_life)


def cache_folder() -> Path:
    """Return where compiled code of just these sources is kept.

    The compiler's own cache asks only whether a function's file has changed, not those of the
    functions it calls: old code could meet new data. So each state of the sources has a folder of
    its own.
    """
    own = Path(__file__).parent
    sources = [*sorted(own.glob("*.py")), *(Path(str(module.__file__)) for module in SHARED)]
    digest = blake2b(b"".join(source.read_bytes() for source in sources), digest_size=8).hexdigest()
    home = (
        Path(os.environ["NUMBA_CACHE_DIR"])
        if os.environ.get("NUMBA_CACHE_DIR")
        else own / "__pycache__"
    )
    if not os.access(home if home.exists() else home.parent, os.W_OK):
        home = Path.home() / ".cache" / "pilotsim"
    return home / f"compiled-{digest}"


CACHE = str(cache_folder())


def compiled(function: Any, **options: Any) -> Any:
    """Return a function compiled when first called, without the interpreter's lock, and kept on the disk."""
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, CACHE
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy", **options)(function)
    finally:
        numba.config.CACHE_DIR = before


def inlined(function: Any) -> Any:
    """Return a compiled function that becomes part of each of its callers: for what is small and called everywhere."""
    return compiled(function, forceinline=True)


SPECIAL = "scipy.special.cython_special"
ADDRESSES = tuple(
    get_cython_function_address(SPECIAL, name)
    for name in ("gammaincinv", "ndtri", "__pyx_fuse_1gamma")
)


@intrinsic
def call_one(typing_context: Any, address: Any, a: Any) -> Any:
    """Call a C function of one number by its address, which may then differ from process to process."""
    return types.float64(types.int64, types.float64), _caller(1)


@intrinsic
def call_two(typing_context: Any, address: Any, a: Any, b: Any) -> Any:
    """Call a C function of two numbers by its address."""
    return types.float64(types.int64, types.float64, types.float64), _caller(2)


def _caller(count: int) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.DoubleType(), [ir.DoubleType()] * count)
        return builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), arguments[1:])

    return generate


M0, M1 = (np.uint64(m) for m in randomness.MULTIPLIERS)
W0, W1 = (np.uint64(w) for w in randomness.KEY_STEPS)
ONE, TWELVE = np.uint64(1), np.uint64(12)


@intrinsic
def upper(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


@compiled
def uniform(
    seed: int, replication: int, group: int, number: int, purpose: int, index: int
) -> float:
    """Return `chance.uniform` of unsigned words and an index."""
    c0, c1, c2, c3 = (
        np.uint64(index >> 2) + ONE,
        np.uint64(purpose),
        np.uint64(number),
        np.uint64(group),
    )
    k0, k1 = np.uint64(seed), np.uint64(replication)
    for _ in range(10):
        high0, low0, high1, low1 = upper(M0, c0), M0 * c0, upper(M1, c2), M1 * c2
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = k0 + W0, k1 + W1
    word = index & 3
    chosen = c0 if word == 0 else c1 if word == 1 else c2 if word == 2 else c3
    return (np.float64(chosen >> TWELVE) + 0.5) * 2.0**-52


@inlined
def line_at(t: Any, x: Any, line: int, time: float) -> float:
    """Return what a value is at a time."""
    k = t.line_from[line + 1] - 1
    while k > t.line_from[line] and t.line_time[k] > time:
        k -= 1
    return x[t.line_slot[k]]


triangular = compiled(distributions._triangular)
start, series, step = (
    inlined(part) for part in (quantiles.start, quantiles.series, quantiles.step)
)


@compiled
def gamma_quantile(t: Any, shape: float, u: float) -> float:
    """Return `gamma_quantile.gamma_quantile`."""
    if LOWEST_SHAPE <= shape <= HIGHEST_SHAPE and TAIL <= u <= 1.0 - TAIL:
        constant, x = call_one(t.functions[2], shape), start(shape, call_one(t.functions[1], u))
        for _ in range(MAX_STEPS):
            if x <= 0.0:
                break
            x, moved = step(shape, u, constant, x, series(shape, x))
            if moved < NEAR:
                return x
    return call_two(t.functions[0], shape, u)


@compiled
def quantile(t: Any, family: int, a: float, b: float, c: float, u: float) -> float:
    """Return `durations.quantile`."""
    if family == CONSTANT:
        return a
    if family == UNIFORM:
        return a + (b - a) * u
    if family == TRIANGULAR:
        return triangular(a, b, c, u)
    if family == EXPONENTIAL:
        return -a * math.log(1.0 - u)
    if family == GAMMA:
        return a if b == 0.0 else a * b * b * gamma_quantile(t, 1.0 / (b * b), u)
    if family == WEIBULL:
        return a / call_one(t.functions[2], 1.0 + 1.0 / b) * (-math.log(1.0 - u)) ** (1.0 / b)
    if family == LOGNORMAL:
        variance = math.log(1.0 + b * b)
        return a * math.exp(math.sqrt(variance) * call_one(t.functions[1], u) - variance / 2.0)
    return a


@compiled
def length(t: Any, x: Any, which: int, u: float) -> float:
    """Return a client's duration from its uniform number: `cohort.draw_duration`."""
    if t.length_slowest[which] >= 0:
        parts = x[t.length_slowest[which]]
        u = u ** (1.0 / parts) if parts > 0.0 else 0.5
    if t.length_family[which] == QUANTILES:
        return interpolate(t, x, which, u)
    a = x[t.length_slots[which, 0]]
    b = x[t.length_slots[which, 1]] if t.length_slots[which, 1] >= 0 else 0.0
    c = x[t.length_slots[which, 2]] if t.length_slots[which, 2] >= 0 else 0.0
    return quantile(t, t.length_family[which], a, b, c, u)


@compiled
def interpolate(t: Any, x: Any, which: int, u: float) -> float:
    """Return `durations.interpolate`."""
    k = t.length_from[which] + 1
    while t.point_at[k] < u:
        k += 1
    share = (u - t.point_at[k - 1]) / (t.point_at[k] - t.point_at[k - 1])
    below, above = x[t.point_slot[k - 1]], x[t.point_slot[k]]
    return below + share * (above - below)


work_until = compiled(calendar.work_until)
interval_of = inlined(clocks.interval_of)
carry_on = inlined(clocks.carry_on)
fires_at = inlined(clocks.fires_at)
effect_at = inlined(clocks.effect_at)


@compiled
def factor_of(t: Any, x: Any, c: Any, client: int, factors: int) -> float:
    """Return `cohort.client_factor` of a list of factors; 1 for no list."""
    product, exponent = 1.0, 0.0
    if factors < 0:
        return product
    for k in range(t.factors_from[factors], t.factors_from[factors + 1]):
        found = c.traits[client, t.factor_trait[k]]
        if t.factor_slot[k] < 0:
            slot = t.category_slot[t.factor_category[k] + int(found)]
            product *= x[slot] if slot >= 0 else 1.0
        else:
            base = x[t.factor_slot[k]]
            if found == 1.0 or (base == 0.0 and found > 0.0):
                product *= base
            elif found != 0.0 and base != 0.0:
                exponent += found * math.log(base)
    return product if exponent == 0.0 else product * math.exp(exponent)
