"""What a flow file says: who comes, which stages they pass, what ends a stay, what is scarce."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, PrivateAttr

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.calendar import Calendar, add_months
from pilotsim.base.errors import Notice
from pilotsim.base.from_above import from_above
from pilotsim.base.quantity import Quantity, in_unit_of, round_in_unit
from pilotsim.base.text import Text
from pilotsim.base.units import whole_months
from pilotsim.model.arrivals import CountedArrivals
from pilotsim.model.changed_entries import ChangedEntry
from pilotsim.model.choices import Choice
from pilotsim.model.clients import Group, Trait
from pilotsim.model.costs import Cost, Economy
from pilotsim.model.critical_factors import CriticalFactor
from pilotsim.model.decisions import Decision, Survey
from pilotsim.model.distributions import Duration
from pilotsim.model.fields import Day, Length, Real, Record, Words, durations_below, walk
from pilotsim.model.following import Follower, fill_words, follow
from pilotsim.model.joint import Joint, PosteriorRows
from pilotsim.model.long_run import StartsFrom
from pilotsim.model.mechanisms import Mechanisms
from pilotsim.model.named_code import CodeOfOnesOwn
from pilotsim.model.naming import VALUES, NameOf, SettablePath
from pilotsim.model.periods import Period, changes_of
from pilotsim.model.published import Observed
from pilotsim.model.resources import Resource
from pilotsim.model.stages import ProgrammeEffect, Risk, Stage
from pilotsim.model.steady import SteadyInflow
from pilotsim.model.targets import Conflict, Target

MAX_STAGES = 500
MAX_DAYS = 100 * 366
# Digits that count in the range of values that are drawn together: quantiles of some hundred rows.
RANGE_DIGITS = 3
# Parts whose values no run reads by their number: bounds of targets, the horizon.
NOT_VARIED = ("targets", "conflicts", "lasts", "observed")


def _ways(value: Quantity) -> Iterator[str]:
    """Yield the paths, below a value's own, of what it becomes."""
    yield from (f"from.{when}" for when, _ in value.changes)
    yield from (f"during.{period}" for period, _ in value.during)


