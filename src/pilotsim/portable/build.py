"""Make `kernel.wasm` and `kernel.json` anew: `make wasm`."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotsim.base.errors import RunError
from pilotsim.base.files import write_json, write_whole
from pilotsim.base.messages import Message
from pilotsim.portable import LAYOUT, MODULE
from pilotsim.portable.layout import layout_of_kernel
from pilotsim.portable.lowering import WEBASSEMBLY, objects_of
from pilotsim.portable.text import ENTRIES, text_of_entries

# Memory comes from outside, up to all that addresses reach. Everything else is known beforehand.
LINK = (
    "--no-entry",
    "--import-memory",
    "--max-memory=4294967296",
    "--strip-all",
    "-z",
    "stack-size=1048576",
    "--export=__heap_base",
)


def linked(objects: Mapping[str, bytes]) -> bytes:
    """Return the module of object files.

    Parameters
    ----------
    objects : mapping of str to bytes
        What `lowering.objects_of` returned for `WEBASSEMBLY`.

    Raises
    ------
    RunError
        The linker is not installed, or refuses them.
    """
    if find_spec("ziglang") is None:
        raise RunError(Message("the linker is missing: pip install -r requirements/wasm.txt"))
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in objects]
        for file, content in zip(files, objects.values(), strict=True):
            write_whole(file, content)
        module = Path(folder) / MODULE.name
        exports = [f"--export={name}" for name in ENTRIES]
        link = [sys.executable, "-m", "ziglang", "wasm-ld", *LINK, *exports]
        done = subprocess.run(
            [*link, "-o", str(module), *map(str, files)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RunError(Message("the linker refused: {why}", why=done.stderr.strip()))
        return module.read_bytes()


def made_by() -> dict[str, str]:
    """Return what decides the bytes of the module besides the sources, with its version."""
    tools = {name: version(name) for name in ("numba", "llvmlite", "ziglang")}
    return {**tools, "python": ".".join(platform.python_version_tuple()[:2]), "on": _machine()}


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}"


def main() -> None:
    """Write the module and the layout of its arrays."""
    write_whole(MODULE, linked(objects_of(text_of_entries(), WEBASSEMBLY)))
    write_json(LAYOUT, {**layout_of_kernel(), "made_by": made_by()})


if __name__ == "__main__":
    main()
