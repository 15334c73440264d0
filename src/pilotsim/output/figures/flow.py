"""Where do those end up who are referred? Bands of clients from stage to stage, top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from pilotsim.base.arrays import Bools
from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import format_number
from pilotsim.output.figures.layers import DrawingLayout, Link, Node, lay_out
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import (
    INK,
    LINE,
    SOFT,
    STATES,
    count_lines,
    new_page,
    page_width,
    text_width,
    wrap,
    write_lines,
)
from pilotsim.output.figures.titles import fit_title
from pilotsim.output.labels import client_key, with_client_note

FROM, TO = "from:", "to:"
# In cm: the narrowest and the widest that a name is broken to, how far nodes and layers are apart,
# and what stands before the first layer.
NARROWEST, WIDEST, APART = 1.5, 2.6, 0.22
ROOMY = (4.5, 4.0, 3.5, 3.0)  # how wide names may be where their layer has room
GAP, LEAST_GAP, ABOVE = 1.1, 0.7, 0.3
RUN = 0.36  # cm that a band runs straight from its stage: there stands its number
STUB = 0.26
SHARE = 0.3  # of a layer that the clients of the fullest take at least, where names can be narrower
PAGE = 17.6  # cm: the highest that a drawing may be with its words
LEAST = 0.5
MIN_ENDS = 2  # from so many on it says something where most end up
INDENT = 0.12  # cm from the edge of a stage to its name
PALENESS = 0.4
INSIDE, BOX = "#8FA3B0", "#DDE4E8"
FIRST_STATES = ("work", "education")
# Beside the colour of a state, for who sees none.
HATCHES = {"work": "////", "education": "////", "other_benefit": "..."}


def mean_moves(check: Check) -> dict[tuple[str, str], float]:
    """Return the mean number of moves from stage to stage per run, all clients."""
    names = list(check.flow.stages)
    mean = np.mean([path.moves for path in check.paths], axis=0)
    return {(names[a], names[b]): float(mean[a, b]) for a, b in zip(*np.nonzero(mean), strict=True)}


def programme_moves(check: Check) -> dict[tuple[str, str], float]:
    """Return the moves of those whom the programme draws, from stage to stage.

    Stages that clients are in without the programme stand at both edges: `from:` and `to:` before
    their names. A flow whose stages draw nobody is shown whole.
    """
    every = {move: size for move, size in mean_moves(check).items() if size >= LEAST}
    if not check.flow.has_programme:
        return every
    inside = _inside(check)
    moves = {}
    for (source, target), size in every.items():
        if source in inside or target in inside:
            moves[
                source if source in inside else FROM + source,
                target if target in inside else TO + target,
            ] = size
    return moves


def _inside(check: Check) -> set[str]:
    """Return the stages that clients come to by being drawn, and would not be in otherwise."""
    names = list(check.flow.stages)
    moves, moves_without = (
        np.sum([path.moves for path in paths], axis=0) > 0
        for paths in (check.paths, check.counterfactual_paths)
    )
    lived = np.any(
        [path.occupancy.any(axis=0) for path in check.counterfactual_paths], axis=0
    ) | moves_without.any(axis=1)
    drawing = {
        name: stage.draws_from
        for name, stage in check.flow.stages.items()
        if stage.draws_from is not None
    }
    sources = {
        names.index(source)
        for drawn in drawing.values()
        for source in drawn.stages
        if lived[names.index(source)]
    }
    # Moves do not say whose they are: a return to the home of groups that nobody draws from is
    # theirs alone.
    homes = {names.index(group.starts_in) for group in check.flow.groups.values()}
    outside = _reached(sources, moves_without, homes - sources)
    return {
        names[stage] for stage in _reached({names.index(name) for name in drawing}, moves, outside)
    }


def _reached(starts: set[int], moves: Bools, closed: set[int]) -> set[int]:
    """Return the stages reachable from some, these included, without entering closed ones."""
    found: set[int] = set()
    left = sorted(starts - closed)
    while left:
        stage = left.pop()
        found.add(stage)
        left += [
            int(other)
            for other in np.nonzero(moves[stage])[0]
            if other not in found and other not in closed
        ]
    return found


@of_runs(followed_runs)
def plot_flow(check: Check, *, ax: Axes | None = None, language: str = "nb") -> Axes:
    """Draw where clients go from stage to stage, as bands from top to bottom.

    Parameters
    ----------
    check : Check
        What to show: the moves of its paths.
    ax : Axes, optional
        Where to draw; a new figure 16 cm wide, unless given.
    language : str
        One of `LANGUAGES`.
    """
    moves = programme_moves(check)
    names = _Names(check, language)
    if not moves:
        page, _, top = new_page(ax, LINE, title(check, language))
        write_lines(page, 0, top, say("flow_empty", language), color=SOFT)
        return page
    width = page_width(ax)
    drawing = _Drawing(names, *_lay_out(check, moves, names, width))
    below = "\n".join(wrap(part, width) for part in _below(names, drawing.layout))
    height = drawing.height + LINE * count_lines(below) + 0.3
    page, _, top = new_page(ax, height, title(check, language), _note(check, language))
    drawing.draw(page, top + ABOVE)
    write_lines(page, 0, top + drawing.height + 0.15, below, color=SOFT)
    return page


def title(check: Check, language: str = "nb") -> str:
    """Return where most end up; where most go next, if all end up in one place."""
    moves = programme_moves(check)
    if not moves:
        return say("flow_title_empty", language)
    names, ends = _Names(check, language), _ends(moves)
    if len(ends) < MIN_ENDS:
        source = max((a for a, _ in moves), key=lambda name: _gone(moves, name))
        most = max((b for a, b in moves if a == source), key=lambda name: moves[source, name])
        return fit_title(
            "flow_title_from",
            language,
            ("start", "end"),
            start=names.name(source),
            end=names.name(most),
            number=format_number(moves[source, most], language, 0),
            all=format_number(_gone(moves, source), language, 0),
        )
    arrived = {name: sum(size for (_, b), size in moves.items() if b == name) for name in ends}
    most = max(arrived, key=lambda name: arrived[name])
    return fit_title(
        "flow_title" if check.flow.has_programme else "flow_title_alone",
        language,
        ("end",),
        end=names.name(most),
        number=format_number(arrived[most], language, 0),
        all=format_number(sum(arrived.values()), language, 0),
    )


def _gone(moves: Mapping[tuple[str, str], float], name: str) -> float:
    """Return how many leave a stage."""
    return sum(size for (a, _), size in moves.items() if a == name)


def _ends(moves: Mapping[tuple[str, str], float]) -> list[str]:
    """Return the stages that nobody leaves."""
    leaving = {source for source, _ in moves}
    return [name for name in dict.fromkeys(b for _, b in moves) if name not in leaving]


def _note(check: Check, language: str) -> str:
    note = say(client_key(check.flow, "flow_note", "flow_note_things"), language)
    names = [inside(check.flow.label_of("groups", name, language)) for name in groups_shown(check)]
    if len(names) > 1:
        note = f"{note} {say('flow_counted', language, groups='; '.join(names))}"
    return with_client_note(check.flow, note, language)


def groups_shown(check: Check) -> list[str]:
    """Return the groups whose clients may be among those of the picture, in the order of the file.

    Moves do not say whose they are: a group is shown where moves lead from its stages to stages of
    the programme, and no stage on the way draws from other groups only.
    """
    flow = check.flow
    present = [
        name
        for name, group in flow.groups.items()
        if group.stock.number > 0
        or (group.arrivals is not None and group.arrivals.number > 0)
        or group.arrivals_from is not None
    ]
    if not flow.has_programme:
        return present
    inside_of = _inside(check)
    moves = mean_moves(check)
    drawing = {name: stage.draws_from for name, stage in flow.stages.items()}
    found = []
    for name in present:
        group = flow.groups[name]
        left = [group.starts_in, *(group.stock_in or {})]
        reached = set(left)
        while left:
            stage = left.pop()
            for source, target in moves:
                drawn = drawing[target]
                is_open = drawn is None or drawn.groups is None or name in drawn.groups
                if source == stage and is_open and target not in reached:
                    reached.add(target)
                    left.append(target)
        if reached & inside_of:
            found.append(name)
    return found


def _lay_out(
    check: Check, moves: dict[tuple[str, str], float], names: _Names, width: float
) -> tuple[DrawingLayout, dict[str, float]]:
    """Return where everything stands, and how wide each name is broken to.

    Names are narrow where bands would have too little of the page to be told apart, and each layer
    gives its own as much room as it has left.
    """
    ends = sorted(_ends(moves), key=lambda name: _end_rank(check, name))
    first = [name for name in ends if _state(check, name) in FIRST_STATES]
    stages = list(dict.fromkeys(name for move in moves for name in move))
    broken = dict.fromkeys(stages, WIDEST)

    def laid() -> DrawingLayout:
        extent = partial(names.extent, broken)
        return lay_out(moves, ends, width, extent, first=first, apart=APART)

    layout = laid()
    while _fullest(layout) < SHARE * width and broken[stages[0]] > NARROWEST:
        broken = {name: wide - 0.3 for name, wide in broken.items()}
        layout = laid()
    for layer in layout.layers:
        own = [node.name for node in layer if not node.passes]
        taken = sum(node.size * layout.scale for node in layer if node.passes)
        room = width - taken - APART * (len(layer) - 1)
        for wide in ROOMY:
            tried = broken | dict.fromkeys(own, wide)
            needed = (
                names.extent(tried, node.name, node.size, layout.scale)
                for node in layer
                if not node.passes
            )
            if wide > broken[own[0]] and sum(needed) <= room:
                broken = tried
                break
    return laid(), broken


def _fullest(layout: DrawingLayout) -> float:
    """Return how much the clients of the fullest layer take, in cm."""
    return max(sum(node.size * layout.scale for node in layer) for layer in layout.layers)


def _end_rank(check: Check, name: str) -> tuple[int, int]:
    states = ("work", "education", "assistance", "not_counted", "other_benefit", "unknown")
    return states.index(_state(check, name)), list(check.flow.stages).index(_stage(name))


def _stage(name: str) -> str:
    return name.removeprefix(FROM).removeprefix(TO)


def _state(check: Check, name: str) -> str:
    return check.flow.stages[_stage(name)].counts_as


@dataclass(frozen=True)
class _Names:
    """What stages are called in a drawing."""

    check: Check
    language: str

    def name(self, name: str) -> str:
        return self.check.flow.label_of("stages", _stage(name), self.language)

    def label(self, name: str, size: float, width: float) -> str:
        """Return a stage's name with its number of clients, in lines."""
        number = format_number(size, self.language, 0)
        return wrap(f"{self.name(name)}: {number}", width)

    def lines(self, broken: Mapping[str, float], name: str, size: float, scale: float) -> str:
        """Return a stage's label as its box has room for it."""
        return self.label(name, size, max(broken[name], size * scale - 2 * INDENT))

    def extent(self, broken: Mapping[str, float], name: str, size: float, scale: float) -> float:
        """Return how much of its layer a stage takes: for its clients, and for its label."""
        lines = self.lines(broken, name, size, scale).split("\n")
        return max(size * scale, INDENT + max(text_width(line) for line in lines))


