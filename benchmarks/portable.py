"""What the engine costs as a WebAssembly module in Node, beside the one for this processor."""

from __future__ import annotations

import gc
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

from benchmarks.alna import SEED
from benchmarks.effort import Effort
from benchmarks.results import Result
from benchmarks.timing import Comparison
from pilotsim.files.reading import read_flow
from pilotsim.portable import LAYOUT, LIBRARY, MODULE
from pilotsim.portable.packing import pack
from pilotsim.simulation.engines import run_replication
from pilotsim.simulation.resolved import resolve_flow

PROGRAM = Path(__file__).with_suffix(".mjs")
FLOW = Path(__file__).parent.parent / "configs" / "alna_aktiv.yaml"
# Replications in a turn, and turns that do not count: both compile while they run.
MANY = 40
WARM = 3


def portable_engine(effort: Effort) -> Iterator[Result]:
    """Compare the module in Node with the compiled engine, in turn."""
    node = shutil.which("node")
    if node is None:
        return
    flow = read_flow(FLOW)
    plan = resolve_flow(flow)
    with TemporaryDirectory() as folder:
        packed = Path(folder) / "packed"
        packed.write_bytes(pack(flow))
        given = [str(one) for one in (PROGRAM, LIBRARY, MODULE, LAYOUT, packed, SEED)]
        with subprocess.Popen(
            [node, *given], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as program:
            assert program.stdin is not None
            assert program.stdout is not None
            module, native = [], []
            for _ in range(WARM + effort.rounds):
                program.stdin.write(f"{MANY}\n")
                program.stdin.flush()
                said = json.loads(program.stdout.readline())
                module.append(said["seconds"])
                gc.collect()
                begun = process_time()
                visits = sum(len(run_replication(plan, SEED, k)) for k in range(MANY))
                native.append((process_time() - begun) / MANY)
                assert visits == said["visits"]
            program.stdin.close()
    compared = Comparison(tuple(module[WARM:]), tuple(native[WARM:]))
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    note = (
        f"Node {version.stdout.strip()}; both hand the journeys over, {visits:,} visits in {MANY}"
    )
    yield compared.as_result(
        "Alna Aktiv, one replication: as WebAssembly against natively", None, note, cost=True
    )
