"""What a study file says: a flow, scenarios, a design, responses, how often, and what is kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from pilotsim.base.arguments import LARGEST_SEED
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, read_value, show
from pilotsim.files.parts import VariedPart
from pilotsim.model.fields import (
    NAMES_SCHEMA,
    AnyValue,
    Count,
    Names,
    Record,
    Share,
    Words,
    check_one_of,
    one_of,
    read_names,
    record_schema,
)
from pilotsim.model.naming import (
    ASSUMPTIONS,
    OPTIONS,
    OWN,
    VALUES,
    ChoiceName,
    NameOf,
    SettablePath,
    marked,
)
from pilotsim.model.targets import Measure

ALL = "all"
OWN_RANGE = "own_range"
PUBLISHED = "published"
Assumptions = Literal["drawn", "fixed"]
Kept = Literal["replications", "csv", "blocks"]
REPLICATIONS: Kept = "replications"
CSV: Kept = "csv"
BLOCKS: Kept = "blocks"


# Targets by themselves, by one of their readings, or all.
Questions = Annotated[Names, NameOf(("questions",), (ALL,))]
# What is measured: by the flow's targets and observed outputs, or by measures of the study's own.
RESPONSES = NameOf(("questions", "observed", f"{OWN}responses.measures"))
ResponseName = Annotated[str, RESPONSES]


class ScenarioPart(Record):
    """A named change to the flow."""

    says: Words | None = Field(
        None, description="What it is, for people; that of the flow's scenario, unless said."
    )
    like: Annotated[str, NameOf(("scenarios",))] | None = Field(
        None, description="A scenario of the flow file that this one begins with."
    )
    choose: dict[ChoiceName, Annotated[str, NameOf((OPTIONS,))]] = Field(
        default_factory=dict, description="The option taken of choices of the flow file."
    )
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict,
        alias="set",
        description="Paths in the flow file, and what they become.",
    )


class FactorPart(VariedPart):
    """What a design varies: a value of the flow, or several together."""

    own_range: bool = Field(
        False, description="The range that the flow file gives the assumption, spread as it says."
    )
    steps: Count | None = Field(
        None, description="For designs of levels: how many, evenly from the lower end to the upper."
    )

    @model_validator(mode="after")
    def _has_values(self) -> FactorPart:
        ways = [self.levels is not None, self.low is not None, self.own_range]
        if sum(ways) != 1:
            raise QuantityFault(
                Message(
                    "what is varied needs one of: levels ([10, 20]), low and high, or own_range"
                )
            )
        if self.levels is not None and (not self.levels or self.steps is not None):
            raise QuantityFault(
                Message("expected one or more levels")
                if not self.levels
                else Message("levels are listed already; leave 'steps' out")
            )
        if self.steps is not None and self.steps.number < 2:
            raise QuantityFault(Message("expected 2 steps or more"), "steps")
        if self.own_range and (
            self.times is not None or (self.sets is not None and len(self.sets) != 1)
        ):
            raise QuantityFault(
                Message(
                    "own_range is the range of one assumption; give low and high for several "
                    "values, or for times"
                )
            )
        return self


def _read_factor_part(raw: Any) -> Any:
    if raw == OWN_RANGE:
        return {"own_range": True}
    return {"levels": raw} if isinstance(raw, list) else raw


_FACTOR_SCHEMA = record_schema(
    {
        "anyOf": [
            {"const": OWN_RANGE},
            {"type": "array", "items": {"type": ["string", "number"]}},
        ]
    },
    FactorPart,
)
FactorParts = dict[
    Annotated[str, NameOf((VALUES,), free=True)],
    Annotated[FactorPart, BeforeValidator(_read_factor_part), WithJsonSchema(_FACTOR_SCHEMA)],
]

LEVELLED = ("one_at_a_time", "full_factorial")
SPREAD = (
    "latin_hypercube",
    "sobol_sequence",
    "sobol_indices",
    "elementary_effects",
    "shapley_effects",
)
LISTED = ("list",)


class DesignPart(Record):
    """At which values of assumptions and levers the flow is run."""

    method: Literal[
        "one_at_a_time",
        "full_factorial",
        "latin_hypercube",
        "sobol_sequence",
        "sobol_indices",
        "elementary_effects",
        "shapley_effects",
        "list",
    ]
    points: Count | None = Field(
        None,
        description=(
            "How many; of sobol_indices base rows, of elementary_effects trajectories, "
            "of shapley_effects walks."
        ),
    )
    over: FactorParts = Field(
        default_factory=dict,
        description="What is varied: a path of the flow, or a name of your own.",
    )
    assumptions: Annotated[Names, NameOf((ASSUMPTIONS, "drawn"), (ALL,))] = Field(
        (), description="Assumptions varied over their own ranges: paths, or all."
    )
    file: str | None = Field(
        None,
        description="For list: a CSV file with a column for each factor and a row for each point.",
    )

    @model_validator(mode="after")
    def _fits_its_method(self) -> DesignPart:
        if (self.points is not None) != (self.method in SPREAD):
            raise QuantityFault(
                Message("{method} needs 'points'", method=self.method)
                if self.method in SPREAD
                else Message("{method} has no use for 'points'", method=self.method)
            )
        if (self.file is not None) != (self.method in LISTED):
            raise QuantityFault(
                Message("{method} needs 'file'", method=self.method)
                if self.method in LISTED
                else Message("{method} has no use for 'file'", method=self.method)
            )
        if not self.over and not self.assumptions and self.file is None:
            raise QuantityFault(Message("a design needs something to vary: over, or assumptions"))
        if self.points is not None and self.points.number < 1:
            raise QuantityFault(Message("expected 1 point or more"), "points")
        return self


class ResponsePart(Record):
    """A measure of the study's own, written like one of a target."""

    says: Words | None = Field(None, description="What it counts, for people.")
    measure: Measure
    at_least: AnyValue | None = Field(
        None, description="Also ask how likely it is to be at least this."
    )
    at_most: AnyValue | None = Field(
        None, description="Also ask how likely it is to be at most this."
    )

    @model_validator(mode="after")
    def _one_bound(self) -> ResponsePart:
        if self.at_least is not None and self.at_most is not None:
            raise QuantityFault(Message("a response is bounded by at_least or at_most, not both"))
        return self


