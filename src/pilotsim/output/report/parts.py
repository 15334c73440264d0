"""Parts that every page is made of: the whole, tables, figures."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from pilotsim import __version__
from pilotsim.output.report.folder import LIST, PAGE
from pilotsim.output.report.images import Picture, picture_files
from pilotsim.output.report.page import STYLE
from pilotsim.output.report.tables import Table


def whole_page(title: str, body: Iterable[str], language: str) -> str:
    """Return a page as HTML, with its title as heading."""
    head = (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        f'<meta name="generator" content="pilotsim {__version__}"/>\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join([f"<h1>{escape(title)}</h1>", *body]) + "\n</body>\n</html>\n"


def html_table(
    headings: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[int] = ()
) -> Iterator[str]:
    """Yield the lines of a table; `numbers` are the columns that stand to the right."""
    heads = "".join(
        f'<th scope="col"{_css(column in numbers)}>{escape(heading)}</th>'
        for column, heading in enumerate(headings)
    )
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    for row in rows:
        yield (
            "<tr>"
            + "".join(
                f"<td{_css(column in numbers)}>{escape(cell)}</td>"
                for column, cell in enumerate(row)
            )
            + "</tr>"
        )
    yield "</tbody>\n</table>"


def _css(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def html_figure(picture: Picture) -> str:
    """Return a figure as a part of the page itself."""
    image = b64encode(picture.png).decode("ascii")
    return (
        f'<figure><img src="data:image/png;base64,{image}" alt="{escape(picture.alt)}"/></figure>'
    )


def paragraphs(sentences: Iterable[str]) -> Iterator[str]:
    """Yield each sentence as a paragraph."""
    yield from (f"<p>{escape(sentence)}</p>" for sentence in sentences)


def report_files(
    title: str,
    body: Iterable[str],
    language: str,
    *,
    pictures: Iterable[Picture] = (),
    tables: Iterable[Table] = (),
    more: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Return the files of a report: the page first, figures, tables, other texts, and the list by which a later one replaces them.

    Parameters
    ----------
    title : str
        The heading of the page.
    body : iterable of str
        The lines of the page below its title, as HTML.
    language : str
        `nb` or `en`.
    pictures : iterable of Picture
        Its figures.
    tables : iterable of Table
        Its tables, each a file for a spreadsheet.
    more : mapping of str to str
        Other texts by the name of their file.
    """
    files = {PAGE: whole_page(title, body, language).encode(), **picture_files(pictures)}
    files |= {f"{table.name}.csv": table.to_csv(language) for table in tables}
    files |= {name: text.encode() for name, text in (more or {}).items()}
    files[LIST] = "".join(f"{name}\t{title}\n" for name in files).encode("utf-8-sig")
    return files
