"""Whether values that follow others can: known names, no circles, fitting units, a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotsim.base.arithmetic import names_in
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.model.flow import Flow
from pilotsim.model.following import split_blank
from pilotsim.model.rules.names import Found, Names, Path_
from pilotsim.model.rules.targets import faults_of_name

BOUNDS = ("at_least", "at_most")


def faults_of_followers(flow: Flow, names: Names, changed: Sequence[Path_] = ()) -> Found:
    """Yield a fault for each value that cannot follow what its sum names.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    names : Names
        Names by kind that the file gives, also those of parts that could not be read.
    changed : sequence of paths
        What was changed for this run: a sum may name it, whatever it now rests on.
    """
    for path, value in flow.values.items():
        if not value.follows:
            continue
        keys = tuple(path.split("."))
        if not _may_follow(keys):
            yield (
                keys,
                Message(
                    "a value cannot follow others here; the length of the pilot, what is measured "
                    "and what was published are given as they stand"
                ),
            )
            continue
        key = "sum" if value.steady is None else "steady"
        for name in names_in(value.sum) if value.sum is not None else ():
            yield from faults_of_name(name, (*keys, key), flow, names)
        if flow.unfollowed.get(path):
            yield (*keys, key), flow.unfollowed[path]
        for name in _assumed_parts(flow, value, changed):
            yield (
                (*keys, "source"),
                Message(
                    "no source states what this sum comes to, for '{name}' is assumed; write it as "
                    "an assumption that says what of it the source gives",
                    name=name,
                ),
            )


def _assumed_parts(flow: Flow, value: Quantity, changed: Sequence[Path_]) -> Iterator[str]:
    """Yield the assumptions that a sum with a source names, which the source cannot answer for."""
    if value.source is None or value.sum is None:
        return
    for name in names_in(value.sum):
        part = flow.values.get(name)
        was_set = any(tuple(name.split("."))[: len(one)] == one for one in changed)
        if part is not None and part.assumption is not None and not was_set:
            yield name


def faults_of_words(flow: Flow, names: Names) -> Found:
    """Yield a fault for each blank in words that stands for no value of the flow.

    Parameters
    ----------
    flow : Flow
        The parts of the file that could be read.
    names : Names
        Names by kind that the file gives, also those of parts that could not be read.
    """
    for (path, language), (asked, why) in flow.unfilled.items():
        keys = tuple(key for key in (*path.split("."), language) if key)
        if why:
            yield keys, Message("{blank}: {why}", blank=f"{{{asked}}}", why=why)
            continue
        for name in names_in(split_blank(asked)[0]):
            if flow.value_named(name) is None:
                yield from faults_of_name(name, keys, flow, names)


def _may_follow(keys: tuple[str, ...]) -> bool:
    if keys[0] in ("lasts", "observed"):
        return False
    return keys[0] != "targets" or keys[-1] in BOUNDS
