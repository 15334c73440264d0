"""The program's own phrases, each in Norwegian (bokmål) and in English.

One module for each part of the program.
"""

from __future__ import annotations

from pilotsim.phrases.base import BASE
from pilotsim.phrases.calibration import CALIBRATION
from pilotsim.phrases.evaluation import EVALUATION
from pilotsim.phrases.findings import FINDINGS
from pilotsim.phrases.solving import SOLVING
from pilotsim.phrases.studies import STUDIES
from pilotsim.phrases.systems import SYSTEMS
from pilotsim.phrases.validation import VALIDATION

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
