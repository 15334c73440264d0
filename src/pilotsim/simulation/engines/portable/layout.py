"""How the arrays of the engine lie in memory: what a program must know that is not Python."""

from __future__ import annotations

from typing import Any

from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.engines.compiled import results, state, structs, tables, visits
from pilotsim.simulation.journeys import MAX_VISITS
from pilotsim.simulation.population import MAX_CLIENTS

FORMAT = 1
RECORDS: dict[str, type[Columns]] = {
    "tables": tables.Tables,
    "values": tables.Values,
    "clients": state.Clients,
    "state": state.State,
    "kept": results.KeptJourneys,
}
# Which records each entry is handed, in order; `before` is another block of kept journeys.
ROWS = {
    "prepare_values": ["tables", "values"],
    "simulate_block": ["tables", "values", "clients", "state", "kept", "before"],
}
STATUSES = ("FINE", "TOO_MANY_CLIENTS", "TOO_MANY_ROWS", "NO_ROOM_TO_KEEP")
COUNTS = ("DONE", "CLIENTS", "VISITS", "CLIENTS_NEEDED", "VISITS_NEEDED", "COUNTS")


def layout_of_kernel() -> dict[str, Any]:
    """Return what `kernel.json` says.

    `records` names the columns of each record in the order of their words in its row: two words for
    each table (address, bytes of a row), then four for each column (address, rows, numbers in a
    row, nothing). What a column has a row for, and in it a number for, is named as in the `sizes`
    of a packed flow.
    """
    return {
        "format": FORMAT,
        "words": structs.WORDS,
        "rows": ROWS,
        "records": {name: _record(record) for name, record in RECORDS.items()},
        "statuses": {name: getattr(visits, name) for name in STATUSES},
        "counts": {name: getattr(results, name) for name in COUNTS},
        "state_counts": state.COUNTS,
        "clients_a_day": state.CLIENTS_A_DAY,
        "max_parameters": MAX_PARAMETERS,
        "max_clients": MAX_CLIENTS,
        "max_visits": MAX_VISITS,
    }


def _record(record: type[Columns]) -> dict[str, Any]:
    columns = {
        name: {
            "number": one.kind.number,
            "dimensions": one.kind.dimensions,
            "over": one.over,
            "width": one.width,
            "table": one.table,
        }
        for name, one in record.declared.items()
    }
    return {"tables": [list(table) for table in record.tables], "columns": columns}
