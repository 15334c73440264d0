"""The types of the fields of records: how each is read and what an editor is told about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.fields import FieldInfo

from pilotsim.base.calendar import OpeningInterval
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import (
    EXPECTED,
    SHAPES,
    Quantity,
    QuantityFault,
    read_date,
    read_value,
    read_words,
    show,
)
from pilotsim.base.text import Text
from pilotsim.base.units import PLAIN_NUMBER, in_english, pattern_of
from pilotsim.model.distributions import FAMILIES, OPTIONS, Duration, read_duration
from pilotsim.model.distributions.duration import POINTS
from pilotsim.model.distributions.gaps import EVEN_GAPS, Gaps, laws_of_gaps, read_gaps
from pilotsim.model.distributions.observed import LENGTHS_FROM
from pilotsim.model.factors import Factor, read_factor
from pilotsim.model.naming import (
    CATEGORIES,
    PATH_BEHIND,
    PATHS,
    NameOf,
    SharedName,
    SourceName,
    TraitName,
    marked,
)

Schema = dict[str, Any]
YES, NO = (
    ("yes", "Yes", "YES", "ja", "on", "true", "True"),
    ("no", "No", "NO", "nei", "off", "false", "False"),
)
MAX_INT = 1000
State = Literal["assistance", "work", "other_benefit", "education", "unknown", "not_counted"]


class Record(BaseModel):
    """A part of a flow file: frozen, and without keys that nobody knows."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, populate_by_name=True
    )

    # The keys for which a number stands that a file writes in the place of the whole record.
    short_for: ClassVar[tuple[str, ...]] = ()

    def named_parts(self) -> Iterator[tuple[str, Any]]:
        """Yield each part with its key in a file, or with no key where the file needs none."""
        yield from (
            (info.alias or name, getattr(self, name))
            for name, info in type(self).model_fields.items()
        )

    @field_validator("*", mode="before")
    @classmethod
    def _no_guesses(cls, raw: Any, info: ValidationInfo) -> Any:
        """Refuse words for booleans, and booleans for numbers; pydantic would convert them."""
        field = cls.model_fields[info.field_name or ""]
        wanted = field.annotation
        if wanted is bool and not isinstance(raw, bool):
            meant = "true" if raw in YES else "false" if raw in NO else ""
            raise QuantityFault(
                Message(
                    "expected true or false; found {found}{meant}",
                    found=show(raw),
                    meant=Message("; did you mean {meant}?", meant=meant) if meant else "",
                )
            )
        if wanted is int:
            least, most = _bounds_of(field)
            if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
                raise QuantityFault(
                    Message(
                        "expected a whole number from {least} to {most}; found {found}",
                        least=least,
                        most=most,
                        found=show(raw),
                    )
                )
        return raw


def _bounds_of(field: FieldInfo) -> tuple[int, int]:
    """Return the least and the largest whole number that a field may hold."""
    least = next((one.ge for one in field.metadata if hasattr(one, "ge")), -MAX_INT)
    most = next((one.le for one in field.metadata if hasattr(one, "le")), MAX_INT)
    return least, most


_PERIOD = re.compile(r"(?:([0-9]{1,4})\s+)?(working\s+day|day|week|month)s?")


def read_period(raw: Any) -> OpeningInterval:
    """Return the period written as `1 month`, `2 weeks` or `1 working day`.

    Raises
    ------
    QuantityFault
        Anything else.
    """
    if isinstance(raw, OpeningInterval):
        return raw
    words = raw.strip() if isinstance(raw, str) else ""
    match = _PERIOD.fullmatch(words)
    if match is None or int(match[1] or 1) == 0:
        english = in_english(words)
        hint = (
            Message("; did you mean '{name}'?", name=english)
            if english != words and _PERIOD.fullmatch(english)
            else ""
        )
        raise QuantityFault(
            Message(
                "expected a period such as '1 month', '2 weeks' or '1 working day'; found "
                "{found}{meant}",
                found=show(raw),
                meant=hint,
            )
        )
    return OpeningInterval(int(match[1] or 1), " ".join(match[2].split()) + "s")


def read_names(raw: Any) -> Any:
    """Return a tuple of names for one name or a list of them."""
    return (raw,) if isinstance(raw, str) else raw


def _text_schema() -> Schema:
    words = {"type": "string", "minLength": 1}
    languages = {
        "type": "object",
        "properties": dict.fromkeys(LANGUAGES, words),
        "additionalProperties": False,
    }
    return {"anyOf": [words, languages]}


