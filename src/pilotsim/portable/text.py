"""The engine's compiled text, for no processor in particular.

The compiler asks for its processor when it is first imported, so it is asked in a process of its
own: `python -m pilotsim.portable.text FOLDER`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotsim.base.files import write_text


@dataclass(frozen=True)
class Entry:
    """A compiled function that is called from outside.

    Parameters
    ----------
    module : str
        Where it is defined.
    rows : tuple of str
        Which records it is handed as rows of words, in order: see `layout.RECORDS`.
    others : tuple of str
        The kinds of its other arguments, as the compiler calls them.
    """

    module: str
    rows: tuple[str, ...]
    others: tuple[str, ...] = ()


ENGINE = "pilotsim.simulation.engines.compiled"
ENTRIES = {
    "draw_numbers": Entry(f"{ENGINE}.numbers", ("number_columns", "run_numbers"), ("uint64",)),
    "settle_numbers": Entry(f"{ENGINE}.numbers", ("number_columns", "run_numbers")),
    "prepare_values": Entry(f"{ENGINE}.kernel", ("tables", "values")),
    # `before` and `other` are two more blocks of kept journeys.
    "simulate_block": Entry(
        f"{ENGINE}.kernel",
        ("tables", "values", "clients", "state", "kept", "before", "other"),
        ("uint64", "boolean", "boolean"),
    ),
    # `without` are the visits in the world without the programme.
    "measure_block": Entry(
        "pilotsim.measures.compiled.engine",
        ("program", "settled", "visits", "without", "cohort", "measure_room", "measured"),
        ("int64",),
    ),
    "judge_block": Entry(
        "pilotsim.judge.compiled.engine",
        ("questions", "measured", "bounds", "judge_room", "verdicts"),
    ),
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

    from pilotsim.simulation.engines.compiled.jit import OPTIONS
    from pilotsim.simulation.engines.compiled.kept_code import number_functions_from

    functions = {
        name: getattr(import_module(entry.module), name).py_func for name, entry in ENTRIES.items()
    }
    number_functions_from(1)
    row = numba.types.Array(numba.types.int64, 1, "C")
    for name, entry in ENTRIES.items():
        anew = numba.njit(nogil=True, **OPTIONS)(functions[name])
        others = [getattr(numba.types, other) for other in entry.others]
        signature = (*[row] * len(entry.rows), *others)
        anew.compile(signature)
        write_text(_file(folder, name), anew.inspect_llvm(signature))


if __name__ == "__main__":
    main(sys.argv[1])
