"""Figures: axes in, axes out; one file per question a reader asks.

Each `plot_*` takes a result (a `Check`, a `Validation`), draws one idea on `ax` (or on a new figure
of 16 cm, the width of an A4 column) and returns the axes. It computes little, saves nothing and
sets no global style. The file of each figure also has an `alt_text` that says in words what it
shows, with its main numbers.

Every `plot_*` that a file of this folder defines is a name of this package and of `pilotsim`; no
list of them is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import Any

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.languages import LANGUAGES
from pilotsim.output.figures.runs import RUNS_OF

__all__ = ["basis_of", "homes"]


@cache
def homes() -> dict[str, str]:
    """Return the module of each `plot_*`, read from the files without importing them."""
    found: dict[str, str] = {}
    for file in sorted(Path(__file__).parent.glob("*.py")):
        names = re.findall(r"(?m)^def (plot_\w+)", file.read_text(encoding="utf-8"))
        found |= dict.fromkeys(names, file.stem)
    return found


def __getattr__(name: str) -> Any:
    """Import a figure when it is first asked for: matplotlib is slow to start."""
    if name.startswith("plot_") and name in homes():
        return _telling(getattr(import_module(f"pilotsim.output.figures.{homes()[name]}"), name))
    raise AttributeError(f"module 'pilotsim.output.figures' has no attribute '{name}'")


@cache
def _telling(plot: Callable[..., Any]) -> Callable[..., Any]:
    """Return a figure that says what was changed from the file, and what runs it is of."""
    from pilotsim.output.figures.style import marked
    from pilotsim.output.sentences.changes import changed_note

    @wraps(plot)
    def drawn(*arguments: Any, **options: Any) -> Any:
        result = arguments[0] if arguments else options[next(iter(signature(plot).parameters))]
        language = options.get("language", LANGUAGES[0])
        with marked(changed_note(result, language), basis_of(plot, result, language)):
            return plot(*arguments, **options)

    return checks_arguments(drawn)


def basis_of(plot: Callable[..., Any], result: object, language: str) -> str:
    """Return what runs a figure of a result is of; empty for one of no runs.

    A figure that shows others than all runs of its result says so with `of_runs`.
    """
    from pilotsim.output.sentences.changes import runs_note

    own = RUNS_OF.get(plot.__qualname__)
    return runs_note(result, language, own(result) if own else None)


def __dir__() -> list[str]:
    return sorted([*__all__, *homes()])
