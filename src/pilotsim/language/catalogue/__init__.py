"""The program's own phrases, each in Norwegian (bokmål) and in English.

One module for each part of the program.
"""

from __future__ import annotations

from pilotsim.language.catalogue.base import BASE
from pilotsim.language.catalogue.calibration import CALIBRATION
from pilotsim.language.catalogue.evaluation import EVALUATION
from pilotsim.language.catalogue.findings import FINDINGS
from pilotsim.language.catalogue.solving import SOLVING
from pilotsim.language.catalogue.studies import STUDIES
from pilotsim.language.catalogue.systems import SYSTEMS
from pilotsim.language.catalogue.validation import VALIDATION

PHRASES: dict[str, tuple[str, str]] = {
    **BASE,
    **VALIDATION,
    **EVALUATION,
    **STUDIES,
    **SOLVING,
    **FINDINGS,
    **CALIBRATION,
    **SYSTEMS,
}
