"""A flow drawn from left to right: the column of each stage, its order there and its height.

After Sugiyama, Tagawa and Toda (1981): moves that go back are set apart (Eades, Lin and Smyth
1993), columns follow the longest way, a band that passes a column gets a place in it, bands to the
same stage run together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Moves = Mapping[tuple[str, str], float]
Key = tuple[str, int]  # a stage, and the column in which it stands or which bands to it pass
Bands = Mapping[tuple[Key, Key], float]
Room = Callable[[str, float, bool], float]
SWEEPS = 24
MIN_HIGH = 5.0  # cm for the clients of a column, beside its labels
PULL = 0.6  # how far a node moves in one sweep towards where its bands would be straight


@dataclass(frozen=True)
class Node:
    """A stage in its column, or a bundle of bands that pass a column on their way to a stage.

    Parameters
    ----------
    name : str
        The stage.
    column : int
        Counted from the left.
    passes : bool
        Whether these are bands on their way.
    size : float
        Clients.
    top : float
        Where it begins, in cm from the top.
    """

    name: str
    column: int
    passes: bool
    size: float
    top: float


@dataclass(frozen=True)
class Link:
    """A band of clients between two neighbouring columns.

    `start` and `end` are its upper edges, in cm.
    """

    source: Node
    target: Node
    size: float
    start: float
    end: float


@dataclass(frozen=True)
class DrawingLayout:
    """Where everything in a drawing stands.

    Each of `columns` holds its nodes from top to bottom, `links` are the bands between them, `back`
    the moves that go back; `scale` is in cm per client, `height` in cm.
    """

    columns: tuple[tuple[Node, ...], ...]
    links: tuple[Link, ...]
    back: Moves
    scale: float
    height: float


def order_stages(moves: Moves) -> list[str]:
    """Return the stages in an order that few clients move against.

    Sinks come last and sources first; of the rest, the one that sends most more than it receives
    comes next.
    """
    left, right = [], []
    stages = list(dict.fromkeys(name for move in moves for name in move))
    while stages:
        surplus = {name: _out(name, stages, moves) - _in(name, stages, moves) for name in stages}
        sinks = [name for name in stages if not _out(name, stages, moves)]
        sources = [name for name in stages if not _in(name, stages, moves)]
        if sinks:
            right.append(sinks[-1])
        else:
            left.append(sources[0] if sources else max(stages, key=lambda name: surplus[name]))
        stages.remove(right[-1] if sinks else left[-1])
    return left + right[::-1]


def _out(name: str, stages: Sequence[str], moves: Moves) -> float:
    return sum(size for (a, b), size in moves.items() if a == name and b in stages and b != a)


def _in(name: str, stages: Sequence[str], moves: Moves) -> float:
    return sum(size for (a, b), size in moves.items() if b == name and a in stages and b != a)


def columns_of(
    moves: Moves, ends: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, str], float]]:
    """Return the column of each stage, and the moves that go back.

    Parameters
    ----------
    moves : mapping of (str, str) to float
        Clients who move from stage to stage.
    ends : sequence of str
        Stages that stand in the last column.
    """
    order = {name: place for place, name in enumerate(order_stages(moves))}
    back = {move: size for move, size in moves.items() if order[move[0]] >= order[move[1]]}
    onward = [move for move in moves if move not in back]
    column = dict.fromkeys(order, 0)
    for name in order:
        column[name] = max((column[a] + 1 for a, b in onward if b == name), default=0)
    for name in reversed(order):  # what only leads on stands next to where it leads
        if not any(b == name for _, b in onward):
            column[name] = min((column[b] - 1 for a, b in onward if a == name), default=0)
    last = max(column.values(), default=0)
    return {name: last if name in ends else place for name, place in column.items()}, back


def lay_out(
    moves: Moves, ends: Sequence[str], height: float, room: Room, top: Sequence[str] = ()
) -> DrawingLayout:
    """Return where each stage and band stands.

    Parameters
    ----------
    moves : mapping of (str, str) to float
        Clients who move from stage to stage.
    ends : sequence of str
        Stages that stand in the last column, in order from the top.
    height : float
        In cm; more where the labels of a column need it.
    room : callable
        How much room a node needs above itself, in cm, by its name, its clients, and whether it
        only passes.
    top : sequence of str
        Those of the ends to which bands run along the top; to the others they run along the bottom.
    """
    column, back = columns_of(moves, ends)
    bands = bands_of({move: size for move, size in moves.items() if move not in back}, column)
    size = _sizes(moves, bands, column)
    columns = _order(size, bands, ends, top)
    space = {key: room(key[0], size[key], column[key[0]] != key[1]) for key in size}
    height = max(
        height, max((sum(space[key] for key in keys) for keys in columns), default=0.0) + MIN_HIGH
    )
    scale = _scale(columns, size, space, height)
    tops = _tops(
        columns, {key: clients * scale for key, clients in size.items()}, space, bands, height
    )
    nodes = {key: Node(*key, column[key[0]] != key[1], size[key], tops[key]) for key in size}
    return DrawingLayout(
        tuple(tuple(nodes[key] for key in keys) for keys in columns),
        tuple(_links(nodes, bands, scale)),
        back,
        scale,
        height,
    )


def bands_of(onward: Moves, column: Mapping[str, int]) -> dict[tuple[Key, Key], float]:
    """Return the bands between neighbouring columns; those to the same stage run together."""
    bands: dict[tuple[Key, Key], float] = {}
    for (source, target), size in onward.items():
        before = (source, column[source])
        for place in range(column[source] + 1, column[target] + 1):
            here = (target, place)
            bands[before, here] = bands.get((before, here), 0.0) + size
            before = here
    return bands


def _sizes(moves: Moves, bands: Bands, column: Mapping[str, int]) -> dict[Key, float]:
    """Return each node's clients: of a stage, the larger of those who come and those who go."""
    sizes = {}
    for name, place in column.items():
        gone = sum(size for (a, _), size in moves.items() if a == name)
        come = sum(size for (_, b), size in moves.items() if b == name)
        sizes[name, place] = max(gone, come)
    for key in dict.fromkeys(target for _, target in bands):
        if key not in sizes:
            sizes[key] = sum(size for (_, target), size in bands.items() if target == key)
    return sizes


