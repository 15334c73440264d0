"""What a study file asks of its results: differences, sensitivity, failures, surrogates."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.errors import did_you_mean
from pilotsim.base.extras import ask_for
from pilotsim.base.messages import Message
from pilotsim.base.statistics import critical_value
from pilotsim.experiments.sensitivity.distribution_indices import DELTA, LEAST_POINTS, PAWN
from pilotsim.experiments.sensitivity.shapley import LEAST_WALKS
from pilotsim.experiments.study.designs import MORE_POINTS
from pilotsim.experiments.study.study import Study
from pilotsim.experiments.study.study_file import ALL, FigurePart
from pilotsim.model.flow import Flow
from pilotsim.model.published import Published
from pilotsim.model.rules.names import Found
from pilotsim.model.rules.targets import EXPECTED, faults_of_bound, meant_unit
from pilotsim.model.targets import Measure

SOBOL, ELEMENTARY, SHAPLEY, FACTORIAL, ONE_BY_ONE = (
    "sobol_indices",
    "elementary_effects",
    "shapley_effects",
    "full_factorial",
    "one_at_a_time",
)
# Of each base row or walk the points that were drawn apart from each other are its two ends.
ENDS_APART = (SOBOL, SHAPLEY)
LEAST_OF_SURROGATE, LEAST_PER_FACTOR = 40, 10
SURROGATE, RULES_OUT = "surrogate", "rules_out"
# Of fewer, which have the same clients at all points, chance is known so badly that 3 standard
# errors would rule out more than one true point in twenty (Student's t with 4 degrees of freedom:
# 4 %).
LEAST_REPLICATIONS = 5


def least_points(factors: int) -> int:
    """Return how many points a surrogate of so many factors needs."""
    return max(LEAST_OF_SURROGATE, LEAST_PER_FACTOR * factors)


def too_few_replications(found: int) -> Message:
    """Return why figures rule out nothing of points that were run so seldom."""
    return Message(
        "needs {least} replications or more: a figure comes from one world, and from fewer the "
        "chance in a single run is not known well enough; found {found}",
        least=LEAST_REPLICATIONS,
        found=found,
    )


@dataclass(frozen=True)
class ObservedFigure:
    """A figure from outside of a study.

    Parameters
    ----------
    value, error : float
        The figure and its standard error, in base units.
    published : str
        The observed output of the flow that it is; empty for none.
    source : str
        Where it was read; empty where nobody says.
    """

    value: float
    error: float
    published: str = ""
    source: str = ""


def points_apart(method: str, points: int, factors: int) -> Ints | None:
    """Return which points of a design are a sample, each drawn apart from the others.

    None where they are none, since a point differs from the next in one factor alone.
    """
    if method in (ONE_BY_ONE, ELEMENTARY):
        return None
    every: Ints = np.arange(points)
    if method not in ENDS_APART:
        return every
    return every.reshape(-1, factors + MORE_POINTS[method])[:, [0, -1]].ravel()


def ask_for_libraries(study: Study, *more: str) -> None:
    """Ask for what tables and analysis need before anything is run.

    Parameters
    ----------
    study : Study
        What is to be run.
    *more : str
        Libraries that its caller needs beside, so that all that are missing are named together.

    Raises
    ------
    MissingLibraryError
        It is not installed; says with which extra it comes.
    """
    asked = study.analysis
    wanted = [*more, "pandas", "pyarrow"]
    if asked is not None:
        wanted.append("scipy")
        if asked.delta or asked.pawn:
            wanted.append("SALib")
    ask_for(*wanted)


def faults_of_analysis(study: Study) -> Found:
    """Yield each fault of what a study asks of its results, with its path in the study file."""
    asked = study.analysis
    if asked is None:
        return
    design = study.content.get("design") or {}
    method = design.get("method") if isinstance(design, dict) else None
    designs = (("sobol", SOBOL), ("elementary_effects", ELEMENTARY), ("shapley", SHAPLEY))
    for key, wanted in designs:
        if getattr(asked, key) and method != wanted:
            yield (
                ("analysis", key),
                Message(
                    "needs the design 'method: {wanted}'; found {found}",
                    wanted=wanted,
                    found=method or Message("no design"),
                ),
            )
    if asked.spread and (not study.factors or study.replications.at_least < 2):
        yield (
            ("analysis", "spread"),
            Message(
                "needs a design, and 2 replications or more: how else tell factors from chance?"
            ),
        )
    yield from _too_small(study, method)
    yield from _differences(study)
    yield from _discovery(study, method)
    yield from _interactions(study, method)
    yield from _surrogates(study, method)
    yield from _figures(study)


def _too_small(study: Study, method: object) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield where a sample is none, or too small for what is asked of it."""
    asked = study.analysis
    points, factors = study.points.numbers.shape
    if asked is not None and asked.shapley and method == SHAPLEY:
        found = points // (factors + 1)
        if found < LEAST_WALKS:
            yield (
                ("analysis", "shapley"),
                Message(
                    "needs {least} walks or more ('points' of the design), or its intervals say "
                    "nothing; found {found}",
                    least=LEAST_WALKS,
                    found=found,
                ),
            )
    for key in (DELTA, PAWN):
        if asked is None or not getattr(asked, key):
            continue
        apart = points_apart(str(method), points, factors) if method else None
        if apart is None:
            yield (
                ("analysis", key),
                Message(
                    "needs a design that varies its factors together; found {found}",
                    found=method or Message("no design"),
                ),
            )
        elif len(apart) < LEAST_POINTS:
            yield (
                ("analysis", key),
                Message(
                    "needs {least} points that vary all factors together, ten in each of ten "
                    "classes; found {found}",
                    least=LEAST_POINTS,
                    found=len(apart),
                ),
            )
        elif np.isnan(study.points.numbers).any():
            yield (
                ("analysis", key),
                Message("needs a value of every factor at each point; the file has empty cells"),
            )


