"""Many arrays as one argument of compiled code.

The compiler hands a tuple of arrays on by value: with a hundred arrays each call costs more than its work. A view is a
single pointer to a row of addresses; `view.name[k]` reads it where it is used. The arrays stay with their Python owner.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel.models import ArrayModel, OpaqueModel
from numba.core.datamodel.registry import register_default
from numba.core.typing.templates import AttributeTemplate
from numba.extending import infer_getattr, intrinsic, lower_builtin, lower_getattr_generic
from numba.np import arrayobj
from numpy.typing import NDArray

WIDTH = 3
NUMBERS = {
    "f8": types.float64, "i8": types.int64, "u8": types.uint64, "i4": types.int32, "i1": types.int8,
}  # fmt: skip


class ViewType(types.Type):
    """The compiler's type of a view: its fields in order, each with kind of number and dimensions."""

    def __init__(self, name: str, fields: tuple[tuple[str, str, int], ...]) -> None:
        self.fields = {field: (k, NUMBERS[kind], dimensions) for k, (field, kind, dimensions) in enumerate(fields)}
        super().__init__(name=f"View({name}, {fields})")


class FieldType(types.Array):
    """The compiler's type of a field: an array whose indices never count from its end."""


register_default(FieldType)(ArrayModel)


def _without_negative_indices(general: Callable[..., Any]) -> Callable[..., Any]:
    """Return how an item is read or written with all whole-numbered indices taken as unsigned: no test for below 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        index = signature.args[1]
        number, place = types.uintp, arguments[1]
        if isinstance(index, types.Integer):
            index, place = number, context.cast(builder, place, index, number)
        elif all(isinstance(one, types.Integer) for one in index):
            ones = [
                context.cast(builder, one, kind, number)
                for one, kind in zip(cgutils.unpack_tuple(builder, place), index, strict=True)
            ]
            index = types.UniTuple(number, len(ones))
            place = context.make_tuple(builder, index, ones)
        signature = signature.replace(args=(signature.args[0], index, *signature.args[2:]))
        return general(context, builder, signature, (arguments[0], place, *arguments[2:]))

    return generate


lower_builtin(operator.getitem, FieldType, types.Integer)(_without_negative_indices(arrayobj.getitem_arraynd_intp))
lower_builtin(operator.getitem, FieldType, types.BaseTuple)(_without_negative_indices(arrayobj.getitem_array_tuple))
for kind in (types.Integer, types.BaseTuple):
    lower_builtin(operator.setitem, FieldType, kind, types.Any)(_without_negative_indices(arrayobj.setitem_array))


@register_default(ViewType)
class ViewModel(OpaqueModel):
    """A view is a bare pointer."""


@infer_getattr
class ViewAttributes(AttributeTemplate):
    """The fields of a view are arrays in C order."""

    key = ViewType

    def generic_resolve(self, view: ViewType, name: str) -> Any:
        """Return the type of a field."""
        if name not in view.fields:
            return None
        _, number, dimensions = view.fields[name]
        return FieldType(number, dimensions, "C")


@lower_getattr_generic(ViewType)
def read_field(context: Any, builder: Any, view: ViewType, pointer: Any, name: str) -> Any:
    """Build the array of a field from its address and shape; it owns nothing."""
    k, number, dimensions = view.fields[name]
    kind = FieldType(number, dimensions, "C")
    word = ir.IntType(64)
    words = builder.bitcast(pointer, word.as_pointer())
    parts = [builder.load(builder.gep(words, [word(WIDTH * k + j)])) for j in range(1 + dimensions)]
    for part in parts:
        part.set_metadata("invariant.load", builder.module.add_metadata([]))
    array = context.make_array(kind)(context, builder)
    size = context.get_abi_sizeof(context.get_data_type(number))
    strides = [word(size)]
    if dimensions == 2:
        strides.insert(0, builder.mul(parts[2], word(size)))
    data = builder.inttoptr(parts[0], context.get_data_type(number).as_pointer())
    arrayobj.populate_array(array, data=data, shape=parts[1:], strides=strides, itemsize=word(size), meminfo=None)
    return array._getvalue()


def declare(name: str, fields: Mapping[str, str]) -> tuple[Callable[..., Any], Callable[[Any], NDArray[np.int64]]]:
    """Return how compiled code sees a row of addresses as a view, and how Python makes that row.

    Parameters
    ----------
    name : str
        What the view is called.
    fields : mapping of str to str
        For each array its kind of number, with `2` behind it for two dimensions: `f8`, `i4 2`.
    """
    shapes = tuple((field, kind.split()[0], 2 if kind.endswith(" 2") else 1) for field, kind in fields.items())
    view_type = ViewType(name, shapes)

    @intrinsic
    def view(typing_context: Any, row: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            return builder.bitcast(array.data, context.get_value_type(view_type))

        return view_type(row), generate

    def pack(owner: Any) -> NDArray[np.int64]:
        """Return the row of addresses of an object's arrays; it must outlive the row's use."""
        row = np.zeros(WIDTH * len(shapes), np.int64)
        for k, (field, kind, dimensions) in enumerate(shapes):
            array = getattr(owner, field)
            if array.dtype != np.dtype(kind) or array.ndim != dimensions or not array.flags.c_contiguous:
                raise TypeError(f"{name}.{field}: expected {kind} in {dimensions} dimensions; found {array.dtype}, {array.ndim}")
            row[WIDTH * k : WIDTH * k + 1 + dimensions] = (array.ctypes.data, *array.shape)
        return row

    return view, pack
