"""Flows that are run outside of Python, and the fingerprints of their runs in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.engines.portable import LAYOUT, MODULE, RUNNER
from pilotsim.simulation.engines.portable.packing import pack
from pilotsim.simulation.fingerprint import fingerprints
from pilotsim.simulation.parameters import draw_numbers
from pilotsim.simulation.resolved import ResolvedFlow, resolve_flow

ROOT = Path(__file__).parent.parent.parent
SEED = 2014
# A few runs of a few flows, or, with PILOTSIM_FLOWS=all, a hundred of each.
IS_ALL = os.environ.get("PILOTSIM_FLOWS") == "all"
ALL = sorted((ROOT / "configs").rglob("*.yaml"))
FEW = [ROOT / "configs" / name for name in ("alna_aktiv.yaml", "programmes/kvp_after.yaml")]
FLOWS, RUNS = (ALL, 100) if IS_ALL else (FEW, 3)


@dataclass(frozen=True)
class Runs:
    """Replications of one flow, with drawn assumptions."""

    plans: Sequence[ResolvedFlow]
    offered: bool = True

    @property
    def replications(self) -> range:
        return range(len(self.plans))

    def packed(self) -> bytes:
        return pack(self.plans, self.replications)

    def in_python(self) -> list[str]:
        """The fingerprints of the compiled engine's journeys, ten replications at a time."""
        found = []
        for first in range(0, len(self.plans), 10):
            some = slice(first, first + 10)
            found += fingerprints(
                run_replications(
                    self.plans[some], SEED, self.replications[some], offered=self.offered
                )
            )
        return found

    def in_node(self, folder: Path, *, seed: int = SEED) -> list[str]:
        """The fingerprints of the module's journeys in Node."""
        packed = folder / "packed"
        packed.write_bytes(self.packed())
        return run_in_node([packed], seed=seed, offered=self.offered)[0]


def runs_of(file: Path, count: int = RUNS, *, offered: bool = True) -> Runs:
    flow = read_flow(file)
    return Runs([resolve_flow(flow, draw_numbers(flow, SEED, k)) for k in range(count)], offered)


def need(*programs: str) -> list[str]:
    """Where programs are; the test is left out where one is not installed."""
    found = [shutil.which(program) for program in programs]
    missing = [program for program, place in zip(programs, found, strict=True) if not place]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; .ci/run says what to install")
    return [str(place) for place in found]


def run_in_node(
    packed: Sequence[Path], *, seed: int, offered: bool, module: Path = MODULE
) -> list[list[str]]:
    (node,) = need("node")
    rest = [str(LAYOUT), str(seed), json.dumps(offered), *map(str, packed)]
    done = subprocess.run(
        [node, str(RUNNER), str(module), *rest], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found
