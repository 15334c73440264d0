"""Modules in their places: a flow file with `use` becomes the ordinary flow that it stands for.

So does one with `values_from`, whose numbers stand in a table, and one with `lengths_from`, whose
lengths stand in a file of stays. Everything else that reads a flow file asks `flow_document` for
it, or `written_out` for its text, and sees no modules and no table.
A part that came from one knows so, for faults that are found in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pilotsim.base.errors import Fault, FlowError, PilotsimError, did_you_mean
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import is_written_out
from pilotsim.base.text import Text
from pilotsim.files.districts import DistrictRow, read_districts
from pilotsim.files.faults import FaultGatherer, build_record, keys_meant_at
from pilotsim.files.length_tables import fill_lengths, lay_lengths
from pilotsim.files.shipped import shipped
from pilotsim.files.value_tables import VALUES_FROM, ValueTable, read_values
from pilotsim.files.yaml import Path_, PlacedPart, YamlDocument, parse, read_file
from pilotsim.model.distributions.observed import LENGTHS_FROM
from pilotsim.model.fields import Record
from pilotsim.model.modules import Module, Use

__all__ = [
    "flow_document",
    "module_document",
    "module_files",
    "place_known_modules",
    "read_written_out",
    "shipped_modules",
    "written_out",
]

USE = "use"
# Where the modules of the program stand, and the parts of a flow file that one may have.
FOLDER = "modules"
NAMED = (
    *("sources", "periods", "shared", "joint", "traits", "groups", "resources", "risks", "stages"),
    *("payers", "costs", "targets", "observed", "scenarios"),
)
LISTED = ("effects",)
# Keys of a number that is uncertain, and those that hold what a number alone would stand for.
UNCERTAIN = {"low", "high", "mixture", "joint"}
SHORT = ("share", "constant")
IN_COMMON = {
    "nb": "Felles for bydelene",
    "en": "Common to the districts",
    "sv": "Gemensamt för stadsdelarna",
}
# What parts are called by.
TOLD = ("label", "says")
# Said once however many modules say it, where all say the same; what the flow itself says holds.
COMMON = ("sources", "payers", "shared")
_OWN = re.compile(r"\bthis_(?=[A-Za-z0-9])")
_JOINT = re.compile(r"\bjoin_([A-Za-z0-9_]+)")
_PARAMETER = re.compile(r"\$([A-Za-z0-9_]+)")


class _Uses(Record):
    """The part of a flow file that names modules."""

    use: dict[str, Use]


@dataclass(frozen=True)
class _Placed:
    """A module in a flow.

    Parameters
    ----------
    use : str
        The name that the flow gives it.
    said : Use
        What the flow says of it.
    document : YamlDocument
        The module's file.
    module : Module
        What it holds.
    row : DistrictRow or None
        The district whose copy it is.
    """

    use: str
    said: Use
    document: YamlDocument
    module: Module
    row: DistrictRow | None = None

    @property
    def name(self) -> str:
        """What the names of its parts begin with, unless the flow says otherwise."""
        return self.use if self.row is None else self.row.name

    @property
    def table(self) -> str:
        """The table of districts, as the flow file names it."""
        return self.said.each or ""

    def word(self, words: str) -> str:
        """Return words of the module as the flow has them: own names prefixed, joints joined."""
        return _JOINT.sub(self._joint, _OWN.sub(self.prefix, words))

    @property
    def prefix(self) -> str:
        """What the names of its parts begin with."""
        said = self.said.prefix
        if self.row is not None:
            return f"{self.row.name}_{said or ''}"
        return f"{self.name}_" if said is None else said

    def joined(self, name: str) -> str:
        """Return what a joint is joined to; `this_` of a joint is the district's prefix."""
        said = self.said.joins.get(name)
        if said is None:
            return str(self.module.joins[name].default)
        return said if self.row is None else _OWN.sub(f"{self.row.name}_", said)

    def _joint(self, match: re.Match[str]) -> str:
        return self.joined(match[1]) if match[1] in self.module.joins else match[0]


def shipped_modules() -> dict[str, Path]:
    """Return the file of each module that comes with the program, by name."""
    return {file.stem: file for file in sorted(shipped(FOLDER).glob("*.yaml"))}


