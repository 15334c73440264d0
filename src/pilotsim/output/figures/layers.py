"""A flow in layers, from its first stages to its last: the layer of each, and its place there.

After Sugiyama, Tagawa and Toda (1981): moves that go back are set apart (Eades, Lin and Smyth
1993), layers follow the longest way, a band that passes a layer gets a place in it, bands to the
same stage run together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Moves = Mapping[tuple[str, str], float]
Key = tuple[str, int]  # a stage, and the layer in which it stands or which bands to it pass
Bands = Mapping[tuple[Key, Key], float]
Extent = Callable[[str, float, float], float]
SWEEPS = 24
PULL = 0.6  # how far a node moves in one sweep towards where its bands would be straight
STEPS = 40  # halvings until the scale is found


@dataclass(frozen=True)
class Node:
    """A stage in its layer, or a bundle of bands that pass a layer on their way to a stage.

    Parameters
    ----------
    name : str
        The stage.
    layer : int
        Counted from the first.
    passes : bool
        Whether these are bands on their way.
    size : float
        Clients.
    start : float
        Where it begins in its layer, in cm.
    """

    name: str
    layer: int
    passes: bool
    size: float
    start: float


@dataclass(frozen=True)
class Link:
    """A band of clients between two neighbouring layers.

    `start` and `end` are where its first edge lies in each, in cm.
    """

    source: Node
    target: Node
    size: float
    start: float
    end: float


@dataclass(frozen=True)
class DrawingLayout:
    """Where everything in a drawing stands.

    Each of `layers` holds its nodes in their order, `links` are the bands between them, `back` the
    moves that go back; `scale` is in cm per client.
    """

    layers: tuple[tuple[Node, ...], ...]
    links: tuple[Link, ...]
    back: Moves
    scale: float


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


def layers_of(
    moves: Moves, ends: Sequence[str]
) -> tuple[dict[str, int], dict[tuple[str, str], float]]:
    """Return the layer of each stage, and the moves that go back.

    Parameters
    ----------
    moves : mapping of (str, str) to float
        Clients who move from stage to stage.
    ends : sequence of str
        Stages that stand in the last layer.
    """
    order = {name: place for place, name in enumerate(order_stages(moves))}
    back = {move: size for move, size in moves.items() if order[move[0]] >= order[move[1]]}
    onward = [move for move in moves if move not in back]
    layer = dict.fromkeys(order, 0)
    for name in order:
        layer[name] = max((layer[a] + 1 for a, b in onward if b == name), default=0)
    for name in reversed(order):  # what only leads on stands next to where it leads
        if not any(b == name for _, b in onward):
            layer[name] = min((layer[b] - 1 for a, b in onward if a == name), default=0)
    last = max(layer.values(), default=0)
    return {name: last if name in ends else place for name, place in layer.items()}, back


def lay_out(
    moves: Moves,
    ends: Sequence[str],
    length: float,
    extent: Extent,
    *,
    first: Sequence[str] = (),
    apart: float = 0.25,
) -> DrawingLayout:
    """Return where each stage and band stands.

    Where the names of a layer find no room, it is made into two.

    Parameters
    ----------
    moves : mapping of (str, str) to float
        Clients who move from stage to stage.
    ends : sequence of str
        Stages that stand in the last layer, in their order.
    length : float
        Of a layer, in cm.
    extent : callable
        How much of its layer a stage takes, in cm, by its name, its clients, and the cm that a
        client takes; no less than its clients take.
    first : sequence of str
        Those of the ends to which bands run along the beginning of the layers; to the others they
        run along the end.
    apart : float
        How far nodes of a layer are apart, in cm.
    """
    layer, back = layers_of(moves, ends)
    onward = {move: size for move, size in moves.items() if move not in back}
    clients = _clients(moves)
    while (full := _overfull(layer, clients, length, extent, apart)) is not None:
        layer = _split(layer, full, clients, ends)
    bands = bands_of(onward, layer)
    size = {(name, place): clients[name] for name, place in layer.items()}
    for key in dict.fromkeys(target for _, target in bands):
        if key not in size:
            size[key] = sum(number for (_, target), number in bands.items() if target == key)
    layers = _order(size, bands, ends, first)

    def extents(scale: float) -> dict[Key, float]:
        return {
            key: extent(key[0], number, scale) if layer[key[0]] == key[1] else number * scale
            for key, number in size.items()
        }

    scale = _scale(layers, size, extents, length, apart)
    own = extents(scale)
    thick = {key: number * scale for key, number in size.items()}
    starts = _starts(layers, thick, own, bands, length, apart)
    nodes = {key: Node(*key, layer[key[0]] != key[1], size[key], starts[key]) for key in size}
    return DrawingLayout(
        tuple(tuple(nodes[key] for key in keys) for keys in layers),
        tuple(_links(nodes, bands, scale)),
        back,
        scale,
    )


def _clients(moves: Moves) -> dict[str, float]:
    """Return each stage's clients: the larger of those who come and those who go."""
    found = {}
    for name in dict.fromkeys(name for move in moves for name in move):
        gone = sum(size for (a, _), size in moves.items() if a == name)
        come = sum(size for (_, b), size in moves.items() if b == name)
        found[name] = max(gone, come)
    return found


