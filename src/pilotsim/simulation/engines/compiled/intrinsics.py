"""What the compiler is told to write itself: exact operations on bits, and single instructions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from pilotsim.base import elementary, ticks

DOUBLE = ir.DoubleType()
WORD = ir.IntType(64)


def _stay_whole(typing_context: Any) -> Any:
    """Keep the function that this stands in from becoming part of its callers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.none(), generate


def _split(typing_context: Any, x: Any) -> Any:
    """Return `elementary.split` of a number, by its bits."""
    least = ir.Constant(WORD, LEAST_FRACTION_BITS)
    fraction = ir.Constant(WORD, FRACTION)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], WORD)
        k = builder.ashr(builder.sub(bits, least), fraction)
        m = builder.bitcast(builder.sub(bits, builder.shl(k, fraction)), DOUBLE)
        return context.make_tuple(builder, signature.return_type, [m, k])

    return types.Tuple((types.float64, types.int64))(types.float64), generate


def _power_of_two(typing_context: Any, k: Any) -> Any:
    """Return `elementary.power_of_two` of a whole number, by its bits."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        exponent = builder.add(arguments[0], ir.Constant(WORD, EXPONENT_OF_ONE))
        return builder.bitcast(builder.shl(exponent, ir.Constant(WORD, FRACTION)), DOUBLE)

    return types.float64(types.int64), generate


def _square_root(typing_context: Any, x: Any) -> Any:
    """Return the square root of a number, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        root = builder.module.declare_intrinsic("llvm.sqrt", [DOUBLE])
        return builder.call(root, arguments)

    return types.float64(types.float64), generate


def _floor(typing_context: Any, x: Any) -> Any:
    """Return the largest whole number that is no larger than a number, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        floor = builder.module.declare_intrinsic("llvm.floor", [DOUBLE])
        return builder.call(floor, arguments)

    return types.float64(types.float64), generate


def _upper_half(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


# The bits of a double: how many its fraction has, what the exponent of 1 is, and those of
# `elementary.LEAST_FRACTION`.
FRACTION = 52
EXPONENT_OF_ONE = 1023
LEAST_FRACTION_BITS = 0x3FE6A09E00000000

stay_whole: Callable[[], None] = intrinsic(_stay_whole)
upper_half: Callable[[Any, Any], Any] = intrinsic(_upper_half)
_split_bits = intrinsic(_split)
_power_of_two_bits = intrinsic(_power_of_two)
_square_root_instruction = intrinsic(_square_root)
_floor_instruction = intrinsic(_floor)


# Each under a name of its own, by which compiled code is linked.
def _twin_of_split(x: float) -> Any:
    return _split_bits(x)


def _twin_of_square_root(x: float) -> Any:
    return _square_root_instruction(x)


def _twin_of_power_of_two(k: int) -> Any:
    return _power_of_two_bits(k)


def _twin_of_nearest_tick(time: float) -> Any:
    return _floor_instruction(time + 0.5) if -ticks.LARGEST < time < ticks.LARGEST else time


# Exact operations that compiled code does by bits, and what one instruction does.
TWINS: dict[Any, Callable[..., Any]] = {
    elementary.split: lambda x: _twin_of_split,
    elementary.square_root: lambda x: _twin_of_square_root,
    elementary.power_of_two: lambda k: _twin_of_power_of_two,
    ticks.nearest_tick: lambda ticks: _twin_of_nearest_tick,
}
