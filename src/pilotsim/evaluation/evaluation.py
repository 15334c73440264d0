"""An evaluation ready to run: flows, designs, inquiries and answer strategies, names resolved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pilotsim.base.calendar import Calendar
from pilotsim.base.text import Text
from pilotsim.evaluation.estimands import Estimand
from pilotsim.evaluation.evaluation_file import (
    ConductPart,
    EffectSizes,
    EvaluationDesignPart,
    WorthPart,
)
from pilotsim.evaluation.inquiry_labels import label_of
from pilotsim.evaluation.looks import LookSchedule
from pilotsim.evaluation.strategy import Strategy
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Selection


@dataclass(frozen=True)
class EvaluationSource:
    """The file that an evaluation was read from.

    Parameters
    ----------
    file : str
        The file.
    digest : str
        Of what stood there and in its flow's file when it was read.
    """

    file: str
    digest: str


@dataclass(frozen=True)
class EvaluationDistrict:
    """A district, with the flow as it is there."""

    name: str
    flow: Flow

    @cached_property
    def calendar(self) -> Calendar:
        """The flow's calendar, the same in all draws."""
        return self.flow.make_calendar()


@dataclass(frozen=True)
class Design:
    """A data strategy with the answer strategies that are to be tried on it.

    Parameters
    ----------
    name : str
        Its name in the file.
    says : Text
        For people.
    part : EvaluationDesignPart
        What the file says.
    strategies : tuple of Strategy
        How the effect is estimated.
    schedule : LookSchedule or None
        When the first of them is looked at along the way; None where it is not.
    no_looks : Message or None
        Why not, where the file has looks.
    """

    name: str
    says: Text
    part: EvaluationDesignPart
    strategies: tuple[Strategy, ...]
    schedule: LookSchedule | None = None
    no_looks: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """One cell of the grid of an evaluation.

    Parameters
    ----------
    name : str
        What the evaluation is called.
    title : Text
        For people.
    cell : mapping of str to str
        The levels of the grid that hold here; empty without a grid.
    places : tuple of EvaluationDistrict
        The districts.
    begins : float
        From when offers are made and time counts, in days.
    listed : int
        The same in months.
    population : Selection
        Whom it is about.
    treatment : tuple of str
        The stages whose start counts as starting the programme.
    per_month : float
        Assistance paid for a month.
    spread : mapping of str to float
        By path: how far districts lie apart, as a log standard deviation.
    effects : EffectSizes or None
        Which value of the flow says how strong the programme is.
    estimands : mapping of str to Estimand
        By name.
    asked : mapping of str to Text or None
        What each asks, for people.
    designs : tuple of Design
        What is compared.
    draws, seed : int
        How many pilots, and the seed.
    fixed : bool
        All assumptions at their values.
    level : float
        Of the intervals.
    power : float
        With which the least effect should be seen.
    range_draws : int
        Draws with effects over a range, to find that; 0 where it is not asked.
    range_most : float
        The largest effect of that range, in percentage points.
    above : tuple of float
        Limits in percentage points of which the chance that the effect is above is told.
    worth : WorthPart or None
        Which answer is told in kroner, at which price and cost.
    untried : tuple of Text
        What else is compared, of which no draw of the pilot can tell the truth: two arms that are
        both offered the programme.
    conduct : ConductPart or None
        What is decided of those whom it is about.
    source : EvaluationSource or None
        Where it was read from; None for one that no file holds.
    """

    name: str
    title: Text
    cell: Mapping[str, str]
    places: tuple[EvaluationDistrict, ...]
    begins: float
    listed: int
    population: Selection
    treatment: tuple[str, ...]
    per_month: float
    spread: Mapping[str, float]
    effects: EffectSizes | None
    estimands: Mapping[str, Estimand]
    asked: Mapping[str, Text | None]
    designs: tuple[Design, ...]
    draws: int
    seed: int
    fixed: bool
    level: float
    power: float
    range_draws: int
    range_most: float
    above: tuple[float, ...] = ()
    worth: WorthPart | None = None
    untried: tuple[Text, ...] = ()
    conduct: ConductPart | None = None
    source: EvaluationSource | None = None

    def says_of(self, inquiry: str, language: str) -> str:
        """Return what an inquiry asks, for people."""
        return label_of(self.asked.get(inquiry), self.estimands[inquiry], language)

    @property
    def flow(self) -> Flow:
        """The flow of the first district."""
        return self.places[0].flow
