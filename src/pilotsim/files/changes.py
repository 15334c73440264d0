"""Scenarios: a named change to a flow file, checked like the flow itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pilotsim.base.errors import RequestError, did_you_mean
from pilotsim.base.messages import Message, join_messages
from pilotsim.base.quantity import is_written_out
from pilotsim.base.text import Text
from pilotsim.files.faults import keys_at
from pilotsim.files.reading import build_flow
from pilotsim.files.yaml import YamlDocument, parse
from pilotsim.model.flow import Flow

FOR_THIS_RUN = {
    "nb": "satt for denne kjøringen",
    "en": "set for this run",
    "sv": "satt för denna körning",
}


class ChangeError(RequestError):
    """A change to a flow whose path leads nowhere.

    Parameters
    ----------
    path : str
        As far as it was followed, with the key that is not there.
    said : str
        What is wrong there.
    """

    def __init__(self, path: str, said: str) -> None:
        self.path = path
        self.said = said
        super().__init__(join_messages([f"{path}: ", said], ""))

    def __reduce__(self) -> tuple[type[ChangeError], tuple[str, str]]:
        return ChangeError, (self.path, self.said)


def apply_changes(document: YamlDocument, changes: Mapping[str, Any]) -> Flow:
    """Return the flow of a document with some of its entries changed.

    Parameters
    ----------
    document : YamlDocument
        A flow file as plain values.
    changes : mapping
        What stands at each dotted path instead. A plain number in the place of a written-out value
        counts as an assumption of this run, without a range.

    Raises
    ------
    RequestError
        A path leads nowhere.
    FlowError
        The changed flow is faulty.
    """
    content = copy_content(document.content)
    for path, value in changes.items():
        put_change(content, path, value)
    return build_changed(document, content, changes)


def copy_content(content: Any) -> Any:
    """Return plain content that may be changed; an alias of a file becomes content of its own."""
    if isinstance(content, dict):
        return {key: copy_content(part) for key, part in content.items()}
    return [copy_content(part) for part in content] if isinstance(content, list) else content


def build_changed(document: YamlDocument, content: Any, changes: Iterable[str]) -> Flow:
    """Return the flow of a document with other content, which differs at the given paths.

    Parameters
    ----------
    document : YamlDocument
        The document as it was read, with the places of its text.
    content : mapping
        The other content, plain.
    changes : iterable of str
        The dotted paths at which it differs.

    Raises
    ------
    FlowError
        The changed flow is faulty.
    """
    changed = YamlDocument(
        document.file, content, document.keys, document.values, list(document.faults)
    )
    return build_flow(changed, changed=[tuple(path.split(".")) for path in changes])


def scenario_changes(flow: Flow, name: str) -> tuple[Text, Mapping[str, Any]]:
    """Return what a scenario of a flow says, and what it changes.

    Raises
    ------
    RequestError
        The flow has no such scenario.
    """
    if name not in flow.scenarios:
        raise RequestError(
            Message(
                "the flow has no scenario '{name}'{meant}",
                name=name,
                meant=did_you_mean(name, flow.scenarios),
            )
        )
    scenario = flow.scenarios[name]
    return scenario.says, scenario.changes


def read_change(text: str) -> tuple[str, Any]:
    """Return path and value of a change written as ``path=value``, the value in YAML.

    Raises
    ------
    RequestError
        It is not of that form.
    FlowError
        The value is no YAML.
    """
    path, sign, value = text.partition("=")
    if not sign or not path.strip() or not value.strip():
        raise RequestError(
            Message(
                "expected path=value, such as resources.municipal_place.units=40; found '{found}'",
                found=text,
            )
        )
    return path.strip(), parse(value, f"--set {path.strip()}").content


def put_change(content: Any, path: str, value: Any) -> None:
    """Put a value at a dotted path of a flow file's content.

    Parameters
    ----------
    content : mapping
        Plain content of a flow file, which is changed.
    path : str
        Names of keys, and numbers of items of a list, joined by dots.
    value : object
        Plain. Where it replaces a written-out value, it becomes an assumption of this run.

    Raises
    ------
    RequestError
        The path leads nowhere.
    """
    keys = path.split(".")
    here = content
    for depth, key in enumerate(keys[:-1]):
        here = _inside(here, key, keys[:depth])
    last = keys[-1]
    if isinstance(here, list):
        _inside(here, last, keys[:-1])
        here[int(last)] = value
        return
    if not isinstance(here, dict):
        raise ChangeError(path, Message("'{above}' holds no keys", above=".".join(keys[:-1])))
    before = here.get(last)
    fields = keys_at(tuple(keys[:-1]))
    is_new_entry = not fields and isinstance(value, Mapping)
    known = [*here, *fields]
    if known and last not in known and not is_new_entry:
        raise ChangeError(
            path,
            Message("unknown key '{key}'{meant}", key=last, meant=did_you_mean(last, known)),
        )
    here[last] = _as_assumption(before, value)


def _inside(here: Any, key: str, above: list[str]) -> Any:
    if isinstance(here, list) and key.isdigit() and int(key) < len(here):
        return here[int(key)]
    if isinstance(here, dict) and key in here:
        return here[key]
    known = (
        [str(k) for k in range(len(here))]
        if isinstance(here, list)
        else list(here)
        if isinstance(here, dict)
        else []
    )
    raise ChangeError(
        ".".join([*above, key]),
        Message(
            "{where} has no '{key}'{meant}",
            where=".".join(above) or Message("the flow"),
            key=key,
            meant=did_you_mean(key, known),
        ),
    )


def _as_assumption(before: Any, value: Any) -> Any:
    """Return a plain value as an assumption of this run where it replaces a written-out value."""
    if not is_written_out(before) or isinstance(value, Mapping):
        return value
    label = {"label": before["label"]} if "label" in before else {}
    return {"value": value, "assumption": FOR_THIS_RUN, **label}