def module_document(file: str | Path) -> tuple[YamlDocument, Module]:
    """Return a module's file, and what it holds.

    Raises
    ------
    FlowError
        With every fault of the file.
    """
    document = parse(read_file(file, "module"), str(file), "module")
    FaultGatherer(document).keys_of("module", Module)
    return document, build_record(document, Module)


def flow_document(text: str, file: str) -> YamlDocument:
    """Return the text of a flow file as plain values with their places, its modules in theirs.

    What tables give stands where it belongs.

    Parameters
    ----------
    text : str
        The text.
    file : str
        What its faults call it; modules and tables are looked for as seen from its folder.

    Raises
    ------
    FlowError
        The text is no YAML, or a module or a table is not there, or does not fit.
    """
    document = parse(text, file)
    values = _table_of(document)
    if isinstance(document.content, dict) and USE in document.content:
        placed = _modules_of(document)
        _place(document.content, placed, partial(_note_places, document))
        for one in placed:
            if one.row is not None:
                document.districts[one.row.name] = one.row.says
                line, _ = document.place_of((USE, one.use))
                table = PlacedPart(one.table, one.module.module, one.use, line)
                document.placed[USE, one.use, "each"] = table
        _check_joints(document, placed)
    if values is not None:
        values.lay_into(document)
    lay_lengths(document)
    return document


def place_known_modules(document: YamlDocument) -> bool:
    """Put the modules of a flow file in their places, as far as they are there and fit.

    Parameters
    ----------
    document : YamlDocument
        A flow file that perhaps cannot be read; its content is changed.

    Returns
    -------
    bool
        Whether all modules could be placed.
    """
    if not isinstance(document.content, dict):
        return True
    uses = document.content.pop(USE, {})
    placed_all = True
    for name, said in uses.items() if isinstance(uses, Mapping) else ():
        document.content[USE] = {name: said}
        try:
            _place(document.content, _modules_of(document))
        except (PilotsimError, AttributeError, TypeError):
            document.content.pop(USE, None)
            placed_all = False
    return placed_all


def written_out(text: str, file: str) -> str:
    """Return the text of a flow file with its modules and its tables written out in it.

    A text that takes none comes back as it is.

    Parameters
    ----------
    text : str
        The text.
    file : str
        Where it stands.

    Raises
    ------
    FlowError
        As of `flow_document`.
    """
    document = parse(text, file)
    if not isinstance(document.content, dict):
        return text
    takes_parts = not document.content.keys().isdisjoint((USE, VALUES_FROM))
    if not takes_parts and LENGTHS_FROM not in text:
        return text
    whole = flow_document(text, file)  # which raises what does not fit
    if not takes_parts and not whole.lengths:
        return text
    values = _table_of(document)
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 10_000
    content = yaml.load(text)
    if USE in content:
        _place(content, _modules_of(document))
    if values is not None:
        del content[VALUES_FROM]
        values.fill(content)
    fill_lengths(content, whole.lengths)
    out = StringIO()
    yaml.dump(content, out)
    return out.getvalue()


def read_written_out(file: str | Path) -> str:
    """Return the text of a flow file, read from where it stands, as `written_out` has it."""
    return written_out(read_file(file), str(file))


def module_files(document: YamlDocument) -> list[str]:
    """Return the files of the modules and tables that a flow file takes, each once, in order."""
    return list(dict.fromkeys(part.file for part in document.placed.values() if part is not None))


def _table_of(document: YamlDocument) -> ValueTable | None:
    """Return the table of values that a flow file names, and take the key out of its content."""
    if not isinstance(document.content, dict) or VALUES_FROM not in document.content:
        return None
    table = read_values(document)
    del document.content[VALUES_FROM]
    return table


def _modules_of(document: YamlDocument) -> list[_Placed]:
    """Return the modules that a flow file takes.

    Raises
    ------
    FlowError
        With every fault of the part `use`.
    """
    faults = FaultGatherer(document)
    uses, _ = faults.validate(_Uses, {USE: document.content[USE]})
    found = []
    for name, said in uses.use.items() if uses is not None else ():
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
            message = Message("expected a name of letters, digits and _, a letter first")
            faults.report((USE, name), message)
        file = _file_of(faults, name, said)
        if file is not None:
            try:
                whole = _Placed(name, said, *module_document(file))
                found += _copies(faults, whole)
            except FlowError as error:
                faults.found += error.faults
    _check_columns(faults, found)
    for one in found:
        _check_what_is_said(faults, one)
    _check_names(faults, found)
    faults.stop()
    return found


