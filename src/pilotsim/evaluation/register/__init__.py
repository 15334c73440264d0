"""The register: the client-by-month panel of an extract, from journeys or from a real file."""

from __future__ import annotations

from pilotsim.evaluation.register.extract import read_register
from pilotsim.evaluation.register.own_outcomes import register_outcome
from pilotsim.evaluation.register.panel import STATES, Panel
from pilotsim.evaluation.register.simulated import RegisterView, observe_register

__all__ = [
    "STATES",
    "Panel",
    "RegisterView",
    "observe_register",
    "read_register",
    "register_outcome",
]
