"""The faults of a file, gathered while it is read, so that its writer sees them all at once.

Flow, study, solve and evaluation files are read in the same two steps. First their parts are turned
into records, and what pydantic finds wrong is put into words for somebody who has never heard of
it. Then what must hold between the parts is checked by the reader of each kind, which reports what
it finds to the same `FaultGatherer`.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pilotsim.base.errors import (
    Fault,
    FlowError,
    PilotsimError,
    did_you_mean,
    did_you_mean_one,
    message_of,
)
from pilotsim.base.messages import Message, either, join_messages
from pilotsim.base.places import is_file
from pilotsim.base.quantity import QuantityFault, show
from pilotsim.base.units import hint_for_key
from pilotsim.files.yaml import KINDS, Path_, YamlDocument, check_kind, yaml_files_beside
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import Record, walk
from pilotsim.model.flow import Flow

R = TypeVar("R", bound=BaseModel)
MAX_FAULTS = 100
LONGEST_QUOTED = 40  # letters of a whole file that is one text
# Under which a length that is the same for all stands where it is written with more.
CONSTANT = "constant"
LIST = Message("a list, each entry on a line that begins with '- ', or in [ ]")
# What people leave out who write names where keys and values are expected.
SHORTEST = {"next": "100 %", "needs": "1", "risks": "1"}
WHOLE_NUMBER = Message("a whole number")
NUMBER = Message("a number")
TRUE_OR_FALSE = Message("true or false")
KEYS_AND_VALUES = Message("keys and values")
A_DATE = Message("a date such as 2015-07-01")
# What was expected where pydantic found another kind of thing, by its word for the fault.
PLAIN_FAULTS = {
    "string_type": Message("words"),
    "string_too_short": Message("words"),
    "int_type": WHOLE_NUMBER,
    "int_parsing": WHOLE_NUMBER,
    "int_parsing_size": WHOLE_NUMBER,
    "int_from_float": WHOLE_NUMBER,
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": NUMBER,
    "bool_type": TRUE_OR_FALSE,
    "bool_parsing": TRUE_OR_FALSE,
    "dict_type": KEYS_AND_VALUES,
    "mapping_type": KEYS_AND_VALUES,
    "model_type": KEYS_AND_VALUES,
    "model_attributes_type": KEYS_AND_VALUES,
    "list_type": LIST,
    "tuple_type": LIST,
    "set_type": LIST,
    "date_type": A_DATE,
    "date_parsing": A_DATE,
    "date_from_datetime_parsing": A_DATE,
}


class FaultGatherer:
    """The faults of one file, in the order in which they are found.

    Parameters
    ----------
    document : YamlDocument
        The file as plain values; what was refused of its text is the beginning.
    """

    def __init__(self, document: YamlDocument) -> None:
        self.document = document
        self.found: list[Fault] = list(document.faults)

    def __bool__(self) -> bool:
        return bool(self.found)

    def report(self, path: Path_, message: str) -> None:
        """Note a fault at a path of the file."""
        self.found.append(self.document.fault(path, message))

    def report_error(self, path: Path_, error: PilotsimError | QuantityFault) -> None:
        """Note at a path what went wrong elsewhere on its account, such as in a changed flow."""
        if not isinstance(error, FlowError):
            self.report(path, message_of(error))
            return
        for fault in error.faults:
            self.report(path, under(fault.path, fault.message))

    def stop(self) -> None:
        """Raise an error if there are faults.

        Raises
        ------
        FlowError
            With all of them, each once.
        """
        if self.found:
            raise FlowError(list(dict.fromkeys(self.found)))

    def keys_of(self, kind: str, root: type[BaseModel]) -> Mapping[str, Any]:
        """Return the file's content if it has keys at all.

        Parameters
        ----------
        kind : str
            What the file should hold, one of `KINDS`.
        root : type of BaseModel
            The record that says which keys it needs.

        Raises
        ------
        FlowError
            It is a list, a word or a number, or a file of another kind.
        """
        check_kind(self.document, kind)
        content = self.document.content
        if not isinstance(content, Mapping):
            required = [name for name, one in root.model_fields.items() if one.is_required()]
            message = Message(
                "expected the keys of {kind} ({keys}); found {found}",
                kind=KINDS[kind],
                keys=", ".join(required),
                found=_shown_whole(content),
            )
            self.report((), message)
            self.stop()
        assert isinstance(content, Mapping)
        return content

    def validate(self, root: type[R], content: Any) -> tuple[R | None, set[Path_]]:
        """Return the record that content gives, or None and the paths of its faults."""
        try:
            record = root.model_validate(content)
        except ValidationError as error:
            entries = error.errors(include_url=False)
        else:
            self._refuse_followers(record)
            return record, set()
        paths = [tuple(str(key) for key in entry["loc"]) for entry in entries]
        for path, entry in list(zip(paths, entries, strict=True))[:MAX_FAULTS]:
            self.found.append(fault_of(path, dict(entry), self.document, root))
        return None, set(paths)

    def _refuse_followers(self, record: BaseModel) -> None:
        """Note values that follow others in a file that is no flow: there is nothing to follow."""
        if not isinstance(record, Record) or isinstance(record, Flow):
            return
        for path, value in walk(record):
            if value.follows:
                message = Message("only the values of a flow can follow others; write a number")
                self.report(tuple(path.split(".")), message)

    def file_at(self, path: Path_, name: str) -> Path:
        """Return the file that this one names, as seen from its folder.

        Raises
        ------
        FlowError
            There is none; nothing else can be checked without it.
        """
        file = Path(self.document.file).parent / name
        if not is_file(file):
            near = did_you_mean(file.name, yaml_files_beside(file))
            self.report(path, Message("no such file: {file}{meant}", file=file, meant=near))
            self.stop()
        return file


def under(path: str, message: str) -> str:
    """Return a message behind the path at which it holds, where that is not its place."""
    return join_messages([f"{path}: ", message], "") if path else message


def validate_sound(root: type[R], content: Any) -> R | None:
    """Return the record that content gives without its faulty parts, or None."""
    try:
        return root.model_validate(content)
    except ValidationError:
        return None


def build_record(document: YamlDocument, root: type[R]) -> R:
    """Return the record of a type that a document holds: for files that are no flows.

    Raises
    ------
    FlowError
        With every fault of the text and of each part.
    """
    faults = FaultGatherer(document)
    record, _ = faults.validate(root, document.content)
    faults.stop()
    assert record is not None, "what is not read has a fault"
    return record


def fault_of(
    path: tuple[str, ...],
    entry: dict[str, Any],
    document: YamlDocument,
    root: type[BaseModel] = Flow,
) -> Fault:
    """Return a fault that pydantic found in a document, in words for the writer of the file.

    Parameters
    ----------
    path : tuple of str
        Where pydantic found it.
    entry : dict
        What pydantic says of it.
    document : YamlDocument
        The document, which knows the places of its text.
    root : type
        The record that the document is to hold.
    """
    path = tuple(key for key in path if key != "[key]")
    if entry["type"] == "missing" and not path[-1].isdigit():
        return document.fault(
            path[:-1],
            Message(
                "the key '{key}' is missing{meant}",
                key=path[-1],
                meant=_meant_by_missing(path, document, root),
            ),
        )
    path = document.nearest(path)
    if entry["type"] == "value_error":
        error = entry["ctx"]["error"]
        return document.fault(
            (*path, *error.keys) if isinstance(error, QuantityFault) else path,
            message_of(error),
        )
    return document.fault(path, _message(path, entry, root))


def _message(path: tuple[str, ...], entry: dict[str, Any], root: type[BaseModel]) -> str:
    """Return what was expected, what was found and what was probably meant."""
    kind, found = entry["type"], entry.get("input")
    if path[-2:-1] == ("traits",) and kind in ("bool_type", "bool_parsing", "string_type"):
        return Message(
            "expected true, false or the name of a category; found {found}", found=show(found)
        )
    if kind == "extra_forbidden":
        return Message(
            "unknown key {found}{meant}",
            found=show(path[-1]),
            meant=hint_for_key(path[-1], keys_at(path[:-1], root)),
        )
    if kind == "literal_error":
        names = [
            part.strip(" '") for part in entry["ctx"]["expected"].replace(" or ", ",").split(",")
        ]
        return Message(
            "expected {wanted}; found {found}{meant}",
            wanted=either(names),
            found=show(found),
            meant=_meant(found, names),
        )
    if kind in ("too_short", "too_long", "missing"):
        return _wrong_number(path, entry)
    if kind == "string_pattern_mismatch":
        return Message(
            "expected a name of letters A to Z, digits, - and _; found {found}", found=show(found)
        )
    if kind == "string_type" and isinstance(found, bool | int | float):
        return Message(
            "expected words; found {found}; put it in quotes if it is a name", found=show(found)
        )
    if kind == "dict_type" and path[0] == "stages" and path[-1] in SHORTEST:
        return Message(
            "expected keys and values; found {found}{meant}",
            found=show(found),
            meant=_meant_keys(found, SHORTEST[path[-1]]),
        )
    if kind in ("model_type", "model_attributes_type") and found is None:
        return Message(
            "expected keys and values; found nothing; check the indentation of the lines below, "
            "or write {{}}"
        )
    if kind == "model_type" and isinstance(found, list):
        return Message(
            "expected keys and values; found {found}; leave the '-' out", found=show(found)
        )
    if kind in PLAIN_FAULTS:
        return Message(
            "expected {wanted}; found {found}",
            wanted=PLAIN_FAULTS[kind],
            found=show(found) if path else _shown_whole(found),
        )
    bound = _bound(kind, entry.get("ctx", {}))
    if bound is not None:
        return Message("expected {wanted}; found {found}", wanted=bound, found=show(found))
    return Message("cannot be read ({why}); found {found}", why=entry["msg"], found=show(found))


def _shown_whole(content: Any) -> str:
    """Return what a file holds that should hold keys; other people's words are not quoted."""
    if isinstance(content, str) and len(content) > LONGEST_QUOTED:
        return Message("words without keys")
    return show(content)


