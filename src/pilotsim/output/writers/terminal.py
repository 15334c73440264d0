"""A document on a terminal: its brief part, on one screen.

Every text becomes a `rich.text.Text`, which has no markup: a bracket in a flow file is a bracket.
All of them are `TerminalLine`s, the one place where lines are broken: never inside a number, nor
between a number and its unit.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from io import StringIO
from textwrap import wrap

from rich.console import Console, ConsoleOptions, JustifyMethod, OverflowMethod, RenderableType
from rich.containers import Lines
from rich.measure import Measurement
from rich.padding import Padding
from rich.styled import Styled
from rich.table import Table as Grid
from rich.text import Text

from pilotsim.base.text import printable
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Definitions,
    Document,
    Listing,
    Paragraph,
    Row,
    RowGroup,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.writers.text import on_one_line

__all__ = ["open_terminal", "terminal_text", "write_terminal"]

STYLES: dict[Tone, str] = {
    "plain": "",
    "strong": "bold",
    "soft": "dim",
    "code": "cyan",
    "good": "bold green",
    "fair": "green",
    "doubtful": "yellow",
    "poor": "red",
    "bad": "bold red",
}
ROLES = {"body": "", "lead": "", "note": "dim", "warning": "bold yellow"}
WIDTH = 160  # where nobody looks at it
MIN_HEADING = 8  # letters of a column's heading that stand on one line in any case
INDENT = (0, 0, 0, 2)

# Spaces at which no line breaks, and what stands for each while lines are broken: signs that
# Unicode keeps for the inside of programs, which no text has.
HARD = str.maketrans(dict(zip("\u00a0\u202f\u2007", "\ufdd0\ufdd1\ufdd2", strict=True)))
HARD |= {ord(" "): "\ufdd3"}
SOFT = {ord(sign): chr(space) for space, sign in HARD.items()}
_HELD = re.compile(r"[\u00a0\u202f\u2007]")
# A number and the word after it, which is mostly its unit.
_WITH_UNIT = re.compile(r"\S*[0-9] (?=[^\W\d_]|%)\S+")


class TerminalLine(Text):
    """A text whose lines never break at a hard space, nor between a number and its unit.

    A unit that a line has no room for together with its number stands below it all the same.
    """

    def wrap(
        self,
        console: Console,
        width: int,
        *,
        justify: JustifyMethod | None = None,
        overflow: OverflowMethod | None = None,
        tab_size: int = 8,
        no_wrap: bool | None = None,
    ) -> Lines:
        """Return the lines of the text, none wider than a width; parameters as of `Text.wrap`."""
        held = self.copy()
        held.plain = _hold(self.plain, width)
        lines = held.wrap(
            console, width, justify=justify, overflow=overflow, tab_size=tab_size, no_wrap=no_wrap
        )
        for line in lines:
            line.plain = line.plain.translate(SOFT)
        return lines

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return how narrow and how wide the text may be: a number is one word."""
        held = Text(_HELD.sub(lambda found: found[0].translate(HARD), self.plain))
        return held.__rich_measure__(console, options)


def _hold(text: str, width: int) -> str:
    """Return a text of the same length in which no line may break where it should not."""

    def with_unit(found: re.Match[str]) -> str:
        return found[0].translate(HARD) if len(found[0]) <= width else found[0]

    held = _HELD.sub(lambda found: found[0].translate(HARD), text)
    return _WITH_UNIT.sub(with_unit, held)


def open_terminal() -> Console:
    """Return the standard output as a terminal; wide where it goes to a file or another program."""
    return Console(
        highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH, emoji=False
    )


def write_terminal(document: Document, console: Console) -> None:
    """Print the brief part of a document."""
    console.print(_whole(TerminalLine(on_one_line(document.title), style="bold underline")))
    for section in document.sections:
        if section.is_brief:
            for part in _section(section):
                console.print(_whole(part))


