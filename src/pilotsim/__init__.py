"""pilotsim simulates a labour-market pilot before it starts, and says which of its targets can be met.

>>> import pilotsim
>>> flow = pilotsim.read_flow("configs/alna_aktiv.yaml")   # doctest: +SKIP
>>> print(pilotsim.check_targets(flow, replications=100))  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Where each public name lives. They are fetched when first used, so that the command line starts at
# once.
_HOMES = {
    "Check": "check",
    "Cohort": "cohort",
    "Flow": "flow",
    "FlowError": "errors",
    "Journeys": "journeys",
    "PilotsimError": "errors",
    "RequestError": "errors",
    "RunError": "errors",
    "SimulationError": "errors",
    "Study": "studies",
    "StudyRun": "studies",
    "Validation": "validation",
    "Verdict": "targets",
    "check_targets": "check",
    "measure": "measures",
    "merge_runs": "studies",
    "open_run": "studies",
    "plot_clients": "figures",
    "plot_drivers": "figures",
    "plot_flow": "figures",
    "plot_targets": "figures",
    "plot_use": "figures",
    "plot_validation": "figures",
    "plot_waits": "figures",
    "read_flow": "read",
    "read_study": "studies",
    "read_text": "read",
    "run_study": "studies",
    "simulate": "engines",
    "twins": "truths",
    "validate": "validation",
    "write_report": "report",
}

__all__ = [  # noqa: PLE0604
    "__version__",
    *sorted(_HOMES),
]

if TYPE_CHECKING:
    from pilotsim.check import Check, check_targets
    from pilotsim.cohort import Cohort
    from pilotsim.engines import simulate
    from pilotsim.errors import FlowError, PilotsimError, RequestError, RunError, SimulationError
    from pilotsim.figures import (
        plot_clients,
        plot_drivers,
        plot_flow,
        plot_targets,
        plot_use,
        plot_validation,
        plot_waits,
    )
    from pilotsim.flow import Flow
    from pilotsim.journeys import Journeys
    from pilotsim.measures import measure
    from pilotsim.read import read_flow, read_text
    from pilotsim.report import write_report
    from pilotsim.studies import Study, StudyRun, merge_runs, open_run, read_study, run_study
    from pilotsim.targets import Verdict
    from pilotsim.truths import twins
    from pilotsim.validation import Validation, validate


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'pilotsim' has no attribute '{name}'")
    return getattr(import_module(f"pilotsim.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
