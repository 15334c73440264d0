"""A document as JSON: the result itself, and its tables as rows of keyed values."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from pilotsim.base.text import printable
from pilotsim.output.document import Bound, Document, Table

__all__ = ["write_json"]

TABLES = "tables"


def write_json(document: Document) -> str:
    """Return a document's record with its filed tables.

    The record's keys stand first, in base units and the same in every language; then `tables`, each
    a list of rows by the keys of its columns. What is not a finite number is null, and one that is
    only bounded, such as a p-value below 0.001, is `{"below": 0.001}`.

    Raises
    ------
    ValueError
        The record has a key `tables` of its own.
    """
    if TABLES in document.record:
        raise ValueError(f"the record of a {document.kind} has a key '{TABLES}' of its own")
    tables = {table.name: _rows(table) for table in document.tables() if table.is_filed}
    content = {**document.record, TABLES: tables}
    return json.dumps(_plain(content), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _rows(table: Table) -> list[dict[str, Any]]:
    places = table.recorded_columns()
    return [
        {table.columns[place].key: row.cells[place].value for place in places}
        for row in table.rows()
    ]


def _plain(content: Any) -> Any:
    """Return content as JSON can hold it."""
    if isinstance(content, np.ndarray | np.generic):
        content = content.tolist()
    if isinstance(content, Mapping):
        return {printable(str(key)): _plain(value) for key, value in content.items()}
    if isinstance(content, str):
        return printable(content)
    if isinstance(content, Sequence):
        return [_plain(value) for value in content]
    if isinstance(content, Bound):
        return {"below" if content.is_upper else "above": content.number}
    if isinstance(content, date):
        return content.isoformat()
    if isinstance(content, float):
        return float(content) if math.isfinite(content) else None
    return content
