"""What the values of a packed flow may be set to, for a program that is not Python.

Whoever reads a flow file refuses what no flow can be. A packed flow is read by nobody, so what is
said here is held against whatever is set in it: the ends of each value, and what several values may
only be together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pilotsim.base.quantity import Quantity
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import durations_below
from pilotsim.model.flow import Flow
from pilotsim.model.following import HIGHEST, LOWEST

__all__ = ["ends_of_values", "faults_together", "paths_to_set"]

# What was published, nobody sets to change the world; how long a run lasts is built into a packed
# flow.
NEVER_SET = ("observed", "conflicts", "lasts", "warm_up", "starts_from")
# Of a target only its bounds are values there: what it measures is a program that was packed.
BOUNDS = ("at_least", "at_most")
# How far from one whole shares may add up to, as in a file; those of categories further.
SLACK = 0.0005
SLACK_OF_CATEGORIES = 0.0015


def paths_to_set(flow: Flow) -> list[str]:
    """Return the paths of all values that can be set in a packed flow.

    Parameters
    ----------
    flow : Flow
        What is packed.
    """
    converted = {
        value.slot
        for _, duration in _durations_of(flow)
        for parameter, value in _parameters(duration)
        if parameter.convert is not None
    }
    return [
        path
        for path, value in flow.values.items()
        if path.split(".")[0] not in NEVER_SET
        and not (path.startswith("targets.") and path.split(".")[-1] not in BOUNDS)
        and value.slot not in converted
        and path not in flow.points_of_stays
    ]


def ends_of_values(flow: Flow) -> dict[str, dict[str, float | None]]:
    """Return what each value may be by itself, by path.

    Parameters
    ----------
    flow : Flow
        What is packed.

    Returns
    -------
    dict
        `least` and `most`, and what it must be `above`; in base units, None for no end.
    """
    lows = {value.slot: LOWEST.get(value.kind, -math.inf) for value in flow.values.values()}
    highs = {value.slot: HIGHEST.get(value.kind, math.inf) for value in flow.values.values()}
    for _, duration in _durations_of(flow):
        for parameter, value in _parameters(duration):
            lows[value.slot] = max(lows[value.slot], parameter.at_least)
            highs[value.slot] = min(highs[value.slot], parameter.at_most)
        if duration.slowest_of is not None:
            lows[duration.slowest_of.slot] = 1.0
        for rank in duration.correlated.values():
            lows[rank.slot], highs[rank.slot] = -1.0, 1.0
    for trait in flow.traits.values():
        for rank in (trait.correlated or {}).values():
            lows[rank.slot], highs[rank.slot] = -1.0, 1.0
    for shared in flow.scaled.values():
        lows[shared] = 0.0
    # A value that is set itself is raised no more; one that it becomes still is.
    later = {flow.values[one].slot for path in flow.values for one in flow.becomes(path)}
    return {
        path: {
            "least": _finite(lows[value.slot]),
            "most": _finite(highs[value.slot]),
            "above": 0.0 if value.slot in flow.raised and value.slot in later else None,
        }
        for path, value in flow.values.items()
    }


def faults_together(flow: Flow) -> dict[str, Any]:
    """Return what values may only be together.

    Parameters
    ----------
    flow : Flow
        What is packed.

    Returns
    -------
    dict
        `together`: shares that add up to one whole, or with a rest to no more, from each date at
        which they change; `rising`: values of which none may be less than the one before, with the
        ends of their ranges; `scaled`: shares that a shared value multiplies, to one whole at most;
        `lengths`: of which values each stage's length is made, and where its clients go on, for no
        client may go round without time passing.
    """
    names = {value.slot: path for path, value in flow.values.items()}
    return {
        "together": list(_shares_together(flow, names)),
        "rising": [*_rising(flow, names), *_batches_rising(flow, names)],
        "scaled": list(_scaled_shares(flow, names)),
        "lengths": list(_lengths(flow, names)),
    }


def _durations_of(flow: Flow) -> list[tuple[str, Duration]]:
    """Return each length of time of a flow with its path; they are sought once."""
    if _durations_of not in flow.memory:
        flow.memory[_durations_of] = list(durations_below(flow))
    found: list[tuple[str, Duration]] = flow.memory[_durations_of]
    return found


def _parameters(duration: Duration) -> Iterator[tuple[Any, Quantity]]:
    """Yield the parameters of a length that are those of a family, with their values."""
    if not duration.parts and not duration.probabilities:
        yield from zip(duration.law.parameters, duration.parameters, strict=True)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _shares_together(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    wholes: list[tuple[str, Sequence[Quantity | None], float]] = []
    shares: Sequence[Quantity | None]
    for name, stage in flow.stages.items():
        shares = [route.share for route in (stage.next or {}).values()]
        wholes.append((f"stages.{name}.next", shares, SLACK))
    for name, group in flow.groups.items():
        shares = [place.share for place in (group.stock_in or {}).values()]
        wholes.append((f"groups.{name}.stock_in", shares, SLACK))
    for name, trait in flow.traits.items():
        shares = list((trait.categories or {}).values())
        wholes.append((f"traits.{name}.categories", shares, SLACK_OF_CATEGORIES))
    for path, shares, slack in wholes:
        given = [share for share in shares if share is not None]
        if not given:
            continue
        for moment in sorted({date.min, *(when for one in given for when, _ in one.changes)}):
            yield {
                "says": path,
                "from": None if moment == date.min else moment.isoformat(),
                "paths": [names[_at(share, moment).slot] for share in given],
                "has_rest": None in shares,
                "slack": slack,
            }


def _at(value: Quantity, moment: date) -> Quantity:
    return [value, *(later for when, later in value.changes if when <= moment)][-1]


def _rising(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for path, duration in _durations_of(flow):
        if duration.parameters_rise:
            yield {
                "says": path,
                "values": [
                    {
                        "path": names[value.slot],
                        "least": None if value.follows else value.least,
                        "most": None if value.follows else value.most,
                    }
                    for value in duration.parameters
                ],
            }


def _batches_rising(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for name, stage in flow.stages.items():
        batch = stage.batch
        if batch is None or batch.at_most is None or batch.at_least is None:
            continue
        if batch.at_most is not batch.at_least:
            ends = [
                {"path": names[value.slot], "least": value.least, "most": value.most}
                for value in (batch.at_least, batch.at_most)
            ]
            yield {"says": f"stages.{name}.batch", "values": ends}


def _scaled_shares(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for path, value in flow.values.items():
        if value.scaled_by is None or value.kind != "share":
            continue
        yield {
            "path": path,
            "by": f"shared.{value.scaled_by}",
            "by_most": flow.values[f"shared.{value.scaled_by}"].most,
            "forms": [
                {"path": names[one.slot], "most": one.most}
                for one in (value, *(later for _, later in value.changes))
            ],
        }


def _lengths(flow: Flow, names: Mapping[int, str]) -> Iterator[dict[str, Any]]:
    for name, stage in flow.stages.items():
        length = stage.lasts
        if length is not None:
            yield {
                "stage": name,
                "next": list(stage.next or {}),
                "times": None if length.times is None else names[length.times.slot],
                "parts": [
                    [names[one.slot] for one in part.parameters if one.kind == "duration"]
                    for part in length.parts or (length,)
                ],
            }
