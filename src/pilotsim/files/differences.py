"""What stands otherwise in one flow than in another: entry by entry, and parts that only one has.

Words for people and sources are left out: they change no run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import MAX_LISTED
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, is_written_out
from pilotsim.files.changes import copy_content, name_of_value, put_change, said_in_file
from pilotsim.files.reading import MADE_OF
from pilotsim.model.changed_entries import ChangedEntry
from pilotsim.model.distributions import OPTIONS
from pilotsim.model.distributions.duration import POINTS
from pilotsim.model.distributions.observed import FILE, LENGTHS_FROM, STAYS
from pilotsim.model.flow import Flow

__all__ = [
    "FlowDifferences",
    "PartOfOne",
    "differences",
    "tell_first",
    "told_between",
    "was_and_is",
]

# Parts of a flow file by whose names their entries are known.
NAMED = (
    "periods",
    "shared",
    "joint",
    "traits",
    "groups",
    "resources",
    "risks",
    "stages",
    "costs",
    "targets",
)
# What else is run: entries of their own, and the list of effects.
ALONE = ("starts", "lasts", "warm_up", "starts_from", "calendar", "currency")
EFFECTS = "effects"
# What people read, and where it was read.
WORDS = frozenset(("title", "about", "label", "says", "assumption", "source", "rests_on"))
TARGETS, MEASURE = "targets", "measure"
# Parts whose order decides which number of chance falls to whom, and who goes first at a tie.
ORDERED = ("groups", "risks")
ORDERED_WITHIN = ("categories", "next", "order_when", "pace_when", "stock_in", "when")


@dataclass(frozen=True)
class PartOfOne:
    """A part that stands in one of two flows alone.

    Parameters
    ----------
    kind : str
        The part of the file, such as `stages`.
    name : str
        Its name there; the number of an effect.
    is_added : bool
        Whether it stands in the second flow; otherwise in the first.
    """

    kind: str
    name: str
    is_added: bool


@dataclass(frozen=True)
class FlowDifferences:
    """What stands otherwise in a second flow than in a first.

    Parameters
    ----------
    entries : tuple of ChangedEntry
        Entries that both have, or one alone within a part that both have; `before` is of the first
        flow. Values that follow others come last, where nothing else of them differs.
    parts : tuple of PartOfOne
        Parts that only one of them has.
    """

    entries: tuple[ChangedEntry, ...]
    parts: tuple[PartOfOne, ...]

    @property
    def is_nothing(self) -> bool:
        """Whether both flows run the same."""
        return not self.entries and not self.parts


def differences(first: Flow, second: Flow) -> FlowDifferences:
    """Return what stands otherwise in a second flow than in a first.

    Parameters
    ----------
    first, second : Flow
        Read from files, with whatever was changed in them for a run.
    """
    contents = content_of(first), content_of(second)
    entries: list[ChangedEntry] = []
    parts: list[PartOfOne] = []
    for key in ALONE:
        entries += _entries(first, second, key, contents[0].get(key), contents[1].get(key))
    for kind in NAMED:
        own, other = (content.get(kind) or {} for content in contents)
        # A target that is measured otherwise is another target, whatever it is called.
        both = [
            name
            for name in own
            if name in other and (kind != TARGETS or _measures(own[name]) == _measures(other[name]))
        ]
        parts += [PartOfOne(kind, name, False) for name in own if name not in both]
        parts += [PartOfOne(kind, name, True) for name in other if name not in both]
        entries += _order(kind, own, other)
        for name in both:
            entries += _entries(first, second, f"{kind}.{name}", own[name], other[name])
    found, alone = _of_effects(first, second, *contents)
    entries += found
    parts += alone
    told = {entry.path for entry in entries}
    return FlowDifferences((*entries, *_that_follow(first, second, told)), tuple(parts))


def told_between(before: Any, now: Any) -> list[Message]:
    """Return what stands otherwise in a file than it did, place by place: was, and is.

    Parameters
    ----------
    before, now : object
        Plain content of a file of any kind. Words and sources count where nothing else differs.
    """
    found = list(_told(before, now, (), WORDS)) or list(_told(before, now, (), frozenset()))
    return tell_first(found)


def tell_first(messages: list[Message]) -> list[Message]:
    """Return the first `MAX_LISTED` of some messages, and how many more there are."""
    left = len(messages) - MAX_LISTED
    more = [Message("{count} more values", count=left)] if left > 0 else []
    return [*messages[:MAX_LISTED], *more]


def was_and_is(path: str, before: str, now: str) -> Message:
    """Return that what stands at a path is another: nothing stands there where it is empty."""
    nothing = Message("not there")
    return Message(
        "{path} was {before}, is {now}", path=path, before=before or nothing, now=now or nothing
    )


def _told(own: Any, other: Any, path: tuple[str, ...], words: frozenset[str]) -> Iterator[Message]:
    if path and path[-1] in words:
        return
    if isinstance(own, Mapping) and isinstance(other, Mapping):
        if _is_of_stays(own) and _is_of_stays(other) and own[POINTS] != other[POINTS]:
            yield Message("{path} was made of other stays", path=".".join(path))
            own, other = ({**one, POINTS: None} for one in (own, other))
        orders = [[name for name in one if name in own and name in other] for one in (own, other)]
        differs = False
        for key in dict.fromkeys([*own, *other]):
            for one in _told(own.get(key), other.get(key), (*path, str(key)), words):
                differs = True
                yield one
        if orders[0] != orders[1] and not differs:
            yield was_and_is(".".join(path), *(", ".join(map(str, one)) for one in orders))
        return
    if isinstance(own, list) and isinstance(other, list) and len(own) == len(other):
        for at, (here, there) in enumerate(zip(own, other, strict=True)):
            yield from _told(here, there, (*path, str(at)), words)
        return
    # A value that is written out on one side alone is the same value.
    here, there = (
        one["value"] if isinstance(one, Mapping) and "value" in one else one for one in (own, other)
    )
    if here != there:
        shown = path[:-1] if path and path[-1] == "value" else path
        yield was_and_is(".".join(shown), said_in_file(here), said_in_file(there))


def _measures(target: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a target is measured, in each of its readings."""
    readings = target.get("readings") or {}
    return {"": target.get(MEASURE)} | {
        name: reading.get(MEASURE) for name, reading in readings.items()
    }


