"""A learned flow as a flow file: each number in its place, its source the register, drawn together.

The file of rows stands beside it. What could not be learned stays as the sketch has it; a plain
number of a sketch without sources says from then on that it is an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pilotsim import __version__
from pilotsim.base.errors import RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, in_unit_of, is_written_out
from pilotsim.base.units import unit_of
from pilotsim.files.rewriting import rewrite
from pilotsim.files.yaml import parse
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_date, format_number
from pilotsim.learning.learned import LearnedFlow, LearnedPart, LearnedValue
from pilotsim.learning.stays import date_of
from pilotsim.model.flow import Flow
from pilotsim.model.joint import PosteriorRows
from pilotsim.model.rules.consistency import needs_source

__all__ = ["flow_text", "quantity_of", "rows_file", "rows_text", "says_of_part", "source_name"]

# Digits of a number in a file of rows.
DIGITS = 5
_UNITS = {"duration": " days", "rate": " per month", "share": " %", "number": "", "count": ""}


def rows_file(flow: Flow) -> str:
    """Return where the rows of a learned flow are kept, as seen from its file."""
    return f"posteriors/{flow.flow}_learned.csv"


def source_name(flow: Flow) -> str:
    """Return the name of the register among the sources of the flow that is written."""
    return "register" if "register" not in flow.sources else "learned_register"


def says_of_part(part: LearnedPart, flow: Flow, language: str) -> str:
    """Return what a learned part is about, in words.

    Parameters
    ----------
    part : LearnedPart
        The part.
    flow : Flow
        The sketch.
    language : str
        One of `LANGUAGES`.
    """
    kinds = {"length": "stages", "shares": "stages", "speed": "risks", "arrivals": "groups"}
    kinds |= {"trait": "traits", "units": "resources", "stock": "groups"}
    label = flow.label_of(kinds[part.kind], part.about, language)
    return say(f"learned_says_{part.kind}", language, label=label)


def quantity_of(part: LearnedPart, value: LearnedValue) -> Quantity:
    """Return a number as a value of a flow, in the unit in which it is written there."""
    return Quantity(value.number, value.kind, f"1{_unit(part, value)}")


class _Printed:
    """The numbers of a part as files write them: in the unit of the sketch where it has one."""

    def __init__(self, part: LearnedPart) -> None:
        self.part = part
        self.units = [_unit(part, value) for value in part.values]

    def number(self, place: int, number: float) -> str:
        """Return a number of a value in its unit, without it."""
        value, unit = self.part.values[place], self.units[place]
        one = Quantity(1.0, value.kind, f"1{unit}")
        return str(in_unit_of(one, number, DIGITS)).removesuffix(unit)

    def rows(self) -> list[list[str]]:
        """Return the rows as their file holds them."""
        return [
            [self.number(place, number) for place, number in enumerate(row)]
            for row in self.part.rows.tolist()
        ]

    def central(self) -> list[str]:
        """Return the central row, or what was counted."""
        if self.part.is_counted:
            return [self.number(k, value.number) for k, value in enumerate(self.part.values)]
        printed = self.rows()
        numbers = np.array(printed, np.float64)
        names = [value.path for value in self.part.values]
        rows = PosteriorRows.in_order(
            "", [], "", names, names, numbers, (), np.zeros(len(numbers), np.int64)
        )
        place = int(np.argmin(np.abs(numbers - rows.central).sum(axis=1)))
        return printed[place]

    def written(self, place: int, cell: str) -> str | float | int:
        """Return a number as a flow file writes it, with its unit."""
        unit = self.units[place]
        if unit.strip():
            return f"{cell}{unit}"
        return int(float(cell)) if self.part.values[place].kind == "count" else float(cell)


def _unit(part: LearnedPart, value: LearnedValue) -> str:
    before = value.before
    if before is not None and before.kind == value.kind and not before.working:
        unit = unit_of(before.written)
        if unit.strip() or not _UNITS[value.kind]:
            return unit if unit.strip() else ""
    if part.kind == "speed" and value.kind == "rate":
        return " % per month"
    return _UNITS[value.kind]


def rows_text(found: LearnedFlow, command: str = "", *, language: str = "en") -> str:
    """Return the file of rows from which the numbers that were learned are drawn together.

    Parameters
    ----------
    found : LearnedFlow
        What was learned.
    command : str
        How, to be said on top.
    language : str
        Of the remarks on top, one of `LANGUAGES`.

    Raises
    ------
    RequestError
        Nothing was estimated.
    """
    drawn = [_Printed(part) for part in found.parts if not part.is_counted]
    if not drawn:
        raise RequestError(Message("the register tells no number of the flow: nothing is drawn"))
    heads = [
        f"{value.path} [{unit.strip()}]" if unit.strip() else value.path
        for one in drawn
        for value, unit in zip(one.part.values, one.units, strict=True)
    ]
    made = say(
        "learned_rows_by" if command else "learned_rows_remark",
        language,
        command=command,
        version=__version__,
        seed=found.seed,
    )
    lines = [f"# {made}", f"# {_register_says(found, language)}", ", ".join(heads)]
    for cells in zip(*(one.rows() for one in drawn), strict=True):
        lines.append(", ".join(cell for part in cells for cell in part))
    return "\n".join(lines) + "\n"


def _register_says(found: LearnedFlow, language: str) -> str:
    stays = found.stays
    return say(
        "learned_register",
        language,
        file=Path(stays.file).name,
        cases=format_number(stays.cases, language, 0),
        first=format_date(date_of(stays.begins), language),
        last=format_date(date_of(np.nextafter(stays.ends, -np.inf)), language),
    )


def flow_text(
    found: LearnedFlow, text: str, command: str = "", *, language: str = "en", rows: str = ""
) -> str:
    """Return the flow file with the numbers that were learned; all else of it stays.

    Parameters
    ----------
    found : LearnedFlow
        What was learned.
    text : str
        The file of the sketch.
    command : str
        How it was learned, to be said on top.
    language : str
        Of the remarks on top, one of `LANGUAGES`; what the file says is said in all.
    rows : str
        The file of rows, as seen from the new file; that of `rows_file` unless given.

    Raises
    ------
    RequestError
        A number is not written in the file.
    """
    flow = found.flow
    raw = parse(text, "sketch").content
    source = f"{source_name(flow)} {date_of(np.nextafter(found.stays.ends, -np.inf)):%Y-%m-%d}"
    values: dict[str, dict[str, Any]] = {}
    others: dict[str, Any] = {}
    joints: dict[str, Any] = {}
    for part in found.parts:
        printed = _Printed(part)
        cells = printed.central()
        told = f"{source}, n = {part.events}"
        rests_on: dict[str, Any] = {"source": told}
        if not part.is_counted:
            rests_on = {"joint": part.name}
            joints[part.name] = {
                "says": {one: says_of_part(part, flow, one) for one in LANGUAGES},
                "file": rows or rows_file(flow),
                "source": told,
                "gives": {value.path: value.path for value in part.values},
            }
        numbers = {
            value.path: {"value": printed.written(k, cells[k]), **rests_on}
            for k, value in enumerate(part.values)
        }
        _place(part, numbers, raw, flow, values, others)
    if joints:
        _merge(others, raw, "joint", joints)
    if flow.sources or not _names_sources(raw):
        # A file that lists its sources must list all that it names.
        words = {one: _register_says(found, one) for one in LANGUAGES}
        _merge(others, raw, "sources", {source_name(flow): words})
        _say_assumed(flow, values, others)
    made = say(
        "learned_by" if command else "learned_remark",
        language,
        command=command,
        version=__version__,
        count=sum(len(part.values) for part in found.parts),
        open=len(found.left_open),
    )
    return rewrite(text, values, others, [made])


def _names_sources(raw: Any) -> bool:
    """Tell whether anything in a file names a source."""
    if isinstance(raw, Mapping):
        return "source" in raw or any(map(_names_sources, raw.values()))
    return isinstance(raw, list) and any(map(_names_sources, raw))


def _merge(others: dict[str, Any], raw: Any, key: str, added: Mapping[str, Any]) -> None:
    """Put entries under a key of the head of the file."""
    if isinstance(raw.get(key), Mapping):
        others.update({f"{key}.{name}": entry for name, entry in added.items()})
    else:
        others[key] = dict(added)


def _at(raw: Any, path: str) -> Any:
    for key in path.split("."):
        if not isinstance(raw, Mapping) or key not in raw:
            return None
        raw = raw[key]
    return raw


def _place(
    part: LearnedPart,
    numbers: dict[str, dict[str, Any]],
    raw: Any,
    flow: Flow,
    values: dict[str, dict[str, Any]],
    others: dict[str, Any],
) -> None:
    """Note where the numbers of a part go: values that the file has, or parts written anew."""
    if part.kind == "length":
        path = f"stages.{part.about}.lasts"
        others[path] = _length(part, numbers, _at(raw, path), path)
        return
    if part.kind == "arrivals":
        path = f"groups.{part.about}.arrivals"
        values[path] = _learned(numbers[path]) | {"from": None, "during": None}
        season = [
            numbers[f"groups.{part.about}.season.{month}"]
            for month in range(12)
            if f"groups.{part.about}.season.{month}" in numbers
        ]
        if season:
            others[f"groups.{part.about}.season"] = season
        elif _at(raw, f"groups.{part.about}.season") is not None:
            others[f"groups.{part.about}.season"] = [1] * 12
        return
    if part.kind == "shares":
        _place_shares(part, numbers, raw, flow, values, others)
        return
    new_times: dict[str, Any] = {}
    for value in part.values:
        if value.path in flow.values:
            values[value.path] = _learned(numbers[value.path])
        else:
            new_times[value.path] = numbers[value.path]
    if new_times:
        path = f"risks.{part.about}.times"
        added = {key.removeprefix(f"{path}."): entry for key, entry in new_times.items()}
        others[path] = _nested(dict(_at(raw, path) or {}), added)
        for known in [one for one in values if one.startswith(f"{path}.")]:
            others[path] = _nested(others[path], {known.removeprefix(f"{path}."): numbers[known]})
            del values[known]


def _learned(number: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value that was learned, without what the sketch believed of it."""
    return dict.fromkeys(("assumption", "low", "high", "mixture")) | dict(number)


