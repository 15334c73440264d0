"""What editors complete and check by: schemas, with the names of a flow where one is asked for.

The records of the model mark in their schemas what each place names (`pilotsim.model.naming`). A
schema for all flows loses the marks; one for a flow has its names in their place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import Any

from pilotsim.files.names import KnownNames
from pilotsim.files.value_tables import VALUES_FROM
from pilotsim.model.conditions import CONDITIONS, OF_RESOURCES, OF_STAGES
from pilotsim.model.naming import NAMES

__all__ = ["for_all", "for_flow", "share_parts"]

Schema = dict[str, Any]
# Where schemas stand in one: by themselves, in lists, by name.
SINGLE = ("items", "additionalProperties", "propertyNames", "if", "then", "else", "not")
LISTED = ("anyOf", "oneOf", "allOf", "prefixItems")
NAMED = ("properties", "patternProperties", "$defs")
# A part of so many signs that stands in several places stands under `$defs` in their stead.
WORTH_SHARING = 160

_REFERENCE = re.compile(r'"#/\$defs/([^"]+)"')


def for_all(schema: Schema, _key: str = "") -> Schema:
    """Return a schema without what it says of names: for files of any flow."""
    found = _mapped(schema, for_all)
    found.pop(NAMES, None)
    found.pop(CONDITIONS, None)
    if found.get("propertyNames") in ({}, {"type": "string"}):
        del found["propertyNames"]
    return found


def for_flow(schema: Schema, names: KnownNames) -> Schema:
    """Return a schema with the names of a flow in each place that takes one.

    Parameters
    ----------
    schema : dict
        With marks, its parts shared.
    names : KnownNames
        The names.
    """
    wanted = _without_what_is_wanted(schema) if VALUES_FROM in names.own else schema
    found = _Filling(names, wanted["$defs"]).filled(wanted)
    return {**found, "$defs": _used(found)}


def _without_what_is_wanted(schema: Schema, _key: str = "") -> Schema:
    """Return a schema that asks for nothing: numbers that a flow must have stand in its table."""
    found = _mapped(schema, _without_what_is_wanted)
    if "if" in schema:
        found["if"] = schema["if"]
    found.pop("required", None)
    if found.get("type") == "object":
        found["type"] = ["object", "null"]
    for word in ("anyOf", "oneOf"):
        if all("required" in one for one in schema.get(word, [{}])):
            del found[word]
    return found


def share_parts(schema: Schema) -> Schema:
    """Return a schema in which whatever stands in several places is written once.

    Defaults that say nothing are left out: editors would offer them.
    """
    parts: dict[str, Schema] = {}
    names: dict[str, str] = {}
    used: dict[str, int] = {}
    taken = set(schema.get("$defs", {}))

    def take_out(part: Schema, key: str) -> Schema:
        found = _mapped(part, take_out, key)
        if found.get("default", "said") in (None, [], {}):
            del found["default"]
        text = json.dumps(found, sort_keys=True)
        if len(text) < WORTH_SHARING:
            return found
        if text not in names:
            free = (f"{key}-{number}" if number else key for number in count())
            names[text] = next(name for name in free if name not in taken | parts.keys())
            parts[names[text]] = found
        name = names[text]
        used[name] = used.get(name, 0) + 1
        return {"$ref": f"#/$defs/{name}"}

    def put_back(part: Schema, key: str) -> Schema:
        name = str(part.get("$ref", "")).removeprefix("#/$defs/")
        if used.get(name) == 1:
            return put_back(parts[name], key)
        return _mapped(part, put_back, key)

    top = {key: part for key, part in schema.items() if key != "$defs"}
    records = {
        name: _mapped(part, take_out, name) for name, part in schema.get("$defs", {}).items()
    }
    whole = _mapped(top, take_out, "")
    several = {name: part for name, part in parts.items() if used[name] > 1}
    return _mapped({**whole, "$defs": {**records, **several}}, put_back, "")


def _used(schema: Schema) -> dict[str, Schema]:
    """Return those of the parts of a schema to which anything in it leads."""
    parts = schema["$defs"]
    left = [{key: part for key, part in schema.items() if key != "$defs"}]
    found: dict[str, Schema] = {}
    for one in left:
        for name in _REFERENCE.findall(json.dumps(one)):
            if name not in found:
                found[name] = parts[name]
                left.append(parts[name])
    return {name: found[name] for name in parts if name in found}


def _mapped(schema: Schema, change: Callable[[Schema, str], Schema], key: str = "") -> Schema:
    """Return a copy of a schema with each schema right below it changed.

    Parameters
    ----------
    schema : dict
        It stays as it is.
    change : callable
        Of a schema and the key at which a file has what it describes.
    key : str
        That of the schema itself.
    """
    found = dict(schema)
    for word in SINGLE:
        if isinstance(found.get(word), dict):
            found[word] = change(found[word], key)
    for word in LISTED:
        if word in found:
            found[word] = [change(one, key) for one in found[word]]
    for word in NAMED:
        if word in found:
            found[word] = {name: change(one, name) for name, one in found[word].items()}
    return found


class _Filling:
    """Puts the names of a flow into a schema.

    Parameters
    ----------
    names : KnownNames
        The names.
    parts : dict of str to dict
        What stands under `$defs`.
    """

    def __init__(self, names: KnownNames, parts: Mapping[str, Schema]) -> None:
        self.names = names
        # Parts that are another for each key above them.
        self.by_key: dict[str, Schema] = {}
        self.by_key = {
            f"#/$defs/{name}": part for name, part in parts.items() if self._is_by_key(part)
        }

    def _is_by_key(self, schema: Schema) -> bool:
        """Tell whether a schema is another for each key above it."""
        text = json.dumps(schema)
        return any(f'"{word}"' in text for word in (*self.names.inner, *self.by_key))

    def filled(self, schema: Schema, of: str = "") -> Schema:
        """Return a schema with the names in it.

        Parameters
        ----------
        schema : dict
            With marks.
        of : str
            The name that is the key above it.
        """
        part = self.by_key.get(schema.get("$ref", "")) if of else None
        if part is not None:
            beside = {key: said for key, said in schema.items() if key != "$ref"}
            return {**self.filled(part, of), **beside}
        keys = schema.get("propertyNames", {})
        if NAMES in keys:
            return self._keys(schema, keys[NAMES], of)
        found = _mapped(schema, lambda one, _: self.filled(one, of))
        conditions = found.pop(CONDITIONS, None)
        if conditions is not None:
            found["propertyNames"] = {
                "pattern": self._condition(),
                "patternErrorMessage": "Counts a stage or a resource that the flow does not have.",
            }
        mark = found.pop(NAMES, None)
        return found if mark is None else self._words(found, mark, of)

    def _words(self, schema: Schema, mark: Mapping[str, Any], of: str) -> Schema:
        """Return the schema of words that are a name."""
        known = self.names.named(mark["kinds"], of) | dict.fromkeys(mark.get("words", ()), "")
        before, behind = mark.get("before", ""), mark.get("behind", "")
        listed: Schema = {**schema, "enum": list(known)} if known else {"not": {}}
        if any(known.values()):
            listed["enumDescriptions"] = list(known.values())
        if self.names.is_open(mark["kinds"], of) or mark.get("free"):
            return {"anyOf": [listed, schema]} if known else schema
        if not before and not behind:
            return listed
        begins = [*self.names.heads(mark["kinds"]), *mark.get("words", ())]
        put_in = {**schema, "pattern": f"^{before}{_one_of(begins)}{behind}$"}
        if not begins:
            # Without a list of documents any source will do.
            return schema
        return put_in if before or not known else {"anyOf": [listed, put_in]}

    def _keys(self, schema: Schema, mark: Mapping[str, Any], of: str) -> Schema:
        """Return the schema of a mapping whose keys are names."""
        known = self.names.named(mark["kinds"], of) | dict.fromkeys(mark.get("words", ()), "")
        found = {key: part for key, part in schema.items() if key != "propertyNames"}
        inner = found.get("additionalProperties", {})
        inner = inner if isinstance(inner, dict) else {}
        others = self.filled(inner)
        is_by_key = self._is_by_key(inner)
        found["properties"] = {
            name: {
                **(self.filled(inner, name) if is_by_key else others),
                **({"description": says} if says else {}),
            }
            for name, says in known.items()
        }
        is_free = self.names.is_open(mark["kinds"], of) or mark.get("free")
        found["additionalProperties"] = others if is_free else False
        if mark.get("behind") and not is_free and known:
            begins = self.names.heads(mark["kinds"])
            found["patternProperties"] = {f"^{_one_of(begins)}{mark['behind']}$": others}
        return found

    def _condition(self) -> str:
        """Return the pattern of conditions that count nothing of what is not there."""
        refused = ""
        for counts, kind in ((OF_STAGES, "stages"), (OF_RESOURCES, "resources")):
            known = self.names.named((kind,), "")
            if not self.names.is_open((kind,)):
                one = rf"(?!{_one_of(known)}\s*\))" if known else ""
                refused += rf"(?!.*\b{_one_of(counts)}\s*\(\s*{one}[\w-]+\s*\))"
        return f"^{refused}.*$"


def _one_of(names: Iterable[str]) -> str:
    return f"(?:{'|'.join(re.escape(name).replace(chr(92) + '-', '-') for name in names)})"
