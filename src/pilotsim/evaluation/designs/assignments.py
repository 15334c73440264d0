"""The words for designs, and for how each sets apart whom it compares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pilotsim.base.messages import Message

DESIGNS = (
    "lottery",
    "waiting_list",
    "encouragement",
    "caseworker",
    "limit",
    "everyone",
    "districts",
    "stepped_wedge",
)
# How a design sets apart whom it compares, as estimators name what they are right under.
LOTTERY = "lottery"
WAITING_LIST = "waiting_list"
ENCOURAGEMENT = "encouragement"
DRAWN_DISTRICTS = "drawn_districts"
NAMED_DISTRICTS = "named_districts"
STEPPED_WEDGE = "stepped_wedge"
LIMIT = "limit"
CHOSEN = "chosen"
NOBODY = "nobody"
ASSIGNMENTS = (
    LOTTERY,
    WAITING_LIST,
    ENCOURAGEMENT,
    DRAWN_DISTRICTS,
    NAMED_DISTRICTS,
    STEPPED_WEDGE,
    LIMIT,
    CHOSEN,
    NOBODY,
)
# What each is called in a sentence.
ASSIGNMENT_SAYS: Mapping[str, Message] = {
    LOTTERY: Message("a lottery"),
    WAITING_LIST: Message("a waiting list by lot"),
    ENCOURAGEMENT: Message("encouragement by lot"),
    DRAWN_DISTRICTS: Message("districts drawn by lot"),
    NAMED_DISTRICTS: Message("districts that were chosen"),
    STEPPED_WEDGE: Message("a stepped wedge"),
    LIMIT: Message("a limit of a trait"),
    CHOSEN: Message("clients whom somebody chose"),
    NOBODY: Message("nobody to compare with"),
}
# Those in which clients are drawn by lot, one by one.
DRAWN_CLIENTS = (LOTTERY, WAITING_LIST, ENCOURAGEMENT)
# Within what lots are drawn, where they are not drawn among all: one of two, or so many of each.
BLOCKS = "blocks"
PAIRS = "pairs"
Unit = Literal["client", "district"]
