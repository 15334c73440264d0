"""What a study file asks of its results: differences, sensitivity, failures, joint effects."""

from __future__ import annotations

from collections.abc import Iterator

from pilotsim.base.errors import did_you_mean
from pilotsim.base.messages import Message
from pilotsim.experiments.study.study import Study
from pilotsim.model.rules.names import Found

SOBOL, ELEMENTARY, FACTORIAL, ONE_BY_ONE = (
    "sobol_indices",
    "elementary_effects",
    "full_factorial",
    "one_at_a_time",
)


def faults_of_analysis(study: Study) -> Found:
    """Yield each fault of what a study asks of its results, with its path in the study file."""
    asked = study.analysis
    if asked is None:
        return
    design = study.content.get("design") or {}
    method = design.get("method") if isinstance(design, dict) else None
    for key, wanted in (("sobol", SOBOL), ("elementary_effects", ELEMENTARY)):
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
    yield from _differences(study)
    yield from _discovery(study, method)
    yield from _interactions(study, method)


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
