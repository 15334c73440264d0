"""The zip file that a document of an office program is: the same bytes for the same parts."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pilotsim.language.catalogue import catalogue_of
from pilotsim.output.document import Document
from pilotsim.output.imprint import Imprint
from pilotsim.output.writers.text import on_one_line

__all__ = ["properties_of", "repacked", "set_properties"]

MAX_PROPERTY = 255  # letters of what a file says of itself

# No part says when it was put in: the earliest date that the format knows.
EPOCH = (1980, 1, 1, 0, 0, 0)


def properties_of(document: Document, imprint: Imprint) -> dict[str, Any]:
    """Return what the package of a document says of itself: its title, by what, and when."""
    return {
        "title": on_one_line(document.title)[:MAX_PROPERTY],
        "author": "pilotsim",
        "created": datetime.combine(imprint.made, datetime.min.time()),
    }


def set_properties(properties: Any, document: Document, imprint: Imprint) -> None:
    """Make the properties of a Word file or of slides those of a document, and of nothing before.

    Parameters
    ----------
    properties : docx.opc.coreprops.CoreProperties, pptx.opc.package.CorePropertiesPart
        Of the file, such as a template left them.
    document : Document
        What is written.
    imprint : Imprint
        Of what, and when.
    """
    for name, value in properties_of(document, imprint).items():
        setattr(properties, name, value)
    properties.modified, properties.last_modified_by = properties.created, properties.author
    properties.language = catalogue_of(document.language).locale
    properties.comments = properties.subject = properties.keywords = ""
    properties.revision = 1


def repacked(content: bytes) -> bytes:
    """Return a package whose parts bear no time, in their order.

    Parameters
    ----------
    content : bytes
        A package as a library wrote it, with the time of writing beside each part.
    """
    target = BytesIO()
    with ZipFile(BytesIO(content)) as source, ZipFile(target, "w", ZIP_DEFLATED) as file:
        for part in source.infolist():
            info = ZipInfo(part.filename, EPOCH)
            info.compress_type = ZIP_DEFLATED
            info.create_system = 0
            file.writestr(info, source.read(part.filename))
    return target.getvalue()