def _file_of(faults: FaultGatherer, name: str, said: Use) -> Path | None:
    """Return the file of a module; None where there is none, which is noted."""
    path = (USE, name, "module")
    if said.module.endswith((".yaml", ".yml")):
        return faults.file_at(path, said.module)
    known = shipped_modules()
    if said.module in known:
        return known[said.module]
    message = Message(
        "there is no module '{name}'{meant}",
        name=said.module,
        meant=did_you_mean(said.module, known)
        or Message("; there are: {names}", names=", ".join(known)),
    )
    faults.report(path, message)
    return None


def _copies(faults: FaultGatherer, whole: _Placed) -> list[_Placed]:
    """Return a module once for each row of its table of districts; itself where it has none."""
    said = whole.said
    if said.each is None:
        return [whole]
    file = faults.file_at((USE, whole.use, "each"), said.each)
    found = []
    for row in read_districts(file):
        mine = {
            name: column
            for name in whole.module.parameters
            for column in (name, f"{whole.use}.{name}")
            if column in row.numbers
        }
        own_row = replace(
            row,
            numbers={name: row.numbers[column] for name, column in mine.items()},
            columns={name: row.columns[column] for name, column in mine.items()},
        )
        own = said.model_copy(
            update={
                "numbers": {**said.numbers, **own_row.numbers},
                "says": Text(row.says),
                "each": str(file),
            }
        )
        found.append(replace(whole, said=own, row=own_row))
    return found


def _check_columns(faults: FaultGatherer, placed: list[_Placed]) -> None:
    """Note columns of tables of districts that are a parameter of no module."""
    tables: dict[str, dict[str, None]] = {}
    for one in placed:
        if one.row is not None:
            known = tables.setdefault(one.table, {})
            for name in one.module.parameters:
                known |= {name: None, f"{one.use}.{name}": None}
    for file, known in tables.items():
        for name, column in next(iter(read_districts(file))).columns.items():
            if name not in known:
                message = Message(
                    "no module that is placed for each district has a parameter '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, known),
                )
                faults.found.append(Fault(file, 1, column, "", message))


def _check_what_is_said(faults: FaultGatherer, one: _Placed) -> None:
    """Note parameters and joints that the module does not have, and those that are missing."""
    module, said = one.module, one.said
    for name in said.numbers if one.row is None else ():
        if name not in module.parameters:
            message = Message(
                "the module {module} has no parameter '{name}'{meant}",
                module=module.module,
                name=name,
                meant=did_you_mean(name, module.parameters),
            )
            faults.report((USE, one.use, "with", name), message)
    for name, parameter in module.parameters.items():
        if parameter.default is None and said.numbers.get(name) is None:
            message = Message(
                "the module {module} has no number of its own for '{name}'; give it under 'with'",
                module=module.module,
                name=name,
            )
            faults.report((USE, one.use), message)
    for name in said.joins:
        if name not in module.joins:
            message = Message(
                "the module {module} has no joint '{name}'{meant}",
                module=module.module,
                name=name,
                meant=did_you_mean(name, module.joins),
            )
            faults.report((USE, one.use, "joins", name), message)
    for name, joint in module.joins.items():
        if joint.default is None and name not in said.joins:
            message = Message(
                "the module {module} must be told what '{name}' is joined to; say it under 'joins'",
                module=module.module,
                name=name,
            )
            faults.report((USE, one.use), message)


def _check_names(faults: FaultGatherer, placed: list[_Placed]) -> None:
    """Note parts of modules whose name something else has already."""
    content = faults.document.content
    taken: dict[Path_, Any] = {
        (kind, name): part
        for kind in NAMED
        if isinstance(content.get(kind), Mapping)
        for name, part in content[kind].items()
    }
    own = {path for path in taken if path[0] in COMMON}
    for one in placed:
        for path, _, part in _parts(one):
            if path[0] in LISTED or path in own:
                continue
            there = taken.setdefault(path, part)
            if there is not part and not (path[0] in COMMON and there == part):
                message = Message(
                    "the module {module} brings '{path}', which is there already; give the module "
                    "another name here, or the other part",
                    module=one.module.module,
                    path=".".join(path),
                )
                faults.report((USE, one.use), message)