def _differences(study: Study) -> Iterator[tuple[tuple[str, ...], str]]:
    part = study.analysis.differences if study.analysis else None
    names = [scenario.name for scenario in study.scenarios]
    if part is None:
        return
    if part.against not in names:
        yield (
            ("analysis", "differences", "against"),
            Message(
                "the study has no scenario '{name}'{meant}",
                name=part.against,
                meant=did_you_mean(part.against, names),
            ),
        )
    elif len(names) < 2:
        yield (
            ("analysis", "differences"),
            Message("there is only one scenario: nothing to compare it with"),
        )


def _discovery(study: Study, method: object) -> Iterator[tuple[tuple[str, ...], str]]:
    part = study.analysis.discovery if study.analysis else None
    bounded = [response.name for response in study.responses if response.bound is not None]
    for number, name in enumerate(part.misses if part else ()):
        if name not in bounded:
            yield (
                ("analysis", "discovery", "misses", str(number)),
                Message(
                    "'{name}' is no response with a bound{meant}",
                    name=name,
                    meant=did_you_mean(name, bounded),
                ),
            )
    if part is not None and (method is None or method == ONE_BY_ONE):
        yield (
            ("analysis", "discovery"),
            Message(
                "needs a design that varies its factors together; found {found}",
                found=method or Message("no design"),
            ),
        )


def _interactions(study: Study, method: object) -> Iterator[tuple[tuple[str, ...], str]]:
    pairs = study.analysis.interactions if study.analysis else ()
    names = [factor.name for factor in study.factors]
    if pairs and method != FACTORIAL:
        yield (
            ("analysis", "interactions"),
            Message(
                "needs the design 'method: {wanted}'; found {found}",
                wanted=FACTORIAL,
                found=method or Message("no design"),
            ),
        )
    for number, pair in enumerate(pairs):
        for name in pair:
            if names and name not in names:
                yield (
                    ("analysis", "interactions", str(number)),
                    Message(
                        "the design has no factor '{name}'{meant}",
                        name=name,
                        meant=did_you_mean(name, names),
                    ),
                )


def _surrogates(study: Study, method: object) -> Found:
    """Yield why there can be no surrogate, and which of those asked for are of no response."""
    asked = study.analysis
    assert asked is not None
    names = [response.name for response in study.responses]
    for number, name in enumerate(asked.surrogate):
        if name != ALL and name not in names:
            yield (
                ("analysis", SURROGATE, str(number)),
                Message(
                    "the study has no response '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, names),
                ),
            )
    wanted = [key for key in (SURROGATE, RULES_OUT) if getattr(asked, key)]
    points = study.points.numbers
    apart = points_apart(str(method), *points.shape) if method else None
    for key in wanted[:1]:
        if apart is None:
            yield (
                ("analysis", key),
                Message(
                    "needs a design that varies its factors together; found {found}",
                    found=method or Message("no design"),
                ),
            )
            continue
        least = least_points(points.shape[1])
        found = int((~np.isnan(points[apart]).any(axis=1)).sum())
        if found < least:
            yield (
                ("analysis", key),
                Message(
                    "a surrogate of {factors} factors needs {least} points that vary all factors "
                    "together; found {found}",
                    factors=points.shape[1],
                    least=least,
                    found=found,
                ),
            )


