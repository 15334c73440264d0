"""What a study file asks of the results: the slot of the analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotsim.fields import Record
from pilotsim.names import Found

if TYPE_CHECKING:
    from pilotsim.studies.study import Study


class Analysis(Record):
    """What is worked out from the results of a study."""


def faults_of_analysis(study: Study) -> Found:
    """Yield each fault of what a study asks of its results, with its path in the study file."""
    return iter(())
