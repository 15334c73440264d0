"""What a reader is asked for numbers of their own: in the order in which a manager thinks of them.

Everything is worked out from the flow: who is there and who comes, who works and where there is
room, at what pace it goes, how it goes, and what it costs.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pilotsim.base.quantity import Quantity
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.labels import label_of_value
from pilotsim.language.numbers import format_value, format_value_range
from pilotsim.model.flow import Flow
from pilotsim.output.labels import format_source
from pilotsim.output.live.decision import is_decided
from pilotsim.portable.bounds import paths_to_set
from pilotsim.portable.description import one_and_unit

__all__ = [
    "SECTIONS",
    "STRONGEST",
    "OwnQuestion",
    "asked_in_words",
    "basis_in_words",
    "own_questions",
    "prices_of",
    "size_paths",
]

# The sections of the form, in order, and how many questions of each are seen at once.
CLIENTS, COMING, CAPACITY, PACE, SHARES, PRICES = (
    "clients",
    "coming",
    "capacity",
    "pace",
    "shares",
    "prices",
)
SECTIONS = {CLIENTS: 4, COMING: 4, CAPACITY: 9, PACE: 2, SHARES: 4, PRICES: 7}
STRONGEST = 6  # assumptions on which most hangs that are asked for first
PER = ("per_month", "per_day", "per_start")


@dataclass(frozen=True)
class OwnQuestion:
    """A number of the flow that a reader is asked for.

    Parameters
    ----------
    path : str
        The value.
    section : str
        One of `SECTIONS`.
    is_first : bool
        Whether it is seen at once; else it stands with those that fewer need.
    """

    path: str
    section: str
    is_first: bool


def own_questions(check: Check) -> list[OwnQuestion]:
    """Return what is asked, section by section.

    Parameters
    ----------
    check : Check
        Its what-ifs say on which assumptions most hangs; these are asked before others.
    """
    flow = check.flow
    settable = set(paths_to_set(flow))
    asked: dict[str, list[str]] = {name: [] for name in SECTIONS}
    later: dict[str, list[str]] = {name: [] for name in SECTIONS}
    for section, path, is_main in _numbers(flow, check.strongest_assumptions(STRONGEST)):
        if path in settable and math.isfinite(flow.values[path].number):
            (asked if is_main else later)[section].append(path)
    found = []
    seen: set[str] = set()
    for section, most in SECTIONS.items():
        paths = dict.fromkeys([*asked[section], *later[section]])
        for place, path in enumerate(one for one in paths if one not in seen):
            is_first = path in asked[section] and place < most
            found.append(OwnQuestion(path, section, is_first))
        seen.update(paths)
    return found


def _numbers(flow: Flow, strongest: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Yield what can be asked: section, path, and whether it is asked first."""
    yield from _who(flow)
    yield from _what_there_is(flow, strongest)
    for path in strongest:
        if not path.startswith(("groups.", "resources.", "shared.")):
            yield (PACE if is_decided(path) else SHARES), path, True
    yield from _how_it_goes(flow)
    for path in prices_of(flow):
        yield PRICES, path, True


def _who(flow: Flow) -> Iterator[tuple[str, str, bool]]:
    sizes = size_paths(flow)
    for path in sizes:
        yield CLIENTS, path, True
    for name in flow.groups:
        path = f"groups.{name}.stock"
        if path in flow.values and path not in sizes and not flow.values[path].follows:
            yield CLIENTS, path, False
        for key in ("arrivals", "intake.brings"):
            path = f"groups.{name}.{key}"
            if path in flow.values:
                yield from _at_all_dates(flow, COMING, path)


