"""What the fields of records name: parts of the flow, or of the file that a field stands in.

Each field that takes a name says of what, once. What checks a file asks `references` which names it
uses; what editors complete by is filled with the names of a flow where a schema has `NAMES`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, GetJsonSchemaHandler

__all__ = [
    "ASSUMPTIONS",
    "CATEGORIES",
    "JOINTS",
    "MODULES",
    "NAMES",
    "OPTIONS",
    "OWN",
    "PARAMETERS",
    "PATHS",
    "PATH_BEHIND",
    "USES",
    "VALUES",
    "ChoiceName",
    "GroupName",
    "NameOf",
    "PayerName",
    "ResourceName",
    "RiskName",
    "SettablePath",
    "SharedName",
    "SourceName",
    "StageName",
    "TargetName",
    "TraitName",
    "ValuePath",
    "marked",
    "references",
]

Schema = dict[str, Any]
Path_ = tuple[str, ...]
# Where a schema says what is named; no checker of schemas knows it.
NAMES = "x-names"
# Begins the kinds of names that the file itself gives, by the path at which they stand in it.
OWN = "own."
# Numbers of the flow by their paths, those with a range, and all that can be set.
VALUES, ASSUMPTIONS, PATHS = "values", "assumptions", "paths"
# What may stand behind the name of a part in a path.
PATH_BEHIND = r"(?:\..*)?"
# What the trait has that is the key above, and the choice.
CATEGORIES, OPTIONS = "categories", "options"
# Modules that come with the program, the names under which a flow takes some, and what the module
# that is taken under the name above asks for.
MODULES, USES, PARAMETERS, JOINTS = "modules", "use", "parameters", "joints"


@dataclass(frozen=True)
class NameOf:
    """What words are the name of: those of a field, of each in a list, or each key of a mapping.

    Parameters
    ----------
    kinds : tuple of str
        Parts of a flow file such as ``stages``, or ``own.answers`` for a part of the file itself.
    words : tuple of str
        Words that may stand there as well.
    free : bool
        Whether any other words may, so that names are only offered.
    before : str
        The pattern of what stands before the name.
    behind : str
        The pattern of what may stand behind it.
    """

    kinds: tuple[str, ...]
    words: tuple[str, ...] = ()
    free: bool = False
    before: str = ""
    behind: str = ""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> Schema:
        """Return the schema of what is named, marked."""
        return marked(handler(core), self)


StageName = Annotated[str, NameOf(("stages",))]
GroupName = Annotated[str, NameOf(("groups",))]
ResourceName = Annotated[str, NameOf(("resources",))]
RiskName = Annotated[str, NameOf(("risks",))]
TraitName = Annotated[str, NameOf(("traits",))]
TargetName = Annotated[str, NameOf(("targets",))]
PayerName = Annotated[str, NameOf(("payers",))]
SharedName = Annotated[str, NameOf(("shared",))]
ChoiceName = Annotated[str, NameOf(("choices",))]
# The name of a document, and a place in it.
SourceName = Annotated[str, NameOf(("sources",), behind=r"(?:[,:;]*(?:\s.*)?)")]
ValuePath = Annotated[str, NameOf((VALUES,))]
SettablePath = Annotated[str, NameOf((PATHS,), behind=PATH_BEHIND)]


def marked(schema: Schema, name: NameOf) -> Schema:
    """Return a schema in which all words are marked as names.

    Parameters
    ----------
    schema : dict
        That of words, of a list of them, or of one or the other.
    name : NameOf
        What they name.
    """
    found = dict(schema)
    if found.get("type") == "string":
        found[NAMES] = {
            key: list(said) if isinstance(said, tuple) else said
            for key, said in vars(name).items()
            if said
        }
    if "anyOf" in found:
        found["anyOf"] = [marked(one, name) for one in found["anyOf"]]
    if isinstance(found.get("items"), dict):
        found["items"] = marked(found["items"], name)
    return found


def references(record: BaseModel, path: Path_ = ()) -> Iterator[tuple[Path_, str, NameOf]]:
    """Yield each name that a record uses, with its place in a file and what it is to name.

    Parameters
    ----------
    record : BaseModel
        A part of a file.
    path : tuple of str
        Where it stands.
    """
    for field, info in type(record).model_fields.items():
        value = getattr(record, field)
        if value is not None:
            place = (*path, info.alias or field)
            yield from _below(value, info.annotation, info.metadata, place)


def _below(
    value: Any, annotation: Any, notes: tuple[Any, ...] | list[Any], path: Path_
) -> Iterator[tuple[Path_, str, NameOf]]:
    origin, inner = get_origin(annotation), get_args(annotation)
    if isinstance(value, BaseModel):
        yield from references(value, path)
    elif origin is Annotated:
        yield from _below(value, inner[0], [*notes, *inner[1:]], path)
    elif origin in (Union, types.UnionType):
        for one in inner:
            yield from _below(value, one, notes, path)
    elif isinstance(value, str):
        yield from ((path, value, note) for note in notes if isinstance(note, NameOf))
    elif isinstance(value, Mapping) and origin is dict:
        for key, part in value.items():
            yield from _below(key, inner[0], (), (*path, key))
            yield from _below(part, inner[1], (), (*path, key))
    elif isinstance(value, tuple) and origin is tuple:
        # Names in a list have the place of the list; what holds more has its number besides.
        for number, part in enumerate(value):
            place = path if isinstance(part, str) else (*path, str(number))
            yield from _below(part, inner[0], notes, place)
