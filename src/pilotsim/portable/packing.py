"""A flow as all that the module reads of it, in one piece, for a program that is not Python.

Eight bytes of a name, the length of the header in eight more, the header as JSON, and arrays, each
at a multiple of eight bytes, all numbers with the least byte first. The header says where each of
them begins, how many there are of everything, and how things are called.

In it is what `check` asks: how the numbers of a run are drawn, the flow, the measures of its
targets as a program, and the questions. Nothing in it depends on a seed or on how many runs there
will be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.judge.compiled.columns import question_columns
from pilotsim.judge.economy import economy_measures, economy_names
from pilotsim.judge.effect_totals import effect_measures, effect_names
from pilotsim.judge.verdicts import TargetReading, ceiling_of, questions_of
from pilotsim.measures.compiled.lowering import Lowered, lower
from pilotsim.measures.drop_out import can_drop_out
from pilotsim.model.clients import GROUP, PAST
from pilotsim.model.distributions.family import MAX_PARAMETERS
from pilotsim.model.flow import Flow
from pilotsim.model.targets import Measure
from pilotsim.model.ways import own_stages
from pilotsim.portable.as_written import numbers_as_written
from pilotsim.portable.layout import FORMAT
from pilotsim.simulation.columns import Columns
from pilotsim.simulation.compile import compile_flow
from pilotsim.simulation.engines.compiled.state import Clients, State, sizes_of_state
from pilotsim.simulation.engines.compiled.tables import make_tables
from pilotsim.simulation.number_columns import can_be_compiled, compile_numbers
from pilotsim.simulation.resolved import resolve_flow

NAME = b"pilotsim"
ALIGNED = 8
# Over so many runs a mean can be judged: for each stands a critical value of Student's t.
MAX_RUNS = 4096


def check_portable(flow: Flow) -> None:
    """Refuse a flow that can be run in Python alone.

    Raises
    ------
    RequestError
        It starts from a long run, or names code of one's own.
    """
    if flow.starts_from is not None:
        raise RequestError(
            Message(
                "a flow that starts from a long run (starts_from) can be run in Python alone; give "
                "the groups a stock for a page or a program that runs it"
            )
        )
    if flow.code:
        raise RequestError(
            Message(
                "a flow that names code of one's own ({names}) can be run in Python alone: a page "
                "does not start foreign code. Write a report of it instead",
                names=", ".join(flow.code),
            )
        )


Arrays = Mapping[str, NDArray[Any]]


def pack(
    flow: Flow,
    *,
    observed: bool = False,
    answer: bool = False,
    numbers: Floats | None = None,
    replications: Sequence[int] = (),
) -> bytes:
    """Return a flow with all that is asked of it.

    Parameters
    ----------
    flow : Flow
        What the file says, with what was changed in it.
    observed : bool
        Whether what its published figures count is measured as well, after the targets.
    answer : bool
        Whether what a check answers with is measured as well, after these: the effect in each
        state, and the economy; and whether it is told where clients drop out.
    numbers : ndarray, shape (replications, values), optional
        The settled numbers of some replications, which then go by these and are not drawn. A flow
        of which an inflow holds a stock steady runs no others.
    replications : sequence of int
        Which these are.

    Raises
    ------
    RequestError
        The flow cannot be run outside of Python, see `check_portable`.
    """
    check_portable(flow)
    questions = list(questions_of(flow))
    names = {"targets": [one.name for one in questions if one.measure is not None]}
    measures = [one.measure for one in questions if one.measure is not None]
    if observed:
        more = {name: one.measure for name, one in flow.observed.items() if one.measure is not None}
        names["observed"] = list(more)
        measures += more.values()
    if answer:
        names |= {"effect": effect_names(flow), "economy": economy_names(flow)}
        measures += [*effect_measures(flow), *economy_measures(flow)]
    told = [one for one in questions if answer and can_drop_out(one.measure, at_least=one.at_least)]
    lowered = lower(
        flow,
        measures,
        both_worlds=True,
        told=[(one.measure, one.at_least) for one in told if one.measure is not None],
    )
    arrays: dict[str, Arrays] = {}
    header: dict[str, Any] = {
        "format": FORMAT,
        "flow": flow.flow,
        "names": _names(flow),
        "engine": _engine(flow, arrays),
        "drawing": _drawing(flow, arrays),
        "measures": {**names, **_measures(flow, measures, lowered, arrays)},
        "drop_outs": _drop_outs(flow, told, lowered),
        **_questions(flow, questions, arrays),
    }
    if numbers is not None:
        arrays["given"] = {
            "numbers": np.asarray(numbers, np.float64),
            "replication": np.asarray(replications, np.uint64),
        }
    places, content = _in_one_piece(arrays)
    header["arrays"] = places
    said = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    said += b" " * (-len(said) % ALIGNED)
    return NAME + len(said).to_bytes(8, "little") + said + content


def _names(flow: Flow) -> dict[str, list[str]]:
    return {
        "stages": list(flow.stages),
        "groups": list(flow.groups),
        "risks": [risk.name for risk in resolve_flow(flow).risks],
        "traits": list(flow.traits),
        "values": list(flow.values),
    }


def _engine(flow: Flow, arrays: dict[str, Arrays]) -> dict[str, Any]:
    """Add what the engine reads; return how large its other records are."""
    compiled = compile_flow(flow)
    tables = make_tables(compiled)
    arrays["tables"] = _columns(tables)
    sizes = {
        **compiled.sizes,
        "all traits": len(compiled.traits),
        "laws": len(compiled.laws),
        "disciplines": len(compiled.disciplines),
        "functions": len(compiled.functions),
        "values": len(flow.values) + MAX_PARAMETERS * compiled.sizes["lengths"],
        **sizes_of_state(tables),
    }
    rows = {
        name: [_table(record, table, sizes) for table in record.tables]
        for name, record in (("clients", Clients), ("state", State))
    }
    return {"sizes": sizes, "tables": rows}


def _drawing(flow: Flow, arrays: dict[str, Arrays]) -> dict[str, Any] | None:
    """Add how numbers are drawn; return what is drawn together. None where columns cannot say."""
    if not can_be_compiled(flow):
        return None
    found = compile_numbers(flow)
    arrays["number_columns"] = _columns(found.columns)
    rows = [flow.posteriors[name] for name in flow.drawn_together]
    arrays["joints"] = {
        "reading": np.concatenate(
            [one.reading_of if one.readings else np.full(len(one), -1) for one in rows]
            or [np.empty(0)]
        ).astype(np.int64)
    }
    joints = [
        {
            "name": name,
            "readings": [
                {"name": reading, "says": flow.joint[name].readings[reading].says.in_language("en")}
                for reading in flow.posteriors[name].readings
            ],
        }
        for name in flow.drawn_together
    ]
    becomes = {
        value.slot: [flow.values[one].slot for one in flow.becomes(path)]
        for path, value in flow.values.items()
    }
    return {
        "depth": max(1, found.depth),
        "followers": list(found.followers),
        "joints": joints,
        "becomes": [[slot, later] for slot, later in becomes.items() if later],
    }


def _measures(
    flow: Flow, measures: Sequence[Measure], lowered: Lowered, arrays: dict[str, Arrays]
) -> dict[str, Any]:
    """Add the program of the measures; return how much room it takes, and what it asks for."""
    arrays["program"] = _columns(lowered.program)
    traits = [*flow.traits, GROUP, PAST]
    return {
        "count": len(measures),
        "room": lowered.room,
        "worlds": int(lowered.program.worlds[0]),
        "traits": [traits.index(name) for name in lowered.traits],
    }


def _drop_outs(flow: Flow, told: Sequence[TargetReading], lowered: Lowered) -> dict[str, Any]:
    """Return of which questions it is told where clients drop out, and by what."""
    own = own_stages(flow)
    return {
        "own": [name in own for name in flow.stages],
        "asked": [
            {"name": question.name, "bound": question.bound.number, **marks}
            for question, marks in zip(told, lowered.told, strict=True)
        ],
    }


def _questions(
    flow: Flow, questions: Sequence[TargetReading], arrays: dict[str, Arrays]
) -> dict[str, Any]:
    """Add the questions, and what they are held to; return what they are called."""
    ceilings = [ceiling_of(flow, question) for question in questions]
    places = iter(range(len(questions)))
    measures = [-1 if question.measure is None else next(places) for question in questions]
    asked = question_columns(flow, questions, ceilings, measures, runs=MAX_RUNS)
    arrays["questions"] = _columns(asked)
    moving = {one.slot for one in flow.followers if one.path.startswith("targets.")}
    said = [
        {
            "target": question.target,
            "reading": question.reading or None,
            "name": question.name,
            "says": question.says.in_language("en"),
            "moves": question.bound.slot if question.bound.slot in moving else -1,
            "ceiling": None if ceiling is None else ceiling.written,
        }
        for question, ceiling in zip(questions, ceilings, strict=True)
    ]
    found: dict[str, Any] = {"questions": said}
    if can_be_compiled(flow):
        readings = [flow.targets[one.target].all_readings()[one.reading] for one in questions]
        sums = [None if one.ceiling is None else one.ceiling.sum for one in readings]
        written = numbers_as_written(flow, questions, sums)
        arrays["as_written"] = _columns(written.numbers.columns)
        found["as_written"] = {
            "depth": written.numbers.depth,
            "bounds": written.bounds,
            "ceilings": written.ceilings,
        }
    return found


def _columns(record: Columns) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(getattr(record, name)) for name in record.declared}


def _in_one_piece(arrays: Mapping[str, Arrays]) -> tuple[dict[str, Any], bytes]:
    """Return where each array begins, and then its shape; and all in one piece."""
    places: dict[str, Any] = {}
    content = bytearray()
    for record, columns in arrays.items():
        own = places[record] = {}
        for name, array in columns.items():
            kind = array.dtype.newbyteorder("<")
            own[name] = [len(content), *array.shape]
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
