"""Two plans beside each other: what is put in otherwise, what comes out otherwise, and how surely.

Both are run with the same seed, replication by replication, and each pair of replications gives one
difference; so the interval of a difference holds whatever the two have in common. Only what is
asked and measured in the same way is compared: two targets of one name that are measured otherwise
are two targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from pilotsim.base.languages import LANGUAGES
from pilotsim.base.messages import Message
from pilotsim.base.statistics import Interval, mean_interval, paired_interval
from pilotsim.base.text import Text
from pilotsim.files.differences import FlowDifferences, differences
from pilotsim.judge.judged_plans import JudgedPlan, PlanToRun
from pilotsim.judge.verdicts import TargetReading, Verdict
from pilotsim.language.catalogue import say
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Progress, run_variants

__all__ = [
    "ComparedEffect",
    "ComparedMoney",
    "ComparedPlan",
    "ComparedVerdict",
    "PlanComparison",
    "Uncompared",
    "compare",
    "compare_plans",
]

NOTHING = Interval(float("nan"), float("nan"), float("nan"), 0)
FIRST, SECOND = "first", "second"
# Why something that both plans have is not compared.
MEASURED_OTHERWISE, ASKED_OTHERWISE = "measured_otherwise", "asked_otherwise"
COUNTED_OTHERWISE, OTHER_CLIENTS = "counted_otherwise", "other_clients"
OTHER_CURRENCY = "other_currency"
# ... and that only one of them has.
ONLY_FIRST, ONLY_SECOND = "only_first", "only_second"


@dataclass(frozen=True)
class ComparedPlan:
    """A plan that is compared.

    Parameters
    ----------
    name : Text
        What it is called here.
    flow : Flow
        The flow as it was run.
    """

    name: Text
    flow: Flow


@dataclass(frozen=True)
class ComparedVerdict:
    """A target in one reading, under both plans.

    Parameters
    ----------
    first, second : Verdict
        Under each.
    difference : Interval
        How much more the second comes to, with its 95 % interval over pairs of replications; NaN
        where arithmetic alone judges.
    chance : Interval
        How much likelier the second meets it; of none where single runs were not kept: then the
        intervals of the two chances must lie apart.
    """

    first: Verdict
    second: Verdict
    difference: Interval
    chance: Interval

    @property
    def question(self) -> TargetReading:
        """What was asked, as the second plan has it."""
        return self.second.question

    @property
    def is_turned(self) -> bool:
        """Whether the word is another, and clearly so: by arithmetic, or beyond chance."""
        if self.first.word == self.second.word:
            return False
        if not (self.first.replications and self.second.replications):
            return True
        return self.chance.is_clear if self.chance.n else self.first.turns_to(self.second)

    @property
    def is_better(self) -> bool | None:
        """Whether the second is clearly nearer to what is wanted; None where chance explains it."""
        if not self.difference.is_clear:
            return None
        return (self.difference.mean > 0) == self.question.at_least


@dataclass(frozen=True)
class ComparedEffect:
    """What each plan changes in a state at the end, among those whom both count.

    Parameters
    ----------
    says : Text
        Among whom.
    state : str
        The state.
    first, second : Interval
        With the programme less without it, under each plan.
    difference : Interval
        The second less the first.
    """

    says: Text
    state: str
    first: Interval
    second: Interval
    difference: Interval


@dataclass(frozen=True)
class ComparedMoney:
    """What each plan costs over its whole period.

    Parameters
    ----------
    kind : str
        `spent` on doing it, or `net` of what is saved.
    first, second : Interval
        Under each plan.
    difference : Interval
        The second less the first.
    """

    kind: str
    first: Interval
    second: Interval
    difference: Interval


@dataclass(frozen=True)
class Uncompared:
    """A target, a count of clients or money that is not compared.

    Parameters
    ----------
    says : Text or None
        What it is called; None for money and for all.
    why : str
        Why not: only one plan has it, or both mean something else by it.
    """

    says: Text | None
    why: str


@dataclass(frozen=True)
class PlanComparison(Shown):
    """Two plans beside each other.

    Parameters
    ----------
    first, second : ComparedPlan
        The plans; what is said of the second is said against the first.
    seed, replications : int
        How both were run.
    fixed : bool
        Whether all assumptions stood at their values.
    differences : FlowDifferences
        What is put in otherwise.
    verdicts : tuple of ComparedVerdict
        Each target and reading that both ask in the same way, in the order of the second.
    effects : tuple of ComparedEffect
        What both change among those whom both count.
    money : tuple of ComparedMoney
        What both cost.
    uncompared : tuple of Uncompared
        What is not compared, and why.
    """

    first: ComparedPlan
    second: ComparedPlan
    seed: int
    replications: int
    fixed: bool
    differences: FlowDifferences
    verdicts: tuple[ComparedVerdict, ...]
    effects: tuple[ComparedEffect, ...]
    money: tuple[ComparedMoney, ...]
    uncompared: tuple[Uncompared, ...]

    @property
    def flows(self) -> tuple[Flow, Flow]:
        """The flows of both plans."""
        return self.first.flow, self.second.flow

    @property
    def turned(self) -> list[ComparedVerdict]:
        """The verdicts whose word is clearly another."""
        return [one for one in self.verdicts if one.is_turned]

    @property
    def have_same_clients(self) -> bool:
        """Whether the same clients are there at the start and come, so that pairs share chance."""
        changed = {entry.path.split(".")[0] for entry in self.differences.entries}
        apart = {part.kind for part in self.differences.parts}
        return not {"groups", "traits", "starts"} & (changed | apart)

    @property
    def last_as_long(self) -> bool:
        """Whether both plans are followed for as long."""
        first, second = self.flows
        return first.end - first.starts == second.end - second.starts


@checks_arguments
def compare(
    first: Flow,
    second: Flow,
    *,
    called: Sequence[str] = (),
    replications: int = 400,
    seed: int = 1,
    fixed: bool = False,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> PlanComparison:
    """Return two flows beside each other: what is put in otherwise, and what that surely changes.

    Parameters
    ----------
    first, second : Flow
        The plans; the second is often the first `with_` something changed.
    called : sequence of str, optional
        What the two are called; by their titles unless named, or as written and as changed.
    replications : int
        Runs of each, with the programme and without.
    seed : int
        The seed of both.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of twice `replications` in all.

    Raises
    ------
    RequestError
        Other than two names, or the same twice.

    Examples
    --------
    >>> more = flow.with_({"resources.municipal_place.units": 40})       # doctest: +SKIP
    >>> pilotsim.compare(flow, more, called=["as planned", "40 places"])  # doctest: +SKIP
    """
    names = _names(first, second) if not called else [Text(str(name)) for name in called]
    if len(names) != 2 or names[0] == names[1]:
        raise RequestError(Message("called: expected two names that differ"))
    own, other = (
        ComparedPlan(name, flow) for name, flow in zip(names, (first, second), strict=True)
    )
    return compare_plans(
        own,
        other,
        replications=replications,
        seed=seed,
        fixed=fixed,
        jobs=jobs,
        engine=engine,
        progress=progress,
    )


def _names(first: Flow, second: Flow) -> list[Text]:
    """Return what tells two flows apart: their titles, else how they stand to their file."""
    if first.title != second.title:
        return [first.title, second.title]
    keys = [
        "compare_as_changed" if flow.changes else "compare_as_written" for flow in (first, second)
    ]
    ends = ("", "") if keys[0] != keys[1] else (" (1)", " (2)")
    return [
        Text(**{language: say(key, language) + end for language in LANGUAGES})
        for key, end in zip(keys, ends, strict=True)
    ]


@checks_arguments
def compare_plans(
    first: ComparedPlan,
    second: ComparedPlan,
    *,
    replications: int = 400,
    seed: int = 1,
    fixed: bool = False,
    jobs: int = 1,
    engine: str | None = None,
    progress: Progress | None = None,
) -> PlanComparison:
    """Return two plans beside each other.

    Parameters
    ----------
    first, second : ComparedPlan
        The plans.
    replications : int
        Runs of each, with the programme and without.
    seed : int
        The seed of both.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    jobs : int
        Processes at once; -1 for one a core.
    engine : str, optional
        `kernel` or `process`; the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of twice `replications` in all.
    """
    plans = [
        PlanToRun(FIRST, first.flow, fixed, engine),
        PlanToRun(SECOND, second.flow, fixed, engine),
    ]
    outcomes = run_variants(
        [plan.as_variant() for plan in plans],
        (),
        seed=seed,
        replications=dict.fromkeys((FIRST, SECOND), replications),
        jobs=jobs,
        progress=progress,
    )
    own, other = (plan.judged(outcomes[plan.name], seed) for plan in plans)
    flows = first.flow, second.flow
    uncompared: list[Uncompared] = []
    verdicts: list[ComparedVerdict] = []
    effects: list[ComparedEffect] = []
    money: list[ComparedMoney] = []
    if _client(first.flow) != _client(second.flow):
        uncompared.append(Uncompared(None, OTHER_CLIENTS))
    else:
        verdicts += _verdicts(own, other)
        effects += _effects(own, other)
        uncompared += _apart(own, other)
        uncompared += _counted_apart(*flows)
        if first.flow.currency == second.flow.currency:
            money += _money(own, other)
        elif own.money and other.money:
            uncompared.append(Uncompared(None, OTHER_CURRENCY))
    return PlanComparison(
        first,
        second,
        seed,
        replications,
        fixed,
        differences(*flows),
        tuple(verdicts),
        tuple(effects),
        tuple(money),
        tuple(uncompared),
    )


def _client(flow: Flow) -> str:
    """Return what a client of a flow is; nothing for a person."""
    return flow.client_is.in_language("en") if flow.client_is is not None else ""


def _why_apart(one: TargetReading, other: TargetReading) -> str:
    """Return why two questions of one name are not the same; nothing where they are."""
    if one.measure != other.measure:
        return MEASURED_OTHERWISE
    return "" if one.asks_like(other) else ASKED_OTHERWISE


def _verdicts(own: JudgedPlan, other: JudgedPlan) -> Iterator[ComparedVerdict]:
    by_name = {verdict.question.name: verdict for verdict in own.verdicts}
    for second in other.verdicts:
        name = second.question.name
        first = by_name.get(name)
        if first is None or _why_apart(first.question, second.question):
            continue
        if name not in own.runs or name not in other.runs:
            yield ComparedVerdict(first, second, NOTHING, NOTHING)
            continue
        before, after = own.runs[name], other.runs[name]
        met = [
            verdict.question.as_met(runs.values, runs.bounds, runs.beyond)
            for verdict, runs in ((first, before), (second, after))
        ]
        # Of a wait of which only the least is known, no difference is.
        known = [np.where(runs.beyond > 0, np.nan, runs.values) for runs in (before, after)]
        difference = paired_interval(known[1], known[0])
        yield ComparedVerdict(first, second, difference, paired_interval(met[1], met[0]))


def _apart(own: JudgedPlan, other: JudgedPlan) -> Iterator[Uncompared]:
    ours, theirs = (
        {verdict.question.name: verdict.question for verdict in plan.verdicts}
        for plan in (own, other)
    )
    for name, question in ours.items():
        if name not in theirs:
            yield Uncompared(question.own_words, ONLY_FIRST)
        elif why := _why_apart(question, theirs[name]):
            yield Uncompared(question.own_words, why)
    for name, question in theirs.items():
        if name not in ours:
            yield Uncompared(question.own_words, ONLY_SECOND)


def _effects(own: JudgedPlan, other: JudgedPlan) -> Iterator[ComparedEffect]:
    if own.effect is None or other.effect is None:
        return
    ours, theirs = own.effect, other.effect
    for name in theirs.counted:
        if not _is_counted_alike(name, ours.flow, theirs.flow):
            continue
        assert theirs.flow.mechanisms is not None
        says = theirs.flow.mechanisms.counted[name].says
        for state in theirs.states:
            if state in ours.states:
                first, second = (
                    one.total[:, one.counted.index(name), one.states.index(state)]
                    for one in (ours, theirs)
                )
                if first.any() or second.any():
                    yield ComparedEffect(says, state, *_three(first, second))


def _is_counted_alike(name: str, first: Flow, second: Flow) -> bool:
    counted = [
        flow.mechanisms.counted.get(name) if flow.mechanisms is not None else None
        for flow in (first, second)
    ]
    return None not in counted and counted[0].of == counted[1].of  # type: ignore[union-attr]


def _counted_apart(first: Flow, second: Flow) -> Iterator[Uncompared]:
    for flow, other, why in ((first, second, ONLY_FIRST), (second, first, ONLY_SECOND)):
        if flow.mechanisms is None:
            continue
        for name, counted in flow.mechanisms.counted.items():
            there = other.mechanisms is not None and name in other.mechanisms.counted
            if not there:
                yield Uncompared(counted.says, why)
            elif flow is first and not _is_counted_alike(name, first, second):
                yield Uncompared(counted.says, COUNTED_OTHERWISE)


def _money(own: JudgedPlan, other: JudgedPlan) -> Iterator[ComparedMoney]:
    for kind, second in other.money.items():
        if kind in own.money:
            yield ComparedMoney(kind, *_three(own.money[kind], second))


def _three(first: Floats, second: Floats) -> tuple[Interval, Interval, Interval]:
    return mean_interval(first), mean_interval(second), paired_interval(second, first)
