"""The decisions of a flow: what each option pays, and what it is worth to know more first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats, Ints
from pilotsim.base.errors import Notice, RequestError, did_you_mean
from pilotsim.base.from_above import Shown
from pilotsim.base.messages import Message
from pilotsim.base.statistics import Interval, mean_interval
from pilotsim.base.text import Text
from pilotsim.experiments.information.expected_value import (
    ExpectedValue,
    perfect_information,
    value_of_knowing,
)
from pilotsim.experiments.information.surveys import (
    chance_to_see,
    counts_of_lots,
    find_of_survey,
)
from pilotsim.files.decided import flow_changed
from pilotsim.judge.economy import economy_measures, money_of_payers, results_by_run
from pilotsim.judge.verdicts import TargetReading, questions_of
from pilotsim.model.decisions import NET, NOTHING, SHORTENS, Decision, DecisionOption, Survey
from pilotsim.model.flow import NOT_VARIED, Flow
from pilotsim.model.joint import path_of_joint
from pilotsim.model.rules.decisions import is_shown_by, members_of
from pilotsim.model.targets import Measure
from pilotsim.runs.batches import Outcome, Progress, Variant, run_variants
from pilotsim.simulation.parameters import draw_rows_of_numbers

if TYPE_CHECKING:
    import pandas as pd

REPLICATIONS = 1000
AS_WRITTEN = "as written"
DAYS_IN_WEEK = 7.0


@dataclass(frozen=True)
class OptionPayoff:
    """What an option pays.

    Parameters
    ----------
    name : str
        Its name in the decision.
    says : Text
        What is decided.
    payoff : Interval
        Its mean over the runs, less what not starting pays, with its 95 % interval.
    best : float
        The share of the runs in which no other option pays more.
    """

    name: str
    says: Text
    payoff: Interval
    best: float


@dataclass(frozen=True)
class KnownInput:
    """What it is worth to know an assumption, or several together.

    Parameters
    ----------
    name : str
        The path of the value or of the part `joint`; the part of the file for a group.
    members : tuple of str
        The paths of the values that are known.
    value : ExpectedValue
        What that is worth.
    """

    name: str
    members: tuple[str, ...]
    value: ExpectedValue


@dataclass(frozen=True)
class SurveyWorth:
    """What a survey is worth before a decision.

    Parameters
    ----------
    name : str
        Its name in the flow.
    survey : Survey
        What the file says of it.
    value : ExpectedValue
        What it is worth to choose by what it shows.
    at_most : ExpectedValue or None
        What it would be worth to know exactly what it tells of; None for lots.
    delay : float
        What it costs to wait for it.
    power : float
        For lots: in which share of the runs the effect would be told from none; NaN otherwise.
    """

    name: str
    survey: Survey
    value: ExpectedValue
    at_most: ExpectedValue | None
    delay: float
    power: float = math.nan

    @property
    def net(self) -> float:
        """What it is worth, less what it costs and what waiting for it costs."""
        return self.value.value - self.survey.costs - self.delay

    @property
    def net_interval(self) -> tuple[float, float]:
        """The interval of the net worth; what it costs is taken as known."""
        less = self.survey.costs + self.delay
        return self.value.low - less, self.value.high - less

    @property
    def pays(self) -> bool:
        """Whether it is clearly worth more than it costs."""
        return self.net_interval[0] > 0.0


@dataclass(frozen=True)
class DecisionValue:
    """A decision: what its options pay, and what it is worth to know more before it is made.

    Parameters
    ----------
    name : str
        Its name in the flow.
    decision : Decision
        What the file says of it.
    options : tuple of OptionPayoff
        In the order of the file.
    payoffs : ndarray, shape (runs, options)
        What each pays in each run that counts.
    undefined : int
        Runs that do not count, since a target of some option is not defined in them.
    outcome : ExpectedValue
        What it would be worth to know how each run comes out, chance and all.
    everything : ExpectedValue
        What it is worth to know all assumptions.
    inputs : tuple of KnownInput
        Each assumption and each part `joint` by itself, the one worth most first.
    groups : tuple of KnownInput
        Several assumptions together, the ones worth most first.
    surveys : tuple of SurveyWorth
        The one with the largest net worth first.
    """

    name: str
    decision: Decision
    options: tuple[OptionPayoff, ...]
    payoffs: Floats
    undefined: int
    outcome: ExpectedValue
    everything: ExpectedValue
    inputs: tuple[KnownInput, ...]
    groups: tuple[KnownInput, ...]
    surveys: tuple[SurveyWorth, ...]

    @property
    def best(self) -> OptionPayoff:
        """The option that pays most on average."""
        return max(self.options, key=lambda one: one.payoff.mean)

    @property
    def clear(self) -> list[KnownInput]:
        """The assumptions that are clearly worth finding out."""
        return [one for one in self.inputs if one.value.is_clear]


@dataclass(frozen=True, repr=False)
class InformationValue(Shown):
    """What it is worth to know more before the decisions of a flow.

    Parameters
    ----------
    flow : Flow
        Whose decisions they are.
    seed, replications : int
        How the options were run.
    decisions : tuple of DecisionValue
        In the order of the file.
    draws : mapping of str to ndarray, shape (replications,)
        What was drawn of each assumption, by path, in base units.
    scenario : Text or None
        The scenario that changed the flow.
    """

    flow: Flow
    seed: int
    replications: int
    decisions: tuple[DecisionValue, ...]
    draws: Mapping[str, Floats]
    scenario: Text | None = None

    @property
    def fixed(self) -> bool:
        """Whether assumptions stood at their values: never, for nothing would be left to know."""
        return False

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What a reader should know of the file."""
        return self.flow.notices

    def decision(self, name: str) -> DecisionValue:
        """Return what is known of a decision by its name."""
        return next(one for one in self.decisions if one.name == name)

    def to_frame(self) -> pd.DataFrame:
        """Return what each assumption and group is worth, a row for each and decision."""
        import pandas as pd

        rows = [
            {"decision": one.name, "kind": kind, "name": name, **_told(value)}
            for one in self.decisions
            for kind, name, value in [
                ("outcome", "", one.outcome),
                ("everything", "", one.everything),
                *(("assumption", known.name, known.value) for known in one.inputs),
                *(("group", known.name, known.value) for known in one.groups),
            ]
        ]
        frame = pd.DataFrame(rows)
        frame.attrs = {"units": dict.fromkeys(("value", "low", "high"), "of the payoff")}
        return frame

    def surveys_frame(self) -> pd.DataFrame:
        """Return what each survey is worth, a row for each and decision."""
        import pandas as pd

        rows = [
            {
                "decision": one.name,
                "survey": survey.name,
                **_told(survey.value),
                "costs": survey.survey.costs,
                "delay": survey.delay,
                "net": survey.net,
                "net_low": survey.net_interval[0],
                "net_high": survey.net_interval[1],
                "power": survey.power,
            }
            for one in self.decisions
            for survey in one.surveys
        ]
        return pd.DataFrame(rows)

    def options_frame(self) -> pd.DataFrame:
        """Return what each option pays, a row for each and decision."""
        import pandas as pd

        rows = [
            {
                "decision": one.name,
                "option": option.name,
                "payoff": option.payoff.mean,
                "low": option.payoff.low,
                "high": option.payoff.high,
                "best": option.best,
            }
            for one in self.decisions
            for option in one.options
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        lines = [f"Information for {self.flow.flow}: {self.replications} runs, seed {self.seed}"]
        for one in self.decisions:
            lines.append(f"  {one.name}: {one.best.name} pays {one.best.payoff.mean:,.0f}")
            lines += [f"    {own.name:<44} {own.value.value:>12,.0f}" for own in one.inputs[:5]]
        return "\n".join(lines)


def _told(value: ExpectedValue) -> dict[str, float | str]:
    return {
        "value": value.value,
        "low": value.low,
        "high": value.high,
        "error": value.error,
        "bias": value.bias,
        "changes": value.changes,
        "form": value.form,
    }


@checks_arguments
def value(
    flow: Flow,
    decision: str | None = None,
    *,
    groups: Sequence[Sequence[str]] = (),
    replications: int = REPLICATIONS,
    seed: int = 1,
    jobs: int = 1,
    scenario: Text | None = None,
    engine: str | None = None,
    progress: Progress | None = None,
) -> InformationValue:
    """Return what it is worth to find out the assumptions of a flow before deciding.

    Parameters
    ----------
    flow : Flow
        With `decisions`, and assumptions that have ranges.
    decision : str, optional
        The decision; all of the flow, unless given.
    groups : sequence of sequence of str
        Assumptions that would be known together, by path, beside the groups of the file.
    replications : int
        Runs of each option, with and without the programme; in each all assumptions are drawn.
    seed : int
        The seed: the same clients and the same assumptions under every option.
    jobs : int
        Processes at once; -1 for one a core.
    scenario : Text, optional
        What the scenario is called that changed the flow.
    engine : str, optional
        `kernel` (compiled) or `process` (SimPy); the fastest there is, unless said.
    progress : callable, optional
        Called with the number of runs just done, of `count_runs_of_value` in all.

    Raises
    ------
    RequestError
        The flow has no such decision, no assumption with a range, or an option cannot be taken.

    Examples
    --------
    >>> found = value(flow, replications=1000)             # doctest: +SKIP
    >>> found.to_frame().sort_values("value")              # doctest: +SKIP
    """
    asked = _decisions_asked(flow, decision)
    units = inputs_of(flow)
    if not units:
        raise RequestError(
            Message("the flow has no assumption with a range: there is nothing to find out")
        )
    own_groups = _groups_asked(flow, groups)
    variants = _variants(flow, asked, engine)
    outcomes = run_variants(
        [variant for variant, _ in variants.values()],
        (),
        seed=seed,
        replications=dict.fromkeys(variants, replications),
        jobs=jobs,
        progress=progress,
    )
    numbers = draw_rows_of_numbers(flow, seed, range(replications))
    draws = {path: numbers[:, flow.values[path].slot] for paths in units.values() for path in paths}
    world = _World(flow, seed, draws, units, own_groups)
    found = []
    for name, one in asked.items():
        payoffs = np.column_stack(
            [
                _payoff(flow, one, option, variants, outcomes, _label(name, option))
                for option in one.options
            ]
        )
        found.append(world.value_of(name, one, payoffs, variants, outcomes))
    return InformationValue(flow, seed, replications, tuple(found), draws, scenario)


def count_runs_of_value(flow: Flow, decision: str | None, replications: int) -> int:
    """Return how many runs `value` makes, as `progress` counts them.

    Parameters
    ----------
    flow : Flow
        With its decisions.
    decision : str or None
        The decision; all for None.
    replications : int
        Runs of each option.
    """
    return replications * len(_variants(flow, _decisions_asked(flow, decision), None))


def inputs_of(flow: Flow) -> dict[str, tuple[str, ...]]:
    """Return what of a flow can be known by itself, by name: its paths.

    Each assumption, and each part `joint` as a whole, since its values are fitted together.

    Parameters
    ----------
    flow : Flow
        Whose assumptions they are.
    """
    found = {
        path: (path,)
        for path, own in flow.assumptions.items()
        if own.joint is None and path.partition(".")[0] not in NOT_VARIED
    }
    return found | {
        path_of_joint(name): tuple(members) for name, members in flow.drawn_together.items()
    }


def _decisions_asked(flow: Flow, decision: str | None) -> dict[str, Decision]:
    if not flow.decisions:
        raise RequestError(
            Message(
                "the flow names no decision: write under 'decisions' what is to be decided, the "
                "options, and what they pay"
            )
        )
    if decision is None:
        return dict(flow.decisions)
    if decision not in flow.decisions:
        raise RequestError(
            Message(
                "unknown decision '{name}'{meant}",
                name=decision,
                meant=did_you_mean(decision, flow.decisions),
            )
        )
    return {decision: flow.decisions[decision]}


def _groups_asked(flow: Flow, groups: Sequence[Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Return the groups of the file, by part, and those that are asked for."""
    units = inputs_of(flow)
    found: dict[str, tuple[str, ...]] = {}
    for name, members in units.items():
        part = name.partition(".")[0]
        found[part] = (*found.get(part, ()), *members)
    found = {
        part: members
        for part, members in found.items()
        if sum(name.partition(".")[0] == part for name in units) > 1
    }
    for asked in groups:
        together: list[str] = []
        for name in asked:
            if name not in units:
                raise RequestError(
                    Message(
                        "'{name}' is no assumption with a range{meant}",
                        name=name,
                        meant=did_you_mean(name, units),
                    )
                )
            together += units[name]
        found[" + ".join(asked)] = tuple(together)
    return found


def _label(decision: str, option: str) -> str:
    return f"decision {decision}={option}"


def _variants(
    flow: Flow, asked: Mapping[str, Decision], engine: str | None
) -> dict[str, tuple[Variant, list[TargetReading]]]:
    """Return what is run, by name, with the targets whose measures come after the economy's."""
    found = {AS_WRITTEN: _variant(AS_WRITTEN, flow, engine)}
    for name, decision in asked.items():
        for option, own in decision.options.items():
            if own.changes:
                label = _label(name, option)
                found[label] = _variant(label, _flow_of(flow, name, option, own), engine)
    return found


def _flow_of(flow: Flow, decision: str, option: str, own: DecisionOption) -> Flow:
    known: dict[tuple[str, str], Flow] = flow.memory.setdefault(_flow_of, {})
    if (decision, option) not in known:
        changed = flow_changed(flow, own.changes)
        if changed is None:
            raise RequestError(
                Message("the options of a decision need a flow that was read from a file")
            )
        known[decision, option] = changed
    return known[decision, option]


def _variant(label: str, flow: Flow, engine: str | None) -> tuple[Variant, list[TargetReading]]:
    worth = {name for decision in flow.decisions.values() for name in decision.targets}
    targets = [one for one in questions_of(flow) if one.name in worth and one.measure is not None]
    measures: list[Measure] = [one.measure for one in targets if one.measure is not None]
    lots = [one.lots.share for one in flow.surveys.values() if one.lots is not None]
    asked = [*economy_measures(flow), *measures, *lots]
    return (
        Variant(label, flow, with_counterfactual=True, engine=engine, measures=asked),
        targets,
    )


def _payoff(
    flow: Flow,
    decision: Decision,
    option: str,
    variants: Mapping[str, tuple[Variant, list[TargetReading]]],
    outcomes: Mapping[str, Outcome],
    label: str,
) -> Floats:
    """Return what an option pays in each run, less what not starting pays, shape (runs,)."""
    count = len(outcomes[AS_WRITTEN].values)
    if decision.options[option].without:
        return np.zeros(count)
    own = label if label in outcomes else AS_WRITTEN
    (variant, targets), outcome = variants[own], outcomes[own]
    paid = np.zeros(count)
    first = len(economy_measures(variant.flow))
    money = decision.money or NET
    if flow.economy is not None and money != NOTHING:
        paid -= money_of_payers(variant.flow, outcome, decision.payers, net=money == NET)
    if decision.results:
        more = results_by_run(variant.flow, outcome)
        for name, worth in decision.results.items():
            paid += worth * more[name]
    for name, worth in decision.targets.items():
        column, question = next(
            (k, one) for k, one in enumerate(targets, first) if one.name == name
        )
        paid += worth * _met_more(question, outcome, column)
    return paid


def _met_more(question: TargetReading, outcome: Outcome, column: int) -> Floats:
    """Return whether a target is met in each run, less whether it is without the programme.

    Where nobody is counted without the programme, it is not met there.
    """
    bounds = outcome.bound_of(question.bound)
    beyond = outcome.support.beyond[:, column]
    met = question.as_met(outcome.values[:, column], bounds, beyond)
    without = question.as_met(outcome.counterfactual[:, column], bounds)
    return np.asarray(met - np.nan_to_num(without, nan=0.0))


def _in_order(known: Iterable[KnownInput]) -> tuple[KnownInput, ...]:
    """Return inputs with the one worth most first; a tie goes by what may be most."""
    return tuple(sorted(known, key=lambda one: (-one.value.value, -one.value.high)))


@dataclass(frozen=True)
class _World:
    """What was drawn of a flow, and what may be known of it."""

    flow: Flow
    seed: int
    draws: Mapping[str, Floats]
    units: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]

    def value_of(
        self,
        name: str,
        decision: Decision,
        payoffs: Floats,
        variants: Mapping[str, tuple[Variant, list[TargetReading]]],
        outcomes: Mapping[str, Outcome],
    ) -> DecisionValue:
        counts = np.flatnonzero(~np.isnan(payoffs).any(axis=1))
        undefined = len(payoffs) - len(counts)
        if len(counts) < 2:
            raise RequestError(
                Message("a target of the decision '{name}' is not defined in these runs", name=name)
            )
        own = payoffs[counts]
        best = own == own.max(axis=1)[:, None]
        options = tuple(
            OptionPayoff(
                option, one.says, mean_interval(own[:, k]), float((best[:, k] / best.sum(1)).mean())
            )
            for k, (option, one) in enumerate(decision.options.items())
        )
        everything = tuple(path for members in self.units.values() for path in members)
        asked = [tuple(self._told_by(one)) for one in self.flow.surveys.values()]
        sets = [*self.units.values(), *self.groups.values(), *filter(None, asked), everything]
        known = self._values(own, sets, counts)
        outcome = perfect_information(own).at_least([known[frozenset(everything)]])
        surveys = [
            self._survey(survey, counts, own, known, outcome, decision, variants, outcomes)
            for survey in self.flow.surveys.items()
            if self._tells(survey[1])
        ]
        return DecisionValue(
            name,
            decision,
            options,
            own,
            undefined,
            outcome,
            known[frozenset(everything)],
            _in_order(
                KnownInput(name, own, known[frozenset(own)]) for name, own in self.units.items()
            ),
            _in_order(
                KnownInput(name, own, known[frozenset(own)]) for name, own in self.groups.items()
            ),
            tuple(sorted(surveys, key=lambda one: -one.net)),
        )

    def _values(
        self, payoffs: Floats, asked: Iterable[Sequence[str]], counts: Ints
    ) -> dict[frozenset[str], ExpectedValue]:
        """Return what each of some sets of values is worth, none less than a part of it."""
        sets = {frozenset(members): members for members in asked}
        found = {own: self._value(payoffs, members, counts) for own, members in sets.items()}
        return {
            own: value.at_least(part for members, part in found.items() if members < own)
            for own, value in found.items()
        }

    def _value(self, payoffs: Floats, members: Sequence[str], counts: Ints) -> ExpectedValue:
        known = np.column_stack([self.draws[path][counts] for path in members])
        return value_of_knowing(payoffs, known, seed=self.seed)

    def _tells(self, survey: Survey) -> bool:
        """Whether a survey tells of anything that is not set for this run."""
        return survey.lots is not None or bool(self._told_by(survey))

    def _told_by(self, survey: Survey) -> list[str]:
        return [
            path
            for name in survey.of
            for path, own in members_of(self.flow, name).items()
            if path in self.draws and is_shown_by(survey, own)
        ]

    def _survey(
        self,
        named: tuple[str, Survey],
        counts: Ints,
        payoffs: Floats,
        known: Mapping[frozenset[str], ExpectedValue],
        outcome: ExpectedValue,
        decision: Decision,
        variants: Mapping[str, tuple[Variant, list[TargetReading]]],
        outcomes: Mapping[str, Outcome],
    ) -> SurveyWorth:
        name, survey = named
        power, at_most = math.nan, None
        if survey.lots is not None:
            runs = outcomes[AS_WRITTEN]
            lots = [own for own, one in self.flow.surveys.items() if one.lots is not None]
            column = runs.values.shape[1] - len(lots) + lots.index(name)
            shares = runs.values[counts, column], runs.counterfactual[counts, column]
            shown = counts_of_lots(survey.lots, *shares, self.seed)
            power = chance_to_see(survey.lots, shown)
            # The effect and the level, rather than two shares that move together.
            shown = np.column_stack([shown[:, 0] - shown[:, 1], shown.mean(axis=1)])
        else:
            paths = self._told_by(survey)
            members = {path: self.flow.values[path] for path in paths}
            drawn = {path: self.draws[path][counts] for path in paths}
            shown = find_of_survey(survey, members, drawn, self.seed)
            at_most = known[frozenset(paths)]
        found = value_of_knowing(payoffs, shown, seed=self.seed).within(at_most or outcome)
        best = float(payoffs.mean(axis=0).max())
        delay = self._part_lost(survey, decision) * (best + found.value)
        return SurveyWorth(name, survey, found, at_most, delay, power)

    def _part_lost(self, survey: Survey, decision: Decision) -> float:
        """Return which part of what is decided is lost by waiting for a survey."""
        if not survey.delays or decision.delay != SHORTENS or survey.weeks is None:
            return 0.0
        whole = (self.flow.end - self.flow.counts_from).days
        return min(1.0, survey.weeks * DAYS_IN_WEEK / whole)
