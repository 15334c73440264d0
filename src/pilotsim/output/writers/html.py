"""A document as one page: no scripts, nothing from the network, made to be printed on A4."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from html import escape

from pilotsim import __version__
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
    Row,
    Section,
    Span,
    Table,
)
from pilotsim.output.figures.pictures import Picture, picture_of
from pilotsim.output.writers.text import printable

__all__ = ["STYLE", "write_html"]

STYLE = """
@page { size: A4; margin: 18mm 20mm; }
html {
  font: 10.5pt/1.45 "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif;
  color: #1a1a1a;
  background: #fff;
}
body { max-width: 17cm; margin: 1cm auto; padding: 0 .5cm; }
h1 { font-size: 1.9em; line-height: 1.2; margin: 0 0 .3em; }
h2 {
  font-size: 1.3em;
  margin: 1.8em 0 .4em;
  border-bottom: 1.5px solid #1a1a1a;
  padding-bottom: .15em;
  break-after: avoid;
}
h3 { font-size: 1.05em; margin: 1.2em 0 .3em; break-after: avoid; }
p { margin: .4em 0; }
.lead { font-size: 1.12em; }
.soft, .note { color: #555; }
.strong, .good, .fair, .doubtful, .poor, .bad, .warning { font-weight: 600; }
table { border-collapse: collapse; width: 100%; font-size: .86em; margin: .6em 0; }
caption { text-align: left; font-weight: 600; padding-bottom: .2em; break-after: avoid; }
th, td {
  text-align: left;
  vertical-align: top;
  padding: .22em .5em .22em 0;
  border-bottom: .5px solid #ccc;
}
thead th { border-bottom: 1px solid #1a1a1a; font-weight: 600; color: #555; }
tbody th { font-weight: 600; padding-top: .7em; border-bottom: none; }
tr.group { break-after: avoid; }
td.number, th.number { text-align: right; }
td.number { white-space: nowrap; }
td.number + td:not(.number), th.number + th:not(.number) { padding-left: .6em; }
td.good, td.fair, td.doubtful, td.poor, td.bad { white-space: nowrap; }
td.inner { padding-left: .8em; width: 34%; }
.below { color: #555; font-weight: normal; }
thead { display: table-header-group; }
tr, figure, li { break-inside: avoid; }
figure { margin: .6em 0 .9em; }
img { width: 16cm; max-width: 100%; height: auto; display: block; }
code {
  font-family: Consolas, "Liberation Mono", monospace;
  font-size: .9em;
  overflow-wrap: anywhere;
}
dt { font-weight: 600; margin-top: .5em; } dd { margin: 0 0 .2em 0; }
@media screen and (max-width: 700px) { table { display: block; overflow-x: auto; } }
@media print {
  body { max-width: none; margin: 0; padding: 0; }
  a { color: inherit; text-decoration: none; }
}
"""

Draw = Callable[[Figure], Picture]


def write_html(
    document: Document,
    *,
    draw: Draw | None = None,
    beside: Sequence[tuple[str, str]] = (),
) -> str:
    """Return a document as a page.

    Parameters
    ----------
    document : Document
        What to write.
    draw : callable, optional
        Gives the picture of a figure, where it has been drawn already.
    beside : sequence of (str, str)
        The names of the files in the same folder, and what each is.
    """
    title = _text(document.title)
    head = (
        f'<!DOCTYPE html>\n<html lang="{escape(document.language)}">\n<head>\n'
        '<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta name="generator" content="pilotsim {__version__}"/>\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
    draw = draw or _draw
    lines = [f"<h1>{title}</h1>"]
    for section in document.sections:
        lines += _section(section, draw)
    lines += _files(beside, document.language)
    return head + "\n".join(lines) + "\n</main>\n</body>\n</html>\n"


def _draw(figure: Figure) -> Picture:
    return picture_of(figure.draw())


def _text(text: str) -> str:
    return escape(printable(text))


def _section(section: Section, draw: Draw) -> Iterator[str]:
    if section.heading:
        mark = f"h{section.level + 1}"
        yield f'<{mark} id="{_text(section.name)}">{_text(section.heading)}</{mark}>'
    for block in section.blocks:
        yield from _block(block, draw)


def _block(block: Block, draw: Draw) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield f"<p{_classes(_role(block))}>{_spans(block.spans)}</p>"
    elif isinstance(block, Code):
        yield f"<p><code>{_text(block.text)}</code></p>"
    elif isinstance(block, Listing):
        mark = "ol" if block.is_ordered else "ul"
        items = "\n".join(f"<li>{_spans(item.spans)}</li>" for item in block.items)
        yield f"<{mark}>\n{items}\n</{mark}>"
    elif isinstance(block, Definitions):
        yield "<dl>"
        for one in block.items:
            yield f"<dt>{_text(one.term)}</dt><dd>{_spans(one.says.spans)}</dd>"
        yield "</dl>"
    elif isinstance(block, Figure):
        image = b64encode(draw(block).png).decode("ascii")
        alt = _text(block.alt)
        yield f'<figure><img src="data:image/png;base64,{image}" alt="{alt}"/></figure>'
    elif block.is_shown:
        yield from _table(block)


def _role(paragraph: Paragraph) -> str:
    return "" if paragraph.role == "body" else paragraph.role


def _classes(*names: str) -> str:
    given = " ".join(name for name in names if name)
    return f' class="{given}"' if given else ""


def _spans(spans: Sequence[Span]) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    text = _text(span.text)
    if span.tone == "plain":
        return text
    if span.tone == "code":
        return f"<code>{text}</code>"
    return f'<span class="{span.tone}">{text}</span>'


def _table(table: Table) -> Iterator[str]:
    places = table.shown_columns()
    columns = [table.columns[place] for place in places]
    heads = "".join(_heading(column) for column in columns)
    yield "<table>"
    if table.has_title:
        yield f"<caption>{_text(table.title)}</caption>"
    yield f"<thead><tr>{heads}</tr></thead>\n<tbody>"
    for group in table.groups:
        if group.heading:
            heading = f'<th scope="rowgroup" colspan="{len(columns)}">{_spans(group.heading)}</th>'
            yield f'<tr class="group">{heading}</tr>'
        for row in group.rows:
            yield _row(row, table, places, is_inner=bool(group.heading))
    yield "</tbody>\n</table>"


def _heading(column: Column) -> str:
    return f'<th scope="col"{_classes(_number(column))}>{_text(column.heading)}</th>'


def _number(column: Column) -> str:
    return "number" if column.is_number else ""


def _row(row: Row, table: Table, places: Sequence[int], *, is_inner: bool) -> str:
    cells = []
    for number, place in enumerate(places):
        inner = "inner" if is_inner and number == 0 else ""
        cells.append(_cell(row.cells[place], table.columns[place], inner))
    return f"<tr>{''.join(cells)}</tr>"


def _cell(cell: Cell, column: Column, inner: str) -> str:
    tone = "" if cell.tone in ("plain", "code") else cell.tone
    text = _text(cell.text)
    if cell.tone == "code":
        text = f"<code>{text}</code>"
    if cell.below:
        text += f'<br/><span class="below">{_text(cell.below)}</span>'
    return f"<td{_classes(_number(column), tone, inner)}>{text}</td>"


def _files(beside: Sequence[tuple[str, str]], language: str) -> Iterator[str]:
    if not beside:
        return
    yield f'<h3 id="files">{_text(say("files", language))}</h3>\n<table>\n<tbody>'
    for name, title in beside:
        link = f'<a href="{_text(name)}">{_text(name)}</a>'
        yield f"<tr><td>{link}</td><td>{_text(title)}</td></tr>"
    yield "</tbody>\n</table>"