_MIXTURE_SCHEMA: Schema = {
    "type": "array",
    "description": "A mixture of normals: how an assumption is spread, instead of a range.",
    "items": {
        "type": "object",
        "properties": {
            key: {"type": ["string", "number"], "description": says}
            for key, says in (
                ("weight", "How likely this part is; together 100 %."),
                ("mean", "The mean if it is true."),
                ("sd", "The standard deviation if it is true."),
            )
        },
        "required": ["weight", "mean", "sd"],
        "additionalProperties": False,
    },
}


def value_schema(kind: str) -> Schema:
    """Return the JSON schema of a value of a kind: plain, or written out."""
    plain: Schema = {"type": ["string", "number"], "description": f"Expected: {EXPECTED[kind]}."}
    end = dict(plain)
    pattern = pattern_of(kind)
    if pattern:
        plain["pattern"] = rf"^\s*{pattern}\s*$"
        end["pattern"] = rf"^\s*(?:{pattern}|{PLAIN_NUMBER})\s*$"
    begins: dict[str, Schema] = {
        "value": plain,
        "sum": {"type": "string", "description": "Instead: a sum of other values of the flow."},
    }
    if kind in ("rate", "any"):
        begins["steady"] = {
            "type": ["boolean", "object"],
            "description": "For arrivals: as many as hold the stock steady without the programme.",
        }
    parts: dict[str, Schema] = {
        # A bare number in quotes has the unit of the value beside it.
        "low": end,
        "high": end,
        "shape": {"enum": list(SHAPES)},
        "source": _named_schema(SourceName, "The name of a source and a place in it."),
        "assumption": _text_schema(),
        "label": _text_schema(),
        "from": {"type": "object", "description": "What the value becomes from a date on."},
        "during": {
            "type": "object",
            "propertyNames": marked({"type": "string"}, NameOf(("periods",))),
            "additionalProperties": {},
            "description": "What the value is in named periods.",
        },
        "scaled_by": _named_schema(SharedName, "The shared value that multiplies it."),
        "joint": marked(
            {"type": "string", "description": "The part 'joint' that gives it."},
            NameOf(("joint",)),
        ),
    }
    if kind in ("number", "real", "speed"):
        parts["raised_to"] = _named_schema(
            SharedName, "The shared value to whose power it is raised."
        )
        parts["mixture"] = _MIXTURE_SCHEMA
    return {"anyOf": [plain, _begun_schema("value", begins, parts)]}


def _named_schema(name: Any, says: str) -> Schema:
    """Return the schema of words that are a name, as a type says of what."""
    return marked({"type": "string", "description": says}, *get_args(name)[1:])


def _unsuggested(properties: Mapping[str, Schema]) -> dict[str, Schema]:
    return {name: {**part, "doNotSuggest": True} for name, part in properties.items()}


def _begun_schema(title: str, begins: Mapping[str, Schema], parts: Mapping[str, Schema]) -> Schema:
    """Return the schema of a mapping with one key, or one of several, that it cannot be without.

    Editors offer those keys first, and what may stand beside one once it is there.
    """
    begun = [{"required": [name]} for name in begins]
    return {
        "title": title,
        "type": "object",
        "properties": {
            **_unsuggested(begins),
            **{name: {"doNotSuggest": True} for name in parts},
        },
        "anyOf": begun,
        "additionalProperties": False,
        "if": {"anyOf": begun},
        "then": {"properties": dict(parts)},
        "else": {"properties": dict(begins)},
    }


_OF_RECORDS = ("type", "properties", "required", "additionalProperties")
# A share of several, of which one may be what the others leave.
SHARE_OR_REST: Schema = {"anyOf": [{"const": "rest"}, *value_schema("share")["anyOf"]]}


def record_schema(short: Schema, record: type[Record]) -> Schema:
    """Return the schema of a record that may also be written as one value.

    Parameters
    ----------
    short : dict
        The schema of that value: one of several.
    record : type of Record
        Without records inside.
    """
    whole = record.model_json_schema(by_alias=True)
    kept = {key: whole[key] for key in _OF_RECORDS if key in whole}
    return {"anyOf": [*short["anyOf"], kept]}


def factor_schema() -> Schema:
    """Return the JSON schema of a trait's factor: a number, or one for each category."""
    by_category = {
        "type": "object",
        "propertyNames": marked({"type": "string"}, NameOf((CATEGORIES,))),
        "additionalProperties": value_schema("number"),
    }
    return {"anyOf": [*value_schema("number")["anyOf"], by_category]}


def factors_schema() -> Schema:
    """Return the JSON schema of factors by trait."""
    return {
        "type": "object",
        "propertyNames": marked({"type": "string"}, NameOf(("traits",))),
        "additionalProperties": factor_schema(),
    }


