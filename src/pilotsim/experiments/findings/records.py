"""What is found in the results of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval
from pilotsim.base.text import Text
from pilotsim.experiments.findings.history_matching import RuledOut
from pilotsim.experiments.sensitivity.distribution_indices import DistributionIndices
from pilotsim.experiments.sensitivity.morris import ElementaryEffects
from pilotsim.experiments.sensitivity.prim import Discovery
from pilotsim.experiments.sensitivity.scenario_differences import Grid
from pilotsim.experiments.sensitivity.shapley import ShapleyEffects
from pilotsim.experiments.sensitivity.sobol import Indices, Spread
from pilotsim.language.changes import ToldChange, shared_changes


@dataclass(frozen=True)
class ResponseInfo:
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
class FactorInfo:
    """A factor of a study's design; `value` gives the unit in which its numbers are written."""

    name: str
    says: Text
    value: Quantity


@dataclass(frozen=True)
class ScenarioDifference:
    """A response in a scenario beside another, with the same clients.

    Parameters
    ----------
    response, scenario : str
        Their names.
    before, after : float
        The response's mean in the scenario compared with, and in this one.
    change : Interval
        After less before, with its 95 % interval.
    chance : Interval or None
        The same of the probability of meeting the bound, where there is one.
    undefined : int
        In how many pairs of runs the response is missing in one or the other; they are left out.
    before_half, after_half : float
        Half the 95 % intervals of `before` and `after` over replications, their Monte Carlo errors.
    """

    response: str
    scenario: str
    before: float
    after: float
    change: Interval
    chance: Interval | None
    undefined: int = 0
    before_half: float = math.nan
    after_half: float = math.nan


@dataclass(frozen=True)
class VarianceSplit:
    """How much of a response's spread in a scenario the factors make, and how much is chance."""

    response: str
    scenario: str
    spread: Spread


@dataclass(frozen=True)
class SensitivityResult:
    """What a response hangs on in a scenario, by one method; all others are None."""

    response: str
    scenario: str
    indices: Indices | None = None
    effects: ElementaryEffects | None = None
    shapley: ShapleyEffects | None = None
    distribution: DistributionIndices | None = None

    @property
    def method(self) -> str:
        """Which: `sobol`, `elementary_effects`, `shapley`, `delta` or `pawn`."""
        if self.distribution is not None:
            return self.distribution.method
        if self.shapley is not None:
            return "shapley"
        return "elementary_effects" if self.indices is None else "sobol"


@dataclass(frozen=True)
class FailureRegion:
    """Where a response misses its bound in a scenario.

    Parameters
    ----------
    response, scenario : str
        Of what, and where.
    discovery : Discovery
        The box of factors.
    undefined, runs : int
        In how many of all runs the response does not exist: it neither meets its bound there nor
        misses it, and they are left out. So are points in which it exists in no run.
    """

    response: str
    scenario: str
    discovery: Discovery
    undefined: int = 0
    runs: int = 0


@dataclass(frozen=True)
class Interaction:
    """How two factors act together on a response in a scenario."""

    response: str
    scenario: str
    first: str
    second: str
    grid: Grid


@dataclass(frozen=True)
class LeftOutPoint:
    """A point of the design, and what a surrogate told of it that had not seen it."""

    point: int
    simulated: float
    told: float


@dataclass(frozen=True)
class SurrogateQuality:
    """How well a smooth function of the factors tells a response in a scenario.

    Parameters
    ----------
    response, scenario : str
        Of what, and where.
    refused : Message or None
        Why there is none; all numbers are NaN then.
    explained : float
        How much of the variance between points it tells in cross-validation.
    half_width : float
        Within which 95 % of its errors lie.
    error, chance : float
        The standard errors of the surrogate, and of a single run by chance.
    points : tuple of LeftOutPoint
        The points that it was fitted to.
    unknown : int
        How many points of the design it was not fitted to, since there the response has no value in
        some replication, or one that is only the least that it can be.
    """

    response: str
    scenario: str
    refused: Message | None
    explained: float = math.nan
    half_width: float = math.nan
    error: float = math.nan
    chance: float = math.nan
    points: tuple[LeftOutPoint, ...] = ()
    unknown: int = 0


@dataclass(frozen=True)
class Findings(Shown):
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
        The seed, and how many runs it rests on.
    drawn : bool
        Whether assumptions outside the design were drawn.
    scenarios : mapping of str to Text
        What is compared.
    against : str or None
        The scenario that the others are compared with.
    responses : mapping of str to ResponseInfo
        What was measured.
    factors : mapping of str to FactorInfo
        What was varied.
    compared, spreads, hangs, missed, together : tuples
        What was worked out.
    surrogates : tuple of SurrogateQuality
        How well surrogates tell responses.
    ruled_out : RuledOut or None
        What figures from outside rule out.
    changes_of_scenarios : mapping of str to tuple of ToldChange
        What each scenario's flow was changed in from its file.
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
    responses: Mapping[str, ResponseInfo]
    factors: Mapping[str, FactorInfo]
    compared: tuple[ScenarioDifference, ...] = ()
    spreads: tuple[VarianceSplit, ...] = ()
    hangs: tuple[SensitivityResult, ...] = ()
    missed: tuple[FailureRegion, ...] = ()
    together: tuple[Interaction, ...] = ()
    surrogates: tuple[SurrogateQuality, ...] = ()
    ruled_out: RuledOut | None = None
    changes_of_scenarios: Mapping[str, tuple[ToldChange, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> tuple[ToldChange, ...]:
        """What all scenarios were changed in: what the study changed before it compared."""
        return shared_changes(self.changes_of_scenarios)

    @property
    def is_empty(self) -> bool:
        """Whether the study asks nothing of its results."""
        found = (self.compared, self.spreads, self.hangs, self.missed, self.together)
        return not any(found) and not self.surrogates and self.ruled_out is None