class ResponsesPart(Record):
    """What is measured in every run."""

    targets: Questions = Field(
        (), description="Targets of the flow: target, target.reading, or all."
    )
    observed: Annotated[Names, NameOf(("observed",), (ALL,))] = Field(
        (), description="Observed outputs of the flow, by name, or all that are measured in a run."
    )
    measures: dict[str, ResponsePart] = Field(
        default_factory=dict, description="Further measures by name."
    )

    @model_validator(mode="after")
    def _asks_something(self) -> ResponsesPart:
        if not self.targets and not self.observed and not self.measures:
            raise QuantityFault(Message("a study needs a response: targets, observed, or measures"))
        return self


class PrecisionPart(Record):
    """How narrow a 95 % interval must be before replications stop: half its width."""

    model_config = one_of(("mean", "chance"))

    mean: AnyValue | None = Field(None, description="Of the mean of the response, in its unit.")
    chance: AnyValue | None = Field(
        None, description="Of the probability of meeting its bound: a share such as '3 %'."
    )

    @model_validator(mode="after")
    def _is_one(self) -> PrecisionPart:
        check_one_of(self, ("mean", "chance"), Message("a half-width"))
        half = self.mean or self.chance
        if half is not None and half.number <= 0:
            raise QuantityFault(
                Message("expected a half-width above 0; found {found}", found=half.written)
            )
        if self.chance is not None and self.chance.kind != "share":
            raise QuantityFault(
                Message("expected a share such as '3 %'; found {found}", found=self.chance.written),
                "chance",
            )
        return self


