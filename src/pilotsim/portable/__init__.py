"""The compiled engine without Python: one WebAssembly module that draws, runs, measures and judges.

`kernel.wasm` is the compiled code of numbers, engine, measures and verdicts, lowered once and
shipped; it asks for memory and nothing else. `kernel.json` says how its arrays lie there. `packing`
writes a flow as the arrays that it reads, `pilotsim.mjs` runs a packed flow in Node or in a
browser, and `runner.mjs` does so from a shell.

Nobody who uses these needs a tool. `make wasm` makes `kernel.wasm` and `kernel.json` anew: `text`
compiles the code for no processor in particular, `lowering` makes objects of that for another
machine, `build` links them.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
MODULE = HERE / "kernel.wasm"
LAYOUT = HERE / "kernel.json"
LIBRARY = HERE / "pilotsim.mjs"
# The modules of the library, each after those that it imports from.
LIBRARIES = tuple(
    HERE / f"{name}.mjs"
    for name in (
        "memory",
        "packed",
        "journeys",
        "drawing",
        "verdicts",
        "use",
        "standstill",
        "pilotsim",
    )
)
RUNNER = HERE / "runner.mjs"
# What asks many runs of them, on several cores: in one script they stand after those.
MODEL_LIBRARIES = tuple(
    HERE / f"{name}.mjs"
    for name in (
        *("monthly", "drop_outs", "statistics", "numbers", "workers", "patches"),
        *("replications", "settings"),
        "model",
    )
)
