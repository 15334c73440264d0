"""Studies: a flow run in several scenarios at the points of a design, resumable."""

from __future__ import annotations

from pilotsim.experiments.study.execute import (
    ExecutionOptions,
    Shard,
    StudyProgress,
    merge_runs,
    run_study,
)
from pilotsim.experiments.study.reading import read_study
from pilotsim.experiments.study.results import StudyRun, open_run
from pilotsim.experiments.study.study import DesignFactor, Points, Response, Study, StudyScenario

__all__ = [
    "DesignFactor",
    "ExecutionOptions",
    "Points",
    "Response",
    "Shard",
    "Study",
    "StudyProgress",
    "StudyRun",
    "StudyScenario",
    "merge_runs",
    "open_run",
    "read_study",
    "run_study",
]
