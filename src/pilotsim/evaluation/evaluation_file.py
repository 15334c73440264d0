"""What an evaluation file says: flow, effects, inquiries, designs, register and answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, QuantityFault, read_value
from pilotsim.effects.inference.group_sequential import Spending
from pilotsim.evaluation.checks import known_checks
from pilotsim.evaluation.designs import DataStrategy, Months, months_of
from pilotsim.evaluation.estimands import (
    AFTER_OFFER,
    AMOUNT,
    AT,
    CUMULATED,
    DEADWEIGHT,
    DISPLACEMENT,
    ENCOURAGED,
    MONTHS_UNTIL,
    OFFERED,
    REACHED,
    SINCE_OFFER,
    THREAT,
    Estimand,
)
from pilotsim.evaluation.estimators import known_estimators, make_strategy
from pilotsim.evaluation.strategy import Strategy
from pilotsim.model.fields import (
    Count,
    Day,
    Names,
    Number,
    OfferedTraits,
    Real,
    Record,
    Share,
    Stages,
    WantedTraits,
    Words,
    check_one_of,
    one_of,
)
from pilotsim.model.named_code import CodeOfOnesOwn
from pilotsim.model.naming import (
    OWN,
    VALUES,
    NameOf,
    SettablePath,
    SharedName,
    TraitName,
    ValuePath,
)
from pilotsim.model.own_code import ESTIMATOR, OUTCOME, REGISTERED
from pilotsim.model.rules.code import not_named
from pilotsim.model.targets import Selection

KINDS = {
    "at": AT,
    "cumulated": CUMULATED,
    "reached": REACHED,
    "months_until": MONTHS_UNTIL,
    "since_offer": SINCE_OFFER,
    "after_offer": AFTER_OFFER,
    "deadweight": DEADWEIGHT,
    "threat": THREAT,
    "displacement": DISPLACEMENT,
}


InquiryName = Annotated[str, NameOf((f"{OWN}inquiries",))]


def whole(number: int) -> Quantity:
    """Return a count."""
    return read_value(number, "count")


def _at_least_one(count: Quantity) -> Quantity:
    if count.number < 1.0:
        raise QuantityFault(Message("expected 1 or more; found {found}", found=count.written))
    return count


def _between(share: Quantity) -> Quantity:
    if not 0.0 < share.number < 1.0:
        raise QuantityFault(
            Message(
                "expected more than 0 % and less than 100 %; found {found}", found=share.written
            )
        )
    return share


Draws = Annotated[Count, AfterValidator(_at_least_one)]
# A level of confidence, or a power.
Level = Annotated[Share, AfterValidator(_between)]


class Inquiry(Record):
    """What is asked of the effect; see `pilotsim.evaluation.estimands.Estimand`."""

    model_config = one_of(KINDS)

    says: Words | None = Field(None, description="What is asked, for people.")
    outcome: str = Field(
        "in_work",
        description="in_work, on_assistance, amount, a state of the register, or one's own.",
    )
    at: Months | None = Field(None, description="The outcome so long after listing.")
    cumulated: Months | None = Field(None, description="The sum over the months until then.")
    reached: Months | None = Field(None, description="Whether it was reached at all until then.")
    months_until: Months | None = Field(
        None, description="Months until it was first reached, at most so many."
    )
    since_offer: Months | None = Field(
        None, description="The mean over so many months from the client's own offer on."
    )
    after_offer: Months | None = Field(
        None, description="The outcome so long after the client's own offer."
    )
    deadweight: Months | None = Field(
        None, description="Of those who have it by then, the share that would have had it anyway."
    )
    threat: Months | None = Field(
        None, description="Leaving assistance within this after the offer, before starting."
    )
    displacement: Months | None = Field(
        None, description="What the others lose for each unit that the offered gain."
    )
    who: Literal[
        "offered",
        "treated",
        "compliers",
        "not_offered",
        "everyone",
        "encouraged",
        "at_limit",
        "either_way",
    ] = Field("offered", description="Whose effect it is.")
    world: Literal["pilot", "programme"] = Field(
        "pilot", description="As the design offers it, or everyone; against nobody."
    )
    traits: WantedTraits = Field(default_factory=dict, description="A subgroup.")

    @model_validator(mode="after")
    def _is_one(self) -> Inquiry:
        check_one_of(self, tuple(KINDS), Message("an inquiry"))
        if months_of(self._length) < 1:
            raise QuantityFault(Message("expected one month or more"))
        return self

    @property
    def kind(self) -> str:
        """The key that says what is asked."""
        return next(name for name in KINDS if getattr(self, name) is not None)

    @property
    def _length(self) -> Quantity:
        length: Quantity = getattr(self, self.kind)
        return length

    def estimand(self, name: str) -> Estimand:
        """Return the estimand that this describes."""
        return Estimand(
            name,
            months_of(self._length),
            self.outcome,
            KINDS[self.kind],
            self.who,
            dict(self.traits),
            self.world,
        )


def _read_checks(raw: Any) -> Any:
    # A list of names asks for each as it is.
    return {str(name): {} for name in raw} if isinstance(raw, list | tuple) else raw


_CHECK_OPTIONS: dict[str, Any] = {"type": "object"}
Checks = Annotated[
    dict[str, dict[str, Any]],
    BeforeValidator(_read_checks),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "array", "items": {"enum": sorted(known_checks())}},
                {
                    "type": "object",
                    "properties": dict.fromkeys(sorted(known_checks()), _CHECK_OPTIONS),
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
# What is checked unless a file says.
USUAL_CHECKS: Mapping[str, Mapping[str, Any]] = {"balance": {}, "attrition": {}}
CHECKS_SAY = (
    "Checks of what the answers rest on, by name, each with its options; "
    "see pilotsim docs estimators."
)


def usual_checks() -> dict[str, dict[str, Any]]:
    """Return what is checked unless a file says."""
    return {name: dict(options) for name, options in USUAL_CHECKS.items()}


EstimatorName = Annotated[
    str, WithJsonSchema({"type": "string", "enum": sorted(known_estimators())})
]


Correction = Literal["holm", "romano_wolf", "none"]
CORRECTION_SAYS = (
    "For several answers: holm, whatever their dependence; romano_wolf, by lots drawn anew, "
    "which is less strict where answers go together; or none."
)


class Answer(Record):
    """An answer strategy: an estimator, and the inquiry that it is to answer."""

    says: Words | None = Field(None, description="What it is, for people.")
    estimator: EstimatorName = Field(description="Its name; see pilotsim docs estimators.")
    inquiry: InquiryName = Field(description="The inquiry that it answers.")
    covariates: OfferedTraits = Field((), description="Observed traits that are adjusted for.")
    compare: Literal["arms", "started"] = Field(
        "arms", description="The arms of the design, or who started with who did not."
    )
    options: dict[str, Any] = Field(
        default_factory=dict, description="Further options of the estimator, by name."
    )

    def strategy(
        self, name: str, inquiry: Inquiry, level: float, rules: Sequence[DataStrategy] = ()
    ) -> Strategy:
        """Return the answer strategy that this describes, for the designs that it is asked under.

        Raises
        ------
        RequestError
            The estimator is not known, has no such option, or cannot answer the inquiry.
        """
        return make_strategy(
            name,
            self.estimator,
            inquiry.estimand(self.inquiry),
            covariates=tuple(self.covariates),
            compare=self.compare,
            level=level,
            options=self.options,
            says=self.says,
            rules=rules,
        )


def check_named(
    answers: Mapping[str, Answer], inquiries: Mapping[str, Inquiry], code: Collection[str]
) -> None:
    """Hold `code` of a file to name the estimators and outcomes of one's own that it uses.

    Raises
    ------
    QuantityFault
        One is not named, or what is named is neither.
    """
    used = [(ESTIMATOR, answer.estimator) for answer in answers.values()]
    used += [(OUTCOME, inquiry.outcome) for inquiry in inquiries.values()]
    for kind, name in used:
        found = REGISTERED.get(name)
        if found is not None and found.kind == kind and name not in code:
            raise QuantityFault(not_named(found), "code")
    for name in code:
        if REGISTERED[name].kind not in (ESTIMATOR, OUTCOME):
            raise QuantityFault(
                Message("'{name}' is neither an estimator nor an outcome", name=name), "code"
            )


class RegisterPart(Record):
    """What a register shows, and what is wrong with it."""

    attrition: Share | None = Field(None, description="Lost in a month, of those still seen.")
    attrition_offered: Share | None = Field(
        None, description="The same of those offered, where it differs."
    )
    delay: Months | None = Field(None, description="The last months are not there yet.")
    missing: dict[TraitName, Share] = Field(
        default_factory=dict, description="The share of clients whose trait is missing, by trait."
    )
    misreported: Share | None = Field(
        None, description="Months in work that are reported as unknown."
    )


class EvaluationDesignPart(DataStrategy):
    """A data strategy with what is seen of it, and the answers to try on it."""

    says: Words | None = Field(None, description="What it is, for people.")
    others: Literal["never", "offered"] = Field(
        "never", description="What those get who are neither in the population nor compared."
    )
    sees: RegisterPart = Field(default_factory=RegisterPart, description="What the register shows.")
    answers: Annotated[Names, NameOf((f"{OWN}answers",))] = Field(
        description="The answer strategies to try."
    )
    cost: Real | None = Field(
        None, description="What the evaluation costs beyond the programme itself."
    )


# What said how strong the programme is in evaluation files of earlier versions.
MOVED = ("dial", "prior")


class EffectSizes(Record):
    """How strong the programme is: as the flow believes, or at fixed sizes."""

    strength: SharedName = Field(
        "strength",
        description=(
            "The shared value of the flow that says how well the help works; drawn as in a check."
        ),
    )
    inquiry: InquiryName = Field(
        description="The inquiry in whose percentage points sizes are said."
    )
    at: tuple[Real, ...] | None = Field(
        None, description="Fixed sizes in percentage points instead, taken in turn."
    )

    @model_validator(mode="before")
    @classmethod
    def _has_no_prior(cls, raw: Any) -> Any:
        for key in MOVED:
            if isinstance(raw, Mapping) and key in raw:
                raise QuantityFault(
                    Message(
                        "what is believed of the effect stands in the flow, so that a check and an "
                        "evaluation believe the same: write a shared value with a mixture there, "
                        "factors that are raised to it, and its name here (strength)"
                    ),
                    key,
                )
        return raw


# Whom an answer that is told in kroner can be about, by whose cost is known.
WORTH_OF = {"offered": (OFFERED,), "started": (OFFERED, ENCOURAGED)}


class DecidesPart(Record):
    """What is decided after the evaluation: for how many, for how long, and what waiting does."""

    clients: Draws = Field(description="To how many the programme would be offered by it.")
    lasts: Months = Field(description="For how long it is decided, from when offers are made.")
    delay: Literal["shortens", "postpones"] = Field(
        "shortens",
        description="What waiting for the answer does: it shortens what is decided, whose end "
        "stands, or only postpones it.",
    )


class WorthPart(Record):
    """What an answer about assistance is worth in kroner, less what the programme costs."""

    answer: Annotated[str, NameOf((f"{OWN}answers",))] = Field(
        description="The answer: a sum of on_assistance, or of amount."
    )
    price: Real | None = Field(
        None, description="Of a month on assistance; per_month, unless said. With its range."
    )
    cost: Real = Field(description="Of the programme, with its range.")
    per: Literal["offered", "started"] = Field(
        description=(
            "Whose cost it is: of each client offered the programme, or of each who starts it. "
            "What is saved is always told for each client offered."
        )
    )
    decides: DecidesPart | None = Field(
        None,
        description="What is decided after the evaluation, so that it can be told what it is "
        "worth to wait for the answer of each design.",
    )

    def check(self, answers: Mapping[str, Answer], inquiries: Mapping[str, Inquiry]) -> None:
        """Refuse an answer that cannot be told in kroner.

        Raises
        ------
        QuantityFault
            No such answer, another outcome than assistance, or no price of a month.
        """
        if self.answer not in answers:
            meant = did_you_mean(self.answer, answers)
            raise QuantityFault(
                Message("worth: no answer '{name}'{meant}", name=self.answer, meant=meant), "worth"
            )
        inquiry = inquiries.get(answers[self.answer].inquiry)
        if inquiry is None:
            return
        has_price = inquiry.outcome == AMOUNT or (
            inquiry.outcome == "on_assistance" and self.price is not None
        )
        if inquiry.cumulated is None or not has_price:
            raise QuantityFault(
                Message(
                    "worth: the answer '{name}' must ask for the sum (cumulated) of "
                    "on_assistance, with a price of a month, or of amount",
                    name=self.answer,
                ),
                "worth",
            )
        if inquiry.who not in WORTH_OF[self.per] or inquiry.traits:
            raise QuantityFault(
                Message(
                    "worth: the answer '{name}' must be about all who are offered the programme "
                    "(who: offered) or, with per: started, about all who are encouraged "
                    "(who: encouraged): cost and effect must be of the same clients",
                    name=self.answer,
                ),
                "worth",
            )


class BayesPart(Record):
    """That a plan files what is believed of the effect, so that its result can say what changed."""

    above: tuple[Real, ...] = Field(
        default_factory=lambda: (read_value(0, "real"), read_value(5, "real")),
        min_length=1,
        description="Limits in percentage points: how likely the effect is above each is told.",
    )


class District(Record):
    """A district: the flow with changes of its own."""

    says: Words | None = None
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict,
        alias="set",
        description="Paths in the flow, and what they become here.",
    )


class LevelPart(Record):
    """One thing that the grid varies."""

    says: Words | None = None
    sets: Annotated[Names, NameOf((VALUES,), free=True)] = Field(
        description="Paths in the flow, or in this file (designs..., districts...)."
    )
    levels: tuple[Any, ...] = Field(min_length=1)


class DetectablePart(Record):
    """How the least effect is found that a design can see."""

    power: Level = Field(default_factory=lambda: read_value("80 %", "share"))
    draws: Draws = Field(default_factory=lambda: whole(400), description="Draws for each design.")
    most: Real = Field(
        default_factory=lambda: read_value(30, "real"),
        description="The largest effect tried, in percentage points.",
    )

    @model_validator(mode="after")
    def _has_a_range(self) -> DetectablePart:
        if not self.most.number > 0.0:
            raise QuantityFault(
                Message(
                    "{name}: expected more than 0; found {found}",
                    name="most",
                    found=self.most.written,
                )
            )
        return self


class FutilityPart(Record):
    """When an effect that matters is no longer expected; nobody is bound to stop for it."""

    below: Real = Field(
        description=(
            "The least effect that matters, towards what is wanted; percentage points for a share."
        )
    )
    since: Months = Field(
        description="From which look on: earlier, people may be locked in by the programme.",
    )


class LooksPart(Record):
    """When the deciding answer is looked at before the end, and how its error is spent on that."""

    at: tuple[Months, ...] = Field(
        min_length=1,
        max_length=5,
        description="So long after the plan begins, rising; the end itself is looked at besides.",
    )
    spending: Spending = Field(
        "obrien_fleming",
        description="The error hardly spent early on (obrien_fleming), or evenly (pocock).",
    )
    wanted: Literal["more", "less"] | None = Field(
        None,
        description="Which effect is a success; more work and less assistance, unless said.",
    )
    futility: FutilityPart | None = Field(
        None, description="When to say that an effect that matters is no longer expected."
    )

    @model_validator(mode="after")
    def _rises(self) -> LooksPart:
        months = [months_of(length) for length in self.at]
        if any(later <= earlier for earlier, later in pairwise(months)):
            raise QuantityFault(
                Message("looks: expected months that rise; found {found}", found=_listed(self.at)),
                "at",
            )
        since = self.futility and months_of(self.futility.since)
        if since and since > months[-1]:
            raise QuantityFault(
                Message(
                    "looks: futility is said from {since} on, and the last look is at {last}",
                    since=self.futility.since.written if self.futility else "",
                    last=self.at[-1].written,
                ),
                "futility",
            )
        return self


def _listed(lengths: Sequence[Quantity]) -> str:
    return ", ".join(str(length.written) for length in lengths)


LOOKS_SAY = (
    "Looks at the first answer along the way, planned beforehand, with one error for all of them."
)


class ConductPart(Record):
    """What is decided of those whom an evaluation is about: what they are told, by what right."""

    legal_basis: Words | None = Field(
        None, description="The legal ground on which information about people is processed."
    )
    consent: Words | None = Field(
        None, description="How those drawn are told of the lot and asked, or why they are not."
    )
    decided_by: Words | None = Field(
        None, description="Who decides that people are compared in this way, and by when."
    )
    meanwhile: Words | None = Field(
        None, description="What those get who are not offered the programme, and until when."
    )
    deleted: Words | None = Field(None, description="When the data are deleted, and by whom.")


class EvaluationFile(Record):
    """An evaluation file."""

    evaluation: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    flow: str = Field(description="The flow file, as seen from this file's folder.")
    changes: dict[SettablePath, Any] = Field(
        default_factory=dict, alias="set", description="Paths in the flow, and what they become."
    )
    begins: Day | None = Field(
        None, description="When offers begin and time counts from; the flow's start, unless said."
    )
    population: Selection = Field(
        description="Whom the evaluation is about, as the world without the programme shows them."
    )
    treatment: Stages = Field(
        (), description="The stages whose start counts as starting the programme."
    )
    per_month: Real | None = Field(None, description="Assistance paid for a month.")
    districts: dict[str, District] = Field(
        default_factory=dict, description="Several districts, each with the flow of its own."
    )
    spread: dict[ValuePath, Number] = Field(
        default_factory=dict,
        description="By path: how far districts lie apart, as a log standard deviation.",
    )
    effects: EffectSizes | None = None
    bayes: BayesPart | None = Field(
        None,
        description=(
            "Also file what the flow believes of the effect, and tell what the data add to it."
        ),
    )
    worth: WorthPart | None = Field(
        None, description="Also tell an answer about assistance in kroner, in a plan's result."
    )
    conduct: ConductPart | None = Field(
        None, description="Of ethics and privacy, what only people can decide."
    )
    code: CodeOfOnesOwn = Field(
        default_factory=dict,
        description="Estimators and outcomes of one's own that are used, and the module of each.",
    )
    inquiries: dict[str, Inquiry] = Field(min_length=1)
    answers: dict[str, Answer] = Field(min_length=1)
    designs: dict[str, EvaluationDesignPart] = Field(min_length=1)
    looks: LooksPart | None = Field(None, description=LOOKS_SAY)
    checks: Checks = Field(default_factory=usual_checks, description=CHECKS_SAY)
    correction: Correction = Field("holm", description=CORRECTION_SAYS)
    grid: dict[str, LevelPart] = Field(default_factory=dict)
    detectable: DetectablePart | None = Field(
        None, description="Also search for the least effect that each design can see."
    )
    draws: Draws = Field(default_factory=lambda: whole(400))
    seed: Count = Field(default_factory=lambda: whole(1))
    assumptions: Literal["drawn", "fixed"] = "drawn"
    level: Level = Field(
        default_factory=lambda: read_value("95 %", "share"), description="Of the intervals."
    )

    @model_validator(mode="after")
    def _names_code(self) -> EvaluationFile:
        check_named(self.answers, self.inquiries, self.code)
        return self

    @model_validator(mode="after")
    def _has_a_belief(self) -> EvaluationFile:
        if self.bayes is not None and (self.effects is None or self.effects.at is not None):
            raise QuantityFault(
                Message(
                    "a prior needs 'effects' with the name of a strength that the flow believes "
                    "in, and no fixed sizes (at)"
                ),
                "bayes",
            )
        return self

    @model_validator(mode="after")
    def _can_be_worth(self) -> EvaluationFile:
        if self.worth is not None:
            own = self.worth
            priced = own if own.price else own.model_copy(update={"price": self.per_month})
            priced.check(self.answers, self.inquiries)
        return self
