"""pilotsim simulates a labour-market pilot before it starts and says which targets it can meet.

>>> import pilotsim
>>> flow = pilotsim.read_flow("configs/alna_aktiv.yaml")   # doctest: +SKIP
>>> print(pilotsim.check_targets(flow, replications=100))  # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pilotsim.base.from_above import provide

__version__ = "0.1.0"

# Where each public name lives. They are fetched when first used, so that the command line starts at
# once.
_HOMES = {
    "Check": "judge.check",
    "Cohort": "simulation.population",
    "Flow": "model.flow",
    "FlowError": "base.errors",
    "Journeys": "simulation.journeys",
    "PilotsimError": "base.errors",
    "RequestError": "base.errors",
    "RunError": "base.errors",
    "SimulationError": "base.errors",
    "Study": "experiments.study",
    "StudyRun": "experiments.study",
    "Validation": "judge.validation",
    "Verdict": "judge.verdicts",
    "check_targets": "judge.check",
    "Measure": "model.targets",
    "ShowProgress": "output.progress",
    "analyse": "experiments.findings.find",
    "calibrate": "judge.calibration",
    "compare": "judge.comparison",
    "estimate": "evaluation.estimation",
    "evaluate": "evaluation.run",
    "measure": "measures.measures",
    "plan": "evaluation.planning",
    "pool": "evaluation.pooled_results",
    "portfolio": "experiments.portfolio",
    "read_evaluation": "evaluation.reading",
    "read_portfolio": "experiments.portfolio",
    "read_problem": "experiments.optimise.reading",
    "read_result": "evaluation.result_files",
    "share": "output.live.sharing",
    "show": "output.notebooks",
    "solve": "experiments.optimise.solve",
    "tables": "output.notebooks",
    "keep_runs": "runs.kept",
    "learn": "learning.learning",
    "merge_runs": "experiments.study",
    "open_run": "experiments.study",
    "read_flow": "files.reading",
    "read_study": "experiments.study",
    "read_text": "files.reading",
    "run_study": "experiments.study",
    "find_standstill": "measures.standstill",
    "follow": "monitoring.follow",
    "read_counts": "monitoring.counts",
    "simulate": "simulation.engines",
    "to_event_log": "simulation.event_log",
    "to_xes": "simulation.event_log",
    "steadiness": "judge.steadiness",
    "twins": "evaluation.twins",
    "validate": "judge.validation",
    "value": "experiments.information.value",
    "without_limits": "runs.budget",
    "write_report": "output.reports",
}

__all__ = [  # noqa: PLE0604
    "__version__",
    *sorted(_HOMES),
]

if TYPE_CHECKING:
    from pilotsim.base.errors import (
        FlowError,
        PilotsimError,
        RequestError,
        RunError,
        SimulationError,
    )
    from pilotsim.evaluation.estimation import estimate
    from pilotsim.evaluation.planning import plan
    from pilotsim.evaluation.pooled_results import pool
    from pilotsim.evaluation.reading import read_evaluation
    from pilotsim.evaluation.result_files import read_result
    from pilotsim.evaluation.run import evaluate
    from pilotsim.evaluation.twins import twins
    from pilotsim.experiments.findings.find import analyse
    from pilotsim.experiments.information.value import value
    from pilotsim.experiments.optimise.reading import read_problem
    from pilotsim.experiments.optimise.solve import solve
    from pilotsim.experiments.portfolio import portfolio, read_portfolio
    from pilotsim.experiments.study import (
        Study,
        StudyRun,
        merge_runs,
        open_run,
        read_study,
        run_study,
    )
    from pilotsim.files.reading import read_flow, read_text
    from pilotsim.judge.calibration import calibrate
    from pilotsim.judge.check import Check, check_targets
    from pilotsim.judge.comparison import compare
    from pilotsim.judge.steadiness import steadiness
    from pilotsim.judge.validation import Validation, validate
    from pilotsim.judge.verdicts import Verdict
    from pilotsim.learning.learning import learn
    from pilotsim.measures.measures import measure
    from pilotsim.measures.standstill import find_standstill
    from pilotsim.model.flow import Flow
    from pilotsim.model.targets import Measure
    from pilotsim.monitoring.counts import read_counts
    from pilotsim.monitoring.follow import follow
    from pilotsim.output.live.sharing import share
    from pilotsim.output.notebooks import show, tables
    from pilotsim.output.progress import ShowProgress
    from pilotsim.output.reports import write_report
    from pilotsim.runs.budget import without_limits
    from pilotsim.runs.kept import keep_runs
    from pilotsim.simulation.engines import simulate
    from pilotsim.simulation.event_log import to_event_log, to_xes
    from pilotsim.simulation.journeys import Journeys
    from pilotsim.simulation.population import Cohort


def _later(home: str, name: str) -> Callable[..., Any]:
    """Return a function that stands in a module which is imported when it is called."""

    def called(*arguments: Any, **options: Any) -> Any:
        return getattr(import_module(f"pilotsim.{home}"), name)(*arguments, **options)

    return called


provide(
    change_flow=_later("language.changed_flow", "change_flow"),
    frame_of=_later("output.notebooks", "frame_of"),
    show_as_html=_later("output.notebooks", "show_as_html"),
)


def __getattr__(name: str) -> Any:
    # Every figure has its name here too: `plot_x`, as the files of `output/figures` define it.
    home = "output.figures" if name.startswith("plot_") else _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'pilotsim' has no attribute '{name}'")
    return getattr(import_module(f"pilotsim.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, *import_module("pilotsim.output.figures").homes()])
