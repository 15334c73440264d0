"""What a plan says is held against what a register shows: one home for the check and the estimate.

`pilotsim register check` tells all that is found; `pilotsim estimate` refuses what is wrong for
every answer, and tells beside the result what is worth knowing. Both go through the same functions,
so that a register of which the check says that the plan can be carried out is never refused later,
and a plan that is refused was found wanting by the check.

- `held_register`: a register beside a plan, with its months, arms and sample;
- `whole`: columns, months, who is there, what is missing;
- `offers`: arms against offers, the plan's beginning, and its lots;
- `places`: districts, and the steps of a wedge;
- `answers`: what each answer needs, and whether it can be given at all.
"""

from __future__ import annotations

from pilotsim.evaluation.readiness.checking import (
    RegisterReadiness,
    check_register,
    hold_to_plan,
    require_ready,
    take_sample,
)
from pilotsim.evaluation.readiness.held_register import Finding, HeldRegister

__all__ = [
    "Finding",
    "HeldRegister",
    "RegisterReadiness",
    "check_register",
    "hold_to_plan",
    "require_ready",
    "take_sample",
]
