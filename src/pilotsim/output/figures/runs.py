"""Which runs a figure is of, where those are not all runs of its result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["RUNS_OF", "followed_runs", "of_runs"]

Plot = TypeVar("Plot", bound=Callable[..., Any])

# What figures say of themselves with `of_runs`, by the name of each.
RUNS_OF: dict[str, Callable[[Any], int]] = {}


def of_runs(count: Callable[[Any], int]) -> Callable[[Plot], Plot]:
    """Return a decorator for a figure that shows other runs than all those of its result.

    Parameters
    ----------
    count : callable
        From the result to how many runs the figure is of.
    """

    def mark(plot: Plot) -> Plot:
        RUNS_OF[plot.__qualname__] = count
        return plot

    return mark


def followed_runs(result: Any) -> int:
    """Return the runs of a result that are followed month by month: the first thousand at most."""
    return len(result.paths)
