"""Records of typed columns: an array's numbers, shape and meaning are declared once.

A column is declared in the body of a record::

    class Standing(Columns, side_by_side=True):
        stage: Int32Column = column("Which stage the client is in.", over="clients")
        held: Int8Rows = Annotated[Rows[int], Kind("i1", 2)]
Int32Rows = column("Units held.", over="clients", width="resources")

From this follow the array's kind of number and its dimensions, the room that is made for it, how
compiled code sees it (`engines.compiled.structs`), and what the type checker knows of code that
reads it, compiled or not. In memory a column is an array of numpy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import (
    Annotated,
    Any,
    ClassVar,
    Protocol,
    Self,
    SupportsIndex,
    TypeVar,
    get_type_hints,
    overload,
)

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", int, float)
# Bytes that come from memory at a time.
CACHE_LINE = 64
# Who keeps a piece of memory alive uses at least one byte of so many.
MOST_KEPT_FOR_ONE = 4


class ArrayColumn(Protocol[N]):
    """An array of one dimension, as the type checker sees it."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, row: SupportsIndex, /) -> N: ...

    @overload
    def __getitem__(self, rows: slice, /) -> NDArray[Any]: ...

    @overload
    def __setitem__(self, row: SupportsIndex, number: N, /) -> None: ...

    @overload
    def __setitem__(self, rows: slice, numbers: NDArray[Any], /) -> None: ...


class Rows(Protocol[N]):
    """An array of two dimensions: one index gives a row, two give a number."""

    def __len__(self) -> int: ...

    @overload
    def __getitem__(self, place: tuple[SupportsIndex, SupportsIndex], /) -> N: ...

    @overload
    def __getitem__(self, row: SupportsIndex, /) -> ArrayColumn[N]: ...

    def __setitem__(self, place: tuple[SupportsIndex, SupportsIndex], number: N, /) -> None: ...


@dataclass(frozen=True)
class Kind:
    """What a column holds: its kind of number as numpy writes it, and its dimensions."""

    number: str
    dimensions: int


Bytes = NDArray[np.uint8]
Int8Column = Annotated[ArrayColumn[int], Kind("i1", 1)]
Int32Column = Annotated[ArrayColumn[int], Kind("i4", 1)]
IntColumn = Annotated[ArrayColumn[int], Kind("i8", 1)]
CodeColumn = Annotated[ArrayColumn[int], Kind("u8", 1)]
FloatColumn = Annotated[ArrayColumn[float], Kind("f8", 1)]
Int8Rows = Annotated[Rows[int], Kind("i1", 2)]
Int32Rows = Annotated[Rows[int], Kind("i4", 2)]
IntRows = Annotated[Rows[int], Kind("i8", 2)]
CodeRows = Annotated[Rows[int], Kind("u8", 2)]
FloatRows = Annotated[Rows[float], Kind("f8", 2)]


