"""Whether a flow is possible at every point of a design.

What each value may be alone may not fit together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.experiments.study.study import DesignFactor, Points
from pilotsim.model.distributions import Duration
from pilotsim.model.flow import Flow
from pilotsim.simulation.parameters import numbers_of, settle

SLACK = 0.0005
AT_ONCE = 1000


def faults_at_points(factors: Sequence[DesignFactor], points: Points, flow: Flow) -> Iterator[str]:
    """Yield what cannot be at some point.

    A share above 1, shares that do not add up, a shortest length above the longest.
    """
    columns = {path: column for column, factor in enumerate(factors) for path in factor.paths}
    scaled = {path for factor in factors if factor.scales for path in factor.paths}
    by_slot = {flow.values[path].slot: (path, column) for path, column in columns.items()}
    settled: dict[int, Floats] = {}

    def numbers(value: Quantity) -> Floats:
        """Return a value's number at each point, shape (points,)."""
        path, column = by_slot.get(value.slot, ("", -1))
        if column < 0:
            return settled.get(value.slot, np.full(len(points), value.number))
        varied = points.numbers[:, column]
        if factors[column].joint:
            return _of_rows(flow, factors[column].joint, path, varied)
        return np.where(
            np.isnan(varied), value.number, varied * value.number if path in scaled else varied
        )

    varied = {value.slot: numbers(value) for value in flow.values.values() if value.slot in by_slot}
    try:
        settled |= _followers_at_points(flow, varied, len(points))
    except RequestError as fault:
        yield fault.message
        return
    # Shares drawn from their own ranges need not add up: a run divides them by their sum, as where
    # assumptions are drawn.
    stated = {
        flow.values[path].slot
        for factor in factors
        if factor.own is None and not factor.joint
        for path in factor.paths
    }
    for path in scaled:
        if (
            flow.values[path].kind == "share"
            and (above := numbers(flow.values[path]) > 1 + SLACK).any()
        ):
            yield Message("'{path}' is above 100 % {where}", path=path, where=_where(points, above))
    for name, stage in flow.stages.items():
        shares = [route.share for route in (stage.next or {}).values()]
        given = [share for share in shares if share is not None]
        if any(share.slot in stated for share in given):
            total = np.sum([numbers(share) for share in given], axis=0)
            wrong = total > 1 + SLACK if len(given) < len(shares) else np.abs(total - 1) > SLACK
            if wrong.any():
                found = 100 * total[np.argmax(wrong)]
                yield Message(
                    "the shares of 'stages.{stage}.next' add up to {found:.4g} % {where}; "
                    "expected 100 %",
                    stage=name,
                    found=found,
                    where=_where(points, wrong),
                )
    for path, duration in _durations(flow):
        is_varied = any(value.slot in by_slot for value in duration.parameters)
        if duration.parameters_rise and is_varied:
            for shorter, longer in pairwise(duration.parameters):
                if (wrong := numbers(shorter) > numbers(longer)).any():
                    yield Message(
                        "the lengths of '{path}' are not in order {where}",
                        path=path,
                        where=_where(points, wrong),
                    )


def _followers_at_points(flow: Flow, varied: Mapping[int, Floats], count: int) -> dict[int, Floats]:
    """Return the numbers at each point of the values that follow others, by slot.

    Raises
    ------
    RequestError
        A sum comes to no number that its value may be.
    """
    found: dict[int, Floats] = {}
    for start in range(0, count, AT_ONCE) if flow.followers else ():
        stop = min(start + AT_ONCE, count)
        rows = np.tile(numbers_of(flow), (stop - start, 1))
        for slot, column in varied.items():
            rows[:, slot] = column[start:stop]
        rows = settle(flow, rows)
        for follower in flow.followers:
            column = found.setdefault(follower.slot, np.empty(count))
            column[start:stop] = rows[:, follower.slot]
    return found


def _of_rows(flow: Flow, name: str, path: str, places: Floats) -> Floats:
    """Return the number of a value that is drawn together with others, shape (points,).

    That of the row at each place; as written where it is set in this flow, or the place is NaN.
    """
    value = flow.values[path]
    if value.joint != name:
        return np.full(len(places), value.number)
    rows = flow.posteriors[name]
    column = rows.paths.index(path)
    found = [value.number if np.isnan(one) else rows.at(one)[column] for one in places.tolist()]
    return np.array(found, np.float64)


def _durations(flow: Flow) -> Iterator[tuple[str, Duration]]:
    parts: list[tuple[str, Any]] = [
        (f"stages.{name}.lasts", stage.lasts) for name, stage in flow.stages.items()
    ]
    parts += [(f"groups.{name}.past", group.past) for name, group in flow.groups.items()]
    parts += [(f"traits.{name}.days", trait.days) for name, trait in flow.traits.items()]
    whole = [(path, duration) for path, duration in parts if isinstance(duration, Duration)]
    yield from ((path, duration) for path, duration in whole if not duration.parts)
    yield from (
        (f"{path}.all_of.{k}", part)
        for path, duration in whole
        for k, part in enumerate(duration.parts)
    )


def _where(points: Points, wrong: Bools) -> str:
    """Return how many points are meant, and the first of them in words."""
    first = int(np.argmax(wrong))
    settings = (
        f"{name} = {number:.6g}"
        for name, number in zip(points.names, points.numbers[first], strict=True)
    )
    many = int(wrong.sum())
    listed = ", ".join(list(settings)[:6])
    if many == 1:
        return Message("where {settings}", settings=listed)
    return Message(
        "at {many} of {count} points, first where {settings}",
        many=many,
        count=len(points),
        settings=listed,
    )
