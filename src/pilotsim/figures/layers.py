"""A flow drawn from left to right: which stages stand in which column, in which order, and how high.

After Sugiyama, Tagawa and Toda (1981): moves that go back are set apart (Eades, Lin and Smyth 1993), columns follow the
longest way, a band that passes a column gets a place in it, bands to the same stage run together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Moves = Mapping[tuple[str, str], float]
SWEEPS = 24


@dataclass
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
    room : float
        Room to keep free above, in cm.
    top : float
        Where it begins, in cm from the top.
    """

    name: str
    column: int
    passes: bool
    size: float = 0.0
    room: float = 0.0
    top: float = 0.0


@dataclass
class Link:
    """A band between two neighbouring columns; `start` and `end` are the bands' upper edges, in cm."""

    source: Node
    target: Node
    size: float
    start: float = 0.0
    end: float = 0.0


@dataclass
class Layout:
    """Where everything stands: columns of nodes from top to bottom, bands, and the moves that go back."""

    columns: list[list[Node]]
    links: list[Link]
    back: dict[tuple[str, str], float]
    scale: float = 1.0
    nodes: dict[tuple[str, int], Node] = field(default_factory=dict)


def order_stages(moves: Moves) -> list[str]:
    """Return the stages in an order that few clients move against: sinks last, sources first, then who sends most."""
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


def columns_of(moves: Moves, ends: Sequence[str]) -> tuple[dict[str, int], dict[tuple[str, str], float]]:
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


def lay_out(moves: Moves, ends: Sequence[str], height: float, room: Callable[[Node], float], top: Sequence[str] = ()) -> Layout:
    """Return where each stage and band stands.

    Parameters
    ----------
    moves : mapping of (str, str) to float
        Clients who move from stage to stage.
    ends : sequence of str
        Stages that stand in the last column, in order from the top.
    height : float
        In cm.
    room : callable
        How much room a node needs above itself, in cm.
    top : sequence of str
        Those of the ends to which bands run along the top; to the others they run along the bottom.
    """
    column, back = columns_of(moves, ends)
    layout = Layout([[] for _ in range(max(column.values(), default=0) + 1)], [], back)
    for name in column:
        _node(layout, name, column[name], passes=False)
    for (source, target), size in moves.items():
        if (source, target) not in back:
            _link(layout, layout.nodes[source, column[source]], target, column[target], size)
    _set_sizes(layout, moves)
    for node in layout.nodes.values():
        node.room = room(node)
    _order(layout, ends, top)
    _place(layout, height)
    _place_links(layout)
    return layout


def _node(layout: Layout, name: str, column: int, *, passes: bool) -> Node:
    if (name, column) not in layout.nodes:
        layout.nodes[name, column] = Node(name, column, passes)
        layout.columns[column].append(layout.nodes[name, column])
    return layout.nodes[name, column]


def _link(layout: Layout, source: Node, target: str, column: int, size: float) -> None:
    """Lead a band through all columns between; bands to the same stage run together."""
    for place in range(source.column + 1, column + 1):
        node = _node(layout, target, place, passes=place < column)
        known = next((link for link in layout.links if link.source is source and link.target is node), None)
        if known is None:
            layout.links.append(Link(source, node, size))
        else:
            known.size += size
        source = node


def _set_sizes(layout: Layout, moves: Moves) -> None:
    for node in layout.nodes.values():
        if node.passes:
            node.size = sum(link.size for link in layout.links if link.target is node)
        else:
            gone = sum(size for (a, _), size in moves.items() if a == node.name)
            come = sum(size for (_, b), size in moves.items() if b == node.name)
            node.size = max(gone, come)


def _order(layout: Layout, ends: Sequence[str], top: Sequence[str]) -> None:
    """Sort each column: bands to ends along the edges, the rest by the mean place of their neighbours."""
    place = {id(node): float(k) for column in layout.columns for k, node in enumerate(column)}
    for sweep in range(SWEEPS):
        for column in layout.columns if sweep % 2 == 0 else reversed(layout.columns):
            middle = {id(node): _barycentre(node, layout, place, forward=sweep % 2 == 0) for node in column}
            column.sort(key=lambda node: _rank(node, ends, top, middle[id(node)]))
            place.update({id(node): k - len(column) / 2 for k, node in enumerate(column)})


def _rank(node: Node, ends: Sequence[str], top: Sequence[str], middle: float) -> tuple[int, float]:
    if node.name not in ends:
        return 1, middle
    return (0 if node.name in top else 2), float(ends.index(node.name))


def _barycentre(node: Node, layout: Layout, place: Mapping[int, float], *, forward: bool) -> float:
    near = [
        (link.source if forward else link.target, link.size)
        for link in layout.links
        if node is (link.target if forward else link.source)
    ]
    total = sum(size for _, size in near)
    return sum(place[id(other)] * size for other, size in near) / total if total else place[id(node)]


def _place(layout: Layout, height: float) -> None:
    """Give each node its height: as many cm a client as the fullest column allows, then each drawn to its neighbours."""
    free = [(height - sum(node.room for node in column), sum(node.size for node in column)) for column in layout.columns]
    layout.scale = min((room / size for room, size in free if size), default=1.0)
    for column in layout.columns:
        used = sum(node.room + node.size * layout.scale for node in column)
        y = (height - used) / 2
        for node in column:
            node.top = y + node.room
            y = node.top + node.size * layout.scale
    for sweep in range(SWEEPS):
        for column in layout.columns if sweep % 2 == 0 else reversed(layout.columns):
            for node in column:
                node.top += 0.6 * (_wanted(node, layout) - node.top)
            _part(column, layout.scale, height)


def _wanted(node: Node, layout: Layout) -> float:
    """Return where a node would stand if its bands were straight."""
    own = [
        (link.source if link.target is node else link.target, link.size)
        for link in layout.links
        if node in (link.source, link.target)
    ]
    total = sum(size for _, size in own)
    centre = sum((other.top + other.size * layout.scale / 2) * size for other, size in own) / total if total else node.top
    return centre - node.size * layout.scale / 2 if total else node.top


def _part(column: list[Node], scale: float, height: float) -> None:
    """Move the nodes of a column apart and into the page, order kept."""
    least = 0.0
    for node in column:
        node.top = max(node.top, least + node.room)
        least = node.top + node.size * scale
    most = height
    for node in reversed(column):
        node.top = min(node.top, most - node.size * scale)
        most = node.top - node.room


def _place_links(layout: Layout) -> None:
    """Stack the bands at each node in the order of what they lead to, so that they do not cross there."""
    for column in layout.columns:
        for node in column:
            y = node.top
            for link in sorted((one for one in layout.links if one.source is node), key=lambda one: one.target.top):
                link.start, y = y, y + link.size * layout.scale
            y = node.top
            for link in sorted((one for one in layout.links if one.target is node), key=lambda one: one.source.top):
                link.end, y = y, y + link.size * layout.scale
