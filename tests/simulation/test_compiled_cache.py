"""Compiled code is kept for just the sources it was made from."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pilotsim
from pilotsim.simulation.engines.compiled import jit

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
    around = {"engine.py", "unaffected.py", "jit.py", "tables.py", "structs.py"}
    types_only = {"base/arrays.py"}
    imported = set()
    for file in (package / "simulation" / "engines" / "compiled").glob("*.py"):
        if file.name not in around:
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pilotsim."):
                    place = (node.module or "").removeprefix("pilotsim.").replace(".", "/")
                    whole = [f"{place}/{one.name}.py" for one in node.names]
                    imported.update(one for one in whole if (package / one).is_file())
                    if (package / f"{place}.py").is_file():
                        imported.add(f"{place}.py")
    assert len(imported) > 8
    assert imported - sources == types_only
