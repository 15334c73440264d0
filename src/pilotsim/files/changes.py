"""Scenarios: a named change to a flow file, checked like the flow itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pilotsim.base.errors import FlowError, Notice, RequestError, did_you_mean
from pilotsim.base.messages import Message, join_messages
from pilotsim.base.quantity import Quantity, is_written_out, show
from pilotsim.base.text import Text, is_whole_number
from pilotsim.files.faults import CONSTANT, keys_at, keys_meant_at
from pilotsim.files.reading import MADE_OF, build_flow, flow_as_written
from pilotsim.files.relative import Exactly, StepChange, begins_as_step, read_step
from pilotsim.files.yaml import YamlDocument, parse
from pilotsim.model.changed_entries import ChangedEntry
from pilotsim.model.distributions.duration import POINTS
from pilotsim.model.distributions.observed import LENGTHS_FROM, STAYS
from pilotsim.model.flow import Flow

# What a file writes for the share that is left.
REST = "rest"
# What a length that was made of stays holds of them.
OF_STAYS = (POINTS, LENGTHS_FROM)
FOR_THIS_RUN = {
    "nb": "satt for denne simuleringen",
    "en": "set for this run",
    "sv": "satt för denna simulering",
}

_NUMBER_OF_CLIENTS = re.compile(r"groups\.[^.]+\.(stock|arrivals)")
_SIZE = re.compile(
    r"groups\.[^.]+\.(stock|arrivals)"
    r"|resources\.[^.]+\.(units|fte|supply\.units)"
    r"|stages\.[^.]+\.opens\.admits"
)
_CHOICE_OF_ROWS = re.compile(r"joint\.[^.]+\.(only|file)")


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


def apply_changes(document: YamlDocument, *layers: Mapping[str, Any]) -> Flow:
    """Return the flow of a document with some of its entries changed.

    Parameters
    ----------
    document : YamlDocument
        A flow file as plain values.
    *layers : mapping
        What stands at each dotted path instead, or a step from what stands there (`read_step`);
        one layer on top of the other, such as a scenario and what is set for this run. A plain
        number in the place of a written-out value counts as an assumption of this run, without a
        range.

    Raises
    ------
    RequestError
        A path leads nowhere, or a step does not fit what stands there.
    FlowError
        The changed flow is faulty.
    """
    content = copy_content(document.content)
    paths: dict[str, None] = {}
    for changes in layers:
        for path, value in changes.items():
            _check_step_of_rows(content, path, value, paths)
            put_change(content, path, value, document)
            paths[path] = None
    flow = build_changed(document, content, list(paths))
    flow.memory[MADE_OF] = (document, layers)
    return flow


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
    changed = replace(document, content=content, faults=list(document.faults), flow=None)
    paths = list(changes)
    flow = build_flow(changed, changed=[tuple(path.split(".")) for path in paths])
    entries = list(_changed_entries(document, content, paths, flow))
    moved = list(_starts_moved(document, flow)) if "starts" in paths else []
    flow.note(entries, [*flow.notices, *moved, *_does_not_follow(document, flow, entries)])
    with suppress(FlowError):
        flow.keep_as_written(flow_as_written(document))
    return flow


def _starts_moved(document: YamlDocument, flow: Flow) -> Iterator[Notice]:
    """Yield that another start moves the stock, the dates and the horizon, and what to set instead.

    Nothing where nobody is drawn into a programme.
    """
    drawing = [name for name, stage in flow.stages.items() if stage.draws_from is not None]
    if drawing:
        message = Message(
            "another start moves the whole world: who is there at the start, what is dated and the "
            "horizon; to let the programme alone begin later, set {paths}",
            paths=", ".join(f"stages.{name}.opens.first" for name in drawing),
        )
        yield document.notice(("starts",), message)


def _does_not_follow(
    document: YamlDocument, flow: Flow, entries: Iterable[ChangedEntry]
) -> Iterator[Notice]:
    """Yield which numbers stay as in the file though another number of clients was set.

    Whether staff and places are to grow with the clients is nothing that a program can know; that
    they did not is what a reader must.
    """
    told = {entry.path: entry for entry in entries}
    set_here = [
        path
        for path, entry in told.items()
        if _NUMBER_OF_CLIENTS.fullmatch(path) and not entry.follows and _differs(entry)
    ]
    if not set_here:
        return
    stay = []
    for path, value in flow.values.items():
        if path in told or value.follows or value.stays_at(0) or not _is_size(flow, path):
            continue
        numbers = [value.written, *(later.written for _, later in value.changes)]
        stay.append(f"{path} ({' → '.join(numbers)})")
    if stay:
        message = Message(
            "another number of clients; what does not follow it and stays as in the file: {what}",
            what=", ".join(stay),
        )
        yield document.notice(tuple(set_here[0].split(".")), message)


def _differs(entry: ChangedEntry) -> bool:
    before, after = entry.before, entry.after
    return before is None or after is None or before.number != after.number


def _is_size(flow: Flow, path: str) -> bool:
    """Tell whether a value says how large something is: a group, a resource, an intake, a budget.

    What one client costs or takes is no size, nor is a share.
    """
    if _SIZE.fullmatch(path):
        return True
    keys = path.split(".")
    return keys[0] == "costs" and keys[1] in flow.costs and not flow.costs[keys[1]].is_of_clients


def _changed_entries(
    document: YamlDocument, content: Any, paths: Iterable[str], flow: Flow
) -> Iterator[ChangedEntry]:
    """Yield what stands otherwise at each path, then what follows from that.

    What was set to what it is already, is not told.
    """
    known = _values_as_written(document)
    told: set[str] = set()
    for path in itertools.chain.from_iterable(_paths_of_numbers(content, one) for one in paths):
        before, after = (_entry_at(whole, path) for whole in (document.content, content))
        if before == after:
            continue
        name = name_of_value(flow, path)
        told.add(name)
        value = flow.values.get(name)
        earlier = known.get(name) if value is not None else None
        yield ChangedEntry(name, earlier, value, said_in_file(before), said_in_file(after))
    # A choice of rows moves what is drawn from them, as what a sum names moves the sum.
    drawn = [path for part in flow.joint.values() for path in part.gives if path in flow.values]
    for name in [*drawn, *(follower.path for follower in flow.followers)]:
        if name.startswith("conflicts."):  # about the document, whatever was set
            continue
        earlier, value = known.get(name), flow.values[name]
        if name not in told and earlier is not None and earlier.number != value.number:
            yield ChangedEntry(name, earlier, value, earlier.written, value.written, follows=True)


def _paths_of_numbers(content: Any, path: str) -> list[str]:
    """Return the paths of the numbers for which one alone may stand at a path.

    The path itself where one does stand there, or where none may.
    """
    keys = _keys_that_hold(_entry_at(content, path), path)
    return [f"{path}.{key}" for key in keys] or [path]


def _keys_that_hold(entry: Any, path: str) -> tuple[str, ...]:
    """Return the keys of an entry that hold what one number alone would stand for.

    None unless the entry is written as a mapping with more than that number. A length of a family
    is no number with more: one in its place is another length.
    """
    if not isinstance(entry, Mapping) or is_written_out(entry):
        return ()
    keys = keys_meant_at(tuple(path.split(".")))
    return () if keys == (CONSTANT,) and CONSTANT not in entry else keys


def _values_as_written(document: YamlDocument) -> Mapping[str, Quantity]:
    """Return the values of a flow file as it stands; none of a file with faults."""
    try:
        return flow_as_written(document).values
    except FlowError:
        return {}


def name_of_value(flow: Flow, path: str) -> str:
    """Return the name that a flow has for the value at a path of its file; the path for none.

    A file may lead on to what needs no name of its own: the value of what is written out, and what
    a number alone would stand for, such as a share, or a stay that is as long for all.

    Parameters
    ----------
    flow : Flow
        Whose value it is.
    path : str
        Dotted, as the file has it.
    """
    plain = path.removesuffix(".value")
    above, _, last = plain.rpartition(".")
    names = (plain, above if last in keys_meant_at(tuple(above.split("."))) else plain)
    return next((name for name in names if name in flow.values), path)


def _entry_at(content: Any, path: str) -> Any:
    """Return what stands at a path; None for nothing."""
    here = content
    for key in path.split("."):
        if isinstance(here, Mapping):
            here = here.get(key)
        elif isinstance(here, list) and is_whole_number(key) and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return here


def said_in_file(raw: Any) -> str:
    """Return plain content in one line, as a file would have it; nothing for nothing."""
    return "" if raw is None else show(raw).strip("'")


def _value_at(document: YamlDocument, path: str) -> Quantity | None:
    """Return the value that stands at a path of a flow file; None for no value."""
    try:
        flow = flow_as_written(document)
    except FlowError:
        return None
    return flow.values.get(name_of_value(flow, path))


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

    ``path=+10``, ``path=-1 month``, ``path+=10`` and ``path-=10`` go from what stands there
    (`read_step`); ``path==-100`` says what is to stand there.

    Raises
    ------
    RequestError
        It is not of that form.
    FlowError
        The value is no YAML, or YAML that a file may not hold either.
    """
    path, sign, value = _split(text)
    operator = path[-1:] if path[-1:] in ("+", "-") else ""
    path, value = path.removesuffix(operator).strip(), value.strip()
    if not sign or not path or not value.lstrip("="):
        raise RequestError(
            Message(
                "expected path=value, such as resources.municipal_place.units=40; found '{found}'",
                found=text,
            )
        )
    if operator:
        return path, f"{operator}={value}"
    if value.startswith("="):
        return path, Exactly(_read_plain(path, value.removeprefix("=").strip()))
    if begins_as_step(value):
        return path, value  # words, so that the sign is not lost
    return path, _read_plain(path, value)


