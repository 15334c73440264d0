"""What the benchmarks ran on: processor, cores, memory, versions.

Nothing that would name the machine itself.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = ("pilotsim", "numpy", "scipy", "numba", "llvmlite", "simpy", "ciw", "joblib")


def processor() -> str:
    """Return the processor's name."""
    names = _lines_of("/proc/cpuinfo", "model name")
    return names[0] if names else platform.processor() or platform.machine()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> str:
    """Return how busy the machine is with all its work, as a sentence.

    Nothing where it is not told.
    """
    if not hasattr(os, "getloadavg"):
        return ""
    return (
        f"Before it, {os.getloadavg()[0]:.1f} processes wanted the {cores()} cores; "
        "what others take is lost to it."
    )


def memory() -> float:
    """Return the machine's memory in bytes; 0 where it is not told."""
    found = _lines_of("/proc/meminfo", "MemTotal")
    return 1024.0 * int(found[0].split()[0]) if found else 0.0


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that matter here."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not there"
    return found


def peak_memory() -> float:
    """Return the most memory that this process has held at once, in bytes.

    Where the kernel tells it: its own peak, which `getrusage` mixes with that of the process it was
    started from.
    """
    found = _lines_of("/proc/self/status", "VmHWM")
    if found:
        return 1024.0 * int(found[0].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (
        1.0 if sys.platform == "darwin" else 1024.0
    )


def _lines_of(file: str, key: str) -> list[str]:
    path = Path(file)
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [
        line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key
    ]
