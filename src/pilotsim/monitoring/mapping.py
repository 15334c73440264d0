"""The mapping of a table of counts: what its columns count, where their headings do not say so."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.evaluation.register.spellings import DateOrder
from pilotsim.files.faults import build_record
from pilotsim.files.yaml import YamlDocument, check_kind, parse, read_file
from pilotsim.measures.monthly_counts import MonthlyCount
from pilotsim.model.fields import Groups, Names, Record, Stages, State, check_one_of, one_of
from pilotsim.model.flow import Scenario
from pilotsim.monitoring.departures import FearedDeparture

__all__ = ["CountColumn", "CountsMapping", "read_counts_mapping"]

_KINDS = ("reached", "started", "finished", "in_stages", "served", "waiting", "state")
Heading = Annotated[str, Field(pattern=r"\S")]


class CountColumn(Record):
    """What a column counts: one of these, and of whom."""

    model_config = one_of("in" if kind == "in_stages" else kind for kind in _KINDS)

    reached: Stages | None = Field(
        None, description="How many came to a stage in the month, or to one of several."
    )
    started: Stages | None = Field(None, description="How many started in it in the month.")
    finished: Stages | None = Field(None, description="How many went on from it in the month.")
    in_stages: Stages | None = Field(
        None, alias="in", description="How many were in it at the month's end, waiting or not."
    )
    served: Stages | None = Field(
        None, description="How many were in it at the month's end and had started."
    )
    waiting: Stages | None = Field(None, description="How many waited for it at the month's end.")
    state: State | None = Field(
        None, description="How many were in a state at the month's end, as a register counts."
    )
    from_stages: Stages = Field(
        (), alias="from", description="With `reached`: only those who came straight from these."
    )
    groups: Groups = Field((), description="Only clients of these groups; all, unless said.")

    @model_validator(mode="after")
    def _is_one(self) -> CountColumn:
        check_one_of(self, _KINDS, Message("a column"))
        if self.from_stages and self.reached is None:
            raise QuantityFault(Message("'from' goes with 'reached'"))
        return self

    def count(self) -> MonthlyCount:
        """Return what it counts."""
        kind = next(name for name in _KINDS if getattr(self, name) is not None)
        named = getattr(self, kind)
        return MonthlyCount(
            "in" if kind == "in_stages" else kind,  # type: ignore[arg-type]
            (named,) if kind == "state" else tuple(named),
            tuple(self.from_stages),
            tuple(self.groups),
        )


class CountsMapping(Record):
    """How a table of monthly counts is read."""

    counts: str = Field(description="Its name.", pattern=r"^[A-Za-z0-9_-]+$")
    month: Heading | None = Field(
        None, description="The heading of the months; found by its cells unless said."
    )
    corrected: Heading | None = Field(
        None, description="The heading of the column that marks a row as a correction."
    )
    columns: dict[Heading, CountColumn] = Field(
        description="By heading: what the column counts.",
        min_length=1,
    )
    watch_for: dict[Heading, Scenario] = Field(
        default_factory=dict,
        description="Departures from the plan that somebody fears: changes to the flow, by name.",
    )
    dropped: Names = Field((), description="Headings of columns that are left out.")
    empty: Names = Field((), description="Words for what is not counted yet, such as -.")
    sheet: str | None = Field(None, description="The sheet of a workbook.")
    skip_rows: int = Field(0, ge=0, description="So many rows stand above the headings.")
    encoding: Literal["utf-8", "utf-16", "cp1252", "cp850", "mac_roman"] | None = Field(
        None, description="How letters are coded; found from the file where it leaves no doubt."
    )
    separator: Literal[";", ",", "\t", "|"] | None = Field(
        None, description="What stands between two cells; found from the header unless said."
    )
    dates: DateOrder | None = Field(
        None, description="How 03/04/2015 is meant, or what 42064 counts from."
    )
    _document: YamlDocument | None = PrivateAttr(None)

    def departures(self) -> tuple[FearedDeparture, ...]:
        """Return the departures that are watched for, which know where they stand."""
        return tuple(
            FearedDeparture(name, one.says, one.changes, self._document)
            for name, one in self.watch_for.items()
        )


def read_counts_mapping(file: str | Path) -> CountsMapping:
    """Return the mapping of a table of counts.

    Raises
    ------
    FlowError
        With every fault of the file.
    """
    document = parse(read_file(file, "counts"), str(file), "counts")
    check_kind(document, "counts")
    mapping = build_record(document, CountsMapping)
    mapping._document = document
    return mapping