def _whole(part: RenderableType) -> RenderableType:
    """Return a part as it is: a console puts bare texts together to one that breaks its own way."""
    return Styled(part, "") if isinstance(part, Text) else part


def terminal_text(document: Document, width: int = WIDTH) -> str:
    """Return what a terminal of some width shows, without its colours."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False, emoji=False)
    write_terminal(document, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def _section(section: Section) -> Iterator[RenderableType]:
    has_heading = bool(section.heading)
    if has_heading:
        yield TerminalLine("\n" + on_one_line(section.heading), style="bold")
    for block in section.blocks:
        if block.is_brief:
            for part in _block(block):
                yield Padding(part, INDENT) if has_heading else part


def _block(block: Block) -> Iterator[RenderableType]:
    if isinstance(block, Paragraph):
        yield _paragraph(block)
    elif isinstance(block, Code):
        yield TerminalLine(printable(block.text), no_wrap=True, overflow="ignore")
    elif isinstance(block, Listing):
        for number, item in enumerate(block.items, start=1):
            mark = f"{number}. " if block.is_ordered else "· "
            yield TerminalLine(mark).append_text(_paragraph(item))
    elif isinstance(block, Definitions):
        for one in block.items:
            yield TerminalLine(f"{on_one_line(one.term)}: ").append_text(_paragraph(one.says))
    elif isinstance(block, Table) and block.is_shown:
        yield from _table(block)


def _paragraph(paragraph: Paragraph) -> TerminalLine:
    line = TerminalLine(style=ROLES[paragraph.role])
    _add_spans(line, paragraph.spans)
    return line


def _add_spans(line: TerminalLine, spans: Sequence[Span]) -> None:
    for span in spans:
        line.append(printable(span.text), style=STYLES[span.tone])


def _table(table: Table) -> Iterator[RenderableType]:
    if table.has_title:
        yield TerminalLine(on_one_line(table.title), style="bold")
    places = table.brief_columns()
    columns = [table.columns[place] for place in places]
    any_wraps = any(column.wraps for column in columns)
    grid = Grid(box=None, pad_edge=False, header_style="dim")
    for number, (place, column) in enumerate(zip(places, columns, strict=True)):
        wraps = column.wraps or (number == 0 and not any_wraps)
        heading = on_one_line(column.heading)
        if not wraps:
            heading = _narrow(heading, max((len(c.text) for c in _cells(table, place)), default=0))
        grid.add_column(
            TerminalLine(heading),
            justify="right" if column.is_number else "left",
            no_wrap=not wraps,
            ratio=1 if wraps else None,
            overflow="fold",
        )
    left = sum(1 for _ in table.rows()) if table.max_brief_rows is None else table.max_brief_rows
    for group in table.groups:
        if left > 0:
            _add_group(grid, group, group.rows[:left], places)
        left -= len(group.rows)
    if left < 0:
        grid.add_row(f"… +{-left}")
    yield grid


def _cells(table: Table, place: int) -> Iterator[Cell]:
    for row in table.rows():
        yield row.cells[place]


def _narrow(heading: str, width: int) -> str:
    """Return a heading on as many lines as it takes to be hardly wider than its column's cells."""
    longest_word = max((len(word) for word in heading.split(" ")), default=0)
    return "\n".join(wrap(heading, max(width, longest_word, MIN_HEADING), break_long_words=False))


def _add_group(grid: Grid, group: RowGroup, rows: Sequence[Row], places: Sequence[int]) -> None:
    if group.heading:
        heading = TerminalLine(style="bold")
        _add_spans(heading, group.heading)
        grid.add_row(heading)
    for row in rows:
        cells: list[Text] = [_cell(row.cells[place]) for place in places]
        if group.heading:
            cells[0] = TerminalLine("  · ").append_text(cells[0])
        grid.add_row(*cells)


def _cell(cell: Cell) -> TerminalLine:
    return TerminalLine(on_one_line(cell.text), style=STYLES[cell.tone])
