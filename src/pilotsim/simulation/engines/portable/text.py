"""The engine's compiled text, for no processor in particular.

The compiler asks for its processor when it is first imported, so it is asked in a process of its
own: `python -m pilotsim.simulation.engines.portable.text FOLDER`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotsim.base.files import write_text

# What is called from outside: how many rows of words each takes, and its other arguments.
ENTRIES: dict[str, tuple[int, tuple[str, ...]]] = {
    "prepare_values": (2, ()),
    "simulate_block": (6, ("uint64", "boolean", "boolean")),
}
# The same text on every machine: no processor's own instructions, no order that a hash decides.
SURROUNDINGS = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "PYTHONHASHSEED": "0"}


def text_of_entries() -> dict[str, str]:
    """Return the compiled text of each function that is called from outside, by its name."""
    with TemporaryDirectory() as folder:
        others = {k: one for k, one in os.environ.items() if not k.startswith("NUMBA_")}
        surroundings = {**others, **SURROUNDINGS, "NUMBA_CACHE_DIR": folder}
        subprocess.run([sys.executable, "-m", __name__, folder], env=surroundings, check=True)
        return {name: _file(folder, name).read_text(encoding="utf-8") for name in ENTRIES}


def _file(folder: str, name: str) -> Path:
    return Path(folder) / f"{name}.ll"


def main(folder: str) -> None:
    """Compile all anew, as if nothing had been compiled before, and write the text of each entry.

    Parameters
    ----------
    folder : str
        Where to.
    """
    import numba

    from pilotsim.simulation.engines.compiled import kernel
    from pilotsim.simulation.engines.compiled.jit import OPTIONS
    from pilotsim.simulation.engines.compiled.kept_code import number_functions_from

    number_functions_from(1)
    row = numba.types.Array(numba.types.int64, 1, "C")
    for name, (rows, others) in ENTRIES.items():
        anew = numba.njit(nogil=True, **OPTIONS)(getattr(kernel, name).py_func)
        signature = (*[row] * rows, *[getattr(numba.types, other) for other in others])
        anew.compile(signature)
        write_text(_file(folder, name), anew.inspect_llvm(signature))


if __name__ == "__main__":
    main(sys.argv[1])
