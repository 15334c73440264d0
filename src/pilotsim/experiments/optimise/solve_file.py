"""What a solve file says: a flow, what may be changed, what is to be reached, how surely."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, read_value
from pilotsim.experiments.study.study_file import Assumptions, Questions, Seed
from pilotsim.files.parts import VariedPart
from pilotsim.model.fields import Count, Real, Record, Share, Words
from pilotsim.model.naming import VALUES, NameOf, SettablePath


class LeverPart(VariedPart):
    """Something that may be chosen: places, posts, months."""

    levels: tuple[Any, ...] | None = Field(
        None, description="The values it may take, from the least to the most."
    )
    step: Any | None = Field(
        None, description="From one value of a range to the next; 1, unless said."
    )
    price: Real | None = Field(
        None, description="What one unit of it costs, as its values are written."
    )

    @model_validator(mode="after")
    def _has_values(self) -> LeverPart:
        if (self.levels is None) == (self.low is None):
            raise QuantityFault(
                Message("a lever needs either levels ([10, 20, 40]) or low and high")
            )
        if self.step is not None and self.low is None:
            raise QuantityFault(Message("levels are listed already; leave 'step' out"), "step")
        if self.levels is not None and len(self.levels) < 2:
            raise QuantityFault(Message("expected two levels or more"), "levels")
        if self.price is not None and self.price.number < 0:
            raise QuantityFault(
                Message("expected a price of 0 or more; found {found}", found=self.price.written),
                "price",
            )
        return self


class SolveFile(Record):
    """A solve file."""

    solve: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    flow: str = Field(description="The flow file, as seen from this file's folder.")
    scenario: Annotated[str, NameOf(("scenarios",))] | None = Field(
        None, description="A scenario of the flow file to begin with."
    )
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict, alias="set", description="Further changes to the flow."
    )
    target: Questions = Field(
        description=(
            "What is to be met: target, target.reading, or all; of several, all in the same run."
        )
    )
    levers: dict[Annotated[str, NameOf((VALUES,), free=True)], LeverPart] = Field(
        min_length=1, max_length=4, description="What may be chosen."
    )
    probability: Share | None = Field(
        None, description="How likely it must be: the least that reaches this is sought."
    )
    budget: Real | None = Field(
        None, description="Or what it may cost: the most likely within it is sought."
    )
    monotone: bool = Field(
        False, description="Whether more of any lever never makes it less likely."
    )
    confidence: Share = Field(
        default_factory=lambda: read_value("90 %", "share"),
        description="How sure the answer must be.",
    )
    margin: Share = Field(
        default_factory=lambda: read_value("1 %", "share"),
        description="What is this near need not be told apart.",
    )
    most_runs: Count = Field(
        default_factory=lambda: read_value(20_000, "count"),
        description="The search ends at so many runs.",
    )
    frontier: Count = Field(
        default_factory=lambda: read_value(100, "count"),
        description=(
            "Runs, fixed in number, of each level for the figure, or of the answer among several "
            "choices."
        ),
    )
    assumptions: Assumptions = Field(
        "drawn", description="Drawn anew in each run, or all at their values."
    )
    seed: Seed = 1

    @model_validator(mode="after")
    def _asks_one_thing(self) -> SolveFile:
        if (self.probability is None) == (self.budget is None):
            raise QuantityFault(
                Message(
                    "a search needs one of: probability (what must be reached), budget (what may "
                    "be spent)"
                )
            )
        if self.probability is not None and not 0 < self.probability.number < 1:
            raise QuantityFault(
                Message("no number of runs proves 0 % or 100 %; expected a probability between"),
                "probability",
            )
        if not 0.5 <= self.confidence.number < 1:
            raise QuantityFault(
                Message(
                    "expected a confidence from 50 % to below 100 %; found {found}",
                    found=self.confidence.written,
                ),
                "confidence",
            )
        if self.most_runs.number < 1:
            raise QuantityFault(Message("expected 1 run or more"), "most_runs")
        if self.budget is not None or len(self.levers) > 1:
            for name, lever in self.levers.items():
                if lever.price is None:
                    raise QuantityFault(
                        Message("several levers, or a budget, need a price for each lever"),
                        "levers",
                        name,
                    )
        return self
