"""What a library is for that is not installed, and how it is had.

A check needs little; figures, tables, evaluations and office files need libraries that come as
extras. Where this program asks for one that is not there, the error says which extra has it.
Other programs that try whether such a library is there are answered as ever.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import FrameType
from typing import Any

from pilotsim.base.errors import PilotsimError
from pilotsim.base.messages import Message

__all__ = ["EXTRA_OF", "MissingLibraryError", "ask_for", "is_installed", "say_which_extra"]

# The smallest extra of `pyproject.toml` that brings each library, by the name it is imported by.
EXTRA_OF: Mapping[str, str] = {
    "matplotlib": "figures",
    "PIL": "figures",
    "pandas": "tables",
    "pyarrow": "tables",
    "scipy": "tables",
    "SALib": "sensitivity",
    "statsmodels": "evaluation",
    "diff_diff": "evaluation",
    "docx": "office",
    "pptx": "office",
    "xlsxwriter": "office",
}
# What an extra brings all of, beside its own.
BRINGS: Mapping[str, str] = {"evaluation": "tables", "office": "figures"}
PROGRAM = "pilotsim"


class MissingLibraryError(PilotsimError, ModuleNotFoundError):
    """Libraries that are not installed; says with which extras they come."""

    def __init__(self, *libraries: str) -> None:
        wanted = f"{PROGRAM}[{','.join(_extras_of(libraries))}]"
        one = Message(
            'this needs {library}, which is not installed: pip install "{wanted}"',
            library=libraries[0],
            wanted=wanted,
        )
        several = Message(
            'this needs {libraries}, which are not installed: pip install "{wanted}"',
            libraries=", ".join(libraries),
            wanted=wanted,
        )
        super().__init__(one if len(libraries) == 1 else several)
        self.libraries = libraries
        self.name = libraries[0]

    def __reduce__(self) -> tuple[type[MissingLibraryError], tuple[str, ...]]:
        return MissingLibraryError, self.libraries


def _extras_of(libraries: Sequence[str]) -> list[str]:
    """Return the extras that bring all of some libraries, none that another one brings."""
    extras = {EXTRA_OF[library] for library in libraries}
    return sorted(extras - {BRINGS[extra] for extra in extras if extra in BRINGS})


def ask_for(*libraries: str) -> None:
    """Raise an error that names all libraries that are not there, before any work is begun.

    Parameters
    ----------
    *libraries : str
        By the names they are imported by.

    Raises
    ------
    MissingLibraryError
        One or more of them are not installed.
    """
    missing = [library for library in libraries if not is_installed(library)]
    if missing:
        raise MissingLibraryError(*missing)


def is_installed(library: str) -> bool:
    """Tell whether a library is there, for work that goes on without it.

    Parameters
    ----------
    library : str
        By the name it is imported by.
    """
    try:
        return find_spec(library) is not None
    except MissingLibraryError:
        return False


class _Last:
    """Asked for a library when nobody else has found it."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise an error that names the extra, where this program asks; else find nothing."""
        if path is None and name in EXTRA_OF and _asks(sys._getframe(1)):
            raise MissingLibraryError(name)


def _asks(frame: FrameType | None) -> bool:
    """Tell whether an import was written in this program: what only carries it out is passed."""
    while frame is not None and _package(frame) == "importlib":
        frame = frame.f_back
    return frame is not None and _package(frame) == PROGRAM


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).split(".")[0]


def say_which_extra() -> None:
    """Let imports of this program that fail say how the library is had; once a process."""
    if not any(isinstance(finder, _Last) for finder in sys.meta_path):
        sys.meta_path.append(_Last())
