"""What a register says of a flow: lengths, ways on, speeds, arrivals, with how sure it is."""

from __future__ import annotations

from pilotsim.learning.learned import LearnedFlow, LearnedPart, LearnedValue, LeftOpen
from pilotsim.learning.learning import learn

__all__ = ["LearnedFlow", "LearnedPart", "LearnedValue", "LeftOpen", "learn"]
