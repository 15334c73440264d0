"""Documents as they should be, one file a result and language: all that each writer of words makes of them.

``python -m tests.output.golden`` writes them anew; read the difference before it is committed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from pilotsim import __version__
from pilotsim.base.languages import LANGUAGES
from pilotsim.output.document import Document
from pilotsim.output.views import document_of
from pilotsim.output.writers.csv import write_csv
from pilotsim.output.writers.html import write_html
from pilotsim.output.writers.markdown import write_markdown
from pilotsim.output.writers.terminal import terminal_text

FOLDER = Path(__file__).parent / "golden"
WIDTH = 120


def written(document: Document) -> str:
    """A document as Markdown, as a terminal shows it, and its tables as files; without the version."""
    parts = [
        write_markdown(document),
        "<terminal>\n" + "\n".join(trimmed(terminal_text(document, WIDTH))),
    ]
    for table in document.tables():
        if table.is_filed:
            content = write_csv(table, document.language).decode("utf-8-sig")
            parts.append(f"<{table.name}.csv>\n" + content.replace("\r\n", "\n"))
    return "\n\n".join(parts).replace(f"pilotsim {__version__}", "pilotsim VERSION").rstrip() + "\n"


def trimmed(text: str) -> list[str]:
    """The lines of a text without the spaces that fill them up."""
    return [line.rstrip() for line in text.splitlines()]


def file_of(name: str, language: str) -> Path:
    return FOLDER / f"{name}_{language}.txt"


@cache
def all_results() -> dict[str, tuple[Any, dict[str, Any]]]:
    """One small result of each kind by name, with what its view takes beside."""
    from tests.output import small_checks, small_results

    return {**small_checks.results(), **small_results.results()}


@cache
def document(name: str, language: str) -> Document:
    """What is said of one of them, made once for all tests of a process: pictures take long."""
    result, context = all_results()[name]
    return document_of(result, language, **context)


@cache
def page(name: str, language: str) -> str:
    """The page of one of them, made once likewise."""
    return write_html(document(name, language))


def write_all() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in all_results():
        for language in LANGUAGES:
            text = written(document(name, language))
            file_of(name, language).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_all()
