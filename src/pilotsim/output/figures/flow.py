"""Where do those end up who are referred? Bands of clients from stage to stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from pilotsim.base.arrays import Bools
from pilotsim.base.text import inside
from pilotsim.judge.check import Check
from pilotsim.language.catalogue import say
from pilotsim.language.numbers import SPACE, format_number
from pilotsim.output.figures.layers import DrawingLayout, Link, Node, lay_out
from pilotsim.output.figures.runs import followed_runs, of_runs
from pilotsim.output.figures.style import (
    INK,
    LINE,
    SOFT,
    STATES,
    count_lines,
    halo,
    new_page,
    page_width,
    text_width,
    wrap,
    write_lines,
)
from pilotsim.output.labels import with_client_note

FROM, TO = "from:", "to:"
BAR, LABEL, END_LABEL, HEIGHT, LEAST, LONGEST = 0.16, 2.3, 2.9, 12.5, 0.5, 3.2
INSIDE, BARS = "#8FA3B0", "#2F3E46"
# Left, top, width, height, in cm.
Box = tuple[float, float, float, float]
TOP_STATES = ("work", "education")
# Where labels would cover more than this of each other, in square cm, letters stand for the names.
MAX_COVERED = 0.005


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
    """Draw where clients go from stage to stage, as bands from left to right.

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
    layout = _lay_out(check, moves, names)
    if _Drawing(names, layout, page_width(ax), 0.0).covered() > MAX_COVERED:
        names = _Names(check, language, _letters(check, layout))
        layout = _lay_out(check, moves, names)
    below = (
        "\n".join(wrap(part, 15.5) for part in _below(names, layout))
        if moves
        else say("flow_empty", language)
    )
    height = (layout.height if moves else 0) + LINE * count_lines(below) + 0.5
    title = "figure_flow" if check.flow.has_programme else "figure_flow_alone"
    page, width, top = new_page(ax, height, say(title, language), _note(check, language))
    write_lines(page, 0, top + height - LINE * count_lines(below) - 0.1, below, color=SOFT)
    if moves:
        _Drawing(names, layout, width, top).draw(page)
    return page


def _note(check: Check, language: str) -> str:
    note = say("flow_note", language)
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
        if group.stock.number > 0 or (group.arrivals is not None and group.arrivals.number > 0)
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