def _place_shares(
    part: LearnedPart,
    numbers: Mapping[str, dict[str, Any]],
    raw: Any,
    flow: Flow,
    values: dict[str, dict[str, Any]],
    others: dict[str, Any],
) -> None:
    """Note where shares of ways on go, with their odds by trait."""
    for way in flow.stages[part.about].next or {}:
        path = f"stages.{part.about}.next.{way}"
        odds = {
            key.removeprefix(f"{path}.odds."): entry
            for key, entry in numbers.items()
            if key.startswith(f"{path}.odds.")
        }
        before = _at(raw, path)
        is_record = isinstance(before, Mapping) and not is_written_out(before)
        record = dict(before) if is_record else {}
        if any(f"{path}.odds.{keys}" not in flow.values for keys in odds) or (
            is_record and path not in numbers
        ):
            record["share"] = numbers.get(path, "rest")
            if odds:
                record["odds"] = _nested(dict(record.get("odds") or {}), odds)
            others[path] = record
            continue
        if path not in numbers:
            others[path] = "rest"
        elif path in flow.values:
            values[path] = _learned(numbers[path])
        else:
            # What took the rest in the sketch.
            others[path] = numbers[path]
        for keys, entry in odds.items():
            values[f"{path}.odds.{keys}"] = _learned(entry)


