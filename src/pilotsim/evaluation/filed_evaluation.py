"""What an evaluation found about a design, as a plan files it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from pilotsim.base.arguments import LARGEST_SEED
from pilotsim.base.statistics import MonteCarloFigure
from pilotsim.evaluation.ranking import is_misleading
from pilotsim.evaluation.run import DesignResult, EvaluationResult
from pilotsim.model.fields import Record

DIGITS = 6
MOST_DRAWS = 1_000_000


class FiledFigure(Record):
    """A figure with its Monte Carlo error, in the unit of the inquiry or as a share."""

    value: float
    error: float | None = Field(None, description="None where the draws give none.")


class FiledDiagnosis(Record):
    """What one answer of the design could be trusted to find."""

    answer: str = Field(description="Its name in the plan.")
    where: dict[str, str] = Field(
        default_factory=dict, description="The levels of the evaluation's grid."
    )
    worked: int = Field(ge=0, le=MOST_DRAWS, description="In how many pilots it gave an answer.")
    misleads: bool = Field(
        description="Whether it is biased, or finds too much where there is nothing."
    )
    reason: Literal["", "anyway", "displacement", "model", "unclear"] = Field(
        "", description="Where most of its bias comes from; empty without bias."
    )
    bias: FiledFigure | None = None
    coverage: FiledFigure | None = None
    power: FiledFigure | None = None
    false_positives: FiledFigure | None = None
    least_effect: FiledFigure | None = Field(None, description="The least effect that it can see.")


class FiledPrior(Record):
    """What the flow believed of the effect, in percentage points of an inquiry."""

    inquiry: str
    mean: float
    low: float
    high: float
    below_zero: float = Field(description="How likely it is that there is none, or harm.")


class FiledEvaluation(Record):
    """What an evaluation found about the design of a plan."""

    hash: str = Field(description="SHA-256 of the draws and of what they rest on.")
    draws: int = Field(ge=1, le=MOST_DRAWS, description="Simulated pilots.")
    seed: int = Field(ge=0, le=LARGEST_SEED)
    prior: FiledPrior | None = None
    found: tuple[FiledDiagnosis, ...]

    def of(self, answer: str) -> tuple[FiledDiagnosis, ...]:
        """Return what was found of an answer, in the order of the grid's cells."""
        return tuple(one for one in self.found if one.answer == answer)


def file_evaluation(result: EvaluationResult, design: str, digest: str) -> dict[str, Any]:
    """Return what an evaluation found about a design, as plain content for a plan.

    Parameters
    ----------
    result : EvaluationResult
        The evaluation.
    design : str
        The name of the design.
    digest : str
        Of its draws.
    """
    return {
        "hash": digest,
        "draws": result.draws,
        "seed": result.cells[0].seed,
        **_prior(result),
        "found": [_diagnosis(one) for one in result.tried if one.design.name == design],
    }


def _prior(result: EvaluationResult) -> dict[str, Any]:
    belief, effects = next(iter(result.beliefs), None), result.cells[0].effects
    if belief is None or effects is None or effects.at is not None:
        return {}
    numbers = {
        name: _short(getattr(belief, name)) for name in ("mean", "low", "high", "below_zero")
    }
    return {"prior": {"inquiry": effects.inquiry, **numbers}}


def _diagnosis(one: DesignResult) -> dict[str, Any]:
    found = one.diagnosis
    figures = {
        "bias": found.bias,
        "coverage": found.coverage,
        "power": found.power,
        "false_positives": found.false_positives,
    }
    if one.detectable is not None:
        least = one.detectable
        figures["least_effect"] = MonteCarloFigure(least.size, least.error)
    return {
        "answer": one.strategy.name,
        "where": {name: str(level) for name, level in one.cell.items()},
        "worked": found.worked,
        "misleads": bool(is_misleading(one)),
        "reason": found.reason,
        **{name: content for name, figure in figures.items() for content in _figure(figure)},
    }


def _figure(figure: MonteCarloFigure) -> Iterator[dict[str, Any]]:
    """Yield a figure as content; nothing where there is none."""
    if math.isfinite(figure.value):
        error = _short(figure.error) if math.isfinite(figure.error) else None
        yield {"value": _short(figure.value), "error": error}


def _short(number: float) -> float:
    """Return a number to so many digits as anybody reads, the same on every machine."""
    return float(f"{number:.{DIGITS}g}")
