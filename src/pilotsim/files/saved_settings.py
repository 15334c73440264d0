"""A file that a page has saved: numbers that are set, and options that are taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pilotsim.base.errors import RequestError, reason_of
from pilotsim.base.messages import Message

__all__ = ["read_saved"]

# What a value becomes from a date on, or in a period.
LATER = re.compile(r"(?P<path>.+)\.(?P<way>from|during)\.(?P<when>[^.]+)")


def read_saved(file: Path, flow: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return what a page has saved, by path and by choice.

    Parameters
    ----------
    file : Path
        The file.
    flow : str
        The name of the flow that it is to be for.

    Returns
    -------
    dict
        What is to stand at each path, as it follows `path=` on the command line.
    dict
        The option of each choice.

    Raises
    ------
    RequestError
        The file cannot be read, is for another flow, or a page has saved no such thing; with its
        place.
    """
    saved = _parsed(file)
    if not isinstance(saved, dict) or not {"set", "choose"} & set(saved):
        raise RequestError(Message("{file} holds no settings that a page has saved", file=file))
    if saved.get("flow", flow) != flow:
        # Names as 'intake' or 'caseworker' are those of many flows, and mean another number there.
        raise RequestError(
            Message(
                "{file}: flow: the settings are for another flow ({saved}); this is {flow}",
                file=file,
                saved=saved["flow"],
                flow=flow,
            )
        )
    parts: dict[str, dict[str, str]] = {}
    for part, kinds in (("set", (str, int, float)), ("choose", (str,))):
        given = saved.get(part, {})
        if not isinstance(given, dict):
            raise RequestError(
                Message("{file}: '{part}' holds no names with what is set", file=file, part=part)
            )
        for name, found in given.items():
            if not isinstance(found, kinds) or isinstance(found, bool):
                raise RequestError(
                    Message(
                        "{file}: {part}.{name}: expected a number with its unit, or the name of "
                        "an option; found {found}",
                        file=file,
                        part=part,
                        name=name,
                        found=json.dumps(found, ensure_ascii=False),
                    )
                )
        parts[part] = {name: str(found) for name, found in given.items()}
    return _with_later(parts["set"]), parts["choose"]


def _parsed(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        why = reason_of(fault)
        raise RequestError(Message("cannot read {file}: {why}", file=file, why=why)) from fault
    except json.JSONDecodeError as fault:
        raise RequestError(
            Message(
                "{file}:{line}:{column}: {file} holds no settings that a page has saved: it is no "
                "JSON from here on",
                file=file,
                line=fault.lineno,
                column=fault.colno,
            )
        ) from fault
    except ValueError as fault:
        raise RequestError(
            Message("{file} holds no settings that a page has saved", file=file)
        ) from fault


def _with_later(numbers: dict[str, str]) -> dict[str, str]:
    """Return numbers with what each becomes later inside it, where that is set as well."""
    found: dict[str, str] = {}
    later: dict[str, dict[str, dict[str, str]]] = {}
    for path, number in numbers.items():
        match = LATER.fullmatch(path)
        if match is not None and match["path"] in numbers:
            ways = later.setdefault(match["path"], {})
            ways.setdefault(match["way"], {})[match["when"]] = number
        else:
            # Another equals sign: what follows is a number, though it may begin with a minus.
            found[path] = f"={number}"
    for path, ways in later.items():
        parts = [f"value: {numbers[path]}"]
        for way, forms in ways.items():
            parts.append(f"{way}: {{{', '.join(f'{when}: {one}' for when, one in forms.items())}}}")
        found[path] = f"{{{', '.join(parts)}}}"
    return found