class Memory(dict[object, Any]):
    """What was worked out from a flow, or noted of it: no flow is another one by that."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Memory)


class Scenario(Record):
    """A named change to the flow."""

    says: Words
    changes: dict[SettablePath, Any] = Field(
        alias="set", description="Paths in this file, and what they become."
    )


class Flow(Record):
    """A flow file."""

    flow: str = Field(description="A short name without spaces.", pattern=r"^[A-Za-z0-9_-]+$")
    title: Words
    about: Words | None = None
    client_is: Words | None = Field(
        None, description="What one client of the flow is, where it is no person."
    )
    starts: Day
    lasts: Length = Field(description="How long is simulated: whole months or days.")
    warm_up: Length | None = Field(
        None,
        description="The first time of the run, of which nothing is measured; none unless said.",
    )
    starts_from: StartsFrom | None = Field(
        None,
        description="Where those come from who are there at the start; the stock, unless said.",
    )
    calendar: str = Field("NO", description="Whose public holidays: a country code.")
    currency: str = "NOK"
    # Before all that may name it.
    code: CodeOfOnesOwn = Field(
        default_factory=dict,
        description="Functions, families and orders of one's own, and which module has each.",
    )
    sources: dict[str, Words] = Field(
        default_factory=dict, description="The documents that values name."
    )
    periods: dict[str, Period] = Field(default_factory=dict, description="Times that values name.")
    shared: dict[str, Real] = Field(
        default_factory=dict, description="Factors and strengths that several values share."
    )
    joint: dict[str, Joint] = Field(
        default_factory=dict, description="Values that are drawn together, from a file of rows."
    )
    traits: dict[str, Trait] = Field(default_factory=dict)
    groups: dict[str, Group] = Field(min_length=1)
    resources: dict[str, Resource] = Field(default_factory=dict)
    risks: dict[str, Risk] = Field(default_factory=dict)
    stages: dict[str, Stage] = Field(min_length=1, max_length=MAX_STAGES)
    effects: tuple[ProgrammeEffect, ...] = ()
    mechanisms: Mechanisms | None = Field(
        None, description="The ways in which the programme works, that its effect is split into."
    )
    costs: dict[str, Cost] = Field(
        default_factory=dict, description="What clients cost, and what comes back."
    )
    payers: dict[str, Words] = Field(
        default_factory=dict, description="Who pays: the names that costs and resources give."
    )
    economy: Economy | None = Field(
        None, description="What the programme costs whom, and what comes of it."
    )
    targets: dict[str, Target] = Field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    observed: dict[str, Observed] = Field(
        default_factory=dict, description="What was published about the system."
    )
    scenarios: dict[str, Scenario] = Field(default_factory=dict)
    set_aside: dict[SettablePath, Words] = Field(
        default_factory=dict,
        description="Parts that have no effect on purpose: path, and why they stand there.",
    )
    critical_factors: dict[str, CriticalFactor] = Field(
        default_factory=dict,
        description="What a source says must be in place, and what answers it.",
    )
    choices: dict[str, Choice] = Field(
        default_factory=dict, description="What somebody has to decide, with the ways to decide it."
    )
    decisions: dict[str, Decision] = Field(
        default_factory=dict,
        description="What somebody is about to decide, and what it is worth to decide it well.",
    )
    surveys: dict[str, Survey] = Field(
        default_factory=dict, description="How assumptions could be found out before deciding."
    )
    questions: dict[Annotated[str, NameOf((VALUES,), ("groups",))], Words] = Field(
        default_factory=dict,
        description="How a page asks for numbers of one's own: by path; `groups` for all in all.",
    )

    _changes: tuple[ChangedEntry, ...] = PrivateAttr(default=())
    _notices: tuple[Notice, ...] = PrivateAttr(default=())
    _as_written: Flow | None = PrivateAttr(default=None)
    _values: dict[str, Quantity] = PrivateAttr(default_factory=dict)
    _posteriors: dict[str, PosteriorRows] = PrivateAttr(default_factory=dict)
    _counted: dict[str, CountedArrivals] = PrivateAttr(default_factory=dict)
    _followers: tuple[Follower | SteadyInflow, ...] = PrivateAttr(default=())
    _unfilled: dict[tuple[str, str], tuple[str, str]] = PrivateAttr(default_factory=dict)
    _unfollowed: dict[str, str] = PrivateAttr(default_factory=dict)
    _memory: Memory = PrivateAttr(default_factory=Memory)

    def model_post_init(self, context: Any) -> None:
        """Give every value of the flow its slot, and those that follow others their numbers."""
        for path, value in walk(self):
            # Of two with one path, one would get the number of another.
            assert path not in self._values, path
            object.__setattr__(value, "slot", len(self._values))
            self._values[path] = value
        self._followers, self._unfollowed = follow(self)
        self._unfilled = fill_words(self)
        for value in self._values.values():
            if value.during:
                object.__setattr__(value, "changes", changes_of(value, self.periods))

    def draw_together(
        self, name: str, rows: PosteriorRows, apart: Collection[str] = (), *, follow: bool = False
    ) -> None:
        """Let the values of a part `joint` be drawn together, from its rows; while a flow is built.

        Parameters
        ----------
        name : str
            The part.
        rows : PosteriorRows
            Its rows.
        apart : collection of str
            Values that were set for this run, and keep the number that was set.
        follow : bool
            Whether the numbers as written are those of the central row, whatever the file says:
            where a run takes other rows than the file names.
        """
        part = self.joint[name]
        self._posteriors[name] = rows
        for worked_out in ("assumptions", "drawn_together"):
            self.__dict__.pop(worked_out, None)
        for column, path in enumerate(rows.paths):
            value = self._values[path]
            if path in apart:
                object.__setattr__(value, "joint", None)
                continue
            low, high = (
                round_in_unit(value, end, RANGE_DIGITS) for end in rows.ranges[:, column].tolist()
            )
            found = {"joint": name, "low": low, "high": high}
            found["extremes"] = tuple(rows.extremes[:, column].tolist())
            if follow:
                number = float(rows.central[column])
                found |= {"number": number, "written": str(in_unit_of(value, number))}
            if value.is_plain:
                found |= {"source": part.source, "assumption": part.assumption}
            for key, one in found.items():
                object.__setattr__(value, key, one)

    @property
    def posteriors(self) -> Mapping[str, PosteriorRows]:
        """The rows of each part `joint`."""
        return self._posteriors

    @cached_property
    def drawn_together(self) -> dict[str, dict[str, Quantity]]:
        """The values of each part `joint` that are drawn from its rows, by path.

        Those that were set for this run are left out, and parts of which none is left.
        """
        found: dict[str, dict[str, Quantity]] = {}
        for path, value in self._values.items():
            if value.joint in self._posteriors:
                found.setdefault(value.joint, {})[path] = value
        return {name: found[name] for name in self.joint if name in found}

    @property
    def digests(self) -> list[str]:
        """What tells the files that the flow draws from, and code of one's own, from any others.

        In its order.
        """
        rows = [self._posteriors[name].digest for name in self.joint if name in self._posteriors]
        return [
            *rows,
            *(self._counted[name].digest for name in self.groups if name in self._counted),
            *(one.read_version for one in self.code.values()),
        ]

    def count_arrivals(self, group: str, counted: CountedArrivals) -> None:
        """Let the clients of a group come as a file says; while a flow is built.

        Parameters
        ----------
        group : str
            The group.
        counted : CountedArrivals
            Who comes.
        """
        self._counted[group] = counted

    @property
    def counted_arrivals(self) -> Mapping[str, CountedArrivals]:
        """The arrivals of each group that come as a file says."""
        return self._counted

    def __getstate__(self) -> dict[Any, Any]:
        """Return what is sent to other processes: all but what can be worked out again."""
        state = super().__getstate__()
        private = {**(state["__pydantic_private__"] or {}), "_memory": Memory()}
        return {**state, "__pydantic_private__": private}

    @property
    def values(self) -> dict[str, Quantity]:
        """Every value of the flow by its path, in slot order."""
        return self._values

    @cached_property
    def lengths_from_stays(self) -> dict[str, Duration]:
        """Each length that was made of stays of a file, by its path."""
        found = durations_below(self)
        return {path: length for path, length in found if length.lengths_from is not None}

    @cached_property
    def points_of_stays(self) -> frozenset[str]:
        """The paths of the values that such lengths consist of: nobody writes or sets them."""
        lengths = self.lengths_from_stays.values()
        slots = {value.slot for length in lengths for value in length.parameters}
        return frozenset(path for path, value in self._values.items() if value.slot in slots)

    @cached_property
    def looks_at_state(self) -> bool:
        """Whether anything in it depends on how many wait, are there, or use what there is."""
        return any(True for stage in self.stages.values() for _ in stage.conditions())

    @property
    def followers(self) -> tuple[Follower | SteadyInflow, ...]:
        """The values that follow others, in the order in which they are worked out."""
        return self._followers

    def moves(self, value: Quantity) -> frozenset[int]:
        """Return the slots of all that moves a value: its own, and those of what it follows.

        Parameters
        ----------
        value : Quantity
            A value of this flow.
        """
        behind = {follower.slot: follower.slots.values() for follower in self._followers}
        found: set[int] = set()
        left = [value.slot]
        while left:
            slot = left.pop()
            if slot not in found:
                found.add(slot)
                left += [*behind.get(slot, ()), *self.shared_slots_of(slot)]
        return frozenset(found)

    def shared_slots_of(self, slot: int) -> list[int]:
        """Return the slots of the shared values that scale the value in a slot, or raise it."""
        return [slots[slot] for slots in (self.scaled, self.raised) if slot in slots]

    @property
    def unfollowed(self) -> dict[str, str]:
        """Why a value that should follow others cannot be worked out, by path."""
        return self._unfollowed

    @property
    def unfilled(self) -> dict[tuple[str, str], tuple[str, str]]:
        """The blanks of words that cannot be filled, and why, by path and language of the words."""
        return self._unfilled

    def value_named(self, name: str) -> Quantity | None:
        """Return the value at a dotted name as sums name it, or None.

        A target's name stands for its bound, that of an observed output for its published figure.
        """
        kind, _, rest = name.partition(".")
        target = self.targets.get(rest) if kind == "targets" else None
        bound = target and (target.at_least or target.at_most)
        observed = self.observed.get(rest) if kind == "observed" else None
        return bound or (observed and observed.value) or self._values.get(name)

    @property
    def changes(self) -> tuple[ChangedEntry, ...]:
        """What stands otherwise than in the file, in the order in which it was changed."""
        return self._changes

    @property
    def as_written(self) -> Flow:
        """The flow as its file has it, whatever was changed for a run: what documents say of it."""
        return self._as_written or self

    def keep_as_written(self, flow: Flow) -> None:
        """Keep the flow of which this one is a changed copy.

        Parameters
        ----------
        flow : Flow
            The flow as the file has it.
        """
        self._as_written = flow

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the file says without effect, and what else a reader should know of it."""
        return self._notices

    @checks_arguments
    def with_(
        self,
        changes: Mapping[str, Any] | None = None,
        *,
        scenario: str | None = None,
        choices: Mapping[str, str] | None = None,
    ) -> Flow:
        """Return the flow with entries changed, as the command line changes them.

        Parameters
        ----------
        changes : mapping, optional
            By dotted path what stands there instead, as `--set PATH=VALUE`: a number, words such as
            ``"18 months"``, or a step such as ``"+10"`` or ``"-20 %"`` from what stands there. They
            come on top of everything that was changed before.
        scenario : str, optional
            The name of a scenario of the flow file, as `--scenario`; below the changes.
        choices : mapping of str to str, optional
            By choice of the flow file the option that is taken, as `--choose`.

        Returns
        -------
        Flow
            Another flow; this one stays as it is.

        Raises
        ------
        RequestError
            A path leads nowhere, a step does not fit what stands there, there is no such scenario,
            choice or option, or the flow was made of no file.
        FlowError
            The changed flow is faulty; says each fault.
        """
        changed: Flow = from_above("change_flow")(self, changes, scenario=scenario, choices=choices)
        return changed

    def note(self, changes: Sequence[ChangedEntry], notices: Sequence[Notice]) -> None:
        """Keep what the reader of the file found: what was changed, and what has no effect.

        Parameters
        ----------
        changes : sequence of ChangedEntry
            What stands otherwise than in the file.
        notices : sequence of Notice
            What the file says without effect.
        """
        self._changes = tuple(changes)
        self._notices = tuple(notices)

    @property
    def memory(self) -> dict[object, Any]:
        """What others have worked out from this flow once, by what it is."""
        return self._memory

    @cached_property
    def assumptions(self) -> dict[str, Quantity]:
        """The values that have a range, by path."""
        return {path: value for path, value in self._values.items() if value.has_range}

    @property
    def has_programme(self) -> bool:
        """Whether anybody is drawn into a programme; if not, both worlds are the same."""
        return any(stage.draws_from is not None for stage in self.stages.values())

    @cached_property
    def scaled(self) -> dict[int, int]:
        """The slot of the shared value that multiplies a value, by the slot of that value."""
        return self._shared_by(lambda value: value.scaled_by)

    @cached_property
    def raised(self) -> dict[int, int]:
        """The slot of the shared value to whose power a value is raised, by that value's slot."""
        return self._shared_by(lambda value: value.raised_to)

    def _shared_by(self, name_of: Callable[[Quantity], str | None]) -> dict[int, int]:
        """Return the slot of the shared value that each value names, with all that it becomes."""
        found = {}
        for path, value in self._values.items():
            name = name_of(value)
            if name is not None and f"shared.{name}" in self._values:
                shared = self._values[f"shared.{name}"].slot
                own = [path, *self.becomes(path)]
                found.update({self._values[one].slot: shared for one in own})
        return found

    def becomes(self, path: str) -> list[str]:
        """Return the paths of what a value becomes, from dates on and in periods.

        Parameters
        ----------
        path : str
            The path of a value of this flow.
        """
        ways = (f"{path}.{way}" for way in _ways(self._values[path]))
        return [way for way in ways if way in self._values]

    @property
    def end(self) -> date:
        """The horizon: the first date that is not simulated."""
        months = re.fullmatch(r"([0-9]+)\s*months?", self.lasts.written)
        return (
            add_months(self.starts, int(months[1]))
            if months
            else self.starts + timedelta(days=round(self.lasts.number))
        )

    @property
    def counts_from(self) -> date:
        """The first date on which anything is measured: the start, or the end of the warm-up."""
        if self.warm_up is None:
            return self.starts
        return self.later(self.starts, self.warm_up)

    @staticmethod
    def later(start: date, length: Quantity) -> date:
        """Return the date so long after another: to the day of the month where it is in months."""
        months = whole_months(length.written)
        if months is not None:
            return add_months(start, months)
        return start + timedelta(days=round(length.number))

    def make_calendar(self) -> Calendar:
        """Return the calendar from the start to the horizon."""
        return Calendar(self.starts, self.end, self.calendar)

    def __repr__(self) -> str:
        parts = (
            f"{len(getattr(self, kind))} {kind}"
            for kind in ("groups", "stages", "resources", "risks", "targets")
        )
        values = f"{len(self._values)} values, {len(self.assumptions)} with a range"
        return f"Flow({self.flow}: {', '.join(parts)}; {values})"

    __str__ = __repr__

    def label_of(self, kind: str, name: str, language: str) -> str:
        """Return the label of a stage, group, resource, risk or trait, else its readable name.

        Parameters
        ----------
        kind : str
            The part of the file: `stages`, `groups`, `resources`, `risks` or `traits`.
        name : str
            Its name there.
        language : str
            One of `LANGUAGES`.
        """
        record = getattr(self, kind).get(name)
        label: Text | None = getattr(record, "label", None)
        return label.in_language(language) if label else name.replace("_", " ").capitalize()