def _overfull(
    layer: Mapping[str, int],
    clients: Mapping[str, float],
    length: float,
    extent: Extent,
    apart: float,
) -> int | None:
    """Return the first layer whose names find no room, however thin its bands; None for none."""
    for place in sorted(set(layer.values())):
        names = [name for name, own in layer.items() if own == place]
        needed = sum(extent(name, clients[name], 0.0) + apart for name in names) - apart
        if needed > length and len(names) > 1:
            return place
    return None


def _split(
    layer: Mapping[str, int], full: int, clients: Mapping[str, float], ends: Sequence[str]
) -> dict[str, int]:
    """Return layers of which one is made into two: the smaller half of its stages stands later.

    Ends keep their order: the later half of them stands later.
    """
    names = [name for name, place in layer.items() if place == full]
    own = [name for name in ends if name in names] + sorted(
        (name for name in names if name not in ends), key=lambda name: -clients[name]
    )
    later = set(own[(len(own) + 1) // 2 :])
    return {
        name: place + (place > full or (place == full and name in later))
        for name, place in layer.items()
    }


def bands_of(onward: Moves, layer: Mapping[str, int]) -> dict[tuple[Key, Key], float]:
    """Return the bands between neighbouring layers; those to the same stage run together."""
    bands: dict[tuple[Key, Key], float] = {}
    for (source, target), size in onward.items():
        before = (source, layer[source])
        for place in range(layer[source] + 1, layer[target] + 1):
            here = (target, place)
            bands[before, here] = bands.get((before, here), 0.0) + size
            before = here
    return bands


def _order(
    keys: Mapping[Key, float], bands: Bands, ends: Sequence[str], first: Sequence[str]
) -> list[list[Key]]:
    """Return each layer in its order.

    Bands to ends lie along the edges, the rest by the mean place of their neighbours.
    """
    layers: list[list[Key]] = [[] for _ in range(max((place for _, place in keys), default=-1) + 1)]
    for key in keys:
        layers[key[1]].append(key)
    place = {key: float(k) for layer in layers for k, key in enumerate(layer)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            middle = {
                key: _weighted(_neighbours(key, bands, before=sweep % 2 == 0), place, place[key])
                for key in layer
            }
            layer.sort(key=lambda key, middle=middle: _rank(key, ends, first, middle[key]))  # type: ignore[misc]
            place.update({key: k - len(layer) / 2 for k, key in enumerate(layer)})
    return layers


def _rank(key: Key, ends: Sequence[str], first: Sequence[str], middle: float) -> tuple[int, float]:
    if key[0] not in ends:
        return 1, middle
    return (0 if key[0] in first else 2), float(ends.index(key[0]))


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
    layers: Sequence[Sequence[Key]],
    size: Mapping[Key, float],
    extents: Callable[[float], Mapping[Key, float]],
    length: float,
    apart: float,
) -> float:
    """Return as many cm a client as the fullest layer allows."""
    most = max((sum(size[key] for key in layer) for layer in layers), default=0.0)
    low, high = 0.0, length / most if most else 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        own = extents(middle)
        needed = (sum(own[key] for key in layer) + apart * (len(layer) - 1) for layer in layers)
        if max(needed, default=0.0) <= length:
            low = middle
        else:
            high = middle
    return low


def _starts(
    layers: Sequence[Sequence[Key]],
    thick: Mapping[Key, float],
    extents: Mapping[Key, float],
    bands: Bands,
    length: float,
    apart: float,
) -> dict[Key, float]:
    """Return where each node begins: in its layer's order, near where its bands are straight."""
    starts: dict[Key, float] = {}
    for layer in layers:
        x = (length - sum(extents[key] for key in layer) - apart * (len(layer) - 1)) / 2
        for key in layer:
            starts[key] = x
            x += extents[key] + apart
    near = {
        key: _neighbours(key, bands, before=True) | _neighbours(key, bands, before=False)
        for key in thick
    }
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            centre = {key: starts[key] + thick[key] / 2 for key in starts}
            for key in layer:
                starts[key] += PULL * (_weighted(near[key], centre, centre[key]) - centre[key])
            _part(layer, starts, extents, length, apart)
    return starts


def _part(
    layer: Sequence[Key],
    starts: dict[Key, float],
    extents: Mapping[Key, float],
    length: float,
    apart: float,
) -> None:
    """Move the nodes of a layer apart and into the page, order kept."""
    least = 0.0
    for key in layer:
        starts[key] = max(starts[key], least)
        least = starts[key] + extents[key] + apart
    most = length
    for key in reversed(layer):
        starts[key] = min(starts[key], most - extents[key])
        most = starts[key] - apart


def _links(nodes: Mapping[Key, Node], bands: Bands, scale: float) -> list[Link]:
    """Return the bands, stacked at each node so that they do not cross there.

    They stand in the order of the nodes that they lead to or come from.
    """
    start: dict[tuple[Key, Key], float] = {}
    end: dict[tuple[Key, Key], float] = {}
    for key, node in nodes.items():
        x = node.start
        for band in sorted(
            (band for band in bands if band[0] == key), key=lambda band: nodes[band[1]].start
        ):
            start[band], x = x, x + bands[band] * scale
        x = node.start
        for band in sorted(
            (band for band in bands if band[1] == key), key=lambda band: nodes[band[0]].start
        ):
            end[band], x = x, x + bands[band] * scale
    return [
        Link(nodes[a], nodes[b], size, start[a, b], end[a, b]) for (a, b), size in bands.items()
    ]
