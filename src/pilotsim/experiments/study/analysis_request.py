"""What a study file asks of its results: differences, sensitivity, failures, joint effects."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pilotsim.base.arrays import Ints
from pilotsim.base.errors import did_you_mean
from pilotsim.base.extras import ask_for
from pilotsim.base.messages import Message
from pilotsim.experiments.sensitivity.distribution_indices import DELTA, LEAST_POINTS, PAWN
from pilotsim.experiments.sensitivity.shapley import LEAST_WALKS
from pilotsim.experiments.study.designs import MORE_POINTS
from pilotsim.experiments.study.study import Study
from pilotsim.model.rules.names import Found

SOBOL, ELEMENTARY, SHAPLEY, FACTORIAL, ONE_BY_ONE = (
    "sobol_indices",
    "elementary_effects",
    "shapley_effects",
    "full_factorial",
    "one_at_a_time",
)
# Of each base row or walk the points that were drawn apart from each other are its two ends.
ENDS_APART = (SOBOL, SHAPLEY)


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