def _figures(study: Study) -> Found:
    """Yield why figures can rule out nothing: they are of something else, or runs too few."""
    part = study.analysis.rules_out if study.analysis else None
    if part is None:
        return
    path = ("analysis", RULES_OUT)
    if study.replications.at_least < LEAST_REPLICATIONS:
        yield (path, too_few_replications(study.replications.at_least))
    scenarios = [scenario.name for scenario in study.scenarios]
    if part.scenario is None and len(scenarios) > 1:
        yield (
            path,
            Message(
                "says not in which scenario the figures were observed; add 'scenario', one of "
                "{known}",
                known=", ".join(scenarios),
            ),
        )
        return
    if part.scenario is not None and part.scenario not in scenarios:
        yield (
            (*path, "scenario"),
            Message(
                "the study has no scenario '{name}'{meant}",
                name=part.scenario,
                meant=did_you_mean(part.scenario, scenarios),
            ),
        )
        return
    responses = {response.name: response.measure for response in study.responses}
    for name, figure in part.figures.items():
        place = (*path, "figures", name)
        if name not in responses:
            yield (
                place,
                Message(
                    "the study has no response '{name}'{meant}",
                    name=name,
                    meant=did_you_mean(name, responses),
                ),
            )
        elif figure.published is not None:
            flow = study.scenario(part.scenario or scenarios[0]).flow
            yield from _faults_of_published(
                (*place, "published"), name, figure.published, responses[name], flow
            )
        else:
            yield from _faults_of_figure(place, figure, responses[name])


def _faults_of_figure(place: tuple[str, ...], figure: FigurePart, measure: Measure) -> Found:
    kind = measure.unit
    for key in ("value", "error", "low", "high"):
        number = getattr(figure, key)
        if number is not None and number.kind != kind:
            yield (
                (*place, key),
                Message(
                    "the measure '{kind}' is given as {wanted}; found {found}{meant}",
                    kind=measure.kind,
                    wanted=EXPECTED[kind],
                    found=number.written,
                    meant=meant_unit(number, kind),
                ),
            )
        elif number is not None:
            yield from faults_of_bound((*place, key), number, measure)


def _faults_of_published(
    place: tuple[str, ...], response: str, name: str, measure: Measure, flow: Flow
) -> Found:
    """Yield why a published figure of the flow is none of a response."""
    if name not in flow.observed:
        yield (
            place,
            Message(
                "the flow has no observed output '{name}'{meant}",
                name=name,
                meant=did_you_mean(name, flow.observed),
            ),
        )
        return
    observed = flow.observed[name]
    if observed.value is None:
        yield (
            place,
            Message(
                "'{name}' has no figure that could rule out anything: none was published, or "
                "several contradict each other",
                name=name,
            ),
        )
    elif math.isinf(observed.published[0].deviation):
        yield (
            place,
            Message(
                "the figure of '{name}' is only a bound (at_least, at_most); it has no error to be "
                "held against",
                name=name,
            ),
        )
    elif observed.measure != measure:
        yield (
            place,
            Message(
                "'{response}' does not measure what was published as '{name}'; name that under "
                "'observed' of 'responses', or give the figure itself (value, error)",
                response=response,
                name=name,
            ),
        )


def figures_of(study: Study) -> dict[str, ObservedFigure]:
    """Return the figures from outside that a sound study is held against, by response."""
    part = study.analysis.rules_out if study.analysis else None
    if part is None:
        return {}
    flow = study.scenario(part.scenario or study.scenarios[0].name).flow
    return {name: _figure_of(figure, flow) for name, figure in part.figures.items()}


def _figure_of(figure: FigurePart, flow: Flow) -> ObservedFigure:
    source = figure.source or ""
    if figure.published is not None:
        own: Published = flow.observed[figure.published].published[0]
        return ObservedFigure(own.middle, own.deviation, figure.published, source or own.source)
    if figure.value is not None and figure.error is not None:
        return ObservedFigure(figure.value.number, figure.error.number, source=source)
    assert figure.low is not None
    assert figure.high is not None
    low, high = figure.low.number, figure.high.number
    return ObservedFigure((low + high) / 2, (high - low) / (2 * critical_value()), source=source)
