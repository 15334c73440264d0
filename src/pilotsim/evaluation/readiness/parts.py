"""How large a part of a group is, in words from which no count can be worked out."""

from __future__ import annotations

from pilotsim.base.messages import Message

# A share may differ from the plan's by so many standard deviations of drawing one by one.
SURPRISING = 4.0
# Nor that who was drawn was lost, where the odds of being drawn are so many times what they were.
FAR = 2.5
# So large a part of a group is worth knowing.
NOTEWORTHY = 0.1
# How large a part is, where no number may be told: up to each of these shares.
PARTS = (
    (0.1, Message("some, less than a tenth,")),
    (0.25, Message("less than a quarter")),
    (0.5, Message("less than half")),
    (0.9, Message("more than half")),
    (1.0, Message("all or nearly all")),
)


def is_far(share: float, planned: float) -> bool:
    """Tell whether a share is another than planned, by more than people who left could explain.

    Of 50 % that is below 29 and above 71 %: more than half of one arm would have had to leave, and
    of the other nobody.

    >>> is_far(0.26, 0.5), is_far(0.4, 0.5)
    (True, False)
    """
    if share in (0.0, 1.0) or planned in (0.0, 1.0):
        return share != planned
    odds = share / (1.0 - share) * (1.0 - planned) / planned
    return not 1.0 / FAR <= odds <= FAR


def part_of(share: float) -> Message:
    """Return how large a share is, in words from which no count can be worked out.

    >>> str(part_of(0.3))
    'less than half'
    """
    return next(says for most, says in PARTS if share < most or most == PARTS[-1][0])
