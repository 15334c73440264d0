"""YAML text to plain Python values, with the place of every key and value.

YAML 1.2: `NO` is a word, `2015-01-01` is left as written, a key may stand once. Tags, merge keys
and code are refused, and so is a text that would unfold to more than it shows.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

from pilotsim.base.errors import Fault, FlowError, Notice, reason_of
from pilotsim.base.kept_inputs import note_read
from pilotsim.base.messages import Message, either
from pilotsim.base.places import is_folder, names_in
from pilotsim.base.text import is_whole_number, no_sign_in
from pilotsim.files.relative import SignedFloat, SignedInt

# A whole number of more is kept as the nearest float: no file means all of its digits.
MAX_DIGITS = 40
MAX_BYTES = 512 * 1024
MAX_NODES = 40_000
DEEPEST = 24
TAG = "tag:yaml.org,2002:"
SCALARS = ("str", "int", "float", "bool", "null", "timestamp", "value")
MEANT = {"bool": ("true", "false"), "null": ("", "~", "null")}

Path_ = tuple[str, ...]

_LINES = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
# What YAML says, and what it means to somebody who writes a flow.
_MEANINGS = {
    "found character '\\t'": Message(
        "a tab stands where YAML wants spaces; replace each tab by two spaces"
    ),
    "mapping values are not allowed": Message(
        "a colon where no key can stand: put words that hold a colon in quotes, or several keys on "
        "one line in {{ }}; write a space after each colon; check the indentation"
    ),
    "could not find expected ':'": Message(
        "expected a key followed by a colon; check the line above as well"
    ),
    "but found '}'": Message("a }} closes what was never opened; is there one too many?"),
    "but found ']'": Message("a ] closes what was never opened; is there one too many?"),
    "expected <block end>": Message(
        "does not fit the lines above; check the indentation, and that each key has a colon"
    ),
    "sequence entries are not allowed": Message(
        "a list begins on a line of its own; write the '-' on the next line"
    ),
    "found unexpected end of stream": Message("the quote that opens here is never closed"),
    "expected ',' or ']'": Message(
        "the list [ that opens here is not closed by ], or lacks a comma"
    ),
    "expected ',' or '}'": Message(
        "the bracket {{ that opens here is not closed by }}, or lacks a comma"
    ),
    "expected the node content": Message(
        "expected a value; is there a comma or a bracket too many?"
    ),
    "found unknown escape character": Message(
        "a backslash in double quotes begins a code; use single quotes"
    ),
    "but found another document": Message("a second document begins here; a file holds one flow"),
    "expected '<document start>'": Message(
        "does not fit the lines above; check the indentation, and that each key has a colon"
    ),
    "while scanning a block scalar": Message(
        "words cannot begin with {sign}; put them in quotes", sign=either(["|", ">"])
    ),
    "while scanning a tag": Message("words cannot begin with {sign}; put them in quotes", sign="!"),
    "while scanning a directive": Message(
        "words cannot begin with {sign}; put them in quotes", sign="%"
    ),
    "while scanning an alias": Message(
        "words cannot begin with {sign}; put them in quotes", sign="*"
    ),
    "while scanning an anchor": Message(
        "words cannot begin with {sign}; put them in quotes", sign="&"
    ),
}
# What a file should hold, by the word with which its reader asks for it.
KINDS = {
    "flow": Message("a flow"),
    "study": Message("a study"),
    "search": Message("a search"),
    "evaluation": Message("an evaluation"),
    "plan": Message("a plan"),
    "result": Message("a result"),
    "notes": Message("notes"),
    "mapping": Message("a mapping"),
    "event_mapping": Message("a mapping"),
    "counts": Message("a mapping of counts"),
    "module": Message("a module"),
    "portfolio": Message("a portfolio"),
}
FILES_OF = {
    "flow": Message("a flow file"),
    "study": Message("a study file"),
    "search": Message("a solve file"),
    "evaluation": Message("an evaluation file"),
    "plan": Message("a plan"),
    "result": Message("a result"),
    "notes": Message("a file of notes"),
    "mapping": Message("the mapping of a register"),
    "event_mapping": Message("the mapping of an event log"),
    "counts": Message("the mapping of monthly counts"),
    "module": Message("a module"),
    "list": Message("a list of points"),
    "posterior": Message("a file of rows"),
    "saved": Message("a file of settings from a page"),
    "answers": Message("a file of answers for a first flow"),
    "check": Message("the result of a check"),
    "arrivals": Message("a file of arrivals"),
    "districts": Message("a table of districts"),
    "values": Message("a table of values"),
    "stays": Message("a file of stays"),
    "portfolio": Message("a portfolio file"),
}
# Tables of numbers that a flow is as well, by whose hash nobody learns of a client.
TABLES_OF_FLOWS = ("values", "posterior")
# Which keys only a file of this kind has, and the command that takes one.
MARKS = {
    "flow": ({"flow", "stages"}, "pilotsim check"),
    "study": ({"study"}, "pilotsim run"),
    "search": ({"solve"}, "pilotsim solve"),
    "evaluation": ({"evaluation"}, "pilotsim evaluate"),
    "mapping": ({"mapping"}, "pilotsim register prepare --as"),
    "event_mapping": ({"event_mapping"}, "pilotsim learn --as"),
    "counts": ({"counts"}, "pilotsim follow --as"),
    "module": ({"module", "parts"}, "use: ... module:"),
    "portfolio": ({"portfolio"}, "pilotsim portfolio"),
}
# The keys of a file of answers; those that a flow has as well say nothing.
ANSWERS = frozenset(
    (
        *("title", "starts", "months", "clients", "new_clients", "referred", "attend", "posts"),
        *("caseload", "stay", "work_anyway", "goal"),
    )
)
OF_FLOWS_TOO = {"title", "starts"}
# Named beside a register on the command line: the wrong one may hold people, and is not quoted.
BESIDE_REGISTERS = ("plan", "mapping", "event_mapping")
_OPENED = ("found unexpected end of stream", "expected ',' or")


@dataclass(frozen=True)
class PlacedPart:
    """Where a part of a flow stands that the flow file takes from elsewhere.

    Parameters
    ----------
    file : str
        The module's file, the table of values, or the file of stays.
    module : str
        The module's name; none where it is of a table.
    name : str
        What the flow calls the module.
    line : int
        The line of the flow file that takes the module, or the row.
    """

    file: str
    module: str
    name: str
    line: int


@dataclass
class YamlDocument:
    """A YAML text as plain values.

    Parameters
    ----------
    file : str
        The file's name.
    content : object
        Mappings, lists, strings, numbers, booleans and None.
    keys, values : dict
        Line and column (from 1) of each key and each value, by path.
    faults : list of Fault
        What was refused while reading.
    nodes : int
        How many values it holds.
    flow : Flow or None
        The flow that it describes, once somebody has asked for it.
    placed : dict
        The parts that came from modules and tables, by path; None below such a part for what
        stands in this file all the same. The places of keys and values below are those in the
        file named.
    districts : dict
        The districts for each of which a module was placed, by name, with what they are called.
    lengths : dict
        What was put in the place of each name of a file of stays, by the path of the length.
    """

    file: str
    content: Any = None
    keys: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    nodes: int = 0
    flow: Any = field(default=None, repr=False, compare=False)
    placed: dict[Path_, PlacedPart | None] = field(default_factory=dict)
    districts: dict[str, str] = field(default_factory=dict)
    lengths: dict[Path_, dict[str, Any]] = field(default_factory=dict)

    def fault(self, path: Path_, message: str, place: tuple[int, int] | None = None) -> Fault:
        """Return a fault at a path, or at the nearest place above it that the text has.

        Parameters
        ----------
        path : tuple of str
            The keys that lead to it.
        message : str
            What is wrong.
        place : tuple of int, optional
            Line and column, where they are known and are not those of the path.
        """
        line, column = place or self.place_of(path)
        file, message = self._placed(path, message) if place is None else (self.file, message)
        return Fault(file, line, column, ".".join(path), message)

    def notice(self, path: Path_, message: str) -> Notice:
        """Return a notice at a path, or at the nearest place above it that the text has."""
        file, message = self._placed(path, message)
        return Notice(file, *self.place_of(path), ".".join(path), message)

    def _placed(self, path: Path_, message: str) -> tuple[str, str]:
        """Return the file in which a path stands, and a message that says so if it is another."""
        lengths = range(len(path), 0, -1) if self.placed else ()
        length = next((one for one in lengths if path[:one] in self.placed), 0)
        part = self.placed[path[:length]] if length else None
        if part is None:
            return self.file, message
        if not part.module:
            return part.file, message
        told = Message(
            "{message} (of the module {module}, which {file} takes as '{name}' in line {line})",
            message=message,
            module=part.module,
            file=Path(self.file).name,
            name=part.name,
            line=part.line,
        )
        return part.file, told

    def place_of(self, path: Path_) -> tuple[int, int]:
        """Return line and column of a path, or of the nearest above it; 0 where there is none."""
        for length in range(len(path), -1, -1):
            found = self.keys.get(path[:length]) or self.values.get(path[:length])
            if found:
                return found
        return 0, 0

    def nearest(self, path: Path_) -> Path_:
        """Return a path as far as the content goes along it."""
        here = self.content
        for depth, key in enumerate(path):
            if isinstance(here, dict) and key in here:
                here = here[key]
            elif isinstance(here, list) and is_whole_number(key) and int(key) < len(here):
                here = here[int(key)]
            else:
                return path[:depth]
        return path


def read_file(file: str | Path, of: str = "flow") -> str:
    """Return the text of a file; `of` is what it should hold: a flow, a study.

    Raises
    ------
    FlowError
        There is no such file, it cannot be read, is too large, or is no text.
    RequestError
        The command that reads it is to write it.
    """
    path, name = Path(file), str(file)
    try:
        if is_folder(path):
            raise _refusal(name, Message("is a folder; expected a YAML file"))
        note_read(path, is_of_flow=of in TABLES_OF_FLOWS)
        size = path.stat().st_size
        if size > MAX_BYTES:
            message = Message(
                "holds {size:,} bytes; {file} holds at most {most:,}",
                size=size,
                file=FILES_OF[of],
                most=MAX_BYTES,
            )
            raise _refusal(name, message)
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as fault:
        near = yaml_files_beside(path)
        there = Message("; in that folder: {names}", names=", ".join(near[:8])) if near else ""
        raise _refusal(name, Message("no such file{there}", there=there)) from fault
    except (OSError, ValueError) as fault:
        raise _refusal(name, Message("cannot be read: {why}", why=reason_of(fault))) from fault
    if len(content) > MAX_BYTES:
        message = Message(
            "holds more than {most:,} bytes; {file} holds at most so many",
            file=FILES_OF[of],
            most=MAX_BYTES,
        )
        raise _refusal(name, message)
    return _decode(content, name)


def yaml_files_beside(file: Path) -> list[str]:
    """Return the names of the YAML files in the folder of a file, which may not be there itself."""
    folder = file.parent
    return names_in(folder, "*.y*ml")


def _refusal(file: str, message: str, line: int = 0, column: int = 0) -> FlowError:
    return FlowError([Fault(file, line, column, "", message)])


def _decode(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        message = Message(
            "is not UTF-8 text; save the file as UTF-8 (in Notepad: Save as, Encoding, UTF-8)"
        )
        raise _refusal(name, message, line, 1) from fault


def parse(text: str, file: str, of: str = "flow") -> YamlDocument:
    """Return a text that should hold a flow, or what `of` says, as plain values with their places.

    Parameters
    ----------
    text : str
        The whole text of the file.
    file : str
        The name of the file, for its faults.
    of : str
        The kind of file: one of `KINDS`.

    Raises
    ------
    FlowError
        The text is no YAML, is empty, or unfolds to too much.
    """
    document = YamlDocument(file)
    root = _compose(text, file)
    if root is None:
        message = Message("the file is empty; expected {kind}", kind=KINDS[of])
        raise _refusal(file, message, 1, 1)
    if of in BESIDE_REGISTERS and not isinstance(root, MappingNode):
        message = Message(
            "holds no keys and values, and is not {kind}; is it another file?", kind=KINDS[of]
        )
        raise _refusal(file, message, 1, 1)
    document.content = _plain(root, (), document, frozenset())
    return document


def kind_of(document: YamlDocument) -> str:
    """Return what a file should hold, by its keys: one of `MARKS`; a flow if nothing says more."""
    keys = document.content.keys() if isinstance(document.content, Mapping) else set()
    return next((kind for kind, (marks, _) in MARKS.items() if marks <= keys), "flow")


def check_kind(document: YamlDocument, of: str) -> None:
    """Raise an error for a file of another kind: its keys would all be unknown, one by one.

    Parameters
    ----------
    document : YamlDocument
        The file.
    of : str
        The kind that is expected: one of `MARKS`.

    Raises
    ------
    FlowError
        It has the keys of another kind, and not those of its own.
    """
    content = document.content
    if not isinstance(content, Mapping) or MARKS[of][0] <= content.keys():
        return
    for kind, (keys, command) in MARKS.items():
        if kind != of and keys <= content.keys():
            message = Message(
                "this is {found}, and {expected} is needed here; it goes with: {command}",
                found=FILES_OF[kind],
                expected=FILES_OF[of],
                command=f"{command} {Path(document.file).name}",
            )
            raise FlowError([document.fault((min(keys),), message)])
    for kind, key, command in _written_elsewhere(content, Path(document.file).name):
        message = Message(
            "this is {found}, and {expected} is needed here; it goes with: {command}",
            found=FILES_OF[kind],
            expected=FILES_OF[of],
            command=command,
        )
        raise FlowError([document.fault((key,), message)])


def _written_elsewhere(content: Mapping[Any, Any], name: str) -> Iterator[tuple[str, str, str]]:
    """Yield of what kind a file is that a page or a command has written, or one of answers.

    With a key that tells it, and the command that takes it.
    """
    keys = content.keys()
    if keys & {"set", "choose"} and not keys & {"stages", "groups"}:
        flow = content.get("file")
        flow = flow if isinstance(flow, str) else "FLOW.yaml"
        yield "saved", min(keys & {"set", "choose"}), f"pilotsim check {flow} --settings {name}"
    if keys - OF_FLOWS_TOO and keys <= ANSWERS:
        yield "answers", min(keys - OF_FLOWS_TOO), f"pilotsim new --answers {name}"
    if {"flow", "version", "verdicts"} <= keys:
        yield "check", "verdicts", f"pilotsim compare {name} OTHER.json"


class _TooMuch(Exception):  # noqa: N818  (never leaves this module)
    """A text with more values than a flow file can hold."""


class _Composer(Composer):
    """A composer that stops early: a text of nothing but commas would take long to read."""

    composed = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.composed += 1
        if self.composed > MAX_NODES:
            raise _TooMuch(self.parser.peek_event().start_mark.line + 1)
        return super().compose_node(parent, index)


class _Directive(Exception):  # noqa: N818  (never leaves this module)
    """A line begins with %; its number."""


class _Scanner(Scanner):
    """A scanner that stops at a line that begins with %, wherever it stands.

    And where brackets stand in brackets: at each it looks back at all.
    """

    def fetch_directive(self) -> None:
        raise _Directive(self.reader.line + 1)

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: Any = None) -> None:  # noqa: N803
        if len(self.flow_context) > 2 * DEEPEST:
            raise RecursionError
        super().fetch_flow_collection_start(TokenClass, to_push)


def _compose(text: str, file: str) -> Node | None:
    try:
        return _compose_safely(text)
    except MarkedYAMLError as fault:
        raise FlowError([_explain(fault, text, file)]) from fault
    except ReusedAnchorWarning as fault:
        line = int(re.findall(r"line ([0-9]+)", str(fault))[-1])
        message = Message("the anchor {anchor} stands twice", anchor=str(fault).split()[3])
        raise _refusal(file, message, line, 1) from fault
    except _Directive as fault:
        message = Message("a line that begins with % would change what the words mean; remove it")
        raise _refusal(file, message, fault.args[0], 1) from fault
    except _TooMuch as fault:
        message = Message("more than {most:,} values stand up to here", most=MAX_NODES)
        raise _refusal(file, message, fault.args[0], 1) from fault
    except ReaderError as fault:
        line = text[: fault.position].count("\n") + 1 if isinstance(fault.position, int) else 0
        message = Message("holds a character that YAML does not allow")
        raise _refusal(file, message, line, 1) from fault
    except RecursionError as fault:
        raise _refusal(file, Message("is nested too deeply")) from fault
    except (YAMLError, ValueError, OverflowError) as fault:
        raise _refusal(file, Message("is no YAML: {why}", why=str(fault))) from fault


def _compose_safely(text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Composer
    yaml.Scanner = _Scanner
    with warnings.catch_warnings():
        warnings.simplefilter("error", ReusedAnchorWarning)
        return yaml.compose(text)  # type: ignore[no-any-return]


def _explain(fault: MarkedYAMLError, text: str, file: str) -> Fault:
    """Return what YAML found wrong, in words for somebody who has not read its specification."""
    problem = f"{fault.problem or ''} {fault.context or ''}".strip()
    opened = fault.context_mark if problem.startswith(_OPENED) else None
    mark = opened or fault.problem_mark or fault.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    lines = _LINES.split(text)
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    if "\t" in shown[: len(shown) - len(shown.lstrip())]:
        problem = "found character '\\t'"
    return Fault(file, line, column, "", _meaning(problem))


def _meaning(problem: str) -> Message:
    alias = re.search(r"undefined alias '?([^' ]*)", problem)
    if alias:
        return Message(
            "found undefined alias '{name}'; put words that begin with * in quotes", name=alias[1]
        )
    character = re.match(r"found character '(.)' that cannot start", problem)
    if character:
        return Message("words cannot begin with {sign}; put them in quotes", sign=character[1])
    for said, meaning in _MEANINGS.items():
        if said in problem:
            return meaning
    return Message("is no YAML here: {problem}", problem=problem)


def _plain(node: Node, path: Path_, document: YamlDocument, above: frozenset[int]) -> Any:
    """Return a node as plain values, and note the places of it and its keys."""
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    document.values.setdefault(path, place)
    document.nodes += 1
    if document.nodes > MAX_NODES:
        message = Message(
            "unfolds to more than {most:,} values; are aliases used in aliases?",
            most=MAX_NODES,
        )
        raise FlowError([document.fault(path[:4], message, place)])
    if id(node) in above:
        message = Message(
            "is part of itself: an alias (*name) stands inside its own anchor (&name)"
        )
        raise FlowError([document.fault(path, message, place)])
    if len(path) > DEEPEST:
        raise FlowError(
            [
                document.fault(
                    path[:4],
                    Message("is nested too deeply: more than {most} levels", most=DEEPEST),
                    place,
                )
            ]
        )
    if isinstance(node, MappingNode):
        return _mapping(node, path, document, above | {id(node)})
    if isinstance(node, SequenceNode):
        _refuse_tag(node, ("seq",), path, document)
        return [
            _plain(item, (*path, str(k)), document, above | {id(node)})
            for k, item in enumerate(node.value)
        ]
    return _scalar(node, path, document) if isinstance(node, ScalarNode) else None


def _mapping(
    node: MappingNode, path: Path_, document: YamlDocument, above: frozenset[int]
) -> dict[str, Any]:
    content: dict[str, Any] = {}
    _refuse_tag(node, ("map",), path, document)
    for key, value in node.value:
        place = (key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, ScalarNode):
            document.faults.append(document.fault(path, Message("expected a word as key"), place))
            continue
        name = str(key.value)
        if name == "<<":
            document.faults.append(
                document.fault(
                    path,
                    Message("merge keys (<<) are not part of YAML 1.2; write the keys out"),
                    place,
                )
            )
            continue
        _refuse_tag(key, SCALARS, path, document)
        _refuse_no_sign(key, path, document)
        if name in content:
            first = document.keys[(*path, name)][0]
            document.faults.append(
                document.fault(
                    (*path, name),
                    Message("the key stands twice; first on line {line}", line=first),
                    place,
                )
            )
            continue
        document.keys[(*path, name)] = place
        content[name] = _plain(value, (*path, name), document, above)
    return content


def _refuse_tag(node: Node, allowed: tuple[str, ...], path: Path_, document: YamlDocument) -> None:
    tag = str(node.tag)
    if tag.removeprefix(TAG) not in allowed:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        document.faults.append(
            document.fault(
                path,
                Message("tags are not allowed; remove '{tag}'", tag=tag.replace(TAG, "!!")),
                place,
            )
        )


def _refuse_no_sign(node: ScalarNode, path: Path_, document: YamlDocument) -> None:
    """Refuse what stands in double quotes by its code and is no sign, such as a lone surrogate."""
    found = no_sign_in(str(node.value))
    if found:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        message = Message("holds {code}, which is no sign that a text can have", code=found)
        document.faults.append(document.fault(path, message, place))


def _scalar(node: ScalarNode, path: Path_, document: YamlDocument) -> Any:
    words = str(node.value)
    kind = str(node.tag).removeprefix(TAG)
    _refuse_tag(node, SCALARS, path, document)
    _refuse_no_sign(node, path, document)
    if node.style is not None or kind not in ("null", "bool", "int", "float"):
        return words
    if kind in MEANT and words.lower() not in MEANT[kind]:
        document.faults.append(
            document.fault(path, Message("tags are not allowed; remove '{tag}'", tag=f"!!{kind}"))
        )
        return words
    if kind == "null":
        return None
    if kind == "bool":
        return words.lower() == "true"
    return _number(words, kind, path, document)


def _number(words: str, kind: str, path: Path_, document: YamlDocument) -> float | int | str:
    digits = words.lstrip("+-")
    is_code = digits[:1] == "0" and digits[1:2].isdigit()
    if is_code:
        message = Message(
            "'{words}' starts with 0; put a code in quotes ('{words}'), or leave the 0 out",
            words=words[:40],
        )
        document.faults.append(document.fault(path, message))
    try:
        if kind == "float" or len(words) > MAX_DIGITS:
            return SignedFloat(words) if words.startswith("+") else float(words)
        number = int(words, 10 if is_code else 0)
    except ValueError:
        return words
    return SignedInt(number) if words.startswith("+") else number
