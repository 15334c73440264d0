"""What comes with the program beside its code: templates, examples and documentation.

In the repository they stand in folders of their own; a wheel holds copies of them, which `setup.py`
puts into it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilotsim.base.errors import RequestError, RunError, did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.places import is_folder, is_there
from pilotsim.base.text import Text
from pilotsim.files.yaml import parse

__all__ = [
    "Template",
    "copy_of",
    "examples",
    "here_or_shipped",
    "shipped",
    "template_of",
    "templates",
]

PACKAGE = Path(__file__).parent.parent
IN_WHEEL = "shipped"
TEMPLATES = "configs"
# Whose files can be named without their place, each by another name.
EXAMPLES = ("configs", "configs/programmes", "districts", "experiments")
# The parts of a flow file whose keys tell what it is; its head ends where the first other begins.
HEAD = ("flow", "title", "about")
_SCHEMA = re.compile(r"\A# yaml-language-server:[^\n]*\n\n?")
_PART = re.compile(r"^([a-z_]+):", re.MULTILINE)


def shipped(name: str) -> Path:
    """Return a file or folder that comes with the program, by its name in the repository.

    Parameters
    ----------
    name : str
        Such as `configs` or `docs/language.md`.

    Raises
    ------
    RunError
        This installation lacks it.
    """
    in_wheel = PACKAGE / IN_WHEEL
    place = (in_wheel if is_folder(in_wheel) else PACKAGE.parent.parent) / name
    if not is_there(place):
        raise RunError(Message("this installation lacks {name}; install pilotsim again", name=name))
    return place


def examples() -> dict[str, Path]:
    """Return the flows, studies, searches, evaluations and portfolios that come along, by name."""
    files = [file for name in EXAMPLES for file in sorted(shipped(name).glob("*.yaml"))]
    return {file.stem: file for file in files}


def here_or_shipped(file: str | Path) -> Path:
    """Return a file as it is named, or the one that comes with the program where there is none.

    A name without an end, such as `alna_aktiv`, is that of an example, unless a file of the name
    stands here; a place is one in the repository, such as `configs/alna_aktiv.yaml`.

    Parameters
    ----------
    file : str or Path
        As somebody named it.

    Raises
    ------
    RequestError
        It is nearly the name of an example.
    """
    path = Path(file)
    if path.is_absolute() or ".." in path.parts or is_there(path):
        return path
    if len(path.parts) > 1:
        try:
            return shipped(path.as_posix())
        except RunError:
            return path
    if path.suffix or any(is_there(path.with_suffix(end)) for end in (".yaml", ".yml")):
        return path
    known = examples()
    if path.name in known:
        return known[path.name]
    meant = did_you_mean(path.name, known)
    if meant:
        raise RequestError(
            Message(
                "there is no file '{name}' here, and no example of that name{meant}",
                name=path.name,
                meant=meant,
            )
        )
    return path


@dataclass(frozen=True)
class Template:
    """A flow that comes with the program, to be copied and changed.

    Parameters
    ----------
    name : str
        What it is asked for by.
    title : Text
        What it is called.
    about : Text or None
        What it describes, where it says so.
    file : Path
        Where it stands.
    """

    name: str
    title: Text
    about: Text | None
    file: Path


def templates() -> Iterator[Template]:
    """Yield each template, by name; only the head of its file is read."""
    for file in sorted(shipped(TEMPLATES).glob("*.yaml")):
        yield _template_of(file)


def template_of(name: str) -> Template:
    """Return a template by its name.

    Raises
    ------
    RequestError
        There is none of this name.
    """
    files = {file.stem: file for file in sorted(shipped(TEMPLATES).glob("*.yaml"))}
    if name not in files:
        raise RequestError(
            Message(
                "there is no template '{name}'{meant}", name=name, meant=did_you_mean(name, files)
            )
        )
    return _template_of(files[name])


def _template_of(file: Path) -> Template:
    head = _head_of(file.read_text(encoding="utf-8"))
    content: dict[str, Any] = parse(head, str(file)).content
    about = content.get("about")
    return Template(file.stem, _words(content["title"]), _words(about) if about else None, file)


def _head_of(text: str) -> str:
    """Return the part of a flow file before its first key that says nothing of what it is."""
    end = next((part.start() for part in _PART.finditer(text) if part[1] not in HEAD), len(text))
    return text[:end]


def _words(content: Any) -> Text:
    return Text(content) if isinstance(content, str) else Text(**content)


def copy_of(template: Template) -> dict[str, bytes]:
    """Return the files of a copy of a template: itself under no name, then what it draws from.

    Comments and all else are kept, but for the line that leads editors to a schema: it holds where
    the template stands.

    Parameters
    ----------
    template : Template
        What is copied.

    Returns
    -------
    dict of str to bytes
        Each file's content by its place as seen from the folder of the copy; the flow's own place
        is the empty string.
    """
    text = template.file.read_bytes().decode()
    content = parse(text, str(template.file)).content
    rows = {part["file"]: template.file.parent / part["file"] for part in _joint(content)}
    beside = {place: file.read_bytes() for place, file in rows.items()}
    return {"": _SCHEMA.sub("", text).encode(), **beside}


def _joint(content: Any) -> list[Any]:
    return list(content.get("joint", {}).values())
