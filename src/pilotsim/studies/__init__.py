"""Studies: a flow run in several scenarios at the points of a design, from a file, resumable, on one machine or many."""

from __future__ import annotations

from pilotsim.studies.read import read_study
from pilotsim.studies.study import DesignFactor, Points, Response, Study, StudyScenario

__all__ = ["DesignFactor", "Points", "Response", "Study", "StudyScenario", "read_study"]
