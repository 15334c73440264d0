"""Modules: fragments of a flow that other flows take with numbers of their own."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field

from pilotsim.model.fields import Record, Words
from pilotsim.model.flow import Flow
from pilotsim.model.naming import JOINTS, MODULES, PARAMETERS, USES, NameOf

__all__ = ["FlowFile", "Module", "ModuleJoin", "ModuleParameter", "Use"]

JointKind = Literal["stages", "risks", "groups", "traits", "resources", "payers", "shared"]


class Use(Record):
    """A module that a flow takes, under a name that its parts then begin with."""

    module: Annotated[str, NameOf((MODULES,), free=True)] = Field(
        description="The name of a module that comes with the program, or a file as seen from the "
        "folder of the flow file, such as modules/course.yaml."
    )
    numbers: dict[Annotated[str, NameOf((PARAMETERS,))], Any] = Field(
        default_factory=dict,
        alias="with",
        description="Parameters of the module, and what this flow has in the place of their "
        "defaults.",
    )
    joins: dict[
        Annotated[str, NameOf((JOINTS,))], Annotated[str, NameOf(get_args(JointKind), free=True)]
    ] = Field(
        default_factory=dict,
        description="Joints of the module, and the part of this flow that each is joined to.",
    )
    each: str | None = Field(
        None,
        description="A table of districts, as seen from the folder of the flow file: the module is "
        "placed once for each row, under its name, with its numbers.",
    )
    says: Words | None = Field(
        None, description="What stands behind the labels of its parts, for people; nothing else."
    )
    prefix: str | None = Field(
        None,
        pattern=r"^([A-Za-z][A-Za-z0-9_]*)?$",
        description="What the names of its parts begin with; the name here and _, unless said.",
    )


class ModuleParameter(Record):
    """A number of a module that a flow may give."""

    says: Words
    unit: Words = Field(description="In what it is given, for people.")
    default: Any | None = Field(
        None,
        description="What stands there where a flow says nothing; without one a flow must say it.",
    )


class ModuleJoin(Record):
    """A place at which a module is joined to the flow that takes it."""

    says: Words
    kind: JointKind = Field(description="What it is joined to.")
    default: str | None = Field(
        None, description="The name that is taken where a flow says nothing; none unless said."
    )


class Module(Record):
    """A module file: what it is, what it asks for, and the fragment."""

    module: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words
    enters: str | None = Field(
        None, description="The stage of the module by which a flow sends clients into it."
    )
    parameters: dict[str, ModuleParameter] = Field(default_factory=dict)
    joins: dict[str, ModuleJoin] = Field(default_factory=dict)
    parts: dict[str, Any] = Field(
        description="Parts of a flow file. Names that begin with this_ are the module's own, those "
        "that begin with join_ are joints, and $name is a parameter."
    )


# Parts that a flow cannot be without, and that a module may bring.
BROUGHT = ("groups", "stages")


def _say_what_is_brought(schema: dict[str, Any]) -> None:
    """Tell editors that modules may bring what is missing otherwise."""
    schema["required"] = [name for name in schema["required"] if name not in BROUGHT]
    schema["anyOf"] = [{"required": ["use"]}, {"required": list(BROUGHT)}]


class FlowFile(Flow):
    """A flow file as it may be written; what reads it puts modules and tables in their places."""

    model_config = ConfigDict(json_schema_extra=_say_what_is_brought)

    use: dict[Annotated[str, NameOf((USES,), free=True)], Use] = Field(
        default_factory=dict, description="Modules, each under the name its parts begin with."
    )
    values_from: str | None = Field(
        None,
        description="A CSV file of numbers, as seen from this one: a path and a value in each row.",
    )