def content_of(flow: Flow) -> dict[str, Any]:
    """Return what a flow was made of as plain content, with all that was changed in it."""
    document, layers = flow.memory[MADE_OF]
    content: dict[str, Any] = copy_content(document.content)
    for layer in layers:
        for path, value in layer.items():
            put_change(content, path, value, document)
    return content


def _of_effects(
    first: Flow, second: Flow, own: Mapping[str, Any], other: Mapping[str, Any]
) -> tuple[list[ChangedEntry], list[PartOfOne]]:
    """Return the differences of effects, which are known by what they are of and where they work.

    The path of an entry is that of the second flow.
    """
    ours, theirs = (_by_what_they_do(content.get(EFFECTS) or []) for content in (own, other))
    entries: list[ChangedEntry] = []
    for key, (_, effect) in ours.items():
        if key in theirs:
            place, there = theirs[key]
            at = ours[key][0]
            entries += _entries(
                first, second, f"{EFFECTS}.{place}", effect, there, f"{EFFECTS}.{at}"
            )
    gone = [
        PartOfOne(EFFECTS, str(at), False) for key, (at, _) in ours.items() if key not in theirs
    ]
    came = [PartOfOne(EFFECTS, str(at), True) for key, (at, _) in theirs.items() if key not in ours]
    return entries, [*gone, *came]


def _by_what_they_do(effects: list[Any]) -> dict[tuple[str, ...], tuple[int, Any]]:
    """Return each effect with its number, by stage and risk; one more of the same by its turn."""
    found: dict[tuple[str, ...], tuple[int, Any]] = {}
    for number, effect in enumerate(effects):
        key = (str(effect.get("after")), str(effect.get("counted_from")), str(effect.get("on")))
        turn = sum(known[:3] == key for known in found)
        found[(*key, str(turn))] = (number, effect)
    return found


