"""Many arrays as one argument of compiled code.

The compiler hands a tuple of arrays on by value and counts references to each: with a hundred
arrays a call costs more than its work. A view is a single pointer to a row of words; `view.name[k]`
reads from it where an array lies, and then the array. The arrays stay with their Python owner.
Arrays of a view never overlap, and the compiler is told so; those of a view that is only read do
not change while compiled code runs, and it is told that too. Indices never count from the end.

Arrays may be columns of a table, the numbers of a row side by side: who reads one number of a row
has the others near. The compiler knows where in a row they lie, so that a row's address is worked
out once for all of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import OpaqueModel, StructModel
from numba.core.datamodel.registry import register_default
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_global, signature
from numba.extending import infer_getattr, intrinsic, lower_builtin, lower_getattr_generic
from numpy.typing import NDArray

from pilotsim.base.arrays import Ints
from pilotsim.simulation.columns import ArrayColumn, Columns, Rows

R = TypeVar("R", bound=Columns)
AnyColumn = ArrayColumn[int] | ArrayColumn[float] | Rows[int] | Rows[float]

NUMBERS = {
    "f8": types.float64,
    "i8": types.int64,
    "u8": types.uint64,
    "i4": types.int32,
    "i1": types.int8,
}
# The words of an array: address, rows, and for two dimensions the numbers in a row.
ADDRESS, ROWS, WIDTH, WORDS = range(4)
WORD = ir.IntType(64)


class ViewType(types.Type):
    """The compiler's type of a view of a record of columns.

    The words of a view begin with two for each table: the address of its first row, and the bytes
    from one row to the next.
    """

    def __init__(self, record: type[Columns], is_read_only: bool) -> None:
        columns = record.declared
        name = record.__name__
        shapes = tuple((field, one.kind) for field, one in columns.items())
        super().__init__(name=f"View({name}, {shapes}, {record.tables}, {is_read_only})")
        self.tables = record.tables
        self.places = {field: 2 * len(self.tables) + WORDS * k for k, field in enumerate(columns)}
        self.table_of = {field: one.table for field, one in columns.items() if one.table >= 0}
        self.fields = {
            field: Field(
                f"{name}.{field}", NUMBERS[one.kind.number], one.kind.dimensions, is_read_only
            )
            for field, one in columns.items()
        }
        self.offsets: dict[str, int] = {}
        # Of a table whose columns are all single numbers, the length of a row is known as well.
        self.strides: list[int | None] = []
        for table in self.tables:
            row = record.row_of(table, {})
            self.offsets |= {field: place[1] for field, place in (row.fields or {}).items()}
            is_whole = len(row.fields or {}) == len(table)
            self.strides.append(row.itemsize if is_whole else None)


class Field(types.Type):
    """The compiler's type of an array of a view, or of one of its rows."""

    def __init__(self, name: str, number: Any, dimensions: int, is_read_only: bool) -> None:
        super().__init__(name=f"Field({name}, {number}, {dimensions}, {is_read_only})")
        self.of = name
        self.number = number
        self.dimensions = dimensions
        self.is_read_only = is_read_only

    @property
    def row(self) -> Field:
        """The type of one row."""
        return Field(self.of, self.number, 1, self.is_read_only)


@register_default(ViewType)
class ViewModel(OpaqueModel):
    """A view is a bare pointer."""


@register_default(Field)
class FieldModel(StructModel):
    """A field is where it lies and how large it is."""

    def __init__(self, manager: Any, kind: Field) -> None:
        words = ("address", "rows", "width", "stride")
        super().__init__(manager, kind, [(word, types.intp) for word in words])


@infer_getattr
class ViewAttributes(AttributeTemplate):
    """The fields of a view."""

    key = ViewType

    def generic_resolve(self, view: ViewType, name: str) -> Any:
        """Return the type of a field."""
        return view.fields.get(name)


