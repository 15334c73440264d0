"""What those read first who decide by a result that is no check: its message, and what it rests on.

Nothing is said here that the document does not say. Its chapters that open with an answer in words
have that for a heading, and go on with the words, the tables and the first picture of the chapter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pilotsim.language.catalogue import say
from pilotsim.output.document import (
    Block,
    Code,
    Document,
    Figure,
    Paragraph,
    Section,
    Table,
    sentences_of,
)

__all__ = ["with_message"]

# Results by which something is decided; of others the document itself is what is read.
KINDS = ("analysis", "evaluation", "findings", "information", "pooled", "solution")
MAX_HEADING = 110  # letters of a heading that stands on two lines of a slide


def with_message(document: Document) -> Document:
    """Return a document with what those read who decide, where it opens with an answer.

    Parameters
    ----------
    document : Document
        A document; returned as it is where its view has said already what is decided on.
    """
    if document.decision or document.kind not in KINDS:
        return document
    language = document.language
    found = [
        _told(section, language)
        for section in document.sections
        if any(_is_lead(block) for block in section.blocks)
    ]
    return replace(document, decision=tuple(found))


def _is_lead(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.role == "lead"


def _told(section: Section, language: str) -> Section:
    lead = next(
        block for block in section.blocks if isinstance(block, Paragraph) and block.role == "lead"
    )
    message, *rest = sentences_of(lead.text)
    blocks = list(_blocks(section))
    place = blocks.index(lead)
    if len(message) <= MAX_HEADING:
        said = [Paragraph.of(" ".join(rest), role="lead")] if rest else []
        heading = message.rstrip(".")
        blocks[place : place + 1] = said
    else:
        heading = section.heading or say("message_found", language)
    return Section(f"decision_{section.name or 'answer'}", heading, tuple(blocks))


def _blocks(section: Section) -> Iterator[Block]:
    """Yield what is read of a chapter: words, tables that are read, and its first picture."""
    has_figure = False
    for block in section.blocks:
        if isinstance(block, Code):
            continue
        if isinstance(block, Table) and not block.is_read:
            continue
        if isinstance(block, Figure):
            if has_figure:
                continue
            has_figure = True
        yield block
