"""What classes of a lower package offer although it is worked out in a higher one.

A flow can be changed and a result shown in a notebook, by methods of theirs; the words for either
stand above them. The package itself says where, when it is imported; nothing is imported before it
is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Shown", "from_above", "provide"]

LONGEST = 60  # letters of a value that stands in a line

_PROVIDED: dict[str, Callable[..., Any]] = {}


def provide(**functions: Callable[..., Any]) -> None:
    """Say which function does what is asked for under a name."""
    _PROVIDED.update(functions)


def from_above(name: str) -> Callable[..., Any]:
    """Return the function that does what is asked for under a name."""
    return _PROVIDED[name]


class Shown:
    """A result that shows itself in a notebook, and gives its tables as data frames."""

    __slots__ = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A data class writes out all that it holds, pages of arrays, unless it has words already.
        if cls.__repr__ is object.__repr__:
            cls.__repr__ = _in_short  # type: ignore[method-assign]

    def _repr_html_(self) -> str:
        html: str = from_above("show_as_html")(self)
        return html

    def to_frame(self) -> pd.DataFrame:
        """Return its first table: a column a name, the same in every language.

        `attrs` say what each column is called for people (`words`), and in which unit its numbers
        stand (`units`); `pilotsim.tables` gives all tables.
        """
        frame: pd.DataFrame = from_above("frame_of")(self)
        return frame


def _in_short(result: Any) -> str:
    """Return a result in a line: what of it is a number or words."""
    parts = (
        f"{field.name}={value!r}"
        for field in fields(result)
        if isinstance(value := getattr(result, field.name, None), bool | int | float | str)
        and len(repr(value)) <= LONGEST
    )
    return f"{type(result).__name__}({', '.join(parts)})"