TABLE_THERE: Schema = {"required": [POINTS]}


def duration_schema() -> Schema:
    """Return the JSON schema of a length of time: plain, or a family with its parameters."""
    families: dict[str, Schema] = {}
    for family in FAMILIES.values():
        properties = {
            parameter.name: value_schema(parameter.kind) for parameter in family.parameters
        }
        families[family.name] = {
            "title": family.name,
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    families["constant"] = value_schema("duration")
    families[POINTS] = {"type": "object", "additionalProperties": value_schema("duration")}
    families["all_of"] = {"type": "array"}
    families[LENGTHS_FROM] = lengths_from_schema()
    options = {
        OPTIONS[0]: value_schema("number"),
        OPTIONS[1]: value_schema("count"),
        OPTIONS[2]: factors_schema(),
        OPTIONS[3]: {
            "type": "object",
            "propertyNames": marked({"type": "string"}, NameOf(("traits", "risks"))),
            "additionalProperties": value_schema("real"),
        },
    }
    written = _begun_schema("family", families, options)
    # Written out, a flow has the table that was made of a file of stays beside its name.
    written["oneOf"] = [
        {**one, "not": TABLE_THERE} if LENGTHS_FROM in one["required"] else one
        for one in written.pop("anyOf")
    ]
    return {"anyOf": [*value_schema("duration")["anyOf"], written]}


def lengths_from_schema() -> Schema:
    """Return the JSON schema of the stays of a file that a length is made of."""
    described = {
        "file": "A CSV file of stays, a row each, as seen from the folder of the file.",
        "column": "The column that holds how long they were.",
        "unit": "The unit of its numbers, such as days; unless each has its own.",
    }
    words = {key: {"type": "string", "description": says} for key, says in described.items()}
    return {
        "title": LENGTHS_FROM,
        "type": "object",
        "description": "Observed stays: a CSV file of which the length has the distribution.",
        "properties": {
            **words,
            "source": _named_schema(SourceName, "The name of a source and a place in it."),
            "assumption": _text_schema(),
            "stays": {"type": "integer", "description": "Written out: how many there were."},
        },
        "required": ["file", "column"],
        "anyOf": [{"required": ["source"]}, {"required": ["assumption"]}],
        "additionalProperties": False,
    }


def gaps_schema() -> Schema:
    """Return the JSON schema of a law of gaps."""
    laws = {
        name: {
            "type": "object",
            "properties": {law.parameters[1].name: value_schema(law.parameters[1].kind)},
            "required": [law.parameters[1].name],
            "additionalProperties": False,
        }
        for name, law in laws_of_gaps().items()
        if name != EVEN_GAPS
    }
    one = {"type": "object", "properties": laws, "minProperties": 1, "maxProperties": 1}
    return {"anyOf": [{"const": EVEN_GAPS}, {**one, "additionalProperties": False}]}


def as_hazard(value: Quantity) -> Quantity:
    """Return a speed of a clock, marked as one unless it is a number of times another."""
    # One that is marked stays itself: a speed for waiting and for service is one value.
    is_new = value.kind == "rate" and not value.is_hazard
    return replace(value, is_hazard=True) if is_new else value


def _value(kind: str) -> tuple[BeforeValidator, WithJsonSchema]:
    return BeforeValidator(lambda raw: read_value(raw, kind)), WithJsonSchema(value_schema(kind))


_share, _rate, _length, _count = (
    _value("share"),
    _value("rate"),
    _value("duration"),
    _value("count"),
)
_number, _real, _speed, _any = _value("number"), _value("real"), _value("speed"), _value("any")

Share = Annotated[Quantity, _share[0], _share[1]]
Rate = Annotated[Quantity, _rate[0], _rate[1]]
Hazard = Annotated[Quantity, _rate[0], AfterValidator(as_hazard), _rate[1]]
Length = Annotated[Quantity, _length[0], _length[1]]
Count = Annotated[Quantity, _count[0], _count[1]]
Number = Annotated[Quantity, _number[0], _number[1]]
Real = Annotated[Quantity, _real[0], _real[1]]
Speed = Annotated[Quantity, _speed[0], AfterValidator(as_hazard), _speed[1]]
AnyValue = Annotated[Quantity, _any[0], _any[1]]
Words = Annotated[Text, BeforeValidator(read_words), WithJsonSchema(_text_schema())]
Lasts = Annotated[Duration, BeforeValidator(read_duration), WithJsonSchema(duration_schema())]
GapsField = Annotated[Gaps, BeforeValidator(read_gaps), WithJsonSchema(gaps_schema())]
Every = Annotated[
    OpeningInterval,
    BeforeValidator(read_period),
    WithJsonSchema({"type": "string", "pattern": _PERIOD.pattern}),
]
Day = Annotated[date, BeforeValidator(read_date)]
NAMES_SCHEMA: Schema = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]
}
Names = Annotated[tuple[str, ...], BeforeValidator(read_names), WithJsonSchema(NAMES_SCHEMA)]
Stages = Annotated[Names, NameOf(("stages",))]
SettablePaths = Annotated[Names, NameOf((PATHS,), behind=PATH_BEHIND)]
Groups = Annotated[Names, NameOf(("groups",))]
# Traits of the flow, or others that a register shows.
OfferedTraits = Annotated[Names, NameOf(("traits",), free=True)]
# What clients are asked for: by trait whether they have it, or which category.
WantedTraits = dict[TraitName, bool | Annotated[str, NameOf((CATEGORIES,))]]
FactorField = Annotated[Factor, BeforeValidator(read_factor), WithJsonSchema(factor_schema())]
Factors = dict[TraitName, FactorField]