def _letters(check: Check, layout: DrawingLayout) -> dict[str, str]:
    """Return a letter for each stage that is no end, in the order of the file; after Z comes A2."""
    inner = {node.name for column in layout.columns[:-1] for node in column if not node.passes}
    ordered = sorted(inner, key=lambda name: list(check.flow.stages).index(_stage(name)))
    return {
        name: chr(ord("A") + k % 26) + (str(k // 26 + 1) if k >= 26 else "")
        for k, name in enumerate(ordered)
    }


def _lay_out(check: Check, moves: dict[tuple[str, str], float], names: _Names) -> DrawingLayout:
    stages = {name for move in moves for name in move}
    leaving = {source for source, _ in moves}
    ends = sorted(stages - leaving, key=lambda name: _end_rank(check, name))
    top = [name for name in ends if _state(check, name) in TOP_STATES]
    return lay_out(moves, ends, HEIGHT, partial(_room, names, ends), top)


def _end_rank(check: Check, name: str) -> tuple[int, int]:
    states = ("work", "education", "assistance", "not_counted", "other_benefit", "unknown")
    return states.index(_state(check, name)), list(check.flow.stages).index(_stage(name))


def _stage(name: str) -> str:
    return name.removeprefix(FROM).removeprefix(TO)


def _state(check: Check, name: str) -> str:
    return check.flow.stages[_stage(name)].counts_as


def _room(names: _Names, ends: Sequence[str], name: str, size: float, passes: bool) -> float:
    """Return how much room a node keeps above itself: for its label, or a little between bands."""
    if passes:
        return 0.1
    if name in ends:
        return LINE * (count_lines(names.label(name, size, END_LABEL)) + 1) + 0.05
    return LINE * count_lines(names.label(name, size, LABEL)) + 0.2


@dataclass(frozen=True)
class _Names:
    """What stages are called in a drawing, and the signs for names that there is no room for."""

    check: Check
    language: str
    signs: Mapping[str, str] = field(default_factory=dict)

    def name(self, name: str) -> str:
        return self.check.flow.label_of("stages", _stage(name), self.language)

    def label(self, name: str, size: float, width: float) -> str:
        """Return a stage's name or sign with its number of clients, in lines."""
        number = format_number(size, self.language, 0)
        if name in self.signs:
            return f"{self.signs[name]}: {number}"
        label = self.name(name)
        longest = max(text_width(word) for word in label.split())
        label = wrap(label, max(width, min(longest, LONGEST)))
        last = label.rsplit("\n", 1)[-1]
        return (
            f"{label} {number}" if text_width(f"{last} {number}") <= width else f"{label}\n{number}"
        )


def _below(names: _Names, layout: DrawingLayout) -> Iterator[str]:
    """Yield what stands below a drawing: what its signs mean, who goes back, what is left out."""
    language = names.language
    if names.signs:
        yield (
            "; ".join(f"{sign}:{SPACE}{names.name(name)}" for name, sign in names.signs.items())
            + "."
        )
    small = say("flow_small", language, least=format_number(LEAST, language))
    moves = [
        f"{names.name(a)} → {names.name(b)} {format_number(size, language, 0)}"
        for (a, b), size in sorted(layout.back.items(), key=lambda item: -item[1])
    ]
    yield f"{say('flow_back', language, moves='; '.join(moves))} {small}" if moves else small


class _Drawing:
    """A flow being drawn."""

    page: Axes

    def __init__(self, names: _Names, layout: DrawingLayout, width: float, top: float) -> None:
        self.names, self.check, self.layout, self.top, self.language = (
            names,
            names.check,
            layout,
            top,
            names.language,
        )
        self.step = (width - END_LABEL - 0.35 - BAR - 0.7) / max(1, len(layout.columns) - 1)
        self.left = 0.7
        self.taken = [
            (self._x(node.column), node.top + top, BAR, self._high(node)) for node in self._stages()
        ]
        # The labels of the last column stand where they stand: the others keep clear of them.
        self.taken += [self._end_label(node)[1] for node in layout.columns[-1] if not node.passes]

    def draw(self, page: Axes) -> None:
        """Draw bands, bars, what goes back, labels and numbers, in this order."""
        self.page = page
        for link in self.layout.links:
            self._draw_link(link)
        for node in self._stages():
            self._draw_bar(node)
        for node in self._stages():
            self._draw_back(node)
        for node in self._stages():
            self._draw_label(node)
        for link in self.layout.links:
            self._draw_number(link)

    def covered(self) -> float:
        """Return how much labels would cover of each other, in square cm."""
        bars = len(self.taken)
        for node in self._stages():
            if node.column < len(self.layout.columns) - 1:
                self._free_place(node, self.names.label(node.name, node.size, LABEL))
        labels = self.taken[bars:]
        return sum(_common(one, other) for k, one in enumerate(labels) for other in labels[:k])

    def _high(self, node: Node) -> float:
        return max(node.size * self.layout.scale, 0.03)

    def _stages(self) -> Iterable[Node]:
        return (node for column in self.layout.columns for node in column if not node.passes)

    def _x(self, column: int) -> float:
        return self.left + self.step * column

    def _colour(self, link: Link) -> str:
        """Return the colour of the state in which a band ends; neutral inside the programme."""
        ends = {node.name for node in self.layout.columns[-1]}
        return STATES[_state(self.check, link.target.name)] if link.target.name in ends else INSIDE

    def _draw_link(self, link: Link) -> None:
        x0 = self._x(link.source.column) + (0 if link.source.passes else BAR)
        x1, thick = self._x(link.target.column), link.size * self.layout.scale
        if link.target.passes:
            x1 += 0.001
        y0, y1, mid = link.start + self.top, link.end + self.top, (x0 + x1) / 2
        upper = [(x0, y0), (mid, y0), (mid, y1), (x1, y1)]
        lower = [(x, y + thick) for x, y in reversed(upper)]
        corners = [*upper, *lower, (x0, y0)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        self.page.add_patch(
            PathPatch(Path(corners, codes), color=self._colour(link), alpha=0.5, linewidth=0)
        )

    def _draw_bar(self, node: Node) -> None:
        ends = {end.name for end in self.layout.columns[-1]}
        colour = STATES[_state(self.check, node.name)] if node.name in ends else BARS
        corner = self._x(node.column), node.top + self.top
        self.page.add_patch(Rectangle(corner, BAR, self._high(node), color=colour, linewidth=0))

    def _draw_back(self, node: Node) -> None:
        """Draw what leaves a stage backwards, or comes from ahead, as a dashed stub."""
        out = sum(size for (a, _), size in self.layout.back.items() if a == node.name)
        come = sum(size for (_, b), size in self.layout.back.items() if b == node.name)
        bottom = self.top + node.top + node.size * self.layout.scale
        for size, x in ((out, self._x(node.column) + BAR), (come, self._x(node.column) - 0.35)):
            if size:
                high = size * self.layout.scale
                stub = Rectangle(
                    (x, bottom - high),
                    0.35,
                    high,
                    facecolor="none",
                    edgecolor=SOFT,
                    linewidth=0.6,
                    linestyle=(0, (2, 1.5)),
                )
                self.page.add_patch(stub)

    def _draw_number(self, link: Link) -> None:
        """Write a band's number of clients where it begins.

        Only if there is room, and if its bar does not say so already.
        """
        only = sum(one.source is link.source for one in self.layout.links) == 1
        text, x = (
            format_number(link.size, self.language, 0),
            self._x(link.source.column) + BAR + 0.12,
        )
        wide, thick = text_width(text), link.size * self.layout.scale
        y = self.top + link.start + thick / 2 - LINE / 2
        along = min(1.0, (wide + 0.12) / (self.step - BAR))
        bend = abs(link.end - link.start) * along**2 * (3 - 2 * along)
        if (
            link.source.passes
            or only
            or thick - bend < LINE
            or along > 0.9
            or self._overlap(x, y, wide, LINE) > 0
        ):
            return
        write_lines(self.page, x, y, text, color=INK)
        self.taken.append((x, y, wide, LINE))

    def _draw_label(self, node: Node) -> None:
        if node.column == len(self.layout.columns) - 1:
            text, (x, y, _, _) = self._end_label(node)
            write_lines(self.page, x, y, text)
            return
        text = self.names.label(node.name, node.size, LABEL)
        x, y = self._free_place(node, text)
        write_lines(self.page, x, y, text, ha="center", path_effects=halo(2.5))

    def _end_label(self, node: Node) -> tuple[str, Box]:
        """Return the label of a stage in the last column, beside its bar, and where it stands."""
        text = self.names.label(node.name, node.size, END_LABEL)
        wide = max(text_width(line) for line in text.split("\n"))
        high = LINE * count_lines(text)
        y = self.top + node.top + node.size * self.layout.scale / 2 - high / 2
        return text, (self._x(node.column) + BAR + 0.12, y, wide, high)

    def _free_place(self, node: Node, text: str) -> tuple[float, float]:
        """Return a free place for a label: above its bar or below, shifted a little if need be."""
        wide, high = max(text_width(line) for line in text.split("\n")), LINE * count_lines(text)
        centre = self._x(node.column) + BAR / 2
        above, below = (
            self.top + node.top - high - 0.06,
            self.top + node.top + node.size * self.layout.scale + 0.08,
        )
        places = [
            (min(max(centre + shift, wide / 2), 15.7 - wide / 2), y)
            for y in (above, below)
            for shift in (0, 0.35, -0.35, 0.7, -0.7, 1.05, -1.05)
        ]
        cost = [
            self._overlap(x - wide / 2, y, wide, high) + self._outside(y, high) + 0.02 * k
            for k, (x, y) in enumerate(places)
        ]
        x, y = places[cost.index(min(cost))]
        self.taken.append((x - wide / 2, y, wide, high))
        return x, y

    def _outside(self, y: float, high: float) -> float:
        """Return how far a label would stand outside the drawing, in cm."""
        return max(0.0, self.top - 0.2 - y) + 10 * max(
            0.0, y + high - self.top - self.layout.height
        )

    def _overlap(self, x: float, y: float, wide: float, high: float) -> float:
        """Return how much of a place is taken, in square cm."""
        return sum(_common((x, y, wide, high), other, 0.1, 0.02) for other in self.taken)


def _common(one: Box, other: Box, aside: float = 0.0, apart: float = 0.0) -> float:
    """Return the area that two boxes have in common, each with some room about it, in square cm."""
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0]) + aside
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1]) + apart
    return max(0.0, across) * max(0.0, down)


def alt_text(check: Check, language: str = "nb") -> str:
    """Return what the figure shows, in words with its main numbers."""
    parts, spoken = [_note(check, language)], _Names(check, language)
    for (source, target), size in sorted(programme_moves(check).items(), key=lambda item: -item[1])[
        :20
    ]:
        names = {"source": spoken.name(source), "target": spoken.name(target)}
        parts.append(say("flow_alt", language, number=format_number(size, language, 0), **names))
    return " ".join(parts if len(parts) > 1 else [*parts, say("flow_empty", language)])
