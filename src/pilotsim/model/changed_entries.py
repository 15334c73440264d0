"""What of a flow stands otherwise than its file says: the record that every result carries."""

from __future__ import annotations

from dataclasses import dataclass

from pilotsim.base.quantity import Quantity

__all__ = ["ChangedEntry"]

# How a line ends that holds only the beginning of what is written.
CUT = "..."


@dataclass(frozen=True)
class ChangedEntry:
    """An entry of a flow that was changed from its file for one run.

    Parameters
    ----------
    path : str
        The keys that lead to it, joined by dots.
    before, after : Quantity or None
        The value in the file and in the run; None where either is no single value.
    file_says, run_says : str
        What stands in the file and in the run, as a file would write it; empty for nothing.
    follows : bool
        Whether it was not set itself, but follows from what was: it is a sum of other values.
    """

    path: str
    before: Quantity | None
    after: Quantity | None
    file_says: str
    run_says: str
    follows: bool = False
