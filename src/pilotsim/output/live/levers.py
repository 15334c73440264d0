"""What a reader of a page can move: numbers of the flow with their ends, and options of choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pilotsim.base.errors import FlowError, RequestError
from pilotsim.base.quantity import Quantity, read_value
from pilotsim.base.units import unit_of
from pilotsim.files.changes import read_change
from pilotsim.files.decided import flow_changed, flow_with, taken_of
from pilotsim.files.relative import StepChange, read_step
from pilotsim.judge.check import Check
from pilotsim.judge.choices import options_to_run
from pilotsim.judge.settings_ahead import SettingAhead
from pilotsim.model.flow import Flow
from pilotsim.output.live.decision import is_decided
from pilotsim.portable.bounds import ends_of_values, paths_to_set

__all__ = [
    "PageLever",
    "inflow_of",
    "levers_of",
    "options_by_numbers",
    "settings_to_try",
    "units_of_values",
]

# What of a resource somebody decides, and of an opening.
OF_RESOURCES = ("units", "fte", "caseload")
OF_STAGES = ("admits", "at_least")
ASSUMED = 6  # assumptions on which most hangs that have a lever
TRIED = 6  # of what is decided, so many are tried when the page is made
STEPS = 20  # at least so many steps from end to end
HALVES_BELOW = 10  # a number of posts below it goes by halves


@dataclass(frozen=True)
class PageLever:
    """A number that a reader can move, in the unit that the file writes it in.

    Parameters
    ----------
    path : str
        The value.
    low, high, step : float
        Its ends, and how far one step goes.
    is_decided : bool
        Whether somebody decides it; else it is assumed.
    """

    path: str
    low: float
    high: float
    step: float
    is_decided: bool

    def stops(self, value: Quantity) -> list[float]:
        """Return where it stops where nothing can be run: its ends, and steps halfway to them.

        Parameters
        ----------
        value : Quantity
            The value, for where the plan stands.
        """
        ends = [self.low, self.high]
        if not self.is_decided:
            return ends
        unit = unit_of(value.written)
        one = read_value(f"1{unit}", value.kind).number if unit.strip() else 1.0
        planned = value.number / one
        halfway = [_to_step(round, (end + planned) / 2, self.step) for end in ends]
        return sorted({*ends, *(one for one in halfway if self.low < one < self.high)})

    def to_plain(self) -> dict[str, Any]:
        """Return it for the script of a page."""
        return {
            "path": self.path,
            "low": self.low,
            "high": self.high,
            "step": self.step,
            "decided": self.is_decided,
        }


def levers_of(check: Check) -> list[PageLever]:
    """Return the levers of a flow: what somebody decides, then assumptions on which most hangs.

    Parameters
    ----------
    check : Check
        Its what-ifs say on which assumptions most hangs; without them there are none of these.
    """
    flow = check.flow
    settable = set(paths_to_set(flow)) - {one.path for one in flow.followers}
    influence = _influence(check)
    strongest = [path for path in check.strongest_assumptions(ASSUMED) if path in settable]
    # What the page says is to be settled is decided here too.
    settled = filter(is_decided, strongest)
    decided = list(dict.fromkeys([*filter(settable.__contains__, _decided(flow)), *settled]))
    decided.sort(key=lambda path: -influence.get(path, influence.get(path.split(".")[1], 0.0)))
    assumed = [path for path in strongest if path not in decided]
    found = [_lever(flow, path, is_decided=True) for path in decided]
    found += [_lever(flow, path, is_decided=False) for path in assumed]
    return [one for one in found if one is not None]


def inflow_of(flow: Flow) -> dict[str, list[str]]:
    """Return what moves all who come by the same part, and how many come to each group.

    What is stated is moved itself; what follows other values is moved by a shared value that
    multiplies it and moves nothing else.

    Returns
    -------
    dict
        `moved`, the paths that are set, and `coming`, those of how many come. Both are empty where
        nobody comes, or where some would not move with the others.
    """
    followers = {one.path for one in flow.followers}
    coming = [
        path
        for path, value in flow.values.items()
        if path.startswith("groups.") and path.endswith(".arrivals") and value.number > 0
    ]
    settable = set(paths_to_set(flow))
    moved = [path for path in coming if path not in followers]
    following = [path for path in coming if path in followers]
    if following:
        by = next(filter(None, (_moves_all(flow, path, following) for path in flow.values)), "")
        moved = [by, *moved] if by else []
    if any(path not in settable or flow.becomes(path) for path in moved):
        return {"moved": [], "coming": []}
    return {"moved": moved, "coming": coming if moved else []}


def _moves_all(flow: Flow, path: str, following: Sequence[str]) -> str:
    """Return a path where a shared value multiplies some values and nothing else; or nothing."""
    if not path.startswith("shared.") or not flow.values[path].number > 0:
        return ""
    if flow.values[path].follows or flow.becomes(path):
        return ""
    try:
        changed = flow_changed(flow, dict([read_change(f"{path}=*2")]))
    except (FlowError, RequestError):
        return ""
    if changed is None:
        return ""
    grown = {
        other
        for other, value in flow.values.items()
        if other != path and _differs(value.number, changed.values[other].number)
    }
    doubled = all(
        math.isclose(changed.values[one].number, 2 * flow.values[one].number) for one in following
    )
    return path if doubled and grown == set(following) else ""


def _differs(one: float, other: float) -> bool:
    return one != other and not (math.isnan(one) and math.isnan(other))


def units_of_values(flow: Flow) -> dict[str, str]:
    """Return what follows the number of each value in the file: ` per month` of `8 per month`."""
    return {path: unit for path, value in flow.values.items() if (unit := unit_of(value.written))}


def _influence(check: Check) -> dict[str, float]:
    """Return how far each change clearly moved the chance of a target, at the most."""
    found: dict[str, float] = {}
    for driver in check.drivers:
        chances = [abs(one.mean) for one in driver.probability.values() if one.is_clear]
        found[driver.name] = max([*chances, found.get(driver.name, 0.0)])
    return found


def _decided(flow: Flow) -> Iterator[str]:
    for path, value in flow.values.items():
        parts = path.split(".")
        if not value.number or not math.isfinite(value.number):
            continue
        is_of_resource = parts[0] == "resources" and parts[2] in OF_RESOURCES
        is_of_stage = parts[0] == "stages" and "opens" in parts and parts[-1] in OF_STAGES
        # What it becomes from a date on has a path of its own: moved alone, it stays the plan.
        if (is_of_resource or is_of_stage) and not flow.becomes(path):
            yield path


def _lever(flow: Flow, path: str, *, is_decided: bool) -> PageLever | None:
    value = flow.values[path]
    unit = unit_of(value.written)
    one = read_value(f"1{unit}", value.kind).number if unit.strip() else 1.0
    number = value.number / one
    low, high = (None if end is None else end / one for end in (value.low, value.high))
    if is_decided:
        # A reader may want more than the file takes to be possible, up to twice as many.
        high = max(2 * number, high or 0.0)
        low = number / 2 if low is None else low
    if low is None or high is None or not low < high:
        return None
    ends = ends_of_values(flow)[path]
    low = max(low, -math.inf if ends["least"] is None else ends["least"] / one)
    high = min(high, math.inf if ends["most"] is None else ends["most"] / one)
    step = _step(value, number, low, high, is_decided=is_decided)
    low, high = _to_step(math.floor, low, step), _to_step(math.ceil, high, step)
    return PageLever(path, low, high, step, is_decided)


def _to_step(rounded: Callable[[float], int], number: float, step: float) -> float:
    return round(rounded(round(number / step, 6)) * step, 9)


def _step(value: Quantity, number: float, low: float, high: float, *, is_decided: bool) -> float:
    if value.kind == "count":
        return 1.0
    if value.kind == "number" and number == round(number) and is_decided:
        return 0.5 if number < HALVES_BELOW else 1.0
    rough = (high - low) / STEPS
    size = 10.0 ** math.floor(math.log10(rough))
    return round(max(one * size for one in (1, 2, 5) if one * size <= rough), 9)


def settings_to_try(
    check: Check, levers: Sequence[PageLever], others: Sequence[SettingAhead] = ()
) -> list[SettingAhead]:
    """Return what is tried when a page is made: the plan, options, and ends of levers.

    Parameters
    ----------
    check : Check
        Whose flow they change; nothing of one that was made of no file.
    levers : sequence of PageLever
        Of these the first `TRIED` that somebody decides, and the assumptions; where nothing can be
        run, these stop at their ends, those halfway to them as well.
    others : sequence of SettingAhead
        What else a page lets its reader decide: `BuiltInOptions.settings`.
    """
    flow = check.flow
    # The plan itself: what others come to is held against it in the same runs.
    found = [SettingAhead("plan", "", "", math.nan, flow)]
    found += [
        SettingAhead(one.label, one.choice, one.option, math.nan, one.flow)
        for one in options_to_run(flow)
    ]
    # What answers one question stands together.
    subjects = list(dict.fromkeys(one.subject for one in (*found, *others)))
    found = sorted([*found, *others], key=lambda one: subjects.index(one.subject))
    decided = [one for one in levers if one.is_decided][:TRIED]
    for lever in (*decided, *(one for one in levers if not one.is_decided)):
        value = flow.values[lever.path]
        for stop in lever.stops(value):
            written = f"{stop:.10g}{unit_of(value.written)}"
            try:
                changed = flow_changed(flow, dict([read_change(f"{lever.path}=={written}")]))
            except (FlowError, RequestError):
                continue
            if changed is not None and written != value.written:
                number = changed.values[lever.path].number
                name = f"{lever.path}={written}"
                is_told = stop in (lever.low, lever.high)
                found.append(SettingAhead(name, lever.path, "", number, changed, is_told=is_told))
    return found


def options_by_numbers(flow: Flow) -> dict[str, dict[str, dict[str, float] | None]]:
    """Return each option of each choice that numbers alone make, with these in base units.

    The option that the flow takes sets nothing. One that changes more than numbers is none: what
    it changes is built into the packed flow.
    """
    settable = set(paths_to_set(flow))
    found: dict[str, dict[str, dict[str, float] | None]] = {}
    for name, taken in taken_of(flow).items():
        options: dict[str, dict[str, float] | None] = {taken: {}} | {
            option: _numbers_of(flow, name, option, settable)
            for option in flow.choices[name].options
            if option != taken
        }
        kept = {
            option: options[option]
            for option in flow.choices[name].options
            if options[option] is not None
        }
        if len(kept) > 1:
            found[name] = kept
    return found


def _numbers_of(
    flow: Flow, choice: str, option: str, settable: set[str]
) -> dict[str, float] | None:
    changes = flow.choices[choice].options[option].changes
    paths = [path.removesuffix(".share") if path not in flow.values else path for path in changes]
    if not all(path in settable for path in paths):
        return None
    try:
        changed = flow_with(flow, choice, option)
    except RequestError:
        return None
    if changed is None or list(changed.values) != list(flow.values):
        return None
    values = [changed.values[path] for path in paths]
    # What follows other numbers would no longer do so where it is set.
    if any(one.has_range or one.follows for one in values):
        return None
    # What a step comes to depends on what others have set before it.
    steps = [
        path
        for path, value in changes.items()
        if isinstance(read_step(value, may_be_negative=False), StepChange)
    ]
    if steps and any(
        path in other.changes
        for name, one in flow.choices.items()
        for other in one.options.values()
        for path in steps
        if name != choice
    ):
        return None
    return {path: changed.values[path].number for path in paths}