def _split(text: str) -> tuple[str, str, str]:
    """Return path, sign and value; signs of equality within a condition are part of the path."""
    own = re.search(r"(?<![<>!=])=(?!=)", text)
    if "when." in text.partition("=")[0] and own is not None:
        return text[: own.start()], "=", text[own.end() :]
    return text.partition("=")


def _read_plain(path: str, value: str) -> Any:
    document = parse(value, f"--set {path}")
    if document.faults:
        raise FlowError(document.faults)
    return document.content


def put_change(content: Any, path: str, value: Any, document: YamlDocument | None = None) -> None:
    """Put a value at a dotted path of a flow file's content.

    Parameters
    ----------
    content : mapping
        Plain content of a flow file, which is changed.
    path : str
        Names of keys, and numbers of items of a list, joined by dots.
    value : object
        Plain, or a step from what stands there (`read_step`). Where it replaces a written-out
        value, it becomes an assumption of this run. Where a mapping holds more than the number
        that could stand in its place, a number is put for that one alone.
    document : YamlDocument, optional
        The flow file as it was read, which knows of what kind each value is.

    Raises
    ------
    RequestError
        The path leads nowhere, or a step does not fit what stands there.
    """
    keys = path.split(".")
    _check_no_point(content, keys)
    # A copy, since a later change may reach inside what is put here.
    value = copy_content(value)
    held = () if isinstance(value, Mapping) else _keys_that_hold(_entry_at(content, path), path)
    if held:
        _put_number(content, path, held, value, document)
        return
    here = content
    for depth, key in enumerate(keys[:-1]):
        here = _inside(here, key, keys[:depth])
    last = keys[-1]
    if isinstance(here, list):
        before = _inside(here, last, keys[:-1])
        here[int(last)] = _as_assumption(before, _resolved(before, path, value, document))
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
    here[last] = _as_assumption(before, _resolved(before, path, value, document))


