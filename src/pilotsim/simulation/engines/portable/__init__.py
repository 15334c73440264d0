"""The compiled engine without Python: one WebAssembly module that runs any flow, to the same bits.

`kernel.wasm` is `compiled.kernel`, lowered once and shipped; it asks for memory and nothing else.
`kernel.json` says how its arrays lie there. `packing` writes a flow as the arrays that it reads,
`pilotsim.mjs` runs a packed flow in Node or in a browser, and `runner.mjs` does so from a shell.

Nobody who uses these needs a tool. `make wasm` makes `kernel.wasm` and `kernel.json` anew: `text`
compiles the engine for no processor in particular, `lowering` makes objects of that for another
machine, `build` links them.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent
MODULE = HERE / "kernel.wasm"
LAYOUT = HERE / "kernel.json"
LIBRARY = HERE / "pilotsim.mjs"
RUNNER = HERE / "runner.mjs"
