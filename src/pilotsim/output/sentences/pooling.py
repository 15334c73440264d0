"""How pooled effects are written: percentage points, ratios, months or kroner."""

from __future__ import annotations

import math

from pilotsim.evaluation.pooled_results import PooledAnswers
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import NONE, format_number

__all__ = ["ShownUnit", "shown_of"]


class ShownUnit:
    """How effects of a unit are written: percentage points, ratios, months or kroner."""

    def __init__(self, unit: str, language: str) -> None:
        self.unit, self.language = unit, language

    def number(self, value: float) -> float:
        """Return what is shown of a number of the result."""
        if self.unit == "log_ratio":
            return math.exp(value)
        return 100.0 * value if self.unit == "share" else value

    def text(self, value: float) -> str:
        """Return a number as it is written, without its unit."""
        if math.isnan(value):
            return NONE
        return format_number(self.number(value), self.language, self.decimals)

    @property
    def decimals(self) -> int:
        """How many decimals are shown."""
        return {"share": 1, "amount": 0}.get(self.unit, 2)

    @property
    def heading(self) -> str:
        """The unit in words."""
        return say(f"pooled_unit_{self.unit}", self.language)

    def range(self, low: float, high: float) -> str:
        """Return both ends of an interval."""
        return NONE if math.isnan(low) else f"{self.text(low)} … {self.text(high)}"


def shown_of(found: PooledAnswers, language: str) -> ShownUnit:
    """Return how the effects of a result are written."""
    return ShownUnit(found.first.unit, language)
