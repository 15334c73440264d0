"""A file of a document, as writers that make several give them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["File"]


@dataclass(frozen=True)
class File:
    """A file of a document.

    Parameters
    ----------
    name : str
        Its name.
    title : str
        What it is, for the list of files and for the page.
    content : bytes
        What it holds.
    is_linked : bool
        Whether the page names it.
    """

    name: str
    title: str
    content: bytes
    is_linked: bool = True