def _check_no_point(content: Any, keys: list[str]) -> None:
    """Raise an error for a part of a length that was made of stays: its points are one whole."""
    for depth in range(1, len(keys)):
        above = ".".join(keys[:depth])
        length = _entry_at(content, above)
        if isinstance(length, Mapping) and LENGTHS_FROM in length and keys[depth] in OF_STAYS:
            message = Message(
                "'{above}' was made of {stays} stays, as a whole; set '{above}' itself, such as to "
                "'6 weeks'",
                above=above,
                stays=length[LENGTHS_FROM].get(STAYS, 0),
            )
            raise ChangeError(".".join(keys), message)


def _put_number(
    content: Any, path: str, keys: tuple[str, ...], value: Any, document: YamlDocument | None
) -> None:
    """Put what a mapping with more could be written as; the rest of the mapping stays.

    A step goes from each number that stands there.
    """
    entry = _entry_at(content, path)
    if value == REST:
        for key in keys:
            entry.pop(key, None)
        return
    is_step = isinstance(read_step(value, may_be_negative=True), StepChange)
    there = tuple(key for key in keys if key in entry) if is_step else keys
    for key in there or keys:
        put_change(content, f"{path}.{key}", value, document)


def _check_step_of_rows(content: Any, path: str, value: Any, changed: Iterable[str]) -> None:
    """Raise an error for a step on a value that is drawn from other rows than the file says.

    What stands in the file is the central row of all its rows; with some of them, or with another
    file of rows, the value starts from elsewhere.
    """
    others = [one.split(".")[1] for one in changed if _CHOICE_OF_ROWS.fullmatch(one)]
    parts = content.get("joint") if isinstance(content, Mapping) else None
    for name in others:
        given = parts[name].get("gives", {}) if isinstance(parts, Mapping) else {}
        above, _, last = path.rpartition(".")
        is_of_above = above in given and last in keys_meant_at(tuple(above.split(".")))
        if (path in given or is_of_above) and isinstance(
            read_step(value, may_be_negative=True), StepChange
        ):
            raise ChangeError(
                path,
                Message(
                    "is drawn with other rows of '{joint}' than the file stands at; give the "
                    "number itself instead of a step",
                    joint=name,
                ),
            )


def _resolved(before: Any, path: str, value: Any, document: YamlDocument | None) -> Any:
    """Return what is to stand at a path: a step is taken from what stands there."""
    if isinstance(value, Mapping | list):
        return value
    known = None if document is None else _value_at(document, path)
    kind = None if known is None else known.kind
    stands = before
    if known is not None and is_written_out(before) and "value" not in before:
        stands = known.written  # a sum, which a step leaves for a number
    try:
        is_below_0 = isinstance(before, int | float) and before < 0
        step = read_step(value, may_be_negative=kind == "real" or (kind is None and is_below_0))
        if isinstance(step, Exactly):
            return step.value
        return value if step is None else step.of(stands, kind)
    except RequestError as error:
        raise ChangeError(path, error.message) from error


def _inside(here: Any, key: str, above: list[str]) -> Any:
    if isinstance(here, list) and is_whole_number(key) and int(key) < len(here):
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
    if not is_written_out(before):
        return value
    if isinstance(value, Mapping) and ("assumption" in value or "source" in value):
        return value
    if isinstance(value, Mapping) and not is_written_out(value):
        return value
    label = {"label": before["label"]} if "label" in before else {}
    plain = value if isinstance(value, Mapping) else {"value": value}
    return {**plain, "assumption": FOR_THIS_RUN, **label}
