"""Arms of a lottery with more than two: what each is offered, and which are compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from pydantic import Field

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.designs.requirements import check_lasts
from pilotsim.model.fields import Length, Names, Record, Share, Words

LEAST_ARMS = 3
# Shares in whole per cent may leave one over.
SLACK = 0.011
Contrast = tuple[str, str]


class LotteryArm(Record):
    """One of several arms."""

    says: Words | None = Field(None, description="What it is, for people.")
    share: Share | None = Field(
        None, description="How many are drawn to it; those without a share have even parts."
    )
    offered: bool = Field(True, description="Whether it is offered anything of the programme.")
    after: Length | None = Field(None, description="It is offered it so long after the others.")
    words: Names = Field(
        (), description="What the register's column assigned calls it, beside its name."
    )


def shares_of(arms: Mapping[str, LotteryArm]) -> Floats:
    """Return the share of each arm, shape (arms,); they sum to 1."""
    given = np.array([np.nan if own.share is None else own.share.number for own in arms.values()])
    open_arms = np.isnan(given)
    left = 1.0 - float(np.nansum(given))
    shares = np.where(open_arms, left / max(1, int(open_arms.sum())), given)
    return np.asarray(shares / shares.sum())


def check_arms(
    arms: Mapping[str, LotteryArm],
    compared: str | None,
    contrasts: tuple[tuple[str, ...], ...] | None,
) -> None:
    """Refuse arms that cannot be drawn or compared.

    Raises
    ------
    QuantityFault
        Fewer than three arms, shares that are no whole, words of two arms, no arm to compare with,
        or a contrast of other than two different arms.
    """
    if len(arms) < LEAST_ARMS:
        raise QuantityFault(
            Message(
                "arms: expected three or more; found {found}. Two arms are a lottery with a share",
                found=len(arms),
            ),
            "arms",
        )
    given = [own.share.number for own in arms.values() if own.share is not None]
    is_whole = abs(sum(given) - 1.0) <= SLACK if len(given) == len(arms) else sum(given) < 1.0
    if not is_whole or min(given, default=1.0) <= 0.0:
        raise QuantityFault(
            Message("arms: expected shares above 0 % that come to 100 % together"), "arms"
        )
    # By name or by another word, as often as an arm likes, but never two arms by one.
    words = [{one.lower() for one in (name, *own.words)} for name, own in arms.items()]
    if len(set().union(*words)) < sum(map(len, words)):
        raise QuantityFault(Message("arms: two arms have the same word in the register"), "arms")
    for own in arms.values():
        check_lasts("after", own.after)
        if own.after is not None and not own.offered:
            raise QuantityFault(Message("after: this arm is offered nothing"), "arms")
    if compared is None:
        raise QuantityFault(
            Message("compared: name the arm that the others are compared with"), "compared"
        )
    for name in (compared, *(one for pair in contrasts or () for one in pair)):
        if name not in arms:
            raise QuantityFault(
                Message("no arm '{name}'{meant}", name=name, meant=did_you_mean(name, arms)),
                "compared" if name == compared else "contrasts",
            )
    for pair in contrasts or ():
        if len(pair) != 2 or pair[0] == pair[1]:
            raise QuantityFault(
                Message(
                    "contrasts: expected two different arms in each; found {found}",
                    found=", ".join(pair),
                ),
                "contrasts",
            )


def draw_arms(shares: Floats, ranks: Ints, rounding: float) -> Ints:
    """Return the arm of each of some clients by their ranks among them, shape (clients,).

    Parameters
    ----------
    shares : ndarray of float, shape (arms,)
        The share of each arm.
    ranks : ndarray of int, shape (clients,)
        Each one's place when all stand in the order of their lots.
    rounding : float
        A uniform number: parts of a client are rounded by lot.
    """
    # The last bound holds everybody, whatever rounding has made of the sum of shares.
    bounds = np.floor(np.cumsum(shares[:-1]) * len(ranks) + rounding)
    return np.searchsorted(bounds, ranks, side="right").astype(np.int64)
