"""From the results of a study to what is found in them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pilotsim.base.arguments import checks_arguments
from pilotsim.base.arrays import Floats
from pilotsim.base.errors import RequestError, message_of
from pilotsim.base.messages import Message
from pilotsim.base.quantity import Quantity, read_words
from pilotsim.base.statistics import mean_interval
from pilotsim.base.text import Text
from pilotsim.experiments.findings.history_matching import RuledOut, rule_out
from pilotsim.experiments.findings.records import (
    FactorInfo,
    FailureRegion,
    Findings,
    Interaction,
    LeftOutPoint,
    ResponseInfo,
    ScenarioDifference,
    SensitivityResult,
    SurrogateQuality,
    VarianceSplit,
)
from pilotsim.experiments.findings.surrogate import (
    StudySurrogate,
    fit_surrogate,
    sample_of,
)
from pilotsim.experiments.sensitivity.distribution_indices import (
    DELTA,
    PAWN,
    distribution_indices,
)
from pilotsim.experiments.sensitivity.morris import elementary_effects
from pilotsim.experiments.sensitivity.prim import discover
from pilotsim.experiments.sensitivity.sampling import trajectories, walks
from pilotsim.experiments.sensitivity.scenario_differences import (
    cross,
    mean_over_points,
    paired_difference,
)
from pilotsim.experiments.sensitivity.shapley import shapley_effects
from pilotsim.experiments.sensitivity.sobol import sobol_indices, split_spread
from pilotsim.experiments.study.analysis_request import ObservedFigure, points_apart
from pilotsim.experiments.study.results import StudyRun
from pilotsim.experiments.study.study_file import ALL, AnalysisRequest


@checks_arguments
def analyse(run: StudyRun) -> Findings:
    """Return what a study's file asks of its results.

    Parameters
    ----------
    run : StudyRun
        A finished run, as `open_run` returns it. It must keep its replications.

    Raises
    ------
    RunError
        The run does not keep what is needed, or a file of it is damaged.

    Examples
    --------
    >>> found = pilotsim.analyse(pilotsim.open_run("caseload"))   # doctest: +SKIP
    >>> pilotsim.tables(found, language="en").keys()              # doctest: +SKIP
    """
    return _Search(run).findings()


class _Search:
    """One look at the results of a study."""

    def __init__(self, run: StudyRun) -> None:
        self.run, self.content = run, run.manifest.content
        self.said: Mapping[str, Any] = self.content["study"]
        self.asked = AnalysisRequest.model_validate(self.said.get("analysis") or {})
        self.seed = int(run.manifest.identity["seed"])
        self.x: Floats = run.layout.numbers
        self.factors = run.layout.factors
        self.responses = {response.name: response for response in run.layout.responses}
        self.scenarios = tuple(self.content["scenarios"])
        self.least = int(run.points["replications"].min())
        self.values = lru_cache(maxsize=64)(self._values)
        self.beyond = lru_cache(maxsize=64)(self._beyond)
        self.surrogate = lru_cache(maxsize=None)(self._surrogate)

    def findings(self) -> Findings:
        content = self.content
        against = self.asked.differences.against if self.asked.differences else None
        about = read_words(self.said["about"]) if self.said.get("about") else None
        return Findings(
            self.run.manifest.name,
            _text(content["title"]),
            about,
            content["file"],
            self.seed,
            int(self._count_runs()),
            self.run.manifest.identity["assumptions"] == "drawn",
            scenarios_of(self.run),
            against,
            responses_of(self.run),
            factors_of(self.run),
            tuple(self._compared(against) if against else ()),
            tuple(self._spreads() if self.asked.spread else ()),
            tuple(self._hangs()),
            tuple(self._missed()),
            tuple(self._together()),
            tuple(self._told()),
            self._ruled_out(),
            self.run.changes_of_scenarios,
        )

    def _count_runs(self) -> int:
        points = self.run.points
        first = points[points["response"] == next(iter(self.responses))]
        return int(first["replications"].sum())

    def _values(self, response: str, scenario: str) -> Floats:
        """Return a response in the replications all points have, shape (points, replications)."""
        return self.run.values(response, scenario)[:, : self.least]

    def _beyond(self, response: str, scenario: str) -> Floats:
        """Return how much more a response may be, shape (points, replications)."""
        return self.run.beyond(response, scenario)[:, : self.least]

    def _met(self, response: str, scenario: str) -> Floats:
        """Return whether a bound is met: 1 or 0, NaN where that is not known."""
        values, beyond = self.values(response, scenario), self.beyond(response, scenario)
        return self.responses[response].as_met(values, beyond)

    def _each(self) -> Iterator[tuple[str, str]]:
        yield from (
            (response, scenario) for response in self.responses for scenario in self.scenarios
        )

    def _compared(self, against: str) -> Iterator[ScenarioDifference]:
        for response, scenario in self._each():
            if scenario == against:
                continue
            after, before = self.values(response, scenario), self.values(response, against)
            chance = None
            if self.responses[response].bound is not None:
                chance = paired_difference(
                    self._met(response, scenario), self._met(response, against)
                )
            # Two values that are both only the least that they can be have no known difference.
            is_open = self.beyond(response, scenario) > 0
            after = np.where(is_open & (self.beyond(response, against) > 0), math.nan, after)
            missing = np.isnan(after) | np.isnan(before)
            was, is_now = (
                mean_interval(mean_over_points(np.where(missing, math.nan, values)))
                for values in (before, after)
            )
            yield ScenarioDifference(
                response,
                scenario,
                was.mean,
                is_now.mean,
                paired_difference(after, before),
                chance,
                int(missing.sum()),
                was.half_width,
                is_now.half_width,
            )

    def _spreads(self) -> Iterator[VarianceSplit]:
        for response, scenario in self._each():
            yield VarianceSplit(
                response, scenario, split_spread(self.values(response, scenario), seed=self.seed)
            )

    def _hangs(self) -> Iterator[SensitivityResult]:
        """Yield what each method finds: all of one method, then all of the next."""
        for response, scenario in self._each():
            if self.asked.sobol:
                found = sobol_indices(self.factors, self.values(response, scenario), seed=self.seed)
                yield SensitivityResult(response, scenario, indices=found)
        for response, scenario in self._each():
            if self.asked.elementary_effects:
                unit = trajectories(self.factors, self._paths(), self.seed)
                effects = elementary_effects(
                    self.factors, unit, self.values(response, scenario), seed=self.seed
                )
                yield SensitivityResult(response, scenario, effects=effects)
        for response, scenario in self._each():
            if self.asked.shapley:
                unit = walks(self.factors, self._paths(), self.seed)
                shares = shapley_effects(
                    self.factors, unit, self.values(response, scenario), seed=self.seed
                )
                yield SensitivityResult(response, scenario, shapley=shares)
        for method in (DELTA, PAWN):
            for response, scenario in self._each():
                if getattr(self.asked, method):
                    yield self._distribution(method, response, scenario)

    def _paths(self) -> int:
        """Return how many trajectories or walks there are."""
        return len(self.x) // (len(self.factors) + 1)

    def _distribution(self, method: str, response: str, scenario: str) -> SensitivityResult:
        apart = points_apart(self.said["design"]["method"], *self.x.shape)
        assert apart is not None
        y = self.values(response, scenario)[apart]
        found = distribution_indices(method, self.factors, self.x[apart], y, seed=self.seed)
        return SensitivityResult(response, scenario, distribution=found)

    def _missed(self) -> Iterator[FailureRegion]:
        part = self.asked.discovery
        for response in part.misses if part else ():
            for scenario in self.scenarios:
                assert part is not None
                met = self._met(response, scenario)
                yield self._region(response, scenario, met, part.dense.number)

    def _region(self, response: str, scenario: str, met: Floats, dense: float) -> FailureRegion:
        """Return where a bound is missed, of the points in which it can be met or missed at all."""
        defined = ~np.isnan(met)
        counts = defined.sum(axis=1)
        seen = counts > 0
        missed = 1.0 - np.nansum(met[seen], axis=1) / counts[seen]
        found = discover(self.factors, self.x[seen], missed, dense=dense, seed=self.seed)
        return FailureRegion(response, scenario, found, int(met.size - counts.sum()), int(met.size))

    def _together(self) -> Iterator[Interaction]:
        for first, second in self.asked.interactions:
            own, other = (self.x[:, self.factors.index(name)] for name in (first, second))
            for response, scenario in self._each():
                yield Interaction(
                    response,
                    scenario,
                    first,
                    second,
                    cross(own, other, self.values(response, scenario)),
                )

    def _surrogate(self, response: str, scenario: str) -> StudySurrogate | Message:
        """Return a surrogate, or why there is none."""
        try:
            return fit_surrogate(self.run, response, scenario)
        except RequestError as error:
            return _reason(error)

    def _told(self) -> Iterator[SurrogateQuality]:
        """Yield how well surrogates tell what was asked for, and what figures are held against."""
        asked, figures = self.asked.surrogate, self._figures()
        for response, scenario in self._each():
            is_held = response in figures and scenario == self._observed_in()
            if not (is_held or ALL in asked or response in asked):
                continue
            found = self.surrogate(response, scenario)
            if isinstance(found, Message):
                yield SurrogateQuality(response, scenario, found)
                continue
            sample = sample_of(self.run)
            assert sample is not None  # or there were no surrogate
            columns: Sequence[list[Any]] = [
                found.numbers.tolist(),
                found.simulated.tolist(),
                found.told.tolist(),
            ]
            yield SurrogateQuality(
                response,
                scenario,
                None,
                found.explained,
                found.half_width,
                found.error,
                found.chance,
                tuple(LeftOutPoint(*row) for row in zip(*columns, strict=True)),
                len(sample) - found.points,
            )

    def _figures(self) -> dict[str, ObservedFigure]:
        if self.asked.rules_out is None:
            return {}
        return {name: ObservedFigure(**own) for name, own in self.content["figures"].items()}

    def _observed_in(self) -> str:
        """Return the scenario in which figures from outside were observed."""
        part = self.asked.rules_out
        return (part.scenario if part else None) or self.scenarios[0]

    def _ruled_out(self) -> RuledOut | None:
        figures, scenario = self._figures(), self._observed_in()
        if not figures:
            return None
        found = {name: self.surrogate(name, scenario) for name in figures}
        told = {name: one for name, one in found.items() if isinstance(one, StudySurrogate)}
        try:
            return rule_out(self.run, figures, scenario, told)
        except RequestError as error:
            return RuledOut(scenario, 0, 0, (), (), refused=_reason(error))


def scenarios_of(run: StudyRun) -> dict[str, Text]:
    """Return what each scenario of a run is, by its name."""
    said = run.manifest.content["scenarios"]
    return {name: _text(says) for name, says in said.items()}


def responses_of(run: StudyRun) -> dict[str, ResponseInfo]:
    """Return what a run measured, by name.

    A reading of a target is told with the target's own words before it.
    """
    content = run.manifest.content
    targets = content["labels"].get("targets", {})  # older runs told none
    found = {}
    for one in run.layout.responses:
        says = _text(content["labels"]["responses"][one.name])
        target, _, reading = one.name.partition(".")
        if reading and target in targets:
            says = _text(targets[target]).followed_by(says, ": ")
        kind = content["units"]["responses"][one.name]
        found[one.name] = ResponseInfo(one.name, says, kind, one.bound, one.at_least)
    return found


def factors_of(run: StudyRun) -> dict[str, FactorInfo]:
    """Return what a run varied, by name."""
    units = run.manifest.content["units"]["factors"]
    labels = run.manifest.content["labels"]["factors"]
    found = {}
    for name in run.layout.factors:
        unit = units.get(name, {"kind": "number", "written": "", "working": False})
        value = Quantity(0.0, unit["kind"], unit["written"], working=unit["working"])
        found[name] = FactorInfo(name, _text(labels.get(name, {"en": name})), value)
    return found


def _reason(error: RequestError) -> Message:
    said = message_of(error)
    assert isinstance(said, Message)
    return said


def _text(content: Mapping[str, str]) -> Text:
    return Text.from_plain(content)
