"""Compiled code is kept for just the sources it was made from."""

import shutil
import subprocess
import sys
from pathlib import Path

import pilotsim

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
    for name in ("simulation/engines/compiled/queues.py", "simulation/clocks.py"):
        changed = tmp_path / "pilotsim" / name
        changed.write_text(changed.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        assert folder_of(tmp_path) != before