@lower_getattr_generic(ViewType)
def read_field(context: Any, builder: Any, view: ViewType, pointer: Any, name: str) -> Any:
    """Read where a field lies; neither address nor size changes while compiled code runs."""
    kind = view.fields[name]
    first = view.places[name]
    words = builder.bitcast(pointer, WORD.as_pointer())

    def read(place: int) -> Any:
        found = builder.load(builder.gep(words, [WORD(place)]))
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
        return found

    field = cgutils.create_struct_proxy(kind)(context, builder)
    field.rows = read(first + ROWS)
    field.width = read(first + WIDTH)
    size = WORD(kind.number.bitwidth // 8)
    table = view.table_of.get(name)
    if table is None:
        field.address = read(first + ADDRESS)
        field.stride = size if kind.dimensions == 1 else builder.mul(field.width, size)
        return field._getvalue()
    known = name in view.offsets
    stride = view.strides[table]
    field.address = (
        builder.add(read(2 * table), WORD(view.offsets[name])) if known else read(first + ADDRESS)
    )
    field.stride = read(2 * table + 1) if stride is None else WORD(stride)
    return field._getvalue()


@infer_global(operator.getitem)
class GetItem(AbstractTemplate):
    """A whole number gives a number, or a row of two dimensions; two give a number."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        """Return the signature for a field and its index."""
        field, index = arguments
        if not isinstance(field, Field):
            return None
        if isinstance(index, types.Integer):
            return signature(
                field.number if field.dimensions == 1 else field.row, field, types.intp
            )
        return signature(field.number, field, types.UniTuple(types.intp, 2))


@infer_global(operator.setitem)
class SetItem(AbstractTemplate):
    """Numbers are set one at a time."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        """Return the signature for a field, its index and a number."""
        field, index, _ = arguments
        if not isinstance(field, Field) or field.is_read_only:
            return None
        place = types.intp if isinstance(index, types.Integer) else types.UniTuple(types.intp, 2)
        return signature(types.none, field, place, field.number)


@infer_global(len)
class Len(AbstractTemplate):
    """The rows of a field; of a row, its numbers."""

    def generic(self, arguments: Any, keywords: Any) -> Any:
        """Return the signature for a field."""
        return signature(types.intp, *arguments) if isinstance(arguments[0], Field) else None


@lower_builtin(len, Field)
def count_rows(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
    """Return the rows of a field."""
    return cgutils.create_struct_proxy(signed.args[0])(context, builder, arguments[0]).rows


@lower_builtin(operator.getitem, Field, types.Integer)
@lower_builtin(operator.getitem, Field, types.BaseTuple)
def read_number(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
    """Read a number, or find a row."""
    kind, index = signed.args
    field = cgutils.create_struct_proxy(kind)(context, builder, arguments[0])
    if kind.dimensions == 2 and isinstance(index, types.Integer):
        row = cgutils.create_struct_proxy(kind.row)(context, builder)
        row.address = builder.add(field.address, builder.mul(arguments[1], field.stride))
        row.stride = WORD(kind.number.bitwidth // 8)
        row.rows = field.width
        row.width = WORD(1)
        return row._getvalue()
    found = builder.load(_pointer(context, builder, kind, field, index, arguments[1]))
    found.set_metadata("tbaa", _alias_tag(builder.module, kind))
    if kind.is_read_only:
        found.set_metadata("invariant.load", builder.module.add_metadata([]))
    return found


@lower_builtin(operator.setitem, Field, types.Integer, types.Any)
@lower_builtin(operator.setitem, Field, types.BaseTuple, types.Any)
def write_number(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
    """Write a number."""
    kind, index = signed.args[:2]
    field = cgutils.create_struct_proxy(kind)(context, builder, arguments[0])
    pointer = _pointer(context, builder, kind, field, index, arguments[1])
    builder.store(arguments[2], pointer).set_metadata("tbaa", _alias_tag(builder.module, kind))
    return context.get_dummy_value()


def _pointer(context: Any, builder: Any, kind: Field, field: Any, index: Any, place: Any) -> Any:
    """Return the pointer to a number: rows by their stride, numbers in a row side by side."""
    number = context.get_data_type(kind.number)
    places = [place] if isinstance(index, types.Integer) else cgutils.unpack_tuple(builder, place)
    row = builder.add(field.address, builder.mul(places[0], field.stride))
    return builder.gep(builder.inttoptr(row, number.as_pointer()), places[1:] or [WORD(0)])


def _fetch(typing_context: Any, field: Any, place: Any, byte: Any) -> Any:
    """Have the processor fetch what lies at a byte of a row, while it goes on."""

    def generate(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
        found = cgutils.create_struct_proxy(signed.args[0])(context, builder, arguments[0])
        row = builder.add(found.address, builder.mul(arguments[1], found.stride))
        pointer = builder.inttoptr(builder.add(row, arguments[2]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        bring = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        builder.call(bring, [pointer, number(1), number(3), number(1)])
        return context.get_dummy_value()

    return signature(types.none, field, types.intp, types.intp), generate


def _bytes_in_row(typing_context: Any, field: Any) -> Any:
    """Return the bytes from one row to the next."""

    def generate(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
        return cgutils.create_struct_proxy(signed.args[0])(context, builder, arguments[0]).stride

    return signature(types.intp, field), generate


fetch: Callable[[AnyColumn, int, int], None] = intrinsic(_fetch)
bytes_in_row: Callable[[AnyColumn], int] = intrinsic(_bytes_in_row)


def _alias_tag(module: Any, kind: Field) -> Any:
    """Return what tells the compiler that writing to one field changes no other."""
    root = module.add_metadata([ir.MetaDataString(module, "fields of views")])
    field = module.add_metadata([ir.MetaDataString(module, kind.of), root, WORD(0)])
    return module.add_metadata([field, field, WORD(0)])


def _check_table(owner: Columns, view_type: ViewType, table: int, whole: NDArray[Any]) -> None:
    """Check that the columns of a table lie where compiled code looks for them."""
    for field in view_type.tables[table]:
        column: NDArray[Any] = getattr(owner, field)
        offset = view_type.offsets.get(field)
        moved = offset is not None and column.ctypes.data != whole.ctypes.data + offset
        if (
            moved
            or column.strides[0] != whole.strides[0]
            or view_type.strides[table] not in (None, column.strides[0])
        ):
            raise TypeError(f"{view_type.name}: expected '{field}' to be a column of its table")


def view_of(
    record: type[R], *, is_read_only: bool = False
) -> tuple[Callable[[Ints], R], Callable[[R], Ints]]:
    """Return how compiled code sees a row of words as a record, and how Python makes it.

    Parameters
    ----------
    record : type of Columns
        What is seen.
    is_read_only : bool
        Whether compiled code only reads its columns.
    """
    view_type = ViewType(record, is_read_only)
    expected = {
        field: (np.dtype(one.kind.number), one.kind.dimensions, one.table < 0, at)
        for (field, one), at in zip(record.declared.items(), view_type.places.values(), strict=True)
    }

    def view(typing_context: Any, row: Any) -> Any:
        def generate(context: Any, builder: Any, signed: Any, arguments: Any) -> Any:
            array = context.make_array(signed.args[0])(context, builder, arguments[0])
            return builder.bitcast(array.data, context.get_value_type(view_type))

        return view_type(row), generate

    def pack(owner: R) -> Ints:
        """Return the row of words of a record's arrays; the record must outlive the row's use."""
        row = [0] * (2 * len(record.tables) + WORDS * len(record.declared))
        for field, (number, dimensions, is_alone, at) in expected.items():
            array: NDArray[Any] = getattr(owner, field)
            if array.dtype != number or array.ndim != dimensions:
                raise TypeError(
                    f"{record.__name__}.{field}: expected {record.declared[field].kind}; "
                    f"found {array.dtype}, {array.ndim}"
                )
            if is_alone and not array.flags.c_contiguous:
                raise TypeError(f"{record.__name__}.{field}: expected an array in one piece")
            width = array.shape[1] if dimensions == 2 else 1
            row[at : at + WORDS] = array.ctypes.data, array.shape[0], width
        for k, table in enumerate(view_type.tables):
            whole = getattr(owner, table[0]).base
            row[2 * k : 2 * k + 2] = whole.ctypes.data, whole.strides[0]
            _check_table(owner, view_type, k, whole)
        return np.array(row, np.int64)

    return intrinsic(view), pack
