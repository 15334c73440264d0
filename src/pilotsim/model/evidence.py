"""What it proves that a simulation comes to a published figure, and what a naive forecast says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message, either
from pilotsim.base.quantity import QuantityFault, read_words, show
from pilotsim.base.text import Text
from pilotsim.model.fields import AnyValue, Record, Words
from pilotsim.model.naming import NameOf, SourceName


@dataclass(frozen=True)
class EvidenceClass:
    """What it proves that a published figure is hit.

    Parameters
    ----------
    name : str
        The word for files and programs.
    needs_reason : bool
        Whether a file that claims it must say why.
    explains_itself : bool
        Whether its name says all that the program knows of why a row belongs to it.
    """

    name: str
    needs_reason: bool = False
    explains_itself: bool = False

    @property
    def key(self) -> str:
        """Its key in the catalogue of what the program says."""
        return f"evidence_{self.name}"

    @property
    def key_of_many(self) -> str:
        """The key of the words for several rows of it: a heading."""
        return f"{self.key}_many"

    @property
    def key_of_meaning(self) -> str:
        """The key of the sentence that says what it means."""
        return f"{self.key}_means"


# From what proves most to what proves nothing.
TEST = EvidenceClass("test")
NEAR_COPY = EvidenceClass("near_copy", needs_reason=True)
BY_CONSTRUCTION = EvidenceClass("by_construction", needs_reason=True)
FITTED = EvidenceClass("fitted", explains_itself=True)
INPUT = EvidenceClass("input", needs_reason=True)
IDENTITY = EvidenceClass("identity", explains_itself=True)
EVIDENCE = (TEST, NEAR_COPY, BY_CONSTRUCTION, FITTED, INPUT, IDENTITY)
EVIDENCE_BY_NAME = {one.name: one for one in EVIDENCE}


@dataclass(frozen=True)
class EvidenceClaim:
    """What a file says of the evidence that a published figure gives.

    Parameters
    ----------
    kind : EvidenceClass
        Its class.
    because : Text or None
        Why.
    """

    kind: EvidenceClass
    because: Text | None = None

    @classmethod
    def read(cls, raw: Any) -> EvidenceClaim:
        """Return the claim written as a class, or as a class with its reason.

        Raises
        ------
        QuantityFault
            Neither, or a class that needs a reason stands without one.
        """
        if isinstance(raw, EvidenceClaim):
            return raw
        name, reason = raw, None
        if isinstance(raw, Mapping) and len(raw) == 1:
            ((name, reason),) = raw.items()
        if not isinstance(name, str) or name not in EVIDENCE_BY_NAME:
            meant = did_you_mean(name, EVIDENCE_BY_NAME) if isinstance(name, str) else ""
            raise QuantityFault(
                Message(
                    "expected {wanted}; found {found}{meant}",
                    wanted=either(list(EVIDENCE_BY_NAME)),
                    found=show(raw),
                    meant=meant,
                )
            )
        kind = EVIDENCE_BY_NAME[name]
        if reason is None and kind.needs_reason:
            raise QuantityFault(
                Message("says not why the row is '{name}' ({name}: the reason)", name=name)
            )
        return cls(kind, None if reason is None else _read_reason(name, reason))


def _read_reason(name: str, raw: Any) -> Text:
    try:
        return read_words(raw)
    except QuantityFault as fault:
        raise fault.under(name) from fault


_WORDS_SCHEMA = {"anyOf": [{"type": "string"}, {"type": "object"}]}
_CLAIM_SCHEMA = {
    "anyOf": [
        {"enum": [one.name for one in EVIDENCE if not one.needs_reason]},
        {
            "type": "object",
            "properties": {one.name: _WORDS_SCHEMA for one in EVIDENCE},
            "additionalProperties": False,
            "maxProperties": 1,
        },
    ]
}
EvidenceField = Annotated[
    EvidenceClaim, BeforeValidator(EvidenceClaim.read), WithJsonSchema(_CLAIM_SCHEMA)
]


class NaiveForecast(Record):
    """What somebody without a model would have said: the last figure known, or a plain guess."""

    as_: Annotated[str, NameOf(("observed",), before=r"observed\.")] | None = Field(
        None, alias="as", description="The row whose published figure is copied: observed.NAME."
    )
    value: AnyValue | None = Field(None, description="Or a number.")
    says: Words | None = Field(None, description="Who would have said it, in words.")
    source: SourceName | None = Field(None, description="Where the number was read.")

    @model_validator(mode="after")
    def _is_one_forecast(self) -> NaiveForecast:
        if (self.as_ is None) == (self.value is None):
            raise QuantityFault(
                Message("a naive forecast is either the figure of another row (as), or a value")
            )
        if self.value is not None and self.says is None:
            raise QuantityFault(Message("says not whose forecast the value is (says)"))
        if self.as_ is not None and self.source is not None:
            raise QuantityFault(
                Message("the row that is copied has a source of its own; leave it out here")
            )
        return self
