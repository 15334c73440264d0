"""YAML text to plain Python values, with the place of every key and value.

YAML 1.2: `NO` is a word, `2015-01-01` is left as written, a key may stand once. Tags, merge keys and code are refused,
and so is a text that would unfold to more than it shows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from pilotsim.errors import Fault, FlowError

MOST_BYTES = 512 * 1024
MOST_NODES = 60_000
DEEPEST = 24
TAG = "tag:yaml.org,2002:"

Path_ = tuple[str, ...]


@dataclass
class Document:
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
    """

    file: str
    content: Any = None
    keys: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path_, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    nodes: int = 0

    def fault(self, path: Path_, message: str, place: tuple[int, int] | None = None) -> Fault:
        """Return a fault at a path, or at the nearest place above it that stands in the text."""
        for length in range(len(path), -1, -1):
            found = place or self.keys.get(path[:length]) or self.values.get(path[:length])
            if found:
                return Fault(self.file, *found, ".".join(path), message)
        return Fault(self.file, 0, 0, ".".join(path), message)


def read_file(file: str | Path) -> str:
    """Return the text of a file.

    Raises
    ------
    FlowError
        There is no such file, it cannot be read, is too large, or is no text.
    """
    path, name = Path(file), str(file)
    try:
        if path.is_dir():
            raise FlowError([Fault(name, 0, 0, "", "is a folder; expected a YAML file")])
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FlowError([Fault(name, 0, 0, "", f"holds {size:,} bytes; a flow file holds at most {MOST_BYTES:,}")])
        content = path.read_bytes()
    except FileNotFoundError as fault:
        near = sorted(other.name for other in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        there = f"; in that folder: {', '.join(near[:8])}" if near else ""
        raise FlowError([Fault(name, 0, 0, "", f"no such file{there}")]) from fault
    except OSError as fault:
        raise FlowError([Fault(name, 0, 0, "", f"cannot be read: {fault.strerror}")]) from fault
    return _decode(content, name)


def _decode(content: bytes, name: str) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        message = "is not UTF-8 text; save the file as UTF-8 (in Notepad: Save as, Encoding, UTF-8)"
        raise FlowError([Fault(name, line, 1, "", message)]) from fault


def parse(text: str, file: str) -> Document:
    """Return the text as plain values with their places.

    Raises
    ------
    FlowError
        The text is no YAML, is empty, or unfolds to too much.
    """
    document = Document(file)
    root = _compose(text, file)
    if root is None:
        raise FlowError([Fault(file, 1, 1, "", "the file is empty; expected a flow")])
    document.content = _plain(root, (), document, frozenset())
    return document


def _compose(text: str, file: str) -> Node | None:
    try:
        return YAML(typ="safe", pure=True).compose(text)  # type: ignore[no-any-return]
    except MarkedYAMLError as fault:
        mark = fault.problem_mark or fault.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        raise FlowError([Fault(file, line, column, "", _explain(fault, text, line))]) from fault
    except ReaderError as fault:
        line = text[: fault.position].count("\n") + 1 if isinstance(fault.position, int) else 0
        raise FlowError([Fault(file, line, 1, "", "holds a character that YAML does not allow")]) from fault
    except (YAMLError, RecursionError, ValueError, OverflowError) as fault:
        message = "is nested too deeply" if isinstance(fault, RecursionError) else f"is no YAML: {fault}"
        raise FlowError([Fault(file, 0, 0, "", message)]) from fault


def _explain(fault: MarkedYAMLError, text: str, line: int) -> str:
    problem = (fault.problem or fault.context or "cannot be read").strip()
    lines = text.splitlines()
    shown = lines[line - 1] if 0 < line <= len(lines) else ""
    indent = shown[: len(shown) - len(shown.lstrip())]
    if "\t" in indent or "'\\t'" in problem:
        return "a tab stands where YAML wants spaces; replace each tab by two spaces"
    if "mapping values are not allowed" in problem:
        return "a colon where no key can stand; put words that hold a colon in quotes, and check the indentation"
    if "could not find expected ':'" in problem:
        return "expected a key followed by a colon; check the line above as well"
    if "expected <block end>" in problem:
        return "the indentation does not fit the lines above"
    if "undefined alias" in problem:
        return f"{problem}: an anchor (&name) must stand before its alias (*name)"
    return f"is no YAML here: {problem}"


def _plain(node: Node, path: Path_, document: Document, above: frozenset[int]) -> Any:
    """Return a node as plain values, and note where it and its keys stand."""
    place = (node.start_mark.line + 1, node.start_mark.column + 1)
    document.values.setdefault(path, place)
    document.nodes += 1
    if document.nodes > MOST_NODES:
        raise FlowError([document.fault(path, f"unfolds to more than {MOST_NODES:,} values; are aliases used in aliases?", place)])
    if len(path) > DEEPEST or id(node) in above:
        raise FlowError([document.fault(path, "is nested too deeply, or holds itself", place)])
    if isinstance(node, MappingNode):
        return _mapping(node, path, document, above | {id(node)})
    if isinstance(node, SequenceNode):
        return [_plain(item, (*path, str(k)), document, above | {id(node)}) for k, item in enumerate(node.value)]
    return _scalar(node, path, document)


def _mapping(node: MappingNode, path: Path_, document: Document, above: frozenset[int]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    _refuse_tag(node, ("map", "omap", "merge"), path, document)
    for key, value in node.value:
        place = (key.start_mark.line + 1, key.start_mark.column + 1)
        if not isinstance(key, ScalarNode):
            document.faults.append(document.fault(path, "expected a word as key", place))
            continue
        name = str(key.value)
        if name == "<<":
            document.faults.append(document.fault(path, "merge keys (<<) are not part of YAML 1.2; write the keys out", place))
            continue
        if name in content:
            first = document.keys[(*path, name)][0]
            document.faults.append(document.fault((*path, name), f"the key stands twice; first on line {first}", place))
            continue
        document.keys[(*path, name)] = place
        content[name] = _plain(value, (*path, name), document, above)
    return content


def _refuse_tag(node: Node, allowed: tuple[str, ...], path: Path_, document: Document) -> None:
    tag = str(node.tag)
    if tag.removeprefix(TAG) not in allowed:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        document.faults.append(document.fault(path, f"tags are not allowed; remove '{tag.replace(TAG, '!!')}'", place))


def _scalar(node: ScalarNode, path: Path_, document: Document) -> Any:
    words = str(node.value)
    kind = str(node.tag).removeprefix(TAG)
    _refuse_tag(node, ("str", "int", "float", "bool", "null", "timestamp", "merge", "value"), path, document)
    if node.style is not None or kind in ("str", "timestamp"):
        return words
    if kind == "null":
        return None
    if kind == "bool":
        return words.lower() == "true"
    digits = words.lstrip("+-")
    if digits[:1] == "0" and digits[1:2].isdigit():
        document.faults.append(document.fault(path, f"'{words}' starts with 0; put a code in quotes ('{words}'), or leave the 0 out"))
        return words
    try:
        return float(words) if kind == "float" or len(words) > 15 else int(words, 0)
    except ValueError:
        return words
