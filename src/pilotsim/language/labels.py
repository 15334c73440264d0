"""What a value of a flow is called, for people: its own label, or its path made readable."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from pilotsim.base.text import inside, is_whole_number
from pilotsim.language.catalogue import catalogue_of, say
from pilotsim.language.conditions import condition_in_words
from pilotsim.model.distributions import FAMILIES
from pilotsim.model.flow import Flow

KINDS = ("costs", "groups", "resources", "risks", "stages", "traits")
# Keys of a flow file that only lead on to the next, besides the families of durations.
SILENT = frozenset(
    (
        "draws_from",
        "opens",
        "risks",
        "quantiles",
        "normal",
        "intake",
        "supply",
        "value",
        "measure",
        "naive",
        "figures",
        "none",
        "any",
        "all",
        "of",
    )
)


def label_of_value(flow: Flow, path: str, language: str) -> str:
    """Return what the value at a path is called: its label, or its path in words.

    Parameters
    ----------
    flow : Flow
        Whose value it is.
    path : str
        Dotted, as in `Flow.values`.
    language : str
        `nb` or `en`.
    """
    value = flow.values.get(path)
    if value is not None and value.label is not None:
        return value.label.in_language(language)
    kind, _, rest = path.partition(".")
    if kind == "lasts":
        return say("length", language)
    if kind == "starts":
        return say("start_date", language)
    if not rest and f"head_{kind}" in catalogue_of(language).phrases:
        return say(f"head_{kind}", language)
    name, *keys = _split(rest)
    first = _first(flow, kind, name, language)
    if kind == "targets" and keys[:1] == ["readings"]:
        reading = flow.targets[name].all_readings()[keys[1]]
        first = f"{first} ({inside(reading.says.in_language(language))})"
        keys = keys[2:]
    tail = " ".join(_in_say(flow, keys, language))
    return f"{first}: {tail}" if tail and first else first or tail or path


def labels_of_values(flow: Flow, paths: Iterable[str], language: str) -> dict[str, str]:
    """Return what the values at some paths are called, no two of them alike.

    Where labels are the same, each has behind it the part of the flow or the place it stands in.

    Parameters
    ----------
    flow : Flow
        Whose values they are.
    paths : iterable of str
        Dotted, as in `Flow.values`.
    language : str
        One of `LANGUAGES`.
    """
    labels = {path: label_of_value(flow, path, language) for path in paths}
    alike: dict[str, list[str]] = {}
    for path, label in labels.items():
        alike.setdefault(label, []).append(path)
    for label, own in alike.items():
        if len(own) == 1:
            continue
        parts = [_part(flow, path, label, language) for path in own]
        places = [_place(path, language) for path in own]
        both = [", ".join(filter(None, one)) for one in zip(parts, places, strict=True)]
        told = next((some for some in (parts, places, both) if len(set(some)) == len(own)), own)
        for path, words in zip(own, told, strict=True):
            labels[path] = f"{label} ({words})"
    return labels


def _part(flow: Flow, path: str, label: str, language: str) -> str:
    """Return what the part of the flow is called in which a value stands; empty if said already."""
    kind, _, rest = path.partition(".")
    part = _first(flow, kind, _split(rest)[0], language)
    return "" if label.startswith(part) else inside(part)


def _place(path: str, language: str) -> str:
    """Return which of several a value is: of the two numbers of a normal distribution, of ways."""
    keys = path.split(".")
    said = []
    for before, key in itertools.pairwise(keys):
        if not is_whole_number(key):
            continue
        if before == "normal":
            said.append(say(("place_mean", "place_spread")[int(key)], language))
        elif before == "one_of":
            said.append(say("place_way", language, number=int(key) + 1))
        else:
            said.append(str(int(key) + 1))
    return ", ".join(said)


def _split(rest: str) -> list[str]:
    """Return the keys of a path; a date is one key."""
    return [key for key in rest.split(".") if key] or [""]


def _first(flow: Flow, kind: str, name: str, language: str) -> str:
    if kind in KINDS:
        return flow.label_of(kind, name, language)
    if kind == "effects" and is_whole_number(name) and int(name) < len(flow.effects):
        effect = flow.effects[int(name)]
        return (
            effect.label.in_language(language)
            if effect.label
            else flow.label_of("stages", effect.after, language)
        )
    if kind == "joint" and name in flow.joint:
        return flow.joint[name].says.in_language(language)
    if kind == "targets" and name in flow.targets:
        return flow.targets[name].says.in_language(language)
    if kind == "observed" and name in flow.observed:
        return flow.observed[name].says.in_language(language)
    if kind == "conflicts" and is_whole_number(name) and int(name) < len(flow.conflicts):
        return flow.conflicts[int(name)].says.in_language(language)
    return name.replace("_", " ").capitalize() if name else kind.replace("_", " ").capitalize()


def _in_say(flow: Flow, keys: list[str], language: str) -> Iterator[str]:
    phrases = catalogue_of(language).phrases
    for before, key in itertools.pairwise(["", *keys]):
        if before in ("when", "pace_when"):
            yield condition_in_words(flow, key, language)
        elif f"path_{key}" in phrases:
            yield phrases[f"path_{key}"]
        elif key not in SILENT and key not in FAMILIES and not is_whole_number(key):
            yield _name(flow, key, language)


def _name(flow: Flow, key: str, language: str) -> str:
    """Return what a key inside a path names: a stage, a risk, a trait, a resource, a date."""
    for kind in ("stages", "risks", "traits", "resources", "groups"):
        if key in getattr(flow, kind):
            return inside(flow.label_of(kind, key, language))
    return key.replace("_", " ")
