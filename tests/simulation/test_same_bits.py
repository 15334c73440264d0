"""Nothing that decides a journey is left to a library's arithmetic, which differs from machine to machine."""

from __future__ import annotations

import ast
import math
import re
import subprocess
import sys
from pathlib import Path

import numba
import pytest

import pilotsim
from pilotsim.judge.compiled import engine as verdicts
from pilotsim.judge.compiled.columns import questions_at_hand
from pilotsim.measures.compiled import engine as measures
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines.compiled import jit, kernel
from pilotsim.simulation.engines.compiled.engine import SMALLEST_FLOW, warm_up

PACKAGE = Path(pilotsim.__file__).parent

# What the source may say.

# Rounded in one way by the standard, or exact, on every machine.
MATH = {
    "ceil",
    "floor",
    "fsum",
    "inf",
    "isfinite",
    "isnan",
    "nan",
    "prod",
    "sqrt",
}
# Exact operations on the bits of a number, in their one home.
BITS = {"base/elementary.py": {"frexp", "ldexp"}}
# Of an array, number by number or in a stated order; all else that numpy works out is refused.
REFUSED_OF_NUMPY = re.compile(
    r"exp|exp2|expm1|log|log2|log10|log1p|logaddexp|power|float_power|sin|cos|tan|arc\w+|sinh|cosh|"
    r"tanh|hypot|cbrt|sum|nansum|mean|nanmean|average|std|var|nanstd|prod|dot|vdot|inner|matmul|"
    r"tensordot|einsum|linalg|polynomial|cov|corrcoef|interp|quantile|percentile|median|trapezoid|"
    r"convolve|gradient|fft|random"
)
METHODS = {"sum", "mean", "std", "var", "prod", "dot"}

# Where a number of this kind decides nothing in a journey, and what it is for.
DECIDES_NOTHING = {
    ("model/conditions.py", "sum()"): "sizes, which are checked",
    ("model/joint.py", "np.quantile"): "the range that is shown of a value",
    ("model/targets.py", "sum()"): "counts",
    ("simulation/compile.py", "sum()"): "counts",
    ("simulation/engines/readable/capacity.py", "sum()"): "counts",
    ("simulation/population.py", "sum()"): "counts",
    ("simulation/size.py", "sum()"): "counts",
    ("base/files.py", "sum()"): "bytes",
}
# The same of what measures come to.
MEASURES_NOTHING = {
    ("monthly.py", "@"): "what figures show",
    ("occupancy.py", "sum()"): "counts",
    ("standstill.py", "sum()"): "counts",
}


def modules_of_the_engines() -> dict[str, ast.Module]:
    """All modules of the program that the engines import, at whatever depth, by their place."""
    found: dict[str, ast.Module] = {}
    left = sorted((PACKAGE / "simulation").rglob("*.py"))
    while left:
        file = left.pop()
        place = file.relative_to(PACKAGE).as_posix()
        if place in found:
            continue
        found[place] = ast.parse(file.read_text(encoding="utf-8"))
        for node in ast.walk(found[place]):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pilotsim."):
                base = PACKAGE / str(node.module).removeprefix("pilotsim.").replace(".", "/")
                names = [base / f"{one.name}.py" for one in node.names]
                left += [
                    one
                    for one in (base.with_suffix(".py"), base / "__init__.py", *names)
                    if one.is_file()
                ]
    return found


