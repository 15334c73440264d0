"""What a design varies: factors, checked in every scenario, and the points they are set at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pilotsim.base.errors import did_you_mean, message_of
from pilotsim.base.messages import Message, either
from pilotsim.base.quantity import Quantity, QuantityFault, read_scalar
from pilotsim.base.text import Text
from pilotsim.experiments.study import designs
from pilotsim.experiments.study.design_from_csv import read_list
from pilotsim.experiments.study.feasibility import faults_at_points
from pilotsim.experiments.study.study import DesignFactor, Points
from pilotsim.experiments.study.study_file import ALL, LEVELLED, DesignPart, FactorPart
from pilotsim.files.yaml import YamlDocument
from pilotsim.model.flow import NOT_VARIED, Flow
from pilotsim.model.joint import path_of_joint

Path_ = tuple[str, ...]
Report = Callable[[Path_, str], None]
OWN_STEPS, RANGE_STEPS = 2, 2
JOINT = path_of_joint("")


def read_factors(
    part: DesignPart,
    flows: Mapping[str, Flow],
    changed: Mapping[str, Sequence[str]],
    report: Report,
) -> tuple[DesignFactor, ...]:
    """Return what a design varies; report what cannot be varied, at its place in the study file.

    Parameters
    ----------
    part : DesignPart
        What the file says.
    flows : mapping of str to Flow
        The flow in each scenario.
    changed : mapping of str to sequence of str
        The paths that each scenario changes.
    report : callable
        Takes path and message of a fault.
    """
    flow = next(iter(flows.values()))
    named = {name: (("design", "over", name), one) for name, one in part.over.items()}
    for number, path in enumerate(part.assumptions):
        chosen = tuple(_assumptions(flows, changed)) if path == ALL else (path,)
        place = ("design", "assumptions", str(number))
        if not chosen:
            report(place, Message("the flow has no assumption with a range to vary"))
        named |= {name: (place, FactorPart(own_range=True)) for name in chosen if name not in named}
    factors = [
        _joint_factor(name, place, one, flow, report)
        if name.startswith(JOINT)
        else _Maker(name, place, one, flow, report).factor()
        for name, (place, one) in named.items()
    ]
    found = tuple(factor for factor in factors if factor is not None)
    for factor in found:
        _check_in_scenarios(factor, named[factor.name][0], flows, changed, report)
    _check_once(found, named, report)
    return found


def _assumptions(flows: Mapping[str, Flow], changed: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the assumptions that every scenario has and none changes.

    Those that are drawn together are one: their part `joint`.
    """
    set_anywhere = tuple(path for paths in changed.values() for path in paths)
    first, *others = flows.values()
    for name in first.drawn_together:
        if all(name in flow.drawn_together for flow in others):
            yield path_of_joint(name)
    for path in first.assumptions:
        if first.assumptions[path].joint is not None:
            continue
        if all(path in flow.assumptions for flow in others) and not any(
            f"{path}.".startswith(f"{p}.") for p in set_anywhere
        ):
            yield path


def _joint_factor(
    name: str, place: Path_, part: FactorPart, flow: Flow, report: Report
) -> DesignFactor | None:
    """Return the factor that a part `joint` is as a whole: a place among its rows."""
    own = name.removeprefix(JOINT)
    if own not in flow.drawn_together:
        message = Message(
            "the flow draws nothing together as '{name}'{meant}",
            name=own,
            meant=did_you_mean(own, flow.drawn_together),
        )
        report(place, message)
        return None
    if not part.own_range:
        message = Message(
            "'{name}' is varied over its own rows: write own_range: true, or name it under "
            "'assumptions'",
            name=name,
        )
        report(place, message)
        return None
    steps = int(part.steps.number) if part.steps else OWN_STEPS
    return DesignFactor(
        name,
        part.says or flow.joint[own].says,
        tuple(flow.drawn_together[own]),
        False,
        "share",
        (),
        0.0,
        1.0,
        None,
        steps,
        own,
    )


