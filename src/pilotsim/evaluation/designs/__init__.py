"""Designs: who is offered the programme when.

An offer comes before the queue: places still limit who starts.
"""

from pilotsim.evaluation.designs.assignments import (
    ASSIGNMENT_SAYS,
    ASSIGNMENTS,
    BLOCKS,
    CHOSEN,
    DESIGNS,
    DRAWN_CLIENTS,
    DRAWN_DISTRICTS,
    ENCOURAGEMENT,
    LIMIT,
    LOTTERY,
    NAMED_DISTRICTS,
    NOBODY,
    PAIRS,
    STEPPED_WEDGE,
    WAITING_LIST,
    Unit,
)
from pilotsim.evaluation.designs.clients import (
    Caseworker,
    Encouragement,
    Everyone,
    Lottery,
    TraitLimit,
    WaitingList,
)
from pilotsim.evaluation.designs.data_strategies import DataStrategy
from pilotsim.evaluation.designs.districts import Districts, SteppedWedge
from pilotsim.evaluation.designs.pair_matching import match_pairs
from pilotsim.evaluation.designs.requirements import (
    FirstDay,
    Months,
    first_of_month,
    months_of,
    whole_months_of,
)
from pilotsim.evaluation.designs.several_arms import Contrast
from pilotsim.evaluation.designs.sites import NEVER, Assignment, Site

__all__ = [
    "ASSIGNMENTS",
    "ASSIGNMENT_SAYS",
    "BLOCKS",
    "CHOSEN",
    "DESIGNS",
    "DRAWN_CLIENTS",
    "DRAWN_DISTRICTS",
    "ENCOURAGEMENT",
    "LIMIT",
    "LOTTERY",
    "NAMED_DISTRICTS",
    "NEVER",
    "NOBODY",
    "PAIRS",
    "STEPPED_WEDGE",
    "WAITING_LIST",
    "Assignment",
    "Caseworker",
    "Contrast",
    "DataStrategy",
    "Districts",
    "Encouragement",
    "Everyone",
    "FirstDay",
    "Lottery",
    "Months",
    "Site",
    "SteppedWedge",
    "TraitLimit",
    "Unit",
    "WaitingList",
    "first_of_month",
    "match_pairs",
    "months_of",
    "whole_months_of",
]
