"""Programs run in processes of their own, to measure their memory, their imports or their start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).parent.parent


def ask(module: str, *arguments: object) -> Any:
    """Return what a module of the benchmarks says, as JSON on its last line."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[1:])}:\n{done.stderr}")
    return json.loads(done.stdout.splitlines()[-1])


def time_command(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> tuple[float, str]:
    """Return the wall-clock seconds that a command takes, and what it wrote on its error stream."""
    begun = perf_counter()
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    seconds = perf_counter() - begun
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stderr}")
    return seconds, done.stderr


def pilotsim_command() -> list[str]:
    """Return the command that a user types as `pilotsim`."""
    script = Path(sys.executable).with_name("pilotsim")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "pilotsim"]
