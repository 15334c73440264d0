"""The compiler: how plain Python becomes compiled code, and where that is kept.

What Python calls is an `entry`: it alone is machine code, and kept. All that it calls is part of
it, see `parts`. Plain functions of other packages are compiled as they stand, with all plain
functions that they call. So the arithmetic of a duration or of a queue is written once, and both
engines have the same bits. Of several plain functions it calls one by its number
(`NumberedFunctions`). Nothing in it calls a library.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path
from types import FunctionType
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.core.errors import NumbaError
from numba.extending import intrinsic, overload, register_jitable

from pilotsim.base import (
    calendar,
    counts,
    elementary,
    mixture,
    polynomials,
    quantiles,
    randomness,
    ticks,
)
from pilotsim.model import conditions, distributions, queue_disciplines
from pilotsim.model.distributions import beta_quantile, gamma_quantile
from pilotsim.simulation import clocks
from pilotsim.simulation.engines.compiled.intrinsics import DOUBLE, TWINS, WORD, stay_whole
from pilotsim.simulation.engines.compiled.kept_code import forget, is_usable, keep, keep_no_more
from pilotsim.simulation.engines.compiled.parts import Part, PartCompiler

F = TypeVar("F", bound=Callable[..., Any])


def sources() -> list[Path]:
    """Return the files that compiled code is made from, with all that it takes constants from."""
    own = Path(__file__).parent
    folders = [own, Path(str(clocks.__file__)).parent, Path(str(distributions.__file__)).parent]
    modules = [randomness, elementary, polynomials, calendar, counts, mixture, quantiles]
    modules += [conditions, queue_disciplines, ticks]
    # What is compiled of measures and verdicts stands above, and is not to be imported from here.
    above = own.parents[2]
    folders += [above / "measures", above / "measures/compiled", above / "judge/compiled"]
    found = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    found += [above / "judge/words.py", above / "model/own_code.py"]
    return found + [Path(str(module.__file__)) for module in modules]


def cache_folder() -> Path:
    """Return where compiled code of just these sources is kept.

    Each state of the sources, and each compiler, has a folder of its own: old code could meet new
    data. It is where `NUMBA_CACHE_DIR` says, beside this file, or in the user's own cache, the
    first of which is the user's to write.
    """
    content = b"".join(source.read_bytes() for source in sources())
    compilers = repr((numba.__version__, llvmlite.__version__, np.__version__, sys.version))
    digest = blake2b(content + compilers.encode(), digest_size=8).hexdigest()
    asked = os.environ.get("NUMBA_CACHE_DIR")
    homes = [Path(asked) if asked else Path(__file__).parent / "__pycache__"]
    with suppress(RuntimeError):  # Nobody's home is known.
        homes.append(Path.home() / ".cache" / "pilotsim")
    folders = [home.absolute() / f"compiled-{digest}" for home in homes]
    return next((folder for folder in folders if is_usable(folder)), folders[0])


CACHE = cache_folder()
# Division by zero gives infinity, as in arrays; no check stands before each division. A function
# that is not told otherwise would become part of its callers wherever the first of them does.
OPTIONS = {"error_model": "numpy", "forceinline": False}
INLINED = {"error_model": "numpy", "forceinline": True}


def entry(function: F) -> F:
    """Return a function that Python calls, compiled when first called, and kept on the disk.

    It runs without the interpreter's lock.
    """
    found = numba.njit(nogil=True, **OPTIONS)(function)
    check_name(function)
    if _is_ours(function) and not _foreign:
        keep(found, CACHE, _numbered)
    _compiled.append(found)
    return cast(F, found)


def compiled(function: F) -> F:
    """Return a function that compiled code calls."""
    return _part(function, OPTIONS)


def inlined(function: F) -> F:
    """Return a function that becomes part of the compiled code that calls it: for what is small."""
    return _part(function, INLINED)


def shared(function: F) -> F:
    """Let compiled code call a plain function, and return it."""
    _let_be_called(function)
    return function


def _part(function: F, options: dict[str, Any]) -> F:
    check_name(function)
    found = Part(function, options)
    _compiled.append(found)
    return cast(F, found)


def _as_part(options: dict[str, Any]) -> dict[str, Any]:
    """Return how a plain function is compiled that compiled code calls."""
    return {**options, "pipeline_class": PartCompiler}


# All compiled functions, and the code of those that were compiled anew: another thread may be
# running it.
_compiled: list[Any] = []
_former: list[Any] = []
# All functions that compiled code calls by a number, and what it calls that is not ours.
_numbering: list[NumberedFunctions] = []
_foreign: list[Any] = []


def entries() -> list[Any]:
    """Return all that Python calls, of the modules that are imported by now."""
    return [one for one in _compiled if not isinstance(one, Part)]


def calls_foreign_code() -> bool:
    """Tell whether compiled code calls a function that is not ours, so that none is kept."""
    return bool(_foreign)


def _numbered() -> list[list[str]]:
    """Return which functions compiled code calls by a number, in their order."""
    return [[name_of(function) for function in one.functions] for one in _numbering]


def _forget_compiled() -> None:
    """Let all be compiled anew when next called, with what it may call by now."""
    for function in _compiled:
        _former.append(dict(function.overloads))
        forget(function)


# Whose functions these are, and their names.

_names: dict[str, Any] = {}


def name_of(function: Any) -> str:
    """Return the name that compiled code knows a function by."""
    return f"{function.__module__}.{function.__qualname__}"


def check_name(function: Any) -> None:
    """Refuse a second function of ours under one name: kept code is linked by names.

    Functions of others may share theirs, as those of a notebook do: no code that calls them is
    kept, and the compiler tells them apart in the process that they are in.

    Raises
    ------
    ValueError
        Another function is compiled under this name.
    """
    name = name_of(function)
    if _is_ours(function) and _names.setdefault(name, function) is not function:
        raise ValueError(
            f"another function is compiled as '{name}' already, and kept code is linked by names; "
            "rename one of the two"
        )


def _is_ours(function: Any) -> bool:
    """Tell whether a function stands in one of the sources by which kept code is told apart."""
    return _is_source(function.__code__.co_filename)


@cache
def _is_source(file: str) -> bool:
    place = Path(file).resolve()
    return any(place == source.resolve() for source in sources())


def _check_origin(function: Any) -> None:
    """Keep no code from now on, and use no kept code, if a function that it calls is not ours.

    Nobody would notice that such a function had changed.
    """
    if not _is_ours(function):
        _foreign.append(function)
        for one in _compiled:
            keep_no_more(one)


# Plain functions of other packages.


@cache
def _let_be_called(function: Any) -> None:
    """Let compiled code call a plain function, and whatever it calls in its turn."""
    for called in inspect.getclosurevars(function).globals.values():
        if isinstance(called, FunctionType):
            _let_be_called(called)
    _check_origin(function)
    check_name(function)
    if function in TWINS:
        overload(function, jit_options=_as_part(INLINED), strict=False)(TWINS[function])
    elif function in WHOLE:
        _let_be_called_whole(function)
    else:
        register_jitable(**_as_part(OPTIONS))(function)


def _let_be_called_whole(function: Any) -> None:
    """Let compiled code call a plain function that never becomes part of its callers."""
    own = FunctionType(function.__code__, function.__globals__, function.__name__)
    register_jitable(**_as_part(INLINED))(own)

    # The compiler wants a function for each number of arguments, and under the same names.
    def one(a: float) -> Any:
        stay_whole()
        return own(a)

    def two(a: float, b: float) -> Any:
        stay_whole()
        return own(a, b)

    def three(a: float, b: float, c: float) -> Any:
        stay_whole()
        return own(a, b, c)

    calls: dict[int, Callable[..., Any]] = {
        1: lambda a: one,
        2: lambda a, b: two,
        3: lambda a, b, c: three,
    }
    count = len(inspect.signature(function).parameters)
    call = (one, two, three)[count - 1]
    call.__qualname__ = whole_name_of(function)
    check_name(call)
    overload(function, jit_options=_as_part(OPTIONS), strict=False)(calls[count])


def whole_name_of(function: Any) -> str:
    """Return a name of its own for what calls a plain function that stays whole."""
    return f"whole_{function.__module__}_{function.__qualname__}"


class NumberedFunctions:
    """Plain functions of which compiled code calls one, by its number.

    What is called is chosen by a switch, in one function of its own: no address is called, and no
    caller grows by it. A function that comes after code was compiled has all of it compiled anew.

    Parameters
    ----------
    count : int
        How many numbers compiled code hands over. A function that takes fewer gets the first.
    is_last_kept : bool
        Whether one that takes fewer gets the last in any case, and the first for the others.
    gives : int
        How many numbers come back; missing ones are 0.
    """

    def __init__(self, count: int, *, is_last_kept: bool = False, gives: int = 1) -> None:
        self._count = count
        self._is_last_kept = is_last_kept
        self._gives = gives
        self.functions: list[Callable[..., Any]] = []
        _numbering.append(self)
        names = ("a", "b", "c", "d")[:count]
        # An intrinsic is told from its signature how many arguments it takes.
        typed: dict[int, Callable[..., Any]] = {
            3: lambda typing_context, which, a, b, c: self._typed(),
            4: lambda typing_context, which, a, b, c, d: self._typed(),
        }
        self.call: Callable[..., Any] = intrinsic(typed[len(names)])

    def number_of(self, function: Callable[..., Any] | None) -> int:
        """Return by which number compiled code calls a function; -1 for none."""
        if function is None:
            return -1
        # Nothing is compiled meanwhile, or some code would know the function and some not.
        with global_compiler_lock:
            if function not in self.functions:
                _let_be_called(function)
                self.functions.append(function)
                if any(one.overloads for one in _compiled):
                    _forget_compiled()
            return self.functions.index(function)

    def _typed(self) -> Any:
        gives = types.float64 if self._gives == 1 else types.UniTuple(types.float64, self._gives)
        return gives(types.int64, *[types.float64] * self._count), self._generate

    def _generate(self, context: Any, builder: Any, signature: Any, values: Any) -> Any:
        """Write a switch with a call in each of its branches."""
        if not self.functions:
            return context.get_constant_null(signature.return_type)
        builder.function.attributes.add("noinline")
        which, *numbers = values
        done = builder.append_basic_block("done")
        other = builder.append_basic_block("other")
        switch = builder.switch(which, other)
        found = []
        for number, function in enumerate(self.functions):
            branch = builder.append_basic_block(f"choice_{number}")
            switch.add_case(ir.Constant(WORD, number), branch)
            builder.position_at_end(branch)
            given = self._call(context, builder, function, numbers)
            found.append((given, builder.block))
            builder.branch(done)
        builder.position_at_end(other)
        builder.unreachable()
        builder.position_at_end(done)
        results = []
        for k in range(self._gives):
            result = builder.phi(DOUBLE)
            for given, block in found:
                result.add_incoming(given[k], block)
            results.append(result)
        if self._gives == 1:
            return results[0]
        return context.make_tuple(builder, signature.return_type, results)

    def _call(self, context: Any, builder: Any, function: Any, numbers: list[Any]) -> list[Any]:
        """Call a function with the numbers that it takes; return those that it gives."""
        count = len(inspect.signature(function).parameters)
        taken = numbers[:count]
        if self._is_last_kept:
            taken = [*numbers[: count - 1], numbers[-1]]
        kind = context.typing_context.resolve_value_type(function)
        arguments = (types.float64,) * count
        signature = context.typing_context.resolve_function_type(kind, arguments, {})
        implementation = context.get_function(kind, signature)
        context.add_linking_libs(getattr(implementation, "libs", ()))
        given = implementation(builder, taken)
        if not isinstance(signature.return_type, types.UniTuple):
            return [context.cast(builder, given, signature.return_type, types.float64)]
        many = signature.return_type.count
        found = [builder.extract_value(given, k) for k in range(many)]
        return found + [ir.Constant(DOUBLE, 0.0)] * (self._gives - many)


def why_not_compiled(function: Callable[..., Any], takes: int) -> str:
    """Return why the compiler refuses a plain function of some numbers; nothing if it does not."""
    _let_be_called(function)
    try:
        numba.njit(**OPTIONS)(function).compile((types.float64,) * takes)
    except NumbaError as fault:
        return str(fault).strip().splitlines()[-1]
    return ""


# Functions so large that each caller had better call them: within their callers, the code would be
# twice the size and take twice the time to compile.
WHOLE = {
    elementary.log_parts,
    elementary.power,
    elementary.normal_quantile,
    elementary.gamma,
    elementary.log_gamma,
    gamma_quantile.gamma_quantile_anywhere,
    gamma_quantile.gamma_quantile,
    beta_quantile.beta_odds,
}
