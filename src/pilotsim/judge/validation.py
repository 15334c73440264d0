"""Validation of a flow: each published figure beside what the simulation comes to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arithmetic import ArithmeticFault, names_in, work_out, write_out
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError
from pilotsim.base.from_above import Shown
from pilotsim.base.grades import Grade, GradeScale
from pilotsim.base.messages import Message
from pilotsim.base.statistics import mean_interval, quantile_range
from pilotsim.base.text import Text
from pilotsim.judge.readings import replications_by_reading
from pilotsim.judge.words import UNDEFINED
from pilotsim.measures.measures import RestsOn
from pilotsim.model.flow import Flow
from pilotsim.model.published import UP_TO, Observed, Published
from pilotsim.model.rules.evidence import SIMULATED, RowEvidence, evidence_of, naive_of
from pilotsim.model.rules.targets import value_named
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Progress, Variant, run_variants
from pilotsim.simulation.engines import numbers_of_replications

if TYPE_CHECKING:
    import pandas as pd


# A hit: the expected value lies within the figure's tolerance. Inside: nine runs in ten reach into
# it. Missed: they do not. Undefined: most runs have no value.
HIT, INSIDE, MISSED = "hit", "inside", "missed"
MATCHES = GradeScale(
    Grade(HIT, 1, "good"),
    Grade(INSIDE, 2, "fair"),
    Grade(MISSED, 3, "bad", falls_short=True, phrase="match_missed"),
    Grade(UNDEFINED, 4, "doubtful", falls_short=True, phrase="not_to_be_judged"),
)
MAIN = "as written"


@dataclass(frozen=True)
class NaiveComparison:
    """A published figure beside what somebody without a model would have said.

    Parameters
    ----------
    says : Text
        Whose forecast it is.
    number : float
        The forecast, in the base unit.
    word : str
        `hit` where it lies within the figure's tolerance, else `missed`: a forecast has no range.
    error : float
        How far it lies from the figure, in the base unit.
    """

    says: Text
    number: float
    word: str
    error: float

    @property
    def match(self) -> Grade:
        """The place of `word` among the words of `MATCHES`."""
        return MATCHES[self.word]


@dataclass(frozen=True)
class PublishedComparison:
    """A published figure beside what the simulation comes to.

    Parameters
    ----------
    output : str
        The output's name in the flow file.
    observed : Observed
        What was published, and what it is in the model.
    published : Published
        The figure; one of several where they contradict each other.
    word : str
        How the simulation lies to this figure, a word of `MATCHES`: `hit`, `inside` or `missed`.
    judged : str
        How the row counts: its word, or that of the figure it lies nearest to where the sources
        give several.
    expected : float
        The mean over the replications in which the output exists; NaN where it never does.
    low, high : float
        Its 5 % and 95 % quantiles.
    within : float
        The share of replications within the figure's tolerance, of those with the output; NaN where
        none has it.
    undefined : int
        The replications without the output: a measure with an empty base, a sum that divides by
        zero.
    rests_on : RestsOn
        How many the output rests on in a run on average, how many were left out, how many still
        wait; nothing known of a sum.
    written : str
        For a sum that names nothing simulated: how it is worked out; else empty.
    evidence : RowEvidence
        What it proves that the figure is hit.
    half_width : float
        Half the 95 % interval of `expected` over replications, its Monte Carlo error; NaN where
        fewer than two have the output.
    naive : NaiveComparison or None
        What somebody without a model would have said.
    """

    output: str
    observed: Observed
    published: Published
    word: str
    judged: str
    expected: float
    low: float
    high: float
    within: float
    undefined: int
    rests_on: RestsOn
    written: str
    evidence: RowEvidence
    half_width: float = math.nan
    naive: NaiveComparison | None = None

    @property
    def contradiction(self) -> Text | None:
        """How the row's figures contradict each other; None where there is one figure."""
        return self.observed.contradiction

    @property
    def error(self) -> float:
        """How far the expected value lies from the figure, in the base unit."""
        return _error(self.published, self.expected)

    @property
    def by_arithmetic(self) -> bool:
        """Whether the figure is compared with a sum of given numbers, not with a simulation."""
        return bool(self.written)

    @property
    def match(self) -> Grade:
        """The place of `word` among the words of `MATCHES`."""
        return MATCHES[self.word]

    @property
    def grade(self) -> Grade:
        """The place of `judged` among the words of `MATCHES`."""
        return MATCHES[self.judged]


