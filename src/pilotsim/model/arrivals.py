"""Arrivals that were counted: how many came in each period, or when each one came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import Field, model_validator

from pilotsim.base.messages import Message
from pilotsim.base.quantity import QuantityFault
from pilotsim.model.fields import Record, Words
from pilotsim.model.naming import SourceName

__all__ = ["PERIODS", "TIME", "ArrivalCounts", "ArrivalsFrom", "CountedArrivals"]

# What the first column of a file may be: the periods in which clients were counted, or times.
PERIODS = ("day", "week", "month")
TIME = "time"
CLIENTS = "clients"


class ArrivalsFrom(Record):
    """Clients who come as a file says."""

    file: str = Field(description="The file of counts, as seen from the folder of the flow file.")
    column: str = Field(CLIENTS, description="The column that holds how many came.")
    source: SourceName | None = Field(None, description="The name of a source and a place in it.")
    assumption: Words | None = Field(None, description="Or why as many are assumed to come.")

    @model_validator(mode="after")
    def _rests_on_something(self) -> ArrivalsFrom:
        if self.source is None and self.assumption is None:
            raise QuantityFault(
                Message(
                    "says neither where the counts come from (source) nor why they are assumed "
                    "(assumption)"
                )
            )
        return self


@dataclass(frozen=True)
class ArrivalCounts:
    """How many come in a period, or at a moment.

    Parameters
    ----------
    begins, ends : datetime
        The period, without its end; both the same for a moment.
    clients : int
        How many.
    """

    begins: datetime
    ends: datetime
    clients: int


@dataclass(frozen=True)
class CountedArrivals:
    """The arrivals of a group as a file has them.

    Parameters
    ----------
    file : str
        Where they were read.
    digest : str
        What tells the content of the file from any other.
    by : str
        One of `PERIODS`, or `TIME`.
    counts : tuple of ArrivalCounts
        In the order of time, from the flow's start on.
    """

    file: str
    digest: str
    by: str
    counts: tuple[ArrivalCounts, ...]
