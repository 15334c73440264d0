"""What a flow file says of code of one's own: which module registers a name, in which version."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PrivateAttr, WithJsonSchema

from pilotsim.base.errors import RequestError
from pilotsim.base.plain_functions import DIGITS
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.fields import Record, record_schema
from pilotsim.model.own_code import Registered, another_version, find_code, provide_code


class NamedCode(Record):
    """A function, family or order of one's own that a file names."""

    module: str = Field(description="The module that registers it.")
    version: str | None = Field(
        None,
        description="The version that the file was written for; whichever is there, unless said.",
        pattern=f"^[0-9a-f]{{{DIGITS}}}$",
    )

    _name: str = PrivateAttr(default="")
    _file: str = PrivateAttr(default="")
    _found: str = PrivateAttr(default="")

    def find(self, name: str) -> None:
        """Find it, while a file is read.

        Raises
        ------
        RequestError
            It is not there, or in another version than the file was written for.
        """
        found = find_code(name, self.module)
        version = found.version
        if self.version not in (None, version):
            raise RequestError(another_version(name, self.module, str(self.version), version))
        self._name = name
        self._file = found.file
        self._found = version

    @property
    def read_version(self) -> str:
        """Its version when the file was read."""
        return self._found

    def provide(self) -> Registered:
        """Return it, in whatever process the flow is by now.

        Raises
        ------
        RequestError
            It is not there, or in another version than when the file was read.
        """
        return provide_code(self._name, self.module, self._file, self._found)


def _read_one(raw: Any) -> Any:
    return {"module": raw} if isinstance(raw, str) else raw


def _find_all(named: dict[str, NamedCode]) -> dict[str, NamedCode]:
    """Find what each name stands for: what else the file says may need it."""
    for name, one in named.items():
        try:
            one.find(name)
        except RequestError as fault:
            raise QuantityFault(fault.message, name) from fault
    return named


_SCHEMA = record_schema({"anyOf": [{"type": "string"}]}, NamedCode)
CodeOfOnesOwn = Annotated[
    dict[str, Annotated[NamedCode, BeforeValidator(_read_one), WithJsonSchema(_SCHEMA)]],
    AfterValidator(_find_all),
]
