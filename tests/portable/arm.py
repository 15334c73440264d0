"""An engine's arrays as one image at a known address, for a program of 64-bit Arm that runs the engine on it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.engines import run_replications
from pilotsim.simulation.engines.compiled.engine import engine_of
from pilotsim.simulation.engines.compiled.results import KeptJourneys, pack_kept
from pilotsim.simulation.engines.compiled.structs import WORDS
from pilotsim.simulation.engines.compiled.tables import Values, pack_tables, pack_values
from pilotsim.simulation.engines.compiled.visits import FINE
from pilotsim.simulation.engines.compiled.workspaces import Workspace
from pilotsim.simulation.fingerprint import fingerprints
from tests.portable.outside import SEED, Runs, need

SOURCE = Path(__file__).with_name("arm.c")
BASE = 1 << 36
ALIGNED = 64


class Image:
    """All that the engine reads and writes in some runs, side by side."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.engine = engine_of(runs.plans[0].flow)
        native = run_replications(runs.plans, SEED, runs.replications, offered=runs.offered)
        sizes = {**self.engine.sizes, "replications": len(runs.plans)}
        numbers = np.array([plan.numbers for plan in runs.plans])
        behind = np.zeros((len(numbers), MAX_PARAMETERS * sizes["lengths"]))
        columns = {
            "numbers": np.hstack([numbers, behind]),
            "replication": list(runs.replications),
            "same": np.zeros((len(numbers), sizes["groups"])),
        }
        values = Values(columns, {**sizes, "values": numbers.shape[1] + behind.shape[1]})
        workspace = Workspace(
            self.engine.tables, self.engine.sizes, len(native.cohort), len(native)
        )
        self.kept = KeptJourneys.room_for(
            self.engine.sizes, len(numbers), len(native.cohort), len(native)
        )
        self.content = bytearray()
        self.places: dict[int, int] = {}
        self.rows = [
            self.place(record, row)
            for record, row in (
                (self.engine.tables, pack_tables(self.engine.tables)),
                (values, pack_values(values)),
                (workspace.clients, workspace.client_row),
                (workspace.state, workspace.state_row),
                (self.kept, pack_kept(self.kept)),
            )
        ]

    def put(self, array: Any) -> int:
        """Where the image has an array."""
        self.content += b"\0" * (-len(self.content) % ALIGNED)
        at = len(self.content)
        self.content += array.tobytes()
        return at

    def place(self, record: Columns, row: Any) -> int:
        """Put a record's arrays, and its row of words with the addresses that they have there."""
        moved = row.copy()
        wholes = [getattr(record, table[0]).base for table in record.tables]
        starts = [self.put(whole) for whole in wholes]
        for k, start in enumerate(starts):
            moved[2 * k] = BASE + start
        for k, (name, one) in enumerate(record.declared.items()):
            array = getattr(record, name)
            if one.table < 0:
                at = self.places[id(array)] = self.put(array)
            else:
                at = starts[one.table] + array.ctypes.data - wholes[one.table].ctypes.data
            moved[2 * len(wholes) + WORDS * k] = BASE + at
        return BASE + self.put(moved)

    def run_on_arm(self, objects: Mapping[str, bytes], folder: Path) -> list[str]:
        """The fingerprints of the runs on 64-bit Arm."""
        compiler, machine = need("aarch64-linux-gnu-gcc", "qemu-aarch64")
        for name, content in objects.items():
            (folder / name).write_bytes(content)
        program, image = folder / "arm", folder / "image"
        files = [str(SOURCE), *(str(folder / name) for name in objects)]
        subprocess.run([compiler, "-O2", "-static", "-o", str(program), *files], check=True)
        image.write_bytes(self.content)
        numbers = [BASE, SEED, int(self.runs.offered), *self.rows]
        done = subprocess.run(
            [machine, str(program), str(image), *map(str, numbers)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert int(done.stdout) == FINE
        self.take_back(image.read_bytes())
        journeys = self.engine._journeys(
            self.runs.plans, self.kept, SEED, list(self.runs.replications)
        )
        return fingerprints(journeys)

    def take_back(self, content: bytes) -> None:
        """Let the kept journeys be those of the image."""
        for name in self.kept.declared:
            array = getattr(self.kept, name)
            there = np.frombuffer(content, array.dtype, array.size, self.places[id(array)])
            array[...] = there.reshape(array.shape)