class _Maker:
    """Makes one factor of what a file says of it."""

    def __init__(
        self, name: str, place: Path_, part: FactorPart, flow: Flow, report: Report
    ) -> None:
        self.name, self.place, self.part, self.flow, self._report = name, place, part, flow, report
        # Points of a length that was made of stays are set by nobody.
        apart = flow.points_of_stays
        self.known = {path: one for path, one in flow.values.items() if path not in apart}
        self.sound = True

    def report(self, keys: Path_, message: str) -> None:
        self.sound = False
        self._report((*self.place, *keys), message)

    def factor(self) -> DesignFactor | None:
        values = self._values()
        if not self.sound:
            return None
        kind = "number" if self.part.times else values[0].kind
        levels = tuple(
            self._number(raw, kind, values[0], ("levels", str(k)))
            for k, raw in enumerate(self.part.levels or ())
        )
        own = values[0] if self.part.own_range else None
        low, high = self._range(kind, values[0])
        if own is not None and own.joint is not None:
            self.report(
                (),
                Message(
                    "'{name}' is drawn together with others; vary '{joint}' as a whole, or give "
                    "levels, or low and high",
                    name=self.name,
                    joint=path_of_joint(own.joint),
                ),
            )
        elif own is not None and not own.has_range:
            self.report(
                (),
                Message(
                    "'{name}' has no range in the flow file; give levels, or low and high",
                    name=self.name,
                ),
            )
        if levels and len(set(levels)) < len(levels):
            self.report(("levels",), Message("a level stands twice"))
        if own is None and not levels and not low < high:
            self.report(
                ("low",),
                Message(
                    "expected 'low' below 'high'; found {low} and {high}",
                    low=self.part.low,
                    high=self.part.high,
                ),
            )
        if not self.sound:
            return None
        paths = self.part.times or self.part.sets or (self.name,)
        steps = (
            int(self.part.steps.number) if self.part.steps else OWN_STEPS if own else RANGE_STEPS
        )
        return DesignFactor(
            self.name,
            self._says(values[0]),
            paths,
            bool(self.part.times),
            kind,
            levels,
            low,
            high,
            own,
            steps,
        )

    def _values(self) -> list[Quantity]:
        """Return the values of the flow that the factor sets."""
        key = "times" if self.part.times else "sets"
        paths = self.part.times or self.part.sets or (self.name,)
        for number, path in enumerate(paths):
            keys = (key, str(number)) if paths != (self.name,) else ()
            if path.split(".")[0] in NOT_VARIED:
                self.report(
                    keys,
                    Message(
                        "'{path}' is not what a run goes by; a design varies the world, not what "
                        "is asked of it",
                        path=path,
                    ),
                )
            elif path not in self.known:
                self.report(keys, self._unknown(path, keys))
        values = [self.known[path] for path in paths if path in self.known]
        if key == "sets" and len({(value.kind, value.working) for value in values}) > 1:
            self.report(
                ("sets",),
                Message(
                    "the values are of several kinds: one number cannot stand for all; use "
                    "'times', or several factors"
                ),
            )
        return values

    def _unknown(self, path: str, keys: Path_) -> str:
        hint = did_you_mean(path, self.known)
        if not keys and "." not in path:
            return Message(
                "'{path}' is no path of the flow; a name of your own needs 'sets' or 'times' with "
                "the paths that it stands for",
                path=path,
            )
        return Message("'{path}' stands for no number of the flow{meant}", path=path, meant=hint)

    def _number(self, raw: Any, kind: str, value: Quantity, keys: Path_) -> float:
        try:
            return number_of(raw, kind, value)
        except QuantityFault as fault:
            self.report(keys, message_of(fault))
            return math.nan

    def _range(self, kind: str, value: Quantity) -> tuple[float, float]:
        if self.part.own_range:
            low, high = value.low, value.high
            return (math.nan if low is None else low), (math.nan if high is None else high)
        if self.part.low is None or self.part.high is None:
            return math.nan, math.nan
        return self._number(self.part.low, kind, value, ("low",)), self._number(
            self.part.high, kind, value, ("high",)
        )

    def _says(self, value: Quantity) -> Text:
        return self.part.says or (
            value.label if value.label and not self.part.times else Text(self.name)
        )


def number_of(raw: Any, kind: str, value: Quantity) -> float:
    """Return a level of a factor in the base unit of the value that it sets.

    Raises
    ------
    QuantityFault
        It is no such value, or counts other days.
    """
    level = read_scalar(raw, kind)
    if kind == "duration" and level.working != value.working:
        raise QuantityFault(
            Message("expected working days, as in the flow; found {found}", found=level.written)
            if value.working
            else Message(
                "expected calendar days, as in the flow; found {found}", found=level.written
            )
        )
    return level.number


