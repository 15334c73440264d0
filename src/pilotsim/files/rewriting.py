"""A flow file with some values changed, its comments, order and other text left as they are."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.quantity import is_written_out
from pilotsim.base.text import is_whole_number

# Where the value stands that a path means, where a file may name it by a key of its own.
INNER = ("share", "constant", "days")


def rewrite(
    text: str,
    values: Mapping[str, Mapping[str, Any]],
    others: Mapping[str, Any],
    remarks: list[str],
) -> str:
    """Return the text of a flow file with some values replaced.

    Parameters
    ----------
    text : str
        The file.
    values : mapping
        By dotted path, as in `Flow.values`: the keys of a written-out value. Keys that are not
        given stay; those given as None go.
    others : mapping
        By dotted path: what stands there instead.
    remarks : list of str
        Lines that are put on top as remarks.

    Raises
    ------
    RequestError
        A path leads nowhere in the text.
    """
    yaml = YAML()
    yaml.preserve_quotes, yaml.width = True, 10_000
    content = yaml.load(text)
    for path, keys in values.items():
        parent, key = _place(content, path.split("."), path)
        before = parent[key]
        for inner in INNER:
            if isinstance(before, Mapping) and not is_written_out(before) and inner in before:
                parent, key, before = before, inner, before[inner]
        kept = dict(before) if isinstance(before, Mapping) else {}
        # A new mapping: the old one may stand elsewhere, too, by an alias.
        whole = {**{k: v for k, v in kept.items() if k not in ("source", "shape")}, **keys}
        parent[key] = {k: v for k, v in whole.items() if v is not None}
    for path, value in others.items():
        parent, key = _place(content, path.split("."), path, new=True)
        parent[key] = value
    out = StringIO()
    out.write("".join(f"# {line}\n" for line in remarks))
    yaml.dump(content, out)
    return out.getvalue()


def _place(content: Any, keys: list[str], path: str, *, new: bool = False) -> tuple[Any, Any]:
    """Return the part of the text that holds a path's last key, and that key."""
    here = content
    for depth, key in enumerate(keys):
        own = int(key) if isinstance(here, list) and is_whole_number(key) else key
        there = (
            own < len(here)
            if isinstance(here, list) and isinstance(own, int)
            else isinstance(here, Mapping) and own in here
        )
        last = depth == len(keys) - 1
        if last and (there or (new and isinstance(here, Mapping))):
            return here, own
        if not there:
            break
        here = here[own]
    raise RequestError(
        Message(
            "'{path}' is not written in the file; write the value out there before it is fitted",
            path=path,
        )
    )
