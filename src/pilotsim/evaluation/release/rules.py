"""What may be released: the limits, and who may move them."""

from __future__ import annotations

from dataclasses import dataclass

from pilotsim.base.errors import RegisterError
from pilotsim.base.messages import Message
from pilotsim.evaluation.register.values import LEAST


@dataclass(frozen=True)
class ReleaseRules:
    """The limits that everything written from a register keeps.

    Those of sdcLog and ACRO, which official statistics check their outputs by, and of tau-argus for
    amounts; see ``docs/decisions/0030-release.md``.

    Parameters
    ----------
    least : int
        The smallest count of clients that may be shown, apart from 0; 1 shows everything.
    allowed_by_owner : bool
        Whether the owner of the data has allowed counts below `LEAST`.
    contributors : int
        So many of the largest payments may not be more than `dominance` of a sum.
    dominance : float
        A share of the sum; above 1 it is never reached.
    closeness : float
        What is left of a sum without its two largest payments is at least this share of the
        largest, so that who paid in the second cannot tell the first.
    freedom : int
        A regression leaves at least so many clients beyond its coefficients.
    """

    least: int = LEAST
    allowed_by_owner: bool = False
    contributors: int = 2
    dominance: float = 0.85
    closeness: float = 0.10
    freedom: int = 10


def rules_of(small_cells: int, allowed: int | None = None) -> ReleaseRules:
    """Return the rules of a plan.

    Parameters
    ----------
    small_cells : int
        What the plan says is the smallest count that may be shown.
    allowed : int, optional
        The smallest count that the owner of the data allows for this release.

    Raises
    ------
    RegisterError
        The plan goes below `LEAST`, and the owner of the data has not allowed it.
    """
    if allowed is not None:
        return ReleaseRules(least=allowed, allowed_by_owner=allowed < LEAST)
    if small_cells < LEAST:
        raise RegisterError(
            Message(
                "the plan shows counts from {found} on (small_cells); below {least} they may be "
                "shown only if the owner of the data allows it: --owner-allows {found}, and every "
                "result then says so",
                found=small_cells,
                least=LEAST,
            )
        )
    return ReleaseRules(least=small_cells)
