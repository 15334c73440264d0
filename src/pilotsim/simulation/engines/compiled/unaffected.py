"""Groups whose clients nobody can delay or hasten, and the values that their journeys depend on.

A group stands apart if it can only come to stages where nobody waits and nobody is drawn from. Each
random number belongs to a client, so two runs with the same key and the same numbers where the
group looks give it the same journeys, whatever else differs: a change elsewhere, the world without
the programme. The compiled engine then copies them instead of running them again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Bools, Floats
from pilotsim.model.flow import Flow
from pilotsim.simulation.engines.compiled.reach import draws, stages_by_itself
from pilotsim.simulation.engines.compiled.tables import Tables

# Values of these parts of a file change no journey. Shared ones change others, which have places of
# their own among the numbers.
READ_BY_NOBODY = ("shared", "targets", "observed", "conflicts", "costs", "mechanisms")


@dataclass(frozen=True)
class Unaffected:
    """What is known of groups before any run.

    Parameters
    ----------
    groups : ndarray of bool, shape (groups,)
        Whether a group stands apart.
    reads : ndarray of bool, shape (groups, values)
        Which values a group's journeys may depend on; at least those they do depend on.
    deterred : ndarray of bool, shape (groups,)
        Whether the programme keeps some from coming: then its journeys are others without it.
    """

    groups: Bools
    reads: Bools
    deterred: Bools

    def is_same(self, numbers: Floats, others: Floats, *, same_offers: bool) -> Bools:
        """Tell which groups have the same journeys with two rows of numbers each.

        The answer has the shape (replications, groups).

        Parameters
        ----------
        numbers, others : ndarray, shape (replications, values)
            The numbers of two blocks.
        same_offers : bool
            Whether both are of the world with the programme, or both of the world without.
        """
        found = np.zeros((len(numbers), len(self.groups)), np.bool_)
        for group in np.flatnonzero(self.groups & (same_offers | ~self.deterred)):
            own = self.reads[group]
            found[:, group] = (numbers[:, own] == others[:, own]).all(axis=1)
        return found


def find_unaffected(flow: Flow, tables: Tables) -> Unaffected:
    """Return which groups of a flow stand apart, and what they look at."""
    names = list(flow.groups)
    stages = list(flow.stages)
    # Where conditions count clients, nobody stands apart.
    looks = len(tables.choice_condition) > 0
    reached = [stages_by_itself(tables, group) for group in range(len(names))]
    stands = [
        not looks and not any(_is_shared(tables, stage, group) for stage in found)
        for group, found in enumerate(reached)
    ]
    parts = [path.split(".") for path in flow.values]
    called = [{stages[stage] for stage in found} for found in reached]
    reads = [
        [_may_read(flow, name, found, part) for part in parts]
        for name, found in zip(names, called, strict=True)
    ]
    return Unaffected(
        np.array(stands, np.bool_),
        np.array(reads, np.bool_).reshape(len(names), len(parts)),
        np.asarray(tables.group_deterred[:] >= 0, np.bool_),
    )


def _is_shared(tables: Tables, stage: int, group: int) -> bool:
    """Tell whether others have a say in how long a group's clients stay in a stage."""
    drawn = any(draws(tables, other, {stage}, group) for other in range(len(tables.stage_waits)))
    leads_to = tables.route_to[
        tables.stage_routes_from[stage] : tables.stage_routes_from[stage + 1]
    ]
    may_block = any(tables.stage_room[int(to)] >= 0 for to in leads_to if to >= 0)
    return bool(tables.stage_waits[stage]) or drawn or may_block or tables.stage_room[stage] >= 0


def _may_read(flow: Flow, group: str, stages: set[str], path: list[str]) -> bool:
    """Tell whether a value may count for a group that comes to some stages.

    What is not known to be elsewhere may.
    """
    part = path[0]
    name = path[1] if len(path) > 1 else ""
    if part == "groups":
        return name == group
    if part == "stages":
        return name in stages
    if part == "risks":
        return any(name in flow.stages[stage].risks for stage in stages)
    if part == "effects":
        return flow.effects[int(name)].after in stages
    return part not in ("resources", *READ_BY_NOBODY)
