"""The release gate: the one door through which a number of a real register reaches a reader.

What is worked out from a register is `Unreleased`; views take `RegisterAnalysis` alone, and
`release_analysis` is the only one who makes it. On the way everything printed is held together:

- `questions` counts the clients behind each number: cells, and which are sums of which;
- `suppression` finds the cells that may not be shown, and those that would give them away;
- `grids` says how coarse an effect must be where its cells are small: by the arms' sizes alone;
- `amounts` looks for payments that one or two clients dominate;
- `texts` and `pictures` take counts out of sentences and figures;
- `attack` tries to work the hidden counts out again from all that would be printed;
- `ledger` remembers what was released of the same register before;
- `causes` names the earlier release because of which something is not shown;
- `certificate` says what is guaranteed, and what is not.
"""

from __future__ import annotations

from pilotsim.evaluation.register.values import LEAST
from pilotsim.evaluation.release.certificate import ReleaseCertificate
from pilotsim.evaluation.release.gate import release_analysis
from pilotsim.evaluation.release.records import (
    CELLS,
    EarlierRelease,
    ParticipantFlow,
    PlanAnswer,
    Precision,
    RegisterAnalysis,
    Unreleased,
)
from pilotsim.evaluation.release.rules import ReleaseRules, rules_of

__all__ = [
    "CELLS",
    "LEAST",
    "EarlierRelease",
    "ParticipantFlow",
    "PlanAnswer",
    "Precision",
    "RegisterAnalysis",
    "ReleaseCertificate",
    "ReleaseRules",
    "Unreleased",
    "release_analysis",
    "rules_of",
]