def _below(names: _Names, layout: DrawingLayout) -> Iterator[str]:
    """Yield what stands below a drawing: who goes back, and what is left out."""
    language = names.language
    small = say("flow_small", language, least=format_number(LEAST, language))
    moves = [
        f"{names.name(a)} → {names.name(b)}: {format_number(size, language, 0)}"
        for (a, b), size in sorted(layout.back.items(), key=lambda item: -item[1])
    ]
    yield f"{say('flow_back', language, moves='; '.join(moves))} {small}" if moves else small


class _Drawing:
    """A flow to be drawn: a layer below the other, each stage a box with its name."""

    page: Axes
    top: float

    def __init__(self, names: _Names, layout: DrawingLayout, broken: Mapping[str, float]) -> None:
        self.names, self.check, self.layout = names, names.check, layout
        self.language, self.scale = names.language, layout.scale
        self.ends = {node.name for node in self._stages()} - {
            link.source.name for link in layout.links if not link.source.passes
        }
        self.labels = {
            node.name: names.lines(broken, node.name, node.size, self.scale)
            for node in self._stages()
        }
        self.high = [
            LINE * max(count_lines(self.labels[node.name]) for node in layer if not node.passes)
            + 0.16
            for layer in layout.layers
        ]
        room = (PAGE - sum(self.high)) / max(1, len(self.high) - 1)
        self.gap = min(GAP, max(LEAST_GAP, room - 0.25))

    @property
    def height(self) -> float:
        """How high it is, in cm."""
        return ABOVE + sum(self.high) + self.gap * (len(self.high) - 1) + STUB + 0.1

    def draw(self, page: Axes, top: float) -> None:
        """Draw bands, what goes back, boxes, and numbers, in this order."""
        self.page, self.top = page, top
        # Thin bands cross on top of thick ones.
        for link in sorted(self.layout.links, key=lambda link: -link.size):
            self._draw_link(link)
        for layer in self.layout.layers:
            for node in layer:
                if node.passes:
                    self._fill(node.start, self._y(node.layer), node, self._colour(node.name))
        for node in self._stages():
            self._draw_back(node)
            self._draw_stage(node)
        for link in self.layout.links:
            self._draw_number(link)

    def _stages(self) -> Iterator[Node]:
        return (node for layer in self.layout.layers for node in layer if not node.passes)

    def _y(self, layer: int) -> float:
        return self.top + sum(self.high[:layer]) + self.gap * layer

    def _wide(self, node: Node) -> float:
        return max(node.size * self.scale, 0.04)

    def _colour(self, name: str) -> str:
        """Return the colour of the state in which bands to a stage end; neutral if they go on."""
        return STATES[_state(self.check, name)] if name in self.ends else INSIDE

    def _hatch(self, name: str) -> str | None:
        return HATCHES.get(_state(self.check, name)) if name in self.ends else None

    def _draw_link(self, link: Link) -> None:
        y0 = self._y(link.source.layer) + self.high[link.source.layer]
        y1, wide = self._y(link.target.layer), link.size * self.scale
        x0, x1 = link.start, link.end
        run = y0 + (0.0 if link.source.passes else min(RUN, self.gap / 3))
        middle = (run + y1) / 2
        right = [(x0 + wide, y0), (x0 + wide, run), (x0 + wide, middle), (x1 + wide, middle)]
        corners = [(x0, y0), *right, (x1 + wide, y1), (x1, y1)]
        corners += [(x1, middle), (x0, middle), (x0, run), (x0, y0)]
        curve = [Path.CURVE4] * 3
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, *curve, Path.LINETO, *curve]
        codes += [Path.CLOSEPOLY]
        self._patch(Path(corners, codes), link.target.name)

    def _fill(self, x: float, y: float, node: Node, colour: str) -> None:
        """Draw the piece of a bundle of bands that passes a layer."""
        # A little over both edges, so that no line shows where pieces meet.
        wide, high = node.size * self.scale, self.high[node.layer] + 0.04
        y -= 0.02
        corners = [(x, y), (x + wide, y), (x + wide, y + high), (x, y + high), (x, y)]
        self._patch(Path(corners), node.name, colour)

    def _patch(self, path: Path, name: str, colour: str = "") -> None:
        face, hatch = _tint(colour or self._colour(name), 0.5), self._hatch(name)
        self.page.add_patch(
            PathPatch(path, facecolor=face, edgecolor="white", hatch=hatch, linewidth=0)
        )

    def _draw_stage(self, node: Node) -> None:
        """Draw a stage: a box as wide as its clients, with its name, which may be wider."""
        y, high = self._y(node.layer), self.high[node.layer]
        colour = _tint(self._colour(node.name)) if node.name in self.ends else BOX
        self.page.add_patch(
            Rectangle((node.start, y), self._wide(node), high, facecolor=colour, linewidth=0)
        )
        edges = [node.start, node.start + self._wide(node)]
        for edge in (y, y + high):
            self.page.plot(
                edges, [edge] * 2, color=INK, linewidth=1.1, solid_capstyle="butt", zorder=3
            )
        label = self.labels[node.name]
        wide = INDENT + max(text_width(line) for line in label.split("\n"))
        # A name that is wider than its box runs out of it, and over no line.
        for edge in edges if wide < self._wide(node) else edges[:1]:
            self.page.plot(
                [edge] * 2,
                [y, y + high],
                color=INK,
                linewidth=1.1,
                solid_capstyle="projecting",
                zorder=3,
            )
        write_lines(self.page, node.start + INDENT, y + 0.07, label, zorder=4)

    def _draw_back(self, node: Node) -> None:
        """Draw what leaves a stage backwards, or comes from ahead, as a dashed stub."""
        out = sum(size for (a, _), size in self.layout.back.items() if a == node.name)
        come = sum(size for (_, b), size in self.layout.back.items() if b == node.name)
        y, high = self._y(node.layer), self.high[node.layer]
        right = node.start + node.size * self.scale
        for size, place in ((out, y + high), (come, y - STUB)):
            if size:
                wide = size * self.scale
                stub = Rectangle(
                    (right - wide, place),
                    wide,
                    STUB,
                    facecolor="none",
                    edgecolor=SOFT,
                    linewidth=0.6,
                    linestyle=(0, (2, 1.5)),
                )
                self.page.add_patch(stub)

    def _draw_number(self, link: Link) -> None:
        """Write a band's number of clients where it begins.

        Only if there is room, and if its stage does not say so already.
        """
        from_here = [one for one in self.layout.links if one.source is link.source]
        text, wide = format_number(link.size, self.language, 0), link.size * self.scale
        if link.source.passes or len(from_here) < 2 or wide < text_width(text) + 0.08:
            return
        y = self._y(link.source.layer) + self.high[link.source.layer] + 0.02
        write_lines(self.page, link.start + wide / 2, y, text, ha="center", zorder=4)


def _tint(colour: str, share: float = PALENESS) -> tuple[float, ...]:
    """Return a colour mixed with white; pale enough for words to be read on it, unless said."""
    return tuple(1 - share * (1 - part) for part in to_rgb(colour))


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    parts, spoken = [_note(check, language)], _Names(check, language)
    for (source, target), size in sorted(programme_moves(check).items(), key=lambda item: -item[1])[
        :20
    ]:
        names = {"source": spoken.name(source), "target": spoken.name(target)}
        parts.append(say("flow_alt", language, number=format_number(size, language, 0), **names))
    return " ".join(parts if len(parts) > 1 else [*parts, say("flow_empty", language)])