def _parts(one: _Placed) -> Iterator[tuple[Path_, Path_, Any]]:
    """Yield each part of a module: its place in the flow and in the module, and its content."""
    of_all = replace(one, said=one.said.model_copy(update={"says": None}))
    for kind, parts in one.module.parts.items():
        if kind in NAMED and isinstance(parts, Mapping):
            for name, part in parts.items():
                # What is common has a name that is not the module's own, and is called the same.
                teller = of_all if kind in COMMON and one.word(name) == name else one
                yield (kind, one.word(name)), ("parts", kind, name), _fill(teller, part)
        elif kind in LISTED and isinstance(parts, list):
            for at, part in enumerate(parts):
                yield (kind, str(at)), ("parts", kind, str(at)), _fill(one, part)
        else:
            message = Message(
                "a module cannot have the part '{kind}'{meant}",
                kind=kind,
                meant=did_you_mean(kind, (*NAMED, *LISTED)),
            )
            raise FlowError([one.document.fault(("parts", kind), message)])


def _fill(one: _Placed, content: Any, *, of_flow: bool = False) -> Any:
    """Return content of a module as the flow has it: names in their places, numbers filled in."""
    if isinstance(content, Mapping):
        return {
            one.word(key): (_told(one, part) if key in TOLD else _fill(one, part, of_flow=of_flow))
            for key, part in content.items()
        }
    if isinstance(content, list):
        return [_fill(one, part, of_flow=of_flow) for part in content]
    if not isinstance(content, str):
        return content
    asked = None if of_flow else _PARAMETER.fullmatch(content)
    return one.word(content) if asked is None else _number(one, asked[1])


def _told(one: _Placed, words: Any) -> Any:
    """Return what a part is called, with what the flow says of the module behind it."""
    behind = one.said.says
    if behind is None:
        return _fill(one, words)
    plain = one.word(words) if isinstance(words, str) else ""
    by_language = words if isinstance(words, Mapping) else dict.fromkeys(LANGUAGES, plain)
    return {
        language: f"{one.word(str(told))}, {behind.in_language(language)}"
        for language, told in by_language.items()
    }


def _number(one: _Placed, name: str) -> Any:
    """Return what stands for a parameter: the flow's, with the label of the default, or that."""
    parameter = one.module.parameters.get(name)
    if parameter is None:
        message = Message(
            "there is no parameter '{name}'{meant}",
            name=name,
            meant=did_you_mean(name, one.module.parameters),
        )
        raise FlowError([one.document.fault(("parameters",), message)])
    default = _fill(one, parameter.default, of_flow=True)
    if name not in one.said.numbers:
        return default
    own = one.said.numbers[name]
    if not is_written_out(own) or "label" in own:
        return own
    label = default.get("label") if isinstance(default, Mapping) else None
    if label is None:
        label = _told(one, one.document.content["parameters"][name]["says"])
    return {**own, "label": label}


def _place(
    content: MutableMapping[str, Any],
    placed: list[_Placed],
    note: Callable[[_Placed, Path_, Path_], None] = lambda one, path, origin: None,
) -> None:
    """Put the parts of modules into a flow file's content, behind what is there already."""
    del content[USE]
    common = _Common()
    for one in placed:
        for (kind, name), origin, filled in _parts(one):
            path, part = (kind, name), filled
            if kind == "joint" and one.row is not None and common.has(one, origin):
                continue
            if one.row is not None:
                at = str(len(content.get(kind, ()))) if kind in LISTED else name
                part = common.tie(
                    one, _at(one.document.content, origin), filled, origin, (kind, at)
                )
            if kind in LISTED:
                there = content.setdefault(kind, [])
                path = (kind, str(len(there)))
                there.append(part)
            elif name in content.setdefault(kind, {}):
                continue
            else:
                content[kind][name] = part
            note(one, path, origin)