def one_of(names: Iterable[str]) -> ConfigDict:
    """Return what tells editors that exactly one of the named keys stands in a record.

    Parameters
    ----------
    names : iterable of str
        As `check_one_of` is given them.
    """
    wanted = tuple(names)

    def say_so(schema: Schema) -> None:
        given = [{"required": [name]} for name in wanted]
        begins = {name: schema["properties"][name] for name in wanted}
        schema["oneOf"] = given
        # Editors offer none of the others beside one that is there.
        schema["properties"] |= _unsuggested(begins)
        schema |= {"if": {"anyOf": given}, "then": {}, "else": {"properties": begins}}

    return ConfigDict(json_schema_extra=say_so)


def check_one_of(record: BaseModel, names: tuple[str, ...], what: str) -> None:
    """Raise `QuantityFault` unless exactly one of the named fields is given.

    Parameters
    ----------
    record : BaseModel
        The part of a file.
    names : tuple of str
        Its fields of which one is wanted.
    what : Message
        What the record is, with its article: ``a trait``.
    """
    given = [name for name in names if getattr(record, name) is not None]
    if len(given) != 1:
        raise QuantityFault(
            Message(
                "{what} needs exactly one of {names}; found {found}",
                what=what,
                names=", ".join(names),
                found=", ".join(given) or Message("none"),
            )
        )


def walk(record: Record) -> Iterator[tuple[str, Quantity]]:
    """Yield each value below a record once, with the path of keys by which a file names it."""
    seen: set[int] = set()
    for path, value in _values_below(record, ""):
        if id(value) not in seen:
            seen.add(id(value))
            yield path, value


def _values_below(node: Any, path: str) -> Iterator[tuple[str, Quantity]]:
    if isinstance(node, Quantity):
        yield path, node
        yield from ((f"{path}.from.{when}", later) for when, later in node.changes)
        yield from ((f"{path}.during.{period}", later) for period, later in node.during)
        return
    for key, child in _parts(node):
        yield from _values_below(child, ".".join(part for part in (path, key) if part))


def durations_below(record: Record) -> Iterator[tuple[str, Duration]]:
    """Yield each length of time below a record, and each part of one, with its path of keys."""
    yield from _durations_below(record, "")


def _durations_below(node: Any, path: str) -> Iterator[tuple[str, Duration]]:
    if isinstance(node, Duration):
        yield path, node
        yield from ((f"{path}.all_of.{number}", part) for number, part in enumerate(node.parts))
        return
    for key, child in _parts(node):
        yield from _durations_below(child, ".".join(part for part in (path, key) if part))


def words_below(record: Record) -> Iterator[tuple[str, Text]]:
    """Yield all words for people below a record, with the path of keys by which a file names them.

    Those of values, their labels and assumptions, are among them.
    """
    yield from _words_below(record, "")


def _words_below(node: Any, path: str) -> Iterator[tuple[str, Text]]:
    if isinstance(node, Text):
        yield path, node
        return
    if isinstance(node, Quantity):
        for key, words in (("label", node.label), ("assumption", node.assumption)):
            if words is not None:
                yield f"{path}.{key}", words
        for when, later in node.changes:
            yield from _words_below(later, f"{path}.from.{when}")
        for period, later in node.during:
            yield from _words_below(later, f"{path}.during.{period}")
        return
    for key, child in _parts(node):
        yield from _words_below(child, ".".join(part for part in (path, key) if part))


def _parts(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Record | Factor | Duration | Gaps):
        yield from node.named_parts()
    elif isinstance(node, Mapping):
        yield from node.items()
    elif isinstance(node, tuple):
        yield from ((str(k), child) for k, child in enumerate(node))