def _bound(kind: str, context: Mapping[str, Any]) -> Message | None:
    """Return what was expected of a number that lies beyond a bound."""
    if kind == "greater_than_equal":
        return Message("{least} or more", least=context["ge"])
    if kind == "less_than_equal":
        return Message("{most} or less", most=context["le"])
    if kind == "greater_than":
        return Message("more than {bound}", bound=context["gt"])
    if kind == "less_than":
        return Message("less than {bound}", bound=context["lt"])
    return None


def _meant_keys(found: Any, value: str) -> str:
    names = [found] if isinstance(found, str) else found if isinstance(found, list) else []
    fit = 0 < len(names) <= 6 and all(isinstance(name, str) and name for name in names)
    return (
        Message(
            "; did you mean {meant}?",
            meant=f"{{{', '.join(f'{name}: {value}' for name in names)}}}",
        )
        if fit
        else ""
    )


def _meant(found: Any, names: Iterable[str]) -> str:
    """Return what was probably meant where all that may be said has been listed already."""
    return did_you_mean_one(found, names) if isinstance(found, str) else ""


def _meant_by_missing(path: tuple[str, ...], document: YamlDocument, root: type[BaseModel]) -> str:
    """Point to a key that looks like the missing one."""
    siblings = {key[-1] for key in document.keys if key[:-1] == path[:-1]} - set(
        keys_at(path[:-1], root)
    )
    close = get_close_matches(path[-1], siblings, n=1)
    return Message("; did you write '{name}' for it?", name=close[0]) if close else ""


