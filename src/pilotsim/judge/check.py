"""The check of a flow: a verdict on every target, and what holds each of them back."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import Notice
from pilotsim.base.from_above import Shown
from pilotsim.base.quantity import Quantity
from pilotsim.base.text import Text
from pilotsim.judge.after_runs import found_in_runs
from pilotsim.judge.choices import (
    JudgedChoice,
    OptionToRun,
    judge_choices,
    options_to_run,
    runs_of_an_option,
)
from pilotsim.judge.economy import EconomyResultSet, economy_measures, work_out_economy
from pilotsim.judge.effect_split import EffectSplit, SplitRuns, count_split_runs
from pilotsim.judge.effect_totals import EffectTotals, effect_measures, effect_totals
from pilotsim.judge.judging import judge_all
from pilotsim.judge.one_way_sensitivity import (
    CAPACITY,
    UNCHANGED,
    ChangedInput,
    OneWayChange,
    assumptions_at_ends,
    capacities_lifted,
    compare,
)
from pilotsim.judge.question_runs import QuestionRuns
from pilotsim.judge.readings import ReadingVerdicts, verdicts_by_reading
from pilotsim.judge.strengths import (
    StrengthVerdicts,
    central_strengths,
    count_strengths,
    variants_by_strength,
)
from pilotsim.judge.verdicts import (
    TargetReading,
    Verdict,
    WrittenSum,
    questions_of,
    work_out_sum,
)
from pilotsim.measures.monthly import MonthlyPaths
from pilotsim.model.flow import Flow
from pilotsim.runs.batches import Outcome, Progress, RunOptions, Variant, run_variants

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Contradiction:
    """Two statements of the source that cannot both hold, with the sum."""

    sum: WrittenSum
    stated: Quantity
    source: str | None
    targets: tuple[str, ...]


def _percent(probability: float) -> str:
    return "" if math.isnan(probability) else f"{100 * probability:.0f} %"


@dataclass(frozen=True, repr=False)
class Check(Shown):
    """What a check found.

    Parameters
    ----------
    flow : Flow
        What was checked.
    scenario : Text or None
        The scenario that changed it.
    seed, replications, what_if_replications : int
        How it was run.
    fixed : bool
        Whether all assumptions stood at their values.
    verdicts : tuple of Verdict
        One for each target and reading, in the order of the file.
    values : mapping of str to ndarray, shape (replications,)
        Each measured question's value in each replication.
    drivers : tuple of OneWayChange
        What was changed in turn, in the order of the file.
    contradictions : tuple of Contradiction
        Of the sources.
    economy : EconomyResultSet or None
        What the programme costs whom, and what comes of it; None where the file does not say.
    paths, counterfactual_paths : tuple of MonthlyPaths
        Each replication month by month, with the programme and without; the first thousand at most.
    by_reading : tuple of ReadingVerdicts
        The verdicts in each reading of sources that disagree; none where assumptions are fixed.
    choices : tuple of JudgedChoice
        What somebody has to decide, each option judged; none where nothing was asked but verdicts.
    effect : EffectTotals or None
        What the programme changes, from the runs of the verdicts; None where the flow does not
        say whom to count.
    split : EffectSplit or None
        What the programme does, in its parts; None where the flow names none, or was not asked.
    strengths : tuple of StrengthVerdicts
        The verdicts with the help at some strengths; none where the flow has no strength.
    found_in_runs : tuple of Notice
        What only runs show: clients who stand still for ever, measures that are not yet steady.
    """

    flow: Flow
    scenario: Text | None
    seed: int
    replications: int
    what_if_replications: int
    fixed: bool
    verdicts: tuple[Verdict, ...]
    values: Mapping[str, Floats]
    drivers: tuple[OneWayChange, ...]
    contradictions: tuple[Contradiction, ...]
    economy: EconomyResultSet | None
    paths: tuple[MonthlyPaths, ...]
    counterfactual_paths: tuple[MonthlyPaths, ...]
    by_reading: tuple[ReadingVerdicts, ...] = ()
    choices: tuple[JudgedChoice, ...] = ()
    effect: EffectTotals | None = None
    split: EffectSplit | None = None
    strengths: tuple[StrengthVerdicts, ...] = ()
    found_in_runs: tuple[Notice, ...] = ()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader should know: of the file, and what only runs show."""
        return (*self.flow.notices, *self.found_in_runs)

    @property
    def falls_short(self) -> bool:
        """Whether any target, in any reading, is not at least likely to be met."""
        return any(verdict.grade.falls_short for verdict in self.verdicts)

    def drivers_of(self, question: TargetReading) -> list[OneWayChange]:
        """Return what moves a question's measure, the strongest first.

        What may be chance comes after all that is not, however large.
        """
        own = [
            driver for driver in self.drivers if not math.isnan(driver.value[question.name].mean)
        ]
        name = question.name
        return sorted(own, key=lambda one: (not one.is_clear(name), -abs(one.value[name].mean)))

    def strongest_assumptions(self, count: int) -> list[str]:
        """Return the assumptions that are among the strongest so many for most questions.

        Parameters
        ----------
        count : int
            How many are returned at most, and are counted as the strongest of a question.
        """
        counts: Counter[str] = Counter()
        for verdict in self.verdicts:
            if verdict.question.name in self.values:
                drivers = self.drivers_of(verdict.question)
                names = [driver.name for driver in drivers if driver.kind != CAPACITY]
                counts.update(set(names[:count]))
        places = list(dict.fromkeys(driver.name for driver in self.drivers))
        in_order = sorted(counts, key=lambda name: (-counts[name], places.index(name)))
        return in_order[:count]

    def to_frame(self) -> pd.DataFrame:
        """Return the verdicts as a table: a row per target and reading, numbers in base units.

        What must be known of a number stands beside it: how many clients, visits or waits it rests
        on (`base`), how many are left out or still wait, in what share of the runs it is only known
        to be at least so much (`bounded`), and whether it still moves over the run (`not_steady`).
        """
        import pandas as pd

        moving = {one.path for one in self.found_in_runs}
        rows = [
            {
                "target": v.question.target,
                "reading": v.question.reading,
                "kind": "" if v.question.measure is None else v.question.measure.unit,
                "bound": v.question.bound.number,
                "at_least": v.question.at_least,
                "expected": v.expected,
                "low": v.low,
                "high": v.high,
                "anyway": v.counterfactual,
                "probability": v.probability,
                "probability_low": v.interval[0],
                "probability_high": v.interval[1],
                "replications": v.replications,
                "undefined": v.undefined,
                "base": v.rests_on.base,
                "left_out": v.rests_on.left_out,
                "waiting": v.rests_on.waiting,
                "bounded": v.rests_on.bounded,
                "not_steady": f"targets.{v.question.target}" in moving,
                "ceiling": v.ceiling.number if v.ceiling else math.nan,
                "verdict": v.word,
            }
            for v in self.verdicts
        ]
        frame = pd.DataFrame(rows)
        measured = ("bound", "expected", "low", "high", "anyway", "ceiling")
        frame.attrs = {
            "units": {
                **dict.fromkeys(measured, "of kind: share of 1, days, per day, or as counted"),
                **dict.fromkeys(("probability", "probability_low", "probability_high"), "of 1"),
            }
        }
        return frame

    def drivers_frame(self) -> pd.DataFrame:
        """Return what moves the results as a table: one row for each change and question."""
        import pandas as pd

        rows = [
            {
                "change": driver.name,
                "kind": driver.kind,
                "stands_at": driver.number,
                "question": name,
                "value": change.mean,
                "value_low": change.low,
                "value_high": change.high,
                "bounded": driver.bounded.get(name),
                "probability": driver.probability[name].mean,
                "probability_low": driver.probability[name].low,
                "probability_high": driver.probability[name].high,
            }
            for driver in self.drivers
            for name, change in driver.value.items()
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        lines = [f"Check of {self.flow.flow}: {self.replications} replications, seed {self.seed}"]
        lines += [
            f"  {v.question.name:<36} {v.word:<11} {_percent(v.probability)}" for v in self.verdicts
        ]
        return "\n".join(lines)

    def verdict_of(self, name: str) -> Verdict:
        """Return the verdict on a question by its name, such as `work.attenders`."""
        return next(verdict for verdict in self.verdicts if verdict.question.name == name)


@checks_arguments
def check_targets(
    flow: Flow,
    *,
    replications: int = 400,
    what_if_replications: int | None = None,
    seed: int = 1,
    fixed: bool = False,
    what_if: bool = True,
    jobs: int = 1,
    scenario: Text | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Check:
    """Return a verdict on every target of a flow, and what holds each back.

    Parameters
    ----------
    flow : Flow
        What the file says.
    replications : int
        Runs that the verdicts rest on, each with and without the programme.
    what_if_replications : int, optional
        Runs of each change; a fortieth of the replications, and 20 at least, unless said.
    seed : int
        The seed.
    fixed : bool
        All assumptions at their values; otherwise each is drawn once per replication.
    what_if : bool
        Whether to ask what holds the targets back, and what other decisions would change.
    jobs : int
        Processes at once; -1 for one a core.
    scenario : Text, optional
        What the scenario is called that changed the flow.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of `count_runs` in all.

    Raises
    ------
    SimulationError
        A client goes round without time passing, or finds no way on.
    """
    questions = list(questions_of(flow))
    asked = [question for question in questions if question.measure is not None]
    measures = [question.measure for question in asked if question.measure is not None]
    # The costs, and what an effect is split against, are measured in the runs of the verdicts.
    by_state = effect_measures(flow)
    economy = economy_measures(flow)
    unchanged = Variant(
        UNCHANGED,
        flow,
        fixed=fixed,
        with_counterfactual=True,
        with_paths=True,
        engine=engine,
        measures=(*measures, *by_state, *economy),
    )
    options = RunOptions(seed, replications, fixed, jobs, engine)
    asks = _WhatIf.of(flow, options, what_if_replications) if what_if else _WhatIf()
    outcomes = run_variants(
        [unchanged, *asks.variants],
        measures,
        seed=seed,
        replications={UNCHANGED: replications, **asks.runs},
        jobs=jobs,
        progress=progress,
    )
    main, states, costs = outcomes[UNCHANGED].apart(len(measures), len(by_state), len(economy))
    effect = effect_totals(flow, states.values, states.counterfactual, unchanged, seed)
    verdicts = tuple(_verdicts(flow, questions, asked, main, engine))
    values = _by_question(asked, main)
    beyond = {question.name: main.support.beyond[:, k] for k, question in enumerate(asked)}
    by_reading: tuple[ReadingVerdicts, ...] = ()
    if not fixed:
        runs_asked = [
            QuestionRuns.of_outcome(main, column, question.bound)
            for column, question in enumerate(asked)
        ]
        by_reading = verdicts_by_reading(flow, asked, runs_asked, replications, seed, engine=engine)
    judged = (
        judge_choices(flow, verdicts, values, asks.options, outcomes, beyond, engine=engine)
        if what_if
        else ()
    )
    strengths = (
        StrengthVerdicts(
            multiple=multiple,
            strengths={name: multiple * number for name, number in asks.central.items()},
            verdicts=tuple(_verdicts(flow, questions, asked, outcomes[variant.name], engine)),
        )
        for multiple, variant in asks.by_strength
    )
    split = None
    if asks.split is not None and effect is not None:
        split = asks.split.work_out(outcomes, effect)
    return Check(
        flow=flow,
        scenario=scenario,
        seed=seed,
        replications=replications,
        what_if_replications=asks.few,
        fixed=fixed,
        verdicts=verdicts,
        values=values,
        drivers=tuple(
            _compare(change, asked, outcomes[change.label], main) for change in asks.changes
        ),
        contradictions=contradictions_of(flow),
        economy=work_out_economy(flow, costs),
        paths=tuple(main.paths),
        counterfactual_paths=tuple(main.counterfactual_paths),
        by_reading=by_reading,
        choices=tuple(judged),
        effect=effect,
        split=split,
        strengths=tuple(strengths),
        found_in_runs=found_in_runs(
            flow, seed=seed, replications=replications, fixed=fixed, engine=engine
        ),
    )


@dataclass(frozen=True)
class _WhatIf:
    """What is run beside the flow as it is, and how often; nothing unless it is asked for.

    Parameters
    ----------
    few : int
        Runs of each change.
    changes : sequence of ChangedInput
        What is changed in turn.
    options : sequence of OptionToRun
        Options of choices that are not taken.
    central : mapping of str to float
        What each strength is believed to be on average, by its name.
    by_strength : sequence of (float, Variant)
        The flow at multiples of them.
    split : SplitRuns or None
        The worlds that split the effect; None where the flow names no parts.
    variants : sequence of Variant
        All of these, to be run.
    runs : mapping of str to int
        How many runs each variant gets, by its name.
    """

    few: int = 0
    changes: Sequence[ChangedInput] = ()
    options: Sequence[OptionToRun] = ()
    central: Mapping[str, float] = field(default_factory=dict)
    by_strength: Sequence[tuple[float, Variant]] = ()
    split: SplitRuns | None = None
    variants: Sequence[Variant] = ()
    runs: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, flow: Flow, run: RunOptions, what_if_replications: int | None) -> _WhatIf:
        """Return all that is asked of a flow."""
        fixed, engine, replications = run.fixed, run.engine, run.replications
        few = _few(replications, what_if_replications)
        changes = _changes(flow)
        options = options_to_run(flow)
        central = central_strengths(flow, fixed=fixed)
        by_strength = variants_by_strength(flow, central, fixed=fixed, engine=engine)
        # As many runs as the verdicts rest on: what is told twice has one number.
        split = SplitRuns.of(
            flow, replications=replications, seed=run.seed, fixed=fixed, engine=engine
        )
        counted = [(change.as_variant(flow, fixed=fixed, engine=engine), few) for change in changes]
        counted += [
            (option.as_variant(fixed=fixed, engine=engine), runs_of_an_option(replications))
            for option in options
        ]
        counted += [(variant, quarter_of(replications)) for _, variant in by_strength]
        if split is not None:
            counted += [(variant, replications) for variant in split.variants]
        return cls(
            few=few,
            changes=changes,
            options=options,
            central=central,
            by_strength=by_strength,
            split=split,
            variants=[variant for variant, _ in counted],
            runs={variant.name: count for variant, count in counted},
        )


def count_runs(
    flow: Flow, replications: int, what_if_replications: int | None = None, *, what_if: bool = True
) -> int:
    """Return how many runs a check makes, as `progress` counts them.

    Parameters
    ----------
    flow : Flow
        What is checked.
    replications : int
        Replications of the flow as it is written.
    what_if_replications : int, optional
        Replications of each change; a fortieth of the others but at least 20, unless given.
    what_if : bool
        Whether values are changed one at a time, and options tried, as well.
    """
    if not what_if:
        return replications
    options = len(options_to_run(flow)) * runs_of_an_option(replications)
    quarter = quarter_of(replications)
    worlds = count_strengths(flow)
    return (
        replications
        + options
        + len(_changes(flow)) * _few(replications, what_if_replications)
        + worlds * quarter
        + count_split_runs(flow, replications)
    )


def quarter_of(replications: int) -> int:
    """Return how many runs there are of each strength."""
    return max(min(replications, 20), replications // 4)


def _few(replications: int, asked: int | None) -> int:
    return min(replications, max(20, replications // 40) if asked is None else asked)


def _verdicts(
    flow: Flow,
    questions: Sequence[TargetReading],
    asked: Sequence[TargetReading],
    main: Outcome,
    engine: str | None,
) -> list[Verdict]:
    runs = [
        None
        if question.measure is None
        else QuestionRuns.of_outcome(main, asked.index(question), question.bound)
        for question in questions
    ]
    return judge_all(flow, questions, runs, engine=engine)


def _changes(flow: Flow) -> list[ChangedInput]:
    """Return all that is changed in turn to find what holds targets back."""
    return [*capacities_lifted(flow), *assumptions_at_ends(flow)]


def _by_question(asked: Sequence[TargetReading], outcome: Outcome) -> dict[str, Floats]:
    return {question.name: outcome.values[:, k] for k, question in enumerate(asked)}


def _compare(
    change: ChangedInput, asked: Sequence[TargetReading], changed: Outcome, main: Outcome
) -> OneWayChange:
    after = _by_question(asked, changed)
    for question in asked:
        kind = question.measure.kind if question.measure is not None else ""
        # Units without limit have neither a share in use nor a price.
        if change.kind == CAPACITY and kind in ("use", "cost"):
            after[question.name] = np.full(len(changed.values), math.nan)
    before = _by_question(asked, main)
    met = {}
    beyond = {}
    for column, question in enumerate(asked):
        values, bound = after[question.name], question.bound
        own, others = changed.support.beyond[:, column], main.support.beyond[:, column]
        beyond[question.name] = (own, others)
        met[question.name] = (
            question.as_met(values, changed.bound_of(bound), own),
            question.as_met(before[question.name], main.bound_of(bound), others),
        )
    return compare(change, after, before, met, beyond)


def contradictions_of(flow: Flow) -> tuple[Contradiction, ...]:
    """Return the contradictions that a flow file names, with their sums worked out.

    They are about the document: the numbers are those of the file, whatever was set for the run.
    """
    written = flow.as_written
    return tuple(
        Contradiction(
            work_out_sum(written, conflict.sum, conflict.says),
            conflict.stated,
            conflict.source,
            conflict.targets,
        )
        for conflict in written.conflicts
    )
