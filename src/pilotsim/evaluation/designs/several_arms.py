"""Arms of a design with more than two: what each is offered, and which are compared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.designs.requirements import check_lasts
from pilotsim.evaluation.designs.sites import NEVER
from pilotsim.model.fields import Length, Names, Record, Share, Words

LEAST_ARMS = 3
# Shares in whole per cent may leave one over.
SLACK = 0.011
Contrast = tuple[str, str]


class DesignArm(Record):
    """One of several arms."""

    says: Words | None = Field(None, description="What it is, for people.")
    words: Names = Field(
        (), description="What the register's column assigned calls it, beside its name."
    )


class ClientArm(DesignArm):
    """One of several arms to which clients are drawn."""

    share: Share | None = Field(
        None, description="How many are drawn to it; those without a share have even parts."
    )


class OfferedArm(DesignArm):
    """One of several arms that are each offered the programme at a time, or never."""

    offered: bool = Field(True, description="Whether it is offered anything of the programme.")
    after: Length | None = Field(None, description="It is offered it so long after the others.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_lasts("after", self.after)
        if self.after is not None and not self.offered:
            raise QuantityFault(Message("after: this arm is offered nothing"), "after")
        return self

    def begins(self, begins: float) -> float:
        """Return when it is offered the programme, in days; infinity for never."""
        later = 0.0 if self.after is None else self.after.number
        return begins + later if self.offered else NEVER


class LotteryArm(ClientArm, OfferedArm):
    """One of several arms of a lottery."""


class SeveralArms(Record):
    """A design whose lots may be drawn between more than two arms, which are compared two by two.

    Those drawn to two of the arms are the same design with two arms, given who fell in either.
    """

    # What a file says of two arms, and of several never.
    of_two_arms: ClassVar[tuple[str, ...]] = ()

    arms: Mapping[str, DesignArm] = Field(
        default_factory=dict, description="Three arms or more, by name, instead of two."
    )
    compared: str | None = Field(None, description="The arm that the others are compared with.")
    contrasts: tuple[Names, ...] | None = Field(
        None,
        description="The pairs of arms that are compared; each with `compared`, unless said.",
    )
    between: Names | None = Field(
        None, description="The two arms that one comparison is about; the program fills it in."
    )

    @property
    def pairs_of_arms(self) -> tuple[Contrast, ...]:
        """Which arms are compared, the first with the second; none where there are but two."""
        if self.contrasts is not None:
            return tuple((first, second) for first, second in self.contrasts)
        return tuple((name, str(self.compared)) for name in self.arms if name != self.compared)

    @property
    def offers_first_alone(self) -> bool:
        """Whether of the two arms that are compared the lot offers the first alone anything.

        With encouragement: whether it moves more of the first to be offered it.
        """
        return True

    @property
    def alike_in_flow(self) -> tuple[str, ...]:
        """The arms that a flow of one programme cannot tell from the first that is compared."""
        return ()

    def comparing(self, pair: Contrast) -> Self:
        """Return the same design as the one of two arms that it is for two of its arms."""
        return self.model_copy(update={"between": pair})

    @model_validator(mode="after")
    def _has_arms(self) -> Self:
        if not self.arms:
            if self.compared or self.contrasts or self.between:
                raise QuantityFault(Message("arms: expected the arms that are compared"), "arms")
            return self
        for name in self.of_two_arms:
            if name in self.model_fields_set:
                raise QuantityFault(
                    Message("'{name}' is for two arms; with arms each has its own", name=name), name
                )
        check_arms(self.arms, self.compared, self.contrasts)
        if self.between is not None:
            check_arms(self.arms, self.compared, (self.between,))
        return self


def offered_alike(arms: Mapping[str, OfferedArm], pair: Names | None) -> tuple[str, ...]:
    """Return the other arms that are offered the programme when the first of a pair is."""
    if pair is None:
        return ()
    first = arms[pair[0]]
    return tuple(
        name
        for name, own in arms.items()
        if name != pair[0] and own.offered and own.after == first.after
    )


def share_of_pair(arms: Mapping[str, ClientArm], pair: Names) -> float:
    """Return the share of the first of two arms among those drawn to either."""
    by_name = dict(zip(arms, shares_of(arms), strict=True))
    first, second = (float(by_name[name]) for name in pair)
    return first / (first + second)


def shares_of(arms: Mapping[str, ClientArm]) -> Floats:
    """Return the share of each arm, shape (arms,); they sum to 1."""
    given = np.array([np.nan if own.share is None else own.share.number for own in arms.values()])
    open_arms = np.isnan(given)
    left = 1.0 - float(np.nansum(given))
    shares = np.where(open_arms, left / max(1, int(open_arms.sum())), given)
    return np.asarray(shares / shares.sum())


def check_arms(
    arms: Mapping[str, DesignArm],
    compared: str | None,
    contrasts: tuple[tuple[str, ...], ...] | None,
) -> None:
    """Refuse arms that cannot be drawn or compared.

    Raises
    ------
    QuantityFault
        Fewer than three arms, words of two arms, no arm to compare with, a contrast of other than
        two different arms, or the same contrast twice.
    """
    if len(arms) < LEAST_ARMS:
        raise QuantityFault(
            Message(
                "arms: expected three or more; found {found}. Two arms are the design without "
                "'arms'",
                found=len(arms),
            ),
            "arms",
        )
    # By name or by another word, as often as an arm likes, but never two arms by one.
    words = [{one.lower() for one in (name, *own.words)} for name, own in arms.items()]
    if len(set().union(*words)) < sum(map(len, words)):
        raise QuantityFault(Message("arms: two arms have the same word in the register"), "arms")
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
    if len({frozenset(pair) for pair in contrasts or ()}) < len(contrasts or ()):
        raise QuantityFault(Message("contrasts: the same two arms are compared twice"), "contrasts")


def check_shares(arms: Mapping[str, ClientArm]) -> None:
    """Refuse shares that are no whole; there are none of two arms."""
    if not arms:
        return
    given = [own.share.number for own in arms.values() if own.share is not None]
    is_whole = abs(sum(given) - 1.0) <= SLACK if len(given) == len(arms) else sum(given) < 1.0
    if not is_whole or min(given, default=1.0) <= 0.0:
        raise QuantityFault(
            Message("arms: expected shares above 0 % that come to 100 % together"), "arms"
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


def arm_of_pair(drawn: Ints | Floats, arms: Mapping[str, DesignArm], pair: Names | None) -> Floats:
    """Return each one's arm in a comparison of two: 1 for the first, 0 for the second, else NaN.

    Parameters
    ----------
    drawn : ndarray, shape (clients,)
        The place of each one's arm among all; NaN for who is in none.
    arms : mapping
        All arms.
    pair : tuple of str or None
        The two that are compared; None where none are.
    """
    arm = np.full(len(drawn), np.nan)
    for value, name in zip((1.0, 0.0), pair or (), strict=False):
        arm[drawn == list(arms).index(name)] = value
    return arm
