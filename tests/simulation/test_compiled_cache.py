"""Compiled code is kept for just the sources it was made from."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import pilotsim
from pilotsim.base import elementary
from pilotsim.simulation.engines.compiled import jit

ROOT = Path(__file__).parent.parent.parent
CODE = "from pilotsim.simulation.engines.compiled import jit; print(jit.cache_folder().name)"


def folder_of(source: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
        cwd=source,
        env={"PYTHONPATH": str(source), "PATH": ""},
    )
    return done.stdout.strip()


def test_a_change_in_any_engine_file_has_a_folder_of_its_own(tmp_path):
    shutil.copytree(
        Path(pilotsim.__file__).parent,
        tmp_path / "pilotsim",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    before = folder_of(tmp_path)
    assert folder_of(tmp_path) == before
    for name in (
        "simulation/engines/compiled/queues.py",
        "simulation/clocks.py",
        "simulation/columns.py",
        "simulation/flow_columns.py",
        "simulation/journeys.py",
        "model/distributions/weibull.py",
        "model/queue_disciplines.py",
        "base/randomness.py",
        "base/elementary.py",
        "base/polynomials.py",
        "base/calendar.py",
        "base/quantiles.py",
        "measures/survival.py",
        "measures/compiled/durations.py",
        "judge/compiled/kernel.py",
        "judge/words.py",
    ):
        changed = tmp_path / "pilotsim" / name
        content = changed.read_text(encoding="utf-8")
        changed.write_text(content + "\n# changed\n", encoding="utf-8")
        assert folder_of(tmp_path) != before, name
        changed.write_text(content, encoding="utf-8")
    assert folder_of(tmp_path) == before


def test_whatever_compiled_code_imports_is_among_its_sources():
    """Constants are part of compiled code: it is made anew when a module changes that it takes one from."""
    package = Path(pilotsim.__file__).parent
    sources = {source.relative_to(package).as_posix() for source in jit.sources()}
    # What Python does around compiled code, and names of arrays for the type checker.
    around = {
        "engine.py",
        "drawing.py",
        "unaffected.py",
        "jit.py",
        "kept_code.py",
        "tables.py",
        "structs.py",
    }
    around |= {"builder.py", "columns.py", "lowering.py", "lowering_costs.py", "measure_parts.py"}
    around |= {"selections.py"}
    # For the type checker, and what is raised by the Python beside compiled code.
    without_constants = {"base/arrays.py", "base/errors.py"}
    imported = set()
    folders = ("simulation/engines/compiled", "measures/compiled", "judge/compiled")
    for file in (file for folder in folders for file in (package / folder).glob("*.py")):
        if file.name not in around:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pilotsim."):
                    place = (node.module or "").removeprefix("pilotsim.").replace(".", "/")
                    whole = [f"{place}/{one.name}.py" for one in node.names]
                    imported.update(one for one in whole if (package / one).is_file())
                    if (package / f"{place}.py").is_file():
                        imported.add(f"{place}.py")
    assert len(imported) > 8
    assert imported - sources == without_constants


# Whose code is kept, and under which name.


def half(x):
    return 0.5 * x


def of_the_same_name():
    def half(x):
        return 0.25 * x

    half.__qualname__ = "half"
    return half


def test_two_functions_of_ours_under_one_name_are_refused(all_ours):
    jit.check_name(half)
    jit.check_name(half)
    with pytest.raises(ValueError, match=r"compiled as 'tests\.\S+\.half' already"):
        jit.check_name(of_the_same_name())


@pytest.mark.parametrize("makes", [jit.entry, jit.compiled, jit.inlined, jit.shared])
def test_whatever_is_compiled_is_refused_under_a_name_that_is_taken(all_ours, makes):
    jit.compiled(half)
    with pytest.raises(ValueError, match="rename one of the two"):
        makes(of_the_same_name())


def test_functions_that_stay_whole_need_names_of_their_own(monkeypatch, all_ours):
    """As they were all called before: `one`, `two` or `three`."""
    many = [lambda x, k=k: k * x for k in range(2)]
    for k, function in enumerate(many):
        function.__qualname__ = f"times_{k}"
        function.__defaults__ = None
    monkeypatch.setattr(jit, "WHOLE", set(many))
    monkeypatch.setattr(jit, "whole_name_of", lambda function: "one")
    jit.shared(many[0])
    with pytest.raises(ValueError, match=r"compiled as '\S+\.one' already"):
        jit.shared(many[1])


def function_of_ours(name):
    """A function that stands in one of the program's own files."""
    made = FunctionType(elementary.log.__code__, elementary.log.__globals__, name)
    made.__qualname__ = name
    return made


def test_code_that_calls_what_is_not_ours_is_neither_kept_nor_looked_for(nothing_compiled):
    def calls_it(x):
        return elementary.log(x)

    before = jit.entry(function_of_ours("before"))
    assert before._cache.cache_path == str(jit.CACHE)
    jit.shared(calls_it)
    after = jit.entry(function_of_ours("after"))
    assert [one._cache.cache_path for one in (before, after)] == [None, None]


def test_a_function_of_others_is_never_kept(nothing_compiled):
    assert jit.entry(half)._cache.cache_path is None


def test_every_function_that_python_calls_is_ours_and_kept():
    """Those of the sources, by which kept code is told apart; what they call is kept within them."""
    found = "from pilotsim.simulation.engines.compiled import engine, jit\nprint(len(jit._foreign), {one._cache.cache_path for one in jit._compiled if not isinstance(one, jit.Part)} == {str(jit.CACHE)})"
    done = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True"]