def _order(
    keys: Mapping[Key, float], bands: Bands, ends: Sequence[str], top: Sequence[str]
) -> list[list[Key]]:
    """Return each column from top to bottom.

    Bands to ends lie along the edges, the rest by the mean place of their neighbours.
    """
    columns: list[list[Key]] = [
        [] for _ in range(max((place for _, place in keys), default=-1) + 1)
    ]
    for key in keys:
        columns[key[1]].append(key)
    place = {key: float(k) for column in columns for k, key in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            middle = {
                key: _weighted(_neighbours(key, bands, before=sweep % 2 == 0), place, place[key])
                for key in column
            }
            column.sort(key=lambda key, middle=middle: _rank(key, ends, top, middle[key]))  # type: ignore[misc]
            place.update({key: k - len(column) / 2 for k, key in enumerate(column)})
    return columns


def _rank(key: Key, ends: Sequence[str], top: Sequence[str], middle: float) -> tuple[int, float]:
    if key[0] not in ends:
        return 1, middle
    return (0 if key[0] in top else 2), float(ends.index(key[0]))


def _neighbours(key: Key, bands: Bands, *, before: bool) -> dict[Key, float]:
    """Return the nodes that a node's bands come from or lead to, with their clients."""
    if before:
        return {source: size for (source, target), size in bands.items() if target == key}
    return {target: size for (source, target), size in bands.items() if source == key}


def _weighted(weights: Mapping[Key, float], places: Mapping[Key, float], otherwise: float) -> float:
    total = sum(weights.values())
    return (
        sum(places[key] * weight for key, weight in weights.items()) / total if total else otherwise
    )


def _scale(
    columns: Sequence[Sequence[Key]],
    size: Mapping[Key, float],
    space: Mapping[Key, float],
    height: float,
) -> float:
    """Return as many cm a client as the fullest column allows."""
    full = [
        (height - sum(space[key] for key in column), sum(size[key] for key in column))
        for column in columns
    ]
    return max(min((free / clients for free, clients in full if clients), default=1.0), 0.0)


def _tops(
    columns: Sequence[Sequence[Key]],
    high: Mapping[Key, float],
    space: Mapping[Key, float],
    bands: Bands,
    height: float,
) -> dict[Key, float]:
    """Return where each node begins: in its column's order, near where its bands are straight."""
    tops: dict[Key, float] = {}
    for column in columns:
        y = (height - sum(space[key] + high[key] for key in column)) / 2
        for key in column:
            tops[key] = y + space[key]
            y = tops[key] + high[key]
    near = {
        key: _neighbours(key, bands, before=True) | _neighbours(key, bands, before=False)
        for key in high
    }
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            centre = {key: tops[key] + high[key] / 2 for key in tops}
            for key in column:
                tops[key] += PULL * (_weighted(near[key], centre, centre[key]) - centre[key])
            _part(column, tops, high, space, height)
    return tops


def _part(
    column: Sequence[Key],
    tops: dict[Key, float],
    high: Mapping[Key, float],
    space: Mapping[Key, float],
    height: float,
) -> None:
    """Move the nodes of a column apart and into the page, order kept."""
    least, most = 0.0, height
    for key in column:
        tops[key] = max(tops[key], least + space[key])
        least = tops[key] + high[key]
    for key in reversed(column):
        tops[key] = min(tops[key], most - high[key])
        most = tops[key] - space[key]


def _links(nodes: Mapping[Key, Node], bands: Bands, scale: float) -> list[Link]:
    """Return the bands, stacked at each node so that they do not cross there.

    They stand in the order of the nodes that they lead to or come from.
    """
    start: dict[tuple[Key, Key], float] = {}
    end: dict[tuple[Key, Key], float] = {}
    for key, node in nodes.items():
        y = node.top
        for band in sorted(
            (band for band in bands if band[0] == key), key=lambda band: nodes[band[1]].top
        ):
            start[band], y = y, y + bands[band] * scale
        y = node.top
        for band in sorted(
            (band for band in bands if band[1] == key), key=lambda band: nodes[band[0]].top
        ):
            end[band], y = y, y + bands[band] * scale
    return [
        Link(nodes[a], nodes[b], size, start[a, b], end[a, b]) for (a, b), size in bands.items()
    ]
