"""How the arrays of the engine lie in memory: what a program must know that is not Python."""

from __future__ import annotations

from typing import Any

from pilotsim.judge.compiled import program as judged
from pilotsim.judge.words import VERDICTS
from pilotsim.measures.compiled import engine as measuring
from pilotsim.measures.compiled import program as measures
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.portable.text import ENTRIES
from pilotsim.simulation import number_columns
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.engines.compiled import numbers, results, state, structs, tables
from pilotsim.simulation.journeys import MAX_VISITS
from pilotsim.simulation.population import MAX_CLIENTS

FORMAT = 2
RECORDS: dict[str, type[Columns]] = {
    "number_columns": number_columns.NumberColumns,
    "run_numbers": numbers.RunNumbers,
    "tables": tables.Tables,
    "values": tables.Values,
    "clients": state.Clients,
    "state": state.State,
    "kept": results.KeptJourneys,
    "program": measures.MeasureProgram,
    "settled": measures.SettledValues,
    "visits": measures.VisitColumns,
    "cohort": measures.CohortColumns,
    "measure_room": measures.MeasureRoom,
    "measured": measures.MeasuredColumns,
    "questions": judged.QuestionColumns,
    "bounds": judged.QuestionBounds,
    "judge_room": judged.JudgeRoom,
    "verdicts": judged.VerdictColumns,
}
STATUSES = ("FINE", "TOO_MANY_CLIENTS", "TOO_MANY_ROWS", "NO_ROOM_TO_KEEP")
COUNTS = ("DONE", "CLIENTS", "VISITS", "CLIENTS_NEEDED", "VISITS_NEEDED", "COUNTS")
ROOM_COUNTS = ("STATUS", "VISITS_NEEDED", "LIST_NEEDED", "COUNTS")
SHAPES = ("AS_WRITTEN", "JOINT")
VERDICT_NUMBERS = (
    "WORD",
    "PROBABILITY",
    "INTERVAL_LOW",
    "INTERVAL_HIGH",
    "EXPECTED",
    "LOW",
    "HIGH",
    "UNDEFINED_RUNS",
    "BASE",
    "LEFT_OUT",
    "WAITING",
    "BOUNDED",
    "ANYWAY",
    "CHANCE_ANYWAY",
    "ANYWAY_LOW",
    "ANYWAY_HIGH",
    "ANYWAY_RUNS",
    "HALF",
    "LOW_KNOWN",
    "HIGH_KNOWN",
)


def layout_of_kernel() -> dict[str, Any]:
    """Return what `kernel.json` says.

    `records` names the columns of each record in the order of their words in its row: two words for
    each table (address, bytes of a row), then three for each column (address, rows, numbers in a
    row). What a column has a row for, and in it a number for, is named as in the `sizes` of a
    packed flow.
    """
    return {
        "format": FORMAT,
        "words": structs.WORDS,
        "rows": {name: list(entry.rows) for name, entry in ENTRIES.items()},
        "records": {name: _record(record) for name, record in RECORDS.items()},
        "statuses": {name: getattr(state, name) for name in STATUSES},
        "counts": {name: getattr(results, name) for name in COUNTS},
        "state_counts": state.COUNTS,
        "clients_a_day": state.CLIENTS_A_DAY,
        "max_days": state.MAX_DAYS,
        "max_parameters": MAX_PARAMETERS,
        "max_clients": MAX_CLIENTS,
        "max_visits": MAX_VISITS,
        "shapes": {name: getattr(number_columns, name) for name in SHAPES},
        "outputs": list(measures.OUTPUTS),
        "room_counts": {name: getattr(measures, name) for name in ROOM_COUNTS},
        "first_room": {
            "chunk": measuring.CHUNK,
            "visits": measuring.FEW_VISITS,
            "times": measuring.FEW_TIMES,
        },
        "verdicts": list(VERDICTS.names),
        "verdict_numbers": {name: getattr(judged, name) for name in VERDICT_NUMBERS},
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