class ReplicationsPart(Record):
    """How often each point is run: a number, or until intervals are narrow."""

    at_least: Count
    at_most: Count
    until: dict[ResponseName, PrecisionPart] = Field(
        default_factory=dict, description="By response: how narrow its interval must be."
    )

    @model_validator(mode="after")
    def _in_order(self) -> ReplicationsPart:
        low, high = self.at_least.number, self.at_most.number
        if low < 1:
            raise QuantityFault(
                Message(
                    "expected 1 replication or more; found {found}", found=self.at_least.written
                ),
                "at_least",
            )
        if low > high:
            raise QuantityFault(
                Message(
                    "at_least ({least}) is more than at_most ({most})",
                    least=self.at_least.written,
                    most=self.at_most.written,
                )
            )
        if low < high and not self.until:
            raise QuantityFault(
                Message(
                    "says at_least and at_most, but not until when: add 'until', or write one "
                    "number"
                )
            )
        if self.until and low < 2:
            raise QuantityFault(Message("an interval needs 2 replications or more"), "at_least")
        return self


def _read_replications(raw: Any) -> Any:
    if isinstance(raw, bool | int | float | str):
        count = read_value(raw, "count")
        if count.number < 1:
            raise QuantityFault(
                Message("expected 1 replication or more; found {found}", found=show(raw))
            )
        return {"at_least": count, "at_most": count}
    return raw


def _read_seed(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not 0 <= raw <= LARGEST_SEED:
        raise QuantityFault(
            Message(
                "expected a whole number from {least} to {most}; found {found}",
                least=0,
                most=LARGEST_SEED,
                found=show(raw),
            )
        )
    return raw


def _read_replications_schema() -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 1}
    until = {
        "type": "object",
        "propertyNames": marked({"type": "string"}, RESPONSES),
        "additionalProperties": {"type": "object", "properties": {"mean": {}, "chance": {}}},
    }
    parts = {"at_least": whole, "at_most": whole, "until": until}
    return {
        "anyOf": [whole, {"type": "object", "properties": parts, "additionalProperties": False}]
    }


Replications = Annotated[
    ReplicationsPart,
    BeforeValidator(_read_replications),
    WithJsonSchema(_read_replications_schema()),
]
# Not `int`: whole numbers of a file are small, seeds are not.
Seed = Annotated[
    Any, BeforeValidator(_read_seed), WithJsonSchema({"type": "integer", "minimum": 0})
]


class DifferencesPart(Record):
    """Every other scenario beside one of them."""

    against: Annotated[str, NameOf((f"{OWN}scenarios",))] = Field(
        description="The scenario that the others are compared with."
    )


class DiscoveryPart(Record):
    """Where targets are missed."""

    misses: Annotated[Names, RESPONSES] = Field(
        description="The responses with a bound whose misses are explained."
    )
    dense: Share = Field(
        default_factory=lambda: read_value("80 %", "share"),
        description="How many of the runs in the box shall miss.",
    )


class FigurePart(Record):
    """A figure from outside of the study, and how exact it is."""

    value: AnyValue | None = Field(None, description="The figure, in the unit of the response.")
    error: AnyValue | None = Field(None, description="Its standard error; 0 for an exact count.")
    low: AnyValue | None = Field(
        None, description="Or the lower end of its 95 % interval, the figure in its middle."
    )
    high: AnyValue | None = Field(None, description="The upper end.")
    published: Annotated[str, NameOf(("observed",))] | None = Field(
        None, description="Or an observed output of the flow, with its figure and its tolerance."
    )
    source: str | None = Field(None, description="Where it was read.")

    @model_validator(mode="after")
    def _is_one(self) -> FigurePart:
        given = {
            key
            for key in ("value", "error", "low", "high", "published")
            if getattr(self, key) is not None
        }
        if given not in ({"value", "error"}, {"low", "high"}, {"published"}):
            raise QuantityFault(
                Message("a figure is given by value and error, by low and high, or by published")
            )
        for one in (self.value, self.error, self.low, self.high):
            if one is not None and one.follows:
                raise QuantityFault(
                    Message(
                        "a published figure stands as it was printed; it follows no other value"
                    )
                )
        if self.error is not None and self.error.number < 0:
            raise QuantityFault(
                Message(
                    "expected a standard error of 0 or more; found {found}",
                    found=self.error.written,
                ),
                "error",
            )
        if self.low is not None and self.high is not None and self.low.number >= self.high.number:
            raise QuantityFault(
                Message("expected a number above {written}", written=self.low.written), "high"
            )
        return self


