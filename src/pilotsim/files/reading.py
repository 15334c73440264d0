"""Flow files to flows: every fault of a file at once, each with its place and what was probably meant."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pilotsim.base.errors import Fault, FlowError, did_you_mean
from pilotsim.base.quantity import QuantityFault, show
from pilotsim.base.units import hint_for_key
from pilotsim.files.yaml import Document, parse, read_file
from pilotsim.model.flow import Flow
from pilotsim.model.rules import consistency

R = TypeVar("R", bound=BaseModel)
NAMED = (
    "traits",
    "groups",
    "resources",
    "risks",
    "stages",
    "targets",
    "observed",
    "scenarios",
    "sources",
    "periods",
    "shared",
    "costs",
)
LISTED = ("effects", "conflicts")
MAX_FAULTS = 100
LIST = "a list, each entry on a line that begins with '- ', or in [ ]"
# What is put in place of a faulty line, so that everything else can still be checked.
STAND_INS = {"flow": "flow", "title": "flow", "starts": "2015-01-01", "lasts": "1 year"}
REQUIRED = ", ".join(name for name, field in Flow.model_fields.items() if field.is_required())
# What people leave out who write names where keys and values are expected.
SHORTEST = {"next": "100 %", "needs": "1", "risks": "1"}
PLAIN_FAULTS = {
    "string_type": "words",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "tuple_type": LIST,
    "list_type": LIST,
    "date_type": "a date such as 2015-07-01",
    "date_from_datetime_parsing": "a date such as 2015-07-01",
}


def read_flow(file: str | Path) -> Flow:
    """Return the flow that a YAML file describes.

    Raises
    ------
    FlowError
        With every fault of the file.
    """
    return build_flow(read_document(file))


def read_text(text: str, file: str = "flow.yaml") -> Flow:
    """Return the flow that a YAML text describes; `file` is what its faults call it."""
    return build_flow(parse(text, file))


def read_document(file: str | Path) -> Document:
    """Return a YAML file as plain values with their places."""
    return parse(read_file(file), str(file))


def build_flow(document: Document, changed: Sequence[tuple[str, ...]] = ()) -> Flow:
    """Return the flow that a document describes; values below a changed path need no source.

    Raises
    ------
    FlowError
        With every fault: of the text, of each part, and between the parts.
    """
    faults = list(document.faults)
    if not isinstance(document.content, Mapping):
        raise FlowError(
            [
                document.fault(
                    (), f"expected the keys of a flow ({REQUIRED}); found {show(document.content)}"
                )
            ]
        )
    flow, broken = _validate(document.content, document, faults)
    if flow is None:
        flow, _ = _validate(_without(document.content, broken), document, [])
    if flow is not None:
        known = {kind: _names(document.content.get(kind)) for kind in NAMED}
        for path, message in islice(consistency.faults_of(flow, known, changed), MAX_FAULTS):
            faults.append(document.fault(path, message))
    if len(faults) >= MAX_FAULTS:
        faults.append(
            Fault(document.file, 0, 0, "", f"more than {MAX_FAULTS} faults; these are the first")
        )
    if faults or flow is None:
        raise FlowError(list(dict.fromkeys(faults)))
    return flow


def build_record(document: Document, root: type[R]) -> R:
    """Return the record of a type that a document holds: for files that are no flows.

    Raises
    ------
    FlowError
        With every fault of the text and of each part.
    """
    faults = list(document.faults)
    try:
        record = root.model_validate(document.content)
    except ValidationError as error:
        faults += [
            fault_of(tuple(map(str, entry["loc"])), dict(entry), document, root)
            for entry in error.errors(include_url=False)
        ]
    if faults:
        raise FlowError(list(dict.fromkeys(faults)))
    return record


def _names(named: Any) -> tuple[str, ...]:
    return tuple(named) if isinstance(named, Mapping) else ()


def _validate(
    content: Mapping[str, Any], document: Document, faults: list[Fault]
) -> tuple[Flow | None, set[tuple[str, ...]]]:
    """Return the flow, or None with the paths of the parts that are broken; add their faults."""
    try:
        return Flow.model_validate(content), set()
    except ValidationError as error:
        broken = set()
        for number, entry in enumerate(error.errors(include_url=False)):
            path = tuple(str(key) for key in entry["loc"])
            if number < MAX_FAULTS:
                faults.append(fault_of(path, dict(entry), document))
            broken.add(path[: 2 if path[:1] and path[0] in (*NAMED, *LISTED) else 1])
        return None, broken


def _without(content: Mapping[str, Any], broken: set[tuple[str, ...]]) -> dict[str, Any]:
    """Return the content without its broken parts, so that the rest can still be checked."""
    whole = {**STAND_INS, **{key: value for key, value in content.items() if (key,) not in broken}}
    for kind in NAMED:
        if isinstance(whole.get(kind), Mapping):
            whole[kind] = {
                name: part for name, part in whole[kind].items() if (kind, name) not in broken
            }
    for kind in LISTED:
        if isinstance(whole.get(kind), list):
            whole[kind] = [
                part for k, part in enumerate(whole[kind]) if (kind, str(k)) not in broken
            ]
    return whole


def fault_of(
    path: tuple[str, ...], entry: dict[str, Any], document: Document, root: type[BaseModel] = Flow
) -> Fault:
    """Return what pydantic found wrong in a document, which is to hold a record of type `root`, in words for its writer."""
    path = tuple(key for key in path if key != "[key]")
    if entry["type"] == "missing" and not path[-1].isdigit():
        return document.fault(
            path[:-1], f"the key '{path[-1]}' is missing{_meant_by_missing(path, document, root)}"
        )
    path = document.nearest(path)
    if (
        path[:1] == ("targets",)
        and path[-1:] == ("at",)
        and path[-2] not in ("targets", "readings")
    ):
        message = f"expected start, end or a date such as 2015-07-01; found {show(entry['input'])}"
        return document.fault(path, message + _meant(entry["input"], ("start", "end")))
    if entry["type"] == "value_error":
        error = entry["ctx"]["error"]
        return document.fault(
            (*path, *error.keys) if isinstance(error, QuantityFault) else path, str(error)
        )
    return document.fault(path, _message(path, entry, root))


def _message(path: tuple[str, ...], entry: dict[str, Any], root: type[BaseModel]) -> str:
    """Return what was expected, what was found and what was probably meant."""
    kind, found = entry["type"], entry.get("input")
    if path[-2:-1] == ("traits",) and kind in ("bool_type", "bool_parsing", "string_type"):
        return f"expected true, false or the name of a category; found {show(found)}"
    if kind == "extra_forbidden":
        return f"unknown key {show(path[-1])}{hint_for_key(path[-1], keys_at(path[:-1], root))}"
    if kind == "literal_error":
        names = [
            part.strip(" '") for part in entry["ctx"]["expected"].replace(" or ", ",").split(",")
        ]
        return f"expected {', '.join(names[:-1])} or {names[-1]}; found {show(found)}{_meant(found, names)}"
    if kind in ("too_short", "too_long", "missing"):
        return _wrong_number(path, entry)
    if kind == "string_pattern_mismatch":
        return f"expected a name of letters A to Z, digits, - and _; found {show(found)}"
    if kind == "string_type" and isinstance(found, bool | int | float):
        return f"expected words; found {show(found)}; put it in quotes if it is a name"
    if kind == "dict_type" and path[0] == "stages" and path[-1] in SHORTEST:
        return (
            f"expected keys and values; found {show(found)}{_meant_keys(found, SHORTEST[path[-1]])}"
        )
    if kind in ("model_type", "model_attributes_type") and found is None:
        return "expected keys and values; found nothing; check the indentation of the lines below, or write {}"
    if kind == "model_type" and isinstance(found, list):
        return f"expected keys and values; found {show(found)}; leave the '-' out"
    expected = f"expected {PLAIN_FAULTS[kind]}" if kind in PLAIN_FAULTS else str(entry["msg"])
    return f"{expected}; found {show(found)}"


def _meant_keys(found: Any, value: str) -> str:
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    fit = 0 < len(names) <= 6 and all(isinstance(name, str) and name for name in names)
    return f"; did you mean {{{', '.join(f'{name}: {value}' for name in names)}}}?" if fit else ""


def _meant(found: Any, names: Iterable[str]) -> str:
    """Return what was probably meant where all that may be said has been listed already."""
    hint = did_you_mean(found, names) if isinstance(found, str) else ""
    return hint if hint.startswith("; did") else ""


def _meant_by_missing(path: tuple[str, ...], document: Document, root: type[BaseModel]) -> str:
    """Point to a key that looks like the missing one."""
    siblings = {key[-1] for key in document.keys if key[:-1] == path[:-1]} - set(
        keys_at(path[:-1], root)
    )
    close = get_close_matches(path[-1], siblings, n=1)
    return f"; did you write '{close[0]}' for it?" if close else ""


def _wrong_number(path: tuple[str, ...], entry: dict[str, Any]) -> str:
    if path[:1] == ("traits",):
        return "expected two numbers, the mean and the standard deviation, such as [0, 1]"
    if entry["type"] == "too_long":
        return f"expected at most {entry['ctx']['max_length']} {path[-1]}; found more"
    return f"expected one or more {path[-1]}; found none"


def keys_at(path: tuple[str, ...], root: type[BaseModel] = Flow) -> list[str]:
    """Return the keys that a record at a path of a file may have.

    Of a flow file, unless another record is named.
    """
    here: Any = root
    for key in path:
        here = _step(here, key)
    model = _model(here)
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def _step(annotation: Any, key: str) -> Any:
    model = _model(annotation)
    if model is not None:
        for name, info in model.model_fields.items():
            if key in (name, info.alias):
                return info.annotation
        return None
    inner = [part for part in _parts(annotation) if get_origin(part) in (dict, tuple)]
    return get_args(inner[0])[1 if get_origin(inner[0]) is dict else 0] if inner else None


def _model(annotation: Any) -> type[BaseModel] | None:
    found = [
        part
        for part in _parts(annotation)
        if isinstance(part, type) and issubclass(part, BaseModel)
    ]
    return found[0] if found else None


def _parts(annotation: Any) -> list[Any]:
    """Return the types that an annotation may mean, with `Annotated` and `| None` taken off."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for inner in get_args(annotation) for part in _parts(inner)]
    return [annotation]
