"""Where the stages of a flow stand on a map of it: in rows, those that clients come to later below.

Only what the flow says decides it, and no run, so that the map stays the same whatever is set.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotsim.model.flow import Flow
from pilotsim.model.ways import DRAWN, ONWARD, own_stages, stages_reached, ways_of
from pilotsim.output.figures.layers import lay_out

__all__ = ["rows_of_stages"]

# In these states clients are before a programme, or instead of it.
BEFORE = ("assistance", "not_counted")


def rows_of_stages(flow: Flow) -> list[list[str]]:
    """Return the stages in rows, each stage once.

    Where there is a programme, those in which its clients are beforehand stand first, then its own
    stages in the order in which clients pass them, then those that clients come to without it too.
    Stages that no way leads to are left out.

    Parameters
    ----------
    flow : Flow
        What the file says.
    """
    ways = ways_of(flow)
    onward = [way for way, kind in ways.items() if kind == ONWARD]
    reached = stages_reached(flow, list(ways))
    taken_from = {source for (source, _), kind in ways.items() if kind == DRAWN}
    if not taken_from:
        return _in_rows([name for name in flow.stages if name in reached], onward)
    own = own_stages(flow)
    outside = [name for name in flow.stages if name in reached and name not in own]
    before = [
        name for name in outside if name in taken_from or flow.stages[name].counts_as in BEFORE
    ]
    after = [name for name in outside if name not in before]
    within = [way for way in onward if way[0] in own and way[1] in own]
    return [row for row in (before, *_in_rows(own, within), after) if row]


def _in_rows(names: Sequence[str], ways: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Return stages in rows, those of a row in an order in which few ways cross."""
    onward = _without_returns(names, ways)
    leaving = {source for source, _ in ways}
    ends = [name for name in names if any(b == name for _, b in onward) and name not in leaving]
    found = lay_out(dict.fromkeys(onward, 1.0), ends, 1.0, lambda *_: 0.0, apart=0.0)
    rows = [[node.name for node in layer if not node.passes] for layer in found.layers]
    placed = {name for row in rows for name in row}
    alone = [name for name in names if name not in placed]
    return [row for row in ([*alone, *(rows[0] if rows else [])], *rows[1:]) if row]


def _without_returns(
    names: Sequence[str], ways: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the ways without those that lead back to where a client has come from.

    Followed in the order of the file, from the stages that nothing leads to.
    """
    entered = {target for _, target in ways}
    done: set[str] = set()
    onward = []
    for start in sorted(names, key=lambda name: name in entered):
        path = [start] if start not in done else []
        left = {start: iter([b for a, b in ways if a == start])}
        while path:
            here = path[-1]
            target = next(left[here], None)
            if target is None:
                done.add(path.pop())
            elif target not in path:
                onward.append((here, target))
                if target not in done:
                    path.append(target)
                    left[target] = iter([b for a, b in ways if a == target])
    return onward