def _length(
    part: LearnedPart, numbers: Mapping[str, Any], before: Any, path: str
) -> dict[str, Any]:
    """Return what stands under `lasts`: the family with its numbers, and the factors by trait."""
    label = before.get("label") if isinstance(before, Mapping) else None
    if part.family == "constant":
        whole = dict(numbers[path])
        return {**whole, "label": label} if label else whole
    found: dict[str, Any] = {}
    by: dict[str, Any] = {}
    for own, entry in numbers.items():
        key = own.removeprefix(f"{path}.")
        if key.startswith("by."):
            by[key.removeprefix("by.")] = entry
        else:
            family, name = key.split(".")
            more = {"label": label} if label and name == "mean" else {}
            found.setdefault(family, {})[name] = {**entry, **more}
    if by:
        found["by"] = _nested({}, by)
    return found


def _nested(start: dict[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """Return factors by trait with entries added: `office.north` below `office`."""
    for keys, entry in entries.items():
        trait, _, category = keys.partition(".")
        if category:
            inner = start.get(trait)
            kept = dict(inner) if isinstance(inner, Mapping) and not is_written_out(inner) else {}
            start[trait] = {**kept, category: entry}
        else:
            start[trait] = entry
    return start


def _say_assumed(flow: Flow, values: dict[str, dict[str, Any]], others: dict[str, Any]) -> None:
    """Say of plain numbers of a sketch without sources that they are assumptions from now on."""
    if flow.sources:
        return
    words = {language: say("learned_assumed", language) for language in LANGUAGES}
    for path, value in flow.values.items():
        if path in flow.points_of_stays:
            continue
        keys = tuple(path.split("."))
        replaced = any(path == one or path.startswith(f"{one}.") for one in others)
        if value.is_plain and needs_source(keys, value) and path not in values and not replaced:
            number: str | float = value.written
            if value.kind in ("count", "number", "real"):
                number = int(value.number) if value.number == int(value.number) else value.number
            values[path] = {"value": number, "assumption": words}
