"""What is found in the results of a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotsim.base.quantity import Text, Value
from pilotsim.experiments.sensitivity.morris import Effects
from pilotsim.experiments.sensitivity.prim import Discovery
from pilotsim.experiments.sensitivity.scenario_differences import Difference, Grid
from pilotsim.experiments.sensitivity.sobol import Indices, Spread


@dataclass(frozen=True)
class Asked:
    """A response of a study, as it is shown.

    Parameters
    ----------
    name : str
        What results call it.
    says : Text
        What it counts, for people.
    kind : str
        Its unit: a kind of value.
    bound : float or None
        What must be reached, in base units.
    at_least : bool
        Whether it must be reached from below.
    """

    name: str
    says: Text
    kind: str
    bound: float | None
    at_least: bool


@dataclass(frozen=True)
class Varied:
    """A factor of a study's design, as it is shown: `value` gives the unit in which its numbers are written."""

    name: str
    says: Text
    value: Value


@dataclass(frozen=True)
class Compared:
    """A response in a scenario beside another, with the same clients.

    Parameters
    ----------
    response, scenario : str
        Their names.
    before, after : float
        The response's mean in the scenario compared with, and in this one.
    change : Difference
        After less before, with its 95 % interval.
    chance : Difference or None
        The same of the probability of meeting the bound, where there is one.
    """

    response: str
    scenario: str
    before: float
    after: float
    change: Difference
    chance: Difference | None


@dataclass(frozen=True)
class Spreads:
    """How much of a response's spread in a scenario the design's factors make, and how much is chance."""

    response: str
    scenario: str
    spread: Spread


@dataclass(frozen=True)
class Hangs:
    """What a response hangs on in a scenario: its Sobol indices, or its elementary effects."""

    response: str
    scenario: str
    indices: Indices | None
    effects: Effects | None


@dataclass(frozen=True)
class Missed:
    """Where a response misses its bound in a scenario."""

    response: str
    scenario: str
    discovery: Discovery


@dataclass(frozen=True)
class Together:
    """How two factors act together on a response in a scenario."""

    response: str
    scenario: str
    first: str
    second: str
    grid: Grid


@dataclass(frozen=True)
class Findings:
    """All that is found in the results of a study.

    Parameters
    ----------
    name, title : str, Text
        Of the study.
    about : Text or None
        What it is about.
    file : str
        The study's file.
    seed, runs : int
        The key of all chance, and how many runs it rests on.
    drawn : bool
        Whether assumptions outside the design were drawn.
    scenarios : mapping of str to Text
        What is compared.
    against : str or None
        The scenario that the others are compared with.
    responses : mapping of str to Asked
        What was measured.
    factors : mapping of str to Varied
        What was varied.
    compared, spreads, hangs, missed, together : tuples
        What was worked out.
    """

    name: str
    title: Text
    about: Text | None
    file: str
    seed: int
    runs: int
    drawn: bool
    scenarios: Mapping[str, Text]
    against: str | None
    responses: Mapping[str, Asked]
    factors: Mapping[str, Varied]
    compared: tuple[Compared, ...] = ()
    spreads: tuple[Spreads, ...] = ()
    hangs: tuple[Hangs, ...] = ()
    missed: tuple[Missed, ...] = ()
    together: tuple[Together, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the study asks nothing of its results."""
        return not (self.compared or self.spreads or self.hangs or self.missed or self.together)
