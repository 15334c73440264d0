"""A page in a zip file, with a note on how it is opened: mail filters often stop a page alone."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pilotsim.language.catalogue import say
from pilotsim.output.writers.package import EPOCH

__all__ = ["zipped_page"]

# A byte order mark, and lines that end as every editor of text expects.
MARK, END = "\ufeff", "\r\n"
NOTE = ("first", "then", "blocked", "local", "needs")


def zipped_page(html: str, name: str, language: str, *, title: str, made: str) -> bytes:
    """Return a zip file with a page and a note; the same page gives the same bytes.

    Parameters
    ----------
    html : str
        The page.
    name : str
        Its name, with its end.
    language : str
        The language of the note, one of `LANGUAGES`.
    title : str
        What the page is of.
    made : str
        By what it was made, of which file.
    """
    lines = [title, "", *(say(f"zip_{part}", language, page=name) for part in NOTE), "", made]
    note = MARK + "".join(f"{line}{END}" for line in lines)
    content = BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as held:
        for own, text in ((name, html), (say("zip_note", language), note)):
            held.writestr(ZipInfo(own, EPOCH), text.encode(), ZIP_DEFLATED, 9)
    return content.getvalue()
