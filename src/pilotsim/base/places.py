"""Whether anything stands at a place that somebody named.

A name in a file may be anything: too long for the system, with a character that no name has, under
a folder that may not be read. Nothing can be read there, so nothing is there; whoever asks says so
in words, which an error of the system would not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

__all__ = ["is_file", "is_folder", "is_there", "names_in"]


def is_file(place: Path) -> bool:
    """Tell whether a file stands at a place.

    Parameters
    ----------
    place : Path
        Anything that somebody named.
    """
    return _ask(place.is_file)


def is_folder(place: Path) -> bool:
    """Tell whether a folder stands at a place.

    Parameters
    ----------
    place : Path
        Anything that somebody named.
    """
    return _ask(place.is_dir)


def is_there(place: Path) -> bool:
    """Tell whether anything stands at a place.

    Parameters
    ----------
    place : Path
        Anything that somebody named.
    """
    return _ask(place.exists)


def names_in(folder: Path, pattern: str) -> list[str]:
    """Return the names in a folder that fit a pattern, in order; none if it cannot be read.

    Parameters
    ----------
    folder : Path
        Anything that somebody named.
    pattern : str
        As of `Path.glob`.
    """
    try:
        return sorted(other.name for other in folder.glob(pattern)) if is_folder(folder) else []
    except OSError:
        return []


def _ask(question: Callable[[], bool]) -> bool:
    try:
        return question()
    except (OSError, ValueError):
        return False
