"""Targets: the arithmetic before any simulation, and the verdict after it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from pilotsim.base.arithmetic import ArithmeticFault, work_out, write_out
from pilotsim.base.arrays import Bools, Floats, mean_in_order
from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.grades import Grade
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity
from pilotsim.base.statistics import Interval, mean_interval, quantile_range, wilson
from pilotsim.base.text import Text
from pilotsim.judge import words
from pilotsim.judge.words import LIKELY_FROM, Evidence, VerdictGrade, word_of, word_of_chance
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.model.rules import targets
from pilotsim.model.targets import Measure, Reading

BEYOND_ALL = 1e300
# What rounding may make of a bound, as a part of it, or of 1 where it is smaller.
BOUND_SLACK = 1e-9


@dataclass(frozen=True)
class TargetReading:
    """A target in one of its readings.

    Parameters
    ----------
    target, reading : str
        Their names; the reading is `''` where the target has one measure.
    kind : str
        The kind of the target, as the file has it.
    says : Text
        The words of the target.
    reads : Text or None
        What this reading counts.
    source : str or None
        Where the target is stated.
    bound : Quantity
        What must be reached.
    at_least : bool
        Whether the measure must be at least, or at most, the bound.
    measure : Measure or None
        What is measured; None where arithmetic alone judges.
    is_scaled : bool
        Whether its number follows from what was set for a run, so that no document prints it.
    """

    target: str
    reading: str
    kind: str
    says: Text
    reads: Text | None
    source: str | None
    bound: Quantity
    at_least: bool
    measure: Measure | None
    is_scaled: bool = False

    @property
    def name(self) -> str:
        """Target and reading as one word."""
        return f"{self.target}.{self.reading}" if self.reading else self.target

    @property
    def own_words(self) -> Text:
        """What this reading counts; where the target has one measure, what the target says."""
        return self.says if self.reads is None else self.reads

    def asks_like(self, other: TargetReading) -> bool:
        """Whether another asks for as much of the same kind of number, or for as little.

        Parameters
        ----------
        other : TargetReading
            The other.
        """
        return self.at_least == other.at_least and self.bound.kind == other.bound.kind

    def is_met(self, values: Floats, bounds: Floats | None = None) -> Bools:
        """Return which values meet the bound, shape as `values`.

        One that is not defined (NaN) does not; whoever counts misses asks `as_met`.

        Parameters
        ----------
        values : ndarray
            In the base unit of the bound.
        bounds : ndarray, optional
            The bound of each value, where it follows others and moves with them.
        """
        bound = self.bound.number if bounds is None else bounds
        return meets(values, bound, at_least=self.at_least)

    def as_met(
        self, values: Floats, bounds: Floats | None = None, beyond: Floats | float = 0.0
    ) -> Floats:
        """Return 1 for values that meet the bound, 0 for others, shape as `values`.

        NaN for one that is not defined, or may yet meet it and miss it: it is no miss. Parameters
        are those of `is_met`, and `beyond` of `as_met`.
        """
        bound = self.bound.number if bounds is None else bounds
        return as_met(values, bound, at_least=self.at_least, beyond=beyond)


def as_met(
    values: Floats, bound: float | Floats, *, at_least: bool, beyond: Floats | float = 0.0
) -> Floats:
    """Return 1 for values that meet a bound, 0 for others, and NaN where that is not known.

    It is not where a value is not defined, or where one may be more than it is known to be at
    least, and would then stand on the other side of the bound.

    Parameters
    ----------
    values : ndarray
        In the base unit of the bound.
    bound : float or ndarray
        The bound, or that of each value.
    at_least : bool
        Whether values must be as large as the bound, rather than as small.
    beyond : float or ndarray
        How much more each value may be.

    Returns
    -------
    ndarray, shape as `values`
    """
    met = meets(values, bound, at_least=at_least)
    is_known = ~np.isnan(values) & (met == meets(values + beyond, bound, at_least=at_least))
    return np.where(is_known, met, math.nan)


def chance_of(met: Floats, values: Floats | None = None) -> Interval:
    """Return how likely a bound is met, with its 95 % interval (Wilson).

    Parameters
    ----------
    met : ndarray
        1 or 0 for each run, as `as_met` returns them; those that are NaN are left out.
    values : ndarray, optional
        The values that were judged. A run that has one and of which it is not known whether it
        meets the bound is left out of the chance; the interval is as wide as if all these did, and
        as if none did.
    """
    hits, told = int(np.nansum(met)), int((~np.isnan(met)).sum())
    chance = wilson(hits, told)
    is_open = np.zeros(met.shape, np.bool_) if values is None else np.isnan(met) & ~np.isnan(values)
    count = int(is_open.sum())
    if not count:
        return chance
    lowest, highest = wilson(hits, told + count), wilson(hits + count, told + count)
    return replace(chance, low=lowest.low, high=highest.high)


def meets(values: Floats, bound: float | Floats, *, at_least: bool) -> Bools:
    """Return which values meet a bound.

    A value that is not defined (NaN) does not; see `as_met`.

    Parameters
    ----------
    values : ndarray, shape (replications,)
        In the base unit of the bound.
    bound : float or ndarray
        The bound, or that of each value, which is met by values equal to it but for rounding.
    at_least : bool
        Whether values must be as large as the bound, rather than as small.

    Returns
    -------
    ndarray of bool, shape (replications,)
    """
    slack = BOUND_SLACK * np.maximum(1.0, np.abs(bound))
    return np.asarray(values >= bound - slack if at_least else values <= bound + slack)


@dataclass(frozen=True)
class WrittenSum:
    """A sum worked out: what it comes to, and how it is written out."""

    number: float
    written: str
    says: Text


@dataclass(frozen=True)
class Verdict:
    """Whether a target, in one reading, can be met.

    Parameters
    ----------
    question : TargetReading
        What was asked.
    word : str
        A word of `words.VERDICTS`: `impossible`, `unlikely`, `uncertain`, `likely` or `certain`;
        `possible` where arithmetic alone judges and does not forbid it; or `undefined` where the
        measure has no value in most replications.
    probability : float
        Of meeting it: the share of replications that do, of those in which the measure has a value.
        NaN where arithmetic alone judges.
    interval : tuple of float
        95 % interval of that probability (Wilson).
    expected : float
        The measure's mean over replications; where `rests_on.bounded` is above 0, the least that it
        can be.
    low, high : float
        Its 5 % and 95 % quantiles over replications.
    replications, undefined : int
        How many were run, and in how many nobody can tell: the measure had no value, because its
        base was empty or could not be followed so long, or may lie on either side of the bound.
        These count neither as met nor as missed.
    rests_on : RestsOn
        How many the measure rests on in a run on average, how many were left out, how many still
        wait.
    ceiling : WrittenSum or None
        The best it can be by arithmetic.
    counterfactual : float
        What the same clients come to on average without the programme; NaN where that makes no
        sense: there is no programme, or nobody can do without it what is counted.
    chance_anyway : Interval or None
        How likely the same clients meet it without the programme (Wilson); None where
        `counterfactual` is NaN.
    half : float
        Half the 95 % interval of `expected` over the replications: how exactly it is known.
    ends_known : tuple of bool
        Whether `low` and `high` are known; where not, each is the least that it can be.

    Raises
    ------
    ValueError
        The word is none of `words.VERDICTS`.
    """

    question: TargetReading
    word: str
    probability: float
    interval: tuple[float, float]
    expected: float
    low: float
    high: float
    replications: int
    undefined: int
    rests_on: RestsOn
    ceiling: WrittenSum | None
    counterfactual: float
    chance_anyway: Interval | None = None
    half: float = math.nan
    ends_known: tuple[bool, bool] = (True, True)

    def __post_init__(self) -> None:
        _ = self.grade

    @property
    def grade(self) -> Grade:
        """The place of its word among the verdicts."""
        return words.VERDICTS[self.word]

    @property
    def could_be(self) -> tuple[Grade, ...]:
        """The other words that the interval of its probability reaches into; other runs might say.

        None where the word does not hang on the probability alone.
        """
        grade = self.grade
        if not self.replications or not isinstance(grade, VerdictGrade) or grade.rule != "chance":
            return ()
        reached = dict.fromkeys(word_of_chance(end) for end in self.interval)
        return tuple(words.VERDICTS[word] for word in reached if word != self.word)

    def turns_to(self, other: Verdict) -> bool:
        """Tell whether another verdict has another word, and clearly so.

        A word that changes because a chance crosses a bound by a hair turns nothing: the 95 %
        intervals of the two chances must lie apart.
        """
        lower, upper = sorted((self.interval, other.interval))
        return self.word != other.word and lower[1] < upper[0]

    @property
    def is_met_anyway(self) -> bool:
        """Whether it is likely met, and as likely by the word without the programme.

        Then that it is met says nothing of what the programme does.
        """
        anyway = self.chance_anyway
        is_met = not self.grade.falls_short and self.replications > 0
        return is_met and anyway is not None and anyway.mean >= LIKELY_FROM

    @property
    def by_arithmetic(self) -> bool:
        """Whether the sum alone decides."""
        return decides_alone(self.question, self.ceiling)


def questions_of(flow: Flow) -> Iterator[TargetReading]:
    """Yield every target of a flow in each of its readings."""
    moved = [entry.path for entry in flow.changes if entry.follows]
    for name, target in flow.targets.items():
        is_scaled = any(path.startswith(f"targets.{name}.") for path in moved)
        for reading_name, reading in target.all_readings().items():
            bound, at_least = target.bound(reading)
            reads = reading.says if reading_name else None
            yield TargetReading(
                name,
                reading_name,
                target.kind,
                target.says,
                reads,
                target.source,
                bound,
                at_least,
                reading.measure,
                is_scaled,
            )


def ceiling_of(flow: Flow, question: TargetReading) -> WrittenSum | None:
    """Return the best a measure can be by arithmetic, or None where the flow names no ceiling."""
    reading: Reading = flow.targets[question.target].all_readings()[question.reading]
    if reading.ceiling is None:
        return None
    return work_out_sum(flow, reading.ceiling.sum, reading.ceiling.says)


def work_out_sum(flow: Flow, text: str, says: Text) -> WrittenSum:
    """Return a sum of a flow file worked out and written out.

    Parameters
    ----------
    flow : Flow
        Where the names in the sum are looked up.
    text : str
        Numbers and names of values joined by + - * / and brackets.
    says : Text
        What the sum counts.

    Raises
    ------
    RequestError
        A name in it stands for no value.
    """
    try:
        number = work_out(text, lambda name: value_named(flow, name).number)
        return WrittenSum(
            number, write_out(text, lambda name: value_named(flow, name).written), says
        )
    except ArithmeticFault as fault:
        raise RequestError(
            Message(
                "the sum '{text}' cannot be worked out: {why}", text=text, why=message_of(fault)
            )
        ) from fault


def value_named(flow: Flow, name: str) -> Quantity:
    """Return the value at a dotted name; a target's name means its bound.

    Raises
    ------
    RequestError
        There is no such value.
    """
    found = targets.value_named(flow, name)
    if found is not None:
        return found
    raise RequestError(Message("'{name}' stands for no value of the flow", name=name))


def judge(
    flow: Flow,
    question: TargetReading,
    values: Floats,
    counterfactual: Floats,
    rests_on: RestsOn | None = None,
    bounds: Floats | None = None,
    beyond: Floats | float = 0.0,
) -> Verdict:
    """Return the verdict on a target from its values in many replications.

    Parameters
    ----------
    flow : Flow
        Whose target it is.
    question : TargetReading
        The target in one reading.
    values, counterfactual : ndarray of float, shape (replications,)
        The measure with the programme and, for the same clients, without; empty where arithmetic
        alone judges.
    rests_on : RestsOn, optional
        What the measure rests on in a run.
    bounds : ndarray of float, shape (replications,), optional
        The bound in each replication, where it moves with values that it follows.
    beyond : ndarray of float, shape (replications,), optional
        How much more than its value the measure may be in each replication.
    """
    ceiling = ceiling_of(flow, question)
    defined = values[~np.isnan(values)]
    runs = len(values)
    met = question.as_met(values, bounds, beyond)
    share = chance_of(met, values)
    interval = (share.low, share.high)
    low, high = quantile_range(values)
    # No end at all counts as one beyond every other, so that quantiles beside it can be told.
    most = quantile_range(np.minimum(values + beyond, BEYOND_ALL))
    undefined = int(np.isnan(met).sum())
    evidence = Evidence(
        decides_alone(question, ceiling),
        question.measure is not None or runs > 0,
        runs,
        undefined,
        share.mean,
        *interval,
    )
    anyway = _mean_counterfactual(flow, question, counterfactual)
    return Verdict(
        question,
        word_of(evidence),
        share.mean,
        interval,
        mean_in_order(defined),
        low,
        high,
        runs,
        undefined,
        rests_on or RestsOn(),
        ceiling,
        anyway,
        None if math.isnan(anyway) else chance_of(question.as_met(counterfactual, bounds)),
        mean_interval(defined).half_width if runs > undefined else math.nan,
        (most[0] == low or math.isnan(low), most[1] == high or math.isnan(high)),
    )


def decides_alone(question: TargetReading, ceiling: WrittenSum | None) -> bool:
    """Tell whether the best that arithmetic allows misses the target."""
    return ceiling is not None and not bool(question.is_met(np.array([ceiling.number]))[0])


def _mean_counterfactual(flow: Flow, question: TargetReading, values: Floats) -> float:
    """Return what clients come to without the programme; NaN where that says nothing.

    Decided here, so that everything that shows or files it says the same.
    """
    if not flow.has_programme or not np.any(~np.isnan(values)):
        return math.nan
    mean = mean_in_order(values[~np.isnan(values)])
    # Nobody does without the programme what is counted, because nobody can; but no change is a
    # result.
    is_change = question.measure is not None and question.measure.kind == "change_in"
    return math.nan if mean == 0 and not is_change else mean
