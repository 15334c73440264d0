"""The mapping: what a person says of a data owner's file before it is read as a register.

What the file's columns are called, what its words mean, and what a program must not decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.register.extract import ASSIGNED, BLOCK, OPTIONAL, REQUIRED
from pilotsim.evaluation.register.panel import BESIDE_STATUS, KNOWN, STATES, UNKNOWN_STATE
from pilotsim.evaluation.register.spellings import DateOrder, long_name
from pilotsim.evaluation.register.values import FLAGS
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import check_kind, parse, read_file
from pilotsim.model.fields import Names, Record

__all__ = ["DECIDE", "FLAG_COLUMNS", "OF_THE_MONTH", "RegisterMapping", "read_mapping"]

OWN_COLUMNS = (*REQUIRED, *OPTIONAL, ASSIGNED, BLOCK)
# Columns of which each row has its own value; all others are the client's.
OF_THE_MONTH = ("month", "status", *BESIDE_STATUS, KNOWN, "district")
# What stands in a draft where a person must decide.
DECIDE = "decide"
FLAG_COLUMNS = ("in_work", "on_assistance", ASSIGNED)
_FLAGS = {word: f"{flag:.0f}" for word, flag in FLAGS.items()}


def words_of_flags(column: str) -> tuple[str, ...]:
    """Return the words that a column of 1 and 0 may hold; of an outcome it may be unknown."""
    return (*FLAGS, STATES[UNKNOWN_STATE]) if column in BESIDE_STATUS else tuple(FLAGS)


def _read_meanings(raw: Any) -> Any:
    """Return meanings as words: 1, true and yes as a file has them are words in a table."""
    if not isinstance(raw, Mapping):
        return raw
    return {
        column: {str(word): _as_word(meant) for word, meant in words.items()}
        if isinstance(words, Mapping)
        else words
        for column, words in raw.items()
    }


def _as_word(meant: Any) -> Any:
    if meant is None:
        return ""
    if isinstance(meant, bool):
        return "1" if meant else "0"
    return str(meant) if isinstance(meant, int | float) else meant


Meanings = Annotated[
    dict[str, dict[str, str]],
    BeforeValidator(_read_meanings),
    WithJsonSchema(
        {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
            },
        }
    ),
]
OutcomeColumn = Literal["in_work", "on_assistance", "amount"]
ColumnName = Annotated[str, Field(pattern=r"\S")]


class RegisterMapping(Record):
    """How a data owner's file becomes a register."""

    mapping: str = Field(description="Its name.", pattern=r"^[A-Za-z0-9_-]+$")
    encoding: Literal["utf-8", "utf-16", "cp1252", "cp850", "mac_roman"] | None = Field(
        None, description="How letters are coded; found from the file where it leaves no doubt."
    )
    separator: Literal[";", ",", "\t", "|"] | None = Field(
        None, description="What stands between two cells; found from the header unless said."
    )
    skip_rows: int = Field(0, ge=0, description="So many rows stand above the header.")
    decimal: Literal[",", "."] | None = Field(
        None, description="The decimal sign, where numbers such as 8.211 leave it open."
    )
    dates: DateOrder | None = Field(
        None, description="How 03/04/2015 is meant, or what 42064 counts from."
    )
    columns: dict[str, ColumnName] = Field(
        description="What each column of the register, and each trait, is called in the file."
    )
    wide: dict[str, ColumnName] = Field(
        default_factory=dict,
        description="Where a row holds all months of a client: by column of the register, how the "
        "names of its columns in the file begin; what follows is the month.",
    )
    dropped: Names = Field((), description="Columns of the file that are left out, and not read.")
    empty: Names = Field((), description="Words of the file for what is not known, such as -.")
    values: Meanings = Field(
        default_factory=dict, description="By column: what each word of the file means."
    )
    arms: Names = Field(
        (), description="Where the plan has several arms: their names, which assigned then holds."
    )
    same_for_client: Names = Field(
        (), description="Columns of which one row of a client holds what is true of all its rows."
    )
    first_month: Names = Field(
        (), description="Traits that change; what held in the client's first month counts."
    )
    known: tuple[OutcomeColumn, ...] = Field(
        (),
        description="Outcomes with a source of their own: what stands there holds in months of "
        "unknown status too, where it else counts as missing.",
    )
    repeats: Literal["sum", "drop"] | None = Field(
        None,
        description="Several rows of a client and month that are alike but for the amount: each a "
        "payment, to be added up; or one row written several times, to be left out.",
    )
    gaps: Literal["unknown", "no_payment", "refuse"] = Field(
        "refuse",
        description="Months without a row: of unknown status; without assistance, in a file that "
        "has rows for payments only, also from a client's last row on; or refused.",
    )

    @field_validator("encoding", "separator", "decimal", "dates", "repeats", "gaps", mode="before")
    @classmethod
    def _is_decided(cls, raw: Any) -> Any:
        """Refuse a draft's word by what it means: it is no choice among others."""
        if raw == DECIDE:
            raise _fault(Message("a person must decide"))
        return raw

    @model_validator(mode="after")
    def _fits(self) -> RegisterMapping:
        self._check_wide()
        said = {*self.columns, *self.wide, *(["month"] if self.wide else [])}
        for name in REQUIRED:
            if name not in said:
                raise _fault(Message("the column '{name}' is missing", name=name), "columns")
        taken: dict[str, str] = {}
        for name, source in self.columns.items():
            if DECIDE in (name, source):
                raise _fault(Message("a person must decide"), "columns", name)
            near = get_close_matches(name, OWN_COLUMNS, n=1, cutoff=0.8)
            if name not in OWN_COLUMNS and near:
                meant = Message("; did you mean '{name}'?", name=near[0])
                raise _fault(
                    Message("no column '{name}'{meant}", name=name, meant=meant), "columns", name
                )
            if source in taken or source in self.dropped:
                raise _fault(
                    Message("the column '{name}' is taken twice", name=source), "columns", name
                )
            taken[source] = name
        for key in ("values", "same_for_client", "first_month", "known"):
            for name in getattr(self, key):
                if name == DECIDE:
                    raise _fault(Message("a person must decide"), key)
                if name not in said:
                    hint = did_you_mean(name, said)
                    raise _fault(Message("no column '{name}'{meant}", name=name, meant=hint), key)
        self._check_first_month()
        for name, words in self.values.items():
            self._check_meanings(name, words)
        return self

    def _check_wide(self) -> None:
        if self.wide and "month" in self.columns:
            raise _fault(
                Message("the months stand in the names of the columns"), "columns", "month"
            )
        for name in self.wide:
            if name in self.columns or name not in OF_THE_MONTH:
                raise _fault(
                    Message(
                        "only columns of the month can be wide, and none that 'columns' names; "
                        "found '{name}'",
                        name=name,
                    ),
                    "wide",
                    name,
                )

    def _check_first_month(self) -> None:
        """Refuse columns of the register: before the lot nobody was drawn, or offered anything."""
        for name in self.first_month:
            if name in OWN_COLUMNS:
                raise _fault(
                    Message("only traits of the file's own can be those of the first month"),
                    "first_month",
                    name,
                )

    def _check_meanings(self, name: str, words: Mapping[str, str]) -> None:
        known: tuple[str, ...] = STATES if name == "status" else ()
        if name in FLAG_COLUMNS:
            known = tuple(self.arms) if name == ASSIGNED and self.arms else words_of_flags(name)
        seen: set[str] = set()
        for word, meant in words.items():
            if meant == DECIDE:
                raise _fault(Message("a person must decide"), "values", name, word)
            if known and meant and meant not in known:
                hint = did_you_mean(meant, known)
                other = Message(
                    "expected another word than '{found}'{meant}", found=meant, meant=hint
                )
                raise _fault(other, "values", name, word)
            if word.strip().casefold() in seen:
                twice = Message("the word stands twice; capitals make no difference")
                raise _fault(twice, "values", name, word)
            seen.add(word.strip().casefold())

    def holds_flags(self, column: str) -> bool:
        """Tell whether a column of the register holds 1 and 0 alone."""
        return column in FLAG_COLUMNS and not (column == ASSIGNED and self.arms)

    def sources(self) -> dict[str, str]:
        """Return which column of the long table each column of the register is."""
        wide = ("month", *self.wide) if self.wide else ()
        return {**self.columns, **{name: long_name(name) for name in wide}}

    def meanings(self, column: str) -> dict[str, str]:
        """Return what each word of a column means, by the word in small letters."""
        flags = _FLAGS if self.holds_flags(column) else {}
        return {
            word.strip().casefold(): flags.get(meant, meant)
            for word, meant in self.values.get(column, {}).items()
        }


def _fault(message: Message, *keys: str) -> QuantityFault:
    return QuantityFault(message, *keys)


def read_mapping(file: str | Path) -> RegisterMapping:
    """Return a mapping.

    Raises
    ------
    FlowError
        With every fault of the file.
    """
    document = parse(read_file(file, "mapping"), str(file), "mapping")
    check_kind(document, "mapping")
    return build_record(document, RegisterMapping)