@dataclass(frozen=True)
class Declared:
    """What was declared of a column.

    Parameters
    ----------
    doc : str
        What its numbers mean.
    over : str
        What it has a row for each of; empty where that follows from another column.
    width : str or int
        For two dimensions: what there is a number for in each row, or how many there are.
    kind : Kind
        Of the numbers.
    table : int
        Which of the record's tables it is a part of; -1 for an array of its own.
    """

    doc: str
    over: str = ""
    width: str | int = ""
    kind: Kind = Kind("i8", 1)
    table: int = -1

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Return the shape of the array, given how many there are of everything."""
        rows = sizes[self.over]
        if self.kind.dimensions == 1:
            return (rows,)
        return rows, self.width if isinstance(self.width, int) else sizes[self.width]


def column(doc: str, *, over: str = "", width: str | int = "") -> Any:
    """Declare a column of a record; see `Declared`.

    Parameters
    ----------
    doc : str
        What its numbers mean.
    over : str
        What it has a row for each of; empty where that follows from another column.
    width : str or int
        For two dimensions: what there is a number for in each row, or how many there are.
    """
    return Declared(doc, over, width)


class Columns:
    """A record whose fields are columns.

    The columns of a class that says ``side_by_side=True`` are a table: the numbers of one row lie
    side by side in memory.
    """

    declared: ClassVar[dict[str, Declared]] = {}
    tables: ClassVar[tuple[tuple[str, ...], ...]] = ()

    def __init_subclass__(cls, side_by_side: bool = False) -> None:
        tables: list[tuple[str, ...]] = []
        declared: dict[str, Declared] = {}
        for base in cls.__bases__:
            if issubclass(base, Columns):
                shift = len(tables)
                tables += base.tables
                for name, one in base.declared.items():
                    table = one.table + shift if one.table >= 0 else -1
                    declared[name] = Declared(one.doc, one.over, one.width, one.kind, table)
        hints = get_type_hints(cls, include_extras=True)
        own = [name for name, one in vars(cls).items() if isinstance(one, Declared)]
        for name in own:
            one = getattr(cls, name)
            table = len(tables) if side_by_side else -1
            kind: Kind = hints[name].__metadata__[0]
            declared[name] = Declared(one.doc, one.over, one.width, kind, table)
        if side_by_side:
            tables.append(tuple(own))
        cls.declared = declared
        cls.tables = tuple(tables)

    def __init__(self, columns: Mapping[str, Any], sizes: Mapping[str, int]) -> None:
        """Take arrays, or lists that become arrays of the declared kinds.

        Parameters
        ----------
        columns : mapping of str to array_like
            One for each column.
        sizes : mapping of str to int
            How many there are of everything that a column goes over.

        Raises
        ------
        ValueError
            A column too many or too few, or of another shape than declared.
        """
        if columns.keys() != self.declared.keys():
            odd = sorted(columns.keys() ^ self.declared.keys())
            raise ValueError(f"{type(self).__name__}: missing or unknown: {', '.join(odd)}")
        for name, one in self.declared.items():
            array = np.asarray(columns[name], one.kind.number)
            if one.over:
                shape = one.shape(sizes)
                if array.size == 0:
                    array = array.reshape(shape)
                if array.shape != shape:
                    raise ValueError(f"{name}: expected the shape {shape}; found {array.shape}")
            setattr(self, name, array if one.table >= 0 else np.ascontiguousarray(array))

    @classmethod
    def room(cls, sizes: Mapping[str, int], within: Bytes | None = None) -> Self:
        """Return a record with room for these sizes; what is in it is arbitrary.

        Parameters
        ----------
        sizes : mapping of str to int
            How many there are of everything that a column goes over.
        within : ndarray of uint8, optional
            Memory that the columns are put in one after the other, where they all fit and do not
            leave most of it empty.
        """
        shapes: dict[str, tuple[tuple[int, ...], np.dtype[Any]]] = {}
        for table in cls.tables:
            widths = {name: cls.declared[name].shape(sizes)[1:] for name in table}
            rows = (sizes[cls.declared[table[0]].over],)
            shapes[table[0]] = rows, cls.row_of(table, widths)
        for name, one in cls.declared.items():
            if one.table < 0:
                shapes[name] = one.shape(sizes), np.dtype(one.kind.number)
        made = (
            {name: np.empty(*one) for name, one in shapes.items()}
            if within is None
            else (_put_within(within, shapes))
        )
        columns = {name: made[name] for name, one in cls.declared.items() if one.table < 0}
        for table in cls.tables:
            columns.update({name: made[table[0]][name] for name in table})
        return cls(columns, sizes)

    @classmethod
    def row_of(cls, names: tuple[str, ...], widths: Mapping[str, tuple[int, ...]]) -> np.dtype[Any]:
        """Return how columns lie in a row of their table.

        Those of a single number come first, at places that no width moves.
        """
        kinds = {name: cls.declared[name].kind for name in names}
        single = [(name, kind.number) for name, kind in kinds.items() if kind.dimensions == 1]
        several = [
            (name, kind.number, widths[name])
            for name, kind in kinds.items()
            if kind.dimensions == 2 and name in widths
        ]
        return np.dtype([*single, *several], align=True)


def _put_within(
    memory: Bytes, shapes: Mapping[str, tuple[tuple[int, ...], np.dtype[Any]]]
) -> dict[str, NDArray[Any]]:
    """Return arrays one after the other in a piece of memory, or elsewhere where they do not fit.

    Whoever has one of them keeps the memory, all of it: so a few bytes are put elsewhere as well.
    """
    at = 0
    found: dict[str, NDArray[Any]] = {}
    for name, (shape, number) in shapes.items():
        many = math.prod(shape) * number.itemsize
        if at + many > len(memory):
            break
        found[name] = memory[at : at + many].view(number).reshape(shape)
        at += many + -many % CACHE_LINE
    if len(found) < len(shapes) or MOST_KEPT_FOR_ONE * at < len(memory):
        return {name: np.empty(*one) for name, one in shapes.items()}
    return found