def _read_figures(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    return {name: {PUBLISHED: name} if one == PUBLISHED else one for name, one in raw.items()}


_FIGURE_SCHEMA = record_schema({"anyOf": [{"const": PUBLISHED}]}, FigurePart)
Figures = Annotated[
    dict[ResponseName, Annotated[FigurePart, WithJsonSchema(_FIGURE_SCHEMA)]],
    BeforeValidator(_read_figures),
]


class RulesOutPart(Record):
    """Which points of the design's ranges figures from outside rule out."""

    figures: Figures = Field(
        description=(
            "By response: what was observed; 'published' for the figure of the flow's observed "
            "output of that name."
        )
    )
    scenario: Annotated[str, NameOf((f"{OWN}scenarios",))] | None = Field(
        None,
        description="The scenario in which they were observed; needed where there are several.",
    )

    @model_validator(mode="after")
    def _has_figures(self) -> RulesOutPart:
        if not self.figures:
            raise QuantityFault(Message("expected one or more figures, by response"), "figures")
        return self


def _read_surrogate(raw: Any) -> Any:
    if isinstance(raw, bool):
        return (ALL,) if raw else ()
    return read_names(raw)


SurrogateField = Annotated[
    tuple[str, ...],
    BeforeValidator(_read_surrogate),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, *NAMES_SCHEMA["anyOf"]]}),
    NameOf(RESPONSES.kinds, (ALL,)),
]


class AnalysisRequest(Record):
    """What is worked out from the results of a study."""

    differences: DifferencesPart | None = Field(
        None, description="Each scenario against one of them, with the same clients."
    )
    spread: bool = Field(
        False,
        description="How much of the spread the design's factors make, and how much is chance.",
    )
    sobol: bool = Field(False, description="Sobol indices; the design is sobol_indices.")
    elementary_effects: bool = Field(
        False, description="Elementary effects (Morris); the design is elementary_effects."
    )
    shapley: bool = Field(
        False, description="Shapley effects, shares that add up; the design is shapley_effects."
    )
    delta: bool = Field(
        False, description="Borgonovo's delta of each factor, from points that vary all together."
    )
    pawn: bool = Field(
        False, description="PAWN indices of each factor, from points that vary all together."
    )
    discovery: DiscoveryPart | None = Field(
        None, description="Where in the factors' ranges targets are missed."
    )
    interactions: tuple[tuple[str, str], ...] = Field(
        (), description="Pairs of factors; the design is full_factorial."
    )
    surrogate: SurrogateField = Field(
        (),
        description=(
            "How well a smooth function of the factors tells responses: true for all, or their "
            "names."
        ),
    )
    rules_out: RulesOutPart | None = Field(
        None, description="Figures from outside, and which points they rule out."
    )


class StudyFile(Record):
    """A study file."""

    study: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    flow: str = Field(description="The flow file, as seen from this file's folder.")
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict, alias="set", description="Changes to the flow in every scenario."
    )
    scenarios: dict[str, ScenarioPart] = Field(
        default_factory=dict, description="What is compared; the flow as written, unless said."
    )
    design: DesignPart | None = None
    responses: ResponsesPart
    replications: Replications
    assumptions: Assumptions = Field(
        "drawn",
        description="Those not in the design: drawn once a replication, or all at their values.",
    )
    seed: Seed = 1
    keep: tuple[Kept, ...] = Field(
        (REPLICATIONS, CSV, BLOCKS), description="What stays beside the table of points."
    )
    analysis: AnalysisRequest | None = None
