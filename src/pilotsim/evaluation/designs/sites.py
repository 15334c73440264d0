"""A district before anybody is offered anything, and what a design decides there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pilotsim.base import randomness
from pilotsim.base.arrays import Bools, Floats, Ints
from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.simulation.population import Cohort

NEVER = math.inf


@dataclass(frozen=True)
class Site:
    """A district before anybody is offered anything.

    Parameters
    ----------
    cohort : Cohort
        Its clients.
    population, comparison : ndarray of bool, shape (clients,)
        Who may be offered the programme, and who is only compared with.
    begins : float
        From when offers are made, in days.
    name : str
        The district's name.
    districts : tuple of str
        The names of all districts of the evaluation.
    seed, draw : int
        The seed of what is drawn for all districts at once.
    """

    cohort: Cohort
    population: Bools
    comparison: Bools
    begins: float
    name: str
    districts: tuple[str, ...]
    seed: int
    draw: int

    @property
    def eligible(self) -> Ints:
        """The clients who may be offered the programme."""
        return np.flatnonzero(self.population)

    def lots(self, word: str) -> Floats:
        """Return each eligible client's own uniform number for a purpose."""
        return np.asarray(
            self.cohort.draws.block(randomness.code(f"design/{word}"))[self.eligible, 0]
        )

    def district_lots(self, word: str) -> Floats:
        """Return each district's uniform number for a purpose, shape (districts,).

        They are the same at every site.
        """
        group = randomness.code("design")
        purpose = randomness.code(f"design/{word}")
        return np.array(
            [
                randomness.uniform(self.seed, self.draw, group, randomness.code(name), purpose, 0)
                for name in self.districts
            ]
        )


@dataclass(frozen=True)
class Assignment:
    """What a design decides at a site.

    Parameters
    ----------
    offered_from : ndarray of float, shape (clients,)
        From when each may be offered the programme, in days; `inf` for never.
    arm : ndarray of float, shape (clients,)
        1 for those to be compared as offered, 0 for those they are compared with, NaN for who is in
        neither arm.
    block : ndarray of float, shape (clients,)
        The block in which lots were drawn; NaN for none.
    responds : ndarray of bool, shape (clients,)
        Whose offer hangs on the arm.
    chance : ndarray of float, shape (clients,)
        With what chance each came into arm 1; NaN where nobody can tell.
    """

    offered_from: Floats
    arm: Floats
    block: Floats
    responds: Bools
    chance: Floats


def assign_eligible(
    site: Site,
    arm: Floats,
    times: Floats,
    block: Floats | None = None,
    responds: Bools | None = None,
    chance: Floats | None = None,
) -> Assignment:
    """Return an assignment of the eligible from arrays over them.

    The comparison is in arm 0 and never offered.

    Parameters
    ----------
    site : Site
        The district.
    arm, times : ndarray of float, shape (eligible,)
        Each one's arm, and from when each may be offered the programme, in days.
    block : ndarray of float or None, shape (eligible,)
        The block of each; one for all unless said.
    responds : ndarray of bool or None, shape (eligible,)
        Whose offer hangs on the arm; everybody's unless said.
    chance : ndarray of float or None, shape (eligible,)
        With what chance each came into arm 1; the same for all unless said.
    """
    clients = len(site.cohort)
    eligible = site.eligible

    offered = np.full(clients, NEVER)
    offered[eligible] = times

    arms = np.full(clients, np.nan)
    arms[site.comparison] = 0.0
    arms[eligible] = arm

    blocks = np.full(clients, np.nan)
    blocks[eligible] = 0.0 if block is None else block

    answers = np.zeros(clients, np.bool_)
    answers[eligible] = True if responds is None else responds

    chances = np.full(clients, np.nan)
    chances[eligible] = 0.5 if chance is None else chance

    return Assignment(
        offered_from=offered, arm=arms, block=blocks, responds=answers, chance=chances
    )


def check_districts(names: tuple[str, ...], site: Site) -> None:
    """Raise `RequestError` for a district that the evaluation does not have."""
    for name in names:
        if name not in site.districts:
            raise RequestError(
                Message(
                    "the evaluation has no district '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, site.districts),
                )
            )


def trait_of(site: Site, name: str) -> Floats:
    """Return a trait of the eligible, seen by a register or not.

    Raises
    ------
    RequestError
        The flow has no such trait.
    """
    traits: Mapping[str, Floats] = site.cohort.traits
    if name not in traits:
        raise RequestError(
            Message(
                "the flow has no trait '{name}'{meant}", name=name, meant=did_you_mean(name, traits)
            )
        )
    return np.asarray(traits[name][site.eligible])
