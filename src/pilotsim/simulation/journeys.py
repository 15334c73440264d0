"""Journeys: what an engine returns, one row for each visit of a client to a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pilotsim.base.arrays import AnyInts, Bools, Floats, Int32s, Ints, seal
from pilotsim.base.errors import RequestError
from pilotsim.base.messages import Message
from pilotsim.simulation.compile import ORIGINS
from pilotsim.simulation.population import Cohort
from pilotsim.simulation.resolved import ResolvedFlow

if TYPE_CHECKING:
    import pandas as pd


# Why a visit ended. A risk is FIRST_RISK plus its number.
INTERRUPTED = -2
STILL_THERE = -1
FINISHED = 0
DRAWN = 1
TURNED_AWAY = 2
FIRST_RISK = 3
# More visits than this in one replication are taken for a fault of the flow: clients that go round
# in no time.
MAX_VISITS = 20_000_000
# Clients are numbered on from one replication to the next, in four bytes; so are visits meanwhile.
MAX_IN_ONE = 2**31 - 1
# As many stages as a client may go through at one instant.
MAX_STAGES_AT_ONCE = 1000
COLUMNS = (
    "client",
    "visit",
    "stage",
    "joined",
    "started",
    "finished",
    "cause",
    "next",
    "alternative",
)
TIMES = ("joined", "started", "finished")
# Each visit as the numbers of `COLUMNS`; whole numbers are exact far beyond `MAX_VISITS`.
Row = tuple[float, ...]


def too_many_visits(flow: str) -> str:
    """Return what to say of a flow whose clients make more visits than `MAX_VISITS`."""
    return Message(
        "the clients of '{flow}' make more than {most:,} visits in one run; let stages last "
        "longer, or clocks run slower",
        flow=flow,
        most=MAX_VISITS,
    )


def too_many_in_one(clients: int) -> str:
    """Return what to say of replications with more clients than can be numbered together.

    Parameters
    ----------
    clients : int
        How many there are.
    """
    return Message(
        "the replications have {count:,} clients together; at most {most:,} can be kept in one "
        "record",
        count=clients,
        most=MAX_IN_ONE,
    )


def too_many_visits_in_one(visits: int) -> str:
    """Return what to say of replications with more visits than can be numbered together.

    Parameters
    ----------
    visits : int
        How many there are.
    """
    return Message(
        "the replications have {count:,} visits together; at most {most:,} can be kept in one "
        "record",
        count=visits,
        most=MAX_IN_ONE,
    )


def round_and_round(day: float, stage: str) -> str:
    """Return what to say of a client that goes through `MAX_STAGES_AT_ONCE` stages at one instant.

    Parameters
    ----------
    day : float
        When.
    stage : str
        The name of the last of them.
    """
    return Message(
        "a client went through {count} stages on day {day:g} without time passing, "
        "'{name}' among them; let one of the stages of that circle last",
        count=MAX_STAGES_AT_ONCE,
        day=day,
        name=stage,
    )


def no_way_on(stage: str) -> str:
    """Return what to say of a client that finished a stage from which no way is open to it."""
    return Message(
        "a client finished '{name}' and no way on was open to it; its odds are all 0", name=stage
    )


@dataclass(frozen=True)
class Runs:
    """Several replications in one: clients are numbered on from one to the next.

    Parameters
    ----------
    plans : tuple of ResolvedFlow
        What was run in each: one flow, with numbers of its own.
    first : ndarray of int, shape (replications + 1,)
        The first client of each, and how many there are in all.
    """

    plans: tuple[ResolvedFlow, ...]
    first: Ints

    def __post_init__(self) -> None:
        seal([self.first])


@dataclass(frozen=True)
class Journeys:
    """The visits of one replication, or of several, by client and time.

    Columns are read-only: what has been worked out from them is remembered, and another block may
    be copied from them.

    Parameters
    ----------
    plan : ResolvedFlow
        What was run; in the first of several replications.
    cohort : Cohort
        Who came.
    client, visit, stage : ndarray of int32, shape (visits,)
        Who, which of the client's visits it is (from 0 on), and where.
    joined, started, finished : ndarray of float, shape (visits,)
        In days; NaN for what had not happened at the horizon, or never did.
    cause : ndarray of int32, shape (visits,)
        Why the visit ended: `INTERRUPTED`, `STILL_THERE`, `FINISHED`, `DRAWN`, `TURNED_AWAY`, or
        `FIRST_RISK` plus a risk.
    next : ndarray of int32, shape (visits,)
        The stage joined next; -1 for none.
    alternative : ndarray of int32, shape (visits,)
        Which alternative of the stage's needs was taken; -1 where the client did not start.
    """

    plan: ResolvedFlow
    cohort: Cohort
    client: Int32s
    visit: Int32s
    stage: Int32s
    joined: Floats
    started: Floats
    finished: Floats
    cause: Int32s
    next: Int32s
    alternative: Int32s
    runs: Runs | None = None

    def __post_init__(self) -> None:
        seal(self.arrays())

    @classmethod
    def join(cls, journeys: Sequence[Journeys]) -> Journeys:
        """Return the visits of several replications of one flow in one.

        Raises
        ------
        RequestError
            More clients than can be numbered together.
        """
        if len(journeys) == 1:
            return journeys[0]
        first = np.concatenate([[0], np.cumsum([len(one.cohort) for one in journeys])])
        if first[-1] > MAX_IN_ONE:
            raise RequestError(too_many_in_one(int(first[-1])))
        columns = {
            name: np.concatenate([getattr(one, name) for one in journeys]) for name in COLUMNS
        }
        columns["client"] += np.repeat(first[:-1], [len(one) for one in journeys])
        cohort = Cohort.join([one.cohort for one in journeys])
        runs = Runs(tuple(one.plan for one in journeys), first)
        return cls(journeys[0].plan, cohort, **columns, runs=runs)

    @property
    def plans(self) -> tuple[ResolvedFlow, ...]:
        """What was run in each replication."""
        return (self.plan,) if self.runs is None else self.runs.plans

    @cached_property
    def run_of(self) -> Ints:
        """The replication that each client belongs to, counted from 0, shape (clients,)."""
        if self.runs is None:
            return np.zeros(len(self.cohort), np.int64)
        return np.repeat(np.arange(len(self.plans)), np.diff(self.runs.first))

    @cached_property
    def run(self) -> Ints:
        """The replication that each visit belongs to, counted from 0, shape (visits,)."""
        if self.runs is None:
            return np.zeros(len(self), np.int64)
        return np.repeat(
            np.arange(len(self.plans)), np.diff(np.searchsorted(self.client, self.runs.first))
        )

    def tally(self, clients: AnyInts, numbers: Floats | None = None) -> Floats:
        """Return how many of the clients belong to each replication, shape (replications,).

        Or the sum of their numbers.

        A client may be named several times. Numbers are added in order, whatever other replications
        stand beside.
        """
        return np.asarray(np.bincount(self.run_of[clients], numbers, len(self.plans)), np.float64)

    def units_needed(self, resource: int) -> Ints:
        """Return the units of a resource that are needed.

        The shape is (replications, stages, alternatives).
        """
        return np.array([plan.units_needed[resource] for plan in self.plans])

    @classmethod
    def from_rows(
        cls, plan: ResolvedFlow, cohort: Cohort, rows: Sequence[Row] | Floats
    ) -> Journeys:
        """Return journeys from rows in any order; each client's rows become consecutive.

        Parameters
        ----------
        plan : ResolvedFlow
            The flow that was run.
        cohort : Cohort
            Its clients.
        rows : array_like, shape (visits, columns)
            Each visit as the numbers of `COLUMNS`.
        """
        table = np.asarray(rows, np.float64).reshape(-1, len(COLUMNS))
        order = np.lexsort((table[:, 1], table[:, 0]))
        columns = {
            name: table[order, k].astype(np.float64 if name in TIMES else np.int32)
            for k, name in enumerate(COLUMNS)
        }
        return cls(plan, cohort, **columns)

    def __len__(self) -> int:
        return len(self.client)

    def __repr__(self) -> str:
        return (
            f"Journeys({self.plan.flow.flow}: {len(self.cohort):,} clients, {len(self):,} visits)"
        )

    def _repr_html_(self) -> str:
        return f"<p>{self!r}</p>{self.to_frame().head(10).to_html(index=False)}"

    def __eq__(self, other: object) -> bool:
        """Equal to the bit, whatever the engine."""
        if not isinstance(other, Journeys):
            return NotImplemented
        return all(
            np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
            for a, b in zip(self.arrays(), other.arrays(), strict=True)
        )

    __hash__ = None  # type: ignore[assignment]

    def arrays(self) -> Iterator[NDArray[Any]]:
        """Yield the columns in the order of `COLUMNS`."""
        return (getattr(self, column) for column in COLUMNS)

    @cached_property
    def memory(self) -> dict[object, Any]:
        """What has been worked out from these journeys once, by what it is."""
        return {}

    def among(self, rows: Bools) -> Journeys:
        """Return only some of the visits, in the same order, of the same clients."""
        return _Part(self, np.flatnonzero(rows))

    def visits_to(self, stages: Iterable[str]) -> Journeys:
        """Return only the visits to the named stages; worked out once."""
        wanted = frozenset(stages)
        found: Journeys | None = self.memory.get(wanted)
        if found is None:
            chosen = np.array([name in wanted for name in self.plan.flow.stages])
            found = self.memory[wanted] = self.among(chosen[self.stage])
        return found

    @cached_property
    def until(self) -> Floats:
        """When each visit ended, or the horizon for those still there, shape (visits,)."""
        return np.where(np.isnan(self.finished), self.plan.horizon, self.finished)

    @cached_property
    def began(self) -> Floats:
        """When each visit started, or ended without a start, shape (visits,)."""
        return np.where(np.isnan(self.started), self.until, self.started)

    def cause_name(self, cause: int) -> str:
        """Return why a visit ended, as a word; the risk's name for a risk."""
        words = {
            INTERRUPTED: "interrupted",
            STILL_THERE: "still_there",
            FINISHED: "finished",
            DRAWN: "drawn",
            TURNED_AWAY: "turned_away",
        }
        return words.get(cause) or self.plan.risks[cause - FIRST_RISK].name

    def to_frame(self) -> pd.DataFrame:
        """Return the visits as a table with names: a row a visit, times in days from the start."""
        import pandas as pd

        stages = pd.Index([stage.name for stage in self.plan.stages])
        groups = pd.Index([group.name for group in self.plan.groups])
        causes = {int(cause): self.cause_name(int(cause)) for cause in np.unique(self.cause)}
        frame = pd.DataFrame(
            {
                "replication": self.cohort.replication,
                "client": self.client,
                "group": pd.Categorical.from_codes(
                    self.cohort.group[self.client], categories=groups
                ),
                "origin": pd.Categorical.from_codes(
                    self.cohort.origin[self.client], categories=pd.Index(ORIGINS)
                ),
                "visit": self.visit,
                "stage": pd.Categorical.from_codes(self.stage, categories=stages),
                "joined": self.joined,
                "started": self.started,
                "finished": self.finished,
                "cause": pd.Categorical([causes[int(cause)] for cause in self.cause]),
                "next": pd.Categorical.from_codes(self.next, categories=stages),
                "alternative": self.alternative,
            }
        )
        frame.attrs = {
            "units": dict.fromkeys(("joined", "started", "finished"), "days from the start")
        }
        return frame


def _taken(name: str) -> Any:
    """Return a column that is taken from the whole when it is first asked for."""

    def take(part: _Part) -> NDArray[Any]:
        return part.columns[name][part.rows]

    return cached_property(take)


class _Part(Journeys):
    """Some of the visits of a whole.

    It keeps the whole's columns, not the whole, which keeps its parts.
    """

    client = _taken("client")
    visit = _taken("visit")
    stage = _taken("stage")
    joined = _taken("joined")
    started = _taken("started")
    finished = _taken("finished")
    cause = _taken("cause")
    next = _taken("next")
    alternative = _taken("alternative")

    def __init__(self, whole: Journeys, rows: Ints) -> None:
        if isinstance(whole, _Part):
            columns = whole.columns
            rows = whole.rows[rows]
        else:
            columns = {name: getattr(whole, name) for name in COLUMNS}
        self.__dict__.update(
            columns=columns, rows=rows, plan=whole.plan, cohort=whole.cohort, runs=whole.runs
        )

    if TYPE_CHECKING:
        columns: dict[str, NDArray[Any]]
        rows: Ints

    def __len__(self) -> int:
        return len(self.rows)
