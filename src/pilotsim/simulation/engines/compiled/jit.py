"""The compiler: how plain Python becomes compiled code, and where that is kept.

Plain functions of other packages are compiled as they stand (`address_of`), with all plain
functions that they call and SciPy's special functions among these. So the arithmetic of a duration
or of a line is written once, and both engines have the same bits.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar

import llvmlite.binding
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import (
    get_cython_function_address,
    intrinsic,
    overload,
    register_jitable,
)

from pilotsim.base import calendar, randomness
from pilotsim.model import distributions, queue_disciplines
from pilotsim.simulation import clocks

F = TypeVar("F", bound=Callable[..., Any])
SPECIAL_FUNCTIONS = "scipy.special.cython_special"


def sources() -> list[Path]:
    """Return the files that compiled code is made from, with all that it takes constants from."""
    own = Path(__file__).parent
    folders = [own, Path(str(clocks.__file__)).parent, Path(str(distributions.__file__)).parent]
    modules = [randomness, calendar, queue_disciplines]
    found = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    return found + [Path(str(module.__file__)) for module in modules]


def cache_folder() -> Path:
    """Return where compiled code of just these sources is kept.

    The compiler's own cache asks only whether a function's file has changed, not those of the
    functions it calls: old code could meet new data. So each state of the sources has a folder of
    its own.
    """
    content = b"".join(source.read_bytes() for source in sources())
    digest = blake2b(content, digest_size=8).hexdigest()
    home = Path(__file__).parent / "__pycache__"
    if os.environ.get("NUMBA_CACHE_DIR"):
        home = Path(os.environ["NUMBA_CACHE_DIR"])
    if not os.access(home if home.exists() else home.parent, os.W_OK):
        home = Path.home() / ".cache" / "pilotsim"
    return home / f"compiled-{digest}"


CACHE = str(cache_folder())
# Division by zero gives infinity, as in arrays; no check stands before each division.
NUMPY_ERRORS = {"error_model": "numpy"}


def compiled(function: F) -> F:
    """Return a function compiled when first called, and kept on the disk.

    It runs without the interpreter's lock.
    """
    found: F = _kept(numba.njit(cache=True, nogil=True, **NUMPY_ERRORS), function)
    return found


def inlined(function: F) -> F:
    """Return a compiled function that becomes part of its callers: for what is small."""
    compile_ = numba.njit(cache=True, nogil=True, forceinline=True, **NUMPY_ERRORS)
    found: F = _kept(compile_, function)
    return found


def shared(function: F) -> F:
    """Return the compiled form of a plain function that calls others, for the kernel's own use."""
    _let_be_called(function)
    return compiled(function)


def is_kept(function: Any) -> bool:
    """Tell whether an earlier process left the code of a compiled function on the disk."""
    # The compiler says this of no function; the place of its index is all that is known.
    index = Path(function._cache._cache_file._index_path)
    return index.is_file()


def _kept(compile_: Callable[[Any], Any], function: Any) -> Any:
    """Return a compiled function whose code is kept in the folder of these sources."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = CACHE
    try:
        return compile_(function)
    finally:
        numba.config.CACHE_DIR = before


# Plain functions of other packages.


@cache
def address_of(function: Callable[..., float]) -> int:
    """Return where the compiled code of a plain function of numbers lies in memory.

    Compiled code calls it with `call_address`.

    Parameters
    ----------
    function : callable
        Takes floats and gives a float, by plain arithmetic and plain functions that it imports by
        their names.
    """
    _let_be_called(function)
    numbers = [types.float64] * len(inspect.signature(function).parameters)
    signature = types.float64(*numbers)
    callback = _kept(numba.cfunc(signature, cache=True, **NUMPY_ERRORS), function)
    _callbacks.append(callback)
    return int(callback.address)


# Code whose address was given away must not be let go.
_callbacks: list[Any] = []


@cache
def _let_be_called(function: Any) -> None:
    """Let compiled code call a plain function, and whatever it calls in its turn."""
    for called in inspect.getclosurevars(function).globals.values():
        if isinstance(called, FunctionType):
            _let_be_called(called)
        elif isinstance(called, np.ufunc):
            _let_special_be_called(called)
    register_jitable(**NUMPY_ERRORS)(function)


@cache
def _let_special_be_called(ufunc: np.ufunc) -> None:
    """Let compiled code call a special function of SciPy: the C function behind the array function.

    It is called by a name, and not by its address, so that the code can be kept.
    """
    name = ufunc.__name__
    symbol = f"pilotsim_{name}"
    llvmlite.binding.add_symbol(symbol, special_function_address(name, ufunc.nin))
    signature = types.float64(*[types.float64] * ufunc.nin)
    external = types.ExternalFunction(symbol, signature)
    # The compiler wants a function for each number of arguments, and under the same names.
    calls: dict[int, Callable[..., Any]] = {
        1: lambda a: lambda a: external(a),  # noqa: PLW0108
        2: lambda a, b: lambda a, b: external(a, b),  # noqa: PLW0108
        3: lambda a, b, c: lambda a, b, c: external(a, b, c),  # noqa: PLW0108
    }
    overload(ufunc)(calls[ufunc.nin])


def special_function_address(name: str, count: int) -> int:
    """Return where a special function of SciPy lies in memory.

    It takes `count` numbers of double precision, and gives one.

    Raises
    ------
    ValueError
        SciPy has none of this name.
    """
    exported = import_module(SPECIAL_FUNCTIONS).__pyx_capi__
    signature = f'"double ({", ".join(["double"] * count)}'
    # Where there is one for single precision as well, the two are told apart by their signatures.
    for form in (name, f"__pyx_fuse_0{name}", f"__pyx_fuse_1{name}"):
        if signature in repr(exported.get(form)):
            return int(get_cython_function_address(SPECIAL_FUNCTIONS, form))
    raise ValueError(f"{SPECIAL_FUNCTIONS} has no {name} of {count} numbers in double precision")


def _call_address(typing_context: Any, address: Any, arguments: Any) -> Any:
    """Call a C function by its address, with a tuple of floats, for a float."""
    count = len(arguments)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(ir.DoubleType(), [ir.DoubleType()] * count)
        function = builder.inttoptr(values[0], kind.as_pointer())
        return builder.call(function, [builder.extract_value(values[1], k) for k in range(count)])

    return types.float64(types.int64, types.UniTuple(types.float64, count)), generate


def _upper_half(typing_context: Any, a: Any, b: Any) -> Any:
    """Return the upper 64 bits of a product, by one instruction."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        wide = ir.IntType(128)
        product = builder.mul(*(builder.zext(argument, wide) for argument in arguments))
        return builder.trunc(builder.lshr(product, ir.Constant(wide, 64)), ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), generate


call_address: Callable[[int, tuple[float, ...]], float] = intrinsic(_call_address)
upper_half: Callable[[Any, Any], Any] = intrinsic(_upper_half)
