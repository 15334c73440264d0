"""What a reader can decide that is built into a packed flow: dates, lengths, structure.

Options of the file's choices that numbers do not make, and two that are worked out from any flow:
that the programme begins later, and that the period is shorter or longer. Each is packed beside the
flow as what differs, alone and in pairs, so that the page runs them as it runs numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import combinations
from typing import Any

from pilotsim.base.calendar import DAYS_PER_MONTH
from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.text import Text
from pilotsim.files.changes import read_change
from pilotsim.files.decided import flow_changed, flow_with, taken_of
from pilotsim.files.later import first_opening, opened_later
from pilotsim.files.relative import Exactly
from pilotsim.judge.economy import economy_names
from pilotsim.judge.effect_totals import effect_names
from pilotsim.judge.settings_ahead import OptionInWords, SettingAhead
from pilotsim.judge.verdicts import questions_of
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_date
from pilotsim.model.flow import Flow
from pilotsim.output.live.levers import options_by_numbers
from pilotsim.portable.variants import FlowVariant

__all__ = ["PLANNED", "BuiltInOption", "BuiltInOptions", "name_of"]

# The choices that are worked out from a flow, where its file has none of the kind.
LATER, LENGTH = "later", "length"
PLANNED = "planned"
MONTHS_LATER = (1, 2, 3, 6)
TOLD_FROM = 3  # months later
PARTS_OF_LENGTH = (0.5, 1.5, 2.0)
MOST_PAIRS = 120
# What tells the options of a variant from each other in its name.
AND = "&"


@dataclass(frozen=True)
class BuiltInOption:
    """An option that only another packed flow can be.

    Parameters
    ----------
    choice, name : str
        The choice that it answers, and what it is called there.
    changes : mapping
        The paths that it changes.
    of_file : bool
        Whether the file has it; else it stands for what is set at these paths.
    months : int
        How many months later the programme begins, or how many the period has.
    """

    choice: str
    name: str
    changes: Mapping[str, Any]
    of_file: bool = True
    months: int = 0

    @property
    def variant(self) -> str:
        """What its variant is called."""
        return f"{self.choice}={self.name}"


class BuiltInOptions:
    """What a page of a flow packs beside it.

    Parameters
    ----------
    flow : Flow
        The flow that is packed whole, with the options taken of it.
    pairs : int
        How many options can be had two at a time, at most.
    """

    def __init__(self, flow: Flow, *, pairs: int = MOST_PAIRS) -> None:
        self.flow = flow
        self.pairs = pairs
        self.by_numbers = options_by_numbers(flow)
        # The choice that the options of a later beginning and of another length stand at.
        self.place = {
            LATER: self._choice_of(opened_later(flow, 1)) or _free(LATER, flow),
            LENGTH: self._choice_of({"lasts": ""}) or _free(LENGTH, flow),
        }
        self._flows: dict[tuple[str, ...], Flow] = {}
        found = [*self._of_file(), *self._later(), *self._lengths()]
        self.options = [one for one in found if self._made((one,)) is not None]

    def variants(self) -> list[FlowVariant]:
        """Return each option as a variant, then those that can be taken two at a time."""
        found = [FlowVariant(one.variant, self._flows[one.variant,]) for one in self.options]
        pairs = [
            pair
            for pair in combinations(self.options, 2)
            if pair[0].choice != pair[1].choice and not _touch(*(one.changes for one in pair))
        ]
        for pair in pairs[: self.pairs]:
            flow = self._made(pair)
            if flow is not None:
                names = tuple(one.variant for one in pair)
                found.append(FlowVariant(name_of(pair), flow, names))
        return found

    def choices(self) -> dict[str, dict[str, dict[str, float] | None]]:
        """Return the options of each choice that the page can run.

        Each with its numbers in base units; none of them for what the flow takes, and None for what
        is built in.
        """
        found: dict[str, dict[str, dict[str, float] | None]] = {}
        taken = taken_of(self.flow)
        for name in [*taken, *self.place.values()]:
            if name in found:
                continue
            numbers = self.by_numbers.get(name, {})
            own = {one.name: None for one in self.options if one.choice == name}
            order = self.flow.choices[name].options if name in taken else (PLANNED,)
            options: dict[str, dict[str, float] | None] = {taken.get(name, PLANNED): {}}
            options |= numbers | own
            kept = [option for option in (*order, *own) if option in options]
            if len(options) > 1:
                found[name] = {option: options[option] for option in kept}
        return found

    def words(self, language: str) -> dict[str, Any]:
        """Return what these choices and their options are called."""
        return {
            name: {
                "says": self._question(name, language),
                "options": {option: self._says(name, option, language) for option in options},
            }
            for name, options in self.choices().items()
        }

    def written(self) -> dict[str, dict[str, dict[str, str]]]:
        """Return what is set by each option that the file does not have, by its choice."""
        found: dict[str, dict[str, dict[str, str]]] = {}
        for one in self.options:
            if not one.of_file:
                changes = {path: _written(value) for path, value in one.changes.items()}
                found.setdefault(one.choice, {})[one.name] = changes
        return found

    def apart(self, variants: Sequence[FlowVariant]) -> dict[str, list[str]]:
        """Return which options that numbers make cannot be taken on top of each variant."""
        changes = {one.variant: one.changes for one in self.options}
        return {
            variant.name: [
                f"{choice}={option}"
                for choice, options in self.by_numbers.items()
                for option, numbers in options.items()
                if numbers
                and any(
                    _touch(changes[part], self.flow.choices[choice].options[option].changes)
                    for part in variant.of or (variant.name,)
                )
            ]
            for variant in variants
        }

    def settings(self) -> list[SettingAhead]:
        """Return the options that the file does not have as settings to try beforehand.

        Of later beginnings that are a month or two away, the table tells nothing.
        """
        found = []
        for one in self.options:
            if one.of_file:
                continue
            choice, name = one.choice, one.name
            planned = taken_of(self.flow).get(choice, PLANNED)
            asks, says, before = (
                Text(**{language: tell(language) for language in LANGUAGES})
                for tell in (
                    partial(self._question, choice),
                    partial(self._says, choice, name),
                    partial(self._says, choice, planned),
                )
            )
            is_told = choice != self.place[LATER] or one.months >= TOLD_FROM
            flow = self._flows[one.variant,]
            words = OptionInWords(asks, says, before)
            found.append(
                SettingAhead(
                    one.variant, choice, name, math.nan, flow, is_told=is_told, words=words
                )
            )
        return found

    def _of_file(self) -> Iterator[BuiltInOption]:
        for choice, taken in taken_of(self.flow).items():
            for option, record in self.flow.choices[choice].options.items():
                if option != taken and option not in self.by_numbers.get(choice, {}):
                    yield BuiltInOption(choice, option, record.changes)

    def _later(self) -> Iterator[BuiltInOption]:
        known = [_in_words(one.changes) for one in self._of_file()]
        for months in MONTHS_LATER:
            changes = opened_later(self.flow, months)
            if changes and changes not in known:
                choice = self.place[LATER]
                yield BuiltInOption(choice, f"{months}_later", _read(changes), False, months)

    def _lengths(self) -> Iterator[BuiltInOption]:
        choice = self.place[LENGTH]
        planned = round(self.flow.lasts.number / DAYS_PER_MONTH)
        has_programme = first_opening(self.flow) is not None
        for part in PARTS_OF_LENGTH if has_programme and choice not in self.flow.choices else ():
            months = round(part * planned)
            if months not in (0, planned):
                changes = _read({"lasts": f"{months} months"})
                yield BuiltInOption(choice, f"{months}_months", changes, False, months)

    def _made(self, options: Sequence[BuiltInOption]) -> Flow | None:
        """Return the flow with some options; None where there is none that could be compared."""
        names = tuple(one.variant for one in options)
        if names in self._flows:
            return self._flows[names]
        flow: Flow | None = self.flow
        try:
            # What is set lies on top of what is taken.
            for one in sorted(options, key=lambda option: not option.of_file):
                if flow is not None and one.of_file:
                    flow = flow_with(flow, one.choice, one.name)
                elif flow is not None:
                    flow = flow_changed(flow, one.changes)
        except (FlowError, RequestError):
            return None
        if flow is None or _asked_of(flow) != _asked_of(self.flow):
            return None
        self._flows[names] = flow
        return flow

    def _choice_of(self, changes: Mapping[str, Any]) -> str:
        """Return the choice of the file all of whose options change nothing else than these paths.

        Empty for none.
        """
        for name, choice in self.flow.choices.items():
            options = [one.changes for one in choice.options.values() if one.changes]
            if changes and options and all(set(one) <= set(changes) for one in options):
                return name
        return ""

    def _question(self, choice: str, language: str) -> str:
        if choice in self.flow.choices:
            return self.flow.choices[choice].says.in_language(language)
        return say("start_later" if choice == self.place[LATER] else "start_length", language)

    def _says(self, choice: str, option: str, language: str) -> str:
        own = {one.name: one for one in self.options if one.choice == choice and not one.of_file}
        if option in own:
            one = own[option]
            if choice == self.place[LENGTH]:
                key = "start_length_of_one" if one.months == 1 else "start_length_of"
                return say(key, language, count=one.months)
            key = "start_later_by_one" if one.months == 1 else "start_later_by"
            opening = first_opening(self._flows[one.variant,])
            return say(key, language, count=one.months, date=_date(opening, language))
        if choice in self.flow.choices:
            return self.flow.choices[choice].options[option].says.in_language(language)
        if choice == self.place[LATER]:
            opening = first_opening(self.flow)
            return say("start_later_planned", language, date=_date(opening, language))
        months = round(self.flow.lasts.number / DAYS_PER_MONTH)
        return say("start_length_planned", language, count=months)


def name_of(options: Sequence[BuiltInOption]) -> str:
    """Return what the variant is called that has some options at once."""
    return AND.join(sorted(one.variant for one in options))


def _free(name: str, flow: Flow) -> str:
    """Return a name that no choice of the file has."""
    while name in flow.choices:
        name += "_"
    return name


def _touch(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two options change the same, or one what stands within the other."""
    return any(
        f"{first}.".startswith(f"{second}.") or f"{second}.".startswith(f"{first}.")
        for first in one
        for second in other
    )


def _read(changes: Mapping[str, str]) -> dict[str, Any]:
    return dict(read_change(f"{path}=={written}") for path, written in changes.items())


def _in_words(changes: Mapping[str, Any]) -> dict[str, str]:
    return {path: _written(value) for path, value in changes.items()}


def _written(value: Any) -> str:
    if isinstance(value, Exactly):
        value = value.value
    return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)


def _date(when: date | None, language: str) -> str:
    return "" if when is None else format_date(when, language)


def _asked_of(flow: Flow) -> list[list[str]]:
    """Return all that is measured, and where: two flows are compared by it."""
    asked = [one.name for one in questions_of(flow)]
    return [
        [*asked, *effect_names(flow), *economy_names(flow)],
        *(list(named) for named in (flow.stages, flow.resources, flow.risks)),
    ]