def foreign_arithmetic(tree: ast.Module, own: frozenset[str] = frozenset()) -> set[str]:
    """What a module works out that a library, and not the standard, decides the last digit of."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [one.name for one in node.names]
            source = getattr(node, "module", None) or names[0]
            found |= {"scipy"} if source.split(".")[0] == "scipy" else set()
            if source == "math" and names != ["math"]:
                found |= {f"math.{name}" for name in names if name not in MATH}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            library, name = node.value.id, node.attr
            if (library == "math" and name not in MATH | own) or (
                library == "np" and REFUSED_OF_NUMPY.fullmatch(name)
            ):
                found.add(f"{library}.{name}")
        elif isinstance(node, ast.BinOp):
            is_literal = isinstance(node.left, ast.Constant)
            found |= {"**"} if isinstance(node.op, ast.Pow) and not is_literal else set()
            found |= {"@"} if isinstance(node.op, ast.MatMult) else set()
        if isinstance(node, ast.Call):
            is_method = isinstance(node.func, ast.Attribute) and node.func.attr in METHODS
            is_of_numpy = is_method and getattr(node.func.value, "id", "") in ("np", "math")
            found |= {f".{node.func.attr}()"} if is_method and not is_of_numpy else set()
            if getattr(node.func, "id", "") in ("sum", "pow"):
                found.add(f"{node.func.id}()")
    return found


def test_measures_leave_no_digit_to_a_library():
    own = sorted((PACKAGE / "measures").rglob("*.py"))
    own += sorted((PACKAGE / "judge/compiled").glob("*.py"))
    found = {
        (file.name, what)
        for file in own
        for what in foreign_arithmetic(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert found == set(MEASURES_NOTHING)


def test_what_the_engines_import_leaves_no_digit_to_a_library():
    found = {
        (place, what)
        for place, tree in modules_of_the_engines().items()
        for what in foreign_arithmetic(tree, frozenset(BITS.get(place, ())))
    }
    assert found == set(DECIDES_NOTHING)


@pytest.mark.parametrize(
    ("source", "noticed"),
    [
        ("import math\nx = math.exp(1)", {"math.exp"}),
        ("from math import log", {"math.log"}),
        ("from scipy.special import ndtri", {"scipy"}),
        ("y = x ** 0.5", {"**"}),
        ("y = np.log(x)", {"np.log"}),
        ("y = x.mean(axis=0)", {".mean()"}),
        ("y = a @ b", {"@"}),
        ("y = sum(x)", {"sum()"}),
        ("y = math.sqrt(x) + 2.0**-52 + np.sqrt(x) + np.floor(x)", set()),
    ],
)
def test_each_way_to_leave_a_digit_to_a_library_is_noticed(source, noticed):
    assert foreign_arithmetic(ast.parse(source)) == noticed


# What the compiler makes of it.

# Instructions of their own kind, exact or rounded by the standard, and what moves memory.
INSTRUCTIONS = re.compile(
    r"llvm\.(floor|ceil|sqrt|fabs|trunc|rint|smax|smin|umax|umin|abs|ctlz|cttz|ctpop|bswap|"
    r"[us](add|sub|mul)\.(sat|with\.overflow)|fshl|fshr|memset|memcpy|memmove|prefetch|lifetime|assume|"
    r"masked\.(load|store|gather|scatter)|vector\.reduce\.(add|or|and|xor|smax|smin|umax|umin|mul)|"
    r"experimental\.noalias|vector\.insert|vector\.extract)\b"
)


def called_by(text: str, entry: str) -> set[str]:
    """Names that the compiled code of a function asks for, with all that it calls in the module.

    A call by address counts as `by address`, arithmetic that may be joined or reordered as `fast`.
    """
    bodies = {}
    for part in re.split(r"(?m)^define ", text)[1:]:
        head, _, body = part.partition("\n")
        name = re.search(r"@(\"[^\"]+\"|[\w.$]+)\(", head)
        assert name is not None
        bodies[name[1].strip('"')] = body.partition("\n}")[0]
    (first,) = [
        name for name in bodies if entry in name and not name.startswith(("cpython.", "cfunc."))
    ]
    seen, left, outside = set(), [first], set()
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        if name not in bodies:
            outside.add(name)
            continue
        body = bodies[name]
        left += [one.strip('"') for one in re.findall(r"call [^\n]*?@(\"[^\"]+\"|[\w.$]+)\(", body)]
        if re.search(r"(call|invoke) [^@\n]*%[\w.]+\(", body):
            outside.add("by address")
        if re.search(r"= f(add|sub|mul|div) (fast|reassoc|contract|arcp|afn)", body):
            outside.add("fast")
    return outside


def text_of(function) -> tuple[str, str]:
    """The compiled text of a function, made anew, and its name: what was kept cannot be looked at."""
    anew = numba.njit(nogil=True, **jit.OPTIONS)(function.py_func)
    (signature,) = function.overloads
    anew.compile(signature)
    return anew.inspect_llvm(signature), anew.overloads[signature].fndesc.mangled_name


def called_by_the_engine() -> set[str]:
    """What the engine calls beside instructions, in a process that knows no code but the package's."""
    warm_up()
    return {
        one for one in called_by(*text_of(kernel.simulate_block)) if not INSTRUCTIONS.match(one)
    }


def test_the_compiled_engine_calls_nothing_but_memory():
    # Functions that other tests register are compiled into the engine of their process.
    asked = "from tests.simulation.test_same_bits import called_by_the_engine as ask; print(ask())"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("function", [measures.measure_block, verdicts.judge_block])
def test_compiled_measures_and_verdicts_call_nothing_but_memory(function):
    measures.warm_up()
    verdicts.judge_compiled(questions_at_hand(Flow.model_validate(SMALLEST_FLOW), (), (), ()))
    outside = called_by(*text_of(function))
    assert {one for one in outside if not INSTRUCTIONS.match(one)} == set()


def test_a_call_of_a_library_would_be_noticed(nothing_compiled):
    @jit.entry
    def foreign(x):
        return math.pow(x, 0.3) + math.exp(x)

    foreign(2.0)
    outside = called_by(*text_of(foreign))
    assert {one for one in outside if not INSTRUCTIONS.match(one)}