class _Common:
    """What the copies of a module have in common: each number stands in the first copy that has it.

    Drawn apart, a number that is one in the world would be another one in each district.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, Path_], str] = {}

    def has(self, one: _Placed, origin: Path_) -> bool:
        """Tell whether another copy has a part, and note that this one has it."""
        there = (one.use, origin) in self._first
        self._first.setdefault((one.use, origin), one.name)
        return there

    def tie(self, one: _Placed, raw: Any, filled: Any, origin: Path_, path: Path_) -> Any:
        """Return content of a copy whose common numbers follow those of the first copy.

        Parameters
        ----------
        one : _Placed
            The copy.
        raw : object
            The content as the module has it.
        filled : object
            The content as the flow is to have it.
        origin, path : tuple of str
            Where it stands in the module, and where in the flow.
        """
        asked = _PARAMETER.fullmatch(raw) if isinstance(raw, str) else None
        if asked is not None:
            name = asked[1]
            if one.row is not None and name in one.row.numbers:
                return filled
            given = one.said.numbers.get(name, one.module.parameters[name].default)
            return self.tie(one, given, filled, origin, path)
        if is_written_out(filled) and filled.keys() & UNCERTAIN:
            return self._followed(one, filled, origin, path)
        if isinstance(raw, Mapping):
            return {
                key: part
                if key in TOLD
                else self.tie(one, inner, part, (*origin, below), (*path, key))
                for (below, inner), (key, part) in zip(raw.items(), filled.items(), strict=True)
            }
        if isinstance(raw, list):
            return [
                self.tie(one, inner, part, (*origin, str(at)), (*path, str(at)))
                for at, (inner, part) in enumerate(zip(raw, filled, strict=True))
            ]
        return filled

    def _followed(
        self, one: _Placed, filled: Mapping[str, Any], origin: Path_, path: Path_
    ) -> Mapping[str, Any]:
        *above, last = path
        # What a number alone would stand for has no name of its own.
        if last in SHORT and last in keys_meant_at(tuple(above)):
            path = tuple(above)
        name = ".".join(path)
        first = self._first.setdefault((one.use, origin), name)
        if first == name:
            return filled
        label = {"label": filled["label"]} if "label" in filled else {}
        return {"sum": first, **label, "assumption": dict(IN_COMMON)}


def _note_places(document: YamlDocument, one: _Placed, path: Path_, origin: Path_) -> None:
    """Note where in the module's file each value of a placed part stands."""
    line, _ = document.place_of((USE, one.use))
    here = PlacedPart(one.document.file, one.module.module, one.name, line)
    document.placed[path] = here
    for places, theirs in (
        (document.keys, one.document.keys),
        (document.values, one.document.values),
    ):
        for below, place in theirs.items():
            if below[: len(origin)] == origin:
                inside = tuple(one.word(key) for key in below[len(origin) :])
                places.setdefault((*path, *inside), place)
    _note_own_numbers(document, one, path, origin, here)


def _note_own_numbers(
    document: YamlDocument, one: _Placed, path: Path_, origin: Path_, part_of: PlacedPart
) -> None:
    """Note that what stands for a parameter stands in the flow, or where its default does."""

    def go(content: Any, here: Path_) -> None:
        if isinstance(content, Mapping):
            for key, part in content.items():
                go(part, (*here, one.word(key)))
        elif isinstance(content, list):
            for at, part in enumerate(content):
                go(part, (*here, str(at)))
        elif isinstance(content, str) and (asked := _PARAMETER.fullmatch(content)):
            name = asked[1]
            if one.row is not None and name in one.row.numbers:
                document.placed[here] = replace(part_of, file=one.table)
                document.keys[here] = (one.row.line, one.row.columns[name])
                return
            is_own = name in one.said.numbers
            source = document if is_own else one.document
            above = (USE, one.use, "with", name) if is_own else ("parameters", name, "default")
            if is_own:
                document.placed[here] = None
            document.keys[here] = source.place_of(above)
            for below, place in list(source.keys.items()):
                if len(below) > len(above) and below[: len(above)] == above:
                    document.keys[(*here, *below[len(above) :])] = place

    go(_at(one.document.content, origin), path)


def _at(content: Any, path: Path_) -> Any:
    for key in path:
        content = content[int(key)] if isinstance(content, list) else content[key]
    return content


def _check_joints(document: YamlDocument, placed: list[_Placed]) -> None:
    """Raise an error for joints that are joined to what the flow does not have."""
    faults = FaultGatherer(document)
    for one in placed:
        for name, joint in one.module.joins.items():
            parts = document.content.get(joint.kind)
            known = list(parts) if isinstance(parts, Mapping) else []
            to = one.joined(name)
            if to not in known:
                message = Message(
                    "the joint '{name}' of the module {module} is joined to '{to}', which is none "
                    "of the {kind} of the flow{meant}",
                    name=name,
                    module=one.module.module,
                    to=to,
                    kind=joint.kind,
                    meant=did_you_mean(to, known),
                )
                said = (USE, one.use, "joins", name)
                faults.report(said if said in document.keys else (USE, one.use), message)
    faults.stop()
