"""What of a study its run must know, as plain content.

Enough to go on, to merge and to make the tables without the files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from pilotsim.base.arrays import Floats
from pilotsim.base.files import digest_of_content
from pilotsim.experiments.study.analysis_request import figures_of
from pilotsim.experiments.study.study import (
    DesignFactor,
    PrecisionTarget,
    Replications,
    Study,
)
from pilotsim.judge.verdicts import as_met
from pilotsim.language.changes import tell_changes
from pilotsim.runs.store import Manifest, what_flows_rest_on


@dataclass(frozen=True)
class ResponseLayout:
    """A response as its tables need it: its name, and its bound where it has one."""

    name: str
    bound: float | None
    at_least: bool

    def as_met(self, values: Floats, beyond: Floats | float = 0.0) -> Floats:
        """Return 1 for values that meet the bound and 0 for others, shape as `values`.

        NaN for values that do not exist or may be `beyond` more and stand on the other side of the
        bound, and for all where there is no bound.
        """
        if self.bound is None:
            return np.full(values.shape, math.nan)
        return as_met(values, self.bound, at_least=self.at_least, beyond=beyond)


@dataclass(frozen=True)
class StudyCell:
    """A scenario at a point of the design.

    Parameters
    ----------
    key : str
        What tells its runs from any others: the flow's digest and the numbers set.
    scenario : str
        The scenario's name.
    point : int
        The point's number.
    """

    key: str
    scenario: str
    point: int


@dataclass(frozen=True)
class StudyLayout:
    """Which cells a study has, and what is asked of each.

    Parameters
    ----------
    cells : tuple of StudyCell
        Scenario by scenario, in each point by point.
    factors : tuple of str
        What the design varies.
    numbers : ndarray of float, shape (points, factors)
        Where the design sets them.
    responses : tuple of ResponseLayout
        What is measured.
    replications : Replications
        How often each cell is run.
    keep : tuple of str
        What stays beside the table of points.
    """

    cells: tuple[StudyCell, ...]
    factors: tuple[str, ...]
    numbers: Floats
    responses: tuple[ResponseLayout, ...]
    replications: Replications
    keep: tuple[str, ...]

    @classmethod
    def of(cls, study: Study) -> StudyLayout:
        """Return the layout of a study."""
        cells = [
            StudyCell(_key(study, scenario.digest, point), scenario.name, point)
            for scenario in study.scenarios
            for point in range(len(study.points))
        ]
        responses = (
            ResponseLayout(r.name, r.bound.number if r.bound else None, r.at_least)
            for r in study.responses
        )
        return cls(
            tuple(cells),
            study.points.names,
            study.points.numbers,
            tuple(responses),
            study.replications,
            study.keep,
        )

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> StudyLayout:
        """Return the layout that a manifest holds."""
        points = [
            [np.nan if number is None else number for number in row] for row in content["points"]
        ]
        until = tuple(PrecisionTarget(**narrow) for narrow in content["replications"]["until"])
        return cls(
            tuple(StudyCell(*cell) for cell in content["cells"]),
            tuple(content["factors"]),
            np.array(points, np.float64).reshape(len(points), len(content["factors"])),
            tuple(ResponseLayout(**response) for response in content["responses"]),
            Replications(
                content["replications"]["at_least"], content["replications"]["at_most"], until
            ),
            tuple(content["keep"]),
        )

    def as_plain(self) -> dict[str, Any]:
        """Return the layout as plain content for a manifest."""
        return {
            "cells": [[cell.key, cell.scenario, cell.point] for cell in self.cells],
            "factors": list(self.factors),
            "points": [
                [None if np.isnan(number) else number for number in row]
                for row in self.numbers.tolist()
            ],
            "responses": [asdict(response) for response in self.responses],
            "replications": {
                **asdict(self.replications),
                "until": [asdict(narrow) for narrow in self.replications.until],
            },
            "keep": list(self.keep),
        }


def _key(study: Study, flow: str, point: int) -> str:
    numbers = study.points.numbers[point].tolist()
    varied = zip(study.factors, numbers, strict=True)
    settings = sorted(
        (path, factor.joint or factor.scales, repr(number))
        for factor, number in varied
        if not math.isnan(number)
        for path in factor.paths
    )
    return digest_of_content([flow, settings])


def _unit_of(study: Study, factor: DesignFactor) -> dict[str, Any]:
    """Return how a factor's numbers are written: like its value, or plain where it multiplies."""
    value = study.scenarios[0].flow.values.get(factor.paths[0])
    if factor.joint:
        return {"kind": "share", "written": "", "working": False}
    if factor.scales or value is None:
        return {"kind": "number", "written": "", "working": False}
    return {"kind": value.kind, "written": value.written, "working": value.working}


def manifest_of(study: Study, layout: StudyLayout, shard: str = "") -> Manifest:
    """Return the manifest of a study's run; `shard` is which part of it this folder holds."""
    identity = {
        "seed": str(study.seed),
        "assumptions": "fixed" if study.fixed else "drawn",
        "responses": digest_of_content(
            [response.name + response.measure.model_dump_json() for response in study.responses]
        ),
        "shard": shard or "all",
        **what_flows_rest_on(scenario.flow for scenario in study.scenarios),
    }
    content = {
        "title": study.title.as_plain(),
        "file": study.file,
        "inputs": dict(study.inputs),
        "study": study.content,
        "scenarios": {scenario.name: scenario.says.as_plain() for scenario in study.scenarios},
        "labels": {
            "factors": {factor.name: factor.says.as_plain() for factor in study.factors},
            "responses": {response.name: response.says.as_plain() for response in study.responses},
            "targets": {
                name: target.says.as_plain()
                for name, target in study.scenarios[0].flow.targets.items()
            },
        },
        "units": {
            "responses": {response.name: response.measure.unit for response in study.responses},
            "factors": {factor.name: _unit_of(study, factor) for factor in study.factors},
        },
        "kinds": {response.name: response.measure.how_counted for response in study.responses},
        "changes": {
            scenario.name: [change.as_plain() for change in tell_changes(scenario.flow)]
            for scenario in study.scenarios
        },
        "figures": {name: asdict(figure) for name, figure in figures_of(study).items()},
        "flows": {scenario.name: scenario.text for scenario in study.scenarios},
        "layout": layout.as_plain(),
    }
    return Manifest("study", study.name, identity, content)
