"""Plain functions: what is one, the same bits compiled as in Python, and a version for each state of the sources."""

from __future__ import annotations

import importlib.util
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotsim.base.errors import RequestError
from pilotsim.base.plain_functions import check_plain, quotient, version_of
from tests.base.plain_examples import NOT_PLAIN, PLAIN, half_up

COUNTS = st.integers(-1000, 1000).map(float)


@pytest.mark.parametrize("function", PLAIN, ids=lambda one: one.__name__)
def test_a_plain_function_is_told_by_how_many_numbers_it_takes(function):
    assert check_plain(function) == len(inspect.signature(function).parameters)


@pytest.mark.parametrize(
    ("function", "says"), NOT_PLAIN.items(), ids=[one.__name__ for one in NOT_PLAIN]
)
def test_what_is_not_worked_out_alike_everywhere_is_refused_with_its_place(function, says):
    with pytest.raises(RequestError) as caught:
        check_plain(function)
    assert says in str(caught.value)
    if function.__name__ != "sees_another":
        first = function.__code__.co_firstlineno
        last = first + len(inspect.getsource(function).splitlines())
        named = str(caught.value).split("line ")[1].split(":")[0]
        assert first <= int(named) < last


def test_what_is_no_function_of_python_is_refused():
    with pytest.raises(RequestError, match="expected a function written with 'def'"):
        check_plain(len)
    with pytest.raises(RequestError, match="write it with 'def' in a module of its own"):
        check_plain(lambda a: a)


@pytest.fixture(scope="module")
def compiled() -> dict[str, Callable[..., float]]:
    """The functions as the compiled engine has them; that engine itself is not made anew by it."""
    numba = pytest.importorskip("numba")
    importlib.import_module("pilotsim.simulation.engines.compiled.jit")
    for called in (quotient, half_up):
        numba.extending.register_jitable(called)
    made = {one.__name__: numba.njit(error_model="numpy")(one) for one in PLAIN}
    for function in PLAIN:
        made[function.__name__].compile((numba.types.float64,) * check_plain(function))
    return made


@pytest.mark.parametrize("function", PLAIN[1:], ids=lambda one: one.__name__)
@given(a=COUNTS, b=COUNTS)
def test_compiled_it_gives_the_same_bits(compiled, function, a, b):
    assert float(compiled[function.__name__](a, b)).hex() == float(function(a, b)).hex()


def test_a_quotient_is_what_it_is_told_where_nothing_divides():
    assert quotient(7, 2, 0) == 3.5
    assert quotient(7, 0, -1) == -1


# Versions.

SOURCE = '''
LIMIT = 3

def helper(a):
    """Say something."""
    return a + LIMIT

def rule(a: float) -> float:
    # A comment.
    return helper(a) * 2
'''


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[[str], ModuleType]]:
    """Make a module of a source, under the same name each time."""

    def make(source: str) -> ModuleType:
        file = tmp_path / "some_rules.py"
        file.write_text(source, encoding="utf-8")
        linecache.clearcache()
        spec = importlib.util.spec_from_file_location("some_rules", file)
        assert spec is not None
        made = importlib.util.module_from_spec(spec)
        sys.modules["some_rules"] = made
        exec(compile(source, str(file), "exec"), made.__dict__)
        return made

    yield make
    sys.modules.pop("some_rules", None)


def version(module: ModuleType) -> str:
    return version_of([module.rule])


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace("# A comment.", "# Another."),
        SOURCE.replace("Say something", "Say something else"),
        SOURCE.replace("(a: float) -> float", "(a)"),
        SOURCE.replace("helper(a) * 2", "helper(  a  )  *  2"),
        SOURCE + "\nUNUSED = 7\n\ndef not_called(a):\n    return a\n",
    ],
    ids=["comment", "description", "types", "spaces", "what it does not use"],
)
def test_what_changes_no_number_changes_no_version(module, other):
    assert version(module(SOURCE)) == version(module(other))


@pytest.mark.parametrize(
    "other",
    [
        SOURCE.replace("* 2", "* 3"),
        SOURCE.replace("a + LIMIT", "a - LIMIT"),
        SOURCE.replace("LIMIT = 3", "LIMIT = 4"),
        SOURCE.replace("LIMIT = 3", "LIMIT = 3.0"),
    ],
    ids=["own source", "what it calls", "constant", "kind of constant"],
)
def test_what_may_change_a_number_changes_the_version(module, other):
    assert version(module(SOURCE)) != version(module(other))


def test_constants_and_the_order_of_functions_are_part_of_a_version(module):
    made = module(SOURCE)
    versions = {
        version_of([made.rule, made.helper]),
        version_of([made.helper, made.rule]),
        version_of([made.rule, made.helper], [("a", 1.5)]),
        version_of([made.rule, made.helper], [("a", 1.25)]),
    }
    assert len(versions) == 4
    assert all(len(one) == 16 for one in versions)


def test_a_number_that_is_closed_over_is_part_of_the_version(module):
    made = module("def make(limit):\n    def rule(a):\n        return a + limit\n    return rule\n")
    one, two = made.make(1), made.make(2)
    assert version_of([one]) == version_of([made.make(1)]) != version_of([two])
    assert version_of([one, one]) != version_of([one, two]) != version_of([two, two])


@pytest.mark.parametrize("value", ["{1: 2}", "[1, 2]", "object()"])
def test_what_versions_cannot_be_told_of_is_refused_by_name(module, value):
    made = module(SOURCE.replace("LIMIT = 3", f"LIMIT = {value}"))
    with pytest.raises(RequestError, match="no versions can be told of 'helper': it uses 'LIMIT'"):
        version(made)