def _wrong_number(path: tuple[str, ...], entry: dict[str, Any]) -> str:
    if path[:1] == ("traits",):
        return Message("expected two numbers, the mean and the standard deviation, such as [0, 1]")
    if entry["type"] == "too_long":
        return Message(
            "expected at most {most} {key}; found more",
            most=entry["ctx"]["max_length"],
            key=path[-1],
        )
    return Message("expected one or more {key}; found none", key=path[-1])


def keys_at(path: tuple[str, ...], root: type[BaseModel] = Flow) -> list[str]:
    """Return the keys that a record at a path of a file may have.

    Of a flow file, unless another record is named.
    """
    model = _model(_annotation_at(path, root))
    return [info.alias or name for name, info in model.model_fields.items()] if model else []


def keys_meant_at(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys for which a number alone stands at a path of a flow file; none for no such.

    Where a file may hold either a number or a mapping with that number and more, they are the keys
    of the mapping that hold the number.
    """
    annotation = _annotation_at(path, Flow)
    if Duration in _parts(annotation):
        return (CONSTANT,)
    model = _model(annotation)
    return model.short_for if model is not None and issubclass(model, Record) else ()


def _annotation_at(path: tuple[str, ...], root: type[BaseModel]) -> Any:
    here: Any = root
    for key in path:
        here = _step(here, key)
    return here


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
