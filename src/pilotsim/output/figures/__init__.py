"""Figures: axes in, axes out; one file per question a reader asks.

Each `plot_*` takes a result (a `Check`, a `Validation`), draws one idea on `ax` (or on a new figure
of 16 cm, the width of an A4 column) and returns the axes. It computes little, saves nothing and
sets no global style. The file of each figure also has an `alt_text` that says in words what it
shows, with its main numbers.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pilotsim.output.figures.clients import plot_clients
    from pilotsim.output.figures.effect_path import plot_effect_path
    from pilotsim.output.figures.event_study import plot_event_study
    from pilotsim.output.figures.flow import plot_flow
    from pilotsim.output.figures.incidence import plot_incidence
    from pilotsim.output.figures.love import plot_love
    from pilotsim.output.figures.placebo import plot_placebo
    from pilotsim.output.figures.power import plot_power
    from pilotsim.output.figures.sampling import plot_sampling
    from pilotsim.output.figures.targets import plot_targets
    from pilotsim.output.figures.tornado import plot_drivers
    from pilotsim.output.figures.use import plot_use
    from pilotsim.output.figures.validation import plot_validation
    from pilotsim.output.figures.waits import plot_waits

__all__ = [
    "plot_clients",
    "plot_drivers",
    "plot_effect_path",
    "plot_event_study",
    "plot_flow",
    "plot_incidence",
    "plot_love",
    "plot_placebo",
    "plot_power",
    "plot_sampling",
    "plot_targets",
    "plot_use",
    "plot_validation",
    "plot_waits",
]


def __getattr__(name: str) -> Any:
    """Import a figure when it is first asked for: matplotlib is slow to start."""
    if name in __all__:
        module = "tornado" if name == "plot_drivers" else name.removeprefix("plot_")
        return getattr(import_module(f"pilotsim.output.figures.{module}"), name)
    raise AttributeError(f"module 'pilotsim.output.figures' has no attribute '{name}'")
