"""Flows that are run outside of Python, and what their runs come to in it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from pilotsim.files.reading import read_flow
from pilotsim.judge.golden import (
    digest_of_measures,
    digest_of_verdicts,
    journeys_of,
    outcome_of,
    verdicts_of,
)
from pilotsim.model.flow import Flow
from pilotsim.portable import LAYOUT, MODULE, RUNNER
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import numbers_of_replications
from pilotsim.simulation.fingerprint import bits_of
from pilotsim.simulation.number_columns import can_be_compiled
from pilotsim.simulation.resolved import ResolvedFlow

ROOT = Path(__file__).parent.parent.parent
SEED = 2014
# A few runs of a few flows, or, with PILOTSIM_FLOWS=all, a hundred of each.
IS_ALL = os.environ.get("PILOTSIM_FLOWS") == "all"
ALL = sorted((ROOT / "configs").rglob("*.yaml"))
# Measures of all kinds with bounds that move and rows drawn together; a Swedish one; strengths and mixtures.
NAMES = ("alna_aktiv.yaml", "traning_ger_fardighet.yaml", "programmes/kvp_after.yaml")
FEW = [ROOT / "configs" / name for name in NAMES]
FLOWS, RUNS = (ALL, 100) if IS_ALL else (FEW, 3)


@dataclass(frozen=True)
class Runs:
    """Replications of one flow, from 0 on, with drawn assumptions."""

    flow: Flow
    count: int = RUNS
    seed: int = SEED

    @cached_property
    def plans(self) -> list[ResolvedFlow]:
        calendar = self.flow.make_calendar()
        return [ResolvedFlow(self.flow, numbers, calendar) for numbers in self.numbers]

    @cached_property
    def numbers(self) -> Any:
        return numbers_of_replications(self.flow, self.seed, range(self.count))

    def packed(self) -> bytes:
        """The flow; with its numbers only where the module cannot draw them."""
        if can_be_compiled(self.flow):
            return pack(self.flow, observed=True)
        return pack(self.flow, observed=True, numbers=self.numbers, replications=range(self.count))

    def in_python(self) -> dict[str, Any]:
        """What the runner says of the runs, by the compiled engine."""
        outcome = outcome_of(self.flow, self.seed, self.count)
        return {
            "flow": self.flow.flow,
            "journeys": [*journeys_of(self.flow, self.seed, self.count)],
            "numbers": sha256(bits_of(self.numbers)).hexdigest(),
            "measures": digest_of_measures(outcome),
            "verdicts": digest_of_verdicts(verdicts_of(self.flow, outcome, self.seed)),
        }

    def in_node(self, folder: Path, *, module: Path = MODULE) -> dict[str, Any]:
        """What the runner says of them in Node, but for the verdicts in words."""
        packed = folder / "packed"
        packed.write_bytes(self.packed())
        (found,) = run_in_node([packed], self.count, seed=self.seed, module=module)
        del found["judged"]
        return found


def runs_of(file: Path, count: int = RUNS) -> Runs:
    return Runs(read_flow(file), count)


def need(*programs: str) -> list[str]:
    """Where programs are; the test is left out where one is not installed."""
    found = [shutil.which(program) for program in programs]
    missing = [program for program, place in zip(programs, found, strict=True) if not place]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}; .ci/run says what to install")
    return [str(place) for place in found]


def in_node(program: Path, *arguments: object) -> Any:
    """What a program says in Node, as JSON."""
    (node,) = need("node")
    given = [node, str(program), *map(str, arguments)]
    done = subprocess.run(given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def said_outside(record: dict[str, Any]) -> dict[str, Any]:
    """What a record of `check --json` has that a program which is not Python says as well.

    By what a verdict is known to a later check is for `pilotsim compare` alone.
    """
    verdicts = record.get("verdicts", [])
    plain = [{key: part for key, part in one.items() if key != "kept"} for one in verdicts]
    return {**record, "verdicts": plain}


def run_in_node(
    packed: Sequence[Path], count: int, *, seed: int = SEED, module: Path = MODULE
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = in_node(RUNNER, module, LAYOUT, seed, count, *packed)
    return found
