"""A document in Markdown, as GitHub and Pandoc read it; figures are files beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from pilotsim.base.text import printable
from pilotsim.language.catalogue import say
from pilotsim.output.document import (
    Block,
    Cell,
    Code,
    Column,
    Definitions,
    Document,
    Figure,
    Listing,
    Paragraph,
    RowGroup,
    Section,
    Span,
    Table,
    Tone,
)
from pilotsim.output.writers.drawing import draw
from pilotsim.output.writers.files import File
from pilotsim.output.writers.text import in_tone, on_one_line, unbroken

__all__ = ["markdown_files", "write_markdown"]

# What Markdown would read as more than a sign, wherever it stands in a line.
_SIGNS = re.compile(r"([\\`*_\[\]<>|~&#$])")
# What it would read so at the beginning of a line: a list, or a heading by underlining.
_BULLET, _NUMBERED = re.compile(r"^([-+=])"), re.compile(r"^(\d+)([.)])")


def write_markdown(document: Document) -> str:
    """Return a document in Markdown.

    A figure is shown from the file that bears its name: `<name>.png`, in the same folder.
    """
    parts = [f"# {_escaped(document.title)}"]
    for section in document.sections:
        parts += _section(section, document.language)
    return "\n\n".join(parts) + "\n"


def markdown_files(document: Document, name: str) -> Iterator[File]:
    """Yield the pictures of a document, then the document in Markdown as `<name>.md`.

    The page comes last: where it is, its pictures are.
    """
    for figure in document.figures():
        content = draw(figure).png
        yield File(f"{figure.name}.png", figure.title, content)
    yield File(f"{name}.md", document.title, write_markdown(document).encode())


def _escaped(text: str) -> str:
    """Return a text of which Markdown reads nothing as a sign of its own."""
    return _SIGNS.sub(r"\\\1", on_one_line(text))


def _section(section: Section, language: str) -> Iterator[str]:
    if section.heading:
        yield f"{'#' * (section.level + 1)} {_escaped(section.heading)}"
    for block in section.blocks:
        yield from _block(block, language)


def _block(block: Block, language: str) -> Iterator[str]:
    if isinstance(block, Paragraph):
        text = _spans(block.spans)
        yield f"**{text}**" if block.role == "warning" else _at_first(text)
    elif isinstance(block, Code):
        yield _fenced(printable(block.text))
    elif isinstance(block, Listing):
        marks = [f"{n}." if block.is_ordered else "-" for n in range(1, len(block.items) + 1)]
        items = zip(marks, block.items, strict=True)
        yield "\n".join(f"{mark} {_at_first(_spans(item.spans))}" for mark, item in items)
    elif isinstance(block, Definitions):
        yield "\n".join(
            f"- **{_escaped(one.term)}**: {_spans(one.says.spans)}" for one in block.items
        )
    elif isinstance(block, Figure):
        yield f"![{_escaped(block.says)}]({block.name}.png)"
        told = "\n".join(f"- {_at_first(_escaped(one))}" for one in block.sentences)
        if told:
            # Folded where Markdown knows of that, as on GitHub; else it stands below the picture.
            summary = _escaped(say("figure_told", language))
            yield f"<details><summary>{summary}</summary>\n\n{told}\n\n</details>"
    elif block.is_shown:
        if block.has_title:
            yield f"**{_escaped(block.title)}**"
        yield "\n".join(_table(block))


def _at_first(text: str) -> str:
    """Return a text that may stand at the beginning of a line and stays a text there."""
    return _NUMBERED.sub(r"\1\\\2", _BULLET.sub(r"\\\1", text))


def _fenced(text: str) -> str:
    """Return what is to be typed between fences longer than any inside it."""
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text}\n{fence}"


def _spans(spans: Sequence[Span]) -> str:
    return "".join(_toned(span.text, span.tone) for span in spans)


def _toned(text: str, tone: Tone) -> str:
    """Return a text with its tone; spaces around it stay outside the signs."""
    if tone in ("plain", "soft") or not text.strip():
        return _SIGNS.sub(r"\\\1", unbroken(text))
    if tone == "code":
        return _code(in_tone(text, tone).strip(" "))
    before = " " if text[0] == " " else ""
    after = " " if text[-1] == " " else ""
    return f"{before}**{_escaped(text)}**{after}"


def _code(text: str) -> str:
    longest = max((len(found) for found in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    room = " " if "`" in text else ""
    return f"{fence}{room}{text}{room}{fence}"


def _table(table: Table) -> Iterator[str]:
    places = table.shown_columns()
    columns = [table.columns[place] for place in places]
    yield _line([_escaped(column.heading) for column in columns])
    yield "|" + "".join(_rule(column) for column in columns)
    for group in table.groups:
        yield from _group(group, places)


def _rule(column: Column) -> str:
    return "---:|" if column.is_number else "---|"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _group(group: RowGroup, places: Sequence[int]) -> Iterator[str]:
    if group.heading:
        yield _line([f"**{_escaped(group.title)}**", *[""] * (len(places) - 1)])
    for row in group.rows:
        yield _line([_cell(row.cells[place]) for place in places])


def _cell(cell: Cell) -> str:
    text = _code_in_cell(cell.text) if cell.tone == "code" else _toned(cell.text, cell.tone)
    below = f"<br>{_escaped(cell.below)}" if cell.below else ""
    return text.strip(" ") + below


def _code_in_cell(text: str) -> str:
    """Return code in a table: there a bar ends the cell, even between backquotes."""
    return _code(in_tone(text, "code").strip(" ")).replace("|", "\\|")