@dataclass(frozen=True)
class UnpublishedOutput:
    """An output without published figures, and what the simulation says about it.

    Parameters
    ----------
    output : str
        The output's name in the flow file.
    observed : Observed
        What it is in the model.
    expected : float
        The mean over the replications in which it exists; NaN where it never does.
    low, high : float
        Its 5 % and 95 % quantiles.
    undefined : int
        The replications without it.
    rests_on : RestsOn
        How many it rests on in a run on average, how many were left out, how many still wait.
    half_width : float
        Half the 95 % interval of `expected` over replications, its Monte Carlo error.
    """

    output: str
    observed: Observed
    expected: float
    low: float
    high: float
    undefined: int
    rests_on: RestsOn
    half_width: float

    @property
    def kind(self) -> str:
        """The kind of number it is: `share`, `duration` or `real`."""
        return "real" if self.observed.measure is None else self.observed.measure.unit


@dataclass(frozen=True)
class ReadingComparisons:
    """What a validation comes to in one reading of the sources.

    Parameters
    ----------
    joint : str
        The part `joint` of the flow that has readings.
    reading : str
        The reading.
    says : Text
        What is believed in it.
    replications : int
        The replications that drew a row of it.
    comparisons : tuple of PublishedComparison
        As those of the validation, over these replications alone.
    """

    joint: str
    reading: str
    says: Text
    replications: int
    comparisons: tuple[PublishedComparison, ...]


@dataclass(frozen=True, repr=False)
class Validation(Shown):
    """What a validation found.

    Parameters
    ----------
    flow : Flow
        What was run.
    scenario : Text or None
        The scenario that changed it.
    seed, replications : int
        How it was run.
    fixed : bool
        Whether all assumptions stood at their values.
    comparisons : tuple of PublishedComparison
        One for each published figure, in the order of the file.
    values : mapping of str to ndarray, shape (replications,)
        Each output in each replication.
    rests_on : mapping of str to RestsOn
        What each measured output rests on in a run.
    """

    flow: Flow
    scenario: Text | None
    seed: int
    replications: int
    fixed: bool
    comparisons: tuple[PublishedComparison, ...]
    values: Mapping[str, Floats]
    rests_on: Mapping[str, RestsOn] = field(default_factory=dict)

    @property
    def by_reading(self) -> tuple[ReadingComparisons, ...]:
        """The comparisons in each reading of sources that disagree; none where nothing is drawn."""
        found = []
        drawn = (
            () if self.fixed else replications_by_reading(self.flow, self.replications, self.seed)
        )
        for joint, reading, own in drawn:
            comparisons: list[PublishedComparison] = []
            for name in self.flow.observed:
                comparisons += compare(self.flow, name, self.values[name][own])
            says = self.flow.joint[joint].readings[reading].says
            found.append(ReadingComparisons(joint, reading, says, len(own), tuple(comparisons)))
        return tuple(found)

    @property
    def blanks(self) -> tuple[UnpublishedOutput, ...]:
        """The outputs without published figures, in the order of the file."""
        silent = [(name, one) for name, one in self.flow.observed.items() if one.is_blank]
        return tuple(self._blank(name, one) for name, one in silent)

    def _blank(self, name: str, observed: Observed) -> UnpublishedOutput:
        values = self.values[name]
        return UnpublishedOutput(
            name,
            observed,
            *_spread(values),
            int(np.isnan(values).sum()),
            self.rests_on.get(name, RestsOn()),
            mean_interval(values).half_width,
        )

    @property
    def falls_short(self) -> bool:
        """Whether the simulation misses any published output."""
        return any(one.grade.falls_short for one in self.comparisons)

    def to_frame(self) -> pd.DataFrame:
        """Return the comparisons as a table: a row per published figure, numbers in base units."""
        import pandas as pd

        rows = [
            {
                "output": one.output,
                "published": one.published.value.number,
                "tolerance": one.published.tolerance.rule,
                "tolerance_low": one.published.interval[0],
                "tolerance_high": one.published.interval[1],
                "source": one.published.source,
                "expected": one.expected,
                "low": one.low,
                "high": one.high,
                "within": one.within,
                "half_width": one.half_width,
                "undefined": one.undefined,
                "base": one.rests_on.base,
                "left_out": one.rests_on.left_out,
                "waiting": one.rests_on.waiting,
                "bounded": one.rests_on.bounded,
                "evidence": one.evidence.kind.name,
                "by_arithmetic": one.by_arithmetic,
                "word": one.word,
                "judged": one.judged,
                "error": one.error,
                "naive": math.nan if one.naive is None else one.naive.number,
                "naive_word": None if one.naive is None else one.naive.word,
                "naive_error": math.nan if one.naive is None else one.naive.error,
            }
            for one in self.comparisons
        ]
        frame = pd.DataFrame(rows)
        measured = ("published", "tolerance_low", "tolerance_high", "expected", "low", "high")
        frame.attrs = {
            "units": dict.fromkeys(
                (*measured, "half_width"), "of what is published: share of 1, days, or as counted"
            )
        }
        return frame

    def __repr__(self) -> str:
        lines = [
            f"Validation of {self.flow.flow}: {self.replications} replications, seed {self.seed}"
        ]
        lines += [
            f"  {c.output:<36} {c.published.value.written:>10} {c.expected:10.4g}  {c.word}"
            for c in self.comparisons
        ]
        return "\n".join(lines)