def _entries(
    first: Flow, second: Flow, path: str, own: Any, other: Any, own_path: str = ""
) -> Iterator[ChangedEntry]:
    """Yield the entries below a path that differ; `own_path` is where the first flow has them."""
    own_path = own_path or path
    last = path.rpartition(".")[2]
    if last in WORDS:
        return
    is_read_on = all(isinstance(one, Mapping) and not is_written_out(one) for one in (own, other))
    if own != other and (_is_of_stays(own) or _is_of_stays(other)):
        yield from _entries_of_stays(first, second, path, own, other, own_path)
    elif is_read_on:
        yield from _order(path, own, other)
        for key in dict.fromkeys([*own, *other]):
            here, there = own.get(key), other.get(key)
            yield from _entries(first, second, f"{path}.{key}", here, there, f"{own_path}.{key}")
    elif own == other:
        return
    elif isinstance(own, list) and isinstance(other, list) and len(own) == len(other):
        for at, (here, there) in enumerate(zip(own, other, strict=True)):
            yield from _entries(first, second, f"{path}.{at}", here, there, f"{own_path}.{at}")
    else:
        before = first.values.get(name_of_value(first, own_path))
        after = second.values.get(name_of_value(second, path))
        if before is None or after is None or _runs(before) != _runs(after):
            name = name_of_value(second if after is not None else first, path)
            yield ChangedEntry(name, before, after, said_in_file(own), said_in_file(other))


def _is_of_stays(content: Any) -> bool:
    """Tell whether content is a length that was made of stays."""
    return isinstance(content, Mapping) and LENGTHS_FROM in content and POINTS in content


def _entries_of_stays(
    first: Flow, second: Flow, path: str, own: Any, other: Any, own_path: str
) -> Iterator[ChangedEntry]:
    """Yield how two lengths differ of which one was made of stays: its points are one whole."""
    sides = [one if isinstance(one, Mapping) else {"": one} for one in (own, other)]
    lengths = [
        {key: part for key, part in side.items() if key not in (*OPTIONS, LENGTHS_FROM)}
        for side in sides
    ]
    if lengths[0] != lengths[1]:
        said = (_said_of_length(first, own_path, own), _said_of_length(second, path, other))
        means = [
            flow.lengths_from_stays[at].observed_mean if at in flow.lengths_from_stays else None
            for flow, at in ((first, own_path), (second, path))
        ]
        before, after = means
        if before is None or after is None or before.written == after.written:
            yield ChangedEntry(path, None, None, *said)
        else:
            yield ChangedEntry(f"{path}.mean", before, after, *said)
    for key in OPTIONS:
        here, there = (side.get(key) for side in sides)
        if here != there:
            at = f"{path}.{key}"
            yield from _entries(first, second, at, here, there, f"{own_path}.{key}")


def _said_of_length(flow: Flow, path: str, content: Any) -> str:
    """Return a length in one line; of one that was made of stays, which, and their mean."""
    if not _is_of_stays(content):
        return said_in_file(content)
    said = content[LENGTHS_FROM]
    mean = flow.lengths_from_stays[path].observed_mean.written
    return f"{{{FILE}: {said[FILE]}, {STAYS}: {said[STAYS]}, mean: {mean}}}"


def _order(path: str, own: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[ChangedEntry]:
    """Yield that what both have of a part stands in another order, where the order is run."""
    _, *names = path.split(".")
    # A name may be any word: that of a part comes first, and that of a way on after `next`.
    is_within = len(names) > 1 and names[-1] in ORDERED_WITHIN and names[-2] != "next"
    if path not in ORDERED and not is_within:
        return
    before = [name for name in own if name in other]
    after = [name for name in other if name in own]
    if before != after:
        yield ChangedEntry(path, None, None, ", ".join(before), ", ".join(after))


def _runs(value: Quantity) -> tuple[Any, ...]:
    """Return all of a value that a run depends on: not who said it, nor how it is called."""
    return (
        value.number,
        value.working,
        value.low,
        value.high,
        value.shape,
        *((when, later.number, later.low, later.high) for when, later in value.changes),
        value.mixture,
        value.scaled_by,
        value.raised_to,
        value.joint,
        value.sum,
        value.steady,
    )


def _that_follow(first: Flow, second: Flow, told: set[str]) -> Iterator[ChangedEntry]:
    """Yield what is another number though the file says the same: it follows what differs."""
    for path, after in second.values.items():
        before = first.values.get(path)
        if before is None or path in told or path.split(".")[0] not in (*NAMED, EFFECTS):
            continue
        moves = after.follows or after.joint is not None
        if moves and before.number != after.number:
            yield ChangedEntry(path, before, after, before.written, after.written, follows=True)
