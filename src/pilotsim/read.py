"""Flow files to flows: every fault of a file at once, each with its place and what was probably meant."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pilotsim import consistency
from pilotsim.errors import Fault, FlowError, did_you_mean
from pilotsim.flow import Flow
from pilotsim.values import ValueFault, show
from pilotsim.yamltext import Document, parse, read_file

NAMED = ("traits", "groups", "resources", "risks", "stages", "targets", "scenarios", "sources")
LISTED = ("effects", "conflicts")
PLAIN_FAULTS = {
    "string_type": "words", "int_type": "a whole number", "int_parsing": "a whole number", "float_type": "a number",
    "bool_type": "true or false", "bool_parsing": "true or false", "dict_type": "keys and values",
    "model_type": "keys and values", "model_attributes_type": "keys and values", "tuple_type": "a list", "list_type": "a list",
    "date_type": "a date such as 2015-07-01", "date_from_datetime_parsing": "a date such as 2015-07-01",
}  # fmt: skip


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
        raise FlowError([document.fault((), f"expected the keys of a flow; found {show(document.content)}")])
    flow, broken = _validate(document.content, document, faults)
    if flow is None:
        flow, _ = _validate(_without(document.content, broken), document, [])
    if flow is not None:
        known = {kind: document.content.get(kind) or () for kind in NAMED}
        for path, message in consistency.faults_of(flow, known, changed):
            faults.append(document.fault(path, message))
    if faults or flow is None:
        raise FlowError(list(dict.fromkeys(faults)))
    return flow


def _validate(content: Mapping[str, Any], document: Document, faults: list[Fault]) -> tuple[Flow | None, set[tuple[str, ...]]]:
    """Return the flow, or None with the paths of the parts that are broken; add their faults."""
    try:
        return Flow.model_validate(content), set()
    except ValidationError as error:
        broken = set()
        for entry in error.errors(include_url=False):
            path = tuple(str(key) for key in entry["loc"])
            faults.append(_fault(path, dict(entry), document))
            broken.add(path[: 2 if path[:1] and path[0] in (*NAMED, *LISTED) else 1])
        return None, broken


def _without(content: Mapping[str, Any], broken: set[tuple[str, ...]]) -> dict[str, Any]:
    """Return the content without its broken parts, so that the rest can still be checked."""
    whole = {key: value for key, value in content.items() if (key,) not in broken}
    for kind in NAMED:
        if isinstance(whole.get(kind), Mapping):
            whole[kind] = {name: part for name, part in whole[kind].items() if (kind, name) not in broken}
    for kind in LISTED:
        if isinstance(whole.get(kind), list):
            whole[kind] = [part for k, part in enumerate(whole[kind]) if (kind, str(k)) not in broken]
    return whole


def _fault(path: tuple[str, ...], entry: dict[str, Any], document: Document) -> Fault:
    path = tuple(key for key in path if key != "[key]")
    kind, found = entry["type"], entry.get("input")
    if kind == "extra_forbidden":
        return document.fault(path, f"unknown key '{path[-1]}'{did_you_mean(path[-1], keys_at(path[:-1]))}")
    if kind == "missing":
        return document.fault(path[:-1], f"the key '{path[-1]}' is missing")
    if kind == "value_error":
        error = entry["ctx"]["error"]
        inner = (*path, error.key) if isinstance(error, ValueFault) and error.key else path
        return document.fault(inner, str(error))
    if kind == "literal_error":
        options = entry["ctx"]["expected"]
        names = [part.strip(" '") for part in options.replace(" or ", ",").split(",")]
        return document.fault(path, f"expected {options}; found {show(found)}{did_you_mean(str(found), names) if isinstance(found, str) else ''}")
    if kind in ("too_short", "too_long") and path in (("stages",), ("groups",)):
        return document.fault(path, f"expected 1 to {entry['ctx'].get('max_length', 'many')} {path[0]}; found {entry['ctx']['actual_length']}")
    if kind == "string_pattern_mismatch":
        return document.fault(path, f"expected a name of letters, digits, - and _; found {show(found)}")
    if kind in PLAIN_FAULTS:
        return document.fault(path, f"expected {PLAIN_FAULTS[kind]}; found {show(found)}")
    return document.fault(path, f"{entry['msg']}; found {show(found)}")


def keys_at(path: tuple[str, ...]) -> list[str]:
    """Return the keys that a record at a path of a flow file may have."""
    here: Any = Flow
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
    found = [part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
    return found[0] if found else None


def _parts(annotation: Any) -> list[Any]:
    """Return the types that an annotation may mean, with `Annotated` and `| None` taken off."""
    if get_origin(annotation) is Annotated:
        return _parts(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [part for inner in get_args(annotation) for part in _parts(inner)]
    return [annotation]
