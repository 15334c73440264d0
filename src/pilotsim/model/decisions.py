"""Decisions that somebody is about to make, what each option pays, and how more could be known.

An assumption says what is believed; a choice what is open. A decision says what it is worth to
choose well, so that it can be worked out which assumptions are worth finding out first.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, read_value, show
from pilotsim.model.choices import Option
from pilotsim.model.fields import Names, Record, Words
from pilotsim.model.naming import ASSUMPTIONS, NameOf, SourceName
from pilotsim.model.targets import Measure

__all__ = ["Decision", "DecisionOption", "Survey", "SurveyLots"]

NET, SPENT, NOTHING = "net", "spent", "nothing"
SHORTENS, POSTPONES = "shortens", "postpones"


def _read_amount(raw: Any) -> float:
    """Return a plain number: what something is worth to who decides is no assumption."""
    value = read_value(raw, "real")
    if not value.is_plain or value.has_range or value.follows or value.changes:
        raise QuantityFault(
            Message(
                "what is stated here is one number, without range and source; found {found}",
                found=show(raw),
            )
        )
    return value.number


def _read_positive(raw: Any) -> float:
    number = _read_amount(raw)
    if not number > 0.0:
        raise QuantityFault(Message("expected a number above 0; found {found}", found=show(raw)))
    return number


def _read_cost(raw: Any) -> float:
    number = _read_amount(raw)
    if number < 0.0:
        raise QuantityFault(Message("expected a number from 0 on; found {found}", found=show(raw)))
    return number


_PLAIN: dict[str, Any] = {"type": ["number", "string"]}
Amount = Annotated[float, BeforeValidator(_read_amount), WithJsonSchema(_PLAIN)]
Positive = Annotated[float, BeforeValidator(_read_positive), WithJsonSchema(_PLAIN)]
Price = Annotated[float, BeforeValidator(_read_cost), WithJsonSchema(_PLAIN)]


class DecisionOption(Option):
    """One way to decide."""

    without: bool = Field(
        False, description="The programme is not started; nothing is paid, and nothing comes of it."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> DecisionOption:
        if self.without and self.changes:
            raise QuantityFault(
                Message("nothing can be set where the programme is not started"), "set"
            )
        return self


class Decision(Record):
    """What somebody decides, and what it is worth to decide it well."""

    says: Words = Field(description="The question, in words that can be put to who decides.")
    source: SourceName | None = Field(None, description="Where a source leaves it open.")
    money: Literal["net", "spent", "nothing"] | None = Field(
        None,
        description="Which money of the economy counts: `net`, unless said, what is saved and "
        "shifted too; `spent` what doing it costs alone; `nothing` none.",
    )
    payers: Annotated[Names, NameOf(("payers",))] | None = Field(
        None, description="Whose money counts; all payers, unless said."
    )
    results: dict[Annotated[str, NameOf(("results",))], Amount] = Field(
        default_factory=dict,
        description="What one more of a result of the economy is stated to be worth, beside money.",
    )
    targets: dict[Annotated[str, NameOf(("readings",))], Amount] = Field(
        default_factory=dict,
        description="What it is stated to be worth that a target, or a reading of it, is met.",
    )
    delay: Literal["shortens", "postpones"] = Field(
        "shortens",
        description="What a survey does that must be waited for: it shortens what is decided, "
        "whose end stands, or only postpones it.",
    )
    options: dict[str, DecisionOption] = Field(
        description="The ways to decide it; one of them is the file's."
    )

    @model_validator(mode="after")
    def _has_options(self) -> Decision:
        if len(self.options) < 2:
            raise QuantityFault(Message("a decision needs two options or more"), "options")
        written = [
            name for name, one in self.options.items() if not one.changes and not one.without
        ]
        if len(written) != 1:
            raise QuantityFault(
                Message(
                    "one option is the file as it is written, without 'set' and 'without'; found "
                    "{found}",
                    found=", ".join(written) or Message("none"),
                ),
                "options",
            )
        if self.money == NOTHING and not self.results and not self.targets:
            raise QuantityFault(
                Message("says not what it is worth to decide well: money, results or targets")
            )
        return self

    @property
    def as_written(self) -> str:
        """The option that the file takes."""
        return next(
            name for name, one in self.options.items() if not one.changes and not one.without
        )


class SurveyLots(Record):
    """Clients who are offered the programme or not by lot, and what is counted of either."""

    share: Measure = Field(description="The share that is counted of either: a measure `share`.")
    offered: int = Field(description="How many are offered it.", ge=2, le=1_000_000)
    others: int = Field(description="How many are not, and are counted too.", ge=2, le=1_000_000)

    @model_validator(mode="after")
    def _counts_a_share(self) -> SurveyLots:
        if self.share.share is None:
            raise QuantityFault(
                Message("lots are told by a share of the clients: write 'share' and 'of'"), "share"
            )
        return self


class Survey(Record):
    """How something that is assumed could be found out, before it is decided."""

    says: Words = Field(description="What is asked or counted, and of whom.")
    assumption: Words | None = Field(None, description="Where its size and its price are from.")
    of: Annotated[Names, NameOf((ASSUMPTIONS, "drawn"))] = Field(
        (), description="The assumptions it tells of: paths, or `joint.` and the name of a part."
    )
    clients: int | None = Field(
        None, description="How many are asked, looked up or followed.", ge=1, le=1_000_000
    )
    weeks: Positive | None = Field(None, description="How long it takes.")
    delays: bool = Field(True, description="Whether the decision waits for it.")
    exactly: bool = Field(
        False, description="Whether it settles the matter, as a question to who knows."
    )
    spread: Positive | None = Field(
        None, description="For amounts: the standard deviation of one answer, in the value's unit."
    )
    lots: SurveyLots | None = Field(None, description="Or lots are drawn, and either part counted.")
    costs: Price = Field(0.0, description="What it costs.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Survey:
        if bool(self.of) == (self.lots is not None):
            raise QuantityFault(
                Message("say either which assumptions it tells of (of), or how lots are drawn")
            )
        if self.of and self.exactly == (self.clients is not None):
            raise QuantityFault(
                Message("say either how many clients are asked (clients), or that it is 'exactly'")
            )
        if self.lots is not None and (self.clients is not None or self.exactly):
            raise QuantityFault(Message("lots name their clients themselves: offered and others"))
        return self