def _check_in_scenarios(
    factor: DesignFactor,
    place: Path_,
    flows: Mapping[str, Flow],
    changed: Mapping[str, Sequence[str]],
    report: Report,
) -> None:
    if factor.joint:
        for name, flow in flows.items():
            if factor.joint not in flow.drawn_together:
                message = Message(
                    "nothing is drawn together as '{joint}' in the scenario '{name}'",
                    joint=factor.joint,
                    name=name,
                )
                report(place, message)
        return
    kinds = {next(iter(flows.values())).values[path].kind for path in factor.paths}
    for name, flow in flows.items():
        for path in factor.paths:
            if path not in flow.values or flow.values[path].kind not in kinds:
                report(
                    place,
                    Message(
                        "'{path}' stands for no such number in the scenario '{name}'",
                        path=path,
                        name=name,
                    ),
                )
            elif not factor.scales and any(
                f"{path}.".startswith(f"{other}.") for other in changed.get(name, ())
            ):
                report(
                    place,
                    Message(
                        "the scenario '{name}' sets '{path}' as well; vary it, or set it, or "
                        "multiply it by 'times'",
                        name=name,
                        path=path,
                    ),
                )


def _check_once(
    factors: Sequence[DesignFactor], named: Mapping[str, tuple[Path_, Any]], report: Report
) -> None:
    setter: dict[str, str] = {}
    for factor in factors:
        for path in factor.paths:
            if path in setter and setter[path] != factor.name:
                report(
                    named[factor.name][0],
                    Message(
                        "'{path}' is varied by '{setter}' already", path=path, setter=setter[path]
                    ),
                )
            setter.setdefault(path, factor.name)


def make_points(
    part: DesignPart,
    factors: tuple[DesignFactor, ...],
    flows: Mapping[str, Flow],
    seed: int,
    document: YamlDocument,
    report: Report,
) -> tuple[tuple[DesignFactor, ...], Points]:
    """Return a design's factors and points, and report points at which a flow is impossible."""
    if part.method == "list":
        factors, points = read_list(part, factors, next(iter(flows.values())), document)
        _check_listed(factors, flows, report)
    else:
        points = _made(part, factors, seed, report)
    found: dict[str, list[str]] = {}
    for name, flow in flows.items() if len(points) else ():
        for message in faults_at_points(factors, points, flow):
            found.setdefault(message, []).append(name)
    for message, names in found.items():
        report(
            ("design",),
            message
            if len(names) == len(flows)
            else Message("{message} (in the scenario '{name}')", message=message, name=names[0]),
        )
    return factors, points


def _check_listed(
    factors: Sequence[DesignFactor], flows: Mapping[str, Flow], report: Report
) -> None:
    for factor in factors:
        _check_in_scenarios(factor, ("design", "file"), flows, {}, report)


def _made(part: DesignPart, factors: tuple[DesignFactor, ...], seed: int, report: Report) -> Points:
    wanted = int(part.points.number) if part.points else 0
    count = designs.count_points(part.method, factors, wanted)
    if count > designs.MAX_POINTS:
        report(
            ("design",),
            Message(
                "the design has {count:,} points; at most {most:,} can be run",
                count=count,
                most=designs.MAX_POINTS,
            ),
        )
        return replace(Points.one(), numbers=Points.one().numbers[:0])
    if part.method in ("sobol_sequence", "sobol_indices") and wanted & (wanted - 1):
        below = 1 << (wanted.bit_length() - 1)
        report(
            ("design", "points"),
            Message(
                "a Sobol sequence is even at powers of two; found {found}{meant}",
                found=wanted,
                meant=Message(
                    "; did you mean {meant}?", meant=either([str(below), str(2 * below)])
                ),
            ),
        )
        return replace(Points.one(), numbers=Points.one().numbers[:0])
    if part.method in LEVELLED:
        return (
            designs.full_factorial(factors)
            if part.method == "full_factorial"
            else designs.one_at_a_time(factors)
        )
    return designs.spread(part.method, factors, wanted, seed)
