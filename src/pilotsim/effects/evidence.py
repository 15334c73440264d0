"""What an effect or a check can be judged by, to be drawn beside it."""

from __future__ import annotations

from pilotsim.effects.checks.balance import Balance
from pilotsim.effects.checks.placebo import Placebos
from pilotsim.effects.estimators.group_means import EffectPath
from pilotsim.effects.estimators.kaplan_meier import IncidenceCurves

__all__ = ["Evidence"]

Evidence = Balance | Placebos | EffectPath | IncidenceCurves
