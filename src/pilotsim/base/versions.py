"""What a result depends on beside its inputs: the program, its libraries, the machine."""

from __future__ import annotations

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pilotsim import __version__
from pilotsim.base.files import digest_of

# The packages that decide nothing of what is stored: they ask and show. Those that plan and
# conclude are none of them, since draws of an evaluation hold what its estimators found, and blocks
# of a search how each run stands to what was asked.
WITHOUT_EFFECT = frozenset(("__init__", "__main__", "cli", "output"))
LIBRARIES = ("numpy", "scipy", "numba", "simpy", "pandas", "pyarrow", "joblib", "holidays")


@cache
def program_version() -> str:
    """Return the program's version with a digest of the sources that can change results."""
    home = Path(__file__).parent.parent
    files = [
        file
        for file in sorted(home.rglob("*.py"))
        if file.relative_to(home).parts[0].removesuffix(".py") not in WITHOUT_EFFECT
    ]
    return f"{__version__} ({digest_of(b''.join(file.read_bytes() for file in files))})"


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that results pass through."""
    found = {"python": platform.python_version()}
    for library in LIBRARIES:
        try:
            found[library] = version(library)
        except PackageNotFoundError:
            found[library] = "not there"
    return found


def machine() -> dict[str, str]:
    """Return what kind of machine this is; not which."""
    return {
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
    }
