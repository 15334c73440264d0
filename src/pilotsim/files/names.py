"""The names that a flow file gives, whether or not it can be read: what editors complete by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pilotsim.base.errors import FlowError, PilotsimError
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault, is_written_out, read_words
from pilotsim.files.faults import FaultGatherer
from pilotsim.files.modules import (
    NAMED,
    USE,
    module_document,
    place_known_modules,
    shipped_modules,
)
from pilotsim.files.reading import build_flow, read_document
from pilotsim.files.yaml import YamlDocument, kind_of, parse, read_file
from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.flow import Flow
from pilotsim.model.joint import path_of_joint
from pilotsim.model.naming import (
    ASSUMPTIONS,
    CATEGORIES,
    JOINTS,
    MODULES,
    OPTIONS,
    OWN,
    PARAMETERS,
    PATHS,
    USES,
    VALUES,
)

__all__ = ["KnownNames", "names_for"]

# What says to people what a part is.
TOLD = ("label", "says", "title")
# What a file that names a flow does not know of it when the flow cannot be read.
OF_READ_FLOWS = frozenset((VALUES, ASSUMPTIONS))


@dataclass(frozen=True)
class KnownNames:
    """The names of a flow, and of a file beside it, each with what it is called.

    Parameters
    ----------
    by_kind : mapping
        Of each kind the names, each with words for people, or none.
    inner : mapping
        Of `CATEGORIES`, `OPTIONS`, `PARAMETERS` and `JOINTS` the names that each trait, choice or
        module has.
    open : frozenset of str
        Kinds of which there may be more names than are known; `KIND.NAME` for those inside of one.
    content : mapping
        The flow as plain values, its modules in their places.
    own : mapping
        The file itself as plain values.
    """

    by_kind: Mapping[str, Mapping[str, str]]
    inner: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    open: frozenset[str] = frozenset()
    content: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)

    def named(self, kinds: Sequence[str], of: str = "") -> dict[str, str]:
        """Return the names of several kinds, each with what it is called.

        Parameters
        ----------
        kinds : sequence of str
            As `pilotsim.model.naming.NameOf` says them.
        of : str
            Whose categories or options are asked for.
        """
        found: dict[str, str] = {}
        for kind in kinds:
            if kind.startswith(OWN):
                found |= dict.fromkeys(_at(self.own, kind.removeprefix(OWN)), "")
            elif kind in self.inner:
                found |= self.inner[kind].get(of, {})
            else:
                found |= self.by_kind.get(kind, {})
        return found

    def heads(self, kinds: Sequence[str]) -> list[str]:
        """Return what a name with more behind it begins with: of a path the part of the flow."""
        if PATHS not in kinds:
            return list(self.named(kinds))
        return [
            head
            for key in Flow.model_fields
            for head in (
                [f"{key}.{name}" for name in self.content[key]]
                if isinstance(self.content.get(key), Mapping)
                else [key]
            )
        ]

    def is_open(self, kinds: Sequence[str], of: str = "") -> bool:
        """Tell whether there may be names of these kinds, of something, that are not known."""
        return not self.open.isdisjoint([*kinds, *(f"{kind}.{of}" for kind in kinds)])


def names_for(file: str | Path, language: str) -> tuple[str, KnownNames]:
    """Return of what kind a file is, and the names that it may use: its flow's and its own.

    A flow that cannot be read, while it is written, gives the names of its parts all the same.

    Parameters
    ----------
    file : str or Path
        A flow, or a file that says which flow it is about.
    language : str
        In which names are told.

    Raises
    ------
    FlowError
        A file is no YAML, or names no flow that is there.
    """
    document = parse(read_file(file), str(file))
    kind = kind_of(document)
    if kind == "flow":
        return kind, _names_of_flow(str(file), language, document.content)
    faults = FaultGatherer(document)
    flow = document.content.get("flow") if isinstance(document.content, Mapping) else None
    if not isinstance(flow, str):
        faults.report(
            (),
            Message(
                "names no flow; give the flow with --for, and say with --kind what kind of file is "
                "to be completed"
            ),
        )
        faults.stop()
    place = faults.file_at(("flow",), str(flow))
    return kind, _names_of_flow(str(place), language, document.content)


def _names_of_flow(file: str, language: str, own: Any) -> KnownNames:
    flow: Flow | None = None
    whole = True
    document: YamlDocument
    try:
        document = read_document(file)
    except FlowError:
        document = parse(read_file(file), file)
        whole = place_known_modules(document)
    content = FaultGatherer(document).keys_of("flow", Flow)
    if whole:
        try:
            flow = build_flow(document)
        except PilotsimError:
            flow = None
    by_kind = {
        kind: {str(name): _told(part, language) for name, part in parts.items()}
        for kind, parts in content.items()
        if isinstance(parts, Mapping)
    }
    by_kind["traits"] = {**by_kind.get("traits", {}), GROUP: "", PAST: ""}
    by_kind["results"] = dict.fromkeys(_at(content, "economy.results"), "")
    by_kind["drawn"] = {path_of_joint(name): "" for name in _at(content, "joint")}
    by_kind |= _questions(content, by_kind.get("targets", {}), language)
    by_kind |= _values(content, flow, language)
    of_traits = {
        name: dict.fromkeys(_at(part, "categories"), "")
        for name, part in _at(content, "traits").items()
    }
    of_choices = {
        name: {str(one): _told(said, language) for one, said in _at(part, "options").items()}
        for name, part in _at(content, "choices").items()
    }
    inner = {
        CATEGORIES: {**of_traits, GROUP: by_kind.get("groups", {})},
        OPTIONS: of_choices,
        **_asked_by_modules(Path(file).parent, _at(own, USE), language),
    }
    # Of a module that is not there, and of one that is not named yet, nothing is known.
    unknown = {"", *_at(own, USE)} - inner[PARAMETERS].keys()
    is_open = {f"{kind}.{name}" for kind in (PARAMETERS, JOINTS) for name in unknown}
    if flow is None:
        is_open |= OF_READ_FLOWS
    if not whole:
        is_open.update(NAMED)
    by_kind[USES] = dict.fromkeys(inner[PARAMETERS], "")
    if isinstance(own, Mapping) and USE in own:
        by_kind[MODULES] = {
            name: _told(parse(read_file(place), str(place)).content, language)
            for name, place in shipped_modules().items()
        }
    return KnownNames(
        by_kind, inner, frozenset(is_open), content, own if isinstance(own, Mapping) else {}
    )


def _asked_by_modules(
    folder: Path, uses: Mapping[str, Any], language: str
) -> dict[str, dict[str, dict[str, str]]]:
    """Return the parameters and the joints of each module that a flow takes, by its name there."""
    found: dict[str, dict[str, dict[str, str]]] = {PARAMETERS: {}, JOINTS: {}}
    for name, said in uses.items():
        module = str(said.get("module", "")) if isinstance(said, Mapping) else ""
        try:
            _, there = module_document(shipped_modules().get(module, folder / module))
        except PilotsimError:
            continue
        found[PARAMETERS][name] = {
            one: f"{part.says.in_language(language)} ({part.unit.in_language(language)})"
            for one, part in there.parameters.items()
        }
        found[JOINTS][name] = {
            one: part.says.in_language(language) for one, part in there.joins.items()
        }
    return found


def _at(content: Any, path: str) -> Mapping[str, Any]:
    """Return the mapping at a path of plain content; an empty one where there is none."""
    for key in path.split("."):
        content = content.get(key) if isinstance(content, Mapping) else None
    return content if isinstance(content, Mapping) else {}


def _told(part: Any, language: str) -> str:
    """Return what a part is called, as far as its file says so in words."""
    words = part if isinstance(part, str) else None
    if isinstance(part, Mapping):
        words = next((part[key] for key in TOLD if key in part), part.get(language))
    try:
        return "" if words is None else read_words(words).in_language(language)
    except QuantityFault:
        return ""


def _questions(
    content: Mapping[str, Any], targets: Mapping[str, str], language: str
) -> dict[str, dict[str, str]]:
    """Return targets with their readings, and readings in the place of targets that have some."""
    questions: dict[str, str] = {}
    readings: dict[str, str] = {}
    for name, says in targets.items():
        inner = {
            f"{name}.{one}": _told(part, language)
            for one, part in _at(content, f"targets.{name}.readings").items()
        }
        questions |= {name: says, **inner}
        readings |= inner or {name: says}
    return {"questions": questions, "readings": readings}


def _values(
    content: Mapping[str, Any], flow: Flow | None, language: str
) -> dict[str, dict[str, str]]:
    """Return the paths of values and assumptions, each with its name and what it is now."""
    if flow is None:
        values = dict(_numbers(content, ""))
        return {VALUES: values, ASSUMPTIONS: values, PATHS: values}
    values = {
        path: f"{value.label.in_language(language)}: {value.written}"
        if value.label is not None
        else str(value.written)
        for path, value in flow.values.items()
        if path not in flow.points_of_stays
    }
    assumptions = {path: values[path] for path in flow.assumptions}
    return {VALUES: values, ASSUMPTIONS: assumptions, PATHS: values}


def _numbers(content: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield the path of each number of plain content, and what it is, as far as one can see."""
    if isinstance(content, Mapping) and not is_written_out(content):
        for key, part in content.items():
            yield from _numbers(part, f"{path}.{key}" if path else str(key))
    elif isinstance(content, Mapping):
        yield path, str(content.get("value", ""))
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield path, str(content)
    elif isinstance(content, str) and content[:1].isdigit():
        yield path, content
