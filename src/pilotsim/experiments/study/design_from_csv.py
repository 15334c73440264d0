"""Designs that are listed: the points of a CSV file, each cell written as in a flow file."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pilotsim.base.errors import Fault, FlowError, did_you_mean, message_of
from pilotsim.base.messages import Message
from pilotsim.base.places import is_file
from pilotsim.base.quantity import Quantity, QuantityFault, read_scalar
from pilotsim.base.text import Text
from pilotsim.experiments.study.study import DesignFactor, Points
from pilotsim.experiments.study.study_file import DesignPart
from pilotsim.files.yaml import YamlDocument, read_file
from pilotsim.model.flow import Flow


def read_list(
    part: DesignPart, factors: Sequence[DesignFactor], flow: Flow, document: YamlDocument
) -> tuple[tuple[DesignFactor, ...], Points]:
    """Return the factors and points of a CSV file: a column for each factor, a row for each point.

    A column is a factor of the study file or a path of the flow; an empty cell leaves it as
    written.

    Raises
    ------
    FlowError
        With every fault of the CSV file and its line.
    """
    file = Path(document.file).parent / str(part.file)
    if not is_file(file):
        raise FlowError(
            [document.fault(("design", "file"), Message("no such file: {file}", file=file))]
        )
    text = read_file(file, "list")
    delimiter = ";" if ";" in text.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:  # a cell of more letters than any table has
        message = Message(
            "its rows do not make a table; is a cell with line breaks or quotes among them?"
        )
        raise FlowError([Fault(str(file), 1, 1, "", message)]) from error
    faults: list[Fault] = []
    chosen = _columns(
        [name.strip() for name in rows[0]] if rows else [], factors, flow, str(file), faults
    )
    numbers = (
        []
        if faults
        else [
            _row(row, line, chosen, flow, str(file), faults)
            for line, row in enumerate(rows[1:], 2)
            if any(row)
        ]
    )
    if not numbers and not faults:
        faults.append(
            Fault(str(file), 2, 1, "", Message("expected a row for each point; found none"))
        )
    if faults:
        raise FlowError(faults)
    return tuple(chosen), Points(
        tuple(factor.name for factor in chosen), np.array(numbers, np.float64)
    )


def _columns(
    names: list[str], factors: Sequence[DesignFactor], flow: Flow, file: str, faults: list[Fault]
) -> list[DesignFactor]:
    known = {factor.name: factor for factor in factors}
    missing = [name for name in known if name not in names]
    if missing or not names:
        faults.append(
            Fault(
                file,
                1,
                1,
                "",
                Message(
                    "expected a column for each factor; missing: {names}",
                    names=", ".join(missing) or Message("all"),
                ),
            )
        )
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            faults.append(
                Fault(file, 1, number, "", Message("the column '{name}' stands twice", name=name))
            )
        elif name not in known and name not in flow.values:
            meant = did_you_mean(name, {*known, *flow.values})
            message = Message(
                "'{name}' is neither a factor of the study nor a number of the flow{meant}",
                name=name,
                meant=meant,
            )
            faults.append(Fault(file, 1, number, "", message))
    return [
        known.get(name) or _of_path(name, flow.values[name])
        for name in names
        if name in known or name in flow.values
    ]


def _of_path(path: str, value: Quantity) -> DesignFactor:
    return DesignFactor(
        path, value.label or Text(path), (path,), False, value.kind, (), math.nan, math.nan
    )


def _row(
    row: list[str],
    line: int,
    factors: Sequence[DesignFactor],
    flow: Flow,
    file: str,
    faults: list[Fault],
) -> list[float]:
    if len(row) != len(factors):
        faults.append(
            Fault(
                file,
                line,
                1,
                "",
                Message(
                    "expected {wanted} cells; found {found}", wanted=len(factors), found=len(row)
                ),
            )
        )
        return [math.nan] * len(factors)
    numbers = []
    for column, (cell, factor) in enumerate(zip(row, factors, strict=True), 1):
        try:
            numbers.append(_cell(cell.strip(), factor, flow))
        except QuantityFault as fault:
            faults.append(Fault(file, line, column, factor.name, message_of(fault)))
            numbers.append(math.nan)
    return numbers


def _cell(cell: str, factor: DesignFactor, flow: Flow) -> float:
    if not cell:
        return math.nan
    try:
        raw: float | str = float(cell)
    except ValueError:
        raw = cell
    if isinstance(raw, float) and not math.isfinite(raw):
        raise QuantityFault(Message("expected a number; found '{found}'", found=cell))
    level = read_scalar(raw, factor.kind)
    if factor.kind == "duration" and level.working != flow.values[factor.paths[0]].working:
        raise QuantityFault(
            Message("expected the kind of days of the flow; found {found}", found=level.written)
        )
    return level.number