@checks_arguments
def validate(
    flow: Flow,
    *,
    replications: int = 200,
    seed: int = 1,
    fixed: bool = False,
    jobs: int = 1,
    scenario: Text | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Validation:
    """Return each published figure of a flow beside what the simulation comes to.

    Parameters
    ----------
    flow : Flow
        What the file says.
    replications : int
        How many runs.
    seed : int
        The seed.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    jobs : int
        Processes at once; -1 for one a core.
    scenario : Text, optional
        What the scenario is called that changed the flow.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of replications just done.

    Raises
    ------
    RequestError
        The flow has nothing observed to be held to.
    """
    if not flow.observed:
        raise RequestError(
            Message(
                "the flow '{flow}' says not what was observed; add the part 'observed' to be held "
                "to",
                flow=flow.flow,
            )
        )
    measured = [name for name, observed in flow.observed.items() if observed.measure is not None]
    values = dict.fromkeys(measured, np.full(replications, math.nan))
    rests_on: dict[str, RestsOn] = {}
    if measured:
        measures: list[Measure] = [flow.observed[name].measure for name in measured]  # type: ignore[misc]
        variant = Variant(MAIN, flow, fixed=fixed, engine=engine)
        found = run_variants(
            [variant],
            measures,
            seed=seed,
            replications={MAIN: replications},
            jobs=jobs,
            progress=progress,
        )
        values = {name: found[MAIN].known[:, column] for column, name in enumerate(measured)}
        support = found[MAIN].support
        rests_on = {name: support.rests_on(column) for column, name in enumerate(measured)}
    numbers = list(
        numbers_of_replications(flow, seed, range(replications), fixed=fixed, engine=engine)
    )
    values = outputs(flow, values, numbers)
    comparisons: list[PublishedComparison] = []
    for name in flow.observed:
        comparisons += compare(flow, name, values[name], rests_on.get(name))
    return Validation(
        flow, scenario, seed, replications, fixed, tuple(comparisons), values, rests_on
    )


def outputs(
    flow: Flow, measured: Mapping[str, Floats], numbers: Sequence[Floats]
) -> dict[str, Floats]:
    """Return each observed output by replication, in the order of the file, shape (replications,).

    Parameters
    ----------
    flow : Flow
        What was run.
    measured : mapping of str to ndarray, shape (replications,)
        The outputs that are measured.
    numbers : sequence of ndarray
        The number of each value of the flow in each replication; one of them will do for all.
    """
    found = dict(measured)

    def output(name: str) -> Floats:
        if name not in found:
            text = str(flow.observed[name].sum)
            named = {one: column(one) for one in names_in(text)}
            found[name] = np.array(
                [_work_out(text, named, replication) for replication in range(len(numbers))]
            )
        return found[name]

    def column(name: str) -> Floats:
        kind, _, rest = name.partition(".")
        if kind == SIMULATED:
            return output(rest)
        value = value_named(flow, name)
        assert value is not None  # checked when read
        return np.array([own[value.slot] for own in numbers])

    return {name: output(name) for name in flow.observed}


def _work_out(text: str, named: Mapping[str, Floats], replication: int) -> float:
    try:
        return work_out(text, lambda name: float(named[name][replication]))
    except ArithmeticFault:
        return math.nan


def compare(
    flow: Flow, name: str, values: Floats, rests_on: RestsOn | None = None
) -> Iterator[PublishedComparison]:
    """Yield the comparison of an output with each of its published figures.

    Parameters
    ----------
    flow : Flow
        What was run.
    name : str
        The name of the output in the flow file.
    values : ndarray, shape (replications,)
        The simulated output, in its base unit. NaN where it is not defined.
    rests_on : RestsOn, optional
        What it rests on in a run.
    """
    observed = flow.observed[name]
    expected, low, high = _spread(values)
    words = [_word_of(one, expected, low, high) for one in observed.published]
    if np.isnan(values).mean() > 1 / 2:
        words = [UNDEFINED] * len(words)
    judged = min(words, key=lambda word: MATCHES[word].rank, default="")
    evidence = evidence_of(flow, name)
    for published, word in zip(observed.published, words, strict=True):
        least, most = published.interval
        defined = values[~np.isnan(values)]
        inside = (defined >= least) & (defined <= most)
        yield PublishedComparison(
            output=name,
            observed=observed,
            published=published,
            word=word,
            judged=judged,
            expected=expected,
            low=low,
            high=high,
            within=float(inside.mean()) if len(defined) else math.nan,
            undefined=len(values) - len(defined),
            rests_on=rests_on or RestsOn(),
            written=_written(flow, observed),
            evidence=evidence,
            half_width=mean_interval(values).half_width,
            naive=_naive(flow, name, published),
        )


def _word_of(published: Published, expected: float, low: float, high: float) -> str:
    least, most = published.interval
    if least <= expected <= most:
        return HIT
    return INSIDE if low <= most and high >= least else MISSED


def _naive(flow: Flow, name: str, published: Published) -> NaiveComparison | None:
    """Return the naive forecast of an output beside one of its figures."""
    forecast = naive_of(flow, name)
    if forecast is None:
        return None
    value, says = forecast
    number = value.number
    least, most = published.interval
    word = HIT if least <= number <= most else MISSED
    return NaiveComparison(says, number, word, _error(published, number))


def _error(published: Published, number: float) -> float:
    """Return how far a number lies from a figure: from its nearer end where it is "7 to 10"."""
    figure = published.value.number
    if published.tolerance.rule == UP_TO and published.tolerance.value is not None:
        return number - min(max(number, figure), published.tolerance.value.number)
    return number - figure


def _spread(values: Floats) -> tuple[float, float, float]:
    """Return mean, 5 % and 95 % quantile of the numbers that are there."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return math.nan, math.nan, math.nan
    low, high = quantile_range(defined)
    return float(defined.mean()), low, high


def _written(flow: Flow, observed: Observed) -> str:
    """Return how a sum that names nothing simulated is worked out; empty for all others."""
    if observed.sum is None or any(
        name.startswith(f"{SIMULATED}.") for name in names_in(observed.sum)
    ):
        return ""
    return write_out(observed.sum, lambda name: value_named(flow, name).written)  # type: ignore[union-attr]