def _what_there_is(flow: Flow, strongest: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    for name, resource in flow.resources.items():
        for key in ("units", "fte", "supply.units"):
            path = f"resources.{name}.{key}"
            if path in flow.values:
                yield from _at_all_dates(flow, CAPACITY, path)
        if resource.caseload is not None:
            path = f"resources.{name}.caseload"
            yield CAPACITY, path, path in strongest
    for path, value in flow.values.items():
        parts = path.split(".")
        if parts[0] == "stages" and "opens" in parts and parts[-1] == "admits":
            yield PACE, path, bool(value.number)


def _how_it_goes(flow: Flow) -> Iterator[tuple[str, str, bool]]:
    for path, value in flow.values.items():
        parts = path.split(".")
        if value.follows or not value.has_range:
            continue
        if parts[0] == "stages" and parts[2:3] == ["next"]:
            if value.kind == "share":
                yield SHARES, path, not _is_later(parts)
        elif parts[0] == "risks" and parts[2:] == ["rate"]:
            yield SHARES, path, False
        elif parts[0] == "stages" and value.kind == "duration":
            yield PACE, path, False


def _is_later(parts: Sequence[str]) -> bool:
    """Tell whether a path is of what a value becomes, at a date or in a period."""
    return "from" in parts or "during" in parts


def _at_all_dates(flow: Flow, section: str, path: str) -> Iterator[tuple[str, str, bool]]:
    """Yield a number; first of one that is nothing at the start is what it becomes."""
    is_main = bool(flow.values[path].number)
    yield section, path, is_main
    for later in flow.becomes(path):
        yield section, later, not is_main


def size_paths(flow: Flow) -> list[str]:
    """Return who is there at the start, by path: groups whose size is a number of its own."""
    followers = {one.path for one in flow.followers}
    paths = [f"groups.{name}.stock" for name in flow.groups]
    return [
        path
        for path in paths
        if path in flow.values and path not in followers and flow.values[path].number > 0
    ]


def prices_of(flow: Flow) -> list[str]:
    """Return the paths of all prices: those of costs and resources, and what these are sums of."""
    followers = {one.path: one for one in flow.followers}
    own = [f"costs.{name}.{per}" for name in flow.costs for per in PER]
    own += [
        f"resources.{name}.{per}"
        for name in flow.resources
        for per in ("price_per_month", "price_per_hour")
    ]
    own = [path for path in own if path in flow.values]
    names = {value.slot: path for path, value in flow.values.items()}
    shared = [
        names[slot]
        for path in own
        if path in followers
        for slot in followers[path].slots.values()
        if names[slot].startswith("shared.")
    ]
    found = [path for path in dict.fromkeys([*shared, *own]) if path not in followers]
    return [path for path in found if path in flow.values]


def asked_in_words(flow: Flow, questions: Sequence[OwnQuestion], language: str) -> dict[str, str]:
    """Return questions in words, by path: those of the flow, or what a value is called and is.

    Parameters
    ----------
    flow : Flow
        Whose values are asked for.
    questions : sequence of OwnQuestion
        Which.
    language : str
        One of `LANGUAGES`.
    """
    found = {one.path: _asked(flow, one, language, "") for one in questions}
    alike = Counter(found.values())
    for one in questions:
        if one.path in flow.questions:
            found[one.path] = flow.questions[one.path].in_language(language)
        elif alike[found[one.path]] > 1:
            # Two values of one name: the part of the flow that each is of tells them apart.
            kind, name, *_ = one.path.split(".")
            found[one.path] = _asked(flow, one, language, flow.label_of(kind, name, language))
    return found


def _asked(flow: Flow, question: OwnQuestion, language: str, of: str) -> str:
    value = flow.values[question.path]
    kind, name, *keys = question.path.split(".")
    own = not _is_later(keys)
    label = label_of_value(flow, question.path, language)
    if own and (kind == "groups" or (kind == "resources" and value.label is None)):
        label = flow.label_of(kind, name, language)
    if of and of != label:
        label = f"{label} ({of})"
    _, unit = one_and_unit(value, language)
    key = _key_of(value, question, keys) if own or kind == "stages" else "own_ask_how_many"
    return say(key, language, label=label, unit=unit)


def _key_of(value: Quantity, question: OwnQuestion, keys: Sequence[str]) -> str:
    """Return the phrase by which a number is asked for."""
    by_section = {
        CLIENTS: "own_ask_stock",
        COMING: "own_ask_each" if "intake" in keys else "own_ask_coming",
        CAPACITY: "own_ask_each_has" if "caseload" in keys else "own_ask_count",
        PRICES: "own_ask_price",
    }
    by_kind = {
        "count": "own_ask_how_many",
        "share": "own_ask_share",
        "duration": "own_ask_length",
        "rate": "own_ask_rate",
    }
    return by_section.get(question.section) or by_kind.get(value.kind, "own_ask_number")


def basis_in_words(flow: Flow, path: str, language: str) -> str:
    """Return what the file has for a number, and what kind of number that is."""
    value = flow.values[path]
    number = format_value(value, language)
    if value.follows:
        return say("own_basis_follows", language, number=number)
    if value.joint is not None:
        ends = format_value_range(value, language)
        return say("own_basis_fitted", language, number=number, range=ends)
    if value.source is not None:
        source = format_source(value.source, language)
        return say("own_basis_source", language, number=number, source=source)
    if value.has_range:
        ends = format_value_range(value, language)
        return say("own_basis_assumed", language, number=number, range=ends)
    if value.assumption is not None:
        return say("own_basis_held", language, number=number)
    return say("own_basis_plain", language, number=number)