# What is said of it.

SAYS = "from pilotsim.simulation import engines\nprint(next(engines.prepare()))"
REGISTERS = """
from pilotsim.model.distributions import register_family
from tests.agreement.test_extending import PARETO
register_family(PARETO)
"""


@pytest.mark.parametrize(
    ("code", "home", "said"),
    [
        (SAYS, "home", "once on a machine for each version"),
        (REGISTERS + SAYS, "home", "each time, since it calls a function that does not come with"),
        (SAYS, "a_file/home", "each time, since there is no folder to keep it in"),
    ],
    ids=["kept", "foreign family", "no folder"],
)
def test_how_often_the_engine_is_compiled_is_said_as_it_is(tmp_path, code, home, said):
    (tmp_path / "a_file").write_text("no folder")
    folder = str(tmp_path / home)
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"NUMBA_CACHE_DIR": folder, "HOME": folder},
    )
    assert said in done.stdout
    assert "half a minute" in done.stdout


# Several processes at once.

# Functions that stay whole, each called by another process than the other; what they are called
# and how the compiler numbers them is as it was, or as it is.
SMALL = """
import itertools, sys
from numba.core.bytecode import FunctionIdentity
from pilotsim.simulation.engines.compiled import jit
if sys.argv[1] == "was":
    FunctionIdentity._unique_ids = itertools.count(1)
    jit.whole_name_of = lambda function: "one"
    jit.check_name = lambda function: None
import small
for name in sys.argv[2:]:
    print(getattr(small, name)(1.0))
"""
FUNCTIONS = """
from pilotsim.simulation.engines.compiled import jit
jit._is_ours = lambda function: True
def two_of(x):
    return 2.0 * x
def three_of(x):
    return 3.0 * x
jit.WHOLE |= {two_of, three_of}
two, three = jit.shared(two_of), jit.shared(three_of)
@jit.entry
def calls_two(x):
    return two(x)
@jit.entry
def calls_three(x):
    return three(x)
"""


def in_a_process(code: str, *arguments: str, folder: Path, **options: Any) -> subprocess.Popen:
    """A process of its own, which keeps compiled code in a folder."""
    paths = [str(Path(pilotsim.__file__).parent.parent), str(ROOT), *options.pop("paths", [])]
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder),
        "PYTHONPATH": os.pathsep.join(paths),
    }
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
    )


def said_by(*processes: subprocess.Popen) -> list[str]:
    """What processes wrote; all have ended well."""
    said = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes)
    return said


@pytest.mark.parametrize(("named_as", "found"), [("is", "2.0 3.0"), ("was", "2.0 2.0")])
def test_no_function_is_called_in_place_of_another(tmp_path, named_as, found):
    """What two processes kept, a third one links; with names as they were, one function is called in place of another."""
    (tmp_path / "small.py").write_text(FUNCTIONS, encoding="utf-8")
    for name, number in (("calls_two", "2.0"), ("calls_three", "3.0")):
        process = in_a_process(SMALL, named_as, name, folder=tmp_path, paths=[str(tmp_path)])
        assert said_by(process)[0].split() == [number]
    both = in_a_process(
        SMALL, named_as, "calls_two", "calls_three", folder=tmp_path, paths=[str(tmp_path)]
    )
    assert " ".join(said_by(both)[0].split()) == found


RUNS = """
import sys
from hashlib import sha256
from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import resolve_flow
engine, *files = sys.argv[1:]
for file in files:
    flow = read_flow(file)
    for k in range(2):
        plan = resolve_flow(flow, draw_numbers(flow, 7, k))
        journeys = run_replication(plan, 7, k, engine=engine)
        print(sha256(b"".join(one.tobytes() for one in journeys.arrays())).hexdigest())
"""
LOADS = (
    RUNS
    + """
from pilotsim.simulation.engines.compiled import kernel
print(sum(kernel.simulate_block.stats.cache_hits.values()))
print(sum(kernel.simulate_block.stats.cache_misses.values()))
"""
)
# A family of another module, after kept code was loaded: all is compiled anew beside it.
COMES_LATE = (
    LOADS
    + """
from tests.agreement import test_extending as extending
extending.register_family(extending.PARETO)
lasts = {"pareto": {"mean": "60 days", "shape": 4}}
plan = extending.plan_of(extending.mid_stay(lasts, many=0, arrivals=10))
print(len(extending.run_both(plan)))
"""
)
FILES = [str(Path("configs") / name) for name in ("alna_aktiv.yaml", "vilkar_today.yaml")]


def kept_in(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_what_two_processes_compile_at_once_serves_a_third(tmp_path):
    both = [in_a_process(RUNS, "kernel", *FILES, folder=tmp_path) for _ in range(2)]
    plain = in_a_process(RUNS, "process", *FILES, folder=tmp_path / "unused")
    first, second, readable = said_by(*both, plain)
    assert first == second == readable
    kept = kept_in(tmp_path)
    assert any("simulate_block" in name for name in kept)
    loads = said_by(in_a_process(COMES_LATE, "kernel", *FILES, folder=tmp_path))[0].split()
    assert loads[: 2 * len(FILES)] == readable.split()
    # It loaded what was kept and compiled nothing, then ran the late family in both engines; what
    # calls that was not kept.
    assert loads[2 * len(FILES) :][:2] == ["1", "0"]
    assert int(loads[-1]) > 1000
    assert kept_in(tmp_path) == kept
