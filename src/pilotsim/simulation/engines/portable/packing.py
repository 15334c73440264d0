"""A flow as the arrays that the engine reads, in one piece, for a program that is not Python.

Eight bytes of a name, the length of the header in eight more, the header as JSON, and arrays, each
at a multiple of eight bytes, all numbers with the least byte first. The header says where each of
them begins, and how many there are of everything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.compile import compile_flow
from pilotsim.simulation.engines.compiled.state import Clients, State, sizes_of_draws
from pilotsim.simulation.engines.compiled.tables import Tables, make_tables
from pilotsim.simulation.engines.portable.layout import FORMAT
from pilotsim.simulation.resolved import ResolvedFlow

NAME = b"pilotsim"
ALIGNED = 8


def pack(plans: Sequence[ResolvedFlow], replications: Sequence[int]) -> bytes:
    """Return a flow with the numbers of some replications.

    Parameters
    ----------
    plans : sequence of ResolvedFlow
        One flow with the numbers of each replication.
    replications : sequence of int
        The replications, one for each plan.
    """
    flow = plans[0].flow
    compiled = compile_flow(flow)
    tables = make_tables(compiled)
    lengths = MAX_PARAMETERS * compiled.sizes["lengths"]
    numbers = np.array([plan.numbers for plan in plans], np.float64)
    arrays: dict[str, NDArray[Any]] = {
        name: np.asarray(getattr(tables, name)) for name in Tables.declared
    }
    arrays |= {"numbers": numbers, "replication": np.asarray(replications, np.uint64)}
    sizes = {
        **compiled.sizes,
        "all traits": len(compiled.traits),
        "laws": len(compiled.laws),
        "disciplines": len(compiled.disciplines),
        "values": numbers.shape[1] + lengths,
        **sizes_of_draws(tables),
    }
    names = {
        "stages": list(flow.stages),
        "groups": list(flow.groups),
        "risks": [risk.name for risk in plans[0].risks],
        "traits": list(flow.traits),
        "values": list(flow.values),
    }
    places, content = _in_one_piece(arrays)
    header = {
        "format": FORMAT,
        "flow": flow.flow,
        "sizes": sizes,
        "names": names,
        "tables": {
            name: [_table(record, table, sizes) for table in record.tables]
            for name, record in (("clients", Clients), ("state", State))
        },
        "arrays": places,
    }
    said = json.dumps(header, ensure_ascii=False).encode()
    said += b" " * (-len(said) % ALIGNED)
    return NAME + len(said).to_bytes(8, "little") + said + content


def _in_one_piece(arrays: Mapping[str, NDArray[Any]]) -> tuple[dict[str, Any], bytes]:
    """Return where each array begins, with its kind of number and shape; and all in one piece."""
    places: dict[str, Any] = {}
    content = bytearray()
    for name, array in arrays.items():
        kind = array.dtype.newbyteorder("<")
        places[name] = {"at": len(content), "number": kind.str[1:], "shape": list(array.shape)}
        content += np.ascontiguousarray(array, kind).tobytes()
        content += b"\0" * (-len(content) % ALIGNED)
    return places, bytes(content)


def _table(record: type[Columns], table: tuple[str, ...], sizes: Mapping[str, int]) -> Any:
    """Return how long a row of a table is, and where in it each column lies."""
    known = {**sizes, record.declared[table[0]].over: 0}
    widths = {name: record.declared[name].shape(known)[1:] for name in table}
    row = record.row_of(table, widths)
    places = {name: place[1] for name, place in (row.fields or {}).items()}
    return {"bytes": row.itemsize, "places": places}
